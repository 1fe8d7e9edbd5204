"""Series: bits of every trial by several models, and statistics of many, in several processes.

Whatever the number of processes, the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.processes import isolated_children
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.statistics.checked import (
    SURPRISAL_COLUMNS,
    CheckedTrials,
    Surprisals,
    checked_surprisals,
    checked_trials,
)
from hvm.recall.statistics.lookup import KEY
from hvm.recall.statistics.rows import OUTCOMES
from hvm.recall.statistics.settings import SETTINGS, StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials


class Variant(NamedTuple):
    """A model of the registry with settings of its own.

    Attributes
    ----------
    model : str
        As for :func:`~hvm.recall.models.registry.make_model`.
    settings : mapping
        By name; the others are at their defaults.
    """

    model: str
    settings: Mapping[str, Any] = {}


def trial_bits(trials: Trials, variant: Variant) -> NDArray[np.float64]:
    """Bits of every trial by one model, float64[trials], in the order of the table."""
    keys = run_model(make_model(variant.model, **variant.settings), trials)
    return np.asarray(sum_trials(keys)["surprisal_bits"], np.float64)


def trial_bits_of_all(
    trials: Trials, variants: Sequence[Variant], processes: int = 1
) -> NDArray[np.float64]:
    """Bits of every trial by several models.

    Parameters
    ----------
    trials : Trials
    variants : sequence of Variant
    processes : int
        Among which the models are dealt.

    Returns
    -------
    float64[variants, trials]

    Raises
    ------
    InputError
        There is no such model or setting.
    """
    with isolated_children(), get_context("spawn").Pool(processes) as pool:
        bits = pool.starmap(trial_bits, [(trials, each) for each in variants], chunksize=1)
    return np.array(bits, np.float64)


def series_table(trials: Trials, name: str, bits: NDArray[np.float64]) -> pd.DataFrame:
    """Bits of every trial as a table of surprisals.

    Parameters
    ----------
    trials : Trials
    name : str
        What tables call the model.
    bits : float64[trials]
        In the order of the table of trials.

    Returns
    -------
    pandas.DataFrame
        :data:`~hvm.recall.statistics.checked.SURPRISAL_COLUMNS`.
    """
    table = trials.table[list(TRIAL_KEY)].assign(model=name, surprisal_bits=bits)
    return table[list(SURPRISAL_COLUMNS)]


def statistics_of_series(
    trials: Trials | CheckedTrials,
    series: pd.DataFrame | Surprisals,
    settings: StatisticsSettings = SETTINGS,
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    **options: Any,
) -> pd.DataFrame:
    """Every statistic of many series, blocks dealt to processes, times and accuracy apart.

    All models of a block stay together, as they are compared in pairs.

    Parameters
    ----------
    trials : Trials or CheckedTrials
    series : pandas.DataFrame or Surprisals
        As for :func:`~hvm.recall.statistics.table.statistics_table`.
    settings : StatisticsSettings
    processes : int
    progress : callable, optional
        Told how many parts are done, and of how many.
    **options
        ``baselines``, ``outcomes``: as for that function.

    Returns
    -------
    pandas.DataFrame
        As of that function; of a block and model, times stand before accuracy.

    Raises
    ------
    InputError
        The series cannot be used.
    """
    import pandas as pd

    checked = checked_trials(trials), checked_surprisals(series)
    outcomes = options.pop("outcomes", tuple(OUTCOMES))
    of_times = [each for each in outcomes if OUTCOMES[each].family == "normal"]
    parts = [part for part in (of_times, [x for x in outcomes if x not in of_times]) if part]
    tasks = [
        (*checked, settings, {**options, "blocks": [block], "outcomes": part})
        for part in parts
        for block in checked[0].blocks
    ]
    tables = []
    with isolated_children(), get_context("spawn").Pool(processes) as pool:
        for table in pool.imap(_statistics, tasks, chunksize=1):
            tables.append(table)
            progress(len(tables), len(tasks))
    return _in_order(pd.concat(tables, ignore_index=True), checked[0].blocks)


def _in_order(table: pd.DataFrame, blocks: Sequence[Any]) -> pd.DataFrame:
    """Blocks in their order, and in each its models in the order in which they first come."""
    table = table.drop_duplicates(list(KEY))
    places = {name: place for place, name in enumerate(dict.fromkeys(table["model"]))}
    by_model = table.sort_values("model", kind="stable", key=lambda names: names.map(places))
    ordered = by_model.sort_values("block", kind="stable", key=lambda each: each.map(blocks.index))
    return ordered.reset_index(drop=True)


def _statistics(
    task: tuple[CheckedTrials, Surprisals, StatisticsSettings, dict[str, Any]],
) -> pd.DataFrame:
    trials, series, settings, options = task
    return statistics_table(trials, series, settings=settings, **options)
