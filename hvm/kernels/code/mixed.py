"""Bytes by a mixer: the contexts of each, its eight bits, and what is known when it is over.

For each byte: `open_byte`; eight times `predict_bit` and `learn_bit`; then `close_byte`.
"""

from __future__ import annotations

from math import log2

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.buckets import enter_buckets, learn_slots, scatter, signed, starts_group
from hvm.kernels.code.coder import Reader, Writer, past_end, take, target, with_capacity, write
from hvm.kernels.code.logistic import ONE
from hvm.kernels.code.mixer import (
    BIT,
    CLASS,
    EXPECTED,
    FILLED,
    FILLED_THREE,
    FILLED_TWO,
    KNOWN,
    LENGTH,
    LENGTHS,
    MATCH,
    N_CONTEXTS,
    N_ORDERS,
    N_PLAIN,
    ORDERS,
    PARTIAL,
    POSITION,
    RECENT,
    RUNNERS,
    TWO_BEFORE,
    UNIT,
    UNIT_BEFORE,
    Mixer,
)
from hvm.kernels.code.mixing import learn_bit, predict_bit
from hvm.kernels.code.units import COARSE, forget_units, read_byte
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.predict.cursor import BEFORE, BEFORE_THAT, NODE, advance, restart

BYTES_PER_BYTE = 12  # written for one at most
SHORTEST_MATCH, LONGEST_CHECK = 6, 80  # bytes; beyond the second all lengths are one class
MOST_RUN = 255  # of one byte in a context
FINE_LENGTHS, LENGTHS_PER_CLASS = 16, 4  # classes of matches: each length, then so many together
_BLOCK = 256  # bytes between looks at the capacity that is left

# -- a byte begins --------------------------------------------------------------------------------


@inner
def _set_plain_keys(mixer: Mixer) -> None:
    """Orders; bytes apart; the unit under way with none before it, one, another, both."""
    now, keys = mixer.now, mixer.keys
    recent, unit, last = now[RECENT], now[UNIT], now[RECENT] & 255
    for context in range(N_ORDERS):
        keys[context] = recent << (64 - 8 * ORDERS[context])
    keys[6] = scatter(unit) ^ last
    keys[7] = scatter(scatter(now[UNIT_BEFORE]) ^ unit) ^ last
    keys[8] = recent & 0xFF00
    keys[9] = scatter(scatter(now[TWO_BEFORE]) ^ unit) ^ last
    keys[10] = recent & 0xF0F0FF
    keys[11] = scatter(scatter(now[TWO_BEFORE]) ^ now[UNIT_BEFORE]) ^ unit


@inner
def _set_learned_keys(mixer: Mixer) -> None:
    """The chunk under way with one, two before it; the unit, with variables of one, two, three."""
    now, keys, state = mixer.now, mixer.keys, mixer.cursor.state
    keys[12] = scatter(state[NODE]) ^ state[BEFORE]
    keys[13] = scatter(keys[12]) ^ state[BEFORE_THAT]
    one, two, three = now[FILLED], now[FILLED_TWO], now[FILLED_THREE]
    keys[14] = scatter(one) ^ now[UNIT]
    keys[15] = scatter(scatter(two) ^ one) ^ now[UNIT]
    coarse = scatter(scatter(three & COARSE) ^ (two & COARSE)) ^ (one & COARSE)
    keys[16] = scatter(coarse) ^ now[UNIT]


@inner
def _length_class(length: Int) -> Int:
    long = max(length - FINE_LENGTHS, 0) // LENGTHS_PER_CLASS
    return min(length, FINE_LENGTHS + long, LENGTHS - 1)


@inner
def _find_match(mixer: Mixer, data: NDArray[np.uint8]) -> None:
    """Go on with the match, or look for where the last bytes stood before."""
    now, heads, position = mixer.now, mixer.heads, mixer.now[POSITION]
    if now[LENGTH] > 0:
        now[LENGTH] += 1
        now[MATCH] += 1
    if position >= SHORTEST_MATCH:
        hashed = scatter(now[RECENT] << (64 - 8 * SHORTEST_MATCH))
        head = (hashed >> 32) & (len(heads) - 1)
        if now[LENGTH] == 0:
            start, length = signed(heads[head]), 0
            while length < min(start, LONGEST_CHECK):
                if data[start - 1 - length] != data[position - 1 - length]:
                    break
                length += 1
            now[MATCH], now[LENGTH] = start, length
        heads[head] = position
    now[EXPECTED] = data[now[MATCH]] | 256 if now[LENGTH] > 0 else 0
    now[CLASS] = _length_class(now[LENGTH])


@inner
def _scatter_keys(keys: NDArray[np.int64], first: Int, last: Int) -> None:
    for context in range(first, last):
        keys[context] = scatter(scatter(keys[context]) ^ context)


@inner
def open_byte(mixer: Mixer, data: NDArray[np.uint8]) -> None:
    """Set the contexts of the byte at ``data[now[POSITION]]``, from what stands before it."""
    now = mixer.now
    now[BIT], now[PARTIAL] = 0, 1
    _set_plain_keys(mixer)
    if now[KNOWN] > N_PLAIN:
        _set_learned_keys(mixer)
    _scatter_keys(mixer.keys, 0, now[KNOWN])
    _find_match(mixer, data)


# -- a byte ends ----------------------------------------------------------------------------------


