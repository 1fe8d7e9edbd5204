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
from dataclasses import replace
from hvm.kernels.experts.counting import beginnings
from hvm.kernels.experts.pairs import count_pairs, of_left
from hvm.kernels.rows.counts import HALF, LOW, START, CodeTables, Corpus, code_bits, code_tables
from hvm.kernels.rows.edits import Inventory, merge_gains, merge_units, split_gains, split_units
from hvm.kernels.rows.exchange import exchange_symbols, Adjacents
from hvm.predict.hierarchy import grain_sizes, variable_hierarchy
N_SWEEPS = 4
SHARE = 1.0
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
    symbols: Symbols, variables: bool = True, settings: RowSettings | None = None
) -> RowModel:
    """Learn the variables and units whose code of a corpus is short.

    Parameters
    ----------
    symbols : Symbols
        No unknown ones.
    variables : bool
        Whether symbols share variables; else each is one by itself, so that units are chunks.
    settings : RowSettings, optional

    Returns
    -------
    RowModel

    Raises
    ------
    InputError
        Nothing to learn from, or unknown symbols.
    """
    require_symbols(symbols)
    search = _Search(symbols, variables, settings or RowSettings())
    if variables:
        search.exchange()
    search.regroup()
    while variables and search.exchange() > ROUND_MIN_BITS * len(symbols):
        search.regroup()
    return search.model()


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

    def __init__(self, symbols: Symbols, variables: bool, settings: RowSettings) -> None:
        self.settings, self.training, self.is_spared = settings, symbols, not variables
        self.distinct, times = distinct_sequences(symbols)
        n_symbols = len(symbols.alphabet)
        self.variables = np.arange(n_symbols + 1, dtype=np.int32)
        if variables:
            finest = grain_sizes(len(symbols), n_symbols)[:1]
            found = variable_hierarchy(symbols.codes, symbols.starts, n_symbols, finest)[0]
            _, self.variables[:-1] = np.unique(found, return_inverse=True)
            self.variables[-1] = self.variables[:-1].max() + 1 + finest[0]
        sizes = range(2, settings.longest + 1)
        self.bits_of_sizes = np.array([elias_delta_bits(size) for size in sizes])
        # Every sequence behind its own START; one more ends the last.
        codes, starts = self.distinct.codes, self.distinct.starts
        units = np.append(np.insert(self.variables[codes] + 1, starts, START), START)
        ends = np.diff(np.append(starts, len(codes)))
        self.corpus = Corpus(
            units.astype(np.int32), np.append(np.repeat(times, ends + 1), 1).astype(np.int32)
        )
        arrays = code_tables(len(symbols) + 1, settings.discount, settings.strength)
        self.tables = CodeTables(*arrays)
        n_variables = int(self.variables[-1])
        self.sizes = np.zeros(n_variables + 1, np.int64)
        self.sizes[self.variables[:-1] + 1] = 1
        self.halves = np.zeros((n_variables + 1, 2), np.int64)
        self.refused = np.empty(0, np.int64)
        self._neighbours = None

    @property
    def size_bits(self):
        n_variables = int((self.sizes == 1).sum())
        n = len(self.variables) - 1
        part_bits = math.log2(n + (0 if self.is_spared else n_variables))
        sizes = np.arange(2, self.settings.longest + 1)
        return np.concatenate([[0.0, 0.0], sizes * part_bits + self.bits_of_sizes])

    def _inventory(self, n_new: int = 0) -> Inventory:
        sizes = np.append(self.sizes, np.zeros(n_new, np.int64))
        halves = np.append(self.halves, np.zeros((n_new, 2), np.int64), axis=0)
        return Inventory(sizes, halves, self.size_bits)

    def exchange(self) -> float:
        """Move symbols between variables; bits saved."""
        V = len(self.variables) - 1
        if self._neighbours is None:
            s = self.training
            before = np.concatenate([[np.int32(V)], s.codes[:-1]]).astype(np.int32)
            before[s.starts[s.starts < len(s)]] = V
            l, r, n = count_pairs(before, s.codes, np.ones(len(s), np.int64))
            self._neighbours = Adjacents(*of_left(l, r, n, V + 1)), Adjacents(*of_left(r, l, n, V + 1))
        uses = np.bincount(self.training.codes, minlength=V)
        order = np.argsort(-uses, kind="stable")
        saved, self.sizes, self.halves = exchange_symbols(
            self.corpus, self.distinct.codes, self._inventory(), self.tables,
            *self._neighbours, uses, order, self.variables, self.settings.filler_prior, N_SWEEPS)
        self.refused = self.refused[:0]
        return saved

    def regroup(self) -> None:
        """Merge what pays, the best first, then split what no longer does, until little is gained."""
        best, is_last = self.bits().total, False
        while True:
            self.merge()
            self.split()
            bits = self.bits().total
            # When little is gained, pairs that were hopeless are looked at once more, then it ends.
            if bits > best - ROUND_MIN_BITS * len(self.training):
                if is_last:
                    return
                is_last = True
                self.forgive()
            best = min(best, bits)

    def merge(self) -> None:
        """Make one unit of pairs that pay, pass by pass, up to the next pruning."""
        for _ in range(MERGES_A_PRUNE):
            keys, wholes, gains = merge_gains(
                self.corpus, self._inventory(1), self.tables, self.settings.least, self.refused
            )
            self.refused = np.sort(np.append(self.refused, keys[gains < HOPELESS_BITS]))
            chosen = _apart(keys, gains, len(self.sizes))
            if len(chosen) == 0:
                return
            is_new = wholes[chosen] == len(self.sizes)
            wholes = np.where(is_new, len(self.sizes) + np.cumsum(is_new) - 1, wholes[chosen])
            self.corpus = Corpus(*merge_units(self.corpus, keys[chosen], wholes))
            new = keys[chosen][is_new]
            halves = np.stack([new >> HALF, new & LOW], axis=1)
            self.sizes = np.append(self.sizes, self.sizes[halves].sum(axis=1))
            self.halves = np.append(self.halves, halves, axis=0)

    def split(self) -> int:
        """Units that were made two again: the better half of those that pay."""
        wholes, gains = split_gains(self.corpus, self._inventory(), self.tables)
        order = np.lexsort((wholes, -gains))[: (int((gains > 0).sum()) + 1) // 2]
        is_split = np.zeros(len(self.sizes), np.bool_)
        is_split[wholes[order]] = True
        if len(order):
            self.corpus = Corpus(*split_units(self.corpus, self.halves, is_split))
        return len(order)

    def forgive(self) -> None:
        """Let hopeless pairs be looked at again."""
        self.refused = self.refused[:0]

    def model(self) -> RowModel:
        """What was learned; units that stand nowhere are left out."""
        return None

    def bits(self) -> RowBits:
        """Bits of the units as they are."""
        uses = np.bincount(self.corpus.units, minlength=len(self.sizes))
        merged = (self.sizes > 1) & (uses > 0)
        n_variables = int((self.sizes == 1).sum())
        n_held = n_variables + int(merged.sum())
        rows, firsts = code_bits(self.corpus, len(self.sizes), n_held, self.tables)
        n = len(self.variables) - 1
        lexicon = 0.0 if self.is_spared else n * math.log2(n_variables)
        lexicon += float(self.size_bits[self.sizes[merged]].sum())
        f = filler_bits(self.training.codes, np.unique(self.variables[:-1], return_inverse=True)[1], self.settings.filler_prior)
        return RowBits(rows, firsts, f, lexicon)


def distinct_sequences(symbols):
    n = len(symbols)
    _, numbers = beginnings(symbols.codes, symbols.starts)
    ends = np.append(symbols.starts[1:], n)
    full = ends > symbols.starts
    last = numbers[ends[full] - 1]
    _, at, times = np.unique(last, return_index=True, return_counts=True)
    order = np.argsort(at)
    at, times = at[order], times[order]
    begins, ends = symbols.starts[full][at], ends[full][at]
    size = ends - begins
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    idx = np.repeat(begins - starts, size) + np.arange(size.sum())
    return replace(symbols, codes=symbols.codes[idx], starts=starts), times


def _apart(keys: NDArray[np.int64], gains: NDArray[np.float64], n_units: int) -> NDArray[np.int64]:
    """Indexes of pairs that pay, the best first; a unit is the left of one at most, and the right of one."""
    is_taken = np.zeros((n_units, 2), np.bool_)
    chosen = []
    order = np.lexsort((keys, -gains))
    order = order[: max(8, int(SHARE * (gains > 0).sum()))]
    for i in order:
        if gains[i] <= 0:
            break
        left, right = keys[i] >> HALF, keys[i] & LOW
        if not (is_taken[left, 0] or is_taken[right, 1]):
            is_taken[left, 0] = is_taken[right, 1] = True
            chosen.append(i)
    return np.array(chosen, np.int64)
