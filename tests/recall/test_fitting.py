"""Nested fits, levels and recovery: on people whose constants are known, and on bad arguments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hvm.errors import HvmError, InputError
from hvm.recall.models.running import grid_settings
from hvm.recall.statistics.fitting import FitPlan, best_level_per_person, nested_fit
from hvm.recall.statistics.recovery import model_recovery, parameter_recovery


def decayed(trials, power):
    """A model of one constant: bits fall with the power of the trial number."""
    odd = 1 + trials["trial"] % 3 + trials["participant"] % 2
    return odd * trials["trial"].astype(float) ** -power


def people_of(n_people=20, n_trials=20, noise=0.1, linear=False, seed=0):
    """Times whose logarithm, or which themselves, are linear in bits of power 0.5."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "participant": np.repeat(np.arange(n_people) + 1, n_trials),
            "trial": np.tile(np.arange(n_trials) + 1, n_people),
        }
    )
    table["group"] = np.where(table["participant"] % 2, "control", "variable")
    table["block"], table["sequence"], table["accuracy"] = "train", "1234", 0.5
    bits = decayed(table, 0.5) + rng.normal(0, noise / 0.3, len(table))
    own = rng.normal(0, 0.2, n_people).repeat(n_trials)
    log_time = 8 + 0.3 * bits + own
    table["recall_time_ms"] = 3000 + 1000 * (bits + own) if linear else np.exp(log_time)
    return table


def model_of(trials):
    """``surprisal_of`` for a table, and a list of how it was asked."""
    asked = []

    def surprisal_of(constants, participants):
        asked.append((constants, participants))
        mine = trials[trials["participant"].isin(participants)]
        bits = decayed(mine, constants["power"])
        return mine[["participant", "trial"]].assign(surprisal_bits=bits)

    return surprisal_of, asked


GRID = grid_settings({"power": [0.0, 0.25, 0.5, 0.75, 1.0]})


# -- nested fits --------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ["delta_log_likelihood", "spearman", "r2"])
def test_the_constant_that_made_the_times_is_chosen_in_every_fold(objective):
    trials = people_of(linear=objective != "delta_log_likelihood")
    surprisal_of, asked = model_of(trials)
    found = nested_fit(surprisal_of, GRID, trials, FitPlan(objective=objective, n_repeats=2))
    assert [constants["power"] for constants, _ in asked] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert set(found.folds["power"]) == {0.5}
    assert found.folds["repeat"].tolist() == [0] * 5 + [1] * 5
    assert set(found.folds["n_fit"]) == {16} and set(found.folds["n_held_out"]) == {4}
    assert (found.folds["held_out_value"] > 0.5).all()
    assert found.grid["power"].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert found.grid["value"].idxmax() == 2


def test_everyone_gets_the_surprisal_chosen_without_them():
    trials = people_of(noise=3.0)  # so noisy that folds choose differently
    surprisal_of, _ = model_of(trials)
    found = nested_fit(surprisal_of, GRID, trials, FitPlan(n_folds=10), model="mine")
    assert found.folds["power"].nunique() > 1
    assert found.surprisals["model"].unique().tolist() == ["mine"]
    merged = trials.merge(found.surprisals, on=["participant", "trial"], validate="1:1")
    assert len(merged) == len(trials)
    made = {
        person: {g["power"] for g in GRID if np.allclose(decayed(mine, g["power"]), bits)}
        for person, mine in merged.groupby("participant")
        for bits in [mine["surprisal_bits"]]
    }
    per_power = pd.Series([next(iter(p)) for p in made.values()]).value_counts().to_dict()
    expected = found.folds.groupby("power")["n_held_out"].sum().to_dict()
    assert per_power == expected


def test_held_out_people_do_not_choose():
    """Change the times of one fold: its constants and fitted value stay, the report changes."""
    trials = people_of()
    surprisal_of, _ = model_of(trials)
    plan = FitPlan(objective="r2")
    before = nested_fit(surprisal_of, GRID, trials, plan)
    mine = trials["participant"] == 7
    times = trials["recall_time_ms"].where(~mine, 5000 - 100.0 * trials["trial"])
    after = nested_fit(surprisal_of, GRID, trials.assign(recall_time_ms=times), plan)
    same = np.isclose(after.folds["fitted_value"], before.folds["fitted_value"])
    assert same.sum() == 1
    old, new = before.folds[same].iloc[0], after.folds[same].iloc[0]
    assert old["power"] == new["power"] and old["held_out_value"] != new["held_out_value"]


def test_people_without_a_trial_that_counts_are_no_obstacle():
    for objective in ("delta_log_likelihood", "r2"):
        trials = people_of(linear=objective == "r2")
        trials.loc[trials["participant"] == 3, "recall_time_ms"] = 50_000.0
        surprisal_of, _ = model_of(trials)
        found = nested_fit(surprisal_of, GRID, trials, FitPlan(objective=objective))
        assert set(found.folds["power"]) == {0.5}
        assert found.surprisals["participant"].nunique() == 20


