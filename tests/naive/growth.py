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


def merged(sequence, wholes):
    """A sequence with its units for pairs; no pair begins with what another ends with."""
    units, i = [], 0
    while i < len(sequence):
        pair = tuple(sequence[i : i + 2])
        units.append(wholes.get(pair, sequence[i]))
        i += 2 if pair in wholes else 1
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

    def joint(self, pair):
        left, right = pair
        n = self.followed[pair]
        return min(n, self.counts[left] // 2) if left == right else n

    def data_gain(self, pair):
        joint, (left, right) = self.joint(pair), pair
        a, b, n = self.counts[left], self.counts[right], self.total
        if left == right:
            parts = xlog2(a) - xlog2(max(a - 2 * joint, 0))
        else:
            parts = xlog2(a) - xlog2(a - joint) + xlog2(b) - xlog2(b - joint)
        return xlog2(n) - xlog2(n - joint) + xlog2(joint) - parts

    def rank(self, pair):
        self.keys.pop(pair, None)
        if self.joint(pair) >= self.rule.count_min:
            slope = math.log2((self.total + len(self.labels)) / max(self.total, 1))
            by_occurrence = self.data_gain(pair) / self.joint(pair) + slope
            if by_occurrence > 0:
                self.keys[pair] = self.joint(pair) * by_occurrence**self.rule.exponent

    def is_worth_it(self, pair):
        whole = self.labels[pair[0]] + self.labels[pair[1]]
        if len(whole) > self.rule.longest or whole in self.labels:
            return False
        size = len(self.labels)
        kinds = size - self.rule.n_variables
        more = counts_bits(self.total - self.joint(pair), kinds + 1)
        more -= counts_bits(self.total, kinds)
        return self.data_gain(pair) - (2 + 2 * math.log2(size)) - more > self.rule.gain_min

    def choose(self, share):
        """Pairs that become units in one round; ranks may be out of date, as the kernel's are."""
        while self.keys:
            ranked = dict(self.keys)
            least = share * max(ranked.values())
            for pair, key in ranked.items():
                if key >= least:
                    self.rank(pair)
            if self.keys != ranked:
                continue
            chosen, lefts, rights, room = [], set(), set(), self.rule.most_units - len(self.labels)
            near = [pair for pair, key in self.keys.items() if key >= least]
            for pair in sorted(near, key=lambda one: (-self.keys[one], one)):
                if len(chosen) == room:
                    break
                left, right = pair
                if not self.is_worth_it(pair):
                    del self.keys[pair]
                elif left in rights or right in lefts or (left == right and left in lefts):
                    continue
                else:
                    chosen.append(pair)
                    lefts.add(left)
                    rights.add(right)
            if chosen:
                return chosen
        return []

    def merge(self, chosen):
        before, first = adjacent(self.text, self.weights), len(self.labels)
        wholes = {pair: first + k for k, pair in enumerate(chosen)}
        for left, right in chosen:
            self.labels.append(self.labels[left] + self.labels[right])
        self.halves += chosen
        self.text = [merged(sequence, wholes) for sequence in self.text]
        after = adjacent(self.text, self.weights)
        self.count()
        for pair in chosen:
            self.followed[pair] = 0
            self.keys.pop(pair, None)
        for pair, n in before.items():
            if self.followed.get(pair, 0) > 0 and n != after[pair]:
                self.followed[pair] -= n - after[pair]
                self.rank(pair)
        for pair, n in after.items():
            if max(pair) >= first and n >= self.rule.count_min:
                self.followed[pair] = n
                self.rank(pair)


def grow(text, weights, labels, rule):
    """Pairs that became units, in order, and how often each unit stands after."""
    growing, ranked_at = Growing(text, weights, labels, rule), 0
    while len(growing.labels) < rule.most_units:
        if len(growing.labels) >= RANKED_AGAIN * ranked_at:
            for pair in growing.followed:
                growing.rank(pair)
            ranked_at = len(growing.labels)
        is_alone = len(growing.halves) < rule.n_alone
        chosen = growing.choose(1.0 if is_alone else rule.share)
        if not chosen:
            break
        growing.merge(chosen)
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
