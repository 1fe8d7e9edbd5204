"""Kneser-Ney: an interpolated n-gram of bytes, which is the coder of HVM without chunks."""

from __future__ import annotations

from hvm.lexicon.lexicon import N_BYTES, Lexicon
from hvm.rivals.rival import EVERY_BYTE, Rival
from hvm.rivals.units import coded_bits


def kn_bits(data: bytes, before: bytes) -> float:
    """Bits of bytes by an interpolated Kneser-Ney n-gram, orders 0 to 16: symbols alone."""
    return coded_bits(Lexicon.of_atoms(N_BYTES), "symbols", data, before)


RIVAL = Rival(f"{EVERY_BYTE}; Kneser-Ney, orders 0 to 16", kn_bits)
