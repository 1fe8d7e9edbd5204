"""A slow twin of `hvm.kernels.code.mixed`: dicts and small objects where the kernel packs bits in
tables.

Only the table of buckets is kept as the kernel keeps it, by number, since which bucket gives way to
which is part of what is foretold.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import defaultdict
from decimal import Decimal, getcontext

from hvm.lexicon.parsing import compile_lexicon

getcontext().prec = 40

ORDERS = (1, 2, 3, 4, 5, 8)
PLAIN, CONTEXTS = range(12), range(17)
RUNNER = 5
N_ROWS, N_INPUTS = 4, 37


# -- numbers ------------------------------------------------------------------------------


def wrapped(number):
    """As a signed integer of 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


def scattered(number):
    number = wrapped(wrapped(number) * -7046029254386353131)
    return wrapped((number ^ number >> 32) * -4658895280553007687)


def between(number, least, most):
    return sorted((least, number, most))[1]


def _upper_chance(stretch):
    return min(int(65536 / (1 + (Decimal(-stretch) / 256).exp())), 65535)


_CHANCES = [65536 - _upper_chance(-s) if s < 0 else _upper_chance(s) for s in range(-3071, 3072)]


def squash(stretch):
    return _CHANCES[stretch + 3071]


def _met_at(chance):
    return between(bisect.bisect_left(_CHANCES, chance) - 3071, -2047, 2047)


_STRETCHES = [_met_at(16 * step + 8) for step in range(4096)]


