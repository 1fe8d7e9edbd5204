"""The hierarchy of variables as rows, as a table and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.cli.app import run
from hvm.predict.experts import ExpertsState
from hvm.show.hierarchy import hierarchy_rows

TEXT = "the cat ran\nthe dog ran\na cat sat\na dog sat\n"


def state_of(variables):
    training = as_symbols(TEXT, "word", "line")
    return ExpertsState(training, np.array(variables, np.int32), np.zeros((1, 1)), 3)


# The alphabet: a cat dog ran sat the.
TWO_GRAINS = [[0, 1, 1, 2, 3, 0], [0, 0, 0, 1, 1, 0]]


def test_rows_come_parent_by_parent():
    rows = hierarchy_rows(state_of(TWO_GRAINS))
    assert [row["variable"] for row in rows] == ["2.0", "1.0", "1.1", "2.1", "1.2", "1.3"]
    assert [row["parent"] for row in rows] == [None, "2.0", "2.0", None, "2.1", "2.1"]
    assert rows[0]["children"] == ["1.0", "1.1"]
    assert [row["count"] for row in rows] == [8, 4, 4, 4, 2, 2]
    assert rows[1]["share"] == pytest.approx(4 / 12)
    assert [filler["text"] for filler in rows[1]["fillers"]] == ["a", "the"]


def test_frames_are_what_stands_on_either_side():
    nouns = hierarchy_rows(state_of(TWO_GRAINS))[2]
    assert nouns["frames"] == [
        {"before": "a", "after": "sat", "count": 2},
        {"before": "the", "after": "ran", "count": 2},
    ]
    articles = hierarchy_rows(state_of(TWO_GRAINS))[1]
    assert {frame["before"] for frame in articles["frames"]} == {None}


def test_purity_is_the_share_of_the_most_frequent_tag():
    tags = {"a": "article", "the": "article", "cat": "noun"}
    rows = hierarchy_rows(state_of(TWO_GRAINS), tags=tags)
    assert (rows[1]["tag"], rows[1]["purity"]) == ("article", 1.0)
    assert (rows[0]["tag"], rows[0]["purity"]) == ("article", pytest.approx(4 / 6))
    assert (rows[3]["tag"], rows[3]["purity"]) == (None, None)


def test_top_counts_variables_of_the_coarsest_grain():
    assert [row["variable"] for row in hierarchy_rows(state_of(TWO_GRAINS), 1)] == [
        "2.0",
        "1.0",
        "1.1",
    ]


def test_without_variables_there_is_no_row():
    training = as_symbols(TEXT, "word", "line")
    empty = np.zeros((0, len(training.alphabet)), np.int32)
    assert hierarchy_rows(ExpertsState(training, empty, np.zeros((1, 1)), 3)) == []


@pytest.fixture
def model(tmp_path):
    HVM(restarts=1).fit(as_symbols(TEXT * 9, "word", "line")).save(tmp_path / "model.hvm")
    return tmp_path / "model.hvm"


def test_show_prints_the_hierarchy(model, capsys):
    assert run(["show", str(model)]) == 0
    assert "Variables of one symbol" in capsys.readouterr().out
    assert run(["show", str(model), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["hierarchy"]
    assert sum(row["count"] for row in rows if row["parent"] is None) == 9 * 12


def test_show_takes_tags(model, tmp_path, capsys):
    tags = tmp_path / "tags.tsv"
    tags.write_text("cat\tnoun\n\ndog\tnoun\nran\tverb\n")
    assert run(["show", str(model), "--tags", str(tags), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["hierarchy"]
    assert {row["tag"] for row in rows} <= {"noun", "verb", None}
    assert run(["show", str(model), "--tags", str(tags)]) == 0
    assert "tag, purity" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cat noun\n", "line 1: not a symbol"),
        (b"cat\tnoun\ndog\t\n", "line 2"),
        (b"\xff", "UTF-8"),
    ],
)
def test_tags_that_are_none_are_refused(model, tmp_path, capsys, content, message):
    tags = tmp_path / "tags.tsv"
    tags.write_bytes(content)
    assert run(["show", str(model), "--tags", str(tags)]) == 2
    assert message in capsys.readouterr().err
