"""How a table was written down: its encoding, signs and units, asked for or found in the file.

What was decided is a :class:`TableFormat`, which trials carry, so that nothing is guessed silently.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from hvm.errors import InputError, require_choice
from hvm.recall.task.checks import Cells, Place, shown
from hvm.recall.task.columns import schema_column

TIME_UNITS = ("ms", "s")
DECIMALS = (".", ",")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""What stands between cells, and what a message calls it; the first wins where none decides."""

CHARACTERS = "none"
"""The separator of sequences that are one symbol a character."""

LISTS = "list"
"""The separator of sequences that are written as lists."""

_SEPARATORS = {
    CHARACTERS: "one symbol a character",
    LISTS: "sequences as lists",
    "|": "symbols between |",
    ";": "symbols between semicolons",
    ",": "symbols between commas",
    " ": "symbols between white space",
    "-": "symbols between hyphens",
}

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = {
    b"PK\x03\x04": "is a spreadsheet or a zip archive, no CSV file: save the table as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet, no CSV file: save the table as CSV (UTF-8)",
    b"\x1f\x8b": "is compressed by gzip: unpack it first",
    b"BZh": "is compressed by bzip2: unpack it first",
    b"\xfd7zXZ": "is compressed by xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd: unpack it first",
}
_NUL_BYTES = 1 << 12
"""Bytes in which NULs are looked for: every second one is NUL where Latin text is UTF-16."""

_SEP_LINE = re.compile(rb"sep=([^\r\n])\r?(?:\n|\Z)", re.IGNORECASE)
_WITH_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_WITH_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_LIKE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


class TableOptions(NamedTuple):
    """How a table of trials is to be read; what is None is found in the table.

    Attributes
    ----------
    columns : mapping of str to str
        Columns of the schema that have another name in the table: ``{"participant": "subject"}``.
    decimal : str, optional
        ``.`` or ``,``.
    separator : str, optional
        What stands between the symbols of a sequence; ``none`` where each character is one.
    time_unit : str
        Of the recall times: ``ms`` or ``s``.
    encoding : str, optional
        Of a file.
    delimiter : str, optional
        What stands between the cells of a file.
    """

    columns: Mapping[str, str] = {}
    decimal: str | None = None
    separator: str | None = None
    time_unit: str = "ms"
    encoding: str | None = None
    delimiter: str | None = None

    def checked(self) -> TableOptions:
        """Return the options in one spelling.

        Raises
        ------
        InputError
            There is no such option.
        """
        require_choice("time unit", self.time_unit, TIME_UNITS)
        if self.decimal is not None:
            require_choice("decimal sign", self.decimal, DECIMALS)
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except LookupError:
                raise InputError(f"encoding: there is none called {self.encoding!r:.40}") from None
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise InputError(f"delimiter must be one character, not {self.delimiter!r:.40}")
        return self._replace(separator=_one_spelling(self.separator))


def _one_spelling(separator: str | None) -> str | None:
    if separator is None:
        return None
    named = {"": CHARACTERS, "space": " ", "tab": " ", "\\t": " ", "comma": ","}
    spelled = named.get(separator, separator)
    return " " if spelled.isspace() else spelled if spelled == LISTS else spelled.strip()


AS_FOUND = TableOptions()
"""Everything is found in the table."""


