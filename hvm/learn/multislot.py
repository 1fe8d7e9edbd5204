"""Variables that pay only together: several slots of a chunk, several frames of a variable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from hvm.learn.costs import Costs, xlog2
from hvm.learn.variables import VariableProposal, apply_all
from hvm.lexicon.grammar import Grammar, Pattern

PATTERNS_MAX = 150
"""Of one length, the most frequent ones, are compared pair by pair: it bounds the time."""


class SharedProposal(NamedTuple):
    """Frames with the same middles, or fewer of them, that one new variable serves."""

    gain: float
    proposals: tuple[VariableProposal, ...]

    @property
    def order(self) -> tuple[float, list[tuple[Pattern, Pattern, tuple[Pattern, ...]]]]:
        """Sorting key: the best first, ties by content."""
        return (-self.gain, [proposal.order[1:] for proposal in self.proposals])

    def apply(self, grammar: Grammar) -> bool:
        """Edit the grammar; False, the grammar spoilt, where a variable would hold itself."""
        variable = grammar.add_variable(_summed(self.proposals))
        return apply_all([p._replace(variable=variable) for p in self.proposals], False, grammar)


def share_alignments(
    alignments: Sequence[VariableProposal], grammar: Grammar, n_entries: int
) -> list[SharedProposal]:
    """Join aligned frames whose middles are those of another, or some of them.

    The variable and the chunks that its fillers need are paid for once.

    Parameters
    ----------
    alignments : sequence of VariableProposal
    grammar : Grammar
        What they edit.
    n_entries : int
        Of its lexicon.

    Returns
    -------
    list of SharedProposal
        The best first.
    """
    costs = Costs(grammar, n_entries)
    fresh = [proposal for proposal in alignments if proposal.variable is None]
    shared = []
    for widest in fresh:
        middles = set(widest.middles)
        family = tuple(p for p in fresh if middles.issuperset(p.middles))
        if len(family) > 1:
            alone = sum(
                p.gain + costs.new_variable(p.members) + costs.new_chunks(p.middles) for p in family
            )
            spent = costs.new_variable(_summed(family)) + costs.new_chunks(widest.middles)
            shared.append(SharedProposal(alone - spent, family))
    return sorted(shared, key=lambda proposal: proposal.order)


def _summed(proposals: Iterable[VariableProposal]) -> dict[Pattern, int]:
    members: dict[Pattern, int] = {}
    for proposal in proposals:
        for pattern, count in proposal.members.items():
            members[pattern] = members.get(pattern, 0) + count
    return members


class MultislotProposal(NamedTuple):
    """Chunks that agree but for single symbols in two or more places: slots of new variables.

    Attributes
    ----------
    gain : float
        Bits saved, estimated.
    chunks : tuple of Pattern
    slots : tuple of (int, int)
        Place in the pattern, and which of ``fillers``.
    fillers : tuple of dict of Pattern to int
        Members of each new variable.
    """

    gain: float
    chunks: tuple[Pattern, ...]
    slots: tuple[tuple[int, int], ...]
    fillers: tuple[dict[Pattern, int], ...]

    @property
    def order(self) -> tuple[float, tuple[Pattern, ...]]:
        """Sorting key: the best first, ties by content."""
        return (-self.gain, self.chunks)

    def apply(self, grammar: Grammar) -> bool:
        """Edit the grammar; False, the grammar spoilt, where a variable would hold itself."""
        keys = [grammar.add_variable(members) for members in self.fillers]
        labels = list(self.chunks[0])
        for place, which in self.slots:
            labels[place] = keys[which]
        grammar.replace(self.chunks, tuple(labels))
        return grammar.is_acyclic()


def propose_multislot(grammar: Grammar, n_entries: int) -> list[MultislotProposal]:
    """Propose chunks with several slots at once.

    Fillers that never vary alone, like the keys of a permutation, leave no two chunks that differ
    in one place only, which alignment needs. Places whose fillers are the same share a variable.
    """
    costs = Costs(grammar, n_entries)
    by_length: dict[int, list[Pattern]] = {}
    for pattern in grammar.chunks:
        by_length.setdefault(len(pattern), []).append(pattern)
    proposals: dict[tuple[Pattern, ...], MultislotProposal] = {}
    for length, patterns in by_length.items():
        patterns = sorted(patterns, key=lambda p: (-grammar.chunks[p], p))[:PATTERNS_MAX]
        for a, b in combinations(patterns, 2):
            places = tuple(k for k in range(length) if a[k] != b[k])
            if 2 <= len(places) <= length // 2:
                family = tuple(sorted(p for p in patterns if _fits(p, a, places)))
                if family not in proposals and len(family) > 2:
                    proposals[family] = _multislot(grammar, costs, family, places)
    return sorted(proposals.values(), key=lambda proposal: proposal.order)


def _fits(pattern: Pattern, model: Pattern, places: tuple[int, ...]) -> bool:
    """Whether a pattern is a model's but for symbols in some places."""
    return all(
        label >= 0 if place in places else label == model[place]
        for place, label in enumerate(pattern)
    )


def _multislot(
    grammar: Grammar, costs: Costs, family: tuple[Pattern, ...], places: tuple[int, ...]
) -> MultislotProposal:
    counts = [grammar.chunks[chunk] for chunk in family]
    slots, fillers = _slots(family, counts, places)
    saved = sum(costs.entry(len(places) + 1) + math.log2(count + 2) for count in counts)
    data = xlog2(sum(counts)) - sum(map(xlog2, counts))
    data -= sum(xlog2(sum(m.values())) - sum(map(xlog2, m.values())) for m in fillers)
    spent = costs.entry(2 * len(places) + 1) + sum(map(costs.new_variable, fillers))
    return MultislotProposal(saved + data - spent, family, tuple(slots), tuple(fillers))


def _slots(
    family: tuple[Pattern, ...], counts: list[int], places: tuple[int, ...]
) -> tuple[list[tuple[int, int]], list[dict[Pattern, int]]]:
    """Which variable each place is a slot of, and the members of each with their counts."""
    slots: list[tuple[int, int]] = []
    fillers: list[dict[Pattern, int]] = []
    for place in places:
        members: dict[Pattern, int] = {}
        for chunk, count in zip(family, counts, strict=True):
            members[(chunk[place],)] = members.get((chunk[place],), 0) + count
        which = next((k for k, old in enumerate(fillers) if old.keys() == members.keys()), None)
        if which is None:
            which = len(fillers)
            fillers.append({})
        for pattern, count in members.items():
            fillers[which][pattern] = fillers[which].get(pattern, 0) + count
        slots.append((place, which))
    return slots, fillers
