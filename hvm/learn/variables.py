"""Variable proposals, how they are chosen and applied, and edits of variables that stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hvm.lexicon.grammar import Frame, Grammar, Pattern

OVERLAP_MIN = 0.5
"""Of the members of the smaller of two variables, to be held by the other if they may be one."""

RARE_SHARE = 0.1
"""A member that fills less than this share of its variable's slots may be there by chance."""


class VariableProposal(NamedTuple):
    """``middles`` between ``prefix`` and ``suffix`` are fillers of one variable.

    Attributes
    ----------
    gain : float
        Bits saved, estimated.
    prefix, suffix : Pattern
    middles : tuple of Pattern
    members : dict of Pattern to int
        The fillers with their counts.
    variable : int or None
        One that stands, to take them in, or None for a new one.
    n_entries : int
        What the lexicon grows by.
    n_frames : int
        Count of the chunk (prefix, variable, suffix) where it comes from a frame.
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
    def order(self) -> tuple[float, Pattern, Pattern, tuple[Pattern, ...]]:
        """Sorting key: the best first, ties by content."""
        return (-self.gain, self.prefix, self.suffix, self.middles)


def independent(proposals: Sequence[VariableProposal], most: int) -> list[VariableProposal]:
    """The best proposals that gain and do not interfere, with ``most`` new entries in all.

    No two abstract one chunk; no two frames share a side.
    """
    claimed: set[tuple[str, Pattern]] = set()
    chosen: list[VariableProposal] = []
    added = 0
    for proposal in proposals:
        if proposal.gain <= 0:
            break
        if added + proposal.n_entries > most:
            continue
        claims = [("whole", proposal.prefix + m + proposal.suffix) for m in proposal.middles]
        if proposal.n_frames:
            claims += [("left", proposal.prefix), ("right", proposal.suffix)]
        if claimed.isdisjoint(claims):
            claimed.update(claims)
            chosen.append(proposal)
            added += proposal.n_entries
    return chosen


def apply_all(proposals: Sequence[VariableProposal], everywhere: bool, grammar: Grammar) -> bool:
    """Edit a grammar.

    Parameters
    ----------
    proposals : sequence of VariableProposal
    everywhere : bool
        Abstract fillers between the same prefix and suffix inside longer chunks too: a bolder
        guess, for chunks become equal that were not.
    grammar : Grammar
        Changed in place.

    Returns
    -------
    bool
        False, the grammar spoilt, where a variable would hold itself.
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


# -- variables that stand -------------------------------------------------------------------


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


def rare_members(grammar: Grammar, share: float = RARE_SHARE) -> list[tuple[int, Pattern]]:
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
