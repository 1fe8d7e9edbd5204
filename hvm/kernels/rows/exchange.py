"""Symbols move between variables where the code of rows gets shorter, inside units too.

Which variables are likely is estimated by the class bigram of symbols; then the change of all bits
is reckoned exactly: rows, first times, fillers, units that come and go, variables that do. A
variable may become empty, and a symbol may begin one of its own.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.exchange import (
    Adjacents,
    Entry,
    VariableSums,
    estimate,
    gather,
    list_likely,
)
from hvm.kernels.experts.exchange import change as count_entry
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.rows.changes import (
    LISTED,
    Changes,
    change,
    changed_bits,
    make_changed,
    make_changes,
    restart,
    slot_of,
)
from hvm.kernels.rows.counts import HALF, LOW, START, CodeTables, Corpus, RowCounts, count_rows
from hvm.kernels.rows.edits import Inventory
from hvm.kernels.table import Table, find, has_capacity, insert, is_free, make_table, value_at
from hvm.kernels.table import with_capacity

N_EXACT = 8
"""Variables in which a symbol's bits are reckoned exactly."""
MOVING = 1 << 30
"""Added to the slot of a form, where it stands for a unit."""
ROOM = 1 << 16
"""Units that may come; where they are used up, symbols move only where none comes."""
FEW_MOVES = 500
"""Sweeps end when fewer than one symbol in so many moved."""
LEAST_BITS = 1e-6
"""A move saves at least."""


class Spelling(NamedTuple):
    """Symbols of the units of a corpus, and where each symbol stands."""

    symbols: NDArray[np.int32]  # int32[m], unit by unit
    firsts: NDArray[np.int64]  # int64[n + 1]: of each unit, its first symbol
    starts: NDArray[np.int64]  # int64[V + 1]
    at: NDArray[np.int64]  # units that hold symbol s: at[starts[s] : starts[s + 1]], ascending


class Stock(NamedTuple):
    """Units there are, with room for others; each is known by its halves."""

    sizes: NDArray[np.int64]
    halves: NDArray[np.int64]
    size_bits: NDArray[np.float64]
    known: Table
    n: NDArray[np.int64]  # int64[1]: units, those that stand nowhere too


class Members(NamedTuple):
    """What is in each variable; the variable of unit v + 1 is v."""

    variables: NDArray[np.int32]  # int32[V + 1], last the start's, the highest
    sizes: NDArray[np.int64]
    totals: NDArray[np.int64]  # how often its members stand
    uses: NDArray[np.int64]  # int64[V]: how often each symbol stands
    in_use: NDArray[np.int64]  # int64[1]: variables that have members
    prior: float


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
        return value_at(stock.known, row)
    unit = stock.n[0]
    if unit == len(stock.sizes):
        return np.int64(-1)
    stock.sizes[unit] = stock.sizes[left] + stock.sizes[right]
    stock.halves[unit, 0], stock.halves[unit, 1] = left, right
    insert(stock.known, key, unit)
    stock.n[0] += 1
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
def gather_moves(corpus: Corpus, spelling: Spelling, symbol: Int, moves: Moves) -> None:
    """Fill in a symbol's forms and the pairs they are in.

    Parameters
    ----------
    corpus : Corpus
    spelling : Spelling
    symbol : int
    moves : Moves
        Changed.
    """
    units, times = corpus
    restart(moves.forms)
    restart(moves.pairs)
    last, token = np.int64(-2), np.int64(0)
    for i in range(spelling.starts[symbol], spelling.starts[symbol + 1]):
        at = spelling.at[i]
        count = np.int64(times[at])
        slot = slot_of(moves.forms, units[at], mask_of(spelling, at, symbol))
        moves.forms.counts[slot] += count
        if at == last + 1:
            change(moves.pairs, token, MOVING + slot, count)
        else:
            _close(corpus, last, token, moves)
            change(moves.pairs, units[at - 1], MOVING + slot, count)
        last, token = at, MOVING + slot
    _close(corpus, last, token, moves)


@inner
def mask_of(spelling: Spelling, at: Int, symbol: Int) -> np.int64:
    """Which parts of the unit at a position are a symbol, part i as bit i."""
    mask = np.int64(0)
    for place in range(spelling.firsts[at], spelling.firsts[at + 1]):
        if spelling.symbols[place] == symbol:
            mask |= np.int64(1) << (place - spelling.firsts[at])
    return mask


@inner
def _close(corpus: Corpus, last: Int, token: Int, moves: Moves) -> None:
    """What stands behind a form, and is none."""
    if last >= 0 and corpus.units[last + 1] != START:
        change(moves.pairs, token, corpus.units[last + 1], np.int64(corpus.times[last + 1]))


