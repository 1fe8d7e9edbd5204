"""What an entry saves: exact differences in description length, in bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.costs import counts_bits, entry_bits, one_more_entry, xlog2


@kernel
def pair_gains(
    lefts: NDArray[np.int64],
    rights: NDArray[np.int64],
    joints: NDArray[np.int64],
    unit_counts: NDArray[np.int64],
    n_atoms: int,
    n_variables: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits saved by a chunk of each pair, and how surely the two hang together.

    Parameters
    ----------
    lefts, rights, joints : int64[k]
        The pairs, and how often each occurs without overlap.
    unit_counts : int64[K]
    n_atoms, n_variables : int

    Returns
    -------
    gains : float64[k]
        Bits.
    chi_squares : float64[k]
        See ``chi_square``.

    Examples
    --------
    >>> one, counts = np.array([1]), np.array([50, 50])
    >>> gains, _ = pair_gains(np.array([0]), one, np.array([50]), counts, 2, 0)  # ab, 50 times
    >>> round(float(gains[0]), 3)  # units 100, definition 4, one more entry 2, counts 2.715
    91.285
    """
    size, total = len(unit_counts), unit_counts.sum()
    kinds = size - n_variables
    gains, chi_squares = np.empty(len(joints)), np.zeros(len(joints))
    definition = entry_bits(2, size) + one_more_entry(size, n_atoms)
    before = counts_bits(total, kinds)
    for k in range(len(joints)):
        j, a, b = float(joints[k]), float(unit_counts[lefts[k]]), float(unit_counts[rights[k]])
        n = float(total)
        data = xlog2(n) - xlog2(n - j) + xlog2(j)
        if lefts[k] == rights[k]:
            data -= xlog2(a) - xlog2(a - 2 * j)
        else:
            data -= xlog2(a) - xlog2(a - j) + xlog2(b) - xlog2(b - j)
        gains[k] = data - definition - (counts_bits(n - j, kinds + 1) - before)
        chi_squares[k] = chi_square(j, a, b, n)
    return gains, chi_squares


@inner
def chi_square(joint: float, left: float, right: float, total: float) -> float:
    """Chi-square of a 2 x 2 table against independence, with the sign of the association.

    Parameters
    ----------
    joint, left, right, total : float
        Times that both, the one and the other were there, of all.

    Returns
    -------
    float
        1 degree of freedom; 0 where one of the two is everywhere or nowhere.

    Examples
    --------
    >>> chi_square(1.0, 1.0, 1.0, 3.0), chi_square(0.0, 1.0, 1.0, 3.0)
    (3.0, -0.75)
    """
    x, y, z = left - joint, right - joint, total - left - right + joint
    expected = (joint + x) * (y + z) * (joint + y) * (x + z)
    if expected <= 0:
        return 0.0
    cross = joint * z - x * y
    return total * cross * abs(cross) / expected


