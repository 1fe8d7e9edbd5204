"""Tables that figures are drawn from: means by group and trial, of people and of models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.recall.statistics import reliability
from hvm.recall.statistics.checked import (
    PEOPLE,
    CheckedTrials,
    Surprisals,
    checked_surprisals,
    checked_trials,
)
from hvm.recall.statistics.rows import join, outcome_rows
from hvm.recall.statistics.settings import SETTINGS, StatisticsSettings

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

CURVE_COLUMNS = (
    "model",
    "outcome",
    "group",
    "block",
    "trial",
    "value",
    "low",
    "high",
    "n_participants",
)
MEAN_COLUMNS = ("model", "block", "group", "trial", "recall_time_ms", "surprisal_bits", "n")


def curves_table(
    trials: pd.DataFrame | Trials | CheckedTrials,
    surprisals: pd.DataFrame | Surprisals,
    settings: StatisticsSettings = SETTINGS,
) -> pd.DataFrame:
    """Means by group and trial, each with an interval by bootstrap over participants.

    Parameters
    ----------
    trials, surprisals
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    settings : StatisticsSettings
        Cuts, draws and seed.

    Returns
    -------
    pandas.DataFrame
        :data:`CURVE_COLUMNS`. Model ``people`` has the outcomes ``recall_time_ms`` (times up to the
        upper cut) and ``accuracy``, each model ``surprisal_bits`` (every trial that it has).
    """
    import pandas as pd

    counted = checked_trials(trials)
    table = counted.table
    bootstrap = reliability.Bootstrap(settings.n_draws, settings.seed)
    parts = [(PEOPLE, "recall_time_ms", _timed(counted, settings)), (PEOPLE, "accuracy", table)]
    for model, bits in checked_surprisals(surprisals).by_model():
        parts.append((model, "surprisal_bits", join(table, bits)))
    rows = [
        (model, outcome, *row)
        for model, outcome, part in parts
        for of_block in _by_block(part[np.isfinite(part[outcome])], counted)
        for row in _curve_rows(outcome, of_block, bootstrap)
    ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def means_table(
    trials: pd.DataFrame | Trials | CheckedTrials,
    surprisals: pd.DataFrame | Surprisals,
    settings: StatisticsSettings = SETTINGS,
) -> pd.DataFrame:
    """The means behind ``spearman`` and ``r2``: of people and a model over the same trials.

    Parameters
    ----------
    trials, surprisals, settings
        As in :func:`curves_table`.

    Returns
    -------
    pandas.DataFrame
        :data:`MEAN_COLUMNS`, one row a model, block, group and trial; ``n`` trials were averaged.
    """
    import pandas as pd

    counted = checked_trials(trials)
    timed = _timed(counted, settings)
    parts = []
    for model, bits in checked_surprisals(surprisals).by_model():
        cells = join(timed, bits).groupby(["block", "group", "trial"], sort=True)
        means = cells[["recall_time_ms", "surprisal_bits"]].mean()
        means = means.assign(n=cells.size(), model=model).reset_index()
        parts += _by_block(means, counted) or [means]
    table = pd.concat(parts, ignore_index=True)
    return table.astype({"trial": np.int64})[list(MEAN_COLUMNS)]


def _timed(trials: CheckedTrials, settings: StatisticsSettings) -> pd.DataFrame:
    import pandas as pd

    table, cuts = trials.table, settings.cuts_of_means
    return pd.concat([outcome_rows(table, block, "log_time", cuts) for block in trials.blocks])


def _by_block(rows: pd.DataFrame, trials: CheckedTrials) -> list[pd.DataFrame]:
    """The rows of each block that has some, in the order of blocks."""
    parts = (rows[rows["block"] == block] for block in trials.blocks)
    return [part for part in parts if len(part)]


def _curve_rows(
    outcome: str, rows: pd.DataFrame, bootstrap: reliability.Bootstrap
) -> Iterator[tuple[Any, ...]]:
    """Group, block, trial and what is known of them, from the rows of one block."""
    cells = reliability.cells_of(rows, outcome)
    trials, groups = sorted(rows["trial"].unique()), sorted(rows["group"].unique())
    block = rows["block"].iloc[0]
    values = cells.means(np.ones((1, len(cells.groups))))[0]
    draws = cells.means(bootstrap.weights(cells.groups))
    for number, group in enumerate(groups):
        there = (cells.counts[cells.groups == number] > 0).sum(axis=0).tolist()
        for index, trial in enumerate(trials):
            at, n_people = number * len(trials) + index, there[index]
            if n_people:
                ends = reliability.interval(draws[:, at]) if n_people > 1 else (np.nan, np.nan)
                yield (group, block, int(trial), values[at], *ends, n_people)
