"""Text formats of a lexicon graph, which hold all of its entries however many a picture shows."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    import networkx as nx

_DOT_SHAPES = {"atom": "plaintext", "chunk": "box", "variable": "ellipse"}
_GEXF_NAMESPACE = "http://www.gexf.net/1.2draft"


def graph_json(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """Networkx's node-link JSON, in the order of the graph."""
    import networkx as nx

    data = nx.node_link_data(graph, edges="edges")
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def graphml(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """GraphML, as Gephi and yEd read it."""
    from networkx.readwrite.graphml import write_graphml_xml

    buffer = BytesIO()
    write_graphml_xml(graph, buffer)  # write_graphml writes other bytes where lxml is installed
    return buffer.getvalue()


def gexf(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """GEXF without the date, entries labelled with their text."""
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
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def dot(graph: nx.DiGraph, max_nodes: int) -> bytes:
    """DOT, as Graphviz draws it: entries with their counts, members with probabilities."""
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
