"""A slow twin of `hvm.kernels.predict.context`, from the definition of its contexts."""

from __future__ import annotations

import math
from collections import Counter


class Chain:
    """Contexts of one kind, each level's estimates, and what each context was followed by."""

    def __init__(self, n_levels, n_symbols):
        self.n_symbols = n_symbols
        self.follows = {}  # (level, context): Counter of symbols
        self.spectrum = [[0, 4.0, 1.5, 0.8, 0.5] for _ in range(n_levels)]
        self.discounts = [[0.0] * 4 for _ in range(n_levels)]
        self.passed = {}

    def refresh(self):
        for n, discounts in zip(self.spectrum, self.discounts):
            ratio = n[1] / (n[1] + 2 * n[2])
            for c in (1, 2, 3):
                discount = c - (c + 1) * ratio * n[c + 1] / n[c]
                discounts[c] = min(max(discount, 0.05 * c), 0.95 * c)

    def bucket(self, level, follows):
        total = sum(follows.values())
        seen = min(total, 3)
        while total >= 4 and seen < 11:
            seen, total = seen + 1, total / 2
        return self.passed.setdefault((level, min(len(follows), 7), seen), [0.0, 0.0])

    def at(self, level, follows, symbol):
        """Chance to back off, and the share of the rest that the context gives to a symbol."""
        discounts = self.discounts[level]
        kept = {s: c - discounts[min(c, 3)] for s, c in follows.items()}
        taken = (sum(follows.values()) - sum(kept.values())) / sum(follows.values())
        passed, seen = self.bucket(level, follows)
        return (10 * taken + passed) / (10 + seen), kept.get(symbol, 0) / sum(kept.values())

    def known(self, contexts):
        for level, context in enumerate(contexts):
            if (level, context) in self.follows:
                yield level, self.follows[level, context]

    def chance(self, contexts, symbol):
        chance = 1 / self.n_symbols
        for level, follows in self.known(contexts):
            back, share = self.at(level, follows, symbol)
            chance = back * chance + (1 - back) * share
        return chance

    def learn(self, contexts, symbol):
        below, chances = 1 / self.n_symbols, []
        for level, follows in self.known(contexts):
            back, share = self.at(level, follows, symbol)
            whole = back * below + (1 - back) * share
            chances.append((self.bucket(level, follows), back * below / whole))
            below = whole
        reached = 1.0
        for passed, backed in reversed(chances):
            passed[0] += reached * backed
            passed[1] += reached
            if passed[1] > 300:
                passed[:] = [0.5 * x for x in passed]
            reached *= backed
        for level in reversed(range(len(contexts))):
            if contexts[level] is None:
                continue
            follows = self.follows.setdefault((level, contexts[level]), Counter())
            follows[symbol] += 1
            count = follows[symbol]
            if 1 < count <= 5:
                self.spectrum[level][count - 1] -= 1
            if count <= 4:
                self.spectrum[level][count] += 1
            if count > 1:
                break


def cursor(units, codes, begin, at):
    """Prefix under way, its begin, and the two units before, of the longest-first cut."""
    done, here = [-1, -1], begin
    while here < at:
        if codes[here] < 0:
            done, here = [*done, -1], here + 1
            continue
        rest = tuple(codes[here:at])
        fits = [pattern for pattern in units if rest[: len(pattern)] == pattern]
        if any(len(pattern) > len(rest) and pattern[: len(rest)] == rest for pattern in units):
            break
        longest = max(fits, key=len)
        done, here = [*done, units[longest]], here + len(longest)
    return tuple(codes[here:at]), here, done[-1], done[-2]


def context_bits(units, classes, n_symbols, n_chains, codes, starts, n_before=2):
    """units: {pattern: id} of all atoms and chunks without slots; classes: {id: variable}."""
    orders = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16)
    chains = [Chain(n, n_symbols) for n in (len(orders), 5)[:n_chains]]
    weights, bits = [[4.0] * n_chains for _ in range(8)], []
    for begin, stop in zip(starts, [*starts[1:], len(codes)]):
        for at in range(begin, stop):
            symbol = codes[at] if codes[at] >= 0 else n_symbols - 1
            if at % 256 == 0:
                for chain in chains:
                    chain.refresh()
            node, since, one, two = cursor(units, codes, begin, at)
            past = tuple(codes[begin:at])
            contexts = [[past[len(past) - k :] for k in orders if k <= len(past)]]
            a, b = classes.get(one, one), classes.get(two, two)
            first = (node, a) if a != one else None
            both = (node, a, b) if (a, b) != (one, two) else None
            named = [node, first, both, (node, one), (node, one, two)]
            contexts.append((named[:1], [*named[:2], None, named[3]], named)[n_before])
            chances = [c.chance(k, symbol) for c, k in zip(chains, contexts)]
            row = weights[min(at - since, 7)]
            total = sum(row)
            mixed = sum(w / total * p for w, p in zip(row, chances))
            bits.append(-math.log2(mixed))
            row[:] = [w + w / total * p / mixed for w, p in zip(row, chances)]
            if total > 300:
                row[:] = [0.5 * w for w in row]
            for chain, known in zip(chains, contexts):
                chain.learn(known, symbol)
    return bits
