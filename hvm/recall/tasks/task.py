"""What a task is: where it was published, what its trial is, which times count; and what it gives.

A loader gives :class:`TrialRecord` by :class:`TrialRecord`, in the order in which each person met
them; :func:`tables_of` numbers them and makes both tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.data.task_sources import TaskSource
from hvm.errors import InputError
from hvm.recall.statistics.rows import Cuts
from hvm.recall.task.keys import Keys, as_keys

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SHORTEST_MS = 100.0
"""No answer to what was shown is faster: what is, was begun before. The same in every task."""

NO_GROUPS, NO_BLOCKS = "all", "all"
"""The group of everybody where there are none, and the block of all trials."""


class KeyRecord(NamedTuple):
    """An event of a trial: see :mod:`hvm.recall.task.keys`. ``covariates`` are further columns."""

    position: int
    time_ms: float
    typed: str = ""
    accuracy: float = np.nan
    covariates: Mapping[str, Any] = {}


class TrialRecord(NamedTuple):
    """A trial of a person: its sequence of symbols, and what happened at some of its positions."""

    participant: str
    group: str
    block: str
    sequence: Sequence[str]
    keys: Sequence[KeyRecord]


class TaskTables(NamedTuple):
    """What a loader gives.

    Attributes
    ----------
    trials : pandas.DataFrame
        In the schema of :mod:`hvm.recall.task.schema`; sequences are lists.
    keys : Keys
    folder, sha256 : str
        The files that they were read from: where, and a hash of what they hold.
    notes : tuple of str
        What the loader decided, a line each.
    """

    trials: pd.DataFrame
    keys: Keys
    folder: str
    sha256: str
    notes: tuple[str, ...] = ()

    def cuts(self, of_keys: Cuts) -> Cuts:
        """Times of trials that count: those of keys, times the fewest and the most timed keys."""
        n_keys = self.keys.table.groupby(["participant", "trial"], sort=False).size()
        fewest, most = (int(n_keys.min()), int(n_keys.max())) if len(n_keys) else (1, 1)
        return Cuts(of_keys.shortest_ms * fewest, of_keys.longest_ms * most)


@dataclass(frozen=True)
class RecallTask:
    """A task that ``hvm recall --task NAME`` runs.

    Attributes
    ----------
    name : str
    trial_is, sequence_is, key_is : str
        What counts as a trial, its sequence and an event, in words.
    longest_ms : float
        The longest time of an event that counts.
    load : callable
        ``load(path, columns)`` gives :class:`TaskTables`; ``columns`` are names that a user gave.
    source : TaskSource, optional
        Where it is published.
    covariates : tuple of str
        Columns of keys that stand in the baseline, where they are there.
    group_of : int
        Keys are shown in groups of so many; 0 where they are not.
    is_stream : bool
        A trial goes on where the one before ended, so that the key before the first is its last.
    takes_columns : bool
        Columns may have other names.
    """

    name: str
    trial_is: str
    sequence_is: str
    key_is: str
    longest_ms: float
    load: Callable[[Path, Mapping[str, str]], TaskTables] = field(repr=False)
    source: TaskSource | None = None
    covariates: tuple[str, ...] = ()
    group_of: int = 0
    is_stream: bool = False
    takes_columns: bool = False

    @property
    def cuts(self) -> Cuts:
        """Times of an event that count, ms."""
        return Cuts(SHORTEST_MS, self.longest_ms)


def tables_of(
    records: Iterable[TrialRecord],
    folder: str,
    sha256: str,
    notes: Sequence[str] = (),
) -> TaskTables:
    """Both tables of records: trials are numbered from 1 for each participant.

    A trial's ``recall_time_ms`` is the sum of its events' times, missing where one is missing or
    there is none. Its ``accuracy`` is their mean, missing unless every position has an event with
    one, as it is the share of the sequence's symbols.

    Parameters
    ----------
    records : iterable of TrialRecord
    folder, sha256 : str
        As of :class:`TaskTables`.
    notes : sequence of str

    Returns
    -------
    TaskTables

    Raises
    ------
    InputError
        There is no record.
    """
    import pandas as pd

    n_before: dict[str, int] = defaultdict(int)
    trials: list[dict[str, Any]] = []
    keys: list[dict[str, Any]] = []
    for record in records:
        n_before[record.participant] += 1
        about = {**record._asdict(), "trial": n_before[record.participant]}
        del about["keys"], about["sequence"]
        trials.append({**about, **_trial_columns(record)})
        keys += [{**about, **_key_columns(key, record)} for key in record.keys]
    if not keys:
        raise InputError(f"{folder}: holds no event with a time")
    return TaskTables(pd.DataFrame(trials), as_keys(pd.DataFrame(keys)), folder, sha256, (*notes,))


def _trial_columns(record: TrialRecord) -> dict[str, Any]:
    times = [key.time_ms for key in record.keys]
    accuracy = [key.accuracy for key in record.keys]
    is_whole = len(record.keys) == len(record.sequence)
    return {
        "sequence": list(record.sequence),
        "recall_time_ms": sum(times) if times else np.nan,
        "accuracy": float(np.mean(accuracy)) if is_whole else np.nan,
    }


def _key_columns(key: KeyRecord, record: TrialRecord) -> dict[str, Any]:
    return {
        "position": key.position,
        "symbol": record.sequence[key.position - 1],
        "typed": key.typed,
        "time_ms": key.time_ms,
        "accuracy": key.accuracy,
        **key.covariates,
    }
