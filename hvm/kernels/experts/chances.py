"""The chance of a target by a chain, and what weighs it.

Interpolated Kneser-Ney: (max(c - d, 0) + d T p) / N, with N targets of T kinds counted in the
context, c of them this one, and p the chance by the level below. What a weight may know of a
chain: the highest level whose context was seen, how often it was, and of how many kinds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.counting import NONE
from hvm.kernels.experts.followers import Followers, fetch_ahead, find_follower
from hvm.kernels.jit import Int, inner, kernel

BOUNDS = (1, 2, 3, 4, 5, 8, 15, 40, 150, 600, 5000)
"""Counts from which on a context is another kind of context for the weights."""
N_FEATURES_LEVEL = 3 * (len(BOUNDS) + 1)


@inner
def feature(total: Int, kinds: Int) -> Int:
    """How a context that was seen looks: by its total, and one kind, few kinds or many."""
    size = 0
    for bound in BOUNDS:
        if total >= bound:
            size += 1
    return 3 * size + (0 if kinds == 1 else 1 if 3 * kinds < total else 2)


@kernel
def raise_chances(
    contexts: NDArray[np.int32],
    targets: NDArray[np.int32],
    totals: NDArray[np.int32],
    followers: Followers,
    discount: float,
    level: int,
    chances: NDArray[np.float64],
    features: NDArray[np.int32],
) -> None:
    """Go from the chances by the level below to those by this level.

    Parameters
    ----------
    contexts, targets : int32[n]
        Of each place; a context may be NONE, or a variable that never came.
    totals : int32[contexts]
    followers : Followers
        As `count_followers` made them, with the totals.
    discount : float
        d, from 0 to 1.
    level : int
    chances : float64[n]
        Changed.
    features : int32[n]
        Changed where the context is known.
    """
    for at in range(len(contexts)):
        fetch_ahead(followers, contexts, at)
        context = contexts[at]
        if context == NONE or context >= len(totals) or totals[context] == 0:
            continue
        total = totals[context]
        kinds = followers.starts[context + 1] - followers.starts[context]
        count = find_follower(followers, context, targets[at])
        above = count - discount if count else 0.0
        chances[at] = (above + discount * kinds * chances[at]) / total
        features[at] = N_FEATURES_LEVEL * level + feature(total, kinds)
