"""Compressors that are programs: found by name, held to a round trip, and to a time."""

from __future__ import annotations

import json
import sys

import pytest

from hvm.cli.app import run
from hvm.rivals import programs
from hvm.rivals.registry import METHODS
from hvm.rivals.rival import UnavailableError

TEXT = b"the cat sat on the mat . the dog sat on the log . " * 40
OURS = programs.Program(
    ("squeeze",), ("c", "{file}", "{packed}.sq"), ("d", "{packed}.sq", "{back}")
)

GOOD = """
how, source, target = sys.argv[1:]
content = open(source, "rb").read()
made = b"squeezed" + zlib.compress(content) if how == "c" else zlib.decompress(content[8:])
open(target, "wb").write(made)
"""
LOSES = GOOD.replace("zlib.decompress(content[8:])", "b''")
FAILS = "sys.exit('squeeze: this is no day\\nfor that')"
WAITS = "import time; time.sleep(60)"
NOTHING = ""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program ``squeeze`` on the path, which is nothing else."""

    def install(code):
        path = tmp_path / "squeeze"
        path.write_text(f"#!{sys.executable}\nimport sys, zlib\n{code}")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs here are scripts")


def test_payload_is_what_more_than_an_empty_file_takes(program):
    program(GOOD)
    import zlib

    nothing = 8 + len(zlib.compress(b""))
    cost = programs.program_bits(OURS, TEXT, b"")
    assert cost == (8 * (8 + len(zlib.compress(TEXT)) - nothing), 8 * nothing)
    after = programs.program_bits(OURS, TEXT, TEXT)
    assert after == (8 * (len(zlib.compress(TEXT * 2)) - len(zlib.compress(TEXT))), 0)
    assert programs.program_bits(OURS, b"", b"") == (0, 8 * nothing)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (LOSES, "squeeze: does not give the bytes back$"),
        (FAILS, "squeeze: ended with status 1: squeeze: this is no day for that$"),
        (WAITS, "squeeze: took more than 0.5 seconds$"),
        (NOTHING, "squeeze: wrote 0 files, not one$"),
    ],
)
def test_a_program_that_fails_is_one_line(program, code, message):
    program(code)
    with pytest.raises(UnavailableError, match=message) as raised:
        programs.program_bits(OURS, TEXT, b"", 0.5 if code == WAITS else 30)
    assert "\n" not in str(raised.value)


def test_a_program_that_is_not_there_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.txt").write_bytes(TEXT)
    assert not METHODS["lpaq"].is_here and METHODS["zlib"].is_here
    assert run(["compare", str(tmp_path / "a.txt"), "--methods", "lpaq"]) == 2
    expected = "hvm: error: no program lpaq9m or lpaq8 or lpaq1 is on the path\n"
    assert capsys.readouterr().err == expected


@pytest.mark.skipif(not METHODS["zpaq"].is_here, reason="needs the program zpaq")
def test_zpaq_is_a_row(tmp_path, capsys):
    (tmp_path / "a.txt").write_bytes(TEXT)
    arguments = ["compare", str(tmp_path / "a.txt"), "--methods", "zpaq,zlib", "--json"]
    assert run(arguments) == 0
    zpaq, zlib = json.loads(capsys.readouterr().out)["rows"]
    assert zpaq["frame_bytes"] > zlib["frame_bytes"] == 6 and zpaq["bits"] > 0
