"""Online learning: bits of symbols given the unit before, and counts that are forgotten.

A unit's probability given the one before is its count behind that one and ``strength`` times its
probability among all units, by their sum; the first unit of a sequence stands behind a unit of
its own, START. Counts are forgotten by growth: what comes next counts for ``1 / theta`` more, unit
by unit, and counts are told in multiples of what counts for ``one`` now.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel
from hvm.kernels.learn.gain import chi_square
from hvm.kernels.lexicon.forward import (
    ALL,
    CALL,
    ITEMS,
    KNOWN,
    MARK,
    NODE,
    OUTERMOST,
    ask,
    begin_call,
    fill_masses,
    make_chart,
    most_edges_of,
    read,
    restart,
    weigh,
    with_room,
)
from hvm.kernels.lexicon.match import UNIT_AT, UNITS, Trie

START = -1  # the unit before the first, and the one after a symbol outside the alphabet
_TINY, _TINY_EXPONENT = 2.0**-200, 200
_SPREAD = np.int64(-7046029254386353131)  # odd


# -- counts of runs of units ----------------------------------------------------------------


class Tally(NamedTuple):
    """Counts by key, in order of appearance."""

    places: np.ndarray  # int32[power of two]: row, or -1
    keys: np.ndarray  # int64[n]
    counts: np.ndarray  # float64[n]
    used: np.ndarray  # int64[1]


@kernel
def make_tally(n_rows):
    """An empty tally with room for so many keys."""
    size = 32
    while size < 2 * n_rows:
        size *= 2
    places = np.full(size, -1, np.int32)
    return Tally(places, np.zeros(n_rows, np.int64), np.zeros(n_rows), np.zeros(1, np.int64))


@inner
def _place(tally, key):
    """Where a key stands, or where it would."""
    mask = len(tally.places) - 1
    place = (key * _SPREAD) >> 32 & mask
    while tally.places[place] >= 0 and tally.keys[tally.places[place]] != key:
        place = (place + 1) & mask
    return place


@inner
def count_of(tally, key):
    """The count of a key, 0 where it is unknown."""
    row = tally.places[_place(tally, key)]
    return tally.counts[row] if row >= 0 else 0.0


@inner
def add_count(tally, key, amount):
    """Add to a count; there must be room for one key more."""
    place = _place(tally, key)
    if tally.places[place] < 0:
        row = tally.used[0]
        tally.places[place], tally.keys[row], tally.counts[row] = row, key, 0.0
        tally.used[0] += 1
    tally.counts[tally.places[place]] += amount


@kernel
def tally_with_room(tally, n_more, least):
    """The tally, or a larger one without counts below ``least``, with room for more keys."""
    if tally.used[0] + n_more <= len(tally.keys):
        return tally
    made = make_tally(2 * (tally.used[0] + n_more))
    for row in range(tally.used[0]):
        if tally.counts[row] >= least:
            add_count(made, tally.keys[row], tally.counts[row])
    return made


@inner
def pair_key(left, right):
    """Two units in a row, the first perhaps START."""
    return (np.int64(left) + 1) << 32 | np.int64(right)


@inner
def triple_key(left, middle, right):
    """Three units in a row; ids are below 2**21."""
    return np.int64(left) << 42 | np.int64(middle) << 21 | np.int64(right)


# -- bits -----------------------------------------------------------------------------------


class Memory(NamedTuple):
    """What probabilities derive from; counts in multiples of ``one``."""

    trie: Trie
    parents: np.ndarray  # int64[nodes]
    unit_p: np.ndarray  # float64[K]: P(entry as a unit), 0 for variables
    member_p: np.ndarray  # float64[P]: P(member | its variable)
    escape_p: float
    pairs: Tally
    one: float
    strength: float  # of unit_p against what is known of the unit before; infinite: it alone


class Ends(NamedTuple):
    """Units that may end at each position, and their weights, as lists."""

    first: np.ndarray  # int64[n + 1], or -1
    rows: np.ndarray  # int64[r, 2]: unit, next row
    weights: np.ndarray  # float64[r]
    used: np.ndarray  # int64[1]


@kernel
def _more_ends(ends, n_more):
    used = ends.used[0]
    if used + n_more <= len(ends.weights):
        return ends
    rows, weights = np.empty((2 * (used + n_more), 2), np.int64), np.empty(2 * (used + n_more))
    rows[:used], weights[:used] = ends.rows[:used], ends.weights[:used]
    return Ends(ends.first, rows, weights, ends.used)


@kernel
def pair_totals(pairs, n_units):
    """Counts of each unit as the first of a pair, float64[K + 1]; START is the last."""
    totals = np.zeros(n_units + 1)
    for row in range(pairs.used[0]):
        left = (pairs.keys[row] >> 32) - 1
        totals[left if left >= 0 else n_units] += pairs.counts[row]
    return totals


@inner
def _weigh_units(memory, totals, ends, position, before, expected):
    """Chance of each unit to begin here, and the weight of all ways to come here.

    before : float64[K + 1], weights of the units that end here; all 0, and left so
    """
    n_units = len(memory.unit_p)
    total, free = 0.0, 0.0
    row = ends.first[position]
    while row >= 0:
        unit = ends.rows[row, 0] if ends.rows[row, 0] >= 0 else n_units
        before[unit] += ends.weights[row]
        total += ends.weights[row]
        row = ends.rows[row, 1]
    strength = memory.strength
    if strength < np.inf:
        for unit in range(n_units + 1):
            if before[unit] > 0.0:
                before[unit] /= totals[unit] / memory.one + strength
                free += before[unit] * strength
    else:
        free = total
    for unit in range(n_units):
        expected[unit] = free * memory.unit_p[unit]
    if strength < np.inf:
        for row in range(memory.pairs.used[0]):
            key = memory.pairs.keys[row]
            left = (key >> 32) - 1
            weight = before[left if left >= 0 else n_units]
            if weight > 0.0:
                expected[key & 0xFFFFFFFF] += weight * memory.pairs.counts[row] / memory.one
    for unit in range(n_units + 1):
        before[unit] = 0.0
    return total, free * memory.escape_p


@inner
def _add_end(ends, position, unit, weight):
    row = ends.used[0]
    ends.rows[row, 0], ends.rows[row, 1] = unit, ends.first[position]
    ends.weights[row], ends.first[position] = weight, row
    ends.used[0] += 1


@inner
def _rescale(ends, prefix, first, last):
    """Make weights from one position to another larger, so that none vanishes."""
    for position in range(first, last + 1):
        prefix[position] /= _TINY
        row = ends.first[position]
        while row >= 0:
            ends.weights[row] /= _TINY
            row = ends.rows[row, 1]


@kernel
def context_unit_bits(memory, codes, starts):
    """-log2 of each symbol's probability given those before it in its sequence, float64[n].

    All parses are summed; each unit depends on the one before. The last may run past the end.
    codes : int32[n], -1 outside the alphabet; starts : int64[s]
    """
    trie, n_units = memory.trie, len(memory.unit_p)
    masses, expected = np.empty(len(trie.nodes)), np.empty(n_units)
    before = np.zeros(n_units + 1)
    totals = pair_totals(memory.pairs, n_units)
    # Where numbers begin as np.int64 no callee is compiled twice, for a literal and for others.
    n_variables, most_edges = np.int64(0), most_edges_of(trie)
    for root in trie.roots:
        n_variables += root > 0
    called, called_at = np.empty(len(trie.roots), np.int64), np.full(len(trie.roots), -1, np.int64)
    last, last_at = np.empty(len(trie.nodes), np.int64), np.full(len(trie.nodes), -1, np.int64)
    chart = make_chart(64, 64, 64)
    n = len(codes)
    bits, prefix = np.empty(n), np.zeros(n + 1)
    ends = Ends(
        np.full(n + 1, -1, np.int64),
        np.empty((64, 2), np.int64),
        np.empty(64),
        np.zeros(1, np.int64),
    )
    clock = np.int64(0)  # a number of its own for every position of every start
    for sequence in range(len(starts)):
        begin = starts[sequence]
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else n
        if begin == stop:
            continue
        ends.used[0] = 0
        for position in range(begin, stop + 1):
            ends.first[position], prefix[position] = -1, 0.0
        ends = _more_ends(ends, np.int64(1))
        _add_end(ends, begin, START, 1.0)
        prefix[begin] = 1.0
        reached = begin
        for i in range(begin, stop):
            if 0.0 < prefix[i] < _TINY:
                _rescale(ends, prefix, i, reached)
            total, escape = _weigh_units(memory, totals, ends, i, before, expected)
            if codes[i] < 0:
                ends = _more_ends(ends, np.int64(1))
                for position in range(i + 1, reached + 1):
                    ends.first[position], prefix[position] = -1, 0.0
                if escape > 0.0:
                    _add_end(ends, i + 1, START, escape)
                prefix[i + 1], reached = escape, i + 1
            elif total > 0.0:
                fill_masses(trie.nodes, memory.parents, expected, memory.member_p, masses)
                restart(chart)
                units = begin_call(chart, 0, OUTERMOST, clock, UNITS)
                chart.forward[units, 0], chart.forward[units, 1] = 1.0, 0.0
                chart.calls[units, MARK] = KNOWN
                at = i
                while at < stop and codes[at] >= 0 and chart.tops[ITEMS + (at - i) % 2] > 0:
                    now = (at - i) % 2
                    chart = with_room(chart, now, n_variables, most_edges)
                    first = chart.tops[0]
                    ask(trie, chart, now, clock, codes[at], called, called_at)
                    weigh(chart, first, masses)
                    read(
                        trie,
                        chart,
                        now,
                        clock,
                        codes[at],
                        masses,
                        expected,
                        memory.member_p,
                        last_at,
                        last,
                    )
                    at += 1
                    clock += 1
                    prefix[at] += _value(chart.sums, ALL)
                    reached = max(reached, at)
                    ends = _more_ends(ends, chart.tops[ITEMS + 1 - now])
                    _note_ends(chart, trie, 1 - now, expected, ends, at)
            bits[i] = math.log2(prefix[i] / prefix[i + 1]) if prefix[i + 1] > 0.0 else np.inf
            if prefix[i + 1] == 0.0:
                bits[i + 1 : stop] = 0.0
                break
    return bits


@inner
def _value(rows, row):
    return math.ldexp(rows[row, 0], int(rows[row, 1]))


@inner
def _note_ends(chart, trie, now, expected, ends, at):
    """Add the units that end here."""
    for item in range(chart.tops[ITEMS + now]):
        unit = trie.nodes[chart.items[now, item, NODE], UNIT_AT]
        if chart.items[now, item, CALL] == 0 and unit >= 0:
            weight = _value(chart.inners[now], item) * expected[unit]
            if weight > 0.0:
                _add_end(ends, at, unit, weight)


# -- learning -------------------------------------------------------------------------------


@kernel
def count_sequence(
    unit_counts, filler_counts, pairs, triples, units, slot_units, slot_parts, one, theta, highest
):
    """Add the units of one parsed sequence, and their fillers, pairs and triples.

    unit_counts : float64[K], filler_counts : float64[P], both changed
    units : int32[m]; slot_units, slot_parts : int64[k]
    pairs, triples : changed; with room for m keys more
    highest : where ``one`` passes this, all counts are told anew, so that it is 1
    returns what the next unit counts for
    """
    slot = 0
    for k in range(len(units)):
        unit = units[k]
        while slot < len(slot_units) and slot_units[slot] == k:
            filler_counts[slot_parts[slot]] += one
            slot += 1
        if unit >= 0:
            unit_counts[unit] += one
            left = units[k - 1] if k > 0 else START
            add_count(pairs, pair_key(left, unit), one)
            if k > 1 and left >= 0 and units[k - 2] >= 0:
                add_count(triples, triple_key(units[k - 2], left, unit), one)
        one /= theta
        if one > highest:
            for counts in (unit_counts, filler_counts, pairs.counts, triples.counts):
                for row in range(len(counts)):
                    counts[row] /= one
            one = 1.0
    return one


@kernel
def frequent_pairs(unit_counts, pairs, units, one, least, critical):
    """Pairs of this parse that are frequent and associated, int64[p, 2], from the left.

    least : times ``one``, counts must pass it, that of the pair and of both units
    critical : chi-square that must be passed
    """
    total, least = unit_counts.sum() / one, least * one
    found, n = np.empty((max(len(units), 1), 2), np.int64), 0
    for k in range(1, len(units)):
        left, right = units[k - 1], units[k]
        if left < 0 or right < 0:
            continue
        joint, a, b = count_of(pairs, pair_key(left, right)), unit_counts[left], unit_counts[right]
        if joint > least and a > least and b > least:
            if chi_square(joint / one, a / one, b / one, total) > critical:
                found[n, 0], found[n, 1] = left, right
                n += 1
    return found[:n].copy()


@kernel
def frequent_frames(triples, units, least, filler_least, fillers_min):
    """Frames of this parse that are frequent, and what fills them.

    returns frames int64[f, 2], from the left; rows int64[r, 2] (frame, filler), of frequent ones
    """
    frames, n = np.empty((max(len(units), 1), 2), np.int64), 0
    for k in range(2, len(units)):
        if units[k - 2] < 0 or units[k - 1] < 0 or units[k] < 0:
            continue
        is_known = False
        for other in range(n):
            is_known |= frames[other, 0] == units[k - 2] and frames[other, 1] == units[k]
        if not is_known:
            frames[n, 0], frames[n, 1] = units[k - 2], units[k]
            n += 1
    totals, sizes = np.zeros(n), np.zeros(n, np.int64)
    rows, n_rows = np.empty((64, 2), np.int64), 0
    for row in range(triples.used[0] if n > 0 else 0):
        if triples.counts[row] < filler_least:
            continue
        left, right = triples.keys[row] >> 42, triples.keys[row] & 0x1FFFFF
        for frame in range(n):
            if frames[frame, 0] == left and frames[frame, 1] == right:
                if n_rows == len(rows):
                    larger = np.empty((2 * n_rows, 2), np.int64)
                    larger[:n_rows] = rows
                    rows = larger
                rows[n_rows, 0], rows[n_rows, 1] = frame, triples.keys[row] >> 21 & 0x1FFFFF
                totals[frame] += triples.counts[row]
                sizes[frame] += 1
                n_rows += 1
    kept, k = np.zeros(n_rows, np.bool_), 0
    for row in range(n_rows):
        frame = rows[row, 0]
        kept[row] = totals[frame] > least and sizes[frame] >= fillers_min
    return frames[:n].copy(), rows[:n_rows][kept]


@kernel
def renamed(tally, ids, n_parts, least):
    """The tally under other unit ids, without counts below ``least``.

    ids : int64[K], the new id of each unit; n_parts : 2 for pairs, 3 for triples
    """
    made = make_tally(max(16, 2 * tally.used[0]))
    for row in range(tally.used[0]):
        key = tally.keys[row]
        if tally.counts[row] < least:
            continue
        if n_parts == 2:
            left = (key >> 32) - 1
            key = pair_key(ids[left] if left >= 0 else np.int64(START), ids[key & 0xFFFFFFFF])
        else:
            key = triple_key(ids[key >> 42], ids[key >> 21 & 0x1FFFFF], ids[key & 0x1FFFFF])
        add_count(made, key, tally.counts[row])
    return made
