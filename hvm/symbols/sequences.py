"""Text, words, bytes and integers as symbols: one code a symbol, and where each sequence starts."""

from __future__ import annotations

import math
import numbers
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from hvm.errors import InputError

UNITS = ("char", "word", "byte", "int")
SEQUENCE_MODES = ("file", "line")
ENCODING_ERRORS = ("strict", "replace", "ignore")

N_CHARACTERS = 1_112_064
"""Unicode scalar values: what a character can be."""

_INT64 = np.iinfo(np.int64)
_TABLE_SPAN = 1 << 21
_NEWLINE, _RETURN = 10, 13
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(rb"[+-]?[0-9]{1,4000}")


def elias_delta_bits(number: int) -> int:
    """Length in bits of the Elias delta code of ``number >= 1``.

    Examples
    --------
    >>> [elias_delta_bits(n) for n in (1, 2, 3, 4, 16)]
    [1, 4, 4, 5, 9]
    """
    exponent = number.bit_length() - 1
    return exponent + 2 * ((exponent + 1).bit_length() - 1) + 1


def _zigzag(number: int) -> int:
    """0, -1, 1, -2, ... as 1, 2, 3, 4, ..."""
    return 2 * number + 1 if number >= 0 else -2 * number


# -- the alphabet -------------------------------------------------------------------------------


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
    symbols: tuple

    def __post_init__(self) -> None:
        _check_choice("unit", self.unit, UNITS)
        is_symbol = _IS_SYMBOL[self.unit]
        for symbol in self.symbols:
            if not is_symbol(symbol):
                raise InputError(f"the alphabet holds {symbol!r:.60}, which is no {self.unit}")
        for before, after in zip(self.symbols, self.symbols[1:], strict=False):
            if before >= after:
                raise InputError(f"the alphabet holds {after!r:.60} twice or out of order")

    def __len__(self) -> int:
        return len(self.symbols)

    def encode(self, values: Iterable) -> np.ndarray:
        """Codes of symbols, int32, -1 where a symbol is unknown.

        Parameters
        ----------
        values : iterable
            Characters (a string is one such), words, bytes or integers.
        """
        if self.unit == "char":
            return self._encode_numbers(_code_points("".join(values)))
        if self.unit == "word":
            return self._encode_words(list(values))
        return self._encode_numbers(np.array(_int_list(values), _dtype(self.unit)))

    def code_space_bits(self, symbol: Any) -> float:
        """Bits that ``symbol`` pays beside the escape when the model does not know it.

        A character is one of 1,112,064, a byte one of 256, an integer costs the Elias delta code
        of its zig-zag, and a word is spelled as characters and an end.
        """
        if self.unit == "char":
            return math.log2(N_CHARACTERS)
        if self.unit == "byte":
            return 8.0
        if self.unit == "int":
            return float(elias_delta_bits(_zigzag(int(symbol))))
        return (len(symbol) + 1) * math.log2(N_CHARACTERS + 1)

    def definition_bits(self) -> float:
        """Bits to write the alphabet down: its size, then each symbol by its code space."""
        size_bits = elias_delta_bits(len(self) + 1)
        return size_bits + math.fsum(self.code_space_bits(symbol) for symbol in self.symbols)

    def text(self, codes: Iterable[int]) -> str:
        r"""Symbols as a person reads them; an unknown one (-1) is U+FFFD.

        Characters and bytes are joined, words and integers stand apart. A byte that is not
        printable ASCII is written ``\xNN``.
        """
        rendered = self._rendered
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
    def _rendered(self) -> list[str]:
        return [self.render(symbol) for symbol in self.symbols]

    @cached_property
    def _index(self) -> dict:
        return {symbol: code for code, symbol in enumerate(self.symbols)}

    @cached_property
    def numbers(self) -> np.ndarray:
        """int64[A]: code points, bytes or integers, ascending; not for words."""
        values = map(ord, self.symbols) if self.unit == "char" else self.symbols
        return np.array(list(values), np.int64)

    def _encode_words(self, words: list[str]) -> np.ndarray:
        codes = map(self._index.get, words, repeat(-1))
        return np.fromiter(codes, np.int32, len(words))

    def _encode_numbers(self, values: np.ndarray) -> np.ndarray:
        if self.unit == "int":
            return _encode_integers(values, self.numbers)
        return _encode_small(values, self.numbers)


