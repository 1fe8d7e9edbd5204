"""Growing: which pairs become units next, by counts alone.

A pair that stands j times gains g bits if it becomes a unit; pairs are ranked by j (g/j) ** e, ties
by numbers. e = 1 ranks by gain, 0 by count. In each round all pairs become units that rank within a
share of the best, but for those that begin with what a better one ends with, or end with what a
better one begins with: so each stands as often as it is counted. Ranks may be out of date: they are
made anew for pairs whose count changed, for those that are about to be chosen, and for all whenever
there are a tenth more units. The first units, of which all others are made, come one by one.

A round looks only at the pairs that are near the best: all whose rank reaches a bar are listed, and
the list is made anew once the best has come down to where it might lack one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.lexicon.costs import counts_bits, entry_bits, xlog2
from hvm.kernels.lexicon.patterns import longer_hash
from hvm.kernels.sorting import order_by
from hvm.kernels.table import Table, find, insert, is_free, value_at, value_of

NO_KEY = -np.inf  # of a pair that is not worth it
BASE = np.uint64(0x9E3779B97F4A7C15)  # of the hashes of labels in a row
LEFT, RIGHT = 1, 2  # what a unit is in a chosen pair
NEAR_SHARE = 0.9  # of the least rank that is chosen when the list is made: no result depends on it


class Rule(NamedTuple):
    """Which pairs become units."""

    exponent: float  # of the gain by occurrence; 0: the most frequent pairs first
    gain_min: float  # bits
    count_min: int  # pairs that stand less often, when first met, are not followed
    longest: int  # labels of a unit
    most_units: int
    n_variables: int  # entries that are no units
    share: float  # of the best rank, of what is chosen in the same round
    n_alone: int  # units, the first ones, that are chosen alone


class Units(NamedTuple):
    """Units by number, ``used[0]`` in all, ``used[1]`` times in the text."""

    counts: NDArray[np.int64]
    lengths: NDArray[np.int64]  # labels
    hashes: NDArray[np.uint64]  # of the labels: that of two units follows from theirs
    powers: NDArray[np.uint64]
    halves: NDArray[np.int32]  # int32[n, 2]: the pair that each was made from; -1: none
    roles: NDArray[np.uint8]  # at rest 0
    used: NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs that are followed, ``used[0]`` of them; ``used[1]`` are listed as near the best."""

    table: Table  # left << 32 | right: the row
    codes: NDArray[np.int64]
    counts: NDArray[np.int64]  # times in the text; of a unit with itself, at most so many
    keys: NDArray[np.float64]  # what ranks it
    near: NDArray[np.int64]  # rows, each once: all whose keys reach the bar, and some others
    is_near: NDArray[np.bool_]  # by row: whether it is listed
    bar: NDArray[np.float64]  # float64[1]; infinite where nothing is listed
    used: NDArray[np.int64]


class Merged(NamedTuple):
    """What the text says of pairs that were merged in it."""

    joints: NDArray[np.int64]  # int64[k]: how often each stood
    born: NDArray[np.int64]  # int64[p]: pairs that hold a new unit, left << 32 | right
    births: NDArray[np.int64]  # int64[p]: how often they stand
    died: NDArray[np.int64]  # int64[q]: pairs that stand less often than before, but for those
    deaths: NDArray[np.int64]  # int64[q]: by how much


