from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from hvm.errors import InputError
from hvm.kernels.lexicon.descent import descent
from hvm.kernels.lexicon.greedy import greedy
from hvm.kernels.lexicon.patterns import flatten
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import compile_lexicon, parse, quanta
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


def costs(lexicon):
    """Unit, escape and filler costs in quanta."""
    units = quanta(np.where(lexicon.kinds == VARIABLE, 0.0, lexicon.unit_bits))
    return units, int(quanta(np.array([lexicon.escape_bits]))[0]), quanta(lexicon.filler_bits)


def lexicon_of(n_atoms, *definitions, units=(), fillers=()):
    """A lexicon with the counts given, {entry: count} and {variable: counts}; the rest zero."""
    lexicon = Lexicon.from_definitions(n_atoms, [Definition(*d) for d in definitions])
    unit_counts, filler_counts = lexicon.unit_counts, lexicon.filler_counts
    for entry, count in dict(units).items():
        unit_counts[entry] = count
    for variable, counts in dict(fillers).items():
        filler_counts[lexicon.offsets[variable] : lexicon.offsets[variable + 1]] = counts
    return lexicon


def with_random_counts(lexicon, rng, highest=3):
    """Small counts; with ``highest=0`` such that costs are whole numbers of bits: ties abound."""
    is_unit, sizes = lexicon.kinds != VARIABLE, np.diff(lexicon.offsets)
    in_variable = np.repeat(~is_unit, sizes)
    if highest:
        units = rng.integers(0, highest, len(lexicon)) * is_unit
        return lexicon.with_counts(
            units, rng.integers(0, highest, len(lexicon.parts)) * in_variable
        )
    lexicon = replace(lexicon, smoothing=1.0)
    units = rng.choice([0, 1, 3], len(lexicon)) * is_unit
    units[0] += missing_to_power_of_two(units.sum() + is_unit.sum() + 1)
    fillers = rng.choice([0, 1, 3], len(lexicon.parts)) * in_variable
    for variable in lexicon.variables:
        first, last = lexicon.offsets[variable], lexicon.offsets[variable + 1]
        fillers[first] += missing_to_power_of_two(fillers[first:last].sum() + last - first)
    return lexicon.with_counts(units, fillers)


def missing_to_power_of_two(total):
    return (1 << int(total - 1).bit_length()) - total


def random_text(rng, lexicon, n_units, n_unknown=0):
    """Symbols that units of the lexicon spell, so that matches are long."""
    spelled = [(atom,) for atom in range(lexicon.n_atoms)]
    for entry in range(lexicon.n_atoms, len(lexicon)):
        below = [spelled[part] for part in lexicon.parts_of(entry).tolist()]
        if lexicon.kinds[entry] == VARIABLE:
            spelled.append(below[rng.integers(len(below))])
        else:
            spelled.append(tuple(x for part in below for x in part))
    text = [x for unit in rng.integers(len(lexicon), size=n_units) for x in spelled[unit]]
    codes = np.array(text, np.int32)
    codes[rng.integers(len(codes), size=n_unknown if len(codes) else 0)] = -1
    return codes


def random_starts(rng, n_symbols, n_sequences=5):
    """Sequence starts, the first and the last sequence empty among them."""
    inner = np.sort(rng.integers(n_symbols + 1, size=n_sequences))
    return np.concatenate([[0], [0], inner, [n_symbols]]).astype(np.int64)


def fast_viterbi(lexicon, codes, starts):
    trie, unit_cost, escape_cost = compile_lexicon(lexicon)
    parsed, cost = viterbi(trie, unit_cost, codes, starts, escape_cost, False)
    units, unit_starts, sequence_starts, slots = parsed
    rows = [tuple(row) for row in slots.tolist()]
    return units.tolist(), unit_starts.tolist(), sequence_starts.tolist(), rows, int(cost)


def slow_viterbi(lexicon, codes, starts):
    unit_cost, escape_cost, filler_cost = costs(lexicon)
    return naive.viterbi(lexicon.entries, unit_cost, filler_cost, codes, starts, escape_cost)


