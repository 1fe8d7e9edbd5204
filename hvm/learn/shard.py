"""A shard: some sequences of a text, parses of them that are still asked for, and growing there.

All that leaves a shard are whole numbers that add, so no result depends on how a text is sharded,
nor on where a shard is: in this process, or behind a name in another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.growth import Merged
from hvm.kernels.learn.rounds import bordered
from hvm.kernels.lexicon.count import count_triples, count_weighted
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.learn.growing_text import GrowingText
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Compiled

PIECE_SYMBOLS = 1 << 19
"""Symbols that are parsed at a time, unless a sequence is longer: that takes little memory."""


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


class Shard:
    """Some sequences, each with the number of times that it stands in the text.

    Parameters
    ----------
    codes : int32[n]
    starts, weights : int64[s]
    check : callable
        Called before each piece of a parse; what it raises ends the parse.
    """

    def __init__(
        self,
        codes: NDArray[np.int32],
        starts: NDArray[np.int64],
        weights: NDArray[np.int64],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._codes, self._starts, self._weights, self._check = codes, starts, weights, check
        self._parses: dict[int, UnitRuns] = {}
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
        if compiled is None or len(lexicon) == lexicon.n_atoms:
            runs, fillers = UnitRuns(self._codes, self._starts), np.zeros(0, np.int64)
        else:
            runs, fillers = self._parsed(compiled, len(lexicon.parts))
        self._parses[number] = runs
        return Counts(count_weighted(*runs, self._weights, len(lexicon)), fillers)

    def _parsed(self, compiled: Compiled, n_parts: int) -> tuple[UnitRuns, NDArray[np.int64]]:
        """Units, and how often each member fills a slot; piece by piece."""
        trie, unit_cost, escape_cost = compiled
        units, fillers = list[NDArray[np.int32]](), np.zeros(n_parts, np.int64)
        starts, n_units = np.empty(len(self._starts), np.int64), 0
        for first, last in self._pieces():
            self._check()
            begin = self._starts[first]
            end = self._starts[last] if last < len(self._starts) else len(self._codes)
            inside = self._starts[first:last] - begin
            cut, _ = viterbi(trie, unit_cost, self._codes[begin:end], inside, escape_cost)
            units.append(cut[0])
            starts[first:last] = cut[2] + n_units
            self._count_fillers(cut[2], cut[3], first, fillers)
            n_units += len(cut[0])
        return UnitRuns(np.concatenate(units), starts), fillers

    def _pieces(self) -> list[tuple[int, int]]:
        """First sequence of each piece, and one past its last."""
        edges = np.arange(0, len(self._codes), PIECE_SYMBOLS)
        firsts = np.unique(np.searchsorted(self._starts, edges, side="right") - 1)
        firsts[0] = 0
        return list(zip(firsts.tolist(), [*firsts[1:].tolist(), len(self._starts)], strict=True))

    def _count_fillers(
        self,
        starts: NDArray[np.int64],
        slots: NDArray[np.int64],
        first: int,
        fillers: NDArray[np.int64],
    ) -> None:
        """Count the slots of a piece that begins with a sequence."""
        if len(slots):
            owners = np.searchsorted(starts, slots[:, 0], side="right") - 1 + first
            np.add.at(fillers, slots[:, 1], self._weights[owners])

    def forget(self, number: int) -> None:
        """Hold a parse no longer."""
        self._parses.pop(number, None)

    def units(self, number: int) -> UnitRuns:
        """Return the units of a parse."""
        return self._parses[number]

    def triples(
        self, number: int, part: int, n_parts: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count a part of the runs of three units.

        Parameters
        ----------
        number : int
            Of the parse.
        part, n_parts : int
            As :func:`hvm.kernels.lexicon.count.count_triples` has them.

        Returns
        -------
        rows : int64[k, 3]
            Left, middle, right.
        counts : int64[k]
        """
        return count_triples(*self._parses[number], 1, self._weights, part, n_parts)

    # -- growing --------------------------------------------------------------------------------

    def begin_growth(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lay out the units of a parse to be merged; return their pairs, and how often these stand.

        Parameters
        ----------
        number : int

        Returns
        -------
        codes, counts : int64[p]
            left << 32 | right.
        """
        self._growing = GrowingText(bordered(*self._parses[number], self._weights))
        return self._growing.pairs()

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
