"""Passes over a text, sequence by sequence, each cut by what the others show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, kernel
from hvm.kernels.words.counts import Text, change_sequence, count_words, no_words, with_room
from hvm.kernels.words.lattice import cut_sequence, make_lattice

FROM_NOTHING, DRAWN, BEST = 0, 1, 2


@kernel
def sweep(
    text: Text,
    cuts: NDArray[np.bool_],
    levels: NDArray[np.float64],
    order: NDArray[np.int64],
    draws: NDArray[np.float64],
    kind: Int,
) -> None:
    """Cut every sequence anew, one after the other.

    Parameters
    ----------
    text : Text
    cuts : bool[n]
        True where a word begins; changed.
    levels : float64[N_LEVELS, 2]
        Discount and strength of each level.
    order : int64[s]
        The sequences in the order in which they are visited.
    draws : float64[n]
        Numbers from 0 to 1, used by ``DRAWN``.
    kind : int
        ``FROM_NOTHING``: each the best way by those visited before. ``DRAWN``: a way by its
        probability, ``BEST``: the best, by all others as they are now.
    """
    words = no_words(levels) if kind == FROM_NOTHING else count_words(text, cuts, levels)
    lattice = make_lattice(text)
    for number in order:
        n = text.bounds[number + 1] - text.bounds[number]
        if n == 0:
            continue
        if kind != FROM_NOTHING:
            change_sequence(words, text, cuts, number, -1)
        words = with_room(words, n)
        cut_sequence(words, text, lattice, cuts, number, draws, kind != DRAWN)
        change_sequence(words, text, cuts, number, 1)


@kernel
def cut_others(
    text: Text, cuts: NDArray[np.bool_], levels: NDArray[np.float64], others: Text
) -> NDArray[np.bool_]:
    """Cut other sequences, each by itself, as the words of a text have it.

    Parameters
    ----------
    text : Text
        What was learned from.
    cuts : bool[n]
        Its words.
    levels : float64[N_LEVELS, 2]
    others : Text
        Of the same alphabet; codes below 0 stand alone.

    Returns
    -------
    bool[m]
        True where a word begins.
    """
    words, lattice = count_words(text, cuts, levels), make_lattice(others)
    found, draws = np.zeros(len(others.codes), np.bool_), np.zeros(len(others.codes))
    for number in range(len(others.bounds) - 1):
        if others.bounds[number] < others.bounds[number + 1]:
            cut_sequence(words, others, lattice, found, number, draws, True)
    return found
