"""Variables by exchange: entries move to where adjacent variables foretell each other best.

The code is the class bigram: of N adjacent variables, a partition saves
sum f(N_ab) - sum f(N_a.) - sum f(N_.b) bits, f(x) = x lg x. Entries are tried one by one, in a
given order (Kneser & Ney 1993; Martin, Liermann & Ney 1998). What an entry gains in each variable
is first estimated, from logarithms of the counts as they are; then the best few are reckoned
exactly, so a variable that was never among these is missed, but no move costs bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.costs import xlog2

N_EXACT = 8
"""Variables in which an entry's gain is reckoned exactly."""
UNSEEN = 0.3
"""In place of a count of none, where gains are estimated."""
FEW_MOVES = 500
"""Sweeps end when fewer than one entry in so many moved."""


class Adjacents(NamedTuple):
    """What stands beside each entry on one side, and how often; the last entry is the start."""

    starts: NDArray[np.int64]  # [entries + 1], of an entry's neighbours
    entries: NDArray[np.int32]
    counts: NDArray[np.int64]


class VariableSums(NamedTuple):
    """Counts of adjacent variables, the last the start's, and their logarithms."""

    pairs: NDArray[np.float64]  # [left, right]
    left: NDArray[np.float64]  # of a variable as the left one, whatever comes
    right: NDArray[np.float64]
    log_left: NDArray[np.float32]  # [right, left]: a row says where a right neighbour is likely
    log_right: NDArray[np.float32]  # [left, right]


class Entry(NamedTuple):
    """One entry's neighbours by their variables."""

    after: NDArray[np.float64]  # without the entry itself
    before: NDArray[np.float64]
    totals: NDArray[np.float64]  # AFTER, BEFORE, with the entry itself; ITSELF: followed by itself


AFTER, BEFORE, ITSELF = 0, 1, 2


@inner
def gather(
    entry: Int, after: Adjacents, before: Adjacents, variables: NDArray[np.int32], into: Entry
) -> None:
    """Fill in an entry's neighbours by their variables.

    Parameters
    ----------
    entry : int
    after, before : Adjacents
    variables : int32[entries + 1]
    into : Entry
        Changed.
    """
    into.after[:], into.before[:], into.totals[:] = 0.0, 0.0, 0.0
    for place in range(after.starts[entry], after.starts[entry + 1]):
        count = after.counts[place]
        into.totals[AFTER] += count
        if after.entries[place] == entry:
            into.totals[ITSELF] += count
        else:
            into.after[variables[after.entries[place]]] += count
    for place in range(before.starts[entry], before.starts[entry + 1]):
        count = before.counts[place]
        into.totals[BEFORE] += count
        if before.entries[place] != entry:
            into.before[variables[before.entries[place]]] += count


@inner
def change(sums: VariableSums, entry: Entry, variable: Int, sign: float) -> None:
    """Count an entry as one of a variable's, or no more.

    Parameters
    ----------
    sums : VariableSums
        Changed.
    entry : Entry
    variable : int
    sign : float
        1 to count it, -1 no more.
    """
    pairs = sums.pairs
    pairs[variable, variable] += sign * entry.totals[ITSELF]
    for other in range(len(pairs)):
        pairs[variable, other] += sign * entry.after[other]
        pairs[other, variable] += sign * entry.before[other]
    sums.left[variable] += sign * entry.totals[AFTER]
    sums.right[variable] += sign * entry.totals[BEFORE]
    for other in range(len(pairs)):
        if entry.after[other] > 0.0 or other == variable:
            log = np.float32(np.log2(pairs[variable, other] + UNSEEN))
            sums.log_left[other, variable] = sums.log_right[variable, other] = log
        if entry.before[other] > 0.0:
            log = np.float32(np.log2(pairs[other, variable] + UNSEEN))
            sums.log_right[other, variable] = sums.log_left[variable, other] = log


