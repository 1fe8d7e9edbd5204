"""Trials: a table that keeps to the schema, read from a CSV file or a DataFrame.

:class:`Trials` are the proof that every check has passed: whatever takes them checks nothing again.
The columns are those of :mod:`hvm.recall.task.schema`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import read_bytes, write_atomic
from hvm.errors import InputError, one_line_path
from hvm.recall.task import checks, design
from hvm.recall.task.cells import (
    as_text,
    csv_bytes,
    find_columns,
    line_of,
    natural_column,
    read_cells,
    stripped,
)
from hvm.recall.task.checks import Cells, Place
from hvm.recall.task.encoding import encode

if TYPE_CHECKING:
    import pandas as pd


class Participant(NamedTuple):
    """The trials of one participant, in order.

    Attributes
    ----------
    name : int or str
        As in the column ``participant``.
    group : str
        The participant's group: for statistics, never for models.
    rows : slice
        Rows of :attr:`Trials.table`.
    sequences : list of int32[n]
        The symbols of each trial, as codes.
    """

    name: Any
    group: str
    rows: slice
    sequences: list[NDArray[np.int32]]


@dataclass(frozen=True)
class Trials:
    """A checked table of trials, ordered by participant and trial.

    Attributes
    ----------
    table : pandas.DataFrame
        The columns of the schema, then the others, indexed from 0. Times and accuracies are
        float64, NaN where missing; trials are int64; a participant is int64 if all are integers.
    symbols : tuple of str
        What the codes stand for; a symbol's code is its index.
    codes : int32[n]
        The symbols of all rows, one row after the other; -1 outside ``symbols``.
    starts : int64[rows + 1]
        Row r is ``codes[starts[r]:starts[r + 1]]``.
    """

    table: pd.DataFrame
    symbols: tuple[str, ...]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def bounds(self) -> NDArray[np.int64]:
        """int64[participants + 1]: the first row of each participant, and the number of rows."""
        names = self.table["participant"].to_numpy()
        changes = np.flatnonzero(names[1:] != names[:-1]) + 1
        return np.concatenate([[0], changes, [len(names)]])

    def sequence(self, row: int) -> NDArray[np.int32]:
        """int32[n]: the symbols of one row, as codes."""
        return self.codes[self.starts[row] : self.starts[row + 1]]

    def participants(self) -> Iterator[Participant]:
        """Go through the participants, each with all trials."""
        bounds = self.bounds.tolist()
        names = self.table["participant"].tolist()
        groups = self.table["group"].tolist()
        for begin, end in pairwise(bounds):
            sequences = [self.sequence(row) for row in range(begin, end)]
            yield Participant(names[begin], groups[begin], slice(begin, end), sequences)

    def numbered(self) -> dict[Any, list[list[int]]]:
        """Sequences of each participant by name, symbols from 1 as transcripts number them."""
        return {
            person.name: [(sequence + 1).tolist() for sequence in person.sequences]
            for person in self.participants()
        }

    def plain_sequences(self) -> pd.Series:
        """The column ``sequence``; where symbols are separated, by single spaces."""
        written = self.table["sequence"]
        if written.str.len().tolist() == np.diff(self.starts).tolist():
            return written
        rows = range(len(self))
        plain = [" ".join(self.symbols[code] for code in self.sequence(row)) for row in rows]
        return self.table.assign(sequence=plain)["sequence"]

    def csv(self) -> bytes:
        """Return the table as a CSV file that :func:`read_trials` reads back."""
        table = self.table.assign(
            recall_time_ms=_short_numbers(self.table["recall_time_ms"]),
            accuracy=_short_numbers(self.table["accuracy"]),
        )
        return csv_bytes(table)


# -- reading ------------------------------------------------------------------------------------


def read_trials(path: str | os.PathLike[str], symbols: Sequence[str] | None = None) -> Trials:
    """Read a CSV file of trials.

    Parameters
    ----------
    path : path-like
        UTF-8 with commas; a byte order mark and Windows line ends are fine.
    symbols : sequence of str, optional
        What codes stand for; without, the symbols of the table: numbers first, in order.

    Raises
    ------
    InputError
        The file cannot be read, or does not keep to the schema: the message names the file, the
        line, the column and the value.
    """
    import pandas as pd

    name = one_line_path(path)
    data = read_bytes(path)
    table = read_cells(name, data)
    names = [column.strip() for column in table.iloc[0]]
    wanted = find_columns(names, name)
    cells = {column: stripped(table[index].tolist()[1:]) for column, index in wanted.items()}
    extra = {
        column: natural_column(table[index][1:].reset_index(drop=True))
        for index, column in enumerate(names)
        if column not in wanted
    }
    place = Place(name, "line", lambda position: line_of(name, data, position))
    return _checked(cells, pd.DataFrame(extra), place, symbols)


def as_trials(
    table: pd.DataFrame, symbols: Sequence[str] | None = None, name: str = "table"
) -> Trials:
    """Check a DataFrame of trials, which stays as it is.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of the schema, and others; None, NA and NaN are empty cells.
    symbols : sequence of str, optional
        As for :func:`read_trials`.
    name : str
        What messages call the table.

    Returns
    -------
    Trials

    Raises
    ------
    InputError
        It does not keep to the schema: the message names the row by its index.

    Examples
    --------
    >>> import pandas as pd
    >>> trials = as_trials(pd.DataFrame({
    ...     "participant": "ann", "group": "control", "block": "train", "trial": [2, 1],
    ...     "sequence": ["31", "133"], "recall_time_ms": [900, None], "accuracy": 1}))
    >>> trials.symbols, [codes.tolist() for codes in next(trials.participants()).sequences]
    (('1', '3'), [[0, 1, 1], [1, 0]])
    """
    names = [str(column) for column in table.columns]
    wanted = find_columns(names, name)
    cells = {column: as_text(table.iloc[:, index]) for column, index in wanted.items()}
    others = [index for index, column in enumerate(names) if column not in wanted]
    place = Place(name, "row", table.index.__getitem__)
    return _checked(cells, table.iloc[:, others].reset_index(drop=True), place, symbols)


def write_trials(path: str | os.PathLike[str], trials: Trials) -> None:
    """Write a CSV file of trials, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    write_atomic(path, trials.csv())


