"""Synthetic participants of the recall task, so that everything runs without a download.

They see sequences of :func:`hvm.worlds.recall_task.recall_sequences`. Their times and accuracies
are made up: they follow a learning curve that knows the trial number and the group, and nothing
of the sequence itself. They are there to try programs on, and show nothing about people or models.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import write_atomic
from hvm.errors import InputError
from hvm.recall.task.cells import csv_bytes
from hvm.worlds.recall_task import RECALL_GROUPS, recall_sequences

if TYPE_CHECKING:
    import pandas as pd

FASTEST_MS = 1500.0
"""Time to type a sequence that needs no thought."""

FIRST_MS = 9000.0
"""What the first trial takes beyond that, in the middle of all participants."""

PRACTICE_EXPONENTS = {"control": 0.5, "variable": 0.3}
"""How fast that falls with practice in training; in transfer as for the variable group, for all."""

CARRIED_TRIALS = 5
"""The practice, in trials, that is left when the transfer block begins."""

PEOPLE_SD, TRIALS_SD = 0.3, 0.25
"""Spread of log time between participants, and between trials of one."""

FIRST_ERRORS, ERROR_EXPONENT = 0.45, 0.5
"""Share of keys that are wrong in the first trial; how fast it falls with practice."""


def synthetic_trials(n_participants: int = 20, seed: int = 1) -> pd.DataFrame:
    """Return a table of made-up trials in the schema of :mod:`hvm.recall.task.schema`.

    Participants 1, 3, 5, ... are in the control group, the others in the variable group.
    Participant number k is the same in every table of one seed.

    Parameters
    ----------
    n_participants : int
        64 rows each: 40 in training, 24 in transfer.
    seed : int
        Seed of everything random.

    Raises
    ------
    InputError
        Fewer than one participant.

    Examples
    --------
    >>> table = synthetic_trials(2)
    >>> len(table), table["group"].unique().tolist()
    (128, ['control', 'variable'])
    """
    import pandas as pd

    if n_participants < 1:
        raise InputError(f"n_participants must be 1 or more, not {n_participants}")
    people = [_participant(number, seed) for number in range(1, n_participants + 1)]
    return pd.concat(people, ignore_index=True)


def write_synthetic_trials(
    path: str | os.PathLike[str], n_participants: int = 20, seed: int = 1
) -> None:
    """Write :func:`synthetic_trials` as a CSV file: equal arguments, equal bytes.

    Parameters
    ----------
    path : path-like
    n_participants, seed : int
        As for :func:`synthetic_trials`.

    Raises
    ------
    InputError
        Fewer than one participant.
    OutputError
        The file cannot be written.
    """
    table = synthetic_trials(n_participants, seed)
    write_atomic(path, csv_bytes(table))


def _participant(number: int, seed: int) -> pd.DataFrame:
    import pandas as pd

    rng = np.random.default_rng([seed, number])
    group = RECALL_GROUPS[(number - 1) % 2]
    sequences, is_transfer = recall_sequences(group, int(rng.integers(1 << 32)))
    practice = _practice(is_transfer)
    exponents = np.where(is_transfer, PRACTICE_EXPONENTS["variable"], PRACTICE_EXPONENTS[group])
    return pd.DataFrame(
        {
            "participant": number,
            "group": group,
            "block": np.where(is_transfer, "transfer", "train"),
            "trial": np.arange(1, len(practice) + 1),
            "sequence": ["".join(map(str, keys)) for keys in sequences.tolist()],
            "recall_time_ms": _times_ms(practice, exponents, rng),
            "accuracy": _accuracies(practice, sequences.shape[1], rng),
        }
    )


def _practice(is_transfer: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64[trials]: 1, 2, 3, ... in training; from ``CARRIED_TRIALS`` on in transfer."""
    n_training = int(np.count_nonzero(~is_transfer))
    practice = np.arange(1.0, len(is_transfer) + 1)
    practice[is_transfer] -= n_training - CARRIED_TRIALS + 1
    return practice


def _times_ms(
    practice: NDArray[np.float64], exponents: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    spread = PEOPLE_SD * rng.standard_normal() + TRIALS_SD * rng.standard_normal(len(practice))
    thought_ms = FIRST_MS * practice**-exponents
    times_ms = (FASTEST_MS + thought_ms) * np.exp(spread)
    return np.rint(times_ms).astype(np.int64)


def _accuracies(
    practice: NDArray[np.float64], n_keys: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    errors = rng.binomial(n_keys, FIRST_ERRORS * practice**-ERROR_EXPONENT)
    return np.round(1 - errors / n_keys, 4)
