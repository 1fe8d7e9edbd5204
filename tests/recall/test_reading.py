"""How tables of trials are written: dialects, names of columns, sequences, and damage."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from hvm.errors import HvmWarning, InputError
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.rows import keys_shown
from hvm.recall.task.columns import schema_column
from hvm.recall.task.dialect import TableFormat, TableOptions
from hvm.recall.task.schema import COLUMNS, MISSING
from hvm.recall.task.trials import as_trials, read_trials, trials_of, write_trials

ROWS = (
    ("a", "control", "train", "1", "123", "900", "1"),
    ("a", "control", "train", "2", "231", "800.5", "0.25"),
    ("b", "variable", "train", "1", "132", "700", "0.5"),
)


def text_of(rows=ROWS, names=COLUMNS, delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in (names, *rows))


def rows_of(sequences, participants="a"):
    """One participant's trials, or one trial of each of several."""
    people = participants * len(sequences) if len(participants) == 1 else participants
    numbers = [str(people[: at + 1].count(who)) for at, who in enumerate(people)]
    return [
        (who, "g", "train", number, f'"{sequence}"', "900", "1")
        for who, number, sequence in zip(people, numbers, sequences)
    ]


@pytest.fixture
def read(tmp_path):
    """Read a table that is written down as it is."""

    def call(text, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_trials(path, **options)

    return call


@pytest.fixture
def fails(read):
    """The one line that says why a table cannot be read, without its name."""

    def call(text, **options):
        with pytest.raises(InputError) as caught:
            read(text, **options)
        message = str(caught.value)
        assert "\n" not in message and "t.csv: " in message
        return message.split("t.csv: ", 1)[1]

    return call


def frame(sequences, **columns):
    table = {
        "participant": "a",
        "group": "g",
        "block": "train",
        "trial": np.arange(len(sequences)) + 1,
        "sequence": sequences,
        "recall_time_ms": 900,
        "accuracy": 1,
    }
    return pd.DataFrame(table | columns)


def symbols_of(trials):
    """The symbols of each sequence."""
    return [[trials.symbols[code] for code in trials.sequence(row)] for row in range(len(trials))]


# -- dialects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "called"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n", "SEP={}\n"])
def test_a_dialect_changes_nothing(read, encoding, called, delimiter, first):
    plain = read(text_of())
    other = read((first.format(delimiter) + text_of(delimiter=delimiter)).encode(encoding))
    pd.testing.assert_frame_equal(other.table, plain.table)
    assert other.format == TableFormat(called, delimiter)


def test_a_sep_line_is_obeyed_and_counted(read, fails):
    text = "sep=!\n" + text_of(delimiter="!")
    assert read(text).format.delimiter == "!"
    assert fails(text.replace("!132!", "!!")).startswith("line 5, sequence: is empty")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_another_encoding_has_to_be_named(read, fails, encoding):
    data = text_of().replace("variable", "größe").encode(encoding)
    assert fails(data).startswith("line 4: is not UTF-8 (invalid")
    assert "name its --encoding" in fails(data)
    assert read(data, encoding=encoding).table["group"].tolist() == ["control", "control", "größe"]
    with pytest.raises(InputError, match="encoding: there is none called 'latn'"):
        read(data, encoding="latn")
    with pytest.raises(InputError, match="encoding: there is none called 'hex'"):
        read(data, encoding="hex")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04....", "is a spreadsheet or a zip archive"),
        (b"\xd0\xcf\x11\xe0....", "is a spreadsheet"),
        (b"\x1f\x8b....", "is compressed by gzip"),
    ],
)
def test_files_that_are_no_text_are_known(fails, data, said):
    assert fails(data).startswith(said)


def test_quoted_line_ends_and_delimiters_stay_in_their_cells(read, fails):
    rows = [(*row, f'"a;{at}\nb"') for at, row in enumerate(ROWS)]
    text = text_of(rows, (*COLUMNS, "note"), ";")
    assert read(text).table["note"].tolist() == ["a;0\nb", "a;1\nb", "a;2\nb"]
    assert fails(text.replace(";0.5;", ";5;")).startswith("line 6, accuracy: '5' is no share")


