"""The parse that takes the longest unit, from the left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.cut import (
    AT,
    DONE,
    WANTED,
    WRITTEN,
    Cut,
    ParsedUnits,
    fill_slots,
    finish,
    longest_sequence,
    make_cut,
    two_spaces,
    with_rows,
)
from hvm.kernels.lexicon.double_array import child_of
from hvm.kernels.lexicon.match import may_fill, search
from hvm.kernels.lexicon.scratch import END, HALT, KEY, MATCHES, Space, begin, grow
from hvm.kernels.lexicon.trie import UNITS, Trie, slots_of


@spliced
def _longest_plain(trie: Trie, codes: NDArray[np.int32], i: Int, b: Int) -> tuple[Int, Int, bool]:
    """The longest unit at ``i`` by symbol edges, its end, and whether others lead to none."""
    steps, ends = trie.steps, trie.ends
    node, pos, slotted, first = np.int64(UNITS), np.uint64(i), np.int64(-1), i
    chosen, end = np.int64(-1), i
    while pos < np.uint64(b):
        if slotted < 0 and slots_of(steps, trie.lists, node, codes[pos]) >= 0:
            slotted, first = node, np.int64(pos)
        node = child_of(steps, node, codes[pos])
        if node < 0:
            break
        pos += np.uint64(1)
        if ends[node] >= 0:
            chosen, end = np.int64(ends[node]), np.int64(pos)
    return chosen, end, bool(slotted < 0) or not may_fill(trie, codes, slotted, first, b)


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
    """Parse sequences until all are done or something is full."""
    progress, units, unit_starts = cut.progress, cut.units, cut.unit_starts
    while progress[DONE] < len(starts):
        k, m = progress[DONE], progress[WRITTEN]
        b = starts[k + 1] if k + 1 < len(starts) else len(codes)
        if progress[AT] < 0:
            progress[AT], cut.sequence_starts[k] = starts[k], m
        i, done = progress[AT], True
        while i < b and m < len(units) and done:
            unit, end, plain = _longest_plain(trie, codes, i, b)
            if codes[i] < 0:
                unit, end = np.int64(-1), i + 1
            elif not plain:
                begin(space)
                done = search(trie, space, codes, i, b)
                unit, end = _longest_match(space, unit_count)
                if done and trie.has_slots[unit]:
                    done = fill_slots(trie, inside, codes, unit, m, i, end)
            if done:
                units[m], unit_starts[m] = unit, i
                i, m = end, m + 1
        progress[AT], progress[WRITTEN] = i, m
        if i < b:
            progress[WANTED] = m + 1
            return
        progress[DONE], progress[AT] = k + 1, -1


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
    space, inside = two_spaces(trie, longest_sequence(len(codes), starts))
    cut = make_cut(len(starts))
    while cut.progress[DONE] < len(starts):
        _greedy_on(trie, unit_count, codes, starts, space, inside, cut)
        cut = with_rows(cut)
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return finish(cut, inside, len(codes))
