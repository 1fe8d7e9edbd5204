"""Which trials do not count, and why: how many of each block and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvm.recall.statistics.checked import (
    CheckedTrials,
    Surprisals,
    checked_surprisals,
    checked_trials,
)
from hvm.recall.statistics.rows import CUTS, Cuts, join
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

COLUMNS = (
    "block",
    "group",
    "reason",
    "n_excluded",
    "n_trials",
    "n_participants",
    "share",
)


def exclusions_table(
    trials: pd.DataFrame | Trials | CheckedTrials,
    surprisals: pd.DataFrame | Surprisals | None = None,
    cuts: Cuts = CUTS,
) -> pd.DataFrame:
    """How many trials each reason excludes, by block and group.

    Parameters
    ----------
    trials, surprisals
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    cuts : Cuts
        Recall times that count.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; ``n_participants`` have such a trial. A trial may have several reasons.
        Times count for ``log_time`` (both cuts), the means (upper cut) and ``log_time_uncut``
        (lower cut); ``a key wrong`` for ``log_time_correct``; a missing surprisal for that model
        alone.

    Raises
    ------
    InputError
        The tables cannot be used.
    """
    import pandas as pd

    counted = checked_trials(trials)
    table = counted.table
    times = table["recall_time_ms"]
    reasons = {
        "time missing": ~np.isfinite(times),
        "time not positive": times <= 0,
        f"shorter than {cuts.shortest_ms:g} ms": (times > 0) & (times < cuts.shortest_ms),
        f"longer than {cuts.longest_ms:g} ms": np.isfinite(times) & (times > cuts.longest_ms),
        "accuracy missing": ~table["accuracy"].between(0, 1),
        "a key wrong": table["accuracy"] < 1,
    }
    key = list(TRIAL_KEY)
    for model, bits in () if surprisals is None else checked_surprisals(surprisals).by_model():
        there = pd.MultiIndex.from_frame(join(table, bits)[key])
        missing = ~pd.MultiIndex.from_frame(table[key]).isin(there)
        reasons[f"no surprisal of {model}"] = pd.Series(missing, index=table.index)
    return pd.concat(
        [_count(counted, reason, mask) for reason, mask in reasons.items()], ignore_index=True
    )


def _count(trials: CheckedTrials, reason: str, mask: pd.Series[bool]) -> pd.DataFrame:
    table = trials.table
    flagged = table.assign(hit=mask.to_numpy(), who=table["participant"].where(mask))
    table = flagged.groupby(["block", "group"], sort=True).agg(
        n_excluded=("hit", "sum"), n_trials=("hit", "size"), n_participants=("who", "nunique")
    )
    table = table.reset_index().sort_values("block", key=trials.places_of, kind="stable")
    table = table.reset_index(drop=True)
    table.insert(2, "reason", reason)
    table["share"] = table["n_excluded"] / table["n_trials"]
    return table
