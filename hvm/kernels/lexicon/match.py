"""Match every chunk and filler of a lexicon against symbols: tries, and one walk a position.

One table holds all tries: that of the units, below node ``UNITS``, and one for each variable, of
its fillers. A symbol edge is a row of an open-addressing table. So is the list of the variable
edges that a node has for one symbol: those of variables that can begin with it.

A walk from a variable's root leaves one *record* for every end at which a filler that starts at the
position can end. A walk that comes to a variable edge takes it once for every such record; where
they are not known yet it halts, they are found, and it starts again: see :func:`search`. So a
variable is matched only where a pattern asks for it, once, and remembered as long as a walk can
ask again. States (node, position) that agree are merged, the cheaper path kept; they can only
agree right after a variable edge, so symbol edges need no bookkeeping.

Costs are integers, in quanta of 2**-20 bit: sums are exact, so ties are ties and no result
depends on the order of addition.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced

UNITS = 0
SLOT_LISTS = np.int64(1) << 30  # added to a node's number to find its variable edges
QUANTA_PER_BIT = 1 << 20
NEVER = np.int64(1) << 60
MAX_SPAN = np.int64(1) << 40  # no sequence is longer; nested slots could double spans without end


class Trie(NamedTuple):
    """A compiled lexicon."""

    table: np.ndarray  # int64[2 T]: (node << 32 | symbol, child) pairs, -1 where empty
    nodes: np.ndarray  # int32[nodes, 3]: UNIT_AT, SLOT, MEMBER; -1 for none
    slots: np.ndarray  # int32[edges, 3]: NEXT, VARIABLE, CHILD; a node's edges for one symbol
    members: np.ndarray  # int64[P, 2]: FILLER, FILLER_COST
    roots: np.ndarray  # int32[K]: a variable's root, 0 for other entries


UNIT_AT, SLOT, MEMBER = (
    0,
    1,
    2,
)  # the unit, a variable edge if any, the place in parts of what ends here
NEXT, VARIABLE, CHILD = 0, 1, 2
FILLER, FILLER_COST = 0, 1


class Space(NamedTuple):
    """Scratch of one worker.

    Kernels never replace an array of the scratch: when one is full they return, their caller
    grows it, and they go on with the sequence they were in.
    """

    states: np.ndarray  # int64[n, 7]: paths, one state for every variable edge taken
    records: np.ndarray  # int64[n, 5]: what variables match, the cheapest filler for each end
    matches: np.ndarray  # int64[n, 4]: units that match at the present position
    slots: (
        np.ndarray
    )  # int64[n, 5]: unit index, filler's place in the lexicon's parts, start, end, depth
    known: (
        np.ndarray
    )  # int64[2**k, 4]: EPOCH, variable << 40 | position, first record, one past the last
    stack: np.ndarray  # int64[n, 2]
    tops: np.ndarray  # int64[10], counters by the names below
    bucket: np.ndarray  # int32[span + 2]: states by end, relative to the walk's start; -1 at rest
    best: np.ndarray  # int32[nodes]: best state of a node in the present bucket; -1 at rest


STATES, RECORDS, MATCHES, SLOTS, KNOWN = 0, 1, 2, 3, 4  # rows in use
HALT = 5  # 0, or the number of the full table + 1, or ASKED
ASKS = 6  # rows of the stack in use, each variable << 40 | position that a walk asked for
FARTHEST = 7  # how far from the walk's start the last waiting state ends
EPOCH = 8  # rows of ``known`` from other epochs are free
AGE = 9  # positions begun in this epoch
ASKED = -1
SHORTEST_EPOCH = 8  # positions; where records do not last longer, there is too little room
# columns of states, records and matches
KEY, END, COST = (
    0,
    1,
    2,
)  # KEY: a state's node, a record's place in the lexicon's parts, a match's unit
START, PARENT, RECORD, LINK = 3, 4, 5, 6  # of states
STATE, RECORD_FILLER = 3, 4  # of records; STATE of matches too


# -- the tries ----------------------------------------------------------------------------


@spliced
def _slot_of(table, key):
    """Index of ``key`` in the table, or of the empty row where it belongs."""
    mask = (len(table) >> 1) - 1
    h = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    row = np.int64(h >> np.uint64(32)) & mask
    while table[2 * row] != key and table[2 * row] != -1:
        row = (row + 1) & mask
    return row


@spliced
def child_of(table, node, symbol):
    """The node behind a symbol edge, -1 for none."""
    row = _slot_of(table, (np.int64(node) << 32) | symbol)
    return table[2 * row + 1] if table[2 * row] != -1 else np.int64(-1)


@spliced
def slots_of(table, node, symbol):
    """The first variable edge of a node that can begin with a symbol, -1 for none."""
    return child_of(table, node + SLOT_LISTS, symbol)


@kernel
def flatten(n_atoms, kinds, offsets, parts):
    """Flatten every entry to atoms and variables.

    kinds : uint8[K]; offsets : int64[K + 1]; parts : int32[P]
    returns pattern_offsets int64[K + 1], patterns int32[...], spans int64[K] (most symbols an
    entry covers)
    """
    size = len(kinds)
    pattern_offsets = np.zeros(size + 1, np.int64)
    spans = np.ones(size, np.int64)
    for entry in range(size):
        length = 1
        if kinds[entry] == 1:
            length = 0
            spans[entry] = 0
            for k in range(offsets[entry], offsets[entry + 1]):
                part = parts[k]
                length += pattern_offsets[part + 1] - pattern_offsets[part]
                spans[entry] = min(spans[entry] + spans[part], MAX_SPAN)
        elif kinds[entry] == 2:
            for k in range(offsets[entry], offsets[entry + 1]):
                spans[entry] = max(spans[entry], spans[parts[k]])
        pattern_offsets[entry + 1] = pattern_offsets[entry] + length
    patterns = np.empty(pattern_offsets[size], np.int32)
    for entry in range(size):
        at = pattern_offsets[entry]
        if kinds[entry] != 1:
            patterns[at] = entry
            continue
        for k in range(offsets[entry], offsets[entry + 1]):
            part = parts[k]
            for j in range(pattern_offsets[part], pattern_offsets[part + 1]):
                patterns[at] = patterns[j]
                at += 1
    return pattern_offsets, patterns, spans


@inner
def _insert(table, nodes, slots, used, n_atoms, root, pattern):
    """Add a pattern below a root; returns the node where it ends. ``used`` counts nodes, slots."""
    node = np.int64(root)
    for label in pattern:
        if label < n_atoms:
            row = _slot_of(table, (node << 32) | label)
            if table[2 * row] == -1:
                table[2 * row], table[2 * row + 1] = (node << 32) | label, used[0]
                used[0] += 1
            node = table[2 * row + 1]
            continue
        last, edge = np.int64(-1), np.int64(nodes[node, SLOT])
        while edge >= 0 and slots[edge, VARIABLE] < label:
            last, edge = edge, np.int64(slots[edge, NEXT])
        if edge < 0 or slots[edge, VARIABLE] != label:
            new = used[1]
            slots[new, NEXT], slots[new, VARIABLE], slots[new, CHILD] = edge, label, used[0]
            if last < 0:
                nodes[node, SLOT] = new
            else:
                slots[last, NEXT] = new
            edge = new
            used[0] += 1
            used[1] += 1
        node = np.int64(slots[edge, CHILD])
    return node


@inner
def _list_firsts(
    variable, n_atoms, offsets, parts, pattern_offsets, patterns, firsts, bounds, mark
):
    """Append the symbols that a variable can begin with; older variables are done."""
    n = bounds[variable, 0]
    for k in range(offsets[variable], offsets[variable + 1]):
        label = patterns[pattern_offsets[parts[k]]]
        first, last = label, label + 1
        if label >= n_atoms:
            first, last = bounds[label, 0], bounds[label, 1]
        for j in range(first, last):
            symbol = j if label < n_atoms else firsts[j]
            if mark[symbol] != variable:
                mark[symbol] = variable
                if n < len(firsts):
                    firsts[n] = symbol
                n += 1
    bounds[variable, 1] = n


@kernel
def _all_firsts(n_atoms, kinds, offsets, parts, pattern_offsets, patterns):
    """The symbols that each variable can begin with: int32[...], and bounds int64[K, 2] in it."""
    bounds = np.zeros((len(kinds), 2), np.int64)
    room = len(parts) + 16
    while True:
        firsts, mark, n = np.empty(room, np.int32), np.full(n_atoms, -1, np.int64), 0
        for entry in range(len(kinds)):
            if kinds[entry] == 2:
                bounds[entry, 0] = n
                _list_firsts(
                    entry, n_atoms, offsets, parts, pattern_offsets, patterns, firsts, bounds, mark
                )
                n = bounds[entry, 1]
                if n > room:
                    break
        if n <= room:
            return firsts, bounds
        room = 2 * n


@inner
def _list_edges(nodes, edges, firsts, bounds, table, slots, n_nodes):
    """Sort each node's variable edges into lists by symbol; with no room, only count them."""
    n = 0
    for node in range(n_nodes):
        edge = np.int64(nodes[node, SLOT])
        while edge >= 0:
            variable = edges[edge, VARIABLE]
            for j in range(bounds[variable, 0], bounds[variable, 1]):
                if n < len(slots):
                    key = ((np.int64(node) + SLOT_LISTS) << 32) | firsts[j]
                    row = _slot_of(table, key)
                    slots[n, NEXT] = table[2 * row + 1] if table[2 * row] != -1 else -1
                    slots[n, VARIABLE], slots[n, CHILD] = variable, edges[edge, CHILD]
                    table[2 * row], table[2 * row + 1] = key, n
                n += 1
            edge = np.int64(edges[edge, NEXT])
    return n


