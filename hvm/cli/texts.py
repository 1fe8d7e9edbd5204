"""What commands do with files before any work: texts are read, outputs tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hvm.errors import OutputError
from hvm.progress import progress

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
    if path.exists() and any(each.exists() and each.samefile(path) for each in expand(inputs)):
        raise OutputError(f"{path}: is read by this command too, and would be lost")


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
