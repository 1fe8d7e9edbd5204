"""Means by group and trial: how a model's go with people's, and how far people's can be trusted.

Every draw (a bootstrap sample of people, a half of a split) is a row of weights over participants,
so that all draws are a few matrix products. Groups keep their sizes in every draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

LEVEL = 0.95
ROUNDING = 1e-12
"""Values that lie apart by less than this share of the largest are equal but for rounding: they
must not correlate by their rounding errors."""

TIE_DECIMALS = 12
"""Values that are equal to so many decimals share a rank."""

LOWEST_CORRELATION = -0.99
"""Halves that correlate less count as this: at -1 the formula of Spearman and Brown has no value,
and below 0 only the sign means something."""

NO_INTERVAL = "no group has two participants: no interval"


class Estimate(NamedTuple):
    """A value with its interval; NaN and a reason where it is not defined."""

    value: float
    low: float = np.nan
    high: float = np.nan
    reason: str = ""

    def per(self, unit: float) -> Estimate:
        """The same for another unit: value and interval divided by a positive number."""
        return Estimate(self.value / unit, self.low / unit, self.high / unit, self.reason)


class Cells(NamedTuple):
    """Sums and counts by participant and trial.

    ``sums`` float64[m, t], ``counts`` float64[m, t], ``groups`` int64[m] from 0.
    """

    sums: Floats
    counts: Floats
    groups: NDArray[np.int64]

    def means(self, weights: Floats) -> Floats:
        """Means by group and trial, float64[b, groups * t], of weighted participants [b, m]."""
        members = [self.groups == group for group in range(self.groups.max() + 1)]
        with np.errstate(invalid="ignore", divide="ignore"):
            of_groups = [
                (weights[:, in_group] @ self.sums[in_group])
                / (weights[:, in_group] @ self.counts[in_group])
                for in_group in members
            ]
        return np.concatenate(of_groups, axis=1)


def cells_of(rows: pd.DataFrame, column: str) -> Cells:
    """Sums and counts of a column; rows of the same trials give cells in the same order."""
    import pandas as pd

    people, names = pd.factorize(rows["participant"], sort=True)
    trials, trial_names = pd.factorize(rows["trial"], sort=True)
    shape = len(names), len(trial_names)
    where = people * shape[1] + trials
    values = rows[column].to_numpy(float)
    sums = np.bincount(where, values, shape[0] * shape[1]).reshape(shape).astype(float)
    counts = np.bincount(where, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    return Cells(sums, counts, groups_of(rows))


def groups_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Group of each participant as integers from 0, participants in ascending order."""
    import pandas as pd

    by_person = rows.groupby("participant", sort=True)["group"].first()
    groups: NDArray[np.int64] = pd.factorize(by_person, sort=True)[0]
    return groups


class Bootstrap:
    """Samples of participants, drawn once for each set of people: every estimate shares them.

    Parameters
    ----------
    n_draws, seed : int
        Number of samples, and what they are drawn from: the same people give the same samples.
    """

    def __init__(self, n_draws: int = 2000, seed: int = 0) -> None:
        self.n_draws, self.seed = n_draws, seed
        self._drawn: dict[bytes, Floats] = {}

    def weights(self, groups: NDArray[np.int64]) -> Floats:
        """How often each participant is drawn, with return within groups: float64[n_draws, m]."""
        key = np.asarray(groups, np.int64).tobytes()
        if key not in self._drawn:
            rng = np.random.default_rng([self.seed, 1])
            self._drawn[key] = resamples(groups, self.n_draws, rng)
        return self._drawn[key]


