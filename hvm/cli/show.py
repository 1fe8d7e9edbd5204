"""Looking at a model: ``hvm show`` and ``hvm graph``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hvm.cli.options import AsJson, ModelFile
from hvm.cli.printing import console, print_json
from hvm.cli.texts import check_output
from hvm.progress import progress


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
        typer.Option(metavar="FILE", help="Ends in one of {formats}."),
    ],
    nodes: Annotated[int, typer.Option(min=1, help="Most entries in a picture.")] = 40,
) -> None:
    """Write the lexicon as a graph, or a picture of its top part."""
    from hvm.learn.model import Model
    from hvm.lexicon.graph import to_networkx
    from hvm.show.exports import graph_suffix, write_graph

    graph_suffix(output)
    check_output(output, [model])
    saved = Model.load(model)
    with progress(f"writing {output}"):
        write_graph(to_networkx(saved.lexicon_, saved.alphabet_), output, nodes)
