"""Frames: units that stand between the same two units of a parse propose a variable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hvm.kernels.learn.gain import frame_gains
from hvm.learn.costs import Costs
from hvm.learn.variables import VariableProposal
from hvm.lexicon.counts import Triples
from hvm.lexicon.grammar import Grammar, Pattern
from hvm.lexicon.lexicon import Lexicon

FRAMES_MAX = 2_000
"""Frames for whose fillers a variable is looked for, those of most gain first: bounds the time."""

FRAME_GAIN_MIN_BITS = -10.0
"""Gains are estimates: proposals a little below zero are worth a try."""


def propose_frames(
    grammar: Grammar,
    lexicon: Lexicon,
    patterns: Sequence[Pattern],
    triples: Triples,
    filler_count_min: int = 2,
    most: int = FRAMES_MAX,
    gain_min_bits: float = FRAME_GAIN_MIN_BITS,
) -> list[VariableProposal]:
    """Propose a chunk (left, variable, right) from units that stand between the same two.

    Fillers join the variable that takes them at least cost, or make a new one where that is
    cheaper.

    Parameters
    ----------
    grammar : Grammar
    lexicon : Lexicon
        What the grammar compiles to.
    patterns : sequence of Pattern
        What each entry of the lexicon stands for.
    triples : Triples
        Of a parse under ``lexicon``.
    filler_count_min : int
        A filler must stand in the frame this often, and more often than chance has it.
    most : int
        Frames looked at, the best first.
    gain_min_bits : float
        Gains are estimates; proposals a little below zero are worth a try.

    Returns
    -------
    list of VariableProposal
        The best first.
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
            n_entries, n_frames = 1 + (variable is None), sum(members.values())
            middles = tuple(sorted(members))
            proposals.append(
                VariableProposal(gain, left, right, middles, members, variable, n_entries, n_frames)
            )
    return sorted(proposals, key=lambda proposal: proposal.order)
