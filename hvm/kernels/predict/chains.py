"""A chain of contexts: of the present position, each more particular than the one before.

The next symbol is predicted by each, backing off to the one before, and the first to one chance for
all. There are two chains: of the last symbols; and of the chunk under way and the two chunks before
it, the variables that those fill, if they do, before those chunks themselves.

In a chain, a symbol is counted in the longest context that knows it already and in all longer
ones, so that shorter ones count kinds of contexts, not occurrences, as Kneser & Ney's do (ICASSP
1995).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, fetch, inner, spliced
from hvm.kernels.predict.cursor import BEFORE, BEFORE_THAT, N_BEFORE, NODE, Cursor
from hvm.kernels.predict.estimates import (
    CHAINS,
    FIRST_LEVELS,
    LEVELS,
    MEMORY,
    PRIOR,
    Estimates,
    alike_of,
    move_count,
)
from hvm.kernels.predict.store import (
    ALONE,
    COUNT,
    HEAD,
    KEY,
    NO_KEY,
    ONES,
    TOTAL,
    TWOS,
    TYPES,
    UNKNOWN,
    VALUE,
    Store,
    add_context,
    append,
    branch,
    home_of,
    raise_count,
    reserve,
    slot_of,
    word_of,
)
from hvm.kernels.table import SPREAD

ORDERS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16])  # of the contexts of symbols

_PRIME = np.uint64(0xC2B2AE3D27D4EB4F)
_ODD = SPREAD.astype(np.int64)  # times this, the upper bits of a key hang on all others
_MOST_LEVELS = 64  # a key's lower part tells levels apart


class Scratch(NamedTuple):
    """What is known of one position; a chain has its levels in each array."""

    coming: NDArray[np.int64]  # [LEVELS], keys of the next position, or NO_KEY
    coming_tops: NDArray[np.int64]  # [CHAINS]: one past the last level that it has
    keys: NDArray[np.int64]  # [LEVELS], of this position
    tops: NDArray[np.int64]  # [CHAINS]
    places: NDArray[np.int64]  # [LEVELS]: slots, in use or free
    blocks: NDArray[np.int64]  # [LEVELS]: the context's block, ALONE or UNKNOWN
    followers: NDArray[np.int64]  # [LEVELS]: the symbol's word in the block, or UNKNOWN
    alike: NDArray[np.int64]  # [LEVELS]: where to learn about backing off
    backs: NDArray[np.float64]  # [LEVELS]: chance to back off, before and then given the symbol
    remainders: NDArray[np.float64]  # [LEVELS]: counts less discounts
    by_chain: NDArray[np.float64]  # [CHAINS]: chance of the symbol that came
    chances: NDArray[np.float64]  # [symbols]: their chances


def make_scratch(n_symbols: int) -> Scratch:
    """Return scratch for a model of so many symbols."""
    return Scratch(
        np.zeros(LEVELS, np.int64),
        np.zeros(CHAINS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(CHAINS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(LEVELS),
        np.zeros(LEVELS),
        np.zeros(CHAINS),
        np.zeros(n_symbols),
    )


# -- names of contexts ----------------------------------------------------------------------------


@spliced
def _mix(state: Int, value: Int) -> Int:
    x = (np.uint64(state) ^ np.uint64(value + 2)) * _PRIME
    return np.int64(x ^ (x >> np.uint64(29)))


@spliced
def _key(name: Int, level: Int) -> Int:
    return (name * _MOST_LEVELS + level) * _ODD


@inner
def name_symbols(scratch: Scratch, codes: NDArray[np.int32], begin: Int, at: Int) -> None:
    """Name the contexts of symbols that a position has.

    Parameters
    ----------
    scratch : Scratch
        Changed: ``coming``.
    codes : int32[n]
        Known before ``at``.
    begin : int
        Where the position's sequence begins.
    at : int
        The position.
    """
    read = 0
    key: Int = np.int64(1)
    scratch.coming_tops[0] = 0
    for level in range(len(ORDERS)):
        if at - begin < ORDERS[level]:
            break
        while read < ORDERS[level]:
            read += 1
            key = _mix(key, codes[at - read])
        scratch.coming[level] = _key(key, level)
        scratch.coming_tops[0] = level + 1


@inner
def name_chunks(scratch: Scratch, cursor: Cursor) -> None:
    """Name the contexts of chunks of the position where the cursor is."""
    classes, state, first = cursor.classes, cursor.state, FIRST_LEVELS[1]
    one, two = state[BEFORE], state[BEFORE_THAT]
    class_of_one = classes[one] if one >= 0 else one
    class_of_two = classes[two] if two >= 0 else two
    node = _mix(1, state[NODE])
    after_one, after_class = _mix(node, one), _mix(node, class_of_one)
    scratch.coming[first] = _key(node, first)
    scratch.coming[first + 1] = _key(after_class, first + 1)
    scratch.coming[first + 2] = _key(_mix(after_class, class_of_two), first + 2)
    scratch.coming[first + 3] = _key(after_one, first + 3)
    scratch.coming[first + 4] = _key(_mix(after_one, two), first + 4)
    if class_of_one == one:
        scratch.coming[first + 1] = NO_KEY
    if state[N_BEFORE] < 2 or (class_of_one == one and class_of_two == two):
        scratch.coming[first + 2] = NO_KEY
    scratch.coming_tops[1] = first + (5 if state[N_BEFORE] == 2 else 1 + 3 * state[N_BEFORE])


@inner
def fetch_contexts(store: Store, scratch: Scratch, chain: Int) -> None:
    """Ask for the slots of a chain's contexts of the next position.

    Parameters
    ----------
    store : Store
        The chain's.
    scratch : Scratch
        With their names.
    chain : int
        Its number.
    """
    for level in range(FIRST_LEVELS[chain], scratch.coming_tops[chain]):
        if scratch.coming[level] != NO_KEY:
            fetch(store.slots, home_of(store, scratch.coming[level]))


# -- prediction -----------------------------------------------------------------------------------


@inner
def find_contexts(store: Store, scratch: Scratch, chain: Int) -> None:
    """Go to the position that was named, and find a chain's contexts of it.

    Parameters
    ----------
    store : Store
        The chain's; it may use more slots afterwards.
    scratch : Scratch
        Changed: ``keys``, ``tops``, ``places``, ``blocks``.
    chain : int
        Its number.
    """
    reserve(store, LEVELS)
    scratch.tops[chain] = scratch.coming_tops[chain]
    for level in range(FIRST_LEVELS[chain], scratch.tops[chain]):
        key = scratch.keys[level] = scratch.coming[level]
        scratch.blocks[level] = UNKNOWN
        if key == NO_KEY:
            continue
        place = scratch.places[level] = slot_of(store, key)
        if store.slots[place, KEY] == key:
            scratch.blocks[level] = max(-store.slots[place, VALUE], ALONE)
            fetch(store.words, scratch.blocks[level])


@inner
def ask_contexts(store: Store, estimates: Estimates, scratch: Scratch, chain: Int) -> None:
    """Ask a chain's contexts how far each backs off.

    Parameters
    ----------
    store : Store
        The chain's.
    estimates : Estimates
        As learned so far.
    scratch : Scratch
        Changed: ``alike``, ``remainders``, ``backs``.
    chain : int
        Its number.
    """
    words, discounts = store.words, estimates.discounts
    for level in range(FIRST_LEVELS[chain], scratch.tops[chain]):
        block = scratch.blocks[level]
        if block == UNKNOWN:
            continue
        if block == ALONE:
            total, n_types = store.slots[scratch.places[level], VALUE] & COUNT, np.int64(1)
            ones, twos = np.int64(total == 1), np.int64(total == 2)
        else:
            total, n_types = np.int64(words[block + TOTAL]), np.int64(words[block + TYPES])
            ones, twos = np.int64(words[block + ONES]), np.int64(words[block + TWOS])
        discount = discounts[level, 1] * ones + discounts[level, 2] * twos
        discount += discounts[level, 3] * (n_types - ones - twos)
        alike = scratch.alike[level] = alike_of(n_types, total)
        row = estimates.backing_off[level, alike]
        scratch.remainders[level] = total - discount
        scratch.backs[level] = (PRIOR * discount / total + row[0]) / (PRIOR + row[1])


@inner
def add_chances(
    store: Store, discounts: NDArray[np.float64], scratch: Scratch, chain: Int, share: float
) -> None:
    """Add a chain's chances of all symbols, times its share, to the mixture.

    Parameters
    ----------
    store : Store
        The chain's.
    discounts : float64[LEVELS, 4]
        Of the estimates.
    scratch : Scratch
        Changed: ``chances``.
    chain : int
        Its number.
    share : float
        Of the chain in the mixture, 0 to 1.
    """
    words, chances = store.words, scratch.chances
    for level in range(scratch.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        block = scratch.blocks[level]
        if block == UNKNOWN:
            continue
        scale = share * (1.0 - scratch.backs[level]) / scratch.remainders[level]
        one, two, more = discounts[level, 1], discounts[level, 2], discounts[level, 3]
        if block == ALONE:
            value = store.slots[scratch.places[level], VALUE]
            count = value & COUNT
            discount = one if count == 1 else two if count == 2 else more
            chances[value >> 32] += scale * (count - discount)
        else:
            first = block + HEAD
            for word in range(first, first + 2 * words[block + TYPES], 2):
                count = np.int64(words[word + 1])
                discount = one if count == 1 else two if count == 2 else more
                chances[words[word]] += scale * (count - discount)
        share *= scratch.backs[level]
    share /= len(chances)
    for symbol in range(len(chances)):
        chances[symbol] += share


# -- learning -------------------------------------------------------------------------------------


@inner
def _count_of(store: Store, scratch: Scratch, level: Int, symbol: Int) -> Int:
    """How often the symbol followed a context; notes where that is counted."""
    words, block = store.words, scratch.blocks[level]
    if block == ALONE:
        value = store.slots[scratch.places[level], VALUE]
        return value & COUNT if value >> 32 == symbol else np.int64(0)
    word = scratch.followers[level] = word_of(words, block, symbol)
    return np.int64(words[word + 1]) if word != UNKNOWN else np.int64(0)


@inner
def chance_of(
    store: Store, discounts: NDArray[np.float64], scratch: Scratch, chain: Int, symbol: Int
) -> float:
    """A chain's chance of one symbol; chances to back off become those given the symbol.

    Parameters
    ----------
    store : Store
        The chain's.
    discounts : float64[LEVELS, 4]
        Of the estimates.
    scratch : Scratch
        Changed: ``backs``, ``followers``.
    chain : int
        Its number.
    symbol : int
        The one that came.

    Returns
    -------
    float
        Above 0.
    """
    chance = 1.0 / len(scratch.chances)
    for level in range(FIRST_LEVELS[chain], scratch.tops[chain]):
        if scratch.blocks[level] == UNKNOWN:
            continue
        below = scratch.backs[level] * chance
        count, chance = _count_of(store, scratch, level, symbol), below
        if count > 0:
            discount = discounts[level, min(count, 3)]
            chance += (1.0 - scratch.backs[level]) * (count - discount) / scratch.remainders[level]
        scratch.backs[level] = below / chance
    return chance


@inner
def learn_backing_off(backing_off: NDArray[np.float64], scratch: Scratch, chain: Int) -> None:
    """Credit each level of a chain with its share in the symbol, the top one first.

    Parameters
    ----------
    backing_off : float64[LEVELS, alike, 2]
        Of the estimates; changed, and halved where the memory is full.
    scratch : Scratch
        After `chance_of`.
    chain : int
        Its number.
    """
    reach = 1.0
    for level in range(scratch.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        if scratch.blocks[level] == UNKNOWN:
            continue
        alike = scratch.alike[level]
        backing_off[level, alike, 0] += reach * scratch.backs[level]
        backing_off[level, alike, 1] += reach
        if backing_off[level, alike, 1] > MEMORY:
            backing_off[level, alike, 0] *= 0.5
            backing_off[level, alike, 1] *= 0.5
        reach *= scratch.backs[level]


@inner
def count_symbol(
    store: Store, spectrum: NDArray[np.float64], scratch: Scratch, chain: Int, symbol: Int
) -> None:
    """Count the symbol from the longest context down to the first that knows it.

    Parameters
    ----------
    store : Store
        The chain's; changed.
    spectrum : float64[LEVELS, 5]
        Of the estimates; changed.
    scratch : Scratch
        After `chance_of`.
    chain : int
        Its number.
    symbol : int
        The one that came.
    """
    for level in range(scratch.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        block, place = scratch.blocks[level], scratch.places[level]
        if block == UNKNOWN:
            key = scratch.keys[level]
            is_new = key != NO_KEY and add_context(store, place, key, symbol)
        elif block == ALONE:
            value = store.slots[place, VALUE]
            if value >> 32 == symbol:
                store.slots[place, VALUE] += 1
                move_count(spectrum, level, value & COUNT)
                break
            is_new = branch(store, place, symbol)
        else:
            word = scratch.followers[level]
            if word != UNKNOWN:
                move_count(spectrum, level, store.words[word + 1])
                raise_count(store.words, block, word)
                break
            is_new = append(store, place, block, symbol)
        if is_new:
            spectrum[level, 1] += 1.0
