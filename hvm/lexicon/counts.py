"""Counts of one parse: units, fillers, and runs of three units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.lexicon.count import count_triples
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse, parse


def count_units(lexicon: Lexicon, parse: Parse) -> NDArray[np.int64]:
    """Times each entry is a unit, int64[K]; symbols outside the alphabet are left out."""
    units = parse.units[parse.units >= 0]
    return np.bincount(units, minlength=len(lexicon))


def count_fillers(lexicon: Lexicon, parse: Parse) -> NDArray[np.int64]:
    """Times each member fills a slot, int64[P]."""
    return np.bincount(parse.slot_parts, minlength=len(lexicon.parts))


def recounted(
    lexicon: Lexicon, codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> tuple[Lexicon, Parse]:
    """Return a lexicon with its counts in the best parse of some symbols, and that parse.

    Parameters
    ----------
    lexicon : Lexicon
    codes : int32[n]
    starts : int64[s]
        First index of each sequence.

    Returns
    -------
    Lexicon, Parse
    """
    best = parse(lexicon, codes, starts)
    return lexicon.with_counts(count_units(lexicon, best), count_fillers(lexicon, best)), best


@dataclass(frozen=True, eq=False)
class Triples:
    """Three units in a row, sorted by (left, right, middle).

    Attributes
    ----------
    lefts, middles, rights : int64[k]
        Entry ids.
    counts : int64[k]
        How often; runs may overlap.
    """

    lefts: NDArray[np.int64]
    middles: NDArray[np.int64]
    rights: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, rows: NDArray[np.int64], counts: NDArray[np.int64]) -> Triples:
        """Return rows of left, middle and right, int64[k, 3], as columns."""
        lefts, middles, rights = np.ascontiguousarray(rows.T)  # one layout, so one compiled kernel
        return cls(lefts, middles, rights, counts)


def triples(parse: Parse, count_min: int = 1) -> Triples:
    """Count runs of three units within a sequence, those of ``count_min`` or more."""
    rows, counts = count_triples(parse.units, parse.sequence_starts, count_min)
    return Triples.of(rows, counts)