def fast_greedy(lexicon, codes, starts):
    given = (compile_lexicon(lexicon).trie, lexicon.unit_counts, codes, starts)
    units, unit_starts, sequence_starts, slots = greedy(*given)
    rows = [tuple(row) for row in slots.tolist()]
    return units.tolist(), unit_starts.tolist(), sequence_starts.tolist(), rows


def slow_greedy(lexicon, codes, starts):
    given = (lexicon.unit_counts, costs(lexicon)[2], codes, starts)
    return naive.greedy(lexicon.entries, *given)[:-1]


def assert_twins_agree(lexicon, codes, starts):
    codes, starts = np.asarray(codes, np.int32), np.asarray(starts, np.int64)
    assert fast_viterbi(lexicon, codes, starts) == slow_viterbi(lexicon, codes, starts)
    assert fast_greedy(lexicon, codes, starts) == slow_greedy(lexicon, codes, starts)


# -- the twins themselves: everything there is, tried --------------------------------------


def least_of_all_parses(lexicon, codes):
    """The tie rules, word by word: cost, number of units, then ids and fillers from the left."""
    unit_cost, escape_cost, filler_cost = costs(lexicon)

    def rank(cut):
        cost = sum(
            naive.slots_cost(filler_cost, slots) + (unit_cost[unit] if unit >= 0 else escape_cost)
            for unit, _, slots in cut
        )
        return cost, len(cut), [(u, naive.slots_rank(lexicon.parts, slots)) for u, _, slots in cut]

    best = min(naive.all_parses(lexicon.entries, codes), key=rank)
    return best, int(rank(best)[0])


def longest_from_the_left(lexicon, codes):
    """Most symbols, higher count, lower id, cheaper fillers, lower fillers; one unit at a time."""
    filler_cost, spell = costs(lexicon)[2], naive.spellings(lexicon.entries, codes, len(codes))
    at = 0
    while at < len(codes):
        found = [
            (-end, -lexicon.unit_counts[unit], unit, naive.slots_cost(filler_cost, slots), slots)
            for unit in np.flatnonzero(lexicon.kinds != VARIABLE).tolist()
            for end, slots in spell(lexicon.pattern(unit), at)
        ]
        rank = lambda row: (*row[:4], naive.slots_rank(lexicon.parts, row[4]))  # noqa: E731
        end, _, unit, _, slots = min(found, key=rank)
        yield unit, -end, slots
        at = -end


@pytest.mark.parametrize("seed", range(60))
def test_parses_are_the_best_of_all_there_are(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, int(rng.integers(1, 4)), int(rng.integers(1, 9)))
    lexicon = with_random_counts(lexicon, rng, highest=seed % 4)
    codes = random_text(rng, lexicon, 4, n_unknown=seed % 2)[:7]
    best, cost = least_of_all_parses(lexicon, codes)
    units, unit_starts, _, slots, total = fast_viterbi(lexicon, codes, ONE_SEQUENCE)
    assert (units, total) == ([unit for unit, *_ in best], cost)
    assert unit_starts == [0, *(end for _, end, _ in best)]
    rows = [row for index, unit in enumerate(best) for row in naive.slot_rows(unit[2], index)]
    assert slots == rows

    codes = codes[codes >= 0]
    longest = list(longest_from_the_left(lexicon, codes.tolist()))
    units, unit_starts, _, slots = fast_greedy(lexicon, codes, ONE_SEQUENCE)
    assert units == [unit for unit, *_ in longest]
    assert unit_starts == [0, *(end for _, end, _ in longest)]
    rows = [row for index, unit in enumerate(longest) for row in naive.slot_rows(unit[2], index)]
    assert slots == rows


# -- awkward lexicons and inputs -----------------------------------------------------------

