"""What commands do with files before any work: texts are read, outputs tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hvm.errors import OutputError
from hvm.progress import compile_notice, progress, reading_bar

if TYPE_CHECKING:
    from hvm.cli.options import EncodingErrors, Format, Normalize
    from hvm.learn.model import Model
    from hvm.symbols.alphabet import Alphabet
    from hvm.symbols.sequences import Symbols


def check_output(path: Path, inputs: list[Path]) -> None:
    """Fail before the work, not after it, if ``path`` cannot or should not be written."""
    from hvm.data.files import require_writable
    from hvm.data.sources import expand

    require_writable(path)
    read = expand(inputs) if inputs and path.exists() else []
    if any(each.exists() and each.samefile(path) for each in read):
        raise OutputError(f"{path}: is read by this command too, and would be lost")


_ROWS_SHARE = 8
"""Of a block of text, what is made rows of at once: some 75 MB of them."""


class Reading(NamedTuple):
    """How texts are read, beside what a model knows: its unit and what a sequence is."""

    encoding_errors: EncodingErrors
    normalize: Normalize
    format: Format


def read_texts(
    texts: list[Path],
    how: Reading,
    unit: str,
    sequences: str,
    alphabet: Alphabet | None = None,
) -> Symbols:
    """Read texts as symbols of a unit, of a model's alphabet if one is given."""
    from hvm.data.sources import expand
    from hvm.symbols.readers import read_symbols

    files = expand(texts)
    with progress(f"reading {len(files)} file{'s' if len(files) > 1 else ''}"):
        return read_symbols(files, unit, sequences, alphabet, *how)


def load_and_read(model: Path, texts: list[Path], how: Reading) -> tuple[Model, Symbols]:
    """Load a model, and read texts with its unit, its sequence mode and its alphabet."""
    from hvm.learn.model import Model

    saved = Model.load(model)
    alphabet = saved.alphabet_
    return saved, read_texts(texts, how, alphabet.unit, saved.mode_, alphabet)


@contextmanager
def stream(
    model: Path,
    texts: list[Path],
    how: Reading,
    doing: str,
    prints: bool = False,
    at_once: bool = False,
    as_rows: bool = False,
) -> Iterator[tuple[Model, Iterator[Symbols]]]:
    """Load a model, and read texts with its unit, mode and alphabet, block by block.

    Parameters
    ----------
    model : Path
    texts : list of Path
    how : Reading
    doing : str
        What is done with them, as progress on stderr says it.
    prints : bool
        Whether results are printed meanwhile.
    at_once : bool
        Whether all texts are one block.
    as_rows : bool
        Whether each block becomes rows of a table, which take many times its memory.

    Yields
    ------
    Model
    iterator of Symbols
        Each file is read when it is asked for, so errors in it come then.
    """
    from hvm.data.sources import expand
    from hvm.learn.model import Model
    from hvm.symbols.readers import BLOCK_BYTES, read_blocks

    saved = Model.load(model)
    files = expand(texts)
    message = f"{doing} {len(files)} file{'s' if len(files) > 1 else ''}"
    with compile_notice(), reading_bar(message, _bytes_of(files), prints) as on_read:
        n_bytes = None if at_once else BLOCK_BYTES // (_ROWS_SHARE if as_rows else 1)
        yield saved, read_blocks(files, saved.alphabet_, saved.mode_, how, n_bytes, on_read)


def _bytes_of(files: list[Path]) -> int | None:
    """Of all files, as they lie there; None where one is a pipe or cannot be looked at."""
    return sum(map(os.path.getsize, files)) if all(map(os.path.isfile, files)) else None
