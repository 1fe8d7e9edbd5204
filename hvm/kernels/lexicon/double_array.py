"""Nodes of tries laid out as one double array (Aoe, IEEE Trans. Software Engineering 15:9, 1989).

A node is a row, and its child by symbol s is the row BELOW + s, if that row names the node ABOVE
it: a step reads one place in memory. Rows are given depth first, older children before younger, so
that nodes which are visited one after the other lie together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, spliced
from hvm.kernels.table import Table, find, is_free, make_table, place, value_at

ABOVE = 0  # of steps: the node above by a symbol; -2 - it where by a variable; else NO_NODE
BELOW = 1  # twice the row of the child by symbol 0, which is 1 or more; odd: variable edges as well
NO_NODE = -1  # above a root, and in a free row

FREE_ROWS_TRIED = 64  # before a family goes to the end: bounds the work, and wastes few rows
REACH = 512  # rows before the end that are looked at, beside two alphabets

HEIGHT, LOW, END = 0, 1, 2  # of tops: nodes on the stack, the first row looked at, rows in use


class Tree(NamedTuple):
    """Tries by the numbers of their nodes; an edge has an atom or a variable for its label."""

    above: NDArray[np.int32]  # int32[n], NO_NODE for roots
    labels: NDArray[np.int32]  # int32[n]
    children: NDArray[np.int32]  # int32[n]: node by node, those of one from the oldest
    bounds: NDArray[np.int32]  # int32[n + 1]: where those of a node begin


@spliced
def child_of(steps: NDArray[np.int32], node: Int, symbol: Int) -> np.int64:
    """The node behind a symbol edge, -1 for none.

    Parameters
    ----------
    steps : int32[rows, 2]
        Of a trie.
    node : int
    symbol : int
        Of the alphabet, or -1, for which there is no edge.

    Returns
    -------
    int

    Examples
    --------
    >>> steps, _ = place_nodes(np.array([-1, 0], np.int32), np.array([0, 5], np.int32), 7)
    >>> int(child_of(steps, 0, 5)), int(child_of(steps, 0, 6)), int(child_of(steps, 0, -1))
    (6, -1, -1)
    """
    row = np.uint64((steps[np.uint64(node), BELOW] >> 1) + symbol)  # unsigned: never from the end
    return np.int64(row) if steps[row, ABOVE] == node else np.int64(-1)


@spliced
def has_variable_edges(steps: NDArray[np.int32], node: Int) -> bool:
    """Whether variable edges leave a node.

    Examples
    --------
    >>> above, labels = np.array([-1, 0], np.int32), np.array([0, 7], np.int32)
    >>> steps, _ = place_nodes(above, labels, 7)  # 7 is no symbol
    >>> has_variable_edges(steps, 0), has_variable_edges(steps, 1)
    (True, False)
    """
    return bool(steps[np.uint64(node), BELOW] & 1)


# -- laying out ------------------------------------------------------------------------------------


class Nodes(NamedTuple):
    """Nodes of tries in the order in which they are made, those above before those below.

    The node that is made next after another is below it, if it is made for the same pattern: so
    what is below a node is the next one, or stands in a table of branches.
    """

    branches: Table  # node << 32 | label: the node behind an edge, if that is not the next one
    above: NDArray[np.int32]  # NO_NODE for roots
    labels: NDArray[np.int32]  # of the edge from there; 0 for roots
    ends: NDArray[np.int32]  # -1, or what whoever inserts a pattern says
    used: NDArray[np.int64]  # int64[1]: nodes so far


@helper
def make_nodes(most: Int, n_patterns: Int) -> Nodes:
    """Return capacity for so many nodes of so many patterns; there is none yet.

    Examples
    --------
    >>> make_nodes(3, 1).used
    array([0])
    """
    above, labels = np.empty(most, np.int32), np.empty(most, np.int32)
    ends, used = np.empty(most, np.int32), np.zeros(1, np.int64)
    return Nodes(make_table(n_patterns), above, labels, ends, used)


@inner
def add_node(nodes: Nodes, above: Int, label: Int) -> np.int64:
    """Make a node.

    Parameters
    ----------
    nodes : Nodes
        With capacity for one more; changed.
    above : int
        The node above it, NO_NODE for a root.
    label : int
        Of the edge from there; 0 for a root.

    Returns
    -------
    int

    Examples
    --------
    >>> nodes = make_nodes(2, 1)
    >>> add_node(nodes, NO_NODE, 0), add_node(nodes, 0, 5)
    (0, 1)
    """
    node = nodes.used[0]
    nodes.above[node], nodes.labels[node], nodes.ends[node] = above, label, -1
    nodes.used[0] = node + 1
    return np.int64(node)


@inner
def insert_pattern(
    nodes: Nodes, labels: NDArray[np.int32], first: Int, last: Int, root: Int
) -> np.int64:
    """Add ``labels[first:last]`` below a root; return the node where that ends.

    Parameters
    ----------
    nodes : Nodes
        Changed.
    labels : int32[L]
    first, last : int
    root : int

    Returns
    -------
    int

    Examples
    --------
    >>> nodes, labels = make_nodes(8, 2), np.array([0, 1, 0, 2], np.int32)
    >>> root = add_node(nodes, NO_NODE, 0)
    >>> insert_pattern(nodes, labels, 0, 2, root), insert_pattern(nodes, labels, 2, 4, root)
    (2, 3)
    >>> nodes.above[:4]
    array([-1,  0,  1,  1], dtype=int32)
    """
    node = np.int64(root)
    for k in range(first, last):
        label, following = labels[k], node + 1
        if following == nodes.used[0]:
            node = add_node(nodes, node, label)
        elif nodes.above[following] == node and nodes.labels[following] == label:
            node = following
        else:
            key = (node << 32) | label
            row = find(nodes.branches, key)
            if is_free(nodes.branches, row):
                place(nodes.branches, row, key, nodes.used[0])
                add_node(nodes, node, label)
            node = value_at(nodes.branches, row)
    return node


@helper
def place_nodes(
    above: NDArray[np.int32], labels: NDArray[np.int32], n_atoms: Int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Lay out tries; the first root is row 0.

    Parameters
    ----------
    above : int32[n]
        The number of the node above each, lower than its own; NO_NODE for roots.
    labels : int32[n]
        Of the edge from there: symbols below ``n_atoms``, else variables; unused for roots.
    n_atoms : int

    Returns
    -------
    steps : int32[rows, 2]
        ABOVE and BELOW.
    rows : int32[n]
        Where each node is.

    Examples
    --------
    >>> above, labels = np.array([-1, 0, 1], np.int32), np.array([0, 1, 0], np.int32)
    >>> steps, rows = place_nodes(above, labels, 2)  # b, ba
    >>> rows, int(child_of(steps, rows[1], 0))
    (array([0, 2, 1], dtype=int32), 1)
    """
    n, (children, bounds) = len(above), _children_of(above)
    tree = Tree(above, labels, children, bounds)
    rows, stack, tops = np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(3, np.int64)
    for node in range(n):
        if above[node] < 0:
            rows[node] = tops[END]
            tops[END] += 1
    for node in range(n - 1, -1, -1):
        if above[node] < 0:
            stack[tops[HEIGHT]] = node
            tops[HEIGHT] += 1
    tops[LOW] = tops[END]
    steps = np.full((n + n // 4 + 2 * n_atoms + REACH, 2), NO_NODE, np.int32)
    while True:
        _place_on(tree, n_atoms, steps, rows, stack, tops)
        if tops[HEIGHT] == 0:
            return steps[: tops[END] + n_atoms + 1].copy(), rows
        larger = np.full((2 * len(steps) + 2 * n_atoms, 2), NO_NODE, np.int32)
        for row in range(len(steps)):  # numba compiles a loop in a tenth of the time of slices
            larger[row, ABOVE], larger[row, BELOW] = steps[row, ABOVE], steps[row, BELOW]
        steps = larger


@helper
def _children_of(above: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Nodes by the one above, those of one from the oldest, and the bounds of each list."""
    bounds = np.zeros(len(above) + 1, np.int32)
    for node in range(len(above)):
        if above[node] >= 0:
            bounds[above[node] + 1] += 1
    for node in range(len(above)):
        bounds[node + 1] += bounds[node]
    children = np.empty(bounds[-1], np.int32)
    for node in range(len(above) - 1, -1, -1):  # the bounds move down to the first of each list
        if above[node] >= 0:
            bounds[above[node] + 1] -= 1
            children[bounds[above[node] + 1]] = node
    for node in range(len(above)):
        bounds[node] = bounds[node + 1]
    bounds[-1] = len(children)
    return children, bounds


@inner
def _place_on(
    tree: Tree,
    n_atoms: Int,
    steps: NDArray[np.int32],
    rows: NDArray[np.int32],
    stack: NDArray[np.int32],
    tops: NDArray[np.int64],
) -> None:
    """Give rows to the children of the nodes on the stack, and so on, while there is capacity."""
    while tops[HEIGHT] > 0:
        node = stack[tops[HEIGHT] - 1]
        first, last = tree.bounds[node], tree.bounds[node + 1]
        if tops[END] + n_atoms + last - first + 2 > len(steps):
            return
        tops[LOW] = max(tops[LOW], tops[END] - 2 * n_atoms - REACH)
        while tops[LOW] < tops[END] and steps[tops[LOW], ABOVE] != NO_NODE:
            tops[LOW] += 1
        tops[HEIGHT] -= 1
        row, below = rows[node], _first_fit(tree, n_atoms, steps, tops, node)
        steps[row, BELOW] = 2 * below
        for k in range(first, last):
            child = tree.children[k]
            if tree.labels[child] < n_atoms:
                _take_row(steps, rows, tops, child, below + tree.labels[child], row)
        for k in range(last - 1, first - 1, -1):  # the oldest comes to stand on top
            child = tree.children[k]
            stack[tops[HEIGHT]] = child
            tops[HEIGHT] += 1
            if tree.labels[child] >= n_atoms:
                free = tops[LOW]
                while steps[free, ABOVE] != NO_NODE:
                    free += 1
                _take_row(steps, rows, tops, child, free, -2 - row)
                steps[row, BELOW] |= 1


@inner
def _take_row(
    steps: NDArray[np.int32],
    rows: NDArray[np.int32],
    tops: NDArray[np.int64],
    child: Int,
    row: Int,
    above: Int,
) -> None:
    """Put a node into a free row."""
    rows[child], steps[row, ABOVE] = row, above
    tops[END] = max(tops[END], row + 1)


@inner
def _first_fit(
    tree: Tree, n_atoms: Int, steps: NDArray[np.int32], tops: NDArray[np.int64], node: Int
) -> Int:
    """Where symbol 0 is if the symbol children of a node take the first free rows that do."""
    first, last = tree.bounds[node], tree.bounds[node + 1]
    lowest = n_atoms
    for k in range(first, last):
        lowest = min(lowest, np.int64(tree.labels[tree.children[k]]))
    if lowest == n_atoms:
        return np.int64(1)
    row, tried = max(tops[LOW], lowest + 1), 0
    while row < tops[END] and tried < FREE_ROWS_TRIED:
        if steps[row, ABOVE] == NO_NODE:
            fits = True
            for k in range(first, last):
                label = tree.labels[tree.children[k]]
                if label < n_atoms and steps[row - lowest + label, ABOVE] != NO_NODE:
                    fits = False
                    break
            if fits:
                return np.int64(row - lowest)
            tried += 1
        row += 1
    return np.int64(max(tops[END] - lowest, 1))
