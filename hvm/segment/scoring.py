"""Precision, recall and F of words, their boundaries and their types, as `wordseg` defines them.

Bernard et al. 2020, doi 10.3758/s13428-019-01223-3. A word token counts as found where both of its
boundaries were, and none between; a type where it is among the words of either side. Boundaries are
those within sequences; with edges, the begin and the end of every sequence too. Empty sequences
hold no word and no boundary.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.symbols.sequences import Symbols


class FoundShare(NamedTuple):
    """Precision, recall and F: nan where nothing was found, or was there to be found."""

    precision: float
    recall: float
    f: float


class SegmentationScores(NamedTuple):
    """How well words were found."""

    token: FoundShare
    boundary: FoundShare
    boundary_with_edges: FoundShare
    type: FoundShare


def score_cuts(
    symbols: Symbols, cuts: NDArray[np.bool_], gold: NDArray[np.bool_]
) -> SegmentationScores:
    """Score cuts against the true ones.

    Parameters
    ----------
    symbols : Symbols
    cuts, gold : bool[n]
        True at each symbol where a word begins.

    Returns
    -------
    SegmentationScores

    Raises
    ------
    InputError
        Cuts that are not one a symbol, or a sequence where no word begins at once.

    Examples
    --------
    "a dog" was cut as "ado g": no word, and neither boundary.

    >>> import hvm
    >>> dog = hvm.as_symbols("adog")
    >>> scores = score_cuts(dog, np.array([1, 0, 0, 1]) > 0, np.array([1, 1, 0, 0]) > 0)
    >>> scores.token.f, scores.boundary.f, round(scores.boundary_with_edges.f, 3)
    (0.0, 0.0, 0.667)
    """
    starts = np.unique(symbols.starts[symbols.starts < len(symbols)])
    for each in (cuts, gold):
        if each.shape != (len(symbols),) or not each[starts].all():
            raise InputError("cuts are one truth value a symbol, True where a sequence begins")
    is_inside = np.ones(len(symbols), np.bool_)
    is_inside[starts] = False
    both = int((cuts & gold & is_inside).sum())
    n_cuts, n_gold = int((cuts & is_inside).sum()), int((gold & is_inside).sum())
    n_edges = 2 * len(starts)
    tokens, true_tokens = _tokens(cuts), _tokens(gold)
    types, true_types = _types(symbols, cuts), _types(symbols, gold)
    return SegmentationScores(
        _share(len(tokens & true_tokens), len(tokens), len(true_tokens)),
        _share(both, n_cuts, n_gold),
        _share(both + n_edges, n_cuts + n_edges, n_gold + n_edges),
        _share(len(types & true_types), len(types), len(true_types)),
    )


def _share(n_both: int, n_found: int, n_true: int) -> FoundShare:
    precision = n_both / n_found if n_found else math.nan
    recall = n_both / n_true if n_true else math.nan
    f = 2 * n_both / (n_found + n_true) if n_found and n_true else math.nan
    return FoundShare(precision, recall, f)


def _tokens(cuts: NDArray[np.bool_]) -> set[tuple[int, int]]:
    """Begin and end of each word: sequences begin with one, so none crosses their edges."""
    begins = np.flatnonzero(cuts).tolist()
    return set(zip(begins, [*begins[1:], len(cuts)], strict=True))


def _types(symbols: Symbols, cuts: NDArray[np.bool_]) -> set[bytes]:
    return {symbols.codes[begin:end].tobytes() for begin, end in _tokens(cuts)}
