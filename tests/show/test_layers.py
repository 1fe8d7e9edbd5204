"""Pictures of graphs: no edge runs behind a box that it does not belong to, and nothing floats."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import FancyBboxPatch, PathPatch

from contracts.pictures import check_picture
from hvm import HVM, as_symbols, datasets
from hvm.lexicon.graph import to_networkx
from hvm.show.drawing import draw_graph
from hvm.show.layers import layered
from hvm.symbols.alphabet import Alphabet
from naive.lexicon import random_lexicon

TEXTS = {
    "words": lambda: HVM(restarts=1).fit(as_symbols(datasets.load_speech(800), "word", "line")),
    "rhymes": lambda: HVM(restarts=1, context="unigram").fit(datasets.load_rhymes()),
    "chunks": lambda: HVM(variables=False, restarts=1, context="unigram").fit(
        datasets.load_rhymes()
    ),
    "published": lambda: HVM.paper(iterations=8).fit(datasets.load_rhymes()[:3000]),
    "one chunk": lambda: HVM(context="unigram").fit("abab" * 20),
    "two symbols": lambda: HVM(context="unigram").fit("ab"),
}


@pytest.fixture(scope="module", params=TEXTS)
def graph(request):
    model = TEXTS[request.param]()
    return to_networkx(model.lexicon_, model.alphabet_)


def boxes_and_edges(ax):
    """Corners of boxes, and points of edges a twentieth of a row or half a character apart."""
    found = [each for each in ax.patches if isinstance(each, FancyBboxPatch)]
    corners = [(each.get_x(), each.get_y(), each.get_width(), each.get_height()) for each in found]
    edges = []
    for each in ax.patches:
        if isinstance(each, PathPatch):
            (line,) = each.get_path().to_polygons(width=0, height=0, closed_only=False)
            edges.append(dense(line))
    return [(x, y, x + width, y + height) for x, y, width, height in corners], edges


def dense(points):
    steps = np.abs(np.diff(points, axis=0)) / (0.5, 0.05)
    pieces = [points[:1]]
    for begin, end, n_steps in zip(points, points[1:], np.ceil(steps.max(axis=1)).astype(int)):
        pieces.append(begin + (end - begin) * np.linspace(0, 1, max(n_steps, 1) + 1)[1:, None])
    return np.concatenate(pieces)


def check_geometry(ax, n_edges):
    boxes, edges = boxes_and_edges(ax)
    assert len(edges) == n_edges
    touched = set()
    for points in edges:
        of = []
        for place, (left, bottom, right, top) in enumerate(boxes):
            inside = (points > (left - 1e-6, bottom - 1e-6)) & (points < (right + 1e-6, top + 1e-6))
            inside = np.flatnonzero(inside.all(axis=1))
            if len(inside):
                of.append(place)
                # What it belongs to, it only touches, at one of its ends.
                ends = points[[0, -1]]
                assert all(np.isclose(points[at], ends).all(axis=1).any() for at in inside)
        assert len(of) == 2
        touched |= set(of)
    assert touched == set(range(len(boxes))) or not edges
    for number, (left, bottom, right, top) in enumerate(boxes):
        for other in boxes[:number]:
            apart = right < other[0] or other[2] < left or top < other[1] or other[3] < bottom
            assert apart


@pytest.mark.parametrize("most", [3, 12, 24, 40])
def test_edges_of_a_picture_touch_what_they_belong_to_alone(graph, most):
    ax = draw_graph(graph, max_nodes=most)
    n_edges = sum(isinstance(each, PathPatch) for each in ax.patches)
    check_geometry(ax, n_edges)
    check_picture(ax)


def test_a_lexicon_of_chunks_of_atoms_shows_what_they_are_made_of():
    model = TEXTS["one chunk"]()
    ax = draw_graph(to_networkx(model.lexicon_, model.alphabet_))
    assert {text.get_text()[0] for text in ax.texts} == {"a", "b"} and len(ax.texts) == 3
    check_geometry(ax, 2)


@pytest.mark.parametrize("seed", range(20))
def test_random_lexicons(seed):
    lexicon = random_lexicon(np.random.default_rng(seed), 6, 40)
    names = tuple("abcdefghijklmnopqrstuvwxyz"[: lexicon.n_atoms])
    ax = draw_graph(to_networkx(lexicon, Alphabet("char", names)))
    check_geometry(ax, sum(isinstance(each, PathPatch) for each in ax.patches))


# -- the layout alone ----------------------------------------------------------------------------


@st.composite
def graphs(draw):
    """Any graph of up to 40 nodes whose edges lead to lower numbers."""
    n_nodes = draw(st.integers(1, 40))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n_nodes))
    for whole in range(1, n_nodes):
        parts = st.lists(st.integers(0, whole - 1), max_size=4, unique=True)
        graph.add_edges_from((whole, part) for part in draw(parts))
    return graph


@settings(max_examples=200, deadline=None)
@given(graphs(), st.data())
def test_runs_and_bends_pass_no_box(graph, data):
    labels = [data.draw(st.text("x", max_size=30)) for _ in graph]
    boxes, routes = layered(graph, labels)
    assert set(boxes) == set(graph) and set(routes) == set(graph.edges)
    columns = {}
    for box in boxes.values():
        columns.setdefault(box.x, []).append(box)
    rights = {left: left + max(box.width for box in held) for left, held in columns.items()}
    for (whole, part), points in routes.items():
        assert points[0] == (boxes[whole].x + boxes[whole].width, boxes[whole].y)
        assert points[-1] == (boxes[part].x, boxes[part].y)
        assert [x for x, _ in points] == sorted(x for x, _ in points)
        for number, (begin, end) in enumerate(pairwise(points)):
            if number % 2:  # bent: between the columns
                assert any(right == begin[0] for right in rights.values()) and end[0] in columns
                assert not any(begin[0] < left < end[0] for left in columns)
            else:  # straight: in a row of its own
                assert begin[1] == end[1]
                own = (whole, part) if number == 0 else ()
                for node, box in boxes.items():
                    if node not in own and box.x < end[0] and begin[0] < box.x + box.width:
                        assert abs(box.y - begin[1]) > 0.5
    for held in columns.values():
        rows = sorted(box.y for box in held)
        assert all(low + 1 <= high + 1e-9 for low, high in pairwise(rows))
