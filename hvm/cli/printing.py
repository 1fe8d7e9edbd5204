"""What commands print on stdout: one JSON object, or fields and tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


class Interrupted(Exception):
    """Raised by a command that Ctrl-C ended early, and that has something to show for it."""


def json_line(report: Mapping[str, Any]) -> str:
    """One JSON object on one line."""
    return json.dumps(report, allow_nan=False)


def print_json(report: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    print(json_line(report))


def print_json_list(name: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Print ``{name: [items]}`` piece by piece, so that a long parse is never held as text."""
    opening = before = f'{{"{name}": ['
    for item in items:
        print(before, json_line(item), sep="", end="")
        before = ", "
    print("]}" if before != opening else f"{opening}]}}")


def print_fields(report: Mapping[str, Any]) -> None:
    """Print one ``name  value`` a line, units as they are in the names."""
    width = max(map(len, report))
    for name, value in report.items():
        if isinstance(value, int):
            value = f"{value:,}"
        elif isinstance(value, float):
            value = f"{value:,.4f}"
        print(f"{name.replace('_', ' '):{width}}  {'-' if value is None else value}")


def print_report(report: Mapping[str, Any], as_json: bool) -> None:
    """Print a report as JSON, or as fields."""
    if as_json:
        print_json(report)
    else:
        print_fields(report)


def console() -> Console:
    """Where tables are printed: text as it is, no markup."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False, soft_wrap=False)
