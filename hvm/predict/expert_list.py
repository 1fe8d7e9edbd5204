"""Which experts there are: chains of symbols, of variables, and of both."""

from __future__ import annotations

from collections.abc import Iterator

from hvm.kernels.experts.counting import FIRST
from hvm.predict.chain import UNDER_WAY, Chain, Item
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


BEGUN = Item(0, UNDER_WAY, is_unit=True)
SYMBOLS_IN_UNIT = 3
"""Before the one foretold, that a context has before what stands of its unit."""


def experts_over_units(n_grains: int, n_items: int) -> list[Expert]:
    """Return all experts of symbols that stand in units.

    Parameters
    ----------
    n_grains : int
        Of variables of units.
    n_items : int
        Of the longest chain of symbols.

    Returns
    -------
    list of Expert
    """
    middle, coarse = (n_grains + 1) // 2, n_grains
    last = tuple(Item(0, steps) for steps in range(1, n_items + 1))
    experts = [
        Expert(Chain(0, (*last[:SYMBOLS_IN_UNIT], BEGUN, *_units((0, 1), (0, 2))))),
        Expert(Chain(0, last)),
        Expert(Chain(0, (BEGUN, *_units((0, 1), (0, 3))))),
        Expert(Chain(0, (BEGUN, *_units((0, 2), (0, 3))))),
    ]
    if n_grains:
        experts += [
            Expert(Chain(0, (BEGUN, *_units((middle, 1), (middle, 2), (middle, 3))))),
            Expert(Chain(0, (BEGUN, *_units((coarse, 1), (0, 2))))),
        ]
    return experts


def _units(*items: tuple[int, int]) -> Iterator[Item]:
    return (Item(*item, is_unit=True) for item in items)


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
