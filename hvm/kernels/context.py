"""Chains of contexts: what the next symbol is, given symbols, chunks and variables before it.

A *chain* is a list of contexts of the present position, each more particular than the one before;
the next symbol is predicted by each, backing off to the one before, and the first to one chance
for all. There are three: of the last symbols; of the chunk under way and the chunks before it; and
the same with the variables that those chunks fill, where they fill any, in their place.

In a chain, a symbol is counted in the longest context that knows it already and in all longer
ones, so that shorter ones count kinds of contexts, not occurrences, as Kneser & Ney's do (ICASSP
1995); counts are discounted by Chen & Goodman's estimates (Computer Speech & Language 13:4, 1999)
from each level's counts of counts. How far to back off is learned, for each level and for contexts
alike in the number of symbols and of occurrences they hold, by the share of symbols that turned
out to come from below; so are the weights of the chains, for each depth in the present chunk.

Every step uses + - * / of doubles alone, which IEEE 754 defines to the last bit, in one order: a
decoder computes what the encoder did, on any machine.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel, spliced
from hvm.kernels.match import UNIT_AT, UNITS, child_of

ORDERS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16])  # of the symbol contexts
CHAINS, LEVELS = 3, 20
FIRST_LEVELS = np.array([0, 12, 16, 20])
DEPTHS = 8  # of the present chunk, the last for all deeper ones
PRIOR = 10.0  # occurrences that the discounts' own estimate of backing off counts for
MEMORY = 300.0  # occurrences, of what is learned about backing off and about chains
REFRESH = 256  # symbols between estimates of the discounts

_TYPE_BUCKETS, _TOTAL_BUCKETS = 8, 12
_PRIME = np.uint64(0xC2B2AE3D27D4EB4F)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Store(NamedTuple):
    """Contexts and what followed them, in order of appearance, and where to find them."""

    places: np.ndarray  # int32[power of two]: context, or -1
    keys: np.ndarray  # int64[c]
    contexts: np.ndarray  # int32[c, 5]: TOTAL, TYPES, ONES, TWOS, FIRST
    follow_places: np.ndarray  # int32[power of two]: follower, or -1
    followers: np.ndarray  # int32[f, 4]: CONTEXT, SYMBOL, COUNT, NEXT
    used: np.ndarray  # int64[2]: contexts, followers


TOTAL, TYPES, ONES, TWOS, FIRST = 0, 1, 2, 3, 4  # ONES: followers counted once
CONTEXT, SYMBOL, COUNT, NEXT = 0, 1, 2, 3


class Learned(NamedTuple):
    """What is learned beside counts."""

    spectrum: np.ndarray  # float64[LEVELS, 5]: followers counted 1, 2, 3, 4 times; column 0 unused
    discounts: np.ndarray  # float64[LEVELS, 4], of counts 1, 2, 3 and more; column 0 unused
    passed: np.ndarray  # float64[LEVELS, types, totals, 2]: symbols from below, all symbols
    weights: np.ndarray  # float64[DEPTHS, CHAINS]
    seen: np.ndarray  # int64[1]: symbols


class Walk(NamedTuple):
    """The longest chunk first, read from the left: where the present one is in the trie."""

    table: np.ndarray  # of `hvm.kernels.match.Trie`
    nodes: np.ndarray
    goes_on: np.ndarray  # bool[nodes]: whether a longer chunk passes
    classes: np.ndarray  # int64[K]: the variable that an entry fills, or itself
    state: np.ndarray  # int64[6], by the names below


NODE, BEGIN, LAST, LAST_END, BEFORE, BEFORE_THAT = 0, 1, 2, 3, 4, 5
_NO_UNIT = -1


class Room(NamedTuple):
    """Scratch for one position."""

    keys: np.ndarray  # int64[LEVELS]
    found: np.ndarray  # int64[LEVELS]: the context, or -1
    n_levels: np.ndarray  # int64[CHAINS]: levels of each chain that the position has
    backs: np.ndarray  # float64[LEVELS]: chance to back off, before and then given the symbol
    chances: np.ndarray  # float64[CHAINS, symbols]
    mixed: np.ndarray  # float64[symbols]


class Model(NamedTuple):
    """All there is."""

    store: Store
    learned: Learned
    walk: Walk
    room: Room
    n_chains: int


# -- making -------------------------------------------------------------------------------


@kernel
def make_store(n_contexts, n_followers):
    """An empty store with room for so many."""
    return Store(
        np.full(_power_of_two(2 * n_contexts), -1, np.int32),
        np.empty(n_contexts, np.int64),
        np.zeros((n_contexts, 5), np.int32),
        np.full(_power_of_two(2 * n_followers), -1, np.int32),
        np.empty((n_followers, 4), np.int32),
        np.zeros(2, np.int64),
    )


@inner
def _power_of_two(least):
    size = 16
    while size < least:
        size *= 2
    return size


@kernel
def larger_store(store, n_contexts, n_followers):
    """The same store with more room."""
    made = make_store(n_contexts, n_followers)
    n, m = store.used
    made.keys[:n], made.contexts[:n] = store.keys[:n], store.contexts[:n]
    made.followers[:m] = store.followers[:m]
    made.used[:] = store.used
    for context in range(n):
        made.places[_place(made, made.keys[context])] = context
    for follower in range(m):
        row = made.followers[follower]
        made.follow_places[_follow_place(made, row[CONTEXT], row[SYMBOL])] = follower
    return made


@kernel
def make_learned():
    """What is believed before the first symbol."""
    spectrum = np.empty((LEVELS, 5))
    spectrum[:, 1], spectrum[:, 2], spectrum[:, 3], spectrum[:, 4] = 4.0, 1.5, 0.8, 0.5
    return Learned(
        spectrum,
        np.zeros((LEVELS, 4)),
        np.zeros((LEVELS, _TYPE_BUCKETS, _TOTAL_BUCKETS, 2)),
        np.full((DEPTHS, CHAINS), 4.0),
        np.zeros(1, np.int64),
    )


@kernel
def make_walk(table, nodes, classes):
    """At the root, with nothing before."""
    goes_on = np.zeros(len(nodes), np.bool_)
    for row in range(len(table) // 2):
        if table[2 * row] != -1 and table[2 * row] >> 32 < len(nodes):
            goes_on[table[2 * row] >> 32] = True
    state = np.array([UNITS, 0, _NO_UNIT, 0, _NO_UNIT, _NO_UNIT])
    return Walk(table, nodes, goes_on, classes, state)


@kernel
def make_model(table, nodes, classes, n_symbols, n_chains):
    """A model that has seen nothing, of ``n_symbols`` symbols; of symbols alone with one chain."""
    room = Room(
        np.zeros(LEVELS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(CHAINS, np.int64),
        np.zeros(LEVELS),
        np.zeros((CHAINS, n_symbols)),
        np.zeros(n_symbols),
    )
    return Model(
        make_store(4096, 8192), make_learned(), make_walk(table, nodes, classes), room, n_chains
    )


@kernel
def with_room(model, n_symbols):
    """The model, its store large enough for so many more symbols."""
    store, more = model.store, n_symbols * LEVELS
    n, m = store.used
    if n + more > len(store.keys) or m + more > len(store.followers):
        store = larger_store(store, max(2 * n, n + more), max(2 * m, m + more))
    return Model(store, model.learned, model.walk, model.room, model.n_chains)


@kernel
def copy_model(model):
    """The same model in memory of its own; what never changes is shared."""
    store, learned, walk = model.store, model.learned, model.walk
    return Model(
        Store(
            store.places.copy(),
            store.keys.copy(),
            store.contexts.copy(),
            store.follow_places.copy(),
            store.followers.copy(),
            store.used.copy(),
        ),
        Learned(
            learned.spectrum.copy(),
            learned.discounts.copy(),
            learned.passed.copy(),
            learned.weights.copy(),
            learned.seen.copy(),
        ),
        Walk(walk.table, walk.nodes, walk.goes_on, walk.classes, walk.state.copy()),
        model.room,
        model.n_chains,
    )


# -- finding ------------------------------------------------------------------------------


@spliced
def _mix(state, value):
    x = (np.uint64(state) ^ np.uint64(value + 2)) * _PRIME
    return np.int64(x ^ (x >> np.uint64(29)))


@inner
def _place(store, key):
    """Where in the index a context is, or would be."""
    mask = len(store.places) - 1
    place = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(24)) & mask
    while store.places[place] >= 0 and store.keys[store.places[place]] != key:
        place = (place + 1) & mask
    return place


@inner
def _follow_place(store, context, symbol):
    """Where in the index a follower is, or would be."""
    mask, followers = len(store.follow_places) - 1, store.followers
    key = (np.int64(context) << 24) ^ symbol
    place = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(24)) & mask
    while True:
        follower = store.follow_places[place]
        if follower < 0:
            return place
        if followers[follower, CONTEXT] == context and followers[follower, SYMBOL] == symbol:
            return place
        place = (place + 1) & mask


@inner
def _look(model, codes, begin, at):
    """Find the contexts of a position; a sequence began at ``begin``."""
    room, state = model.room, model.walk.state
    key, read = np.int64(1), 0
    room.n_levels[0] = 0
    for level in range(len(ORDERS)):
        if at - begin < ORDERS[level]:
            break
        while read < ORDERS[level]:
            read += 1
            key = _mix(key, codes[at - read])
        room.keys[level] = key * 64 + level
        room.n_levels[0] += 1
    classes = model.walk.classes
    for chain in range(1, model.n_chains):
        first = FIRST_LEVELS[chain]
        one, two = state[BEFORE], state[BEFORE_THAT]
        if chain == 2:
            one = classes[one] if one >= 0 else one
            two = classes[two] if two >= 0 else two
        key = np.int64(chain)
        room.keys[first] = key * 64 + first
        key = _mix(key, state[NODE])
        room.keys[first + 1] = key * 64 + first + 1
        key = _mix(key, one)
        room.keys[first + 2] = key * 64 + first + 2
        key = _mix(key, two)
        room.keys[first + 3] = key * 64 + first + 3
        room.n_levels[chain] = 4
    for chain in range(model.n_chains):
        first = FIRST_LEVELS[chain]
        for level in range(first, first + room.n_levels[chain]):
            room.found[level] = model.store.places[_place(model.store, room.keys[level])]


@inner
def advance(walk, codes, at):
    """Take the walk over a symbol, back to the last chunk's end where none goes on."""
    state, here = walk.state, at
    while here <= at:
        node = np.int64(-1)
        if codes[here] >= 0:
            node = child_of(walk.table, state[NODE], codes[here])
        elif state[NODE] == UNITS:
            here += 1
            _close(state, _NO_UNIT, here)
            continue
        if node < 0:
            here = state[LAST_END]
            _close(state, state[LAST], here)
            continue
        state[NODE] = node
        here += 1
        if walk.nodes[node, UNIT_AT] >= 0:
            state[LAST], state[LAST_END] = walk.nodes[node, UNIT_AT], here
            if not walk.goes_on[node]:
                _close(state, state[LAST], here)


