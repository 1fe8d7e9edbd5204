"""A picture of the top of a lexicon graph: best variables and chunks, wholes left of parts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hvm.show.figures import figure_bytes, new_figure
from hvm.show.layers import Box, layered
from hvm.show.palette import BLUE, VERMILION

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MAX_NODES = 40
"""Entries of a picture: more do not fit on a page at a size that can be read."""

_MAX_LABEL = 34  # characters
_VARIABLES_SHOWN = 6
_FRAMES_SHOWN = 3  # of a variable
_MEMBERS_SHOWN = 6  # of a variable
_FONT_SIZE = 9.0
_CHARACTER_INCHES = 0.64 * _FONT_SIZE / 72  # DejaVu Sans Mono is 0.602 em wide, rounded to pixels
_ROW_INCHES = 0.34
_BOX_ROWS = 0.72  # of a row; the rest is the gap to the next
_MARGIN_INCHES = 0.4  # above for the title, below for the legend
_LEGEND_INCHES = 6.5
_FILL = {"atom": "#f2f2f2", "chunk": "#dbe9f6", "variable": "#fde3c4"}
_EDGE = {"component": BLUE, "member": VERMILION}
_BOX_EDGE = "#555555"
_BORDER = {"atom": 0.4, "chunk": 0.8, "variable": 1.8}
"""Points: what the fill does not say in grey."""


def draw_graph(graph: nx.DiGraph, ax: Axes | None = None, max_nodes: int = MAX_NODES) -> Axes:
    """Draw the part of a lexicon graph that is worth seeing.

    Variables that fill most slots come first, each with its best frames and likeliest fillers;
    chunks with most symbols (count times length) take the places that are left.

    Parameters
    ----------
    graph : networkx.DiGraph
        As :func:`hvm.lexicon.graph.to_networkx` returns it.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure of a fitting size.
    max_nodes : int
        Most entries to show.

    Returns
    -------
    matplotlib Axes
    """
    from hvm.show.names import named_part

    drawn = named_part(_picture_part(graph, top_nodes(graph, max_nodes)), graph)
    labels = {node: _label(attributes) for node, attributes in drawn.nodes(data=True)}
    boxes, routes = layered(drawn, labels)
    if ax is None:
        ax = _fitting_axes(boxes)
    for whole, part, attributes in drawn.edges(data=True):
        _draw_edge(ax, routes[whole, part], attributes)
    for node, box in boxes.items():
        _draw_box(ax, box, graph.nodes[node]["kind"])
    _dress(ax, boxes, len(graph))
    return ax


def graph_png(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """Return the picture of :func:`draw_graph` as PNG."""
    return figure_bytes(draw_graph(graph, max_nodes=max_nodes), ".png")


def graph_svg(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """Return the picture of :func:`draw_graph` as SVG."""
    return figure_bytes(draw_graph(graph, max_nodes=max_nodes), ".svg")


def graph_pdf(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """Return the picture of :func:`draw_graph` as PDF."""
    return figure_bytes(draw_graph(graph, max_nodes=max_nodes), ".pdf")


# -- what to show -------------------------------------------------------------------------


def top_nodes(graph: nx.DiGraph, max_nodes: int) -> list[int]:
    """Return at most ``max_nodes`` entries worth seeing, in the order they were chosen."""
    worth = _worth(graph)
    chosen: dict[int, None] = {}  # an ordered set
    for group in [*_variable_groups(graph, worth), *_chunk_groups(graph, worth)]:
        new = [node for node in group if node not in chosen]
        if len(chosen) + len(new) <= max_nodes:
            chosen.update(dict.fromkeys(new))
    return list(chosen)


def _worth(graph: nx.DiGraph) -> dict[int, int]:
    """Symbols that each entry covers as a unit: count times length, a slot counted as one."""
    lengths: dict[int, int] = {}
    for node in sorted(graph):  # parts have lower ids than wholes
        lengths[node] = 1
        if graph.nodes[node]["kind"] == "chunk":
            lengths[node] = sum(
                lengths[part] * len(str(edge["positions"]).split())
                for _, part, edge in graph.out_edges(node, data=True)
            )
    return {node: graph.nodes[node]["count"] * length for node, length in lengths.items()}


def _variable_groups(graph: nx.DiGraph, worth: dict[int, int]) -> list[list[int]]:
    groups = []
    for variable in _ranked(graph, worth, "variable")[:_VARIABLES_SHOWN]:
        frames = sorted(graph.predecessors(variable), key=lambda n: (-worth[n], n))
        members = sorted(
            graph.successors(variable), key=lambda n: (-graph.edges[variable, n]["probability"], n)
        )
        if frames:
            groups.append([variable, *frames[:_FRAMES_SHOWN], *members[:_MEMBERS_SHOWN]])
    return groups


def _chunk_groups(graph: nx.DiGraph, worth: dict[int, int]) -> list[list[int]]:
    """Each chunk with the chunks it is made of, or its variables; chunks of atoms come last."""
    made: list[list[int]] = []
    flat: list[list[int]] = []
    for chunk in _ranked(graph, worth, "chunk"):
        parts: dict[str, list[int]] = {kind: [] for kind in ("chunk", "variable", "atom")}
        for part in sorted(graph.successors(chunk)):
            parts[graph.nodes[part]["kind"]].append(part)
        held = parts["chunk"] or parts["variable"]
        (made if held else flat).append([chunk, *(held or parts["atom"])])
    return made + flat


def _ranked(graph: nx.DiGraph, worth: dict[int, int], kind: str) -> list[int]:
    nodes = [node for node, attributes in graph.nodes(data=True) if attributes["kind"] == kind]
    return sorted(nodes, key=lambda node: (-worth[node], node))


def _picture_part(graph: nx.DiGraph, nodes: list[int]) -> nx.DiGraph:
    """Return the part of the graph to draw, in which nothing stands alone.

    That a chunk holds an atom, its text says; edges do so where the chunk has no other.
    """
    whole = graph.subgraph(nodes)
    drawn = whole.copy()
    drawn.remove_edges_from(list(_spelled(whole)))
    alone = {node for node in drawn if drawn.degree(node) == 0}
    drawn.add_edges_from(
        (chunk, atom, whole.edges[chunk, atom]) for chunk, atom in _spelled(whole) if chunk in alone
    )
    if drawn.number_of_edges():
        drawn.remove_nodes_from([node for node in drawn if drawn.degree(node) == 0])
    return drawn


def _spelled(graph: nx.DiGraph) -> Iterator[tuple[int, int]]:
    """Edges that say which atoms a chunk holds."""
    for whole, part, kind in graph.edges(data="kind"):
        if kind == "component" and graph.nodes[part]["kind"] == "atom":
            yield whole, part


def _label(attributes: dict[str, Any]) -> str:
    text = attributes["text"]
    core = text.strip(" ")
    indent = len(text) - len(text.lstrip(" ")) if core else 0
    text = "␣" * indent + core + "␣" * (len(text) - indent - len(core))
    if len(text) > _MAX_LABEL:
        text = text[: _MAX_LABEL - 1] + "…"
    return f"{text}  ×{attributes['count']}"


# -- putting it there ---------------------------------------------------------------------


def _fitting_axes(boxes: dict[int, Box]) -> Axes:
    """Make a figure in which a character of a label is as wide as its place."""
    (left, right), (bottom, top) = _limits(boxes)
    width = max((right - left) * _CHARACTER_INCHES, _LEGEND_INCHES)
    height = (bottom - top) * _ROW_INCHES
    whole = height + 2 * _MARGIN_INCHES
    place = (0.0, _MARGIN_INCHES / whole, 1.0, height / whole)
    return new_figure((width, whole), layout=None).add_axes(place)


def _limits(boxes: dict[int, Box]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return left and right in characters, bottom and top in rows; rows count downwards."""
    right = max((box.x + box.width for box in boxes.values()), default=20) + 2
    deepest = max((abs(box.y) for box in boxes.values()), default=0) + 1
    return (-2, right), (deepest, -deepest)