@inner
def resolve(stock: Stock, moves: Moves, variable: Int) -> bool:
    """Fill in what each form becomes in a variable; whether there was room."""
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
    restart(changes)
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
def lexicon_change(stock: Stock, counts: RowCounts, moves: Moves) -> tuple[float, int]:
    """Bits of units that come less those that go, and how many more there are."""
    forms, bits, n = moves.forms, 0.0, 0
    for i in range(forms.state[LISTED]):
        slot = forms.slots[i]
        moves.more[forms.keys[slot] >> HALF] -= forms.counts[slot]
        moves.more[moves.wholes[slot]] += forms.counts[slot]
    for i in range(forms.state[LISTED]):
        slot = forms.slots[i]
        for unit in (forms.keys[slot] >> HALF, moves.wholes[slot]):
            uses = counts.uses[unit]
            step = (uses + moves.more[unit] > 0) - (uses > 0)
            moves.more[unit] = 0
            if step != 0 and stock.sizes[unit] > 1:
                bits += step * stock.size_bits[stock.sizes[unit]]
                n += step
    return bits, n


# -- fillers -----------------------------------------------------------------------------------


@inner
def rising(base: float, n: Int) -> float:
    """lg of gamma(base + n) over gamma(base)."""
    return (math.lgamma(base + n) - math.lgamma(base)) / math.log(2.0)


@inner
def filler_bits_with(members: Members, symbol: Int, variable: Int) -> float:
    """Bits that a symbol adds to the fillers of a variable that it is not in; a literal's are 0."""
    size, prior, own = members.sizes[variable], members.prior, members.uses[symbol]
    if size == 0:
        return 0.0
    total = members.totals[variable]
    bits = rising(prior * (size + 1), total + own) - rising(prior, own)
    # Its only member pays from now on.
    return bits - rising(prior, total) if size == 1 else bits - rising(prior * size, total)


@inner
def put(members: Members, symbol: Int, variable: Int, sign: Int) -> None:
    """Count a symbol as a member of a variable (1), or no more (-1)."""
    members.in_use[0] -= members.sizes[variable] > 0
    members.sizes[variable] += sign
    members.totals[variable] += sign * members.uses[symbol]
    members.in_use[0] += members.sizes[variable] > 0
    members.variables[symbol] = variable


@inner
def move_bits(
    stock: Stock,
    counts: RowCounts,
    tables: CodeTables,
    members: Members,
    moves: Moves,
    changes: Changes,
    symbol: Int,
    variable: Int,
) -> float:
    """Bits after a symbol, now in no variable's counts of members, moved, less those before.

    Parameters
    ----------
    stock : Stock
        Changed: units may come.
    counts : RowCounts
    tables : CodeTables
    members : Members
        The symbol is counted in none; its old variable still stands in ``variables``.
    moves : Moves
        Of the symbol.
    changes : Changes
        Changed: those of the move.
    symbol : int
    variable : int
        Not the one it is in.

    Returns
    -------
    float
        Infinite where there is no room for the units that come.
    """
    if not resolve(stock, moves, variable + 1):
        return math.inf
    own, n_other = members.variables[symbol], members.in_use[0]
    before = n_other + (members.sizes[own] == 0)
    after = n_other + (members.sizes[variable] == 0)
    list_changes(moves, changes)
    bits, n_more = lexicon_change(stock, counts, moves)
    held = before + stock.n[1]
    bits += changed_bits(counts, tables, changes, held, n_more + after - before)
    bits += len(members.uses) * (math.log2(after) - math.log2(before))
    bits += filler_bits_with(members, symbol, variable)
    return bits - filler_bits_with(members, symbol, np.int64(own))


@inner
def best_move(
    stock: Stock,
    counts: RowCounts,
    tables: CodeTables,
    members: Members,
    moves: Moves,
    changes: Changes,
    symbol: Int,
    likely: NDArray[np.int64],
) -> tuple[int, float]:
    """Return the variable in which a symbol saves most, and the bits; its own and 0 if none does.

    Parameters
    ----------
    stock : Stock
        Changed: units may come.
    counts : RowCounts
    tables : CodeTables
    members : Members
        The symbol is counted in none; its old variable still stands in ``variables``.
    moves : Moves
        Of the symbol.
    changes : Changes
        Scratch.
    symbol : int
    likely : int64[k]
        Variables to be tried; -1 is none.

    Returns
    -------
    variable : int
    bits : float
        Not positive.
    """
    own = np.int64(members.variables[symbol])
    best, least = own, -LEAST_BITS
    for variable in likely:
        if variable < 0 or variable == own:
            continue
        bits = move_bits(stock, counts, tables, members, moves, changes, symbol, variable)
        if bits < least:
            best, least = variable, bits
    return best, least


