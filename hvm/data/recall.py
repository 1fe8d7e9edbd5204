"""The recall data from the files as published to a table that ``hvm recall`` reads.

Of the published columns only ``ACCURACY_COLUMNS`` and ``KEY_COLUMNS`` are read on; none of them
describes a person.
"""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hvm.data.files import make_folder, read_bytes, write_atomic
from hvm.data.registry import Fetched, cache_folder, fetch
from hvm.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "human"
TRIALS, PARTICIPANTS = "recall_trials.csv", "recall_participants.csv"
"""The tidy tables, in that folder of the cache."""

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


class TrialRow(NamedTuple):
    """One row of recall_trials.csv."""

    participant: int
    group: str
    block: str
    trial: int
    sequence: str
    recall_time_ms: int
    accuracy: float
    levenshtein_accuracy: float


class ParticipantRow(NamedTuple):
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
    """The person's number."""
    return int(float(row["ID"]))


def keys_of(row: dict[str, str]) -> str:
    """The person's key assignment: ``"['F', 'S']"`` as published, FS here."""
    return _joined(row["keyassignment"])


@cache
def _joined(keys: str) -> str:
    return "".join(ast.literal_eval(keys))


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
) -> list[TrialRow]:
    """Trials in the order of the published file, numbered through both blocks."""
    trials: list[TrialRow] = []
    for participant, rows in groupby(accuracy_rows, participant_of):
        for number, row in enumerate(rows, 1):
            sequence = shown.get((participant, number))
            if sequence is None:
                raise InputError(
                    f"{KEY_FILE}: has no keys for participant {participant}, trial {number}"
                )
            trials.append(
                TrialRow(
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


def tidy_participants(accuracy_rows: Iterable[dict[str, str]]) -> list[ParticipantRow]:
    """One row a person."""
    firsts = {participant_of(row): row for row in reversed(list(accuracy_rows))}
    return [
        ParticipantRow(person, GROUPS[row["traincondition"]], keys_of(row))
        for person, row in reversed(firsts.items())
    ]


def to_csv(rows: Sequence[TrialRow] | Sequence[ParticipantRow]) -> bytes:
    """A table with its header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")


def tidy(accuracy_path: Path, key_path: Path) -> tuple[bytes, bytes]:
    """Both tidy tables as CSV files, from the two published files.

    Parameters
    ----------
    accuracy_path, key_path : Path

    Returns
    -------
    trials, participants : bytes

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
    except InputError:
        raise
    except (ValueError, KeyError, SyntaxError) as error:
        raise InputError(f"{accuracy_path}, {key_path}: not as published: {error}") from None
    if not trials:
        raise InputError(f"{accuracy_path}: holds no trial")
    return to_csv(trials), to_csv(participants)


# -- from fetched to used -----------------------------------------------------------------


def load_recall() -> pd.DataFrame:
    """The human recall data as a table of trials; fetched where they are not here yet.

    They are taken from the folder that ``HVM_DATA`` names, or the cache, or their address.

    Returns
    -------
    pandas.DataFrame
        One row a trial, as :func:`~hvm.recall.task.trials.read_trials` takes it:
        ``participant, group, block, trial, sequence, recall_time_ms, accuracy`` and
        ``levenshtein_accuracy``. Sequences are texts of digits.

    Raises
    ------
    DataError
        They cannot be fetched.
    InputError
        They are not what was published.
    """
    import pandas as pd

    accuracy, keys = fetch("recall")
    trials, _ = tidy(accuracy.path, keys.path)
    return pd.read_csv(io.BytesIO(trials), dtype={"sequence": str})


def write_tidy(files: Sequence[Fetched], folder: Path | None = None) -> list[Path]:
    """Write the tidy tables of fetched files.

    Parameters
    ----------
    files : sequence of Fetched
        Of ``fetch("recall")``.
    folder : Path, optional
        Where ``human/`` with the tables goes; by default the cache.

    Returns
    -------
    list of Path
        The table of trials, then that of participants.

    Raises
    ------
    InputError
        The files are not what was published.
    OutputError
        A table cannot be written.
    """
    accuracy, keys = files
    target = (folder or cache_folder()).expanduser() / FOLDER
    return write_tables(tidy(accuracy.path, keys.path), target)


def write_tables(tables: tuple[bytes, bytes], folder: Path) -> list[Path]:
    """Write what :func:`tidy` gives into a folder, which is made if it is not there.

    Raises
    ------
    OutputError
        A table cannot be written.
    """
    make_folder(folder)
    paths = [folder / TRIALS, folder / PARTICIPANTS]
    for path, table in zip(paths, tables, strict=True):
        write_atomic(path, table)
    return paths
