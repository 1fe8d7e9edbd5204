"""Statistics by key: the baseline's columns, gains against a fit by hand, errors, positions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hvm.recall.models.registry import make_model
from hvm.recall.models.running import run_model
from hvm.recall.models.typed import WrongBits, typed_bits
from hvm.recall.statistics.key_rows import KeyDesign, baseline_columns, timed_keys
from hvm.recall.statistics.key_table import (
    KEY_POSITION_COLUMNS,
    KEY_STATISTICS_COLUMNS,
    KeyBits,
    key_positions,
    key_statistics,
    shown_bits,
)
from hvm.recall.statistics.rows import Cuts
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.task.keys import as_keys
from hvm.recall.task.trials import as_trials
from hvm.worlds.recall_task import RECALL_GROUPS, recall_sequences

NAN = float("nan")
FEW = StatisticsSettings(n_draws=50, n_folds=4)
CUTS = Cuts(100.0, 5000.0)


def tables(n_people=8, n_trials=12, slope=0.0, error_of=None, seed=1):
    """Keys and trials of made people: log time follows the last digit's slope, and chance."""
    rng = np.random.default_rng(seed)
    keys, trials = [], []
    for person in range(n_people):
        about = {"participant": f"p{person}", "group": "ab"[person % 2], "block": "one"}
        level = 0.3 * rng.standard_normal()
        for trial in range(1, n_trials + 1):
            symbols = rng.choice(list("123"), 5).tolist()
            trials.append({**about, "trial": trial, "sequence": symbols, "recall_time_ms": NAN})
            for position, symbol in enumerate(symbols, 1):
                time = np.exp(6.3 + level + slope * int(symbol) + 0.3 * rng.standard_normal())
                typed = symbol if rng.random() < 0.8 else (error_of or "1")
                key = {**about, "trial": trial, "position": position, "symbol": symbol}
                keys.append({**key, "typed": typed, "time_ms": time, "accuracy": typed == symbol})
    frame = pd.DataFrame(trials).assign(accuracy=NAN)
    return as_keys(pd.DataFrame(keys).astype({"accuracy": float})), as_trials(frame)


def digits(keys):
    return keys.table["symbol"].astype(float).to_numpy()


# -- the baseline -----------------------------------------------------------------------------


def hand_made(**columns):
    about = {"participant": "p", "group": "g", "block": "b", "trial": [1, 1, 1, 2]}
    about |= {"position": [1, 2, 3, 1], "symbol": ["x", "x", "y", "y"], "typed": ""}
    about |= {"time_ms": [200, 50, 300, 400], "accuracy": NAN} | columns
    trials = {"participant": "p", "group": "g", "block": "b", "trial": [1, 2]}
    trials |= {"sequence": [["x", "x", "y"], ["y"]], "recall_time_ms": NAN, "accuracy": NAN}
    return as_keys(pd.DataFrame(about)), as_trials(pd.DataFrame(trials))


def test_what_is_known_of_a_key_without_a_model():
    keys, trials = hand_made(distance=[NAN, 1.0, 2.0, 3.0])
    design = KeyDesign(CUTS, ("distance", "none"), group_of=2)
    rows = timed_keys(keys, trials, design)
    assert rows.index.tolist() == [0, 2, 3]  # 50 ms are too short
    assert rows["begins_group"].tolist() == [0, 1, 0]
    assert rows["repeats"].tolist() == [0, 0, 0]
    assert rows["log_time_before"].isna().all()  # the key before the third does not count
    np.testing.assert_allclose(rows["log_time"], np.log([200, 300, 400]))
    columns = baseline_columns(rows, design)
    # log trial, trial; marks of three positions, position, begins, repeats; distance, none and time
    # before, each beside what marks that it is missing; practice of keys without a time before
    expected = [
        [0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1],
        [0, 1, 0, 0, 1, 3, 1, 0, 2, 0, 0, 1, 0, 1, 0, 1],
        [np.log(2), 2, 1, 0, 0, 1, 0, 0, 3, 0, 0, 1, 0, 1, np.log(2), 2],
    ]
    np.testing.assert_allclose(columns, expected)


def test_a_stream_goes_on_from_trial_to_trial():
    keys, trials = hand_made()
    rows = timed_keys(keys, trials, KeyDesign(Cuts(10, 5000), is_stream=True))
    np.testing.assert_allclose(rows["log_time_before"], [NAN, *np.log([200, 50, 300])])
    assert rows["repeats"].tolist() == [0, 1, 0, 0]
    apart = timed_keys(keys, trials, KeyDesign(Cuts(10, 5000)))
    np.testing.assert_allclose(apart["log_time_before"], [NAN, *np.log([200, 50]), NAN])


# -- gains ------------------------------------------------------------------------------------


