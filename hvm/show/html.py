"""Pieces of a page of HTML: tables, caveats, figures, lists of names."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from hvm.data.files import read_bytes

PNG_WIDTH = slice(16, 20)
"""Where a PNG file says how wide it is, pixels, most significant byte first."""

_HEADING = re.compile(r"<h2>(.*?)</h2>")

PIXELS_PER_DOT = 3, 2
"""Figures are drawn with 150 dots an inch, and shown with 100."""


class _Section(NamedTuple):
    """What stands under one heading."""

    anchor: str
    title: str
    body: str


def page(title: str, body: Iterable[str]) -> bytes:
    """A whole page of lines of HTML: what stands before the first ``<h2>``, contents, sections.

    Parameters
    ----------
    title : str
    body : iterable of str
        Lines; a heading ``<h2>`` is a line by itself.

    Returns
    -------
    bytes
        UTF-8. Nothing is fetched.
    """
    from jinja2 import Environment

    opening, *rest = _HEADING.split("\n".join(body))
    pairs = enumerate(zip(rest[::2], rest[1::2], strict=True), 1)
    sections = [_Section(f"section-{k}", heading, lines.strip()) for k, (heading, lines) in pairs]
    template = Environment(autoescape=True).from_string(asset("report.html"))
    text = template.render(
        title=title, style=asset("report.css"), opening=opening.strip(), sections=sections
    )
    return (text + "\n").encode("utf-8", "backslashreplace")


def asset(name: str) -> str:
    """A file that pages are made of."""
    return (files("hvm.show") / "assets" / name).read_text(encoding="utf-8")


def verdict_paragraph(text: str) -> str:
    """What came out, in words."""
    lines = "<br>".join(escape(line) for line in text.strip().splitlines())
    return f'<p class="verdict">{lines}</p>'


def settings_text(values: Mapping[str, Any]) -> str:
    """Names and values of settings."""
    return escape(", ".join(f"{name} {_value_text(value)}" for name, value in values.items()))


def _value_text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)


def listed(names: Iterable[str]) -> str:
    """Names with commas between them."""
    return ", ".join(escape(name) for name in names)


def caveat(html: str) -> str:
    """A paragraph that limits what may be concluded."""
    return f'<p class="caveat">{html}</p>'


def table(
    head: Sequence[str],
    cells: Sequence[Sequence[str]],
    is_html: bool = False,
    is_text: bool = False,
) -> Iterator[str]:
    """A table that a narrow page scrolls.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    cells : sequence of sequence of str
        Rows of HTML.
    is_html : bool
        Whether the first column is HTML too, not text.
    is_text : bool
        Whether the other columns hold sentences, whose lines may break.

    Yields
    ------
    str
        Lines of HTML.
    """
    yield '<div class="wide"><table>'
    yield "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"
    for name, *row in cells:
        name = name if is_html else escape(name)
        kind = ' class="text"' if is_text else ""
        yield f"<tr><td>{name}</td>" + "".join(f"<td{kind}>{cell}</td>" for cell in row) + "</tr>"
    yield "</table></div>"


def figure(path: Path, text: str) -> Iterator[str]:
    """A figure, if it is there, in a size at which it can be read, or as wide as the page."""
    if not path.is_file():
        return
    data = read_bytes(path)
    dots, shown = PIXELS_PER_DOT
    width = int.from_bytes(data[PNG_WIDTH], "big") * shown // dots
    encoded = base64.b64encode(data).decode()
    yield f'<p>{escape(text)}</p><div class="wide">'
    yield f'<img alt="{escape(text)}" width="{width}" src="data:image/png;base64,{encoded}"></div>'
