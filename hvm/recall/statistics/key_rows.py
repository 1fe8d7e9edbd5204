"""Keys whose time counts, and what is known of them without any model: the columns of a baseline.

The baseline of a key's log time, beside an intercept of every participant:

- practice: log trial, trial, and their products with marks of all groups but the last by name;
- place: a mark of each position up to the 20th, and position; whether it begins a group of keys
  (where keys are shown in groups, beyond the marks); whether the key is the one before once more;
- what the task says beside (``covariates``), such as the distance from the key before;
- the log time of the key before, and practice apart for keys that have none.

Where a covariate or the time before is missing it is 0, beside a column that marks that.

Two of these are there because the time before carries more than chance. A slow first key makes the
second look fast, so a straight line of positions lets any model gain that is surprised at second
keys: hence the marks. And it carries a part of practice, which a key without one must have whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics.rows import CUTS, Cuts
from hvm.recall.task.keys import Keys, rows_of_trials
from hvm.recall.task.trials import Trials

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

MOST_MARKED = 20
"""Positions with a mark of their own: the longest sequences of recall tasks are shorter."""


class KeyDesign(NamedTuple):
    """What a task says of its keys.

    Attributes
    ----------
    cuts : Cuts
        Times of keys that count, both ends included, ms.
    covariates : tuple of str
        Columns of numbers that stand in the baseline.
    group_of : int
        Keys are shown in groups of so many; 0 where they are not.
    is_stream : bool
        The key before the first of a trial is the last of the trial before.
    """

    cuts: Cuts = CUTS
    covariates: tuple[str, ...] = ()
    group_of: int = 0
    is_stream: bool = False


def timed_keys(keys: Keys, trials: Trials, design: KeyDesign) -> pd.DataFrame:
    """Keys whose time counts, with what is known of each.

    Parameters
    ----------
    keys : Keys
        Of these trials.
    trials : Trials
    design : KeyDesign

    Returns
    -------
    pandas.DataFrame
        Columns of the keys and of the baseline: ``log_time``, ``log_trial``, ``begins_group``,
        ``repeats``, ``log_time_before``, and the covariates; the index is the place among all
        keys.
    """
    table, counts = keys.table, _counts(keys, design.cuts)
    logs = np.log(np.where(counts, table["time_ms"], 1.0))
    position = table["position"].to_numpy()
    known = table.assign(
        log_time=logs,
        log_trial=np.log(table["trial"].to_numpy()),
        begins_group=_begins_group(position, design.group_of),
        repeats=_repeats(keys, trials),
        log_time_before=_before(table, np.where(counts, logs, np.nan), design.is_stream),
    )
    for name in design.covariates:
        known[name] = known[name].astype(float) if name in known else np.nan
    return known[counts]


def _counts(keys: Keys, cuts: Cuts) -> NDArray[np.bool_]:
    return np.asarray(keys.table["time_ms"].between(*cuts), bool)


def _begins_group(position: NDArray[np.int64], group_of: int) -> Floats:
    if not group_of:
        return np.zeros(len(position))
    return np.where((position > 1) & ((position - 1) % group_of == 0), 1.0, 0.0)


def _repeats(keys: Keys, trials: Trials) -> Floats:
    """1 where the symbol of a position is that of the position before."""
    at = trials.starts[rows_of_trials(keys, trials)] + keys.table["position"].to_numpy() - 1
    is_same = trials.codes[at] == trials.codes[np.maximum(at - 1, 0)]
    return np.where(is_same & (keys.table["position"].to_numpy() > 1), 1.0, 0.0)


def _before(table: pd.DataFrame, logs: Floats, is_stream: bool) -> Floats:
    """Log time of the event before, NaN where there is none or its time does not count."""
    by = ["participant"] if is_stream else ["participant", "trial"]
    of_events = table[by].assign(log=logs)
    return np.asarray(of_events.groupby(by, sort=False)["log"].shift(), np.float64)


def baseline_columns(rows: pd.DataFrame, design: KeyDesign) -> Floats:
    """Columns of the baseline without the intercept, float64[n, p].

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`timed_keys`; some of them.
    design : KeyDesign

    Returns
    -------
    float64[n, p]
        A column that is constant here adds nothing.
    """
    practice = rows[["log_trial", "trial"]].to_numpy(float)
    columns = [practice]
    for group in sorted(rows["group"].unique())[:-1]:
        columns.append(practice * (rows["group"] == group).to_numpy(float)[:, None])
    position = rows["position"].to_numpy()
    marks = np.arange(1, MOST_MARKED + 1)
    columns.append((position[:, None] == marks[marks <= position.max(initial=0)]).astype(float))
    columns.append(rows[["position", "begins_group", "repeats"]].to_numpy(float))
    for name in (*design.covariates, "log_time_before"):
        values = rows[name].to_numpy(float)
        is_missing = np.isnan(values)
        columns.append(np.column_stack([np.where(is_missing, 0.0, values), is_missing]))
    columns.append(practice * is_missing[:, None])  # of the last: the time before
    return np.column_stack(columns)
