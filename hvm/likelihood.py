"""How many bits symbols cost under a lexicon; for now by their best parse."""

from __future__ import annotations

from hvm import measures
from hvm.lexicon import Lexicon
from hvm.parsing import Parse, parse
from hvm.symbols import Alphabet, Symbols


def best_parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> float:
    """Bits of the cheapest parse, what unknown symbols pay included.

    The last unit is paid in full, so this is never below -log2 of the exact prefix probability.
    """
    best = parse(lexicon, symbols.codes, symbols.starts, "viterbi")
    return parse_bits(lexicon, alphabet, symbols, best)


def parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols, given: Parse) -> float:
    """Bits of one parse: its units and fillers, and the code space of unknown symbols."""
    escaped = sum(alphabet.code_space_bits(symbol) for symbol in symbols.unknown)
    return measures.data_bits(lexicon, given) + escaped
