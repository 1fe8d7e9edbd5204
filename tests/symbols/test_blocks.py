"""Files read block by block: the same symbols as at once, the same messages, no more held."""

from __future__ import annotations

import bz2
import gzip
import lzma
import warnings
from itertools import chain

import numpy as np
import pytest

from hvm.errors import HvmWarning, InputError
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.readers import read_blocks, read_symbols

LONG = "a dog and a cat that sat under the tree by the long and winding river all day, né 狗"
LINES = ["", "a dog", LONG, "", "zebra \r", "x", LONG[::-1], LONG, "", "the end", LONG, "q"]
LONG_BYTES = len(f"{LONG}\n".encode())
SIZES = [1, 150, 10**9]
"""One long line a block, some lines, all."""

LETTERS = Alphabet("char", tuple(sorted(set(LONG) - set("g狗"))))
ALPHABETS = {
    "char": LETTERS,
    "word": Alphabet("word", ("a", "cat", "dog", "the")),
    "byte": Alphabet("byte", tuple(range(32, 110))),
}
NUMBERS = "\n".join(" ".join(str(i % 7) for i in range(n, 2 * n)) for n in (3, 140, 0, 150, 2, 160))


@pytest.fixture
def write(tmp_path):
    def write_one(data: bytes | str, name: str = "in.txt"):
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write_one


def same(blocks, whole) -> None:
    """Blocks are whole sequences, and together what is read at once."""
    assert np.concatenate([block.codes for block in blocks]).tolist() == whole.codes.tolist()
    lengths = [end - start for block in blocks for start, end in block.bounds()]
    assert lengths == [end - start for start, end in whole.bounds()]
    assert tuple(chain.from_iterable(block.unknown for block in blocks)) == whole.unknown
    assert {block.mode for block in blocks} == {whole.mode}


@pytest.mark.parametrize("n_bytes", SIZES)
@pytest.mark.parametrize("unit", ALPHABETS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n"])
def test_blocks_are_what_is_read_at_once(write, n_bytes, unit, end, last):
    path = write(end.join(LINES) + last.replace("\n", end))
    alphabet = ALPHABETS[unit]
    blocks = list(read_blocks(path, alphabet, "line", n_bytes=n_bytes))
    same(blocks, read_symbols(path, unit, "line", alphabet))
    assert (len(blocks) == 1) == (n_bytes == SIZES[-1])


@pytest.mark.parametrize("n_bytes", SIZES)
@pytest.mark.parametrize("content", ["", "\n", "\n\n", "a", "\ufeffa\n\ufeffb", "a\n\n"])
def test_short_files_too(write, n_bytes, content):
    path = write(content)
    same(
        list(read_blocks(path, LETTERS, "line", n_bytes=n_bytes)),
        read_symbols(path, "char", "line", LETTERS),
    )


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, None])
def test_packed_files_too(write, pack):
    pack = pack or pytest.importorskip("zstandard").ZstdCompressor().compress
    path = write(b"".join(pack(f"{LONG}{number}\n".encode()) for number in range(50)))
    blocks = list(read_blocks(path, LETTERS, "line", n_bytes=200))
    same(blocks, read_symbols(path, "char", "line", LETTERS))
    sizes = []
    list(read_blocks(path, LETTERS, "line", n_bytes=200, on_read=sizes.append))
    assert sum(sizes) == path.stat().st_size


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_urls_too(write, pack):
    pytest.importorskip("fsspec")
    path = write(pack("\n".join(LINES * 9).encode()))
    sizes = []
    blocks = list(read_blocks(path.as_uri(), LETTERS, "line", n_bytes=200, on_read=sizes.append))
    same(blocks, read_symbols(path, "char", "line", LETTERS))
    assert len(blocks) > 1
    assert sum(sizes) == path.stat().st_size


def test_integers_behind_urls_too(write):
    pytest.importorskip("fsspec")
    alphabet = Alphabet("int", tuple(range(6)))
    np.save(array := write("", "a.npy"), [1, 2, 9])
    for path in (array, write(NUMBERS)):
        blocks = list(read_blocks(path.as_uri(), alphabet, "line", n_bytes=1))
        same(blocks, read_symbols(path, "int", "line", alphabet))


def test_what_is_one_sequence_is_one_block_and_short_files_share_one(write):
    long, short = write("\n".join(LINES), "long.txt"), write("a dog\n", "short.txt")
    blocks = list(read_blocks([long, long, short, short], LETTERS, "file", n_bytes=100))
    assert [block.n_sequences for block in blocks] == [1, 1, 2]
    same(blocks, read_symbols([long, long, short, short], "char", "file", LETTERS))


