"""A key for each of six states (``state-keys``).

Files of jsPsych, one a person; rows with a ``state`` and a ``test_part`` are presses. ``mturkID``
and the names of files are ids of workers: they are hashed on reading, and never shown. A **trial**
is six states in a row, as many as there are, counted from the first of each part: a stream has no
trials of its own, and to cut it at its chunks would tell models what they are to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.task_sources import TASK_SOURCES
from hvm.recall.task.checks import shown
from hvm.recall.tasks.published import NOTHING, PublishedFiles, PublishedTable, published_files
from hvm.recall.tasks.task import (
    NO_GROUPS,
    KeyRecord,
    RecallTask,
    TaskTables,
    TrialRecord,
    tables_of,
)

N_STATES = 6
"""States in a trial: as many as the task has."""

COLUMNS = ("rt", "mturkID", "key_press", "state", "test_part", "correct_response", "correct")
TRUTHS = {"true": 1.0, "false": 0.0}


def load(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read one file a person.

    Raises
    ------
    InputError
        They cannot be read.
    """
    files = published_files(path, are_names_ids=True)
    people = [person for table in files.tables(COLUMNS) for person in _people(table)]
    is_one_order = _agree([person.parts for person in people])
    records = [record for person in people for record in _records(person, files, is_one_order)]
    note = "parts are blocks" if is_one_order else "parts come in several orders: blocks count them"
    return tables_of(records, files.folder, files.sha256, [note])


class _Person(NamedTuple):
    """Rows of a table in which a person pressed a key for a state, in their order."""

    name: str
    table: PublishedTable
    rows: list[int]

    @property
    def parts(self) -> list[str]:
        """Parts of the experiment in the order in which the person came to them."""
        return list(dict.fromkeys(self.table.columns["test_part"][self.rows].tolist()))


def _people(table: PublishedTable) -> Iterator[_Person]:
    """Those in a file, one as a rule; a person without an id is called after the file."""
    cells = zip(*(table.columns[name] for name in ("state", "test_part", "mturkID")), strict=True)
    rows: dict[str, list[int]] = {}
    for row, (state, part, worker) in enumerate(cells):
        if state not in NOTHING and part not in NOTHING:
            rows.setdefault(table.stem if worker in NOTHING else worker, []).append(row)
    yield from (_Person(name, table, of_person) for name, of_person in rows.items())


def _agree(orders: list[list[str]]) -> bool:
    """Whether nobody comes to two parts in another order than somebody else.

    >>> _agree([["a", "b", "c"], ["a", "c"]]), _agree([["a", "b"], ["b", "a"]])
    (True, False)
    """
    before = {pair for order in orders for pair in _pairs(order)}
    return not any((later, earlier) in before for earlier, later in before)


def _pairs(order: list[str]) -> Iterator[tuple[str, str]]:
    for at, name in enumerate(order):
        yield from ((name, later) for later in order[at + 1 :])


def _records(person: _Person, files: PublishedFiles, is_one_order: bool) -> Iterator[TrialRecord]:
    name = files.hashed(person.name)
    states, parts = person.table.columns["state"], person.table.columns["test_part"]
    keys = _keys(person)
    runs = (list(run) for _, run in groupby(person.rows, lambda row: parts[row]))
    for number, run in enumerate(runs, 1):
        block = parts[run[0]] if is_one_order else f"part {number}"
        for begin in range(0, len(run), N_STATES):
            rows = run[begin : begin + N_STATES]
            of_trial = [keys[row]._replace(position=at) for at, row in enumerate(rows, 1)]
            yield TrialRecord(name, NO_GROUPS, block, [states[row] for row in rows], of_trial)


def _keys(person: _Person) -> dict[int, KeyRecord]:
    """The event of each row, positions left open; a key is called after the state it is for."""
    table, rows = person.table, person.rows
    wanted, states, parts = (
        table.columns[name] for name in ("correct_response", "state", "test_part")
    )
    times, accuracy = table.times_ms("rt"), _accuracy(table)
    codes = table.numbers("key_press", lambda each: each == np.floor(each))
    state_of = {wanted[row]: states[row] for row in rows}
    distances = {b: abs(codes[b] - codes[a]) for a, b in pairwise(rows)}
    keys = {}
    for row in rows:
        typed = "" if np.isnan(codes[row]) else f"{codes[row]:.0f}"
        typed = state_of.get(typed, f"key {typed}") if typed else ""
        covariates = {"part": parts[row], "distance": distances.get(row, np.nan)}
        keys[row] = KeyRecord(0, times[row], typed, accuracy[row], covariates)
    return keys


def _accuracy(table: PublishedTable) -> NDArray[np.float64]:
    cells = table.columns["correct"]
    values = np.array([TRUTHS.get(cell.lower(), np.nan) for cell in cells])
    is_bad = np.isnan(values) & [cell not in NOTHING for cell in cells]
    table.place.fail_where(is_bad, "correct", lambda at: f"{shown(cells[at])}: not true or false")
    return values


STATE_KEYS = RecallTask(
    name="state-keys",
    trial_is=f"{N_STATES} states in a row, counted from the first of each part",
    sequence_is="the states",
    key_is="a press",
    longest_ms=5000.0,
    load=load,
    source=TASK_SOURCES["state-keys"],
    covariates=("distance",),
    is_stream=True,
)
