"""The statistics of the recall task: by hand, on known truth, on bad tables, on the real data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from hvm.errors import InputError
from hvm.recall.statistics import baselines, comparisons, mixed_models, reliability, rows
from hvm.recall.statistics.checked import PLAIN
from hvm.recall.statistics.exclusions import exclusions_table
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import COLUMNS, statistics_table

QUICK = StatisticsSettings(n_draws=200, n_splits=200, n_folds=2)


def people_of(n_people=12, n_trials=10, n_transfer=4, seed=0):
    """Simulated people: control repeats one sequence; log time falls with log trial and rises with
    a surprisal that the second table gives."""
    rng = np.random.default_rng(seed)
    trials = np.arange(1, n_trials + n_transfer + 1)
    parts = []
    for person in range(n_people):
        control = person % 2 == 0
        bits = rng.gamma(2, 2, len(trials))
        log_time = 9 - 0.2 * np.log(trials) + 0.05 * bits + rng.normal(0, 0.3)
        sequences = ["1212"] * len(trials) if control else [f"12{k % 3}3" for k in trials]
        parts.append(
            pd.DataFrame(
                {
                    "participant": person + 1,
                    "group": "control" if control else "variable",
                    "block": np.where(trials <= n_trials, "train", "transfer"),
                    "trial": trials,
                    "sequence": sequences,
                    "recall_time_ms": np.exp(log_time + rng.normal(0, 0.2, len(trials))).round(),
                    "accuracy": rng.binomial(4, 0.7, len(trials)) / 4,
                    "bits": bits,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    surprisals = table[["participant", "trial"]].assign(model="m", surprisal_bits=table.pop("bits"))
    return table, surprisals


def only(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, table
    return table.iloc[0]


# -- rows ---------------------------------------------------------------------------------


def test_exclusions_by_hand():
    table, bits = people_of(2, 4, 1)
    table["recall_time_ms"] = [100.0, 500, 20_000, 20_001, 700] + [np.nan, 0, -5, 600, np.inf]
    table["accuracy"] = [1, 1, 0.5, 1, 1] + [1, 1, np.nan, 1, 1]
    found = exclusions_table(table, bits[bits["trial"] > 2])
    train = found[(found["block"] == "train")].set_index(["group", "reason"])["n_excluded"]
    expected = {"shorter than 500 ms": 1, "longer than 20000 ms": 1, "a key wrong": 1}
    assert {name: train["control", name] for name in expected} == expected
    expected = {"time missing": 1, "time not positive": 2, "accuracy missing": 1}
    assert {name: train["variable", name] for name in expected} == expected
    assert train["control", "no surprisal of m"] == train["variable", "no surprisal of m"] == 2
    infinite = only(found, block="transfer", group="variable", reason="time missing")
    assert (infinite["n_excluded"], infinite["n_participants"], infinite["share"]) == (1, 1, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.rename(columns={"recall_time_ms": "recall_ms"}), "is it 'recall_ms'"),
        (lambda t: t.assign(recall_time_ms="soon"), "row 1, column recall_time_ms: 'soon'"),
        (lambda t: t.assign(trial=0), "row 1, column trial: 0 is not a trial number"),
        (lambda t: t.assign(trial=1), "row 2: participant 1, trial 1 is there twice"),
        (lambda t: t.assign(group=["a", "b"] * 84), "participant 1 is in more than one group"),
        (lambda t: t.assign(group=""), "row 1, group: is empty"),
        (lambda t: t.assign(group=None), "row 1, column group: is empty"),
        (
            lambda t: t.assign(participant=[1, *t["participant"].astype(str)[1:]]),
            "column participant: mixes int and str",
        ),
        (lambda t: t.iloc[:0], "there are no rows"),
    ],
)
def test_trials_that_cannot_be_used(change, message):
    table, bits = people_of()
    with pytest.raises(InputError, match=message):
        statistics_table(change(table), bits)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b.drop(columns="model"), "there is no column 'model'"),
        (lambda b: pd.concat([b, b]), "row 169: model m, participant 1, trial 1 is there twice"),
        (lambda b: b.assign(model="people"), "'people' is a name that the statistics use"),
        (lambda b: b.assign(participant=99 + b["participant"]), "participant 100 is not among"),
    ],
)
def test_surprisals_that_cannot_be_used(change, message):
    table, bits = people_of()
    with pytest.raises(InputError, match=message):
        statistics_table(table, change(bits))


def test_unknown_baselines_and_outcomes_are_named():
    table, bits = people_of(2, 4, 1)
    with pytest.raises(InputError, match="no baseline 'z': name some of a, b"):
        statistics_table(table, bits, baselines=["z"])
    with pytest.raises(InputError, match="no outcome 'time'"):
        statistics_table(table, bits, outcomes=["time"])


def test_keys_are_characters_or_words():
    table = pd.DataFrame({"sequence": ["632445", " 1 2 3 ", "", 1234]})
    assert rows.keys_shown(table).tolist() == [6, 3, 0, 4]


# -- means by group and trial -------------------------------------------------------------


def test_agreement_is_that_of_scipy_over_means():
    table, bits = people_of()
    joined = rows.join(table, bits)
    means = joined.groupby(["group", "trial"])[["recall_time_ms", "surprisal_bits"]].mean()
    found, n_means = reliability.agreement(joined, reliability.Bootstrap(300))
    assert n_means == 28
    assert found["spearman"].value == pytest.approx(spearmanr(*means.to_numpy().T)[0])
    assert found["r2"].value == pytest.approx(pearsonr(*means.to_numpy().T)[0] ** 2)
    assert found["r2"].low < found["r2"].value < found["r2"].high


def test_correlations_leave_out_what_is_missing_on_either_side():
    rng = np.random.default_rng(1)
    left, right = rng.integers(5, size=(2, 6, 9)).astype(float)
    left[:, 2], right[3, 4] = np.nan, np.nan
    for ours, theirs in ((reliability.spearman, spearmanr), (reliability.pearson, pearsonr)):
        both = [np.isfinite(a) & np.isfinite(b) for a, b in zip(left, right)]
        expected = [theirs(a[ok], b[ok])[0] for a, b, ok in zip(left, right, both)]
        assert ours(left, right) == pytest.approx(expected)


def test_halves_and_samples_keep_the_groups():
    groups = np.array([0] * 5 + [1] * 4)
    rng = np.random.default_rng(0)
    first = reliability.halves(groups, 500, rng)
    assert set(first[:, :5].sum(axis=1)) == {2, 3}
    assert set(first[:, 5:].sum(axis=1)) == {2}
    assert first.mean(axis=0) == pytest.approx(np.full(9, 0.5), abs=0.1)
    weights = reliability.resamples(groups, 500, rng)
    assert set(weights[:, :5].sum(axis=1)) == {5}
    assert set(weights[:, 5:].sum(axis=1)) == {4}
    assert weights.mean(axis=0) == pytest.approx(np.ones(9), abs=0.2)


def test_a_group_of_two_pairs_by_hand():
    """Halves of 2 people of 3 trials: r of (1, 2, 3) and (1, 3, 2) is 1/2, and 2r / (1 + r) 2/3."""
    table = pd.DataFrame(
        {
            "participant": [1] * 3 + [2] * 3,
            "group": "control",
            "trial": [1, 2, 3] * 2,
            "recall_time_ms": [1, 2, 3, 1, 3, 2],
        }
    )
    found = reliability.reliability(table, np.random.default_rng(0), 50)
    assert found["reliability"].value == pytest.approx(2 / 3)
    assert found["ceiling_r2"].value == pytest.approx(2 / 3)
    assert found["ceiling_spearman"].value == pytest.approx(np.sqrt(2 / 3))
    assert found["reliability"].low == pytest.approx(2 / 3)


def test_reliability_of_known_people():
    """Means of variance 1 over trials, and as much noise in the mean of 40 people: half is true."""
    rng = np.random.default_rng(4)
    people, trials = np.repeat(np.arange(40), 400), np.tile(np.arange(400), 40)
    times = rng.normal(size=400)[trials] + np.sqrt(40) * rng.normal(size=16_000)
    table = pd.DataFrame(
        {"participant": people, "group": "g", "trial": trials, "recall_time_ms": times}
    )
    found = reliability.reliability(table, rng, 200)
    assert found["reliability"].value == pytest.approx(0.5, abs=0.1)


def test_group_difference_by_hand():
    values, groups = np.array([1.0, 3, 10, 20]), np.array([0, 0, 1, 1])
    found = reliability.group_difference(values, groups, reliability.Bootstrap(4000))
    assert found[:3] == pytest.approx((-13, -19, -7))  # extremes, each 1 of 16 samples or more
    alone = reliability.group_difference(values[:2], groups[:2], reliability.Bootstrap(10))
    assert np.isnan(alone.value) and alone.reason == "there is one group"


# -- gains --------------------------------------------------------------------------------


def comparison_of(table, n_folds=3):
    names = np.unique(table["participant"])
    folds = comparisons.folds_of(
        reliability.groups_of(table), n_folds, np.random.default_rng([0, 2])
    )
    return comparisons.Comparison(dict(zip(names.tolist(), folds.tolist())))


def naive_held_out(counted, baseline, folds):
    """Twin of the cross-validation: predictors standardised inside folds, all written out."""
    total = 0.0
    for fold in set(folds.values()):
        inside = (counted["participant"].map(folds) != fold).to_numpy()
        for with_bits, sign in ((True, 1), (False, -1)):
            raw = baselines.practice_columns(counted, baseline)
            if with_bits:
                raw = np.column_stack([raw, counted["surprisal_bits"]])
            scaled = (raw - raw[inside].mean(axis=0)) / raw[inside].std(axis=0)
            fixed = np.column_stack([np.ones(len(raw)), scaled])
            random = fixed[:, :2] if baseline == "c" else fixed[:, :1]
            y = np.log(counted["recall_time_ms"].to_numpy())
            sums = [
                mixed_models.sums_of(
                    y[rows],
                    fixed[rows],
                    random[rows],
                    pd.factorize(counted["participant"][rows])[0],
                )
                for rows in (inside, ~inside)
            ]
            total += sign * mixed_models.log_densities(sums[1], mixed_models.fit(sums[0])).sum()
    return total


@pytest.mark.parametrize("baseline", ["a", "b", "b_main", "c"])
def test_held_out_gain_is_that_of_folds_written_out(baseline):
    table, bits = people_of()
    counted = rows.join(table, bits)
    comparison = comparison_of(table)
    gain = comparison.gain(counted, "m", baseline, "log_time")
    expected = naive_held_out(counted, baseline, comparison.folds)
    assert gain.held_out.sum() == pytest.approx(expected, abs=1e-4)


def test_the_slope_that_made_the_times_comes_back():
    table, bits = people_of(n_people=40, n_trials=30)
    gain = comparison_of(table).gain(rows.join(table, bits), "m", "b", "log_time")
    assert gain.slopes[0].value == pytest.approx(0.05, abs=0.01)
    assert gain.slopes[0].low < 0.05 < gain.slopes[0].high
    assert gain.held_out.sum() > 50


def test_baseline_d_is_each_group_alone():
    table, bits = people_of()
    counted = rows.join(table, bits)
    comparison = comparison_of(table)
    gain = comparison.gain(counted, "m", "d", "log_time")
    for group, name in enumerate(["control", "variable"]):
        alone = comparison.gain(counted[counted["group"] == name], "m", "a", "log_time")
        assert gain.inside[gain.groups == group] == pytest.approx(alone.inside)
        assert gain.held_out[gain.groups == group] == pytest.approx(alone.held_out)
        assert gain.slopes[group].value == pytest.approx(alone.slopes[0].value)


@pytest.mark.parametrize("outcome", ["log_time", "accuracy"])
def test_the_unit_of_surprisal_does_not_matter(outcome):
    table, bits = people_of()
    in_nats = bits.assign(surprisal_bits=bits["surprisal_bits"] * np.log(2) + 100)
    gains = [
        comparison_of(table).gain(rows.join(table, each), "m", "b", outcome)
        for each in (bits, in_nats)
    ]
    assert gains[0].inside == pytest.approx(gains[1].inside, abs=1e-4)
    assert gains[0].held_out == pytest.approx(gains[1].held_out, abs=1e-4)


def test_folds_spread_each_group_evenly():
    groups = np.array([0] * 53 + [1] * 55)
    folds = comparisons.folds_of(groups, 10, np.random.default_rng(1))
    for group in (0, 1):
        assert set(np.bincount(folds[groups == group])) == {5, 6}
    assert set(np.bincount(folds)) == {10, 11}


def test_noise_gains_half_a_nat_and_loses_it_held_out():
    """Twice the gain of a useless predictor is chi-square with 1 degree of freedom: mean 1."""
    table, _ = people_of(n_people=10, n_trials=12, n_transfer=0)
    rng = np.random.default_rng(8)
    comparison, inside, outside = comparison_of(table, 5), [], []
    for _ in range(60):
        noise = table[["participant", "trial"]].assign(surprisal_bits=rng.normal(size=len(table)))
        gain = comparison.gain(rows.join(table, noise), "m", "a", "log_time")
        inside.append(gain.inside.sum())
        outside.append(gain.held_out.sum())
    assert 0.3 < np.mean(inside) < 0.8
    assert -1.2 < np.mean(outside) < -0.2
    assert len(comparison._baselines) == 1


# -- the table ----------------------------------------------------------------------------


def test_the_table_is_tidy_and_every_missing_value_has_a_reason():
    table, bits = people_of()
    turns = []
    found = statistics_table(table, bits, settings=QUICK, progress=turns.append)
    assert tuple(found.columns) == COLUMNS
    assert not found.duplicated(
        ["model", "block", "outcome", "statistic", "baseline", "group"]
    ).any()
    assert found["block"].unique().tolist() == ["train", "transfer"]
    assert (found.loc[found["value"].isna(), "reason"] != "").all()
    assert turns[:2] == ["train: m", "train: repeat_count"] and len(turns) == 2 * (1 + len(PLAIN))
    bounded = found.dropna(subset=["low"])
    assert (bounded["low"] <= bounded["value"] + 1e-9).mean() > 0.99
    assert only(found, model="m", block="train", statistic="r2")["n"] == 20


def test_same_seed_same_bytes_and_a_model_more_changes_no_other():
    table, bits = people_of()
    settings = StatisticsSettings(n_draws=50, n_splits=50, n_folds=2)
    alone = statistics_table(table, bits, baselines=["a"], settings=settings)
    other = bits.assign(model="other", surprisal_bits=1 / bits["surprisal_bits"])
    shuffled = pd.concat([other, bits]).sample(frac=1, random_state=1)
    both = statistics_table(
        table.sample(frac=1, random_state=2), shuffled, baselines=["a"], settings=settings
    )
    kept = both[both["model"] != "other"].reset_index(drop=True)
    keys = ["model", "block", "outcome", "statistic", "baseline", "group"]
    left, right = (each.sort_values(keys).reset_index(drop=True) for each in (alone, kept))
    pd.testing.assert_frame_equal(left, right, check_exact=False, rtol=1e-8)


def run(table, bits):
    outcomes = ["log_time", "log_time_uncut", "accuracy"]
    found = statistics_table(table, bits, baselines="abd", outcomes=outcomes, settings=QUICK)
    assert (found.loc[found["value"].isna(), "reason"] != "").all()
    return found


def test_one_participant():
    table, bits = people_of()
    mine = table["participant"] == 1
    found = run(table[mine], bits[mine])
    gain = only(found, model="m", block="train", statistic="delta_log_likelihood",
                outcome="log_time", baseline="a")  # fmt: skip
    assert np.isfinite(gain["value"]) and np.isnan(gain["low"])
    held_out = found[found["statistic"] == "cv_delta_log_likelihood"]
    undefined = held_out[held_out["value"].isna()]
    assert set(undefined["reason"]) >= {"one participant: nobody is held out"}
    assert only(found, block="train", statistic="reliability")["reason"] != ""


def test_one_group():
    table, bits = people_of()
    mine = (table["group"] == "control").to_numpy()
    found = run(table[mine], bits[mine])
    differences = found[found["statistic"] == "group_difference"]
    assert set(differences["reason"]) == {"there is one group"}
    a, b = (
        only(found, model="m", block="train", statistic="delta_log_likelihood",
             outcome="log_time", baseline=baseline)
        for baseline in "ab"
    )  # fmt: skip
    assert a["value"] == pytest.approx(b["value"], abs=1e-6)


def test_constant_surprisal_adds_nothing():
    table, bits = people_of()
    found = run(table, bits.assign(surprisal_bits=3.7))
    mine = found[(found["model"] == "m") & (found["block"] == "train")]
    gains = mine[mine["statistic"].isin(["delta_log_likelihood", "cv_delta_log_likelihood"])]
    defined = gains.dropna(subset=["value"])
    assert (defined["value"] == 0).all() and "it adds nothing" in defined["reason"].iloc[0]
    assert "all equal" in only(mine, statistic="spearman")["reason"]


def test_equal_times_and_equal_accuracy():
    table, bits = people_of()
    found = run(table.assign(recall_time_ms=1000.0, accuracy=1.0), bits)
    gains = found[(found["model"] == "m") & (found["statistic"] == "delta_log_likelihood")]
    assert gains["value"].isna().all()
    assert {"recall_time_ms is all equal", "accuracy is all equal"} <= set(gains["reason"])
    assert np.isnan(only(found, block="train", statistic="reliability")["value"])


def test_times_that_are_missing_zero_or_infinite_count_nowhere():
    table, bits = people_of()
    broken = table.copy()
    broken["recall_time_ms"] = broken["recall_time_ms"].astype(float)
    broken.loc[[0, 20, 40, 60], "recall_time_ms"] = [np.nan, 0, -3, np.inf]
    found = run(broken, bits)
    left_out = run(table.drop(index=[0, 20, 40, 60]), bits)
    for statistic in ("spearman", "r2"):
        values = [only(each, model="m", block="train", statistic=statistic)["value"]
                  for each in (found, left_out)]  # fmt: skip
        assert values[0] == pytest.approx(values[1])
    is_gain = (found["outcome"] == "log_time_uncut") & (found["baseline"] == "a")
    uncut = found[is_gain & ~found["model"].str.contains("edit_distance")]  # they lack first trials
    assert set(uncut[uncut["block"] == "train"]["n"]) == {117}
    assert set(uncut[uncut["block"] == "transfer"]["n"]) == {47}


def test_a_block_without_a_single_trial_that_counts():
    table, bits = people_of()
    late = table["block"] == "transfer"
    table.loc[late, "recall_time_ms"] = 90_000.0
    table.loc[late, "accuracy"] = np.nan
    found = run(table, bits)
    gains = found[(found["block"] == "transfer") & (found["baseline"] == "a")]
    cut = gains[gains["outcome"].isin(["log_time", "accuracy"])]
    assert cut["value"].isna().all() and set(cut["reason"]) == {"no trials"}


def test_a_model_of_some_people_rests_on_them():
    table, bits = people_of()
    some = bits[bits["participant"] <= 4].assign(model="some")
    found = run(table, pd.concat([bits, some]))
    gain = only(found, model="some", block="train", statistic="delta_log_likelihood",
                outcome="log_time", baseline="a")  # fmt: skip
    assert (gain["n"], gain["n_participants"]) == (40, 4)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: {"group": t["group"].astype("category"), "block": t["block"].astype("category")},
        lambda t: {"sequence": np.nan, "surprisal_bits": 4.0},
        lambda t: {"accuracy": t["participant"] % 2},
        lambda t: {"recall_time_ms": 1000 + 100 * t["participant"]},
        lambda t: {"recall_time_ms": np.exp(7 + 0.1 * np.log(t["trial"]))},
        lambda t: {"recall_time_ms": np.nan, "accuracy": 7},
    ],
    ids=["categories", "no sequences", "separated", "no residual", "a rule", "nothing counts"],
)
@pytest.mark.filterwarnings("error")
def test_awkward_tables_give_rows_with_reasons(change):
    table, bits = people_of(6, 5, 2)
    run(table.assign(**change(table)), bits)


def test_one_row():
    table, bits = people_of()
    run(table[:1], bits[:1])


# -- the real data ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(data_folder):
    folder = data_folder / "human"
    trials = pd.read_csv(folder / "recall_trials.csv", dtype={"sequence": str})
    nats = pd.read_csv(folder / "published_model_nll.csv")
    return trials, nats.assign(surprisal_bits=nats["nll_nats"] / np.log(2))


@pytest.fixture(scope="module")
def published(real):
    trials, bits = real
    some = bits[bits["model"].isin(["HVM", "Llama-2-13b-chat", "Llama-3-8B"])]
    settings = StatisticsSettings(n_draws=1000, n_splits=1000)
    return statistics_table(
        trials, some, baselines=["a", "b"], outcomes=["log_time"], settings=settings
    )


@pytest.mark.parametrize(
    ("block", "correlation", "r2"), [("train", 0.856, 0.605), ("transfer", 0.700, 0.474)]
)
def test_published_correlations(published, block, correlation, r2):
    mine = published[(published["model"] == "HVM") & (published["block"] == block)]
    assert only(mine, statistic="spearman")["value"] == pytest.approx(correlation, abs=5e-4)
    assert only(mine, statistic="r2")["value"] == pytest.approx(r2, abs=5e-4)


@pytest.mark.parametrize(
    ("block", "model", "baseline", "gain", "n"),
    [
        ("train", "group_x_practice", "a", 147.3, 4083),
        ("train", "repeat_count", "a", 143.3, 4083),
        ("train", "HVM", "a", 43.3, 4083),
        ("train", "HVM", "b", 1.3, 4083),
        ("train", "Llama-3-8B", "a", 2.7, 4083),
        ("transfer", "Llama-2-13b-chat", "b", 1.8, 2538),
        ("transfer", "group_x_practice", "a", 6.6, 2538),
    ],
)
def test_published_gains(published, block, model, baseline, gain, n):
    found = only(
        published, block=block, model=model, baseline=baseline, statistic="delta_log_likelihood"
    )
    assert found["value"] == pytest.approx(gain, abs=0.06)
    assert found["n"] == n


def test_published_reliability_and_group_difference(published):
    people = published[published["model"] == "people"]
    train, transfer = (people[people["block"] == block] for block in ("train", "transfer"))
    assert only(train, statistic="ceiling_spearman")["value"] == pytest.approx(0.98, abs=0.01)
    assert only(train, statistic="ceiling_r2")["value"] == pytest.approx(0.96, abs=0.01)
    assert only(transfer, statistic="reliability")["value"] == pytest.approx(0.4, abs=0.05)
    assert only(transfer, statistic="reliability")["low"] < 0
    difference = only(transfer, statistic="group_difference", outcome="recall_time_ms")
    assert difference["value"] == pytest.approx(478, abs=1)
    assert difference[["low", "high"]].tolist() == pytest.approx([-671, 1623], abs=120)


def test_published_nats_of_the_groups(published):
    mine = published[(published["model"] == "HVM") & (published["block"] == "transfer")]
    for group, nats in (("control", 20.46), ("variable", 10.04)):
        found = only(mine, statistic="mean", group=group)
        assert found["value"] * np.log(2) == pytest.approx(nats, abs=5e-3)


def test_published_exclusions(real):
    found = exclusions_table(*real)
    late = found[(found["block"] == "train") & (found["reason"] == "longer than 20000 ms")]
    assert dict(zip(late["group"], late["n_excluded"])) == {"control": 76, "variable": 160}
