"""Models of trials: transition counts that fade, the LZ78 tree, and PPM with memory decay."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel


@kernel
def bigram_bits(
    codes: NDArray[np.int32],
    counts: NDArray[np.float64],
    theta: float,
    alpha: float,
    learns: bool,
) -> NDArray[np.float64]:
    """Bits of each symbol given the one before it in a trial.

    Parameters
    ----------
    codes : int32[n]
        Symbols, 0 to A; A is one outside the alphabet, whose bits are 0.
    counts : float64[A + 2, A]
        Of the second symbol after the first; row A + 1 is the start.
    theta : float
        What a symbol leaves of all counts.
    alpha : float
        What a count begins with.
    learns : bool
        Whether every symbol is counted after its bits; nothing is written otherwise.

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> codes, counts = np.array([0, 0, 0], np.int32), np.zeros((4, 2))
    >>> bigram_bits(codes, counts, 1.0, 1.0, True).round(3).tolist()
    [1.0, 1.0, 0.585]
    >>> counts.tolist()
    [[2.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]
    """
    n_symbols = counts.shape[1]
    bits = np.zeros(len(codes))
    before = n_symbols + 1
    for i in range(len(codes)):
        code = codes[i]
        if code < n_symbols:
            row = counts[before]
            bits[i] = -math.log2((row[code] + alpha) / (row.sum() + alpha * n_symbols))
        if learns:
            counts *= theta
            if code < n_symbols:
                counts[before, code] += 1.0
        before = code
    return bits


@kernel
def lz78_bits(
    codes: NDArray[np.int32],
    counts: NDArray[np.int64],
    children: NDArray[np.int64],
    n_nodes: Int,
    alpha: float,
) -> tuple[NDArray[np.float64], Int]:
    """Bits of each symbol by the counts of the phrase so far; the tree learns as it goes.

    Parameters
    ----------
    codes : int32[n]
        Symbols, 0 to A; A is one outside the alphabet: it ends a phrase, and its bits are 0.
    counts, children : int64[n_nodes + n or more, A]
        Of each symbol after each phrase; 0 for no child; rows past ``n_nodes`` are 0. Changed.
    n_nodes : int
        Phrases known, the empty one among them.
    alpha : float
        What a count begins with.

    Returns
    -------
    bits : float64[n]
    n_nodes : int
        Phrases known afterwards.

    Examples
    --------
    After the phrase 0, the next begins anew: 0 was counted once.

    >>> tree = np.zeros((2, 4, 2), np.int64)
    >>> bits, n_nodes = lz78_bits(np.array([0, 0, 1], np.int32), tree[0], tree[1], 1, 1.0)
    >>> bits.round(3).tolist(), n_nodes
    ([1.0, 0.585, 1.0], 3)
    """
    n_symbols = counts.shape[1]
    bits = np.zeros(len(codes))
    node = 0
    for i in range(len(codes)):
        code = codes[i]
        if code == n_symbols:
            node = 0
            continue
        row = counts[node]
        bits[i] = -math.log2((row[code] + alpha) / (row.sum() + alpha * n_symbols))
        counts[node, code] += 1
        if children[node, code] == 0:
            children[node, code] = n_nodes
            n_nodes += 1
            node = 0
        else:
            node = children[node, code]
    return bits, n_nodes


_TWO_TO_53 = 9007199254740992.0

# -- PPM ----------------------------------------------------------------------------------------


class Decay(NamedTuple):
    """What an n-gram weighs as time goes by: a buffer, a short-term and a long-term phase."""

    buffer_weight: float
    buffer_seconds: float
    buffer_items: float
    stm_weight: float
    stm_seconds: float
    stm_half_life_seconds: float
    ltm_weight: float
    ltm_half_life_seconds: float
    ltm_asymptote: float
    learns_from_buffer: float
    predicts_from_buffer: float
    noise: float


ESCAPE_A, ESCAPE_B, ESCAPE_C, ESCAPE_D, ESCAPE_AX = range(5)


class Smoothing(NamedTuple):
    """How orders are combined."""

    order_bound: int
    escape: int  # by the names above
    exclusion: int
    shortest_deterministic: int
    shrinks: int  # the lowest level leaves out the symbols that were seen


@kernel
def ppm_bits(
    codes: NDArray[np.int32],
    begins: NDArray[np.int64],
    times: NDArray[np.float64],
    first: Int,
    n_symbols: Int,
    decay: Decay,
    smoothing: Smoothing,
    seed: np.uint64,
) -> NDArray[np.float64]:
    """Bits of each symbol given all those before it, as contexts within its trial.

    Parameters
    ----------
    codes : int32[n]
        Symbols, 0 to A; A is one outside the alphabet, whose bits are 0.
    begins : int64[n]
        Where the trial of each symbol begins.
    times : float64[n]
        Seconds, ascending.
    first : int
        The first symbol whose bits are wanted.
    n_symbols : int
        A.
    decay : Decay
        What an n-gram weighs as time goes by.
    smoothing : Smoothing
        How orders are combined.
    seed : uint64
        Of the noise.

    Returns
    -------
    float64[n - first]

    Examples
    --------
    Weights that stay 1, contexts of one symbol: once 0 followed 0, it costs less.

    >>> decay = Decay(1.0, math.inf, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    >>> smoothing = Smoothing(1, ESCAPE_C, 0, 0, 0)
    >>> codes, begins, times = np.zeros(3, np.int32), np.zeros(3, np.int64), np.arange(3.0)
    >>> bits = ppm_bits(codes, begins, times, 0, 2, decay, smoothing, np.uint64(0))
    >>> bits.round(3).tolist()
    [1.0, 0.322, 0.087]
    """
    bits = np.zeros(len(codes) - first)
    weights = np.zeros((min(smoothing.order_bound, len(codes)) + 1, n_symbols))
    shares = np.zeros(n_symbols)
    is_excluded = np.zeros(n_symbols, np.bool_)
    key = seed
    for i in range(len(codes)):
        if i >= first and codes[i] < n_symbols:
            order = _context_size(begins, times, i, decay, smoothing)
            _weigh(codes, begins, times, i, order, n_symbols, decay, weights)
            if decay.noise > 0.0:
                _add_noise(weights, order, key, decay.noise)
            if smoothing.shortest_deterministic:
                order = _shortest_deterministic(weights, order)
            _smooth(weights, order, decay.noise, smoothing, is_excluded, shares)
            bits[i - first] = -math.log2(shares[codes[i]] / shares.sum())
        key = _mixed(key ^ np.uint64(codes[i] + 1))
    return bits


@inner
def _context_size(
    begins: NDArray[np.int64],
    times: NDArray[np.float64],
    i: Int,
    decay: Decay,
    smoothing: Smoothing,
) -> Int:
    size: Int = min(i - begins[i], smoothing.order_bound)
    if decay.predicts_from_buffer:
        while size > 0 and times[i] - times[i - size] > decay.buffer_seconds:
            size -= 1
    return size


@inner
def _weigh(
    codes: NDArray[np.int32],
    begins: NDArray[np.int64],
    times: NDArray[np.float64],
    i: Int,
    order: Int,
    n_symbols: Int,
    decay: Decay,
    weights: NDArray[np.float64],
) -> None:
    """Sum what every earlier symbol weighs now, in each context that it shares with symbol i."""
    weights[: order + 1] = 0.0
    for j in range(i):
        if codes[j] == n_symbols:
            continue
        for size in range(order + 1):
            start = j - size
            if start < begins[j]:
                break
            if size > 0 and codes[start] != codes[i - size]:
                break
            if decay.learns_from_buffer and times[j] - times[start] >= decay.buffer_seconds:
                break
            weights[size, codes[j]] += _weight(times, i, j, size + 1, decay)


@inner
def _weight(times: NDArray[np.float64], i: Int, j: Int, length: Int, decay: Decay) -> float:
    """Return the weight at symbol i of the n-gram of some length that ended at symbol j."""
    failure = times[j - length + 1] + decay.buffer_seconds
    pushed_out = j + max(0, int(decay.buffer_items) - length + 1)
    if pushed_out < i:
        failure = min(failure, times[pushed_out])
    elapsed: float = times[i] - failure
    if elapsed < 0.0:
        return decay.buffer_weight
    if elapsed < decay.stm_seconds:
        return float(decay.stm_weight * 2.0 ** (-elapsed / decay.stm_half_life_seconds))
    rest: float = 2.0 ** (-(elapsed - decay.stm_seconds) / decay.ltm_half_life_seconds)
    return decay.ltm_asymptote + (decay.ltm_weight - decay.ltm_asymptote) * rest


@inner
def _shortest_deterministic(weights: NDArray[np.float64], order: Int) -> Int:
    """Return the lowest order with a single continuation; ``order`` where there is none."""
    for lower in range(order):
        if _n_positive(weights[lower]) == 1:
            return lower
    return order


@inner
def _smooth(
    weights: NDArray[np.float64],
    order: Int,
    noise: float,
    smoothing: Smoothing,
    is_excluded: NDArray[np.bool_],
    shares: NDArray[np.float64],
) -> None:
    """Interpolate the orders from the highest down; shares need not sum to 1."""
    n_symbols = weights.shape[1]
    is_excluded[:] = False
    shares[:] = 0.0
    remaining = 1.0
    for size in range(order, -1, -1):
        total = 0.0
        n_distinct = n_singletons = 0
        for code in range(n_symbols):
            weight = _discounted(weights[size, code], smoothing.escape)
            n_distinct += weights[size, code] > 0.0
            n_singletons += 0.0 < weight <= 1.0
            if not is_excluded[code]:
                total += weight
        if total > 0.0:
            signal = max(total - noise * math.sqrt(2.0 / math.pi) * n_symbols, 0.0)
            trust = signal / (signal + _escape(smoothing.escape, n_distinct, n_singletons))
            for code in range(n_symbols):
                weight = _discounted(weights[size, code], smoothing.escape)
                shares[code] += remaining * trust * weight / total
            remaining *= 1.0 - trust
        if smoothing.exclusion:
            for code in range(n_symbols):
                is_excluded[code] |= weights[size, code] > 0.0
    n_seen: Int = 0
    if smoothing.shrinks:
        n_seen = _n_positive(weights[0])
    for code in range(n_symbols):
        shares[code] += remaining / (n_symbols + 1 - n_seen)


@inner
def _n_positive(values: NDArray[np.float64]) -> Int:
    n = 0
    for value in values:
        n += value > 0.0
    return n


@inner
def _discounted(weight: float, escape: Int) -> float:
    if escape == ESCAPE_B:
        return max(weight - 1.0, 0.0)
    if escape == ESCAPE_D:
        return max(weight - 0.5, 0.0)
    return weight


@inner
def _escape(escape: Int, n_distinct: Int, n_singletons: Int) -> float:
    """What a context reserves for the orders below, beside its weights."""
    if escape == ESCAPE_A:
        return 1.0
    if escape == ESCAPE_D:
        return n_distinct / 2.0
    if escape == ESCAPE_AX:
        return n_singletons + 1.0
    return float(n_distinct)


@inner
def _add_noise(weights: NDArray[np.float64], order: Int, key: np.uint64, noise: float) -> None:
    for size in range(order + 1):
        for code in range(weights.shape[1]):
            drawn = np.uint64(1 + size * weights.shape[1] + code)
            weights[size, code] += noise * abs(_normal(_mixed(key + drawn)))


@inner
def _normal(key: np.uint64) -> float:
    """Return a standard normal number made from 64 bits (Box & Muller)."""
    radius = math.sqrt(-2.0 * math.log(_uniform(key)))
    return radius * math.cos(2.0 * math.pi * _uniform(_mixed(key)))


@inner
def _uniform(key: np.uint64) -> float:
    """Return a number above 0 to 1."""
    return (float(key >> np.uint64(11)) + 1.0) / _TWO_TO_53


@inner
def _mixed(key: np.uint64) -> np.uint64:
    """Return 64 bits that look like others (the finisher of SplitMix64)."""
    key = key + np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))
