"""Unification: two chunks that differ only in what fills their slots propose to be one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from hvm.learn.costs import Costs, xlog2
from hvm.lexicon.grammar import Grammar, Pattern

DIFFERENCE_MAX_LABELS = 16
"""Labels between the common ends of two chunks: all spans of both are tried on each other."""

Filling = tuple[int, Pattern, int]
"""A variable, a filler, and how often it is to be expected."""


class Unification(NamedTuple):
    """Two chunks that are one if each variable takes what stands in its place in the other.

    Attributes
    ----------
    gain : float
        Bits saved, estimated.
    chunks : tuple of two Patterns
    unified : Pattern
    fillers : tuple of Filling
    """

    gain: float
    chunks: tuple[Pattern, Pattern]
    unified: Pattern
    fillers: tuple[Filling, ...]

    def apply(self, grammar: Grammar) -> bool:
        """Edit the grammar; False, the grammar spoilt, where a variable would hold itself."""
        count = sum(grammar.chunks.pop(chunk) for chunk in self.chunks)
        for variable, filler, filler_count in self.fillers:
            grammar.extend_variable(variable, {filler: filler_count})
        grammar.add_chunk(self.unified, count)
        return grammar.is_acyclic()


def propose_unifications(
    grammar: Grammar, n_entries: int, longest_middle: int = DIFFERENCE_MAX_LABELS
) -> list[Unification]:
    """Propose to put one chunk for two that differ only in what fills their slots.

    Pairs have a first and a last label in common, and a variable where they differ.

    Parameters
    ----------
    grammar : Grammar
    n_entries : int
        Of its lexicon.
    longest_middle : int
        Labels of each chunk where the two differ, at most.

    Returns
    -------
    list of Unification
        The best first.
    """
    costs = Costs(grammar, n_entries)
    groups: dict[tuple[int, int], list[Pattern]] = {}
    for pattern in grammar.chunks:
        groups.setdefault((pattern[0], pattern[-1]), []).append(pattern)
    unifications = []
    for patterns in groups.values():
        patterns = sorted(patterns)
        for i, a in enumerate(patterns):
            for b in patterns[i + 1 :]:
                unification = _unify(grammar, costs, a, b, longest_middle)
                if unification is not None:
                    unifications.append(unification)
    return sorted(unifications, key=lambda one: (-one.gain, one.chunks))


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
    is_new = unified not in (a, b)
    saved = costs.entry(2) + (costs.entry(2) if is_new else 0.0)
    saved -= costs.entry(3) if is_new else 0.0
    gain = saved - spent + xlog2(n + m) - xlog2(n) - xlog2(m) + math.log2(min(n, m) + 2)
    return Unification(gain, (a, b), unified, fillers)


class _Step(NamedTuple):
    """One label of an alignment, what it costs with all after it, and where the next begins."""

    bits: float
    end: tuple[int, int]
    label: int
    filler: Pattern
    filler_count: int


class _Unifier:
    """Aligns two label sequences: equal labels, or a variable of one with an entry in the other."""

    def __init__(self, grammar: Grammar, costs: Costs, left_count: int, right_count: int) -> None:
        self.grammar, self.costs = grammar, costs
        self.left_count, self.right_count = left_count, right_count

    def align(
        self, left: Pattern, right: Pattern
    ) -> tuple[list[int], tuple[Filling, ...], float] | None:
        """Labels, fillers and bits of the cheapest alignment; None if there is none."""
        best: dict[tuple[int, int], _Step] = {}
        best[len(left), len(right)] = _Step(0.0, (-1, -1), 0, (), 0)
        for i in range(len(left), -1, -1):
            for j in range(len(right), -1, -1):
                for step in self._steps(left, right, i, j):
                    if step.end in best:
                        total = step.bits + best[step.end].bits
                        if (i, j) not in best or total < best[i, j].bits:
                            best[i, j] = step._replace(bits=total)
        if (0, 0) not in best:
            return None
        labels: list[int] = []
        fillers: list[Filling] = []
        place = (0, 0)
        while place != (len(left), len(right)):
            _, place, label, filler, count = best[place]
            labels.append(label)
            if filler:
                fillers.append((label, filler, count))
        return labels, tuple(fillers), best[0, 0].bits

    def _steps(self, left: Pattern, right: Pattern, i: int, j: int) -> Iterator[_Step]:
        """Each way to go on from (i, j)."""
        if i < len(left) and j < len(right) and left[i] == right[j]:
            yield _Step(0.0, (i + 1, j + 1), left[i], (), 0)
        if i < len(left) and left[i] < 0:
            for end in range(j + 1, len(right) + 1):
                bits = self._bits(left[i], right[j:end], self.right_count)
                if bits is not None:
                    yield _Step(bits, (i + 1, end), left[i], right[j:end], self.right_count)
        if j < len(right) and right[j] < 0:
            for end in range(i + 1, len(left) + 1):
                bits = self._bits(right[j], left[i:end], self.left_count)
                if bits is not None:
                    yield _Step(bits, (end, j + 1), right[j], left[i:end], self.left_count)

    def _bits(self, variable: int, filler: Pattern, count: int) -> float | None:
        """Bits of filling ``variable`` with an entry ``count`` times; None where it is no entry."""
        is_entry = filler[0] >= 0 if len(filler) == 1 else filler in self.grammar.chunks
        if not is_entry:
            return None
        old_count = self.grammar.variables[variable].get(filler)
        total = self.costs.totals[variable] + count
        bits = count * math.log2(total / max((old_count or 0) + count, 1)) if count else 0.0
        return bits if old_count is not None else bits + self.costs.part_bits + math.log2(count + 2)
