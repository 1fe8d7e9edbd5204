"""Context-tree weighting of bytes.

Willems, Shtarkov & Tjalkens 1995, IEEE Transactions on Information Theory 41(3), 653-664: each
node of the tree of contexts weighs its own estimate with that of the longer contexts,
P_w = P_e / 2 + (product of P_w over the children) / 2, which sums over all prunings of the tree. A
byte is eight binary decisions, each with a tree of its own for every value of the bits so far;
contexts grow by whole bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_positive, require_whole
from hvm.kernels.rivals.ctw import DEEPEST, ctw_bits
from hvm.rivals.rival import EVERY_BYTE, Rival, as_bytes


@dataclass(frozen=True)
class CTW:
    """An adaptive model of bytes: it learns each byte after it has paid for it.

    Attributes
    ----------
    depth : int
        Bytes of the longest context, 0 to 6. Memory is 50 to 100 bytes a node; text makes three
        to six nodes a byte.
    alpha : float
        What each of the two counts begins with: P_e(1) = (n1 + alpha) / (n0 + n1 + 2 alpha).
        The KT estimator has 1/2; text, where most contexts are nearly certain, wants less.
    before : bytes
        What is learned before the first byte. Without it the first contexts are bytes 0.

    Raises
    ------
    InputError
        A parameter is out of range.

    Examples
    --------
    >>> CTW().surprisal(b"aaaa").round(2).tolist()
    [8.0, 3.76, 1.42, 0.56]
    """

    depth: int = DEEPEST
    alpha: float = 1 / 16
    before: bytes = b""

    def __post_init__(self) -> None:
        require_whole("depth", self.depth, 0, DEEPEST)
        require_positive("alpha", self.alpha)

    def surprisal(self, data: bytes) -> NDArray[np.float64]:
        """Bits of each byte given those before it, float64[n]; the model does not change.

        Raises
        ------
        InputError
            Data are not bytes.
        """
        codes = np.frombuffer(as_bytes(self.before) + as_bytes(data), np.uint8)
        bits: NDArray[np.float64] = ctw_bits(codes, int(self.depth), float(self.alpha))
        return bits[len(self.before) :]

    def bits_per_symbol(self, data: bytes) -> float:
        """Bits a byte.

        Raises
        ------
        InputError
            There is no byte.
        """
        if not data:
            raise InputError("there is no byte to score")
        return float(self.surprisal(data).mean())


def ctw_byte_bits(data: bytes, before: bytes) -> float:
    """Bits of bytes by the default model, after it has learned what stands before."""
    return float(CTW(before=before).surprisal(data).sum())


RIVAL = Rival(f"{EVERY_BYTE}; not the length", ctw_byte_bits)
