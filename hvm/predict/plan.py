"""Which experts a training text gets, and which units their contexts are made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.predict.expert_counts import Expert
from hvm.predict.expert_list import experts_of, experts_over_units
from hvm.predict.units import Kinds, Units, kinds_of, learn_units, unit_sizes
from hvm.symbols.sequences import Symbols


class Plan(NamedTuple):
    """What follows from a training text before anything is counted."""

    experts: list[Expert]
    kinds: Kinds | None
    """Of symbols that stand in units."""
    unit_sizes: list[int]
    """Variables of units at each grain, the finest first."""

    def units(self, codes: NDArray[np.int32], starts: NDArray[np.int64]) -> Units | None:
        """Number the units of the training text, or of a part.

        Parameters
        ----------
        codes : int32[n]
            All known.
        starts : int64[s]
            First index of each sequence.
        """
        return learn_units(codes, starts, self.kinds, self.unit_sizes) if self.kinds else None


def plan_of(training: Symbols, n_grains: int, n_items: int, level: int = 0) -> Plan:
    """Choose experts: over units where symbols stand in some, unless a level has none.

    Parameters
    ----------
    training : Symbols
    n_grains : int
        Of variables of symbols; without any, units have none either.
    n_items : int
        Of the longest chain of symbols.
    level : int, default 0
        The finest grain that chains are made of.

    Returns
    -------
    Plan
    """
    kinds = kinds_of(training) if level == 0 else None
    if kinds is None:
        return Plan(experts_of(n_grains, level, n_items), None, [])
    sizes = unit_sizes(training, kinds) if n_grains else []
    return Plan(experts_over_units(len(sizes), n_items), kinds, sizes)
