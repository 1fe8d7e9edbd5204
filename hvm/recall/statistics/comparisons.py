"""What a predictor adds to a baseline, trial by trial: on the same people, and on people held out.

Baselines, with t the trial number (the task's, so a transfer block begins after the training):

- ``a``: log t + t;
- ``b``: (a) + group x (log t, t);
- ``b_main``: (b) + the main effect of group. (b) has none, so the groups' curves meet where log t
  and t are 0; this one lets them lie apart;
- ``c``: (b) + a slope of log t of each participant, correlated with their intercept;
- ``d``: (a) in each group alone, all estimates apart.

Every model has a random intercept of each participant. Of G groups, group has G - 1 columns: marks
of all but the last by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.statistics import binomial, mixed_models
from hvm.recall.statistics.mixed_models import Floats
from hvm.recall.statistics.reliability import (
    NO_INTERVAL,
    ROUNDING,
    Bootstrap,
    Estimate,
    estimate,
    groups_of,
)
from hvm.recall.statistics.rows import OUTCOMES, keys_shown

if TYPE_CHECKING:
    import pandas as pd

BASELINES = ("a", "b", "b_main", "c", "d")
GROUP_X_PRACTICE = "group_x_practice"
NORMAL_QUANTILE = 1.959964
"""Standard errors either side of a value that its 95% interval takes."""

NO_MAXIMUM = "the likelihood has no maximum: too few trials, or nothing random"
NOTHING_ADDED = "it adds nothing to the baseline"


class Gain(NamedTuple):
    """What a predictor adds, by participant, nats; NaN and a reason where it is not defined.

    ``inside`` and ``held_out`` float64[m]: differences of log-likelihood at the estimates, and of
    the log density when the participant's fold was left out. ``groups`` int64[m]. ``slopes``: what
    one unit of the predictor (its last column) adds to the outcome (log ms, logits); for baseline d
    one for each group. A gain may come from a slope of the wrong sign.
    """

    inside: Floats
    held_out: Floats
    groups: NDArray[np.int64]
    n_rows: int
    slopes: tuple[Estimate, ...] = ()
    reason: str = ""
    held_out_reason: str = ""


def folds_of(
    groups: NDArray[np.int64], n_folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Deal participants to folds, each group spread as evenly as it goes.

    Parameters
    ----------
    groups : int64[m]
        Group of each participant.
    n_folds : int
    rng : numpy.random.Generator

    Returns
    -------
    int64[m]
        Fold of each participant.

    Examples
    --------
    >>> folds = folds_of(np.array([0, 0, 0, 1, 1, 1]), 3, np.random.default_rng(1))
    >>> sorted(folds[:3].tolist()), sorted(folds[3:].tolist())
    ([0, 1, 2], [0, 1, 2])
    """
    folds = np.empty(len(groups), np.int64)
    begin = 0
    for group in np.unique(groups):
        people = rng.permutation(np.flatnonzero(groups == group))
        folds[people] = (begin + np.arange(len(people))) % n_folds
        begin += len(people)
    return folds


def practice_columns(rows: pd.DataFrame, baseline: str) -> Floats:
    """Columns of a baseline without the intercept, float64[n, p]; log t is the first."""
    trial = rows["trial"].to_numpy()
    columns = [np.log(trial), trial]
    if baseline in ("b", "b_main", "c"):
        columns += _by_group(rows, main=baseline == "b_main")
    return np.column_stack(columns)


def _by_group(rows: pd.DataFrame, main: bool) -> list[Floats]:
    """Columns of each group but the last by name; of one group its own, which add nothing."""
    trial = rows["trial"].to_numpy()
    groups = sorted(rows["group"].unique())
    columns = []
    for group in groups[: max(len(groups) - 1, 1)]:
        marker = (rows["group"] == group).to_numpy(float)
        columns += [marker] * main + [marker * np.log(trial), marker * trial]
    return columns


def added_columns(rows: pd.DataFrame, model: str) -> Floats:
    """Columns of a predictor: its ``surprisal_bits``, or those of group x practice."""
    if model == GROUP_X_PRACTICE:
        return np.column_stack(_by_group(rows, main=True))
    return np.asarray(rows[["surprisal_bits"]], np.float64)


def standardised(columns: Floats) -> Floats:
    """Each column less its mean, by its standard deviation; a constant one becomes 0.

    Neither the likelihood nor a held-out density depends on it: the estimates follow. So it is done
    once, for the sake of the arithmetic, and equals standardising inside folds.
    """
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    constant = spread <= ROUNDING * np.abs(columns).max(axis=0)
    return np.where(constant, 0.0, centred / np.where(constant, 1.0, spread))


