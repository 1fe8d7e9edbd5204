"""Contexts of a chain, level by level.

A chain's context of order k is its context of order k - 1 and one item more, so contexts are a
trie: a table takes (context of the level below, item) to a context.

What stands at a place follows from the beginning of its sequence, and many sequences begin alike:
each beginning is looked at once, and counts as often as it comes.

Rows of tables are asked for some steps ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, fetch, helper, inner, kernel, spliced
from hvm.kernels.table import (
    Table,
    TableArrays,
    find,
    first_row,
    has_capacity,
    insert_all,
    is_free,
    make_table,
    place,
    value_at,
)

NONE = np.int32(-1)  # no context: the sequence has not so many items, or the context is unknown
START, UNKNOWN, N_OTHERS = 0, 1, 2  # items that are no symbol
FIRST = 0
"""In place of steps back: the first symbol of the sequence."""
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


@helper
def doubled(table: Table) -> Table:
    """Return a table of twice as many rows that holds the same."""
    larger = make_table(len(table.cells) >> 1)
    insert_all(table, larger)
    return larger


@inner
def find_beginnings(
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    table: Table,
    places: NDArray[np.int64],
    numbers: NDArray[np.int32],
    state: NDArray[np.int64],
) -> bool:
    """Find beginnings until the table is full.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
    table : Table
        From a beginning, and what comes next, to a beginning; 0 is empty, and these begin at 1.
    places : int64[n]
    numbers : int32[n]
        Changed, as all of these.
    state : int64[3]
        Where to go on: the place, how many sequences began before it, and what stands before it.

    Returns
    -------
    bool
        Whether this was all.
    """
    at, sequence, beginning = state
    while at < len(codes):
        while sequence < len(starts) and starts[sequence] <= at:
            sequence, beginning = sequence + 1, 0
        key = key_of(beginning, codes[at] + 1)
        row = find(table, key)
        if is_free(table, row):
            if not has_capacity(table, 1):
                state[0], state[1], state[2] = at, sequence, beginning
                return False
            places[table.used[0]] = at
            place(table, row, key, table.used[0] + 1)
        beginning = value_at(table, row)
        numbers[at] = beginning - 1
        at += 1
    return True


@kernel
def beginnings(
    codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], TableArrays]:
    """Find the beginnings of sequences, those that are the same once.

    Parameters
    ----------
    codes : int32[n]
        -1 is unknown.
    starts : int64[s]
        First index of each sequence.

    Returns
    -------
    places : int64[b]
        Where each beginning ends first, ascending.
    numbers : int32[n]
        Which beginning ends at each symbol.
    table : arrays of a Table
        From a beginning, and what comes next, to a beginning; 0 is empty, and these begin at 1.

    Examples
    --------
    >>> places, numbers, _ = beginnings(np.array([5, 6, 5, 7, 5, 6], np.int32), np.array([0, 2, 4]))
    >>> places, numbers
    (array([0, 1, 3]), array([0, 1, 0, 2, 0, 1], dtype=int32))
    """
    places, numbers = np.empty(len(codes), np.int64), np.empty(len(codes), np.int32)
    table, state = make_table(_FIRST_KEYS), np.zeros(3, np.int64)
    while not find_beginnings(codes, starts, table, places, numbers, state):
        table = doubled(table)
    return places[: table.used[0]].copy(), numbers, (table.cells, table.used)


@kernel
def known_beginnings(
    codes: NDArray[np.int32], starts: NDArray[np.int64], table: Table
) -> NDArray[np.int32]:
    """Find the beginnings of other sequences among those that a table holds.

    Parameters
    ----------
    codes : int32[n]
        -1 is unknown.
    starts : int64[s]
        First index of each sequence.
    table : Table
        Of `beginnings`.

    Returns
    -------
    int32[n]
        Which beginning ends at each symbol, NONE if the table holds it not.
    """
    numbers, sequence, beginning = np.full(len(codes), NONE), 0, np.int64(0)
    for at in range(len(codes)):
        while sequence < len(starts) and starts[sequence] <= at:
            sequence, beginning = sequence + 1, np.int64(0)
        if beginning != NONE:
            row = find(table, key_of(beginning, codes[at] + 1))
            beginning = np.int64(NONE) if is_free(table, row) else value_at(table, row)
            numbers[at] = NONE if beginning == NONE else beginning - 1
    return numbers


@kernel
def more_beginnings(
    codes: NDArray[np.int32], starts: NDArray[np.int64], table: Table
) -> NDArray[np.int32]:
    """Find the beginnings of other sequences; those that a table does not hold get numbers too.

    Parameters
    ----------
    codes : int32[n]
        -1 is unknown.
    starts : int64[s]
        First index of each sequence.
    table : Table
        Of `beginnings`.

    Returns
    -------
    int32[n]
        Which beginning ends at each symbol; those of the table are the first.
    """
    places, numbers = np.empty(len(codes) + table.used[0], np.int64), np.empty(len(codes), np.int32)
    table, state = Table(table.cells.copy(), table.used.copy()), np.zeros(3, np.int64)
    while not find_beginnings(codes, starts, table, places, numbers, state):
        table = doubled(table)
    return numbers


@kernel
def items_before(
    codes: NDArray[np.int32],
    places: NDArray[np.int64],
    depths: NDArray[np.int64],
    of_code: NDArray[np.int32],
    steps: int,
) -> NDArray[np.int32]:
    """Look at what stands so many steps before each place.

    Parameters
    ----------
    codes : int32[n]
    places : int64[p]
        In codes.
    depths : int64[p]
        Steps from the first symbol of the sequence.
    of_code : int32[symbols + 1]
        What a symbol is, at least 0; last, of an unknown one, -1.
    steps : int
        Back, 1 and up; or FIRST.

    Returns
    -------
    int32[p]
        NONE where the sequence is too short for it; START one step before its first symbol.
    """
    items = np.full(len(places), NONE)
    for at in range(len(places)):
        back = depths[at] if steps == FIRST else steps
        if back == depths[at] + 1:
            items[at] = START
        elif 0 < back <= depths[at]:
            item = of_code[codes[places[at] - back]]
            items[at] = UNKNOWN if item < 0 else item + N_OTHERS
    return items


@inner
def number_contexts(
    below: NDArray[np.int32],
    items: NDArray[np.int32],
    table: Table,
    contexts: NDArray[np.int32],
    begin: Int,
) -> Int:
    """Number contexts until the table is full.

    Parameters
    ----------
    below, items : int32[n]
    table : Table
    contexts : int32[n]
        Changed, as the table is.
    begin : int
        The first place.

    Returns
    -------
    int
        The place at which it was full; n if it never was.
    """
    for at in range(begin, len(below)):
        fetch_ahead(table, below, items, at)
        if below[at] == NONE or items[at] == NONE:
            continue
        key = key_of(below[at], items[at])
        row = find(table, key)
        if is_free(table, row):
            if not has_capacity(table, 1):
                return at
            place(table, row, key, table.used[0])
        contexts[at] = value_at(table, row)
    return len(below)


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
    at = number_contexts(below, items, table, contexts, 0)
    while at < len(below):
        table = doubled(table)
        at = number_contexts(below, items, table, contexts, at)
    return contexts, (table.cells, table.used)


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


@kernel
def more_contexts(
    below: NDArray[np.int32], items: NDArray[np.int32], table: Table
) -> NDArray[np.int32]:
    """Find the contexts of a level; those that a table does not hold get numbers too.

    Parameters
    ----------
    below, items : int32[n]
        As for `add_contexts`, which made the table.
    table : Table

    Returns
    -------
    int32[n]
        The context at each place, those of the table first; NONE where either was none.
    """
    contexts = find_contexts(below, items, table)
    others = below.copy()
    for at in range(len(contexts)):
        if contexts[at] != NONE:
            others[at] = NONE
    others, _ = add_contexts(others, items)
    for at in range(len(contexts)):
        if others[at] != NONE:
            contexts[at] = table.used[0] + others[at]
    return contexts


@kernel
def sums_of(
    contexts: NDArray[np.int32], is_rare: NDArray[np.bool_], times: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Count what stands in each context.

    Parameters
    ----------
    contexts : int32[n]
        NONE is not counted.
    is_rare : bool[n]
    times : int32[n]
        How often each place comes.

    Returns
    -------
    float64[contexts, 2]
        Of each, one at least: the rare ones, and all.

    Examples
    --------
    >>> contexts, is_rare = np.array([0, 1, 0, -1], np.int32), np.array([True, False, False, True])
    >>> sums_of(contexts, is_rare, np.array([1, 5, 2, 1], np.int32)).tolist()
    [[1.0, 3.0], [0.0, 5.0]]
    """
    last = 0
    for context in contexts:
        last = max(last, context)
    sums = np.zeros((last + 1, 2))
    for at in range(len(contexts)):
        if contexts[at] != NONE:
            sums[contexts[at], 0] += times[at] * is_rare[at]
            sums[contexts[at], 1] += times[at]
    return sums
