"""count(lexicon, parse) -> Counts: units, fillers, adjacent pairs and triples of one parse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hvm.kernels.lexicon.count import count_pairs, count_triples
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse


@dataclass(frozen=True, eq=False)
class Counts:
    """What a parse holds, and how often. Counts of shards add: see :func:`merge`.

    Attributes
    ----------
    units : int64[K]
        By entry.
    fillers : int64[P]
        By place in the lexicon's ``parts``.
    pair_codes, pairs : int64[k]
        left << 32 | right, ascending, and how often the two are adjacent within a sequence, a
        unit with itself without overlap.
    """

    units: np.ndarray
    fillers: np.ndarray
    pair_codes: np.ndarray
    pairs: np.ndarray


def count(lexicon: Lexicon, parse: Parse, pair_count_min: int = 1) -> Counts:
    """Unit, filler and pair counts of one parse."""
    codes, pairs = count_pairs(parse.units, parse.sequence_starts, pair_count_min)
    return Counts(count_units(lexicon, parse), count_fillers(lexicon, parse), codes, pairs)


def count_units(lexicon: Lexicon, parse: Parse) -> np.ndarray:
    """Times each entry is a unit, int64[K]; symbols outside the alphabet are left out."""
    # A bin of their own for unknown units (-1) is faster than taking them out.
    return np.bincount(parse.units + 1, minlength=len(lexicon) + 1)[1:]


def count_fillers(lexicon: Lexicon, parse: Parse) -> np.ndarray:
    """Times each member fills a slot, int64[P]."""
    return np.bincount(parse.slot_parts, minlength=len(lexicon.parts))


def merge(a: Counts, b: Counts) -> Counts:
    """Counts of two shards parsed with one lexicon."""
    codes, where = np.unique(np.concatenate([a.pair_codes, b.pair_codes]), return_inverse=True)
    pairs = np.bincount(where, weights=np.concatenate([a.pairs, b.pairs])).astype(np.int64)
    return Counts(a.units + b.units, a.fillers + b.fillers, codes, pairs)


@dataclass(frozen=True, eq=False)
class Triples:
    """Three units in a row, sorted by (left, right, middle).

    All int64[k]; ``counts`` may overlap.
    """

    lefts: np.ndarray
    middles: np.ndarray
    rights: np.ndarray
    counts: np.ndarray


def triples(parse: Parse, count_min: int = 1) -> Triples:
    """Count runs of three units within a sequence, those of ``count_min`` or more."""
    rows, counts = count_triples(parse.units, parse.sequence_starts, count_min)
    lefts, middles, rights = np.ascontiguousarray(rows.T)  # one layout, so one compiled kernel
    return Triples(lefts, middles, rights, counts)
