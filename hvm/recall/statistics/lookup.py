"""A table of statistics, asked for the estimates in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics.checked import PLAIN

if TYPE_CHECKING:
    import pandas as pd

KEY = ("model", "block", "outcome", "statistic", "baseline", "group")
"""The columns that tell one row from all others."""

Row = Mapping[str, Any]


class StatisticsLookup:
    """The rows of a table of statistics, by what they are about.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`~hvm.recall.statistics.table.statistics_table`, or several of them one below the
        other; where there is no baseline or group, their cell is ``""``.

    Attributes
    ----------
    table : pandas.DataFrame
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    @cached_property
    def blocks(self) -> list[str]:
        """Blocks in the order of the table."""
        return list(self.table["block"].unique())

    @cached_property
    def groups(self) -> list[str]:
        """Groups that have a mean, in ascending order."""
        return sorted(self.table[self.table["statistic"] == "mean"]["group"].unique())

    @cached_property
    def contrasts(self) -> list[str]:
        """What ``group`` says of differences, in the order of the table; of two groups ``""``."""
        is_difference = self.table["statistic"] == "group_difference"
        return list(self.table[is_difference]["group"].unique())

    @property
    def contrasts_with_reference(self) -> list[str]:
        """Those of the other groups with the reference: of G groups the first G - 1."""
        n_others = round((math.sqrt(1 + 8 * len(self.contrasts)) - 1) / 2)
        return self.contrasts[:n_others]

    @cached_property
    def compared(self) -> list[str]:
        """Whatever has a gain over a baseline, in the order of the table."""
        is_gain = self.table["statistic"] == "delta_log_likelihood"
        return list(self.table[is_gain]["model"].unique())

    @cached_property
    def models(self) -> list[str]:
        """Models that have a gain, without the plain predictors."""
        return [name for name in self.compared if name not in PLAIN]

    @cached_property
    def plain(self) -> list[str]:
        """Plain predictors that have a gain."""
        return [name for name in self.compared if name in PLAIN]

    def rows(
        self, block: str, outcome: str, statistic: str, baseline: str = "", group: str = ""
    ) -> pd.DataFrame:
        """One statistic of every model.

        Parameters
        ----------
        block, outcome, statistic, baseline, group : str
            As in the table.

        Returns
        -------
        pandas.DataFrame
            ``value``, ``low``, ``high`` and the other columns, indexed by model; perhaps empty.
        """
        rows = self.table
        wanted = (block, outcome, statistic, baseline, group)
        for column, value in zip(KEY[1:], wanted, strict=True):
            rows = rows[rows[column] == value]
        return rows.set_index("model")

    def estimates(self, models: list[str], *where: str) -> NDArray[np.float64]:
        """float64[models, 3]: value, low and high of some models; see :meth:`rows`; else NaN."""
        columns = self.rows(*where).reindex(models)[["value", "low", "high"]]
        return np.asarray(columns, np.float64)

    def row(
        self,
        model: str,
        block: str,
        outcome: str,
        statistic: str,
        *,
        baseline: str = "",
        group: str = "",
    ) -> Row | None:
        """One statistic of one model.

        Parameters
        ----------
        model, block, outcome, statistic, baseline, group : str
            As in the table.

        Returns
        -------
        mapping or None
            Cells by column; None if there is no such row.
        """
        return self._by_key.get((model, block, outcome, statistic, baseline, group))

    def value(self, model: str, *where: str) -> float:
        """The value of one model; see :meth:`rows`; NaN if there is none."""
        return float(self.rows(*where)["value"].get(model, np.nan))

    def gain(
        self, model: str, block: str, baseline: str, outcome: str, held_out: bool
    ) -> Row | None:
        """The gain of a model over a baseline, over all participants.

        Parameters
        ----------
        model, block, baseline, outcome : str
            As in the table.
        held_out : bool
            Cross-validated, instead of at the estimates of all.

        Returns
        -------
        mapping or None
            As of :meth:`row`.
        """
        statistic = "cv_delta_log_likelihood" if held_out else "delta_log_likelihood"
        return self.row(model, block, outcome, statistic, baseline=baseline)

    def is_wrong_way(self, model: str, block: str, baseline: str, outcome: str) -> bool:
        """Whether people were faster, or more accurate, where a model was surprised.

        Parameters
        ----------
        model, block, baseline, outcome : str
            As in the table.

        Returns
        -------
        bool
            Of baseline d: in one group at least. Never of a plain predictor, which has its own
            sign.
        """
        table = self.table
        slopes = table[
            (table["model"] == model)
            & (table["block"] == block)
            & (table["baseline"] == baseline)
            & (table["outcome"] == outcome)
            & (table["statistic"] == "slope")
        ]["value"].to_numpy(float)
        sign = -1 if outcome == "accuracy" else 1
        return model not in PLAIN and bool((sign * slopes < 0).any())

    @cached_property
    def _by_key(self) -> dict[tuple[str, ...], Row]:
        records = self.table.to_dict("records")
        return {tuple(record[name] for name in KEY): record for record in records}
