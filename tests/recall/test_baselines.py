"""Baselines (e) and (f): splines, what came before, and agreement with statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels_golden import trials_and_bits

from hvm.recall.statistics import baselines, mixed_models, rows
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.comparisons import Comparison
from hvm.recall.statistics.differences import difference
from hvm.recall.statistics.reliability import Bootstrap
from hvm.recall.statistics.rows import CUTS, HISTORY
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.task.simulate import synthetic_trials

GOLDEN = [
    ("train", "e", 2, -68.327846, -31.267637),
    ("train", "e", 5, -63.116504, -26.730668),
    ("train", "f", 2, -65.800723, -29.359426),
    ("train", "f", 5, -60.859063, -24.794297),
    ("transfer", "e", 2, -30.991147, -9.530594),
    ("transfer", "e", 5, -28.813234, -7.687881),
    ("transfer", "f", 2, -25.803277, -3.89286),
    ("transfer", "f", 5, -23.811416, -2.11469),
]
"""Of statsmodels_golden.py: statsmodels 0.15.0, splines of patsy 1.0.3."""


@pytest.mark.parametrize(("block", "baseline", "df", "without", "with_bits"), GOLDEN)
def test_log_likelihoods_are_those_of_statsmodels(block, baseline, df, without, with_bits):
    table = trials_and_bits()
    counted = rows.outcome_rows(checked_trials(table).table, block, "log_time", CUTS)
    counted = rows.join(counted, table[["participant", "trial", "surprisal_bits"]])
    knots = baselines.knots_of(counted["block_trial"].to_numpy(), df)
    base = baselines.practice_columns(counted, baseline, knots)
    for columns, expected in (
        (base, without),
        (np.column_stack([base, counted["surprisal_bits"]]), with_bits),
    ):
        data = baselines.data_of(counted, columns, baseline, "log_time")
        assert mixed_models.fit(data).log_likelihood == pytest.approx(expected, abs=1e-2)


def naive_natural_spline(x, knots):
    """Twin: truncated powers, equations 5.4 and 5.5 of Hastie, Tibshirani & Friedman."""
    last = knots[-1]

    def d(k):
        cubes = np.maximum(x - knots[k], 0) ** 3 - np.maximum(x - last, 0) ** 3
        return cubes / (last - knots[k])

    return np.column_stack([x, *(d(k) - d(len(knots) - 2) for k in range(len(knots) - 2))])


@pytest.mark.parametrize("df", [1, 2, 5, 8])
def test_splines_span_what_truncated_powers_span(df):
    x = np.log(np.arange(1.0, 41))
    knots = baselines.knots_of(np.arange(1.0, 41), df)
    found, twin = baselines.natural_spline(x, knots), naive_natural_spline(x, knots)
    assert found.shape == twin.shape == (40, df)
    ones = np.ones((40, 1))
    both = np.column_stack([ones, found, twin])
    assert np.linalg.matrix_rank(np.column_stack([ones, found])) == df + 1
    assert np.linalg.matrix_rank(both, tol=1e-8 * np.linalg.norm(both)) == df + 1


def test_a_block_of_few_trials_has_no_more_knots_than_trials():
    assert len(baselines.knots_of(np.array([1.0, 1, 2, 3]), 8)) == 3
    one = baselines.knots_of(np.array([1.0, 1]), 8)
    assert np.ptp(baselines.natural_spline(np.zeros(2), one)) == 0


def test_what_came_before_by_hand():
    table = pd.DataFrame(
        {
            "participant": [1] * 5 + [2],
            "group": "one",
            "block": ["a", "a", "b", "a", "a", "a"],
            "trial": [1, 2, 3, 4, 5, 7],
            "sequence": "12",
            "recall_time_ms": [1000.0, 30_000, 900, 2000, 3000, 800],
            "accuracy": [1.0, 0.5, 0.25, np.nan, 0.75, 1],
        }
    )
    checked = checked_trials(table).table
    found = rows.outcome_rows(checked, "a", "log_time", CUTS)
    assert found["trial"].tolist() == [1, 4, 5, 7]
    assert found["block_trial"].tolist() == [1, 4, 5, 1]
    assert np.exp(found["log_time_1"]).round(6).tolist() == [1, 1, 2000, 1]  # 1: exp(0)
    assert found["log_time_1_missing"].tolist() == [1, 1, 0, 1]  # none; 30 s is cut; there; none
    assert np.exp(found["log_time_2"]).round(6).tolist() == [1, 1000, 1, 1]
    assert found["accuracy_1"].tolist() == [0, 0.5, 0, 0]
    assert found["accuracy_1_missing"].tolist() == [1, 0, 1, 1]
    assert found["accuracy_2"].tolist() == [0, 1, 0.5, 0]
    uncut = rows.outcome_rows(checked, "a", "log_time_uncut", CUTS)
    assert np.exp(uncut["log_time_1"]).round(6).tolist() == [1, 1000, 30_000, 2000, 1]


def test_times_that_follow_the_time_before_gain_on_f_nothing_that_e_had():
    """A predictor that is the time before: a large gain on (e), none on (f), which has it."""
    rng = np.random.default_rng(2)
    parts = []
    for person in range(24):
        noise = rng.normal(0, 0.3, 30)
        for k in range(1, 30):
            noise[k] += 0.6 * noise[k - 1]
        parts.append(synthetic_trials(1).iloc[:30].assign(participant=person + 1, noise=noise))
    table = pd.concat(parts, ignore_index=True)
    table["group"] = np.where(table["participant"] % 2, "control", "variable")
    table["recall_time_ms"] = np.exp(8 - 0.2 * np.log(table["trial"]) + table.pop("noise"))
    before = np.log(table.groupby("participant")["recall_time_ms"].shift()).fillna(7.5)
    bits = table[["participant", "trial"]].assign(model="before", surprisal_bits=before)
    settings = StatisticsSettings(n_draws=50, n_splits=50, n_folds=3)
    found = statistics_table(
        table, bits, baselines=["e", "f"], outcomes=["log_time"], settings=settings
    )
    mine = found[(found["model"] == "before") & (found["statistic"] == "delta_log_likelihood")]
    gains = mine.set_index("baseline")["value"]
    assert gains["e"] > 50 and gains["f"] == 0
    assert "adds nothing" in mine.set_index("baseline")["reason"]["f"]


def test_the_curve_is_chosen_without_any_model_and_stands_in_the_table():
    table = synthetic_trials(8, 3)
    rng = np.random.default_rng(1)
    settings = StatisticsSettings(n_draws=20, n_splits=20, n_folds=2)
    chosen = []
    for name in ("one", "other"):
        bits = table[["participant", "trial"]].assign(
            model=name, surprisal_bits=rng.normal(size=len(table))
        )
        found = statistics_table(
            table, bits, baselines=["e"], outcomes=["log_time", "accuracy"], settings=settings
        )
        df = found[found["statistic"] == "spline_df"]
        assert df["model"].unique().tolist() == ["people"]
        assert df["value"].isin(baselines.SPLINE_DF).all() and len(df) == 4
        chosen.append(df["value"].tolist())
    assert chosen[0] == chosen[1]


def test_the_chosen_curve_foretells_people_held_out_best():
    table = checked_trials(synthetic_trials(12, 3)).table
    counted = rows.outcome_rows(table, "train", "log_time", CUTS)
    folds = np.arange(12) % 3
    chosen = baselines.choose_knots(counted, "log_time", folds)

    def density(knots):
        columns = baselines.practice_columns(counted, "e", knots)
        data = baselines.data_of(counted, columns, "e", "log_time")
        return baselines.densities(data, "log_time", folds)[1].sum()

    every = [baselines.knots_of(counted["block_trial"].to_numpy(), df) for df in range(1, 9)]
    assert density(chosen) == max(map(density, every))


def test_one_person_gets_a_line():
    table = checked_trials(synthetic_trials(1)).table
    counted = rows.outcome_rows(table, "train", "log_time", CUTS)
    assert len(baselines.choose_knots(counted, "log_time", np.zeros(1, np.int64))) == 2


def test_columns_that_say_the_same_take_no_part():
    """Nobody's time is cut, so both lags are missing together: half of the marks are left out."""
    table = synthetic_trials(8, 3).assign(recall_time_ms=lambda t: 1000.0 + 37 * t["trial"] % 911)
    counted = rows.outcome_rows(checked_trials(table).table, "train", "log_time", CUTS)
    knots = baselines.knots_of(counted["block_trial"].to_numpy(), 2)
    columns = baselines.practice_columns(counted, "f", knots)
    data = baselines.data_of(counted, columns, "f", "log_time")
    independent = data.independent()[-len(HISTORY) :]
    is_mark = np.array([name.endswith("missing") for name in HISTORY])
    assert independent[is_mark].tolist() == [True, False, True, False]
    counted["surprisal_bits"] = np.sin(np.arange(len(counted)))
    folds = {name: name % 2 for name in range(1, 9)}
    gain = Comparison(folds, {"log_time": knots}).gain(counted, "m", "f", "log_time")
    assert np.isfinite(gain.held_out).all()


