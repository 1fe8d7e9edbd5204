"""Errors that models predict: bits of the key that was typed where another was shown.

A model goes through a participant's trials as in :mod:`hvm.recall.models.running`. Before it learns
from a trial it is also asked, at every position where a wrong key was typed, what that key would
have cost, given the keys *shown* before it. What was typed is never learned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.models.running import TrialModel
from hvm.recall.task.keys import Keys, rows_of_trials
from hvm.recall.task.trials import Trials


class WrongBits(NamedTuple):
    """Of each row of a table of keys, bits; NaN where the right key was typed, or nobody knows.

    ``typed`` float64[n]: of the wrong key that was typed; ``outside`` float64[n]: of all symbols
    that are never shown, there. Both are NaN where the key typed is one of these.
    """

    typed: NDArray[np.float64]
    outside: NDArray[np.float64]


def typed_bits(
    model: TrialModel,
    trials: Trials,
    keys: Keys,
    progress: Callable[[int, int], None] | None = None,
) -> WrongBits:
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
    WrongBits
    """
    code_of = {symbol: code for code, symbol in enumerate(trials.symbols)}
    asked: dict[int, list[tuple[int, int, int]]] = {}
    rows, table = rows_of_trials(keys, trials), keys.table
    for at in np.flatnonzero(keys.wrong).tolist():
        code = code_of.get(table["typed"].iat[at])
        if code is not None:
            question = int(table["position"].iat[at]), code, at
            asked.setdefault(int(rows[at]), []).append(question)
    bits = WrongBits(np.full(len(keys), np.nan), np.full(len(keys), np.nan))
    people = list(trials.participants())
    for done, person in enumerate(people, 1):
        model.begin(len(trials.symbols))
        for row, sequence in enumerate(person.sequences, person.rows.start):
            for position, code, at in asked.get(row, ()):
                for part, symbol in ((bits.typed, code), (bits.outside, -1)):
                    instead = np.append(sequence[: position - 1], np.int32(symbol))
                    part[at] = model.surprisal(instead)[-1]
            model.observe(sequence)
        if progress is not None:
            progress(done, len(people))
    return bits
