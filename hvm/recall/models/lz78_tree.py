"""LZ78 as a probability: a tree of phrases, and how often each branch was taken.

Ziv & Lempel 1978 (IEEE Transactions on Information Theory 24(5), 530-536, doi
10.1109/TIT.1978.1055934) cut a sequence into phrases, each the longest phrase known plus one
symbol. Langdon 1983 (29(2), 284-287, doi 10.1109/TIT.1983.1056645) reads the tree of phrases as
probabilities of the next symbol, and Feder, Merhav & Gutman 1992 (38(4), 1258-1270, doi
10.1109/18.144706) predict with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require_positive
from hvm.kernels.recall.models import lz78_bits
from hvm.recall.models.base import LARGEST, Bits, Codes, TrialModelBase
from hvm.recall.models.factory import Grid


@dataclass
class LZ78Tree(TrialModelBase):
    """The incremental parse of all trials, one after the other, each from the root.

    Every node is a phrase; c(x) counts how often symbol x was read there, n is their sum::

        P(x | node) = (c(x) + alpha) / (n + A alpha)

    A symbol read moves to the child that it names. Where there is none, that child is added, the
    phrase ends and the next begins at the root. With alpha = 1 / (A - 1), P is the share of the
    leaves of the tree that lie below x, and a whole phrase costs log2(A + t (A - 1)) after t
    phrases, the number of leaves: LZ78 itself. The end of a trial ends a phrase too, and adds none.

    Attributes
    ----------
    alpha : float, optional
        What a count begins with. None: 1 / (A - 1). 1/2 is the estimator of Krichevsky & Trofimov
        at every node.

    Raises
    ------
    InputError
        A setting is out of range.

    Examples
    --------
    >>> model = LZ78Tree()
    >>> model.begin(2)
    >>> (2 ** -model.surprisal([0, 0, 1])).round(4).tolist()   # 0 | 01, of 2 and then 3 leaves
    [0.5, 0.6667, 0.5]
    """

    alpha: float | None = None

    def __post_init__(self) -> None:
        if self.alpha is not None:
            self.alpha = require_positive("alpha", self.alpha, LARGEST)

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {"alpha": (None, 0.02, 0.05, 0.1, 0.5, 1.0)}

    def _forget(self) -> None:
        self._counts = np.zeros((1, self.n_symbols), np.int64)
        self._children = np.zeros((1, self.n_symbols), np.int64)

    def _bits(self, codes: Codes) -> Bits:
        return self._grow(codes)[0]

    def _learn(self, codes: Codes) -> None:
        _, self._counts, self._children = self._grow(codes)

    def _grow(self, codes: Codes) -> tuple[Bits, NDArray[np.int64], NDArray[np.int64]]:
        """Bits, and the tree with these symbols; the tree itself stays."""
        reserve = np.zeros((len(codes), self.n_symbols), np.int64)
        counts = np.concatenate([self._counts, reserve])
        children = np.concatenate([self._children, reserve])
        alpha = self.alpha or 1 / max(self.n_symbols - 1, 1)
        bits, n_nodes = lz78_bits(codes, counts, children, len(self._counts), alpha)
        return bits, counts[:n_nodes].copy(), children[:n_nodes].copy()
