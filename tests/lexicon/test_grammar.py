from __future__ import annotations

import itertools

import numpy as np
import pytest

from hvm.kernels.lexicon.segment import segment
from hvm.lexicon.grammar import Grammar
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition
from hvm.lexicon.measures import lexicon_bits
from naive import lexicon as naive

A, B, C, D, X, Y = range(6)


def grammar_of(lexicon):
    """The same knowledge without ids, with some counts: the newest variable has the lowest key."""
    key_of = {v: -1 - rank for rank, v in enumerate(lexicon.variables.tolist())}
    named = [tuple(key_of.get(x, x) for x in pattern) for pattern in lexicon.patterns]
    variables = {
        key: {named[member]: 3 + member for member in lexicon.parts_of(variable).tolist()}
        for variable, key in key_of.items()
    }
    chunks = {named[chunk]: 2 * chunk for chunk in lexicon.chunks.tolist()}
    return Grammar([7] * lexicon.n_atoms, chunks, variables, -1 - len(variables))


def shuffled(grammar, rng):
    """The same grammar, everything told in another order."""

    def shuffle(items):
        items = list(items)
        return [items[k] for k in rng.permutation(len(items))]

    variables = {key: dict(shuffle(members.items())) for key, members in grammar.variables.items()}
    return Grammar(
        list(grammar.atom_counts),
        dict(shuffle(grammar.chunks.items())),
        dict(shuffle(variables.items())),
        grammar.next_key,
    )


def contents(grammar):
    return grammar.atom_counts, grammar.chunks, grammar.variables, grammar.next_key


def patterns_from_ids(compiled):
    """Every entry's pattern, put together from the lexicon alone; variables by their key."""
    lexicon, n_atoms = compiled.lexicon, compiled.lexicon.n_atoms
    named = compiled.patterns
    return [tuple(named[x][0] if x >= n_atoms else x for x in p) for p in lexicon.patterns]


# -- compiling ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_a_compiled_grammar_is_a_lexicon_that_says_the_same(seed):
    rng = np.random.default_rng(seed)
    grammar = grammar_of(naive.random_lexicon(rng, 3, int(rng.integers(0, 25))))
    before = contents(grammar.copy())
    compiled = grammar.compile(0.25)
    lexicon = compiled.lexicon
    lexicon.validate()
    assert lexicon.smoothing == 0.25
    assert contents(grammar) == before  # its fillers were chunks already
    assert patterns_from_ids(compiled) == compiled.patterns
    chunks = {compiled.patterns[c]: int(lexicon.unit_counts[c]) for c in lexicon.chunks}
    assert chunks == grammar.chunks
    assert lexicon.unit_counts[:3].tolist() == grammar.atom_counts
    variables = {
        compiled.patterns[v][0]: {
            compiled.patterns[m]: int(n)
            for m, n in zip(lexicon.parts_of(v), lexicon.filler_counts_of(v))
        }
        for v in lexicon.variables
    }
    assert variables == grammar.variables


@pytest.mark.parametrize("seed", range(30))
def test_a_compiled_grammar_does_not_depend_on_the_order_it_was_made_in(seed):
    rng = np.random.default_rng(seed)
    grammar = grammar_of(naive.random_lexicon(rng, 3, 20))
    one, two = grammar.compile(0.1), shuffled(grammar, rng).compile(0.1)
    assert one.patterns == two.patterns
    for name in ("kinds", "offsets", "parts", "unit_counts", "filler_counts"):
        assert getattr(one.lexicon, name).tobytes() == getattr(two.lexicon, name).tobytes()


