"""Tasks beyond recall: what a trial is, damaged files, names that nobody sees."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hvm.data.task_sources import TASK_SOURCES
from hvm.datasets.tasks import write_task
from hvm.errors import InputError
from hvm.recall.task.keys import KEY_COLUMNS, as_keys, require_of_trials
from hvm.recall.task.schema import COLUMNS
from hvm.recall.task.trials import as_trials
from hvm.recall.tasks.registry import TASKS
from hvm.recall.tasks.task import KeyRecord, TrialRecord, tables_of

NAMES = [name for name in TASKS if name != "keys"]
NAN = float("nan")
PAGE = Path(__file__).parents[2] / "docs" / "tasks.md"

PAIRS = "subject_id,rt,pair,target_index,t,is_predictable,subject_condition"
SYLLABLES = (
    '"subject","block","trial","target_num","stream_pos","target","tgt_word","tgt_pos","detect",'
    '"rt","rt_secs","rt_sc"'
)
STATES = "rt,mturkID,key_press,state,test_part,correct_response,correct"
PATHS = "group, subj_id, stage, start, goal, path, length, RTs, keys, RT_tot"
VALID = "group, subj_id, stage, trial, start, goal, path, length, RTs, keys, valid_keys, RT_tot"
TIMES = "WorkerId,item,zone,RT,correct"
KEYS = "ID,traincondition,blockcollect,trialcollect,instructioncollect,recallcollect,timecollect"


def written(folder, **files):
    for name, lines in files.items():
        stem, _, suffix = name.partition("__")
        (folder / f"{stem}.{suffix or 'csv'}").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def load(name, path, **columns):
    return TASKS[name].load(Path(path), columns)


def rows(tables, *columns):
    """Cells of keys in the order of the table, NaN as None."""
    table = tables.keys.table
    cells = [table[column].tolist() for column in columns]
    return [tuple(None if x != x else x for x in row) for row in zip(*cells)]


# -- every task -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_miniature_gives_both_tables(name, tmp_path):
    write_task(name, tmp_path, 4)
    tables = load(name, tmp_path)
    trials = as_trials(tables.trials)
    require_of_trials(tables.keys, trials)
    assert list(trials.table.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert list(tables.keys.table.columns[: len(KEY_COLUMNS)]) == list(KEY_COLUMNS)
    assert trials.table["participant"].nunique() == 4
    sums = tables.keys.table.groupby(["participant", "trial"])["time_ms"].sum(min_count=1)
    known = trials.table.set_index(["participant", "trial"])["recall_time_ms"]
    has_all = tables.keys.table.groupby(["participant", "trial"])["time_ms"].count() == (
        tables.keys.table.groupby(["participant", "trial"]).size()
    )
    np.testing.assert_allclose(known[has_all[has_all].index], sums[has_all])
    assert known.reindex(has_all[~has_all].index).isna().all()
    cuts = tables.cuts(TASKS[name].cuts)
    assert 100 <= cuts.shortest_ms < cuts.longest_ms
    again = load(name, tmp_path)
    pd.testing.assert_frame_equal(again.trials, tables.trials)
    pd.testing.assert_frame_equal(again.keys.table, tables.keys.table)


@pytest.mark.parametrize("name", NAMES)
def test_published_names_are_nowhere(name, tmp_path):
    paths = write_task(name, tmp_path, 3)
    tables = load(name, tmp_path)
    people = tables.trials["participant"].unique().tolist()
    assert len(people) == 3 and all(len(each) == 13 and each[0] == "p" for each in people)
    text = tables.trials.to_csv() + tables.keys.table.to_csv() + str(tables.notes)
    assert "MADEUP" not in text and "90000" not in text and "s00" not in text
    first = paths[0]
    first.write_text(first.read_text().replace("600", "601"), "utf-8")
    if first.read_text() != first.read_text().replace("601", "600"):
        assert set(load(name, tmp_path).trials["participant"]).isdisjoint(people)


@pytest.mark.parametrize("name", NAMES)
def test_sources_say_where_and_under_which_licence(name):
    source = TASKS[name].source
    assert source is TASK_SOURCES[name] and source.name == name
    assert source.licence and source.repository in source.place
    assert ("hvm data fetch" in source.how) == bool(source.files)


def test_the_shared_tables_are_read():
    folder = Path(os.environ.get("HVM_DATA", "")) / "tasks"
    if not (folder / "graph_paths.csv").is_file():
        pytest.skip("HVM_DATA names no folder with tasks/")
    for name in ("visual-pairs", "syllable-targets", "state-keys", "graph-paths", "word-times"):
        tables = load(name, folder)
        require_of_trials(tables.keys, as_trials(tables.trials))


def test_an_empty_or_a_strange_folder_is_said(tmp_path):
    with pytest.raises(InputError, match=r"no such file"):
        load("visual-pairs", tmp_path / "none")
    (tmp_path / "README.md").write_text("a")
    with pytest.raises(InputError, match=r"holds no \.csv, \.tsv, \.txt file"):
        load("visual-pairs", tmp_path)
    written(tmp_path, other=["a,b", "1,2"], empty=[PAIRS])
    with pytest.raises(InputError, match=r"no table with rows and the columns subject_id, rt"):
        load("visual-pairs", tmp_path)
    written(tmp_path, cut=[PAIRS.replace(",t,", ","), "1,2,3,4,5,6"])
    with pytest.raises(InputError, match=r"cut\.csv: line 1: has no column t$"):
        load("visual-pairs", tmp_path)


# -- sums -------------------------------------------------------------------------------------


def test_a_trial_without_one_time_has_none_and_accuracy_is_of_whole_sequences():
    keys = [KeyRecord(1, 200.0, "a", 1.0), KeyRecord(2, NAN, "a", 0.0)]
    records = [
        TrialRecord("p", "g", "b", ["a", "b"], keys),
        TrialRecord("p", "g", "b", ["a", "b"], [keys[0], keys[1]._replace(time_ms=300.0)]),
        TrialRecord("p", "g", "b", ["a", "b"], keys[:1]),
        TrialRecord("p", "g", "b", ["a"], []),
    ]
    trials = tables_of(records, "made", "").trials
    assert trials["trial"].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(trials["recall_time_ms"], [NAN, 500, 200, NAN])
    np.testing.assert_array_equal(trials["accuracy"], [0.5, 0.5, NAN, NAN])


def test_keys_are_checked():
    good = {"participant": "a", "group": "g", "block": "b", "trial": 1, "position": [1, 2]}
    good |= {"symbol": ["x", "y"], "typed": ["x", None], "time_ms": [1.5, None], "accuracy": [1, 0]}
    assert as_keys(pd.DataFrame(good)).table["typed"].tolist() == ["x", ""]
    for change, message in (
        ({"position": [1, 1]}, "participant a, trial 1, position 1 is there twice"),
        ({"position": [1, 0]}, "row 2, column position: 0 is no whole number from 1"),
        ({"time_ms": [1.0, 0.0]}, "row 2, column time_ms: 0.0 is no time in ms above 0"),
        ({"accuracy": [1.5, 0]}, "row 1, column accuracy: 1.5 is no share from 0 to 1"),
        ({"symbol": ["x", None]}, "row 2, column symbol: is empty"),
    ):
        with pytest.raises(InputError, match=message):
            as_keys(pd.DataFrame({**good, **change}))


def test_keys_are_of_trials():
    key = {"participant": "a", "group": "g", "block": "b", "trial": 1, "position": 2}
    key |= {"symbol": "y", "typed": "", "time_ms": None, "accuracy": None}
    trial = {"participant": "a", "group": "g", "block": "b", "trial": [1], "sequence": [["x", "y"]]}
    trials = as_trials(pd.DataFrame(trial | {"recall_time_ms": None, "accuracy": None}))
    require_of_trials(as_keys(pd.DataFrame([key])), trials)
    for change, message in (
        ({"trial": 2}, "no such trial"),
        ({"position": 3}, "shorter"),
        ({"symbol": "x"}, "another symbol"),
    ):
        with pytest.raises(InputError, match=message):
            require_of_trials(as_keys(pd.DataFrame([key | change])), trials)


# -- visual-pairs -----------------------------------------------------------------------------


def test_a_round_of_targets_ends_before_one_that_it_holds(tmp_path):
    lines = [PAIRS, "7,300,1,1,1,0,2", "7,200,1,2,1,1,2", "7,310,2,3,1,0,2"]
    lines += ["7,,2,3,2,0,2", "7,250,2,4,1,1,2", "7,400,2,3,3,0,2"]
    tables = load("visual-pairs", written(tmp_path, one=lines))
    assert tables.trials["sequence"].tolist() == [["1", "2", "3"], ["3", "4"], ["3"]]
    np.testing.assert_array_equal(tables.trials["recall_time_ms"], [810, NAN, 400])
    assert tables.trials["group"].unique().tolist() == ["2"]
    assert rows(tables, "trial", "position", "is_predictable", "appearance")[:4] == [
        (1, 1, 0, 1),
        (1, 2, 1, 1),
        (1, 3, 0, 1),
        (2, 1, 0, 2),
    ]


def test_people_of_two_experiments_are_not_one(tmp_path):
    lines = [PAIRS.replace("pair,target_index", "pair_id,target_id"), "7,300,1,1,1,0,2"]
    tables = load("visual-pairs", written(tmp_path, one=lines, two=lines))
    assert tables.trials["group"].tolist() == ["one 2", "two 2"]
    assert tables.trials["participant"].nunique() == 2


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("7,fast,1,1,1,0,2", r"one\.csv: line 2, rt: 'fast' cannot be right"),
        ("7,-5,1,1,1,0,2", r"line 2, rt: '-5' cannot be right"),
        ("7,300,1,,1,0,2", r"line 2, target_index: '': is missing"),
        (",300,1,1,1,0,2", r"line 2, subject_id: '': is missing"),
        ("7,300,1,1,1,NA,2", r"line 2, is_predictable: 'NA': is missing"),
        ("7,300,1,1,1,0", r"line 2: has 6 cells"),
    ],
)
def test_damaged_clicks_are_named(tmp_path, cell, message):
    with pytest.raises(InputError, match=message) as error:
        as_trials(load("visual-pairs", written(tmp_path, one=[PAIRS, cell])).trials)
    assert "\n" not in str(error.value)


# -- syllable-targets -------------------------------------------------------------------------


def syllable_row(stream, place, detect=1, rt="400.5", subject="x9"):
    return f'"{subject}",1,{stream},1,{place},"be",4,2,{detect},{rt},0.4,NA'


def test_a_target_comes_with_the_stream_before_it(tmp_path):
    lines = [SYLLABLES, syllable_row(1, 3), syllable_row(1, 5, 0, "NA"), syllable_row(2, 2)]
    tables = load("syllable-targets", written(tmp_path, exp=lines))
    assert tables.trials["sequence"].tolist() == [[".", ".", "be"], [".", "be"], [".", "be"]]
    np.testing.assert_array_equal(tables.trials["recall_time_ms"], [400.5, NAN, 400.5])
    assert rows(tables, "position", "typed", "time_ms", "accuracy", "gap", "stream", "part") == [
        (3, "be", 400.5, 1.0, 3, 1, "1"),
        (2, "", None, 0.0, 2, 1, "1"),
        (2, "be", 400.5, 1.0, 2, 2, "1"),
    ]
    streams = ["trial,stream_pos,syllable", "1,1,la", "1,2,ti", "1,4,nu", "2,1,go"]
    tables = load("syllable-targets", written(tmp_path, streams=streams))
    assert tables.trials["sequence"].tolist() == [["la", "ti", "be"], ["nu", "be"], ["go", "be"]]


def test_targets_go_forward(tmp_path):
    lines = [SYLLABLES, syllable_row(1, 3), syllable_row(1, 3)]
    with pytest.raises(InputError, match=r"line 3, stream_pos: 3 is not after 3") as error:
        load("syllable-targets", written(tmp_path, exp=lines))
    assert "x9" not in str(error.value)
    with pytest.raises(InputError, match=r"line 2, detect: '2' cannot be right"):
        load("syllable-targets", written(tmp_path, exp=[SYLLABLES, syllable_row(1, 3, 2)]))


# -- state-keys -------------------------------------------------------------------------------


def state_row(state, part, pressed=None, worker="WORKER", rt=500):
    pressed = state + 48 if pressed is None else pressed
    truth = str(pressed == state + 48).lower()
    return f"{rt},{worker},{pressed},{state},{part},{state + 48},{truth}"


def test_states_come_six_at_a_time_within_a_part(tmp_path):
    lines = [
        STATES,
        "null,WORKER,null,,,,",
        *(state_row(each, "a") for each in (1, 2, 3, 4, 5, 6, 1)),
    ]
    lines += [state_row(2, "b", 49), state_row(3, "b", "null", rt="null")]
    tables = load("state-keys", written(tmp_path, WORKER=lines))
    assert ["".join(each) for each in tables.trials["sequence"]] == ["123456", "1", "23"]
    assert tables.trials["block"].tolist() == ["a", "a", "b"]
    np.testing.assert_array_equal(tables.trials["recall_time_ms"], [3000, 500, NAN])
    np.testing.assert_array_equal(tables.trials["accuracy"], [1, 1, 0])
    assert rows(tables, "typed", "accuracy", "distance")[-3:] == [
        ("1", 1.0, 5.0),
        ("1", 0.0, 0.0),
        ("", 0.0, None),
    ]


def test_parts_in_several_orders_are_counted(tmp_path):
    one = [STATES, state_row(1, "a"), state_row(2, "b")]
    two = [STATES, state_row(1, "b", worker="w2"), state_row(2, "a", worker="w2")]
    tables = load("state-keys", written(tmp_path, one=one, two=two))
    assert tables.trials["block"].tolist() == ["part 1", "part 2"] * 2
    assert sorted(tables.keys.table["part"].tolist()) == ["a", "a", "b", "b"]
    as_trials(tables.trials)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (state_row(1, "a", rt="slow"), r"file 2 of 2 by name: line 2, rt: 'slow' cannot be right"),
        ("500,WORKER,49,1,a,49,maybe", r"file 2 of 2 by name: line 2, correct: 'maybe'"),
        ("500,WORKER,49,1,a,49", r"file 2 of 2 by name: line 2: has 6 cells"),
    ],
)
def test_files_that_are_called_after_people_are_counted(tmp_path, row, message):
    written(tmp_path, AWORKER=[STATES, state_row(1, "a")], WORKER=[STATES, row])
    with pytest.raises(InputError, match=message) as error:
        load("state-keys", tmp_path)
    assert "WORKER" not in str(error.value)
    with pytest.raises(InputError) as error:
        load("state-keys", tmp_path / "WORKER.csv")
    assert "WORKER" not in str(error.value)


# -- graph-paths ------------------------------------------------------------------------------


def test_a_path_has_a_time_a_move(tmp_path):
    lines = [PATHS, "A,9,train,2,4,2 3 4,3,300 200 100,39 39 32,600"]
    lines += [
        "A,9,test,2,4,2 3 4,3,300 50 200 100,39 38 39 32,650",
        "A,9,test,2,3,2 3,2,0 100,39 32,0",
    ]
    tables = load("graph-paths", written(tmp_path, nine=lines))
    assert tables.trials["sequence"].tolist() == [["2", "3", "4"]] * 2 + [["2", "3"]]
    np.testing.assert_array_equal(tables.trials["recall_time_ms"], [500, NAN, NAN])
    assert rows(tables, "trial", "position", "symbol", "time_ms", "left")[:3] == [
        (1, 2, "3", 300.0, 1),
        (1, 3, "4", 200.0, 0),
        (2, 2, "3", None, 1),
    ]
    assert "3 of 5 moves have no time" in tables.notes[0]


def test_keys_that_led_nowhere_count_for_the_next_move(tmp_path):
    lines = [VALID, "A,9,train,1,2,4,2 3 4,3,300 50 200 100,39 38 39 32,1 3,650"]
    tables = load("graph-paths", written(tmp_path, nine=lines))
    assert tables.keys.table["time_ms"].tolist() == [300, 250]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,9,train,5,4,2 3 4,3,300 200 100,39 39 32,600", "path: '2 3 4' does not begin"),
        ("A,9,train,2,4,2 3 4,3,300 200,39 39 32,600", "RTs: 2 times"),
        ("A,9,train,2,4,2 3 4,3,300,39,600", "path: 2 moves, where there are 1 keys"),
        ("A,9,train,2,4,2 3 4,3,300 x 100,39 39 32,600", "RTs: 'x' cannot be right"),
    ],
)
def test_damaged_paths_are_named(tmp_path, row, message):
    with pytest.raises(InputError, match=f"file 1 of 1 by name: line 2, {message}"):
        load("graph-paths", written(tmp_path, nine=[PATHS, row]))


# -- word-times -------------------------------------------------------------------------------

WORDS = ["word\tzone\titem\tnItem", "He\t1\t3\t9", "sat.'\t2\t3\t9", "Why?\t3\t3\t9", "so\t4\t3\t9"]


def test_a_sentence_is_a_trial(tmp_path):
    times = [
        TIMES,
        "SECRET,3,3,300,5",
        "SECRET,3,1,310,5",
        "SECRET,3,2,320,5",
        "W2,3,1,400,6",
        "W2,3,4,0,6",
    ]
    tables = load("word-times", written(tmp_path, words__tsv=WORDS, times__txt=times))
    sentences = [["He", "sat.'"], ["Why?"]]
    assert tables.trials["sequence"].tolist() == [*sentences, ["He", "sat.'"], ["so"]]
    np.testing.assert_array_equal(tables.trials["recall_time_ms"], [630, 300, NAN, NAN])
    first = rows(tables, "symbol", "n_letters", "zone")
    assert ("sat.'", 5, 2) in first and "words" in tables.notes[0]


def test_raw_zones_are_counted_as_the_stories_script_does(tmp_path):
    words = [WORDS[0], *(f"w{zone}\t{zone}\t3\t9" for zone in range(1, 232))]
    raw = [1, 2, 3, 230, 231, 232, 234]
    times = [TIMES, *(f"SECRET,3,{zone},{300 + zone},5" for zone in raw)]
    tables = load("word-times", written(tmp_path, words__tsv=words, times__txt=times))
    timed = tables.keys.table.dropna(subset="time_ms")
    pairs = list(zip(timed["zone"], timed["time_ms"]))
    assert pairs == [(1, 303), (228, 530), (229, 532), (231, 534)] and "raw" in tables.notes[0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("SECRET,4,1,300,5", "item: there are no words of story 4"),
        ("SECRET,3,1,-1,5", "RT: '-1' cannot be right"),
        ("SECRET,3,9,300,5", "zone: 9: story 3 has no such word"),
        ("SECRET,3,1,300,5\nSECRET,3,1,300,5", "zone: 1 of story 3 is there twice"),
    ],
)
def test_damaged_times_are_named(tmp_path, row, message):
    written(tmp_path, words__tsv=WORDS, times__txt=[TIMES, row])
    with pytest.raises(InputError, match=message) as error:
        load("word-times", tmp_path)
    assert "times.txt: line " in str(error.value) and "SECRET" not in str(error.value)


# -- keys -------------------------------------------------------------------------------------


def test_recall_keys_are_named_as_the_recall_task_is(tmp_path):
    lines = [KEYS, "1,m1,train,1,S,S,900", "1,m1,train,1,L,D,200", "1,m1,test,1,D,,"]
    tables = load("recall-keys", written(tmp_path, data=lines))
    assert tables.trials[["group", "block"]].values.tolist() == [
        ["variable", "train"],
        ["variable", "transfer"],
    ]
    assert rows(
        tables, "trial", "position", "symbol", "typed", "time_ms", "accuracy", "distance"
    ) == [
        (1, 1, "S", "S", 900.0, 1.0, None),
        (1, 2, "L", "D", 200.0, 0.0, 7.0),
        (2, 1, "D", "", None, None, None),
    ]


def test_keys_have_columns_of_any_name(tmp_path):
    lines = ["who,trial,position,shown,typed,ms", "ann,1,2,b,b,210", "ann,1,1,a,b,300"]
    named = {"participant": "who", "time_ms": "ms"}
    path = written(tmp_path, mine=lines) / "mine.csv"
    tables = load("keys", path, **named)
    assert tables.trials["sequence"].tolist() == [["a", "b"]]
    assert tables.trials[["group", "block"]].values.tolist() == [["all", "all"]]
    assert rows(tables, "symbol", "time_ms", "accuracy") == [("a", 300, 0), ("b", 210, 1)]
    for columns, message in (
        ({}, r"mine\.csv: line 1: has no column participant, time_ms"),
        ({**named, "who": "who"}, r"--column who=who: 'who' is none of participant"),
    ):
        with pytest.raises(InputError, match=message):
            load("keys", path, **columns)
    written(tmp_path, mine=[lines[0], lines[1]])
    with pytest.raises(InputError, match=r"line 2, position: 2, where .* lack 1"):
        load("keys", path, **named)
    written(tmp_path, mine=[lines[0], "ann,2,1,b,b,210", "ann,1,1,a,b,300"])
    with pytest.raises(InputError, match=r"line 3, trial: 1 comes after 2: order rows"):
        load("keys", path, **named)
    written(tmp_path, mine=[lines[0], "ann,first,1,b,b,210"])
    with pytest.raises(InputError, match=r"line 2, trial: 'first' cannot be right"):
        load("keys", path, **named)


# -- the page -----------------------------------------------------------------------------------


@pytest.mark.skipif(not PAGE.is_file(), reason="only in a checkout of the repository")
@pytest.mark.parametrize("name", list(TASKS))
def test_the_page_says_what_the_registry_says(name):
    text, task = PAGE.read_text("utf-8"), TASKS[name]
    lines = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(lines) == 2  # where it is published, and what a trial is
    assert f"100 to {task.longest_ms:,.0f} |" in lines[1]
    if task.source is not None:
        said = lines[0].replace("|", " ")
        assert task.source.place in said and task.source.paths.split(",")[0] in said
        assert task.source.licence.split()[0].split("(")[0].strip(":").lower() in said.lower()
        assert task.source.how in said or "git clone" in said
