"""How many bits symbols cost under a lexicon; for now by their best parse."""

from __future__ import annotations

from hvm import measures
from hvm.lexicon import Lexicon
from hvm.parsing import parse
from hvm.symbols import Alphabet, Symbols


def best_parse_bits(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> float:
    """Bits of the cheapest parse: its units and fillers, and what unknown symbols pay for themselves.

    The last unit is paid in full, so this is never below -log2 of the exact prefix probability.
    """
    best = parse(lexicon, symbols.codes, symbols.starts, "viterbi")
    escaped = sum(alphabet.code_space_bits(symbol) for symbol in symbols.unknown)
    return measures.data_bits(lexicon, best) + escaped
