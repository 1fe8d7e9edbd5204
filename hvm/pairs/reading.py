"""Files of minimal pairs as one table.

Three kinds of file are read. BLiMP's JSON lines hold ``sentence_good``, ``sentence_bad`` and, where
they are told, ``UID``, ``field`` and ``linguistics_term``. Tables (commas, semicolons or tabs) have
columns ``good`` and ``bad``, or these names of BLiMP, found by name; two columns without a header
are good, bad. Any other text is lines that alternate: Zorro's files have the bad sentence before
the good one.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from hvm.data.sources import AnyPath, expand, read_unpacked, source_name
from hvm.errors import InputError, require_choice, shown
from hvm.symbols.decoding import decode

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("paradigm", "field", "term")
"""What pairs can be told apart by."""

FIRST = ("bad", "good")
"""Which sentence of a pair may come first where lines alternate."""

_NAMES = {
    "sentence_good": "good",
    "sentence_bad": "bad",
    "uid": "paradigm",
    "linguistics_term": "term",
}
_JSON_SUFFIXES = (".jsonl", ".json", ".ndjson")
_DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


class _Text(NamedTuple):
    """A file's text, what a message calls the file, and its name's stem and suffix."""

    text: str
    name: str
    stem: str
    suffix: str


class _Record(NamedTuple):
    """A pair's values by column, and the line where it stands, from 1."""

    line: int
    values: dict[str, Any]


def read_pairs(paths: AnyPath | Iterable[AnyPath], first: str = "bad") -> pd.DataFrame:
    """Read files of minimal pairs.

    Parameters
    ----------
    paths : path or iterable of paths
        Files, folders, patterns or ``"-"``, as :func:`hvm.data.sources.expand` takes them.
    first : {"bad", "good"}
        Which sentence of a pair comes first where lines alternate.

    Returns
    -------
    pandas.DataFrame
        One row a pair, in order: ``good``, ``bad``, ``paradigm`` (the stem of the file's name
        where the file says none), ``field`` and ``term`` (None where the file says none), ``file``
        and ``line``, where it stands.

    Raises
    ------
    InputError
        A file cannot be read or does not hold pairs; the message names file, line and value.
    """
    import pandas as pd

    require_choice("first", first, FIRST)
    rows = [row for path in expand(paths) for row in _rows(_read(path), first)]
    return pd.DataFrame(rows, columns=["good", "bad", *GROUPS, "file", "line"], dtype=object)


def _read(path: AnyPath) -> _Text:
    name = source_name(path)
    text = decode(read_unpacked(path), "strict", f"{name}: ")
    if not text.strip():
        raise InputError(f"{name}: holds no pair")
    base = os.path.basename(os.fsdecode(path))
    for packed in (".gz", ".bz2", ".xz", ".zst"):
        base = base.removesuffix(packed)
    stem, suffix = os.path.splitext(base)
    return _Text(text, name, stem, suffix.lower())


def _rows(source: _Text, first: str) -> Iterator[dict[str, Any]]:
    n_pairs = 0
    for line, values in _records(source, first):
        n_pairs += 1
        where = f"{source.name}, line {line}"
        yield {
            "good": _sentence(values, "good", where),
            "bad": _sentence(values, "bad", where),
            "paradigm": _group(values, "paradigm", where) or source.stem,
            "field": _group(values, "field", where),
            "term": _group(values, "term", where),
            "file": source.name,
            "line": line,
        }
    if not n_pairs:
        raise InputError(f"{source.name}: holds no pair")


def _sentence(values: dict[str, Any], column: str, where: str) -> str:
    sentence = values.get(column)
    if not isinstance(sentence, str):
        raise InputError(f"{where}: the {column} sentence is {shown(sentence)}, not a text")
    sentence = sentence.strip()
    if not sentence:
        raise InputError(f"{where}: the {column} sentence is empty")
    if len(sentence.splitlines()) > 1:
        raise InputError(f"{where}: the {column} sentence holds a line end: {shown(sentence)}")
    return sentence


def _group(values: dict[str, Any], column: str, where: str) -> str | None:
    group = values.get(column)
    if group is not None and not isinstance(group, str):
        raise InputError(f"{where}: the {column} is {shown(group)}, not a text")
    return (group or "").strip() or None


# -- kinds of file ------------------------------------------------------------------------


def _records(source: _Text, first: str) -> Iterator[_Record]:
    if source.suffix in _JSON_SUFFIXES or source.text.lstrip().startswith("{"):
        return _json_records(source)
    head = next(line for line in source.text.splitlines() if line.strip())
    delimiter = _delimiter(head, source.suffix)
    if delimiter:
        return _table_records(source, delimiter)
    return _alternating_records(source, first)


def _delimiter(head: str, suffix: str) -> str | None:
    """What separates the cells of a table whose first line is ``head``; None for no table."""
    for delimiter in (",", ";", "\t"):
        if {"good", "bad"} <= set(_columns(next(csv.reader([head], delimiter=delimiter)))):
            return delimiter
    return "\t" if head.count("\t") == 1 else _DELIMITERS.get(suffix)


def _columns(cells: Iterable[str]) -> list[str]:
    """Names of columns as this module calls them."""
    lowered = (cell.strip().lower() for cell in cells)
    return [_NAMES.get(name, name) for name in lowered]


def _json_records(source: _Text) -> Iterator[_Record]:
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{source.name}, line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: is no JSON object: {error}") from None
        if not isinstance(values, dict):
            raise InputError(f"{where}: is no JSON object: {shown(values)}")
        named = dict(zip(_columns(values), values.values(), strict=True))
        for column in ("good", "bad"):
            if column not in named:
                raise InputError(f"{where}: has no sentence_{column}: {', '.join(values)[:60]}")
        yield _Record(number, named)


def _table_records(source: _Text, delimiter: str) -> Iterator[_Record]:
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _header(cells, source.name)
                if columns == _columns(cells):
                    continue
            if len(cells) != len(columns):
                raise InputError(
                    f"{source.name}, line {reader.line_num}: has {len(cells)} cells, not "
                    f"{len(columns)}: {shown(delimiter.join(cells))}"
                )
            yield _Record(reader.line_num, dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise InputError(f"{source.name}, line {reader.line_num}: {error}") from None


def _header(cells: list[str], name: str) -> list[str]:
    """Columns of a table by its first line; good, bad where two columns have no header."""
    columns = _columns(cells)
    for column in ("good", "bad", *GROUPS):
        if columns.count(column) > 1:
            raise InputError(f"{name}, line 1: has two columns {column}")
    if {"good", "bad"} <= set(columns):
        return columns
    if len(cells) == 2 and not {"good", "bad"} & set(columns):
        return ["good", "bad"]
    raise InputError(f"{name}, line 1: has no columns good and bad: {shown(', '.join(cells))}")


def _alternating_records(source: _Text, first: str) -> Iterator[_Record]:
    lines = [(n, line) for n, line in enumerate(source.text.split("\n"), 1) if line.strip()]
    if len(lines) % 2:
        raise InputError(
            f"{source.name}, line {lines[-1][0]}: {shown(lines[-1][1].strip())} has no partner: "
            f"lines alternate, {first} first, and there are {len(lines)}"
        )
    second = FIRST[1 - FIRST.index(first)]
    for (number, one), (_, other) in zip(lines[::2], lines[1::2], strict=True):
        yield _Record(number, {first: one, second: other})
