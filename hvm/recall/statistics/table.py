"""People's recall beside models' surprisal: every statistic of the recall task in one tidy table.

Training and transfer are apart throughout, and intervals are central 95% over participants. The
rooms behind it: ``rows`` (which trials count), ``reliability`` (means by group and trial),
``mixed_models`` and ``binomial`` (the fits), ``comparisons`` (delta log-likelihoods), ``fitting``
(nested fits, levels), ``recovery``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.errors import InputError
from hvm.recall.statistics import reliability as means
from hvm.recall.statistics.comparisons import (
    BASELINES,
    GROUP_X_PRACTICE,
    Comparison,
    baselines_of,
    folds_of,
    people_dispersion,
    summed,
)
from hvm.recall.statistics.reliability import Estimate
from hvm.recall.statistics.rows import (
    CUTS,
    OUTCOMES,
    PLAIN,
    Cuts,
    check_surprisals,
    check_trials,
    exclusions,
    join,
    outcome_rows,
    plain_predictors,
)

if TYPE_CHECKING:
    import pandas as pd

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
EXCLUSION_COLUMNS = (
    "block",
    "group",
    "reason",
    "n_excluded",
    "n_trials",
    "n_participants",
    "share",
)
PEOPLE = "people"


class Settings(NamedTuple):
    """How much is drawn, and from which seed.

    Attributes
    ----------
    cuts
        Recall times that count, ms. Means by group and trial know the upper one only.
    n_draws, n_splits, n_folds
        Bootstrap samples of people; splits into halves; folds of people.
    seed
        Of every generator.
    """

    cuts: Cuts = CUTS
    n_draws: int = 2000
    n_splits: int = 2000
    n_folds: int = 10
    seed: int = 0


SETTINGS = Settings()


class _Task(NamedTuple):
    """One block of a run: what all its rows share."""

    trials: pd.DataFrame
    block: Any
    settings: Settings
    bootstrap: means.Bootstrap
    comparison: Comparison

    def for_means(self) -> pd.DataFrame:
        upper_only = Cuts(np.nextafter(0, 1), self.settings.cuts.longest_ms)
        return outcome_rows(self.trials, self.block, "log_time", upper_only)

    def counted(self, outcome: str, bits: pd.DataFrame | None = None) -> pd.DataFrame:
        rows = outcome_rows(self.trials, self.block, outcome, self.settings.cuts)
        return rows if bits is None else join(rows, bits)

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
    ) -> tuple:
        """One row, in the order of :data:`COLUMNS`; ``sizes`` are n and n_participants."""
        name = (model, self.block, outcome, statistic, baseline, group)
        return (*name, *estimate[:3], unit, *sizes, estimate.reason)


def exclusions_table(
    trials: pd.DataFrame, surprisals: pd.DataFrame | None = None, cuts: Cuts = CUTS
) -> pd.DataFrame:
    """How many trials each reason excludes, by block and group.

    Parameters
    ----------
    trials, surprisals
        As in :func:`statistics_table`.
    cuts
        Recall times that count.

    Returns
    -------
    pandas.DataFrame
        ``block, group, reason, n_excluded, n_trials, n_participants`` (who have such a trial),
        ``share``. A trial may have several reasons. Times count for ``log_time`` (both cuts), the
        means (upper cut) and ``log_time_uncut`` (lower cut); ``a key wrong`` for
        ``log_time_correct``; a missing surprisal for that model alone.
    """
    checked = None if surprisals is None else check_surprisals(surprisals)
    return exclusions(check_trials(trials), checked, cuts)


def statistics_table(
    trials: pd.DataFrame,
    surprisals: pd.DataFrame,
    *,
    baselines: Sequence[str] = BASELINES,
    outcomes: Sequence[str] = tuple(OUTCOMES),
    settings: Settings = SETTINGS,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Every statistic of every model, with the plain predictors beside them.

    Parameters
    ----------
    trials
        ``participant, group, block, trial, sequence, recall_time_ms, accuracy``, one row a trial.
    surprisals
        ``model, participant, trial, surprisal_bits``. A model may lack trials: its rows rest on
        those it has, baselines included.
    baselines
        Of :data:`~hvm.recall.statistics.comparisons.BASELINES`.
    outcomes
        Of :data:`~hvm.recall.statistics.rows.OUTCOMES`.
    settings
        Draws and seed.
    progress
        Called with the block and model whose turn it is.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; ``value`` is NaN, with a reason, where it is not defined.

        - model ``people``: ``reliability``, ``ceiling_spearman``, ``ceiling_r2`` of the means by
          group and trial; ``group_difference`` (first group in the alphabet less the second; mean
          over participants) of ``recall_time_ms`` and ``accuracy``; ``dispersion`` of accuracy.
        - each model: ``spearman``, ``r2``; ``mean`` surprisal by group, and its
          ``group_difference``; ``delta_log_likelihood`` and ``cv_delta_log_likelihood`` over each
          baseline for each outcome (baseline ``d`` in total and by group), and the ``slope`` behind
          the first: a gain by a negative one, of times, says that people were *faster* where the
          model was surprised.
        - ``repeat_count``, ``log_lag_since_same_sequence``, ``group_x_practice``: the same.

    Raises
    ------
    InputError
        The tables cannot be used (see :func:`~hvm.recall.statistics.rows.check_trials`), or there
        is no such baseline or outcome.
    """
    import pandas as pd

    baselines = baselines_of(baselines)
    for outcome in outcomes:
        if outcome not in OUTCOMES:
            raise InputError(f"there is no outcome {outcome!r}: name some of {', '.join(OUTCOMES)}")
    table = check_trials(trials)
    tables = _by_model(table, check_surprisals(surprisals))
    folds = _folds(table, settings)
    bootstrap = means.Bootstrap(settings.n_draws, settings.seed)
    rows: list[tuple] = []
    for block in _blocks(table):
        task = _Task(table, block, settings, bootstrap, Comparison(folds))
        rows += _people_rows(task)
        for model, bits in tables.items():
            if progress is not None:
                progress(f"{block}: {model}")
            rows += _model_rows(task, model, bits)
            for outcome in outcomes:
                counted = task.counted(outcome, bits)
                for baseline in baselines:
                    rows += _gain_rows(task, counted, model, baseline, outcome)
    return pd.DataFrame(rows, columns=list(COLUMNS))


