from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from hvm import HVM, Alphabet, as_symbols
from hvm.kernels.lexicon import forward as kernels
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.likelihood import best_parse_bits, exact_bits, with_code_space
from hvm.lexicon.parsing import compile_lexicon
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


def counted(lexicon, rng, least=0):
    units = rng.integers(least, 6, len(lexicon)) * (lexicon.kinds != VARIABLE)
    return lexicon.with_counts(units, rng.integers(least, 6, len(lexicon.parts)))


def given(lexicon, codes, starts):
    """What the kernel takes after the trie, and its twin after the entries."""
    unit_p = np.where(lexicon.kinds == VARIABLE, 0.0, np.exp2(-lexicon.unit_bits))
    return unit_p, np.exp2(-lexicon.filler_bits), codes, starts, lexicon.escape_bits


def kernel_bits(lexicon, codes, starts=ONE_SEQUENCE):
    codes = np.array(codes, np.int32)
    return kernels.symbol_bits(compile_lexicon(lexicon).trie, *given(lexicon, codes, starts))


# -- the kernel ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_symbol_bits_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    lexicon = counted(naive.random_lexicon(rng, 2, int(rng.integers(0, 9))), rng)
    codes = rng.integers(-1 if seed % 2 else 0, 2, 9).astype(np.int32)
    starts = np.array([0, 0, 4, 7, 9]) if seed % 3 else ONE_SEQUENCE
    expected = naive.symbol_bits(lexicon.entries, *given(lexicon, codes, starts))
    np.testing.assert_allclose(kernel_bits(lexicon, codes, starts), expected, atol=1e-9)


AWKWARD = {
    # V = {a, aa}, V V V: many ways to the same end
    "ambiguous": [(CHUNK, (0, 0)), (VARIABLE, (0, 2)), (CHUNK, (3, 3, 3))],
    # W = {V b, b} where V = {a, ab}: a variable within a filler, begun at one position
    "nested at the left": [
        (CHUNK, (0, 1)),
        (VARIABLE, (0, 2)),
        (CHUNK, (3, 1)),
        (VARIABLE, (1, 4)),
        (CHUNK, (5, 5)),
        (CHUNK, (3, 5)),
    ],
    # W's fillers end with V, which ends where W ends
    "nested at the right": [
        (VARIABLE, (0, 1)),
        (CHUNK, (0, 2)),
        (CHUNK, (1, 1, 2)),
        (VARIABLE, (3, 4)),
        (CHUNK, (1, 5)),
        (CHUNK, (1, 5, 2)),
    ],
}


@pytest.mark.parametrize("name", AWKWARD)
def test_symbol_bits_and_twin_agree_on_awkward_lexicons(name):
    definitions = [Definition(*definition) for definition in AWKWARD[name]]
    lexicon = Lexicon.from_definitions(2, definitions)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        weighted = counted(lexicon, rng)
        codes = rng.integers(0, 2, 8)
        expected = naive.symbol_bits(weighted.entries, *given(weighted, codes, ONE_SEQUENCE))
        np.testing.assert_allclose(kernel_bits(weighted, codes), expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_all_continuations_share_one_probability(seed):
    rng = np.random.default_rng(seed)
    lexicon = counted(naive.random_lexicon(rng, 3, 12), rng)
    past = rng.integers(0, 3, 12).tolist()
    for length in range(len(past)):
        nexts = [kernel_bits(lexicon, [*past[:length], symbol])[-1] for symbol in (-1, 0, 1, 2)]
        assert math.fsum(2.0**-bits for bits in nexts) == pytest.approx(1, abs=1e-12)


def test_long_sequences_and_long_chunks_do_not_underflow():
    # A chunk of 2,000 slots that breaks off: both the chunk and the atoms are below 2 ** -1000.
    slots = Lexicon.from_definitions(
        3, [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2,) + (3,) * 2000)]
    ).with_counts(np.array([1, 1, 1, 0, 10**6]), np.array([1, 1] + [0] * 2001))
    rng = np.random.default_rng(0)
    codes = np.concatenate([[2], rng.integers(0, 2, 1990), [2], rng.integers(0, 2, 1500)])
    bits = kernel_bits(slots, codes)
    assert np.isfinite(bits).all()
    assert bits[1:1991] == pytest.approx(np.ones(1990), abs=1e-5)
    assert bits[1991] > 1000  # what the atoms had been losing all the while
    assert bits[1992:] == pytest.approx(np.ones(len(bits) - 1992), abs=1e-5)


