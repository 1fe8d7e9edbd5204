"""The parse that takes the longest unit, from the left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.cut import (
    Cut,
    ParsedUnits,
    fill_slots,
    finish,
    longest_sequence,
    make_cut,
    two_spaces,
)
from hvm.kernels.lexicon.match import search
from hvm.kernels.lexicon.scratch import END, HALT, KEY, MATCHES, SLOTS, Space, begin, grow
from hvm.kernels.lexicon.trie import SLOT, UNIT_AT, UNITS, Trie, child_of, slots_of
from hvm.kernels.table import Table


@spliced
def _longest_plain(
    table: Table, nodes: NDArray[np.int32], codes: NDArray[np.int32], i: Int, b: Int
) -> tuple[Int, Int, bool]:
    """The longest unit at ``i`` by symbol edges, its end, and whether no variable edge was met."""
    node, pos, plain = np.int64(UNITS), i, True
    chosen, end = np.int64(-1), i
    while pos < b and codes[pos] >= 0:
        if nodes[node, SLOT] >= 0 and slots_of(table, node, codes[pos]) >= 0:
            plain = False
            break
        node = child_of(table, node, codes[pos])
        if node < 0:
            break
        pos += 1
        if nodes[node, UNIT_AT] >= 0:
            chosen, end = np.int64(nodes[node, UNIT_AT]), pos
    return chosen, end, plain


@spliced
def _longest_match(space: Space, unit_count: NDArray[np.int64]) -> tuple[Int, Int]:
    """Unit and end of the match that greedy takes."""
    matches = space.matches
    chosen = 0
    for k in range(1, space.tops[MATCHES]):
        unit, other = matches[k, KEY], matches[chosen, KEY]
        if matches[k, END] > matches[chosen, END]:
            chosen = k
        elif matches[k, END] == matches[chosen, END]:
            more, fewer = unit_count[unit], unit_count[other]
            if more > fewer or (more == fewer and unit < other):
                chosen = k
    return matches[chosen, KEY], matches[chosen, END]


@inner
def _greedy_on(
    trie: Trie,
    unit_count: NDArray[np.int64],
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    space: Space,
    inside: Space,
    cut: Cut,
) -> None:
    """Parse sequences until all are done or the scratch is full."""
    n, progress = len(codes), cut.progress
    table, nodes, unit_starts = trie.table, trie.nodes, cut.unit_starts
    while progress[0] < len(starts):
        k, m = progress[0], progress[1]
        i = starts[k]
        b = starts[k + 1] if k + 1 < len(starts) else n
        first_slot = inside.tops[SLOTS]
        cut.sequence_starts[k] = m
        while i < b:
            unit, end, plain = _longest_plain(table, nodes, codes, i, b)
            done = True
            if codes[i] < 0:
                unit, end = np.int64(-1), i + 1
            elif not plain:
                begin(space)
                done = search(trie, space, codes, i, b)
                unit, end = _longest_match(space, unit_count)
                if done and trie.has_slots[unit]:
                    done = fill_slots(trie, inside, codes, unit, m, i, end)
            if not done:
                inside.tops[SLOTS] = first_slot
                return
            cut.units[m], unit_starts[m] = unit, i
            m += 1
            i = end
        progress[0], progress[1] = k + 1, m


@kernel
def greedy(
    trie: Trie,
    unit_count: NDArray[np.int64],
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
) -> ParsedUnits:
    """From the left, the longest unit; ties: higher count, lower id, cheaper, then lower fillers.

    Parameters
    ----------
    trie : Trie
    unit_count : int64[K]
    codes : int32[n]
        Symbols, -1 where unknown.
    starts : int64[s]
        First index of each sequence, ascending.

    Returns
    -------
    ParsedUnits

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (1, 0))])  # a, b, ab, ba
    >>> trie = compile_trie(entries, np.zeros(4, np.int64))
    >>> codes, starts = np.array([0, 1, 0], np.int32), np.zeros(1, np.int64)
    >>> greedy(trie, np.zeros(4, np.int64), codes, starts)[0]  # ab a
    array([2, 0], dtype=int32)
    """
    n = len(codes)
    space, inside = two_spaces(trie, n, longest_sequence(n, starts))
    cut = make_cut(n, starts)
    while cut.progress[0] < len(starts):
        _greedy_on(trie, unit_count, codes, starts, space, inside, cut)
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return finish(cut, inside, n)
