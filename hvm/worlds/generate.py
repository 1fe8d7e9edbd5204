"""Worlds with known entropy in one call, and what else ``hvm.generate`` offers.

A *world* is a lexicon with true probabilities: :func:`make_world` draws one, ``World.sample``
emits from it and keeps the true parse. Two entropies: that of derivations (units and fillers; an
upper bound) and that of the symbols, -log2 P(sequence) / n by the forward sum over all parses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.worlds.emission import Sample
from hvm.worlds.random_worlds import draw_world, make_world
from hvm.worlds.recall_task import RecallSequences, recall_sequences
from hvm.worlds.world import World

__all__ = [
    "Generated",
    "RecallSequences",
    "Sample",
    "World",
    "draw_world",
    "generate",
    "make_world",
    "recall_sequences",
]


@dataclass(frozen=True, eq=False)
class Generated:
    """Symbols of one drawn world and its entropies.

    Attributes
    ----------
    symbols : uint8[n] or int32[n]
        Values 1 to the alphabet's size, code + 1; uint8 where that fits.
    entropy_bits_per_symbol, entropy_standard_error : float or None
        Of the symbols, by the forward sum; None for tied slots, where that sum does not apply.
    derivation_entropy_bits_per_symbol : float
        Of units and fillers, exact: an upper bound.
    world : World
    sample : Sample
    """

    symbols: NDArray[np.uint8 | np.int32]
    entropy_bits_per_symbol: float | None
    entropy_standard_error: float | None
    derivation_entropy_bits_per_symbol: float
    world: World
    sample: Sample

    @property
    def n_chunks(self) -> int:
        """Chunks of the world, atoms left out."""
        return len(self.world.lexicon.chunks)

    @property
    def n_variables(self) -> int:
        """Variables of the world."""
        return len(self.world.lexicon.variables)


def generate(
    depth: int,
    alphabet_size: int,
    p_variable: float,
    n_symbols: int,
    seed: int,
    tied_slots: bool = False,
    entropy_symbols: int = 10**6,
) -> Generated:
    """Draw a world, emit ``n_symbols`` from it, and work out its entropies.

    The world, the symbols and the entropy's own ``entropy_symbols`` have separate streams of
    randomness, so a longer sample begins with the shorter one's world.

    Parameters
    ----------
    depth : int
        Steps that each make a chunk or a variable.
    alphabet_size : int
        Atoms, at least 2.
    p_variable : float
        Probability that a step makes a variable.
    n_symbols : int
        Symbols to emit.
    seed : int
        Of everything.
    tied_slots : bool
        Whether all slots of one variable in a unit, at whatever depth, share one filler.
    entropy_symbols : int
        Symbols that the entropy is estimated from.

    Returns
    -------
    Generated

    Raises
    ------
    InputError
        An argument outside its range.
    """
    if n_symbols < 0 or seed < 0:
        raise InputError(f"a length of {n_symbols} and seed {seed}: neither may be negative")
    of_world, of_sample, of_entropy = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)
    )
    world = make_world(depth, alphabet_size, p_variable, of_world)
    sample = world.sample(n_symbols, of_sample, tied_slots)
    entropy = None if tied_slots else world.entropy(entropy_symbols, of_entropy)
    dtype = np.uint8 if alphabet_size < 256 else np.int32
    return Generated(
        (sample.codes + 1).astype(dtype),
        entropy.bits_per_symbol if entropy else None,
        entropy.standard_error if entropy else None,
        world.derivation_entropy_bits_per_symbol(tied_slots),
        world,
        sample,
    )
