"""One round of growing in a shard: chosen pairs become units; what stands beside them is told.

A text is one array of cells. Before each sequence stands a border, minus the number of times that
the sequence counts, so borders are below 0 and units are not. While chosen pairs are frequent, all
cells are read in each round, and what is merged closes up (``merge_by_reading``). Once they are
rare, units stay where they are and only the places are looked at where the rarer unit of a pair
stands (``merge_at_places``): a unit of w cells has its number in its first cell and in its last, so
that its neighbours are found on either side.

No chosen pair begins with what another ends with, so no two places to be merged overlap, unless a
unit is paired with itself: then they are merged from the left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel, spliced
from hvm.kernels.table import (
    Table,
    find,
    insert,
    is_free,
    items,
    make_table,
    place,
    value_at,
    with_capacity,
)

INSIDE = np.int32(-(2**31))  # cells of a unit but its first and its last
COUNTED = 1 << 10  # cells between two times that tables get capacity, and keys to begin with


@kernel
def bordered(
    units: NDArray[np.int32], starts: NDArray[np.int64], weights: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Units with a border before each sequence.

    Parameters
    ----------
    units : int32[m]
    starts, weights : int64[s]

    Returns
    -------
    int32[m + s]

    Examples
    --------
    >>> bordered(np.array([7, 8, 9], np.int32), np.array([0, 2]), np.array([5, 1]))
    array([-5,  7,  8, -1,  9], dtype=int32)
    """
    n = len(units)
    cells = np.empty(n + len(starts), np.int32)
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else n
        cells[starts[k] + k] = -weights[k]
        for i in range(starts[k], end):
            cells[i + k + 1] = units[i]
    return cells


@spliced
def _count(table: Table, left: Int, right: Int, weight: Int) -> None:
    code = (left << 32) | right
    row = find(table, code)
    if is_free(table, row):
        place(table, row, code, 0)
    table.cells[2 * row + 1] += weight


@spliced
def _chosen(table: Table, is_left: NDArray[np.bool_], left: Int, right: Int) -> np.int64:
    """The number of a chosen pair, -1 if it is none."""
    if left < 0 or right < 0 or left >= len(is_left) or not is_left[left]:
        return np.int64(-1)
    row = find(table, (left << 32) | right)
    return np.int64(-1) if is_free(table, row) else value_at(table, row)


@helper
def _lookup(codes: NDArray[np.int64], n_units: Int) -> tuple[Table, NDArray[np.bool_]]:
    """Chosen pairs by code, and which units begin one."""
    table, is_left = make_table(len(codes)), np.zeros(n_units, np.bool_)
    for k in range(len(codes)):
        insert(table, codes[k], k)
        is_left[codes[k] >> 32] = True
    return table, is_left


