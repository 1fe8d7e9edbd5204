"""Online learning: sequence by sequence, with forgetting.

A :class:`Memory` is a grammar and its lexicon, as offline, and counts that are forgotten: of units,
fillers, pairs and triples of units. Each sequence is parsed greedily and counted, unit by unit;
pairs that became frequent and hang together become chunks, frames that became frequent get a
variable for what stands in them; a new chunk takes over the counts of what it is made of. Source:
design section 5; Wu et al., ICLR 2025, and for chunks Wu et al., NeurIPS 2022.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hvm import parsing
from hvm.chunks import critical_chi_square
from hvm.grammar import Grammar, Pattern
from hvm.kernels import online as kernels
from hvm.kernels import parse as parse_kernels
from hvm.kernels.forward import node_parents
from hvm.kernels.match import FILLER_COST
from hvm.lexicon import VARIABLE, Lexicon

FILLER_COUNT_MIN = 0.5  # of a frame: what is forgotten below this fills it no more
FORGOTTEN = 2.0**-10  # counts of runs of units below this are dropped when entries change
HIGHEST_ONE = 2.0**40  # then counts are told anew


@dataclass(frozen=True)
class Settings:
    """Constants of the online learner; see :class:`hvm.learner.HVM`."""

    variables: bool = True
    smoothing: float = 0.1
    theta: float = 0.996
    chunk_min: float = 6.0
    frame_min: float = 3.0
    fillers_min: int = 4
    p_value: float = 0.05
    context_strength: float = 20.0
    is_closed: bool = False  # whether there is no symbol outside the alphabet


@dataclass(eq=False)
class Memory:
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
    one : float
    """

    grammar: Grammar
    lexicon: Lexicon
    patterns: list[Pattern]
    unit_counts: np.ndarray
    filler_counts: np.ndarray
    pairs: kernels.Tally = field(default_factory=lambda: kernels.make_tally(64))
    triples: kernels.Tally = field(default_factory=lambda: kernels.make_tally(64))
    one: float = 1.0

    @classmethod
    def of(cls, lexicon: Lexicon) -> Memory:
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
        self._prepare()

    def _prepare(self) -> None:
        """Work out what follows from the lexicon alone."""
        lexicon = self.lexicon
        self._compiled = parsing.compile_lexicon(lexicon)
        self._parents = node_parents(self._compiled.trie)
        self.is_unit = lexicon.kinds != VARIABLE
        self._owners = np.repeat(np.arange(len(lexicon)), np.diff(lexicon.offsets))
        self._is_member = ~self.is_unit[self._owners]

    # -- reading --------------------------------------------------------------------------

    def whole_counts(self) -> Lexicon:
        """Return the lexicon with counts rounded to whole ones."""
        units = np.rint(self.unit_counts / self.one).astype(np.int64)
        fillers = np.rint(self.filler_counts / self.one).astype(np.int64)
        return self.lexicon.with_counts(units, fillers)

    def bits(self, codes: np.ndarray, starts: np.ndarray, settings: Settings) -> np.ndarray:
        """Bits of each symbol given those before it in its sequence, float64[n]; changes nothing.

        Symbols outside the alphabet pay the escape, not their code space.
        """
        alpha = settings.smoothing * self.one
        n_units = np.count_nonzero(self.is_unit)
        escape = 0.0 if settings.is_closed else alpha
        total = self.unit_counts.sum() + alpha * n_units + escape
        memory = kernels.Memory(
            self._compiled.trie,
            self._parents,
            np.where(self.is_unit, (self.unit_counts + alpha) / total, 0.0),
            self._filler_probabilities(alpha),
            escape / total,
            self.pairs,
            self.one,
            float(settings.context_strength),
        )
        return kernels.context_unit_bits(memory, codes, starts)

    def _filler_probabilities(self, alpha: float) -> np.ndarray:
        counts = np.where(self._is_member, self.filler_counts + alpha, 0.0)
        totals = np.bincount(self._owners, counts, len(self.lexicon))
        return np.divide(counts, totals[self._owners], out=np.zeros_like(counts), where=counts > 0)

    def go_on(
        self, codes: np.ndarray, length: int, settings: Settings, rng: np.random.Generator | int
    ) -> np.ndarray:
        """Draw symbols until a sequence has a length, each given those before it, int32[length]."""
        rng = np.random.default_rng(rng)
        n_atoms = self.lexicon.n_atoms
        drawn = np.empty(max(length, len(codes)), np.int32)
        drawn[: len(codes)] = codes
        for at in range(len(codes), length):
            rows = np.repeat(drawn[None, : at + 1], n_atoms, axis=0)
            rows[:, at] = np.arange(n_atoms)
            starts = np.arange(n_atoms, dtype=np.int64) * (at + 1)
            bits = self.bits(rows.ravel(), starts, settings).reshape(n_atoms, at + 1)
            chances = np.exp2(-bits[:, at])
            drawn[at] = rng.choice(n_atoms, p=chances / chances.sum())
        return drawn

    def units_of(
        self, codes: np.ndarray, settings: Settings
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cut one sequence greedily: units int32[m]; unit and place in the parts of each slot."""
        compiled = self._compiled
        if compiled.max_filler_span:
            with np.errstate(divide="ignore"):
                bits = -np.log2(self._filler_probabilities(settings.smoothing * self.one))
            costs = parsing.quanta(bits[self._is_member])
            compiled.trie.members[self._is_member, FILLER_COST] = costs
        units, _, _, slots = parse_kernels.greedy(
            compiled.trie,
            compiled.has_slots,
            parsing.quanta(self.unit_counts / self.one),
            compiled.max_unit_span,
            compiled.max_filler_span,
            codes,
            np.zeros(1, np.int64),
        )
        return units, slots[:, 0].copy(), slots[:, 1].copy()

    # -- learning -------------------------------------------------------------------------

    def observe(self, codes: np.ndarray, settings: Settings) -> None:
        """Count one sequence, and make the chunks and variables that it makes frequent enough."""
        if not len(codes):
            return
        units, slot_units, slot_parts = self.units_of(codes, settings)
        self.pairs, self.triples, self.one = kernels.count_sequence(
            self.unit_counts,
            self.filler_counts,
            self.pairs,
            self.triples,
            units,
            slot_units,
            slot_parts,
            self.one,
            settings.theta,
        )
        made = _Made(self)
        made.chunks(units, settings)
        if settings.variables:
            made.variables(units, settings)
        if made.units:
            self._recompile(made.units, made.fillers)
        if self.one > HIGHEST_ONE:
            self._tell_anew()

    def widen(self, n_atoms: int, new_codes: np.ndarray) -> None:
        """Let the alphabet hold more symbols; ``new_codes`` tells what the old ones are now."""
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
        self._recompile({}, {})

    def _recompile(
        self, units: dict[Pattern, float], fillers: dict[tuple[int, Pattern], float]
    ) -> None:
        """Compile the grammar that was edited, and tell all counts by the new ids.

        units : counts of new chunks; fillers : what (variable, filler) counts more than it did
        """
        units = dict(zip(self.patterns, self.unit_counts.tolist(), strict=True)) | units
        filled = dict(zip(self._slots(), self.filler_counts[self._is_member].tolist(), strict=True))
        for slot, count in fillers.items():
            filled[slot] = filled.get(slot, 0.0) + count
        compiled = self.grammar.compile(self.lexicon.smoothing)
        ids = {pattern: entry for entry, pattern in enumerate(compiled.patterns)}
        renames = np.array([ids[pattern] for pattern in self.patterns], np.int64)
        self.lexicon, self.patterns = compiled.lexicon, compiled.patterns
        self._prepare()
        self.unit_counts = np.array([units.get(pattern, 0.0) for pattern in self.patterns])
        self.filler_counts = np.zeros(len(self.lexicon.parts))
        self.filler_counts[self._is_member] = [filled.get(slot, 0.0) for slot in self._slots()]
        least = FORGOTTEN * self.one
        self.pairs = kernels.renamed(self.pairs, renames, 2, least)
        self.triples = kernels.renamed(self.triples, renames, 3, least)

    def _slots(self) -> list[tuple[int, Pattern]]:
        """Variable and filler of each place in the lexicon's parts that has one."""
        places = np.flatnonzero(self._is_member)
        owners, members = self._owners[places].tolist(), self.lexicon.parts[places].tolist()
        patterns = self.patterns
        return [(patterns[v][0], patterns[m]) for v, m in zip(owners, members, strict=True)]

    def _tell_anew(self) -> None:
        """Let the next unit count for 1."""
        counts = (self.unit_counts, self.filler_counts, self.pairs.counts, self.triples.counts)
        for column in counts:
            column /= self.one
        self.one = 1.0


class _Made:
    """New entries after one sequence: the counts of what they replace go over to them."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.units: dict[Pattern, float] = {}
        self.fillers: dict[tuple[int, Pattern], float] = {}

    def chunks(self, units: np.ndarray, settings: Settings) -> None:
        """Make chunks of frequent pairs, the most frequent first, none of a unit used before."""
        memory = self.memory
        pairs, counts = kernels.frequent_pairs(
            memory.unit_counts,
            memory.pairs,
            units,
            memory.one,
            settings.chunk_min,
            critical_chi_square(settings.p_value),
        )
        used: set[int] = set()
        if not len(pairs):
            return
        for k in np.lexsort((pairs[:, 1], pairs[:, 0], -counts)).tolist():
            left, right = pairs[k].tolist()
            pattern = memory.patterns[left] + memory.patterns[right]
            if pattern in memory.grammar.chunks or left in used or right in used:
                continue
            used |= {left, right}
            self._add(pattern, counts[k])
            self._take(left, counts[k])
            self._take(right, counts[k])
            kernels.add_count(memory.pairs, kernels.pair_key(left, right), -counts[k])

    def variables(self, units: np.ndarray, settings: Settings) -> None:
        """Put a variable into frequent frames, the most frequent first."""
        memory = self.memory
        frames, rows, counts = kernels.frequent_frames(
            memory.triples,
            units,
            settings.frame_min * memory.one,
            FILLER_COUNT_MIN * memory.one,
            settings.fillers_min,
        )
        if not len(rows):
            return
        totals = np.bincount(rows[:, 0], counts, len(frames))
        for frame in np.lexsort((frames[:, 1], frames[:, 0], -totals)).tolist():
            if totals[frame] > 0:
                own = rows[:, 0] == frame
                fillers = dict(zip(rows[own, 1].tolist(), counts[own].tolist(), strict=True))
                left, right = frames[frame].tolist()
                self._abstract(left, right, fillers)

    def _abstract(self, left: int, right: int, fillers: dict[int, float]) -> None:
        """Make the frame a chunk around a variable that holds the fillers."""
        memory, patterns = self.memory, self.memory.patterns
        members = {patterns[filler]: count for filler, count in sorted(fillers.items())}
        variable = _variable_for(memory.grammar, members)
        if variable is None:
            return
        pattern = (*patterns[left], variable, *patterns[right])
        if pattern in memory.grammar.chunks:
            return
        if variable not in memory.grammar.variables:
            memory.grammar.add_variable({})
        memory.grammar.extend_variable(variable, dict.fromkeys(members, 0))
        total = sum(fillers.values())
        self._add(pattern, total)
        self._take(left, total)
        self._take(right, total)
        for filler, count in fillers.items():
            self._take(filler, count)
            key = variable, patterns[filler]
            self.fillers[key] = self.fillers.get(key, 0.0) + count
            kernels.add_count(memory.triples, kernels.triple_key(left, filler, right), -count)

    def _add(self, pattern: Pattern, count: float) -> None:
        self.memory.grammar.chunks[pattern] = 0
        self.units[pattern] = count

    def _take(self, unit: int, count: float) -> None:
        counts = self.memory.unit_counts
        counts[unit] = max(0.0, counts[unit] - count)


def _variable_for(grammar: Grammar, members: dict[Pattern, float]) -> int | None:
    """The variable that holds all members, or only some of them, or a new one; None for a cycle."""
    wanted, found = set(members), grammar.next_key
    for variable, others in grammar.variables.items():
        if wanted <= others.keys():
            found = variable
            break
        if others.keys() <= wanted:
            found = variable
    if any(label < 0 and grammar.mentions((label,), found) for m in members for label in m):
        return None
    return found
