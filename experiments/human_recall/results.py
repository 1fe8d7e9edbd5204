"""The tables of a run, read when they are asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from experiments.common import read_config
from hvm.recall.statistics.lookup import StatisticsLookup


class Results:
    """A folder that ``run.py`` wrote, with its settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = read_config(folder)

    def table(self, name: str) -> pd.DataFrame:
        """One table; empty where its part was not run."""
        path = self.folder / f"{name}.csv"
        if not path.exists():
            return pd.DataFrame()
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
        texts = [column for column in ("group", "baseline") if column in table]
        return table.fillna(dict.fromkeys(texts, ""))

    @cached_property
    def statistics(self) -> StatisticsLookup:
        """Every statistic of every model, those at fitted constants included."""
        tables = [self.table("statistics"), self.table("statistics_fitted")]
        return StatisticsLookup(pd.concat(tables))

    @cached_property
    def series(self) -> list[str]:
        """Every model and plain predictor, in the order of the table."""
        return [name for name in self.statistics.table["model"].unique() if name != "people"]