@inner
def _close(state, unit, end):
    state[BEFORE_THAT], state[BEFORE] = state[BEFORE], unit
    state[NODE], state[BEGIN], state[LAST], state[LAST_END] = UNITS, end, _NO_UNIT, end


@inner
def restart(walk, at):
    """A sequence begins."""
    state = walk.state
    state[NODE], state[BEGIN], state[LAST], state[LAST_END] = UNITS, at, _NO_UNIT, at
    state[BEFORE], state[BEFORE_THAT] = _NO_UNIT, _NO_UNIT


# -- predicting ---------------------------------------------------------------------------


@inner
def _back_off(model, level):
    """Chance to back off from a level's context: learned, from the discounts where little was."""
    context = model.store.contexts[model.room.found[level]]
    kinds, seen = _buckets(context[TYPES], context[TOTAL])
    passed = model.learned.passed[level, kinds, seen]
    own = _discounted(model, level) / context[TOTAL]
    return (PRIOR * own + passed[0]) / (PRIOR + passed[1])


@spliced
def _buckets(n_types, total):
    """Contexts alike: 1 to 6 kinds or more; 1, 2, 3 occurrences, then by powers of two."""
    kinds, seen, rest = min(n_types, _TYPE_BUCKETS - 1), min(total, 3), total >> 2
    while rest > 0 and seen < _TOTAL_BUCKETS - 1:
        rest, seen = rest >> 1, seen + 1
    return kinds, seen


