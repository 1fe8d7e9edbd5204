"""Exact probability of symbols under a lexicon: the sum over all parses and all fillers.

Symbols are read from the left, as Earley parsers do, with the forward and inner weights of Stolcke
(Computational Linguistics 21:2, 1995). A *call* is a variable, or the units, from a position on;
an *item* is a call that has come to a node of its trie. At a variable edge an item waits for a
call of that variable; all that come to it at one position share the call, and where a filler ends
it lets them go on. The weight of an item is inner: of the fillers taken since its call began.
Times the forward weight of the call, and the mass of what lies below its node, it is the item's
share of the prefix probability.

Weights are rows (fraction, exponent): fraction * 2**exponent, exponents multiples of 256, so that
nothing underflows however long a sequence or a chunk is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced
from hvm.kernels.lexicon.match import (
    CHILD,
    MEMBER,
    NEXT,
    SLOT_LISTS,
    UNIT_AT,
    UNITS,
    VARIABLE,
    child_of,
    slots_of,
)

_STEP = 256.0
_TINY, _HUGE = 2.0**-256, 2.0**256
OUTERMOST = np.int64(1) << 40  # key of the units, above every variable


class Chart(NamedTuple):
    """What is under way at one position; exchanged for a larger one before it can be full."""

    calls: np.ndarray  # int64[c, 4]: KEY, START, FIRST, MARK
    forward: np.ndarray  # float64[c, 2]
    filled: np.ndarray  # float64[c, 2], of the fillers that end here
    ended: np.ndarray  # int64[c], calls that end here
    waits: np.ndarray  # int64[w, 4]: CALL, NODE, LINK, OWNER: goes on as CALL at NODE
    waiting: np.ndarray  # float64[w, 2], inner weights
    items: np.ndarray  # int64[2, i, 3]: CALL, NODE, LINK; at even and at odd positions
    inners: np.ndarray  # float64[2, i, 2]
    tops: np.ndarray  # int64[5]: rows in use, by the names below
    sums: np.ndarray  # float64[3, 2], by the names below


KEY, START, FIRST, MARK = 0, 1, 2, 3  # a variable or OUTERMOST; the last that waits
CALL, NODE, LINK, OWNER = 0, 1, 2, 3  # LINK: of a call's waits, of the items at one node
CALLS, WAITS, ENDED, ITEMS = 0, 1, 2, 3  # ITEMS and the one after it, for each parity
ALL, BEFORE, BEGIN = 0, 1, 2  # all parses; so far; those in which a unit begins here
NEW, KNOWN = -1, -2  # marks; else the position at which the call ended last


# -- weights ------------------------------------------------------------------------------


@spliced
def _product(f, e, g, h):
    """(f 2**e) (g 2**h), for fractions that are 0 or between 2**-256 and about 1."""
    p, s = f * g, e + h
    if 0.0 < p < _TINY:
        p, s = p * _HUGE, s - _STEP
    return p, s


@inner
def _add(sums, row, f, e):
    """Add f 2**e to a row."""
    g, h = sums[row, 0], sums[row, 1]
    if f == 0.0:
        return
    if e == h:
        sums[row, 0] = g + f
    elif g == 0.0 or e > h + _STEP:
        sums[row, 0], sums[row, 1] = f, e
    elif e == h + _STEP:
        sums[row, 0], sums[row, 1] = f + g * _TINY, e
    elif e == h - _STEP:
        sums[row, 0] = g + f * _TINY


@spliced
def _copy(table, to, source, of):
    """Copy a row; slices would allocate."""
    for column in range(table.shape[1]):
        table[to, column] = source[of, column]


@inner
def _share(chart, call, f, e, mass):
    """An item's share of the prefix probability."""
    f, e = _product(f, e, chart.forward[call, 0], chart.forward[call, 1])
    return _product(f, e, mass, 0.0)


@kernel
def node_masses(trie, unit_p, member_p):
    """Probability of what ends at or below each node, float64[nodes].

    unit_p : float64[K], P(entry as a unit); member_p : float64[P], P(member | its variable)
    """
    masses = np.empty(len(trie.nodes))
    fill_masses(trie.nodes, node_parents(trie), unit_p, member_p, masses)
    return masses


