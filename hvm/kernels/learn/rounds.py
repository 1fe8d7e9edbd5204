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

from hvm.kernels.jit import Int, fetch, helper, inner, kernel, spliced
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
AHEAD = 16  # places between the one that is looked at and the one whose cell is asked for


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
def pairs_of_cells(
    cells: NDArray[np.int32], part: Int, n_parts: Int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs and how often they stand, those of a unit with itself with overlaps.

    Parameters
    ----------
    cells : int32[m]
    part, n_parts : int
        Only those whose left unit leaves ``part`` when divided by ``n_parts``, a power of two.

    Returns
    -------
    codes, counts : int64[p]
        left << 32 | right, in an order that means nothing.

    Examples
    --------
    >>> pairs_of_cells(np.array([-5, 1, 1, 1], np.int32), 1, 2)[1]
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
        elif left >= 0 and left & (n_parts - 1) == part:
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
    firsts: NDArray[np.int64]  # by unit: the index of its first place; -1: places not known
    lasts: NDArray[np.int64]  # and one past its last
    places: NDArray[np.int32]  # first cells, ascending by unit, where it may stand no more
    run_ends: NDArray[np.int64]  # cells before it, from the last one on, weigh as much
    run_weights: NDArray[np.int64]


@kernel
def places_of(
    cells: NDArray[np.int32], n_units: Int, most: Int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Bounds and places of units of one cell.

    Parameters
    ----------
    cells : int32[m]
    n_units : int
    most : int
        Units that stand more often have no places: all cells are read where two such are merged.

    Returns
    -------
    firsts, lasts : int64[n_units]
        -1 where there are none.
    places : int32[n]
        With room for one more a cell: each merge leaves one unit less.

    Examples
    --------
    >>> firsts, lasts, places = places_of(np.array([-5, 1, 0, 1, -1], np.int32), 2, 1)
    >>> firsts, lasts, places[:1]
    (array([ 0, -1]), array([ 1, -1]), array([2], dtype=int32))
    """
    counts, n_cells = np.zeros(n_units, np.int64), 0
    for unit in cells:
        if unit >= 0:
            counts[unit] += 1
            n_cells += 1
    firsts, n = np.full(n_units, -1, np.int64), 0
    for unit in range(n_units):
        if counts[unit] <= most:
            firsts[unit] = n
            n += counts[unit]
    lasts, places = firsts.copy(), np.empty(n + n_cells, np.int32)
    for i in range(len(cells)):
        if cells[i] >= 0 and firsts[cells[i]] >= 0:
            places[lasts[cells[i]]] = i
            lasts[cells[i]] += 1
    return firsts, lasts, places


@kernel
def close_up(cells: NDArray[np.int32], widths: NDArray[np.int64]) -> int:
    """Put every unit into one cell again; returns how many cells are left.

    Parameters
    ----------
    cells : int32[m]
        Changed.
    widths : int64[n]
        Cells of each unit.

    Returns
    -------
    int

    Examples
    --------
    >>> cells = np.array([-5, 3, INSIDE, 3, 1, -1], np.int32)
    >>> n = close_up(cells, np.array([1, 1, 1, 3]))
    >>> cells[:n]
    array([-5,  3,  1, -1], dtype=int32)
    """
    i, n = np.int64(0), 0
    while i < len(cells):
        unit = cells[i]
        cells[n] = unit
        n += 1
        i += widths[unit] if unit >= 0 else 1
    return n


@spliced
def _n_places(text: PlacedText, unit: Int) -> np.int64:
    """Places of a unit; as many as cells where none are known."""
    first = text.firsts[unit]
    return text.lasts[unit] - first if first >= 0 else np.int64(len(text.cells))


@inner
def _read_places(text: PlacedText, left: Int, right: Int, made: NDArray[np.int32], n: Int) -> Int:
    """As ``_places_to_merge``, for two units of one cell whose places are not known."""
    cells, free = text.cells, 0
    for at in range(len(cells) - 1):
        if cells[at] == left and cells[at + 1] == right and at >= free:
            made[n] = at
            n += 1
            free = at + 2
    return n


@inner
def _places_to_merge(
    text: PlacedText, left: Int, right: Int, made: NDArray[np.int32], n: Int
) -> Int:
    """Append the places where a pair stands, from the left, without overlap; returns how many.

    Places where the unit that is looked at stands no longer are dropped on the way.
    """
    if text.firsts[left] < 0 and text.firsts[right] < 0:
        return _read_places(text, left, right, made, n)
    cells, places, width = text.cells, text.places, text.widths[left]
    by_left = _n_places(text, left) <= _n_places(text, right)
    unit, other = (left, right) if by_left else (right, left)
    to_other, to_left = (width, np.int64(0)) if by_left else (np.int64(-1), width)
    last, n_kept, free = text.lasts[unit], text.firsts[unit], np.int64(0)
    for k in range(text.firsts[unit], last):
        fetch(cells, places[min(k + AHEAD, last - 1)])
        at = np.int64(places[k])
        if cells[at] != unit:
            continue
        if cells[at + to_other] == other and at - to_left >= free:
            made[n] = at - to_left
            n += 1
            free = at - to_left + width + text.widths[right]
        else:
            places[n_kept] = at
            n_kept += 1
    text.lasts[unit] = n_kept
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
        Its cells are changed, and places dropped.
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
    >>> ones, ends, weights = np.ones(4, int), np.array([6]), np.array([5])
    >>> text = PlacedText(cells, ones, *places_of(cells, 4, 3), ends, weights)
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
    n_kinds = first_new + len(codes)  # of units beside a place
    for k in range(len(codes)):
        left, right = codes[k] >> 32, codes[k] & 0xFFFFFFFF
        most = n + min(_n_places(text, left), _n_places(text, right))
        if most > len(made):
            longer = np.empty(2 * most, np.int32)
            for i in range(n):  # numba compiles a loop in a tenth of the time of slices
                longer[i] = made[i]
            made = longer
        first, n = n, _places_to_merge(text, left, right, made, n)
        deaths = with_capacity(deaths, 2 * min(n - first, n_kinds))
        joints[k] = _count_deaths(text, made[first:n], codes[k], table, is_left, deaths)
        ends[k] = n
    _write(text, codes, made, ends, first_new)
    first = np.int64(0)
    for k in range(len(codes)):
        births = with_capacity(births, 2 * min(ends[k] - first, n_kinds))
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
