"""Tables of trials: what is read, and what a user is told about a table that cannot be used."""

from __future__ import annotations

import re
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm.errors import InputError
from hvm.recall.task.schema import COLUMNS, MISSING
from hvm.recall.task.trials import as_trials, read_trials, write_trials

TABLE = """\
participant,group,block,trial,sequence,recall_time_ms,accuracy,note
2,variable,train,1,1213,4000,0.75,
2,variable,train,2,13,3100.5,1,fine
1,control,train,1,2131,5000,0.5,"two
lines, one cell"
1,control,train,2,2131,,,missed

1,control,transfer,3,9,800,1,
"""


@pytest.fixture
def written(tmp_path):
    """Write a table and return its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "trials.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


@pytest.fixture
def fails(written):
    """Read a table that must fail, and return the one line that says why."""

    def call(text):
        with pytest.raises(InputError) as caught:
            read_trials(written(text))
        message = str(caught.value)
        assert "\n" not in message
        assert "trials.csv: " in message
        return message.split("trials.csv: ", 1)[1]

    return call


def with_cell(column, value, line=3):
    """A table of three plain trials, one cell of which is another."""
    rows = [
        ["a", "control", "train", "1", "123", "900", "1"],
        ["a", "control", "train", "2", "123", "800", "1"],
        ["b", "variable", "train", "1", "132", "700", "0.5"],
    ]
    rows[line - 2][COLUMNS.index(column)] = value
    return "\n".join([",".join(COLUMNS), *map(",".join, rows)]) + "\n"


# -- what is read -----------------------------------------------------------------------------


def test_rows_are_ordered_and_coded(written):
    trials = read_trials(written(TABLE))
    table = trials.table
    assert table["participant"].tolist() == [1, 1, 1, 2, 2]
    assert table["trial"].tolist() == [1, 2, 3, 1, 2]
    assert table["sequence"].tolist() == ["2131", "2131", "9", "1213", "13"]
    assert table["recall_time_ms"].dropna().tolist() == [5000, 800, 4000, 3100.5]
    assert np.isnan(table["recall_time_ms"][1]) and np.isnan(table["accuracy"][1])
    assert table["note"].tolist() == ["two\nlines, one cell", "missed", "", "", "fine"]
    assert trials.symbols == ("1", "2", "3", "9")
    assert trials.codes.dtype == np.int32 and trials.starts.dtype == np.int64
    assert trials.codes.tolist() == [1, 0, 2, 0, 1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 2]
    assert trials.starts.tolist() == [0, 4, 8, 9, 13, 15]
    assert trials.bounds.tolist() == [0, 3, 5]


def test_participants_come_one_by_one(written):
    one, two = read_trials(written(TABLE)).participants()
    assert (one.name, one.group, one.rows) == (1, "control", slice(0, 3))
    assert (two.name, two.group, two.rows) == (2, "variable", slice(3, 5))
    assert [codes.tolist() for codes in two.sequences] == [[0, 1, 0, 2], [0, 2]]


def test_values_are_frozen(written):
    trials = read_trials(written(TABLE))
    with pytest.raises(ValueError, match="read-only"):
        trials.codes[0] = 1
    with pytest.raises(AttributeError):
        trials.symbols = ()


@pytest.mark.parametrize("separator", [" ", "|", ";", "-", " - ", "\t", "  "])
def test_separators_stand_between_symbols_of_all_rows(separator):
    sequences = [separator.join(["10", "9", "left"]), "10"]
    trials = as_trials(frame(sequence=sequences))
    assert trials.symbols == ("9", "10", "left")
    assert trials.codes.tolist() == [1, 0, 2, 1]
    assert trials.starts.tolist() == [0, 3, 4]


def test_any_text_is_a_symbol():
    trials = as_trials(frame(sequence=["bä🐦", "1b"]))
    assert trials.symbols == ("1", "b", "ä", "🐦")
    assert trials.codes.tolist() == [1, 2, 3, 0, 1]


def test_symbols_may_be_given_and_others_are_outside():
    trials = as_trials(frame(sequence=["213", "42"]), symbols=["3", "2", "1"])
    assert trials.symbols == ("3", "2", "1")
    assert trials.codes.tolist() == [1, 2, 0, -1, 1]
    with pytest.raises(InputError, match="distinct"):
        as_trials(frame(sequence=["1", "1"]), symbols=["1", "1"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_line_ends_and_a_byte_order_mark_change_nothing(written, encoding, end, blank):
    text = with_cell("trial", "2").replace("\n", end) + blank + end
    plain = read_trials(written(with_cell("trial", "2")))
    other = read_trials(written(text.encode(encoding)))
    pd.testing.assert_frame_equal(plain.table, other.table)


def test_columns_may_stand_in_any_order_with_spaces_around():
    table = frame(sequence=["12", "21"])
    turned = table[table.columns[::-1]].rename(columns=lambda name: f" {name} ")
    with pytest.raises(InputError, match=r"try columns=.'participant': ' participant '"):
        as_trials(turned)
    same = as_trials(table[table.columns[::-1]])
    pd.testing.assert_frame_equal(same.table, as_trials(table).table)


def test_spaces_in_a_file_do_not_count(written):
    text = with_cell("trial", "2").replace(",", " , ")
    spaced, plain = read_trials(written(text)), read_trials(written(with_cell("trial", "2")))
    pd.testing.assert_frame_equal(spaced.table, plain.table)


def test_participants_are_numbers_only_if_all_are(written):
    assert read_trials(written(with_cell("trial", "2"))).table["participant"][0] == "a"
    numbers = as_trials(frame(participant=[10, 9], trial=[1, 1], sequence=["1", "2"]))
    assert numbers.table["participant"].tolist() == [9, 10]
    texts = as_trials(frame(participant=["010", "9"], trial=[1, 1], sequence=["1", "2"]))
    assert texts.table["participant"].tolist() == ["010", "9"]


def test_one_participant_and_one_group_are_enough_to_be_read():
    assert len(as_trials(frame(sequence=["12", "21"]))) == 2


def test_extra_columns_are_numbers_where_all_cells_are(written):
    text = (
        f"{','.join(COLUMNS)},whole,some,share,code,word\n"
        "a,g,train,1,1,900,1,3,,0.5,007,x\na,g,train,2,1,900,1,-4,2,1e-3,7,\n"
    )
    extra = read_trials(written(text)).table.drop(columns=list(COLUMNS))
    assert extra["whole"].tolist() == [3, -4]
    assert extra["some"].isna().tolist() == [True, False] and extra["some"][1] == 2
    assert extra["share"].tolist() == [0.5, 0.001]
    assert extra["code"].tolist() == ["007", "7"]
    assert extra["word"].tolist() == ["x", ""]


def frame(**columns):
    table = {
        "participant": "a",
        "group": "control",
        "block": "train",
        "trial": [1, 2],
        "sequence": ["12", "21"],
        "recall_time_ms": [900, 1000],
        "accuracy": 1,
    }
    return pd.DataFrame(table | columns)


def test_a_frame_gives_what_its_file_gives(written):
    trials = read_trials(written(TABLE))
    again = as_trials(trials.table)
    pd.testing.assert_frame_equal(again.table, trials.table)
    assert again.codes.tolist() == trials.codes.tolist()


def test_a_frame_stays_as_it_is():
    table = frame(trial=[2, 1])
    before = table.copy(deep=True)
    as_trials(table)
    pd.testing.assert_frame_equal(table, before)


def test_digits_that_pandas_read_as_numbers_are_digits_again():
    trials = as_trials(frame(sequence=[236461244562, 256463244162]))
    assert trials.table["sequence"].tolist() == ["236461244562", "256463244162"]


# -- round trip -------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
words = words.filter(lambda word: word not in MISSING)
symbol_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="|;,-[('\""),
    min_size=1,
    max_size=3,
)
times_ms = st.none() | st.floats(1e-3, 1e9) | st.integers(1, 10**6)
shares = st.none() | st.floats(0, 1)


@st.composite
def tables(draw):
    names = draw(st.lists(st.integers(-5, 10**9) | words, min_size=1, max_size=4, unique_by=str))
    rows = []
    for name in names:
        group = draw(words)
        for trial in range(1, draw(st.integers(1, 4)) + 1):
            symbols = draw(st.lists(symbol_texts, min_size=2, max_size=5))
            rows.append(
                (
                    *(str(name), group, "train" if trial < 3 else "test", trial, " ".join(symbols)),
                    *(draw(times_ms), draw(shares), draw(st.text("xyé, \"'", min_size=1))),
                )
            )
    order = draw(st.permutations(range(len(rows))))
    return pd.DataFrame([rows[row] for row in order], columns=[*COLUMNS, "note"])


@given(tables())
def test_a_table_that_is_written_is_read_back(tmp_path_factory, table):
    trials = as_trials(table)
    path = tmp_path_factory.mktemp("trials") / "trials.csv"
    write_trials(path, trials)
    again = read_trials(path)
    pd.testing.assert_frame_equal(again.table, trials.table, check_dtype=False)
    assert again.symbols == trials.symbols
    assert again.codes.tolist() == trials.codes.tolist()
    assert again.csv() == trials.csv()


@given(tables())
def test_codes_say_what_the_sequences_say(table):
    trials = as_trials(table)
    for row, text in enumerate(trials.table["sequence"]):
        assert [trials.symbols[code] for code in trials.sequence(row)] == text.split(" ")


# -- bad tables -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("recall_time_ms", "0", "'0' is no time in ms above 0; leave it empty where none is"),
        ("recall_time_ms", "-5", "'-5' is no time"),
        ("recall_time_ms", "NaN", "'NaN' is no time"),
        ("recall_time_ms", "inf", "'inf' is no time"),
        ("recall_time_ms", "1e999", "'1e999' is no time"),
        ("recall_time_ms", "soon", "'soon' is no time"),
        ("recall_time_ms", "1_000", "'1_000' is no time"),
        ("recall_time_ms", "0x10", "'0x10' is no time"),
        ("accuracy", "1.01", "'1.01' is no share from 0 to 1"),
        ("accuracy", "-0.1", "'-0.1' is no share"),
        ("accuracy", "nan", "'nan' is no share"),
        ("accuracy", "good", "'good' is no share"),
        ("trial", "0", "'0' is no trial number: 1, 2, 3, ..."),
        ("trial", "-1", "'-1' is no trial number"),
        ("trial", "1.5", "'1.5' is no trial number"),
        ("trial", "", "'' is no trial number"),
        ("trial", "99999999999", "'99999999999' is no trial number"),
        ("block", "Train", "'Train' and 'train' on"),
        ("block", "", "is empty"),
        ("sequence", "", "is empty"),
        ("sequence", "  ", "is empty"),
        ("sequence", "1--a", "'1--a' has a separator without a symbol"),
        ("sequence", "1;", "'1;' has a separator without a symbol"),
        ("participant", "", "is empty"),
        ("group", "", "is empty"),
    ],
)
@pytest.mark.parametrize("line", [2, 3, 4])
def test_a_bad_cell_is_named_with_line_column_and_value(fails, column, value, said, line):
    message = fails(with_cell(column, value, line))
    assert message.startswith(f"line {line}, {column}: ") and said in message


def test_more_bad_rows_are_counted(fails):
    table = with_cell("recall_time_ms", "x", 2).replace(",700,", ",y,")
    assert fails(table).startswith("line 2, recall_time_ms: 'x' is no time")
    assert fails(table).endswith("(and 1 more such rows)")


def test_the_line_is_that_of_the_file_whatever_stands_before(fails):
    assert fails(TABLE.replace(",9,800,", ",9,-800,")).startswith("line 8, recall_time_ms: '-800'")


def test_a_frame_names_the_row_by_its_index():
    table = frame(recall_time_ms=[900.0, -1.0]).set_index(pd.Index(["first", "second"]))
    with pytest.raises(InputError, match=r"^table: row second, recall_time_ms: '-1'"):
        as_trials(table)
    with pytest.raises(InputError, match=r"^mine: row second"):
        as_trials(table, name="mine")


@pytest.mark.parametrize("value", [float("inf"), 0.0, -1])
def test_a_frame_with_a_bad_time(value):
    with pytest.raises(InputError, match="row 1, recall_time_ms"):
        as_trials(frame(recall_time_ms=[900, value]))


def test_a_trial_that_comes_twice_is_named_with_both_lines(fails):
    message = fails(with_cell("trial", "1"))
    assert message == (
        "line 3, trial: participant 'a' has trial 1 on line 2 too: numbers go on through all blocks"
    )


@pytest.mark.parametrize(("line", "value", "missing"), [(3, "3", 2), (2, "3", 1), (4, "2", 1)])
def test_a_trial_that_is_missing_is_named(fails, line, value, missing):
    assert re.search(
        f"has trial .* but no trial {missing}: ", fails(with_cell("trial", value, line))
    )


def test_a_participant_in_two_groups_is_named(fails):
    assert fails(with_cell("group", "variable")) == (
        "line 3, group: 'variable', where participant 'a' is in group 'control' on line 2"
    )


@pytest.mark.parametrize(
    ("column", "other", "hint"),
    [
        ("recall_time_ms", "recall_time", "; try --column recall_time_ms=recall_time"),
        ("participant", "Participants", "; try --column participant=Participants"),
        ("accuracy", "acuracy", "; try --column accuracy=acuracy"),
        ("block", "half", "no column block; it needs participant, group, block"),
    ],
)
def test_a_renamed_column_is_told_the_closest(fails, column, other, hint):
    text = with_cell("trial", "2").replace(column, other, 1)
    assert hint in fails(text)


def test_all_missing_columns_are_named_at_once(fails):
    message = fails("participant,trial\n1,1\n")
    assert message.startswith("has no column group, block, sequence, recall_time_ms, accuracy;")


def test_a_column_that_is_there_twice(fails):
    text = with_cell("trial", "2").replace("\n", ",1\n").replace("accuracy,1", "accuracy,trial")
    assert "more than one column 'trial'" in fails(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('"', "cannot be read"),
        ('"\n', "cannot be read"),
        ("\0", "has no column"),
        (",".join(COLUMNS) + "\n", "holds no trial"),
        (",".join(COLUMNS).replace(",", ";") + "\n", "holds no trial"),
        (with_cell("trial", "2").replace("\n", ",9\n"), None),
        (with_cell("trial", "2") + "b,variable,train\n", "line 5: has 3 cells"),
        (with_cell("trial", "2") + "b,variable,train,2,1,1,1,1\n", "line 5: has 8 cells"),
        (with_cell("trial", "2").replace("1\n", "1,\n", 1), "line 2: has 8 cells"),
        (with_cell("trial", '"2'), "line 3: has 4 cells"),
        (with_cell("accuracy", '"1', 4), "cannot be read: "),
        (with_cell("trial", "2").encode() + b"b,\xff", "line 5: is not UTF-8"),
        (with_cell("trial", "2").encode("utf-16")[:-1], "line 4: is not UTF-16"),
    ],
)
def test_a_file_that_is_no_table(written, fails, text, said):
    if said is None:
        assert "9" in read_trials(written(text)).table.columns
    else:
        assert said in fails(text)


def test_a_short_row_is_found_behind_quoted_commas(fails):
    text = TABLE.replace("9,800,1,\n", "9,800,1\n")
    assert fails(text).startswith("line 8: has 7 cells, where the first line names 8")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_trials(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is a directory"):
        read_trials(tmp_path)


# -- size -------------------------------------------------------------------------------------


def test_many_rows_take_a_moment(written):
    """A tenth of the million that must take seconds, and far below a tenth of that."""
    n_people, n_trials = 1000, 100
    table = pd.DataFrame(
        {
            "participant": np.repeat(np.arange(n_people), n_trials),
            "group": "control",
            "block": "train",
            "trial": np.tile(np.arange(n_trials) + 1, n_people),
            "sequence": np.random.default_rng(0).integers(10**11, 10**12, n_people * n_trials),
            "recall_time_ms": 1000,
            "accuracy": 1,
        }
    ).sample(frac=1, random_state=0)
    path = written(table.to_csv(index=False))
    begin = time.process_time()
    trials = read_trials(path)
    assert time.process_time() - begin < 5
    assert len(trials) == len(table) and len(trials.codes) == 12 * len(table)


def test_the_human_trials_are_read(data_folder):
    trials = read_trials(data_folder / "human/recall_trials.csv")
    assert (len(trials), len(trials.bounds) - 1) == (6912, 108)
    assert trials.symbols == tuple("123456")
    assert (np.diff(trials.starts) == 12).all()
    assert trials.table["levenshtein_accuracy"].dtype == float


# -- any bytes --------------------------------------------------------------------------------

edits = st.lists(
    st.tuples(
        st.integers(0, len(TABLE)),
        st.integers(0, 3),
        st.binary(max_size=3) | st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xef\xbb\xbf"]),
    ),
    min_size=1,
    max_size=4,
)


@given(edits)
def test_a_spoiled_file_is_read_or_is_one_line(tmp_path_factory, edits):
    data = TABLE.encode()
    for at, n_removed, added in edits:
        data = data[:at] + added + data[at + n_removed :]
    path = tmp_path_factory.mktemp("spoiled") / "trials.csv"
    path.write_bytes(data)
    try:
        trials = read_trials(path)
    except InputError as error:
        assert "\n" not in str(error) and "trials.csv: " in str(error)
    else:
        assert as_trials(trials.table).codes.tolist() == trials.codes.tolist()
