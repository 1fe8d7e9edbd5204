import numpy as np
import pytest

from hvm import HVM, as_symbols, datasets
from hvm.show.figures import figure_bytes
from hvm.show.sentence import MOST_SYMBOLS, draw_parse


@pytest.fixture(scope="module")
def model():
    return HVM(restarts=1).fit(as_symbols(datasets.load_speech(600), "word", "line"))


def drawn(model, text):
    symbols = as_symbols(text, "word", alphabet=model.alphabet_)
    return draw_parse(model.lexicon_, model.parse(symbols), symbols)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_words_and_variables_are_named(model):
    ax = drawn(model, "look at the duck . look at the unheard-of .")
    shown = texts(ax)
    assert shown[:4] == ["look", "at", "the", "duck"] and "heard" not in shown
    assert any(text.startswith("{") and text.endswith("}") for text in shown)
    assert figure_bytes(ax, ".png") == figure_bytes(ax, ".png")


def test_names_do_not_run_into_each_other(model):
    ax = drawn(model, "look at the duck . " * 8)
    boxes = [t.get_window_extent() for t in ax.texts if t.get_text().startswith("{")]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])


def test_long_and_empty_texts(model):
    assert len([t for t in texts(drawn(model, "dog " * 500)) if t == "dog"]) <= MOST_SYMBOLS
    assert texts(drawn(model, "")) == []


def test_a_long_unit_is_not_cut(model):
    symbols = as_symbols("the dog " * 100, "word", alphabet=model.alphabet_)
    parsed = model.parse(symbols)
    widths = np.diff(parsed.unit_starts)
    ax = draw_parse(model.lexicon_, parsed, symbols)
    n_words = len([text for text in texts(ax) if not text.startswith("{")])
    assert n_words in np.cumsum(widths)


def test_a_parse_shows_itself(model):
    parsed = model.parse("look at the duck .")
    html = parsed._repr_html_()
    assert html.count("border-top") == len(parsed) and html.count("title=") >= 1
    assert texts(parsed.plot())[:2] == ["look", "at"]
    odd = HVM(context="unigram").fit("<&>" * 9)
    assert "<&>" not in odd.parse("<&>")._repr_html_()
    assert "symbols more" in model.parse("dog " * 500)._repr_html_()
    assert model.parse("")._repr_html_().endswith("</div>")
