from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm import HVM, as_symbols
from hvm.curve.abstraction import MOST_STEPS, drop_order, drop_rows, rate_distortion
from hvm.curve.controls import CHOICES, other_abstraction
from hvm.errors import InputError
from hvm.kernels.curve.distortion import string_distances, unit_distances
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import parse
from hvm.worlds.generate import generate
from naive import curve as naive

# Symbols a b c d e f x y. V = {a, bb}, W = {c V d, e}; chunks bb, c V d, x V y and x W y.
A, B, C, D, E, F, X, Y = range(8)
BB, V, CVD, XVY, W, XWY = range(8, 14)
DEFINITIONS = [
    Definition(CHUNK, (B, B)),
    Definition(VARIABLE, (A, BB)),
    Definition(CHUNK, (C, V, D)),
    Definition(CHUNK, (X, V, Y)),
    Definition(VARIABLE, (E, CVD)),
    Definition(CHUNK, (X, W, Y)),
]


@pytest.fixture(scope="module")
def lexicon():
    bare = Lexicon.from_definitions(8, DEFINITIONS)
    units = np.array([0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 8, 0, 8], np.int64)
    fillers = np.zeros(len(bare.parts), np.int64)
    fillers[bare.offsets[V] : bare.offsets[V + 1]] = [6, 2]
    fillers[bare.offsets[W] : bare.offsets[W + 1]] = [1, 7]
    return bare.with_counts(units, fillers)


def rows_of(lexicon, text, **kwargs):
    symbols = as_symbols(text, alphabet=as_symbols("abcdefxy").alphabet)
    return rate_distortion(lexicon, symbols.alphabet, symbols, **kwargs)


def test_what_is_lost_worked_by_hand(lexicon):
    # Units: x[a]y f x[bb]y x[c[bb]d]y x[e]y, 3 + 1 + 4 + 6 + 3 symbols.
    rows = rows_of(lexicon, "xayfxbbyxcbbdyxey")
    assert [row["level"] for row in rows] == [0, 1, 2]
    # Level 1: V is read as a: bb becomes a, twice, at two edits each.
    # Level 2: W is read as c a d: x c bb d y costs 2 again, and x e y three.
    edits = [row["distortion_most_probable"] * 17 for row in rows]
    assert edits == pytest.approx([0, 4, 2 + 2 + 3])
    shares = [row["exact_share_most_probable"] for row in rows]
    assert shares == pytest.approx([1, 3 / 5, 2 / 5])


def test_bits_dropped_are_those_of_the_fillers(lexicon):
    rows = rows_of(lexicon, "xayfxbbyxcbbdyxey")
    alpha, (a, bb), (e, cvd) = lexicon.smoothing, (6, 2), (1, 7)
    in_v = -np.log2((a + alpha) / (8 + 2 * alpha)) - 2 * np.log2((bb + alpha) / (8 + 2 * alpha))
    in_w = -np.log2((cvd + alpha) / (8 + 2 * alpha)) - np.log2((e + alpha) / (8 + 2 * alpha))
    dropped = [row["filler_bits_dropped"] for row in rows]
    assert dropped == pytest.approx([0, in_v, in_v + in_w])
    rates = [row["rate_bits_per_symbol"] for row in rows]
    assert rates == pytest.approx(rates[0] - np.array(dropped) / 17)


def test_drawn_fillers_are_right_as_often_as_chance_has_it(lexicon):
    rows = rows_of(lexicon, ["xay"] * 20_000, rng=1)
    p = (6 + lexicon.smoothing) / (8 + 2 * lexicon.smoothing)
    assert rows[1]["exact_share_sampled"] == pytest.approx(p, abs=0.02)
    assert rows[1]["distortion_sampled"] == pytest.approx((1 - p) * 2 / 3, abs=0.02)
    assert rows[1] == rows_of(lexicon, ["xay"] * 20_000, rng=1)[1]


def test_symbols_outside_the_alphabet_are_sent(lexicon):
    (row, *_) = rows_of(lexicon, "xay?")
    assert row["rate_bits_per_symbol"] * 4 > rows_of(lexicon, "xay")[0]["rate_bits_per_symbol"] * 3
    assert rows_of(lexicon, "??")[2]["exact_share_sampled"] == 1


def test_levels_beyond_the_highest_lose_no_more(lexicon):
    rows = rows_of(lexicon, "xayxey", n_levels=5)
    assert {**rows[4], "level": 2, "distortion_sampled": 0, "exact_share_sampled": 0} == {
        **rows[2],
        "distortion_sampled": 0,
        "exact_share_sampled": 0,
    }


