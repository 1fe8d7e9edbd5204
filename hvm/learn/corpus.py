"""A corpus: distinct sequences, and how often each stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn import distinct
from hvm.symbols.sequences import Codes

DISTINCT_MAX_SHARE = 0.95
"""Of the symbols: where more are in distinct sequences, to look at each once spares nothing."""

SAMPLE_SYMBOLS, SAMPLE_SEQUENCE = 100_000, 1_000
"""Of the sample on which orders are tried, and of a sequence there, at most."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sequences of symbols, each once, the most frequent first.

    Attributes
    ----------
    codes : int32[n], or uint8[n] or uint16[n], which hold less
    starts : int64[s]
        First index of each sequence, ascending.
    weights : int64[s]
        Times each sequence stands in the text, never ascending.
    n_symbols : int
        Of the whole text.

    Examples
    --------
    >>> corpus = Corpus.distinct(np.array([3, 1, 2, 1, 2], np.int32), np.array([0, 1, 3]))
    >>> corpus.codes, corpus.weights, corpus.n_symbols
    (array([1, 2, 3], dtype=int32), array([2, 1]), 5)
    """

    codes: Codes
    starts: NDArray[np.int64]
    weights: NDArray[np.int64]
    n_symbols: int

    @classmethod
    def of(cls, codes: Codes, starts: NDArray[np.int64]) -> Corpus:
        """Return the sequences as they are, each standing for itself."""
        return cls(codes, starts, np.ones(len(starts), np.int64), len(codes))

    @classmethod
    def distinct(cls, codes: Codes, starts: NDArray[np.int64]) -> Corpus:
        """Return the distinct ones of some sequences, or all where few repeat."""
        firsts = first_equal(codes, starts)
        weights = np.bincount(firsts, minlength=len(starts))
        lengths = np.diff(np.append(starts, len(codes)))
        which = np.flatnonzero((weights > 0) & (lengths > 0))
        if lengths[which].sum() > DISTINCT_MAX_SHARE * len(codes):
            return cls.of(codes, starts)
        which = which[np.argsort(-weights[which], kind="stable")]
        return cls(*taken(codes, starts, which), weights[which], len(codes))

    def in_parts(self, n_parts: int) -> list[Corpus]:
        """Return about equal parts, as many as there are to be or fewer; no sequence is divided.

        Parameters
        ----------
        n_parts : int

        Returns
        -------
        list of Corpus

        Examples
        --------
        >>> corpus = Corpus.of(np.arange(9, dtype=np.int32), np.array([0, 2, 5]))
        >>> [part.codes.tolist() for part in corpus.in_parts(2)]
        [[0, 1, 2, 3, 4], [5, 6, 7, 8]]
        """
        n = len(self.codes)
        edges = np.searchsorted(self.starts, np.arange(1, n_parts) * n // n_parts)
        bounds = np.unique(np.concatenate([[0], edges, [len(self.starts)]]))
        parts = []
        for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            begin = self.starts[first]
            end = self.starts[last] if last < len(self.starts) else n
            starts, weights = self.starts[first:last] - begin, self.weights[first:last]
            lengths = np.diff(np.append(starts, end - begin))
            parts.append(
                Corpus(self.codes[begin:end], starts, weights, int((lengths * weights).sum()))
            )
        return parts


def first_equal(codes: Codes, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first sequence that is the same, for each, int64[s]."""
    data = np.ascontiguousarray(codes).view(np.uint8)
    return distinct.first_equal(data, starts * codes.itemsize)


def taken(
    codes: Codes, starts: NDArray[np.int64], which: NDArray[np.int64]
) -> tuple[Codes, NDArray[np.int64]]:
    """Some sequences, in a given order.

    Parameters
    ----------
    codes : int32[n], uint8[n] or uint16[n]
    starts : int64[s]
    which : int64[k]

    Returns
    -------
    codes : of the same type
    starts : int64[k]
    """
    data = np.ascontiguousarray(codes).view(np.uint8)
    data, new_starts = distinct.taken(data, starts * codes.itemsize, which)
    return data.view(codes.dtype), new_starts // codes.itemsize


def sample(
    codes: Codes,
    starts: NDArray[np.int64],
    n_symbols: int = SAMPLE_SYMBOLS,
    longest: int = SAMPLE_SEQUENCE,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Some sequences at even distances, about as many symbols as wished, long ones in pieces.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
    n_symbols : int
        Of the sample.
    longest : int
        Symbols of a sequence or piece.

    Returns
    -------
    codes : int32[m]
    starts : int64[k]

    Examples
    --------
    >>> sample(np.arange(9, dtype=np.int32), np.array([0, 1]), 4, 2)
    (array([0, 3, 4, 7, 8], dtype=int32), array([0, 1, 3]))
    """
    return sample_part(codes, starts, 0, sample_step(len(codes), n_symbols), longest)


def sample_step(n_symbols: int, n_sampled: int = SAMPLE_SYMBOLS) -> int:
    """Of how many pieces a sample takes one."""
    return max(1, n_symbols // n_sampled)


def sample_part(
    codes: Codes,
    starts: NDArray[np.int64],
    n_before: int,
    step: int,
    longest: int = SAMPLE_SEQUENCE,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """What a sample takes of a part of a text.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
        Of the part.
    n_before : int
        Pieces of the text before the part.
    step : int
        Of so many pieces of the text one is taken, from the first.
    longest : int
        Symbols of a piece.

    Returns
    -------
    codes : int32[m]
    starts : int64[k]

    Examples
    --------
    >>> sample_part(np.arange(3, 9, dtype=np.int32), np.array([0]), 2, 2, 2)
    (array([3, 4, 7, 8], dtype=int32), array([0, 2]))
    """
    pieces = pieces_of(codes, starts, longest)
    some, begins = taken(codes, pieces, np.arange(-n_before % step, len(pieces), step))
    return some.astype(np.int32, copy=False), begins


def pieces_of(
    codes: Codes, starts: NDArray[np.int64], longest: int = SAMPLE_SEQUENCE
) -> NDArray[np.int64]:
    """Where the pieces of sequences start; of an empty sequence there is one.

    Parameters
    ----------
    codes : int32[n]
    starts : int64[s]
    longest : int
        Symbols of a piece.

    Returns
    -------
    int64[p]

    Examples
    --------
    >>> pieces_of(np.zeros(5, np.int32), np.array([0, 0, 3]), 2)
    array([0, 0, 2, 3])
    """
    lengths = np.diff(np.append(starts, len(codes)))
    n_pieces = np.maximum(1, -(-lengths // longest))
    within = np.arange(n_pieces.sum()) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    pieces: NDArray[np.int64] = np.repeat(starts, n_pieces) + longest * within
    return pieces
