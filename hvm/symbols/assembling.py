"""Raw sequences as symbols: no more of them than a block stands in memory beside the codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hvm.symbols.alphabet import TABLE_SPAN, Alphabet
from hvm.symbols.raw import Raw, Values
from hvm.symbols.sequences import LOOKED_UP, Codes, Symbols, code_dtype, looked_up


def assemble(raws: Iterable[Raw], unit: str, mode: str, alphabet: Alphabet | None) -> Symbols:
    """Give all values codes of one alphabet.

    Parameters
    ----------
    raws : iterable of Raw
        One after another; one without starts goes on with the last sequence.
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
    n, starts, blocks, unknown = 0, list[NDArray[np.int64]](), list[Codes](), list[Any]()
    found = None if alphabet is not None or unit == "int" else _Found(unit)
    if unit == "int":
        whole = _joined(list(raws))
        alphabet = _integers_of(whole.values) if alphabet is None else alphabet
        raws = [whole]
    for values, begins in _batches(raws):
        starts.append(begins + n)
        n += len(values)
        if found is not None:
            blocks.append(found.codes(values))
        else:
            assert alphabet is not None
            blocks.append(_known(values, alphabet, unknown))
    if found is not None:
        alphabet, codes = found.in_order(blocks, n)
    else:
        codes = np.concatenate(blocks)
    assert alphabet is not None
    return Symbols(codes, np.concatenate(starts), alphabet, mode, tuple(unknown))


def _batches(raws: Iterable[Raw]) -> Iterator[Raw]:
    """Short ones put together, for what is done once for each of some values takes time."""
    waiting, size = list[Raw](), 0
    for raw in raws:
        waiting.append(raw)
        size += len(raw.values)
        if size >= LOOKED_UP:
            yield _joined(waiting)
            waiting, size = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(raws: list[Raw]) -> Raw:
    if len(raws) == 1:
        return raws[0]
    sizes = np.cumsum([0, *(len(raw.values) for raw in raws[:-1])]).tolist()
    starts = [raw.starts + size for raw, size in zip(raws, sizes, strict=True)]
    if isinstance(raws[0].values, list):
        values: Values = [word for raw in raws for word in raw.values]
    else:
        values = np.concatenate([cast("NDArray[Any]", raw.values) for raw in raws])
    return Raw(values, np.concatenate(starts))


def _known(values: Values, alphabet: Alphabet, unknown: list[Any]) -> Codes:
    """Codes in an alphabet; what it lacks is appended to ``unknown``, raw."""
    if isinstance(values, list):
        codes = alphabet.encode_words(values)
    else:
        parts = range(0, max(len(values), 1), LOOKED_UP)
        codes = np.concatenate([alphabet.encode_numbers(values[k : k + LOOKED_UP]) for k in parts])
    if len(codes) == 0 or codes.min() >= 0:
        return codes.astype(code_dtype(len(alphabet)))
    where = np.flatnonzero(codes < 0)
    if isinstance(values, list):
        unknown += [values[k] for k in where.tolist()]
    else:
        raw = values[where].tolist()
        unknown += map(chr, raw) if alphabet.unit == "char" else raw
    return codes


def _integers_of(values: Values) -> Alphabet:
    """The alphabet of integers that stand in one array."""
    assert not isinstance(values, list)
    if len(values) == 0:
        return Alphabet("int", ())
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest >= TABLE_SPAN:
        return Alphabet("int", tuple(np.unique(values).tolist()))
    is_there = np.zeros(highest + 1, bool)
    is_there[values] = True
    return Alphabet("int", tuple(np.flatnonzero(is_there).tolist()))


class _Found:
    """Characters, bytes or words found so far, coded in the order in which they were.

    Parameters
    ----------
    unit : {"char", "byte", "word"}
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._words: defaultdict[str, int] = defaultdict(count().__next__)
        self._code_of, self._numbers = np.full(256, -1, np.int32), list[int]()

    def codes(self, values: Values) -> Codes:
        """Codes of some values, of the smallest type that holds them."""
        if isinstance(values, list):
            codes = np.fromiter(map(self._words.__getitem__, values), np.int32, len(values))
            return codes.astype(code_dtype(len(self._words)))
        parts = range(0, max(len(values), 1), LOOKED_UP)
        return np.concatenate([self._of_numbers(values[k : k + LOOKED_UP]) for k in parts])

    def _of_numbers(self, values: NDArray[Any]) -> Codes:
        highest = int(values.max(initial=0))
        if highest >= len(self._code_of):
            more = np.full(highest + 1 - len(self._code_of), -1, np.int32)
            self._code_of = np.append(self._code_of, more)
        codes = self._code_of[values]
        if codes.min(initial=0) < 0:
            new = np.unique(values[codes < 0])
            self._code_of[new] = np.arange(len(self._numbers), len(self._numbers) + len(new))
            self._numbers += new.tolist()
            codes = self._code_of[values]
        narrow: Codes = codes.astype(code_dtype(len(self._numbers)))
        return narrow

    def in_order(self, blocks: list[Codes], n: int) -> tuple[Alphabet, Codes]:
        """The alphabet, and the codes in it of all blocks, which are taken from the list.

        Parameters
        ----------
        blocks : list of codes
        n : int
            Codes in all.

        Returns
        -------
        alphabet : Alphabet
        codes : uint8[n], uint16[n] or int32[n]
        """
        if self._unit == "word":
            symbols: list[Any] = list(self._words)
        else:
            symbols = list(map(chr, self._numbers)) if self._unit == "char" else self._numbers
        order = sorted(range(len(symbols)), key=symbols.__getitem__)
        code_of = np.zeros(max(len(symbols), 1), code_dtype(len(symbols)))
        code_of[order] = np.arange(len(symbols))
        codes, end = np.empty(n, code_of.dtype), n
        while blocks:
            block = blocks.pop()
            codes[end - len(block) : end] = looked_up(code_of, block)
            end -= len(block)
        return Alphabet(self._unit, tuple(symbols[k] for k in order)), codes