A, B, C = 0, 1, 2
V = (VARIABLE, (A, B))
AWKWARD = {
    "atoms only": lexicon_of(3),
    "one atom": lexicon_of(1, (CHUNK, (0, 0)), (CHUNK, (0, 1))),
    "no variable": lexicon_of(3, (CHUNK, (A, B)), (CHUNK, (3, A)), (CHUNK, (B, A))),
    "variable at the beginning": lexicon_of(3, V, (CHUNK, (3, C)), units={4: 9}),
    "variable at the end": lexicon_of(3, V, (CHUNK, (C, 3)), units={4: 9}),
    "variable alone with itself": lexicon_of(3, V, (CHUNK, (3, 3)), units={4: 9}),
    "adjacent slots": lexicon_of(
        3, V, (VARIABLE, (B, C)), (CHUNK, (3, 4, 3)), units={5: 9}, fillers={3: (1, 5), 4: (2, 0)}
    ),
    "one variable three times": lexicon_of(3, V, (CHUNK, (3, C, 3, 3)), units={4: 9}),
    "fillers of many lengths": lexicon_of(
        3,
        (CHUNK, (A, A)),
        (CHUNK, (A, A, A)),
        (VARIABLE, (A, 3, 4)),
        (CHUNK, (5, 5)),
        (CHUNK, (B, 5, 5, 5, B)),
        units={6: 9, 7: 9},
        fillers={5: (3, 2, 2)},
    ),
    "fillers that tie": lexicon_of(
        3, (CHUNK, (A, A)), (VARIABLE, (A, 3)), (CHUNK, (4, 4, 4)), (CHUNK, (A, 4)), units={5: 1}
    ),
    "nested, at both ends": lexicon_of(
        3,
        V,
        (CHUNK, (3, C)),
        (VARIABLE, (A, 4)),
        (CHUNK, (5, 5)),
        (VARIABLE, (C, 4, 6)),
        (CHUNK, (7, A, 7)),
        units={8: 9, 6: 4, 4: 2},
        fillers={3: (1, 2), 5: (2, 1), 7: (1, 1, 3)},
    ),
    "fillers that begin with variables": lexicon_of(
        3,
        V,
        (CHUNK, (3, 3)),
        (VARIABLE, (C, 4)),
        (CHUNK, (5, 3)),
        (VARIABLE, (A, 6, 4)),
        (CHUNK, (7, 5)),
        units={8: 5, 6: 5},
    ),
    "two names for one variable's members": lexicon_of(
        3, V, (VARIABLE, (A, B)), (CHUNK, (3, C)), (CHUNK, (4, C)), units={5: 3, 6: 3}
    ),
    "slot or not": lexicon_of(3, V, (CHUNK, (C, 3)), (CHUNK, (C, A)), units={4: 1, 5: 1}),
}
TEXTS = {
    "nothing": ([], [0]),
    "no symbol in three sequences": ([], [0, 0, 0]),
    "one symbol": ([A], [0]),
    "one run": ([A] * 9, [0]),
    "runs in sequences": ([A] * 9, [0, 0, 1, 3, 6, 9, 9]),
    "unknown alone": ([-1], [0]),
    "unknown in the way": ([-1, A, -1, C, A, -1, -1, A, A, -1], [0, 4, 7]),
    "all three": ([C, A, C, B, A, C, A, A, C, A, B, C, C, A, A, A, C, A, B, B], [0]),
    "cut in the middle": ([C, A, C, B, A, C, A, A, C, A, B, C, C, A, A, A, C, A], [0, 5, 5, 12]),
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_lexicons_and_texts(name, text):
    codes, starts = TEXTS[text]
    lexicon = AWKWARD[name]
    assert_twins_agree(lexicon, [min(code, lexicon.n_atoms - 1) for code in codes], starts)


@pytest.mark.parametrize("seed", range(150))
def test_random_lexicons_and_texts(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, int(rng.integers(1, 5)), int(rng.integers(0, 20)))
    lexicon = with_random_counts(lexicon, rng, highest=seed % 3)
    codes = random_text(rng, lexicon, 12, n_unknown=seed % 3)[:60]
    assert_twins_agree(lexicon, codes, random_starts(rng, len(codes)))


@pytest.mark.parametrize("seed", range(40))
def test_symbols_drawn_alone(seed):
    rng = np.random.default_rng(1000 + seed)
    lexicon = with_random_counts(naive.random_lexicon(rng, 2, 14), rng, highest=seed % 2)
    codes = rng.integers(2, size=50).astype(np.int32)
    assert_twins_agree(lexicon, codes, random_starts(rng, len(codes)))


def test_ties_by_hand():
    """Every cost a whole number of bits: what the tie rules say, one by one."""

    def cut(lexicon, codes):
        found = parse(replace(lexicon, smoothing=1.0), np.array(codes), ONE_SEQUENCE)
        return found.units.tolist(), found.slot_fillers.tolist(), found.slot_ends.tolist()

    # ab: 2 + 2 bits as a b or 4 bits as one chunk; fewer units
    chunk = lexicon_of(3, (CHUNK, (A, B)), units={A: 3, B: 3, C: 5})
    assert cut(chunk, [A, B]) == ([3], [], [])
    # aba: ab a or a ba, two units each; the lower id from the left
    chunks = lexicon_of(2, (CHUNK, (A, B)), (CHUNK, (B, A)), units={A: 3})
    assert cut(chunks, [A, B, A]) == ([A, 3], [], [])
    # abbb: abb b or ab bb; the lower id, though it is the longer
    longer = lexicon_of(2, (CHUNK, (A, B, B)), (CHUNK, (A, B)), (CHUNK, (B, B)))
    assert cut(longer, [A, B, B, B]) == ([2, B], [], [])
    # V = {a, aa}, V V over aaa: the lower filler first, whatever its length
    pair = lexicon_of(2, (CHUNK, (A, A)), (VARIABLE, (A, 2)), (CHUNK, (3, 3)), units={4: 11})
    assert cut(pair, [A, A, A]) == ([4], [A, 2], [1, 3])
    # W = {x V, y}, V = {a, aa}: one filler of W with two ends; the nearer end first
    slots = [(VARIABLE, (A, 3)), (CHUNK, (B, 4)), (VARIABLE, (C, 5)), (CHUNK, (6, 4))]
    nested = lexicon_of(3, (CHUNK, (A, A)), *slots, units={7: 25})
    assert cut(nested, [B, A, A, A]) == ([7], [5, A, 3], [2, 2, 4])
    # W = {b V, b a, c}: 2 bits for b a, 1 + 1 for b V with a; the lower id fills
    slots = [(VARIABLE, (A, C)), (CHUNK, (B, 3)), (CHUNK, (B, A)), (VARIABLE, (C, 4, 5))]
    either = lexicon_of(3, *slots, (CHUNK, (C, 6)), units={7: 24}, fillers={6: (0, 1, 0)})
    assert cut(either, [C, B, A]) == ([7], [4, A], [3, 3])


# -- flattening and compiling --------------------------------------------------------------


def flattened(lexicon):
    offsets, labels, spans = flatten(lexicon.entries)
    bounds = zip(offsets[:-1].tolist(), offsets[1:].tolist())
    return [tuple(labels[a:b].tolist()) for a, b in bounds], spans.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_flatten_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, int(rng.integers(1, 4)), int(rng.integers(0, 25)))
    expected = naive.flatten(lexicon.entries)
    assert flattened(lexicon) == expected
    compiled = compile_lexicon(lexicon).trie
    patterns, spans = expected
    units = np.flatnonzero(lexicon.kinds != VARIABLE).tolist()
    held = {int(p) for v in lexicon.variables for p in lexicon.parts_of(v)}
    assert compiled.max_unit_span == max(spans[unit] for unit in units)
    assert compiled.max_filler_span == max((spans[filler] for filler in held), default=0)
    slotted = [max(patterns[unit]) >= lexicon.n_atoms for unit in units]
    assert compiled.has_slots[units].tolist() == slotted