def lose_trials(trials):
    def surprisal_of(constants, participants):
        bits = trials[["participant", "trial"]].assign(surprisal_bits=1.0)
        return bits[bits["trial"] > 1]

    return surprisal_of


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"grid": []}, "the grid has no points"),
        ({"objective": "best"}, "no objective 'best'"),
        ({"baseline": "z"}, "no baseline 'z'"),
        ({"baseline": "d"}, "baseline 'd' is not offered"),
        ({"outcome": "accuracy"}, "outcome 'accuracy' over baseline 'b' is not offered"),
        ({"block": "later"}, "there is no block"),
        ({"people": 1}, "one participant cannot be both"),
        ({"lose": True}, "20 of 400 trials have no finite surprisal"),
    ],
)
def test_nested_fits_that_cannot_be(arguments, message):
    trials = people_of()
    if arguments.pop("people", None):
        trials = trials[trials["participant"] == 1]
    surprisal_of = lose_trials(trials) if arguments.pop("lose", None) else model_of(trials)[0]
    grid = arguments.pop("grid", GRID)
    with pytest.raises(InputError, match=message):
        nested_fit(surprisal_of, grid, trials, FitPlan(**arguments))


# -- levels -------------------------------------------------------------------------------


def test_each_person_gets_the_level_that_made_their_times():
    rng = np.random.default_rng(1)
    trials = people_of()
    levels = rng.normal(size=(2, len(trials)))
    own = np.where(trials["participant"] <= 8, levels[0], levels[1])
    trials["recall_time_ms"] = np.exp(8 + 0.5 * own + rng.normal(0, 0.1, len(trials)))
    key = trials[["participant", "trial"]]
    bits = pd.concat([key.assign(model=f"level {k}", surprisal_bits=levels[k]) for k in (0, 1)])
    people, every = best_level_per_person(trials, bits)
    expected = np.where(people["participant"] <= 8, "level 0", "level 1")
    assert people["best_level"].tolist() == expected.tolist()
    assert (people["margin_nats"] > 0).all() and len(every) == 40
    best = every.groupby("participant")["gain_nats"].max()
    assert people["gain_nats"].tolist() == pytest.approx(best.tolist())


def test_levels_must_have_the_same_trials():
    trials = people_of()
    key = trials[["participant", "trial"]].assign(surprisal_bits=trials["trial"] * 1.0)
    bits = pd.concat([key.assign(model="0"), key[10:].assign(model="1")])
    with pytest.raises(InputError, match="'1'} 10 of 400 trials"):
        best_level_per_person(trials, bits)
    one = trials["participant"] == 1
    with pytest.raises(InputError, match="nobody is held out"):
        best_level_per_person(
            trials[one], key[one].assign(model="0", surprisal_bits=np.sin(key["trial"]))
        )


# -- recovery -----------------------------------------------------------------------------


def test_parameters_that_come_back_and_one_that_does_not():
    truths = [{"mean": float(k), "lost": float(k % 7)} for k in range(30)]

    def simulate(constants, rng):
        return constants["mean"] + rng.normal(0, 0.1, 50)

    def fit(data):
        return {"mean": data.mean() + 1, "lost": data[0] % 1}

    people, summary = parameter_recovery(simulate, fit, truths, seed=3)
    assert len(people) == 60
    found = summary.set_index("parameter")
    assert found.loc["mean", "rank_correlation"] == pytest.approx(1, abs=1e-3)
    assert found.loc["mean", "bias"] == pytest.approx(1, abs=0.05)
    assert abs(found.loc["lost", "rank_correlation"]) < 0.5
    assert found.loc["lost", "low"] < found.loc["lost", "rank_correlation"]
    again, _ = parameter_recovery(simulate, fit, truths[:5], seed=3)
    pd.testing.assert_frame_equal(again, people[:10])  # a person's data are their own


def test_fits_that_fail_are_counted():
    def fit(data):
        if data < 3:
            raise HvmError("no")
        return {"x": data}

    truths = [{"x": float(k)} for k in range(8)]
    _, summary = parameter_recovery(lambda constants, rng: constants["x"], fit, truths)
    assert summary.loc[0, ["n", "n_failed"]].tolist() == [5, 3]
    assert summary.loc[0, "rank_correlation"] == 1
    _, none = parameter_recovery(lambda constants, rng: 0, fit, truths)
    assert none.loc[0, "reason"] == "no fit succeeded"
    with pytest.raises(InputError, match="the fit gives no 'x'"):
        parameter_recovery(lambda constants, rng: 0, lambda data: {}, truths)
    with pytest.raises(InputError, match="no truths"):
        parameter_recovery(lambda constants, rng: 0, fit, [])


def test_a_parameter_that_never_varies_has_no_rank_correlation():
    truths = [{"x": 1.0}] * 5
    _, summary = parameter_recovery(
        lambda constants, rng: rng.normal(), lambda data: {"x": data}, truths
    )
    assert np.isnan(summary.loc[0, "rank_correlation"]) and "all equal" in summary.loc[0, "reason"]


def test_confusion_of_two_models_by_hand():
    simulators = {"low": lambda rng: rng.random(), "high": lambda rng: 0.5 + rng.random()}

    def choose(value):
        if value > 1.2:
            raise HvmError("beyond")
        return "low" if value < 0.75 else "high"

    found = model_recovery(simulators, choose, n_each=40, seed=1)
    assert found.columns.tolist() == ["low", "high", "undecided"]
    assert found.sum(axis=1).tolist() == [40, 40]
    assert found.loc["low", "undecided"] == 0 and found.loc["high", "undecided"] > 0
    draws = [np.random.default_rng([1, 0, i]).random() for i in range(40)]
    assert found.loc["low", "low"] == sum(draw < 0.75 for draw in draws)
    with pytest.raises(InputError, match="'third' is none of low, high"):
        model_recovery(simulators, lambda value: "third", n_each=1)
