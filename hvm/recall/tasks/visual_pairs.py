"""Clicking targets that come in pairs (``visual-pairs``).

A row is a click on a target: ``subject_id, rt, pair, target_index, t, is_predictable,
subject_condition``, in the order of the clicks; other versions call two of them ``pair_id`` and
``target_id``. ``t`` counts how often that target was there, so it does not number rounds where rows
are missing. A **trial** is a round: it ends before a target that it holds already. What stands in a
trial is decided by the targets before, never by pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hvm.data.task_sources import TASK_SOURCES
from hvm.recall.tasks.published import PublishedFiles, PublishedTable, published_files
from hvm.recall.tasks.task import (
    NO_BLOCKS,
    KeyRecord,
    RecallTask,
    TaskTables,
    TrialRecord,
    tables_of,
)

COLUMNS = (
    "subject_id",
    "rt",
    ("pair", "pair_id"),
    ("target_index", "target_id"),
    "t",
    "is_predictable",
    "subject_condition",
)


def load(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read the tables of one experiment, or of several, each of people of its own.

    Raises
    ------
    InputError
        They cannot be read.
    """
    files = published_files(path)
    tables = files.tables(COLUMNS)
    records = [
        record for table in tables for record in _records(table, files, is_one=len(tables) == 1)
    ]
    note = "published rows are taken in their order; what the authors left out is not known here"
    return tables_of(records, files.folder, files.sha256, [note])


def _records(table: PublishedTable, files: PublishedFiles, is_one: bool) -> Iterator[TrialRecord]:
    people, conditions = table.texts("subject_id"), table.texts("subject_condition")
    pairs, targets = (table.texts(table.first_of(*names)) for names in COLUMNS[2:4])
    times, predictable = table.times_ms("rt"), table.wholes("is_predictable")
    appearances = table.wholes("t")
    rows: dict[str, list[int]] = {}
    for row, person in enumerate(people.tolist()):
        rows.setdefault(person, []).append(row)
    for person, of_person in rows.items():
        name = files.hashed(f"{table.stem}/{person}")
        group = conditions[of_person[0]] if is_one else f"{table.stem} {conditions[of_person[0]]}"
        for round_rows in _rounds(of_person, targets):
            keys = [
                KeyRecord(
                    position,
                    times[row],
                    covariates={
                        "is_predictable": predictable[row],
                        "pair": pairs[row],
                        "appearance": appearances[row],
                    },
                )
                for position, row in enumerate(round_rows, 1)
            ]
            sequence = [targets[row] for row in round_rows]
            yield TrialRecord(name, group, NO_BLOCKS, sequence, keys)


def _rounds(rows: list[int], targets: Any) -> Iterator[list[int]]:
    """Cut rows before a target that stands in the round already.

    >>> list(_rounds([0, 1, 2, 3, 4], ["a", "b", "b", "a", "b"]))
    [[0, 1], [2, 3], [4]]
    """
    part: list[int] = []
    there: set[str] = set()
    for row in rows:
        if targets[row] in there:
            yield part
            part, there = [], set()
        part.append(row)
        there.add(targets[row])
    yield part


VISUAL_PAIRS = RecallTask(
    name="visual-pairs",
    trial_is="a round of targets: it ends before one that it holds already",
    sequence_is="the targets in the order in which they were clicked",
    key_is="a click",
    longest_ms=5000.0,
    load=load,
    source=TASK_SOURCES["visual-pairs"],
    is_stream=True,
)
