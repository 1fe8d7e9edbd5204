"""What a predictor adds to a baseline, trial by trial: on the same people, and on people held out.

What the baselines know is told in :mod:`hvm.recall.statistics.baselines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.statistics import binomial, mixed_models
from hvm.recall.statistics.baselines import Knots, added_columns, practice_columns
from hvm.recall.statistics.densities import NO_MAXIMUM, Data, data_of, densities, why_not
from hvm.recall.statistics.mixed_models import Floats
from hvm.recall.statistics.reliability import Bootstrap, Estimate, estimate, groups_of
from hvm.recall.statistics.settings import StatisticsSettings

if TYPE_CHECKING:
    import pandas as pd

NOTHING_ADDED = "it adds nothing to the baseline"


RowsKey = tuple[Any, ...]
"""Participants and trials of rows."""


class Gain(NamedTuple):
    """What a predictor adds, by participant, nats; NaN and a reason where it is not defined.

    ``inside`` and ``held_out`` float64[m]: differences of log-likelihood at the estimates, and of
    the log density when the participant's fold was left out, the mean over deals of folds;
    ``by_deal`` float64[s]: its sum of each deal. ``groups`` int64[m]. ``trials``: whose
    and which, so that equal ones are of the same rows. ``slopes``: what
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
    by_deal: Floats = np.zeros(0)
    trials: RowsKey = ()


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


def folds_by_name(trials: pd.DataFrame, settings: StatisticsSettings) -> list[dict[Any, int]]:
    """Deal participants to folds, ``settings.n_fold_seeds`` times; the first deal is the same.

    Parameters
    ----------
    trials : pandas.DataFrame
        Of :class:`~hvm.recall.statistics.checked.CheckedTrials`.
    settings : StatisticsSettings

    Returns
    -------
    list of dict
        Fold of each participant by name, of each deal.
    """
    names = np.unique(trials["participant"].to_numpy()).tolist()
    groups = groups_of(trials)
    deals = []
    for deal in range(settings.n_fold_seeds):
        rng = np.random.default_rng([settings.seed, 2, *([deal] if deal else [])])
        folds = folds_of(groups, settings.n_folds, rng)
        deals.append(dict(zip(names, folds.tolist(), strict=True)))
    return deals


