r"""Tables of trials: one row a trial, read from a CSV file or a DataFrame, checked row by row.

A table has these columns, in any order; others are kept as they are.

================== ========================= =====================================================
column             values                    meaning
================== ========================= =====================================================
``participant``    text or integer           who
``group``          text                      condition; one for all trials of a participant
``block``          ``train``, ``transfer``   part of the experiment
``trial``          1, 2, 3, ...              number within the participant, through both blocks
``sequence``       text, never empty         what was shown; see below
``recall_time_ms`` above 0, or empty         time to type it back, in milliseconds
``accuracy``       0 to 1, or empty          share of symbols recalled
================== ========================= =====================================================

A sequence is one symbol a character (``236461244562``). If any sequence of the table holds a space
or one of ``|``, ``;``, ``-``, these stand between the symbols of all its sequences (``12 3 10``),
as alphabets of more than ten need. Symbols may be any text, and sequences differ in length.

Every trial that a participant saw must be there, numbered without a gap, because models learn from
all of them. Where a time or an accuracy is missing, or shall not count, its cell is empty.
The text ``NaN`` is not empty: it is an error, as are times of zero and below.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from hvm.data.files import read_bytes, write_atomic
from hvm.errors import InputError, one_line_path

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("participant", "group", "block", "trial", "sequence", "recall_time_ms", "accuracy")
BLOCKS = ("train", "transfer")

_SEPARATOR = re.compile(r"\s*[|;-]\s*|\s+")
_IS_PLAIN = re.compile(r"[^\s|;-]+(?: [^\s|;-]+)*").fullmatch
_INTEGER = r"0|-?[1-9][0-9]{0,17}"
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_MAX_TRIAL = 1 << 31
_CHUNK = 1 << 14


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
    sequences: list[np.ndarray]


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
    codes: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.table)

    @property
    def bounds(self) -> np.ndarray:
        """int64[participants + 1]: the first row of each participant, and the number of rows."""
        names = self.table["participant"].to_numpy()
        changes = np.flatnonzero(names[1:] != names[:-1]) + 1
        return np.concatenate([[0], changes, [len(names)]])

    def sequence(self, row: int) -> np.ndarray:
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

    def csv(self) -> bytes:
        """Return the table as a CSV file that :func:`read_trials` reads back."""
        table = self.table.assign(
            recall_time_ms=_short_numbers(self.table["recall_time_ms"]),
            accuracy=_short_numbers(self.table["accuracy"]),
        )
        return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


class _Place(NamedTuple):
    """How a message names a cell: the table, what its rows are called, and which one it is."""

    name: str
    row: str
    label: Callable[[int], Any]

    def at(self, position: int) -> str:
        return f"{self.row} {self.label(position)}"

    def fail(self, position: int, column: str, problem: str) -> NoReturn:
        raise InputError(f"{self.name}: {self.at(position)}, {column}: {problem}")

    def fail_where(self, is_bad: np.ndarray, column: str, problem: Callable[[int], str]) -> None:
        """Raise for the first bad row, if there is one, and say how many more there are."""
        n_bad = int(np.count_nonzero(is_bad))
        if n_bad:
            position = int(np.argmax(is_bad))
            others = f" (and {n_bad - 1:,} more such rows)" if n_bad > 1 else ""
            self.fail(position, column, problem(position) + others)


# -- reading ------------------------------------------------------------------------------------


def read_trials(path: str | os.PathLike, symbols: Sequence[str] | None = None) -> Trials:
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
    table = _read_cells(name, data)
    names = [column.strip() for column in table.iloc[0]]
    wanted = _find_columns(names, name)
    cells = {column: _object_array(table[index].tolist()[1:]) for column, index in wanted.items()}
    extra = {
        column: _natural(table[index][1:].reset_index(drop=True))
        for index, column in enumerate(names)
        if column not in wanted
    }
    place = _Place(name, "line", lambda position: _line(name, data, position))
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
    wanted = _find_columns(names, name)
    cells = {column: _as_text(table.iloc[:, index]) for column, index in wanted.items()}
    others = [index for index, column in enumerate(names) if column not in wanted]
    place = _Place(name, "row", table.index.__getitem__)
    return _checked(cells, table.iloc[:, others].reset_index(drop=True), place, symbols)


def write_trials(path: str | os.PathLike, trials: Trials) -> None:
    """Write a CSV file of trials, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    write_atomic(path, trials.csv())