def test_utf_16_comes_at_once(write):
    path = write(("\ufeff" + "\n".join(LINES)).encode("utf-16-le"))
    blocks = list(read_blocks(path, LETTERS, "line", n_bytes=1))
    assert len(blocks) == 1
    same(blocks, read_symbols(path, "char", "line", LETTERS))


@pytest.mark.parametrize("n_bytes", SIZES)
def test_integers_by_lines(write, n_bytes):
    alphabet = Alphabet("int", tuple(range(6)))
    path = write(NUMBERS)
    blocks = list(read_blocks(path, alphabet, "line", n_bytes=n_bytes))
    same(blocks, read_symbols(path, "int", "line", alphabet))
    assert (len(blocks) == 1) == (n_bytes == SIZES[-1])


@pytest.mark.parametrize("n_bytes", SIZES)
@pytest.mark.parametrize(
    "content", ["", ";no record\n", ">1\n>2\n", f">1\n{LONG}\n{LONG}\r\n>2\nab\n>3"]
)
def test_records_of_fasta(write, n_bytes, content):
    path = write(content)
    how = ("strict", "none", "fasta")
    whole = read_symbols(path, "char", "file", LETTERS, *how)
    same(list(read_blocks(path, LETTERS, "file", how, n_bytes)), whole)


@pytest.mark.parametrize("n_bytes", SIZES)
def test_utterances_of_chat(write, n_bytes):
    pytest.importorskip("pylangacq")
    path = write("@UTF8\n@Begin\n" + "*CHI:\ta dog sat .\n%com:\tno\n" * 20 + "@End\n")
    how = ("strict", "none", "chat")
    whole = read_symbols(path, "word", "file", ALPHABETS["word"], *how)
    same(list(read_blocks(path, ALPHABETS["word"], "file", how, n_bytes)), whole)


# -- what is wrong, and where -------------------------------------------------------------------


@pytest.mark.parametrize("n_bytes", SIZES)
@pytest.mark.parametrize(
    ("unit", "format", "content", "message"),
    [
        (
            "char",
            "text",
            f"{LONG}\n".encode() * 9 + b"ab\xff\n",
            f"byte offset {9 * LONG_BYTES + 2} (0xff)",
        ),
        ("int", "text", b"1 2 3\n" * 100 + b"\n4 x\n", "line 102: 'x' is not an integer"),
        ("char", "fasta", b"\n" * 200 + b"ab\n>1\n", "line 201: 'ab' stands before the first"),
        ("char", "text", b"\x89PNG\r\n\x1a\n" + b"a\n" * 99, "a picture (PNG)"),
    ],
)
def test_messages_name_the_place_in_the_file(write, n_bytes, unit, format, content, message):
    path = write(content)
    alphabet = Alphabet("int", (1, 2)) if unit == "int" else LETTERS
    with pytest.raises(InputError) as error:
        list(read_blocks(path, alphabet, "line", ("strict", "none", format), n_bytes))
    assert message in str(error.value) and str(path) in str(error.value)
    with pytest.raises(InputError) as at_once:
        read_symbols(path, unit, "line", alphabet, format=format)
    assert str(error.value) == str(at_once.value)


@pytest.mark.parametrize("n_bytes", SIZES)
def test_what_begins_a_later_block_is_no_beginning_of_a_file(write, n_bytes):
    path = write(f"{LONG}\n%PDF-\n{LONG}\n\ufeff{LONG}\n")
    same(
        list(read_blocks(path, LETTERS, "line", n_bytes=n_bytes)),
        read_symbols(path, "char", "line", LETTERS),
    )


@pytest.mark.parametrize("n_bytes", SIZES)
def test_warnings_are_of_the_whole(write, n_bytes):
    """Two forms of a character in different blocks; zeros that are a quarter of all."""
    path = write(f"é{LONG}\n{LONG}\n{LONG}e\u0301\n" + "\0" * 99)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", HvmWarning)
        list(read_blocks(path, LETTERS, "line", n_bytes=n_bytes))
    with warnings.catch_warnings(record=True) as expected:
        warnings.simplefilter("always", HvmWarning)
        read_symbols(path, "char", "line", LETTERS)
    texts = [str(warning.message) for warning in seen]
    assert texts == [str(warning.message) for warning in expected]
    assert len(texts) == 2


# -- what is held -------------------------------------------------------------------------------


def test_no_more_is_read_than_the_block_that_is_asked_for(write):
    path = write(f"{LONG}\n" * 1000)
    read = 0

    def on_read(n_bytes):
        nonlocal read
        read += n_bytes

    n_symbols = 0
    for block in read_blocks(path, LETTERS, "line", n_bytes=20_000, on_read=on_read):
        n_symbols += len(block)
        assert len(block) <= 40_000
        assert read <= LONG_BYTES * (n_symbols // len(LONG)) + 40_000
    assert read == path.stat().st_size