def _encode_small(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Codes of characters or bytes (uint8 or uint32) by a table that starts at 0."""
    highest = int(known[-1]) if len(known) else 0
    # The last cell, never a symbol, is the place of everything beyond the alphabet.
    table = np.full(max(highest + 2, 257), -1, np.int32)
    table[known] = np.arange(len(known), dtype=np.int32)
    if values.dtype != np.uint8:
        values = np.minimum(values, np.uint32(len(table) - 1))
    return table[values]


def _encode_integers(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Codes of int64 values, by bisection unless the alphabet is dense."""
    if len(known) == 0:
        return np.full(len(values), -1, np.int32)
    below, above = int(known[0]) - 1, int(known[-1]) + 1
    if above - below < _TABLE_SPAN and below >= _INT64.min and above <= _INT64.max:
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
    return type(value) is int and _INT64.min <= value <= _INT64.max


_IS_SYMBOL: dict[str, Callable[[Any], bool]] = {
    "char": _is_character,
    "word": _is_word,
    "byte": lambda value: _is_int(value) and 0 <= value < 256,
    "int": _is_int,
}


# -- symbols ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Symbols:
    """Sequences of symbols, one after another.

    Attributes
    ----------
    codes : int32[n]
        Code of each symbol; -1 where the alphabet does not hold it.
    starts : int64[s]
        First index of each sequence, ascending, ``starts[0] == 0``; equal to the next one's
        (or to n) where a sequence is empty. There is always at least one sequence.
    alphabet : Alphabet
        What the codes mean.
    mode : str
        ``"file"`` or ``"line"``: what was read as one sequence.
    unknown : tuple
        The raw symbols at the codes -1, in order.
    """

    codes: np.ndarray
    starts: np.ndarray
    alphabet: Alphabet
    mode: str = "file"
    unknown: tuple = ()

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def n_sequences(self) -> int:
        """Number of sequences, empty ones included."""
        return len(self.starts)

    def bounds(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of each sequence."""
        starts = self.starts.tolist()
        yield from zip(starts, [*starts[1:], len(self.codes)], strict=True)

    def text(self, start: int = 0, end: int | None = None) -> str:
        """Symbols ``start .. end - 1`` as a person reads them, unknown ones as themselves."""
        alphabet, codes = self.alphabet, self.codes[start:end].tolist()
        if not self.unknown or -1 not in codes:
            return alphabet.text(codes)
        first, _, _ = slice(start, end).indices(len(self))
        others = iter(self.unknown[np.searchsorted(self._unknown_at, first) :])
        rendered = alphabet._rendered
        return alphabet.separator.join(
            rendered[code] if code >= 0 else alphabet.render(next(others)) for code in codes
        )

    @cached_property
    def _unknown_at(self) -> np.ndarray:
        return np.flatnonzero(self.codes < 0)

    def recoded(self, alphabet: Alphabet) -> Symbols:
        """The same sequences in the codes of another alphabet of the same unit."""
        if alphabet.unit != self.alphabet.unit:
            raise InputError(f"the symbols are of unit {self.alphabet.unit}, not {alphabet.unit}")
        if alphabet == self.alphabet:
            return self
        table = np.append(alphabet.encode(self.alphabet.symbols), np.int32(-1))
        codes = table[self.codes]
        # A symbol that this alphabet does not hold may be known to the other one.
        codes[self._unknown_at] = alphabet.encode(self.unknown)
        return Symbols(
            codes, self.starts, alphabet, self.mode, tuple(self._raw(np.flatnonzero(codes < 0)))
        )

    def _raw(self, where: np.ndarray) -> Iterator:
        ranks = np.searchsorted(self._unknown_at, where).tolist()
        for code, rank in zip(self.codes[where].tolist(), ranks, strict=True):
            yield self.alphabet.symbols[code] if code >= 0 else self.unknown[rank]


def require_symbols(symbols: Symbols) -> Symbols:
    """Return ``symbols``, or raise :class:`InputError` if there is none to learn from."""
    if len(symbols) == 0:
        raise InputError("there is nothing to learn: the input holds no symbol")
    return symbols


# -- reading files ------------------------------------------------------------------------------


def read_symbols(
    paths: str | os.PathLike | Iterable[str | os.PathLike],
    unit: str | None = None,
    sequences: str = "file",
    alphabet: Alphabet | None = None,
    encoding_errors: str = "strict",
) -> Symbols:
    r"""Read files as symbols.

    Parameters
    ----------
    paths : path or iterable of paths
        Each file is a sequence, or holds one a line. A file without symbols is one empty
        sequence.
    unit : str, optional
        ``"char"`` (the default), ``"word"`` (words and punctuation, white space dropped),
        ``"byte"``, or ``"int"``: a ``.npy`` file, or one integer a line; with
        ``sequences="line"``, integers with white space between them.
    sequences : str
        ``"file"``, or ``"line"``: only ``\n`` and ``\r\n`` end a line, they are not symbols,
        and a blank line is an empty sequence.
    alphabet : Alphabet, optional
        A model's alphabet: its unit is used, and other symbols get the code -1. By default the
        alphabet is what the files hold.
    encoding_errors : str
        What invalid UTF-8 does: ``"strict"`` (an error), ``"replace"`` (by U+FFFD), ``"ignore"``.

    Returns
    -------
    Symbols

    Raises
    ------
    InputError
        A file cannot be read or does not hold what it should; the message says which and where.
    """
    unit = _unit(unit, alphabet) or "char"
    _check_choice("sequences", sequences, SEQUENCE_MODES)
    _check_choice("encoding_errors", encoding_errors, ENCODING_ERRORS)
    paths = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
    if not paths:
        raise InputError("no input file was given")
    raws = [_read_file(path, unit, sequences, encoding_errors) for path in paths]
    return _assemble(raws, unit, sequences, alphabet)


class _Raw(NamedTuple):
    """Sequences before they have codes."""

    values: np.ndarray | list[str]
    starts: np.ndarray


def _read_file(path: str | os.PathLike, unit: str, mode: str, encoding_errors: str) -> _Raw:
    name = one_line_path(path)
    if unit == "int" and os.fsdecode(path).lower().endswith(".npy"):
        return _single(_load_npy(path, name))
    data = read_bytes(path)
    if unit == "int":
        return _integers(data, mode, name)
    if unit == "byte":
        return _split_lines(np.frombuffer(data, np.uint8), mode)
    return _raw_text(_decode(data, encoding_errors, f"{name}: "), unit, mode)


def one_line_path(path: Any) -> str:
    """A path as a message shows it: quoted if it holds what does not print on one line."""
    text = os.fsdecode(path)
    return text if text.isprintable() else repr(text)


def read_bytes(path: str | os.PathLike) -> bytes:
    """Return what a file holds.

    Raises
    ------
    InputError
        It cannot be read; the message names it.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise InputError(_why_unreadable(path, one_line_path(path), error)) from None


def _why_unreadable(path: str | os.PathLike, name: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{name}: no such file"
    if isinstance(error, OSError) and os.path.isdir(path):
        return f"{name}: is a directory, not a file"
    reason = (isinstance(error, OSError) and error.strerror) or error
    return f"{name}: cannot be read: {reason}"


def _load_npy(path: str | os.PathLike, name: str) -> np.ndarray:
    try:
        # A memory map, so that a false shape in the header cannot ask for memory.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise InputError(_why_unreadable(path, name, error)) from None
    except Exception as error:  # numpy's reader raises many kinds on a damaged file
        first_line = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{name}: is not an array that can be read: {first_line}") from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{name}: holds several arrays: save one with numpy.save")
    return _integer_array(array, f"{name}: ")


def _decode(data: bytes, errors: str, where: str) -> str:
    try:
        return data.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}invalid UTF-8 at byte offset {error.start} (0x{data[error.start]:02x}): "
            "--encoding-errors replace puts U+FFFD there, --unit byte reads anything"
        ) from None


