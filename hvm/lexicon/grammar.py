"""Grammar: a lexicon while it is being edited.

A lexicon's entries refer to each other by id, so taking one away renumbers the rest. A grammar
holds the same knowledge without ids: chunks are *patterns*, tuples of atoms (their codes) and
variables (negative keys); a variable is a set of such patterns. Any chunk can be dropped,
rewritten or merged with another, and :meth:`Grammar.compile` gives the lexicon: entries sorted so
that parts come before wholes, every chunk cut into as few parts as the others allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from hvm.kernels.lexicon.segment import segment
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Lexicon

Pattern = tuple[int, ...]
Frame = tuple[Pattern, Pattern, Pattern, int]  # prefix, filler, suffix, variable


class CompiledGrammar(NamedTuple):
    """A lexicon, and which of its entries stands for which pattern or variable."""

    lexicon: Lexicon
    patterns: list[Pattern]  # by entry id; a variable is the pattern that holds its key alone


@dataclass(eq=False)
class Grammar:
    """Chunks as patterns, variables as sets of patterns, and their counts.

    Attributes
    ----------
    atom_counts : list of int
        Times each atom is a unit; its length is the alphabet's size.
    chunks : dict of Pattern to int
        Unit count of each chunk; every pattern has two labels or more.
    variables : dict of int to dict of Pattern to int
        Filler counts of each variable, by its negative key.
    """

    atom_counts: list[int]
    chunks: dict[Pattern, int] = field(default_factory=dict)
    variables: dict[int, dict[Pattern, int]] = field(default_factory=dict)
    next_key: int = -1

    @classmethod
    def of(cls, lexicon: Lexicon) -> Grammar:
        """Return the grammar of a lexicon, with its counts."""
        return cls.with_patterns(lexicon)[0]

    @classmethod
    def with_patterns(cls, lexicon: Lexicon) -> tuple[Grammar, list[Pattern]]:
        """Return the grammar of a lexicon, and what each entry stands for there."""
        key_of = {variable: -1 - k for k, variable in enumerate(lexicon.variables.tolist())}
        patterns = [
            pattern
            if max(pattern) < lexicon.n_atoms
            else tuple(key_of.get(label, label) for label in pattern)
            for pattern in lexicon.patterns
        ]
        counts = lexicon.unit_counts.tolist()
        chunks = {patterns[chunk]: counts[chunk] for chunk in lexicon.chunks.tolist()}
        variables = {}
        for variable, key in key_of.items():
            members = [patterns[member] for member in lexicon.parts_of(variable).tolist()]
            filler_counts = lexicon.filler_counts_of(variable).tolist()
            variables[key] = dict(zip(members, filler_counts, strict=True))
        return cls(counts[: lexicon.n_atoms], chunks, variables, -1 - len(key_of)), patterns

    def copy(self) -> Grammar:
        """Return a grammar that can be edited apart from this one."""
        variables = {key: dict(members) for key, members in self.variables.items()}
        return replace(
            self, atom_counts=list(self.atom_counts), chunks=dict(self.chunks), variables=variables
        )

    # -- reading --------------------------------------------------------------------------

    @property
    def n_entries(self) -> int:
        """Atoms, chunks and variables."""
        return len(self.atom_counts) + len(self.chunks) + len(self.variables)

    def mentions(self, pattern: Pattern, variable: int) -> bool:
        """Whether a pattern holds a variable, itself or inside a filler."""
        return any(
            label == variable
            or (
                label < 0
                and any(self.mentions(member, variable) for member in self.variables[label])
            )
            for label in pattern
        )

    def is_acyclic(self) -> bool:
        """Whether no variable holds itself, at any depth."""
        finished: set[int] = set()
        open_: set[int] = set()

        def ends(variable: int) -> bool:
            if variable in finished:
                return True
            if variable in open_:
                return False
            open_.add(variable)
            within = {label for member in self.variables[variable] for label in member if label < 0}
            if not all(ends(label) for label in sorted(within)):
                return False
            finished.add(variable)
            return True

        return all(ends(variable) for variable in self.variables)

    def variables_in_use(self) -> set[int]:
        """The variables that some chunk or filler holds."""
        fillers = chain.from_iterable(self.variables.values())
        slotted = (pattern for pattern in chain(self.chunks, fillers) if min(pattern) < 0)
        return {label for pattern in slotted for label in pattern if label < 0}

    # -- editing --------------------------------------------------------------------------

    def add_chunk(self, pattern: Pattern, count: int) -> None:
        """Add a chunk, or to the count of the one that stands."""
        self.chunks[pattern] = self.chunks.get(pattern, 0) + count

    def add_variable(self, members: dict[Pattern, int]) -> int:
        """Add a variable; return its key."""
        key = self.next_key
        self.next_key -= 1
        self.variables[key] = dict(members)
        return key

    def extend_variable(self, variable: int, members: dict[Pattern, int]) -> None:
        """Add members that the variable lacks."""
        for pattern, count in members.items():
            self.variables[variable].setdefault(pattern, count)

    def abstract(self, frames: Iterable[Frame], everywhere: bool) -> None:
        """Put each frame's variable for its filler between prefix and suffix.

        In chunks and fillers that are such a frame, or, with ``everywhere``, wherever one holds
        it: in one pass from the left, of frames that match at one place the longest. Chunks and
        fillers that become equal are one from then on, their counts added.
        """
        by_whole: dict[Pattern, tuple[Pattern, int, int]] = {}
        for prefix, filler, suffix, variable in frames:
            shorter = (*prefix, variable)
            by_whole.setdefault(
                prefix + filler + suffix, (shorter, len(prefix) + len(filler), variable)
            )
        if everywhere:
            lengths = sorted({len(whole) for whole in by_whole}, reverse=True)
            self._rewrite(lambda pattern, owner: _abstract(pattern, owner, by_whole, lengths))
        else:
            self._rewrite(lambda pattern, owner: _abstract_whole(pattern, owner, by_whole))

    def replace(self, patterns: Iterable[Pattern], pattern: Pattern) -> None:
        """Let one chunk stand for several, as units and as fillers."""
        replaced = frozenset(patterns)
        self._rewrite(lambda old, _: pattern if old in replaced else old)

    def unite(self, kept: int, dropped: int) -> None:
        """Let one variable stand for two."""
        for pattern, count in self.variables.pop(dropped).items():
            self.variables[kept][pattern] = self.variables[kept].get(pattern, 0) + count
        self._rewrite(
            lambda pattern, _: tuple(kept if label == dropped else label for label in pattern)
        )

    def resolve(self, variable: int) -> None:
        """Drop a variable of at most one member, which takes its place."""
        members = self.variables.pop(variable)
        if not members:
            for pattern in [p for p in self.chunks if variable in p]:
                del self.chunks[pattern]
            for others in self.variables.values():
                for pattern in [p for p in others if variable in p]:
                    del others[pattern]
            return
        (filler,) = members
        self._rewrite(
            lambda pattern, _: tuple(
                chain.from_iterable(filler if label == variable else (label,) for label in pattern)
            )
        )

    def _rewrite(self, change: Callable[[Pattern, int], Pattern]) -> None:
        """Change every chunk and filler; ``change`` takes a pattern and the variable it fills."""
        self.chunks = _rewritten(self.chunks, change, 0)
        for key, members in self.variables.items():
            self.variables[key] = _rewritten(members, change, key)

    # -- compiling ------------------------------------------------------------------------

    def compile(self, smoothing: float) -> CompiledGrammar:
        """Return the lexicon that holds this grammar, with its counts.

        Fillers of two labels or more become chunks if they are not yet.
        """
        for members in self.variables.values():
            for pattern in members:
                if len(pattern) > 1:
                    self.chunks.setdefault(pattern, 0)
        n_atoms = len(self.atom_counts)
        ordered = self._ordered()
        entry_of: dict[Pattern, int] = {(atom,): atom for atom in range(n_atoms)}
        entry_of.update({pattern: n_atoms + k for k, pattern in enumerate(ordered)})
        kinds = np.zeros(len(entry_of), np.uint8)
        kinds[n_atoms:] = [
            VARIABLE if pattern[0] < 0 and len(pattern) == 1 else CHUNK for pattern in ordered
        ]
        rows = [self._row(pattern, entry_of) for pattern in ordered]
        pattern_offsets = np.zeros(len(kinds) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=pattern_offsets[n_atoms + 1 :])
        labels = np.fromiter(chain.from_iterable(rows), np.int32, int(pattern_offsets[-1]))
        weights = np.ones(len(kinds))
        _, offsets, parts = segment(kinds == CHUNK, pattern_offsets, labels, weights)
        unit_counts = np.array(
            [*self.atom_counts, *(self.chunks.get(pattern, 0) for pattern in ordered)], np.int64
        )
        filler_counts = np.zeros(len(parts), np.int64)
        for key, members in self.variables.items():
            start = offsets[entry_of[(key,)]]
            counts = sorted((entry_of[pattern], count) for pattern, count in members.items())
            filler_counts[start : start + len(counts)] = [count for _, count in counts]
        lexicon = Lexicon(n_atoms, kinds, offsets, parts, unit_counts, filler_counts, smoothing)
        return CompiledGrammar(lexicon, list(entry_of))

    def counted(self, compiled: CompiledGrammar, lexicon: Lexicon) -> Grammar:
        """Return this grammar with the counts of a lexicon of the entries of ``compiled``."""
        n_atoms, patterns = len(self.atom_counts), compiled.patterns
        counts = lexicon.unit_counts.tolist()
        chunks = {patterns[entry]: counts[entry] for entry in lexicon.chunks.tolist()}
        variables = {}
        for entry in lexicon.variables.tolist():
            members = [patterns[part] for part in lexicon.parts_of(entry).tolist()]
            filler_counts = lexicon.filler_counts_of(entry).tolist()
            variables[patterns[entry][0]] = dict(zip(members, filler_counts, strict=True))
        return Grammar(counts[:n_atoms], chunks, variables, self.next_key)

    def _ordered(self) -> list[Pattern]:
        """Parts before wholes: by level, chunks by length, then the variables of the next level."""
        level_of: dict[int, int] = {}

        def level(pattern: Pattern) -> int:
            return max((of_variable(label) for label in pattern if label < 0), default=0)

        def of_variable(key: int) -> int:
            if key not in level_of:
                level_of[key] = 1 + max(level(pattern) for pattern in self.variables[key])
            return level_of[key]

        ranks: list[tuple[int, int, int, Pattern]] = [
            (level(pattern) if min(pattern) < 0 else 0, 0, len(pattern), pattern)
            for pattern in self.chunks
        ]
        ranks += [(of_variable(key) - 1, 1, -key, (key,)) for key in self.variables]
        ranks.sort()
        return [rank[3] for rank in ranks]

    def _row(self, pattern: Pattern, entry_of: dict[Pattern, int]) -> Sequence[int]:
        """A chunk's labels or a variable's members, as entry ids."""
        if len(pattern) == 1:
            return sorted(entry_of[member] for member in self.variables[pattern[0]])
        if min(pattern) >= 0:
            return pattern
        return [entry_of[(label,)] if label < 0 else label for label in pattern]


def _abstract(
    pattern: Pattern,
    owner: int,
    by_whole: dict[Pattern, tuple[Pattern, int, int]],
    lengths: list[int],
) -> Pattern:
    """A pattern with its frames abstracted, but not to ``owner``, the variable that it fills."""
    if len(pattern) < lengths[-1]:
        return pattern
    labels: list[int] = []
    i, copied = 0, 0
    while i < len(pattern):
        for length in lengths:
            if i + length > len(pattern):
                continue
            slot = by_whole.get(pattern[i : i + length])
            if slot is not None and slot[2] != owner:
                shorter, skip, _ = slot
                labels.extend(pattern[copied:i])
                labels.extend(shorter)
                i += skip  # the suffix may begin the next frame
                copied = i
                break
        else:
            i += 1
    return (*labels, *pattern[copied:]) if labels else pattern


def _abstract_whole(
    pattern: Pattern, owner: int, by_whole: dict[Pattern, tuple[Pattern, int, int]]
) -> Pattern:
    slot = by_whole.get(pattern)
    if slot is None or slot[2] == owner:
        return pattern
    shorter, skip, _ = slot
    return shorter + pattern[skip:]


def _rewritten(
    counts: dict[Pattern, int], change: Callable[[Pattern, int], Pattern], owner: int
) -> dict[Pattern, int]:
    rewritten: dict[Pattern, int] = {}
    for pattern, count in counts.items():
        changed = change(pattern, owner)
        rewritten[changed] = rewritten.get(changed, 0) + count
    return rewritten
