"""What followed each context of a chain, level by level.

A target is counted in the highest level where it has a context, and one level below only where it
was new above (Kneser & Ney 1995): there, counts say in how many contexts it stood.

Targets lie in the order of their contexts, and those of one context in their own, so that nothing
depends on where a table put them: places that come in the order of their targets are put into that
of their contexts, and then those that are the same stand side by side.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, fetch, inner, kernel

_AHEAD = 8  # steps
_MANY = 3  # counts from which on it is not told how many have them


class Followers(NamedTuple):
    """What followed each context."""

    starts: NDArray[np.int32]  # [contexts + 1], of a context's targets
    targets: NDArray[np.int32]  # [k], ascending in each context
    counts: NDArray[np.int32]  # [k]


FollowerArrays: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Followers as a kernel returns them."""


@inner
def find_follower(followers: Followers, context: Int, target: Int) -> Int:
    """Find how often a target followed a context.

    Parameters
    ----------
    followers : Followers
    context : int
    target : int

    Returns
    -------
    int
        0 if it never did.
    """
    begin, end = followers.starts[context], followers.starts[context + 1]
    if begin == end:
        return 0
    past = target - followers.targets[begin]
    missing = followers.targets[end - 1] - followers.targets[begin] - (end - 1 - begin)
    low = begin + max(0, past - missing)
    size = min(end, begin + past + 1) - low
    while size > 1:
        half = size >> 1
        low += half if followers.targets[low + half] <= target else 0
        size -= half
    return followers.counts[low] if size > 0 and followers.targets[low] == target else 0


@inner
def fetch_ahead(followers: Followers, contexts: NDArray[np.int32], at: Int) -> None:
    """Ask for what followed the contexts of the places some steps ahead.

    Parameters
    ----------
    followers : Followers
    contexts : int32[n]
        Of each place, or NONE.
    at : int
        The place that is looked at now.
    """
    n_contexts, ahead = len(followers.starts) - 1, at + 2 * _AHEAD
    if ahead < len(contexts) and 0 <= contexts[ahead] < n_contexts:
        fetch(followers.starts, contexts[ahead])
    ahead = at + _AHEAD
    if ahead < len(contexts) and 0 <= contexts[ahead] < n_contexts:
        middle = (followers.starts[contexts[ahead]] + followers.starts[contexts[ahead] + 1]) >> 1
        fetch(followers.targets, middle)
        fetch(followers.counts, middle)


@inner
def put_in_order(
    values: NDArray[np.int32],
    places: NDArray[np.int32],
    nexts: NDArray[np.int32],
    ordered: NDArray[np.int32],
) -> None:
    """Put places into the order of their values; those of the same value stay in theirs.

    Parameters
    ----------
    values : int32[k]
        Of each place; those without one, below 0, are left out.
    places : int32[k]
    nexts : int32[values]
        Where the places of each value begin. Changed: where they end.
    ordered : int32[m]
        Changed: the places.
    """
    for at in range(len(places)):
        value = values[at]
        if value >= 0:
            ordered[nexts[value]] = places[at]
            nexts[value] += 1


@inner
def sum_up(values: NDArray[np.int32], starts: NDArray[np.int32]) -> None:
    """Reckon where the places of each value begin.

    Parameters
    ----------
    values : int32[k]
        Of each place; those without one, below 0, are left out.
    starts : int32[values + 1]
        0. Changed.
    """
    for at in range(len(values)):
        if values[at] >= 0:
            starts[values[at] + 1] += 1
    for value in range(1, len(starts)):
        starts[value] += starts[value - 1]


@kernel
def in_order(
    values: NDArray[np.int32], places: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Put places into the order of their values; those of the same value stay in theirs.

    Parameters
    ----------
    values : int32[k]
        Of each place; those without one, below 0, are left out.
    places : int32[k]

    Returns
    -------
    starts : int32[values + 1]
        Where the places of each value begin.
    places : int32[m]

    Examples
    --------
    >>> in_order(np.array([2, 0, 2, -1], np.int32), np.arange(4, dtype=np.int32))
    (array([0, 1, 1, 3], dtype=int32), array([1, 0, 2], dtype=int32))
    """
    starts = np.zeros(np.int64(values.max()) + 2 if len(values) else 1, np.int32)
    sum_up(values, starts)
    ordered = np.empty(starts[-1], np.int32)
    put_in_order(values, places, starts.copy(), ordered)
    return starts, ordered


@inner
def count_same(
    targets: NDArray[np.int32],
    times: NDArray[np.int32],
    places: NDArray[np.int32],
    totals: NDArray[np.int32],
    into: Followers,
) -> Int:
    """Count places of the same context and target together.

    Parameters
    ----------
    targets, times : int32[n]
        Of each place. Times are changed: how often the level below counts it.
    places : int32[m]
        In the order of their contexts, and then of their targets.
    totals : int32[contexts]
        0. Changed: how many targets were counted.
    into : Followers
        Starts are of places. Changed: starts are of targets.

    Returns
    -------
    int
        Targets of contexts.
    """
    begin, n = np.int32(0), np.int64(0)
    for context in range(len(totals)):
        end, last, total = into.starts[context + 1], np.int32(-1), np.int32(0)
        for at in range(begin, end):
            place = places[at]
            total += times[place]
            if targets[place] == last:
                into.counts[n - 1] += times[place]
                times[place] = 0
            else:
                last = targets[place]
                into.targets[n], into.counts[n] = last, times[place]
                times[place] = 1
                n += 1
        begin, into.starts[context + 1], totals[context] = end, n, total
    return n


@kernel
def count_followers(
    contexts: NDArray[np.int32],
    targets: NDArray[np.int32],
    times: NDArray[np.int32],
    places: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], FollowerArrays]:
    """Count what followed the contexts of one level.

    Parameters
    ----------
    contexts, targets : int32[n]
        Of each place; a context may be NONE.
    times : int32[n]
        How often this level counts each place. Changed: how often the level below does.
    places : int32[k]
        Those that this level counts, in the order of their targets.

    Returns
    -------
    totals : int32[contexts]
        How many targets were counted.
    of_counts : int64[4]
        How many targets of contexts were counted never (none), once, twice, and more often.
    places : int32[m]
        Those that the level below counts, in the same order.
    followers : arrays of Followers
    """
    starts, ordered = in_order(contexts[places], places)
    totals, of_counts = np.zeros(len(starts) - 1, np.int32), np.zeros(_MANY + 1, np.int64)
    different, counts = np.empty_like(ordered), np.empty_like(ordered)
    n = count_same(targets, times, ordered, totals, Followers(starts, different, counts))
    for at in range(n):
        of_counts[min(counts[at], _MANY)] += 1
    below, n_below = np.empty_like(places), 0
    for at in range(len(places)):
        below[n_below] = places[at]
        n_below += times[places[at]] > 0
    return (
        totals,
        of_counts,
        below[:n_below].copy(),
        (starts, different[:n].copy(), counts[:n].copy()),
    )
