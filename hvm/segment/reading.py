"""Lines without their spaces, and the words that a gold file has in the same lines."""

from __future__ import annotations

from itertools import pairwise, zip_longest

import numpy as np
from numpy.typing import NDArray

from hvm.data.sources import AnyPath, read_unpacked, source_name
from hvm.errors import InputError, shown
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.decoding import decode
from hvm.symbols.sequences import Symbols


def read_lines(path: AnyPath, errors: str = "strict") -> list[str]:
    """Lines of a file as they are, without what ends them; the last may lack it.

    Raises
    ------
    InputError
        The file cannot be read, or is no text.
    """
    lines = decode(read_unpacked(path), errors, source_name(path)).split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def unspaced(lines: list[str], alphabet: Alphabet | None = None) -> Symbols:
    """Characters of lines, all white space taken out; each line is a sequence, empty ones too.

    Parameters
    ----------
    lines : list of str
    alphabet : Alphabet, optional
        By default that of the lines.

    Returns
    -------
    Symbols
    """
    texts = ["".join(line.split()) for line in lines]
    symbols = as_symbols("".join(texts), "char", "file", alphabet)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.append(np.zeros(1, np.int64), ends[:-1])
    return Symbols(symbols.codes, starts, symbols.alphabet, "line", symbols.unknown)


def gold_cuts(gold: list[str], lines: list[str], name: str) -> NDArray[np.bool_]:
    """Where words begin by the spaces of gold lines.

    Parameters
    ----------
    gold : list of str
        Lines with white space between words.
    lines : list of str
        The same lines, with other white space or none.
    name : str
        What a message calls the gold lines.

    Returns
    -------
    bool[n]
        One for each character that is no white space, True where a word begins.

    Raises
    ------
    InputError
        The two differ by more than white space, or in how many lines there are.

    Examples
    --------
    >>> gold_cuts(["a dog"], ["adog"], "gold").tolist()
    [True, True, False, False]
    """
    for number, (words, line) in enumerate(zip_longest(gold, lines), 1):
        if words is None or line is None:
            raise InputError(
                f"{name}: has {len(gold):,} lines, and the text {len(lines):,}: the same are needed"
            )
        own, other = "".join(words.split()), "".join(line.split())
        if own != other:
            raise InputError(
                f"{name}, line {number}: {shown(own)} is not the text's {shown(other)}: they may "
                f"differ in spaces only"
            )
    begins = [at == 0 for line in gold for word in line.split() for at in range(len(word))]
    return np.array(begins, np.bool_)


def spaced(symbols: Symbols, cuts: NDArray[np.bool_]) -> list[str]:
    """Lines with a space between words.

    Parameters
    ----------
    symbols : Symbols
        A line a sequence.
    cuts : bool[n]
        True where a word begins.

    Returns
    -------
    list of str
    """
    text, lines = symbols.text(), []
    for first, last in symbols.bounds():
        begins = [*(first + np.flatnonzero(cuts[first:last])).tolist(), last]
        lines.append(" ".join(text[a:b] for a, b in pairwise(begins)))
    return lines
