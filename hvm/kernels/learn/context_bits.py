"""Bits of symbols where each unit depends on the one before, summed over all parses.

A unit's probability given the one before is its count behind that one and ``strength`` times its
probability among all units, by their sum; the first unit of a sequence stands behind a unit of
its own, START. So units are weighed anew wherever one may begin, and read from there as far as they
go: what ends on the way is kept by unit and position.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.learn.tally import START, Tally, n_keys, pair_totals
from hvm.kernels.lexicon.chart import (
    ALL,
    CALL,
    CALLS,
    ITEMS,
    KNOWN,
    MARK,
    NODE,
    OUTERMOST,
    Chart,
    begin_call,
    make_chart,
    restart,
    with_capacity,
)
from hvm.kernels.lexicon.earley import Marks, ask, make_marks, read, weigh
from hvm.kernels.lexicon.masses import fill_masses
from hvm.kernels.lexicon.trie import UNITS, Trie, most_edges_of, n_variables_of

FIRST_ROWS = 64  # of a chart and of ends, to begin with
_TINY = 2.0**-200  # weights below it are made larger


class UnitModel(NamedTuple):
    """What probabilities derive from; counts in multiples of ``one``."""

    trie: Trie
    parents: NDArray[np.int64]  # int64[rows]
    unit_p: NDArray[np.float64]  # float64[K]: P(entry as a unit), 0 for variables
    member_p: NDArray[np.float64]  # float64[P]: P(member | its variable)
    escape_p: float
    pairs: Tally
    one: float
    strength: float  # of unit_p against what is known of the unit before; infinite: it alone


class Ends(NamedTuple):
    """Units that may end at each position, and their weights, as lists."""

    first: NDArray[np.int64]  # int64[n + 1], or -1
    rows: NDArray[np.int64]  # int64[r, 2]: unit, next row
    weights: NDArray[np.float64]  # float64[r]
    prefix: NDArray[np.float64]  # float64[n + 1]: of all that ends at or runs past a position
    tops: NDArray[np.int64]  # int64[3], by the names below


USED, REACHED, CLOCK = 0, 1, 2  # rows; the last position with a weight; steps, a number for each


@kernel
def context_unit_bits(
    model: UnitModel, codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """-log2 of each symbol's probability given those before it in its sequence.

    All parses are summed; each unit depends on the one before. The last may run past the end.

    Parameters
    ----------
    model : UnitModel
    codes : int32[n]
        -1 outside the alphabet.
    starts : int64[s]
        First index of each sequence, ascending.

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.learn.tally import make_tally
    >>> from hvm.kernels.lexicon.trie import compile_trie, node_parents
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> parents, unit_p = node_parents(trie), np.array([0.25, 0.25, 0.5])
    >>> alone = UnitModel(trie, parents, unit_p, np.zeros(2), 0.0, make_tally(1), 1.0, np.inf)
    >>> codes = np.array([0, 1, 1], np.int32)
    >>> 2.0 ** -context_unit_bits(alone, codes, np.zeros(1, np.int64))  # as `symbol_bits`
    array([0.75, 0.75, 0.25])
    """
    trie, n_units, n = model.trie, len(model.unit_p), len(codes)
    masses, unit_p = np.empty((len(trie.steps), 2)), np.empty(n_units)
    marks, totals = make_marks(trie), pair_totals(model.pairs, n_units)
    before, bits = np.zeros(n_units + 1), np.empty(n)
    n_variables, most_edges = n_variables_of(trie), most_edges_of(trie)
    chart, ends = make_chart(FIRST_ROWS, FIRST_ROWS, FIRST_ROWS), _make_ends(n)
    prefix = ends.prefix
    for sequence in range(len(starts)):
        begin = starts[sequence]
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else n
        if begin == stop:
            continue
        _begin_sequence(ends, begin, stop)
        for i in range(begin, stop):
            if 0.0 < prefix[i] < _TINY:
                _rescale(ends, i)
            total, escape = _weigh_units(model, totals, ends, i, before, unit_p)
            if codes[i] < 0:
                ends = _more_ends(ends, 1)
                _escape(ends, i, escape)
            elif total > 0.0:
                fill_masses(trie, model.parents, unit_p, model.member_p, masses)
                _begin_units(chart, ends)
                at = i
                while at < stop and codes[at] >= 0 and chart.tops[ITEMS + (at - i) % 2] > 0:
                    now = (at - i) % 2
                    chart = with_capacity(chart, now, n_variables, most_edges)
                    at += 1
                    _read_symbol(trie, masses, marks, chart, ends, now, codes[at - 1], at)
                    ends = _more_ends(ends, chart.tops[ITEMS + 1 - now])
                    _note_ends(chart, trie, 1 - now, unit_p, ends, at)
            bits[i] = math.log2(prefix[i] / prefix[i + 1]) if prefix[i + 1] > 0.0 else np.inf
            if prefix[i + 1] == 0.0:
                bits[i + 1 : stop] = 0.0
                break
    return bits


@inner
def _begin_units(chart: Chart, ends: Ends) -> None:
    """Units begin here, and nothing else is under way."""
    restart(chart)
    units = begin_call(chart, 0, OUTERMOST, ends.tops[CLOCK], UNITS)
    chart.forward[units, 0], chart.forward[units, 1] = 1.0, 0.0
    chart.calls[units, MARK] = KNOWN


@inner
def _read_symbol(
    trie: Trie,
    masses: NDArray[np.float64],
    marks: Marks,
    chart: Chart,
    ends: Ends,
    now: Int,
    symbol: Int,
    after: Int,
) -> None:
    """Read on by one symbol; ``after`` is the position behind it."""
    clock, first = ends.tops[CLOCK], chart.tops[CALLS]
    ask(trie, marks, chart, now, clock, symbol)
    weigh(chart, first, masses)
    read(trie, masses, marks, chart, now, clock, symbol)
    ends.tops[CLOCK] += 1
    ends.prefix[after] += _value(chart.sums, ALL)
    ends.tops[REACHED] = max(ends.tops[REACHED], after)


# -- where units end ----------------------------------------------------------------------


@helper
def _make_ends(n: Int) -> Ends:
    return Ends(
        np.full(n + 1, -1, np.int64),
        np.empty((FIRST_ROWS, 2), np.int64),
        np.empty(FIRST_ROWS),
        np.zeros(n + 1),
        np.zeros(3, np.int64),
    )


@helper
def _more_ends(ends: Ends, n_more: Int) -> Ends:
    """The ends, or more rows for them."""
    used = ends.tops[USED]
    if used + n_more <= len(ends.weights):
        return ends
    rows, weights = np.empty((2 * (used + n_more), 2), np.int64), np.empty(2 * (used + n_more))
    rows[:used], weights[:used] = ends.rows[:used], ends.weights[:used]
    return Ends(ends.first, rows, weights, ends.prefix, ends.tops)


@inner
def _begin_sequence(ends: Ends, begin: Int, stop: Int) -> None:
    """START ends at the beginning, and nothing else anywhere."""
    ends.tops[USED] = 0
    _clear(ends, begin, stop)
    _add_end(ends, begin, START, 1.0)
    ends.prefix[begin] = 1.0
    ends.tops[REACHED] = begin


@inner
def _clear(ends: Ends, first: Int, last: Int) -> None:
    """Nothing ends from one position to another."""
    for position in range(first, last + 1):
        ends.first[position], ends.prefix[position] = -1, 0.0


@inner
def _escape(ends: Ends, i: Int, escape: float) -> None:
    """What runs past an unknown symbol is void; START stands behind it."""
    _clear(ends, i + 1, ends.tops[REACHED])
    if escape > 0.0:
        _add_end(ends, i + 1, START, escape)
    ends.prefix[i + 1], ends.tops[REACHED] = escape, i + 1


@inner
def _add_end(ends: Ends, position: Int, unit: Int, weight: float) -> None:
    row = ends.tops[USED]
    ends.rows[row, 0], ends.rows[row, 1] = unit, ends.first[position]
    ends.weights[row], ends.first[position] = weight, row
    ends.tops[USED] += 1


@inner
def _note_ends(
    chart: Chart, trie: Trie, now: Int, unit_p: NDArray[np.float64], ends: Ends, at: Int
) -> None:
    """Add the units that end here."""
    for item in range(chart.tops[ITEMS + now]):
        unit = trie.ends[chart.items[now, item, NODE]]
        if chart.items[now, item, CALL] == 0 and unit >= 0:
            weight = _value(chart.inners[now], item) * unit_p[unit]
            if weight > 0.0:
                _add_end(ends, at, unit, weight)


@inner
def _rescale(ends: Ends, first: Int) -> None:
    """Make weights from a position on larger, so that none vanishes."""
    for position in range(first, ends.tops[REACHED] + 1):
        ends.prefix[position] /= _TINY
        row = ends.first[position]
        while row >= 0:
            ends.weights[row] /= _TINY
            row = ends.rows[row, 1]


@inner
def _value(rows: NDArray[np.float64], row: Int) -> float:
    return math.ldexp(rows[row, 0], int(rows[row, 1]))


# -- units behind units -------------------------------------------------------------------


@inner
def _weigh_units(
    model: UnitModel,
    totals: NDArray[np.float64],
    ends: Ends,
    position: Int,
    before: NDArray[np.float64],
    expected: NDArray[np.float64],
) -> tuple[float, float]:
    """Write the weight of each unit to begin here; returns that of all, and of the escape.

    before : float64[K + 1], weights of the units that end here; all 0, and left so
    """
    n_units, strength = len(model.unit_p), model.strength
    total, free = 0.0, 0.0
    row = ends.first[position]
    while row >= 0:
        unit = ends.rows[row, 0] if ends.rows[row, 0] >= 0 else n_units
        before[unit] += ends.weights[row]
        total += ends.weights[row]
        row = ends.rows[row, 1]
    if strength < np.inf:
        for unit in range(n_units + 1):
            if before[unit] > 0.0:
                before[unit] /= totals[unit] / model.one + strength
                free += before[unit] * strength
    else:
        free = total
    for unit in range(n_units):
        expected[unit] = free * model.unit_p[unit]
    if strength < np.inf:
        for row in range(n_keys(model.pairs)):
            key = model.pairs.keys[row]
            left = (key >> 32) - 1
            weight = before[left if left >= 0 else n_units]
            if weight > 0.0:
                expected[key & 0xFFFFFFFF] += weight * model.pairs.counts[row] / model.one
    for unit in range(n_units + 1):
        before[unit] = 0.0
    return total, free * model.escape_p
