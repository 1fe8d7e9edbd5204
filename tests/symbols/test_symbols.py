from __future__ import annotations

import math
import os
import pathlib
import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm.errors import HvmWarning, InputError
from hvm.symbols import assembling, raw, readers, sequences
from hvm.symbols.alphabet import Alphabet, elias_delta_bits
from hvm.symbols.convert import as_symbols
from hvm.symbols.readers import read_symbols
from hvm.symbols.sequences import Symbols, require_symbols

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\0\x0b\u2028")).map(
    lambda text: text.lstrip("\ufeff")
)
INT64S = st.integers(-(2**63), 2**63 - 1)


def sequences_of(symbols: Symbols) -> list[list]:
    """Raw symbols of each sequence, unknown ones too."""
    unknown = iter(symbols.unknown)
    alphabet = symbols.alphabet.symbols
    raw = [alphabet[c] if c >= 0 else next(unknown) for c in symbols.codes.tolist()]
    assert next(unknown, None) is None
    return [raw[start:end] for start, end in symbols.bounds()]


def lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    whole = [line.removesuffix("\r") for line in lines[:-1]]
    return whole + ([lines[-1]] if lines[-1] or not whole else [])


@pytest.fixture
def write(tmp_path):
    def write_one(data: bytes, name: str = "in.txt"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write_one


# -- the alphabet -------------------------------------------------------------------------------


def elias_delta(number: int) -> str:
    length = f"{number:b}"
    size = f"{len(length):b}"
    return "0" * (len(size) - 1) + size + length[1:]


@given(st.integers(1, 2**70))
def test_elias_delta_bits_is_the_length_of_the_code(number):
    assert elias_delta_bits(number) == len(elias_delta(number))


def test_elias_delta_code_space_is_not_oversubscribed():
    assert sum(2.0 ** -elias_delta_bits(n) for n in range(1, 1 << 16)) < 1.0


def test_code_space_of_each_unit():
    assert Alphabet("char", ()).code_space_bits("é").tolist() == [math.log2(1_112_064)]
    assert Alphabet("byte", ()).code_space_bits([7, 8]).tolist() == [8, 8]
    assert Alphabet("word", ()).code_space_bits(["cat"]).tolist() == [4 * math.log2(1_112_065)]
    # 0, -1, 1, -2, 2 are 1, 2, 3, 4, 5
    assert Alphabet("int", ()).code_space_bits([0, -1, 1, -2, 2]).tolist() == [1, 4, 4, 5, 5]
    outermost = Alphabet("int", ()).code_space_bits([2**63 - 1, -(2**63)])
    assert outermost.tolist() == [elias_delta_bits(2**64 - 1), elias_delta_bits(2**64)]


def test_definition_bits():
    assert Alphabet("byte", (1, 2, 3)).definition_bits() == 5 + 3 * 8  # Elias delta of 4: 5 bits
    assert Alphabet("int", (-1, 0)).definition_bits() == 4 + 4 + 1
    word_bits = (2 + 3) * math.log2(1_112_065)
    assert Alphabet("word", ("a", "of")).definition_bits() == pytest.approx(4 + word_bits)
    assert Alphabet("char", ()).definition_bits() == 1


@pytest.mark.parametrize(
    ("unit", "symbols"),
    [
        ("letter", ("a",)),
        ("char", ("b", "a")),
        ("char", ("a", "a")),
        ("char", ("ab",)),
        ("char", ("\ud800",)),
        ("char", (1,)),
        ("word", ("a\udfff",)),
        ("word", (b"a",)),
        ("byte", (256,)),
        ("byte", (-1,)),
        ("int", (True,)),
        ("int", (1.0,)),
        ("int", (2**63,)),
    ],
)
def test_alphabet_refuses(unit, symbols):
    with pytest.raises(InputError) as error:
        Alphabet(unit, symbols)
    assert "\n" not in str(error.value)


@given(st.sets(INT64S | st.integers(-5, 5)), st.lists(INT64S | st.integers(-6, 6)))
def test_encode_integers_is_a_lookup(known, values):
    alphabet = Alphabet("int", tuple(sorted(known)))
    expected = [alphabet.symbols.index(v) if v in known else -1 for v in values]
    codes = alphabet.encode(values)
    assert codes.dtype == np.int32
    assert codes.tolist() == expected


@given(TEXTS, TEXTS)
def test_encode_characters_is_a_lookup(known, text):
    alphabet = Alphabet("char", tuple(sorted(set(known))))
    expected = [alphabet.symbols.index(c) if c in known else -1 for c in text]
    assert alphabet.encode(text).tolist() == expected


@given(st.binary(), st.binary())
def test_encode_bytes_is_a_lookup(known, data):
    alphabet = Alphabet("byte", tuple(sorted(set(known))))
    expected = [alphabet.symbols.index(b) if b in known else -1 for b in data]
    assert alphabet.encode(data).tolist() == expected


def test_alphabet_text():
    assert Alphabet("char", ("a", "b")).text([1, 0, -1]) == "ba\ufffd"
    assert Alphabet("word", ("a", "cat")).text(np.array([0, 1])) == "a cat"
    assert Alphabet("int", (-3, 12)).text([1, 0]) == "12 -3"
    assert Alphabet("byte", (0, 65, 233)).text([1, 0, 2]) == "A\\x00\\xe9"


# -- data in memory -----------------------------------------------------------------------------


@given(TEXTS)
def test_characters(text):
    symbols = as_symbols(text)
    assert symbols.codes.dtype == np.int32
    assert symbols.starts.dtype == np.int64
    assert symbols.alphabet.symbols == tuple(sorted(set(text)))
    assert sequences_of(symbols) == [list(text)]
    assert symbols.text() == text


@given(TEXTS)
def test_only_newlines_end_lines(text):
    symbols = as_symbols(text, sequences="line")
    assert ["".join(line) for line in sequences_of(symbols)] == lines_of(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("\n", [""]),
        ("\n\n", ["", ""]),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\r\n", ["a"]),
        ("a\n\nb", ["a", "", "b"]),
        ("\r\n\r\n", ["", ""]),
        ("\r\r\nb\r", ["\r", "b\r"]),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\n", ["a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g"]),
    ],
)
def test_line_ends_by_hand(text, lines):
    of_characters = as_symbols(text, sequences="line")
    of_bytes = as_symbols(text.encode(), sequences="line")
    assert ["".join(line) for line in sequences_of(of_characters)] == lines
    assert [bytes(line).decode() for line in sequences_of(of_bytes)] == lines


