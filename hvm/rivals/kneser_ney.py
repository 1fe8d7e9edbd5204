"""Interpolated Kneser-Ney over symbols of any unit: counted once, frozen afterwards.

Kneser & Ney 1995 (doi 10.1109/ICASSP.1995.479394) as Chen & Goodman 1999 interpolate it
(doi 10.1006/csla.1999.0128), with one discount an order. A model of the same interface as a fitted
:class:`hvm.HVM`: ``fit``, ``surprisal``, ``score``.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_whole
from hvm.lexicon.likelihood import mean_bits, with_code_space
from hvm.predict.spelling import spelling_of
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

MOST_ORDER = 16

_UNSEEN = -1
_DISCOUNT_WITHOUT_SINGLETONS = 0.5
"""Where no gram of an order was seen once, n1 / (n1 + 2 n2) would leave nothing for the unseen."""


class _Order(NamedTuple):
    """Grams of one order, each a gram of the order below and one more symbol.

    Attributes
    ----------
    keys : int64[g]
        ``context * (A + 1) + symbol``, ascending, the context an index of the order below.
    counts : int64[g]
        How often each was seen; below the highest order, after how many symbols, save where it
        begins a sequence.
    totals, types : int64[c]
        Of each context: its counts together, and how many symbols follow it.
    discount : float
        Taken from every count.
    """

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]
    totals: NDArray[np.int64]
    types: NDArray[np.int64]
    discount: float


class KneserNey:
    """An n-gram model: interpolated Kneser-Ney, frozen once it is fitted.

    Every sequence begins with a mark that stands before its first symbol only; there is no end.
    Contexts that hold the mark are counted by occurrences at every order, since nothing can stand
    before them. The discount of an order is n1 / (n1 + 2 n2), of its grams counted once and twice.
    A symbol outside the alphabet is the escape, whose probability everywhere is the share of
    training symbols that occur once, and a context ends behind it.

    Parameters
    ----------
    order : int
        Symbols in the longest gram; 1 is the plain count of symbols, without a discount.

    Attributes
    ----------
    alphabet_ : Alphabet
    mode_ : {"file", "line"}
        How texts are cut into sequences.
    escape_ : float
        Probability of a symbol outside the alphabet.

    Raises
    ------
    InputError
        A parameter is out of range.

    Examples
    --------
    >>> model = KneserNey(order=2).fit(["abab", "abac"])
    >>> [round(float(bits), 2) for bits in model.surprisal("aba")]
    [0.27, 0.66, 0.27]
    """

    adapts: ClassVar = False
    """Whether what one sequence taught reaches the next."""

    def __init__(self, order: int = 4) -> None:
        self.order = require_whole("order", order, 1, MOST_ORDER)
        self._orders: list[_Order] = []

    def fit(self, symbols: Any) -> KneserNey:
        """Count the grams of one sequence or several, whatever was counted before; return self.

        Raises
        ------
        InputError
            There is nothing to learn from.
        """
        training = require_symbols(as_symbols(symbols))
        self.alphabet_: Alphabet = training.alphabet
        self.mode_: str = training.mode
        self.spelling_ = spelling_of(self.alphabet_)
        self.escape_ = _share_of_singletons(training.codes, len(self.alphabet_))
        self._orders = _counted(training, self.order)
        return self

    def surprisal(self, symbols: Any) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, float64[n].

        Symbols outside the alphabet pay the escape, and to be named: words are spelled.

        Raises
        ------
        InputError
            Nothing was fitted.
        """
        if not self._orders:
            raise InputError("this KneserNey has learned nothing yet: call fit first")
        known = as_symbols(symbols, self.alphabet_.unit, self.mode_, self.alphabet_)
        is_known = known.codes >= 0
        chances = np.where(is_known, (1.0 - self.escape_) * self._chances(known), self.escape_)
        return with_code_space(-np.log2(chances), self.spelling_, known)

    def bits_per_symbol(self, symbols: Any) -> float:
        """Bits per symbol: lower is better.

        Raises
        ------
        InputError
            There is no symbol, or nothing was fitted.
        """
        return mean_bits(self.surprisal(symbols))

    def _chances(self, symbols: Symbols) -> NDArray[np.float64]:
        """Probability of each symbol among those of the alphabet, float64[n]."""
        marked, is_symbol = _marked(symbols, len(self.alphabet_))
        chances = np.full(len(marked), 1.0 / len(self.alphabet_))
        before = np.zeros(len(marked), np.int64)  # the one context of order 1
        for order in self._orders:
            grams = _found(order.keys, _keys(before, marked, len(self.alphabet_)))
            chances = _interpolated(order, before, grams, chances)
            before = _shifted(grams)
        return chances[is_symbol]


