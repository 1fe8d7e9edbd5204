"""Series: bits of every trial by several models, and statistics of many, in several processes.

Whatever the number of processes, the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.processes import isolated_children
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.statistics.checked import SURPRISAL_COLUMNS
from hvm.recall.statistics.lookup import KEY
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
    trials: Trials,
    series: pd.DataFrame,
    settings: StatisticsSettings = SETTINGS,
    processes: int = 1,
    **options: Any,
) -> pd.DataFrame:
    """Every statistic of many series, models dealt to processes; the plain predictors once.

    Parameters
    ----------
    trials : Trials
    series : pandas.DataFrame
        As for :func:`~hvm.recall.statistics.table.statistics_table`.
    settings : StatisticsSettings
    processes : int
    **options
        ``baselines``, ``outcomes``: as for that function.

    Returns
    -------
    pandas.DataFrame
        As of that function: people and plain predictors first, then models in the order of
        ``series``.

    Raises
    ------
    InputError
        The series cannot be used.
    """
    import pandas as pd

    names = list(dict.fromkeys(series["model"]))
    n_parts = min(processes, len(names))
    parts = [series[series["model"].isin(names[start::n_parts])] for start in range(n_parts)]
    tasks = [(trials, part, settings, options) for part in parts]
    with isolated_children(), get_context("spawn").Pool(processes) as pool:
        tables = pool.starmap(_statistics, tasks, chunksize=1)
    places = {name: place for place, name in enumerate(names)}
    return (
        pd.concat(tables, ignore_index=True)
        .drop_duplicates(list(KEY))
        .sort_values("model", kind="stable", key=lambda column: column.map(places).fillna(-1))
    )


def _statistics(
    trials: Trials, series: pd.DataFrame, settings: StatisticsSettings, options: dict[str, Any]
) -> pd.DataFrame:
    return statistics_table(trials, series, settings=settings, **options)
