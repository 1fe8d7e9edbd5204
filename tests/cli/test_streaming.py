"""score, surprisal and parse say the same however a text is cut into blocks."""

from __future__ import annotations

import io
import json
import math
import os
import sys

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.learn.model import Model
from hvm.progress import reading_bar
from hvm.show.scores import ExactSum
from hvm.symbols.readers import read_symbols

TRAINING = "the dog ran\nthe cat ran\nthe dog sat\nthe cat sat\n" * 10
LINE = "the dog sat and the cat ran and the zebra sat by the dog that ran, né"
TEXT = "\n".join(
    [LINE, "", "zebra ran", LINE[::-1], *(f"the cat {n} ran" for n in range(30)), LINE]
)
SIZES = [1, 300, 10**9]
"""One sequence a block where it is a long line, some, all."""

MODELS = {
    "words": lambda: HVM(restarts=1).fit(as_symbols(TRAINING, "word", "line")),
    "letters": lambda: HVM(restarts=1).fit(as_symbols(TRAINING, "char", "line")),
    "lexicon": lambda: HVM(restarts=1, context="unigram").fit(as_symbols(TRAINING, "char", "line")),
}


@pytest.fixture(scope="module", params=MODELS)
def model_file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / f"{request.param}.hvm"
    MODELS[request.param]().save(path)
    return path


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def by_size(hvm, monkeypatch):
    """Run a command once for each size of blocks; returns what it prints, which is the same."""

    def call(*arguments):
        printed = []
        for size in SIZES:
            monkeypatch.setattr("hvm.symbols.readers.BLOCK_BYTES", size)
            status, out, err = hvm(*arguments)
            assert status == 0, err
            printed.append(out)
        assert printed[1:] == printed[:-1]
        return printed[0]

    return call


def test_score(by_size, model_file, text):
    report = json.loads(by_size("score", model_file, text, text, "--json"))
    model = Model.load(model_file)
    symbols = read_symbols([text, text], sequences="line", alphabet=model.alphabet_)
    bits = model.surprisal(symbols)
    assert report["bits"] == math.fsum(bits.tolist())
    assert report["sequences"] == symbols.n_sequences
    assert report["unknown_symbols"] == len(symbols.unknown) > 0
    named = model.spelling_.code_space_bits(symbols.unknown)
    assert report["unknown_bits"] == math.fsum(named.tolist())


def test_score_by_the_best_parse(by_size, model_file, text):
    report = json.loads(by_size("score", model_file, text, "--best-parse", "--json"))
    model = Model.load(model_file)
    symbols = read_symbols(text, sequences="line", alphabet=model.alphabet_)
    bits = model.bits_per_symbol(symbols, best_parse=True) * len(symbols)
    assert report["bits"] == pytest.approx(bits, rel=1e-14)
    assert report["units"] == len(model.parse(symbols).units)


def test_what_adapts_is_not_cut(by_size, model_file, text):
    if model_file.stem == "lexicon":
        pytest.skip("a lexicon alone does not adapt")
    bits = Model.load(model_file).surprisal(
        read_symbols(text, sequences="line", alphabet=Model.load(model_file).alphabet_), adapt=True
    )
    report = json.loads(by_size("score", model_file, text, "--adapt", "--json"))
    assert report["bits"] == math.fsum(bits.tolist())


@pytest.mark.parametrize("options", [(), ("--json",), ("--context",), ("--context", "--json")])
@pytest.mark.parametrize("by", ["symbol", "unit", "word", "line"])
def test_surprisal(by_size, model_file, text, by, options):
    by_size("surprisal", model_file, text, text, "--by", by, *options)


def test_surprisal_with_entropy(by_size, model_file, text):
    by_size("surprisal", model_file, text, "--entropy", "--by", "line")


@pytest.mark.parametrize("by", ["symbol", "unit", "word", "line"])
@pytest.mark.parametrize("content", ["", "\n" * 700 + LINE])
def test_blocks_without_a_symbol(by_size, model_file, text, tmp_path, by, content):
    text.write_text(content, encoding="utf-8")
    by_size("surprisal", model_file, text, "--by", by)
    rows = json.loads(by_size("surprisal", model_file, text, "--by", by, "--context", "--json"))
    report = json.loads(
        by_size("surprisal", model_file, text, "--by", by, "-o", tmp_path / "t.csv", "--json")
    )
    assert report["rows"] == len(rows["rows"])
    assert (report["rows"] > 0) == (by == "line" or content != "")


