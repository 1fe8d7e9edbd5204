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
    """The rows of a block on which an outcome is measured.

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
        Some of the rows, in the same order.
    """
    table = trials[trials["block"] == block]
    return table[OUTCOMES[outcome].counts(table, cuts)]


def join(rows: pd.DataFrame, surprisals: pd.DataFrame) -> pd.DataFrame:
    """The rows for which one model has a finite surprisal, with it as a column more."""
    finite = surprisals[np.isfinite(surprisals["surprisal_bits"])]
    key = list(TRIAL_KEY)
    return rows.merge(finite[[*key, "surprisal_bits"]], on=key, how="inner", validate="1:1")
