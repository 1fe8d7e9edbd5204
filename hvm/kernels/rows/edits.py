"""Two adjacent units become one, or one becomes two again: where, at what gain, and done.

A unit becomes a part as it is, or as the symbol that it holds. Occurrences are taken from the left
without overlap, so a run of one unit pairs up from its start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.rows.changes import changed_bits, make_changes, merge_changes, split_changes
from hvm.kernels.rows.counts import (
    HALF,
    LOW,
    ROOM,
    CodeTables,
    RowCounts,
    UnitCorpus,
    add,
    count_rows,
)
from hvm.kernels.rows.members import Members, unfill
from hvm.kernels.table import (
    Table,
    has_capacity,
    insert,
    items,
    make_table,
    value_of,
    with_capacity,
)


class Inventory(NamedTuple):
    """What units are; a unit of two or more parts is in use, and paid for, while it stands.

    A symbol as a part has a number among the units, though it stands nowhere: alone it is in the
    slot of its variable.
    """

    sizes: NDArray[np.int64]  # int64[K]: parts; 0 for START, what has no use, and one to come
    halves: NDArray[np.int64]  # int64[K, 2]: the units it was merged from
    size_bits: NDArray[np.float64]  # float64[s]: lexicon bits of a unit by its parts
    alone: NDArray[np.int64]  # int64[K]: of a symbol the unit of its variable, of a unit itself
    first_symbol: int  # number of symbol 0 as a part


class Labels(NamedTuple):
    """What each unit of a corpus would be as the left half of another, and as the right one."""

    left: NDArray[np.int32]  # int32[n]: the unit, or the symbol in it; -1 where it is no half
    right: NDArray[np.int32]


class Occurrences(NamedTuple):
    """Positions by what stands there: those of ``keys[i]`` are ``at[ends[i] : ends[i + 1]]``."""

    keys: NDArray[np.int64]  # int64[k] ascending
    ends: NDArray[np.int64]  # int64[k + 1]
    at: NDArray[np.int64]  # int64[...], ascending for each key


# -- where ---------------------------------------------------------------------------------


@helper
def _occurrences(keys: NDArray[np.int64], at_keys: NDArray[np.int64]) -> Occurrences:
    """Positions of each key, ``at_keys`` being the key at each position or -1."""
    ranks, ends = make_table(len(keys)), np.zeros(len(keys) + 1, np.int64)
    for rank, key in enumerate(keys):
        insert(ranks, key, rank)
    at_ranks = np.empty(len(at_keys), np.int64)
    for at, key in enumerate(at_keys):
        at_ranks[at] = value_of(ranks, key, -1) if key >= 0 else -1
        if at_ranks[at] >= 0:
            ends[at_ranks[at] + 1] += 1
    ends[:] = np.cumsum(ends)
    heads, positions = ends[:-1].copy(), np.empty(ends[-1], np.int64)
    for at, own in enumerate(at_ranks):
        if own >= 0:
            positions[heads[own]] = at
            heads[own] += 1
    return Occurrences(keys, ends, positions)


@helper
def _pairs_to_price(
    corpus: UnitCorpus,
    labels: Labels,
    inventory: Inventory,
    least: Int,
    refused: NDArray[np.int64],
) -> Occurrences:
    """Pairs that stand often enough, are no longer than a unit may be, and were not refused."""
    known, pairs = make_table(len(refused)), make_table(min(ROOM, len(corpus.units)))
    for key in refused:
        insert(known, key, 1)
    sizes, longest = inventory.sizes, len(inventory.size_bits) - 1
    at_keys = np.full(len(corpus.units), -1, np.int64)
    for at in range(len(corpus.units) - 1):
        left, right = labels.left[at], labels.right[at + 1]
        if left >= 0 and right >= 0 and sizes[left] + sizes[right] <= longest:
            at_keys[at] = np.int64(left) << HALF | right
            if not has_capacity(pairs, 1):
                pairs = with_capacity(pairs, pairs.used[0])
            add(pairs, at_keys[at], np.int64(corpus.times[at]))
    keys, uses = items(pairs)
    keep = np.zeros(len(keys), np.bool_)
    for i in range(len(keys)):
        keep[i] = uses[i] >= least and value_of(known, keys[i], 0) == 0
    return _occurrences(np.sort(keys[keep]), at_keys)


# -- gains ---------------------------------------------------------------------------------


@inner
def _freed(counts: RowCounts, inventory: Inventory, unit: Int, n: Int) -> tuple[float, int]:
    """Lexicon bits of a unit, and 1, if it is longer than one part and used ``n`` times; else 0."""
    size = inventory.sizes[unit]
    return (inventory.size_bits[size], 1) if size > 1 and counts.uses[unit] == n else (0.0, 0)


@inner
def _n_in_use(counts: RowCounts, inventory: Inventory) -> np.int64:
    """U: variables, and the other units that stand somewhere."""
    n = np.int64(0)
    for unit in range(1, len(inventory.sizes)):
        is_variable = inventory.sizes[unit] == 1 and inventory.alone[unit] == unit
        n += is_variable or counts.uses[unit] > 0
    return n


@inner
def _unfilled(members: Members, inventory: Inventory, left: Int, right: Int, n: Int) -> float:
    """Bits of fillers saved where n pairs of halves are made one; only symbols save any."""
    saved, first = 0.0, inventory.first_symbol
    is_left, is_right = inventory.alone[left] != left, inventory.alone[right] != right
    if is_left:
        saved += unfill(members, left - first, n)
    if is_right:
        saved += unfill(members, right - first, n)
        unfill(members, right - first, -n)
    if is_left:
        unfill(members, left - first, -n)
    return saved


@helper
def _known(inventory: Inventory) -> Table:
    """Units of two or more parts by their halves."""
    known = make_table(len(inventory.sizes))
    for unit in range(len(inventory.sizes)):
        if inventory.sizes[unit] > 1:
            insert(known, inventory.halves[unit, 0] << HALF | inventory.halves[unit, 1], unit)
    return known


@kernel
def merge_gains(
    corpus: UnitCorpus,
    labels: Labels,
    inventory: Inventory,
    members: Members,
    tables: CodeTables,
    least: Int,
    refused: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Bits saved by making one unit of each two that are adjacent.

    Parameters
    ----------
    corpus : UnitCorpus
    labels : Labels
    inventory : Inventory
        Its last unit, of size 0, is the new one, and stands nowhere yet.
    members : Members
        As it was, at the end.
    tables : CodeTables
        For all counts up to the corpus' symbols.
    least : int
        How often a pair stands, at least.
    refused : int64[r]
        Pairs not to be looked at.

    Returns
    -------
    keys : int64[k]
        Pairs of labels (left << 32 | right), ascending.
    wholes : int64[k]
        The unit of these halves, or the new one.
    gains : float64[k]
        Bits of rows, first times, fillers and lexicon before less those after.
    """
    n_units, sizes, alone = len(inventory.sizes), inventory.sizes, inventory.alone
    known = _known(inventory)
    counts = count_rows(corpus, n_units)
    places = _pairs_to_price(corpus, labels, inventory, least, refused)
    most = np.max(np.diff(places.ends)) if len(places.keys) else 0
    changes, held = make_changes(5 * most, n_units), _n_in_use(counts, inventory)
    gains, wholes = np.empty(len(places.keys)), np.empty(len(places.keys), np.int64)
    for i, key in enumerate(places.keys):
        left, right, whole = key >> HALF, key & LOW, value_of(known, key, n_units - 1)
        at = places.at[places.ends[i] : places.ends[i + 1]]
        n = merge_changes(corpus, at, whole, changes)
        freed, gone = _freed(counts, inventory, alone[left], n if left != right else 2 * n)
        if left != right:
            more_freed, more_gone = _freed(counts, inventory, alone[right], n)
            freed, gone = freed + more_freed, gone + more_gone
        paid, come = 0.0, 0
        if counts.uses[whole] == 0:
            paid, come = inventory.size_bits[sizes[left] + sizes[right]], 1
        gains[i] = freed - paid + _unfilled(members, inventory, left, right, n)
        gains[i] -= changed_bits(counts, tables, changes, held, come - gone)
        wholes[i] = whole
    return places.keys, wholes, gains


