"""Context-tree weighting of bytes: every bit weighs the contexts of the last 0 to 6 bytes."""

from __future__ import annotations

import math

import numpy as np

from hvm.kernels.jit import inner, kernel
from hvm.kernels.lexicon.count import find_row

DEEPEST = 6  # context bytes that fit in a key, beside the depth and the bits so far


@kernel
def ctw_bits(codes, depth, alpha):
    """Bits of each byte given those before it; before the first stand ``depth`` bytes 0.

    codes : uint8[n]; depth : 0 to 6 context bytes; alpha > 0 : what each count begins with
    returns float64[n]
    A node is a context (the last 0 to ``depth`` bytes) and the bits of a byte so far. It counts
    the bits that followed, and holds ln(P_e / product of P_w over its children).
    """
    keys = np.full(1024, -1, np.int64)
    counts = np.zeros((1024, 2), np.int32)
    log_ratios = np.zeros(1024)
    path = np.empty(depth + 1, np.int64)
    bits = np.zeros(len(codes))
    n_nodes = 0
    context = np.int64(0)  # the last byte lowest
    for i in range(len(codes)):
        while 2 * (n_nodes + 8 * (depth + 1)) > len(keys):
            keys, counts, log_ratios = _doubled(keys, counts, log_ratios)
        code = np.int64(codes[i])
        for left in range(7, -1, -1):
            n_nodes += _find_path(keys, context, (256 | code) >> (left + 1), path)
            bits[i] -= math.log2(_code_bit(counts, log_ratios, path, (code >> left) & 1, alpha))
        context = _last_bytes((context << 8) | code, depth)
    return bits


@inner
def _last_bytes(context, n):
    return context & ((np.int64(1) << (8 * n)) - 1)


@inner
def _find_path(keys, context, so_far, path):
    """Rows of the nodes from the root to the deepest context; returns how many are new."""
    n_new = 0
    for d in range(len(path)):
        key = (_last_bytes(context, d) << 11) | (d << 8) | so_far
        path[d] = find_row(keys, key)
        n_new += keys[path[d]] == -1
        keys[path[d]] = key
    return n_new


@inner
def _code_bit(counts, log_ratios, path, bit, alpha):
    """Probability of a bit, weighted from the deepest node to the root; then they have seen it."""
    p = _estimate_and_count(counts, path[-1], bit, alpha)
    for d in range(len(path) - 2, -1, -1):
        row = path[d]
        p_here = _estimate_and_count(counts, row, bit, alpha)
        weight = 1.0 / (1.0 + math.exp(min(-log_ratios[row], 700.0)))  # exp(710) overflows
        log_ratios[row] += math.log(p_here / p)
        p = weight * p_here + (1.0 - weight) * p
    return p


@inner
def _estimate_and_count(counts, row, bit, alpha):
    p = (counts[row, bit] + alpha) / (counts[row, 0] + counts[row, 1] + 2.0 * alpha)
    counts[row, bit] += 1
    return p


@kernel
def _doubled(keys, counts, log_ratios):
    """Return the same nodes in a table of twice the size."""
    new_keys = np.full(2 * len(keys), -1, np.int64)
    new_counts = np.zeros((2 * len(keys), 2), np.int32)
    new_log_ratios = np.zeros(2 * len(keys))
    for old in range(len(keys)):
        if keys[old] != -1:
            row = find_row(new_keys, keys[old])
            new_keys[row] = keys[old]
            new_counts[row, 0], new_counts[row, 1] = counts[old, 0], counts[old, 1]
            new_log_ratios[row] = log_ratios[old]
    return new_keys, new_counts, new_log_ratios
