from __future__ import annotations

import itertools

import numpy as np
import pytest

from hvm.learn.alignments import propose_alignments
from hvm.learn.multislot import propose_multislot, share_alignments
from hvm.lexicon.grammar import Grammar

A, B, C, D, E, F, X, Y, Z = range(9)


def alignments(grammar):
    compiled = grammar.compile(0.1)
    return propose_alignments(grammar, compiled.lexicon, compiled.patterns)


# -- several slots of one chunk ------------------------------------------------------------


@pytest.fixture
def permuted():
    """x _ y _ z _ x, filled by every order of a, b and c."""
    grammar = Grammar([0] * 9)
    for number, (p, q, r) in enumerate(itertools.permutations((A, B, C))):
        grammar.add_chunk((X, p, Y, q, Z, r, X), 5 + number)
    return grammar


def test_permutations_make_a_skeleton_of_one_variable(permuted):
    n_entries = len(permuted.compile(0.1).lexicon)
    best = propose_multislot(permuted, n_entries)[0]
    assert best.chunks == tuple(sorted(permuted.chunks))
    assert best.slots == ((1, 0), (3, 0), (5, 0))
    assert best.fillers == ({(A,): 45, (B,): 45, (C,): 45},)
    assert best.apply(permuted)
    ((v, members),) = permuted.variables.items()
    assert permuted.chunks == {(X, v, Y, v, Z, v, X): 45}
    assert set(members) == {(A,), (B,), (C,)}
    permuted.compile(0.1).lexicon.validate()


def test_places_with_other_fillers_get_variables_of_their_own():
    grammar = Grammar([0] * 9)
    for p, q in ((A, D), (B, E), (C, F), (A, E)):
        grammar.add_chunk((X, p, Y, q, Z), 3)
    best = propose_multislot(grammar, 13)[0]
    assert best.slots == ((1, 0), (3, 1))
    assert best.fillers == ({(A,): 6, (B,): 3, (C,): 3}, {(D,): 3, (E,): 6, (F,): 3})


def test_two_chunks_or_those_that_agree_too_little_make_no_skeleton():
    grammar = Grammar([0] * 9)
    grammar.add_chunk((X, A, Y, B, Z), 3)
    grammar.add_chunk((X, B, Y, A, Z), 3)
    assert propose_multislot(grammar, 11) == []
    grammar.add_chunk((X, C, Y, C, Z), 3)
    assert len(propose_multislot(grammar, 12)) == 1
    apart = Grammar([0] * 9)
    for p, q, r in itertools.permutations((A, B, C)):
        apart.add_chunk((X, p, q, r), 3)
    assert propose_multislot(apart, 15) == []


def test_only_symbols_fill_the_slots_of_a_skeleton():
    grammar = Grammar([0] * 9)
    v = grammar.add_variable({(A,): 1, (B,): 1})
    for p, q in ((A, v), (B, C), (v, A), (C, B)):
        grammar.add_chunk((X, p, Y, q, Z), 3)
    assert propose_multislot(grammar, 14) == []


@pytest.mark.parametrize("seed", range(5))
def test_skeletons_do_not_depend_on_the_order_of_chunks(seed):
    rng = np.random.default_rng(seed)
    chunks = [(X, *rng.integers(3, size=2).tolist(), Y, Z, int(rng.integers(3))) for _ in range(40)]
    found = []
    for given in (chunks, sorted(chunks), sorted(chunks, reverse=True)):
        grammar = Grammar([0] * 9)
        for chunk in given:
            grammar.add_chunk(chunk, 1)
        found.append(propose_multislot(grammar, 50))
    assert found[0] == found[1] == found[2]
    assert [p.gain for p in found[0]] == sorted((p.gain for p in found[0]), reverse=True)
    assert len(found[0]) > 0


# -- several frames of one variable ---------------------------------------------------------


def test_frames_with_the_same_fillers_share_a_variable():
    grammar = Grammar([0] * 9)
    for left, right in ((X, Y), (Y, Z), (Z, X)):
        for filler in (A, B, C):
            grammar.add_chunk((left, filler, right), 4)
    found = alignments(grammar)
    best = share_alignments(found, grammar, 18)[0]
    assert len(best.proposals) == 3
    assert best.gain > sum(proposal.gain for proposal in best.proposals)
    assert best.apply(grammar)
    ((v, members),) = grammar.variables.items()
    assert members == {(A,): 12, (B,): 12, (C,): 12}
    assert grammar.chunks == {(X, v, Y): 12, (Y, v, Z): 12, (Z, v, X): 12}


def test_a_frame_with_some_of_the_fillers_shares_it_too():
    grammar = Grammar([0] * 9)
    for filler in (A, B, C, D):
        grammar.add_chunk((X, filler, Y), 4)
    for filler in (A, D):
        grammar.add_chunk((Y, filler, Z), 4)
    for filler in (E, F):
        grammar.add_chunk((Z, filler, X), 4)
    best = share_alignments(alignments(grammar), grammar, 17)[0]
    assert {(p.prefix, p.suffix) for p in best.proposals} == {((X,), (Y,)), ((Y,), (Z,))}
    assert best.apply(grammar)
    assert len(grammar.variables) == 1


def test_frames_that_share_nothing_are_not_joined():
    grammar = Grammar([0] * 9)
    for left, fillers, right in ((X, (A, B), Y), (Y, (C, D), Z)):
        for filler in fillers:
            grammar.add_chunk((left, filler, right), 4)
    assert share_alignments(alignments(grammar), grammar, 13) == []
