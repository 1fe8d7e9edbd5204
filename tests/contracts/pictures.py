"""What every picture promises: ``check_picture`` draws it and looks at where things lie.

Hashes of pixels differ by fonts and versions; what is checked is what a reader needs: every line
has a name, no two are told apart by colour alone, no legend lies on a line, nothing is cut off.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from hvm.show.palette import COLOURS, GREY

NEUTRAL = {to_hex(colour) for colour in ("black", "white", GREY, "#555555", "#eeeeee", "#9a9a9a")}
STEP_PIXELS = 2.0
"""Between points of a line that are looked at."""
SLACK_PIXELS = 2.0


def check_picture(ax, more_colours=(), legend_on_lines=False):
    """Hold the whole figure of some axes to the promises; returns its legends.

    Parameters
    ----------
    ax : matplotlib Axes
    more_colours : collection of str
        That a line may have, beside those of the palette.
    legend_on_lines : bool
        Whether a legend has to lie on something.
    """
    figure = ax.get_figure(root=True)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    legends = [*figure.legends, *(each.get_legend() for each in figure.axes if each.get_legend())]
    for each in _all_axes(figure):
        check_looks(each, legends, {*COLOURS, *NEUTRAL, *more_colours})
        for legend in legends if not legend_on_lines else ():
            assert not _covers(legend, each, renderer), f"a legend covers a line of {each}"
    page = figure.bbox
    for text in _texts(figure):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            assert _inside(box, page), f"{text.get_text()!r} is cut off"
    for legend in legends:
        assert _inside(legend.get_window_extent(renderer), page), "a legend is cut off"
        assert all(text.get_text().strip() for text in legend.get_texts())
    return legends


def check_looks(ax, legends, colours):
    """Lines have colours of the palette, and names; named ones differ in more than colour."""
    named = {to_hex(_colour(each)) for legend in legends for each in legend.legend_handles}
    looks = {}
    for line in ax.lines:
        colour = to_hex(line.get_color())
        assert colour in colours, f"{line.get_label()}: {colour} is of no palette"
        if not line.get_label().startswith("_"):
            look = (line.get_marker(), _dashes(line))
            looks.setdefault(line.get_label(), look)
        elif legends and colour not in NEUTRAL:
            assert colour in named, f"a line of colour {colour} has no name"
    for (one, look), (other, look_of_other) in combinations(looks.items(), 2):
        assert look != look_of_other, f"{one} and {other} differ in colour alone"


def _all_axes(figure):
    """Those of the figure, and insets in them."""
    return [*figure.axes, *(child for each in figure.axes for child in each.child_axes)]


def _dashes(line):
    offset, dashes = line._unscaled_dash_pattern
    drawn = line.get_linestyle() not in ("None", "", " ")
    return (offset, None if dashes is None else tuple(dashes)) if drawn else "no line"


def _colour(handle):
    for name in ("get_color", "get_facecolor"):
        if hasattr(handle, name):
            return getattr(handle, name)()
    raise AssertionError(f"what is the colour of {handle}?")


def _texts(figure):
    """What is written: of ticks, those in view."""
    yield from [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for ax in _all_axes(figure):
        yield from [ax.title, ax._left_title, *ax.texts]
        for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
            yield axis.label
            yield from (tick.label1 for tick in axis._update_ticks())


def _inside(box, page):
    return (
        box.x0 >= page.x0 - SLACK_PIXELS
        and box.y0 >= page.y0 - SLACK_PIXELS
        and box.x1 <= page.x1 + SLACK_PIXELS
        and box.y1 <= page.y1 + SLACK_PIXELS
    )


def _covers(legend, ax, renderer):
    """Whether some point of a line, or of the markers of points, lies below a legend."""
    box = legend.get_window_extent(renderer).padded(-SLACK_PIXELS)
    for line in ax.lines:
        points = line.get_transform().transform(np.column_stack(line.get_data()).astype(float))
        if _dashes(line) != "no line":
            points = _along(points)
        points = points[np.isfinite(points).all(axis=1)]
        inside = ax.bbox.padded(SLACK_PIXELS)
        shown = points[[inside.contains(*point) for point in points]]
        if any(box.contains(*point) for point in shown):
            return True
    for collection in ax.collections:
        offsets = collection.get_offsets()
        if len(offsets) > 1 and any(
            box.contains(*point) for point in ax.transData.transform(np.asarray(offsets))
        ):
            return True
    return any(box.overlaps(text.get_window_extent(renderer)) for text in ax.texts)


def _along(points):
    """Points of a line, some pixels apart."""
    pieces = [points[:1]]
    for begin, end in pairwise(points[np.isfinite(points).all(axis=1)]):
        n_steps = max(1, int(np.hypot(*(end - begin)) / STEP_PIXELS))
        pieces.append(begin + (end - begin) * np.linspace(0, 1, n_steps + 1)[1:, None])
    return np.concatenate(pieces)
