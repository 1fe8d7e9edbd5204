"""Bytes as symbols, and the head of a body: how many symbols there are, and which.

A number is written as LEB128 (seven bits a byte, the lowest first); an alphabet as the gaps between
its sorted numbers (Elias gamma).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.code.units import BYTE, CHAR
from hvm.kernels.code.coder import Reader, Writer, make_reader, make_writer
from hvm.lexicon.lexicon import N_BYTES

N_CODE_POINTS = 0x110000  # of Unicode
_MOST_VARINT_BYTES = 9  # of a number below 2**63
_FIRST_CAPACITY = 1024  # bytes of a writer, which grows
_MOST_GAP_BYTES = 6  # a gap below N_CODE_POINTS takes 41 bits at most
_SYMBOLS_AT_ONCE = 1 << 20  # become bytes together


class TooManyBytes(Exception):
    """A file that says that it holds more bytes than its reader allows."""


def empty_writer() -> Writer:
    """Return a writer of a code."""
    return make_writer(_FIRST_CAPACITY)


def reader_of(code: bytes) -> Reader:
    """Return a reader of a code, at its first byte."""
    return make_reader(np.frombuffer(code, np.uint8).copy())


# -- symbols --------------------------------------------------------------------------------------


def as_codes(data: bytes) -> tuple[int, NDArray[np.int64], NDArray[np.int32]]:
    """The unit, the alphabet's numbers, and the symbols' places in it.

    Examples
    --------
    >>> unit, alphabet, codes = as_codes("☃a☃".encode())
    >>> unit == CHAR, alphabet.tolist(), codes.tolist()
    (True, [97, 9731], [1, 0, 1])
    """
    unit, numbers = numbers_of(data)
    codes = np.zeros(N_CODE_POINTS, np.int32)
    codes[numbers] = 1
    alphabet = np.flatnonzero(codes)
    codes[alphabet] = np.arange(len(alphabet))
    return unit, alphabet, codes[numbers]


def numbers_of(data: bytes) -> tuple[int, NDArray[np.uint32] | NDArray[np.uint8]]:
    """The unit, and code points, or bytes where the data are no UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return BYTE, np.frombuffer(data, np.uint8)
    return CHAR, np.frombuffer(text.encode("utf-32-le"), np.uint32)


def as_bytes(numbers: NDArray[np.integer], unit: int) -> bytes:
    """The bytes whose code points, or numbers themselves, these are."""
    if unit == BYTE:
        return numbers.astype(np.uint8).tobytes()
    return numbers.astype("<u4").tobytes().decode("utf-32-le").encode("utf-8")


def blocks_of(alphabet: NDArray[np.int64], codes: NDArray[np.int32], unit: int) -> Iterator[bytes]:
    """The bytes of symbols, block by block.

    Parameters
    ----------
    alphabet : int64[A]
        Code points, or bytes.
    codes : int32[n]
        Places in it.
    unit : int
        Which of both.

    Yields
    ------
    bytes
    """
    numbers = alphabet.astype(np.uint32)
    for first in range(0, len(codes), _SYMBOLS_AT_ONCE):
        yield as_bytes(numbers[codes[first : first + _SYMBOLS_AT_ONCE]], unit)


def repeated(alphabet: NDArray[np.int64], n_symbols: int, unit: int) -> Iterator[bytes]:
    """The bytes of one symbol that stands so many times, which needs no code, block by block.

    Parameters
    ----------
    alphabet : int64[1]
        The symbol.
    n_symbols : int
        How often.
    unit : int
        Whether it is a code point or a byte.

    Yields
    ------
    bytes
    """
    one = as_bytes(alphabet, unit)
    for first in range(0, n_symbols, _SYMBOLS_AT_ONCE):
        yield one * min(_SYMBOLS_AT_ONCE, n_symbols - first)


