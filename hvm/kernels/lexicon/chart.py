"""The chart of an Earley parser: calls, what waits for them, and items.

A *call* is a variable, or the units, from a position on; an *item* is a call that has come to a
node of its trie. At a variable edge an item waits for a call of that variable; all that come to it
at one position share the call.

Weights are rows (fraction, exponent): fraction * 2**exponent, exponents multiples of 256, so that
nothing underflows however long a sequence or a chunk is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, Scalar, helper, inner, kernel, spliced

_STEP = 256.0
_TINY, _HUGE = 2.0**-256, 2.0**256
OUTERMOST = np.int64(1) << 40  # key of the units, above every variable


class Chart(NamedTuple):
    """What is under way at one position; exchanged for a larger one before it can be full."""

    calls: NDArray[np.int64]  # int64[c, 4]: KEY, START, FIRST, MARK
    forward: NDArray[np.float64]  # float64[c, 2]
    filled: NDArray[np.float64]  # float64[c, 2], of the fillers that end here
    ended: NDArray[np.int64]  # int64[c], calls that end here
    waits: NDArray[np.int64]  # int64[w, 4]: CALL, NODE, LINK, OWNER: goes on as CALL at NODE
    waiting: NDArray[np.float64]  # float64[w, 2], inner weights
    items: NDArray[np.int64]  # int64[2, i, 3]: CALL, NODE, LINK; at even and at odd positions
    inners: NDArray[np.float64]  # float64[2, i, 2]
    tops: NDArray[np.int64]  # int64[5]: rows in use, by the names below
    sums: NDArray[np.float64]  # float64[3, 2], by the names below


KEY, START, FIRST, MARK = 0, 1, 2, 3  # a variable or OUTERMOST; the last that waits
CALL, NODE, LINK, OWNER = 0, 1, 2, 3  # LINK: of a call's waits, of the items at one node
CALLS, WAITS, ENDED, ITEMS = 0, 1, 2, 3  # ITEMS and the one after it, for each parity
ALL, BEFORE, BEGIN = 0, 1, 2  # all parses; so far; those in which a unit begins here
NEW, KNOWN = -1, -2  # marks; else the position at which the call ended last


@spliced
def product(f: float, e: float, g: float, h: float) -> tuple[float, float]:
    """(f 2**e) (g 2**h), for fractions that are 0 or between 2**-256 and about 1.

    Parameters
    ----------
    f, e, g, h : float
        Fractions and exponents.

    Returns
    -------
    fraction, exponent : float

    Examples
    --------
    >>> product(0.5, 0.0, 0.25, -256.0)
    (0.125, -256.0)
    """
    p, s = f * g, e + h
    if 0.0 < p < _TINY:
        p, s = p * _HUGE, s - _STEP
    return p, s


@spliced
def add(sums: NDArray[np.float64], row: Int, f: float, e: float) -> None:
    """Add f 2**e to a row.

    Parameters
    ----------
    sums : float64[n, 2]
        Weights; changed.
    row : int
    f, e : float
        Fraction and exponent.

    Examples
    --------
    >>> sums = np.array([[0.5, 0.0]])
    >>> add(sums, 0, 0.25, 0.0)
    >>> sums
    array([[0.75, 0.  ]])
    """
    g, h = sums[row, 0], sums[row, 1]
    if f == 0.0:
        pass
    elif e == h:
        sums[row, 0] = g + f
    elif g == 0.0 or e > h + _STEP:
        sums[row, 0], sums[row, 1] = f, e
    elif e == h + _STEP:
        sums[row, 0], sums[row, 1] = f + g * _TINY, e
    elif e == h - _STEP:
        sums[row, 0] = g + f * _TINY


@spliced
def copy_row(table: NDArray[Scalar], to: Int, source: NDArray[Scalar], of: Int) -> None:
    """Copy a row; slices would allocate.

    Parameters
    ----------
    table : array[n, c]
        Changed.
    to : int
    source : array[m, c]
    of : int

    Examples
    --------
    >>> table = np.array([[1, 2], [3, 4]])
    >>> copy_row(table, 0, table, 1)
    >>> table[0]
    array([3, 4])
    """
    for column in range(table.shape[1]):
        table[to, column] = source[of, column]


# -- the chart -----------------------------------------------------------------------------


@helper
def make_chart(n_calls: Int, n_waits: Int, n_items: Int) -> Chart:
    """An empty chart.

    Parameters
    ----------
    n_calls, n_waits, n_items : int
        Capacity.

    Returns
    -------
    Chart

    Examples
    --------
    >>> make_chart(64, 64, 64).tops
    array([0, 0, 0, 0, 0])
    """
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


@inner
def _copy_into(larger: NDArray[Scalar], array: NDArray[Scalar]) -> None:
    """Write an array over the beginning of a larger one; numba takes long to compile a slice's."""
    for place in np.ndindex(array.shape):
        larger[place] = array[place]


