"""Sequences of symbols: one code a symbol, and where each sequence starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.symbols.alphabet import Alphabet

SEQUENCE_MODES = ("file", "line")

Codes = NDArray[np.uint8 | np.uint16 | np.int32]
"""Codes of symbols, of whatever type holds them."""

LOOKED_UP = 1 << 18
"""Codes looked up at a time: numpy makes eight bytes of each."""


def code_dtype(n_symbols: int) -> type[np.uint8 | np.uint16 | np.int32]:
    """The smallest type that holds the codes of so many symbols."""
    if n_symbols <= 1 << 8:
        return np.uint8
    return np.uint16 if n_symbols <= 1 << 16 else np.int32


def looked_up(table: NDArray[Any], codes: Codes) -> NDArray[Any]:
    """``table[codes]``, some codes after the others."""
    values = np.empty(len(codes), table.dtype)
    for begin in range(0, len(codes), LOOKED_UP):
        values[begin : begin + LOOKED_UP] = table[codes[begin : begin + LOOKED_UP]]
    return values


@dataclass(frozen=True, eq=False)
class Symbols:
    """Sequences of symbols, one after another.

    Attributes
    ----------
    held : int32[n], uint8[n] or uint16[n]
        Code of each symbol; -1 where the alphabet does not hold it.
    codes : int32[n]
        The same; held in that type from the first time that they are asked for.
    starts : int64[s]
        First index of each sequence, ascending, ``starts[0] == 0``; equal to the next one's
        (or to n) where a sequence is empty. There is always at least one sequence.
    alphabet : Alphabet
        What the codes mean.
    mode : str
        ``"file"`` or ``"line"``: what was read as one sequence.
    unknown : tuple
        The raw symbols at the codes -1, in order.

    Examples
    --------
    >>> from hvm import as_symbols
    >>> symbols = as_symbols(["abba", "cab"])
    >>> symbols.codes, symbols.starts, symbols.alphabet.symbols
    (array([0, 1, 1, 0, 2, 0, 1], dtype=int32), array([0, 4]), ('a', 'b', 'c'))
    """

    held: Codes
    starts: NDArray[np.int64]
    alphabet: Alphabet
    mode: str = "file"
    unknown: tuple[Any, ...] = ()

    @property
    def codes(self) -> NDArray[np.int32]:
        """Code of each symbol, int32[n]."""
        codes = self.held.astype(np.int32, copy=False)
        self.__dict__["held"] = codes
        return codes

    def __len__(self) -> int:
        return len(self.held)

    @property
    def n_sequences(self) -> int:
        """Number of sequences, empty ones included."""
        return len(self.starts)

    def bounds(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of each sequence."""
        starts = self.starts.tolist()
        yield from zip(starts, [*starts[1:], len(self)], strict=True)

    def text(self, start: int = 0, end: int | None = None) -> str:
        """Symbols ``start .. end - 1`` as a person reads them, unknown ones as themselves."""
        alphabet, codes = self.alphabet, self.held[start:end].tolist()
        if not self.unknown or -1 not in codes:
            return alphabet.text(codes)
        first, _, _ = slice(start, end).indices(len(self))
        others = iter(self.unknown[np.searchsorted(self._unknown_at, first) :])
        rendered = alphabet.rendered
        return alphabet.separator.join(
            rendered[code] if code >= 0 else alphabet.render(next(others)) for code in codes
        )

    @cached_property
    def _unknown_at(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.held < 0)

    def recoded(self, alphabet: Alphabet) -> Symbols:
        """The same sequences in the codes of another alphabet of the same unit."""
        if alphabet.unit != self.alphabet.unit:
            raise InputError(f"the symbols are of unit {self.alphabet.unit}, not {alphabet.unit}")
        if alphabet == self.alphabet:
            return self
        table = np.append(alphabet.encode(self.alphabet.symbols), np.int32(-1))
        if not self.unknown and table[:-1].min(initial=0) >= 0:
            codes = looked_up(table.astype(code_dtype(len(alphabet))), self.held)
            return Symbols(codes, self.starts, alphabet, self.mode)
        codes = looked_up(table, self.held)
        # A symbol that this alphabet does not hold may be known to the other one.
        codes[self._unknown_at] = alphabet.encode(self.unknown)
        return Symbols(
            codes, self.starts, alphabet, self.mode, self._raw(np.flatnonzero(codes < 0))
        )

    def _raw(self, where: NDArray[np.intp]) -> tuple[Any, ...]:
        symbols, codes = self.alphabet.symbols, self.held[where].tolist()
        if not self.unknown and len(codes) > 1:
            return tuple(itemgetter(*codes)(symbols))
        ranks = np.searchsorted(self._unknown_at, where).tolist()
        return tuple(
            symbols[code] if code >= 0 else self.unknown[rank]
            for code, rank in zip(codes, ranks, strict=True)
        )


def require_symbols(symbols: Symbols) -> Symbols:
    """Return symbols that can be learned from: some, all in their alphabet; else raise."""
    if len(symbols) == 0:
        raise InputError("there is nothing to learn: the input holds no symbol")
    at = int(np.argmin(symbols.held))
    if symbols.held[at] < 0:
        raise InputError(
            f"symbols to learn from hold some outside their alphabet, first "
            f"{symbols.text(at, at + 1)!r:.60} at {at}: leave the alphabet open"
        )
    return symbols
