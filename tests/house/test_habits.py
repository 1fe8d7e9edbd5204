"""Files that tools read say the same thing, and name what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.skipif(not (ROOT / ".pre-commit-config.yaml").exists(), reason="only in a checkout")
def test_ruff_has_one_version():
    pinned = re.search(r"^ruff==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.M)
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    hooked = re.search(r"ruff-pre-commit\s+rev: v(\S+)", hooks)
    assert pinned and hooked and pinned[1] == hooked[1]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_target_that_is_named_is_there(name):
    targets = re.findall(r"(?:^ +|`)make ([a-z-]+)", (ROOT / name).read_text("utf-8"), re.M)
    assert targets
    assert [target for target in targets if f"\n{target}:" not in MAKEFILE] == []


def test_every_decision_is_listed_short_and_says_where_it_holds():
    pages = {path.name: path for path in (ROOT / "docs" / "decisions").glob("*.md")}
    listed = re.findall(r"\]\(([\w-]+\.md)\)", pages.pop("README.md").read_text("utf-8"))
    assert sorted(listed) == sorted(pages)
    for path in pages.values():
        text = path.read_text("utf-8")
        assert len(text.splitlines()) < 30
        assert all(f"**{word}" in text for word in ("Decided.", "Why.", "What follows.", "Where."))
        places = re.findall(r"`((?:hvm|experiments|tests)/[\w/.]*)`", text)
        assert [place for place in places if not (ROOT / place).exists()] == [], path.name


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.stem)
def test_every_link_between_pages_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
    pages = [link for link in links if not link.endswith(".png")]  # an sdist has no figures
    assert [page for page in pages if not (path.parent / page).exists()] == []
