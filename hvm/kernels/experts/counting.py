"""What followed each context of a chain, level by level.

A chain's context of order k is its context of order k - 1 and one item more, so contexts are a
trie: a table takes (context of the level below, item) to a context. A second table takes (context,
target) to how often the target followed. A target is counted in the highest level where it has a
context, and one level below only where it was new above (Kneser & Ney 1995): there, counts say in
how many contexts it stood.

Rows of tables are asked for some steps ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, fetch, inner, kernel, spliced
from hvm.kernels.table import (
    Table,
    TableArrays,
    find,
    first_row,
    has_capacity,
    is_free,
    make_table,
    place,
    value_at,
    with_capacity,
)

NONE = np.int32(-1)  # no context: the sequence has not so many items, or the context is unknown
_FIRST_KEYS = 1 << 9  # that a table has capacity for, to begin with
_AHEAD = 12  # steps


@spliced
def key_of(context: Int, item: Int) -> Int:
    """A context and what is beside it, as one number."""
    return np.int64(context) << 32 | np.int64(item)


@inner
def fetch_ahead(
    table: Table, contexts: NDArray[np.int32], items: NDArray[np.int32], at: Int
) -> None:
    """Ask for the row of the place some steps ahead.

    Parameters
    ----------
    table : Table
    contexts, items : int32[n]
        What keys are made of.
    at : int
        The place that is looked at now.
    """
    ahead = at + _AHEAD
    if ahead < len(contexts) and contexts[ahead] != NONE and items[ahead] != NONE:
        key = key_of(contexts[ahead], items[ahead])
        fetch(table.cells, 2 * first_row(key, (len(table.cells) >> 1) - 1))


@kernel
def add_contexts(
    below: NDArray[np.int32], items: NDArray[np.int32]
) -> tuple[NDArray[np.int32], TableArrays]:
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
    table : arrays of a Table
        From a context below and an item to a context.
    """
    contexts, table = np.full(len(below), NONE), make_table(_FIRST_KEYS)
    for at in range(len(below)):
        fetch_ahead(table, below, items, at)
        if below[at] == NONE or items[at] == NONE:
            continue
        key = key_of(below[at], items[at])
        row = find(table, key)
        if is_free(table, row):
            if not has_capacity(table, 1):
                table = with_capacity(table, table.used[0])
                row = find(table, key)
            place(table, row, key, table.used[0])
        contexts[at] = value_at(table, row)
    return contexts, (table.cells, table.used)


@kernel
def count_targets(
    contexts: NDArray[np.int32], targets: NDArray[np.int32], counted: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], TableArrays]:
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
    table : arrays of a Table
        From a context and a target to its count.
    """
    totals = np.zeros((np.int64(contexts.max()) + 1 if len(contexts) else 0, 2), np.int32)
    table = make_table(_FIRST_KEYS)
    for at in range(len(contexts)):
        fetch_ahead(table, contexts, targets, at)
        context = contexts[at]
        if context == NONE or not counted[at]:
            continue
        key = key_of(context, targets[at])
        row = find(table, key)
        counted[at] = is_free(table, row)
        if counted[at]:
            if not has_capacity(table, 1):
                table = with_capacity(table, table.used[0])
                row = find(table, key)
            place(table, row, key, 0)
            totals[context, 1] += 1
        table.cells[2 * row + 1] += 1
        totals[context, 0] += 1
    return totals, (table.cells, table.used)


@kernel
def find_contexts(
    below: NDArray[np.int32], items: NDArray[np.int32], table: Table
) -> NDArray[np.int32]:
    """Find the contexts of a level.

    Parameters
    ----------
    below, items : int32[n]
        As for `add_contexts`, which made the table.
    table : Table

    Returns
    -------
    int32[n]
        The context at each place, NONE where it is not known.
    """
    contexts = np.full(len(below), NONE)
    for at in range(len(below)):
        fetch_ahead(table, below, items, at)
        if below[at] != NONE and items[at] != NONE:
            row = find(table, key_of(below[at], items[at]))
            if not is_free(table, row):
                contexts[at] = value_at(table, row)
    return contexts