@dataclass
class Comparison:
    """Gains over baselines, each baseline fitted once for all predictors of the same rows.

    Attributes
    ----------
    folds : dict
        Fold of each participant by their name.
    """

    folds: dict[Any, int]
    _baselines: dict[tuple[Any, ...], tuple[Floats, Floats]] = field(
        default_factory=dict, repr=False
    )

    def gain(
        self, rows: pd.DataFrame, model: str, baseline: str, outcome: str, held_out: bool = True
    ) -> Gain:
        """What a predictor adds to a baseline.

        Parameters
        ----------
        rows : pandas.DataFrame
            Trials that count, sorted by participant, with ``surprisal_bits`` unless the model is
            ``group_x_practice``.
        model : str
            Name of the predictor; any name but ``group_x_practice`` means ``surprisal_bits``.
        baseline, outcome : str
            Of :data:`BASELINES` and :data:`~hvm.recall.statistics.rows.OUTCOMES`.
        held_out : bool
            Also cross-validate.

        Returns
        -------
        Gain
        """
        if baseline != "d" or not len(rows):
            return self._gain(rows, model, baseline, outcome, held_out)
        parts = [part for _, part in rows.groupby("group", sort=True)]
        gains = [self._gain(part, model, "a", outcome, held_out) for part in parts]
        return _of_groups(rows, parts, gains)

    def _gain(
        self, rows: pd.DataFrame, model: str, baseline: str, outcome: str, held_out: bool
    ) -> Gain:
        reason = _why_not(rows, baseline, outcome)
        if reason:
            return _undefined(rows, reason)
        base, added = practice_columns(rows, baseline), added_columns(rows, model)
        data = _data(rows, np.column_stack([base, added]), baseline, outcome)
        of_base = np.arange(base.shape[1] + added.shape[1] + 1) <= base.shape[1]
        if not (data.independent() & ~of_base).any():
            return _nothing(rows)
        folds = np.array([self.folds[name] for name in _names(rows)])
        without = self._of_baseline(rows, data.keep(of_base), baseline, outcome, folds, held_out)
        *with_it, slope = _densities(data, outcome, folds, held_out)
        inside, outside = (full - base for full, base in zip(with_it, without, strict=True))
        why = "" if len(np.unique(folds)) > 1 else "one participant: nobody is held out"
        why = why if held_out else "not cross-validated"
        slope = slope.per(added[:, -1].std())
        return Gain(inside, outside, groups_of(rows), len(rows), (slope,), "", why)

    def _of_baseline(
        self,
        rows: pd.DataFrame,
        data: mixed_models.Sums | binomial.KeyCounts,
        baseline: str,
        outcome: str,
        folds: NDArray[np.int64],
        held_out: bool,
    ) -> tuple[Floats, Floats]:
        which = tuple(rows["participant"]), rows["trial"].to_numpy().tobytes()
        key = (baseline, outcome, held_out, which)
        if key not in self._baselines:
            inside, outside, _ = _densities(data, outcome, folds, held_out)
            self._baselines[key] = inside, outside
        return self._baselines[key]


def _of_groups(rows: pd.DataFrame, parts: list[pd.DataFrame], gains: list[Gain]) -> Gain:
    """The gains of all groups as one, participants in ascending order."""
    slopes = tuple(slope for gain in gains for slope in gain.slopes)
    undefined = [gain.reason or NO_MAXIMUM for gain in gains if np.isnan(gain.inside).any()]
    if undefined:
        return _undefined(rows, undefined[0])._replace(slopes=slopes)
    order = np.argsort(np.concatenate([_names(part) for part in parts]), kind="stable")
    inside, outside = (
        np.concatenate([getattr(gain, name) for gain in gains])[order]
        for name in ("inside", "held_out")
    )
    reason = NOTHING_ADDED if all(gain.reason == NOTHING_ADDED for gain in gains) else ""
    why = next(
        (g.held_out_reason for g in gains if g.held_out_reason not in ("", NOTHING_ADDED)), reason
    )
    return Gain(inside, outside, groups_of(rows), len(rows), slopes, reason, why)


def _nothing(rows: pd.DataFrame) -> Gain:
    nothing = np.zeros(rows["participant"].nunique())
    slopes = (Estimate(np.nan, reason=NOTHING_ADDED),)
    return Gain(nothing, nothing, groups_of(rows), len(rows), slopes, NOTHING_ADDED, NOTHING_ADDED)


def _names(rows: pd.DataFrame) -> NDArray[Any]:
    return np.unique(rows["participant"].to_numpy())


def _undefined(rows: pd.DataFrame, reason: str) -> Gain:
    missing = np.full(rows["participant"].nunique(), np.nan)
    groups = groups_of(rows) if len(rows) else np.zeros(0, np.int64)
    slopes = (Estimate(np.nan, reason=reason),)
    return Gain(missing, missing, groups, len(rows), slopes, reason, reason)


