"""Evaluation: what a grammar costs on a corpus, whether an edit pays, and the history of what did.

A :class:`State` is a grammar that has been parsed with and counted. The steps of a search edit
copies of its grammar; an :class:`Evaluation` parses again and says whether the description, lexicon
bits + data bits, became shorter.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np

from hvm.learn.crew import TextParse
from hvm.learn.history import history_row
from hvm.learn.limits import Stopped
from hvm.learn.options import SearchOptions
from hvm.learn.settings import SearchSettings
from hvm.learn.text import SearchedText
from hvm.lexicon import measures
from hvm.lexicon.counts import Triples
from hvm.lexicon.grammar import CompiledGrammar, Grammar, Pattern
from hvm.lexicon.lexicon import Lexicon

Edit = Callable[[Grammar], bool]
"""Changes a grammar in place; False where nothing changed or the grammar cannot be used."""

C = TypeVar("C", bound="Counted")

TRIPLES_HELD = 100_000
"""Units of a parse, at most, all of whose triples are held."""

SECOND_PARSE_MAX_BITS = 2.0
"""A second parse, with the counts of the first, seldom saves more (measured)."""

ROUNDING_BITS = 1e-6
"""Two descriptions as close as this differ by the rounding of sums."""


@dataclass(frozen=True, eq=False)
class Counted:
    """A lexicon with the counts of a parse, that parse, and what both cost.

    Attributes
    ----------
    lexicon : Lexicon
    parse : TextParse
    data_bits, lexicon_bits : float
    """

    lexicon: Lexicon
    parse: TextParse
    data_bits: float
    lexicon_bits: float

    @property
    def description_bits(self) -> float:
        """Description length."""
        return self.data_bits + self.lexicon_bits


@dataclass(frozen=True, eq=False)
class State(Counted):
    """The grammar that a lexicon comes from beside it, to be edited.

    Attributes
    ----------
    grammar : Grammar
    patterns : list of Pattern
        What each entry of the lexicon stands for.
    """

    grammar: Grammar
    patterns: list[Pattern]

    @cached_property
    def triples(self) -> Triples:
        """Runs of three units."""
        return self.parse.triples()

    def frequent_triples(self, count_min: int) -> Triples:
        """Runs of three units that stand so often, at least; of a long text no others are held."""
        return self.parse.triples(count_min) if self.parse.n_units > TRIPLES_HELD else self.triples


def _fields(counted: Counted) -> tuple[Lexicon, TextParse, float, float]:
    return counted.lexicon, counted.parse, counted.data_bits, counted.lexicon_bits


class Evaluation:
    """One text and the settings of a search in it.

    Parameters
    ----------
    text : SearchedText
    settings : SearchSettings
    jitter : numpy.random.Generator, optional
        Scales the gains of pairs, for a variant of the search.
    options : SearchOptions, optional
        How it goes about it.

    Attributes
    ----------
    best : Counted
        The last one kept.
    crew : Crew
        What is parsed: on large inputs each distinct sequence once.
    rows : list of dict of str to float
        The history, a row for each state kept.
    is_crowded : bool
        Whether proposals once were so many that chunks come in crowds from then on.
    lexicons : list of Lexicon
        Filled with the option ``trace`` only.
    """

    best: Counted

    def __init__(
        self,
        text: SearchedText,
        settings: SearchSettings,
        jitter: np.random.Generator | None = None,
        options: SearchOptions | None = None,
    ) -> None:
        self.text, self.n_atoms = text, text.n_atoms
        self.crew = text.crew(settings, self.check)
        self.settings, self.jitter = settings, jitter
        self.rows: list[dict[str, float]] = []
        self.options, self.lexicons = options or SearchOptions(), list[Lexicon]()
        self.is_crowded = False
        self._begin = time.perf_counter()

    # -- states ---------------------------------------------------------------------------

    def atoms(self) -> State:
        """Return the state without chunks and variables, where every search begins."""
        return self.evaluate(Grammar([0] * self.n_atoms))

    def evaluate(self, grammar: Grammar, beat_bits: float = np.inf) -> State:
        """Parse with a grammar and count; on small inputs twice, so that counts and parse agree.

        The second parse saves little: it is spared where the first is far from ``beat_bits``.
        """
        compiled = grammar.compile(self.settings.smoothing)
        first = self._counted(grammar, compiled, compiled.lexicon)
        if self.settings.batch or first.description_bits > beat_bits + SECOND_PARSE_MAX_BITS:
            return first
        return self._counted(grammar, compiled, first.lexicon)

    def counted(self, lexicon: Lexicon) -> Counted:
        """Parse with a lexicon, whose counts say what costs what, and count."""
        self.check()
        parse = self.crew.parse(lexicon)
        lexicon = lexicon.with_counts(*parse.counts)
        return Counted(lexicon, parse, *self.bits_of(lexicon))

    def _counted(self, grammar: Grammar, compiled: CompiledGrammar, lexicon: Lexicon) -> State:
        """The state reached by one parse."""
        reached = self.counted(lexicon)
        counted = grammar.counted(compiled, reached.lexicon)
        return State(*_fields(reached), counted, compiled.patterns)

    def editable(self, reached: Counted) -> State:
        """Return the state with its grammar."""
        return State(*_fields(reached), *Grammar.with_patterns(reached.lexicon))

    # -- whether an edit pays -------------------------------------------------------------

    def better(self, state: State, *edits: Edit) -> State | None:
        """Return the state after all ``edits`` if it is better, or None."""
        grammar = state.grammar.copy()
        if not all(edit(grammar) for edit in edits):
            return None
        reached = self.evaluate(grammar, state.description_bits)
        return reached if self.is_better(reached, state) else None

    def is_better(self, reached: State, state: State) -> bool:
        """Whether a state is shorter, with no more entries and no longer chunk than allowed."""
        allowed = max(len(state.lexicon), self.settings.max_entries or sys.maxsize)
        shorter = reached.description_bits < state.description_bits - ROUNDING_BITS
        return shorter and len(reached.lexicon) <= allowed and self._has_short_chunks(reached)

    def _has_short_chunks(self, state: State) -> bool:
        longest = self.settings.max_chunk_symbols
        return max(map(len, state.patterns), default=0) <= longest

    def first_better(
        self, state: State, edits: Iterable[Edit], patience: int | None = None
    ) -> State | None:
        """Try edits in order.

        Parameters
        ----------
        state : State
        edits : iterable of Edit
        patience : int, optional
            Edits tried in vain, at most; by default those of the settings.

        Returns
        -------
        State or None
            The state after the first edit that pays.
        """
        patience = self.settings.patience if patience is None else patience
        for failures, edit in enumerate(edits):
            if failures == patience:
                return None
            reached = self.better(state, edit)
            if reached is not None:
                return reached
        return None

    # -- limits and history ---------------------------------------------------------------

    def check(self) -> None:
        """Raise :class:`~hvm.learn.limits.Stopped` if it is to end, and there is a best state."""
        if self.is_over:
            raise Stopped

    @property
    def is_over(self) -> bool:
        """Whether a limit is reached, and there is a best state."""
        return bool(self.rows) and self.options.limits.are_reached

    def capacity(self, n_entries: int, share: float = 1.0) -> int:
        """Entries that may still be added if only a share of the most allowed may be used."""
        limit = self.settings.max_entries
        return sys.maxsize if limit is None else max(0, int(share * limit) - n_entries)

    @property
    def is_exhausted(self) -> bool:
        """Whether as many iterations as allowed are done."""
        limit = self.settings.iterations
        return limit is not None and len(self.rows) >= limit

    def resume(self, state: Counted, rows: list[dict[str, float]]) -> None:
        """Be where a search was when it had kept a state and written these rows."""
        self.best, self.rows = state, rows
        self._begin = time.perf_counter() - rows[-1]["seconds"]

    def keep(self, state: C) -> C:
        """Make a state the best so far, and write its row of the history."""
        self._add_row(state, state.parse.lexicon)
        self.best = state
        return state

    def keep_counts(self, lexicon: Lexicon) -> None:
        """Make a lexicon the best state, its counts as they are, if that is shorter: at the end."""
        state = Counted(lexicon, self.best.parse, *self.bits_of(lexicon))
        if state.description_bits < self.best.description_bits:
            self._add_row(state, lexicon)
            self.best = state

    def _add_row(self, state: Counted, parsed_with: Lexicon) -> None:
        parsed = partial(self.text.parse, parsed_with)
        bits, n_symbols = (state.lexicon_bits, state.data_bits), self.text.n_symbols
        self.rows.append(history_row(state.lexicon, parsed, n_symbols, bits, self._begin))
        if self.options.report is not None:
            self.options.report(self.rows[-1])
        if self.options.trace:
            self.lexicons.append(state.lexicon)

    def bits_of(self, lexicon: Lexicon) -> tuple[float, float]:
        """Return the bits of the data by the counts of a lexicon, and of the lexicon."""
        lexicon_bits = measures.lexicon_bits(lexicon, self.text.alphabet_bits)
        return measures.counted_bits(lexicon), lexicon_bits
