"""Viterbi and greedy parsing over a compiled lexicon, and the slots of the units they choose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hvm.kernels.jit import inner, kernel, spliced
from hvm.kernels.match import (
    COST,
    END,
    FARTHEST,
    FILLERS,
    KEY,
    MATCHES,
    NEVER,
    OVERFLOW,
    PARENT,
    RECORD,
    RECORD_PART,
    RECORDS,
    SLOTS,
    START,
    STATE,
    STATES,
    UNIT_AT,
    UNITS,
    child_of,
    fillers_before,
    grow,
    make_space,
    walk,
)

BLOCK_SYMBOLS = 1 << 16


@inner
def _records_between(trie, space, codes, bounds, start, end):
    """Leave the records of ``codes[start:end]``, as if the sequence ended there; False on overflow."""
    space.tops[STATES] = space.tops[RECORDS] = space.tops[MATCHES] = 0
    bounds[2 * (end - start)] = bounds[2 * (end - start) + 1] = 0
    for i in range(end - 1, start - 1, -1):
        if not walk(trie, space, FILLERS, codes, bounds, start, i, end):
            return False
    return True


@inner
def _fill_slots(trie, space, bounds, codes, unit, index, start, end):
    """Append the slots of one unit, whose span is known, by matching inside the span alone."""
    if not _records_between(trie, space, codes, bounds, start, end):
        return False
    if not walk(trie, space, UNITS, codes, bounds, start, start, end):
        return False
    matches, states, records, slots, stack = (
        space.matches,
        space.states,
        space.records,
        space.slots,
        space.stack,
    )
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
            space.tops[OVERFLOW] = SLOTS + 1
            return False
        height -= 1
        state, depth = stack[height, 0], stack[height, 1]
        record = states[state, RECORD]
        slots[k, 0], slots[k, 1] = index, records[record, RECORD_PART]
        slots[k, 2], slots[k, 3], slots[k, 4] = states[state, START], states[state, END], depth
        k += 1
        state, depth = records[record, STATE], depth + 1


@inner
def _forget_records(space, bounds, a, i, horizon):
    """Drop the records past ``horizon``, which no walk from ``i`` or from before it can reach."""
    dead = bounds[2 * (horizon - a)]
    live = space.tops[RECORDS] - dead
    for k in range(live):
        for column in range(space.records.shape[1]):
            space.records[k, column] = space.records[dead + k, column]
    for p in range(2 * (i - a), 2 * (horizon - a) + 2):
        bounds[p] = max(bounds[p] - dead, 0)
    space.tops[RECORDS] = live


@spliced
def _best_plain(table, nodes, unit_cost, codes, i, a, b, best):
    """The best first unit of ``codes[i:b]`` in a lexicon without variables."""
    node, pos = np.int64(UNITS), i
    cost, count, chosen, end = NEVER, np.int64(0), np.int64(-1), i
    while pos < b and codes[pos] >= 0:
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
def _solve(trie, unit_cost, escape_cost, reach, codes, a, b, space, bounds, best):
    """Fill ``best`` from the right for one sequence; False on overflow."""
    tops, records = space.tops, space.records
    tops[RECORDS] = 0
    bounds[2 * (b - a)] = bounds[2 * (b - a) + 1] = 0
    for i in range(b - 1, a - 1, -1):
        if 2 * tops[RECORDS] > len(records) and i + reach < b:
            if 4 * bounds[2 * (i + reach - a)] > len(records):
                _forget_records(space, bounds, a, i, i + reach)
        tops[STATES] = 0
        if not walk(trie, space, FILLERS, codes, bounds, a, i, b):
            return False
        tops[STATES] = tops[MATCHES] = 0
        if codes[i] < 0:
            _skip(escape_cost, i, a, best)
        elif walk(trie, space, UNITS, codes, bounds, a, i, b):
            _best_match(space, unit_cost, i, a, best)
        else:
            return False
    return True


@spliced
def _skip(escape_cost, i, a, best):
    """An unknown symbol is a unit of its own."""
    best[i - a, 0] = escape_cost + best[i + 1 - a, 0]
    best[i - a, 1], best[i - a, 2], best[i - a, 3] = 1 + best[i + 1 - a, 1], -1, i + 1


@inner
def _solve_plain(trie, unit_cost, escape_cost, codes, a, b, best):
    """Fill ``best`` for one sequence, in a lexicon without variables."""
    table, nodes = trie.table, trie.nodes
    for i in range(b - 1, a - 1, -1):
        if codes[i] < 0:
            _skip(escape_cost, i, a, best)
        else:
            _best_plain(table, nodes, unit_cost, codes, i, a, b, best)


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
    trie, has_slots, unit_cost, escape_cost, reach, with_variables, codes, starts, space, inside, bounds,
    inside_bounds, best, cut,
):  # fmt: skip
    """Parse sequences until all are done or the scratch overflows."""
    n, progress, unit_starts = len(codes), cut.progress, cut.unit_starts
    while progress[0] < len(starts):
        k, m = progress[0], progress[1]
        a = starts[k]
        b = starts[k + 1] if k + 1 < len(starts) else n
        best[b - a, 0], best[b - a, 1] = 0, 0
        if not with_variables:
            _solve_plain(trie, unit_cost, escape_cost, codes, a, b, best)
        elif not _solve(trie, unit_cost, escape_cost, reach, codes, a, b, space, bounds, best):
            return
        first_slot = inside.tops[SLOTS]
        cut.sequence_starts[k] = m
        i = a
        while i < b:
            unit, end = best[i - a, 2], best[i - a, 3]
            cut.units[m], unit_starts[m] = unit, i
            if unit >= 0 and has_slots[unit]:
                if not _fill_slots(trie, inside, inside_bounds, codes, unit, m, i, end):
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
    returns units int32[m], unit_starts int64[m + 1], sequence_starts int64[s], slots int64[k, 5], cost in quanta
    """
    n = len(codes)
    longest = longest_sequence(n, starts)
    with_variables = max_filler_span > 0
    reach = max(max_unit_span, max_filler_span) + 1
    space, inside = make_space(len(trie.nodes), reach, 0), make_space(len(trie.nodes), reach, n + 64)
    bounds = np.zeros(2 * (longest + 1) if with_variables else 2, np.int64)
    inside_bounds = np.zeros(2 * (reach + 1), np.int64)
    best = np.empty((longest + 1, 4), np.int64)  # cost, units, first unit, its end
    cut = _make_cut(n, starts)
    while cut.progress[0] < len(starts):
        _viterbi_on(
            trie, has_slots, unit_cost, escape_cost, reach, with_variables, codes, starts, space, inside,
            bounds, inside_bounds, best, cut,
        )  # fmt: skip
        if space.tops[OVERFLOW] != 0:
            space = _at_rest(grow(space))
        if inside.tops[OVERFLOW] != 0:
            inside = _at_rest(grow(inside))
    return _finish(cut, inside, n), cut.progress[2]


