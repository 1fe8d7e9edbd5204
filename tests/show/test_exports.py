"""Graph formats are what the registry holds, those of others too."""

from __future__ import annotations

import networkx as nx
import pytest

from hvm.cli.app import run
from hvm.errors import OutputError
from hvm.lexicon.graph import to_networkx
from hvm.show.exports import GRAPH_FORMATS, graph_suffix


def edge_list(graph: nx.DiGraph, max_nodes: int) -> bytes:
    return "".join(f"{whole} {part}\n" for whole, part in graph.edges).encode()


@pytest.fixture
def registered():
    GRAPH_FORMATS.register(".edges", edge_list)
    yield
    GRAPH_FORMATS.unregister(".edges")


def test_a_registered_format_is_written(registered, animals, animals_file, tmp_path, capsys):
    path = tmp_path / "animals.EDGES"
    assert run(["graph", str(animals_file), "--output", str(path)]) == 0
    graph = to_networkx(animals.lexicon, animals.alphabet)
    assert path.read_bytes() == edge_list(graph, 1)


def test_an_unknown_suffix_names_all_that_are_known(registered):
    with pytest.raises(OutputError, match=r"g\.txt: .* one of .*\.json, .*\.pdf, \.edges$"):
        graph_suffix("g.txt")