@pytest.mark.parametrize("seed", range(10))
def test_counts_come_back(seed):
    rng = np.random.default_rng(seed)
    grammar = grammar_of(naive.random_lexicon(rng, 3, 20))
    compiled = grammar.compile(0.1)
    assert contents(grammar.counted(compiled, compiled.lexicon)) == contents(grammar)
    lexicon = compiled.lexicon.with_counts(
        rng.integers(9, size=len(compiled.lexicon)) * (compiled.lexicon.kinds != VARIABLE),
        rng.integers(9, size=len(compiled.lexicon.parts)),
    )
    again = grammar.counted(compiled, lexicon).compile(0.1).lexicon
    np.testing.assert_array_equal(again.unit_counts, lexicon.unit_counts)
    for variable in lexicon.variables:
        counts = lexicon.filler_counts_of(variable)
        np.testing.assert_array_equal(again.filler_counts_of(variable), counts)


def test_parts_come_before_wholes_in_a_fixed_order():
    grammar = Grammar([0] * 6)
    variable = grammar.add_variable({(A,): 1, (B, C): 2})
    above = grammar.add_variable({(X, variable): 1, (A,): 1})
    grammar.add_chunk((above, D), 1)
    grammar.add_chunk((A, B, C), 1)
    compiled = grammar.compile(0.1)
    assert compiled.patterns[6:] == [
        (B, C), (A, B, C), (variable,), (X, variable), (above,), (above, D)
    ]  # fmt: skip
    assert [compiled.lexicon.definition(e) for e in range(6, 12)] == [
        Definition(CHUNK, (B, C)),
        Definition(CHUNK, (A, 6)),
        Definition(VARIABLE, (A, 6)),
        Definition(CHUNK, (X, 8)),
        Definition(VARIABLE, (A, 9)),
        Definition(CHUNK, (10, D)),
    ]
    assert compiled.lexicon.levels.tolist() == [0] * 6 + [0, 0, 1, 1, 2, 2]


def test_fillers_become_chunks():
    grammar = Grammar([0, 0, 0])
    variable = grammar.add_variable({(A, B): 4, (C,): 1})
    grammar.add_chunk((C, variable), 5)
    compiled = grammar.compile(0.1)
    assert grammar.chunks == {(C, variable): 5, (A, B): 0}
    assert compiled.lexicon.unit_counts.tolist() == [0, 0, 0, 0, 0, 5]


def test_a_grammar_of_atoms_compiles_to_atoms():
    lexicon = Grammar([3, 0]).compile(0.1).lexicon
    lexicon.validate()
    assert (len(lexicon), lexicon.unit_counts.tolist()) == (2, [3, 0])
    assert len(Grammar([]).compile(0.1).lexicon) == 0


@pytest.mark.parametrize("seed", range(15))
def test_chunks_are_cut_into_as_few_parts_as_there_can_be(seed):
    rng = np.random.default_rng(seed)
    grammar = grammar_of(naive.random_lexicon(rng, 2, 15))
    compiled = grammar.compile(0.1)
    for chunk in compiled.lexicon.chunks.tolist():
        whole = compiled.patterns[chunk]
        known = [p for p in compiled.patterns if p != whole]
        fewest = {(): 0}
        for end in range(1, len(whole) + 1):
            ways = [fewest[whole[: end - len(p)]] for p in known if whole[:end][-len(p) :] == p]
            fewest[whole[:end]] = 1 + min(ways)
        assert len(compiled.lexicon.parts_of(chunk)) == fewest[whole]


# -- reading ------------------------------------------------------------------------------


def test_mentions_look_inside_fillers():
    grammar = Grammar([0] * 6)
    low = grammar.add_variable({(A,): 1, (B,): 1})
    high = grammar.add_variable({(X, low): 1, (C,): 1})
    assert grammar.mentions((D, low), low)
    assert grammar.mentions((D, high), low)
    assert not grammar.mentions((D, low), high)
    assert not grammar.mentions((A, B), low)


@pytest.mark.parametrize("seed", range(10))
def test_grammars_of_lexicons_have_no_cycle(seed):
    grammar = grammar_of(naive.random_lexicon(np.random.default_rng(seed), 3, 20))
    assert grammar.is_acyclic()
    for key in grammar.variables:
        assert not any(grammar.mentions(pattern, key) for pattern in grammar.variables[key])


