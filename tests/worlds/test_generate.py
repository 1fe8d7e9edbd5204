from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from hvm.errors import InputError
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.worlds.generate import generate
from hvm.worlds.random_worlds import draw_world, make_world
from hvm.worlds.recall_task import RECALL_SLOTS, recall_sequences
from hvm.worlds.world import World
from naive import lexicon as naive


def random_world(seed, n_atoms=2, n_entries=5):
    """A world over a lexicon that the generator would not make: variables at the edges too."""
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, n_atoms, n_entries)
    is_unit = lexicon.kinds != VARIABLE
    units = np.zeros(len(lexicon))
    units[is_unit] = rng.dirichlet(np.ones(is_unit.sum()))
    fillers = np.zeros(len(lexicon.parts))
    for variable in lexicon.variables:
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        fillers[where] = rng.dirichlet(np.ones(where.stop - where.start))
    return World(lexicon, units, fillers)


@pytest.fixture
def nested():
    """Atoms a b x y; V = {a, b}; x V; W = {xV, y}; y W W with a third of the units."""
    definitions = [
        Definition(VARIABLE, (0, 1)),
        Definition(CHUNK, (2, 4)),
        Definition(VARIABLE, (3, 5)),
        Definition(CHUNK, (3, 6, 6)),
    ]
    units = np.array([1, 1, 1, 1, 0, 2, 0, 3]) / 9
    fillers = np.array([0.25, 0.75, 0, 0, 0.5, 0.5, 0, 0, 0])
    return World(Lexicon.from_definitions(4, definitions), units, fillers)


# -- drawing worlds -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_a_world_keeps_the_rules(seed):
    world = make_world(30, 6, 0.4, seed)
    lexicon = world.lexicon
    lexicon.validate()
    assert world.unit_probabilities.sum() == pytest.approx(1)
    assert (world.unit_probabilities[lexicon.kinds != VARIABLE] > 0).all()
    assert not world.unit_probabilities[lexicon.variables].any()
    variables = [set(lexicon.parts_of(v).tolist()) for v in lexicon.variables]
    for earlier, later in itertools.combinations(variables, 2):
        assert not later <= earlier
    for entry in range(6, len(lexicon)):
        parts = lexicon.parts_of(entry)
        probabilities = world.filler_probabilities[
            lexicon.offsets[entry] : lexicon.offsets[entry + 1]
        ]
        assert 2 <= len(parts) <= 5
        if lexicon.kinds[entry] == VARIABLE:
            assert probabilities.sum() == pytest.approx(1)
            assert (probabilities > 0).all()
        else:
            assert lexicon.kinds[parts[[0, -1]]].tolist().count(VARIABLE) == 0
            assert not probabilities.any()


def test_p_variable_decides_what_is_made():
    only_chunks, only_variables = make_world(8, 5, 0.0, 1), make_world(8, 5, 1.0, 1)
    assert len(only_chunks.lexicon.chunks) == 8
    assert len(only_chunks.lexicon.variables) == 0
    assert len(only_variables.lexicon.chunks) == 0
    assert 1 <= len(only_variables.lexicon.variables) <= 8


@pytest.mark.parametrize(
    ("depth", "alphabet_size", "p_variable"), [(-1, 5, 0.5), (3, 1, 0.5), (3, 5, 1.5), (3, 5, -0.1)]
)
def test_impossible_worlds_are_refused(depth, alphabet_size, p_variable):
    with pytest.raises(InputError, match="a world needs"):
        make_world(depth, alphabet_size, p_variable, 0)


def test_the_smallest_alphabet_still_makes_worlds():
    make_world(30, 2, 0.5, 3).lexicon.validate()


def test_drawn_worlds_have_variables_and_entropy():
    redrawn = 0
    for seed in range(12):
        world, n_redrawn = draw_world(10, 10, 0.5, seed)
        again, _ = draw_world(10, 10, 0.5, seed)
        assert world.unit_probabilities.tolist() == again.unit_probabilities.tolist()
        assert world.derivation_entropy_bits_per_symbol() >= 0.2
        assert world.expected_slots_per_symbol * 25_000 >= 1
        # The rule refused the draws before it.
        for earlier in range(n_redrawn):
            refused = make_world(10, 10, 0.5, np.random.default_rng((seed, earlier)))
            slots = refused.expected_slots_per_symbol * 25_000
            assert slots < 1 or refused.derivation_entropy_bits_per_symbol() < 0.2
        redrawn += n_redrawn
    assert redrawn > 0


