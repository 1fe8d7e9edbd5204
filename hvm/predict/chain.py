"""A chain: contexts that grow by an item a level, and what they foretell.

An item is what stands so many steps back, as a symbol or as its variable at a grain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.chances import raise_chances
from hvm.kernels.experts.counting import (
    FREE,
    KEY,
    NUMBER,
    add_contexts,
    count_targets,
    find_contexts,
)

FIRST = 0
"""In place of steps back: the first symbol of the sequence."""
SURE_MAX = 0.98
"""Of a discount: counts of one keep something."""
_BEYOND, _START, _UNKNOWN, _N_OTHERS = -1, 0, 1, 2  # items that are no symbol


class Item(NamedTuple):
    """What a context has more than the one below."""

    grain: int
    """0: the symbol; 1 and up: its variable, the finest first."""
    steps: int
    """Back from what is foretold, 1 and up; or FIRST."""


class Chain(NamedTuple):
    """What is foretold, the symbol or its variable at a grain, and from what."""

    target: int
    items: tuple[Item, ...]
    within: int = 0
    """A grain: the target's own variable is known, and stands before the items; 0: it is not."""


class Places(NamedTuple):
    """Symbols in their sequences."""

    codes: NDArray[np.int32]  # [n], -1 unknown
    steps: NDArray[np.int64]  # [n], from the first of the sequence
    of_code: NDArray[np.int32]  # [1 + grains, symbols + 1], last of an unknown one: -1

    @property
    def n_targets(self) -> NDArray[np.int64]:
        """Symbols, and variables of each grain."""
        highest: NDArray[np.int64] = self.of_code.max(axis=1).astype(np.int64)
        return highest + 1

    def at(self, grain: int) -> NDArray[np.int32]:
        """Each symbol's variable at a grain, int32[n]."""
        variables: NDArray[np.int32] = self.of_code[grain][self.codes]
        return variables

    def given(self, chain: Chain) -> NDArray[np.int32]:
        """Contexts of a chain's lowest level, int32[n]: one, or one a variable."""
        return self.at(chain.within) if chain.within else np.zeros(len(self.codes), np.int32)

    def items(self, item: Item) -> NDArray[np.int32]:
        """What an item is at each place, int32[n]; none where the sequence is too short for it."""
        where = np.arange(len(self.codes)) - (self.steps if item.steps == FIRST else item.steps)
        values = self.of_code[item.grain][self.codes[np.maximum(where, 0)]]
        values = np.where(values < 0, np.int32(_UNKNOWN), values + np.int32(_N_OTHERS))
        if item.steps == FIRST:
            values[self.steps == 0] = _BEYOND
        else:
            values[self.steps < item.steps] = _START
            values[self.steps < item.steps - 1] = _BEYOND
        return values


def places_of(
    codes: NDArray[np.int32], starts: NDArray[np.int64], variables: NDArray[np.int32]
) -> Places:
    """Put symbols in their sequences.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
        First index of each sequence.
    variables : int32[grains, symbols]

    Returns
    -------
    Places
    """
    lengths = np.diff(np.append(starts, len(codes)))
    steps = np.arange(len(codes)) - np.repeat(starts, lengths)
    n_symbols = variables.shape[1]
    of_code = np.concatenate([np.arange(n_symbols, dtype=np.int32)[None], variables])
    unknown = np.full((len(of_code), 1), -1, np.int32)
    return Places(codes, steps, np.concatenate([of_code, unknown], axis=1))


class Level(NamedTuple):
    """Contexts of a level and what followed them."""

    contexts: NDArray[np.int64]  # table, from a context below and an item
    totals: NDArray[np.int32]  # [contexts, 2]
    targets: NDArray[np.int64]  # table, from a context and a target
    discount: float


def count_chain(chain: Chain, places: Places) -> list[Level]:
    """Count what followed each context; the lowest level, of the empty one, comes first.

    Parameters
    ----------
    chain : Chain
    places : Places
        None of them unknown.

    Returns
    -------
    list of Level
    """
    contexts = places.given(chain)
    numbered = [(contexts, np.zeros((0, 2), np.int64))]
    for item in chain.items:
        contexts, table = add_contexts(contexts, places.items(item))
        numbered.append((contexts, table))
    targets, left = places.at(chain.target), np.ones(len(contexts), np.bool_)
    levels = list[Level]()
    for contexts, table in reversed(numbered):
        totals, counts = count_targets(contexts, targets, left)
        levels.append(Level(table, totals, counts, _discount(counts)))
    return levels[::-1]


def _discount(table: NDArray[np.int64]) -> float:
    counts = table[table[:, KEY] != FREE, NUMBER]
    ones, twos = np.count_nonzero(counts == 1), np.count_nonzero(counts == 2)
    return min(SURE_MAX, (ones + 1) / (ones + 2 * twos + 2))


def chain_chances(
    chain: Chain, levels: list[Level], places: Places, chances: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return what a weight may know of each place, int32[n].

    Parameters
    ----------
    chain : Chain
    levels : list of Level
        As `count_chain` made them.
    places : Places
        Any; of targets that are unknown the chance means nothing.
    chances : float64[n]
        Of each target without any context. Changed: by this chain.

    Returns
    -------
    int32[n]
    """
    features, contexts = np.zeros(len(chances), np.int32), places.given(chain)
    targets = places.at(chain.target)
    for order, level in enumerate(levels):
        if order:
            items = places.items(chain.items[order - 1])
            contexts = find_contexts(contexts, items, level.contexts)
        raise_chances(
            contexts, targets, level.totals, level.targets, level.discount, order, chances, features
        )
    return features
