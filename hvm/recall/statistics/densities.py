"""Log densities of participants' outcomes under a mixed model: of times, or of keys right.

What stands between columns of predictors and the two families of fits, ``mixed_models`` and
``binomial``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics import binomial, mixed_models
from hvm.recall.statistics.mixed_models import Floats
from hvm.recall.statistics.reliability import NO_INTERVAL, ROUNDING, Estimate
from hvm.recall.statistics.rows import OUTCOMES, keys_shown

if TYPE_CHECKING:
    import pandas as pd

NORMAL_QUANTILE = 1.959964
"""Standard errors either side of a value that its 95% interval takes."""

NO_MAXIMUM = "the likelihood has no maximum: too few trials, or nothing random"

Data = mixed_models.Sums | binomial.KeyCounts
"""What a fit needs of the rows."""


def standardised(columns: Floats) -> Floats:
    """Each column less its mean, by its standard deviation; a constant one becomes 0.

    Neither the likelihood nor a held-out density depends on it: the estimates follow. So it is done
    once, for the sake of the arithmetic, and equals standardising inside folds.
    """
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    constant = spread <= ROUNDING * np.abs(columns).max(axis=0)
    return np.where(constant, 0.0, centred / np.where(constant, 1.0, spread))


def why_not(rows: pd.DataFrame, baseline: str, outcome: str) -> str:
    """Why rows cannot be fitted, or nothing.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count.
    baseline, outcome : str
        As for :func:`data_of`.

    Returns
    -------
    str
        Empty where they can.
    """
    if not len(rows):
        return "no trials"
    if outcome == "accuracy" and baseline == "c":
        return "accuracy has no model with slopes by participant"
    column = "accuracy" if outcome == "accuracy" else "recall_time_ms"
    if rows[column].nunique() < 2:
        return f"{column} is all equal"
    return ""


def data_of(rows: pd.DataFrame, columns: Floats, baseline: str, outcome: str) -> Data:
    """What a fit needs of the rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count.
    columns : float64[n, p]
        Predictors of each row, without the intercept.
    baseline : str
        Of ``c`` the first column has a slope of each participant.
    outcome : str
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`.

    Returns
    -------
    Sums or KeyCounts
        Its first fixed column is the intercept.
    """
    import pandas as pd

    ones = np.ones((len(rows), 1))
    fixed = np.column_stack([ones, standardised(columns)])
    people = pd.factorize(rows["participant"], sort=True)[0]
    if OUTCOMES[outcome].family == "binomial":
        shown = keys_shown(rows)
        right = np.round(rows["accuracy"].to_numpy() * shown)
        return binomial.key_counts(right, shown, fixed, people)
    log_times = np.log(rows["recall_time_ms"].to_numpy(float))
    random = fixed[:, :2] if baseline == "c" else ones
    return mixed_models.sums_of(log_times - log_times.mean(), fixed, random, people)


def densities(
    data: Data, outcome: str, folds: NDArray[np.int64], held_out: bool = True
) -> tuple[Floats, Floats, Estimate]:
    """Log densities by participant: at the estimates of all, and when their fold is left out.

    Parameters
    ----------
    data : Sums or KeyCounts
        Of m participants.
    outcome : str
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`.
    folds : int64[m] or int64[s, m]
        Fold of each participant, by one deal or several.
    held_out : bool
        Also cross-validate.

    Returns
    -------
    inside : float64[m]
        Nats; NaN where there is no fit.
    outside : float64[s, m]
        Of each deal; NaN too where there is one fold.
    slope : Estimate
        Of the last column, with a robust interval.
    """
    family: Any = binomial if OUTCOMES[outcome].family == "binomial" else mixed_models
    everyone = family.fit(data)
    outside = np.full(np.atleast_2d(folds).shape, np.nan)
    if not np.isfinite(everyone.log_likelihood):
        return outside[0], outside, Estimate(np.nan, reason=NO_MAXIMUM)
    inside = family.log_densities(data, everyone)
    for deal, of_deal in zip(np.atleast_2d(folds), outside, strict=True):
        there = np.unique(deal)
        for fold in there if held_out and len(there) > 1 else ():
            left_out = deal == fold
            fitted = family.fit(data.of(~left_out), everyone)
            if np.isfinite(fitted.log_likelihood):
                of_deal[left_out] = family.log_densities(data.of(left_out), fitted)
    return inside, outside, _last_slope(family, data, everyone)


def _last_slope(family: Any, data: Any, fitted: Any) -> Estimate:
    value = float(fitted.coefficients[-1])
    if data.n_people < 2:
        return Estimate(value, reason=NO_INTERVAL)
    error = NORMAL_QUANTILE * float(family.standard_errors(data, fitted)[-1])
    return Estimate(value, value - error, value + error)
