"""Damage: bytes and values changed at random, towards what readers trip over."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

NASTY_VALUES: tuple[Any, ...] = (
    10**400, -(10**400), 2**63, -(2**63), 2**31, -1, 0, 1, 1e308, 1e-308, 1e-300, 0.5, True, False,
    None, "", "nan", "x" * 200, "\ud800", "\u0000", [], {}, [[]], {"a": {}}, [1, 2], "1e999",
)  # fmt: skip

NASTY_NUMBERS = (0, 1, 2, 127, 128, 255, 2**16, 2**31 - 1, 2**32, 2**40, 2**63 - 1, 2**64)


def choice(options: tuple[T, ...] | list[T], rng: np.random.Generator) -> T:
    """One of some."""
    return options[int(rng.integers(len(options)))]


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, dropped, added, moved or cut off."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if not changed:
            return b""
        place, kind = int(rng.integers(len(changed))), int(rng.integers(6))
        if kind == 0:
            del changed[place : place + int(rng.integers(1, 9))]
        elif kind == 1:
            changed[place:place] = rng.bytes(int(rng.integers(1, 5)))
        elif kind == 2:
            changed[place] = choice((0, 1, 127, 128, 255), rng)
        elif kind == 3 and rng.random() < 0.2:
            del changed[place:]
        elif kind == 4:
            source = int(rng.integers(len(changed)))
            changed[place : place + 4] = changed[source : source + 4]
        else:
            changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def leb128(number: int) -> bytes:
    """A number as the container writes it: seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