@kernel
def compile_trie(n_atoms, kinds, offsets, parts, filler_cost):
    """Compile a lexicon.

    filler_cost : int64[P], quanta
    returns trie, has_slots bool[K] (the pattern holds a variable), and the most symbols that a
    unit and that a filler covers (0: no variables)
    """
    pattern_offsets, patterns, spans = flatten(n_atoms, kinds, offsets, parts)
    size = len(kinds)
    most = np.int64(1)
    for entry in range(size):
        most += 1 + pattern_offsets[entry + 1] - pattern_offsets[entry]
        if kinds[entry] == 2:
            for k in range(offsets[entry], offsets[entry + 1]):
                most += pattern_offsets[parts[k] + 1] - pattern_offsets[parts[k]]
    table = np.full(_table_size(most), -1, np.int64)
    nodes, edges = np.full((most, 3), -1, np.int32), np.empty((most, 3), np.int32)
    members, roots = np.zeros((len(parts), 2), np.int64), np.zeros(size, np.int32)
    has_slots = np.zeros(size, np.bool_)
    used = np.zeros(2, np.int64)
    used[0] = 1
    max_unit_span, max_filler_span = 1, 0
    for entry in range(size):
        if kinds[entry] == 2:
            roots[entry] = used[0]
            used[0] += 1
            max_filler_span = max(max_filler_span, spans[entry])
            for k in range(offsets[entry], offsets[entry + 1]):
                pattern = patterns[pattern_offsets[parts[k]] : pattern_offsets[parts[k] + 1]]
                nodes[
                    _insert(table, nodes, edges, used, n_atoms, roots[entry], pattern), MEMBER
                ] = k
                members[k, FILLER], members[k, FILLER_COST] = parts[k], filler_cost[k]
        else:
            max_unit_span = max(max_unit_span, spans[entry])
            pattern = patterns[pattern_offsets[entry] : pattern_offsets[entry + 1]]
            nodes[_insert(table, nodes, edges, used, n_atoms, UNITS, pattern), UNIT_AT] = entry
            for label in pattern:
                has_slots[entry] |= label >= n_atoms
    firsts, bounds = _all_firsts(n_atoms, kinds, offsets, parts, pattern_offsets, patterns)
    slots = np.empty((0, 3), np.int32)
    n_slots = _list_edges(nodes, edges, firsts, bounds, table, slots, used[0])
    if n_slots > 0:
        larger = np.full(_table_size(used[0] + n_slots), -1, np.int64)
        _copy_rows(table, larger)
        table = larger
        slots = np.empty((n_slots, 3), np.int32)
        _list_edges(nodes, edges, firsts, bounds, table, slots, used[0])
    trie = Trie(table, nodes[: used[0]].copy(), slots, members, roots)
    return trie, has_slots, max_unit_span, max_filler_span


