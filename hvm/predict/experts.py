"""Bits of symbols by experts that are mixed: chains of symbols, of their variables, and of both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_flag, require_whole
from hvm.kernels.experts.chances import N_FEATURES_LEVEL
from hvm.kernels.experts.counting import FIRST
from hvm.kernels.experts.gates import learn_weights, mix
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import known_bits, mean_bits, with_code_space
from hvm.lexicon.parsing import parse
from hvm.predict.chain import Chain, Contexts, Item, useful_items
from hvm.predict.expert_counts import Expert, ExpertCounts, count_experts
from hvm.predict.hierarchy import grain_sizes, variable_hierarchy
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

MOST_VARIABLES = 5
"""Of a chain."""
HELD_OUT = 5
"""One symbol in so many, the last ones, teaches the weights what counts of the others foretell."""
BLOCK = 1 << 17
"""Symbols that are foretold at a time: a symbol takes some 600 bytes on the way."""
UNFITTED = "these Experts have learned nothing yet: call fit first"
N_PASSES = 2
"""Over what teaches the weights."""


def _chain(target: int, *items: tuple[int, int], within: int = 0) -> Chain:
    return Chain(target, tuple(Item(*item) for item in items), within)


def experts_of(n_grains: int, level: int = 0, n_items: int = 3) -> list[Expert]:
    """Return all experts; at level k their chains are of nothing finer than grain k.

    Parameters
    ----------
    n_grains : int
    level : int, default 0
        0 for symbols and all grains.
    n_items : int, default 3
        Of the longest chain of symbols.

    Returns
    -------
    list of Expert
    """
    longest = n_items if level == 0 else MOST_VARIABLES
    experts = [
        Expert(_chain(level, *((level, steps) for steps in range(1, longest + 1)))),
        Expert(_chain(level, (level, 2), (level, 3))),
        Expert(_chain(level, (level, 1), (level, FIRST))),
        Expert(_chain(level, (level, 1), (level, 3))),
    ]
    if level < n_grains:
        experts += _experts_of_variables(level, n_grains)
    return experts


def _experts_of_variables(level: int, n_grains: int) -> list[Expert]:
    fine, middle, coarse = level + 1, max(level, (n_grains + 1) // 2), n_grains
    variables = _chain(coarse, *((coarse, steps) for steps in range(1, MOST_VARIABLES + 1)))
    filler = _chain(0, (level, 1), (level, 2), within=coarse)
    return [
        Expert(_chain(fine, *((fine, steps) for steps in range(1, MOST_VARIABLES + 1)))),
        Expert(variables),
        Expert(variables, filler),
        Expert(_chain(coarse, (level, 1), (level, 2), (middle, 3), (middle, 4)), filler),
        Expert(_chain(level, (middle, 1), (level, 2), (middle, 3))),
        Expert(_chain(fine, (level, 1), (level, 2), (level, FIRST), (level, 3))),
        Expert(_chain(middle, (middle, 1), (middle, 2), (level, FIRST))),
    ]


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
    >>> experts.score(right) < experts.score(wrong)
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

    def fit(self, symbols: Any, lexicon: Lexicon | None = None) -> Experts:
        """Learn variables, counts and weights.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
        lexicon : Lexicon, optional
            Learned from these symbols: one expert more, of all its parses.
        """
        known = require_symbols(as_symbols(symbols))
        n_symbols = len(known.alphabet)
        sizes = grain_sizes(len(known), n_symbols) if self.variables else []
        if self.level > len(sizes):
            raise InputError(f"level {self.level}: the coarsest grain is {len(sizes)}")
        self._lexicon = lexicon
        n_items = useful_items(known.codes, known.starts)
        self.experts_ = experts_of(len(sizes), self.level, n_items)
        numbers = _first_numbers(self.experts_, n_items, lexicon)
        with ThreadPoolExecutor(1) as beside:
            counts = beside.submit(self._counted, known.codes, known.starts, n_symbols, sizes)
            self._learn_weights(known, sizes, numbers)
            return self._hold(known, counts.result(), numbers, n_items)

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
        experts.experts_ = experts_of(len(state.variables), experts.level, state.n_items)
        experts._lexicon = lexicon
        if state.numbers.shape != _first_numbers(experts.experts_, state.n_items, lexicon).shape:
            raise InputError(f"weights of other experts: {state.numbers.shape}")
        known = state.training
        counts = count_experts(experts.experts_, known.codes, known.starts, state.variables)
        return experts._hold(known, counts, state.numbers, state.n_items)

    def _counted(
        self,
        codes: NDArray[np.int32],
        starts: NDArray[np.int64],
        n_symbols: int,
        sizes: list[int],
    ) -> ExpertCounts:
        """Variables of some symbols, and what the chains count in them."""
        variables = variable_hierarchy(codes, starts, n_symbols, sizes)
        return count_experts(self.experts_, codes, starts, variables)

    def _hold(
        self,
        training: Symbols,
        counts: ExpertCounts,
        numbers: NDArray[np.float64],
        n_items: int,
    ) -> Experts:
        self.alphabet_, self.mode_, self._counts = training.alphabet, training.mode, counts
        self.variables_, self.numbers_ = counts.variables, numbers
        self.state_ = ExpertsState(training, counts.variables, numbers, n_items)
        return self

    def surprisal(self, symbols: Any) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, float64[n]; learns nothing.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
            An unknown symbol pays the escape and its code space.

        Raises
        ------
        InputError
            Nothing was fitted.
        """
        if self._counts is None:
            raise InputError(UNFITTED)
        known = as_symbols(symbols, self.alphabet_.unit, self.mode_, self.alphabet_)
        bits = self.escaped_bits(known.codes, known.starts)
        return with_code_space(bits, self.alphabet_, known)

    def score(self, symbols: Any) -> float:
        """Bits a symbol, on average.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
        """
        return mean_bits(self.surprisal(symbols))

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
        if self._counts is None:
            raise InputError(UNFITTED)
        bits = np.empty(len(codes))
        for begin, end in _blocks(starts, len(codes)):
            inside = starts[slice(*np.searchsorted(starts, (begin, end)))] - begin
            contexts = self._counts.contexts(codes[begin:end], inside)
            escapes = self._counts.escapes.chances(contexts)
            chances, features = _foretold(self._counts, self._lexicon, contexts, inside)
            known = (1.0 - escapes) * mix(chances, features, self.numbers_)
            bits[begin:end] = -np.log2(np.where(codes[begin:end] < 0, escapes, known))
        return bits

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

    def _learn_weights(
        self, known: Symbols, sizes: list[int], numbers: NDArray[np.float64]
    ) -> None:
        """Learn weights on the last part, by variables and counts of the rest."""
        cut = _held_out_from(known)
        if not cut:
            return
        before = known.starts < cut
        first = known.codes[:cut], known.starts[before]
        counts, lexicon = self._counted(*first, len(known.alphabet), sizes), self._lexicon
        if lexicon is not None:
            best = parse(lexicon, *first)
            lexicon = lexicon.with_counts(count_units(lexicon, best), count_fillers(lexicon, best))
        codes, starts = known.codes[cut:], np.unique(np.append(0, known.starts[~before] - cut))
        chances, features = _foretold(counts, lexicon, counts.contexts(codes, starts), starts)
        is_seen = counts.seen[codes]
        chances, features = chances[is_seen], features[is_seen]
        moved = np.zeros_like(numbers)
        for _ in range(N_PASSES):
            learn_weights(chances, features, numbers, moved)


