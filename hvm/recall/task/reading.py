"""Tables before their checks: cells as text, from a CSV file or a DataFrame, and their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hvm.recall.task.cells import as_text, line_of, natural_column, read_cells, stripped
from hvm.recall.task.checks import Cells, Place
from hvm.recall.task.columns import find_columns
from hvm.recall.task.dialect import (
    TableFormat,
    TableOptions,
    as_utf8,
    decimal_of,
    delimiter_of,
    take_sep_line,
)

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = ("recall_time_ms", "accuracy")
"""Columns that show the decimal sign of a table."""


class RawTable(NamedTuple):
    """A table before its checks.

    Attributes
    ----------
    cells : dict of str to object[rows]
        The columns of the schema, as text.
    decimals : dict of str to str
        The decimal sign of each.
    extra : pandas.DataFrame
        The other columns.
    place : Place
        How messages name its cells.
    options : TableOptions
        What somebody said of it.
    format : TableFormat
        How it is written; what separates symbols is not known yet.
    """

    cells: dict[str, Cells]
    decimals: dict[str, str]
    extra: pd.DataFrame
    place: Place
    options: TableOptions
    format: TableFormat


def raw_of_file(name: str, data: bytes, options: TableOptions) -> RawTable:
    """Cells of a CSV file.

    Parameters
    ----------
    name : str
        What messages call the file.
    data : bytes
        What it holds.
    options : TableOptions

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        It is no table, or lacks a column.
    """
    import pandas as pd

    data, encoding = as_utf8(name, data, options.encoding)
    data, sign = take_sep_line(data)
    delimiter = options.delimiter or sign or delimiter_of(data, options.columns.values())
    table = read_cells(name, data, delimiter)
    names = [column.strip() for column in table.iloc[0]]
    wanted = find_columns(names, name, options.columns)
    cells = {column: stripped(table[index].tolist()[1:]) for column, index in wanted.items()}
    place = Place(name, "line", lambda position: line_of(name, data, delimiter, position))
    decimal = options.decimal or decimal_of({column: cells[column] for column in _NUMBERS}, place)
    extra = {
        column: natural_column(table[index][1:].reset_index(drop=True), decimal)
        for index, column in enumerate(names)
        if index not in wanted.values()
    }
    signs = dict.fromkeys(cells, decimal)
    written = _format(options, decimal, encoding, delimiter)
    return RawTable(cells, signs, pd.DataFrame(extra), place, options, written)


def raw_of_frame(name: str, table: pd.DataFrame, options: TableOptions) -> RawTable:
    """Cells of a DataFrame, which stays as it is.

    Parameters
    ----------
    name : str
        What messages call the table.
    table : pandas.DataFrame
    options : TableOptions

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        It lacks a column.
    """
    import pandas as pd

    names = [str(column) for column in table.columns]
    wanted = find_columns(names, name, options.columns, is_frame=True)
    cells = {column: as_text(table.iloc[:, index]) for column, index in wanted.items()}
    others = [index for index in range(len(names)) if index not in wanted.values()]
    place = Place(name, "row", table.index.__getitem__)
    has_numbers = {
        column: pd.api.types.is_numeric_dtype(table.dtypes.iloc[index])
        for column, index in wanted.items()
    }
    texts = {column: cells[column] for column in _NUMBERS if not has_numbers[column]}
    decimal = options.decimal or decimal_of(texts, place)
    signs = {column: "." if has_numbers[column] else decimal for column in wanted}
    extra = table.iloc[:, others].reset_index(drop=True)
    return RawTable(cells, signs, extra, place, options, _format(options, decimal))


def _format(
    options: TableOptions,
    decimal: str,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> TableFormat:
    return TableFormat(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        time_unit=options.time_unit,
        columns=dict(options.columns),
    )
