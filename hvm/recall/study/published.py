"""Series that others published: a model's surprisal of every trial, in nats, as a table."""

from __future__ import annotations

import difflib
import io
import os
from typing import TYPE_CHECKING

import numpy as np

from hvm.data.files import read_bytes
from hvm.errors import InputError, one_line_path
from hvm.recall.statistics.rows import SURPRISAL_COLUMNS

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


def read_published(path: str | os.PathLike, trials: Trials) -> pd.DataFrame:
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
    table = _read(name, read_bytes(path))
    _require_columns(name, table)
    nats = _numbers(name, table, "nll_nats")
    numbers = _numbers(name, table, "trial")
    known = {str(person.name): person for person in trials.participants()}
    for line, (who, trial) in enumerate(zip(table["participant"], numbers, strict=True), start=2):
        if who not in known:
            raise InputError(
                f"{name}: line {line}, participant: {who!r:.40} is not among the trials"
            )
        if trial != int(trial) or not 1 <= trial <= len(known[who].sequences):
            raise InputError(
                f"{name}: line {line}, trial: participant {who} has no trial {trial:g}"
            )
    found = pd.DataFrame(
        {
            "model": PREFIX + table["model"],
            "participant": [known[who].name for who in table["participant"]],
            "trial": numbers.astype(np.int64),
            "surprisal_bits": nats / np.log(2),
        }
    )
    _require_once(name, found)
    return found[list(SURPRISAL_COLUMNS)]


def _read(name: str, data: bytes) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(
            io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except (ValueError, UnicodeDecodeError) as error:  # pandas: empty, ragged
        raise InputError(f"{name}: cannot be read: {' '.join(str(error).split())}") from None
    return table.rename(columns=str.strip)


def _require_columns(name: str, table: pd.DataFrame) -> None:
    for column in COLUMNS:
        if column not in table:
            close = difflib.get_close_matches(column, list(table.columns), n=1)
            hint = f": is it {close[0]!r}?" if close else ""
            raise InputError(f"{name}: there is no column {column!r}{hint}")
    if not len(table):
        raise InputError(f"{name}: there are no rows")
    if (table["model"] == "").any():
        line = int(np.argmax(table["model"] == "")) + 2
        raise InputError(f"{name}: line {line}, model: is empty")


def _numbers(name: str, table: pd.DataFrame, column: str) -> np.ndarray:
    import pandas as pd

    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
    if not np.isfinite(values).all():
        at = int(np.argmin(np.isfinite(values)))
        raise InputError(
            f"{name}: line {at + 2}, {column}: {table[column].iloc[at]!r:.40} is not a number"
        )
    return values


def _require_once(name: str, table: pd.DataFrame) -> None:
    twice = table.duplicated(["model", "participant", "trial"]).to_numpy()
    if twice.any():
        at = int(np.argmax(twice))
        row = table.iloc[at]
        raise InputError(
            f"{name}: line {at + 2}: {row['model'].removeprefix(PREFIX)}, participant "
            f"{row['participant']}, trial {row['trial']} is there twice"
        )
