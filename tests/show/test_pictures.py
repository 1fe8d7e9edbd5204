"""Every picture of the package, held to what a reader needs of it; and as each kind of file."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from contracts.pictures import check_picture
from hvm import HVM, as_symbols, datasets
from hvm.cli.app import run
from hvm.cli.demonstration import _bits_figure
from hvm.cli.rival_points import rival_rows
from hvm.curve.curve import measure_curve
from hvm.curve.texts import CurveTexts, NamedText
from hvm.errors import OutputError
from hvm.lexicon.parsing import parse
from hvm.rivals.registry import METHODS
from hvm.show import levels, plots
from hvm.show.figures import FIGURE_SUFFIXES, figure_bytes, write_figure
from hvm.show.palette import COLOURS, DASHES, MARKERS, look_of
from hvm.show.sentence import draw_parse

HOW = {"unit": "word", "sequences": "line"}


@pytest.fixture(scope="module")
def model():
    return HVM(restarts=1).fit(as_symbols(datasets.load_speech(600), **HOW))


@pytest.fixture(scope="module")
def curve():
    """A table of ``hvm curve`` with rivals, and a language model that learned elsewhere."""
    lines = datasets.load_speech(500).splitlines(keepends=True)
    training, held_out, other = (
        as_symbols("".join(part), **HOW) for part in (lines[:350], lines[350:450], lines[450:])
    )
    others = [NamedText("other", other)]
    learner = HVM(restarts=1, context="unigram")
    table = measure_curve(learner, training, held_out, others)
    texts = CurveTexts(training, held_out, others)
    rows = rival_rows(["lz78", "zlib", "ppmd", "kn", "ctw"], texts)
    held = float(table["held_out_bits_per_symbol"].min()) * 0.9
    elsewhere = {"model": "a language model", "abstraction": "language model", "context": "512"}
    rows.append({**elsewhere, "iteration": 0, "level": 0, "held_out_bits_per_symbol": held})
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)


@pytest.fixture(scope="module")
def compared():
    """Rows of ``hvm compare`` with as many methods as there are, three sizes of each."""
    rng = np.random.default_rng(0)
    level = {name: 2 + 4 * rng.random() for name in METHODS}
    return pd.DataFrame(
        {"method": name, "symbols": size, "bits_per_symbol": level[name] + 3 / np.log10(size)}
        for size in (1000, 10_000, 100_000)
        for name in METHODS
    )


def bits_table():
    rows = [("hvm, two-part code", 2.0, 0.5), ("LZ78", 3.5, None), ("zlib", 2.5, None)]
    columns = ["method", "bits_per_symbol", "dictionary_bits_per_symbol"]
    tables = [pd.DataFrame(rows, columns=columns).assign(example=name) for name in ("one", "two")]
    return pd.concat(tables, ignore_index=True)


def bound():
    return pd.DataFrame({"distortion": [0, 0.1, 0.3], "rate_bits_per_symbol": [2.0, 1.0, 0.2]})


PICTURES = {
    "learning curve": lambda model, curve, compared: plots.learning_curve(model.history_, 4000),
    "bars": lambda model, curve, compared: plots.bits_bars(bits_table()[:3]),
    "bars of the demo": lambda model, curve, compared: _bits_figure(bits_table()),
    "compare": lambda model, curve, compared: plots.compare_curves(compared),
    "rate": lambda model, curve, compared: plots.rate_distortion(curve),
    "rate and its bound": lambda model, curve, compared: plots.rate_distortion(
        curve, bound=bound()
    ),
    "generalization": lambda model, curve, compared: plots.compression_generalization(curve),
    "transfer": lambda model, curve, compared: plots.compression_generalization(
        curve, text="transfer"
    ),
    "iterations": lambda model, curve, compared: plots.bits_by_iteration(curve),
    "levels": lambda model, curve, compared: levels.level_points(curve),
    "levels unseen": lambda model, curve, compared: levels.level_points(curve, "unseen"),
    "rivals": lambda model, curve, compared: levels.rival_points(curve),
    "lexicon": lambda model, curve, compared: model.plot(),
    "a sentence": lambda model, curve, compared: sentence(model),
}


def sentence(model):
    symbols = as_symbols("look at the dog . where is it ?", **HOW, alphabet=model.alphabet_)
    parsed = parse(model.lexicon_, symbols.codes, symbols.starts)
    return draw_parse(model.lexicon_, parsed, symbols)


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name, model, curve, compared):
    ax = PICTURES[name](model, curve, compared)
    sentence_colours = ("#0060a8", "#8a8a8a", "#b34700") if name == "a sentence" else ()
    legends = check_picture(ax, sentence_colours)
    assert legends or name in ("bars", "bars of the demo", "a sentence")
    for suffix in FIGURE_SUFFIXES:
        again = PICTURES[name](model, curve, compared)
        assert figure_bytes(again, suffix) == figure_bytes(
            PICTURES[name](model, curve, compared), suffix
        )


# -- the promises can be broken ---------------------------------------------------------------


def lines(*looks, label=True):
    ax = Figure(figsize=(4, 3), layout="constrained").add_subplot()
    for number, look in enumerate(looks):
        ax.plot([0, 1], [number, number + 1], label=f"line {number}" if label else None, **look)
    return ax


def test_a_picture_that_keeps_its_promises():
    ax = lines(look_of(0), look_of(1))
    ax.legend(loc="upper left")
    assert check_picture(ax)


def test_lines_that_differ_in_colour_alone():
    ax = lines({"color": COLOURS[0]}, {"color": COLOURS[1]})
    with pytest.raises(AssertionError, match="line 0 and line 1 differ in colour alone"):
        check_picture(ax)


def test_a_colour_of_no_palette():
    with pytest.raises(AssertionError, match="of no palette"):
        check_picture(lines({"color": "#123456"}))


def test_a_line_without_a_name():
    ax = lines(look_of(0))
    ax.plot([0, 1], [1, 0], color=COLOURS[1])
    ax.legend(loc="upper left")
    with pytest.raises(AssertionError, match="has no name"):
        check_picture(ax)


def test_a_legend_on_a_line():
    ax = lines(look_of(0))
    ax.legend(loc="upper right")
    with pytest.raises(AssertionError, match="a legend covers a line"):
        check_picture(ax)


def test_what_is_cut_off():
    ax = lines(look_of(0))
    ax.legend(loc="upper left")
    ax.get_figure().set_layout_engine("none")
    ax.annotate("a long remark that goes on and on", (0.9, 0.5))
    with pytest.raises(AssertionError, match=r"a long remark.* is cut off"):
        check_picture(ax)


# -- looks, and kinds of files ------------------------------------------------------------------


def test_looks_differ_without_colour():
    n_looks = len(MARKERS) * len(DASHES)
    looks = [look_of(number) for number in range(n_looks)]
    assert len({(look["marker"], str(look["ls"])) for look in looks}) == n_looks
    assert len(set(COLOURS)) == len(COLOURS)


def test_files_of_each_kind_hold_no_date(tmp_path):
    for suffix in FIGURE_SUFFIXES:
        ax = plots.bits_bars(bits_table()[:3])
        write_figure(tmp_path / f"a{suffix.upper()}", ax)
        content = (tmp_path / f"a{suffix.upper()}").read_bytes()
        assert content == figure_bytes(plots.bits_bars(bits_table()[:3]), suffix)
        assert not re.search(rb"CreationDate|dc:date|tIME", content)
    assert (tmp_path / "a.PDF").read_bytes().startswith(b"%PDF")
    assert b"<svg" in (tmp_path / "a.SVG").read_bytes()


def test_a_kind_of_file_that_is_none(tmp_path):
    with pytest.raises(OutputError, match=r"a\.gif: the name of a figure ends in one of \.png, "):
        write_figure(tmp_path / "a.gif", plots.bits_bars(bits_table()[:3]))


def test_commands_write_vector_graphics_beside(tmp_path, curve):
    text = tmp_path / "a.txt"
    text.write_bytes(b"the cat sat on the mat . the dog sat on the log . " * 40)
    arguments = ["compare", str(text), "--methods", "zlib", "-o", str(tmp_path / "compared")]
    assert run([*arguments, "--figures", "svg", "--json"]) == 0
    names = {path.name for path in (tmp_path / "compared").iterdir()}
    assert {"compare.png", "compare.svg"} < names and "compare.pdf" not in names
    folder = tmp_path / "curve"
    folder.mkdir()
    curve.to_csv(folder / "curve.csv", index=False)
    assert run(["curve", "--redraw", "-o", str(folder), "--figures", "pdf"]) == 0
    for kind in ("png", "pdf"):
        assert {path.stem for path in folder.glob(f"*.{kind}")} >= {"rate-distortion"}
    assert not list(folder.glob("*.svg"))


SCRIPT = """
import sys
from hvm import HVM
from hvm.show.figures import figure_bytes
model = HVM(batch=0.2, context="unigram").fit("abab" * 20)
model.plot()
assert "matplotlib.pyplot" not in sys.modules
import matplotlib.pyplot as plt
drawn = model.plot(), model.plot_history(), model.parse("ab").plot()
figures = {ax.figure.number for ax in drawn}
assert set(plt.get_fignums()) == figures and len(figures) == 3
figure_bytes(model.plot(), ".png")
assert set(plt.get_fignums()) == figures
"""


def test_pyplot_shows_what_is_drawn_where_a_script_has_it_and_what_is_written_no_more():
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True)


def test_a_picture_names_variables_whose_fillers_it_leaves_out(model):
    texts = [text.get_text() for text in model.plot(max_nodes=24).texts]
    assert not [text for text in texts if "[V" in text or "{}" in text]
    assert sum("{" in text for text in texts) > 3
