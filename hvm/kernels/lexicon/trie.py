"""A lexicon compiled to tries: that of the units, and one for each variable, of its fillers.

One table holds the edges of all tries; that of the units stands below node ``UNITS``. A symbol edge
is a key of the table. So is the list of the variable edges that a node has for one symbol: those of
variables that can begin with it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import VARIABLE, Entries
from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.patterns import Patterns, flatten
from hvm.kernels.table import (
    Table,
    TableArrays,
    find,
    insert,
    is_free,
    make_table,
    place,
    value_at,
    value_of,
    with_capacity,
)

UNITS = 0
SLOT_LISTS = np.int64(1) << 30  # added to a node's number to find its variable edges


class Trie(NamedTuple):
    """A compiled lexicon."""

    table: Table  # node << 32 | symbol: the child; the first variable edge at node + SLOT_LISTS
    nodes: NDArray[np.int32]  # int32[nodes, 3], columns below; -1 for none
    slots: NDArray[np.int32]  # int32[edges, 3], columns below: a node's edges for one symbol
    members: NDArray[np.int64]  # int64[P, 2], columns below
    roots: NDArray[np.int32]  # int32[K]: a variable's root, 0 for other entries
    has_slots: NDArray[np.bool_]  # bool[K]: whether the pattern holds a variable
    max_unit_span: Int  # the most symbols that a unit covers
    max_filler_span: Int  # and a filler; 0: no variables


UNIT_AT, SLOT, MEMBER = 0, 1, 2  # of nodes: the unit or the place in parts of what ends here
NEXT, LABEL, CHILD = 0, 1, 2  # of slots: the next in the list, the variable, the node behind it
FILLER, FILLER_COST = 0, 1  # of members


@spliced
def child_of(table: Table, node: Int, symbol: Int) -> np.int64:
    """The node behind a symbol edge, -1 for none.

    Parameters
    ----------
    table : Table
        Of a trie.
    node : int
    symbol : int
        0 or more.

    Returns
    -------
    int

    Examples
    --------
    >>> table = make_table(1)
    >>> insert(table, UNITS << 32 | 5, 1)
    >>> int(child_of(table, UNITS, 5)), int(child_of(table, UNITS, 6))
    (1, -1)
    """
    return value_of(table, (np.int64(node) << 32) | symbol, -1)


@spliced
def slots_of(table: Table, node: Int, symbol: Int) -> np.int64:
    """The first variable edge of a node that can begin with a symbol, -1 for none.

    Parameters
    ----------
    table : Table
        Of a trie.
    node : int
    symbol : int
        0 or more.

    Returns
    -------
    int
        A row of ``Trie.slots``.

    Examples
    --------
    >>> int(slots_of(make_table(1), UNITS, 5))
    -1
    """
    return child_of(table, node + SLOT_LISTS, symbol)


def compile_trie(entries: Entries, filler_cost: NDArray[np.int64]) -> Trie:
    """Compile a lexicon; ``filler_cost`` is int64[P], in quanta.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1))])  # a, b, ab
    >>> trie = compile_trie(entries, np.zeros(2, np.int64))
    >>> trie.nodes[:, UNIT_AT]  # behind nothing, a, b, ab
    array([-1,  0,  1,  2], dtype=int32)
    """
    table, nodes, slots, members, roots, has_slots, spans = _compile(entries, filler_cost)
    return Trie(Table(*table), nodes, slots, members, roots, has_slots, *spans)


@kernel
def _compile(
    entries: Entries, filler_cost: NDArray[np.int64]
) -> tuple[
    TableArrays,
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.bool_],
    tuple[Int, Int],
]:
    """The fields of the trie."""
    offsets, labels, longest = flatten(entries)
    patterns = Patterns(offsets, labels, longest)
    most = _nodes_at_most(entries, patterns)
    table = make_table(most)
    nodes, edges = np.full((most, 3), -1, np.int32), np.empty((most, 3), np.int32)
    members = np.zeros((len(entries.parts), 2), np.int64)
    roots = np.zeros(len(entries.kinds), np.int32)
    has_slots = np.zeros(len(entries.kinds), np.bool_)
    used = np.zeros(2, np.int64)
    used[0] = 1
    max_unit_span, max_filler_span = _insert_all(
        entries, patterns, filler_cost, table, nodes, edges, members, roots, has_slots, used
    )
    firsts, bounds = _all_firsts(entries, patterns)
    slots = np.empty((0, 3), np.int32)
    n_slots = _list_edges(nodes, edges, firsts, bounds, table, slots, used[0])
    if n_slots > 0:
        table = with_capacity(table, n_slots)
        slots = np.empty((n_slots, 3), np.int32)
        _list_edges(nodes, edges, firsts, bounds, table, slots, used[0])
    nodes = nodes[: used[0]].copy()
    spans = (max_unit_span, max_filler_span)
    return table[:], nodes, slots, members, roots, has_slots, spans


@inner
def _nodes_at_most(entries: Entries, patterns: Patterns) -> Int:
    """Nodes of all tries if no two patterns share one."""
    most = np.int64(1)
    for entry in range(len(entries.kinds)):
        most += 1 + patterns.offsets[entry + 1] - patterns.offsets[entry]
        if entries.kinds[entry] == VARIABLE:
            for k in range(entries.offsets[entry], entries.offsets[entry + 1]):
                part = entries.parts[k]
                most += patterns.offsets[part + 1] - patterns.offsets[part]
    return most


@inner
def _insert_all(
    entries: Entries,
    patterns: Patterns,
    filler_cost: NDArray[np.int64],
    table: Table,
    nodes: NDArray[np.int32],
    edges: NDArray[np.int32],
    members: NDArray[np.int64],
    roots: NDArray[np.int32],
    has_slots: NDArray[np.bool_],
    used: NDArray[np.int64],
) -> tuple[Int, Int]:
    """Insert units and fillers; returns the most symbols that one of each covers."""
    max_unit_span, max_filler_span, n_atoms = np.int64(1), np.int64(0), entries.n_atoms
    for entry in range(len(entries.kinds)):
        if entries.kinds[entry] == VARIABLE:
            roots[entry] = used[0]
            used[0] += 1
            max_filler_span = max(max_filler_span, patterns.spans[entry])
            for k in range(entries.offsets[entry], entries.offsets[entry + 1]):
                part = entries.parts[k]
                node = _insert(table, nodes, edges, used, n_atoms, roots[entry], patterns, part)
                nodes[node, MEMBER] = k
                members[k, FILLER], members[k, FILLER_COST] = part, filler_cost[k]
        else:
            max_unit_span = max(max_unit_span, patterns.spans[entry])
            node = _insert(table, nodes, edges, used, n_atoms, UNITS, patterns, entry)
            nodes[node, UNIT_AT] = entry
            for k in range(patterns.offsets[entry], patterns.offsets[entry + 1]):
                has_slots[entry] |= patterns.labels[k] >= n_atoms
    return max_unit_span, max_filler_span


@inner
def _insert(
    table: Table,
    nodes: NDArray[np.int32],
    slots: NDArray[np.int32],
    used: NDArray[np.int64],
    n_atoms: Int,
    root: Int,
    patterns: Patterns,
    entry: Int,
) -> Int:
    """Add a pattern below a root; returns the node where it ends. ``used`` counts nodes, slots."""
    node = np.int64(root)
    for k in range(patterns.offsets[entry], patterns.offsets[entry + 1]):
        label = patterns.labels[k]
        if label < n_atoms:
            key = (node << 32) | label
            row = find(table, key)
            if is_free(table, row):
                place(table, row, key, used[0])
                used[0] += 1
            node = value_at(table, row)
            continue
        last, edge = np.int64(-1), np.int64(nodes[node, SLOT])
        while edge >= 0 and slots[edge, LABEL] < label:
            last, edge = edge, np.int64(slots[edge, NEXT])
        if edge < 0 or slots[edge, LABEL] != label:
            new = used[1]
            slots[new, NEXT], slots[new, LABEL], slots[new, CHILD] = edge, label, used[0]
            if last < 0:
                nodes[node, SLOT] = new
            else:
                slots[last, NEXT] = new
            edge = new
            used[0] += 1
            used[1] += 1
        node = np.int64(slots[edge, CHILD])
    return node


@kernel
def _all_firsts(
    entries: Entries, patterns: Patterns
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The symbols that each variable can begin with: int32[...], and bounds int64[K, 2] in it."""
    size = len(entries.kinds)
    bounds = np.zeros((size, 2), np.int64)
    capacity = len(entries.parts) + 16
    while True:
        firsts, n = np.empty(capacity, np.int32), 0
        is_listed = np.full(entries.n_atoms, -1, np.int64)
        for entry in range(size):
            if entries.kinds[entry] == VARIABLE:
                bounds[entry, 0] = n
                _list_firsts(entry, entries, patterns, firsts, bounds, is_listed)
                n = bounds[entry, 1]
                if n > capacity:
                    break
        if n <= capacity:
            return firsts, bounds
        capacity = 2 * n


