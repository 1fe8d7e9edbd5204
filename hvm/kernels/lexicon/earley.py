"""The steps of an Earley parser over one symbol: ask for variables, weigh the calls, read.

Symbols are read from the left with the forward and inner weights of Stolcke (Computational
Linguistics 21:2, 1995). Where a filler ends, it lets go on what waits for the call of its variable.
The weight of an item is inner: of the fillers taken since its call began. Times the forward weight
of the call, and the mass of what lies below its node, it is the item's share of the prefix
probability.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, spliced
from hvm.kernels.lexicon.chart import (
    ALL,
    BEFORE,
    BEGIN,
    CALL,
    CALLS,
    ENDED,
    FIRST,
    ITEMS,
    KEY,
    KNOWN,
    LINK,
    MARK,
    NEW,
    NODE,
    OUTERMOST,
    OWNER,
    START,
    WAITS,
    Chart,
    add,
    begin_call,
    copy_row,
    product,
)
from hvm.kernels.lexicon.double_array import child_of
from hvm.kernels.lexicon.masses import ENDS, MASS
from hvm.kernels.lexicon.trie import CHILD, LABEL, NEXT, Trie, slots_of


class Marks(NamedTuple):
    """What was done last for each variable and node, and where: good for that position alone."""

    called: NDArray[np.int64]  # int64[K]: the call of a variable
    called_at: NDArray[np.int64]  # int64[K]
    last: NDArray[np.int64]  # int64[rows]: the last item at a node
    last_at: NDArray[np.int64]  # int64[rows]


@helper
def make_marks(trie: Trie) -> Marks:
    """Marks of no position.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> make_marks(trie).called_at
    array([-1, -1, -1])
    """
    n_entries, n_nodes = len(trie.roots), len(trie.steps)
    return Marks(
        np.empty(n_entries, np.int64),
        np.full(n_entries, -1, np.int64),
        np.empty(n_nodes, np.int64),
        np.full(n_nodes, -1, np.int64),
    )


@spliced
def _share(chart: Chart, call: Int, f: float, e: float, mass: float) -> tuple[float, float]:
    """An item's share of the prefix probability."""
    f, e = product(f, e, chart.forward[call, 0], chart.forward[call, 1])
    return product(f, e, mass, 0.0)


@spliced
def asks(trie: Trie, chart: Chart, now: Int, symbol: Int) -> bool:
    """Whether an item comes to a variable that can begin with the symbol; else `ask` does nothing.

    Parameters
    ----------
    trie : Trie
    chart : Chart
    now : {0, 1}
        Parity of the position.
    symbol : int

    Returns
    -------
    bool

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> from hvm.kernels.lexicon.chart import make_chart
    >>> from hvm.kernels.lexicon.trie import UNITS, compile_trie
    >>> entries = entries_of(3, [(VARIABLE, (0, 1)), (CHUNK, (3, 0))])  # a, b, c, V, Va
    >>> trie, chart = compile_trie(entries, np.zeros(4, np.int64)), make_chart(64, 64, 64)
    >>> call = begin_call(chart, 0, OUTERMOST, 0, UNITS)
    >>> asks(trie, chart, 0, 1), asks(trie, chart, 0, 2)
    (True, False)
    """
    some = False
    for item in range(chart.tops[ITEMS + now]):
        if slots_of(trie.steps, trie.lists, chart.items[now, item, NODE], symbol) >= 0:
            some = True
            break
    return some


