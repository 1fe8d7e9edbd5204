"""Compressed files in every mode, their first check put right again in half of them."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np

from benchmarks.fuzzing import require
from benchmarks.fuzzing.damage import NASTY_NUMBERS, choice, damaged, leb128
from hvm import HVM
from hvm.code.container import compress, decompress
from hvm.learn.model import Model

SOURCES = (
    b"",
    b"the cat sat on the mat . the dog sat on the log . " * 4,
    " ".join(f"{x % 7}{x % 3}word{x % 5}" for x in range(500)).encode(),
    "größer als ſ, 日本語 \U0001f600 ".encode() * 9,
    bytes(range(200)) + b"\xff\x00" * 50,
    b"a" * 300,
)
WAYS = (("mixed", "prequential"), ("hvm", "prequential"), ("hvm", "two-part"))
HEAD_BYTES = 4
MOST_BYTES = 1 << 19
"""That damage may claim, a hundred times what a source holds. A file of few bytes may rightly hold
many sure symbols, so that the time to decode them is spent before it is known to be damaged."""


class Packed(NamedTuple):
    """A file, what it holds, and the model it needs."""

    data: bytes
    packed: bytes
    model: Model | None


def checked_again(packed: bytes, rng: np.random.Generator) -> bytes:
    """The file with the check of its body put right, so that the decoder itself is tried."""
    body, check = packed[:-6], packed[-4:]
    return body + zlib.crc32(body).to_bytes(4, "big")[:2] + check


class Compressed:
    """Files of ``hvm compress``."""

    def __init__(self) -> None:
        model = HVM(restarts=1).fit("the cat sat on the mat . the dog sat on the log . " * 20)
        self._files = [
            Packed(data, compress(data, method, mode=mode), None)
            for data in SOURCES
            for method, mode in WAYS
        ]
        self._files += [
            Packed(data, compress(data, method, model), model)
            for data in SOURCES
            for method in ("mixed", "hvm")
        ]

    def attempt(self, rng: np.random.Generator) -> None:
        """Decode a damaged file, or one whose head claims what nothing backs."""
        source = choice(self._files, rng)
        if rng.random() < 0.3:
            tail = source.packed[HEAD_BYTES + int(rng.integers(0, 12)) :]
            claims = b"".join(leb128(choice(NASTY_NUMBERS, rng)) for _ in range(rng.integers(1, 4)))
            changed = source.packed[:HEAD_BYTES] + claims + tail
        else:
            changed = damaged(source.packed, rng)
        if rng.random() < 0.6 and len(changed) > HEAD_BYTES + 6:
            changed = checked_again(changed, rng)
        data = decompress(changed, "damaged.hvz", source.model, max_bytes=MOST_BYTES)
        require(data == source.data, "other bytes than were compressed")


def make() -> Compressed:
    """Return the kind."""
    return Compressed()