@inner
def _discounted(model, level):
    """What the discounts take from a context's counts."""
    context, discounts = model.store.contexts[model.room.found[level]], model.learned.discounts
    ones, twos = context[ONES], context[TWOS]
    more = context[TYPES] - ones - twos
    return discounts[level, 1] * ones + discounts[level, 2] * twos + discounts[level, 3] * more


@inner
def _predict_chain(model, chain):
    """Fill in a chain's chances of all symbols."""
    room, store, discounts = model.room, model.store, model.learned.discounts
    chances, first = room.chances[chain], FIRST_LEVELS[chain]
    share = 1.0
    for symbol in range(len(chances)):
        chances[symbol] = 0.0
    for level in range(first + room.n_levels[chain] - 1, first - 1, -1):
        if room.found[level] < 0:
            continue
        context = store.contexts[room.found[level]]
        room.backs[level] = _back_off(model, level)
        scale = share * (1.0 - room.backs[level]) / (context[TOTAL] - _discounted(model, level))
        follower = context[FIRST]
        while follower >= 0:
            count = store.followers[follower, COUNT]
            taken = discounts[level, min(count, 3)]
            chances[store.followers[follower, SYMBOL]] += scale * (count - taken)
            follower = store.followers[follower, NEXT]
        share *= room.backs[level]
    share /= len(chances)
    for symbol in range(len(chances)):
        chances[symbol] += share


