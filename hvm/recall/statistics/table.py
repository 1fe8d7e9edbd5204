"""People's recall beside models' surprisal: every statistic of the recall task in one tidy table.

Blocks are apart throughout, and intervals are central 95% over participants.
Behind it stand ``checked`` (the proofs), ``rows`` (which trials count), ``reliability`` (means by
group and trial), ``mixed_models`` and ``binomial`` (the fits), ``comparisons`` (delta
log-likelihoods) over ``baselines``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.errors import InputError
from hvm.recall.statistics import reliability as means
from hvm.recall.statistics.baselines import (
    BASELINES,
    GROUP_X_PRACTICE,
    OF_VERDICTS,
    choose_knots,
    require_baselines,
)
from hvm.recall.statistics.ceiling import flexible_gain
from hvm.recall.statistics.checked import (
    PEOPLE,
    PLAIN,
    CheckedTrials,
    Surprisals,
    checked_surprisals,
    checked_trials,
)
from hvm.recall.statistics.comparisons import (
    Comparison,
    Gain,
    folds_by_name,
    people_dispersion,
    summed,
)
from hvm.recall.statistics.contrasts import Contrast, contrasts_of
from hvm.recall.statistics.differences import differences
from hvm.recall.statistics.plain import plain_predictors
from hvm.recall.statistics.reliability import Estimate
from hvm.recall.statistics.rows import (
    OUTCOMES,
    block_trials,
    join,
    outcome_rows,
    require_outcomes,
)
from hvm.recall.statistics.settings import SETTINGS, StatisticsSettings

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

COLUMNS = (
    "model",
    "block",
    "outcome",
    "statistic",
    "baseline",
    "group",
    "value",
    "low",
    "high",
    "unit",
    "n",
    "n_participants",
    "reason",
)

Row = tuple[Any, ...]
"""Values in the order of :data:`COLUMNS`."""


@dataclass
class _Task:
    """One block of a run: what all its rows share."""

    trials: pd.DataFrame
    block: Any
    settings: StatisticsSettings
    bootstrap: means.Bootstrap
    comparison: Comparison
    contrasts: list[Contrast]
    gains: dict[tuple[str, str], dict[str, Gain]] = field(default_factory=dict)
    """Over (e) and (f), by baseline and outcome, then by model."""
    _counted: dict[str, pd.DataFrame] = field(default_factory=dict)

    def for_means(self) -> pd.DataFrame:
        return outcome_rows(self.trials, self.block, "log_time", self.settings.cuts_of_means)

    def counted(self, outcome: str, bits: pd.DataFrame | None = None) -> pd.DataFrame:
        if outcome not in self._counted:
            cuts = self.settings.cuts
            self._counted[outcome] = outcome_rows(self.trials, self.block, outcome, cuts)
        rows = self._counted[outcome]
        return rows if bits is None else join(rows, bits)

    def choose_knots(self, outcome: str) -> None:
        """Give the comparison its splines, from all trials that count."""
        rows = self.counted(outcome)
        folds = self.comparison.folds_of_people(rows)[0]
        of_block = self.trials[self.trials["block"] == self.block]
        every = block_trials(of_block)
        self.comparison.knots[outcome] = choose_knots(rows, outcome, folds, every)

    def row(
        self,
        model: str,
        outcome: str,
        statistic: str,
        estimate: Estimate,
        sizes: tuple[int, int],
        *,
        baseline: str = "",
        group: Any = "",
        unit: str = "",
    ) -> Row:
        """One row, in the order of :data:`COLUMNS`; ``sizes`` are n and n_participants."""
        name = (model, self.block, outcome, statistic, baseline, group)
        return (*name, *estimate[:3], unit, *sizes, estimate.reason)


def statistics_table(
    trials: pd.DataFrame | Trials | CheckedTrials,
    surprisals: pd.DataFrame | Surprisals,
    *,
    baselines: Sequence[str] = BASELINES,
    outcomes: Sequence[str] = tuple(OUTCOMES),
    settings: StatisticsSettings = SETTINGS,
    blocks: Sequence[Any] | None = None,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Every statistic of every model, with the plain predictors beside them.

    Parameters
    ----------
    trials : Trials, CheckedTrials or pandas.DataFrame
        ``participant, group, block, trial, sequence, recall_time_ms, accuracy``, one row a trial.
    surprisals : Surprisals or pandas.DataFrame
        ``model, participant, trial, surprisal_bits``. A model may lack trials: its rows rest on
        those it has, baselines included.
    baselines : sequence of str
        Of :data:`~hvm.recall.statistics.baselines.BASELINES`.
    outcomes : sequence of str
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`.
    settings : StatisticsSettings
        Draws, seed and the reference group.
    blocks : sequence, optional
        Those to compute; without, all.
    progress : callable, optional
        Called with the block and model whose turn it is.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; ``value`` is NaN, with a reason, where it is not defined.

        - model ``people``: ``reliability``, ``ceiling_spearman``, ``ceiling_r2`` of the means by
          group and trial; ``group_difference`` (mean over participants of one group less another;
          of two groups the first by name less the second, of more ``group`` names the pair: see
          :mod:`~hvm.recall.statistics.contrasts`) of ``recall_time_ms`` and ``accuracy``;
          ``dispersion`` of accuracy; ``spline_df``, degrees of freedom of the spline of baselines
          ``e`` and ``f``, the same for all models; with ``settings.flexible``,
          ``ceiling_flexible``, what boosted trees over each trial's history reach over both.
        - each model: ``spearman``, ``r2``; ``mean`` surprisal by group, and its
          ``group_difference``; ``delta_log_likelihood`` and ``cv_delta_log_likelihood`` over each
          baseline for each outcome (baseline ``d`` in total and by group), and the ``slope`` behind
          the first: a gain by a negative one, of times, says that people were *faster* where the
          model was surprised.
        - with several ``n_fold_seeds``, ``cv_sd_over_folds``: standard deviation of the
          cross-validated gain over deals of folds, with the least and the largest.
        - pairs, ``FIRST less SECOND``: ``cv_difference`` over ``e`` and ``f``; see
          :mod:`~hvm.recall.statistics.differences`.
        - the plain predictors, :data:`~hvm.recall.statistics.checked.PLAIN`: the same.

    Raises
    ------
    InputError
        The tables cannot be used (see :mod:`~hvm.recall.statistics.checked`), or there is no such
        baseline, outcome or reference group.
    """
    import pandas as pd

    require_baselines(baselines)
    require_outcomes(outcomes)
    counted_trials = checked_trials(trials)
    table = counted_trials.table
    plain = plain_predictors(counted_trials)
    tables = _by_model(counted_trials, checked_surprisals(surprisals), plain)
    folds = folds_by_name(table, settings)
    bootstrap = means.Bootstrap(settings.n_draws, settings.seed)
    contrasts = contrasts_of(counted_trials.groups, settings.reference)
    rows: list[Row] = []
    for block in counted_trials.blocks if blocks is None else blocks:
        task = _Task(table, block, settings, bootstrap, Comparison(folds), contrasts)
        rows += _people_rows(task)
        if set(baselines) & set(OF_VERDICTS):
            rows += _spline_rows(task, outcomes)
        if settings.flexible and "log_time" in outcomes:
            rows += _ceiling_rows(task, plain, baselines)
        for model, bits in tables.items():
            if progress is not None:
                progress(f"{block}: {model}")
            rows += _model_rows(task, model, bits)
            for outcome in outcomes:
                counted = task.counted(outcome, bits)
                for baseline in baselines:
                    rows += _gain_rows(task, counted, model, baseline, outcome)
        rows += _difference_rows(task)
    return pd.DataFrame(rows, columns=list(COLUMNS))


