"""Baselines: what is known of a trial without its sequence, as columns of a regression.

With t the trial number (the task's, so a transfer block begins after the training):

- ``a``: log t + t;
- ``b``: (a) + group x (log t, t);
- ``b_main``: (b) + the main effect of group. (b) has none, so the groups' curves meet where log t
  and t are 0; this one lets them lie apart;
- ``c``: (b) + a slope of log t of each participant, correlated with their intercept;
- ``d``: (a) in each group alone, all estimates apart;
- ``e``: group x a natural cubic spline of the logarithm of the trial within the block, groups'
  main effects included: a smooth curve of each group, whatever its shape. It is of the logarithm
  because practice is steep at first; a line is a power law. :func:`choose_knots` says how bent;
- ``f``: (e) + log times and accuracies of the participant's two trials before in the block.

(e) and (f) are what verdicts rest on; (a) to (d) stand beside them because they were published.

Every model has a random intercept of each participant. Of G groups, group has G - 1 columns: marks
of all but the last by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.statistics.densities import data_of, densities, why_not
from hvm.recall.statistics.mixed_models import Floats
from hvm.recall.statistics.rows import HISTORY

if TYPE_CHECKING:
    import pandas as pd

BASELINES = ("e", "f", "a", "b", "b_main", "c", "d")
"""Those of verdicts first."""

OF_VERDICTS = ("e", "f")

LEGEND = MappingProxyType(
    {
        "a": "log trial + trial",
        "b": "(a) + group x (log trial, trial)",
        "b_main": "(b) + group",
        "c": "(b) + a slope of log trial of each participant",
        "d": "(a) in each group alone",
        "e": "group x spline of log trial within the block",
        "f": "(e) + times and accuracies of the two trials before",
    }
)
"""What each baseline knows, in one line."""

GROUP_X_PRACTICE = "group_x_practice"

SPLINE_DF = range(1, 9)
"""Degrees of freedom of the spline that cross-validation chooses from; 1 is a line."""

Knots = tuple[float, ...]
"""Logarithms of trials within the block at which the pieces of a spline meet, ends included: its
degrees of freedom and one more."""


def require_baselines(names: Sequence[str]) -> tuple[str, ...]:
    """Names of baselines, checked.

    Raises
    ------
    InputError
        There is no such baseline.
    """
    for name in names:
        if name not in BASELINES:
            there = ", ".join(sorted(BASELINES))
            raise InputError(f"there is no baseline {name!r}: name some of {there}")
    return tuple(names)


def practice_columns(rows: pd.DataFrame, baseline: str, knots: Knots = ()) -> Floats:
    """Columns of a baseline, without the intercept.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count; for ``e`` and ``f`` of
        :func:`~hvm.recall.statistics.rows.outcome_rows`.
    baseline : str
        Of :data:`BASELINES`, without ``d``.
    knots : tuple of float
        Of ``e`` and ``f``.

    Returns
    -------
    float64[n, p]
        The first of all but ``e`` and ``f`` is log t.
    """
    if baseline in OF_VERDICTS:
        log_trials = np.log(rows["block_trial"].to_numpy(float))
        curve = list(natural_spline(log_trials, knots).T)
        columns = curve + _by_group(rows, curve, main=True)
        if baseline == "f":
            columns += [rows[name].to_numpy(float) for name in HISTORY]
        return np.column_stack(columns)
    practice = _practice(rows)
    if baseline in ("b", "b_main", "c"):
        practice += _by_group(rows, practice, main=baseline == "b_main")
    return np.column_stack(practice)


def _practice(rows: pd.DataFrame) -> list[Floats]:
    trial = rows["trial"].to_numpy()
    return [np.log(trial), trial]


def _by_group(rows: pd.DataFrame, curve: Sequence[Floats], main: bool) -> list[Floats]:
    """Columns of each group but the last by name; of one group its own, which add nothing."""
    groups = sorted(rows["group"].unique())
    columns = []
    for group in groups[: max(len(groups) - 1, 1)]:
        marker = (rows["group"] == group).to_numpy(float)
        columns += [marker] * main + [marker * column for column in curve]
    return columns


def added_columns(rows: pd.DataFrame, model: str) -> Floats:
    """Columns of a predictor: its ``surprisal_bits``, or those of group x practice."""
    if model == GROUP_X_PRACTICE:
        return np.column_stack(_by_group(rows, _practice(rows), main=True))
    return np.asarray(rows[["surprisal_bits"]], np.float64)


# -- curves -------------------------------------------------------------------------------


def natural_spline(values: Floats, knots: Knots) -> Floats:
    """A basis of the natural cubic splines with these knots, but for the constant.

    A natural cubic spline is cubic between knots, twice continuously differentiable, and straight
    at its ends (Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, doi
    10.1007/978-0-387-84858-7, section 5.2.1). Column k is the one that is 1 at knot k + 1 and 0 at
    all others.

    Parameters
    ----------
    values : float64[n]
        Between the first and the last knot.
    knots : tuple of float
        Two or more, ascending.

    Returns
    -------
    float64[n, len(knots) - 1]

    Examples
    --------
    >>> natural_spline(np.array([1.0, 2.0, 3.0]), (1.0, 3.0)).ravel().tolist()
    [0.0, 0.5, 1.0]
    """
    from scipy.interpolate import CubicSpline

    cardinal = CubicSpline(knots, np.eye(len(knots))[:, 1:], bc_type="natural")
    return np.asarray(cardinal(values), np.float64)


def knots_of(block_trials: Floats, df: int) -> Knots:
    """Knots at the ends of a block, and between them at equal ratios of trials.

    Parameters
    ----------
    block_trials : float64[n]
        Trials within the block, of everybody, from 1.
    df : int
        Degrees of freedom.

    Returns
    -------
    tuple of float
        ``df + 1`` logarithms, or as many as there are distinct trials if they are fewer. Of a block
        of one trial, two, so that its column is constant.

    Examples
    --------
    >>> np.exp(knots_of(np.arange(1.0, 28.0), 3)).round(6).tolist()
    [1.0, 3.0, 9.0, 27.0]
    """
    distinct = np.unique(block_trials)
    first, last = np.log(distinct[[0, -1]])
    if len(distinct) < 2:
        return float(first), float(first) + 1
    return tuple(np.linspace(first, last, min(df, len(distinct) - 1) + 1).tolist())


def choose_knots(
    rows: pd.DataFrame,
    outcome: str,
    folds: NDArray[np.int64],
    block_trials: Floats | None = None,
) -> Knots:
    """Knots of (e): of :data:`SPLINE_DF`, those whose baseline foretells people held out best.

    No model's surprisal takes part, so the same curve is fair to all.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`~hvm.recall.statistics.rows.outcome_rows`.
    outcome : str
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`.
    folds : int64[m]
        Fold of each participant of the rows.
    block_trials : float64[n], optional
        Trials within the block that the knots are placed among; without, those of the rows.

    Returns
    -------
    tuple of float
        Of equally good ones the fewest; two, a line, where nothing can be held out.
    """
    trials = rows["block_trial"].to_numpy(float) if block_trials is None else block_trials
    if not len(trials):
        return (0.0, 1.0)
    best, highest = knots_of(trials, 1), -np.inf
    if why_not(rows, "e", outcome):
        return best
    for knots in dict.fromkeys(knots_of(trials, df) for df in SPLINE_DF):
        data = data_of(rows, practice_columns(rows, "e", knots), "e", outcome)
        density = float(densities(data, outcome, folds)[1].sum())
        if density > highest:
            best, highest = knots, density
    return best
