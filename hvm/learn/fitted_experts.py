"""What a fit under experts leaves beside the lexicon: the experts, chains that adapt, and words."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from hvm.learn.experts_file import FittedState
from hvm.learn.fit import Fit
from hvm.learn.settings import SMALL_SYMBOLS
from hvm.learn.words import WordFinder
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import with_code_space
from hvm.predict.adapting import adapting_bits
from hvm.predict.beside import beside
from hvm.predict.context import ContextModel
from hvm.predict.experts import Experts
from hvm.symbols.sequences import Symbols


class FittedExperts:
    """Experts and words of a fit, or of what a file holds of them, made when they are asked for.

    Parameters
    ----------
    lexicon : Lexicon
        One of the experts.
    variables : bool
        Whether the others have variables.
    state : FittedState

    Attributes
    ----------
    state : FittedState
    lexicon_, alphabet_, mode_
        As of a model.
    """

    def __init__(self, lexicon: Lexicon, variables: bool, state: FittedState) -> None:
        self.state, self._variables = state, variables
        training = state.experts.training
        self.lexicon_, self.alphabet_, self.mode_ = lexicon, training.alphabet, training.mode

    @cached_property
    def experts(self) -> Experts:
        """Counted when they are first asked for, unless a fit has counted them."""
        return Experts.of(self.state.experts, self.lexicon_, variables=self._variables)

    @cached_property
    def words(self) -> WordFinder | None:
        """What cuts text into words; None where none were sought."""
        if self.state.cuts is None:
            return None
        return WordFinder.of(self.state.experts.training, self.state.cuts)

    @cached_property
    def _contexts(self) -> ContextModel:
        return ContextModel(self).fit(self.state.experts.training)

    def surprisal(self, symbols: Symbols, adapt: bool) -> NDArray[np.float64]:
        """Bits of each symbol, float64[n].

        Parameters
        ----------
        symbols : Symbols
            In the alphabet.
        adapt : bool
            Whether what was read before teaches.

        Returns
        -------
        float64[n]
        """
        if not adapt:
            return self.experts.surprisal(symbols)
        bits = adapting_bits(self.experts, self._contexts, symbols)
        return with_code_space(bits, self.experts.spelling_, symbols)


def fit_beside(
    symbols: Symbols,
    variables: bool,
    seed: int,
    search: Callable[[], Fit],
    search_in: Callable[[Symbols], Lexicon],
) -> tuple[Fit, FittedExperts]:
    """Search for a lexicon while experts count; they weigh what it found when it ends.

    Parameters
    ----------
    symbols : Symbols
    variables : bool
        Whether experts have variables.
    seed : int
        Of the orders in which words are sought.
    search : callable
        Returns what was found.
    search_in : callable
        Returns the lexicon of other symbols: of a small text a second lexicon is learned from its
        first part, so that the weight of a lexicon is learned on symbols that it has not seen.

    Returns
    -------
    Fit, FittedExperts

    Raises
    ------
    BaseException
        What the search raises, an interrupt too; the experts do not wait for it then.
    """
    found = Future[Lexicon]()
    honest = search_in if len(symbols) <= SMALL_SYMBOLS else None
    experts = beside(Experts(variables).fit, symbols, found.result, honest)
    try:
        fit = search()
        cuts = word_cuts(symbols, seed) if has_no_words(symbols) else None
    except BaseException as error:
        found.set_exception(error)
        raise
    found.set_result(fit.lexicon)
    counted = experts()
    fitted = FittedExperts(fit.lexicon, variables, FittedState(counted.state_, cuts))
    fitted.__dict__["experts"] = counted  # in place of those that the state would make
    return fit, fitted


def compile_experts() -> float:
    """Compile the kernels of experts, or load them; return the seconds it took, 0 once it is done.

    Returns
    -------
    float
    """
    if _rehearse_experts.cache_info().currsize:
        return 0.0
    begin = time.perf_counter()
    _rehearse_experts()
    return time.perf_counter() - begin


@cache
def _rehearse_experts() -> None:
    Experts.rehearse()


def has_no_words(symbols: Symbols) -> bool:
    """Whether words are to be found: lines of characters without a space.

    Parameters
    ----------
    symbols : Symbols

    Returns
    -------
    bool

    Examples
    --------
    >>> from hvm import as_symbols
    >>> [has_no_words(as_symbols(text, sequences="line")) for text in ("ab", "a b")]
    [True, False]
    >>> has_no_words(as_symbols("ab"))
    False
    """
    alphabet = symbols.alphabet
    is_lines = symbols.mode == "line" and alphabet.unit == "char"
    return is_lines and not any(symbol.isspace() for symbol in alphabet.symbols)


def word_cuts(symbols: Symbols, seed: int) -> NDArray[np.bool_]:
    """Find words; in a long text by fewer passes, so that it takes little longer than a short one.

    Parameters
    ----------
    symbols : Symbols
    seed : int

    Returns
    -------
    bool[n]
        True at each symbol where a word begins.
    """
    finder = WordFinder(seed)
    share = min(1.0, SMALL_SYMBOLS / len(symbols))
    passes = {name: max(2, round(share * getattr(finder, name))) for name in ("starts", "sweeps")}
    return finder.set_params(**passes).fit(symbols).cuts_
