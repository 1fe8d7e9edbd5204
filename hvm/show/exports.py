"""The graph of a lexicon as files: JSON, GraphML, GEXF, DOT and pictures.

The same graph gives the same bytes in every format.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from hvm.data.files import write_atomic
from hvm.errors import OutputError
from hvm.show.drawing import graph_picture

if TYPE_CHECKING:
    from os import PathLike

    import networkx as nx


GRAPH_FORMATS = (".json", ".graphml", ".gexf", ".dot", ".svg", ".png")


_DOT_SHAPES = {"atom": "plaintext", "chunk": "box", "variable": "ellipse"}


_GEXF_NAMESPACE = "http://www.gexf.net/1.2draft"


def write_graph(graph: nx.DiGraph, path: str | PathLike[str], max_nodes: int = 40) -> None:
    """Write the graph in the format that the suffix names; all or nothing.

    A picture shows at most ``max_nodes`` entries, the other formats all of them.

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
        known = ", ".join(GRAPH_FORMATS)
        raise OutputError(f"{path}: the name of a graph file ends in one of {known}")
    return suffix


def graph_bytes(graph: nx.DiGraph, suffix: str, max_nodes: int = 40) -> bytes:
    """Return the graph in the format of one of ``GRAPH_FORMATS``."""
    if suffix in (".svg", ".png"):
        return graph_picture(graph, suffix, max_nodes)
    exporters = {".json": _json, ".graphml": _graphml, ".gexf": _gexf, ".dot": _dot}
    return exporters[suffix](graph)


def _json(graph: nx.DiGraph) -> bytes:
    import networkx as nx

    data = nx.node_link_data(graph, edges="edges")
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _graphml(graph: nx.DiGraph) -> bytes:
    from networkx.readwrite.graphml import write_graphml_xml

    buffer = BytesIO()
    write_graphml_xml(graph, buffer)  # write_graphml writes other bytes where lxml is installed
    return buffer.getvalue()


def _gexf(graph: nx.DiGraph) -> bytes:
    import networkx as nx

    labelled = graph.copy()
    for _, attributes in labelled.nodes(data=True):
        attributes["label"] = attributes["text"]
    buffer = BytesIO()
    nx.write_gexf(labelled, buffer)
    return _without_date(buffer.getvalue())


def _without_date(gexf: bytes) -> bytes:
    ElementTree.register_namespace("", _GEXF_NAMESPACE)
    root = ElementTree.fromstring(gexf)
    for meta in root.findall(f"{{{_GEXF_NAMESPACE}}}meta"):
        root.remove(meta)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _dot(graph: nx.DiGraph) -> bytes:
    lines = ["digraph lexicon {", "  rankdir=LR;"]
    for node, attributes in graph.nodes(data=True):
        shape = _DOT_SHAPES[attributes["kind"]]
        label = _dot_quoted(f"{attributes['text']}\n{attributes['count']}")
        lines.append(f"  {node} [shape={shape}, label={label}];")
    for whole, part, attributes in graph.edges(data=True):
        if attributes["kind"] == "component":
            label = _dot_quoted(attributes["positions"])
            lines.append(f"  {whole} -> {part} [label={label}];")
        else:
            label = _dot_quoted(f"{attributes['probability']:.3g}")
            lines.append(f"  {whole} -> {part} [style=dashed, label={label}];")
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _dot_quoted(text: str) -> str:
    r"""Quote for DOT, where a backslash starts an escape and a line end is written ``\n``."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
