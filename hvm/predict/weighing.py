"""Weights of experts, and the lexicon as one of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.chances import N_FEATURES_LEVEL
from hvm.kernels.experts.gates import learn_weights
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import known_bits
from hvm.predict.chain import Contexts
from hvm.predict.expert_counts import Expert, ExpertCounts
from hvm.predict.expert_list import MOST_VARIABLES
from hvm.symbols.sequences import Symbols

READER_NUMBER = -2.0
"""Of a chain that has read nothing yet: a seventh of another's weight."""
N_PASSES = 2
"""Over what teaches the weights."""


def first_numbers(experts: list[Expert], has_lexicon: bool) -> NDArray[np.float64]:
    """Return what weights follow from at first: half for the lexicon, and half for chains.

    A lexicon was chosen by description length, so it may be trusted before there is evidence.

    Parameters
    ----------
    experts : list of Expert
        But the lexicon.
    has_lexicon : bool

    Returns
    -------
    float64[experts, 1 + features]
        The lexicon's row, if it has one, is the last.
    """
    n_items = max(len(expert.chain.items) for expert in experts)
    n_features = (1 + max(n_items, MOST_VARIABLES)) * N_FEATURES_LEVEL
    numbers = np.zeros((len(experts) + has_lexicon, 1 + n_features))
    numbers[len(experts) :, 0] = np.log(len(experts))
    return numbers


def with_reader(numbers: NDArray[np.float64], n_experts: int) -> NDArray[np.float64]:
    """Numbers of experts, and after them of one that knows what is read alone.

    Parameters
    ----------
    numbers : float64[experts, 1 + features]
        Of the lexicon too, if there is one, in the last row.
    n_experts : int
        But the lexicon.

    Returns
    -------
    float64[experts + 1, 1 + features]
        New.
    """
    more = np.insert(numbers, n_experts, 0.0, axis=0)
    more[n_experts, 0] = READER_NUMBER
    return more


def with_lexicon(
    chances: NDArray[np.float64],
    features: NDArray[np.int32],
    lexicon: Lexicon,
    contexts: Contexts,
    starts: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Chances and features of experts, and of a lexicon as the last.

    Parameters
    ----------
    chances : float64[n, experts]
    features : int32[n, experts]
    lexicon : Lexicon
    contexts : Contexts
        At the places.
    starts : int64[s]
        First index of each sequence of their text.

    Returns
    -------
    float64[n, experts + 1], int32[n, experts + 1]
    """
    places = contexts.places
    by_lexicon = np.exp2(-known_bits(lexicon, places.text, starts)[places.where])
    features = np.column_stack([features, np.zeros(len(features), np.int32)])
    return np.column_stack([chances, by_lexicon]), features


class Weighing:
    """Weights as symbols teach them that experts foretell from what others taught.

    Parameters
    ----------
    counts : ExpertCounts
        Of what stands before.
    rest : Symbols
        What teaches the weights.

    Attributes
    ----------
    numbers : float64[experts, 1 + features]
        What the weights follow from.
    bits : float
        Of what taught them.
    """

    def __init__(self, counts: ExpertCounts, rest: Symbols) -> None:
        self._experts, self._starts = counts.experts, rest.starts
        self._contexts = counts.contexts(rest.codes, rest.starts, differing=True)
        self._foretold = counts.chances(self._contexts)
        self._rows = self._contexts.places.numbers[counts.seen[rest.codes]]
        self.numbers = first_numbers(self._experts, False)
        self.bits = _learn(*self._foretold, self._rows, self.numbers)

    def takes(self, lexicon: Lexicon, share_min: float) -> bool:
        """Make a lexicon one of the experts, in place of another, if it saves a share of the bits.

        Parameters
        ----------
        lexicon : Lexicon
            With the counts of what stands before.
        share_min : float
            Of what is paid without it, or with the other.

        Returns
        -------
        bool
            Whether it did.
        """
        numbers = first_numbers(self._experts, True)
        both = with_lexicon(*self._foretold, lexicon, self._contexts, self._starts)
        bits = _learn(*both, self._rows, numbers)
        if self.bits - bits <= share_min * self.bits:
            return False
        self.numbers, self.bits = numbers, bits
        return True


def _learn(
    chances: NDArray[np.float64],
    features: NDArray[np.int32],
    rows: NDArray[np.int32],
    numbers: NDArray[np.float64],
) -> float:
    """Learn what weights follow from; bits of what teaches it, each by what was known before."""
    moved = np.zeros_like(numbers)
    bits = -np.log2(learn_weights(chances, features, rows, numbers, moved)).sum()
    for _ in range(N_PASSES - 1):
        learn_weights(chances, features, rows, numbers, moved)
    return float(bits)
