"""A directive that prints the help of every command, as `hvm COMMAND --help` does."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

ENVIRONMENT = {"COLUMNS": "96", "TERM": "dumb", "NO_COLOR": "1"}


def help_of(*arguments: str) -> str:
    """Return what `hvm ARGUMENTS --help` prints."""
    import os

    command = [sys.executable, "-m", "hvm", *arguments, "--help"]
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **ENVIRONMENT}
    )
    return "\n".join(line.rstrip() for line in run.stdout.strip("\n").splitlines())


class Commands(Directive):
    """`.. commands::`: a section a command, in the order of `hvm --help`."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        from typer.main import get_command

        from hvm.cli.app import app

        links = nodes.paragraph()
        made: list[nodes.Node] = [links]
        for path in _paths(get_command(app), ()):
            name = " ".join(("hvm", *path))
            links += nodes.reference(text=name, refid=nodes.make_id(name), internal=True)
            links += nodes.Text(" · ")
            section = nodes.section(ids=[nodes.make_id(name)])
            section += nodes.title(text=name)
            section += nodes.literal_block(text=help_of(*path), language="text")
            made.append(section)
        del links[-1]
        return made


def _paths(command: Any, before: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every command that does something, by the words that call it."""
    below = getattr(command, "commands", None)
    if not below:
        return [before]
    return [path for name, each in below.items() for path in _paths(each, (*before, name))]


def setup(app: Any) -> dict[str, bool]:
    """Make the directive known."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
