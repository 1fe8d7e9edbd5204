from __future__ import annotations

import numpy as np
import pytest

from hvm.kernels.lexicon import count as kernels
from hvm.lexicon.counts import count_fillers, count_units, triples
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import parse
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)

AWKWARD = {
    "nothing": ([], [0]),
    "three empty sequences": ([], [0, 0, 0]),
    "one unit": ([5], [0]),
    "one unit a sequence": ([5, 5, 5], [0, 1, 2]),
    "a run of two": ([1, 1], [0]),
    "a run of three": ([1, 1, 1], [0]),
    "a run of ten": ([1] * 10, [0]),
    "runs in sequences": ([1] * 12, [0, 0, 1, 3, 6, 12]),
    "a run cut by an unknown unit": ([1, 1, 1, -1, 1, 1, 1, 1], [0]),
    "runs one after the other": ([1, 1, 1, 2, 2, 2, 2, 1, 1, 2, 1, 2, 1], [0]),
    "a run that goes on in the next sequence": ([1, 1, 1, 1, 1], [0, 2]),
    "unknown units alone": ([-1, -1, -1], [0, 1]),
    "unknown at the ends": ([-1, 3, 4, -1], [0]),
    "large ids": ([2**31 - 2, 0, 2**31 - 2, 2**31 - 2, 2**31 - 2], [0]),
}


def random_units(rng, n_units, n_entries=6):
    """Units with runs, repeated stretches and unknown ones."""
    units = rng.integers(-1, n_entries, size=n_units)
    runs = np.repeat(units, rng.integers(1, 5, size=n_units))[:n_units]
    return np.where(rng.random(n_units) < 0.5, runs, units).astype(np.int32)


def random_starts(rng, n_units):
    inner = np.sort(rng.integers(n_units + 1, size=4))
    return np.concatenate([[0], [0], inner, [n_units]]).astype(np.int64)


def counted_pairs(units, starts, count_min=1):
    codes, counts = kernels.count_pairs(units, starts, count_min)
    assert (np.diff(codes) > 0).all()
    return {(c >> 32, c & 0xFFFFFFFF): n for c, n in zip(codes.tolist(), counts.tolist())}


def counted_triples(units, starts, count_min=1):
    rows, counts = kernels.count_triples(units, starts, count_min)
    found = {tuple(row): n for row, n in zip(rows.tolist(), counts.tolist())}
    assert len(found) == len(rows)
    return found


def assert_counts_agree(units, starts, count_min):
    units, starts = np.asarray(units, np.int32), np.asarray(starts, np.int64)
    given = (units, starts, count_min)
    assert counted_pairs(*given) == naive.count_pairs(*given)
    assert counted_triples(*given) == naive.count_triples(*given)


# -- counting -----------------------------------------------------------------------------


@pytest.mark.parametrize("count_min", [0, 1, 2, 4])
@pytest.mark.parametrize("name", AWKWARD)
def test_counts_and_twins_agree_on_awkward_units(name, count_min):
    assert_counts_agree(*AWKWARD[name], count_min)


@pytest.mark.parametrize("n_units", [1, 2, 3, 10, 300])
@pytest.mark.parametrize("seed", range(10))
def test_counts_and_twins_agree_on_random_units(seed, n_units):
    rng = np.random.default_rng(seed)
    units = random_units(rng, n_units)
    assert_counts_agree(units, random_starts(rng, n_units), seed % 3)


def test_pairs_of_a_run_do_not_overlap():
    for length, expected in ((2, 1), (3, 1), (4, 2), (5, 2), (10, 5)):
        assert counted_pairs(np.ones(length, np.int32), ONE_SEQUENCE) == {(1, 1): expected}


def test_triples_of_a_run_overlap():
    assert counted_triples(np.ones(10, np.int32), ONE_SEQUENCE) == {(1, 1, 1): 8}


