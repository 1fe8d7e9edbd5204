"""Chances of targets by a chain whose counts go on growing while it reads.

Levels are read from the highest one down, so that a level counts what was new above, as in
`hvm.kernels.experts.followers`. Interpolated, the chance is a sum over levels: what each adds has
the weight that the levels above left over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.chances import N_FEATURES_LEVEL, feature
from hvm.kernels.experts.counting import NONE
from hvm.kernels.experts.followers import Followers, fetch_ahead, find_follower
from hvm.kernels.jit import kernel


class Growing(NamedTuple):
    """What followed the contexts of a level, before the text and in it so far."""

    before: Followers
    totals: NDArray[np.int32]  # [contexts], those of the text too
    kinds: NDArray[np.int32]  # [contexts]
    more: NDArray[np.int32]  # [pairs of a context and a target], in the text


class ReadPlaces(NamedTuple):
    """Places of a text in order, on the way down through the levels of a chain."""

    targets: NDArray[np.int32]  # [n], -1 unknown
    counts: NDArray[np.bool_]  # [n], whether the next level counts it
    chances: NDArray[np.float64]  # [n], that the levels above add
    rests: NDArray[np.float64]  # [n], that they leave
    features: NDArray[np.int32]  # [n], of the highest level that knew the context; 0: none yet


@kernel
def read_level(
    contexts: NDArray[np.int32],
    pairs: NDArray[np.int32],
    growing: Growing,
    discount: float,
    level: int,
    times: int,
    reading: ReadPlaces,
) -> None:
    """Add what a level knows of each place, which then teaches it.

    Parameters
    ----------
    contexts : int32[n]
        Of each place, or NONE.
    pairs : int32[n]
        Numbers of contexts with their targets; of places that have both.
    growing : Growing
        Changed.
    discount : float
        From 0 to 1.
    level : int
    times : int
        As which a place counts.
    reading : ReadPlaces
        Changed.
    """
    n_before = len(growing.before.starts) - 1
    for at in range(len(contexts)):
        fetch_ahead(growing.before, contexts, at)
        context, target = contexts[at], reading.targets[at]
        if context == NONE:
            continue
        total, kinds, count = growing.totals[context], growing.kinds[context], np.int32(0)
        if target >= 0:
            count = growing.more[pairs[at]]
            if context < n_before:
                count += find_follower(growing.before, context, target)
        if total:
            above = count - discount if count else 0.0
            reading.chances[at] += reading.rests[at] * above / total
            reading.rests[at] *= discount * kinds / total
            if reading.features[at] == 0:
                reading.features[at] = N_FEATURES_LEVEL * level + feature(total, kinds)
        if target >= 0 and reading.counts[at]:
            growing.totals[context] += times
            growing.kinds[context] += count == 0
            growing.more[pairs[at]] += times
            reading.counts[at] = count == 0
