"""The parse of least cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel, spliced
from hvm.kernels.lexicon.cut import (
    AT,
    DONE,
    TOTAL,
    UNSOLVED,
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
from hvm.kernels.lexicon.match import NEVER, fillers_before, may_fill, search
from hvm.kernels.lexicon.scratch import COST, END, HALT, KEY, MATCHES, STATE, Space, begin, grow
from hvm.kernels.lexicon.trie import UNITS, Trie, slots_of

WORD_BITS = 31  # of an int32 that is 0 or more


class FirstUnits(NamedTuple):
    """The best of what begins at each symbol; filled from the right."""

    best: NDArray[np.int64]  # int64[2**k, 2]: cost, units; a row for each place within reach
    firsts: NDArray[np.int32]  # int32[w * longest]: the first unit and its symbols, by ``shift``
    shift: Int  # (unit + 1) << shift | symbols in one word each; 0: a word for each of both


@helper
def _make_first_units(n_entries: Int, reach: Int, longest: Int) -> FirstUnits:
    """No unit reaches farther than ``reach`` symbols."""
    n_rows, shift = 2, 1
    while n_rows < reach + 1:
        n_rows, shift = 2 * n_rows, shift + 1
    n_words = 1
    if (n_entries + 1) >> (WORD_BITS - min(shift, WORD_BITS)) > 0:
        n_words, shift = 2, 0
    return FirstUnits(np.empty((n_rows, 2), np.int64), np.empty(n_words * longest, np.int32), shift)


@spliced
def _note_first(first_units: FirstUnits, place: Int, unit: Int, n_symbols: Int) -> None:
    """The first unit at a place of the sequence, and its symbols."""
    if first_units.shift > 0:
        first_units.firsts[place] = ((unit + 1) << first_units.shift) | n_symbols
    else:
        first_units.firsts[2 * place], first_units.firsts[2 * place + 1] = unit, n_symbols


@spliced
def _first_at(first_units: FirstUnits, place: Int) -> tuple[Int, Int]:
    """What was noted."""
    if first_units.shift > 0:
        first = np.int64(first_units.firsts[place])
        return (first >> first_units.shift) - 1, first & ((1 << first_units.shift) - 1)
    return np.int64(first_units.firsts[2 * place]), np.int64(first_units.firsts[2 * place + 1])


@spliced
def _best_plain(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    codes: NDArray[np.int32],
    i: Int,
    a: Int,
    b: Int,
    first_units: FirstUnits,
) -> bool:
    """The best first unit of ``codes[i:b]`` by symbol edges; False where others may lead to one."""
    steps, ends, best = trie.steps, trie.ends, first_units.best
    mask = np.uint64(len(best) - 1)
    node, pos, slotted, first = np.int64(UNITS), np.uint64(i), np.int64(-1), i
    cost, count, chosen, end = NEVER, np.int64(0), np.int64(-1), i
    while pos < np.uint64(b):
        if slotted < 0 and slots_of(steps, trie.lists, node, codes[pos]) >= 0:
            slotted, first = node, np.int64(pos)
        node = child_of(steps, node, codes[pos])
        if node < 0:
            break
        pos += np.uint64(1)
        unit = np.int64(ends[node])
        if unit >= 0:
            c = unit_cost[unit] + best[pos & mask, 0]
            if c <= cost:
                u = 1 + best[pos & mask, 1]
                if c < cost or u < count or (u == count and unit < chosen):
                    cost, count, chosen, end = c, u, unit, np.int64(pos)
    best[np.uint64(i) & mask, 0], best[np.uint64(i) & mask, 1] = cost, count
    _note_first(first_units, i - a, chosen, end - i)
    return bool(slotted < 0) or not may_fill(trie, codes, slotted, first, b)


@spliced
def _best_match(
    space: Space, unit_cost: NDArray[np.int64], i: Int, a: Int, first_units: FirstUnits
) -> None:
    """The best first unit among the matches at ``i``."""
    matches, best = space.matches, first_units.best
    mask = len(best) - 1
    cost, count, chosen = NEVER, np.int64(0), np.int64(-1)
    for k in range(space.tops[MATCHES]):
        unit, rest = matches[k, KEY], matches[k, END] & mask
        c, u = unit_cost[unit] + matches[k, COST] + best[rest, 0], 1 + best[rest, 1]
        better = c < cost or (c == cost and u < count)
        if c == cost and u == count and chosen >= 0:
            better = unit < matches[chosen, KEY]
            if unit == matches[chosen, KEY]:
                better = fillers_before(
                    space.states, space.records, matches[k, STATE], matches[chosen, STATE]
                )
        if better:
            cost, count, chosen = c, u, np.int64(k)
    best[i & mask, 0], best[i & mask, 1] = cost, count
    _note_first(first_units, i - a, matches[chosen, KEY], matches[chosen, END] - i)


@inner
def _solve(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    escape_cost: Int,
    codes: NDArray[np.int32],
    b: Int,
    space: Space,
    first_units: FirstUnits,
    cut: Cut,
) -> bool:
    """Find the best first units of one sequence from the right; False when the scratch is full."""
    progress = cut.progress
    a = progress[AT]
    for i in range(a + progress[UNSOLVED] - 1, a - 1, -1):
        if codes[i] < 0:
            _skip(escape_cost, i, a, first_units)
        elif not _best_plain(trie, unit_cost, codes, i, a, b, first_units):
            begin(space)
            if not search(trie, space, codes, i, b):
                progress[UNSOLVED] = i + 1 - a
                return False
            _best_match(space, unit_cost, i, a, first_units)
    progress[UNSOLVED] = 0
    return True


@spliced
def _skip(escape_cost: Int, i: Int, a: Int, first_units: FirstUnits) -> None:
    """An unknown symbol is a unit of its own."""
    best = first_units.best
    here, behind = i & (len(best) - 1), (i + 1) & (len(best) - 1)
    best[here, 0], best[here, 1] = escape_cost + best[behind, 0], 1 + best[behind, 1]
    _note_first(first_units, i - a, -1, 1)


@inner
def _write(
    trie: Trie,
    codes: NDArray[np.int32],
    a: Int,
    b: Int,
    inside: Space,
    first_units: FirstUnits,
    cut: Cut,
) -> bool:
    """Write the units of a sequence that is solved; False when the scratch is full."""
    units, unit_starts, progress = cut.units, cut.unit_starts, cut.progress
    i, m, done = progress[AT], progress[WRITTEN], True
    while i < b and done:
        unit, n_symbols = _first_at(first_units, i - a)
        units[m], unit_starts[m] = unit, i
        if unit >= 0 and trie.has_slots[unit]:
            done = fill_slots(trie, inside, codes, unit, m, i, i + n_symbols)
        if done:
            i, m = i + n_symbols, m + 1
    progress[AT], progress[WRITTEN] = i, m
    return done


@inner
def _viterbi_on(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    escape_cost: Int,
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    space: Space,
    inside: Space,
    first_units: FirstUnits,
    cut: Cut,
) -> None:
    """Parse sequences until all are done or something is full."""
    progress, best = cut.progress, first_units.best
    while progress[DONE] < len(starts):
        k = progress[DONE]
        a = starts[k]
        b = starts[k + 1] if k + 1 < len(starts) else len(codes)
        if progress[AT] < 0:
            progress[AT], progress[UNSOLVED] = a, b - a
            best[b & (len(best) - 1), 0], best[b & (len(best) - 1), 1] = 0, 0
            cut.sequence_starts[k] = progress[WRITTEN]
        if progress[UNSOLVED] > 0:
            if not _solve(trie, unit_cost, escape_cost, codes, b, space, first_units, cut):
                return
        progress[WANTED] = cut.sequence_starts[k] + best[a & (len(best) - 1), 1]
        if progress[WANTED] > len(cut.units):
            return
        if not _write(trie, codes, a, b, inside, first_units, cut):
            return
        progress[DONE], progress[AT] = k + 1, -1
        progress[TOTAL] += best[a & (len(best) - 1), 0]


@kernel
def viterbi(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    escape_cost: int,
) -> tuple[ParsedUnits, int]:
    """The parse of least cost; ties: fewer units, lower unit ids from the left, lower fillers.

    Parameters
    ----------
    trie : Trie
    unit_cost : int64[K]
        Quanta.
    codes : int32[n]
        Symbols, -1 where unknown.
    starts : int64[s]
        First index of each sequence, ascending.
    escape_cost : int
        Quanta of an unknown symbol, a unit of its own.

    Returns
    -------
    parse : ParsedUnits
    cost : int
        Quanta.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (1, 0))])  # a, b, ab, ba
    >>> trie = compile_trie(entries, np.zeros(4, np.int64))
    >>> codes, starts = np.array([0, 1, 0], np.int32), np.zeros(1, np.int64)
    >>> (units, *_), cost = viterbi(trie, np.array([4, 4, 5, 3]), codes, starts, 9)
    >>> units, cost  # a ba for 4 + 3
    (array([0, 3], dtype=int32), 7)
    """
    longest = longest_sequence(len(codes), starts)
    space, inside = two_spaces(trie, longest)
    first_units = _make_first_units(len(unit_cost), min(trie.max_unit_span, longest), longest)
    cut = make_cut(len(starts))
    while cut.progress[DONE] < len(starts):
        _viterbi_on(trie, unit_cost, escape_cost, codes, starts, space, inside, first_units, cut)
        cut = with_rows(cut)
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return finish(cut, inside, len(codes)), cut.progress[TOTAL]
