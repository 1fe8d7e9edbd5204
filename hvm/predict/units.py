"""Units that characters or bytes stand in: words, and what stands between them.

A unit is a run of symbols of one kind, letters, spaces or others; a single separator is none.
Kinds follow from what symbols are and from what stands beside them in the training text, so where
units begin is known without looking ahead.
"""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.counting import (
    NONE,
    beginnings,
    items_before,
    known_beginnings,
    more_beginnings,
)
from hvm.kernels.table import Table
from hvm.predict.hierarchy import grain_sizes, variable_hierarchy
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols

LETTER, SPACE, OTHER = 0, 1, 2
_LONGEST_MEAN = 32
"""Symbols: where spaces are rarer than one in so many, they separate no words."""


class Kinds(NamedTuple):
    """What makes units of the symbols of an alphabet."""

    of_code: NDArray[np.int8]  # [symbols + 1], last of an unknown one
    separator: int
    """Code of the space that comes most often; one alone is no unit."""


def kinds_of(training: Symbols) -> Kinds | None:
    """Return the kinds of symbols; None where no spaces separate units.

    What is neither letter nor space is a letter if it stands between two letters more often than
    not.

    Parameters
    ----------
    training : Symbols

    Returns
    -------
    Kinds or None

    Examples
    --------
    >>> from hvm import as_symbols
    >>> kinds = kinds_of(as_symbols("it's one dog's bone."))
    >>> kinds.of_code.tolist()  # of a space, an apostrophe, a point, and letters
    [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    >>> kinds_of(as_symbols("itsonedogsbone")) is None
    True
    """
    codes, alphabet = training.codes, training.alphabet
    if alphabet.unit not in ("char", "byte") or not len(codes):
        return None
    kinds = np.array([*map(_kind, _characters(alphabet)), OTHER], np.int8)
    counts = np.bincount(codes, minlength=len(alphabet))
    spaces = counts * (kinds[:-1] == SPACE)
    if spaces.sum() * _LONGEST_MEAN < len(codes):
        return None
    between = np.zeros(len(codes), np.bool_)
    is_letter = kinds[codes] == LETTER
    between[1:-1] = is_letter[:-2] & is_letter[2:]
    inside = np.bincount(codes[between], minlength=len(alphabet))
    kinds[:-1][(kinds[:-1] == OTHER) & (2 * inside > counts)] = LETTER
    return Kinds(kinds, int(spaces.argmax()))


def _characters(alphabet: Alphabet) -> list[str]:
    """Bytes that are not ASCII are parts of letters, as far as can be told."""
    if alphabet.unit == "char":
        return list(alphabet.symbols)
    return [chr(byte) if byte < 128 else "a" for byte in alphabet.symbols]


def _kind(character: str) -> int:
    if character.isspace():
        return SPACE
    return LETTER if category(character)[0] in "LMN" else OTHER