@given(st.lists(TEXTS, min_size=1))
def test_a_list_of_texts_is_several_sequences(texts):
    assert sequences_of(as_symbols(texts)) == [list(text) for text in texts]
    in_lines = sequences_of(as_symbols(texts, sequences="line"))
    assert ["".join(line) for line in in_lines] == [x for text in texts for x in lines_of(text)]


@given(st.lists(st.lists(INT64S), min_size=1))
def test_lists_of_integers_are_several_sequences(lists):
    symbols = as_symbols(lists)
    assert symbols.alphabet.unit == "int"
    assert sequences_of(symbols) == lists
    arrays = as_symbols([np.array(x, np.int64) for x in lists])
    assert sequences_of(arrays) == lists


def test_one_sequence_of_integers():
    expected = [[3, -1, 3]]
    for data in (
        [3, -1, 3],
        (3, -1, 3),
        np.array([3, -1, 3], np.int16),
        [np.int64(3), np.int8(-1), 3],
    ):
        assert sequences_of(as_symbols(data)) == expected
    assert as_symbols(np.array([200], np.uint8), "byte").alphabet == Alphabet("byte", (200,))


def test_bytes():
    data = bytes(range(256)) + b"\n"
    assert sequences_of(as_symbols(data)) == [list(data)]
    assert as_symbols(bytearray(data)).alphabet.unit == "byte"
    assert as_symbols("é".encode(), "char").alphabet.symbols == ("é",)
    assert as_symbols("é", "byte").alphabet.symbols == (0xA9, 0xC3)


def test_words():
    expected = [["It", "'", "s", "3", ".", "5", ",", "né"]]
    assert sequences_of(as_symbols(" It's\n 3.5,né\u2028", "word")) == expected
    lines = as_symbols("the dog\r\n\n \nit barks!\n", "word", "line")
    assert sequences_of(lines) == [["the", "dog"], [], [], ["it", "barks", "!"]]
    assert lines.text(1, 4) == "dog it barks"
    ready_made = as_symbols([["ice cream", "is"], [], ["good"]])
    assert ready_made.alphabet == Alphabet("word", ("good", "ice cream", "is"))
    assert ready_made.starts.tolist() == [0, 2, 2]