@kernel
def _larger(chart: Chart, n_calls: Int, n_waits: Int, n_items: Int) -> Chart:
    """The same chart with more capacity."""
    larger = make_chart(n_calls, n_waits, n_items)
    used = chart.tops[CALLS]
    _copy_into(larger.calls, chart.calls[:used])
    _copy_into(larger.forward, chart.forward[:used])
    used = chart.tops[WAITS]
    _copy_into(larger.waits, chart.waits[:used])
    _copy_into(larger.waiting, chart.waiting[:used])
    _copy_into(larger.items, chart.items)
    _copy_into(larger.inners, chart.inners)
    _copy_into(larger.tops, chart.tops)
    _copy_into(larger.sums, chart.sums)
    return larger


@inner
def restart(chart: Chart) -> None:
    """A unit begins here, and nothing else is under way.

    Examples
    --------
    >>> chart = make_chart(64, 64, 64)
    >>> restart(chart)
    >>> chart.sums[BEGIN]
    array([1., 0.])
    """
    for top in range(len(chart.tops)):
        chart.tops[top] = 0
    for row in range(len(chart.sums)):
        chart.sums[row, 0], chart.sums[row, 1] = 1.0, 0.0


@inner
def _collect(chart: Chart, now: Int) -> None:
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
        copy_row(chart.waiting, kept, chart.waiting, wait)
        calls[owner, FIRST] = kept
        kept += 1
    chart.tops[WAITS] = kept
    for item in range(n_items):
        items[item, CALL] = calls[items[item, CALL], MARK]
    for call in range(n_calls):
        kept = calls[call, MARK]
        if kept >= 0:
            copy_row(calls, kept, calls, call)
            copy_row(chart.forward, kept, chart.forward, call)
    for call in range(chart.tops[CALLS]):
        calls[call, MARK] = KNOWN


@spliced
def begin_call(chart: Chart, now: Int, key: Int, at: Int, root: Int) -> Int:
    """Begin a call, and its item at the root of its trie.

    Parameters
    ----------
    chart : Chart
        With capacity for both.
    now : {0, 1}
        Parity of the position.
    key : int
        A variable, or OUTERMOST.
    at : int
        The position.
    root : int
        A node of the trie.

    Returns
    -------
    int
        The call's number.

    Examples
    --------
    >>> chart = make_chart(64, 64, 64)
    >>> begin_call(chart, 0, OUTERMOST, 0, 0), begin_call(chart, 0, 7, 0, 5)
    (0, 1)
    """
    call, item = np.int64(chart.tops[CALLS]), chart.tops[ITEMS + now]
    chart.calls[call, KEY], chart.calls[call, START] = key, at
    chart.calls[call, FIRST], chart.calls[call, MARK] = -1, NEW
    chart.forward[call, 0], chart.forward[call, 1] = 0.0, 0.0
    chart.items[now, item, CALL], chart.items[now, item, NODE] = call, root
    chart.inners[now, item, 0], chart.inners[now, item, 1] = 1.0, 0.0
    chart.tops[CALLS] += 1
    chart.tops[ITEMS + now] += 1
    return call


@spliced
def has_capacity(chart: Chart, now: Int, n_variables: Int, most_edges: Int) -> bool:
    """Whether there is capacity for what one symbol can add.

    Parameters
    ----------
    chart : Chart
    now : {0, 1}
        Parity of the position.
    n_variables, most_edges : int
        Of the trie: see `n_variables_of` and `most_edges_of`.

    Returns
    -------
    bool

    Examples
    --------
    >>> chart = make_chart(64, 64, 64)
    >>> has_capacity(chart, 0, 0, 0), has_capacity(chart, 0, 64, 0)
    (True, False)
    """
    tops = chart.tops
    # At most so many calls begin here, items go on or wait, and items are let go on.
    n_items = tops[ITEMS + now] + n_variables + 1
    more_calls, more_waits = n_variables + 1, n_items * most_edges
    return bool(
        tops[CALLS] + more_calls <= len(chart.calls)
        and tops[WAITS] + more_waits <= len(chart.waits)
        and n_items + tops[WAITS] + more_waits <= chart.items.shape[1]
    )


@kernel
def with_capacity(chart: Chart, now: Int, n_variables: Int, most_edges: Int) -> Chart:
    """The chart, or a larger one, with capacity for what one symbol can add.

    Parameters
    ----------
    chart : Chart
    now : {0, 1}
        Parity of the position.
    n_variables, most_edges : int
        Of the trie: see `n_variables_of` and `most_edges_of`.

    Returns
    -------
    Chart

    Examples
    --------
    >>> chart = make_chart(64, 64, 64)
    >>> len(with_capacity(chart, 0, 0, 0).calls), len(with_capacity(chart, 0, 64, 0).calls)
    (64, 130)
    """
    if has_capacity(chart, now, n_variables, most_edges):
        return chart
    _collect(chart, now)
    tops, n_items = chart.tops, chart.tops[ITEMS + now] + n_variables + 1
    more_calls, more_waits = n_variables + 1, n_items * most_edges
    return _larger(
        chart,
        max(len(chart.calls), 2 * (tops[CALLS] + more_calls)),
        max(len(chart.waits), 2 * (tops[WAITS] + more_waits)),
        max(chart.items.shape[1], 2 * (n_items + tops[WAITS] + more_waits)),
    )
