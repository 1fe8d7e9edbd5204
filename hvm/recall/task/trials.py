"""Trials: a table that keeps to the schema, read from a CSV file or a DataFrame.

:class:`Trials` are the proof that every check has passed: whatever takes them checks nothing again.
The columns are those of :mod:`hvm.recall.task.schema`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import read_bytes, write_atomic
from hvm.errors import HvmWarning, InputError, one_line_path
from hvm.recall.task import checks, design
from hvm.recall.task.cells import csv_bytes
from hvm.recall.task.checks import Cells, Place
from hvm.recall.task.damage import check_undamaged
from hvm.recall.task.dialect import AS_FOUND, LISTS, TableFormat, TableOptions
from hvm.recall.task.encoding import encode
from hvm.recall.task.notation import Notation, as_lists, notation_of, warn_of_unsplit
from hvm.recall.task.oddities import warn_of_oddities
from hvm.recall.task.reading import RawTable, raw_of_file, raw_of_frame

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | os.PathLike[str] | pd.DataFrame"
"""Where trials are read from."""


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
    format : TableFormat
        How the table was written, where it was read.
    """

    table: pd.DataFrame
    symbols: tuple[str, ...]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    format: TableFormat = field(default_factory=TableFormat)

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

    @property
    def n_keys(self) -> NDArray[np.int64]:
        """int64[rows]: the symbols of each sequence."""
        return np.diff(self.starts)

    def plain_sequences(self) -> pd.Series:
        """The column ``sequence``; where symbols are separated, by single spaces.

        Where symbols hold white space themselves, the separator is the character 31.
        """
        written = self.table["sequence"]
        if written.str.len().tolist() == self.n_keys.tolist():
            return written
        has_space = any(len(symbol.split()) != 1 for symbol in self.symbols)
        texts = [*self.symbols, "\ufffd"]  # the last, which is -1, is of symbols outside
        plain = [
            ("\x1f" if has_space else " ").join(texts[code] for code in self.sequence(row))
            for row in range(len(self))
        ]
        return self.table.assign(sequence=plain)["sequence"]

    def csv(self) -> bytes:
        """Return the table as a CSV file that :func:`read_trials` reads back."""
        table = self.table.assign(
            recall_time_ms=_short_numbers(self.table["recall_time_ms"]),
            accuracy=_short_numbers(self.table["accuracy"]),
        )
        return csv_bytes(table)


# -- reading ------------------------------------------------------------------------------------


def read_trials(
    source: Source,
    symbols: Sequence[str] | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    decimal: str | None = None,
    separator: str | None = None,
    time_unit: str = "ms",
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Trials:
    """Read a CSV file of trials, or a DataFrame.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        A file is UTF-8, or UTF-16, with commas, semicolons or tabs; a byte order mark, a first line
        such as ``sep=;`` and Windows line ends are fine.
    symbols : sequence of str, optional
        What codes stand for; without, the symbols of the table: numbers first, in order.
    columns : mapping of str to str, optional
        Columns of the schema that have another name: ``{"participant": "subject"}``.
    decimal : str, optional
        ``.`` or ``,``; without, what the times and accuracies hold.
    separator : str, optional
        What stands between symbols; ``none`` where each character is one. Without, see
        :mod:`hvm.recall.task.schema`.
    time_unit : str
        Of the recall times: ``ms`` or ``s``.
    encoding, delimiter : str, optional
        Of a file; without, what it shows.

    Returns
    -------
    Trials
        What was decided is their ``format``.

    Raises
    ------
    InputError
        The file cannot be read, or does not keep to the schema: the message names the file, the
        line, the column and the value.

    Warns
    -----
    HvmWarning
        A symbol or a length is so rare that it looks like a slip.
    """
    options = TableOptions(columns or {}, decimal, separator, time_unit, encoding, delimiter)
    return trials_of(source, options, symbols)


def trials_of(
    source: Source,
    options: TableOptions,
    symbols: Sequence[str] | None = None,
) -> Trials:
    """Read trials as :func:`read_trials` does, with options in one value.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
    options : TableOptions
    symbols : sequence of str, optional

    Returns
    -------
    Trials

    Raises
    ------
    InputError
        The table cannot be used.
    """
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return _checked(raw_of_frame("table", source, options.checked()), symbols)
    name = one_line_path(source)
    return _checked(raw_of_file(name, read_bytes(source), options.checked()), symbols)


def as_trials(
    table: pd.DataFrame, symbols: Sequence[str] | None = None, name: str = "table"
) -> Trials:
    """Check a DataFrame of trials, which stays as it is.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of the schema, and others; None, NA and NaN are empty cells. Sequences may be
        texts, lists, tuples or arrays.
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
    return _checked(raw_of_frame(name, table, AS_FOUND), symbols)


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


def _checked(raw: RawTable, symbols: Sequence[str] | None) -> Trials:
    import pandas as pd

    place = raw.place
    columns = _checked_columns(raw)
    people, number, sequences = columns["participant"], columns["trial"], columns["sequence"]
    person = pd.factorize(people, sort=True)[0]
    order = np.lexsort((number, person))
    checks.check_numbering(person[order], number[order], order, people, place)
    checks.check_groups(person, columns["group"], people, place)
    design.check_names(columns["group"], columns["block"], place)
    design.warn_of_lone_names(people, columns["group"], columns["block"], place)
    design.block_order(people, columns["block"], number, place)
    notation = notation_of(sequences, raw.options.separator, place)
    check_undamaged(sequences, notation, person, place)
    warn_of_unsplit(sequences, notation, place)
    written = replace(raw.format, separator=notation.separator)
    if notation.is_named and not _is_evident(sequences, notation, person, place):
        columns["sequence"], notation = as_lists(sequences, notation, place), Notation(LISTS)
    names, codes, starts = encode(columns["sequence"], order, notation, place, symbols)
    warn_of_oddities(names, codes, starts, order, place)
    table = pd.concat([pd.DataFrame(columns), raw.extra], axis=1)
    return Trials(table.iloc[order].reset_index(drop=True), names, codes, starts, written)


def _checked_columns(raw: RawTable) -> dict[str, Any]:
    """Columns with the dtypes of the schema."""
    cells, decimals, place = raw.cells, raw.decimals, raw.place
    if not len(cells["trial"]):
        raise InputError(f"{place.name}: holds no trial")
    for column in ("participant", "group", "block", "sequence"):
        checks.no_placeholders(cells[column], column, place)
    times, accuracy, unit = cells["recall_time_ms"], cells["accuracy"], raw.options.time_unit
    return {
        "participant": checks.participants(cells["participant"], place),
        "group": checks.texts(cells["group"], "group", place),
        "block": checks.texts(cells["block"], "block", place),
        "trial": checks.trial_numbers(cells["trial"], place, decimals["trial"]),
        "sequence": checks.texts(cells["sequence"], "sequence", place),
        "recall_time_ms": checks.times_ms(times, place, decimals["recall_time_ms"], unit),
        "accuracy": checks.accuracies(accuracy, place, decimals["accuracy"]),
    }


def _is_evident(
    sequences: Cells, notation: Notation, person: NDArray[np.intp], place: Place
) -> bool:
    """Whether the sequences would be read so if nobody had named their separator."""
    found = notation_of(sequences, None, place)
    if found.separator != notation.separator or any(text[0] == "-" for text in sequences):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HvmWarning)
            check_undamaged(sequences, found, person, place)
            found.splitter(sequences, place)
    except InputError:
        return False
    return True
