"""Stages: what is learned of chunks on the way, by both sides, from the symbols so far.

The first stage knows symbols alone; whenever the symbols have grown fourfold, chunks and variables
are learned from all of them, and the next stage begins. Of bytes, variables of units are learned as
well.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.units import pack_variables, units_of
from hvm.kernels.table import Table
from hvm.learn.search import Search
from hvm.learn.settings import SearchSettings
from hvm.learn.text import HeldText
from hvm.lexicon.lexicon import Lexicon
from hvm.predict.hierarchy import grain_sizes, variable_hierarchy

FIRST_STAGE = 4096  # symbols, before any chunk is learned
GROWTH = 4  # all stages together then learn from a third more symbols than the last one does
SYMBOLS_AT_ONCE = 1 << 15  # coded by one call of a kernel: a tenth of a second or so
LEARNING = SearchSettings(batch=0.2, pair_count_min=6, iterations=4, max_entries=4000)


def stage_end(first: int) -> int:
    """Where the stage that begins after so many symbols ends.

    Examples
    --------
    >>> stage_end(0), stage_end(4096), stage_end(5000)
    (4096, 16384, 20000)
    """
    return max(FIRST_STAGE, GROWTH * first)


def blocks(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cut what is coded into blocks, between which Ctrl-C is heard.

    Examples
    --------
    >>> list(blocks(0, 5)), [*blocks(0, SYMBOLS_AT_ONCE + 1)][-1]
    ([(0, 5)], (32768, 32769))
    """
    for begin in range(first, last, SYMBOLS_AT_ONCE):
        yield begin, min(last, begin + SYMBOLS_AT_ONCE)


def last_stage(n_codes: int) -> int:
    """Symbols before the last stage of so many.

    Examples
    --------
    >>> last_stage(4096), last_stage(4097)
    (0, 4096)
    """
    first = 0
    while stage_end(first) < n_codes:
        first = stage_end(first)
    return first


def learn_lexicon(codes: NDArray[np.int32] | NDArray[np.uint8], n_atoms: int) -> Lexicon:
    """Learn the chunks of one sequence in little time."""
    text = HeldText(codes.astype(np.int32), np.zeros(1, np.int64), n_atoms)
    return Search(text, LEARNING).run().lexicon


def learn_unit_variables(codes: NDArray[np.uint8]) -> Table:
    """Learn the variables that units fill, at the finest grain and the next.

    Parameters
    ----------
    codes : uint8[n]

    Returns
    -------
    Table
        Of :func:`hvm.kernels.code.units.pack_variables`.
    """
    units = units_of(codes)
    differing, entries = np.unique(units, return_inverse=True)
    if not len(units):
        none = np.zeros(0, np.int32)
        return Table(*pack_variables(units, none, none))
    sizes, starts = grain_sizes(len(units), len(differing)), np.zeros(1, np.int64)
    grains = variable_hierarchy(entries.astype(np.int32), starts, len(differing), sizes)
    return Table(*pack_variables(differing, grains[0], grains[:2][-1]))