# -- the tables in parts ------------------------------------------------------------------


def _by_model(trials: pd.DataFrame, surprisals: pd.DataFrame) -> dict[str, pd.DataFrame | None]:
    import pandas as pd

    _require_same_people(trials, surprisals)
    every = pd.concat([surprisals, plain_predictors(trials)], ignore_index=True)
    tables = {str(name): table for name, table in every.groupby("model", sort=False)}
    return {**tables, GROUP_X_PRACTICE: None}


def _require_same_people(trials: pd.DataFrame, surprisals: pd.DataFrame) -> None:
    known = set(trials["participant"])
    strangers = [name for name in surprisals["participant"].unique() if name not in known]
    if strangers:
        raise InputError(f"surprisals: participant {strangers[0]} is not among the trials")


def _blocks(trials: pd.DataFrame) -> list[Any]:
    first = trials.groupby("block")["trial"].min()
    return list(first.sort_values(kind="stable").index)


def _folds(trials: pd.DataFrame, settings: Settings) -> dict[Any, int]:
    names = np.unique(trials["participant"].to_numpy())
    rng = np.random.default_rng([settings.seed, 2])
    folds = folds_of(means.groups_of(trials), settings.n_folds, rng)
    return dict(zip(names.tolist(), folds.tolist(), strict=True))


# -- rows of the table --------------------------------------------------------------------


def _people_rows(task: _Task) -> Iterator[tuple]:
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


def _model_rows(task: _Task, model: str, bits: pd.DataFrame | None) -> Iterator[tuple]:
    """Means by group and trial, and by group; not for a predictor of several columns."""
    if bits is None:
        return
    rows = join(task.for_means(), bits)
    found, n_means = means.agreement(rows, task.bootstrap)
    for name, each in found.items():
        sizes = n_means, rows["participant"].nunique()
        yield task.row(model, "recall_time_ms", name, each, sizes)
    every = join(task.trials[task.trials["block"] == task.block], bits)
    yield from _mean_rows(task, every, "surprisal_bits", model, "" if model in PLAIN else "bits")


def _mean_rows(
    task: _Task, rows: pd.DataFrame, outcome: str, model: str, unit: str
) -> Iterator[tuple]:
    """Means by group over participants' means, and their difference."""
    by_person = rows.groupby("participant", sort=True)[outcome].mean().to_numpy()
    groups = means.groups_of(rows) if len(rows) else np.zeros(0, np.int64)
    for index, name in enumerate(sorted(rows["group"].unique())):
        mine = groups == index
        each = means.mean_over_people(by_person[mine], task.bootstrap)
        sizes = int((rows["group"] == name).sum()), int(mine.sum())
        yield task.row(model, outcome, "mean", each, sizes, group=name, unit=unit)
    each = means.group_difference(by_person, groups, task.bootstrap)
    sizes = len(rows), len(by_person)
    yield task.row(model, outcome, "group_difference", each, sizes, unit=unit)


def _gain_rows(
    task: _Task, rows: pd.DataFrame, model: str, baseline: str, outcome: str
) -> Iterator[tuple]:
    """The sums over all participants; of baseline d also by group."""
    gain = task.comparison.gain(rows, model, baseline, outcome)
    names = sorted(rows["group"].unique()) if baseline == "d" else []
    parts = {"": (np.ones(len(gain.groups), bool), gain.n_rows)}
    for index, name in enumerate(names):
        parts[name] = gain.groups == index, int((rows["group"] == name).sum())
    for group, (mine, n_rows) in parts.items():
        for statistic, by_person, reason in (
            ("delta_log_likelihood", gain.inside, gain.reason),
            ("cv_delta_log_likelihood", gain.held_out, gain.held_out_reason),
        ):
            each = summed(by_person[mine], gain.groups[mine], task.bootstrap, reason)
            named = {"baseline": baseline, "group": group, "unit": "nats"}
            yield task.row(model, outcome, statistic, each, (n_rows, int(mine.sum())), **named)
    slopes = () if model == GROUP_X_PRACTICE else gain.slopes
    for group, slope in zip(names or [""], slopes, strict=False):
        mine, n_rows = parts[group]
        unit = "logits" if outcome == "accuracy" else "log ms"
        named = {"baseline": baseline, "group": group}
        named["unit"] = unit if model in PLAIN else f"{unit} per bit"
        yield task.row(model, outcome, "slope", slope, (n_rows, int(mine.sum())), **named)
