"""Alignments: chunks that agree but for one middle propose a variable of their middles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hvm.kernels.learn.align import aligned
from hvm.kernels.lexicon.patterns import flatten
from hvm.learn.costs import Costs
from hvm.learn.variables import VariableProposal
from hvm.lexicon.grammar import Grammar, Pattern
from hvm.lexicon.lexicon import Lexicon

MIDDLE_MAX_LABELS = 60
"""Every chunk has as many frames as its length squared: this bounds time and memory."""

GROUPS_MAX = 20_000
"""Frames whose gain is worked out, those that most chunks share first: it bounds the time."""


def propose_alignments(
    grammar: Grammar,
    lexicon: Lexicon,
    patterns: Sequence[Pattern],
    longest_middle: int = MIDDLE_MAX_LABELS,
    one_sided: bool = False,
    most_groups: int = GROUPS_MAX,
) -> list[VariableProposal]:
    """Propose variables from chunks with one prefix, one suffix and different middles.

    Data bits barely change, the lexicon shrinks: the gain is estimated from the entries saved and
    spent.

    Parameters
    ----------
    grammar : Grammar
    lexicon : Lexicon
        What the grammar compiles to.
    patterns : sequence of Pattern
        What each entry of the lexicon stands for.
    longest_middle : int
        Labels in a middle, at most.
    one_sided : bool
        Whether the prefix or the suffix is empty, so that the variable begins or ends the chunk.
    most_groups : int
        Frames looked at, those of most chunks first.

    Returns
    -------
    list of VariableProposal
        The best first.
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
    variable, spent = (inner[0], costs.joining(inner[0], members)) if inner else costs.home(members)
    gain = saved - costs.entry(1 + bool(prefix) + bool(suffix)) - costs.new_chunks(wholes) - spent
    n_entries = costs.n_new_chunks(wholes) + 1 + (variable is None) - len(wholes)
    return VariableProposal(
        gain, prefix, suffix, tuple(sorted(wholes)), members, variable, n_entries
    )
