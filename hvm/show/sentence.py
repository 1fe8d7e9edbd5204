"""A parsed sequence as a picture: its symbols, the units that cover them, slots with variables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hvm.lexicon.graph import visible
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse
from hvm.show.figures import axes_or_new
from hvm.show.names import variable_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hvm.symbols.sequences import Symbols

CHUNK_COLOUR, ATOM_COLOUR, SLOT_COLOUR = "#0060a8", "#8a8a8a", "#b34700"
MOST_SYMBOLS = 60
"""Drawn, of the first sequence."""
_INCHES_A_LETTER, _INCHES_A_ROW = 0.105, 0.32
_NAME_SCALE = 0.62  # letters of a name, in letters of the text
_LINE, _ROW = 0.3, 0.5  # heights of a slot's line and of a row of names


def draw_parse(lexicon: Lexicon, parsed: Parse, symbols: Symbols, ax: Axes | None = None) -> Axes:
    """Draw the first sequence of a parse: units in boxes, the slots of each underlined and named.

    Parameters
    ----------
    lexicon : Lexicon
    parsed : Parse
    symbols : Symbols
        What was parsed; its first `MOST_SYMBOLS` symbols are drawn, whole units only.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure as wide as the text.

    Returns
    -------
    matplotlib Axes
    """
    n_units, n_symbols = _drawn(parsed)
    texts = [visible(symbols.text(i, i + 1)) for i in range(n_symbols)]
    gap = len(symbols.alphabet.separator)
    edges = np.concatenate([[0], np.cumsum([len(text) + gap for text in texts])]).tolist()
    slots = np.flatnonzero(parsed.slot_units < n_units).tolist()
    # Each slot with its name below; a name that would run into another goes a row further down.
    spans = [(edges[parsed.slot_starts[k]], edges[parsed.slot_ends[k]] - gap) for k in slots]
    named = variable_names(lexicon, symbols.alphabet)
    names = [named[int(parsed.slot_variables[k])] for k in slots]
    rows = _rows(
        [(first, first + _NAME_SCALE * len(n)) for (first, _), n in zip(spans, names, strict=True)]
    )
    n_depths = int(parsed.slot_depths[slots].max(initial=-1)) + 1
    n_rows = max(rows, default=-1) + 1
    depth = _LINE * n_depths + _ROW * n_rows
    size = max(3.0, _INCHES_A_LETTER * edges[-1] + 0.4), _INCHES_A_ROW * (2.2 + depth)
    ax = axes_or_new(ax, size)
    for text, left in zip(texts, edges, strict=False):
        ax.text(left, 0, text, family="monospace", size=11, va="center", ha="left")
    for unit in range(n_units):
        first, last = edges[parsed.unit_starts[unit]], edges[parsed.unit_starts[unit + 1]] - gap
        is_chunk = parsed.units[unit] >= lexicon.n_atoms
        _bracket(ax, first, last, CHUNK_COLOUR if is_chunk else ATOM_COLOUR)
    for slot, (first, last), name, row in zip(slots, spans, names, rows, strict=True):
        level = -0.6 - _LINE * (n_depths - 1 - int(parsed.slot_depths[slot]))
        ax.plot([first, last], [level, level], color=SLOT_COLOUR, lw=2, solid_capstyle="butt")
        below = -0.6 - _LINE * (n_depths - 1) - 0.15 - _ROW * row
        ax.text(first, below, name, color=SLOT_COLOUR, size=6.5, va="top", ha="left")
    ax.set(xlim=(-0.5, max(edges[-1], 1) + 0.5), ylim=(-0.8 - depth, 1.2))
    ax.axis("off")
    return ax


def parse_html(lexicon: Lexicon, parsed: Parse, symbols: Symbols) -> str:
    """Write the first sequence of a parse for a notebook: units in boxes, variables below slots.

    Parameters
    ----------
    lexicon : Lexicon
    parsed : Parse
    symbols : Symbols
        What was parsed.

    Returns
    -------
    str
    """
    n_units, n_symbols = _drawn(parsed)
    names, gap = variable_names(lexicon, symbols.alphabet), escape(symbols.alphabet.separator)
    outer = np.flatnonzero(parsed.slot_depths == 0)
    boxes = []
    for unit in range(n_units):
        start, end = int(parsed.unit_starts[unit]), int(parsed.unit_starts[unit + 1])
        pieces, at = [], start
        for slot in outer[parsed.slot_units[outer] == unit].tolist():
            first, last = int(parsed.slot_starts[slot]), int(parsed.slot_ends[slot])
            pieces += [_escaped(symbols, i) for i in range(at, first)]
            inside = gap.join(_escaped(symbols, i) for i in range(first, last))
            title = escape(names[int(parsed.slot_variables[slot])], quote=True)
            line = f"border-bottom:2px solid {SLOT_COLOUR}"
            pieces.append(f'<span title="{title}" style="{line}">{inside}</span>')
            at = last
        pieces += [_escaped(symbols, i) for i in range(at, end)]
        colour = CHUNK_COLOUR if parsed.units[unit] >= lexicon.n_atoms else ATOM_COLOUR
        look = f"border-top:2px solid {colour};margin:0 .25em;white-space:pre"
        boxes.append(f'<span style="{look}">{gap.join(pieces)}</span>')
    more = f" … {len(symbols) - n_symbols:,} symbols more" if len(symbols) > n_symbols else ""
    return f'<div style="font-family:monospace;line-height:2.2">{"".join(boxes)}{more}</div>'


def _escaped(symbols: Symbols, i: int) -> str:
    return escape(visible(symbols.text(i, i + 1)))


def _rows(spans: list[tuple[float, float]]) -> list[int]:
    """The first row in which each span, from the left, runs into none before it."""
    ends: list[float] = []
    rows = []
    for first, last in spans:
        row = next((k for k, end in enumerate(ends) if end <= first), len(ends))
        ends[row : row + 1] = [last + 1]
        rows.append(row)
    return rows


def _drawn(parsed: Parse) -> tuple[int, int]:
    """How many units and symbols are drawn."""
    ends = parsed.sequence_starts
    n_units = int(ends[1]) if len(ends) > 1 else len(parsed)
    n_units = min(n_units, int(np.searchsorted(parsed.unit_starts, MOST_SYMBOLS, "right")) - 1)
    return n_units, int(parsed.unit_starts[n_units])


def _bracket(ax: Axes, first: float, last: float, colour: str) -> None:
    ax.plot([first, first, last, last], [0.55, 0.85, 0.85, 0.55], color=colour, lw=1.6)