@kernel
def frame_gains(
    lefts: NDArray[np.int64],
    middles: NDArray[np.int64],
    rights: NDArray[np.int64],
    counts: NDArray[np.int64],
    unit_counts: NDArray[np.int64],
    n_atoms: int,
    n_variables: int,
    filler_count_min: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Bits saved by a chunk (left, variable, right) of each frame, the variable not yet paid.

    Fillers below ``filler_count_min``, or no more frequent between the two than chance has it, are
    left out; frames of fewer than two fillers are not worth a variable. A frame that overlaps
    itself so much that no unit would be left saves nothing: -inf.

    Parameters
    ----------
    lefts, middles, rights, counts : int64[k]
        Triples, sorted by (left, right, middle).
    unit_counts : int64[K]
    n_atoms, n_variables, filler_count_min : int

    Returns
    -------
    bounds : int64[g, 2]
        Of each frame's rows.
    gains : float64[g]
        Bits.
    kept : bool[k]
        Whether a row's middle is a filler.

    Examples
    --------
    >>> zero, one = np.array([0, 0]), np.array([1, 1])
    >>> counts, unit_counts = np.array([20, 20]), np.array([40, 40, 20, 20])
    >>> bounds, gains, kept = frame_gains(zero, np.array([2, 3]), one, counts, unit_counts, 4, 0, 2)
    >>> bounds, kept  # a c b and a d b
    (array([[0, 2]]), array([ True,  True]))
    """
    n_rows = len(counts)
    bounds, gains = np.empty((n_rows, 2), np.int64), np.empty(n_rows)
    kept = np.zeros(n_rows, np.bool_)
    size, total = len(unit_counts), float(unit_counts.sum())
    kinds = size - n_variables
    n, first = 0, np.int64(0)
    while first < n_rows:
        left, right = lefts[first], rights[first]
        last = first
        while last < n_rows and lefts[last] == left and rights[last] == right:
            last += 1
        if last - first >= 2:
            gain, joint, n_fillers = _frame_gain(
                left,
                middles,
                right,
                counts,
                first,
                last,
                unit_counts,
                total,
                filler_count_min,
                kept,
            )
            if n_fillers >= 2:
                if total < 2 * joint:
                    gain = -np.inf
                else:
                    gain -= entry_bits(3, size) + one_more_entry(size, n_atoms)
                    gain -= counts_bits(total - 2 * joint, kinds + 1) - counts_bits(total, kinds)
                bounds[n, 0], bounds[n, 1], gains[n] = first, last, gain
                n += 1
        first = last
    return bounds[:n].copy(), gains[:n].copy(), kept


@inner
def _frame_gain(
    left: Int,
    middles: NDArray[np.int64],
    right: Int,
    counts: NDArray[np.int64],
    first: Int,
    last: Int,
    unit_counts: NDArray[np.int64],
    total: float,
    filler_count_min: Int,
    kept: NDArray[np.bool_],
) -> tuple[float, Int, Int]:
    """Data bits that a frame saves, fillers paid, its count and fillers; marks those kept."""
    joint, n_fillers = 0, 0
    chance = float(unit_counts[left]) * float(unit_counts[right]) / (total * total)
    for k in range(first, last):
        kept[k] = counts[k] >= filler_count_min and counts[k] > chance * unit_counts[middles[k]]
        if kept[k]:
            joint += counts[k]
            n_fillers += 1
    # Overlapping frames count a unit twice, so counts may fall below zero: floored, as an estimate.
    gain = xlog2(total) - xlog2(max(total - 2.0 * joint, 0.0)) + xlog2(float(joint))
    falls_left, falls_right = float(joint), float(joint)
    for k in range(first, last):
        if kept[k]:
            middle = middles[k]
            if middle == left:
                falls_left += counts[k]
            elif middle == right:
                falls_right += counts[k]
            else:
                c = float(unit_counts[middle])
                gain -= xlog2(c) - xlog2(max(c - counts[k], 0.0))
            gain -= -xlog2(float(counts[k]))
    if left == right:
        c = float(unit_counts[left])
        gain -= xlog2(c) - xlog2(max(c - falls_left - falls_right, 0.0))
    else:
        c, d = float(unit_counts[left]), float(unit_counts[right])
        gain -= xlog2(c) - xlog2(max(c - falls_left, 0.0))
        gain -= xlog2(d) - xlog2(max(d - falls_right, 0.0))
    return gain - xlog2(float(joint)), joint, n_fillers


@kernel
def triple_gains(
    lefts: NDArray[np.int64],
    middles: NDArray[np.int64],
    rights: NDArray[np.int64],
    counts: NDArray[np.int64],
    unit_counts: NDArray[np.int64],
    n_atoms: int,
    n_variables: int,
) -> NDArray[np.float64]:
    """Bits saved by a chunk of three units; -inf for one unit thrice; overlaps: an estimate.

    Parameters
    ----------
    lefts, middles, rights, counts : int64[k]
    unit_counts : int64[K]
    n_atoms, n_variables : int

    Returns
    -------
    float64[k]

    Examples
    --------
    >>> one, counts = np.array([1]), np.array([30, 30, 30])
    >>> gains = triple_gains(np.array([0]), one, np.array([2]), np.array([30]), counts, 3, 0)
    >>> round(float(gains[0]), 3)  # abc, 30 times
    133.509
    """
    size, total = len(unit_counts), float(unit_counts.sum())
    kinds = size - n_variables
    definition = entry_bits(3, size) + one_more_entry(size, n_atoms)
    gains = np.empty(len(counts))
    for k in range(len(counts)):
        a, b, c, j = lefts[k], middles[k], rights[k], float(counts[k])
        if a == b and b == c:
            gains[k] = -np.inf
            continue
        gain = xlog2(total) - xlog2(max(total - 2 * j, 0.0)) + xlog2(j)
        for which in range(3):
            unit = a if which == 0 else (b if which == 1 else c)
            if (which == 1 and b == a) or (which == 2 and c in (a, b)):
                continue
            falls = j * ((a == unit) + (b == unit) + (c == unit))
            n = float(unit_counts[unit])
            gain -= xlog2(n) - xlog2(max(n - falls, 0.0))
        gain -= counts_bits(max(total - 2 * j, 0.0), kinds + 1) - counts_bits(total, kinds)
        gains[k] = gain - definition
    return gains
