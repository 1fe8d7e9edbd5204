"""Compression against generalization: ``hvm curve``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hvm.cli.learners import Options, learner
from hvm.cli.options import (
    AlsoAs,
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
    output_option,
    suffixes,
)
from hvm.cli.printing import console, print_json
from hvm.cli.texts import Reading, read_texts
from hvm.errors import InputError
from hvm.learn.presets import DEFAULT
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    import pandas as pd

    from hvm.curve.texts import CurveTexts
    from hvm.symbols.sequences import Symbols


def curve(
    output: Annotated[Path, output_option("DIR", "For the table and the figures.")],
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
    rivals: Annotated[
        str | None,
        typer.Option(help="Drawn too, each at several sizes or orders; of {methods}, with commas."),
    ] = None,
    llm: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="A language model to draw: name, folder or GGUF."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where a language model runs: auto, cpu, cuda or cuda:N.")
    ] = "auto",
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
    figures: AlsoAs = None,
    as_json: AsJson = False,
) -> None:
    """Compression against generalization, by iteration and level of abstraction."""
    from hvm.curve import curve as curves
    from hvm.curve.texts import CurveTexts, NamedText
    from hvm.data.files import make_folder
    from hvm.data.sources import require_one_standard_input

    if redraw:
        curves.draw_curve(output, suffixes(figures))
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
    texts = CurveTexts(training, same_kind, others)
    bound = None if source is None else _source_curve(source)
    make_folder(output)
    rows = _rows_of_others(rivals, llm, device, texts)
    with compile_notice(), progress(f"learning from {len(training):,} symbols and measuring"):
        table = _with_rows(curves.measure_curve(model, training, same_kind, others), rows)
    files = {"train": train, "held_out": held_out, "transfer": transfer}
    settings: dict[str, Any] = {name: list(map(str, paths or [])) for name, paths in files.items()}
    settings |= {"unit": unit, "sequences": sequences, "normalize": normalize, "format": format}
    settings |= {"preset": preset, "rivals": rivals, "llm": llm, "source": source}
    curves.write_curve(output, table, settings | model.get_params(), bound, suffixes(figures))
    _report(table, as_json)


def _report(table: pd.DataFrame, as_json: bool) -> None:
    from hvm.curve.verdict import verdict

    if as_json:
        rows = json.loads(table.to_json(orient="records", double_precision=15))
        print_json({"rows": rows, "verdict": verdict(table)})
    else:
        _print_curve(table)
        console().print(verdict(table), end="")


def _rows_of_others(
    rivals: str | None, llm: str | None, device: str, texts: CurveTexts
) -> list[dict[str, Any]]:
    """Rows of rivals and of a language model, which are asked first: what is missing is known."""
    from hvm.cli.rival_points import language_model_row, rival_rows

    names = [] if rivals is None else [name.strip() for name in rivals.split(",")]
    rows = rival_rows(names, texts)
    if llm is not None:
        from hvm.language.models import load_language_model

        with progress(f"reading with {llm}"):
            rows.append(language_model_row(load_language_model(llm, device), texts))
    return rows


def _with_rows(table: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True) if rows else table


def _source_curve(source: str) -> pd.DataFrame:
    """The rate-distortion curve of a world, named by what ``hvm generate`` was told."""
    from hvm.worlds.generate import generate
    from hvm.worlds.rate_distortion import source_curve

    try:
        depth, alphabet, p_variable, seed = source.split(",")
        settings = int(depth), int(alphabet), float(p_variable), 0, int(seed)
    except ValueError:
        raise InputError(
            f"--source {source}: wants the depth, alphabet, p-variable and seed of a world, with "
            "commas"
        ) from None
    drawn = generate(*settings, tied_slots=True)
    with compile_notice(), progress("working out the source's rate-distortion curve"):
        return source_curve(drawn.world)


def _print_curve(table: pd.DataFrame) -> None:
    """The last iteration of each learner and choice, level by level, and every rival."""
    from hvm.curve.controls import CHOICES
    from hvm.curve.report import last_rows

    parts = last_rows(table)
    of_level = {
        "level": "level",
        "rate": "rate_bits_per_symbol",
        "edits": "distortion_most_probable",
    }
    for title, rows, columns in (
        ("the lexicon alone", parts["unigram"], of_level),
        ("by experts", parts["experts"], of_level),
        ("others", parts["others"], {"": "context"}),
    ):
        is_choice = rows["abstraction"].isin([*CHOICES, "grains"])
        rows = rows.assign(name=rows["model"].where(~is_choice, rows["abstraction"]))
        if len(rows):
            _print_rows(f"{title}: last iteration, bits by symbol", rows, columns)


def _print_rows(title: str, rows: pd.DataFrame, columns: dict[str, str]) -> None:
    from rich.table import Table

    from hvm.curve.report import cell_text

    texts = {"training": "", "held out": "held_out_", "unseen": "unseen_", "transfer": "transfer_"}
    columns = columns | {text: f"{name}bits_per_symbol" for text, name in texts.items()}
    columns = {title: column for title, column in columns.items() if column in rows}
    printed = Table(box=None, title=title, title_justify="left")
    printed.add_column("")
    for name in columns:
        printed.add_column(name, justify="right" if name else "left")
    for _, row in rows.iterrows():
        printed.add_row(row["name"], *(cell_text(row[column]) for column in columns.values()))
    console().print(printed)
