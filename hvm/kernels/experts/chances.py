"""The chance of a target by a chain, and what weighs it.

Interpolated Kneser-Ney: (max(c - d, 0) + d T p) / N, with N targets of T kinds counted in the
context, c of them this one, and p the chance by the level below. What a weight may know of a
chain: the highest level whose context was seen, how often it was, and of how many kinds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.counting import NONE, fetch_ahead, key_of
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.table import Table, find, is_free, value_at

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
    table: Table,
    discount: float,
    level: int,
    chances: NDArray[np.float64],
    features: NDArray[np.int32],
) -> None:
    """Go from the chances by the level below to those by this level.

    Parameters
    ----------
    contexts, targets : int32[n]
        Of each place; a context may be NONE.
    totals : int32[contexts, 2]
    table : Table
        As `count_targets` made it, with the totals.
    discount : float
        d, from 0 to 1.
    level : int
    chances : float64[n]
        Changed.
    features : int32[n]
        Changed where the context is known.
    """
    for at in range(len(contexts)):
        fetch_ahead(table, contexts, targets, at)
        # A variable of none but symbols that were never seen is a context without a row.
        if contexts[at] == NONE or contexts[at] >= len(totals) or totals[contexts[at], 0] == 0:
            continue
        total, kinds = totals[contexts[at], 0], totals[contexts[at], 1]
        row = find(table, key_of(contexts[at], targets[at]))
        above = 0.0 if is_free(table, row) else value_at(table, row) - discount
        chances[at] = (above + discount * kinds * chances[at]) / total
        features[at] = N_FEATURES_LEVEL * level + feature(total, kinds)
