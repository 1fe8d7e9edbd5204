"""One file as sequences of values, by blocks or at once."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from hvm.data.sources import PACKED_SUFFIXES, AnyPath, source_name
from hvm.errors import HvmWarning, InputError, require_choice
from hvm.symbols.alphabet import UNITS
from hvm.symbols.decoding import decode
from hvm.symbols.formats import FORMAT_OF_SUFFIX, FORMATS, RECORDS
from hvm.symbols.forms import NORMAL_FORMS, Forms, normalized
from hvm.symbols.integers import read_integers
from hvm.symbols.lines import line_blocks
from hvm.symbols.raw import Raw, continued, raw_text, split_lines
from hvm.symbols.sequences import SEQUENCE_MODES

ENCODING_ERRORS = ("strict", "replace", "ignore")

_FEW = 8
"""Characters; of fewer, no share says anything."""


class FileReading(NamedTuple):
    """How each file is read; see :func:`hvm.read_symbols`.

    Attributes
    ----------
    unit, mode, encoding_errors, normalize, format : str
    """

    unit: str
    mode: str
    encoding_errors: str
    normalize: str
    format: str

    @classmethod
    def of(
        cls, unit: str, sequences: str, encoding_errors: str, normalize: str, format: str
    ) -> FileReading:
        """Check how files are to be read.

        Parameters
        ----------
        unit, sequences, encoding_errors, normalize, format : str

        Returns
        -------
        FileReading

        Raises
        ------
        InputError
            A choice is none, or two do not go together.
        """
        require_choice("unit", unit, UNITS)
        require_choice("sequences", sequences, SEQUENCE_MODES)
        require_choice("encoding_errors", encoding_errors, ENCODING_ERRORS)
        require_choice("normalize", normalize, NORMAL_FORMS)
        require_choice("format", format, FORMATS)
        how = cls(
            unit, sequences if format == "text" else "line", encoding_errors, normalize, format
        )
        _require_text(how)
        return how


def _require_text(how: FileReading) -> None:
    if how.normalize != "none" and how.unit in ("byte", "int"):
        raise InputError(f"--normalize is for characters and words, not --unit {how.unit}")
    if how.format != "text" and how.unit == "int":
        raise InputError(f"--format {how.format} is text: --unit char, word or byte reads it")


def read_file(
    path: AnyPath,
    how: FileReading,
    forms: Forms,
    n_bytes: int | None = None,
    on_read: Callable[[int], None] | None = None,
    in_pieces: bool = False,
) -> Iterator[Raw]:
    """Read a file, block by block.

    Parameters
    ----------
    path : path
    how : FileReading
    forms : Forms
        Looks through the text.
    n_bytes : int, optional
        Of a block, about; None for all at once.
    on_read : callable, optional
        As of :func:`hvm.data.sources.unpacked_parts`.
    in_pieces : bool
        Whether what is one sequence comes block by block too.

    Yields
    ------
    Raw
        At least one, of whole sequences; in pieces, the first of a sequence alone has its start.

    Raises
    ------
    InputError
        It cannot be read or does not hold what it should, when what is wrong is reached.
    """
    if how.unit == "int":
        yield from read_integers(path, how.mode, n_bytes, on_read)
    else:
        is_cut = how.mode == "line" or in_pieces
        blocks = line_blocks(path, n_bytes if is_cut else None, on_read)
        for number, raw in enumerate(raws_of(blocks, path, how, forms, n_bytes)):
            yield continued(raw) if number and how.mode == "file" else raw


def raws_of(
    blocks: Iterable[bytes],
    path: AnyPath,
    how: FileReading,
    forms: Forms,
    n_bytes: int | None = None,
    first_byte: int = 0,
) -> Iterator[Raw]:
    """Cut what a file holds into sequences, unless it is integers.

    Parameters
    ----------
    blocks : iterable of bytes
        Of whole lines, where a line is a sequence.
    path : path
        Of the file, for messages.
    how : FileReading
    forms : Forms
        Looks through the text.
    n_bytes : int, optional
        Of a block of records, about; None for all at once.
    first_byte : int
        Where in the file the blocks begin.

    Yields
    ------
    Raw
        One a block; of records, at least one.

    Raises
    ------
    InputError
        The data are not what they should be.
    """
    name = source_name(path)
    if how.format == "text":
        _warn_of_format(path, name)
        if how.unit == "byte":
            for block in blocks:
                yield split_lines(np.frombuffer(block, np.uint8), how.mode)
            return
    n_characters = n_zeros = 0
    for text in _texts(_decoded(blocks, how, name, first_byte), how, name, n_bytes):
        n_characters += len(text)
        n_zeros += text.count("\0")
        if how.normalize == "none":
            forms.add(text, name)
        yield raw_text(text, how.unit, how.mode)
    _warn_of_zeros(n_zeros, n_characters, name)


def _decoded(
    blocks: Iterable[bytes], how: FileReading, name: str, first_byte: int
) -> Iterator[str]:
    for block in blocks:
        text = decode(block, how.encoding_errors, f"{name}: ", first_byte)
        yield normalized(text, how.normalize)
        first_byte += len(block)


def _texts(
    decoded: Iterator[str], how: FileReading, name: str, n_bytes: int | None
) -> Iterator[str]:
    """What blocks of a file say; of records, a line each."""
    if how.format == "text":
        yield from decoded
        return
    size, is_empty = 0, True
    lines: list[str] = []
    for record in RECORDS[how.format](decoded, name):
        is_empty = False
        lines.append(f"{record}\n")
        size += len(lines[-1])
        if n_bytes is not None and size >= n_bytes:
            yield "".join(lines)
            size, lines = 0, []
    if lines or is_empty:
        yield "".join(lines)


def _warn_of_format(path: AnyPath, name: str) -> None:
    file = os.fsdecode(path).lower()
    for packed in PACKED_SUFFIXES:
        file = file.removesuffix(packed)
    format = FORMAT_OF_SUFFIX.get(os.path.splitext(file)[1])
    if format:
        _warn(
            f"{name}: is read as plain text, markup and all: --format {format} reads what it says"
        )


def _warn_of_zeros(n_zeros: int, n_characters: int, name: str) -> None:
    if n_characters >= _FEW and 4 * n_zeros >= n_characters:
        _warn(
            f"{name}: a quarter of it or more are zeros: if it is UTF-16 without a byte-order "
            "mark, save it as UTF-8"
        )


def _warn(message: str) -> None:
    warnings.warn(message, HvmWarning, stacklevel=5)
