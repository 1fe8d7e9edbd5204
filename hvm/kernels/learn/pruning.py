"""Pruning by counts alone: a chunk that does not pay for itself becomes its parts.

Whatever held a dropped chunk holds its parts from then on, and so do the text and the counts: each
loss is exact for a text in which nothing else changes, and known without looking at the text.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import CHUNK, VARIABLE, Entries
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.costs import counts_bits, gamma_bits, xlog2
from hvm.kernels.sorting import order_by


class Pruned(NamedTuple):
    """A lexicon while chunks are dropped."""

    entries: Entries
    counts: NDArray[np.int64]  # int64[K]
    is_kept: NDArray[np.bool_]  # bool[K]
    uses: NDArray[np.int64]  # int64[K]: times an entry is a part of one that is kept
    totals: NDArray[np.int64]  # int64[3]: units of the text, entries kept, variables
    parts: NDArray[np.int64]  # int64[length of the longest pattern + 1]: scratch


ROUNDS = 20  # in which losses are sorted anew; the last ones drop next to nothing


@kernel
def prune(
    entries: Entries,
    counts: NDArray[np.int64],
    is_fixed: NDArray[np.bool_],
    label_bits: NDArray[np.float64],
    most: Int,
) -> NDArray[np.bool_]:
    """Drop chunks that do not pay for themselves, and the cheapest others while there are too many.

    Parameters
    ----------
    entries : Entries
    counts : int64[K]
        Times each is a unit; changed to what they are without the dropped ones.
    is_fixed : bool[K]
        Entries that stay.
    label_bits : float64[K]
        What a variable costs where its slot is no more, and its filler a unit.
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
    >>> counts = np.array([5, 5, 90, 2])
    >>> prune(entries, counts, np.zeros(4, np.bool_), np.zeros(4), 9), counts
    (array([ True,  True,  True, False]), array([ 7,  5, 92,  0]))
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
    as_they_stand = np.zeros(size, np.int64)
    args = Pruned(entries, counts, is_kept, uses, totals, parts)
    for _ in range(ROUNDS):
        for entry in range(size):
            losses[entry] = np.inf
            if is_kept[entry] and entries.kinds[entry] == CHUNK and not is_fixed[entry]:
                losses[entry] = _loss(args, label_bits, entry)
        order = order_by(losses, as_they_stand)
        if _drop_in_order(args, label_bits, losses, order, most) == 0:
            break
    return is_kept


@inner
def _drop_in_order(
    args: Pruned,
    label_bits: NDArray[np.float64],
    losses: NDArray[np.float64],
    order: NDArray[np.int64],
    most: Int,
) -> int:
    """Drop what still does not pay when its turn comes, or half of what is too much."""
    n_dropped, n_forced = 0, (args.totals[1] - most + 1) // 2
    for entry in order:
        if losses[entry] == np.inf or (losses[entry] >= 0 and n_dropped >= n_forced):
            break
        if _loss(args, label_bits, entry) < 0 or n_dropped < n_forced:
            _drop(args, entry)
            n_dropped += 1
    return n_dropped


@inner
def _write_parts(args: Pruned, entry: Int) -> Int:
    """Write the parts of a chunk, those of dropped ones in their place; returns how many."""
    offsets, below, parts = args.entries.offsets, args.entries.parts, args.parts
    # The parts still to be written stand at the end, the next one first.
    n, waiting = 0, len(parts)
    for k in range(offsets[entry + 1] - 1, offsets[entry] - 1, -1):
        waiting -= 1
        parts[waiting] = below[k]
    while waiting < len(parts):
        part = parts[waiting]
        waiting += 1
        if args.is_kept[part]:
            parts[n] = part
            n += 1
        else:
            for k in range(offsets[part + 1] - 1, offsets[part] - 1, -1):
                waiting -= 1
                parts[waiting] = below[k]
    return n


@inner
def _loss(args: Pruned, label_bits: NDArray[np.float64], entry: Int) -> float:
    """Bits that the description grows by without a chunk."""
    counts, parts, kinds = args.counts, args.parts, args.entries.kinds
    n, count = _write_parts(args, entry), counts[entry]
    n_units, size = args.totals[0], args.totals[1]
    more = n_units + count * (n - 1)
    bits = xlog2(float(more)) - xlog2(float(n_units)) + xlog2(float(count))
    for k in range(n):
        before = counts[parts[k]]
        if kinds[parts[k]] == VARIABLE:
            bits += count * (label_bits[parts[k]] - math.log2(max(float(more), 1.0)))
        else:
            counts[parts[k]] = before + count
            bits -= xlog2(float(before + count)) - xlog2(float(before))
    for k in range(n):
        if kinds[parts[k]] != VARIABLE:
            counts[parts[k]] -= count
    n_kinds, by_part = size - args.totals[2], math.log2(float(size))
    bits += counts_bits(float(more), n_kinds - 1) - counts_bits(float(n_units), n_kinds)
    bits += args.uses[entry] * (n - 1) * by_part - (1 + gamma_bits(n - 1) + n * by_part)
    return float(bits)


@inner
def _drop(args: Pruned, entry: Int) -> None:
    """Put the parts of a chunk for it, in the text and in what holds it."""
    n, count = _write_parts(args, entry), args.counts[entry]
    for k in range(n):
        part = args.parts[k]
        if args.entries.kinds[part] != VARIABLE:
            args.counts[part] += count
        args.uses[part] += args.uses[entry] - 1
    args.counts[entry], args.uses[entry], args.is_kept[entry] = 0, 0, False
    args.totals[0] += count * (n - 1)
    args.totals[1] -= 1
