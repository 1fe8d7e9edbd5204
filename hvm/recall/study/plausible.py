"""Times that cannot be what their column says, found before the first model runs."""

from __future__ import annotations

import warnings

import numpy as np

from hvm.errors import HvmWarning, InputError
from hvm.recall.statistics.rows import Cuts
from hvm.recall.task.trials import Trials

MOST = 0.5
"""The share of times that no cut may exclude more of."""


def require_times(trials: Trials, cuts: Cuts, name: str) -> None:
    """Require that the cuts leave most times, which they do not in another unit.

    Parameters
    ----------
    trials : Trials
    cuts : Cuts
        Recall times that count.
    name : str
        What messages call the table.

    Raises
    ------
    InputError
        Most times are too short, or too long after they were taken for seconds.

    Warns
    -----
    HvmWarning
        Most times are too long.
    """
    times = trials.table["recall_time_ms"].dropna().to_numpy()
    if not len(times):
        return
    n_short = int(np.count_nonzero(times < cuts.shortest_ms))
    n_long = int(np.count_nonzero(times > cuts.longest_ms))
    is_seconds = trials.format.time_unit == "s"
    middle = f"recall_time_ms: half of the times are {np.median(times):g} ms or less"
    if n_short > MOST * len(times):
        hint = "" if is_seconds else "if they are seconds, say --time-unit s; if not, "
        raise InputError(
            f"{name}: {middle}: {n_short:,} of {len(times):,} would be excluded as shorter than "
            f"{cuts.shortest_ms:g} ms: {hint}say what counts by --shortest-ms"
        )
    if n_long > MOST * len(times):
        problem = (
            f"{name}: {middle}: {n_long:,} of {len(times):,} are excluded as longer than "
            f"{cuts.longest_ms:g} ms"
        )
        if is_seconds:
            raise InputError(f"{problem}: are they milliseconds, not seconds? Or say --longest-ms")
        warnings.warn(f"{problem}: say --longest-ms if they count", HvmWarning, stacklevel=2)