# -- the tables in parts ------------------------------------------------------------------


def _by_model(
    trials: CheckedTrials, surprisals: Surprisals, plain: Surprisals
) -> dict[str, pd.DataFrame | None]:
    _require_same_people(trials.table, surprisals.table)
    every = [*surprisals.by_model(), *plain.by_model()]
    return {**{str(name): table for name, table in every}, GROUP_X_PRACTICE: None}


def _require_same_people(trials: pd.DataFrame, surprisals: pd.DataFrame) -> None:
    known = set(trials["participant"])
    strangers = [name for name in surprisals["participant"].unique() if name not in known]
    if strangers:
        raise InputError(f"surprisals: participant {strangers[0]} is not among the trials")


# -- rows of the table --------------------------------------------------------------------


def _people_rows(task: _Task) -> Iterator[Row]:
    rows, answered = task.for_means(), task.counted("accuracy")
    rng = np.random.default_rng([task.settings.seed, 3])
    sizes = len(rows[["group", "trial"]].drop_duplicates()), rows["participant"].nunique()
    for name, each in means.reliability(rows, rng, task.settings.n_splits).items():
        yield task.row(PEOPLE, "recall_time_ms", name, each, sizes)
    yield from _mean_rows(task, rows, "recall_time_ms", PEOPLE, "ms")
    yield from _mean_rows(task, answered, "accuracy", PEOPLE, "")
    sizes = len(answered), answered["participant"].nunique()
    value, reason = people_dispersion(answered)
    each = Estimate(value, reason=reason)
    yield task.row(PEOPLE, "accuracy", "dispersion", each, sizes, baseline="b")


def _spline_rows(task: _Task, outcomes: Sequence[str]) -> Iterator[Row]:
    """How bent the curves of (e) and (f) are, which cross-validation of (e) alone chooses."""
    for outcome in outcomes:
        task.choose_knots(outcome)
        rows = task.counted(outcome)
        df = Estimate(float(len(task.comparison.knots[outcome]) - 1))
        sizes = len(rows), rows["participant"].nunique()
        yield task.row(PEOPLE, outcome, "spline_df", df, sizes, baseline="e")


