from __future__ import annotations

import math

import numpy as np
import pytest

from hvm.kernels.learn.align import aligned
from hvm.kernels.learn.gain import frame_gains
from hvm.learn.alignments import propose_alignments
from hvm.learn.frames import propose_frames
from hvm.learn.unification import propose_unifications
from hvm.learn.variables import (
    apply_all,
    generalise,
    independent,
    overlapping_variables,
    rare_members,
    saturated,
    slot_contexts,
)
from hvm.lexicon.counts import count_units, triples
from hvm.lexicon.grammar import Grammar
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import parse
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)
A, B, C, D, X, Y, Z = range(7)


# -- aligning patterns --------------------------------------------------------------------


def grouped(entries, patterns, longest_middle, one_sided):
    """Groups by their (prefix, suffix), which every row of a group must share."""
    offsets = np.cumsum([0, *(len(pattern) for pattern in patterns)])
    labels = np.array([x for pattern in patterns for x in pattern], np.int32)
    rows, bounds = aligned(np.array(entries, np.int64), offsets, labels, longest_middle, one_sided)
    groups = {}
    for first, last in bounds.tolist():
        members = [tuple(row) for row in rows[first:last].tolist()]
        frames = {(patterns[entry][:a], patterns[entry][b:]) for entry, a, b in members}
        assert len(frames) == 1
        groups[frames.pop()] = members
    assert len(groups) == len(bounds)
    return groups


AWKWARD = {
    "nothing": [],
    "one pattern": [(A, B, C)],
    "too short for a frame": [(A, B), (A, C), (A, B)],
    "one frame": [(A, B, C), (A, D, C)],
    "runs": [(A,) * size for size in range(2, 9)],
    "variables at the ends": [(7, A, 8), (7, B, 8), (7, 7, 8), (7, 8, 8, 8)],
    "patterns inside patterns": [(X, A, Y), (X, A, Y, B), (Z, X, A, Y), (X, B, Y)],
    "prefix and suffix change places": [(A, B, C, D), (D, B, C, A), (A, C, B, D), (D, C, B, A)],
}


@pytest.mark.parametrize("one_sided", [True, False])
@pytest.mark.parametrize("longest_middle", [1, 2, 60])
@pytest.mark.parametrize("name", AWKWARD)
def test_alignment_and_twin_agree_on_awkward_patterns(name, longest_middle, one_sided):
    patterns = AWKWARD[name]
    entries = [entry for entry, pattern in enumerate(patterns) if len(pattern) > 1]
    given = (entries, patterns, longest_middle, one_sided)
    assert grouped(*given) == naive.aligned(*given)


@pytest.mark.parametrize("seed", range(20))
def test_alignment_and_twin_agree_on_random_patterns(seed):
    rng = np.random.default_rng(seed)
    patterns = [tuple(rng.integers(3, size=rng.integers(1, 8)).tolist()) for _ in range(40)]
    entries = sorted(rng.choice(40, 30, replace=False).tolist())
    given = (entries, patterns, int(rng.integers(1, 5)), seed % 2 == 0)
    assert grouped(*given) == naive.aligned(*given)


# -- what a frame saves -------------------------------------------------------------------


def fast_frame_gains(counted, unit_counts, n_atoms, n_variables, filler_count_min):
    rows = sorted(counted, key=lambda row: (row[0], row[2], row[1]))
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    counts = np.array([counted[row] for row in rows], np.int64)
    bounds, gains, kept = frame_gains(
        *columns, counts, np.asarray(unit_counts), n_atoms, n_variables, filler_count_min
    )
    found = {}
    for (first, last), gain in zip(bounds.tolist(), gains.tolist()):
        left, _, right = rows[first]
        fillers = [rows[k][1] for k in range(first, last) if kept[k]]
        found[left, right] = gain, fillers
    assert len(found) == len(bounds)
    return found


def assert_frame_gains_agree(units, starts=ONE_SEQUENCE, filler_count_min=1, n_entries=6):
    counted = naive.count_triples(units, starts, 1)
    unit_counts = np.append(np.bincount(units, minlength=n_entries), [0, 0])
    given = (counted, unit_counts, 3, 2, filler_count_min)
    fast, slow = fast_frame_gains(*given), naive.frame_gains(*given)
    assert {frame: fillers for frame, (_, fillers) in fast.items()} == {
        frame: fillers for frame, (_, fillers) in slow.items()
    }
    for frame, (gain, _) in slow.items():
        assert fast[frame][0] == pytest.approx(gain, abs=1e-7)
    return fast


