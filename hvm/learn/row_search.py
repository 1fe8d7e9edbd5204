"""What the search under the code of rows does: exchange, merge, split.

Gains are exact changes of the code's length, and are taken at once where they do not interfere.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import ModelFileError
from hvm.kernels.experts.exchange import Adjacents
from hvm.kernels.experts.pairs import count_pairs, of_left
from hvm.kernels.rows.counts import HALF, LOW, START, CodeTables, UnitCorpus, code_bits, code_tables
from hvm.kernels.rows.edits import (
    Inventory,
    Labels,
    merge_gains,
    merge_units,
    split_gains,
    split_units,
)
from hvm.kernels.rows.exchange import SymbolUses, exchange_symbols
from hvm.kernels.rows.members import Members, member_arrays
from hvm.learn.corpus import first_equal, taken
from hvm.learn.row_code import RowBits, RowSettings, filler_bits
from hvm.learn.row_state import RowState, one_by_one
from hvm.predict.hierarchy import grain_sizes, variable_hierarchy
from hvm.symbols.alphabet import elias_delta_bits
from hvm.symbols.sequences import Symbols

MERGES_A_PRUNE = 5
"""Passes of merging between two of pruning."""

MERGED_SHARE, MERGED_LEAST = 0.3, 8
"""Of pairs that pay, so many are merged in a pass, the best: the others may pay less then."""

HOPELESS_BITS = -3.0
"""A pair that would lose more is looked at again only when nothing else pays."""

PASS_MIN_BITS = 1e-3
"""Bits a symbol that a pass of merging must save, or it was the last."""

GRAINS = (False, True), (True, False), (True, True)
"""Whether the left half of a unit is a symbol rather than a variable, and whether the right one is,
besides neither, pass by pass."""

SWEEPS = 2
"""Of one exchange, at most."""


class Distinct(NamedTuple):
    """Sequences of a corpus, those that are the same once.

    Attributes
    ----------
    symbols : Symbols
        In the order in which they came first; none is empty.
    times : int64[s]
        How often each comes.
    numbers : int64[S]
        Which of them each sequence of the corpus is; -1 where it is empty.
    """

    symbols: Symbols
    times: NDArray[np.int64]
    numbers: NDArray[np.int64]


def distinct_sequences(symbols: Symbols) -> Distinct:
    r"""Bring sequences that are the same together.

    Parameters
    ----------
    symbols : Symbols

    Returns
    -------
    Distinct

    Examples
    --------
    >>> from hvm import as_symbols
    >>> distinct = distinct_sequences(as_symbols("ab\nb\n\nab", sequences="line"))
    >>> distinct.symbols.codes.tolist(), distinct.times.tolist(), distinct.numbers.tolist()
    ([0, 1, 1], [2, 1], [0, 1, -1, 0])
    """
    is_full = np.diff(np.append(symbols.starts, len(symbols))) > 0
    firsts = first_equal(symbols.codes, symbols.starts)[is_full]
    kinds, which, times = np.unique(firsts, return_inverse=True, return_counts=True)
    codes, starts = taken(symbols.codes, symbols.starts, kinds)
    numbers = np.full(symbols.n_sequences, -1)
    numbers[is_full] = which
    return Distinct(replace(symbols, held=codes, starts=starts), times, numbers)


class RowSearch:
    """Variables and units of a corpus, and what is known of them, while they change.

    Parameters
    ----------
    symbols : Symbols
        No unknown ones.
    variables : bool
        Whether symbols share variables; else each is one by itself.
    settings : RowSettings
    state : RowState, optional
        Where a search of this text with these settings stood, to go on from.

    Attributes
    ----------
    distinct : Distinct
    corpus : UnitCorpus
        Its sequences, unit by unit.
    variables : int32[V + 1]
        Of each symbol; last one above all there may be.
    sizes, halves : int64[K], int64[K, 2]
        Of units: variable v alone is unit v + 1, and behind them all are the symbols as parts,
        which stand nowhere.
    literals : int64[K]
        Which parts of each unit are symbols, part i as bit i.
    refused : int64[r]
        Pairs that merging does not look at.

    Raises
    ------
    ModelFileError
        The state is of another text.
    """

    def __init__(
        self,
        symbols: Symbols,
        variables: bool,
        settings: RowSettings,
        state: RowState | None = None,
    ) -> None:
        self.symbols, self.settings, self.is_shared = symbols, settings, variables
        self.distinct = distinct_sequences(symbols)
        arrays = code_tables(len(symbols) + 1, settings.discount, settings.strength)
        self.tables = CodeTables(*arrays)
        self._bits: RowBits | None = None  # of what is there now, once they are asked for
        self._go_on_from(self._first_state() if state is None else self._checked(state))

    # -- where it stands ----------------------------------------------------------------------

    @property
    def state(self) -> RowState:
        """All that what comes depends on, as it is now."""
        variables, units = self.variables.copy(), self.corpus.units.copy()  # an exchange writes
        merged = self.halves[int(variables[-1]) + len(variables) :]
        return RowState(variables, merged, units, self.refused)

    def _first_state(self) -> RowState:
        """Every symbol a unit, that of its variable."""
        variables, texts = _first_variables(self.symbols, self.is_shared), self.distinct.symbols
        units = one_by_one(variables[texts.codes] + 1, texts.starts)
        return RowState(variables, np.empty((0, 2), np.int64), units, np.empty(0, np.int64))

    def _checked(self, state: RowState) -> RowState:
        texts = self.distinct.symbols
        if state.is_of(texts.codes, texts.starts, self.settings.longest):
            return state
        raise ModelFileError("is damaged: its units are not those of the text")

    def _go_on_from(self, state: RowState) -> None:
        self.variables, units, self.refused = state.variables.copy(), state.units, state.refused
        n_alone, n_variables = state.n_alone, int(self.variables[-1])
        times = np.append(self.distinct.times, 0)[np.cumsum(units == START) - 1]
        self.corpus = UnitCorpus(units.copy(), times.astype(np.int32))
        self.halves = np.append(np.zeros((n_alone, 2), np.int64), state.halves, axis=0)
        self.sizes = state.sizes
        self.sizes[1 : 1 + n_variables] = 0
        self.sizes[self.variables[:-1] + 1] = 1
        self.literals = np.zeros(n_alone, np.int64)
        self.literals[1 + n_variables :] = 1
        self._mark_literals()

    # -- what changes it ----------------------------------------------------------------------

    def exchange(self) -> float:
        """Move symbols between variables; return the bits that this saved."""
        saved, self.sizes, self.halves = exchange_symbols(
            self.corpus, self._uses, self.variables, self._inventory(), self.tables, SWEEPS
        )
        self._mark_literals()
        self.refused, self._bits = self.refused[:0], None
        return float(saved)

    def merge(self) -> None:
        """Make one unit of pairs that pay, pass by pass, up to the next pruning."""
        for _ in range(MERGES_A_PRUNE):
            if self._merge_pass() < PASS_MIN_BITS * len(self.symbols):
                break
        for left_symbols, right_symbols in GRAINS if self.is_shared else ():
            self._merge_pass(left_symbols, right_symbols)

    def _merge_pass(self, left_symbols: bool = False, right_symbols: bool = False) -> float:
        """Make one unit of the best pairs of halves of these grains; return the bits saved."""
        n_units, units, symbols = len(self.sizes), self.corpus.units, self._labels()
        labels = Labels(
            symbols if left_symbols else np.where(units == START, -1, units),
            symbols if right_symbols else np.where(units == START, -1, units),
        )
        keys, wholes, gains = merge_gains(
            self.corpus,
            labels,
            self._inventory(1),
            self._members(),
            self.tables,
            self.settings.least,
            self.refused,
        )
        self.refused = np.sort(np.append(self.refused, keys[gains < HOPELESS_BITS]))
        chosen = _apart(keys, gains, n_units)[: max(0, self._capacity())]
        if len(chosen) == 0:
            return 0.0
        is_new = wholes[chosen] == n_units
        wholes = np.where(is_new, n_units + np.cumsum(is_new) - 1, wholes[chosen])
        self.corpus = UnitCorpus(*merge_units(self.corpus, labels, keys[chosen], wholes))
        self._bits = None
        new = keys[chosen][is_new]
        self.halves = np.append(self.halves, np.stack([new >> HALF, new & LOW], axis=1), axis=0)
        self.sizes = np.append(self.sizes, self.sizes[self.halves[n_units:]].sum(axis=1))
        self._mark_literals()
        return float(gains[chosen].sum())

    def split(self) -> None:
        """Make the better half of units that would save bits two again; and what is too many."""
        while True:
            inventory = self._inventory()
            wholes, gains = split_gains(self.corpus, inventory, self._members(), self.tables)
            n_excess = max(0, -self._capacity())
            n = max((int((gains > 0).sum()) + 1) // 2, min(n_excess, len(wholes)))
            if n > 0:
                is_split = np.zeros(len(self.sizes), np.bool_)
                is_split[wholes[np.lexsort((wholes, -gains))[:n]]] = True
                split = split_units(self.corpus, inventory.alone[self.halves], is_split)
                self.corpus, self._bits = UnitCorpus(*split), None
            # Halves may be units that stood nowhere else.
            if n_excess == 0 or n == 0:
                return

    # -- what is known ------------------------------------------------------------------------

    def bits(self) -> RowBits:
        """Bits of the variables and units as they are."""
        if self._bits is None:
            self._bits = self._counted_bits()
        return self._bits

    def _counted_bits(self) -> RowBits:
        is_merged, n_symbols = self._is_merged, len(self.variables) - 1
        rows, firsts = code_bits(
            self.corpus, len(self.sizes), self.n_variables + int(is_merged.sum()), self.tables
        )
        uses, prior = self._slot_uses(), self.settings.filler_prior
        fillers = filler_bits(uses, self.variables[:-1], prior)
        naming = n_symbols * math.log2(self.n_variables) if self.is_shared else 0.0
        units = float(self._size_bits()[self.sizes[is_merged]].sum())
        return RowBits(rows, firsts, fillers, naming + units)

    @property
    def n_variables(self) -> int:
        """Variables that have members."""
        return int(self.sizes[1 : 1 + self.variables[-1]].sum())

    @property
    def _is_merged(self) -> NDArray[np.bool_]:
        """Units of two or more parts that stand somewhere, bool[K]."""
        uses = np.bincount(self.corpus.units, minlength=len(self.sizes))
        merged: NDArray[np.bool_] = (self.sizes > 1) & (uses > 0)
        return merged

    def _capacity(self) -> int:
        """Units that may still come; below 0, those that are too many."""
        if self.settings.max_entries is None:
            return sys.maxsize
        n_members = np.bincount(self.variables[:-1])
        n_entries = int((n_members > 1).sum()) + int(self._is_merged.sum())
        return self.settings.max_entries - n_entries

    def _inventory(self, n_new: int = 0) -> Inventory:
        sizes = np.append(self.sizes, np.zeros(n_new, np.int64))
        halves = np.append(self.halves, np.zeros((n_new, 2), np.int64), axis=0)
        first, alone = 1 + int(self.variables[-1]), np.arange(len(sizes))
        alone[first : first + len(self.variables) - 1] = self.variables[:-1] + 1
        return Inventory(sizes, halves, self._size_bits(), alone, first)

    def _size_bits(self) -> NDArray[np.float64]:
        """Lexicon bits of a unit by its parts, each an entry or a variable."""
        n_parts = len(self.variables) - 1 + (self.n_variables if self.is_shared else 0)
        sizes = range(2, self.settings.longest + 1)
        paid = [size * math.log2(n_parts) + elias_delta_bits(size) for size in sizes]
        return np.array([0.0, 0.0, *paid])

    def _members(self) -> Members:
        return Members(
            *member_arrays(self.variables, self._slot_uses(), self.settings.filler_prior)
        )

    # -- symbols as parts ---------------------------------------------------------------------

    def _mark_literals(self) -> None:
        """Find which parts of units that came last are symbols."""
        literals = list(self.literals)
        for left, right in self.halves[len(literals) :].tolist():
            n_left = max(1, self.sizes[left])  # a variable may have no members now, but later
            literals.append(literals[left] | literals[right] << n_left)
        self.literals = np.array(literals, np.int64)

    def _literal_places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where in the distinct sequences a symbol is itself a part, and how often it comes."""
        units, times = self.corpus
        sizes = self.sizes[units]
        at = np.flatnonzero(self.literals[units])
        firsts, lengths = (np.cumsum(sizes) - sizes)[at], sizes[at]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        is_literal = np.repeat(self.literals[units[at]], lengths) >> within & 1 > 0
        places = np.repeat(firsts, lengths) + within
        return places[is_literal], np.repeat(times[at], lengths)[is_literal]

    def _slot_uses(self) -> NDArray[np.int64]:
        """How often each symbol fills a slot, int64[V]."""
        places, times = self._literal_places()
        symbols = self.distinct.symbols.codes[places]
        filled: NDArray[np.int64] = self._symbol_uses.copy()
        np.subtract.at(filled, symbols, times)
        return filled

    @cached_property
    def _symbol_uses(self) -> NDArray[np.int64]:
        return np.bincount(self.symbols.codes, minlength=len(self.variables) - 1)

    def _labels(self) -> NDArray[np.int32]:
        """Symbol, as a part, of each unit that is one of several in its variable; else -1."""
        units = self.corpus.units
        sizes, n_members = self.sizes[units], np.bincount(self.variables[:-1])
        symbols = np.append(self.distinct.symbols.codes, 0)[np.cumsum(sizes) - sizes]
        is_one = (sizes == 1) & (n_members[self.variables[symbols]] > 1)
        labels: NDArray[np.int32] = np.where(is_one, 1 + self.variables[-1] + symbols, -1)
        return labels.astype(np.int32)

    @cached_property
    def _adjacents(self) -> tuple[Adjacents, Adjacents]:
        """What stands behind each symbol, and before it; last beside the start."""
        symbols, n_symbols = self.symbols, len(self.variables) - 1
        before = np.concatenate([[np.int32(n_symbols)], symbols.codes[:-1]]).astype(np.int32)
        before[symbols.starts[symbols.starts < len(symbols)]] = n_symbols
        left, right, times = count_pairs(before, symbols.codes, np.ones(len(symbols), np.int64))
        return (
            Adjacents(*of_left(left, right, times, n_symbols + 1)),
            Adjacents(*of_left(right, left, times, n_symbols + 1)),
        )

    @property
    def _uses(self) -> SymbolUses:
        codes = self.distinct.symbols.codes.copy()
        codes[self._literal_places()[0]] = -1
        return SymbolUses(codes, self._slot_uses(), *self._adjacents, self.settings.filler_prior)


