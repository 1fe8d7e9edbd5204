"""A table of whole numbers by key: open addressing, linear probing, at most half full.

A key and its value lie side by side, so that a look-up reads one line of memory. Where a key lies
depends on what was inserted before; no result may, so whoever lists a table sorts the list.

>>> table = make_table(3)
>>> insert(table, 7, 70)
>>> insert(table, 8, 80)
>>> value_of(table, 7, -1), value_of(table, 9, -1), table.used.tolist()
(70, -1, [2])
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel, spliced

FREE = -1  # the key of an empty row, so keys are 0 or more
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, odd: scatters keys that lie close
ROWS_MIN = 16  # rows of the smallest table, a power of two as all


class Table(NamedTuple):
    """Keys and their values; with capacity for half as many keys as it has rows."""

    cells: NDArray[np.int64]  # int64[2 * rows]: a key, or FREE, and its value; row by row
    used: NDArray[np.int64]  # int64[1]: keys held


TableArrays: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
"""A table as a kernel returns it."""


@helper
def make_table(n_keys: Int) -> Table:
    """Return an empty table with capacity for so many keys.

    Examples
    --------
    >>> len(make_table(8).cells), len(make_table(9).cells)
    (32, 64)
    """
    n_rows = ROWS_MIN
    while n_rows < 2 * n_keys:
        n_rows *= 2
    return Table(np.full(2 * n_rows, FREE, np.int64), np.zeros(1, np.int64))


@spliced
def first_row(key: Int, mask: Int) -> np.int64:
    """Row at which the search for a key begins, of a table with ``mask`` + 1 rows.

    Examples
    --------
    >>> int(first_row(1, 15)), int(first_row(2, 15))
    (9, 2)
    """
    return np.int64((np.uint64(key) * SPREAD) >> np.uint64(32)) & mask


@spliced
def find(table: Table, key: Int) -> np.int64:
    """Row of a key, or the free row where it belongs.

    Examples
    --------
    >>> table = make_table(1)
    >>> insert(table, 7, 70)
    >>> is_free(table, find(table, 7)), is_free(table, find(table, 8))
    (False, True)
    """
    cells = table.cells
    mask = (len(cells) >> 1) - 1
    row = first_row(key, mask)
    while cells[2 * row] != key and cells[2 * row] != FREE:
        row = (row + 1) & mask
    return row


@spliced
def is_free(table: Table, row: Int) -> bool:
    """Whether a row holds no key."""
    return bool(table.cells[2 * row] == FREE)


@spliced
def value_at(table: Table, row: Int) -> np.int64:
    """Value in a row that holds a key."""
    return np.int64(table.cells[2 * row + 1])


@spliced
def place(table: Table, row: Int, key: Int, value: Int) -> None:
    """Put a new key into the free row that ``find`` gave for it; there must be capacity for it.

    Parameters
    ----------
    table : Table
    row : int
        Free, where the key belongs.
    key : int
        0 or more.
    value : int

    Examples
    --------
    >>> table = make_table(1)
    >>> row = find(table, 7)
    >>> place(table, row, 7, 70)
    >>> int(value_at(table, row))
    70
    """
    table.cells[2 * row], table.cells[2 * row + 1] = key, value
    table.used[0] += 1


@spliced
def insert(table: Table, key: Int, value: Int) -> None:
    """Give a key a value, whether it is held or not; there must be capacity for it.

    Parameters
    ----------
    table : Table
    key : int
        0 or more.
    value : int

    Examples
    --------
    >>> table = make_table(1)
    >>> insert(table, 7, 70)
    >>> insert(table, 7, 71)
    >>> value_of(table, 7, -1), table.used.tolist()
    (71, [1])
    """
    row = find(table, key)
    if table.cells[2 * row] == FREE:
        table.used[0] += 1
    table.cells[2 * row], table.cells[2 * row + 1] = key, value


@spliced
def value_of(table: Table, key: Int, otherwise: Int) -> np.int64:
    """Value of a key.

    Parameters
    ----------
    table : Table
    key : int
    otherwise : int
        The answer where the key is not held.

    Returns
    -------
    int

    Examples
    --------
    >>> int(value_of(make_table(1), 7, -1))
    -1
    """
    row = find(table, key)
    return table.cells[2 * row + 1] if table.cells[2 * row] != FREE else np.int64(otherwise)


@spliced
def has_capacity(table: Table, n_more: Int) -> bool:
    """Whether so many keys more leave the table half full at most.

    Examples
    --------
    >>> has_capacity(make_table(8), 8), has_capacity(make_table(8), 9)
    (True, False)
    """
    return bool(4 * (table.used[0] + n_more) <= len(table.cells))


@helper
def with_capacity(table: Table, n_more: Int) -> Table:
    """Return the table, or a larger one with the same keys, with capacity for so many more.

    A larger one is twice as large at least, so keys that come one by one move seldom.

    Examples
    --------
    >>> table = make_table(8)
    >>> insert(table, 7, 70)
    >>> larger = with_capacity(table, 8)
    >>> len(larger.cells), value_of(larger, 7, -1)
    (64, 70)
    """
    if has_capacity(table, n_more):
        return table
    larger = make_table(table.used[0] + n_more)
    insert_all(table, larger)
    return larger


@inner
def insert_all(table: Table, into: Table) -> None:
    """Insert all that one table holds into another, which has capacity for it."""
    for row in range(len(table.cells) // 2):
        if not is_free(table, row):
            insert(into, table.cells[2 * row], table.cells[2 * row + 1])


@inner
def insert_each(table: Table, keys: NDArray[np.int64]) -> None:
    """Insert keys, each with its place among them; there must be capacity.

    Examples
    --------
    >>> table = make_table(2)
    >>> insert_each(table, np.array([7, 5]))
    >>> value_of(table, 5, -1)
    1
    """
    for k in range(len(keys)):
        insert(table, keys[k], k)


@helper
def items(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys and their values, int64[n] each, in an order that means nothing.

    Examples
    --------
    >>> table = make_table(1)
    >>> insert(table, 7, 70)
    >>> items(table)
    (array([7]), array([70]))
    """
    keys, values = np.empty(table.used[0], np.int64), np.empty(table.used[0], np.int64)
    n = 0
    for row in range(len(table.cells) // 2):
        if not is_free(table, row):
            keys[n], values[n] = table.cells[2 * row], table.cells[2 * row + 1]
            n += 1
    return keys, values


@kernel
def summed(
    keys: NDArray[np.int64], values: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct keys and the sums of their values, int64[n] each, in an order that means nothing.

    Examples
    --------
    >>> summed(np.array([7, 7]), np.array([2, 3]))
    (array([7]), array([5]))
    """
    table = make_table(len(keys))
    for k in range(len(keys)):
        row = find(table, keys[k])
        if is_free(table, row):
            place(table, row, keys[k], 0)
        table.cells[2 * row + 1] += values[k]
    return items(table)