class KindRuns(NamedTuple):
    """Symbols of one kind, one after the other in their sequences."""

    starts: NDArray[np.int64]  # [runs]
    numbers: NDArray[np.int32]  # [n], which run each symbol is in
    is_unit: NDArray[np.bool_]  # [runs]
    n_before: NDArray[np.int64]  # [runs + 1], units that came before
    first: NDArray[np.int64]  # [sequences], each one's first run

    def ends(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Of each unit: the number at its last symbol."""
        lasts = np.append(self.starts[1:], len(numbers)) - 1
        of_units: NDArray[np.int32] = numbers[lasts[self.is_unit]]
        return of_units


def runs_of(codes: NDArray[np.int32], starts: NDArray[np.int64], kinds: Kinds) -> KindRuns:
    """Find the runs of a text.

    Parameters
    ----------
    codes : int32[n]
        -1 is unknown.
    starts : int64[s]
        First index of each sequence.
    kinds : Kinds

    Returns
    -------
    KindRuns
    """
    of_place = kinds.of_code[codes]
    begins = np.ones(len(codes), np.bool_)
    begins[1:] = of_place[1:] != of_place[:-1]
    begins[starts[starts < len(codes)]] = True
    run_starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(run_starts, len(codes)))
    is_unit = (lengths > 1) | (codes[run_starts] != kinds.separator)
    n_before = np.append(0, np.cumsum(is_unit))
    first = np.searchsorted(run_starts, starts)
    numbers = np.cumsum(begins, dtype=np.int32) - np.int32(1)
    return KindRuns(run_starts, numbers, is_unit, n_before, first)


class TextUnits(NamedTuple):
    """Units of a training text."""

    kinds: Kinds
    table: Table  # of beginnings
    of_beginning: NDArray[np.int32]  # [beginnings + 1], the unit that it is, or -1; last -1
    variables: NDArray[np.int32]  # [grains, units], the finest grain first


def unit_sizes(training: Symbols, kinds: Kinds) -> list[int]:
    """Return how many variables of units each grain has at most, the finest first.

    Parameters
    ----------
    training : Symbols
    kinds : Kinds
    """
    n_units = int(runs_of(training.codes, training.starts, kinds).n_before[-1])
    return grain_sizes(n_units, n_units) if n_units else []


def number_units(codes: NDArray[np.int32], starts: NDArray[np.int64], kinds: Kinds) -> TextUnits:
    """Number the units of a text; they have no variables yet.

    Parameters
    ----------
    codes : int32[n]
        All known.
    starts : int64[s]
        First index of each sequence.
    kinds : Kinds

    Returns
    -------
    TextUnits
    """
    runs = runs_of(codes, starts, kinds)
    places, numbers, table = beginnings(codes, runs.starts)
    is_unit = np.bincount(runs.ends(numbers), minlength=len(places)) > 0
    of_beginning = np.append(np.where(is_unit, np.cumsum(is_unit) - 1, -1), -1).astype(np.int32)
    variables = np.zeros((0, np.count_nonzero(is_unit)), np.int32)
    return TextUnits(kinds, Table(*table), of_beginning, variables)


class UnitPlaces(NamedTuple):
    """Symbols in their units, and these in their sequences."""

    text: NDArray[np.int32]  # [units of the text], -1 unknown
    where: NDArray[np.int64]  # [n], units of the text that ended before
    steps: NDArray[np.int64]  # [n], the same of the sequence
    begun: NDArray[np.int32]  # [n], what stands of the unit under way; NONE if it is not known
    of_code: NDArray[np.int32]  # [1 + grains, units + 1], last of an unknown one: -1
    runs: KindRuns  # of the text

    def part(self, n_places: int, variables: NDArray[np.int32]) -> UnitPlaces:
        """The first places, where units have variables."""
        where, steps, begun = self.where[:n_places], self.steps[:n_places], self.begun[:n_places]
        return UnitPlaces(self.text, where, steps, begun, with_unknown(variables), self.runs)

    def items(self, grain: int, steps: int) -> NDArray[np.int32]:
        """The unit so many back at each place, or its variable, int32[n]."""
        return items_before(self.text, self.where, self.steps, self.of_code[grain], steps)


def unit_places(
    units: TextUnits,
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    where: NDArray[np.int64],
    with_new: bool = False,
) -> UnitPlaces:
    """Put symbols of any text in their units.

    Parameters
    ----------
    units : TextUnits
    codes : int32[n]
        -1 is unknown.
    starts : int64[s]
        First index of each sequence.
    where : int64[p]
        The symbols that are asked for.
    with_new : bool, default False
        Whether units that the training text has not are told apart, as it suits who learns.

    Returns
    -------
    UnitPlaces
    """
    runs = runs_of(codes, starts, units.kinds)
    find = more_beginnings if with_new else known_beginnings
    numbers, variables = find(codes, runs.starts, units.table), units.variables
    text = units.of_beginning[np.minimum(runs.ends(numbers), len(units.of_beginning) - 1)]
    if with_new:
        n_units, is_new = variables.shape[1], text < 0
        text[is_new] = n_units + runs.ends(numbers)[is_new]
        n_new = int(text.max(initial=0)) + 1 - n_units
        variables = np.pad(variables, ((0, 0), (0, max(0, n_new))), constant_values=-1)
    is_first = np.zeros(len(codes), np.bool_)
    is_first[starts[starts < len(codes)]] = True
    before = where - ~is_first[where]  # the symbol before, if the sequence has one
    begun = np.where(numbers[before] == NONE, NONE, numbers[before] + 1)
    n_before = runs.n_before[runs.numbers[before]]
    lengths = np.diff(np.append(starts, len(codes)))
    of_sequence = np.repeat(runs.n_before[runs.first], lengths)
    return UnitPlaces(
        text,
        n_before,
        n_before - of_sequence[where],
        np.where(is_first[where], 0, begun).astype(np.int32),
        with_unknown(variables),
        runs,
    )


def unit_variables(places: UnitPlaces, n_symbols: int, sizes: list[int]) -> NDArray[np.int32]:
    """Find variables of the units that ended in a part of a training text.

    Parameters
    ----------
    places : UnitPlaces
        Of the whole text.
    n_symbols : int
        Of its first part.
    sizes : list of int
        Variables at each grain, falling.

    Returns
    -------
    int32[grains, units]
        -1 of those that do not stand there.
    """
    runs, n_units = places.runs, places.of_code.shape[1] - 1
    last_run = runs.numbers[n_symbols] if n_symbols < len(runs.numbers) else -1
    text = places.text[: runs.n_before[last_run]]
    variables = variable_hierarchy(text, runs.n_before[runs.first], n_units, sizes)
    variables[:, np.bincount(text, minlength=n_units) == 0] = -1
    return variables


def with_unknown(variables: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return what each code is: itself, then its variables; and an unknown one -1.

    Parameters
    ----------
    variables : int32[grains, symbols]

    Returns
    -------
    int32[1 + grains, symbols + 1]

    Examples
    --------
    >>> with_unknown(np.array([[0, 0, 1]], np.int32)).tolist()
    [[0, 1, 2, -1], [0, 0, 1, -1]]
    """
    itself = np.arange(variables.shape[1], dtype=np.int32)[None]
    of_code = np.concatenate([itself, variables])
    unknown = np.full((len(of_code), 1), -1, np.int32)
    return np.concatenate([of_code, unknown], axis=1)