def test_marks_are_part_of_the_word_that_they_stand_in():
    assert sequences_of(as_symbols("दे cafe\u0301s, no", "word")) == [
        ["दे", "cafe\u0301s", ",", "no"]
    ]


@pytest.mark.parametrize("data", ["", b"", [], [[]], ["", ""], np.zeros(0, int)])
def test_empty_data_can_be_scored_but_not_learned(data):
    symbols = as_symbols(data)
    assert len(symbols) == 0
    assert symbols.starts.tolist() == [0] * symbols.n_sequences
    with pytest.raises(InputError, match="nothing to learn"):
        require_symbols(symbols)


def test_no_data_of_any_unit():
    for unit in ("char", "word", "byte", "int"):
        assert as_symbols([], unit).alphabet == Alphabet(unit, ())
    assert sequences_of(as_symbols([[], ["a"], []])) == [[], ["a"], []]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "a NoneType"),
        (3, "an int"),
        ([1.5], "item 0 is a float"),
        ([1, "a"], "item 1 is a str"),
        (["a", 1], "item 1 is an int"),
        ([[1], None], "item 1 is a NoneType"),
        ([["a", 1]], "word 1 is an int"),
        ([True, False], "item 0 is a bool"),
        ([2**63], "item 0 does not fit"),
        (np.array([1.0]), "not float64"),
        (np.array([True]), "not bool"),
        (np.zeros((2, 2), int), "one dimension, not 2"),
        (np.array([2**63], np.uint64), "does not fit"),
        ("a\ud800", r"U\+D800 at index 1"),
        (["a", "b\udc80"], r"U\+DC80"),
        ({"a": 1}, "a dict"),
    ],
)
def test_data_that_cannot_be_symbols(data, words):
    with pytest.raises(InputError, match=words) as error:
        as_symbols(data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "unit", "words"),
    [
        ([256], "byte", "from 0 to 255"),
        ([1], "char", "integers cannot be read"),
        ("12", "int", "text cannot be read"),
        ([["a"]], "char", "words cannot be read"),
        ("a", "letters", "unit must be one of char, word, byte, int"),
        (b"a\xff", "char", "invalid UTF-8 at byte offset 1 .0xff"),
        ("a\ud800", "word", "U\\+D800"),
        ("a\ud800", "byte", "U\\+D800"),
    ],
)
def test_data_that_do_not_fit_the_unit(data, unit, words):
    with pytest.raises(InputError, match=words):
        as_symbols(data, unit)


def test_unknown_mode():
    with pytest.raises(InputError, match="sequences must be one of file, line"):
        as_symbols("a", sequences="lines")


def test_what_stands_for_a_list_is_that_list():
    import pandas as pd

    texts = ["ab", "", "ba"]
    for data in (np.array(texts), np.array(texts, object), iter(texts), pd.Series(texts)):
        assert sequences_of(as_symbols(data)) == [list(text) for text in texts]
    assert sequences_of(as_symbols(pd.Index(["ab"]))) == [["a", "b"]]
    for data in (range(3, 0, -1), iter([3, 2, 1]), (n for n in (3, 2, 1)), pd.Series([3, 2, 1])):
        assert sequences_of(as_symbols(data)) == [[3, 2, 1]]
    lists = [[3, 1], [2]]
    for data in (map(list, lists), pd.Series(lists), [range(3, 0, -2), pd.Series([2])]):
        assert sequences_of(as_symbols(data)) == lists
    words = [["ice cream", "is"], ["good"]]
    assert sequences_of(as_symbols([np.array(each) for each in words])) == words
    assert sequences_of(as_symbols(pd.Series([1, 2], dtype="Int64"))) == [[1, 2]]


def test_what_stands_for_no_list_of_symbols(write):
    import pandas as pd

    for missing in (pd.Series(["a", None]), pd.Series([1, None], dtype="Int64")):
        with pytest.raises(InputError, match="item 1 of the Series is missing"):
            as_symbols(missing)
    with pytest.raises(InputError, match="one dimension, not 2"):
        as_symbols(np.array([["a"]]))
    with pytest.raises(InputError, match="item 0 is a float"):
        as_symbols(pd.Series([1.5]))
    with open(write(b"a")) as file, pytest.raises(InputError, match="a TextIOWrapper"):
        as_symbols(file)