@spliced
def _depth(model, at):
    return min(at - model.walk.state[BEGIN], DEPTHS - 1)


@inner
def predict(model, codes, begin, at):
    """Fill in ``model.room.mixed``, the chances of all symbols at a position."""
    room = model.room
    if model.learned.seen[0] % REFRESH == 0:
        _refresh(model.learned)
    _look(model, codes, begin, at)
    for chain in range(model.n_chains):
        _predict_chain(model, chain)
    if model.n_chains == 1:
        for symbol in range(len(room.mixed)):
            room.mixed[symbol] = room.chances[0, symbol]
        return
    weights, total = model.learned.weights[_depth(model, at)], 0.0
    for chain in range(model.n_chains):
        total += weights[chain]
    for symbol in range(len(room.mixed)):
        room.mixed[symbol] = 0.0
    for chain in range(model.n_chains):
        weight = weights[chain] / total
        for symbol in range(len(room.mixed)):
            room.mixed[symbol] += weight * room.chances[chain, symbol]


# -- learning -----------------------------------------------------------------------------


@inner
def _refresh(learned):
    """Estimate the discounts from the counts of counts."""
    for level in range(LEVELS):
        n = learned.spectrum[level]
        ratio = n[1] / (n[1] + 2.0 * n[2])
        for count in range(1, 4):
            discount = count - (count + 1) * ratio * n[count + 1] / n[count]
            learned.discounts[level, count] = min(max(discount, 0.05 * count), 0.95 * count)


