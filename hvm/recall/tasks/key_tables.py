"""Tables of keys: any with the columns (``keys``), and that of the recall task (``recall-keys``).

``keys`` takes a table with one row a key, in any order of its columns: ``participant, trial,
position, shown, typed, time_ms``; ``group`` and ``block`` where there are some. Without
``position``, keys count in the order of rows. ``typed`` and ``time_ms`` may be empty; the first
time of a trial is that since the trial began. Columns of other names are named by ``--column``.
Trials are numbered anew in the order of the table, through all blocks.

``recall-keys`` is ``data/simonsays_ex2/data.csv`` of github swu32/motif_learning, one row a key,
with the names that its own analysis uses: ``ID, traincondition, blockcollect, trialcollect,
instructioncollect`` (shown), ``recallcollect`` (typed) and ``timecollect``. By the experiment's
``simonsays.js`` a time is the milliseconds since the sequence ended, of the first key, and else
since 150 ms after the key before, for which that one was lit. What else the file holds is neither
known here nor read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from hvm.data.task_sources import TASK_SOURCES
from hvm.errors import InputError
from hvm.recall.tasks.published import NOTHING, PublishedFiles, PublishedTable, published_files
from hvm.recall.tasks.task import (
    NO_BLOCKS,
    NO_GROUPS,
    KeyRecord,
    RecallTask,
    TaskTables,
    TrialRecord,
    tables_of,
)

NEEDED = ("participant", "trial", "shown", "typed", "time_ms")
OPTIONAL = ("group", "block", "position")

RECALL_COLUMNS = {
    "participant": "ID",
    "group": "traincondition",
    "block": "blockcollect",
    "trial": "trialcollect",
    "shown": "instructioncollect",
    "typed": "recallcollect",
    "time_ms": "timecollect",
}
RECALL_NAMES = {"ind": "control", "m1": "variable", "test": "transfer"}
"""What hvm calls groups and blocks of the recall task."""

ROWS = ("qwertyuiop", "asdfghjkl;", "zxcvbnm,./")
KEY_PLACES = {key: (x + 0.25 * y, y) for y, row in enumerate(ROWS) for x, key in enumerate(row)}
"""Where keys lie, in widths of a key; a row lies a quarter to the right of the one above."""


def read_keys(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read tables of keys, one row a key.

    Parameters
    ----------
    path : Path
        A file, or a folder of them.
    columns : mapping of str to str
        Columns that have another name there: ``{"participant": "subject"}``.

    Returns
    -------
    TaskTables
        ``distance`` is a column of its keys where all are letters of a keyboard: that from the key
        shown before, in widths of a key.

    Raises
    ------
    InputError
        It cannot be read, a column is missing, or a cell holds what it cannot hold: the message
        names file, line and value.
    """
    return _read(path, columns, {})