def test_a_path_is_read_and_the_name_of_a_file_is_suspected(write, monkeypatch):
    path = write(b"a dog\n")
    assert sequences_of(as_symbols(path)) == [list("a dog\n")]
    assert sequences_of(as_symbols(path, "word", "line")) == [["a", "dog"]]
    assert sequences_of(as_symbols([path, write(b"b", "2")])) == [list("a dog\n"), ["b"]]
    with pytest.raises(InputError, match="item 1 is a"):
        as_symbols(["b", path])
    monkeypatch.chdir(path.parent)
    with pytest.warns(
        HvmWarning, match=r"'in\.txt' is the name of a file.*hvm\.read_symbols, or pa"
    ):
        assert as_symbols("in.txt").text() == "in.txt"
    with pytest.warns(HvmWarning, match="is the name of a file"):
        as_symbols(["in.txt", "other.txt"])
    with pytest.warns(HvmWarning, match="is the name of a file"):
        as_symbols("in.txt", alphabet=Alphabet("char", ("a",)))
    write(b"a", "corpus")
    with pytest.warns(HvmWarning, match="is the name of a file"):
        as_symbols("corpus")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in ("out.txt", "", "in.txt\n", "a\0", "x" * 5000, [["in.txt"]], str(path.parent)):
            as_symbols(text)


# -- a given alphabet ---------------------------------------------------------------------------


def test_unknown_symbols_keep_their_place():
    symbols = as_symbols("xaybz\u4e00", alphabet=Alphabet("char", ("a", "b")))
    assert symbols.codes.tolist() == [-1, 0, -1, 1, -1, -1]
    assert symbols.unknown == ("x", "y", "z", "\u4e00")
    assert symbols.text() == "xaybz\u4e00"
    assert symbols.text(1, 3) == "ay"
    assert symbols.text(4) == "z\u4e00"
    assert symbols.text(-2, -1) == "z"


@given(TEXTS, TEXTS)
def test_raw_symbols_survive_a_given_alphabet(known, text):
    symbols = as_symbols(text, alphabet=as_symbols(known).alphabet)
    assert sequences_of(symbols) == [list(text)]
    assert symbols.text() == text


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")), st.text("abcdefg"))
def test_recoding_is_reading_again(first, second, text):
    first, second = (Alphabet("char", tuple(sorted(known))) for known in (first, second))
    again = as_symbols(as_symbols(text, alphabet=first), alphabet=second)
    direct = as_symbols(text, alphabet=second)
    assert again.codes.tolist() == direct.codes.tolist()
    assert again.unknown == direct.unknown
    assert again.alphabet == second


def test_symbols_pass_through():
    symbols = as_symbols(["ab", "a"], sequences="line")
    assert as_symbols(symbols) is symbols
    assert as_symbols(symbols, alphabet=symbols.alphabet) is symbols
    with pytest.raises(InputError, match="of unit char, not word"):
        as_symbols(symbols, "word")
    with pytest.raises(InputError, match="of unit char, not int"):
        as_symbols(symbols, alphabet=Alphabet("int", (1,)))


def test_alphabet_and_unit_must_agree():
    with pytest.raises(InputError, match="alphabet is of unit word, not char"):
        as_symbols("a", "char", alphabet=Alphabet("word", ("a",)))


@pytest.mark.parametrize("known", [(), (1, 2), (-(2**63), 2**63 - 1)])
def test_unknown_integers(known):
    values = np.array([-(2**63), 0, 1, 2**63 - 1])
    symbols = as_symbols(values, alphabet=Alphabet("int", known))
    assert sequences_of(symbols) == [values.tolist()]
    assert Counter(symbols.codes.tolist())[-1] == len([v for v in values if v not in known])


# -- files --------------------------------------------------------------------------------------


def test_files_are_sequences(write):
    paths = [write(b"ab\r\n", "1"), write(b"", "2"), write("\u00e9a".encode(), "3")]
    symbols = read_symbols(paths)
    assert sequences_of(symbols) == [["a", "b", "\r", "\n"], [], ["é", "a"]]
    assert symbols.mode == "file"
    in_lines = read_symbols(paths, sequences="line")
    assert sequences_of(in_lines) == [["a", "b"], [], ["é", "a"]]
    assert in_lines.mode == "line"
    assert sequences_of(read_symbols(str(paths[0]))) == [["a", "b", "\r", "\n"]]