@pytest.mark.parametrize("name", AWKWARD)
def test_flatten_awkward_lexicons(name):
    lexicon = AWKWARD[name]
    assert flattened(lexicon) == naive.flatten(lexicon.entries)


# -- scratch that has to grow --------------------------------------------------------------


def test_many_paths_at_one_position():
    # V = {a, aa, ..., a^40}: three slots in a row reach a place in many hundreds of ways
    powers = [(CHUNK, (0,) * size) for size in range(2, 41)]
    variable = 2 + len(powers)
    lexicon = lexicon_of(
        2,
        *powers,
        (VARIABLE, (0, *range(2, variable))),
        (CHUNK, (variable, variable, variable)),
        (CHUNK, (1, variable, variable, 1)),
        units={variable + 1: 7, variable + 2: 9},
        fillers={variable: np.arange(40) % 7},
    )
    codes = [0] * 140 + [1] + [0] * 70 + [1] + [0] * 40
    assert_twins_agree(lexicon, codes, [0, 110])


def test_many_matches_at_one_position():
    # a^2 .. a^300, all of them units, in a lexicon with a variable
    powers = [(CHUNK, (0,) * size) for size in range(2, 301)]
    lexicon = lexicon_of(2, (VARIABLE, (0, 1)), *powers, (CHUNK, (1, 2, 0)), units={3: 4, 302: 5})
    assert_twins_agree(lexicon, [0] * 320 + [1] + [0] * 10, [0])


