"""Count runs of two and three units, and merge pairs into chunks."""

from __future__ import annotations

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
)

FIRST_KEYS = 512  # capacity to begin with; four times as much whenever that was too little
KEYS_TO_EXPECT = 1 << 15  # no more are provided for beforehand, however long a text is


def count_pairs(
    units: NDArray[np.int32], starts: NDArray[np.int64], count_min: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count adjacent pairs inside each sequence, those of a unit with itself without overlap.

    Parameters
    ----------
    units : int32[n]
        Unit ids, -1 where unknown: those are in no pair.
    starts : int64[s]
        First index of each sequence, ascending.
    count_min : int
        Rarer pairs are left out.

    Returns
    -------
    codes : int64[k]
        left << 32 | right, ascending.
    counts : int64[k]

    Examples
    --------
    >>> codes, counts = count_pairs(np.array([5, 5, 5], np.int32), np.zeros(1, np.int64), 1)
    >>> codes == 5 << 32 | 5, counts
    (array([ True]), array([1]))
    """
    codes, counts = pairs_of(units, starts, count_min, False)
    order = np.argsort(codes)
    return codes[order], counts[order]


@kernel
def pairs_of(
    units: NDArray[np.int32], starts: NDArray[np.int64], count_min: Int, overlap: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count adjacent pairs as ``count_pairs`` does, in an order that means nothing.

    Parameters
    ----------
    units : int32[n]
    starts : int64[s]
    count_min : int
    overlap : bool
        Whether each neighbour in a run of one unit makes a pair, and not every second.

    Returns
    -------
    codes, counts : int64[k]

    Examples
    --------
    >>> pairs_of(np.array([5, 5, 5], np.int32), np.zeros(1, np.int64), 1, True)[1]
    array([2])
    """
    capacity = FIRST_KEYS
    while capacity < min(2 * len(units), KEYS_TO_EXPECT):
        capacity *= 2
    while True:
        table = make_table(capacity)
        last = np.empty(len(table.cells) // 2, np.int64)
        if _count_pairs(units, starts, overlap, table, last):
            break
        capacity *= 4
    return _frequent(table, count_min)


@helper
def _frequent(table: Table, count_min: Int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys that were counted so often, and their counts."""
    keys, counts = items(table)
    n = 0
    for k in range(len(keys)):
        if counts[k] >= count_min:
            keys[n], counts[n] = keys[k], counts[k]
            n += 1
    return keys[:n].copy(), counts[:n].copy()


@inner
def _count_pairs(
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    overlap: bool,
    table: Table,
    last: NDArray[np.int64],
) -> bool:
    """Count into the table; False when it would get more than half full."""
    cells, most = table.cells, len(table.cells) // 4
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        for i in range(starts[k], end - 1):
            left, right = units[i], units[i + 1]
            if left < 0 or right < 0:
                continue
            key = (np.int64(left) << 32) | right
            row = find(table, key)
            if is_free(table, row):
                if table.used[0] == most:
                    return False
                place(table, row, key, 0)
            elif left == right and last[row] == i - 1 and not overlap:
                continue  # the middle of a run: it overlaps the pair before it
            cells[2 * row + 1] += 1
            last[row] = i
    return True


@kernel
def merge_pairs(
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    codes: NDArray[np.int64],
    wholes: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Replace accepted pairs by their chunks, from the left.

    Parameters
    ----------
    units : int32[n]
    starts : int64[s]
    codes : int64[k]
        left << 32 | right of each pair.
    wholes : int32[k]
        The chunk of each.

    Returns
    -------
    units : int32[m]
    starts : int64[s]

    Examples
    --------
    >>> units, starts = np.array([1, 1, 1], np.int32), np.zeros(1, np.int64)
    >>> merge_pairs(units, starts, np.array([1 << 32 | 1]), np.array([7], np.int32))
    (array([7, 1], dtype=int32), array([0]))
    """
    table = make_table(2 * len(codes))
    for k in range(len(codes)):
        insert(table, codes[k], wholes[k])
    n_ids = np.int64(0)
    for unit in units:
        n_ids = max(n_ids, np.int64(unit) + 1)
    for code in codes:
        n_ids = max(n_ids, (code >> 32) + 1)
    is_left = np.zeros(n_ids, np.bool_)
    for code in codes:
        is_left[code >> 32] = True
    merged = np.empty(len(units), np.int32)
    merged_starts = np.empty(len(starts), np.int64)
    n = _merge_pairs(units, starts, table, is_left, merged, merged_starts)
    return merged[:n].copy(), merged_starts


@inner
def _merge_pairs(
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    table: Table,
    is_left: NDArray[np.bool_],
    merged: NDArray[np.int32],
    merged_starts: NDArray[np.int64],
) -> int:
    """Write what ``merge_pairs`` returns; returns the number of units."""
    n = 0
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        merged_starts[k] = n
        i = starts[k]
        while i < end:
            unit = np.int64(units[i])
            if unit >= 0 and is_left[unit] and i + 1 < end and units[i + 1] >= 0:
                row = find(table, (unit << 32) | units[i + 1])
                if not is_free(table, row):
                    unit = value_at(table, row)
                    i += 1
            merged[n] = unit
            n += 1
            i += 1
    return n


@kernel
def count_weighted(
    units: NDArray[np.int32], starts: NDArray[np.int64], weights: NDArray[np.int64], size: Int
) -> NDArray[np.int64]:
    """Count units; unknown ones (-1) are left out.

    Parameters
    ----------
    units : int32[n]
    starts : int64[s]
        First index of each sequence, ascending.
    weights : int64[s]
        How often each sequence counts.
    size : int
        Of the lexicon.

    Returns
    -------
    int64[size]

    Examples
    --------
    >>> count_weighted(np.array([1, 0, 1], np.int32), np.array([0, 2]), np.array([5, 1]), 3)
    array([5, 6, 0])
    """
    counts = np.zeros(size, np.int64)
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        for i in range(starts[k], end):
            if units[i] >= 0:
                counts[units[i]] += weights[k]
    return counts


def count_triples(
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    count_min: int,
    weights: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count runs of three units inside each sequence, overlaps included.

    Parameters
    ----------
    units : int32[n]
        Unit ids, -1 where unknown: those are in no triple.
    starts : int64[s]
        First index of each sequence, ascending.
    count_min : int
        Rarer triples are left out.
    weights : int64[s], optional
        How often each sequence counts; by default once.

    Returns
    -------
    rows : int64[k, 3]
        Left, middle, right; sorted by left, right, middle.
    counts : int64[k]

    Examples
    --------
    >>> count_triples(np.array([1, 2, 3], np.int32), np.zeros(1, np.int64), 1)
    (array([[1, 2, 3]]), array([1]))
    """
    weights = np.ones(len(starts), np.int64) if weights is None else weights
    rows, counts = triples_of(units, starts, weights, count_min, 0, 1)
    order = np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))
    return rows[order], counts[order]


@kernel
def triples_of(
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.int64],
    count_min: Int,
    part: Int,
    n_parts: Int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count runs of three units as ``count_triples`` does, in an order that means nothing.

    Parameters
    ----------
    units : int32[n]
    starts, weights : int64[s]
    count_min : int
    part, n_parts : int
        Only those whose left unit leaves ``part`` when divided by ``n_parts``, a power of two: all
        triples of a long text at once take more memory than the text.

    Returns
    -------
    rows : int64[k, 3]
    counts : int64[k]

    Examples
    --------
    >>> units, first, once = np.array([1, 2, 3], np.int32), np.array([0]), np.array([1])
    >>> triples_of(units, first, once, 1, 0, 1)
    (array([[1, 2, 3]]), array([1]))
    """
    capacity = FIRST_KEYS
    while True:
        numbers, triples = make_table(capacity), make_table(capacity)
        if _count_triples(units, starts, weights, part, n_parts, numbers, triples):
            break
        capacity *= 4
    return _rows_of(numbers, *_frequent(triples, count_min))


@kernel
def summed_triples(
    rows: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct triples and the sums of their counts, in an order that means nothing.

    Parameters
    ----------
    rows : int64[k, 3]
        Left, middle, right.
    counts : int64[k]

    Returns
    -------
    rows : int64[j, 3]
    counts : int64[j]

    Examples
    --------
    >>> summed_triples(np.array([[1, 2, 3], [1, 2, 3]]), np.array([5, 2]))
    (array([[1, 2, 3]]), array([7]))
    """
    numbers, triples = make_table(len(rows)), make_table(len(rows))
    for k in range(len(rows)):
        _count_triple(numbers, triples, rows[k, 0], rows[k, 1], rows[k, 2], counts[k])
    return _rows_of(numbers, *items(triples))


@spliced
def _count_triple(
    numbers: Table, triples: Table, left: Int, middle: Int, right: Int, count: Int
) -> None:
    """Count a triple: a pair, which is numbered, and a unit; number << 32 | right."""
    pair = (np.int64(left) << 32) | middle
    row = find(numbers, pair)
    if is_free(numbers, row):
        place(numbers, row, pair, numbers.used[0])
    triple = (value_at(numbers, row) << 32) | right
    row = find(triples, triple)
    if is_free(triples, row):
        place(triples, row, triple, 0)
    triples.cells[2 * row + 1] += count


@helper
def _rows_of(
    numbers: Table, keys: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counted triples as rows."""
    pair_of = np.empty(numbers.used[0], np.int64)
    pairs, pair_numbers = items(numbers)
    for k in range(len(pairs)):
        pair_of[pair_numbers[k]] = pairs[k]
    rows = np.empty((len(keys), 3), np.int64)
    for k in range(len(keys)):
        pair = pair_of[keys[k] >> 32]
        rows[k, 0], rows[k, 1], rows[k, 2] = pair >> 32, pair & 0xFFFFFFFF, keys[k] & 0xFFFFFFFF
    return rows, counts


@inner
def _count_triples(
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.int64],
    part: Int,
    n_parts: Int,
    numbers: Table,
    triples: Table,
) -> bool:
    """Count the triples of some units; False when a table would get too full."""
    most = len(triples.cells) // 4
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        for i in range(starts[k], end - 2):
            if units[i] < 0 or units[i + 1] < 0 or units[i + 2] < 0:
                continue
            if units[i] & (n_parts - 1) != part:
                continue
            if triples.used[0] == most:  # of pairs there are no more
                return False
            _count_triple(numbers, triples, units[i], units[i + 1], units[i + 2], weights[k])
    return True