def test_read_with_an_alphabet_takes_its_unit(write):
    path = write(b"the cat\n")
    symbols = read_symbols(path, alphabet=Alphabet("word", ("the",)))
    assert symbols.codes.tolist() == [0, -1]
    assert symbols.unknown == ("cat",)


def test_awkward_content(write):
    assert len(read_symbols(write(b""))) == 0
    assert read_symbols(write(b"\0")).alphabet.symbols == ("\0",)
    assert sequences_of(read_symbols(write(b"\0\xff\n"), "byte")) == [[0, 255, 10]]


def test_invalid_utf8(write):
    path = write("é".encode() + b"a\xc3(b")
    with pytest.raises(InputError, match=r"in\.txt: invalid UTF-8 at byte offset 3 .0xc3"):
        read_symbols(path)
    with pytest.raises(InputError, match="byte offset 3"):
        read_symbols(path, "word")
    assert read_symbols(path, encoding_errors="replace").text() == "éa\ufffd(b"
    assert read_symbols(path, encoding_errors="ignore").text() == "éa(b"
    with pytest.raises(InputError, match="encoding_errors must be one of"):
        read_symbols(path, encoding_errors="surrogateescape")


@pytest.mark.parametrize("unit", ["char", "word", "byte", "int"])
def test_files_that_cannot_be_read(tmp_path, unit):
    with pytest.raises(InputError, match="missing: no such file"):
        read_symbols(tmp_path / "missing", unit)
    with pytest.raises(InputError, match="this folder holds no file"):
        read_symbols(tmp_path, unit)
    with pytest.raises(InputError, match="cannot be read"):
        read_symbols("a\0b", unit)
    with pytest.raises(InputError, match="no input file"):
        read_symbols([], unit)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read any file")
def test_forbidden_file(write):
    path = write(b"a")
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        read_symbols(path)


def test_a_path_that_would_break_the_line(tmp_path):
    with pytest.raises(InputError) as error:
        read_symbols(tmp_path / "two\nlines")
    assert "two\\nlines" in str(error.value)
    assert "\n" not in str(error.value)


def test_integers_one_a_line(write):
    expected = [[3, -1, 0, 9223372036854775807]]
    for text in ("3\n-1\n0\n9223372036854775807", " 3\r\n-1\n\n+0 \n9223372036854775807\n\n"):
        assert sequences_of(read_symbols(write(text.encode()), "int")) == expected
    assert sequences_of(read_symbols(write(b"\n"), "int")) == [[]]


def test_integers_a_sequence_a_line(write):
    path = write(b"2 3 6\n\n 1\t4 \r\n")
    assert sequences_of(read_symbols(path, "int", "line")) == [[2, 3, 6], [], [1, 4]]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("two", "'two' is not an integer"),
        ("1.5", "'1.5' is not an integer"),
        ("1_0", "'1_0' is not an integer"),
        ("1 b", "'1 b' is not an integer"),
        ("\u0663", "'\u0663' is not an integer"),
        ("9223372036854775808", "'9223372036854775808' does not fit in 64 bits"),
        ("9" * 5000, "'" + "9" * 40 + "' is not an integer"),
        ("\x1c5", "'\\x1c5' is not an integer"),
    ],
)
def test_bad_integer_is_named_with_its_line(write, line, words):
    path = write(f"1\n\n{line}\n4\n".encode())
    with pytest.raises(InputError) as error:
        read_symbols(path, "int")
    assert str(error.value) == f"{path}: line 3: {words}"


def test_several_integers_on_a_line_are_told_how_to_be_read(write):
    for line in ("1 2 -3", "1\t2", "1, 2", "1;2;"):
        with pytest.raises(InputError, match="are several integers: --sequences line reads"):
            read_symbols(write(f"4\n{line}\n".encode()), "int")
    with pytest.raises(InputError, match="line 2: '1,2' are several integers: put white space"):
        read_symbols(write(b"4 5\n3 1,2\n"), "int", "line")


def test_bad_integer_in_a_line_of_integers(write):
    with pytest.raises(InputError, match=r"in\.txt: line 2: 'x' is not an integer"):
        read_symbols(write(b"1 2\n3 x 4\n"), "int", "line")


