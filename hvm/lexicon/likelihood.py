"""How many bits symbols cost: exactly, summed over all parses, and by their best parse."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from hvm.kernels.lexicon.forward import symbol_bits
from hvm.lexicon import measures
from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.lexicon.parsing import Parse, compile_lexicon, parse
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols


class SequenceModel(Protocol):
    """What every model answers: the bits that each symbol cost, given what came before.

    Neither method changes the model. Adaptive models learn on a copy while they go, so that what
    comes before includes the sequences before.
    """

    def surprisal(self, symbols: Any) -> np.ndarray:
        """Bits of each symbol given those before it, float64[n]."""
        ...

    def score(self, symbols: Any) -> float:
        """Bits per symbol."""
        ...


def exact_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> np.ndarray:
    """Bits of each symbol given those before it in its sequence, summed over all parses.

    The last unit may run past the end of a sequence, so the strings of each length share
    probability 1. Symbols outside the alphabet pay the escape and their code space.

    Returns
    -------
    float64[n]
        Adds up to -log2 of the prefix probability of each sequence.
    """
    is_unit = lexicon.kinds != VARIABLE
    bits = symbol_bits(
        compile_lexicon(lexicon).trie,
        np.where(is_unit, np.exp2(-lexicon.unit_bits), 0.0),
        np.exp2(-lexicon.filler_bits),
        symbols.codes,
        symbols.starts,
        lexicon.escape_bits,
    )
    unknown = np.flatnonzero(symbols.codes < 0)
    bits[unknown] += [alphabet.code_space_bits(symbol) for symbol in symbols.unknown]
    return bits


def best_parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> float:
    """Bits of the cheapest parse, what unknown symbols pay included.

    The last unit is paid in full, so this is never below the sum of :func:`exact_bits`.
    """
    best = parse(lexicon, symbols.codes, symbols.starts, "viterbi")
    return parse_bits(lexicon, alphabet, symbols, best)


def parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols, given: Parse) -> float:
    """Bits of one parse: its units and fillers, and the code space of unknown symbols."""
    escaped = sum(alphabet.code_space_bits(symbol) for symbol in symbols.unknown)
    return measures.data_bits(lexicon, given) + escaped
