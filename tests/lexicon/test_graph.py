"""The graph of a lexicon, and what each export keeps of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from hvm.errors import OutputError
from hvm.lexicon.graph import to_networkx, visible
from hvm.lexicon.lexicon import ATOM, CHUNK, VARIABLE, Definition, Lexicon, LexiconError
from hvm.show.drawing import draw_graph, top_nodes
from hvm.show.exports import GRAPH_FORMATS, graph_bytes, write_graph
from hvm.symbols.alphabet import Alphabet


@pytest.fixture
def graph(animals):
    return to_networkx(animals.lexicon, animals.alphabet)


def node_of(graph, text):
    (node,) = (n for n, attributes in graph.nodes(data=True) if attributes["text"] == text)
    return node


def test_nodes_are_entries_with_their_facts(graph, animals):
    lexicon = animals.lexicon
    assert list(graph) == list(range(len(lexicon)))
    animal = node_of(graph, "[V12]")
    assert graph.nodes[animal]["kind"] == "variable"
    assert graph.nodes[animal]["count"] == 24  # slots filled: 16 dogs and 8 cats
    assert graph.nodes[animal]["probability"] == 0
    sentence = node_of(graph, "a [V12] sat.")
    assert graph.nodes[sentence]["kind"] == "chunk"
    assert graph.nodes[sentence]["level"] == 1
    assert graph.nodes[node_of(graph, "dog")]["level"] == 0
    total = sum(p for _, p in graph.nodes(data="probability"))
    assert total + 2**-lexicon.escape_bits == pytest.approx(1)


def test_edges_run_from_wholes_to_parts(graph):
    sentence, article = node_of(graph, "a [V12] sat."), node_of(graph, "a [V12]")
    assert set(graph.successors(sentence)) == {article, node_of(graph, " sat.")}
    assert graph.edges[sentence, article]["kind"] == "component"
    assert graph.edges[sentence, node_of(graph, " sat.")]["position"] == 1
    animal, dog = node_of(graph, "[V12]"), node_of(graph, "dog")
    assert graph.edges[animal, dog]["kind"] == "member"
    members = graph.out_edges(animal, data="probability")
    assert sum(probability for *_, probability in members) == pytest.approx(1)
    assert nx.is_directed_acyclic_graph(graph)


def test_a_part_used_twice_keeps_every_position():
    lexicon = Lexicon.from_definitions(2, [Definition(CHUNK, (0, 1, 0, 0))])
    graph = to_networkx(lexicon, Alphabet("int", (3, 4)))
    assert graph.nodes[2]["text"] == "3 4 3 3"
    assert graph.edges[2, 0]["positions"] == "0 2 3"
    assert graph.edges[2, 0]["position"] == 0


def awkward_graph():
    """Symbols that XML forbids, that DOT and mathtext read as commands, or that break lines."""
    symbols = tuple(sorted("\x00\x1b\n\r\t\"\\$_^{}<>&'[]\u200b\u2028\ufffeé狗😀"))
    size = len(symbols)
    definitions = [
        Definition(CHUNK, tuple(range(size))),
        Definition(VARIABLE, (0, 1, size)),
        Definition(CHUNK, (2, size + 1, 2)),
    ]
    lexicon = Lexicon.from_definitions(size, definitions)
    counts = np.arange(len(lexicon)) * (lexicon.kinds != VARIABLE)
    lexicon = lexicon.with_counts(counts, lexicon.filler_counts)
    return to_networkx(lexicon, Alphabet("char", symbols))


READERS = {
    ".json": lambda path: nx.node_link_graph(json.loads(path.read_text("utf-8")), edges="edges"),
    ".graphml": lambda path: nx.read_graphml(path, node_type=int),
    ".gexf": lambda path: nx.read_gexf(path, node_type=int),
}


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_reading_an_export_gives_the_graph_back(suffix, tmp_path):
    graph = awkward_graph()
    path = tmp_path / f"lexicon{suffix}"
    write_graph(graph, path)
    again = READERS[suffix](path)
    assert dict(again.nodes(data="text")) == dict(graph.nodes(data="text"))
    for name in ("kind", "count", "level", "probability"):
        assert dict(again.nodes(data=name)) == dict(graph.nodes(data=name))
    for name in ("kind", "position", "positions", "count", "probability"):
        expected = {(a, b): value for a, b, value in graph.edges(data=name)}
        assert {(a, b): value for a, b, value in again.edges(data=name)} == expected


def test_dot_has_every_node_and_edge_and_quotes_what_it_must():
    graph = awkward_graph()
    lines = graph_bytes(graph, ".dot").decode().splitlines()
    assert lines[0] == "digraph lexicon {" and lines[-1] == "}"
    nodes = [line for line in lines if re.match(r"  \d+ \[", line)]
    edges = [line for line in lines if "->" in line]
    assert len(nodes) == len(graph) and len(edges) == graph.number_of_edges()
    quoted = r'"(?:[^"\\]|\\.)*"'
    for line in nodes:
        assert re.fullmatch(rf"  \d+ \[shape=\w+, label={quoted}\];", line), line


@pytest.mark.parametrize("suffix", GRAPH_FORMATS)
def test_equal_graphs_are_equal_bytes(suffix):
    first, second = graph_bytes(awkward_graph(), suffix), graph_bytes(awkward_graph(), suffix)
    assert first == second
    assert len(first) > 200


@pytest.mark.parametrize("suffix", [".gexf", ".svg", ".png"])
def test_no_date_is_written(suffix, graph):
    content = graph_bytes(graph, suffix)
    assert b"lastmodifieddate" not in content
    assert b"<dc:date>" not in content
    assert b"tIME" not in content


def test_pictures_are_pictures(graph):
    assert graph_bytes(graph, ".png").startswith(b"\x89PNG")
    assert b"<svg" in graph_bytes(graph, ".svg")[:1000]
    assert graph_bytes(graph, ".pdf").startswith(b"%PDF")


def test_an_unknown_suffix_is_refused_by_name(graph, tmp_path):
    path = tmp_path / "lexicon.gif"
    with pytest.raises(OutputError, match=r"lexicon\.gif.*\.graphml"):
        write_graph(graph, path)
    assert not path.exists()


def test_the_picture_shows_the_variable_with_its_frame_and_fillers(graph):
    shown = {graph.nodes[node]["text"] for node in top_nodes(graph, 40)}
    assert {"[V12]", "a [V12]", "dog", "cat", "a [V12] sat."} <= shown
    labels = [text.get_text() for text in draw_graph(graph).texts]
    assert "{dog|cat}  ×24" in labels
    assert "␣sat.  ×1" in labels


@pytest.mark.parametrize("most", [0, 1, 5, 40])
def test_the_picture_never_shows_more_than_asked(graph, most):
    assert len(top_nodes(graph, most)) <= most
    assert len(draw_graph(graph, max_nodes=most).texts) <= most


def test_the_picture_takes_axes_and_returns_them(graph):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert draw_graph(graph, ax=ax) is ax


def test_a_lexicon_of_atoms_alone_can_be_exported_and_drawn(tmp_path: Path):
    graph = to_networkx(Lexicon.of_atoms(2), Alphabet("char", ("a", "b")))
    for suffix in GRAPH_FORMATS:
        write_graph(graph, tmp_path / f"atoms{suffix}")
    assert nx.read_graphml(tmp_path / "atoms.graphml").number_of_nodes() == 2


@given(st.text(st.characters(), max_size=12))
def test_visible_text_prints_and_reads_back(text):
    shown = visible(text)
    assert shown.isprintable()
    assert shown.encode("latin-1", "backslashreplace").decode("unicode_escape") == text


@st.composite
def lexicons(draw):
    n_atoms = draw(st.integers(2, 4))
    kinds = [ATOM] * n_atoms
    definitions = []
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from([CHUNK, VARIABLE]))
        parts = [e for e, k in enumerate(kinds) if kind == CHUNK or k != VARIABLE]
        chosen = st.lists(st.sampled_from(parts), min_size=2, max_size=4, unique=kind == VARIABLE)
        definitions.append(Definition(kind, tuple(draw(chosen))))
        kinds.append(kind)
    try:
        return Lexicon.from_definitions(n_atoms, definitions)
    except LexiconError:  # two chunks with one pattern
        reject()


@given(lexicons())
def test_the_graph_holds_the_whole_definition_of_every_entry(lexicon):
    graph = to_networkx(lexicon, Alphabet("int", tuple(range(lexicon.n_atoms))))
    for entry in range(lexicon.n_atoms, len(lexicon)):
        parts = lexicon.parts_of(entry).tolist()
        if lexicon.kinds[entry] == VARIABLE:
            assert sorted(parts) == sorted(graph.successors(entry))
            continue
        rebuilt = {}
        for _, part, positions in graph.out_edges(entry, data="positions"):
            rebuilt.update(dict.fromkeys(map(int, positions.split()), part))
        assert [rebuilt[position] for position in sorted(rebuilt)] == parts
