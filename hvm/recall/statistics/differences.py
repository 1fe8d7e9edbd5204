"""Differences between models: the same trials, the same folds, the same samples of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

import numpy as np

from hvm.recall.statistics.comparisons import Gain, summed
from hvm.recall.statistics.contrasts import LESS
from hvm.recall.statistics.reliability import Bootstrap, Estimate

DIFFERENT_TRIALS = "they rest on different trials"


def difference(left: Gain, right: Gain, bootstrap: Bootstrap) -> Estimate:
    """What one predictor foretells of people held out beyond another.

    The interval is by bootstrap over participants of the differences of their log densities. Models
    are not fitted again within samples: the estimates rest on nine tenths of everybody, and move
    less than whom the sample holds.

    Parameters
    ----------
    left, right : Gain
        Over the same baseline.
    bootstrap : Bootstrap

    Returns
    -------
    Estimate
        Nats; not defined where the two rest on different trials, or one is not defined.
    """
    if left.trials != right.trials:
        return Estimate(np.nan, reason=DIFFERENT_TRIALS)
    reason = left.held_out_reason or right.held_out_reason
    values = left.held_out - right.held_out
    each = summed(values, left.groups, bootstrap, reason)
    return each._replace(reason="") if np.isfinite(each.low) else each


def differences(
    gains: Mapping[str, Gain], plain: Sequence[str], bootstrap: Bootstrap
) -> Iterator[tuple[str, Gain, Estimate]]:
    """Every pair of models, and every model less each plain predictor of the same trials.

    Parameters
    ----------
    gains : mapping of str to Gain
        By name of the predictor, over the same baseline.
    plain : sequence of str
        Names of plain predictors.
    bootstrap : Bootstrap

    Yields
    ------
    name : str
        ``FIRST less SECOND``.
    gain : Gain
        The first's.
    difference : Estimate
    """
    models = [name for name in gains if name not in plain]
    beside = [name for name in plain if name in gains]
    for left, right in [*combinations(models, 2), *product(models, beside)]:
        each = difference(gains[left], gains[right], bootstrap)
        if right in models or each.reason != DIFFERENT_TRIALS:
            yield f"{left}{LESS}{right}", gains[left], each
