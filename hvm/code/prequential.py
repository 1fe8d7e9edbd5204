"""What chunks and variables explain alone: each symbol by the context predictor.

The decoder learns what the encoder learned, so no lexicon is sent. The first stage
(:mod:`hvm.code.stages`) has contexts of symbols alone; each further one has chunks and variables
learned from all symbols so far, and the contexts made of them anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hvm.code.priming import Priming
from hvm.code.stages import blocks, last_stage, learn_lexicon, stage_end
from hvm.code.symbols import (
    as_codes,
    blocks_of,
    empty_writer,
    pack_gaps,
    read_head,
    read_length,
    reader_of,
    repeated,
    varint,
)
from hvm.code.units import BYTE, PRIMED, STORED
from hvm.kernels.code.coder import finish
from hvm.kernels.code.symbols import SYMBOLS_PER_BYTE, decode, encode
from hvm.kernels.predict.context import Predictor, replay, replay_chunks, with_chunks
from hvm.lexicon.lexicon import N_BYTES, Lexicon
from hvm.predict.context import cursor_of, predictor_of

MOST_CONTEXTS = 24_000_000  # 670 MB at most, which some 10 MB of text fill
MOST_CHARACTERS = 1 << 14
"""In an alphabet: each step costs time for all of it. Texts of more are read as bytes; no language
writes so many, and a decoder takes either."""
MOST_OF_ONE = 1 << 28  # repetitions of a single symbol, which take no bits


def _predictors(
    codes: NDArray[np.int32], n_atoms: int
) -> Iterator[tuple[Predictor, int, int, NDArray[np.float64]]]:
    """Predictors, the symbols they are for, and an array for chances that the next one needs.

    One stands there for several blocks. ``codes`` need to be known up to the next symbols only.
    """
    if n_atoms < 2:
        return
    lexicon = Lexicon.of_atoms(n_atoms)
    predictor = predictor_of(lexicon, n_atoms, len(codes), "symbols", MOST_CONTEXTS)
    first, by_symbols = 0, np.empty(last_stage(len(codes)))
    while first < len(codes):
        if first > 0:
            cursor = cursor_of(learn_lexicon(codes[:first], n_atoms), False)
            predictor = with_chunks(predictor, cursor, len(codes), MOST_CONTEXTS)
            replay_chunks(predictor, codes, by_symbols, first)
        last = min(len(codes), stage_end(first))
        for block in blocks(first, last):
            yield predictor, *block, by_symbols
        first = last


def pack(data: bytes) -> tuple[int, bytes]:
    """Return the unit, and the body of a file."""
    unit, alphabet, codes = as_codes(data)
    if len(alphabet) > MOST_CHARACTERS:
        numbers = np.frombuffer(data, np.uint8)
        unit, alphabet = BYTE, np.unique(numbers).astype(np.int64)
        codes = np.searchsorted(alphabet, numbers).astype(np.int32)
    writer = empty_writer()
    for predictor, first, last, by_symbols in _predictors(codes, len(alphabet)):
        written = encode(predictor, writer, codes, first, last, by_symbols)
        writer = writer._replace(data=written)
    body = varint(len(codes)) + pack_gaps(alphabet) + finish(writer).tobytes()
    if len(codes) > _most_symbols(len(alphabet), len(body)):
        return STORED, data
    return unit, body


def unpack(body: bytes, unit: int, most_bytes: int) -> Iterator[bytes]:
    """Give back what :func:`pack` was given, block by block.

    Parameters
    ----------
    body : bytes
        Of a file.
    unit : int
        What the file says that it holds.
    most_bytes : int
        That the reader allows.

    Yields
    ------
    bytes

    Raises
    ------
    ValueError, IndexError
        The body is no such thing.
    TooManyBytes
        It says that it holds too many.
    """
    n_symbols, alphabet, code = read_head(body, unit, most_bytes)
    if n_symbols > _most_symbols(len(alphabet), len(body)) or (n_symbols > 0) != (
        len(alphabet) > 0
    ):
        raise ValueError("more symbols than the bytes can hold")
    if len(alphabet) == 1:
        yield from repeated(alphabet, n_symbols, unit)
        return
    codes = np.zeros(n_symbols, np.int32)
    reader = reader_of(code)
    for predictor, first, last, by_symbols in _predictors(codes, len(alphabet)):
        if not decode(predictor, reader, codes, first, last, by_symbols):
            raise ValueError("cut short")
        del predictor  # hundreds of megabytes, while the last one's symbols become bytes
    yield from blocks_of(alphabet, codes, unit)


def _most_symbols(n_atoms: int, n_bytes: int) -> int:
    """Symbols that so many bytes can hold: a damaged file must not ask for more."""
    return MOST_OF_ONE if n_atoms == 1 else SYMBOLS_PER_BYTE * (n_bytes + 1)


# -- with a model ---------------------------------------------------------------------------------


def _primed_predictor(codes: NDArray[np.int32], priming: Priming) -> Predictor:
    """Return a predictor that knows a lexicon and has learned the first bytes."""
    predictor = predictor_of(priming.lexicon, N_BYTES, len(codes), "chunks", MOST_CONTEXTS)
    replay(predictor, codes, len(priming.text))
    return predictor


def pack_primed(data: bytes, priming: Priming) -> tuple[int, bytes]:
    """Return the unit, and the body of a file that needs a model, its name left out."""
    codes = np.frombuffer(priming.text + data, np.uint8).astype(np.int32)
    predictor, writer = _primed_predictor(codes, priming), empty_writer()
    for first, last in blocks(len(priming.text), len(codes)):
        written = encode(predictor, writer, codes, first, last, np.empty(0))
        writer = writer._replace(data=written)
    return BYTE | PRIMED, varint(len(data)) + finish(writer).tobytes()


def unpack_primed(body: bytes, unit: int, most_bytes: int, priming: Priming) -> Iterator[bytes]:
    """Give back what :func:`pack_primed` was given, block by block.

    Parameters
    ----------
    body : bytes
        Of a file, the model's name left out.
    unit : int
        What the file says that it holds.
    most_bytes : int
        That the reader allows.
    priming : Priming
        The same.

    Yields
    ------
    bytes

    Raises
    ------
    ValueError
        The body is no such thing.
    TooManyBytes
        It says that it holds too many.
    """
    n_bytes, code = read_length(body, SYMBOLS_PER_BYTE, most_bytes)
    codes, n_before = np.zeros(len(priming.text) + n_bytes, np.int32), len(priming.text)
    codes[:n_before] = np.frombuffer(priming.text, np.uint8)
    predictor, reader = _primed_predictor(codes, priming), reader_of(code)
    for first, last in blocks(n_before, len(codes)):
        if not decode(predictor, reader, codes, first, last, np.empty(0)):
            raise ValueError("cut short")
        yield codes[first:last].astype(np.uint8).tobytes()
