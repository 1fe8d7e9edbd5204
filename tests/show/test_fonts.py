"""Labels that matplotlib's own font cannot draw."""

from __future__ import annotations

import warnings

import pytest
from matplotlib.figure import Figure

from hvm.errors import HvmWarning
from hvm.show import fonts
from hvm.show.figures import figure_bytes


def figure_with(title):
    ax = Figure(figsize=(2, 1)).add_subplot()
    ax.set_title(title)
    return ax


@pytest.mark.parametrize("title", ["plain", "é ß Ω ☃", ""])
def test_what_the_font_draws_stays_as_it_is(title):
    ax = figure_with(title)
    before = ax.title.get_fontfamily()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure_bytes(ax, ".png")
    assert ax.title.get_fontfamily() == before


def test_characters_that_no_font_has_are_named_once(monkeypatch):
    monkeypatch.setattr(fonts, "_fonts_with", lambda lacking: ())
    ax = figure_with("日本 plain 日")
    with pytest.warns(HvmWarning, match="no installed font draws 日 本: .*fonts-noto-cjk") as said:
        figure_bytes(ax, ".png")
    assert len(said) == 1


def test_a_font_that_has_them_is_used(monkeypatch):
    monkeypatch.setattr(fonts, "_fonts_with", lambda lacking: ("Noto Sans CJK JP",))
    monkeypatch.setattr(fonts, "_path_of", lambda name: name)
    own = fonts._characters
    monkeypatch.setattr(
        fonts,
        "_characters",
        lambda path: frozenset({ord("日")}) if path == "Noto Sans CJK JP" else own(path),
    )
    ax = figure_with("日 plain")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fonts.use_fonts_that_have(ax.get_figure())
    assert ax.title.get_fontfamily() == ["sans-serif", "Noto Sans CJK JP"]


def test_no_font_of_boxes_and_no_font_of_pictures_counts():
    assert not any(name.startswith("Last Resort") for name in fonts._fonts_with(frozenset({65})))
    assert fonts._characters("no such file") == frozenset()
