"""Rivals side by side: ``hvm compare``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hvm.cli.options import AlsoAs, AsJson, Texts, output_option, suffixes
from hvm.cli.printing import console, print_fields, print_json
from hvm.errors import InputError
from hvm.progress import progress

if TYPE_CHECKING:
    from hvm.rivals.compare import Task


def compare(
    texts: Texts,
    train: Annotated[
        list[Path] | None,
        typer.Option(metavar="TEXT", help="Learned from first by every method; repeatable."),
    ] = None,
    sizes: Annotated[
        str, typer.Option(help="First bytes of each file, with commas; all is the whole file.")
    ] = "all",
    methods: Annotated[
        str | None,
        typer.Option(
            help="Of {methods}, with commas; without, all that can run, programs (zpaq, lpaq, "
            "paq8) where they are installed."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        output_option("DIR", "For the table and the picture."),
    ] = None,
    figures: AlsoAs = None,
    as_json: AsJson = False,
) -> None:
    """Bits per byte of every method for every file and size, with time and memory.

    Bits are the payload, the same for all methods: what names these bytes and no others. The frame
    of a file (magic numbers, lengths, checks) has a column of its own; a whole file is both.
    """
    from hvm.data.files import make_folder
    from hvm.data.sources import expand, read_unpacked, require_one_standard_input, source_name
    from hvm.rivals import compare as comparison

    require_one_standard_input([*texts, *(train or [])])
    before = _training(train) if train else b""
    if output:
        make_folder(output)
    contents = [(source_name(path), read_unpacked(path)) for path in expand(texts)]
    names = None if methods is None else [name.strip() for name in methods.split(",")]
    lengths = [None if size == "all" else _size(size) for size in sizes.split(",")]
    every = comparison.present() if names is None else names
    tasks = comparison.tasks(contents, every, lengths, before)
    rows = _measured(tasks, skip_missing=not names)
    if output:
        config = {
            "texts": [str(path) for path in texts],
            "train": [str(path) for path in train or []],
            "sizes": sizes,
            "methods": every,
        }
        comparison.write_comparison(output, rows, config, suffixes(figures))
    if as_json:
        print_json({"rows": rows})
    else:
        _print_comparison(rows)


def _training(paths: list[Path]) -> bytes:
    """What every method learns from first."""
    from hvm.data.sources import expand, read_unpacked, source_name

    contents = [(source_name(path), read_unpacked(path)) for path in expand(paths)]
    for name, content in contents:
        if not content:
            raise InputError(f"{name}: holds no byte to learn from")
    return b"".join(content for _, content in contents)


def _size(text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"--sizes: {text!r} is neither a number of bytes nor all")
    return int(text)


def _measured(tasks: list[Task], skip_missing: bool) -> list[dict[str, Any]]:
    """A row a task; a method that cannot run here is an error, or left out and named once."""
    from hvm.rivals.compare import measure
    from hvm.rivals.rival import UnavailableError

    rows: list[dict[str, Any]] = []
    left_out: set[str] = set()
    for done, task in enumerate(tasks):
        if task.method in left_out:
            continue
        what = f"{task.method}, {len(task.data):,} bytes of {task.file}"
        with progress(f"{what}, {done} of {len(tasks)} done"):
            try:
                rows.append(measure(task))
            except UnavailableError as error:
                if not skip_missing:
                    raise
                left_out.add(task.method)
                print(f"hvm: left out: {error}", file=sys.stderr)
    return rows


def _print_comparison(rows: list[dict[str, Any]]) -> None:
    """A table for each file, fewest bits first; then once what columns and bits mean."""
    from rich.table import Table

    from hvm.rivals.compare import COLUMNS_TEXT, frame_text

    printer = console()
    for file in dict.fromkeys(row["file"] for row in rows):
        rows_of_file = [row for row in rows if row["file"] == file]
        sizes = sorted({row["symbols"] for row in rows_of_file})
        bits = {(row["method"], row["symbols"]): row["bits_per_symbol"] for row in rows_of_file}
        table = Table(box=None, title=f"{file}: bits per byte", title_justify="left")
        shown = ("frame bytes", "seconds", "peak MB")
        for name in ("method", *(f"{size:,} bytes" for size in sizes), *shown):
            table.add_column(name, justify="left" if name == "method" else "right")
        largest = [row for row in rows_of_file if row["symbols"] == sizes[-1]]
        for row in sorted(largest, key=lambda row: row["bits"]):
            cells = [f"{bits[row['method'], size]:.3f}" for size in sizes]
            peak = "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"
            frame = frame_text(row["frame_bytes"])
            table.add_row(row["method"], *cells, frame, f"{row['seconds']:.2f}", peak)
        printer.print(table)
        printer.print()
    printer.print(COLUMNS_TEXT)
    printer.print()
    print_fields({row["method"]: row["pays_for"] for row in rows})