@inner
def estimate(sums: VariableSums, entry: Entry, gains: NDArray[np.float32]) -> None:
    """Fill in about how many bits an entry would save in each variable.

    Parameters
    ----------
    sums : VariableSums
        The entry is not counted in them.
    entry : Entry
    gains : float32[variables]
        Changed.
    """
    for variable in range(len(gains)):
        gains[variable] = (
            entry.totals[ITSELF] * sums.log_left[variable, variable]
            - entry.totals[AFTER] * np.log2(sums.left[variable] + 1.0)
            - entry.totals[BEFORE] * np.log2(sums.right[variable] + 1.0)
        )
    for other in range(len(entry.after)):
        count = np.float32(entry.after[other])
        if count > 0.0:
            for variable in range(len(gains)):
                gains[variable] += count * sums.log_left[other, variable]
        count = np.float32(entry.before[other])
        if count > 0.0:
            for variable in range(len(gains)):
                gains[variable] += count * sums.log_right[other, variable]


@inner
def gain(sums: VariableSums, entry: Entry, variable: Int) -> float:
    """Reckon the bits that an entry saves in a variable.

    Parameters
    ----------
    sums : VariableSums
        The entry is not counted in them.
    entry : Entry
    variable : int

    Returns
    -------
    float
    """
    pairs, bits = sums.pairs, 0.0
    for other in range(len(pairs)):
        if other != variable:
            count, more = pairs[variable, other], entry.after[other]
            if more > 0.0:
                bits += xlog2(count + more) - xlog2(count)
            count, more = pairs[other, variable], entry.before[other]
            if more > 0.0:
                bits += xlog2(count + more) - xlog2(count)
    count = pairs[variable, variable]
    more = entry.after[variable] + entry.before[variable] + entry.totals[ITSELF]
    bits += xlog2(count + more) - xlog2(count)
    bits -= xlog2(sums.left[variable] + entry.totals[AFTER]) - xlog2(sums.left[variable])
    return bits - xlog2(sums.right[variable] + entry.totals[BEFORE]) + xlog2(sums.right[variable])


@inner
def best_variable(sums: VariableSums, entry: Entry, own: Int, gains: NDArray[np.float32]) -> Int:
    """Find the variable that saves most.

    Parameters
    ----------
    sums : VariableSums
        The entry is not counted in them.
    entry : Entry
    own : int
        The variable that it leaves, unless another saves more; of others the lowest.
    gains : float32[variables]
        Scratch.

    Returns
    -------
    int
    """
    estimate(sums, entry, gains)
    best, most = own, gain(sums, entry, own) + 1e-9
    gains[own] = -np.inf
    for _ in range(min(N_EXACT, len(gains) - 1)):
        likely = np.argmax(gains)
        gains[likely] = -np.inf
        bits = gain(sums, entry, likely)
        if bits > most or (bits == most and likely < best != own):
            best, most = likely, bits
    return best


@kernel
def exchange(
    after: Adjacents,
    before: Adjacents,
    order: NDArray[np.int64],
    variables: NDArray[np.int32],
    n_sweeps: int,
) -> int:
    """Move entries between variables until few move.

    Parameters
    ----------
    after, before : Adjacents
        Of each entry, and last of the start of a sequence, which has none before it.
    order : int64[n]
        Entries, the first to be tried first.
    variables : int32[entries + 1]
        Of each entry, and last of the start, which is alone in the highest. Changed.
    n_sweeps : int
        At most.

    Returns
    -------
    int
        Sweeps that were made.
    """
    n_variables = np.int64(variables[-1]) + 1
    pairs = np.zeros((n_variables, n_variables))
    left, right = np.zeros(n_variables), np.zeros(n_variables)
    for entry in range(len(variables)):
        for place in range(after.starts[entry], after.starts[entry + 1]):
            other = variables[after.entries[place]]
            pairs[variables[entry], other] += after.counts[place]
            left[variables[entry]] += after.counts[place]
            right[other] += after.counts[place]
    log_right = np.log2(pairs + UNSEEN).astype(np.float32)
    sums = VariableSums(pairs, left, right, log_right.T.copy(), log_right)
    own = Entry(np.zeros(n_variables), np.zeros(n_variables), np.zeros(3))
    gains = np.empty(n_variables - 1, np.float32)
    for sweep in range(n_sweeps):
        moves = 0
        for entry in order:
            gather(entry, after, before, variables, own)
            before_it = variables[entry]
            change(sums, own, before_it, -1.0)
            variables[entry] = best_variable(sums, own, np.int64(before_it), gains)
            change(sums, own, variables[entry], 1.0)
            moves += variables[entry] != before_it
        if moves * FEW_MOVES < len(order):
            return sweep + 1
    return n_sweeps
