"""What can follow a beginning, what is drawn from it, and how far that goes."""

from __future__ import annotations

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.errors import InputError
from hvm.predict import following
from hvm.predict.following import entropies, following_bits

TEXT = "a dog ran\na cat ran\na dog sat\na cat sat\n" * 10


def models():
    words = as_symbols(TEXT, "word", "line")
    return {
        "experts of words": HVM(restarts=1).fit(words),
        "experts of characters": HVM(restarts=1).fit(TEXT.splitlines()),
        "lexicon": HVM(restarts=1, context="unigram").fit(TEXT.splitlines()),
        "published": HVM.paper(iterations=4).fit(TEXT.splitlines()),
        "observed": HVM().begin(words).observe(words),
    }


@pytest.mark.parametrize("name", models())
def test_chances_of_all_that_can_follow_sum_to_one(name):
    model = models()[name]
    followers = np.arange(-1, len(model.alphabet_), dtype=np.int32)
    beginnings = [np.array(codes, np.int32) for codes in ([], [0], [1, 0, 2], [0, -1, 1, 1])]
    bits = following_bits(model.escaped_bits, beginnings, followers)
    assert bits.shape == (4, len(followers))
    np.testing.assert_allclose(np.exp2(-bits).sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("name", models())
def test_drawn_symbols_follow_the_chances(name):
    model = models()[name]
    rng = np.random.default_rng(2)
    firsts = [model.sample(1, rng)[0] for _ in range(300)]
    followers = np.arange(len(model.alphabet_), dtype=np.int32)
    nothing = [np.zeros(0, np.int32)]
    chances = np.exp2(-following_bits(model.escaped_bits, nothing, followers)[0])
    for code, chance in enumerate(chances / chances.sum()):
        share = firsts.count(model.alphabet_.symbols[code]) / len(firsts)
        assert share == pytest.approx(chance, abs=4 * np.sqrt(0.25 / 300))


@pytest.mark.parametrize("name", models())
def test_a_seed_says_what_is_drawn_and_the_model_stays(name):
    model = models()[name]
    before = model.file_bytes()
    drawn = model.sample(30, 5)
    assert drawn == model.sample(30, np.random.default_rng(5)) != model.sample(30, 6)
    assert type(drawn) is (list if model.alphabet_.unit == "word" else str)
    assert len(drawn) == 30
    assert model.sample(0) == drawn[:0]
    assert model.file_bytes() == before


def test_bytes_and_integers_come_as_they_were():
    assert type(HVM(context="unigram").fit(b"abab" * 9).sample(5)) is bytes
    drawn = HVM(context="unigram").fit([-4, 7] * 20).sample(5)
    assert type(drawn) is list
    assert set(drawn) <= {-4, 7}


def test_long_beginnings_are_read_in_parts(monkeypatch):
    model = models()["lexicon"]
    symbols = as_symbols(TEXT.splitlines()[:5], "char", "file", model.alphabet_)
    asked = model.escaped_bits, symbols.codes, symbols.starts, len(model.alphabet_)
    at_once = entropies(*asked)
    monkeypatch.setattr(following, "READ_AT_ONCE", 50)
    np.testing.assert_allclose(entropies(*asked), at_once, rtol=1e-12)


def test_no_places_have_no_entropy():
    model = models()["lexicon"]
    nothing = np.zeros(0, np.int32), np.zeros(1, np.int64)
    assert len(entropies(model.escaped_bits, *nothing, len(model.alphabet_))) == 0


def test_what_is_too_much_or_no_number_is_refused():
    model = models()["experts of words"]
    with pytest.raises(InputError, match="drawing 100,000 symbols, each given all before"):
        model.sample(100_000)
    assert len(models()["lexicon"].sample(100_000)) == 100_000
    with pytest.raises(InputError, match="n must be an integer of 0 or more, not -1"):
        model.sample(-1)
    with pytest.raises(InputError, match="has learned nothing yet"):
        HVM().sample(3)
