"""The lexicon as a networkx graph, and its exports: JSON, GraphML, GEXF, DOT and pictures.

Nodes are entries. An edge runs from a whole to its part: ``component`` from a chunk,
``member`` from a variable. The same lexicon gives the same bytes in every format.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from hvm.errors import OutputError
from hvm.lexicon.lexicon import KIND_NAMES, VARIABLE, Lexicon

if TYPE_CHECKING:
    from os import PathLike

    import networkx as nx

    from hvm.symbols.sequences import Alphabet

GRAPH_FORMATS = (".json", ".graphml", ".gexf", ".dot", ".svg", ".png")

_DOT_SHAPES = {"atom": "plaintext", "chunk": "box", "variable": "ellipse"}
_GEXF_NAMESPACE = "http://www.gexf.net/1.2draft"


def to_networkx(lexicon: Lexicon, alphabet: Alphabet) -> nx.DiGraph:
    """Return the lexicon as a directed graph.

    Node attributes: ``kind`` (atom, chunk, variable), ``text``, ``count`` (times a unit; for a
    variable the slots it filled), ``level``, ``probability`` (of being the next unit; 0 for a
    variable, which is never one). Edge attributes: ``kind``, and ``position`` (of the first use)
    with ``positions`` (all of them, separated by spaces) for a component, or ``count`` and
    ``probability`` for a member.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
    >>> from hvm.symbols.sequences import Alphabet
    >>> lexicon = Lexicon.from_definitions(
    ...     3, [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2, 3, 2))])
    >>> graph = to_networkx(lexicon, Alphabet("char", ("a", "b", "c")))
    >>> graph.nodes[4]["text"], graph.edges[4, 2]["positions"]
    ('c[V3]c', '0 2')
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(_nodes(lexicon, alphabet))
    for entry in range(lexicon.n_atoms, len(lexicon)):
        edges_of = _member_edges if lexicon.kinds[entry] == VARIABLE else _component_edges
        graph.add_edges_from(edges_of(lexicon, entry))
    return graph


def _nodes(lexicon: Lexicon, alphabet: Alphabet) -> list[tuple[int, dict[str, Any]]]:
    probabilities = (2.0**-lexicon.unit_bits).tolist()
    levels = lexicon.levels.tolist()
    return [
        (
            entry,
            {
                "kind": KIND_NAMES[kind],
                "text": entry_text(lexicon, alphabet, entry),
                "count": entry_count(lexicon, entry),
                "level": levels[entry],
                "probability": probabilities[entry],
            },
        )
        for entry, kind in enumerate(lexicon.kinds.tolist())
    ]


def _component_edges(lexicon: Lexicon, chunk: int) -> list[tuple[int, int, dict[str, Any]]]:
    positions: dict[int, list[int]] = {}
    for position, part in enumerate(lexicon.parts_of(chunk).tolist()):
        positions.setdefault(part, []).append(position)
    return [
        (
            chunk,
            part,
            {
                "kind": "component",
                "position": where[0],
                "positions": " ".join(map(str, where)),
            },
        )
        for part, where in positions.items()
    ]


def _member_edges(lexicon: Lexicon, variable: int) -> list[tuple[int, int, dict[str, Any]]]:
    bits = lexicon.filler_bits[lexicon.offsets[variable] : lexicon.offsets[variable + 1]]
    members = lexicon.parts_of(variable).tolist()
    counts = lexicon.filler_counts_of(variable).tolist()
    return [
        (variable, member, {"kind": "member", "count": count, "probability": probability})
        for member, count, probability in zip(members, counts, (2.0**-bits).tolist(), strict=True)
    ]


# -- text ---------------------------------------------------------------------------------


def entry_count(lexicon: Lexicon, entry: int) -> int:
    """Times an atom or chunk was a unit, or times a variable filled a slot."""
    if lexicon.kinds[entry] == VARIABLE:
        return int(lexicon.filler_counts_of(entry).sum())
    return int(lexicon.unit_counts[entry])


def entry_text(lexicon: Lexicon, alphabet: Alphabet, entry: int) -> str:
    r"""Return an entry as one line of printable text, its slots as ``[V12]``."""
    return pattern_text(lexicon.pattern(entry), lexicon.n_atoms, alphabet)


def pattern_text(pattern: tuple[int, ...], n_atoms: int, alphabet: Alphabet) -> str:
    """Return a pattern as one line of printable text: symbols, and ``[V12]`` for a variable."""
    pieces = (
        alphabet.render(alphabet.symbols[part]) if part < n_atoms else f"[V{part}]"
        for part in pattern
    )
    text = alphabet.separator.join(pieces)
    return text if alphabet.unit == "byte" else visible(text)  # bytes are printable already


def visible(text: str) -> str:
    r"""Return ``text`` with a backslash escape for everything that does not print.

    Line ends, control characters, lone surrogates and the like would break a table, or be
    illegal in XML. A backslash is doubled, so that the text can be read back.

    Examples
    --------
    >>> visible("one\ntwo\x00")
    'one\\ntwo\\x00'
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in text
    )


# -- exports ------------------------------------------------------------------------------


def write_graph(graph: nx.DiGraph, path: str | PathLike[str], max_nodes: int = 40) -> None:
    """Write the graph in the format that the suffix names; all or nothing.

    A picture shows at most ``max_nodes`` entries, the other formats all of them.

    Raises
    ------
    OutputError
        If the suffix is none of ``GRAPH_FORMATS``, or the file cannot be written.
    """
    from hvm.learn.model_file import write_atomic

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
        from hvm.show.drawing import graph_picture

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