@kernel
def pairs_of_cells(cells: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs and how often they stand, those of a unit with itself with overlaps.

    Parameters
    ----------
    cells : int32[m]

    Returns
    -------
    codes, counts : int64[p]
        left << 32 | right, in an order that means nothing.

    Examples
    --------
    >>> pairs_of_cells(np.array([-5, 1, 1, 1], np.int32))[1]
    array([10])
    """
    table, weight = make_table(COUNTED), np.int64(0)
    left = np.int64(-1)
    for i in range(len(cells)):
        if i % COUNTED == 0:
            table = with_capacity(table, COUNTED)
        right = np.int64(cells[i])
        if right < 0:
            weight = -right
        elif left >= 0:
            _count(table, left, right, weight)
        left = right
    return items(table)


@kernel
def merge_by_reading(
    cells: NDArray[np.int32], codes: NDArray[np.int64], first_new: Int
) -> tuple[
    int,
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]:
    """Put new units wherever pairs stand, and close up.

    Parameters
    ----------
    cells : int32[m]
        Changed.
    codes : int64[k]
        left << 32 | right of each pair.
    first_new : int
        The unit of the first pair; those of the others follow.

    Returns
    -------
    n_cells : int
        That are left.
    joints : int64[k]
        How often each pair stood.
    born, births : int64[p]
        Pairs that hold a new unit, and how often they stand.
    died, deaths : int64[q]
        Pairs that stand less often, and by how much, without those that were merged.

    Examples
    --------
    >>> cells = np.array([-5, 1, 2, 3], np.int32)
    >>> n, joints, born, births, died, deaths = merge_by_reading(cells, np.array([1 << 32 | 2]), 4)
    >>> joints, births, deaths, born == 4 << 32 | 3, died == 2 << 32 | 3
    (array([5]), array([5]), array([5]), array([ True]), array([ True]))
    >>> cells[:n]
    array([-5,  4,  3], dtype=int32)
    """
    table, is_left = _lookup(codes, first_new)
    joints = np.zeros(len(codes), np.int64)
    births, deaths = make_table(COUNTED), make_table(COUNTED)
    i, n, end, weight = 0, 0, len(cells), np.int64(0)
    # What stands left of a place: before this round and now, and whether it is new.
    old, now, was_new = np.int64(-1), np.int64(-1), False
    while i < end:
        if births.used[0] + COUNTED > len(births.cells) // 4:
            births = with_capacity(births, 2 * COUNTED)
        if deaths.used[0] + COUNTED > len(deaths.cells) // 4:
            deaths = with_capacity(deaths, 2 * COUNTED)
        stop = min(end, i + COUNTED)
        while i < stop:
            unit = np.int64(cells[i])
            whole, last = unit, unit
            i += 1
            if unit < 0:
                weight = -unit
            elif is_left[unit] and i < end:
                pair = _chosen(table, is_left, unit, np.int64(cells[i]))
                if pair >= 0:
                    whole, last = first_new + pair, np.int64(cells[i])
                    joints[pair] += weight
                    i += 1
            is_new = whole != unit
            if unit >= 0 and now >= 0 and (is_new or was_new):
                _count(deaths, old, unit, weight)
                _count(births, now, whole, weight)
            old, now, was_new = last, whole, is_new
            cells[n] = whole
            n += 1
    born, n_births = items(births)
    died, n_deaths = items(deaths)
    return n, joints, born, n_births, died, n_deaths


# -- once chosen pairs are rare -------------------------------------------------------------------


class PlacedText(NamedTuple):
    """A text whose units stay where they are, and where each of them first stood."""

    cells: NDArray[np.int32]  # int32[m + 1]: a border behind them all
    widths: NDArray[np.int64]  # by unit: its cells
    bounds: NDArray[np.int64]  # by unit: its first place, and one past its last
    places: NDArray[np.int32]  # first cells, ascending by unit, where it may stand no more
    run_ends: NDArray[np.int64]  # cells before it, from the last one on, weigh as much
    run_weights: NDArray[np.int64]


@kernel
def places_of(
    cells: NDArray[np.int32], n_units: Int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Bounds and places of units of one cell.

    Parameters
    ----------
    cells : int32[m]
    n_units : int

    Returns
    -------
    bounds : int64[n_units + 1]
    places : int32[n]

    Examples
    --------
    >>> places_of(np.array([-5, 1, 0, 1, -1], np.int32), 2)
    (array([0, 1, 3]), array([2, 1, 3], dtype=int32))
    """
    bounds = np.zeros(n_units + 1, np.int64)
    for unit in cells:
        if unit >= 0:
            bounds[unit + 1] += 1
    bounds = np.cumsum(bounds)
    places, ends = np.empty(bounds[-1], np.int32), bounds.copy()
    for i in range(len(cells)):
        if cells[i] >= 0:
            places[ends[cells[i]]] = i
            ends[cells[i]] += 1
    return bounds, places


@inner
def _places_to_merge(
    text: PlacedText, left: Int, right: Int, made: NDArray[np.int32], n: Int
) -> Int:
    """Append the places where a pair stands, from the left, without overlap; returns how many."""
    cells, bounds, width = text.cells, text.bounds, text.widths[left]
    by_left = bounds[left + 1] - bounds[left] <= bounds[right + 1] - bounds[right]
    unit, free = left if by_left else right, np.int64(0)
    for k in range(bounds[unit], bounds[unit + 1]):
        at = np.int64(text.places[k])
        if cells[at] != unit:
            continue
        other = cells[at + width] if by_left else cells[at - 1]
        at -= 0 if by_left else width
        if other == (right if by_left else left) and at >= free:
            made[n] = at
            n += 1
            free = at + width + text.widths[right]
    return n


@inner
def _count_deaths(
    text: PlacedText,
    made: NDArray[np.int32],
    code: Int,
    table: Table,
    is_left: NDArray[np.bool_],
    deaths: Table,
) -> Int:
    """Count the pairs beside the places of one pair, each once; returns how often that stands."""
    cells, left, right, run, joint = text.cells, code >> 32, code & 0xFFFFFFFF, 0, np.int64(0)
    width = text.widths[left] + text.widths[right]
    for first_cell in made:
        at = np.int64(first_cell)
        while text.run_ends[run] <= at:
            run += 1
        weight = text.run_weights[run]
        joint += weight
        before, behind = np.int64(cells[at - 1]), np.int64(cells[at + width])
        if before >= 0:
            _count(deaths, before, left, weight)
        # A pair that is merged there too counts what is before it by itself.
        if behind >= 0:
            beyond = np.int64(cells[at + width + text.widths[behind]])
            if _chosen(table, is_left, behind, beyond) < 0:
                _count(deaths, right, behind, weight)
    return joint


@inner
def _count_births(
    text: PlacedText,
    made: NDArray[np.int32],
    unit: Int,
    width: Int,
    first_new: Int,
    births: Table,
) -> None:
    """Count the pairs that hold a new unit, those of two new ones for the right one."""
    cells, run = text.cells, 0
    for first_cell in made:
        at = np.int64(first_cell)
        while text.run_ends[run] <= at:
            run += 1
        before, behind = np.int64(cells[at - 1]), np.int64(cells[at + width])
        if before >= 0:
            _count(births, before, unit, text.run_weights[run])
        if 0 <= behind < first_new:
            _count(births, unit, behind, text.run_weights[run])


@kernel
def merge_at_places(
    text: PlacedText, codes: NDArray[np.int64], first_new: Int
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]:
    """Put new units wherever pairs stand; the places of a pair's rarer unit are looked at.

    Parameters
    ----------
    text : PlacedText
        Its cells are changed.
    codes : int64[k]
    first_new : int

    Returns
    -------
    ends : int64[k]
        Of the places of each new unit.
    places : int32[n]
    joints, born, births, died, deaths
        As :func:`merge_by_reading` returns them.

    Examples
    --------
    >>> cells = np.array([-5, 1, 2, 3, -1], np.int32)
    >>> bounds, places = places_of(cells, 4)
    >>> text = PlacedText(cells, np.ones(4, int), bounds, places, np.array([6]), np.array([5]))
    >>> ends, places, joints, born, births, died, deaths = merge_at_places(
    ...     text, np.array([1 << 32 | 2]), 4
    ... )
    >>> places, joints, births, deaths
    (array([1], dtype=int32), array([5]), array([5]), array([5]))
    >>> cells
    array([-5,  4,  4,  3, -1], dtype=int32)
    """
    table, is_left = _lookup(codes, first_new)
    births, deaths = make_table(COUNTED), make_table(COUNTED)
    ends, joints = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    made = np.empty(COUNTED, np.int32)
    n: Int = np.int64(0)
    for k in range(len(codes)):
        left, right = codes[k] >> 32, codes[k] & 0xFFFFFFFF
        size_left = text.bounds[left + 1] - text.bounds[left]
        most = n + min(size_left, text.bounds[right + 1] - text.bounds[right])
        if most > len(made):
            longer = np.empty(2 * most, np.int32)
            for i in range(n):  # numba compiles a loop in a tenth of the time of slices
                longer[i] = made[i]
            made = longer
        first, n = n, _places_to_merge(text, left, right, made, n)
        deaths = with_capacity(deaths, 2 * (n - first))
        joints[k] = _count_deaths(text, made[first:n], codes[k], table, is_left, deaths)
        ends[k] = n
    _write(text, codes, made, ends, first_new)
    first = np.int64(0)
    for k in range(len(codes)):
        births = with_capacity(births, 2 * (ends[k] - first))
        width = text.widths[codes[k] >> 32] + text.widths[codes[k] & 0xFFFFFFFF]
        _count_births(text, made[first : ends[k]], first_new + k, width, first_new, births)
        first = ends[k]
    born, n_births = items(births)
    died, n_deaths = items(deaths)
    return ends, made[:n].copy(), joints, born, n_births, died, n_deaths


@inner
def _write(
    text: PlacedText,
    codes: NDArray[np.int64],
    made: NDArray[np.int32],
    ends: NDArray[np.int64],
    first_new: Int,
) -> None:
    """Put the new units into their places."""
    cells, first = text.cells, np.int64(0)
    for k in range(len(codes)):
        width_left = text.widths[codes[k] >> 32]
        width = width_left + text.widths[codes[k] & 0xFFFFFFFF]
        for at in made[first : ends[k]]:
            cells[at + width_left - 1] = cells[at + width_left] = INSIDE
            cells[at] = cells[at + width - 1] = first_new + k
        first = ends[k]
