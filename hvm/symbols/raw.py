"""Values before they have codes: text cut into characters, words and lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, AnyStr, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice
from hvm.symbols.alphabet import INT64, UNITS, Alphabet, check_text, code_points

_NEWLINE, _RETURN = 10, 13

_WORD = r"\w+|[^\w\s]+"
"""For regex, whose words hold combining marks; those of re do not, and fall apart at each."""


Values: TypeAlias = "NDArray[Any] | list[str]"
"""Code points (uint8 or uint32), bytes (uint8) or integers (int64); or words."""


BLOCK_CHARACTERS = 1 << 18
"""Of a text, cut into values at a time."""


class Raw(NamedTuple):
    """Sequences before they have codes: their values, and int64[s], where each begins."""

    values: Values
    starts: NDArray[np.int64]


def integer_array(array: NDArray[Any], where: str) -> NDArray[np.int64]:
    """A copy as int64[n], or :class:`InputError` where the array holds anything else."""
    if array.dtype.kind not in "iu":
        raise InputError(f"{where}symbols must be integers, not {array.dtype}")
    if array.ndim != 1:
        raise InputError(f"{where}an array must have one dimension, not {array.ndim}")
    if array.dtype.kind == "u" and len(array) and int(array.max()) > INT64.max:
        raise InputError(f"{where}{array.max()} does not fit in 64 bits")
    return np.array(array, np.int64)


def one_sequence(values: Values) -> Raw:
    """Values that are one sequence."""
    return Raw(values, np.zeros(1, np.int64))


def raw_text(text: str, unit: str, mode: str) -> Raw:
    """Characters, words or bytes of a text.

    Parameters
    ----------
    text : str
        The text.
    unit : {"char", "word", "byte"}
        What a value is.
    mode : {"file", "line"}
        What is one sequence.

    Returns
    -------
    Raw
    """
    if unit == "word":
        check_text(text)
        return _words(text, mode)
    if unit == "byte":
        check_text(text)
        return split_lines(np.frombuffer(text.encode(), np.uint8), mode)
    return split_lines(code_points(text), mode)


def raw_blocks(text: str, unit: str, mode: str) -> Iterator[Raw]:
    """Characters, words or bytes of a text, block by block.

    Parameters
    ----------
    text : str
    unit : {"char", "word", "byte"}
    mode : {"file", "line"}

    Yields
    ------
    Raw
        At least one; of one sequence, the first alone has a start.

    Raises
    ------
    InputError
        The text holds half a surrogate pair.
    """
    begin = 0
    while begin == 0 or begin < len(text):
        end = _block_end(text, begin + BLOCK_CHARACTERS, unit, mode)
        try:
            raw = raw_text(text[begin:end], unit, mode)
        except InputError:
            check_text(text)  # says where in the whole of it
            raise
        yield raw if begin == 0 or mode == "line" else continued(raw)
        begin = max(end, 1)


def continued(raw: Raw) -> Raw:
    """Values that go on with the sequence before them."""
    return Raw(raw.values, raw.starts[:0])


def _block_end(text: str, end: int, unit: str, mode: str) -> int:
    """Where a block ends that should end there: behind a line, or behind white space."""
    if end >= len(text):
        return len(text)
    if mode == "line":
        return text.find("\n", end) + 1 or len(text)
    if unit != "word":
        return end
    import regex

    space = regex.compile(r"\s").search(text, end)
    return len(text) if space is None else space.end()


def split_lines(values: NDArray[Any], mode: str) -> Raw:
    r"""Drop ``\n`` and ``\r\n`` and remember where lines start; other line ends are symbols."""
    if mode == "file":
        return one_sequence(values)
    newlines = np.flatnonzero(values == _NEWLINE)
    after_return = (newlines > 0) & (values[newlines - 1] == _RETURN)
    keep = np.ones(len(values), bool)
    keep[newlines] = False
    keep[newlines[after_return] - 1] = False
    starts = np.append(0, newlines + 1)
    starts -= np.append(0, np.arange(1, len(newlines) + 1) + np.cumsum(after_return))
    if len(newlines) and newlines[-1] == len(values) - 1:
        starts = starts[:-1]
    return Raw(values[keep], starts.astype(np.int64))


def lines_of(text: AnyStr, newline: AnyStr) -> list[AnyStr]:
    """Split at ``newline``; a last one ends the last line and starts none."""
    lines = text.split(newline)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _words(text: str, mode: str) -> Raw:
    import regex

    tokenize = regex.compile(_WORD).findall
    if mode == "file":
        return one_sequence(tokenize(text))
    words: list[str] = []
    starts = []
    for line in lines_of(text, "\n"):
        starts.append(len(words))
        words.extend(tokenize(line))
    return Raw(words, np.array(starts, np.int64))


def unit_of(unit: str | None, alphabet: Alphabet | None) -> str | None:
    """The unit asked for, or that of the alphabet; they must agree."""
    if unit is not None:
        require_choice("unit", unit, UNITS)
    if alphabet is None:
        return unit
    if unit not in (None, alphabet.unit):
        raise InputError(f"the alphabet is of unit {alphabet.unit}, not {unit}")
    return alphabet.unit
