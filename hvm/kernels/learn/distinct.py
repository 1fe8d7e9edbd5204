"""Sequences that stand several times, each of them once.

Sequences come as bytes, so that one compiled kernel serves codes of every type.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.patterns import longer_hash
from hvm.kernels.table import find, is_free, make_table, place, value_at


@inner
def _are_equal(data: NDArray[np.uint8], a: Int, b: Int, length: Int) -> bool:
    k = 0
    while k < length and data[a + k] == data[b + k]:
        k += 1
    return k == length


@kernel
def first_equal(data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first sequence that is the same, for each, int64[s].

    Parameters
    ----------
    data : uint8[n]
    starts : int64[s]
        First byte of each sequence, ascending.

    Returns
    -------
    int64[s]

    Examples
    --------
    >>> first_equal(np.array([1, 2, 3, 1, 2], np.uint8), np.array([0, 2, 3]))
    array([0, 1, 0])
    """
    n_sequences = len(starts)
    table, firsts = make_table(n_sequences), np.empty(n_sequences, np.int64)
    for k in range(n_sequences):
        begin = starts[k]
        end = starts[k + 1] if k + 1 < n_sequences else len(data)
        state = np.uint64(0)
        for i in range(begin, end):
            state = longer_hash(state, data[i])
        key, firsts[k] = np.int64(state >> np.uint64(1)), k
        while True:  # another sequence of the same hash: the next key
            row = find(table, key)
            if is_free(table, row):
                place(table, row, key, k)
                break
            other = value_at(table, row)
            other_end = starts[other + 1]
            if other_end - starts[other] == end - begin:
                if _are_equal(data, starts[other], begin, end - begin):
                    firsts[k] = other
                    break
            key = (key + 1) & np.int64(0x7FFFFFFFFFFFFFFF)
    return firsts


@kernel
def taken(
    data: NDArray[np.uint8], starts: NDArray[np.int64], which: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Some sequences, in a given order.

    Parameters
    ----------
    data : uint8[n]
    starts : int64[s]
    which : int64[k]

    Returns
    -------
    data : uint8[m]
    starts : int64[k]

    Examples
    --------
    >>> taken(np.array([1, 2, 3], np.uint8), np.array([0, 2]), np.array([1, 0]))
    (array([3, 1, 2], dtype=uint8), array([0, 1]))
    """
    n = np.int64(0)
    new_starts = np.empty(len(which), np.int64)
    for k in range(len(which)):
        end = starts[which[k] + 1] if which[k] + 1 < len(starts) else len(data)
        new_starts[k] = n
        n += end - starts[which[k]]
    new_data = np.empty(n, np.uint8)
    for k in range(len(which)):
        end = new_starts[k + 1] if k + 1 < len(which) else n
        for i in range(end - new_starts[k]):
            new_data[new_starts[k] + i] = data[starts[which[k]] + i]
    return new_data, new_starts
