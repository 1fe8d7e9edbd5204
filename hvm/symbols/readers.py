"""Files as symbols."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from hvm.data.sources import PACKED_SUFFIXES, AnyPath, expand, read_unpacked, source_name
from hvm.errors import HvmWarning, InputError, require_choice
from hvm.symbols.alphabet import UNITS, Alphabet
from hvm.symbols.decoding import decode
from hvm.symbols.formats import FORMAT_OF_SUFFIX, FORMATS, RECORDS
from hvm.symbols.forms import NORMAL_FORMS, Forms, normalized
from hvm.symbols.integers import read_integers
from hvm.symbols.raw import Raw, assemble, raw_text, split_lines, unit_of
from hvm.symbols.sequences import SEQUENCE_MODES, Symbols

ENCODING_ERRORS = ("strict", "replace", "ignore")

_FEW = 8
"""Characters; of fewer, no share says anything."""


def read_symbols(
    paths: AnyPath | Iterable[AnyPath],
    unit: str | None = None,
    sequences: str = "file",
    alphabet: Alphabet | None = None,
    encoding_errors: str = "strict",
    normalize: str = "none",
    format: str = "text",
) -> Symbols:
    r"""Read files as symbols.

    Parameters
    ----------
    paths : path or iterable of paths
        Each file is a sequence, or holds one a line. A file without symbols is one empty
        sequence. A folder, a pattern (``"*.txt"``) and ``"-"`` stand for files as
        :func:`hvm.data.sources.expand` says; what gzip, bz2, xz or zstd packed is unpacked.
    unit : str, optional
        ``"char"`` (the default), ``"word"`` (words and punctuation, white space dropped),
        ``"byte"``, or ``"int"``: a ``.npy`` file, a ``.npz`` file of one array, or one integer a
        line; with ``sequences="line"``, integers with white space between them. Texts are UTF-8,
        or UTF-16 with its byte-order mark; a mark at the start is dropped, except from bytes.
    sequences : str
        ``"file"``, or ``"line"``: only ``\n`` and ``\r\n`` end a line, they are not symbols,
        and a blank line is an empty sequence.
    alphabet : Alphabet, optional
        A model's alphabet: its unit is used, and other symbols get the code -1. By default the
        alphabet is what the files hold.
    encoding_errors : str
        What invalid UTF-8 does: ``"strict"`` (an error), ``"replace"`` (by U+FFFD), ``"ignore"``.
    normalize : {"none", "NFC", "NFD", "NFKC", "NFKD"}
        The Unicode form that characters and words are brought to. With ``"none"`` a character that
        stands in two forms is two symbols, and a warning. No model records it.
    format : {"text", "fasta", "chat"}
        ``"fasta"`` and ``"chat"`` make each record, or utterance, a sequence, as
        ``sequences="line"`` does each line: see :mod:`hvm.symbols.formats`.

    Returns
    -------
    Symbols

    Raises
    ------
    InputError
        A file cannot be read or does not hold what it should; the message says which and where.
    """
    unit = unit_of(unit, alphabet) or "char"
    how = FileReading.of(unit, sequences, encoding_errors, normalize, format)
    forms = Forms()
    raws = [read_file(path, how, forms) for path in expand(paths)]
    if normalize == "none" and unit in ("char", "word"):
        if alphabet is not None:
            forms.add_alphabet(alphabet)
        forms.warn()
    return assemble(raws, unit, how.mode, alphabet)


class FileReading(NamedTuple):
    """How each file is read; see :func:`read_symbols`.

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


def read_file(path: AnyPath, how: FileReading, forms: Forms) -> Raw:
    """Read a file, whole.

    Parameters
    ----------
    path : path
    how : FileReading
    forms : Forms
        Looks through the text.

    Returns
    -------
    Raw

    Raises
    ------
    InputError
        It cannot be read or does not hold what it should.
    """
    if how.unit == "int":
        return read_integers(path, how.mode)
    return raw_of(read_unpacked(path), path, how, forms)


def raw_of(data: bytes, path: AnyPath, how: FileReading, forms: Forms) -> Raw:
    """Cut what a file holds into sequences, unless it is integers.

    Parameters
    ----------
    data : bytes
    path : path
        Of the file, for messages.
    how : FileReading
    forms : Forms
        Looks through the text.

    Returns
    -------
    Raw

    Raises
    ------
    InputError
        The data are not what they should be.
    """
    name = source_name(path)
    if how.format == "text":
        _warn_of_format(path, name)
        if how.unit == "byte":
            return split_lines(np.frombuffer(data, np.uint8), how.mode)
    text = normalized(decode(data, how.encoding_errors, f"{name}: "), how.normalize)
    if how.format != "text":
        text = "".join(f"{record}\n" for record in RECORDS[how.format](text, name))
    _warn_of_zeros(text, name)
    if how.normalize == "none":
        forms.add(text, name)
    return raw_text(text, how.unit, how.mode)


def _warn_of_format(path: AnyPath, name: str) -> None:
    file = os.fsdecode(path).lower()
    for packed in PACKED_SUFFIXES:
        file = file.removesuffix(packed)
    format = FORMAT_OF_SUFFIX.get(os.path.splitext(file)[1])
    if format:
        _warn(
            f"{name}: is read as plain text, markup and all: --format {format} reads what it says"
        )


def _warn_of_zeros(text: str, name: str) -> None:
    if len(text) >= _FEW and 4 * text.count("\0") >= len(text):
        _warn(
            f"{name}: a quarter of it or more are zeros: if it is UTF-16 without a byte-order "
            "mark, save it as UTF-8"
        )


def _warn(message: str) -> None:
    warnings.warn(message, HvmWarning, stacklevel=5)
