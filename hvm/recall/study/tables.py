"""The files of a study: their names, and reading what an earlier run wrote."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hvm.data.files import read_bytes
from hvm.errors import InputError, one_line_path
from hvm.recall.statistics import checks, exclusions, means
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
    "checks.csv",
)
KEYS, KEY_STATISTICS, KEY_POSITIONS = "keys.csv", "key_statistics.csv", "key_positions.csv"
KEY_TABLES = (KEYS, KEY_STATISTICS, KEY_POSITIONS)
"""Of a task that is known key by key; see :mod:`hvm.recall.study.key_study`."""

CONFIG, LEXICONS, REPORT = "config.json", "lexicons.json", "report.html"
RUNS, FIGURES = "runs", "figures"

STEM_CHARACTERS = 24
STEM = re.compile(f"[a-z0-9_]{{1,{STEM_CHARACTERS}}}")
"""Names of blocks that stand in names of figures as they are."""

_COLUMNS: dict[str, Sequence[str]] = {
    "statistics.csv": statistics.COLUMNS,
    "curves.csv": means.CURVE_COLUMNS,
    "means.csv": means.MEAN_COLUMNS,
    "exclusions.csv": exclusions.COLUMNS,
    "checks.csv": checks.CHECK_COLUMNS,
}
"""What a table that is read must have."""

_NUMBERS = {"value", "low", "high", "n", "n_participants", "trial", "recall_time_ms"}
_NUMBERS |= {"position", "surprisal_bits", "n_excluded", "n_trials", "share"}
_NUMBERS |= {"observed", "expected"}


def block_stems(blocks: Iterable[str]) -> dict[str, str]:
    """What the names of a block's figures hold: safe in every file system, and never two the same.

    A short name of small letters, digits and ``_`` is itself; of another, what is left of it stands
    before its place in the order of blocks.

    Examples
    --------
    >>> block_stems(["train", "../Test 2"])
    {'train': 'train', '../Test 2': 'test_2-2'}
    """
    stems = {}
    for place, block in enumerate(blocks, 1):
        slug = re.sub("[^a-z0-9]+", "_", block.lower()).strip("_")[:STEM_CHARACTERS]
        stems[block] = block if STEM.fullmatch(block) else f"{slug or 'block'}-{place}"
    return stems


def blocks_of_differences(blocks: Sequence[str]) -> list[str]:
    """Blocks with a figure of differences between groups: those after the first, or the only."""
    return list(blocks[1:] or blocks)


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

    data = read_bytes(folder / name)
    try:
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
    data = read_bytes(path)
    try:
        return json.loads(data)
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

    @cached_property
    def checks(self) -> pd.DataFrame | None:
        """What baselines say of times, beside people's; None of a study that was made without."""
        there = (self.folder / "checks.csv").exists()
        return read_table(self.folder, "checks.csv") if there else None

    @property
    def reference(self) -> str:
        """The group that others are compared with."""
        groups = list(self.config["trials"]["participants"])
        return str(self.config["statistics"].get("reference") or groups[-1])

    @cached_property
    def block_stems(self) -> dict[str, str]:
        """What the names of each block's figures hold."""
        return block_stems(self.config["trials"]["blocks"])

    @property
    def trials_name(self) -> str:
        """The name of the file of trials, without its folder."""
        path: str = self.config["trials"]["file"] or "a table in memory"
        path = self.config["task"]["name"] if self.config.get("task") else path
        return path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def n_people(self) -> int:
        """Participants of all groups."""
        return sum(self.config["trials"]["participants"].values())

    def figure_path(self, name: str) -> Path:
        """Where a figure is, if it was drawn."""
        return self.folder / FIGURES / f"{name}.png"