def stretch(chance, one):
    """Of a chance out of ``one``."""
    return _STRETCHES[chance * 4096 // one]


def moved(chance, bit, one, count):
    """A chance out of ``one`` after a bit, where ``count`` bits were counted before."""
    return chance + ((bit * (one - 1) - chance) * (2 * 65536 // (2 * count + 3)) // 65536)


# -- what is counted ----------------------------------------------------------------------


class Slot:
    """The bits that followed a context after the same bits of a byte."""

    def __init__(self):
        self.chance, self.count, self.seen, self.last_two = 2**13 - 1, 0, [0, 0], (0, 0)

    def history(self):
        return (*self.seen, self.last_two)

    def learn(self, bit):
        self.chance = moved(self.chance, bit, 2**14, self.count)
        self.count = min(self.count + 1, 60)
        self.seen[bit] = min(self.seen[bit] + 1, 30)
        self.last_two = self.last_two[1], bit


class Bucket:
    """The slots of up to three bits, and the byte last seen and how often in a row."""

    def __init__(self, check):
        self.check, self.byte, self.run, self.slots = check, 0, 0, {}

    def uses(self):
        return self.slots[""].count if "" in self.slots else 0

    def close(self, byte):
        self.run = min(self.run + 1, 255) if byte == self.byte else 1
        self.byte = byte


class Chance:
    """An adaptive chance, that starts as if ``zeros`` and ``ones`` had been met."""

    def __init__(self, zeros, ones, count=16):
        self.chance = (2**22 - 1) * (2 * ones + 1) // (2 * (zeros + ones) + 2)
        self.count = count

    def learn(self, bit):
        self.chance = moved(self.chance, bit, 2**22, self.count)
        self.count = min(self.count + 1, 255)


class Buckets:
    """At most ``size`` of them, each in one of three places, where the least used gives way."""

    def __init__(self, size):
        self.size, self.at = size, {}

    def find(self, key):
        check, home = max(key >> 48 & 0xFFFF, 1), (key >> 20) % self.size
        places = [home ^ probe for probe in range(3)]
        for place in places:
            if place in self.at and self.at[place].check == check:
                return place
        place = min(places, key=lambda p: self.at[p].uses() if p in self.at else -1)
        self.at[place] = Bucket(check)
        return place


# -- chunks -------------------------------------------------------------------------------


class Cursor:
    """The longest-first cut into chunks, as far as known: what is under way, two units before."""

    def __init__(self, lexicon):
        trie = compile_lexicon(lexicon).trie
        numbers = {row: number for number, row in enumerate(trie.nodes.tolist())}
        steps = [trie.steps[row].tolist() for row in numbers]
        self.edges = {
            (numbers[above], row - steps[numbers[above]][1] // 2): number
            for (row, number), (above, _) in zip(numbers.items(), steps, strict=True)
            if above >= 0
        }
        self.inner = {node for node, _ in self.edges}
        self.units = trie.ends[trie.nodes].tolist()
        self.rest, self.before, self.before_that = b"", -1, -1

    def node(self, symbols):
        node = 0
        for symbol in symbols:
            node = self.edges.get((node, symbol))
        return node

    def is_open(self, symbols):
        """Whether more symbols may belong to the same chunk."""
        node = self.node(symbols)
        return node is not None and (node in self.inner or self.units[node] < 0)

    def longest(self, symbols):
        for size in range(len(symbols), 0, -1):
            node = self.node(symbols[:size])
            if node is not None and self.units[node] >= 0:
                return size, self.units[node]

    def step(self, byte):
        self.rest += bytes([byte])
        while self.rest and not self.is_open(self.rest):
            size, unit = self.longest(self.rest)
            self.before, self.before_that = unit, self.before
            self.rest = self.rest[size:]

    def keys(self):
        after_one = scattered(self.node(self.rest)) ^ self.before
        return [after_one, scattered(after_one) ^ self.before_that]


# -- units --------------------------------------------------------------------------------


def kind(byte):
    if chr(byte) in " \t\n\v\f\r":
        return "space"
    return "letter" if byte >= 128 or chr(byte).isalnum() or chr(byte) == "'" else "other"


def runs_of(data):
    """Runs of bytes of one kind; the last one may go on."""
    return [bytes(run) for _, run in itertools.groupby(data, kind)]


def number(unit):
    total = 0
    for byte in unit.lower().replace(b" ", b""):  # of bytes: ASCII alone
        total = scattered(total ^ byte + 1)
    return total


def units_of(data):
    """Numbers of the units that ended, as keys of tables."""
    return [number(run) % 2**62 for run in runs_of(data)[:-1] if run.strip(b" ")]


# -- the mixer ----------------------------------------------------------------------------


class Mixer:
    """What `hvm.kernels.code.mixer.Mixer` is; ``self.chances`` are those foretold so far."""

    def __init__(self, n_bytes, n_buckets=None):
        self.data, self.chances = b"", []
        self.buckets = Buckets(n_buckets or table_size(28 * n_bytes, 1 << 16, 1 << 23))
        self.n_heads, self.heads = table_size(n_bytes, 1 << 12, 1 << 22), {}
        self.match, self.length = 0, 0
        self.run, self.units = b"", []  # under way; the last three before
        self.variables = {}  # of a unit: the finer one << 32 | the coarser
        self.cursor, self.contexts = None, PLAIN
        self.maps, self.n_learned = {}, 0
        self.weights = defaultdict(lambda: [65536 // 10] * N_INPUTS)
        self.last_weights = defaultdict(lambda: [65536 // N_ROWS] * N_ROWS)
        self.tables = defaultdict(lambda: [squash(128 * knot) for knot in range(-16, 17)])

    # contexts of a byte

    def keys(self):
        last = [*reversed(self.data[-8:]), *[0] * 8]  # the latest first
        unit, (*_, before_that, before) = number(self.run), [0, 0, *map(number, self.units)]
        keys = [sum(last[k] << 8 * (7 - order + 1 + k) for k in range(order)) for order in ORDERS]
        keys.append(scattered(unit) ^ last[0])
        keys.append(scattered(scattered(before) ^ unit) ^ last[0])
        keys.append(last[1] << 8)
        keys.append(scattered(scattered(before_that) ^ unit) ^ last[0])
        keys.append((last[2] & 0xF0) << 16 | (last[1] & 0xF0) << 8 | last[0])
        keys.append(scattered(scattered(before_that) ^ before) ^ unit)
        keys += self.learned_keys() if self.cursor else []
        return [scattered(scattered(key) ^ context) for context, key in enumerate(keys)]

    def learned_keys(self):
        *_, three, two, one = [
            0,
            0,
            0,
            *(self.variables.get(number(w) % 2**62, 0) for w in self.units),
        ]
        coarse = scattered(scattered(three % 2**32) ^ two % 2**32) ^ one % 2**32
        afters = [one, scattered(two) ^ one, coarse]
        return self.cursor.keys() + [scattered(after) ^ number(self.run) for after in afters]

    def find_match(self):
        """Return the byte expected, or None."""
        data, at = self.data, len(self.data)
        if self.length:
            self.match, self.length = self.match + 1, self.length + 1
        if at >= 6:
            last = int.from_bytes(data[-6:], "big") << 16
            head = (scattered(last) >> 32) % self.n_heads
            if not self.length:
                self.match = self.heads.get(head, 0)
                while self.length < min(self.match, 80):
                    if data[self.match - 1 - self.length] != data[at - 1 - self.length]:
                        break
                    self.length += 1
            self.heads[head] = at
        return data[self.match] if self.length else None

    def enter(self, contexts, bits):
        """Find the buckets of the next bits, two or three, after those of a byte so far."""
        for context in contexts:
            partial = int("1" + bits, 2)
            self.entered[context] = self.buckets.find(scattered(self.byte_keys[context] ^ partial))
            if not bits:
                self.first_entered[context] = self.entered[context]

    def bucket(self, context):
        return self.buckets.at[self.entered[context]]

    # chances of a bit

    def map_of(self, kind, key):
        if (kind, key) not in self.maps:
            zeros, ones, count = 0, 0, 16
            if kind == "history":
                zeros, ones, _ = key[1]
            elif kind == "nothing":
                count = 0
            else:
                ones = key[0]
            self.maps[kind, key] = Chance(zeros, ones, count)
        return self.maps[kind, key]

    def foretold(self, byte, bits):
        """The next bit if the byte is this one; None if it is none or cannot be any more."""
        if byte is None or not f"{byte:08b}".startswith(bits):
            return None
        return int(f"{byte:08b}"[len(bits)])

    def ask(self, bits):
        """Set the inputs, and what is to be learned: pairs of an input and its map."""
        self.inputs, self.asked, self.asked_if_right = [0] * N_INPUTS, [], []
        tail = bits[len(bits) // 3 * 3 :]
        for context in self.contexts:
            slot = self.bucket(context).slots.get(tail)
            if slot:
                entry = self.map_of("history", (context, slot.history()))
                self.asked.append(entry)
                self.inputs[context] = stretch(entry.chance, 2**22)
                self.inputs[17 + context] = stretch(slot.chance, 2**14)
        run = self.buckets.at[self.first_entered[RUNNER]]
        entry = self.map_of("run", (min(run.run, 15), not bits))
        self.ask_if(34, entry, self.foretold(run.byte if run.run else None, bits))
        self.asked.append(self.map_of("nothing", bits))
        self.inputs[35] = stretch(self.asked[-1].chance, 2**22)
        place = (0, 3, 3, 1, 1, 1, 2, 2)[len(bits)]
        entry = self.map_of("match", (self.length_class, place))
        self.ask_if(36, entry, self.foretold(self.expected, bits))

    def ask_if(self, index, entry, bit):
        if bit is not None:
            answer = stretch(entry.chance, 2**22)
            self.inputs[index] = answer if bit else -answer
            self.asked_if_right.append((index, entry))

    def predict(self, bits):
        """Return the chance of a one out of 65536."""
        if len(bits) in (0, 3, 6):
            self.enter(self.contexts, bits)
        self.ask(bits)
        self.choose(bits)
        self.answers = []
        for row in self.rows:
            total = sum(w * x for w, x in zip(self.weights[row], self.inputs, strict=True))
            self.answers.append(between(total >> 16, -2047, 2047))
        total = sum(w * x for w, x in zip(self.last_weights[bits], self.answers, strict=True))
        self.mixed = between(total >> 16, -3071, 3071)
        chance = squash(self.mixed) + sum(self.corrected(table) for table in self.corrections)
        return between(chance // 4, 32, 65536 - 32)

    def choose(self, bits):
        """Choose rows of weights and of corrections."""
        last = [*reversed(self.data[-2:]), 0, 0]
        tail, partial = bits[len(bits) // 3 * 3 :], int("1" + bits, 2)
        orders = [self.bucket(context).slots for context in range(len(ORDERS))]
        known, met = (sum(key in slots for slots in orders) for key in ("", tail))
        degree = 0
        if self.foretold(self.expected, bits) is not None:
            degree = min(1 + self.length_class // 8, 4)
        self.rows = [
            ("match", degree, len(bits)),
            ("met", known, met),
            ("before last", last[1]),
            ("last", last[0], len(bits) // 3),
        ]
        of_two = scattered((last[1] << 8 | last[0]) << 8 | partial) >> 40
        self.corrections = [
            ("match", degree, partial),
            ("last", last[0], partial),
            ("two", of_two % 65536),
        ]

    def place(self):
        return divmod(between(self.mixed, -2047, 2047) + 2048, 128)

    def corrected(self, table):
        knot, part = self.place()
        lower, upper = self.tables[table][knot : knot + 2]
        return lower + (upper - lower) * part // 128

    # to learn

    def learn(self, bits, bit):
        self.learn_weights(bits, bit)
        for entry in self.asked:
            entry.learn(bit)
        for index, entry in self.asked_if_right:
            entry.learn(bit == (self.inputs[index] > 0))
        self.learn_slots(self.contexts, bits, bit)
        knot, part = self.place()
        for table in self.corrections:
            row = self.tables[table]
            row[knot + part // 64] += (bit * 65535 - row[knot + part // 64]) // 32

    def learn_weights(self, bits, bit):
        self.n_learned += 1
        rate = 10 + 100 * 2000 // (2000 + self.n_learned)
        error = (bit * 65536 - squash(self.mixed)) * rate
        self.last_weights[bits] = descended(self.last_weights[bits], self.answers, error)
        rate = 30 + 800 * 2000 // (2000 + self.n_learned)
        for row, answer in zip(self.rows, self.answers, strict=True):
            error = (bit * 65536 - squash(answer)) * rate
            self.weights[row] = descended(self.weights[row], self.inputs, error)

    def learn_slots(self, contexts, bits, bit):
        tail = bits[len(bits) // 3 * 3 :]
        for context in contexts:
            self.bucket(context).slots.setdefault(tail, Slot()).learn(bit)

    # bytes

    def open(self):
        self.byte_keys, self.entered, self.first_entered = self.keys(), {}, {}
        self.expected = self.find_match()
        self.length_class = min(self.length, 16 + max(self.length - 16, 0) // 4, 31)

    def close(self, byte):
        self.buckets.at[self.first_entered[RUNNER]].close(byte)
        if byte != self.expected:
            self.length = 0
        self.data += bytes([byte])
        self.read_unit(byte)
        if self.cursor:
            self.cursor.step(byte)

    def read_unit(self, byte):
        if self.run and kind(byte) != kind(self.run[0]):
            self.units = [*self.units[-2:], self.run] if self.run.strip(b" ") else self.units
            self.run = b""
        self.run += bytes([byte])

    def read(self, byte):
        """Return the bits of a byte, and learn it."""
        self.open()
        bits, cost_bits = f"{byte:08b}", 0.0
        for i in range(8):
            chance = self.predict(bits[:i])
            self.chances.append(chance)
            cost_bits -= math.log2((chance if bits[i] == "1" else 65536 - chance) / 65536)
            self.learn(bits[:i], int(bits[i]))
        self.close(byte)
        return cost_bits

    def learn_again(self, lexicon, variables):
        """Use chunks and variables from here on; learn what followed them in the bytes so far."""
        self.cursor, self.contexts, self.variables = Cursor(lexicon), CONTEXTS, variables
        self.run, self.units = b"", []
        for byte in self.data:
            keys, self.entered, self.first_entered = self.learned_keys(), {}, {}
            contexts, bits = CONTEXTS[len(PLAIN) :], f"{byte:08b}"
            self.byte_keys = {
                c: scattered(scattered(k) ^ c) for c, k in zip(contexts, keys, strict=True)
            }
            for i in range(8):
                if i in (0, 3, 6):
                    self.enter(contexts, bits[:i])
                self.learn_slots(contexts, bits[:i], int(bits[i]))
            self.cursor.step(byte)
            self.read_unit(byte)


def table_size(wanted, least, most):
    """The least power of two that is enough, between two others."""
    return next(2**k for k in range(64) if least <= 2**k and (2**k >= wanted or 2**k == most))


def descended(weights, inputs, error):
    return [w + (x * error + 2**21 >> 22) for w, x in zip(weights, inputs, strict=True)]


def mixed_bits(data, lexicons=None, n_buckets=None):
    """Return the bits of each byte and all chances.

    ``lexicons``: of a position, the lexicon and the variables learned there.
    """
    mixer, bits = Mixer(len(data), n_buckets), []
    for position, byte in enumerate(data):
        if position in (lexicons or {}):
            mixer.learn_again(*lexicons[position])
        bits.append(mixer.read(byte))
    return bits, mixer.chances
