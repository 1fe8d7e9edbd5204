"""Cut every pattern of a lexicon into other entries at least cost."""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import inner, kernel
from hvm.kernels.lexicon.count import find_row


@inner
def _insert(keys, children, pattern_offsets, patterns, entry, n_nodes):
    """Add one pattern to the trie; returns its last node and the number of nodes."""
    node = np.int64(0)
    for k in range(pattern_offsets[entry], pattern_offsets[entry + 1]):
        key = (node << 32) | patterns[k]
        row = find_row(keys, key)
        if keys[row] == -1:
            keys[row], children[row] = key, n_nodes
            n_nodes += 1
        node = np.int64(children[row])
    return node, n_nodes


@inner
def _cut(keys, children, entry_at, pattern_offsets, patterns, weights, entry, best, chosen):
    """Least cost of one pattern without itself; ``chosen`` holds parts and their ends."""
    start, length = pattern_offsets[entry], pattern_offsets[entry + 1] - pattern_offsets[entry]
    best[length] = 0.0
    for i in range(length - 1, -1, -1):
        label = patterns[start + i]
        best[i] = weights[label] + best[i + 1]
        chosen[i, 0], chosen[i, 1] = label, i + 1
        node = np.int64(0)
        for j in range(i, length):
            row = find_row(keys, (node << 32) | patterns[start + j])
            if keys[row] == -1:
                break
            node = np.int64(children[row])
            part = entry_at[node]
            if part >= 0 and part != entry and weights[part] + best[j + 1] <= best[i]:
                best[i] = weights[part] + best[j + 1]
                chosen[i, 0], chosen[i, 1] = part, j + 1
    return best[0]


@kernel
def segment(is_chunk, pattern_offsets, patterns, weights):
    """Cut each chunk's pattern into labels and other chunks of least weight in all.

    Ties go to the longer first part.

    is_chunk : bool[K]; pattern_offsets : int64[K + 1]; patterns : int32[...] of entry ids;
    weights : float64[K] returns costs float64[K], offsets int64[K + 1], parts int32[...]; entries
    that are no chunk keep their pattern as parts (members of a variable, say) and cost nothing
    """
    size, n_labels = len(is_chunk), len(patterns)
    capacity = 16
    while capacity < 2 * (n_labels + 1):
        capacity *= 2
    keys = np.full(capacity, -1, np.int64)
    children = np.empty(capacity, np.int32)
    entry_at = np.full(n_labels + 1, -1, np.int32)
    n_nodes, longest = 1, 1
    for entry in range(size):
        if is_chunk[entry]:
            longest = max(longest, pattern_offsets[entry + 1] - pattern_offsets[entry])
            node, n_nodes = _insert(keys, children, pattern_offsets, patterns, entry, n_nodes)
            entry_at[node] = entry
    best, chosen = np.empty(longest + 1), np.empty((longest, 2), np.int64)
    costs, offsets, parts = (
        np.zeros(size),
        np.zeros(size + 1, np.int64),
        np.empty(n_labels, np.int32),
    )
    n = 0
    for entry in range(size):
        if is_chunk[entry]:
            costs[entry] = _cut(
                keys, children, entry_at, pattern_offsets, patterns, weights, entry, best, chosen
            )
            i, length = np.int64(0), pattern_offsets[entry + 1] - pattern_offsets[entry]
            while i < length:
                parts[n] = chosen[i, 0]
                n += 1
                i = chosen[i, 1]
        else:
            for k in range(pattern_offsets[entry], pattern_offsets[entry + 1]):
                parts[n] = patterns[k]
                n += 1
        offsets[entry + 1] = n
    return costs, offsets, parts[:n].copy()
