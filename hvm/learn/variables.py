"""Variable proposals: chunks that align, frames in the parse, variables that overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hvm.kernels.learn.align import aligned
from hvm.kernels.learn.gain import frame_gains
from hvm.kernels.lexicon.costs import entry_bits
from hvm.kernels.lexicon.patterns import flatten
from hvm.lexicon.counts import Triples
from hvm.lexicon.grammar import Frame, Grammar, Pattern
from hvm.lexicon.lexicon import Lexicon

OVERLAP_MIN = 0.5


class VariableProposal(NamedTuple):
    """``middles`` between ``prefix`` and ``suffix`` are fillers of one variable.

    ``members`` are the fillers with their counts; ``variable`` is one that stands, to take them
    in, or None for a new one; ``n_entries`` is what the lexicon grows by; ``n_frames`` is
    the count of the chunk (prefix, variable, suffix) where it comes from a frame.
    """

    gain: float
    prefix: Pattern
    suffix: Pattern
    middles: tuple[Pattern, ...]
    members: dict[Pattern, int]
    variable: int | None
    n_entries: int
    n_frames: int = 0

    @property
    def order(self) -> tuple:
        """Sorting key: the best first, ties by content."""
        return (-self.gain, self.prefix, self.suffix, self.middles)


def independent(proposals: Sequence[VariableProposal], most: int) -> list[VariableProposal]:
    """The best proposals that gain and do not interfere, with ``most`` new entries in all.

    No two abstract one chunk; no two frames share a side.
    """
    claimed: set[tuple] = set()
    chosen: list[VariableProposal] = []
    added = 0
    for proposal in proposals:
        if proposal.gain <= 0:
            break
        if added + proposal.n_entries > most:
            continue
        claims: list[tuple] = [(proposal.prefix + m + proposal.suffix,) for m in proposal.middles]
        if proposal.n_frames:
            claims += [("left", proposal.prefix), ("right", proposal.suffix)]
        if claimed.isdisjoint(claims):
            claimed.update(claims)
            chosen.append(proposal)
            added += proposal.n_entries
    return chosen


def apply_all(proposals: Sequence[VariableProposal], everywhere: bool, grammar: Grammar) -> bool:
    """Edit the grammar; False, the grammar spoilt, where a variable would hold itself.

    With ``everywhere``, fillers between the same prefix and suffix are abstracted inside longer
    chunks too: a bolder guess, for it makes chunks equal that were told apart.
    """
    frames: list[Frame] = []
    for proposal in proposals:
        variable = proposal.variable
        if variable is None:
            variable = grammar.add_variable(proposal.members)
        else:
            grammar.extend_variable(variable, proposal.members)
        frames += [(proposal.prefix, m, proposal.suffix, variable) for m in proposal.middles]
        if proposal.n_frames:
            grammar.add_chunk((*proposal.prefix, variable, *proposal.suffix), proposal.n_frames)
    if not grammar.is_acyclic():
        return False
    grammar.abstract(frames, everywhere)
    return grammar.is_acyclic()


# -- alignment ----------------------------------------------------------------------------


def propose_alignments(
    grammar: Grammar,
    lexicon: Lexicon,
    patterns: Sequence[Pattern],
    longest_middle: int = 60,
    one_sided: bool = False,
    most_groups: int = 20_000,
) -> list[VariableProposal]:
    """Propose variables from chunks with one prefix, one suffix and different middles.

    Data bits barely change, the lexicon shrinks: the gain is estimated from the entries saved and
    spent.

    Parameters
    ----------
    grammar, lexicon, patterns
        A grammar, the lexicon it compiles to, and the pattern of each of its entries.
    longest_middle : int
        Labels in a middle, at most.
    one_sided : bool
        Whether the prefix or the suffix is empty, so that the variable begins or ends the chunk.
    most_groups : int
        Frames looked at, those of most chunks first.
    """
    offsets, labels, _ = flatten(lexicon.entries)
    rows, bounds = aligned(lexicon.chunks, offsets, labels, longest_middle, one_sided)
    sizes = bounds[:, 1] - bounds[:, 0]
    order = np.argsort(-sizes, kind="stable")[:most_groups]
    costs = Costs(grammar, len(lexicon))
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
    """Whether the frame is as wide as can be: middles begin and end unlike, or one is one label."""
    alike = len({m[0] for m in middles}) == 1 or len({m[-1] for m in middles}) == 1
    return not alike or min(map(len, middles)) == 1


def _alignment(
    grammar: Grammar,
    costs: Costs,
    prefix: Pattern,
    suffix: Pattern,
    wholes: dict[Pattern, Pattern],
) -> VariableProposal:
    members: dict[Pattern, int] = {}
    for middle, whole in wholes.items():
        if len(middle) > 1 or middle[0] >= 0:
            members[middle] = members.get(middle, 0) + grammar.chunks[whole]
    inner = [m[0] for m in wholes if len(m) == 1 and m[0] < 0]
    saved = sum(costs.entry(2) + math.log2(grammar.chunks[whole] + 2) for whole in wholes.values())
    made = sum(len(m) > 1 and m not in grammar.chunks for m in wholes)
    variable, spent = (inner[0], costs.joining(inner[0], members)) if inner else costs.home(members)
    gain = saved - costs.entry(1 + bool(prefix) + bool(suffix)) - made * costs.entry(2) - spent
    n_entries = made + 1 + (variable is None) - len(wholes)
    return VariableProposal(
        gain, prefix, suffix, tuple(sorted(wholes)), members, variable, n_entries
    )


class Costs:
    """Code lengths and look-ups that every proposal of a round shares."""

    def __init__(self, grammar: Grammar, n_entries: int) -> None:
        self.n_entries, self.part_bits = n_entries, math.log2(n_entries)
        self.variables = grammar.variables
        self.totals = {key: sum(members.values()) for key, members in grammar.variables.items()}
        self.holding: dict[Pattern, list[int]] = {}
        for key, members in grammar.variables.items():
            for pattern in members:
                self.holding.setdefault(pattern, []).append(key)

    def entry(self, size: int) -> float:
        """Bits that define an entry of so many parts."""
        return entry_bits(size, self.n_entries)

    def making(self, members: dict[Pattern, int]) -> float:
        """Bits of a new variable and its counts."""
        return self.entry(len(members)) + sum(math.log2(count + 2) for count in members.values())

    def joining(self, variable: int, members: dict[Pattern, int]) -> float:
        """Bits of taking members in: new ones are written, one distribution serves two frames."""
        old, total = self.variables[variable], self.totals[variable]
        joined = sum(members.values())
        bits = xlog2(total + joined) - xlog2(total) - xlog2(joined)
        for pattern, count in members.items():
            stands = old.get(pattern)
            if stands is None:
                bits += self.part_bits + math.log2(count + 2)
            else:
                bits -= xlog2(stands + count) - xlog2(stands) - xlog2(count)
        return bits

    def home(self, members: dict[Pattern, int]) -> tuple[int | None, float]:
        """The variable that takes members at least cost, None for a new one, and that cost in bits.

        Variables that share a third of the members or more are looked at.
        """
        shared: dict[int, int] = {}
        for pattern in members:
            for key in self.holding.get(pattern, ()):
                shared[key] = shared.get(key, 0) + 1
        best, least = None, self.making(members)
        for key in sorted(shared, reverse=True):
            if 3 * shared[key] >= len(members):
                bits = self.joining(key, members)
                if bits < least:
                    best, least = key, bits
        return best, least


def xlog2(x: float) -> float:
    """Return x log2 x, 0 at 0."""
    return x * math.log2(x) if x > 0 else 0.0


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

    Fillers join the variable that takes them at least cost, or make a new one where that is
    cheaper.

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
    costs = Costs(grammar, len(lexicon))
    proposals = []
    for group in np.argsort(-gains, kind="stable")[:most]:
        rows = np.arange(*bounds[group])
        rows = rows[kept[rows]]
        fillers = [patterns[m] for m in triples.middles[rows].tolist()]
        members = dict(zip(fillers, triples.counts[rows].tolist(), strict=True))
        variable, spent = costs.home(members)
        gain = float(gains[group]) - spent
        if gain > gain_min_bits:
            left, right = patterns[triples.lefts[rows[0]]], patterns[triples.rights[rows[0]]]
            count = sum(members.values())
            proposals.append(
                VariableProposal(
                    gain,
                    left,
                    right,
                    tuple(sorted(members)),
                    members,
                    variable,
                    1 + (variable is None),
                    count,
                )
            )
    return sorted(proposals, key=lambda proposal: proposal.order)


# -- unification --------------------------------------------------------------------------


class Unification(NamedTuple):
    """Two chunks that are one if each variable takes what stands in its place in the other."""

    gain: float
    chunks: tuple[Pattern, Pattern]
    unified: Pattern
    fillers: tuple[
        tuple[int, Pattern, int], ...
    ]  # variable, filler, how often it is to be expected

    def apply(self, grammar: Grammar) -> bool:
        """Edit the grammar; False, the grammar spoilt, where a variable would hold itself."""
        count = sum(grammar.chunks.pop(chunk) for chunk in self.chunks)
        for variable, filler, filled in self.fillers:
            grammar.extend_variable(variable, {filler: filled})
        grammar.add_chunk(self.unified, count)
        return grammar.is_acyclic()


def propose_unifications(
    grammar: Grammar, n_entries: int, longest_middle: int = 16
) -> list[Unification]:
    """Propose to put one chunk for two that differ only in what fills their slots.

    Pairs have a first and a last label in common, and a variable where they differ.
    """
    costs = Costs(grammar, n_entries)
    groups: dict[tuple[int, int], list[Pattern]] = {}
    for pattern in grammar.chunks:
        groups.setdefault((pattern[0], pattern[-1]), []).append(pattern)
    found = []
    for patterns in groups.values():
        patterns = sorted(patterns)
        for i, a in enumerate(patterns):
            for b in patterns[i + 1 :]:
                unification = _unify(grammar, costs, a, b, longest_middle)
                if unification is not None:
                    found.append(unification)
    return sorted(found, key=lambda one: (-one.gain, one.chunks))


def _unify(
    grammar: Grammar, costs: Costs, a: Pattern, b: Pattern, longest_middle: int
) -> Unification | None:
    shorter = min(len(a), len(b))
    head = next((k for k in range(shorter) if a[k] != b[k]), shorter)
    tail = next((k for k in range(shorter - head) if a[-1 - k] != b[-1 - k]), shorter - head)
    left, right = a[head : len(a) - tail], b[head : len(b) - tail]
    if max(len(left), len(right)) > longest_middle or min((*left, *right), default=0) >= 0:
        return None
    path = _Unifier(grammar, costs, grammar.chunks[a], grammar.chunks[b]).align(left, right)
    if path is None:
        return None
    labels, fillers, spent = path
    unified = (*a[:head], *labels, *a[len(a) - tail :])
    n, m = grammar.chunks[a], grammar.chunks[b]
    made = 0.0 if unified in (a, b) else costs.entry(3)
    saved = costs.entry(2) + (costs.entry(2) if made else 0.0)
    gain = saved - made - spent + xlog2(n + m) - xlog2(n) - xlog2(m) + math.log2(min(n, m) + 2)
    return Unification(gain, (a, b), unified, fillers)


class _Unifier:
    """Aligns two label sequences: equal labels, or a variable of one with an entry in the other."""

    def __init__(self, grammar: Grammar, costs: Costs, left_count: int, right_count: int) -> None:
        self.grammar, self.costs = grammar, costs
        self.left_count, self.right_count = left_count, right_count

    def align(
        self, left: Pattern, right: Pattern
    ) -> tuple[list[int], tuple[tuple[int, Pattern, int], ...], float] | None:
        """Labels, fillers and bits of the cheapest alignment; None if there is none."""
        best: dict[tuple[int, int], tuple[float, tuple[int, int], int, Pattern, int]] = {}
        best[len(left), len(right)] = (0.0, (-1, -1), 0, (), 0)
        for i in range(len(left), -1, -1):
            for j in range(len(right), -1, -1):
                for bits, end, label, filler, count in self._steps(left, right, i, j):
                    if end in best:
                        total = bits + best[end][0]
                        if (i, j) not in best or total < best[i, j][0]:
                            best[i, j] = (total, end, label, filler, count)
        if (0, 0) not in best:
            return None
        labels, fillers, at = [], [], (0, 0)
        while at != (len(left), len(right)):
            _, end, label, filler, count = best[at]
            labels.append(label)
            if filler:
                fillers.append((label, filler, count))
            at = end
        return labels, tuple(fillers), best[0, 0][0]

    def _steps(
        self, left: Pattern, right: Pattern, i: int, j: int
    ) -> Iterator[tuple[float, tuple[int, int], int, Pattern, int]]:
        """Bits, next place, label, filler and its count, of each way to go on from (i, j)."""
        if i < len(left) and j < len(right) and left[i] == right[j]:
            yield 0.0, (i + 1, j + 1), left[i], (), 0
        if i < len(left) and left[i] < 0:
            for end in range(j + 1, len(right) + 1):
                bits = self._bits(left[i], right[j:end], self.right_count)
                if bits is not None:
                    yield bits, (i + 1, end), left[i], right[j:end], self.right_count
        if j < len(right) and right[j] < 0:
            for end in range(i + 1, len(left) + 1):
                bits = self._bits(right[j], left[i:end], self.left_count)
                if bits is not None:
                    yield bits, (end, j + 1), right[j], left[i:end], self.left_count

    def _bits(self, variable: int, filler: Pattern, count: int) -> float | None:
        """Bits of filling ``variable`` with an entry ``count`` times; None where it is no entry."""
        is_entry = filler[0] >= 0 if len(filler) == 1 else filler in self.grammar.chunks
        if not is_entry:
            return None
        stands = self.grammar.variables[variable].get(filler)
        total = self.costs.totals[variable] + count
        bits = count * math.log2(total / max((stands or 0) + count, 1)) if count else 0.0
        return bits if stands is not None else bits + self.costs.part_bits + math.log2(count + 2)


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


def slot_contexts(grammar: Grammar) -> list[tuple[int, int, int]]:
    """(label before, variable, label after) of every slot inside a chunk, each once, in order."""
    contexts = {
        (pattern[k - 1], pattern[k], pattern[k + 1])
        for pattern in grammar.chunks
        for k in range(1, len(pattern) - 1)
        if pattern[k] < 0
    }
    return sorted(contexts)


def generalise(context: tuple[int, int, int], grammar: Grammar) -> bool:
    """Put the variable of a slot for its fillers wherever they stand between the slot's neighbours.

    False where nothing changes, or the variable would hold itself.
    """
    before, variable, after = context
    if variable not in grammar.variables:
        return False
    chunks = grammar.chunks
    fillers = grammar.variables[variable]
    grammar.abstract(
        [((before,), filler, (after,), variable) for filler in fillers], everywhere=True
    )
    return grammar.chunks.keys() != chunks.keys() and grammar.is_acyclic()


def rare_members(grammar: Grammar, share: float = 0.1) -> list[tuple[int, Pattern]]:
    """Members that fill few of their variable's slots, the rarest first; none of two members."""
    rare = []
    for variable, members in grammar.variables.items():
        total = sum(members.values())
        if len(members) > 2:
            rare += [(c, -variable, p) for p, c in members.items() if c < share * total]
    return [(-key, pattern) for _, key, pattern in sorted(rare)]


def saturated(grammar: Grammar, variable: int) -> Grammar:
    """Return a grammar in which ``variable`` holds every atom and chunk that can fill it.

    A parse then shows which of them it needs.
    """
    wide = grammar.copy()
    everything: list[Pattern] = [(atom,) for atom in range(len(grammar.atom_counts))]
    everything += [pattern for pattern in grammar.chunks if not grammar.mentions(pattern, variable)]
    wide.extend_variable(variable, dict.fromkeys(everything, 1))
    return wide
