from __future__ import annotations

import math

import numpy as np
import pytest

from contracts.measures import check_measure, passes
from hvm import HVM
from hvm.errors import InputError
from hvm.kernels.lexicon import costs
from hvm.kernels.lexicon import measures as kernels
from hvm.kernels.lexicon.descent import descent as descent_kernel
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.measures import (
    MEASURES,
    PUBLISHED_MEASURES,
    Measure,
    data_bits,
    lexicon_bits,
    published_measures,
    registered_measures,
    values_of,
)
from hvm.lexicon.parsing import as_parse
from hvm.symbols.alphabet import elias_delta_bits
from hvm.worlds.random_worlds import make_world
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


def descent(lexicon, codes):
    codes = np.array(codes, np.int32)
    return as_parse(lexicon, *descent_kernel(lexicon.entries, codes, ONE_SEQUENCE))


def counted(lexicon, rng, highest=6):
    """The lexicon with random counts where counts may be."""
    is_member = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
    units = rng.integers(0, highest, len(lexicon)) * (lexicon.kinds != VARIABLE)
    return lexicon.with_counts(units, rng.integers(0, highest, len(lexicon.parts)) * is_member)


def slots_filled(lexicon, variable, units, fillers):
    """Times a variable is filled: in units, and in the fillers of younger variables."""
    held = [lexicon.pattern(entry).count(variable) for entry in range(len(lexicon))]
    times = sum(int(units[chunk]) * held[chunk] for chunk in lexicon.chunks)
    for other in lexicon.variables[lexicon.variables > variable].tolist():
        for place in range(lexicon.offsets[other], lexicon.offsets[other + 1]):
            times += int(fillers[place]) * held[lexicon.parts[place]]
    return times


def counted_as_parsed(lexicon, rng, highest=6):
    """The lexicon with random counts that a parse could have: every slot is filled."""
    units = rng.integers(0, highest, len(lexicon)) * (lexicon.kinds != VARIABLE)
    fillers = np.zeros(len(lexicon.parts), np.int64)
    for variable in lexicon.variables[::-1].tolist():
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        times = slots_filled(lexicon, variable, units, fillers)
        share = rng.dirichlet(np.ones(where.stop - where.start))
        fillers[where] = rng.multinomial(times, share)
    return lexicon.with_counts(units, fillers)


@pytest.fixture
def framed():
    """Atoms a b c d; V = {b, c}; the frame a V d; and a V d a on top of it."""
    definitions = [
        Definition(VARIABLE, (1, 2)),
        Definition(CHUNK, (0, 4, 3)),
        Definition(CHUNK, (5, 0)),
    ]
    return Lexicon.from_definitions(4, definitions)


# -- the nine published measures ----------------------------------------------------------


def test_published_measures_by_hand(framed):
    # abda acd b b: units (a V d a), (a V d), b, b; c(6) = c(5) = 1, c(1) = 2, W = C = 4
    parse = descent(framed, [0, 1, 3, 0, 0, 2, 3, 1, 1])
    assert parse.units.tolist() == [6, 5, 1, 1]
    # d(5) = 4 + chunks that end in a (one: 6) = 5; d(6) = d(5) + chunks that end in 5 (none) = 5
    expected = {
        "sequence_length": 9.0,
        "parsing_search_steps": (1 * 5 + 1 * 5 + 2 * 4 + 2 * 4) / 6,
        "representation_complexity_bits": 0.0,  # of V's members only b was a unit
        "explanatory_volume": 9 / 4,
        "sequence_complexity_bits": 2 + 2 + 1 + 1,
        "representation_entropy_bits": 1.0 + 1.0,  # V took b once and c once
        "n_chunks": 6.0,
        "n_variables": 1.0,
        "storage_cost_nats": 2 * math.log(4) + math.log(2),
    }
    measures = published_measures(framed, parse, 9)
    assert list(measures) == list(PUBLISHED_MEASURES)
    assert measures == pytest.approx(expected)


def test_members_pay_for_their_own_unit_counts(framed):
    # b three times and c once as units: 2 bits - log2(3 / 4)
    measures = published_measures(framed, descent(framed, [1, 1, 2, 1]), 4)
    expected = -math.log2(3 / 4) - math.log2(1 / 4)
    assert measures["representation_complexity_bits"] == pytest.approx(expected)


def test_a_variable_used_twice_counts_once():
    definitions = [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2, 3, 3))]
    lexicon = Lexicon.from_definitions(3, definitions)
    measures = published_measures(lexicon, descent(lexicon, [2, 0, 1]), 3)
    assert measures["representation_entropy_bits"] == 1.0


