"""What models of trials share: settings that can be read, checked sequences, symbols outside.

A model gives each of its ``n_symbols`` symbols a probability, given the symbols before it in the
trial and what it has observed; they sum to 1. A symbol outside (-1) costs ``ESCAPE_BITS``, and
every other symbol the ``KNOWN_BITS`` that this leaves: 0.0000000003. Nothing is learned of a
symbol outside, except that it stands between others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_whole
from hvm.recall.models.factory import Grid

Codes = NDArray[np.int32]
Bits = NDArray[np.float64]

ESCAPE_BITS = 32.0
"""What a symbol outside the alphabet costs."""

LARGEST = 1e9
"""Weights and counts are no larger, so that sums of them stay exact enough."""

KNOWN_BITS = -math.log1p(-(2.0**-ESCAPE_BITS)) / math.log(2)
"""What a symbol of the alphabet pays for not being outside."""


@dataclass
class TrialModelBase:
    """A model of trials: a dataclass of settings, and a state that :meth:`begin` empties.

    A subclass writes ``_forget``, ``_bits`` and ``_learn``. They get codes 0 to ``n_symbols``,
    where ``n_symbols`` itself is a symbol outside; its bits are overwritten.
    """

    n_symbols = 0

    def get_params(self) -> dict[str, Any]:
        """Return the settings by name, as the constructor takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {}

    def begin(self, n_symbols: int) -> None:
        """Know nothing.

        Parameters
        ----------
        n_symbols : int
            The symbols are 0 to ``n_symbols - 1``.

        Raises
        ------
        InputError
            It is no integer of 1 or more.
        """
        self.n_symbols = require_whole("n_symbols", n_symbols, 1)
        self._forget()

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
        codes = self._checked(sequence)
        bits = self._bits(codes) + KNOWN_BITS
        return np.where(codes == self.n_symbols, ESCAPE_BITS, bits)

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
        self._learn(self._checked(sequence))

    def _forget(self) -> None:
        raise NotImplementedError

    def _bits(self, codes: Codes) -> Bits:
        """float64[n]: bits of each symbol; nothing is written."""
        raise NotImplementedError

    def _learn(self, codes: Codes) -> None:
        raise NotImplementedError

    def _checked(self, sequence: Any) -> Codes:
        """int32[n]: codes with ``n_symbols`` for a symbol outside."""
        codes = self._read(sequence)
        return np.where(codes < 0, self.n_symbols, codes).astype(np.int32)

    def _read(self, sequence: Any) -> Codes:
        """int32[n]: codes with -1 for a symbol outside."""
        if not self.n_symbols:
            raise InputError("nothing has begun: call begin(n_symbols) first")
        codes = np.asarray(sequence)
        if codes.ndim != 1 or (codes.size and codes.dtype.kind not in "iu"):
            raise InputError("a sequence must be a flat array of integers")
        if codes.size and not -1 <= codes.min() <= codes.max() < self.n_symbols:
            raise InputError(
                f"a sequence must hold codes from -1 to {self.n_symbols - 1}, "
                f"not {codes.min()} to {codes.max()}"
            )
        return np.array(codes, np.int32)
