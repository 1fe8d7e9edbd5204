"""Viterbi and greedy parsing over a compiled lexicon, and the slots of the units they choose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced
from hvm.kernels.lexicon.match import (
    COST,
    END,
    HALT,
    KEY,
    MATCHES,
    NEVER,
    PARENT,
    RECORD,
    SLOT,
    SLOTS,
    START,
    STATE,
    UNIT_AT,
    UNITS,
    begin,
    child_of,
    fillers_before,
    forget,
    grow,
    make_space,
    search,
    slots_of,
)


@inner
def _fill_slots(trie, space, codes, unit, index, start, end):
    """Append the slots of one unit, whose span is known, by matching inside the span alone."""
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


@spliced
def _best_plain(table, nodes, unit_cost, codes, i, a, b, best):
    """The best first unit of ``codes[i:b]`` by symbol edges; False where a variable edge is met."""
    node, pos, plain = np.int64(UNITS), i, True
    cost, count, chosen, end = NEVER, np.int64(0), np.int64(-1), i
    while pos < b and codes[pos] >= 0:
        if nodes[node, SLOT] >= 0 and slots_of(table, node, codes[pos]) >= 0:
            plain = False
            break
        node = child_of(table, node, codes[pos])
        if node < 0:
            break
        pos += 1
        unit = np.int64(nodes[node, UNIT_AT])
        if unit >= 0:
            c, u = unit_cost[unit] + best[pos - a, 0], 1 + best[pos - a, 1]
            if c < cost or (c == cost and (u < count or (u == count and unit < chosen))):
                cost, count, chosen, end = c, u, unit, pos
    best[i - a, 0], best[i - a, 1], best[i - a, 2], best[i - a, 3] = cost, count, chosen, end
    return plain


@spliced
def _best_match(space, unit_cost, i, a, best):
    """The best first unit among the matches at ``i``."""
    matches = space.matches
    cost, count, chosen = NEVER, np.int64(0), np.int64(-1)
    for k in range(space.tops[MATCHES]):
        unit, rest = matches[k, KEY], matches[k, END] - a
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
    best[i - a, 0], best[i - a, 1] = cost, count
    best[i - a, 2], best[i - a, 3] = matches[chosen, KEY], matches[chosen, END]


@inner
def _solve(trie, unit_cost, escape_cost, codes, a, b, space, best):
    """Fill ``best`` from the right for one sequence; False when the scratch is full."""
    table, nodes = trie.table, trie.nodes
    for i in range(b - 1, a - 1, -1):
        if codes[i] < 0:
            _skip(escape_cost, i, a, best)
        elif not _best_plain(table, nodes, unit_cost, codes, i, a, b, best):
            begin(space)
            if not search(trie, space, codes, i, b):
                return False
            _best_match(space, unit_cost, i, a, best)
    return True


@spliced
def _skip(escape_cost, i, a, best):
    """An unknown symbol is a unit of its own."""
    best[i - a, 0] = escape_cost + best[i + 1 - a, 0]
    best[i - a, 1], best[i - a, 2], best[i - a, 3] = 1 + best[i + 1 - a, 1], -1, i + 1


class Cut(NamedTuple):
    """Units as they are written; ``progress`` counts sequences and units done, and the cost."""

    units: np.ndarray  # int32[n]
    unit_starts: np.ndarray  # int64[n + 1]
    sequence_starts: np.ndarray  # int64[s]
    progress: np.ndarray  # int64[3]


@kernel
def _make_cut(n, starts):
    return Cut(
        np.empty(n, np.int32),
        np.empty(n + 1, np.int64),
        np.empty(len(starts), np.int64),
        np.zeros(3, np.int64),
    )


@kernel
def _finish(cut, space, n):
    m, k = cut.progress[1], space.tops[SLOTS]
    cut.unit_starts[m] = n
    units, unit_starts = cut.units[:m].copy(), cut.unit_starts[: m + 1].copy()
    return units, unit_starts, cut.sequence_starts, space.slots[:k].copy()


@inner
def longest_sequence(n, starts):
    """Symbols in the longest sequence."""
    longest = 0
    for k in range(len(starts)):
        end = starts[k + 1] if k + 1 < len(starts) else n
        longest = max(longest, end - starts[k])
    return longest


@inner
def _viterbi_on(
    trie, has_slots, unit_cost, escape_cost, codes, starts, space, inside, best, cut
):  # fmt: skip
    """Parse sequences until all are done or the scratch is full."""
    n, progress, unit_starts = len(codes), cut.progress, cut.unit_starts
    while progress[0] < len(starts):
        k, m = progress[0], progress[1]
        a = starts[k]
        b = starts[k + 1] if k + 1 < len(starts) else n
        best[b - a, 0], best[b - a, 1] = 0, 0
        if not _solve(trie, unit_cost, escape_cost, codes, a, b, space, best):
            return
        first_slot = inside.tops[SLOTS]
        cut.sequence_starts[k] = m
        i = a
        while i < b:
            unit, end = best[i - a, 2], best[i - a, 3]
            cut.units[m], unit_starts[m] = unit, i
            if unit >= 0 and has_slots[unit]:
                if not _fill_slots(trie, inside, codes, unit, m, i, end):
                    inside.tops[SLOTS] = first_slot
                    return
            m += 1
            i = end
        progress[0], progress[1] = k + 1, m
        progress[2] += best[0, 0]


@kernel
def viterbi(trie, has_slots, unit_cost, escape_cost, max_unit_span, max_filler_span, codes, starts):
    """The parse of least cost; ties: fewer units, lower unit ids from the left, lower fillers.

    unit_cost : int64[K], quanta; codes : int32[n]; starts : int64[s]
    returns units int32[m], unit_starts int64[m + 1], sequence_starts int64[s], slots int64[k, 5],
    cost in quanta
    """
    n, longest = len(codes), longest_sequence(len(codes), starts)
    reach = min(max(max_unit_span, max_filler_span), longest)
    space = make_space(len(trie.nodes), reach, 0)
    inside = make_space(len(trie.nodes), reach, n + 64 if max_filler_span > 0 else 0)
    best = np.empty((longest + 1, 4), np.int64)  # cost, units, first unit, its end
    cut = _make_cut(n, starts)
    while cut.progress[0] < len(starts):
        _viterbi_on(
            trie, has_slots, unit_cost, escape_cost, codes, starts, space, inside, best, cut
        )
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return _finish(cut, inside, n), cut.progress[2]


@spliced
def _longest_plain(table, nodes, codes, i, b):
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
def _longest_match(space, unit_count):
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
def _greedy_on(trie, has_slots, unit_count, codes, starts, space, inside, cut):
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
                if done and has_slots[unit]:
                    done = _fill_slots(trie, inside, codes, unit, m, i, end)
            if not done:
                inside.tops[SLOTS] = first_slot
                return
            cut.units[m], unit_starts[m] = unit, i
            m += 1
            i = end
        progress[0], progress[1] = k + 1, m


@kernel
def greedy(trie, has_slots, unit_count, max_unit_span, max_filler_span, codes, starts):
    """From the left, the longest unit; ties: higher count, lower id, cheaper, then lower fillers.

    unit_count : int64[K]; the rest and the returns as ``viterbi``, the cost aside
    """
    n = len(codes)
    reach = min(max(max_unit_span, max_filler_span), longest_sequence(n, starts))
    space = make_space(len(trie.nodes), reach, 0)
    inside = make_space(len(trie.nodes), reach, n + 64 if max_filler_span > 0 else 0)
    cut = _make_cut(n, starts)
    while cut.progress[0] < len(starts):
        _greedy_on(trie, has_slots, unit_count, codes, starts, space, inside, cut)
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return _finish(cut, inside, n)
