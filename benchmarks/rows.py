"""A measured row, its place beside a stored one, and the table that is printed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

NOTABLE = 0.25
"""Change of a ratio that is marked: more than two runs of one version differ by."""


class Row(NamedTuple):
    """What was measured, and its ratio to what was measured beside it in the same run.

    Attributes
    ----------
    name : str
    value : float
        In ``unit``: s, or MB.
    unit : str
    reference : str
        What the value is divided by.
    ratio : float
    value_max, ratio_max : float or None
        What is to be reached, where something is.
    """

    name: str
    value: float
    unit: str
    reference: str
    ratio: float
    value_max: float | None = None
    ratio_max: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether neither the value nor the ratio is above what is to be reached."""
        return not (
            (self.value_max is not None and self.value > self.value_max)
            or (self.ratio_max is not None and self.ratio > self.ratio_max)
        )

    @property
    def goal(self) -> str:
        """What is to be reached, as text."""
        bounds = [] if self.value_max is None else [f"<= {self.value_max:.3g} {self.unit}"]
        bounds += [] if self.ratio_max is None else [f"ratio <= {self.ratio_max:g}"]
        return ", ".join(bounds)


def read_rows(path: Path) -> list[Row]:
    """Rows of a stored table; none where none is stored."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(name, float(value), unit, reference, float(ratio))
            for name, value, unit, reference, ratio in list(csv.reader(file))[1:]
        ]


def as_csv(rows: Iterable[Row]) -> bytes:
    """Rows as they are stored."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["name", "value", "unit", "reference", "ratio"])
    for row in rows:
        writer.writerow([row.name, f"{row.value:.4g}", row.unit, row.reference, f"{row.ratio:.4g}"])
    return buffer.getvalue().encode()


def table(rows: Iterable[Row], stored: Mapping[str, float]) -> str:
    """Lay rows out beside the stored ratios; ``!`` marks a notable change, or a goal missed."""
    cells = [("what", "value", "over", "ratio", "stored", "change", "goal")]
    for row in rows:
        before = stored.get(row.name)
        change = None if before is None else row.ratio / before - 1
        cells.append(
            (
                row.name,
                f"{row.value:.3g} {row.unit}",
                row.reference,
                f"{row.ratio:.3g}",
                "-" if before is None else f"{before:.3g}",
                "-" if change is None else f"{change:+.0%}{' !' * (abs(change) > NOTABLE)}",
                row.goal + ("" if row.is_reached else " !"),
            )
        )
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join(lines)
