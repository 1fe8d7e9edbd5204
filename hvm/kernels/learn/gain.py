"""What an entry saves: exact differences in description length, in bits.

Units are coded by their counts, N log2 N - sum c log2 c bits; the counts of N units over U kinds
cost the Elias delta of N + 1 and log2 C(N + U - 1, U - 1).
"""

from __future__ import annotations

import math

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced

BITS_PER_NAT = 1.0 / math.log(2.0)


@spliced
def xlog2(x):
    """Return x log2 x, 0 at 0."""
    return x * math.log2(x) if x > 0 else 0.0


@inner
def gamma_bits(n):
    """Length of the Elias gamma code of n >= 1."""
    return 2 * math.floor(math.log2(n)) + 1


@inner
def delta_bits(n):
    """Length of the Elias delta code of n >= 1."""
    digits = math.floor(math.log2(n))
    return digits + gamma_bits(digits + 1)


@inner
def composition(n, kinds):
    """Bits of n and of its composition: the Elias delta of n + 1, log2 C(n + kinds - 1, n)."""
    ways = math.lgamma(n + kinds) - math.lgamma(n + 1) - math.lgamma(kinds)
    return delta_bits(n + 1) + ways * BITS_PER_NAT


@inner
def entry_bits(size, n_earlier):
    """Bits of a definition: kind, Elias gamma of size - 1, each part among earlier entries."""
    return 1.0 + gamma_bits(size - 1) + size * math.log2(n_earlier)


@inner
def one_more_entry(n_entries, n_atoms):
    """What one more entry adds to the Elias gamma of the number of chunks and variables + 1."""
    return gamma_bits(n_entries - n_atoms + 2) - gamma_bits(n_entries - n_atoms + 1)


@kernel
def pair_gains(lefts, rights, joints, unit_counts, n_atoms, n_variables):
    """Bits saved by a chunk of each pair, and how surely the two hang together.

    lefts, rights, joints : int64[k]; unit_counts : int64[K]
    returns gains float64[k], chi_squares float64[k], 1 degree of freedom, negative for negative
    association, 0 where one of the two is everywhere
    """
    size, total = len(unit_counts), unit_counts.sum()
    kinds = size - n_variables
    gains, chi_squares = np.empty(len(joints)), np.zeros(len(joints))
    definition = entry_bits(2, size) + one_more_entry(size, n_atoms)
    before = composition(total, kinds)
    for k in range(len(joints)):
        j, a, b = float(joints[k]), float(unit_counts[lefts[k]]), float(unit_counts[rights[k]])
        n = float(total)
        data = xlog2(n) - xlog2(n - j) + xlog2(j)
        if lefts[k] == rights[k]:
            data -= xlog2(a) - xlog2(a - 2 * j)
        else:
            data -= xlog2(a) - xlog2(a - j) + xlog2(b) - xlog2(b - j)
        gains[k] = data - definition - (composition(n - j, kinds + 1) - before)
        chi_squares[k] = chi_square(j, a, b, n)
    return gains, chi_squares


@inner
def chi_square(joint, left, right, total):
    """Chi-square of a 2 x 2 table against independence, with the sign of the association."""
    x, y, z = left - joint, right - joint, total - left - right + joint
    expected = (joint + x) * (y + z) * (joint + y) * (x + z)
    if expected <= 0:
        return 0.0
    cross = joint * z - x * y
    return total * cross * abs(cross) / expected


@kernel
def frame_gains(
    lefts, middles, rights, counts, unit_counts, n_atoms, n_variables, filler_count_min
):
    """Bits saved by a chunk (left, variable, right) of each frame, the variable not yet paid.

    Rows are sorted by (left, right, middle). Fillers below ``filler_count_min``, or no more
    frequent between the two than chance has it, are left out; frames of fewer than two fillers
    are not worth a variable. A frame that overlaps itself so much that no unit would be left
    saves nothing: -inf.

    returns bounds int64[g, 2] of each frame's rows, gains float64[g], kept bool[k]
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
            gain, n_fillers = _frame_gain(
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
                joint = 0
                for k in range(first, last):
                    if kept[k]:
                        joint += counts[k]
                if total < 2 * joint:
                    gain = -np.inf
                else:
                    gain -= entry_bits(3, size) + one_more_entry(size, n_atoms)
                    gain -= composition(total - 2 * joint, kinds + 1) - composition(total, kinds)
                bounds[n, 0], bounds[n, 1], gains[n] = first, last, gain
                n += 1
        first = last
    return bounds[:n].copy(), gains[:n].copy(), kept


@inner
def _frame_gain(
    left, middles, right, counts, first, last, unit_counts, total, filler_count_min, kept
):
    """Data bits that a frame saves, fillers paid; marks the fillers kept."""
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
    return gain - xlog2(float(joint)), n_fillers


@kernel
def triple_gains(lefts, middles, rights, counts, unit_counts, n_atoms, n_variables):
    """Bits saved by a chunk of three units; -inf for one unit thrice; overlaps: an estimate."""
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
        gain -= composition(max(total - 2 * j, 0.0), kinds + 1) - composition(total, kinds)
        gains[k] = gain - definition
    return gains
