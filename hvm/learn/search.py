"""Offline learning: a search for the grammar of least description length.

Every step edits a copy of the grammar, parses again, and is kept only if lexicon bits + data bits
fall, so wrong entries can always go again. Chunks come first, aligned chunks next, frames in the
parse last: frames that compete with pairs from the start fix wrong boundaries that nothing undoes
later.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from hvm.learn import variable_search
from hvm.learn.array_search import (
    exponent_of,
    grown_from,
    pruned_by_counts,
    shortest_from,
    was_worth_it,
)
from hvm.learn.chunk_search import learn_chunks
from hvm.learn.chunks import propose_triples
from hvm.learn.corpus import Corpus
from hvm.learn.evaluation import Counted, Evaluation, State
from hvm.learn.limits import Stopped
from hvm.learn.losses import chunk_losses
from hvm.learn.merging import merge
from hvm.learn.steps import begun, read_position, run_in_steps
from hvm.learn.variable_search import align, align_ends, frame, refine_variables, unify
from hvm.lexicon.grammar import Grammar

ENTRIES_MAX, ONE_BY_ONE_MAX = 200, 20_000_000
"""Entries, and entries times symbols of all variants, for which edits are tried one by one: some
seconds. It is worth most for what has few entries for its size, as a world has."""

VARIABLES_PAY_SHARE = 0.02
"""Of the description length: where there are more entries, and variables save so much of it, as in
what is made of frames, edits are tried one by one as well. In text they save a tenth of that, and
batches find more."""


class Search(Evaluation):
    """One run over one corpus: :meth:`run` leaves the best state and the history behind it.

    Its parameters and attributes are those of :class:`~hvm.learn.evaluation.Evaluation`.
    """

    def run(self) -> Counted:
        """Search until nothing pays or a limit is reached; return the best state."""
        with suppress(Stopped):
            if self.settings.batch:
                self._run_from_checkpoint()
            else:
                self._run_by_size()
        return self.best

    def _run_from_checkpoint(self) -> None:
        """In arrays, from where the checkpoint says, if there is one."""
        position = read_position(self)
        if position is None:
            position = begun(self, *self._first())
        run_in_steps(self, position)

    def _first(self) -> tuple[Counted, str]:
        """Where the search begins, kept, and the step in arrays that comes next."""
        lexicon = self.options.first
        if lexicon is None:
            return self.keep(self.atoms()), "grow"
        return self.keep(shortest_from(self, lexicon)), "grow_again"

    def _run_by_size(self) -> None:
        """One by one, in arrays, or both."""
        atoms = self.atoms()
        state, step = self._first()
        n_entries = len(pruned_by_counts(self, grown_from(self, atoms)))
        labour = n_entries * self.text.n_symbols * self.settings.restarts
        if n_entries <= ENTRIES_MAX and labour <= ONE_BY_ONE_MAX:
            self._run_one_by_one(self.editable(state))
            return
        if self.jitter is not None:
            return  # a variant, whose jitter only tells edits one by one apart, adds nothing
        found = run_in_steps(self, begun(self, state, step))
        if self._variables_pay and len(found.lexicon) * self.text.n_symbols <= ONE_BY_ONE_MAX:
            self._search_again_one_by_one()

    @property
    def _variables_pay(self) -> bool:
        """Whether the batches found variables that save much of the description."""
        chunks_alone = min(
            (row["lexicon_bits"] + row["data_bits"] for row in self.rows if not row["n_variables"]),
            default=0.0,  # where it began with variables, they have not been found here
        )
        return self.best.description_bits < (1 - VARIABLES_PAY_SHARE) * chunks_alone

    def _search_again_one_by_one(self) -> None:
        """Search once more from the atoms; go back if that finds no shorter description."""
        found = self.best, self.rows, self.lexicons
        self.rows, self.lexicons = [], []
        try:
            self._run_one_by_one(self.keep(self.atoms()))
        finally:  # wherever it ends
            if found[0].description_bits <= self.best.description_bits:
                self.best, self.rows, self.lexicons = found

    def _run_one_by_one(self, state: State) -> Counted:
        """Small inputs: every edit is tried by itself, unless there are crowds of them."""
        state = learn_chunks(self, state)
        while self.settings.variables and not self.is_exhausted:
            if self.is_crowded:
                # Chunks in arrays, variables that do not interfere together.
                return run_in_steps(self, begun(self, state, "grow"))
            before = state
            # Variables where chunks align, then where units of the parse share a frame.
            for propose in (align, frame):
                state = refine_variables(self, unify(self, propose(self, state)))
                # Slots make pairs that were not there before.
                state = learn_chunks(self, state)
            if not was_worth_it(before.description_bits, state):
                # Last, variables at the ends of chunks.
                state = align_ends(self, state)
                if not was_worth_it(before.description_bits, state):
                    break
        return self.best

    def rehearse(self) -> None:
        """Take every kind of step once, whether it pays or not, to compile all kernels."""
        grammar = Grammar([0] * self.n_atoms)
        variable = grammar.add_variable({(0,): 1, (1,): 1})
        grammar.add_chunk((2, variable, 2), 1)
        state = self.keep(self.evaluate(grammar))
        merge(self, self.atoms())
        exponent_of(self)
        self._rehearse_proposals(state)

    def rehearse_growth(self) -> None:
        """Grow and prune chunks and propose variables, but parse with no entries."""
        state = self.atoms()
        pruned_by_counts(self, grown_from(self, state))
        self._rehearse_proposals(state)

    def _rehearse_proposals(self, state: State) -> None:
        codes, starts = self.text.sample()
        Corpus.distinct(np.append(codes, codes), np.append(starts, starts + len(codes)))
        chunk_losses(state)
        propose_triples(state.lexicon, state.triples)
        variable_search.rehearse(state)
