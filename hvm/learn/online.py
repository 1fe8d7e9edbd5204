"""Online learning: sequence by sequence, with forgetting.

An :class:`OnlineMemory` is a grammar and its lexicon, as offline, and counts that are forgotten: of
units, fillers, pairs and triples of units. Each sequence is parsed greedily and counted, unit by
unit; pairs that became frequent and hang together become chunks, frames that became frequent get a
variable for what stands in them. Source: Wu et al., ICLR 2025 (arXiv 2410.21332), and for chunks
Wu et al., NeurIPS 2022.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn import online as kernels
from hvm.kernels.learn import tally as tallies
from hvm.kernels.learn.context_bits import UnitModel, context_unit_bits
from hvm.kernels.lexicon.greedy import greedy
from hvm.kernels.lexicon.trie import FILLER_COST, compile_trie, node_parents
from hvm.learn.chunks import critical_chi_square
from hvm.learn.settings import OnlineSettings
from hvm.lexicon.grammar import Grammar, Pattern
from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.lexicon.parsing import quanta

FILLER_COUNT_MIN = 0.5
"""Of a frame: what is forgotten below half an occurrence fills it no more."""

FORGOTTEN_COUNT = 2.0**-10
"""Counts of runs of units below this are dropped when entries change: no rule sees them."""

HIGHEST_ONE = 2.0**40
"""What counts for one grows instead of every count shrinking; above this all are divided by it,
long before sums of counts lose whole numbers at 2**53."""

FIRST_CAPACITY = 64
"""Keys for which a tally is made; it doubles."""


@dataclass(eq=False)
class OnlineMemory:
    """Entries and their counts, in multiples of what counts for ``one`` now.

    Attributes
    ----------
    grammar : Grammar
        Chunks and variables; its own counts are out of use.
    patterns : list of Pattern
        What each entry of the lexicon stands for.
    lexicon : Lexicon
        The entries, every count zero.
    unit_counts, filler_counts : float64[K], float64[P]
    pairs, triples : Tally
        Counts of runs of two and three units.
    one : float
        What one more occurrence adds to a count.
    is_unit : bool[K]
        Whether an entry can be a unit.
    """

    grammar: Grammar
    lexicon: Lexicon
    patterns: list[Pattern]
    unit_counts: NDArray[np.float64]
    filler_counts: NDArray[np.float64]
    pairs: tallies.Tally = field(default_factory=lambda: tallies.make_tally(FIRST_CAPACITY))
    triples: tallies.Tally = field(default_factory=lambda: tallies.make_tally(FIRST_CAPACITY))
    one: float = 1.0

    @classmethod
    def of(cls, lexicon: Lexicon) -> OnlineMemory:
        """Return a memory of a lexicon with its counts; pairs and triples are unknown."""
        grammar = Grammar.of(lexicon)
        compiled = grammar.compile(lexicon.smoothing)
        return cls(
            grammar,
            compiled.lexicon,
            compiled.patterns,
            compiled.lexicon.unit_counts.astype(float),
            compiled.lexicon.filler_counts.astype(float),
        )

    def __post_init__(self) -> None:
        self._compile_lexicon()

    def _compile_lexicon(self) -> None:
        """Work out what follows from the lexicon alone."""
        lexicon = self.lexicon
        self._trie = compile_trie(lexicon.entries, np.zeros(len(lexicon.parts), np.int64))
        self._parents = node_parents(self._trie)
        self.is_unit = lexicon.kinds != VARIABLE
        self._n_units = int(np.count_nonzero(self.is_unit))
        self._owners = np.repeat(np.arange(len(lexicon)), np.diff(lexicon.offsets))
        self._is_member = ~self.is_unit[self._owners]

    # -- reading --------------------------------------------------------------------------

    def whole_counts(self) -> Lexicon:
        """Return the lexicon with counts rounded to whole ones."""
        units = np.rint(self.unit_counts / self.one).astype(np.int64)
        fillers = np.rint(self.filler_counts / self.one).astype(np.int64)
        return self.lexicon.with_counts(units, fillers)

    def bits(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64], settings: OnlineSettings
    ) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence; changes nothing.

        Parameters
        ----------
        codes : int32[n]
            Symbol codes; -1, outside the alphabet, pays the escape, not its code space.
        starts : int64[s]
            First index of each sequence, ascending.
        settings : OnlineSettings

        Returns
        -------
        float64[n]
        """
        alpha, strength = settings.smoothing * self.one, settings.context_strength
        total = self.unit_counts.sum() + alpha * (self._n_units + 1)
        memory = UnitModel(
            self._trie,
            self._parents,
            np.where(self.is_unit, (self.unit_counts + alpha) / total, 0.0),
            self._filler_probabilities(alpha),
            alpha / total,
            self.pairs,
            self.one,
            np.inf if strength is None else float(strength),
        )
        return context_unit_bits(memory, codes, starts)

    def _filler_probabilities(self, alpha: float) -> NDArray[np.float64]:
        if not len(self.grammar.variables):
            return np.zeros(len(self.filler_counts))
        counts = np.where(self._is_member, self.filler_counts + alpha, 0.0)
        totals = np.bincount(self._owners, counts, len(self.lexicon))
        return np.divide(counts, totals[self._owners], out=np.zeros_like(counts), where=counts > 0)

    def units_of(
        self, codes: NDArray[np.int32], settings: OnlineSettings
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Cut one sequence greedily: units int32[m]; unit and place in the parts of each slot."""
        if len(self.grammar.variables):
            with np.errstate(divide="ignore"):
                bits = -np.log2(self._filler_probabilities(settings.smoothing * self.one))
            costs = quanta(bits[self._is_member])
            self._trie.members[self._is_member, FILLER_COST] = costs
        units, _, _, slots = greedy(
            self._trie, quanta(self.unit_counts / self.one), codes, np.zeros(1, np.int64)
        )
        return units, slots[:, 0].copy(), slots[:, 1].copy()

    # -- learning -------------------------------------------------------------------------

    def observe(self, codes: NDArray[np.int32], settings: OnlineSettings) -> None:
        """Count one sequence, and make the chunks and variables that it makes frequent enough."""
        if not len(codes):
            return
        units, slot_units, slot_parts = self.units_of(codes, settings)
        self._reserve(len(units))
        self.one = kernels.count_sequence(
            self.unit_counts,
            self.filler_counts,
            self.pairs,
            self.triples,
            units,
            slot_units,
            slot_parts,
            self.one,
            settings.theta,
            HIGHEST_ONE,
        )
        n_before = self._n_parts()
        self._make_chunks(units, settings)
        if settings.variables:
            self._make_variables(units, settings)
        if self._n_parts() > n_before:
            self._recompile()

    def _reserve(self, n_keys: int) -> None:
        """Let the tallies hold more keys; what is forgotten goes when they grow."""
        least = FORGOTTEN_COUNT * self.one
        self.pairs = tallies.with_capacity(self.pairs, n_keys, least)
        self.triples = tallies.with_capacity(self.triples, n_keys, least)

    def _n_parts(self) -> int:
        """Chunks and fillers, which only become more."""
        return len(self.grammar.chunks) + sum(map(len, self.grammar.variables.values()))

    def _make_chunks(self, units: NDArray[np.int32], settings: OnlineSettings) -> None:
        """Make chunks of the pairs of this parse that are frequent and hang together."""
        pairs = kernels.frequent_pairs(
            self.unit_counts,
            self.pairs,
            units,
            self.one,
            settings.chunk_min,
            critical_chi_square(settings.p_value),
        )
        for left, right in pairs.tolist():
            self.grammar.chunks.setdefault(self.patterns[left] + self.patterns[right], 0)

    def _make_variables(self, units: NDArray[np.int32], settings: OnlineSettings) -> None:
        """Put a variable into the frames of this parse that are frequent, from the left."""
        frames, rows = kernels.frequent_frames(
            self.triples,
            units,
            settings.frame_min * self.one,
            FILLER_COUNT_MIN * self.one,
            settings.fillers_min,
        )
        for frame in sorted(set(rows[:, 0].tolist())):
            left, right = frames[frame].tolist()
            self._abstract(left, right, np.sort(rows[rows[:, 0] == frame, 1]).tolist())

    def _abstract(self, left: int, right: int, fillers: list[int]) -> None:
        """Make a frame a chunk around a variable that holds the fillers."""
        grammar, patterns = self.grammar, self.patterns
        members = [patterns[filler] for filler in fillers]
        variable = _variable_for(grammar, members)
        if variable is None:
            return
        if variable not in grammar.variables:
            grammar.add_variable({})
        grammar.extend_variable(variable, dict.fromkeys(members, 0))
        grammar.chunks.setdefault((*patterns[left], variable, *patterns[right]), 0)

    def widen(self, n_atoms: int, new_codes: NDArray[np.int32]) -> None:
        """Let the alphabet hold more symbols; ``new_codes`` has the new code of each old one."""
        new_of = new_codes.tolist()
        grammar = self.grammar

        def renamed(pattern: Pattern) -> Pattern:
            return tuple(label if label < 0 else new_of[label] for label in pattern)

        variables = {
            key: dict.fromkeys(map(renamed, members), 0)
            for key, members in grammar.variables.items()
        }
        chunks = dict.fromkeys(map(renamed, grammar.chunks), 0)
        self.grammar = Grammar([0] * n_atoms, chunks, variables, grammar.next_key)
        self.patterns = [renamed(pattern) for pattern in self.patterns]
        self._recompile()

    def _recompile(self) -> None:
        """Compile the grammar that was edited, and give all counts the new ids."""
        units = dict(zip(self.patterns, self.unit_counts.tolist(), strict=True))
        fillers = self.filler_counts[self._is_member].tolist()
        count_of = dict(zip(self._slots(), fillers, strict=True))
        compiled = self.grammar.compile(self.lexicon.smoothing)
        ids = {pattern: entry for entry, pattern in enumerate(compiled.patterns)}
        renames = np.array([ids[pattern] for pattern in self.patterns], np.int64)
        self.lexicon, self.patterns = compiled.lexicon, compiled.patterns
        self._compile_lexicon()
        self.unit_counts = np.array([units.get(pattern, 0.0) for pattern in self.patterns])
        self.filler_counts = np.zeros(len(self.lexicon.parts))
        self.filler_counts[self._is_member] = [count_of.get(slot, 0.0) for slot in self._slots()]
        least = FORGOTTEN_COUNT * self.one
        self.pairs = tallies.renamed(self.pairs, renames, 2, least)
        self.triples = tallies.renamed(self.triples, renames, 3, least)

    def _slots(self) -> list[tuple[int, Pattern]]:
        """Variable and filler of each place in the lexicon's parts that has one."""
        places = np.flatnonzero(self._is_member)
        owners, members = self._owners[places].tolist(), self.lexicon.parts[places].tolist()
        patterns = self.patterns
        return [(patterns[v][0], patterns[m]) for v, m in zip(owners, members, strict=True)]


def _variable_for(grammar: Grammar, members: list[Pattern]) -> int | None:
    """The variable that holds all members, or only some of them, or a new one; None for a cycle."""
    fillers, variable = set(members), grammar.next_key
    for key, others in grammar.variables.items():
        if fillers <= others.keys():
            variable = key
            break
        if others.keys() <= fillers:
            variable = key
    if any(label < 0 and grammar.mentions((label,), variable) for m in members for label in m):
        return None
    return variable
