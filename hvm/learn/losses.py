"""Losses: how many bits longer the description becomes, by estimate, without a chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.lexicon.costs import definition_bits
from hvm.kernels.lexicon.patterns import flatten
from hvm.kernels.lexicon.segment import segment
from hvm.learn.evaluation import State
from hvm.lexicon.grammar import Pattern
from hvm.lexicon.lexicon import CHUNK, Lexicon

LOSS_MAX_BITS = 5.0
"""Chunks whose loss is estimated higher are left alone: estimates err by less."""

EMPTY_VARIABLE_BITS = 20.0
"""Of a slot whose variable was never filled: more than any unit of a text that is held in memory
costs, so that no chunk is cut into it."""


def chunk_losses(state: State) -> list[tuple[float, Pattern]]:
    """Bits lost by dropping each chunk that is no filler, the least first, up to LOSS_MAX_BITS.

    Its units are paid by the cheapest other cut, what holds it becomes longer; its definition and
    its count are saved.
    """
    lexicon, counts = state.lexicon, state.lexicon.unit_counts
    weights = label_bits(lexicon)
    offsets, labels, _ = flatten(lexicon.entries)
    alternatives, _, _ = segment(lexicon.kinds == CHUNK, offsets, labels, weights)
    uses = np.bincount(lexicon.parts, minlength=len(lexicon))
    losses = (
        np.where(counts > 0, counts * (alternatives - weights), 0.0)
        + uses * (np.diff(lexicon.offsets) - 1) * np.log2(len(lexicon))
        - definition_bits(np.diff(lexicon.offsets), np.maximum(np.arange(len(lexicon)), 2))
        - _count_bits(counts)
    )
    fillers = {pattern for members in state.grammar.variables.values() for pattern in members}
    return sorted(
        (float(losses[entry]), state.patterns[entry])
        for entry in lexicon.chunks.tolist()
        if losses[entry] < LOSS_MAX_BITS and state.patterns[entry] not in fillers
    )


def _count_bits(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bits of each count in the distribution over units, float64[K]."""
    typical = 0.5 * np.log2(max(2.0, counts.sum() / len(counts)))
    bits: NDArray[np.float64] = np.log2(counts + 1) + typical
    return bits


def label_bits(lexicon: Lexicon) -> NDArray[np.float64]:
    """What each label costs as a unit, float64[K]; a variable, what its fillers do on average."""
    bits = lexicon.unit_bits.copy()
    for variable in lexicon.variables:
        counts = lexicon.filler_counts_of(variable)
        if counts.sum() == 0:
            bits[variable] = EMPTY_VARIABLE_BITS
            continue
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        costs = bits[lexicon.parts[where]] - lexicon.filler_bits[where]
        bits[variable] = float((counts * costs).sum() / counts.sum())
    return bits
