"""A range coder: choices, each with its part of a whole number, to bytes, and back.

The carry waits in a cache and a run of bytes that it could still change (Martin, Video & Data
Recording Conference 1979; the byte-wise form is that of LZMA). All numbers are int64 below 2**57.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel

_FULL, _LOW_PART, _NARROW = np.int64(1) << 56, np.int64(1) << 48, np.int64(1) << 48
_STEPS = 7  # bytes in a full range


class Writer(NamedTuple):
    """Bytes written, and the interval that is not."""

    data: NDArray[np.uint8]  # [...]
    state: NDArray[np.int64]  # [5]: LOW, RANGE, USED, CACHE, RUN


class Reader(NamedTuple):
    """Bytes to read; zeros follow them."""

    data: NDArray[np.uint8]  # [n]
    state: NDArray[np.int64]  # [3]: CODE, RANGE, USED


LOW, RANGE, USED, CACHE, RUN = 0, 1, 2, 3, 4
CODE = 0


def make_writer(n_bytes: int) -> Writer:
    """Return a writer that wrote nothing, with capacity for so many bytes.

    Examples
    --------
    Three choices: 1 of 2, 0 of 2, 2 of 4; 1 + 1 + 2 bits, one after the other.

    >>> writer = make_writer(16)
    >>> write(writer, 1, 1, 2)
    >>> write(writer, 0, 1, 2)
    >>> write(writer, 2, 1, 4)
    >>> f"{finish(writer)[0]:08b}"
    '10100000'
    """
    return Writer(np.empty(n_bytes, np.uint8), np.array([0, _FULL, 0, -1, 0]))


@kernel
def with_capacity(writer: Writer, n_bytes: Int) -> NDArray[np.uint8]:
    """Return the writer's data, with capacity for so many more bytes.

    Examples
    --------
    >>> len(with_capacity(make_writer(16), 3)), len(with_capacity(make_writer(2), 3))
    (16, 6)
    """
    used = writer.state[USED] + writer.state[RUN]
    if used + n_bytes <= len(writer.data):
        return writer.data
    data = np.empty(2 * (used + n_bytes), np.uint8)
    data[: len(writer.data)] = writer.data
    return data


def make_reader(data: NDArray[np.uint8]) -> Reader:
    """Return a reader before the first choice.

    Examples
    --------
    What `make_writer` shows, read again.

    >>> reader = make_reader(np.array([0b10100000], np.uint8))
    >>> int(target(reader, 2))
    1
    >>> take(reader, 1, 1, 2)
    >>> int(target(reader, 2))
    0
    >>> take(reader, 0, 1, 2)
    >>> int(target(reader, 4))
    2
    """
    reader = Reader(data, np.array([0, _FULL, 0]))
    for _ in range(_STEPS):
        _read_byte(reader)
    return reader


# -- one choice ----------------------------------------------------------------------------


@inner
def _write_byte(writer: Writer) -> None:
    """Move the upper byte of the interval out; the first of all is always zero and left out."""
    data, state = writer.data, writer.state
    if state[LOW] < _FULL - _LOW_PART or state[LOW] >= _FULL:
        carry = state[LOW] >> 56
        if state[CACHE] >= 0:
            data[state[USED]] = state[CACHE] + carry
            state[USED] += 1
        for _ in range(state[RUN]):
            data[state[USED]] = (255 + carry) & 255
            state[USED] += 1
        state[RUN] = 0
        state[CACHE] = (state[LOW] >> 48) & 255
    else:
        state[RUN] += 1
    state[LOW] = (state[LOW] & (_LOW_PART - 1)) << 8


@inner
def write(writer: Writer, below: Int, frequency: Int, total: Int) -> None:
    """Write a choice.

    Parameters
    ----------
    writer : Writer
        Changed.
    below : int
        Frequencies of the choices before this one, added up.
    frequency : int
        Its part of ``total``, 1 or more.
    total : int
        Frequencies of all choices, below 2**48.
    """
    state = writer.state
    unit = state[RANGE] // total
    state[LOW] += unit * below
    state[RANGE] = unit * frequency
    while state[RANGE] < _NARROW:
        _write_byte(writer)
        state[RANGE] <<= 8


@kernel
def finish(writer: Writer) -> NDArray[np.uint8]:
    """Write what the interval still needs; return all bytes, less zeros at the end.

    Examples
    --------
    Three choices of one, which cost nothing.

    >>> writer = make_writer(16)
    >>> for _ in range(3):
    ...     write(writer, 0, 1, 1)
    >>> len(finish(writer))
    0
    """
    state = writer.state
    for bits in range(48, 0, -8):
        rounded = ((state[LOW] + (np.int64(1) << bits) - 1) >> bits) << bits
        if rounded < state[LOW] + state[RANGE]:
            state[LOW] = rounded
            break
    for _ in range(_STEPS + 1):
        _write_byte(writer)
    used = state[USED]
    while used > 0 and writer.data[used - 1] == 0:
        used -= 1
    return writer.data[:used].copy()


@inner
def _read_byte(reader: Reader) -> None:
    state = reader.state
    byte = reader.data[state[USED]] if state[USED] < len(reader.data) else np.uint8(0)
    state[CODE] = (state[CODE] << 8) | np.int64(byte)
    state[USED] += 1


@inner
def target(reader: Reader, total: Int) -> Int:
    """A number below ``total``, within the frequency of the choice that comes."""
    wanted: Int = min(reader.state[CODE] // (reader.state[RANGE] // total), total - 1)
    return wanted


@inner
def take(reader: Reader, below: Int, frequency: Int, total: Int) -> None:
    """Go past the choice that `target` pointed to.

    Parameters
    ----------
    reader : Reader
        Changed.
    below, frequency, total : int
        As they were written.
    """
    state = reader.state
    unit = state[RANGE] // total
    state[CODE] -= unit * below
    state[RANGE] = unit * frequency
    while state[RANGE] < _NARROW:
        _read_byte(reader)
        state[RANGE] <<= 8


@inner
def past_end(reader: Reader) -> bool:
    """Whether more was read than any choice that was written needs."""
    return bool(reader.state[USED] > len(reader.data) + 2 * _STEPS)
