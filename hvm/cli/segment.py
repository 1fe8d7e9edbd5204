"""Words in text without spaces: ``hvm segment``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hvm.cli.options import AsJson, Encoding, output_option
from hvm.cli.printing import console, print_json
from hvm.errors import InputError
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hvm.segment.scoring import SegmentationScores
    from hvm.symbols.sequences import Symbols

    Cuts = NDArray[np.bool_]


def segment(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="[MODEL] TEXT", help="A model file, and the text; no MODEL with --rivals."
        ),
    ],
    gold: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The lines of TEXT with spaces between words; may be TEXT itself."
        ),
    ] = None,
    rivals: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="{segmenters}, by commas: learned from TEXT without its spaces."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        output_option("FILE", "The lines, spaces between words."),
    ] = None,
    encoding_errors: Encoding = "strict",
    as_json: AsJson = False,
) -> None:
    """Cut each line of TEXT into words, whatever spaces it has; with --gold, score them.

    The lines are those of MODEL, or of the first rival without one.
    """
    from hvm.cli.texts import check_output
    from hvm.data.files import write_atomic
    from hvm.segment.reading import gold_cuts, read_lines, spaced
    from hvm.segment.scoring import score_cuts

    *models, text = inputs
    names = rivals.split(",") if rivals else []
    _check(models, names, gold, text)
    if output:
        check_output(output, [*inputs, *([gold] if gold else [])])
    lines = read_lines(text, encoding_errors)
    truth = None
    if gold is not None:
        golden = lines if gold == text else read_lines(gold, encoding_errors)
        truth = gold_cuts(golden, lines, str(gold))
    results = [*(_of_model(path, lines) for path in models), *_of_rivals(names, lines)]
    _, symbols, cuts = results[0]
    if output:
        write_atomic(output, "".join(f"{line}\n" for line in spaced(symbols, cuts)).encode())
    if truth is not None:
        _report({name: score_cuts(own, found, truth) for name, own, found in results}, as_json)
    elif as_json:
        print_json({"lines": spaced(symbols, cuts)})
    elif not output:
        print("\n".join(spaced(symbols, cuts)))


def _check(models: list[Path], names: list[str], gold: Path | None, text: Path) -> None:
    """Arguments that do not go together are errors, before any work."""
    from hvm.data.sources import is_standard_input
    from hvm.segment.rivals import SEGMENTERS

    if len(models) > 1:
        raise InputError(f"segment takes a MODEL and one TEXT: what is {text}?")
    if not models and not names:
        raise InputError("segment needs a MODEL and TEXT, or TEXT with --rivals")
    if len(models) + len(names) > 1 and gold is None:
        raise InputError("several ways to cut are told apart by scores: name the words by --gold")
    for number, name in enumerate(names):
        SEGMENTERS.named(name)
        if name in names[:number]:
            raise InputError(f"--rivals names {name} twice")
    if gold is not None and gold != text and is_standard_input(gold) and is_standard_input(text):
        raise InputError("TEXT and --gold cannot both be standard input")


def _of_model(path: Path, lines: list[str]) -> tuple[str, Symbols, Cuts]:
    """Name, symbols in the model's alphabet, and cuts."""
    from hvm.learn.model import Model
    from hvm.segment.reading import unspaced

    model = Model.load(path)
    if model.alphabet_.unit != "char":
        raise InputError(
            f"{path}: its symbols are of unit {model.alphabet_.unit}: words are found among "
            f"characters (hvm fit --unit char)"
        )
    symbols = unspaced(lines, model.alphabet_)
    with compile_notice(), progress(f"cutting {len(symbols):,} symbols"):
        return path.name, symbols, model.segment(symbols)


def _of_rivals(names: list[str], lines: list[str]) -> list[tuple[str, Symbols, Cuts]]:
    from hvm.segment.reading import unspaced
    from hvm.segment.rivals import SEGMENTERS

    results, symbols = [], unspaced(lines)
    for name in names:
        with compile_notice(), progress(f"{name}: learning from {len(symbols):,} symbols"):
            results.append((name, symbols, SEGMENTERS[name](symbols)))
    return results


def _report(scores: dict[str, SegmentationScores], as_json: bool) -> None:
    if as_json:
        print_json({"scores": {name: _as_numbers(each) for name, each in scores.items()}})
        return
    from rich.table import Table

    table = Table(box=None)
    for name in ("", "of", "precision", "recall", "F"):
        table.add_column(name, justify="left" if name in ("", "of") else "right", no_wrap=True)
    for name, each in scores.items():
        for kind, share in each._asdict().items():
            values = ("-" if math.isnan(value) else f"{value:.3f}" for value in share)
            table.add_row(name, kind.replace("_", " "), *values)
    console().print(table)


def _as_numbers(scores: SegmentationScores) -> dict[str, Any]:
    """Scores as JSON takes them: what is not defined is null."""
    return {
        kind: {
            name: None if math.isnan(value) else value for name, value in share._asdict().items()
        }
        for kind, share in scores._asdict().items()
    }
