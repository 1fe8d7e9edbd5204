"""The published algorithm, as `HVM.paper()` runs it.

Source: Wu, Thalmann, Dayan, Akata & Schulz, ICLR 2025 (arXiv 2410.21332), with the corrections that
experiments/published lists: a proper 2x2 table, frames counted as triples, ties broken by id.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hvm.errors import InputError
from hvm.kernels import paper as kernels
from hvm.lexicon import Lexicon
from hvm.measures import PUBLISHED_MEASURES


class PaperFit(NamedTuple):
    """What the published algorithm leaves.

    Attributes
    ----------
    lexicon : Lexicon
        The entries of the last pass, with the counts of its parse.
    history : dict of str to float64[iterations]
        One array for each published measure; row 0 is the pass with atoms only.
    """

    lexicon: Lexicon
    history: dict[str, np.ndarray]


def fit_paper(
    codes: np.ndarray,
    starts: np.ndarray,
    n_atoms: int,
    *,
    variables: bool = True,
    iterations: int = 25,
    pair_count_min: int = 6,
    frame_count_min: int = 6,
    fillers_min: int = 2,
    fillers_max: int = 4,
    chi2_df: int = 2,
    p_value: float = 0.05,
    cumulative_p: float = 0.01,
    prune_count_max: int = 1,
    smoothing: float = 0.1,
) -> PaperFit:
    """Learn chunks and variables by the published algorithm; nothing is random.

    Parameters
    ----------
    codes : int32[n]
        Symbol codes, -1 where unknown.
    starts : int64[s]
        First index of each sequence, ascending.
    n_atoms : int
        Alphabet size.
    variables : bool
        False gives the published HCM.
    iterations : int
        Parses; the last is measured and counted, and proposes nothing.
    pair_count_min, frame_count_min : int
        A pair or a frame must occur more often than this.
    fillers_min, fillers_max : int
        Fewest and most distinct fillers of a frame.
    chi2_df, p_value : int, float
        Degrees of freedom and level of the test of a pair against independence.
    cumulative_p : float
        Pairs are accepted in rank order until the product of their probabilities falls below this.
    prune_count_max : int
        Chunks counted no more often than this go, unless another entry needs them.
    smoothing : float
        Of the lexicon that is returned; learning does not use it.

    Raises
    ------
    InputError
        A constant outside its range.

    Examples
    --------
    >>> fitted = fit_paper(np.array([0, 1, 2, 2] * 20 + [3], np.int32), np.zeros(1, np.int64), 4)
    >>> fitted.lexicon.pattern(4), len(fitted.history["n_chunks"])
    ((1, 2), 25)
    """
    _check(iterations, fillers_min, fillers_max, chi2_df, p_value, cumulative_p)
    kinds, offsets, parts, unit_counts, filler_counts, history = kernels.fit_passes(
        np.ascontiguousarray(codes, np.int32),
        np.ascontiguousarray(starts, np.int64),
        int(n_atoms),
        bool(variables),
        int(iterations),
        int(pair_count_min),
        int(frame_count_min),
        int(fillers_min),
        int(fillers_max),
        chi2_threshold(p_value, chi2_df),
        -math.log2(cumulative_p),
        int(prune_count_max),
    )
    lexicon = Lexicon(n_atoms, kinds, offsets, parts, unit_counts, filler_counts, smoothing)
    return PaperFit(lexicon, dict(zip(PUBLISHED_MEASURES, history.T.copy(), strict=True)))


def _check(
    iterations: int,
    fillers_min: int,
    fillers_max: int,
    chi2_df: int,
    p_value: float,
    cumulative_p: float,
) -> None:
    if iterations < 1:
        raise InputError(f"iterations must be at least 1, not {iterations}")
    if not 2 <= fillers_min <= fillers_max:
        raise InputError(
            f"need 2 <= fillers_min <= fillers_max, not {fillers_min} and {fillers_max}"
        )
    if chi2_df < 1:
        raise InputError(f"chi2_df must be at least 1, not {chi2_df}")
    for name, value in (("p_value", p_value), ("cumulative_p", cumulative_p)):
        if not 0 < value < 1:
            raise InputError(f"{name} must lie between 0 and 1, not {value}")


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