@inner
def ask(trie: Trie, marks: Marks, chart: Chart, now: Int, at: Int, symbol: Int) -> None:
    """Let items wait for the variables that can begin with the symbol.

    Parameters
    ----------
    trie : Trie
    marks : Marks
    chart : Chart
        With capacity for it.
    now : {0, 1}
        Parity of the position.
    at : int
        The position.
    symbol : int

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> from hvm.kernels.lexicon.trie import UNITS, compile_trie
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (2, 0))])  # a, b, V, Va
    >>> from hvm.kernels.lexicon.chart import make_chart
    >>> trie, chart = compile_trie(entries, np.zeros(4, np.int64)), make_chart(64, 64, 64)
    >>> call = begin_call(chart, 0, OUTERMOST, 0, UNITS)
    >>> ask(trie, make_marks(trie), chart, 0, 0, 1)  # b begins here, perhaps as V
    >>> chart.calls[: chart.tops[CALLS], KEY][1:]
    array([2])
    """
    called, called_at = marks.called, marks.called_at
    items, waits = chart.items[now], chart.waits
    item = 0
    while item < chart.tops[ITEMS + now]:
        edge = np.int64(slots_of(trie.steps, trie.lists, items[item, NODE], symbol))
        while edge >= 0:
            variable, wait = trie.slots[edge, LABEL], chart.tops[WAITS]
            if called_at[variable] != at:
                called_at[variable] = at
                called[variable] = begin_call(chart, now, variable, at, trie.roots[variable])
            call = called[variable]
            waits[wait, CALL], waits[wait, NODE] = items[item, CALL], trie.slots[edge, CHILD]
            waits[wait, LINK], waits[wait, OWNER] = chart.calls[call, FIRST], call
            copy_row(chart.waiting, wait, chart.inners[now], item)
            chart.calls[call, FIRST] = wait
            chart.tops[WAITS] += 1
            edge = np.int64(trie.slots[edge, NEXT])
        item += 1


