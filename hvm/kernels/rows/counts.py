"""Counts of units by the unit before, and their bits under a Pitman-Yor code of rows.

A row is the unit before, or `START`. The first time of a unit in a row is coded by how many rows
hold it, as section 12 of the design has it: all bits derive from counts, and counts of shards add.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.table import (
    Table,
    find,
    has_capacity,
    is_free,
    items,
    make_table,
    place,
    with_capacity,
)

START = 0  # stands before every sequence and at the end of all; never coded
FIRST_PRIOR = 0.5  # added to the rows that hold a unit, where a first time is coded
HALF = 32  # bits of a unit in the key of a pair
LOW = (1 << HALF) - 1
ROOM = 1 << 16  # pairs that a table has capacity for, to begin with: it is filled within the cache


class CodeTables(NamedTuple):
    """Bits of a row's total, types and counts, and of a unit's first times: float64[n + 1] each."""

    totals: NDArray[np.float64]  # lg G(N + t) / G(t)
    types: NDArray[np.float64]  # sum over i < T of lg(t + d i)
    counts: NDArray[np.float64]  # lg G(n - d) / G(1 - d), 0 for none
    firsts: NDArray[np.float64]  # lg G(t_u + .5) / G(.5)


class UnitCorpus(NamedTuple):
    """Units of a corpus; sequences that are the same stand once, for as often as they come."""

    units: NDArray[np.int32]  # int32[n]: `START` before every sequence and at the end
    times: NDArray[np.int32]  # int32[n]: how often the sequence of each unit comes


Floats: TypeAlias = NDArray[np.float64]
TablesArrays: TypeAlias = tuple[Floats, Floats, Floats, Floats]
"""Code tables as a kernel returns them."""


class RowCounts(NamedTuple):
    """Counts of a corpus; K units, `START` included."""

    pairs: Table  # (row << HALF | unit) -> count
    totals: NDArray[np.int64]  # int64[K]: units after each row
    types: NDArray[np.int64]  # int64[K]: distinct units after each row
    firsts: NDArray[np.int64]  # int64[K]: rows that hold each unit
    uses: NDArray[np.int64]  # int64[K]: how often each unit stands
    n_firsts: NDArray[np.int64]  # int64[1]: first times in all rows


@helper
def _rising(base: float, step: float, n: Int) -> NDArray[np.float64]:
    """Sums of lg(base + step i) over i below 0, 1, ..., n."""
    sums = np.zeros(n + 1)
    sums[1:] = np.cumsum(np.log2(base + step * np.arange(n)))
    return sums


@kernel
def code_tables(n: Int, discount: float, strength: float) -> TablesArrays:
    """Return the arrays of `CodeTables`, for all counts up to ``n``.

    Parameters
    ----------
    n : int
        Units of the corpus.
    discount, strength : float
        d and t of the Pitman-Yor code.

    Returns
    -------
    tuple of float64[n + 2]

    Examples
    --------
    >>> tables = CodeTables(*code_tables(3, 0.5, 1.0))
    >>> tables.totals.round(3).tolist()
    [0.0, 0.0, 1.0, 2.585, 4.585]
    """
    counts = np.zeros(n + 2)
    counts[1:] = _rising(1.0 - discount, 1.0, n)
    return (
        _rising(strength, 1.0, n + 1),
        _rising(strength, discount, n + 1),
        counts,
        _rising(FIRST_PRIOR, 1.0, n + 1),
    )


@helper
def count_rows(corpus: UnitCorpus, n_units: Int) -> RowCounts:
    """Count what stands behind what.

    Parameters
    ----------
    corpus : UnitCorpus
    n_units : int
        K: units there may be, `START` included.

    Examples
    --------
    >>> corpus = UnitCorpus(np.array([0, 1, 2, 1, 2, 0], np.int32), np.ones(6, np.int32))
    >>> counts = count_rows(corpus, 3)
    >>> counts.totals.tolist(), counts.types.tolist(), counts.firsts.tolist()
    ([1, 2, 1], [1, 1, 1], [0, 2, 1])
    """
    pairs = count_pairs(corpus)
    totals, types = np.zeros(n_units, np.int64), np.zeros(n_units, np.int64)
    firsts, uses = np.zeros(n_units, np.int64), np.zeros(n_units, np.int64)
    keys, counts = items(pairs)
    for i, count in enumerate(counts):
        row, unit = keys[i] >> HALF, keys[i] & LOW
        totals[row] += count
        types[row] += 1
        firsts[unit] += 1
        uses[unit] += count
    return RowCounts(pairs, totals, types, firsts, uses, np.array([len(keys)]))


@kernel
def count_pairs(corpus: UnitCorpus) -> Table:
    """Count each row and unit, the pairs that end in `START` left out."""
    units, times = corpus
    pairs = make_table(min(ROOM, len(units)))
    for at in range(1, len(units)):
        if units[at] != START:
            if not has_capacity(pairs, 1):
                pairs = with_capacity(pairs, pairs.used[0])
            add(pairs, np.int64(units[at - 1]) << HALF | units[at], np.int64(times[at]))
    return pairs


@inner
def add(table: Table, key: Int, count: Int) -> None:
    """Add to a key's count; there must be capacity for it.

    Parameters
    ----------
    table : Table
        Changed.
    key : int
        0 or more.
    count : int

    Examples
    --------
    >>> table = make_table(1)
    >>> add(table, 7, 2)
    >>> add(table, 7, 3)
    >>> table.used.tolist(), items(table)[1].tolist()
    ([1], [5])
    """
    row = find(table, key)
    if is_free(table, row):
        place(table, row, key, count)
    else:
        table.cells[2 * row + 1] += count


@inner
def first_bits(n_firsts: Int, n_units: Int) -> float:
    """Bits of naming so many first times among units, before those of each unit are taken off."""
    prior = FIRST_PRIOR * n_units
    return (math.lgamma(n_firsts + prior) - math.lgamma(prior)) / math.log(2.0)


@kernel
def code_bits(
    corpus: UnitCorpus, n_units: Int, n_held: Int, tables: CodeTables
) -> tuple[float, float]:
    """Bits of the rows, and of the first times in them.

    Parameters
    ----------
    corpus : UnitCorpus
    n_units : int
        K: units there may be, `START` included.
    n_held : int
        U: units that a row may hold.
    tables : CodeTables
        For all counts there are.

    Returns
    -------
    row_bits, first_bits : float

    Examples
    --------
    One unit after the start: a first time, one of two units.

    >>> tables = CodeTables(*code_tables(3, 0.5, 1.0))
    >>> corpus = UnitCorpus(np.array([0, 1, 0], np.int32), np.ones(3, np.int32))
    >>> code_bits(corpus, 3, 2, tables)
    (0.0, 1.0)
    """
    counts = count_rows(corpus, n_units)
    bits, named = 0.0, first_bits(counts.types.sum(), n_held)
    for unit in range(n_units):
        bits += tables.totals[counts.totals[unit]] - tables.types[counts.types[unit]]
        named -= tables.firsts[counts.firsts[unit]]
    for count in np.sort(items(counts.pairs)[1]):
        bits -= tables.counts[count]
    return bits, named