def test_a_rule_that_nothing_meets_is_an_error():
    with pytest.raises(InputError, match="no usable world"):
        draw_world(0, 5, 0.5, 0, max_draws=20)


# -- emission -----------------------------------------------------------------------------


def spell(world, sample, number):
    """Symbols of one unit from its slots: the fillers of `sample`, in order, depth first."""
    slots = iter(np.flatnonzero(sample.slot_units == number).tolist())
    lexicon = world.lexicon

    def spelled(entry, at, depth):
        if entry < lexicon.n_atoms:
            return [entry]
        text = []
        if lexicon.kinds[entry] == VARIABLE:
            slot = next(slots)
            assert sample.slot_variables[slot] == entry
            assert sample.slot_depths[slot] == depth
            assert sample.slot_fillers[slot] in lexicon.parts_of(entry)
            text = spelled(int(sample.slot_fillers[slot]), at, depth + 1)
            assert (sample.slot_starts[slot], sample.slot_ends[slot]) == (at, at + len(text))
            return text
        for part in lexicon.parts_of(entry).tolist():
            text += spelled(part, at + len(text), depth)
        return text

    text = spelled(int(sample.units[number]), int(sample.unit_starts[number]), 0)
    assert next(slots, None) is None
    return text


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_units_and_slots_spell_the_symbols(seed, tied):
    world = make_world(25, 5, 0.5, seed) if seed < 4 else random_world(seed, 3, 20)
    sample = world.sample(700, seed, tied_slots=tied)
    assert sample.codes.dtype == np.int32
    assert len(sample.codes) == 700
    text = []
    for number in range(len(sample.units)):
        assert sample.unit_starts[number] == len(text)
        text += spell(world, sample, number)
    assert len(text) == sample.unit_starts[-1] >= 700
    assert sample.unit_starts[-2] < 700
    assert text[:700] == sample.codes.tolist()


def test_tied_slots_share_a_filler_within_a_unit(nested):
    def mixed(sample):
        of_slot = zip(sample.slot_units, sample.slot_variables, strict=True)
        fillers = {}
        for key, filler in zip(of_slot, sample.slot_fillers, strict=True):
            fillers.setdefault(key, set()).add(int(filler))
        return sum(len(used) > 1 for used in fillers.values())

    assert mixed(nested.sample(3000, 0, tied_slots=True)) == 0
    assert mixed(nested.sample(3000, 0, tied_slots=False)) > 100


def test_frequencies_follow_the_probabilities(nested):
    sample = nested.sample(200_000, 7)
    shares = np.bincount(sample.units, minlength=8) / len(sample.units)
    np.testing.assert_allclose(shares, nested.unit_probabilities, atol=0.01)
    for variable in nested.lexicon.variables:
        fillers = sample.slot_fillers[sample.slot_variables == variable]
        members = nested.lexicon.parts_of(variable)
        found = [(fillers == member).mean() for member in members]
        expected = nested.emitter.fillers_of(variable)
        np.testing.assert_allclose(found, expected, atol=0.01)


def test_samples_are_exact_in_length_and_repeatable(nested):
    assert len(nested.sample(0, 1).codes) == 0
    one, two = nested.sample(500, 5), nested.sample(500, np.random.default_rng(5))
    assert one.codes.tolist() == two.codes.tolist()
    assert one.codes.tolist() != nested.sample(500, 6).codes.tolist()
    assert {len(nested.sample(n, n).codes) - n for n in range(1, 40)} == {0}


# -- entropy ------------------------------------------------------------------------------


def test_derivation_entropy_by_hand(nested):
    h_units = -(4 / 9 * math.log2(1 / 9) + 2 / 9 * math.log2(2 / 9) + 1 / 3 * math.log2(1 / 3))
    h_v = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    h_w = 1 + 0.5 * h_v
    length = 4 / 9 * 1 + 2 / 9 * 2 + 1 / 3 * (1 + 2 * 1.5)
    free = (h_units + 2 / 9 * h_v + 1 / 3 * 2 * h_w) / length
    tied = (h_units + 2 / 9 * h_v + 1 / 3 * h_w) / length
    assert nested.derivation_entropy_bits_per_symbol() == pytest.approx(free)
    assert nested.derivation_entropy_bits_per_symbol(tied_slots=True) == pytest.approx(tied)
    assert nested.expected_slots_per_symbol == pytest.approx((2 / 9 + 2 / 3 * 1.5) / length)