def test_variables_inside_fillers_are_not_named():
    # V = {a, b}; x V; W = {xV, c}; y W
    definitions = [
        Definition(VARIABLE, (0, 1)),
        Definition(CHUNK, (3, 5)),
        Definition(VARIABLE, (2, 6)),
        Definition(CHUNK, (4, 7)),
    ]
    lexicon = Lexicon.from_definitions(5, definitions)
    parse = descent(lexicon, [4, 3, 0, 4, 3, 1])
    assert parse.units.tolist() == [8, 8]
    assert published_measures(lexicon, parse, 6)["representation_entropy_bits"] == 0.0


def test_unknown_symbols_lengthen_the_parse_only(framed):
    known = published_measures(framed, descent(framed, [0, 1, 3, 2]), 4)
    mixed = published_measures(framed, descent(framed, [0, 1, 3, -1, 2, -1]), 6)
    assert mixed["sequence_complexity_bits"] == known["sequence_complexity_bits"]
    assert mixed["explanatory_volume"] == 6 / 4


def test_nothing_parsed_measures_nothing(framed):
    measures = published_measures(framed, descent(framed, []), 0)
    assert measures["n_chunks"] == 6
    assert sum(measures.values()) == 6 + 1


@pytest.mark.parametrize("seed", range(20))
def test_measure_and_twins_agree(seed):
    rng = np.random.default_rng(seed)
    lexicon = counted(naive.random_lexicon(rng, 4, 25), rng, highest=3)
    given = (lexicon.entries, lexicon.unit_counts, lexicon.filler_counts)
    n_units = int(lexicon.unit_counts.sum()) + 2
    measured = kernels.measure(*given, 3 * n_units, n_units)
    np.testing.assert_allclose(measured, naive.measure(*given, 3 * n_units, n_units), atol=1e-9)

    steps = kernels.search_steps(lexicon.entries)
    assert steps.tolist() == naive.search_steps(lexicon.entries)
    of_variables = (lexicon.entries, lexicon.filler_counts)
    entropies = kernels.variable_entropies(*of_variables)
    np.testing.assert_allclose(entropies, naive.variable_entropies(*of_variables), atol=1e-12)
    named = kernels.named_entropies(lexicon.entries, lexicon.unit_counts, entropies)
    expected = naive.named_entropies(lexicon.entries, lexicon.unit_counts, entropies)
    np.testing.assert_allclose(named, expected, atol=1e-12)


# -- bits of counts and codes -------------------------------------------------------------


def test_composition_bits_and_twin_agree():
    totals = [0, 0, 1, 5, 100, 3, 1000, 7]
    sizes = [0, 1, 3, 2, 40, 5000, 1, 8]
    fast = [costs.composition_bits(*pair) for pair in zip(totals, sizes, strict=True)]
    np.testing.assert_allclose(fast, naive.composition_bits(totals, sizes), atol=1e-9)


def test_composition_bits_stay_exact_for_large_counts():
    # log2 (10**15 + 1): a difference of log-gammas would be off by bits
    bits = costs.composition_bits(10**15, 2)
    assert bits == pytest.approx(math.log2(10**15 + 1), abs=1e-9)


# -- the lexicon's code -------------------------------------------------------------------
#
# The code is a series of choices (value, number of values), each costing log2 of the number.
# Multiplied into one whole number they cost their sum, up to less than one bit at the end.


class Writer:
    def __init__(self):
        self.choices = []

    def choose(self, value, n_values):
        assert 0 <= value < n_values
        self.choices.append((value, n_values))

    def gamma(self, value):
        digits = value.bit_length() - 1
        for _ in range(digits):
            self.choose(0, 2)
        self.choose(1, 2)
        self.choose(value - 2**digits, 2**digits)

    def delta(self, value):
        digits = value.bit_length() - 1
        self.gamma(digits + 1)
        self.choose(value - 2**digits, 2**digits)

    def composition(self, counts):
        """The rank of ``counts`` among all ways to write their sum, known to the reader."""
        left, rank, n_parts = sum(counts), 0, len(counts)
        n_ways = ways(left, n_parts)
        for number, count in enumerate(counts):
            rest = n_parts - number - 1
            rank += sum(ways(left - smaller, rest) for smaller in range(count))
            left -= count
        self.choose(rank, n_ways)

    def number(self):
        number = 0
        for value, n_values in reversed(self.choices):
            number = number * n_values + value
        return number


