"""Make the tidy tables of the recall task from the two files as published.

python human_data/prepare.py FOLDER              fetches them, or finds them in HVM_DATA
python human_data/prepare.py FOLDER --raw DIR    takes them from DIR

Writes FOLDER/recall_trials.csv and FOLDER/recall_participants.csv. Of the published columns only
``ACCURACY_COLUMNS`` and ``KEY_COLUMNS`` are read on; none of them describes a person.
"""

from __future__ import annotations

import argparse
import ast
import csv
import io
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from hvm.data.files import make_folder, read_bytes, write_atomic
from hvm.data.registry import fetch
from hvm.errors import HvmError, InputError

ACCURACY_FILE = "recall_exp2_accdata.csv"
KEY_FILE = "recall_exp2_individualkey.csv"

ACCURACY_COLUMNS = (
    "ID",
    "traincondition",
    "blockcollect",
    "trialcollect",
    "keyassignment",
    "timecollect",
    "correctcollect",
    "levinsteinacc",
)
KEY_COLUMNS = ("ID", "trialcollect", "keyassignment", "instructioncollect")

GROUPS = {"ind": "control", "m1": "variable"}
BLOCKS = {"train": "train", "test": "transfer"}
N_KEYS = 12


class Trial(NamedTuple):
    """One row of recall_trials.csv."""

    participant: int
    group: str
    block: str
    trial: int
    sequence: str
    recall_time_ms: int
    accuracy: float
    levenshtein_accuracy: float


class Participant(NamedTuple):
    """One row of recall_participants.csv."""

    participant: int
    group: str
    keys: str


# -- reading ------------------------------------------------------------------------------


def read_columns(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The named columns of a CSV file, and nothing else of it."""
    try:
        reader = csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8-sig"), newline=""))
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: has no column {', '.join(missing)}")
        return [{column: row[column] or "" for column in columns} for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None


def participant_of(row: dict[str, str]) -> int:
    return int(float(row["ID"]))


def keys_of(row: dict[str, str]) -> str:
    """The person's key assignment: ``"['F', 'S']"`` as published, FS here."""
    return "".join(ast.literal_eval(row["keyassignment"]))


# -- tidying ------------------------------------------------------------------------------


def shown_sequences(rows: Iterable[dict[str, str]]) -> dict[tuple[int, int], str]:
    """What each participant saw in each trial: the place of each key in the key assignment."""
    shown = {}
    for trial, group in groupby(rows, lambda row: (participant_of(row), int(row["trialcollect"]))):
        sequence = "".join(str(keys_of(row).index(row["instructioncollect"]) + 1) for row in group)
        if len(sequence) != N_KEYS or trial in shown:
            raise InputError(
                f"{KEY_FILE}: participant {trial[0]}, trial {trial[1]}: not {N_KEYS} keys in a row"
            )
        shown[trial] = sequence
    return shown


def tidy_trials(
    accuracy_rows: Iterable[dict[str, str]], shown: dict[tuple[int, int], str]
) -> list[Trial]:
    """Trials in the order of the published file, numbered through both blocks."""
    trials: list[Trial] = []
    for participant, rows in groupby(accuracy_rows, participant_of):
        for number, row in enumerate(rows, 1):
            sequence = shown.get((participant, number))
            if sequence is None:
                raise InputError(
                    f"{KEY_FILE}: has no keys for participant {participant}, trial {number}"
                )
            trials.append(
                Trial(
                    participant,
                    GROUPS[row["traincondition"]],
                    BLOCKS[row["blockcollect"]],
                    number,
                    sequence,
                    int(float(row["timecollect"])),
                    round(float(row["correctcollect"]), 4),
                    round(float(row["levinsteinacc"]), 4),
                )
            )
    return trials


def tidy_participants(accuracy_rows: Iterable[dict[str, str]]) -> list[Participant]:
    """One row a person."""
    firsts = {participant_of(row): row for row in reversed(list(accuracy_rows))}
    return [
        Participant(person, GROUPS[row["traincondition"]], keys_of(row))
        for person, row in reversed(firsts.items())
    ]


def to_csv(rows: Sequence[Trial] | Sequence[Participant]) -> bytes:
    """A table with its header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")


def tidy(accuracy_path: Path, key_path: Path) -> tuple[bytes, bytes]:
    """Both tidy tables as CSV files, from the two published files.

    Raises
    ------
    InputError
        A file cannot be read, or is not what was published.
    """
    accuracy_rows = read_columns(accuracy_path, ACCURACY_COLUMNS)
    key_rows = read_columns(key_path, KEY_COLUMNS)
    try:
        trials = tidy_trials(accuracy_rows, shown_sequences(key_rows))
        participants = tidy_participants(accuracy_rows)
    except (ValueError, KeyError, SyntaxError) as error:
        raise InputError(f"{accuracy_path}, {key_path}: not as published: {error}") from None
    if not trials:
        raise InputError(f"{accuracy_path}: holds no trial")
    return to_csv(trials), to_csv(participants)


# -- running ------------------------------------------------------------------------------


def raw_files(folder: Path | None) -> tuple[Path, Path]:
    if folder is None:
        accuracy, keys = fetch("recall")
        return accuracy.path, keys.path
    return folder / ACCURACY_FILE, folder / KEY_FILE


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the tidy tables of the recall task.")
    parser.add_argument("folder", type=Path, help="where the two tables go")
    parser.add_argument("--raw", type=Path, help="folder of the two published files")
    options = parser.parse_args(arguments)
    try:
        trials, participants = tidy(*raw_files(options.raw))
        make_folder(options.folder)
        write_atomic(options.folder / "recall_trials.csv", trials)
        write_atomic(options.folder / "recall_participants.csv", participants)
    except HvmError as error:
        print(f"prepare.py: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
