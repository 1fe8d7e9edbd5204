"""Files in parts hold what the files hold, and messages say the same of both."""

import bz2

import numpy as np
import pytest

from hvm import as_symbols, read_symbols
from hvm.data.urls import url_of
from hvm.errors import HvmWarning, InputError
from hvm.symbols.forms import Forms
from hvm.symbols.text_files import TextFiles

AWKWARD = [
    "one\ntwo\n\nthree",
    "\ufeffmark\n\ufeffmark in the middle\r\n\r\nend\r\n",
    "\n\n\n",
    "",
    "%PDF-\n%PDF-\nGIF87a\n" * 3,
    "no end of line at all",
    "naïve été\nça\u2028va\n" * 5,
]


def joined(parts):
    """Sequences of parts as lists of symbols."""
    sequences = []
    for part in parts:
        symbols, _ = part.read()
        sequences += [symbols.text(begin, end) for begin, end in symbols.bounds()]
    return sequences


@pytest.mark.parametrize("unit", ["char", "word", "byte"])
@pytest.mark.parametrize("n_parts", [1, 2, 3, 7, 40])
def test_parts_hold_what_the_files_hold(tmp_path, unit, n_parts):
    rng = np.random.default_rng(n_parts)
    texts = [text for text in AWKWARD if not text.startswith("%PDF")]
    texts += ["\n".join(rng.choice(AWKWARD[1].split(), 90)), "".join(rng.choice(list("a\n"), 99))]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.txt").write_bytes(text.encode())
    files = TextFiles(tmp_path, unit, "line")
    whole, parts = files.read(), files.in_parts(n_parts)
    assert len(parts) <= n_parts
    assert joined(parts) == [whole.text(begin, end) for begin, end in whole.bounds()]


def test_a_part_begins_with_what_would_be_no_text_at_the_start_of_a_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"first\n%PDF-\n%PDF-\n")
    parts = TextFiles(path, sequences="line").in_parts(3)
    assert len(parts) == 3
    assert joined(parts) == ["first", "%PDF-", "%PDF-"]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.txt", b"a\nb\nc\nd\n", {"sequences": "file"}),
        ("a.txt.bz2", bz2.compress(b"a\nb\nc\nd\n" * 9), {"sequences": "line"}),
        ("a.txt", "a\nb\nc\nd\n".encode("utf-16"), {"sequences": "line"}),
        ("a.fasta", b">x\nab\n>y\nba\n", {"format": "fasta"}),
        ("a.txt", b"1 2\n3\n4\n", {"unit": "int", "sequences": "line"}),
    ],
)
def test_what_lines_do_not_divide_stays_whole(tmp_path, name, content, options):
    (tmp_path / name).write_bytes(content)
    files = TextFiles(tmp_path / name, **options)
    (part,) = files.in_parts(3)
    assert part.read()[0].codes.tolist() == files.read().codes.tolist()


def test_an_error_in_a_part_is_that_of_the_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\n" * 50 + b"\xff\n")
    files = TextFiles(path, sequences="line")
    with pytest.raises(InputError) as of_file:
        files.read()
    with pytest.raises(InputError) as of_part:
        files.in_parts(2)[1].read()
    assert str(of_part.value) == str(of_file.value)
    assert "offset 100" in str(of_file.value)


def test_an_error_in_any_part_is_the_first_of_the_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\n" * 10 + b"\xff\n" + b"a\n" * 90 + b"\xff\n")
    parts = TextFiles(path, sequences="line").in_parts(2)
    assert len(parts) == 2
    for part in parts:
        with pytest.raises(InputError, match="offset 20 "):
            part.read()


def test_forms_of_parts_are_united(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("e\u0301t\u00e9\nb\n\u00e9\n", "utf-8")
    united = Forms()
    for part in TextFiles(path, sequences="line").in_parts(2):
        united.unite(part.read()[1])
    with pytest.warns(HvmWarning, match="two forms"):
        united.warn()


def test_models_and_symbols_take_files(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a b\nb a\n")
    files = TextFiles(path, "word", "line")
    assert as_symbols(files).starts.tolist() == [0, 2]
    with pytest.raises(InputError, match="unit word, not char"):
        as_symbols(files, unit="char")


def test_choices_are_checked_at_once():
    for options in ({"unit": "letter"}, {"sequences": "page"}, {"format": "fasta", "unit": "int"}):
        with pytest.raises(InputError):
            TextFiles("a.txt", **options)


def test_urls_are_read_as_files_are(tmp_path):
    pytest.importorskip("fsspec")
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(f"{name}\nline\n" * 9)
    url = (tmp_path / "*.txt").as_uri().replace("%2A", "*")
    files = TextFiles(url, sequences="line")
    expected = read_symbols(tmp_path / "*.txt", sequences="line")
    assert files.read().codes.tolist() == expected.codes.tolist()
    assert joined(files.in_parts(4)) == [expected.text(*each) for each in expected.bounds()]
    for wrong, message in ((f"{url}.no", "no file matches"), (url.replace("*", "c"), "c.txt: ")):
        with pytest.raises(InputError, match=message):
            read_symbols(wrong)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("https:/host/a.txt", "https://host/a.txt"),
        ("s3://bucket/*.txt", "s3://bucket/*.txt"),
        ("file:/tmp/a", "file:///tmp/a"),
        ("C:/texts/a.txt", None),
        ("a.txt", None),
    ],
)
def test_a_url_stays_one_as_a_path(name, url):
    assert url_of(name) == url
