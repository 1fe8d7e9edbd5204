"""What several experiments share: settings, data, PPMd's bits, and results on disk."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

import hvm
from hvm.data.files import write_atomic
from hvm.data.registry import offline_folder
from hvm.errors import DataError
from hvm.rivals.ppmd import ppmd_file
from hvm.rivals.rival import file_bits

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Row = dict[str, Any]
Config = dict[str, Any]

# -- settings and data --------------------------------------------------------------------


def read_config(folder: Path) -> Config:
    return tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))


def toml_text(config: Config) -> str:
    """Write settings as TOML: tables of numbers, strings and lists of these, two levels at most."""
    values = {key: value for key, value in config.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in config.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def data_folder() -> Path:
    try:
        folder = offline_folder()
    except DataError as error:
        sys.exit(str(error))
    if folder is None:
        sys.exit("HVM_DATA names no folder of data: see experiments/README.md")
    return folder


# -- rivals -------------------------------------------------------------------------------


def ppmd_bits(data: bytes, orders: Iterable[int], before: bytes = b"") -> float:
    """Bits of PPMd by the best of some orders, as if it were known beforehand which that is."""
    return min(file_bits(partial(ppmd_file, order=order), data, before) for order in orders)


# -- intervals ----------------------------------------------------------------------------


def bootstrap_interval(
    values: ArrayLike, n_resamples: int, seed: int = 0, share: float = 0.95
) -> tuple[float, float]:
    """Bounds that hold a share of the means of resampled values."""
    numbers = np.asarray(values, float)
    resampled = np.random.default_rng(seed).choice(numbers, (n_resamples, len(numbers)))
    low, high = np.quantile(resampled.mean(axis=1), [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


# -- results ------------------------------------------------------------------------------


def write_csv(path: Path, table: pd.DataFrame, float_format: str = "%.8g") -> None:
    write_atomic(path, table.to_csv(index=False, float_format=float_format).encode())


def write_provenance(results: Path, config: Config) -> None:
    """Write down the settings in force and the version that ran."""
    write_atomic(results / "config.toml", toml_text(config).encode())
    write_atomic(results / "version.txt", f"hvm {hvm.__version__}\n".encode())


def read_version(results: Path) -> str:
    """Return what :func:`write_provenance` wrote of the version."""
    return (results / "version.txt").read_text(encoding="utf-8").strip()


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