def test_many_different_pairs_and_triples():
    # More than any table holds at first, and runs among them that span the growing.
    rng = np.random.default_rng(0)
    units = rng.integers(3000, size=90_000).astype(np.int32)
    units[6::7] = units[5::7][: len(units[6::7])]
    assert len(counted_pairs(units, ONE_SEQUENCE)) > 1 << 16
    assert_counts_agree(units, [0, 10, 20_000, 59_999], 1)
    assert_counts_agree(units, [0], 2)


@pytest.mark.parametrize("n_parts", [1, 2, 8])
def test_triples_of_parts_add(n_parts):
    rng = np.random.default_rng(n_parts)
    units = rng.integers(-1, 9, size=700).astype(np.int32)
    whole = kernels.count_triples(units, ONE_SEQUENCE, 1)
    once = np.ones(1, np.int64)
    parts = [units[first : first + 102] for first in range(0, 698, 100)]  # two of each are shared
    for part in range(n_parts):
        of_parts = [
            kernels.triples_of(some, ONE_SEQUENCE, once, 1, part, n_parts) for some in parts
        ]
        rows, counts = (np.concatenate(column) for column in zip(*of_parts, strict=True))
        rows, counts = kernels.summed_triples(rows, counts)
        found = {tuple(row): n for row, n in zip(rows.tolist(), counts.tolist(), strict=True)}
        assert found == {
            tuple(row): n
            for row, n in zip(whole[0].tolist(), whole[1].tolist(), strict=True)
            if row[0] % n_parts == part
        }


# -- merging pairs ------------------------------------------------------------------------


def merged(units, starts, wholes):
    codes = np.array([(left << 32) | right for left, right in wholes], np.int64)
    fast, fast_starts = kernels.merge_pairs(
        np.asarray(units, np.int32),
        np.asarray(starts, np.int64),
        codes,
        np.array(list(wholes.values()), np.int32),
    )
    assert (fast.dtype, fast_starts.dtype) == (np.int32, np.int64)
    return fast.tolist(), fast_starts.tolist()


def disjoint_pairs(rng, n_entries):
    """Pairs of which none ends with what another begins with, as the learner accepts them."""
    sides = rng.random(n_entries) < 0.5
    lefts, rights = np.flatnonzero(sides), np.flatnonzero(~sides)
    pairs = [(int(a), int(b)) for a in lefts for b in rights if rng.random() < 0.5]
    return {pair: n_entries + number for number, pair in enumerate(pairs)}


@pytest.mark.parametrize("seed", range(30))
def test_merged_units_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    units = random_units(rng, int(rng.integers(1, 200)))
    starts, wholes = random_starts(rng, len(units)), disjoint_pairs(rng, 6)
    assert merged(units, starts, wholes) == naive.merge_pairs(units, starts, wholes)


@pytest.mark.parametrize("name", AWKWARD)
def test_merged_awkward_units_and_twin_agree(name):
    units, starts = AWKWARD[name]
    if max(units, default=0) < 100:  # a flag for every unit is kept in memory
        for wholes in ({(1, 1): 7}, {(1, 2): 7, (5, 5): 8}, {(9, 9): 10}, {}):
            assert merged(units, starts, wholes) == naive.merge_pairs(units, starts, wholes)


def test_a_run_is_merged_from_the_left():
    assert merged([1] * 5 + [2], [0], {(1, 1): 3}) == ([3, 3, 1, 2], [0])
    assert merged([1] * 5 + [2], [0, 1], {(1, 1): 3}) == ([1, 3, 3, 2], [0, 1])


@pytest.mark.parametrize("seed", range(20))
def test_a_merged_pair_occurs_as_often_as_it_was_counted(seed):
    rng = np.random.default_rng(seed)
    units = random_units(rng, 150, n_entries=4)
    starts = random_starts(rng, len(units))
    for pair, n in counted_pairs(units, starts).items():
        assert merged(units, starts, {pair: 99})[0].count(99) == n


# -- counts of a parse --------------------------------------------------------------------


