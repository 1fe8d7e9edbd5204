"""Which trials count for what: checks, cuts, outcomes, plain predictors, exclusions.

A table of trials has the columns ``participant, group, block, trial, sequence, recall_time_ms,
accuracy`` (one row a trial; accuracy is the share of keys right), a table of surprisals ``model,
participant, trial, surprisal_bits``. Nothing here changes a table that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hvm.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

TRIAL_COLUMNS = (
    "participant",
    "group",
    "block",
    "trial",
    "sequence",
    "recall_time_ms",
    "accuracy",
)
SURPRISAL_COLUMNS = ("model", "participant", "trial", "surprisal_bits")
PLAIN = ("repeat_count", "log_lag_since_same_sequence", "group_x_practice")
"""Predictors that any account of learning has to beat; see :func:`plain_predictors`."""


class Cuts(NamedTuple):
    """Recall times that count, both ends included, ms."""

    shortest_ms: float = 500.0
    longest_ms: float = 20_000.0


CUTS = Cuts()
"""The cuts of the published figures, and the lower one of the trial-level models."""


class Outcome(NamedTuple):
    """What is predicted trial by trial: the rows that count, and what is measured on them."""

    family: str
    counts: Callable[[pd.DataFrame, Cuts], pd.Series]


def _between(trials: pd.DataFrame, cuts: Cuts) -> pd.Series:
    return trials["recall_time_ms"].between(cuts.shortest_ms, cuts.longest_ms)


def keys_shown(trials: pd.DataFrame) -> np.ndarray:
    """Keys of each sequence, float64[n]: words if it has spaces, else characters; 0 if missing."""
    import pandas as pd

    codes, sequences = pd.factorize(trials["sequence"])
    texts = [f"{each:.0f}" if isinstance(each, float) else str(each).strip() for each in sequences]
    sizes = [len(text.split()) if " " in text else len(text) for text in texts]
    return np.array([*sizes, 0], float)[codes]  # a missing one has code -1


def _answered(trials: pd.DataFrame, cuts: Cuts) -> pd.Series:
    return trials["accuracy"].between(0, 1) & (keys_shown(trials) > 0)


def _uncut(trials: pd.DataFrame, cuts: Cuts) -> pd.Series:
    times = trials["recall_time_ms"]
    return (times >= cuts.shortest_ms) & np.isfinite(times)


OUTCOMES = {
    "log_time": Outcome("normal", _between),
    "log_time_correct": Outcome("normal", lambda t, cuts: _between(t, cuts) & (t["accuracy"] == 1)),
    "log_time_uncut": Outcome("normal", _uncut),
    "accuracy": Outcome("binomial", _answered),
}
"""Log recall time; of trials with every key right; without the upper cut; keys right of shown."""


# -- checks -------------------------------------------------------------------------------


def check_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table of trials, in the order of participants and trials.

    Raises
    ------
    InputError
        A column is missing or holds text where numbers belong, a trial is there twice, a
        participant is in two groups, or there are more than two groups.
    """
    _require_columns(trials, TRIAL_COLUMNS, "trials")
    table = trials[list(TRIAL_COLUMNS)].copy()
    for column in ("participant", "group", "block"):
        table[column] = _names(table, column, "trials")
    for column in ("trial", "recall_time_ms", "accuracy"):
        table[column] = _numbers(table, column, "trials")
    _require_whole_trials(table)
    _require_once(table, ["participant", "trial"], "trials")
    groups = table.groupby("participant", sort=False)["group"].nunique(dropna=False)
    if (groups > 1).any():
        raise InputError(f"trials: participant {groups.idxmax()} is in more than one group")
    if table["group"].nunique() > 2:
        raise InputError(f"trials: two groups at most, not {table['group'].nunique()}")
    return table.sort_values(["participant", "trial"], kind="stable").reset_index(drop=True)


def check_surprisals(surprisals: pd.DataFrame) -> pd.DataFrame:
    """The table of surprisals, its numbers as numbers.

    Raises
    ------
    InputError
        A column is missing or holds text where numbers belong, or a trial is there twice.
    """
    _require_columns(surprisals, SURPRISAL_COLUMNS, "surprisals")
    table = surprisals[list(SURPRISAL_COLUMNS)].copy()
    for column in ("model", "participant"):
        table[column] = _names(table, column, "surprisals")
    for column in ("trial", "surprisal_bits"):
        table[column] = _numbers(table, column, "surprisals")
    _require_once(table, ["model", "participant", "trial"], "surprisals")
    taken = sorted({"people", *PLAIN} & set(table["model"].astype(str)))
    if taken:
        raise InputError(f"surprisals: {taken[0]!r} is a name that the statistics use themselves")
    return table


def _require_columns(table: pd.DataFrame, names: Sequence[str], what: str) -> None:
    for name in names:
        if name not in table.columns:
            there = [str(column) for column in table.columns]
            close = get_close_matches(name, there, 1)
            hint = f": is it {close[0]!r}?" if close else f", there are {', '.join(there)}"
            raise InputError(f"{what}: there is no column {name!r}{hint}")
    if not len(table):
        raise InputError(f"{what}: there are no rows")


