"""What a model foretells: ``hvm surprisal`` and ``hvm sample``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, starmap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hvm.cli.options import (
    AsJson,
    Encoding,
    ModelFile,
    OfFormat,
    Seed,
    Texts,
    ToAdapt,
    ToForm,
    output_option,
)
from hvm.cli.printing import print_json, print_json_list, print_report
from hvm.cli.texts import Reading, check_output, stream
from hvm.errors import InputError
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from hvm.learn.model import Model
    from hvm.show.scores import TextSize
    from hvm.symbols.sequences import Symbols

By = Literal["symbol", "unit", "word", "line"]


def surprisal(
    model: ModelFile,
    texts: Texts,
    by: Annotated[
        By, typer.Option(help="A symbol, a unit of the best parse, a word, or a sequence.")
    ] = "symbol",
    context: Annotated[
        bool,
        typer.Option(
            "--context",
            help="A column of what stands before in the sequence, the last 24 characters at most.",
        ),
    ] = False,
    entropy: Annotated[
        bool,
        typer.Option(
            "--entropy",
            help="A column of the bits expected at each place, all symbols that could stand there "
            "weighed by their probability; an unknown symbol is one outcome. Refused where it "
            "would take long: lines, not whole files.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        output_option("CSV", "A table, with all columns."),
    ] = None,
    adapt: ToAdapt = False,
    encoding_errors: Encoding = "strict",
    normalize: ToForm = "none",
    format: OfFormat = "text",
    as_json: AsJson = False,
) -> None:
    """Count the bits of TEXT under MODEL: of each symbol given those before it in its sequence.

    Prints a line for each: its sequence, the symbol, and bits, tabs between them; of words, units
    and lines bits a character too. With --json, symbols and bits by sequence; by units, words or
    lines, and with --context or --entropy, a list of rows. TEXT is read a megabyte of sequences at
    a time; what is one sequence is held whole, and all of TEXT with --entropy or --adapt.
    """
    from hvm.show.scores import TextSize

    if output:
        check_output(output, [model, *texts])
    if entropy and adapt:
        raise InputError("--entropy is of the frozen model, which --adapt is not: choose one")
    how = Reading(encoding_errors, normalize, format)
    is_whole = entropy or adapt
    as_rows = by != "symbol" or bool(output or entropy or context)
    with stream(model, texts, how, "scoring", not output, is_whole, as_rows) as (saved, blocks):
        size = TextSize()
        costed = ((block, saved.surprisal(block, adapt)) for block in size.counted(blocks))
        if not as_rows:
            _print_sequences(costed, saved.alphabet_.unit, as_json)
            return
        tables = _tables(saved, costed, by, entropy, context)
        if output:
            _write(tables, output, size, as_json)
        elif as_json:
            print_json_list("rows", chain.from_iterable(map(_without_missing, tables)))
        else:
            _print_rows(tables, by, saved.alphabet_.unit)


def _tables(
    model: Model,
    costed: Iterable[tuple[Symbols, NDArray[np.float64]]],
    by: str,
    entropy: bool,
    context: bool,
) -> Iterator[pd.DataFrame]:
    """Rows of each block, its sequences counted from the first of all blocks."""
    from hvm.show.grouping import bits_table, entropy_bits

    n_before = 0
    for symbols, bits in costed:
        expected = entropy_bits(model, symbols) if entropy else None
        table = bits_table(model, symbols, bits, by, expected, context)
        table["sequence"] += n_before
        yield table
        n_before += symbols.n_sequences


def _write(tables: Iterable[pd.DataFrame], output: Path, size: TextSize, as_json: bool) -> None:
    from hvm.data.files import write_table
    from hvm.show.scores import ExactSum

    n_rows, bits = 0, ExactSum()

    def counted() -> Iterator[pd.DataFrame]:
        nonlocal n_rows
        for table in tables:
            n_rows += len(table)
            bits.add(table["bits"].to_numpy())
            yield table

    write_table(output, counted())
    report: dict[str, Any] = {"rows": n_rows, "bits": bits.value}
    if size.n_characters:
        report["bits_per_character"] = bits.value / size.n_characters
    print_report(report if as_json else {**report, "table": str(output)}, as_json)


def _print_rows(tables: Iterable[pd.DataFrame], by: str, unit: str) -> None:
    """Columns that a person reads; bits a character where they say more than the bits."""
    for number, table in enumerate(tables):
        texts = [name for name in ("context", "text") if name in table]
        has_rate = unit == "word" or (unit == "char" and by != "symbol")
        numbers = ["bits", *(["bits_per_character"] if has_rate else [])]
        numbers += [name for name in ("entropy_bits",) if name in table]
        if number == 0:
            names = [by if name == "text" else name for name in texts]
            print("sequence", *names, *numbers, sep="\t")
        for row in table.to_dict("records"):
            shown = [_quoted(row[name]) for name in texts]
            cells = ["-" if row[name] != row[name] else f"{row[name]:.4f}" for name in numbers]
            print(row["sequence"], *shown, *cells, sep="\t")


def _print_sequences(
    costed: Iterable[tuple[Symbols, NDArray[np.float64]]], unit: str, as_json: bool
) -> None:
    """Symbol by symbol, as they come, so that a long text is never held as rows."""
    from hvm.show.scores import sequence_bits

    sequences = chain.from_iterable(starmap(sequence_bits, costed))
    if as_json:
        rows = ({"symbols": names, "bits": costs} for names, costs in sequences)
        print_json_list("sequences", rows)
        return
    of_words = unit == "word"
    header = ["sequence", "symbol", "bits", *(["bits_per_character"] if of_words else [])]
    for number, (names, costs) in enumerate(sequences, 1):
        if number == 1:
            print(*header, sep="\t")
        for name, cost in zip(names, costs, strict=True):
            rate = [f"{cost / len(name):.4f}" if name else "-"] if of_words else []
            print(number, _quoted(name), f"{cost:.4f}", *rate, sep="\t")


def _without_missing(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows as JSON takes them, None for what is missing."""
    for row in table.to_dict("records"):
        yield {str(name): None if value != value else value for name, value in row.items()}


def _quoted(text: str) -> str:
    """A text on one line and in one cell."""
    return text if text.isprintable() and text.strip() else repr(text)


def sample(
    model: ModelFile,
    symbols: Annotated[int, typer.Option("--symbols", "-n", min=0, help="How many symbols.")] = 100,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw a sequence from what MODEL expects, as text; bytes and integers as people read them.

    By contexts symbol by symbol, which is for some hundred symbols; by a lexicon alone
    (--context unigram, the published algorithm) unit by unit. With --json, symbols and text.
    """
    from hvm.learn.model import Model

    saved = Model.load(model)
    with compile_notice(), progress(f"drawing {symbols:,} symbols"):
        drawn = saved.sample(symbols, seed)
    alphabet = saved.alphabet_
    text = alphabet.text(alphabet.encode(drawn))
    if as_json:
        print_json({"symbols": list(drawn), "text": text})
    else:
        print(text)
