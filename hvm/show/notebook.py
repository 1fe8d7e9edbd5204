"""What notebooks show of models, and the tables and pictures that models make of themselves."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.data.files import write_atomic
from hvm.errors import InputError
from hvm.lexicon.graph import entry_text
from hvm.lexicon.lexicon import KIND_NAMES, VARIABLE
from hvm.show.drawing import draw_graph
from hvm.show.explorer import explorer_page
from hvm.show.names import variable_names, with_names
from hvm.show.plots import learning_curve
from hvm.show.summary import top_chunks, top_variables
from hvm.symbols.convert import as_symbols

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hvm.learn.model import Model

FRAME_HEIGHT_PIXELS = 560
_SHOWN = 5
_FILLERS_SHOWN = 6


class LexiconFrame(NamedTuple):
    """A page that a notebook shows within itself."""

    page: str

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="The lexicon" width="100%" height="{FRAME_HEIGHT_PIXELS}" '
            f'style="border:1px solid #ccc" srcdoc="{escape(self.page, quote=True)}"></iframe>'
        )


def explore(
    model: Model, path: str | os.PathLike[str] | None = None, text: Any = None
) -> LexiconFrame | Path:
    """Return the page of a lexicon as a frame of a notebook, or write it.

    Parameters
    ----------
    model : Model
        Fitted.
    path : path, optional
    text : Symbols, or what `as_symbols` takes, optional

    Returns
    -------
    LexiconFrame or Path

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    alphabet = model.alphabet_
    places = None if text is None else as_symbols(text, alphabet.unit, model.mode_, alphabet)
    page = explorer_page(model, places)
    if path is None:
        return LexiconFrame(page)
    write_atomic(Path(path), page.encode())
    return Path(path)


def plot_lexicon(model: Model, ax: Axes | None = None, max_nodes: int = 24) -> Axes:
    """Draw the top of a model's lexicon.

    Parameters
    ----------
    model : Model
    ax : matplotlib Axes, optional
    max_nodes : int

    Returns
    -------
    matplotlib Axes
    """
    return draw_graph(model.graph_, ax, max_nodes)


def plot_history(model: Model, ax: Axes | None = None) -> Axes:
    """Draw bits by iteration; see :meth:`hvm.learn.views.Viewed.plot_history`.

    Raises
    ------
    InputError
        The model has no history.
    """
    history = getattr(model, "history_", None)
    if history is None:
        raise InputError("this model holds no history: fit makes one, and no file keeps it")
    return learning_curve(history, model.n_symbols_, ax)


def units_table(model: Model) -> pd.DataFrame:
    """All units of a model; see :attr:`hvm.learn.views.Viewed.units_`."""
    import pandas as pd

    lexicon, alphabet = model.lexicon_, model.alphabet_
    entries = np.flatnonzero(lexicon.kinds != VARIABLE)
    entries = entries[np.lexsort((entries, -lexicon.unit_counts[entries]))]
    names = variable_names(lexicon, alphabet)
    return pd.DataFrame(
        {
            "entry": entries,
            "text": [
                with_names(entry_text(lexicon, alphabet, entry), names)
                for entry in entries.tolist()
            ],
            "kind": [KIND_NAMES[kind] for kind in lexicon.kinds[entries].tolist()],
            "count": lexicon.unit_counts[entries],
            "length": [len(lexicon.pattern(entry)) for entry in entries.tolist()],
            "level": lexicon.levels[entries],
            "bits": lexicon.unit_bits[entries],
        }
    )


def variables_table(model: Model) -> pd.DataFrame:
    """All variables of a model; see :attr:`hvm.learn.views.Viewed.variables_`."""
    import pandas as pd

    rows = top_variables(model.lexicon_, model.alphabet_, max(1, len(model.lexicon_.variables)))
    columns = ["entry", "text", "count", "level", "n_fillers", "fillers", "frames"]
    return pd.DataFrame(
        [
            {
                **{name: row[name] for name in ("entry", "count", "level")},
                "text": row["name"],
                "n_fillers": len(row["fillers"]),
                "fillers": [filler["name"] for filler in row["fillers"]],
                "frames": row["frame_names"],
            }
            for row in rows
        ],
        columns=columns,
    )


def model_html(model: Model) -> str:
    """What a notebook shows of a model: its settings, and what it learned, if it did.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    head = f"<b>{escape(repr(model))}</b>"
    if not hasattr(model, "lexicon_"):
        return f"<div>{head}: not fitted</div>"
    lexicon, alphabet = model.lexicon_, model.alphabet_
    facts = (
        f"{model.n_symbols_:,} symbols read, {lexicon.n_atoms:,} kinds; "
        f"{len(lexicon.chunks):,} chunks, {len(lexicon.variables):,} variables"
    )
    chunks = [
        (_code(row["name"]), f"{row['count']:,}") for row in top_chunks(lexicon, alphabet, _SHOWN)
    ]
    variables = [
        (_fillers(row["fillers"]), f"{row['count']:,}")
        for row in top_variables(lexicon, alphabet, _SHOWN)
    ]
    tables = [
        _table(title, rows)
        for title, rows in (("largest chunks", chunks), ("most used variables", variables))
        if rows
    ]
    return f"<div>{head}<br>{facts}{''.join(tables)}</div>"


def _code(text: str) -> str:
    return f"<code style='white-space:pre'>{escape(text)}</code>"


def _fillers(fillers: list[dict[str, Any]]) -> str:
    more = ", …" if len(fillers) > _FILLERS_SHOWN else ""
    return ", ".join(_code(filler["name"]) for filler in fillers[:_FILLERS_SHOWN]) + more


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td style='text-align:left'>{text}</td><td>{count}</td></tr>" for text, count in rows
    )
    return f"<table><tr><th style='text-align:left'>{title}</th><th>times</th></tr>{cells}</table>"