@pytest.mark.parametrize("dtype", ["i1", ">i8", "u2", "u8"])
def test_npy(tmp_path, dtype):
    np.save(tmp_path / "a.npy", np.array([5, 1, 5], dtype))
    symbols = read_symbols(tmp_path / "a.npy", "int")
    assert sequences_of(symbols) == [[5, 1, 5]]
    np.save(tmp_path / "empty.npy", np.zeros(0, dtype))
    assert len(read_symbols(tmp_path / "empty.npy", "int")) == 0


class Trap:
    """Pickles to a call that leaves a mark."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path(self.path),)


def test_npy_runs_no_code(tmp_path):
    np.save(tmp_path / "a.npy", np.array([Trap(str(tmp_path / "mark"))], object), allow_pickle=True)
    with pytest.raises(InputError, match=r"a\.npy: is not an array"):
        read_symbols(tmp_path / "a.npy", "int")
    assert not (tmp_path / "mark").exists()


def test_npy_that_is_no_list_of_integers(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros(3))
    with pytest.raises(InputError, match=r"a\.npy: symbols must be integers, not float64"):
        read_symbols(path, "int")
    np.save(path, np.zeros((3, 2), int))
    with pytest.raises(InputError, match="one dimension, not 2"):
        read_symbols(path, "int")
    np.savez(tmp_path / "a.npz", keys=np.zeros(3, int), times=np.zeros(3, int))
    with pytest.raises(InputError, match=r"a\.npz: holds several arrays \(keys, times\)"):
        read_symbols(tmp_path / "a.npz", "int")


def test_damaged_npy(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(20))
    whole = path.read_bytes()
    for size in [*range(0, len(whole), 7), len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"a\.npy: ") as error:
            read_symbols(path, "int")
        assert "\n" not in str(error.value)
    for shape in (b"(1<<60,), }", b"(9999999999999,), }"):
        forged = whole.replace(b"(20,), }".ljust(len(shape)), shape)
        assert forged != whole
        path.write_bytes(forged)
        with pytest.raises(InputError, match=r"a\.npy: "):
            read_symbols(path, "int")


@pytest.mark.parametrize("mode", ["file", "line"])
@pytest.mark.parametrize("unit", ["char", "word", "byte"])
@pytest.mark.parametrize("seed", range(6))
def test_a_text_is_read_alike_in_blocks_of_any_length(seed, unit, mode, monkeypatch, tmp_path):
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("ab é\n\u4e00\U0001f600, \r"), 300)) + "\r\n" * (seed % 2)
    whole = as_symbols(text, unit, mode)
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    known = as_symbols("a b", unit)
    others = as_symbols(text, unit, mode, known.alphabet)
    for size in (1, 7, 64):
        for module, name in ((raw, "BLOCK_CHARACTERS"), (readers, "BLOCK_CHARACTERS")):
            monkeypatch.setattr(module, name, size)
        for module in (assembling, sequences):
            monkeypatch.setattr(module, "LOOKED_UP", size)
        for again in (as_symbols(text, unit, mode), read_symbols(path, unit, mode)):
            assert again.alphabet == whole.alphabet
            assert again.codes.tolist() == whole.codes.tolist()
            assert again.starts.tolist() == whole.starts.tolist()
        again = as_symbols(text, unit, mode, known.alphabet)
        assert again.codes.tolist() == others.codes.tolist()
        assert again.unknown == others.unknown
        assert again.starts.tolist() == others.starts.tolist()


def test_codes_are_held_in_the_smallest_type_and_shown_as_int32():
    few, many = as_symbols("abc"), as_symbols("".join(map(chr, range(300, 700))))
    most = as_symbols(list(range(70_000)))
    assert [symbols.held.dtype for symbols in (few, many, most)] == [np.uint8, np.uint16, np.int32]
    assert [symbols.codes.dtype for symbols in (few, many, most)] == [np.int32] * 3
    assert few.codes is few.codes and few.held is few.codes
    assert many.recoded(many.alphabet).held is many.held
    wide = Alphabet("char", ("a", "b", "c", "d"))
    assert as_symbols("abc").recoded(wide).held.dtype == np.uint8
    assert as_symbols("xa").recoded(wide).codes.tolist() == [-1, 0]
