"""Learning and using a model: ``hvm fit``, ``score`` and ``parse``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hvm.cli.fitting import fit_task, pass_report
from hvm.cli.learners import Options, learner
from hvm.cli.options import (
    AsJson,
    Encoding,
    InSequences,
    Jobs,
    ModelFile,
    MostEntries,
    OfCluster,
    OfFormat,
    OfPreset,
    OfUnit,
    Restarts,
    Seed,
    Texts,
    ToAdapt,
    ToForm,
    output_option,
)
from hvm.cli.printing import Interrupted, json_line, print_json_list, print_report
from hvm.cli.texts import Reading, check_output, read_texts, stream
from hvm.learn.presets import DEFAULT
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    from hvm.learn.model import Model
    from hvm.symbols.sequences import Symbols

Criterion = Literal["gain", "count"]
Method = Literal["viterbi", "greedy"]
Context = Literal["experts", "unigram"]


def fit(
    texts: Texts,
    output: Annotated[Path, output_option("MODEL", "Model file to write.")],
    unit: OfUnit = "char",
    sequences: InSequences = "file",
    iterations: Annotated[
        int | None, typer.Option(min=1, help="Most passes over the text.")
    ] = None,
    max_entries: MostEntries = None,
    criterion: Annotated[
        Criterion | None,
        typer.Option(help="Rank proposals by bits gained, or by count.", show_default="gain"),
    ] = None,
    no_variables: Annotated[
        bool, typer.Option("--no-variables", help="Learn chunks only (HCM).")
    ] = False,
    context: Annotated[
        Context | None,
        typer.Option(
            help="What foretells symbols: mixed experts, or the lexicon's independent units.",
            show_default="experts",
        ),
    ] = None,
    preset: OfPreset = DEFAULT,
    restarts: Restarts = None,
    jobs: Jobs = 1,
    cluster: OfCluster = None,
    seed: Seed = 0,
    time_limit: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Learn no longer, and keep the best so far."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Say there after each step where learning stands, and go on from there.",
        ),
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Begin with the lexicon of this model file."),
    ] = None,
    encoding_errors: Encoding = "strict",
    normalize: ToForm = "none",
    format: OfFormat = "text",
    as_json: AsJson = False,
) -> None:
    """Learn a model from TEXT and write it to MODEL.

    Ctrl-C ends learning with the best model so far, which is written (exit status 130); once more,
    and it ends at once and writes nothing.
    """
    from hvm.symbols.text_files import TextFiles

    check_output(output, texts)
    if checkpoint:
        check_output(checkpoint, [*texts, *([init] if init else [])])
    options: Options = {"iterations": iterations, "variables": False if no_variables else None}
    options |= {"max_entries": max_entries, "criterion": criterion, "restarts": restarts}
    options |= {"context": context, "n_jobs": None if jobs == 1 else jobs}
    options |= {"engine": cluster, "time_limit": time_limit}
    model = learner(preset, seed, options)
    task = fit_task(model, preset, output, checkpoint, init)
    how = Reading(encoding_errors, normalize, format)
    if cluster is None:
        training: Any = read_texts(texts, how, unit, sequences)
        size = f"{len(training):,} symbols"
    else:
        training = TextFiles(texts, unit, sequences, *how)
        size = f"files at {cluster}"
    shown = progress(f"learning from {size}", time_limit)
    with compile_notice(), shown as tell, _compiled_beside(model):
        compile_seconds = model.compile_kernels()
        stopped = task(training, pass_report(tell))
    model.save(output)
    report = _fit_report(model, None if cluster else training, compile_seconds, stopped)
    print_report(report if as_json else {**_for_people(report), "model": str(output)}, as_json)
    if stopped == "interrupt":
        raise Interrupted(f"{output} is the best model so far")


def _compiled_beside(model: Model) -> AbstractContextManager[None]:
    """Where nothing is compiled yet, other processes help."""
    from hvm.learn.hvm import HVM
    from hvm.learn.rehearsal import compiled_beside

    if not isinstance(model, HVM):
        return nullcontext()
    return compiled_beside("growth", *(["experts"] if model.context == "experts" else []))


def score(
    model: ModelFile,
    texts: Texts,
    best_parse: Annotated[
        bool,
        typer.Option("--best-parse", help="By the best parse alone, as if units were independent."),
    ] = False,
    adapt: ToAdapt = False,
    encoding_errors: Encoding = "strict",
    normalize: ToForm = "none",
    format: OfFormat = "text",
    as_json: AsJson = False,
) -> None:
    """Count the bits of TEXT under MODEL, exactly, the lexicon not included; MODEL stays as it is.

    A symbol that MODEL does not know pays an escape, and unknown bits to be named. TEXT is read a
    megabyte of sequences at a time; what is one sequence is held whole.
    """
    from hvm.show.scores import score_report

    how = Reading(encoding_errors, normalize, format)
    with stream(model, texts, how, "scoring", at_once=adapt) as (saved, blocks):
        report = score_report(saved, blocks, best_parse, adapt)
    print_report(report, as_json)


def parse(
    model: ModelFile,
    text: Annotated[Path, typer.Argument(metavar="TEXT", help="File to parse.")],
    method: Annotated[
        Method, typer.Option(help="Fewest bits, or longest unit from the left.")
    ] = "viterbi",
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after N sequences.")] = None,
    output: Annotated[
        Path | None,
        output_option("JSONL", "JSON lines: one object a sequence, a line."),
    ] = None,
    encoding_errors: Encoding = "strict",
    normalize: ToForm = "none",
    format: OfFormat = "text",
    as_json: AsJson = False,
) -> None:
    """Cut TEXT into units and name what fills each slot.

    Prints one sequence a line, units apart by |, a slot as [V12:filler]. With --json, or as lines
    of -o, start and end count symbols from the start of the unit's own sequence; entry, variable
    and filler are ids; an unknown symbol has no entry (null). TEXT is read a megabyte of sequences
    at a time; what is one sequence is held whole.
    """
    if output:
        check_output(output, [model, text])
    how = Reading(encoding_errors, normalize, format)
    with stream(model, [text], how, "parsing", prints=not output) as (saved, blocks):
        sequences = _parsed(saved, blocks, method, limit)
        if output:
            _write_parse(sequences, output, as_json)
        elif as_json:
            print_json_list("sequences", ({"units": units} for units, _, _ in sequences))
        else:
            _print_parse(sequences)


def _fit_report(
    model: Model, symbols: Symbols | None, compile_seconds: float, stopped: str | None
) -> dict[str, Any]:
    from hvm.show.scores import n_characters
    from hvm.show.summary import code_report, kind_counts

    of_words = {}
    if symbols is not None and symbols.alphabet.unit == "word":
        both = model.lexicon_bits_ + model.data_bits_
        of_words = {"bits_per_character": both / (n_characters(symbols) or 1)}
    return {
        "symbols": model.n_symbols_,
        **kind_counts(model.lexicon_),
        "iterations": model.n_iterations_,
        "lexicon_bits": model.lexicon_bits_,
        "data_bits": model.data_bits_,
        "bits_per_symbol": model.bits_per_symbol_,
        **of_words,
        **code_report(model.code_bits_, model.n_symbols_),
        "seconds": model.seconds_,
        "compile_seconds": compile_seconds + model.compile_seconds_,
        **({"stopped": stopped} if stopped else {}),
    }


def _for_people(report: dict[str, Any]) -> dict[str, Any]:
    """A report without the parts of the code of rows, which JSON tells."""
    parts = {name for name in report if name.startswith("code_") and name.endswith("_bits")}
    return {name: value for name, value in report.items() if name not in parts}


def _parsed(
    model: Model, blocks: Iterable[Symbols], method: str, limit: int | None
) -> Iterator[tuple[list[dict[str, Any]], Symbols, int]]:
    """Units of each sequence, the symbols that it is of, and where among them it begins."""
    from hvm.lexicon.parsing import parse as cut
    from hvm.show.summary import parsed_sequences

    left = limit
    for block in blocks:
        symbols = block if left is None else _first_sequences(block, left)
        parsed = cut(model.lexicon_, symbols.codes, symbols.starts, method)
        for units, (origin, _) in zip(
            parsed_sequences(parsed, symbols), symbols.bounds(), strict=True
        ):
            yield units, symbols, origin
        if left is not None:
            left -= symbols.n_sequences
            if left == 0:
                return


def _first_sequences(symbols: Symbols, limit: int) -> Symbols:
    from dataclasses import replace

    if limit >= symbols.n_sequences:
        return symbols
    codes = symbols.codes[: symbols.starts[limit]]
    unknown = symbols.unknown[: int((codes < 0).sum())]
    return replace(symbols, held=codes, starts=symbols.starts[:limit], unknown=unknown)


def _print_parse(sequences: Iterable[tuple[list[dict[str, Any]], Symbols, int]]) -> None:
    from hvm.show.summary import sequence_line

    for units, symbols, origin in sequences:
        print(sequence_line(units, symbols, origin))


def _write_parse(
    sequences: Iterable[tuple[list[dict[str, Any]], Symbols, int]], output: Path, as_json: bool
) -> None:
    from hvm.data.files import write_atomic

    report = {"sequences": 0, "units": 0}

    def lines() -> Iterator[bytes]:
        for units, _, _ in sequences:
            report["sequences"] += 1
            report["units"] += len(units)
            yield f"{json_line({'units': units})}\n".encode()

    write_atomic(output, lines())
    print_report(report if as_json else {**report, "parse": str(output)}, as_json)
