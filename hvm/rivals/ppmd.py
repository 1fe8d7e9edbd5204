"""PPMd variant I (Shkarin 2002, DCC, 202-211), by the best of some orders."""

from __future__ import annotations

from functools import partial

from hvm.rivals.rival import Rival, file_bits, optional_package

ORDERS = (3, 4, 5, 6, 8, 16)
ORDER_BITS = 8.0  # a byte says which of them it was
MEMORY_BYTES = (256 << 20, (1 << 32) - 37)  # least, and the most that the format allows
MEMORY_BY_BYTE = 64  # twice what order 16 needs for text or random bytes: never cut back


def ppmd_file(data: bytes, order: int) -> bytes:
    """PPMd of one order, with its end mark, and memory such that the model is never cut back."""
    least, most = MEMORY_BYTES
    memory = min(max(least, MEMORY_BY_BYTE * len(data)), most)
    encoder = optional_package("pyppmd").Ppmd8Encoder(order, memory)
    return bytes(encoder.encode(data) + encoder.flush())


def ppmd_bits(data: bytes, before: bytes) -> float:
    """Bits of PPMd by the best of ``ORDERS`` for ``data``, and a byte that says which."""
    return ORDER_BITS + min(
        file_bits(partial(ppmd_file, order=order), data, before) for order in ORDERS
    )


RIVAL = Rival(
    "a file that decodes, which has no frame (variant I), and a byte for the best of orders "
    + ", ".join(map(str, ORDERS)),
    ppmd_bits,
)
