"""Files of minimal pairs: every kind as one table, and what is wrong with a file by its line."""

from __future__ import annotations

import gzip
import json

import pytest

from hvm.errors import InputError
from hvm.pairs.reading import read_pairs

BLIMP = {"sentence_good": "He ran.", "sentence_bad": "He run.", "UID": "verbs"}


@pytest.fixture
def read(tmp_path):
    """Read pairs out of a file of a name and a text."""

    def call(name, text, **options):
        path = tmp_path / name
        path.write_text(text, "utf-8", newline="")
        return read_pairs(path, **options)

    return call


def rows(table):
    return table[["good", "bad", "paradigm", "field", "term", "line"]].values.tolist()


def test_json_lines_of_blimp(read):
    whole = {**BLIMP, "field": "syntax", "linguistics_term": "agreement", "pairID": "0"}
    table = read("a.jsonl", f"{json.dumps(whole)}\n\n{json.dumps(BLIMP)}\n")
    assert rows(table) == [
        ["He ran.", "He run.", "verbs", "syntax", "agreement", 1],
        ["He ran.", "He run.", "verbs", None, None, 3],
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["table.csv", "table.txt"])
def test_columns_are_found_by_name(read, delimiter, name):
    text = "number,Bad,term,good,paradigm\n1,he go,verbs,he goes,third\n2,we goes,,we go,\n"
    table = read(name, text.replace(",", delimiter))
    assert rows(table) == [
        ["he goes", "he go", "third", None, "verbs", 2],
        ["we go", "we goes", "table", None, None, 3],
    ]


def test_two_columns_without_a_header_are_good_and_bad(read):
    expected = [["we go", "we goes", "p", None, None, 1], ["a, b", "b", "p", None, None, 2]]
    assert rows(read("p.csv", 'we go,we goes\n"a, b",b\n')) == expected
    assert rows(read("p.tsv", "we go\twe goes\na, b\tb\n")) == expected
    assert rows(read("p.txt", "we go\twe goes\na, b\tb\n")) == expected


def test_lines_alternate_as_in_zorro(read):
    text = "look at this things .\r\nlook at this thing .\r\n\r\na\nb"
    table = read("agreement.txt", text)
    assert rows(table)[0] == [
        "look at this thing .",
        "look at this things .",
        "agreement",
        None,
        None,
        1,
    ]
    assert rows(table)[1] == ["b", "a", "agreement", None, None, 4]
    assert rows(read("agreement.txt", text, first="good"))[1][:2] == ["a", "b"]


def test_folders_and_packed_files(tmp_path):
    (tmp_path / "b.txt").write_text("x\ny\n")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(BLIMP).encode()))
    table = read_pairs(tmp_path)
    assert table["paradigm"].tolist() == ["verbs", "b"]
    assert [name.rpartition("/")[2] for name in table["file"]] == ["a.jsonl.gz", "b.txt"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", " \n", "a.txt: holds no pair"),
        ("a.csv", "good,bad\n", "a.csv: holds no pair"),
        ("a.txt", "a\nb\nc\n", "a.txt, line 3: 'c' has no partner: lines alternate, bad first"),
        ("a.jsonl", '{"sentence_good": "a"}', "a.jsonl, line 1: has no sentence_bad"),
        ("a.jsonl", f"{json.dumps(BLIMP)}\n[1]\n", "a.jsonl, line 2: is no JSON object: "),
        ("a.jsonl", '{"sentence_good": ', "a.jsonl, line 1: is no JSON object: "),
        ("a.json", '{"good": 1, "bad": "a"}', "line 1: the good sentence is 1, not a text"),
        ("a.json", '{"good": "b", "bad": "a", "UID": 3}', "the paradigm is 3, not a text"),
        ("a.csv", "good,bad\na, \n", "a.csv, line 2: the bad sentence is empty"),
        ("a.csv", "good,bad\na,b,c\n", "a.csv, line 2: has 3 cells, not 2: 'a,b,c'"),
        ("a.csv", 'good,bad\n"a\nb",c\n', "line 3: the good sentence holds a line end"),
        ("a.csv", 'good,bad\n"a"b,c\n', "a.csv, line 2: "),
        ("a.csv", "good,wrong\na,b\n", "a.csv, line 1: has no columns good and bad: 'good, wrong'"),
        ("a.csv", "x,y,z\na,b,c\n", "a.csv, line 1: has no columns good and bad"),
        ("a.csv", "good,bad,bad\na,b,c\n", "a.csv, line 1: has two columns bad"),
    ],
)
def test_what_is_no_pair_is_named_by_its_line(read, name, text, message):
    with pytest.raises(InputError) as error:
        read(name, text)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_first_is_bad_or_good(read):
    with pytest.raises(InputError, match="first must be one of bad, good, not 'worse'"):
        read("a.txt", "a\nb\n", first="worse")
