"""What ``hvm recall`` prints of its statistics: means and verdicts, then what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvm.cli.printing import console

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.statistics.lookup import Row, StatisticsLookup

VERDICTS = {
    "Spearman": ("recall_time_ms", "spearman", "", ".2f"),
    "R2": ("recall_time_ms", "r2", "", ".2f"),
    "(e) cv": ("log_time", "cv_delta_log_likelihood", "e", ".1f"),
    "(f) cv": ("log_time", "cv_delta_log_likelihood", "f", ".1f"),
}
PUBLISHED = {f"({each})": ("log_time", "delta_log_likelihood", each, ".1f") for each in "abcd"}
"""Columns by title: outcome, statistic, baseline, and how a number is written."""


def print_statistics(rows: pd.DataFrame) -> None:
    """Print, of each block, means and gains of every model with 95% intervals, and a legend.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`hvm.recall.statistics.table.statistics_table`.
    """
    from hvm.recall.statistics.baselines import LEGEND
    from hvm.recall.statistics.lookup import StatisticsLookup

    lookup = StatisticsLookup(rows)
    for block in lookup.blocks:
        title = f"{block}: of means; nats gained in log time by people held out (cv)"
        _print_table(lookup, block, title, VERDICTS)
        _print_table(lookup, block, f"{block}: nats gained over published baselines", PUBLISHED)
    printer = console()
    for baseline in (*"abcd", *"ef"):
        printer.print(f"({baseline}) {LEGEND[baseline]}")
    printer.print("verdicts rest on (e) and (f); [low, high] is 95% over participants")
    printer.print()


def print_by_key(rows: pd.DataFrame) -> None:
    """Print gains by key of every block and model, with intervals.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of ``key_statistics.csv``.
    """
    from rich.markup import escape
    from rich.table import Table

    from hvm.recall.study.plot_style import estimate_text

    names = {"gain": "delta_log_likelihood", "held out": "cv_delta_log_likelihood"}
    if (rows["statistic"] == "wrong_gain_bits").any():
        names["wrong keys"] = "wrong_gain_bits"
    printer = console()
    for block, of_block in rows.groupby("block", sort=False):
        title = escape(f"{block}, by key: nats gained, bits above chance")
        table = Table(box=None, title=title, title_justify="left")
        for name in ("model", *names):
            table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
        for model, part in of_block.groupby("model", sort=False):
            by_name = part.set_index("statistic").to_dict("index")
            cells = [estimate_text(by_name.get(name)) for name in names.values()]
            table.add_row(escape(str(model)), *cells)
        printer.print(table)
        printer.print()


def _print_table(
    lookup: StatisticsLookup, block: str, title: str, columns: dict[str, tuple[str, str, str, str]]
) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, title=escape(title), title_justify="left")
    table.add_column("model", overflow="fold")
    for name in columns:
        table.add_column(name, justify="right", overflow="fold")
    for model in lookup.compared:
        cells = []
        for outcome, statistic, baseline, style in columns.values():
            row = lookup.row(model, block, outcome, statistic, baseline=baseline)
            cells.append("-" if row is None else _estimate(row, style))
        table.add_row(escape(model), *cells)
    printer = console()
    printer.print(table)
    printer.print()


def _estimate(row: Row, style: str) -> str:
    """A value, its interval below it; - where it is not defined."""
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if value != value:
        return "-"
    text = f"{value:{style}}"
    return text if low != low else f"{text}\n[{low:{style}}, {high:{style}}]"
