"""Find stored patterns that agree but for their middles."""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import inner, kernel

PRIME = np.uint64(0x9E3779B97F4A7C15)
OTHER_PRIME = np.uint64(0xC2B2AE3D27D4EB4F)


@inner
def _mix(state, label):
    """The hash of a sequence one label longer."""
    state = (state ^ np.uint64(label + 1)) * PRIME
    return state ^ (state >> np.uint64(29))


@inner
def _frames(entries, pattern_offsets, patterns, longest_middle, one_sided, keys, rows):
    """Write every (prefix, suffix) of every pattern; returns their number."""
    n = 0
    for e in range(len(entries)):
        start, end = pattern_offsets[entries[e]], pattern_offsets[entries[e] + 1]
        length = end - start
        prefix = np.uint64(0)
        for a in range(length):
            if a > 0:
                prefix = _mix(prefix, patterns[start + a - 1])
            suffix = np.uint64(0)
            for b in range(length, a, -1):
                if b < length:
                    suffix = _mix(suffix, patterns[start + b])
                n_sides = (a > 0) + (b < length)
                if n_sides == (1 if one_sided else 2) and b - a <= longest_middle:
                    if n < len(keys):
                        keys[n] = np.int64(prefix ^ (suffix * OTHER_PRIME))
                        rows[n, 0], rows[n, 1], rows[n, 2] = entries[e], a, b
                    n += 1
    return n


@kernel
def _all_frames(entries, pattern_offsets, patterns, longest_middle, one_sided):
    none_keys, none_rows = np.empty(0, np.int64), np.empty((0, 3), np.int64)
    n = _frames(entries, pattern_offsets, patterns, longest_middle, one_sided, none_keys, none_rows)
    keys, rows = np.empty(n, np.int64), np.empty((n, 3), np.int64)
    _frames(entries, pattern_offsets, patterns, longest_middle, one_sided, keys, rows)
    return keys, rows


def aligned(entries, pattern_offsets, patterns, longest_middle, one_sided):
    """Group patterns by prefix and suffix around a middle, groups of two or more.

    Neither side is empty or, if ``one_sided``, one of them is.

    entries : int64[e]; pattern_offsets : int64[K + 1]; patterns : int32[...]
    returns rows int64[k, 3] (entry, first of the middle, one past it), bounds int64[g, 2] of each
    group's rows; groups are in no meaningful order, rows of a group in the order of the entries;
    frames that agree in a 64-bit hash are taken for equal, so callers compare them
    """
    keys, rows = _all_frames(entries, pattern_offsets, patterns, longest_middle, one_sided)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    differs = np.ones(len(keys) + 1, np.bool_)
    differs[1:-1] = keys[1:] != keys[:-1]
    edges = np.flatnonzero(differs)
    bounds = np.column_stack([edges[:-1], edges[1:]])
    return rows[order], bounds[bounds[:, 1] - bounds[:, 0] > 1]
