"""parse(lexicon, codes, starts, method) -> Parse: units, and the filler of every slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hvm.errors import InputError, require_choice
from hvm.kernels.lexicon.descent import descent
from hvm.kernels.lexicon.greedy import greedy
from hvm.kernels.lexicon.match import QUANTA_PER_BIT
from hvm.kernels.lexicon.trie import Trie, compile_trie
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.lexicon.lexicon import VARIABLE, Lexicon

METHODS = ("viterbi", "greedy", "descent")

I = TypeVar("I", np.int32, np.int64)  # noqa: E741
_Arrays = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Parse:
    """One derivation of some sequences; offsets count symbols from the first of all sequences.

    Attributes
    ----------
    units : int32[m]
        Entry id of each unit, in order; -1 where the symbol is outside the alphabet.
    unit_starts : int64[m + 1]
        First symbol of each unit, then the number of symbols.
    sequence_starts : int64[s]
        Index in ``units`` of each sequence's first unit, ascending; equal for empty sequences.
    slot_units : int64[k]
        Index in ``units`` of the unit that a slot belongs to; slots run unit by unit, from the
        left, depth first.
    slot_variables, slot_fillers : int32[k]
        The variable of a slot and the entry that fills it.
    slot_parts : int64[k]
        Where the filler stands in the lexicon's ``parts``.
    slot_starts, slot_ends : int64[k]
        The filler's span.
    slot_depths : int32[k]
        0 for a slot of the unit, 1 for a slot inside such a filler, and so on.
    """

    units: NDArray[np.int32]
    unit_starts: NDArray[np.int64]
    sequence_starts: NDArray[np.int64]
    slot_units: NDArray[np.int64]
    slot_variables: NDArray[np.int32]
    slot_fillers: NDArray[np.int32]
    slot_parts: NDArray[np.int64]
    slot_starts: NDArray[np.int64]
    slot_ends: NDArray[np.int64]
    slot_depths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.units)


class Compiled(NamedTuple):
    """A lexicon made ready for the parsing kernels; costs in quanta of 2**-20 bit."""

    trie: Trie
    unit_cost: NDArray[np.int64]
    escape_cost: int


def compile_lexicon(lexicon: Lexicon) -> Compiled:
    """Compile a lexicon for matching."""
    unit_cost = quanta(np.where(lexicon.kinds == VARIABLE, 0.0, lexicon.unit_bits))
    trie = compile_trie(lexicon.entries, quanta(lexicon.filler_bits))
    escape_cost = int(quanta(np.array([lexicon.escape_bits]))[0])
    return Compiled(trie, unit_cost, escape_cost)


def quanta(bits: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bits as int64 multiples of 2**-20."""
    rounded: NDArray[np.int64] = np.rint(bits * QUANTA_PER_BIT).astype(np.int64)
    return rounded


def parse(lexicon: Lexicon, codes: ArrayLike, starts: ArrayLike, method: str = "viterbi") -> Parse:
    """Cut sequences into units and name the filler of every slot; the lexicon is only read.

    Parameters
    ----------
    lexicon : Lexicon
    codes : int32[n]
        Symbol codes, -1 outside the alphabet.
    starts : int64[s]
        First index of each sequence; no unit crosses one.
    method : {"viterbi", "greedy", "descent"}

    Returns
    -------
    Parse

    Raises
    ------
    InputError
        An unknown method, codes that are no symbols of the lexicon, or starts that do not ascend
        from 0.

    Examples
    --------
    >>> from hvm import HVM, as_symbols
    >>> model = HVM(context="unigram").fit(["abab", "ab"] * 20)
    >>> symbols = as_symbols(["abb", "ab"], alphabet=model.alphabet_)
    >>> parse(model.lexicon_, symbols.codes, symbols.starts).units  # ab b, ab
    array([2, 1, 2], dtype=int32)
    """
    require_choice("method", method, METHODS)
    symbols = _integers("symbol codes", codes, np.int32)
    begins = _integers("starts", starts, np.int64)
    _check(lexicon.n_atoms, symbols, begins)
    return as_parse(lexicon, *_parsed(lexicon, symbols, begins, method))


def _parsed(
    lexicon: Lexicon, codes: NDArray[np.int32], starts: NDArray[np.int64], method: str
) -> _Arrays:
    """Units, their starts, those of the sequences, and slots, as :func:`as_parse` takes them."""
    if method == "descent":
        return descent(lexicon.entries, codes, starts)
    trie, unit_cost, escape_cost = compile_lexicon(lexicon)
    if method == "viterbi":
        return viterbi(trie, unit_cost, codes, starts, escape_cost, False)[0]
    return greedy(trie, lexicon.unit_counts, codes, starts)


def _integers(name: str, values: ArrayLike, dtype: type[I]) -> NDArray[I]:
    array = np.asarray(values)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise InputError(f"{name} must be integers in one dimension")
    return np.ascontiguousarray(array, dtype)


def _check(n_atoms: int, codes: NDArray[np.int32], starts: NDArray[np.int64]) -> None:
    """Refuse what the kernels, which check nothing, would read past their arrays for."""
    if len(codes) and not -1 <= codes.min() <= codes.max() < n_atoms:
        wrong = codes[(codes < -1) | (codes >= n_atoms)][0]
        raise InputError(f"{wrong} is not a symbol code: the lexicon has {n_atoms} atoms")
    ascends = len(starts) and starts[0] == 0 and not (starts[1:] < starts[:-1]).any()
    if not ascends or starts[-1] > len(codes):
        raise InputError(f"starts must ascend from 0 to at most the {len(codes)} symbols there are")


def as_parse(
    lexicon: Lexicon,
    units: NDArray[np.int32],
    unit_starts: NDArray[np.int64],
    sequence_starts: NDArray[np.int64],
    slots: NDArray[np.int64],
) -> Parse:
    """Return what a parsing kernel returns as a Parse.

    Parameters
    ----------
    lexicon : Lexicon
    units : int32[m]
    unit_starts : int64[m + 1]
    sequence_starts : int64[s]
    slots : int64[k, 5]
        Unit, place in the lexicon's parts, start, end and depth of each slot.

    Returns
    -------
    Parse
    """
    places = slots[:, 1]
    owners = np.searchsorted(lexicon.offsets, places, side="right") - 1
    return Parse(
        units,
        unit_starts,
        sequence_starts,
        slots[:, 0],
        owners.astype(np.int32),
        lexicon.parts[places],
        places,
        slots[:, 2],
        slots[:, 3],
        slots[:, 4].astype(np.int32),
    )
