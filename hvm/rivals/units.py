"""Other lexicons under the coder of HVM: what differs is what the units are, and nothing else.

The lexicon is learned from what stands before the data, or from the data themselves, and is then
paid for. The coder reads its units as it reads chunks, the longest first from the left, whatever
order a tokenizer would merge them in; it predicts bytes from chains of contexts, learned while it
goes (:mod:`hvm.kernels.predict.context`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from hvm.kernels.lexicon.costs import gamma_bits
from hvm.kernels.predict.context import context_bits
from hvm.lexicon.lexicon import CHUNK, N_BYTES, Definition, Lexicon
from hvm.predict.context import predictor_of
from hvm.rivals.rival import EVERY_BYTE

MOST_UNITS = 4000
FEWER_UNITS = (0, 250, 1000)  # tried too where units are learned from the data and paid for
LONGEST_LINE = 4000  # characters that a tokenizer is given at once
LONGEST_UNIT = 64  # bytes, or letters of a word

Learn = Callable[[bytes, int], Iterable[bytes]]


def paid_for(units: str) -> str:
    """What the bits of :func:`unit_bits` include, with the field's word for the units."""
    return f"{EVERY_BYTE}, and the {units} where they are learned from the same bytes"


def unit_bits(learn: Learn, data: bytes, before: bytes) -> float:
    """Bits of bytes under the coder of HVM, with units of some kind.

    Without ``before`` the units are learned from the data, and written with a count of them, the
    length of each (Elias gamma) and its bytes by their frequencies among all units: as many as
    cost the fewest bits, of ``FEWER_UNITS`` and ``MOST_UNITS``.

    Parameters
    ----------
    learn : callable
        From bytes and a number to units, at most that many.
    data : bytes
        What is coded.
    before : bytes
        What units and contexts are learned from before, and not paid for.

    Returns
    -------
    float
    """
    sizes = (MOST_UNITS,) if before else (*FEWER_UNITS, MOST_UNITS)
    return min(_bits_with(learn, data, before, most) for most in sizes)


def bits_with_most(learn: Learn, most: int, data: bytes, before: bytes) -> float:
    """Bits of bytes under the coder of HVM, with units of some kind and at most so many.

    Parameters
    ----------
    learn : callable
        From bytes and a number to units, at most that many.
    most : int
        Units, single bytes apart.
    data : bytes
        What is coded.
    before : bytes
        What units and contexts are learned from before, and not paid for; without it, units are
        written down too.

    Returns
    -------
    float
    """
    return _bits_with(learn, data, before, most)


def _bits_with(learn: Learn, data: bytes, before: bytes, most: int) -> float:
    learned = learn(before or data, most) if most and (before or data) else []
    pieces = sorted({piece for piece in learned if len(piece) > 1})
    definitions = [Definition(CHUNK, tuple(piece)) for piece in pieces]
    lexicon = Lexicon.from_definitions(N_BYTES, definitions)
    paid = 0.0 if before else pieces_bits(pieces)
    return paid + coded_bits(lexicon, "chunks", data, before)


def pieces_bits(pieces: list[bytes]) -> float:
    """Bits that write pieces down: how many, their lengths, and bytes by adaptive counts.

    Examples
    --------
    >>> pieces_bits([]), pieces_bits([b"ab"])
    (1.0, 22.01)
    """
    numbers = [len(pieces) + 1, *map(len, pieces)]
    bits = float(sum(gamma_bits(number) for number in numbers))
    counts: Counter[int] = Counter()
    for seen, byte in enumerate(b"".join(pieces)):
        bits -= math.log2((counts[byte] + 1) / (seen + N_BYTES))
        counts[byte] += 1
    return round(bits, 2)


def coded_bits(lexicon: Lexicon, chains: str, data: bytes, before: bytes) -> float:
    """Bits of bytes under the coder of HVM.

    Parameters
    ----------
    lexicon : Lexicon
        Of bytes.
    chains : {"symbols", "chunks", "variables"}
        What contexts are made of.
    data : bytes
        What is coded.
    before : bytes
        What contexts are learned from before, and not paid for.

    Returns
    -------
    float
    """
    codes = np.frombuffer(before + data, np.uint8).astype(np.int32)
    bits = np.empty(len(codes))
    context_bits(
        predictor_of(lexicon, N_BYTES, len(codes), chains), codes, np.zeros(1, np.int64), bits
    )
    return float(bits[len(before) :].sum())


def text_lines(data: bytes) -> list[str]:
    """Lines of the text that bytes are, cut at ``LONGEST_LINE``, as a tokenizer takes them."""
    text = data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    lines = text.splitlines(keepends=True)
    return [
        line[at : at + LONGEST_LINE] for line in lines for at in range(0, len(line), LONGEST_LINE)
    ]