@pytest.mark.parametrize("seed", range(12))
def test_tied_derivation_entropy_is_that_of_all_assignments(seed):
    world = random_world(seed, 3, 14)
    lexicon = world.lexicon
    variables = lexicon.variables.tolist()

    def reached(entry, choice):
        if lexicon.kinds[entry] == VARIABLE:
            return {entry} | reached(choice[entry], choice)
        found = [reached(part, choice) for part in lexicon.parts_of(entry).tolist()]
        return set().union(*found)

    expected = np.zeros(len(lexicon))
    members = [lexicon.parts_of(v).tolist() for v in variables]
    chances = [
        dict(zip(m, world.emitter.fillers_of(v), strict=True)) for m, v in zip(members, variables)
    ]
    for fillers in itertools.product(*members):
        choice = dict(zip(variables, fillers, strict=True))
        share = {v: chance[choice[v]] for v, chance in zip(variables, chances, strict=True)}
        whole = math.prod(share.values())
        for entry in np.flatnonzero(lexicon.kinds != VARIABLE).tolist():
            expected[entry] -= whole * sum(math.log2(share[v]) for v in reached(entry, choice))
    units = lexicon.kinds != VARIABLE
    np.testing.assert_allclose(world.tied_filler_bits[units], expected[units], atol=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_forward_sum_and_twin_agree(seed):
    world = random_world(seed)
    rng = np.random.default_rng(seed)
    with np.errstate(divide="ignore"):
        logs = [np.log2(p) for p in (world.unit_probabilities, world.filler_probabilities)]
    given = (world.lexicon.entries, *logs)
    for n_symbols in (0, 1, 2, 3, 7, 12):
        codes = rng.integers(0, 2, n_symbols).astype(np.int32)
        expected = naive.forward_log2(*given, codes)
        assert world.log2_probability(codes) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_strings_of_each_length_sum_to_one(seed):
    world = random_world(seed, 2, 6)
    for n_symbols in (1, 4, 7):
        strings = itertools.product(range(2), repeat=n_symbols)
        total = sum(2 ** world.log2_probability(np.array(s, np.int32)) for s in strings)
        assert total == pytest.approx(1)


def test_forward_sum_neither_underflows_nor_outgrows_its_store():
    # One chunk of 2,000 slots: 2 ** -2000 is no float, and the store of matches must be emptied.
    parts = (0,) + (2,) * 2000
    definitions = [Definition(VARIABLE, (0, 1)), Definition(CHUNK, parts)]
    world = World(
        Lexicon.from_definitions(2, definitions),
        np.array([0.25, 0.25, 0.0, 0.5]),
        np.array([0.5, 0.5, *np.zeros(2001)]),
    )
    codes = world.sample(6000, 3).codes
    bits = -world.log2_probability(codes)
    derivation = world.derivation_entropy_bits_per_symbol()
    assert 0.9 * derivation < bits / 6000 < 1.1 * derivation


def test_symbols_outside_the_world_have_no_probability(nested):
    assert nested.log2_probability(np.array([0, -1, 1])) == -math.inf
    assert nested.log2_probability(np.array([0, 4])) == -math.inf


def test_entropy_lies_below_that_of_derivations():
    # x y is both a unit and two units: derivations say more than symbols.
    lexicon = Lexicon.from_definitions(2, [Definition(CHUNK, (0, 1))])
    world = World(lexicon, np.array([0.3, 0.3, 0.4]), np.zeros(2))
    entropy = world.entropy(40_000, 2)
    derivation = world.derivation_entropy_bits_per_symbol()
    assert entropy.standard_error < 0.01
    assert entropy.bits_per_symbol < derivation - 10 * entropy.standard_error
    # Symbols are a hidden Markov chain whose entropy the bits of a long sample approach.
    codes = world.sample(200_000, 9).codes
    longer = -world.log2_probability(codes) / len(codes)
    assert entropy.bits_per_symbol == pytest.approx(longer, abs=5 * entropy.standard_error)


def test_without_ambiguity_the_two_entropies_agree():
    world = World(Lexicon.of_atoms(4), np.array([0.1, 0.2, 0.3, 0.4]), np.zeros(0))
    entropy = world.entropy(50_000, 1)
    derivation = world.derivation_entropy_bits_per_symbol()
    assert entropy.bits_per_symbol == pytest.approx(derivation, abs=4 * entropy.standard_error)


@pytest.mark.parametrize("seed", range(5))
def test_the_oracle_lexicon_has_the_true_probabilities(seed):
    world = make_world(40, 10, 0.5, seed)
    lexicon = world.as_lexicon()
    lexicon.validate()
    units = lexicon.kinds != VARIABLE
    truth = -np.log2(world.unit_probabilities[units])
    np.testing.assert_allclose(lexicon.unit_bits[units], truth, atol=2e-6)
    members = world.filler_probabilities > 0
    truth = -np.log2(world.filler_probabilities[members])
    np.testing.assert_allclose(lexicon.filler_bits[members], truth, atol=2e-6)


# -- one call for the command line --------------------------------------------------------


def test_generate_returns_symbols_and_entropies():
    made = generate(12, 10, 0.5, 3000, seed=2, entropy_symbols=50_000)
    assert made.symbols.dtype == np.uint8
    assert len(made.symbols) == 3000
    assert made.symbols.min() >= 1
    assert made.symbols.max() <= 10
    assert made.symbols.tolist() == (made.sample.codes + 1).tolist()
    assert made.entropy_bits_per_symbol > 0
    slack = 4 * made.entropy_standard_error
    assert made.entropy_bits_per_symbol < made.derivation_entropy_bits_per_symbol + slack
    assert made.n_chunks + made.n_variables + 10 == len(made.world.lexicon)


def test_generate_depends_on_its_seed_alone():
    one = generate(12, 10, 0.5, 500, seed=3, entropy_symbols=2000)
    two = generate(12, 10, 0.5, 500, seed=3, entropy_symbols=2000)
    longer = generate(12, 10, 0.5, 900, seed=3, entropy_symbols=2000)
    other = generate(12, 10, 0.5, 500, seed=4, entropy_symbols=2000)
    assert one.symbols.tolist() == two.symbols.tolist()
    assert one.entropy_bits_per_symbol == two.entropy_bits_per_symbol
    assert longer.world.unit_probabilities.tolist() == one.world.unit_probabilities.tolist()
    assert longer.entropy_bits_per_symbol == one.entropy_bits_per_symbol
    assert other.symbols.tolist() != one.symbols.tolist()


def test_tied_slots_have_no_forward_sum():
    made = generate(12, 10, 0.5, 500, seed=3, tied_slots=True, entropy_symbols=2000)
    assert made.entropy_bits_per_symbol is None
    assert made.entropy_standard_error is None
    free = generate(12, 10, 0.5, 500, seed=3, entropy_symbols=2000)
    assert made.derivation_entropy_bits_per_symbol <= free.derivation_entropy_bits_per_symbol


def test_large_alphabets_do_not_wrap():
    made = generate(0, 300, 0.0, 5000, seed=0, entropy_symbols=100)
    assert made.symbols.dtype == np.int32
    assert made.symbols.max() > 256


def test_negative_sizes_and_seeds_are_refused():
    with pytest.raises(InputError, match="negative"):
        generate(3, 5, 0.5, -1, seed=0)
    with pytest.raises(InputError, match="negative"):
        generate(3, 5, 0.5, 10, seed=-1)


# -- the human recall task ----------------------------------------------------------------


def rest_of(sequences):
    return np.delete(sequences, RECALL_SLOTS, axis=1)


@pytest.mark.parametrize("group", ["control", "variable"])
@pytest.mark.parametrize("seed", range(5))
def test_recall_sequences_are_those_of_the_task(group, seed):
    sequences, is_transfer = recall_sequences(group, seed)
    assert sequences.shape == (64, 12)
    assert is_transfer.tolist() == [False] * 40 + [True] * 24
    training, transfer = sequences[~is_transfer], sequences[is_transfer]
    slots = sequences[:, [1, 5, 9]]
    assert (np.sort(slots, axis=1) == [1, 3, 5]).all()
    for block in (training, transfer):
        skeletons = rest_of(block)
        assert (skeletons == skeletons[0]).all()
        assert (np.sort(skeletons[0].reshape(3, 3), axis=1) == [2, 4, 6]).all()
        assert sorted(skeletons[0, ::3]) == [2, 4, 6]
    assert (rest_of(training)[0] != rest_of(transfer)[0]).any()
    changes = (np.diff(sequences, axis=0) != 0).any(axis=1)
    assert changes[39:].all()
    assert changes[:39].tolist() == [group == "variable"] * 39
    assert len(np.unique(transfer, axis=0)) >= 5


def test_recall_sequences_need_a_known_group():
    with pytest.raises(InputError, match="control, variable"):
        recall_sequences("ind", 0)
    one, two = recall_sequences("variable", 1), recall_sequences("variable", 1)
    assert one.sequences.tolist() == two.sequences.tolist()
