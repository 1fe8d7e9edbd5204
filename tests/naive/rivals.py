"""Slow twins of the kernels of the rivals, by the same names."""

from __future__ import annotations

import math
from collections import Counter
from itertools import groupby, pairwise


def lzw_parse(codes):
    known = {(byte,): byte for byte in range(256)}
    phrases, phrase = [], ()
    for code in codes.tolist():
        if phrase and (*phrase, code) not in known:
            phrases.append(known[phrase])
            known[(*phrase, code)] = len(known)
            phrase = ()
        phrase = (*phrase, code)
    return [*phrases, known[phrase]] if phrase else phrases


def ctw_bits(codes, depth, alpha):
    """From the definition: P_w of each whole prefix, over that of the prefix before."""
    codes = [int(code) for code in codes]
    totals = [prefix_bits(codes[:n], depth, alpha) for n in range(len(codes) + 1)]
    return [after - before for before, after in pairwise(totals)]


def prefix_bits(codes, depth, alpha):
    visits = {}  # of the bits of a byte so far: (the last bytes, the last first; bit)
    past = (0,) * depth
    for code in codes:
        spelled = f"{code:08b}"
        for k in range(8):
            visits.setdefault(spelled[:k], []).append((past, int(spelled[k])))
        past = (code, *past)[:depth]
    return -sum(math.log2(weighted(tree, 0, depth, alpha)) for tree in visits.values())


def weighted(visits, d, depth, alpha):
    """P_w of a node whose children are told apart by byte ``d`` of the context."""
    estimate, seen = 1.0, [0, 0]
    for _, bit in visits:
        estimate *= (seen[bit] + alpha) / (sum(seen) + 2 * alpha)
        seen[bit] += 1
    if d == depth:
        return estimate
    by_child = sorted(visits, key=lambda visit: visit[0][d])  # stable: the order stays
    children = groupby(by_child, key=lambda visit: visit[0][d])
    longer = math.prod(weighted(list(child), d + 1, depth, alpha) for _, child in children)
    return estimate / 2 + longer / 2


def lz78_parse(codes):
    phrases, pointers, starts, phrase, start = {(): 0}, [], [], (), 0
    for i, code in enumerate(codes.tolist()):
        longer = (*phrase, code)
        if longer in phrases:
            phrase = longer
            continue
        pointers.append(phrases[phrase])
        starts.append(start)
        phrases[longer] = len(phrases)
        phrase, start = (), i + 1
    if phrase:
        pointers.append(phrases[phrase])
        starts.append(start)
    return pointers, [*starts, len(codes)]


def kneser_ney_bits(training, sequences, order, n_symbols):
    """Interpolated Kneser-Ney from the definition, gram by gram; bits of known symbols alone."""
    mark, counts = "mark", [Counter() for _ in range(order)]
    for sequence in training:
        marked = [mark, *sequence]
        for end in range(2, len(marked) + 1):
            for n in range(1, min(order, end) + 1):
                counts[n - 1][tuple(marked[end - n : end])] += 1
    for n in range(1, order):  # the longest first would spoil none: all read whole grams
        for gram in counts[n - 1]:
            if gram[0] != mark:
                before = {longer[0] for longer in counts[n] if longer[1:] == gram}
                counts[n - 1][gram] = len(before)
    bits = []
    for sequence in sequences:
        marked = [mark, *sequence]
        for end in range(1, len(marked)):
            history = tuple(marked[max(0, end - order + 1) : end])
            bits.append(-math.log2(kneser_ney(counts, history, marked[end], order, n_symbols)))
    return bits


def kneser_ney(counts, history, symbol, order, n_symbols):
    if order == 1:
        d = discount(counts[0].values())
        total = sum(counts[0].values())
        if len(counts) == 1:
            return counts[0][(symbol,)] / total
        kept = max(counts[0][(symbol,)] - d, 0)
        return (kept + d * len(counts[0]) / n_symbols) / total
    lower = kneser_ney(
        counts, history[-(order - 2) :] if order > 2 else (), symbol, order - 1, n_symbols
    )
    if len(history) < order - 1:
        return lower
    followers = {gram: n for gram, n in counts[order - 1].items() if gram[:-1] == history and n}
    if not followers:
        return lower
    d, total = discount(counts[order - 1].values()), sum(followers.values())
    kept = max(followers.get((*history, symbol), 0) - d, 0)
    return (kept + d * len(followers) * lower) / total


def discount(counts):
    once, twice = (sum(n == wanted for n in counts) for wanted in (1, 2))
    return once / (once + 2 * twice) if once else 0.5