@inner
def weigh(chart: Chart, first: Int, masses: NDArray[np.float64]) -> None:
    """Forward weights of the calls of variables that begin here, from ``first`` on.

    What waits for a variable belongs to older calls or to variables that hold it, of higher ids.

    Parameters
    ----------
    chart : Chart
        After ``ask``.
    first : int
        Number of the first such call.
    masses : float64[rows, 2]
        By ``node_masses``.

    Examples
    --------
    >>> from hvm.kernels.lexicon.chart import make_chart
    >>> chart = make_chart(64, 64, 64)
    >>> call = begin_call(chart, 0, 2, 0, 0)
    >>> weigh(chart, 0, np.ones((1, 2)))  # nothing waits for it
    >>> chart.forward[call], int(chart.calls[call, MARK]) == KNOWN
    (array([0., 0.]), True)
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
                masses[waits[wait, NODE], MASS],
            )
            add(chart.forward, outer, f, e)
            wait = waits[wait, LINK]


@spliced
def _go_on(chart: Chart, new: Int, call: Int, node: Int, f: float, e: float) -> np.int64:
    """Add an item that has passed the symbol."""
    item = np.int64(chart.tops[ITEMS + new])
    chart.items[new, item, CALL], chart.items[new, item, NODE] = call, node
    chart.inners[new, item, 0], chart.inners[new, item, 1] = f, e
    chart.tops[ITEMS + new] += 1
    return item


@spliced
def _end(chart: Chart, at: Int, call: Int, f: float, e: float, ends: float) -> None:
    """Note that a call ends, with such a weight."""
    if ends > 0.0:
        if chart.calls[call, MARK] != at:
            chart.calls[call, MARK] = at
            chart.filled[call, 0], chart.filled[call, 1] = 0.0, 0.0
            chart.ended[chart.tops[ENDED]] = call
            chart.tops[ENDED] += 1
        f, e = product(f, e, ends, 0.0)
        add(chart.filled, call, f, e)


@inner
def _let_go_on(
    masses: NDArray[np.float64], marks: Marks, chart: Chart, new: Int, at: Int, call: Int
) -> None:
    """Let go on what waits for a call; what comes to one node in one call is one item.

    Only what has passed a variable edge can agree: no symbol edge leads to the same node.
    """
    last, last_at, items = marks.last, marks.last_at, chart.items[new]
    filled, filled_e = chart.filled[call, 0], chart.filled[call, 1]
    wait = chart.calls[call, FIRST]
    while wait >= 0:
        f, e = product(chart.waiting[wait, 0], chart.waiting[wait, 1], filled, filled_e)
        node, owner = chart.waits[wait, NODE], chart.waits[wait, CALL]
        first = last[node] if last_at[node] == at else np.int64(-1)
        item = first
        while item >= 0 and items[item, CALL] != owner:
            item = items[item, LINK]
        if item >= 0:
            add(chart.inners[new], item, f, e)
        else:
            item = _go_on(chart, new, owner, node, f, e)
            items[item, LINK] = first
            last_at[node], last[node] = at, item
        _end(chart, at, owner, f, e, masses[node, ENDS])
        wait = chart.waits[wait, LINK]


@spliced
def _innermost(chart: Chart) -> Int:
    """Take out the ended call whose end must be known first: the last begun, the lowest id."""
    calls, ended, best = chart.calls, chart.ended, 0
    for other in range(1, chart.tops[ENDED]):
        one, two = ended[other], ended[best]
        later = calls[one, START] - calls[two, START]
        if later > 0 or (later == 0 and calls[one, KEY] < calls[two, KEY]):
            best = other
    call = np.int64(ended[best])
    chart.tops[ENDED] -= 1
    ended[best] = ended[chart.tops[ENDED]]
    return call


@spliced
def read(
    trie: Trie,
    masses: NDArray[np.float64],
    marks: Marks,
    chart: Chart,
    now: Int,
    at: Int,
    symbol: Int,
) -> None:
    """Take items over the symbol, then let go on what waits for the calls that end there.

    Parameters
    ----------
    trie : Trie
    masses : float64[rows, 2]
        By ``node_masses``.
    marks : Marks
    chart : Chart
        After ``ask`` and ``weigh``; ``sums`` tell what the symbol did.
    now : {0, 1}
        Parity of the position.
    at : int
        The position.
    symbol : int

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.chart import make_chart, restart
    >>> from hvm.kernels.lexicon.masses import node_masses
    >>> from hvm.kernels.lexicon.trie import UNITS, compile_trie
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> masses = node_masses(trie, np.array([0.25, 0.25, 0.5]), np.zeros(2))
    >>> chart = make_chart(64, 64, 64)
    >>> restart(chart)
    >>> call = begin_call(chart, 0, OUTERMOST, 0, UNITS)
    >>> chart.forward[call] = chart.sums[BEGIN]
    >>> read(trie, masses, make_marks(trie), chart, 0, 0, 0)  # a, alone or before a b
    >>> chart.sums[[ALL, BEGIN], 0]
    array([0.75, 0.25])
    """
    new, sums = 1 - now, chart.sums
    chart.tops[ITEMS + new] = 0
    copy_row(sums, BEFORE, sums, ALL)
    sums[ALL, 0], sums[ALL, 1] = 0.0, 0.0
    sums[BEGIN, 0], sums[BEGIN, 1] = 0.0, 0.0
    for item in range(chart.tops[ITEMS + now]):
        node = child_of(trie.steps, chart.items[now, item, NODE], symbol)
        if node >= 0:
            call = chart.items[now, item, CALL]
            f, e = chart.inners[now, item, 0], chart.inners[now, item, 1]
            _go_on(chart, new, call, node, f, e)
            _end(chart, at, call, f, e, masses[node, ENDS])
            f, e = _share(chart, call, f, e, masses[node, MASS])
            add(sums, ALL, f, e)
    while chart.tops[ENDED] > 0:
        call = _innermost(chart)
        if chart.calls[call, KEY] == OUTERMOST:
            f, e = _share(chart, call, chart.filled[call, 0], chart.filled[call, 1], 1.0)
            add(sums, BEGIN, f, e)
        else:
            _let_go_on(masses, marks, chart, new, at, call)
