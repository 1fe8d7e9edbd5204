"""A mixer: each bit of each byte is foretold by many contexts at once.

A context answers with inputs: chances in the logistic domain, ``stretch(p) = ln(p / (1 - p))``. A
row of weights adds them up, and online gradient descent on coding cost moves the weights (Mahoney,
"Adaptive weighing of context models for lossless data compression", 2005). Several rows, each
chosen by something else, answer side by side; a last row weighs their answers, and three tables
correct the result by what it met before (secondary estimation, ibid.).

The contexts are the last bytes; words; and, once chunks are known, the chunk under way, with the
chunks before it, and with the variables that these fill.

All is integers, so that a decoder learns the same numbers on every machine. The units are
``ONE = 1 << 16`` for a chance and for a weight of one, and ``1 << 8`` for one of stretch.

For each byte: `_open_byte`; eight times `_predict` and `_update`; then `_close_byte`.
"""

from __future__ import annotations

from math import factorial, log2
from typing import NamedTuple

import numpy as np

from hvm.kernels.code.coder import past_end, take, target, with_bytes, write
from hvm.kernels.jit import fetch, inner, kernel, spliced, zeros_on_lines
from hvm.kernels.predict.context import BEFORE, BEFORE_THAT, NODE, Walk, advance, restart

ONE, LEAST = 1 << 16, 32  # no bit has a chance below LEAST: it costs at most 11 bits
BYTES_PER_BYTE = 12  # written for one at most
WIDEST, WIDE = 3071, 2047  # of stretch: of the last answer, and of what goes into a row


