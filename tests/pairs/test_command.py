"""``hvm pairs`` as a user meets it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from hvm.cli.app import run
from hvm.learn.hvm import HVM
from hvm.symbols.convert import as_symbols

TEXT = "the dog is here\nthe dogs are here\na cat is there\ncats are there\n" * 6


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text(TEXT)
    (tmp_path / "plural.txt").write_text(
        "dogs is here\ndogs are here\ncats is there\ncats are there"
    )
    (tmp_path / "table.csv").write_text(
        "good,bad,field\nthe dog is,the dog are,syntax\nzz,zzz,form\n"
    )
    HVM(restarts=1).fit(as_symbols(TEXT, "word", "line")).save(tmp_path / "model.hvm")
    return tmp_path


@pytest.fixture
def call(capsys):
    def call(*arguments):
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    "model",
    [
        ("model.hvm",),
        ("--rival", "kn2", "--train", "text.txt"),
        ("--rival", "unigram", "--train", "text.txt"),
    ],
)
def test_json_is_one_object_with_groups(files, call, model):
    status, out, _ = call("pairs", *model, "plural.txt", "table.csv", "--by", "paradigm", "--json")
    assert status == 0 and out.count("\n") == 1
    report = json.loads(out)
    names = ["accuracy", "interval", "pairs", "ties", "known", "accuracy_known", "by"]
    assert list(report) == names
    assert list(report["by"]) == ["plural", "table"]
    assert all(list(row) == names[:-1] for row in report["by"].values())
    assert report["pairs"] == 4 and report["known"] == 3
    scored = sum(row["accuracy"] * row["pairs"] for row in report["by"].values())
    assert report["accuracy"] == scored / 4
    low, high = report["interval"]
    assert low <= report["accuracy"] <= high
    assert call("pairs", *model, "table.csv", "plural.txt", "--json")[1] != ""


def test_a_table_for_people_and_a_file_of_bits(files, call):
    status, out, _ = call("pairs", "model.hvm", "table.csv", "--by", "field", "-o", "bits.csv")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["syntax", "form", "all"]
    table = pd.read_csv("bits.csv")
    assert (table["good_bits"] < table["bad_bits"]).tolist() == [True, True]
    assert table["is_known"].tolist() == [True, False]
    report = json.loads(call("pairs", "model.hvm", "table.csv", "--unknown", "escape", "--json")[1])
    assert report["ties"] == 1 and report["accuracy"] == 0.75


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table.csv",), "pairs needs a MODEL and PAIRS"),
        (("--rival", "kn", "table.csv"), "--rival learns first: name its texts by --train TEXT"),
        (("model.hvm", "table.csv", "--train", "text.txt"), "--train is what a rival learns from"),
        (("--rival", "kn", "--llm", "x", "table.csv"), "--rival and --llm are two models"),
        (("--rival", "km", "--train", "text.txt", "table.csv"), "no sequence model 'km'"),
        (("model.hvm", "nothing.csv"), "nothing.csv: no such file"),
        (("model.hvm", "plural.txt", "--by", "field"), "plural.txt, line 1: the pair"),
        (("model.hvm", "table.csv", "-o", "table.csv"), "table.csv: is read by this command too"),
    ],
)
def test_what_does_not_go_together_is_one_line(files, call, arguments, message):
    status, out, err = call("pairs", *arguments)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1
