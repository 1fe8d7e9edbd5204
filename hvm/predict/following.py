"""What can follow: the chance of every symbol at a place, its entropy, and what is drawn from it.

A model says what each symbol of a text costs; asked about a beginning with every symbol after it,
it says what it expects there. That reads the beginning once for every symbol of the alphabet, so
all here is for short sequences: what would read more than :data:`MOST_READ` symbols is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError

BitsOf: TypeAlias = Callable[[NDArray[np.int32], NDArray[np.int64]], NDArray[np.float64]]
"""From codes, -1 where unknown, and starts to the bits of each symbol given those before it in its
sequence; of an unknown one, those of the escape."""

MOST_READ = 1 << 26
"""Symbols: minutes."""
READ_AT_ONCE = 1 << 20
"""Symbols: some 600 bytes each on the way."""


def following_bits(
    bits_of: BitsOf, beginnings: Sequence[NDArray[np.int32]], followers: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Bits of each symbol that could follow each beginning of a sequence.

    Parameters
    ----------
    bits_of : BitsOf
    beginnings : sequence of int32[n]
    followers : int32[k]
        What could follow; -1 is any unknown symbol.

    Returns
    -------
    float64[beginnings, k]

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.lexicon.likelihood import known_bits
    >>> def bits_of(codes, starts):
    ...     return known_bits(Lexicon.of_atoms(4), codes, starts)
    >>> following_bits(bits_of, [np.array([0, 1], np.int32)], np.arange(4, dtype=np.int32))
    array([[2., 2., 2., 2.]])
    """
    told, n_followers = np.empty((len(beginnings), len(followers))), len(followers)
    sizes = np.array([len(beginning) + 1 for beginning in beginnings], np.int64)
    first = 0
    for last in _stops(sizes * n_followers):
        rows = [_followed(beginning, followers) for beginning in beginnings[first:last]]
        ends = np.cumsum(np.repeat(sizes[first:last], n_followers))
        starts = np.append(0, ends[:-1])
        at_ends = bits_of(np.concatenate(rows), starts)[ends - 1]
        told[first:last] = at_ends.reshape(last - first, n_followers)
        first = last
    return told


def _followed(beginning: NDArray[np.int32], followers: NDArray[np.int32]) -> NDArray[np.int32]:
    """A beginning with every follower, one after another."""
    rows = np.empty((len(followers), len(beginning) + 1), np.int32)
    rows[:, :-1], rows[:, -1] = beginning, followers
    return rows.ravel()


def _stops(sizes: NDArray[np.int64]) -> Iterator[int]:
    """Where what is read at once ends: about :data:`READ_AT_ONCE` symbols, or one beginning."""
    n_read = 0
    for number, size in enumerate(sizes.tolist(), 1):
        n_read += size
        if n_read >= READ_AT_ONCE or number == len(sizes):
            yield number
            n_read = 0


def entropies(
    bits_of: BitsOf, codes: NDArray[np.int32], starts: NDArray[np.int64], n_symbols: int
) -> NDArray[np.float64]:
    """Entropy of what can stand at each place, given what stands before it in its sequence.

    Outcomes are the symbols of the alphabet and, as one, any unknown symbol.

    Parameters
    ----------
    bits_of : BitsOf
    codes : int32[n]
    starts : int64[s]
        First index of each sequence, ascending.
    n_symbols : int
        Of the alphabet.

    Returns
    -------
    float64[n]
        Bits.

    Raises
    ------
    InputError
        More than :data:`MOST_READ` symbols would be read.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.lexicon.likelihood import known_bits
    >>> def bits_of(codes, starts):
    ...     return known_bits(Lexicon.of_atoms(4), codes, starts)
    >>> entropies(bits_of, np.array([0, 1], np.int32), np.zeros(1, np.int64), 4)
    array([2., 2.])
    """
    lengths = np.diff(np.append(starts, len(codes)))
    n_read = int((lengths * (lengths + 1) // 2).sum()) * (n_symbols + 1)
    _require_few(n_read, f"the entropy at {len(codes):,} places", "give fewer or shorter sequences")
    followers = np.arange(-1, n_symbols, dtype=np.int32)
    beginnings: dict[bytes, NDArray[np.int32]] = {}  # several sequences may share one
    keys = [
        codes[start : start + at].tobytes()
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        for at in range(length)
    ]
    for key in keys:
        if key not in beginnings:
            beginnings[key] = np.frombuffer(key, np.int32)
    bits = following_bits(bits_of, list(beginnings.values()), followers)
    chances = np.exp2(-bits)
    told = (chances * np.where(chances > 0, bits, 0.0)).sum(axis=1)
    of_key = dict(zip(beginnings, told.tolist(), strict=True))
    return np.array([of_key[key] for key in keys], np.float64)


def go_on(
    bits_of: BitsOf,
    codes: NDArray[np.int32],
    length: int,
    n_symbols: int,
    rng: np.random.Generator | int,
) -> NDArray[np.int32]:
    """Draw symbols until a sequence has a length, each given those before it; all are known ones.

    Parameters
    ----------
    bits_of : BitsOf
    codes : int32[n]
        How the sequence begins.
    length : int
        Symbols of the whole.
    n_symbols : int
        Of the alphabet.
    rng : numpy.random.Generator or int

    Returns
    -------
    int32[max(n, length)]

    Raises
    ------
    InputError
        More than :data:`MOST_READ` symbols would be read.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.lexicon.likelihood import known_bits
    >>> def bits_of(codes, starts):
    ...     return known_bits(Lexicon.of_atoms(4), codes, starts)
    >>> go_on(bits_of, np.array([3], np.int32), 5, 4, rng=1)
    array([3, 2, 3, 0, 3], dtype=int32)
    """
    n_read = (length * (length + 1) - len(codes) * (len(codes) + 1)) // 2 * n_symbols
    _require_few(n_read, f"drawing {length:,} symbols, each given all before", "draw fewer")
    rng = np.random.default_rng(rng)
    drawn = np.empty(max(length, len(codes)), np.int32)
    drawn[: len(codes)] = codes
    followers = np.arange(n_symbols, dtype=np.int32)
    for at in range(len(codes), length):
        chances = np.exp2(-following_bits(bits_of, [drawn[:at]], followers)[0])
        drawn[at] = rng.choice(n_symbols, p=chances / chances.sum())
    return drawn


def _require_few(n_read: int, what: str, instead: str) -> None:
    if n_read > MOST_READ:
        raise InputError(
            f"{what} reads beginnings once for every symbol of the alphabet, {n_read:.1e} symbols "
            f"in all, more than {MOST_READ:.1e}: {instead}"
        )
