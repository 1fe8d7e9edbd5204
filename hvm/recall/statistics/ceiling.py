"""How much of people's times could be foretold from their history: what models leave to find.

Boosted trees see whatever a model could use of a participant's past (the plain predictors, the
trials before, the mean of their times so far) and no model's surprisal. What they add to a
baseline on people held out is no upper bound: it is what a flexible learner reaches with so many
people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics import mixed_models
from hvm.recall.statistics.baselines import Knots, practice_columns
from hvm.recall.statistics.checked import Surprisals
from hvm.recall.statistics.comparisons import Gain, undefined_gain
from hvm.recall.statistics.densities import data_of, standardised, why_not
from hvm.recall.statistics.mixed_models import Floats
from hvm.recall.statistics.reliability import groups_of
from hvm.recall.statistics.rows import HISTORY
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

TREES: dict[str, Any] = {
    "max_iter": 150,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 30,
}
"""Of scikit-learn's HistGradientBoostingRegressor: half its steps' size and leaves, as single times
are noisy. Chosen before they were run on anybody."""

INNER_FOLDS = 5
"""Folds within the people of a fit, so that the weight of the prediction is that of a forecast."""

NOT_INSTALLED = "scikit-learn is not installed: pip install 'hvm-learn[sklearn]'"


def flexible_gain(
    rows: pd.DataFrame,
    plain: Surprisals,
    knots: Knots,
    folds: NDArray[np.int64],
    baseline: str = "e",
    seed: int = 0,
) -> Gain:
    """What boosted trees over the history of a trial add to a baseline, on people held out.

    In each fold of people, trees are grown on the residuals that it leaves of all others. Their
    forecast is one column more of it: of the people of the fit made by trees of the rest of them
    (:data:`INNER_FOLDS`), of the people held out by trees of all of the fit.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`~hvm.recall.statistics.rows.outcome_rows`, of log times.
    plain : Surprisals
        The plain predictors of all trials.
    knots : tuple of float
        Of the spline.
    folds : int64[m]
        Fold of each participant of the rows.
    baseline : str
        ``e`` or ``f``.
    seed : int
        Of the trees and of the inner folds.

    Returns
    -------
    Gain
        Held out alone; not defined, with a reason, without scikit-learn or with too few people.
    """
    reason = why_not(rows, "e", "log_time") or _why_no_trees(folds)
    if reason:
        return undefined_gain(rows, reason)
    columns = practice_columns(rows, baseline, knots)
    features = history_features(rows, plain)
    people = np.unique(rows["participant"].to_numpy(), return_inverse=True)[1]
    held_out = np.full(len(folds), np.nan)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # small trees wait longer for one another's threads than they grow
        for fold in np.unique(folds):
            left_out = folds == fold
            forecast = _forecast(rows, columns, features, people, ~left_out, seed)
            held_out[left_out] = _added(rows, columns, forecast, left_out)
    return Gain(np.full(len(folds), np.nan), held_out, groups_of(rows), len(rows))


def history_features(rows: pd.DataFrame, plain: Surprisals) -> Floats:
    """What the trees see: trial, group, the trials before, plain predictors, and the mean so far.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`~hvm.recall.statistics.rows.outcome_rows`.
    plain : Surprisals
        The plain predictors of all trials.

    Returns
    -------
    float64[n, f]
        NaN where there is nothing.
    """
    import pandas as pd

    predictors = plain.table.pivot(index=list(TRIAL_KEY), columns="model", values="surprisal_bits")
    of_rows = predictors.reindex(pd.MultiIndex.from_frame(rows[list(TRIAL_KEY)]))
    log_times = np.log(rows["recall_time_ms"])
    people = rows["participant"]
    before = log_times.groupby(people, sort=False).cumsum() - log_times
    n_before = log_times.groupby(people, sort=False).cumcount()
    so_far = before / n_before.where(n_before > 0)
    columns = [
        rows["block_trial"],
        pd.factorize(rows["group"], sort=True)[0],
        *(rows[name] for name in HISTORY),
        so_far,
        *of_rows.to_numpy(np.float64).T,
    ]
    return np.column_stack(columns).astype(np.float64)


def _why_no_trees(folds: NDArray[np.int64]) -> str:
    from importlib.util import find_spec

    if find_spec("sklearn") is None:
        return NOT_INSTALLED
    few = len(np.unique(folds)) < 2 or len(folds) < 2 * INNER_FOLDS
    return "too few participants to hold some out twice" if few else ""


def _forecast(
    rows: pd.DataFrame,
    columns: Floats,
    features: Floats,
    people: NDArray[np.int64],
    fitted: NDArray[np.bool_],
    seed: int,
) -> Floats:
    """Residuals of the baseline that trees of the fit's people foretell, each without their own."""
    data = data_of(rows, columns, "e", "log_time")
    assert isinstance(data, mixed_models.Sums)  # of times
    left = _residuals(rows, columns, mixed_models.fit(data.of(fitted)))
    inner = np.full(len(fitted), -1)
    members = np.random.default_rng([seed, 4]).permutation(np.flatnonzero(fitted))
    inner[members] = np.arange(len(members)) % INNER_FOLDS
    forecast = np.empty(len(rows))
    for fold in range(-1, INNER_FOLDS):
        of_fit = (fitted & (inner != fold))[people]
        of_rest = (inner == fold)[people]
        trees = _trees(seed).fit(features[of_fit], left[of_fit])
        forecast[of_rest] = trees.predict(features[of_rest])
    return forecast


def _residuals(rows: pd.DataFrame, columns: Floats, fitted: mixed_models.MixedFit) -> Floats:
    """Log times less the curve of their group; not less the participant's own level."""
    log_times = np.log(rows["recall_time_ms"].to_numpy(float))
    fixed = np.column_stack([np.ones(len(rows)), standardised(columns)])
    return np.asarray(log_times - log_times.mean() - fixed @ fitted.coefficients, np.float64)


def _trees(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(random_state=seed, early_stopping=False, **TREES)


def _added(
    rows: pd.DataFrame, columns: Floats, forecast: Floats, left_out: NDArray[np.bool_]
) -> Floats:
    """Log density of people held out with the forecast, less that without: float64[held out]."""
    values = []
    for each in (np.column_stack([columns, forecast]), columns):
        data = data_of(rows, each, "e", "log_time")
        assert isinstance(data, mixed_models.Sums)  # of times
        fitted = mixed_models.fit(data.of(~left_out))
        values.append(mixed_models.log_densities(data.of(left_out), fitted))
    return np.asarray(values[0] - values[1], np.float64)
