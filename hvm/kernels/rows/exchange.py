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
    UNSEEN,
    Adjacents,
    Entry,
    VariableSums,
    estimate,
    gather,
    list_likely,
)
from hvm.kernels.experts.exchange import change as count_entry
from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.rows.changes import (
    LISTED,
    Changes,
    changed_bits,
    make_changed,
    make_changes,
    slot_of,
)
from hvm.kernels.rows.counts import CodeTables, RowCounts, UnitCorpus, count_rows
from hvm.kernels.rows.edits import Inventory
from hvm.kernels.rows.members import Members, filler_bits_with, members_of, put
from hvm.kernels.rows.moves import (
    MERGED,
    PARTS,
    ROOM,
    UNITS,
    Moves,
    Stock,
    SymbolPlaces,
    gather_moves,
    lexicon_change,
    list_changes,
    mask_of,
    places_of,
    resolve,
    stock_of,
)
from hvm.kernels.table import has_capacity, with_capacity

N_EXACT = 8
"""Variables in which a symbol's bits are reckoned exactly."""
FEW_MOVES = 500
"""Sweeps end when fewer than one symbol in so many moved."""
LEAST_BITS = 1e-6
"""A move saves at least."""


class SymbolUses(NamedTuple):
    """Symbols of a corpus, and what stands beside them."""

    codes: NDArray[np.int32]  # int32[m]: those of the units, in order; -1 where one is a part
    uses: NDArray[np.int64]  # int64[V]: how often each fills a slot
    after: Adjacents  # what stands beside each symbol; last beside the start
    before: Adjacents
    prior: float  # b, of fillers


class ExchangeState(NamedTuple):
    """All that an exchange knows; the arrays change."""

    tables: CodeTables
    corpus: UnitCorpus
    places: SymbolPlaces
    stock: Stock
    members: Members
    moves: Moves
    changes: Changes


# -- one symbol --------------------------------------------------------------------------------


@inner
def move_bits(state: ExchangeState, counts: RowCounts, symbol: Int, variable: Int) -> float:
    """Bits after a symbol moved to another variable less those before; it is counted in none now.

    Parameters
    ----------
    state : ExchangeState
        Its moves are those of the symbol; units may come.
    counts : RowCounts
    symbol : int
    variable : int
        Not the one it is in, which still stands in ``variables``.

    Returns
    -------
    float
        Infinite where there is no room for the units that come.
    """
    stock, members, moves = state.stock, state.members, state.moves
    if not resolve(stock, moves, variable + 1):
        return math.inf
    own, n_symbols = np.int64(members.variables[symbol]), len(members.uses)
    before = members.in_use[0] + (members.sizes[own] == 0)
    after = members.in_use[0] + (members.sizes[variable] == 0)
    list_changes(moves, state.changes)
    bits, n_units, n_parts = lexicon_change(stock, counts, moves)
    held = before + stock.n[MERGED]
    bits += changed_bits(counts, state.tables, state.changes, held, n_units + after - before)
    bits += n_symbols * (math.log2(after) - math.log2(before))
    bits += (stock.n[PARTS] + n_parts) * math.log2(n_symbols + after)
    bits -= stock.n[PARTS] * math.log2(n_symbols + before)
    bits += filler_bits_with(members, symbol, variable)
    return float(bits - filler_bits_with(members, symbol, own))


@inner
def best_move(
    state: ExchangeState, counts: RowCounts, symbol: Int, tried: NDArray[np.int64]
) -> tuple[np.int64, float]:
    """Return the variable in which a symbol saves most, and the bits; its own and 0 if none does.

    Parameters
    ----------
    state : ExchangeState
        Its moves are those of the symbol; units may come.
    counts : RowCounts
    symbol : int
        Counted in no variable now.
    tried : int64[k]
        Variables; -1 is none.

    Returns
    -------
    variable : int
    bits : float
    """
    own = np.int64(state.members.variables[symbol])
    best, least = own, -LEAST_BITS
    for variable in tried:
        if variable >= 0:
            bits = move_bits(state, counts, symbol, variable)
            if bits < least:
                best, least = variable, bits
    return best, 0.0 if best == own else -least


@inner
def apply_move(state: ExchangeState, counts: RowCounts, symbol: Int, variable: Int) -> None:
    """Put a symbol's units into a variable; there must be capacity for the pairs that come.

    Parameters
    ----------
    state : ExchangeState
        Its moves are those of the symbol. Changed.
    counts : RowCounts
        Changed.
    symbol, variable : int
    """
    stock, moves, places, units = state.stock, state.moves, state.places, state.corpus.units
    resolve(stock, moves, variable + 1)
    list_changes(moves, state.changes)
    _, n_units, n_parts = lexicon_change(stock, counts, moves)
    stock.n[MERGED] += n_units
    stock.n[PARTS] += n_parts
    make_changed(counts, state.changes)
    for i in range(places.starts[symbol], places.starts[symbol + 1]):
        at = places.at[i]
        units[at] = moves.wholes[slot_of(moves.forms, units[at], mask_of(places, at, symbol))]


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
    empty, tried[:] = -1, -1
    for variable in range(len(gains)):
        if members.sizes[variable] == 0:
            gains[variable] = -np.inf
            if empty < 0 and variable != own:
                empty = variable
    list_likely(gains, own, tried[:N_EXACT])
    for i in range(N_EXACT):
        if tried[i] >= 0 and members.sizes[tried[i]] == 0:
            tried[i] = -1
    # A symbol that is alone would only be so again.
    tried[N_EXACT] = empty if members.sizes[own] > 0 else -1