def _interpolated(
    order: _Order,
    contexts: NDArray[np.int64],
    grams: NDArray[np.int64],
    lower: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Probabilities of an order from those of the order below, float64[n].

    Parameters
    ----------
    order : _Order
        The order.
    contexts, grams : int64[n]
        Of each symbol; -1 where they were not seen.
    lower : float64[n]
        Of the order below.

    Returns
    -------
    float64[n]
    """
    if not len(order.totals):  # no sequence was as long as this order
        return lower
    totals = np.where(contexts >= 0, order.totals[contexts], 0)
    types = np.where(contexts >= 0, order.types[contexts], 0)
    counts = np.where(grams >= 0, np.append(order.counts, 0)[grams], 0)
    kept = np.maximum(counts - order.discount, 0.0)
    mixed = (kept + order.discount * types * lower) / np.maximum(totals, 1)
    return np.where(totals > 0, mixed, lower)


# -- counting -----------------------------------------------------------------------------


def _counted(training: Symbols, most: int) -> list[_Order]:
    """Grams of orders 1 to ``most`` of some symbols, counted."""
    n_symbols = len(training.alphabet)
    grams, keys = _grams(training, most)
    orders, n_contexts = [], 1
    for level, distinct in enumerate(keys):
        longer = grams[level + 1] if level + 1 < most else None
        counts = _adjusted(grams[level], longer, len(distinct))
        is_mark = distinct % (n_symbols + 1) == n_symbols
        counts[is_mark] = 0  # a context of others, never foretold
        contexts = distinct // (n_symbols + 1)
        totals = np.bincount(contexts, counts, n_contexts).astype(np.int64)
        types = np.bincount(contexts[~is_mark], minlength=n_contexts)
        discount = 0.0 if most == 1 else _discount(counts)
        orders.append(_Order(distinct, counts, totals, types, discount))
        n_contexts = len(distinct)
    return orders


def _grams(training: Symbols, most: int) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Of each order the gram that ends at each place, -1 for none, and all grams by their keys."""
    marked, is_symbol = _marked(training, len(training.alphabet))
    before = np.zeros(len(marked), np.int64)
    grams, keys = [], []
    for _ in range(most):
        keyed = _keys(before, marked, len(training.alphabet))
        there = np.flatnonzero(keyed >= 0)
        distinct, which = np.unique(keyed[there], return_inverse=True)
        at = np.full(len(marked), _UNSEEN, np.int64)
        at[there] = which
        grams.append(at)
        keys.append(distinct)
        before = _shifted(at)
        before[~is_symbol] = _UNSEEN  # no gram reaches from one sequence into the next
    return grams, keys


def _adjusted(
    grams: NDArray[np.int64], longer: NDArray[np.int64] | None, n_grams: int
) -> NDArray[np.int64]:
    """Counts of grams, int64[g]: symbols that stand before each, else how often each was seen."""
    is_there = grams >= 0
    if longer is None:
        return np.bincount(grams[is_there], minlength=n_grams)
    is_longer = longer >= 0
    _, first = np.unique(longer[is_longer], return_index=True)
    followed = np.bincount(grams[is_longer][first], minlength=n_grams)
    return followed + np.bincount(grams[is_there & ~is_longer], minlength=n_grams)


def _discount(counts: NDArray[np.int64]) -> float:
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return once / (once + 2 * twice) if once else _DISCOUNT_WITHOUT_SINGLETONS


def _share_of_singletons(codes: NDArray[np.int32], n_symbols: int) -> float:
    """Share of symbols that occur once, within what leaves both known and unknown some chance."""
    once = int((np.bincount(codes, minlength=n_symbols) == 1).sum())
    return min(max(once, 0.5), len(codes) - 0.5) / len(codes)


# -- grams as numbers ---------------------------------------------------------------------


def _marked(symbols: Symbols, n_symbols: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Codes with the mark, ``n_symbols``, before each sequence; and which of them are symbols."""
    marked = np.insert(symbols.codes.astype(np.int64), symbols.starts, n_symbols)
    is_symbol = np.ones(len(marked), np.bool_)
    is_symbol[symbols.starts + np.arange(symbols.n_sequences)] = False
    return marked, is_symbol


def _keys(
    contexts: NDArray[np.int64], codes: NDArray[np.int64], n_symbols: int
) -> NDArray[np.int64]:
    """One number for each context and the symbol behind it; -1 where either is unknown."""
    keys = contexts * (n_symbols + 1) + codes
    return np.where((contexts >= 0) & (codes >= 0), keys, _UNSEEN)


def _found(known: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of each key among known ones, ascending; -1 where it is not known."""
    if not len(known):
        return np.full(len(keys), _UNSEEN, np.int64)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, at, _UNSEEN)


def _shifted(grams: NDArray[np.int64]) -> NDArray[np.int64]:
    """The gram that ends before each symbol; -1 before the first of all."""
    return np.concatenate([np.full(1, _UNSEEN, np.int64), grams[:-1]])
