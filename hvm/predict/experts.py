"""Bits of symbols by experts that are mixed: chains of symbols, of their variables, and of both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_flag, require_whole
from hvm.kernels.experts.chances import N_FEATURES_LEVEL
from hvm.kernels.experts.counting import FIRST
from hvm.kernels.experts.gates import learn_weights, mix
from hvm.lexicon.likelihood import mean_bits, with_code_space
from hvm.predict.chain import Chain, Item
from hvm.predict.expert_counts import Expert, ExpertCounts, count_experts
from hvm.predict.hierarchy import grain_sizes
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

MOST_ITEMS = 5
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


def experts_of(n_grains: int, level: int = 0) -> list[Expert]:
    """Return all experts; at level k their chains are of nothing finer than grain k.

    Parameters
    ----------
    n_grains : int
    level : int, default 0
        0 for symbols and all grains.

    Returns
    -------
    list of Expert
    """
    longest = 3 if level == 0 else MOST_ITEMS
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
    variables = _chain(coarse, *((coarse, steps) for steps in range(1, MOST_ITEMS + 1)))
    filler = _chain(0, (level, 1), (level, 2), within=coarse)
    return [
        Expert(_chain(fine, *((fine, steps) for steps in range(1, MOST_ITEMS + 1)))),
        Expert(variables),
        Expert(variables, filler),
        Expert(_chain(coarse, (level, 1), (level, 2), (middle, 3), (middle, 4)), filler),
        Expert(_chain(level, (middle, 1), (level, 2), (middle, 3))),
        Expert(_chain(fine, (level, 1), (level, 2), (level, FIRST), (level, 3))),
        Expert(_chain(middle, (middle, 1), (middle, 2), (level, FIRST))),
    ]


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
        What their weights follow from.

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

    def __init__(self, variables: bool = True, level: int = 0) -> None:
        self.variables = require_flag("variables", variables)
        self.level = require_whole("level", level, 0)
        self._counts: ExpertCounts | None = None

    def fit(self, symbols: Any) -> Experts:
        """Learn variables, counts and weights.

        Parameters
        ----------
        symbols : Symbols, or what `as_symbols` takes
        """
        known = require_symbols(as_symbols(symbols))
        self.alphabet_, self.mode_, n_symbols = known.alphabet, known.mode, len(known.alphabet)
        sizes = grain_sizes(len(known), n_symbols) if self.variables else []
        if self.level > len(sizes):
            raise InputError(f"level {self.level}: the coarsest grain is {len(sizes)}")
        self.experts_ = experts_of(len(sizes), self.level)
        n_numbers = 1 + (1 + MOST_ITEMS) * N_FEATURES_LEVEL
        self.numbers_ = np.zeros((len(self.experts_), n_numbers))
        with ThreadPoolExecutor(1) as beside:
            args = known.codes, known.starts, n_symbols, sizes
            counts = beside.submit(count_experts, self.experts_, *args)
            self._learn_weights(known, sizes)
            self._counts = counts.result()
        self.variables_ = self._counts.variables
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
            contexts = self._counts.contexts(codes[begin:end], inside, differing=True)
            escapes, places = self._counts.escapes.chances(contexts), contexts.places
            chances = (1.0 - escapes) * mix(*self._counts.chances(contexts), self.numbers_)
            bits[begin:end] = -np.log2(np.where(places.codes < 0, escapes, chances))[places.numbers]
        return bits

    def _learn_weights(self, known: Symbols, sizes: list[int]) -> None:
        """Learn weights on the last part, by variables and counts of the rest."""
        cut = _held_out_from(known)
        if not cut:
            return
        before, codes = known.starts < cut, known.codes[cut:]
        args = known.codes[:cut], known.starts[before], len(known.alphabet), sizes
        counts = count_experts(self.experts_, *args, once=True)
        starts = np.unique(np.append(0, known.starts[~before] - cut))
        contexts = counts.contexts(codes, starts, differing=True)
        rows = contexts.places.numbers[counts.seen[codes]]
        chances, features = counts.chances(contexts)
        moved = np.zeros_like(self.numbers_)
        for _ in range(N_PASSES):
            learn_weights(chances, features, rows, self.numbers_, moved)


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
