"""Compress any bytes with what HVM learns from them, and get them back.

Two methods: ``hvm``, what chunks explain alone, text by characters where it is UTF-8 and anything
else by bytes (:mod:`hvm.code.prequential`); and ``mixed``, always by bytes, the best there is
around them (:mod:`hvm.code.mixed`). The code is prequential: the decoder learns what the encoder
learned, so no lexicon is sent. Coding is exact on any machine; learning chunks takes logarithms, so
where these are rounded otherwise a file may not decode, and its check says so.

Or the code is in two parts: a lexicon and its counts, and the best parse (:mod:`hvm.code.twopart`),
so that a file can be read without learning.

A fitted model may say beforehand what chunks there are and what its units are
(:mod:`hvm.code.priming`); then all goes by bytes, nothing else is learned but what follows what,
and the same model decodes.

A ``.hvz`` file: the magic ``hvz``; a byte, version and unit; the model's name, if any; the number
of symbols (LEB128); the alphabet where the method is hvm, as the gaps between its sorted numbers
(Elias gamma); of two parts the lexicon, its length in bytes before it; the symbols (range coder);
two bytes of the CRC-32 of all before, so that most damage is seen at once; and the CRC-32 of the
data.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hvm.code import mixed, prequential, twopart
from hvm.code.priming import NAME_BYTES, Priming, priming_of
from hvm.code.symbols import TooManyBytes, read_varint
from hvm.code.units import BYTE, CHAR, MIXED, PRIMED, STORED, TWO_PART
from hvm.errors import HvmError, InputError, one_line_path, require_choice, require_whole
from hvm.learn.model import Model
from hvm.lexicon.lexicon import LexiconError

MAGIC = b"hvz"
VERSION = 1
METHODS, MODES = ("mixed", "hvm"), ("prequential", "two-part")
_HEAD_BYTES = len(MAGIC) + 1
_BODY_CHECK_BYTES, _DATA_CHECK_BYTES = 2, 4
_CHECK_BYTES = _BODY_CHECK_BYTES + _DATA_CHECK_BYTES
MAX_BYTES = 1 << 32
"""That a file unpacks to, unless its reader allows more."""


class CompressedFileError(HvmError):
    """A compressed file that cannot be decoded."""


class Format(NamedTuple):
    """One way to write a file's body.

    Attributes
    ----------
    units : tuple of int
        What the file may say that it holds.
    pack : callable
        From the data, and the priming if a model is needed, to the unit and the body; the unit is
        STORED, and the body the data, where nothing is won.
    unpack : callable
        From the body, the unit and the most bytes that are allowed, and the priming if a model is
        needed, to the data, block by block.
    """

    units: tuple[int, ...]
    pack: Callable[..., tuple[int, bytes]]
    unpack: Callable[..., Iterator[bytes]]


FORMATS = {
    ("mixed", "prequential", False): Format((MIXED,), mixed.pack, mixed.unpack),
    ("hvm", "prequential", False): Format((BYTE, CHAR), prequential.pack, prequential.unpack),
    ("hvm", "two-part", False): Format(
        (BYTE | TWO_PART, CHAR | TWO_PART), twopart.pack, twopart.unpack
    ),
    ("mixed", "prequential", True): Format(
        (MIXED | PRIMED,), mixed.pack_primed, mixed.unpack_primed
    ),
    ("hvm", "prequential", True): Format(
        (BYTE | PRIMED,), prequential.pack_primed, prequential.unpack_primed
    ),
}
"""By method, mode, and whether a fitted model is needed."""

_UNPACK = {unit: one.unpack for one in FORMATS.values() for unit in one.units}
_UNPACK[STORED] = lambda body, unit, most_bytes: iter([body])


def compress(
    data: bytes,
    method: str = "mixed",
    model: Model | None = None,
    mode: str = "prequential",
) -> bytes:
    """Compress bytes; :func:`decompress` gives them back.

    Parameters
    ----------
    data : bytes
        Anything.
    method : {"mixed", "hvm"}
        The smallest file, or what chunks and variables explain alone.
    model : Model, optional
        Fitted to characters or bytes, or loaded; needed again to decompress.
    mode : {"prequential", "two-part"}
        Of method ``hvm``: learn from what was coded, or send a lexicon and a parse.

    Returns
    -------
    bytes
        What a ``.hvz`` file holds.

    Raises
    ------
    InputError
        There is no such method or mode, or not both, or the model has other symbols.

    Examples
    --------
    >>> text = "a dog and a cat and a cow. " * 40
    >>> packed = compress(text.encode())
    >>> len(packed) < 100, decompress(packed).decode() == text
    (True, True)
    """
    require_choice("method", method, METHODS)
    require_choice("mode", mode, MODES)
    if mode == "two-part" and (method != "hvm" or model is not None):
        raise InputError("two-part needs the method hvm, and no model: it sends its own")
    primings = [] if model is None else [priming_of(model)]
    unit, body = FORMATS[method, mode, bool(primings)].pack(data, *primings)
    body = b"".join(priming.name for priming in primings) + body
    if len(body) > len(data):
        unit, body = STORED, data
    packed = MAGIC + bytes([VERSION << 4 | unit]) + body
    return packed + _check(packed, data)


def decompress(
    packed: bytes,
    name: str | os.PathLike[str] = "compressed data",
    model: Model | None = None,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Give back what :func:`compress` was given.

    Parameters
    ----------
    packed : bytes
        What a ``.hvz`` file holds.
    name : str or path
        Begins the messages of errors.
    model : Model, optional
        The one that :func:`compress` was given, if any.
    max_bytes : int
        A file that holds more is refused: a few bytes may hold any number of equal ones.

    Returns
    -------
    bytes

    Raises
    ------
    CompressedFileError
        The data are no ``.hvz`` file, of a newer version, damaged, of another model, or unpack to
        too many bytes.
    """
    return b"".join(decompressed_blocks(packed, name, model, max_bytes))


