"""Sorting inside kernels: numba's own sorts take some seconds to compile, each type anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner

RUN = 16
"""Places that are sorted by insertion before they are merged."""


@helper
def order_by(keys: NDArray[np.float64], ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places by key, equal keys by ``ties``, and where these are equal too, as they stand.

    Parameters
    ----------
    keys : float64[n]
        No NaN.
    ties : int64[n]

    Returns
    -------
    int64[n]

    Examples
    --------
    >>> order_by(np.array([2.0, 1.0, 1.0]), np.array([0, 9, 8]))
    array([2, 1, 0])
    """
    n = len(keys)
    order, spare = np.empty(n, np.int64), np.empty(n, np.int64)
    for begin in range(0, n, RUN):
        _insert_each(keys, ties, begin, min(begin + RUN, n), order)
    width = RUN
    while width < n:
        for begin in range(0, n, 2 * width):
            middle, end = min(begin + width, n), min(begin + 2 * width, n)
            _merge(keys, ties, order, begin, middle, end, spare)
        order, spare = spare, order
        width *= 2
    return order


@inner
def _comes_before(
    keys: NDArray[np.float64], ties: NDArray[np.int64], place: Int, other: Int
) -> bool:
    if keys[place] != keys[other]:
        return bool(keys[place] < keys[other])
    return bool(ties[place] < ties[other])


@inner
def _insert_each(
    keys: NDArray[np.float64],
    ties: NDArray[np.int64],
    begin: Int,
    end: Int,
    order: NDArray[np.int64],
) -> None:
    """Sort some places by insertion."""
    for place in range(begin, end):
        k = place
        while k > begin and _comes_before(keys, ties, place, order[k - 1]):
            order[k] = order[k - 1]
            k -= 1
        order[k] = place


@inner
def _merge(
    keys: NDArray[np.float64],
    ties: NDArray[np.int64],
    order: NDArray[np.int64],
    begin: Int,
    middle: Int,
    end: Int,
    merged: NDArray[np.int64],
) -> None:
    """Merge two sorted runs that follow each other."""
    first, second = begin, middle
    for k in range(begin, end):
        takes_second = second < end and (
            first == middle or _comes_before(keys, ties, order[second], order[first])
        )
        merged[k] = order[second] if takes_second else order[first]
        if takes_second:
            second += 1
        else:
            first += 1
