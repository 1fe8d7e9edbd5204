"""Chances and stretches: ``stretch(p) = ln(p / (1 - p))`` and its inverse, squash, as tables.

All is integers, so that a decoder learns the same numbers on every machine. The units are
``ONE = 1 << 16`` for a chance, and ``1 << 8`` for one of stretch.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

ONE = 1 << 16
WIDEST, WIDE = 3071, 2047  # of stretch: of the last answer, and of what goes into a row


def _squash_table() -> NDArray[np.int32]:
    """Return the chance of each stretch from -WIDEST to WIDEST, from exact integers."""
    unit = 1 << 64
    growth = sum(unit // (256**k * factorial(k)) for k in range(12))  # e ** (1 / 256)
    odds, upper = unit, []
    for _ in range(WIDEST + 1):
        upper.append(min(ONE * odds // (odds + unit), ONE - 1))
        odds = odds * growth // unit
    return np.array([ONE - chance for chance in upper[:0:-1]] + upper, np.int32)


SQUASH = _squash_table()
# Of chances in steps of 16: the inverse, met in the middle of a step.
STRETCH = np.searchsorted(SQUASH, np.arange(8, ONE, 16)) - WIDEST
STRETCH = STRETCH.clip(-WIDE, WIDE).astype(np.int32)
