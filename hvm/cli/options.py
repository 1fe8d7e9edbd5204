"""Options and arguments that several commands take, so that they read the same in each."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

Unit = Literal["char", "word", "byte", "int"]
Sequences = Literal["file", "line"]
EncodingErrors = Literal["strict", "replace"]

_NAMES = {
    "{formats}": "hvm.show.exports:GRAPH_FORMATS",
    "{methods}": "hvm.rivals.registry:METHODS",
    "{models}": "hvm.recall.models.registry:MODELS",
    "{tasks}": "hvm.recall.tasks.registry:TASKS",
    "{presets}": "hvm.learn.presets:PRESETS",
    "{segmenters}": "hvm.segment.rivals:SEGMENTERS",
    "{sequence_models}": "hvm.rivals.sequence_models:SEQUENCE_MODELS",
}
"""What stands in a help text for the names that a registry holds, and the registry."""


_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
"""Within a paragraph of a docstring."""


class Command(TyperCommand):
    """A command whose help names what registries hold; they are read when help is asked for."""

    def get_help(self, ctx: Any) -> str:
        """Return the help, names filled in, lines as long as the terminal is wide."""
        self.help = _LINE_END.sub(" ", self.help or "")
        for parameter in self.params:
            if isinstance(parameter, TyperArgument | TyperOption):
                for mark, place in _NAMES.items():
                    if parameter.help and mark in parameter.help:
                        parameter.help = parameter.help.replace(mark, _names(place))
        return super().get_help(ctx)


def output_option(metavar: str, about: str) -> Any:
    """The option that names what a command writes: ``--output`` and ``-o`` everywhere."""
    return typer.Option("--output", "-o", metavar=metavar, help=about)


def suffixes(figures: str | None) -> tuple[str, ...]:
    """Suffixes of the formats that ``--figures`` names: one, or none."""
    return () if figures is None else (f".{figures}",)


def _names(place: str) -> str:
    module, _, attribute = place.partition(":")
    return ", ".join(getattr(import_module(module), attribute))


ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="Model file that fit wrote.")]
Texts = Annotated[
    list[Path],
    typer.Argument(
        metavar="TEXT", help="Files, folders or patterns to read, or - ; each file starts anew."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
]
Encoding = Annotated[
    EncodingErrors, typer.Option(help="Invalid UTF-8 is an error, or becomes U+FFFD.")
]
ToAdapt = Annotated[
    bool,
    typer.Option(
        "--adapt", help="What was read before in TEXT teaches; MODEL stays. TEXT is held whole."
    ),
]
Normalize = Literal["none", "NFC", "NFD", "NFKC", "NFKD"]
ToForm = Annotated[
    Normalize,
    typer.Option(
        "--normalize",
        help="Unicode form of characters and words; no model records it, so say it each time.",
    ),
]
Format = Literal["text", "fasta", "chat"]
OfFormat = Annotated[
    Format,
    typer.Option(
        "--format",
        help="Plain text, or files whose records (fasta) or utterances (chat) are sequences; "
        "no model records it.",
    ),
]
OfUnit = Annotated[Unit, typer.Option(help="What a symbol is.")]
InSequences = Annotated[
    Sequences, typer.Option(help="A file is one sequence, or each of its lines is.")
]
MostEntries = Annotated[int | None, typer.Option(min=1, help="Most entries, atoms included.")]
OfPreset = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="{presets}: the best we know, the published algorithm, or another."
    ),
]
Restarts = Annotated[
    int | None,
    typer.Option(
        min=1, help="Searches, the best kept.", show_default="4, 2 or 1, by length of the text"
    ),
]
Jobs = Annotated[int, typer.Option(min=1, help="Threads; the model is the same with any number.")]
OfCluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Dask scheduler, or the file it wrote, whose workers read TEXT and learn the same "
        "model; with --context unigram.",
    ),
]
Vector = Literal["svg", "pdf"]
AlsoAs = Annotated[
    Vector | None, typer.Option("--figures", help="Figures as this too, beside PNG.")
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random choice.")]