def decompressed_blocks(
    packed: bytes,
    name: str | os.PathLike[str] = "compressed data",
    model: Model | None = None,
    max_bytes: int = MAX_BYTES,
) -> Iterator[bytes]:
    """Decompress block by block; only after the last one is it known that all were right.

    Parameters
    ----------
    packed, name, model, max_bytes
        As for :func:`decompress`.

    Yields
    ------
    bytes

    Raises
    ------
    CompressedFileError
        As for :func:`decompress`.
    """
    max_bytes = require_whole("max_bytes", max_bytes, 0)
    where = one_line_path(name)
    if packed[: len(MAGIC)] != MAGIC or len(packed) < _HEAD_BYTES + _CHECK_BYTES:
        raise CompressedFileError(f"{where}: is not a file that hvm compressed, or is cut short")
    version, unit = packed[len(MAGIC)] >> 4, packed[len(MAGIC)] & 15
    if version != VERSION:
        raise CompressedFileError(f"{where}: was written by another version of hvm ({version})")
    damaged = CompressedFileError(f"{where}: is damaged: what it holds does not decode")
    packed, check = packed[:-_CHECK_BYTES], packed[-_CHECK_BYTES:]
    if not check.startswith(_check(packed, b"")[:_BODY_CHECK_BYTES]):
        raise damaged
    body, primings = packed[_HEAD_BYTES:], []
    if unit & PRIMED:
        primings = [_priming_named(body[:NAME_BYTES], model, where)]
        body = body[NAME_BYTES:]
    n_bytes, data_check = 0, 0
    try:
        for block in _UNPACK[unit](body, unit, max_bytes, *primings):
            n_bytes, data_check = n_bytes + len(block), zlib.crc32(block, data_check)
            if n_bytes > max_bytes:
                raise TooManyBytes
            yield block
    except TooManyBytes:
        raise CompressedFileError(
            f"{where}: unpacks to more than {max_bytes:,} bytes: allow more with --max-bytes "
            "(max_bytes)"
        ) from None
    except (ValueError, IndexError, KeyError, LexiconError):
        raise damaged from None
    if data_check.to_bytes(_DATA_CHECK_BYTES, "big") != check[_BODY_CHECK_BYTES:]:
        raise damaged


def frame_bytes(packed: bytes) -> int:
    """How many bytes of a ``.hvz`` file hold nothing of the data: magic, unit, length, checks.

    Examples
    --------
    >>> frame_bytes(compress(b"ab" * 40))
    11
    """
    used = _HEAD_BYTES + _CHECK_BYTES
    unit = packed[len(MAGIC)] & 15
    if unit & PRIMED:
        used += NAME_BYTES
    if unit == STORED:
        return used
    return used + read_varint(packed[used - _CHECK_BYTES :])[1]


def two_part_bits(packed: bytes) -> tuple[int, int] | None:
    """Bits of the lexicon and of the data in a file of two parts; None of another file."""
    unit = packed[len(MAGIC)] & 15
    if not unit & TWO_PART:
        return None
    lexicon, data = twopart.parts(packed[_HEAD_BYTES:-_CHECK_BYTES], unit, sys.maxsize)[2:]
    return 8 * len(lexicon), 8 * len(data)


def _check(packed: bytes, data: bytes) -> bytes:
    body_check, data_check = zlib.crc32(packed).to_bytes(4, "big"), zlib.crc32(data)
    return body_check[:_BODY_CHECK_BYTES] + data_check.to_bytes(_DATA_CHECK_BYTES, "big")


def _priming_named(name: bytes, model: Model | None, where: str) -> Priming:
    wanted = f"the model whose SHA-256 begins with {name.hex()}"
    if model is None:
        raise CompressedFileError(f"{where}: needs {wanted}: name its file as the model")
    priming = priming_of(model)
    if priming.name != name:
        raise CompressedFileError(f"{where}: needs {wanted}, not {priming.name.hex()}")
    return priming
