"""Growing: pairs of units become units, the best first, and only the places they touch change.

A pair that stands j times gains g bits if it becomes a unit; the pair of the greatest j (g/j) ** e
comes first, ties by numbers. e = 1 ranks by gain, 0 by count. Keys in the queue may be out of date:
a pair that is taken out is ranked again, and put back if another is before it by now; all are
ranked again whenever there are a tenth more units.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.learn.growth_state import (
    INSIDE,
    NO_KEY,
    Beside,
    Pairs,
    UnitCells,
    Units,
    add_neighbour,
    clear,
    stands,
)
from hvm.kernels.learn.queue import Queue, is_before, pop, push
from hvm.kernels.lexicon.costs import counts_bits, entry_bits, xlog2
from hvm.kernels.table import Table, has_capacity, insert, value_of

DONE, UNITS, PAIRS, QUEUE = 0, 1, 2, 3
RANKED_AGAIN = 1.1  # growth in units between two times that all pairs are ranked


class Rule(NamedTuple):
    """Which pairs become units."""

    exponent: float  # of the gain by occurrence; 0: the most frequent pair first
    gain_min: float  # bits
    count_min: int  # pairs that stand less often, when first met, are not followed
    longest: int  # labels of a unit
    most_units: int
    n_variables: int  # entries that are no units


@inner
def _data_gain(joint: float, left: float, right: float, is_double: bool, total: float) -> float:
    """Bits of the data that a unit for a pair saves."""
    if is_double:
        parts = xlog2(left) - xlog2(max(left - 2 * joint, 0.0))
    else:
        parts = xlog2(left) - xlog2(left - joint) + xlog2(right) - xlog2(right - joint)
    return xlog2(total) - xlog2(total - joint) + xlog2(joint) - parts


@inner
def _key(units: Units, code: Int, joint: Int, exponent: float, slope: float) -> float:
    """What ranks a pair; ``slope``: bits of the counts saved where one unit less is counted."""
    left, right, j = code >> 32, code & 0xFFFFFFFF, float(joint)
    counts, total = units.counts, float(units.used[1])
    gain = _data_gain(j, float(counts[left]), float(counts[right]), left == right, total)
    by_occurrence = gain / j + slope
    return j * by_occurrence**exponent if by_occurrence > 0 else NO_KEY


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
def _rank_all(units: Units, pairs: Pairs, rule: Rule, queue: Queue) -> None:
    """Put all pairs into a queue that has room for them."""
    slope = _slope(units)
    queue.length[0] = 0
    for pair in range(pairs.used[0]):
        pairs.keys[pair] = NO_KEY
        if pairs.counts[pair] >= rule.count_min:
            _offer(units, pairs, pair, rule, queue, slope)


@inner
def _offer(units: Units, pairs: Pairs, pair: Int, rule: Rule, queue: Queue, slope: float) -> None:
    """Put a pair into the queue if it now ranks higher than there."""
    key = _key(units, pairs.codes[pair], pairs.counts[pair], rule.exponent, slope)
    if key > pairs.keys[pair]:
        pairs.keys[pair] = key
        push(queue, pairs.codes, key, pair)


@inner
def _count_doubles(cells: UnitCells, units: Units, pairs: Pairs, pair: Int) -> Int:
    """How often a unit stands twice in a row, without overlap."""
    unit = pairs.codes[pair] >> 32
    count, free, run = np.int64(0), np.int64(0), 0
    for k in range(pairs.firsts[pair], pairs.firsts[pair] + pairs.sizes[pair]):
        at = np.int64(pairs.places[k])
        if at >= free and stands(cells, units, unit, unit, at):
            while cells.run_ends[run] <= at:
                run += 1
            count += cells.run_weights[run]
            free = at + 2 * units.widths[unit]
    return count


@inner
def _next_pair(
    cells: UnitCells, units: Units, pairs: Pairs, rule: Rule, queue: Queue, by_hash: Table
) -> Int:
    """The pair that becomes a unit next, -1 if none does."""
    slope = _slope(units)
    while queue.length[0] > 0:
        key = queue.keys[0]
        pair = pop(queue, pairs.codes)
        if key != pairs.keys[pair] or pairs.counts[pair] < rule.count_min:
            continue
        code = pairs.codes[pair]
        left, right = code >> 32, code & 0xFFFFFFFF
        pairs.keys[pair] = NO_KEY
        if units.lengths[left] + units.lengths[right] > rule.longest:
            continue
        if left == right:
            pairs.counts[pair] = _count_doubles(cells, units, pairs, pair)
            if pairs.counts[pair] < rule.count_min:
                continue
        again = _key(units, code, pairs.counts[pair], rule.exponent, slope)
        if again < key and queue.length[0] > 0:
            if is_before(queue.keys[0], queue.pairs[0], again, pair, pairs.codes):
                _offer(units, pairs, pair, rule, queue, slope)
                continue
        if _gain(units, code, pairs.counts[pair], rule, by_hash) > rule.gain_min:
            return pair
    return np.int64(-1)


@inner
def _gain(units: Units, code: Int, joint: Int, rule: Rule, by_hash: Table) -> float:
    """Bits that a unit for a pair saves; none where a unit has the same labels already."""
    left, right, counts = code >> 32, code & 0xFFFFFFFF, units.counts
    if value_of(by_hash, _whole_hash(units, left, right), -1) >= 0:
        return NO_KEY
    a, b, total = float(counts[left]), float(counts[right]), float(units.used[1])
    gain = _data_gain(float(joint), a, b, left == right, total)
    return gain - _new_unit_bits(units, joint, rule.n_variables)


@inner
def _whole_hash(units: Units, left: Int, right: Int) -> np.int64:
    """Hash of the labels of two units in a row, 0 or more."""
    mixed = units.hashes[left] * units.powers[right] + units.hashes[right]
    return np.int64(mixed >> np.uint64(1))


@inner
def _new_unit(units: Units, left: Int, right: Int, by_hash: Table) -> Int:
    """The unit that two make in a row."""
    whole = units.used[0]
    insert(by_hash, _whole_hash(units, left, right), whole)
    units.used[0] += 1
    units.hashes[whole] = units.hashes[left] * units.powers[right] + units.hashes[right]
    units.powers[whole] = units.powers[left] * units.powers[right]
    units.widths[whole] = units.widths[left] + units.widths[right]
    units.lengths[whole] = units.lengths[left] + units.lengths[right]
    units.halves[whole, 0], units.halves[whole, 1] = left, right
    return np.int64(whole)


@inner
def _put(
    cells: UnitCells,
    units: Units,
    pairs: Pairs,
    pair: Int,
    whole: Int,
    before: Beside,
    behind: Beside,
) -> None:
    """Put a unit wherever a pair stands; the places and what stood beside them are left."""
    texts, places, widths = cells.units, pairs.places, units.widths
    code, first = pairs.codes[pair], pairs.firsts[pair]
    left, right = code >> 32, code & 0xFFFFFFFF
    n, total, run = np.int64(0), np.int64(0), 0
    for k in range(first, first + pairs.sizes[pair]):
        at = np.int64(places[k])
        if not stands(cells, units, left, right, at):
            continue
        while cells.run_ends[run] <= at:
            run += 1
        weight = cells.run_weights[run]
        middle, end = at + widths[left], at + widths[whole]
        if texts[at - 1] >= 0 and texts[at - 1] != whole:
            add_neighbour(before, texts[at - 1], weight)
        if texts[end] >= 0:
            add_neighbour(behind, texts[end], weight)
        texts[middle - 1], texts[middle] = INSIDE, INSIDE
        texts[at], texts[end - 1] = whole, whole
        places[first + n] = at
        n, total = n + 1, total + weight
    pairs.sizes[pair], pairs.counts[pair] = n, 0
    units.counts[left] -= total
    units.counts[right] -= total
    units.counts[whole] += total
    units.used[1] -= total


@inner
def _take_away(
    units: Units,
    pairs: Pairs,
    unit: Int,
    neighbours: Beside,
    is_left: bool,
    rule: Rule,
    queue: Queue,
) -> None:
    """Count no longer the pairs of a unit with what stood beside it; forget all neighbours."""
    slope = _slope(units)
    for k in range(neighbours.used[0]):
        other = neighbours.units[k]
        code = (unit << 32) | other if is_left else (other << 32) | unit
        pair = value_of(pairs.table, code, -1)
        if pair >= 0:
            pairs.counts[pair] -= neighbours.weights[other]
            if pairs.counts[pair] >= rule.count_min:
                _offer(units, pairs, pair, rule, queue, slope)
    clear(neighbours)


@inner
def _look_around(
    cells: UnitCells,
    units: Units,
    pairs: Pairs,
    pair: Int,
    whole: Int,
    before: Beside,
    behind: Beside,
) -> None:
    """Note what stands beside a new unit; two of them in a row are a pair of the left one."""
    texts, run = cells.units, 0
    for k in range(pairs.firsts[pair], pairs.firsts[pair] + pairs.sizes[pair]):
        at = np.int64(pairs.places[k])
        while cells.run_ends[run] <= at:
            run += 1
        left, right = np.int64(texts[at - 1]), np.int64(texts[at + units.widths[whole]])
        if left >= 0 and left != whole:
            add_neighbour(before, left, cells.run_weights[run])
        if right >= 0:
            add_neighbour(behind, right, cells.run_weights[run])


@inner
def _follow(
    units: Units,
    pairs: Pairs,
    unit: Int,
    neighbours: Beside,
    is_left: bool,
    rule: Rule,
    queue: Queue,
) -> None:
    """Follow the pairs of a new unit; places are still to be written, from ``ends`` on."""
    slope = _slope(units)
    for k in range(neighbours.used[0]):
        other = neighbours.units[k]
        if neighbours.weights[other] < rule.count_min:
            continue
        code = (unit << 32) | other if is_left else (other << 32) | unit
        pair, top = pairs.used[0], pairs.used[1]
        insert(pairs.table, code, pair)
        pairs.codes[pair], pairs.keys[pair], pairs.firsts[pair] = code, NO_KEY, top
        pairs.counts[pair], pairs.sizes[pair] = neighbours.weights[other], neighbours.sizes[other]
        neighbours.ends[other] = top
        pairs.used[0], pairs.used[1] = pair + 1, top + neighbours.sizes[other]
        _offer(units, pairs, pair, rule, queue, slope)


@inner
def _write_places(
    cells: UnitCells,
    units: Units,
    pairs: Pairs,
    pair: Int,
    whole: Int,
    before: Beside,
    behind: Beside,
) -> None:
    """Write the places of the pairs that a new unit is in."""
    texts, places = cells.units, pairs.places
    for k in range(pairs.firsts[pair], pairs.firsts[pair] + pairs.sizes[pair]):
        at = np.int64(places[k])
        left, right = np.int64(texts[at - 1]), np.int64(texts[at + units.widths[whole]])
        if left >= 0 and left != whole and before.ends[left] >= 0:
            places[before.ends[left]] = at - units.widths[left]
            before.ends[left] += 1
        if right >= 0 and behind.ends[right] >= 0:
            places[behind.ends[right]] = at
            behind.ends[right] += 1


@inner
def _merge(
    cells: UnitCells,
    units: Units,
    pairs: Pairs,
    pair: Int,
    rule: Rule,
    queue: Queue,
    before: Beside,
    behind: Beside,
    by_hash: Table,
) -> None:
    """Make a pair a unit."""
    left, right = pairs.codes[pair] >> 32, pairs.codes[pair] & 0xFFFFFFFF
    whole = _new_unit(units, left, right, by_hash)
    _put(cells, units, pairs, pair, whole, before, behind)
    for is_left in (False, True):
        neighbours = behind if is_left else before
        _take_away(units, pairs, right if is_left else left, neighbours, is_left, rule, queue)
    _look_around(cells, units, pairs, pair, whole, before, behind)
    for is_left in (False, True):
        _follow(units, pairs, whole, behind if is_left else before, is_left, rule, queue)
    _write_places(cells, units, pairs, pair, whole, before, behind)
    clear(before)
    clear(behind)


@kernel
def grow_on(
    cells: UnitCells,
    units: Units,
    pairs: Pairs,
    queue: Queue,
    before: Beside,
    behind: Beside,
    by_hash: Table,
    rule: Rule,
) -> int:
    """Make units of pairs until none is worth it, there are as many as may be, or room is needed.

    Parameters
    ----------
    cells : UnitCells
        Changed, as are all that follow but the rule.
    units : Units
    pairs : Pairs
    queue : Queue
    before, behind : Beside
        At rest.
    by_hash : Table
        Units by the hash of their labels.
    rule : Rule

    Returns
    -------
    int
        ``DONE``, or what has no room: ``UNITS``, ``PAIRS`` (``pairs.used`` says how many and how
        many places are needed) or ``QUEUE``.
    """
    used = units.used
    while used[0] < rule.most_units:
        if used[0] == len(units.counts) or not has_capacity(by_hash, 1):
            return UNITS
        if used[0] >= RANKED_AGAIN * used[2]:
            if len(queue.keys) < 2 * pairs.used[0]:
                return QUEUE
            _rank_all(units, pairs, rule, queue)
            used[2] = used[0]
        pair = _next_pair(cells, units, pairs, rule, queue, by_hash)
        if pair < 0:
            break
        halt = _halt(units, pairs, pair, queue)
        if halt != DONE:
            _offer(units, pairs, pair, rule, queue, _slope(units))
            return halt
        _merge(cells, units, pairs, pair, rule, queue, before, behind, by_hash)
    return DONE


@inner
def _halt(units: Units, pairs: Pairs, pair: Int, queue: Queue) -> int:
    """What has no room for what merging a pair adds."""
    n_places = 2 * pairs.sizes[pair]
    n_pairs = min(n_places, 2 * units.used[0])
    pairs.used[2], pairs.used[3] = n_pairs, n_places
    enough = pairs.used[0] + n_pairs <= len(pairs.codes)
    enough = enough and pairs.used[1] + n_places <= len(pairs.places)
    if not (enough and has_capacity(pairs.table, n_pairs)):
        return PAIRS
    return QUEUE if queue.length[0] + 2 * n_pairs + 1 > len(queue.keys) else DONE
