"""The graph of a lexicon as files: JSON, GraphML, GEXF, DOT and pictures.

The same graph gives the same bytes in every format.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hvm.data.files import write_atomic
from hvm.errors import OutputError
from hvm.plugins import Registry
from hvm.show.drawing import MAX_NODES

if TYPE_CHECKING:
    from os import PathLike

    import networkx as nx

Exporter: TypeAlias = "Callable[[nx.DiGraph, int], bytes]"
"""From a graph, as :func:`hvm.lexicon.graph.to_networkx` returns it, and the most entries that a
picture shows to the content of a file."""

GRAPH_FORMATS: Registry[Exporter] = Registry(
    "graph format",
    "hvm.exports",
    {
        ".json": "hvm.show.formats:graph_json",
        ".graphml": "hvm.show.formats:graphml",
        ".gexf": "hvm.show.formats:gexf",
        ".dot": "hvm.show.formats:dot",
        ".svg": "hvm.show.drawing:graph_svg",
        ".png": "hvm.show.drawing:graph_png",
        ".pdf": "hvm.show.drawing:graph_pdf",
    },
)
"""Exporters by the suffix of their files, in lower case."""


def write_graph(graph: nx.DiGraph, path: str | PathLike[str], max_nodes: int = MAX_NODES) -> None:
    """Write the graph in the format that the suffix names; all or nothing.

    Parameters
    ----------
    graph : networkx.DiGraph
        As :func:`hvm.lexicon.graph.to_networkx` returns it.
    path : path
        The file; its suffix is one of ``GRAPH_FORMATS``.
    max_nodes : int
        Most entries of a picture; the other formats hold all of them.

    Raises
    ------
    OutputError
        If the suffix is none of ``GRAPH_FORMATS``, or the file cannot be written.
    """
    write_atomic(Path(path), graph_bytes(graph, graph_suffix(path), max_nodes))


def graph_suffix(path: str | PathLike[str]) -> str:
    """Return the suffix of a graph file; :class:`OutputError` if it names no known format."""
    suffix = Path(path).suffix.lower()
    if suffix not in GRAPH_FORMATS:
        known = ", ".join([".html (a page)", *GRAPH_FORMATS])
        raise OutputError(f"{path}: the name of a graph file ends in one of {known}")
    return suffix


def graph_bytes(graph: nx.DiGraph, suffix: str, max_nodes: int = MAX_NODES) -> bytes:
    """Return the graph in one format.

    Parameters
    ----------
    graph : networkx.DiGraph
        As :func:`hvm.lexicon.graph.to_networkx` returns it.
    suffix : str
        One of ``GRAPH_FORMATS``.
    max_nodes : int
        Most entries of a picture.

    Returns
    -------
    bytes
    """
    return GRAPH_FORMATS[suffix](graph, max_nodes)
