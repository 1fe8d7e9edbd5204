"""Offline learning: a search for the grammar of least description length.

A :class:`State` is a grammar that has been parsed with and counted. Every step edits a copy of
the grammar, parses again, and is kept only if lexicon bits + data bits fall, so wrong entries can
always go again. Chunks come first, aligned chunks next, frames in the parse last: frames that
compete with pairs from the start fix wrong boundaries that nothing undoes later.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from hvm.kernels.lexicon.costs import definition_bits
from hvm.kernels.lexicon.count import count_pairs, merge_pairs
from hvm.kernels.lexicon.patterns import flatten
from hvm.kernels.lexicon.segment import segment
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.learn.chunks import TripleProposal, propose_pairs, propose_triples, without_interference
from hvm.learn.skeletons import (
    SharedProposal,
    SkeletonProposal,
    propose_skeletons,
    share_alignments,
)
from hvm.learn.variables import (
    VariableProposal,
    apply_all,
    generalise,
    independent,
    overlapping_variables,
    propose_alignments,
    propose_frames,
    propose_unifications,
    rare_members,
    saturated,
    slot_contexts,
)
from hvm.lexicon import measures, parsing
from hvm.lexicon.counts import Triples, count_fillers, count_units, triples
from hvm.lexicon.grammar import CompiledGrammar, Grammar, Pattern
from hvm.lexicon.lexicon import CHUNK, Lexicon
from hvm.lexicon.parsing import Parse

Edit = Callable[[Grammar], bool]

GAIN_MIN_BITS = -15.0  # gains are estimates: proposals a little below zero are worth a try
CHUNK_SHARE = 0.95  # of the most entries allowed, before there are variables
WORTH_A_ROUND = 1e-3  # of the description length, to be saved by a round
SAVED_BY_PARSING_AGAIN_BITS = 2.0  # seldom more (measured)
FEW_OF_A_BATCH = 0.1  # a pass that adds less of what it may is the last
TRACED_GROWTH = 1.2  # between two lexicons that are traced while pairs are merged


@dataclass(frozen=True, eq=False)
class State:
    """A grammar, the lexicon it compiles to, a parse with it, and what both cost."""

    grammar: Grammar
    lexicon: Lexicon
    patterns: list[Pattern]
    parse: Parse
    data_bits: float
    lexicon_bits: float

    @property
    def description_bits(self) -> float:
        """Description length."""
        return self.data_bits + self.lexicon_bits

    @cached_property
    def triples(self) -> Triples:
        """Runs of three units."""
        return triples(self.parse)


@dataclass(frozen=True, eq=False)
class Settings:
    """What a search may do; see :class:`hvm.learn.hvm.HVM`."""

    variables: bool = True
    criterion: str = "gain"
    max_entries: int | None = None
    iterations: int | None = None
    smoothing: float = 0.1
    p_value: float = 0.05
    pair_count_min: int = 2
    filler_count_min: int = 2
    batch: float = 0.0
    max_chunk_symbols: int = 400
    patience: int = 12


class Search:
    """One run over one corpus: :meth:`run` leaves the best state and the history behind it.

    With ``trace`` the lexicon of each row of the history stays too, and between these those that
    merging pairs leads over, whenever there are a fifth more entries.
    """

    def __init__(
        self,
        codes: np.ndarray,
        starts: np.ndarray,
        n_atoms: int,
        settings: Settings,
        alphabet_bits: float = 0.0,
        jitter: np.random.Generator | None = None,
        trace: bool = False,
    ) -> None:
        self.codes, self.starts, self.n_atoms = codes, starts, n_atoms
        self.settings, self.alphabet_bits, self.jitter = settings, alphabet_bits, jitter
        self.best: State
        self.rows: list[dict[str, float]] = []
        self.trace, self.lexicons = trace, list[Lexicon]()
        self._begin = time.perf_counter()

    # -- states ---------------------------------------------------------------------------

    def evaluate(self, grammar: Grammar, beat_bits: float = np.inf) -> State:
        """Parse with a grammar and count; on small inputs twice, so that counts and parse agree.

        The second parse saves little: it is spared where the first is far from ``beat_bits``.
        """
        compiled = grammar.compile(self.settings.smoothing)
        first = self._counted(grammar, compiled, compiled.lexicon)
        if self.settings.batch or first.description_bits > beat_bits + SAVED_BY_PARSING_AGAIN_BITS:
            return first
        return self._counted(grammar, compiled, first.lexicon)

    def _counted(self, grammar: Grammar, compiled: CompiledGrammar, lexicon: Lexicon) -> State:
        """The state reached by one parse."""
        parse = self._parse(lexicon)
        lexicon = lexicon.with_counts(count_units(lexicon, parse), count_fillers(lexicon, parse))
        return State(
            grammar.counted(compiled, lexicon),
            lexicon,
            compiled.patterns,
            parse,
            measures.data_bits(lexicon, parse),
            measures.lexicon_bits(lexicon, self.alphabet_bits),
        )

    def _parse(self, lexicon: Lexicon) -> Parse:
        if len(lexicon) == lexicon.n_atoms:
            return parsing.parse_to_atoms(self.codes, self.starts)
        trie, unit_cost, escape_cost = parsing.compile_lexicon(lexicon)
        cut, _ = viterbi(trie, unit_cost, self.codes, self.starts, escape_cost)
        return parsing.wrap(lexicon, *cut)

    def better(self, state: State, *edits: Edit) -> State | None:
        """The state after all ``edits``, if it is shorter and has no more entries than allowed."""
        grammar = state.grammar.copy()
        if not all(edit(grammar) for edit in edits):
            return None
        reached = self.evaluate(grammar, state.description_bits)
        return reached if self._is_better(reached, state) else None

    def _is_better(self, reached: State, state: State) -> bool:
        """Whether a state is shorter, with no more entries than allowed."""
        allowed = max(len(state.lexicon), self.settings.max_entries or sys.maxsize)
        shorter = reached.description_bits < state.description_bits - 1e-6
        return shorter and len(reached.lexicon) <= allowed and self._is_allowed(reached)

    def _is_allowed(self, state: State) -> bool:
        """Whether no chunk is longer than allowed."""
        longest = self.settings.max_chunk_symbols
        return all(len(pattern) <= longest for pattern in state.patterns)

    def first_better(self, state: State, edits: Iterable[Edit], patience: int) -> State | None:
        """The first edit that pays, tried in order until ``patience`` of them did not."""
        for failures, edit in enumerate(edits):
            if failures == patience:
                return None
            reached = self.better(state, edit)
            if reached is not None:
                return reached
        return None

    def keep(self, state: State) -> State:
        """Make a state the best so far, and write its row of the history."""
        n_symbols = len(self.codes)
        row = measures.published_measures(state.lexicon, state.parse, n_symbols)
        row["lexicon_bits"], row["data_bits"] = state.lexicon_bits, state.data_bits
        row["bits_per_symbol"] = state.description_bits / max(n_symbols, 1)
        row["seconds"] = time.perf_counter() - self._begin
        self.rows.append(row)
        if self.trace:
            self.lexicons.append(state.lexicon)
        self.best = state
        return state

    # -- the loop -------------------------------------------------------------------------

    def run(self) -> State:
        """Search until nothing pays; return the best state."""
        return self._run_in_batches() if self.settings.batch else self._run_one_by_one()

    def _run_one_by_one(self) -> State:
        """Small inputs: every edit is tried by itself."""
        state = self.keep(self.evaluate(Grammar([0] * self.n_atoms)))
        state = self.learn_chunks(state)
        while self.settings.variables and not self.is_exhausted:
            before = state
            state = self.learn_chunks(self.refine_variables(self.unify(self.align(state))))
            state = self.learn_chunks(self.refine_variables(self.unify(self.frame(state))))
            if not _was_worth_it(before, state):
                state = self.align_ends(state)
                if not _was_worth_it(before, state):
                    break
        return self.best

    def _run_in_batches(self) -> State:
        """Large inputs: all edits that do not interfere are tried together, then half of them."""
        state = self.keep(self.evaluate(Grammar([0] * self.n_atoms)))
        state = self._grow(state)
        aligning = self.settings.variables
        while not self.is_exhausted:
            before = state
            if self.settings.variables:
                state = self._accept_batch(state, self._frames, tries=2)
            if aligning:
                aligned = self._accept_batch(state, self._short_alignments, tries=1)
                aligning = aligned is not state  # what failed once fails again, and takes longest
                state = aligned
            state = self._grow(state)
            if not _was_worth_it(before, state):
                break
        return self.best

    def _frames(self, state: State) -> list[VariableProposal]:
        count_min = self.settings.filler_count_min
        return propose_frames(
            state.grammar, state.lexicon, state.patterns, state.triples, count_min
        )

    def _alignments(self, state: State) -> list[VariableProposal]:
        return propose_alignments(state.grammar, state.lexicon, state.patterns)

    def _short_alignments(self, state: State) -> list[VariableProposal]:
        return propose_alignments(state.grammar, state.lexicon, state.patterns, longest_middle=8)

    def _grow(self, state: State) -> State:
        """Merge pairs, then drop once what does not pay, if that is shorter."""
        for edited in (self.merge, _without_losses):
            if self.is_exhausted:
                break
            reached = self.evaluate(edited(state))
            if reached.description_bits < state.description_bits:
                state = self.keep(reached)
        return state

    def _accept_batch(
        self, state: State, propose: Callable[[State], list[VariableProposal]], tries: int
    ) -> State:
        """The state with proposals accepted, or with the better half of them, or as it was."""
        if self.is_exhausted:
            return state
        chosen = independent(propose(state), self._room(len(state.patterns), 1.0))
        for _ in range(tries if chosen else 0):
            reached = self.better(state, partial(apply_all, chosen, False), _tidy)
            if reached is not None:
                return self.keep(reached)
            chosen = chosen[: len(chosen) // 2]
        return state

    def _room(self, n_entries: int, share: float) -> int:
        """Entries that may still be added if only a share of the most allowed may be used."""
        limit = self.settings.max_entries
        return sys.maxsize if limit is None else max(0, int(share * limit) - n_entries)

    @property
    def is_exhausted(self) -> bool:
        """Whether as many iterations as allowed are done."""
        limit = self.settings.iterations
        return limit is not None and len(self.rows) >= limit

    def learn_chunks(self, state: State) -> State:
        """Merge pairs while it pays, prune, then try triples, and begin again where one pays."""
        while not self.is_exhausted:
            reached = self.prune(self.evaluate(self.merge(state)))
            if reached.description_bits < state.description_bits - 0.5:
                state = self.keep(reached)
                continue
            proposals = propose_triples(state.lexicon, state.triples)
            edits = (_triple_edit(state, proposal) for proposal in proposals)
            tripled = self.first_better(state, edits, patience=4)
            if tripled is None:
                break
            state = self.keep(self.prune(tripled))
        return state

    def align(self, state: State) -> State:
        """Make variables of aligned chunks while it pays."""
        while not self.is_exhausted:
            alignments = self._alignments(state)
            n_entries = len(state.lexicon)
            together: list[SharedProposal | SkeletonProposal] = [
                *share_alignments(alignments, state.grammar, n_entries),
                *propose_skeletons(state.grammar, n_entries),
            ]
            reached = self.accept(state, [p for p in alignments if p.gain > GAIN_MIN_BITS])
            if reached is None:
                reached = self._first_better_pruned(state, _best_first(together))
            if reached is None:
                break
            state = self.keep(self.prune(reached))
        return state

    def align_ends(self, state: State) -> State:
        """Make the first variable at a chunk's end that pays once it is merged with neighbours.

        There are many such chunks and few are worth a variable, so this comes when all else fails.
        """
        alignments = propose_alignments(
            state.grammar, state.lexicon, state.patterns, one_sided=True
        )
        for proposal in alignments[: self.settings.patience]:
            grammar = state.grammar.copy()
            if apply_all([proposal], False, grammar):
                _tidy(grammar)
                reached = self.prune(self.evaluate(self.merge(self.evaluate(grammar))))
                if self._is_better(reached, state):
                    return self.keep(reached)
        return state

    def _first_better_pruned(
        self, state: State, proposals: list[SharedProposal | SkeletonProposal]
    ) -> State | None:
        """The first proposal that pays once what it makes superfluous is gone."""
        for proposal in proposals[: self.settings.patience]:
            grammar = state.grammar.copy()
            if proposal.apply(grammar):
                _tidy(grammar)
                reached = self.prune(self.evaluate(grammar))
                if self._is_better(reached, state):
                    return reached
        return None

    def frame(self, state: State) -> State:
        """Make variables of frames in the parse while it pays."""
        while not self.is_exhausted:
            reached = self.accept(state, self._frames(state))
            if reached is None:
                break
            state = self.keep(self.prune(reached))
        return state

    def unify(self, state: State) -> State:
        """Put one chunk for two that differ in their fillers while it pays."""
        while not self.is_exhausted:
            proposals = propose_unifications(state.grammar, len(state.lexicon))
            edits = (proposal.apply for proposal in proposals if proposal.gain > GAIN_MIN_BITS)
            reached = self.first_better(state, edits, self.settings.patience)
            if reached is None:
                break
            state = self.keep(self.prune(reached))
        return state

    def accept(self, state: State, proposals: list[VariableProposal]) -> State | None:
        """The state after the first proposal that pays."""
        edits = (
            partial(apply_all, [p], everywhere) for p in proposals for everywhere in (True, False)
        )
        return self.first_better(state, edits, self.settings.patience)

    def rehearse(self) -> None:
        """Take every kind of step once, whether it pays or not, to compile all kernels."""
        grammar = Grammar([0] * self.n_atoms)
        variable = grammar.add_variable({(0,): 1, (1,): 1})
        grammar.add_chunk((2, variable, 2), 1)
        state = self.keep(self.evaluate(grammar))
        self.merge(self.evaluate(Grammar([0] * self.n_atoms)))
        _losses(state)
        propose_triples(state.lexicon, state.triples)
        self._alignments(state)
        self._frames(state)

    # -- steps ----------------------------------------------------------------------------

    def merge(self, state: State) -> Grammar:
        """Merge pairs of units in place, pass by pass, until none pays; return the grammar."""
        grammar, settings = state.grammar.copy(), self.settings
        patterns, entry_of = list(state.patterns), {p: k for k, p in enumerate(state.patterns)}
        units, starts = state.parse.units, state.parse.sequence_starts
        counts, n_variables = state.lexicon.unit_counts, len(grammar.variables)
        lengths = _lengths(state)
        share = CHUNK_SHARE if settings.variables and not grammar.variables else 1.0
        while (room := self._room(len(patterns), share)) > 0:
            codes, joints = count_pairs(units, starts, settings.pair_count_min)
            proposals = propose_pairs(
                counts,
                codes,
                joints,
                self.n_atoms,
                n_variables,
                settings.criterion,
                settings.p_value,
                self.jitter,
            )
            short = (
                lengths[proposals.lefts] + lengths[proposals.rights] <= settings.max_chunk_symbols
            )
            proposals = type(proposals)(*(column[short] for column in proposals))
            proposals = without_interference(
                proposals, min(room, max(1, int(settings.batch * len(patterns))))
            )
            if not len(proposals.lefts):
                break
            wholes, added = [], []
            for left, right in zip(
                proposals.lefts.tolist(), proposals.rights.tolist(), strict=True
            ):
                pattern = patterns[left] + patterns[right]
                entry = entry_of.setdefault(pattern, len(patterns))
                if entry == len(patterns):
                    patterns.append(pattern)
                    added.append(lengths[left] + lengths[right])
                wholes.append(entry)
            lengths = np.append(lengths, added).astype(np.int64)
            pairs = (proposals.lefts << 32) | proposals.rights
            units, starts = merge_pairs(units, starts, pairs, np.array(wholes, np.int32))
            counts = np.bincount(units + 1, minlength=len(patterns) + 1)[1:]
            if len(wholes) < FEW_OF_A_BATCH * settings.batch * len(patterns):
                break
            self._trace_growth(grammar, patterns, counts)
        return _with_counts(grammar, patterns, counts)

    def _trace_growth(self, grammar: Grammar, patterns: list[Pattern], counts: np.ndarray) -> None:
        if self.trace and len(patterns) >= TRACED_GROWTH * len(self.lexicons[-1]):
            self.lexicons.append(
                self.evaluate(_with_counts(grammar.copy(), patterns, counts)).lexicon
            )

    def prune(self, state: State) -> State:
        """Drop what does not pay for itself: fillers and variables out of use, then chunks."""
        while True:
            tidied = self.better(state, _drop_unused)
            state = state if tidied is None else tidied
            losses = _losses(state)
            cheap = [pattern for loss, pattern in losses if loss < 0]
            dropped = self._drop(
                state, cheap or [pattern for loss, pattern in losses if loss < 5][:3]
            )
            if dropped is None:
                return state
            state = dropped

    def _drop(self, state: State, chunks: list[Pattern]) -> State | None:
        """The state without ``chunks``, or without the best half of them, and so on, if shorter."""
        while chunks:
            reached = self.better(state, _drop_edit(chunks))
            if reached is not None:
                return reached
            chunks = chunks[: len(chunks) // 2]
        return None

    def refine_variables(self, state: State) -> State:
        """Edit the variables that stand, while it pays.

        They are widened by what fits their frames, united where they overlap, put for their fillers
        elsewhere, and rid of rare fillers.
        """
        widened = True
        while widened and not self.is_exhausted:
            widened = False
            for variable in sorted(state.grammar.variables, reverse=True):
                if variable in state.grammar.variables:
                    reached = self.widen(state, variable)
                    if reached is not None:
                        state, widened = self.keep(self.prune(reached)), True
        for edits_of in (_unite_edits, _generalise_edits, _narrow_edits):
            state = self.repeat(state, edits_of)
        return state

    def repeat(self, state: State, edits_of: Callable[[Grammar], list[Edit]]) -> State:
        """Make the first edit that pays, of all that a grammar gives rise to, again and again."""
        while not self.is_exhausted:
            edits = edits_of(state.grammar)
            reached = self.first_better(state, edits, self.settings.patience)
            if reached is None:
                break
            state = self.keep(self.prune(reached))
        return state

    def widen(self, state: State, variable: int) -> State | None:
        """Let everything fill ``variable``, parse, and keep the fillers that the parse needs."""
        old = state.grammar.variables[variable]
        parsed = self.evaluate(saturated(state.grammar, variable), -np.inf).grammar
        filled = parsed.variables[variable]
        best = None
        for count_min in (1, 2):
            members = {p: c for p, c in filled.items() if c >= count_min or p in old}
            if members.keys() == old.keys():
                break
            grammar = parsed.copy()
            grammar.variables[variable] = members
            reached = self.evaluate(grammar, state.description_bits)
            if best is None or reached.description_bits < best.description_bits:
                best = reached
        return best if best is not None and self._is_better(best, state) else None


def _was_worth_it(before: State, after: State) -> bool:
    """Whether a round saved enough for another."""
    return after.description_bits < (1 - WORTH_A_ROUND) * before.description_bits


def _best_first(
    proposals: Iterable[SharedProposal | SkeletonProposal],
) -> list[SharedProposal | SkeletonProposal]:
    # What they make superfluous is not in their gain.
    promising = [proposal for proposal in proposals if proposal.gain > 4 * GAIN_MIN_BITS]
    return sorted(promising, key=lambda proposal: -proposal.gain)


def _with_counts(grammar: Grammar, patterns: list[Pattern], counts: np.ndarray) -> Grammar:
    """Give a grammar the counts of units, and the chunks among these that it lacks."""
    n_atoms = len(grammar.atom_counts)
    for entry, count in enumerate(counts.tolist()):
        pattern = patterns[entry]
        if entry < n_atoms:
            grammar.atom_counts[entry] = count
        elif len(pattern) > 1:
            grammar.chunks[pattern] = count
    return grammar


# -- edits: change a grammar in place, and tell whether it can be used ----------------------


def _triple_edit(state: State, proposal: TripleProposal) -> Edit:
    pattern = tuple(label for unit in proposal.units for label in state.patterns[unit])

    def edit(grammar: Grammar) -> bool:
        if pattern in grammar.chunks:
            return False
        grammar.add_chunk(pattern, proposal.n_runs)
        return True

    return edit


def _drop_edit(chunks: list[Pattern]) -> Edit:
    def edit(grammar: Grammar) -> bool:
        for pattern in chunks:
            del grammar.chunks[pattern]
        return True

    return edit


def _unite_edits(grammar: Grammar) -> list[Edit]:
    def edit(pair: tuple[int, int], grammar: Grammar) -> bool:
        grammar.unite(*pair)
        return grammar.is_acyclic()

    return [partial(edit, pair) for pair in overlapping_variables(grammar)]


def _generalise_edits(grammar: Grammar) -> list[Edit]:
    return [partial(generalise, context) for context in slot_contexts(grammar)]


def _narrow_edits(grammar: Grammar) -> list[Edit]:
    def edit(variable: int, filler: Pattern, grammar: Grammar) -> bool:
        del grammar.variables[variable][filler]
        return True

    return [partial(edit, *member) for member in rare_members(grammar)]


def _tidy(grammar: Grammar) -> bool:
    _drop_unused(grammar)
    return True


def _drop_unused(grammar: Grammar) -> bool:
    """Drop fillers that fill nothing and variables that nothing holds or that hold one filler."""
    changed = False
    in_use = grammar.variables_in_use()
    for variable, members in list(grammar.variables.items()):
        for pattern in [p for p, count in members.items() if count == 0]:
            del members[pattern]
            changed = True
        if variable not in in_use:
            del grammar.variables[variable]
            changed = True
    # Resolving one variable can make two fillers of another equal.
    while small := [key for key, members in grammar.variables.items() if len(members) < 2]:
        grammar.resolve(small[0])
        changed = True
    return changed


def _without_losses(state: State) -> Grammar:
    """A state's grammar less what is out of use and the chunks that do not pay for themselves."""
    grammar = state.grammar.copy()
    for loss, pattern in _losses(state):
        if loss < 0:
            del grammar.chunks[pattern]
    _drop_unused(grammar)
    return grammar


