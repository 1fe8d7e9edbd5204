"""Published tables as they are: files with their cells as text, and numbers read out of cells.

Messages name file, line and value. Where a file is one person's, its name may be an id of that
person, so it is never said: messages count the files of the folder instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import read_bytes
from hvm.data.sources import expand
from hvm.errors import InputError, one_line_path
from hvm.recall.task.cells import line_of, read_cells, stripped
from hvm.recall.task.checks import Cells, Place, shown
from hvm.recall.task.dialect import DELIMITERS, as_utf8, first_row
from hvm.recall.task.schema import MISSING, NUMBER
from hvm.recall.tasks.names import hashed_name, key_of

SUFFIXES = (".csv", ".tsv", ".txt")
"""Of files in a folder that may be tables."""

NOTHING = MISSING | {""}
"""Cells that hold no value."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PublishedTable:
    """A file of rows: cells as text, without the spaces around them.

    Attributes
    ----------
    stem : str
        The name of the file without its suffix: never to be shown where it may be an id.
    columns : dict of str to object[rows]
    place : Place
        How messages name its cells.
    """

    stem: str
    columns: dict[str, Cells]
    place: Place

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def first_of(self, *names: str) -> str:
        """The first of these columns that is there."""
        return next(name for name in names if name in self.columns)

    def texts(self, column: str) -> Cells:
        """Cells of a column, of which none may be empty or stand for nothing.

        Raises
        ------
        InputError
            One is.
        """
        cells = self.columns[column]
        is_bad = np.fromiter((cell in NOTHING for cell in cells), bool, len(cells))
        self.place.fail_where(is_bad, column, lambda at: f"{shown(cells[at])}: is missing")
        return cells

    def numbers(self, column: str, is_right: Callable[[Floats], NDArray[np.bool_]]) -> Floats:
        """float64[rows]: numbers of a column, NaN where a cell holds nothing.

        Raises
        ------
        InputError
            A cell holds something else, or a number that ``is_right`` does not take.
        """
        cells = self.columns[column]
        known = {cell: _number(cell) for cell in set(cells.tolist())}
        values = np.fromiter(map(known.__getitem__, cells), float, len(cells))
        is_there = np.fromiter((cell not in NOTHING for cell in cells), bool, len(cells))
        is_bad = is_there & ~is_right(values)
        self.place.fail_where(is_bad, column, lambda at: f"{shown(cells[at])} cannot be right")
        return values

    def times_ms(self, column: str) -> Floats:
        """float64[rows]: milliseconds; NaN where a cell holds nothing, or 0.

        Raises
        ------
        InputError
            A cell holds no time.
        """
        values = self.numbers(column, lambda each: (each >= 0) & (each < np.inf))
        return np.where(values == 0, np.nan, values)

    def wholes(self, column: str) -> NDArray[np.int64]:
        """int64[rows]: whole numbers, none of them missing.

        Raises
        ------
        InputError
            A cell holds something else.
        """
        self.texts(column)
        values = self.numbers(column, lambda each: (each == np.floor(each)) & (abs(each) < 2**31))
        return np.asarray(values, np.int64)


@dataclass(frozen=True)
class PublishedFiles:
    """Files that a user named, read whole.

    Attributes
    ----------
    folder : str
        What messages call them: the file, or the folder.
    contents : dict of Path to bytes
    are_names_ids : bool
        Names of files are not to be shown.
    """

    folder: str
    contents: dict[Path, bytes]
    are_names_ids: bool = False
    _key: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", key_of(self.contents.values()))

    @property
    def sha256(self) -> str:
        """A hash of what the files hold, whatever they are called."""
        digests = sorted(hashlib.sha256(data).hexdigest() for data in self.contents.values())
        return hashlib.sha256("".join(digests).encode()).hexdigest()

    def hashed(self, name: str) -> str:
        """What hvm calls a person: see :mod:`hvm.recall.tasks.names`."""
        return hashed_name(name, self._key)

    def called(self, path: Path) -> str:
        """What messages call a file."""
        if not self.are_names_ids:
            return one_line_path(path)
        number = list(self.contents).index(path) + 1
        return f"{self.folder}: file {number} of {len(self.contents)} by name"

    def tables(
        self, wanted: Sequence[str | tuple[str, ...]], unless: str = ""
    ) -> list[PublishedTable]:
        """Tables of those files that have some columns.

        Parameters
        ----------
        wanted : sequence of str or tuple of str
            Names of columns; of a tuple, one will do.
        unless : str
            A column that only other tables have.

        Returns
        -------
        list of PublishedTable
            At least one; a file without rows is left out.

        Raises
        ------
        InputError
            No file has the columns, one has most of them but not all, or one is no table.
        """
        names = [(each,) if isinstance(each, str) else each for each in wanted]
        tables = list(self._tables(names, unless))
        if not tables:
            needed = ", ".join(each[0] for each in names)
            raise InputError(f"{self.folder}: holds no table with rows and the columns {needed}")
        return tables

    def _tables(self, wanted: list[tuple[str, ...]], unless: str) -> Iterator[PublishedTable]:
        for path, content in self.contents.items():
            name = self.called(path)
            if not content.strip():
                continue
            data, _ = as_utf8(name, content, None)
            delimiter = max(DELIMITERS, key=lambda sign: len(_known(data, sign, wanted)))
            known = _known(data, delimiter, wanted)
            lacking = [each[0] for each in wanted if each not in known]
            is_other = unless in first_row(data, delimiter)
            if is_other or len(lacking) * 2 >= len(wanted):
                continue
            if lacking:
                raise InputError(f"{name}: line 1: has no column {', '.join(lacking)}")
            table = _table(path.stem, name, data, delimiter)
            if len(table):
                yield table


def published_files(path: Path, are_names_ids: bool = False) -> PublishedFiles:
    """Read a file, or the tables of a folder and its folders.

    Parameters
    ----------
    path : Path
    are_names_ids : bool
        Names of files may be ids of people.

    Returns
    -------
    PublishedFiles

    Raises
    ------
    InputError
        There is nothing to read, or it cannot be read.
    """
    name = one_line_path(path.parent if are_names_ids and path.is_file() else path)
    if not path.exists():
        raise InputError(f"{name}: no such file or folder")
    files = [path] if path.is_file() else [p for p in expand(path) if p.suffix.lower() in SUFFIXES]
    if not files:
        raise InputError(f"{name}: holds no {', '.join(SUFFIXES)} file")
    return PublishedFiles(name, {file: read_bytes(file) for file in files}, are_names_ids)


def _known(data: bytes, delimiter: str, wanted: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    there = set(first_row(data, delimiter))
    return [names for names in wanted if there.intersection(names)]


def _table(stem: str, name: str, data: bytes, delimiter: str) -> PublishedTable:
    cells = read_cells(name, data, delimiter)
    names = [column.strip() for column in cells.iloc[0]]
    columns = {each: stripped(cells[at].tolist()[1:]) for at, each in enumerate(names)}
    place = Place(name, "line", lambda position: line_of(name, data, delimiter, position))
    return PublishedTable(stem, columns, place)


def _number(cell: str) -> float:
    return float(cell) if NUMBER.fullmatch(cell) else np.nan
