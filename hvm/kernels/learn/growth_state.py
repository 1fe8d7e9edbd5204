"""What growing holds: the text in cells, units, pairs with the places where they stand.

The text is one array. A unit of w cells has its number in its first cell and in its last; so the
unit before a place and the one behind it are found without links. Each pair that is followed knows
how often it stands and where; a place where it no longer stands is passed over when it is met.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.patterns import longer_hash
from hvm.kernels.table import (
    Table,
    find,
    has_capacity,
    insert,
    is_free,
    place,
    value_of,
)

BORDER, INSIDE = -1, -2  # cells between sequences, and those of a unit but its first and last
BASE = np.uint64(0x9E3779B97F4A7C15)  # of the hashes of labels in a row
NO_KEY = -np.inf  # of a pair that is not in the queue


class UnitCells(NamedTuple):
    """A text, each sequence between two borders; equal ones stand once, with their number."""

    units: NDArray[np.int32]  # int32[n]
    run_ends: NDArray[np.int64]  # int64[r]: cells before it, from the last one on, weigh as much
    run_weights: NDArray[np.int64]  # int64[r]: how many sequences each of those stands for


class Units(NamedTuple):
    """Units by number, ``used[0]`` in all, ``used[1]`` times in the text."""

    counts: NDArray[np.int64]
    widths: NDArray[np.int64]  # cells
    lengths: NDArray[np.int64]  # labels
    hashes: NDArray[np.uint64]  # of the labels: that of two units follows from theirs
    powers: NDArray[np.uint64]
    halves: NDArray[np.int32]  # int32[n, 2]: the pair that each was made from; -1: none
    used: NDArray[np.int64]


class Pairs(NamedTuple):
    """Adjacent units that are followed; ``used``: rows, and places."""

    table: Table  # left << 32 | right: the row
    codes: NDArray[np.int64]
    counts: NDArray[np.int64]  # times in the text; of a unit with itself, at most so many
    firsts: NDArray[np.int64]  # of its places
    sizes: NDArray[np.int64]
    keys: NDArray[np.float64]  # the greatest that stands for it in the queue
    places: NDArray[np.int32]  # cells where the left unit begins
    used: NDArray[np.int64]


class Beside(NamedTuple):
    """Beside of the places where a pair is merged; at rest all zero."""

    weights: NDArray[np.int64]  # int64[n]: by unit
    sizes: NDArray[np.int64]
    ends: NDArray[np.int64]  # where the next place of the pair with this neighbour is written
    units: NDArray[np.int64]  # int64[n]: the neighbours, used[0] of them
    used: NDArray[np.int64]


@inner
def add_neighbour(neighbours: Beside, unit: Int, weight: Int) -> None:
    """Count a neighbour.

    Parameters
    ----------
    neighbours : Beside
    unit, weight : int

    Examples
    --------
    >>> zeros = np.zeros((3, 2), int)
    >>> neighbours = Beside(zeros[0], zeros[1], np.full(2, -1), zeros[2], np.zeros(1, int))
    >>> add_neighbour(neighbours, 1, 5)
    >>> neighbours.weights, neighbours.sizes
    (array([0, 5]), array([0, 1]))
    """
    if neighbours.sizes[unit] == 0:
        neighbours.units[neighbours.used[0]] = unit
        neighbours.used[0] += 1
    neighbours.weights[unit] += weight
    neighbours.sizes[unit] += 1


@inner
def clear(neighbours: Beside) -> None:
    """Forget all neighbours.

    Examples
    --------
    >>> zeros = np.zeros((3, 2), int)
    >>> neighbours = Beside(zeros[0], zeros[1], np.full(2, -1), zeros[2], np.zeros(1, int))
    >>> add_neighbour(neighbours, 1, 5)
    >>> clear(neighbours)
    >>> neighbours.weights, neighbours.used
    (array([0, 0]), array([0]))
    """
    for k in range(neighbours.used[0]):
        unit = neighbours.units[k]
        neighbours.weights[unit], neighbours.sizes[unit], neighbours.ends[unit] = 0, 0, -1
    neighbours.used[0] = 0


@kernel
def label_hashes(
    offsets: NDArray[np.int64], labels: NDArray[np.int32]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hashes of patterns and the powers by which a hash grows, uint64[K] each.

    The hash of two patterns in a row is that of the first times the power of the second, plus that
    of the second.

    Examples
    --------
    >>> hashes, powers = label_hashes(np.array([0, 1, 2, 4]), np.array([0, 1, 0, 1], np.int32))
    >>> bool(hashes[0] != hashes[1]), bool(powers[0] == powers[1] != powers[2])
    (True, True)
    """
    n = len(offsets) - 1
    hashes, powers = np.zeros(n, np.uint64), np.ones(n, np.uint64)
    for entry in range(n):
        for k in range(offsets[entry], offsets[entry + 1]):
            label = longer_hash(np.uint64(0), labels[k])
            hashes[entry] = hashes[entry] * BASE + label
            powers[entry] *= BASE
    return hashes, powers


