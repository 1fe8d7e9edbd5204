"""Files whose records are sequences, and characters in several forms."""

from __future__ import annotations

import sys
import unicodedata
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm.errors import HvmWarning, InputError
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.readers import read_symbols

COMPOSED, APART = "caf\u00e9 ", "cafe\u0301 "


@pytest.fixture
def write(tmp_path):
    def write_one(text: str, name: str = "in.txt"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_one


def sequences(symbols) -> list:
    held = [symbols.alphabet.symbols[code] for code in symbols.codes.tolist()]
    return [held[start:end] for start, end in symbols.bounds()]


def texts(symbols) -> list[str]:
    return ["".join(sequence) for sequence in sequences(symbols)]


def refused(path, unit="char", **options) -> str:
    with pytest.raises(InputError) as error:
        read_symbols(path, unit, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def silent(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_symbols(*arguments, **options)


# -- FASTA --------------------------------------------------------------------------------------

FASTA = ";made up\n>one a comment\nACgt AC\r\n\nNN-*\n>two\n>three\n;again\nT\n"


@pytest.mark.parametrize("mode", ["file", "line"])
def test_each_record_is_a_sequence(write, mode):
    symbols = silent(write(FASTA, "a.fasta"), sequences=mode, format="fasta")
    assert texts(symbols) == ["ACgtACNN-*", "", "T"]
    assert symbols.mode == "line"
    of_bytes = silent([write("\ufeff>a\nAC\n"), write(">b\rC", "b")], "byte", format="fasta")
    assert sequences(of_bytes) == [[65, 67], [67]]
    assert texts(silent(write(""), format="fasta")) == [""]


def test_what_is_no_fasta(write):
    error = refused(write("\n;x\nACGT\n>a\n"), format="fasta")
    assert "in.txt: line 3: 'ACGT' stands before the first header (>)" in error
    assert "--format fasta is text" in refused(write("1"), "int", format="fasta")
    assert "format must be one of text, fasta, chat" in refused(write("1"), format="fastq")


@pytest.mark.parametrize(
    ("name", "format"), [("a.FA", "fasta"), ("a.fna.gz", "fasta"), ("a.cha", "chat")]
)
def test_a_format_that_is_read_as_text_is_suspected(write, name, format):
    with pytest.warns(HvmWarning, match=f"--format {format} reads what it says"):
        assert texts(read_symbols(write(">a\nAC", name))) == [">a\nAC"]


# -- CHAT ---------------------------------------------------------------------------------------

CHAT = (
    "\ufeff@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tCHI Child, MOT Mother\n"
    "*CHI:\tmore <the the> [/] cookie [= food] &-uh xxx .\n"
    "%mor:\tqn|more\n\tn|cookie\n"
    "*MOT:\tyou want (an)other one\n\twith milk ? \x15100_2000\x15\n"
    "*CHI:\tdon't [: do not] +...\n"
    "*MOT:\t0 .\n@End\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_utterance_is_a_sequence_without_markup(write, end):
    pytest.importorskip("pylangacq")
    path = write(CHAT.replace("\n", end), "a.cha")
    said = ["more cookie .", "you want another one with milk ?", "do not +...", "."]
    assert texts(silent(path, format="chat")) == said
    words = sequences(silent(path, "word", format="chat"))
    assert words[1] == ["you", "want", "another", "one", "with", "milk", "?"]
    assert texts(silent(write("@UTF8\n@Begin\n@End\n"), format="chat")) == [""]
    silence = "*CHI:\t\n*MOT:\thi .\n*CHI:\n"
    assert texts(silent(write(silence), format="chat")) == ["", "hi .", ""]


def test_what_is_no_chat(write):
    pytest.importorskip("pylangacq")
    error = refused(write("@UTF8\n*CHI:\thi .\nMOT hello .\n"), format="chat")
    assert "in.txt: line 3: 'MOT hello .' is no line of a CHAT file" in error
    error = refused(write("*CHI:\thi .\n*MOT:\n\t] so [/]\n"), format="chat")
    assert "in.txt: '*MOT: ] so [/]' begins with a bracket that closes nothing" in error
    assert "line 1: '\\thi' is no line" in refused(write("\thi"), format="chat")


def test_chat_without_its_package(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pylangacq", None)
    assert "pylangacq is not installed: pip install hvm-learn[chat]" in refused(
        write(CHAT, "a.cha"), format="chat"
    )


# -- normalization ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_texts_are_brought_to_a_form(write, form):
    text = COMPOSED + APART + "\ufb01 \ud55c"
    symbols = silent(write(text), normalize=form)
    assert texts(symbols) == [unicodedata.normalize(form, text)]
    assert len(set(sequences(silent(write(COMPOSED + APART), "word", normalize=form))[0])) == 1
    for unit in ("byte", "int"):
        assert f"not --unit {unit}" in refused(write("1"), unit, normalize=form)
    assert "normalize must be one of none, NFC" in refused(write("1"), normalize="nfc")


@pytest.mark.parametrize("unit", ["char", "word"])
def test_a_character_in_two_forms_is_a_warning(write, unit):
    mixed = r"'é': written in two forms, such as U\+00E9 and U\+0065 U\+0301, .* --normalize NFC"
    with pytest.warns(HvmWarning, match=rf"in\.txt: {mixed}"):
        assert texts(read_symbols(write(COMPOSED + APART))) == [COMPOSED + APART]
    with pytest.warns(HvmWarning, match=rf"2: {mixed}"):
        read_symbols([write(COMPOSED, "1"), write(APART, "2")], unit)
    with pytest.warns(HvmWarning, match="'가', '각' and 1 more|'가', '각', '갂' and 1 more"):
        syllables = "가각갂갃"
        read_symbols(write(syllables + unicodedata.normalize("NFD", syllables)))
    with pytest.warns(HvmWarning, match="'Å'"):
        read_symbols(write("\u00c5 \u212b"), unit)


@pytest.mark.parametrize(
    "text", [COMPOSED, APART, "e\u0301 \u00fc o", "е\u0301 й", "日本語", "\u212b"]
)
def test_one_form_is_none(write, text):
    assert texts(silent(write(text))) == [text]


@pytest.mark.parametrize("unit", ["char", "word"])
@pytest.mark.parametrize(("fitted", "given"), [(COMPOSED, APART), (APART, COMPOSED)])
def test_a_model_of_the_other_form_is_a_warning(write, unit, fitted, given):
    alphabet = silent(write(fitted), unit).alphabet
    with pytest.warns(HvmWarning, match="'é': written in two forms"):
        read_symbols(write(given), alphabet=alphabet)
    assert silent(write(fitted), alphabet=alphabet).unknown == ()
    silent(write("tea"), alphabet=Alphabet("char", ("a", "e")))


@given(st.text("aeé\u0301u\u0308üö\u0323", max_size=8))
def test_mixing_is_what_normalization_makes_one(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("forms") / "in.txt"
    path.write_bytes(text.encode())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_symbols(path)
    composed = unicodedata.normalize("NFC", text)
    assert bool(caught) == any(
        character in text and composed.count(character) > text.count(character)
        for character in set(composed) - set("aeu")
        if unicodedata.normalize("NFD", character) != character
    )


def test_utf16_without_its_mark_is_suspected(write):
    with pytest.warns(
        HvmWarning, match=r"in\.txt: a quarter of it or more are zeros: if it is UTF-16"
    ):
        read_symbols(write("a dog sat".encode("utf-16-le").decode("latin-1")))
    silent(write("\0"))
