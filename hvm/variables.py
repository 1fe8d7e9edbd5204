"""Variable proposals: chunks that align, frames in the parse, variables that overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hvm.grammar import Grammar, Pattern
from hvm.kernels.align import aligned
from hvm.kernels.gain import frame_gains
from hvm.kernels.match import flatten
from hvm.lexicon import Lexicon
from hvm.statistics import Triples

OVERLAP_MIN = 0.5


class VariableProposal(NamedTuple):
    """``middles`` between ``prefix`` and ``suffix`` are fillers of one variable.

    ``members`` are the fillers with their counts; ``variable`` is one that stands, to take them in, or None
    for a new one; ``count`` is that of the chunk (prefix, variable, suffix) where it comes from a frame.
    """

    gain: float
    prefix: Pattern
    suffix: Pattern
    middles: tuple[Pattern, ...]
    members: dict[Pattern, int]
    variable: int | None
    count: int = 0

    def apply(self, grammar: Grammar) -> bool:
        """Edit the grammar; False, the grammar spoilt, where the variable would hold itself."""
        variable = self.variable
        if variable is None:
            variable = grammar.add_variable(self.members)
        else:
            grammar.extend_variable(variable, self.members)
            if not grammar.is_acyclic():
                return False
        grammar.abstract(self.prefix, self.middles, self.suffix, variable)
        if self.count:
            grammar.add_chunk((*self.prefix, variable, *self.suffix), self.count)
        return grammar.is_acyclic()

    @property
    def order(self) -> tuple:
        """Sorting key: the best first, ties by content."""
        return (-self.gain, self.prefix, self.suffix, self.middles)


# -- alignment ----------------------------------------------------------------------------


def propose_alignments(
    grammar: Grammar,
    lexicon: Lexicon,
    patterns: Sequence[Pattern],
    longest_middle: int = 60,
    most_groups: int = 20_000,
) -> list[VariableProposal]:
    """Propose variables from chunks with one prefix, one suffix and different middles.

    Data bits barely change, the lexicon shrinks: the gain is estimated from the entries saved and spent.

    Parameters
    ----------
    grammar, lexicon, patterns
        A grammar, the lexicon it compiles to, and the pattern of each of its entries.
    longest_middle : int
        Labels in a middle, at most.
    most_groups : int
        Frames looked at, those of most chunks first.
    """
    offsets, labels, _ = flatten(lexicon.n_atoms, lexicon.kinds, lexicon.offsets, lexicon.parts)
    rows, bounds = aligned(lexicon.chunks, offsets, labels, longest_middle)
    sizes = bounds[:, 1] - bounds[:, 0]
    order = np.argsort(-sizes, kind="stable")[:most_groups]
    costs = _Costs(grammar, len(lexicon))
    proposals = []
    for first, last in bounds[order].tolist():
        entry, a, b = rows[first].tolist()
        prefix, suffix = patterns[entry][:a], patterns[entry][b:]
        wholes: dict[Pattern, Pattern] = {}
        for entry, a, b in rows[first:last].tolist():
            whole = patterns[entry]
            if whole[:a] == prefix and whole[b:] == suffix:
                wholes[whole[a:b]] = whole
        if _is_maximal(wholes):
            proposals.append(_alignment(grammar, costs, prefix, suffix, wholes))
    return sorted(proposals, key=lambda proposal: proposal.order)


def _is_maximal(middles: dict[Pattern, Pattern]) -> bool:
    """Whether the frame cannot be widened: not all middles begin, nor end, alike."""
    return len({m[0] for m in middles}) > 1 and len({m[-1] for m in middles}) > 1


def _alignment(
    grammar: Grammar, costs: _Costs, prefix: Pattern, suffix: Pattern, wholes: dict[Pattern, Pattern]
) -> VariableProposal:
    members: dict[Pattern, int] = {}
    inner: int | None = None
    for middle in wholes:
        if len(middle) == 1 and middle[0] < 0:
            inner = middle[0]
            members.update(grammar.variables[inner])
    for middle, whole in wholes.items():
        if len(middle) > 1 or middle[0] >= 0:
            members[middle] = members.get(middle, 0) + grammar.chunks[whole]
    saved = sum(costs.entry(2) + math.log2(grammar.chunks[whole] + 2) for whole in wholes.values())
    made = sum(costs.entry(2) for m in wholes if len(m) > 1 and m not in grammar.chunks)
    variable = costs.smallest_holding(members)
    if variable is not None:
        spent = 0.0 if len(grammar.variables[variable]) == len(members) else 1.0
    elif inner is not None:
        variable, spent = inner, len(members) * costs.part_bits
    else:
        spent = costs.entry(len(members)) + sum(math.log2(count + 2) for count in members.values())
    gain = saved - costs.entry(3) - made - spent
    return VariableProposal(gain, prefix, suffix, tuple(sorted(wholes)), members, variable)


class _Costs:
    """Code lengths and look-ups that every proposal of a round shares."""

    def __init__(self, grammar: Grammar, n_entries: int) -> None:
        self.part_bits = math.log2(n_entries)
        self.members = {key: frozenset(members) for key, members in grammar.variables.items()}
        self.holding: dict[Pattern, list[int]] = {}
        for key, members in self.members.items():
            for pattern in members:
                self.holding.setdefault(pattern, []).append(key)

    def entry(self, size: int) -> float:
        return 2 + 2 * math.floor(math.log2(max(size - 1, 1))) + size * self.part_bits

    def smallest_holding(self, members: dict[Pattern, int]) -> int | None:
        """The smallest variable that has all members, the oldest of equals."""
        first = next(iter(members))
        holding = [key for key in self.holding.get(first, ()) if self.members[key].issuperset(members)]
        return min(holding, key=lambda key: (len(self.members[key]), -key), default=None)

    def closest(self, members: dict[Pattern, int]) -> int | None:
        """The variable that shares most of its members, at least half of the union."""
        wanted, best, share = frozenset(members), None, OVERLAP_MIN
        for key in sorted({key for m in members for key in self.holding.get(m, ())}, reverse=True):
            overlap = len(wanted & self.members[key]) / len(wanted | self.members[key])
            if overlap >= share and (best is None or overlap > share):
                best, share = key, overlap
        return best


# -- frames -------------------------------------------------------------------------------


def propose_frames(
    grammar: Grammar,
    lexicon: Lexicon,
    patterns: Sequence[Pattern],
    triples: Triples,
    filler_count_min: int = 2,
    most: int = 2_000,
    gain_min_bits: float = -10.0,
) -> list[VariableProposal]:
    """Propose a chunk (left, variable, right) from units that stand between the same two.

    A filler set that a variable holds takes that variable; one close to a variable's extends it.

    Parameters
    ----------
    triples : Triples
        Of a parse under ``lexicon``.
    filler_count_min : int
        A filler must stand in the frame this often, and more often than chance has it.
    gain_min_bits : float
        Gains are estimates; proposals a little below zero are worth a try.
    """
    bounds, gains, kept = frame_gains(
        triples.lefts,
        triples.middles,
        triples.rights,
        triples.counts,
        lexicon.unit_counts,
        lexicon.n_atoms,
        len(lexicon.variables),
        filler_count_min,
    )
    costs = _Costs(grammar, len(lexicon))
    proposals = []
    for group in np.argsort(-gains, kind="stable")[:most]:
        rows = np.arange(*bounds[group])
        rows = rows[kept[rows]]
        fillers = [patterns[m] for m in triples.middles[rows].tolist()]
        members = dict(zip(fillers, triples.counts[rows].tolist(), strict=True))
        variable, spent = _home(grammar, costs, members)
        gain = float(gains[group]) - spent
        if gain > gain_min_bits:
            left, right = patterns[triples.lefts[rows[0]]], patterns[triples.rights[rows[0]]]
            count = sum(members.values())
            proposals.append(
                VariableProposal(gain, left, right, tuple(sorted(members)), members, variable, count)
            )
    return sorted(proposals, key=lambda proposal: proposal.order)


def _home(grammar: Grammar, costs: _Costs, members: dict[Pattern, int]) -> tuple[int | None, float]:
    """The variable that takes the members, None for a new one, and the bits that this costs."""
    variable = costs.smallest_holding(members)
    if variable is not None:
        return variable, 0.0
    variable = costs.closest(members)
    if variable is not None:
        new = sum(member not in grammar.variables[variable] for member in members)
        return variable, new * costs.part_bits
    mean = sum(members.values()) / len(members)
    return None, costs.entry(len(members)) + len(members) * math.log2(mean + 1)


# -- variables that stand -----------------------------------------------------------------


def overlapping_variables(grammar: Grammar) -> list[tuple[int, int]]:
    """Pairs of variables of which one holds half of the other or more, the closest first."""
    keys = sorted(grammar.variables, reverse=True)
    pairs = []
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            shared = len(grammar.variables[a].keys() & grammar.variables[b].keys())
            share = shared / min(len(grammar.variables[a]), len(grammar.variables[b]))
            if share >= OVERLAP_MIN:
                pairs.append((-share, -a, -b))
    return [(-a, -b) for _, a, b in sorted(pairs)]


def saturated(grammar: Grammar, variable: int) -> Grammar:
    """Return a grammar in which ``variable`` holds every atom and chunk that can fill it.

    A parse then shows which of them it needs.
    """
    wide = grammar.copy()
    everything = [(atom,) for atom in range(len(grammar.atom_counts))]
    everything += [pattern for pattern in grammar.chunks if not grammar.mentions(pattern, variable)]
    wide.extend_variable(variable, dict.fromkeys(everything, 1))
    return wide
