"""What the rivals share: settings that can be read, checked arguments, and symbols outside.

A rival gives each of its ``n_symbols`` symbols a probability, given the symbols before it in the
trial and what it has observed; they sum to 1. A symbol outside (-1) costs ``ESCAPE_BITS``, and
every other symbol the ``KNOWN_BITS`` that this leaves: 0.0000000003. Nothing is learned of a
symbol outside, except that it stands between others.
"""

from __future__ import annotations

import math
from dataclasses import fields
from numbers import Real
from typing import Any

import numpy as np

from hvm.errors import InputError

ESCAPE_BITS = 32.0
"""What a symbol outside the alphabet costs."""

KNOWN_BITS = -math.log1p(-(2.0**-ESCAPE_BITS)) / math.log(2)
"""What a symbol of the alphabet pays for not being outside."""


class TrialModelBase:
    """A model of trials: a dataclass of settings, and a state that :meth:`begin` empties.

    A subclass writes ``_forget``, ``_bits`` and ``_learn``. They get codes 0 to ``n_symbols``,
    where ``n_symbols`` itself is a symbol outside; its bits are overwritten.
    """

    n_symbols = 0

    def get_params(self) -> dict[str, Any]:
        """Return the settings by name, as the constructor takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def param_grid(cls) -> dict[str, tuple]:
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
        self.n_symbols = require_integer("n_symbols", n_symbols, 1)
        self._forget()

    def surprisal(self, sequence: Any) -> np.ndarray:
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

    def _bits(self, codes: np.ndarray) -> np.ndarray:
        """float64[n]: bits of each symbol; nothing is written."""
        raise NotImplementedError

    def _learn(self, codes: np.ndarray) -> None:
        raise NotImplementedError

    def _checked(self, sequence: Any) -> np.ndarray:
        """int32[n]: codes with ``n_symbols`` for a symbol outside."""
        codes = self._read(sequence)
        return np.where(codes < 0, self.n_symbols, codes).astype(np.int32)

    def _read(self, sequence: Any) -> np.ndarray:
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


def require_number(name: str, value: Any, least: float, most: float = math.inf) -> float:
    """Return a setting as a float.

    Raises
    ------
    InputError
        It is no number from ``least`` to ``most``.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not least <= float(value) <= most:
        limit = f"of {least:g} or more" if most == math.inf else f"from {least:g} to {most:g}"
        raise InputError(f"{name} must be a number {limit}, not {value!r:.60}")
    return float(value)


def require_positive(name: str, value: Any, most: float = math.inf) -> float:
    """Return a setting as a float.

    Raises
    ------
    InputError
        It is no number above 0, or one above ``most``.
    """
    if require_number(name, value, 0, most) == 0:
        raise InputError(f"{name} must be above 0")
    return float(value)


def require_integer(name: str, value: Any, least: int) -> int:
    """Return a setting as an int.

    Raises
    ------
    InputError
        It is no integer of ``least`` or more.
    """
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_integer or value < least:
        raise InputError(f"{name} must be an integer of {least} or more, not {value!r:.60}")
    return int(value)


def require_choice(name: str, value: Any, choices: tuple) -> None:
    """Raise InputError for a setting that is none of the choices."""
    if value not in choices:
        shown = ", ".join(map(repr, choices))
        raise InputError(f"{name} must be one of {shown}, not {value!r:.60}")
