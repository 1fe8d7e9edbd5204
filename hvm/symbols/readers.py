"""Files as symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hvm.data.sources import AnyPath, expand
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.assembling import assemble
from hvm.symbols.file_reading import FileReading, read_file
from hvm.symbols.forms import Forms
from hvm.symbols.raw import BLOCK_CHARACTERS, Raw, unit_of
from hvm.symbols.sequences import Symbols

BLOCK_BYTES = 1 << 20
"""Of text in a block: long enough that what is done once a block takes no time."""


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

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "lines.txt").write_text("a cat\na dog\n")
    ...     symbols = read_symbols(Path(folder, "lines.txt"), "word", "line")
    >>> symbols.alphabet.symbols, symbols.n_sequences
    (('a', 'cat', 'dog'), 2)
    """
    unit = unit_of(unit, alphabet) or "char"
    how = FileReading.of(unit, sequences, encoding_errors, normalize, format)
    forms = Forms()
    raws = (
        raw
        for path in expand(paths)
        for raw in read_file(path, how, forms, BLOCK_CHARACTERS, in_pieces=True)
    )
    symbols = assemble(raws, unit, how.mode, alphabet)
    _warn_of_forms(forms, how, alphabet)
    return symbols


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
    at once, and so do UTF-16 and a file of CHAT as text, and the bytes behind a URL.

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
    how = FileReading.of(alphabet.unit, sequences, *options)
    forms = Forms()
    raws: list[Raw] = []
    size = 0
    for path in expand(paths):
        for raw in read_file(path, how, forms, n_bytes, on_read):
            raws.append(raw)
            size += _size(raw)
            if n_bytes is not None and size >= n_bytes:
                yield assemble(raws, how.unit, how.mode, alphabet)
                raws, size = [], 0
    if raws:
        yield assemble(raws, how.unit, how.mode, alphabet)
    _warn_of_forms(forms, how, alphabet)


def _size(raw: Raw) -> int:
    """Characters, bytes or integers, and sequences."""
    values = raw.values
    return len(raw.starts) + (sum(map(len, values)) if isinstance(values, list) else len(values))


def _warn_of_forms(forms: Forms, how: FileReading, alphabet: Alphabet | None) -> None:
    if how.normalize == "none" and how.unit in ("char", "word"):
        if alphabet is not None:
            forms.add_alphabet(alphabet)
        forms.warn()
