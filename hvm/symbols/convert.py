"""Data in memory as symbols."""

from __future__ import annotations

import io
import numbers
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import HvmWarning, InputError, require_choice
from hvm.symbols.alphabet import INT64, Alphabet, check_text, code_points, number_dtype
from hvm.symbols.assembling import assemble
from hvm.symbols.decoding import decode, without_mark
from hvm.symbols.raw import (
    Raw,
    integer_array,
    one_sequence,
    raw_blocks,
    split_lines,
    unit_of,
)
from hvm.symbols.readers import read_symbols
from hvm.symbols.sequences import SEQUENCE_MODES, Symbols
from hvm.symbols.text_files import TextFiles

SHORT_CHARACTERS, SHORT_AT_ONCE = 1 << 10, 1 << 9
"""Of a text that is read together with others, and so many of them."""

_LONGEST_PATH = 4096
_SIGNS_OF_A_PATH = (".", "/", "\\")


def as_symbols(
    data: Any,
    unit: str | None = None,
    sequences: str = "file",
    alphabet: Alphabet | None = None,
) -> Symbols:
    """Turn data in memory into symbols.

    Parameters
    ----------
    data : Symbols, str, bytes, pathlib.Path, integer array, list of ints, or list of these
        A string is characters, or words with ``unit="word"``; bytes are bytes, or text in UTF-8;
        integers are integers, or bytes with ``unit="byte"``. A list of such things is several
        sequences; there, a list of strings is a sequence of words. An array of strings, a
        pandas Series, a range and an iterator are what the list of their items is. A Path is a
        file, and a list of them several, read by :func:`read_symbols`;
        :class:`~hvm.symbols.text_files.TextFiles` say how they are read. Symbols pass through, in
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
    unit = unit_of(unit, alphabet)
    require_choice("sequences", sequences, SEQUENCE_MODES)
    if isinstance(data, Symbols):
        return _pass_through(data, unit, alphabet)
    if isinstance(data, TextFiles):
        return _pass_through(data.read(), unit, alphabet)
    data = _as_list(data)
    several = data if isinstance(data, (list, tuple)) else [data]
    if len(several) and all(isinstance(item, os.PathLike) for item in several):
        return read_symbols(several, unit, sequences, alphabet)
    if len(several):
        _warn_of_a_path(several[0], is_learned=alphabet is None)
    items = [data]
    if isinstance(data, (list, tuple)) and len(data) and not isinstance(data[0], numbers.Number):
        items = [_as_list(item) for item in data]
    kinds = [_kind(item, i if items[0] is not data else None) for i, item in enumerate(items)]
    unit = unit or next((_UNIT_OF[kind] for kind in kinds if kind != "nothing"), "int")
    if unit == "char" and sequences == "file" and set(kinds) == {"text"}:
        raws = _raws_of_texts(items)
    else:
        raws = chain.from_iterable(
            _raws_of(item, kind, unit, sequences) for item, kind in zip(items, kinds, strict=True)
        )
    return assemble(raws, unit, sequences, alphabet)


_UNIT_OF = {"text": "char", "bytes": "byte", "integers": "int", "words": "word"}


def _warn_of_a_path(data: Any, is_learned: bool) -> None:
    if isinstance(data, str) and 0 < len(data) <= _LONGEST_PATH and data.isprintable():
        # Trial by trial, to ask the system about every cue would take longer than to answer it.
        if (is_learned or any(sign in data for sign in _SIGNS_OF_A_PATH)) and os.path.isfile(data):
            warnings.warn(
                f"the text {data[:60]!r} is the name of a file, and is taken for the text itself: "
                "hvm.read_symbols, or pathlib.Path around the name, reads the file",
                HvmWarning,
                stacklevel=3,
            )


def _as_list(data: Any) -> Any:
    """The list that an iterator, an array of strings or a pandas Series stands for, or ``data``."""
    if isinstance(data, (str, bytes, list, tuple)):
        return data
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(data, (pandas.Series, pandas.Index)):
        missing = np.flatnonzero(data.isna())
        if len(missing):
            raise InputError(f"item {missing[0]} of the {type(data).__name__} is missing")
        return data.tolist()
    if isinstance(data, np.ndarray) and data.dtype.kind in "UTO":
        if data.ndim != 1:
            raise InputError(f"an array must have one dimension, not {data.ndim}")
        return data.tolist()
    if isinstance(data, range) or (isinstance(data, Iterator) and not isinstance(data, io.IOBase)):
        return list(data)
    return data


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


def _raws_of(item: Any, kind: str, unit: str, mode: str) -> Iterable[Raw]:
    if kind == "nothing":
        return [one_sequence([] if unit == "word" else np.zeros(0, number_dtype(unit)))]
    if kind == "bytes" and unit == "byte":
        return [split_lines(np.frombuffer(item, np.uint8), mode)]
    if kind == "bytes" and unit in ("char", "word"):
        return raw_blocks(decode(bytes(item), "strict", ""), unit, mode)
    if kind == "text" and unit != "int":
        return raw_blocks(item if unit == "byte" else without_mark(item), unit, mode)
    if kind == "words" and unit == "word":
        return [one_sequence(_word_list(item))]
    if kind == "integers" and unit in ("int", "byte"):
        return [one_sequence(_integer_values(item, unit))]
    raise InputError(f"{kind} cannot be read as symbols of unit {unit}")


def _raws_of_texts(texts: Iterable[str]) -> Iterator[Raw]:
    """Characters of texts, each a sequence; short ones together, for every array takes time."""
    for are_short, some in groupby(map(without_mark, texts), lambda x: len(x) < SHORT_CHARACTERS):
        if are_short:
            while several := list(islice(some, SHORT_AT_ONCE)):
                yield _raw_of_short(several)
        else:
            for text in some:
                yield from raw_blocks(text, "char", "file")


def _raw_of_short(texts: list[str]) -> Raw:
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    try:
        return Raw(code_points("".join(texts)), np.cumsum(sizes) - sizes)
    except InputError:
        for text in texts:  # says where in the one that it is in
            check_text(text)
        raise


def _word_list(words: Sequence[Any]) -> list[str]:
    for index, word in enumerate(words):
        if not isinstance(word, str):
            raise InputError(f"words must be strings: word {index} is {_a_kind_of(word)}")
    check_text("".join(words))
    return list(words)


def _integer_values(item: Any, unit: str) -> NDArray[np.int64 | np.uint8]:
    array = integer_array(item if isinstance(item, np.ndarray) else _list_array(item), "")
    if unit == "byte" and len(array) and (array.min() < 0 or array.max() > 255):
        raise InputError("a byte must be an integer from 0 to 255")
    return array.astype(number_dtype(unit))


def _list_array(values: Sequence[Any]) -> NDArray[np.int64]:
    if set(map(type, values)) == {int} and INT64.min <= min(values) <= max(values) <= INT64.max:
        return np.array(values, np.int64)
    for index, value in enumerate(values):
        if not isinstance(value, numbers.Integral) or isinstance(value, bool):
            raise InputError(f"symbols must be integers: item {index} is {_a_kind_of(value)}")
        if not INT64.min <= int(value) <= INT64.max:
            raise InputError(f"item {index} does not fit in 64 bits")
    return np.array(values, np.int64)
