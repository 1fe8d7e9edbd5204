"""The LZW parse: phrases grow, from single bytes, in a trie kept as one open-addressing table."""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import kernel
from hvm.kernels.lexicon.count import find_row


@kernel
def lzw_parse(codes):
    """Cut bytes into phrases, each the longest one known.

    codes : uint8[n]
    returns int64[W]: below 256 the byte itself, 256 + t phrase t and the byte after it
    """
    capacity = 1024
    while capacity < 2 * len(codes):
        capacity *= 2
    keys = np.full(capacity, -1, np.int64)  # node << 8 | byte; -1 where empty
    nodes = np.empty(capacity, np.int64)
    phrases = np.empty(len(codes), np.int64)
    n_phrases = 0
    node = np.int64(codes[0]) if len(codes) else np.int64(0)
    for code in codes[1:]:
        key = (node << 8) | np.int64(code)
        row = find_row(keys, key)
        if keys[row] == key:
            node = nodes[row]
            continue
        keys[row] = key
        nodes[row] = 256 + n_phrases
        phrases[n_phrases] = node
        n_phrases += 1
        node = np.int64(code)
    if len(codes):
        phrases[n_phrases] = node
        n_phrases += 1
    return phrases[:n_phrases].copy()
