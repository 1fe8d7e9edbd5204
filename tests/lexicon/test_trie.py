from __future__ import annotations

import numpy as np
import pytest

from hvm.kernels.entries import CHUNK, VARIABLE, entries_of
from hvm.kernels.lexicon.double_array import NO_NODE, child_of, has_variable_edges, place_nodes
from hvm.kernels.lexicon.match import may_fill
from hvm.kernels.lexicon.trie import (
    CHILD,
    LABEL,
    NEXT,
    UNITS,
    compile_trie,
    filler_end,
    node_parents,
    slots_of,
)
from naive import lexicon as naive

# -- the double array ---------------------------------------------------------------------


def random_tree(rng, n_nodes, n_atoms, n_variables):
    """Parents and labels: no two children of a node by one label; the first few are roots."""
    above, labels = [NO_NODE], [0]
    taken = set()
    while len(above) < n_nodes:
        node, label = int(rng.integers(len(above))), int(rng.integers(n_atoms + n_variables))
        if rng.random() < 0.05:
            node, label = NO_NODE, 0
        elif (node, label) in taken:
            continue
        taken.add((node, label))
        above.append(node)
        labels.append(label)
    return np.array(above, np.int32), np.array(labels, np.int32)


def assert_is_laid_out(above, labels, n_atoms):
    steps, rows = place_nodes(above, labels, n_atoms)
    edges, slotted = naive.place_nodes(above.tolist(), labels.tolist(), n_atoms)
    assert rows[0] == 0
    assert len(set(rows.tolist())) == len(rows)
    numbers = {row: node for node, row in enumerate(rows.tolist())}
    for node, row in enumerate(rows):
        assert has_variable_edges(steps, row) == (node in slotted)
        for symbol in range(-1, n_atoms):
            found = numbers.get(int(child_of(steps, row, symbol)), -1)
            assert found == edges.get((node, symbol), -1)
    return steps


@pytest.mark.parametrize("seed", range(30))
def test_children_are_found_where_they_are_and_nowhere_else(seed):
    rng = np.random.default_rng(seed)
    n_atoms, n_variables = int(rng.integers(1, 40)), int(rng.integers(0, 4))
    assert_is_laid_out(*random_tree(rng, 60, n_atoms, n_variables), n_atoms)


def test_awkward_trees():
    none = np.zeros(1, np.int32)
    for n_atoms in (0, 1, 5):  # a root alone
        assert_is_laid_out(none - 1, none, n_atoms)
    line = np.arange(-1, 2000, dtype=np.int32)
    assert_is_laid_out(line, np.zeros(2001, np.int32), 1)
    # all symbols below the root, and the farthest two below each of these
    n_atoms = 300
    above = np.r_[NO_NODE, np.zeros(n_atoms), np.repeat(np.arange(1, n_atoms + 1), 2)]
    labels = np.r_[0, np.arange(n_atoms), np.tile([0, n_atoms - 1], n_atoms)]
    steps = assert_is_laid_out(above.astype(np.int32), labels.astype(np.int32), n_atoms)
    assert len(steps) < 2 * len(above) + 3 * n_atoms


# -- compiled lexicons --------------------------------------------------------------------


def walk(trie, root, pattern, n_atoms, firsts):
    """The node where a pattern ends."""
    node = root
    for label in pattern:
        if label < n_atoms:
            node = child_of(trie.steps, node, label)
        else:
            edge = slots_of(trie.steps, trie.lists, node, firsts[label])
            while trie.slots[edge, LABEL] != label:
                edge = trie.slots[edge, NEXT]
            node = trie.slots[edge, CHILD]
    return node


def first_symbols(entries):
    """A symbol that each variable can begin with."""
    firsts = {}
    for variable in np.flatnonzero(entries.kinds == VARIABLE).tolist():
        label = naive.pattern_of(entries, naive.parts_of(entries, variable)[-1])[0]
        firsts[variable] = firsts.get(label, label)
    return firsts


@pytest.mark.parametrize("seed", range(30))
def test_patterns_end_where_their_entries_are(seed):
    rng = np.random.default_rng(seed)
    entries = naive.random_lexicon(rng, int(rng.integers(1, 5)), int(rng.integers(0, 20))).entries
    trie = compile_trie(entries, np.arange(len(entries.parts)))
    firsts, n_atoms = first_symbols(entries), entries.n_atoms
    parents = node_parents(trie)
    for entry, kind in enumerate(entries.kinds):
        if kind != VARIABLE:
            node = walk(trie, UNITS, naive.pattern_of(entries, entry), n_atoms, firsts)
            assert trie.ends[node] == entry
            continue
        for place in range(entries.offsets[entry], entries.offsets[entry + 1]):
            filler = int(entries.parts[place])
            pattern = naive.pattern_of(entries, filler)
            node = walk(trie, trie.roots[entry], pattern, n_atoms, firsts)
            assert filler_end(trie.ends[node]) == place
            assert trie.members[place].tolist() == [filler, place]
            for _ in pattern:
                node = parents[node]
            assert node == trie.roots[entry]


# -- where a search for variables is needed -----------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_no_unit_with_variables_is_missed(seed):
    rng = np.random.default_rng(seed)
    entries = naive.random_lexicon(rng, int(rng.integers(1, 4)), int(rng.integers(3, 12))).entries
    trie = compile_trie(entries, np.zeros(len(entries.parts), np.int64))
    codes = rng.integers(entries.n_atoms, size=8).astype(np.int32)
    codes[rng.integers(8, size=seed % 2)] = -1
    for i in range(8):
        limit = int(rng.integers(i + 1, 9))
        found = may_fill(trie, codes, UNITS, i, limit)
        assert found or not naive.may_fill(entries, codes.tolist(), i, limit)


def test_a_lexicon_of_nothing_has_a_root():
    trie = compile_trie(entries_of(0), np.zeros(0, np.int64))
    assert trie.nodes.tolist() == [UNITS] and trie.ends[UNITS] == -1
    assert child_of(trie.steps, UNITS, -1) == -1


def test_units_with_one_slot_are_told_exactly():
    # V = {a, bc}; a V c, V b
    parts = [(CHUNK, (1, 2)), (VARIABLE, (0, 3)), (CHUNK, (0, 4, 2)), (CHUNK, (4, 1))]
    entries = entries_of(3, parts)
    trie = compile_trie(entries, np.zeros(len(entries.parts), np.int64))
    rng = np.random.default_rng(0)
    told = []
    for _ in range(300):
        codes = rng.integers(3, size=5).astype(np.int32)
        told.append(may_fill(trie, codes, UNITS, 0, 5))
        assert told[-1] == naive.may_fill(entries, codes.tolist(), 0, 5)
    assert True in told and False in told