class Reader:
    def __init__(self, number):
        self.left = number

    def choose(self, n_values):
        self.left, value = divmod(self.left, n_values)
        return value

    def gamma(self):
        digits = 0
        while self.choose(2) == 0:
            digits += 1
        return 2**digits + self.choose(2**digits)

    def delta(self):
        digits = self.gamma() - 1
        return 2**digits + self.choose(2**digits)

    def composition(self, total, n_parts):
        rank, counts = self.choose(ways(total, n_parts)), []
        for number in range(n_parts):
            rest, count = n_parts - number - 1, 0
            while rank >= ways(total - count, rest):
                rank -= ways(total - count, rest)
                count += 1
            counts.append(count)
            total -= count
        return counts


def ways(total, n_parts):
    """Ways to write ``total`` as a sum of ``n_parts`` counts in order."""
    if n_parts == 0:
        return int(total == 0)
    return math.comb(total + n_parts - 1, n_parts - 1)


def encode(lexicon):
    writer = Writer()
    writer.gamma(len(lexicon) - lexicon.n_atoms + 1)
    for entry in range(lexicon.n_atoms, len(lexicon)):
        parts = lexicon.parts_of(entry).tolist()
        writer.choose(int(lexicon.kinds[entry] == VARIABLE), 2)
        writer.gamma(len(parts) - 1)
        for part in parts:
            writer.choose(part, entry)
    units = lexicon.unit_counts[lexicon.kinds != VARIABLE].tolist()
    writer.delta(sum(units) + 1)
    writer.composition(units)
    for variable in lexicon.variables[::-1]:
        writer.composition(lexicon.filler_counts_of(variable).tolist())
    return writer


def decode(number, n_atoms):
    reader, definitions = Reader(number), []
    for entry in range(n_atoms, n_atoms + reader.gamma() - 1):
        kind = VARIABLE if reader.choose(2) else CHUNK
        size = reader.gamma() + 1
        definitions.append(Definition(kind, tuple(reader.choose(entry) for _ in range(size))))
    lexicon = Lexicon.from_definitions(n_atoms, definitions)
    units, fillers = lexicon.unit_counts.copy(), lexicon.filler_counts.copy()
    is_unit = lexicon.kinds != VARIABLE
    units[is_unit] = reader.composition(reader.delta() - 1, int(is_unit.sum()))
    for variable in lexicon.variables[::-1].tolist():
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        times = slots_filled(lexicon, variable, units, fillers)
        fillers[where] = reader.composition(times, where.stop - where.start)
    assert reader.left == 0
    return lexicon.with_counts(units, fillers)


