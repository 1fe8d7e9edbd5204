"""The code of rows: its constants, and the bits of a corpus by part (section 12 of the design)."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require, require_number, require_positive, require_whole

LONGEST = 32
"""Parts of a unit, at most: kernels name some of them by the bits of a number."""


@dataclass(frozen=True)
class RowSettings:
    """Constants of the code, and what is tried.

    Attributes
    ----------
    discount, strength : float
        d and t of a row's Pitman-Yor code.
    filler_prior : float
        b, added to every count of a filler.
    least : int
        How often two units stand together before they may be merged.
    longest : int
        Parts of a unit, at most.
    max_entries : int, optional
        Units of two or more parts, and variables of two or more symbols, at most.
    """

    discount: float = 0.6
    strength: float = 1.0
    filler_prior: float = 0.5
    least: int = 4
    longest: int = 12
    max_entries: int | None = None

    def __post_init__(self) -> None:
        """Check all values."""
        require_number("discount", self.discount, 0.01, 0.99)
        require_positive("strength", self.strength)
        require_positive("filler_prior", self.filler_prior)
        require_whole("least", self.least, 1)
        require_whole("longest", self.longest, 1, LONGEST)
        if self.max_entries is not None:
            require_whole("max_entries", self.max_entries, 0)


@dataclass(frozen=True)
class RowBits:
    """Bits of a corpus by part; counts and lengths, and the alphabet, are given.

    Attributes
    ----------
    rows : float
        Units behind the unit before.
    firsts : float
        Which unit it is where one comes for the first time in its row.
    fillers : float
        Symbols of variables that have several.
    lexicon : float
        The variable of each symbol, and the parts of units that have several.
    """

    rows: float
    firsts: float
    fillers: float
    lexicon: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.rows + self.firsts + self.fillers + self.lexicon

    @classmethod
    def of(cls, parts: Any) -> RowBits:
        """Return the bits that a file holds by name; they are checked."""
        names = {field.name for field in fields(cls)}
        is_whole = isinstance(parts, dict) and parts.keys() == names
        require(is_whole, "code_bits", "bits by part", parts)
        return cls(**{name: require_number(name, parts[name], 0.0) for name in names})


def filler_bits(uses: NDArray[np.int64], variables: NDArray[np.int32], prior: float) -> float:
    """Bits of the fillers of slots, by counts alone; a literal's are 0.

    Parameters
    ----------
    uses : int64[V]
        How often each symbol fills a slot.
    variables : int32[V]
        Variable of each symbol.
    prior : float
        b.

    Returns
    -------
    float

    Examples
    --------
    Two symbols share a variable: 1 bit, then the other after one, 2 bits.

    >>> fillers = filler_bits(np.array([1, 1]), np.array([0, 0]), 0.5)
    >>> round(fillers, 6)
    3.0
    """
    sizes = np.bincount(variables)
    totals = np.bincount(variables, uses).astype(np.int64)
    bits = 0.0
    for size, total in zip(sizes.tolist(), totals.tolist(), strict=True):
        if size > 1:
            bits += _rising_bits(prior * size, total)
    return bits - _rising_sum(prior, uses[sizes[variables] > 1])


def _rising_bits(base: float, n: int) -> float:
    """Lg G(base + n) / G(base)."""
    return (math.lgamma(base + n) - math.lgamma(base)) / math.log(2)


def _rising_sum(base: float, counts: NDArray[np.int64]) -> float:
    """The same of all counts, of which many are equal."""
    ns, times = np.unique(counts, return_counts=True)
    return float(times @ np.array([_rising_bits(base, n) for n in ns.tolist()]))