@inner
def apply_move(
    stock: Stock,
    counts: RowCounts,
    corpus: Corpus,
    spelling: Spelling,
    moves: Moves,
    changes: Changes,
    symbol: Int,
    variable: Int,
) -> None:
    """Put a symbol's units into a variable; there must be capacity for the pairs that come.

    Parameters
    ----------
    stock : Stock
        Changed.
    counts : RowCounts
        Changed.
    corpus : Corpus
        Changed.
    spelling : Spelling
    moves : Moves
        Of the symbol.
    changes : Changes
        Scratch.
    symbol, variable : int
    """
    resolve(stock, moves, variable + 1)
    list_changes(moves, changes)
    stock.n[1] += lexicon_change(stock, counts, moves)[1]
    make_changed(counts, changes)
    for i in range(spelling.starts[symbol], spelling.starts[symbol + 1]):
        at = spelling.at[i]
        slot = slot_of(moves.forms, corpus.units[at], mask_of(spelling, at, symbol))
        corpus.units[at] = moves.wholes[slot]


@inner
def list_tried(
    sums: VariableSums,
    entry: Entry,
    members: Members,
    own: Int,
    gains: NDArray[np.float32],
    tried: NDArray[np.int64],
) -> None:
    """List the variables that a symbol is tried in: the likely ones, last the lowest empty one.

    Parameters
    ----------
    sums : VariableSums
        The symbol is not counted in them.
    entry : Entry
        The symbol's neighbours.
    members : Members
        The symbol is counted in none.
    own : int
        Its variable.
    gains : float32[variables]
        Scratch.
    tried : int64[N_EXACT + 1]
        Changed; -1 is none.
    """
    estimate(sums, entry, gains)
    empty = -1
    for variable in range(len(gains)):
        if members.sizes[variable] == 0:
            gains[variable] = -np.inf
            if empty < 0 and variable != own:
                empty = variable
    tried[:] = -1
    n = list_likely(gains, own, tried[:N_EXACT])
    for i in range(n):
        if members.sizes[tried[i]] == 0:
            tried[i] = -1
    # A symbol that is alone would only be so again.
    tried[N_EXACT] = empty if members.sizes[own] > 0 else -1


# -- all symbols -------------------------------------------------------------------------------


@kernel
def _variable_sums(after: Adjacents, variables: NDArray[np.int32]) -> VariableSums:
    """Counts of adjacent variables, and their logarithms."""
    n = np.int64(variables[-1]) + 1
    pairs, left, right = np.zeros((n, n), np.int32), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for symbol in range(len(variables)):
        row = variables[symbol]
        for place in range(after.starts[symbol], after.starts[symbol + 1]):
            column, count = variables[after.entries[place]], after.counts[place]
            pairs[row, column] += count
            left[row] += count
            right[column] += count
    logs, totals = np.log2(pairs + np.float32(0.3)).astype(np.float32), np.empty((2, n))
    totals[0], totals[1] = np.log2(left + 1.0), np.log2(right + 1.0)
    return VariableSums(pairs, left, right, logs.T.copy(), logs, totals, np.zeros(1))


@kernel
def _members(variables: NDArray[np.int32], uses: NDArray[np.int64], prior: float) -> Members:
    n = np.int64(variables[-1])
    members = Members(
        variables, np.zeros(n, np.int64), np.zeros(n, np.int64), uses, np.zeros(1, np.int64), prior
    )
    for symbol in range(len(uses)):
        put(members, symbol, np.int64(variables[symbol]), 1)
    return members


@kernel
def _stock(inventory: Inventory, counts: RowCounts) -> Stock:
    """Units of an inventory, with room for others."""
    n = len(inventory.sizes)
    sizes, halves = np.zeros(n + ROOM, np.int64), np.zeros((n + ROOM, 2), np.int64)
    sizes[:n], halves[:n] = inventory.sizes, inventory.halves
    stock = Stock(sizes, halves, inventory.size_bits, make_table(n + ROOM), np.array([n, 0]))
    for unit in range(n):
        if sizes[unit] > 1:
            insert(stock.known, halves[unit, 0] << HALF | halves[unit, 1], unit)
            stock.n[1] += counts.uses[unit] > 0
    return stock


