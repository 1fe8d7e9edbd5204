"""What people are told to install is this package: `hvm` on the package index is another."""

import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
FOLDERS = ("hvm", "docs", "tests", "experiments", "benchmarks", "human_data", ".github", ".ci")
TEXTS = {".py", ".md", ".toml", ".txt", ".yml", ".cfg", ".cff", ""}
EXTRAS = "chat|cluster|dev|docs|experiments|llm|rivals"
WRONG = re.compile(
    rf"pip3? install [^`\n]*(?<![\w./-])hvm(?![\w-])(?!\.)|(?<![\w-])hvm\[(?:{EXTRAS})"
)


def texts():
    for path in sorted(
        [*ROOT.glob("*"), *(f for each in FOLDERS for f in (ROOT / each).rglob("*"))]
    ):
        if path.is_file() and path.suffix in TEXTS and path != Path(__file__):
            yield path


@pytest.mark.parametrize(
    ("line", "is_wrong"),
    [
        ("pip install hvm", True),
        ("pip install 'hvm[llm]'", True),
        ("hvm[rivals]", True),
        ("pip install hvm-learn[llm]", False),
        ("pip install --constraint constraints.txt .", False),
    ],
)
def test_the_wrong_form_is_found(line, is_wrong):
    assert bool(WRONG.search(line)) is is_wrong


def test_nobody_is_told_to_install_another_package():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in texts()
        for line in path.read_text("utf-8", errors="ignore").splitlines()
        if WRONG.search(line)
    ]
    assert not found


def test_the_distribution_has_the_name_that_is_told():
    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert about["project"]["name"] == "hvm-learn"
