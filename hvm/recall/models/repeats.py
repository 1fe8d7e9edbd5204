"""A memory of whole trials: this one is one of those seen before, or a new one.

The extreme of instance theories (Logan 1988, Psychological Review 95(4), 492-527, doi
10.1037/0033-295X.95.4.492): nothing but whole sequences is remembered. How likely one of them
comes again is the urn of Blackwell & MacQueen 1973 (Annals of Statistics 1(2), 353-355, doi
10.1214/aos/1176342372), with strengths that fade in place of counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hvm.errors import require_choice, require_positive
from hvm.recall.models.base import LARGEST, Bits, Codes, TrialModelBase
from hvm.recall.models.bigram import Bigram
from hvm.recall.models.factory import Grid


@dataclass
class Repeats(TrialModelBase):
    """A mixture of the sequences remembered, and of a model of new ones.

    With m(s) the strength of a remembered sequence s, and P0 the model of new sequences::

        P(x1..xk) = (sum of m(s) P_s(x1..xk) + novelty P0(x1..xk)) / (sum of m(s) + novelty)
        P_s = 1 where s begins with x1..xk, else 0; past the end of s it goes on as P0
        m <- theta^n m, all of them, then m(s) <- m(s) + 1           after a trial of n symbols

    A symbol costs the increment of -log2 P: once the trial departs from a sequence, that sequence
    is out.

    Attributes
    ----------
    theta : float
        What a symbol leaves of all strengths, above 0 to 1; 0.996 as in the other models.
    novelty : float
        Strength of "none of them", above 0.
    base : {"bigram", "uniform"}
        P0: :class:`~hvm.recall.models.bigram.Bigram` with the same theta, or any symbol at any
        time.

    Raises
    ------
    InputError
        A setting is out of range.

    Examples
    --------
    >>> model = Repeats(theta=1.0, base="uniform")
    >>> model.begin(2)
    >>> model.observe([0, 1])
    >>> (2 ** -model.surprisal([0, 1])).round(4).tolist()   # (1 + 1/2) / 2, (1 + 1/4) / (1 + 1/2)
    [0.75, 0.8333]
    """

    theta: float = 0.996
    novelty: float = 1.0
    base: str = "bigram"

    def __post_init__(self) -> None:
        self.theta = require_positive("theta", self.theta, 1)
        self.novelty = require_positive("novelty", self.novelty, LARGEST)
        require_choice("base", self.base, ("bigram", "uniform"))

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {
            "theta": (0.95, 0.98, 0.99, 0.996, 1.0),
            "novelty": (0.1, 0.3, 1.0, 3.0, 10.0),
            "base": ("bigram", "uniform"),
        }

    def _forget(self) -> None:
        self._strengths: dict[tuple[int, ...], float] = {}
        self._base = Bigram(self.theta)
        self._base.begin(self.n_symbols)

    def _learn(self, codes: Codes) -> None:
        fade = self.theta ** len(codes)
        strengths = {sequence: fade * value for sequence, value in self._strengths.items()}
        seen = tuple(codes.tolist())
        strengths[seen] = strengths.get(seen, 0.0) + 1.0
        self._strengths = strengths
        self._base._learn(codes)

    def _bits(self, codes: Codes) -> Bits:
        """Bayes' rule, symbol by symbol: weights of what the trial may be sum to 1."""
        total = sum(self._strengths.values()) + self.novelty
        running = [(sequence, value / total) for sequence, value in self._strengths.items()]
        new = self.novelty / total
        shares = np.ones(len(codes))
        base = self._base_probabilities(codes)
        for i, code in enumerate(codes.tolist()):
            foretold = [(s, weight * self._chance(s, i, code, base[i])) for s, weight in running]
            running = [(s, weight) for s, weight in foretold if weight > 0]
            new *= base[i]
            shares[i] = total = new + sum(weight for _, weight in running)
            running = [(s, weight / total) for s, weight in running]
            new /= total
        return -np.log2(shares)

    def _base_probabilities(self, codes: Codes) -> list[float]:
        if self.base == "uniform":
            p = np.full(len(codes), 1 / self.n_symbols)
        else:
            p = np.exp2(-self._base._bits(codes))
        return [float(value) for value in np.where(codes == self.n_symbols, 1.0, p)]

    def _chance(self, sequence: tuple[int, ...], i: int, code: int, base: float) -> float:
        """What a remembered sequence gives symbol i; a symbol outside foretells none inside."""
        if i >= len(sequence):
            return base
        if sequence[i] == self.n_symbols and code != self.n_symbols:
            return base
        return float(sequence[i] == code)
