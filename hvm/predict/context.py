"""Bits of symbols given the symbols, chunks and variables before them, learned while it goes."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from hvm.errors import InputError
from hvm.kernels.predict import context as kernels
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import compile_lexicon
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols

CHAINS = ("symbols", "chunks", "variables")
MOST_CONTEXTS = 1 << 25


class Fitted(Protocol):
    """What a context model needs of a fitted model; :class:`hvm.HVM` has it."""

    lexicon_: Lexicon
    alphabet_: Alphabet
    mode_: str


class ContextModel:
    """Adaptive prediction from chains of contexts; see :mod:`hvm.kernels.predict.context`.

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

    Examples
    --------
    >>> from hvm import HVM
    >>> text = "a dog and a cat and a cow and " * 20
    >>> ContextModel(HVM(restarts=1).fit(text)).fit(text).score(text) < 0.2
    True
    """

    def __init__(self, model: Fitted, chains: str = "chunks", n_before: int = 2) -> None:
        if chains not in CHAINS:
            raise InputError(f"chains must be one of {', '.join(CHAINS)}, not {chains!r}")
        self._state: kernels.Model
        if n_before not in (0, 1, 2):
            raise InputError(f"n_before must be 0, 1 or 2, not {n_before!r}")
        self.model, self.chains, self.n_before = model, chains, n_before
        self.alphabet_ = model.alphabet_

    def fit(self, symbols: Any, go_on: bool = False) -> ContextModel:
        """Learn what follows what, from nothing or from what was learned before; return self."""
        before = self._state if go_on else self._nothing()
        given = self._symbols(symbols)
        self._state = kernels.copy_model(before, len(given))
        self._pass(self._state, given)
        return self

    def surprisal(self, symbols: Any) -> np.ndarray:
        """Bits of each symbol given all before it and what was fitted, float64[n].

        A symbol's contexts stay within its sequence, what follows them is learned from all
        sequences before. The model itself stays as it was fitted.
        """
        if not hasattr(self, "_state"):
            raise InputError("this ContextModel is not fitted yet: call fit first")
        given = self._symbols(symbols)
        bits = self._pass(kernels.copy_model(self._state, len(given)), given)
        unknown = np.flatnonzero(given.codes < 0)
        bits[unknown] += [self.alphabet_.code_space_bits(symbol) for symbol in given.unknown]
        return bits

    def score(self, symbols: Any) -> float:
        """Bits per symbol: lower is better."""
        bits = self.surprisal(symbols)
        if not len(bits):
            raise InputError("there is no symbol to score")
        return float(bits.mean())

    def _symbols(self, symbols: Any) -> Symbols:
        return as_symbols(symbols, self.alphabet_.unit, self.model.mode_, self.alphabet_)

    def _nothing(self) -> kernels.Model:
        n_symbols = len(self.alphabet_) + 1  # the last is any symbol outside the alphabet
        lexicon = self.model.lexicon_
        return new_model(lexicon, n_symbols, 0, self.chains, n_before=self.n_before)

    def _pass(self, state: kernels.Model, given: Symbols) -> np.ndarray:
        bits = np.empty(len(given))
        kernels.context_bits(state, given.codes, given.starts, bits)
        return bits


def new_model(
    lexicon: Lexicon,
    n_symbols: int,
    n_codes: int,
    chains: str = "chunks",
    most_contexts: int = MOST_CONTEXTS,
    n_before: int = 2,
) -> kernels.Model:
    """A kernel's model that knows a lexicon and has seen nothing, for ``n_codes`` symbols.

    ``most_contexts`` bounds its memory, to 28 bytes each; none is dropped for a new one.
    """
    n_chains = 1 if chains == "symbols" else kernels.CHAINS
    walk = walk_through(lexicon, chains == "variables", n_before)
    return kernels.make_model(walk, n_symbols, n_chains, n_codes, most_contexts)


def walk_through(lexicon: Lexicon, fills_variables: bool, n_before: int = 2) -> kernels.Walk:
    """A walk through a lexicon's chunks, before the first symbol."""
    trie = compile_lexicon(lexicon).trie
    fills = np.arange(len(lexicon), dtype=np.int64)
    if fills_variables:
        fills = filled_variables(lexicon)
    return kernels.make_walk(trie.table, trie.nodes, fills, n_before)


def filled_variables(lexicon: Lexicon) -> np.ndarray:
    """The variable that each entry fills, the oldest if several, or the entry itself, int64[K]."""
    found = np.arange(len(lexicon), dtype=np.int64)
    for variable in lexicon.variables[::-1]:
        found[lexicon.parts_of(variable)] = variable
    return found
