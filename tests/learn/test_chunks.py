from __future__ import annotations

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest

from hvm.kernels.learn import gain as kernels
from hvm.kernels.lexicon import costs
from hvm.kernels.lexicon.count import count_pairs
from hvm.learn.chunks import (
    CROWD_MIN,
    EQUAL_MIN,
    PairProposals,
    TripleProposal,
    apart,
    critical_chi_square,
    is_crowd,
    is_crowd_of_triples,
    propose_pairs,
    propose_triples,
    without_interference,
)
from hvm.lexicon.counts import count_units, triples
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import parse
from hvm.symbols.alphabet import elias_delta_bits
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


def random_counts(rng, n_units, n_entries=6, n_variables=2):
    """Units with runs, their pairs and counts; the last entries are variables, never units."""
    units = np.repeat(rng.integers(n_entries, size=n_units), rng.integers(1, 4, size=n_units))
    unit_counts = np.bincount(units, minlength=n_entries + n_variables)
    codes, joints = count_pairs(units.astype(np.int32), ONE_SEQUENCE, 1)
    return units, unit_counts, codes >> 32, codes & 0xFFFFFFFF, joints


# -- code lengths -------------------------------------------------------------------------


def test_code_lengths_are_those_of_the_measures():
    numbers = [1, 2, 3, 4, 15, 16, 2**40 - 1, 2**40]
    assert [costs.gamma_bits(n) for n in numbers] == [1, 3, 3, 5, 7, 9, 79, 81]
    assert [naive.gamma_bits(n) for n in numbers] == [1, 3, 3, 5, 7, 9, 79, 81]
    assert [costs.delta_bits(n) for n in numbers] == [elias_delta_bits(n) for n in numbers]
    for n, kinds in itertools.product([0, 1, 5, 100, 1000], [1, 2, 3, 50]):
        expected = elias_delta_bits(n + 1)
        expected += math.log2(math.comb(n + kinds - 1, kinds - 1))
        assert costs.counts_bits(n, kinds) == pytest.approx(expected, abs=1e-7)
        assert naive.counts_bits(n, kinds) == pytest.approx(expected, abs=1e-9)


# -- pairs --------------------------------------------------------------------------------


