"""Some entries of a lexicon in another order, as rows of labels and members."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import ATOM, VARIABLE, Entries
from hvm.kernels.jit import kernel
from hvm.kernels.lexicon.patterns import flatten


@kernel
def arrange(
    entries: Entries, filler_counts: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """The rows of some entries: a chunk's labels or a variable's members, newly numbered.

    Parameters
    ----------
    entries : Entries
    filler_counts : int64[P]
    order : int64[n]
        The entries; with each all that it holds, itself or in its pattern.

    Returns
    -------
    offsets : int64[n + 1]
        Entry k of the new ones has ``rows[offsets[k]:offsets[k + 1]]``.
    rows : int32[R]
        Members ascend.
    counts : int64[R]
        Of members; 0 beside labels.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (2, 0))])  # a, b, ab, aba
    >>> arrange(entries, np.zeros(4, np.int64), np.array([0, 1, 3]))[1]
    array([0, 1, 0], dtype=int32)
    """
    pattern_offsets, labels, _ = flatten(entries)
    number = np.full(len(entries.kinds), -1, np.int32)
    offsets = np.zeros(len(order) + 1, np.int64)
    for k in range(len(order)):
        entry = order[k]
        number[entry] = k
        offsets[k + 1] = offsets[k]
        if entries.kinds[entry] != ATOM:
            bounds = entries.offsets if entries.kinds[entry] == VARIABLE else pattern_offsets
            offsets[k + 1] += bounds[entry + 1] - bounds[entry]
    rows, counts = np.empty(offsets[-1], np.int32), np.zeros(offsets[-1], np.int64)
    for k in range(len(order)):
        entry, first = order[k], offsets[k]
        for i in range(offsets[k + 1] - first):
            if entries.kinds[entry] != VARIABLE:
                rows[first + i] = number[labels[pattern_offsets[entry] + i]]
                continue
            at = first + i
            member = number[entries.parts[entries.offsets[entry] + i]]
            while at > first and rows[at - 1] > member:
                rows[at], counts[at] = rows[at - 1], counts[at - 1]
                at -= 1
            rows[at], counts[at] = member, filler_counts[entries.offsets[entry] + i]
    return offsets, rows, counts