@inner
def _list_firsts(
    variable: Int,
    entries: Entries,
    patterns: Patterns,
    firsts: NDArray[np.int32],
    bounds: NDArray[np.int64],
    is_listed: NDArray[np.int64],
) -> None:
    """Append the symbols that a variable can begin with; older variables are done."""
    n, n_atoms = bounds[variable, 0], entries.n_atoms
    for k in range(entries.offsets[variable], entries.offsets[variable + 1]):
        label = patterns.labels[patterns.offsets[entries.parts[k]]]
        first, last = label, label + 1
        if label >= n_atoms:
            first, last = bounds[label, 0], bounds[label, 1]
        for j in range(first, last):
            symbol = j if label < n_atoms else firsts[j]
            if is_listed[symbol] != variable:
                is_listed[symbol] = variable
                if n < len(firsts):
                    firsts[n] = symbol
                n += 1
    bounds[variable, 1] = n


@inner
def _list_edges(
    nodes: NDArray[np.int32],
    edges: NDArray[np.int32],
    firsts: NDArray[np.int32],
    bounds: NDArray[np.int64],
    table: Table,
    slots: NDArray[np.int32],
    n_nodes: Int,
) -> int:
    """Sort each node's variable edges into lists by symbol; with no capacity, only count them."""
    n = 0
    for node in range(n_nodes):
        edge = np.int64(nodes[node, SLOT])
        while edge >= 0:
            variable = edges[edge, LABEL]
            for j in range(bounds[variable, 0], bounds[variable, 1]):
                if n < len(slots):
                    slots[n, NEXT] = slots_of(table, np.int64(node), firsts[j])
                    slots[n, LABEL], slots[n, CHILD] = variable, edges[edge, CHILD]
                    insert(table, ((np.int64(node) + SLOT_LISTS) << 32) | firsts[j], n)
                n += 1
            edge = np.int64(edges[edge, NEXT])
    return n