@pytest.mark.parametrize("n_units", [3, 10, 60, 600])
@pytest.mark.parametrize("seed", range(10))
def test_frame_gains_and_twin_agree(seed, n_units):
    rng = np.random.default_rng(seed)
    units = rng.integers(int(rng.integers(2, 7)), size=n_units)
    starts = np.sort(np.append(0, rng.integers(n_units, size=3)))
    assert_frame_gains_agree(units, starts, filler_count_min=1 + seed % 3)


@pytest.mark.parametrize(
    "units",
    [
        [A, A, A, A, B, A, A, A, A],
        [A, B] * 10 + [A, C] * 10,
        [A, A, B] * 8,
        [A] * 30 + [B] + [A] * 30,
        [A] * 50 + [A, B] * 20,
        [A, B, B, A, B, A, A, B],
        [A, B, C, A, B, C, A, C, B, A],
    ],
)
def test_gains_of_frames_that_overlap(units):
    """Overlapping uses may add up to more units than there are."""
    frames = assert_frame_gains_agree(np.array(units))
    for gain, _ in frames.values():
        assert gain < 1e4


def test_rare_fillers_and_those_due_to_chance_are_left_out():
    # x [a|b] y often; x c y once; x d y no more often than d itself would have it
    rng = np.random.default_rng(0)
    words = [(X, A, Y), (X, B, Y), (D,), (D, D)]
    drawn = rng.choice(4, size=300, p=[0.1, 0.1, 0.4, 0.4])
    units = np.array([x for k in drawn for x in words[k]] + [X, C, Y] + [X, D, Y] * 2)
    unit_counts = np.bincount(units, minlength=7)
    counted = naive.count_triples(units, ONE_SEQUENCE, 1)
    assert counted[X, D, Y] == 2
    assert unit_counts[X] * unit_counts[Y] / len(units) ** 2 * unit_counts[D] > 2
    frames = fast_frame_gains(counted, unit_counts, 7, 0, 2)
    assert frames[X, Y][1] == [A, B]
    assert fast_frame_gains(counted, unit_counts, 7, 0, 1)[X, Y][1] == [A, B, C]


# -- proposals from the lexicon -----------------------------------------------------------


def alignments(grammar, **options):
    compiled = grammar.compile(0.1)
    return propose_alignments(grammar, compiled.lexicon, compiled.patterns, **options)


@pytest.fixture
def aligning():
    """x a y, x b y, x c d y and nothing else that agrees."""
    grammar = Grammar([5] * 7)
    for number, pattern in enumerate([(X, A, Y), (X, B, Y), (X, C, D, Y), (Z, A, B)]):
        grammar.add_chunk(pattern, 10 + number)
    return grammar


def test_chunks_that_agree_but_for_their_middles_are_proposed(aligning):
    (proposal,) = alignments(aligning)
    assert proposal.prefix == (X,)
    assert proposal.suffix == (Y,)
    assert proposal.middles == ((A,), (B,), (C, D))
    assert proposal.members == {(A,): 10, (B,): 11, (C, D): 12}
    assert proposal.variable is None
    assert proposal.n_frames == 0


def test_long_middles_can_be_left_out(aligning):
    (proposal,) = alignments(aligning, longest_middle=1)
    assert proposal.middles == ((A,), (B,))


def test_frames_that_can_be_widened_are_not_proposed():
    # x a b y, x a c y: the frame x _ y holds a on both sides; x a _ y is meant
    grammar = Grammar([5] * 7)
    grammar.add_chunk((X, A, B, Y), 1)
    grammar.add_chunk((X, A, C, Y), 1)
    (proposal,) = alignments(grammar)
    assert (proposal.prefix, proposal.suffix) == ((X, A), (Y,))
    assert proposal.middles == ((B,), (C,))


def test_fillers_join_a_variable_that_has_them(aligning):
    v = aligning.add_variable({(A,): 20, (B,): 20, (C, D): 20})
    aligning.add_chunk((Z, v, Z), 60)
    proposal = next(p for p in alignments(aligning) if p.prefix == (X,))
    assert proposal.variable == v
    apart = aligning.copy()
    apart.variables[v] = {(Z,): 30, (D,): 30}
    assert next(p for p in alignments(apart) if p.prefix == (X,)).variable is None
    assert proposal.gain > next(p for p in alignments(apart) if p.prefix == (X,)).gain