def test_blank_rows_and_columns_at_the_ends_do_not_count(read, fails):
    rows = [(*row, "", " ") for row in ROWS]
    text = text_of([*rows[:2], ("",) * 9, *rows[2:], ("",) * 9], (*COLUMNS, "", ""))
    pd.testing.assert_frame_equal(read(text).table, read(text_of()).table)
    assert fails(text.replace(",0.5,", ",5,")).startswith("line 5, accuracy: '5'")
    rows[0] = (*ROWS[0], "x", "")
    assert read(text_of(rows, (*COLUMNS, "", ""))).table.columns.tolist() == [*COLUMNS, ""]


def test_a_delimiter_may_be_named(read):
    text = text_of(delimiter="|")
    assert len(read(text, delimiter="|")) == 3
    with pytest.raises(InputError, match="delimiter must be one character"):
        read(text, delimiter="||")


def test_decimal_commas_are_found(read):
    comma = [tuple(cell.replace(".", ",") for cell in row) for row in ROWS]
    names = (*COLUMNS, "age")
    rows = [(*row, f"{at},5") for at, row in enumerate(comma)]
    trials = read(text_of(rows, names, ";"))
    assert trials.format.decimal == ","
    assert trials.table["recall_time_ms"].tolist() == [900, 800.5, 700]
    assert trials.table["accuracy"].tolist() == [1, 0.25, 0.5]
    assert trials.table["age"].tolist() == [0.5, 1.5, 2.5]
    assert "decimal commas" in str(trials.format)


@pytest.mark.parametrize(
    ("time", "accuracy", "said"),
    [
        (
            "800.5",
            "0,25",
            "line 3, accuracy: '0,25' has a comma, where line 3 has a point in recall",
        ),
        ("1,800", "1", "line 3, recall_time_ms: '1,800' has a decimal comma or one between thousa"),
    ],
)
def test_decimals_that_could_be_either_are_refused(fails, time, accuracy, said):
    rows = [list(row) for row in ROWS]
    rows[1][5:] = time, accuracy
    rows[2][6] = "1"
    assert fails(text_of(rows, delimiter=";")).startswith(said)


def test_a_decimal_sign_may_be_named(read, fails):
    rows = [list(row) for row in ROWS]
    rows[1][5] = "1,800"
    rows[1][6], rows[2][6] = "1", "1"
    assert read(text_of(rows, delimiter=";"), decimal=",").table["recall_time_ms"][1] == 1.8
    assert "'1,800' is no time" in fails(text_of(rows, delimiter=";"), decimal=".")
    assert "'800.5' is no time" in fails(text_of(), decimal=",")
    with pytest.raises(InputError, match="decimal sign must be one of"):
        read(text_of(), decimal="'")


@pytest.mark.parametrize(("text", "ms"), [("15.951", 15951), ("1e-1", 100), ("2", 2000)])
def test_seconds_become_milliseconds_to_the_last_digit(read, text, ms):
    trials = read(text_of([(*ROWS[0][:5], text, "1")]), time_unit="s")
    assert trials.table["recall_time_ms"].tolist() == [ms]
    assert trials.format.time_unit == "s"


def test_accuracies_in_percent_get_a_hint(fails):
    rows = [(*row[:6], accuracy) for row, accuracy in zip(ROWS, ["100", "75", "0"])]
    assert "(divide percentages by 100)" in fails(text_of(rows))


# -- names of columns -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("subject", "participant"),
        ("ID", "participant"),
        ("Subject ID", "participant"),
        ("subjectNr", "participant"),
        ("condition", "group"),
        ("rt", "recall_time_ms"),
        ("RT (ms)", "recall_time_ms"),
        ("response_time_s", "recall_time_ms"),
        ("Sequence", "sequence"),
        ("item", None),
    ],
)
def test_synonyms(name, column):
    assert schema_column(name) == column


def test_what_is_proposed_works(read, fails):
    names = ("subject", "condition", "phase", "trialNumber", "stimulus", "rt", "acc")
    message = fails(text_of(names=names))
    options = message.split("; try ")[1].split("--column ")[1:]
    columns = dict(option.strip().split("=") for option in options)
    trials = read(text_of(names=names), columns=columns)
    pd.testing.assert_frame_equal(trials.table, read(text_of()).table)
    assert trials.format.columns == dict(zip(COLUMNS, names))
    assert "participant from 'subject'" in str(trials.format)


