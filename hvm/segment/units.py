"""Where the units of a model begin: the one place that knows what kinds of model there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.learn.model import Model
from hvm.learn.words import WordFinder
from hvm.symbols.sequences import Symbols


def units_of(model: Model | WordFinder, symbols: Symbols) -> NDArray[np.bool_]:
    """Cut symbols into the units of a fitted model, which stays as it is.

    Parameters
    ----------
    model : Model or WordFinder
        See their ``segment``.
    symbols : Symbols

    Returns
    -------
    bool[n]
        True at each symbol where a unit begins.
    """
    return model.segment(symbols)
