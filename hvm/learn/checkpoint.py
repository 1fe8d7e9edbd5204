"""A checkpoint: where a search stands, in a file from which it goes on as if it had never ended.

The file is written as model files are (:mod:`hvm.learn.model_file`), whole or not at all. Of a
search in arrays its lexicon is the one that was parsed with last: parsing with it again gives the
same counts. Of a search by rows it is the best so far, and the units of the text stand beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from hvm.data.files import require_writable
from hvm.errors import InputError, ModelFileError, one_line_path
from hvm.learn.model_file import ModelFields, read_fields, write_fields
from hvm.learn.row_state import RowState
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.sequences import Symbols
from hvm.version import __version__

CHECKPOINT = "checkpoint"
"""Says in the file what it is; its value is the version."""

VERSION = 1

END = "end"
"""The step after the last."""


class Standing(NamedTuple):
    """Where a search stands after a step.

    Attributes
    ----------
    step : str
        The next one.
    lexicon : Lexicon
        That the best state was parsed with, or was made of rows.
    numbers : dict of str to float or None
        Whatever else the next steps go by.
    rows : list of dict of str to float
        The history.
    search : RowState, optional
        Of a search by rows.
    """

    step: str
    lexicon: Lexicon
    numbers: dict[str, float | None]
    rows: list[dict[str, float]]
    search: RowState | None = None


class Checkpoint:
    """The file of one search; what it says of another one is refused before any work begins.

    Parameters
    ----------
    path : path
    symbols : Symbols
        The text.
    params : mapping of str
        Settings, as JSON holds them.
    first : Lexicon, optional
        Where the search began.

    Raises
    ------
    OutputError
        The file cannot be written.
    ModelFileError
        It is damaged, or no checkpoint.
    InputError
        It is of another text, of other settings or of another version of hvm.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        symbols: Symbols,
        params: Mapping[str, Any],
        first: Lexicon | None = None,
    ) -> None:
        require_writable(path)
        self._path, self._symbols, self._params = path, symbols, dict(params)
        self._about = {
            CHECKPOINT: VERSION,
            "version": __version__,
            "text": _digest(symbols.codes, symbols.starts),
            "begun": None if first is None else _digest(*_arrays(first)),
        }
        self._found = self._read() if os.path.exists(path) else None

    def _read(self) -> ModelFields:
        """The fields of the file, of this text and these settings."""
        fields = read_fields(self._path)
        about = {name: value for name, value in fields.metadata.items() if name != "standing"}
        if about.get(CHECKPOINT) != VERSION:
            raise self.refusal("is no checkpoint: name another file")
        for what, is_same in self._comparisons(fields, about):
            if not is_same:
                raise self._of_another(what)
        return fields

    def read(self, steps: Collection[str], by_rows: bool = False) -> Standing | None:
        """Return where the search stands, once; None where there was no file yet.

        Parameters
        ----------
        steps : collection of str
            That there are before `END`.
        by_rows : bool
            Whether the search is by rows.

        Returns
        -------
        Standing or None

        Raises
        ------
        ModelFileError
            It does not say so.
        InputError
            The file is of another kind of search.
        """
        fields, self._found = self._found, None
        if fields is None:
            return None
        if (fields.search is not None) != by_rows:
            raise self._of_another("another search")
        try:
            found = json.loads(fields.metadata["standing"])
            rows, numbers = found["rows"], found["numbers"]
            is_whole = found["step"] in {*steps, END} and isinstance(numbers, dict)
            is_whole = is_whole and rows[-1]["seconds"] >= 0
        except (TypeError, ValueError, LookupError):
            is_whole = False
        if not is_whole:
            raise self.refusal("is damaged: it does not say where a search stands")
        return Standing(found["step"], fields.lexicon, numbers, rows, fields.search)

    def refusal(self, reason: object) -> ModelFileError:
        """Return the error that says why the search cannot go on from the file.

        Parameters
        ----------
        reason : str or Exception

        Returns
        -------
        ModelFileError
        """
        return ModelFileError(f"{one_line_path(self._path)}: {reason}")

    def _of_another(self, what: str) -> InputError:
        name = one_line_path(self._path)
        return InputError(f"{name}: is a checkpoint of {what}: delete it, or name another file")

    def _comparisons(self, fields: ModelFields, about: dict[str, Any]) -> list[tuple[str, bool]]:
        """What may differ, and whether it is the same."""
        mine, symbols = self._about, self._symbols
        return [
            (f"hvm {about.get('version')!s:.20}", about.get("version") == mine["version"]),
            ("another text", about.get("text") == mine["text"]),
            ("another text", (fields.alphabet, fields.mode) == (symbols.alphabet, symbols.mode)),
            (_differing(fields.params, self._params), fields.params == self._params),
            ("a search that began elsewhere", about == mine),
        ]

    def write(self, standing: Standing) -> None:
        """Write where the search stands, whole or not at all.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        found = {"step": standing.step, "numbers": standing.numbers, "rows": standing.rows}
        about = {**self._about, "standing": json.dumps(found)}  # a measure may be no number
        symbols, params = self._symbols, self._params
        fields = ModelFields(standing.lexicon, symbols.alphabet, symbols.mode, params, about)
        write_fields(self._path, fields._replace(search=standing.search))


def _differing(others: dict[str, Any], params: dict[str, Any]) -> str:
    """The first setting in which two differ."""
    for name in sorted({*others, *params}):
        if others.get(name) != params.get(name):
            return f"other settings, {name} {others.get(name)!r:.40}"
    return "other settings"


def _arrays(lexicon: Lexicon) -> tuple[Any, ...]:
    counts = lexicon.unit_counts, lexicon.filler_counts
    return lexicon.kinds, lexicon.offsets, lexicon.parts, *counts


def _digest(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(len(array).to_bytes(8, "little"))
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()