def test_many_variables_match_at_one_position():
    # 40 variables of ten lengths each, asked for at every place that the first three can end at
    powers = [(CHUNK, (0,) * size) for size in range(2, 11)]
    n_variables, first = 40, 1 + len(powers)
    variables = [(VARIABLE, tuple(range(first - 8 - k % 2, first))) for k in range(n_variables)]
    units = [(CHUNK, (first, first, first, first + k, 0)) for k in range(n_variables)]
    lexicon = lexicon_of(1, *powers, *variables, *units)
    lexicon = with_random_counts(lexicon, np.random.default_rng(0))
    assert_twins_agree(lexicon, [0] * 60, [0, 45])


def test_slots_nested_very_deep():
    # V_0 = {a, b}, V_k = {b, a V_(k-1)}; the unit is a c before V_500
    depth, definitions = 500, [(VARIABLE, (A, B))]
    for _ in range(depth):
        below = 3 + len(definitions) - 1
        definitions += [(CHUNK, (A, below)), (VARIABLE, (B, below + 1))]
    top = 3 + len(definitions) - 1
    lexicon = lexicon_of(3, *definitions, (CHUNK, (C, top)), units={top + 1: 5})
    codes = np.array([C] + [A] * depth + [B], np.int32)
    for fast in (fast_viterbi, fast_greedy):
        units, _, _, slots, *_ = fast(lexicon, codes, ONE_SEQUENCE)
        assert units == [top + 1]
        variables = [*range(top, 3, -2), 3]
        places = [int(lexicon.offsets[v]) + 1 for v in variables]
        expected = [(0, p, 1 + d, depth + 2, d) for d, p in enumerate(places)]
        assert slots == expected


def test_more_slots_than_symbols():
    # U = W W, W = {V V, ...}, V = {a, b}: six slots for four symbols, fourteen for eight
    lexicon = lexicon_of(
        2,
        V,
        (CHUNK, (2, 2)),
        (VARIABLE, (A, 3)),
        (CHUNK, (4, 4)),
        (VARIABLE, (B, 5)),
        (CHUNK, (6, 6)),
        units={7: 50},
        fillers={4: (0, 30), 6: (0, 30)},
    )
    rng = np.random.default_rng(3)
    codes = rng.integers(2, size=400).astype(np.int32)
    found = fast_viterbi(lexicon, codes, ONE_SEQUENCE)
    assert len(found[3]) > len(codes) + 64
    assert max(depth for *_, depth in found[3]) == 2
    assert_twins_agree(lexicon, codes, [0, 0, 17, 300])


