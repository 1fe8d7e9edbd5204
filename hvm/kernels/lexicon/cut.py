"""A parse as it is written: units, and the slots of the units that have some."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner
from hvm.kernels.lexicon.match import search
from hvm.kernels.lexicon.scratch import (
    END,
    FIRST_ROWS,
    HALT,
    KEY,
    MATCHES,
    PARENT,
    RECORD,
    SLOTS,
    START,
    STATE,
    Space,
    forget,
    make_space,
)
from hvm.kernels.lexicon.trie import Trie


class Cut(NamedTuple):
    """Units as they are written; exchanged for a larger one where one wants more rows."""

    units: NDArray[np.int32]  # int32[m]
    unit_starts: NDArray[np.int64]  # int64[m + 1]
    sequence_starts: NDArray[np.int64]  # int64[s]
    progress: NDArray[np.int64]  # int64[6], by the names below


DONE, WRITTEN, TOTAL = 0, 1, 2  # of progress: sequences and units done, and what they cost
WANTED = 3  # rows that must be there before it can go on
AT = 4  # of the present sequence: where the next unit begins, -1 before the first
UNSOLVED = 5  # and the symbols whose best first unit is not known yet

ParsedUnits: TypeAlias = tuple[
    NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]
]
"""A parse as a kernel returns it: units int32[m], -1 for an unknown symbol; their starts
int64[m + 1]; the first unit of each sequence, int64[s]; slots int64[k, 5], each its unit's index,
the filler's place in the parts, start, end and depth."""


@helper
def make_cut(n_sequences: Int) -> Cut:
    """A cut with nothing written yet.

    Examples
    --------
    >>> make_cut(1).progress
    array([ 0,  0,  0,  0, -1,  0])
    """
    progress = np.zeros(6, np.int64)
    progress[AT] = -1
    return Cut(
        np.empty(0, np.int32),
        np.empty(1, np.int64),
        np.empty(n_sequences, np.int64),
        progress,
    )


@helper
def with_rows(cut: Cut) -> Cut:
    """The cut, or a larger one that has the rows wanted.

    Examples
    --------
    >>> cut = make_cut(1)
    >>> cut.progress[WANTED] = 3
    >>> len(with_rows(cut).units)
    3
    """
    written, wanted = cut.progress[WRITTEN], cut.progress[WANTED]
    if wanted <= len(cut.units):
        return cut
    n_rows = max(wanted, 2 * len(cut.units))
    units, unit_starts = np.empty(n_rows, np.int32), np.empty(n_rows + 1, np.int64)
    for k in range(written):  # numba compiles a loop in a tenth of the time of slices
        units[k], unit_starts[k] = cut.units[k], cut.unit_starts[k]
    return Cut(units, unit_starts, cut.sequence_starts, cut.progress)


@helper
def finish(cut: Cut, space: Space, n: Int) -> ParsedUnits:
    """What was written, the slots in ``space`` included.

    Parameters
    ----------
    cut : Cut
    space : Space
    n : int
        Symbols.

    Returns
    -------
    ParsedUnits

    Examples
    --------
    >>> finish(make_cut(1), make_space(1, 1, 0), 0)[1]
    array([0])
    """
    m, k, units, unit_starts = cut.progress[WRITTEN], space.tops[SLOTS], cut.units, cut.unit_starts
    unit_starts[m] = n
    if m < len(units):
        units, unit_starts = units[:m].copy(), unit_starts[: m + 1].copy()
    return units, unit_starts, cut.sequence_starts, space.slots[:k].copy()


@inner
def longest_sequence(n: Int, starts: NDArray[np.int64]) -> Int:
    """Symbols in the longest sequence.

    Examples
    --------
    >>> longest_sequence(3, np.array([0, 2]))
    2
    """
    longest = 0
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else n
        longest = max(longest, end - starts[k])
    return longest


@helper
def two_spaces(trie: Trie, longest: Int) -> tuple[Space, Space]:
    """Scratch to search for units, and for the slots inside one.

    Parameters
    ----------
    trie : Trie
    longest : int
        Symbols of one sequence, at most.

    Returns
    -------
    outside, inside : Space

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> [len(space.slots) for space in two_spaces(trie, 3)]  # there are no variables
    [0, 0]
    """
    reach = min(max(trie.max_unit_span, trie.max_filler_span), longest)
    n_slots = FIRST_ROWS if trie.max_filler_span > 0 else 0
    n_nodes = len(trie.steps)
    return make_space(n_nodes, reach, 0), make_space(n_nodes, reach, n_slots)


@inner
def fill_slots(
    trie: Trie, space: Space, codes: NDArray[np.int32], unit: Int, index: Int, start: Int, end: Int
) -> bool:
    """Append the slots of one unit, whose span is known, by matching inside the span alone.

    Parameters
    ----------
    trie : Trie
    space : Space
        Slots are appended here.
    codes : int32[n]
    unit, index : int
        The entry, and the number of the unit in its parse.
    start, end : int
        First symbol of the unit, and one past its last.

    Returns
    -------
    bool
        False when the scratch is full.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> trie, codes = compile_trie(entries, np.zeros(4, np.int64)), np.array([0, 1, 1], np.int32)
    >>> space = make_space(len(trie.steps), 2, 1)
    >>> fill_slots(trie, space, codes, 3, 0, 0, 2), space.slots  # parts[1], b, at 1
    (True, array([[0, 1, 1, 2, 0]]))
    """
    forget(space)
    if not search(trie, space, codes, start, end):
        return False
    matches, states, records = space.matches, space.states, space.records
    slots, stack = space.slots, space.stack
    state = np.int64(-1)
    for k in range(space.tops[MATCHES]):
        if matches[k, KEY] == unit and matches[k, END] == end:
            state = matches[k, STATE]
    # The stack holds states whose slot is still to be written, the leftmost on top.
    height, depth, k = 0, 0, space.tops[SLOTS]
    while True:
        while state >= 0:
            stack[height, 0], stack[height, 1] = state, depth
            height += 1
            state = states[state, PARENT]
        if height == 0:
            space.tops[SLOTS] = k
            return True
        if k == len(slots):
            space.tops[HALT] = SLOTS + 1
            return False
        height -= 1
        state, depth = stack[height, 0], stack[height, 1]
        record = states[state, RECORD]
        slots[k, 0], slots[k, 1] = index, records[record, KEY]
        slots[k, 2], slots[k, 3], slots[k, 4] = states[state, START], states[state, END], depth
        k += 1
        state, depth = records[record, STATE], depth + 1