def _squash_table():
    """Return the chance of each stretch from -WIDEST to WIDEST, from exact integers."""
    unit = 1 << 64
    growth = sum(unit // (256**k * factorial(k)) for k in range(12))  # e ** (1 / 256)
    odds, upper = unit, []
    for _ in range(WIDEST + 1):
        upper.append(min(ONE * odds // (odds + unit), ONE - 1))
        odds = odds * growth // unit
    return np.array([ONE - chance for chance in upper[:0:-1]] + upper, np.int32)


SQUASH = _squash_table()
# Of chances in steps of 16: the inverse, met in the middle of a step.
STRETCH = np.searchsorted(SQUASH, np.arange(8, ONE, 16)) - WIDEST
STRETCH = STRETCH.clip(-WIDE, WIDE).astype(np.int32)

# -- contexts: of the last bytes, of words, of chunks ---------------------------------------------
ORDERS = np.array([1, 2, 3, 4, 5, 8])
N_ORDERS, N_PLAIN, N_CONTEXTS = len(ORDERS), 11, 14

# -- inputs: of each context; a second one of some; of no context; of a match ---------------------
# Where a context is met often the second is its plain chance, else the byte last seen in it.
DIRECT, RUNNERS = np.array([0, 1, 2]), np.array([5])
FIRST_DIRECT = N_CONTEXTS
FIRST_RUNNER = FIRST_DIRECT + len(DIRECT)
NOTHING = FIRST_RUNNER + len(RUNNERS)
MATCHED = NOTHING + 1
N_INPUTS = MATCHED + 1

# -- slots: what followed a context so far --------------------------------------------------------
# A bucket has three bits of a byte: slot 0 is check << 16 | last byte << 8 | its run, and slot
# 1..7 (the bits so far, after a one) is chance << 18 | history << 6 | count.
BUCKET, PROBES = 8, 3
BUCKETS_PER_BYTE, FEWEST_BUCKETS, MOST_BUCKETS = 28, 1 << 16, 1 << 23
MOST_COUNT, MOST_SEEN, MOST_RUN = 60, 30, 255
HISTORIES = 1 << 12  # zeros seen << 7 | ones seen << 2 | last two bits
SLOT_ONE = (1 << 14) - 1

# -- maps: adaptive chances, chance << 10 | count -------------------------------------------------
MAP_ONE, MAP_COUNT = (1 << 22) - 1, 1023
MOST_MEMORY, PRIOR = 255, 16  # a chance is a mean over so many bits; what a start counts for
RUNS = 32  # min(run, 15) << 1 | whether at the first bit
LENGTHS = 32  # of matches, in classes
FIRST_RUN_MAP = N_CONTEXTS * HISTORIES
FIRST_BYTE_MAP = FIRST_RUN_MAP + len(RUNNERS) * RUNS
FIRST_MATCH_MAP = FIRST_BYTE_MAP + 256
N_MAPS = FIRST_MATCH_MAP + 4 * LENGTHS
PORTIONS = np.array([ONE * 2 // (2 * count + 3) for count in range(MAP_COUNT + 1)], np.int32)

# -- matches --------------------------------------------------------------------------------------
SHORTEST_MATCH, LONGEST_CHECK = 6, 80  # bytes; beyond the second all lengths are one class
MOST_HEADS = 1 << 22

# -- rows of weights, and correction --------------------------------------------------------------
# Chosen by match and bit; by orders met; by the byte before last; by the last byte and bit group.
FIRST_ROWS = np.array([0, 40, 104, 360, 1128])
N_ROWS = len(FIRST_ROWS) - 1
FIRST_WEIGHT = ONE * 3 // 20
RATE, EXTRA_RATE, LAST_RATE, LAST_EXTRA = 30, 800, 10, 100  # of learning; extra at the start
EXTRA_BITS = 2000  # bits until the extra halves
RATE_SHIFT = 22
KNOTS, KNOT_SHIFT = 33, 7  # a correction is a line between chances at every half of stretch
CORRECTION_SHIFT = 5
SMALL_TABLE, LARGE_TABLE = 5 * 256, 1 << 16  # contexts

# -- scalars --------------------------------------------------------------------------------------
POSITION, BIT, PARTIAL, RECENT, WORD, WORD_BEFORE, TWO_BEFORE, STEP = range(8)
MATCH, LENGTH, EXPECTED, CLASS = range(8, 12)  # EXPECTED: a byte and 256; 0 where none
MIXED, ANSWER, KNOWN = 12, 13, 14  # stretch and chance of the last row; contexts in use
N_SCALARS = 15


class Mixer(NamedTuple):
    """What was learned, and the bit that comes."""

    now: np.ndarray  # int64[N_SCALARS]
    keys: np.ndarray  # int64[N_CONTEXTS], of this byte
    runs: np.ndarray  # int64[N_CONTEXTS], slot 0 of the first bucket of this byte
    buckets: np.ndarray  # int64[N_CONTEXTS], slot 0 of the bucket of this bit
    slots: np.ndarray  # uint32[8 * power of two]
    maps: np.ndarray  # uint32[N_MAPS]: of histories, of runs, of no context, of matches
    asked: np.ndarray  # int64[N_INPUTS], map behind an input; -1 where there is none
    inputs: np.ndarray  # int32[N_INPUTS], stretch
    weights: np.ndarray  # int32[rows * N_INPUTS]
    last_weights: np.ndarray  # int32[256 * N_ROWS]
    rows: np.ndarray  # int64[N_ROWS, 3]: first weight, stretch, chance
    tables: np.ndarray  # uint16[contexts * KNOTS], chances
    knots: np.ndarray  # int64[3], the nearest of each table
    heads: np.ndarray  # int32[power of two], where a hash of bytes last ended
    walk: Walk  # through chunks


# -- to start -------------------------------------------------------------------------------------


@kernel
def _first_maps():
    """Start each chance where as many bits, half a bit of each kind added, would put it."""
    maps = np.empty(N_MAPS, np.uint32)
    for row in range(N_MAPS):
        zeros, ones, count = 0, 0, PRIOR
        if row < FIRST_RUN_MAP:
            zeros, ones = row % HISTORIES >> 7, row % HISTORIES >> 2 & 31
        elif row < FIRST_BYTE_MAP:
            ones = row % RUNS >> 1
        elif row < FIRST_MATCH_MAP:
            count = 0
        else:
            ones = (row - FIRST_MATCH_MAP) // 4
        chance = MAP_ONE * (2 * ones + 1) // (2 * (zeros + ones) + 2)
        maps[row] = chance << 10 | count
    return maps


def make_mixer(n_bytes: int, walk: Walk) -> Mixer:
    """Nothing is learned and no chunk known; tables for so many bytes.

    They are made in Python: numpy asks for memory in large pages, which random access needs.
    """
    n_buckets, n_heads = FEWEST_BUCKETS, 1 << 12
    while n_buckets < MOST_BUCKETS and n_buckets < BUCKETS_PER_BYTE * n_bytes:
        n_buckets *= 2
    while n_heads < MOST_HEADS and n_heads < n_bytes:
        n_heads *= 2
    stretches = np.arange(-(KNOTS // 2), KNOTS // 2 + 1) << KNOT_SHIFT
    line = SQUASH[stretches + WIDEST].astype(np.uint16)
    now = np.zeros(N_SCALARS, np.int64)
    now[PARTIAL], now[KNOWN] = 1, N_PLAIN
    return Mixer(
        now,
        np.zeros(N_CONTEXTS, np.int64),
        np.zeros(N_CONTEXTS, np.int64),
        np.zeros(N_CONTEXTS, np.int64),
        zeros_on_lines(BUCKET * n_buckets, np.uint32),
        _first_maps(),
        np.zeros(N_INPUTS, np.int64),
        np.zeros(N_INPUTS, np.int32),
        np.full(FIRST_ROWS[-1] * N_INPUTS, FIRST_WEIGHT, np.int32),
        np.full(256 * N_ROWS, ONE // N_ROWS, np.int32),
        np.zeros((N_ROWS, 3), np.int64),
        np.tile(line, SMALL_TABLE + 2 * LARGE_TABLE),
        np.zeros(3, np.int64),
        np.zeros(n_heads, np.int32),
        walk,
    )


# -- a byte begins --------------------------------------------------------------------------------


@inner
def _signed(number):
    return np.int64(number)


@inner
def _scatter(number):
    """Mix the bits of a number; multiplication wraps."""
    number = number * np.int64(-7046029254386353131)
    return (number ^ (number >> 32)) * np.int64(-4658895280553007687)


@inner
def _set_plain_keys(mixer):
    now, keys = mixer.now, mixer.keys
    recent, word, last = now[RECENT], now[WORD], now[RECENT] & 255
    for context in range(N_ORDERS):
        keys[context] = recent << (64 - 8 * ORDERS[context])
    keys[6] = _scatter(word) + last
    keys[7] = _scatter(_scatter(now[WORD_BEFORE]) + word) + last
    keys[8] = recent & 0xFF00
    keys[9] = _scatter(_scatter(now[TWO_BEFORE]) + word) + last
    keys[10] = recent & 0xF0F0FF


@inner
def _set_chunk_keys(mixer):
    keys, classes, state = mixer.keys, mixer.walk.classes, mixer.walk.state
    one, two = state[BEFORE], state[BEFORE_THAT]
    keys[11] = _scatter(state[NODE]) + one
    keys[12] = _scatter(keys[11]) + two
    class_of_one = classes[one] if one >= 0 else one
    class_of_two = classes[two] if two >= 0 else two
    keys[13] = _scatter(_scatter(state[NODE]) + class_of_one) + class_of_two


@inner
def _length_class(length):
    return min(length, 16 + max(length - 16, 0) // 4, LENGTHS - 1)


@inner
def _find_match(mixer, data):
    """Go on with the match, or look for where the last bytes stood before."""
    now, heads, position = mixer.now, mixer.heads, mixer.now[POSITION]
    if now[LENGTH] > 0:
        now[LENGTH] += 1
        now[MATCH] += 1
    if position >= SHORTEST_MATCH:
        hashed = _scatter(now[RECENT] << (64 - 8 * SHORTEST_MATCH))
        head = (hashed >> 32) & (len(heads) - 1)
        if now[LENGTH] == 0:
            start, length = _signed(heads[head]), 0
            while length < min(start, LONGEST_CHECK):
                if data[start - 1 - length] != data[position - 1 - length]:
                    break
                length += 1
            now[MATCH], now[LENGTH] = start, length
        heads[head] = position
    now[EXPECTED] = data[now[MATCH]] | 256 if now[LENGTH] > 0 else 0
    now[CLASS] = _length_class(now[LENGTH])


@inner
def _scatter_keys(keys, first, last):
    for context in range(first, last):
        keys[context] = _scatter(_scatter(keys[context]) + context)


@inner
def _open_byte(mixer, data):
    """Set the contexts of the byte at ``data[now[POSITION]]``, from what stands before it."""
    now = mixer.now
    now[BIT], now[PARTIAL] = 0, 1
    _set_plain_keys(mixer)
    if now[KNOWN] > N_PLAIN:
        _set_chunk_keys(mixer)
    _scatter_keys(mixer.keys, 0, now[KNOWN])
    _find_match(mixer, data)


# -- the chance of a bit --------------------------------------------------------------------------


@spliced
def _home(slots, key):
    return (key >> 20) & (len(slots) // BUCKET - 1)


@inner
def _find_bucket(slots, key):
    """Return slot 0 of the bucket of a key; the least used one of those probed may give way."""
    check = max((key >> 48) & 0xFFFF, 1)
    home = _home(slots, key)
    least, fewest = _signed(0), _signed(MOST_COUNT + 1)
    for probe in range(PROBES):
        bucket = BUCKET * (home ^ probe)
        if _signed(slots[bucket]) >> 16 == check:
            return bucket
        uses = _signed(slots[bucket + 1]) & 63 if slots[bucket] != 0 else -1
        if uses < fewest:
            least, fewest = bucket, uses
    slots[least] = check << 16
    for slot in range(least + 1, least + BUCKET):
        slots[slot] = 0
    return least


@inner
def _starts_group(bit):
    return bit == 0 or bit == 3 or bit == 6


@inner
def _enter_buckets(mixer, first):
    now, keys, buckets = mixer.now, mixer.keys, mixer.buckets
    for context in range(first, now[KNOWN]):
        key = buckets[context] = _scatter(keys[context] + now[PARTIAL])
        fetch(mixer.slots, BUCKET * _home(mixer.slots, key))
    for context in range(first, now[KNOWN]):
        buckets[context] = _find_bucket(mixer.slots, buckets[context])
        if now[BIT] == 0:
            mixer.runs[context] = buckets[context]


@inner
def _group(bit):
    """Return the bucket of a bit: bits 0 to 2, 3 to 5, 6 and 7."""
    return (bit * 11) >> 5


@inner
def _node(now):
    """Return the slot of a bit in its bucket."""
    place = now[BIT] - 3 * _group(now[BIT])
    return (1 << place) | (now[PARTIAL] & ((1 << place) - 1))


@inner
def _ask(mixer, index, row):
    """Take the chance of a map as an input."""
    mixer.asked[index] = row
    mixer.inputs[index] = STRETCH[mixer.maps[row] >> 20]


@inner
def _ask_for(mixer, index, row, byte):
    """Take the chance that a byte, 256 added, is right as an input; nothing if it is not."""
    now = mixer.now
    if byte >> (8 - now[BIT]) != now[PARTIAL]:
        mixer.asked[index] = -1
        mixer.inputs[index] = 0
        return
    _ask(mixer, index, row)
    if byte >> (7 - now[BIT]) & 1 == 0:
        mixer.inputs[index] = -mixer.inputs[index]


@inner
def _set_inputs(mixer):
    """Ask all contexts; returns the number of orders that know something here."""
    now, slots, inputs, buckets = mixer.now, mixer.slots, mixer.inputs, mixer.buckets
    node, met = _node(now), 0
    for context in range(now[KNOWN]):
        slot = _signed(slots[buckets[context] + node])
        if slot == 0:
            mixer.asked[context] = -1
            inputs[context] = 0
        else:
            _ask(mixer, context, context * HISTORIES + (slot >> 6 & (HISTORIES - 1)))
            met += context < N_ORDERS
    for index in range(len(DIRECT)):
        slot = _signed(slots[buckets[DIRECT[index]] + node])
        inputs[FIRST_DIRECT + index] = STRETCH[slot >> 20] if slot != 0 else 0
    for index in range(len(RUNNERS)):
        last = _signed(slots[mixer.runs[RUNNERS[index]]])
        row = FIRST_RUN_MAP + index * RUNS + (min(last & 255, 15) << 1 | (now[BIT] == 0))
        _ask_for(mixer, FIRST_RUNNER + index, row, (last >> 8 & 255 | 256) if last & 255 else 0)
    _ask(mixer, NOTHING, FIRST_BYTE_MAP + now[PARTIAL])
    place = _group(now[BIT]) + (now[BIT] > 0 and now[BIT] < 3) * 3
    _ask_for(mixer, MATCHED, FIRST_MATCH_MAP + 4 * now[CLASS] + place, now[EXPECTED])
    return met


@inner
def _match_degree(now):
    """Return 0 without a match, up to 4 for a long one."""
    if now[EXPECTED] >> (8 - now[BIT]) != now[PARTIAL]:
        return 0
    return min(1 + now[CLASS] // 8, 4)


@inner
def _choose_rows(mixer, met):
    now, rows, known = mixer.now, mixer.rows, 0
    bit, recent = now[BIT], now[RECENT]
    for context in range(N_ORDERS):
        known += mixer.slots[mixer.buckets[context] + 1] != 0
    rows[0, 0] = (FIRST_ROWS[0] + 8 * _match_degree(now) + bit) * N_INPUTS
    rows[1, 0] = (FIRST_ROWS[1] + 8 * known + met) * N_INPUTS
    rows[2, 0] = (FIRST_ROWS[2] + (recent >> 8 & 255)) * N_INPUTS
    rows[3, 0] = (FIRST_ROWS[3] + 256 * _group(bit) + (recent & 255)) * N_INPUTS


@inner
def _mix(mixer):
    """Answer by each row of weights, and by the last row over their answers."""
    now, rows, inputs, weights = mixer.now, mixer.rows, mixer.inputs, mixer.weights
    first, total = now[PARTIAL] * N_ROWS, _signed(0)
    for row in range(N_ROWS):
        start, sum_ = rows[row, 0], _signed(0)
        for index in range(N_INPUTS):
            sum_ += _signed(weights[start + index]) * inputs[index]
        answer = min(max(sum_ >> 16, -WIDE), WIDE)
        rows[row, 1] = answer
        rows[row, 2] = SQUASH[answer + WIDEST]
        total += _signed(mixer.last_weights[first + row]) * answer
    now[MIXED] = min(max(total >> 16, -WIDEST), WIDEST)
    now[ANSWER] = SQUASH[now[MIXED] + WIDEST]


@inner
def _corrected(mixer, table, row):
    """Return the chance that a row of the tables has for the mixed stretch."""
    place = min(max(mixer.now[MIXED], -WIDE), WIDE) + WIDE + 1
    knot, part = row * KNOTS + (place >> KNOT_SHIFT), place & ((1 << KNOT_SHIFT) - 1)
    mixer.knots[table] = knot + (part >> (KNOT_SHIFT - 1))
    lower, upper = _signed(mixer.tables[knot]), _signed(mixer.tables[knot + 1])
    return lower + ((upper - lower) * part >> KNOT_SHIFT)


@inner
def _predict(mixer):
    """Return the chance of a one, from LEAST to ONE - LEAST; that of a zero is the rest of ONE."""
    now = mixer.now
    if _starts_group(now[BIT]):
        _enter_buckets(mixer, 0)
    _choose_rows(mixer, _set_inputs(mixer))
    _mix(mixer)
    partial, recent = now[PARTIAL], now[RECENT]
    hashed = _scatter((recent & 0xFFFF) << 8 | partial) >> 40 & (LARGE_TABLE - 1)
    chance = now[ANSWER] + _corrected(mixer, 0, 256 * _match_degree(now) + partial)
    chance += _corrected(mixer, 1, SMALL_TABLE + ((recent & 255) << 8 | partial))
    chance += _corrected(mixer, 2, SMALL_TABLE + LARGE_TABLE + hashed)
    return min(max(chance >> 2, LEAST), ONE - LEAST)


# -- to learn -------------------------------------------------------------------------------------


@inner
def _learn_weights(mixer, bit):
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
        for index in range(N_INPUTS):
            weights[start + index] += (inputs[index] * error + half) >> RATE_SHIFT


@inner
def _learn_map(maps, row, bit):
    if row >= 0:
        entry = _signed(maps[row])
        chance, count = entry >> 10, entry & MAP_COUNT
        chance += (bit * MAP_ONE - chance) * PORTIONS[count] >> 16
        maps[row] = chance << 10 | min(count + 1, MOST_MEMORY)


@inner
def _learn_maps(mixer, bit):
    asked, inputs = mixer.asked, mixer.inputs
    for index in range(mixer.now[KNOWN]):
        _learn_map(mixer.maps, asked[index], bit)
    _learn_map(mixer.maps, asked[NOTHING], bit)
    for index in range(FIRST_RUNNER, NOTHING):
        _learn_map(mixer.maps, asked[index], _signed(bit == (inputs[index] > 0)))
    _learn_map(mixer.maps, asked[MATCHED], _signed(bit == (inputs[MATCHED] > 0)))


@inner
def _learn_slots(mixer, bit, first):
    slots, node = mixer.slots, _node(mixer.now)
    for context in range(first, mixer.now[KNOWN]):
        place = mixer.buckets[context] + node
        slot = _signed(slots[place])
        count, zeros, ones = slot & 63, slot >> 13 & 31, slot >> 8 & 31
        chance = slot >> 18 if slot != 0 else SLOT_ONE >> 1
        chance += (bit * SLOT_ONE - chance) * PORTIONS[count] >> 16
        if bit:
            ones = min(ones + 1, MOST_SEEN)
        else:
            zeros = min(zeros + 1, MOST_SEEN)
        last_two = (slot >> 6 << 1 | bit) & 3
        history = zeros << 7 | ones << 2 | last_two
        slots[place] = chance << 18 | history << 6 | min(count + 1, MOST_COUNT)


@inner
def _update(mixer, bit):
    """Learn the bit that was predicted, and go to the next of the byte."""
    now = mixer.now
    _learn_weights(mixer, bit)
    _learn_maps(mixer, bit)
    _learn_slots(mixer, bit, 0)
    for table in range(3):
        chance = _signed(mixer.tables[mixer.knots[table]])
        mixer.tables[mixer.knots[table]] += (bit * (ONE - 1) - chance) >> CORRECTION_SHIFT
    now[PARTIAL] = now[PARTIAL] << 1 | bit
    now[BIT] += 1


# -- a byte ends ----------------------------------------------------------------------------------


@inner
def _letter(byte):
    """Return the number of a letter in either case, and of any byte beyond ASCII; 0 for others."""
    if byte >= 65 and byte <= 90:
        return byte + 32
    return byte if (byte >= 97 and byte <= 122) or byte >= 128 or byte == 39 else 0


@inner
def _close_byte(mixer, data):
    """Go to the next byte; the present one is known."""
    now, slots, byte = mixer.now, mixer.slots, _signed(data[mixer.now[POSITION]])
    for index in range(len(RUNNERS)):
        place = mixer.runs[RUNNERS[index]]
        slot = _signed(slots[place])
        run = min((slot & 255) + 1, MOST_RUN) if slot >> 8 & 255 == byte else 1
        slots[place] = slot >> 16 << 16 | byte << 8 | run
    if now[EXPECTED] & 255 != byte:
        now[LENGTH] = 0
    letter = _letter(byte)
    if letter:
        now[WORD] = _scatter(now[WORD] + letter)
    elif now[WORD] != 0:
        now[TWO_BEFORE], now[WORD_BEFORE], now[WORD] = now[WORD_BEFORE], now[WORD], 0
    now[RECENT] = now[RECENT] << 8 | byte
    if now[KNOWN] > N_PLAIN:
        advance(mixer.walk, data, now[POSITION])
    now[POSITION] += 1


@kernel
def learn_chunks(mixer, data):
    """Use the mixer's chunks from here on, learning what followed them in the bytes so far."""
    now, last = mixer.now, mixer.now[POSITION]
    now[KNOWN] = N_CONTEXTS
    restart(mixer.walk, 0)
    for position in range(last):
        now[PARTIAL] = 1
        _set_chunk_keys(mixer)
        _scatter_keys(mixer.keys, N_PLAIN, N_CONTEXTS)
        for bit in range(8):
            now[BIT] = bit
            if _starts_group(bit):
                _enter_buckets(mixer, N_PLAIN)
            came = _signed(data[position]) >> (7 - bit) & 1
            _learn_slots(mixer, came, N_PLAIN)
            now[PARTIAL] = now[PARTIAL] << 1 | came
        advance(mixer.walk, data, position)


# -- bits, and the code ---------------------------------------------------------------------------

_BLOCK = 256  # bytes between looks at the room that is left


@kernel
def mixed_bits(mixer, data, first, last, bits):
    """Put the bits of each byte, by what is learned from those before it, into ``bits``."""
    for position in range(first, last):
        _open_byte(mixer, data)
        bits[position] = 0.0
        for place in range(7, -1, -1):
            bit, chance = _signed(data[position]) >> place & 1, _predict(mixer)
            bits[position] -= log2((chance if bit else ONE - chance) / ONE)
            _update(mixer, bit)
        _close_byte(mixer, data)


@kernel
def mixed_encode(mixer, writer, data, first, last):
    """Write the bytes ``first`` to ``last``; returns the writer."""
    for position in range(first, last):
        if (position - first) % _BLOCK == 0:
            writer = with_bytes(writer, BYTES_PER_BYTE * _BLOCK)
        _open_byte(mixer, data)
        for place in range(7, -1, -1):
            bit, chance = _signed(data[position]) >> place & 1, _predict(mixer)
            if bit:
                write(writer, 0, chance, ONE)
            else:
                write(writer, chance, ONE - chance, ONE)
            _update(mixer, bit)
        _close_byte(mixer, data)
    return writer


@kernel
def mixed_decode(mixer, reader, data, first, last):
    """Read the bytes ``first`` to ``last`` into ``data``; returns whether there was enough."""
    for position in range(first, last):
        if (position - first) % _BLOCK == 0 and past_end(reader):
            return False
        _open_byte(mixer, data)
        for _ in range(8):
            chance = _predict(mixer)
            bit = _signed(target(reader, ONE) < chance)
            if bit:
                take(reader, 0, chance, ONE)
            else:
                take(reader, chance, ONE - chance, ONE)
            _update(mixer, bit)
        data[position] = mixer.now[PARTIAL] & 255
        _close_byte(mixer, data)
    return not past_end(reader)
