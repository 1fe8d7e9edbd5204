"""Cells of a table of trials as text, from a CSV file or a DataFrame, and their lines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.errors import InputError
from hvm.recall.task.checks import Cells
from hvm.recall.task.dialect import numbered_rows
from hvm.recall.task.schema import INTEGER, NUMBER

if TYPE_CHECKING:
    import pandas as pd

_WHOLE_FLOATS = 2.0**53
"""Below it a float holds every digit of a whole number."""


def read_cells(name: str, data: bytes, delimiter: str) -> pd.DataFrame:
    """Every cell as text; row 0 is the first line.

    Rows and unnamed columns that are blank are left out: spreadsheets put them at the ends.

    Parameters
    ----------
    name : str
        What messages call the file.
    data : bytes
        UTF-8.
    delimiter : str

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        The file is no table.
    """
    import pandas as pd

    try:
        cells = pd.read_csv(
            io.BytesIO(data),
            header=None,
            index_col=False,
            dtype=object,
            keep_default_na=False,
            sep=delimiter,
            encoding="utf-8",
        )
    except pd.errors.EmptyDataError:
        raise InputError(f"{name}: is empty: its first line must name the columns") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        _check_widths(name, data, delimiter)
        raise InputError(f"{name}: cannot be read: {' '.join(str(error).split())}") from None
    # pandas fills short rows. Delimiters tell of them, unless some are quoted.
    n_delimiters = data.count(delimiter.encode())
    if b'"' in data or n_delimiters != (cells.shape[1] - 1) * len(cells):
        _check_widths(name, data, delimiter)
    return _without_blanks(cells)


def _without_blanks(cells: pd.DataFrame) -> pd.DataFrame:
    first = cells[0].to_numpy()
    suspects = np.flatnonzero([not cell or cell.isspace() for cell in first.tolist()])
    blank = [row for row in suspects.tolist() if not any(map(str.strip, cells.iloc[row]))]
    if blank:
        cells = cells.drop(index=cells.index[blank]).reset_index(drop=True)
    names = cells.iloc[0] if len(cells) else ()
    unnamed = [column for column, name in enumerate(names) if not name.strip()]
    unused = [each for each in unnamed if not cells[each].str.strip().any()]
    return cells.drop(columns=unused).set_axis(range(cells.shape[1] - len(unused)), axis=1)


def _check_widths(name: str, data: bytes, delimiter: str) -> None:
    """Every row has as many cells as the first; slow, but it knows where rows begin."""
    rows = numbered_rows(name, data, delimiter)
    _, first = next(rows, (0, []))
    for line, row in rows:
        if len(row) != len(first):
            raise InputError(
                f"{name}: line {line}: has {len(row)} cells, where the first line names "
                f"{len(first)} columns"
            )


def line_of(name: str, data: bytes, delimiter: str, position: int) -> int:
    """The line on which a row of the table begins.

    Parameters
    ----------
    name : str
        What messages call the file.
    data : bytes
        What it holds, as UTF-8.
    delimiter : str
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
    row = islice(numbered_rows(name, data, delimiter), position + 1, None)
    return next(row, (position + 2, []))[0]


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
    is_empty = column.isna().to_numpy(bool)
    cells = stripped(map(_value_text, column.tolist()))
    cells[is_empty] = ""
    return cells


def _value_text(value: Any) -> str:
    value = value.tolist() if hasattr(value, "tolist") else value  # arrays and their scalars
    if isinstance(value, float):
        is_exact = value.is_integer() and abs(value) < _WHOLE_FLOATS
        return str(int(value)) if is_exact else repr(value)
    if isinstance(value, list | tuple):
        return json.dumps([*map(_item_text, value)], ensure_ascii=False)
    return str(value)


def _item_text(item: Any) -> str:
    """An item of a list; nothing where nothing is."""
    import pandas as pd

    return "" if pd.api.types.is_scalar(item) and pd.isna(item) else _value_text(item)


def natural_column(column: pd.Series, decimal: str = ".") -> pd.Series:
    """A column nobody described: numbers where each cell is one or empty, else the text it is."""
    import pandas as pd

    cells = column[column != ""]
    if len(cells) and cells.str.fullmatch(INTEGER.pattern).all():
        dtype = "int64" if len(cells) == len(column) else "Int64"
        return pd.to_numeric(column.where(column != "", None)).astype(dtype)
    plain = with_point(cells, decimal)
    are_numbers = len(cells) and plain.str.fullmatch(NUMBER.pattern).all()
    if are_numbers and not plain.str.match("0[0-9]").any():
        return with_point(column, decimal).where(column != "", "nan").astype(float)
    return column.astype(str)


def with_point(column: pd.Series, decimal: str) -> pd.Series:
    """Numbers as programs write them, from text with another decimal sign."""
    return column if decimal == "." else column.str.replace(decimal, ".", regex=False)
