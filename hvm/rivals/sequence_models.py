"""Models that are fitted to symbols and then stay as they are, by name.

Unlike the methods of :mod:`hvm.rivals.registry`, which say what bytes cost after other bytes, they
are asked about many short sequences, each by itself: ``fit(symbols)`` returns the model,
``surprisal(symbols)`` is bits of each symbol and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hvm.learn.hvm import HVM
from hvm.learn.model import Model
from hvm.plugins import Registry
from hvm.predict.experts import Experts
from hvm.rivals.kneser_ney import KneserNey


class SequenceModel(Protocol):
    """What can be fitted to symbols, and then says what each symbol of others costs."""

    def fit(self, symbols: Any) -> Any:
        """Learn from symbols; return the model."""

    def surprisal(self, symbols: Any) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, float64[n]."""


SEQUENCE_MODELS: Registry[Callable[[], SequenceModel]] = Registry(
    "sequence model",
    "hvm.sequence_models",
    {
        "hvm": "hvm.rivals.sequence_models:default_hvm",
        "hcm": "hvm.rivals.sequence_models:default_hcm",
        "hvm-unigram": "hvm.rivals.sequence_models:unigram_hvm",
        "experts": "hvm.predict.experts:Experts",
        "experts-symbols": "hvm.rivals.sequence_models:experts_of_symbols",
        "experts-variables": "hvm.rivals.sequence_models:experts_of_variables",
        "unigram": "hvm.rivals.sequence_models:unigram",
        "kn2": "hvm.rivals.sequence_models:kneser_ney_2",
        "kn3": "hvm.rivals.sequence_models:kneser_ney_3",
        "kn": "hvm.rivals.sequence_models:kneser_ney_4",
        "kn5": "hvm.rivals.sequence_models:kneser_ney_5",
    },
)
"""Makers of unfitted models by name; ``kn`` is Kneser-Ney of order 4, as the word is used.

>>> model = SEQUENCE_MODELS["unigram"]().fit("aab")
>>> round(float(model.surprisal("aa").sum()), 2)
2.34
"""


def default_hvm() -> Model:
    """Chunks and variables, the best we know."""
    return HVM()


def default_hcm() -> Model:
    """Chunks alone."""
    return HVM(variables=False)


def unigram_hvm() -> Model:
    """Chunks and variables whose units do not depend on the one before."""
    return HVM(context="unigram")


def experts_of_symbols() -> Experts:
    """Mixed experts without variables."""
    return Experts(variables=False)


def experts_of_variables() -> Experts:
    """Mixed experts that see variables alone, the finest and coarser ones."""
    return Experts(level=1)


def unigram() -> KneserNey:
    """How often each symbol occurs, whatever stands before it."""
    return KneserNey(order=1)


def kneser_ney_2() -> KneserNey:
    """Kneser-Ney given the symbol before."""
    return KneserNey(order=2)


def kneser_ney_3() -> KneserNey:
    """Kneser-Ney given the two symbols before."""
    return KneserNey(order=3)


def kneser_ney_4() -> KneserNey:
    """Kneser-Ney given the three symbols before."""
    return KneserNey(order=4)


def kneser_ney_5() -> KneserNey:
    """Kneser-Ney given the four symbols before."""
    return KneserNey(order=5)