def _short_numbers(column: pd.Series) -> pd.Series:
    """Whole numbers as integers, so that 900.0 is written 900."""
    known = column.dropna()
    is_whole = (known == np.floor(known)).all() and (known.abs() < 2**53).all()
    return column.astype("Int64") if is_whole else column


def _checked(
    cells: dict[str, Cells],
    extra: pd.DataFrame,
    place: Place,
    symbols: Sequence[str] | None,
) -> Trials:
    import pandas as pd

    if not len(cells["trial"]):
        raise InputError(f"{place.name}: holds no trial")
    people = checks.participants(cells["participant"], place)
    number = checks.trial_numbers(cells["trial"], place)
    columns = {
        "participant": people,
        "group": checks.texts(cells["group"], "group", place),
        "block": checks.texts(cells["block"], "block", place),
        "trial": number,
        "sequence": checks.texts(cells["sequence"], "sequence", place),
        "recall_time_ms": checks.times_ms(cells["recall_time_ms"], place),
        "accuracy": checks.accuracies(cells["accuracy"], place),
    }
    person = pd.factorize(people, sort=True)[0]
    order = np.lexsort((number, person))
    checks.check_numbering(person[order], number[order], order, people, place)
    checks.check_groups(person, columns["group"], people, place)
    design.check_names(columns["group"], columns["block"], place)
    design.warn_of_lone_names(people, columns["group"], columns["block"], place)
    design.block_order(people, columns["block"], number, place)
    names, codes, starts = encode(columns["sequence"][order], order, place, symbols)
    table = pd.concat([pd.DataFrame(columns), extra], axis=1).iloc[order].reset_index(drop=True)
    return Trials(table, names, codes, starts)
