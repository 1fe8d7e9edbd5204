"""A world: a lexicon with true probabilities, what it emits, and its entropies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.lexicon.forward import symbol_bits
from hvm.kernels.lexicon.trie import compile_trie
from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.worlds.emission import Emitter, Sample, Spelling, sample_of
from hvm.worlds.entropy import Entropy, entropy_bits, tied_filler_bits

_SURPLUS, _MORE_UNITS = 1.05, 16
"""Units drawn at once, over those expected to fill what is missing: one draw is mostly enough. Part
of what a seed means: other numbers give other samples."""


@dataclass(frozen=True, eq=False)
class World:
    """A lexicon with the true probabilities of its units and fillers.

    Attributes
    ----------
    lexicon : Lexicon
        Atoms, chunks and variables; its counts are zero.
    unit_probabilities : float64[K]
        P(entry as a unit), 0 for variables.
    filler_probabilities : float64[P]
        P(member | its variable), aligned with ``lexicon.parts``; 0 beside components.
    """

    lexicon: Lexicon
    unit_probabilities: NDArray[np.float64]
    filler_probabilities: NDArray[np.float64]

    @cached_property
    def emitter(self) -> Emitter:
        """What spells entries out with fillers drawn."""
        return Emitter(self.lexicon, self.filler_probabilities)

    # -- what is true of it ---------------------------------------------------------------

    @cached_property
    def expected_lengths(self) -> NDArray[np.float64]:
        """float64[K]: expected symbols of each entry."""
        return self._expectations(np.ones(self.lexicon.n_atoms), np.zeros(len(self.lexicon)))

    @cached_property
    def expected_filler_bits(self) -> NDArray[np.float64]:
        """float64[K]: expected bits of all fillers of each entry, nested ones included."""
        return self._expectations(np.zeros(self.lexicon.n_atoms), self._variable_entropies)

    @property
    def expected_slots_per_symbol(self) -> float:
        """Expected slots emitted per symbol, nested ones included."""
        is_variable = (self.lexicon.kinds == VARIABLE).astype(float)
        slots = self._expectations(np.zeros(self.lexicon.n_atoms), is_variable)
        return float(self.unit_probabilities @ slots / self._expected_unit_length)

    @cached_property
    def _variable_entropies(self) -> NDArray[np.float64]:
        entropies = np.zeros(len(self.lexicon))
        for variable in self.lexicon.variables.tolist():
            entropies[variable] = entropy_bits(self.emitter.fillers_of(variable))
        return entropies

    @property
    def _expected_unit_length(self) -> float:
        return float(self.unit_probabilities @ self.expected_lengths)

    def _expectations(
        self, of_atoms: NDArray[np.float64], of_variables: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum over components, mean over members, plus each variable's own share."""
        lexicon = self.lexicon
        values = np.zeros(len(lexicon))
        values[: lexicon.n_atoms] = of_atoms
        for entry in range(lexicon.n_atoms, len(lexicon)):
            parts = values[lexicon.parts_of(entry)]
            if lexicon.kinds[entry] == VARIABLE:
                values[entry] = of_variables[entry] + self.emitter.fillers_of(entry) @ parts
            else:
                values[entry] = parts.sum()
        return values

    def derivation_entropy_bits_per_symbol(self, tied_slots: bool = False) -> float:
        """Return the exact entropy of derivations: units and fillers, nested fillers included.

        An upper bound of the symbols' entropy. With ``tied_slots`` each variable that a unit's
        expansion comes to, at whatever depth, pays its filler once a unit.
        """
        bits = self.tied_filler_bits if tied_slots else self.expected_filler_bits
        total = entropy_bits(self.unit_probabilities) + float(self.unit_probabilities @ bits)
        return total / self._expected_unit_length

    @cached_property
    def tied_filler_bits(self) -> NDArray[np.float64]:
        """float64[K]: expected bits of fillers that all slots of a variable in a unit share."""
        return tied_filler_bits(self.emitter, self._variable_entropies)

    def entropy(
        self, n_symbols: int = 10**6, rng: np.random.Generator | int = 0, n_blocks: int = 25
    ) -> Entropy:
        """Estimate the entropy of the symbols: -log2 P / n by the forward sum, slots independent.

        Parameters
        ----------
        n_symbols : int
            Symbols drawn, in ``n_blocks`` sequences of their own, each beginning with a unit.
        rng : numpy.random.Generator or int
            Randomness or a seed.
        n_blocks : int
            Sequences that the standard error comes from, at least 2.

        Returns
        -------
        Entropy
            Bits per symbol and their standard error.
        """
        rng = np.random.default_rng(rng)
        length = -(-n_symbols // n_blocks)
        bits = [-self.log2_probability(self.sample(length, rng).codes) for _ in range(n_blocks)]
        per_symbol = np.array(bits) / length
        return Entropy(float(per_symbol.mean()), float(per_symbol.std(ddof=1) / n_blocks**0.5))

    def log2_probability(self, codes: NDArray[np.int32]) -> float:
        """Return log2 of the probability that emission begins with ``codes``, slots independent.

        The sum over all parses and fillers; -inf where the world cannot emit them.
        """
        lexicon, codes = self.lexicon, np.ascontiguousarray(codes, np.int32)
        trie = compile_trie(lexicon.entries, np.zeros(len(lexicon.parts), np.int64))
        probabilities = (self.unit_probabilities, self.filler_probabilities)
        bits = symbol_bits(trie, *probabilities, codes, np.zeros(1, np.int64), np.inf)
        return -float(bits.sum())

    def as_lexicon(self) -> Lexicon:
        """Return the lexicon with counts in proportion to the true probabilities: the oracle.

        Probabilities above 1e-8 come back within a millionth of their value; none becomes zero.
        """
        lexicon = self.lexicon
        scale = 2**52 // (1 + len(lexicon.variables))  # the counts together stay below 2**53
        is_unit = lexicon.kinds != VARIABLE
        units = np.maximum(np.rint(self.unit_probabilities * scale), 1) * is_unit
        is_member = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
        fillers = np.maximum(np.rint(self.filler_probabilities * scale), 1) * is_member
        return lexicon.with_counts(units.astype(np.int64), fillers.astype(np.int64))

    # -- emission -------------------------------------------------------------------------

    def sample(
        self, n_symbols: int, rng: np.random.Generator | int = 0, tied_slots: bool = False
    ) -> Sample:
        """Emit exactly ``n_symbols``: units are drawn until they suffice, the last is cut.

        Parameters
        ----------
        n_symbols : int
        rng : numpy.random.Generator or int
            Randomness or a seed.
        tied_slots : bool
            Whether all slots of one variable in a unit, at whatever depth, share one filler.

        Returns
        -------
        Sample
        """
        rng = np.random.default_rng(rng)
        cumulative = np.cumsum(self.unit_probabilities)
        batches: list[NDArray[np.int32]] = []
        pieces: list[Spelling] = []
        missing = n_symbols
        while missing > 0:
            size = int(missing / self._expected_unit_length * _SURPLUS) + _MORE_UNITS
            draws = rng.random(size) * cumulative[-1]
            batches.append(np.searchsorted(cumulative, draws, side="right").astype(np.int32))
            pieces.append(self.emitter.spell(batches[-1], rng, tied_slots))
            missing -= len(pieces[-1].codes)
        return sample_of(batches, pieces, n_symbols)