@kernel
def split_gains(
    corpus: UnitCorpus, inventory: Inventory, members: Members, tables: CodeTables
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Bits saved by making two units again of each one that was merged.

    Parameters
    ----------
    corpus : UnitCorpus
    inventory : Inventory
    members : Members
        As it was, at the end.
    tables : CodeTables
        For all counts up to the corpus' symbols.

    Returns
    -------
    wholes : int64[k]
        Units of two or more parts that stand somewhere, ascending.
    gains : float64[k]
        Bits of rows, first times, fillers and lexicon before less those after.
    """
    n_units, sizes = len(inventory.sizes), inventory.sizes
    counts = count_rows(corpus, n_units)
    wholes = np.flatnonzero((sizes > 1) & (counts.uses > 0))
    places = _occurrences(wholes, corpus.units.astype(np.int64))
    most = np.max(np.diff(places.ends)) if len(wholes) else 0
    changes, held = make_changes(5 * most, n_units), _n_in_use(counts, inventory)
    gains = np.empty(len(wholes))
    for i, whole in enumerate(wholes):
        left, right = inventory.halves[whole]
        at = places.at[places.ends[i] : places.ends[i + 1]]
        split_changes(corpus, at, inventory.alone[inventory.halves[whole]], changes)
        paid, more = _freed(counts, inventory, left, 0)
        if left != right:
            more_paid, come = _freed(counts, inventory, right, 0)
            paid, more = paid + more_paid, more + come
        paid -= inventory.size_bits[sizes[whole]]
        gains[i] = _unfilled(members, inventory, left, right, -counts.uses[whole]) - paid
        gains[i] -= changed_bits(counts, tables, changes, held, more - 1)
    return wholes, gains


# -- done ----------------------------------------------------------------------------------


@kernel
def merge_units(
    corpus: UnitCorpus, labels: Labels, keys: NDArray[np.int64], wholes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the arrays of the corpus with pairs made one, from the left.

    Parameters
    ----------
    corpus : UnitCorpus
    labels : Labels
    keys : int64[k]
        Pairs of labels (left << 32 | right).
    wholes : int64[k]
        Units that they become.

    Returns
    -------
    units, times : int32[m]

    Examples
    --------
    >>> corpus = UnitCorpus(np.array([0, 1, 1, 1, 2, 0], np.int32), np.ones(6, np.int32))
    >>> labels = Labels(corpus.units, corpus.units)
    >>> merge_units(corpus, labels, np.array([1 << 32 | 1]), np.array([3]))[0].tolist()
    [0, 3, 1, 2, 0]
    """
    units, merged, times = corpus.units, np.empty_like(corpus.units), np.empty_like(corpus.times)
    new = make_table(len(keys))
    for i, key in enumerate(keys):
        insert(new, key, wholes[i])
    at = n = 0
    while at < len(units):
        unit = np.int64(-1)
        if at + 1 < len(units) and labels.left[at] >= 0 and labels.right[at + 1] >= 0:
            unit = value_of(new, np.int64(labels.left[at]) << HALF | labels.right[at + 1], -1)
        merged[n] = units[at] if unit < 0 else unit
        times[n] = corpus.times[at]
        at += 1 if unit < 0 else 2
        n += 1
    return merged[:n].copy(), times[:n].copy()


@kernel
def split_units(
    corpus: UnitCorpus, halves: NDArray[np.int64], is_split: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the arrays of the corpus with some units made two again; a half is left as it is.

    Parameters
    ----------
    corpus : UnitCorpus
    halves : int64[K, 2]
    is_split : bool[K]

    Returns
    -------
    units, times : int32[m]

    Examples
    --------
    >>> halves = np.array([[0, 0], [0, 0], [1, 1]])
    >>> corpus = UnitCorpus(np.array([0, 2, 1, 0], np.int32), np.ones(4, np.int32))
    >>> split_units(corpus, halves, np.array([False, False, True]))[0].tolist()
    [0, 1, 1, 1, 0]
    """
    n = len(corpus.units)
    for unit in corpus.units:
        n += is_split[unit]
    split, times, at = np.empty(n, np.int32), np.empty(n, np.int32), 0
    for i, unit in enumerate(corpus.units):
        if is_split[unit]:
            split[at], split[at + 1] = halves[unit]
            times[at] = times[at + 1] = corpus.times[i]
            at += 2
        else:
            split[at], times[at] = unit, corpus.times[i]
            at += 1
    return split, times