@kernel
def _spelling(
    corpus: Corpus, symbols: NDArray[np.int32], sizes: NDArray[np.int64], n_symbols: Int
) -> Spelling:
    n = len(corpus.units)
    firsts, starts = np.zeros(n + 1, np.int64), np.zeros(n_symbols + 1, np.int64)
    last = np.full(n_symbols, -1, np.int64)
    for at in range(n):
        firsts[at + 1] = firsts[at] + sizes[corpus.units[at]]
        for place in range(firsts[at], firsts[at + 1]):
            starts[symbols[place] + 1] += last[symbols[place]] != at
            last[symbols[place]] = at
    starts = np.cumsum(starts)
    nexts, held = starts[:-1].copy(), np.empty(starts[-1], np.int64)
    last[:] = -1
    for at in range(n):
        for place in range(firsts[at], firsts[at + 1]):
            symbol = symbols[place]
            if last[symbol] != at:
                held[nexts[symbol]] = at
                nexts[symbol] += 1
            last[symbol] = at
    return Spelling(symbols, firsts, starts, held)


@kernel
def exchange_symbols(
    corpus: Corpus,
    symbols: NDArray[np.int32],
    inventory: Inventory,
    tables: CodeTables,
    after: Adjacents,
    before: Adjacents,
    uses: NDArray[np.int64],
    order: NDArray[np.int64],
    variables: NDArray[np.int32],
    prior: float,
    n_sweeps: Int,
) -> tuple[float, NDArray[np.int64], NDArray[np.int64]]:
    """Move symbols between variables, the first in order first, until few move.

    Parameters
    ----------
    corpus : Corpus
        Changed.
    symbols : int32[m]
        Those that its units are made of, in order.
    inventory : Inventory
        Unit v + 1 is variable v alone, of size 0 where it has no members.
    tables : CodeTables
        For all counts there are.
    after, before : Adjacents
        What stands beside each symbol; last beside the start.
    uses : int64[V]
        How often each symbol stands.
    order : int64[k]
        Symbols to be moved.
    variables : int32[V + 1]
        Of each symbol; last the start's, one above all others. Changed.
    prior : float
        b, of fillers.
    n_sweeps : int
        At most.

    Returns
    -------
    bits : float
        What was saved.
    sizes : int64[K], halves : int64[K, 2]
        Of all units, those that came last; variables that have no members are of size 0.
    """
    counts = count_rows(corpus, len(inventory.sizes) + ROOM)
    stock = _stock(inventory, counts)
    members, sums = _members(variables, uses, prior), _variable_sums(after, variables)
    stock.sizes[1 : len(members.sizes) + 1] = 1
    spelling = _spelling(corpus, symbols, stock.sizes, len(uses))
    most = np.max(np.diff(spelling.starts))
    moves = Moves(
        make_changes(most, 0),
        make_changes(2 * most, 0),
        np.zeros(4 * most + 64, np.int64),
        np.zeros(len(stock.sizes), np.int64),
    )
    changes = make_changes(4 * most, len(stock.sizes))
    sides = np.zeros((3, len(sums.left)), np.int64)
    entry = Entry(sides[0], sides[1], np.zeros(3, np.int64), sides[2], np.zeros(1, np.int64))
    gains, tried = np.empty(len(members.sizes), np.float32), np.empty(N_EXACT + 1, np.int64)
    saved = 0.0
    for _ in range(n_sweeps):
        n_moves = 0
        for symbol in order:
            own = np.int64(variables[symbol])
            gather(symbol, after, before, variables, entry)
            count_entry(sums, entry, own, -1)
            put(members, symbol, own, -1)
            list_tried(sums, entry, members, own, gains, tried)
            gather_moves(corpus, spelling, symbol, moves)
            variable, bits = best_move(
                stock, counts, tables, members, moves, changes, symbol, tried
            )
            if variable != own:
                if not has_capacity(counts.pairs, 2 * moves.pairs.state[LISTED]):
                    more = with_capacity(counts.pairs, counts.pairs.used[0])
                    counts = RowCounts(
                        more,
                        counts.totals,
                        counts.types,
                        counts.firsts,
                        counts.uses,
                        counts.n_firsts,
                    )
                apply_move(stock, counts, corpus, spelling, moves, changes, symbol, variable)
                saved, n_moves = saved - bits, n_moves + 1
            put(members, symbol, np.int64(variable), 1)
            count_entry(sums, entry, np.int64(variable), 1)
        if n_moves * FEW_MOVES < len(order):
            break
    sizes, n = stock.sizes[: stock.n[0]].copy(), len(members.sizes)
    sizes[1 : n + 1] = members.sizes > 0
    return saved, sizes, stock.halves[: stock.n[0]].copy()
