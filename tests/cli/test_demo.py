"""The demo, on shorter texts: what it prints is what it measured, and every file is there."""

from __future__ import annotations

import io
import json
import lzma
import zlib

import networkx as nx
import pandas as pd
import pytest
from rich.console import Console

from hvm.cli import demonstration as demo
from hvm.datasets.texts import load_help
from hvm.errors import OutputError
from hvm.learn.model import Model


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run the demo; returns its folder, its table and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "made" / "here"
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "WORLD_SYMBOLS", 3_000)
        patch.setattr(demo, "ENGLISH_CHARACTERS", 6_000)
        patch.setattr(demo, "WORD_CHARACTERS", 15_000)
        console = Console(file=printed, markup=False, emoji=False, highlight=False, width=100)
        table = demo.run_demo(folder, console)
    return folder, table, printed.getvalue()


def test_the_demo_leaves_models_tables_and_pictures(ran):
    folder, table, _ = ran
    for example in ("generated", "english", "words"):
        saved = Model.load(folder / example / "model.hvm")
        graph = json.loads((folder / example / "graph.json").read_text("utf-8"))
        assert len(nx.node_link_graph(graph, edges="edges")) == len(saved.lexicon_)
        history = pd.read_csv(folder / example / "history.csv")
        assert history["iteration"].tolist() == list(range(len(history)))
        for picture in ("graph.png", "learning-curve.png"):
            assert (folder / example / picture).read_bytes().startswith(b"\x89PNG")
    pd.testing.assert_frame_equal(pd.read_csv(folder / "bits.csv"), table)


def test_what_is_printed_is_what_was_measured(ran):
    _, table, printed = ran
    assert set(table["example"]) == {"generated", "english"}
    for row in table.itertuples():
        assert f"{row.bits:,.0f}" in printed
        assert f"{row.bits_per_symbol:.3f}" in printed
    assert "{" in printed and "[V" in printed


def test_rivals_are_weighed_by_what_they_write():
    content = b"the dog sat. the cat sat. " * 30
    packed = demo._xz(content)
    assert lzma.decompress(packed) == content
    symbols = demo.as_symbols(content)
    model = demo.HVM(restarts=1).fit(symbols)
    table = demo.bits_table(demo.Example("", "", symbols, content), model).set_index("method")
    bits = table["bits"]
    assert bits["lzma, extreme"] == 8 * len(packed)
    assert bits["zlib, level 9"] == 8 * len(zlib.compress(content, 9))
    assert bits["hvm, two-part code"] == model.lexicon_bits_ + model.data_bits_
    assert bits.is_monotonic_increasing
    assert table["bits_per_symbol"].tolist() == (bits / len(content)).tolist()


def test_the_english_is_prose_and_no_paragraph_comes_twice():
    lines = load_help().splitlines()
    assert len(lines) == len(set(lines)) > 300
    assert all(line[0].isalpha() and line[-1] in ".:" for line in lines)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutputError, match="file"):
        demo.run_demo(blocked / "folder", Console(file=io.StringIO()))
