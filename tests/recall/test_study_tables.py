"""Studies of tables in other dialects, and of tables in memory: what is said, kept and refused."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

from hvm.cli.app import run
from hvm.errors import HvmWarning, InputError
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import COLUMNS
from hvm.recall.study import study
from hvm.recall.study.plausible import require_times
from hvm.recall.study.published import read_published
from hvm.recall.study.tables import CONFIG, StudyFiles, read_table
from hvm.recall.task.dialect import TableOptions
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials, read_trials

CUTS = StatisticsSettings().cuts
QUICK = ["--models", "bigram", "--draws", "20", "--folds", "2"]
FEW = StatisticsSettings(n_draws=20, n_splits=20, n_folds=2)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No fits and figures: they take seconds, and means show what was read as well."""
    nothing = pd.DataFrame(columns=list(COLUMNS))
    monkeypatch.setattr(study, "statistics_table", lambda *args, **settings: nothing)
    monkeypatch.setattr(study, "redraw", lambda folder, suffix: None)


@pytest.fixture(scope="module")
def table():
    """Two participants, ten trials of each block."""
    trials = synthetic_trials(2)
    return trials[trials["trial"].between(31, 50)].assign(trial=lambda rows: rows["trial"] - 30)


def seconds(table):
    return table.assign(recall_time_ms=table["recall_time_ms"] / 1000)


def test_a_table_in_another_dialect_is_the_same_study(table, tmp_path, capsys):
    table.to_csv(tmp_path / "plain.csv", index=False)
    renamed = seconds(table).rename(columns={"participant": "ID", "recall_time_ms": "rt"})
    path = tmp_path / "german.csv"
    renamed.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-16")
    options = ["--column", "participant=ID", "--column", "recall_time_ms=rt", "--time-unit", "s"]
    assert run(["recall", str(path), *options, *QUICK, "-o", str(tmp_path / "b")]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == (
        f"hvm: {path}: utf-16, cells between semicolons, decimal commas, one symbol a character, "
        "times in s, participant from 'ID', recall_time_ms from 'rt'"
    )
    assert run(["recall", str(tmp_path / "plain.csv"), *QUICK, "-o", str(tmp_path / "a")]) == 0
    for name in ("means.csv", "curves.csv", "surprisal_trials.csv", "exclusions.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    config = json.loads((tmp_path / "b" / CONFIG).read_text())["trials"]
    assert config["read_as"] == {
        "encoding": "utf-16",
        "delimiter": ";",
        "decimal": ",",
        "separator": "none",
        "time_unit": "s",
        "columns": {"participant": "ID", "recall_time_ms": "rt"},
    }


def test_a_frame_is_studied_where_a_path_is(table, tmp_path):
    plan = study.Plan({"bigram": {}}, statistics=FEW)
    table.to_csv(tmp_path / "t.csv", index=False)
    said = []
    study.run_study(tmp_path / "t.csv", tmp_path / "a", plan)
    study.run_study(table, tmp_path / "b", plan, tell=said.append)
    for name in ("means.csv", "curves.csv", "surprisal_trials.csv", "exclusions.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert said == ["table: one symbol a character, times in ms"]
    config = json.loads((tmp_path / "b" / CONFIG).read_text())["trials"]
    assert config["file"] is None
    assert config["sha256"] == hashlib.sha256(read_trials(table).csv()).hexdigest()
    assert config["read_as"]["encoding"] is None
    assert StudyFiles(tmp_path / "b").trials_name == "a table in memory"


def test_a_plan_says_how_a_table_is_read(table, tmp_path):
    renamed = table.rename(columns={"participant": "who"})
    options = TableOptions(columns={"participant": "who"})
    plan = study.Plan({"bigram": {}}, statistics=FEW, table=options)
    study.run_study(renamed, tmp_path, plan)
    assert len(read_table(tmp_path, "means.csv")) == 2 * 20


def test_times_in_seconds_are_refused_with_the_option_that_reads_them(table, tmp_path, capsys):
    seconds(table).to_csv(tmp_path / "t.csv", index=False)
    arguments = ["recall", str(tmp_path / "t.csv"), *QUICK, "-o", str(tmp_path / "out")]
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "t.csv: recall_time_ms: half of the times" in said
    assert "40 of 40 would be excluded as shorter than 500 ms: if they are seconds, say" in said
    assert "--time-unit s;" in said
    assert not (tmp_path / "out").exists()
    assert run([*arguments, "--time-unit", "s"]) == 0
    assert run([*arguments, "--shortest-ms", "1"]) == 0
    config = json.loads((tmp_path / "out" / CONFIG).read_text())
    assert config["statistics"]["cuts"] == {"shortest_ms": 1, "longest_ms": 20_000}


def test_half_of_the_times_may_be_short_and_missing_ones_do_not_count(table):
    times = [100.0] * 20 + [900.0] * 20
    require_times(as_trials(table.assign(recall_time_ms=times)), CUTS, "t")
    require_times(as_trials(table.assign(recall_time_ms=None)), CUTS, "t")
    times[20:40] = [None] * 20
    with pytest.raises(InputError, match="20 of 20 would be excluded as shorter"):
        require_times(as_trials(table.assign(recall_time_ms=times)), CUTS, "t")


def test_most_times_too_long(table):
    milliseconds = read_trials(table, time_unit="s")
    with pytest.raises(InputError, match="are they milliseconds, not seconds"):
        require_times(milliseconds, CUTS, "t")
    with pytest.warns(HvmWarning, match="40 of 40 are excluded as longer than 20000 ms"):
        require_times(as_trials(table.assign(recall_time_ms=50_000)), CUTS, "t")


def test_published_series_come_in_dialects_too(table, tmp_path):
    trials = as_trials(table)
    series = table[["participant", "trial"]].assign(model="m", nll_nats=1.5)
    path = tmp_path / "series.csv"
    series.to_csv(path, index=False)
    plain = read_published(path, trials)
    text = "sep=;\n" + series.to_csv(index=False, sep=";", decimal=",")
    path.write_bytes(text.encode("utf-16"))
    pd.testing.assert_frame_equal(read_published(path, trials), plain)
    path.write_bytes(text.replace("1,5", "x", 1).encode("utf-16"))
    with pytest.raises(InputError, match=r"series.csv: line 3, nll_nats: 'x' is not a number"):
        read_published(path, trials)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--column", "participant"], "--column 'participant': is not like participant=subject"),
        (["--column", "who=ID"], "--column who=ID: 'who' is none of participant, group"),
        (
            ["--column", "group=a", "--column", "group=b"],
            "--column 'group=b': group is 'a'",
        ),
        (["--decimal", "x"], "decimal sign must be one of ., ,, not 'x'"),
        (["--delimiter", "ab"], "delimiter must be one character, not 'ab'"),
        (["--encoding", "latn"], "encoding: there is none called 'latn'"),
    ],
)
def test_wrong_options_are_one_line(table, options, said, tmp_path, capsys):
    table.to_csv(tmp_path / "t.csv", index=False)
    assert run(["recall", str(tmp_path / "t.csv"), *options, "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and said in error
