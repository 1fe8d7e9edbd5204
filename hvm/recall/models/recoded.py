"""Models over which keys are the same: they read each key by its first appearance in the trial.

``caacb`` becomes ``abbac``: what keys they are is forgotten, and which of them are equal is left.
So what is learned of one sequence holds for all others of its pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hvm.recall.models.base import Bits, Codes, TrialModelBase
from hvm.recall.models.bigram import Bigram
from hvm.recall.models.factory import Factory
from hvm.recall.models.hvm import OnlineHVM
from hvm.recall.models.ppm import PPM
from hvm.symbols.sequences import Symbols

SUMMED = 64
"""New keys whose probabilities are summed; of more, what the known keys leave is a new one's."""

SURE = 2.0**-20
"""What they leave, at least, for it to be more than the rounding of their sum."""


def recoded(codes: Codes) -> Codes:
    """Give each symbol the number of different ones that stood before its first appearance.

    Parameters
    ----------
    codes : int32[n]
        -1 for a symbol outside, which stays.

    Returns
    -------
    int32[n]

    Examples
    --------
    >>> recoded(np.array([2, 0, 0, -1, 2, 1], np.int32))
    array([ 0,  1,  1, -1,  0,  2], dtype=int32)
    """
    numbers: dict[int, int] = {-1: -1}
    return np.array([numbers.setdefault(c, len(numbers) - 1) for c in codes.tolist()], np.int32)


class DrawnByKey(TrialModelBase):
    """What goes on from a cue by the surprisal of each key: stands before a model as a base."""

    def recall(self, cue: Any, length: int, rng: np.random.Generator | int = 0) -> Codes:
        """Go on from a cue with what is expected, key by key.

        Parameters
        ----------
        cue : int32[n]
            Codes of the beginning; may be empty.
        length : int
            Symbols of the whole, the cue included.
        rng : numpy.random.Generator or int

        Returns
        -------
        int32[length]
            The cue and what was drawn.
        """
        codes, generator = self._read(cue), np.random.default_rng(rng)
        while len(codes) < length:
            others = [np.append(codes, np.int32(key)) for key in range(self.n_symbols)]
            masses = np.array([2.0 ** -self.surprisal(each)[-1] for each in others])
            codes = others[generator.choice(self.n_symbols, p=masses / masses.sum())]
        return codes


class ByFirstAppearance(DrawnByKey):
    """What makes another model one over keys by first appearance: stands before it as a base.

    With P of that model, and d different keys before this one in the trial, of A in all::

        P(the k-th of them) = P(k)
        P(a new key)        = (P(d) + ... + P(A - 1)) / (A - d)        k, d from 0

    so the probabilities of all keys and of one outside sum to 1 as those of that model do.
    """

    def surprisal(self, sequence: Any) -> Bits:
        """Bits of each symbol given those before it in the sequence, and all that was observed.

        Parameters
        ----------
        sequence : int32[n]
            -1 for a symbol outside.

        Returns
        -------
        float64[n]

        Raises
        ------
        InputError
            It is no sequence of codes, or nothing has begun.
        """
        codes = recoded(self._read(sequence))
        bits, n_known = np.array(super().surprisal(codes), float), 0
        for place in np.flatnonzero(codes >= 0).tolist():
            if codes[place] == n_known:
                mass = self._mass_of_new(codes[:place], n_known)
                bits[place] = np.log2(self.n_symbols - n_known) - np.log2(mass)
                n_known += 1
        return bits

    def _mass_of_new(self, before: Codes, n_known: int) -> float:
        """Probability of all codes together that are not used yet."""
        if self.n_symbols - n_known > SUMMED:
            left = 1.0 - self._mass(before, [-1, *range(n_known)])
            if left > SURE:
                return left
        return self._mass(before, range(n_known, self.n_symbols))

    def _mass(self, before: Codes, codes: Sequence[int]) -> float:
        """Probability of some codes together behind others."""
        last = self._last_bits([np.append(before, np.int32(code)) for code in codes])
        return float((2.0**-last).sum())

    def _last_bits(self, sequences: list[Codes]) -> Bits:
        """Bits of the last code of each sequence."""
        return np.array([super(ByFirstAppearance, self).surprisal(each)[-1] for each in sequences])

    def observe(self, sequence: Any) -> None:
        """Learn from a sequence.

        Parameters
        ----------
        sequence : int32[n]
            -1 for a symbol outside.

        Raises
        ------
        InputError
            It is no sequence of codes, or nothing has begun.
        """
        super().observe(recoded(self._read(sequence)))


@dataclass
class RecodedBigram(ByFirstAppearance, Bigram):
    """Transition counts over keys by first appearance.

    Examples
    --------
    >>> model = RecodedBigram()
    >>> model.begin(6)
    >>> for keys in ([0, 1, 0, 1], [2, 3, 2, 3], [5, 4, 5, 4]) * 5:
    ...     model.observe(keys)
    >>> model.surprisal([1, 3, 1, 3]).round(1).tolist()
    [2.6, 2.3, 0.2, 0.1]
    """


@dataclass
class RecodedPPM(ByFirstAppearance, PPM):
    """Contexts of every length over keys by first appearance."""


@dataclass
class RecodedHVM(ByFirstAppearance, OnlineHVM):
    """Chunks and variables over keys by first appearance."""

    def _last_bits(self, sequences: list[Codes]) -> Bits:
        """Bits of the last code of each sequence, all asked for at once."""
        ends = np.cumsum([len(each) for each in sequences])
        starts = np.append(0, ends[:-1])
        symbols = Symbols(np.concatenate(sequences), starts, self._alphabet)
        bits: Bits = self._hvm.surprisal(symbols)[ends - 1]
        return bits


RECODED_HCM = Factory(RecodedHVM, {"variables": False})
"""Chunks alone."""
