"""Bits of the counts of words in closed form, and the discounts and strengths that make them few.

A row of N tokens of T types with counts n, one table a type, costs

    lg G(N + t)/G(t) - sum_{i < T} lg(t + d i) - sum_n lg G(n - d)/G(1 - d)

(G the gamma function, d the discount, t the strength): equal rows and counts are priced together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import helper, kernel
from hvm.kernels.rows.counts import HALF
from hvm.kernels.table import items
from hvm.kernels.words.counts import (
    ALONE,
    DEPTH,
    DISCOUNT,
    FIRSTS,
    N_LEVELS,
    STRENGTH,
    TOKENS,
    TYPES,
    WORDS_ALONE,
    WORDS_BEHIND,
    Text,
    count_words,
)

DISCOUNT_STEP = 0.02  # discounts tried: every multiple above 0 and below 1
STRENGTHS_MIN, STRENGTHS_MAX = -8, 28  # strengths tried: powers of the square root of 2
ROUNDS_MAX = 8  # turns of fitting the discount, then the strength


@helper
def _rows_of(
    text: Text, cuts: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Level, tokens and types of each row, then level and count of each of its types."""
    words = count_words(text, cuts, np.full((N_LEVELS, 2), 0.5))
    rows, letter_rows = words.rows[: words.used[0]], words.letter_rows[: words.used[1]]
    levels = np.append(np.full(len(rows), WORDS_BEHIND), letter_rows[:, DEPTH])
    levels[ALONE] = WORDS_ALONE
    sizes = np.concatenate((rows[:, :FIRSTS], letter_rows[:, :FIRSTS]))
    pairs, counts = items(words.pairs)[1], items(words.letters)[1]
    keys = items(words.letters)[0] >> HALF
    of_types = np.concatenate(
        (
            np.full(len(pairs), WORDS_BEHIND),
            np.full(len(rows), WORDS_ALONE),
            letter_rows[keys, DEPTH],
        )
    )
    return levels, sizes, of_types, np.concatenate((pairs, rows[:, FIRSTS], counts))


@helper
def _row_bits(
    sizes: NDArray[np.int64],
    counts: NDArray[np.int64],
    discount: float,
    strength: float,
) -> float:
    """Bits of the rows of one level; each line of sizes and counts with how many there are."""
    nats = 0.0
    for tokens, types, times in sizes:
        first = strength / discount
        new = types * math.log(discount) + math.lgamma(first + types) - math.lgamma(first)
        nats += times * (math.lgamma(tokens + strength) - math.lgamma(strength) - new)
    for count, times in counts:
        nats -= times * (math.lgamma(count - discount) - math.lgamma(1.0 - discount))
    return nats / math.log(2.0)


@helper
def _together(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each distinct value above 0, ascending, and how often it stands."""
    keys = np.sort(keys[keys > 0])
    lines, n = np.empty((len(keys), 2), np.int64), 0
    for key in keys:
        if n and lines[n - 1, 0] == key:
            lines[n - 1, 1] += 1
        else:
            lines[n, 0], lines[n, 1] = key, 1
            n += 1
    return lines[:n]


@helper
def _fitted(sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[float, float, float]:
    """Discount and strength of the fewest bits on the grid, in turns, and these bits."""
    discount, strength = 0.5, 1.0
    least = _row_bits(sizes, counts, discount, strength)
    for _ in range(ROUNDS_MAX):
        before = least
        for step in range(1, round(1.0 / DISCOUNT_STEP)):
            bits = _row_bits(sizes, counts, step * DISCOUNT_STEP, strength)
            if bits < least:
                least, discount = bits, step * DISCOUNT_STEP
        for power in range(STRENGTHS_MIN, STRENGTHS_MAX + 1):
            bits = _row_bits(sizes, counts, discount, 2.0 ** (power / 2.0))
            if bits < least:
                least, strength = bits, 2.0 ** (power / 2.0)
        if least == before:
            break
    return discount, strength, least


@kernel
def fit_levels(
    text: Text, cuts: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Discount and strength of each level, and the bits of a text that is cut.

    Parameters
    ----------
    text : Text
    cuts : bool[n]
        True where a word begins.

    Returns
    -------
    levels : float64[N_LEVELS, 2]
    bits : float64[N_LEVELS]
        Of each level; those of letters behind none include the letters they name at first.
    """
    of_rows, sizes, of_types, counts = _rows_of(text, cuts)
    levels, bits = np.empty((N_LEVELS, 2)), np.empty(N_LEVELS)
    for level in range(N_LEVELS):
        own = sizes[of_rows == level]
        lines = _together(own[:, TOKENS] << HALF | own[:, TYPES])
        tokens_types = np.empty((len(lines), 3), np.int64)
        tokens_types[:, 0], tokens_types[:, 1] = lines[:, 0] >> HALF, lines[:, 0] & 0xFFFFFFFF
        tokens_types[:, 2] = lines[:, 1]
        fitted = _fitted(tokens_types, _together(counts[of_types == level]))
        levels[level, DISCOUNT], levels[level, STRENGTH], bits[level] = fitted
    bits[0] += sizes[of_rows == 0][:, TYPES].sum() * math.log2(text.n_symbols + 1.0)
    return levels, bits
