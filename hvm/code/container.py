"""Compress any bytes with what HVM learns from them, and get them back.

Two methods: ``hvm``, what chunks explain alone, text by characters where it is UTF-8 and anything
else by bytes; and ``mixed``, always by bytes, the best there is around them
(:mod:`hvm.code.mixing`). The code is prequential: the decoder learns what the encoder learned, so
no lexicon is sent. Both begin with contexts of symbols alone; whenever the symbols have grown
fourfold, chunks and variables are learned from all so far, and the contexts made of them anew.
Coding is exact on any machine; learning chunks takes logarithms, so where these are rounded
otherwise a file may not decode, and its check says so.

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
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hvm.code import twopart
from hvm.code.mixing import FIRST_LESSON, LESSONS, learn_lexicon, lessons, mixed_bits, primed_mixer
from hvm.code.priming import Primer, primer_of
from hvm.errors import HvmError, InputError, one_line_path
from hvm.kernels.code import coder, mix
from hvm.kernels.predict import context as kernels
from hvm.learn.hvm import HVM
from hvm.learn.model import Model
from hvm.lexicon.lexicon import N_BYTES, Lexicon, LexiconError
from hvm.predict.context import ContextModel, new_model, walk_through
from hvm.symbols.convert import as_symbols

MAGIC = b"hvz"
VERSION = 1
STORED, BYTE, CHAR, MIXED = 0, 1, 2, 3  # units; stored: the bytes as they are
PRIMED = 8  # beside the unit: there is a model
NAME_BYTES = 8  # of the model
TWO_PART = 4  # beside the unit: a lexicon and a parse
METHODS, MODES = ("mixed", "hvm"), ("prequential", "two-part")
MOST_CONTEXTS = 24_000_000  # 670 MB at most, which some 10 MB of text fill
MOST_OF_ONE = 1 << 28  # repetitions of a single symbol, which take no bits
MIXED_PER_BYTE = 1500  # bytes that one of the code can hold: a bit takes 1 / 1420 of one at least


class CompressedFileError(HvmError):
    """A compressed file that cannot be decoded."""


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
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if mode not in MODES:
        raise InputError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    if mode == "two-part":
        if method != "hvm" or model is not None:
            raise InputError("two-part needs the method hvm, and no model: it sends its own")
        unit, body = _pack_two_part(data)
    elif model is not None:
        unit, body = _pack_primed(data, method, primer_of(model))
    else:
        unit, body = _pack_mixed(data) if method == "mixed" else _pack(data)
    if len(body) > len(data):
        unit, body = STORED, data
    packed = MAGIC + bytes([VERSION << 4 | unit]) + body
    return packed + _check(packed, data)


def _pack(data: bytes) -> tuple[int, bytes]:
    """The unit, and the symbols."""
    unit, alphabet, codes = _as_codes(data)
    writer = coder.make_writer(1024)
    for model, first, last, own in _lessons(codes, len(alphabet)):
        writer = coder.encode(model, writer, codes, first, last, own)
    body = _varint(len(codes)) + _pack_gaps(alphabet) + coder.finish(writer).tobytes()
    if len(codes) > _most_symbols(len(alphabet), len(body)):
        return STORED, data
    return unit, body


def _pack_mixed(data: bytes) -> tuple[int, bytes]:
    codes, writer = np.frombuffer(data, np.uint8).copy(), coder.make_writer(1024)
    for mixer, first, last in lessons(codes):
        writer = mix.mixed_encode(mixer, writer, codes, first, last)
    return MIXED, _varint(len(codes)) + coder.finish(writer).tobytes()


def _pack_two_part(data: bytes) -> tuple[int, bytes]:
    unit, alphabet, codes = _as_codes(data)
    if len(codes) > MOST_OF_ONE:
        return STORED, data
    lexicon = Lexicon.of_atoms(len(alphabet))
    if len(codes):
        lexicon = learn_lexicon(codes, len(alphabet))
    lexicon, best = twopart.counted(lexicon, codes)
    packed = twopart.pack_lexicon(lexicon)
    head = _varint(len(codes)) + _pack_gaps(alphabet) + _varint(len(packed)) + packed
    return unit | TWO_PART, head + twopart.pack_data(lexicon, best)


def two_part_bits(packed: bytes) -> tuple[int, int] | None:
    """Bits of the lexicon and of the data in a file of two parts; None of another file."""
    if not packed[3] & TWO_PART:
        return None
    lexicon, data = _parts(packed[4:-6], packed[3])[2:]
    return 8 * len(lexicon), 8 * len(data)


def _parts(body: bytes, unit: int) -> tuple[int, np.ndarray, bytes, bytes]:
    """Number of symbols, alphabet, lexicon and data."""
    n_symbols, alphabet, body = _read_head(body, unit & (BYTE | CHAR))
    size, used = _read_varint(body)
    return n_symbols, alphabet, body[used : used + size], body[used + size :]


def _unpack_two_part(body: bytes, unit: int) -> bytes:
    n_symbols, alphabet, packed, code = _parts(body, unit)
    if n_symbols > MOST_OF_ONE:
        raise ValueError("more symbols than there can be")
    lexicon = twopart.unpack_lexicon(packed, len(alphabet))
    codes = twopart.unpack_data(code, lexicon, n_symbols)
    return _as_bytes(alphabet[codes], unit & (BYTE | CHAR))


def _pack_primed(data: bytes, method: str, primer: Primer) -> tuple[int, bytes]:
    codes = np.frombuffer(primer.text + data, np.uint8).copy()
    writer, n_before = coder.make_writer(1024), len(primer.text)
    if method == "mixed":
        unit, mixer = MIXED, primed_mixer(codes, n_before, primer.lexicon)
        writer = mix.mixed_encode(mixer, writer, codes, n_before, len(codes))
    else:
        unit, codes = BYTE, codes.astype(np.int32)
        model = _primed_model(codes, primer)
        writer = coder.encode(model, writer, codes, n_before, len(codes), np.empty(0))
    return unit | PRIMED, primer.name + _varint(len(data)) + coder.finish(writer).tobytes()


def _primed_model(codes: np.ndarray, primer: Primer) -> coder.Model:
    model = new_model(primer.lexicon, N_BYTES, len(codes), "chunks", MOST_CONTEXTS)
    kernels.replay(model, codes, len(primer.text))
    return model


def _check(packed: bytes, data: bytes) -> bytes:
    return zlib.crc32(packed).to_bytes(4, "big")[:2] + zlib.crc32(data).to_bytes(4, "big")


def decompress(
    packed: bytes,
    name: str | os.PathLike = "compressed data",
    model: Model | None = None,
) -> bytes:
    """Give back what :func:`compress` was given; with ``model``, if it was given one.

    Raises
    ------
    CompressedFileError
        The data are no ``.hvz`` file, of a newer version, damaged, or of another model; the
        message begins with ``name``.
    """
    where = one_line_path(name)
    if packed[:3] != MAGIC or len(packed) < 10:
        raise CompressedFileError(f"{where}: is not a file that hvm compressed, or is cut short")
    version, unit = packed[3] >> 4, packed[3] & 15
    if version != VERSION:
        raise CompressedFileError(f"{where}: was written by another version of hvm ({version})")
    damaged = CompressedFileError(f"{where}: is damaged: what it holds does not decode")
    packed, check = packed[:-6], packed[-6:]
    if _check(packed, b"")[:2] != check[:2]:
        raise damaged
    body, primer = packed[4:], None
    if unit & PRIMED:
        body, primer = body[NAME_BYTES:], _primer_named(body[:NAME_BYTES], model, where)
    try:
        data = _unpack_primed(body, unit, primer) if primer else _UNPACK[unit](body, unit)
    except (ValueError, IndexError, KeyError, LexiconError):
        raise damaged from None
    if _check(packed, data) != check:
        raise damaged
    return data


def _primer_named(name: bytes, model: Model | None, where: str) -> Primer:
    wanted = f"the model whose SHA-256 begins with {name.hex()}"
    if model is None:
        raise CompressedFileError(f"{where}: needs {wanted}: name its file as the model")
    primer = primer_of(model)
    if primer.name != name:
        raise CompressedFileError(f"{where}: needs {wanted}, not {primer.name.hex()}")
    return primer


def _most_symbols(n_atoms: int, n_bytes: int) -> int:
    """Symbols that so many bytes can hold: a damaged file must not ask for more."""
    return MOST_OF_ONE if n_atoms == 1 else coder.SYMBOLS_PER_BYTE * (n_bytes + 1)


def _unpack(body: bytes, unit: int) -> bytes:
    n_symbols, alphabet, code = _read_head(body, unit)
    if n_symbols > _most_symbols(len(alphabet), len(body)) or (n_symbols > 0) != (
        len(alphabet) > 0
    ):
        raise ValueError("more symbols than the bytes can hold")
    if len(alphabet) == 1:
        return _as_bytes(alphabet, unit) * n_symbols
    codes = np.zeros(n_symbols, np.int32)
    reader = twopart.reader_of(code)
    for model, first, last, own in _lessons(codes, len(alphabet)):
        if not coder.decode(model, reader, codes, first, last, own):
            raise ValueError("cut short")
        del model  # hundreds of megabytes, while the last one's symbols become bytes
    return _as_bytes(alphabet.astype(np.uint32)[codes], unit)


def _unpack_mixed(body: bytes, unit: int) -> bytes:
    n_bytes, code = _read_length(body, MIXED_PER_BYTE)
    codes, reader = np.zeros(n_bytes, np.uint8), twopart.reader_of(code)
    for mixer, first, last in lessons(codes):
        if not mix.mixed_decode(mixer, reader, codes, first, last):
            raise ValueError("cut short")
    return codes.tobytes()


def _unpack_primed(body: bytes, unit: int, primer: Primer) -> bytes:
    per_byte = {MIXED | PRIMED: MIXED_PER_BYTE, BYTE | PRIMED: coder.SYMBOLS_PER_BYTE}[unit]
    n_bytes, code = _read_length(body, per_byte)
    n_before = len(primer.text)
    codes = np.zeros(n_before + n_bytes, np.uint8)
    codes[:n_before] = np.frombuffer(primer.text, np.uint8)
    reader = twopart.reader_of(code)
    if unit == MIXED | PRIMED:
        mixer = primed_mixer(codes, n_before, primer.lexicon)
        is_whole = mix.mixed_decode(mixer, reader, codes, n_before, len(codes))
    else:
        codes = codes.astype(np.int32)
        model = _primed_model(codes, primer)
        is_whole = coder.decode(model, reader, codes, n_before, len(codes), np.empty(0))
    if not is_whole:
        raise ValueError("cut short")
    return codes[n_before:].astype(np.uint8).tobytes()


_UNPACK = {
    STORED: lambda body, unit: body,
    BYTE: _unpack,
    CHAR: _unpack,
    MIXED: _unpack_mixed,
    BYTE | TWO_PART: _unpack_two_part,
    CHAR | TWO_PART: _unpack_two_part,
}


# -- what is learned on the way -------------------------------------------------------------


def _lessons(codes: np.ndarray, n_atoms: int) -> Iterator[tuple[coder.Model, int, int, np.ndarray]]:
    """Models, the symbols they are for, and room for chances of these that the next one needs.

    ``codes`` need to be known up to the next symbols only.
    """
    if n_atoms < 2:
        return
    model = new_model(Lexicon.of_atoms(n_atoms), n_atoms, len(codes), "symbols", MOST_CONTEXTS)
    first, own = 0, np.empty(_last_lesson(len(codes)))
    while first < len(codes):
        if first > 0:
            walk = walk_through(learn_lexicon(codes[:first], n_atoms), False)
            model = kernels.with_chunks(model, walk, len(codes), MOST_CONTEXTS)
            kernels.replay_chunks(model, codes, own, first)
        last = min(len(codes), max(FIRST_LESSON, 4 * first))
        yield model, first, last, own
        first = last


def _last_lesson(n_codes: int) -> int:
    """Symbols before the last lesson."""
    first = 0
    while max(FIRST_LESSON, 4 * first) < n_codes:
        first = max(FIRST_LESSON, 4 * first)
    return first


# -- bits alone ------------------------------------------------------------------------------


def primed_bits(data: bytes, before: bytes = b"", method: str = "mixed") -> float:
    """Bits of bytes after others were learned: the code alone, not its length or its check.

    Parameters
    ----------
    data, before : bytes
        What is scored; what is learned from first, chunks included.
    method : {"mixed", "mixed-symbols", "hvm"}
        The second is `mixed` without chunks and variables.

    Raises
    ------
    InputError
        There is no such method, or nothing before, which ``hvm`` needs.
    """
    if method in ("mixed", "mixed-symbols"):
        return float(mixed_bits(data, before, method == "mixed").sum())
    if method != "hvm":
        raise InputError(f"method must be mixed, mixed-symbols or hvm, not {method!r}")
    is_text = _as_numbers(before)[0] == _as_numbers(data)[0] == CHAR
    model = HVM(max_entries=LESSONS.max_entries, iterations=LESSONS.iterations)
    model.fit(as_symbols(before, "char" if is_text else "byte"))
    return float(ContextModel(model).fit(before).surprisal(data).sum())


# -- symbols ------------------------------------------------------------------------------


def _as_codes(data: bytes) -> tuple[int, np.ndarray, np.ndarray]:
    """The unit, the alphabet's numbers, and the symbols' places in it, int32."""
    unit, numbers = _as_numbers(data)
    codes = np.zeros(0x110000, np.int32)
    codes[numbers] = 1
    alphabet = np.flatnonzero(codes)
    codes[alphabet] = np.arange(len(alphabet))
    return unit, alphabet, codes[numbers]


def _as_numbers(data: bytes) -> tuple[int, np.ndarray]:
    """The unit, and code points, uint32, or bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return BYTE, np.frombuffer(data, np.uint8)
    return CHAR, np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _as_bytes(numbers: np.ndarray, unit: int) -> bytes:
    if unit == BYTE:
        return numbers.astype(np.uint8).tobytes()
    return numbers.astype("<u4").tobytes().decode("utf-32-le").encode("utf-8")


