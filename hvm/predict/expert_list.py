"""Which experts there are: chains of symbols, of variables, and of both."""

from __future__ import annotations

from hvm.kernels.experts.counting import FIRST
from hvm.predict.chain import Chain, Item
from hvm.predict.expert_counts import Expert

MOST_VARIABLES = 5
"""Of a chain."""


def _chain(target: int, *items: tuple[int, int], within: int = 0) -> Chain:
    return Chain(target, tuple(Item(*item) for item in items), within)


def experts_of(n_grains: int, level: int = 0, n_items: int = 3) -> list[Expert]:
    """Return all experts; at level k their chains are of nothing finer than grain k.

    Parameters
    ----------
    n_grains : int
    level : int, default 0
        0 for symbols and all grains.
    n_items : int, default 3
        Of the longest chain of symbols.

    Returns
    -------
    list of Expert
    """
    longest = n_items if level == 0 else MOST_VARIABLES
    experts = [
        Expert(_chain(level, *((level, steps) for steps in range(1, longest + 1)))),
        Expert(_chain(level, (level, 2), (level, 3))),
        Expert(_chain(level, (level, 1), (level, FIRST))),
        Expert(_chain(level, (level, 1), (level, 3))),
    ]
    if level < n_grains:
        experts += _experts_of_variables(level, n_grains)
    return experts


def _experts_of_variables(level: int, n_grains: int) -> list[Expert]:
    fine, middle, coarse = level + 1, max(level, (n_grains + 1) // 2), n_grains
    variables = _chain(coarse, *((coarse, steps) for steps in range(1, MOST_VARIABLES + 1)))
    filler = _chain(0, (level, 1), (level, 2), within=coarse)
    return [
        Expert(_chain(fine, *((fine, steps) for steps in range(1, MOST_VARIABLES + 1)))),
        Expert(variables),
        Expert(variables, filler),
        Expert(_chain(coarse, (level, 1), (level, 2), (middle, 3), (middle, 4)), filler),
        Expert(_chain(level, (middle, 1), (level, 2), (middle, 3))),
        Expert(_chain(fine, (level, 1), (level, 2), (level, FIRST), (level, 3))),
        Expert(_chain(middle, (middle, 1), (middle, 2), (level, FIRST))),
    ]