# -- all symbols -------------------------------------------------------------------------------


@helper
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
    logs, totals = np.log2(pairs + np.float32(UNSEEN)).astype(np.float32), np.empty((2, n))
    totals[0], totals[1] = np.log2(left + 1.0), np.log2(right + 1.0)
    return VariableSums(pairs, left, right, logs.T.copy(), logs, totals, np.zeros(1))


@helper
def _state(
    corpus: UnitCorpus,
    symbols: SymbolUses,
    variables: NDArray[np.int32],
    inventory: Inventory,
    tables: CodeTables,
) -> ExchangeState:
    members = members_of(variables, symbols.uses, symbols.prior)
    n_units, n_symbols = len(inventory.sizes) + ROOM, len(symbols.uses)
    part_bits = math.log2(n_symbols + members.in_use[0])
    stock = stock_of(inventory, count_rows(corpus, len(inventory.sizes)), part_bits)
    stock.sizes[1 : len(members.sizes) + 1] = 1
    places = places_of(corpus, symbols.codes, stock.sizes, n_symbols)
    most = np.max(np.diff(places.starts))
    forms, pairs = make_changes(most, 0), make_changes(2 * most, 0)
    wholes = np.zeros(len(forms.keys), np.int64)
    moves = Moves(forms, pairs, wholes, np.zeros(n_units, np.int64))
    changes = make_changes(4 * most, n_units)
    return ExchangeState(tables, corpus, places, stock, members, moves, changes)


@helper
def _with_capacity(counts: RowCounts, n_more: Int) -> RowCounts:
    """Counts with capacity for so many pairs more."""
    pairs, totals, types, firsts, uses, n_firsts = counts
    more = with_capacity(pairs, max(pairs.used[0], n_more))
    return RowCounts(more, totals, types, firsts, uses, n_firsts)


@kernel
def exchange_symbols(
    corpus: UnitCorpus,
    symbols: SymbolUses,
    variables: NDArray[np.int32],
    inventory: Inventory,
    tables: CodeTables,
    n_sweeps: Int,
) -> tuple[float, NDArray[np.int64], NDArray[np.int64]]:
    """Move symbols between variables, the most frequent first, until few move.

    Parameters
    ----------
    corpus : UnitCorpus
        Changed.
    symbols : SymbolUses
    variables : int32[V + 1]
        Of each symbol; last the start's, one above all there may be. Changed.
    inventory : Inventory
        Unit v + 1 is variable v alone, of size 0 where it has no members.
    tables : CodeTables
        For all counts there are.
    n_sweeps : int
        At most.

    Returns
    -------
    bits : float
        What was saved.
    sizes : int64[K], halves : int64[K, 2]
        Of all units, those that came last; variables that have no members are of size 0.
    """
    state, counts = (
        _state(corpus, symbols, variables, inventory, tables),
        count_rows(corpus, len(inventory.sizes) + ROOM),
    )
    members, stock, sums = state.members, state.stock, _variable_sums(symbols.after, variables)
    sides = np.zeros((3, len(sums.left)), np.int64)
    entry = Entry(sides[0], sides[1], np.zeros(3, np.int64), sides[2], np.zeros(1, np.int64))
    gains, tried = np.empty(len(members.sizes), np.float32), np.empty(N_EXACT + 1, np.int64)
    order, saved = np.argsort(-symbols.uses, kind="mergesort"), 0.0
    for _ in range(n_sweeps):
        n_moves = 0
        for symbol in order:
            own = np.int64(variables[symbol])
            gather(symbol, symbols.after, symbols.before, variables, entry)
            count_entry(sums, entry, own, -1)
            put(members, symbol, own, -1)
            list_tried(sums, entry, members, own, gains, tried)
            gather_moves(corpus, state.places, symbol, state.moves)
            variable, bits = best_move(state, counts, symbol, tried)
            if variable != own:
                n_more = 2 * state.moves.pairs.state[LISTED]
                if not has_capacity(counts.pairs, n_more):
                    counts = _with_capacity(counts, n_more)
                apply_move(state, counts, symbol, variable)
                saved, n_moves = saved + bits, n_moves + 1
            put(members, symbol, variable, 1)
            count_entry(sums, entry, variable, 1)
        if n_moves * FEW_MOVES < len(order):
            break
    sizes = stock.sizes[: stock.n[UNITS]].copy()
    sizes[1 : len(members.sizes) + 1] = members.sizes > 0
    return saved, sizes, stock.halves[: stock.n[UNITS]].copy()
