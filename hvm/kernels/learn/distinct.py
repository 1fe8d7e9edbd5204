"""Sequences that stand several times, each of them once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.patterns import longer_hash
from hvm.kernels.table import find, is_free, make_table, place, value_at


@inner
def _are_equal(codes: NDArray[np.int32], a: Int, b: Int, length: Int) -> bool:
    k = 0
    while k < length and codes[a + k] == codes[b + k]:
        k += 1
    return k == length


@kernel
def first_equal(codes: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first sequence that is the same, for each, int64[s].

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
        First index of each sequence, ascending.

    Returns
    -------
    int64[s]

    Examples
    --------
    >>> first_equal(np.array([1, 2, 3, 1, 2], np.int32), np.array([0, 2, 3]))
    array([0, 1, 0])
    """
    n_sequences = len(starts)
    table, firsts = make_table(n_sequences), np.empty(n_sequences, np.int64)
    for k in range(n_sequences):
        begin = starts[k]
        end = starts[k + 1] if k + 1 < n_sequences else len(codes)
        state = np.uint64(0)
        for i in range(begin, end):
            state = longer_hash(state, codes[i])
        key, firsts[k] = np.int64(state >> np.uint64(1)), k
        while True:  # another sequence of the same hash: the next key
            row = find(table, key)
            if is_free(table, row):
                place(table, row, key, k)
                break
            other = value_at(table, row)
            other_end = starts[other + 1]
            if other_end - starts[other] == end - begin:
                if _are_equal(codes, starts[other], begin, end - begin):
                    firsts[k] = other
                    break
            key = (key + 1) & np.int64(0x7FFFFFFFFFFFFFFF)
    return firsts


@kernel
def taken(
    codes: NDArray[np.int32], starts: NDArray[np.int64], which: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Some sequences, in a given order.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
    which : int64[k]

    Returns
    -------
    codes : int32[m]
    starts : int64[k]

    Examples
    --------
    >>> taken(np.array([1, 2, 3], np.int32), np.array([0, 2]), np.array([1, 0]))
    (array([3, 1, 2], dtype=int32), array([0, 1]))
    """
    n = np.int64(0)
    new_starts = np.empty(len(which), np.int64)
    for k in range(len(which)):
        end = starts[which[k] + 1] if which[k] + 1 < len(starts) else len(codes)
        new_starts[k] = n
        n += end - starts[which[k]]
    new_codes = np.empty(n, np.int32)
    for k in range(len(which)):
        end = new_starts[k + 1] if k + 1 < len(which) else n
        for i in range(end - new_starts[k]):
            new_codes[new_starts[k] + i] = codes[starts[which[k]] + i]
    return new_codes, new_starts
