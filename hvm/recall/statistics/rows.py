"""Which trials count for what: cuts and outcomes.

Tables here are of checked trials; see :mod:`hvm.recall.statistics.checked`. None is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd


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


def keys_of(sequence: object) -> Sequence[str]:
    """Keys of a sequence of a checked table: its words if it has spaces, else its characters."""
    text = f"{sequence:.0f}" if isinstance(sequence, float) else str(sequence).strip()
    return text.split() if " " in text else text


def keys_shown(trials: pd.DataFrame) -> NDArray[np.float64]:
    """Keys of each sequence, float64[n], as the trials count them in ``n_keys``.

    Of a table without that column: words if it has spaces, else characters; 0 if missing.
    """
    import pandas as pd

    if "n_keys" in trials:
        return np.asarray(trials["n_keys"], float)
    codes, sequences = pd.factorize(trials["sequence"])
    sizes = [len(keys_of(each)) for each in sequences]
    n_keys: NDArray[np.float64] = np.array([*sizes, 0], float)[codes]
    return n_keys  # of a missing sequence, which has code -1: 0


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


def require_outcomes(names: Sequence[str]) -> tuple[str, ...]:
    """Names of outcomes, checked.

    Raises
    ------
    InputError
        There is no such outcome.
    """
    for name in names:
        if name not in OUTCOMES:
            raise InputError(f"there is no outcome {name!r}: name some of {', '.join(OUTCOMES)}")
    return tuple(names)


# -- rows ---------------------------------------------------------------------------------


def outcome_rows(trials: pd.DataFrame, block: str, outcome: str, cuts: Cuts) -> pd.DataFrame:
    """The rows of a block on which an outcome is measured, with what came before them in it.

    Parameters
    ----------
    trials : pandas.DataFrame
        Of :class:`~hvm.recall.statistics.checked.CheckedTrials`.
    block : str
    outcome : str
        Of :data:`OUTCOMES`.
    cuts : Cuts

    Returns
    -------
    pandas.DataFrame
        Some of the rows, in the same order, with ``block_trial`` (trials since the participant's
        first in the block, which is 1) and the columns :data:`HISTORY`.
    """
    table = trials[trials["block"] == block]
    counts = OUTCOMES[outcome].counts(table, cuts)
    return table.assign(**_history(table, outcome, cuts))[counts]


LAGS = (1, 2)
"""How many trials back (f) looks."""

HISTORY = tuple(
    f"{name}_{lag}{end}"
    for lag in LAGS
    for name in ("log_time", "accuracy")
    for end in ("", "_missing")
)
"""Columns of the trials before: log ms, and share of keys right, of the participant's last trial in
the block and of the one before that; 0 where there is none or its time is cut, and whether so."""


def block_trials(table: pd.DataFrame) -> NDArray[np.float64]:
    """Trials of one block since the participant's first in it, which is 1: float64[n]."""
    firsts = table.groupby("participant", sort=False)["trial"].transform("min")
    return np.asarray(table["trial"] - firsts + 1, np.float64)


def _history(table: pd.DataFrame, outcome: str, cuts: Cuts) -> dict[str, NDArray[np.float64]]:
    people = table["participant"]
    counts = _uncut if outcome == "log_time_uncut" else _between
    times = np.log(table["recall_time_ms"].where(counts(table, cuts)))
    values = {
        "log_time": times.groupby(people, sort=False),
        "accuracy": table["accuracy"]
        .where(table["accuracy"].between(0, 1))
        .groupby(people, sort=False),
    }
    columns = {"block_trial": block_trials(table)}
    for lag in LAGS:
        for name, of_person in values.items():
            before = of_person.shift(lag).to_numpy(float)
            missing = ~np.isfinite(before)
            columns[f"{name}_{lag}"] = np.where(missing, 0.0, before)
            columns[f"{name}_{lag}_missing"] = missing.astype(float)
    return columns


def join(rows: pd.DataFrame, surprisals: pd.DataFrame) -> pd.DataFrame:
    """The rows for which one model has a finite surprisal, with it as a column more."""
    finite = surprisals[np.isfinite(surprisals["surprisal_bits"])]
    key = list(TRIAL_KEY)
    return rows.merge(finite[[*key, "surprisal_bits"]], on=key, how="inner", validate="1:1")
