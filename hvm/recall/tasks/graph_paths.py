"""Paths through subway maps (``graph-paths``).

A row is a path: ``group, subj_id, stage, start, goal, path, length, RTs, keys, RT_tot``; later
versions have ``trial, valid_keys, timestamp, datetime`` too. ``path`` holds the stations from the
start on, ``RTs`` and ``keys`` every key with its time, the last being the space that ends the path.
A **trial** is a path, its sequence the stations, the start first. The start is given: the events
are the moves, at positions 2, 3, ..., with the time since the station before was reached. Models
know where a path began, not where it shall end.

A key that leads nowhere is no move. ``valid_keys`` says which do; without it, moves have times
where there are as many keys as moves and the space, and no times elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from hvm.data.task_sources import TASK_SOURCES
from hvm.recall.task.schema import NUMBER
from hvm.recall.tasks.published import PublishedFiles, PublishedTable, published_files
from hvm.recall.tasks.task import KeyRecord, RecallTask, TaskTables, TrialRecord, tables_of

COLUMNS = ("group", "subj_id", "stage", "start", "goal", "path", "RTs", "keys")


def load(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read one file a person.

    Raises
    ------
    InputError
        They cannot be read, or lists of a row do not fit each other.
    """
    files = published_files(path, are_names_ids=True)
    records: list[TrialRecord] = []
    for table in files.tables(COLUMNS):
        records += _records(table, files)
    n_open = sum(math.isnan(key.time_ms) for record in records for key in record.keys)
    n_all = sum(len(record.keys) for record in records)
    note = f"{n_open:,} of {n_all:,} moves have no time, as keys before them led nowhere"
    return tables_of(records, files.folder, files.sha256, [note] * (n_open > 0))


def _records(table: PublishedTable, files: PublishedFiles) -> Iterator[TrialRecord]:
    cells = (table.texts(name) for name in ("subj_id", "group", "stage", "start", "goal", "path"))
    for row, (person, group, stage, start, goal, path) in enumerate(zip(*cells, strict=True)):
        stations = path.split()
        if start != stations[0]:
            table.place.fail(
                row, "path", f"{path!r:.40} does not begin at the start, {start!r:.20}"
            )
        times = _move_times(table, row, len(stations) - 1)
        keys = [
            KeyRecord(at, time, covariates={"goal": goal, "left": len(stations) - at})
            for at, time in enumerate(times, 2)
        ]
        yield TrialRecord(files.hashed(person), group, stage, stations, keys)


def _move_times(table: PublishedTable, row: int, n_moves: int) -> list[float]:
    """Milliseconds from station to station; NaN where the key that moved is not known."""
    times = _numbers(table, row, "RTs")
    if len(_numbers(table, row, "keys")) != len(times):
        table.place.fail(row, "RTs", f"{len(times)} times, where there are not as many keys")
    if len(times) < n_moves:
        table.place.fail(row, "path", f"{n_moves} moves, where there are {len(times)} keys")
    is_exact = len(times) <= n_moves + 1
    last_keys: Sequence[float] = range(1, n_moves + 1) if is_exact else ()
    if "valid_keys" in table.columns and not is_exact:
        last_keys = _numbers(table, row, "valid_keys")
        if len(last_keys) != n_moves or not all(1 <= key <= len(times) for key in last_keys):
            table.place.fail(row, "valid_keys", f"do not name the {n_moves} keys that moved")
    if not last_keys:
        return [np.nan] * n_moves
    ends = [0, *(int(key) for key in last_keys)]
    sums = [sum(times[begin:end]) for begin, end in pairwise(ends)]
    return [time if time > 0 else np.nan for time in sums]


def _numbers(table: PublishedTable, row: int, column: str) -> list[float]:
    cell = table.columns[column][row]
    for text in cell.split():
        if not NUMBER.fullmatch(text) or float(text) < 0:
            table.place.fail(row, column, f"{text!r:.40} cannot be right")
    return [float(text) for text in cell.split()]


GRAPH_PATHS = RecallTask(
    name="graph-paths",
    trial_is="a path from a start to a goal",
    sequence_is="the stations, the start first",
    key_is="a move to the next station",
    longest_ms=10_000.0,
    load=load,
    source=TASK_SOURCES["graph-paths"],
)
