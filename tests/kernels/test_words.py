from __future__ import annotations

import numpy as np
import pytest

from hvm.kernels.words import bits as kernels
from hvm.kernels.words.counts import N_LEVELS, Text
from hvm.kernels.words.sweep import BEST, DRAWN, FROM_NOTHING, cut_others, sweep
from naive import words as naive

SETTINGS = np.array([[0.3, 2.0], [0.5, 1.0], [0.7, 0.5], [0.4, 20.0], [0.6, 0.25]])

AWKWARD = {
    "one symbol": ([[0]], 1),
    "one symbol, often": ([[0] * 9, [0], [0, 0]], 1),
    "sequences of one": ([[0], [1], [0], [2]], 3),
    "empty sequences": ([[], [0, 1], [], [], [0, 1, 0, 1], []], 2),
    "a symbol that never stands": ([[0, 2, 0], [2, 0]], 4),
    "one line": ([[0, 1, 2, 0, 1, 2, 1, 0, 2]], 3),
}


def corpora():
    yield from AWKWARD.values()
    rng = np.random.default_rng(3)
    for n_symbols in (2, 3, 9):
        for _ in range(3):
            lengths = rng.integers(0, 8, 12)
            yield [rng.integers(0, n_symbols, n).tolist() for n in lengths], n_symbols


def text_of(sequences, n_symbols, longest=4):
    codes = np.array([code for each in sequences for code in each], np.int32)
    bounds = np.append(0, np.cumsum([len(each) for each in sequences])).astype(np.int64)
    return Text(codes, bounds, n_symbols, longest)


def some_cuts(text, seed=0):
    cuts = np.random.default_rng(seed).random(len(text.codes)) < 0.4
    for first, last in zip(text.bounds, text.bounds[1:]):
        since = 0
        for at in range(first, last):
            cuts[at] |= at == first or since == text.longest
            since = 1 if cuts[at] else since + 1
    return cuts


def split(text, cuts):
    pairs = list(zip(text.bounds.tolist(), text.bounds[1:].tolist()))
    return [naive.words_of(text.codes[a:b].tolist(), cuts[a:b]) for a, b in pairs]


def swept(text, cuts, settings, order, draws, kind):
    after = cuts.copy()
    sweep(text, after, settings, np.asarray(order), draws, kind)
    return after


@pytest.mark.parametrize(("sequences", "n_symbols"), list(corpora()))
def test_bits_are_those_of_the_formula(sequences, n_symbols):
    text = text_of(sequences, n_symbols)
    cuts = some_cuts(text)
    settings, bits = kernels.fit_levels(text, cuts)
    counted = naive.Restaurants(n_symbols, split(text, cuts))
    assert bits == pytest.approx(counted.bits(settings), abs=1e-6)
    # No other discount or strength on the grid is better by itself.
    for level in range(N_LEVELS):
        for discount, strength in [(0.5, settings[level, 1]), (settings[level, 0], 1.0)]:
            other = settings.copy()
            other[level] = discount, strength
            assert counted.bits(other)[level] >= bits[level] - 1e-6


@pytest.mark.parametrize(("sequences", "n_symbols"), list(corpora()))
def test_the_best_way_is_the_most_probable_of_all(sequences, n_symbols):
    text = text_of(sequences, n_symbols)
    cuts, number = some_cuts(text), int(np.argmax(np.diff(text.bounds)))
    after = swept(text, cuts, SETTINGS, [number], np.zeros(len(cuts)), BEST)
    words = split(text, after)
    others = [each for i, each in enumerate(split(text, cuts)) if i != number]
    counted = naive.Restaurants(n_symbols, others)
    best = max(
        counted.sequence(way, SETTINGS) for way in naive.ways(sequences[number], text.longest)
    )
    assert counted.sequence(words[number], SETTINGS) == pytest.approx(best)
    assert words[:number] + words[number + 1 :] == others


@pytest.mark.parametrize(("sequences", "n_symbols"), list(corpora()))
def test_from_nothing_is_one_best_way_after_the_other(sequences, n_symbols):
    text = text_of(sequences, n_symbols)
    order = np.random.default_rng(1).permutation(len(sequences))
    draws = np.zeros(len(text.codes))
    none = np.zeros(len(draws), np.bool_)
    after = split(text, swept(text, none, SETTINGS, order, draws, FROM_NOTHING))
    for turn, number in enumerate(order):
        if not sequences[number]:
            continue
        counted = naive.Restaurants(n_symbols, [after[i] for i in order[:turn]])
        best = max(counted.sequence(way, SETTINGS) for way in naive.ways(sequences[number], 4))
        assert counted.sequence(after[number], SETTINGS) == pytest.approx(best)


def test_ways_are_drawn_by_their_probability():
    sequences = [[0, 1, 0, 1, 2], [0, 1], [2, 0, 1], [2], [0, 1, 2]]
    text = text_of(sequences, 3)
    cuts, rng, n = some_cuts(text), np.random.default_rng(5), 4000
    counted = naive.Restaurants(3, split(text, cuts)[1:])
    chances = {tuple(way): counted.sequence(way, SETTINGS) for way in naive.ways(sequences[0], 4)}
    total = sum(chances.values())
    drawn = dict.fromkeys(chances, 0)
    for _ in range(n):
        after = swept(text, cuts, SETTINGS, [0], rng.random(len(cuts)), DRAWN)
        drawn[tuple(split(text, after)[0])] += 1
    for way, chance in chances.items():
        expected = n * chance / total
        assert abs(drawn[way] - expected) < 5 * np.sqrt(expected + 1)


def test_others_are_cut_the_best_way_and_what_is_unknown_stands_alone():
    sequences = [[0, 1, 0, 1, 2], [0, 1], [2, 0, 1], [2], [0, 1, 2]]
    text = text_of(sequences, 3)
    cuts = some_cuts(text)
    counted = naive.Restaurants(3, split(text, cuts))
    others = text_of([[2, 0, 1, 1], [], [0, 1, 0, 2, 1]], 3)
    for words in split(others, cut_others(text, cuts, SETTINGS, others)):
        if words:
            sequence = [letter for word in words for letter in word]
            best = max(counted.sequence(way, SETTINGS) for way in naive.ways(sequence, 4))
            assert counted.sequence(words, SETTINGS) == pytest.approx(best)
    unknown = text_of([[0, 1, -1, -1, 0, 1], [-1]], 3)
    found = cut_others(text, cuts, SETTINGS, unknown)
    assert found[[0, 2, 3, 4, 6]].all()
