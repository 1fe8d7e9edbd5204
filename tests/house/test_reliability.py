"""docs/reliability.md promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "|---" not in line]
SOURCES = {path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:tests|hvm)/[\w/]+\.py", PAGE))))
def test_files_that_are_named_are_there(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAGE))))
def test_tests_that_are_named_are_there(name):
    assert any(f"def {name}(" in source for source in SOURCES.values())


def test_every_row_names_what_holds_it():
    kinds = [row for row in ROWS if "what hvm does" not in row]
    assert len(kinds) > 30
    for row in kinds:
        *_, held_by, _ = re.split(r"(?<!\\)\|", row)
        assert re.search(r"\.py|`test_\w+`|benchmarks\.\w+", held_by), row


def test_benchmarks_that_are_named_are_there():
    for name in re.findall(r"python -m (benchmarks\.\w+)", PAGE):
        assert (ROOT / f"{name.replace('.', '/')}.py").is_file()
