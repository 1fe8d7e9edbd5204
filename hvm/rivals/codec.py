"""What hvm itself needs for bytes, measured like its rivals."""

from __future__ import annotations

from functools import partial

from hvm.rivals.rival import A_FILE, EVERY_BYTE, Cost, Rival, file_cost


def _bits(method: str, data: bytes, before: bytes) -> float | Cost:
    from hvm.code.bits import primed_bits
    from hvm.code.container import METHODS, compress, frame_bytes

    if before or method not in METHODS:
        return primed_bits(data, before, method)
    return file_cost(partial(compress, method=method), frame_bytes, data, b"")


_TRAINED = f"{A_FILE} (its code alone after training)"

MIXED = Rival(_TRAINED, partial(_bits, "mixed"))
MIXED_SYMBOLS = Rival(
    f"{EVERY_BYTE}, not a file; mixed without chunks", partial(_bits, "mixed-symbols")
)
HVM = Rival(f"{_TRAINED}, by what chunks explain alone", partial(_bits, "hvm"))
