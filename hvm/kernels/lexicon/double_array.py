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
from hvm.kernels.table import Table, find, is_free, place, value_at

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
    bounds: NDArray[np.int64]  # int64[n + 1]: where those of a node begin


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


@inner
def insert_pattern(
    edges: Table, labels: NDArray[np.int32], first: Int, last: Int, root: Int, n_nodes: Int
) -> tuple[Int, Int]:
    """Add ``labels[first:last]`` below a root; an edge is node << 32 | label.

    Parameters
    ----------
    edges : Table
        The node behind each edge; changed.
    labels : int32[L]
    first, last : int
    root : int
    n_nodes : int
        Nodes so far, the roots included.

    Returns
    -------
    node, n_nodes : int
        Where the pattern ends, and nodes now.

    Examples
    --------
    >>> from hvm.kernels.table import make_table
    >>> edges, labels = make_table(8), np.array([0, 1, 0, 2], np.int32)
    >>> insert_pattern(edges, labels, 0, 2, 0, 1), insert_pattern(edges, labels, 2, 4, 0, 3)
    ((2, 3), (3, 4))
    """
    node = np.int64(root)
    for k in range(first, last):
        key = (node << 32) | labels[k]
        row = find(edges, key)
        if is_free(edges, row):
            place(edges, row, key, n_nodes)
            n_nodes += 1
        node = value_at(edges, row)
    return node, n_nodes


@inner
def name_edges(edges: Table, above: NDArray[np.int32], labels: NDArray[np.int32]) -> None:
    """Note each node's edge by the node's number.

    Parameters
    ----------
    edges : Table
        The node behind each edge, node << 32 | label.
    above, labels : int32[n]
        Written; of roots they stay as they are.
    """
    for row in range(len(edges.cells) // 2):
        if not is_free(edges, row):
            key, node = edges.cells[2 * row], value_at(edges, row)
            above[node], labels[node] = key >> 32, key & 0xFFFFFFFF


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
    steps = np.full((2 * n + n_atoms + 2, 2), NO_NODE, np.int32)
    while True:
        _place_on(tree, n_atoms, steps, rows, stack, tops)
        if tops[HEIGHT] == 0:
            return steps[: tops[END] + n_atoms + 1].copy(), rows
        larger = np.full((2 * len(steps) + 2 * n_atoms, 2), NO_NODE, np.int32)
        for row in range(len(steps)):  # numba compiles a loop in a tenth of the time of slices
            larger[row, ABOVE], larger[row, BELOW] = steps[row, ABOVE], steps[row, BELOW]
        steps = larger


@helper
def _children_of(above: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Nodes by the one above, those of one from the oldest, and the bounds of each list."""
    bounds = np.zeros(len(above) + 1, np.int64)
    for node in range(len(above)):
        if above[node] >= 0:
            bounds[above[node] + 1] += 1
    for node in range(len(above)):
        bounds[node + 1] += bounds[node]
    children, filled = np.empty(bounds[-1], np.int32), bounds.copy()
    for node in range(len(above)):
        if above[node] >= 0:
            children[filled[above[node]]] = node
            filled[above[node]] += 1
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
