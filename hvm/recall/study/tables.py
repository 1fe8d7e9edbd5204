"""The files of a study: their names, and reading what an earlier run wrote."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hvm.data.files import read_bytes
from hvm.errors import InputError, one_line_path
from hvm.recall.statistics import exclusions, means
from hvm.recall.statistics import table as statistics
from hvm.recall.statistics.lookup import StatisticsLookup

if TYPE_CHECKING:
    import pandas as pd

TABLES = (
    "surprisal_keys.csv",
    "surprisal_trials.csv",
    "statistics.csv",
    "exclusions.csv",
    "curves.csv",
    "means.csv",
)
CONFIG, LEXICONS, REPORT = "config.json", "lexicons.json", "report.html"
RUNS, FIGURES = "runs", "figures"

_COLUMNS: dict[str, Sequence[str]] = {
    "statistics.csv": statistics.COLUMNS,
    "curves.csv": means.CURVE_COLUMNS,
    "means.csv": means.MEAN_COLUMNS,
    "exclusions.csv": exclusions.COLUMNS,
}
"""What a table that is read must have."""

_NUMBERS = {"value", "low", "high", "n", "n_participants", "trial", "recall_time_ms"}
_NUMBERS |= {"surprisal_bits", "n_excluded", "n_trials", "share"}


def json_bytes(value: Any) -> bytes:
    """A value as a JSON file."""
    return (json.dumps(value, indent=1) + "\n").encode()


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read a table of a study; texts stay texts, and an empty one is ''.

    Raises
    ------
    InputError
        It is not there, or not a table.
    """
    import pandas as pd

    try:
        data = read_bytes(folder / name)
        table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
        for column in _NUMBERS & set(table.columns):
            table[column] = pd.to_numeric(table[column].replace("", None)).astype(float)
    except ValueError as error:
        raise InputError(f"{one_line_path(folder / name)}: is no table: {error}") from None
    for column in _COLUMNS.get(name, ()):
        if column not in table:
            raise InputError(f"{one_line_path(folder / name)}: there is no column {column!r}")
    return table


def read_config(folder: Path) -> dict[str, Any]:
    """Read the settings of a study."""
    return cast("dict[str, Any]", read_json(folder / CONFIG))


def read_json(path: Path) -> Any:
    """Read a file of JSON.

    Raises
    ------
    InputError
        It is not there, or not JSON.
    """
    try:
        return json.loads(read_bytes(path))
    except ValueError:
        raise InputError(f"{one_line_path(path)}: is damaged: it is not JSON") from None


class StudyFiles:
    """The files of a study, each read when it is first asked for.

    Parameters
    ----------
    folder : Path
        Of :func:`hvm.recall.study.study.run_study`.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def config(self) -> dict[str, Any]:
        """All that the study was made from and with."""
        return read_config(self.folder)

    @cached_property
    def statistics(self) -> StatisticsLookup:
        """Every statistic of every model."""
        return StatisticsLookup(read_table(self.folder, "statistics.csv"))

    @cached_property
    def exclusions(self) -> pd.DataFrame:
        """How many trials each reason excludes."""
        return read_table(self.folder, "exclusions.csv")

    @property
    def trials_name(self) -> str:
        """The name of the file of trials, without its folder."""
        path: str = self.config["trials"]["file"] or "a table in memory"
        return path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def n_people(self) -> int:
        """Participants of all groups."""
        return sum(self.config["trials"]["participants"].values())

    def figure_path(self, name: str) -> Path:
        """Where a figure is, if it was drawn."""
        return self.folder / FIGURES / f"{name}.png"
