"""The published algorithm: the passes that `HVM.paper()` makes.

A pass is parse, measure, prune, count, propose, extend; each is a kernel and `learn_pass` their
order. Nothing is random and every choice has a stated tie-break, so the same codes give the same
lexicon.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import Entries
from hvm.kernels.learn.published_entries import extend_entries
from hvm.kernels.learn.published_proposals import (
    count_neighbours,
    propose_frames,
    propose_pairs,
    prune_chunks,
)
from hvm.kernels.lexicon.count import count_triples
from hvm.kernels.lexicon.descent import descent
from hvm.kernels.lexicon.measures import data_bits, lexicon_bits, measure


class PassSettings(NamedTuple):
    """Constants of a pass; see :class:`hvm.learn.hvm.PaperHVM`."""

    variables: bool
    pair_count_min: int
    frame_count_min: int
    fillers_min: int
    fillers_max: int
    chi2_min: float
    bits_limit: float
    prune_count_max: int
    smoothing: float


class Pass(NamedTuple):
    """What a pass leaves: the entries of the next one, and of this one counts and measures."""

    entries: Entries
    is_settled: bool  # whether the entries are this pass's, so that all later passes repeat it
    unit_counts: NDArray[np.int64]  # int64[K]
    filler_counts: NDArray[np.int64]  # int64[P]
    measures: NDArray[np.float64]  # float64[9], the published ones
    lexicon_bits: float  # without the alphabet's
    data_bits: float


def learn_pass(
    entries: Entries,
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    settings: PassSettings,
) -> Pass:
    """One pass of the published algorithm: parse, measure, prune, propose, extend.

    Parameters
    ----------
    entries : Entries
    codes : int32[n]
        Symbols, -1 where unknown.
    starts : int64[s]
        First index of each sequence, ascending.
    settings : PassSettings

    Returns
    -------
    Pass

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> codes = np.array([0, 1, 2] * 9, np.int32)
    >>> settings = PassSettings(False, 6, 6, 3, 20, 3.84, 3.0, 0, 0.1)
    >>> learn_pass(entries_of(3), codes, np.zeros(1, np.int64), settings).entries.parts  # ab, bc
    array([0, 1, 1, 2], dtype=int32)
    """
    n_entries = len(entries.kinds)
    units, unit_starts, sequence_starts, slots = descent(entries, codes, starts)
    unit_counts = np.bincount(units + 1, minlength=n_entries + 1)[1:]
    filler_counts = np.bincount(slots[:, 1], minlength=len(entries.parts))
    n_unknown = len(units) - int(unit_counts.sum())

    kinds, offsets, parts, ids = prune_chunks(entries, unit_counts, settings.prune_count_max)
    kept = Entries(kinds, offsets, parts, entries.n_atoms)
    kept_units = np.append(ids, np.int32(-1))[units]
    lengths = _mean_lengths(kept_units, np.diff(unit_starts), len(kept.kinds))
    pairs = propose_pairs(
        count_neighbours(kept_units, sequence_starts, len(kept.kinds)),
        lengths,
        len(units),
        settings.pair_count_min,
        settings.chi2_min,
        settings.bits_limit,
    )
    rows, bounds = _frames(kept_units, sequence_starts, settings)
    following = Entries(*extend_entries(kept, pairs, rows, bounds), entries.n_atoms)
    return Pass(
        following,
        len(kept.kinds) == n_entries == len(following.kinds),
        unit_counts,
        filler_counts,
        measure(entries, unit_counts, filler_counts, len(codes), len(units)),
        lexicon_bits(entries, unit_counts, filler_counts),
        data_bits(entries, unit_counts, filler_counts, n_unknown, settings.smoothing),
    )


def _mean_lengths(
    units: NDArray[np.int32], n_symbols: NDArray[np.int64], n_entries: int
) -> NDArray[np.float64]:
    """The mean symbols that each entry covers, 0 where it is no unit."""
    totals = np.bincount(units + 1, n_symbols, n_entries + 1)[1:]
    counts = np.bincount(units + 1, minlength=n_entries + 1)[1:]
    return totals / np.maximum(counts, 1)


def _frames(
    units: NDArray[np.int32], starts: NDArray[np.int64], settings: PassSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triples, and bounds of the rows of each proposed frame."""
    if not settings.variables:
        return np.empty((0, 3), np.int64), np.empty((0, 2), np.int64)
    rows, counts = count_triples(units, starts, 1)
    bounds = propose_frames(
        rows,
        counts,
        settings.frame_count_min,
        settings.fillers_min,
        settings.fillers_max,
    )
    return rows, bounds