def test_one_source_is_proposed_for_one_column(fails):
    names = ("subject", "ID", *COLUMNS[1:4], "subjects", "rt_seconds")
    message = fails(text_of(names=names))
    assert message.endswith(
        "; try --column participant=subject --column recall_time_ms=rt_seconds --time-unit s"
    )


def test_a_name_with_spaces_is_quoted(fails):
    names = ("Subject ID", *COLUMNS[1:])
    assert fails(text_of(names=names)).endswith("; try --column participant='Subject ID'")


def test_a_frame_is_told_arguments():
    with pytest.raises(InputError, match=r"; try columns=\{'participant': 'subject'\}$"):
        as_trials(frame(["1"]).rename(columns={"participant": "subject"}))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"who": "a"}, "--column who=a: 'who' is none of participant, group"),
        ({"participant": "participnt"}, "has no column 'participnt': did you mean 'participant'?"),
        ({"participant": "group"}, "the table has a column 'participant' too"),
    ],
)
def test_renaming_that_cannot_be(fails, columns, said):
    assert said in fails(text_of(), columns=columns)


def test_one_column_cannot_be_two(fails):
    names = ("who", "cond", "ph", *COLUMNS[3:])
    columns = {"participant": "who", "group": "cond", "block": "cond"}
    assert "one column cannot be two" in fails(text_of(names=names), columns=columns)


# -- sequences --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sequences", "separator", "symbols"),
    [
        (["236461", "12"], "none", ["2 3 6 4 6 1", "1 2"]),
        (["12 3 10", "4"], " ", ["12 3 10", "4"]),
        (["k1-k2", "k2"], "-", ["k1 k2", "k2"]),
        (["1 - 2", "3 -4"], " ", ["1 - 2", "3 -4"]),
        (["1 - 2", "2 - 1"], "-", ["1 2", "2 1"]),
        (["4,5,2", "6, 7"], ",", ["4 5 2", "6 7"]),
        (["4;5-6", "x, 7"], ";", ["4 5-6", "x,_7"]),
        (["T-SHIRT|WATER GUN|CHAIR", "SHOE"], "|", ["T-SHIRT WATER_GUN CHAIR", "SHOE"]),
        (["WATER GUN , T-SHIRT", "SHOE"], ",", ["WATER_GUN T-SHIRT", "SHOE"]),
        (["0 2 -2 5", "3 -1 0"], " ", ["0 2 -2 5", "3 -1 0"]),
        (["-1,-2", "-3"], ",", ["-1 -2", "-3"]),
        (["-1, -2", "3"], ",", ["-1 -2", "3"]),
        (["3--2-1", "-1"], "-", ["3 -2 1", "-1"]),
        (["-3", "4"], "none", ["-3", "4"]),
        (["[1, 2, 3]", "[3]"], "list", ["1 2 3", "3"]),
        (["['4', '5']", "['a b', 'c,d']"], "list", ["4 5", "a_b c,d"]),
        (["(1, 2)", "(3,)"], "list", ["1 2", "3"]),
        (["[1 2]", "[-3]"], "list", ["1 2", "-3"]),
        (["['4' '5']", "['6']"], "list", ["4 5", "6"]),
        (["[1.0, 2.5]", "[3]"], "list", ["1 2.5", "3"]),
        (["[np.int64(4), np.int64(5)]", "[6]"], "list", ["4 5", "6"]),
        (["[don't, stop]", "[it's]"], "list", ["don't stop", "it's"]),
        (["'4','5'", "'6'"], "list", ["4 5", "6"]),
        (["(())()", "()"], "none", ["( ( ) ) ( )", "( )"]),
        (["(ab)", "ab"], "none", ["( a b )", "a b"]),
    ],
)
def test_one_separator_a_table(read, sequences, separator, symbols):
    wanted = [[each.replace("_", " ") for each in text.split()] for text in symbols]
    for trials in (read(text_of(rows_of(sequences))), as_trials(frame(sequences))):
        assert trials.format.separator == separator
        assert symbols_of(trials) == wanted
        assert keys_shown(checked_trials(trials).table).tolist() == [*map(len, wanted)]
        again = as_trials(trials.table)
        assert symbols_of(again) == wanted and again.format.separator == separator


