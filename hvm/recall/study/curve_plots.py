"""Pictures of means by group and trial: learning curves, and people's means over a model's.

Tables are those that ``hvm recall`` writes: ``curves.csv``, ``means.csv``, ``statistics.csv``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.recall.statistics.checked import PEOPLE
from hvm.recall.statistics.lookup import StatisticsLookup
from hvm.recall.study.plot_style import (
    LABEL_CHARACTERS,
    OUTCOME_LABELS,
    OUTCOME_SCALES,
    TITLE_CHARACTERS,
    block_name,
    colour_legend,
    colours_of,
    dashes_of,
    estimate_text,
    figure_of,
    heading,
    marker_of,
    nothing_to_see,
    panel_grid,
    panel_title,
    short_name,
)
from hvm.show.figures import axes_or_new, open_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LONGEST_NOTE = 100
"""The most characters that stand in one line below the panels."""

_CORRELATIONS = {"ρ": "spearman", "R²": "r2"}


def _models_of(table: pd.DataFrame) -> list[str]:
    return [name for name in table["model"].unique() if name != PEOPLE]


# -- learning curves ----------------------------------------------------------------------


def learning_curve(curves: pd.DataFrame, model: str, outcome: str, ax: Axes | None = None) -> Axes:
    """Plot means by trial of each group, with 95% intervals over participants.

    Parameters
    ----------
    curves : pandas.DataFrame
        Of :func:`hvm.recall.statistics.means.curves_table`.
    model, outcome : str
        ``people`` with ``recall_time_ms`` or ``accuracy``, or a model with ``surprisal_bits``.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (4.8, 3.0))
    rows = curves[(curves["model"] == model) & (curves["outcome"] == outcome)]
    panel_title(ax, short_name(model, TITLE_CHARACTERS))
    ax.set_ylabel(OUTCOME_LABELS[outcome], fontsize=8)
    open_frame(ax)
    if not len(rows):
        return nothing_to_see(ax, "there are none")
    scale = OUTCOME_SCALES.get(outcome, 1.0)
    for of, (group, colour) in enumerate(colours_of(curves["group"].unique()).items()):
        of_group = rows[rows["group"] == group]
        for number, (_, unordered) in enumerate(of_group.groupby("block", sort=True)):
            block = unordered.sort_values("trial")
            trial, value, low, high = (
                block[name].to_numpy(float) for name in ("trial", "value", "low", "high")
            )
            ax.fill_between(trial, low * scale, high * scale, color=colour, alpha=0.2, lw=0)
            label = None if number else group
            marker = "." if len(block) == 1 else ""
            look = {"color": colour, "lw": 1.3, "ls": dashes_of(of), "marker": marker}
            ax.plot(trial, value * scale, **look, label=label)
    for border in _borders(curves).values():
        ax.axvline(border, color="#555555", lw=0.7, ls=":")
    highest = np.nanmax(rows[["value", "high"]].to_numpy(float)) * scale
    ax.set_ylim(0, 1.02 if outcome == "accuracy" else 1.06 * highest or 1.0)
    ax.tick_params(labelsize=7)
    return ax


def _borders(curves: pd.DataFrame) -> dict[str, float]:
    """Where each block but the first begins, if all before it have ended for everybody."""
    ends = curves.groupby("block", sort=False)["trial"].agg(["min", "max"]).sort_values("min")
    borders, last = {}, np.inf
    for block, first, end in ends.itertuples():
        if last < first:
            borders[block] = float(last + first) / 2
        last = end if np.isinf(last) else max(last, end)
    return borders


def _dotted_note(curves: pd.DataFrame) -> str:
    """What dotted lines are; "" where there are none."""
    names = [short_name(block_name(block)) for block in _borders(curves)]
    if not names:
        return ""
    text = f"{names[0]} begins" if len(names) == 1 else f"{', '.join(names)} begin"
    return f"dotted: {text if len(text) <= LONGEST_NOTE else 'a block begins'}"


