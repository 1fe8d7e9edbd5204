"""Files as symbols."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hvm.data.sources import AnyPath, expand, read_unpacked, source_name
from hvm.errors import require_choice
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.decoding import decode
from hvm.symbols.integers import read_integers
from hvm.symbols.raw import Raw, assemble, raw_text, split_lines, unit_of
from hvm.symbols.sequences import SEQUENCE_MODES, Symbols

ENCODING_ERRORS = ("strict", "replace", "ignore")


def read_symbols(
    paths: AnyPath | Iterable[AnyPath],
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
    raws = [_read_file(path, unit, sequences, encoding_errors) for path in expand(paths)]
    return assemble(raws, unit, sequences, alphabet)


def _read_file(path: AnyPath, unit: str, mode: str, encoding_errors: str) -> Raw:
    if unit == "int":
        return read_integers(path, mode)
    data = read_unpacked(path)
    if unit == "byte":
        return split_lines(np.frombuffer(data, np.uint8), mode)
    return raw_text(decode(data, encoding_errors, f"{source_name(path)}: "), unit, mode)
