"""Cut every pattern of a lexicon into other entries at least cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.lexicon.double_array import (
    NO_NODE,
    add_node,
    child_of,
    insert_pattern,
    make_nodes,
    place_nodes,
)


class ChunkTrie(NamedTuple):
    """The patterns of all chunks."""

    steps: NDArray[np.int32]  # int32[rows, 2], of `hvm.kernels.lexicon.double_array`
    entry_at: NDArray[np.int32]  # int32[rows]: the chunk that ends at a row; -1: none
    numbers: NDArray[np.int32]  # int32[K]: of the labels, without gaps


@helper
def _trie_of(
    is_chunk: NDArray[np.bool_], offsets: NDArray[np.int64], labels: NDArray[np.int32]
) -> ChunkTrie:
    """The trie of the chunks' patterns."""
    numbers, n_numbers = np.full(len(is_chunk), -1, np.int32), 0
    for label in labels:
        if numbers[label] < 0:
            numbers[label] = n_numbers
            n_numbers += 1
    nodes = make_nodes(len(labels) + 1, len(is_chunk))
    add_node(nodes, NO_NODE, 0)
    for entry in range(len(is_chunk)):
        if is_chunk[entry]:
            node = insert_pattern(nodes, labels, offsets[entry], offsets[entry + 1], 0)
            nodes.ends[node] = entry
    n_nodes = nodes.used[0]
    for k in range(1, n_nodes):
        nodes.labels[k] = numbers[nodes.labels[k]]
    steps, rows = place_nodes(nodes.above[:n_nodes], nodes.labels[:n_nodes], n_numbers)
    entry_at = np.full(len(steps), -1, np.int32)
    for k in range(n_nodes):
        entry_at[rows[k]] = nodes.ends[k]
    return ChunkTrie(steps, entry_at, numbers)


@inner
def _cut(
    trie: ChunkTrie,
    pattern_offsets: NDArray[np.int64],
    patterns: NDArray[np.int32],
    weights: NDArray[np.float64],
    entry: Int,
    best: NDArray[np.float64],
    chosen: NDArray[np.int64],
) -> float:
    """Least cost of one pattern without itself; ``chosen`` holds parts and their ends."""
    start, length = pattern_offsets[entry], pattern_offsets[entry + 1] - pattern_offsets[entry]
    best[length] = 0.0
    for i in range(length - 1, -1, -1):
        label = patterns[start + i]
        best[i] = weights[label] + best[i + 1]
        chosen[i, 0], chosen[i, 1] = label, i + 1
        node = np.int64(0)
        for j in range(i, length):
            node = child_of(trie.steps, node, trie.numbers[patterns[start + j]])
            if node < 0:
                break
            part = trie.entry_at[node]
            if part >= 0 and part != entry and weights[part] + best[j + 1] <= best[i]:
                best[i] = weights[part] + best[j + 1]
                chosen[i, 0], chosen[i, 1] = part, j + 1
    return float(best[0])


@kernel
def segment(
    is_chunk: NDArray[np.bool_],
    pattern_offsets: NDArray[np.int64],
    patterns: NDArray[np.int32],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Cut each chunk's pattern into labels and other chunks of least weight in all.

    Ties go to the longer first part. Entries that are no chunk keep their pattern as parts
    (members of a variable, say) and cost nothing.

    Parameters
    ----------
    is_chunk : bool[K]
    pattern_offsets : int64[K + 1]
    patterns : int32[L]
        Labels, which are entry ids.
    weights : float64[K]

    Returns
    -------
    costs : float64[K]
    offsets : int64[K + 1]
    parts : int32[P]

    Examples
    --------
    >>> is_chunk = np.array([False, False, True, True])
    >>> offsets, labels = np.array([0, 0, 0, 2, 5]), np.array([0, 1, 0, 1, 0], np.int32)
    >>> segment(is_chunk, offsets, labels, np.ones(4))[2]  # ab = a b, aba = ab a
    array([0, 1, 2, 0], dtype=int32)
    """
    size, n_labels = len(is_chunk), len(patterns)
    trie = _trie_of(is_chunk, pattern_offsets, patterns)
    longest = np.int64(1)
    for entry in range(size):
        longest = max(longest, pattern_offsets[entry + 1] - pattern_offsets[entry])
    best, chosen = np.empty(longest + 1), np.empty((longest, 2), np.int64)
    costs, offsets = np.zeros(size), np.zeros(size + 1, np.int64)
    parts = np.empty(n_labels, np.int32)
    n = 0
    for entry in range(size):
        if is_chunk[entry]:
            costs[entry] = _cut(trie, pattern_offsets, patterns, weights, entry, best, chosen)
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
