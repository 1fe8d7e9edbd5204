"""What becomes of the units that hold a symbol when it moves to another variable.

A form is a unit and which of its parts are the symbol. All forms become other units at once, some
of which there may not have been before: a unit is known by its halves, so it comes only once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.rows.changes import LISTED, Changes, change, restart, slot_of
from hvm.kernels.rows.counts import HALF, LOW, START, RowCounts, UnitCorpus
from hvm.kernels.rows.edits import Inventory
from hvm.kernels.table import Table, find, insert, is_free, make_table, value_at

MOVING = 1 << 30
"""Added to the slot of a form, where it stands for a unit."""
ROOM = 1 << 16
"""Units that may come; where they are used up, symbols move only where none comes."""
UNITS, MERGED, PARTS = 0, 1, 2


class SymbolPlaces(NamedTuple):
    """Symbols of the units of a corpus, and where each symbol stands."""

    symbols: NDArray[np.int32]  # int32[m], unit by unit; -1 where one is itself a part
    firsts: NDArray[np.int64]  # int64[n + 1]: of each unit, its first symbol
    starts: NDArray[np.int64]  # int64[V + 1]
    at: NDArray[np.int64]  # units that hold symbol s: at[starts[s] : starts[s + 1]], ascending


class Stock(NamedTuple):
    """Units there are, with room for others; each is known by its halves."""

    sizes: NDArray[np.int64]
    halves: NDArray[np.int64]
    length_bits: NDArray[np.float64]  # of a unit by its parts, the parts themselves apart
    known: Table
    n: NDArray[np.int64]  # UNITS there are; in use: MERGED ones, and their PARTS


class Moves(NamedTuple):
    """A symbol's units, by which of their parts it is, and the pairs they are in."""

    forms: Changes  # (unit, parts that are the symbol) -> how often
    pairs: Changes  # (row, unit), a form in place of a unit -> how often
    wholes: NDArray[np.int64]  # by slot of a form: the unit that it becomes
    more: NDArray[np.int64]  # by unit: how much oftener it stands, 0 between moves


# -- units -------------------------------------------------------------------------------------


@inner
def unit_of(stock: Stock, left: Int, right: Int) -> np.int64:
    """Unit of two halves, made now if there was none; -1 where there is no room.

    Parameters
    ----------
    stock : Stock
        Changed.
    left, right : int

    Returns
    -------
    int
    """
    key = np.int64(left) << HALF | np.int64(right)
    row = find(stock.known, key)
    if not is_free(stock.known, row):
        return np.int64(value_at(stock.known, row))
    unit = np.int64(stock.n[UNITS])
    if unit == len(stock.sizes):
        return np.int64(-1)
    stock.sizes[unit] = stock.sizes[left] + stock.sizes[right]
    stock.halves[unit, 0], stock.halves[unit, 1] = left, right
    insert(stock.known, key, unit)
    stock.n[UNITS] += 1
    return unit


@inner
def replaced(stock: Stock, unit: Int, mask: Int, variable: Int) -> np.int64:
    """Unit with some of its parts replaced; -1 where there is no room.

    Parameters
    ----------
    stock : Stock
        Changed.
    unit : int
    mask : int
        Bit i is set where part i is replaced.
    variable : int
        By this one, a unit of one part.

    Returns
    -------
    int
    """
    if mask == 0:
        return np.int64(unit)
    if stock.sizes[unit] == 1:
        return np.int64(variable)
    left, right = stock.halves[unit, 0], stock.halves[unit, 1]
    n_left = stock.sizes[left]
    new_left = replaced(stock, left, mask & ((np.int64(1) << n_left) - 1), variable)
    new_right = replaced(stock, right, mask >> n_left, variable)
    if new_left < 0 or new_right < 0:
        return np.int64(-1)
    return unit_of(stock, new_left, new_right)


# -- one symbol --------------------------------------------------------------------------------


@inner
def gather_moves(corpus: UnitCorpus, places: SymbolPlaces, symbol: Int, moves: Moves) -> None:
    """Fill in a symbol's forms and the pairs they are in.

    Parameters
    ----------
    corpus : UnitCorpus
    places : SymbolPlaces
    symbol : int
    moves : Moves
        Changed.
    """
    units, times = corpus
    n = places.starts[symbol + 1] - places.starts[symbol]
    restart(moves.forms, n)
    restart(moves.pairs, 2 * n)
    last, token = np.int64(-2), np.int64(0)
    for i in range(places.starts[symbol], places.starts[symbol + 1]):
        at = places.at[i]
        count = np.int64(times[at])
        slot = slot_of(moves.forms, units[at], mask_of(places, at, symbol))
        moves.forms.counts[slot] += count
        if at == last + 1:
            change(moves.pairs, token, MOVING + slot, count)
        else:
            _close(corpus, last, token, moves)
            change(moves.pairs, units[at - 1], MOVING + slot, count)
        last, token = at, MOVING + slot
    _close(corpus, last, token, moves)


@inner
def mask_of(places: SymbolPlaces, at: Int, symbol: Int) -> np.int64:
    """Return which parts of the unit at a position are a symbol, part i as bit i.

    Parameters
    ----------
    places : SymbolPlaces
    at : int
    symbol : int

    Returns
    -------
    int
    """
    mask = np.int64(0)
    for place in range(places.firsts[at], places.firsts[at + 1]):
        if places.symbols[place] == symbol:
            mask |= np.int64(1) << (place - places.firsts[at])
    return mask