def _why_not(rows: pd.DataFrame, baseline: str, outcome: str) -> str:
    if not len(rows):
        return "no trials"
    if outcome == "accuracy" and baseline == "c":
        return "accuracy has no model with slopes by participant"
    column = "accuracy" if outcome == "accuracy" else "recall_time_ms"
    if rows[column].nunique() < 2:
        return f"{column} is all equal"
    return ""


def _data(
    rows: pd.DataFrame, columns: Floats, baseline: str, outcome: str
) -> mixed_models.Sums | binomial.KeyCounts:
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


def _densities(
    data: Any, outcome: str, folds: NDArray[np.int64], held_out: bool
) -> tuple[Floats, Floats, Estimate]:
    """Log densities by participant: at the estimates of all, and when their fold is left out.

    The third is the slope of the last column, with a robust interval.
    """
    family: Any = binomial if OUTCOMES[outcome].family == "binomial" else mixed_models
    everyone = family.fit(data)
    outside = np.full(data.n_people, np.nan)
    if not np.isfinite(everyone.log_likelihood):
        return outside, outside, Estimate(np.nan, reason=NO_MAXIMUM)
    inside = family.log_densities(data, everyone)
    there = np.unique(folds)
    for fold in there if held_out and len(there) > 1 else ():
        left_out = folds == fold
        fitted = family.fit(data.of(~left_out), everyone)
        if np.isfinite(fitted.log_likelihood):
            outside[left_out] = family.log_densities(data.of(left_out), fitted)
    return inside, outside, _last_slope(family, data, everyone)


def _last_slope(family: Any, data: Any, fitted: Any) -> Estimate:
    value = float(fitted.coefficients[-1])
    if data.n_people < 2:
        return Estimate(value, reason=NO_INTERVAL)
    error = NORMAL_QUANTILE * float(family.standard_errors(data, fitted)[-1])
    return Estimate(value, value - error, value + error)


def summed(
    by_participant: Floats, groups: NDArray[np.int64], bootstrap: Bootstrap, reason: str = ""
) -> Estimate:
    """Sum over participants, its interval by bootstrap over participants within groups.

    The estimates are not made again for a draw: the interval says how much the sum depends on whom
    the sample holds.

    Parameters
    ----------
    by_participant : float64[m]
    groups : int64[m]
        Group of each participant.
    bootstrap : Bootstrap
    reason : str
        Why the sum is not defined, or is 0, if so.

    Returns
    -------
    Estimate
    """
    if not len(by_participant) or not np.isfinite(by_participant).all():
        return Estimate(np.nan, reason=reason or NO_MAXIMUM)
    draws = bootstrap.weights(groups) @ by_participant
    total = estimate(by_participant.sum(), draws, groups)
    return total._replace(reason=reason or total.reason)


def require_baselines(names: Sequence[str]) -> tuple[str, ...]:
    """Names of baselines, checked.

    Raises
    ------
    InputError
        There is no such baseline.
    """
    for name in names:
        if name not in BASELINES:
            raise InputError(f"there is no baseline {name!r}: name some of {', '.join(BASELINES)}")
    return tuple(names)


def row_sums(
    rows: pd.DataFrame, baseline: str, outcome: str
) -> tuple[mixed_models.Sums, NDArray[np.bool_]]:
    """What a mixed model of times with ``surprisal_bits`` needs of the rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count, sorted by participant, with ``surprisal_bits``.
    baseline : str
        Of :data:`BASELINES`, without ``d``.
    outcome : str
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`: one with times.

    Returns
    -------
    sums : Sums
        ``surprisal_bits`` is the last fixed column.
    of_base : bool[p]
        Which fixed columns are the baseline's.

    Raises
    ------
    InputError
        The outcome is all equal.
    """
    reason = _why_not(rows, baseline, outcome)
    if reason:
        raise InputError(f"trials: {reason}")
    columns = np.column_stack([practice_columns(rows, baseline), rows["surprisal_bits"]])
    sums = _data(rows, columns, baseline, outcome)
    assert isinstance(sums, mixed_models.Sums)  # of times, which the caller has asked for
    return sums, np.arange(columns.shape[1] + 1) < columns.shape[1]


def people_dispersion(rows: pd.DataFrame) -> tuple[float, str]:
    """Dispersion of accuracy over baseline (b), and why it is not defined, if so."""
    reason = _why_not(rows, "b", "accuracy")
    if reason:
        return np.nan, reason
    counts = _data(rows, practice_columns(rows, "b"), "b", "accuracy")
    assert isinstance(counts, binomial.KeyCounts)  # of accuracy
    fitted = binomial.fit(counts)
    if not np.isfinite(fitted.log_likelihood):
        return np.nan, NO_MAXIMUM
    return binomial.dispersion(counts, fitted), ""
