"""A cursor through the chunks of a lexicon: the longest first, read from the left.

It stands on a node of the trie of units, after the symbols of the chunk under way, and knows the
two chunks before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner
from hvm.kernels.lexicon.double_array import ABOVE, child_of
from hvm.kernels.lexicon.trie import UNITS, Trie

NODE, BEGIN, LAST, LAST_END, BEFORE, BEFORE_THAT = range(6)  # of the state
N_BEFORE = 6  # how many chunks before the present one are contexts: 0, 1 or 2
ROW = 7  # of the trie; NODE is its number, which a lexicon's order alone decides
NO_UNIT = -1


class Cursor(NamedTuple):
    """Where the chunk under way stands in the trie."""

    steps: NDArray[np.int32]  # of `hvm.kernels.lexicon.trie.Trie`
    ends: NDArray[np.int32]
    numbers: NDArray[np.int32]  # [rows]: of the nodes, as they were made
    is_inner: NDArray[np.bool_]  # [rows]: whether a longer chunk passes
    classes: NDArray[np.int64]  # [K]: the variable that an entry fills, or itself
    state: NDArray[np.int64]  # [8], by the names above


def make_cursor(trie: Trie, classes: NDArray[np.int64], n_before: Int) -> Cursor:
    """Return a cursor at the root, with nothing before.

    Parameters
    ----------
    trie : Trie
    classes : int64[K]
        The variable that each entry fills, or itself.
    n_before : int
        How many chunks before the present one are contexts: 0, 1 or 2.

    Returns
    -------
    Cursor
        Its state alone changes later.

    Examples
    --------
    Three symbols and the chunk of the first two.

    >>> from hvm.lexicon.lexicon import CHUNK, Definition, Lexicon
    >>> from hvm.lexicon.parsing import compile_lexicon
    >>> trie = compile_lexicon(Lexicon.from_definitions(3, [Definition(CHUNK, (0, 1))])).trie
    >>> cursor = make_cursor(trie, np.arange(4), 2)
    >>> bool(cursor.state[NODE] == UNITS), bool(cursor.state[BEFORE] == NO_UNIT)
    (True, True)
    """
    state = np.array([UNITS, 0, NO_UNIT, 0, NO_UNIT, NO_UNIT, n_before, UNITS])
    numbers = np.zeros(len(trie.steps), np.int32)
    numbers[trie.nodes] = np.arange(len(trie.nodes))
    is_inner = np.zeros(len(trie.steps), np.bool_)
    above = trie.steps[:, ABOVE]
    is_inner[above[above >= 0]] = True
    return Cursor(trie.steps, trie.ends, numbers, is_inner, classes, state)


@inner
def restart(cursor: Cursor, at: Int) -> None:
    """Begin a sequence."""
    state = cursor.state
    state[NODE], state[BEGIN], state[LAST], state[LAST_END] = UNITS, at, NO_UNIT, at
    state[BEFORE], state[BEFORE_THAT], state[ROW] = NO_UNIT, NO_UNIT, UNITS


@inner
def advance(cursor: Cursor, codes: NDArray[np.int32] | NDArray[np.uint8], at: Int) -> None:
    """Read a symbol; go back to the last chunk's end where none goes on.

    Parameters
    ----------
    cursor : Cursor
        After the symbols before ``at``; changed.
    codes : int32[n] or uint8[n]
        Symbols; -1 for one outside the alphabet, a unit of its own.
    at : int
        Where the symbol stands.

    Examples
    --------
    Of 0 1 2, the chunk 3 of the first two ends where 2 has been read, and 2 is a unit alone.

    >>> from hvm.lexicon.lexicon import CHUNK, Definition, Lexicon
    >>> from hvm.predict.context import cursor_of
    >>> cursor = cursor_of(Lexicon.from_definitions(3, [Definition(CHUNK, (0, 1))]), False)
    >>> codes = np.array([0, 1, 2], np.int32)
    >>> for at in range(3):
    ...     advance(cursor, codes, at)
    ...     print(cursor.state[BEGIN], cursor.state[BEFORE], cursor.state[BEFORE_THAT])
    0 -1 -1
    2 3 -1
    3 2 3
    """
    state, here = cursor.state, at
    while here <= at:
        node = child_of(cursor.steps, state[ROW], codes[here])
        if codes[here] < 0 and state[ROW] == UNITS:
            here += 1
            _close(state, NO_UNIT, here)
            continue
        if node < 0:
            here = state[LAST_END]
            _close(state, state[LAST], here)
            continue
        state[ROW], state[NODE] = node, cursor.numbers[node]
        here += 1
        if cursor.ends[node] >= 0:
            state[LAST], state[LAST_END] = cursor.ends[node], here
            if not cursor.is_inner[node]:
                _close(state, state[LAST], here)


@inner
def _close(state: NDArray[np.int64], unit: Int, end: Int) -> None:
    """End the chunk under way."""
    state[BEFORE_THAT], state[BEFORE] = state[BEFORE], unit
    state[NODE], state[BEGIN], state[LAST], state[LAST_END] = UNITS, end, NO_UNIT, end
    state[ROW] = UNITS