def by_name(table, model="digit"):
    return table[table["model"] == model].set_index("statistic").to_dict("index")


def test_a_gain_is_the_difference_of_two_fits_by_hand():
    """Against a dense marginal likelihood, its variances searched by Nelder and Mead."""
    from scipy.optimize import minimize

    keys, trials = tables(3, 4, slope=0.2)
    design = KeyDesign(CUTS)
    found = by_name(key_statistics(keys, trials, {"digit": KeyBits(digits(keys))}, design, FEW))
    rows = timed_keys(keys, trials, design)
    base = np.column_stack([np.ones(len(rows)), baseline_columns(rows, design)])
    people = pd.factorize(rows["participant"])[0]
    same = (people[:, None] == people[None, :]).astype(float)

    def best(columns):
        y = rows["log_time"].to_numpy()

        def loss(logs):
            cover = np.exp(logs[0]) * np.eye(len(y)) + np.exp(logs[1]) * same
            inverse = np.linalg.inv(cover)
            solved = np.linalg.lstsq(columns.T @ inverse @ columns, columns.T @ inverse @ y)[0]
            rest = y - columns @ solved
            determinant = np.linalg.slogdet(cover)[1]
            return 0.5 * (len(y) * np.log(2 * np.pi) + determinant + rest @ inverse @ rest)

        options = {"xatol": 1e-4, "fatol": 1e-6, "maxiter": 400}
        return -minimize(loss, [-2.0, -2.0], method="Nelder-Mead", options=options).fun

    bits = digits(keys)[rows.index]
    expected = best(np.column_stack([base, bits])) - best(base)
    assert found["delta_log_likelihood"]["value"] == pytest.approx(expected, abs=1e-2)


def test_an_effect_is_found_and_none_is_not():
    keys, trials = tables(10, 20, slope=0.15)
    nothing = np.random.default_rng(3).random(len(keys))
    bits = {"digit": KeyBits(digits(keys)), "noise": KeyBits(nothing)}
    table = key_statistics(keys, trials, bits, KeyDesign(CUTS), FEW)
    assert tuple(table.columns) == KEY_STATISTICS_COLUMNS
    digit, noise = by_name(table), by_name(table, "noise")
    assert digit["slope"]["low"] < 0.15 < digit["slope"]["high"]
    assert digit["cv_delta_log_likelihood"]["low"] > 20
    assert abs(noise["delta_log_likelihood"]["value"]) < 4
    assert noise["slope"]["low"] < 0 < noise["slope"]["high"]
    again = key_statistics(keys, trials, bits, KeyDesign(CUTS), FEW)
    pd.testing.assert_frame_equal(again, table)


def test_what_adds_nothing_or_cannot_be_fitted_says_so():
    keys, trials = tables(3, 4)
    same = {"digit": KeyBits(np.ones(len(keys)))}
    found = by_name(key_statistics(keys, trials, same, KeyDesign(CUTS), FEW))
    assert found["delta_log_likelihood"]["value"] == 0
    assert "adds nothing" in found["slope"]["reason"]
    none = by_name(key_statistics(keys, trials, same, KeyDesign(Cuts(1e6, 2e6)), FEW))
    assert none["delta_log_likelihood"]["reason"] == "no key whose time counts"
    keys, trials = tables(1, 6)
    alone = {"digit": KeyBits(digits(keys))}
    found = by_name(key_statistics(keys, trials, alone, KeyDesign(CUTS), FEW))
    assert found["cv_delta_log_likelihood"]["reason"] == "one participant: nobody is held out"


def test_what_depends_on_position_and_practice_alone_is_no_gain():
    """Slow first keys, practice that differs between people, residuals that go on: no gain."""
    n_above = {"bigram": 0, "hcm": 0}
    for seed in range(10):
        keys, trials = without_effect(seed)
        bits = {
            name: KeyBits(shown_bits(keys, trials, run_model(make_model(name), trials)))
            for name in n_above
        }
        table = key_statistics(keys, trials, bits, KeyDesign(CUTS, group_of=4), FEW)
        for name in n_above:
            n_above[name] += by_name(table, name)["cv_delta_log_likelihood"]["low"] > 0
    assert max(n_above.values()) <= 1, n_above


