"""Detecting a syllable in a stream of made-up words (``syllable-targets``).

A row is a target that came by: ``subject, block, trial, target_num, stream_pos, target, tgt_word,
tgt_pos, detect, rt, rt_secs, rt_sc``. The stream is not in the table, only where in it the targets
stand. So a **trial** is the stream since the target before, up to and with this one, and each
syllable that the table does not name is ``.``: what is left to be foretold is *when* the target
comes. A file ``streams.csv`` beside it, of hvm's own format, names the syllables: ``trial,
stream_pos, syllable``, and ``subject`` where streams differ between people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from hvm.data.task_sources import TASK_SOURCES
from hvm.recall.tasks.published import PublishedFiles, PublishedTable, published_files
from hvm.recall.tasks.task import (
    NO_BLOCKS,
    NO_GROUPS,
    KeyRecord,
    RecallTask,
    TaskTables,
    TrialRecord,
    tables_of,
)

UNKNOWN = "."
"""A syllable of the stream that the table does not name."""

COLUMNS = (
    *("subject", "block", "trial", "target_num", "stream_pos"),
    *("target", "tgt_word", "tgt_pos", "detect", "rt"),
)
STREAM_COLUMNS = ("trial", "stream_pos", "syllable")
STREAM_FILE = "streams"

Streams = dict[tuple[str, int, int], str]
"""A syllable by subject (``""`` for everybody), trial and place in the stream."""


def load(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read the tables of one experiment, or of several, each of people of its own.

    Raises
    ------
    InputError
        They cannot be read, or targets do not go forward in a stream.
    """
    files = published_files(path)
    tables = files.tables(COLUMNS)
    streams = _streams(files)
    records = [
        record
        for table in tables
        for record in _records(table, files, streams, is_one=len(tables) == 1)
    ]
    known = "named by streams.csv" if streams else f"not in the table: {UNKNOWN} stands for each"
    return tables_of(records, files.folder, files.sha256, [f"syllables between targets: {known}"])


def _streams(files: PublishedFiles) -> Streams:
    streams: Streams = {}
    if not any(path.stem == STREAM_FILE for path in files.contents):
        return streams
    for table in files.tables(STREAM_COLUMNS, unless="rt"):
        if table.stem == STREAM_FILE:
            subjects = table.columns.get("subject", [""] * len(table))
            places = zip(subjects, table.wholes("trial"), table.wholes("stream_pos"), strict=True)
            streams |= dict(zip(places, table.texts("syllable"), strict=True))
    return streams


def _records(
    table: PublishedTable, files: PublishedFiles, streams: Streams, is_one: bool
) -> Iterator[TrialRecord]:
    people, targets = table.texts("subject"), table.texts("target")
    number, place = table.wholes("trial"), table.wholes("stream_pos")
    is_hit = table.numbers("detect", lambda each: (each == 0) | (each == 1))
    times = np.where(is_hit == 1, table.times_ms("rt"), np.nan)
    group = NO_GROUPS if is_one else table.stem
    before: dict[str, tuple[int, int]] = {}
    for row, person in enumerate(people.tolist()):
        stream, end = int(number[row]), int(place[row])
        begin = before[person][1] if before.get(person, (None, 0))[0] == stream else 0
        if end <= begin:
            table.place.fail(row, "stream_pos", f"{end} is not after {begin}, the target before")
        before[person] = stream, end
        between = [_syllable(streams, person, stream, at) for at in range(begin + 1, end)]
        covariates = {name: table.columns[name][row] for name in ("tgt_word", "tgt_pos", "block")}
        covariates = {"gap": end - begin, "stream": stream, **_renamed(covariates)}
        typed = targets[row] if is_hit[row] == 1 else ""
        key = KeyRecord(end - begin, times[row], typed, is_hit[row], covariates)
        name = files.hashed(f"{table.stem}/{person}")
        yield TrialRecord(name, group, NO_BLOCKS, [*between, targets[row]], [key])


def _renamed(covariates: dict[str, str]) -> dict[str, str]:
    """The published block is a part of the session, not hvm's block."""
    return {("part" if name == "block" else name): cell for name, cell in covariates.items()}


def _syllable(streams: Streams, person: str, stream: int, place: int) -> str:
    own = streams.get((person, stream, place))
    return own or streams.get(("", stream, place), UNKNOWN)


SYLLABLE_TARGETS = RecallTask(
    name="syllable-targets",
    trial_is="a target, with the stream since the one before",
    sequence_is=f"syllables of the stream, {UNKNOWN} where the table does not name one; the target",
    key_is="the answer to the target: one a trial, at its last position",
    longest_ms=2000.0,
    load=load,
    source=TASK_SOURCES["syllable-targets"],
    is_stream=True,
)
