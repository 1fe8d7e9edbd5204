"""Pictures take axes and return them, and show the numbers of their table."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from hvm.show.figures import figure_bytes
from hvm.show.plots import bits_bars, learning_curve


@pytest.fixture
def history():
    return pd.DataFrame(
        {"iteration": [0, 1, 2], "data_bits": [80.0, 40.0, 30.0], "lexicon_bits": [4.0, 10.0, 12.0]}
    )


@pytest.fixture
def bits():
    return pd.DataFrame(
        {
            "method": ["LZ78", "hvm", "zlib"],
            "bits_per_symbol": [3.5, 2.0, 2.5],
            "dictionary_bits_per_symbol": [None, 0.5, None],
        }
    )


def test_the_curve_is_data_and_lexicon_a_symbol(history):
    (line,) = learning_curve(history, n_symbols=20).lines
    assert line.get_xdata().tolist() == [0, 1, 2]
    assert line.get_ydata().tolist() == pytest.approx([4.2, 2.5, 2.1])


def test_bars_are_sorted_with_the_dictionary_apart(bits):
    ax = bits_bars(bits)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["LZ78", "zlib", "hvm"]
    assert [text.get_text().strip() for text in ax.texts] == ["3.50", "2.50", "2.00"]
    body, dictionary = ax.containers
    assert [bar.get_width() for bar in body] == [3.5, 2.5, 1.5]
    assert [bar.get_width() for bar in dictionary] == [0, 0, 0.5]


def test_a_table_is_not_changed(history, bits):
    before = history.copy(), bits.copy()
    learning_curve(history, 20), bits_bars(bits)
    pd.testing.assert_frame_equal(history, before[0])
    pd.testing.assert_frame_equal(bits, before[1])


@pytest.mark.parametrize("picture", ["curve", "bars"])
def test_axes_are_taken_and_returned(history, bits, picture):
    ax = Figure().add_subplot()
    assert ax is (learning_curve(history, 20, ax) if picture == "curve" else bits_bars(bits, ax))


def test_equal_pictures_are_equal_bytes(history):
    for suffix in (".png", ".svg"):
        pictures = {figure_bytes(learning_curve(history, 20), suffix) for _ in range(2)}
        assert len(pictures) == 1