def _ceiling_rows(task: _Task, plain: Surprisals, baselines: Sequence[str]) -> Iterator[Row]:
    """What boosted trees over each trial's history reach over (e) and (f)."""
    rows = task.counted("log_time")
    folds = task.comparison.folds_of_people(rows)[0]
    knots = task.comparison.knots["log_time"]
    for baseline in (each for each in OF_VERDICTS if each in baselines):
        gain = flexible_gain(rows, plain, knots, folds, baseline, task.settings.seed)
        each = summed(gain.held_out, gain.groups, task.bootstrap, gain.held_out_reason)
        columns = {"baseline": baseline, "unit": "nats"}
        sizes = len(rows), len(gain.groups)
        yield task.row(PEOPLE, "log_time", "ceiling_flexible", each, sizes, **columns)


def _model_rows(task: _Task, model: str, bits: pd.DataFrame | None) -> Iterator[Row]:
    """Means by group and trial, and by group; not for a predictor of several columns."""
    if bits is None:
        return
    rows = join(task.for_means(), bits)
    correlations, n_means = means.agreement(rows, task.bootstrap)
    for name, each in correlations.items():
        sizes = n_means, rows["participant"].nunique()
        yield task.row(model, "recall_time_ms", name, each, sizes)
    every = join(task.trials[task.trials["block"] == task.block], bits)
    yield from _mean_rows(task, every, "surprisal_bits", model, "" if model in PLAIN else "bits")


def _mean_rows(
    task: _Task, rows: pd.DataFrame, outcome: str, model: str, unit: str
) -> Iterator[Row]:
    """Means by group over participants' means, and their differences."""
    by_person = rows.groupby("participant", sort=True)[outcome].mean().to_numpy()
    groups = means.groups_of(rows) if len(rows) else np.zeros(0, np.int64)
    codes = {name: index for index, name in enumerate(sorted(rows["group"].unique()))}
    for name, index in codes.items():
        in_group = groups == index
        each = means.mean_over_people(by_person[in_group], task.bootstrap)
        sizes = int((rows["group"] == name).sum()), int(in_group.sum())
        yield task.row(model, outcome, "mean", each, sizes, group=name, unit=unit)
    for name, *names in task.contrasts:
        pair = codes.get(names[0], -1), codes.get(names[1], -1)
        each = means.group_difference(by_person, groups, task.bootstrap, pair)
        sizes = int(rows["group"].isin(names).sum()), int(np.isin(groups, pair).sum())
        yield task.row(model, outcome, "group_difference", each, sizes, group=name, unit=unit)


def _gain_rows(
    task: _Task, rows: pd.DataFrame, model: str, baseline: str, outcome: str
) -> Iterator[Row]:
    """The sums over all participants; of baseline d also by group."""
    gain = task.comparison.gain(rows, model, baseline, outcome)
    if baseline in OF_VERDICTS:
        task.gains.setdefault((baseline, outcome), {})[model] = gain
    names = sorted(rows["group"].unique()) if baseline == "d" else []
    parts = {"": (np.ones(len(gain.groups), bool), gain.n_rows)}
    for index, name in enumerate(names):
        parts[name] = gain.groups == index, int((rows["group"] == name).sum())
    for group, (people, n_rows) in parts.items():
        for statistic, by_person, reason in (
            ("delta_log_likelihood", gain.inside, gain.reason),
            ("cv_delta_log_likelihood", gain.held_out, gain.held_out_reason),
        ):
            each = summed(by_person[people], gain.groups[people], task.bootstrap, reason)
            columns = {"baseline": baseline, "group": group, "unit": "nats"}
            yield task.row(model, outcome, statistic, each, (n_rows, int(people.sum())), **columns)
    if len(gain.by_deal) > 1 and np.isfinite(gain.by_deal).all():
        of_deals = Estimate(gain.by_deal.std(ddof=1), gain.by_deal.min(), gain.by_deal.max())
        sizes, columns = (gain.n_rows, len(gain.groups)), {"baseline": baseline, "unit": "nats"}
        yield task.row(model, outcome, "cv_sd_over_folds", of_deals, sizes, **columns)
    slopes = () if model == GROUP_X_PRACTICE else gain.slopes
    for group, slope in zip(names or [""], slopes, strict=False):
        people, n_rows = parts[group]
        unit = "logits" if outcome == "accuracy" else "log ms"
        columns = {"baseline": baseline, "group": group}
        columns["unit"] = unit if model in PLAIN else f"{unit} per bit"
        yield task.row(model, outcome, "slope", slope, (n_rows, int(people.sum())), **columns)


def _difference_rows(task: _Task) -> Iterator[Row]:
    for (baseline, outcome), gains in task.gains.items():
        for name, gain, each in differences(gains, PLAIN, task.bootstrap):
            sizes, columns = (gain.n_rows, len(gain.groups)), {"baseline": baseline, "unit": "nats"}
            yield task.row(name, outcome, "cv_difference", each, sizes, **columns)
