"""How many bits symbols cost: exactly, summed over all parses, and by their best parse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.kernels.lexicon.forward import symbol_bits
from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.lexicon.parsing import Parse, compile_lexicon, parse
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols


def exact_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> NDArray[np.float64]:
    """Bits of each symbol given those before it in its sequence, summed over all parses.

    The last unit may run past the end of a sequence, so the strings of each length share
    probability 1. Symbols outside the alphabet pay the escape and their code space.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        The symbols that the atoms stand for.
    symbols : Symbols
        In that alphabet.

    Returns
    -------
    float64[n]
        Adds up to -log2 of the prefix probability of each sequence.
    """
    is_unit = lexicon.kinds != VARIABLE
    bits: NDArray[np.float64] = symbol_bits(
        compile_lexicon(lexicon).trie,
        np.where(is_unit, np.exp2(-lexicon.unit_bits), 0.0),
        np.exp2(-lexicon.filler_bits),
        symbols.codes,
        symbols.starts,
        lexicon.escape_bits,
    )
    return with_code_space(bits, alphabet, symbols)


def known_bits(
    lexicon: Lexicon, codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Bits of each symbol given those before it, where none but known ones can follow.

    As :func:`exact_bits`, but the escape's share goes to the units.

    Parameters
    ----------
    lexicon : Lexicon
    codes : int32[n]
        -1 is unknown: there a unit must end.
    starts : int64[s]
        First index of each sequence.

    Returns
    -------
    float64[n]
        Infinite where the symbol is unknown.
    """
    chances = np.where(lexicon.kinds != VARIABLE, np.exp2(-lexicon.unit_bits), 0.0)
    fillers = np.exp2(-lexicon.filler_bits)
    trie = compile_lexicon(lexicon).trie
    bits: NDArray[np.float64] = symbol_bits(
        trie, chances / chances.sum(), fillers, codes, starts, np.inf
    )
    return bits


class Naming(Protocol):
    """What says how symbols are named that an alphabet lacks; every alphabet does."""

    def code_space_bits(self, symbols: Sequence[Any]) -> NDArray[np.float64]:
        """Bits of each, float64[k], beside its escape."""


def with_code_space(
    bits: NDArray[np.float64], naming: Naming, symbols: Symbols
) -> NDArray[np.float64]:
    """Bits of symbols, and of naming those that the alphabet lacks.

    Where rounding left a sure symbol a hair below nothing, it costs nothing.

    Parameters
    ----------
    bits : float64[n]
        Of each symbol, the escape for unknown ones; changed.
    naming : Naming
    symbols : Symbols
        In their alphabet. Codes -1 of which the raw symbols are not known need no name.

    Returns
    -------
    float64[n]
    """
    np.maximum(bits, 0.0, out=bits)
    if symbols.unknown:
        unknown = np.flatnonzero(symbols.codes < 0)
        bits[unknown] += naming.code_space_bits(symbols.unknown)
    return bits


def mean_bits(bits: NDArray[np.float64]) -> float:
    """Return bits a symbol, or raise :class:`InputError` where there is no symbol."""
    if not len(bits):
        raise InputError("there is no symbol to score")
    return float(bits.mean())


def best_parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> float:
    """Bits of the cheapest parse, what unknown symbols pay included.

    The last unit is paid in full, so this is never below the sum of :func:`exact_bits`.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        The symbols that the atoms stand for.
    symbols : Symbols
        In that alphabet.

    Returns
    -------
    float
    """
    best = parse(lexicon, symbols.codes, symbols.starts, "viterbi")
    return parse_bits(lexicon, alphabet, symbols, best)


def parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols, cut: Parse) -> float:
    """Bits of one parse, the sum of its costs.

    Parameters
    ----------
    lexicon, alphabet, symbols, cut
        As of :func:`parse_costs`.

    Returns
    -------
    float
    """
    return math.fsum(parse_costs(lexicon, alphabet, symbols, cut))


def parse_costs(
    lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols, cut: Parse
) -> NDArray[np.float64]:
    """Bits of all that one parse pays for: units, fillers, escapes, code space of unknown symbols.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        The symbols that the atoms stand for.
    symbols : Symbols
        In that alphabet.
    cut : Parse
        Of these symbols, under the lexicon.

    Returns
    -------
    float64[k]
        In no order that means anything.
    """
    known = cut.units[cut.units >= 0]
    escapes = np.full(len(cut.units) - len(known), lexicon.escape_bits)
    names = alphabet.code_space_bits(symbols.unknown)
    fillers = lexicon.filler_bits[cut.slot_parts]
    return np.concatenate([lexicon.unit_bits[known], fillers, escapes, names])
