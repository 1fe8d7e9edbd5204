"""What a pass of the published algorithm drops and proposes: rare chunks, pairs, frames."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import CHUNK, Entries
from hvm.kernels.jit import kernel
from hvm.kernels.learn.gain import chi_square
from hvm.kernels.lexicon.count import pairs_of


@kernel
def prune_chunks(
    entries: Entries, unit_counts: NDArray[np.int64], count_max: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Drop chunks counted ``count_max`` times or fewer that no other entry needs.

    Variables stay, as in the published tables, and so do their members.

    Parameters
    ----------
    entries : Entries
    unit_counts : int64[K]
    count_max : int

    Returns
    -------
    kinds, offsets, parts
        Of the entries that are kept.
    ids : int32[K]
        New ids, -1 for the dropped.

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (1, 1)), (CHUNK, (3, 0))])
    >>> *_, ids = prune_chunks(entries, np.array([9, 9, 1, 1, 9]), 1)  # ab goes, bba needs bb
    >>> ids
    array([ 0,  1, -1,  2,  3], dtype=int32)
    """
    kinds, offsets, parts, n_atoms = entries
    n_entries = len(kinds)
    needed = np.zeros(n_entries, np.int64)
    for part in parts:
        needed[part] += 1
    ids = np.zeros(n_entries, np.int32)
    for entry in range(n_entries - 1, n_atoms - 1, -1):
        if kinds[entry] == CHUNK and unit_counts[entry] <= count_max and needed[entry] == 0:
            ids[entry] = -1
            for part in range(offsets[entry], offsets[entry + 1]):
                needed[parts[part]] -= 1
    n_kept, n_parts = 0, 0
    for entry in range(n_entries):
        if ids[entry] == 0:
            ids[entry] = n_kept
            n_kept += 1
            n_parts += offsets[entry + 1] - offsets[entry]
    kept_kinds = np.empty(n_kept, np.uint8)
    kept_offsets = np.zeros(n_kept + 1, np.int64)
    kept_parts = np.empty(n_parts, np.int32)
    for entry in range(n_entries):
        if ids[entry] >= 0:
            new = ids[entry]
            kept_kinds[new] = kinds[entry]
            fill = kept_offsets[new]
            for part in range(offsets[entry], offsets[entry + 1]):
                kept_parts[fill] = ids[parts[part]]
                fill += 1
            kept_offsets[new + 1] = fill
    return kept_kinds, kept_offsets, kept_parts, ids


class Neighbours(NamedTuple):
    """Pairs of units, overlaps included, and how often an entry is part of one."""

    codes: NDArray[np.int64]  # int64[k]: left << 32 | right, in an order that means nothing
    counts: NDArray[np.int64]  # int64[k]
    lefts: NDArray[np.int64]  # int64[K]: times that an entry is the left of a pair
    rights: NDArray[np.int64]  # int64[K]
    n_pairs: int


def count_neighbours(
    units: NDArray[np.int32], sequence_starts: NDArray[np.int64], n_entries: int
) -> Neighbours:
    """Adjacent pairs inside sequences; a unit -1 has neighbours but is nobody's part.

    Parameters
    ----------
    units : int32[n]
    sequence_starts : int64[s]
    n_entries : int

    Returns
    -------
    Neighbours

    Examples
    --------
    >>> neighbours = count_neighbours(np.array([0, 0, 0], np.int32), np.zeros(1, np.int64), 2)
    >>> neighbours.codes, neighbours.counts, neighbours.lefts, neighbours.n_pairs
    (array([0]), array([2]), array([2, 0]), 2)
    """
    codes, counts = pairs_of(units, sequence_starts, 1, True)
    return Neighbours(codes, counts, *_sides(units, sequence_starts, n_entries))


