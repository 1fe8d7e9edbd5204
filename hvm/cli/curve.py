"""Compression against generalization: ``hvm curve``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hvm.cli.learners import Options, learner
from hvm.cli.options import (
    AsJson,
    Encoding,
    InSequences,
    MostEntries,
    OfFormat,
    OfPreset,
    OfUnit,
    Restarts,
    Seed,
    ToForm,
)
from hvm.cli.printing import console, print_json
from hvm.cli.texts import Reading, read_texts
from hvm.errors import InputError
from hvm.learn.presets import DEFAULT
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    import pandas as pd

    from hvm.symbols.sequences import Symbols


def curve(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="For the table and the figures.")
    ],
    train: Annotated[
        list[Path] | None, typer.Argument(metavar="TRAIN", help="Files to learn from.")
    ] = None,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(metavar="TEXT", help="Text of the same kind; repeatable."),
    ] = None,
    transfer: Annotated[
        list[Path] | None, typer.Option(metavar="TEXT", help="Text of another kind; repeatable.")
    ] = None,
    unit: OfUnit = "char",
    sequences: InSequences = "file",
    iterations: Annotated[int | None, typer.Option(min=1, help="Most iterations.")] = None,
    max_entries: MostEntries = None,
    preset: OfPreset = DEFAULT,
    restarts: Restarts = None,
    seed: Seed = 0,
    encoding_errors: Encoding = "strict",
    normalize: ToForm = "none",
    format: OfFormat = "text",
    source: Annotated[
        str | None,
        typer.Option(
            metavar="DEPTH,ALPHABET,P,SEED",
            help="The world that generate drew the text from: its rate-distortion curve is drawn.",
        ),
    ] = None,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Only draw the figures again, from DIR/curve.csv.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compression against generalization, by iteration and level of abstraction."""
    from hvm.curve import curve as curves
    from hvm.curve.texts import NamedText
    from hvm.data.files import make_folder
    from hvm.data.sources import require_one_standard_input

    if redraw:
        curves.draw_curve(output)
        return
    if not train or not held_out:
        raise InputError("a curve needs TRAIN and --held-out TEXT (or --redraw)")
    options: Options = {"iterations": iterations, "max_entries": max_entries}
    model = learner(preset, seed, options | {"restarts": restarts})
    how = Reading(encoding_errors, normalize, format)
    require_one_standard_input([*train, *held_out, *(transfer or [])])

    def read(paths: list[Path]) -> Symbols:
        return read_texts(paths, how, unit, sequences)

    training, same_kind = read(train), read(held_out)
    others = [NamedText(path.name, read([path])) for path in transfer or []]
    bound = None if source is None else _source_curve(source)
    make_folder(output)
    with compile_notice(), progress(f"learning from {len(training):,} symbols and measuring"):
        table = curves.measure_curve(model, training, same_kind, others)
    settings = {
        "train": [str(path) for path in train],
        "held_out": [str(path) for path in held_out],
        "transfer": [str(path) for path in transfer or []],
        "unit": unit,
        "sequences": sequences,
        "normalize": normalize,
        "format": format,
        "preset": preset,
        "source": source,
        **model.get_params(),
    }
    curves.write_curve(output, table, settings, bound)
    if as_json:
        rows = json.loads(table.to_json(orient="records", double_precision=15))
        print_json({"rows": rows})
    else:
        _print_curve(table)


def _source_curve(source: str) -> pd.DataFrame:
    """The rate-distortion curve of a world, named by what ``hvm generate`` was told."""
    from hvm.worlds.generate import generate
    from hvm.worlds.rate_distortion import source_curve

    try:
        depth, alphabet, p_variable, seed = source.split(",")
        sizes = int(depth), int(alphabet), float(p_variable)
        drawn = generate(*sizes, n_symbols=0, seed=int(seed), tied_slots=True)
    except ValueError:
        raise InputError(
            f"--source {source}: wants the depth, alphabet, p-variable and seed of a world, with "
            "commas"
        ) from None
    with compile_notice(), progress("working out the source's rate-distortion curve"):
        return source_curve(drawn.world)


def _print_curve(table: pd.DataFrame) -> None:
    """The last iteration of each learner and choice, level by level."""
    from rich.table import Table

    from hvm.curve.curve import BY_EDIT

    columns = {
        "lexicon": ("lexicon_bits", ",.0f"),
        "bits": ("bits_per_symbol", ".4f"),
        "rate": ("rate_bits_per_symbol", ".4f"),
        "edits": ("distortion_most_probable", ".4f"),
        "held out": ("held_out_bits_per_symbol", ".4f"),
        "unseen": ("unseen_bits_per_symbol", ".4f"),
        "transfer": ("transfer_bits_per_symbol", ".4f"),
    }
    columns = {title: column for title, column in columns.items() if column[0] in table}
    printed = Table(box=None, title="last iteration, by symbol", title_justify="left")
    for name in ("variables", "context", "level", *columns):
        printed.add_column(name, justify="left" if name in ("variables", "context") else "right")
    table = table[table["abstraction"] != BY_EDIT]
    last = table[table["iteration"] == table.groupby("model")["iteration"].transform("max")]
    for _, row in last.iterrows():
        name = row["model"] if row["abstraction"] in ("none", "learned") else row["abstraction"]
        cells = [format(row[column], style) for column, style in columns.values()]
        printed.add_row(name, row["context"], str(row["level"]), *cells)
    console().print(printed)
