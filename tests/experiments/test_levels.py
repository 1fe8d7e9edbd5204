"""Related worlds and unseen combinations, of which the experiment on levels is made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.common import read_config
from experiments.levels.bounds import bound_rows, bound_table
from experiments.levels.related import RELATIONS, related_world
from experiments.levels.report import excesses, ratios, with_excess
from experiments.levels.run import HERE, derivations, run_world, unseen_spans
from hvm.lexicon.lexicon import CHUNK, VARIABLE
from hvm.worlds.random_worlds import draw_world


@pytest.fixture(scope="module", params=range(2000, 2004))
def world(request):
    return draw_world(30, 10, 0.5, request.param)[0]


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_related_world_differs_where_it_should(world, relation):
    other = related_world(world, relation, np.random.default_rng(0))
    lexicon, changed = world.lexicon, other.lexicon
    assert (lexicon.kinds == changed.kinds).all() and (lexicon.offsets == changed.offsets).all()
    assert len(set(changed.patterns)) == len(changed.patterns)
    for entry in range(lexicon.n_atoms, len(lexicon)):
        before, after = lexicon.parts_of(entry), changed.parts_of(entry)
        is_slot = lexicon.kinds[before] == VARIABLE
        if lexicon.kinds[entry] == VARIABLE and relation == "new_fillers":
            others = np.setdiff1d(np.flatnonzero(lexicon.kinds[:entry] != VARIABLE), before)
            assert len(set(before) & set(after)) == max(0, len(before) - len(others))
        elif lexicon.kinds[entry] == CHUNK and is_slot.any() and relation == "new_frames":
            assert (before[is_slot] == after[is_slot]).all()
            assert (before[~is_slot] != after[~is_slot]).all()
    codes = other.sample(500, 1).codes
    assert np.isfinite(other.log2_probability(codes))


def test_unseen_units_have_known_parts_and_are_new(world):
    sample, fresh = world.sample(800, 1), world.sample(2000, 2)
    known = derivations(sample, 500)
    starts = {begin: k for k, begin in enumerate(fresh.unit_starts.tolist())}
    of_fresh = derivations(fresh, 2000)
    for begin, end in unseen_spans(fresh, sample, 500):
        derivation = of_fresh[starts[begin]]
        assert fresh.unit_starts[starts[begin] + 1] == end and derivation not in known
        assert any(derivation[0] == other[0] for other in known)
        for slot in derivation[1:]:
            assert any(slot in other[1:] for other in known)


def test_rows_of_a_world_are_summed_up():
    config = read_config(HERE) | {"training_symbols": [300], "test_symbols": 3000}
    rows = [row for seed in (2000, 2001, 2002) for row in run_world((30, 10, seed, config))]
    bits = with_excess(pd.DataFrame(rows))
    held_out = bits[bits.test == "held_out"]
    assert (held_out.excess_bits > -0.02 * held_out.truth_bits).all()
    assert np.isfinite(bits.training_bits).all()
    assert ratios(bits, config).shape == (2, 7)
    assert set(excesses(bits, config).model) == set(bits.model)


def test_levels_lie_above_the_least_rate():
    config = read_config(HERE)
    config["bounds"] |= {"training_symbols": 2000, "depth": 10}
    rows = pd.DataFrame([row for seed in range(2000, 2004) for row in bound_rows(seed, config)])
    true = rows[rows.lexicon == "true"]
    assert len(true) and (true.rate > 0.9 * true.least_rate).all()
    assert set(bound_table(rows).columns) >= {"lexicon", "way", "median"}