@kernel
def node_parents(trie):
    """The node above each, -1 for roots, int64[nodes]."""
    table, slots = trie.table, trie.slots
    parents = np.full(len(trie.nodes), -1, np.int64)
    for row in range(len(table) // 2):
        if table[2 * row] == -1:
            continue
        node, below = table[2 * row] >> 32, table[2 * row + 1]
        if node < SLOT_LISTS:
            parents[below] = node
            continue
        while below >= 0:
            parents[slots[below, CHILD]] = node - SLOT_LISTS
            below = np.int64(slots[below, NEXT])
    return parents


@inner
def fill_masses(nodes, parents, unit_p, member_p, masses):
    """Work out ``node_masses``."""
    for node in range(len(nodes)):
        masses[node] = 0.0
    for node in range(len(nodes) - 1, -1, -1):  # parents come before their children
        masses[node] += _ends(nodes, unit_p, member_p, node)
        if parents[node] >= 0:
            masses[parents[node]] += masses[node]


@spliced
def _ends(nodes, unit_p, member_p, node):
    """Probability of the unit or the filler that ends at a node."""
    unit, member, p = nodes[node, UNIT_AT], nodes[node, MEMBER], 0.0
    if unit >= 0:
        p = unit_p[unit]
    elif member >= 0:
        p = member_p[member]
    return p


# -- the chart ----------------------------------------------------------------------------


@kernel
def make_chart(n_calls, n_waits, n_items):
    """An empty chart with so much room."""
    return Chart(
        np.empty((n_calls, 4), np.int64),
        np.empty((n_calls, 2)),
        np.empty((n_calls, 2)),
        np.empty(n_calls, np.int64),
        np.empty((n_waits, 4), np.int64),
        np.empty((n_waits, 2)),
        np.empty((2, n_items, 3), np.int64),
        np.empty((2, n_items, 2)),
        np.zeros(5, np.int64),
        np.zeros((3, 2)),
    )


@kernel
def _larger(chart, n_calls, n_waits, n_items):
    """The same chart with more room."""
    made = make_chart(n_calls, n_waits, n_items)
    used, tops = chart.tops[CALLS], chart.tops
    made.calls[:used], made.forward[:used] = chart.calls[:used], chart.forward[:used]
    used = chart.tops[WAITS]
    made.waits[:used], made.waiting[:used] = chart.waits[:used], chart.waiting[:used]
    used = chart.items.shape[1]
    made.items[:, :used], made.inners[:, :used] = chart.items, chart.inners
    made.tops[:], made.sums[:] = tops, chart.sums
    return made


@inner
def restart(chart):
    """A unit begins here, and nothing else is under way."""
    for top in range(len(chart.tops)):
        chart.tops[top] = 0
    for row in range(len(chart.sums)):
        chart.sums[row, 0], chart.sums[row, 1] = 1.0, 0.0


@inner
def _collect(chart, now):
    """Drop the calls that no item needs, and what waits for them.

    What waits for a call belongs to older calls, so one sweep from the youngest marks all.
    """
    calls, waits, items = chart.calls, chart.waits, chart.items[now]
    n_calls, n_waits, n_items = chart.tops[CALLS], chart.tops[WAITS], chart.tops[ITEMS + now]
    for call in range(n_calls):
        calls[call, MARK] = -1
    for item in range(n_items):
        calls[items[item, CALL], MARK] = 0
    for call in range(n_calls - 1, -1, -1):
        wait = calls[call, FIRST] if calls[call, MARK] == 0 else np.int64(-1)
        while wait >= 0:
            calls[waits[wait, CALL], MARK] = 0
            wait = waits[wait, LINK]
    kept = 0
    for call in range(n_calls):
        calls[call, FIRST] = -1
        if calls[call, MARK] == 0:
            calls[call, MARK] = kept
            kept += 1
    chart.tops[CALLS], kept = kept, 0
    for wait in range(n_waits):
        owner = waits[wait, OWNER]
        if calls[owner, MARK] < 0:
            continue
        waits[kept, CALL], waits[kept, NODE] = calls[waits[wait, CALL], MARK], waits[wait, NODE]
        waits[kept, LINK], waits[kept, OWNER] = calls[owner, FIRST], calls[owner, MARK]
        _copy(chart.waiting, kept, chart.waiting, wait)
        calls[owner, FIRST] = kept
        kept += 1
    chart.tops[WAITS] = kept
    for item in range(n_items):
        items[item, CALL] = calls[items[item, CALL], MARK]
    for call in range(n_calls):
        kept = calls[call, MARK]
        if kept >= 0:
            _copy(calls, kept, calls, call)
            _copy(chart.forward, kept, chart.forward, call)
    for call in range(chart.tops[CALLS]):
        calls[call, MARK] = KNOWN


@inner
def begin_call(chart, now, key, at, root):
    """Begin a call, and its item at the root of its trie; returns its number."""
    call, item = chart.tops[CALLS], chart.tops[ITEMS + now]
    chart.calls[call, KEY], chart.calls[call, START] = key, at
    chart.calls[call, FIRST], chart.calls[call, MARK] = -1, NEW
    chart.forward[call, 0], chart.forward[call, 1] = 0.0, 0.0
    chart.items[now, item, CALL], chart.items[now, item, NODE] = call, root
    chart.inners[now, item, 0], chart.inners[now, item, 1] = 1.0, 0.0
    chart.tops[CALLS] += 1
    chart.tops[ITEMS + now] += 1
    return call


@inner
def ask(trie, chart, now, at, symbol, called, called_at):
    """Let items wait for the variables that can begin with the symbol."""
    items, waits = chart.items[now], chart.waits
    item = 0
    while item < chart.tops[ITEMS + now]:
        edge = np.int64(slots_of(trie.table, items[item, NODE], symbol))
        while edge >= 0:
            variable, wait = trie.slots[edge, VARIABLE], chart.tops[WAITS]
            if called_at[variable] != at:
                called_at[variable] = at
                called[variable] = begin_call(chart, now, variable, at, trie.roots[variable])
            call = called[variable]
            waits[wait, CALL], waits[wait, NODE] = items[item, CALL], trie.slots[edge, CHILD]
            waits[wait, LINK], waits[wait, OWNER] = chart.calls[call, FIRST], call
            _copy(chart.waiting, wait, chart.inners[now], item)
            chart.calls[call, FIRST] = wait
            chart.tops[WAITS] += 1
            edge = np.int64(trie.slots[edge, NEXT])
        item += 1


@inner
def weigh(chart, first, masses):
    """Forward weights of the calls of variables that begin here, from ``first`` on.

    What waits for a variable belongs to older calls or to variables that hold it, of higher ids.
    """
    calls, waits, n_calls = chart.calls, chart.waits, chart.tops[CALLS]
    for _ in range(first, n_calls):
        outer = -1
        for call in range(first, n_calls):
            if calls[call, MARK] == NEW and (outer < 0 or calls[call, KEY] > calls[outer, KEY]):
                outer = call
        calls[outer, MARK] = KNOWN
        wait = calls[outer, FIRST]
        while wait >= 0:
            f, e = _share(
                chart,
                waits[wait, CALL],
                chart.waiting[wait, 0],
                chart.waiting[wait, 1],
                masses[waits[wait, NODE]],
            )
            _add(chart.forward, outer, f, e)
            wait = waits[wait, LINK]


@inner
def _reach(trie, chart, new, at, call, node, f, e, ends, last_at, last):
    """Add an item that has passed the symbol, or add to its weight; note if its call ends."""
    items, item = chart.items[new], last[node] if last_at[node] == at else np.int64(-1)
    while item >= 0 and items[item, CALL] != call:
        item = items[item, LINK]
    if item >= 0:
        _add(chart.inners[new], item, f, e)
    else:
        item = chart.tops[ITEMS + new]
        items[item, CALL], items[item, NODE] = call, node
        items[item, LINK] = last[node] if last_at[node] == at else np.int64(-1)
        chart.inners[new, item, 0], chart.inners[new, item, 1] = f, e
        last_at[node], last[node] = at, item
        chart.tops[ITEMS + new] += 1
    if ends > 0.0:
        if chart.calls[call, MARK] != at:
            chart.calls[call, MARK] = at
            chart.filled[call, 0], chart.filled[call, 1] = 0.0, 0.0
            chart.ended[chart.tops[ENDED]] = call
            chart.tops[ENDED] += 1
        f, e = _product(f, e, ends, 0.0)
        _add(chart.filled, call, f, e)


@inner
def _innermost(chart):
    """Take out the ended call whose end must be known first: the last begun, the lowest id."""
    calls, ended, best = chart.calls, chart.ended, 0
    for other in range(1, chart.tops[ENDED]):
        one, two = ended[other], ended[best]
        later = calls[one, START] - calls[two, START]
        if later > 0 or (later == 0 and calls[one, KEY] < calls[two, KEY]):
            best = other
    call = ended[best]
    chart.tops[ENDED] -= 1
    ended[best] = ended[chart.tops[ENDED]]
    return call


@inner
def read(trie, chart, now, at, symbol, masses, unit_p, member_p, last_at, last):
    """Take items over the symbol, then let go on what waits for the calls that end there."""
    new, nodes = 1 - now, trie.nodes
    chart.tops[ITEMS + new] = 0
    _copy(chart.sums, BEFORE, chart.sums, ALL)
    chart.sums[ALL, 0], chart.sums[ALL, 1] = 0.0, 0.0
    chart.sums[BEGIN, 0], chart.sums[BEGIN, 1] = 0.0, 0.0
    for item in range(chart.tops[ITEMS + now]):
        node = child_of(trie.table, chart.items[now, item, NODE], symbol)
        if node >= 0:
            call = chart.items[now, item, CALL]
            f, e = chart.inners[now, item, 0], chart.inners[now, item, 1]
            ends = _ends(nodes, unit_p, member_p, node)
            _reach(trie, chart, new, at, call, node, f, e, ends, last_at, last)
            f, e = _share(chart, call, f, e, masses[node])
            _add(chart.sums, ALL, f, e)
    while chart.tops[ENDED] > 0:
        call = _innermost(chart)
        filled, filled_e = chart.filled[call, 0], chart.filled[call, 1]
        if chart.calls[call, KEY] == OUTERMOST:
            f, e = _share(chart, call, filled, filled_e, 1.0)
            _add(chart.sums, BEGIN, f, e)
        wait = chart.calls[call, FIRST]
        while wait >= 0:
            f, e = _product(chart.waiting[wait, 0], chart.waiting[wait, 1], filled, filled_e)
            node = chart.waits[wait, NODE]
            ends = _ends(nodes, unit_p, member_p, node)
            owner = chart.waits[wait, CALL]
            _reach(trie, chart, new, at, owner, node, f, e, ends, last_at, last)
            wait = chart.waits[wait, LINK]


@inner
def _bits(above, below):
    """-log2 of one weight over another."""
    if below[0] == 0.0:
        return np.inf
    return math.log2(above[0] / below[0]) + above[1] - below[1]


@kernel
def most_edges_of(trie):
    """The most variable edges that one node has for one symbol."""
    table, most = trie.table, 0
    for row in range(len(table) // 2):
        if table[2 * row] != -1 and table[2 * row] >> 32 >= SLOT_LISTS:
            n, edge = 0, table[2 * row + 1]
            while edge >= 0:
                n, edge = n + 1, np.int64(trie.slots[edge, NEXT])
            most = max(most, n)
    return most


@kernel
def with_room(chart, now, n_variables, most_edges):
    """The chart, or a larger one, with room for what one symbol can add."""
    tops = chart.tops
    # At most so many calls begin here, items go on or wait, and items are let go on.
    n_items = tops[ITEMS + now] + n_variables + 1
    more_calls, more_waits = n_variables + 1, n_items * most_edges
    if (
        tops[CALLS] + more_calls <= len(chart.calls)
        and tops[WAITS] + more_waits <= len(chart.waits)
        and n_items + tops[WAITS] + more_waits <= chart.items.shape[1]
    ):
        return chart
    _collect(chart, now)
    return _larger(
        chart,
        max(len(chart.calls), 2 * (tops[CALLS] + more_calls)),
        max(len(chart.waits), 2 * (tops[WAITS] + more_waits)),
        max(chart.items.shape[1], 2 * (n_items + tops[WAITS] + more_waits)),
    )


@kernel
def symbol_bits(trie, unit_p, member_p, escape_bits, codes, starts):
    """-log2 of each symbol's probability given those before it in its sequence, float64[n].

    trie : compiled by `hvm.kernels.lexicon.match.compile_trie`
    unit_p : float64[K], P(entry as a unit), 0 for variables
    member_p : float64[P], P(member | its variable); unused beside components
    escape_bits : float, -log2 P(a symbol outside the alphabet)
    codes : int32[n], -1 outside the alphabet; starts : int64[s], a unit begins at each
    """
    masses, bits = node_masses(trie, unit_p, member_p), np.empty(len(codes))
    n_variables, most_edges = np.int64(0), most_edges_of(trie)
    for root in trie.roots:
        n_variables += root > 0
    called, called_at = np.empty(len(trie.roots), np.int64), np.full(len(trie.roots), -1, np.int64)
    last, last_at = np.empty(len(masses), np.int64), np.full(len(masses), -1, np.int64)
    chart = make_chart(256, 256, 256)
    for sequence in range(len(starts)):
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else len(codes)
        restart(chart)
        for at in range(starts[sequence], stop):
            if codes[at] < 0:
                bits[at] = _bits(chart.sums[ALL], chart.sums[BEGIN]) + escape_bits
                restart(chart)
                continue
            now = at & 1
            chart = with_room(chart, now, n_variables, most_edges)
            units = begin_call(chart, now, OUTERMOST, at, UNITS)
            _copy(chart.forward, units, chart.sums, BEGIN)
            chart.calls[units, MARK] = KNOWN
            ask(trie, chart, now, at, codes[at], called, called_at)
            weigh(chart, units + 1, masses)
            read(trie, chart, now, at, codes[at], masses, unit_p, member_p, last_at, last)
            bits[at] = _bits(chart.sums[BEFORE], chart.sums[ALL])
            if chart.sums[ALL, 0] == 0.0:  # nothing follows what cannot be
                bits[at + 1 : stop] = 0.0
                break
    return bits
