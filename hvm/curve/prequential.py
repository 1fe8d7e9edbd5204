"""Bits of a training text with all that a predictor knows of it: fitted anew as the text grows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hvm.symbols.sequences import Symbols

FIRST_BLOCK = 64
"""Symbols that are sent as they are, before there is anything to learn from."""


class FittedPredictor(Protocol):
    """What says what each symbol costs, and learns nothing from being asked."""

    def surprisal(self, symbols: Any) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, float64[n]."""


def block_bits(fit: Callable[[Symbols], FittedPredictor], symbols: Symbols) -> float:
    """Bits of a prequential code: a predictor is fitted whenever twice as many symbols are known.

    Sender and receiver fit the same predictor to what was sent, so that nothing else is sent but
    the alphabet, which is not counted here.

    Parameters
    ----------
    fit : callable
        From the symbols sent so far, in the alphabet of all, to a predictor of what follows.
    symbols : Symbols
        All known.

    Returns
    -------
    float

    Examples
    --------
    >>> from hvm import as_symbols
    >>> block_bits(lambda known: known, as_symbols("ab" * 20))
    40.0
    """
    known = min(FIRST_BLOCK, len(symbols))
    bits = known * math.log2(len(symbols.alphabet))
    while known < len(symbols):
        end = min(2 * known, len(symbols))
        predictor = fit(part(symbols, 0, known))
        bits += float(predictor.surprisal(part(symbols, known, end)).sum())
        known = end
    return bits


def part(symbols: Symbols, begin: int, end: int) -> Symbols:
    """Known symbols ``begin`` to ``end - 1``; a sequence that is cut begins there.

    Parameters
    ----------
    symbols : Symbols
        All known.
    begin, end : int

    Returns
    -------
    Symbols
    """
    inside = symbols.starts[(symbols.starts > begin) & (symbols.starts < end)] - begin
    starts = np.append(np.int64(0), inside)
    return Symbols(symbols.codes[begin:end], starts, symbols.alphabet, symbols.mode)
