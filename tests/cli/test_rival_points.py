"""Rivals and language models on the texts of a curve."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hvm import as_symbols
from hvm.cli.app import run
from hvm.cli.rival_points import (
    LONGEST_PIECE,
    language_model_row,
    pieces_of,
    rival_rows,
    text_bytes,
)
from hvm.curve.texts import CurveTexts, NamedText
from hvm.errors import InputError
from hvm.rivals.kneser_ney import KneserNey
from hvm.rivals.registry import METHODS
from hvm.rivals.variants import variants
from tiny_models import bpe_tokenizer, tiny_model

LINES = [f"a {one} and a {other} ." for one in ("dog", "cat", "cow") for other in "bdf"]
HOW = {"unit": "word", "sequences": "line"}


@pytest.fixture(scope="module")
def texts():
    training, held_out = "\n".join(LINES * 9), "a dog and a cow .\na hen and a b .\n"
    other = NamedText("other", as_symbols("and a dog .", **HOW))
    return CurveTexts(as_symbols(training, **HOW), as_symbols(held_out, **HOW), [other])


# -- what rivals are given ----------------------------------------------------------------------


def test_bytes_are_those_of_the_text(texts):
    assert text_bytes(texts.held_out) == b"a dog and a cow .\na hen and a b .\n"
    known = as_symbols(b"abc").alphabet
    assert text_bytes(as_symbols(b"ab\xff\n", alphabet=known)) == b"ab\xff\n"
    assert text_bytes(as_symbols([1, 2, 255])) == b"\x01\x02\xff"
    assert text_bytes(as_symbols([1, 256])) == b"1 256\n"


def test_pieces_are_short_and_together_the_text():
    words = "many words " * 300
    symbols = as_symbols([words, "", "x" * 2500])
    pieces = pieces_of(symbols)
    assert "".join(pieces) == words + "x" * 2500
    assert all(0 < len(piece) <= LONGEST_PIECE for piece in pieces)
    assert all(piece.endswith(" ") for piece in pieces[:3])


# -- rivals -------------------------------------------------------------------------------------


def test_a_rival_is_measured_on_the_same_texts(texts):
    (row,) = rival_rows(["zlib"], texts)
    training, held_out = text_bytes(texts.training), text_bytes(texts.held_out)
    after = METHODS["zlib"].measure(held_out, training)
    assert row["bits_per_symbol"] * len(texts.training) == METHODS["zlib"].measure(training)
    assert row["held_out_bits_per_symbol"] * len(texts.held_out) == pytest.approx(after)
    assert row["held_out_bits_per_byte"] * len(held_out) == pytest.approx(after)
    assert row["transfer_bits_per_symbol"] > 0 and row["abstraction"] == "rival"


def test_kneser_ney_is_fitted_to_symbols_at_each_order(texts):
    rows = {row["context"]: row for row in rival_rows(["kn"], texts)}
    assert list(rows) == ["order 2", "order 3", "order 4", "order 5"]
    score = KneserNey(order=3).fit(texts.training).bits_per_symbol(texts.held_out)
    assert rows["order 3"]["held_out_bits_per_symbol"] == pytest.approx(score)
    assert np.isfinite([row["bits_per_symbol"] for row in rows.values()]).all()


@pytest.mark.parametrize("name", ["ppmd", "bpe"])
def test_sizes_and_orders_are_points_of_their_own(name, texts):
    pytest.importorskip({"ppmd": "pyppmd", "bpe": "tokenizers"}[name])
    rows = rival_rows([name], texts)
    assert [row["context"] for row in rows] == list(variants(name)) and len(rows) > 2
    assert all(row["bits_per_symbol"] > 0 < row["held_out_bits_per_symbol"] for row in rows)


def test_the_best_order_is_what_compare_says(texts):
    pytest.importorskip("pyppmd")
    data = text_bytes(texts.training)
    best = min(rival.measure(data) for rival in variants("ppmd").values())
    assert METHODS["ppmd"].measure(data) == best + 8


def test_what_is_no_rival_is_refused(texts):
    with pytest.raises(InputError, match="lz7"):
        rival_rows(["lz7"], texts)


# -- language models ----------------------------------------------------------------------------


class OneBitLetters:
    """As a language model: one bit a letter."""

    name, tokenizer = "letters", "abc"

    def sentence_bits(self, sentences):
        return np.array([float(len(sentence)) for sentence in sentences])


def test_a_language_model_pays_for_the_same_text(texts):
    row = language_model_row(OneBitLetters(), texts)
    letters = len("a dog and a cow .") + len("a hen and a b .")
    assert row["held_out_bits_per_symbol"] == letters / len(texts.held_out)
    assert row["held_out_bits_per_byte"] == letters / len(text_bytes(texts.held_out))
    assert row["transfer_bits_per_symbol"] == len("and a dog .") / 4
    assert "1000 characters at most; str of 3 tokens" in row["context"]
    numbers = as_symbols([1, 2])
    with pytest.raises(InputError, match="--unit char or word"):
        language_model_row(SimpleNamespace(), CurveTexts(numbers, numbers))


def write_texts(folder):
    for name, lines in (("train", LINES * 9), ("dev", LINES[:3])):
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return [str(folder / "train.txt"), "--held-out", str(folder / "dev.txt")]


def test_rivals_are_rows_of_the_table_and_points_of_a_figure(tmp_path, capsys):
    options = ["--unit", "word", "--sequences", "line", "--restarts", "1"]
    options += ["-o", str(tmp_path / "c")]
    assert run(["curve", *write_texts(tmp_path), *options, "--rivals", "lz78, kn"]) == 0
    printed = capsys.readouterr().out
    assert "others: last iteration" in printed and "lz78  as it is" in printed
    assert "Training text: the fewest bits at level" in printed
    verdict = (tmp_path / "c" / "verdict.txt").read_text()
    assert " ".join(verdict.split()) in " ".join(printed.split())  # printed lines are wrapped
    table = pd.read_csv(tmp_path / "c" / "curve.csv")
    rivals = table[table["abstraction"] == "rival"]
    assert rivals["model"].tolist() == ["lz78", *["kn"] * 4]
    assert (tmp_path / "c" / "rivals-held-out.png").exists()
    assert json.loads((tmp_path / "c" / "config.json").read_text())["rivals"] == "lz78, kn"


def test_a_language_model_is_a_row_too(transformers, tmp_path):
    tokenizer, folder = bpe_tokenizer(transformers), tmp_path / "gpt2"
    tiny_model(transformers, "gpt2", len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for name, text in (("train", "a b c d e f\n" * 60), ("dev", "a b c\nd e f\n")):
        (tmp_path / f"{name}.txt").write_text(text)
    texts = [str(tmp_path / "train.txt"), "--held-out", str(tmp_path / "dev.txt")]
    options = ["--sequences", "line", "--restarts", "1", "--device", "cpu", "--llm", str(folder)]
    assert run(["curve", *texts, *options, "-o", str(tmp_path / "c")]) == 0
    table = pd.read_csv(tmp_path / "c" / "curve.csv")
    (row,) = table[table["abstraction"] == "language model"].to_dict("records")
    assert np.isnan(row["bits_per_symbol"]) and row["held_out_bits_per_symbol"] > 0
    assert (tmp_path / "c" / "rivals-held-out.png").exists()
