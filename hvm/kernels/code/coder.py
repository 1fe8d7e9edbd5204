"""A range coder: symbols with integer frequencies to bytes, and back.

The carry waits in a cache and a run of bytes that it could still change (Martin, Video & Data
Recording Conference 1979; the byte-wise form is that of LZMA). All numbers are int64 below 2**57.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel
from hvm.kernels.predict.context import Model, approach, learn, look, predict

SCALE, LEAST = 1 << 24, 64  # frequencies are chances times the one, and the other for all
BYTES_PER_SYMBOL = 5  # at most
SYMBOLS_PER_BYTE = 1 << 21  # at most, of two or more: each leaves LEAST / SCALE to another
_FULL, _LOW_PART, _NARROW = np.int64(1) << 56, np.int64(1) << 48, np.int64(1) << 48
_STEPS = 7  # bytes in a full range


class Writer(NamedTuple):
    """Bytes written, and the interval that is not."""

    data: np.ndarray  # uint8[...]
    state: np.ndarray  # int64[5]: LOW, RANGE, USED, CACHE, RUN


class Reader(NamedTuple):
    """Bytes to read; zeros follow them."""

    data: np.ndarray  # uint8[n]
    state: np.ndarray  # int64[3]: CODE, RANGE, USED


LOW, RANGE, USED, CACHE, RUN = 0, 1, 2, 3, 4
CODE = 0


@kernel
def make_writer(n_bytes):
    """Nothing is written yet; room for so many bytes."""
    return Writer(np.empty(n_bytes, np.uint8), np.array([0, _FULL, 0, -1, 0]))


@kernel
def with_bytes(writer, n_bytes):
    """The writer, with room for so many more bytes."""
    used = writer.state[USED] + writer.state[RUN]
    if used + n_bytes <= len(writer.data):
        return writer
    data = np.empty(2 * (used + n_bytes), np.uint8)
    data[: len(writer.data)] = writer.data
    return Writer(data, writer.state)


@kernel
def make_reader(data):
    """At the first symbol."""
    reader = Reader(data, np.array([0, _FULL, 0]))
    for _ in range(_STEPS):
        _read_byte(reader)
    return reader


# -- one symbol ---------------------------------------------------------------------------


@inner
def _write_byte(writer):
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
def write(writer, below, frequency, total):
    """Write a symbol that has ``frequency`` of ``total``, after ``below``."""
    state = writer.state
    unit = state[RANGE] // total
    state[LOW] += unit * below
    state[RANGE] = unit * frequency
    while state[RANGE] < _NARROW:
        _write_byte(writer)
        state[RANGE] <<= 8


@kernel
def finish(writer):
    """Write what the interval still needs; returns all bytes, less zeros at the end."""
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
def _read_byte(reader):
    state = reader.state
    byte = reader.data[state[USED]] if state[USED] < len(reader.data) else np.uint8(0)
    state[CODE] = (state[CODE] << 8) | np.int64(byte)
    state[USED] += 1


@inner
def target(reader, total):
    """A number below ``total``, within the frequency of the symbol that comes."""
    return min(reader.state[CODE] // (reader.state[RANGE] // total), total - 1)


@inner
def take(reader, below, frequency, total):
    """Go past the symbol that `target` pointed to."""
    state = reader.state
    unit = state[RANGE] // total
    state[CODE] -= unit * below
    state[RANGE] = unit * frequency
    while state[RANGE] < _NARROW:
        _read_byte(reader)
        state[RANGE] <<= 8


@inner
def past_end(reader):
    """Whether more was read than any coded symbol needs."""
    return reader.state[USED] > len(reader.data) + 2 * _STEPS


# -- symbols of a context model -----------------------------------------------------------


@inner
def _frequency(chance):
    return LEAST + np.int64(chance * SCALE)


@inner
def _write_symbol(writer, chances, symbol):
    below, total = np.int64(0), np.int64(0)
    for other in range(len(chances)):
        if other == symbol:
            below = total
        total += _frequency(chances[other])
    write(writer, below, _frequency(chances[symbol]), total)


@inner
def _read_symbol(reader, chances):
    total = np.int64(0)
    for symbol in range(len(chances)):
        total += _frequency(chances[symbol])
    wanted, below, symbol = target(reader, total), np.int64(0), 0
    while below + _frequency(chances[symbol]) <= wanted:
        below += _frequency(chances[symbol])
        symbol += 1
    take(reader, below, _frequency(chances[symbol]), total)
    return symbol


_BLOCK = 256  # symbols between looks at the room that is left


@kernel
def encode(model: Model, writer, codes, first, last, own):
    """Write symbols ``first`` to ``last`` of one sequence; returns the writer; the model learns.

    own : float64[...], the chance of each symbol by the contexts of symbols is left here, as far
    as there is room
    """
    approach(model, codes, 0, first)
    for at in range(first, last):
        if (at - first) % _BLOCK == 0:
            writer = with_bytes(writer, BYTES_PER_SYMBOL * _BLOCK)
        look(model)
        predict(model, at)
        _write_symbol(writer, model.room.mixed, codes[at])
        learn(model, codes, 0, at, codes[at])
        if at < len(own):
            own[at] = model.room.own[0]
    return writer


@kernel
def decode(model: Model, reader, codes, first, last, own):
    """Read symbols ``first`` to ``last`` into ``codes``, as `encode` wrote them.

    Returns whether the bytes sufficed: no symbol needs what lies far past their end.
    """
    approach(model, codes, 0, first)
    for at in range(first, last):
        if (at - first) % _BLOCK == 0 and past_end(reader):
            return False
        look(model)
        predict(model, at)
        codes[at] = _read_symbol(reader, model.room.mixed)
        learn(model, codes, 0, at, codes[at])
        if at < len(own):
            own[at] = model.room.own[0]
    return not past_end(reader)
