"""What a machine may lack or hold in the way: streams, folders, modules of other people."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hvm import __main__ as entry
from hvm.cli.app import run
from hvm.data.processes import isolated_children

AS_COMMAND = "import sys; del sys.path[0]; from hvm.__main__ import main; sys.exit(main())"
"""As the console script runs it: the working folder is not on the path."""


def shell(redirection, *arguments, cwd=None):
    """Run hvm with standard streams redirected as a shell does it."""
    line = f'exec "$0" -c "$1" "${{@:2}}" {redirection}'
    return subprocess.run(
        ["bash", "-c", line, sys.executable, AS_COMMAND, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_output_that_takes_nothing_is_one_line(redirection):
    done = shell(redirection, "data", "list")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("hvm: error: standard output: ") and done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_what_prints_nothing_needs_no_output(tmp_path):
    (tmp_path / "a.txt").write_text("the cat and the dog " * 9)
    done = shell(">&- 2>&- <&-", "compress", "a.txt", "-o", "a.hvz", cwd=tmp_path)
    assert done.returncode == 2  # the report has nowhere to go, the file is whole
    assert shell("", "decompress", "a.hvz", "-o", "b.txt", cwd=tmp_path).returncode == 0
    assert (tmp_path / "b.txt").read_bytes() == (tmp_path / "a.txt").read_bytes()
    done = shell(">&-", "decompress", "a.hvz", "-o", "c.txt", cwd=tmp_path)
    assert done.returncode == 0 and "error" not in done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="spawned interpreters look there first")
def test_files_named_as_modules_are_not_taken_for_them(tmp_path):
    for name in ("signal", "types", "enum", "random", "pickle", "numpy", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a file of the user was imported')")
    (tmp_path / "a.txt").write_text("the cat and the dog " * 9)
    done = shell("", "compare", "a.txt", "--methods", "zlib", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"zlib"' in done.stdout


def test_the_environment_is_as_it_was(monkeypatch):
    import os

    for before in (None, "", "1"):
        if before is None:
            monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
        else:
            monkeypatch.setenv("PYTHONSAFEPATH", before)
        with pytest.raises(KeyError), isolated_children():
            assert os.environ["PYTHONSAFEPATH"] == "1"
            raise KeyError
        assert os.environ.get("PYTHONSAFEPATH") == before


def test_an_interrupt_while_loading_is_quiet(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "occupy_standard_streams", interrupted)
    assert entry.main() == 130
    assert capsys.readouterr() == ("", "")


def test_closed_streams_in_python(monkeypatch):
    """``pythonw`` and services have none."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert run(["data", "list"]) == 2