@dataclass
class Comparison:
    """Gains over baselines, each baseline fitted once for all predictors of the same rows.

    Attributes
    ----------
    folds : dict or sequence of dict
        Fold of each participant by their name; several deals are averaged over.
    knots : dict
        Of the splines of ``e`` and ``f``, by outcome.
    """

    folds: dict[Any, int] | Sequence[dict[Any, int]]
    knots: dict[str, Knots] = field(default_factory=dict)
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
            Of :func:`~hvm.recall.statistics.rows.outcome_rows`, with ``surprisal_bits`` unless the
            model is ``group_x_practice``.
        model : str
            Name of the predictor; any name but ``group_x_practice`` means ``surprisal_bits``.
        baseline, outcome : str
            Of :data:`~hvm.recall.statistics.baselines.BASELINES` and
            :data:`~hvm.recall.statistics.rows.OUTCOMES`.
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
        reason = why_not(rows, baseline, outcome)
        if reason:
            return undefined_gain(rows, reason)
        knots = self.knots.get(outcome, ())
        base, added = practice_columns(rows, baseline, knots), added_columns(rows, model)
        data = data_of(rows, np.column_stack([base, added]), baseline, outcome)
        of_base = np.arange(base.shape[1] + added.shape[1] + 1) <= base.shape[1]
        if not (data.independent() & ~of_base).any():
            return _nothing(rows)
        folds = self.folds_of_people(rows)
        without = self._of_baseline(rows, data.keep(of_base), baseline, outcome, folds, held_out)
        *with_it, slope = densities(data, outcome, folds, held_out)
        inside, outside = (full - base for full, base in zip(with_it, without, strict=True))
        why = "" if len(np.unique(folds)) > 1 else "one participant: nobody is held out"
        why = why if held_out else "not cross-validated"
        slope = slope.per(added[:, -1].std())
        gain = Gain(inside, outside.mean(axis=0), groups_of(rows), len(rows), (slope,), "", why)
        return gain._replace(by_deal=outside.sum(axis=1), trials=_key(rows))

    def folds_of_people(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """Fold of each participant of the rows in each deal: int64[s, m]."""
        deals = [self.folds] if isinstance(self.folds, dict) else self.folds
        names = _names(rows).tolist()
        return np.array([[deal[name] for name in names] for deal in deals], np.int64)

    def _of_baseline(
        self,
        rows: pd.DataFrame,
        data: Data,
        baseline: str,
        outcome: str,
        folds: NDArray[np.int64],
        held_out: bool,
    ) -> tuple[Floats, Floats]:
        key = (baseline, outcome, held_out, _key(rows))
        if key not in self._baselines:
            inside, outside, _ = densities(data, outcome, folds, held_out)
            self._baselines[key] = inside, outside
        return self._baselines[key]


def _key(rows: pd.DataFrame) -> RowsKey:
    return tuple(rows["participant"]), rows["trial"].to_numpy().tobytes()


def _of_groups(rows: pd.DataFrame, parts: list[pd.DataFrame], gains: list[Gain]) -> Gain:
    """The gains of all groups as one, participants in ascending order."""
    slopes = tuple(slope for gain in gains for slope in gain.slopes)
    undefined = [gain.reason or NO_MAXIMUM for gain in gains if np.isnan(gain.inside).any()]
    if undefined:
        return undefined_gain(rows, undefined[0])._replace(slopes=slopes)
    order = np.argsort(np.concatenate([_names(part) for part in parts]), kind="stable")
    inside, outside = (
        np.concatenate([getattr(gain, name) for gain in gains])[order]
        for name in ("inside", "held_out")
    )
    reason = NOTHING_ADDED if all(gain.reason == NOTHING_ADDED for gain in gains) else ""
    why = next(
        (g.held_out_reason for g in gains if g.held_out_reason not in ("", NOTHING_ADDED)), reason
    )
    by_deal = np.zeros(0)
    if all(len(gain.by_deal) == len(gains[0].by_deal) for gain in gains):
        by_deal = np.sum([gain.by_deal for gain in gains], axis=0)
    gain = Gain(inside, outside, groups_of(rows), len(rows), slopes, reason, why)
    return gain._replace(by_deal=by_deal, trials=_key(rows))


def _nothing(rows: pd.DataFrame) -> Gain:
    nothing = np.zeros(rows["participant"].nunique())
    slopes = (Estimate(np.nan, reason=NOTHING_ADDED),)
    why = NOTHING_ADDED
    return Gain(nothing, nothing, groups_of(rows), len(rows), slopes, why, why, trials=_key(rows))


def _names(rows: pd.DataFrame) -> NDArray[Any]:
    return np.unique(rows["participant"].to_numpy())


def undefined_gain(rows: pd.DataFrame, reason: str) -> Gain:
    """A gain of rows that is not defined, and why."""
    missing = np.full(rows["participant"].nunique(), np.nan)
    groups = groups_of(rows) if len(rows) else np.zeros(0, np.int64)
    slopes = (Estimate(np.nan, reason=reason),)
    return Gain(missing, missing, groups, len(rows), slopes, reason, reason)


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


def row_sums(
    rows: pd.DataFrame, baseline: str, outcome: str, knots: Knots = ()
) -> tuple[mixed_models.Sums, NDArray[np.bool_]]:
    """What a mixed model of times with ``surprisal_bits`` needs of the rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Trials that count, sorted by participant, with ``surprisal_bits``.
    baseline : str
        Of :data:`~hvm.recall.statistics.baselines.BASELINES`, without ``d``.
    outcome : str
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`: one with times.
    knots : tuple of float
        Of ``e`` and ``f``.

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
    reason = why_not(rows, baseline, outcome)
    if reason:
        raise InputError(f"trials: {reason}")
    practice = practice_columns(rows, baseline, knots)
    columns = np.column_stack([practice, rows["surprisal_bits"]])
    sums = data_of(rows, columns, baseline, outcome)
    assert isinstance(sums, mixed_models.Sums)  # of times, which the caller has asked for
    return sums, np.arange(columns.shape[1] + 1) < columns.shape[1]


def people_dispersion(rows: pd.DataFrame) -> tuple[float, str]:
    """Dispersion of accuracy over baseline (b), and why it is not defined, if so."""
    reason = why_not(rows, "b", "accuracy")
    if reason:
        return np.nan, reason
    counts = data_of(rows, practice_columns(rows, "b"), "b", "accuracy")
    assert isinstance(counts, binomial.KeyCounts)  # of accuracy
    fitted = binomial.fit(counts)
    if not np.isfinite(fitted.log_likelihood):
        return np.nan, NO_MAXIMUM
    return binomial.dispersion(counts, fitted), ""
