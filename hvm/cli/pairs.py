"""Grammatical minimal pairs: ``hvm pairs``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hvm.cli.options import AsJson, InSequences, OfUnit, Seed, output_option
from hvm.cli.printing import console, print_json
from hvm.errors import InputError
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    import pandas as pd

    from hvm.pairs.judging import Judgement

By = Literal["paradigm", "field", "term"]
First = Literal["bad", "good"]
Unknown = Literal["spelled", "escape"]


def pairs(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL PAIRS...",
            help="A model file, and files or folders of pairs; no MODEL with --rival or --llm.",
        ),
    ],
    by: Annotated[By | None, typer.Option(help="Also by group.", show_default="none")] = None,
    rival: Annotated[
        str | None, typer.Option(metavar="NAME", help="Fit one of {sequence_models} to --train.")
    ] = None,
    train: Annotated[
        list[Path] | None,
        typer.Option(metavar="TEXT", help="What a rival learns from; repeatable."),
    ] = None,
    unit: OfUnit = "word",
    sequences: InSequences = "line",
    llm: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="A language model: name, folder or GGUF."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where a language model runs: auto, cpu, cuda or cuda:N.")
    ] = "auto",
    first: Annotated[
        First, typer.Option(help="Which comes first where lines alternate; Zorro's begin with bad.")
    ] = "bad",
    unknown: Annotated[
        Unknown,
        typer.Option(help="A symbol outside the alphabet pays its spelling too, or its escape."),
    ] = "spelled",
    output: Annotated[Path | None, output_option("FILE", "CSV: bits of each pair.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Say which sentence of each pair costs fewer bits under a model that stays as it was.

    PAIRS are BLiMP's JSON lines, CSV or TSV with columns good and bad, or lines that alternate as
    in Zorro. A tie counts half.
    """
    from hvm.cli.texts import check_output
    from hvm.data.files import write_table
    from hvm.data.sources import require_one_standard_input
    from hvm.pairs.judging import judge_pairs
    from hvm.pairs.reading import read_pairs

    files = _pair_files(inputs, rival, llm, train)
    require_one_standard_input([*files, *(train or [])])
    if output:
        check_output(output, [*inputs, *(train or [])])
    table = read_pairs(files, first)
    if llm is not None:
        model = _language_model(llm, device)
    elif rival is not None:
        model = _fitted_rival(rival, train or [], unit, sequences)
    else:
        model = _model_file(inputs[0])
    with compile_notice(), progress(f"judging {len(table):,} pairs"):
        judged = judge_pairs(model, table, by, seed, spells_unknown=unknown == "spelled")
    if output:
        write_table(output, judged.pairs)
    if as_json:
        print_json(_report(judged))
    else:
        _print_judgement(judged)


def _pair_files(
    inputs: list[Path], rival: str | None, llm: str | None, train: list[Path] | None
) -> list[Path]:
    """Which arguments are pairs; options that do not go together are errors."""
    if rival is not None and llm is not None:
        raise InputError("--rival and --llm are two models: name one")
    if rival is not None and not train:
        raise InputError("--rival learns first: name its texts by --train TEXT")
    if rival is None and train:
        raise InputError("--train is what a rival learns from: name it by --rival NAME")
    if rival is None and llm is None:
        if len(inputs) < 2:
            raise InputError("pairs needs a MODEL and PAIRS, or PAIRS with --rival or --llm")
        return inputs[1:]
    return inputs


def _model_file(path: Path) -> Any:
    from hvm.learn.model import Model

    return Model.load(path)


def _fitted_rival(name: str, train: list[Path], unit: str, sequences: str) -> Any:
    from hvm.cli.texts import Reading, read_texts
    from hvm.rivals.sequence_models import SEQUENCE_MODELS

    make = SEQUENCE_MODELS.named(name)
    symbols = read_texts(train, Reading("strict", "none", "text"), unit, sequences)
    with compile_notice(), progress(f"{name}: learning from {len(symbols):,} symbols"):
        return make().fit(symbols)


def _language_model(name: str, device: str) -> Any:
    from hvm.language.models import load_language_model

    with progress(f"loading {name}"):
        return load_language_model(name, device)


def _report(judged: Judgement) -> dict[str, Any]:
    (total,) = _rows(judged.total)
    names = map(str, judged.groups.index)
    return {**total, "by": dict(zip(names, _rows(judged.groups), strict=True))}


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them: an accuracy of no pair is null."""
    return [
        {
            "accuracy": row.accuracy,
            "interval": [row.low, row.high],
            "pairs": int(row.pairs),
            "ties": int(row.ties),
            "known": int(row.known),
            "accuracy_known": row.accuracy_known if row.known else None,
        }
        for row in table.itertuples()
    ]


def _print_judgement(judged: Judgement) -> None:
    from rich.table import Table

    table = Table(box=None)
    for name in ("", "accuracy", "95%", "pairs", "ties", "known", "accuracy known"):
        table.add_column(name, justify="right" if name else "left", no_wrap=bool(name))
    names = [*map(str, judged.groups.index), "all pairs"]
    for name, row in zip(names, [*_rows(judged.groups), *_rows(judged.total)], strict=True):
        low, high = row["interval"]
        known = "-" if row["accuracy_known"] is None else f"{row['accuracy_known']:.3f}"
        counts = (f"{row[each]:,}" for each in ("pairs", "ties", "known"))
        table.add_row(name, f"{row['accuracy']:.3f}", f"{low:.3f} to {high:.3f}", *counts, known)
    console().print(table)
