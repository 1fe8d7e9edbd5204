"""Counts of runs of units, that are forgotten: a table of rows in order of appearance."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.table import Table, TableArrays, find, is_free, make_table, place, value_at

START = -1  # the unit before the first, and the one after a symbol outside the alphabet
UNIT_BITS = 21  # of a unit in a triple: ids are below 2**21
UNIT_MASK = (1 << UNIT_BITS) - 1


class Tally(NamedTuple):
    """Counts by key, in order of appearance."""

    table: Table  # a key's row
    keys: NDArray[np.int64]  # int64[n]
    counts: NDArray[np.float64]  # float64[n]


TallyArrays: TypeAlias = tuple[TableArrays, NDArray[np.int64], NDArray[np.float64]]
"""A tally as a kernel returns it."""


def make_tally(n_rows: int) -> Tally:
    """An empty tally with capacity for so many keys.

    Examples
    --------
    >>> make_tally(2).counts
    array([0., 0.])
    """
    return _tally_of(_arrays(n_rows))


def _tally_of(arrays: TallyArrays) -> Tally:
    table, keys, counts = arrays
    return Tally(Table(*table), keys, counts)


@kernel
def _arrays(n_rows: Int) -> TallyArrays:
    return make_table(n_rows)[:], np.zeros(n_rows, np.int64), np.zeros(n_rows)


@inner
def n_keys(tally: Tally) -> Int:
    """Keys that are counted.

    Examples
    --------
    >>> n_keys(make_tally(2))
    0
    """
    return np.int64(tally.table.used[0])


@inner
def count_of(tally: Tally, key: Int) -> float:
    """The count of a key, 0 where it is unknown.

    Examples
    --------
    >>> count_of(make_tally(2), 7)
    0.0
    """
    row = find(tally.table, key)
    return 0.0 if is_free(tally.table, row) else tally.counts[value_at(tally.table, row)]


@inner
def add_count(tally: Tally, key: Int, amount: float) -> None:
    """Add to a count; there must be capacity for one key more.

    Parameters
    ----------
    tally : Tally
        Changed.
    key : int
        0 or more.
    amount : float

    Examples
    --------
    >>> tally = make_tally(2)
    >>> add_count(tally, 7, 0.5)
    >>> add_count(tally, 7, 0.25)
    >>> count_of(tally, 7)
    0.75
    """
    row = find(tally.table, key)
    if is_free(tally.table, row):
        new = np.int64(tally.table.used[0])
        place(tally.table, row, key, new)
        tally.keys[new], tally.counts[new] = key, 0.0
    tally.counts[value_at(tally.table, row)] += amount


def with_capacity(tally: Tally, n_more: int, least: float) -> Tally:
    """The tally, or a larger one without counts below ``least``.

    Parameters
    ----------
    tally : Tally
    n_more : int
        Keys that it must have capacity for, beside those it has.
    least : float

    Returns
    -------
    Tally

    Examples
    --------
    >>> tally = make_tally(1)
    >>> add_count(tally, 7, 0.5)
    >>> n_keys(with_capacity(tally, 1, 0.0)), n_keys(with_capacity(tally, 1, 0.6))
    (1, 0)
    """
    if int(tally.table.used[0]) + n_more <= len(tally.keys):
        return tally
    return _tally_of(_larger(tally, n_more, least))


@kernel
def _larger(tally: Tally, n_more: int, least: float) -> TallyArrays:
    table, keys, counts = _arrays(2 * (n_keys(tally) + n_more))
    larger = Tally(Table(table[0], table[1]), keys, counts)
    for row in range(n_keys(tally)):
        if tally.counts[row] >= least:
            add_count(larger, tally.keys[row], tally.counts[row])
    return table, keys, counts


# -- keys ---------------------------------------------------------------------------------


@inner
def pair_key(left: Int, right: Int) -> Int:
    """Two units in a row, the first perhaps START.

    Examples
    --------
    >>> pair_key(START, 5), pair_key(0, 5) == 1 << 32 | 5
    (5, True)
    """
    return (np.int64(left) + 1) << 32 | np.int64(right)


@inner
def triple_key(left: Int, middle: Int, right: Int) -> Int:
    """Three units in a row.

    Parameters
    ----------
    left, middle, right : int
        Below 2**21.

    Returns
    -------
    int

    Examples
    --------
    >>> triple_key(0, 0, 5), triple_key(0, 1, 0) == 1 << 21
    (5, True)
    """
    return np.int64(left) << 2 * UNIT_BITS | np.int64(middle) << UNIT_BITS | np.int64(right)


@helper
def pair_totals(pairs: Tally, n_units: Int) -> NDArray[np.float64]:
    """Counts of each unit as the first of a pair, float64[K + 1]; START is the last.

    Examples
    --------
    >>> pairs = make_tally(2)
    >>> add_count(pairs, pair_key(START, 0), 0.5)
    >>> add_count(pairs, pair_key(0, 1), 0.25)
    >>> pair_totals(pairs, 2)
    array([0.25, 0.  , 0.5 ])
    """
    totals = np.zeros(n_units + 1)
    for row in range(n_keys(pairs)):
        left = (pairs.keys[row] >> 32) - 1
        totals[left if left >= 0 else n_units] += pairs.counts[row]
    return totals


def renamed(tally: Tally, ids: NDArray[np.int64], n_units: int, least: float) -> Tally:
    """The tally under other unit ids, without counts below ``least``.

    Parameters
    ----------
    tally : Tally
    ids : int64[K]
        The new id of each unit.
    n_units : {2, 3}
        Units in a key: pairs or triples.
    least : float

    Returns
    -------
    Tally

    Examples
    --------
    >>> pairs = make_tally(2)
    >>> add_count(pairs, pair_key(0, 1), 0.25)
    >>> count_of(renamed(pairs, np.array([1, 0]), 2, 0.0), pair_key(1, 0))
    0.25
    """
    return _tally_of(_renamed(tally, ids, n_units, least))


@kernel
def _renamed(tally: Tally, ids: NDArray[np.int64], n_units: int, least: float) -> TallyArrays:
    table, keys, counts = _arrays(max(16, 2 * n_keys(tally)))
    after = Tally(Table(table[0], table[1]), keys, counts)
    for row in range(n_keys(tally)):
        key = tally.keys[row]
        if tally.counts[row] < least:
            continue
        if n_units == 2:
            left = (key >> 32) - 1
            key = pair_key(ids[left] if left >= 0 else np.int64(START), ids[key & 0xFFFFFFFF])
        else:
            key = triple_key(
                ids[key >> 2 * UNIT_BITS], ids[key >> UNIT_BITS & UNIT_MASK], ids[key & UNIT_MASK]
            )
        add_count(after, key, tally.counts[row])
    return table, keys, counts
