"""Files as symbols."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import read_bytes, why_unreadable
from hvm.errors import InputError, one_line_path, require_choice
from hvm.symbols.alphabet import INT64, Alphabet
from hvm.symbols.raw import (
    Raw,
    assemble,
    decode,
    integer_array,
    lines_of,
    one_sequence,
    raw_text,
    split_lines,
    unit_of,
)
from hvm.symbols.sequences import SEQUENCE_MODES, Symbols

ENCODING_ERRORS = ("strict", "replace", "ignore")

_INTEGER = re.compile(rb"[+-]?[0-9]{1,4000}")  # Python refuses to read 4301 digits or more


def read_symbols(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    unit: str | None = None,
    sequences: str = "file",
    alphabet: Alphabet | None = None,
    encoding_errors: str = "strict",
) -> Symbols:
    r"""Read files as symbols.

    Parameters
    ----------
    paths : path or iterable of paths
        Each file is a sequence, or holds one a line. A file without symbols is one empty
        sequence.
    unit : str, optional
        ``"char"`` (the default), ``"word"`` (words and punctuation, white space dropped),
        ``"byte"``, or ``"int"``: a ``.npy`` file, or one integer a line; with
        ``sequences="line"``, integers with white space between them.
    sequences : str
        ``"file"``, or ``"line"``: only ``\n`` and ``\r\n`` end a line, they are not symbols,
        and a blank line is an empty sequence.
    alphabet : Alphabet, optional
        A model's alphabet: its unit is used, and other symbols get the code -1. By default the
        alphabet is what the files hold.
    encoding_errors : str
        What invalid UTF-8 does: ``"strict"`` (an error), ``"replace"`` (by U+FFFD), ``"ignore"``.

    Returns
    -------
    Symbols

    Raises
    ------
    InputError
        A file cannot be read or does not hold what it should; the message says which and where.
    """
    unit = unit_of(unit, alphabet) or "char"
    require_choice("sequences", sequences, SEQUENCE_MODES)
    require_choice("encoding_errors", encoding_errors, ENCODING_ERRORS)
    paths = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
    if not paths:
        raise InputError("no input file was given")
    raws = [_read_file(path, unit, sequences, encoding_errors) for path in paths]
    return assemble(raws, unit, sequences, alphabet)


def _read_file(path: str | os.PathLike[str], unit: str, mode: str, encoding_errors: str) -> Raw:
    name = one_line_path(path)
    if unit == "int" and os.fsdecode(path).lower().endswith(".npy"):
        return one_sequence(_load_npy(path, name))
    data = read_bytes(path)
    if unit == "int":
        return _integers(data, mode, name)
    if unit == "byte":
        return split_lines(np.frombuffer(data, np.uint8), mode)
    return raw_text(decode(data, encoding_errors, f"{name}: "), unit, mode)


def _load_npy(path: str | os.PathLike[str], name: str) -> NDArray[np.int64]:
    try:
        # A memory map, so that a false shape in the header cannot ask for memory.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise InputError(why_unreadable(path, name, error)) from None
    except Exception as error:  # numpy's reader raises many kinds on a damaged file
        first_line = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{name}: is not an array that can be read: {first_line}") from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{name}: holds several arrays: save one with numpy.save")
    return integer_array(array, f"{name}: ")


def _integers(data: bytes, mode: str, name: str) -> Raw:
    lines = lines_of(data, b"\n")
    fields = lines if mode == "file" else [field for line in lines for field in line.split()]
    try:
        if b"_" in data:  # int() reads 1_0 as 10
            raise ValueError
        values = np.array([int(field) for field in fields if field.strip()], np.int64)
    except (ValueError, OverflowError):
        raise InputError(f"{name}: {next(_bad_integers(lines, mode))}") from None
    if mode == "file":
        return one_sequence(values)
    starts = np.cumsum([0, *(len(line.split()) for line in lines[:-1])])
    return Raw(values, starts.astype(np.int64))


def _bad_integers(lines: list[bytes], mode: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        for field in line.split() if mode == "line" else [line.strip()]:
            value = repr(field[:40].decode("utf-8", "replace"))
            if field and not _INTEGER.fullmatch(field):
                yield f"line {number}: {value} is not an integer"
            elif field and not INT64.min <= int(field) <= INT64.max:
                yield f"line {number}: {value} does not fit in 64 bits"
