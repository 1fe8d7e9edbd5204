"""Count adjacent pairs of units and merge them, in open-addressing tables."""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced


@spliced
def find_row(keys, key):
    """Row of ``key`` in a table of int64 keys, or the empty row (-1) where it belongs."""
    mask = len(keys) - 1
    row = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while keys[row] != key and keys[row] != -1:
        row = (row + 1) & mask
    return row


def count_pairs(units, starts, count_min):
    """Count adjacent pairs inside each sequence, those of a unit with itself without overlap.

    units : int32[n]; starts : int64[s], first index of each sequence, ascending
    returns codes int64[k] ascending (left << 32 | right), counts int64[k], those of count_min or
    more
    """
    codes, counts = _pairs(units, starts, count_min)
    order = np.argsort(codes)
    return codes[order], counts[order]


@kernel
def _pairs(units, starts, count_min):
    """What ``count_pairs`` returns, in the order of a hash table."""
    capacity = 1024
    while capacity < min(4 * len(units), 1 << 16):
        capacity *= 2
    while True:
        keys = np.full(capacity, -1, np.int64)
        counts = np.zeros(capacity, np.int64)
        last = np.empty(capacity, np.int64)
        if _count_pairs(units, starts, keys, counts, last):
            break
        capacity *= 4
    n = 0
    for row in range(capacity):
        if keys[row] >= 0 and counts[row] >= count_min:
            keys[n], counts[n] = keys[row], counts[row]
            n += 1
    return keys[:n].copy(), counts[:n].copy()


@inner
def _count_pairs(units, starts, keys, counts, last):
    """Count into the table; False when it would get more than half full."""
    used, most = 0, len(keys) // 2
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        for i in range(starts[k], end - 1):
            left, right = units[i], units[i + 1]
            if left < 0 or right < 0:
                continue
            row = find_row(keys, (np.int64(left) << 32) | right)
            if keys[row] == -1:
                if used == most:
                    return False
                keys[row] = (np.int64(left) << 32) | right
                used += 1
            elif left == right and last[row] == i - 1:
                continue  # the middle of a run: it overlaps the pair before it
            counts[row] += 1
            last[row] = i
    return True


@kernel
def merge_pairs(units, starts, codes, wholes):
    """Replace accepted pairs by their chunks, from the left.

    codes : int64[k] left << 32 | right; wholes : int32[k], the chunk for each
    returns units int32[m], starts int64[s]
    """
    capacity = 16
    while capacity < 4 * len(codes):
        capacity *= 2
    keys = np.full(capacity, -1, np.int64)
    values = np.empty(capacity, np.int32)
    for k in range(len(codes)):
        row = find_row(keys, codes[k])
        keys[row], values[row] = codes[k], wholes[k]
    n_ids = np.int64(0)
    for unit in units:
        n_ids = max(n_ids, np.int64(unit) + 1)
    for code in codes:
        n_ids = max(n_ids, (code >> 32) + 1)
    is_left = np.zeros(n_ids, np.bool_)
    for code in codes:
        is_left[code >> 32] = True
    merged = np.empty(len(units), np.int32)
    merged_starts = np.empty(len(starts), np.int64)
    n = _merge_pairs(units, starts, keys, values, is_left, merged, merged_starts)
    return merged[:n].copy(), merged_starts


@inner
def _merge_pairs(units, starts, keys, values, is_left, merged, merged_starts):
    n = 0
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        merged_starts[k] = n
        i = starts[k]
        while i < end:
            unit = units[i]
            if unit >= 0 and is_left[unit] and i + 1 < end and units[i + 1] >= 0:
                row = find_row(keys, (np.int64(unit) << 32) | units[i + 1])
                if keys[row] != -1:
                    unit = values[row]
                    i += 1
            merged[n] = unit
            n += 1
            i += 1
    return n


def count_triples(units, starts, count_min):
    """Count runs of three units inside each sequence, overlaps included.

    returns rows int64[k, 3] (left, middle, right), sorted by left, right, middle; counts
    int64[k], those of count_min or more
    """
    rows, counts = _triples(units, starts, count_min)
    order = np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))
    return rows[order], counts[order]


@kernel
def _triples(units, starts, count_min):
    """What ``count_triples`` returns, in the order of a hash table."""
    capacity = 1024
    while True:
        rows, counts = np.empty((capacity, 3), np.int64), np.zeros(capacity, np.int64)
        if _count_triples(units, starts, rows, counts):
            break
        capacity *= 4
    n = 0
    for row in range(capacity):
        if counts[row] >= count_min and counts[row] > 0:
            rows[n, 0], rows[n, 1], rows[n, 2] = rows[row, 0], rows[row, 1], rows[row, 2]
            counts[n] = counts[row]
            n += 1
    return rows[:n].copy(), counts[:n].copy()


@inner
def _count_triples(units, starts, rows, counts):
    """Count into the table; False when it would get more than half full."""
    used, mask = 0, len(rows) - 1
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else len(units)
        for i in range(starts[k], end - 2):
            left, middle, right = np.int64(units[i]), np.int64(units[i + 1]), np.int64(units[i + 2])
            if left < 0 or middle < 0 or right < 0:
                continue
            mixed = np.uint64(left) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(middle)
            mixed = (mixed * np.uint64(0xC2B2AE3D27D4EB4F)) ^ (mixed >> np.uint64(29))
            mixed = (mixed + np.uint64(right)) * np.uint64(0x9E3779B97F4A7C15)
            row = np.int64(mixed >> np.uint64(32)) & mask
            while counts[row] > 0 and not (
                rows[row, 0] == left and rows[row, 1] == middle and rows[row, 2] == right
            ):
                row = (row + 1) & mask
            if counts[row] == 0:
                if used == len(rows) // 2:
                    return False
                rows[row, 0], rows[row, 1], rows[row, 2] = left, middle, right
                used += 1
            counts[row] += 1
    return True
