"""Constants fitted to people without flattering the model.

:func:`nested_fit` chooses constants on some people and reports on others.
:func:`best_level_per_person` asks which variant of a model predicts each person best.
Whether such a fit means anything is asked in ``recovery``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.statistics import mixed_models
from hvm.recall.statistics import reliability as means
from hvm.recall.statistics.baselines import OF_VERDICTS, Knots, choose_knots, require_baselines
from hvm.recall.statistics.checked import (
    SURPRISAL_COLUMNS,
    CheckedTrials,
    Surprisals,
    checked_surprisals,
    checked_trials,
)
from hvm.recall.statistics.comparisons import Comparison, folds_of, row_sums
from hvm.recall.statistics.rows import CUTS, OUTCOMES, Cuts, join, outcome_rows
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

OBJECTIVES = ("delta_log_likelihood", "spearman", "r2")

Point = Mapping[str, Any]
"""Constants of a model by name."""

Score = Callable[[NDArray[np.bool_]], float]
"""A number for some participants, by mask."""


class NestedFit(NamedTuple):
    """Constants chosen on some people and reported on others.

    Attributes
    ----------
    folds
        One row a repetition and fold: ``repeat, fold``, the constants chosen, ``fitted_value`` of
        the objective on the people they were chosen on, ``held_out_value`` on the others, ``n_fit``
        and ``n_held_out`` people.
    surprisals
        ``model, participant, trial, surprisal_bits``: each person's by the constants chosen without
        them (first repetition), every trial of theirs. As one model more, every statistic of it is
        out of sample in its constants.
    grid
        One row a point: its constants and ``value``, the objective on everybody. For a look at the
        surface; its maximum is not an honest report.
    """

    folds: pd.DataFrame
    surprisals: pd.DataFrame
    grid: pd.DataFrame


@dataclass(frozen=True)
class FitPlan:
    """What constants are chosen by, and how people are dealt to folds.

    Attributes
    ----------
    objective : str
        ``delta_log_likelihood`` over ``baseline`` of ``outcome`` (one with times), in nats: held
        out, it is the difference of log densities. Or ``spearman`` or ``r2`` of the means by group
        and trial; ``spearman`` may be any sign, and the highest is chosen.
    baseline, outcome : str
        What the objective rests on.
    block : str, optional
        On whose trials; without, on the first block's. Constants are not to be tuned on the block
        that they are judged on.
    cuts : Cuts
        Recall times that count.
    n_folds, n_repeats, seed : int
        5 folds: fitted on 80%, reported on 20%. People are dealt to folds anew in a repetition.
    """

    objective: str = "delta_log_likelihood"
    baseline: str = "b"
    outcome: str = "log_time"
    block: str | None = None
    cuts: Cuts = CUTS
    n_folds: int = 5
    n_repeats: int = 1
    seed: int = 0

    def require_offered(self) -> None:
        """Raise InputError unless the objective is one that nested fits offer."""
        require_baselines([self.baseline])
        if self.objective not in OBJECTIVES:
            raise InputError(
                f"nested fit: there is no objective {self.objective!r}: "
                f"name one of {', '.join(OBJECTIVES)}"
            )
        is_offered = self.outcome in OUTCOMES and OUTCOMES[self.outcome].family == "normal"
        if not is_offered or self.baseline == "d":
            raise InputError(
                f"nested fit: outcome {self.outcome!r} over baseline {self.baseline!r} is not "
                "offered: name an outcome with times and a baseline of all groups"
            )


DEFAULT_PLAN = FitPlan()


def nested_fit(
    surprisal_of: Callable[[Point, list[Any]], pd.DataFrame],
    grid: Sequence[Point],
    trials: pd.DataFrame | Trials | CheckedTrials,
    plan: FitPlan = DEFAULT_PLAN,
    *,
    model: str = "fitted",
    progress: Callable[[int], None] | None = None,
) -> NestedFit:
    """Choose constants on the people outside a fold, report on those inside; fold by fold.

    Parameters
    ----------
    surprisal_of : callable
        ``surprisal_of(constants, participants)`` gives ``participant, trial, surprisal_bits`` for
        every trial of the block at least. It is called once a point, for all participants: a
        model runs participant by participant, so nobody's surprisal knows of another.
    grid : sequence of mapping
        Points to choose from (see :func:`~hvm.recall.models.running.grid_settings`). Of equal
        ones the first is chosen.
    trials : Trials, CheckedTrials or pandas.DataFrame
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    plan : FitPlan
    model : str
        What ``surprisals`` of the result calls it.
    progress : callable, optional
        Called with the index of each point before it is computed.

    Returns
    -------
    NestedFit

    Raises
    ------
    InputError
        There is no grid or no such block, a point leaves a trial without surprisal, there are fewer
        than two participants, or the objective is undefined at every point.
    """
    counted = checked_trials(trials)
    table = counted.table
    names = np.unique(table["participant"].to_numpy())
    _require_points_and_people(grid, names)
    plan.require_offered()
    block = counted.block_named(plan.block)
    tables = []
    for index, point in enumerate(grid):
        if progress is not None:
            progress(index)
        bits = surprisal_of(dict(point), names.tolist()).assign(model=model)
        tables.append(checked_surprisals(bits).table)
    rows = outcome_rows(table, block, plan.outcome, plan.cuts)
    knots = _knots(rows, plan.baseline, plan.outcome, plan.n_folds, plan.seed)
    scores = [
        _score_of(_full(rows, bits, point), names, plan, knots)
        for bits, point in zip(tables, grid, strict=True)
    ]
    folds, chosen = _choose(scores, means.groups_of(table), names, grid, plan)
    return NestedFit(folds, _by_chosen(chosen, tables), _surface(scores, grid, len(names)))


def _require_points_and_people(grid: Sequence[Point], names: NDArray[Any]) -> None:
    if not len(grid):
        raise InputError("nested fit: the grid has no points")
    if len(names) < 2:
        raise InputError("nested fit: one participant cannot be both fitted and held out")


def _choose(
    scores: list[_Score],
    groups: NDArray[np.int64],
    names: NDArray[Any],
    grid: Sequence[Point],
    plan: FitPlan,
) -> tuple[pd.DataFrame, dict[Any, int]]:
    """Folds of the result, and the point of each participant in the first repetition."""
    import pandas as pd

    chosen: dict[Any, int] = {}
    records = []
    for repeat in range(plan.n_repeats):
        rng = np.random.default_rng([plan.seed, repeat])
        folds = folds_of(groups, min(plan.n_folds, len(names)), rng)
        for fold in np.unique(folds):
            best, record = _fit_fold(scores, folds != fold)
            records.append({"repeat": repeat, "fold": int(fold), **grid[best], **record})
            if repeat == 0:
                chosen.update(dict.fromkeys(names[folds == fold].tolist(), best))
    return pd.DataFrame(records), chosen


def _by_chosen(chosen: dict[Any, int], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Each participant's surprisals at the point that was chosen without them."""
    import pandas as pd

    parts = [table[table["participant"].map(chosen) == index] for index, table in enumerate(tables)]
    surprisals = pd.concat(parts).sort_values(list(TRIAL_KEY), kind="stable")
    return surprisals[list(SURPRISAL_COLUMNS)].reset_index(drop=True)


