"""Series and grids: as many processes as one likes, and the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.study import grids, series
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials

FEW = StatisticsSettings(n_draws=20, n_splits=20, n_folds=2)


@pytest.fixture(scope="module")
def trials():
    return as_trials(synthetic_trials(4))


def test_processes_change_no_statistic(trials):
    variants = [series.Variant("bigram"), series.Variant("bigram", {"theta": 0.9})]
    bits = series.trial_bits_of_all(trials, variants, processes=2)
    assert np.array_equal(bits[1], series.trial_bits(trials, variants[1]))
    table = pd.concat(
        [series.series_table(trials, name, each) for name, each in zip("ab", bits, strict=True)]
    )
    options = {"outcomes": ["log_time"], "baselines": ["a"]}
    dealt = series.statistics_of_series(trials, table, FEW, 2, **options)
    whole = statistics_table(trials, table, settings=FEW, **options)
    key = ["model", "block", "outcome", "statistic", "baseline", "group"]
    pd.testing.assert_frame_equal(
        dealt.sort_values(key).reset_index(drop=True), whole.sort_values(key).reset_index(drop=True)
    )


def test_a_grid_is_kept_while_its_points_are_the_same(trials, tmp_path, monkeypatch):
    monkeypatch.setattr(
        grids,
        "trial_bits_of_all",
        lambda trials, variants, processes: np.array(
            [series.trial_bits(trials, each) for each in variants]
        ),
    )
    path = tmp_path / "grid.npz"
    points = grids.grid_points("bigram", {"theta": (0.9, 0.996)})
    grid = grids.kept_grid(path, trials, "bigram", points)
    expected = series.trial_bits(trials, series.Variant("bigram", {"theta": 0.9}))
    assert np.array_equal(grid.at({"theta": 0.9}, [])["surprisal_bits"], expected)
    with monkeypatch.context() as patch:
        patch.setattr(grids, "trial_bits_of_all", None)  # what is kept needs no run
        assert np.array_equal(grids.kept_grid(path, trials, "bigram", points).bits, grid.bits)
    assert len(grids.kept_grid(path, trials, "bigram", points[:1]).bits) == 1
