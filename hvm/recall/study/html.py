"""Pieces of a page of HTML: tables, caveats, figures, lists of names."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from hvm.data.files import read_bytes

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 76rem; margin: 0 auto;
  padding: 0 1rem 3rem; }
p { max-width: 46rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
.wide img { display: block; max-width: none; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; vertical-align: top;
  border-bottom: 1px solid #ddd; white-space: nowrap; }
th:first-child, td:first-child { position: sticky; left: 0; background: #fff; }
@media (max-width: 40rem) { th:first-child, td:first-child { white-space: normal; width: 6.5rem;
  min-width: 6.5rem; overflow-wrap: anywhere; } }
td small { color: #555; font-size: 1em; }
td.text { white-space: normal; min-width: 18rem; }
.caveat { border-left: 3px solid #d0802b; padding: .1rem 0 .1rem .8rem; margin: .5rem 0; }
"""

PNG_WIDTH = slice(16, 20)
"""Where a PNG file says how wide it is, pixels, most significant byte first."""

PIXELS_PER_DOT = 3, 2
"""Figures are drawn with 150 dots an inch, and shown with 100."""


def page(title: str, body: Iterable[str]) -> bytes:
    """A whole page of lines of HTML."""
    lines = "\n".join(body)
    text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
        f"</head>\n<body>\n{lines}\n</body>\n</html>\n"
    )
    return text.encode("utf-8", "backslashreplace")


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
    """A figure, if it is there, in a size at which it can be read; a narrow page scrolls it."""
    if not path.is_file():
        return
    data = read_bytes(path)
    dots, shown = PIXELS_PER_DOT
    width = int.from_bytes(data[PNG_WIDTH], "big") * shown // dots
    encoded = base64.b64encode(data).decode()
    yield f'<p>{escape(text)}</p><div class="wide">'
    yield f'<img alt="{escape(text)}" width="{width}" src="data:image/png;base64,{encoded}"></div>'
