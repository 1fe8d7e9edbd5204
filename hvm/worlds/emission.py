"""Emission: entries spelled out symbol by symbol, with the slots that they filled on the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.lexicon.lexicon import VARIABLE, Lexicon


@dataclass(frozen=True, eq=False)
class Sample:
    """Symbols emitted by a world, with the truth about them.

    The last unit may run past the end: ``unit_starts[-1]`` and slot spans then exceed
    ``len(codes)``.

    Attributes
    ----------
    codes : int32[n]
        Symbol codes.
    units : int32[m]
        Entry id of each unit.
    unit_starts : int64[m + 1]
        First symbol of each unit, then where the last one ends.
    slot_units : int64[k]
        Index in ``units`` of the unit that a slot belongs to; slots run from the left, depth first.
    slot_variables, slot_fillers : int32[k]
        The variable of a slot and the entry that fills it.
    slot_starts, slot_ends : int64[k]
        The filler's span.
    slot_depths : int32[k]
        0 for a slot of the unit, 1 for a slot inside such a filler, and so on.
    """

    codes: NDArray[np.int32]
    units: NDArray[np.int32]
    unit_starts: NDArray[np.int64]
    slot_units: NDArray[np.int64]
    slot_variables: NDArray[np.int32]
    slot_fillers: NDArray[np.int32]
    slot_starts: NDArray[np.int64]
    slot_ends: NDArray[np.int64]
    slot_depths: NDArray[np.int32]


class Spelling(NamedTuple):
    """Entries spelled out.

    Attributes
    ----------
    codes : int32[n]
        Symbols of all entries, one after another.
    lengths : int64[e]
        Symbols of each entry.
    slots : int64[6, k]
        Rows unit, variable, filler, start, end and depth, sorted from the left and depth first.
    """

    codes: NDArray[np.int32]
    lengths: NDArray[np.int64]
    slots: NDArray[np.int64]


_NOTHING = Spelling(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros((6, 0), np.int64))


@dataclass(frozen=True, eq=False)
class Emitter:
    """A lexicon whose variables have fillers with probabilities.

    Attributes
    ----------
    lexicon : Lexicon
    filler_probabilities : float64[P]
        P(member | its variable), aligned with ``lexicon.parts``; 0 beside components.
    """

    lexicon: Lexicon
    filler_probabilities: NDArray[np.float64]

    def fillers_of(self, variable: int) -> NDArray[np.float64]:
        """Return the probabilities of a variable's members, in their order."""
        offsets = self.lexicon.offsets
        return self.filler_probabilities[offsets[variable] : offsets[variable + 1]]

    def spell(
        self, entries: NDArray[np.int32], rng: np.random.Generator, tied_slots: bool = False
    ) -> Spelling:
        """Spell entries out, variables too, with drawn fillers: all slots of one depth at once.

        Parameters
        ----------
        entries : int32[e]
            Ids.
        rng : numpy.random.Generator
            What fillers are drawn from.
        tied_slots : bool
            Whether all slots of one variable in an entry, at whatever depth, share one filler.

        Returns
        -------
        Spelling
        """
        n_atoms = self.lexicon.n_atoms
        choices = self._draw_tied(len(entries), rng) if tied_slots else None
        ids, spread = self._patterns_of(entries)
        unit_of = spread
        slot_of = np.full(len(ids), -1)
        slots = _Slots()
        depth = 0
        while True:
            where = np.flatnonzero(ids >= n_atoms)
            if not len(where):
                break
            if choices is None:
                members = self._draw_fillers(ids[where], rng)
            else:
                members = choices[unit_of[where], self._variable_ranks[ids[where]]]
            fillers = self.lexicon.parts[members]
            first = slots.add(unit_of[where], ids[where], fillers, slot_of[where], depth)
            slot_of[where] = np.arange(first, first + len(where))
            ids[where] = fillers
            ids, spread = self._patterns_of(ids)
            unit_of, slot_of = unit_of[spread], slot_of[spread]
            depth += 1
        lengths = np.bincount(unit_of, minlength=len(entries))
        return Spelling(ids, lengths, slots.spans(slot_of))

    def _draw_fillers(
        self, variables: NDArray[np.integer[Any]], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Index in ``lexicon.parts`` of one filler for each variable."""
        draws = self._variable_ranks[variables] + rng.random(len(variables))
        places = np.searchsorted(self._filler_ladder, draws, side="right")
        begin, after = self.lexicon.offsets[variables], self.lexicon.offsets[variables + 1]
        # Rounding may put a draw one step off the ladder's end.
        members = self._member_places[np.minimum(places, len(self._member_places) - 1)]
        drawn: NDArray[np.int64] = np.clip(members, begin, after - 1)
        return drawn

    def _draw_tied(self, n_units: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Place in ``lexicon.parts`` of each unit's filler of each variable, int64[m, V]."""
        variables = self.lexicon.variables
        drawn = self._draw_fillers(np.tile(variables, n_units), rng)
        return drawn.reshape(n_units, len(variables))

    @cached_property
    def _variable_ranks(self) -> NDArray[np.int64]:
        return np.cumsum(self.lexicon.kinds == VARIABLE) - 1

    @cached_property
    def _member_places(self) -> NDArray[np.int64]:
        sizes = np.diff(self.lexicon.offsets)
        return np.flatnonzero(np.repeat(self.lexicon.kinds == VARIABLE, sizes))

    @cached_property
    def _filler_ladder(self) -> NDArray[np.float64]:
        """Cumulative filler probabilities, the variable of rank r between r and r + 1."""
        variables = self.lexicon.variables.tolist()
        steps = [rank + np.cumsum(self.fillers_of(v)) for rank, v in enumerate(variables)]
        return np.concatenate(steps) if steps else np.zeros(0)

    @cached_property
    def _pattern_table(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        patterns = self.lexicon.patterns
        starts = np.zeros(len(patterns) + 1, np.int64)
        np.cumsum([len(pattern) for pattern in patterns], out=starts[1:])
        return np.array([x for pattern in patterns for x in pattern], np.int32), starts

    def _patterns_of(
        self, entries: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Patterns of ``entries`` end to end, and the index of the entry behind each item."""
        items, starts = self._pattern_table
        sizes = starts[entries + 1] - starts[entries]
        spread = np.repeat(np.arange(len(entries)), sizes)
        within = np.arange(len(spread)) - (np.cumsum(sizes) - sizes)[spread]
        return items[starts[entries][spread] + within], spread


class _Slots:
    """Slots in the order they are filled, one level after the other."""

    def __init__(self) -> None:
        self._levels: list[NDArray[np.int64]] = []
        self._size = 0

    def add(
        self,
        units: NDArray[np.int64],
        variables: NDArray[np.int32],
        fillers: NDArray[np.int32],
        outer: NDArray[np.int64],
        depth: int,
    ) -> int:
        """Append one level and return its first number; ``outer`` is the slot around, or -1."""
        first = self._size
        depths = np.full(len(units), depth)
        self._levels.append(np.stack([units, variables, fillers, outer, depths]))
        self._size += len(units)
        return first

    def spans(self, slot_of: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows unit, variable, filler, start, end, depth, sorted from the left and depth first.

        ``slot_of`` is the innermost slot of each symbol, -1 for none.
        """
        if not self._size:
            return np.zeros((6, 0), np.int64)
        units, variables, fillers, outer, depths = np.concatenate(self._levels, axis=1)
        inside = np.flatnonzero(slot_of >= 0)
        starts = np.full(self._size, len(slot_of))
        ends = np.zeros(self._size, np.int64)
        np.minimum.at(starts, slot_of[inside], inside)
        np.maximum.at(ends, slot_of[inside], inside + 1)
        last = self._size
        for level in reversed(self._levels[1:]):
            level_slots = slice(last - level.shape[1], last)
            np.minimum.at(starts, outer[level_slots], starts[level_slots])
            np.maximum.at(ends, outer[level_slots], ends[level_slots])
            last = level_slots.start
        rows = np.stack([units, variables, fillers, starts, ends, depths])
        return rows[:, np.lexsort((depths, starts))]


def sample_of(batches: list[NDArray[np.int32]], pieces: list[Spelling], n_symbols: int) -> Sample:
    """Join batches of units and keep those that begin within ``n_symbols``.

    Parameters
    ----------
    batches : list of int32[e]
        Units, one after another.
    pieces : list of Spelling
        Each batch spelled out.
    n_symbols : int
        Symbols to keep; the batches hold as many.

    Returns
    -------
    Sample
    """
    if not pieces:
        batches, pieces = [np.zeros(0, np.int32)], [_NOTHING]
    units = np.concatenate(batches)
    codes = np.concatenate([piece.codes for piece in pieces])
    lengths = np.concatenate([piece.lengths for piece in pieces])
    shifted, n_before, n_units_before = [], 0, 0
    for batch, piece in zip(batches, pieces, strict=True):
        rows = piece.slots.copy()
        rows[0] += n_units_before
        rows[3:5] += n_before
        shifted.append(rows)
        n_units_before += len(batch)
        n_before += len(piece.codes)
    slots = np.concatenate(shifted, axis=1)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    n_units = int(np.searchsorted(starts[:-1], n_symbols))
    slots = slots[:, slots[0] < n_units]
    return Sample(
        codes[:n_symbols],
        units[:n_units],
        starts[: n_units + 1],
        slots[0],
        slots[1].astype(np.int32),
        slots[2].astype(np.int32),
        slots[3],
        slots[4],
        slots[5].astype(np.int32),
    )
