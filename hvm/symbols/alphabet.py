"""The alphabet: which symbols there are, their codes, and the bits that name them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice

UNITS = ("char", "word", "byte", "int")

N_CHARACTERS = 1_112_064
"""Unicode scalar values: what a character can be."""

INT64 = np.iinfo(np.int64)

TABLE_SPAN = 1 << 21
"""Integers closer together than this are looked up in a table, of 8 MB at most; others by
bisection."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def elias_delta_bits(number: int) -> int:
    """Length in bits of the Elias delta code of ``number >= 1``.

    Examples
    --------
    >>> [elias_delta_bits(n) for n in (1, 2, 3, 4, 16)]
    [1, 4, 4, 5, 9]
    """
    exponent = number.bit_length() - 1
    return exponent + 2 * ((exponent + 1).bit_length() - 1) + 1


_POWERS_OF_TWO = np.uint64(1) << np.arange(64, dtype=np.uint64)
_DELTA_BITS = np.array([0.0] + [elias_delta_bits(1 << exponent) for exponent in range(65)])
"""Elias delta bits of a number, by how many binary digits it has."""


@dataclass(frozen=True)
class Alphabet:
    """The symbols that a model knows; a symbol's code is its index.

    Attributes
    ----------
    unit : str
        ``"char"``, ``"word"``, ``"byte"`` or ``"int"``.
    symbols : tuple
        ``str`` for characters and words, ``int`` for bytes and integers, strictly ascending.

    Raises
    ------
    InputError
        The unit is unknown, or a symbol is of another unit, repeated or out of order.

    Examples
    --------
    >>> alphabet = Alphabet("char", ("a", "b", "c"))
    >>> alphabet.encode("cab!").tolist()
    [2, 0, 1, -1]
    """

    unit: str
    symbols: tuple[Any, ...]

    def __post_init__(self) -> None:
        require_choice("unit", self.unit, UNITS)
        is_symbol = _IS_SYMBOL[self.unit]
        for symbol in self.symbols:
            if not is_symbol(symbol):
                raise InputError(f"the alphabet holds {symbol!r:.60}, which is no {self.unit}")
        for before, after in zip(self.symbols, self.symbols[1:], strict=False):
            if before >= after:
                raise InputError(f"the alphabet holds {after!r:.60} twice or out of order")

    def __len__(self) -> int:
        return len(self.symbols)

    def encode(self, values: Iterable[Any]) -> NDArray[np.int32]:
        """Codes of symbols, int32, -1 where a symbol is unknown.

        Parameters
        ----------
        values : iterable
            Characters (a string is one such), words, bytes or integers.
        """
        if self.unit == "char":
            return self.encode_numbers(code_points("".join(values)))
        if self.unit == "word":
            return self.encode_words(list(values))
        return self.encode_numbers(np.array(_int_list(values), number_dtype(self.unit)))

    def code_space_bits(self, symbols: Sequence[Any]) -> NDArray[np.float64]:
        """Bits, float64[n], that symbols pay beside the escape where a model does not know them.

        A character is one of 1,112,064, a byte one of 256, an integer costs the Elias delta code
        of its zig-zag, and a word is spelled as characters and an end.
        """
        if self.unit == "int":
            sizes = np.abs(np.array(symbols, np.int64)).view(np.uint64)
            # The zig-zag of a number has one binary digit more than its size.
            return _DELTA_BITS[1 + np.searchsorted(_POWERS_OF_TWO, sizes, "right")]
        if self.unit == "word":
            lengths = np.array([len(symbol) for symbol in symbols], np.float64)
            return (lengths + 1) * math.log2(N_CHARACTERS + 1)
        return np.full(len(symbols), 8.0 if self.unit == "byte" else math.log2(N_CHARACTERS))

    def definition_bits(self) -> float:
        """Bits to write the alphabet down: its size, then each symbol by its code space."""
        size_bits = elias_delta_bits(len(self) + 1)
        return size_bits + math.fsum(self.code_space_bits(self.symbols))

    def text(self, codes: Iterable[int]) -> str:
        r"""Symbols as a person reads them; an unknown one (-1) is U+FFFD.

        Characters and bytes are joined, words and integers stand apart. A byte that is not
        printable ASCII is written ``\xNN``.
        """
        rendered = self.rendered
        known = (rendered[code] if code >= 0 else "\ufffd" for code in _int_list(codes))
        return self.separator.join(known)

    @property
    def separator(self) -> str:
        """What stands between two symbols in a text."""
        return " " if self.unit in ("word", "int") else ""

    def render(self, symbol: Any) -> str:
        """One symbol, known or not, as a person reads it."""
        if self.unit == "byte":
            return chr(symbol) if 32 <= symbol < 127 else f"\\x{symbol:02x}"
        return str(symbol)

    @cached_property
    def rendered(self) -> list[str]:
        """All symbols as a person reads them, by their codes."""
        return [self.render(symbol) for symbol in self.symbols]

    @cached_property
    def _index(self) -> dict[Any, int]:
        return {symbol: code for code, symbol in enumerate(self.symbols)}

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """int64[A]: code points, bytes or integers, ascending; not for words."""
        values = map(ord, self.symbols) if self.unit == "char" else self.symbols
        return np.array(list(values), np.int64)

    def encode_words(self, words: list[str]) -> NDArray[np.int32]:
        """Codes of words, int32, -1 where a word is unknown."""
        codes = map(self._index.get, words, repeat(-1))
        return np.fromiter(codes, np.int32, len(words))

    def encode_numbers(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """Codes of code points, bytes or integers, int32, -1 where one is unknown."""
        if self.unit == "int":
            return _encode_integers(values, self.numbers)
        return _encode_small(values, self.numbers)


def _encode_small(
    values: NDArray[np.uint8 | np.uint32], known: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Codes of characters or bytes (uint8 or uint32) by a table that starts at 0."""
    highest = int(known[-1]) if len(known) else 0
    # The last cell, never a symbol, is the place of everything beyond the alphabet.
    table = np.full(max(highest + 2, 257), -1, np.int32)
    table[known] = np.arange(len(known), dtype=np.int32)
    if values.dtype != np.uint8:
        values = np.minimum(values, np.uint32(len(table) - 1))
    return table[values]


def _encode_integers(values: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.int32]:
    """Codes of int64 values, by bisection unless the alphabet is dense."""
    if len(known) == 0:
        return np.full(len(values), -1, np.int32)
    below, above = int(known[0]) - 1, int(known[-1]) + 1
    if above - below < TABLE_SPAN and below >= INT64.min and above <= INT64.max:
        table = np.full(above - below + 1, -1, np.int32)
        table[known - below] = np.arange(len(known), dtype=np.int32)
        return table[np.clip(values, below, above) - below]
    codes = np.searchsorted(known, values).astype(np.int32)
    codes[known[np.minimum(codes, len(known) - 1)] != values] = -1
    return codes


def _is_character(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1 and not "\ud800" <= value <= "\udfff"


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and (value.isascii() or not _SURROGATE.search(value))


def _is_int(value: Any) -> bool:
    return type(value) is int and INT64.min <= value <= INT64.max


_IS_SYMBOL: dict[str, Callable[[Any], bool]] = {
    "char": _is_character,
    "word": _is_word,
    "byte": lambda value: _is_int(value) and 0 <= value < 256,
    "int": _is_int,
}


def _int_list(values: Iterable[int]) -> list[int]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def check_text(text: str) -> None:
    """Raise :class:`InputError` for half a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text holds half a surrogate pair, U+{ord(text[error.start]):04X} at index "
            f"{error.start}: not a character"
        ) from None


def code_points(text: str) -> NDArray[np.uint8 | np.uint32]:
    """Code points of a text: uint8 where it is ASCII, else uint32."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    try:
        return np.frombuffer(text.encode("utf-32-le"), "<u4")
    except UnicodeEncodeError:
        check_text(text)
        raise


def number_dtype(unit: str) -> type[np.int64 | np.uint8]:
    """Of raw values that are numbers; characters beyond ASCII are uint32."""
    return np.int64 if unit == "int" else np.uint8
