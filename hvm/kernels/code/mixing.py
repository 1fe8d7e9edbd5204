"""Mixing: the chance of a bit from all inputs of a mixer, and what is learned when it came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.buckets import (
    enter_buckets,
    group_of,
    learn_slots,
    node_of,
    scatter,
    signed,
    starts_group,
)
from hvm.kernels.code.logistic import ONE, SQUASH, STRETCH, WIDE, WIDEST
from hvm.kernels.code.mixer import (
    ANSWER,
    BIT,
    CLASS,
    EXPECTED,
    FIRST_BYTE_MAP,
    FIRST_DIRECT,
    FIRST_MATCH_MAP,
    FIRST_ROWS,
    FIRST_RUN_MAP,
    FIRST_RUNNER,
    HISTORIES,
    KNOT_SHIFT,
    KNOTS,
    KNOWN,
    LARGE_TABLE,
    LONGEST_RUN,
    MAP_COUNT,
    MAP_ONE,
    MATCHED,
    MIXED,
    N_INPUTS,
    N_ORDERS,
    N_ROWS,
    N_TABLES,
    NOTHING,
    PARTIAL,
    PORTIONS,
    RECENT,
    RUNNERS,
    RUNS,
    SMALL_TABLE,
    STEP,
    Mixer,
)
from hvm.kernels.jit import Int, inner

LEAST = 32  # no bit has a chance below it, of ONE: it costs at most 11 bits
MOST_MEMORY = 255  # bits that a map's chance is a mean of
RATE, EXTRA_RATE, LAST_RATE, LAST_EXTRA = 30, 800, 10, 100  # of learning; extra at the start
EXTRA_BITS = 2000  # bits until the extra halves
RATE_SHIFT = 22
CORRECTION_SHIFT = 5
CLASSES_PER_DEGREE, MOST_DEGREE = 8, 4  # of lengths of matches, where they choose rows

# -- the chance of a bit --------------------------------------------------------------------------


@inner
def _ask(mixer: Mixer, index: Int, row: Int) -> None:
    """Take the chance of a map as an input."""
    mixer.input_maps[index] = row
    mixer.inputs[index] = STRETCH[mixer.maps[row] >> 20]


@inner
def _ask_for(mixer: Mixer, index: Int, row: Int, byte: Int) -> None:
    """Take the chance that a byte, 256 added, is right as an input; nothing if it is not."""
    now = mixer.now
    if byte >> (8 - now[BIT]) != now[PARTIAL]:
        mixer.input_maps[index] = -1
        mixer.inputs[index] = 0
        return
    _ask(mixer, index, row)
    if byte >> (7 - now[BIT]) & 1 == 0:
        mixer.inputs[index] = -mixer.inputs[index]


@inner
def _set_inputs(mixer: Mixer) -> Int:
    """Ask all contexts; returns the number of orders that know something here."""
    now, slots, inputs, buckets = mixer.now, mixer.slots, mixer.inputs, mixer.buckets
    node, met = node_of(now), 0
    for context in range(now[KNOWN]):
        slot = signed(slots[buckets[context] + node])
        if slot == 0:
            mixer.input_maps[context] = -1
            inputs[context] = inputs[FIRST_DIRECT + context] = 0
        else:
            inputs[FIRST_DIRECT + context] = STRETCH[slot >> 20]
            _ask(mixer, context, context * HISTORIES + (slot >> 6 & (HISTORIES - 1)))
            met += context < N_ORDERS
    for index in range(len(RUNNERS)):
        last = signed(slots[mixer.runs[RUNNERS[index]]])
        run = min(last & 255, LONGEST_RUN)
        row = FIRST_RUN_MAP + index * RUNS + (run << 1 | (now[BIT] == 0))
        _ask_for(mixer, FIRST_RUNNER + index, row, (last >> 8 & 255 | 256) if last & 255 else 0)
    _ask(mixer, NOTHING, FIRST_BYTE_MAP + now[PARTIAL])
    place = group_of(now[BIT]) + (now[BIT] > 0 and now[BIT] < 3) * 3
    _ask_for(mixer, MATCHED, FIRST_MATCH_MAP + 4 * now[CLASS] + place, now[EXPECTED])
    return met


@inner
def _match_degree(now: NDArray[np.int64]) -> Int:
    """Return 0 without a match, up to 4 for a long one."""
    if now[EXPECTED] >> (8 - now[BIT]) != now[PARTIAL]:
        return 0
    degree: Int = min(1 + now[CLASS] // CLASSES_PER_DEGREE, MOST_DEGREE)
    return degree


@inner
def _choose_rows(mixer: Mixer, met: Int) -> None:
    now, rows, known = mixer.now, mixer.rows, 0
    bit, recent = now[BIT], now[RECENT]
    for context in range(N_ORDERS):
        known += mixer.slots[mixer.buckets[context] + 1] != 0
    rows[0, 0] = (FIRST_ROWS[0] + 8 * _match_degree(now) + bit) * N_INPUTS
    rows[1, 0] = (FIRST_ROWS[1] + 8 * known + met) * N_INPUTS
    rows[2, 0] = (FIRST_ROWS[2] + (recent >> 8 & 255)) * N_INPUTS
    rows[3, 0] = (FIRST_ROWS[3] + 256 * group_of(bit) + (recent & 255)) * N_INPUTS


@inner
def _mix(mixer: Mixer) -> None:
    """Answer by each row of weights, and by the last row over their answers."""
    now, rows, inputs, weights = mixer.now, mixer.rows, mixer.inputs, mixer.weights
    first, total = now[PARTIAL] * N_ROWS, signed(0)
    for row in range(N_ROWS):
        start, sum_ = rows[row, 0], signed(0)
        for index in range(N_INPUTS):
            sum_ += signed(weights[start + index]) * inputs[index]
        answer = min(max(sum_ >> 16, -WIDE), WIDE)
        rows[row, 1] = answer
        rows[row, 2] = SQUASH[answer + WIDEST]
        total += signed(mixer.last_weights[first + row]) * answer
    now[MIXED] = min(max(total >> 16, -WIDEST), WIDEST)
    now[ANSWER] = SQUASH[now[MIXED] + WIDEST]


@inner
def _corrected(mixer: Mixer, table: Int, row: Int) -> Int:
    """Return the chance that a row of the tables has for the mixed stretch."""
    place: Int = min(max(mixer.now[MIXED], -WIDE), WIDE) + WIDE + 1
    knot, part = row * KNOTS + (place >> KNOT_SHIFT), place & ((1 << KNOT_SHIFT) - 1)
    mixer.knots[table] = knot + (part >> (KNOT_SHIFT - 1))
    lower, upper = signed(mixer.tables[knot]), signed(mixer.tables[knot + 1])
    return lower + ((upper - lower) * part >> KNOT_SHIFT)


@inner
def predict_bit(mixer: Mixer) -> Int:
    """Return the chance of a one, from LEAST to ONE - LEAST; that of a zero is the rest of ONE."""
    now = mixer.now
    if starts_group(now[BIT]):
        enter_buckets(mixer, 0)
    _choose_rows(mixer, _set_inputs(mixer))
    _mix(mixer)
    partial, recent = now[PARTIAL], now[RECENT]
    hashed = scatter((recent & 0xFFFF) << 8 | partial) >> 40 & (LARGE_TABLE - 1)
    chance: Int = now[ANSWER] + _corrected(mixer, 0, 256 * _match_degree(now) + partial)
    chance += _corrected(mixer, 1, SMALL_TABLE + ((recent & 255) << 8 | partial))
    chance += _corrected(mixer, 2, SMALL_TABLE + LARGE_TABLE + hashed)
    return min(max(chance >> 2, LEAST), ONE - LEAST)


# -- learning -------------------------------------------------------------------------------------


@inner
def _learn_weights(mixer: Mixer, bit: Int) -> None:
    now, rows, inputs, weights = mixer.now, mixer.rows, mixer.inputs, mixer.weights
    now[STEP] += 1
    half, first = 1 << (RATE_SHIFT - 1), now[PARTIAL] * N_ROWS
    rate = LAST_RATE + LAST_EXTRA * EXTRA_BITS // (EXTRA_BITS + now[STEP])
    error = (bit * ONE - now[ANSWER]) * rate
    for row in range(N_ROWS):
        mixer.last_weights[first + row] += (rows[row, 1] * error + half) >> RATE_SHIFT
    rate = RATE + EXTRA_RATE * EXTRA_BITS // (EXTRA_BITS + now[STEP])
    for row in range(N_ROWS):
        start, error = rows[row, 0], (bit * ONE - rows[row, 2]) * rate
        if abs(error) * WIDE < half:  # all steps round to none
            continue
        for index in range(N_INPUTS):
            weights[start + index] += (inputs[index] * error + half) >> RATE_SHIFT


@inner
def _learn_map(maps: NDArray[np.uint32], row: Int, bit: Int) -> None:
    if row >= 0:
        entry = signed(maps[row])
        chance, count = entry >> 10, entry & MAP_COUNT
        chance += (bit * MAP_ONE - chance) * PORTIONS[count] >> 16
        maps[row] = chance << 10 | min(count + 1, MOST_MEMORY)


@inner
def _learn_maps(mixer: Mixer, bit: Int) -> None:
    input_maps, inputs = mixer.input_maps, mixer.inputs
    for index in range(mixer.now[KNOWN]):
        _learn_map(mixer.maps, input_maps[index], bit)
    _learn_map(mixer.maps, input_maps[NOTHING], bit)
    for index in range(FIRST_RUNNER, NOTHING):
        _learn_map(mixer.maps, input_maps[index], signed(bit == (inputs[index] > 0)))
    _learn_map(mixer.maps, input_maps[MATCHED], signed(bit == (inputs[MATCHED] > 0)))


@inner
def learn_bit(mixer: Mixer, bit: Int) -> None:
    """Learn the bit that was predicted, and go to the next of the byte."""
    now = mixer.now
    _learn_weights(mixer, bit)
    _learn_maps(mixer, bit)
    learn_slots(mixer, bit, 0)
    for table in range(N_TABLES):
        chance = signed(mixer.tables[mixer.knots[table]])
        mixer.tables[mixer.knots[table]] += (bit * (ONE - 1) - chance) >> CORRECTION_SHIFT
    now[PARTIAL] = now[PARTIAL] << 1 | bit
    now[BIT] += 1