def test_nesting_that_could_cover_more_symbols_than_there_are():
    # Fifty levels of two slots each: the longest match has more than 2**50 symbols.
    definitions, filler = [], A
    for _ in range(50):
        variable = 2 + len(definitions)
        definitions += [(VARIABLE, (B, filler) if filler else (A, B)), (CHUNK, (variable,) * 2)]
        filler = variable + 1
    lexicon = lexicon_of(2, *definitions)
    assert_twins_agree(lexicon, [A, B, B, A, A], [0, 3])


def test_spans_that_nest():
    # spans 1 1 | 1 2 | 2 4 | 4
    lexicon = lexicon_of(
        2, V, (CHUNK, (2, 2)), (VARIABLE, (A, 3)), (CHUNK, (4, 4)), (VARIABLE, (3, 5))
    )
    assert flattened(lexicon)[1] == [1, 1, 1, 2, 2, 4, 4]


# -- long sequences ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_text():
    """A lexicon with nested variables and 200,000 symbols that its units spell, in one sequence."""
    lexicon = lexicon_of(
        4,
        (CHUNK, (A, B)),
        (CHUNK, (C, C, C)),
        (VARIABLE, (A, B, 4, 5)),
        (CHUNK, (3, 6, 3)),
        (VARIABLE, (C, 5, 7)),
        (CHUNK, (A, 8, 6)),
        (CHUNK, (8, 3)),
        units={4: 5, 5: 2, 7: 9, 9: 9, 10: 3},
        fillers={6: (5, 2, 3, 4), 8: (2, 2, 5)},
    )
    rng = np.random.default_rng(1)
    codes = random_text(rng, lexicon, 120_000)[:200_000]
    codes[rng.choice(len(codes), 50, replace=False)] = -1
    return lexicon, codes


@pytest.mark.parametrize("fast", [fast_viterbi, fast_greedy])
def test_a_long_sequence_is_parsed_as_its_windows_are(long_text, fast):
    lexicon, codes = long_text
    assert len(codes) == 200_000
    units, unit_starts, _, slots, *_ = fast(lexicon, codes, ONE_SEQUENCE)
    assert unit_starts[-1] == len(codes)
    by_unit = {}
    for unit, *row in slots:
        by_unit.setdefault(unit, []).append(tuple(row))
    # Both parses cut at unknown symbols, so what lies between two of them stands alone.
    unknown = [index for index, unit in enumerate(units) if unit < 0]
    assert len(unknown) == 50
    slow = slow_viterbi if fast is fast_viterbi else slow_greedy
    windows = itertools.pairwise(unknown)
    shortest = sorted(windows, key=lambda window: unit_starts[window[1]] - unit_starts[window[0]])
    for first, last in shortest[:25]:
        begin, end = unit_starts[first], unit_starts[last]
        expected = slow(lexicon, codes[begin:end], ONE_SEQUENCE)
        assert units[first:last] == expected[0]
        assert [at - begin for at in unit_starts[first : last + 1]] == expected[1]
        found = [
            (index - first, place, start - begin, stop - begin, depth)
            for index in range(first, last)
            for place, start, stop, depth in by_unit.get(index, ())
        ]
        assert found == expected[3]


def test_greedy_goes_on_the_same_wherever_it_starts(long_text):
    # What greedy does from a place on depends on nothing before it, whatever it keeps in memory.
    lexicon, codes = long_text
    units, unit_starts, _, _ = fast_greedy(lexicon, codes, ONE_SEQUENCE)
    for index in range(20_000, len(units), 17_001):
        begin = unit_starts[index]
        again, again_starts, _, _ = fast_greedy(lexicon, codes[begin:], ONE_SEQUENCE)
        assert again == units[index:]
        assert [at + begin for at in again_starts] == unit_starts[index:]