def test_cycles_are_found_at_any_depth():
    for depth in (1, 2, 5):
        grammar = Grammar([0, 0])
        keys = [grammar.add_variable({(A,): 1}) for _ in range(depth)]
        for key, following in itertools.pairwise(keys):
            grammar.extend_variable(key, {(B, following): 1})
        assert grammar.is_acyclic()
        grammar.extend_variable(keys[-1], {(keys[0], A): 1})
        assert not grammar.is_acyclic()


def test_a_variable_held_twice_is_no_cycle():
    grammar = Grammar([0, 0])
    low = grammar.add_variable({(A,): 1, (B,): 1})
    left = grammar.add_variable({(A, low): 1, (A,): 1})
    right = grammar.add_variable({(B, low): 1, (B,): 1})
    grammar.add_variable({(left, right): 1, (low, low): 1})
    assert grammar.is_acyclic()


# -- editing ------------------------------------------------------------------------------


@pytest.fixture
def frames():
    """x a y, x b y, x c d y with counts, and longer chunks that hold them."""
    grammar = Grammar([0] * 6)
    for pattern, count in {
        (X, A, Y): 5, (X, B, Y): 3, (X, C, D, Y): 2, (D, X, A, Y): 4, (X, A, Y, X, B, Y): 6,
        (A, X, Y): 1,
    }.items():  # fmt: skip
        grammar.add_chunk(pattern, count)
    return grammar


def abstracted(grammar, everywhere, fillers=((A,), (B,), (C, D))):
    variable = grammar.add_variable(dict.fromkeys(fillers, 1))
    rows = [((X,), filler, (Y,), variable) for filler in fillers]
    grammar.abstract(rows, everywhere)
    return variable


def test_chunks_that_are_a_frame_become_one(frames):
    v = abstracted(frames, everywhere=False)
    assert frames.chunks == {
        (X, v, Y): 10, (D, X, A, Y): 4, (X, A, Y, X, B, Y): 6, (A, X, Y): 1
    }  # fmt: skip


def test_frames_inside_longer_chunks_are_found_too(frames):
    v = abstracted(frames, everywhere=True)
    assert frames.chunks == {
        (X, v, Y): 10, (D, X, v, Y): 4, (X, v, Y, X, v, Y): 6, (A, X, Y): 1
    }  # fmt: skip


def test_the_suffix_of_a_frame_may_begin_the_next():
    grammar = Grammar([0] * 6)
    grammar.add_chunk((X, A, X, B, X, A, D), 1)
    v = grammar.add_variable({(A,): 1, (B,): 1})
    grammar.abstract([((X,), filler, (X,), v) for filler in ((A,), (B,))], everywhere=True)
    assert grammar.chunks == {(X, v, X, v, X, A, D): 1}


def test_the_longest_frame_is_taken():
    grammar = Grammar([0] * 6)
    grammar.add_chunk((X, A, Y, B, D), 1)
    short = grammar.add_variable({(A,): 1, (B,): 1})
    long = grammar.add_variable({(A, Y): 1, (C,): 1})
    rows = [((X,), (A,), (Y,), short), ((X,), (A, Y), (B, D), long)]
    grammar.abstract(rows, everywhere=True)
    assert grammar.chunks == {(X, long, B, D): 1}


@pytest.mark.parametrize("everywhere", [True, False])
def test_fillers_are_abstracted_but_not_those_of_the_variable_itself(everywhere):
    grammar = Grammar([0] * 6)
    v = grammar.add_variable({(A,): 1, (X, A, Y): 2})
    w = grammar.add_variable({(X, A, Y): 3, (C,): 1})
    grammar.abstract([((X,), (A,), (Y,), v)], everywhere)
    assert grammar.variables == {v: {(A,): 1, (X, A, Y): 2}, w: {(X, v, Y): 3, (C,): 1}}
    assert grammar.is_acyclic()


