"""``hvm segment`` as a user meets it."""

from __future__ import annotations

import json

import pytest

from hvm.cli.app import run
from hvm.learn.hvm import HVM
from hvm.symbols.convert import as_symbols

WORDS = "the dog runs\na dog\n\nthe cat runs\na cat\nthe dog\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gold.txt").write_text(WORDS)
    (tmp_path / "text.txt").write_text(WORDS.replace(" ", ""))
    lines = as_symbols(WORDS.replace(" ", "") * 9, "char", "line")
    HVM(restarts=1).fit(lines).save(tmp_path / "model.hvm")
    HVM(restarts=1).fit(as_symbols(WORDS * 9, "word", "line")).save(tmp_path / "words.hvm")
    return tmp_path


@pytest.fixture
def call(capsys):
    def call(*arguments):
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return call


def test_lines_keep_their_symbols(files, call):
    status, out, _ = call("segment", "model.hvm", "text.txt")
    assert status == 0 and out.replace(" ", "") == WORDS.replace(" ", "")
    # Spaces of the text say nothing.
    assert call("segment", "model.hvm", "gold.txt")[1] == out
    assert call("segment", "model.hvm", "text.txt", "-o", "out.txt")[:2] == (0, "")
    assert (files / "out.txt").read_text() == out
    report = json.loads(call("segment", "model.hvm", "text.txt", "--json")[1])
    assert report == {"lines": out.split("\n")[:-1]}


def test_scores_of_model_and_rivals(files, call):
    arguments = ("segment", "model.hvm", "text.txt", "--gold", "gold.txt", "--rivals", "tp")
    status, out, _ = call(*arguments, "--json")
    assert status == 0 and out.count("\n") == 1
    scores = json.loads(out)["scores"]
    assert list(scores) == ["model.hvm", "tp"]
    kinds = ["token", "boundary", "boundary_with_edges", "type"]
    assert all(list(each) == kinds for each in scores.values())
    assert all(list(share) == ["precision", "recall", "f"] for share in scores["tp"].values())
    status, out, _ = call(*arguments)
    assert status == 0 and len(out.splitlines()) == 9 and "boundary with edges" in out


def test_gold_may_be_the_text_itself(files, call):
    apart = call("segment", "text.txt", "--gold", "gold.txt", "--rivals", "tp", "--json")
    assert call("segment", "gold.txt", "--gold", "gold.txt", "--rivals", "tp", "--json") == apart


def test_new_symbols_and_no_symbols(files, call):
    (files / "new.txt").write_text("thexdog\n\u00e9\u00e9\n")
    status, out, _ = call("segment", "model.hvm", "new.txt")
    assert status == 0 and out.replace(" ", "") == "thexdog\n\u00e9\u00e9\n"
    (files / "empty.txt").write_text("")
    assert call("segment", "model.hvm", "empty.txt")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("text.txt",), "MODEL and TEXT, or TEXT with --rivals"),
        (("text.txt", "--rivals", "tpp", "--gold", "gold.txt"), "no segmenter 'tpp'"),
        (("text.txt", "--rivals", "tp,tp", "--gold", "gold.txt"), "names tp twice"),
        (("text.txt", "--rivals", "tp,hvm"), "name the words by --gold"),
        (("model.hvm", "text.txt", "gold.txt"), "one TEXT"),
        (("words.hvm", "text.txt"), "words.hvm: its symbols are of unit word"),
        (("model.hvm", "text.txt", "--gold", "other.txt"), "other.txt, line 2: 'acat' is not"),
        (("model.hvm", "missing.txt"), "missing.txt"),
        (("model.hvm", "text.txt", "-o", "text.txt"), "is read by this command too"),
        (("empty.txt", "--rivals", "tp"), "nothing to learn"),
    ],
)
def test_errors_are_one_line(files, call, arguments, message):
    (files / "empty.txt").write_text("\n\n")
    (files / "other.txt").write_text(WORDS.replace("a dog", "a cat"))
    status, out, err = call("segment", *arguments)
    assert (status, out) == (2, "") and err.splitlines()[-1].startswith("hvm: error:")
    assert message in err
