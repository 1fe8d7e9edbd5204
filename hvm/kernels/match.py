"""Match every chunk and filler of a lexicon against symbols: one trie, one walk a position.

The trie has two roots: below ``UNITS`` lie the patterns of all atoms and chunks, below ``FILLERS`` those of
all members of variables. A symbol edge is a row of an open-addressing table, a variable edge a link in the
list of its node.

Positions are visited from the right. At each, the walk from ``FILLERS`` leaves one *record* for every
(variable, end) that matches there; a walk takes a variable edge once for every record at its position.
States (node, position) that agree are merged, the cheaper path kept; they can only agree right after a
variable edge, so symbol edges need no bookkeeping.

Costs are integers, in quanta of 2**-20 bit: sums are exact, so ties are ties and no result depends on the
order of addition.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced

UNITS, FILLERS = 0, 1
QUANTA_PER_BIT = 1 << 20
NEVER = np.int64(1) << 60


class Trie(NamedTuple):
    """A compiled lexicon."""

    table: np.ndarray  # int64[2 T]: (node << 32 | symbol, child) pairs, -1 where empty
    nodes: np.ndarray  # int32[nodes, 3]: UNIT_AT, SLOT, MEMBERSHIP; -1 for none
    slots: np.ndarray  # int32[edges, 3]: NEXT, VARIABLE, CHILD; a node's edges by ascending variable
    members: np.ndarray  # int64[memberships, 5]: NEXT, VARIABLE, PART, FILLER, FILLER_COST


UNIT_AT, SLOT, MEMBERSHIP = 0, 1, 2
NEXT, VARIABLE, CHILD = 0, 1, 2
PART, FILLER, FILLER_COST = 2, 3, 4


class Space(NamedTuple):
    """Scratch of one worker.

    ``tops`` counts states, records, matches and slots, says which of them overflowed (its number + 1), and
    how far from the walk's start the last waiting state ends. Kernels never replace an array of the
    scratch: on overflow they return, their caller grows it, and they go on with the sequence they were in.
    """

    states: np.ndarray  # int64[n, 7]: paths, one state for every variable edge taken
    records: np.ndarray  # int64[n, 6]: what a variable matches, the cheapest filler for each end
    matches: np.ndarray  # int64[n, 4]: units that match at the present position
    slots: np.ndarray  # int64[n, 5]: unit index, filler's place in the lexicon's parts, start, end, depth
    stack: np.ndarray  # int64[states, 2]
    tops: np.ndarray  # int64[6]
    bucket: np.ndarray  # int32[span + 2]: states by end, relative to the walk's start; -1 at rest
    best: np.ndarray  # int32[nodes]: best state of a node in the present bucket; -1 at rest


STATES, RECORDS, MATCHES, SLOTS, OVERFLOW, FARTHEST = 0, 1, 2, 3, 4, 5
# columns of states, records and matches: the first three mean the same in all
KEY, END, COST = 0, 1, 2  # KEY: a state's node, a record's variable, a match's unit
START, PARENT, RECORD, LINK = 3, 4, 5, 6  # of states
STATE, RECORD_PART, RECORD_FILLER = 3, 4, 5  # of records; STATE of matches too


# -- the trie -----------------------------------------------------------------------------


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
    row = _slot_of(table, (np.int64(node) << 32) | symbol)
    return table[2 * row + 1] if table[2 * row] != -1 else np.int64(-1)


@kernel
def flatten(n_atoms, kinds, offsets, parts):
    """Flatten every entry to atoms and variables.

    kinds : uint8[K]; offsets : int64[K + 1]; parts : int32[P]
    returns pattern_offsets int64[K + 1], patterns int32[...], spans int64[K] (most symbols an entry covers)
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
                spans[entry] += spans[part]
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


