"""Slow twins of `hvm.kernels.curve.distortion`."""

from __future__ import annotations

import functools
import itertools


def levenshtein(a, b):
    @functools.cache
    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        changed = distance(i - 1, j - 1) + (a[i - 1] != b[j - 1])
        return min(changed, distance(i - 1, j) + 1, distance(i, j - 1) + 1)

    return distance(len(a), len(b))


def unit_distances(codes, units, unit_starts, slot_starts, slot_ends, fill_starts, fills):
    distances = []
    for unit in sorted(set(units.tolist())):
        first, last = unit_starts[unit], unit_starts[unit + 1]
        read = {position: [codes[position]] for position in range(first, last)}
        for slot in [i for i, owner in enumerate(units.tolist()) if owner == unit]:
            for position in range(slot_starts[slot], slot_ends[slot]):
                read[position] = []
            read[slot_starts[slot]] = fills[fill_starts[slot] : fill_starts[slot + 1]].tolist()
        other = [code for position in sorted(read) for code in read[position]]
        distances.append(levenshtein(codes[first:last].tolist(), [int(code) for code in other]))
    return distances


def string_distances(codes, starts):
    strings = [codes[a:b].tolist() for a, b in itertools.pairwise(starts)]
    return [[levenshtein(one, other) for other in strings] for one in strings]
