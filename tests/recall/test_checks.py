"""What boosted trees reach over a baseline, and whether times are as a baseline says."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

from hvm.recall.statistics import ceiling, checks, rows
from hvm.recall.statistics.baselines import knots_of
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.plain import plain_predictors
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table

QUICK = StatisticsSettings(n_draws=50, n_splits=50, n_folds=3)


def people_of(correlation=0.0, spread_of_sd=0.0, jump=0.0, n_people=30, n_trials=30, seed=1):
    """Times on a power law of practice, with noise that the arguments make less simple."""
    rng = np.random.default_rng(seed)
    parts = []
    trial = np.arange(1, n_trials + 1)
    for person in range(1, n_people + 1):
        noise = rng.normal(size=n_trials)
        for k in range(1, n_trials):
            noise[k] = correlation * noise[k - 1] + np.sqrt(1 - correlation**2) * noise[k]
        sd = 0.25 * np.exp(spread_of_sd * rng.normal())
        sequences = np.where(rng.random(n_trials) < 0.5, "1212", "1234")
        log_time = 8 - 0.2 * np.log(trial) + rng.normal(0, 0.3) + sd * noise
        log_time += jump * (sequences == "1212")
        parts.append(
            pd.DataFrame(
                {
                    "participant": person,
                    "group": "control" if person % 2 else "variable",
                    "block": "train",
                    "trial": trial,
                    "sequence": sequences,
                    "recall_time_ms": np.exp(log_time),
                    "accuracy": rng.binomial(4, 0.8, n_trials) / 4,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


# -- checks -------------------------------------------------------------------------------


def checked(table, **options):
    found = checks.checks_table(table, settings=QUICK, **options)
    assert tuple(found.columns) == checks.CHECK_COLUMNS
    return found.set_index(["baseline", "statistic"])


def is_outside(row):
    return not row["low"] <= row["observed"] <= row["high"]


def test_times_of_the_model_are_as_it_says():
    found = checked(people_of(), baselines=["e"])
    assert len(found) == 5
    assert sum(is_outside(row) for _, row in found.iterrows()) <= 1
    expected = found["expected"].loc["e"]
    assert expected["sd_within_people"] == pytest.approx(0.25, abs=0.02)
    assert expected["autocorrelation"] == pytest.approx(-1 / 30, abs=0.01)


def test_what_a_baseline_does_not_know_is_outside_its_interval():
    found = checked(people_of(correlation=0.5, spread_of_sd=0.5))
    for baseline in ("b", "e"):
        assert is_outside(found.loc[baseline, "autocorrelation"])
        assert found.loc[baseline, "autocorrelation"]["observed"] > 0.3
    assert abs(found.loc["f", "autocorrelation"]["observed"]) < 0.15  # which knows of it
    assert is_outside(found.loc["f", "spread_of_sd"])


def test_the_autocorrelation_is_that_of_neighbours_alone():
    """By hand: 2 people of 4 trials; the third of the first is cut, so it has one pair."""
    layout = checks.layout_of(
        pd.DataFrame(
            {
                "participant": [1, 1, 1, 2, 2, 2, 2],
                "group": "one",
                "trial": [1, 2, 4, 1, 2, 3, 4],
                "block_trial": [1, 2, 4, 1, 2, 3, 4],
            }
        )
    )
    assert layout.after.tolist() == [1, 4, 5, 6]
    values = np.array([[1.0, -1, 0, 2, -2, 2, -2]])
    expected = (-1 - 12) / np.sqrt((1 + 12) * (1 + 12))
    assert checks._autocorrelation(values, layout) == pytest.approx(expected)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: {"recall_time_ms": np.nan},
        lambda t: {"recall_time_ms": 1000.0},
        lambda t: {"recall_time_ms": 1000 + 100 * t["participant"]},
    ],
)
@pytest.mark.filterwarnings("error")
def test_tables_without_a_fit_have_reasons(change):
    table = people_of(n_people=4, n_trials=4)
    found = checked(table.assign(**change(table)))
    assert found["observed"].isna().all() and (found["reason"] != "").all()


# -- what is left -------------------------------------------------------------------------


@pytest.fixture
def few_trees(monkeypatch):
    monkeypatch.setitem(ceiling.TREES, "max_iter", 30)
    monkeypatch.setitem(ceiling.TREES, "learning_rate", 0.2)


def flexible(table, baseline="e"):
    trials = checked_trials(table)
    counted = rows.outcome_rows(trials.table, "train", "log_time", rows.CUTS)
    folds = np.arange(table["participant"].nunique()) % 3
    knots = knots_of(counted["block_trial"].to_numpy(), 1)
    return ceiling.flexible_gain(counted, plain_predictors(trials), knots, folds, baseline)


def test_trees_find_what_history_foretells_and_no_more(few_trees):
    pytest.importorskip("sklearn")
    assert flexible(people_of(correlation=0.6)).held_out.sum() > 50
    assert abs(flexible(people_of()).held_out.sum()) < 8
    assert flexible(people_of(correlation=0.6), "f").held_out.sum() < 25


def test_without_scikit_learn_there_is_a_reason(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    table = people_of(n_people=12, n_trials=6)
    bits = table[["participant", "trial"]].assign(model="m", surprisal_bits=table["trial"] % 3)
    options = {"baselines": ["e"], "outcomes": ["log_time"]}
    found = statistics_table(table, bits, settings=QUICK._replace(flexible=True), **options)
    row = found[found["statistic"] == "ceiling_flexible"].iloc[0]
    assert np.isnan(row["value"]) and row["reason"] == ceiling.NOT_INSTALLED


def test_few_people_are_too_few_for_trees():
    assert "too few participants" in flexible(people_of(n_people=6, n_trials=6)).held_out_reason
