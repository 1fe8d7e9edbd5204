"""Files by name, to be read by whoever learns from them: here at once, or elsewhere in parts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.sources import (
    PACKED_BEGINNINGS,
    AnyPath,
    expand,
    is_standard_input,
    open_source,
)
from hvm.data.urls import url_of
from hvm.errors import InputError
from hvm.symbols.assembling import assemble
from hvm.symbols.decoding import is_of_wide_characters
from hvm.symbols.file_reading import FileReading, raws_of, read_file
from hvm.symbols.forms import Forms
from hvm.symbols.raw import Raw
from hvm.symbols.readers import read_symbols
from hvm.symbols.sequences import Symbols

_BLOCK = 1 << 16
"""Bytes read at a time where the end of a line is sought."""


@dataclass(frozen=True)
class TextFiles:
    """Files by name; a model that is fitted to them reads them, or the machines of its engine do.

    Parameters
    ----------
    paths : path or iterable of paths
    unit, sequences, encoding_errors, normalize, format : str
        As :func:`hvm.read_symbols` takes them.

    Raises
    ------
    InputError
        A choice is none, or two do not go together.
    """

    paths: AnyPath | Iterable[AnyPath]
    unit: str = "char"
    sequences: str = "file"
    encoding_errors: str = "strict"
    normalize: str = "none"
    format: str = "text"

    def __post_init__(self) -> None:
        self.reading  # noqa: B018

    @property
    def reading(self) -> FileReading:
        """How each file is read."""
        return FileReading.of(self.unit, self.sequences, *self._rest)

    def read(self) -> Symbols:
        """Read them here."""
        return read_symbols(self.paths, self.unit, self.sequences, None, *self._rest)

    @property
    def _rest(self) -> tuple[str, str, str]:
        return self.encoding_errors, self.normalize, self.format

    def in_parts(self, n_parts: int) -> list[FilesPart]:
        """Divide them, without reading more of them than where lines begin.

        Plain text whose lines are sequences is divided between lines; any other file stays whole.

        Parameters
        ----------
        n_parts : int

        Returns
        -------
        list of FilesPart
            About equal in bytes, in order; as many as there are to be, or fewer.

        Raises
        ------
        InputError
            A file cannot be opened, or is standard input.
        """
        how = self.reading
        paths = [_absolute(path) for path in expand(self.paths)]
        sizes = [_size(path) for path in paths]
        begins = np.cumsum([0, *sizes])
        edges = np.arange(1, n_parts) * begins[-1] // n_parts
        parts: list[list[FilePiece]] = [[] for _ in range(n_parts)]
        for path, size, begin in zip(paths, sizes, begins.tolist(), strict=False):
            for piece in _pieces(path, size, edges - begin, how):
                middle = begin + (piece.begin + piece.end) / 2
                parts[int(np.searchsorted(edges, middle, side="right"))].append(piece)
        return [FilesPart(tuple(pieces), how) for pieces in parts if pieces]


class FilePiece(NamedTuple):
    """Some lines of a file, or all of it.

    Attributes
    ----------
    path : str
    begin, end : int
        Of the bytes.
    is_whole : bool
    """

    path: str
    begin: int
    end: int
    is_whole: bool


class FilesPart(NamedTuple):
    """Pieces of files that are read one after another.

    Attributes
    ----------
    pieces : tuple of FilePiece
    how : FileReading
    """

    pieces: tuple[FilePiece, ...]
    how: FileReading

    def read(self) -> tuple[Symbols, Forms]:
        """Read them.

        Returns
        -------
        symbols : Symbols
            In the alphabet of what they hold.
        forms : Forms
            Of their characters.

        Raises
        ------
        InputError
            A file cannot be read or does not hold what it should.
        """
        forms = Forms()
        raws = (raw for piece in self.pieces for raw in _read_piece(piece, self.how, forms))
        return assemble(raws, self.how.unit, self.how.mode, None), forms


def _read_piece(piece: FilePiece, how: FileReading, forms: Forms) -> Iterator[Raw]:
    if piece.is_whole:
        yield from read_file(piece.path, how, forms)
        return
    with open_source(piece.path) as file:
        file.seek(piece.begin)
        data = file.read(piece.end - piece.begin)
    try:
        yield from raws_of([data], piece.path, how, forms, first_byte=piece.begin)
    except InputError:
        list(read_file(piece.path, how, Forms()))  # raises the first that is wrong in the file
        raise


def _absolute(path: AnyPath) -> str:
    """A name that means the same in every working directory."""
    if is_standard_input(path):
        raise InputError("standard input (-) is here alone: an engine reads files and URLs")
    return url_of(path) or os.path.abspath(os.fsdecode(path))


def _size(path: str) -> int:
    """Bytes of a file; 1 where they cannot be told before it is read."""
    with open_source(path) as file:
        try:
            return file.seek(0, os.SEEK_END)
        except (OSError, ValueError):
            return 1


def _pieces(path: str, size: int, edges: NDArray[np.int64], how: FileReading) -> list[FilePiece]:
    """Pieces of a file that end near the edges, if it can be divided."""
    inside = edges[(edges > 0) & (edges < size)].tolist()
    if not inside or how.mode != "line" or how.format != "text" or how.unit == "int":
        return [FilePiece(path, 0, size, True)]
    with open_source(path) as file:
        beginning = file.read(_BLOCK)
        if beginning.startswith(PACKED_BEGINNINGS) or is_of_wide_characters(beginning):
            return [FilePiece(path, 0, size, True)]
        cuts = sorted({0, size, *(_line_after(file, edge, size) for edge in inside)})
    return [FilePiece(path, begin, end, len(cuts) == 2) for begin, end in pairwise(cuts)]


def _line_after(file: IO[bytes], offset: int, size: int) -> int:
    """Where the first line begins that does at an offset or after it, or the size."""
    at = offset - 1
    file.seek(at)
    while block := file.read(_BLOCK):
        newline = block.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        at += len(block)
    return size