@inner
def insert_each(table: Table, keys: NDArray[np.int64]) -> None:
    """Insert keys, each with its place among them; there must be capacity.

    Examples
    --------
    >>> from hvm.kernels.table import make_table
    >>> table = make_table(2)
    >>> insert_each(table, np.array([7, 5]))
    >>> value_of(table, 5, -1)
    1
    """
    for k in range(len(keys)):
        insert(table, keys[k], k)


# -- pairs --------------------------------------------------------------------------------


@inner
def count_pairs_of_cells(cells: UnitCells, table: Table) -> bool:
    """Count all pairs of units of one cell; False when the table has no room."""
    units, run = cells.units, 0
    for at in range(len(units) - 1):
        left, right = np.int64(units[at]), np.int64(units[at + 1])
        while cells.run_ends[run] <= at:
            run += 1
        if left >= 0 and right >= 0:
            row = find(table, (left << 32) | right)
            if is_free(table, row):
                if not has_capacity(table, 1):
                    return False
                place(table, row, (left << 32) | right, 0)
            table.cells[2 * row + 1] += cells.run_weights[run]
    return True


@inner
def count_places(
    cells: UnitCells, table: Table, counts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> None:
    """Count the pairs of a table, and the places where they stand.

    Parameters
    ----------
    cells : UnitCells
    table : Table
        Of a pair's code, its row.
    counts, sizes : int64[p]
        Zeros; filled by row.
    """
    units, run = cells.units, 0
    for at in range(len(units) - 1):
        left, right = np.int64(units[at]), np.int64(units[at + 1])
        while cells.run_ends[run] <= at:
            run += 1
        if left >= 0 and right >= 0:
            pair = value_of(table, (left << 32) | right, -1)
            if pair >= 0:
                counts[pair] += cells.run_weights[run]
                sizes[pair] += 1


@inner
def write_first_places(cells: UnitCells, pairs: Pairs) -> None:
    """Write the places of all pairs, ascending."""
    units = cells.units
    pairs.sizes[:] = 0
    for at in range(len(units) - 1):
        left, right = np.int64(units[at]), np.int64(units[at + 1])
        if left >= 0 and right >= 0:
            pair = value_of(pairs.table, (left << 32) | right, -1)
            if pair >= 0:
                pairs.places[pairs.firsts[pair] + pairs.sizes[pair]] = at
                pairs.sizes[pair] += 1


@spliced
def stands(cells: UnitCells, units: Units, left: Int, right: Int, at: Int) -> bool:
    """Whether a pair still stands where it once did.

    Parameters
    ----------
    cells : UnitCells
    units : Units
    left, right : int
    at : int
        The first cell of the left unit, then.

    Returns
    -------
    bool
    """
    return bool(cells.units[at] == left and cells.units[at + units.widths[left]] == right)


@inner
def keep_pairs(
    cells: UnitCells,
    units: Units,
    pairs: Pairs,
    count_min: Int,
    kept: Pairs,
    moved: NDArray[np.int64],
) -> None:
    """Copy the pairs that are frequent, and the places where they still stand.

    Parameters
    ----------
    cells : UnitCells
    units : Units
    pairs : Pairs
    count_min : int
    kept : Pairs
        Empty, with room; places move to the front, so they may be those of ``pairs``.
    moved : int64[p]
        Filled with the new row of each pair, -1 for none.
    """
    n, top = np.int64(0), np.int64(0)
    for pair in range(pairs.used[0]):  # in the order of their places
        moved[pair] = -1
        if pairs.counts[pair] < count_min:
            continue
        moved[pair] = n
        code = pairs.codes[pair]
        left, right = code >> 32, code & 0xFFFFFFFF
        insert(kept.table, code, n)
        kept.codes[n], kept.counts[n], kept.keys[n] = code, pairs.counts[pair], pairs.keys[pair]
        kept.firsts[n] = top
        for k in range(pairs.firsts[pair], pairs.firsts[pair] + pairs.sizes[pair]):
            at = np.int64(pairs.places[k])
            if stands(cells, units, left, right, at):
                kept.places[top] = at
                top += 1
        kept.sizes[n] = top - kept.firsts[n]
        n += 1
    kept.used[0], kept.used[1] = n, top
