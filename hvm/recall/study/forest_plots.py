"""Pictures of one statistic of many models: a row a model, a point with its interval.

Tables are those that ``hvm recall`` writes: ``statistics.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.recall.statistics.baselines import OF_VERDICTS
from hvm.recall.statistics.checked import PEOPLE, PLAIN
from hvm.recall.statistics.contrasts import LESS
from hvm.recall.statistics.lookup import StatisticsLookup
from hvm.recall.study.plot_style import (
    LABEL_CHARACTERS,
    OUTCOME_LABELS,
    block_name,
    colour_legend,
    colours,
    heading,
    marker_of,
    panel_title,
    short_name,
)
from hvm.recall.study.published import PREFIX
from hvm.show.figures import axes_or_new, new_figure, open_frame
from hvm.show.palette import BLACK, GREEN, GREY, PURPLE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

OWN_COLOUR, PUBLISHED_COLOUR = BLACK, PURPLE
PLAIN_COLOUR, PEOPLE_COLOUR = GREY, GREEN
ROW_INCHES = 0.27
"""Height of a row of one point."""

DODGED = 0.42
"""Height of each further point in it, in such rows."""

MOST_CONTRASTS = 6
"""All pairs of four groups."""

# -- the difference between groups --------------------------------------------------------


def group_difference(
    statistics: pd.DataFrame,
    outcome: str,
    models: Sequence[str],
    ax: Axes | None = None,
    block: str = "transfer",
) -> Axes:
    """Plot the differences between groups, one row a model, with intervals over participants.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Of :func:`hvm.recall.statistics.table.statistics_table`.
    outcome : str
        ``recall_time_ms``, ``accuracy`` or ``surprisal_bits``.
    models : sequence of str
        The rows, from the top; ``people`` is one.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.
    block : str
        As in the table.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, ROW_INCHES * len(models) + 1.0))
    lookup = StatisticsLookup(statistics)
    shown = contrasts_shown(lookup)
    of_contrast = [
        lookup.estimates(list(models), block, outcome, "group_difference", "", contrast)
        for contrast in shown
    ]
    if len(shown) > 1:
        _dodged(ax, models, of_contrast, list(shown.values()))
    elif shown:
        forest(ax, models, of_contrast[0])
    unit = {"recall_time_ms": "recall time, ms", "surprisal_bits": "surprisal, bits a trial"}
    ax.set_xlabel(unit.get(outcome, OUTCOME_LABELS[outcome]), fontsize=8)
    return ax


def contrasts_shown(lookup: StatisticsLookup) -> dict[str, str]:
    """Colours of the contrasts that a figure shows: all; of too many those with the reference."""
    with_reference = lookup.contrasts_with_reference
    if len(lookup.contrasts) > MOST_CONTRASTS:
        return dict(zip(with_reference, colours(len(with_reference)), strict=True))
    of_groups = colours(len(lookup.contrasts) + 1)
    del of_groups[len(with_reference)]  # the reference's
    return dict(zip(lookup.contrasts, of_groups, strict=True))


def group_differences(statistics: pd.DataFrame, block: str = "transfer") -> list[Axes]:
    """Plot the differences between groups in a block: of people, and below them of each model.

    Of more groups than four, each is set against the reference alone.
    """
    is_model = statistics["statistic"].eq("mean") & statistics["outcome"].eq("surprisal_bits")
    models = [name for name in statistics[is_model]["model"].unique() if name not in PLAIN]
    lookup = StatisticsLookup(statistics)
    shown = contrasts_shown(lookup)
    row = 1 + DODGED * (len(shown) - 1)
    heights = [row + 0.6, row + 0.6, max(row * len(models), 2) + 0.6]
    size = 6.4, ROW_INCHES * sum(heights) + 2.2
    figure = new_figure(size)
    panels = figure.subplots(3, 1, height_ratios=heights)
    for ax, outcome in zip(panels, ("recall_time_ms", "accuracy"), strict=False):
        group_difference(statistics, outcome, [PEOPLE], ax, block)
    group_difference(statistics, "surprisal_bits", models, panels[2], block)
    if len(shown) > 1:
        names = "differences between groups"
        most = 2 * LABEL_CHARACTERS
        colour_legend(panels, shown, "outside lower center", most, ls="", ms=4)
    else:
        unnamed = LESS.join(lookup.groups) if len(lookup.groups) == 2 else "groups: there is one"
        names = next((name for name in shown if name), unnamed)
    text = f"{short_name(names, 2 * LABEL_CHARACTERS)}: mean over participants, 95% interval"
    heading(panels, f"{block},", text)
    return list(panels)


def forest(
    ax: Axes,
    names: Sequence[str],
    estimates: NDArray[np.float64],
    below: NDArray[np.float64] | None = None,
    crossed: Sequence[bool] = (),
) -> None:
    """Draw one row a name: a point with its interval, and beside it another, open one.

    Parameters
    ----------
    ax : matplotlib Axes
    names : sequence of str
        Models, from the top.
    estimates : float64[names, 3]
        Value, low and high of each; NaN where there is none.
    below : float64[names, 3], optional
        The same for the open points.
    crossed : sequence of bool
        Whose point is a cross; empty: none.
    """
    for row, name in enumerate(names):
        colour = _row_colour(name)
        if not np.isfinite(estimates[row, 0]):
            ax.text(0, row, " not defined", fontsize=7, va="center", color="#555555")
            continue
        marker = "x" if crossed and crossed[row] else "o"
        at = row if below is None else row - 0.14
        _interval_point(ax, estimates[row], at, marker=marker, color=colour, mew=1.0)
        if below is not None and np.isfinite(below[row, 0]):
            look = {"marker": "o", "mfc": "white", "alpha": 0.75, "color": colour}
            _interval_point(ax, below[row], row + 0.18, **look)
    _named_rows(ax, names)


