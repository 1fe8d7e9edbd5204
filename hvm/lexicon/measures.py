"""Measures of a lexicon and a parse: the nine published ones, and the honest bits.

Definitions: design sections 3 (bits) and 9 (published). Every bit count here is the length of a
code that decodes: `lexicon_bits` writes the lexicon and its counts down, `data_bits` a parse
under it.
"""

from __future__ import annotations

from hvm.kernels.lexicon import measures as kernels
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse

PUBLISHED_MEASURES = (
    "sequence_length",
    "parsing_search_steps",
    "representation_complexity_bits",
    "explanatory_volume",
    "sequence_complexity_bits",
    "representation_entropy_bits",
    "n_chunks",
    "n_variables",
    "storage_cost_nats",
)


def published_measures(lexicon: Lexicon, parse: Parse, n_symbols: int) -> dict[str, float]:
    """Return the nine published measures of one pass, named as in the published tables.

    Counts are those of ``parse``, whatever counts ``lexicon`` holds. Units outside the alphabet
    lengthen the parse and are otherwise left out.

    Parameters
    ----------
    lexicon : Lexicon
    parse : Parse
        A parse under ``lexicon``.
    n_symbols : int
        Symbols parsed.

    Returns
    -------
    dict of str to float
        Keys are ``PUBLISHED_MEASURES``; units are in the names, steps and volume are per unit.
    """
    values = kernels.measure(
        lexicon.entries,
        count_units(lexicon, parse),
        count_fillers(lexicon, parse),
        n_symbols,
        len(parse.units),
    )
    return dict(zip(PUBLISHED_MEASURES, values.tolist(), strict=True))


def data_bits(lexicon: Lexicon, parse: Parse) -> float:
    """Return the bits that ``parse`` costs: its units, and the fillers of all its slots.

    A unit outside the alphabet pays the escape; the code space of its symbol is paid elsewhere.
    """
    known = parse.units >= 0
    bits = float(lexicon.unit_bits[parse.units[known]].sum())
    bits += float(lexicon.filler_bits[parse.slot_parts].sum())
    n_unknown = len(known) - int(known.sum())
    return bits + n_unknown * lexicon.escape_bits if n_unknown else bits


def lexicon_bits(lexicon: Lexicon, alphabet_bits: float = 0.0) -> float:
    """Return the bits that write ``lexicon`` and its counts down.

    The code, in order: the alphabet (``alphabet_bits``, its size included); Elias gamma of the
    number of chunks and variables + 1; for each, by id, one bit for the kind, Elias gamma of size
    - 1, and each part among all earlier entries; the number of units as Elias delta of N + 1 and
    their distribution over the U atoms and chunks, log2 C(N + U - 1, U - 1); for each variable,
    the youngest first, the distribution over its members: how often it is filled follows from what
    is known by then, the counts of the units and of the fillers that hold it.

    Examples
    --------
    >>> lexicon_bits(Lexicon.of_atoms(4)), round(lexicon_bits(Lexicon.of_atoms(4), 30.5), 1)
    (2.0, 32.5)
    """
    return alphabet_bits + kernels.lexicon_bits(
        lexicon.entries, lexicon.unit_counts, lexicon.filler_counts
    )


def description_length(lexicon: Lexicon, parse: Parse, alphabet_bits: float = 0.0) -> float:
    """Return ``lexicon_bits + data_bits``."""
    return lexicon_bits(lexicon, alphabet_bits) + data_bits(lexicon, parse)
