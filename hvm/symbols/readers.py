"""Files as symbols."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from hvm.data.sources import PACKED_SUFFIXES, AnyPath, expand, source_name
from hvm.errors import HvmWarning, InputError, require_choice
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.decoding import decode
from hvm.symbols.formats import FORMAT_OF_SUFFIX, FORMATS, RECORDS
from hvm.symbols.forms import NORMAL_FORMS, Forms, normalized
from hvm.symbols.integers import read_integers
from hvm.symbols.lines import line_blocks
from hvm.symbols.raw import Raw, assemble, raw_text, split_lines, unit_of
from hvm.symbols.sequences import SEQUENCE_MODES, Symbols

ENCODING_ERRORS = ("strict", "replace", "ignore")

BLOCK_BYTES = 1 << 20
"""Of text in a block: long enough that what is done once a block takes no time."""

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
    how = _reading(unit, sequences, encoding_errors, normalize, format)
    forms = Forms()
    raws = [raw for path in expand(paths) for raw in _read_file(path, how, forms)]
    _warn_of_forms(forms, how, alphabet)
    return assemble(raws, unit, how.mode, alphabet)


def read_blocks(
    paths: AnyPath | Iterable[AnyPath],
    alphabet: Alphabet,
    sequences: str,
    options: tuple[str, str, str] = ("strict", "none", "text"),
    n_bytes: int | None = BLOCK_BYTES,
    on_read: Callable[[int], None] | None = None,
) -> Iterator[Symbols]:
    r"""Read files as :func:`read_symbols` does, by blocks of whole sequences.

    No more than a block is held, and the text that it was read from; but what is one sequence comes
    at once, and so do UTF-16 and a file of CHAT as text.

    Parameters
    ----------
    paths : path or iterable of paths
    alphabet : Alphabet
        Of a model.
    sequences : {"file", "line"}
    options : tuple of str
        ``encoding_errors``, ``normalize`` and ``format`` of :func:`read_symbols`.
    n_bytes : int, optional
        Of text for a block, about; None for all of it.
    on_read : callable, optional
        Called with the number of bytes that were read since it was called last.

    Yields
    ------
    Symbols
        At least one block; several short files make one. What :func:`read_symbols` warns of in
        characters is known after the last.

    Raises
    ------
    InputError
        As :func:`read_symbols`, when what is wrong is reached.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> letters = Alphabet("char", ("a", "b", "c"))
    >>> with TemporaryDirectory() as folder:
    ...     text = Path(folder, "text")
    ...     _ = text.write_text("ab\n" + 70 * "a" + "\n" + 70 * "c")
    ...     [block.n_sequences for block in read_blocks(text, letters, "line", n_bytes=1)]
    [1, 1, 1]
    """
    how = _reading(alphabet.unit, sequences, *options)
    forms = Forms()
    raws: list[Raw] = []
    size = 0
    for path in expand(paths):
        for raw in _read_file(path, how, forms, n_bytes, on_read):
            raws.append(raw)
            size += _size(raw)
            if n_bytes is not None and size >= n_bytes:
                yield assemble(raws, how.unit, how.mode, alphabet)
                raws, size = [], 0
    if raws:
        yield assemble(raws, how.unit, how.mode, alphabet)
    _warn_of_forms(forms, how, alphabet)


class _Reading(NamedTuple):
    """How each file is read."""

    unit: str
    mode: str
    encoding_errors: str
    normalize: str
    format: str


def _reading(
    unit: str, sequences: str, encoding_errors: str, normalize: str, format: str
) -> _Reading:
    require_choice("sequences", sequences, SEQUENCE_MODES)
    require_choice("encoding_errors", encoding_errors, ENCODING_ERRORS)
    require_choice("normalize", normalize, NORMAL_FORMS)
    require_choice("format", format, FORMATS)
    if normalize != "none" and unit in ("byte", "int"):
        raise InputError(f"--normalize is for characters and words, not --unit {unit}")
    if format != "text" and unit == "int":
        raise InputError(f"--format {format} is text: --unit char, word or byte reads it")
    mode = sequences if format == "text" else "line"
    return _Reading(unit, mode, encoding_errors, normalize, format)


def _read_file(
    path: AnyPath,
    how: _Reading,
    forms: Forms,
    n_bytes: int | None = None,
    on_read: Callable[[int], None] | None = None,
) -> Iterator[Raw]:
    if how.unit == "int":
        yield from read_integers(path, how.mode, n_bytes, on_read)
        return
    name = source_name(path)
    blocks = line_blocks(path, n_bytes if how.mode == "line" else None, on_read)
    if how.format == "text":
        _warn_of_format(path, name)
        if how.unit == "byte":
            for block in blocks:
                yield split_lines(np.frombuffer(block, np.uint8), how.mode)
            return
    n_characters = n_zeros = 0
    for text in _texts(blocks, how, name, n_bytes):
        n_characters += len(text)
        n_zeros += text.count("\0")
        if how.normalize == "none":
            forms.add(text, name)
        yield raw_text(text, how.unit, how.mode)
    _warn_of_zeros(n_zeros, n_characters, name)


def _texts(blocks: Iterable[bytes], how: _Reading, name: str, n_bytes: int | None) -> Iterator[str]:
    """What blocks of a file say; of records, a line each."""
    if how.format == "text":
        yield from _decoded(blocks, how, name)
        return
    size, is_empty = 0, True
    lines: list[str] = []
    for record in RECORDS[how.format](_decoded(blocks, how, name), name):
        is_empty = False
        lines.append(f"{record}\n")
        size += len(lines[-1])
        if n_bytes is not None and size >= n_bytes:
            yield "".join(lines)
            size, lines = 0, []
    if lines or is_empty:
        yield "".join(lines)


def _decoded(blocks: Iterable[bytes], how: _Reading, name: str) -> Iterator[str]:
    first_byte = 0
    for block in blocks:
        text = decode(block, how.encoding_errors, f"{name}: ", first_byte)
        yield normalized(text, how.normalize)
        first_byte += len(block)


def _size(raw: Raw) -> int:
    """Characters, bytes or integers, and sequences."""
    values = raw.values
    return len(raw.starts) + (sum(map(len, values)) if isinstance(values, list) else len(values))


def _warn_of_forms(forms: Forms, how: _Reading, alphabet: Alphabet | None) -> None:
    if how.normalize == "none" and how.unit in ("char", "word"):
        if alphabet is not None:
            forms.add_alphabet(alphabet)
        forms.warn()


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