# -- data in memory -----------------------------------------------------------------------------


def as_symbols(
    data: Any,
    unit: str | None = None,
    sequences: str = "file",
    alphabet: Alphabet | None = None,
) -> Symbols:
    """Turn data in memory into symbols.

    Parameters
    ----------
    data : Symbols, str, bytes, integer array, list of ints, or list of these
        A string is characters, or words with ``unit="word"``; bytes are bytes, or text in UTF-8;
        integers are integers, or bytes with ``unit="byte"``. A list of such things is several
        sequences; there, a list of strings is a sequence of words. Symbols pass through, in
        the codes of ``alphabet`` if that is given.
    unit : str, optional
        By default what the data are.
    sequences : str
        ``"line"`` makes every line of a string or of bytes a sequence.
    alphabet : Alphabet, optional
        As for :func:`read_symbols`.

    Returns
    -------
    Symbols
        Of length 0 where the data hold no symbol; see :func:`require_symbols`.

    Raises
    ------
    InputError
        The data are something else.

    Examples
    --------
    >>> as_symbols(["ab", "", "ba"]).starts.tolist()
    [0, 2, 2]
    >>> as_symbols("a cat, a dog", unit="word").alphabet.symbols
    (',', 'a', 'cat', 'dog')
    """
    unit = _unit(unit, alphabet)
    _check_choice("sequences", sequences, SEQUENCE_MODES)
    if isinstance(data, Symbols):
        return _pass_through(data, unit, alphabet)
    items = [data]
    if isinstance(data, (list, tuple)) and len(data) and not isinstance(data[0], numbers.Number):
        items = list(data)
    kinds = [_kind(item, i if items[0] is not data else None) for i, item in enumerate(items)]
    unit = unit or next((_UNIT_OF[kind] for kind in kinds if kind != "nothing"), "int")
    raws = [_raw_item(item, kind, unit, sequences) for item, kind in zip(items, kinds, strict=True)]
    return _assemble(raws, unit, sequences, alphabet)


