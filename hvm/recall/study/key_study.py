"""The part of a study that is by key: its tables, made from a task's keys and what models gave.

Comes in: a loaded task, and bits of every symbol by model. Goes out: ``KEY_TABLES``, which
:mod:`~hvm.recall.study.key_report` and :mod:`~hvm.recall.study.key_plots` read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvm.data.files import write_atomic
from hvm.recall.models.registry import make_model
from hvm.recall.models.typed import typed_bits
from hvm.recall.statistics.key_table import (
    KeyBits,
    key_positions,
    key_statistics,
    shown_bits,
)
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.study.tables import KEY_POSITIONS, KEY_STATISTICS, KEY_TABLES, KEYS
from hvm.recall.task.cells import csv_bytes
from hvm.recall.task.keys import require_of_trials
from hvm.recall.task.trials import Trials
from hvm.recall.tasks.loading import LoadedTask

if TYPE_CHECKING:
    import pandas as pd

Watched = Callable[[str], Any]
"""As :data:`hvm.recall.study.study.Watch`."""


def write_key_tables(
    folder: Path,
    loaded: LoadedTask,
    trials: Trials,
    bits: Mapping[str, pd.DataFrame],
    models: Mapping[str, Mapping[str, Any]],
    settings: StatisticsSettings,
    watch: Watched,
) -> None:
    """Write the tables by key of a study.

    Parameters
    ----------
    folder : Path
        Of the study.
    loaded : LoadedTask
    trials : Trials
        The task's.
    bits : mapping of str to pandas.DataFrame
        Bits of every symbol by model.
    models : mapping of str to dict
        Settings of models of trials: these are also asked for wrong keys.
    settings : StatisticsSettings
    watch : callable

    Raises
    ------
    InputError
        Keys are not of the trials.
    OutputError
        A table cannot be written.
    """
    keys = loaded.tables.keys
    require_of_trials(keys, trials, f"keys of {loaded.task.name}")
    by_model = {}
    for name, table in bits.items():
        typed = None
        if name in models and keys.wrong.any():
            with watch(f"{name}: wrong keys") as progress:
                typed = typed_bits(make_model(name, **models[name]), trials, keys, progress)
        by_model[name] = KeyBits(shown_bits(keys, trials, table), typed)
    with watch("statistics by key"):
        statistics = key_statistics(keys, trials, by_model, loaded.design, settings)
        positions = key_positions(keys, loaded.design, settings)
    write_atomic(folder / KEYS, csv_bytes(keys.table))
    write_atomic(folder / KEY_STATISTICS, csv_bytes(statistics))
    write_atomic(folder / KEY_POSITIONS, csv_bytes(positions))


def remove_key_tables(folder: Path) -> None:
    """Take away what a study of a task left in the folder."""
    for name in KEY_TABLES:
        (folder / name).unlink(missing_ok=True)
