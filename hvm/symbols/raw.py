"""Values before they have codes: text cut into characters, words and lines; then their codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, AnyStr, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice
from hvm.symbols.alphabet import INT64, TABLE_SPAN, UNITS, Alphabet, check_text, code_points
from hvm.symbols.sequences import Symbols

_NEWLINE, _RETURN = 10, 13

_WORD = r"\w+|[^\w\s]+"
"""For regex, whose words hold combining marks; those of re do not, and fall apart at each."""


Values: TypeAlias = "NDArray[Any] | list[str]"
"""Code points (uint8 or uint32), bytes (uint8) or integers (int64); or words."""


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


def assemble(raws: list[Raw], unit: str, mode: str, alphabet: Alphabet | None) -> Symbols:
    """Give all values codes of one alphabet.

    Parameters
    ----------
    raws : list of Raw
        One after another.
    unit : str
        What a value is.
    mode : {"file", "line"}
        What was read as one sequence.
    alphabet : Alphabet or None
        None for the alphabet of what they hold.

    Returns
    -------
    Symbols
    """
    sizes = np.cumsum([0, *(len(raw.values) for raw in raws[:-1])])
    starts = np.concatenate(
        [raw.starts + size for raw, size in zip(raws, sizes.tolist(), strict=True)]
    )
    values = _joined([raw.values for raw in raws])
    alphabet = _alphabet_of(values, unit) if alphabet is None else alphabet
    if isinstance(values, list):
        codes = alphabet.encode_words(values)
    else:
        codes = alphabet.encode_numbers(values)
    return Symbols(codes, starts, alphabet, mode, _raw_values(values, codes, unit))


def _joined(parts: Sequence[Values]) -> Values:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [word for part in cast("Sequence[list[str]]", parts) for word in part]
    return np.concatenate(cast("Sequence[NDArray[Any]]", parts))


def _alphabet_of(values: Values, unit: str) -> Alphabet:
    if isinstance(values, list):
        return Alphabet(unit, tuple(sorted(set(values))))
    distinct = _distinct(values).tolist()
    return Alphabet(unit, tuple(map(chr, distinct) if unit == "char" else distinct))


def _distinct(values: NDArray[Any]) -> NDArray[Any]:
    if len(values) == 0:
        return values
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest >= TABLE_SPAN:
        return np.unique(values)
    present = np.zeros(highest + 1, bool)
    present[values] = True
    return np.flatnonzero(present)


def _raw_values(values: Values, codes: NDArray[np.int32], unit: str) -> tuple[Any, ...]:
    if len(codes) == 0 or codes.min() >= 0:
        return ()
    where = np.flatnonzero(codes < 0)
    if isinstance(values, list):
        return tuple(values[i] for i in where.tolist())
    raw = values[where].tolist()
    return tuple(map(chr, raw)) if unit == "char" else tuple(raw)


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
