"""The folder human_data: tidy tables from the published files, and the made-up participants."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hvm
from hvm.cli.app import run
from hvm.data import registry
from hvm.data.registry import DataFile
from hvm.errors import HvmError, InputError
from hvm.recall.task.schema import COLUMNS
from hvm.recall.task.simulate import synthetic_trials, write_synthetic_trials
from hvm.recall.task.trials import as_trials, read_trials
from hvm.worlds.recall_task import RECALL_SLOTS

FOLDER = Path(__file__).parents[2] / "human_data"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "prepare.py").is_file(), reason="only in a checkout of the repository"
)


def script(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def prepare():
    return script("prepare")


# -- the published files ----------------------------------------------------------------------

KEYS = "['S', 'D', 'F', 'J', 'K', 'L']"
SHOWN = ("SDFJKLSDFJKL", "LKJFDSLKJFDS", "SSDDFFJJKKLL")
SEQUENCES = ("123456123456", "654321654321", "112233445566")


@pytest.fixture
def raw(tmp_path):
    """One made-up participant, two training trials and one of transfer, as they are published."""
    folder = tmp_path / "raw"
    folder.mkdir()
    accuracy = [
        "ID,age,blockcollect,bonus,condition,correctcollect,feedback,gender,keyassignment,"
        "levinsteinacc,timecollect,trialcollect,traincondition",
        f'7.0,99,train,1.5,m1,0.66666666,"I, SECRET",x,"{KEYS}",0.75,1500.0,1.0,m1',
        f'7.0,99,train,1.5,m1,1.0,"I, SECRET",x,"{KEYS}",1.0,1400.0,2.0,m1',
        f'7.0,99,test,1.5,ind,0.5,"I, SECRET",x,"{KEYS}",0.58333333,1600.0,1.0,m1',
    ]
    keys = [
        "ID,condition,keyassignment,recallcollect,instructioncollect,trialcollect,correctcollect"
    ]
    for trial, shown in enumerate(SHOWN, 1):
        keys += [f'7,m1,"{KEYS}",X,{key},{trial},0' for key in shown]
    (folder / "recall_exp2_accdata.csv").write_text("\n".join(accuracy) + "\n")
    (folder / "recall_exp2_individualkey.csv").write_text("\n".join(keys) + "\n")
    return folder


def test_a_made_up_raw_file_becomes_tidy(prepare, raw, tmp_path):
    assert prepare.main([str(tmp_path / "tidy"), "--raw", str(raw)]) == 0
    assert (tmp_path / "tidy/recall_trials.csv").read_bytes().decode() == (
        "participant,group,block,trial,sequence,recall_time_ms,accuracy,levenshtein_accuracy\n"
        f"7,variable,train,1,{SEQUENCES[0]},1500,0.6667,0.75\n"
        f"7,variable,train,2,{SEQUENCES[1]},1400,1.0,1.0\n"
        f"7,variable,transfer,3,{SEQUENCES[2]},1600,0.5,0.5833\n"
    )
    assert (tmp_path / "tidy/recall_participants.csv").read_bytes().decode() == (
        "participant,group,keys\n7,variable,SDFJKL\n"
    )
    assert len(read_trials(tmp_path / "tidy/recall_trials.csv")) == 3


def test_nothing_that_describes_a_person_is_kept_or_printed(prepare, raw, tmp_path, capsys):
    path = raw / "recall_exp2_accdata.csv"
    path.write_text(path.read_text().replace("1500.0", "soon"))
    assert prepare.main([str(tmp_path / "bad"), "--raw", str(raw)]) == 2
    path.write_text(path.read_text().replace("soon", "1500.0"))
    assert prepare.main([str(tmp_path / "tidy"), "--raw", str(raw)]) == 0
    texts = [path.read_text() for path in (tmp_path / "tidy").iterdir()]
    for text in (*texts, *capsys.readouterr()):
        assert "SECRET" not in text and "99" not in text


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("accdata", ",traincondition", ",group", "has no column traincondition"),
        ("accdata", "1500.0", "soon", "not as published: .*'soon'"),
        ("accdata", ",m1\n", ",m2\n", "not as published: 'm2'"),
        ("individualkey", "'L'", "'Q'", "not as published"),
        ("individualkey", f'7,m1,"{KEYS}",X,S,1,0\n', "", "participant 7, trial 1: not 12 keys"),
        ("individualkey", ",3,0\n", ",4,0\n", "no keys for participant 7, trial 3"),
    ],
)
def test_files_that_are_not_as_published(prepare, raw, file, old, new, said):
    path = raw / f"recall_exp2_{file}.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=said):
        prepare.tidy(raw / prepare.ACCURACY_FILE, raw / prepare.KEY_FILE)


def test_a_missing_file_is_one_line(prepare, raw, tmp_path, capsys):
    (raw / prepare.KEY_FILE).unlink()
    assert prepare.main([str(tmp_path / "tidy"), "--raw", str(raw)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "no such file" in err
    assert not (tmp_path / "tidy").exists()


def test_the_tidy_tables_are_the_known_ones_byte_for_byte(
    prepare, data_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("HVM_DATA", str(data_folder))
    assert prepare.main([str(tmp_path)]) == 0
    for name in ("recall_trials.csv", "recall_participants.csv"):
        assert (tmp_path / name).read_bytes() == (data_folder / "human" / name).read_bytes()


@pytest.fixture
def published(prepare, raw, monkeypatch):
    """The registry knows the made-up files as if they had been published."""
    files = []
    for name in (prepare.ACCURACY_FILE, prepare.KEY_FILE):
        digest = hashlib.sha256((raw / name).read_bytes()).hexdigest()
        files.append(DataFile(f"raw/{name}", "https://invalid.example", digest))
    known = replace(registry.DATASETS["recall"], files=tuple(files))
    monkeypatch.setitem(registry.DATASETS, "recall", known)
    monkeypatch.setenv("HVM_DATA", str(raw.parent))
    return raw


def test_the_fetch_writes_the_table_that_recall_reads(prepare, published, tmp_path, capsys):
    folder = tmp_path / "cache"
    assert run(["data", "fetch", "recall", "--folder", str(folder)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[2:] == [
        str(folder / "human" / name) for name in ("recall_trials.csv", "recall_participants.csv")
    ]
    prepare.main([str(tmp_path / "tidy"), "--raw", str(published)])
    for path in printed[2:]:
        assert Path(path).read_bytes() == (tmp_path / "tidy" / Path(path).name).read_bytes()
    assert len(read_trials(printed[2])) == 3
    assert run(["data", "fetch", "recall", "--folder", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"] == printed[2:]


def test_the_fetch_writes_into_the_cache(published, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HVM_CACHE", str(tmp_path / "cache"))
    assert run(["data", "fetch", "recall"]) == 0
    assert (tmp_path / "cache/human/recall_trials.csv").is_file()
    assert not (published.parent / "human").exists()  # the folder of HVM_DATA stays as it is


def test_the_recall_data_are_a_frame(published):
    table = hvm.data.load_recall()
    assert table.columns.tolist() == [*COLUMNS, "levenshtein_accuracy"]
    assert table["sequence"].tolist() == list(SEQUENCES)
    assert table["recall_time_ms"].tolist() == [1500, 1400, 1600]
    assert read_trials(table).symbols == tuple("123456")


def test_recall_without_a_table_names_both_ways(tmp_path, capsys):
    assert run(["recall", "-o", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "hvm data fetch recall" in said and "hvm.data.load_recall()" in said


# -- made-up participants ---------------------------------------------------------------------


def test_the_committed_table_is_made_anew_byte_for_byte(tmp_path):
    settings = script("synthesize")
    path = tmp_path / "synthetic.csv"
    write_synthetic_trials(path, settings.N_PARTICIPANTS, settings.SEED)
    assert path.read_bytes() == (FOLDER / "synthetic_trials.csv").read_bytes()


def test_the_committed_table_keeps_to_the_schema():
    trials = read_trials(FOLDER / "synthetic_trials.csv")
    assert tuple(trials.table.columns) == COLUMNS
    assert (len(trials), len(trials.bounds) - 1) == (20 * 64, 20)
    assert trials.symbols == tuple("123456")
    assert trials.csv() == (FOLDER / "synthetic_trials.csv").read_bytes()


def test_each_group_sees_what_the_task_shows_it():
    control, variable = as_trials(synthetic_trials(2, 5)).participants()
    assert (control.group, variable.group) == ("control", "variable")
    assert len({tuple(codes) for codes in control.sequences[:40]}) == 1
    for sequences in (variable.sequences[:40], variable.sequences[40:], control.sequences[40:]):
        assert len({tuple(np.delete(codes, RECALL_SLOTS)) for codes in sequences}) == 1
        assert 2 <= len({tuple(codes) for codes in sequences}) <= 6


def test_times_fall_with_practice_and_more_in_the_control_group():
    table = synthetic_trials(200, 3)
    means = table.groupby(["group", "trial"])["recall_time_ms"].mean().unstack("trial")
    assert (means.loc[:, 1:3].mean(axis=1) > 1.5 * means.loc[:, 38:40].mean(axis=1)).all()
    assert means.loc["control", 40] < means.loc["variable", 40]
    assert (means[41] > means[40]).all()
    transfer = means.loc[:, 41:].mean(axis=1)
    assert abs(np.log(transfer["control"] / transfer["variable"])) < 0.15
    accuracies = table.groupby("trial")["accuracy"].mean()
    assert accuracies[1] < 0.65 < 0.9 < accuracies[40]


def test_a_participant_is_the_same_in_every_table_of_a_seed():
    few, more = synthetic_trials(2, 1), synthetic_trials(4, 1)
    assert more[more["participant"] <= 2].equals(few)
    assert not synthetic_trials(2, 2).equals(few)


def test_no_participant_is_an_error():
    with pytest.raises(HvmError, match="1 or more, not 0"):
        synthetic_trials(0)
