"""Tables of series of bits: statistics, repetitions, means by group and trial."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import pandas as pd

from experiments.common import Config
from experiments.human_recall.series import KEY_COLUMNS, trials
from hvm.recall.statistics.rows import CUTS
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table


def statistics_of(
    series: pd.DataFrame, settings: Config, processes: int, **options: Any
) -> pd.DataFrame:
    """The table of every statistic, models dealt to processes; the plain predictors once."""
    names = list(dict.fromkeys(series["model"]))
    n_parts = min(processes, len(names))
    dealt = [series[series["model"].isin(names[i::n_parts])] for i in range(n_parts)]
    tasks = [(part, settings, options) for part in dealt]
    with get_context("spawn").Pool(processes) as pool:
        tables = pool.starmap(_statistics, tasks, chunksize=1)
    table = pd.concat(tables, ignore_index=True)
    key = ["model", "block", "outcome", "statistic", "baseline", "group"]
    return table.drop_duplicates(key).sort_values("model", kind="stable", key=_places(names))


def _statistics(series: pd.DataFrame, settings: Config, options: Config) -> pd.DataFrame:
    return statistics_table(trials(), series, settings=StatisticsSettings(**settings), **options)


def _places(names: list[str]) -> Callable[[pd.Series], pd.Series]:
    """Order of rows: people and plain predictors (which are no names) first."""
    order = {name: place for place, name in enumerate(names)}
    return lambda column: column.map(lambda name: order.get(name, -1))


def repetition_table(series: pd.DataFrame) -> pd.DataFrame:
    """Bits of the control group's one sequence at its 1st, 10th and 40th showing, by quartiles."""
    table = trials().table
    control = table[(table["group"] == "control") & table["trial"].isin([1, 10, 40])]
    joined = control[KEY_COLUMNS].merge(series, on=KEY_COLUMNS)
    bits = joined.groupby(["model", "trial"], sort=False)["surprisal_bits"]
    table = bits.quantile([0.25, 0.5, 0.75]).unstack()
    table.columns = ["quartile_bits", "median_bits", "third_quartile_bits"]
    return table.assign(n_people=bits.size()).reset_index()


def curves_table(
    series: pd.DataFrame, names: list[str], longest_ms: float = CUTS.longest_ms
) -> pd.DataFrame:
    """Means by group and trial: people's times up to the cut and accuracy, and models' bits."""
    table = trials().table
    counted = table[table["recall_time_ms"].between(1e-9, longest_ms)]
    parts = []
    for model in names:
        joined = counted.merge(series[series["model"] == model], on=KEY_COLUMNS)
        if len(joined):
            parts.append(_means(joined, "surprisal_bits", model))
    people = [
        _means(counted, "recall_time_ms", "people"),
        _means(table, "accuracy", "people_accuracy"),
    ]
    return pd.concat([*people, *parts], ignore_index=True)


def _means(rows: pd.DataFrame, column: str, model: str) -> pd.DataFrame:
    by_trial = rows.groupby(["group", "block", "trial"])[column].agg(["mean", "size"])
    return by_trial.reset_index().assign(model=model)
