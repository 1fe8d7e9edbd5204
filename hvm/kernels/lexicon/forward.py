"""Exact probability of symbols under a lexicon: the sum over all parses and all fillers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import inner, kernel
from hvm.kernels.lexicon.chart import (
    ALL,
    BEFORE,
    BEGIN,
    KNOWN,
    MARK,
    OUTERMOST,
    begin_call,
    copy_row,
    make_chart,
    restart,
    with_capacity,
)
from hvm.kernels.lexicon.earley import Weights, ask, make_marks, read, weigh
from hvm.kernels.lexicon.masses import node_masses
from hvm.kernels.lexicon.trie import UNITS, Trie, most_edges_of, n_variables_of

FIRST_ROWS = 256  # of a chart, to begin with


@inner
def _bits(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    """-log2 of one weight over another."""
    if below[0] == 0.0:
        return np.inf
    return float(math.log2(above[0] / below[0]) + above[1] - below[1])


@kernel
def symbol_bits(
    trie: Trie,
    unit_p: NDArray[np.float64],
    member_p: NDArray[np.float64],
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    escape_bits: float,
) -> NDArray[np.float64]:
    """-log2 of each symbol's probability given those before it in its sequence.

    Parameters
    ----------
    trie : Trie
    unit_p : float64[K]
        P(entry as a unit), 0 for variables.
    member_p : float64[P]
        P(member | its variable); unused beside components.
    codes : int32[n]
        -1 outside the alphabet.
    starts : int64[s]
        First index of each sequence, ascending; a unit begins at each.
    escape_bits : float
        -log2 P(a symbol outside the alphabet).

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> unit_p, codes = np.array([0.25, 0.25, 0.5]), np.array([0, 1, 1], np.int32)
    >>> 2.0 ** -symbol_bits(trie, unit_p, np.zeros(2), codes, np.zeros(1, np.int64), 9.0)
    array([0.75, 0.75, 0.25])
    """
    masses, bits = node_masses(trie, unit_p, member_p), np.empty(len(codes))
    weights, marks = Weights(masses, unit_p, member_p), make_marks(trie)
    n_variables, most_edges = n_variables_of(trie), most_edges_of(trie)
    chart = make_chart(FIRST_ROWS, FIRST_ROWS, FIRST_ROWS)
    for sequence in range(len(starts)):
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else len(codes)
        restart(chart)
        for at in range(starts[sequence], stop):
            if codes[at] < 0:
                bits[at] = _bits(chart.sums[ALL], chart.sums[BEGIN]) + escape_bits
                restart(chart)
                continue
            now = at & 1
            chart = with_capacity(chart, now, n_variables, most_edges)
            units = begin_call(chart, now, OUTERMOST, at, UNITS)
            copy_row(chart.forward, units, chart.sums, BEGIN)
            chart.calls[units, MARK] = KNOWN
            ask(trie, marks, chart, now, at, codes[at])
            weigh(chart, units + 1, masses)
            read(trie, weights, marks, chart, now, at, codes[at])
            bits[at] = _bits(chart.sums[BEFORE], chart.sums[ALL])
            if chart.sums[ALL, 0] == 0.0:  # nothing follows what cannot be
                bits[at + 1 : stop] = 0.0
                break
    return bits
