"""Looking at a model: ``hvm show`` and ``hvm graph``; its units elsewhere: ``hvm tokenizer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hvm.cli.options import AsJson, Encoding, ModelFile, OfFormat, ToForm, output_option
from hvm.cli.printing import console, print_json, print_report
from hvm.cli.texts import Reading, check_output, load_and_read
from hvm.errors import InputError
from hvm.progress import progress

PAGE_SUFFIX = ".html"


def show(
    model: ModelFile,
    top: Annotated[int, typer.Option(min=1, help="How many of each kind.")] = 20,
    tags: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Lines of a symbol, a tab and its tag: how pure variables are."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the chunks and variables worth seeing, with what fills the variables.

    Chunks rank by count times length, variables of slots by the slots they fill; those of single
    symbols, which foretell what comes next, from the coarsest to the finest, by tokens.
    """
    from hvm.data.files import read_tags
    from hvm.learn.model import Model
    from hvm.show import summary
    from hvm.show.hierarchy import hierarchy_rows, hierarchy_table

    saved = Model.load(model)
    chunks = summary.top_chunks(saved.lexicon_, saved.alphabet_, top)
    variables = summary.top_variables(saved.lexicon_, saved.alphabet_, top)
    counts = summary.kind_counts(saved.lexicon_)
    named = read_tags(tags) if tags else None
    state = saved.experts_state
    hierarchy = hierarchy_rows(state, top, named) if state is not None else []
    if as_json:
        report = {**counts, "top_chunks": chunks, "top_variables": variables}
        print_json({**report, "hierarchy": hierarchy})
        return
    printer = console()
    printer.print(", ".join(f"{number:,} {name}" for name, number in counts.items()))
    for rows, table in ((chunks, summary.chunk_table), (variables, summary.variable_table)):
        if rows:
            printer.print(table(rows))
    if hierarchy:
        printer.print(hierarchy_table(hierarchy))


def graph(
    model: ModelFile,
    output: Annotated[
        Path,
        output_option("FILE", "Ends in .html, {formats}."),
    ],
    nodes: Annotated[int, typer.Option(min=1, help="Most entries in a picture.")] = 40,
    text: Annotated[
        list[Path] | None,
        typer.Option(metavar="TEXT", help="Of an .html page: where entries stand in it is shown."),
    ] = None,
    encoding_errors: Encoding = "strict",
    normalize: ToForm = "none",
    format: OfFormat = "text",
) -> None:
    """Write the lexicon as a page to walk through (.html), as a graph, or as a picture."""
    from hvm.learn.model import Model
    from hvm.lexicon.graph import to_networkx
    from hvm.show.exports import graph_suffix, write_graph

    is_page = output.suffix.lower() == PAGE_SUFFIX
    if not is_page:
        graph_suffix(output)
        if text:
            raise InputError(f"--text is for a page ({PAGE_SUFFIX}), and {output} is none")
    check_output(output, [model, *(text or [])])
    if is_page:
        how = Reading(encoding_errors, normalize, format)
        write_page(model, output, text or [], how)
        return
    saved = Model.load(model)
    with progress(f"writing {output}"):
        write_graph(to_networkx(saved.lexicon_, saved.alphabet_), output, nodes)


def tokenizer(
    model: ModelFile,
    output: Annotated[Path, output_option("JSON", "The tokenizer.json to write.")],
    most_tokens: Annotated[
        int, typer.Option(min=1, help="A frame is a token for each way to fill it; most of all.")
    ] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Write the units of MODEL, of characters, as a tokenizer.json of tokenizers, transformers.

    It cuts text as parse does, into units of fewest bits; an unknown character is a token.
    """
    from hvm.data.files import write_atomic
    from hvm.learn.model import Model
    from hvm.show.tokenizer import tokenizer_json, tokens

    check_output(output, [model])
    saved = Model.load(model)
    with progress(f"writing {output}"):
        write_atomic(output, tokenizer_json(saved, most_tokens).encode())
    report = {"tokens": len(tokens(saved, most_tokens)) + 1}
    print_report(report if as_json else {**report, "tokenizer": str(output)}, as_json)


def write_page(model: Path, output: Path, texts: list[Path], how: Reading) -> None:
    """Write the page of a model's lexicon, and of where its entries stand in texts."""
    from hvm.data.files import write_atomic
    from hvm.learn.model import Model
    from hvm.show.explorer import explorer_page

    saved, symbols = load_and_read(model, texts, how) if texts else (Model.load(model), None)
    with progress(f"writing {output}"):
        page = explorer_page(saved, symbols, title=model.stem)
        write_atomic(output, page.encode())
