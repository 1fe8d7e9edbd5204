"""The published algorithm, as `HVM.paper()` runs it.

Source: Wu, Thalmann, Dayan, Akata & Schulz, ICLR 2025 (arXiv 2410.21332), with the corrections that
experiments/published lists: a proper 2x2 table, frames counted as triples, ties broken by id.
"""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn import published as kernels
from hvm.learn.settings import PaperSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.measures import PUBLISHED_MEASURES, registered_measures, values_of
from hvm.lexicon.parsing import parse

COLUMNS = (*PUBLISHED_MEASURES, "lexicon_bits", "data_bits", "bits_per_symbol", "seconds")


def fit_paper(
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    n_atoms: int,
    settings: PaperSettings,
    alphabet_bits: float = 0.0,
    lexicons: list[Lexicon] | None = None,
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
    settings : PaperSettings
    alphabet_bits : float
        What the alphabet costs, a part of the lexicon bits.
    lexicons : list of Lexicon, optional
        Filled with the lexicon of each pass.

    Returns
    -------
    lexicon : Lexicon
        The entries of the last pass, with the counts of its parse.
    rows : list of dict
        A row of ``COLUMNS``, and of what is registered, for each pass, taken before it prunes and
        proposes; row 0 has atoms only.
    """
    entries = Lexicon.of_atoms(n_atoms).entries
    constants = _constants(settings)
    begin = time.perf_counter()
    rows: list[dict[str, float]] = []
    while True:
        # Parse, count, measure, prune and propose; the measures are those of before the last two.
        result = kernels.learn_pass(entries, codes, starts, constants)
        lexicon_bits = result.lexicon_bits + alphabet_bits
        per_symbol = (lexicon_bits + result.data_bits) / max(len(codes), 1)
        honest = (lexicon_bits, result.data_bits, per_symbol, time.perf_counter() - begin)
        row = dict(zip(COLUMNS, (*result.measures.tolist(), *honest), strict=True))
        counts = (result.unit_counts, result.filler_counts)
        kinds, offsets, parts, _ = entries
        lexicon = Lexicon(n_atoms, kinds, offsets, parts, *counts, settings.smoothing)
        rows.append(row | _registered(lexicon, codes, starts))
        if lexicons is not None:
            lexicons.append(lexicon)
        if result.is_settled or len(rows) == settings.iterations:
            break
        entries = result.entries
    # Once a pass changes nothing, all later ones repeat it.
    n_missing = settings.iterations - len(rows)
    rows += [dict(rows[-1]) for _ in range(n_missing)]
    if lexicons is not None:
        lexicons += lexicons[-1:] * n_missing
    return lexicon, rows


def _constants(settings: PaperSettings) -> kernels.PassSettings:
    """The settings as the kernel takes them."""
    return kernels.PassSettings(
        settings.variables,
        settings.pair_count_min,
        settings.frame_count_min,
        settings.fillers_min,
        settings.fillers_max,
        chi2_threshold(settings.p_value, settings.chi2_df),
        -math.log2(settings.cumulative_p),
        settings.prune_count_max,
        settings.smoothing,
    )


def _registered(
    lexicon: Lexicon, codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> dict[str, float]:
    """Measures that are not hvm's own, by the parse that the counts come from."""
    measures = registered_measures()
    if not measures:
        return {}
    cut = parse(lexicon, codes, starts, "descent")
    return values_of(measures, lexicon, cut, len(codes))


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
