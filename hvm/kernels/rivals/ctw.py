"""Context-tree weighting of bytes: every bit weighs the contexts of the last 0 to 6 bytes.

A node is a context (the last bytes, as many as its depth) and the bits of a byte so far. It counts
the bits that followed, and holds ln(P_e / product of P_w over its children).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.table import (
    Table,
    find,
    has_capacity,
    is_free,
    make_table,
    place,
    value_at,
    with_capacity,
)

DEEPEST = 6  # context bytes that fit in a key, beside the depth and the bits so far
_FIRST_NODES = 512  # that there is capacity for at first
_LARGEST_EXPONENT = 700.0  # exp(710) overflows


@kernel
def ctw_bits(codes: NDArray[np.uint8], depth: Int, alpha: float) -> NDArray[np.float64]:
    """Bits of each byte given those before it; before the first stand ``depth`` bytes 0.

    Parameters
    ----------
    codes : uint8[n]
        Bytes.
    depth : int
        Context bytes, 0 to 6.
    alpha : float
        What each count begins with, above 0.

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> ctw_bits(np.frombuffer(b"aaa", np.uint8), 6, 1 / 16).round(2).tolist()
    [8.0, 3.76, 1.42]
    """
    nodes = make_table(_FIRST_NODES)
    counts = np.zeros((_FIRST_NODES, 2), np.int32)
    log_ratios = np.zeros(_FIRST_NODES)
    path = np.empty(depth + 1, np.int64)
    bits = np.zeros(len(codes))
    context: Int = np.int64(0)  # the last byte lowest
    for i in range(len(codes)):
        if not has_capacity(nodes, 8 * (depth + 1)):
            nodes = with_capacity(nodes, 8 * (depth + 1))
            counts, log_ratios = _lengthened(counts, log_ratios, len(nodes.cells) // 4)
        code = np.int64(codes[i])
        for left in range(7, -1, -1):
            _find_path(nodes, context, (256 | code) >> (left + 1), path)
            bits[i] -= math.log2(_code_bit(counts, log_ratios, path, (code >> left) & 1, alpha))
        context = _last_bytes((context << 8) | code, depth)
    return bits


@inner
def _last_bytes(context: Int, n: Int) -> Int:
    return context & ((np.int64(1) << (8 * n)) - 1)


@inner
def _find_path(nodes: Table, context: Int, so_far: Int, path: NDArray[np.int64]) -> None:
    """Fill in the nodes from the root to the deepest context; new ones are added."""
    for d in range(len(path)):
        key = (_last_bytes(context, d) << 11) | (d << 8) | so_far
        row = find(nodes, key)
        if is_free(nodes, row):
            place(nodes, row, key, nodes.used[0])
        path[d] = value_at(nodes, row)


@inner
def _code_bit(
    counts: NDArray[np.int32],
    log_ratios: NDArray[np.float64],
    path: NDArray[np.int64],
    bit: Int,
    alpha: float,
) -> float:
    """Probability of a bit, weighted from the deepest node to the root; then they have seen it."""
    p = _estimate_and_count(counts, path[-1], bit, alpha)
    for d in range(len(path) - 2, -1, -1):
        node = path[d]
        p_here = _estimate_and_count(counts, node, bit, alpha)
        weight = 1.0 / (1.0 + math.exp(min(-log_ratios[node], _LARGEST_EXPONENT)))
        log_ratios[node] += math.log(p_here / p)
        p = weight * p_here + (1.0 - weight) * p
    return p


@inner
def _estimate_and_count(counts: NDArray[np.int32], node: Int, bit: Int, alpha: float) -> float:
    p: float = (counts[node, bit] + alpha) / (counts[node, 0] + counts[node, 1] + 2.0 * alpha)
    counts[node, bit] += 1
    return p


@helper
def _lengthened(
    counts: NDArray[np.int32], log_ratios: NDArray[np.float64], n_nodes: Int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the same arrays with zeros up to so many nodes."""
    longer_counts, longer_ratios = np.zeros((n_nodes, 2), np.int32), np.zeros(n_nodes)
    longer_counts[: len(counts)], longer_ratios[: len(counts)] = counts, log_ratios
    return longer_counts, longer_ratios