def _varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])


def _read_head(body: bytes, unit: int) -> tuple[int, np.ndarray, bytes]:
    """Number of symbols, alphabet, and what follows."""
    n_symbols, used = _read_varint(body)
    alphabet, used = _unpack_gaps(body, used, N_BYTES if unit == BYTE else 0x110000)
    return n_symbols, alphabet, body[used:]


def _read_length(body: bytes, most_per_byte: int) -> tuple[int, bytes]:
    """Number of bytes, and the code that holds them."""
    n_bytes, used = _read_varint(body)
    if n_bytes > most_per_byte * (len(body) + 1):
        raise ValueError("more bytes than the code can hold")
    return n_bytes, body[used:]


def _read_varint(data: bytes) -> tuple[int, int]:
    """The number, and the bytes it took."""
    number = 0
    for used, byte in enumerate(data[:9]):
        number |= (byte & 127) << 7 * used
        if byte < 128:
            return number, used + 1
    raise ValueError("a number without end")


def _pack_gaps(alphabet: np.ndarray) -> bytes:
    """Ascending numbers as Elias gamma codes: how many and 1, then each gap."""
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


def _unpack_gaps(data: bytes, used: int, limit: int) -> tuple[np.ndarray, int]:
    """The numbers, all below ``limit``, and the bytes used so far."""
    # No gap takes more than 41 bits, and their number no more than that.
    data = data[: used + 6 * 0x110000]
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


__all__ = ["METHODS", "CompressedFileError", "compress", "decompress", "primed_bits"]