@given(st.data())
def test_distances_agree_with_the_twin(data):
    small = st.integers(0, 2)
    lengths = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=4))
    unit_starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    codes = np.array(data.draw(st.lists(small, min_size=sum(lengths), max_size=sum(lengths))))
    units, starts, ends, fills = [], [], [], []
    for unit, length in enumerate(lengths):
        cuts = sorted(data.draw(st.sets(st.integers(0, length), max_size=4)))
        for first, last in list(itertools.pairwise(cuts))[:: data.draw(st.integers(1, 2))]:
            units.append(unit)
            starts.append(unit_starts[unit] + first)
            ends.append(unit_starts[unit] + last)
            fills.append(data.draw(st.lists(small, max_size=3)))
    fill_starts = np.concatenate([[0], np.cumsum([len(fill) for fill in fills])]).astype(np.int64)
    arguments = (
        codes.astype(np.int32),
        np.array(units, np.int64),
        unit_starts,
        np.array(starts, np.int64),
        np.array(ends, np.int64),
        fill_starts,
        np.array([code for fill in fills for code in fill], np.int32),
    )
    assert unit_distances(*arguments).tolist() == naive.unit_distances(*arguments)


@given(st.lists(st.lists(st.integers(0, 2), max_size=5), max_size=5))
def test_distances_of_strings_agree_with_their_twin(strings):
    codes = np.array([code for string in strings for code in string], np.int32)
    starts = np.concatenate([[0], np.cumsum([len(string) for string in strings])]).astype(np.int64)
    distances = string_distances(codes, starts)
    assert distances.tolist() == naive.string_distances(codes, starts)


# -- fillers dropped one variable after another -----------------------------------------------


def test_variables_are_dropped_by_bits_per_edit(lexicon):
    # V alone saves its three fillers at four edits; W saves two, and the bb within, at five.
    symbols = as_symbols("xayfxbbyxcbbdyxey", alphabet=as_symbols("abcdefxy").alphabet)
    order = drop_order(lexicon, symbols.alphabet, symbols)
    (none, *_, every) = rows_of(lexicon, "xayfxbbyxcbbdyxey")
    rows = drop_rows(lexicon, symbols.alphabet, symbols, order)
    assert [row["level"] for row in rows] == [0, 1, 2]
    for ours, theirs in ((rows[0], none), (rows[-1], every)):
        for column in ("rate_bits_per_symbol", "distortion_most_probable"):
            assert ours[column] == pytest.approx(theirs[column])
    worth = {}
    for variable in (V, W):
        _, row, *_ = drop_rows(lexicon, symbols.alphabet, symbols, np.array([variable]))
        worth[variable] = row["filler_bits_dropped"] / row["distortion_most_probable"]
    assert order.tolist() == sorted(worth, key=lambda variable: -worth[variable])


def test_many_variables_are_dropped_in_few_steps(learned):
    lexicon, _, symbols = learned
    order = drop_order(lexicon, symbols.alphabet, symbols)
    assert sorted(order.tolist()) == lexicon.variables.tolist()
    rows = drop_rows(lexicon, symbols.alphabet, symbols, order)
    assert len(rows) <= MOST_STEPS + 1 and rows[-1]["level"] == len(order)
    rates = [row["rate_bits_per_symbol"] for row in rows]
    assert rates == sorted(rates, reverse=True)


# -- other choices of what to abstract --------------------------------------------------------


@pytest.fixture(scope="module")
def learned():
    symbols = as_symbols(generate(15, 10, 0.5, 12_000, seed=0, entropy_symbols=1).symbols)
    model, chunks = (HVM(variables=v, restarts=1).fit(symbols) for v in (True, False))
    assert len(model.lexicon_.variables)
    return model.lexicon_, chunks.lexicon_, symbols


@pytest.mark.parametrize("choice", CHOICES)
def test_other_frames_are_as_many_and_counted(learned, choice):
    lexicon, chunks, symbols = learned
    other = other_abstraction(lexicon, chunks, symbols, choice, 3)
    other.validate()
    with_slots = [c for c in other.chunks if max(other.pattern(c)) >= other.n_atoms]
    wanted = [c for c in lexicon.chunks if max(lexicon.pattern(c)) >= lexicon.n_atoms]
    assert 0 < len(with_slots) <= len(wanted)
    best = parse(other, symbols.codes, symbols.starts)
    assert other.unit_counts.sum() == pytest.approx(len(best), rel=0.1)
    again = other_abstraction(lexicon, chunks, symbols, choice, 3)
    assert other.patterns == again.patterns and (other.parts == again.parts).all()


def test_matched_frames_are_the_nearest_in_count():
    from hvm.curve.controls import _matched

    totals = np.array([1, 50, 7, 100, 8])
    picked = _matched(totals, np.array([90, 8, 8]), np.random.default_rng(0))
    assert picked.tolist() == [2, 3, 4]
    assert _matched(totals, np.full(9, 1), np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]


def test_without_frames_nothing_is_abstracted(learned):
    lexicon, _, _ = learned
    symbols = as_symbols([["I"], ["see", "the"]], unit="word")
    atoms = Lexicon.of_atoms(3)
    for choice in CHOICES:
        assert not len(other_abstraction(lexicon, atoms, symbols, choice).variables)
    with pytest.raises(InputError, match="choice must be one of random, frequency-matched"):
        other_abstraction(lexicon, atoms, symbols, "any")
