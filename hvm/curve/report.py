"""The page of a curve: the verdict first, then tables and figures, from the files of the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvm.data.files import read_bytes, write_atomic
from hvm.show.html import figure, page, settings_text, table, verdict_paragraph

if TYPE_CHECKING:
    import pandas as pd

REPORT = "report.html"
BY_EDIT = "bits-per-edit"
"""The abstraction of rows in which variables are dropped one after another."""

_COLUMNS = {
    "level": "level",
    "training": "bits_per_symbol",
    "held out": "held_out_bits_per_symbol",
    "unseen combinations": "unseen_bits_per_symbol",
    "transfer": "transfer_bits_per_symbol",
    "rate": "rate_bits_per_symbol",
    "edits": "distortion_most_probable",
}
_FIGURES = {
    "levels-held-out": "Levels by grains: training bits, all that was learned included, against "
    "held-out bits. 0 is the whole model.",
    "levels-unseen": "The same on unseen combinations: frames and fillers that training held, but "
    "never together.",
    "rivals-held-out": "Other methods on the same texts.",
    "rivals-unseen": "Other methods on unseen combinations.",
    "compression-generalization": "Iterations of the lexicon alone; learned variables beside "
    "random ones.",
    "compression-transfer": "The same on text of another kind.",
    "bits-iteration": "Bits by iteration.",
    "rate-distortion": "Bits sent against what is lost where fillers are left out.",
}


def write_report(folder: Path, rows: pd.DataFrame, verdict: str) -> None:
    """Write ``report.html`` of a curve.

    Parameters
    ----------
    folder : Path
        With the figures and the settings.
    rows : pandas.DataFrame
        The table.
    verdict : str
        In words.

    Raises
    ------
    OutputError
        The report cannot be written.
    """
    lines = [*_opening(verdict), *_levels(rows), *_figures(folder), *_settings(folder)]
    write_atomic(folder / REPORT, page("hvm curve", lines))


def _opening(verdict: str) -> Iterator[str]:
    yield "<h1>Compression against generalization</h1>"
    yield verdict_paragraph(verdict)
    yield (
        "<p>Bits a symbol. Of training text with all that was learned; of other texts without. "
        "Level 0 is the whole model, level k knows grains k and coarser only.</p>"
    )


def last_rows(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return what a reader sees of a curve: the last iteration of each model, by what foretells.

    Parameters
    ----------
    rows : pandas.DataFrame
        The table.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``unigram``, ``experts`` and ``others``, which are rivals and language models; no variables
        that are dropped one after another. Each may be empty.
    """
    last = rows[rows["abstraction"] != BY_EDIT]
    last = last[last["iteration"] == last.groupby("model")["iteration"].transform("max")]
    parts = {context: last[last["context"] == context] for context in ("unigram", "experts")}
    return parts | {"others": last[last["abstraction"].isin(["rival", "language model"])]}


def cell_text(value: Any) -> str:
    """Return a value of a curve as a cell: three digits, and a dash for what is missing."""
    if isinstance(value, float):
        return f"{value:.3f}" if value == value else "-"
    return str(value)


def _levels(rows: pd.DataFrame) -> Iterator[str]:
    parts = last_rows(rows)
    columns = {name: column for name, column in _COLUMNS.items() if column in rows}
    for title, part in (
        ("By experts", parts["experts"]),
        ("By the lexicon alone", parts["unigram"]),
        ("Other methods", parts["others"]),
    ):
        if not len(part):
            continue
        yield f"<h2>{title}</h2>"
        cells = [
            [
                f"{row['model']}, {row['context'] if title[0] == 'O' else row['abstraction']}",
                *(escape(cell_text(row[column])) for column in columns.values()),
            ]
            for _, row in part.iterrows()
        ]
        yield from table(["", *columns], cells)


def _figures(folder: Path) -> Iterator[str]:
    yield "<h2>Figures</h2>"
    for name, text in _FIGURES.items():
        yield from figure(folder / f"{name}.png", text)


def _settings(folder: Path) -> Iterator[str]:
    path = folder / "config.json"
    if path.exists():
        settings = json.loads(read_bytes(path))
        yield "<h2>Settings</h2>"
        yield f"<p>{settings_text(settings)}.</p>"
    yield (
        "<p>All rows: <code>curve.csv</code> in this folder; "
        "<code>hvm curve --redraw -o DIR</code> makes this page and its figures again.</p>"
    )
