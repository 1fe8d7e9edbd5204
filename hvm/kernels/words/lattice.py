"""All ways to cut a sequence into words, and the best of them or one drawn by its probability.

Forward, every word that ends somewhere gets its share of all ways to come there, or the best way's;
backward, words are drawn, or taken, by that. A share is of the ways that end at one place, and the
sum of these is kept as a logarithm, so that no sequence is too long.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner
from hvm.kernels.rows.counts import HALF
from hvm.kernels.table import value_of
from hvm.kernels.words.counts import (
    ALONE,
    EDGE,
    FIRSTS,
    NONE,
    Text,
    Words,
    letter_probability,
    share_of_new,
    share_of_pair,
    word_alone,
)


class Lattice(NamedTuple):
    """Words by where they end, counted from the begin of the sequence, and by their length."""

    words: NDArray[np.int64]  # int64[m + 1, longest + 1]: the word, NONE if it is in no use
    alone: NDArray[np.float64]  # float64[m + 1, longest + 1]: its probability by itself
    shares: NDArray[np.float64]  # float64[m + 1, longest + 1]: of all ways to its end
    news: NDArray[np.float64]  # float64[m + 1]: shares times what is left for words by themselves
    scales: NDArray[np.float64]  # float64[m + 1]: natural logarithm of all ways to an end


@helper
def make_lattice(text: Text) -> Lattice:
    """Return a lattice for the longest sequence of a text."""
    m = np.max(np.diff(text.bounds)) + 1
    shape = (m, text.longest + 1)
    return Lattice(
        np.full(shape, NONE, np.int64),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(m),
        np.zeros(m),
    )


@inner
def _look_up(words: Words, text: Text, lattice: Lattice, number: Int) -> None:
    """Find each word that a sequence may hold, and its probability by itself."""
    first, last = text.bounds[number], text.bounds[number + 1]
    for begin in range(first, last):
        node, spelled = np.int64(ALONE), 1.0
        for end in range(begin + 1, min(begin + text.longest, last) + 1):
            at, length, code = end - first, end - begin, np.int64(text.codes[end - 1])
            lattice.words[at, length], lattice.alone[at, length] = NONE, 0.0
            if code < 0:
                # A symbol that is unknown is a word by itself, at the price of a letter.
                if length == 1:
                    lattice.alone[at, 1] = word_alone(words, NONE, 1.0 / (text.n_symbols + 1.0))
                spelled, node = 0.0, np.int64(NONE)
            if spelled == 0.0:
                continue
            if node != NONE:
                node = value_of(words.trie, node << HALF | code, NONE)
            spelled *= letter_probability(words, text, begin, end - 1, code)
            whole = spelled * letter_probability(words, text, begin, end, text.n_symbols)
            if node != NONE and words.rows[node, FIRSTS] > 0:
                lattice.words[at, length] = node
            lattice.alone[at, length] = word_alone(words, node, whole)


@inner
def _share(words: Words, lattice: Lattice, at: Int, length: Int, is_best: bool):
    """Probability of a word, all ways to its begin summed, or with the best of these."""
    word, alone, before = lattice.words[at, length], lattice.alone[at, length], at - length
    share = lattice.news[before] * alone
    if word == NONE:
        return share
    if before == 0:
        return share + share_of_pair(words, EDGE, word)
    for size in range(1, min(before, lattice.words.shape[1] - 1) + 1):
        left = lattice.words[before, size]
        if left == NONE:
            continue
        own = share_of_pair(words, left, word)
        if own == 0.0:
            continue
        if is_best:
            whole = own + share_of_new(words, left) * alone
            share = max(share, lattice.shares[before, size] * whole)
        else:
            share += lattice.shares[before, size] * own
    return share


@inner
def _go_forward(words: Words, lattice: Lattice, m: Int, is_best: bool) -> None:
    """Shares of all words of a sequence of so many symbols."""
    longest = lattice.words.shape[1] - 1
    lattice.scales[0], lattice.news[0] = 0.0, share_of_new(words, EDGE)
    for at in range(1, m + 1):
        n = min(longest, at)
        highest, total = lattice.scales[at - 1], 0.0
        for length in range(2, n + 1):
            highest = max(highest, lattice.scales[at - length])
        for length in range(1, n + 1):
            share = _share(words, lattice, at, length, is_best)
            share *= math.exp(lattice.scales[at - length] - highest)
            lattice.shares[at, length] = share
            total = max(total, share) if is_best else total + share
        lattice.scales[at], new = highest + math.log(total), 0.0
        for length in range(1, n + 1):
            lattice.shares[at, length] /= total
            rest = lattice.shares[at, length] * share_of_new(words, lattice.words[at, length])
            new = max(new, rest) if is_best else new + rest
        lattice.news[at] = new


@inner
def _go_back(
    words: Words,
    lattice: Lattice,
    edge_alone: float,
    cuts: NDArray[np.bool_],
    draws: NDArray[np.float64],
    is_best: bool,
) -> None:
    """Cut a sequence from its end on; cuts and draws are those of the sequence."""
    at, word, alone = len(cuts), np.int64(EDGE), edge_alone
    cuts[:] = False
    while at > 0:
        total, chosen = 0.0, 1
        n = min(lattice.words.shape[1] - 1, at)
        for turn in range(1 if is_best else 2):
            reached, goal = 0.0, total * draws[at - 1]
            for length in range(1, n + 1):
                left = lattice.words[at, length]
                whole = share_of_new(words, left) * alone
                if left != NONE and word != NONE:
                    whole += share_of_pair(words, left, word)
                whole *= lattice.shares[at, length]
                if is_best and whole > total:
                    total, chosen = whole, length
                reached += whole
                if turn == 1 and reached > goal:
                    chosen = length
                    break
            if not is_best:
                total = reached
        word, alone = lattice.words[at, chosen], lattice.alone[at, chosen]
        at -= chosen
        cuts[at] = True


@inner
def cut_sequence(
    words: Words,
    text: Text,
    lattice: Lattice,
    cuts: NDArray[np.bool_],
    number: Int,
    draws: NDArray[np.float64],
    is_best: bool,
) -> None:
    """Cut a sequence that the counts do not hold.

    Parameters
    ----------
    words : Words
    text : Text
    lattice : Lattice
        Written over.
    cuts : bool[n]
        Changed where the sequence stands: True where a word begins.
    number : int
        Of the sequence, which is not empty.
    draws : float64[n]
        Numbers from 0 to 1, one for each place where a word may end.
    is_best : bool
        Whether the most probable way is taken, and nothing drawn; of equals, the shorter words.
    """
    first, last = text.bounds[number], text.bounds[number + 1]
    spelled = letter_probability(words, text, last, last, text.n_symbols)
    _look_up(words, text, lattice, number)
    _go_forward(words, lattice, last - first, is_best)
    edge = word_alone(words, EDGE, spelled)
    _go_back(words, lattice, edge, cuts[first:last], draws[first:last], is_best)