def test_a_chunk_with_the_variable_already_takes_the_others_in():
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    grammar.add_chunk((X, v, Y), 18)
    grammar.add_chunk((X, C, Y), 7)
    (proposal,) = alignments(grammar)
    assert proposal.variable == v
    assert proposal.members == {(C,): 7}
    assert apply_all([proposal], False, grammar)
    assert grammar.variables == {v: {(A,): 9, (B,): 9, (C,): 7}}
    assert grammar.chunks == {(X, v, Y): 25}


def test_alignments_come_the_best_first_whatever_the_order_of_chunks():
    rng = np.random.default_rng(0)
    chunks = [tuple(rng.integers(7, size=rng.integers(3, 6)).tolist()) for _ in range(120)]
    found = []
    for order in (range(120), reversed(range(120))):
        grammar = Grammar([5] * 7)
        for k in order:
            grammar.add_chunk(chunks[k], 1 + k % 5)
        found.append(alignments(grammar))
    assert found[0] == found[1]
    assert len(found[0]) > 10
    gains = [proposal.gain for proposal in found[0]]
    assert gains == sorted(gains, reverse=True)


def test_nothing_aligns_in_a_lexicon_of_atoms():
    assert alignments(Grammar([1, 1, 1])) == []


# -- proposals from the parse -------------------------------------------------------------


def frames_of(codes, n_atoms, grammar=None, **options):
    lexicon = Lexicon.of_atoms(n_atoms)
    cut = parse(lexicon, np.array(codes, np.int32), ONE_SEQUENCE)
    lexicon = lexicon.with_counts(count_units(lexicon, cut), lexicon.filler_counts)
    grammar = grammar or Grammar(lexicon.unit_counts.tolist())
    patterns = [(atom,) for atom in range(n_atoms)]
    return propose_frames(grammar, lexicon, patterns, triples(cut), **options)


@pytest.fixture
def framed_text():
    """x [a|b|c] y among noise of d and z."""
    rng = np.random.default_rng(0)
    words = [(X, A, Y), (X, B, Y), (X, C, Y), (D,), (Z,)]
    return [x for k in rng.integers(5, size=400) for x in words[k]]


def test_units_between_the_same_two_are_proposed(framed_text):
    best = frames_of(framed_text, 7)[0]
    counted = naive.count_triples(framed_text, ONE_SEQUENCE, 1)
    assert (best.prefix, best.suffix) == ((X,), (Y,))
    assert best.members == {(m,): counted[X, m, Y] for m in (A, B, C)}
    assert best.middles == ((A,), (B,), (C,))
    assert best.n_frames == sum(best.members.values())
    assert best.variable is None
    assert best.gain > 100


def test_a_frame_joins_a_variable_that_has_its_fillers(framed_text):
    grammar = Grammar([9] * 7)
    v = grammar.add_variable({(A,): 50, (B,): 50, (C,): 50})
    w = grammar.add_variable({(D,): 50, (Z,): 50})
    best = frames_of(framed_text, 7, grammar)[0]
    assert best.variable == v
    assert best.gain > frames_of(framed_text, 7)[0].gain
    assert apply_all([best], False, grammar)
    assert grammar.chunks == {(X, v, Y): best.n_frames}
    assert set(grammar.variables) == {v, w}


def test_an_applied_frame_makes_a_chunk_with_a_variable(framed_text):
    grammar = Grammar([9] * 7)
    best = frames_of(framed_text, 7)[0]
    assert apply_all([best], False, grammar)
    ((v, members),) = grammar.variables.items()
    assert members == best.members
    assert grammar.chunks == {(X, v, Y): best.n_frames}


def test_frames_come_the_best_first_and_none_that_loses_much(framed_text):
    found = frames_of(framed_text, 7, gain_min_bits=-3.0)
    gains = [proposal.gain for proposal in found]
    assert gains == sorted(gains, reverse=True)
    assert min(gains) > -3
    assert len(frames_of(framed_text, 7, gain_min_bits=-100.0)) > len(found)
    assert frames_of(framed_text, 7, gain_min_bits=math.inf) == []


def test_frames_that_overlap_themselves_too_much_are_not_proposed():
    units = np.array([A] * 500 + [A, B] * 200)
    counted = naive.count_triples(units, ONE_SEQUENCE, 1)
    frames = fast_frame_gains(counted, np.bincount(units), 2, 0, 1)
    assert frames == {(A, A): (-math.inf, [A, B])}
    assert frames_of(units, 2, gain_min_bits=-1e9) == []


# -- choosing and applying ----------------------------------------------------------------


