"""The mixer of bits: what it holds, and how that begins.

A context answers with inputs: chances in the logistic domain (:mod:`hvm.kernels.code.logistic`). A
row of weights adds them up, and online gradient descent on coding cost moves the weights (Mahoney,
"Adaptive weighing of context models for lossless data compression", 2005). Several rows, each
chosen by something else, answer side by side; a last row weighs their answers, and three tables
correct the result by what it met before (secondary estimation, ibid.).

The contexts are the last bytes; units; and, once chunks and variables of units are known,
the chunk under way with the chunks before it, and the unit under way with the variables that those
before it fill. A weight of one is ``ONE``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.logistic import ONE, SQUASH, WIDEST
from hvm.kernels.jit import kernel, zeros_on_lines
from hvm.kernels.predict.cursor import Cursor
from hvm.kernels.table import Table

# -- contexts: of the last bytes, of units, of chunks, of variables -------------------------------
ORDERS = np.array([1, 2, 3, 4, 5, 8])
N_ORDERS, N_PLAIN, N_CONTEXTS = len(ORDERS), 12, 17

# -- inputs: of each context its history and its plain chance; of some the byte last seen; of no
# context; of a match -----------------------------------------------------------------------------
RUNNERS = np.array([5])
FIRST_DIRECT = N_CONTEXTS
FIRST_RUNNER = 2 * N_CONTEXTS
NOTHING = FIRST_RUNNER + len(RUNNERS)
MATCHED = NOTHING + 1
N_INPUTS = MATCHED + 1

# -- slots: what followed a context so far --------------------------------------------------------
# A bucket has three bits of a byte: slot 0 is check << 16 | last byte << 8 | its run, and slot
# 1..7 (the bits so far, after a one) is chance << 18 | history << 6 | count.
BUCKET = 8
BUCKETS_PER_BYTE, FEWEST_BUCKETS, MOST_BUCKETS = 28, 1 << 16, 1 << 23
HISTORIES = 1 << 12  # zeros seen << 7 | ones seen << 2 | last two bits

# -- maps: adaptive chances, chance << 10 | count -------------------------------------------------
MAP_ONE, MAP_COUNT = (1 << 22) - 1, 1023
PRIOR = 16  # bits that a chance counts for at the start
RUNS, LONGEST_RUN = 32, 15  # min(run, LONGEST_RUN) << 1 | whether at the first bit
LENGTHS = 32  # of matches, in classes
FIRST_RUN_MAP = N_CONTEXTS * HISTORIES
FIRST_BYTE_MAP = FIRST_RUN_MAP + len(RUNNERS) * RUNS
FIRST_MATCH_MAP = FIRST_BYTE_MAP + 256
N_MAPS = FIRST_MATCH_MAP + 4 * LENGTHS
# What a chance moves by towards a bit, after so many: nearly a mean over them.
PORTIONS = np.array([ONE * 2 // (2 * count + 3) for count in range(MAP_COUNT + 1)], np.int32)

# -- matches --------------------------------------------------------------------------------------
FEWEST_HEADS, MOST_HEADS = 1 << 12, 1 << 22

# -- rows of weights, and correction --------------------------------------------------------------
# Chosen by match and bit; by orders met; by the byte before last; by the last byte and bit group.
FIRST_ROWS = np.array([0, 40, 104, 360, 1128])
N_ROWS = len(FIRST_ROWS) - 1
FIRST_WEIGHT = ONE // 10
KNOTS, KNOT_SHIFT = 33, 7  # a correction is a line between chances at every half of stretch
SMALL_TABLE, LARGE_TABLE = 5 * 256, 1 << 16  # contexts of corrections
N_TABLES = 3

# -- scalars --------------------------------------------------------------------------------------
POSITION, BIT, PARTIAL, RECENT, UNIT, UNIT_BEFORE, TWO_BEFORE, STEP = range(8)
MATCH, LENGTH, EXPECTED, CLASS = range(8, 12)  # EXPECTED: a byte and 256; 0 where none
MIXED, ANSWER, KNOWN = 12, 13, 14  # stretch and chance of the last row; contexts in use
FILLED, FILLED_TWO, FILLED_THREE = 15, 16, 17  # variables of the three units before; 0: none
KIND = 18  # of the run under way
N_SCALARS = 19


class Mixer(NamedTuple):
    """What was learned, and the bit that comes."""

    now: NDArray[np.int64]  # [N_SCALARS]
    keys: NDArray[np.int64]  # [N_CONTEXTS], of this byte
    runs: NDArray[np.int64]  # [N_CONTEXTS], slot 0 of the first bucket of this byte
    buckets: NDArray[np.int64]  # [N_CONTEXTS], slot 0 of the bucket of this bit
    slots: NDArray[np.uint32]  # [8 * power of two]
    maps: NDArray[np.uint32]  # [N_MAPS]: of histories, of runs, of no context, of matches
    input_maps: NDArray[np.int64]  # [N_INPUTS], map behind an input; -1 where there is none
    inputs: NDArray[np.int32]  # [N_INPUTS], stretch
    weights: NDArray[np.int32]  # [rows * N_INPUTS]
    last_weights: NDArray[np.int32]  # [256 * N_ROWS]
    rows: NDArray[np.int64]  # [N_ROWS, 3]: first weight, stretch, chance
    tables: NDArray[np.uint16]  # [contexts * KNOTS], chances
    knots: NDArray[np.int64]  # [N_TABLES], the nearest of each table
    heads: NDArray[np.int32]  # [power of two], where a hash of bytes last ended
    cursor: Cursor  # through chunks
    variables: Table  # of units, as `hvm.kernels.code.units.pack_variables` made it


@kernel
def _first_maps() -> NDArray[np.uint32]:
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


def _power_of_two(wanted: int, fewest: int, most: int) -> int:
    """The first power of two from ``fewest`` on that is enough, or ``most``."""
    size = fewest
    while size < most and size < wanted:
        size *= 2
    return size


def make_mixer(n_bytes: int, cursor: Cursor, variables: Table) -> Mixer:
    """Return a mixer that learned nothing, with tables for so many bytes.

    They are made in Python: numpy asks for memory in large pages, which random access needs.

    Parameters
    ----------
    n_bytes : int
    cursor : Cursor
        Through chunks.
    variables : Table
        Of units.

    Returns
    -------
    Mixer
    """
    n_buckets = _power_of_two(BUCKETS_PER_BYTE * n_bytes, FEWEST_BUCKETS, MOST_BUCKETS)
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
        np.zeros(N_TABLES, np.int64),
        np.zeros(_power_of_two(n_bytes, FEWEST_HEADS, MOST_HEADS), np.int32),
        cursor,
        variables,
    )
