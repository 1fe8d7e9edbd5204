"""The steps of a search that concern variables: proposals, and edits of variables that stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from hvm.learn.alignments import propose_alignments
from hvm.learn.chunk_search import prune
from hvm.learn.edits import drop_rare_members, generalise_slots, tidy, unite_overlapping
from hvm.learn.evaluation import Edit, Evaluation, State
from hvm.learn.frames import propose_frames
from hvm.learn.merging import merge
from hvm.learn.multislot import (
    MultislotProposal,
    SharedProposal,
    propose_multislot,
    share_alignments,
)
from hvm.learn.unification import propose_unifications
from hvm.learn.variables import VariableProposal, apply_all, independent, saturated
from hvm.lexicon.grammar import Grammar

GAIN_MIN_BITS = -15.0
"""Gains are estimates: proposals a little below zero are worth a try."""

FAMILY_GAIN_MIN_BITS = 4 * GAIN_MIN_BITS
"""Of proposals of several slots or frames, whose gain leaves out what they make superfluous."""

BATCH_MIDDLE_MAX_LABELS = 8
"""Longest middle of an alignment on large inputs: there, frames with long ones are too many."""


# -- one proposal at a time -----------------------------------------------------------------


def align(search: Evaluation, state: State) -> State:
    """Make variables of aligned chunks while it pays."""
    while not search.is_exhausted:
        alignments = propose_alignments(state.grammar, state.lexicon, state.patterns)
        n_entries = len(state.lexicon)
        families: list[SharedProposal | MultislotProposal] = [
            *share_alignments(alignments, state.grammar, n_entries),
            *propose_multislot(state.grammar, n_entries),
        ]
        reached = _accept(search, state, [p for p in alignments if p.gain > GAIN_MIN_BITS])
        if reached is None:
            reached = _first_better_pruned(search, state, _best_first(families))
        if reached is None:
            break
        state = search.keep(prune(search, reached))
    return state


def align_ends(search: Evaluation, state: State) -> State:
    """Make the first variable at a chunk's end that pays once it is merged with neighbours.

    There are many such chunks and few are worth a variable, so this comes when all else fails.
    """
    alignments = propose_alignments(state.grammar, state.lexicon, state.patterns, one_sided=True)
    for proposal in alignments[: search.settings.patience]:
        grammar = state.grammar.copy()
        if apply_all([proposal], False, grammar):
            tidy(grammar)
            merged = merge(search, search.evaluate(grammar))
            reached = prune(search, search.evaluate(merged))
            if search.is_better(reached, state):
                return search.keep(reached)
    return state


def frame(search: Evaluation, state: State) -> State:
    """Make variables of frames in the parse while it pays."""
    while not search.is_exhausted:
        reached = _accept(search, state, _frames(search, state))
        if reached is None:
            break
        state = search.keep(prune(search, reached))
    return state


def unify(search: Evaluation, state: State) -> State:
    """Put one chunk for two that differ in their fillers while it pays."""

    def edits_of(grammar: Grammar) -> list[Edit]:
        proposals = propose_unifications(grammar, grammar.n_entries)
        return [proposal.apply for proposal in proposals if proposal.gain > GAIN_MIN_BITS]

    return _repeat(search, state, edits_of)


def _accept(
    search: Evaluation, state: State, proposals: Iterable[VariableProposal]
) -> State | None:
    """The state after the first proposal that pays."""
    edits = (
        partial(apply_all, [proposal], everywhere)
        for proposal in proposals
        for everywhere in (True, False)
    )
    return search.first_better(state, edits)


def _frames(search: Evaluation, state: State) -> list[VariableProposal]:
    count_min = search.settings.filler_count_min
    triples = state.frequent_triples(count_min)
    return propose_frames(state.grammar, state.lexicon, state.patterns, triples, count_min)


def _best_first(
    proposals: list[SharedProposal | MultislotProposal],
) -> list[SharedProposal | MultislotProposal]:
    promising = [proposal for proposal in proposals if proposal.gain > FAMILY_GAIN_MIN_BITS]
    return sorted(promising, key=lambda proposal: -proposal.gain)


def _first_better_pruned(
    search: Evaluation, state: State, proposals: list[SharedProposal | MultislotProposal]
) -> State | None:
    """The first proposal that pays once what it makes superfluous is gone."""
    for proposal in proposals[: search.settings.patience]:
        grammar = state.grammar.copy()
        if proposal.apply(grammar):
            tidy(grammar)
            reached = prune(search, search.evaluate(grammar))
            if search.is_better(reached, state):
                return reached
    return None


# -- variables that stand -------------------------------------------------------------------


def refine_variables(search: Evaluation, state: State) -> State:
    """Edit the variables that stand, while it pays.

    They are widened by what fits their frames, united where they overlap, put for their fillers
    elsewhere, and rid of rare fillers.
    """
    widened = True
    while widened and not search.is_exhausted:
        widened = False
        for variable in sorted(state.grammar.variables, reverse=True):
            if variable in state.grammar.variables:
                reached = widen(search, state, variable)
                if reached is not None:
                    state, widened = search.keep(prune(search, reached)), True
    for edits_of in (unite_overlapping, generalise_slots, drop_rare_members):
        state = _repeat(search, state, edits_of)
    return state


def _repeat(search: Evaluation, state: State, edits_of: Callable[[Grammar], list[Edit]]) -> State:
    """Make the first edit that pays, of all that a grammar gives rise to, again and again."""
    while not search.is_exhausted:
        reached = search.first_better(state, edits_of(state.grammar))
        if reached is None:
            break
        state = search.keep(prune(search, reached))
    return state


def widen(search: Evaluation, state: State, variable: int) -> State | None:
    """Let everything fill a variable, parse, and keep the fillers that the parse needs.

    Parameters
    ----------
    search : Evaluation
    state : State
    variable : int
        Its key in the grammar.

    Returns
    -------
    State or None
        The better of two, with all fillers that the parse needs and with those it needs twice;
        None if neither is shorter than ``state``.
    """
    old = state.grammar.variables[variable]
    parsed = search.evaluate(saturated(state.grammar, variable), -np.inf).grammar
    filled = parsed.variables[variable]
    best: State | None = None
    for count_min in (1, 2):
        members = {p: c for p, c in filled.items() if c >= count_min or p in old}
        if members.keys() == old.keys():
            break
        grammar = parsed.copy()
        grammar.variables[variable] = members
        reached = search.evaluate(grammar, state.description_bits)
        if best is None or reached.description_bits < best.description_bits:
            best = reached
    return best if best is not None and search.is_better(best, state) else None


# -- many proposals at a time: for large inputs ---------------------------------------------


def frame_in_batch(search: Evaluation, state: State) -> State:
    """Make variables of all frames that do not interfere, or of the better half of them."""
    return _accept_batch(search, state, partial(_frames, search), tries=2)


def align_in_batch(search: Evaluation, state: State) -> State:
    """Make variables of all aligned chunks that do not interfere."""
    return _accept_batch(search, state, _short_alignments, tries=1)


def _short_alignments(state: State) -> list[VariableProposal]:
    return propose_alignments(state.grammar, state.lexicon, state.patterns, BATCH_MIDDLE_MAX_LABELS)


def _accept_batch(
    search: Evaluation,
    state: State,
    propose: Callable[[State], list[VariableProposal]],
    tries: int,
) -> State:
    """The state with proposals accepted, or with the better half of them, or as it was."""
    if search.is_exhausted:
        return state
    chosen = independent(propose(state), search.capacity(len(state.patterns)))
    for _ in range(tries if chosen else 0):
        reached = search.better(state, partial(apply_all, chosen, False), tidy)
        if reached is not None:
            return search.keep(reached)
        chosen = chosen[: len(chosen) // 2]
    return state


def rehearse(state: State) -> None:
    """Call the kernels that propose variables, to compile them."""
    propose_alignments(state.grammar, state.lexicon, state.patterns)
    propose_frames(state.grammar, state.lexicon, state.patterns, state.triples)
