"""The text of a shard while pairs of its units are merged: read as a whole, then by places."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.growth import Merged
from hvm.kernels.learn.rounds import (
    PlacedText,
    close_up,
    merge_at_places,
    merge_by_reading,
    pairs_of_cells,
    places_of,
)
from hvm.learn.memory import give_back

CLOSED_UP_SHARE = 2 / 3
"""Of the cells: where fewer units are left, they are put into as many cells again. That takes as
long as two rounds of reading."""

FREQUENT_PARTS = 32
"""A unit that stands in more than one of so many cells has no places: a dozen letters are most of a
text, and two of them are seldom merged."""

Scalar = TypeVar("Scalar", bound=np.generic)


class GrowingText:
    """Units in cells, a border before each sequence.

    Parameters
    ----------
    cells : int32[m]
        As :func:`hvm.kernels.learn.rounds.bordered` lays them out, and a border behind them all.
        No one else may hold them: what is not needed any more is given back.
    """

    def __init__(self, cells: NDArray[np.int32]) -> None:
        self._cells, self._placed = cells, None

    _placed: PlacedText | None
    _n_places: int
    _n_left: int  # units and borders

    def pairs(self, part: int, n_parts: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the pairs there are, left << 32 | right, and how often they stand.

        Parameters
        ----------
        part, n_parts : int
            As :func:`hvm.kernels.learn.rounds.pairs_of_cells` has them.

        Returns
        -------
        codes, counts : int64[p]
        """
        return pairs_of_cells(self._cells, part, n_parts)

    def merge(self, codes: NDArray[np.int64], first_new: int, are_rare: bool) -> Merged:
        """Put new units wherever pairs stand.

        Parameters
        ----------
        codes : int64[k]
            Pairs of which none begins with what another ends with.
        first_new : int
            The unit of the first pair; those of the others follow.
        are_rare : bool
            Whether it is quicker to look at the places of units, from now on.

        Returns
        -------
        Merged
        """
        if self._placed is None and not are_rare:
            n, *merged = merge_by_reading(self._cells, codes, first_new)
            self._shorten(n)
            return Merged(*merged)
        if self._placed is None:
            self._placed = self._place(first_new)
        elif self._n_left < CLOSED_UP_SHARE * len(self._cells):
            n_cells = close_up(self._cells, self._placed.widths)
            self._placed = None  # its places are gone before there are new ones
            self._shorten(n_cells)
            give_back()
            self._placed = self._place(first_new)
        ends, places, *merged = merge_at_places(self._placed, codes, first_new)
        self._add_units(codes, first_new, ends, places)
        return Merged(*merged)

    def _shorten(self, n_cells: int) -> None:
        """Give back the cells behind some."""
        self._cells.resize(n_cells, refcheck=False)

    def _place(self, n_units: int) -> PlacedText:
        cells = self._cells
        borders = np.flatnonzero(cells < 0)
        weights = -cells[borders].astype(np.int64)
        is_last = np.append(weights[1:] != weights[:-1], True)
        ends = np.append(borders[1:], len(cells))
        firsts, lasts, places = places_of(cells, n_units, len(cells) // FREQUENT_PARTS)
        self._n_places, self._n_left = int(lasts.max(initial=0)), len(cells)
        widths = np.ones(n_units, np.int64)
        return PlacedText(cells, widths, firsts, lasts, places, ends[is_last], weights[is_last])

    def _add_units(
        self,
        codes: NDArray[np.int64],
        first_new: int,
        ends: NDArray[np.int64],
        places: NDArray[np.int32],
    ) -> None:
        """Know the width and the places of new units."""
        assert self._placed is not None
        text, n, n_places = self._placed, first_new + len(codes), self._n_places
        text = text._replace(
            widths=_with_room(text.widths, n),
            firsts=_with_room(text.firsts, n),
            lasts=_with_room(text.lasts, n),
        )
        text.widths[first_new:n] = text.widths[codes >> 32] + text.widths[codes & 0xFFFFFFFF]
        text.lasts[first_new:n] = n_places + ends
        text.firsts[first_new:n] = n_places + np.append(0, ends[:-1])
        text.places[n_places : n_places + len(places)] = places
        self._placed, self._n_places = text, n_places + len(places)
        self._n_left -= len(places)


def _with_room(values: NDArray[Scalar], n: int) -> NDArray[Scalar]:
    """The same array, or a longer one that begins with it."""
    if n <= len(values):
        return values
    longer = np.empty(n + n // 4, values.dtype)
    longer[: len(values)] = values
    return longer
