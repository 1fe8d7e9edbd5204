"""How pictures of the recall task look: names, colours, sizes, and estimates as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GROUP_COLOURS = ("#5b7fa6", "#d0802b")
BLOCK_NAMES = {"train": "training", "transfer": "transfer"}
OUTCOME_LABELS = {
    "recall_time_ms": "recall time, s",
    "accuracy": "share of keys right",
    "surprisal_bits": "bits a trial",
}
OUTCOME_SCALES = {"recall_time_ms": 1e-3}
"""What a value is multiplied by to be in the unit of its label."""

LABEL_CHARACTERS, TITLE_CHARACTERS = 34, 26
"""The longest names that fit beside a row, and above a panel."""

NARROWEST_INCHES = 6.4
"""A figure is no narrower, so that its legend and title fit."""


def panel_title(ax: Axes, text: str) -> None:
    """Write a title above the left end of a panel, every character as it is."""
    ax.set_title(text, loc="left", fontsize=9, parse_math=False)


def colours_of(groups: Sequence[str]) -> dict[str, str]:
    """Colours of groups, in the order of their names."""
    return dict(zip(sorted(groups), GROUP_COLOURS, strict=False))


def nothing_to_see(ax: Axes, reason: str) -> Axes:
    """Say why there is nothing to see."""
    ax.text(0.5, 0.5, reason, ha="center", va="center", transform=ax.transAxes, fontsize=8)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def short_name(model: str, most: int = LABEL_CHARACTERS) -> str:
    """A name as a label, its middle left out where it is long: both ends tell models apart."""
    if len(model) <= most:
        return model
    half = most // 2
    return f"{model[:half]}…{model[1 - half :]}"


def panel_grid(n_panels: int, n_columns: int, size_inches: tuple[float, float]) -> list[Axes]:
    """Panels row by row on a new figure.

    Parameters
    ----------
    n_panels, n_columns : int
        How many, and how many in a row at most.
    size_inches : (float, float)
        Width of the figure, and height of each row.

    Returns
    -------
    list of matplotlib Axes
        Of length ``n_panels``.
    """
    from matplotlib.figure import Figure

    width, height = size_inches
    if n_panels < n_columns:
        width, n_columns = max(width * n_panels / n_columns, NARROWEST_INCHES), n_panels
    n_rows = -(-n_panels // n_columns)
    figure = Figure(figsize=(width, height * n_rows + 0.5), layout="constrained")
    return [figure.add_subplot(n_rows, n_columns, k + 1) for k in range(n_panels)]


def figure_of(axes: Sequence[Axes]) -> Figure:
    """The figure on which some axes are."""
    return cast("Figure", axes[0].get_figure(root=True))


def estimate_text(row: Mapping[str, Any] | None, style: str = ".2f") -> str:
    """A value with its interval, as people read it.

    Examples
    --------
    >>> estimate_text({"value": 0.966, "low": 0.895, "high": 0.97})
    '0.97 [0.90, 0.97]'
    >>> estimate_text({"value": float("nan"), "low": float("nan"), "high": float("nan")})
    'not defined'
    """
    if row is None or not np.isfinite(row["value"]):
        return "not defined"
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    text = _number(value, style)
    if np.isfinite(low) and np.isfinite(high):
        text += f" [{_number(low, style)}, {_number(high, style)}]"
    return text


def _number(value: float, style: str) -> str:
    text = format(value, style)
    if not text.strip("-0.,"):
        text = text.lstrip("-")  # no minus before a zero
    return text.replace("-", "−")