@pytest.mark.parametrize("seed", range(25))
def test_a_lexicon_decodes_from_its_lexicon_bits(seed):
    rng = np.random.default_rng(seed)
    n_atoms = int(rng.integers(2, 6))
    lexicon = counted_as_parsed(naive.random_lexicon(rng, n_atoms, int(rng.integers(0, 30))), rng)
    writer = encode(lexicon)
    again = decode(writer.number(), n_atoms)
    for name in ("kinds", "offsets", "parts", "unit_counts", "filler_counts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(lexicon, name))
    paid = math.fsum(math.log2(n_values) for _, n_values in writer.choices)
    assert lexicon_bits(lexicon) == pytest.approx(paid, abs=1e-6)
    assert writer.number().bit_length() <= lexicon_bits(lexicon) + 1


@pytest.mark.parametrize("n_atoms", [0, 1, 2])
def test_a_lexicon_of_atoms_has_a_code(n_atoms):
    lexicon = Lexicon.of_atoms(n_atoms)
    assert lexicon_bits(lexicon) == 2.0
    assert lexicon_bits(lexicon, 12.5) == 14.5


def test_lexicon_bits_of_a_full_lexicon_are_quick_to_count():
    rng = np.random.default_rng(0)
    pairs = [Definition(CHUNK, (i, int(rng.integers(100)))) for i in range(10_000)]
    kinds = np.array([0] * 100 + [CHUNK] * len(pairs), np.uint8)
    offsets = np.concatenate([np.zeros(100, np.int64), 2 * np.arange(len(pairs) + 1)])
    parts = np.array([pair.parts for pair in pairs], np.int32).ravel()
    counts = rng.integers(0, 50, len(kinds))
    lexicon = Lexicon(100, kinds, offsets, parts, counts, np.zeros(len(parts), np.int64))
    by_entry = sum(2 + 2 * math.log2(entry) for entry in range(100, 10_100))
    total, n_units = int(counts.sum()), len(kinds)
    log_choose = math.lgamma(total + n_units) - math.lgamma(n_units) - math.lgamma(total + 1)
    header = 2 * 13 + 1
    of_total = elias_delta_bits(total + 1)
    expected = header + by_entry + of_total + log_choose / math.log(2)
    assert lexicon_bits(lexicon) == pytest.approx(expected, abs=1e-2)


# -- data bits ----------------------------------------------------------------------------


def test_data_bits_by_hand(framed):
    # counts: frame 3, b 1, the rest 0; V: b 3, c 1; alpha 0.1; K = 6 units + the escape
    lexicon = framed.with_counts(np.array([0, 1, 0, 0, 0, 3, 0]), np.array([3, 1, 0, 0, 0, 0, 0]))
    parse = descent(lexicon, [0, 2, 3, 1, -1])
    assert parse.units.tolist() == [5, 1, -1]
    total = 4 + 0.1 * 7
    frame, b, escape = (math.log2(total / (count + 0.1)) for count in (3, 1, 0))
    filler = math.log2((4 + 0.2) / (1 + 0.1))
    assert data_bits(lexicon, parse) == pytest.approx(frame + filler + b + escape)
    everything = lexicon_bits(lexicon, 5.0) + data_bits(lexicon, parse)
    assert everything == pytest.approx(lexicon_bits(lexicon, 5.0) + data_bits(lexicon, parse))


@pytest.mark.parametrize("seed", range(5))
def test_data_bits_add_up_unit_by_unit(seed):
    rng = np.random.default_rng(seed)
    lexicon = counted(naive.random_lexicon(rng, 3, 20), rng)
    parse = descent(lexicon, rng.integers(-1, 3, 200))
    total = lexicon.unit_counts.sum() + lexicon.smoothing * (
        len(lexicon) - len(lexicon.variables) + 1
    )
    bits = 0.0
    for unit in parse.units.tolist():
        count = lexicon.unit_counts[unit] if unit >= 0 else 0
        bits += math.log2(total / (count + lexicon.smoothing))
    for variable, filler in zip(parse.slot_variables, parse.slot_fillers, strict=True):
        counts = lexicon.filler_counts_of(variable) + lexicon.smoothing
        place = lexicon.parts_of(variable).tolist().index(filler)
        bits -= math.log2(counts[place] / counts.sum())
    assert data_bits(lexicon, parse) == pytest.approx(bits)


def test_counts_of_a_parse_are_its_units_and_fillers():
    world = make_world(12, 5, 0.5, 4)
    codes = world.sample(2000, 1).codes
    parse = descent(world.lexicon, codes)
    unit_counts = count_units(world.lexicon, parse)
    filler_counts = count_fillers(world.lexicon, parse)
    assert unit_counts.sum() == len(parse.units)
    assert filler_counts.sum() == len(parse.slot_fillers) > 0
    for variable in world.lexicon.variables:
        fillers = parse.slot_fillers[parse.slot_variables == variable].tolist()
        counts = world.lexicon.with_counts(unit_counts, filler_counts).filler_counts_of(variable)
        members = world.lexicon.parts_of(variable).tolist()
        assert counts.tolist() == [fillers.count(member) for member in members]


# -- the registry -------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_keeps_the_contract(name):
    assert MEASURES[name].name == name
    check_measure(MEASURES[name])


def test_the_registry_lists_what_the_history_has():
    honest = ["lexicon_bits", "data_bits", "bits_per_symbol"]
    assert list(MEASURES)[:12] == [*PUBLISHED_MEASURES, *honest]
    assert registered_measures() == []


def test_measures_of_the_registry_are_those_of_the_kernel():
    for lexicon, cut in passes():
        n_symbols = int(cut.unit_starts[-1])
        published = [MEASURES[name] for name in PUBLISHED_MEASURES]
        expected = published_measures(lexicon, cut, n_symbols)
        assert values_of(published, lexicon, cut, n_symbols) == expected


def test_the_name_of_a_measure_tells_its_unit():
    with pytest.raises(InputError, match="a name that ends with 'bits', not 'length'"):
        Measure("length", "bits", "", lambda lexicon, parse, n_symbols: 0.0)


@pytest.mark.parametrize("model", [HVM(restarts=1), HVM.paper(iterations=4)], ids=repr)
def test_a_registered_measure_is_a_column_of_the_history(model):
    text = "abcabd" * 30
    plain = model.fit(text).history_.drop(columns="seconds")
    measure = Measure("n_units", "units", "Units.", lambda lexicon, parse, n_symbols: len(parse))
    MEASURES.register(measure.name, measure)
    try:
        history = model.fit(text).history_
    finally:
        MEASURES.unregister(measure.name)
    assert history.drop(columns=["seconds", "n_units"]).equals(plain)
    assert history.n_units.iloc[0] == len(text)
    assert history.n_units.iloc[-1] == model.lexicon_.unit_counts.sum()
