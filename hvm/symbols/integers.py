"""Files of integers: arrays of numpy, or integers in a text."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import why_unreadable
from hvm.data.sources import AnyPath, source_name
from hvm.data.urls import url_of
from hvm.errors import InputError
from hvm.symbols.alphabet import INT64
from hvm.symbols.decoding import integers_as_bytes
from hvm.symbols.lines import line_blocks
from hvm.symbols.raw import Raw, integer_array, lines_of, one_sequence

_INTEGER = re.compile(rb"[+-]?[0-9]{1,4000}")  # Python refuses to read 4301 digits or more

_SEVERAL = {
    "file": "--sequences line reads integers with white space between them, a sequence a line",
    "line": "put white space between them",
}

_ARRAYS = (b"\x93NUMPY", b"PK\x03\x04")
"""How a .npy and a .npz file begin."""


def read_integers(
    path: AnyPath,
    mode: str,
    n_bytes: int | None = None,
    on_read: Callable[[int], None] | None = None,
) -> Iterator[Raw]:
    """Read a file of integers; lines block by block.

    Parameters
    ----------
    path : path
    mode : {"file", "line"}
        What is one sequence: what is one is read at once.
    n_bytes : int, optional
        Of a block of lines, about; None for all at once.
    on_read : callable, optional
        As of :func:`hvm.data.sources.unpacked_parts`.

    Yields
    ------
    Raw
        At least one.

    Raises
    ------
    InputError
        It cannot be read, or holds something else; the message names the line or the array.
    """
    name = source_name(path)
    if url_of(path) is None and os.fsdecode(path).lower().endswith((".npy", ".npz")):
        yield one_sequence(_load_array(os.fsdecode(path), name))
        return
    lines_before = 0
    n_bytes = n_bytes if mode == "line" else None
    for number, data in enumerate(line_blocks(path, n_bytes, on_read, _ARRAYS)):
        if number == 0 and data.startswith(_ARRAYS):
            yield one_sequence(_load_array(io.BytesIO(data), name))
            return
        text = data if number else integers_as_bytes(data, f"{name}: ")
        yield _integers(text, mode, name, lines_before)
        lines_before += text.count(b"\n")


def _load_array(source: str | io.BytesIO, name: str) -> NDArray[np.int64]:
    try:
        # A memory map, so that a false shape in the header cannot ask for memory.
        mapped = "r" if isinstance(source, str) else None
        loaded: Any = np.load(source, mmap_mode=mapped, allow_pickle=False)  # type: ignore[arg-type]
        if not isinstance(loaded, np.ndarray):
            with loaded:
                loaded = loaded[_only_array(loaded, name)]
    except OSError as error:
        raise InputError(why_unreadable(str(source), name, error)) from None
    except InputError:
        raise
    except Exception as error:  # numpy's reader raises many kinds on a damaged file
        first_line = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{name}: is not an array that can be read: {first_line}") from None
    return integer_array(loaded, f"{name}: ")


def _only_array(archive: Any, name: str) -> str:
    if not all(member.endswith(".npy") for member in archive.zip.namelist()):
        raise InputError(f"{name}: is a zip archive, but not of arrays: unpack it")
    names = list(archive.files)
    if len(names) != 1:
        listed = f"several arrays ({', '.join(names)})" if names else "no array"
        raise InputError(f"{name}: holds {listed:.200}: save one with numpy.save")
    return str(names[0])


def _integers(data: bytes, mode: str, name: str, lines_before: int) -> Raw:
    lines = lines_of(data, b"\n")
    fields = lines if mode == "file" else [field for line in lines for field in line.split()]
    try:
        if b"_" in data:  # int() reads 1_0 as 10
            raise ValueError
        values = np.array([int(field) for field in fields if field.strip()], np.int64)
    except (ValueError, OverflowError):
        raise InputError(f"{name}: {next(_bad_integers(lines, mode, lines_before))}") from None
    if mode == "file":
        return one_sequence(values)
    starts = np.cumsum([0, *(len(line.split()) for line in lines[:-1])])
    return Raw(values, starts.astype(np.int64))


def _bad_integers(lines: list[bytes], mode: str, lines_before: int) -> Iterator[str]:
    for number, line in enumerate(lines, start=lines_before + 1):
        for field in line.split() if mode == "line" else [line.strip()]:
            value = repr(field[:40].decode("utf-8", "replace"))
            several = re.split(rb"[,;\s]+", field.strip(b",;"))
            if len(several) > 1 and all(map(_INTEGER.fullmatch, several)):
                yield f"line {number}: {value} are several integers: {_SEVERAL[mode]}"
            elif field and not _INTEGER.fullmatch(field):
                yield f"line {number}: {value} is not an integer"
            elif field and not INT64.min <= int(field) <= INT64.max:
                yield f"line {number}: {value} does not fit in 64 bits"
