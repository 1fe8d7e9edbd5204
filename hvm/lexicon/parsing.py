"""parse(lexicon, codes, starts, method) -> Parse: units, and the filler of every slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hvm.errors import InputError
from hvm.kernels.lexicon.descent import descent
from hvm.kernels.lexicon.greedy import greedy
from hvm.kernels.lexicon.match import QUANTA_PER_BIT
from hvm.kernels.lexicon.trie import Trie, compile_trie
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.lexicon.lexicon import VARIABLE, Lexicon

METHODS = ("viterbi", "greedy", "descent")


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

    units: np.ndarray
    unit_starts: np.ndarray
    sequence_starts: np.ndarray
    slot_units: np.ndarray
    slot_variables: np.ndarray
    slot_fillers: np.ndarray
    slot_parts: np.ndarray
    slot_starts: np.ndarray
    slot_ends: np.ndarray
    slot_depths: np.ndarray

    def __len__(self) -> int:
        return len(self.units)


class Compiled(NamedTuple):
    """A lexicon made ready for the parsing kernels; costs in quanta of 2**-20 bit."""

    trie: Trie
    unit_cost: np.ndarray
    escape_cost: int


def compile_lexicon(lexicon: Lexicon) -> Compiled:
    """Compile a lexicon for matching."""
    unit_cost = quanta(np.where(lexicon.kinds == VARIABLE, 0.0, lexicon.unit_bits))
    trie = compile_trie(lexicon.entries, quanta(lexicon.filler_bits))
    escape_cost = int(quanta(np.array([lexicon.escape_bits]))[0])
    return Compiled(trie, unit_cost, escape_cost)


def quanta(bits: np.ndarray) -> np.ndarray:
    """Bits as int64 multiples of 2**-20."""
    return np.rint(bits * QUANTA_PER_BIT).astype(np.int64)


def parse(
    lexicon: Lexicon, codes: np.ndarray, starts: np.ndarray, method: str = "viterbi"
) -> Parse:
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
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    codes = _integers("symbol codes", codes, np.int32)
    starts = _integers("starts", starts, np.int64)
    _check(lexicon.n_atoms, codes, starts)
    return wrap(lexicon, *_cut(lexicon, codes, starts, method))


def _cut(lexicon: Lexicon, codes: np.ndarray, starts: np.ndarray, method: str) -> tuple:
    if method == "descent":
        return descent(lexicon.entries, codes, starts)
    trie, unit_cost, escape_cost = compile_lexicon(lexicon)
    if method == "viterbi":
        return viterbi(trie, unit_cost, codes, starts, escape_cost)[0]
    return greedy(trie, lexicon.unit_counts, codes, starts)


def _integers(name: str, values: np.ndarray, dtype: type) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise InputError(f"{name} must be integers in one dimension")
    return np.ascontiguousarray(array, dtype)


def _check(n_atoms: int, codes: np.ndarray, starts: np.ndarray) -> None:
    """Refuse what the kernels, which check nothing, would read past their arrays for."""
    if len(codes) and not -1 <= codes.min() <= codes.max() < n_atoms:
        wrong = codes[(codes < -1) | (codes >= n_atoms)][0]
        raise InputError(f"{wrong} is not a symbol code: the lexicon has {n_atoms} atoms")
    ascends = len(starts) and starts[0] == 0 and not (starts[1:] < starts[:-1]).any()
    if not ascends or starts[-1] > len(codes):
        raise InputError(f"starts must ascend from 0 to at most the {len(codes)} symbols there are")


def parse_to_atoms(codes: np.ndarray, starts: np.ndarray) -> Parse:
    """The only parse there is without chunks: every symbol a unit."""
    none = np.zeros((0, 5), np.int64)
    return wrap(Lexicon.of_atoms(0), codes, np.arange(len(codes) + 1), starts, none)


def wrap(
    lexicon: Lexicon,
    units: np.ndarray,
    unit_starts: np.ndarray,
    sequence_starts: np.ndarray,
    slots: np.ndarray,
) -> Parse:
    """Make a Parse of what a parsing kernel returns; ``slots`` is int64[k, 5]."""
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