def test_greedy_around_large_powers_of_two(long_text):
    # Independent of the kernels: the twin, from a unit that starts shortly before the place.
    lexicon, codes = long_text
    units, unit_starts, _, slots = fast_greedy(lexicon, codes, ONE_SEQUENCE)
    for place in (1 << 12, 1 << 14, 1 << 15, 1 << 16, 2 << 16, 3 << 16, 199_000):
        first = int(np.searchsorted(unit_starts, place - 300))
        last = int(np.searchsorted(unit_starts, place + 300))
        begin = unit_starts[first]
        expected = slow_greedy(lexicon, codes[begin : unit_starts[last] + 200], ONE_SEQUENCE)
        assert units[first:last] == expected[0][: last - first]
        rows = [(u - first, p, s - begin, e - begin, d) for u, p, s, e, d in slots]
        found = [row for row in rows if 0 <= row[0] < last - first]
        assert found == [row for row in expected[3] if row[0] < last - first]


@pytest.mark.parametrize("fast", [fast_viterbi, fast_greedy])
def test_sequences_are_parsed_apart(long_text, fast):
    lexicon, codes = long_text
    codes = codes[:30_000]
    starts = random_starts(np.random.default_rng(2), len(codes), n_sequences=40)
    units, unit_starts, sequence_starts, slots, *cost = fast(lexicon, codes, starts)
    total = 0
    for number, (begin, end) in enumerate(zip(starts, [*starts[1:], len(codes)])):
        alone = fast(lexicon, codes[begin:end], ONE_SEQUENCE)
        first = sequence_starts[number]
        last = [*sequence_starts, len(units)][number + 1]
        assert units[first:last] == alone[0]
        assert [at - begin for at in unit_starts[first:last]] == alone[1][:-1]
        shifted = [(u + first, p, s + begin, e + begin, d) for u, p, s, e, d in alone[3]]
        assert [row for row in slots if first <= row[0] < last] == shifted
        total += alone[-1] if cost else 0
    assert not cost or cost == [total]


# -- parse ---------------------------------------------------------------------------------


def test_a_parse_by_hand():
    # a [b|c] d; b [a | a[b|c]d]: the slot of the second holds the first
    lexicon = lexicon_of(
        4, (VARIABLE, (1, 2)), (CHUNK, (0, 4, 3)), (VARIABLE, (0, 5)), (CHUNK, (1, 6)), units={7: 3}
    )
    codes = np.array([1, 0, 2, 3, 3, -1, 1, 0], np.int32)
    found = parse(lexicon, codes, np.array([0, 5, 5]))
    assert found.units.tolist() == [7, 3, -1, 7]
    assert found.unit_starts.tolist() == [0, 4, 5, 6, 8]
    assert found.sequence_starts.tolist() == [0, 2, 2]
    assert found.slot_units.tolist() == [0, 0, 3]
    assert found.slot_variables.tolist() == [6, 4, 6]
    assert found.slot_fillers.tolist() == [5, 2, 0]
    assert found.slot_starts.tolist() == [1, 2, 7]
    assert found.slot_ends.tolist() == [4, 3, 8]
    assert found.slot_depths.tolist() == [0, 1, 0]
    assert lexicon.parts[found.slot_parts].tolist() == found.slot_fillers.tolist()
    assert len(found) == 4


def test_viterbi_and_greedy_differ_where_the_longest_is_dear():
    lexicon = lexicon_of(3, (CHUNK, (A, B)), (CHUNK, (B, C)), units={A: 100, 4: 100})
    codes = np.array([A, B, C], np.int32)
    assert parse(lexicon, codes, ONE_SEQUENCE).units.tolist() == [A, 4]
    assert parse(lexicon, codes, ONE_SEQUENCE, "greedy").units.tolist() == [3, C]


