"""Pruning by counts alone: a chunk that does not pay for itself becomes its parts.

Whatever held a dropped chunk holds its parts from then on, and so do the text and the counts: each
loss is exact for a text in which nothing else changes, and known without looking at the text.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import CHUNK, VARIABLE, Entries
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.costs import counts_bits, gamma_bits, xlog2

ROUNDS = 20  # in which losses are sorted anew; the last ones drop next to nothing


@kernel
def prune(
    entries: Entries, counts: NDArray[np.int64], is_fixed: NDArray[np.bool_], most: Int
) -> NDArray[np.bool_]:
    """Drop chunks that do not pay for themselves, and the cheapest others while there are too many.

    Parameters
    ----------
    entries : Entries
    counts : int64[K]
        Times each is a unit; changed to what they are without the dropped ones.
    is_fixed : bool[K]
        Entries that stay.
    most : int
        Entries, at most, if enough of them may be dropped.

    Returns
    -------
    bool[K]
        Which are kept.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (2, 0))])  # a, b, ab, aba
    >>> counts = np.array([50, 50, 90, 2])
    >>> prune(entries, counts, np.zeros(4, np.bool_), 9), counts
    (array([ True,  True,  True, False]), array([52, 50, 92,  0]))
    """
    size = len(counts)
    is_kept, uses = np.ones(size, np.bool_), np.zeros(size, np.int64)
    longest = np.int64(1)
    lengths = np.ones(size, np.int64)
    for entry in range(size):
        if entries.kinds[entry] == CHUNK:
            lengths[entry] = 0
            for k in range(entries.offsets[entry], entries.offsets[entry + 1]):
                uses[entries.parts[k]] += 1
                lengths[entry] += lengths[entries.parts[k]]
            longest = max(longest, lengths[entry])
    totals = np.zeros(3, np.int64)  # units, entries, variables
    totals[0], totals[1] = counts.sum(), size
    totals[2] = (entries.kinds == VARIABLE).sum()
    losses, parts = np.empty(size), np.empty(longest + 1, np.int64)
    for _ in range(ROUNDS):
        for entry in range(size):
            losses[entry] = np.inf
            if is_kept[entry] and entries.kinds[entry] == CHUNK and not is_fixed[entry]:
                losses[entry] = _loss(entries, counts, is_kept, uses, totals, entry, parts)
        order = np.argsort(losses, kind="mergesort")
        args = (entries, counts, is_kept, uses, totals, parts)
        if _drop_in_order(args, losses, order, most) == 0:
            break
    return is_kept


@inner
def _drop_in_order(
    args: tuple[
        Entries,
        NDArray[np.int64],
        NDArray[np.bool_],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
    ],
    losses: NDArray[np.float64],
    order: NDArray[np.int64],
    most: Int,
) -> int:
    """Drop what still does not pay when its turn comes, or half of what is too much."""
    entries, counts, is_kept, uses, totals, parts = args
    n_dropped, n_forced = 0, (totals[1] - most + 1) // 2
    for entry in order:
        if losses[entry] == np.inf or (losses[entry] >= 0 and n_dropped >= n_forced):
            break
        loss = _loss(entries, counts, is_kept, uses, totals, entry, parts)
        if loss < 0 or n_dropped < n_forced:
            _drop(entries, counts, is_kept, uses, totals, entry, parts)
            n_dropped += 1
    return n_dropped


@inner
def _parts_of(
    entries: Entries, is_kept: NDArray[np.bool_], entry: Int, parts: NDArray[np.int64]
) -> Int:
    """Write the parts of a chunk, those of dropped ones in their place; returns how many."""
    # The parts still to be written stand at the end, the next one first.
    n, waiting = 0, len(parts)
    for k in range(entries.offsets[entry + 1] - 1, entries.offsets[entry] - 1, -1):
        waiting -= 1
        parts[waiting] = entries.parts[k]
    while waiting < len(parts):
        part = parts[waiting]
        waiting += 1
        if is_kept[part]:
            parts[n] = part
            n += 1
        else:
            for k in range(entries.offsets[part + 1] - 1, entries.offsets[part] - 1, -1):
                waiting -= 1
                parts[waiting] = entries.parts[k]
    return n


@inner
def _loss(
    entries: Entries,
    counts: NDArray[np.int64],
    is_kept: NDArray[np.bool_],
    uses: NDArray[np.int64],
    totals: NDArray[np.int64],
    entry: Int,
    parts: NDArray[np.int64],
) -> float:
    """Bits that the description grows by without a chunk."""
    n, count = _parts_of(entries, is_kept, entry, parts), counts[entry]
    n_units, size = totals[0], totals[1]
    more = n_units + count * (n - 1)
    bits = xlog2(float(more)) - xlog2(float(n_units)) + xlog2(float(count))
    for k in range(n):
        before = counts[parts[k]]
        counts[parts[k]] = before + count
        bits -= xlog2(float(before + count)) - xlog2(float(before))
    for k in range(n):
        counts[parts[k]] -= count
    kinds, by_part = size - totals[2], math.log2(float(size))
    bits += counts_bits(float(more), kinds - 1) - counts_bits(float(n_units), kinds)
    return bits + uses[entry] * (n - 1) * by_part - (1 + gamma_bits(n - 1) + n * by_part)


@inner
def _drop(
    entries: Entries,
    counts: NDArray[np.int64],
    is_kept: NDArray[np.bool_],
    uses: NDArray[np.int64],
    totals: NDArray[np.int64],
    entry: Int,
    parts: NDArray[np.int64],
) -> None:
    """Put the parts of a chunk for it, in the text and in what holds it."""
    n, count = _parts_of(entries, is_kept, entry, parts), counts[entry]
    for k in range(n):
        counts[parts[k]] += count
        uses[parts[k]] += uses[entry] - 1
    counts[entry], uses[entry], is_kept[entry] = 0, 0, False
    totals[0] += count * (n - 1)
    totals[1] -= 1
