from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from hvm.cli.app import run
from hvm.errors import InputError
from hvm.rivals import compare
from hvm.rivals.registry import METHODS
from hvm.rivals.rival import Rival, UnavailableError

TEXT = b"the cat sat on the mat . the dog sat on the log . " * 40
COLUMNS = ["method", "file", "symbols", "bits", "bits_per_symbol", "frame_bytes"]
COLUMNS += ["seconds", "peak_mb", "pays_for"]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    return path


def test_rows_are_the_bits_of_the_methods(text, tmp_path, capsys):
    arguments = ["compare", str(text), "--sizes", "100,all,90000", "--methods", "lz78,zlib"]
    assert run([*arguments, "--json", "-o", str(tmp_path / "out")]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [list(row) for row in rows] == [COLUMNS] * 4
    assert [(row["method"], row["symbols"]) for row in rows] == [
        ("lz78", 100),
        ("zlib", 100),
        ("lz78", len(TEXT)),
        ("zlib", len(TEXT)),
    ]
    for row in rows:
        expected = METHODS[row["method"]].cost(TEXT[: row["symbols"]])
        assert row["bits"] == pytest.approx(expected.payload_bits)
        assert row["frame_bytes"] == pytest.approx(expected.frame_bits / 8) and expected.frame_bits
        assert row["bits_per_symbol"] == pytest.approx(row["bits"] / row["symbols"])
        assert row["peak_mb"] > 1
    table = pd.read_csv(tmp_path / "out" / "compare.csv")
    for column in ("bits", "frame_bytes"):
        assert table[column].tolist() == pytest.approx([row[column] for row in rows])
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<th>frame, bytes</th>" in page and "a whole file is both" in page
    assert (tmp_path / "out" / "compare.png").read_bytes()[1:4] == b"PNG"
    assert json.loads((tmp_path / "out" / "config.json").read_text())["texts"] == [str(text)]


def test_training_saves_bits(text, capsys):
    assert run(["compare", str(text), "--methods", "lzw", "--train", str(text), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["bits"] < METHODS["lzw"].measure(TEXT)
    assert "not paid for" in row["pays_for"]


@pytest.mark.parametrize("name", ["mixed", "hvm", "mixed-symbols"])
def test_own_methods_have_bits_primed_or_not(name):
    method = METHODS[name]
    assert 0 < method.measure(TEXT, TEXT * 3) < method.measure(TEXT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--methods", "zip"], "no method 'zip'"),
        (["--sizes", "10,x"], "'x' is neither"),
        (["--sizes", "0"], "1 or more, not 0"),
        (["--sizes", "90000"], "no size fits"),
        (["--methods", ""], "no method ''"),
        (["--train", __file__, "-o", __file__], "test_compare.py: cannot be made: File exists"),
    ],
)
def test_wrong_arguments(text, capsys, arguments, message):
    assert run(["compare", str(text), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_an_empty_file_is_named(tmp_path, capsys):
    (tmp_path / "e.txt").write_bytes(b"")
    assert run(["compare", str(tmp_path / "e.txt")]) == 2
    assert "e.txt: holds no byte" in capsys.readouterr().err
    (tmp_path / "a.txt").write_bytes(TEXT)
    assert run(["compare", str(tmp_path / "a.txt"), "--train", str(tmp_path / "e.txt")]) == 2
    assert "e.txt: holds no byte to learn" in capsys.readouterr().err


def test_the_table_has_a_column_a_size(text, capsys):
    assert run(["compare", str(text), "--sizes", "100,all", "--methods", "zlib,bz2"]) == 0
    shown = capsys.readouterr().out
    assert "100 bytes" in shown
    assert "2,000 bytes" in shown
    assert shown.index("zlib") < shown.index("bz2")
    assert "blocks of 900 kB" in shown
    assert "frame bytes" in shown and "what names these bytes and no others" in shown


def test_without_methods_all_that_can_run(text, capsys, monkeypatch):
    monkeypatch.setattr(compare, "measure", lambda task: {"method": task.method})
    monkeypatch.setenv("PATH", "")
    assert run(["compare", str(text), "--json"]) == 0
    names = [row["method"] for row in json.loads(capsys.readouterr().out)["rows"]]
    programs = {"zpaq", "lpaq", "paq8"}
    assert names == [name for name in METHODS if name not in programs]
    assert "ppmd" in names and programs < set(METHODS)


def test_a_method_that_cannot_run_is_left_out_or_an_error(text, capsys, monkeypatch):
    def without(task):
        if task.method != "zlib":
            raise UnavailableError(f"no {task.method} here")
        return {"method": task.method}

    monkeypatch.setattr(compare, "measure", without)
    assert run(["compare", str(text), "--sizes", "100,all", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["rows"] == [{"method": "zlib"}] * 2
    assert printed.err.count("hvm: left out: no ppmd here\n") == 1
    assert run(["compare", str(text), "--methods", "ppmd"]) == 2
    assert capsys.readouterr().err.endswith("hvm: error: no ppmd here\n")


# -- methods of others ------------------------------------------------------------------------


def eight_bits(data: bytes, before: bytes) -> float:
    return 8.0 * len(data)


@pytest.fixture
def registered():
    METHODS.register("bytes", Rival("every byte", eight_bits))
    yield
    METHODS.unregister("bytes")


def test_a_registered_method_is_compared(registered, text, capsys):
    assert run(["compare", str(text), "--methods", "bytes,zlib", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["method"] for row in rows] == ["bytes", "zlib"]
    assert rows[0]["bits_per_symbol"] == 8


def test_a_method_that_cannot_be_sent_to_a_process_is_named(registered):
    METHODS.register("bytes", Rival("every byte", lambda data, before: 8.0 * len(data)))
    with pytest.raises(InputError, match="bytes: cannot be sent to a process of its own"):
        compare.measure(compare.Task("bytes", "a", b"a", b""))


SLOW = """
import time
from pathlib import Path


def bits(data, before):
    Path("started").touch()
    time.sleep(100)


if __name__ == "__main__":
    from hvm.rivals.compare import Task, measure
    from hvm.rivals.registry import METHODS
    from hvm.rivals.rival import Rival
    from slow import bits

    METHODS.register("slow", Rival("nothing", bits))
    try:
        measure(Task("slow", "a.txt", b"abc", b""))
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a group of processes")
def test_ctrl_c_ends_the_process_of_a_method_without_a_word_of_it(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    run = subprocess.Popen(
        [sys.executable, "slow.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "started").exists():
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    assert run.communicate(timeout=30) == ("interrupted\n", "")