# -- the head -------------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """A number as LEB128.

    Examples
    --------
    >>> varint(65), list(varint(300)), read_varint(varint(300) + b"rest")
    (b'A', [172, 2], (300, 2))
    """
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def read_varint(data: bytes) -> tuple[int, int]:
    """The number at the begin of data, and the bytes it took.

    Raises
    ------
    ValueError
        It does not end, or is too large.
    """
    number = 0
    for used, byte in enumerate(data[:_MOST_VARINT_BYTES]):
        number |= (byte & 127) << 7 * used
        if byte < 128:
            return number, used + 1
    raise ValueError("a number without end")


def read_size(body: bytes, most_bytes: int) -> tuple[int, int]:
    """How many symbols a body says that it holds, and the bytes that say so.

    Raises
    ------
    ValueError
        The body does not begin so.
    TooManyBytes
        They are more bytes than so many.
    """
    n_symbols, used = read_varint(body)
    if n_symbols > most_bytes:
        raise TooManyBytes
    return n_symbols, used


def read_length(body: bytes, most_per_byte: int, most_bytes: int) -> tuple[int, bytes]:
    """Number of bytes, and the code that holds them.

    Parameters
    ----------
    body : bytes
        The number, and the code.
    most_per_byte : int
        Bytes that one of the code can hold.
    most_bytes : int
        That the reader allows.

    Returns
    -------
    n_bytes : int
    code : bytes

    Raises
    ------
    ValueError
        It cannot hold them.
    TooManyBytes
        They are too many.
    """
    n_bytes, used = read_varint(body)
    if n_bytes > most_per_byte * (len(body) + 1):
        raise ValueError("more bytes than the code can hold")
    read_size(body, most_bytes)
    return n_bytes, body[used:]


def read_head(body: bytes, unit: int, most_bytes: int) -> tuple[int, NDArray[np.int64], bytes]:
    """Read what stands before the code.

    Parameters
    ----------
    body : bytes
        All of it.
    unit : int
        What a symbol is.
    most_bytes : int
        That the reader allows.

    Returns
    -------
    n_symbols : int
    alphabet : int64[A]
    code : bytes
        What follows.

    Raises
    ------
    ValueError
        The body does not begin so.
    TooManyBytes
        They are too many.
    """
    n_symbols, used = read_size(body, most_bytes)
    alphabet, used = unpack_gaps(body, used, N_BYTES if unit == BYTE else N_CODE_POINTS)
    return n_symbols, alphabet, body[used:]


def pack_gaps(alphabet: NDArray[np.int64]) -> bytes:
    """Ascending numbers as Elias gamma codes: how many and 1, then each gap.

    Examples
    --------
    >>> pack_gaps(np.array([0, 2])), unpack_gaps(b"?" + pack_gaps(np.array([0, 2])), 1, 256)
    (b't', (array([0, 2]), 2))
    """
    gaps = np.diff(alphabet, prepend=-1).tolist()
    bits = "".join(_gamma(number) for number in (len(gaps) + 1, *gaps))
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _gamma(number: int) -> str:
    digits = f"{number:b}"
    return "0" * (len(digits) - 1) + digits


class _Bits(NamedTuple):
    text: str
    at: int

    def gamma(self) -> tuple[int, _Bits]:
        one = self.text.index("1", self.at)
        end = 2 * one - self.at + 1
        if end > len(self.text):
            raise ValueError("cut short")
        return int(self.text[one:end], 2), _Bits(self.text, end)


def unpack_gaps(data: bytes, used: int, limit: int) -> tuple[NDArray[np.int64], int]:
    """Read what :func:`pack_gaps` wrote.

    Parameters
    ----------
    data : bytes
        More may follow.
    used : int
        Bytes before it.
    limit : int
        All numbers are below it.

    Returns
    -------
    numbers : int64[n]
    used : int
        Bytes before what follows.

    Raises
    ------
    ValueError
        The bytes hold no such numbers.
    """
    data = data[: used + _MOST_GAP_BYTES * N_CODE_POINTS]
    bits = _Bits(f"{int.from_bytes(data, 'big'):b}".zfill(8 * len(data)), 8 * used)
    size, bits = bits.gamma()
    numbers, last = [], -1
    if size - 1 > limit:
        raise ValueError("too many symbols")
    for _ in range(size - 1):
        gap, bits = bits.gamma()
        last += gap
        numbers.append(last)
    if last >= limit:
        raise ValueError("no such symbol")
    return np.array(numbers, np.int64), -(-bits.at // 8)
