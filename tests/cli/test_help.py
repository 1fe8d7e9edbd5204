"""Help as a user meets it: groups in the order of use, examples that work, completion by Tab."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from hvm import datasets
from hvm.cli.app import GROUPS, app
from hvm.cli.examples import EXAMPLES
from hvm.datasets.tasks import write_task

ROOT = Path(__file__).parents[2]
COMMANDS = get_command(app).commands
LEAVES = {**COMMANDS, **{f"data {name}": each for name, each in COMMANDS["data"].commands.items()}}
del LEAVES["data"]

LONG = {
    "data fetch",  # asks the network
    "demo",  # minutes
    "warm",
}
"""Commands whose examples are parsed only."""
LONG_EXAMPLES = {EXAMPLES["compare"][0]}
"""All methods: the other example is run."""


def words(example):
    program, *arguments = shlex.split(example.replace("\\\n", " "))
    assert program == "hvm"
    return arguments


# -- order and examples -----------------------------------------------------------------------


def test_commands_stand_in_groups_in_the_order_of_use(hvm):
    _, shown, _ = hvm("--help")
    names = [command.__name__ for commands in GROUPS.values() for command in commands]
    names.append("data")
    assert names == list(COMMANDS)
    places = [re.search(rf"^│ {name} +\w", shown, re.MULTILINE).start() for name in names]
    assert places == sorted(places)
    titles = [shown.index(f"─ {group} ─") for group in GROUPS]
    assert titles == sorted(titles) and titles[0] < places[0]
    assert names[:2] == ["fit", "show"]


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_shows_two_examples(hvm, name):
    _, shown, _ = hvm(*name.split(), "--help")
    squeezed = " ".join(shown.split())
    examples = EXAMPLES[name]
    assert len(set(examples)) == 2 and "Examples: " in squeezed
    for example in examples:
        assert " ".join(example.split()) in squeezed
        assert max(map(len, example.splitlines())) < 79


@pytest.mark.parametrize("name", LEAVES)
def test_examples_parse(name):
    for example in EXAMPLES[name]:
        *command, rest = (*name.split(), words(example))
        assert rest[: len(command)] == command
        LEAVES[name].make_context(name, rest[len(command) :])


def test_examples_are_of_commands_that_are_there():
    assert set(EXAMPLES) == set(LEAVES)


def test_examples_work_in_one_folder(hvm, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = datasets.load_speech(420).splitlines(keepends=True)
    Path("book.txt").write_text("".join(lines[:300]))
    Path("other.txt").write_text("".join(lines[300:]))
    datasets.load_pairs(20).to_csv("pairs.csv", index=False)
    datasets.load_synthetic_recall(6).to_csv("trials.csv", index=False)
    write_task("visual-pairs", "clicks")
    for name, examples in EXAMPLES.items():
        for example in examples:
            if name not in LONG and example not in LONG_EXAMPLES:
                status, _, err = hvm(*words(example))
                assert status == 0, (example, err)
    assert Path("again.txt").read_bytes() == Path("other.txt").read_bytes()
    for made in ("book.html", "words.svg", "compare/report.html", "curve/curve.csv", "spaced.txt"):
        assert Path(made).stat().st_size > 0


# -- said once ----------------------------------------------------------------------------------


def test_json_and_output_are_the_same_in_every_command():
    helps = set()
    for name, command in LEAVES.items():
        for parameter in command.params:
            if "--json" in parameter.opts:
                helps.add(parameter.help)
            if parameter.name == "output":
                assert parameter.opts == ["--output", "-o"], name
    assert len(helps) == 1
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "hvm" / "cli").glob("*.py"))
    assert sources.count('"--json"') == sources.count('"--output"') == 1


# -- completion -----------------------------------------------------------------------------------


def completed(shell, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "hvm"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "_HVM_COMPLETE": f"complete_{shell}", **environment},
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_bash_completes_commands_options_and_values():
    assert completed("bash", COMP_WORDS="hvm comp", COMP_CWORD="1").split() == [
        "compress",
        "compare",
    ]
    assert completed("bash", COMP_WORDS="hvm fit --un", COMP_CWORD="2").split() == ["--unit"]
    values = completed("bash", COMP_WORDS="hvm fit --unit ", COMP_CWORD="3").split()
    assert values == ["char", "word", "byte", "int"]


def test_zsh_and_fish_complete_with_what_commands_do():
    assert '"compress":"Compress INPUT' in completed("zsh", _TYPER_COMPLETE_ARGS="hvm comp")
    fish = {"_TYPER_COMPLETE_ARGS": "hvm comp", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert "compress\tCompress INPUT" in completed("fish", **fish)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_what_is_installed_is_what_bash_asks(tmp_path):
    """The script that is printed, in a bash of its own, with an ``hvm`` on the path."""
    program = tmp_path / "hvm"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hvm "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    asks = (
        'eval "$(_HVM_COMPLETE=source_bash hvm)"; COMP_WORDS=(hvm decomp); COMP_CWORD=1; '
        '_hvm_completion hvm; echo "${COMPREPLY[@]}"; complete -p hvm'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", asks],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "decompress",
        "complete -o default -F _hvm_completion hvm",
    ]
