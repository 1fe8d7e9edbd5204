"""A cursor through the chunks of a lexicon: the longest first, read from the left.

It stands on a node of the trie of units, after the symbols of the chunk under way, and knows the
two chunks before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.trie import UNIT_AT, UNITS, child_of
from hvm.kernels.table import Table, items

NODE, BEGIN, LAST, LAST_END, BEFORE, BEFORE_THAT = range(6)  # of the state
N_BEFORE = 6  # how many chunks before the present one are contexts: 0, 1 or 2
NO_UNIT = -1


class Cursor(NamedTuple):
    """Where the chunk under way stands in the trie."""

    table: Table  # of `hvm.kernels.lexicon.trie.Trie`
    nodes: NDArray[np.int32]
    is_inner: NDArray[np.bool_]  # [nodes]: whether a longer chunk passes
    classes: NDArray[np.int64]  # [K]: the variable that an entry fills, or itself
    state: NDArray[np.int64]  # [7], by the names above


@kernel
def make_cursor(
    table: Table, nodes: NDArray[np.int32], classes: NDArray[np.int64], n_before: Int
) -> Cursor:
    """Return a cursor at the root, with nothing before.

    Parameters
    ----------
    table : Table
        Edges of a `hvm.kernels.lexicon.trie.Trie`.
    nodes : int32[nodes, 3]
        Of the same.
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
    >>> cursor = make_cursor(trie.table, trie.nodes, np.arange(4), 2)
    >>> bool(cursor.state[NODE] == UNITS), bool(cursor.state[BEFORE] == NO_UNIT)
    (True, True)
    """
    is_inner = np.zeros(len(nodes), np.bool_)
    for edge in items(table)[0]:
        if edge >> 32 < len(nodes):
            is_inner[edge >> 32] = True
    state = np.array([UNITS, 0, NO_UNIT, 0, NO_UNIT, NO_UNIT, n_before])
    return Cursor(table, nodes, is_inner, classes, state)


@inner
def restart(cursor: Cursor, at: Int) -> None:
    """Begin a sequence."""
    state = cursor.state
    state[NODE], state[BEGIN], state[LAST], state[LAST_END] = UNITS, at, NO_UNIT, at
    state[BEFORE], state[BEFORE_THAT] = NO_UNIT, NO_UNIT


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
        node: Int = -1
        if codes[here] >= 0:
            node = child_of(cursor.table, state[NODE], codes[here])
        elif state[NODE] == UNITS:
            here += 1
            _close(state, NO_UNIT, here)
            continue
        if node < 0:
            here = state[LAST_END]
            _close(state, state[LAST], here)
            continue
        state[NODE] = node
        here += 1
        if cursor.nodes[node, UNIT_AT] >= 0:
            state[LAST], state[LAST_END] = cursor.nodes[node, UNIT_AT], here
            if not cursor.is_inner[node]:
                _close(state, state[LAST], here)


@inner
def _close(state: NDArray[np.int64], unit: Int, end: Int) -> None:
    """End the chunk under way."""
    state[BEFORE_THAT], state[BEFORE] = state[BEFORE], unit
    state[NODE], state[BEGIN], state[LAST], state[LAST_END] = UNITS, end, NO_UNIT, end