@inner
def _close(corpus: UnitCorpus, last: Int, token: Int, moves: Moves) -> None:
    """What stands behind a form, and is none."""
    if last >= 0 and corpus.units[last + 1] != START:
        change(moves.pairs, token, corpus.units[last + 1], np.int64(corpus.times[last + 1]))


@inner
def resolve(stock: Stock, moves: Moves, variable: Int) -> bool:
    """Fill in what each form becomes in a variable.

    Parameters
    ----------
    stock : Stock
        Changed: units may come.
    moves : Moves
        Changed.
    variable : int
        As a unit of one part.

    Returns
    -------
    bool
        Whether there was room for the units that come.
    """
    for i in range(moves.forms.state[LISTED]):
        slot = moves.forms.slots[i]
        key = moves.forms.keys[slot]
        moves.wholes[slot] = replaced(stock, key >> HALF, key & LOW, variable)
        if moves.wholes[slot] < 0:
            return False
    return True


@inner
def list_changes(moves: Moves, changes: Changes) -> None:
    """List what changes where every form becomes what it was resolved to.

    Parameters
    ----------
    moves : Moves
    changes : Changes
        Changed.
    """
    restart(changes, 2 * moves.pairs.state[LISTED])
    for i in range(moves.pairs.state[LISTED]):
        slot = moves.pairs.slots[i]
        key, count = moves.pairs.keys[slot], moves.pairs.counts[slot]
        row = new_row = key >> HALF
        unit = new_unit = key & LOW
        if row >= MOVING:
            new_row, row = moves.wholes[row - MOVING], moves.forms.keys[row - MOVING] >> HALF
        if unit >= MOVING:
            new_unit, unit = moves.wholes[unit - MOVING], moves.forms.keys[unit - MOVING] >> HALF
        change(changes, row, unit, -count)
        change(changes, new_row, new_unit, count)


@inner
def lexicon_change(
    stock: Stock, counts: RowCounts, moves: Moves
) -> tuple[float, np.int64, np.int64]:
    """Reckon what units that come cost less those that go, when forms become what they resolve to.

    Parameters
    ----------
    stock : Stock
    counts : RowCounts
        Before that.
    moves : Moves

    Returns
    -------
    bits : float
        Of the lengths of units.
    n_units, n_parts : int
        How many more there are.
    """
    forms, bits, n, n_parts = moves.forms, 0.0, np.int64(0), np.int64(0)
    for i in range(forms.state[LISTED]):
        slot = forms.slots[i]
        moves.more[forms.keys[slot] >> HALF] -= forms.counts[slot]
        moves.more[moves.wholes[slot]] += forms.counts[slot]
    for i in range(forms.state[LISTED]):
        slot = forms.slots[i]
        for unit in (forms.keys[slot] >> HALF, moves.wholes[slot]):
            uses, size = counts.uses[unit], stock.sizes[unit]
            step = (uses + moves.more[unit] > 0) - (uses > 0)
            moves.more[unit] = 0
            if step != 0 and size > 1:
                bits += step * stock.length_bits[size]
                n, n_parts = n + step, n_parts + step * size
    return bits, n, n_parts


# -- all of a corpus ---------------------------------------------------------------------------


@helper
def stock_of(inventory: Inventory, counts: RowCounts, part_bits: float) -> Stock:
    """Return the units of an inventory, with room for others.

    Parameters
    ----------
    inventory : Inventory
    counts : RowCounts
    part_bits : float
        Of one part, within the lexicon bits of a unit.

    Returns
    -------
    Stock
    """
    n = len(inventory.sizes)
    sizes, halves = np.zeros(n + ROOM, np.int64), np.zeros((n + ROOM, 2), np.int64)
    sizes[:n], halves[:n] = inventory.sizes, inventory.halves
    lengths = inventory.size_bits - part_bits * np.arange(len(inventory.size_bits))
    stock = Stock(sizes, halves, lengths, make_table(n + ROOM), np.array([n, 0, 0]))
    for unit in range(n):
        if sizes[unit] > 1:
            insert(stock.known, halves[unit, 0] << HALF | halves[unit, 1], unit)
            if counts.uses[unit] > 0:
                stock.n[MERGED] += 1
                stock.n[PARTS] += sizes[unit]
    return stock


@kernel
def places_of(
    corpus: UnitCorpus, symbols: NDArray[np.int32], sizes: NDArray[np.int64], n_symbols: Int
) -> SymbolPlaces:
    """Find where each symbol stands in a corpus.

    Parameters
    ----------
    corpus : UnitCorpus
    symbols : int32[m]
        Those that fill its units' slots, in order; -1 where a symbol is itself a part.
    sizes : int64[K]
        Parts of each unit.
    n_symbols : int
        V.

    Returns
    -------
    SymbolPlaces
    """
    n = len(corpus.units)
    firsts, starts = np.zeros(n + 1, np.int64), np.zeros(n_symbols + 1, np.int64)
    last = np.full(n_symbols, -1, np.int64)
    for at in range(n):
        firsts[at + 1] = firsts[at] + sizes[corpus.units[at]]
        for place in range(firsts[at], firsts[at + 1]):
            symbol = symbols[place]
            if symbol >= 0:
                starts[symbol + 1] += last[symbol] != at
                last[symbol] = at
    starts = np.cumsum(starts)
    nexts, held = starts[:-1].copy(), np.empty(starts[-1], np.int64)
    last[:] = -1
    for at in range(n):
        for place in range(firsts[at], firsts[at + 1]):
            symbol = symbols[place]
            if symbol >= 0 and last[symbol] != at:
                held[nexts[symbol]] = at
                nexts[symbol] += 1
                last[symbol] = at
    return SymbolPlaces(symbols, firsts, starts, held)
