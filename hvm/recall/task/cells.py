"""Cells of a table of trials as text, from a CSV file or a DataFrame, and their lines."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from hvm.errors import InputError
from hvm.recall.task.checks import Cells
from hvm.recall.task.schema import COLUMNS, INTEGER, NUMBER

if TYPE_CHECKING:
    import pandas as pd


def read_cells(name: str, data: bytes) -> pd.DataFrame:
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


def line_of(name: str, data: bytes, position: int) -> int:
    """The line on which a row of the table begins.

    Parameters
    ----------
    name : str
        What messages call the file.
    data : bytes
        What it holds.
    position : int
        Of the row, from 0, blank lines and the first line left out.

    Returns
    -------
    int
        From 1.

    Raises
    ------
    InputError
        The file is no table.
    """
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


def find_columns(names: list[str], name: str) -> dict[str, int]:
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


def csv_bytes(table: pd.DataFrame, header: bool = True) -> bytes:
    """A table as a CSV file, with the same line ends on every machine."""
    text: str = table.to_csv(index=False, header=header, lineterminator="\n")
    return text.encode()


# -- cells as text ------------------------------------------------------------------------------


def stripped(cells: Iterable[str]) -> Cells:
    """Cells without the spaces around them."""
    texts = [cell.strip() for cell in cells]
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def as_text(column: pd.Series) -> Cells:
    """Cells as a CSV file would hold them; whole numbers without a decimal point."""
    import pandas as pd

    is_empty = column.isna().to_numpy(bool)
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(float, na_value=np.nan)
        texts = [str(int(v)) if v == v and v.is_integer() else repr(v) for v in values.tolist()]
    else:
        texts = [str(value) for value in column.tolist()]
    cells = stripped(texts)
    cells[is_empty] = ""
    return cells


def natural_column(column: pd.Series) -> pd.Series:
    """A column nobody described: numbers where each cell is one or empty, else the text it is."""
    import pandas as pd

    cells = column[column != ""]
    if len(cells) and cells.str.fullmatch(INTEGER.pattern).all():
        dtype = "int64" if len(cells) == len(column) else "Int64"
        return pd.to_numeric(column.where(column != "", None)).astype(dtype)
    are_numbers = len(cells) and cells.str.fullmatch(NUMBER.pattern).all()
    if are_numbers and not cells.str.match("0[0-9]").any():
        return column.where(column != "", "nan").astype(float)
    return column.astype(str)
