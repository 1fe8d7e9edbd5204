"""Chains of contexts: what the next symbol is, given symbols, chunks and variables before it.

A *chain* is a list of contexts of the present position, each more particular than the one before;
the next symbol is predicted by each, backing off to the one before, and the first to one chance
for all. There are two: of the last symbols; and of the chunk under way and the two chunks before
it, the variables that those fill, if they do, before those chunks themselves.

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
CHAINS, LEVELS = 2, 17
FIRST_LEVELS = np.array([0, 12, 17])
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
_NO_KEY = np.int64(0)  # of a level that the position lacks


class Room(NamedTuple):
    """Scratch for one position."""

    keys: np.ndarray  # int64[LEVELS], or _NO_KEY
    found: np.ndarray  # int64[LEVELS]: the context, or -1
    tops: np.ndarray  # int64[CHAINS]: one past the last level that the position has
    backs: np.ndarray  # float64[LEVELS]: chance to back off, before and then given the symbol
    kept: np.ndarray  # float64[LEVELS]: counts less discounts
    own: np.ndarray  # float64[CHAINS]: chance of the symbol that came
    mixed: np.ndarray  # float64[symbols]: their chances


class Model(NamedTuple):
    """All there is."""

    store: Store
    learned: Learned
    walk: Walk
    room: Room
    n_chains: int
    most_contexts: int  # no new ones after them, nor after 5 followers for every 4 of them


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
        made.places[_place(made.places, made.keys, made.keys[context])] = context
    for follower in range(m):
        context, symbol = made.followers[follower, CONTEXT], made.followers[follower, SYMBOL]
        place = _follow_place(made.follow_places, made.followers, context, symbol)
        made.follow_places[place] = follower
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
def make_model(table, nodes, classes, n_symbols, n_chains, most_contexts):
    """A model that has seen nothing, of ``n_symbols`` symbols; of symbols alone with one chain."""
    room = Room(
        np.zeros(LEVELS, np.int64),
        np.zeros(LEVELS, np.int64),
        np.zeros(CHAINS, np.int64),
        np.zeros(LEVELS),
        np.zeros(LEVELS),
        np.zeros(CHAINS),
        np.zeros(n_symbols),
    )
    walk = make_walk(table, nodes, classes)
    return Model(make_store(4096, 8192), make_learned(), walk, room, n_chains, most_contexts)


@kernel
def with_room(model, n_symbols):
    """The model, its store large enough for so many more symbols, or as large as allowed."""
    store, more = model.store, n_symbols * LEVELS
    n, m = store.used
    if n + more > len(store.keys) or m + more > len(store.followers):
        most = model.most_contexts
        n_contexts = min(max(2 * n, n + more), most)
        n_followers = min(max(2 * m, m + more), most + most // 4)
        if n_contexts > len(store.keys) or n_followers > len(store.followers):
            store = larger_store(store, n_contexts, n_followers)
    return Model(store, model.learned, model.walk, model.room, model.n_chains, model.most_contexts)


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
        model.most_contexts,
    )


# -- finding ------------------------------------------------------------------------------


@spliced
def _mix(state, value):
    x = (np.uint64(state) ^ np.uint64(value + 2)) * _PRIME
    return np.int64(x ^ (x >> np.uint64(29)))


@spliced
def _place(places, keys, key):
    """Where in the index a context is, or would be."""
    mask = len(places) - 1
    place = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(24)) & mask
    while places[place] >= 0 and keys[places[place]] != key:
        place = (place + 1) & mask
    return place


@spliced
def _follow_place(places, followers, context, symbol):
    """Where in the index a follower is, or would be."""
    mask = len(places) - 1
    key = (np.int64(context) << 24) ^ np.int64(symbol)
    place = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(24)) & mask
    while places[place] >= 0 and not (
        followers[places[place], CONTEXT] == context and followers[places[place], SYMBOL] == symbol
    ):
        place = (place + 1) & mask
    return place


@inner
def _name(model, codes, begin, at):
    """Name the contexts of a position; a sequence began at ``begin``."""
    room, state = model.room, model.walk.state
    key, read = np.int64(1), 0
    room.tops[0] = 0
    for level in range(len(ORDERS)):
        if at - begin < ORDERS[level]:
            break
        while read < ORDERS[level]:
            read += 1
            key = _mix(key, codes[at - read])
        room.keys[level] = key * 64 + level
        room.tops[0] = level + 1
    if model.n_chains > 1:
        classes, first = model.walk.classes, FIRST_LEVELS[1]
        one, two = state[BEFORE], state[BEFORE_THAT]
        class_of_one = classes[one] if one >= 0 else one
        class_of_two = classes[two] if two >= 0 else two
        node = _mix(1, state[NODE])
        after_one = _mix(node, one)
        room.keys[first] = node * 64 + first
        room.keys[first + 1] = _mix(node, class_of_one) * 64 + first + 1
        room.keys[first + 2] = _mix(_mix(node, class_of_one), class_of_two) * 64 + first + 2
        room.keys[first + 3] = after_one * 64 + first + 3
        room.keys[first + 4] = _mix(after_one, two) * 64 + first + 4
        if class_of_one == one:
            room.keys[first + 1] = _NO_KEY
        if class_of_one == one and class_of_two == two:
            room.keys[first + 2] = _NO_KEY
        room.tops[1] = first + 5


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


@spliced
def _buckets(n_types, total):
    """Contexts alike: 1 to 6 kinds or more; 1, 2, 3 occurrences, then by powers of two."""
    kinds, seen, rest = min(n_types, _TYPE_BUCKETS - 1), min(total, 3), total >> 2
    while rest > 0 and seen < _TOTAL_BUCKETS - 1:
        rest, seen = rest >> 1, seen + 1
    return kinds, seen


@inner
def _ask(store, learned, room, chain):
    """Find a chain's contexts, and how far each backs off."""
    contexts, discounts = store.contexts, learned.discounts
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        room.found[level] = -1
        if room.keys[level] != _NO_KEY:
            room.found[level] = store.places[_place(store.places, store.keys, room.keys[level])]
        number = room.found[level]
        if number < 0:
            continue
        total, n_types = contexts[number, TOTAL], contexts[number, TYPES]
        ones, twos = contexts[number, ONES], contexts[number, TWOS]
        taken = discounts[level, 1] * ones + discounts[level, 2] * twos
        taken += discounts[level, 3] * (n_types - ones - twos)
        kinds, seen = _buckets(n_types, total)
        from_below, of_all = (
            learned.passed[level, kinds, seen, 0],
            learned.passed[level, kinds, seen, 1],
        )
        room.kept[level] = total - taken
        room.backs[level] = (PRIOR * taken / total + from_below) / (PRIOR + of_all)


