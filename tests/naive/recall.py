"""Slow twins for the models of trials: the kernels by the same names, and two whole models."""

from __future__ import annotations

import itertools
import math
from collections import Counter

MASK = (1 << 64) - 1


def bigram_bits(codes, counts, theta, alpha, learns):
    n_symbols = len(counts[0])
    bits = []
    for before, code in itertools.pairwise([n_symbols + 1, *codes]):
        inside = code < n_symbols
        p = (
            (counts[before][code] + alpha) / (sum(counts[before]) + alpha * n_symbols)
            if inside
            else 1
        )
        bits.append(-math.log2(p))
        if learns:
            for row in counts:
                row[:] = [theta * value for value in row]
            if inside:
                counts[before][code] += 1
    return bits


def lz78_bits(trials, n_symbols, alpha):
    """Of several trials, by counting how many phrases so far begin how."""
    phrases, passed, bits = set(), Counter(), []
    for trial in trials:
        phrase = ()
        for code in trial:
            if code == n_symbols:
                phrase = ()
                bits.append(0.0)
                continue
            taken = [passed[(*phrase, other)] for other in range(n_symbols)]
            bits.append(-math.log2((taken[code] + alpha) / (sum(taken) + alpha * n_symbols)))
            phrase = (*phrase, code)
            passed[phrase] += 1
            if phrase not in phrases:
                phrases.add(phrase)
                phrase = ()
    return bits


# -- PPM ----------------------------------------------------------------------------------------


def ppm_bits(codes, begins, times, first, n_symbols, decay, smoothing, seed):
    """From the definition: a dictionary of n-grams, and a recursion over orders."""
    met = {}  # n-gram -> indices of its last symbol
    key = int(seed)
    bits = []
    for i, code in enumerate(codes):
        if i >= first:
            p = 1.0
            if code < n_symbols:
                p = ppm_distribution(codes, begins, times, i, n_symbols, decay, smoothing, met, key)
                p = p[code] / sum(p)
            bits.append(-math.log2(p))
        for start in range(begins[i], i + 1):
            too_long = decay.learns_from_buffer and times[i] - times[start] >= decay.buffer_seconds
            if code < n_symbols and not too_long:
                met.setdefault(tuple(codes[start : i + 1]), []).append(i)
        key = mixed(key ^ (int(code) + 1))
    return bits


def ppm_distribution(codes, begins, times, i, n_symbols, decay, smoothing, met, key):
    sizes = [
        size
        for size in range(min(i - begins[i], smoothing.order_bound) + 1)
        if not decay.predicts_from_buffer
        or size == 0
        or times[i] - times[i - size] <= decay.buffer_seconds
    ]

    def weights(size):
        context = tuple(codes[i - size : i])
        by_code = []
        for code in range(n_symbols):
            ends = met.get((*context, code), [])
            weight = sum(ppm_weight(times, i, j, size + 1, decay) for j in ends)
            if decay.noise:
                drawn = mixed((key + 1 + size * n_symbols + code) & MASK)
                weight += decay.noise * abs(normal(drawn))
            by_code.append(weight)
        return by_code

    def smoothed(size, excluded):
        if size == -1:
            seen = sum(weight > 0 for weight in weights(0)) if smoothing.shrinks else 0
            return [1 / (n_symbols + 1 - seen)] * n_symbols
        raw = weights(size)
        discounted = [max(w - {1: 1, 3: 0.5}.get(smoothing.escape, 0), 0) for w in raw]
        total = sum(w for code, w in enumerate(discounted) if code not in excluded)
        distinct = sum(w > 0 for w in raw)
        e = [1, distinct, distinct, distinct / 2, 1 + sum(0 < w <= 1 for w in discounted)]
        signal = max(total - decay.noise * math.sqrt(2 / math.pi) * n_symbols, 0)
        trust = signal / (signal + e[smoothing.escape]) if total > 0 else 0
        if smoothing.exclusion:
            excluded = excluded | {code for code in range(n_symbols) if raw[code] > 0}
        below = smoothed(size - 1, excluded)
        shares = [trust * w / total if total > 0 else 0 for w in discounted]
        return [a + (1 - trust) * b for a, b in zip(shares, below)]

    highest = sizes[-1]
    if smoothing.shortest_deterministic:
        single = [s for s in sizes if sum(w > 0 for w in weights(s)) == 1]
        highest = min([highest, *single])
    return smoothed(highest, frozenset())


def ppm_weight(times, i, j, length, decay):
    left = times[j - length + 1] + decay.buffer_seconds
    pushed_out = j + max(0, int(decay.buffer_items) - length + 1)
    if pushed_out < i:
        left = min(left, times[pushed_out])
    t = times[i] - left
    if t < 0:
        return decay.buffer_weight
    if t < decay.stm_seconds:
        return decay.stm_weight * 2 ** (-t / decay.stm_half_life_seconds)
    t -= decay.stm_seconds
    above = decay.ltm_weight - decay.ltm_asymptote
    return decay.ltm_asymptote + above * 2 ** (-t / decay.ltm_half_life_seconds)


def mixed(key):
    key = (key + 0x9E3779B97F4A7C15) & MASK
    key = ((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    key = ((key ^ (key >> 27)) * 0x94D049BB133111EB) & MASK
    return key ^ (key >> 31)


def normal(key):
    u, v = (((k >> 11) + 1) / 2**53 for k in (key, mixed(key)))
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


# -- whole models -------------------------------------------------------------------------------


def unit_probability(symbols, weights, floor, n_symbols):
    """Of a prefix, by spelling out every way to cut it into units, the last one begun or done."""
    lexicon = Counter(weights)
    for symbol in range(n_symbols):
        lexicon[(symbol,)] += floor / n_symbols
    total = sum(lexicon.values())

    def rest(left):
        if not left:
            return 1.0
        p = 0.0
        for unit, weight in lexicon.items():
            if len(unit) >= len(left):
                p += weight / total * (unit[: len(left)] == left)
            elif left[: len(unit)] == unit:
                p += weight / total * rest(left[len(unit) :])
        return p

    return rest(tuple(symbols))


def repeats_probability(symbols, trials, theta, novelty, base):
    """Of a prefix, with the chance of a new sequence by ``base``, a function of a prefix."""
    strengths = Counter()
    for trial in trials:
        for known in strengths:
            strengths[known] *= theta ** len(trial)
        strengths[tuple(trial)] += 1.0
    total = novelty * base(symbols)
    for known, strength in strengths.items():
        shared = min(len(known), len(symbols))
        if tuple(symbols[:shared]) == known[:shared]:
            total += strength * base(symbols) / base(symbols[:shared])
    return total / (novelty + sum(strengths.values()))
