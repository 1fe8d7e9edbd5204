"""The LZW parse: phrases grow, from single bytes, in a trie whose edges stand in a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, kernel
from hvm.kernels.table import find, is_free, make_table, place, value_at

_N_BYTES = 256  # phrases known at first


@kernel
def lzw_parse(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Cut bytes into phrases, each the longest one known.

    Parameters
    ----------
    codes : uint8[n]
        Bytes.

    Returns
    -------
    int64[W]
        Below 256 the byte itself, 256 + t phrase t and the byte after it.

    Examples
    --------
    The third phrase is the first and the byte after it.

    >>> lzw_parse(np.frombuffer(b"abab", np.uint8)).tolist()
    [97, 98, 256]
    """
    edges = make_table(len(codes))  # node << 8 | byte: the node that it leads to
    phrases = np.empty(len(codes), np.int64)
    n_phrases = 0
    node: Int = np.int64(codes[0]) if len(codes) else np.int64(0)
    for code in codes[1:]:
        key = (node << 8) | np.int64(code)
        row = find(edges, key)
        if not is_free(edges, row):
            node = value_at(edges, row)
            continue
        place(edges, row, key, _N_BYTES + n_phrases)
        phrases[n_phrases] = node
        n_phrases += 1
        node = np.int64(code)
    if len(codes):
        phrases[n_phrases] = node
        n_phrases += 1
    return phrases[:n_phrases].copy()