@pytest.mark.parametrize("seed", range(20))
def test_descent_is_the_published_parse(seed):
    rng = np.random.default_rng(seed)
    lexicon = with_random_counts(naive.random_lexicon(rng, 3, 15), rng)
    codes = random_text(rng, lexicon, 12, n_unknown=2)
    starts = random_starts(rng, len(codes))
    found = parse(lexicon, codes, starts, "descent")
    units, unit_starts, sequence_starts, slots = descent(lexicon.entries, codes, starts)
    assert found.units.tolist() == units.tolist()
    assert found.unit_starts.tolist() == unit_starts.tolist()
    assert found.sequence_starts.tolist() == sequence_starts.tolist()
    rows = [found.slot_units, found.slot_parts, found.slot_starts, found.slot_ends]
    assert np.transpose([*rows, found.slot_depths]).tolist() == slots.tolist()


def test_parsing_changes_nothing():
    rng = np.random.default_rng(0)
    lexicon = with_random_counts(naive.random_lexicon(rng, 3, 15), rng)
    codes = random_text(rng, lexicon, 50)
    starts = random_starts(rng, len(codes))
    given = [*lexicon.entries[:3], lexicon.unit_counts, lexicon.filler_counts, codes, starts]
    before = [array.tobytes() for array in given]
    for method in ("viterbi", "greedy", "descent"):
        parse(lexicon, codes, starts, method)
        assert [array.tobytes() for array in given] == before


def test_an_unknown_method_is_named():
    with pytest.raises(InputError, match="viterbi, greedy, descent, not 'beam'"):
        parse(Lexicon.of_atoms(2), np.zeros(3, np.int32), ONE_SEQUENCE, "beam")


def test_codes_and_starts_of_other_types_are_taken():
    lexicon = AWKWARD["nested, at both ends"]
    codes, starts = TEXTS["cut in the middle"]
    expected = parse(lexicon, np.array(codes, np.int32), np.array(starts, np.int64))
    for given in ((codes, starts), (np.array(codes), np.array(starts, np.int32))):
        found = parse(lexicon, *given)
        assert found.units.tolist() == expected.units.tolist()
        assert found.slot_parts.tolist() == expected.slot_parts.tolist()


@pytest.mark.parametrize(
    ("codes", "starts", "message"),
    [
        ([0, 2, 1], [0], "2 is not a symbol code: the lexicon has 2 atoms"),
        ([0, 1], [1], "starts"),
        ([0, 1], [], "starts"),
        ([0, 1], [0, 2, 1], "starts"),
        ([0, 1], [0, 3], "starts"),
        ([0, -2], [0], "-2"),
    ],
)
@pytest.mark.parametrize("method", ["viterbi", "greedy", "descent"])
def test_codes_and_starts_that_do_not_fit_are_refused(codes, starts, message, method):
    lexicon = lexicon_of(2, (CHUNK, (A, B)))
    with pytest.raises(InputError, match=message):
        parse(lexicon, np.array(codes, np.int32), np.array(starts, np.int64), method)


@pytest.mark.parametrize("seed", range(40))
def test_a_sequence_parsed_from_the_right_in_pieces_is_parsed_as_one(seed):
    rng = np.random.default_rng(seed)
    lexicon = with_random_counts(naive.random_lexicon(rng, 3, int(rng.integers(2, 14))), rng)
    codes = random_text(rng, lexicon, 60, n_unknown=2)
    trie, unit_cost, escape_cost = compile_lexicon(lexicon)
    whole, _ = viterbi(trie, unit_cost, codes, ONE_SEQUENCE, escape_cost, False)
    size, end, units, fillers, n_pieces = int(rng.integers(20, 90)), len(codes), [], [], 0
    while end:
        begin = max(0, end - size)
        piece, _ = viterbi(trie, unit_cost, codes[begin:end], ONE_SEQUENCE, escape_cost, begin > 0)
        size += 0 if len(piece[0]) else size
        units, fillers = piece[0].tolist() + units, piece[3][:, 1].tolist() + fillers
        end = begin + int(piece[1][0]) if len(piece[0]) else end
        n_pieces += len(piece[0]) > 0
    assert (units, fillers) == (whole[0].tolist(), whole[3][:, 1].tolist())
    assert n_pieces > 1 or len(codes) < 200
