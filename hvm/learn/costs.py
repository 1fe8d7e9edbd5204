"""Costs: what proposals spend on definitions, counts and fillers, in bits."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hvm.kernels.lexicon.costs import entry_bits
from hvm.lexicon.grammar import Grammar, Pattern

HOME_SHARE = 1 / 3
"""Of the members of a new variable, to be held by one that stands, or it is no home for them."""


class Costs:
    """Code lengths and look-ups that every proposal of a round shares.

    Parameters
    ----------
    grammar : Grammar
        As it stands.
    n_entries : int
        Of its lexicon.

    Attributes
    ----------
    part_bits : float
        Bits of one part of a definition.
    totals : dict of int to int
        Slots that each variable filled.
    holding : dict of Pattern to list of int
        The variables that hold a filler.
    """

    def __init__(self, grammar: Grammar, n_entries: int) -> None:
        self.n_entries, self.part_bits = n_entries, math.log2(n_entries)
        self.chunks, self.variables = grammar.chunks, grammar.variables
        self.totals = {key: sum(members.values()) for key, members in grammar.variables.items()}
        self.holding: dict[Pattern, list[int]] = {}
        for key, members in grammar.variables.items():
            for pattern in members:
                self.holding.setdefault(pattern, []).append(key)

    def entry(self, size: int) -> float:
        """Bits that define an entry of so many parts."""
        return entry_bits(size, self.n_entries)

    def new_chunks(self, middles: Iterable[Pattern]) -> float:
        """Bits of the chunks that middles still need to be to fill a slot."""
        return self.n_new_chunks(middles) * self.entry(2)

    def n_new_chunks(self, middles: Iterable[Pattern]) -> int:
        """Middles of several labels that are no chunks yet."""
        return sum(len(middle) > 1 and middle not in self.chunks for middle in middles)

    def new_variable(self, members: dict[Pattern, int]) -> float:
        """Bits of a new variable and its counts."""
        return self.entry(len(members)) + sum(math.log2(count + 2) for count in members.values())

    def joining(self, variable: int, members: dict[Pattern, int]) -> float:
        """Bits of taking members in: new ones are written, one distribution serves two frames."""
        old, total = self.variables[variable], self.totals[variable]
        joined = sum(members.values())
        bits = xlog2(total + joined) - xlog2(total) - xlog2(joined)
        for pattern, count in members.items():
            old_count = old.get(pattern)
            if old_count is None:
                bits += self.part_bits + math.log2(count + 2)
            else:
                bits -= xlog2(old_count + count) - xlog2(old_count) - xlog2(count)
        return bits

    def home(self, members: dict[Pattern, int]) -> tuple[int | None, float]:
        """The variable that takes members at least cost, None for a new one, and that cost in bits.

        Variables that hold ``HOME_SHARE`` of the members or more are looked at.
        """
        shared: dict[int, int] = {}
        for pattern in members:
            for key in self.holding.get(pattern, ()):
                shared[key] = shared.get(key, 0) + 1
        best, least = None, self.new_variable(members)
        for key in sorted(shared, reverse=True):
            if shared[key] >= HOME_SHARE * len(members):
                bits = self.joining(key, members)
                if bits < least:
                    best, least = key, bits
        return best, least


def xlog2(x: float) -> float:
    """Return x log2 x, 0 at 0."""
    return x * math.log2(x) if x > 0 else 0.0