@inner
def _learn_backing_off(model, chain, symbol):
    """Credit each level of a chain with its share in the symbol, the top one first."""
    room, store, discounts = model.room, model.store, model.learned.discounts
    first, last = FIRST_LEVELS[chain], FIRST_LEVELS[chain] + room.n_levels[chain] - 1
    chance = 1.0 / len(room.mixed)
    for level in range(first, last + 1):
        if room.found[level] < 0:
            continue
        below = room.backs[level] * chance
        follower = store.follow_places[_follow_place(store, room.found[level], symbol)]
        chance = below
        if follower >= 0:
            count = store.followers[follower, COUNT]
            left = store.contexts[room.found[level], TOTAL] - _discounted(model, level)
            taken = discounts[level, min(count, 3)]
            chance += (1.0 - room.backs[level]) * (count - taken) / left
        room.backs[level] = below / chance
    reached = 1.0
    for level in range(last, first - 1, -1):
        if room.found[level] < 0:
            continue
        context = store.contexts[room.found[level]]
        kinds, seen = _buckets(context[TYPES], context[TOTAL])
        passed = model.learned.passed[level, kinds, seen]
        passed[0] += reached * room.backs[level]
        passed[1] += reached
        if passed[1] > MEMORY:
            passed[0] *= 0.5
            passed[1] *= 0.5
        reached *= room.backs[level]


@inner
def _count(model, chain, symbol):
    """Count the symbol from the longest context down to the first that knows it."""
    room, store, spectrum = model.room, model.store, model.learned.spectrum
    contexts, followers = store.contexts, store.followers
    first = FIRST_LEVELS[chain]
    for level in range(first + room.n_levels[chain] - 1, first - 1, -1):
        number = room.found[level]
        if number < 0:
            number = store.used[0]
            store.used[0] += 1
            store.places[_place(store, room.keys[level])] = number
            store.keys[number] = room.keys[level]
            for column in range(4):
                contexts[number, column] = 0
            contexts[number, FIRST] = -1
        contexts[number, TOTAL] += 1
        place = _follow_place(store, number, symbol)
        follower = store.follow_places[place]
        if follower >= 0:
            count = followers[follower, COUNT]
            followers[follower, COUNT] = count + 1
            if count <= 4:
                spectrum[level, count] -= 1.0
                if count < 4:
                    spectrum[level, count + 1] += 1.0
            if count == 1:
                contexts[number, ONES] -= 1
                contexts[number, TWOS] += 1
            elif count == 2:
                contexts[number, TWOS] -= 1
            break
        follower = store.used[1]
        store.used[1] += 1
        store.follow_places[place] = follower
        followers[follower, CONTEXT], followers[follower, SYMBOL] = number, symbol
        followers[follower, COUNT], followers[follower, NEXT] = 1, contexts[number, FIRST]
        contexts[number, FIRST] = follower
        contexts[number, TYPES] += 1
        contexts[number, ONES] += 1
        spectrum[level, 1] += 1.0


@inner
def learn(model, codes, at, symbol):
    """Learn from the symbol that came, after `predict`."""
    room = model.room
    if model.n_chains > 1:
        weights, total = model.learned.weights[_depth(model, at)], 0.0
        for chain in range(model.n_chains):
            total += weights[chain]
        for chain in range(model.n_chains):
            weights[chain] += (
                weights[chain] / total * (room.chances[chain, symbol] / room.mixed[symbol])
            )
        if total > MEMORY:
            for chain in range(model.n_chains):
                weights[chain] *= 0.5
    for chain in range(model.n_chains):
        _learn_backing_off(model, chain, symbol)
        _count(model, chain, symbol)
    model.learned.seen[0] += 1
    advance(model.walk, codes, at)


# -- passes -------------------------------------------------------------------------------


@kernel
def context_bits(model, codes, starts, bits):
    """Predict and learn every symbol; -log2 of each one's chance into ``bits``.

    model : as made, or as an earlier pass left it; changed
    codes : int32[n], -1 for symbols outside the alphabet, which count as its last symbol
    starts : int64[s], sequences, whose contexts are apart
    returns the model
    """
    for sequence in range(len(starts)):
        begin = starts[sequence]
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else len(codes)
        restart(model.walk, begin)
        for at in range(begin, stop):
            if (at - begin) % REFRESH == 0:
                model = with_room(model, REFRESH)
            symbol = codes[at] if codes[at] >= 0 else len(model.room.mixed) - 1
            predict(model, codes, begin, at)
            bits[at] = -math.log2(model.room.mixed[symbol])
            learn(model, codes, at, symbol)
    return model
