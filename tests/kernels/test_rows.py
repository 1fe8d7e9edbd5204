from __future__ import annotations

import numpy as np
import pytest

from hvm.kernels.rows.counts import CodeTables, UnitCorpus, code_bits, code_tables, count_pairs
from hvm.kernels.rows.edits import Inventory, merge_gains, merge_units, split_gains, split_units
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
}


def corpora():
    """Lists of units, and how often the sequence of each comes."""
    rng = np.random.default_rng(7)
    random = [
        [0, *rng.integers(0, n_units, 80).tolist(), 0] for n_units in (2, 3, 5) for _ in range(5)
    ]
    for units in [*AWKWARD.values(), *random]:
        yield units, [1] * len(units)
        of_line = rng.integers(1, 4, len(units) + 1).tolist()
        yield units, [of_line[sum(u == 0 for u in units[: i + 1])] for i in range(len(units))]


def arrays(corpus):
    return UnitCorpus(*(np.array(each, np.int32) for each in corpus))


def tables(code):
    return CodeTables(*code_tables(300, *code))


def inventory():
    """Two variables, then (1, 2), (3, 1), (2, 2), and a unit to come."""
    sizes = np.array([0, 1, 1, 2, 3, 2, 1])
    halves = np.array([[0, 0], [0, 0], [0, 0], [1, 2], [3, 1], [2, 2], [0, 0]])
    return Inventory(sizes, halves, np.array([0.0, 0.0, 7.5, 11.0, 13.0, 17.0, 19.0]))


@pytest.mark.parametrize("code", CODES)
def test_bits_are_those_of_the_formula(code):
    for corpus in corpora():
        bits = code_bits(arrays(corpus), 7, 6, tables(code))
        assert bits == pytest.approx(naive.code_bits(corpus, 7, 6, code))
        keys, counts = items(count_pairs(arrays(corpus)))
        pairs = {(k >> 32, k & 0xFFFFFFFF): n for k, n in zip(keys.tolist(), counts.tolist())}
        assert pairs == naive.count_pairs(corpus)


@pytest.mark.parametrize("code", CODES)
def test_gains_of_merging_are_those_of_a_recount(code):
    for corpus in corpora():
        whole = inventory()
        whole.sizes[-1] = 0  # nothing yet: no variable, no merged unit
        none = np.empty(0, np.int64)
        keys, wholes, gains = merge_gains(arrays(corpus), whole, tables(code), 1, none)
        expected = naive.merge_gains(corpus, whole, code, 1, [])
        assert dict(zip(keys.tolist(), wholes)) == {key: new for key, (new, _) in expected.items()}
        bits = {key: gain for key, (_, gain) in expected.items()}
        assert dict(zip(keys.tolist(), gains)) == pytest.approx(bits, abs=1e-8)
        assert keys.tolist() == sorted(expected)


def test_pairs_refused_or_rare_are_not_priced():
    units = AWKWARD["pairs in a row"]
    args = arrays((units, [1] * len(units))), inventory(), tables(CODES[0])
    assert len(merge_gains(*args, 5, np.empty(0, np.int64))[0]) == 0  # both stand 4 times
    assert merge_gains(*args, 1, np.array([1 << 32 | 2]))[0].tolist() == [2 << 32 | 1]


@pytest.mark.parametrize("code", CODES)
def test_gains_of_splitting_are_those_of_a_recount(code):
    for corpus in corpora():
        whole = inventory()
        wholes, gains = split_gains(arrays(corpus), whole, tables(code))
        expected = naive.split_gains(corpus, whole, code)
        assert dict(zip(wholes.tolist(), gains)) == pytest.approx(expected, abs=1e-8)


def test_units_merged_and_split():
    for corpus in corpora():
        keys, wholes = [1 << 32 | 2, 1 << 32 | 1], [10, 11]
        merged = merge_units(arrays(corpus), np.array(keys), np.array(wholes))
        assert tuple(map(np.ndarray.tolist, merged)) == naive.merge_units(corpus, keys, wholes)
        is_split = [False, False, False, True, True, False, False]
        halves = inventory().halves
        split = split_units(arrays(corpus), halves, np.array(is_split))
        expected = naive.split_units(corpus, halves.tolist(), is_split)
        assert tuple(map(np.ndarray.tolist, split)) == expected