def _surface(scores: list[_Score], grid: Sequence[Point], n_people: int) -> pd.DataFrame:
    """The objective on everybody at every point."""
    import pandas as pd

    everybody = np.ones(n_people, bool)
    return pd.DataFrame(
        [
            {**point, "value": score.fitted(everybody)}
            for point, score in zip(grid, scores, strict=True)
        ]
    )


class _Score(NamedTuple):
    """The objective on people chosen by mask, and on others with what was learned from them."""

    fitted: Score
    held_out: Score


def _full(rows: pd.DataFrame, bits: pd.DataFrame, point: Point) -> pd.DataFrame:
    joined = join(rows, bits)
    if not len(rows) or len(joined) < len(rows):
        missing = len(rows) - len(joined)
        raise InputError(
            f"nested fit: at {dict(point)} {missing} of {len(rows)} trials have no finite surprisal"
        )
    return joined


def _knots(rows: pd.DataFrame, baseline: str, outcome: str, n_folds: int, seed: int) -> Knots:
    """Of (e) and (f), chosen before any point is looked at."""
    if baseline not in OF_VERDICTS or not len(rows):
        return ()
    folds = folds_of(means.groups_of(rows), n_folds, np.random.default_rng([seed, 2]))
    return choose_knots(rows, outcome, folds)


def _score_of(rows: pd.DataFrame, names: NDArray[Any], plan: FitPlan, knots: Knots) -> _Score:
    """Masks are over all participants of the trials; some may have no rows that count."""
    there = np.isin(names, rows["participant"].unique())
    if plan.objective == "delta_log_likelihood":
        fitted, held_out = _likelihood_score(rows, plan.baseline, plan.outcome, knots)
    else:
        fitted = _means_score(rows, plan.objective)
        held_out = partial(_of_the_others, fitted)
    return _Score(lambda people: fitted(people[there]), lambda people: held_out(people[there]))


def _of_the_others(score: Score, people: NDArray[np.bool_]) -> float:
    return score(~people)


def _means_score(rows: pd.DataFrame, objective: str) -> Score:
    times, bits = (means.cells_of(rows, column) for column in ("recall_time_ms", "surprisal_bits"))
    correlate = means.spearman if objective == "spearman" else means.pearson
    power = 1 if objective == "spearman" else 2

    def score(people: NDArray[np.bool_]) -> float:
        weights = people[None].astype(float)
        return float(correlate(times.means(weights), bits.means(weights))[0] ** power)

    return score