@pytest.mark.parametrize("n_units", [2, 3, 10, 300])
@pytest.mark.parametrize("seed", range(10))
def test_pair_gains_and_twin_agree(seed, n_units):
    rng = np.random.default_rng(seed)
    _, unit_counts, *pairs = random_counts(rng, n_units)
    fast = kernels.pair_gains(*pairs, unit_counts, 3, 2)
    slow = naive.pair_gains(*pairs, unit_counts, 3, 2)
    np.testing.assert_allclose(fast[0], slow[0], atol=1e-7)
    np.testing.assert_allclose(fast[1], slow[1], atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("units", [[0, 1], [0, 0], [0] * 9, [0, 1, 0, 1, 0], [0, 0, 1, 1]])
def test_pair_gains_of_few_units(units):
    unit_counts = np.bincount(units, minlength=2)
    codes, joints = count_pairs(np.array(units, np.int32), ONE_SEQUENCE, 1)
    given = (codes >> 32, codes & 0xFFFFFFFF, joints, unit_counts, 2, 0)
    fast, slow = kernels.pair_gains(*given), naive.pair_gains(*given)
    np.testing.assert_allclose(fast[0], slow[0], atol=1e-9)
    np.testing.assert_allclose(fast[1], slow[1], atol=1e-9)


def test_chi_square_by_hand():
    # 40 of a, 30 of b, 20 together, of 100: 12 expected; n (ad - bc)^2 / (rows and columns)
    expected = 100 * (20 * 50 - 20 * 10) ** 2 / (40 * 60 * 30 * 70)
    assert kernels.chi_square(20.0, 40.0, 30.0, 100.0) == pytest.approx(expected)
    assert kernels.chi_square(4.0, 40.0, 30.0, 100.0) < 0
    assert kernels.chi_square(12.0, 40.0, 30.0, 100.0) == 0
    assert kernels.chi_square(5.0, 100.0, 5.0, 100.0) == 0  # a is everywhere


def test_critical_values_of_chi_square():
    assert critical_chi_square(0.05) == pytest.approx(3.841459, abs=1e-6)
    assert critical_chi_square(0.01) == pytest.approx(6.634897, abs=1e-6)
    assert critical_chi_square(2 * (1 - NormalDist().cdf(1))) == pytest.approx(1)


# -- proposing pairs ----------------------------------------------------------------------


@pytest.fixture
def text():
    """``ab`` and ``cd`` are words, the rest chance; 500 units over 6 atoms."""
    rng = np.random.default_rng(0)
    words = [(0, 1), (2, 3), (0,), (1,), (2,), (3,), (4,), (5,)]
    drawn = rng.choice(8, size=330, p=[0.3, 0.2, *[0.5 / 6] * 6])
    return np.array([x for w in drawn for x in words[w]], np.int32)


def proposals_of(text, **options):
    codes, joints = count_pairs(text, ONE_SEQUENCE, 1)
    return propose_pairs(np.bincount(text, minlength=6), codes, joints, 6, 0, **options)


def test_pairs_that_pay_are_proposed_the_best_first(text):
    found = proposals_of(text)
    best = list(zip(found.lefts.tolist(), found.rights.tolist()))[:2]
    assert best == [(0, 1), (2, 3)]
    assert (found.gains > 0).all()
    assert (np.diff(found.gains) <= 0).all()
    pairs = naive.count_pairs(text, ONE_SEQUENCE, 1)
    assert found.joints[:2].tolist() == [pairs[0, 1], pairs[2, 3]]


def test_pairs_that_do_not_pay_or_hang_together_are_not_proposed(text):
    every = proposals_of(text, criterion="count")
    gains, chi_squares = kernels.pair_gains(*every[:3], np.bincount(text, minlength=6), 6, 0)
    np.testing.assert_array_equal(every.gains, gains)
    for p_value in (0.05, 1e-12):
        kept = (gains > 0) & (chi_squares > critical_chi_square(p_value))
        expected = sorted(zip(every.lefts[kept].tolist(), every.rights[kept].tolist()))
        found = proposals_of(text, p_value=p_value)
        assert sorted(zip(found.lefts.tolist(), found.rights.tolist())) == expected
    assert 0 < len(proposals_of(text).gains) < len(gains)


def test_by_count_the_most_frequent_pairs_come_first(text):
    found = proposals_of(text, criterion="count")
    pairs = naive.count_pairs(text, ONE_SEQUENCE, 1)
    expected = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    assert list(zip(found.lefts.tolist(), found.rights.tolist())) == expected


def test_ties_go_to_lower_ids():
    # (2 3) and (0 1) as often, each of its own
    units = np.array([2, 3] * 20 + [4] * 9 + [0, 1] * 20 + [5] * 9, np.int32)
    for criterion in ("gain", "count"):
        found = proposals_of(units, criterion=criterion)
        assert found.lefts[:2].tolist() == [0, 2]


def test_jitter_shuffles_by_its_seed_and_keeps_the_gains(text):
    plain = proposals_of(text, p_value=0.9)
    orders = []
    for seed in (1, 1, 2, 3, 4):
        found = proposals_of(text, p_value=0.9, jitter=np.random.default_rng(seed))
        orders.append(found.gains.tolist())
        assert sorted(orders[-1]) == sorted(plain.gains.tolist())
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) > 1


def test_interfering_pairs_are_left_to_later_passes():
    pairs = [(0, 1), (1, 2), (2, 0), (3, 3), (3, 4), (2, 1), (5, 3), (0, 4), (6, 6)]
    columns = [np.array(column) for column in zip(*pairs)]
    given = propose_pairs(np.ones(7, int), np.arange(0), np.arange(0), 7, 0)._replace(
        lefts=columns[0], rights=columns[1], joints=np.arange(9), gains=9.0 - np.arange(9)
    )
    kept = without_interference(given, 10)
    # 1 ends a pair and so may not begin one; 0 begins one and may not end one
    assert list(zip(kept.lefts.tolist(), kept.rights.tolist())) == [
        (0, 1), (3, 3), (2, 1), (0, 4), (6, 6)
    ]  # fmt: skip
    assert kept.joints.tolist() == [0, 3, 5, 7, 8]
    assert kept.gains.tolist() == [9, 6, 4, 2, 1]
    assert without_interference(given, 2).lefts.tolist() == [0, 3]


