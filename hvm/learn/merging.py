"""Merging: pairs of units become chunks, pass by pass, without parsing anew."""

from __future__ import annotations

import numpy as np

from hvm.kernels.lexicon.count import count_pairs, merge_pairs
from hvm.learn.chunks import PairProposals, is_crowd, propose_pairs, without_interference
from hvm.learn.evaluation import Evaluation, State
from hvm.lexicon.grammar import Grammar

CHUNK_SHARE = 0.95
"""Of the most entries allowed, before there are variables: these need entries too."""

CROWD_BATCH = 0.2
"""Of the entries, merged in a pass where pairs are a crowd; else one pair at a time."""


def merge(search: Evaluation, state: State) -> Grammar:
    """Merge pairs of units, pass by pass, until none pays; return the grammar with the chunks."""
    units = _Units(search, state)
    share = CHUNK_SHARE if search.settings.variables and not state.grammar.variables else 1.0
    while (capacity := search.capacity(len(units.patterns), share)) > 0:
        search.check()
        # The best pairs of which none takes a unit from another.
        proposals = units.pairs()
        search.is_crowded = search.is_crowded or is_crowd(proposals)
        most = max(1, int(CROWD_BATCH * len(units.patterns))) if search.is_crowded else 1
        pairs = without_interference(proposals, min(capacity, most))
        if not len(pairs.lefts):
            break
        # Each is one unit from now on, wherever it stands.
        units.merge(pairs)
    return units.grammar()


class _Units:
    """The units of a parse while pairs of them are merged, and what each entry stands for."""

    def __init__(self, search: Evaluation, state: State) -> None:
        self.search, self.state = search, state
        self.patterns = list(state.patterns)
        self.entry_of = {pattern: entry for entry, pattern in enumerate(state.patterns)}
        self.units, self.starts = state.parse.runs()
        self.counts = state.lexicon.unit_counts
        self.lengths = np.array([len(pattern) for pattern in state.patterns], np.int64)

    def pairs(self) -> PairProposals:
        """Pairs that pay, the best first, none longer than a chunk may be."""
        search, settings = self.search, self.search.settings
        codes, joints = count_pairs(self.units, self.starts, settings.pair_count_min)
        pairs = propose_pairs(
            self.counts,
            codes,
            joints,
            search.n_atoms,
            len(self.state.grammar.variables),
            settings.criterion,
            settings.p_value,
            search.jitter,
        )
        lengths = self.lengths[pairs.lefts] + self.lengths[pairs.rights]
        return pairs.take(lengths <= settings.max_chunk_symbols)

    def merge(self, pairs: PairProposals) -> None:
        """Put one unit for each pair, by the entry that stands for its pattern or a new one."""
        wholes, new_lengths = [], []
        for left, right in zip(pairs.lefts.tolist(), pairs.rights.tolist(), strict=True):
            pattern = self.patterns[left] + self.patterns[right]
            entry = self.entry_of.setdefault(pattern, len(self.patterns))
            if entry == len(self.patterns):
                self.patterns.append(pattern)
                new_lengths.append(len(pattern))
            wholes.append(entry)
        self.lengths = np.append(self.lengths, new_lengths).astype(np.int64)
        codes = (pairs.lefts << 32) | pairs.rights
        merged = merge_pairs(self.units, self.starts, codes, np.array(wholes, np.int32))
        self.units, self.starts = merged
        self.counts = np.bincount(self.units + 1, minlength=len(self.patterns) + 1)[1:]

    def grammar(self) -> Grammar:
        """The grammar of the state with the chunks and the counts of the units as they are now."""
        grammar = self.state.grammar.copy()
        for pattern, count in zip(self.patterns, self.counts.tolist(), strict=True):
            if len(pattern) > 1:
                grammar.chunks[pattern] = count
            elif pattern[0] >= 0:
                grammar.atom_counts[pattern[0]] = count
        return grammar
