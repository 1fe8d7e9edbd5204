"""The published algorithm, as `HVM.paper()` runs it.

Source: Wu, Thalmann, Dayan, Akata & Schulz, ICLR 2025 (arXiv 2410.21332), with the corrections that
experiments/published lists: a proper 2x2 table, frames counted as triples, ties broken by id.
"""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np

from hvm.kernels.learn import published as kernels
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.measures import PUBLISHED_MEASURES

COLUMNS = (*PUBLISHED_MEASURES, "lexicon_bits", "data_bits", "bits_per_symbol", "seconds")


def fit_paper(
    codes: np.ndarray,
    starts: np.ndarray,
    n_atoms: int,
    alphabet_bits: float = 0.0,
    lexicons: list[Lexicon] | None = None,
    *,
    variables: bool,
    iterations: int,
    pair_count_min: int,
    frame_count_min: int,
    fillers_min: int,
    fillers_max: int,
    chi2_df: int,
    p_value: float,
    cumulative_p: float,
    prune_count_max: int,
    smoothing: float,
) -> tuple[Lexicon, list[dict[str, float]]]:
    """Learn chunks and variables by the published algorithm; nothing is random.

    Parameters
    ----------
    codes : int32[n]
        Symbol codes, -1 where unknown.
    starts : int64[s]
        First index of each sequence, ascending.
    n_atoms : int
        Alphabet size.
    alphabet_bits : float
        What the alphabet costs, a part of the lexicon bits.
    lexicons : list of Lexicon, optional
        Filled with the lexicon of each pass.
    **constants
        See :class:`hvm.learn.paper.PaperHVM`.

    Returns
    -------
    Lexicon
        The entries of the last pass, with the counts of its parse.
    list of dict
        A row of ``COLUMNS`` for each pass, taken before it prunes and proposes; row 0 has atoms
        only.
    """
    entries = (np.zeros(n_atoms, np.uint8), np.zeros(n_atoms + 1, np.int64), np.empty(0, np.int32))
    rows: list[dict[str, float]] = []
    begin = time.perf_counter()
    while True:
        *following, is_settled, unit_counts, filler_counts, measures = kernels.learn_pass(
            *entries,
            codes,
            starts,
            n_atoms,
            variables,
            pair_count_min,
            frame_count_min,
            fillers_min,
            fillers_max,
            chi2_threshold(p_value, chi2_df),
            -math.log2(cumulative_p),
            prune_count_max,
            smoothing,
        )
        *published, lexicon_bits, data_bits = measures.tolist()
        lexicon_bits += alphabet_bits
        per_symbol = (lexicon_bits + data_bits) / max(len(codes), 1)
        values = (*published, lexicon_bits, data_bits, per_symbol, time.perf_counter() - begin)
        rows.append(dict(zip(COLUMNS, values, strict=True)))
        if lexicons is not None:
            lexicons.append(Lexicon(n_atoms, *entries, unit_counts, filler_counts, smoothing))
        if is_settled or len(rows) == iterations:
            break
        entries = tuple(following)
    # Once a pass changes nothing, all later ones repeat it.
    n_missing = iterations - len(rows)
    rows += [dict(rows[-1]) for _ in range(n_missing)]
    if lexicons is not None:
        lexicons += lexicons[-1:] * n_missing
    return Lexicon(n_atoms, *entries, unit_counts, filler_counts, smoothing), rows


@cache
def chi2_threshold(p_value: float, df: int) -> float:
    """Return the chi-square that is exceeded with probability ``p_value``.

    Examples
    --------
    >>> round(chi2_threshold(0.05, 2), 4), round(chi2_threshold(0.05, 1), 4)
    (5.9915, 3.8415)
    """
    low, high = 0.0, 1.0
    while _chi2_tail(high, df) > p_value:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _chi2_tail(middle, df) > p_value else (low, middle)
    return high


def _chi2_tail(x: float, df: int) -> float:
    """P(chi-square with ``df`` degrees of freedom > x), by its recurrence in steps of two."""
    half = x / 2
    tail = math.erfc(math.sqrt(half)) if df % 2 else math.exp(-half)
    for lower in range(2 - df % 2, df, 2):
        tail += half ** (lower / 2) * math.exp(-half) / math.gamma(lower / 2 + 1)
    return tail
