"""Slow twins of the kernels of the rivals, by the same names."""

from __future__ import annotations

import math
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
