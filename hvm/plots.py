"""Pictures of results: every function takes a table and optional axes, and returns the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_MARKED = 60
_OWN_LOOKS: dict[str, dict[str, Any]] = {
    "mixed": {"color": "black", "ls": "-", "lw": 2.2},
    "mixed-symbols": {"color": "black", "ls": "--", "lw": 1.0},
    "hvm": {"color": "#d0802b", "ls": "-", "lw": 2.2},
}
_DATA, _LEXICON, _OTHER = "#5b7fa6", "#d0802b", "#9a9a9a"


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
    ax = _axes(ax, (6.4, 3.8))
    steps = history["iteration"].to_numpy(float)
    data = history["data_bits"].to_numpy(float) / n_symbols
    total = data + history["lexicon_bits"].to_numpy(float) / n_symbols
    ax.fill_between(steps, 0, data, color=_DATA, alpha=0.35, lw=0, label="data")
    ax.fill_between(steps, data, total, color=_LEXICON, alpha=0.45, lw=0, label="lexicon")
    marker = "." if len(steps) <= _MOST_MARKED else ""
    ax.plot(steps, total, color="black", lw=1.5, marker=marker, label="both")
    ax.set_xlabel("iteration")
    ax.set_ylabel("bits per symbol")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    _open_frame(ax)
    return ax


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
    ax = _axes(ax, (6.4, 0.45 * len(table) + 1.2))
    bits = table["bits_per_symbol"].to_numpy(float)
    dictionary = table["dictionary_bits_per_symbol"].fillna(0).to_numpy(float)
    is_own = table["method"].str.startswith("hvm").to_numpy()
    colours = [_DATA if own else _OTHER for own in is_own]
    ax.barh(table["method"], bits - dictionary, color=colours)
    ax.barh(table["method"], dictionary, left=bits - dictionary, color=_LEXICON)
    for row, value in enumerate(bits):
        ax.text(value, row, f" {value:.2f}", va="center", fontsize=9)
    ax.set_xlabel("bits per symbol, dictionary included (in orange where it is known)")
    ax.margins(x=0.1)
    _open_frame(ax)
    return ax


def _axes(ax: Axes | None, size_inches: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=size_inches, layout="constrained").add_subplot()


def _open_frame(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)


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
    ax = _axes(ax, (6.4, 4.6))
    means = table.groupby(["method", "symbols"], sort=False)["bits_per_symbol"].mean()
    last = {method: means[method].iloc[-1] for method in table["method"].unique()}
    for number, method in enumerate(sorted(last, key=lambda name: -last[name])):
        curve = means[method].sort_index()
        look: dict[str, Any] = {
            "color": f"C{number % 10}",
            "ls": "-" if number < 10 else "--",
            "lw": 1.0,
        }
        look |= _OWN_LOOKS.get(method, {})
        ax.plot(curve.index, curve, marker="o", ms=4, label=method, **look)
    ax.set_xscale("log")
    ax.set_xlabel("bytes")
    ax.set_ylabel("bits per byte")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _open_frame(ax)
    return ax
