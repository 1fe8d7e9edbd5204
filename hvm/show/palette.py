"""Colours that are told apart by most eyes, and markers and lines that need no colour at all.

The colours are those of Okabe and Ito (2008, Color Universal Design) less yellow, which white paper
hides. In grey some of them are alike, so lines differ in marker or dashes too.
"""

from __future__ import annotations

from typing import Any

BLUE, VERMILION, GREEN = "#0072b2", "#d55e00", "#009e73"
PURPLE, ORANGE, SKY, BLACK = "#cc79a7", "#e69f00", "#56b4e9", "#000000"
GREY = "#8a8a8a"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
MARKERS = "osD^vP*X<>"
DASHES: tuple[Any, ...] = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
"""Of lines: whole, dashed, dash and dot, dots, dash and two dots."""
HATCH = "///"
"""Of areas, where two lie side by side."""


def look_of(number: int) -> dict[str, Any]:
    """Colour, marker and dashes of one line of many; the first 350 differ.

    Examples
    --------
    >>> look_of(0) == look_of(7), look_of(1)["marker"], look_of(10)["ls"]
    (False, 's', '--')
    """
    n_markers = len(MARKERS)
    return {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % n_markers],
        "ls": DASHES[number // n_markers % len(DASHES)],
    }
