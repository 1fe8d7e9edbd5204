"""The main job on texts that need no download: ``hvm demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hvm.cli.options import output_option
from hvm.cli.printing import console


def demo(
    output: Annotated[Path, output_option("DIR", "Folder for models, tables and pictures.")] = Path(
        "hvm-demo"
    ),
) -> None:
    """Learn from a generated world and from English text that Python carries; no download."""
    from hvm.cli.demonstration import run_demo

    run_demo(output, console())
