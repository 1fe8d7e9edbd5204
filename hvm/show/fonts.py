"""Fonts for labels that matplotlib's own cannot draw: Chinese, emoji and the like."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from hvm.errors import HvmWarning

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_OF_BOXES = "Last Resort"
"""Begins the names of fonts that have a box for every character there is."""

_SHOWN = 5
"""Characters that a message names."""


def use_fonts_that_have(figure: Figure) -> None:
    """Give each text of a figure fonts that have its characters, where one is installed.

    Texts that the font they have can draw stay as they are. Warns of characters that no font has.
    """
    from matplotlib.text import Text

    missing = set[int]()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        lacking = _lacking(text)
        if lacking:
            fonts = _fonts_with(frozenset(lacking))
            text.set_fontfamily([*text.get_fontfamily(), *fonts])
            missing |= lacking.difference(*(_characters(_path_of(font)) for font in fonts))
    if missing:
        _warn_of(missing)


def _lacking(text: Text) -> set[int]:
    from matplotlib.font_manager import findfont

    printed = {ord(character) for character in text.get_text() if not character.isspace()}
    if not printed or max(printed) < 128:
        return set()
    return printed - _characters(findfont(text.get_fontproperties()))


@cache
def _characters(path: str) -> frozenset[int]:
    """Code points that a font file draws; none of a font that holds pictures of one size."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        return frozenset(font.get_charmap() if font.scalable else ())
    except (OSError, RuntimeError):  # a file that is gone, or no font
        return frozenset()


@cache
def _path_of(name: str) -> str:
    from matplotlib.font_manager import FontProperties, findfont

    return str(findfont(FontProperties(family=[name])))


@cache
def _fonts_with(lacking: frozenset[int]) -> tuple[str, ...]:
    """Installed fonts that together have the most of some characters, the best first."""
    from matplotlib.font_manager import fontManager

    installed = {
        font.name: font.fname
        for font in fontManager.ttflist
        if font.style == "normal" and not font.name.startswith(_OF_BOXES)
    }
    chosen, rest = list[str](), set(lacking)
    while rest:
        name = max(sorted(installed), key=lambda each: len(rest & _characters(installed[each])))
        found = rest & _characters(installed[name])
        if not found:
            break
        chosen.append(name)
        rest -= found
    return tuple(chosen)


def _warn_of(missing: Iterable[int]) -> None:
    named = [f"{chr(code)!r}"[1:-1] for code in sorted(missing)]
    rest = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    warnings.warn(
        f"no installed font draws {' '.join(named[:_SHOWN])}{rest}: they stand as boxes; install "
        "one, such as the package fonts-noto-cjk, or fonts-symbola for emoji",
        HvmWarning,
        stacklevel=2,
    )