@kernel
def label_hashes(
    offsets: NDArray[np.int64], labels: NDArray[np.int32]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hashes of patterns and the powers by which a hash grows, uint64[K] each.

    The hash of two patterns in a row is that of the first times the power of the second, plus that
    of the second.

    Examples
    --------
    >>> hashes, powers = label_hashes(np.array([0, 1, 2, 4]), np.array([0, 1, 0, 1], np.int32))
    >>> bool(hashes[0] != hashes[1]), bool(powers[0] == powers[1] != powers[2])
    (True, True)
    """
    n = len(offsets) - 1
    hashes, powers = np.zeros(n, np.uint64), np.ones(n, np.uint64)
    for entry in range(n):
        for k in range(offsets[entry], offsets[entry + 1]):
            label = longer_hash(np.uint64(0), labels[k])
            hashes[entry] = hashes[entry] * BASE + label
            powers[entry] *= BASE
    return hashes, powers


@inner
def _data_gain(joint: float, left: float, right: float, is_double: bool, total: float) -> float:
    """Bits of the data that a unit for a pair saves."""
    if is_double:
        parts = xlog2(left) - xlog2(max(left - 2 * joint, 0.0))
    else:
        parts = xlog2(left) - xlog2(left - joint) + xlog2(right) - xlog2(right - joint)
    return xlog2(total) - xlog2(total - joint) + xlog2(joint) - parts


@inner
def _slope(units: Units) -> float:
    return math.log2((units.used[1] + units.used[0]) / max(units.used[1], 1))


@inner
def _new_unit_bits(units: Units, joint: Int, n_variables: Int) -> float:
    """What the definition of one more unit and its count cost."""
    size, total = units.used[0], float(units.used[1])
    kinds = size - n_variables
    more = counts_bits(total - joint, kinds + 1) - counts_bits(total, kinds)
    return entry_bits(2, size) + more


@inner
def _joint(units: Units, code: Int, count: Int) -> Int:
    """How often a pair can become a unit; of a unit with itself, half as often as that stands."""
    left = code >> 32
    return min(count, units.counts[left] // 2) if left == code & 0xFFFFFFFF else count


@inner
def _key(units: Units, pairs: Pairs, pair: Int, rule: Rule, slope: float) -> float:
    """What ranks a pair; ``slope``: bits of the counts saved where one unit less is counted."""
    code = pairs.codes[pair]
    joint = _joint(units, code, pairs.counts[pair])
    if joint < rule.count_min:
        return NO_KEY
    left, right = code >> 32, code & 0xFFFFFFFF
    a, b, j = float(units.counts[left]), float(units.counts[right]), float(joint)
    gain = _data_gain(j, a, b, left == right, float(units.used[1]))
    by_occurrence = gain / j + slope
    return j * by_occurrence**rule.exponent if by_occurrence > 0 else NO_KEY


@kernel
def rank_all(units: Units, pairs: Pairs, rule: Rule) -> None:
    """Rank all pairs anew.

    Parameters
    ----------
    units : Units
    pairs : Pairs
        Whose keys are written.
    rule : Rule
    """
    slope = _slope(units)
    for pair in range(pairs.used[0]):
        pairs.keys[pair] = _key(units, pairs, pair, rule, slope)
    _list_near(pairs, np.inf)


@inner
def _list_near(pairs: Pairs, bar: float) -> None:
    """List the pairs whose keys reach a bar, and no others."""
    for k in range(pairs.used[1]):
        pairs.is_near[pairs.near[k]] = False
    pairs.used[1], pairs.bar[0] = 0, bar
    for pair in range(pairs.used[0] if bar < np.inf else 0):
        _note_rank(pairs, pair)


@inner
def _note_rank(pairs: Pairs, pair: Int) -> None:
    """List a pair whose key is new, if it reaches the bar."""
    if pairs.keys[pair] >= pairs.bar[0] and not pairs.is_near[pair]:
        pairs.near[pairs.used[1]], pairs.is_near[pair] = pair, True
        pairs.used[1] += 1


@inner
def _is_worth_it(units: Units, code: Int, count: Int, rule: Rule, by_hash: Table) -> bool:
    """Whether a unit for a pair saves enough; not where a unit has the same labels already."""
    left, right = code >> 32, code & 0xFFFFFFFF
    if units.lengths[left] + units.lengths[right] > rule.longest:
        return False
    if value_of(by_hash, _whole_hash(units, left, right), -1) >= 0:
        return False
    a, b, joint = float(units.counts[left]), float(units.counts[right]), _joint(units, code, count)
    gain = _data_gain(float(joint), a, b, left == right, float(units.used[1]))
    return gain - _new_unit_bits(units, joint, rule.n_variables) > rule.gain_min


@inner
def _whole_hash(units: Units, left: Int, right: Int) -> np.int64:
    """Hash of the labels of two units in a row, 0 or more."""
    mixed = units.hashes[left] * units.powers[right] + units.hashes[right]
    return np.int64(mixed >> np.uint64(1))


@inner
def _near_best(pairs: Pairs) -> float:
    """The best key of those listed; what no longer reaches the bar is listed no more."""
    best, n = NO_KEY, 0
    for k in range(pairs.used[1]):
        pair = pairs.near[k]
        if pairs.keys[pair] >= pairs.bar[0]:
            best = max(best, pairs.keys[pair])
            pairs.near[n] = pair
            n += 1
        else:
            pairs.is_near[pair] = False
    pairs.used[1] = n
    return best


@inner
def _rank_best(units: Units, pairs: Pairs, rule: Rule) -> float:
    """Rank anew what is within the share of the best, until that changes no rank; its least."""
    slope, keys = _slope(units), pairs.keys
    while True:
        best = _near_best(pairs)
        if not rule.share * best >= pairs.bar[0]:
            for pair in range(pairs.used[0]):
                best = max(best, keys[pair])
            if best == NO_KEY:
                return NO_KEY
            _list_near(pairs, NEAR_SHARE * rule.share * best)
        least, is_settled = rule.share * best, True
        for k in range(pairs.used[1]):
            pair = pairs.near[k]
            if keys[pair] >= least:
                key = _key(units, pairs, pair, rule, slope)
                is_settled = is_settled and key == keys[pair]
                keys[pair] = key
        if is_settled:
            return float(least)


@helper
def _rows_from(pairs: Pairs, least: float) -> NDArray[np.int64]:
    """Rows of the pairs whose keys are not less, all of them listed."""
    rows, n = np.empty(pairs.used[1], np.int64), 0
    for pair in pairs.near[: pairs.used[1]]:
        if pairs.keys[pair] >= least:
            rows[n] = pair
            n += 1
    return rows[:n]


@kernel
def choose(units: Units, pairs: Pairs, rule: Rule, by_hash: Table) -> NDArray[np.int64]:
    """Return the rows of the pairs that become units in one round, the best first.

    Parameters
    ----------
    units : Units
    pairs : Pairs
        Whose keys are made anew where they are out of date.
    rule : Rule
    by_hash : Table
        Units by the hash of their labels.

    Returns
    -------
    int64[k]
        None when nothing is worth it any more.
    """
    chosen, n = np.empty(0, np.int64), 0
    while n == 0:
        least = _rank_best(units, pairs, rule)
        if least == NO_KEY:
            break
        rows = _rows_from(pairs, least)
        rows = rows[order_by(-pairs.keys[rows], pairs.codes[rows])]
        chosen = np.empty(len(rows), np.int64)
        n = _choose(units, pairs, rule, by_hash, rows, chosen)
    return chosen[:n].copy()


@inner
def _choose(
    units: Units,
    pairs: Pairs,
    rule: Rule,
    by_hash: Table,
    rows: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> int:
    """Choose among some pairs in their order; what is not worth it is ranked no more."""
    n, roles, room = 0, units.roles, int(rule.most_units - units.used[0])
    for pair in rows:
        if n == room:
            break
        code = pairs.codes[pair]
        if not _is_worth_it(units, code, pairs.counts[pair], rule, by_hash):
            pairs.keys[pair] = NO_KEY
            continue
        left, right = code >> 32, code & 0xFFFFFFFF
        if roles[left] & RIGHT or roles[right] & LEFT or (left == right and roles[left]):
            continue
        roles[left] |= LEFT
        roles[right] |= RIGHT
        chosen[n] = pair
        n += 1
    for k in range(n):
        code = pairs.codes[chosen[k]]
        roles[code >> 32], roles[code & 0xFFFFFFFF] = 0, 0
    return n


@kernel
def settle(
    units: Units,
    pairs: Pairs,
    chosen: NDArray[np.int64],
    merged: Merged,
    rule: Rule,
    by_hash: Table,
) -> None:
    """Make units of chosen pairs, and follow what that makes of the pairs beside them.

    Parameters
    ----------
    units : Units
        With room for so many more, as all that follow.
    pairs : Pairs
    chosen : int64[k]
        Rows of pairs.
    merged : Merged
        What the text says of them.
    rule : Rule
    by_hash : Table
    """
    for k in range(len(chosen)):
        _add_unit(units, pairs, chosen[k], merged.joints[k], by_hash)
    slope, first = _slope(units), pairs.used[0]
    for k in range(len(merged.died)):
        row = find(pairs.table, merged.died[k])
        if not is_free(pairs.table, row):
            pair = value_at(pairs.table, row)
            if pairs.counts[pair] > 0:
                pairs.counts[pair] -= merged.deaths[k]
                pairs.keys[pair] = _key(units, pairs, pair, rule, slope)
                _note_rank(pairs, pair)
    follow(pairs, merged.born, merged.births, rule.count_min)
    for new in range(first, pairs.used[0]):
        pairs.keys[new] = _key(units, pairs, new, rule, slope)
        _note_rank(pairs, new)


@inner
def _add_unit(units: Units, pairs: Pairs, pair: Int, joint: Int, by_hash: Table) -> None:
    """Make a unit of a pair that stands so often."""
    whole = units.used[0]
    left, right = pairs.codes[pair] >> 32, pairs.codes[pair] & 0xFFFFFFFF
    insert(by_hash, _whole_hash(units, left, right), whole)
    units.hashes[whole] = units.hashes[left] * units.powers[right] + units.hashes[right]
    units.powers[whole] = units.powers[left] * units.powers[right]
    units.lengths[whole] = units.lengths[left] + units.lengths[right]
    units.halves[whole, 0], units.halves[whole, 1] = left, right
    units.counts[left] -= joint
    units.counts[right] -= joint
    units.counts[whole] = joint
    units.used[0] += 1
    units.used[1] -= joint
    pairs.counts[pair], pairs.keys[pair] = 0, NO_KEY


@kernel
def follow(
    pairs: Pairs, codes: NDArray[np.int64], counts: NDArray[np.int64], count_min: Int
) -> None:
    """Follow new pairs that stand often enough, for which there is room; they are not ranked.

    Parameters
    ----------
    pairs : Pairs
    codes, counts : int64[p]
        left << 32 | right, and times in the text.
    count_min : int
    """
    for k in range(len(codes)):
        if counts[k] >= count_min:
            pair = pairs.used[0]
            insert(pairs.table, codes[k], pair)
            pairs.codes[pair], pairs.counts[pair], pairs.keys[pair] = codes[k], counts[k], NO_KEY
            pairs.used[0] += 1
