"""Buckets of the mixer: what followed a context, three bits of a byte at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.mixer import (
    BIT,
    BUCKET,
    KNOWN,
    PARTIAL,
    PORTIONS,
    Mixer,
)
from hvm.kernels.jit import Int, fetch, inner, spliced
from hvm.kernels.table import SPREAD

PROBES = 3  # places where a bucket may be
MOST_COUNT, MOST_SEEN = 60, 30  # bits that a chance is a mean of; bits of each kind in a history
SLOT_ONE = (1 << 14) - 1

_OTHER_ODD = np.uint64(0xBF58476D1CE4E5B9)


@inner
def signed(number: Int | np.bool_) -> Int:
    """Return a number of any array as one of 64 bits."""
    return np.int64(number)


@inner
def scatter(number: Int) -> Int:
    """Mix the bits of a number.

    Multiplication wraps: of numbers without a sign, as that of others is not defined where it does.
    What is joined to a number that was mixed is joined by ``^``, not ``+``, for the same reason.
    """
    spread = np.int64(np.uint64(number) * SPREAD)
    return np.int64(np.uint64(spread ^ (spread >> 32)) * _OTHER_ODD)


@spliced
def _home(slots: NDArray[np.uint32], key: Int) -> Int:
    return (key >> 20) & (len(slots) // BUCKET - 1)


@inner
def _find_bucket(slots: NDArray[np.uint32], key: Int) -> Int:
    """Return slot 0 of the bucket of a key; the least used one of those probed may give way."""
    check = max((key >> 48) & 0xFFFF, 1)
    home = _home(slots, key)
    least, fewest = signed(0), signed(MOST_COUNT + 1)
    for probe in range(PROBES):
        bucket = BUCKET * (home ^ probe)
        if signed(slots[bucket]) >> 16 == check:
            return bucket
        uses = signed(slots[bucket + 1]) & 63 if slots[bucket] != 0 else -1
        if uses < fewest:
            least, fewest = bucket, uses
    slots[least] = check << 16
    for slot in range(least + 1, least + BUCKET):
        slots[slot] = 0
    return least


@inner
def starts_group(bit: Int) -> bool:
    """Whether a bit is the first of its bucket."""
    return bit == 0 or bit == 3 or bit == 6


@inner
def enter_buckets(mixer: Mixer, first: Int) -> None:
    """Find the buckets of the bits that come, of all contexts from ``first`` on."""
    now, keys, buckets = mixer.now, mixer.keys, mixer.buckets
    for context in range(first, now[KNOWN]):
        key = buckets[context] = scatter(keys[context] ^ now[PARTIAL])
        fetch(mixer.slots, BUCKET * _home(mixer.slots, key))
    for context in range(first, now[KNOWN]):
        buckets[context] = _find_bucket(mixer.slots, buckets[context])
        if now[BIT] == 0:
            mixer.runs[context] = buckets[context]


@inner
def group_of(bit: Int) -> Int:
    """Return the bucket of a bit: bits 0 to 2, 3 to 5, 6 and 7."""
    return (bit * 11) >> 5


@inner
def node_of(now: NDArray[np.int64]) -> Int:
    """Return the slot of a bit in its bucket."""
    place = now[BIT] - 3 * group_of(now[BIT])
    node: Int = (1 << place) | (now[PARTIAL] & ((1 << place) - 1))
    return node


@inner
def learn_slots(mixer: Mixer, bit: Int, first: Int) -> None:
    """Count a bit in all contexts from ``first`` on.

    Parameters
    ----------
    mixer : Mixer
        After `enter_buckets`; changed.
    bit : {0, 1}
        What came.
    first : int
        The first context.
    """
    slots, node = mixer.slots, node_of(mixer.now)
    for context in range(first, mixer.now[KNOWN]):
        place = mixer.buckets[context] + node
        slot = signed(slots[place])
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