@pytest.mark.parametrize("seed", range(10))
def test_pairs_kept_share_no_boundary(seed):
    rng = np.random.default_rng(seed)
    _, unit_counts, lefts, rights, joints = random_counts(rng, 200)
    codes = (lefts << 32) | rights
    found = propose_pairs(unit_counts, codes, joints, 6, 2, "count")
    kept = without_interference(found, 1000)
    pairs = list(zip(kept.lefts.tolist(), kept.rights.tolist()))
    for (a, b), (c, d) in itertools.permutations(pairs, 2):
        assert b != c
        assert a != d
    # and nothing that was left out could have been kept
    for a, b in set(zip(lefts.tolist(), rights.tolist())) - set(pairs):
        assert any(b == c or a == d for c, d in pairs) or a == b


# -- triples ------------------------------------------------------------------------------


@pytest.mark.parametrize("n_units", [3, 10, 300])
@pytest.mark.parametrize("seed", range(10))
def test_triple_gains_and_twin_agree(seed, n_units):
    rng = np.random.default_rng(seed)
    units, unit_counts, *_ = random_counts(rng, n_units, n_entries=3)
    counted = naive.count_triples(units, ONE_SEQUENCE, 1)
    rows, counts = np.array(list(counted)).T, np.array(list(counted.values()))
    fast = kernels.triple_gains(*rows, counts, unit_counts, 3, 2)
    slow = naive.triple_gains(*rows.tolist(), counts, unit_counts, 3, 2)
    np.testing.assert_allclose(fast, slow, atol=1e-7)


def test_a_triple_pays_where_its_pairs_alone_do_not():
    # a b c in a row now and then among pairs a b and b c that are no more frequent than chance
    rng = np.random.default_rng(0)
    pieces = [(0, 1, 2), *((x,) for x in range(12))]
    drawn = rng.choice(13, size=400, p=[0.1, *[0.9 / 12] * 12])
    codes = np.array([x for piece in drawn for x in pieces[piece]], np.int32)
    lexicon = Lexicon.of_atoms(12)
    cut = parse(lexicon, codes, ONE_SEQUENCE)
    lexicon = lexicon.with_counts(count_units(lexicon, cut), lexicon.filler_counts)
    proposals = propose_triples(lexicon, triples(cut))
    assert proposals[0].units == (0, 1, 2)
    assert proposals[0].n_runs == naive.count_triples(codes, ONE_SEQUENCE, 1)[0, 1, 2]
    gains = [proposal.gain for proposal in proposals]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)
    assert propose_triples(lexicon, triples(cut), most=1) == proposals[:1]


def test_nothing_to_propose():
    lexicon = Lexicon.of_atoms(2)
    cut = parse(lexicon, np.zeros(0, np.int32), ONE_SEQUENCE)
    nothing = np.zeros(0, np.int64)
    assert propose_triples(lexicon, triples(cut)) == []
    assert len(propose_pairs(lexicon.unit_counts, nothing, nothing, 2, 0).gains) == 0


# -- crowds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_equal", "crowd"), [(0, False), (EQUAL_MIN - 1, False), (EQUAL_MIN, True)]
)
def test_pairs_are_a_crowd_where_many_save_as_much_as_the_best(n_equal, crowd):
    gains = np.random.default_rng(0).permutation([*np.full(n_equal, 9.0), *np.linspace(1, 8, 99)])
    units = np.arange(len(gains))
    assert is_crowd(PairProposals(units, units, units, gains)) == crowd


@pytest.mark.parametrize(
    ("n_triples", "n_units", "crowd"),
    [(CROWD_MIN, 4_000, True), (CROWD_MIN - 1, 4_000, False), (CROWD_MIN, 4_001, False)],
)
def test_triples_are_a_crowd_where_many_pay_in_much_of_the_text(n_triples, n_units, crowd):
    proposals = [TripleProposal(1.0, (k, k + 1, k + 2), 2) for k in range(n_triples)]
    assert is_crowd_of_triples(proposals, n_units) == crowd


@pytest.mark.parametrize("seed", range(5))
def test_triples_that_are_apart_overlap_nowhere(seed):
    rng = np.random.default_rng(seed)
    units = [tuple(row) for row in rng.integers(6, size=(60, 3)).tolist()]
    kept = [one.units for one in apart([TripleProposal(1.0, each, 2) for each in units])]
    assert kept[0] == next(each for each in units if each[0] != each[2])
    for one, other in itertools.product(kept, repeat=2):
        assert one[2] != other[0]
        assert one[1:] != other[:2]
