"""Which experts a training text gets, and what they count in it or in its first part."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.predict.beside import beside
from hvm.predict.chain import FEWEST_ITEMS, Contexts, places_of, useful_items
from hvm.predict.expert_counts import Expert, ExpertCounts, count_experts
from hvm.predict.expert_list import experts_of, experts_over_units
from hvm.predict.hierarchy import variable_hierarchy
from hvm.predict.units import kinds_of, number_units, unit_sizes, unit_variables
from hvm.symbols.sequences import Symbols


class ExpertPlan(NamedTuple):
    """What is the same for the whole of a training text and for its first part.

    Attributes
    ----------
    experts : list of Expert
    n_items : int
        Of the longest chain of symbols.
    contexts : Contexts
        Of the whole text, without variables.
    sizes, unit_sizes : list of int
        Variables of symbols, and of units, at each grain, the finest first.
    """

    experts: list[Expert]
    n_items: int
    contexts: Contexts
    sizes: list[int]
    unit_sizes: list[int]

    def counted(
        self,
        training: Symbols,
        variables: NDArray[np.int32] | None = None,
        once: bool = False,
    ) -> ExpertCounts:
        """Count what stands in the text, or in its first part, by variables found there.

        Parameters
        ----------
        training : Symbols
            The whole text, or its first symbols.
        variables : int32[grains, symbols], optional
            Of symbols, if they are known already.
        once : bool, default False
            Whether chances will be asked for once.

        Returns
        -------
        ExpertCounts
        """
        codes, starts = training.codes, training.starts
        if variables is None:
            variables = variable_hierarchy(codes, starts, len(training.alphabet), self.sizes)
        units, of_text = self.contexts.units, self.contexts.places.units
        if units and of_text:
            of_units = unit_variables(of_text, len(training), self.unit_sizes)
            units = units._replace(variables=of_units)
        contexts = self.contexts.part(len(training), variables, units)
        return count_experts(self.experts, contexts, once)


def chosen_experts(training: Symbols, n_grains: int, n_items: int) -> list[Expert]:
    """Return the experts that a training text gets.

    Parameters
    ----------
    training : Symbols
    n_grains : int
        Of variables of symbols.
    n_items : int
        Of the longest chain of symbols.

    Returns
    -------
    list of Expert
    """
    kinds = kinds_of(training)
    of_units = unit_sizes(training, kinds) if kinds and n_grains else []
    if kinds:
        return experts_over_units(len(of_units), n_items)
    return experts_of(n_grains, n_items=n_items)


def plan_of(
    training: Symbols, sizes: list[int], level: int = 0, n_items: int | None = None
) -> ExpertPlan:
    """Choose experts: over units where symbols stand in some, unless a level has none.

    Parameters
    ----------
    training : Symbols
    sizes : list of int
        Variables of symbols at each grain; without any, units have none either.
    level : int, default 0
        The finest grain that chains are made of.
    n_items : int, optional
        Of the longest chain of symbols; by default as many as are useful.

    Returns
    -------
    ExpertPlan
    """
    codes, starts = training.codes, training.starts
    kinds = kinds_of(training) if level == 0 else None
    units = number_units(codes, starts, kinds) if kinds else None
    no_variables = np.zeros((0, len(training.alphabet)), np.int32)
    contexts = Contexts(places_of(codes, starts, no_variables, True, units), {}, units)
    useful = beside(useful_items, contexts)
    if units:  # chains of units alone do not wait for chains of symbols
        for expert in experts_over_units(0, FEWEST_ITEMS):
            if expert.chain.items[0].is_unit:
                contexts.raise_plain(expert.chain)
    n_items = n_items or useful()
    of_units = unit_sizes(training, kinds) if kinds and sizes else []
    if kinds:
        experts = experts_over_units(len(of_units), n_items)
    else:
        experts = experts_of(len(sizes), level, n_items)
    for expert in experts:  # threads find what the whole and its first part share
        contexts.raise_plain(expert.chain)
    return ExpertPlan(experts, n_items, contexts, sizes, of_units)
