"""Series that others published: a model's surprisal of every trial, in nats, as a table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import read_bytes
from hvm.errors import InputError, one_line_path
from hvm.recall.statistics.checked import SURPRISAL_COLUMNS
from hvm.recall.task.cells import line_of, read_cells, with_point
from hvm.recall.task.checks import Place
from hvm.recall.task.dialect import as_utf8, decimal_of, delimiter_of, take_sep_line
from hvm.recall.task.frames import (
    CellName,
    cell_of_file,
    numbers,
    require_columns,
    require_once,
)
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

COLUMNS = ("model", "participant", "trial", "nll_nats")
PREFIX = "published "
"""Stands before the names of published models, which may be called as those made here."""

NOTE = (
    "scored as published: for HVM and HCM, the trial's likelihood was taken after learning from "
    "it, and which filler a variable took is not paid for"
)


def read_published(path: str | os.PathLike[str], trials: Trials) -> pd.DataFrame:
    """Read published series and turn nats into bits.

    Parameters
    ----------
    path : path-like
        A CSV file with the columns ``model, participant, trial, nll_nats``. A model may be there
        for some of the participants only.
    trials : Trials
        What the series are about.

    Returns
    -------
    pandas.DataFrame
        ``model`` (with :data:`PREFIX`), ``participant`` (as in ``trials``), ``trial``,
        ``surprisal_bits``, in the order of the file.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column, a value is no number, or a row is about a
        participant or trial that is not among the trials, or is there twice: the message names it.
    """
    import pandas as pd

    name = one_line_path(path)
    table, cell = _read(name, read_bytes(path))
    require_columns(table, COLUMNS, name)
    _require_models(table, cell)
    nats, trial_numbers = (_finite(table, column, cell) for column in ("nll_nats", "trial"))
    known = {str(person.name): person for person in trials.participants()}
    for row, (who, trial) in enumerate(zip(table["participant"], trial_numbers, strict=True)):
        if who not in known:
            raise InputError(f"{cell(row, 'participant')}: {who!r:.40} is not among the trials")
        if trial != int(trial) or not 1 <= trial <= len(known[who].sequences):
            raise InputError(f"{cell(row, 'trial')}: participant {who} has no trial {trial:g}")
    series = pd.DataFrame(
        {
            "model": table["model"],
            "participant": [known[who].name for who in table["participant"]],
            "trial": trial_numbers.astype(np.int64),
            "surprisal_bits": nats / np.log(2),
        }
    )
    require_once(series, ("model", *TRIAL_KEY), cell)
    return series.assign(model=PREFIX + series["model"])[list(SURPRISAL_COLUMNS)]


def _read(name: str, data: bytes) -> tuple[pd.DataFrame, CellName]:
    """Every cell as text, numbers with a decimal point; and how messages name cells."""
    data, _ = as_utf8(name, data, None)
    data, sign = take_sep_line(data)
    delimiter = sign or delimiter_of(data, COLUMNS)
    cells = read_cells(name, data, delimiter)
    table = cells[1:].reset_index(drop=True).set_axis(cells.iloc[0].str.strip(), axis=1)
    place = Place(name, "line", lambda position: line_of(name, data, delimiter, position))
    if list(table.columns).count("nll_nats") == 1:
        nats = table["nll_nats"].str.strip()
        decimal = decimal_of({"nll_nats": nats.to_numpy(object)}, place)
        table["nll_nats"] = with_point(nats, decimal)
    return table, cell_of_file(name, place.label)


def _require_models(table: pd.DataFrame, cell: CellName) -> None:
    is_empty = (table["model"] == "").to_numpy()
    if is_empty.any():
        raise InputError(f"{cell(int(np.argmax(is_empty)), 'model')}: is empty")


def _finite(table: pd.DataFrame, column: str, cell: CellName) -> NDArray[np.float64]:
    """A column of numbers, none of them missing or infinite."""
    values: NDArray[np.float64] = numbers(table, column, cell).to_numpy(float)
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise InputError(f"{cell(row, column)}: {table[column].iloc[row]!r:.40} is not a number")
    return values
