"""Bits of symbols by what was learned before and by what is learned on the way, mixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.experts.gates import learn_weights
from hvm.predict.context import ContextModel
from hvm.predict.experts import Experts
from hvm.symbols.sequences import Symbols


def adapting_bits(
    experts: Experts, contexts: ContextModel, symbols: Symbols
) -> NDArray[np.float64]:
    """Bits of each symbol, where what came before it teaches, in its sequence and in others.

    Experts go on counting and weighing, chains of contexts go on learning, and so does the weight
    that each of the two has, by what the longest chain of experts knows of the place.

    Parameters
    ----------
    experts : Experts
        They stay as they are fitted.
    contexts : ContextModel
        Of the same alphabet, which has read what the experts were fitted to. It is not changed.
    symbols : Symbols
        In that alphabet, in the order in which they are read.

    Returns
    -------
    float64[n]
        An unknown symbol pays the escape alone.
    """
    of_experts, known = experts.reading_bits_and_features(symbols.codes, symbols.starts)
    chances = np.exp2(-np.column_stack([of_experts, contexts.escaped_bits(symbols)]))
    features = np.column_stack([known, known])
    numbers = np.zeros((2, 2 + int(known.max(initial=0))))
    rows = np.arange(len(symbols), dtype=np.int32)
    mixed = learn_weights(chances, features, rows, numbers, np.zeros_like(numbers))
    bits: NDArray[np.float64] = -np.log2(mixed)
    return bits