@pytest.mark.parametrize("by", ["symbol", "unit", "word", "line"])
def test_a_table_of_surprisal(by_size, model_file, text, tmp_path, hvm, monkeypatch, by):
    path, tables = tmp_path / "table.csv", []
    for size in SIZES:
        monkeypatch.setattr("hvm.symbols.readers.BLOCK_BYTES", size)
        assert hvm("surprisal", model_file, text, text, "--by", by, "-o", path)[0] == 0
        tables.append(path.read_bytes())
    assert tables[1:] == tables[:-1]
    rows = tables[0].decode().splitlines()
    assert rows[0].startswith("sequence,position,text")
    assert rows[1].startswith("1,1,") and rows[-1].split(",")[0] == str(2 * (TEXT.count("\n") + 1))


def test_a_sequence_costs_what_it_costs_alone(by_size, model_file, text):
    """Not to the last digits only near the start of a text, as differences of long sums do."""
    rows = json.loads(by_size("surprisal", model_file, text, "--by", "line", "--json"))["rows"]
    assert rows[0]["text"] == rows[-1]["text"]
    assert rows[0]["bits"] == rows[-1]["bits"]


@pytest.mark.parametrize("options", [(), ("--json",), ("--limit", 5), ("--limit", 5, "--json")])
@pytest.mark.parametrize("method", ["viterbi", "greedy"])
def test_parse(by_size, model_file, text, method, options):
    printed = by_size("parse", model_file, text, "--method", method, *options)
    if options == ("--limit", 5):
        assert printed.count("\n") == 5


def test_parse_writes_json_lines(hvm_json, by_size, model_file, text, tmp_path):
    path = tmp_path / "parse.jsonl"
    whole = hvm_json("parse", model_file, text)["sequences"]
    report = json.loads(by_size("parse", model_file, text, "-o", path, "--json"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == whole
    assert report == {
        "sequences": len(whole),
        "units": sum(len(sequence["units"]) for sequence in whole),
    }


def test_an_error_on_the_way_leaves_the_old_file(hvm, model_file, tmp_path, monkeypatch):
    monkeypatch.setattr("hvm.symbols.readers.BLOCK_BYTES", 1)
    source, output = tmp_path / "bad.txt", tmp_path / "old"
    source.write_bytes(f"{LINE}\n".encode() * 3 + b"\xff\n")
    output.write_bytes(b"old")
    for command in ("surprisal", "parse"):
        status, out, err = hvm(command, model_file, source, "-o", output)
        assert (status, out) == (2, "")
        at = 3 * len(f"{LINE}\n".encode())
        assert err.startswith(f"hvm: error: {source}: invalid UTF-8 at byte offset {at} (0xff)")
        assert os.listdir(tmp_path) and output.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt", "old"]
    status, out, err = hvm("parse", model_file, source)
    assert status == 2
    assert 0 < out.count("\n") < 4  # blocks before it are printed


def test_a_parse_is_not_written_over_what_is_read(hvm, model_file, text):
    status, _, err = hvm("parse", model_file, text, "-o", text)
    assert status == 2 and "would be lost" in err


def test_an_exact_sum_is_the_same_in_any_blocks():
    rng = np.random.default_rng(0)
    values = rng.normal(size=200_000) * 10.0 ** rng.integers(-20, 20, 200_000)
    for size in (777, 199_999, 200_000):
        total = ExactSum()
        for begin in range(0, len(values), size):
            total.add(values[begin : begin + size])
        assert total.value == math.fsum(values)
    assert ExactSum().value == 0.0
    for odd in (math.inf, math.nan):
        total = ExactSum()
        total.add(np.array([1.0, odd]))
        total.add(np.ones(1))
        assert not math.isfinite(total.value)


# -- what is said meanwhile ---------------------------------------------------------------------


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self):
        return True


def test_a_bar_tells_what_was_read_how_fast_and_the_time_left(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with reading_bar("scoring 1 file", 2_000_000, prints=True) as on_read:
        print("a result")
        on_read(500_000)
        on_read(500_000)
    shown = sys.stderr.getvalue()
    assert "scoring 1 file" in shown
    assert "1.0/2.0 MB" in shown
    assert "/s" in shown or "?" in shown  # the rate, of which two steps say nothing yet
    assert "a result" not in shown
    assert capsys.readouterr().out == "a result\n"


def test_no_bar_is_drawn_among_results_or_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    for stream, prints in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with reading_bar("scoring 1 file", None, prints) as on_read:
            on_read(1)
        assert stream.getvalue() == ""
