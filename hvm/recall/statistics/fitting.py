"""Constants fitted to people without flattering the model.

:func:`nested_fit` chooses constants on some people and reports on others.
:func:`best_level_per_person` asks which variant of a model predicts each person best.
Whether such a fit means anything is asked in ``recovery``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.errors import InputError
from hvm.recall.statistics import mixed_models
from hvm.recall.statistics import reliability as means
from hvm.recall.statistics.comparisons import Comparison, baselines_of, folds_of, row_sums
from hvm.recall.statistics.rows import (
    CUTS,
    OUTCOMES,
    SURPRISAL_COLUMNS,
    Cuts,
    check_surprisals,
    check_trials,
    join,
    outcome_rows,
)

if TYPE_CHECKING:
    import pandas as pd

OBJECTIVES = ("delta_log_likelihood", "spearman", "r2")


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


def grid_of(**values: Sequence[float]) -> list[dict[str, float]]:
    """Every combination of some values of constants.

    Examples
    --------
    >>> grid_of(theta=[0.99, 1.0], frame_min=[3])
    [{'theta': 0.99, 'frame_min': 3}, {'theta': 1.0, 'frame_min': 3}]
    """
    return [dict(zip(values, combined, strict=True)) for combined in product(*values.values())]


def nested_fit(
    surprisal_of: Callable[[Mapping[str, Any], list], pd.DataFrame],
    grid: Sequence[Mapping[str, Any]],
    trials: pd.DataFrame,
    *,
    objective: str = "delta_log_likelihood",
    baseline: str = "b",
    outcome: str = "log_time",
    block: str = "train",
    n_folds: int = 5,
    n_repeats: int = 1,
    seed: int = 0,
    cuts: Cuts = CUTS,
    model: str = "fitted",
    progress: Callable[[int], None] | None = None,
) -> NestedFit:
    """Choose constants on the people outside a fold, report on those inside; fold by fold.

    Parameters
    ----------
    surprisal_of
        ``surprisal_of(constants, participants)`` gives ``participant, trial, surprisal_bits`` for
        every trial of the block at least. It is called once a point, for all participants: a
        model runs participant by participant, so nobody's surprisal knows of another.
    grid
        Points to choose from (see :func:`grid_of`). Of equal ones the first is chosen.
    trials
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    objective
        ``delta_log_likelihood`` over ``baseline`` of ``outcome`` (one with times), in nats: held
        out, it is the difference of log densities. Or ``spearman`` or ``r2`` of the means by group
        and trial; ``spearman`` may be any sign, and the highest is chosen.
    baseline, outcome, block, cuts
        What the objective rests on. Constants are not to be tuned on the transfer block.
    n_folds, n_repeats, seed
        5 folds: fitted on 80%, reported on 20%. People are dealt to folds anew in a repetition.
    model
        What ``surprisals`` of the result calls it.
    progress
        Called with the index of each point before it is computed.

    Raises
    ------
    InputError
        There is no grid, a point leaves a trial without surprisal, there are fewer than two
        participants, or the objective is undefined at every point.
    """
    table = check_trials(trials)
    names = np.unique(table["participant"].to_numpy())
    _check_nested(grid, names, objective, baseline, outcome)
    tables = []
    for index, point in enumerate(grid):
        if progress is not None:
            progress(index)
        tables.append(_surprisals_at(surprisal_of, point, names, model))
    rows = outcome_rows(table, block, outcome, cuts)
    scores = [
        _score_of(_full(rows, bits, point), names, objective, baseline, outcome)
        for bits, point in zip(tables, grid, strict=True)
    ]
    groups = means.groups_of(table)
    chosen, records = {}, []
    for repeat in range(n_repeats):
        rng = np.random.default_rng([seed, repeat])
        folds = folds_of(groups, min(n_folds, len(names)), rng)
        for fold in np.unique(folds):
            best, record = _fit_fold(scores, folds != fold)
            records.append({"repeat": repeat, "fold": int(fold), **grid[best], **record})
            if repeat == 0:
                chosen.update(dict.fromkeys(names[folds == fold].tolist(), best))
    return _nested(records, chosen, tables, scores, grid, len(names))


class _Score(NamedTuple):
    """The objective on people chosen by mask, and on others with what was learned from them."""

    fitted: Callable[[np.ndarray], float]
    held_out: Callable[[np.ndarray], float]


def _check_nested(
    grid: Sequence[Mapping], names: np.ndarray, objective: str, baseline: str, outcome: str
) -> None:
    baselines_of([baseline])
    if not len(grid):
        raise InputError("nested fit: the grid has no points")
    if len(names) < 2:
        raise InputError("nested fit: one participant cannot be both fitted and held out")
    if objective not in OBJECTIVES:
        raise InputError(
            f"nested fit: there is no objective {objective!r}: name one of {', '.join(OBJECTIVES)}"
        )
    if outcome not in OUTCOMES or OUTCOMES[outcome].family != "normal" or baseline == "d":
        raise InputError(
            f"nested fit: outcome {outcome!r} over baseline {baseline!r} is not offered: "
            "name an outcome with times and a baseline of all groups"
        )


def _surprisals_at(
    surprisal_of: Callable, point: Mapping[str, Any], names: np.ndarray, model: str
) -> pd.DataFrame:
    return check_surprisals(surprisal_of(dict(point), names.tolist()).assign(model=model))


def _full(rows: pd.DataFrame, bits: pd.DataFrame, point: Mapping[str, Any]) -> pd.DataFrame:
    joined = join(rows, bits)
    if not len(rows) or len(joined) < len(rows):
        missing = len(rows) - len(joined)
        raise InputError(
            f"nested fit: at {dict(point)} {missing} of {len(rows)} trials have no finite surprisal"
        )
    return joined


def _score_of(
    rows: pd.DataFrame, names: np.ndarray, objective: str, baseline: str, outcome: str
) -> _Score:
    """Masks are over all participants of the trials; some may have no rows that count."""
    there = np.isin(names, rows["participant"].unique())
    if objective == "delta_log_likelihood":
        fitted, held_out = _likelihood_score(rows, baseline, outcome)
    else:
        fitted = _means_score(rows, objective)
        held_out = partial(_of_the_others, fitted)
    return _Score(lambda people: fitted(people[there]), lambda people: held_out(people[there]))


def _of_the_others(score: Callable[[np.ndarray], float], people: np.ndarray) -> float:
    return score(~people)


def _means_score(rows: pd.DataFrame, objective: str) -> Callable[[np.ndarray], float]:
    times, bits = (means.cells_of(rows, column) for column in ("recall_time_ms", "surprisal_bits"))
    correlate = means.spearman if objective == "spearman" else means.pearson
    power = 1 if objective == "spearman" else 2

    def score(people: np.ndarray) -> float:
        weights = people[None].astype(float)
        return float(correlate(times.means(weights), bits.means(weights))[0] ** power)

    return score


def _likelihood_score(rows: pd.DataFrame, baseline: str, outcome: str) -> _Score:
    sums, of_base = row_sums(rows, baseline, outcome)
    without = sums.keep(of_base)

    def fits(people: np.ndarray) -> tuple[mixed_models.MixedFit, mixed_models.MixedFit]:
        return mixed_models.fit(sums.of(people)), mixed_models.fit(without.of(people))

    def fitted(people: np.ndarray) -> float:
        full, base = fits(people)
        return full.log_likelihood - base.log_likelihood

    def held_out(people: np.ndarray) -> float:
        full, base = fits(people)
        with_bits = mixed_models.log_densities(sums.of(~people), full)
        return float((with_bits - mixed_models.log_densities(without.of(~people), base)).sum())

    return _Score(fitted, held_out)


def _fit_fold(scores: list[_Score], fitted: np.ndarray) -> tuple[int, dict[str, float]]:
    values = np.array([score.fitted(fitted) for score in scores])
    if np.isnan(values).all():
        raise InputError("nested fit: the objective is not defined at any point of the grid")
    best = int(np.nanargmax(values))
    record = {"fitted_value": values[best], "held_out_value": scores[best].held_out(fitted)}
    return best, {**record, "n_fit": int(fitted.sum()), "n_held_out": int((~fitted).sum())}


def _nested(
    records: list[dict],
    chosen: dict[Any, int],
    tables: list[pd.DataFrame],
    scores: list[_Score],
    grid: Sequence[Mapping[str, Any]],
    n_people: int,
) -> NestedFit:
    import pandas as pd

    parts = [table[table["participant"].map(chosen) == index] for index, table in enumerate(tables)]
    surprisals = pd.concat(parts).sort_values(["participant", "trial"], kind="stable")
    everybody = np.ones(n_people, bool)
    surface = [
        {**point, "value": score.fitted(everybody)}
        for point, score in zip(grid, scores, strict=True)
    ]
    columns = list(SURPRISAL_COLUMNS)
    return NestedFit(
        pd.DataFrame(records), surprisals[columns].reset_index(drop=True), pd.DataFrame(surface)
    )


# -- levels -------------------------------------------------------------------------------


def best_level_per_person(
    trials: pd.DataFrame,
    surprisals: pd.DataFrame,
    *,
    baseline: str = "b",
    outcome: str = "log_time",
    block: str = "train",
    n_folds: int = 10,
    seed: int = 0,
    cuts: Cuts = CUTS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which variant of a model, such as a level of abstraction, predicts each person best.

    Each level's regression is fitted on the people outside a person's fold, so a level is no better
    for being flexible, and all levels are judged by the same held-out trials.

    Parameters
    ----------
    trials
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    surprisals
        ``model`` names the level; every level has the same trials.
    baseline, outcome, block, cuts
        What is predicted, beyond what.
    n_folds, seed
        Folds of people.

    Returns
    -------
    (people, levels)
        ``people``: ``participant, group, best_level, gain_nats`` over the baseline (below 0: no
        level helps), ``margin_nats`` to the next best. ``levels``: ``participant, group, level,
        gain_nats``.

    Raises
    ------
    InputError
        There are fewer than two participants, or levels differ in their trials.
    """
    import pandas as pd

    table, bits = check_trials(trials), check_surprisals(surprisals)
    baselines_of([baseline])
    rows = outcome_rows(table, block, outcome, cuts)
    names = np.unique(table["participant"].to_numpy())
    folds = folds_of(means.groups_of(table), n_folds, np.random.default_rng([seed, 2]))
    comparison = Comparison(dict(zip(names.tolist(), folds.tolist(), strict=True)))
    parts = []
    for level, of_level in bits.groupby("model", sort=False):
        counted = _full(rows, of_level, {"level": level})
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

    found = []
    for (participant, group), mine in levels.groupby(["participant", "group"], sort=True):
        order = np.argsort(-mine["gain_nats"].to_numpy(), kind="stable")
        gains = mine["gain_nats"].to_numpy()[order]
        margin = gains[0] - gains[1] if len(gains) > 1 else np.nan
        found.append((participant, group, mine["level"].iloc[order[0]], gains[0], margin))
    columns = ["participant", "group", "best_level", "gain_nats", "margin_nats"]
    return pd.DataFrame(found, columns=columns)