@pytest.mark.parametrize(
    ("sequences", "separator", "symbols"),
    [
        (["1/2/3", "2"], "/", ["1 2 3", "2"]),
        (["4,5 6", "7"], "space", ["4,5 6", "7"]),
        (["4,5", "-7"], "none", ["4 , 5", "- 7"]),
        (["4,5", "6"], "", ["4 , 5", "6"]),
        (["(a)(b)", "(c)"], ")(", ["(a b)", "(c)"]),
        (["[1, 2]", "[3]"], ",", ["1 2", "3"]),
        (["[[1],[2]]", "3"], ",", ["[[1] [2]]", "3"]),
        (["120", "12", "120"], "none", ["1 2 0", "1 2", "1 2 0"]),
    ],
)
def test_a_separator_may_be_named(read, sequences, separator, symbols, tmp_path):
    trials = read(text_of(rows_of(sequences)), separator=separator)
    wanted = [text.split() for text in symbols]
    assert symbols_of(trials) == wanted
    write_trials(tmp_path / "again.csv", trials)
    assert symbols_of(read_trials(tmp_path / "again.csv")) == wanted


def test_a_separator_that_stands_nowhere_is_told(read):
    with pytest.warns(HvmWarning, match="separator '/' stands in no sequence"):
        trials = read(text_of(), separator="/")
    assert trials.symbols == ("123", "132", "231")


@pytest.mark.parametrize(
    ("sequences", "strange"),
    [
        (["1,2,3", "1 2 3"], "1 2 3"),
        (["1 2 3", "3-2-1"], "3-2-1"),
        (["1 2 3", "321"], "321"),
        (["a,b", "ba"], "ba"),
    ],
)
def test_a_sequence_that_seems_to_have_another_separator(read, sequences, strange):
    with pytest.warns(HvmWarning, match=f"line 3, sequence: '{strange}' is read as one symbol"):
        read(text_of(rows_of(sequences)))


@pytest.mark.parametrize(
    "sequences", [["12 3 10", "4"], ["WATER GUN|X", "T-SHIRT"], ["a b", "c"], ["ab c", "cab"]]
)
def test_sequences_of_one_symbol_are_none(read, sequences):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(text_of(rows_of(sequences)))


def test_negative_numbers_are_ordered_as_numbers():
    assert as_trials(frame(["2 -10 x 0 -2"])).symbols == ("-10", "-2", "0", "2", "x")


@pytest.mark.parametrize(
    ("sequences", "said"),
    [
        (["[1, 2]", "3"], "line 3, sequence: '3' is no list, as '[1, 2]' on line 2"),
        (["[1, 2]", "[]"], "line 3, sequence: '[]' is a list of nothing"),
        (
            ["[[1, 2], [3]]", "[[1], [2]]"],
            "line 2, sequence: '[[1, 2], [3]]' is no list of symbols",
        ),
        (
            ["['1', '']", "['2']"],
            "line 2, sequence: \"['1', '']\" has a separator without a symbol",
        ),
        (["1,2,", "1,2"], "line 2, sequence: '1,2,' has a separator without a symbol"),
        (["12", "-12"], "line 3, sequence: '-12' is one number or several symbols"),
        (["ab", "-a"], "line 3, sequence: '-a' has a separator without a symbol"),
        (["1-2", "1---2"], "line 3, sequence: '1---2' has a separator without a symbol"),
    ],
)
def test_sequences_that_cannot_be_read(fails, sequences, said):
    assert fails(text_of(rows_of(sequences))).startswith(said)


def test_phrases_are_one_key_each_and_told_apart():
    table = checked_trials(as_trials(frame(["WATER GUN|X", "WATER|GUN|X", "WATER GUN|X"]))).table
    assert keys_shown(table).tolist() == [2, 3, 2]
    first, second, third = table["sequence"]
    assert first == third != second


# -- what spreadsheets make of sequences ------------------------------------------------------