# -- deals of folds and pairs of models ---------------------------------------------------


def two_models(n_people=16, seed=6):
    """Times rise with the bits of one model; another's are those and noise."""
    rng = np.random.default_rng(seed)
    table = synthetic_trials(n_people, seed)
    table = table[table["block"] == "train"].reset_index(drop=True)
    bits = rng.gamma(2, 2, len(table))
    table["recall_time_ms"] *= np.exp(0.04 * bits)
    key = table[["participant", "trial"]]
    series = {"right": bits, "noisy": bits + rng.normal(0, 3, len(table))}
    surprisals = [key.assign(model=name, surprisal_bits=each) for name, each in series.items()]
    return table, pd.concat(surprisals, ignore_index=True)


def test_several_deals_give_the_mean_and_its_spread():
    table, bits = two_models()
    options = {"baselines": ["e"], "outcomes": ["log_time"]}
    settings = StatisticsSettings(n_draws=50, n_splits=50, n_folds=4)
    once = statistics_table(table, bits, settings=settings, **options)
    often = statistics_table(table, bits, settings=settings._replace(n_fold_seeds=6), **options)
    assert not (once["statistic"] == "cv_sd_over_folds").any()
    mine = often[often["model"] == "noisy"].set_index("statistic")
    spread = mine.loc["cv_sd_over_folds"]
    assert spread["low"] < mine.loc["cv_delta_log_likelihood", "value"] < spread["high"]
    assert 0 < spread["value"] < spread["high"] - spread["low"]
    first = once[once["model"] == "noisy"].set_index("statistic")
    assert spread["low"] <= first.loc["cv_delta_log_likelihood", "value"] <= spread["high"]
    inside = first.loc["delta_log_likelihood", "value"]
    assert mine.loc["delta_log_likelihood", "value"] == pytest.approx(inside)