_UNIT_OF = {"text": "char", "bytes": "byte", "integers": "int", "words": "word"}


def _pass_through(symbols: Symbols, unit: str | None, alphabet: Alphabet | None) -> Symbols:
    if unit not in (None, symbols.alphabet.unit):
        raise InputError(f"the symbols are of unit {symbols.alphabet.unit}, not {unit}")
    return symbols if alphabet is None else symbols.recoded(alphabet)


def _kind(item: Any, index: int | None) -> str:
    if isinstance(item, str):
        return "text"
    if isinstance(item, (bytes, bytearray)):
        return "bytes"
    if isinstance(item, np.ndarray):
        return "integers"
    if isinstance(item, (list, tuple)):
        if len(item) == 0:
            return "nothing"
        if index is None or isinstance(item[0], numbers.Number):
            return "integers"
        if isinstance(item[0], str):
            return "words"
    where = "" if index is None else f"item {index} is "
    raise InputError(
        f"symbols must be a string, bytes, integers, or a list of these: {where}{_a_kind_of(item)}"
    )


def _a_kind_of(item: Any) -> str:
    name = type(item).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _raw_item(item: Any, kind: str, unit: str, mode: str) -> _Raw:
    if kind == "nothing":
        return _single([] if unit == "word" else np.zeros(0, _dtype(unit)))
    if kind == "bytes" and unit == "byte":
        return _split_lines(np.frombuffer(item, np.uint8), mode)
    if kind == "bytes" and unit in ("char", "word"):
        return _raw_text(_decode(bytes(item), "strict", ""), unit, mode)
    if kind == "text" and unit != "int":
        return _raw_text(item, unit, mode)
    if kind == "words" and unit == "word":
        return _single(_word_list(item))
    if kind == "integers" and unit in ("int", "byte"):
        return _single(_integer_values(item, unit))
    raise InputError(f"{kind} cannot be read as symbols of unit {unit}")


