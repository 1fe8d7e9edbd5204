"""How unknown words are spelled: letter by letter, as the words that are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.table import Table
from hvm.predict.chain import Chain, Contexts, Item, chain_chances, count_chain, places_of
from hvm.symbols.alphabet import N_CHARACTERS, Alphabet

LETTERS_BEFORE = 5
"""That foretell the next one."""
_END = 0  # the code of what follows the last letter; then come the letters, and any other letter
_CHAIN = Chain(0, tuple(Item(0, steps) for steps in range(1, LETTERS_BEFORE + 1)))


class WordSpelling:
    """A chain of letters, counted in the words of an alphabet, each once.

    Over all strings of letters chances sum to one: a letter that no word has is foretold as one
    of a kind, and is then one of all characters.

    Parameters
    ----------
    words : sequence of str
        One at least.

    Examples
    --------
    >>> spelling = WordSpelling(["walking", "talking", "seeing", "being"])
    >>> likely, unlikely = spelling.code_space_bits(["eating", "gnitae"])
    >>> bool(likely < unlikely < 6 * 20)
    True
    """

    def __init__(self, words: Sequence[str]) -> None:
        letters = sorted(set(chain.from_iterable(words)))
        self._codes = {letter: code for code, letter in enumerate(letters, _END + 1)}
        self._n = len(letters) + 2
        self._tables = dict[Chain, Table]()
        self._levels = count_chain(_CHAIN, self._contexts(*self._letters(words)))

    def code_space_bits(self, symbols: Sequence[Any]) -> NDArray[np.float64]:
        """Bits of each word, its end included, float64[k].

        Parameters
        ----------
        symbols : sequence of str
        """
        if not len(symbols):
            return np.zeros(0)
        codes, starts = self._letters(symbols)
        chances = np.full(len(codes), 1.0 / self._n)
        chain_chances(_CHAIN, self._levels, self._contexts(codes, starts), chances)
        bits = -np.log2(chances)
        bits[codes == self._n - 1] += math.log2(N_CHARACTERS)
        of_words: NDArray[np.float64] = np.add.reduceat(bits, starts)
        return of_words

    def _letters(self, words: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        other = self._n - 1
        codes = [[*(self._codes.get(letter, other) for letter in word), _END] for word in words]
        ends = np.cumsum([len(word) for word in codes])
        return np.array([*chain.from_iterable(codes)], np.int32), np.append(0, ends[:-1])

    def _contexts(self, codes: NDArray[np.int32], starts: NDArray[np.int64]) -> Contexts:
        no_variables = np.zeros((0, self._n), np.int32)
        return Contexts(places_of(codes, starts, no_variables), self._tables)


def spelling_of(alphabet: Alphabet) -> Alphabet | WordSpelling:
    """Return what says how unknown symbols are named, by its ``code_space_bits``.

    Parameters
    ----------
    alphabet : Alphabet

    Returns
    -------
    Alphabet or WordSpelling
        Words are spelled as those that the alphabet has.
    """
    return WordSpelling(alphabet.symbols) if alphabet.unit == "word" else alphabet
