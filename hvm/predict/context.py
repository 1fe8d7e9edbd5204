"""Bits of symbols given the symbols, chunks and variables before them, learned while it goes."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require, require_choice
from hvm.kernels.predict.context import Predictor, context_bits, copy_predictor, make_predictor
from hvm.kernels.predict.cursor import Cursor, make_cursor
from hvm.kernels.predict.estimates import CHAINS as MOST_CHAINS
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import mean_bits, with_code_space
from hvm.lexicon.parsing import compile_lexicon
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols

CHAINS = ("symbols", "chunks", "variables")
MOST_CONTEXTS = 1 << 25  # 940 MB at most


class Fitted(Protocol):
    """What a context model needs of a fitted model; :class:`hvm.HVM` has it."""

    lexicon_: Lexicon
    alphabet_: Alphabet
    mode_: str


class ContextModel:
    """Adaptive prediction from chains of contexts; see :mod:`hvm.kernels.predict.chains`.

    Parameters
    ----------
    model : Fitted
        A fitted model: its lexicon says what chunks there are, its alphabet what symbols.
    chains : {"chunks", "variables", "symbols"}
        What contexts are made of: symbols; also the chunk under way and those before; also the
        variables that those fill. The default takes the fewest bits on text by characters:
        experiments/bits.
    n_before : {2, 1, 0}
        How many chunks before the one under way are contexts.

    Attributes
    ----------
    alphabet_ : Alphabet
        Of ``model``.

    Raises
    ------
    InputError
        A parameter is out of range.

    Examples
    --------
    >>> from hvm import HVM
    >>> text = "a dog and a cat and a cow and " * 20
    >>> ContextModel(HVM(restarts=1).fit(text)).fit(text).bits_per_symbol(text) < 0.2
    True
    """

    def __init__(self, model: Fitted, chains: str = "chunks", n_before: int = 2) -> None:
        require_choice("chains", chains, CHAINS)
        require(n_before in (0, 1, 2), "n_before", "0, 1 or 2", n_before)
        self._predictor: Predictor
        self.model, self.chains, self.n_before = model, chains, n_before
        self.alphabet_ = model.alphabet_

    def fit(self, symbols: Any, go_on: bool = False) -> ContextModel:
        """Learn what follows what, from nothing or from what was learned before; return self."""
        before = self._predictor if go_on else self._untrained()
        converted = self._symbols(symbols)
        self._predictor = copy_predictor(before, len(converted))
        _pass(self._predictor, converted)
        return self

    def surprisal(self, symbols: Any) -> NDArray[np.float64]:
        """Bits of each symbol given all before it and what was fitted, float64[n].

        A symbol's contexts stay within its sequence, what follows them is learned from all
        sequences before. The model itself stays as it was fitted.

        Raises
        ------
        InputError
            Nothing was fitted.
        """
        if not hasattr(self, "_predictor"):
            raise InputError("this ContextModel is not fitted yet: call fit first")
        converted = self._symbols(symbols)
        return with_code_space(self.escaped_bits(converted), self.alphabet_, converted)

    def escaped_bits(self, symbols: Symbols) -> NDArray[np.float64]:
        """Bits of each symbol, float64[n], where an unknown one pays the escape alone.

        Parameters
        ----------
        symbols : Symbols
            In the alphabet of the model.
        """
        return _pass(copy_predictor(self._predictor, len(symbols)), symbols)

    def bits_per_symbol(self, symbols: Any) -> float:
        """Bits per symbol: lower is better.

        Raises
        ------
        InputError
            There is no symbol, or nothing was fitted.
        """
        return mean_bits(self.surprisal(symbols))

    def _symbols(self, symbols: Any) -> Symbols:
        return as_symbols(symbols, self.alphabet_.unit, self.model.mode_, self.alphabet_)

    def _untrained(self) -> Predictor:
        n_symbols = len(self.alphabet_) + 1  # the last is any symbol outside the alphabet
        lexicon = self.model.lexicon_
        return predictor_of(lexicon, n_symbols, 0, self.chains, n_before=self.n_before)


def _pass(predictor: Predictor, symbols: Symbols) -> NDArray[np.float64]:
    """Bits of each symbol; the predictor has learned them afterwards."""
    bits = np.empty(len(symbols))
    context_bits(predictor, symbols.codes, symbols.starts, bits)
    return bits


def predictor_of(
    lexicon: Lexicon,
    n_symbols: int,
    n_codes: int,
    chains: str = "chunks",
    most_contexts: int = MOST_CONTEXTS,
    n_before: int = 2,
) -> Predictor:
    """A predictor that knows a lexicon and has seen nothing.

    Parameters
    ----------
    lexicon : Lexicon
        Of the chunks.
    n_symbols : int
        Of the alphabet, one for all others included.
    n_codes : int
        Symbols that it will learn.
    chains : {"chunks", "variables", "symbols"}
        What contexts are made of.
    most_contexts : int
        Bounds its memory, to 28 bytes each; none is dropped for a new one.
    n_before : {2, 1, 0}
        How many chunks before the one under way are contexts.

    Returns
    -------
    Predictor
    """
    n_chains = 1 if chains == "symbols" else MOST_CHAINS
    cursor = cursor_of(lexicon, chains == "variables", n_before)
    return make_predictor(cursor, n_symbols, n_chains, n_codes, most_contexts)


def cursor_of(lexicon: Lexicon, fills_variables: bool, n_before: int = 2) -> Cursor:
    """A cursor through a lexicon's chunks, before the first symbol.

    Parameters
    ----------
    lexicon : Lexicon
        Of the chunks.
    fills_variables : bool
        Whether the variables that chunks fill are contexts.
    n_before : {2, 1, 0}
        How many chunks before the one under way are contexts.

    Returns
    -------
    Cursor
    """
    trie = compile_lexicon(lexicon).trie
    classes = filled_variables(lexicon) if fills_variables else _themselves(lexicon)
    return make_cursor(trie, classes, n_before)


def filled_variables(lexicon: Lexicon) -> NDArray[np.int64]:
    """The variable that each entry fills, the oldest if several, or the entry itself, int64[K]."""
    classes = _themselves(lexicon)
    for variable in lexicon.variables[::-1]:
        classes[lexicon.parts_of(variable)] = variable
    return classes


def _themselves(lexicon: Lexicon) -> NDArray[np.int64]:
    return np.arange(len(lexicon), dtype=np.int64)
