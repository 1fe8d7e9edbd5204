"""How pictures of the recall task look: names, colours, sizes, and estimates as text."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from hvm.show.figures import new_figure
from hvm.show.palette import COLOURS, DASHES, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LegendPlace = Literal["outside upper right", "outside lower right", "outside lower center"]

GROUP_COLOURS = (*COLOURS, "#7d5a3c", "#8a8a8a", "#7a8f4b")
"""Of the first groups by name; where there are more, all get other ones."""
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

LEGEND_GROUPS = 24
"""A legend names no more."""

LEGEND_CHARACTERS, HEADING_CHARACTERS = 13, 14.5
"""Characters on an inch of a legend's names, and of what stands above all panels."""

NARROWEST_INCHES = 6.4
"""A figure is no narrower, so that its legend and title fit."""


def panel_title(ax: Axes, text: str) -> None:
    """Write a title above the left end of a panel, every character as it is."""
    ax.set_title(text, loc="left", fontsize=9, parse_math=False)


def heading(axes: Sequence[Axes], name: str, text: str) -> None:
    """Write above all panels, in two lines where one is too short, every character as it is.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
        Panels of one figure.
    name, text : str
        Of what, and what is shown of it.
    """
    figure = figure_of(axes)
    short = short_name(name, 2 * TITLE_CHARACTERS)
    is_long = len(short) + len(text) > HEADING_CHARACTERS * figure.get_figwidth()
    figure.suptitle(f"{short}{chr(10) if is_long else ' '}{text}", fontsize=9, parse_math=False)


def colours_of(groups: Iterable[str]) -> dict[str, str]:
    """Colours of groups, in the order of their names."""
    names = sorted(set(groups))
    return dict(zip(names, colours(len(names)), strict=True))


def colours(n: int) -> list[str]:
    """So many colours that are told apart, as far as that goes."""
    if n <= len(GROUP_COLOURS):
        return list(GROUP_COLOURS[:n])
    shares = (colorsys.hls_to_rgb(k / n, (0.3, 0.42, 0.55)[k % 3], 0.6) for k in range(n))
    return ["#" + "".join(f"{round(255 * share):02x}" for share in each) for each in shares]


def block_name(block: str) -> str:
    """A block as people read it."""
    return BLOCK_NAMES.get(block, block)


def dashes_of(number: int) -> Any:
    """Dashes of the line of a group, which tell it apart where colours do not."""
    return DASHES[number % len(DASHES)]


def marker_of(number: int) -> str:
    """Marker of the points of a group, which tells them apart where colours do not."""
    return MARKERS[number % len(MARKERS)]


def colour_legend(
    axes: Sequence[Axes],
    shown: Mapping[str, str],
    place: LegendPlace,
    most: int = LABEL_CHARACTERS,
    **look: Any,
) -> None:
    """Name colours outside the panels of a figure, every character of the names as it is.

    Names differ in dashes too, or in markers where ``look`` has no line.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
        Panels of one figure.
    shown : mapping of str to str
        Colours by name; perhaps empty.
    place : str
        Where the legend stands.
    most : int
        Characters of a name.
    **look
        Of what stands beside the names, as a line takes it.
    """
    from matplotlib.lines import Line2D

    is_marked = look.get("ls") == ""
    handles = [
        Line2D(
            [],
            [],
            **{
                **look,
                "color": colour,
                **({"marker": marker_of(k)} if is_marked else {"ls": dashes_of(k)}),
            },
        )
        for k, colour in enumerate(shown.values())
    ][:LEGEND_GROUPS]
    names = [short_name(name, most) for name in shown][:LEGEND_GROUPS]
    if len(shown) > LEGEND_GROUPS:
        handles.append(Line2D([], [], ls=""))
        names.append(f"and {len(shown) - LEGEND_GROUPS} more")
    if not names:
        return
    figure = figure_of(axes)
    fitting = int(figure.get_figwidth() * LEGEND_CHARACTERS) // (max(map(len, names)) + 6)
    legend = figure.legend(
        handles,
        ["-"] * len(names),  # a label that begins with _ would be left out
        loc=place,
        ncols=max(1, min(fitting, len(names))),
        frameon=False,
        fontsize=9,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)


def nothing_to_see(ax: Axes, reason: str) -> Axes:
    """Say why there is nothing to see."""
    ax.text(0.5, 0.5, reason, ha="center", va="center", transform=ax.transAxes, fontsize=8)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def short_name(model: str, most: int = LABEL_CHARACTERS) -> str:
    """A name as a label, its middle left out where it is long: both ends tell names apart."""
    model = " ".join(model.split())
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
    width, height = size_inches
    if n_panels < n_columns:
        width, n_columns = max(width * n_panels / n_columns, NARROWEST_INCHES), n_panels
    n_rows = -(-n_panels // n_columns)
    figure = new_figure((width, height * n_rows + 0.5))
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