def learning_curves(curves: pd.DataFrame) -> list[Axes]:
    """Plot people's times and accuracy and every model's bits side by side."""
    panels = [(PEOPLE, "recall_time_ms"), (PEOPLE, "accuracy")]
    panels += [(model, "surprisal_bits") for model in _models_of(curves)]
    axes = panel_grid(len(panels), 3, (9.6, 2.0))
    for ax, (model, outcome) in zip(axes, panels, strict=True):
        learning_curve(curves, model, outcome, ax)
    note = _dotted_note(curves)
    is_short = 0 < len(note) <= LABEL_CHARACTERS
    for ax in axes[-3:]:
        ax.set_xlabel(f"trial ({note})" if is_short else "trial", fontsize=8, parse_math=False)
    if note and not is_short:
        figure_of(axes).supxlabel(note, fontsize=8, parse_math=False)
    colour_legend(axes, colours_of(curves["group"]), "outside upper right", lw=1.3)
    return axes


# -- agreement of means -------------------------------------------------------------------


def agreement(
    means: pd.DataFrame,
    statistics: pd.DataFrame,
    model: str,
    block: str = "train",
    ax: Axes | None = None,
) -> Axes:
    """Plot people's mean recall times over a model's mean bits, one point a group and trial.

    Parameters
    ----------
    means : pandas.DataFrame
        Of :func:`hvm.recall.statistics.means.means_table`.
    statistics : pandas.DataFrame
        Of :func:`hvm.recall.statistics.table.statistics_table`: correlations with their intervals.
    model, block : str
        As in the tables.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (4.2, 3.6))
    rows = means[(means["model"] == model) & (means["block"] == block)]
    lookup = StatisticsLookup(statistics)
    correlations = [
        f"{sign} {estimate_text(lookup.row(model, block, 'recall_time_ms', statistic))}"
        for sign, statistic in _CORRELATIONS.items()
    ]
    panel_title(ax, "\n".join([short_name(model, TITLE_CHARACTERS), *correlations]))
    open_frame(ax)
    if not len(rows):
        return nothing_to_see(ax, "no trials with a time")
    shown = colours_of([*lookup.groups, *means["group"]])
    for number, (group, colour) in enumerate(shown.items()):
        of_group = rows[rows["group"] == group]
        times = of_group["recall_time_ms"] * OUTCOME_SCALES["recall_time_ms"]
        look: dict[str, Any] = {"color": colour, "marker": marker_of(number), "alpha": 0.8, "lw": 0}
        ax.scatter(of_group["surprisal_bits"], times, s=9, **look, label=group)
    ax.locator_params(axis="x", nbins=4)  # bits that hardly differ have long labels
    ax.tick_params(labelsize=7)
    return ax


def agreements(means: pd.DataFrame, statistics: pd.DataFrame, block: str) -> list[Axes]:
    """Plot the means of every model in one block, with the ceilings that people's means set.

    Parameters
    ----------
    means, statistics : pandas.DataFrame
        As for :func:`agreement`.
    block : str
        As in the tables.

    Returns
    -------
    list of matplotlib Axes
        One a model.
    """
    models = _models_of(means)
    axes = panel_grid(len(models), 4, (9.6, 2.5))
    for ax, model in zip(axes, models, strict=True):
        agreement(means, statistics, model, block, ax)
    for ax in axes[-4:]:
        ax.set_xlabel("mean bits a trial", fontsize=8)
    for ax in axes[::4]:
        ax.set_ylabel("mean recall time, s", fontsize=8)
    lookup = StatisticsLookup(statistics)
    ceilings = [
        estimate_text(lookup.row(PEOPLE, block, "recall_time_ms", f"ceiling_{statistic}"))
        for statistic in _CORRELATIONS.values()
    ]
    text = f"one point a group and trial; ceilings: ρ {ceilings[0]}, R² {ceilings[1]}"
    heading(axes, f"{block_name(block)}:", text)
    shown = colours_of([*lookup.groups, *means["group"]])
    colour_legend(axes, shown, "outside lower right", ls="", ms=3, mew=0, alpha=0.8)
    return axes
