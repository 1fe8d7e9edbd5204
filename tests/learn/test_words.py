from __future__ import annotations

import numpy as np
import pytest

import hvm
from hvm.errors import InputError
from hvm.learn.words import PIECE, WordFinder
from hvm.segment.scoring import score_cuts

WORDS = ["dog", "cat", "the", "a", "see", "bird", "runs", "sleeps", "big"]
FEW = {"starts": 6, "sweeps": 5}


def lines_of_words(n_lines, seed=0):
    rng = np.random.default_rng(seed)
    return [
        [WORDS[i] for i in rng.integers(0, len(WORDS), rng.integers(1, 5))] for _ in range(n_lines)
    ]


def with_gold(lines):
    symbols = hvm.as_symbols(["".join(line) for line in lines])
    gold = [at == 0 for line in lines for word in line for at in range(len(word))]
    return symbols, np.array(gold)


def test_words_are_found():
    symbols, gold = with_gold(lines_of_words(400))
    finder = WordFinder(**FEW).fit(symbols)
    scores = score_cuts(symbols, finder.cuts_, gold)
    assert scores.token.f > 0.95
    assert set(WORDS) <= finder.words_.keys()
    assert sum(finder.words_.values()) == finder.cuts_.sum()
    assert finder.bits_ <= WordFinder.of(symbols, gold).bits_ * 1.03


def test_one_long_sequence_is_cut_in_pieces():
    # At once, with nothing else known, it would become the longest words there may be.
    symbols, gold = with_gold([[word for line in lines_of_words(2000) for word in line]])
    assert len(symbols) > 100 * PIECE
    finder = WordFinder(starts=10, sweeps=10).fit(symbols)
    assert finder.bits_ < 1.15 * WordFinder.of(symbols, gold).bits_
    assert finder.cuts_.sum() > 0.7 * gold.sum()


def test_same_seed_same_cuts():
    symbols, _ = with_gold(lines_of_words(60))
    first, second = (WordFinder(seed=3, **FEW).fit(symbols) for _ in range(2))
    assert first.cuts_.tobytes() == second.cuts_.tobytes() and first.bits_ == second.bits_


def test_cuts_are_all_there_is_to_keep():
    symbols, _ = with_gold(lines_of_words(60))
    finder = WordFinder(**FEW).fit(symbols)
    again = WordFinder.of(symbols, finder.cuts_, **FEW)
    other = hvm.as_symbols(["thedogsees", "zcatz", ""])
    assert again.bits_ == finder.bits_ and again.words_ == finder.words_
    assert again.segment(other).tolist() == finder.segment(other).tolist()


def test_segmenting_changes_nothing():
    symbols, _ = with_gold(lines_of_words(60))
    finder = WordFinder(**FEW).fit(symbols)
    cuts, bits = finder.cuts_.copy(), finder.bits_
    first = finder.segment("thebigdog")
    assert first.tolist() == finder.segment("thebigdog").tolist()
    assert finder.cuts_.tolist() == cuts.tolist() and finder.bits_ == bits


def test_unknown_symbols_stand_alone():
    finder = WordFinder(**FEW).fit(hvm.as_symbols(["thedog", "thecat", "adog", "acat"] * 10))
    cuts = finder.segment("dogzzdog")
    assert cuts[[0, 3, 4, 5]].all()
    assert finder.segment("").tolist() == [] and finder.segment(["", "z"]).tolist() == [True]


@pytest.mark.parametrize(
    "data",
    [
        "a",
        "a" * 300,
        ["a"] * 20,
        ["", "ab", "", "ab"],
        [3, -1, 3, -1, 7] * 20,
        b"\x00\xff\x00\xff",
        np.arange(500),
    ],
)
def test_odd_texts_have_words_too(data):
    symbols = hvm.as_symbols(data)
    finder = WordFinder(**FEW).fit(symbols)
    starts = symbols.starts[np.diff(np.append(symbols.starts, len(symbols))) > 0]
    assert finder.cuts_[starts].all() and np.isfinite(finder.bits_)
    sizes = np.diff(np.append(np.flatnonzero(finder.cuts_), len(symbols)))
    assert sizes.max() <= finder.longest
    assert finder.segment(symbols).shape == (len(symbols),)


def test_words_are_as_long_as_they_may_be_at_most():
    finder = WordFinder(longest=2, **FEW).fit("abcabcabcabc")
    assert max(map(len, finder.words_)) <= 2


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"seed": -1}, "seed"),
        ({"starts": 0}, "starts"),
        ({"sweeps": 1.5}, "sweeps"),
        ({"longest": 41}, "longest"),
    ],
)
def test_settings_are_checked(params, message):
    with pytest.raises(InputError, match=message):
        WordFinder(**params).fit("abab")


def test_what_cannot_be_learned_from_is_an_error():
    with pytest.raises(InputError, match="nothing to learn"):
        WordFinder().fit("")
    with pytest.raises(InputError, match="call fit first"):
        WordFinder().segment("ab")
    symbols = hvm.as_symbols(["ab", "ab"])
    for cuts, message in [([1, 0, 0, 0], "symbol 2"), ([1, 0], "4 truth values")]:
        with pytest.raises(InputError, match=message):
            WordFinder.of(symbols, np.array(cuts) > 0)


def test_settings_are_read_and_set():
    finder = WordFinder(seed=2).set_params(sweeps=7)
    assert finder.get_params() == {"seed": 2, "starts": 40, "sweeps": 7, "longest": 20}
    with pytest.raises(InputError, match="no parameter"):
        finder.set_params(sweep=7)
