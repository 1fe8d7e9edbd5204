"""A chain: contexts that grow by an item a level, and what they foretell.

An item is what stands so many steps back, as a symbol or as its variable at a grain; or the same
of the units that characters stand in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.chances import raise_chances
from hvm.kernels.experts.counting import (
    add_contexts,
    beginnings,
    find_contexts,
    items_before,
    more_contexts,
)
from hvm.kernels.experts.followers import Followers, count_followers, in_order
from hvm.kernels.table import Table
from hvm.predict.units import TextUnits, UnitPlaces, unit_places, with_unknown

SURE_MAX = 0.98
"""Of a discount: counts of one keep something."""


UNDER_WAY = -1
"""In place of steps back: what stands already of the unit under way."""


class Item(NamedTuple):
    """What a context has more than the one below."""

    grain: int
    """0: the symbol; 1 and up: its variable, the finest first."""
    steps: int
    """Back from what is foretold, 1 and up; or FIRST, or UNDER_WAY of a unit."""
    is_unit: bool = False
    """Whether it is of units, in the place of symbols."""


class Chain(NamedTuple):
    """What is foretold, the symbol or its variable at a grain, and from what."""

    target: int
    items: tuple[Item, ...]
    within: int = 0
    """A grain: the target's own variable is known, and stands before the items; 0: it is not."""


def is_plain(chain: Chain) -> bool:
    """Whether contexts of a chain follow from symbols and units, without variables."""
    return not chain.within and not any(item.grain for item in chain.items)


class Places(NamedTuple):
    """Symbols in their sequences: at all places of a text, or at those that differ."""

    text: NDArray[np.int32]  # [symbols of the text], -1 unknown
    numbers: NDArray[np.int32]  # [symbols of the text], which place each is at
    where: NDArray[np.int64]  # [n], in the text, the first if there are more
    codes: NDArray[np.int32]  # [n], of the text
    steps: NDArray[np.int64]  # [n], from the first of the sequence
    times: NDArray[np.int32]  # [n], that a place like this comes
    of_code: NDArray[np.int32]  # [1 + grains, symbols + 1], last of an unknown one: -1
    units: UnitPlaces | None  # where contexts have no unit

    @property
    def n_targets(self) -> NDArray[np.int64]:
        """Symbols, and variables of each grain."""
        highest: NDArray[np.int64] = self.of_code.max(axis=1).astype(np.int64)
        return highest + 1

    def part(self, n_symbols: int, variables: NDArray[np.int32], units: TextUnits | None) -> Places:
        """Places of the first symbols, with variables.

        Parameters
        ----------
        n_symbols : int
        variables : int32[grains, symbols]
        units : TextUnits or None
            That have variables.

        Returns
        -------
        Places
        """
        end, numbers = int(np.searchsorted(self.where, n_symbols)), self.numbers[:n_symbols]
        return Places(
            self.text[:n_symbols],
            numbers,
            self.where[:end],
            self.codes[:end],
            self.steps[:end],
            np.bincount(numbers, minlength=end).astype(np.int32),
            with_unknown(variables),
            self.units.part(end, units.variables) if self.units and units else None,
        )

    def at(self, grain: int) -> NDArray[np.int32]:
        """Each symbol's variable at a grain, int32[n]."""
        variables: NDArray[np.int32] = self.of_code[grain][self.codes]
        return variables

    def given(self, chain: Chain) -> NDArray[np.int32]:
        """Contexts of a chain's lowest level, int32[n]: one, or one a variable."""
        return self.at(chain.within) if chain.within else np.zeros(len(self.codes), np.int32)

    def items(self, item: Item) -> NDArray[np.int32]:
        """What an item is at each place, int32[n]; none where the sequence is too short for it."""
        if item.is_unit and self.units:
            is_begun = item.steps == UNDER_WAY
            return self.units.begun if is_begun else self.units.items(item.grain, item.steps)
        of_code = self.of_code[item.grain]
        return items_before(self.text, self.where, self.steps, of_code, item.steps)


