"""What an edit of the units changes in the counts, and what that changes in bits, exactly.

An edit lists every pair that goes and every pair that comes; changes of one pair add up before they
are priced, so units that repeat (a a a), or stand before themselves, need no case of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner
from hvm.kernels.rows.counts import (
    HALF,
    LOW,
    START,
    CodeTables,
    RowCounts,
    UnitCorpus,
    first_bits,
)
from hvm.kernels.table import first_row, insert, value_of

ROUND, LISTED, ROWS, UNITS, MASK = 0, 1, 2, 3, 4
SLOTS_MIN = 64


class Changes(NamedTuple):
    """Pairs that change, in the order in which they were first named.

    A slot of ``stamps`` that holds another round than the present one is free, so that nothing
    has to be wiped between edits.
    """

    keys: NDArray[np.int64]  # int64[slots], a power of two
    counts: NDArray[np.int64]  # int64[slots]
    stamps: NDArray[np.int64]  # int64[slots]
    slots: NDArray[np.int64]  # int64[slots]: those in use
    by_unit: NDArray[np.int64]  # int64[K, 3]: changes of a row's total and types, of first times
    named: NDArray[np.int64]  # int64[slots, 2]: rows and units with such a change
    state: NDArray[np.int64]  # int64[5]: ROUND, LISTED, ROWS, UNITS, MASK


@helper
def make_changes(n_pairs: Int, n_units: Int) -> Changes:
    """Return no changes, with capacity for so many pairs of so many units."""
    n = SLOTS_MIN
    while n < 2 * n_pairs:
        n *= 2
    return Changes(
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((n_units, 3), np.int64),
        np.zeros((n, 2), np.int64),
        np.array([1, 0, 0, 0, n - 1]),
    )


@inner
def restart(changes: Changes, n_pairs: Int) -> None:
    """Forget all changes; few pairs to come lie close together, within the cache."""
    n = np.int64(SLOTS_MIN)
    while n < 2 * n_pairs:
        n *= 2
    changes.state[ROUND] += 1
    changes.state[LISTED], changes.state[MASK] = 0, n - 1


@inner
def slot_of(changes: Changes, row: Int, unit: Int) -> np.int64:
    """Slot of a row and unit, which are named now if they were not.

    Parameters
    ----------
    changes : Changes
        Changed.
    row, unit : int

    Returns
    -------
    int
    """
    key = np.int64(row) << HALF | np.int64(unit)
    mask, now = changes.state[MASK], changes.state[ROUND]
    slot = first_row(key, mask)
    while changes.stamps[slot] == now and changes.keys[slot] != key:
        slot = (slot + 1) & mask
    if changes.stamps[slot] != now:
        changes.stamps[slot], changes.keys[slot], changes.counts[slot] = now, key, 0
        changes.slots[changes.state[LISTED]] = slot
        changes.state[LISTED] += 1
    return slot


@inner
def change(changes: Changes, row: Int, unit: Int, count: Int) -> None:
    """Add to how often a unit stands behind a row.

    Parameters
    ----------
    changes : Changes
        Changed.
    row, unit : int
    count : int
        May be negative.
    """
    changes.counts[slot_of(changes, row, unit)] += count


@inner
def _pair_bits(counts: RowCounts, tables: CodeTables, changes: Changes) -> float:
    """Bits that the pairs' own counts add; what rows and units change by is noted."""
    bits, by_unit, state = 0.0, changes.by_unit, changes.state
    state[ROWS] = state[UNITS] = 0
    for i in range(state[LISTED]):
        slot = changes.slots[i]
        more = changes.counts[slot]
        if more == 0:
            continue
        key = changes.keys[slot]
        before = value_of(counts.pairs, key, 0)
        bits -= tables.counts[before + more] - tables.counts[before]
        row, unit = key >> HALF, key & LOW
        changes.named[state[ROWS], 0] = row
        state[ROWS] += 1
        by_unit[row, 0] += more
        if (before == 0) != (before + more == 0):
            step = 1 if before == 0 else -1
            by_unit[row, 1] += step
            by_unit[unit, 2] += step
            changes.named[state[UNITS], 1] = unit
            state[UNITS] += 1
    return bits


