"""Scratch of one parser: paths, records of what variables match, and the units at a position.

Kernels never replace an array of the scratch: when one is full they return, their caller grows it,
and they go on with the sequence they were in. What a variable matches from a position on is
remembered as long as a search can ask again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, spliced
from hvm.kernels.table import first_row

SHORTEST_EPOCH = 8  # positions; where records do not last longer, there is too little capacity
FIRST_ROWS = 256  # of paths, matches and asks to begin with
FIRST_RECORDS = 2048


class Space(NamedTuple):
    """Scratch; the names of rows and columns are below."""

    states: NDArray[np.int64]  # int64[n, 7]: paths, one state for every variable edge taken
    records: NDArray[np.int64]  # int64[n, 5]: what variables match, the cheapest filler for an end
    matches: NDArray[np.int64]  # int64[n, 4]: units that match at the present position
    slots: NDArray[np.int64]  # int64[n, 5]: unit index, filler's place in parts, start, end, depth
    known: NDArray[np.int64]  # int64[2**k, 4]: epoch, variable << 40 | position, bounds of records
    stack: NDArray[np.int64]  # int64[n, 2]
    tops: NDArray[np.int64]  # int64[10], counters by the names below
    bucket: NDArray[np.int32]  # int32[span + 2]: states by end, from the search's start; -1 at rest
    best: NDArray[np.int32]  # int32[nodes]: best state of a node in the present bucket; -1 at rest


STATES, RECORDS, MATCHES, SLOTS, KNOWN = 0, 1, 2, 3, 4  # rows in use
HALT = 5  # 0, or the number of the full table + 1, or ASKED
ASKS = 6  # rows of the stack in use, each variable << 40 | position that a search asked for
FARTHEST = 7  # how far from the search's start the last waiting state ends
EPOCH = 8  # rows of ``known`` from other epochs are free
AGE = 9  # positions begun in this epoch
ASKED = -1
# Columns of states, records and matches.
KEY, END, COST = 0, 1, 2  # KEY: a state's node, a record's place in parts, a match's unit
START, PARENT, RECORD, LINK = 3, 4, 5, 6  # of states
STATE, RECORD_FILLER = 3, 4  # of records; STATE of matches too


@helper
def make_space(n_nodes: Int, span: Int, n_slots: Int) -> Space:
    """Scratch, at rest.

    Parameters
    ----------
    n_nodes : int
        Nodes of the tries.
    span : int
        Symbols that an entry covers at most.
    n_slots : int
        Slots that can be written before it must grow.

    Returns
    -------
    Space

    Examples
    --------
    >>> make_space(3, 1, 0).bucket
    array([-1, -1, -1], dtype=int32)
    """
    return Space(
        np.empty((FIRST_ROWS, 7), np.int64),
        np.empty((FIRST_RECORDS, 5), np.int64),
        np.empty((FIRST_ROWS, 4), np.int64),
        np.empty((n_slots, 5), np.int64),
        np.full((FIRST_RECORDS, 4), -1, np.int64),
        np.empty((FIRST_ROWS, 2), np.int64),
        np.zeros(10, np.int64),
        np.full(span + 2, -1, np.int32),
        np.full(n_nodes, -1, np.int32),
    )


@helper
def _more_rows(table: NDArray[np.int64], wanted: bool) -> NDArray[np.int64]:
    """The same rows in a table with capacity for twice as many, if wanted."""
    if not wanted:
        return table
    n_rows, n_columns = table.shape
    grown = np.empty((2 * n_rows, n_columns), np.int64)
    for row in range(2 * n_rows):
        for column in range(n_columns):
            grown[row, column] = table[row, column] if row < n_rows else -1
    return grown


@helper
def grow(space: Space) -> Space:
    """The same scratch at rest, its records forgotten, twice as large in whatever was full.

    Examples
    --------
    >>> space = make_space(3, 1, 0)
    >>> space.tops[HALT] = MATCHES + 1
    >>> len(space.matches), len(grow(space).matches)
    (256, 512)
    """
    full = space.tops[HALT] - 1
    space.tops[HALT] = space.tops[FARTHEST] = 0
    space.bucket[:] = -1
    space.best[:] = -1
    forget(space)
    return Space(
        _more_rows(space.states, full == STATES),
        _more_rows(space.records, full == RECORDS),
        _more_rows(space.matches, full == MATCHES),
        _more_rows(space.slots, full == SLOTS),
        _more_rows(space.known, full == KNOWN),
        _more_rows(space.stack, full == STATES),
        space.tops,
        space.bucket,
        space.best,
    )


@inner
def forget(space: Space) -> None:
    """Forget all records.

    Examples
    --------
    >>> space = make_space(3, 1, 0)
    >>> forget(space)
    >>> int(space.tops[EPOCH])
    1
    """
    tops = space.tops
    tops[STATES] = tops[RECORDS] = tops[KNOWN] = tops[AGE] = 0
    tops[EPOCH] += 1


@spliced
def begin(space: Space) -> None:
    """Make ready for the units of another position; records that may still serve stay.

    Where they had to be forgotten too soon, ``tops[HALT]`` asks for more capacity.

    Examples
    --------
    >>> space = make_space(3, 1, 0)
    >>> begin(space)
    >>> int(space.tops[AGE])
    1
    """
    tops = space.tops
    full_known = 4 * tops[KNOWN] > len(space.known)
    if full_known or 2 * tops[RECORDS] > len(space.records):
        if tops[AGE] < SHORTEST_EPOCH:
            tops[HALT] = (KNOWN if full_known else RECORDS) + 1
        forget(space)
    tops[AGE] += 1
    tops[STATES] = tops[MATCHES] = 0


@spliced
def known_row(known: NDArray[np.int64], epoch: Int, key: Int) -> np.int64:
    """The row of a (variable, position), or the free row where it belongs.

    Parameters
    ----------
    known : int64[2**k, 4]
        Of a scratch; rows from other epochs are free.
    epoch : int
    key : int
        variable << 40 | position

    Returns
    -------
    int

    Examples
    --------
    >>> known = make_space(3, 1, 0).known
    >>> int(known_row(known, 0, 7 << 40 | 1)) < len(known)
    True
    """
    mask = len(known) - 1
    row = first_row(key, mask)
    while known[row, 0] == epoch and known[row, 1] != key:
        row = (row + 1) & mask
    return row