def read_recall_keys(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read the keys of the recall task as :func:`read_keys` does, columns and groups renamed.

    Parameters
    ----------
    path, columns
        As for :func:`read_keys`.

    Returns
    -------
    TaskTables

    Raises
    ------
    InputError
        As for :func:`read_keys`.
    """
    return _read(path, {**RECALL_COLUMNS, **columns}, RECALL_NAMES)


def _read(path: Path, columns: Mapping[str, str], renamed: Mapping[str, str]) -> TaskTables:
    for name in columns:
        if name not in (*NEEDED, *OPTIONAL):
            there = ", ".join((*NEEDED, *OPTIONAL))
            raise InputError(f"--column {name}={columns[name]}: {name!r:.40} is none of {there}")
    files = published_files(path)
    source = {name: columns.get(name, name) for name in (*NEEDED, *OPTIONAL)}
    records: list[TrialRecord] = []
    for table in files.tables([source[name] for name in (*NEEDED, *columns)]):
        records += _records(_named(table, source), files, renamed)
    return tables_of(_with_distances(records), files.folder, files.sha256)


def _named(table: PublishedTable, source: Mapping[str, str]) -> PublishedTable:
    """The table with hvm's names for its columns, and with a group and a block in any case."""
    found = {name: table.columns[its] for name, its in source.items() if its in table.columns}
    lacking = {"group": NO_GROUPS, "block": NO_BLOCKS}
    added = {name: np.full(len(table), each, object) for name, each in lacking.items()}
    return PublishedTable(table.stem, {**added, **found}, table.place)


def _records(
    table: PublishedTable, files: PublishedFiles, renamed: Mapping[str, str]
) -> Iterator[TrialRecord]:
    cells = [table.texts(name) for name in ("participant", "block", "trial")]
    groups, shown = table.texts("group"), table.texts("shown")
    typed, times = table.columns["typed"], table.times_ms("time_ms")
    rows_of: dict[tuple[str, ...], list[int]] = {}
    for row, trial in enumerate(zip(*cells, strict=True)):
        rows_of.setdefault(trial, []).append(row)
    _require_order(table, rows_of)
    places = table.wholes("position") if "position" in table.columns else None
    for (person, block, _), rows in rows_of.items():
        if places is not None:
            rows.sort(key=places.__getitem__)
            _require_positions(table, rows, places.tolist())
        keys = [_key(at, times[row], typed[row], shown[row]) for at, row in enumerate(rows, 1)]
        group = groups[rows[0]]
        yield TrialRecord(
            files.hashed(person),
            renamed.get(group, group),
            renamed.get(block, block),
            [shown[row] for row in rows],
            keys,
        )


def _require_order(table: PublishedTable, rows_of: Mapping[tuple[str, ...], list[int]]) -> None:
    """Trials are numbered in the order of the table, so theirs must not go back within a block."""
    number = table.numbers("trial", np.isfinite)
    before: dict[tuple[str, ...], float] = {}
    for (*where, _), rows in rows_of.items():
        this, last = number[rows[0]], before.get(tuple(where), -np.inf)
        if this < last:
            problem = f"{this:g} comes after {last:g}: order rows as they were seen"
            table.place.fail(rows[0], "trial", problem)
        before[tuple(where)] = this


def _key(position: int, time_ms: float, typed: str, shown: str) -> KeyRecord:
    if typed in NOTHING:
        return KeyRecord(position, time_ms)
    return KeyRecord(position, time_ms, typed, float(typed == shown))


def _require_positions(table: PublishedTable, rows: list[int], places: list[int]) -> None:
    for wanted, row in enumerate(rows, 1):
        if places[row] != wanted:
            problem = f"{places[row]}, where the trial's positions 1, 2, 3, ... lack {wanted}"
            table.place.fail(row, "position", problem)


# -- where keys lie -------------------------------------------------------------------------------


def _with_distances(records: list[TrialRecord]) -> list[TrialRecord]:
    symbols = {symbol.lower() for record in records for symbol in record.sequence}
    if not symbols <= KEY_PLACES.keys():
        return records
    return [record._replace(keys=_apart(record)) for record in records]


def _apart(record: TrialRecord) -> list[KeyRecord]:
    places = np.array([KEY_PLACES[symbol.lower()] for symbol in record.sequence])
    steps = np.hypot(*np.diff(places, axis=0).T) if len(places) > 1 else np.zeros(0)
    distances = [np.nan, *steps.tolist()]
    return [
        key._replace(covariates={"distance": distance})
        for key, distance in zip(record.keys, distances, strict=True)
    ]


KEYS = RecallTask(
    name="keys",
    trial_is="as the column trial says",
    sequence_is="the keys shown",
    key_is="a key",
    longest_ms=10_000.0,
    load=read_keys,
    covariates=("distance",),
    takes_columns=True,
)
RECALL_KEYS = RecallTask(
    name="recall-keys",
    trial_is="a sequence of twelve keys",
    sequence_is="the keys shown",
    key_is="a key typed back",
    longest_ms=10_000.0,
    load=read_recall_keys,
    source=TASK_SOURCES["recall-keys"],
    covariates=("distance",),
    takes_columns=True,
    group_of=4,
)