@kernel
def compile_trie(n_atoms, kinds, offsets, parts, filler_cost):
    """Compile a lexicon.

    filler_cost : int64[P], quanta
    returns trie, has_slots bool[K] (the pattern holds a variable), and the most symbols that a unit and that
    a filler covers (0: no variables)
    """
    pattern_offsets, patterns, spans = flatten(n_atoms, kinds, offsets, parts)
    size = len(kinds)
    is_filler = np.zeros(size, np.bool_)
    n_memberships = 0
    for entry in range(size):
        if kinds[entry] == 2:
            n_memberships += offsets[entry + 1] - offsets[entry]
            for k in range(offsets[entry], offsets[entry + 1]):
                is_filler[parts[k]] = True
    most = np.int64(2)
    for entry in range(size):
        length = pattern_offsets[entry + 1] - pattern_offsets[entry]
        most += length + (length if is_filler[entry] else 0)
    capacity = 16
    while capacity < 2 * most:
        capacity *= 2
    table = np.full(2 * capacity, -1, np.int64)
    nodes = np.full((most, 3), -1, np.int32)
    slots = np.empty((most, 3), np.int32)
    members = np.empty((n_memberships, 5), np.int64)
    has_slots = np.zeros(size, np.bool_)
    filler_node = np.full(size, -1, np.int32)
    n_nodes, n_slots = 2, 0
    max_unit_span, max_filler_span = 1, 0
    for root in (UNITS, FILLERS):
        for entry in range(size):
            if kinds[entry] == 2 or (root == FILLERS and not is_filler[entry]):
                continue
            if root == UNITS:
                max_unit_span = max(max_unit_span, spans[entry])
            else:
                max_filler_span = max(max_filler_span, spans[entry])
            node = np.int64(root)
            for k in range(pattern_offsets[entry], pattern_offsets[entry + 1]):
                label = patterns[k]
                if label < n_atoms:
                    row = _slot_of(table, (np.int64(node) << 32) | label)
                    if table[2 * row] == -1:
                        table[2 * row] = (np.int64(node) << 32) | label
                        table[2 * row + 1] = n_nodes
                        n_nodes += 1
                    node = table[2 * row + 1]
                    continue
                has_slots[entry] = True
                last, edge = np.int64(-1), np.int64(nodes[node, SLOT])
                while edge >= 0 and slots[edge, VARIABLE] < label:
                    last, edge = edge, np.int64(slots[edge, NEXT])
                if edge < 0 or slots[edge, VARIABLE] != label:
                    slots[n_slots, NEXT] = edge
                    slots[n_slots, VARIABLE], slots[n_slots, CHILD] = label, n_nodes
                    if last < 0:
                        nodes[node, SLOT] = n_slots
                    else:
                        slots[last, NEXT] = n_slots
                    edge = n_slots
                    n_slots += 1
                    n_nodes += 1
                node = np.int64(slots[edge, CHILD])
            if root == UNITS:
                nodes[node, UNIT_AT] = entry
            else:
                filler_node[entry] = node
    n_memberships = 0
    for entry in range(size):
        if kinds[entry] == 2:
            for k in range(offsets[entry], offsets[entry + 1]):
                node = filler_node[parts[k]]
                members[n_memberships, NEXT] = nodes[node, MEMBERSHIP]
                members[n_memberships, VARIABLE], members[n_memberships, PART] = entry, k
                members[n_memberships, FILLER], members[n_memberships, FILLER_COST] = parts[k], filler_cost[k]
                nodes[node, MEMBERSHIP] = n_memberships
                n_memberships += 1
    trie = Trie(table, nodes[:n_nodes].copy(), slots[:n_slots].copy(), members)
    return trie, has_slots, max_unit_span, max_filler_span


# -- the walk -----------------------------------------------------------------------------


@kernel
def make_space(n_nodes, span, n_slots):
    """Scratch for walks over a trie of ``n_nodes`` whose entries cover ``span`` symbols at most, at rest."""
    return Space(
        np.empty((256, 7), np.int64),
        np.empty((4096, 6), np.int64),
        np.empty((256, 4), np.int64),
        np.empty((n_slots, 5), np.int64),
        np.empty((256, 2), np.int64),
        np.zeros(6, np.int64),
        np.full(span + 2, -1, np.int32),
        np.full(n_nodes, -1, np.int32),
    )


@kernel
def _more_rows(table, wanted):
    """The same rows in a table with room for twice as many, if wanted."""
    if not wanted:
        return table
    grown = np.empty((2 * table.shape[0], table.shape[1]), table.dtype)
    grown[: table.shape[0]] = table
    return grown


@kernel
def grow(space):
    """The same scratch with twice the room in whatever overflowed."""
    which = space.tops[OVERFLOW] - 1
    space.tops[OVERFLOW] = 0
    return Space(
        _more_rows(space.states, which == STATES),
        _more_rows(space.records, which == RECORDS),
        _more_rows(space.matches, which == MATCHES),
        _more_rows(space.slots, which == SLOTS),
        _more_rows(space.stack, which == STATES),
        space.tops,
        space.bucket,
        space.best,
    )


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
def _record(members, records, tops, first, membership, end, cost, state):
    """Leave a record for one membership, or better the one that stands for the same end."""
    variable, filler = members[membership, VARIABLE], members[membership, FILLER]
    cost += members[membership, FILLER_COST]
    k = first
    while k < tops[RECORDS]:
        if records[k, KEY] == variable and records[k, END] == end:
            old = records[k, COST]
            if cost > old or (cost == old and filler >= records[k, RECORD_FILLER]):
                return
            break
        k += 1
    if k == len(records):
        tops[OVERFLOW] = RECORDS + 1
        return
    records[k, KEY], records[k, END], records[k, COST] = variable, end, cost
    records[k, STATE], records[k, RECORD_PART] = state, members[membership, PART]
    records[k, RECORD_FILLER] = filler
    tops[RECORDS] = max(tops[RECORDS], k + 1)


