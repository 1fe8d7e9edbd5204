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
    as_json: AsJson = False,
) -> None:
    """Show the chunks and variables worth seeing, with what fills the variables.

    Chunks rank by count times length, variables by the slots they fill.
    """
    from hvm.learn.model import Model
    from hvm.show import summary

    saved = Model.load(model)
    chunks = summary.top_chunks(saved.lexicon_, saved.alphabet_, top)
    variables = summary.top_variables(saved.lexicon_, saved.alphabet_, top)
    counts = summary.kind_counts(saved.lexicon_)
    if as_json:
        print_json({**counts, "top_chunks": chunks, "top_variables": variables})
        return
    printer = console()
    printer.print(", ".join(f"{number:,} {name}" for name, number in counts.items()))
    for rows, table in ((chunks, summary.chunk_table), (variables, summary.variable_table)):
        if rows:
            printer.print(table(rows))


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
