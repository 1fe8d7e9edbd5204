"""Unknown words are spelled by the letters of known ones."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.predict.spelling import _CHAIN, _END, WordSpelling, spelling_of
from hvm.symbols.alphabet import Alphabet
from naive import experts as naive

WORDS = ["walk", "walked", "walking", "talk", "talking", "é", "sing", "singing", "singer"]


def test_bits_agree_with_a_chain_that_counts_in_dicts():
    spelling = WordSpelling(WORDS)
    letters = sorted(set("".join(WORDS)))
    code = {letter: number for number, letter in enumerate(letters, 1)}
    coded = [[*map(code.get, word), _END] for word in WORDS]
    starts = np.cumsum([0, *map(len, coded[:-1])]).tolist()
    n = len(letters) + 2
    nothing = np.zeros((0, n), np.int32)
    counts = naive.count_chain([*chain.from_iterable(coded)], starts, _CHAIN, nothing)
    for word in ("walker", "sing", "gnis", "é"):
        codes = [*map(code.get, word), _END]
        places = naive.histories(codes, [0], _CHAIN, nothing)
        bits = -sum(math.log2(naive.chain_chance(counts, *place, 1 / n)[0]) for place in places)
        assert spelling.code_space_bits([word])[0] == pytest.approx(bits)


def test_chances_of_the_next_letter_sum_to_one():
    spelling = WordSpelling(WORDS)
    others = 1_112_064
    for begin in ("", "wal", "xyz", "talking"):
        ends = [*map(chr, range(97, 123)), "é"]
        # What comes after a letter sums to one too, so the sum over words that begin alike is a
        # chance of their beginning: it is what the letter leaves of all that can come.
        whole = np.exp2(-spelling.code_space_bits([begin])[0]) if begin else _end_alone(spelling)
        by_letter = [np.exp2(-_prefix_bits(spelling, begin + end)) for end in ends]
        known = {letter for word in WORDS for letter in word}
        rest = [chance for chance, end in zip(by_letter, ends, strict=True) if end not in known]
        total = whole + sum(by_letter) - sum(rest) + rest[0] * others
        assert total == pytest.approx(np.exp2(-_prefix_bits(spelling, begin)))


def _prefix_bits(spelling, begin):
    """Of all words that begin so: the bits of their letters, without an end."""
    codes, starts = spelling._letters([begin])
    contexts = spelling._contexts(codes, starts)
    chances = np.full(len(codes), 1.0 / spelling._n)
    from hvm.predict.chain import chain_chances

    chain_chances(_CHAIN, spelling._levels, contexts, chances)
    bits = -np.log2(chances)
    bits[codes == spelling._n - 1] += math.log2(1_112_064)
    return bits[:-1].sum()


def _end_alone(spelling):
    return np.exp2(-spelling.code_space_bits([""])[0])


def test_words_are_apart():
    spelling = WordSpelling(WORDS)
    together = spelling.code_space_bits(["walks", "zebra", "walks"])
    alone = [spelling.code_space_bits([word])[0] for word in ("walks", "zebra", "walks")]
    assert together.tolist() == alone
    assert len(spelling.code_space_bits([])) == 0


def test_only_words_are_spelled():
    characters = Alphabet("char", ("a",))
    assert spelling_of(characters) is characters
    assert isinstance(spelling_of(Alphabet("word", ("a",))), WordSpelling)


def test_an_unknown_word_like_the_known_ones_costs_less():
    model = HVM(restarts=1).fit(as_symbols("she walks\nhe talks\nhe walked\n" * 9, "word", "line"))
    likely, unlikely = (model.bits_per_symbol(f"she {word}") for word in ("talked", "dektal"))
    assert likely < unlikely
    refitted = model.fit(as_symbols("ab cd\n" * 9, "word", "line"))
    assert refitted.spelling_.code_space_bits(["ab"])[0] < 5  # of these words, not the first ones
