"""How far units are from the same ones with other fillers, and strings from one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel


@inner
def _distance(
    a: NDArray[np.int32],
    first: Int,
    last: Int,
    b: NDArray[np.int32],
    n: Int,
    row: NDArray[np.int64],
) -> Int:
    """Levenshtein distance of ``a[first:last]`` and ``b[:n]``; ``row`` has n + 1 places."""
    while first < last and n > 0 and a[last - 1] == b[n - 1]:
        last -= 1
        n -= 1
    for j in range(n + 1):
        row[j] = j
    for i in range(first, last):
        diagonal = row[0]
        row[0] += 1
        for j in range(n):
            changed = diagonal + (a[i] != b[j])
            diagonal = row[j + 1]
            row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
    distance: Int = row[n]
    return distance


@kernel
def unit_distances(
    codes: NDArray[np.int32],
    units: NDArray[np.int64],
    unit_starts: NDArray[np.int64],
    slot_starts: NDArray[np.int64],
    slot_ends: NDArray[np.int64],
    fill_starts: NDArray[np.int64],
    fills: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Distance of units and of what they read with other fillers in some slots.

    Parameters
    ----------
    codes : int32[n]
        Symbols.
    units : int64[k]
        The unit of each such slot, ascending.
    unit_starts : int64[m + 1]
        First symbol of each unit, then the number of symbols.
    slot_starts, slot_ends : int64[k]
        The slots' spans, from the left, none inside another.
    fill_starts : int64[k + 1]
        Slot i reads ``fills[fill_starts[i]:fill_starts[i + 1]]``.
    fills : int32[f]
        Symbols of the other fillers.

    Returns
    -------
    int64[u]
        Levenshtein distance in symbols of each unit that has such a slot, in order.

    Examples
    --------
    One unit, 0 1 2, whose slot 1 reads 1 1 1 instead: two symbols more.

    >>> codes, fills = np.array([0, 1, 2], np.int32), np.array([1, 1, 1], np.int32)
    >>> units, unit_starts = np.array([0]), np.array([0, 3])
    >>> slot_starts, slot_ends, fill_starts = np.array([1]), np.array([2]), np.array([0, 3])
    >>> unit_distances(codes, units, unit_starts, slot_starts, slot_ends, fill_starts, fills)
    array([2])
    """
    longest = 1
    i = 0
    while i < len(units):
        j, size = i, unit_starts[units[i] + 1] - unit_starts[units[i]]
        while j < len(units) and units[j] == units[i]:
            size += fill_starts[j + 1] - fill_starts[j]
            j += 1
        longest = max(longest, size)
        i = j
    read = np.empty(longest, np.int32)
    row = np.empty(longest + 1, np.int64)
    distances = np.empty(len(units), np.int64)
    n_units = 0
    i = 0
    while i < len(units):
        unit = units[i]
        first, last = unit_starts[unit], unit_starts[unit + 1]
        at, n = first, 0
        while i < len(units) and units[i] == unit:
            for position in range(at, slot_starts[i]):
                read[n] = codes[position]
                n += 1
            for place in range(fill_starts[i], fill_starts[i + 1]):
                read[n] = fills[place]
                n += 1
            at = slot_ends[i]
            i += 1
        for position in range(at, last):
            read[n] = codes[position]
            n += 1
        distances[n_units] = _distance(codes, first, last, read, n, row)
        n_units += 1
    return distances[:n_units]


@kernel
def string_distances(codes: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Levenshtein distance of each string to each other.

    Parameters
    ----------
    codes : int32[n]
        Symbols of all strings, one after another.
    starts : int64[k + 1]
        First symbol of each string, then n.

    Returns
    -------
    int64[k, k]

    Examples
    --------
    >>> string_distances(np.array([0, 1, 1, 2], np.int32), np.array([0, 2, 4]))
    array([[0, 2],
           [2, 0]])
    """
    k = len(starts) - 1
    distances = np.zeros((k, k), np.int64)
    row = np.empty(len(codes) + 1, np.int64)
    for i in range(k):
        for j in range(i):
            other = codes[starts[j] : starts[j + 1]]
            distances[i, j] = _distance(codes, starts[i], starts[i + 1], other, len(other), row)
            distances[j, i] = distances[i, j]
    return distances