def test_calls_out_of_use_are_forgotten():
    # The chart holds a few hundred calls; here there are thousands, some waiting all the while.
    lexicon = Lexicon.from_definitions(
        2, [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2,) * 40)]
    ).with_counts(np.array([3, 3, 0, 50]), np.array([2, 1] + [0] * 40))
    codes = np.random.default_rng(1).integers(0, 2, 3000).astype(np.int32)
    whole = kernel_bits(lexicon, codes)
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(whole[:700], kernel_bits(lexicon, codes[:700]))


# -- bits of symbols ----------------------------------------------------------------------


def test_bits_by_hand():
    # c(a) 1, c(b) 0, c(ab) 3; alpha .1; K = 3 units + the escape
    lexicon = Lexicon.from_definitions(2, [Definition(CHUNK, (0, 1))]).with_counts(
        np.array([1, 0, 3]), np.zeros(2, np.int64)
    )
    total = 4 + 0.1 * 4
    a, b, ab, escape = 1.1 / total, 0.1 / total, 3.1 / total, 0.1 / total
    symbols = as_symbols("ab?", alphabet=Alphabet("char", ("a", "b")))
    bits = exact_bits(lexicon, Alphabet("char", ("a", "b")), symbols)
    after_ab = a * b + ab
    expected = [a + ab, after_ab / (a + ab), escape / 1_112_064]
    np.testing.assert_allclose(bits, -np.log2(expected))


@pytest.mark.parametrize("unit", ["char", "word"])
def test_surprisal_adds_up_and_changes_nothing(unit, tmp_path):
    text = "where is the dog now ? where is the cat now ? I see the dog . I see the cat . " * 10
    model = HVM(context="unigram").fit(as_symbols(text, unit))
    model.save(tmp_path / "before.hvm")
    heard = as_symbols("I see the cat now . A dog !", unit, alphabet=model.alphabet_)
    bits = model.surprisal(heard)
    assert bits.shape == (len(heard),)
    assert (bits >= 0).all()
    best = best_parse_bits(model.lexicon_, model.alphabet_, heard)
    assert bits.sum() <= best * (1 + 1e-12)
    model.save(tmp_path / "after.hvm")
    assert (tmp_path / "after.hvm").read_bytes() == (tmp_path / "before.hvm").read_bytes()


def test_what_was_heard_before_in_a_sequence_counts():
    model = HVM().fit(["abcd" * 20, "abcd" * 20])
    first, *_, last = model.surprisal(["abcd", "d"])
    alone = model.surprisal(["d"])[0]
    assert last == alone  # sequences are apart
    assert model.surprisal(["abcd"])[3] < 0.5 < alone
    assert first == model.surprisal(["a"])[0]


def test_strings_of_each_length_share_probability():
    model = HVM(context="unigram").fit("abab" * 5 + "aabb" * 5)
    for length in (1, 3):
        words = map("".join, itertools.product("ab", repeat=length))
        total = math.fsum(2.0 ** -model.surprisal(word).sum() for word in words)
        assert total < 1  # the escape has the rest
        assert total > 1 - length * 2**-model.lexicon_.escape_bits


def test_what_is_sure_costs_nothing_and_not_less():
    alphabet = Alphabet("char", ("a",))
    symbols = as_symbols("aaa", alphabet=alphabet)
    bits = with_code_space(np.array([1.0, -1.6e-16, 0.0]), alphabet, symbols)
    assert bits.tolist() == [1.0, 0.0, 0.0]
