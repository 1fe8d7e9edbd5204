"""``hvm surprisal``, and what ``hvm score`` reports."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hvm import HVM, as_symbols
from hvm.learn.model import Model
from hvm.show.scores import n_characters, score_report

TRAINING = "the dog ran\nthe cat ran\nthe dog sat\nthe cat sat\n" * 10


@pytest.fixture
def files(tmp_path):
    (tmp_path / "new.txt").write_text("the dog sat\n\nzebra ran\n")
    HVM(restarts=1).fit(as_symbols(TRAINING, "word", "line")).save(tmp_path / "model.hvm")
    return tmp_path / "model.hvm", tmp_path / "new.txt"


def test_surprisal_as_json_is_by_sequence(hvm_json, files):
    sequences = hvm_json("surprisal", *files)["sequences"]
    assert [sequence["symbols"] for sequence in sequences] == [
        ["the", "dog", "sat"],
        [],
        ["zebra", "ran"],
    ]
    model = Model.load(files[0])
    expected = model.surprisal(as_symbols(files[1].read_text(), "word", "line"))
    assert np.concatenate([sequence["bits"] for sequence in sequences]).tolist() == (
        expected.tolist()
    )


def test_surprisal_prints_a_line_a_symbol(hvm, files):
    status, out, _ = hvm("surprisal", *files)
    rows = [line.split("\t") for line in out.splitlines()]
    assert status == 0
    assert rows[0] == ["sequence", "symbol", "bits", "bits_per_character"]
    assert float(rows[2][3]) == pytest.approx(float(rows[2][2]) / len("dog"), abs=1e-4)
    assert [row[:2] for row in rows[1:]] == [
        ["1", "the"],
        ["1", "dog"],
        ["1", "sat"],
        ["3", "zebra"],
        ["3", "ran"],
    ]


def test_symbols_that_cannot_be_seen_are_quoted(hvm, tmp_path):
    HVM(restarts=1).fit("a\t b" * 20).save(tmp_path / "model.hvm")
    (tmp_path / "new.txt").write_text("a\t b")
    _, out, _ = hvm("surprisal", tmp_path / "model.hvm", tmp_path / "new.txt")
    assert [line.split("\t")[1] for line in out.splitlines()[1:]] == ["a", r"'\t'", "' '", "b"]


def test_score_says_what_unknown_symbols_paid(hvm_json, files):
    report = hvm_json("score", *files)
    assert (report["symbols"], report["unknown_symbols"], report["sequences"]) == (5, 1, 3)
    spelling = Model.load(files[0]).spelling_
    assert report["unknown_bits"] == pytest.approx(spelling.code_space_bits(["zebra"])[0])
    assert report["characters"] == len("the dog sat") + len("zebra ran")
    model = Model.load(files[0])
    known = model.experts_.escaped_bits(
        np.array([*model.alphabet_.encode(["the", "dog", "sat"]), -1, 2], np.int32),
        np.array([0, 3, 3]),
    )
    assert report["bits"] == pytest.approx(known.sum() + report["unknown_bits"])


def test_what_adapts_reads_on(hvm_json, hvm, files, tmp_path):
    model, _ = files
    before, text = model.read_bytes(), tmp_path / "cats.txt"
    text.write_text("cat cat cat cat\n" * 30)
    frozen, adapted = hvm_json("score", model, text), hvm_json("score", model, text, "--adapt")
    assert adapted["bits"] < frozen["bits"] / 2
    bits = hvm_json("surprisal", model, text, "--adapt")["sequences"]
    assert sum(map(sum, (sequence["bits"] for sequence in bits))) == pytest.approx(adapted["bits"])
    assert model.read_bytes() == before
    status, _, err = hvm("score", model, text, "--adapt", "--best-parse")
    assert (status, "choose one" in err) == (2, True)


def test_models_of_different_units_compare_by_characters():
    words = HVM(restarts=1).fit(as_symbols(TRAINING, "word", "line"))
    letters = HVM(restarts=1).fit(as_symbols(TRAINING, "char", "line"))
    counts = [
        score_report(model, [as_symbols("the dog\nthe cat", unit, "line")])["characters"]
        for model, unit in ((words, "word"), (letters, "char"))
    ]
    assert counts == [14, 14]


def test_bytes_and_integers_have_no_characters():
    assert n_characters(as_symbols(b"ab")) is None
    assert n_characters(as_symbols([1, 2])) is None


def test_words_of_characters_have_the_white_space_behind_them(hvm_json, tmp_path):
    HVM(restarts=1).fit("a cat sat. a dog ran. " * 20).save(tmp_path / "model.hvm")
    (tmp_path / "new.txt").write_text("a  cat\nran")
    rows = hvm_json("surprisal", tmp_path / "model.hvm", tmp_path / "new.txt", "--by", "word")
    rows = rows["rows"]
    assert [row["text"] for row in rows] == ["a  ", "cat\n", "ran"]
    assert [row["position"] for row in rows] == [1, 4, 8]
    symbols = hvm_json("surprisal", tmp_path / "model.hvm", tmp_path / "new.txt")["sequences"]
    assert sum(row["bits"] for row in rows) == pytest.approx(sum(symbols[0]["bits"]))
    assert rows[1]["bits_per_character"] == pytest.approx(rows[1]["bits"] / 4)


@pytest.mark.parametrize(
    ("by", "texts"),
    [
        ("symbol", ["the", "dog", "sat", "zebra", "ran"]),
        ("word", ["the", "dog", "sat", "zebra", "ran"]),
        ("line", ["the dog sat", "", "zebra ran"]),
    ],
)
def test_bits_by_symbol_word_and_line(files, tmp_path, hvm_json, by, texts):
    path = tmp_path / "table.csv"
    report = hvm_json("surprisal", *files, "--by", by, "-o", path)
    table = pd.read_csv(path, keep_default_na=False)
    assert table.text.tolist() == texts and report["rows"] == len(texts)
    model = Model.load(files[0])
    bits = model.surprisal(as_symbols(files[1].read_text(), "word", "line"))
    assert table.bits.sum() == pytest.approx(bits.sum()) == pytest.approx(report["bits"])


def test_units_are_those_of_the_parse(files, hvm_json):
    rows = hvm_json("surprisal", *files, "--by", "unit")["rows"]
    parsed = hvm_json("parse", *files)["sequences"]
    assert [row["text"] for row in rows] == [
        unit["text"] for sequence in parsed for unit in sequence["units"]
    ]


def test_integers_make_no_words(hvm, tmp_path):
    HVM(restarts=1).fit([1, 2, 3] * 20).save(tmp_path / "model.hvm")
    (tmp_path / "new.txt").write_text("1\n2\n")
    command = ("surprisal", tmp_path / "model.hvm", tmp_path / "new.txt", "--by", "word")
    status, _, err = hvm(*command)
    assert status == 2 and "integers make no words" in err


# -- what stands before, and what was expected ------------------------------------------------


def table_of(hvm, tmp_path, *arguments):
    path = tmp_path / "table.csv"
    status, _, err = hvm("surprisal", *arguments, "--output", path)
    assert status == 0, err
    return pd.read_csv(path, keep_default_na=False)


def test_the_entropy_is_the_mean_cost_of_what_could_stand_there(hvm, files, tmp_path):
    table = table_of(hvm, tmp_path, *files, "--entropy")
    model = Model.load(files[0])
    known = [*model.alphabet_.symbols]
    before = {(1, 1): [], (1, 2): ["the"], (1, 3): ["the", "dog"], (3, 1): []}
    for (sequence, position), words in before.items():
        bits = [model.surprisal([[*words, word]])[-1] for word in known]
        chances = 2.0 ** -np.array(bits)
        rest = 1 - chances.sum()  # any other word
        expected = (chances * bits).sum() - rest * np.log2(rest)
        row = table[(table["sequence"] == sequence) & (table["position"] == position)]
        assert row["entropy_bits"].item() == pytest.approx(expected, abs=1e-6)


def test_entropies_of_a_word_add_up(hvm, tmp_path):
    HVM(restarts=1, context="unigram").fit("a cat sat. " * 20).save(tmp_path / "model.hvm")
    (tmp_path / "new.txt").write_text("a cat")
    files = tmp_path / "model.hvm", tmp_path / "new.txt"
    by_symbol = table_of(hvm, tmp_path, *files, "--entropy")
    by_word = table_of(hvm, tmp_path, *files, "--entropy", "--by", "word", "--context")
    assert by_word["entropy_bits"].tolist() == pytest.approx(
        [by_symbol["entropy_bits"][:2].sum(), by_symbol["entropy_bits"][2:].sum()]
    )
    assert by_word["context"].tolist() == ["", "a "]
    status, out, _ = hvm("surprisal", *files, "--entropy", "--by", "word", "--context")
    assert status == 0
    assert out.splitlines()[0].split("\t") == [
        *("sequence", "context", "word", "bits", "bits_per_character", "entropy_bits"),
    ]


def test_the_context_is_what_stands_before_in_the_sequence(hvm, files, tmp_path):
    table = table_of(hvm, tmp_path, *files, "--context")
    assert table["context"].tolist() == ["", "the", "the dog", "", "zebra"]
    model, text = files[0], tmp_path / "long.txt"
    text.write_text("zebra " * 9 + "the\n")
    assert table_of(hvm, tmp_path, model, text, "--context")["context"].iloc[-1] == (
        "zebra zebra zebra zebra"
    )
    HVM(restarts=1, context="unigram").fit("abcdefghij" * 9).save(tmp_path / "char.hvm")
    text.write_text("abcdefghij" * 4)
    rows = table_of(hvm, tmp_path, tmp_path / "char.hvm", text, "--context")
    assert rows["context"].iloc[-1] == ("abcdefghij" * 4)[-25:-1]


def test_entropy_that_takes_too_long_is_refused_in_a_line(hvm, tmp_path):
    HVM(restarts=1, context="unigram").fit("abcdefghij" * 9).save(tmp_path / "model.hvm")
    (tmp_path / "new.txt").write_text("abcdefghij" * 600)
    files = tmp_path / "model.hvm", tmp_path / "new.txt"
    status, out, err = hvm("surprisal", *files, "--entropy")
    assert (status, out) == (2, "")
    assert "the entropy at 6,000 places reads beginnings once" in err
    assert len(err.splitlines()) == 1
    status, _, err = hvm("surprisal", *files, "--entropy", "--adapt")
    assert status == 2
    assert "choose one" in err


# -- sampling and exporting -------------------------------------------------------------------


def test_sample_prints_what_the_model_draws(hvm, hvm_json, files):
    model = Model.load(files[0])
    drawn = hvm_json("sample", files[0], "-n", 7, "--seed", 3)
    assert drawn["symbols"] == model.sample(7, 3)
    assert drawn["text"] == " ".join(drawn["symbols"])
    status, out, _ = hvm("sample", files[0], "-n", 7, "--seed", 3)
    assert (status, out) == (0, drawn["text"] + "\n")
    status, _, err = hvm("sample", files[0], "-n", 30000)
    assert status == 2
    assert "draw fewer" in err


def test_tokenizer_writes_what_tokenizers_load(hvm, hvm_json, tmp_path):
    HVM(variables=False, context="unigram").fit("the dog sat. " * 20).save(tmp_path / "model.hvm")
    path = tmp_path / "tokenizer.json"
    report = hvm_json("tokenizer", tmp_path / "model.hvm", "--output", path)
    loaded = pytest.importorskip("tokenizers").Tokenizer.from_file(str(path))
    assert report == {"tokens": loaded.get_vocab_size()}
    status, _, err = hvm("tokenizer", tmp_path / "model.hvm", "-o", path, "--most-tokens", 2)
    assert status == 2
    assert "more than the 2 tokens allowed" in err


def test_a_fit_of_words_tells_bits_a_character_beside_bits_a_word(hvm_json, tmp_path):
    (tmp_path / "text.txt").write_text(TRAINING)
    how = (tmp_path / "text.txt", "--output", tmp_path / "m.hvm", "--sequences", "line")
    of_words = hvm_json("fit", *how, "--unit", "word")
    characters = TRAINING.count("\n") * len("the dog ran")
    both = of_words["lexicon_bits"] + of_words["data_bits"]
    assert of_words["bits_per_character"] == pytest.approx(both / characters)
    assert of_words["bits_per_symbol"] == pytest.approx(both / (3 * TRAINING.count("\n")))
    assert "bits_per_character" not in hvm_json("fit", *how)
