"""The parse of least cost."""

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
from hvm.kernels.lexicon.match import NEVER, fillers_before, search
from hvm.kernels.lexicon.scratch import (
    COST,
    END,
    HALT,
    KEY,
    MATCHES,
    SLOTS,
    STATE,
    Space,
    begin,
    grow,
)
from hvm.kernels.lexicon.trie import SLOT, UNIT_AT, UNITS, Trie, child_of, slots_of
from hvm.kernels.table import Table


@spliced
def _best_plain(
    table: Table,
    nodes: NDArray[np.int32],
    unit_cost: NDArray[np.int64],
    codes: NDArray[np.int32],
    i: Int,
    a: Int,
    b: Int,
    best: NDArray[np.int64],
    firsts: NDArray[np.int32],
) -> bool:
    """The best first unit of ``codes[i:b]`` by symbol edges; False where a variable edge is met."""
    mask = len(best) - 1
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
            c, u = unit_cost[unit] + best[pos & mask, 0], 1 + best[pos & mask, 1]
            if c < cost or (c == cost and (u < count or (u == count and unit < chosen))):
                cost, count, chosen, end = c, u, unit, pos
    best[i & mask, 0], best[i & mask, 1] = cost, count
    firsts[i - a, 0], firsts[i - a, 1] = chosen, end - i
    return plain


@spliced
def _best_match(
    space: Space,
    unit_cost: NDArray[np.int64],
    i: Int,
    a: Int,
    best: NDArray[np.int64],
    firsts: NDArray[np.int32],
) -> None:
    """The best first unit among the matches at ``i``."""
    matches, mask = space.matches, len(best) - 1
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
    firsts[i - a, 0], firsts[i - a, 1] = matches[chosen, KEY], matches[chosen, END] - i


@inner
def _solve(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    escape_cost: Int,
    codes: NDArray[np.int32],
    a: Int,
    b: Int,
    space: Space,
    best: NDArray[np.int64],
    firsts: NDArray[np.int32],
) -> bool:
    """Fill ``firsts`` from the right for one sequence; False when the scratch is full."""
    table, nodes = trie.table, trie.nodes
    for i in range(b - 1, a - 1, -1):
        if codes[i] < 0:
            _skip(escape_cost, i, a, best, firsts)
        elif not _best_plain(table, nodes, unit_cost, codes, i, a, b, best, firsts):
            begin(space)
            if not search(trie, space, codes, i, b):
                return False
            _best_match(space, unit_cost, i, a, best, firsts)
    return True


@spliced
def _skip(
    escape_cost: Int, i: Int, a: Int, best: NDArray[np.int64], firsts: NDArray[np.int32]
) -> None:
    """An unknown symbol is a unit of its own."""
    here, behind = i & (len(best) - 1), (i + 1) & (len(best) - 1)
    best[here, 0], best[here, 1] = escape_cost + best[behind, 0], 1 + best[behind, 1]
    firsts[i - a, 0], firsts[i - a, 1] = -1, 1


@inner
def _viterbi_on(
    trie: Trie,
    unit_cost: NDArray[np.int64],
    escape_cost: Int,
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    space: Space,
    inside: Space,
    best: NDArray[np.int64],
    firsts: NDArray[np.int32],
    cut: Cut,
) -> None:
    """Parse sequences until all are done or the scratch is full."""
    n, progress, unit_starts = len(codes), cut.progress, cut.unit_starts
    while progress[0] < len(starts):
        k, m = progress[0], progress[1]
        a = starts[k]
        b = starts[k + 1] if k + 1 < len(starts) else n
        behind = b & (len(best) - 1)
        best[behind, 0], best[behind, 1] = 0, 0
        if not _solve(trie, unit_cost, escape_cost, codes, a, b, space, best, firsts):
            return
        first_slot = inside.tops[SLOTS]
        cut.sequence_starts[k] = m
        i = a
        while i < b:
            unit, end = np.int64(firsts[i - a, 0]), i + firsts[i - a, 1]
            cut.units[m], unit_starts[m] = unit, i
            if unit >= 0 and trie.has_slots[unit]:
                if not fill_slots(trie, inside, codes, unit, m, i, end):
                    inside.tops[SLOTS] = first_slot
                    return
            m += 1
            i = end
        progress[0], progress[1] = k + 1, m
        progress[2] += best[a & (len(best) - 1), 0]


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
    n, longest = len(codes), longest_sequence(len(codes), starts)
    space, inside = two_spaces(trie, n, longest)
    n_rows = 2  # no unit reaches farther; a row for each place within reach, by its last bits
    while n_rows < min(trie.max_unit_span, longest) + 1:
        n_rows *= 2
    best = np.empty((n_rows, 2), np.int64)  # cost, units
    firsts = np.empty((longest, 2), np.int32)  # first unit, its symbols
    cut = make_cut(n, starts)
    while cut.progress[0] < len(starts):
        _viterbi_on(trie, unit_cost, escape_cost, codes, starts, space, inside, best, firsts, cut)
        if space.tops[HALT] != 0:
            space = grow(space)
        if inside.tops[HALT] != 0:
            inside = grow(inside)
    return finish(cut, inside, n), cut.progress[2]
