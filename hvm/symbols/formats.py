"""Files whose records are sequences, as lines of text: FASTA and CHAT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from hvm.errors import InputError

_LINE_END = re.compile(r"\r\n|\r|\n")


def fasta_records(texts: Iterable[str], name: str) -> Iterator[str]:
    """The sequence of each record of a FASTA file.

    Parameters
    ----------
    texts : iterable of str
        The file by blocks of whole lines. Headers begin with ``>``, comments with ``;``: both are
        dropped, as is white space. The case of letters is kept.
    name : str
        What a message calls the file.

    Yields
    ------
    str

    Raises
    ------
    InputError
        Something stands before the first header.
    """
    record: list[str] | None = None
    for number, line in enumerate(_lines(texts), 1):
        if line.startswith(">"):
            if record is not None:
                yield "".join(record)
            record = []
        elif line.strip() and not line.startswith(";"):
            if record is None:
                raise InputError(
                    f"{name}: line {number}: {line[:40]!r} stands before the first header (>), "
                    "so this is no FASTA file"
                )
            record += line.split()
    if record is not None:
        yield "".join(record)


def chat_utterances(texts: Iterable[str], name: str) -> Iterator[str]:
    """The words of each utterance of a CHAT file: main tiers without their markup.

    Parameters
    ----------
    texts : iterable of str
        The file by blocks of whole lines; all are read at once. Lines that begin with ``*`` are
        kept, with those that go on after them; headers and dependent tiers are dropped.
    name : str
        What a message calls the file.

    Yields
    ------
    str
        Words and punctuation, apart by spaces.

    Raises
    ------
    InputError
        A line is no CHAT, or pylangacq is not installed or cannot read the file.
    """
    lines: list[str] = []
    for number, line in enumerate(_lines(texts), 1):
        if line.startswith(("@", "*", "%")):
            lines.append(line)
        elif line.strip() and not (lines and line[0].isspace()):
            raise InputError(
                f"{name}: line {number}: {line[:40]!r} is no line of a CHAT file: one begins "
                "with @, *, % or a tab"
            )
        elif line.strip():
            lines[-1] += f" {line.strip()}"
    yield from _without_markup([line for line in lines if line.startswith("*")], name)


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        lines = _LINE_END.split(text)
        yield from lines if lines[-1] else lines[:-1]


def _without_markup(tiers: list[str], name: str) -> list[str]:
    try:
        reader = import_module("pylangacq").CHAT
    except ImportError:
        raise InputError("pylangacq is not installed: pip install hvm-learn[chat]") from None
    spoken = [tier for tier in tiers if tier.partition(":")[2].strip()]
    for tier in spoken:
        # At such a tier the parser panics, which it also prints.
        if tier.partition(":")[2].lstrip().startswith("]"):
            raise InputError(f"{name}: {tier[:40]!r} begins with a bracket that closes nothing")
    chat = "\n".join(["@UTF8", "@Begin", *spoken, "@End", ""])
    try:
        parsed = reader.from_strs([chat], parallel=False, strict=False)
        utterances = parsed.words(by_utterance=True)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the parser is no Exception
        reason = " ".join(str(error).split())
        raise InputError(f"{name}: pylangacq cannot read it: {reason:.200}") from None
    if len(utterances) != len(spoken):
        raise InputError(f"{name}: pylangacq reads {len(utterances)} of {len(spoken)} main tiers")
    texts = map(" ".join, utterances)
    return [next(texts) if tier.partition(":")[2].strip() else "" for tier in tiers]


RECORDS: dict[str, Callable[[Iterable[str], str], Iterator[str]]] = {
    "fasta": fasta_records,
    "chat": chat_utterances,
}
"""By format: what finds the records in a text; none of them holds a line end."""

FORMATS = ("text", *RECORDS)

FORMAT_OF_SUFFIX = {
    ".fa": "fasta",
    ".faa": "fasta",
    ".fasta": "fasta",
    ".fna": "fasta",
    ".cha": "chat",
}