def _numbers(table: pd.DataFrame, column: str, what: str) -> pd.Series:
    import pandas as pd

    numbers = pd.to_numeric(table[column], errors="coerce").astype(float)
    wrong = numbers.isna() & table[column].notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        value = table[column].iloc[row]
        raise InputError(f"{what}, row {row + 1}, column {column}: {value!r} is not a number")
    return numbers


def _names(table: pd.DataFrame, column: str, what: str) -> pd.Series:
    """A column of names of one kind, none of them missing."""
    names = table[column]
    if names.isna().any():
        row = int(np.flatnonzero(names.isna())[0])
        raise InputError(f"{what}, row {row + 1}, column {column}: is empty")
    kinds = {type(value).__name__ for value in names.unique()}
    if len(kinds) > 1:
        raise InputError(f"{what}, column {column}: mixes {' and '.join(sorted(kinds))}")
    return names.astype(names.cat.categories.dtype) if names.dtype == "category" else names


def _require_whole_trials(table: pd.DataFrame) -> None:
    trials = table["trial"].to_numpy()
    wrong = ~((trials >= 1) & (trials == np.floor(trials)) & np.isfinite(trials))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"trials, row {row + 1}, column trial: {trials[row]:g} is not a trial number from 1"
        )


def _require_once(table: pd.DataFrame, key: list[str], what: str) -> None:
    twice = table.duplicated(key)
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        named = ", ".join(f"{name} {_plain(table[name].iloc[row])}" for name in key)
        raise InputError(f"{what}, row {row + 1}: {named} is there twice")


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# -- rows and predictors ------------------------------------------------------------------


def outcome_rows(trials: pd.DataFrame, block: str, outcome: str, cuts: Cuts) -> pd.DataFrame:
    """The rows of a block on which an outcome is measured."""
    table = trials[trials["block"] == block]
    return table[OUTCOMES[outcome].counts(table, cuts)]


def plain_predictors(trials: pd.DataFrame) -> pd.DataFrame:
    """A table of surprisals' shape for the plain predictors that are one number a trial.

    - ``repeat_count``: how many earlier trials showed this participant the same sequence.
    - ``log_lag_since_same_sequence``: natural logarithm of the trials since it was last shown (1:
      the trial just before). A sequence not shown before gets a lag that no repetition can
      reach: one more than the highest trial number of the table.

    The third, ``group_x_practice``, is group, group x log trial and group x trial: three columns,
    which know each trial's group and number but nothing of its sequence.

    Parameters
    ----------
    trials
        As :func:`check_trials` returns it: sorted by participant and trial.

    Returns
    -------
    pandas.DataFrame
        ``model, participant, trial, surprisal_bits``; the last holds the predictor, in its unit.
    """
    import pandas as pd

    same = trials.groupby(["participant", "sequence"], sort=False, dropna=False)
    lag = trials["trial"] - same["trial"].shift()
    values = {
        "repeat_count": same.cumcount().astype(float),
        "log_lag_since_same_sequence": np.log(lag.fillna(trials["trial"].max() + 1)),
    }
    key = trials[["participant", "trial"]]
    return pd.concat(
        [key.assign(model=name, surprisal_bits=column) for name, column in values.items()],
        ignore_index=True,
    )[list(SURPRISAL_COLUMNS)]


def join(rows: pd.DataFrame, surprisals: pd.DataFrame) -> pd.DataFrame:
    """The rows for which one model has a finite surprisal, with it as a column more."""
    finite = surprisals[np.isfinite(surprisals["surprisal_bits"])]
    columns = ["participant", "trial", "surprisal_bits"]
    return rows.merge(finite[columns], on=["participant", "trial"], how="inner", validate="1:1")


def exclusions(trials: pd.DataFrame, surprisals: pd.DataFrame | None, cuts: Cuts) -> pd.DataFrame:
    """How many trials each reason excludes, by block and group; see ``exclusions_table``."""
    import pandas as pd

    times = trials["recall_time_ms"]
    reasons = {
        "time missing": ~np.isfinite(times),
        "time not positive": times <= 0,
        f"shorter than {cuts.shortest_ms:g} ms": (times > 0) & (times < cuts.shortest_ms),
        f"longer than {cuts.longest_ms:g} ms": np.isfinite(times) & (times > cuts.longest_ms),
        "accuracy missing": ~trials["accuracy"].between(0, 1),
        "a key wrong": trials["accuracy"] < 1,
    }
    for model, table in () if surprisals is None else surprisals.groupby("model", sort=False):
        there = pd.MultiIndex.from_frame(join(trials, table)[["participant", "trial"]])
        missing = ~pd.MultiIndex.from_frame(trials[["participant", "trial"]]).isin(there)
        reasons[f"no surprisal of {model}"] = pd.Series(missing, index=trials.index)
    return pd.concat(
        [_count(trials, reason, mask) for reason, mask in reasons.items()], ignore_index=True
    )


def _count(trials: pd.DataFrame, reason: str, mask: pd.Series) -> pd.DataFrame:
    flagged = trials.assign(hit=mask.to_numpy(), who=trials["participant"].where(mask))
    table = flagged.groupby(["block", "group"], sort=True).agg(
        n_excluded=("hit", "sum"), n_trials=("hit", "size"), n_participants=("who", "nunique")
    )
    table = table.reset_index()
    table.insert(2, "reason", reason)
    table["share"] = table["n_excluded"] / table["n_trials"]
    return table
