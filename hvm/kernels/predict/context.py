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

from hvm.kernels.jit import fetch, inner, kernel, spliced, zeros_on_lines
from hvm.kernels.lexicon.trie import UNIT_AT, UNITS, child_of
from hvm.kernels.table import Table

ORDERS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16])  # of the symbol contexts
CHAINS, LEVELS = 2, 17
FIRST_LEVELS = np.array([0, 12, 17])
DEPTHS = 8  # of the present chunk, the last for all deeper ones
PRIOR = 10.0  # occurrences that the discounts' own estimate of backing off counts for
MEMORY = 300.0  # occurrences, of what is learned about backing off and about chains
REFRESH = 256  # symbols between estimates of the discounts

_TYPE_BUCKETS, _TOTAL_BUCKETS = 8, 12
_PRIME = np.uint64(0xC2B2AE3D27D4EB4F)
_SPREAD = np.int64(-7046029254386353131)

# -- a store --------------------------------------------------------------------------------------
# A context that one symbol followed is a slot alone: its key, and symbol << 32 | count. Others
# have a block of words: the four below, then symbols and their counts in turn, frequent ones
# nearer to the front; their slot holds -1 times the block's first word. Blocks have 8, 16, 32
# words and so on, for 2, 6, 14 followers. One that grew too small waits for another context.
# No block of 16 words lies in two lines of memory.
TOTAL, TYPES, ONES, TWOS, HEAD = 0, 1, 2, 3, 4  # ONES: followers counted once; HEAD: words
KEY, VALUE = 0, 1
CONTEXTS, SLOTS, WORDS, MOST, BOUND, FREE = (
    0,
    1,
    2,
    3,
    4,
    5,
)  # of the state; from FREE on blocks by size
_SIZES, _SMALLEST = 28, 8  # of blocks
_FIRST_SLOTS, _MARGIN = 4096, 1024
_COUNT = np.int64((1 << 32) - 1)
_WORDS_PER_FOLLOWER = 12  # at most, blocks that wait included
_WORDS_PER_CONTEXT = 2  # where the number of contexts is bounded; of text 1.3


class Store(NamedTuple):
    """Contexts of a chain, and what followed them.

    A key's home follows from its upper bits, in the order of keys; where that is taken, the key
    goes down to the next free slot. So more slots can be used in place: from the last one down,
    each key goes up to its new home, past none that has not gone yet. Slots and words not in use
    yet were never touched, and take no memory.
    """

    slots: np.ndarray  # int64[_MARGIN + slots, 2]: KEY and VALUE; the first is always free
    words: np.ndarray  # int32[w], blocks
    state: np.ndarray  # int64[FREE + _SIZES], by the names above


class Learned(NamedTuple):
    """What is learned beside counts."""

    spectrum: np.ndarray  # float64[LEVELS, 5]: followers counted 1, 2, 3, 4 times; column 0 unused
    discounts: np.ndarray  # float64[LEVELS, 4], of counts 1, 2, 3 and more; column 0 unused
    passed: np.ndarray  # float64[LEVELS, alike, 2]: symbols from below, all symbols
    weights: np.ndarray  # float64[DEPTHS, CHAINS]
    seen: np.ndarray  # int64[1]: symbols


class Walk(NamedTuple):
    """The longest chunk first, read from the left: where the present one is in the trie."""

    table: Table  # of `hvm.kernels.lexicon.trie.Trie`
    nodes: np.ndarray
    goes_on: np.ndarray  # bool[nodes]: whether a longer chunk passes
    classes: np.ndarray  # int64[K]: the variable that an entry fills, or itself
    state: np.ndarray  # int64[7], by the names below


NODE, BEGIN, LAST, LAST_END, BEFORE, BEFORE_THAT = 0, 1, 2, 3, 4, 5
N_BEFORE = 6  # how many chunks before the present one are contexts: 0, 1 or 2
_NO_UNIT = -1
_NO_KEY = np.int64(0)  # of a level that the position lacks, and of a free slot


