"""The main job on texts that need no download: ``hvm demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hvm.cli.printing import console


def demo(
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for models, tables and pictures.")
    ] = Path("hvm-demo"),
) -> None:
    """Learn from a generated world and from English text that Python carries; no download."""
    from hvm.cli.demonstration import run_demo

    run_demo(output, console())
