"""The judge: who wins by how many bits, ties, intervals, and that nothing is learned or carried."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from hvm import HVM, as_symbols
from hvm.errors import InputError
from hvm.pairs import judging
from hvm.pairs.judging import judge_pairs
from hvm.predict.context import ContextModel
from hvm.rivals.kneser_ney import KneserNey

TEXT = "the dog is here\nthe dogs are here\na cat is there\ncats are there\n" * 6
PAIRS = pd.DataFrame(
    {
        "good": ["dogs are here", "a cat is here", "here is the dog", "zzz is here", "dog dogs"],
        "bad": ["dogs is here", "a cat are here", "here are the dog", "zz is here", "dogs dog"],
        "paradigm": ["plural", "singular", "plural", "unknown", "order"],
    }
)


def words(text=TEXT):
    return as_symbols(text, "word", "line")


NAMES = ("hvm", "observed", "context", "kn", "characters")


@cache
def models():
    learned = HVM(restarts=1).fit(words())
    observed = HVM().observe(words())
    return {
        "hvm": learned,
        "observed": observed,
        "context": ContextModel(learned).fit(words()),
        "kn": KneserNey(3).fit(words()),
        "characters": HVM(restarts=1).fit(TEXT),
    }


@pytest.mark.parametrize("name", NAMES)
def test_bits_are_those_of_each_sentence_by_itself(name):
    judged = judge_pairs(models()[name], PAIRS).pairs
    for kind in ("good", "bad"):
        alone = [models()[name].surprisal(text).sum() for text in PAIRS[kind]]
        if models()[name].alphabet_.unit == "word":
            np.testing.assert_allclose(judged[f"{kind}_bits"], alone, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_order_and_company_of_pairs_do_not_matter(name):
    forth = judge_pairs(models()[name], PAIRS).pairs
    back = judge_pairs(models()[name], PAIRS[::-1]).pairs
    pd.testing.assert_frame_equal(back[::-1], forth)
    one = judge_pairs(models()[name], PAIRS[2:3]).pairs
    pd.testing.assert_frame_equal(one, forth[2:3])


def test_a_model_stays_as_it_was():
    before = models()["hvm"].file_bytes()
    judge_pairs(models()["hvm"], PAIRS)
    assert models()["hvm"].file_bytes() == before


def test_ties_count_half_and_are_counted():
    model = KneserNey(1).fit(words())
    judged = judge_pairs(model, PAIRS[["good", "bad"]], spells_unknown=False)
    # Words counted alone: "are" and "is" are equally frequent, and escapes are all alike.
    assert judged.pairs["score"].tolist() == [0.5] * 5
    (total,) = judged.total.to_dict("records")
    assert total["accuracy"] == 0.5 and total["ties"] == 5 and total["pairs"] == 5
    assert total["low"] == total["high"] == 0.5
    assert total["known"] == 4 and total["accuracy_known"] == 0.5


def test_an_unknown_word_is_spelled_unless_told_not_to():
    model = KneserNey(1).fit(words())
    assert judge_pairs(model, PAIRS[3:4]).total["accuracy"].item() == 0  # the longer one
    judged = judge_pairs(model, PAIRS[3:4]).total
    assert judged["known"].item() == 0 and np.isnan(judged["accuracy_known"].item())


def test_groups_are_in_the_order_of_the_pairs():
    judged = judge_pairs(models()["kn"], PAIRS, by="paradigm")
    assert judged.groups.index.tolist() == ["plural", "singular", "unknown", "order"]
    assert judged.groups["pairs"].tolist() == [2, 1, 1, 1]
    plural = judge_pairs(models()["kn"], PAIRS[PAIRS["paradigm"] == "plural"]).total
    np.testing.assert_array_equal(judged.groups.loc[["plural"]].values, plural.values)
    assert len(judge_pairs(models()["kn"], PAIRS).groups) == 0


def test_the_interval_is_the_bootstrap_over_pairs():
    scores = np.repeat([1.0, 0.5, 0.0], [60, 10, 30])
    low, high = judging._interval(scores, 0)
    rng = np.random.default_rng(5)
    means = rng.choice(scores, (20_000, len(scores))).mean(1)
    np.testing.assert_allclose([low, high], np.quantile(means, [0.025, 0.975]), atol=0.006)
    assert judging._interval(scores, 0) == (low, high)


class Reading:
    """A model that only tells bits a symbol, or says what is no number."""

    def __init__(self, bits):
        self.alphabet_, self.bits = words().alphabet, bits

    def bits_per_symbol(self, symbols):
        return self.bits


def test_a_model_that_only_tells_bits_a_symbol_is_judged():
    judged = judge_pairs(Reading(2.0), PAIRS[:1]).pairs
    assert judged[["good_bits", "bad_bits"]].values.tolist() == [[6.0, 6.0]]


def test_what_cannot_be_judged_is_named():
    model = models()["kn"]
    with pytest.raises(InputError, match="no number of bits for 'dogs is here'"):
        judge_pairs(Reading(np.nan), PAIRS[:1])
    with pytest.raises(InputError, match="the pairs have no column field"):
        judge_pairs(model, PAIRS, by="field")
    with pytest.raises(InputError, match="by must be one of paradigm, field, term, not 'verb'"):
        judge_pairs(model, PAIRS, by="verb")
    with pytest.raises(InputError, match="there is no pair to judge"):
        judge_pairs(model, PAIRS[:0])
    with pytest.raises(InputError, match="p, line 7: the pair 'dogs are here' has no term"):
        judge_pairs(model, PAIRS.assign(term=None, file="p", line=7), by="term")
    with pytest.raises(InputError, match="this KneserNey has no alphabet: fit it first"):
        judge_pairs(KneserNey(), PAIRS)
    with pytest.raises(InputError, match="knows integers, and sentences are text"):
        judge_pairs(KneserNey().fit([1, 2, 3]), PAIRS)
    with pytest.raises(InputError, match="says nothing of bits"):
        judge_pairs(type("Nothing", (), {"alphabet_": words().alphabet})(), PAIRS)