@kernel
def _at_rest(space):
    """Scratch that an interrupted walk may have left with waiting states, cleared."""
    space.bucket[:] = -1
    space.best[:] = -1
    space.tops[FARTHEST] = 0
    return space


@spliced
def _longest_plain(table, nodes, codes, i, b):
    node, pos = np.int64(UNITS), i
    chosen, end = np.int64(-1), i
    while pos < b and codes[pos] >= 0:
        node = child_of(table, node, codes[pos])
        if node < 0:
            break
        pos += 1
        if nodes[node, UNIT_AT] >= 0:
            chosen, end = np.int64(nodes[node, UNIT_AT]), pos
    return chosen, end


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
def _greedy_on(
    trie, has_slots, unit_count, reach, with_variables, codes, starts, space, inside, bounds, inside_bounds, cut
):
    """Parse sequences until all are done or the scratch overflows."""
    n, progress, tops = len(codes), cut.progress, space.tops
    table, nodes, unit_starts = trie.table, trie.nodes, cut.unit_starts
    block = max(BLOCK_SYMBOLS, 4 * reach)
    while progress[0] < len(starts):
        k, m = progress[0], progress[1]
        a = starts[k]
        b = starts[k + 1] if k + 1 < len(starts) else n
        first_slot = inside.tops[SLOTS]
        cut.sequence_starts[k] = m
        i, origin, ready, stop = a, a, a, a
        while i < b:
            if with_variables and i >= ready:
                # Records near the stop are incomplete, but no unit that starts before ``ready`` reaches them.
                origin, ready = i, min(b, i + block)
                stop = min(b, ready + 2 * reach)
                if not _records_between(trie, space, codes, bounds, origin, stop):
                    inside.tops[SLOTS] = first_slot
                    return
            done = True
            if codes[i] < 0:
                unit, end = np.int64(-1), i + 1
            elif with_variables:
                tops[STATES] = tops[MATCHES] = 0
                done = walk(trie, space, UNITS, codes, bounds, origin, i, stop)
                unit, end = _longest_match(space, unit_count)
            else:
                unit, end = _longest_plain(table, nodes, codes, i, b)
            if done and unit >= 0 and has_slots[unit]:
                done = _fill_slots(trie, inside, inside_bounds, codes, unit, m, i, end)
            if not done:
                inside.tops[SLOTS] = first_slot
                return
            cut.units[m], unit_starts[m] = unit, i
            m += 1
            i = end
        progress[0], progress[1] = k + 1, m


@kernel
def greedy(trie, has_slots, unit_count, max_unit_span, max_filler_span, codes, starts):
    """From the left, the unit that covers most; ties: higher count, lower id, cheaper fillers, lower fillers.

    unit_count : int64[K]; the rest and the returns as ``viterbi``, the cost aside
    """
    n = len(codes)
    with_variables = max_filler_span > 0
    reach = max(max_unit_span, max_filler_span) + 1
    space, inside = make_space(len(trie.nodes), reach, 0), make_space(len(trie.nodes), reach, n + 64)
    most = min(longest_sequence(n, starts), max(BLOCK_SYMBOLS, 4 * reach) + 2 * reach)
    bounds = np.zeros(2 * (most + 1) if with_variables else 2, np.int64)
    inside_bounds = np.zeros(2 * (reach + 1), np.int64)
    cut = _make_cut(n, starts)
    while cut.progress[0] < len(starts):
        _greedy_on(
            trie, has_slots, unit_count, reach, with_variables, codes, starts, space, inside, bounds,
            inside_bounds, cut,
        )  # fmt: skip
        if space.tops[OVERFLOW] != 0:
            space = _at_rest(grow(space))
        if inside.tops[OVERFLOW] != 0:
            inside = _at_rest(grow(inside))
    return _finish(cut, inside, n)
