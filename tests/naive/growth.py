"""Slow twins of growing and pruning: the text as lists, every count by counting anew."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

from hvm.lexicon.lexicon import CHUNK, VARIABLE
from naive.lexicon import parts_of, pattern_of

RANKED_AGAIN, ROUNDS = 1.1, 20


def xlog2(x):
    return x * math.log2(x) if x > 0 else 0.0


def gamma_bits(n):
    return 2 * math.floor(math.log2(n)) + 1


def counts_bits(n, kinds):
    digits = math.floor(math.log2(n + 1))
    ways = math.lgamma(n + kinds) - math.lgamma(n + 1) - math.lgamma(kinds)
    return digits + gamma_bits(digits + 1) + ways / math.log(2)


# -- hvm.kernels.learn.growth ---------------------------------------------------------------------


def adjacent(text, weights):
    pairs = Counter()
    for sequence, weight in zip(text, weights, strict=True):
        for pair in pairwise(sequence):
            pairs[pair] += weight
    return pairs


def merged(sequence, pair, whole):
    units, i = [], 0
    while i < len(sequence):
        if tuple(sequence[i : i + 2]) == pair:
            units.append(whole)
            i += 2
        else:
            units.append(sequence[i])
            i += 1
    return units


class Growing:
    def __init__(self, text, weights, labels, rule):
        self.text, self.weights, self.labels, self.rule = text, weights, list(labels), rule
        self.followed = {
            pair: n for pair, n in adjacent(text, weights).items() if n >= rule.count_min
        }
        self.keys, self.halves = {}, []
        self.count()

    def count(self):
        self.counts = Counter()
        for sequence, weight in zip(self.text, self.weights, strict=True):
            for unit in sequence:
                self.counts[unit] += weight
        self.total = sum(self.counts.values())

    def data_gain(self, pair):
        joint, (left, right) = self.followed[pair], pair
        a, b, n = self.counts[left], self.counts[right], self.total
        if left == right:
            parts = xlog2(a) - xlog2(max(a - 2 * joint, 0))
        else:
            parts = xlog2(a) - xlog2(a - joint) + xlog2(b) - xlog2(b - joint)
        return xlog2(n) - xlog2(n - joint) + xlog2(joint) - parts

    def key(self, pair):
        slope = math.log2((self.total + len(self.labels)) / max(self.total, 1))
        by_occurrence = self.data_gain(pair) / self.followed[pair] + slope
        return (
            self.followed[pair] * by_occurrence**self.rule.exponent if by_occurrence > 0 else None
        )

    def offer(self, pair):
        if self.followed[pair] >= self.rule.count_min:
            key = self.key(pair)
            if key is not None and key > self.keys.get(pair, -math.inf):
                self.keys[pair] = key

    def gain(self, pair):
        if self.labels[pair[0]] + self.labels[pair[1]] in self.labels:
            return -math.inf
        size, joint = len(self.labels), self.followed[pair]
        kinds = size - self.rule.n_variables
        more = counts_bits(self.total - joint, kinds + 1) - counts_bits(self.total, kinds)
        return self.data_gain(pair) - (2 + 2 * math.log2(size)) - more

    def best(self):
        """The pair that becomes a unit next; keys may be out of date, as those of the kernel."""
        while self.keys:
            pair = min(self.keys, key=lambda one: (-self.keys[one], one))
            key = self.keys.pop(pair)
            if self.followed[pair] < self.rule.count_min:
                continue
            if len(self.labels[pair[0]] + self.labels[pair[1]]) > self.rule.longest:
                continue
            if pair[0] == pair[1]:
                self.followed[pair] = sum(
                    weight * merged(sequence, pair, None).count(None)
                    for sequence, weight in zip(self.text, self.weights, strict=True)
                )
                if self.followed[pair] < self.rule.count_min:
                    continue
            again = self.key(pair)
            others = [(-value, one) for one, value in self.keys.items()]
            if (again is None or again < key) and others:
                if again is None or min(others) < (-again, pair):
                    self.offer(pair)
                    continue
            if self.gain(pair) > self.rule.gain_min:
                return pair
        return None

    def merge(self, pair):
        whole, before = len(self.labels), adjacent(self.text, self.weights)
        self.labels.append(self.labels[pair[0]] + self.labels[pair[1]])
        self.halves.append(pair)
        self.text = [merged(sequence, pair, whole) for sequence in self.text]
        after = adjacent(self.text, self.weights)
        self.count()
        self.followed[pair] = 0
        for other in self.followed:
            if other != pair and before[other] != after[other]:
                self.followed[other] -= before[other] - after[other]
                self.offer(other)
        for other, n in after.items():
            if whole in other and n >= self.rule.count_min:
                self.followed[other] = n
                self.offer(other)


def grow(text, weights, labels, rule):
    """Pairs that became units, in order, and how often each unit stands after."""
    growing, ranked_at = Growing(text, weights, labels, rule), 0
    while len(growing.labels) < rule.most_units:
        if len(growing.labels) >= RANKED_AGAIN * ranked_at:
            growing.keys = {}
            for pair in growing.followed:
                growing.offer(pair)
            ranked_at = len(growing.labels)
        pair = growing.best()
        if pair is None:
            break
        growing.merge(pair)
    return growing.halves, [growing.counts[unit] for unit in range(len(growing.labels))]


# -- hvm.kernels.learn.pruning --------------------------------------------------------------------


def prune(entries, counts, is_fixed, label_bits, most):
    """Which entries are kept, and the counts they have then."""
    kinds, size = entries.kinds, len(counts)
    counts, dropped = list(counts), set()
    n_variables = sum(kind == VARIABLE for kind in kinds)

    def parts(entry):
        below = []
        for part in parts_of(entries, entry):
            below += parts(part) if part in dropped else [part]
        return below

    def uses(entry):
        holders = [e for e in range(size) if kinds[e] == CHUNK and e not in dropped]
        holders += [e for e in range(size) if kinds[e] == VARIABLE]
        return sum((parts(e) if kinds[e] == CHUNK else []).count(entry) for e in holders)

    def loss(entry):
        below, count, n_units = parts(entry), counts[entry], sum(counts)
        more = n_units + count * (len(below) - 1)
        after = Counter(dict(enumerate(counts)))
        bits = xlog2(more) - xlog2(n_units) + xlog2(count)
        for part in below:
            if kinds[part] == VARIABLE:
                bits += count * (label_bits[part] - math.log2(max(more, 1)))
            else:
                bits -= xlog2(after[part] + count) - xlog2(after[part])
                after[part] += count
        n = size - len(dropped)
        kept = n - n_variables
        bits += counts_bits(more, kept - 1) - counts_bits(n_units, kept)
        bits += uses(entry) * (len(below) - 1) * math.log2(n)
        return bits - (1 + gamma_bits(len(below) - 1) + len(below) * math.log2(n))

    for _ in range(ROUNDS):
        losses = {
            entry: loss(entry)
            for entry in range(size)
            if kinds[entry] == CHUNK and not is_fixed[entry] and entry not in dropped
        }
        n_forced, n_dropped = (size - len(dropped) - most + 1) // 2, 0
        for entry in sorted(losses, key=lambda one: (losses[one], one)):
            if losses[entry] >= 0 and n_dropped >= n_forced:
                break
            if loss(entry) < 0 or n_dropped < n_forced:
                for part in parts(entry):
                    if kinds[part] != VARIABLE:
                        counts[part] += counts[entry]
                counts[entry] = 0
                dropped.add(entry)
                n_dropped += 1
        if n_dropped == 0:
            break
    return [entry not in dropped for entry in range(size)], counts


# -- hvm.kernels.lexicon.arrange ------------------------------------------------------------------


def arranged_patterns(entries, is_kept):
    """What the kept entries stand for, a variable by the patterns of its members, as a set."""

    def named(entry):
        if entries.kinds[entry] != VARIABLE:
            labels = pattern_of(entries, entry)
            return tuple(named(x) if entries.kinds[x] == VARIABLE else x for x in labels)
        return frozenset(named(member) for member in parts_of(entries, entry))

    return {named(entry) for entry in range(len(entries.kinds)) if is_kept[entry]}
