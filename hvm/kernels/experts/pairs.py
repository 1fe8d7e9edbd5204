"""Adjacent items: which come, how often, and what stands beside each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.counting import add_contexts
from hvm.kernels.jit import kernel


@kernel
def count_pairs(
    left: NDArray[np.int32], right: NDArray[np.int32], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Bring pairs that are the same together.

    Parameters
    ----------
    left, right : int32[n]
        At least 0.
    counts : int64[n]
        How often each comes.

    Returns
    -------
    left, right : int32[k]
        The pairs that differ, as they came first.
    counts : int64[k]

    Examples
    --------
    >>> left, right = np.array([[3, 1, 3], [0, 2, 0]], np.int32)
    >>> count_pairs(left, right, np.array([1, 1, 5]))
    (array([3, 1], dtype=int32), array([0, 2], dtype=int32), array([6, 1]))
    """
    numbers, (_, used) = add_contexts(left, right)
    n = used[0]
    lefts, rights, sums = np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(n, np.int64)
    for at in range(len(left)):
        lefts[numbers[at]], rights[numbers[at]] = left[at], right[at]
        sums[numbers[at]] += counts[at]
    return lefts, rights, sums


@kernel
def of_left(
    left: NDArray[np.int32], right: NDArray[np.int32], counts: NDArray[np.int64], n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Put pairs in the order of their left items.

    Parameters
    ----------
    left, right : int32[k]
    counts : int64[k]
    n_items : int

    Returns
    -------
    starts : int64[items + 1]
        Where the pairs of each left item begin.
    right : int32[k]
    counts : int64[k]

    Examples
    --------
    >>> left, right = np.array([[3, 1, 3], [0, 2, 1]], np.int32)
    >>> of_left(left, right, np.array([7, 8, 9]), 4)
    (array([0, 0, 1, 1, 3]), array([2, 0, 1], dtype=int32), array([8, 7, 9]))
    """
    starts = np.zeros(n_items + 1, np.int64)
    for item in left:
        starts[item + 1] += 1
    starts = np.cumsum(starts)
    nexts, rights, sums = starts[:-1].copy(), np.empty_like(right), np.empty_like(counts)
    for at in range(len(left)):
        row = nexts[left[at]]
        rights[row], sums[row] = right[at], counts[at]
        nexts[left[at]] += 1
    return starts, rights, sums