@inner
def _table_size(n_keys):
    size = 32
    while size < 4 * n_keys:
        size *= 2
    return size


@inner
def _copy_rows(table, larger):
    """Put the rows of one table into another."""
    for row in range(len(table) // 2):
        if table[2 * row] != -1:
            new = _slot_of(larger, table[2 * row])
            larger[2 * new], larger[2 * new + 1] = table[2 * row], table[2 * row + 1]


# -- scratch ------------------------------------------------------------------------------


@kernel
def make_space(n_nodes, span, n_slots):
    """Scratch, at rest, for tries of ``n_nodes`` whose entries cover ``span`` symbols at most."""
    return Space(
        np.empty((256, 7), np.int64),
        np.empty((2048, 5), np.int64),
        np.empty((256, 4), np.int64),
        np.empty((n_slots, 5), np.int64),
        np.full((2048, 4), -1, np.int64),
        np.empty((256, 2), np.int64),
        np.zeros(10, np.int64),
        np.full(span + 2, -1, np.int32),
        np.full(n_nodes, -1, np.int32),
    )


@kernel
def _more_rows(table, wanted):
    """The same rows in a table with room for twice as many, if wanted."""
    if not wanted:
        return table
    n_rows, n_columns = table.shape
    grown = np.empty((2 * n_rows, n_columns), np.int64)
    for row in range(2 * n_rows):
        for column in range(n_columns):
            grown[row, column] = table[row, column] if row < n_rows else -1
    return grown


@kernel
def grow(space):
    """The same scratch at rest, its records forgotten, with twice the room in whatever was full."""
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
def forget(space):
    """Forget all records."""
    tops = space.tops
    tops[STATES] = tops[RECORDS] = tops[KNOWN] = tops[AGE] = 0
    tops[EPOCH] += 1


@spliced
def begin(space):
    """Make ready for the units of another position; records that may still serve stay.

    Where they had to be forgotten too soon, ``tops[HALT]`` asks for more room.
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
def _known_row(known, epoch, key):
    """The row of a (variable, position), or the free row where it belongs."""
    mask = len(known) - 1
    row = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while known[row, 0] == epoch and known[row, 1] != key:
        row = (row + 1) & mask
    return row


# -- the walk -----------------------------------------------------------------------------


@inner
def fillers_before(states, records, a, b):
    """Whether path ``a`` has lower fillers from the left than ``b``; both end at one node."""
    before = False
    while a != b and a >= 0 and b >= 0:
        x, y = records[states[a, RECORD], RECORD_FILLER], records[states[b, RECORD], RECORD_FILLER]
        if x != y:
            before = x < y
        elif states[a, END] != states[b, END]:
            before = states[a, END] < states[b, END]
        a, b = states[a, PARENT], states[b, PARENT]
    return before


@spliced
def _record(members, records, tops, first, member, end, cost, state):
    """Leave a record of a filler, or better the one that stands for the same end."""
    filler = members[member, FILLER]
    cost += members[member, FILLER_COST]
    k = first
    keep = True
    while k < tops[RECORDS]:
        if records[k, END] == end:
            old = records[k, COST]
            keep = cost < old or (cost == old and filler < records[k, RECORD_FILLER])
            break
        k += 1
    if k == len(records):
        tops[HALT] = RECORDS + 1
    elif keep:
        records[k, KEY], records[k, END], records[k, COST] = member, end, cost
        records[k, STATE], records[k, RECORD_FILLER] = state, filler
        tops[RECORDS] = max(tops[RECORDS], k + 1)


@spliced
def _take(trie, space, edge, i, pos, cost, parent):
    """Take variable edges at ``pos``, from ``edge`` on; states behind them wait, by their end."""
    states, records, known, stack = space.states, space.records, space.known, space.stack
    slots, tops, bucket = trie.slots, space.tops, space.bucket
    while edge >= 0:
        key = (np.int64(slots[edge, VARIABLE]) << 40) | pos
        row = _known_row(known, tops[EPOCH], key)
        if known[row, 0] != tops[EPOCH]:
            if tops[ASKS] == len(stack):
                tops[HALT] = STATES + 1
                break
            tops[HALT] = ASKED
            stack[tops[ASKS], 0] = key
            tops[ASKS] += 1
        elif tops[HALT] == 0:
            for k in range(known[row, 2], known[row, 3]):
                new = tops[STATES]
                if new == len(states):
                    tops[HALT] = STATES + 1
                    break
                end = records[k, END]
                states[new, KEY], states[new, END] = slots[edge, CHILD], end
                states[new, COST], states[new, START] = cost + records[k, COST], pos
                states[new, PARENT], states[new, RECORD] = parent, k
                states[new, LINK] = bucket[end - i]
                bucket[end - i] = new
                tops[FARTHEST] = max(tops[FARTHEST], end - i)
                tops[STATES] = new + 1
        edge = np.int64(slots[edge, NEXT])


@spliced
def _run(trie, space, codes, i, limit, node, pos, cost, state, first):
    """Follow symbol edges, reporting what ends on the way; ``first``: this walk's first record."""
    table, nodes, matches, tops = trie.table, trie.nodes, space.matches, space.tops
    while node >= 0 and tops[HALT] == 0:
        unit, member = np.int64(nodes[node, UNIT_AT]), np.int64(nodes[node, MEMBER])
        if unit >= 0:
            k = tops[MATCHES]
            if k == len(matches):
                tops[HALT] = MATCHES + 1
                break
            matches[k, KEY], matches[k, END] = unit, pos
            matches[k, COST], matches[k, STATE] = cost, state
            tops[MATCHES] = k + 1
        elif member >= 0:
            _record(trie.members, space.records, tops, first, member, pos, cost, state)
        if pos >= limit or codes[pos] < 0:
            break
        if nodes[node, SLOT] >= 0:
            _take(trie, space, slots_of(table, node, codes[pos]), i, pos, cost, state)
        node = child_of(table, node, codes[pos])
        pos += 1


@spliced
def _settle(states, records, bucket, best, offset):
    """Note the best state for each node of those that wait at one end; returns their list."""
    first = np.int64(bucket[offset])
    bucket[offset] = -1
    state = first
    while state >= 0:
        node = states[state, KEY]
        other = np.int64(best[node])
        if other < 0 or states[state, COST] < states[other, COST]:
            best[node] = state
        elif states[state, COST] == states[other, COST]:
            if fillers_before(states, records, state, other):
                best[node] = state
        state = states[state, LINK]
    return first


@spliced
def _walk(trie, space, root, codes, i, limit):
    """Find the units (into matches) or fillers (into records) from ``i`` that end by ``limit``.

    Symbol edges first, then the states that wait, in the order of their ends, the merged ones
    once. Leaves ``tops[HALT]`` at 0 when it got to the end; buckets are at rest in any case.
    """
    states, bucket, best, tops = space.states, space.bucket, space.best, space.tops
    first = tops[RECORDS]
    node, pos, cost, state = np.int64(root), i, np.int64(0), np.int64(-1)
    waiting, offset = np.int64(-1), 0
    while True:
        _run(trie, space, codes, i, limit, node, pos, cost, state, first)
        while waiting < 0 and offset < tops[FARTHEST]:
            offset += 1
            waiting = _settle(states, space.records, bucket, best, offset)
            while waiting >= 0 and best[states[waiting, KEY]] != waiting:
                waiting = states[waiting, LINK]
        if waiting < 0:
            break
        state = waiting
        node, pos, cost = states[state, KEY], states[state, END], states[state, COST]
        best[node] = -1
        waiting = states[state, LINK]
        while waiting >= 0 and best[states[waiting, KEY]] != waiting:
            waiting = states[waiting, LINK]
    tops[FARTHEST] = 0


@inner
def search(trie, space, codes, i, limit):
    """Leave in matches the units from ``i`` that end by ``limit``; False when the scratch is full.

    What a walk asks for is found first: what that asks for before it, and so on; then the walk
    starts again. An asker asks for fillers that start further right, or for an older variable,
    so this ends.
    """
    tops, known, stack = space.tops, space.known, space.stack
    tops[ASKS] = 1
    while tops[ASKS] > 0 and tops[HALT] == 0:
        height = tops[ASKS]
        key, first, state = stack[height - 1, 0], tops[RECORDS], tops[STATES]
        position, root = i, np.int64(UNITS)
        if height > 1:
            if known[_known_row(known, tops[EPOCH], key), 0] == tops[EPOCH]:
                tops[ASKS] = height - 1  # two walks asked for it
                continue
            position, root = key & ((1 << 40) - 1), np.int64(trie.roots[key >> 40])
        else:
            tops[MATCHES] = 0
        _walk(trie, space, root, codes, position, limit)
        if tops[HALT] == ASKED:
            tops[RECORDS], tops[STATES], tops[HALT] = first, state, 0
            continue
        if tops[HALT] != 0:
            break
        tops[ASKS] = height - 1
        if height > 1:
            if 2 * tops[KNOWN] >= len(known):
                tops[HALT] = KNOWN + 1
                break
            row = _known_row(known, tops[EPOCH], key)
            known[row, 0], known[row, 1] = tops[EPOCH], key
            known[row, 2], known[row, 3] = first, tops[RECORDS]
            tops[KNOWN] += 1
    return tops[HALT] == 0