def resamples(groups: NDArray[np.int64], n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw samples of participants, within groups, with return.

    Parameters
    ----------
    groups : int64[m]
        Group of each participant.
    n_draws : int
        Number of samples.
    rng : numpy.random.Generator

    Returns
    -------
    float64[n_draws, m]
        How often each participant is in each sample.
    """
    weights = np.zeros((n_draws, len(groups)))
    for group in np.unique(groups):
        people = np.flatnonzero(groups == group)
        drawn = rng.integers(len(people), size=(n_draws, len(people)))
        where = np.arange(n_draws)[:, None] * len(people) + drawn
        counts = np.bincount(where.ravel(), minlength=n_draws * len(people))
        weights[:, people] = counts.reshape(n_draws, len(people))
    return weights


def halves(groups: NDArray[np.int64], n_splits: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Split participants into halves, within groups; of an odd group, either may be larger.

    Parameters
    ----------
    groups : int64[m]
        Group of each participant.
    n_splits : int
        Number of splits.
    rng : numpy.random.Generator

    Returns
    -------
    bool[n_splits, m]
        Who is in the first half of each split.
    """
    first = np.zeros((n_splits, len(groups)), bool)
    for group in np.unique(groups):
        people = np.flatnonzero(groups == group)
        order = rng.random((n_splits, len(people))).argsort(axis=1).argsort(axis=1)
        sizes = (len(people) + rng.integers(2, size=(n_splits, 1)) * (len(people) % 2)) // 2
        first[:, people] = order < sizes
    return first


def interval(draws: Floats) -> tuple[float, float]:
    """Central 95% of the draws that are defined; NaN if fewer than half are."""
    defined = draws[np.isfinite(draws)]
    if len(defined) * 2 < max(len(draws), 1):
        return np.nan, np.nan
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def estimate(value: float, draws: Floats, groups: NDArray[np.int64], reason: str = "") -> Estimate:
    """A value with the interval of its draws.

    Parameters
    ----------
    value : float
        NaN where it is not defined.
    draws : float64[b]
        The same of each sample of participants.
    groups : int64[m]
        Group of each participant: without two in one there is no interval.
    reason : str
        Why the value is not defined, if it is not.

    Returns
    -------
    Estimate
    """
    if not np.isfinite(value):
        return Estimate(np.nan, reason=reason)
    if np.bincount(groups).max() < 2:
        return Estimate(float(value), reason=NO_INTERVAL)
    return Estimate(float(value), *interval(draws))


def pearson(left: Floats, right: Floats) -> Floats:
    """Correlation of each row over the columns defined in both: float64[b]; NaN if undefined.

    Examples
    --------
    >>> pearson(np.array([[1.0, 2, 3, np.nan], [1, 1, 1, 1]]), np.array([[2.0, 4, 6, 0]] * 2))
    array([ 1., nan])
    """
    both = np.isfinite(left) & np.isfinite(right)
    n = both.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (_centred(values, both, n) for values in (left, right))
        scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
        correlations = (x * y).sum(axis=1) / scale
    is_defined = (n >= 3) & (scale > 0)
    return np.where(is_defined, np.clip(correlations, -1, 1), np.nan)


def _centred(values: Floats, both: NDArray[np.bool_], n: NDArray[np.int64]) -> Floats:
    zeroed = np.where(both, values, 0.0)
    centred = np.where(both, zeroed - (zeroed.sum(axis=1) / n)[:, None], 0.0)
    tiny = np.abs(centred).max(axis=1) <= ROUNDING * np.abs(zeroed).max(axis=1)
    return np.where(tiny[:, None], 0.0, centred)


def spearman(left: Floats, right: Floats) -> Floats:
    """Rank correlation of each row, ties by mean ranks; as :func:`pearson` otherwise."""
    from scipy.stats import rankdata

    both = np.isfinite(left) & np.isfinite(right)
    ranks = [
        rankdata(np.where(both, np.round(values, TIE_DECIMALS), np.nan), axis=1, nan_policy="omit")
        for values in (left, right)
    ]
    return pearson(*ranks)


def agreement(rows: pd.DataFrame, bootstrap: Bootstrap) -> tuple[dict[str, Estimate], int]:
    """Spearman and R2 (squared Pearson) of surprisal means against time means, by group and trial.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count, with ``surprisal_bits``.
    bootstrap : Bootstrap
        Samples of participants, for the intervals.

    Returns
    -------
    estimates : dict
        ``spearman`` and ``r2``.
    n_means : int
        Number of means compared.
    """
    if not len(rows):
        return dict.fromkeys(("spearman", "r2"), Estimate(np.nan, reason="no trials")), 0
    times, bits = (cells_of(rows, column) for column in ("recall_time_ms", "surprisal_bits"))
    everyone = np.ones((1, len(times.groups)))
    draws = bootstrap.weights(times.groups)
    pairs = [(times.means(w), bits.means(w)) for w in (everyone, draws)]
    correlations = {
        "spearman": [spearman(*pair) for pair in pairs],
        "r2": [pearson(*pair) ** 2 for pair in pairs],
    }
    reason = "the means are all equal, or fewer than three"
    n_points = int(np.isfinite(pairs[0][0]).sum())
    return {
        name: estimate(value[0], drawn, times.groups, reason)
        for name, (value, drawn) in correlations.items()
    }, n_points


def reliability(
    rows: pd.DataFrame, rng: np.random.Generator, n_splits: int, column: str = "recall_time_ms"
) -> dict[str, Estimate]:
    """Spearman-Brown reliability of the means by group and trial, and what a model can reach.

    Participants are split into halves within groups, the means of both halves correlated (r), and
    2r / (1 + r) is the reliability of all participants' means. The value is at the mean r of the
    splits; the interval holds the central 95% of splits, and where it is wide the
    halves of the same people rank trials differently: correlations there rank no models.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count.
    rng : numpy.random.Generator
        Of the splits.
    n_splits : int
        Number of splits.
    column : str
        What the means are of.

    Returns
    -------
    dict
        ``reliability``; ``ceiling_r2``, the same, and ``ceiling_spearman``, its square root (0 for
        a negative one): the most that a model can be expected to reach that knows the true means.
    """
    names = ("reliability", "ceiling_spearman", "ceiling_r2")
    if not len(rows) or np.bincount(groups_of(rows)).min() < 2:
        return dict.fromkeys(names, Estimate(np.nan, reason="a group has fewer than two people"))
    cells = cells_of(rows, column)
    first = halves(cells.groups, n_splits, rng)
    r = pearson(cells.means(first.astype(float)), cells.means((~first).astype(float)))
    if not np.isfinite(r).any():
        reason = "the means are all equal, or fewer than three"
        return dict.fromkeys(names, Estimate(np.nan, reason=reason))
    correlations = np.array([np.nanmean(r), *interval(r)], np.float64)
    values = np.maximum(correlations, LOWEST_CORRELATION)
    stepped = 2 * values / (1 + values)
    floored = np.maximum(stepped, 0.0)
    of_all = (stepped, np.sqrt(floored), floored)
    return {name: Estimate(*each.tolist()) for name, each in zip(names, of_all, strict=True)}


def group_difference(
    values: Floats, groups: NDArray[np.int64], bootstrap: Bootstrap, pair: tuple[int, int] = (0, 1)
) -> Estimate:
    """Mean of one group's participants less another's, by bootstrap over participants.

    Parameters
    ----------
    values : float64[m]
        One value a participant.
    groups : int64[m]
        Group of each participant.
    bootstrap : Bootstrap
        Its samples are of all participants, so that all pairs share them.
    pair : (int, int)
        The groups.

    Returns
    -------
    Estimate
        Not defined where one of the two has nobody.
    """
    there = np.unique(groups)
    if not np.isin(pair, there).all():
        reason = "there is one group" if len(there) < 2 else "a group of the two has no trials"
        return Estimate(np.nan, reason=reason)
    everyone = np.ones((1, len(groups)))
    weights = np.concatenate([everyone, bootstrap.weights(groups)])
    means = [weights[:, groups == g] @ values[groups == g] / (groups == g).sum() for g in pair]
    draws = means[0] - means[1]
    return estimate(draws[0], draws[1:], groups[np.isin(groups, pair)])


def mean_over_people(values: Floats, bootstrap: Bootstrap) -> Estimate:
    """Mean of one value a participant, by bootstrap over participants."""
    groups = np.zeros(len(values), np.int64)
    draws = bootstrap.weights(groups) @ values / len(values)
    return estimate(values.mean(), draws, groups)
