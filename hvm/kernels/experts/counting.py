"""What followed each context of a chain, level by level.

A chain's context of order k is its context of order k - 1 and one item more, so contexts are a
trie: a table takes (context of the level below, item) to a context. A second table takes (context,
target) to how often the target followed. A target is counted in the highest level where it has a
context, and one level below only where it was new above (Kneser & Ney 1995): there, counts say in
how many contexts it stood.

A table is rows of a key and a number; homes follow from a hash of the key, in its order, so a
table is doubled from its first row to its last. Rows are asked for some steps ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, fetch, inner, kernel, spliced

NONE = np.int32(-1)  # no context: the sequence has not so many items, or the context is unknown
FREE = np.int64(-1)  # the key of a row that holds none
KEY, NUMBER = 0, 1
_FIRST_ROWS = 1 << 10
_AHEAD = 12  # steps
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@spliced
def key_of(context: Int, item: Int) -> Int:
    """A context and what is beside it, as one number."""
    return np.int64(context) << 32 | np.int64(item)


@spliced
def home_of(table: NDArray[np.int64], key: Int) -> Int:
    """Row where the search for a key begins."""
    upper = np.uint64(key) * _SPREAD >> np.uint64(32)
    return np.int64(upper * np.uint64(len(table)) >> np.uint64(32))


@spliced
def row_of(table: NDArray[np.int64], key: Int) -> Int:
    """Row where a key is, or would be."""
    row = home_of(table, key)
    while table[row, KEY] != key and table[row, KEY] != FREE:
        row = row + 1 if row + 1 < len(table) else 0
    return row


@inner
def fetch_ahead(
    table: NDArray[np.int64], contexts: NDArray[np.int32], items: NDArray[np.int32], at: Int
) -> None:
    """Ask for the row of the place some steps ahead.

    Parameters
    ----------
    table : int64[m, 2]
    contexts, items : int32[n]
        What keys are made of.
    at : int
        The place that is looked at now.
    """
    ahead = at + _AHEAD
    if ahead < len(contexts) and contexts[ahead] != NONE and items[ahead] != NONE:
        fetch(table, home_of(table, key_of(contexts[ahead], items[ahead])))


@kernel
def empty_table(n_rows: int) -> NDArray[np.int64]:
    """Return a table that holds no key, int64[n_rows, 2]."""
    table = np.zeros((n_rows, 2), np.int64)
    table[:, KEY] = FREE
    return table


@kernel
def doubled(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a table in twice as many rows."""
    larger = empty_table(2 * len(table))
    for old in range(len(table)):
        if table[old, KEY] != FREE:
            row = row_of(larger, table[old, KEY])
            larger[row, KEY], larger[row, NUMBER] = table[old, KEY], table[old, NUMBER]
    return larger


@kernel
def add_contexts(
    below: NDArray[np.int32], items: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number the contexts of a level in the order in which they come.

    Parameters
    ----------
    below : int32[n]
        Each place's context in the level below, or NONE.
    items : int32[n]
        What each context has more than the one below, or NONE.

    Returns
    -------
    contexts : int32[n]
        NONE where either was none.
    table : int64[m, 2]
        From a context below and an item to a context.
    """
    contexts, table, used = np.full(len(below), NONE), empty_table(_FIRST_ROWS), 0
    for at in range(len(below)):
        fetch_ahead(table, below, items, at)
        if below[at] == NONE or items[at] == NONE:
            continue
        key = key_of(below[at], items[at])
        row = row_of(table, key)
        if table[row, KEY] == FREE:
            if 2 * used > len(table):
                table = doubled(table)
                row = row_of(table, key)
            table[row, KEY], table[row, NUMBER] = key, used
            used += 1
        contexts[at] = table[row, NUMBER]
    return contexts, table


@kernel
def count_targets(
    contexts: NDArray[np.int32], targets: NDArray[np.int32], counted: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Count what followed the contexts of one level.

    Parameters
    ----------
    contexts, targets : int32[n]
        Of each place.
    counted : bool[n]
        Which places this level counts. Changed: which ones the level below counts.

    Returns
    -------
    totals : int32[contexts, 2]
        Of each context: how many targets were counted, and how many different ones.
    table : int64[m, 2]
        From a context and a target to its count.
    """
    totals = np.zeros((np.int64(contexts.max()) + 1 if len(contexts) else 0, 2), np.int32)
    table, used = empty_table(_FIRST_ROWS), 0
    for at in range(len(contexts)):
        fetch_ahead(table, contexts, targets, at)
        context = contexts[at]
        if context == NONE or not counted[at]:
            continue
        key = key_of(context, targets[at])
        row = row_of(table, key)
        counted[at] = table[row, KEY] == FREE
        if counted[at]:
            if 2 * used > len(table):
                table = doubled(table)
                row = row_of(table, key)
            table[row, KEY] = key
            used += 1
            totals[context, 1] += 1
        table[row, NUMBER] += 1
        totals[context, 0] += 1
    return totals, table


@kernel
def find_contexts(
    below: NDArray[np.int32], items: NDArray[np.int32], table: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Find the contexts of a level.

    Parameters
    ----------
    below, items : int32[n]
        As for `add_contexts`, which made the table.
    table : int64[m, 2]

    Returns
    -------
    int32[n]
        The context at each place, NONE where it is not known.
    """
    contexts = np.full(len(below), NONE)
    for at in range(len(below)):
        fetch_ahead(table, below, items, at)
        if below[at] != NONE and items[at] != NONE:
            row = row_of(table, key_of(below[at], items[at]))
            if table[row, KEY] != FREE:
                contexts[at] = table[row, NUMBER]
    return contexts
