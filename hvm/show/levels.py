"""Pictures of levels by grains: what each costs on the training text and on other texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvm.show.figures import axes_or_new, haloed, labelled
from hvm.show.palette import BLUE, DASHES, VERMILION, look_of
from hvm.show.plots import GRAINS, grain_levels

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_HCM: dict[str, Any] = {"color": BLUE, "marker": "s", "ls": "", "label": "HCM, no variables"}
_ON_THE_WAY: dict[str, Any] = {"color": VERMILION, "marker": "o", "ms": 3.5, "lw": 1.0, "ls": "--"}
_ABOVE: dict[str, Any] = {"xytext": (4, 5), "color": GRAINS["color"]}
_BELOW: dict[str, Any] = {"xytext": (4, -12), "color": _ON_THE_WAY["color"]}
_ROOM_OF_LETTER, _ROOM_OF_LINE = 0.013, 0.03
"""That a text takes, as a share of the axes."""
_OF_RIVALS = 2
"""The first look of a rival: those before are taken."""
_TRAINING = "training text: bits per symbol, all that is learned included"
MEASURED = {
    "held_out": "held-out text",
    "unseen": "unseen combinations",
    "transfer": "transfer text",
}
"""What a level is judged by beside the training text, and what figures call it."""


def measured_by_level(table: pd.DataFrame) -> list[str]:
    """Keys of `MEASURED` whose bits are known of every level by grains."""
    rows = table[table["abstraction"] == "grains"]
    columns = {text: f"{text}_bits_per_symbol" for text in MEASURED}
    is_known = {
        text: column in rows and rows[column].notna().all() for text, column in columns.items()
    }
    return [text for text in MEASURED if len(rows) and is_known[text]]


def level_points(table: pd.DataFrame, text: str = "held_out", ax: Axes | None = None) -> Axes:
    """Plot bits of other text against bits of the training text, one point a level by grains.

    Level 0 is drawn at each iteration that was measured, which its points name, so that all levels
    and the way to the whole model are seen.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`hvm.curve.curve.measure_curve`.
    text : {"held_out", "unseen", "transfer"}
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, 4.6))
    column = f"{text}_bits_per_symbol"
    levels, whole = grain_levels(table), _whole(table)
    ax.plot(whole["bits_per_symbol"], whole[column], **_ON_THE_WAY, label="HVM, by iteration")
    ax.plot(levels["bits_per_symbol"], levels[column], **GRAINS)
    hcm = table[(table["model"] == "hcm") & (table.get("context") == "experts")]
    ax.plot(hcm["bits_per_symbol"], hcm[column], **_HCM)
    ax.margins(0.12)
    for rows, name, look in ((levels, "{level}", _ABOVE), (whole[:-1], "it. {iteration}", _BELOW)):
        texts = [name.format(**row) for row in rows.to_dict("records")]
        _name_points(ax, rows[["bits_per_symbol", column]].to_numpy(), texts, look)
    return labelled(ax, _TRAINING, f"{MEASURED[text]}: bits per symbol")


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[(table["abstraction"] == "grains") & (table["level"] == 0)]
    return rows.sort_values("iteration")


def rival_points(table: pd.DataFrame, text: str = "held_out", ax: Axes | None = None) -> Axes:
    """Plot the levels by grains among rivals, of which each size or order is a point.

    A language model learned from other texts: it is a horizontal line.

    Parameters
    ----------
    table : pandas.DataFrame
        Of ``hvm curve --rivals``.
    text : {"held_out", "unseen", "transfer"}
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (8.4, 4.6))
    column, levels = f"{text}_bits_per_symbol", grain_levels(table)
    hcm = table[(table["model"] == "hcm") & (table["context"] == "experts")]
    ax.plot(levels["bits_per_symbol"], levels[column], **GRAINS)
    ax.plot(hcm["bits_per_symbol"], hcm[column], **_HCM)
    rows = rivals_of(table, column)
    for number, (name, points) in enumerate(rows.groupby("model", sort=False)):
        if points["bits_per_symbol"].isna().any():
            look = {**look_of(number), "marker": "", "ls": DASHES[1 + number % (len(DASHES) - 1)]}
            ax.axhline(points[column].iloc[0], lw=0.9, label=name, **look)
            continue
        look = look_of(_OF_RIVALS + number)
        sizes = [points["context"].iloc[place] for place in (0, -1)]
        label = name if len(points) == 1 else f"{name}, {sizes[0]} to {sizes[1]} (large)"
        ax.plot(points["bits_per_symbol"], points[column], lw=0.9, ms=4, label=label, **look)
        ax.plot(points["bits_per_symbol"].iloc[-1:], points[column].iloc[-1:], ms=8, **look)
    ax.margins(0.12)
    return labelled(
        ax,
        _TRAINING,
        f"{MEASURED[text]}: bits per symbol",
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
    )


def rivals_of(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows of rivals and language models of which a column is known."""
    if column not in table:
        return table.iloc[:0]
    is_other = table["abstraction"].isin(["rival", "language model"])
    return table[is_other & table[column].notna()]


def _name_points(
    ax: Axes, points: NDArray[np.float64], texts: list[str], look: dict[str, Any]
) -> None:
    """Write a text beside each point, unless another was written so near that they would touch."""
    room = _ROOM_OF_LETTER * max(map(len, texts), default=0)
    written: list[NDArray[np.float64]] = []
    for point, text in zip(points, texts, strict=True):
        at = ax.transAxes.inverted().transform(ax.transData.transform(point))
        if all(
            abs(at - other)[0] > room or abs(at - other)[1] > _ROOM_OF_LINE for other in written
        ):
            place: dict[str, Any] = {"textcoords": "offset points", "path_effects": haloed()}
            ax.annotate(text, tuple(point), fontsize=8, **place, **look)
            written.append(at)
