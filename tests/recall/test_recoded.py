"""Models over keys by first appearance: codes, and probabilities that sum to one."""

from __future__ import annotations

import numpy as np
import pytest

from hvm.recall.models import recoded as room
from hvm.recall.models.recoded import recoded
from hvm.recall.models.registry import make_model
from hvm.recall.models.relations import mixed

NAMES = ("bigram_recoded", "hcm_recoded", "hvm_recoded", "ppm_recoded")


def _observed(name, n_symbols, rng, outside=True):
    model = make_model(name)
    model.begin(n_symbols)
    for _ in range(25):
        keys = rng.permutation(n_symbols)[np.array([0, 0, 1, 0, 1]) % n_symbols].astype(np.int32)
        if outside and rng.random() < 0.2:
            keys[2] = -1
        model.observe(keys)
    return model


@pytest.mark.parametrize("name", [*NAMES, "hvm_relations"])
@pytest.mark.parametrize("n_symbols", [1, 2, 5])
def test_probabilities_of_all_keys_and_of_one_outside_sum_to_one(name, n_symbols):
    rng = np.random.default_rng(n_symbols)
    model = _observed(name, n_symbols, rng)
    for length in range(5):
        before = rng.integers(-1, n_symbols, length)
        masses = [
            2.0 ** -model.surprisal(np.append(before, key).astype(np.int32))[-1]
            for key in range(-1, n_symbols)
        ]
        assert sum(masses) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_keys_may_be_exchanged(name):
    rng = np.random.default_rng(0)
    model = _observed(name, 5, rng)
    keys, others = rng.integers(5, size=8).astype(np.int32), rng.permutation(5).astype(np.int32)
    assert model.surprisal(others[keys]) == pytest.approx(model.surprisal(keys))


def test_many_symbols_cost_as_if_all_were_summed(monkeypatch):
    rng = np.random.default_rng(1)
    model = _observed("bigram_recoded", 80, rng)
    keys = np.array([7, 7, 50, 7, 50, -1, 79, 3], np.int32)
    by_the_rest = model.surprisal(keys)
    monkeypatch.setattr(room, "SUMMED", 1000)
    assert by_the_rest == pytest.approx(model.surprisal(keys), abs=1e-6)


def test_a_pattern_is_learned_whatever_its_keys():
    plain, relational = make_model("bigram"), make_model("bigram_recoded")
    rng = np.random.default_rng(2)
    for model in (plain, relational):
        model.begin(6)
    for _ in range(40):
        a, b, c, d = rng.permutation(6)[:4]
        for model in (plain, relational):
            model.observe(np.array([a, b, a, b], np.int32))
    keys = np.array([c, d, c, d], np.int32)
    assert relational.surprisal(keys)[2:].sum() < 1 < plain.surprisal(keys)[2:].sum()


def test_what_is_recalled_has_the_pattern_and_begins_with_the_cue():
    model = make_model("ppm_recoded")
    model.begin(6)
    rng = np.random.default_rng(3)
    for _ in range(60):
        a, b, _, _ = rng.permutation(6)[:4]
        model.observe(np.array([a, b, a, b], np.int32))
    drawn = [model.recall(np.array([5, 3], np.int32), 4, seed).tolist() for seed in range(20)]
    assert all(keys[:2] == [5, 3] for keys in drawn)
    assert sum(keys == [5, 3, 5, 3] for keys in drawn) >= 15


def test_codes_are_read_in_order_of_appearance():
    assert recoded(np.zeros(0, np.int32)).tolist() == []
    assert recoded(np.array([-1, 5, -1, 2, 5], np.int32)).tolist() == [-1, 0, -1, 1, 0]


def test_a_mixture_costs_little_more_than_the_better_of_two():
    rng = np.random.default_rng(4)
    some, others = rng.random((2, 50)) * 3
    for lead_bits in (-5.0, 0.0, 700.0):
        bits = mixed(some, others, lead_bits)
        weight = 1 / (1 + 2.0**-lead_bits)
        whole = weight * 2.0 ** -some.sum() + (1 - weight) * 2.0 ** -others.sum()
        assert bits.sum() == pytest.approx(-np.log2(whole))
        assert (bits >= np.minimum(some, others) - 1e-9).all()
        assert (bits <= np.maximum(some, others) + 1e-9).all()


def test_relations_are_trusted_where_they_foretell_and_keys_where_those_do():
    rng = np.random.default_rng(5)
    patterns = [rng.permutation(6)[[0, 1, 0, 2, 1, 2]].astype(np.int32) for _ in range(60)]
    fixed = [np.array([3, 1, 3, 5, 0, 2], np.int32)] * 60
    for trials, best in ((patterns, "hvm_recoded"), (fixed, "hvm")):
        bits = {}
        for name in ("hvm", "hvm_recoded", "hvm_relations"):
            model = make_model(name)
            model.begin(6)
            bits[name] = [float(model.surprisal(t).sum() - (model.observe(t) or 0)) for t in trials]
        sums = {name: sum(each[20:]) for name, each in bits.items()}
        assert sums[best] == min(sums["hvm"], sums["hvm_recoded"])
        assert sums["hvm_relations"] < sums[best] + 1