def gains_of(counted, bits, folds, knots):
    comparison = Comparison(folds, {"log_time": knots})
    return {
        name: comparison.gain(rows.join(counted, part), name, "e", "log_time")
        for name, part in bits.groupby("model", sort=False)
    }


def test_pairs_are_differences_of_the_gains_with_an_interval_of_their_own():
    table, bits = two_models()
    settings = StatisticsSettings(n_draws=400, n_splits=50, n_folds=4)
    found = statistics_table(
        table, bits, baselines=["e", "b"], outcomes=["log_time"], settings=settings
    )
    pairs = found[found["statistic"] == "cv_difference"].set_index("model")
    assert set(pairs["baseline"]) == {"e"}
    gains = found[
        (found["statistic"] == "cv_delta_log_likelihood") & (found["baseline"] == "e")
    ].set_index("model")
    pair = pairs.loc["right less noisy"]
    assert pair["value"] == pytest.approx(gains["value"]["right"] - gains["value"]["noisy"])
    assert 0 < pair["low"] < pair["value"] < pair["high"]
    width = gains["high"]["right"] - gains["low"]["right"]
    assert pair["high"] - pair["low"] < width  # people who are far from the curve are so for both
    assert "right less repeat_count" in pairs.index
    assert "right less least_edit_distance" not in pairs.index  # which lacks first trials


def test_intervals_of_pairs_are_about_those_of_fitting_again_in_every_sample():
    table, bits = two_models(24, 7)
    counted = rows.outcome_rows(checked_trials(table).table, "train", "log_time", CUTS)
    people = np.unique(counted["participant"])
    knots = baselines.knots_of(counted["block_trial"].to_numpy(), 2)
    rng = np.random.default_rng(3)
    folds = dict(zip(people.tolist(), (np.arange(24) // 2 % 4).tolist()))
    gains = gains_of(counted, bits, folds, knots)
    quick = difference(gains["right"], gains["noisy"], Bootstrap(2000))
    again = []
    by_person = dict(list(counted.groupby("participant")))
    bits_by_person = dict(list(bits.groupby("participant")))
    for _ in range(120):
        drawn = [*rng.choice(people[::2], 12), *rng.choice(people[1::2], 12)]
        named = list(enumerate(drawn))
        sample = pd.concat([by_person[name].assign(participant=new) for new, name in named])
        of_sample = pd.concat([bits_by_person[name].assign(participant=new) for new, name in named])
        deal = {new: folds[name] for new, name in named}  # copies of one are never apart
        each = gains_of(sample.reset_index(drop=True), of_sample, deal, knots)
        again.append(each["right"].held_out.sum() - each["noisy"].held_out.sum())
    low, high = np.quantile(again, [0.025, 0.975])
    assert quick.high - quick.low == pytest.approx(high - low, rel=0.35)
    assert quick.low == pytest.approx(low, abs=0.35 * (high - low))
    assert quick.high == pytest.approx(high, abs=0.35 * (high - low))
