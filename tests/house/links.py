"""Whether every link within a built site leads somewhere: ``python tests/house/links.py FOLDER``.

What was to be made into something and stands there as it was written is a fault as well.
Nothing is fetched: pages must not fetch anything either, so that a script, style, picture or frame
from elsewhere is a fault too; a link that a reader may follow is none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
}
ONLY_NAMED = {"canonical", "author", "search"}  # of <link>: nothing is fetched


RAW = re.compile(r"^\s*\.\. [a-z-]+::|^<(Figure size|Axes:)|^\S+ at 0x[0-9a-f]{6,}>")
"""A directive that was not carried out, a figure that is not shown, an address."""


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.raw: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in FETCHED and given.get("rel") not in ONLY_NAMED and FETCHED[tag] in given:
            self.fetched.append(given[FETCHED[tag]])

    def handle_data(self, data: str) -> None:
        self.raw += [line for line in data.splitlines() if RAW.search(line)]


def faults(folder: Path) -> Iterator[str]:
    """A line a fault."""
    paths = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]
    pages = {path: _Page(path.read_text("utf-8")) for path in paths}
    for path, page in pages.items():
        name = path.relative_to(folder)
        for line in page.raw:
            yield f"{name}: shows {line.strip()!r:.80}"
        for target in page.fetched:
            if urlsplit(target).scheme in ("http", "https") or target.startswith("//"):
                yield f"{name}: fetches {target}"
        for target in {*page.links, *page.fetched}:
            parts = urlsplit(target)
            if parts.scheme or target.startswith("//"):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            if not there.exists():
                yield f"{name}: {target} is not there"
            elif parts.fragment and there in pages:
                if unquote(parts.fragment) not in pages[there].anchors:
                    yield f"{name}: {target} has no such place"


def main(arguments: list[str]) -> int:
    """Check a folder."""
    (folder,) = map(Path, arguments)
    found = list(faults(folder.resolve()))
    print("\n".join(found) or f"{folder}: every link leads somewhere, and nothing is fetched")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
