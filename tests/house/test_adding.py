"""docs/adding.md to the letter: hvm finds what its code adds, and that keeps the contracts."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.learners import check_learner
from contracts.measures import check_measure
from contracts.rivals import check_rival
from contracts.trial_models import check_trial_model
from hvm import HVM
from hvm.learn.model import LEARNERS
from hvm.lexicon.measures import MEASURES
from hvm.recall.models.registry import MODELS
from hvm.rivals.registry import METHODS

MODULES = ("my_rival", "my_package", "my_measure", "my_learner", "added_by_call")
"""The page's, and one of this test."""

PAGE = Path(__file__).parents[2] / "docs" / "adding.md"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="only in a checkout of the repository")


def block(section: str, language: str) -> str:
    """The first block of code of a language in a section of the page."""
    text = PAGE.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    code = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert code, f"{section}: no {language}"
    return code[1]


def announce(section: str, folder: Path) -> str:
    """Install the code of a section, as a package with its entry point; return its name."""
    group, name, place = re.fullmatch(
        r'\[project\.entry-points\."(.+)"\]\n(\S+) = "(.+)"\n', block(section, "toml")
    ).groups()
    (folder / f"{place.partition(':')[0]}.py").write_text(block(section, "python"), "utf-8")
    about = folder / "added-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{group}]\n{name} = {place}\n")
    return name


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that modules are found in; registries and modules know nothing of it afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for registry in (METHODS, MODELS, MEASURES, LEARNERS):
        monkeypatch.setattr(registry, "_things", dict(registry._things))
        forget(monkeypatch, vars(registry), "_announced")  # read anew, as in an interpreter anew
    for module in MODULES:
        forget(monkeypatch, sys.modules, module)
    return tmp_path


def forget(monkeypatch, names, name):
    """Take a name away, and put it back as it was, or was not, when the test ends."""
    monkeypatch.setitem(names, name, None)
    del names[name]


CHECKS = {
    "A measure": (MEASURES, check_measure),
    "A learner": (LEARNERS, check_learner),
    "A rival": (METHODS, check_rival),
    "A model of trials": (MODELS, check_trial_model),
}


@pytest.mark.parametrize("section", CHECKS)
def test_what_a_package_announces_keeps_the_contract(section, folder):
    registry, check = CHECKS[section]
    name = announce(section, folder)
    check(registry.named(name))


@pytest.mark.parametrize("section", ["A model of trials"])
def test_what_a_call_registers_keeps_the_contract(section, folder):
    registry, check = CHECKS[section]
    known = set(registry)
    (folder / "added_by_call.py").write_text(block(section, "python"), "utf-8")
    importlib.import_module("added_by_call")
    (name,) = set(registry) - known
    check(registry.named(name))


def test_an_announced_measure_is_a_column_of_the_history(folder):
    name = announce("A measure", folder)
    for model in (HVM(restarts=1), HVM.paper(iterations=3)):
        assert model.fit("abcabd" * 30).history_[name].iloc[0] == 0


def test_an_announced_rival_is_compared_at_the_command_line(folder):
    name = announce("A rival", folder)
    (folder / "text.txt").write_bytes(b"a rival of others, found by its name. " * 9)
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    rows = subprocess.run(
        [sys.executable, "-m", "hvm", "compare", "text.txt", "--methods", name, "--json"],
        capture_output=True,
        check=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    ).stdout
    (row,) = json.loads(rows)["rows"]
    assert row["method"] == name and 0 < row["bits_per_symbol"] < 8
