"""From the name of a task and a folder to what a study runs on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hvm.errors import InputError, OutputError, one_line_path
from hvm.recall.statistics.key_rows import KeyDesign
from hvm.recall.statistics.rows import Cuts
from hvm.recall.tasks.registry import TASKS
from hvm.recall.tasks.task import RecallTask, TaskTables

UNEVEN = (
    "sequences differ in length, so that a gain by trial is one of length too: read gains by key"
)


class LoadedTask(NamedTuple):
    """A task with its tables.

    Attributes
    ----------
    task : RecallTask
    tables : TaskTables
    key_cuts, trial_cuts : Cuts
        Times that count, ms, of keys and of whole trials.
    """

    task: RecallTask
    tables: TaskTables
    key_cuts: Cuts
    trial_cuts: Cuts

    @property
    def design(self) -> KeyDesign:
        """What statistics by key are told."""
        task = self.task
        return KeyDesign(self.key_cuts, task.covariates, task.group_of, task.is_stream)

    @property
    def notes(self) -> list[str]:
        """What the loader decided, and what to beware of."""
        lengths = self.tables.trials["sequence"].str.len()
        is_even = lengths.min() == lengths.max()
        return [*self.tables.notes, *([] if is_even else [UNEVEN])]

    @property
    def about(self) -> dict[str, Any]:
        """What files of settings say of it."""
        source = self.task.source
        return {
            "name": self.task.name,
            "folder": self.tables.folder,
            "sha256": self.tables.sha256,
            "source": source and {"place": source.place, "paths": source.paths},
            "licence": source and source.licence,
            "trial": self.task.trial_is,
            "sequence": self.task.sequence_is,
            "key": self.task.key_is,
            "notes": list(self.notes),
            "key_cuts": self.key_cuts._asdict(),
            "trial_cuts": self.trial_cuts._asdict(),
            "baseline_by_key": {
                "covariates": list(self.task.covariates),
                "group_of": self.task.group_of,
                "is_stream": self.task.is_stream,
            },
        }

    def lines(self) -> list[str]:
        """What a user is told before anything runs: source, licence, trial, times that count."""
        task, source = self.task, self.task.source
        lines = [f"{task.name}: a trial is {task.trial_is}; its sequence: {task.sequence_is}"]
        if source:
            lines += [f"{task.name}: published in {source.place}, {source.paths}"]
            lines += [f"{task.name}: licence: {source.licence}"]
        shortest, longest = self.key_cuts
        lines += [f"{task.name}: times of events that count: {shortest:g} to {longest:g} ms"]
        return [*lines, *(f"{task.name}: {note}" for note in self.notes)]


def load_task(
    name: str,
    path: Path,
    columns: Mapping[str, str] | None = None,
    shortest_ms: float | None = None,
    longest_ms: float | None = None,
) -> LoadedTask:
    """Read the published files of a task.

    Parameters
    ----------
    name : str
        Of :data:`~hvm.recall.tasks.registry.TASKS`.
    path : Path
        A file or a folder.
    columns : mapping of str to str, optional
        Columns that have another name; of ``keys`` and ``recall-keys`` alone.
    shortest_ms, longest_ms : float, optional
        Times of events that count; without, those of the task.

    Returns
    -------
    LoadedTask

    Raises
    ------
    InputError
        There is no such task, or its files cannot be read.
    """
    task = TASKS.named(name)
    if columns and not task.takes_columns:
        raise InputError(f"--column: files of {name} are read as they are published")
    tables = task.load(path, columns or {})
    cuts = Cuts(
        task.cuts.shortest_ms if shortest_ms is None else shortest_ms,
        task.cuts.longest_ms if longest_ms is None else longest_ms,
    )
    return LoadedTask(task, tables, cuts, tables.cuts(cuts))


def require_outside(output: Path, path: Path) -> None:
    """Require that results do not go among the published files, which are all read next time.

    Raises
    ------
    OutputError
        They would.
    """
    folder = path.resolve()
    if folder.is_dir() and folder in (output.resolve(), *output.resolve().parents):
        raise OutputError(
            f"{one_line_path(output)}: is in the folder of published files: name another one"
        )
