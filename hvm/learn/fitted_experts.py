"""What foretells symbols of a fitted model: experts, made when asked, and chains that adapt."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import with_code_space
from hvm.predict.adapting import adapting_bits
from hvm.predict.context import ContextModel
from hvm.predict.experts import Experts, ExpertsState
from hvm.symbols.sequences import Symbols


class FittedExperts:
    """Experts of a fit, or of what a file holds of them.

    Parameters
    ----------
    lexicon : Lexicon
        One of the experts.
    variables : bool
        Whether the others have variables.
    experts : Experts or ExpertsState

    Attributes
    ----------
    state : ExpertsState
        What a file holds.
    lexicon_, alphabet_, mode_
        As of a model.
    """

    def __init__(self, lexicon: Lexicon, variables: bool, experts: Experts | ExpertsState) -> None:
        self.lexicon_, self._variables = lexicon, variables
        if isinstance(experts, ExpertsState):
            self.state = experts
        else:
            self.state, self.experts = experts.state_, experts
        self.alphabet_, self.mode_ = self.state.training.alphabet, self.state.training.mode

    @cached_property
    def experts(self) -> Experts:
        """Counted when they are first asked for."""
        return Experts.of(self.state, self.lexicon_, variables=self._variables)

    @cached_property
    def _contexts(self) -> ContextModel:
        return ContextModel(self).fit(self.state.training)

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
        return with_code_space(bits, self.alphabet_, symbols)
