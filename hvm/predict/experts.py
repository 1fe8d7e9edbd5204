"""Bits of symbols by experts that are mixed: chains of symbols, of their variables, and of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_flag, require_whole
from hvm.kernels.experts.gates import learn_weights, mix
from hvm.lexicon.counts import recounted
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import Naming, mean_bits, with_code_space
from hvm.predict.beside import beside
from hvm.predict.expert_counts import Expert, ExpertCounts
from hvm.predict.hierarchy import grain_sizes
from hvm.predict.plan import plan_of
from hvm.predict.spelling import spelling_of
from hvm.predict.weighing import Weighing, first_numbers, with_lexicon, with_reader
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

HELD_OUT = 5
"""One symbol in so many, the last ones, teaches the weights what counts of the others foretell."""
MOST_HELD_OUT = 1 << 18
"""Symbols: a few thousand numbers follow from them."""
COST_SHARE_MAX = 0.005
"""Of bits that a lexicon may cost on symbols that it has not seen: what is seen there, chains may
know as well, and what is not, variables know alone."""
SEEN_SHARE_MIN = 0.05
"""Of bits that a lexicon must save where it has seen them: on texts it seemed to save up to 2% of
them, and nothing of others; on worlds 8% and more, and as much of others."""
BLOCK = 1 << 17
"""Symbols that are foretold at a time: a symbol takes some 600 bytes on the way."""
UNFITTED = "these Experts have learned nothing yet: call fit first"


class ExpertsState(NamedTuple):
    """What all else of fitted experts follows from.

    Attributes
    ----------
    training : Symbols
        What was counted.
    variables : int32[grains, symbols]
    numbers : float64[experts, 1 + features]
        What the weights of experts follow from.
    n_items : int
        Of the longest chain of symbols.
    """

    training: Symbols
    variables: NDArray[np.int32]
    numbers: NDArray[np.float64]
    n_items: int


class Experts:
    r"""Prediction by chains of symbols and of their variables, mixed; frozen once it is fitted.

    Each chain foretells a symbol, or its variable and the symbol within that, from what stood
    before it in the sequence, by interpolated Kneser-Ney. The weight of a chain follows from how
    often it has seen its context; weights are learned on the last part of the training symbols,
    from variables and counts of the rest. Over all that can come next, the unknown symbol
    included, chances sum to one.

    Parameters
    ----------
    variables : bool, default True
        Whether there are variables; without them chains are of symbols alone.
    level : int, default 0
        The finest grain that chains are made of: 0 for symbols, 1 for the finest variables.

    Attributes
    ----------
    alphabet_ : Alphabet
    mode_ : {"file", "line"}
        How texts are cut into sequences.
    variables_ : int32[grains, symbols]
        The variable of each symbol at each grain, the finest first.
    experts_ : list of Expert
    numbers_ : float64[experts, 1 + features]
        What their weights follow from; last of the lexicon, if there is one.
    state_ : ExpertsState
        What :meth:`of` makes the same experts of.

    Raises
    ------
    InputError
        The level is negative or coarser than the coarsest grain, or there is nothing to learn.

    Examples
    --------
    >>> text = "a dog ran\na cat ran\na dog sat\na cat sat\n" * 20
    >>> experts = Experts().fit(as_symbols(text, "word", "line"))
    >>> right, wrong = as_symbols("a cat sat", "word"), as_symbols("sat cat a", "word")
    >>> experts.bits_per_symbol(right) < experts.bits_per_symbol(wrong)
    True
    """

    adapts: ClassVar = False
    """Whether what one sequence taught reaches the next."""

    alphabet_: Alphabet
    mode_: str
    variables_: NDArray[np.int32]
    experts_: list[Expert]
    numbers_: NDArray[np.float64]
    state_: ExpertsState

    def __init__(self, variables: bool = True, level: int = 0) -> None:
        self.variables = require_flag("variables", variables)
        self.level = require_whole("level", level, 0)
        self._counts: ExpertCounts | None = None
        self._lexicon: Lexicon | None = None

    def fit(
        self,
        symbols: Any,
        lexicon: Lexicon | Callable[[], Lexicon] | None = None,
        search: Callable[[Symbols], Lexicon] | None = None,
    ) -> Experts:
        """Learn variables, counts and weights.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
        lexicon : Lexicon, or a call that returns it, optional
            Learned from these symbols: one expert more, of all its parses, if that saves bits of
            what teaches the weights. A call may wait until the lexicon is there.
        search : callable, optional
            Learns a lexicon from other symbols: one that has not seen what teaches the weights
            then says whether a lexicon pays. Without it the lexicon itself, which has, must save
            `SEEN_SHARE_MIN` of the bits there.

        Returns
        -------
        Experts

        Raises
        ------
        InputError
            There is nothing to learn, or the level is coarser than the coarsest grain.
        """
        known = require_symbols(as_symbols(symbols))
        n_symbols = len(known.alphabet)
        sizes = grain_sizes(len(known), n_symbols) if self.variables else []
        if self.level > len(sizes):
            raise InputError(f"level {self.level}: the coarsest grain is {len(sizes)}")
        self.alphabet_, self.mode_ = known.alphabet, known.mode
        self.__dict__.pop("spelling_", None)
        plan = plan_of(known, sizes, self.level)
        self.experts_ = plan.experts
        counts = beside(plan.counted, known)
        first, rest = _parts(known)
        if not len(first):
            self._lexicon = lexicon() if callable(lexicon) else lexicon
            numbers = first_numbers(self.experts_, self._lexicon is not None)
            return self._hold(known, counts(), numbers, plan.n_items)
        of_first = plan.counted(first, once=True)
        weighing = Weighing(of_first, rest)
        judged = search(first) if search else None
        self._lexicon = lexicon() if callable(lexicon) else lexicon
        if self._lexicon is not None and not _pays(weighing, judged, self._lexicon, first):
            self._lexicon = None
        return self._hold(known, counts(), weighing.numbers, plan.n_items)

    @classmethod
    def of(cls, state: ExpertsState, lexicon: Lexicon | None = None, **parameters: Any) -> Experts:
        """Return the experts that a state and a lexicon make, as they were when fitted.

        Parameters
        ----------
        state : ExpertsState
            As ``state_`` gave it.
        lexicon : Lexicon, optional
            That :meth:`fit` was given.
        **parameters
            Of the constructor.

        Returns
        -------
        Experts

        Raises
        ------
        InputError
            The state is not of such experts.
        """
        experts = cls(**parameters)
        known, variables = state.training, state.variables
        sizes = [int(last) + 1 for last in variables.max(axis=1)]
        plan = plan_of(known, sizes, experts.level, state.n_items)
        experts.experts_ = plan.experts
        experts._lexicon = lexicon if len(state.numbers) > len(plan.experts) else None
        if state.numbers.shape != first_numbers(plan.experts, experts._lexicon is not None).shape:
            raise InputError(f"weights of other experts: {state.numbers.shape}")
        experts.alphabet_, experts.mode_ = known.alphabet, known.mode
        counts = plan.counted(known, variables)
        return experts._hold(known, counts, state.numbers, state.n_items)

    def _hold(
        self,
        training: Symbols,
        counts: ExpertCounts,
        numbers: NDArray[np.float64],
        n_items: int,
    ) -> Experts:
        self.variables_, self.numbers_, self._counts = counts.variables, numbers, counts
        self.state_ = ExpertsState(training, counts.variables, numbers, n_items)
        return self

    @classmethod
    def rehearse(cls) -> None:
        """Run every kernel of a fit once, so that it is compiled."""
        words = as_symbols("a cat, a dog\nthe cat", "char", "line")
        experts = cls().fit(words, Lexicon.of_atoms(len(words.alphabet)))
        experts.surprisal(words)

    def surprisal(self, symbols: Any) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, float64[n]; learns nothing.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
            An unknown symbol pays the escape, and to be named: a word is spelled.

        Raises
        ------
        InputError
            Nothing was fitted.
        """
        if self._counts is None:
            raise InputError(UNFITTED)
        known = as_symbols(symbols, self.alphabet_.unit, self.mode_, self.alphabet_)
        bits = self.escaped_bits(known.codes, known.starts)
        return with_code_space(bits, self.spelling_, known)

    def bits_per_symbol(self, symbols: Any) -> float:
        """Bits a symbol, on average.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
        """
        return mean_bits(self.surprisal(symbols))

    @cached_property
    def spelling_(self) -> Naming:
        """How unknown symbols are named: words by letters, as those that are known."""
        return spelling_of(self.alphabet_)

    def escaped_bits(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Bits of each symbol, float64[n], where an unknown one pays the escape alone.

        Parameters
        ----------
        codes : int32[n]
            In the alphabet; -1 is unknown.
        starts : int64[s]
            First index of each sequence.
        """
        return self.bits_and_features(codes, starts)[0]

    def bits_and_features(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """As :meth:`escaped_bits`, and what the longest chain of symbols knows of each place.

        Parameters
        ----------
        codes : int32[n]
        starts : int64[s]

        Returns
        -------
        float64[n], int32[n]
        """
        if self._counts is None:
            raise InputError(UNFITTED)
        bits, longest = np.empty(len(codes)), np.empty(len(codes), np.int32)
        for begin, end in _blocks(starts, len(codes)):
            inside = starts[slice(*np.searchsorted(starts, (begin, end)))] - begin
            contexts = self._counts.contexts(codes[begin:end], inside, differing=True)
            escapes, places = self._counts.escapes.chances(contexts), contexts.places
            foretold = self._counts.chances(contexts)
            if self._lexicon is not None:
                foretold = with_lexicon(*foretold, self._lexicon, contexts, inside)
            chances, features = foretold
            known = (1.0 - escapes) * mix(chances, features, self.numbers_)
            bits[begin:end] = -np.log2(np.where(places.codes < 0, escapes, known))[places.numbers]
            longest[begin:end] = features[places.numbers, 0]
        return bits, longest

    def reading_bits_and_features(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """As :meth:`bits_and_features`; each symbol teaches counts and weights of those after it.

        What was fitted stays as it is.

        Parameters
        ----------
        codes : int32[n]
        starts : int64[s]

        Returns
        -------
        float64[n], int32[n]
        """
        if self._counts is None:
            raise InputError(UNFITTED)
        escapes, foretold = (
            self.escape_chances(codes, starts),
            self._counts.reading_chances(codes, starts),
        )
        if self._lexicon is not None:
            contexts = self._counts.contexts(codes, starts)
            foretold = with_lexicon(*foretold, self._lexicon, contexts, starts)
        chances, features = foretold
        numbers = with_reader(self.numbers_, len(self.experts_))
        rows = np.flatnonzero(codes >= 0).astype(np.int32)
        known = learn_weights(chances, features, rows, numbers, np.zeros_like(numbers))
        escapes[rows] = (1.0 - escapes[rows]) * known
        return -np.log2(escapes), features[:, 0].copy()

    def escape_chances(
        self, codes: NDArray[np.int32], starts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Chance that what stands at each place is an unknown symbol, float64[n].

        Parameters
        ----------
        codes : int32[n]
            In the alphabet; -1 is unknown.
        starts : int64[s]
            First index of each sequence.
        """
        if self._counts is None:
            raise InputError(UNFITTED)
        chances = np.empty(len(codes))
        for begin, end in _blocks(starts, len(codes)):
            inside = starts[slice(*np.searchsorted(starts, (begin, end)))] - begin
            contexts = self._counts.contexts(codes[begin:end], inside)
            chances[begin:end] = self._counts.escapes.chances(contexts)
        return chances


def _pays(weighing: Weighing, judged: Lexicon | None, lexicon: Lexicon, first: Symbols) -> bool:
    """Whether a lexicon becomes an expert, by one that has not seen what teaches the weights.

    Where that one saves much, or there is none, the lexicon itself with its counts in the first
    part may teach its weight.
    """
    bits, share_min = weighing.bits, SEEN_SHARE_MIN
    pays = judged is not None and weighing.takes(judged, -COST_SHARE_MAX)
    if pays:
        if bits - weighing.bits < SEEN_SHARE_MIN * bits:
            return True
        share_min = 0.0
    elif judged is not None:
        return False
    of_first, _ = recounted(lexicon, first.codes, first.starts)
    return weighing.takes(of_first, share_min) or pays


def _blocks(starts: NDArray[np.int64], n_symbols: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of whole sequences that together have about `BLOCK` symbols."""
    ends = np.append(starts[1:], n_symbols)
    begin = 0
    while begin < n_symbols:
        last = np.searchsorted(ends, min(begin + BLOCK, n_symbols))
        yield begin, int(ends[last])
        begin = int(ends[last])


def _parts(symbols: Symbols) -> tuple[Symbols, Symbols]:
    """The first part, and the last, which teaches weights; of too little the first is empty."""
    cut = len(symbols) - min(len(symbols) // HELD_OUT, MOST_HELD_OUT)
    if symbols.n_sequences >= HELD_OUT:
        cut = int(symbols.starts[np.searchsorted(symbols.starts, cut, "right") - 1])
    cut = cut if cut < len(symbols) else 0
    before = symbols.starts < cut
    starts = np.unique(np.append(0, symbols.starts[~before] - cut))
    first = replace(symbols, held=symbols.codes[:cut], starts=symbols.starts[before])
    return first, replace(symbols, held=symbols.codes[cut:], starts=starts)
