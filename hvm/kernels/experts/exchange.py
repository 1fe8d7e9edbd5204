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

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.costs import xlog2

N_EXACT = 8
"""Variables in which an entry's gain is reckoned exactly."""
UNSEEN = 0.3
"""In place of a count of none, where gains are estimated."""
SMALL = 1 << 14
"""Counts of which x lg x is reckoned beforehand."""
FEW_MOVES = 500
"""Sweeps end when fewer than one entry in so many moved."""


class Adjacents(NamedTuple):
    """What stands beside each entry on one side, and how often; the last entry is the start."""

    starts: NDArray[np.int64]  # [entries + 1], of an entry's neighbours
    entries: NDArray[np.int32]
    counts: NDArray[np.int64]


class VariableSums(NamedTuple):
    """Counts of adjacent variables, the last the start's, and their logarithms."""

    pairs: NDArray[np.int32]  # [left, right]
    left: NDArray[np.int64]  # of a variable as the left one, whatever comes
    right: NDArray[np.int64]
    log_left: NDArray[np.float32]  # [right, left]: a row says where a right neighbour is likely
    log_right: NDArray[np.float32]  # [left, right]
    log_totals: NDArray[np.float64]  # [AFTER or BEFORE, variables], of one more than the count
    xlogs: NDArray[np.float64]  # x lg x of small x


class Entry(NamedTuple):
    """One entry's neighbours by their variables."""

    after: NDArray[np.int64]  # without the entry itself
    before: NDArray[np.int64]
    totals: NDArray[np.int64]  # AFTER, BEFORE, with the entry itself; ITSELF: followed by itself
    others: NDArray[np.int64]  # variables of neighbours, ascending; then nothing
    n_others: NDArray[np.int64]  # int64[1]


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
    into.after[:], into.before[:], into.totals[:] = 0, 0, 0
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
    n_others = 0
    for other in range(len(into.after)):
        into.others[n_others] = other
        n_others += (into.after[other] | into.before[other]) > 0
    into.n_others[0] = n_others


@inner
def change(sums: VariableSums, entry: Entry, variable: Int, sign: Int) -> None:
    """Count an entry as one of a variable's, or no more.

    Parameters
    ----------
    sums : VariableSums
        Changed.
    entry : Entry
    variable : int
    sign : int
        1 to count it, -1 no more.
    """
    pairs = sums.pairs
    pairs[variable, variable] += sign * entry.totals[ITSELF]
    for at in range(entry.n_others[0]):
        other = entry.others[at]
        pairs[variable, other] += sign * entry.after[other]
        pairs[other, variable] += sign * entry.before[other]
    for at in range(entry.n_others[0]):
        other = entry.others[at]
        if entry.after[other] > 0:
            remember(sums, variable, other)
        if entry.before[other] > 0:
            remember(sums, other, variable)
    remember(sums, variable, variable)
    sums.left[variable] += sign * entry.totals[AFTER]
    sums.right[variable] += sign * entry.totals[BEFORE]
    sums.log_totals[AFTER, variable] = np.log2(sums.left[variable] + 1.0)
    sums.log_totals[BEFORE, variable] = np.log2(sums.right[variable] + 1.0)


@inner
def remember(sums: VariableSums, left: Int, right: Int) -> None:
    """Put down the logarithm of a pair's count.

    Parameters
    ----------
    sums : VariableSums
        Changed.
    left, right : int
        Variables.
    """
    log = np.float32(np.log2(sums.pairs[left, right] + UNSEEN))
    sums.log_left[right, left] = sums.log_right[left, right] = log


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
            - entry.totals[AFTER] * sums.log_totals[AFTER, variable]
            - entry.totals[BEFORE] * sums.log_totals[BEFORE, variable]
        )
    for at in range(entry.n_others[0]):
        other = entry.others[at]
        count = np.float32(entry.after[other])
        if count > 0.0:
            for variable in range(len(gains)):
                gains[variable] += count * sums.log_left[other, variable]
        count = np.float32(entry.before[other])
        if count > 0.0:
            for variable in range(len(gains)):
                gains[variable] += count * sums.log_right[other, variable]


