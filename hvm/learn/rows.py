"""Learning by a code with context: chunks and frames by rows "unit after unit".

Every symbol is in one variable; a variable of one member is a literal. A unit is a sequence of
variables: a chunk where all parts are literals, a frame where some are slots. Units are merged and
split while the closed-form code of a corpus gets shorter (section 12 of the design): rows of a
Pitman-Yor code, first times in them, fillers of slots, lexicon. All bits derive from counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.kernels.rows.counts import HALF, LOW, START, CodeTables, code_bits, code_tables
from hvm.kernels.rows.edits import Inventory, merge_gains, merge_units, split_gains, split_units
from hvm.symbols.alphabet import elias_delta_bits
from hvm.symbols.sequences import Symbols, require_symbols

MERGES_A_PRUNE = 5
"""Passes of merging between two of pruning."""

HOPELESS_BITS = -3.0
"""A pair that would lose more is looked at again only when nothing else pays."""

ROUND_MIN_BITS = 1e-3
"""Bits a symbol that a round of merging and splitting saves, or the search ends."""


@dataclass(frozen=True)
class RowSettings:
    """Constants of the code, and what is tried.

    Attributes
    ----------
    discount, strength : float
        d and t of a row's Pitman-Yor code.
    filler_prior : float
        b, added to every count of a filler.
    least : int
        How often two units stand together before they may be merged.
    longest : int
        Parts of a unit, at most.
    """

    discount: float = 0.6
    strength: float = 1.0
    filler_prior: float = 0.5
    least: int = 4
    longest: int = 12

    def __post_init__(self) -> None:
        """Check all values."""
        for name, value, is_fine in (
            ("discount", self.discount, 0 < self.discount < 1),
            ("strength", self.strength, self.strength > 0),
            ("filler_prior", self.filler_prior, self.filler_prior > 0),
            ("least", self.least, self.least >= 2),
            ("longest", self.longest, self.longest >= 1),
        ):
            if not is_fine:
                raise InputError(f"{name} is {value}; see RowSettings for what it may be")


@dataclass(frozen=True)
class RowBits:
    """Bits of a corpus by part; counts and lengths, and the alphabet, are given."""

    rows: float
    firsts: float
    fillers: float
    lexicon: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.rows + self.firsts + self.fillers + self.lexicon


@dataclass(frozen=True, eq=False)
class RowModel:
    """What was learned from a corpus.

    Attributes
    ----------
    variables : int32[V]
        Variable of each symbol, 0 or more.
    patterns : tuple of tuple of int
        Variables of each unit, unit by unit; the first are the variables alone, in order.
    units : int32[m]
        The corpus, unit by unit.
    starts : int64[s]
        First unit of each sequence.
    bits : RowBits
    """

    variables: NDArray[np.int32]
    patterns: tuple[tuple[int, ...], ...]
    units: NDArray[np.int32]
    starts: NDArray[np.int64]
    bits: RowBits

    @property
    def n_merged(self) -> int:
        """Units of two or more parts: chunks and frames."""
        return sum(len(pattern) > 1 for pattern in self.patterns)


def learn_rows(
    symbols: Symbols,
    variables: NDArray[np.int32] | None = None,
    settings: RowSettings | None = None,
) -> RowModel:
    """Learn the units whose code of a corpus is short.

    Parameters
    ----------
    symbols : Symbols
        No unknown ones.
    variables : int32[V], optional
        Variable of each symbol of the alphabet, numbered from 0 without gaps; by default each
        symbol is a variable by itself, so that units are chunks.
    settings : RowSettings, optional

    Returns
    -------
    RowModel

    Raises
    ------
    InputError
        Nothing to learn from, unknown symbols, or variables that do not fit the alphabet.
    """
    settings = settings or RowSettings()
    given = _checked(symbols, variables)
    search = _Search(symbols, given, settings)
    best, is_last = search.bits().total, False
    while True:
        # Merge what pays, the best first, then split what no longer does.
        search.merge()
        search.split()
        bits = search.bits().total
        # When little is gained, pairs that were hopeless are looked at once more, then it ends.
        if bits > best - ROUND_MIN_BITS * len(symbols):
            if is_last:
                break
            is_last = True
            search.forgive()
        best = min(best, bits)
    return search.model()


def _checked(symbols: Symbols, variables: NDArray[np.int32] | None) -> NDArray[np.int32]:
    require_symbols(symbols)
    n_symbols = len(symbols.alphabet.symbols)
    if variables is None:
        return np.arange(n_symbols, dtype=np.int32)
    if len(variables) != n_symbols:
        raise InputError(f"{len(variables)} variables for {n_symbols} symbols; one each is needed")
    if not np.array_equal(np.unique(variables), np.arange(variables.max() + 1)):
        raise InputError("variables are numbered from 0 without gaps")
    return variables.astype(np.int32)


def filler_bits(symbols: NDArray[np.int32], variables: NDArray[np.int32], prior: float) -> float:
    """Bits of the fillers of slots, by counts alone; a literal's are 0.

    Parameters
    ----------
    symbols : int32[n]
    variables : int32[V]
        Variable of each symbol.
    prior : float
        b.

    Returns
    -------
    float

    Examples
    --------
    Two symbols share a variable: 1 bit, then the other after one, 2 bits.

    >>> fillers = filler_bits(np.array([0, 1]), np.array([0, 0]), 0.5)
    >>> round(fillers, 6)
    3.0
    """
    counts = np.bincount(symbols, minlength=len(variables))
    sizes = np.bincount(variables)
    totals = np.bincount(variables, counts)
    nats = 0.0
    for size, total in zip(sizes.tolist(), totals.tolist(), strict=True):
        if size > 1:
            nats += math.lgamma(total + prior * size) - math.lgamma(prior * size)
    for count in counts[sizes[variables] > 1].tolist():
        nats -= math.lgamma(count + prior) - math.lgamma(prior)
    return nats / math.log(2)


class _Search:
    """Units of a corpus, and what is known of them, while they change."""

    def __init__(
        self, symbols: Symbols, variables: NDArray[np.int32], settings: RowSettings
    ) -> None:
        self.settings, self.variables = settings, variables
        n_variables = int(variables.max()) + 1
        is_spared = n_variables == len(variables)
        self.naming_bits = 0.0 if is_spared else len(variables) * math.log2(n_variables)
        self.filler_bits = filler_bits(symbols.codes, variables, settings.filler_prior)
        # V entries, and the variables that are not entries themselves.
        part_bits = math.log2(len(variables) + (0 if is_spared else n_variables))
        sizes = range(2, settings.longest + 1)
        paid = [size * part_bits + elias_delta_bits(size) for size in sizes]
        self.size_bits = np.array([0.0, 0.0, *paid])
        # Every sequence behind its own START; one more ends the last.
        units = np.insert(variables[symbols.codes] + 1, symbols.starts, START)
        self.units = np.append(units, START).astype(np.int32)
        arrays = code_tables(len(self.units), settings.discount, settings.strength)
        self.tables = CodeTables(*arrays)
        self.sizes = np.ones(n_variables + 1, np.int64)
        self.sizes[START] = 0
        self.halves = np.zeros((n_variables + 1, 2), np.int64)
        self.refused = np.empty(0, np.int64)

    def _inventory(self, n_new: int = 0) -> Inventory:
        sizes = np.append(self.sizes, np.zeros(n_new, np.int64))
        halves = np.append(self.halves, np.zeros((n_new, 2), np.int64), axis=0)
        return Inventory(sizes, halves, self.size_bits)

    def merge(self) -> None:
        """Make one unit of pairs that pay, pass by pass, up to the next pruning."""
        for _ in range(MERGES_A_PRUNE):
            keys, gains = merge_gains(
                self.units, self._inventory(1), self.tables, self.settings.least, self.refused
            )
            self.refused = np.sort(np.append(self.refused, keys[gains < HOPELESS_BITS]))
            chosen = _apart(keys, gains, len(self.sizes))
            if len(chosen) == 0:
                return
            self.units = merge_units(self.units, chosen, len(self.sizes))
            halves = np.stack([chosen >> HALF, chosen & LOW], axis=1)
            self.sizes = np.append(self.sizes, self.sizes[halves].sum(axis=1))
            self.halves = np.append(self.halves, halves, axis=0)

    def split(self) -> int:
        """Units that were made two again: the better half of those that pay."""
        wholes, gains = split_gains(self.units, self._inventory(), self.tables)
        order = np.lexsort((wholes, -gains))[: (int((gains > 0).sum()) + 1) // 2]
        is_split = np.zeros(len(self.sizes), np.bool_)
        is_split[wholes[order]] = True
        if len(order):
            self.units = split_units(self.units, self.halves, is_split)
        return len(order)

    def forgive(self) -> None:
        """Let hopeless pairs be looked at again."""
        self.refused = self.refused[:0]

    def model(self) -> RowModel:
        """What was learned; units that stand nowhere are left out."""
        uses = np.bincount(self.units, minlength=len(self.sizes))
        kept = np.flatnonzero((self.sizes == 1) | ((self.sizes > 1) & (uses > 0)))
        new = np.full(len(self.sizes), -1, np.int32)
        new[kept] = np.arange(len(kept))
        patterns: list[tuple[int, ...]] = [()]
        for unit in range(1, len(self.sizes)):
            left, right = self.halves[unit]
            own = patterns[left] + patterns[right] if self.sizes[unit] > 1 else (unit - 1,)
            patterns.append(own)
        is_start = self.units[:-1] == START
        ahead = np.cumsum(~is_start)
        return RowModel(
            self.variables,
            tuple(patterns[unit] for unit in kept),
            new[self.units[:-1][~is_start]],
            ahead[is_start],
            self.bits(),
        )

    def bits(self) -> RowBits:
        """Bits of the units as they are."""
        uses = np.bincount(self.units, minlength=len(self.sizes))
        merged = (self.sizes > 1) & (uses > 0)
        n_held = int((self.sizes == 1).sum() + merged.sum())
        rows, firsts = code_bits(self.units, len(self.sizes), n_held, self.tables)
        lexicon = self.naming_bits + float(self.size_bits[self.sizes[merged]].sum())
        return RowBits(rows, firsts, self.filler_bits, lexicon)


def _apart(keys: NDArray[np.int64], gains: NDArray[np.float64], n_units: int) -> NDArray[np.int64]:
    """Pairs that pay, the best first; a unit is the left of one at most, and the right of one."""
    is_taken = np.zeros((n_units, 2), np.bool_)
    chosen = []
    for i in np.lexsort((keys, -gains)):
        if gains[i] <= 0:
            break
        left, right = keys[i] >> HALF, keys[i] & LOW
        if not (is_taken[left, 0] or is_taken[right, 1]):
            is_taken[left, 0] = is_taken[right, 1] = True
            chosen.append(keys[i])
    return np.array(chosen, np.int64)
