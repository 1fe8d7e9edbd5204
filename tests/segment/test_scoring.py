"""Worked out by hand, as `wordseg` counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

import hvm
from hvm.errors import InputError
from hvm.segment.reading import gold_cuts, unspaced
from hvm.segment.scoring import score_cuts


def scores_of(found, gold):
    symbols = unspaced(gold)
    return score_cuts(symbols, gold_cuts(found, gold, "found"), gold_cuts(gold, gold, "gold"))


def test_two_lines_by_hand():
    # Found: the, dog, barks / adog. True: the, dog, bark, s / a, dog.
    scores = scores_of(["the dog barks", "adog"], ["the dog bark s", "a dog"])
    assert scores.token == pytest.approx((2 / 4, 2 / 6, 4 / 10))
    assert scores.boundary == pytest.approx((2 / 2, 2 / 4, 4 / 6))
    assert scores.boundary_with_edges == pytest.approx((6 / 6, 6 / 8, 12 / 14))
    # Types: the, dog, barks, adog against the, dog, bark, s, a.
    assert scores.type == pytest.approx((2 / 4, 2 / 5, 4 / 9))


def test_a_type_counts_once_wherever_it_stands():
    scores = scores_of(["a ab", "ab", "aba"], ["aa b", "ab", "ab a"])
    assert scores.type == pytest.approx((2 / 3, 2 / 4, 4 / 7))
    assert scores.token == pytest.approx((1 / 4, 1 / 5, 2 / 9))


def test_all_found():
    scores = scores_of(["a dog", "", "dog"], ["a dog", "", "dog"])
    assert all(value == 1 for share in scores for value in share)


def test_empty_lines_hold_nothing():
    assert scores_of(["", "a dog", ""], ["", "ad og", ""]) == scores_of(["a dog"], ["ad og"])


def test_what_is_not_there_has_no_share():
    scores = scores_of(["dog", "a"], ["dog", "a"])
    assert all(map(math.isnan, scores.boundary)) and scores.token.f == 1
    one = scores_of(["dog"], ["d og"]).boundary
    assert math.isnan(one.precision) and one.recall == 0 and math.isnan(one.f)


@pytest.mark.parametrize(
    ("gold", "message"),
    [
        (["a dog"], "x.txt: has 1 lines, and the text 2"),
        (["a dog", "cat", "a"], "x.txt: has 3 lines, and the text 2"),
        (["a dog", "cart"], "x.txt, line 2: 'cart' is not the text's 'cat'"),
    ],
)
def test_gold_must_be_the_same_lines(gold, message):
    with pytest.raises(InputError, match=message):
        gold_cuts(gold, ["adog", "cat"], "x.txt")


def test_cuts_must_fit():
    symbols = hvm.as_symbols("ab")
    for cuts in ([True], [False, True]):
        with pytest.raises(InputError, match="one truth value a symbol"):
            score_cuts(symbols, np.array(cuts), np.array([True, False]))