@pytest.mark.parametrize(
    ("sequences", "said"),
    [
        (["6.32446E+11", "2.36461E+11"], "line 2, sequence: '6.32446E+11' is a rounded number"),
        (["632446", "6,32446E+11"], "line 3, sequence: '6,32446E+11' is a rounded"),
        (["1 2", "6e+11"], "line 3, sequence: '6e+11' is a rounded"),
        (["4-5-2", "4-May"], "line 3, sequence: '4-May' is a date"),
        (["4-5-2", "May-04"], "line 3, sequence: 'May-04' is a date"),
        (["4-5-2", "04. Mai"], "line 3, sequence: '04. Mai' is a date"),
        (["4-5-2-6", "2024-05-04"], "line 3, sequence: '2024-05-04' is a date"),
        (["4-5-2-6", "2024-05-04 00:00:00"], "line 3, sequence: '2024-05-04 00:00:00' is a date"),
        (["452", "04.05.2024"], "line 3, sequence: '04.05.2024' is a date"),
        (["452", "5/4/24"], "line 3, sequence: '5/4/24' is a date"),
        (["452", "04:05:00"], "line 3, sequence: '04:05:00' is a date or a time of day"),
        (["4521", "452.0"], "line 3, sequence: '452.0' is a number with a decimal point"),
        (
            ["236461244562136000", "236461244562136000"],
            "line 2, sequence: '236461244562136000' ends",
        ),
    ],
)
def test_what_a_spreadsheet_damaged_is_refused(fails, sequences, said):
    message = fails(text_of(rows_of(sequences)))
    assert message.startswith(said) and "import the column as text" in message


@pytest.mark.parametrize(
    "sequences",
    [
        ["2024-05-04", "1999-2024-1"],  # the year is an item elsewhere
        ["4-May", "May-June"],
        ["4.5.24", "4.5"],
        ["1/2/12", "2/1"],
        ["0.5 1.0", "1.0"],
        ["1E5", "E15"],
        ["2024-13-04", "2024-13-05"],
        ["1234567890123450", "1234567890123456"],
    ],
)
def test_what_only_looks_like_damage_is_read(read, sequences):
    assert len(read(text_of(rows_of(sequences)))) == len(sequences)


def test_a_frame_with_numbers_that_lost_digits():
    with pytest.raises(InputError, match=r"row 0, sequence: '2.364612445621364e\+17' is a rounded"):
        as_trials(frame([236461244562136380.0, 12.0]))


def test_commas_between_thousands_are_warned_of(read):
    text = text_of(rows_of(["452,663,242,146", "36,123"]))
    with pytest.warns(HvmWarning, match="line 2, sequence: '452,663,242,146' is read as 4 symbols"):
        read(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(text, separator=",")
        read(text_of(rows_of(["452,663,242,146", "36,12"])))


@pytest.mark.parametrize("people", ["abc", "aabbcc"])
def test_dropped_leading_zeros_are_refused(fails, people):
    sequences = {"a": "120", "b": "12", "c": "201"}
    message = fails(text_of(rows_of([sequences[who] for who in people], people)))
    line = 2 + people.index("b")
    assert message.startswith(f"line {line}, sequence: '12' has 2 digits, where others have 3 and")
    assert "a spreadsheet drops leading zeros" in message


def test_one_participant_with_shorter_trials_is_a_warning_where_zero_is_no_symbol(read):
    with pytest.warns(HvmWarning, match="line 3, sequence: '12' has 2 digits"):
        read(text_of(rows_of(["121", "12", "211"], "abc")))


@pytest.mark.parametrize(
    "sequences", [["012", "12", "120"], ["1", "12", "120"], ["120", "12x", "1"], ["12", "12"]]
)
def test_lengths_that_differ_by_design_are_read(read, sequences):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read(text_of(rows_of(sequences)))) == len(sequences)


# -- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", sorted(MISSING))
@pytest.mark.parametrize("column", ["participant", "group", "block", "sequence"])
def test_what_is_missing_is_missing(fails, column, value):
    rows = [list(row) for row in ROWS]
    rows[1][COLUMNS.index(column)] = value
    message = fails(text_of(rows))
    assert message.startswith(f"line 3, {column}: '{value}' is what programs write for an empty")