@kernel
def node_parents(trie: Trie) -> NDArray[np.int64]:
    """The node above each, -1 for roots, int64[nodes].

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1))])  # a, b, ab
    >>> node_parents(compile_trie(entries, np.zeros(2, np.int64)))
    array([-1,  0,  0,  1])
    """
    table, slots = trie.table, trie.slots
    parents = np.full(len(trie.nodes), -1, np.int64)
    for row in range(len(table.cells) // 2):
        if is_free(table, row):
            continue
        node, below = table.cells[2 * row] >> 32, value_at(table, row)
        if node < SLOT_LISTS:
            parents[below] = node
            continue
        while below >= 0:
            parents[slots[below, CHILD]] = node - SLOT_LISTS
            below = np.int64(slots[below, NEXT])
    return parents


@inner
def most_edges_of(trie: Trie) -> int:
    """The most variable edges that one node has for one symbol.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> most_edges_of(compile_trie(entries, np.zeros(4, np.int64)))
    1
    """
    table, most = trie.table, 0
    for row in range(len(table.cells) // 2):
        if not is_free(table, row) and table.cells[2 * row] >> 32 >= SLOT_LISTS:
            n, edge = 0, value_at(table, row)
            while edge >= 0:
                n, edge = n + 1, np.int64(trie.slots[edge, NEXT])
            most = max(most, n)
    return most


@inner
def n_variables_of(trie: Trie) -> Int:
    """Number of variables.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> n_variables_of(compile_trie(entries, np.zeros(4, np.int64)))
    1
    """
    n = np.int64(0)
    for root in trie.roots:
        n += root > 0
    return n
