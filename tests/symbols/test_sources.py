"""Files in every wrapping that people have: marks, encodings, archives, folders, patterns."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from hvm.data.sources import expand
from hvm.errors import InputError
from hvm.symbols.convert import as_symbols
from hvm.symbols.readers import read_symbols

zstandard = pytest.importorskip("zstandard")
PACKED = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: zstandard.ZstdCompressor().compress(data),
}
BOM = "\ufeff"


@pytest.fixture
def write(tmp_path):
    def write_one(data: bytes | str, name: str = "in.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write_one


def raw(symbols) -> list:
    return [symbols.alphabet.symbols[code] for code in symbols.codes.tolist()]


def refused(path, unit="char", **options) -> str:
    with pytest.raises(InputError) as error:
        read_symbols(path, unit, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


# -- byte-order marks and UTF-16 ----------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_mark_at_the_start_is_no_symbol(write, encoding):
    def marked(text):
        return write((BOM + text).encode(encoding))

    assert raw(read_symbols(marked("né 狗"))) == list("né 狗")
    assert raw(read_symbols(marked("a dog"), "word")) == ["a", "dog"]
    assert raw(read_symbols(marked("1\r\n-2\n"), "int")) == [1, -2]
    data = (BOM + "a").encode(encoding)
    assert raw(read_symbols(write(data), "byte")) == list(data)
    assert raw(as_symbols(data, "char")) == ["a"]


def test_one_mark_is_dropped_from_the_start_of_each_file(write):
    first, second = write(f"{BOM}{BOM}a", "1"), write(f"{BOM}b{BOM}", "2")
    assert raw(read_symbols([first, second])) == [BOM, "a", "b", BOM]
    assert raw(as_symbols([f"{BOM}{BOM}a", f"{BOM}b"])) == [BOM, "a", "b"]
    assert raw(as_symbols(f"{BOM}a", "byte")) == list(f"{BOM}a".encode())


def test_what_is_wrong_is_counted_from_the_start_of_the_file(write):
    error = refused(write(b"\xef\xbb\xbfab\xff"))
    assert "in.txt: invalid UTF-8 at byte offset 5 (0xff): --encoding-errors" in error
    error = refused(write(b"\xff\xfea\0\0\xd8b\0"), "word")
    assert "in.txt: invalid UTF-16 at byte offset 4 (0x00)" in error
    path = write(b"\xff\xfea\0b")
    assert "UTF-16 at byte offset 4" in refused(path, "int")
    assert raw(read_symbols(path, encoding_errors="replace")) == ["a", "\ufffd"]
    assert "UTF-32" in refused(write("a".encode("utf-32")))


# -- packed files -------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", PACKED)
def test_packed_files_are_unpacked_whatever_their_name(write, suffix):
    packed = PACKED[suffix]("né\n".encode())
    for name in (f"a.{suffix}", "a.txt"):
        assert raw(read_symbols(write(packed, name))) == ["n", "é", "\n"]
        assert raw(read_symbols(write(packed, name), "byte")) == list("né\n".encode())
    two = PACKED[suffix](b"1\n") + PACKED[suffix](b"2\n")
    assert raw(read_symbols(write(two), "int")) == [1, 2]
    assert len(read_symbols(write(PACKED[suffix](b"")))) == 0
    assert raw(read_symbols(write(b"plain", f"a.{suffix}"))) == list("plain")


@pytest.mark.parametrize("suffix", PACKED)
def test_damaged_and_cut_archives_are_named(write, suffix):
    packed = PACKED[suffix](bytes(range(256)) * 40)
    for size in [*range(8), len(packed) // 2, len(packed) - 1]:
        assert f"a.{suffix}: is a" in refused(write(packed[:size], f"a.{suffix}"), "byte")
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 255
    if suffix != "zst":  # which has no checksum unless asked
        assert "damaged or cut" in refused(write(bytes(damaged)), "byte")


def test_a_frame_may_not_claim_memory(write):
    forged = b"\x28\xb5\x2f\xfd\xe0" + (1 << 50).to_bytes(8, "little") + b"\x01\x00\x00"
    assert "damaged or cut zstd file" in refused(write(forged), "byte")


def test_zstd_without_its_package(write, monkeypatch):
    path = write(PACKED["zst"](b"a"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert "is packed by zstd: pip install zstandard" in refused(path)


# -- standard input, folders, patterns ----------------------------------------------------------


@pytest.mark.parametrize("data", [b"2\n1\n", gzip.compress(b"2\n1\n", mtime=0)])
def test_standard_input(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert raw(read_symbols("-", "int")) == [2, 1]
    with pytest.raises(InputError, match="once only"):
        read_symbols(["-", "-"])
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="there is none to read"):
        read_symbols("-")


def test_arrays_come_packed_and_from_standard_input_too(write, monkeypatch):
    array, archive = io.BytesIO(), io.BytesIO()
    np.save(array, np.array([3, 1]))
    np.savez(archive, keys=np.array([3, 1]))
    assert raw(read_symbols(write(gzip.compress(array.getvalue()), "a.npy.gz"), "int")) == [3, 1]
    assert raw(read_symbols(write(archive.getvalue(), "a.npz"), "int")) == [3, 1]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(archive.getvalue())))
    assert raw(read_symbols("-", "int")) == [3, 1]


def test_a_folder_is_all_its_files_in_order(write, tmp_path):
    for name in ("b.txt", "a/z.txt", "a/c/1", "a-b", ".hidden", ".git/config", "a/.x"):
        write(name, f"in/{name}")
    names = ["a/c/1", "a/z.txt", "a-b", "b.txt"]
    assert [str(path.relative_to(tmp_path / "in")) for path in expand(tmp_path / "in")] == names
    symbols = read_symbols(tmp_path / "in")
    assert symbols.text() == "".join(names) and symbols.n_sequences == 4


def test_a_pattern_that_the_shell_left_alone(write, tmp_path, monkeypatch):
    for name in ("2.txt", "1.txt", "3.md", "deep/4.txt", "[a].txt"):
        write(name, name)
    assert [path.name for path in expand(tmp_path / "?.txt")] == ["1.txt", "2.txt"]
    assert [path.name for path in expand(str(tmp_path / "**" / "4*"))] == ["4.txt"]
    assert expand(tmp_path / "[a].txt") == [tmp_path / "[a].txt"]
    assert "x*.txt: no file matches" in refused(tmp_path / "x*.txt")
    assert "dee*: no file matches" in refused(tmp_path / "dee*")


# -- what is no text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "is a picture (PNG), not text"),
        (b"%PDF-1.7\n", "is a PDF document, not text: save what it says as plain text"),
        (b"PK\x03\x04\x14\0", "is a zip archive (zip, docx"),
        (b"\x93NUMPY\x01\0", "is a numpy array, not text: --unit int reads it"),
        (b"ab\0\0\xff\0", "is no text: it holds zero bytes, and byte 4 is no UTF-8"),
    ],
)
@pytest.mark.parametrize("unit", ["char", "word"])
def test_files_that_are_no_text(write, data, words, unit):
    path = write(data)
    assert f"{path}: {words}" in refused(path, unit)
    assert raw(read_symbols(path, "byte")) == list(data)


def test_files_that_are_no_integers(write):
    assert "in.txt: line 1: 'é' is not an integer" in refused(write(f"{BOM}é"), "int")
    assert "is a PDF document" in refused(write(b"%PDF-1.7\n"), "int")
    word = io.BytesIO()
    np.savez(word, a=np.zeros(1, int))
    path = write(word.getvalue().replace(b"a.npy", b"a.xml"))
    assert "is a zip archive, but not of arrays" in refused(path, "int")