@inner
def _spread(store, discounts, room, chain, share):
    """Add a chain's chances of all symbols, times its share, to the mixture."""
    followers, mixed = store.followers, room.mixed
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        if room.found[level] < 0:
            continue
        scale = share * (1.0 - room.backs[level]) / room.kept[level]
        one, two, more = discounts[level, 1], discounts[level, 2], discounts[level, 3]
        follower = np.int64(store.contexts[room.found[level], FIRST])
        while follower >= 0:
            count = followers[follower, COUNT]
            taken = one if count == 1 else two if count == 2 else more
            mixed[followers[follower, SYMBOL]] += scale * (count - taken)
            follower = np.int64(followers[follower, NEXT])
        share *= room.backs[level]
    share /= len(mixed)
    for symbol in range(len(mixed)):
        mixed[symbol] += share


@spliced
def _depth(model, at):
    return min(at - model.walk.state[BEGIN], DEPTHS - 1)


@inner
def look(model, codes, begin, at):
    """Find the contexts of a position, whose sequence began at ``begin``."""
    if model.learned.seen[0] % REFRESH == 0:
        _refresh(model.learned)
    _name(model, codes, begin, at)
    for chain in range(model.n_chains):
        _ask(model.store, model.learned, model.room, chain)


@inner
def predict(model, at):
    """Fill in ``model.room.mixed``, the chances of all symbols, after `look`."""
    room, weights, total = model.room, model.learned.weights[_depth(model, at)], 0.0
    for chain in range(model.n_chains):
        total += weights[chain]
    for symbol in range(len(room.mixed)):
        room.mixed[symbol] = 0.0
    for chain in range(model.n_chains):
        share = weights[chain] / total
        _spread(model.store, model.learned.discounts, room, chain, share)


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
def _chance(store, discounts, room, chain, symbol, n_symbols):
    """A chain's chance of one symbol; turns chances to back off into those given the symbol."""
    followers, chance = store.followers, 1.0 / n_symbols
    for level in range(FIRST_LEVELS[chain], room.tops[chain]):
        number = room.found[level]
        if number < 0:
            continue
        below = room.backs[level] * chance
        place = _follow_place(store.follow_places, followers, number, symbol)
        follower = store.follow_places[place]
        chance = below
        if follower >= 0:
            count = followers[follower, COUNT]
            taken = discounts[level, min(count, 3)]
            chance += (1.0 - room.backs[level]) * (count - taken) / room.kept[level]
        room.backs[level] = below / chance
    return chance


