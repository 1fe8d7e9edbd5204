"""Kneser-Ney against its definition gram by gram, and as a distribution that sums to one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hvm import as_symbols, read_symbols
from hvm.errors import InputError
from hvm.predict.spelling import spelling_of
from hvm.rivals.kneser_ney import KneserNey
from hvm.rivals.sequence_models import SEQUENCE_MODELS
from naive.rivals import kneser_ney_bits

rng = np.random.default_rng(0)
TRAININGS = [
    ["a"],
    ["ab"],
    ["aaaa"],
    ["abab", "abac", "b"],
    ["", "ab", "", "ba"],
    ["abcabcabc"] * 3,
    ["".join(rng.choice(list("abcd"), size)) for size in rng.integers(0, 12, 30)],
]
HELD_OUT = ["abcab", "a", "", "bbbb", "cabbage"]


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: "|".join(training)[:20])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_bits_are_those_of_the_definition(training, order):
    model = KneserNey(order).fit(training)
    symbols = set("".join(training))
    sequences = ["".join(letter for letter in text if letter in symbols) for text in HELD_OUT]
    expected = kneser_ney_bits(training, sequences, order, len(symbols))
    measured = model.surprisal(sequences) + np.log2(1 - model.escape_)
    np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: "|".join(training)[:20])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_continuations_sum_to_one_with_the_escape(training, order):
    model = KneserNey(order).fit(training)
    letters = (*model.alphabet_.symbols, "?")
    spelled = model.alphabet_.code_space_bits("?")[0]
    total = 0.0
    for string in itertools.product(letters, repeat=3):
        bits = model.surprisal("".join(string)).sum() - spelled * string.count("?")
        total += 2.0**-bits
    assert total == pytest.approx(1.0, abs=1e-12)


def test_an_unknown_symbol_pays_the_share_of_singletons_and_ends_the_context():
    model = KneserNey(4).fit("abababcd")
    assert model.escape_ == 2 / 8
    bits = model.surprisal("ab?ab")
    assert bits[2] == 2 + model.alphabet_.code_space_bits("?")[0]
    alone = KneserNey(4).fit("abababcd").surprisal(["ab", "ab"])
    assert bits[0] == alone[0] and bits[3] != alone[0]  # behind "?" no sequence begins


def test_sequences_are_apart_and_asking_changes_nothing():
    model = KneserNey(3).fit(["abc", "abd", "cab"])
    once = model.surprisal(["ab", "ca"])
    np.testing.assert_array_equal(
        once, np.concatenate([model.surprisal("ab"), model.surprisal("ca")])
    )
    np.testing.assert_array_equal(model.surprisal(["ab", "ca"]), once)
    assert model.bits_per_symbol("ab") == once[:2].mean()


def test_what_cannot_be_is_named():
    with pytest.raises(InputError, match="order must be an integer from 1 to 16, not 0"):
        KneserNey(0)
    with pytest.raises(InputError, match="call fit first"):
        KneserNey().surprisal("a")
    with pytest.raises(InputError, match="nothing to learn"):
        KneserNey().fit("")
    with pytest.raises(InputError, match="no symbol to score"):
        KneserNey().fit("a").bits_per_symbol("")
    unknown = as_symbols("abc", alphabet=as_symbols("ab").alphabet)
    with pytest.raises(InputError, match="outside their alphabet"):
        KneserNey().fit(unknown)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_every_sequence_model_is_fitted_and_asked(name):
    model = SEQUENCE_MODELS[name]().fit(["abab", "abab", "abc"])
    bits = model.surprisal(["ab", "?"])
    assert bits.shape == (3,) and np.isfinite(bits).all() and (bits > 0).all()
    np.testing.assert_array_equal(model.surprisal(["ab", "?"]), bits)


def test_words_of_childes_take_the_bits_that_others_measured(data_folder):
    folder = data_folder / "text"
    if not (folder / "childes.train.txt").is_file():
        pytest.skip("HVM_DATA holds no text/childes.train.txt")
    training = read_symbols(folder / "childes.train.txt", "word", "line")
    held_out = read_symbols(folder / "childes.dev.txt", "word", "line", training.alphabet)
    spelled = spelling_of(training.alphabet).code_space_bits(held_out.unknown).sum()
    for order, expected in ((1, 7.882), (2, 6.08), (3, 5.71), (4, 5.65)):
        bits = KneserNey(order).fit(training).surprisal(held_out).sum() - spelled
        assert bits / len(held_out) == pytest.approx(expected, abs=0.02)