def test_fillers_that_become_equal_are_one():
    grammar = Grammar([0] * 6)
    v = grammar.add_variable({(A,): 1, (B,): 1})
    w = grammar.add_variable({(X, A, Y): 3, (X, B, Y): 4, (C,): 1})
    grammar.abstract([((X,), (A,), (Y,), v), ((X,), (B,), (Y,), v)], everywhere=False)
    assert grammar.variables[w] == {(X, v, Y): 7, (C,): 1}


def test_counts_add_where_chunks_are_added_again():
    grammar = Grammar([0, 0])
    grammar.add_chunk((A, B), 2)
    grammar.add_chunk((A, B), 3)
    assert grammar.chunks == {(A, B): 5}


def test_extending_keeps_the_counts_of_members_that_stand():
    grammar = Grammar([0] * 3)
    v = grammar.add_variable({(A,): 5, (B,): 1})
    grammar.extend_variable(v, {(A,): 1, (C,): 2})
    assert grammar.variables[v] == {(A,): 5, (B,): 1, (C,): 2}


def test_keys_are_never_used_again():
    grammar = Grammar([0, 0])
    first = grammar.add_variable({(A,): 1})
    grammar.resolve(first)
    assert grammar.add_variable({(A,): 1}) != first


def test_a_copy_is_edited_apart(frames):
    v = abstracted(frames, everywhere=False)
    before = contents(frames.copy())
    copied = frames.copy()
    copied.extend_variable(v, {(D,): 1})
    copied.add_chunk((X, Y), 1)
    copied.atom_counts[0] += 1
    copied.add_variable({(A,): 1})
    copied.abstract([((D,), (X,), (v, Y), v)], everywhere=True)
    assert contents(frames) == before


def test_two_variables_become_one():
    grammar = Grammar([0] * 6)
    v = grammar.add_variable({(A,): 5, (B,): 1})
    w = grammar.add_variable({(A,): 2, (C,): 3})
    outer = grammar.add_variable({(X, v): 1, (X, w): 2})
    grammar.add_chunk((X, v, Y), 4)
    grammar.add_chunk((X, w, Y), 5)
    grammar.unite(v, w)
    assert grammar.variables == {v: {(A,): 7, (B,): 1, (C,): 3}, outer: {(X, v): 3}}
    assert grammar.chunks == {(X, v, Y): 9}


def test_uniting_can_make_a_cycle_that_is_seen():
    grammar = Grammar([0] * 6)
    v = grammar.add_variable({(A,): 5, (B,): 1})
    w = grammar.add_variable({(A,): 2, (X, v): 3})
    grammar.unite(v, w)
    assert not grammar.is_acyclic()


def test_a_variable_of_one_member_gives_way_to_it():
    grammar = Grammar([0] * 6)
    v = grammar.add_variable({(A, B): 5})
    w = grammar.add_variable({(X, v): 1, (X, A, B): 2, (v, v): 3})
    grammar.add_chunk((v, X, v), 4)
    grammar.add_chunk((A, B, X, A, B), 1)
    grammar.resolve(v)
    assert grammar.variables == {w: {(X, A, B): 3, (A, B, A, B): 3}}
    assert grammar.chunks == {(A, B, X, A, B): 5}


def test_an_empty_variable_takes_with_it_what_holds_it():
    grammar = Grammar([0] * 6)
    v = grammar.add_variable({})
    w = grammar.add_variable({(X, v): 1, (A,): 2})
    grammar.add_chunk((v, X), 4)
    grammar.add_chunk((A, B), 1)
    grammar.resolve(v)
    assert grammar.variables == {w: {(A,): 2}}
    assert grammar.chunks == {(A, B): 1}


def test_variables_in_use():
    grammar = Grammar([0] * 6)
    used = grammar.add_variable({(A,): 1, (B,): 1})
    held = grammar.add_variable({(A,): 1, (X, used): 1})
    grammar.add_variable({(A,): 1, (B,): 1})
    assert grammar.variables_in_use() == {used}
    grammar.add_chunk((held, A), 1)
    assert grammar.variables_in_use() == {used, held}


