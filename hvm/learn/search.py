"""Offline learning: a search for the grammar of least description length.

Every step edits a copy of the grammar, parses again, and is kept only if lexicon bits + data bits
fall, so wrong entries can always go again. Chunks come first, aligned chunks next, frames in the
parse last: frames that compete with pairs from the start fix wrong boundaries that nothing undoes
later.
"""

from __future__ import annotations

from hvm.learn import variable_search
from hvm.learn.array_search import grow_and_prune
from hvm.learn.chunk_search import grow, learn_chunks
from hvm.learn.chunks import propose_triples
from hvm.learn.evaluation import Counted, Evaluation, State
from hvm.learn.losses import chunk_losses
from hvm.learn.merging import merge
from hvm.learn.variable_search import (
    align,
    align_ends,
    align_in_batch,
    frame,
    frame_in_batch,
    refine_variables,
    unify,
)
from hvm.lexicon.grammar import Grammar

ROUND_MIN_SHARE = 1e-3
"""Of the description length, to be saved by a round, or it is the last."""


class Search(Evaluation):
    """One run over one corpus: :meth:`run` leaves the best state and the history behind it.

    Its parameters and attributes are those of :class:`~hvm.learn.evaluation.Evaluation`.
    """

    def run(self) -> State:
        """Search until nothing pays; return the best state."""
        state = self.keep(self.atoms())
        return self._run_in_batches(state) if self.settings.batch else self._run_one_by_one(state)

    def _run_one_by_one(self, state: State) -> State:
        """Small inputs: every edit is tried by itself, unless there are crowds of them."""
        state = learn_chunks(self, state)
        while self.settings.variables and not self.is_exhausted:
            if self.is_crowded:
                return self._run_in_batches(state)
            before = state
            # Variables where chunks align, then where units of the parse share a frame.
            for propose in (align, frame):
                state = refine_variables(self, unify(self, propose(self, state)))
                # Slots make pairs that were not there before.
                state = learn_chunks(self, state)
            if not _was_worth_it(before, state):
                # Last, variables at the ends of chunks.
                state = align_ends(self, state)
                if not _was_worth_it(before, state):
                    break
        return self.best

    def _run_in_batches(self, state: State) -> Counted:
        """Large inputs, crowds: edits that do not interfere are tried together, then half."""
        reached = grow_and_prune(self, state)
        return reached
        is_aligning = self.settings.variables
        while not self.is_exhausted:
            before = state
            if self.settings.variables:
                state = frame_in_batch(self, state)
            if is_aligning:
                aligned = align_in_batch(self, state)
                # What failed once fails again, and takes longest.
                is_aligning, state = aligned is not state, aligned
            state = grow(self, state)
            if not _was_worth_it(before, state):
                break
        return self.best

    def rehearse(self) -> None:
        """Take every kind of step once, whether it pays or not, to compile all kernels."""
        grammar = Grammar([0] * self.n_atoms)
        variable = grammar.add_variable({(0,): 1, (1,): 1})
        grammar.add_chunk((2, variable, 2), 1)
        state = self.keep(self.evaluate(grammar))
        merge(self, self.atoms())
        chunk_losses(state)
        propose_triples(state.lexicon, state.triples)
        variable_search.rehearse(state)


def _was_worth_it(before: State, after: State) -> bool:
    """Whether a round saved enough for another."""
    return after.description_bits < (1 - ROUND_MIN_SHARE) * before.description_bits