def places_of(
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    variables: NDArray[np.int32],
    differing: bool = False,
    units: TextUnits | None = None,
    with_new: bool = False,
) -> Places:
    """Put symbols in their sequences.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
        First index of each sequence.
    variables : int32[grains, symbols]
    differing : bool, default False
        Whether places with the same beginning of a sequence are one place.
    units : TextUnits, optional
        That symbols stand in.
    with_new : bool, default False
        Whether units that the training text has not are told apart.

    Returns
    -------
    Places
    """
    lengths = np.diff(np.append(starts, len(codes)))
    steps = np.arange(len(codes)) - np.repeat(starts, lengths)
    if differing and len(starts) > 1:
        where, numbers, _ = beginnings(codes, starts)
    else:
        where, numbers = np.arange(len(codes)), np.arange(len(codes), dtype=np.int32)
    times = np.bincount(numbers, minlength=len(where)).astype(np.int32)
    of_code, of_units = with_unknown(variables), None
    if units:
        of_units = unit_places(units, codes, starts, where, with_new)
    return Places(codes, numbers, where, codes[where], steps[where], times, of_code, of_units)


# -- contexts -----------------------------------------------------------------------------


class Contexts:
    """Contexts at each place, by what they are made of; chains share those that begin alike.

    Parameters
    ----------
    places : Places
    tables : dict of Chain to Table
        From a context below and an item to a context. Where a table is there already, contexts
        that it does not hold are none; other tables are made and kept.
    units : TextUnits, optional
        That the places have.
    plain : Contexts, optional
        Of more places and without variables, which these begin: see :meth:`part`.
    with_new : bool, default False
        Whether contexts that a table does not hold get numbers, after those that it holds.
    """

    def __init__(
        self,
        places: Places,
        tables: dict[Chain, Table],
        units: TextUnits | None = None,
        plain: Contexts | None = None,
        with_new: bool = False,
    ) -> None:
        self.places, self.tables, self._is_new = places, tables, not tables
        self.units, self._plain, self._with_new = units, plain, with_new
        self._contexts = dict[Chain, NDArray[np.int32]]()
        self._items = dict[Item, NDArray[np.int32]]()
        self._targets = dict[int, NDArray[np.int32]]()
        self._by_target = dict[int, NDArray[np.int32]]()

    def part(
        self, n_symbols: int, variables: NDArray[np.int32], units: TextUnits | None = None
    ) -> Contexts:
        """Contexts at the places of the first symbols, where there are variables.

        Those without variables are these, under the same numbers.

        Parameters
        ----------
        n_symbols : int
        variables : int32[grains, symbols]
        units : TextUnits, optional
            That have variables.

        Returns
        -------
        Contexts
        """
        places = self.places.part(n_symbols, variables, units)
        return Contexts(places, {}, units, self)

    def all_tables(self) -> dict[Chain, Table]:
        """Tables of these contexts, and of those that they were made from."""
        return self.tables if self._plain is None else self._plain.tables | self.tables

    def of(self, chain: Chain, order: int) -> NDArray[np.int32]:
        """Contexts of a chain's level at each place, int32[n]."""
        key = Chain(0, chain.items[:order], chain.within)
        if self._plain is not None and order and is_plain(key):
            return self._plain.of(key, order)[: len(self.places.codes)]
        if key not in self._contexts:
            self._contexts[key] = self._raised(key) if order else self.places.given(chain)
        return self._contexts[key]

    def raise_plain(self, chain: Chain) -> None:
        """Make contexts of a chain's levels, up to the first that has variables."""
        orders = range(1, len(chain.items) + 1)
        plain = [order for order in orders if is_plain(chain._replace(items=chain.items[:order]))]
        if plain:
            self.of(chain, plain[-1])

    def targets(self, grain: int) -> NDArray[np.int32]:
        """What is foretold at each place, its symbol or its variable at a grain, int32[n]."""
        if grain not in self._targets:
            self._targets[grain] = self.places.at(grain)
        return self._targets[grain]

    def by_target(self, grain: int) -> NDArray[np.int32]:
        """Places in the order of their symbols, or of their variables at a grain, int32[n]."""
        if grain not in self._by_target:
            every = np.arange(len(self.places.codes), dtype=np.int32)
            _, self._by_target[grain] = in_order(self.targets(grain), every)
        return self._by_target[grain]

    def _raised(self, key: Chain) -> NDArray[np.int32]:
        item = key.items[-1]
        if item not in self._items:
            self._items[item] = self.places.items(item)
        below, added = self.of(key, len(key.items) - 1), self._items[item]
        if self._with_new:
            return more_contexts(below, added, self.tables[key])
        if not self._is_new:
            return find_contexts(below, added, self.tables[key])
        contexts, arrays = add_contexts(below, added)
        self.tables[key] = Table(*arrays)
        return contexts


