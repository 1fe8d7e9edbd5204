"""Pictures of the recall task: every function takes tables and optional axes, and returns axes.

Tables are those that ``hvm recall`` writes: ``statistics.csv``, ``curves.csv``, ``means.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hvm.recall.statistics.rows import PLAIN
from hvm.recall.statistics.table import PEOPLE
from hvm.recall.study.published import PREFIX
from hvm.show.figures import axes_or_new, open_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GROUP_COLOURS = ("#5b7fa6", "#d0802b")
BLOCK_NAMES = {"train": "training", "transfer": "transfer"}
OUTCOME_LABELS = {
    "recall_time_ms": "recall time, s",
    "accuracy": "share of keys right",
    "surprisal_bits": "bits a trial",
}
_SCALE = {"recall_time_ms": 1e-3}
_OWN, _PUBLISHED, _PLAIN, _PEOPLE = "#000000", "#8a6fae", "#9a9a9a", "#7a8f4b"
_LABEL_WIDTH = 34
_TITLE_WIDTH = 26
_ROW_INCHES = 0.27
_TITLE_INCHES = 6.4


def _title(ax: Axes, text: str, **look: Any) -> None:
    ax.set_title(text, loc="left", fontsize=9, parse_math=False, **look)


def _colours(groups: Sequence[str]) -> dict[str, str]:
    return dict(zip(sorted(groups), GROUP_COLOURS, strict=False))


def _nothing(ax: Axes, reason: str) -> Axes:
    """Say why there is nothing to see."""
    ax.text(0.5, 0.5, reason, ha="center", va="center", transform=ax.transAxes, fontsize=8)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def _name(model: str, width: int = _LABEL_WIDTH) -> str:
    """A name as a label, its middle left out where it is long: both ends tell models apart."""
    if len(model) <= width:
        return model
    half = width // 2
    return f"{model[:half]}…{model[1 - half :]}"


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
    _title(ax, _name(model, _TITLE_WIDTH))
    ax.set_ylabel(OUTCOME_LABELS[outcome], fontsize=8)
    open_frame(ax)
    if not len(rows):
        return _nothing(ax, "there are none")
    scale = _SCALE.get(outcome, 1.0)
    for group, colour in _colours(curves["group"].unique()).items():
        of_group = rows[rows["group"] == group]
        for number, (_, block) in enumerate(of_group.groupby("block", sort=True)):
            block = block.sort_values("trial")
            trial, value, low, high = (
                block[name].to_numpy(float) for name in ("trial", "value", "low", "high")
            )
            ax.fill_between(trial, low * scale, high * scale, color=colour, alpha=0.2, lw=0)
            label = None if number else group
            marker = "." if len(block) == 1 else ""
            ax.plot(trial, value * scale, color=colour, lw=1.3, marker=marker, label=label)
    for border in _borders(curves):
        ax.axvline(border, color="#555555", lw=0.7, ls=":")
    highest = np.nanmax(rows[["value", "high"]].to_numpy(float)) * scale
    ax.set_ylim(0, 1.02 if outcome == "accuracy" else 1.06 * highest or 1.0)
    ax.tick_params(labelsize=7)
    return ax


def _borders(curves: pd.DataFrame) -> list[float]:
    """Where training ends, if it does at one trial for everybody."""
    train = curves[curves["block"] == "train"]["trial"]
    transfer = curves[curves["block"] == "transfer"]["trial"]
    if len(train) and len(transfer) and train.max() < transfer.min():
        return [float(train.max() + transfer.min()) / 2]
    return []


def learning_curves(curves: pd.DataFrame) -> list[Axes]:
    """Plot people's times and accuracy and every model's bits side by side."""
    panels = [(PEOPLE, "recall_time_ms"), (PEOPLE, "accuracy")]
    panels += [(model, "surprisal_bits") for model in _models_of(curves)]
    axes = _grid(len(panels), 3, (9.6, 2.0))
    for ax, (model, outcome) in zip(axes, panels, strict=True):
        learning_curve(curves, model, outcome, ax)
    for ax in axes[-3:]:
        ax.set_xlabel("trial (dotted: transfer begins)", fontsize=8)
    handles, labels = axes[-1].get_legend_handles_labels()
    _figure(axes).legend(
        handles, labels, loc="outside upper right", ncols=2, frameon=False, fontsize=9
    )
    return axes


def _grid(n_panels: int, n_columns: int, size_inches: tuple[float, float]) -> list[Axes]:
    """Panels row by row on a figure of a width, each row of a height, inches."""
    from matplotlib.figure import Figure

    width, height = size_inches
    if n_panels < n_columns:
        width, n_columns = max(width * n_panels / n_columns, _TITLE_INCHES), n_panels
    n_rows = -(-n_panels // n_columns)
    figure = Figure(figsize=(width, height * n_rows + 0.5), layout="constrained")
    return [figure.add_subplot(n_rows, n_columns, k + 1) for k in range(n_panels)]


def _figure(axes: Sequence[Axes]) -> Figure:
    return cast("Figure", axes[0].get_figure(root=True))


# -- the difference between groups --------------------------------------------------------


def group_difference(
    statistics: pd.DataFrame,
    outcome: str,
    models: Sequence[str],
    ax: Axes | None = None,
    block: str = "transfer",
) -> Axes:
    """Plot the difference between groups, one row a model, with intervals over participants.

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

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, _ROW_INCHES * len(models) + 1.0))
    rows = statistics[
        (statistics["statistic"] == "group_difference")
        & (statistics["outcome"] == outcome)
        & (statistics["block"] == block)
    ].set_index("model")
    table = rows.reindex(models)[["value", "low", "high"]].to_numpy(float)
    _forest(ax, models, table)
    unit = {"recall_time_ms": "recall time, ms", "surprisal_bits": "surprisal, bits a trial"}
    ax.set_xlabel(unit.get(outcome, OUTCOME_LABELS[outcome]), fontsize=8)
    return ax


