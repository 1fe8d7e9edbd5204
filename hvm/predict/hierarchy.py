"""A hierarchy of variables: at each grain, every entry in one; coarse ones hold fine ones."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.exchange import Adjacents, exchange
from hvm.kernels.experts.pairs import count_pairs, of_left

N_GRAINS, RATIO = 3, 3
"""Grains at most, and how many variables of one stand in a variable of the next, on average."""
FINEST_FACTOR, FEWEST = 4.0, 4
"""The finest grain of n symbols has 4 n ** (1/3) variables: on the last tenths of three training
texts of 150,000 to 800,000 words, half and twice as many took .0 to .01 bits a word more."""
N_SWEEPS = 4

Pairs: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]
"""Adjacent items that differ, the left ones and the right ones, and how often they come."""


def grain_sizes(n_symbols: int, n_entries: int) -> list[int]:
    """Return how many variables each grain has, the finest first.

    Examples
    --------
    >>> grain_sizes(800_000, 10_000)
    [371, 123, 41]
    >>> grain_sizes(800_000, 100)
    [100, 33, 11]
    """
    finest = min(round(FINEST_FACTOR * n_symbols ** (1 / 3)), n_entries)
    coarser = (finest // RATIO**grain for grain in range(1, N_GRAINS))
    return [finest, *(size for size in coarser if size >= FEWEST)]


def variable_hierarchy(
    entries: NDArray[np.int32], starts: NDArray[np.int64], n_entries: int, sizes: list[int]
) -> NDArray[np.int32]:
    """Find variables by exchange, then variables of these, and so on.

    Parameters
    ----------
    entries : int32[n]
        What stands after one another; -1 is nothing, and what comes next follows a start.
    starts : int64[s]
        First index of each sequence.
    n_entries : int
    sizes : list of int
        Of the grains, falling.

    Returns
    -------
    int32[grains, n_entries]
        The variable of each entry at each grain, the finest first.
    """
    before = np.concatenate([[np.int32(n_entries)], entries[:-1]]).astype(np.int32)
    before[starts[starts < len(entries)]] = n_entries
    before[before < 0] = n_entries
    left, right = before[entries >= 0], entries[entries >= 0]
    pairs = count_pairs(left, right, np.ones(len(left), np.int64))
    grains, n_items = list[NDArray[np.int32]](), n_entries
    of_items = np.arange(n_entries + 1, dtype=np.int32)
    for size in sizes:
        variables = _exchanged(pairs, n_items, min(size, n_items))
        of_items = variables[of_items]
        grains.append(of_items[:-1])
        left, right, counts = pairs
        pairs, n_items = count_pairs(variables[left], variables[right], counts), min(size, n_items)
    return np.array(grains, np.int32).reshape(len(sizes), n_entries)


def _exchanged(pairs: Pairs, n_items: int, n_variables: int) -> NDArray[np.int32]:
    """Variables of items, int32[items + 1]; at first the frequent ones are alone."""
    left, right, counts = pairs
    order = np.argsort(-np.bincount(right, counts, n_items), kind="stable")
    variables = np.empty(n_items + 1, np.int32)
    variables[order] = np.minimum(np.arange(n_items), n_variables - 1)
    variables[n_items] = n_variables
    after = Adjacents(*of_left(left, right, counts, n_items + 1))
    before = Adjacents(*of_left(right, left, counts, n_items + 1))
    exchange(after, before, order.astype(np.int64), variables, N_SWEEPS)
    return variables