def without_effect(seed, n_people=12, n_trials=20):
    """Keys of the recall task whose times follow practice and position, and each other."""
    rng = np.random.default_rng(seed)
    keys, trials = [], []
    for person in range(n_people):
        group = RECALL_GROUPS[person % 2]
        sequences, _ = recall_sequences(group, int(rng.integers(1 << 32)))
        about = {"participant": f"p{person}", "group": group, "block": "train"}
        level, rate, rest = 0.3 * rng.standard_normal(), 0.08 * rng.standard_normal() - 0.25, 0.0
        for trial, sequence in enumerate(sequences[:n_trials].astype(str).tolist(), 1):
            trials.append({**about, "trial": trial, "sequence": sequence, "recall_time_ms": NAN})
            for position, symbol in enumerate(sequence, 1):
                rest = 0.4 * rest + 0.3 * rng.standard_normal()
                place = 0.5 * (position == 1) + 0.15 * (position in (5, 9))
                time = np.exp(6.2 + level + rate * np.log(trial) + place + rest)
                key = {**about, "trial": trial, "position": position, "symbol": symbol}
                keys.append({**key, "typed": symbol, "time_ms": time, "accuracy": 1.0})
    return as_keys(pd.DataFrame(keys)), as_trials(pd.DataFrame(trials).assign(accuracy=NAN))


# -- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bigram", "hcm"])
def test_wrong_keys_are_asked_for_before_the_trial_is_learned(name):
    keys, trials = tables(3, 6)
    found, outside = typed_bits(make_model(name), trials, keys)
    model, code_of = make_model(name), {s: c for c, s in enumerate(trials.symbols)}
    for person in trials.participants():
        model.begin(len(trials.symbols))
        for trial, sequence in enumerate(person.sequences, 1):
            of_trial = (keys.table["participant"] == person.name) & (keys.table["trial"] == trial)
            for at, key in keys.table[of_trial].iterrows():
                if key["typed"] == key["symbol"]:
                    assert np.isnan(found[at])
                    continue
                all_bits = []
                for code in range(-1, len(trials.symbols)):
                    prefix = sequence[: key["position"] - 1]
                    all_bits.append(model.surprisal(np.append(prefix, np.int32(code)))[-1])
                assert sum(2.0 ** -np.array(all_bits)) == pytest.approx(1, abs=1e-8)
                assert found[at] == all_bits[1 + code_of[key["typed"]]]
                assert outside[at] == all_bits[0]
            model.observe(sequence)


def test_bits_of_shown_keys_are_those_of_the_run():
    keys, trials = tables(2, 3)
    run = run_model(make_model("bigram"), trials)
    joined = keys.table.merge(run, on=["participant", "trial", "position"])
    assert shown_bits(keys, trials, run).tolist() == joined["surprisal_bits"].tolist()


def test_a_wrong_key_is_compared_with_chance_among_wrong_keys():
    keys, trials = tables(6, 8, error_of="1")
    shown = np.full(len(keys), 1.0)  # .5; of two wrong keys, one gets .32 and one .08, others .1
    typed, outside = (np.where(keys.wrong, -np.log2(p), NAN) for p in (0.32, 0.1))
    bits = {"digit": KeyBits(shown, WrongBits(typed, outside))}
    found = by_name(key_statistics(keys, trials, bits, KeyDesign(CUTS), FEW))
    assert found["wrong_log2_probability"]["value"] == pytest.approx(np.log2(0.32))
    assert found["wrong_log2_share"]["value"] == pytest.approx(np.log2(0.8))
    assert found["wrong_gain_bits"]["value"] == pytest.approx(np.log2(0.8) + 1)
    assert found["wrong_gain_bits"]["n"] == keys.wrong.sum()
    nowhere = np.full(len(keys), NAN)
    right = {"digit": KeyBits(shown, WrongBits(nowhere, nowhere))}
    none = by_name(key_statistics(keys, trials, right, KeyDesign(CUTS), FEW))
    assert none["wrong_gain_bits"]["reason"] == "no wrong key that is known"


def test_a_key_that_is_never_shown_is_not_asked_for():
    keys, trials = tables(2, 4, error_of="key 99")
    assert keys.wrong.any()
    assert np.isnan(typed_bits(make_model("bigram"), trials, keys)).all()


# -- positions --------------------------------------------------------------------------------


def test_accuracy_and_time_by_position():
    keys, _ = tables(6, 10)
    table = key_positions(keys, KeyDesign(CUTS), FEW)
    assert tuple(table.columns) == KEY_POSITION_COLUMNS
    for outcome in ("accuracy", "time_ms"):
        rows = table[(table["outcome"] == outcome) & (table["group"] == "a")]
        assert rows["position"].tolist() == [1, 2, 3, 4, 5]
        assert (rows["low"] <= rows["value"]).all() and (rows["value"] <= rows["high"]).all()
    of_first = keys.table[(keys.table["position"] == 1) & (keys.table["group"] == "a")]
    first = table[(table["position"] == 1) & (table["group"] == "a")].set_index("outcome")["value"]
    assert first["accuracy"] == pytest.approx(of_first["accuracy"].mean())
    assert first["time_ms"] == pytest.approx(np.exp(np.log(of_first["time_ms"]).mean()))