def _read_cells(name: str, data: bytes) -> pd.DataFrame:
    """Every cell as text, blank lines left out; row 0 is the first line."""
    import pandas as pd

    try:
        cells = pd.read_csv(
            io.BytesIO(data),
            header=None,
            index_col=False,
            dtype=object,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except pd.errors.EmptyDataError:
        raise InputError(f"{name}: is empty: its first line must name the columns") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        _check_widths(name, data)
        raise InputError(f"{name}: cannot be read: {' '.join(str(error).split())}") from None
    # pandas fills short rows. Commas tell of them, unless some are quoted.
    if b'"' in data or data.count(b",") != (cells.shape[1] - 1) * len(cells):
        _check_widths(name, data)
    return cells


def _check_widths(name: str, data: bytes) -> None:
    """Every row has as many cells as the first; slow, but it knows where rows begin."""
    rows = _numbered_rows(name, data)
    _, first = next(rows, (0, []))
    for line, row in rows:
        if len(row) != len(first):
            raise InputError(
                f"{name}: line {line}: has {len(row)} cells, where the first line names "
                f"{len(first)} columns"
            )


def _line(name: str, data: bytes, position: int) -> int:
    """The line on which a row of the table begins."""
    row = islice(_numbered_rows(name, data), position + 1, None)
    return next(row, (position + 2, []))[0]


def _numbered_rows(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it begins."""
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
    reader = csv.reader(text)
    line = 1
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}: line {line}: {error}") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: line {_first_bad_line(data)}: is not UTF-8 ({error.reason})"
        ) from None


def _first_bad_line(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1


def _find_columns(names: list[str], name: str) -> dict[str, int]:
    """The place of each column of the schema; none may be missing or there twice."""
    twice = [column for column in dict.fromkeys(names) if names.count(column) > 1]
    if twice:
        raise InputError(f"{name}: has more than one column {twice[0]!r:.60}")
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise InputError(f"{name}: {_missing(missing, names)}")
    return {column: names.index(column) for column in COLUMNS}


def _missing(missing: list[str], names: list[str]) -> str:
    if len(names) == 1 and re.search("[;\t]", names[0]):
        return "its columns stand apart by another sign than the comma"
    free = {other.lower(): other for other in names if other not in COLUMNS}
    hints = []
    for column in missing:
        close = difflib.get_close_matches(column, free, n=1, cutoff=0.5)
        hints.append(f"{column} (rename {free[close[0]]!r:.60}?)" if close else column)
    return f"has no column {', '.join(hints)}; it needs {', '.join(COLUMNS)}"


# -- cells as text ------------------------------------------------------------------------------


def _object_array(cells: Iterable[str]) -> np.ndarray:
    """Cells without the spaces around them."""
    stripped = [cell.strip() for cell in cells]
    array = np.empty(len(stripped), object)
    array[:] = stripped
    return array


def _as_text(column: pd.Series) -> np.ndarray:
    """Cells as a CSV file would hold them; whole numbers without a decimal point."""
    import pandas as pd

    is_empty = column.isna().to_numpy(bool)
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(float, na_value=np.nan)
        texts = [str(int(v)) if v == v and v.is_integer() else repr(v) for v in values.tolist()]
    else:
        texts = [str(value) for value in column.tolist()]
    cells = _object_array(texts)
    cells[is_empty] = ""
    return cells


def _natural(column: pd.Series) -> pd.Series:
    """A column nobody described: numbers where each cell is one or empty, else the text it is."""
    import pandas as pd

    cells = column[column != ""]
    if len(cells) and cells.str.fullmatch(_INTEGER).all():
        dtype = "int64" if len(cells) == len(column) else "Int64"
        return pd.to_numeric(column.where(column != "", None)).astype(dtype)
    if len(cells) and cells.str.fullmatch(_NUMBER).all() and not cells.str.match("0[0-9]").any():
        return column.where(column != "", "nan").astype(float)
    return column.astype(str)


def _short_numbers(column: pd.Series) -> pd.Series:
    """Whole numbers as integers, so that 900.0 is written 900."""
    known = column.dropna()
    is_whole = (known == np.floor(known)).all() and (known.abs() < 2**53).all()
    return column.astype("Int64") if is_whole else column


# -- checking -----------------------------------------------------------------------------------


def _checked(
    cells: dict[str, np.ndarray],
    extra: pd.DataFrame,
    place: _Place,
    symbols: Sequence[str] | None,
) -> Trials:
    import pandas as pd

    if not len(cells["trial"]):
        raise InputError(f"{place.name}: holds no trial")
    people = _participants(cells["participant"], place)
    number = _trial_numbers(cells["trial"], place)
    columns = {
        "participant": people,
        "group": _texts(cells["group"], "group", place),
        "block": _blocks(cells["block"], place),
        "trial": number,
        "sequence": _texts(cells["sequence"], "sequence", place),
        "recall_time_ms": _times(cells["recall_time_ms"], place),
        "accuracy": _accuracies(cells["accuracy"], place),
    }
    person = pd.factorize(people, sort=True)[0]
    order = np.lexsort((number, person))
    _check_numbering(person[order], number[order], order, people, place)
    _check_groups(person, columns["group"], people, place)
    names, codes, starts = _encode(columns["sequence"][order], order, place, symbols)
    table = pd.concat([pd.DataFrame(columns), extra], axis=1).iloc[order].reset_index(drop=True)
    return Trials(table, names, codes, starts)


def _texts(cells: np.ndarray, column: str, place: _Place) -> np.ndarray:
    place.fail_where(cells == "", column, lambda _: "is empty")
    return cells


def _participants(cells: np.ndarray, place: _Place) -> np.ndarray:
    """Integers if all of them are, written as integers are; else texts."""
    _texts(cells, "participant", place)
    is_integer = re.compile(_INTEGER).fullmatch
    if all(map(is_integer, set(cells))):
        return cells.astype(np.int64)
    return cells


def _blocks(cells: np.ndarray, place: _Place) -> np.ndarray:
    def problem(position: int) -> str:
        close = difflib.get_close_matches(cells[position].lower(), BLOCKS, n=1)
        hint = f": did you mean {close[0]}?" if close else ""
        return f"{_shown(cells[position])} is neither {' nor '.join(BLOCKS)}{hint}"

    is_known = np.logical_or.reduce([cells == block for block in BLOCKS])
    place.fail_where(~is_known, "block", problem)
    return cells


def _trial_numbers(cells: np.ndarray, place: _Place) -> np.ndarray:
    values = _numbers(cells)
    is_bad = ~((values >= 1) & (values < _MAX_TRIAL) & (values == np.floor(values)))
    place.fail_where(
        is_bad, "trial", lambda at: f"{_shown(cells[at])} is no trial number: 1, 2, 3, ..."
    )
    return values.astype(np.int64)


def _times(cells: np.ndarray, place: _Place) -> np.ndarray:
    values = _numbers(cells)
    place.fail_where(
        (cells != "") & ~(np.isfinite(values) & (values > 0)),
        "recall_time_ms",
        lambda at: f"{_shown(cells[at])} is no time in ms above 0; leave it empty where none is",
    )
    return values


def _accuracies(cells: np.ndarray, place: _Place) -> np.ndarray:
    values = _numbers(cells)
    place.fail_where(
        (cells != "") & ~((values >= 0) & (values <= 1)),
        "accuracy",
        lambda at: f"{_shown(cells[at])} is no share from 0 to 1; leave it empty where none is",
    )
    return values


def _numbers(cells: np.ndarray) -> np.ndarray:
    """float64, NaN where a cell is no decimal number; each distinct text is converted once."""
    is_number = re.compile(_NUMBER).fullmatch
    values = {text: float(text) if is_number(text) else np.nan for text in set(cells)}
    return np.fromiter(map(values.__getitem__, cells), float, len(cells))


def _check_numbering(
    person: np.ndarray, number: np.ndarray, order: np.ndarray, people: np.ndarray, place: _Place
) -> None:
    """Every participant's trials are 1, 2, 3, ..., each once; the arguments are sorted by both."""
    is_same = np.concatenate([[False], person[1:] == person[:-1]])
    before = np.where(is_same, np.concatenate([[0], number[:-1]]), 0)
    steps = number - before
    is_twice = is_same & (steps == 0)
    if is_twice.any():
        at = int(np.argmax(is_twice))
        first, second = sorted((int(order[at - 1]), int(order[at])))
        who = f"participant {_shown(people[second])}"
        place.fail(
            second,
            "trial",
            f"{who} has trial {number[at]} on {place.at(first)} too: numbers go on "
            "through both blocks",
        )
    if (steps > 1).any():
        at = int(np.argmax(steps > 1))
        row = int(order[at])
        place.fail(
            row,
            "trial",
            f"participant {_shown(people[row])} has trial {number[at]} but no trial "
            f"{before[at] + 1}: keep every trial, with an empty time where it shall not count",
        )


def _check_groups(
    person: np.ndarray, groups: np.ndarray, people: np.ndarray, place: _Place
) -> None:
    firsts = np.unique(person, return_index=True)[1]
    own = groups[firsts][person]
    place.fail_where(
        groups != own,
        "group",
        lambda at: (
            f"{_shown(groups[at])}, where participant {_shown(people[at])} is in group "
            f"{_shown(own[at])} on {place.at(firsts[person[at]])}"
        ),
    )


def _shown(value: Any) -> str:
    """A value as a message shows it, on one line."""
    return f"{value!r:.40}" if isinstance(value, str) else str(value)


# -- symbols ------------------------------------------------------------------------------------


def _encode(
    sequences: np.ndarray, order: np.ndarray, place: _Place, symbols: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Alphabet, codes and starts of sequences; row i of them is row ``order[i]`` of the table."""
    texts = sequences.tolist()
    is_separated = _SEPARATOR.search("\0".join(texts)) is not None
    found, codes, lengths = (_split_codes if is_separated else _character_codes)(texts)
    if "" in found:
        starts = np.cumsum(lengths) - lengths
        is_bad = np.logical_or.reduceat(codes == found.index(""), starts)
        place.fail_where(
            is_bad[np.argsort(order)],
            "sequence",
            lambda at: f"{_shown(sequences[order == at][0])} has a separator without a symbol",
        )
    names = tuple(sorted(found, key=_rank)) if symbols is None else _distinct(symbols)
    code = {symbol: code for code, symbol in enumerate(names)}
    codes = np.array([code.get(symbol, -1) for symbol in found], np.int32)[codes]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    codes.flags.writeable = starts.flags.writeable = False
    return names, codes, starts


def _distinct(symbols: Sequence[str]) -> tuple[str, ...]:
    if len(set(symbols)) < len(symbols):
        raise InputError("symbols: must be distinct")
    return tuple(symbols)


def _character_codes(texts: list[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Distinct characters, the index of each character among them, and the length of each text."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4")
    is_there = np.zeros(sys.maxunicode + 1, bool)
    is_there[points] = True
    found = np.flatnonzero(is_there)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return [chr(point) for point in found], (np.cumsum(is_there) - 1)[points], lengths


def _split_codes(texts: list[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Distinct symbols, the index of each symbol among them, and the length of each text."""
    index: dict[str, int] = {}
    codes, lengths = [], []
    for begin in range(0, len(texts), _CHUNK):  # all symbols at once would be a gigabyte of strings
        plain = [_plain(text) for text in texts[begin : begin + _CHUNK]]
        symbols = " ".join(plain).split(" ")
        for symbol in set(symbols):
            index.setdefault(symbol, len(index))
        codes.append(np.fromiter(map(index.__getitem__, symbols), np.int32, len(symbols)))
        lengths += [text.count(" ") + 1 for text in plain]
    return list(index), np.concatenate(codes), np.array(lengths, np.int64)


def _plain(text: str) -> str:
    """The same sequence with single spaces as separators."""
    return text if _IS_PLAIN(text) else _SEPARATOR.sub(" ", text)


def _rank(symbol: str) -> tuple[bool, int, str]:
    """Sorts whole numbers by value, before everything else."""
    is_number = symbol.isascii() and symbol.isdigit() and len(symbol) < 19
    return not is_number, int(symbol) if is_number else 0, symbol
