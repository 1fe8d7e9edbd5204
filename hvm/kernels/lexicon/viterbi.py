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
from hvm.kernels.lexicon.match import NEVER, fillers_before, search
from hvm.kernels.lexicon.scratch import COST, END, HALT, KEY, MATCHES, STATE, Space, begin, grow
from hvm.kernels.lexicon.trie import (
    CHILD,
    FILLER_COST,
    LABEL,
    NEXT,
    UNITS,
    Trie,
    filler_end,
    slots_of,
)

WORD_BITS = 31  # of an int32 that is 0 or more


FOUND_COST, FOUND_UNITS, FOUND_FIRST, FOUND_END = 0, 1, 2, 3


class FirstUnits(NamedTuple):
    """The best of what begins at each symbol; filled from the right."""

    found: NDArray[np.int64]  # int64[4], columns below: the best at the present symbol
    best: NDArray[np.int64]  # int64[2**k, 2]: cost, units; a row for each place within reach
    firsts: NDArray[np.int32]  # int32[w * longest]: the first unit and its symbols, by ``shift``
    shift: Int  # (unit + 1) << shift | symbols in one word each; 0: a word for each of both
    is_passed: NDArray[np.bool_]  # bool[longest + 1] where the first sequence is open, else empty


@helper
def _make_first_units(n_entries: Int, reach: Int, longest: Int, is_open: bool) -> FirstUnits:
    """No unit reaches farther than ``reach`` symbols."""
    n_rows, shift = 2, 1
    while n_rows < reach + 1:
        n_rows, shift = 2 * n_rows, shift + 1
    n_words = 1
    if (n_entries + 1) >> (WORD_BITS - min(shift, WORD_BITS)) > 0:
        n_words, shift = 2, 0
    best, firsts = np.empty((n_rows, 2), np.int64), np.empty(n_words * longest, np.int32)
    is_passed = np.zeros(longest + 1 if is_open else 0, np.bool_)
    return FirstUnits(np.empty(4, np.int64), best, firsts, shift, is_passed)


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
    """The best first unit of ``codes[i:b]``; False where a unit of several slots may begin it."""
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
    if slotted >= 0:
        found = first_units.found
        found[FOUND_COST], found[FOUND_UNITS] = cost, count
        found[FOUND_FIRST], found[FOUND_END] = chosen, end
        if not _over_one_slot(trie, unit_cost, codes, slotted, first, b, first_units):
            return False
        cost, count = found[FOUND_COST], found[FOUND_UNITS]
        chosen, end = found[FOUND_FIRST], found[FOUND_END]
    best[np.uint64(i) & mask, 0], best[np.uint64(i) & mask, 1] = cost, count
    _note_first(first_units, i - a, chosen, end - i)
    return True


@inner
def _over_one_slot(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    codes: NDArray[np.int32],
    node: Int,
    i: Int,
    limit: Int,
    first_units: FirstUnits,
) -> bool:
    """Better what was found by units with one slot; False where that may not be all.

    Symbol edges are followed from the node, over what fills variables, and behind it. A unit that
    comes to a second variable edge is left to :func:`hvm.kernels.lexicon.match.search`, and so is
    one that costs the same to two ends, between which its fillers decide.
    """
    steps, lists = trie.steps, trie.lists
    while node >= 0 and i < limit:
        edge = slots_of(steps, lists, node, codes[i])
        while edge >= 0:
            filler, end = np.int64(trie.roots[trie.slots[edge, LABEL]]), i
            while filler >= 0:
                place = np.int64(trie.ends[filler])
                if place != -1:
                    cost = trie.members[filler_end(place), FILLER_COST]
                    behind = np.int64(trie.slots[edge, CHILD])
                    if not _behind_slot(
                        trie, unit_cost, codes, behind, end, limit, cost, first_units
                    ):
                        return False
                if end >= limit:
                    break
                if slots_of(steps, lists, filler, codes[end]) >= 0:
                    return False
                filler = child_of(steps, filler, codes[end])
                end += 1
            edge = np.int64(trie.slots[edge, NEXT])
        node = child_of(steps, node, codes[i])
        i += 1
    return True


