"""Entropies of distributions, and of the distinct variables that a unit's expansion comes to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.worlds.emission import Emitter


class Entropy(NamedTuple):
    """An estimate and its standard error, bits per symbol."""

    bits_per_symbol: float
    standard_error: float


def entropy_bits(probabilities: NDArray[np.float64]) -> float:
    """Return the entropy of a distribution in bits.

    Examples
    --------
    >>> entropy_bits(np.array([0.5, 0.25, 0.25, 0.0]))
    1.5
    """
    positive = probabilities[probabilities > 0]
    return float(-(positive * np.log2(positive)).sum())


def tied_filler_bits(
    emitter: Emitter, variable_entropies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Expected bits of the distinct variables that each entry's expansion comes to, float64[K].

    ``variable_entropies``, float64[K], are bits of one filler of each variable.
    """
    lexicon = emitter.lexicon
    masks = _variable_masks(lexicon)
    known = {0: 0.0}

    def bits(mask: int) -> float:
        if mask not in known:
            # Only higher ids lead to lower ones, so the highest is decided once and for all.
            variable = mask.bit_length() - 1
            rest = mask ^ (1 << variable)
            members = lexicon.parts_of(variable).tolist()
            known[mask] = float(variable_entropies[variable]) + sum(
                p * bits(rest | masks[m])
                for p, m in zip(emitter.fillers_of(variable).tolist(), members, strict=True)
            )
        return known[mask]

    return np.array([bits(mask) for mask in masks])


def _variable_masks(lexicon: Lexicon) -> list[int]:
    """The variables that each entry names directly, as bits; a variable names itself."""
    masks = [0] * len(lexicon)
    for entry in range(lexicon.n_atoms, len(lexicon)):
        if lexicon.kinds[entry] == VARIABLE:
            masks[entry] = 1 << entry
        else:
            for part in lexicon.parts_of(entry).tolist():
                masks[entry] |= masks[part]
    return masks
