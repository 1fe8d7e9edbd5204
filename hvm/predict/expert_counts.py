"""What the experts counted: variables, what followed each context, fillers and escapes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.counting import NONE, sums_of
from hvm.kernels.table import Table
from hvm.predict.chain import (
    Chain,
    Contexts,
    Item,
    Level,
    Places,
    chain_chances,
    count_chain,
    places_of,
)
from hvm.predict.reading import reading_chances, uncounted
from hvm.predict.units import TextUnits

T = TypeVar("T")
_Floats: TypeAlias = NDArray[np.float64]

FEW_PLACES = 1 << 13
"""Fewer places than that are sooner done than threads started: a chain takes a millisecond."""
FILLER_SMOOTHING = 0.5
"""Added to each filler's count."""
ESCAPE_STRENGTH = 20.0
"""Of the chance by a shorter context, in symbols."""
ESCAPE_STEPS = 3
"""Symbols before, by their variables of the coarsest grain, that foretell an unknown one."""


class Escapes(NamedTuple):
    """What foretells an unknown symbol: those seen once."""

    chain: Chain
    counts: list[NDArray[np.float64]]  # [contexts, 2]: those seen once, and all

    def chances(self, contexts: Contexts) -> NDArray[np.float64]:
        """Chance that each symbol is an unknown one, float64[n]."""
        chances = np.full(len(contexts.places.codes), 0.5)
        for order, counts in enumerate(self.counts):
            of_places = contexts.of(self.chain, order)
            is_seen = (of_places != NONE) & (of_places < len(counts))
            once, total = np.where(is_seen[:, None], counts[of_places * is_seen], 0.0).T
            strength = ESCAPE_STRENGTH if order else 2.0
            chances = (once + strength * chances) / (total + strength)
        return chances


class Expert(NamedTuple):
    """The chance of a symbol: of its variable, and of the symbol within that."""

    chain: Chain
    filler: Chain | None = None
    """What foretells the symbol within its variable; None: how often it fills that."""


class LevelsOnce(Mapping[Chain, list[Level]]):
    """Levels of chains, counted when they are asked for and not kept: what is used once.

    Parameters
    ----------
    chains : iterable of Chain
    contexts : Contexts
        Of the training text.
    """

    def __init__(self, chains: Iterable[Chain], contexts: Contexts) -> None:
        self._chains, self._contexts = dict.fromkeys(chains), contexts

    def __getitem__(self, chain: Chain) -> list[Level]:
        if chain not in self._chains:
            raise KeyError(chain)
        return count_chain(chain, self._contexts)

    def __iter__(self) -> Iterator[Chain]:
        return iter(self._chains)

    def __len__(self) -> int:
        return len(self._chains)


