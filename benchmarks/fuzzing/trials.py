"""Tables of trials: one table written in many ways, and cells that are damaged."""

from __future__ import annotations

import csv
import io
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.fuzzing import require
from benchmarks.fuzzing.damage import choice, damaged
from hvm.recall.task.schema import COLUMNS
from hvm.recall.task.trials import Trials, read_trials

Row = dict[str, str]

ALPHABETS: dict[str, tuple[str, ...]] = {
    "digits": tuple("123456"),
    "letters": tuple("abcdef"),
    "numbers": ("1", "2", "10", "11", "12"),
    "signed": ("-2", "-1", "0", "1", "12"),
    "phrases": ("WATER GUN", "T-SHIRT", "CHAIR", "no. 5"),
}
SEPARATORS: dict[str, tuple[str, ...]] = {
    "digits": ("", "|", ";", ", ", ",", " ", "-"),
    "letters": ("", "|", ";", ",", " ", "-"),
    "numbers": ("|", ";", ", ", ",", " ", "-"),
    "signed": ("|", ";", ",", " "),
    "phrases": ("|",),
}
LISTS: tuple[Callable[[list[str]], str], ...] = (
    lambda symbols: f"[{', '.join(symbols)}]",
    lambda symbols: f"({','.join(symbols)})",
    lambda symbols: str(symbols),
    lambda symbols: str(symbols).replace("'", '"'),
)
NASTY_CELLS = (
    "", " ", "NaN", "nan", "NA", "null", "None", "#N/A", "inf", "-inf", "1e400", "1e5", "0", "-1",
    "6.32446E+11", "6,32446E+11", "4-May", "2024-05-04", "04.05.2024", "1.0", "1,5", "0012", "[",
    "]", "[1,", "['a', b]", "1||2", "|", ";", ",", "-", "--", "1 2", "1|2", "1;2", "1,2", "a-b",
    '"', "'", "\n", "a\nb", "\x00", "\ufeff", "\u00e9", "e\u0301", "\U0001f600", "x" * 5000,
    "9" * 400, "=1+1", "<b>", "../x", "train", "transfer", "Train", "2147483648",
    "99999999999999999999",
)  # fmt: skip


class Written(NamedTuple):
    """How a table is written: what of it readers must find out."""

    delimiter: str
    decimal: str
    encoding: str
    line_end: str
    first_line: str
    quoting: int


WAYS = tuple(
    Written(delimiter, decimal, encoding, line_end, first, quoting)
    for delimiter, decimal in ((",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","))
    for encoding in ("utf-8", "utf-8-sig", "utf-16")
    for line_end in ("\n", "\r\n")
    for first in ("", f"sep={delimiter}")
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
)


def table_of(alphabet: tuple[str, ...], rng: np.random.Generator) -> list[tuple[Row, list[str]]]:
    """Rows without their sequences, and these."""
    rows = []
    for person in range(3):
        for trial in range(1, 9):
            row = {
                "participant": f"p{person}" if len(alphabet) % 2 else str(person + 1),
                "group": "control" if person else "variable",
                "block": "train" if trial < 6 else "transfer",
                "trial": str(trial),
                "recall_time_ms": f"{int(rng.integers(1000, 9000))}.{int(rng.integers(10))}",
                "accuracy": choice(("0.5", "1.0", "0.25", ""), rng),
            }
            rows.append((row, rng.choice(alphabet, int(rng.integers(5, 7))).tolist()))
    return rows


def as_bytes(rows: list[Row], names: list[str], way: Written) -> bytes:
    """A file of rows."""
    buffer = io.StringIO()
    writer = csv.writer(
        buffer, delimiter=way.delimiter, lineterminator=way.line_end, quoting=way.quoting
    )
    writer.writerow(names)
    writer.writerows([[row[name] for name in names] for row in rows])
    first = way.first_line + way.line_end if way.first_line else ""
    return (first + buffer.getvalue()).encode(way.encoding)


def symbols_of(trials: Trials) -> list[list[str]]:
    """The symbols of each row."""
    return [
        [trials.symbols[code] for code in trials.sequence(row).tolist()]
        for row in range(len(trials))
    ]


class TrialTables:
    """Files that ``hvm recall`` is given."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name, "trials.csv")
        warnings.simplefilter("ignore")

    def attempt(self, rng: np.random.Generator) -> None:
        """Read a table: written otherwise it is the same, a damaged cell changes no other."""
        kind = choice(tuple(ALPHABETS), rng)
        table = table_of(ALPHABETS[kind], rng)
        rows, way = self._rows(table, kind, rng), choice(WAYS, rng)
        names = [*COLUMNS, "note"] if rng.random() < 0.3 else [*COLUMNS]
        rng.shuffle(names)
        order = rng.permutation(len(rows)) if rng.random() < 0.3 else np.arange(len(rows))
        fate = choice(("whole", "cell", "cell", "bytes"), rng)
        hurt = int(rng.integers(len(rows)))
        if fate == "cell":
            rows[hurt][choice(names, rng)] = choice(NASTY_CELLS, rng)
        if way.decimal == ",":
            for column in ("recall_time_ms", "accuracy"):
                for row in rows:
                    row[column] = row[column].replace(".", ",")
        content = as_bytes([rows[at] for at in order], names, way)
        self._path.write_bytes(damaged(content, rng) if fate == "bytes" else content)
        trials = self._read(fate, kind, way)
        if fate == "bytes":
            return
        kept = [at for at in range(len(rows)) if fate == "whole" or at != hurt]
        self._require_same(trials, table, kept, fate == "whole")

    def _rows(
        self, table: list[tuple[Row, list[str]]], kind: str, rng: np.random.Generator
    ) -> list[Row]:
        """Rows with their sequences, all written in one way."""
        separator, is_list = choice(SEPARATORS[kind], rng), rng.random() < 0.3
        write = choice(LISTS, rng) if is_list and kind != "phrases" else separator.join
        return [{**row, "note": "a note, with; signs", "sequence": write(s)} for row, s in table]

    def _read(self, fate: str, kind: str, way: Written) -> Trials:
        try:
            return read_trials(self._path)
        except Exception as error:
            require(fate != "whole", f"refused: {error} ({kind}, {way})")
            raise

    def _require_same(
        self, trials: Trials, table: list[tuple[Row, list[str]]], kept: list[int], whole: bool
    ) -> None:
        """The kept rows are as they were; rows are ordered by participant and trial as made."""
        times = trials.table["recall_time_ms"].tolist()
        require(len(times) == len(table), f"{len(times)} rows")
        expected = [float(table[at][0]["recall_time_ms"]) for at in kept]
        require([times[at] for at in kept] == expected, "other times")
        if whole:
            found = symbols_of(trials)
            require(found == [sequence for _, sequence in table], f"symbols {found[0]}")


def make() -> TrialTables:
    """Return the kind."""
    return TrialTables()
