"""Online learning: counts that are forgotten, and what they make frequent.

Counts are forgotten by growth: what comes next counts for ``1 / theta`` more, unit by unit, and
counts are told in multiples of what counts for ``one`` now.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import helper, kernel
from hvm.kernels.learn.gain import chi_square
from hvm.kernels.learn.tally import (
    START,
    UNIT_BITS,
    UNIT_MASK,
    Tally,
    add_count,
    count_of,
    n_keys,
    pair_key,
    triple_key,
)

FIRST_ROWS = 64  # of fillers, to begin with


@kernel
def count_sequence(
    unit_counts: NDArray[np.float64],
    filler_counts: NDArray[np.float64],
    pairs: Tally,
    triples: Tally,
    units: NDArray[np.int32],
    slot_units: NDArray[np.int64],
    slot_parts: NDArray[np.int64],
    one: float,
    theta: float,
    highest: float,
) -> float:
    """Add the units of one parsed sequence, and their fillers, pairs and triples.

    Parameters
    ----------
    unit_counts : float64[K]
        Changed.
    filler_counts : float64[P]
        Changed.
    pairs, triples : Tally
        Changed; with capacity for m keys more.
    units : int32[m]
    slot_units, slot_parts : int64[k]
        Index of the unit and place in parts of each slot, from the left.
    one : float
        What the first unit counts for.
    theta : float
        What a unit leaves of all counts before it.
    highest : float
        Where ``one`` passes this, all counts are told anew, so that it is 1.

    Returns
    -------
    float
        What the next unit counts for.

    Examples
    --------
    >>> from hvm.kernels.learn.tally import make_tally
    >>> counts, pairs, triples = np.zeros(2), make_tally(3), make_tally(3)
    >>> units, none = np.array([0, 1, 1], np.int32), np.zeros(0, np.int64)
    >>> count_sequence(counts, np.zeros(0), pairs, triples, units, none, none, 1.0, 0.5, 1e9)
    8.0
    >>> counts  # in multiples of 8: .125; .25 + .5
    array([1., 6.])
    """
    slot = 0
    for k in range(len(units)):
        unit = units[k]
        while slot < len(slot_units) and slot_units[slot] == k:
            filler_counts[slot_parts[slot]] += one
            slot += 1
        if unit >= 0:
            unit_counts[unit] += one
            left = units[k - 1] if k > 0 else START
            add_count(pairs, pair_key(left, unit), one)
            if k > 1 and left >= 0 and units[k - 2] >= 0:
                add_count(triples, triple_key(units[k - 2], left, unit), one)
        one /= theta
        if one > highest:
            for counts in (unit_counts, filler_counts, pairs.counts, triples.counts):
                for row in range(len(counts)):
                    counts[row] /= one
            one = 1.0
    return one


@kernel
def frequent_pairs(
    unit_counts: NDArray[np.float64],
    pairs: Tally,
    units: NDArray[np.int32],
    one: float,
    least: float,
    critical: float,
) -> NDArray[np.int64]:
    """Pairs of this parse that are frequent and associated, from the left.

    Parameters
    ----------
    unit_counts : float64[K]
    pairs : Tally
    units : int32[m]
    one : float
        What a unit counts for now.
    least : float
        Times ``one``; counts must pass it, that of the pair and of both units.
    critical : float
        Chi-square that must be passed.

    Returns
    -------
    int64[p, 2]

    Examples
    --------
    >>> from hvm.kernels.learn.tally import make_tally
    >>> pairs = make_tally(1)
    >>> add_count(pairs, pair_key(0, 1), 5.0)
    >>> units = np.array([0, 1, 2], np.int32)
    >>> frequent_pairs(np.array([5.0, 5.0, 9.0]), pairs, units, 1.0, 4.0, 3.84)
    array([[0, 1]])
    """
    total, least = unit_counts.sum() / one, least * one
    frequent, n = np.empty((max(len(units), 1), 2), np.int64), 0
    for k in range(1, len(units)):
        left, right = units[k - 1], units[k]
        if left < 0 or right < 0:
            continue
        joint, a, b = count_of(pairs, pair_key(left, right)), unit_counts[left], unit_counts[right]
        if joint > least and a > least and b > least:
            if chi_square(joint / one, a / one, b / one, total) > critical:
                frequent[n, 0], frequent[n, 1] = left, right
                n += 1
    return frequent[:n].copy()


@kernel
def frequent_frames(
    triples: Tally, units: NDArray[np.int32], least: float, filler_least: float, fillers_min: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames of this parse that are frequent, and what fills them.

    Parameters
    ----------
    triples : Tally
    units : int32[m]
    least : float
        Counts of a frame must pass it.
    filler_least : float
        Fillers with less are left out.
    fillers_min : int

    Returns
    -------
    frames : int64[f, 2]
        Left and right unit, from the left, whether frequent or not.
    rows : int64[r, 2]
        Frame and filler, of the frequent ones.

    Examples
    --------
    >>> from hvm.kernels.learn.tally import make_tally
    >>> triples = make_tally(2)
    >>> add_count(triples, triple_key(0, 1, 0), 3.0)
    >>> add_count(triples, triple_key(0, 2, 0), 2.0)
    >>> frequent_frames(triples, np.array([0, 1, 0], np.int32), 4.0, 1.0, 2)
    (array([[0, 0]]), array([[0, 1],
           [0, 2]]))
    """
    frames = _frames_of(units)
    n = len(frames)
    totals, sizes = np.zeros(n), np.zeros(n, np.int64)
    rows, n_rows = np.empty((FIRST_ROWS, 2), np.int64), 0
    for row in range(n_keys(triples) if n > 0 else 0):
        if triples.counts[row] < filler_least:
            continue
        left, right = triples.keys[row] >> 2 * UNIT_BITS, triples.keys[row] & UNIT_MASK
        for frame in range(n):
            if frames[frame, 0] == left and frames[frame, 1] == right:
                if n_rows == len(rows):
                    larger = np.empty((2 * n_rows, 2), np.int64)
                    larger[:n_rows] = rows
                    rows = larger
                rows[n_rows, 0], rows[n_rows, 1] = frame, triples.keys[row] >> UNIT_BITS & UNIT_MASK
                totals[frame] += triples.counts[row]
                sizes[frame] += 1
                n_rows += 1
    kept = np.zeros(n_rows, np.bool_)
    for row in range(n_rows):
        frame = rows[row, 0]
        kept[row] = totals[frame] > least and sizes[frame] >= fillers_min
    return frames, rows[:n_rows][kept]


@helper
def _frames_of(units: NDArray[np.int32]) -> NDArray[np.int64]:
    """Different frames of a parse, int64[f, 2], from the left."""
    frames, n = np.empty((max(len(units), 1), 2), np.int64), 0
    for k in range(2, len(units)):
        if units[k - 2] < 0 or units[k - 1] < 0 or units[k] < 0:
            continue
        is_known = False
        for other in range(n):
            is_known |= frames[other, 0] == units[k - 2] and frames[other, 1] == units[k]
        if not is_known:
            frames[n, 0], frames[n, 1] = units[k - 2], units[k]
            n += 1
    return frames[:n].copy()
