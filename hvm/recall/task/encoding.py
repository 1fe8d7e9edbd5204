"""Sequences as codes: what separates symbols, the alphabet of a table, and its codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.task.checks import Cells, Place, shown
from hvm.recall.task.notation import Notation

_ROWS_AT_ONCE = 1 << 14
"""Rows that are split at a time: the symbols of all at once would be a gigabyte of strings."""

Split = tuple[list[str], NDArray[np.integer[Any]], NDArray[np.int64]]
"""Distinct symbols, the index of each symbol among them, and the length of each sequence."""


def encode(
    sequences: Cells,
    order: NDArray[np.intp],
    notation: Notation,
    place: Place,
    symbols: Sequence[str] | None,
) -> tuple[tuple[str, ...], NDArray[np.int32], NDArray[np.int64]]:
    """Turn sequences into codes.

    Parameters
    ----------
    sequences : object[rows]
        Texts in the order of the table, none of them empty.
    order : intp[rows]
        The rows of the table in the order of the codes.
    notation : Notation
        How the sequences are written.
    place : Place
        Of the table.
    symbols : sequence of str, optional
        What codes stand for; without, the symbols of the sequences: numbers first, in order.

    Returns
    -------
    symbols : tuple of str
    codes : int32[n]
        -1 outside ``symbols``.
    starts : int64[rows + 1]
        First code of each row, and the number of codes.

    Raises
    ------
    InputError
        A separator has no symbol at one side, or ``symbols`` are not distinct.
    """
    texts = sequences[order].tolist()
    split = notation.splitter(sequences, place)
    distinct, indices, lengths = _split_codes(texts, split) if split else _character_codes(texts)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    if "" in distinct:
        is_bad = np.logical_or.reduceat(indices == distinct.index(""), starts[:-1])
        place.fail_where(
            is_bad[np.argsort(order)],
            "sequence",
            lambda at: f"{shown(sequences[at])} has a separator without a symbol",
        )
    names = tuple(sorted(distinct, key=_rank)) if symbols is None else _distinct(symbols)
    code_of = {symbol: code for code, symbol in enumerate(names)}
    codes = np.array([code_of.get(symbol, -1) for symbol in distinct], np.int32)[indices]
    codes.flags.writeable = starts.flags.writeable = False
    return names, codes, starts


def _distinct(symbols: Sequence[str]) -> tuple[str, ...]:
    if len(set(symbols)) < len(symbols):
        raise InputError("symbols: must be distinct")
    return tuple(symbols)


def _character_codes(texts: list[str]) -> Split:
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4")
    is_there = np.zeros(sys.maxunicode + 1, bool)
    is_there[points] = True
    distinct = np.flatnonzero(is_there)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return [chr(point) for point in distinct], (np.cumsum(is_there) - 1)[points], lengths


def _split_codes(texts: list[str], split: Callable[[str], list[str]]) -> Split:
    index: dict[str, int] = {}
    codes: list[NDArray[np.int32]] = []
    lengths: list[int] = []
    for begin in range(0, len(texts), _ROWS_AT_ONCE):
        rows = [split(text) for text in texts[begin : begin + _ROWS_AT_ONCE]]
        symbols = list(chain.from_iterable(rows))
        for symbol in dict.fromkeys(symbols):
            index.setdefault(symbol, len(index))
        codes.append(np.fromiter(map(index.__getitem__, symbols), np.int32, len(symbols)))
        lengths += map(len, rows)
    return list(index), np.concatenate(codes), np.array(lengths, np.int64)


def _rank(symbol: str) -> tuple[bool, int, str]:
    """Sorts whole numbers by value, before everything else."""
    digits = symbol.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 19
    return not is_number, int(symbol) if is_number else 0, symbol