class ExpertCounts(NamedTuple):
    """Of one training text."""

    seen: NDArray[np.bool_]  # [symbols]
    variables: NDArray[np.int32]  # [grains, symbols]
    units: TextUnits | None  # that symbols stand in
    experts: list[Expert]
    tables: dict[Chain, Table]
    levels: Mapping[Chain, list[Level]]
    fillers: NDArray[np.float64]  # [1 + grains, symbols + 1]: chances within a variable
    escapes: Escapes

    def contexts(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64], differing: bool = False
    ) -> Contexts:
        """Contexts of symbols in their sequences.

        Parameters
        ----------
        codes : int32[n]
        starts : int64[s]
            First index of each sequence.
        differing : bool, default False
            Whether places with the same beginning of a sequence are one place.

        Returns
        -------
        Contexts
        """
        places = places_of(codes, starts, self.variables, differing, self.units)
        return Contexts(places, self.tables)

    def chances(self, contexts: Contexts) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Each expert's chance of each symbol and feature of its context, [n, experts]."""
        fillers = [chances[contexts.places.codes] for chances in self.fillers]
        for chain in self.levels:  # threads find what chains share
            contexts.of(chain, len(chain.items))
            contexts.targets(chain.target)

        def of_chain(chain: Chain) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
            return self._by_chain(chain, contexts, fillers)

        return self._of_experts(_side_by_side(of_chain, self.levels, contexts.places), fillers)

    def _of_experts(
        self,
        by_chain: dict[Chain, tuple[NDArray[np.float64], NDArray[np.int32]]],
        fillers: list[NDArray[np.float64]],
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        of_variables = [by_chain[expert.chain] for expert in self.experts]
        of_fillers = [
            fillers[chain.target] if filler is None else by_chain[filler][0]
            for chain, filler in self.experts
        ]
        chances = [one * other for (one, _), other in zip(of_variables, of_fillers, strict=True)]
        return np.column_stack(chances), np.column_stack([known for _, known in of_variables])

    def reading_chances(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """As :meth:`chances`, of symbols in order; each teaches those after it.

        The last column, [n, experts + 1], is of the first chain, by what is read here alone.
        """
        places = places_of(codes, starts, self.variables, False, self.units, True)
        fillers = [chances[places.codes] for chances in self.fillers]

        def read(chain: Chain, levels: list[Level]) -> tuple[_Floats, NDArray[np.int32]]:
            contexts = Contexts(places, self.tables, with_new=True)
            without = self._without_context(chain, places, fillers)
            return reading_chances(chain, levels, contexts, without)

        def of_chain(chain: Chain) -> tuple[_Floats, NDArray[np.int32]]:
            return read(chain, self.levels[chain])

        by_chain = _side_by_side(of_chain, self.levels, places)
        chances, features = self._of_experts(by_chain, fillers)
        first = self.experts[0].chain
        of_read, of_features = read(first, uncounted(self.levels[first]))
        of_read *= fillers[first.target]
        return np.column_stack([chances, of_read]), np.column_stack([features, of_features])

    def _by_chain(
        self, chain: Chain, contexts: Contexts, fillers: list[NDArray[np.float64]]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        chances = self._without_context(chain, contexts.places, fillers)
        return chances, chain_chances(chain, self.levels[chain], contexts, chances)

    def _without_context(
        self, chain: Chain, places: Places, fillers: list[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        if chain.within:
            return fillers[chain.within].copy()
        return np.full(len(places.codes), 1.0 / places.n_targets[chain.target])


def count_experts(experts: list[Expert], contexts: Contexts, once: bool = False) -> ExpertCounts:
    """Count what the chains need.

    Parameters
    ----------
    experts : list of Expert
    contexts : Contexts
        Of the training text, in which all symbols are known.
    once : bool, default False
        Whether chances will be asked for once: then the counts of one chain at a time are kept.

    Returns
    -------
    ExpertCounts
    """
    places = contexts.places
    levels: Mapping[Chain, list[Level]] = LevelsOnce(
        (chain for expert in experts for chain in expert if chain), contexts
    )
    for chain in levels:  # threads find what chains share
        contexts.of(chain, len(chain.items))
        contexts.by_target(chain.target)
    if not once:
        levels = _side_by_side(levels.__getitem__, levels, places)
    counts = np.bincount(places.text, minlength=places.of_code.shape[1] - 1)
    fillers = np.array([_fillers(counts, grain) for grain in places.of_code[:, :-1]])
    escapes = _count_escapes(contexts, counts[places.codes] == 1)
    variables, tables = places.of_code[1:, :-1].copy(), contexts.all_tables()
    seen, units = counts > 0, contexts.units
    return ExpertCounts(seen, variables, units, experts, tables, levels, fillers, escapes)


def _side_by_side(
    function: Callable[[Chain], T], chains: Iterable[Chain], places: Places
) -> dict[Chain, T]:
    """What a function says of each chain; as many at a time as there are processors."""
    if len(places.codes) < FEW_PLACES:
        return {chain: function(chain) for chain in chains}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(chains, pool.map(function, chains), strict=True))


def _fillers(counts: NDArray[np.int64], variables: NDArray[np.int32]) -> NDArray[np.float64]:
    smoothed = counts + FILLER_SMOOTHING
    chances = smoothed / np.bincount(variables, smoothed)[variables]
    return np.append(chances, 1.0)


def _count_escapes(contexts: Contexts, once: NDArray[np.bool_]) -> Escapes:
    coarsest = len(contexts.places.of_code) - 1
    chain = Chain(0, tuple(Item(coarsest, steps) for steps in range(1, ESCAPE_STEPS + 1)))
    times = contexts.places.times
    orders = range(ESCAPE_STEPS + 1)
    counts = [sums_of(contexts.of(chain, order), once, times) for order in orders]
    return Escapes(chain, counts)