@pytest.fixture
def framed():
    """Atoms a b x; V = {a, b}; x V x; V V; the frame and the pair counted often."""
    definitions = [
        Definition(VARIABLE, (0, 1)),
        Definition(CHUNK, (2, 3, 2)),
        Definition(CHUNK, (3, 3)),
    ]
    lexicon = Lexicon.from_definitions(3, definitions)
    return lexicon.with_counts(np.array([0, 0, 0, 0, 9, 9]), np.array([1, 1, 0, 0, 0, 0, 0]))


def test_counts_by_hand(framed):
    # xax . xbx | ab | ? xax xbx | xax
    codes = np.array([2, 0, 2, 2, 1, 2, 0, 1, -1, 2, 0, 2, 2, 1, 2, 2, 0, 2], np.int32)
    cut = parse(framed, codes, np.array([0, 6, 8, 15]))
    assert count_units(framed, cut).tolist() == [0, 0, 0, 0, 5, 1]
    assert count_fillers(framed, cut).tolist() == [4, 3, 0, 0, 0, 0, 0]
    assert counted_pairs(cut.units, cut.sequence_starts) == {(4, 4): 2}


def test_counts_of_nothing(framed):
    cut = parse(framed, np.zeros(0, np.int32), ONE_SEQUENCE)
    assert count_units(framed, cut).tolist() == [0] * 6
    assert count_fillers(framed, cut).tolist() == [0] * 7
    assert counted_pairs(cut.units, cut.sequence_starts) == {}


def test_rare_pairs_can_be_left_out():
    codes = np.array([2, 2, 0, 1, 2, 2, 0, 1, 2], np.int32)
    cut = parse(Lexicon.of_atoms(3), codes, ONE_SEQUENCE)
    pairs = counted_pairs(cut.units, cut.sequence_starts, 2)
    assert pairs == {(0, 1): 2, (1, 2): 2, (2, 0): 2, (2, 2): 2}


@pytest.mark.parametrize("seed", range(20))
def test_counts_of_shards_add(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, 2, 12)
    shards = [rng.integers(-1, 2, size=n).astype(np.int32) for n in rng.integers(0, 60, size=3)]
    starts = np.cumsum([0, *(len(shard) for shard in shards[:-1])])
    whole = parse(lexicon, np.concatenate(shards), starts)
    parts = [parse(lexicon, shard, ONE_SEQUENCE) for shard in shards]
    for counts_of in (count_units, count_fillers):
        added = sum(counts_of(lexicon, part) for part in parts)
        assert added.tolist() == counts_of(lexicon, whole).tolist()


# -- triples ------------------------------------------------------------------------------


@pytest.mark.parametrize("count_min", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_triples_are_sorted_by_frame(seed, count_min):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, 3, 8)
    codes = rng.integers(-1, 3, size=200).astype(np.int32)
    cut = parse(lexicon, codes, random_starts(rng, len(codes)))
    found = triples(cut, count_min)
    rows = list(zip(found.lefts.tolist(), found.rights.tolist(), found.middles.tolist()))
    assert rows == sorted(rows)
    counted = {(left, middle, right): n for (left, right, middle), n in zip(rows, found.counts)}
    assert counted == naive.count_triples(cut.units, cut.sequence_starts, count_min)


@pytest.mark.parametrize("seed", range(4))
def test_sequences_count_as_often_as_they_stand(seed):
    rng = np.random.default_rng(seed)
    units = rng.integers(-1, 5, size=60).astype(np.int32)
    starts = np.append(0, np.sort(rng.integers(0, 61, size=7)))
    weights = rng.integers(1, 9, size=8)
    rows = np.split(units, starts[1:])
    repeated = [row.tolist() for row, n in zip(rows, weights, strict=True) for _ in range(n)]
    flat = [unit for row in repeated for unit in row]
    counted = kernels.count_weighted(units, starts, weights, 6)
    assert counted.tolist() == [flat.count(unit) for unit in range(6)]
    found, counts = kernels.count_triples(units, starts, 1, weights)
    firsts = np.cumsum([0, *map(len, repeated)])[:-1]
    expected = naive.count_triples(np.array(flat, np.int32), firsts, 1)
    assert dict(zip(map(tuple, found.tolist()), counts.tolist(), strict=True)) == expected