def group_differences(statistics: pd.DataFrame) -> list[Axes]:
    """Plot the transfer difference between groups: of people, and below it of each model."""
    from matplotlib.figure import Figure

    is_model = statistics["statistic"].eq("mean") & statistics["outcome"].eq("surprisal_bits")
    models = [name for name in statistics[is_model]["model"].unique() if name not in PLAIN]
    heights = [1.6, 1.6, max(len(models), 2) + 0.6]
    size = 6.4, _ROW_INCHES * sum(heights) + 2.2
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(3, 1, height_ratios=heights)
    for ax, outcome in zip(panels, ("recall_time_ms", "accuracy"), strict=False):
        group_difference(statistics, outcome, [PEOPLE], ax)
    group_difference(statistics, "surprisal_bits", models, panels[2])
    groups = sorted(name for name in statistics["group"].unique() if name)
    names = " less ".join(groups) if len(groups) == 2 else "groups: there is one"
    figure.suptitle(
        f"transfer, {names}: mean over participants, 95% interval", fontsize=9, parse_math=False
    )
    return list(panels)


def _forest(
    ax: Axes,
    names: Sequence[str],
    table: np.ndarray,
    below: np.ndarray | None = None,
    crossed: Sequence[bool] = (),
) -> None:
    """Draw one row a name: a point with its interval, and beside it another, open one."""
    for row, name in enumerate(names):
        colour = _row_colour(name)
        if not np.isfinite(table[row, 0]):
            ax.text(0, row, " not defined", fontsize=7, va="center", color="#555555")
            continue
        marker = "x" if crossed and crossed[row] else "o"
        at = row if below is None else row - 0.14
        _interval_point(ax, table[row], at, marker=marker, color=colour, mew=1.0)
        if below is not None and np.isfinite(below[row, 0]):
            look = {"marker": "o", "mfc": "white", "alpha": 0.75, "color": colour}
            _interval_point(ax, below[row], row + 0.18, **look)
    ax.axvline(0, color="#555555", lw=0.7)
    ax.set_yticks(range(len(names)), [_name(name) for name in names], fontsize=8, parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.margins(x=0.06)
    ax.tick_params(axis="x", labelsize=7)
    ax.grid(axis="y", color="#eeeeee", lw=0.7)
    ax.set_axisbelow(True)
    open_frame(ax)


def _interval_point(ax: Axes, estimate: np.ndarray, at: float, **look: Any) -> None:
    value, low, high = estimate
    if np.isfinite(low) and np.isfinite(high):
        ax.plot([low, high], [at, at], color=look["color"], lw=1.0, alpha=look.get("alpha"))
    ax.plot(value, at, ms=4, ls="", **look)


def _row_colour(name: str) -> str:
    if name == PEOPLE:
        return _PEOPLE
    if name in PLAIN:
        return _PLAIN
    return _PUBLISHED if name.startswith(PREFIX) else _OWN


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
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (4.2, 3.6))
    rows = means[(means["model"] == model) & (means["block"] == block)]
    said = [f"{sign} {_said(statistics, model, block, key)}" for sign, key in _CORRELATIONS]
    _title(ax, "\n".join([_name(model, _TITLE_WIDTH), *said]))
    open_frame(ax)
    if not len(rows):
        return _nothing(ax, "no trials with a time")
    for group, colour in _colours(means["group"].unique()).items():
        mine = rows[rows["group"] == group]
        times = mine["recall_time_ms"] * 1e-3
        ax.scatter(mine["surprisal_bits"], times, s=9, color=colour, alpha=0.8, lw=0, label=group)
    ax.locator_params(axis="x", nbins=4)  # bits that hardly differ have long labels
    ax.tick_params(labelsize=7)
    return ax