def _first_numbers(
    experts: list[Expert], n_items: int, lexicon: Lexicon | None
) -> NDArray[np.float64]:
    """What weights follow from where nothing is known: half for the lexicon, and half for chains.

    A lexicon was chosen by description length, so it may be trusted before there is evidence.
    """
    most_items = max(n_items, MOST_VARIABLES)
    numbers = np.zeros(
        (len(experts) + (lexicon is not None), 1 + (1 + most_items) * N_FEATURES_LEVEL)
    )
    numbers[len(experts) :, 0] = np.log(len(experts))
    return numbers


def _foretold(
    counts: ExpertCounts,
    lexicon: Lexicon | None,
    contexts: Contexts,
    starts: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Chances by each expert, the lexicon the last, and features, [n, experts]."""
    chances, features = counts.chances(contexts)
    if lexicon is None:
        return chances, features
    by_lexicon = np.exp2(-known_bits(lexicon, contexts.places.codes, starts))
    features = np.column_stack([features, np.zeros(len(features), np.int32)])
    return np.column_stack([chances, by_lexicon]), features


def _blocks(starts: NDArray[np.int64], n_symbols: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of whole sequences that together have about `BLOCK` symbols."""
    ends = np.append(starts[1:], n_symbols)
    begin = 0
    while begin < n_symbols:
        last = np.searchsorted(ends, min(begin + BLOCK, n_symbols))
        yield begin, int(ends[last])
        begin = int(ends[last])


def _held_out_from(symbols: Symbols) -> int:
    """Where the last part begins, with a sequence if there are enough; 0 where there is none."""
    cut = len(symbols) - len(symbols) // HELD_OUT
    if symbols.n_sequences >= HELD_OUT:
        cut = int(symbols.starts[np.searchsorted(symbols.starts, cut, "right") - 1])
    return cut if cut < len(symbols) else 0
