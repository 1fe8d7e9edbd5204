"""Keys: one row an event of a trial, what was shown, what was typed, and the time it took.

A table of keys has these columns; others are kept as they are, as covariates.

=============== ===================== =========================================================
column          values                meaning
=============== ===================== =========================================================
``participant`` text or integer       who
``group``       text                  one for all keys of a participant
``block``       text                  part of the experiment
``trial``       1, 2, 3, ...          number within the participant, through all blocks
``position``    1, 2, 3, ...          place in the trial's sequence; not each has an event
``symbol``      text                  what was shown, or asked for, there
``typed``       text, or empty        what was typed; empty where nobody knows, or nothing was
``time_ms``     above 0, or missing   since the event before, milliseconds
``accuracy``    0 to 1, or missing    whether it was right
=============== ===================== =========================================================

:class:`Keys` are the proof that a table keeps to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.task.frames import (
    CellName,
    cell_of_frame,
    names,
    numbers,
    require_columns,
    require_once,
)
from hvm.recall.task.schema import TRIAL_END, TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

KEY_COLUMNS = (
    *("participant", "group", "block", "trial", "position"),
    *("symbol", "typed", "time_ms", "accuracy"),
)
KEY_OF_EVENT = (*TRIAL_KEY, "position")
"""The columns that tell an event from all others."""


@dataclass(frozen=True)
class Keys:
    """A checked table of keys, ordered by participant, trial and position.

    Attributes
    ----------
    table : pandas.DataFrame
        :data:`KEY_COLUMNS`, then the others, indexed from 0. Trials and positions are int64; times
        and accuracies float64, NaN where missing; ``typed`` is ``""`` where it is not known.
    """

    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """bool[rows]: keys of which it is known that another was typed than was shown."""
        typed = self.table["typed"].to_numpy()
        return np.asarray((typed != "") & (typed != self.table["symbol"].to_numpy()), bool)


def as_keys(table: pd.DataFrame, name: str = "keys", cell: CellName | None = None) -> Keys:
    """Check a table of keys, which stays as it is.

    Parameters
    ----------
    table : pandas.DataFrame
        :data:`KEY_COLUMNS`, and others.
    name : str
        What messages call the table.
    cell : callable, optional
        How messages name a cell; see :data:`~hvm.recall.task.frames.CellName`.

    Returns
    -------
    Keys

    Raises
    ------
    InputError
        It does not keep to the schema: the message names the row, the column and the value.

    Examples
    --------
    >>> import pandas as pd
    >>> keys = as_keys(pd.DataFrame({
    ...     "participant": "ann", "group": "a", "block": "train", "trial": 1, "position": [2, 1],
    ...     "symbol": ["b", "a"], "typed": ["a", "a"], "time_ms": [310.0, None], "accuracy": None}))
    >>> keys.table["symbol"].tolist(), keys.wrong.tolist()
    (['a', 'b'], [False, True])
    """
    cell = cell or cell_of_frame(name)
    require_columns(table, KEY_COLUMNS, name)
    checked = table.copy()
    for column in ("participant", "group", "block", "symbol"):
        checked[column] = names(table, column, name)
    checked["typed"] = table["typed"].fillna("")
    for column in ("symbol", "typed"):
        checked[column] = checked[column].astype(str).astype(object)
    for column in ("trial", "position"):
        checked[column] = _whole(table, column, cell)
    times, accuracy = (numbers(table, each, cell).to_numpy() for each in ("time_ms", "accuracy"))
    is_time, is_share = (times > 0) & np.isfinite(times), (accuracy >= 0) & (accuracy <= 1)
    fail = partial(_fail_where, table, cell)
    fail("time_ms", ~np.isnan(times) & ~is_time, "no time in ms above 0")
    fail("accuracy", ~np.isnan(accuracy) & ~is_share, "no share from 0 to 1")
    checked["time_ms"], checked["accuracy"] = times, accuracy
    require_once(checked, KEY_OF_EVENT, cell)
    order = [*KEY_COLUMNS, *(column for column in table.columns if column not in KEY_COLUMNS)]
    checked = checked[order].sort_values(list(KEY_OF_EVENT), kind="stable")
    return Keys(checked.reset_index(drop=True))


def require_of_trials(keys: Keys, trials: Trials, name: str = "keys") -> None:
    """Require that every key is of a trial, and shows the symbol that stands there.

    Parameters
    ----------
    keys : Keys
    trials : Trials
    name : str
        What messages call the table of keys.

    Raises
    ------
    InputError
        One is not: the message names its participant, trial and position.
    """
    rows = rows_of_trials(keys, trials)
    position = keys.table["position"].to_numpy()
    lengths = np.append(trials.n_keys, 0)[rows]  # of no row, -1: the last
    at = np.minimum(np.append(trials.starts[:-1], 0)[rows] + position - 1, len(trials.codes) - 1)
    symbols = np.array([*trials.symbols, ""], object)[trials.codes[at]]
    shown = keys.table["symbol"].to_numpy()
    for is_bad, problem in (
        (rows < 0, "there is no such trial"),
        (position > lengths, "the trial's sequence is shorter"),
        (symbols != shown, "the trial's sequence has another symbol there"),
    ):
        if is_bad.any():
            row = keys.table.iloc[int(np.argmax(is_bad))]
            where = ", ".join(f"{column} {row[column]}" for column in KEY_OF_EVENT)
            raise InputError(f"{name}: {where}, symbol {row['symbol']!r:.40}: {problem}")


def rows_of_trials(keys: Keys, trials: Trials) -> NDArray[np.int64]:
    """The row of the table of trials that each key is of: int64[rows], -1 where there is none."""
    known = trials.table[list(TRIAL_KEY)].assign(row=np.arange(len(trials)))
    joined = keys.table[list(TRIAL_KEY)].merge(known, on=list(TRIAL_KEY), how="left")
    return np.asarray(joined["row"].fillna(-1), np.int64)


def _whole(table: pd.DataFrame, column: str, cell: CellName) -> NDArray[np.int64]:
    values = numbers(table, column, cell).to_numpy()
    is_whole = (values >= 1) & (values < TRIAL_END) & (values == np.floor(values))
    _fail_where(table, cell, column, ~is_whole, "no whole number from 1")
    return np.asarray(values, np.int64)


def _fail_where(
    table: pd.DataFrame, cell: CellName, column: str, is_bad: NDArray[np.bool_], problem: str
) -> None:
    if is_bad.any():
        row = int(np.argmax(is_bad))
        raise InputError(f"{cell(row, column)}: {table[column].iloc[row]} is {problem}")