# -- what a chunk is worth ------------------------------------------------------------------


def _losses(state: State) -> list[tuple[float, Pattern]]:
    """Bits lost by dropping each chunk that is no filler, estimated, the least first."""
    lexicon, grammar = state.lexicon, state.grammar
    n_entries = len(lexicon)
    part_bits = np.log2(n_entries)
    weights = _label_bits(lexicon)
    pattern_offsets, labels, _ = flatten(lexicon.entries)
    alternatives, _, _ = segment(lexicon.kinds == CHUNK, pattern_offsets, labels, weights)
    sizes = np.diff(lexicon.offsets)
    uses = np.bincount(lexicon.parts, minlength=n_entries)
    counts = lexicon.unit_counts
    definition = definition_bits(sizes, np.maximum(np.arange(n_entries), 2))
    counted = np.log2(counts + 1) + 0.5 * np.log2(max(2.0, counts.sum() / n_entries))
    losses = (
        np.where(counts > 0, counts * (alternatives - weights), 0.0)
        + uses * (sizes - 1) * part_bits
        - definition
        - counted
    )
    fillers = {pattern for members in grammar.variables.values() for pattern in members}
    ranked = [
        (float(losses[entry]), state.patterns[entry])
        for entry in lexicon.chunks.tolist()
        if losses[entry] < 5 and state.patterns[entry] not in fillers
    ]
    return sorted(ranked)


def _label_bits(lexicon: Lexicon) -> np.ndarray:
    """What each label costs as a unit, float64[K]; a variable, what its fillers do on average."""
    bits = lexicon.unit_bits.copy()
    for variable in lexicon.variables:
        counts = lexicon.filler_counts_of(variable)
        if counts.sum() == 0:
            bits[variable] = 20.0
            continue
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        costs = bits[lexicon.parts[where]] - lexicon.filler_bits[where]
        bits[variable] = float((counts * costs).sum() / counts.sum())
    return bits


def _lengths(state: State) -> np.ndarray:
    """Labels in each entry's pattern, int64[K]."""
    return np.array([len(pattern) for pattern in state.patterns], np.int64)
