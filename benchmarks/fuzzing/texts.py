"""Texts in every unit and way to cut them, beside a reader that is written out plainly."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tempfile
import unicodedata
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import regex  # whose words hold combining marks; those of re do not

from benchmarks.fuzzing import require
from benchmarks.fuzzing.damage import choice, damaged
from hvm import read_symbols
from hvm.symbols.sequences import Symbols

PIECES: tuple[bytes, ...] = (
    b"the dog sat .", b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b"", b"\x00", b"\xff", b"\xc3",
    "é".encode(), "e\u0301".encode(), "\ufeff".encode(), "日本語".encode(), "\U0001f600".encode(),
    "\u2028".encode(), "\u00a0".encode(), b"\xed\xa0\x80", b"don't", b"1_0", b"it's 5.5!",
)  # fmt: skip
NUMBERS: tuple[bytes, ...] = (
    b"1", b"2", b"-3", b"+4", b"007", b"9223372036854775807", b"9223372036854775808",
    b"-9223372036854775808", b"1_0", b"1.5", b"1e3", b"0x1", b"\xef\xbb\xbf1", b"", b"x",
    b"9" * 5000, b"\xc2\xb2", b"\xd9\xa3",
)  # fmt: skip
GAPS = (b"\n", b"\n", b"\n", b" ", b"\r\n", b"\t", b"\n\n", b",")
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
PACKED = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
INT64_END = 1 << 63


def plain_lines(text: str) -> list[str]:
    r"""Lines that end with ``\n`` or ``\r\n``."""
    lines = re.split(r"\r?\n", text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def plain_text(data: bytes, errors: str) -> str | None:
    """The text of a file, None where it is none."""
    for encoding, mark in MARKS.items():
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding, errors)
            except UnicodeDecodeError:
                return None
    try:
        return data.decode("utf-8", errors)
    except UnicodeDecodeError:
        return None


def plain_integers(text: str, is_by_line: bool) -> list[list[int]] | None:
    """Integers by sequence, None where something is none."""
    found: list[list[int]] = []
    for line in plain_lines(text) if is_by_line else text.split("\n"):
        fields = line.split() if is_by_line else [line.strip()] if line.strip() else []
        if not all(re.fullmatch("[+-]?[0-9]{1,4000}", field, re.ASCII) for field in fields):
            return None
        values = [int(field) for field in fields]
        if not all(-INT64_END <= value < INT64_END for value in values):
            return None
        found.append(values)
    return found if is_by_line else [[value for line in found for value in line]]


def plain_sequences(data: bytes, unit: str, mode: str, errors: str) -> list[list[Any]] | None:
    """What a file holds, None where it is to be refused."""
    is_by_line = mode == "line"
    if unit == "byte":
        lines = re.split(rb"\r?\n", data)
        lines = lines[:-1] if len(lines) > 1 and not lines[-1] else lines
        return [list(line) for line in lines] if is_by_line else [list(data)]
    text = plain_text(data, errors if unit != "int" else "strict")
    if text is None or unit == "int":
        return None if text is None else plain_integers(text, is_by_line)
    parts = plain_lines(text) if is_by_line else [text]
    if unit == "word":
        return [regex.findall(r"\w+|[^\w\s]+", part) for part in parts]
    return [list(part) for part in parts]


def held(symbols: Symbols) -> list[list[Any]]:
    """Symbols of each sequence."""
    names = symbols.alphabet.symbols
    ends = [*symbols.starts.tolist()[1:], len(symbols.codes)]
    return [
        [names[code] for code in symbols.codes[begin:end].tolist()]
        for begin, end in zip(symbols.starts.tolist(), ends, strict=True)
    ]


class Texts:
    """Files that ``read_symbols`` is given."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        warnings.simplefilter("ignore")

    def attempt(self, rng: np.random.Generator) -> None:
        """Read a file: it is refused, or holds what the plain reader finds."""
        unit = choice(("char", "word", "byte", "int"), rng)
        mode = choice(("file", "line"), rng)
        errors = choice(("strict", "replace", "ignore"), rng)
        data = self._content(unit, rng)
        suffix = choice(tuple(PACKED), rng) if rng.random() < 0.2 else ""
        packed = PACKED[suffix](data)
        is_damaged = bool(suffix) and rng.random() < 0.3
        path = Path(self._folder.name, f"given.txt{suffix}")
        path.write_bytes(damaged(packed, rng) if is_damaged else packed)
        symbols = read_symbols(path, unit, mode, encoding_errors=errors)
        if is_damaged:
            return
        expected = plain_sequences(data, unit, mode, errors)
        require(expected is not None, f"{data[:60]!r} was read as {unit}")
        require(held(symbols) == expected, f"{data[:60]!r} as {unit} by {mode}: {held(symbols)}")

    def _content(self, unit: str, rng: np.random.Generator) -> bytes:
        n_pieces = int(rng.integers(0, 12))
        if unit == "int" and rng.random() < 0.9:
            options = NUMBERS[:5] if rng.random() < 0.5 else NUMBERS
            pieces = [choice(options, rng) + choice(GAPS, rng) for _ in range(n_pieces)]
        else:
            pieces = [choice(PIECES, rng) for _ in range(n_pieces)]
        text = b"".join(pieces)
        if rng.random() < 0.1:
            decoded = unicodedata.normalize("NFC", text.decode("utf-8", "ignore"))
            encoding = choice(tuple(MARKS), rng)
            return MARKS[encoding] + decoded.encode(encoding)
        return text


def make() -> Texts:
    """Return the kind."""
    return Texts()
