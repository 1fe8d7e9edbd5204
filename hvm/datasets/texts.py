"""Texts that come along: traditional rhymes, and the help texts that every Python carries."""

from __future__ import annotations

from importlib.resources import files


def load_rhymes() -> str:
    """Return traditional English rhymes, a line a line: in the public domain, and full of frames.

    The House That Jack Built, The Twelve Days of Christmas, Who Killed Cock Robin, Ten Green
    Bottles, Here We Go Round the Mulberry Bush, The Farmer in the Dell, This Old Man and London
    Bridge, twelve thousand characters of them.

    Returns
    -------
    str

    Examples
    --------
    >>> len(load_rhymes().splitlines())
    245
    """
    return (files("hvm.datasets") / "rhymes.txt").read_text(encoding="utf-8")


def load_help() -> str:
    """Return the prose of this Python's help texts, one paragraph a line, none of them twice.

    Some 200,000 characters; they differ between versions of Python. Licence: that of Python.

    Returns
    -------
    str

    Examples
    --------
    >>> "function" in load_help()
    True
    """
    from pydoc_data.topics import topics

    paragraphs = "\n\n".join(topics[name] for name in sorted(topics)).split("\n\n")
    lines = dict.fromkeys(" ".join(paragraph.split()) for paragraph in paragraphs)
    return "".join(f"{line}\n" for line in lines if line[:1].isalpha() and line[-1] in ".:")