@inner
def _learn_backing_off(store, passed, room, chain):
    """Credit each level of a chain with its share in the symbol, the top one first."""
    contexts, reached = store.contexts, 1.0
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        number = room.found[level]
        if number < 0:
            continue
        kinds, seen = _buckets(contexts[number, TYPES], contexts[number, TOTAL])
        passed[level, kinds, seen, 0] += reached * room.backs[level]
        passed[level, kinds, seen, 1] += reached
        if passed[level, kinds, seen, 1] > MEMORY:
            passed[level, kinds, seen, 0] *= 0.5
            passed[level, kinds, seen, 1] *= 0.5
        reached *= room.backs[level]


@spliced
def _is_full(store):
    return store.used[0] == len(store.keys) or store.used[1] == len(store.followers)


@inner
def _count(store, spectrum, room, chain, symbol):
    """Count the symbol from the longest context down to the first that knows it."""
    contexts, followers = store.contexts, store.followers
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        number = np.int64(room.found[level])
        if number < 0:
            if room.keys[level] == _NO_KEY or _is_full(store):
                continue
            number = store.used[0]
            store.used[0] += 1
            place = _place(store.places, store.keys, room.keys[level])
            store.places[place], store.keys[number] = number, room.keys[level]
            for column in range(4):
                contexts[number, column] = 0
            contexts[number, FIRST] = -1
        place = _follow_place(store.follow_places, followers, number, symbol)
        follower = np.int64(store.follow_places[place])
        if follower < 0 and store.used[1] == len(followers):
            continue
        contexts[number, TOTAL] += 1
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
    """Learn from the symbol that came, after `look`; returns the chance that it had."""
    store, learned, room = model.store, model.learned, model.room
    weights, total, mixed = learned.weights[_depth(model, at)], 0.0, 0.0
    for chain in range(model.n_chains):
        room.own[chain] = _chance(store, learned.discounts, room, chain, symbol, len(room.mixed))
        mixed += weights[chain] * room.own[chain]
        total += weights[chain]
    for chain in range(model.n_chains):
        weights[chain] += weights[chain] * room.own[chain] / mixed
        if total > MEMORY:
            weights[chain] *= 0.5
        _learn_backing_off(store, learned.passed, room, chain)
        _count(store, learned.spectrum, room, chain, symbol)
    learned.seen[0] += 1
    advance(model.walk, codes, at)
    return mixed / total


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
            look(model, codes, begin, at)
            bits[at] = -math.log2(learn(model, codes, at, symbol))
    return model