def _first_variables(symbols: Symbols, is_shared: bool) -> NDArray[np.int32]:
    """Variables of symbols at first, and room for as many more; last one above all."""
    n_symbols = len(symbols.alphabet)
    variables = np.arange(n_symbols + 1, dtype=np.int32)
    if is_shared:
        (finest,) = grain_sizes(len(symbols), n_symbols)[:1]
        (found,) = variable_hierarchy(symbols.codes, symbols.starts, n_symbols, [finest])
        _, variables[:-1] = np.unique(found, return_inverse=True)
        variables[-1] = variables[:-1].max() + 1 + finest
    return variables


def _apart(keys: NDArray[np.int64], gains: NDArray[np.float64], n_units: int) -> NDArray[np.int64]:
    """Which pairs are merged, the best first; a unit is a left half once at most, and a right."""
    is_taken = np.zeros((n_units, 2), np.bool_)
    chosen = []
    n_looked_at = max(MERGED_LEAST, int(MERGED_SHARE * (gains > 0).sum()))
    for i in np.lexsort((keys, -gains))[:n_looked_at]:
        if gains[i] <= 0:
            break
        left, right = keys[i] >> HALF, keys[i] & LOW
        if not (is_taken[left, 0] or is_taken[right, 1]):
            is_taken[left, 0] = is_taken[right, 1] = True
            chosen.append(i)
    return np.array(chosen, np.int64)
