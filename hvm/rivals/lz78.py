"""Lempel-Ziv 1978, the baseline of the paper: bits that decode, and the published measures.

Sequences are parsed one after another as if they were one; where they start is not coded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.rivals.lz78 import lz78_parse
from hvm.rivals.rival import Cost, Rival, added_cost
from hvm.symbols.alphabet import elias_delta_bits
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols


@dataclass(frozen=True, eq=False)
class LZ78:
    """Phrases of one input, each the longest earlier phrase plus one symbol.

    The last phrase is *partial* where the input ends inside a known phrase: it repeats that one.

    Attributes
    ----------
    symbols : Symbols
        What was parsed.
    pointers : int64[W]
        The earlier phrase that each begins with, 1-based; 0 is the empty phrase.
    starts, lengths : int64[W]
        First symbol and size of each phrase.
    """

    symbols: Symbols
    pointers: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @property
    def n_phrases(self) -> int:
        """W, the partial last phrase included."""
        return len(self.pointers)

    @cached_property
    def is_partial(self) -> bool:
        """Whether the last phrase repeats an earlier one."""
        last = int(self.pointers[-1])
        return last > 0 and bool(self.lengths[-1] == self.lengths[last - 1])

    # -- honest bits ------------------------------------------------------------------------

    @property
    def header_bits(self) -> float:
        """Bits of the alphabet, and of the number of symbols as its Elias delta code."""
        n_symbols = len(self.symbols)
        return self.symbols.alphabet.definition_bits() + elias_delta_bits(n_symbols)

    @property
    def phrase_bits(self) -> float:
        """Bits of the phrases: phrase t costs log2 t for its pointer and log2 A for its symbol.

        t phrases, the empty one included, are known at phrase t. A partial phrase pays its
        pointer alone: a decoder knows the number of symbols, so it knows where to stop.
        """
        pointer_bits = math.lgamma(self.n_phrases + 1) / math.log(2)
        n_added = self.n_phrases - self.is_partial
        return pointer_bits + n_added * math.log2(len(self.symbols.alphabet))

    @property
    def bits(self) -> float:
        """Length of a code that decodes to the symbols: header and phrases."""
        return self.header_bits + self.phrase_bits

    @property
    def bits_per_symbol(self) -> float:
        """``bits`` over the number of symbols."""
        return self.bits / len(self.symbols)

    # -- published measures -----------------------------------------------------------------

    @property
    def explanatory_volume(self) -> float:
        """Symbols a phrase, n / W."""
        return len(self.symbols) / self.n_phrases

    @property
    def sequence_complexity_bits(self) -> float:
        """Sum over phrases p of -log2(f(p) / W), with f(p) the times p occurs; not decodable."""
        # Only a partial phrase repeats: it and its twin have f = 2, all others f = 1.
        return self.n_phrases * math.log2(self.n_phrases) - 2.0 * self.is_partial

    @property
    def storage_cost_bits(self) -> float:
        """The sum of ``sequence_complexity_bits``, over distinct phrases."""
        n_distinct = self.n_phrases - self.is_partial
        return n_distinct * math.log2(self.n_phrases) - 1.0 * self.is_partial

    @property
    def coding_efficiency(self) -> float:
        """W over the start of the last phrase; nan where that is the only phrase."""
        last_start = int(self.starts[-1])
        return self.n_phrases / last_start if last_start else math.nan


def lz78(data: Any, unit: str | None = None) -> LZ78:
    """Parse data by LZ78.

    Parameters
    ----------
    data : Symbols or what :func:`~hvm.symbols.convert.as_symbols` takes
        At least one symbol, each in the alphabet.
    unit : str, optional
        What a symbol is.

    Returns
    -------
    LZ78

    Raises
    ------
    InputError
        There is no symbol, or one outside the alphabet of ``data``.

    Examples
    --------
    >>> parsed = lz78("abababa")
    >>> encode(parsed)
    [(0, 0), (0, 1), (1, 1), (3, 0)]
    >>> parsed.n_phrases, parsed.is_partial
    (4, False)
    """
    symbols = require_symbols(as_symbols(data, unit))
    pointers, starts = lz78_parse(symbols.codes)
    return LZ78(symbols, pointers, starts[:-1], np.diff(starts))


def lz78_bits(data: Any, unit: str | None = None) -> float:
    """Bits of the LZ78 code of data, alphabet and length included; see :class:`LZ78`."""
    return lz78(data, unit).bits


def encode(parsed: LZ78) -> list[tuple[int, int]]:
    """Return the code as integers: (pointer, symbol code) a phrase; -1 for no symbol."""
    added = parsed.symbols.codes[parsed.starts + parsed.lengths - 1].tolist()
    if parsed.is_partial:
        added[-1] = -1
    return list(zip(parsed.pointers.tolist(), added, strict=True))


def decode(pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Symbol codes from the pairs of :func:`encode`.

    Examples
    --------
    >>> decode([(0, 7), (1, 8), (2, -1)])
    [7, 7, 8, 7, 8]
    """
    phrases: list[list[int]] = [[]]
    for pointer, symbol in pairs:
        phrases.append(phrases[pointer] + ([symbol] if symbol >= 0 else []))
    return [symbol for phrase in phrases for symbol in phrase]


def _byte_cost(data: bytes) -> Cost:
    # Without a symbol the alphabet's size, 0, says it all: one bit.
    length_bits = elias_delta_bits(len(data)) if data else 0.0
    return Cost((lz78_bits(data, "byte") if data else 1.0) - length_bits, length_bits)


RIVAL = Rival(
    "alphabet and phrases, in fractions of a bit; its frame is the length",
    partial(added_cost, _byte_cost),
)