@spliced
def _wait(states, records, tops, bucket, node, i, pos, cost, parent, record):
    """Let the state behind a variable edge wait in the bucket of its end."""
    new = tops[STATES]
    if new == len(states):
        tops[OVERFLOW] = STATES + 1
        return
    end = records[record, END]
    states[new, KEY], states[new, END], states[new, COST] = node, end, cost + records[record, COST]
    states[new, START], states[new, PARENT], states[new, RECORD] = pos, parent, record
    states[new, LINK] = bucket[end - i]
    bucket[end - i] = new
    tops[FARTHEST] = max(tops[FARTHEST], end - i)
    tops[STATES] = new + 1


@spliced
def _run(trie, space, root, codes, bounds, origin, i, limit, node, pos, cost, state):
    """Follow symbol edges from ``node``, reporting what ends on the way."""
    table, nodes, slots = trie.table, trie.nodes, trie.slots
    records, matches, tops = space.records, space.matches, space.tops
    first = bounds[2 * (i - origin)]
    while True:
        if root == UNITS:
            unit = nodes[node, UNIT_AT]
            if unit >= 0:
                k = tops[MATCHES]
                if k == len(matches):
                    tops[OVERFLOW] = MATCHES + 1
                    return
                matches[k, KEY], matches[k, END] = unit, pos
                matches[k, COST], matches[k, STATE] = cost, state
                tops[MATCHES] = k + 1
        else:
            membership = np.int64(nodes[node, MEMBERSHIP])
            while membership >= 0:
                _record(trie.members, records, tops, first, membership, pos, cost, state)
                membership = trie.members[membership, NEXT]
        if pos >= limit:
            return
        edge = np.int64(nodes[node, SLOT])
        while edge >= 0:
            for k in range(bounds[2 * (pos - origin)], bounds[2 * (pos - origin) + 1]):
                if records[k, KEY] == slots[edge, VARIABLE]:
                    child = np.int64(slots[edge, CHILD])
                    _wait(space.states, records, tops, space.bucket, child, i, pos, cost, state, k)
            edge = np.int64(slots[edge, NEXT])
        symbol = codes[pos]
        if symbol < 0:
            return
        node = child_of(table, node, symbol)
        if node < 0:
            return
        pos += 1


@inner
def _drain(trie, space, root, codes, bounds, origin, i, limit):
    """Run the states that wait in the buckets, in the order of their ends, the merged ones once."""
    states, bucket, best, tops = space.states, space.bucket, space.best, space.tops
    offset = 0
    while offset < tops[FARTHEST]:
        offset += 1
        first = np.int64(bucket[offset])
        bucket[offset] = -1
        state = first
        while state >= 0:
            other = np.int64(best[states[state, KEY]])
            if (
                other < 0
                or states[state, COST] < states[other, COST]
                or (
                    states[state, COST] == states[other, COST]
                    and fillers_before(states, space.records, state, other)
                )
            ):
                best[states[state, KEY]] = state
            state = states[state, LINK]
        state = first
        while state >= 0:
            node = states[state, KEY]
            if best[node] == state:
                best[node] = -1
                if tops[OVERFLOW] == 0:
                    end, cost = states[state, END], states[state, COST]
                    _run(trie, space, root, codes, bounds, origin, i, limit, node, end, cost, state)
            state = states[state, LINK]
    tops[FARTHEST] = 0


@inner
def walk(trie, space, root, codes, bounds, origin, i, limit):
    """Find all units (into matches) or fillers (into records) that start at ``i`` and end by ``limit``.

    ``bounds`` holds the first and one past the last record of position ``p`` at ``2 (p - origin)`` and the
    next place; records right of ``i`` are complete. False on overflow, of which ``tops`` tells.
    """
    tops, records, states = space.tops, space.records, space.states
    here = 2 * (i - origin)
    if root == FILLERS:
        bounds[here] = bounds[here + 1] = tops[RECORDS]
    symbol = codes[i]
    none = np.int64(-1)
    if symbol >= 0:
        node = child_of(trie.table, np.int64(root), symbol)
        if node >= 0:
            _run(trie, space, root, codes, bounds, origin, i, limit, node, i + 1, np.int64(0), none)
            if tops[FARTHEST] > 0:
                _drain(trie, space, root, codes, bounds, origin, i, limit)
    # Patterns that begin with a variable. For fillers the edges are in id order and a variable that begins
    # a filler is older than the filler's own variables, so its records at i are complete when it is taken.
    edge = np.int64(trie.nodes[root, SLOT])
    while edge >= 0 and tops[OVERFLOW] == 0:
        last = tops[RECORDS] if root == FILLERS else bounds[here + 1]
        node = np.int64(trie.slots[edge, CHILD])
        for k in range(bounds[here], last):
            if records[k, KEY] == trie.slots[edge, VARIABLE]:
                _wait(states, records, tops, space.bucket, node, i, i, np.int64(0), none, k)
        if tops[FARTHEST] > 0:
            _drain(trie, space, root, codes, bounds, origin, i, limit)
        edge = np.int64(trie.slots[edge, NEXT])
    if root == FILLERS:
        bounds[here + 1] = tops[RECORDS]
    return tops[OVERFLOW] == 0