def test_proposals_that_share_a_chunk_or_a_side_are_not_applied_together(framed_text):
    found = frames_of(framed_text, 7, gain_min_bits=-1e9)
    chosen = independent(found, 100)
    assert chosen[0] == found[0]
    assert all(proposal.gain > 0 for proposal in chosen)
    sides = [("l", p.prefix) for p in chosen] + [("r", p.suffix) for p in chosen]
    assert len(set(sides)) == len(sides)
    # The best makes a variable and a chunk: there must be room for both.
    assert found[0].n_entries == 2
    assert independent(found, 2) == found[:1]
    assert independent(found, 1) == independent(found, 0) == []


def test_independent_alignments_share_no_chunk():
    rng = np.random.default_rng(1)
    grammar = Grammar([5] * 4)
    for _ in range(150):
        grammar.add_chunk(tuple(rng.integers(4, size=rng.integers(3, 5)).tolist()), 9)
    found = [p._replace(gain=p.gain + 100) for p in alignments(grammar)]
    chosen = independent(found, 100)
    wholes = [p.prefix + m + p.suffix for p in chosen for m in p.middles]
    assert len(wholes) == len(set(wholes))
    assert 1 < len(chosen) < len(found)


@pytest.mark.parametrize("everywhere", [True, False])
def test_alignments_are_applied(aligning, everywhere):
    aligning.add_chunk((Z, X, A, Y), 3)
    proposal = next(p for p in alignments(aligning) if (p.prefix, p.suffix) == ((X,), (Y,)))
    assert apply_all([proposal], everywhere, aligning)
    (v,) = aligning.variables
    longer = (Z, X, v, Y) if everywhere else (Z, X, A, Y)
    assert aligning.chunks == {(X, v, Y): 33, (Z, A, B): 13, longer: 3}
    aligning.compile(0.1).lexicon.validate()


def test_a_variable_that_would_hold_itself_is_refused():
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    grammar.add_chunk((X, v, Y), 18)
    grammar.add_chunk((X, Z, X, v, Y, Y), 7)
    proposal = next(p for p in alignments(grammar) if p.prefix == (X,))
    assert (Z, X, v, Y) in proposal.members
    assert proposal.variable == v
    assert not apply_all([proposal], False, grammar)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_applied_leaves_a_lexicon_or_is_refused(seed):
    rng = np.random.default_rng(seed)
    grammar = Grammar([5] * 3)
    for _ in range(60):
        grammar.add_chunk(tuple(rng.integers(3, size=rng.integers(2, 6)).tolist()), 9)
    applied = 0
    for _ in range(12):
        for proposal in alignments(grammar)[:5]:
            edited = grammar.copy()
            if apply_all([proposal], bool(rng.integers(2)), edited):
                edited.compile(0.1).lexicon.validate()
                applied, grammar = applied + 1, edited
    assert applied > 2
    assert len(grammar.variables) > 1


@pytest.mark.parametrize("seed", range(10))
def test_proposals_know_how_many_entries_they_add(seed):
    rng = np.random.default_rng(seed)
    grammar = Grammar([5] * 3)
    for _ in range(60):
        grammar.add_chunk(tuple(rng.integers(3, size=rng.integers(2, 6)).tolist()), 9)
    n_entries = len(grammar.compile(0.1).lexicon)
    for proposal in alignments(grammar):
        # A chunk that is abstracted away but fills a slot itself stays: that is not foreseen.
        wholes = {proposal.prefix + m + proposal.suffix for m in proposal.middles}
        if wholes.isdisjoint(proposal.middles):
            edited = grammar.copy()
            assert apply_all([proposal], False, edited)
            assert len(edited.compile(0.1).lexicon) == n_entries + proposal.n_entries


# -- unification --------------------------------------------------------------------------


def test_a_chunk_that_fits_the_slots_of_another_gives_way():
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    grammar.add_chunk((X, v, Y), 18)
    grammar.add_chunk((X, C, Y), 7)
    (best,) = propose_unifications(grammar, 9)
    assert set(best.chunks) == {(X, v, Y), (X, C, Y)}
    assert best.unified == (X, v, Y)
    assert best.fillers == ((v, (C,), 7),)
    assert best.apply(grammar)
    assert grammar.chunks == {(X, v, Y): 25}
    assert grammar.variables == {v: {(A,): 9, (B,): 9, (C,): 7}}


def test_slots_of_both_chunks_stay():
    # x V a y and x b W y become x V W y
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    w = grammar.add_variable({(C,): 9, (D,): 9})
    grammar.add_chunk((X, v, A, Y), 18)
    grammar.add_chunk((X, B, w, Y), 7)
    (best,) = propose_unifications(grammar, 10)
    assert best.unified == (X, v, w, Y)
    assert best.apply(grammar)
    assert grammar.chunks == {(X, v, w, Y): 25}
    assert grammar.variables == {v: {(A,): 9, (B,): 9}, w: {(C,): 9, (D,): 9, (A,): 18}}


