"""A lexicon compiled to tries: that of the units, and one for each variable, of its fillers.

Symbol edges of all tries are one double array; that of the units stands below node ``UNITS``.
Variable edges are few: a node that has some says so, and a table finds the list of its edges for
one symbol, those of variables that can begin with it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import VARIABLE, Entries
from hvm.kernels.jit import Int, helper, inner, kernel, spliced
from hvm.kernels.lexicon.double_array import (
    ABOVE,
    NO_NODE,
    Nodes,
    add_node,
    has_variable_edges,
    insert_pattern,
    make_nodes,
    place_nodes,
)
from hvm.kernels.lexicon.patterns import Patterns, flatten
from hvm.kernels.table import (
    Table,
    TableArrays,
    insert,
    is_free,
    make_table,
    value_at,
    value_of,
)

UNITS = 0


class Trie(NamedTuple):
    """A compiled lexicon."""

    steps: NDArray[np.int32]  # int32[rows, 2], columns of `hvm.kernels.lexicon.double_array`
    ends: NDArray[np.int32]  # int32[rows]: a unit; or ``filler_end`` of a place in parts; or -1
    nodes: NDArray[np.int32]  # int32[nodes]: rows in the order they were made, parents first
    lists: Table  # node << 32 | symbol: the first variable edge
    slots: NDArray[np.int32]  # int32[edges, 3], columns below: a node's edges for one symbol
    members: NDArray[np.int64]  # int64[P, 2], columns below
    roots: NDArray[np.int32]  # int32[K]: a variable's root, 0 for other entries
    has_slots: NDArray[np.bool_]  # bool[K]: whether the pattern holds a variable
    max_unit_span: Int  # the most symbols that a unit covers
    max_filler_span: Int  # and a filler; 0: no variables


NEXT, LABEL, CHILD = 0, 1, 2  # of slots: the next in the list, the variable, the node behind it
FILLER, FILLER_COST = 0, 1  # of members


@spliced
def filler_end(place: Int) -> Int:
    """What ``ends`` holds for the filler at a place of the parts; and the place for that.

    Examples
    --------
    >>> filler_end(0), filler_end(filler_end(7))
    (-2, 7)
    """
    return -2 - place


@spliced
def slots_of(steps: NDArray[np.int32], lists: Table, node: Int, symbol: Int) -> np.int64:
    """The first variable edge of a node that can begin with a symbol, -1 for none.

    Parameters
    ----------
    steps, lists : int32[rows, 2], Table
        Of a trie.
    node : int
    symbol : int
        Of the alphabet, or -1, for which there is none.

    Returns
    -------
    int
        A row of ``Trie.slots``.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.double_array import child_of
    >>> entries = entries_of(3, [(VARIABLE, (0, 1)), (CHUNK, (0, 3))])  # a, b, c, V, aV
    >>> trie = compile_trie(entries, np.zeros(4, np.int64))
    >>> a = child_of(trie.steps, UNITS, 0)
    >>> [int(slots_of(trie.steps, trie.lists, a, symbol)) for symbol in (0, 1, 2)]
    [0, 1, -1]
    """
    if not has_variable_edges(steps, node):
        return np.int64(-1)
    return value_of(lists, (np.int64(node) << 32) | symbol, -1)


def compile_trie(entries: Entries, filler_cost: NDArray[np.int64]) -> Trie:
    """Compile a lexicon; ``filler_cost`` is int64[P], in quanta.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1))])  # a, b, ab
    >>> trie = compile_trie(entries, np.zeros(2, np.int64))
    >>> trie.ends[trie.nodes]  # behind nothing, a, b, ab
    array([-1,  0,  1,  2], dtype=int32)
    """
    steps, ends, nodes, lists, slots, members, roots, has_slots, spans = _compile(
        entries, filler_cost
    )
    return Trie(steps, ends, nodes, Table(*lists), slots, members, roots, has_slots, *spans)


@kernel
def _compile(
    entries: Entries, filler_cost: NDArray[np.int64]
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    TableArrays,
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.bool_],
    tuple[Int, Int],
]:
    """The fields of the trie."""
    offsets, labels, longest = flatten(entries)
    patterns = Patterns(offsets, labels, longest)
    members = np.zeros((len(entries.parts), 2), np.int64)
    roots = np.zeros(len(entries.kinds), np.int32)
    has_slots = np.zeros(len(entries.kinds), np.bool_)
    tree = _insert_all(entries, patterns, filler_cost, members, roots)
    n_nodes = tree.used[0]
    above, labels = tree.above[:n_nodes], tree.labels[:n_nodes]
    steps, nodes = place_nodes(above, labels, entries.n_atoms)
    ends = np.full(len(steps), -1, np.int32)
    for node in range(n_nodes):
        ends[nodes[node]] = tree.ends[node]
    for entry in range(len(roots)):
        roots[entry] = nodes[roots[entry]]
    firsts, bounds = _all_firsts(entries, patterns)
    n_slots = np.int64(0)
    for node in range(n_nodes):
        if above[node] != NO_NODE:
            n_slots += bounds[labels[node], 1] - bounds[labels[node], 0]
    lists, slots = make_table(n_slots), np.empty((n_slots, 3), np.int32)
    _list_edges(above, labels, nodes, firsts, bounds, lists, slots)
    spans = _find_spans(entries, patterns, has_slots)
    return steps, ends, nodes, lists[:], slots, members, roots, has_slots, spans


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


@helper
def _insert_all(
    entries: Entries,
    patterns: Patterns,
    filler_cost: NDArray[np.int64],
    members: NDArray[np.int64],
    roots: NDArray[np.int32],
) -> Nodes:
    """Insert units and fillers."""
    n_patterns = len(entries.kinds)
    for entry in range(len(entries.kinds)):
        if entries.kinds[entry] == VARIABLE:
            n_patterns += entries.offsets[entry + 1] - entries.offsets[entry]
    nodes = make_nodes(_nodes_at_most(entries, patterns), n_patterns)
    add_node(nodes, NO_NODE, 0)
    offsets, labels = patterns.offsets, patterns.labels
    for entry in range(len(entries.kinds)):
        if entries.kinds[entry] != VARIABLE:
            node = insert_pattern(nodes, labels, offsets[entry], offsets[entry + 1], UNITS)
            nodes.ends[node] = entry
            continue
        roots[entry] = add_node(nodes, NO_NODE, 0)
        for k in range(entries.offsets[entry], entries.offsets[entry + 1]):
            part = entries.parts[k]
            node = insert_pattern(nodes, labels, offsets[part], offsets[part + 1], roots[entry])
            nodes.ends[node] = filler_end(k)
            members[k, FILLER], members[k, FILLER_COST] = part, filler_cost[k]
    return nodes


@inner
def _find_spans(
    entries: Entries, patterns: Patterns, has_slots: NDArray[np.bool_]
) -> tuple[Int, Int]:
    """Note which entries hold variables; returns the most symbols that a unit or filler covers."""
    max_unit_span, max_filler_span = np.int64(1), np.int64(0)
    for entry in range(len(entries.kinds)):
        if entries.kinds[entry] == VARIABLE:
            max_filler_span = max(max_filler_span, patterns.spans[entry])
            continue
        max_unit_span = max(max_unit_span, patterns.spans[entry])
        for k in range(patterns.offsets[entry], patterns.offsets[entry + 1]):
            has_slots[entry] |= patterns.labels[k] >= entries.n_atoms
    return max_unit_span, max_filler_span


@helper
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
    above: NDArray[np.int32],
    labels: NDArray[np.int32],
    nodes: NDArray[np.int32],
    firsts: NDArray[np.int32],
    bounds: NDArray[np.int64],
    lists: Table,
    slots: NDArray[np.int32],
) -> None:
    """Sort variable edges into lists by node and symbol, younger variables first."""
    n = 0
    for node in range(len(nodes)):
        if above[node] == NO_NODE:
            continue
        variable = labels[node]
        for j in range(bounds[variable, 0], bounds[variable, 1]):
            key = (np.int64(nodes[above[node]]) << 32) | firsts[j]
            last, edge = np.int64(-1), value_of(lists, key, -1)
            while edge >= 0 and slots[edge, LABEL] > variable:
                last, edge = edge, np.int64(slots[edge, NEXT])
            slots[n, NEXT], slots[n, LABEL], slots[n, CHILD] = edge, variable, nodes[node]
            if last < 0:
                insert(lists, key, n)
            else:
                slots[last, NEXT] = n
            n += 1


@kernel
def node_parents(trie: Trie) -> NDArray[np.int64]:
    """The node above each, -1 for roots and free rows, int64[rows].

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1))])  # a, b, ab
    >>> trie = compile_trie(entries, np.zeros(2, np.int64))
    >>> node_parents(trie)[trie.nodes] == trie.nodes[[0, 0, 0, 1]]
    array([False,  True,  True,  True])
    """
    parents = np.empty(len(trie.steps), np.int64)
    for row in range(len(parents)):
        above = np.int64(trie.steps[row, ABOVE])
        parents[row] = above if above >= NO_NODE else -2 - above
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
    lists, most = trie.lists, 0
    for row in range(len(lists.cells) // 2):
        if not is_free(lists, row):
            n, edge = 0, value_at(lists, row)
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
