"""hvm recall DIR --task NAME: every task end to end, from made files in the published formats."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from hvm.cli.app import run
from hvm.datasets.tasks import write_task
from hvm.recall.study import tables
from hvm.recall.study.study import redraw
from hvm.recall.tasks.registry import TASKS

NAMES = [name for name in TASKS if name != "keys"]
QUICK = ["--models", "bigram", "--draws", "20", "--folds", "2"]


def recall(capsys, folder, name, output, *options):
    status = run(["recall", str(folder), "--task", name, "-o", str(output), *QUICK, *options])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize("name", NAMES)
def test_a_task_runs_end_to_end(name, tmp_path, capsys):
    write_task(name, tmp_path / "made", 4)
    status, out, err = recall(capsys, tmp_path / "made", name, tmp_path / "study")
    assert status == 0, err
    task, study = TASKS[name], tmp_path / "study"
    assert "by key: nats gained" in out
    assert f"licence: {task.source.licence}" in err and task.source.place in err
    assert task.trial_is in err and "MADEUP" not in out + err
    config = json.loads((study / "config.json").read_text())
    assert config["task"]["name"] == name and config["task"]["licence"] == task.source.licence
    cuts = config["task"]["key_cuts"]
    assert cuts == {"shortest_ms": 100.0, "longest_ms": task.longest_ms}
    assert config["statistics"]["cuts"] == config["task"]["trial_cuts"]
    keys = pd.read_csv(study / tables.KEYS)
    gains = tables.read_table(study, tables.KEY_STATISTICS)
    gains = gains[gains["statistic"] == "delta_log_likelihood"]
    in_cuts = keys[keys["time_ms"].between(*cuts.values())]
    assert gains["n"].tolist() == [(in_cuts["block"] == block).sum() for block in gains["block"]]
    assert gains["value"].notna().all()
    report = (study / "report.html").read_text()
    assert "Key by key" in report and task.source.place in report
    everything = [p for p in study.rglob("*") if p.suffix in (".csv", ".json", ".html")]
    assert not any(b"MADEUP" in path.read_bytes() for path in everything)
    assert ("differ in length" in err) == ("differ in length" in report)


@pytest.fixture
def made(tmp_path):
    write_task("visual-pairs", tmp_path / "made", 4)
    return tmp_path / "made"


def test_cuts_are_of_events_and_redrawing_keeps_keys(made, tmp_path, capsys):
    study = tmp_path / "study"
    options = ["--shortest-ms", "300", "--longest-ms", "900", "--json"]
    status, out, _ = recall(capsys, made, "visual-pairs", study, *options)
    assert status == 0
    printed = json.loads(out)
    assert printed["key_rows"] and str(study / tables.KEYS) in printed["tables"]
    cuts = json.loads((study / "config.json").read_text())["task"]
    assert cuts["key_cuts"] == {"shortest_ms": 300.0, "longest_ms": 900.0}
    assert cuts["trial_cuts"] == {"shortest_ms": 2400.0, "longest_ms": 7200.0}
    before = (study / "report.html").read_bytes()
    redraw(study)
    assert (study / "report.html").read_bytes() == before


def test_a_study_of_trials_leaves_no_keys_of_a_task(made, tmp_path, capsys):
    study = tmp_path / "study"
    assert recall(capsys, made, "visual-pairs", study)[0] == 0
    write_task("recall-keys", tmp_path / "other", 4)
    trials = TASKS["recall-keys"].load(tmp_path / "other", {}).trials
    trials["sequence"] = trials["sequence"].map(" ".join)
    trials.to_csv(tmp_path / "trials.csv", index=False)
    assert run(["recall", str(tmp_path / "trials.csv"), "-o", str(study), *QUICK]) == 0
    assert "by key" not in capsys.readouterr().out
    assert not any((study / name).exists() for name in tables.KEY_TABLES)
    assert not list((study / "figures").glob("keys-*"))
    assert "Key by key" not in (study / "report.html").read_text()


def test_own_keys_with_names_of_their_own(made, tmp_path, capsys):
    keys = TASKS["visual-pairs"].load(made, {}).keys.table
    own = keys.rename(columns={"symbol": "asked", "time_ms": "ms"})
    own[["participant", "group", "trial", "position", "asked", "typed", "ms"]].to_csv(
        tmp_path / "own.csv", index=False
    )
    named = ["--column", "shown=asked", "--column", "time_ms=ms"]
    status, _, err = recall(capsys, tmp_path / "own.csv", "keys", tmp_path / "study", *named)
    assert status == 0, err
    assert len(pd.read_csv(tmp_path / "study" / tables.KEYS)) == len(keys)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("visual-pair", (), "there is no task 'visual-pair' (did you mean visual-pairs?)"),
        ("visual-pairs", ("--column", "participant=x"), "--column: files of visual-pairs are read"),
        ("visual-pairs", ("--decimal", ","), "--task reads files as they are published"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(name, options, message, made, tmp_path, capsys):
    status, out, err = recall(capsys, made, name, tmp_path / "study", *options)
    assert status == 2 and message in err and out == ""


def test_a_folder_needs_a_task(made, tmp_path, capsys):
    assert run(["recall", str(made), "-o", str(tmp_path / "study"), *QUICK]) == 2
    assert "is a folder: say --task, one of visual-pairs" in capsys.readouterr().err


def test_results_do_not_go_among_the_published_files(made, capsys):
    status, _, err = recall(capsys, made, "visual-pairs", made / "study")
    assert status == 2 and "is in the folder of published files" in err
