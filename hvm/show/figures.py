"""Axes to draw on, and figures as bytes: what every picture of the package shares."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hvm.data.files import write_atomic
from hvm.show.fonts import use_fonts_that_have

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DOTS_BY_INCH = 150


def axes_or_new(ax: Axes | None, size_inches: tuple[float, float]) -> Axes:
    """Return the axes, or those of a new figure of a size."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=size_inches, layout="constrained").add_subplot()


def open_frame(ax: Axes) -> None:
    """Take the upper and right side of the frame away."""
    ax.spines[["top", "right"]].set_visible(False)


def labelled(ax: Axes, horizontal: str, vertical: str, **legend: Any) -> Axes:
    """Label the axes, and show a legend of what is drawn on them.

    Parameters
    ----------
    ax : matplotlib Axes
        With all that has a label in the legend.
    horizontal, vertical : str
        Quantities, and their units.
    **legend
        Where the legend stands, as matplotlib takes it.

    Returns
    -------
    matplotlib Axes
        The same.
    """
    ax.set_xlabel(horizontal)
    ax.set_ylabel(vertical)
    ax.legend(frameon=False, **legend)
    open_frame(ax)
    return ax


def figure_bytes(ax: Axes, suffix: str) -> bytes:
    """Return a whole figure as ``.png`` or ``.svg``: the same picture, the same bytes."""
    import matplotlib

    metadata: dict[str, Any] = {"Software": None} if suffix == ".png" else {"Date": None}
    buffer = BytesIO()
    figure = cast("Figure", ax.get_figure(root=True))
    use_fonts_that_have(figure)
    with matplotlib.rc_context({"svg.hashsalt": "hvm"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # drawn as an empty box
        figure.savefig(buffer, format=suffix[1:], dpi=_DOTS_BY_INCH, metadata=metadata)
    return buffer.getvalue()


def write_figure(path: Path, ax: Axes) -> None:
    """Write a whole figure in the format that the suffix names, ``.png`` or ``.svg``."""
    write_atomic(path, figure_bytes(ax, path.suffix))
