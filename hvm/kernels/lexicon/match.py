"""Match every chunk and filler of a lexicon against symbols: one search a position.

A search from a variable's root leaves one *record* for every end at which a filler that starts at
the position can end. A search that comes to a variable edge takes it once for every such record;
where they are not known yet it halts, they are looked for, and it starts again: see :func:`search`.
So a variable is matched only where a pattern asks for it, once, and remembered as long as a search
can ask again. States (node, position) that agree are merged, the cheaper path kept; they can only
agree right after a variable edge, so symbol edges need no bookkeeping.

Costs are integers, in quanta of 2**-20 bit: sums are exact, so ties are ties and no result
depends on the order of addition.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, spliced
from hvm.kernels.lexicon.double_array import child_of
from hvm.kernels.lexicon.scratch import (
    ASKED,
    ASKS,
    COST,
    END,
    EPOCH,
    FARTHEST,
    HALT,
    KEY,
    KNOWN,
    LINK,
    MATCHES,
    PARENT,
    RECORD,
    RECORD_FILLER,
    RECORDS,
    START,
    STATE,
    STATES,
    Space,
    known_row,
)
from hvm.kernels.lexicon.trie import (
    CHILD,
    FILLER,
    FILLER_COST,
    LABEL,
    NEXT,
    UNITS,
    Trie,
    filler_end,
    slots_of,
)

QUANTA_PER_BIT = 1 << 20
NEVER = np.int64(1) << 60  # quanta, more than any parse costs


@inner
def fillers_before(states: NDArray[np.int64], records: NDArray[np.int64], a: Int, b: Int) -> bool:
    """Whether path ``a`` has lower fillers from the left than ``b``; both end at one node.

    Parameters
    ----------
    states, records : int64[n, 7], int64[n, 5]
        Of a scratch.
    a, b : int
        Rows of the last states of the two paths, -1 for no variable edge.

    Returns
    -------
    bool

    Examples
    --------
    >>> states, records = np.full((2, 7), -1), np.array([[0, 0, 0, 0, 5], [0, 0, 0, 0, 3]])
    >>> states[:, RECORD] = 0, 1  # the fillers 5 and 3
    >>> fillers_before(states, records, 0, 1), fillers_before(states, records, 1, 0)
    (False, True)
    """
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
def _record(
    members: NDArray[np.int64],
    records: NDArray[np.int64],
    tops: NDArray[np.int64],
    first: Int,
    member: Int,
    end: Int,
    cost: Int,
    state: Int,
) -> None:
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
def _take(trie: Trie, space: Space, edge: Int, i: Int, pos: Int, cost: Int, parent: Int) -> None:
    """Take variable edges at ``pos``, from ``edge`` on; states behind them wait, by their end."""
    states, records, known, stack = space.states, space.records, space.known, space.stack
    slots, tops, bucket = trie.slots, space.tops, space.bucket
    while edge >= 0:
        key = (np.int64(slots[edge, LABEL]) << 40) | pos
        row = known_row(known, tops[EPOCH], key)
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
def _follow(
    trie: Trie,
    space: Space,
    codes: NDArray[np.int32],
    i: Int,
    limit: Int,
    node: Int,
    pos: Int,
    cost: Int,
    state: Int,
    first: Int,
) -> None:
    """Follow symbol edges, reporting what ends on the way; ``first``: the search's first record."""
    steps, matches, tops = trie.steps, space.matches, space.tops
    while node >= 0 and tops[HALT] == 0:
        unit = np.int64(trie.ends[node])
        if unit >= 0:
            k = tops[MATCHES]
            if k == len(matches):
                tops[HALT] = MATCHES + 1
                break
            matches[k, KEY], matches[k, END] = unit, pos
            matches[k, COST], matches[k, STATE] = cost, state
            tops[MATCHES] = k + 1
        elif unit != -1:
            _record(trie.members, space.records, tops, first, filler_end(unit), pos, cost, state)
        if pos >= limit or codes[pos] < 0:
            break
        edge = slots_of(steps, trie.lists, node, codes[pos])
        if edge >= 0:
            _take(trie, space, edge, i, pos, cost, state)
        node = child_of(steps, node, codes[pos])
        pos += 1


