"""The best compressor around chunks and variables: their predictions mixed with those of bytes.

What is mixed stands in :mod:`hvm.kernels.code.mixer`. Chunks, and variables of units, are learned
in stages (:mod:`hvm.code.stages`); what followed them is then learned anew. Bytes, not characters,
so that nothing need be said before the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hvm.code.priming import Priming
from hvm.code.stages import (
    FIRST_STAGE,
    blocks,
    learn_lexicon,
    learn_unit_variables,
    stage_end,
)
from hvm.code.symbols import empty_writer, read_length, reader_of, varint
from hvm.code.units import MIXED, PRIMED
from hvm.kernels.code import mixed as kernels
from hvm.kernels.code.coder import finish
from hvm.kernels.code.mixer import Mixer, make_mixer
from hvm.lexicon.lexicon import N_BYTES, Lexicon
from hvm.predict.context import cursor_of

BYTES_PER_CODE_BYTE = 1500  # at most: a bit takes 1 / 1420 of one at least


def mixed_bits(data: bytes, before: bytes = b"", chunks: bool = True) -> NDArray[np.float64]:
    """Bits of each byte given those before it.

    Parameters
    ----------
    data : bytes
        What is scored.
    before : bytes
        What is learned first, chunks included.
    chunks : bool
        Without, contexts are of bytes and units alone: what `mixed` is without HVM.

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> mixed_bits(b"abababab").round(1).tolist()
    [8.0, 6.4, 6.2, 4.4, 2.0, 0.8, 0.4, 0.2]
    """
    codes = np.frombuffer(before + data, np.uint8).copy()  # read-only arrays would compile again
    bits = np.empty(len(codes))
    for mixer, first, last in mixers(codes, len(before), chunks):
        kernels.mixed_bits(mixer, codes, first, last, bits)
    return bits[len(before) :]


def mixers(
    codes: NDArray[np.uint8], n_before: int = 0, chunks: bool = True
) -> Iterator[tuple[Mixer, int, int]]:
    """Mixers and the bytes they are for; one stands there for the blocks of a stage.

    Parameters
    ----------
    codes : uint8[n]
        They need to be known up to the next stage only.
    n_before : int
        A stage ends where the first so many bytes do, and none within them.
    chunks : bool
        Whether chunks and variables are learned.

    Yields
    ------
    mixer : Mixer
        It learned all bytes before.
    first, last : int
        From where, and to before where.
    """
    mixer, first = untrained_mixer(len(codes)), 0
    while first < len(codes):
        last = n_before if first < n_before else stage_end(first)
        if chunks and first >= FIRST_STAGE:
            lexicon = learn_lexicon(codes[:first], N_BYTES)
            variables = learn_unit_variables(codes[:first])
            mixer = mixer._replace(cursor=cursor_of(lexicon, False), variables=variables)
            kernels.learn_again(mixer, codes)
        for block in blocks(first, min(len(codes), last)):
            yield mixer, *block
        first = last


def untrained_mixer(n_bytes: int) -> Mixer:
    """Return a mixer for so many bytes that knows none of them, and no chunk."""
    no_variables = learn_unit_variables(np.zeros(0, np.uint8))
    return make_mixer(n_bytes, cursor_of(Lexicon.of_atoms(N_BYTES), False), no_variables)


def _primed_mixer(codes: NDArray[np.uint8], priming: Priming) -> Mixer:
    """Return a mixer that knows a lexicon and has learned the first bytes, for all the others."""
    n_before = len(priming.text)
    variables = learn_unit_variables(codes[:n_before])
    mixer = make_mixer(len(codes), cursor_of(priming.lexicon, False), variables)
    kernels.learn_again(mixer, codes)
    kernels.mixed_bits(mixer, codes, 0, n_before, np.empty(n_before))
    return mixer


# -- files ----------------------------------------------------------------------------------------


def pack(data: bytes) -> tuple[int, bytes]:
    """Return the unit, and the body of a file."""
    codes, writer = np.frombuffer(data, np.uint8).copy(), empty_writer()
    for mixer, first, last in mixers(codes):
        written = kernels.mixed_encode(mixer, writer, codes, first, last)
        writer = writer._replace(data=written)
    return MIXED, varint(len(codes)) + finish(writer).tobytes()


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
    ValueError
        The body is no such thing.
    TooManyBytes
        It says that it holds too many.
    """
    n_bytes, code = read_length(body, BYTES_PER_CODE_BYTE, most_bytes)
    codes, reader = np.zeros(n_bytes, np.uint8), reader_of(code)
    for mixer, first, last in mixers(codes):
        if not kernels.mixed_decode(mixer, reader, codes, first, last):
            raise ValueError("cut short")
        yield codes[first:last].tobytes()


def pack_primed(data: bytes, priming: Priming) -> tuple[int, bytes]:
    """Return the unit, and the body of a file that needs a model, its name left out."""
    codes = np.frombuffer(priming.text + data, np.uint8).copy()
    mixer, writer = _primed_mixer(codes, priming), empty_writer()
    for first, last in blocks(len(priming.text), len(codes)):
        written = kernels.mixed_encode(mixer, writer, codes, first, last)
        writer = writer._replace(data=written)
    return MIXED | PRIMED, varint(len(data)) + finish(writer).tobytes()


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
    n_bytes, code = read_length(body, BYTES_PER_CODE_BYTE, most_bytes)
    codes = np.frombuffer(priming.text + bytes(n_bytes), np.uint8).copy()
    mixer, reader, n_before = _primed_mixer(codes, priming), reader_of(code), len(priming.text)
    for first, last in blocks(n_before, len(codes)):
        if not kernels.mixed_decode(mixer, reader, codes, first, last):
            raise ValueError("cut short")
        yield codes[first:last].tobytes()