@inner
def changed_bits(counts: RowCounts, tables: CodeTables, changes: Changes, held: Int, more: Int):
    """Bits of rows and first times after the changes, less those before.

    Parameters
    ----------
    counts : RowCounts
        Before the changes.
    tables : CodeTables
    changes : Changes
        All of one edit.
    held, more : int
        Units that a row may hold before, and how many come.

    Returns
    -------
    float
    """
    bits = _pair_bits(counts, tables, changes)
    by_unit, state, n_firsts = changes.by_unit, changes.state, np.int64(0)
    for i in range(state[ROWS]):
        row = changes.named[i, 0]
        total, types = counts.totals[row], counts.types[row]
        bits += tables.totals[total + by_unit[row, 0]] - tables.totals[total]
        bits -= tables.types[types + by_unit[row, 1]] - tables.types[types]
        n_firsts += by_unit[row, 1]
        by_unit[row, 0] = by_unit[row, 1] = 0
    for i in range(state[UNITS]):
        unit = changes.named[i, 1]
        firsts = counts.firsts[unit]
        bits -= tables.firsts[firsts + by_unit[unit, 2]] - tables.firsts[firsts]
        by_unit[unit, 2] = 0
    before = counts.n_firsts[0]
    return bits + first_bits(before + n_firsts, held + more) - first_bits(before, held)


@inner
def make_changed(counts: RowCounts, changes: Changes) -> None:
    """Let the counts be those after the changes; there must be capacity for the pairs that come.

    Parameters
    ----------
    counts : RowCounts
        Changed.
    changes : Changes
    """
    for i in range(changes.state[LISTED]):
        slot = changes.slots[i]
        key, more = changes.keys[slot], changes.counts[slot]
        if more == 0:
            continue
        before = value_of(counts.pairs, key, 0)
        insert(counts.pairs, key, before + more)
        row, unit = key >> HALF, key & LOW
        step = (before + more > 0) - (before > 0)
        counts.totals[row] += more
        counts.uses[unit] += more
        counts.types[row] += step
        counts.firsts[unit] += step
        counts.n_firsts[0] += step


@inner
def merge_changes(corpus: UnitCorpus, at: NDArray[np.int64], new: Int, changes: Changes):
    """List what changes where the unit at each position and the one behind it become ``new``.

    Parameters
    ----------
    corpus : UnitCorpus
    at : int64[m]
        Ascending, all of one pair; those that overlap the one before are passed over.
    new : int
        A unit that stands nowhere.
    changes : Changes
        Changed.

    Returns
    -------
    int
        Pairs merged, as often as they come.
    """
    restart(changes, 5 * len(at))
    units, times = corpus
    left, right = units[at[0]], units[at[0] + 1]
    last, n = np.int64(-2), np.int64(0)
    for here in at:
        if here == last + 1:
            continue
        count = np.int64(times[here])
        if here == last + 2 and n:
            change(changes, right, left, -count)
            change(changes, new, new, count)
        else:
            if n:
                _reopen(changes, corpus, last + 2, right, new)
            change(changes, units[here - 1], left, -count)
            change(changes, units[here - 1], new, count)
        change(changes, left, right, -count)
        last, n = here, n + count
    _reopen(changes, corpus, last + 2, right, new)
    return n


@inner
def _reopen(changes: Changes, corpus: UnitCorpus, at: Int, before: Int, after: Int) -> None:
    """A unit stands behind another row than before."""
    unit = corpus.units[at]
    if unit != START:
        change(changes, before, unit, -np.int64(corpus.times[at]))
        change(changes, after, unit, np.int64(corpus.times[at]))


@inner
def split_changes(
    corpus: UnitCorpus,
    at: NDArray[np.int64],
    halves: NDArray[np.int64],
    changes: Changes,
) -> None:
    """List what changes where the unit at each position becomes two.

    Parameters
    ----------
    corpus : UnitCorpus
    at : int64[m]
        Ascending, all of one unit.
    halves : int64[2]
        What the unit becomes.
    changes : Changes
        Changed.
    """
    restart(changes, 5 * len(at))
    units, times = corpus
    whole, left, right = units[at[0]], halves[0], halves[1]
    last = np.int64(-2)
    for here in at:
        count = np.int64(times[here])
        if here == last + 1:
            change(changes, whole, whole, -count)
            change(changes, right, left, count)
        else:
            if last >= 0:
                _reopen(changes, corpus, last + 1, whole, right)
            change(changes, units[here - 1], whole, -count)
            change(changes, units[here - 1], left, count)
        change(changes, left, right, count)
        last = here
    _reopen(changes, corpus, last + 1, whole, right)
