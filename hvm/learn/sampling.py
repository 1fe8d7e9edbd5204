"""Sampling: sequences drawn from what a fitted model expects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require_whole
from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.plugins import Registry
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols

SOURCES: Registry[Callable[..., Any]] = Registry(
    "source", "hvm.sources", {"units": "hvm.worlds.world:World"}
)
"""What emits symbols, of a lexicon and the probabilities of its units and fillers."""


class Sampler(ABC):
    """A fitted model that symbols are drawn from."""

    alphabet_: Alphabet
    mode_: str

    @abstractmethod
    def require_fit(self) -> None:
        """Raise :class:`InputError` if nothing was learned."""

    @abstractmethod
    def surprisal(self, symbols: Any, adapt: bool = False) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, float64[n]."""

    @abstractmethod
    def _drawn(self, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
        """Codes of one sequence of ``n`` symbols."""

    def escaped_bits(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Bits of each symbol given those before it, where an unknown one pays the escape alone.

        Parameters
        ----------
        codes : int32[n]
            In the alphabet; -1 is unknown.
        starts : int64[s]
            First index of each sequence, ascending.

        Returns
        -------
        float64[n]

        Raises
        ------
        InputError
            Nothing is learned yet.

        Examples
        --------
        >>> from hvm import HVM
        >>> model = HVM(context="unigram").fit("abab" * 20)
        >>> codes, starts = np.array([0, 1], np.int32), np.zeros(1, np.int64)
        >>> model.escaped_bits(codes, starts).tolist() == model.surprisal("ab").tolist()
        True
        """
        self.require_fit()
        return self.surprisal(Symbols(codes, starts, self.alphabet_, self.mode_))

    def sample(self, n: int, rng: np.random.Generator | int = 0) -> Any:
        """Draw a sequence from what the model expects, of known symbols; the model stays.

        Of experts, and after :meth:`HVM.observe`, symbol by symbol, each with its probability
        given all before it; that is for some hundred symbols. Of a lexicon alone
        (``context="unigram"``, the published algorithm) unit by unit, as many as one likes.

        Parameters
        ----------
        n : int
            Symbols; the last unit may be cut.
        rng : numpy.random.Generator or int
            Randomness or a seed.

        Returns
        -------
        str, bytes, list of str or list of int
            As what was fitted: characters, bytes, words or integers.

        Raises
        ------
        InputError
            Nothing is learned yet, ``n`` is no whole number, or so many symbols take too long.

        Examples
        --------
        >>> from hvm import HVM
        >>> HVM(context="unigram").fit("abab" * 20).sample(8, rng=1)
        'abababab'
        """
        self.require_fit()
        require_whole("n", n, 0)
        return as_fitted(self._drawn(n, np.random.default_rng(rng)), self.alphabet_)


def as_fitted(codes: NDArray[np.int32], alphabet: Alphabet) -> Any:
    """Return symbols as the kind of sequence that a model was fitted to.

    Parameters
    ----------
    codes : int32[n]
        All of them known.
    alphabet : Alphabet

    Returns
    -------
    str, bytes, list of str or list of int

    Examples
    --------
    >>> as_fitted(np.array([1, 0], np.int32), Alphabet("byte", (97, 98)))
    b'ba'
    """
    symbols = [alphabet.symbols[code] for code in codes.tolist()]
    if alphabet.unit == "char":
        return "".join(symbols)
    return bytes(symbols) if alphabet.unit == "byte" else symbols


def drawn_units(lexicon: Lexicon, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw independent units and the fillers of their slots, until there are ``n`` symbols.

    Parameters
    ----------
    lexicon : Lexicon
        Whose counts say how likely each is.
    n : int
        Symbols; the last unit is cut.
    rng : numpy.random.Generator

    Returns
    -------
    int32[n]

    Examples
    --------
    >>> drawn_units(Lexicon.of_atoms(2), 5, np.random.default_rng(1)).tolist()
    [1, 1, 0, 1, 0]
    """
    fills = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
    fillers = np.where(fills, lexicon.filler_probabilities, 0.0)
    source = SOURCES["units"](lexicon, lexicon.unit_probabilities, fillers)
    codes: NDArray[np.int32] = source.sample(n, rng).codes
    return codes