def _dodged(
    ax: Axes,
    names: Sequence[str],
    estimates: Sequence[NDArray[np.float64]],
    look: Sequence[str],
) -> None:
    """One row a name, and in it a point of each of several estimates, by colour."""
    step = 0.7 / len(estimates)
    for row in range(len(names)):
        for number, (each, colour) in enumerate(zip(estimates, look, strict=True)):
            if np.isfinite(each[row, 0]):
                at = row + (number - (len(estimates) - 1) / 2) * step
                _interval_point(ax, each[row], at, marker=marker_of(number), color=colour)
        if not any(np.isfinite(each[row, 0]) for each in estimates):
            ax.text(0, row, " not defined", fontsize=7, va="center", color="#555555")
    _named_rows(ax, names)


def _named_rows(ax: Axes, names: Sequence[str]) -> None:
    ax.axvline(0, color="#555555", lw=0.7)
    ax.set_yticks(
        range(len(names)), [short_name(name) for name in names], fontsize=8, parse_math=False
    )
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.margins(x=0.06)
    ax.tick_params(axis="x", labelsize=7)
    ax.grid(axis="y", color="#eeeeee", lw=0.7)
    ax.set_axisbelow(True)
    open_frame(ax)


def _interval_point(ax: Axes, estimate: NDArray[np.float64], at: float, **look: Any) -> None:
    value, low, high = estimate
    if np.isfinite(low) and np.isfinite(high):
        ax.plot([low, high], [at, at], color=look["color"], lw=1.0, alpha=look.get("alpha"))
    ax.plot(value, at, ms=4, ls="", **look)


def _row_colour(name: str) -> str:
    if name == PEOPLE:
        return PEOPLE_COLOUR
    if name in PLAIN:
        return PLAIN_COLOUR
    return PUBLISHED_COLOUR if name.startswith(PREFIX) else OWN_COLOUR


# -- gains ----------------------------------------------------------------------------------


def gains(
    statistics: pd.DataFrame,
    block: str = "train",
    baseline: str = "b",
    ax: Axes | None = None,
    outcome: str = "log_time",
) -> Axes:
    """Plot gains in log-likelihood over a baseline: filled, and open where cross-validated.

    A cross marks a gain by a slope of the sign that the model does not predict.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Of :func:`hvm.recall.statistics.table.statistics_table`.
    block, baseline : str
        As in the table.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.
    outcome : str
        As in the table.

    Returns
    -------
    matplotlib Axes
        Models first, then the plain predictors.
    """
    lookup = StatisticsLookup(statistics)
    names = [*lookup.models, *lookup.plain]
    ax = axes_or_new(ax, (6.4, 1.6 * ROW_INCHES * len(names) + 1.0))
    inside, outside = (
        lookup.estimates(names, block, outcome, statistic, baseline)
        for statistic in ("delta_log_likelihood", "cv_delta_log_likelihood")
    )
    wrong = [lookup.is_wrong_way(name, block, baseline, outcome) for name in names]
    forest(ax, names, inside, outside, wrong)
    ax.set_xlabel("nats", fontsize=8)
    return ax


def verdict(statistics: pd.DataFrame) -> list[Axes]:
    """Plot what every model adds to (e) and (f) on people held out: a row a block, side by side.

    A cross marks a gain by a slope of the sign that the model does not predict.
    """
    from matplotlib.figure import Figure

    lookup = StatisticsLookup(statistics)
    names = [*lookup.models, *lookup.plain]
    n_blocks = len(lookup.blocks)
    height = n_blocks * (ROW_INCHES * len(names) + 0.7) + 0.6
    figure = Figure(figsize=(8.4, height), layout="constrained")
    panels = figure.subplots(n_blocks, len(OF_VERDICTS), sharey=True, squeeze=False)
    for of_block, block in zip(panels, lookup.blocks, strict=True):
        for ax, baseline in zip(of_block, OF_VERDICTS, strict=True):
            where = (block, "log_time", "cv_delta_log_likelihood", baseline)
            wrong = [lookup.is_wrong_way(name, block, baseline, "log_time") for name in names]
            forest(ax, names, lookup.estimates(names, *where), None, wrong)
            panel_title(ax, f"{short_name(block_name(block))}, over ({baseline})")
    for ax in panels[-1]:
        ax.set_xlabel("nats", fontsize=8)
    text = (
        "of log recall time, people held out, with 95% intervals over participants. "
        "(e) a curve of each group; (f) and the two trials before"
    )
    heading(list(panels.flat), "Gains in log density", text)
    return list(panels.flat)


GAIN_PANELS = {
    "a": "(a) log trial + trial",
    "b": "(b) + group × practice slopes",
    "c": "(c) + slopes by person",
    "d": "(d) each group alone",
}


def gains_over_baselines(statistics: pd.DataFrame, block: str = "train") -> list[Axes]:
    """Plot the gains of every model over baselines (a) to (d), panels side by side."""
    n_rows = len(StatisticsLookup(statistics).compared)
    size = 10.6, 1.45 * ROW_INCHES * n_rows + 1.4
    figure = new_figure(size)
    axes = figure.subplots(1, len(GAIN_PANELS), sharey=True)
    for ax, (baseline, title) in zip(axes, GAIN_PANELS.items(), strict=True):
        gains(statistics, block, baseline, ax)
        panel_title(ax, title)
    text = (
        "gain in log-likelihood of log recall time, with 95% intervals over participants; "
        "open: people held out; cross: slope of the wrong sign"
    )
    heading(axes, f"{block_name(block)}:", text)
    return list(axes)
