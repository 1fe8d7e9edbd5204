"""A queue of pairs: the one of the greatest key first, ties by code; a binary heap in arrays.

A pair may stand in it several times, with keys that were its own at some time; who takes one out
looks whether its key still is what the queue says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, spliced


class Queue(NamedTuple):
    """A heap; ``length[0]`` rows of it are in use."""

    keys: NDArray[np.float64]
    pairs: NDArray[np.int64]  # int64[n]: which pair, a row of ``codes``
    length: NDArray[np.int64]  # int64[1]


@spliced
def is_before(
    key: float, pair: Int, other_key: float, other: Int, codes: NDArray[np.int64]
) -> bool:
    """Whether a pair comes before another.

    Parameters
    ----------
    key : float
    pair : int
    other_key : float
    other : int
    codes : int64[p]

    Returns
    -------
    bool

    Examples
    --------
    >>> is_before(1.0, 0, 1.0, 1, np.array([7, 5]))
    False
    """
    return key > other_key or (key == other_key and codes[pair] < codes[other])


@inner
def push(queue: Queue, codes: NDArray[np.int64], key: float, pair: Int) -> None:
    """Put a pair into a queue, which must have room.

    Parameters
    ----------
    queue : Queue
    codes : int64[p]
        Of all pairs: they settle ties.
    key : float
    pair : int

    Examples
    --------
    >>> queue, codes = Queue(np.empty(3), np.empty(3, int), np.zeros(1, int)), np.array([7, 5])
    >>> push(queue, codes, 2.0, 0)
    >>> push(queue, codes, 2.0, 1)
    >>> pop(queue, codes)
    1
    """
    keys, pairs = queue.keys, queue.pairs
    at = queue.length[0]
    queue.length[0] += 1
    while at > 0:
        above = (at - 1) >> 1
        if not is_before(key, pair, keys[above], pairs[above], codes):
            break
        keys[at], pairs[at] = keys[above], pairs[above]
        at = above
    keys[at], pairs[at] = key, pair


@inner
def pop(queue: Queue, codes: NDArray[np.int64]) -> Int:
    """Take the first pair out of a queue that is not empty.

    Parameters
    ----------
    queue : Queue
    codes : int64[p]

    Returns
    -------
    int
        The pair.

    Examples
    --------
    >>> queue, codes = Queue(np.empty(3), np.empty(3, int), np.zeros(1, int)), np.array([7, 5])
    >>> push(queue, codes, 1.0, 0)
    >>> push(queue, codes, 2.0, 1)
    >>> pop(queue, codes), pop(queue, codes)
    (1, 0)
    """
    keys, pairs = queue.keys, queue.pairs
    first = pairs[0]
    queue.length[0] -= 1
    n = queue.length[0]
    key, pair = keys[n], pairs[n]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= n:
            break
        right = below + 1
        if right < n and is_before(keys[right], pairs[right], keys[below], pairs[below], codes):
            below = right
        if not is_before(keys[below], pairs[below], key, pair, codes):
            break
        keys[at], pairs[at] = keys[below], pairs[below]
        at = below
    keys[at], pairs[at] = key, pair
    return np.int64(first)