@spliced
def more_xlog2(xlogs: NDArray[np.float64], count: Int, more: Int) -> float:
    """Reckon by how much x lg x grows.

    Parameters
    ----------
    xlogs : float64[k]
        x lg x of 0, 1, 2 and so on.
    count : int
    more : int
        What is added to the count.

    Returns
    -------
    float
    """
    if count + more < len(xlogs):
        return float(xlogs[count + more] - xlogs[count])
    return xlog2(float(count + more)) - xlog2(float(count))


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
    pairs, xlogs, bits = sums.pairs, sums.xlogs, 0.0
    for at in range(entry.n_others[0]):
        other = entry.others[at]
        if other != variable:
            if entry.after[other] > 0:
                bits += more_xlog2(xlogs, pairs[variable, other], entry.after[other])
            if entry.before[other] > 0:
                bits += more_xlog2(xlogs, pairs[other, variable], entry.before[other])
    more = entry.after[variable] + entry.before[variable] + entry.totals[ITSELF]
    bits += more_xlog2(xlogs, pairs[variable, variable], more)
    bits -= more_xlog2(xlogs, sums.left[variable], entry.totals[AFTER])
    return bits - more_xlog2(xlogs, sums.right[variable], entry.totals[BEFORE])


@inner
def list_likely(gains: NDArray[np.float32], own: Int, likely: NDArray[np.int64]) -> Int:
    """List the variables, but an entry's own, of the largest gains, the lowest of equals first.

    Parameters
    ----------
    gains : float32[variables]
    own : int
    likely : int64[most]
        Changed: the variables.

    Returns
    -------
    int
        How many they are.
    """
    n = 0
    for variable in range(len(gains)):
        if variable == own or (n == len(likely) and gains[variable] <= gains[likely[n - 1]]):
            continue
        n = min(n + 1, len(likely))
        at = n - 1
        while at > 0 and gains[likely[at - 1]] < gains[variable]:
            likely[at] = likely[at - 1]
            at -= 1
        likely[at] = variable
    return n


@inner
def best_variable(
    sums: VariableSums,
    entry: Entry,
    own: Int,
    gains: NDArray[np.float32],
    likely: NDArray[np.int64],
) -> Int:
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
    likely : int64[most]
        Scratch.

    Returns
    -------
    int
    """
    estimate(sums, entry, gains)
    best, most = own, gain(sums, entry, own) + 1e-9
    for at in range(list_likely(gains, own, likely)):
        bits = gain(sums, entry, likely[at])
        if bits > most or (bits == most and likely[at] < best != own):
            best, most = likely[at], bits
    return best


@inner
def _write_logs(
    pairs: NDArray[np.int32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    logs: NDArray[np.float32],
    log_totals: NDArray[np.float64],
    xlogs: NDArray[np.float64],
) -> None:
    """Write the logarithms of what was counted, by hand: numba takes long to compile array sums."""
    for one in range(len(pairs)):
        for other in range(len(pairs)):
            log = np.log2(pairs[one, other] + UNSEEN)
            logs[AFTER, one, other] = logs[BEFORE, other, one] = log
        log_totals[AFTER, one] = np.log2(left[one] + 1.0)
        log_totals[BEFORE, one] = np.log2(right[one] + 1.0)
    for x in range(len(xlogs)):
        xlogs[x] = xlog2(float(x))


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
    pairs = np.zeros((n_variables, n_variables), np.int32)
    left, right = np.zeros(n_variables, np.int64), np.zeros(n_variables, np.int64)
    for entry in range(len(variables)):
        for place in range(after.starts[entry], after.starts[entry + 1]):
            other = variables[after.entries[place]]
            pairs[variables[entry], other] += after.counts[place]
            left[variables[entry]] += after.counts[place]
            right[other] += after.counts[place]
    logs = np.empty((2, n_variables, n_variables), np.float32)
    log_totals, xlogs = np.empty((2, n_variables)), np.empty(SMALL)
    _write_logs(pairs, left, right, logs, log_totals, xlogs)
    sums = VariableSums(pairs, left, right, logs[BEFORE], logs[AFTER], log_totals, xlogs)
    sides = np.zeros((3, n_variables), np.int64)
    own = Entry(sides[0], sides[1], np.zeros(3, np.int64), sides[2], np.zeros(1, np.int64))
    gains, likely = np.empty(n_variables - 1, np.float32), np.empty(N_EXACT, np.int64)
    for sweep in range(n_sweeps):
        moves = 0
        for entry in order:
            gather(entry, after, before, variables, own)
            before_it = variables[entry]
            change(sums, own, before_it, -1)
            variables[entry] = best_variable(sums, own, np.int64(before_it), gains, likely)
            change(sums, own, variables[entry], 1)
            moves += variables[entry] != before_it
        if moves * FEW_MOVES < len(order):
            return sweep + 1
    return n_sweeps
