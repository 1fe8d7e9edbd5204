"""Pictures of results: every function takes a table and optional axes, and returns the axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hvm.show.figures import axes_or_new, haloed, labelled, open_frame
from hvm.show.palette import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    HATCH,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    look_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_MARKED = 60  # points of a line; more would touch
_MARGIN = 0.3  # of what an inset shows, on each side of it
_MARGIN_OF_ONE = 0.05  # of the value, where all points are one
_OWN_LOOKS: dict[str, dict[str, Any]] = {
    "mixed": {"color": BLACK, "ls": "-", "lw": 2.2, "marker": "."},
    "mixed-symbols": {"color": BLACK, "ls": "--", "lw": 1.0, "marker": "."},
    "hvm": {"color": VERMILION, "ls": "-", "lw": 2.2, "marker": "h"},
}
_DATA, _LEXICON, _OTHER = SKY, ORANGE, "#9a9a9a"


def learning_curve(history: pd.DataFrame, n_symbols: int, ax: Axes | None = None) -> Axes:
    """Plot the bits a symbol costs after each iteration: data below, lexicon on top.

    Parameters
    ----------
    history : pandas.DataFrame
        ``HVM.history_``: one row an iteration with ``lexicon_bits`` and ``data_bits``.
    n_symbols : int
        Number of symbols that were learned from.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    from matplotlib.ticker import MaxNLocator

    ax = axes_or_new(ax, (6.4, 3.8))
    steps = history["iteration"].to_numpy(float)
    data = history["data_bits"].to_numpy(float) / n_symbols
    total = data + history["lexicon_bits"].to_numpy(float) / n_symbols
    ax.fill_between(steps, 0, data, color=_DATA, alpha=0.35, lw=0, label="data")
    lexicon: dict[str, Any] = {
        "color": _LEXICON,
        "alpha": 0.45,
        "lw": 0,
        "hatch": HATCH,
        "ec": "white",
    }
    ax.fill_between(steps, data, total, **lexicon, label="lexicon")
    marker = "." if len(steps) <= _MOST_MARKED else ""
    ax.plot(steps, total, color=BLACK, lw=1.5, marker=marker, label="both")
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return labelled(ax, "iteration", "bits per symbol")