_CORRELATIONS = (("ρ", "spearman"), ("R²", "r2"))


def _said(statistics: pd.DataFrame, model: str, block: str, statistic: str) -> str:
    found = statistics[
        (statistics["model"] == model)
        & (statistics["block"] == block)
        & (statistics["statistic"] == statistic)
    ]
    return shown(found.iloc[0]) if len(found) else "not defined"


def shown(row: Any, style: str = ".2f") -> str:
    """A value with its interval, as people read it.

    Examples
    --------
    >>> shown({"value": 0.966, "low": 0.895, "high": 0.97})
    '0.97 [0.90, 0.97]'
    >>> shown({"value": float("nan"), "low": float("nan"), "high": float("nan")})
    'not defined'
    """
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if not np.isfinite(value):
        return "not defined"
    text = _number(value, style)
    if np.isfinite(low) and np.isfinite(high):
        text += f" [{_number(low, style)}, {_number(high, style)}]"
    return text


def _number(value: float, style: str) -> str:
    text = format(value, style)
    if not text.strip("-0.,"):
        text = text.lstrip("-")  # no minus before a zero
    return text.replace("-", "−")


def agreements(means: pd.DataFrame, statistics: pd.DataFrame, block: str) -> list[Axes]:
    """Plot the means of every model in one block, with the ceilings that people's means set."""
    models = _models_of(means)
    axes = _grid(len(models), 4, (9.6, 2.5))
    for ax, model in zip(axes, models, strict=True):
        agreement(means, statistics, model, block, ax)
    for ax in axes[-4:]:
        ax.set_xlabel("mean bits a trial", fontsize=8)
    for ax in axes[::4]:
        ax.set_ylabel("mean recall time, s", fontsize=8)
    ceilings = [_said(statistics, PEOPLE, block, f"ceiling_{key}") for _, key in _CORRELATIONS]
    figure = _figure(axes)
    figure.suptitle(
        f"{BLOCK_NAMES.get(block, block)}: one point a group and trial; "
        f"ceilings: ρ {ceilings[0]}, R² {ceilings[1]}",
        fontsize=9,
    )
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(
            handles, labels, loc="outside lower right", ncols=2, frameon=False, fontsize=9
        )
    return axes


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
    block, baseline, outcome : str
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
        Models first, then the plain predictors.
    """
    rows = statistics[
        (statistics["block"] == block)
        & (statistics["outcome"] == outcome)
        & (statistics["baseline"] == baseline)
        & (statistics["group"] == "")
    ]
    names = _gain_names(statistics)
    ax = axes_or_new(ax, (6.4, 1.6 * _ROW_INCHES * len(names) + 1.0))
    inside, outside = (
        rows[rows["statistic"] == statistic]
        .set_index("model")
        .reindex(names)[["value", "low", "high"]]
        .to_numpy(float)
        for statistic in ("delta_log_likelihood", "cv_delta_log_likelihood")
    )
    wrong = [is_wrong_way(statistics, name, block, baseline, outcome) for name in names]
    _forest(ax, names, inside, outside, wrong)
    ax.set_xlabel("nats", fontsize=8)
    return ax


def is_wrong_way(
    statistics: pd.DataFrame, model: str, block: str, baseline: str, outcome: str
) -> bool:
    """Whether people were faster, or more accurate, where a model was surprised.

    Of baseline d: in one group at least. Never of a plain predictor, which has its own sign.
    """
    rows = statistics
    slopes = rows[
        (rows["model"] == model)
        & (rows["block"] == block)
        & (rows["baseline"] == baseline)
        & (rows["outcome"] == outcome)
        & (rows["statistic"] == "slope")
    ]["value"].to_numpy(float)
    sign = -1 if outcome == "accuracy" else 1
    return model not in PLAIN and bool((sign * slopes < 0).any())


def _gain_names(statistics: pd.DataFrame) -> list[str]:
    is_gain = statistics["statistic"] == "delta_log_likelihood"
    names = list(statistics[is_gain]["model"].unique())
    return [name for name in names if name not in PLAIN] + [n for n in names if n in PLAIN]


GAIN_PANELS = {
    "a": "(a) log trial + trial",
    "b": "(b) + group × practice slopes",
    "c": "(c) + slopes by person",
    "d": "(d) each group alone",
}


def gains_over_baselines(statistics: pd.DataFrame, block: str = "train") -> list[Axes]:
    """Plot the gains of every model over baselines (a) to (d), panels side by side."""
    from matplotlib.figure import Figure

    n_rows = len(_gain_names(statistics))
    size = 10.6, 1.45 * _ROW_INCHES * n_rows + 1.4
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(GAIN_PANELS), sharey=True)
    for ax, (baseline, title) in zip(axes, GAIN_PANELS.items(), strict=True):
        gains(statistics, block, baseline, ax)
        _title(ax, title)
    figure.suptitle(
        f"{BLOCK_NAMES.get(block, block)}: gain in log-likelihood of log recall time, with 95% "
        "intervals over participants; open: people held out; cross: slope of the wrong sign",
        fontsize=9,
    )
    return list(axes)


# -- lexicons -------------------------------------------------------------------------------


def lexicon_graph(graph: Any, title: str, ax: Axes | None = None, max_nodes: int = 24) -> Axes:
    """Draw the top of one participant's lexicon.

    Parameters
    ----------
    graph : networkx.DiGraph
        Of :func:`hvm.recall.study.lexicons.lexicon_pictures`.
    title : str
        Stands above what :func:`hvm.show.drawing.draw_graph` says itself.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure of a fitting size.
    max_nodes : int
        Most entries to show.

    Returns
    -------
    matplotlib Axes
    """
    from hvm.show.drawing import draw_graph

    ax = draw_graph(graph, ax, max_nodes)
    ax.set_title(f"{title}: {ax.get_title()}", fontsize=10, parse_math=False)
    return ax
