"""Exact probability of symbols under a lexicon: the sum over all parses and all fillers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.chart import (
    ALL,
    BEFORE,
    BEGIN,
    KNOWN,
    MARK,
    OUTERMOST,
    Chart,
    begin_call,
    copy_row,
    has_capacity,
    make_chart,
    restart,
    with_capacity,
)
from hvm.kernels.lexicon.earley import Marks, ask, asks, make_marks, read, weigh
from hvm.kernels.lexicon.masses import node_masses
from hvm.kernels.lexicon.trie import UNITS, Trie, most_edges_of, n_variables_of

FIRST_ROWS = 256  # of a chart, to begin with
DONE, AT = 0, 1  # of progress: sequences read; the next symbol of the present one, -1 at first


@spliced
def _bits(sums: NDArray[np.float64], above: Int, below: Int) -> float:
    """-log2 of one weight over another."""
    bits = np.inf
    if sums[below, 0] > 0.0:
        bits = math.log2(sums[above, 0] / sums[below, 0]) + sums[above, 1] - sums[below, 1]
    return bits


@spliced
def _read_symbol(
    trie: Trie,
    masses: NDArray[np.float64],
    marks: Marks,
    chart: Chart,
    at: Int,
    symbol: Int,
) -> None:
    """A unit may begin; read a symbol."""
    now = at & 1
    units = begin_call(chart, now, OUTERMOST, at, UNITS)
    copy_row(chart.forward, units, chart.sums, BEGIN)
    chart.calls[units, MARK] = KNOWN
    if asks(trie, chart, now, symbol):
        ask(trie, marks, chart, now, at, symbol)
        weigh(chart, units + 1, masses)
    read(trie, masses, marks, chart, now, at, symbol)


@inner
def _read_on(
    trie: Trie,
    masses: NDArray[np.float64],
    marks: Marks,
    chart: Chart,
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    escape_bits: float,
    most: tuple[Int, Int],
    bits: NDArray[np.float64],
    progress: NDArray[np.int64],
) -> None:
    """Read sequences until all are done or the chart is full."""
    while progress[DONE] < len(starts):
        k, at = progress[DONE], progress[AT]
        stop = starts[k + 1] if k + 1 < len(starts) else len(codes)
        if at < 0:
            at = starts[k]
            restart(chart)
        while at < stop:
            if codes[at] < 0:
                bits[at] = _bits(chart.sums, ALL, BEGIN) + escape_bits
                restart(chart)
            else:
                if not has_capacity(chart, at & 1, most[0], most[1]):
                    progress[AT] = at
                    return
                _read_symbol(trie, masses, marks, chart, at, codes[at])
                bits[at] = _bits(chart.sums, BEFORE, ALL)
            at += 1
            if chart.sums[ALL, 0] == 0.0:  # nothing follows what cannot be
                while at < stop:
                    bits[at] = 0.0
                    at += 1
        progress[DONE], progress[AT] = k + 1, -1


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
    marks, progress = make_marks(trie), np.array([0, -1])
    most = (n_variables_of(trie), most_edges_of(trie))
    chart = make_chart(FIRST_ROWS, FIRST_ROWS, FIRST_ROWS)
    while progress[DONE] < len(starts):
        _read_on(trie, masses, marks, chart, codes, starts, escape_bits, most, bits, progress)
        if progress[DONE] < len(starts):
            chart = with_capacity(chart, progress[AT] & 1, most[0], most[1])
    return bits