class Room(NamedTuple):
    """Scratch for one position."""

    coming: np.ndarray  # int64[LEVELS], keys of the next position, or _NO_KEY
    coming_tops: np.ndarray  # int64[CHAINS]: one past the last level that it has
    keys: np.ndarray  # int64[LEVELS], of this position
    tops: np.ndarray  # int64[CHAINS]
    places: np.ndarray  # int64[LEVELS]: slots, taken or free
    found: np.ndarray  # int64[LEVELS]: the context's block, _ALONE or _UNKNOWN
    follower: np.ndarray  # int64[LEVELS]: the symbol's word in the block, or _UNKNOWN
    alike: np.ndarray  # int64[LEVELS]: where to learn about backing off
    backs: np.ndarray  # float64[LEVELS]: chance to back off, before and then given the symbol
    kept: np.ndarray  # float64[LEVELS]: counts less discounts
    own: np.ndarray  # float64[CHAINS]: chance of the symbol that came
    mixed: np.ndarray  # float64[symbols]: their chances


_ALONE, _UNKNOWN = 0, -1


class Model(NamedTuple):
    """All there is."""

    symbols: Store  # of the first chain
    chunks: Store  # of the second
    learned: Learned
    walk: Walk
    room: Room
    n_chains: int


# -- making: in Python, as memory must come untouched ----------------------------------------


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


def _larger(store: Store, n_events: int) -> Store:
    """Return a copy with room for so many more."""
    state, n_slots, n_words = store.state, _MARGIN + store.state[SLOTS], store.state[WORDS]
    made = make_store(2 * int(n_words + state[CONTEXTS]) + n_events, int(state[BOUND]))
    made.slots[:n_slots], made.words[:n_words] = store.slots[:n_slots], store.words[:n_words]
    made.state[[CONTEXTS, SLOTS, WORDS]] = state[[CONTEXTS, SLOTS, WORDS]]
    made.state[FREE:] = state[FREE:]
    return made


def make_learned() -> Learned:
    """Return what is believed before the first symbol."""
    spectrum = np.empty((LEVELS, 5))
    spectrum[:] = 0.0, 4.0, 1.5, 0.8, 0.5
    return Learned(
        spectrum,
        np.zeros((LEVELS, 4)),
        np.zeros((LEVELS, _TYPE_BUCKETS * _TOTAL_BUCKETS, 2)),
        np.full((DEPTHS, CHAINS), 4.0),
        np.zeros(1, np.int64),
    )


