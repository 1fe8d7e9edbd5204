from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from hvm.kernels.rows.counts import CodeTables, UnitCorpus, code_bits, code_tables, count_pairs
from hvm.kernels.rows.edits import (
    Inventory,
    Labels,
    merge_gains,
    merge_units,
    split_gains,
    split_units,
)
from hvm.kernels.rows.members import Members, member_arrays
from hvm.kernels.table import items
from naive import rows as naive

CODES = [(0.6, 1.0), (0.75, 0.5)]

AWKWARD = {
    "no unit": [0, 0],
    "one unit": [0, 1, 0],
    "runs": [0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0],
    "pairs in a row": [0, 1, 2, 1, 2, 1, 2, 0, 2, 1, 2, 1, 0],
    "empty sequences": [0, 0, 1, 2, 0, 0, 1, 2, 0],
    "merged before": [0, 4, 3, 4, 4, 0, 3, 3, 4, 1, 0, 4, 2, 0],
    "a half goes out of use": [0, 3, 1, 3, 1, 0, 2, 3, 1, 0],
    "merged again": [0, 1, 2, 3, 0, 3, 1, 0, 2, 2, 5, 0],
    "symbols in units": [0, 6, 1, 6, 6, 0, 2, 6, 7, 7, 0, 1, 2, 7, 0],
}


def corpora():
    """Lists of units, and how often the sequence of each comes."""
    rng = np.random.default_rng(7)
    random = [
        [0, *rng.integers(0, n_units, 80).tolist(), 0] for n_units in (2, 3, 5, 8) for _ in range(5)
    ]
    for units in [*AWKWARD.values(), *random]:
        yield units, [1] * len(units)
        of_line = rng.integers(1, 4, len(units) + 1).tolist()
        yield units, [of_line[sum(u == 0 for u in units[: i + 1])] for i in range(len(units))]


def arrays(corpus):
    return UnitCorpus(*(np.array(each, np.int32) for each in corpus))


def tables(code):
    return CodeTables(*code_tables(300, *code))


FIRST_SYMBOL, N_UNITS = 8, 12


def inventory():
    """Two variables, then (1, 2), (3, 1), (2, 2), (b, 2), (b, b); symbols a, b, c; one to come."""
    sizes = np.array([0, 1, 1, 2, 3, 2, 2, 2, 1, 1, 1, 0])
    halves = np.zeros((N_UNITS, 2), np.int64)
    halves[3:8] = [1, 2], [3, 1], [2, 2], [9, 2], [9, 9]
    alone = np.arange(N_UNITS)
    alone[FIRST_SYMBOL : FIRST_SYMBOL + 3] = 1, 1, 2
    size_bits = np.array([0.0, 0.0, 7.5, 11.0, 13.0, 17.0, 19.0])
    return Inventory(sizes, halves, size_bits, alone, FIRST_SYMBOL)


def members():
    """Variable 0 holds a and b, variable 1 holds c."""
    return Members(*member_arrays(np.array([0, 0, 1, 2], np.int32), np.array([400, 300, 500]), 0.5))


def labels_of(units, left_symbols, right_symbols):
    """Variables alone hold symbols at random; units are no halves where symbols are."""
    rng = np.random.default_rng(len(units))
    fine = np.where(np.array(units) == 0, -1, units)
    held = np.where(np.array(units) == 2, FIRST_SYMBOL + 2, -1)
    held = np.where(np.array(units) == 1, FIRST_SYMBOL + rng.integers(0, 2, len(units)), held)
    pair = (held if symbols else fine for symbols in (left_symbols, right_symbols))
    return Labels(*(each.astype(np.int32) for each in pair))


every_grain = pytest.mark.parametrize("grains", list(product([False, True], repeat=2)))


@pytest.mark.parametrize("code", CODES)
def test_bits_are_those_of_the_formula(code):
    for corpus in corpora():
        bits = code_bits(arrays(corpus), N_UNITS, 6, tables(code))
        assert bits == pytest.approx(naive.code_bits(corpus, N_UNITS, 6, code))
        keys, counts = items(count_pairs(arrays(corpus)))
        pairs = {(k >> 32, k & 0xFFFFFFFF): n for k, n in zip(keys.tolist(), counts.tolist())}
        assert pairs == naive.count_pairs(corpus)


@pytest.mark.parametrize("code", CODES)
@every_grain
def test_gains_of_merging_are_those_of_a_recount(code, grains):
    for corpus in corpora():
        labels, own = labels_of(corpus[0], *grains), members()
        before = [each.copy() for each in own[:-1]]
        args = labels, inventory(), own
        none = np.empty(0, np.int64)
        keys, wholes, gains = merge_gains(arrays(corpus), *args, tables(code), 1, none)
        expected = naive.merge_gains(corpus, *args, code, 1, [])
        assert dict(zip(keys.tolist(), wholes)) == {key: new for key, (new, _) in expected.items()}
        bits = {key: gain for key, (_, gain) in expected.items()}
        assert dict(zip(keys.tolist(), gains)) == pytest.approx(bits, abs=1e-8)
        assert keys.tolist() == sorted(expected)
        assert all((a == b).all() for a, b in zip(before, own))


def test_pairs_refused_or_rare_are_not_priced():
    units = AWKWARD["pairs in a row"]
    corpus, labels = arrays((units, [1] * len(units))), labels_of(units, False, False)
    args = corpus, labels, inventory(), members(), tables(CODES[0])
    assert len(merge_gains(*args, 5, np.empty(0, np.int64))[0]) == 0  # both stand 4 times
    assert merge_gains(*args, 1, np.array([1 << 32 | 2]))[0].tolist() == [2 << 32 | 1]


@pytest.mark.parametrize("code", CODES)
def test_gains_of_splitting_are_those_of_a_recount(code):
    for corpus in corpora():
        args = inventory(), members()
        wholes, gains = split_gains(arrays(corpus), *args, tables(code))
        expected = naive.split_gains(corpus, *args, code)
        assert dict(zip(wholes.tolist(), gains)) == pytest.approx(expected, abs=1e-8)


@every_grain
def test_units_merged_and_split(grains):
    for corpus in corpora():
        labels = labels_of(corpus[0], *grains)
        lefts, rights = ([9, 8, 10] if symbols else [1, 2, 1] for symbols in grains)
        keys = [left << 32 | right for left, right in zip(lefts, reversed(rights))]
        wholes = [20, 21, 22]
        merged = merge_units(arrays(corpus), labels, np.array(keys), np.array(wholes))
        expected = naive.merge_units(corpus, labels, keys, wholes)
        assert tuple(map(np.ndarray.tolist, merged)) == expected
        is_split = np.isin(np.arange(N_UNITS), [3, 4, 6])
        halves = inventory().alone[inventory().halves]
        split = split_units(arrays(corpus), halves, is_split)
        expected = naive.split_units(corpus, halves.tolist(), is_split)
        assert tuple(map(np.ndarray.tolist, split)) == expected