def _word_list(words: Sequence) -> list[str]:
    for index, word in enumerate(words):
        if not isinstance(word, str):
            raise InputError(f"words must be strings: word {index} is {_a_kind_of(word)}")
    _check_text("".join(words))
    return list(words)


def _integer_values(item: Any, unit: str) -> np.ndarray:
    array = _integer_array(item if isinstance(item, np.ndarray) else _list_array(item), "")
    if unit == "byte" and len(array) and (array.min() < 0 or array.max() > 255):
        raise InputError("a byte must be an integer from 0 to 255")
    return array.astype(_dtype(unit))


def _list_array(values: Sequence) -> np.ndarray:
    if set(map(type, values)) == {int} and _INT64.min <= min(values) <= max(values) <= _INT64.max:
        return np.array(values, np.int64)
    for index, value in enumerate(values):
        if not isinstance(value, numbers.Integral) or isinstance(value, bool):
            raise InputError(f"symbols must be integers: item {index} is {_a_kind_of(value)}")
        if not _INT64.min <= int(value) <= _INT64.max:
            raise InputError(f"item {index} does not fit in 64 bits")
    return np.array(values, np.int64)


def _integer_array(array: np.ndarray, where: str) -> np.ndarray:
    if array.dtype.kind not in "iu":
        raise InputError(f"{where}symbols must be integers, not {array.dtype}")
    if array.ndim != 1:
        raise InputError(f"{where}an array must have one dimension, not {array.ndim}")
    if array.dtype.kind == "u" and len(array) and int(array.max()) > _INT64.max:
        raise InputError(f"{where}{array.max()} does not fit in 64 bits")
    return np.array(array, np.int64)


# -- from raw values to codes -------------------------------------------------------------------


def _assemble(raws: list[_Raw], unit: str, mode: str, alphabet: Alphabet | None) -> Symbols:
    sizes = np.cumsum([0, *(len(raw.values) for raw in raws[:-1])])
    starts = np.concatenate(
        [raw.starts + size for raw, size in zip(raws, sizes.tolist(), strict=True)]
    )
    values = _joined([raw.values for raw in raws])
    alphabet = _alphabet_of(values, unit) if alphabet is None else alphabet
    if isinstance(values, list):
        codes = alphabet._encode_words(values)
    else:
        codes = alphabet._encode_numbers(values)
    return Symbols(codes, starts, alphabet, mode, _raw_values(values, codes, unit))


def _joined(parts: list) -> np.ndarray | list[str]:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [word for part in parts for word in part]
    return np.concatenate(parts)


def _alphabet_of(values: np.ndarray | list[str], unit: str) -> Alphabet:
    if isinstance(values, list):
        return Alphabet(unit, tuple(sorted(set(values))))
    distinct = _distinct(values).tolist()
    return Alphabet(unit, tuple(map(chr, distinct) if unit == "char" else distinct))


def _distinct(values: np.ndarray) -> np.ndarray:
    if len(values) == 0:
        return values
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest >= _TABLE_SPAN:
        return np.unique(values)
    present = np.zeros(highest + 1, bool)
    present[values] = True
    return np.flatnonzero(present)


def _raw_values(values: np.ndarray | list[str], codes: np.ndarray, unit: str) -> tuple:
    if len(codes) == 0 or codes.min() >= 0:
        return ()
    where = np.flatnonzero(codes < 0)
    if isinstance(values, list):
        return tuple(values[i] for i in where.tolist())
    raw = values[where].tolist()
    return tuple(map(chr, raw)) if unit == "char" else tuple(raw)


