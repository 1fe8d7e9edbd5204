"""The LZ78 parse: phrases grow in a trie whose edges stand in a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, kernel
from hvm.kernels.table import (
    find,
    has_capacity,
    is_free,
    make_table,
    place,
    value_at,
    with_capacity,
)

_FIRST_PHRASES = 512  # that the table has capacity for at first


@kernel
def lz78_parse(codes: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut symbols into phrases, each the longest earlier phrase plus one symbol.

    A last phrase that the end cuts short is the phrase it points to, with no symbol added.

    Parameters
    ----------
    codes : int32[n]
        Symbols, each 0 or more.

    Returns
    -------
    pointers : int64[W]
        The earlier phrase of each, 1-based; 0 is the empty one.
    starts : int64[W + 1]
        First symbol of each phrase, then n.

    Examples
    --------
    Phrases 0, 0 1, 1 of 0 0 1 1.

    >>> pointers, starts = lz78_parse(np.array([0, 0, 1, 1], np.int32))
    >>> pointers.tolist(), starts.tolist()
    ([0, 1, 0], [0, 1, 3, 4])
    """
    edges = make_table(_FIRST_PHRASES)  # node << 32 | symbol: the phrase that ends there
    pointers = np.empty(len(codes), np.int64)
    starts = np.empty(len(codes) + 1, np.int64)
    n_phrases = 0
    node: Int = np.int64(0)
    start = 0
    for i in range(len(codes)):
        key = (node << 32) | np.int64(codes[i])
        row = find(edges, key)
        if not is_free(edges, row):
            node = value_at(edges, row)
            continue
        pointers[n_phrases] = node
        starts[n_phrases] = start
        n_phrases += 1
        place(edges, row, key, n_phrases)
        node = np.int64(0)
        start = i + 1
        if not has_capacity(edges, 1):
            edges = with_capacity(edges, 1)
    if node != 0:
        pointers[n_phrases] = node
        starts[n_phrases] = start
        n_phrases += 1
    starts[n_phrases] = len(codes)
    return pointers[:n_phrases].copy(), starts[: n_phrases + 1].copy()
