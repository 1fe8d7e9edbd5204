"""The steps of a search that concern chunks: pairs are merged, chunks pruned, triples tried."""

from __future__ import annotations

from hvm.learn.chunks import TripleProposal, apart, is_crowd_of_triples, propose_triples
from hvm.learn.edits import add_chunk, add_chunks, drop_chunks, drop_unused
from hvm.learn.evaluation import Evaluation, State
from hvm.learn.losses import chunk_losses
from hvm.learn.merging import merge
from hvm.lexicon.grammar import Pattern

MERGING_MIN_BITS = 0.5
"""Saved by merging and pruning, or they end: less would be saved by turns forever."""

TRIPLES_TRIED = 4
"""Triples evaluated in vain, at most: each costs a parse of the corpus, and few pay."""

COSTLY_TRIED = 3
"""Chunks dropped together by way of trial, where by estimate none pays to drop."""


def learn_chunks(search: Evaluation, state: State) -> State:
    """Merge pairs while it pays, prune, then try triples, and begin again where one pays."""
    while not search.is_exhausted:
        reached = prune(search, search.evaluate(merge(search, state)))
        if reached.description_bits < state.description_bits - MERGING_MIN_BITS:
            state = search.keep(reached)
            continue
        proposals = propose_triples(state.lexicon, state.triples, len(state.triples.counts))
        tripled = _add_crowd(search, state, proposals)
        if tripled is None:
            edits = (add_chunk(_labels(state, triple.units), triple.n_runs) for triple in proposals)
            tripled = search.first_better(state, edits, TRIPLES_TRIED)
        if tripled is None:
            break
        state = search.keep(prune(search, tripled))
    return state


def _add_crowd(search: Evaluation, state: State, proposals: list[TripleProposal]) -> State | None:
    """The state with a crowd of triples, or with the best half of them, and so on, if shorter."""
    if not search.is_crowded:
        search.is_crowded = is_crowd_of_triples(proposals, state.parse.n_units)
    if not search.is_crowded:
        return None
    longest, room = search.settings.max_chunk_symbols, search.capacity(len(state.lexicon))
    chunks = ((_labels(state, triple.units), triple.n_runs) for triple in apart(proposals))
    short = [
        (pattern, n_runs)
        for pattern, n_runs in chunks
        if len(pattern) <= longest and pattern not in state.grammar.chunks
    ][:room]
    while short:
        reached = search.better(state, add_chunks(short))
        if reached is not None:
            return reached
        short = short[: len(short) // 2]
    return None


def _labels(state: State, units: tuple[int, ...]) -> Pattern:
    return tuple(label for unit in units for label in state.patterns[unit])


def prune(search: Evaluation, state: State) -> State:
    """Drop what does not pay for itself: fillers and variables out of use, then chunks."""
    while True:
        tidied = search.better(state, drop_unused)
        state = state if tidied is None else tidied
        losses = chunk_losses(state)
        cheap = [pattern for loss, pattern in losses if loss < 0]
        costly = [pattern for _, pattern in losses[:COSTLY_TRIED]]
        dropped = _drop_most(search, state, cheap or costly)
        if dropped is None:
            return state
        state = dropped


def _drop_most(search: Evaluation, state: State, chunks: list[Pattern]) -> State | None:
    """The state without ``chunks``, or without the best half of them, and so on, if shorter."""
    while chunks:
        reached = search.better(state, drop_chunks(chunks))
        if reached is not None:
            return reached
        chunks = chunks[: len(chunks) // 2]
    return None