def test_fillers_of_several_symbols_must_be_chunks():
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    grammar.add_chunk((X, v, Y), 18)
    grammar.add_chunk((X, C, D, Y), 7)
    assert propose_unifications(grammar, 9) == []
    grammar.add_chunk((C, D), 1)
    (best,) = propose_unifications(grammar, 10)
    assert best.fillers == ((v, (C, D), 7),)


def test_chunks_without_a_common_frame_or_a_slot_are_not_unified():
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    for chunk in ((X, v, Y), (X, A, Z), (Z, A, Y), (D, A, B), (D, C, B)):
        grammar.add_chunk(chunk, 5)
    assert propose_unifications(grammar, 12) == []


def test_unifying_never_loops_a_variable_into_itself_unseen():
    grammar = Grammar([5] * 7)
    v = grammar.add_variable({(A,): 9, (B,): 9})
    grammar.add_chunk((Z, v), 3)
    grammar.add_chunk((X, v, Y), 18)
    grammar.add_chunk((X, Z, v, Y), 7)
    for proposal in propose_unifications(grammar, 12):
        edited = grammar.copy()
        assert proposal.apply(edited) == edited.is_acyclic()


# -- variables that stand -----------------------------------------------------------------


def test_the_neighbours_of_slots():
    grammar = Grammar([1] * 7)
    v = grammar.add_variable({(A,): 1, (B,): 1})
    w = grammar.add_variable({(C,): 1, (D,): 1})
    for chunk in ((X, v, Y), (X, v, Y, w), (v, X), (Y, w, v, X)):
        grammar.add_chunk(chunk, 1)
    assert slot_contexts(grammar) == sorted([(X, v, Y), (Y, w, v), (w, v, X)])


def test_generalising_a_slot():
    grammar = Grammar([1] * 7)
    v = grammar.add_variable({(A,): 4, (B,): 4})
    for chunk in ((X, v, Y), (Z, X, A, Y), (X, B, Y), (X, C, Y), (A, Y)):
        grammar.add_chunk(chunk, 2)
    assert generalise((X, v, Y), grammar)
    assert set(grammar.chunks) == {(X, v, Y), (Z, X, v, Y), (X, C, Y), (A, Y)}
    assert not generalise((X, v, Y), grammar)
    assert not generalise((X, -99, Y), grammar)


def test_rare_members_come_the_rarest_first():
    grammar = Grammar([1] * 7)
    v = grammar.add_variable({(A,): 90, (B,): 5, (C,): 1, (D,): 40})
    grammar.add_variable({(A,): 90, (B,): 1})
    w = grammar.add_variable({(A,): 30, (B,): 30, (C,): 2})
    assert rare_members(grammar) == [(v, (C,)), (w, (C,)), (v, (B,))]
    assert rare_members(grammar, share=0.01) == [(v, (C,))]


def test_variables_that_overlap_come_the_closest_first():
    grammar = Grammar([1] * 7)
    u = grammar.add_variable({(A,): 1, (B,): 1, (C,): 1, (D,): 1})
    v = grammar.add_variable({(A,): 1, (B,): 1, (X,): 1, (Y,): 1, (Z,): 1})
    w = grammar.add_variable({(B,): 1, (C,): 1, (D,): 1})
    grammar.add_variable({(Z,): 1, (A, B): 1, (B, A): 1})
    # u and w share all of w's three, u and v two of u's four, v and w one of w's three
    assert overlapping_variables(grammar) == [(u, w), (u, v)]


def test_a_saturated_variable_holds_all_that_can_fill_it():
    grammar = Grammar([1] * 3)
    v = grammar.add_variable({(A,): 8, (B,): 2})
    w = grammar.add_variable({(C, v): 1, (C,): 1})
    for chunk in ((A, B), (C, v), (w, A), (A, A)):
        grammar.add_chunk(chunk, 1)
    wide = saturated(grammar, v)
    assert wide.variables[v] == {(A,): 8, (B,): 2, (C,): 1, (A, B): 1, (A, A): 1}
    assert wide.variables[w] == grammar.variables[w]
    assert wide.is_acyclic()
    assert grammar.variables[v] == {(A,): 8, (B,): 2}
    high = saturated(grammar, w)
    assert high.variables[w] == {
        (C, v): 1, (C,): 1, (A,): 1, (B,): 1, (A, B): 1, (A, A): 1
    }  # fmt: skip
    assert high.is_acyclic()
