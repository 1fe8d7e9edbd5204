"""Models of trials: transition counts that fade, the LZ78 tree, and PPM with memory decay."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel


@kernel
def bigram_bits(codes, counts, theta, alpha, learns):
    """Bits of each symbol given the one before it in a trial.

    codes : int32[n], 0 to A; A is a symbol outside, whose bits are 0
    counts : float64[A + 2, A], of the second symbol after the first; row A + 1 is the start
    theta : what a symbol leaves of all counts; alpha : what a count begins with
    learns : whether every symbol is counted after its bits; nothing is written otherwise
    returns float64[n]
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
def lz78_bits(codes, counts, children, n_nodes, alpha):
    """Bits of each symbol by the counts of the phrase so far; the tree learns as it goes.

    codes : int32[n], 0 to A; A is a symbol outside: it ends a phrase, and its bits are 0
    counts, children : int64[n_nodes + n or more, A], of each symbol after each phrase; 0 for no
    child; rows past ``n_nodes`` are 0
    returns float64[n] bits, and the number of nodes
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


class Smoothing(NamedTuple):
    """How orders are combined."""

    order_bound: int
    escape: int  # index in "a", "b", "c", "d", "ax"
    exclusion: int
    shortest_deterministic: int
    shrinks: int  # the lowest level leaves out the symbols that were seen


@kernel
def ppm_bits(codes, begins, times, first, n_symbols, decay, smoothing, seed):
    """Bits of each symbol given all those before it, as contexts within its trial.

    codes : int32[n], 0 to A = n_symbols; A is a symbol outside, whose bits are 0
    begins : int64[n], where the trial of each symbol begins; times : float64[n], ascending
    first : the first symbol whose bits are wanted; seed : uint64, of the noise
    returns float64[n - first]
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
def _context_size(begins, times, i, decay, smoothing):
    size = min(i - begins[i], smoothing.order_bound)
    if decay.predicts_from_buffer:
        while size > 0 and times[i] - times[i - size] > decay.buffer_seconds:
            size -= 1
    return size


@inner
def _weigh(codes, begins, times, i, order, n_symbols, decay, weights):
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
def _weight(times, i, j, length, decay):
    """Return the weight at symbol i of the n-gram of some length that ended at symbol j."""
    failure = times[j - length + 1] + decay.buffer_seconds
    pushed_out = j + max(0, int(decay.buffer_items) - length + 1)
    if pushed_out < i:
        failure = min(failure, times[pushed_out])
    elapsed = times[i] - failure
    if elapsed < 0.0:
        return decay.buffer_weight
    if elapsed < decay.stm_seconds:
        return decay.stm_weight * 2.0 ** (-elapsed / decay.stm_half_life_seconds)
    kept = 2.0 ** (-(elapsed - decay.stm_seconds) / decay.ltm_half_life_seconds)
    return decay.ltm_asymptote + (decay.ltm_weight - decay.ltm_asymptote) * kept


@inner
def _shortest_deterministic(weights, order):
    """Return the lowest order with a single continuation; ``order`` where there is none."""
    for lower in range(order):
        if _n_positive(weights[lower]) == 1:
            return lower
    return order


@inner
def _smooth(weights, order, noise, smoothing, is_excluded, shares):
    """Interpolate the orders from the highest down; shares need not sum to 1."""
    n_symbols = weights.shape[1]
    is_excluded[:] = False
    shares[:] = 0.0
    left = 1.0
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
            heard = max(total - noise * math.sqrt(2.0 / math.pi) * n_symbols, 0.0)
            trust = heard / (heard + _escape(smoothing.escape, n_distinct, n_singletons))
            for code in range(n_symbols):
                weight = _discounted(weights[size, code], smoothing.escape)
                shares[code] += left * trust * weight / total
            left *= 1.0 - trust
        if smoothing.exclusion:
            for code in range(n_symbols):
                is_excluded[code] |= weights[size, code] > 0.0
    n_seen = 0
    if smoothing.shrinks:
        n_seen = _n_positive(weights[0])
    for code in range(n_symbols):
        shares[code] += left / (n_symbols + 1 - n_seen)


@inner
def _n_positive(values):
    n = 0
    for value in values:
        n += value > 0.0
    return n


@inner
def _discounted(weight, escape):
    if escape == 1:
        return max(weight - 1.0, 0.0)
    if escape == 3:
        return max(weight - 0.5, 0.0)
    return weight


@inner
def _escape(escape, n_distinct, n_singletons):
    """What a context reserves for the orders below, beside its weights."""
    if escape == 0:
        return 1.0
    if escape == 3:
        return n_distinct / 2.0
    if escape == 4:
        return n_singletons + 1.0
    return float(n_distinct)


@inner
def _add_noise(weights, order, key, noise):
    for size in range(order + 1):
        for code in range(weights.shape[1]):
            drawn = np.uint64(1 + size * weights.shape[1] + code)
            weights[size, code] += noise * abs(_normal(_mixed(key + drawn)))


@inner
def _normal(key):
    """Return a standard normal number made from 64 bits (Box & Muller)."""
    radius = math.sqrt(-2.0 * math.log(_uniform(key)))
    return radius * math.cos(2.0 * math.pi * _uniform(_mixed(key)))


@inner
def _uniform(key):
    """Return a number above 0 to 1."""
    return (float(key >> np.uint64(11)) + 1.0) / 9007199254740992.0


@inner
def _mixed(key):
    """Return 64 bits that look like others (the finisher of SplitMix64)."""
    key = key + np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))
