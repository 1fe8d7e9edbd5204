"""Errors that models predict: bits of the key that was typed where another was shown.

A model goes through a participant's trials as in :mod:`hvm.recall.models.running`. Before it learns
from a trial it is also asked, at every position where a wrong key was typed, what that key would
have cost, given the keys *shown* before it. What was typed is never learned.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hvm.recall.models.running import TrialModel
from hvm.recall.task.keys import Keys, rows_of_trials
from hvm.recall.task.trials import Trials


def typed_bits(
    model: TrialModel,
    trials: Trials,
    keys: Keys,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float64]:
    """Bits of every key that was typed wrongly.

    Parameters
    ----------
    model : TrialModel
        It begins anew with each participant.
    trials : Trials
    keys : Keys
        Of these trials.
    progress : callable, optional
        Called after every participant with the number done and the number of all.

    Returns
    -------
    float64[rows of keys]
        NaN where the right key was typed, or nobody knows which, or one that is never shown.
    """
    code_of = {symbol: code for code, symbol in enumerate(trials.symbols)}
    asked: dict[int, list[tuple[int, int, int]]] = {}
    rows, table = rows_of_trials(keys, trials), keys.table
    for at in np.flatnonzero(keys.wrong).tolist():
        code = code_of.get(table["typed"].iat[at])
        if code is not None:
            question = int(table["position"].iat[at]), code, at
            asked.setdefault(int(rows[at]), []).append(question)
    bits = np.full(len(keys), np.nan)
    people = list(trials.participants())
    for done, person in enumerate(people, 1):
        model.begin(len(trials.symbols))
        for row, sequence in enumerate(person.sequences, person.rows.start):
            for position, code, at in asked.get(row, ()):
                instead = np.append(sequence[: position - 1], np.int32(code))
                bits[at] = model.surprisal(instead)[-1]
            model.observe(sequence)
        if progress is not None:
            progress(done, len(people))
    return bits
