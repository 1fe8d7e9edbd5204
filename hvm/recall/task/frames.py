"""Checks of tables whose cells are values already, in words that name the cell.

A table of trials from a file is checked as text, by :mod:`hvm.recall.task.checks`; these are for
tables of numbers that a program made, and for series that others published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CellName = Callable[[int, str], str]
"""``name(position, column)`` is how a message names a cell; with the column "", its row."""


def cell_of_frame(table_name: str) -> CellName:
    """Names cells of a table that has no lines: ``trials, row 3, column accuracy``."""

    def name(position: int, column: str) -> str:
        row = f"{table_name}, row {position + 1}"
        return f"{row}, column {column}" if column else row

    return name


def cell_of_file(file_name: str, line_of: Callable[[int], int]) -> CellName:
    """Names cells of a CSV file by the line of a row: ``series.csv: line 4, trial``."""

    def name(position: int, column: str) -> str:
        line = f"{file_name}: line {line_of(position)}"
        return f"{line}, {column}" if column else line

    return name


def require_columns(table: pd.DataFrame, columns: Sequence[str], table_name: str) -> None:
    """Require columns, and a row at least.

    Parameters
    ----------
    table : pandas.DataFrame
    columns : sequence of str
    table_name : str
        What messages call the table.

    Raises
    ------
    InputError
        A column is missing, or there is no row.
    """
    for column in columns:
        if column not in table.columns:
            there = [str(other) for other in table.columns]
            close = get_close_matches(column, there, 1)
            hint = f": is it {close[0]!r}?" if close else f", there are {', '.join(there)}"
            raise InputError(f"{table_name}: there is no column {column!r}{hint}")
    if not len(table):
        raise InputError(f"{table_name}: there are no rows")


def numbers(table: pd.DataFrame, column: str, cell: CellName) -> pd.Series:
    """A column as float64, NaN where a value is missing.

    Parameters
    ----------
    table : pandas.DataFrame
    column : str
    cell : callable
        See :data:`CellName`.

    Returns
    -------
    pandas.Series

    Raises
    ------
    InputError
        A value is neither missing nor a number.
    """
    import pandas as pd

    values = pd.to_numeric(table[column], errors="coerce").astype(float)
    wrong = values.isna() & table[column].notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(f"{cell(row, column)}: {_shown(table[column].iloc[row])} is not a number")
    return values


def names(table: pd.DataFrame, column: str, table_name: str) -> pd.Series:
    """A column of names of one kind, none of them missing.

    Parameters
    ----------
    table : pandas.DataFrame
    column, table_name : str

    Returns
    -------
    pandas.Series
        Not categorical.

    Raises
    ------
    InputError
        A name is missing, or names are of several types.
    """
    values = table[column]
    if values.isna().any():
        row = int(np.flatnonzero(values.isna())[0])
        raise InputError(f"{cell_of_frame(table_name)(row, column)}: is empty")
    kinds = {type(value).__name__ for value in values.unique()}
    if len(kinds) > 1:
        raise InputError(f"{table_name}, column {column}: mixes {' and '.join(sorted(kinds))}")
    return values.astype(values.cat.categories.dtype) if values.dtype == "category" else values


def require_once(table: pd.DataFrame, key: Sequence[str], cell: CellName) -> None:
    """Require that no two rows have the same key.

    Parameters
    ----------
    table : pandas.DataFrame
    key : sequence of str
        Columns.
    cell : callable
        See :data:`CellName`.

    Raises
    ------
    InputError
        Two rows have it.
    """
    twice = table.duplicated(list(key))
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        values = ", ".join(f"{name} {_plain(table[name].iloc[row])}" for name in key)
        raise InputError(f"{cell(row, '')}: {values} is there twice")


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shown(value: Any) -> str:
    return f"{value!r:.40}"
