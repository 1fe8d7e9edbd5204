"""A shard: some sequences of a text, parses of them that are still asked for, and growing there.

All that leaves a shard are whole numbers that add, so no result depends on how a text is sharded,
nor on where a shard is: in this process, or behind a name in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.growth import Merged
from hvm.kernels.learn.rounds import bordered
from hvm.kernels.lexicon.count import count_weighted, triples_of
from hvm.kernels.lexicon.cut import ParsedUnits
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.learn.growing_text import GrowingText
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Compiled
from hvm.symbols.sequences import Codes

PIECE_SYMBOLS = 1 << 19
"""Symbols that are parsed at a time, unless a sequence is longer: that takes little memory."""


Starts = NDArray[np.int64]


class Counts(NamedTuple):
    """What a parse counts.

    Attributes
    ----------
    units : int64[K]
        Times each entry is a unit.
    fillers : int64[P]
        Times each member fills a slot.
    """

    units: NDArray[np.int64]
    fillers: NDArray[np.int64]


class UnitRuns(NamedTuple):
    """The units of some sequences.

    Attributes
    ----------
    units : int32[m]
    starts : int64[s]
        Index of the first unit of each sequence.
    """

    units: NDArray[np.int32]
    starts: NDArray[np.int64]


class _HeldRuns(NamedTuple):
    """Units that a shard holds: those of a parse, or codes, whose atoms are their units."""

    units: Codes
    starts: Starts


def _int32(units: Codes) -> NDArray[np.int32]:
    """What kernels take."""
    taken: NDArray[np.int32] = units.astype(np.int32, copy=False)
    return taken


def _count_fillers(
    starts: NDArray[np.int64],
    slots: NDArray[np.int64],
    weights: NDArray[np.int64],
    fillers: NDArray[np.int64],
) -> None:
    """Count the slots of some sequences."""
    if len(slots):
        owners = np.searchsorted(starts, slots[:, 0], side="right") - 1
        np.add.at(fillers, slots[:, 1], weights[owners])


class Shard:
    """Some sequences, each with the number of times that it stands in the text.

    Parameters
    ----------
    codes : int32[n], uint8[n] or uint16[n]
        Made int32 piece by piece, for kernels.
    starts, weights : int64[s]
    check : callable
        Called before each piece of a parse; what it raises ends the parse.
    """

    def __init__(
        self,
        codes: Codes,
        starts: NDArray[np.int64],
        weights: NDArray[np.int64],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._codes, self._starts, self._weights, self._check = codes, starts, weights, check
        self._parses: dict[int, _HeldRuns] = {}
        self._growing: GrowingText | None = None

    # -- parses ---------------------------------------------------------------------------------

    def parse(self, number: int, lexicon: Lexicon, compiled: Compiled | None) -> Counts:
        """Parse with a lexicon, hold the units by a number, and count.

        Parameters
        ----------
        number : int
        lexicon : Lexicon
            Of at least the symbols there are.
        compiled : Compiled, optional
            The lexicon made ready; none is needed for atoms alone.

        Returns
        -------
        Counts
        """
        if compiled is None:
            runs, fillers = _HeldRuns(self._codes, self._starts), np.zeros(0, np.int64)
        else:
            runs, fillers = self._parsed(compiled, len(lexicon.parts))
        self._parses[number] = runs
        return Counts(self._counted(runs, len(lexicon)), fillers)

    def _counted(self, runs: _HeldRuns, n_entries: int) -> NDArray[np.int64]:
        """How often each entry is a unit."""
        counts = np.zeros(n_entries, np.int64)
        for units, starts, weights in self._pieces_of(runs):
            if len(starts) > 1:
                counts += count_weighted(_int32(units), starts, weights, n_entries)
                continue
            for k in range(0, len(units), PIECE_SYMBOLS):
                part = _int32(units[k : k + PIECE_SYMBOLS])
                counts += count_weighted(part, starts, weights, n_entries)
        return counts

    def _parsed(self, compiled: Compiled, n_parts: int) -> tuple[_HeldRuns, NDArray[np.int64]]:
        """Units, and how often each member fills a slot; piece by piece."""
        units, fillers = list[NDArray[np.int32]](), np.zeros(n_parts, np.int64)
        starts, first, n_units = np.empty(len(self._starts), np.int64), 0, 0
        for codes, inside, weights in self._pieces_of(_HeldRuns(self._codes, self._starts)):
            is_long = len(codes) > PIECE_SYMBOLS and len(inside) == 1
            if is_long:
                starts[first] = n_units
                cuts = self._cuts_of_long(compiled, codes)
            else:
                cuts = [self._cut(compiled, codes, inside)]
                starts[first : first + len(inside)] = cuts[0][2] + n_units
            for cut in cuts:
                units.append(cut[0])
                n_units += len(cut[0])
                _count_fillers(cut[2], cut[3], weights, fillers)
            first += len(inside)
        return _HeldRuns(np.concatenate(units), starts), fillers

    def _cut(
        self, compiled: Compiled, codes: Codes, starts: Starts, is_open: bool = False
    ) -> ParsedUnits:
        self._check()
        trie, unit_cost, escape_cost = compiled
        return viterbi(trie, unit_cost, _int32(codes), starts, escape_cost, is_open)[0]

    def _cuts_of_long(self, compiled: Compiled, codes: Codes) -> list[ParsedUnits]:
        """A sequence in pieces, from the right, since each begins where that is known."""
        cuts, first = list[ParsedUnits](), np.zeros(1, np.int64)
        end, n_symbols = len(codes), PIECE_SYMBOLS
        while end > 0:
            begin = max(0, end - n_symbols)
            cut = self._cut(compiled, codes[begin:end], first, begin > 0)
            if len(cut[0]):
                end, n_symbols = begin + int(cut[1][0]), PIECE_SYMBOLS
                cuts.append((cut[0], first, *cut[2:]))  # where units start is not asked again
            else:
                n_symbols *= 2
        return cuts[::-1]

    def _pieces_of(self, runs: _HeldRuns) -> Iterator[tuple[Codes, Starts, Starts]]:
        """Units of some sequences after the others, where these start, and how often they stand.

        A sequence that is longer than a piece should be is one by itself.
        """
        n, starts = len(runs.units), runs.starts
        edges = np.arange(0, max(n, 1), PIECE_SYMBOLS)
        firsts = np.unique(np.searchsorted(starts, edges, side="right") - 1)
        firsts[0] = 0
        is_long = np.diff(np.append(starts, n))[firsts] > PIECE_SYMBOLS
        firsts = np.union1d(firsts, firsts[is_long] + 1)
        firsts = firsts[firsts < len(starts)].tolist()
        for first, last in zip(firsts, [*firsts[1:], len(starts)], strict=True):
            begin, end = starts[first], starts[last] if last < len(starts) else n
            yield runs.units[begin:end], starts[first:last] - begin, self._weights[first:last]

    def forget(self, number: int) -> None:
        """Hold a parse no longer."""
        self._parses.pop(number, None)

    def units(self, number: int) -> UnitRuns:
        """Return the units of a parse."""
        units, starts = self._parses[number]
        return UnitRuns(_int32(units), starts)

    def triples(
        self, number: int, part: int, n_parts: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count a part of the runs of three units.

        Parameters
        ----------
        number : int
            Of the parse.
        part, n_parts : int
            As :func:`hvm.kernels.lexicon.count.triples_of` has them.

        Returns
        -------
        rows : int64[k, 3]
            Left, middle, right; in an order that means nothing.
        counts : int64[k]
        """
        return triples_of(*self.units(number), self._weights, 1, part, n_parts)

    # -- growing --------------------------------------------------------------------------------

    def begin_growth(self, number: int) -> None:
        """Lay out the units of a parse to be merged."""
        runs = self._parses[number]
        cells, n = np.empty(len(runs.units) + len(runs.starts) + 1, np.int32), 0
        for units, starts, weights in self._pieces_of(runs):
            end = n + len(units) + len(starts)
            if len(starts) > 1:
                cells[n:end] = bordered(_int32(units), starts, weights)
            else:
                cells[n], cells[n + 1 : end] = -weights[0], units
            n = end
        cells[n] = -1
        self._growing = GrowingText(cells)

    def pairs(self, part: int, n_parts: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count a part of the pairs of units that were laid out.

        Parameters
        ----------
        part, n_parts : int
            As :func:`hvm.kernels.learn.rounds.pairs_of_cells` has them.

        Returns
        -------
        codes, counts : int64[p]
            left << 32 | right.
        """
        assert self._growing is not None
        return self._growing.pairs(part, n_parts)

    def merge(self, codes: NDArray[np.int64], first_new: int, are_rare: bool) -> Merged:
        """Put new units wherever pairs stand.

        Parameters
        ----------
        codes : int64[k]
        first_new : int
        are_rare : bool
            As :meth:`hvm.learn.growing_text.GrowingText.merge` has them.

        Returns
        -------
        Merged
        """
        assert self._growing is not None
        return self._growing.merge(codes, first_new, are_rare)

    def end_growth(self) -> None:
        """Hold no longer what was laid out."""
        self._growing = None
