"""Find stored patterns that agree but for their middles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.patterns import joint_hash, longer_hash


@inner
def _frames(
    chunks: NDArray[np.int64],
    pattern_offsets: NDArray[np.int64],
    labels: NDArray[np.int32],
    longest_middle: Int,
    one_sided: bool,
    keys: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> int:
    """Write every (prefix, suffix) of every pattern; returns their number."""
    n = 0
    for e in range(len(chunks)):
        start, end = pattern_offsets[chunks[e]], pattern_offsets[chunks[e] + 1]
        length = end - start
        prefix = np.uint64(0)
        for a in range(length):
            if a > 0:
                prefix = longer_hash(prefix, labels[start + a - 1])
            suffix = np.uint64(0)
            for b in range(length, a, -1):
                if b < length:
                    suffix = longer_hash(suffix, labels[start + b])
                n_sides = (a > 0) + (b < length)
                if n_sides == (1 if one_sided else 2) and b - a <= longest_middle:
                    if n < len(keys):
                        keys[n] = joint_hash(prefix, suffix)
                        rows[n, 0], rows[n, 1], rows[n, 2] = chunks[e], a, b
                    n += 1
    return n


@kernel
def _all_frames(
    chunks: NDArray[np.int64],
    pattern_offsets: NDArray[np.int64],
    labels: NDArray[np.int32],
    longest_middle: Int,
    one_sided: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys and rows of every frame."""
    none_keys, none_rows = np.empty(0, np.int64), np.empty((0, 3), np.int64)
    n = _frames(chunks, pattern_offsets, labels, longest_middle, one_sided, none_keys, none_rows)
    keys, rows = np.empty(n, np.int64), np.empty((n, 3), np.int64)
    _frames(chunks, pattern_offsets, labels, longest_middle, one_sided, keys, rows)
    return keys, rows


def aligned(
    chunks: NDArray[np.int64],
    pattern_offsets: NDArray[np.int64],
    labels: NDArray[np.int32],
    longest_middle: int,
    one_sided: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group patterns by prefix and suffix around a middle, groups of two or more.

    Parameters
    ----------
    chunks : int64[c]
        Entries whose patterns are looked at.
    pattern_offsets : int64[K + 1]
    labels : int32[L]
    longest_middle : int
        Labels in a middle, at most.
    one_sided : bool
        Whether one side is empty, and not neither.

    Returns
    -------
    rows : int64[k, 3]
        Entry, first of the middle, one past it; those of a group in the order of the chunks.
    bounds : int64[g, 2]
        Of each group's rows; groups are in no meaningful order. Frames that agree in a 64-bit hash
        are taken for equal, so callers compare them.

    Examples
    --------
    >>> offsets, labels = np.array([0, 3, 6]), np.array([0, 1, 2, 0, 3, 2], np.int32)
    >>> rows, bounds = aligned(np.array([0, 1]), offsets, labels, 9, False)  # a b c, a d c
    >>> rows[slice(*bounds[0])]
    array([[0, 1, 2],
           [1, 1, 2]])
    """
    keys, rows = _all_frames(chunks, pattern_offsets, labels, longest_middle, one_sided)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    differs = np.ones(len(keys) + 1, np.bool_)
    differs[1:-1] = keys[1:] != keys[:-1]
    edges = np.flatnonzero(differs)
    bounds = np.column_stack([edges[:-1], edges[1:]])
    return rows[order], bounds[bounds[:, 1] - bounds[:, 0] > 1]