@spliced
def _behind_slot(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    codes: NDArray[np.int32],
    node: Int,
    pos: Int,
    limit: Int,
    filler_cost: Int,
    first_units: FirstUnits,
) -> bool:
    """Better what was found by units that end on symbol edges from a node on."""
    best, found = first_units.best, first_units.found
    mask = len(best) - 1
    while node >= 0:
        unit = np.int64(trie.ends[node])
        if unit >= 0:
            cost = filler_cost + unit_cost[unit] + best[pos & mask, 0]
            if cost <= found[FOUND_COST]:
                count, chosen = 1 + best[pos & mask, 1], found[FOUND_FIRST]
                same = cost == found[FOUND_COST]
                if same and count == found[FOUND_UNITS] and unit == chosen:
                    if pos != found[FOUND_END]:
                        return False
                elif not same or (count, unit) < (found[FOUND_UNITS], chosen):
                    found[FOUND_COST], found[FOUND_UNITS] = cost, count
                    found[FOUND_FIRST], found[FOUND_END] = unit, pos
        if pos >= limit:
            break
        if slots_of(trie.steps, trie.lists, node, codes[pos]) >= 0:
            return False
        node = child_of(trie.steps, node, codes[pos])
        pos += 1
    return True


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
def _meeting(first_units: FirstUnits, n: Int) -> np.int64:
    """Where all best parses meet that come into a sequence of so many symbols from the left.

    Each begins at one of the first places, as many as a unit may cover, and goes on from there as
    if it began there.
    """
    is_passed = first_units.is_passed
    n_parses = min(len(first_units.best), n)
    is_passed[:n_parses] = True
    for place in range(n):
        if is_passed[place]:
            if n_parses == 1:
                return np.int64(place)
            _, n_symbols = _first_at(first_units, np.int64(place))
            n_parses -= is_passed[place + n_symbols]
            is_passed[place + n_symbols] = True
    return np.int64(n)


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
            if k == 0 and len(first_units.is_passed) > 0:
                progress[AT] += _meeting(first_units, b - a)
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
    is_open: bool,
) -> tuple[ParsedUnits, int]:
    """The parse of least cost; ties: fewer units, lower unit ids from the left, lower fillers.

    A long sequence is parsed piece by piece from the right, so that little memory is taken: where
    symbols before the first one are left out, its parse begins where the best parses meet that come
    from there. It is that of the whole, whose symbols before that place are the next piece.

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
    is_open : bool
        Whether the first sequence begins before the symbols.

    Returns
    -------
    parse : ParsedUnits
        An open sequence has no units where parses do not meet.
    cost : int
        Quanta, where no sequence is open.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (1, 0))])  # a, b, ab, ba
    >>> trie = compile_trie(entries, np.zeros(4, np.int64))
    >>> codes, starts = np.array([0, 1, 0], np.int32), np.zeros(1, np.int64)
    >>> (units, *_), cost = viterbi(trie, np.array([4, 4, 5, 3]), codes, starts, 9, False)
    >>> units, cost  # a ba for 4 + 3
    (array([0, 3], dtype=int32), 7)
    """
    longest = longest_sequence(len(codes), starts)
    space, inside = two_spaces(trie, longest)
    reach = min(trie.max_unit_span, longest)
    first_units = _make_first_units(len(unit_cost), reach, longest, is_open)
    cut = make_cut(len(starts))
    while cut.progress[DONE] < len(starts):
        _viterbi_on(trie, unit_cost, escape_cost, codes, starts, space, inside, first_units, cut)
        cut = with_rows(cut)
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return finish(cut, inside, len(codes)), cut.progress[TOTAL]
