"""A prequential bigram with forgetting: how often this symbol followed the one before.

The associative learner of the recall experiment (Wu, Thalmann & Schulz 2025, Communications
Psychology 3:3, doi 10.1038/s44271-024-00180-8), with the smoothing of Krichevsky & Trofimov
(1981, IEEE Transactions on Information Theory 27(2), 199-207, doi 10.1109/TIT.1981.1056331).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hvm.errors import require_flag, require_positive
from hvm.kernels.recall.models import bigram_bits
from hvm.recall.models.base import LARGEST, Bits, Codes, TrialModelBase
from hvm.recall.models.factory import Grid


@dataclass
class Bigram(TrialModelBase):
    r"""Transition counts that fade.

    With c(a, b) the decayed times that b followed a, n(a) their sum over b, and A symbols::

        P(b | a) = (c(a, b) + alpha) / (n(a) + A alpha)
        c <- theta c, all of them, then c(a, b) <- c(a, b) + 1      after every symbol

    The first symbol of a trial follows the start of a trial, which is counted like a symbol.

    Attributes
    ----------
    theta : float
        What a symbol leaves of all counts, above 0 to 1. Published: 0.996.
    alpha : float
        What a count begins with. Published: 0.5, so (c + .5) / (n + 3) with six keys.
    within_trial : bool
        Whether the symbols of a trial change the counts for those after it in the same trial.
        Published: no, a trial is learned when it has been recalled.

    Raises
    ------
    InputError
        A setting is out of range.

    Examples
    --------
    >>> model = Bigram(theta=1.0)
    >>> model.begin(2)
    >>> model.observe([0, 1, 0, 1])
    >>> (2 ** -model.surprisal([0, 1, 0])).round(3).tolist()   # 1.5/2, 2.5/3, 1.5/2
    [0.75, 0.833, 0.75]
    """

    theta: float = 0.996
    alpha: float = 0.5
    within_trial: bool = False

    def __post_init__(self) -> None:
        self.theta = require_positive("theta", self.theta, 1)
        self.alpha = require_positive("alpha", self.alpha, LARGEST)
        require_flag("within_trial", self.within_trial)

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {
            "theta": (0.95, 0.98, 0.99, 0.996, 1.0),
            "alpha": (0.05, 0.2, 0.5, 1.0),
            "within_trial": (False, True),
        }

    def _forget(self) -> None:
        self._counts = np.zeros((self.n_symbols + 2, self.n_symbols))

    def _bits(self, codes: Codes) -> Bits:
        counts = self._counts.copy() if self.within_trial else self._counts
        bits: Bits = bigram_bits(codes, counts, self.theta, self.alpha, self.within_trial)
        return bits

    def _learn(self, codes: Codes) -> None:
        bigram_bits(codes, self._counts, self.theta, self.alpha, True)
