from __future__ import annotations

import numpy as np
import pytest

from hvm.kernels import table as kernels
from naive import table as naive


def keys_of_row(row, n_keys):
    """Keys that all belong in one row of every table that has it."""
    inverse = pow(int(kernels.SPREAD), -1, 1 << 64)
    keys = ((row << 32 | low) * inverse % (1 << 64) for low in range(4 * n_keys))
    return [key for key in keys if key < 1 << 63][:n_keys]


AWKWARD = {
    "nothing": [],
    "zero": [0],
    "one key again and again": [5] * 20,
    "the largest": [2**63 - 1, 2**63 - 2, 0],
    "neighbours": list(range(100)),
    "pairs that differ on the left": [k << 32 for k in range(100)],
    "all want one row": keys_of_row(3, 100),
    "all want the last row": keys_of_row(2**20 - 1, 100),
    "as many as there is capacity for": list(range(8)),
    "one more": list(range(9)),
}


def assert_tables_agree(keys, values, asked, n_first=0):
    """Insert pairs one by one, growing as needed, and look up what is there and what is not."""
    ours, twin = kernels.make_table(n_first), naive.make_table(n_first)
    for key, value in zip(keys, values):
        ours, twin = kernels.with_capacity(ours, 1), naive.with_capacity(twin, 1)
        kernels.insert(ours, key, value)
        naive.insert(twin, key, value)
    for key in [*asked, *keys]:
        assert kernels.value_of(ours, key, -7) == naive.value_of(twin, key, -7)
        assert kernels.is_free(ours, kernels.find(ours, key)) == (key not in twin)
    listed = zip(*(column.tolist() for column in kernels.items(ours)))
    assert sorted(listed) == sorted(zip(*naive.items(twin)))
    assert ours.used[0] == len(twin) <= len(ours.cells) // 4


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_keys(name):
    keys = AWKWARD[name]
    assert_tables_agree(keys, range(len(keys)), [0, 1, 2**31, 2**62])


@pytest.mark.parametrize("seed", range(10))
def test_random_keys(seed):
    rng = np.random.default_rng(seed)
    highest = int(rng.choice([10, 1000, 2**40, 2**63]))
    keys = rng.integers(highest, size=int(rng.integers(300))).tolist()
    values = rng.integers(-(2**62), 2**62, size=len(keys)).tolist()
    asked = rng.integers(highest, size=50).tolist()
    assert_tables_agree(keys, values, asked, n_first=int(rng.integers(40)))


def test_a_value_may_be_minus_one():
    table = kernels.make_table(1)
    kernels.insert(table, 0, -1)
    assert kernels.value_of(table, 0, 5) == -1
    assert not kernels.is_free(table, kernels.find(table, 0))


def test_a_table_that_has_capacity_stays_itself():
    table = kernels.make_table(8)
    for key in range(7):
        kernels.insert(table, key, key)
    assert kernels.with_capacity(table, 1).cells is not kernels.with_capacity(table, 2).cells
    assert len(kernels.with_capacity(table, 1).cells) == len(table.cells)
    assert len(kernels.with_capacity(table, 2).cells) > len(table.cells)


def test_a_place_found_once_can_be_filled_and_read():
    table = kernels.make_table(4)
    for key in keys_of_row(0, 4):
        row = kernels.find(table, key)
        kernels.place(table, row, key, key ^ 1)
        assert kernels.find(table, key) == row
        assert kernels.value_at(table, row) == key ^ 1
    assert not kernels.has_capacity(table, 5)


@pytest.mark.parametrize("seed", range(5))
def test_sums_by_key(seed):
    rng = np.random.default_rng(seed)
    keys = rng.integers(int(rng.choice([3, 1000, 2**62])), size=int(rng.integers(300)))
    values = rng.integers(-9, 9, size=len(keys))
    expected = {key: int(values[keys == key].sum()) for key in keys.tolist()}
    found = kernels.summed(keys, values)
    assert dict(zip(*(column.tolist() for column in found), strict=True)) == expected