@kernel
def make_walk(table, nodes, classes, n_before):
    """At the root, with nothing before."""
    goes_on = np.zeros(len(nodes), np.bool_)
    for row in range(len(table.cells) // 2):
        if table.cells[2 * row] != -1 and table.cells[2 * row] >> 32 < len(nodes):
            goes_on[table.cells[2 * row] >> 32] = True
    state = np.array([UNITS, 0, _NO_UNIT, 0, _NO_UNIT, _NO_UNIT, n_before])
    return Walk(table, nodes, goes_on, classes, state)


def make_model(
    walk: Walk, n_symbols: int, n_chains: int, n_codes: int, most_contexts: int
) -> Model:
    """Return a model that has seen nothing, of symbols alone with one chain.

    It goes on learning contexts for ``n_codes`` symbols, or until it knows so many of them: a
    quarter of chunks, the rest of symbols.
    """
    room = Room(
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
    return Model(
        make_store(n_codes * len(ORDERS), most_contexts - most_contexts // 4),
        make_store(n_codes * (LEVELS - len(ORDERS)) * (n_chains > 1), most_contexts // 4),
        make_learned(),
        walk,
        room,
        n_chains,
    )


def with_chunks(model: Model, walk: Walk, n_codes: int, most_contexts: int) -> Model:
    """Return the model with other chunks, of which it has learned nothing; it shares the rest."""
    learned, fresh, first = model.learned, make_learned(), FIRST_LEVELS[1]
    for now, then in zip(learned[:3], fresh[:3], strict=True):
        now[first:] = then[first:]
    learned.weights[:], learned.seen[:] = fresh.weights, fresh.seen
    chunks = make_store(n_codes * (LEVELS - len(ORDERS)), most_contexts // 4)
    return model._replace(chunks=chunks, walk=walk, n_chains=CHAINS)


def copy_model(model: Model, n_codes: int) -> Model:
    """Return the same model in memory of its own, with room for so many more symbols.

    What never changes is shared.
    """
    return model._replace(
        symbols=_larger(model.symbols, n_codes * len(ORDERS)),
        chunks=_larger(model.chunks, n_codes * (LEVELS - len(ORDERS))),
        learned=Learned(*(array.copy() for array in model.learned)),
        walk=model.walk._replace(state=model.walk.state.copy()),
    )


# -- finding ------------------------------------------------------------------------------


@spliced
def _mix(state, value):
    x = (np.uint64(state) ^ np.uint64(value + 2)) * _PRIME
    return np.int64(x ^ (x >> np.uint64(29)))


@spliced
def _home(store, key):
    upper = np.uint64(key) >> np.uint64(32)
    return _MARGIN + np.int64(upper * np.uint64(store.state[SLOTS]) >> np.uint64(32))


@spliced
def _place(store, key):
    """Slot where a key is, or would be."""
    place = _home(store, key)
    while store.slots[place, KEY] != key and store.slots[place, KEY] != _NO_KEY:
        place -= 1
    return place


@inner
def _spread_out(store):
    """Use an eighth more slots."""
    slots, state = store.slots, store.state
    last = _MARGIN + state[SLOTS] - 1
    state[SLOTS] = min(state[SLOTS] + (state[SLOTS] >> 3), len(slots) - _MARGIN)
    for row in range(last, 0, -1):
        key, value = slots[row, KEY], slots[row, VALUE]
        if key != _NO_KEY:
            slots[row, KEY] = _NO_KEY
            place = _place(store, key)
            slots[place, KEY], slots[place, VALUE] = key, value


@inner
def _name_symbols(room, codes, begin, at):
    """Name the symbol contexts of a position; its sequence began at ``begin``."""
    key, read = np.int64(1), 0
    room.coming_tops[0] = 0
    for level in range(len(ORDERS)):
        if at - begin < ORDERS[level]:
            break
        while read < ORDERS[level]:
            read += 1
            key = _mix(key, codes[at - read])
        room.coming[level] = _key(key, level)
        room.coming_tops[0] = level + 1


@spliced
def _key(name, level):
    return (name * 64 + level) * _SPREAD


@inner
def _name_chunks(room, walk):
    """Name the chunk contexts of the position where the walk is."""
    classes, state, first = walk.classes, walk.state, FIRST_LEVELS[1]
    one, two = state[BEFORE], state[BEFORE_THAT]
    class_of_one = classes[one] if one >= 0 else one
    class_of_two = classes[two] if two >= 0 else two
    node = _mix(1, state[NODE])
    after_one, after_class = _mix(node, one), _mix(node, class_of_one)
    room.coming[first] = _key(node, first)
    room.coming[first + 1] = _key(after_class, first + 1)
    room.coming[first + 2] = _key(_mix(after_class, class_of_two), first + 2)
    room.coming[first + 3] = _key(after_one, first + 3)
    room.coming[first + 4] = _key(_mix(after_one, two), first + 4)
    if class_of_one == one:
        room.coming[first + 1] = _NO_KEY
    if state[N_BEFORE] < 2 or (class_of_one == one and class_of_two == two):
        room.coming[first + 2] = _NO_KEY
    room.coming_tops[1] = first + (5 if state[N_BEFORE] == 2 else 1 + 3 * state[N_BEFORE])


@inner
def _fetch_slots(store, room, chain):
    for level in range(FIRST_LEVELS[chain], room.coming_tops[chain]):
        if room.coming[level] != _NO_KEY:
            fetch(store.slots, _home(store, room.coming[level]))


@inner
def approach(model, codes, begin, at):
    """Name the contexts of the position that comes, whose sequence began at ``begin``."""
    _name_symbols(model.room, codes, begin, at)
    _fetch_slots(model.symbols, model.room, 0)
    if model.n_chains > 1:
        approach_chunks(model)


@inner
def approach_chunks(model):
    """Name its chunk contexts alone."""
    _name_chunks(model.room, model.walk)
    _fetch_slots(model.chunks, model.room, 1)


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
def _find(store, room, chain):
    """Find a chain's contexts."""
    slots, state = store.slots, store.state
    if 5 * (state[CONTEXTS] + LEVELS) > 4 * state[SLOTS] < 4 * (len(slots) - _MARGIN):
        _spread_out(store)
    room.tops[chain] = room.coming_tops[chain]
    for level in range(FIRST_LEVELS[chain], room.tops[chain]):
        key = room.keys[level] = room.coming[level]
        room.found[level] = _UNKNOWN
        if key == _NO_KEY:
            continue
        place = room.places[level] = _place(store, key)
        if slots[place, KEY] == key:
            room.found[level] = max(-slots[place, VALUE], _ALONE)
            fetch(store.words, room.found[level])


@spliced
def _alike(n_types, total):
    """Contexts alike: 1 to 6 kinds or more; 1, 2, 3 occurrences, then by powers of two."""
    kinds, seen, rest = min(n_types, _TYPE_BUCKETS - 1), min(total, 3), total >> 2
    while rest > 0 and seen < _TOTAL_BUCKETS - 1:
        rest, seen = rest >> 1, seen + 1
    return kinds * _TOTAL_BUCKETS + seen


@inner
def _ask(store, learned, room, chain):
    """Ask a chain's contexts how far each backs off."""
    words, discounts = store.words, learned.discounts
    for level in range(FIRST_LEVELS[chain], room.tops[chain]):
        block = room.found[level]
        if block == _UNKNOWN:
            continue
        if block == _ALONE:
            total, n_types = store.slots[room.places[level], VALUE] & _COUNT, np.int64(1)
            ones, twos = np.int64(total == 1), np.int64(total == 2)
        else:
            total, n_types = np.int64(words[block + TOTAL]), np.int64(words[block + TYPES])
            ones, twos = np.int64(words[block + ONES]), np.int64(words[block + TWOS])
        taken = discounts[level, 1] * ones + discounts[level, 2] * twos
        taken += discounts[level, 3] * (n_types - ones - twos)
        alike = room.alike[level] = _alike(n_types, total)
        from_below, of_all = learned.passed[level, alike, 0], learned.passed[level, alike, 1]
        room.kept[level] = total - taken
        room.backs[level] = (PRIOR * taken / total + from_below) / (PRIOR + of_all)


@inner
def _spread(store, discounts, room, chain, share):
    """Add a chain's chances of all symbols, times its share, to the mixture."""
    words, mixed = store.words, room.mixed
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        block = room.found[level]
        if block == _UNKNOWN:
            continue
        scale = share * (1.0 - room.backs[level]) / room.kept[level]
        one, two, more = discounts[level, 1], discounts[level, 2], discounts[level, 3]
        if block == _ALONE:
            value = store.slots[room.places[level], VALUE]
            count = value & _COUNT
            taken = one if count == 1 else two if count == 2 else more
            mixed[value >> 32] += scale * (count - taken)
        else:
            first = block + HEAD
            for word in range(first, first + 2 * words[block + TYPES], 2):
                count = np.int64(words[word + 1])
                taken = one if count == 1 else two if count == 2 else more
                mixed[words[word]] += scale * (count - taken)
        share *= room.backs[level]
    share /= len(mixed)
    for symbol in range(len(mixed)):
        mixed[symbol] += share


@spliced
def _depth(model, at):
    return min(at - model.walk.state[BEGIN], DEPTHS - 1)


@inner
def look(model):
    """Find the contexts of the position that `approach` named."""
    if model.learned.seen[0] % REFRESH == 0:
        _refresh(model.learned, 0)
    _find(model.symbols, model.room, 0)
    if model.n_chains > 1:
        _find(model.chunks, model.room, 1)
        _ask(model.chunks, model.learned, model.room, 1)
    _ask(model.symbols, model.learned, model.room, 0)


@inner
def predict(model, at):
    """Fill in ``model.room.mixed``, the chances of all symbols, after `look`."""
    room, weights, total = model.room, model.learned.weights[_depth(model, at)], 0.0
    discounts = model.learned.discounts
    for chain in range(model.n_chains):
        total += weights[chain]
    for symbol in range(len(room.mixed)):
        room.mixed[symbol] = 0.0
    _spread(model.symbols, discounts, room, 0, weights[0] / total)
    if model.n_chains > 1:
        _spread(model.chunks, discounts, room, 1, weights[1] / total)


# -- learning -----------------------------------------------------------------------------


@inner
def _refresh(learned, first):
    """Estimate the discounts, of one level and all after it, from the counts of counts."""
    for level in range(first, LEVELS):
        n = learned.spectrum[level]
        ratio = n[1] / (n[1] + 2.0 * n[2])
        for count in range(1, 4):
            discount = count - (count + 1) * ratio * n[count + 1] / n[count]
            learned.discounts[level, count] = min(max(discount, 0.05 * count), 0.95 * count)


@inner
def _count_of(store, room, level, symbol):
    """How often the symbol followed a context; notes where that is counted."""
    words, block = store.words, room.found[level]
    if block == _ALONE:
        value = store.slots[room.places[level], VALUE]
        return value & _COUNT if value >> 32 == symbol else np.int64(0)
    word, end = block + HEAD, block + HEAD + 2 * words[block + TYPES]
    while word < end and words[word] != symbol:
        word += 2
    room.follower[level] = word if word < end else _UNKNOWN
    return np.int64(words[word + 1]) if word < end else np.int64(0)


@inner
def _chance(store, discounts, room, chain, symbol):
    """A chain's chance of one symbol; turns chances to back off into those given the symbol."""
    chance = 1.0 / len(room.mixed)
    for level in range(FIRST_LEVELS[chain], room.tops[chain]):
        if room.found[level] == _UNKNOWN:
            continue
        below = room.backs[level] * chance
        count, chance = _count_of(store, room, level, symbol), below
        if count > 0:
            taken = discounts[level, min(count, 3)]
            chance += (1.0 - room.backs[level]) * (count - taken) / room.kept[level]
        room.backs[level] = below / chance
    return chance


@inner
def _learn_backing_off(passed, room, chain):
    """Credit each level of a chain with its share in the symbol, the top one first."""
    reached = 1.0
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        if room.found[level] == _UNKNOWN:
            continue
        alike = room.alike[level]
        passed[level, alike, 0] += reached * room.backs[level]
        passed[level, alike, 1] += reached
        if passed[level, alike, 1] > MEMORY:
            passed[level, alike, 0] *= 0.5
            passed[level, alike, 1] *= 0.5
        reached *= room.backs[level]


@inner
def _count(store, spectrum, room, chain, symbol):
    """Count the symbol from the longest context down to the first that knows it."""
    for level in range(room.tops[chain] - 1, FIRST_LEVELS[chain] - 1, -1):
        block, place = room.found[level], room.places[level]
        if block == _UNKNOWN:
            is_new = room.keys[level] != _NO_KEY and _begin(store, place, room.keys[level], symbol)
        elif block == _ALONE:
            value = store.slots[place, VALUE]
            if value >> 32 == symbol:
                store.slots[place, VALUE] += 1
                _move_count(spectrum, level, value & _COUNT)
                break
            is_new = _branch(store, place, symbol)
        else:
            word = room.follower[level]
            if word != _UNKNOWN:
                _move_count(spectrum, level, store.words[word + 1])
                _raise(store.words, block, word)
                break
            is_new = _append(store, place, block, symbol)
        if is_new:
            spectrum[level, 1] += 1.0


@inner
def _move_count(spectrum, level, count):
    if count <= 4:
        spectrum[level, count] -= 1.0
        if count < 4:
            spectrum[level, count + 1] += 1.0


@inner
def _begin(store, place, key, symbol):
    """Make a context of a symbol; returns whether there was room, as do those below."""
    slots, state = store.slots, store.state
    while slots[place, KEY] != _NO_KEY:  # taken since it was found free
        place -= 1
    if place == 0 or state[CONTEXTS] >= state[MOST]:
        return False
    state[CONTEXTS] += 1
    slots[place, KEY], slots[place, VALUE] = key, (np.int64(symbol) << 32) | 1
    return True


@inner
def _branch(store, place, symbol):
    """Give a context that one symbol followed a block."""
    words, value, block = store.words, store.slots[place, VALUE], _take(store, 0)
    if block == 0:
        return False
    count = value & _COUNT
    words[block + TOTAL], words[block + TYPES] = count, 1
    words[block + ONES], words[block + TWOS] = count == 1, count == 2
    words[block + HEAD], words[block + HEAD + 1] = value >> 32, count
    store.slots[place, VALUE] = -block
    return _append(store, place, block, symbol)


@inner
def _append(store, place, block, symbol):
    """Add a follower to a block."""
    words, n_types = store.words, np.int64(store.words[block + TYPES])
    if n_types > 1 and (n_types + 2) & (n_types + 1) == 0:
        size = np.int64(0)
        while (_SMALLEST << size) < HEAD + 2 * n_types:
            size += 1
        larger = _take(store, size + 1)
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
def _take(store, size):
    """A block, one that waited if there is one; 0 if there is no room."""
    words, state = store.words, store.state
    block = state[FREE + size]
    if block != 0:
        state[FREE + size] = words[block]
    elif state[WORDS] + (_SMALLEST << size) <= len(words):
        block = state[WORDS]
        state[WORDS] += _SMALLEST << size
    return block


@inner
def _raise(words, block, word):
    """Count a follower once more, and move it before one that has less."""
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


@inner
def _weigh(learned, room, depth, n_chains):
    """Learn how far to trust each chain; returns the chance that the symbol had."""
    weights, total, mixed = learned.weights[depth], 0.0, 0.0
    for chain in range(n_chains):
        mixed += weights[chain] * room.own[chain]
        total += weights[chain]
    for chain in range(n_chains):
        weights[chain] += weights[chain] * room.own[chain] / mixed
        if total > MEMORY:
            weights[chain] *= 0.5
    learned.seen[0] += 1
    return mixed / total


@inner
def learn(model, codes, begin, at, symbol):
    """Learn from the symbol that came, after `look`, and approach the next position.

    Returns the chance that the symbol had; ``room.own`` holds those of the chains.
    """
    learned, room, n_chains = model.learned, model.room, model.n_chains
    room.own[0] = _chance(model.symbols, learned.discounts, room, 0, symbol)
    if n_chains > 1:
        room.own[1] = _chance(model.chunks, learned.discounts, room, 1, symbol)
    chance = _weigh(learned, room, _depth(model, at), n_chains)
    advance(model.walk, codes, at)
    approach(model, codes, begin, at + 1)
    _learn_backing_off(learned.passed, room, 0)
    _count(model.symbols, learned.spectrum, room, 0, symbol)
    if n_chains > 1:
        _learn_backing_off(learned.passed, room, 1)
        _count(model.chunks, learned.spectrum, room, 1, symbol)
    return chance


# -- passes -------------------------------------------------------------------------------


@kernel
def context_bits(model, codes, starts, bits):
    """Predict and learn every symbol; -log2 of each one's chance into ``bits``.

    model : as made, or as an earlier pass left it; changed
    codes : int32[n], -1 for symbols outside the alphabet, which count as its last symbol
    starts : int64[s], sequences, whose contexts are apart
    """
    for sequence in range(len(starts)):
        begin = starts[sequence]
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else len(codes)
        restart(model.walk, begin)
        approach(model, codes, begin, begin)
        for at in range(begin, stop):
            symbol = codes[at] if codes[at] >= 0 else len(model.room.mixed) - 1
            look(model)
            bits[at] = -math.log2(learn(model, codes, begin, at, symbol))


@kernel
def replay(model, codes, last):
    """Learn the symbols before ``last`` as if they had been coded."""
    restart(model.walk, 0)
    approach(model, codes, 0, 0)
    for at in range(last):
        look(model)
        learn(model, codes, 0, at, codes[at])


@kernel
def replay_chunks(model, codes, own, last):
    """Learn the same of chunks alone: a model that has learned what followed symbols.

    own : float64[last], the chance of each symbol by the contexts of symbols
    """
    learned, room = model.learned, model.room
    restart(model.walk, 0)
    approach_chunks(model)
    for at in range(last):
        if learned.seen[0] % REFRESH == 0:
            _refresh(learned, FIRST_LEVELS[1])
        _find(model.chunks, room, 1)
        _ask(model.chunks, learned, room, 1)
        room.own[0] = own[at]
        room.own[1] = _chance(model.chunks, learned.discounts, room, 1, codes[at])
        _weigh(learned, room, _depth(model, at), 2)
        advance(model.walk, codes, at)
        approach_chunks(model)
        _learn_backing_off(learned.passed, room, 1)
        _count(model.chunks, learned.spectrum, room, 1, codes[at])
