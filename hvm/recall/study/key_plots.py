"""Pictures of keys: people's accuracy and time by position.

The table is ``key_positions.csv``, which ``hvm recall --task`` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvm.recall.study.plot_style import (
    block_name,
    colour_legend,
    colours_of,
    dashes_of,
    nothing_to_see,
    panel_grid,
    panel_title,
    short_name,
)
from hvm.show.figures import axes_or_new, open_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LABELS = {"time_ms": "time, ms (geometric mean)", "accuracy": "accuracy"}


def by_position(positions: pd.DataFrame, block: str, outcome: str, ax: Axes | None = None) -> Axes:
    """Plot means by position of each group, with 95% intervals over participants.

    Parameters
    ----------
    positions : pandas.DataFrame
        Of :func:`hvm.recall.statistics.key_table.key_positions`.
    block, outcome : str
        ``accuracy`` or ``time_ms``.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (4.8, 3.0))
    rows = positions[(positions["block"] == block) & (positions["outcome"] == outcome)]
    panel_title(ax, short_name(block_name(block)))
    ax.set_ylabel(_LABELS[outcome], fontsize=8)
    ax.set_xlabel("position", fontsize=8)
    open_frame(ax)
    if not len(rows):
        return nothing_to_see(ax, "there are none")
    for number, (group, colour) in enumerate(colours_of(positions["group"].unique()).items()):
        of_group = rows[rows["group"] == group].sort_values("position")
        place, value, low, high = (
            of_group[name].to_numpy(float) for name in ("position", "value", "low", "high")
        )
        ax.fill_between(place, low, high, color=colour, alpha=0.2, lw=0)
        look = {"color": colour, "lw": 1.3, "ls": dashes_of(number), "marker": "."}
        ax.plot(place, value, **look, label=group)
    if outcome == "accuracy":
        ax.set_ylim(0, 1.02)
    ax.tick_params(labelsize=7)
    return ax


def positions_of_block(positions: pd.DataFrame, block: str) -> list[Axes]:
    """Plot time and, where it is known, accuracy by position of one block side by side."""
    there = positions[positions["block"] == block]["outcome"].unique()
    outcomes = [outcome for outcome in _LABELS if outcome in there] or ["time_ms"]
    axes = panel_grid(len(outcomes), 2, (8.0, 2.6))
    for ax, outcome in zip(axes, outcomes, strict=True):
        by_position(positions, block, outcome, ax)
    colour_legend(axes, colours_of(positions["group"]), "outside upper right", lw=1.3)
    return axes