def many(n_rows, odd):
    """Trials of three keys, the first ones of which are odd."""
    sequences = np.resize(["123", "231", "312"], n_rows).astype(object)
    sequences[: len(odd)] = odd
    return frame(sequences.tolist())


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (["12x"], "row 0, sequence: the symbol 'x' is in 1 of 2,000 trials, where every other is"),
        (["1234"], "the symbol '4' is"),
        (["12"], "row 0, sequence: a length of 2 is in 1 of 2,000 trials"),
    ],
)
def test_slips_are_warned_of(odd, said):
    with pytest.warns(HvmWarning) as caught:
        as_trials(many(2000, odd))
    assert any(said in str(warning.message) for warning in caught)


@pytest.mark.parametrize(
    "table",
    [
        many(2000, ["12x", "x12"]),  # a share of .1%
        many(900, ["12x"]),
        frame([f"the word{n} is" for n in range(2000)]),
        frame(["1" * (1 + n % 200) for n in range(2000)]),
    ],
)
def test_words_and_common_values_are_no_slips(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        as_trials(table)


# -- frames -----------------------------------------------------------------------------------


def test_a_frame_is_read_where_a_path_is(tmp_path):
    table = frame(["123", "231"])
    table.to_csv(tmp_path / "t.csv", index=False)
    plain = read_trials(tmp_path / "t.csv")
    renamed = table.rename(columns={"participant": "who"}).assign(recall_time_ms=0.9)
    again = read_trials(renamed, columns={"participant": "who"}, time_unit="s")
    pd.testing.assert_frame_equal(again.table, plain.table)
    assert again.format == TableFormat(None, None, time_unit="s", columns={"participant": "who"})
    assert trials_of(table, TableOptions()).codes.tolist() == plain.codes.tolist()


@pytest.mark.parametrize(
    "sequences",
    [
        [[1, 2, 10], [2]],
        [("1", "2", "10"), ("2",)],
        [np.array([1, 2, 10]), np.array([2])],
        [np.array([1.0, 2.0, 10.0]), np.array([2.0])],
        [pd.Series(["1", "2", "10"]), pd.Series(["2"])],
    ],
)
def test_sequences_of_a_frame_may_be_lists(sequences, tmp_path):
    trials = as_trials(frame(sequences))
    assert symbols_of(trials) == [["1", "2", "10"], ["2"]]
    write_trials(tmp_path / "t.csv", trials)
    assert symbols_of(read_trials(tmp_path / "t.csv")) == [["1", "2", "10"], ["2"]]


def test_lists_of_any_text_are_what_they_hold(tmp_path):
    lists = [["a b", 'say "x"', "it's"], ["[", "é🐦", "\\", "a,b|c"]]
    trials = as_trials(frame(lists))
    assert symbols_of(trials) == lists
    write_trials(tmp_path / "t.csv", trials)
    assert symbols_of(read_trials(tmp_path / "t.csv")) == lists


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA])
def test_nothing_in_a_frame_is_an_empty_cell(nothing):
    for column in ("group", "sequence"):
        table = frame(["12", "21"]).astype(object)
        table.loc[1, column] = nothing
        with pytest.raises(InputError, match=f"row 1, {column}: is empty"):
            as_trials(table)
    with pytest.raises(InputError, match=r"row 1, sequence: .* has a separator without a symbol"):
        as_trials(frame([["1"], ["2", nothing]]))
    table = frame(["12", "21"]).astype(object)
    table.loc[1, ["recall_time_ms", "accuracy"]] = nothing
    assert as_trials(table).table["recall_time_ms"].isna().tolist() == [False, True]


def test_categories_are_their_values():
    table = frame(["12", "21"], accuracy=[0.5, 1.0])
    plain = as_trials(table).table
    pd.testing.assert_frame_equal(as_trials(table.astype("category")).table, plain)


def test_a_frame_may_hold_decimal_commas_in_text():
    table = frame(["12", "21"], recall_time_ms=["900,5", "800"], accuracy=[0.5, 1.0])
    trials = as_trials(table)
    assert trials.table["recall_time_ms"].tolist() == [900.5, 800]
    assert trials.table["accuracy"].tolist() == [0.5, 1]