def test_abstraction_pays_in_lexicon_bits():
    # Ten frames of four fillers: forty chunks before, ten chunks and a variable after.
    n_atoms = 26
    fillers = [(k,) for k in range(4)]
    before, after = Grammar([1] * n_atoms), Grammar([1] * n_atoms)
    v = after.add_variable(dict.fromkeys(fillers, 10))
    for left in range(5, 15):
        for filler in fillers:
            for grammar in (before, after):
                grammar.add_chunk((left, *filler, 25), 1)
        after.abstract([((left,), filler, (25,), v) for filler in fillers], everywhere=False)
    assert len(after.chunks) == 10
    assert lexicon_bits(after.compile(0.1).lexicon) < lexicon_bits(before.compile(0.1).lexicon) / 2


# -- the kernel that cuts patterns --------------------------------------------------------


def random_patterns(rng, n_labels, n_chunks, longest=7):
    """Labels by themselves, then chunks of them that differ, some inside others."""
    chunks = set()
    while len(chunks) < n_chunks:
        chunks.add(tuple(rng.integers(n_labels, size=rng.integers(2, longest)).tolist()))
    chunks = sorted(chunks)
    rng.shuffle(chunks)
    return [(label,) for label in range(n_labels)] + [tuple(chunk) for chunk in chunks]


def segmented(is_chunk, patterns, weights):
    offsets = np.cumsum([0, *(len(pattern) for pattern in patterns)])
    labels = np.array([x for pattern in patterns for x in pattern], np.int32)
    costs, starts, parts = segment(np.array(is_chunk), offsets, labels, np.array(weights, float))
    bounds = itertools.pairwise(starts.tolist())
    return costs.tolist(), [tuple(parts[a:b].tolist()) for a, b in bounds]


@pytest.mark.parametrize("highest", [2, 3, 10])
@pytest.mark.parametrize("seed", range(20))
def test_segment_and_twin_agree(seed, highest):
    # Whole weights, so that sums are exact and ties are ties.
    rng = np.random.default_rng(seed)
    n_labels = int(rng.integers(1, 4))
    patterns = random_patterns(rng, n_labels, int(rng.integers(0, 5 * n_labels)))
    is_chunk = [len(pattern) > 1 for pattern in patterns]
    weights = rng.integers(1, highest, size=len(patterns)).astype(float)
    assert segmented(is_chunk, patterns, weights) == naive.segment(is_chunk, patterns, weights)


@pytest.mark.parametrize("seed", range(10))
def test_segment_at_any_weights(seed):
    rng = np.random.default_rng(100 + seed)
    patterns = random_patterns(rng, 3, 12)
    is_chunk = [len(pattern) > 1 for pattern in patterns]
    weights = rng.exponential(size=len(patterns))
    fast, slow = segmented(is_chunk, patterns, weights), naive.segment(is_chunk, patterns, weights)
    np.testing.assert_allclose(fast[0], slow[0])
    assert fast[1] == slow[1]


def test_segment_leaves_other_entries_alone():
    # entry 3 has the members 0 and 1, which is no pattern to be cut though chunk 4 spells it
    patterns = [(0,), (1,), (2,), (0, 1), (0, 1), (0, 1, 2, 3)]
    is_chunk = [False, False, False, False, True, True]
    costs, parts = segmented(is_chunk, patterns, [1] * 6)
    assert parts == [(0,), (1,), (2,), (0, 1), (0, 1), (4, 2, 3)]
    assert costs == [0, 0, 0, 0, 2, 3]


def test_segment_ties_go_to_the_longer_first_part():
    patterns = [(0,), (1,), (0, 1), (1, 0), (0, 1, 0), (1, 0, 1), (0, 1, 0, 1)]
    is_chunk = [len(pattern) > 1 for pattern in patterns]
    _, parts = segmented(is_chunk, patterns, [1] * 7)
    assert parts[4:] == [(2, 0), (3, 1), (4, 1)]


def test_segment_of_nothing():
    assert segmented([], [], []) == ([], [])
    assert segmented([False], [(0,)], [1]) == ([0], [(0,)])