def _likelihood_score(rows: pd.DataFrame, baseline: str, outcome: str, knots: Knots) -> _Score:
    sums, of_base = row_sums(rows, baseline, outcome, knots)
    without = sums.keep(of_base)

    def fits(people: NDArray[np.bool_]) -> tuple[mixed_models.MixedFit, mixed_models.MixedFit]:
        return mixed_models.fit(sums.of(people)), mixed_models.fit(without.of(people))

    def fitted(people: NDArray[np.bool_]) -> float:
        full, base = fits(people)
        return full.log_likelihood - base.log_likelihood

    def held_out(people: NDArray[np.bool_]) -> float:
        full, base = fits(people)
        with_bits = mixed_models.log_densities(sums.of(~people), full)
        return float((with_bits - mixed_models.log_densities(without.of(~people), base)).sum())

    return _Score(fitted, held_out)


def _fit_fold(scores: list[_Score], fitted: NDArray[np.bool_]) -> tuple[int, dict[str, float]]:
    values = np.array([score.fitted(fitted) for score in scores])
    if np.isnan(values).all():
        raise InputError("nested fit: the objective is not defined at any point of the grid")
    best = int(np.nanargmax(values))
    record = {"fitted_value": values[best], "held_out_value": scores[best].held_out(fitted)}
    return best, {**record, "n_fit": int(fitted.sum()), "n_held_out": int((~fitted).sum())}


# -- levels -------------------------------------------------------------------------------


def best_level_per_person(
    trials: pd.DataFrame | Trials | CheckedTrials,
    surprisals: pd.DataFrame | Surprisals,
    *,
    baseline: str = "b",
    outcome: str = "log_time",
    block: str | None = None,
    n_folds: int = 10,
    seed: int = 0,
    cuts: Cuts = CUTS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which variant of a model, such as a level of abstraction, predicts each person best.

    Each level's regression is fitted on the people outside a person's fold, so a level is no better
    for being flexible, and all levels are judged by the same held-out trials.

    Parameters
    ----------
    trials : Trials, CheckedTrials or pandas.DataFrame
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    surprisals : Surprisals or pandas.DataFrame
        ``model`` names the level; every level has the same trials.
    baseline, outcome : str
        What is predicted, beyond what.
    block : str, optional
        In which block; without, in the first.
    n_folds, seed : int
        Folds of people.
    cuts : Cuts
        Recall times that count.

    Returns
    -------
    people : pandas.DataFrame
        ``participant, group, best_level, gain_nats`` over the baseline (below 0: no level helps),
        ``margin_nats`` to the next best.
    levels : pandas.DataFrame
        ``participant, group, level, gain_nats``.

    Raises
    ------
    InputError
        There are fewer than two participants, levels differ in their trials, or there is no such
        block.
    """
    import pandas as pd

    counted_trials = checked_trials(trials)
    table = counted_trials.table
    require_baselines([baseline])
    rows = outcome_rows(table, counted_trials.block_named(block), outcome, cuts)
    names = np.unique(table["participant"].to_numpy())
    folds = folds_of(means.groups_of(table), n_folds, np.random.default_rng([seed, 2]))
    knots = {outcome: _knots(rows, baseline, outcome, n_folds, seed)}
    comparison = Comparison(dict(zip(names.tolist(), folds.tolist(), strict=True)), knots)
    parts = []
    for level, bits in checked_surprisals(surprisals).by_model():
        counted = _full(rows, bits, {"level": level})
        gain = comparison.gain(counted, str(level), baseline, outcome)
        if gain.held_out_reason and not np.isfinite(gain.held_out).all():
            raise InputError(f"levels: {level}: {gain.held_out_reason}")
        people = counted.groupby("participant", sort=True)["group"].first().reset_index()
        parts.append(people.assign(level=level, gain_nats=gain.held_out))
    levels = pd.concat(parts, ignore_index=True)
    return _best_of(levels), levels


def _best_of(levels: pd.DataFrame) -> pd.DataFrame:
    """The highest gain of each participant; of equal ones the level that came first."""
    import pandas as pd

    best = []
    for (participant, group), of_person in levels.groupby(["participant", "group"], sort=True):
        order = np.argsort(-of_person["gain_nats"].to_numpy(), kind="stable")
        gains = of_person["gain_nats"].to_numpy()[order]
        margin = gains[0] - gains[1] if len(gains) > 1 else np.nan
        best.append((participant, group, of_person["level"].iloc[order[0]], gains[0], margin))
    columns = ["participant", "group", "best_level", "gain_nats", "margin_nats"]
    return pd.DataFrame(best, columns=columns)
