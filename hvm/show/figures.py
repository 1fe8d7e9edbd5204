"""Axes to draw on, and figures as bytes: what every picture of the package shares."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from hvm.data.files import write_atomic
from hvm.errors import OutputError, one_line_path
from hvm.show.fonts import use_fonts_that_have

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DOTS_BY_INCH = 150
FIGURE_SUFFIXES: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
"""Formats of figures, and what their files shall not say, so that equal figures are equal bytes."""


_OF_PYPLOT = WeakSet[Any]()
"""Figures that pyplot will show, unless they are written."""


def new_figure(size_inches: tuple[float, float], layout: Any = "constrained") -> Figure:
    """Return a new figure, of pyplot where that shows it: in a notebook, or a script that has it.

    Commands draw without pyplot, which asks what screen there is.

    Parameters
    ----------
    size_inches : tuple of float
        Width and height.
    layout : str or None
        What matplotlib calls so.

    Returns
    -------
    matplotlib Figure
    """
    if not sys.modules.keys() & {"ipykernel", "matplotlib.pyplot"}:
        from matplotlib.figure import Figure

        return Figure(figsize=size_inches, layout=layout)
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=size_inches, layout=layout)
    _OF_PYPLOT.add(figure)
    return figure


def axes_or_new(ax: Axes | None, size_inches: tuple[float, float]) -> Axes:
    """Return the axes, or those of a new figure of a size."""
    return new_figure(size_inches).add_subplot() if ax is None else ax


def open_frame(ax: Axes) -> None:
    """Take the upper and right side of the frame away."""
    ax.spines[["top", "right"]].set_visible(False)


def haloed() -> list[Any]:
    """Effects of a text that may stand on a line and can be read there."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]


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
    """Return a whole figure as an image file: the same picture, the same bytes.

    A figure of :func:`new_figure` is closed: a notebook does not show it too.

    Parameters
    ----------
    ax : matplotlib Axes
        One of the figure's.
    suffix : str
        Of ``FIGURE_SUFFIXES``, in lower or upper case.

    Returns
    -------
    bytes

    Raises
    ------
    OutputError
        The suffix is none of them.
    """
    import matplotlib

    suffix = figure_suffix(f"figure{suffix}")
    buffer = BytesIO()
    figure = cast("Figure", ax.get_figure(root=True))
    use_fonts_that_have(figure)
    # Without a date and a salt of its own drawing, and text as text, which can be edited.
    settings: dict[Any, Any] = {"svg.hashsalt": "hvm", "pdf.fonttype": 42}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # drawn as an empty box
        figure.savefig(
            buffer, format=suffix[1:], dpi=_DOTS_BY_INCH, metadata=FIGURE_SUFFIXES[suffix]
        )
    if figure in _OF_PYPLOT:
        sys.modules["matplotlib.pyplot"].close(figure)
    return buffer.getvalue()


def figure_suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a figure, in lower case; :class:`OutputError` if it names no format."""
    suffix = Path(path).suffix.lower()
    if suffix not in FIGURE_SUFFIXES:
        known = ", ".join(FIGURE_SUFFIXES)
        raise OutputError(f"{one_line_path(path)}: the name of a figure ends in one of {known}")
    return suffix


def write_figure(path: str | os.PathLike[str], ax: Axes, also: Iterable[str] = ()) -> None:
    """Write a whole figure in the format that the suffix names, all or nothing.

    Parameters
    ----------
    path : path
        Its suffix is one of ``FIGURE_SUFFIXES``.
    ax : matplotlib Axes
        One of the figure's.
    also : iterable of str
        Further suffixes: the figure stands beside the first by the same name.

    Raises
    ------
    OutputError
        A suffix names no format, or a file cannot be written.
    """
    path = Path(path)
    for suffix in dict.fromkeys([figure_suffix(path), *also]):
        target = path if suffix == path.suffix.lower() else path.with_suffix(suffix)
        write_atomic(target, figure_bytes(ax, suffix))
