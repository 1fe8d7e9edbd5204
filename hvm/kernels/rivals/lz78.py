"""The LZ78 parse: phrases grow in a trie kept as one open-addressing table."""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import kernel
from hvm.kernels.lexicon.count import find_row


@kernel
def _doubled(keys, phrases):
    """Return the same trie edges in a table of twice the size."""
    new_keys = np.full(2 * len(keys), -1, np.int64)
    new_phrases = np.empty(2 * len(keys), np.int64)
    for old in range(len(keys)):
        if keys[old] != -1:
            row = find_row(new_keys, keys[old])
            new_keys[row] = keys[old]
            new_phrases[row] = phrases[old]
    return new_keys, new_phrases


@kernel
def lz78_parse(codes):
    """Cut symbols into phrases, each the longest earlier phrase plus one symbol.

    codes : int32[n], each >= 0
    returns pointers int64[W]: the earlier phrase, 1-based; 0 is the empty one
            starts int64[W + 1]: first symbol of each phrase, then n
    A last phrase that the end cuts short is the phrase it points to, with no symbol added.
    """
    keys = np.full(1024, -1, np.int64)  # node << 32 | symbol; -1 where empty
    phrases = np.empty(1024, np.int64)
    pointers = np.empty(len(codes), np.int64)
    starts = np.empty(len(codes) + 1, np.int64)
    n_phrases = 0
    node = 0
    start = 0
    for i in range(len(codes)):
        key = (node << 32) | np.int64(codes[i])
        row = find_row(keys, key)
        if keys[row] == key:
            node = phrases[row]
            continue
        pointers[n_phrases] = node
        starts[n_phrases] = start
        n_phrases += 1
        keys[row] = key
        phrases[row] = n_phrases
        node = 0
        start = i + 1
        if 2 * n_phrases > len(keys):
            keys, phrases = _doubled(keys, phrases)
    if node != 0:
        pointers[n_phrases] = node
        starts[n_phrases] = start
        n_phrases += 1
    starts[n_phrases] = len(codes)
    return pointers[:n_phrases].copy(), starts[: n_phrases + 1].copy()