def _draw_box(ax: Axes, box: Box, kind: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.25"
    patch = FancyBboxPatch(
        (box.x, box.y - _BOX_ROWS / 2),
        box.width,
        _BOX_ROWS,
        boxstyle=style,
        fc=_FILL[kind],
        ec=_BOX_EDGE,
        lw=_BORDER[kind],
    )
    ax.add_patch(patch)
    ax.text(
        box.x + box.width / 2,
        box.y,
        box.label,
        ha="center",
        va="center_baseline",
        fontsize=_FONT_SIZE,
        family="DejaVu Sans Mono",
        parse_math=False,  # a dollar is a symbol like any other
        zorder=3,
    )


def _draw_edge(ax: Axes, route: list[tuple[float, float]], attributes: dict[str, Any]) -> None:
    """Draw an edge through the points of its route, bent between columns, straight within."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points, codes = [route[0]], [Path.MOVETO]
    for number, (begin, end) in enumerate(pairwise(route)):
        if number % 2 == 0:
            points.append(end)
            codes.append(Path.LINETO)
        else:
            middle = (begin[0] + end[0]) / 2
            points += [(middle, begin[1]), (middle, end[1]), end]
            codes += [Path.CURVE4] * 3
    path = Path(points, codes)
    is_member = attributes["kind"] == "member"
    width = 0.6 + 3.0 * attributes["probability"] if is_member else 0.8
    style = "--" if is_member else "-"
    ax.add_patch(
        PathPatch(path, fc="none", ec=_EDGE[attributes["kind"]], lw=width, ls=style, zorder=0.5)
    )


def _dress(ax: Axes, boxes: dict[int, Box], n_entries: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    across, down = _limits(boxes)
    ax.set_xlim(*across)
    ax.set_ylim(*down)
    ax.set_axis_off()
    ax.set_title(
        f"{len(boxes)} of {n_entries} entries; × times a unit, or slots filled", fontsize=10
    )
    handles: list[Artist] = [
        Patch(fc=fill, ec=_BOX_EDGE, lw=_BORDER[kind], label=kind) for kind, fill in _FILL.items()
    ]
    handles.append(Line2D([], [], color=_EDGE["component"], label="has component"))
    handles.append(
        Line2D([], [], color=_EDGE["member"], ls="--", label="has filler (width: probability)")
    )
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=5, frameon=False,
        fontsize=8,
    )  # fmt: skip