def _single(values: np.ndarray | list[str]) -> _Raw:
    return _Raw(values, np.zeros(1, np.int64))


def _raw_text(text: str, unit: str, mode: str) -> _Raw:
    if unit == "word":
        _check_text(text)
        return _words(text, mode)
    if unit == "byte":
        _check_text(text)
        return _split_lines(np.frombuffer(text.encode(), np.uint8), mode)
    return _split_lines(_code_points(text), mode)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text holds half a surrogate pair, U+{ord(text[error.start]):04X} at index "
            f"{error.start}: not a character"
        ) from None


def _code_points(text: str) -> np.ndarray:
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    try:
        return np.frombuffer(text.encode("utf-32-le"), "<u4")
    except UnicodeEncodeError:
        _check_text(text)
        raise


def _split_lines(values: np.ndarray, mode: str) -> _Raw:
    r"""Drop ``\n`` and ``\r\n`` and remember where lines start; other line ends are symbols."""
    if mode == "file":
        return _single(values)
    newlines = np.flatnonzero(values == _NEWLINE)
    after_return = (newlines > 0) & (values[newlines - 1] == _RETURN)
    keep = np.ones(len(values), bool)
    keep[newlines] = False
    keep[newlines[after_return] - 1] = False
    starts = np.append(0, newlines + 1)
    starts -= np.append(0, np.arange(1, len(newlines) + 1) + np.cumsum(after_return))
    if len(newlines) and newlines[-1] == len(values) - 1:
        starts = starts[:-1]
    return _Raw(values[keep], starts.astype(np.int64))


def _text_lines(text: Any, newline: Any) -> list:
    """Split at ``newline``; a last one ends the last line and starts none."""
    lines = text.split(newline)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _words(text: str, mode: str) -> _Raw:
    from nltk.tokenize import WordPunctTokenizer

    tokenize = WordPunctTokenizer().tokenize
    if mode == "file":
        return _single(tokenize(text))
    words: list[str] = []
    starts = []
    for line in _text_lines(text, "\n"):
        starts.append(len(words))
        words.extend(tokenize(line))
    return _Raw(words, np.array(starts, np.int64))


def _integers(data: bytes, mode: str, name: str) -> _Raw:
    lines = _text_lines(data, b"\n")
    fields = lines if mode == "file" else [field for line in lines for field in line.split()]
    try:
        if b"_" in data:  # int() reads 1_0 as 10
            raise ValueError
        values = np.array([int(field) for field in fields if field.strip()], np.int64)
    except (ValueError, OverflowError):
        raise InputError(f"{name}: {next(_bad_integers(lines, mode))}") from None
    if mode == "file":
        return _single(values)
    starts = np.cumsum([0, *(len(line.split()) for line in lines[:-1])])
    return _Raw(values, starts.astype(np.int64))


def _bad_integers(lines: list[bytes], mode: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        for field in line.split() if mode == "line" else [line.strip()]:
            value = repr(field[:40].decode("utf-8", "replace"))
            if field and not _INTEGER.fullmatch(field):
                yield f"line {number}: {value} is not an integer"
            elif field and not _INT64.min <= int(field) <= _INT64.max:
                yield f"line {number}: {value} does not fit in 64 bits"


def _int_list(values: Iterable) -> list[int]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _dtype(unit: str) -> type:
    """Of raw values that are numbers; characters beyond ASCII are uint32."""
    return np.int64 if unit == "int" else np.uint8


def _unit(unit: str | None, alphabet: Alphabet | None) -> str | None:
    if unit is not None:
        _check_choice("unit", unit, UNITS)
    if alphabet is None:
        return unit
    if unit not in (None, alphabet.unit):
        raise InputError(f"the alphabet is of unit {alphabet.unit}, not {unit}")
    return alphabet.unit


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, not {value!r:.60}")