@inner
def close_byte(mixer: Mixer, data: NDArray[np.uint8]) -> None:
    """Go to the next byte; the present one is known."""
    now, slots, byte = mixer.now, mixer.slots, signed(data[mixer.now[POSITION]])
    for index in range(len(RUNNERS)):
        place = mixer.runs[RUNNERS[index]]
        slot = signed(slots[place])
        run = min((slot & 255) + 1, MOST_RUN) if slot >> 8 & 255 == byte else 1
        slots[place] = slot >> 16 << 16 | byte << 8 | run
    if now[EXPECTED] & 255 != byte:
        now[LENGTH] = 0
    read_byte(mixer, byte)
    if now[KNOWN] > N_PLAIN:
        advance(mixer.cursor, data, now[POSITION])
    now[POSITION] += 1


# -- passes ---------------------------------------------------------------------------------------


@kernel
def learn_again(mixer: Mixer, data: NDArray[np.uint8]) -> None:
    """Use the mixer's chunks and variables from here on, and learn what followed them so far.

    Examples
    --------
    >>> from hvm.code.mixed import untrained_mixer
    >>> mixer = untrained_mixer(3)
    >>> learn_again(mixer, np.array([97, 98, 97], np.uint8))
    >>> bool(mixer.now[KNOWN] == N_CONTEXTS)
    True
    """
    now, last = mixer.now, mixer.now[POSITION]
    now[KNOWN] = N_CONTEXTS
    restart(mixer.cursor, 0)
    forget_units(now)
    for position in range(last):
        now[PARTIAL] = 1
        _set_learned_keys(mixer)
        _scatter_keys(mixer.keys, N_PLAIN, N_CONTEXTS)
        for bit in range(8):
            now[BIT] = bit
            if starts_group(bit):
                enter_buckets(mixer, N_PLAIN)
            new_bit = signed(data[position]) >> (7 - bit) & 1
            learn_slots(mixer, new_bit, N_PLAIN)
            now[PARTIAL] = now[PARTIAL] << 1 | new_bit
        read_byte(mixer, signed(data[position]))
        advance(mixer.cursor, data, position)


@kernel
def mixed_bits(
    mixer: Mixer, data: NDArray[np.uint8], first: Int, last: Int, bits: NDArray[np.float64]
) -> None:
    """Predict and learn some bytes.

    Parameters
    ----------
    mixer : Mixer
        It learned the bytes before ``first``; changed.
    data : uint8[n]
        All of them.
    first, last : int
        From where, and to before where.
    bits : float64[n]
        Filled in from ``first`` on: what each byte costs.

    Examples
    --------
    >>> from hvm.code.mixed import untrained_mixer
    >>> data, bits = np.array([97, 98, 97], np.uint8), np.empty(3)
    >>> mixed_bits(untrained_mixer(3), data, 0, 3, bits)
    >>> bits.round(1).tolist()
    [8.0, 6.4, 6.2]
    """
    for position in range(first, last):
        open_byte(mixer, data)
        bits[position] = 0.0
        for place in range(7, -1, -1):
            bit, chance = signed(data[position]) >> place & 1, predict_bit(mixer)
            bits[position] -= log2((chance if bit else ONE - chance) / ONE)
            learn_bit(mixer, bit)
        close_byte(mixer, data)


@kernel
def mixed_encode(
    mixer: Mixer, writer: Writer, data: NDArray[np.uint8], first: Int, last: Int
) -> NDArray[np.uint8]:
    """Write some bytes.

    Parameters
    ----------
    mixer : Mixer
        It learned the bytes before ``first``; changed.
    writer : Writer
        Changed.
    data : uint8[n]
        All bytes.
    first, last : int
        From where, and to before where.

    Returns
    -------
    uint8[...]
        The writer's data, with more capacity if need be.

    Examples
    --------
    >>> from hvm.kernels.code.coder import finish, make_reader, make_writer
    >>> from hvm.code.mixed import untrained_mixer
    >>> data = np.array([97, 98, 97], np.uint8)
    >>> writer = make_writer(16)
    >>> written = mixed_encode(untrained_mixer(3), writer, data, 0, 3)
    >>> code = finish(writer._replace(data=written))
    >>> len(code)  # of 8.0 + 6.4 + 6.2 bits
    3

    >>> decoded = np.zeros(3, np.uint8)
    >>> mixed_decode(untrained_mixer(3), make_reader(code), decoded, 0, 3), decoded.tolist()
    (True, [97, 98, 97])
    """
    for position in range(first, last):
        if (position - first) % _BLOCK == 0:
            writer = Writer(with_capacity(writer, BYTES_PER_BYTE * _BLOCK), writer.state)
        open_byte(mixer, data)
        for place in range(7, -1, -1):
            bit, chance = signed(data[position]) >> place & 1, predict_bit(mixer)
            if bit:
                write(writer, 0, chance, ONE)
            else:
                write(writer, chance, ONE - chance, ONE)
            learn_bit(mixer, bit)
        close_byte(mixer, data)
    return writer.data


@kernel
def mixed_decode(
    mixer: Mixer, reader: Reader, data: NDArray[np.uint8], first: Int, last: Int
) -> bool:
    """Read what `mixed_encode` wrote; see there for an example.

    Parameters
    ----------
    mixer : Mixer
        As the encoder's was; changed.
    reader : Reader
        Changed.
    data : uint8[n]
        Filled in from ``first`` on; known before.
    first, last : int
        From where, and to before where.

    Returns
    -------
    bool
        Whether there was enough.
    """
    for position in range(first, last):
        if (position - first) % _BLOCK == 0 and past_end(reader):
            return False
        open_byte(mixer, data)
        for _ in range(8):
            chance = predict_bit(mixer)
            bit = signed(target(reader, ONE) < chance)
            if bit:
                take(reader, 0, chance, ONE)
            else:
                take(reader, chance, ONE - chance, ONE)
            learn_bit(mixer, bit)
        data[position] = mixer.now[PARTIAL] & 255
        close_byte(mixer, data)
    return not past_end(reader)
