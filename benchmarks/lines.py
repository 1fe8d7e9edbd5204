"""A line of a table of what was asked for and what was measured."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One line: what was asked for stands behind each number, at most so much unless said."""

    name: str
    value: float
    asked: float | None
    unit: str
    at_least: bool = False

    @property
    def is_missed(self) -> bool:
        """Whether the number is on the wrong side of what was asked for."""
        if self.asked is None:
            return False
        return self.value < self.asked if self.at_least else not self.value <= self.asked

    def __str__(self) -> str:
        asked = "" if self.asked is None else f"{self.asked:g}"
        missed = "missed" if self.is_missed else ""
        return f"{self.name:58} {self.value:9.3f} {asked:>8} {self.unit:18} {missed}".rstrip()