@spliced
def _settle(
    states: NDArray[np.int64],
    records: NDArray[np.int64],
    bucket: NDArray[np.int32],
    best: NDArray[np.int32],
    offset: Int,
) -> np.int64:
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
def _search_once(
    trie: Trie, space: Space, root: Int, codes: NDArray[np.int32], i: Int, limit: Int
) -> None:
    """Find the units (into matches) or fillers (into records) from ``i`` that end by ``limit``.

    Symbol edges first, then the states that wait, in the order of their ends, the merged ones
    once. Leaves ``tops[HALT]`` at 0 when it got to the end; buckets are at rest in any case.
    """
    states, bucket, best, tops = space.states, space.bucket, space.best, space.tops
    first = tops[RECORDS]
    node, pos, cost, state = np.int64(root), i, np.int64(0), np.int64(-1)
    waiting, offset = np.int64(-1), 0
    while True:
        _follow(trie, space, codes, i, limit, node, pos, cost, state, first)
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
def search(trie: Trie, space: Space, codes: NDArray[np.int32], i: Int, limit: Int) -> bool:
    """Leave in matches the units from ``i`` that end by ``limit``; False when the scratch is full.

    What a search asks for is found first: what that asks for before it, and so on; then the search
    starts again. An asker asks for fillers that start further right, or for an older variable,
    so this ends.

    Parameters
    ----------
    trie : Trie
    space : Space
        Made ready by ``begin``.
    codes : int32[n]
    i, limit : int
        The first symbol, and one past the last that a unit may cover.

    Returns
    -------
    bool

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> from hvm.kernels.lexicon.scratch import make_space
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> trie = compile_trie(entries, np.zeros(4, np.int64))
    >>> space = make_space(len(trie.steps), 2, 0)
    >>> search(trie, space, np.array([0, 1, 1], np.int32), 0, 3)
    True
    >>> space.matches[: space.tops[MATCHES], [KEY, END]]  # a up to 1, aV up to 2
    array([[0, 1],
           [3, 2]])
    """
    tops, known, stack = space.tops, space.known, space.stack
    tops[ASKS] = 1
    while tops[ASKS] > 0 and tops[HALT] == 0:
        height = tops[ASKS]
        key, first, state = stack[height - 1, 0], tops[RECORDS], tops[STATES]
        position, root = i, np.int64(UNITS)
        if height > 1:
            if known[known_row(known, tops[EPOCH], key), 0] == tops[EPOCH]:
                tops[ASKS] = height - 1  # two searches asked for it
                continue
            position, root = key & ((1 << 40) - 1), np.int64(trie.roots[key >> 40])
        else:
            tops[MATCHES] = 0
        _search_once(trie, space, root, codes, position, limit)
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
            row = known_row(known, tops[EPOCH], key)
            known[row, 0], known[row, 1] = tops[EPOCH], key
            known[row, 2], known[row, 3] = first, tops[RECORDS]
            tops[KNOWN] += 1
    return bool(tops[HALT] == 0)


@inner
def may_fill(trie: Trie, codes: NDArray[np.int32], node: Int, i: Int, limit: Int) -> bool:
    """Whether units may be behind the variable edges from a node on; surely not where False.

    Symbol edges are followed from the node, over what fills variables, and behind it up to a unit.
    Where another variable edge would have to be taken there, a unit may be behind it.

    Parameters
    ----------
    trie : Trie
    codes : int32[n]
    node : int
        One that the symbols before ``i`` lead to.
    i, limit : int
        Where the first filler would begin, and one past the last symbol that a unit may cover.

    Returns
    -------
    bool

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2, 0))])  # a, b, V, aVa
    >>> trie, codes = compile_trie(entries, np.zeros(5, np.int64)), np.array([0, 1, 0], np.int32)
    >>> may_fill(trie, codes, UNITS, 0, 3), may_fill(trie, codes, UNITS, 0, 2)
    (True, False)
    """
    steps, lists = trie.steps, trie.lists
    while node >= 0 and i < limit:
        edge = slots_of(steps, lists, node, codes[i])
        while edge >= 0:
            filler, end = np.int64(trie.roots[trie.slots[edge, LABEL]]), i
            while filler >= 0:
                if trie.ends[filler] != -1:
                    if _leads_on(trie, codes, trie.slots[edge, CHILD], end, limit):
                        return True
                if end >= limit:
                    break
                if slots_of(steps, lists, filler, codes[end]) >= 0:
                    return True
                filler = child_of(steps, filler, codes[end])
                end += 1
            edge = np.int64(trie.slots[edge, NEXT])
        node = child_of(steps, node, codes[i])
        i += 1
    return False


@spliced
def _leads_on(trie: Trie, codes: NDArray[np.int32], node: Int, i: Int, limit: Int) -> bool:
    """Whether symbol edges lead from a node to a unit, or to a variable edge."""
    behind, pos, leads = np.int64(node), i, False
    while behind >= 0 and not leads:
        leads = bool(trie.ends[behind] >= 0)
        if pos >= limit:
            break
        leads = leads or bool(slots_of(trie.steps, trie.lists, behind, codes[pos]) >= 0)
        behind = child_of(trie.steps, behind, codes[pos])
        pos += 1
    return leads
