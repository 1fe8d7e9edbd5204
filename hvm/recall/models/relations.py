"""HVM over keys and HVM over which keys are the same, mixed by what each has foretold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hvm.recall.models.base import Bits
from hvm.recall.models.hvm import OnlineHVM
from hvm.recall.models.recoded import DrawnByKey, RecodedHVM


def mixed(some: Bits, others: Bits, lead_bits: float) -> Bits:
    """Bits of each symbol under a mixture of two models, which learns as it reads on.

    Parameters
    ----------
    some, others : float64[n]
        Bits of each symbol under either, given those before it.
    lead_bits : float
        By how much the first is likelier before the first symbol: log2 of its weight over that of
        the other.

    Returns
    -------
    float64[n]
        Their sum is -log2 of the weighed sum of both probabilities of the whole.

    Examples
    --------
    >>> mixed(np.array([1.0, 1.0, 1.0]), np.array([2.0, 8.0, 8.0]), 0.0).round(2).tolist()
    [1.42, 1.58, 1.01]
    """
    weights = -np.logaddexp2(0.0, -lead_bits), -np.logaddexp2(0.0, lead_bits)
    of_both = [np.append(0.0, np.cumsum(bits)) for bits in (some, others)]
    sums = -np.logaddexp2(*(weight - bits for weight, bits in zip(weights, of_both, strict=True)))
    bits: Bits = np.diff(sums)
    return bits


def shared(lead_bits: float, share: float) -> float:
    """Share some of two weights equally.

    Parameters
    ----------
    lead_bits : float
        log2 of one over the other.
    share : float
        Above 0, below 1.

    Returns
    -------
    float
        log2 of one over the other.

    Examples
    --------
    >>> shared(1000.0, 0.5)  # three quarters to one
    1.584962500721156
    """
    both = (np.log2(1 - share) - np.logaddexp2(0.0, -sign * lead_bits) for sign in (1, -1))
    more, less = (np.logaddexp2(weight, np.log2(share / 2)) for weight in both)
    return float(more - less)


@dataclass
class RelationalHVM(DrawnByKey, OnlineHVM):
    """Two learners with the same settings, one of keys, one of keys by first appearance.

    Within a trial the weight of each is multiplied by its probability of every symbol. After the
    t-th trial, 1 / (t + 1) of both weights is shared equally, for what foretold best so far need
    not do so from now on (fixed share: Herbster & Warmuth 1998, doi 10.1023/A:1007424614876; a
    share that falls as 1 / t: van Erven, Grunwald & de Rooij 2012,
    doi 10.1111/j.1467-9868.2011.01025.x).
    """

    def _forget(self) -> None:
        super()._forget()
        self._relations = RecodedHVM(**self.get_params())
        self._relations.begin(self.n_symbols)
        self._lead_bits, self._n_trials = 0.0, 0

    def _of_both(self, sequence: Any) -> tuple[Bits, Bits]:
        return super().surprisal(sequence), self._relations.surprisal(sequence)

    def surprisal(self, sequence: Any) -> Bits:
        """Bits of each symbol given those before it in the sequence, and all that was observed.

        Parameters
        ----------
        sequence : int32[n]
            -1 for a symbol outside.

        Returns
        -------
        float64[n]
        """
        return mixed(*self._of_both(sequence), self._lead_bits)

    def observe(self, sequence: Any) -> None:
        """Learn from a sequence: chunks of both kinds, and which of them foretells better.

        Parameters
        ----------
        sequence : int32[n]
            -1 for a symbol outside.
        """
        of_keys, of_relations = self._of_both(sequence)
        self._n_trials += 1
        lead_bits = self._lead_bits + float(of_relations.sum() - of_keys.sum())
        self._lead_bits = shared(lead_bits, 1 / (self._n_trials + 1))
        super().observe(sequence)
        self._relations.observe(sequence)
