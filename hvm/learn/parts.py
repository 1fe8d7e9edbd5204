"""Text that comes in parts: the lexicon goes on growing, and the counts of earlier parts stay.

What is known of earlier parts are the counts of a parse of theirs. Where a chunk is dropped, its
uses there become its parts, which is a parse again: so the counts of all parts are always those of
a parse of all of their text, and the description length that follows from them is that of a code
that gives the text back. A chunk with slots stays while earlier parts use it, for what filled its
slots there is not known chunk by chunk.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.learn.array_search import (
    AGAIN_MIN_BITS,
    GROWTH_MIN_SHARE,
    cut_anew,
    exponent_of,
    grown_from,
    paying,
    was_worth_it,
)
from hvm.learn.evaluation import Counted, Evaluation
from hvm.learn.fit import Fit
from hvm.learn.history import history_row
from hvm.learn.limits import Limits, Stopped
from hvm.learn.losses import label_bits
from hvm.learn.options import SearchOptions
from hvm.learn.settings import HASTY_BATCH, SearchSettings
from hvm.learn.text import text_of
from hvm.lexicon.arranging import arranged
from hvm.lexicon.lexicon import CHUNK, Lexicon
from hvm.symbols.sequences import Symbols


def fit_part(
    symbols: Symbols,
    earlier: Lexicon,
    n_earlier: int,
    settings: SearchSettings,
    limits: Limits,
) -> Fit:
    """Go on learning from one part more.

    Parameters
    ----------
    symbols : Symbols
        The part, in the alphabet of the lexicon.
    earlier : Lexicon
        With the counts of all parts before.
    n_earlier : int
        Symbols of these.
    settings : SearchSettings
    limits : Limits

    Returns
    -------
    Fit
        Of all parts: no longer than with the lexicon as it was.
    """
    limits.begin()
    settings = replace(settings, batch=HASTY_BATCH)
    text = text_of(symbols, settings)
    search = Evaluation(text, settings, options=SearchOptions(limits=limits))
    return PartSearch(search, earlier, n_earlier).run()


class Joint(NamedTuple):
    """A lexicon, and what all parts cost by it.

    Attributes
    ----------
    whole : Counted
        With the counts of all parts.
    part : Counted
        The same entries with the counts of the last part, by its parse.
    earlier : Lexicon
        The same entries with the counts of the other parts.
    """

    whole: Counted
    part: Counted
    earlier: Lexicon

    @property
    def description_bits(self) -> float:
        """Of all parts."""
        return self.whole.description_bits


class PartSearch:
    """Growing from the last part, pruning by the counts of all.

    Parameters
    ----------
    search : Evaluation
        Of the last part.
    earlier : Lexicon
        With the counts of the other parts.
    n_earlier : int
        Symbols of the other parts.

    Attributes
    ----------
    best : Joint
    rows : list of dict of str to float
        The history, of all parts; first the lexicon as it was, the last part parsed by it.
    """

    def __init__(self, search: Evaluation, earlier: Lexicon, n_earlier: int) -> None:
        self._search, self._n_symbols = search, n_earlier + search.text.n_symbols
        self._begin, self.rows = time.perf_counter(), search.rows
        self._keep(self._parsed(earlier, earlier))

    def run(self) -> Fit:
        """Grow, parse and prune while that pays; return the best of all parts."""
        with suppress(Stopped):
            self._grow()
        whole = self.best.whole
        return Fit(whole.lexicon, whole.data_bits, self.rows, [])

    def _grow(self) -> None:
        exponent = exponent_of(self._search)
        is_worth_it = True
        while is_worth_it and not self._search.is_exhausted:
            before = self.best.description_bits
            reached = self._grown(self.best, exponent)
            if reached.description_bits < before:
                self._keep(reached)
            is_worth_it = was_worth_it(before, reached.whole, GROWTH_MIN_SHARE)

    def _grown(self, best: Joint, exponent: float) -> Joint:
        """Grow from the parse of the last part, parse it, prune by all counts, parse it again."""
        lexicon = grown_from(self._search, best.part, exponent, AGAIN_MIN_BITS)
        n_new = len(lexicon) - len(best.earlier)
        n_parts = len(lexicon.parts) - len(best.earlier.parts)
        earlier = lexicon.with_counts(
            np.append(best.earlier.unit_counts, np.zeros(n_new, np.int64)),
            np.append(best.earlier.filler_counts, np.zeros(n_parts, np.int64)),
        )
        grown = self._parsed(_added(earlier, lexicon), earlier)
        return self._parsed(*self._pruned(grown.whole.lexicon, grown.earlier))

    def _pruned(self, whole: Lexicon, earlier: Lexicon) -> tuple[Lexicon, Lexicon]:
        """Both without the chunks that do not pay by the counts of all parts."""
        bits = label_bits(whole)
        whole, earlier = cut_anew(whole, bits), cut_anew(earlier, bits)
        is_in_use = (earlier.unit_counts > 0) & (earlier.levels > 0)
        counts, is_kept = paying(self._search, whole, is_in_use)
        counts_there = handed_down(earlier, is_kept)
        return (
            arranged(whole.with_counts(counts, whole.filler_counts), is_kept),
            arranged(earlier.with_counts(counts_there, earlier.filler_counts), is_kept),
        )

    def _parsed(self, costs: Lexicon, earlier: Lexicon) -> Joint:
        """Parse the last part by the counts of one lexicon, and add those of the other parts."""
        part = self._search.counted(costs)
        whole = _added(earlier, part.lexicon)
        return Joint(Counted(whole, part.parse, *self._search.bits_of(whole)), part, earlier)

    def _keep(self, joint: Joint) -> None:
        whole = joint.whole
        bits = whole.lexicon_bits, whole.data_bits
        self.rows.append(history_row(whole.lexicon, None, self._n_symbols, bits, self._begin))
        self.best = joint


def handed_down(lexicon: Lexicon, is_kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Counts of units once chunks are dropped: every use of one becomes uses of its parts.

    Parameters
    ----------
    lexicon : Lexicon
    is_kept : bool[K]
        False only of chunks; of those in use none with slots.

    Returns
    -------
    int64[K]

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Definition
    >>> lexicon = Lexicon.from_definitions(
    ...     2, [Definition(CHUNK, (0, 1)), Definition(CHUNK, (2, 0))])  # a, b, ab, aba
    >>> lexicon = lexicon.with_counts(np.array([5, 5, 90, 2]), lexicon.filler_counts)
    >>> handed_down(lexicon, np.array([True, True, True, False])).tolist()
    [7, 5, 92, 0]
    """
    counts = lexicon.unit_counts.copy()
    dropped = np.flatnonzero(~is_kept & (lexicon.kinds == CHUNK))
    for chunk in dropped[::-1].tolist():  # wholes before parts
        if counts[chunk]:
            np.add.at(counts, lexicon.parts_of(chunk), counts[chunk])
            counts[chunk] = 0
    return counts


def _added(one: Lexicon, other: Lexicon) -> Lexicon:
    """The lexicon of both with the counts of both."""
    return other.with_counts(
        one.unit_counts + other.unit_counts, one.filler_counts + other.filler_counts
    )
