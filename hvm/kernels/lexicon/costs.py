"""Code lengths in bits: whole numbers, counts, and the definition of an entry.

Units are coded by their counts, N log2 N - sum c log2 c bits; the counts of N units over U kinds
cost the Elias delta of N + 1 and log2 C(N + U - 1, U - 1).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced

BITS_PER_NAT = 1.0 / math.log(2.0)


@spliced
def xlog2(x: float) -> float:
    """Return x log2 x, 0 at 0.

    Examples
    --------
    >>> xlog2(0.0), xlog2(8.0)
    (0.0, 24.0)
    """
    return x * math.log2(x) if x > 0 else 0.0


@inner
def gamma_bits(n: Int | float) -> int:
    """Length of the Elias gamma code of n >= 1.

    Examples
    --------
    >>> [gamma_bits(n) for n in (1, 2, 3, 4)]
    [1, 3, 3, 5]
    """
    return 2 * math.floor(math.log2(n)) + 1


@inner
def delta_bits(n: Int | float) -> int:
    """Length of the Elias delta code of n >= 1.

    Examples
    --------
    >>> [delta_bits(n) for n in (1, 2, 3, 4)]
    [1, 4, 4, 5]
    """
    digits = math.floor(math.log2(n))
    return digits + gamma_bits(digits + 1)


@inner
def counts_bits(n: float, kinds: Int) -> float:
    """Bits of n and of its counts by kind: the Elias delta of n + 1, log2 C(n + kinds - 1, n).

    By log-gammas: n need not be whole, and differences of large counts are rounded.

    Examples
    --------
    >>> round(counts_bits(3, 2), 6)  # 3 + 0, 2 + 1, 1 + 2 or 0 + 3
    7.0
    """
    ways = math.lgamma(n + kinds) - math.lgamma(n + 1) - math.lgamma(kinds)
    return delta_bits(n + 1) + ways * BITS_PER_NAT


@inner
def composition_bits(total: Int, size: Int) -> float:
    """log2 C(n + k - 1, k - 1): how a total of n is shared out over k counts.

    A product over the smaller of n and k - 1, so large counts lose no precision.

    Examples
    --------
    >>> composition_bits(3, 2)
    2.0
    """
    bits, others = 0.0, size - 1
    for j in range(1, min(total, others) + 1):
        bits += np.log2((max(total, others) + j) / j)
    return bits


@inner
def entry_bits(size: Int, n_earlier: Int) -> float:
    """Bits of a definition: kind, Elias gamma of size - 1, each part among earlier entries.

    A size of 1 is none that an entry has; while one is edited, it costs what 2 does.

    Examples
    --------
    >>> entry_bits(2, 8), entry_bits(3, 8)  # 1 + 1 + 2 * 3; 1 + 3 + 3 * 3
    (8.0, 13.0)
    """
    return 1.0 + gamma_bits(max(size - 1, 1)) + size * math.log2(n_earlier)


@kernel
def definition_bits(sizes: NDArray[np.int64], n_earlier: NDArray[np.int64]) -> NDArray[np.float64]:
    """``entry_bits`` of many, float64[K].

    Examples
    --------
    >>> definition_bits(np.array([2, 3]), np.array([8, 8]))
    array([ 8., 13.])
    """
    bits = np.empty(len(sizes))
    for entry in range(len(sizes)):
        bits[entry] = entry_bits(sizes[entry], n_earlier[entry])
    return bits


@inner
def one_more_entry(n_entries: Int, n_atoms: Int) -> int:
    """What one more entry adds to the Elias gamma of the number of chunks and variables + 1.

    Examples
    --------
    >>> one_more_entry(5, 5), one_more_entry(6, 5)
    (2, 0)
    """
    return gamma_bits(n_entries - n_atoms + 2) - gamma_bits(n_entries - n_atoms + 1)