@dataclass(frozen=True)
class TableFormat:
    """What was decided when a table was read; the defaults are those of a table made in memory.

    Attributes
    ----------
    encoding, delimiter : str, optional
        None of a table that was no file.
    decimal : str
    separator : str
        What stands between symbols; :data:`CHARACTERS` or :data:`LISTS` where nothing does.
    time_unit : str
        In which recall times were written; in trials they are milliseconds.
    columns : dict of str to str
        Columns that had another name.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    separator: str = CHARACTERS
    time_unit: str = "ms"
    columns: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """In words, on one line."""
        parts = [] if self.encoding is None else [self.encoding]
        if self.delimiter is not None:
            sign = DELIMITERS.get(self.delimiter, repr(self.delimiter))
            parts.append(f"cells between {sign}")
        if self.decimal == ",":
            parts.append("decimal commas")
        between = f"symbols between {self.separator!r}"
        parts.append(_SEPARATORS.get(self.separator, between))
        parts.append(f"times in {self.time_unit}")
        parts += [f"{column} from {shown(source)}" for column, source in self.columns.items()]
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """As a file of settings holds it."""
        return {**vars(self), "columns": dict(self.columns)}


# -- bytes --------------------------------------------------------------------------------------


def as_utf8(name: str, data: bytes, encoding: str | None) -> tuple[bytes, str]:
    """A file as UTF-8 without a mark, and the encoding that it had.

    Parameters
    ----------
    name : str
        What messages call the file.
    data : bytes
    encoding : str, optional
        Without, that of its byte order mark, or UTF-16 where every second byte is NUL, or UTF-8.

    Returns
    -------
    data : bytes
    encoding : str

    Raises
    ------
    InputError
        It is not in that encoding, or is no text at all.
    """
    for begin, problem in _OTHER_FILES.items():
        if data.startswith(begin):
            raise InputError(f"{name}: {problem}")
    found = encoding or _encoding_of(data)
    try:
        text = data.decode(found)
    except UnicodeDecodeError as error:
        line = _n_lines(data[: error.start], found)
        hint = "" if encoding else ": save it as UTF-8, or name its --encoding (cp1252, latin-1)"
        called = found.upper().removesuffix("-SIG")
        raise InputError(f"{name}: line {line}: is not {called} ({error.reason}){hint}") from None
    except UnicodeError:  # of rare codecs
        raise InputError(f"{name}: is not {found.upper()}") from None
    utf8 = text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    return utf8, found


def _n_lines(data: bytes, encoding: str) -> int:
    try:
        return data.decode(encoding, "replace").count("\n") + 1
    except UnicodeError:
        return data.count(b"\n") + 1


def _encoding_of(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = np.frombuffer(data[: min(_NUL_BYTES, len(data) // 2 * 2)], np.uint8)
    if len(head) >= 4:
        even, odd = float((head[::2] == 0).mean()), float((head[1::2] == 0).mean())
        if max(even, odd) > 0.5 and min(even, odd) < 0.1:
            return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def take_sep_line(data: bytes) -> tuple[bytes, str | None]:
    """Obey a first line such as ``sep=;``; it becomes blank, so that lines keep their numbers."""
    line = _SEP_LINE.match(data)
    if line is None:
        return data, None
    return b"\n" + data[line.end() :], line[1].decode("latin-1")


def delimiter_of(data: bytes, names: Collection[str]) -> str:
    """What stands between the cells: the sign that makes most columns of the first line known.

    Parameters
    ----------
    data : bytes
        UTF-8.
    names : collection of str
        What columns may be called, beside those of the schema and their synonyms.

    Returns
    -------
    str
        Of :data:`DELIMITERS`.
    """
    best, most = ",", (0, 1)
    for delimiter in DELIMITERS:
        row = first_row(data, delimiter)
        n_known = sum(schema_column(name) is not None or name in names for name in row)
        if (n_known, len(row)) > most:
            best, most = delimiter, (n_known, len(row))
    return best


def first_row(data: bytes, delimiter: str) -> list[str]:
    """The names of the columns, without the spaces around them; none if there is no row."""
    _, row = next(numbered_rows("", data, delimiter, strict=False), (0, []))
    return [name.strip() for name in row]


def numbered_rows(
    name: str, data: bytes, delimiter: str, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Rows of which not all cells are blank, each with the line on which it begins.

    Parameters
    ----------
    name : str
        What messages call the file.
    data : bytes
        UTF-8.
    delimiter : str
    strict : bool
        Raise what is wrong; else end there.

    Yields
    ------
    line : int
        From 1.
    row : list of str

    Raises
    ------
    InputError
        A row cannot be read.
    """
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "surrogatepass", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        if strict:
            raise InputError(f"{name}: line {line}: {error}") from None


# -- numbers ------------------------------------------------------------------------------------


def decimal_of(columns: Mapping[str, Cells], place: Place) -> str:
    """The decimal sign of the columns that hold numbers as text.

    Parameters
    ----------
    columns : mapping of str to object[rows]
    place : Place

    Returns
    -------
    str
        ``.`` or ``,``.

    Raises
    ------
    InputError
        Both signs are there, or every comma may as well stand between thousands.
    """
    commas = _first_cells(columns, _WITH_COMMA)
    if not commas:
        return "."
    column, position, value = commas[0]
    points = _first_cells(columns, _WITH_POINT)
    if points:
        where = f"{place.at(points[0][1])} has a point in {points[0][0]} ({shown(points[0][2])})"
        place.fail(position, column, f"{shown(value)} has a comma, where {where}: say --decimal")
    values = {value for column, _, _ in commas for value in columns[column].tolist()}
    if all(map(_LIKE_THOUSANDS.fullmatch, filter(_WITH_COMMA.fullmatch, values))):
        place.fail(
            position,
            column,
            f"{shown(value)} has a decimal comma or one between thousands: say --decimal , or "
            "write numbers without commas",
        )
    return ","


def _first_cells(
    columns: Mapping[str, Cells], pattern: re.Pattern[str]
) -> list[tuple[str, int, str]]:
    """Of each column that has one: its name, and row and text of its first cell like this."""
    firsts = []
    for column, cells in columns.items():
        texts = {text for text in set(cells.tolist()) if pattern.fullmatch(text)}
        if texts:
            position = next(at for at, text in enumerate(cells.tolist()) if text in texts)
            firsts.append((column, position, cells[position]))
    return firsts
