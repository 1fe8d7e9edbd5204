"""Words in text without spaces: where they begin, learned from the text alone.

The model is the nested Pitman-Yor language model (Mochihashi, Yamada & Ueda 2009, ACL P09-1012):
words behind words over words by themselves over spellings by trigrams of letters. Every type has
one table, so that the bits of a text and its words follow from counts (section 12 of the design);
discounts and strengths are those of the fewest bits.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_whole
from hvm.kernels.words.bits import fit_levels
from hvm.kernels.words.counts import N_LEVELS, Text
from hvm.kernels.words.sweep import BEST, DRAWN, FROM_NOTHING, cut_others, sweep
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

FIRST_LEVEL = (0.5, 1.0)
"""Discount and strength of every level before anything is counted: the middle, and one token."""

SHORTEST_CAP = 2
"""A start that knows no longer words than this still knows words."""

PIECE = 100
"""Symbols, about a sentence's, of the pieces in which longer sequences are cut anew: what is cut
all at once, with nothing else known, learns nothing on its way."""

SWEEPS_BEST_MAX = 10
"""Passes of taking the best way at the end, unless the bits stop falling before."""

LONGEST_MAX = 40
"""So many symbols of a word that no product of their probabilities is too small for a float."""


class WordFinder:
    """Words of a text without spaces, by the fewest bits.

    Every start goes once over the sequences in an order of its own and cuts each by the words that
    the ones before have shown. Half of the starts try how long words may be at first, the others
    keep to the length that did best. The start of the fewest bits goes on: sweeps draw the cuts of
    each sequence given all others (blocked Gibbs sampling), the last ones take the best.

    Parameters
    ----------
    seed : int
        Of the orders and draws.
    starts : int
        First passes, each from nothing.
    sweeps : int
        Passes of drawing.
    longest : int
        Symbols of a word, at most: 1 to 40.

    Attributes
    ----------
    alphabet_ : Alphabet
    mode_ : str
        What was one sequence, a file or a line.
    cuts_ : bool[n]
        True at each symbol of the training text where a word begins.
    bits_ : float
        Of the training text and its words, given its alphabet and how many sequences it has.
    level_bits_ : float64[5]
        The same by level: letters behind none, one, two; words alone; words behind words.
    words_ : dict of str to int
        How often each word occurs in the training text; the most frequent first.

    Examples
    --------
    >>> import hvm
    >>> animals = ("dog", "cat", "bird", "fish")
    >>> ends = [which + animal for which in ("the", "my", "big") for animal in animals]
    >>> lines = [verb + end for verb in ("see", "look") for end in ends] * 2
    >>> finder = WordFinder().fit(hvm.as_symbols(lines))
    >>> list(finder.words_)
    ['look', 'see', 'big', 'my', 'the', 'bird', 'cat', 'dog', 'fish']
    >>> finder.segment("seethecat").tolist()
    [True, False, False, True, False, False, True, False, False]
    """

    def __init__(
        self, seed: int = 0, starts: int = 40, sweeps: int = 60, longest: int = 20
    ) -> None:
        self.seed = seed
        self.starts = starts
        self.sweeps = sweeps
        self.longest = longest

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Settings by name."""
        return {name: getattr(self, name) for name in ("seed", "starts", "sweeps", "longest")}

    def set_params(self, **params: Any) -> WordFinder:
        """Change settings; return the finder."""
        for name, value in params.items():
            if name not in self.get_params():
                raise InputError(f"WordFinder has no parameter {name!r:.60}")
            setattr(self, name, value)
        return self

    def fit(self, symbols: Any) -> WordFinder:
        """Find the words of some sequences.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
            What :func:`hvm.as_symbols` takes; words do not cross from one sequence to the next.

        Returns
        -------
        WordFinder

        Raises
        ------
        InputError
            Nothing to learn from, unknown symbols, or a parameter out of range.
        """
        self._check_params()
        training = require_symbols(as_symbols(symbols))
        text, rng = _text_of(training, self.longest), np.random.default_rng(self.seed)
        cuts = self._best_start(text, rng)
        # Draw, with discounts and strengths that fit the words as they are.
        for _ in range(self.sweeps):
            cuts = _swept(text, cuts, rng, DRAWN)
        # Take the best way of each sequence until that saves nothing.
        bits = fit_levels(text, cuts)[1].sum()
        for _ in range(SWEEPS_BEST_MAX):
            swept, before = _swept(text, cuts, rng, BEST), bits
            bits = fit_levels(text, swept)[1].sum()
            if bits >= before:
                break
            cuts = swept
        return self._hold(training, cuts)

    @classmethod
    def of(cls, symbols: Symbols, cuts: NDArray[np.bool_], **params: Any) -> WordFinder:
        """Return the finder whose training text and words these are; it equals the fitted one.

        Parameters
        ----------
        symbols : Symbols
            What was learned from.
        cuts : bool[n]
            True where a word begins: :attr:`cuts_`.
        **params
            Settings.

        Returns
        -------
        WordFinder

        Raises
        ------
        InputError
            Cuts that do not fit the symbols.
        """
        finder = cls(**params)
        finder._check_params()
        training = require_symbols(symbols)
        return finder._hold(training, _checked_cuts(training, cuts))

    def segment(self, symbols: Any) -> NDArray[np.bool_]:
        """Cut sequences the best way, each by itself; nothing is learned.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
            Symbols outside the alphabet are words by themselves.

        Returns
        -------
        bool[n]
            True at each symbol where a word begins.
        """
        if not hasattr(self, "cuts_"):
            raise InputError("this WordFinder has learned nothing yet: call fit first")
        known = as_symbols(symbols, self.alphabet_.unit, self.mode_, self.alphabet_)
        if len(known) == 0:
            return np.zeros(0, np.bool_)
        return cut_others(self._text, self.cuts_, self._levels, _text_of(known, self.longest))

    def _check_params(self) -> None:
        require_whole("seed", self.seed, 0)
        require_whole("starts", self.starts, 1)
        require_whole("sweeps", self.sweeps, 0)
        require_whole("longest", self.longest, 1, LONGEST_MAX)

    def _best_start(self, text: Text, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Cuts of the start of the fewest bits; of equals, the first."""
        levels = np.tile(FIRST_LEVEL, (N_LEVELS, 1))
        shortest, n_tried = min(SHORTEST_CAP, self.longest), (self.starts + 1) // 2
        caps = np.rint(np.linspace(self.longest, shortest, n_tried)).astype(int).tolist()
        best, least, best_cap = np.zeros(0, np.bool_), np.inf, self.longest
        for turn in range(self.starts):
            cap = caps[turn] if turn < n_tried else best_cap
            cuts = np.zeros(len(text.codes), np.bool_)
            pieces = _in_pieces(text, None, rng)._replace(longest=cap)
            order = rng.permutation(len(pieces.bounds) - 1)
            sweep(pieces, cuts, levels, order, np.zeros(len(cuts)), FROM_NOTHING)
            bits = fit_levels(text, cuts)[1].sum()
            if bits < least:
                best, least, best_cap = cuts, bits, cap
        return best

    def _hold(self, training: Symbols, cuts: NDArray[np.bool_]) -> WordFinder:
        self._text = _text_of(training, self.longest)
        self._levels, self.level_bits_ = fit_levels(self._text, cuts)
        self.bits_ = float(self.level_bits_.sum())
        self.alphabet_, self.mode_, self.cuts_ = training.alphabet, training.mode, cuts
        begins = np.append(np.flatnonzero(cuts), len(training)).tolist()
        words = Counter(starmap(training.text, pairwise(begins)))
        self.words_ = dict(sorted(words.items(), key=lambda item: (-item[1], item[0])))
        return self


def _text_of(symbols: Symbols, longest: int) -> Text:
    bounds = np.append(symbols.starts, len(symbols))
    return Text(symbols.codes, bounds, len(symbols.alphabet), longest)


def _swept(
    text: Text, cuts: NDArray[np.bool_], rng: np.random.Generator, kind: int
) -> NDArray[np.bool_]:
    """Cuts after one more pass in an order that is drawn."""
    levels, swept, pieces = fit_levels(text, cuts)[0], cuts.copy(), _in_pieces(text, cuts, rng)
    order = rng.permutation(len(pieces.bounds) - 1)
    sweep(pieces, swept, levels, order, rng.random(len(cuts)), kind)
    return swept


def _in_pieces(text: Text, cuts: NDArray[np.bool_] | None, rng: np.random.Generator) -> Text:
    """The text with long sequences in pieces, from places that are drawn, if cut where words begin.

    Without cuts anywhere. A text of short sequences is as it was, and nothing is drawn.
    """
    sizes = np.diff(text.bounds)
    if sizes.max() <= PIECE:
        return text
    bounds: list[int] = []
    for first, size in zip(text.bounds.tolist(), sizes.tolist(), strict=False):
        bounds.append(first)
        offset = rng.integers(1, PIECE + 1) if size > PIECE else size
        places = np.arange(first + offset, first + size, PIECE)
        if cuts is not None and len(places):
            begins = np.append(np.flatnonzero(cuts[first : first + size]) + first, first + size)
            places = np.unique(begins[np.searchsorted(begins, places)])
        bounds += places[places < first + size].tolist()
    return text._replace(bounds=np.append(np.array(bounds, np.int64), len(text.codes)))


def _checked_cuts(symbols: Symbols, cuts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if cuts.dtype != np.bool_ or cuts.shape != (len(symbols),):
        raise InputError(f"cuts must be {len(symbols)} truth values, one for each symbol")
    starts = symbols.starts[symbols.starts < len(symbols)]
    if not cuts[starts].all():
        wrong = int(starts[~cuts[starts]][0])
        raise InputError(f"no word begins at symbol {wrong}, where a sequence does")
    return cuts.copy()
