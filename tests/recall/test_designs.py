"""Designs of the recall task: any number of groups and blocks, of any names."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from hvm.cli.app import run
from hvm.errors import HvmWarning, InputError
from hvm.recall.statistics import baselines, comparisons, mixed_models, reliability, rows
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.contrasts import contrasts_of
from hvm.recall.statistics.exclusions import exclusions_table
from hvm.recall.statistics.fitting import best_level_per_person
from hvm.recall.statistics.lookup import StatisticsLookup
from hvm.recall.statistics.means import curves_table, means_table
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.study import curve_plots, figures, forest_plots, study, tables
from hvm.recall.study.plot_style import colours, colours_of
from hvm.recall.task.trials import as_trials, write_trials

FEW = StatisticsSettings(n_draws=20, n_splits=20, n_folds=2)


def people_of(groups=("a", "b", "c"), blocks=("train", "transfer"), n_people=4, n_trials=4):
    """People of each group in turn, so many trials a block, with bits of a model ``m``."""
    rng = np.random.default_rng(3)
    parts = []
    for number in range(n_people * len(groups)):
        trials = np.arange(1, n_trials * len(blocks) + 1)
        bits = rng.gamma(2, 2, len(trials))
        log_times = 8 - 0.2 * np.log(trials) + 0.05 * bits + rng.normal(0, 0.3)
        log_times += rng.normal(0, 0.2, len(trials))
        parts.append(
            pd.DataFrame(
                {
                    "participant": number + 1,
                    "group": groups[number % len(groups)],
                    "block": np.repeat(blocks, n_trials),
                    "trial": trials,
                    "sequence": [f"12{trial % 3}{number % 3}" for trial in trials],
                    "recall_time_ms": np.exp(log_times).round(),
                    "accuracy": rng.binomial(4, 0.7, len(trials)) / 4,
                    "bits": bits,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    bits = table[["participant", "trial"]].assign(model="m", surprisal_bits=table.pop("bits"))
    return table, bits


def statistics_of(table, bits, baselines="", **settings):
    settings = FEW._replace(**settings)
    return statistics_table(
        table, bits, baselines=baselines, outcomes=["log_time"], settings=settings
    )


# -- groups -------------------------------------------------------------------------------


def differences(found, outcome="recall_time_ms", model="people"):
    mine = found[(found["statistic"] == "group_difference") & (found["model"] == model)]
    mine = mine[(mine["outcome"] == outcome) & (mine["block"] == "train")]
    return mine.set_index("group")


def test_contrasts_of_three_groups_by_hand():
    """Everybody of a group has one time: 1000, 1300, 1900 ms, so no sample differs."""
    table, bits = people_of()
    table["recall_time_ms"] = table["group"].map({"a": 1000.0, "b": 1300.0, "c": 1900.0})
    table.loc[table["participant"] == 1, "recall_time_ms"] = 1400.0  # one of four of group a
    found = differences(statistics_of(table, bits))
    assert found["value"].to_dict() == {"a less c": -800, "b less c": -600, "a less b": -200}
    assert found["low"].to_dict()["b less c"] == found["high"].to_dict()["b less c"] == -600
    assert -900 <= found["low"]["a less b"] < -200 < found["high"]["a less b"] <= 100
    assert found["n_participants"].tolist() == [8, 8, 8] and found["n"].tolist() == [32] * 3
    found = differences(statistics_of(table, bits, reference="a"))
    assert found["value"].to_dict() == {"b less a": 200, "c less a": 800, "b less c": -600}


def test_two_groups_are_first_less_second_unless_a_reference_is_named():
    table, bits = people_of(["x", "y"])
    plain = differences(statistics_of(table, bits))
    named = differences(statistics_of(table, bits, reference="x"))
    same = differences(statistics_of(table, bits, reference="y"))
    assert plain.index.tolist() == [""] and named.index.tolist() == ["y less x"]
    assert named["value"].tolist() == [-plain["value"].iloc[0]]
    assert same.loc["x less y", ["value", "low", "high"]].tolist() == (
        plain.loc["", ["value", "low", "high"]].tolist()
    )


def test_names_of_contrasts_are_never_the_same():
    names = [each.name for each in contrasts_of(["a", "a less b", "b less c", "c"])]
    assert len(set(names)) == 6 and "a less 'b less c'" in names


def test_a_group_that_a_model_lacks_is_a_reason():
    table, bits = people_of()
    some = bits[bits["participant"].isin(table[table["group"] != "b"]["participant"])]
    found = differences(statistics_of(table, some), "surprisal_bits", "m")
    assert np.isfinite(found["value"]["a less c"])
    assert found["reason"]["a less b"] == "a group of the two has no trials"


@pytest.mark.parametrize("model", ["group_x_practice", "b", "b_main"])
def test_group_and_practice_of_three_groups_is_that_of_columns_written_out(model):
    table, _ = people_of()
    trial = table["trial"].to_numpy(float)
    written = [np.log(trial), trial]
    for group in ("a", "b"):
        marker = np.array([1.0 if each == group else 0.0 for each in table["group"]])
        main = [] if model == "b" else [marker]
        written += [*main, marker * np.log(trial), marker * trial]
    if model == "group_x_practice":
        base = baselines.practice_columns(table, "a")
        found = np.column_stack([base, baselines.added_columns(table, model)])
    else:
        found = baselines.practice_columns(table, model)
    np.testing.assert_array_equal(found, np.column_stack(written))


def test_the_gain_of_group_and_practice_is_a_difference_of_likelihoods():
    """Twin: two mixed models on columns written out, with a mark of every group but one."""
    table, _ = people_of(n_trials=8)
    y, people = np.log(table["recall_time_ms"].to_numpy()), table["participant"].to_numpy() - 1
    trial = table["trial"].to_numpy(float)
    base = [np.ones(len(trial)), np.log(trial), trial]
    marks = [(table["group"] == group).to_numpy(float) for group in ("b", "c")]  # others marked
    full = base + [mark * each for mark in marks for each in base]
    likelihoods = []
    for columns in (base, full):
        fixed = np.column_stack(columns)
        fixed[:, 1:] = (fixed[:, 1:] - fixed[:, 1:].mean(0)) / fixed[:, 1:].std(0)
        sums = mixed_models.sums_of(y, fixed, fixed[:, :1], people)
        likelihoods.append(mixed_models.fit(sums).log_likelihood)
    folds = {name: name % 2 for name in range(1, 13)}
    gain = comparisons.Comparison(folds).gain(table, "group_x_practice", "a", "log_time")
    assert gain.inside.sum() == pytest.approx(likelihoods[1] - likelihoods[0], abs=1e-5)
    assert np.isfinite(gain.held_out).all()


def test_baseline_d_is_each_of_three_groups_alone():
    table, bits = people_of()
    counted = rows.join(table, bits)
    comparison = comparisons.Comparison({name: name % 2 for name in range(1, 13)})
    gain = comparison.gain(counted, "m", "d", "log_time")
    assert len(gain.slopes) == 3
    for number, group in enumerate("abc"):
        alone = comparison.gain(counted[counted["group"] == group], "m", "a", "log_time")
        assert gain.inside[gain.groups == number] == pytest.approx(alone.inside)


def test_samples_and_folds_keep_six_groups():
    groups = np.repeat(np.arange(6), 4)
    weights = reliability.resamples(groups, 50, np.random.default_rng(0))
    folds = comparisons.folds_of(groups, 2, np.random.default_rng(0))
    for group in range(6):
        assert set(weights[:, groups == group].sum(axis=1)) == {4}
        assert np.bincount(folds[groups == group]).tolist() == [2, 2]


def test_an_unknown_reference_names_the_groups_before_anything_runs(tmp_path, capsys):
    table, bits = people_of(["low", "mid", "high"])
    with pytest.raises(InputError, match=r"trials: there is no group 'mild'.*did you mean 'mid'"):
        statistics_of(table, bits, reference="mild")
    write_trials(tmp_path / "t.csv", as_trials(table))
    given = [tmp_path / "t.csv", "--reference", "none", "-o", tmp_path / "out"]
    assert run(["recall", *map(str, given)]) == 2
    said = capsys.readouterr().err
    assert "t.csv: there is no group 'none'" in said and said.count("\n") == 1
    assert "name one of 'high', 'low', 'mid'" in said and not (tmp_path / "out").exists()


def test_groups_that_read_the_same_are_refused():
    table, _ = people_of(["naïve", "nai\u0308ve", "A", "a"])
    told = r"row 8, group: 'nai\\u0308ve' and 'na\\xefve' on row 0 read as one name"
    with pytest.raises(InputError, match=told):
        as_trials(table)
    as_trials(table[table["group"].isin(["A", "a"])])


# -- blocks -------------------------------------------------------------------------------

FIVE = ("warm-up", "A/1", "..", "b", "again")


def test_five_blocks_come_in_the_order_of_trials():
    table, bits = people_of(["x", "y"], FIVE)
    assert checked_trials(as_trials(table)).blocks == FIVE
    assert statistics_of(table, bits)["block"].unique().tolist() == list(FIVE)
    for found in (curves_table(table, bits, FEW), means_table(table, bits, FEW)):
        assert found[found["model"] == "m"]["block"].unique().tolist() == list(FIVE)
    assert exclusions_table(table)["block"].unique().tolist() == list(FIVE)


def test_renamed_blocks_give_the_same_numbers():
    table, bits = people_of()
    renamed = table.assign(block=table["block"].map({"train": "z first", "transfer": "a last"}))
    left, right = statistics_of(table, bits, "bd"), statistics_of(renamed, bits, "bd")
    names = {"z first": "train", "a last": "transfer"}
    pd.testing.assert_frame_equal(left, right.assign(block=right["block"].map(names)))


def test_a_fit_is_on_the_first_block_or_one_that_is_named():
    table, bits = people_of(["x", "y"], ["p", "q"])
    first, same, other = (
        best_level_per_person(table, bits, n_folds=2, block=block)[1]["gain_nats"].tolist()
        for block in (None, "p", "q")
    )
    assert first == same != other
    with pytest.raises(InputError, match="there is no block 'train': there are 'p', 'q'"):
        best_level_per_person(table, bits, block="train")


def test_blocks_in_other_orders_name_two_participants_and_lines(tmp_path):
    table, bits = people_of(["x", "y"], ["one", "two"], 2, 2)
    other = table["participant"] == 3
    table.loc[other, "block"] = table.loc[other, "block"].map({"one": "two", "two": "one"})
    path = tmp_path / "t.csv"
    path.write_text(table.to_csv(index=False))
    from hvm.recall.task.trials import read_trials

    with pytest.raises(InputError) as error:
        read_trials(path)
    assert str(error.value).startswith(
        f"{path}: line 10, block: participant 3 comes to 'two' before 'one', but participant 1 to "
        "'one' (line 2) before 'two' (line 4): "
    )
    with pytest.raises(InputError, match="trials: row 9, block: participant 3 comes to 'two'"):
        statistics_of(table, bits)


def test_people_may_lack_blocks_and_blocks_may_alternate():
    table = pd.DataFrame(
        [(1, "p", 1), (1, "q", 2), (1, "p", 3), (2, "q", 1), (2, "r", 2), (3, "r", 1)],
        columns=["participant", "block", "trial"],
    ).assign(group="g", sequence="12", recall_time_ms=900, accuracy=1)
    assert checked_trials(as_trials(table)).blocks == ("p", "q", "r")
    circle = pd.concat([table, table[4:].assign(participant=4, trial=[1, 2], block=["r", "p"])])
    with pytest.raises(InputError, match="no one order of blocks fits everybody"):
        as_trials(circle)


def test_the_pair_of_blocks_that_is_named_follows_in_one_order_and_is_turned_in_the_other():
    """A thousand blocks, the last two turned; a participant with another block between them."""
    names = [f"b{number}" for number in range(1000)]
    orders = [("only",), names, ["else", *names[:-2], *names[:-3:-1]]]
    parts = [pd.DataFrame({"participant": n, "block": order}) for n, order in enumerate(orders)]
    table = pd.concat(parts).assign(group="g", sequence="12", recall_time_ms=900, accuracy=1)
    table["trial"] = table.groupby("participant").cumcount() + 1
    told = "participant 2 comes to 'b999' before 'b998', but participant 1 to 'b998' "
    with pytest.raises(InputError, match=told):
        as_trials(table)


def test_a_block_or_group_of_one_participant_alone_is_told():
    table, _ = people_of(["x", "y"], n_people=4)
    slip = (table["participant"] == 2) & (table["trial"] == 3)
    with pytest.warns(HvmWarning) as told:
        as_trials(table.assign(block=table["block"].mask(slip, "trian")))
    (warning,) = told
    assert str(warning.message) == (
        "table: row 10, block: only participant 2 has 'trian': did you mean 'train'?"
    )
    who = table["participant"]
    with pytest.warns(
        HvmWarning, match=r"row 0, group: only participant 1 has 'q' \(1 more like it\)$"
    ):
        as_trials(table.assign(group=table["group"].mask(who == 1, "q").mask(who == 2, "r")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        as_trials(table)
        as_trials(people_of(["x", "y", "z"], n_people=1)[0])  # nobody shares a group


def test_names_of_figures_are_safe_and_apart():
    names = [*FIVE, "a_1", "A 1", "é", "x" * 300, "con", "B"]
    stems = tables.block_stems(names)
    assert list(stems) == names and stems["b"] == "b" and stems["a_1"] == "a_1"
    assert len({stem.lower() for stem in stems.values()}) == len(names)
    for stem in stems.values():
        assert figures._IS_OURS(f"gains-{stem}.png") and figures._IS_OURS(f"{stem}-difference.png")
        assert not {"/", "\\", ".", " "} & set(stem) and len(stem) < 30
    assert not figures._IS_OURS("my-notes.png") and not figures._IS_OURS("learning-curves.png")


# -- figures and the report ---------------------------------------------------------------


def test_a_study_of_odd_groups_and_blocks(tmp_path):
    groups = ("0", "people", "_$x_1$ <b>")
    table, _ = people_of(groups, ("A/1", "<i>"), 2, 3)
    write_trials(tmp_path / "t.csv", as_trials(table))
    out = tmp_path / "out"
    given = ["recall", str(tmp_path / "t.csv"), "--models", "hvm", "--draws", "20", "--folds", "2"]
    assert run([*given, "--reference", "0", "-o", str(out)]) == 0
    drawn = {path.name for path in (out / "figures").iterdir()}
    stems = ("a_1-1", "i-2")
    assert drawn == {
        "learning-curves.png",
        "verdict.png",
        *(f"{kind}-{stem}.png" for kind in ("gains", "scatter") for stem in stems),
        *(f"lexicon-{who}-{stem}.png" for who in (1, 2, 3) for stem in stems),
        "i-2-difference.png",
    }
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", "out"}
    config = json.loads((out / "config.json").read_text())
    assert config["statistics"]["reference"] == "0"
    assert list(config["trials"]["blocks"]) == ["A/1", "<i>"]
    text = (out / tables.REPORT).read_text("utf-8")
    assert "<b>" not in text and "<i>" not in text and text.count("<img") == len(drawn)
    assert "is 0: without <code>--reference</code>" in text and "people less 0" in text


def test_one_group_and_one_block(tmp_path):
    table, _ = people_of(["all"], ["only"])
    write_trials(tmp_path / "t.csv", as_trials(table))
    found = study.run_study(
        tmp_path / "t.csv", tmp_path / "out", study.Plan({"bigram": {}}, statistics=FEW)
    )
    assert (tmp_path / "out" / "figures" / "gains-only.png").is_file()
    assert not list((tmp_path / "out" / "figures").glob("*difference*"))
    reasons = found[found["statistic"] == "group_difference"]["reason"]
    assert set(reasons) == {"there is one group"}
    assert "There is one group" in (tmp_path / "out" / tables.REPORT).read_text("utf-8")


def test_each_group_has_its_colour_and_its_name():
    groups = [f"group {number}" for number in range(6)]
    table, bits = people_of(groups, n_people=2)
    curves = curves_table(table, bits, FEW)
    assert len(set(colours_of(groups).values())) == 6 and len(set(colours(40))) == 40
    axes = curve_plots.learning_curves(curves.replace({"group 0": "_$first"}))
    (legend,) = axes[0].get_figure().legends
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown == sorted(["_$first", *groups[1:]])
    assert not any(text.get_parse_math() for text in legend.get_texts())


def test_differences_are_drawn_by_contrast():
    found = statistics_of(*people_of(n_people=2))
    axes = forest_plots.group_differences(found, "train")
    people = differences(found)
    points = [line.get_xdata()[0] for line in axes[0].lines if line.get_marker() != "None"]
    assert points == people["value"].tolist()
    (legend,) = axes[0].get_figure().legends
    assert [text.get_text() for text in legend.get_texts()] == people.index.tolist()
    many = StatisticsLookup(statistics_of(*people_of([*"abcdef"], n_people=2)))
    assert len(many.contrasts) == 15
    assert list(forest_plots.contrasts_shown(many)) == [f"{group} less f" for group in "abcde"]
