"""Where the boxes of a graph stand, and which way its edges go: wholes left of parts, in columns.

An edge bends in the gap between two columns only. Where it passes a column it has a row of its own
there, lower than that of a box, so that it runs behind none.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import networkx as nx

GAP = 12
"""Characters between two columns."""
PASS_ROWS = 0.45
"""Height of the row of an edge that passes a column; that of a box is 1."""
_SWEEPS = 12  # over the columns: rows hardly move after ten

Place: TypeAlias = "int | tuple[int, int, int]"
"""A node, or an edge in a column that it passes: whole, part, column."""


class Box(NamedTuple):
    """A node on the page: left edge and middle, in characters and rows."""

    x: float
    y: float
    width: float
    label: str


class Layout(NamedTuple):
    """Where everything stands.

    Attributes
    ----------
    boxes : dict of int to Box
        By node.
    routes : dict of (int, int) to list of (float, float)
        By edge, the points that it runs through from the right side of its whole to the left side
        of its part: straight from the first to the second, then by turns bent and straight.
    """

    boxes: dict[int, Box]
    routes: dict[tuple[int, int], list[tuple[float, float]]]


def layered(graph: nx.DiGraph, labels: Mapping[int, str]) -> Layout:
    """Lay a graph without cycles out in columns.

    Parameters
    ----------
    graph : networkx.DiGraph
        Parts have lower numbers than wholes.
    labels : mapping of int to str
        What boxes have room for.

    Returns
    -------
    Layout

    Examples
    --------
    >>> import networkx as nx
    >>> laid = layered(nx.DiGraph([(2, 0), (2, 1), (1, 0)]), ["a", "ab", "aba"])
    >>> [laid.boxes[node].x for node in (2, 1, 0)]
    [0.0, 17.0, 33.0]
    >>> [len(laid.routes[edge]) for edge in ((2, 1), (2, 0))]
    [3, 5]
    """
    column_of = _columns(graph)
    columns: list[list[Place]] = [[] for _ in set(column_of.values())]
    for node in sorted(graph):
        columns[column_of[node]].append(node)
    ways: dict[tuple[int, int], list[Place]] = {}
    for whole, part in graph.edges:
        passed = range(column_of[whole] + 1, column_of[part])
        passes: list[Place] = [(whole, part, column) for column in passed]
        for column, place in zip(passed, passes, strict=True):
            columns[column].append(place)
        ways[whole, part] = [whole, *passes, part]
    rows = _rows(columns, _neighbours(columns, ways))
    return _placed(columns, rows, ways, labels)


def _columns(graph: nx.DiGraph) -> dict[int, int]:
    """Column of each node, from the left: one right of its last whole, or left of its first part.

    The latter where it has more parts than wholes, so that fewer edges pass a column.
    """
    column: dict[int, int] = {}
    for node in sorted(graph, reverse=True):
        column[node] = 1 + max((column[whole] for whole in graph.predecessors(node)), default=-1)
    for node in sorted(graph):
        if graph.out_degree(node) > graph.in_degree(node):
            column[node] = min(column[part] for part in graph.successors(node)) - 1
    number = {value: k for k, value in enumerate(sorted(set(column.values())))}
    return {node: number[value] for node, value in column.items()}


def _neighbours(
    columns: list[list[Place]], ways: Mapping[tuple[int, int], list[Place]]
) -> dict[Place, list[Place]]:
    near: dict[Place, list[Place]] = {place: [] for column in columns for place in column}
    for way in ways.values():
        for left, right in pairwise(way):
            near[left].append(right)
            near[right].append(left)
    return near


def _rows(columns: list[list[Place]], near: Mapping[Place, list[Place]]) -> dict[Place, float]:
    """Order every column by the mean row of its neighbours, sweeping back and forth."""
    row: dict[Place, float] = {}
    for column in columns:
        row.update(_spread(column))
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            means = {
                place: sum(row[other] for other in near[place]) / len(near[place])
                if near[place]
                else row[place]
                for place in column
            }
            column.sort(key=lambda place: (means[place], _ids(place)))
            row.update(_spread(column))
    return row


def _ids(place: Place) -> tuple[int, ...]:
    return place if isinstance(place, tuple) else (place,)


def _spread(column: list[Place]) -> dict[Place, float]:
    """Middle of each row, the middle of the column at 0."""
    heights = [PASS_ROWS if isinstance(place, tuple) else 1.0 for place in column]
    middles, top = {}, -sum(heights) / 2
    for place, height in zip(column, heights, strict=True):
        middles[place] = top + height / 2
        top += height
    return middles


def _placed(
    columns: list[list[Place]],
    rows: Mapping[Place, float],
    ways: Mapping[tuple[int, int], list[Place]],
    labels: Mapping[int, str],
) -> Layout:
    boxes: dict[int, Box] = {}
    sides: dict[Place, tuple[float, float]] = {}
    left = 0.0
    for column in columns:
        nodes = [place for place in column if not isinstance(place, tuple)]
        right = left + max(len(labels[node]) for node in nodes) + 2
        sides.update(dict.fromkeys(column, (left, right)))
        for node in nodes:
            boxes[node] = Box(left, rows[node], len(labels[node]) + 2, labels[node])
        left = right + GAP
    routes = {}
    for (whole, part), way in ways.items():
        begin = boxes[whole]
        points = [(begin.x + begin.width, begin.y), (sides[whole][1], begin.y)]
        for place in way[1:-1]:
            points += [(side, rows[place]) for side in sides[place]]
        routes[whole, part] = [*points, (boxes[part].x, boxes[part].y)]
    return Layout(boxes, routes)
