"""The search by the code of rows as steps: exchange, regroup until little is saved, and again.

As in :mod:`hvm.learn.steps`, a position and what the search knows are all that the rest depends on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from hvm.learn.checkpoint import END
from hvm.learn.row_search import RowSearch

CYCLE_MIN_BITS, ROUND_MIN_BITS = 4e-3, 0.02
"""Bits a symbol that merging and splitting, and a whole round, must save, or it was the last."""


class RowPosition(NamedTuple):
    """Where the steps of a search stand.

    Attributes
    ----------
    step : str
        The next one, a name in `STEPS` or `END`.
    round_bits : float
        Bits when the last round ended; infinite before the first has.
    least_bits : float
        Fewest bits in this round, between its steps of regrouping.
    """

    step: str
    round_bits: float
    least_bits: float

    @property
    def ends_round(self) -> bool:
        """Whether a round has ended here."""
        return self.step in (exchange.__name__, END)


def begun(search: RowSearch) -> RowPosition:
    """Return the position before the first step of a search.

    Parameters
    ----------
    search : RowSearch

    Returns
    -------
    RowPosition
    """
    step = exchange if search.is_shared else regroup
    return RowPosition(step.__name__, math.inf, search.bits().total)


def take_step(search: RowSearch, position: RowPosition) -> RowPosition:
    """Take the next step, which changes the search, and return the position after it.

    Parameters
    ----------
    search : RowSearch
    position : RowPosition
        Not at the end.

    Returns
    -------
    RowPosition
    """
    return STEPS[position.step](search, position)


def exchange(search: RowSearch, position: RowPosition) -> RowPosition:
    """Move symbols between variables: a round begins."""
    search.exchange()
    return position._replace(step=regroup.__name__, least_bits=search.bits().total)


def regroup(search: RowSearch, position: RowPosition) -> RowPosition:
    """Merge what pays, split what does not; where that saves little, hopeless pairs come next."""
    position, is_little = _regrouped(search, position)
    if not is_little:
        return position
    search.refused = search.refused[:0]
    return position._replace(step=regroup_all.__name__)


def regroup_all(search: RowSearch, position: RowPosition) -> RowPosition:
    """Do the same once pairs that were hopeless are looked at again; the last time ends a round."""
    position, is_little = _regrouped(search, position)
    if not is_little:
        return position
    bits, least_saved = search.bits().total, ROUND_MIN_BITS * len(search.symbols)
    is_over = not search.is_shared or bits > position.round_bits - least_saved
    return RowPosition(END if is_over else exchange.__name__, bits, bits)


def _regrouped(search: RowSearch, position: RowPosition) -> tuple[RowPosition, bool]:
    """Merge and split; the position with the fewest bits, and whether little was saved."""
    search.merge()
    search.split()
    bits, least = search.bits().total, position.least_bits
    is_little = bits > least - CYCLE_MIN_BITS * len(search.symbols)
    return position._replace(least_bits=min(least, bits)), is_little


STEPS: dict[str, Callable[[RowSearch, RowPosition], RowPosition]] = {
    step.__name__: step for step in (exchange, regroup, regroup_all)
}
