"""A crew: shards that are asked together, and sums of what they answer."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import count
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.growth import Merged
from hvm.kernels.lexicon.count import summed_triples
from hvm.kernels.table import summed
from hvm.learn.corpus import Corpus
from hvm.learn.memory import give_back
from hvm.learn.shard import Counts, Shard, UnitRuns
from hvm.lexicon.counts import Triples
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import compile_lexicon

COUNTED_AT_ONCE, MOST_PARTS = 1 << 17, 16
"""Pairs or triples that are counted together, for they take tens of bytes each, and a table that is
small is also quick; but the text is read once for each part of them."""


class Workers(Protocol):
    """Whoever holds the shards of a text."""

    def ask(self, question: str, *arguments: Any) -> list[Any]:
        """Call a method of every shard; return the answers in the order of the shards."""
        ...

    def parse(self, number: int, lexicon: Lexicon) -> list[Counts]:
        """Let every shard parse with a lexicon; see :meth:`hvm.learn.shard.Shard.parse`."""
        ...


class LocalWorkers:
    """Threads of this process; kernels run in them side by side.

    Parameters
    ----------
    corpus : Corpus
    n_jobs : int
        Threads, and shards.
    check : callable
        Called before each piece of a parse; what it raises ends the parse.
    """

    def __init__(
        self, corpus: Corpus, n_jobs: int = 1, check: Callable[[], None] = lambda: None
    ) -> None:
        self._shards = [
            Shard(part.codes, part.starts, part.weights, check) for part in corpus.in_parts(n_jobs)
        ]
        n_others = len(self._shards) - 1
        self._pool = ThreadPoolExecutor(n_others) if n_others else None

    def ask(self, question: str, *arguments: Any) -> list[Any]:
        """Call a method of every shard, that of the first one in the thread that asks."""
        first, *others = (getattr(shard, question) for shard in self._shards)
        # The collector of garbage may forget a parse in any thread, one of the pool's too.
        if self._pool is None or question == "forget":
            return [first(*arguments), *(call(*arguments) for call in others)]
        answers = [self._pool.submit(call, *arguments) for call in others]
        try:
            return [first(*arguments), *(answer.result() for answer in answers)]
        finally:
            wait(answers)  # whatever happens, no shard is asked two things at once

    def parse(self, number: int, lexicon: Lexicon) -> list[Counts]:
        """Make the lexicon ready once, if it has entries, and parse."""
        has_entries = len(lexicon) > lexicon.n_atoms
        return self.ask("parse", number, lexicon, compile_lexicon(lexicon) if has_entries else None)


class TextParse:
    """A parse of the whole text, held by the shards until this is forgotten.

    Parameters
    ----------
    workers : Workers
    number : int
        By which the shards know it.
    lexicon : Lexicon

    Attributes
    ----------
    lexicon : Lexicon
        That was parsed with, its counts those that said what costs what.
    counts : Counts
        Of the parse.
    """

    def __init__(self, workers: Workers, number: int, lexicon: Lexicon) -> None:
        self._workers, self._number, self.lexicon = workers, number, lexicon
        answers = workers.parse(number, lexicon)
        self.counts = Counts(
            np.sum([each.units for each in answers], axis=0),
            np.sum([each.fillers for each in answers], axis=0),
        )
        weakref.finalize(self, workers.ask, "forget", number).atexit = False
        give_back()

    @property
    def n_units(self) -> int:
        """Units of the text."""
        return int(self.counts.units.sum())

    def runs(self) -> UnitRuns:
        """Return the units of all shards."""
        answers: list[UnitRuns] = self._workers.ask("units", self._number)
        begins = np.cumsum([0, *(len(runs.units) for runs in answers)])
        starts = [runs.starts + begin for runs, begin in zip(answers, begins, strict=False)]
        return UnitRuns(np.concatenate([runs.units for runs in answers]), np.concatenate(starts))

    def triples(self, count_min: int = 1) -> Triples:
        """Return runs of three units, those of ``count_min`` or more."""
        n_parts = _n_parts(self.n_units)
        rows, counts = _joined([self._triples(part, n_parts, count_min) for part in range(n_parts)])
        give_back()
        order = np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))
        return Triples.of(rows[order], counts[order])

    def _triples(
        self, part: int, n_parts: int, count_min: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A part of them: left, middle and right, int64[k, 3], and counts."""
        answers = self._workers.ask("triples", self._number, part, n_parts)
        rows, counts = answers[0] if len(answers) == 1 else summed_triples(*_joined(answers))
        is_frequent = counts >= count_min
        return rows[is_frequent], counts[is_frequent]

    @contextmanager
    def growth(self) -> Iterator[TextGrowth]:
        """Let the shards lay out their units to be merged."""
        try:
            yield TextGrowth(self._workers, self._number, min(self.n_units, len(self.lexicon) ** 2))
        finally:
            self._workers.ask("end_growth")
            give_back()


class TextGrowth:
    """The text while pairs are merged in it.

    Parameters
    ----------
    workers : Workers
    number : int
        Of the parse whose units are merged.
    n_pairs : int
        That there are, at most.
    """

    def __init__(self, workers: Workers, number: int, n_pairs: int) -> None:
        self._workers, self._n_parts = workers, _n_parts(n_pairs)
        workers.ask("begin_growth", number)
        give_back()

    def pairs(self, count_min: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs that stand so often, and how often.

        Most pairs of a parse stand once, so they are counted in parts and left out by part.

        Parameters
        ----------
        count_min : int

        Returns
        -------
        codes, counts : int64[p]
            left << 32 | right of each.
        """
        parts = []
        for part in range(self._n_parts):
            codes, counts = _added(self._workers.ask("pairs", part, self._n_parts))
            is_frequent = counts >= count_min
            parts.append((codes[is_frequent], counts[is_frequent]))
        give_back()
        return _joined(parts)

    def merge(self, codes: NDArray[np.int64], first_new: int, are_rare: bool) -> Merged:
        """Put new units wherever pairs stand.

        Parameters
        ----------
        codes : int64[k]
            Pairs of which none begins with what another ends with.
        first_new : int
            The unit of the first pair; those of the others follow.
        are_rare : bool
            Whether it is quicker to look at the places of units, from now on.

        Returns
        -------
        Merged
        """
        answers: list[Merged] = self._workers.ask("merge", codes, first_new, are_rare)
        if len(answers) == 1:
            return answers[0]
        born = _added([(each.born, each.births) for each in answers])
        died = _added([(each.died, each.deaths) for each in answers])
        return Merged(np.sum([each.joints for each in answers], axis=0), *born, *died)


def _n_parts(n: int) -> int:
    """Parts, a power of two, in which so many are counted."""
    return min(MOST_PARTS, 1 << (n // COUNTED_AT_ONCE).bit_length())


def _joined(
    answers: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys, and counts, of all answers."""
    keys, counts = zip(*answers, strict=True)
    return np.concatenate(keys), np.concatenate(counts)


def _added(
    answers: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes and the sums of their counts."""
    return answers[0] if len(answers) == 1 else summed(*_joined(answers))


class Crew:
    """Shards of one text.

    Parameters
    ----------
    workers : Workers
    """

    def __init__(self, workers: Workers) -> None:
        self._workers, self._numbers = workers, count()

    def parse(self, lexicon: Lexicon) -> TextParse:
        """Parse the text with a lexicon, whose counts say what costs what."""
        return TextParse(self._workers, next(self._numbers), lexicon)
