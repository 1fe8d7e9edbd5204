"""Symbols to bytes and back, by the chances of a context predictor that learns on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.coder import Reader, Writer, past_end, take, target, with_capacity, write
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.predict.context import Predictor, approach, learn, look, predict

SCALE, LEAST = 1 << 24, 64  # frequencies are chances times the one, and the other for all
BYTES_PER_SYMBOL = 5  # at most
SYMBOLS_PER_BYTE = 1 << 21  # at most, of two or more: each leaves LEAST / SCALE to another
_BLOCK = 256  # symbols between looks at the capacity that is left


@inner
def _frequency(chance: float) -> Int:
    return LEAST + np.int64(chance * SCALE)


@inner
def _write_symbol(writer: Writer, chances: NDArray[np.float64], symbol: Int) -> None:
    below, total = np.int64(0), np.int64(0)
    for other in range(len(chances)):
        if other == symbol:
            below = total
        total += _frequency(chances[other])
    write(writer, below, _frequency(chances[symbol]), total)


@inner
def _read_symbol(reader: Reader, chances: NDArray[np.float64]) -> Int:
    total = np.int64(0)
    for symbol in range(len(chances)):
        total += _frequency(chances[symbol])
    wanted, below, symbol = target(reader, total), np.int64(0), 0
    while below + _frequency(chances[symbol]) <= wanted:
        below += _frequency(chances[symbol])
        symbol += 1
    take(reader, below, _frequency(chances[symbol]), total)
    return symbol


@kernel
def encode(
    predictor: Predictor,
    writer: Writer,
    codes: NDArray[np.int32],
    first: Int,
    last: Int,
    by_symbols: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Write some symbols of one sequence.

    Parameters
    ----------
    predictor : Predictor
        It learned the symbols before ``first``; changed.
    writer : Writer
        Changed.
    codes : int32[n]
        The sequence.
    first, last : int
        From where, and to before where.
    by_symbols : float64[...]
        The chance of each symbol by the contexts of symbols is left here, as far as it reaches.

    Returns
    -------
    uint8[...]
        The writer's data, with more capacity if need be.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.kernels.code.coder import finish, make_reader, make_writer
    >>> from hvm.predict.context import predictor_of
    >>> codes, by_symbols = np.array([0, 1, 0], np.int32), np.empty(0)
    >>> predictor = predictor_of(Lexicon.of_atoms(3), 3, 3, "symbols")
    >>> writer = make_writer(16)
    >>> written = encode(predictor, writer, codes, 0, 3, by_symbols)
    >>> data = finish(writer._replace(data=written))  # of 1.58 + 2.39 + 1.30 bits
    >>> len(data)
    1

    >>> decoded = np.zeros(3, np.int32)
    >>> predictor = predictor_of(Lexicon.of_atoms(3), 3, 3, "symbols")
    >>> decode(predictor, make_reader(data), decoded, 0, 3, by_symbols), decoded.tolist()
    (True, [0, 1, 0])
    """
    approach(predictor, codes, 0, first)
    for at in range(first, last):
        if (at - first) % _BLOCK == 0:
            writer = Writer(with_capacity(writer, BYTES_PER_SYMBOL * _BLOCK), writer.state)
        look(predictor)
        predict(predictor, at)
        _write_symbol(writer, predictor.scratch.chances, codes[at])
        learn(predictor, codes, 0, at, codes[at])
        if at < len(by_symbols):
            by_symbols[at] = predictor.scratch.by_chain[0]
    return writer.data


@kernel
def decode(
    predictor: Predictor,
    reader: Reader,
    codes: NDArray[np.int32],
    first: Int,
    last: Int,
    by_symbols: NDArray[np.float64],
) -> bool:
    """Read what `encode` wrote; see there for an example.

    Parameters
    ----------
    predictor : Predictor
        As the encoder's was; changed.
    reader : Reader
        Changed.
    codes : int32[n]
        Filled in from ``first`` on; known before.
    first, last : int
        From where, and to before where.
    by_symbols : float64[...]
        As in `encode`.

    Returns
    -------
    bool
        Whether the bytes sufficed: no symbol needs what lies far past their end.
    """
    approach(predictor, codes, 0, first)
    for at in range(first, last):
        if (at - first) % _BLOCK == 0 and past_end(reader):
            return False
        look(predictor)
        predict(predictor, at)
        codes[at] = _read_symbol(reader, predictor.scratch.chances)
        learn(predictor, codes, 0, at, codes[at])
        if at < len(by_symbols):
            by_symbols[at] = predictor.scratch.by_chain[0]
    return not past_end(reader)