def bits_bars(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot one bar a method: bits per symbol of the same text, fewest on top.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``method``, ``bits_per_symbol`` and, where a method writes its dictionary down,
        ``dictionary_bits_per_symbol``, the part of the bar that is drawn apart.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    table = table.sort_values(["bits_per_symbol", "method"], ascending=False, kind="stable")
    ax = axes_or_new(ax, (6.4, 0.45 * len(table) + 1.2))
    bits = table["bits_per_symbol"].to_numpy(float)
    dictionary = table["dictionary_bits_per_symbol"].fillna(0).to_numpy(float)
    is_hvm = table["method"].str.startswith("hvm").to_numpy()
    colours = [_DATA if ours else _OTHER for ours in is_hvm]
    ax.barh(table["method"], bits - dictionary, color=colours)
    hatched: dict[str, Any] = {"color": _LEXICON, "hatch": HATCH, "ec": "white", "lw": 0}
    ax.barh(table["method"], dictionary, left=bits - dictionary, **hatched)
    for row, value in enumerate(bits):
        ax.text(value, row, f" {value:.2f}", va="center", fontsize=9)
    ax.set_xlabel("bits per symbol, dictionary included (hatched where it is known)")
    ax.margins(x=0.1)
    open_frame(ax)
    return ax


TICKS_MOST = 6
"""Sizes that are named along an axis, beside the first."""


def compare_curves(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot bits per symbol against size, one line a method, the mean over files.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of ``hvm compare``: ``method``, ``symbols`` and ``bits_per_symbol``.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, 4.6))
    means = table.groupby(["method", "symbols"], sort=False)["bits_per_symbol"].mean()
    last = {method: means[method].iloc[-1] for method in table["method"].unique()}
    for number, method in enumerate(sorted(last, key=lambda name: -last[name])):
        curve = means[method].sort_index()
        look = {"lw": 1.0, "ms": 4, **look_of(number), **_OWN_LOOKS.get(method, {})}
        ax.plot(curve.index, curve, label=method, **look)
    _tick_sizes(ax, sorted(table["symbols"].unique()))
    vertical = "bits per byte, frames of files not counted"
    return labelled(ax, "bytes", vertical, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _tick_sizes(ax: Axes, sizes: Sequence[int]) -> None:
    """Scale sizes by their logarithm, and name those that stand far enough from the one before."""
    apart = (sizes[-1] / sizes[0]) ** (1 / TICKS_MOST)
    ticks = [sizes[0]]
    for size in sizes[1:]:
        if size >= apart * ticks[-1]:
            ticks.append(size)
    ax.set_xscale("log")
    ax.set_xticks(ticks, [f"{size:,}" for size in ticks])
    ax.minorticks_off()


# -- curves: tables of hvm.curve ------------------------------------------------------------

_CHOICES: dict[str, dict[str, Any]] = {
    "hvm": {"color": VERMILION, "lw": 2.2, "marker": "o", "label": "HVM, learned variables"},
    "random": {"color": GREEN, "lw": 1.2, "marker": "^", "label": "random frames as variables"},
    "frequency-matched": {
        "color": PURPLE,
        "lw": 1.2,
        "marker": "v",
        "label": "as frequent frames as variables",
    },
    "hcm": {"color": BLUE, "lw": 1.6, "marker": "s", "label": "HCM, no variables"},
}
_DROPPED: dict[str, dict[str, Any]] = {
    "bits-per-edit": {
        "color": VERMILION,
        "lw": 1.0,
        "ls": "--",
        "marker": "",
        "label": "HVM's, dropped by bits per edit",
    }
}
GRAINS: dict[str, Any] = {
    "color": BLACK,
    "lw": 1.6,
    "ms": 5,
    "marker": "h",
    "label": "HVM by grains (level)",
}
_TEXTS = {"held_out": "held-out", "transfer": "transfer"}


def rate_distortion(
    table: pd.DataFrame, ax: Axes | None = None, bound: pd.DataFrame | None = None
) -> Axes:
    """Plot the bits sent against what is lost, one point a level, at the last iteration.

    Solid lines take the most probable fillers, dotted ones draw them.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`hvm.curve.curve.measure_curve`.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.
    bound : pandas.DataFrame, optional
        The source's own curve: ``rate_bits_per_symbol`` and ``distortion``.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, 4.4))
    for name, rows in _lines(table, (*_CHOICES, *_DROPPED)):
        last = rows[rows["iteration"] == rows["iteration"].max()].sort_values("level")
        rate, look = last["rate_bits_per_symbol"], (_CHOICES | _DROPPED)[name]
        ax.plot(last["distortion_most_probable"], rate, **{"ms": 5, **look})
        if len(last) > 1 and name not in _DROPPED:
            drawn = {**look, "label": None, "lw": 1.0, "ls": ":", "ms": 3}
            ax.plot(last["distortion_sampled"], rate, **drawn)
    _draw_grains(table, ax)
    if bound is not None:
        least = bound[["distortion", "rate_bits_per_symbol"]].to_numpy().T
        ax.plot(*least, color=GREY, lw=1.2, ls="-.", label="the source's R(D)")
    return labelled(
        ax,
        "distortion: edits per symbol (dotted: fillers drawn)",
        "rate: bits sent per symbol, lexicon not included",
    )


def _draw_grains(table: pd.DataFrame, ax: Axes) -> None:
    """Levels by grains, each labelled with its number."""
    rows = grain_levels(table)
    if not len(rows):
        return
    rate = rows["rate_bits_per_symbol"]
    ax.plot(rows["distortion_most_probable"], rate, **GRAINS)
    drawn = {**GRAINS, "label": None, "lw": 1.0, "ls": ":", "ms": 3}
    ax.plot(rows["distortion_sampled"], rate, **drawn)
    for lost, bits, level in zip(
        rows["distortion_most_probable"], rate, rows["level"], strict=True
    ):
        place: dict[str, Any] = {"xytext": (4, 5), "textcoords": "offset points"}
        place["path_effects"] = haloed()
        ax.annotate(str(level), (lost, bits), **place, fontsize=8, color=GRAINS["color"])


def grain_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the levels by grains at the last iteration; none of a table of an earlier version."""
    rows = table[table["abstraction"] == "grains"]
    return rows[rows["iteration"] == rows["iteration"].max()].sort_values("level")


def compression_generalization(
    table: pd.DataFrame, ax: Axes | None = None, text: str = "held_out"
) -> Axes:
    """Plot bits of other text against bits of the training text, one point an iteration.

    The inset shows where the ways end.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`hvm.curve.curve.measure_curve`.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.
    text : {"held_out", "transfer"}

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, 4.6))
    column, ends = f"{text}_bits_per_symbol", []
    lines = [
        (name, rows[rows["level"] == 0].sort_values("iteration")) for name, rows in _lines(table)
    ]
    bits = lines[0][1][column]  # HVM's own way; where it falls to the right, the left is free
    learning_hurts = bits.iloc[0] < bits.iloc[-1]
    inset = ax.inset_axes((0.12 if learning_hurts else 0.56, 0.09, 0.42, 0.42))
    for name, rows in lines:
        trained, other = rows["bits_per_symbol"], rows[column]
        look = {**_CHOICES[name], "lw": 1.0}
        for shown in (ax, inset):
            shown.plot(trained, other, ms=2.5, **look)
            shown.plot(trained.iloc[-1:], other.iloc[-1:], ms=6, **{**look, "label": None})
        ends.append((trained.iloc[-1], other.iloc[-1]))
    _frame_points(inset, ends)
    return labelled(
        ax,
        "training text: bits per symbol, lexicon included",
        f"{_TEXTS[text]} text: bits per symbol",
    )


def _frame_points(ax: Axes, points: list[tuple[float, float]]) -> None:
    """Set limits so that all points lie well within."""
    horizontal, vertical = zip(*points, strict=True)
    ax.set_xlim(*_around(horizontal))
    ax.set_ylim(*_around(vertical))
    ax.tick_params(labelsize=7)
    ax.ticklabel_format(useOffset=False)
    ax.locator_params(nbins=4)


def _around(values: Sequence[float]) -> tuple[float, float]:
    margin = _MARGIN * (max(values) - min(values)) or _MARGIN_OF_ONE * max(values)
    return min(values) - margin, max(values) + margin


def bits_by_iteration(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot bits of training and held-out text after each iteration, HCM beside HVM.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`hvm.curve.curve.measure_curve`.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax, (6.4, 4.4))
    columns = {
        "bits_per_symbol": ("training with lexicon", ":"),
        "held_out_bits_per_symbol": ("held-out", "-"),
    }
    for name, rows in _lines(table, ("hvm", "hcm")):
        rows = rows[rows["level"] == 0].sort_values("iteration")
        for column, (text, style) in columns.items():
            look = {**_CHOICES[name], "ls": style, "label": f"{name.upper()}, {text}"}
            ax.plot(rows["iteration"], rows[column], **look)
    return labelled(ax, "iteration", "bits per symbol")


def _lines(table: pd.DataFrame, names: Iterable[str] = _CHOICES) -> Iterator[tuple[str, Any]]:
    """Rows of each line to draw: HVM's own way, other choices on it, and HCM's."""
    if "context" in table:
        table = table[table["context"] == "unigram"]
    is_learner = table["abstraction"].isin(["none", "learned"])
    for name in names:
        is_line = is_learner & (table["model"] == name)
        rows = table[is_line if name in ("hvm", "hcm") else table["abstraction"] == name]
        if len(rows):
            yield name, rows
