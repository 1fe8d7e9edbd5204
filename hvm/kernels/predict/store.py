"""A store of contexts: what followed each of them, and how often.

A context that one symbol followed is a slot alone: its key, and symbol << 32 | count. Others have a
block of words: the four below, then symbols and their counts in turn, frequent ones nearer to the
front; their slot holds -1 times the block's first word. Blocks have 8, 16, 32 words and so on, for
2, 6, 14 followers; one that grew too small waits for another context. No block of 16 words lies in
two lines of memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, spliced, zeros_on_lines

TOTAL, TYPES, ONES, TWOS, HEAD = 0, 1, 2, 3, 4  # ONES: followers counted once; HEAD: words
KEY, VALUE = 0, 1
NO_KEY = np.int64(0)  # of a free slot
COUNT = np.int64((1 << 32) - 1)  # the part of a value that counts
ALONE, UNKNOWN = 0, -1  # in place of a block: one follower, no such context
CONTEXTS, SLOTS, WORDS, MOST, BOUND, FREE = range(6)  # of the state; from FREE on blocks by size

_SIZES, _SMALLEST = 28, 8  # of blocks: how many there are, and the words of the first
_FIRST_SLOTS = 4096
_MARGIN = 1024  # slots below every home, for keys that go down past the first
_WORDS_PER_FOLLOWER = 12  # at most, blocks that wait included
_WORDS_PER_CONTEXT = 2  # where the number of contexts is bounded; of text 1.3


class Store(NamedTuple):
    """Contexts, and what followed them.

    A key's home follows from its upper bits, in the order of keys; where that is taken, the key
    goes down to the next free slot. So more slots can be used in place: from the last one down,
    each key goes up to its new home, past none that has not gone yet. Slots and words not in use
    yet were never touched, and take no memory.
    """

    slots: NDArray[np.int64]  # [_MARGIN + slots, 2]: KEY and VALUE; the first is always free
    words: NDArray[np.int32]  # [w], blocks
    state: NDArray[np.int64]  # [FREE + _SIZES], by the names above


# -- capacity: in Python, as memory must come untouched -------------------------------------------


def make_store(n_events: int, bound: int) -> Store:
    """Return an empty store for so many contexts and followers; ``bound`` contexts at most."""
    most = min(n_events, bound)
    n_slots = max(most + most // 4 + 1, _FIRST_SLOTS)
    n_words = _SMALLEST + min(_WORDS_PER_FOLLOWER * n_events, _WORDS_PER_CONTEXT * bound)
    state = np.zeros(FREE + _SIZES, np.int64)
    state[SLOTS], state[WORDS] = _FIRST_SLOTS, _SMALLEST
    state[MOST], state[BOUND] = most, bound
    slots = zeros_on_lines(2 * (_MARGIN + n_slots), np.int64).reshape(-1, 2)
    return Store(slots, zeros_on_lines(n_words, np.int32), state)


def larger_store(store: Store, n_events: int) -> Store:
    """Return a copy with capacity for so many more."""
    state, n_slots, n_words = store.state, _MARGIN + store.state[SLOTS], store.state[WORDS]
    larger = make_store(2 * int(n_words + state[CONTEXTS]) + n_events, int(state[BOUND]))
    larger.slots[:n_slots], larger.words[:n_words] = store.slots[:n_slots], store.words[:n_words]
    larger.state[[CONTEXTS, SLOTS, WORDS]] = state[[CONTEXTS, SLOTS, WORDS]]
    larger.state[FREE:] = state[FREE:]
    return larger


# -- contexts -------------------------------------------------------------------------------------


@spliced
def home_of(store: Store, key: Int) -> Int:
    """Slot where the search for a key begins."""
    upper = np.uint64(key) >> np.uint64(32)
    return _MARGIN + np.int64(upper * np.uint64(store.state[SLOTS]) >> np.uint64(32))


@spliced
def slot_of(store: Store, key: Int) -> Int:
    """Slot where a key is, or would be."""
    place = home_of(store, key)
    while store.slots[place, KEY] != key and store.slots[place, KEY] != NO_KEY:
        place -= 1
    return place


@inner
def reserve(store: Store, n_contexts: Int) -> None:
    """Use an eighth more slots where so many more contexts would fill over four fifths."""
    slots, state = store.slots, store.state
    if not 5 * (state[CONTEXTS] + n_contexts) > 4 * state[SLOTS] < 4 * (len(slots) - _MARGIN):
        return
    last = _MARGIN + state[SLOTS] - 1
    state[SLOTS] = min(state[SLOTS] + (state[SLOTS] >> 3), len(slots) - _MARGIN)
    for row in range(last, 0, -1):
        key, value = slots[row, KEY], slots[row, VALUE]
        if key != NO_KEY:
            slots[row, KEY] = NO_KEY
            place = slot_of(store, key)
            slots[place, KEY], slots[place, VALUE] = key, value


@inner
def add_context(store: Store, place: Int, key: Int, symbol: Int) -> bool:
    """Add a context that a symbol followed once.

    Parameters
    ----------
    store : Store
        Changed.
    place : int
        The slot that `slot_of` gave; it may have been taken since.
    key : np.int64
        The context's.
    symbol : int
        What followed.

    Returns
    -------
    bool
        Whether the store had the capacity.
    """
    slots, state = store.slots, store.state
    while slots[place, KEY] != NO_KEY:
        place -= 1
    if place == 0 or state[CONTEXTS] >= state[MOST]:
        return False
    state[CONTEXTS] += 1
    slots[place, KEY], slots[place, VALUE] = key, (np.int64(symbol) << 32) | 1
    return True


# -- followers ------------------------------------------------------------------------------------


@inner
def branch(store: Store, place: Int, symbol: Int) -> bool:
    """Give a context that one other symbol followed a block, and add a second follower.

    Parameters
    ----------
    store : Store
        Changed.
    place : int
        The context's slot.
    symbol : int
        What followed.

    Returns
    -------
    bool
        Whether the store had the capacity.
    """
    words, value, block = store.words, store.slots[place, VALUE], _new_block(store, 0)
    if block == 0:
        return False
    count = value & COUNT
    words[block + TOTAL], words[block + TYPES] = count, 1
    words[block + ONES], words[block + TWOS] = count == 1, count == 2
    words[block + HEAD], words[block + HEAD + 1] = value >> 32, count
    store.slots[place, VALUE] = -block
    return append(store, place, block, symbol)


@inner
def append(store: Store, place: Int, block: Int, symbol: Int) -> bool:
    """Add a follower to a block.

    Parameters
    ----------
    store : Store
        Changed.
    place : int
        The context's slot.
    block : int
        First word of its block.
    symbol : int
        What followed.

    Returns
    -------
    bool
        Whether the store had the capacity.
    """
    words, n_types = store.words, np.int64(store.words[block + TYPES])
    if n_types > 1 and (n_types + 2) & (n_types + 1) == 0:
        size = np.int64(0)
        while (_SMALLEST << size) < HEAD + 2 * n_types:
            size += 1
        larger = _new_block(store, size + 1)
        if larger == 0:
            return False
        for word in range(_SMALLEST << size):
            words[larger + word] = words[block + word]
        words[block], store.state[FREE + size] = store.state[FREE + size], block
        store.slots[place, VALUE] = -larger
        block = larger
    words[block + HEAD + 2 * n_types], words[block + HEAD + 2 * n_types + 1] = symbol, 1
    words[block + TOTAL] += 1
    words[block + TYPES] += 1
    words[block + ONES] += 1
    return True


@inner
def word_of(words: NDArray[np.int32], block: Int, symbol: Int) -> Int:
    """Where a follower stands in a block.

    Parameters
    ----------
    words : int32[w]
        Of the store.
    block : int
        First word of the context's block.
    symbol : int
        The follower.

    Returns
    -------
    int
        Its word, or UNKNOWN.
    """
    word, end = block + HEAD, block + HEAD + 2 * words[block + TYPES]
    while word < end and words[word] != symbol:
        word += 2
    return word if word < end else UNKNOWN


@inner
def _new_block(store: Store, size: Int) -> Int:
    """A block, one that waited if there is one; 0 without the capacity."""
    words, state = store.words, store.state
    block: Int = state[FREE + size]
    if block != 0:
        state[FREE + size] = words[block]
    elif state[WORDS] + (_SMALLEST << size) <= len(words):
        block = state[WORDS]
        state[WORDS] += _SMALLEST << size
    return block


@inner
def raise_count(words: NDArray[np.int32], block: Int, word: Int) -> None:
    """Count a follower once more, and move it before one that has less.

    Parameters
    ----------
    words : int32[w]
        Of the store; changed.
    block : int
        First word of the context's block.
    word : int
        Where the follower stands in it.
    """
    count = words[word + 1]
    words[block + TOTAL] += 1
    words[word + 1] += 1
    if count == 1:
        words[block + ONES] -= 1
        words[block + TWOS] += 1
    elif count == 2:
        words[block + TWOS] -= 1
    if word > block + HEAD and words[word - 1] <= count:
        symbol = words[word]
        words[word], words[word + 1] = words[word - 2], words[word - 1]
        words[word - 2], words[word - 1] = symbol, count + 1