@kernel
def _sides(
    units: NDArray[np.int32], sequence_starts: NDArray[np.int64], n_entries: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Times that each entry is the left and the right of a pair, and how many pairs there are."""
    lefts = np.zeros(n_entries, np.int64)
    rights = np.zeros(n_entries, np.int64)
    n_pairs = 0
    for sequence in range(len(sequence_starts)):
        stop = sequence_starts[sequence + 1] if sequence + 1 < len(sequence_starts) else len(units)
        for i in range(sequence_starts[sequence], stop - 1):
            n_pairs += 1
            if units[i] >= 0:
                lefts[units[i]] += 1
            if units[i + 1] >= 0:
                rights[units[i + 1]] += 1
    return lefts, rights, n_pairs


@kernel
def propose_pairs(
    neighbours: Neighbours,
    lengths: NDArray[np.float64],
    n_units: int,
    count_min: int,
    chi2_min: float,
    bits_limit: float,
) -> NDArray[np.int32]:
    """Pairs to chunk, the best first.

    A pair qualifies if it occurs more than ``count_min`` times and the chi-square of its 2x2
    table against independence exceeds ``chi2_min``. Rank: L / -ln(p), L the symbols it covers, p
    = count / units; ties by left id, then right.

    Parameters
    ----------
    neighbours : Neighbours
    lengths : float64[K]
        Symbols that each entry covers, on average.
    n_units, count_min : int
    chi2_min : float
    bits_limit : float
        Pairs are accepted until their -log2 p add up to more.

    Returns
    -------
    int32[k, 2]

    Examples
    --------
    >>> neighbours = count_neighbours(np.array([0, 1] * 9, np.int32), np.zeros(1, np.int64), 2)
    >>> propose_pairs(neighbours, np.ones(2), 18, 6, 3.84, 0.9)  # a b pays 1 bit: enough
    array([[0, 1]], dtype=int32)
    """
    codes, counts, lefts, rights, n_pairs = neighbours
    scores = np.empty(len(codes))
    chosen = np.empty(len(codes), np.int64)
    n_candidates = 0
    for row in range(len(codes)):
        joint = counts[row]
        if joint <= count_min:
            continue
        left, right = codes[row] >> 32, codes[row] & 0xFFFFFFFF
        association = chi_square(
            float(joint), float(lefts[left]), float(rights[right]), float(n_pairs)
        )
        if abs(association) > chi2_min:
            chosen[n_candidates] = row
            scores[n_candidates] = (lengths[left] + lengths[right]) / -np.log(joint / n_units)
            n_candidates += 1
    accepted = np.empty((n_candidates, 2), np.int32)
    n_accepted, bits = 0, 0.0
    while n_accepted < n_candidates and bits <= bits_limit:
        best = 0
        for i in range(1, n_candidates):
            tie = scores[i] == scores[best] and codes[chosen[i]] < codes[chosen[best]]
            if scores[i] > scores[best] or tie:
                best = i
        code = codes[chosen[best]]
        bits -= np.log2(counts[chosen[best]] / n_units)
        scores[best] = -1.0
        accepted[n_accepted, 0], accepted[n_accepted, 1] = code >> 32, code & 0xFFFFFFFF
        n_accepted += 1
    return accepted[:n_accepted]


@kernel
def propose_frames(
    rows: NDArray[np.int64],
    counts: NDArray[np.int64],
    count_min: int,
    fillers_min: int,
    fillers_max: int,
) -> NDArray[np.int64]:
    """Frames (left, _, right) that occur more than ``count_min`` times, by (left, right).

    Parameters
    ----------
    rows : int64[k, 3]
        Triples, sorted by left, right, middle: see `count_triples`.
    counts : int64[k]
    count_min : int
    fillers_min, fillers_max : int
        Bounds of the number of distinct fillers, both allowed.

    Returns
    -------
    int64[f, 2]
        Bounds of each frame's rows; their middles are the fillers.

    Examples
    --------
    >>> rows = np.array([[0, 2, 1], [0, 3, 1], [1, 0, 0]])
    >>> propose_frames(rows, np.array([3, 1, 9]), 3, 2, 5)
    array([[0, 2]])
    """
    bounds, n_frames, first = np.empty((len(rows), 2), np.int64), 0, 0
    while first < len(rows):
        last, total = first, 0
        while last < len(rows) and (
            rows[last, 0] == rows[first, 0] and rows[last, 2] == rows[first, 2]
        ):
            total += counts[last]
            last += 1
        if total > count_min and fillers_min <= last - first <= fillers_max:
            bounds[n_frames, 0], bounds[n_frames, 1] = first, last
            n_frames += 1
        first = last
    return bounds[:n_frames].copy()