FEWEST_ITEMS, MOST_ITEMS = 3, 12
"""Of a chain of symbols."""
GROWTH = 1.25
"""A chain of symbols gets an item more while that makes so many times as many contexts: three for
words, eight or nine for characters."""


GROWTH_IN_UNITS = 1.5
"""The same where units are items of other chains: seven or eight characters."""


def useful_items(contexts: Contexts) -> int:
    """Return how many symbols before are worth a chain's while.

    Parameters
    ----------
    contexts : Contexts
        Of a training text.

    Returns
    -------
    int
        `FEWEST_ITEMS` to `MOST_ITEMS`.
    """
    before, growth = 1, GROWTH_IN_UNITS if contexts.units else GROWTH
    for steps in range(1, MOST_ITEMS + 1):
        chain = Chain(0, tuple(Item(0, step) for step in range(1, steps + 1)))
        n_contexts = int(contexts.of(chain, steps).max()) + 1
        if steps > FEWEST_ITEMS and n_contexts < growth * before:
            return steps - 1
        before = n_contexts
    return MOST_ITEMS


# -- levels -------------------------------------------------------------------------------


class Level(NamedTuple):
    """What followed the contexts of a level."""

    totals: NDArray[np.int32]  # [contexts]
    followers: Followers
    discount: float


def count_chain(chain: Chain, contexts: Contexts) -> list[Level]:
    """Count what followed each context; the lowest level, of the empty one, comes first.

    Parameters
    ----------
    chain : Chain
    contexts : Contexts
        At places of which none is unknown.

    Returns
    -------
    list of Level
    """
    targets = contexts.targets(chain.target)
    times, places = contexts.places.times.copy(), contexts.by_target(chain.target)
    levels = list[Level]()
    for order in range(len(chain.items), -1, -1):
        of_order = contexts.of(chain, order)
        totals, of_counts, places, arrays = count_followers(of_order, targets, times, places)
        levels.append(Level(totals, Followers(*arrays), _discount(*of_counts[1:3])))
    return levels[::-1]


def _discount(ones: int, twos: int) -> float:
    return float(min(SURE_MAX, (ones + 1) / (ones + 2 * twos + 2)))


def chain_chances(
    chain: Chain, levels: list[Level], contexts: Contexts, chances: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return what a weight may know of each place, int32[n].

    Parameters
    ----------
    chain : Chain
    levels : list of Level
        As `count_chain` made them.
    contexts : Contexts
        At any places; of targets that are unknown the chance means nothing.
    chances : float64[n]
        Of each target without any context. Changed: by this chain.

    Returns
    -------
    int32[n]
    """
    features, targets = np.zeros(len(chances), np.int32), contexts.targets(chain.target)
    for order, level in enumerate(levels):
        raise_chances(contexts.of(chain, order), targets, *level, order, chances, features)
    return features
