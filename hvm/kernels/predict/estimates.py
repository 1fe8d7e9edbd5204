"""What is learned beside counts: discounts, how far to back off, how far to trust each chain.

Counts are discounted by Chen & Goodman's estimates (Computer Speech & Language 13:4, 1999) from
each level's counts of counts. How far to back off is learned, for each level and for contexts alike
in the number of symbols and of occurrences they hold, by the share of symbols that turned out to
come from below; so are the weights of the chains, for each depth in the present chunk.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, spliced

CHAINS, LEVELS = 2, 17
FIRST_LEVELS = np.array([0, 12, 17])  # of each chain, then one past the last of all
DEPTHS = 8  # of the present chunk, the last for all deeper ones
PRIOR = 10.0  # occurrences that the discounts' own estimate of backing off counts for
MEMORY = 300.0  # occurrences, of what is learned about backing off and about chains
REFRESH = 256  # symbols between estimates of the discounts

_TYPE_BUCKETS, _TOTAL_BUCKETS = 8, 12
_LARGEST = 4  # count of which a level counts the followers: discounts need no more
_LEAST_DISCOUNT, _MOST_DISCOUNT = 0.05, 0.95  # of each count
_FIRST_SPECTRUM = (0.0, 4.0, 1.5, 0.8, 0.5)  # followers, as if so many had been met
_FIRST_WEIGHT = 4.0  # occurrences


class Estimates(NamedTuple):
    """What is learned beside counts."""

    spectrum: NDArray[np.float64]  # [LEVELS, 5]: followers counted 1, 2, 3, 4 times; column 0 empty
    discounts: NDArray[np.float64]  # [LEVELS, 4], of counts 1, 2, 3 and more; column 0 empty
    backing_off: NDArray[np.float64]  # [LEVELS, alike, 2]: symbols from below, all symbols
    weights: NDArray[np.float64]  # [DEPTHS, CHAINS], occurrences
    seen: NDArray[np.int64]  # [1]: symbols


def make_estimates() -> Estimates:
    """Return what is believed before the first symbol."""
    spectrum = np.empty((LEVELS, _LARGEST + 1))
    spectrum[:] = _FIRST_SPECTRUM
    return Estimates(
        spectrum,
        np.zeros((LEVELS, 4)),
        np.zeros((LEVELS, _TYPE_BUCKETS * _TOTAL_BUCKETS, 2)),
        np.full((DEPTHS, CHAINS), _FIRST_WEIGHT),
        np.zeros(1, np.int64),
    )


def copy_estimates(estimates: Estimates) -> Estimates:
    """Return the same in other memory."""
    spectrum, discounts, backing_off, weights, seen = estimates
    return Estimates(
        spectrum.copy(), discounts.copy(), backing_off.copy(), weights.copy(), seen.copy()
    )


# -- discounts ------------------------------------------------------------------------------------


@inner
def refresh(estimates: Estimates, first: Int) -> None:
    """Estimate the discounts, of one level and all after it, from the counts of counts."""
    for level in range(first, LEVELS):
        n = estimates.spectrum[level]
        ratio = n[1] / (n[1] + 2.0 * n[2])
        for count in range(1, 4):
            discount = count - (count + 1) * ratio * n[count + 1] / n[count]
            least, most = _LEAST_DISCOUNT * count, _MOST_DISCOUNT * count
            estimates.discounts[level, count] = min(max(discount, least), most)


@inner
def move_count(spectrum: NDArray[np.float64], level: Int, count: Int) -> None:
    """Note that a follower counted so often is counted once more.

    Parameters
    ----------
    spectrum : float64[LEVELS, 5]
        Of the estimates; changed.
    level : int
        Where the follower's context stands.
    count : int
        Times that the symbol followed before.
    """
    if count <= _LARGEST:
        spectrum[level, count] -= 1.0
        if count < _LARGEST:
            spectrum[level, count + 1] += 1.0


# -- backing off ----------------------------------------------------------------------------------


@spliced
def alike_of(n_types: Int, total: Int) -> Int:
    """Contexts alike: 1 to 6 symbols or more; 1, 2, 3 occurrences, then by powers of two."""
    kinds, seen, rest = min(n_types, _TYPE_BUCKETS - 1), min(total, 3), total >> 2
    while rest > 0 and seen < _TOTAL_BUCKETS - 1:
        rest, seen = rest >> 1, seen + 1
    return kinds * _TOTAL_BUCKETS + seen


# -- chains ---------------------------------------------------------------------------------------


@inner
def weigh(estimates: Estimates, chances: NDArray[np.float64], depth: Int, n_chains: Int) -> float:
    """Learn how far to trust each chain.

    Parameters
    ----------
    estimates : Estimates
        Changed: the weights, and the number of symbols.
    chances : float64[CHAINS]
        Of the symbol that came, by each chain.
    depth : int
        Of the symbol in its chunk, below DEPTHS.
    n_chains : int
        How many are in use.

    Returns
    -------
    float
        The chance that the symbol had.
    """
    weights, total, mixed = estimates.weights[depth], 0.0, 0.0
    for chain in range(n_chains):
        mixed += weights[chain] * chances[chain]
        total += weights[chain]
    for chain in range(n_chains):
        weights[chain] += weights[chain] * chances[chain] / mixed
        if total > MEMORY:
            weights[chain] *= 0.5
    estimates.seen[0] += 1
    return mixed / total
