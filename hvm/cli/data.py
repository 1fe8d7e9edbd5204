"""The part of the command line that fetches data: ``hvm data fetch`` and ``hvm data list``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hvm.cli.examples import examples_text
from hvm.cli.options import AsJson, Command
from hvm.cli.printing import print_json
from hvm.progress import progress

if TYPE_CHECKING:
    from hvm.data.registry import Fetched
    from hvm.data.task_sources import TaskSource

app = typer.Typer(
    name="data",
    help="Fetch data that are published elsewhere; HVM_DATA may name a folder that holds them.",
)


@app.command(cls=Command, epilog=examples_text("data fetch"))
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in hvm data list.")],
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where files go.", show_default="the cache"),
    ] = None,
    base_url: Annotated[str | None, typer.Option(hidden=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a data set, check its hashes, and say where it is. What is here is not fetched again.

    A transfer that was cut goes on where it stopped when the command is given again. Of the recall
    data, the table that hvm recall reads is written too.
    """
    from hvm.data import registry as data

    wanted = data.dataset(name)
    print(f"hvm: {name}: licence: {wanted.licence}", file=sys.stderr)
    with progress(f"fetching {name}"):
        files = data.fetch(name, folder, base_url)
        tables = import_module(wanted.tidy).write_tidy(files, folder) if wanted.tidy else []
    for file in files:
        if file.is_first:
            print(
                f"hvm: {file.path.name}: no hash is known for this file; the one that came is "
                "recorded, and checked from now on",
                file=sys.stderr,
            )
    if as_json:
        report = {"name": name, "licence": wanted.licence, "files": [*map(_row, files)]}
        print_json({**report, "tables": [*map(str, tables)]})
    else:
        for path in (*(file.folder or file.path for file in files), *tables):
            print(path)


@app.command("list", cls=Command, epilog=examples_text("data list"))
def list_datasets(as_json: AsJson = False) -> None:
    """List the data sets that hvm knows, with their licences and addresses, or how to get them."""
    from hvm.data.registry import DATASETS
    from hvm.data.task_sources import TASK_SOURCES

    others = [source for name, source in TASK_SOURCES.items() if name not in DATASETS]
    if as_json:
        datasets = [asdict(dataset) for dataset in DATASETS.values()]
        print_json({"datasets": datasets, "elsewhere": [*map(_elsewhere, others)]})
        return
    for dataset in DATASETS.values():
        print(f"{dataset.name}: {dataset.about}")
        print(f"    licence: {dataset.licence}")
        for file in dataset.files:
            print(f"    {file.url}")
    for source in others:
        print(f"{source.name}: {source.about} (not fetched: {source.place})")
        print(f"    licence: {source.licence}")
        print(f"    {source.how}")
        if source.beside:
            print(f"    {source.beside}")


def _elsewhere(source: TaskSource) -> dict[str, str]:
    """Files of a task that a user gets without hvm, as names of files are not known beforehand."""
    about = asdict(source)
    del about["files"], about["n_people"]
    return {**about, "how": source.how}


def _row(file: Fetched) -> dict[str, Any]:
    return {
        "path": str(file.path),
        "bytes": file.n_bytes,
        "sha256": file.sha256,
        "origin": file.origin,
        "recorded_now": file.is_first,
        "folder": None if file.folder is None else str(file.folder),
    }
