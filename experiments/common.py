"""What several experiments share: settings, data, rivals' bits, and results on disk."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

import hvm
from hvm.data.files import write_atomic

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# -- settings and data --------------------------------------------------------------------


def read_config(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))


def toml_text(config: dict[str, Any]) -> str:
    """Write settings as TOML: tables of numbers, strings and lists of these, two levels at most."""
    own = {key: value for key, value in config.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in config.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in own.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def data_folder() -> Path:
    folder = os.environ.get("HVM_DATA")
    if not folder:
        sys.exit("HVM_DATA names no folder of data: see experiments/README.md")
    return Path(folder)


# -- rivals -------------------------------------------------------------------------------


def ppmd_bits(data: bytes, order: int, memory_mib: int) -> int:
    """Bits of what PPMd (variant I) compresses ``data`` to."""
    import pyppmd

    compressed = pyppmd.compress(data, max_order=order, mem_size=memory_mib << 20, variant="I")
    return 8 * len(compressed)


def ppmd_primed_bits(training: bytes, test: bytes, order: int, memory_mib: int) -> int:
    """Bits that ``test`` adds behind ``training``."""
    both = ppmd_bits(training + test, order, memory_mib)
    return both - ppmd_bits(training, order, memory_mib)


# -- results ------------------------------------------------------------------------------


def write_csv(path: Path, table: pd.DataFrame) -> None:
    write_atomic(path, table.to_csv(index=False, float_format="%.8g").encode())


def write_provenance(results: Path, config: dict[str, Any]) -> None:
    """Write down the settings in force and the version that ran."""
    write_atomic(results / "config.toml", toml_text(config).encode())
    write_atomic(results / "version.txt", f"hvm {hvm.__version__}\n".encode())


def markdown(table: pd.DataFrame) -> str:
    """Lay a table out in Markdown, numbers as ``_cell`` rounds them."""
    rows = [list(table.columns), ["---"] * table.shape[1]]
    rows += [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(_row(row) for row in rows)


def _row(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(str(cell).replace("|", r"\|") for cell in cells) + " |"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
