"""Slow twins of `hvm.kernels.rows` and of the code's bits, from their definitions."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise
from math import lgamma, log, log2


def rising(base, n):
    """lg G(base + n) / G(base)."""
    return (lgamma(base + n) - lgamma(base)) / log(2)


def count_pairs(units):
    return Counter((a, b) for a, b in pairwise(units) if b != 0)


def code_bits(units, n_units, n_held, code):
    """Rows and first times; only n_held tells how many units a row may hold."""
    discount, strength = code
    followers = defaultdict(dict)
    for (row, unit), count in count_pairs(units).items():
        followers[row][unit] = count
    bits, firsts = 0.0, Counter(unit for row in followers.values() for unit in row)
    for row in followers.values():
        bits += rising(strength, sum(row.values()))
        bits -= sum(log2(strength + discount * i) for i in range(len(row)))
        bits -= sum(rising(1 - discount, count - 1) for count in row.values())
    named = rising(0.5 * n_held, sum(firsts.values()))
    return bits, named - sum(rising(0.5, count) for count in firsts.values())


def merge_units(units, keys, first):
    new = {(key >> 32, key & (2**32 - 1)): first + i for i, key in enumerate(keys)}
    merged, at = [], 0
    while at < len(units):
        unit = new.get(tuple(units[at : at + 2]))
        merged.append(units[at] if unit is None else unit)
        at += 1 if unit is None else 2
    return merged


def split_units(units, halves, is_split):
    return [half for unit in units for half in (halves[unit] if is_split[unit] else [unit])]


def whole_bits(units, inventory, code):
    """Rows, first times, and the lexicon of the units that stand somewhere."""
    sizes = inventory.sizes
    merged = [unit for unit in set(units) if sizes[unit] > 1]
    n_held = sum(size == 1 for size in sizes) + len(merged)
    paid = sum(inventory.size_bits[sizes[unit]] for unit in merged)
    return sum(code_bits(units, len(sizes), n_held, code)) + paid


def _with_new(inventory, size, halves):
    sizes, kept = list(inventory.sizes), list(map(list, inventory.halves))
    sizes[-1], kept[-1] = size, halves
    return inventory._replace(sizes=sizes, halves=kept)


def merge_gains(units, inventory, code, least, refused):
    """By a recount of all units after each merge; the last unit is the new one."""
    longest, sizes, new = len(inventory.size_bits) - 1, inventory.sizes, len(inventory.sizes) - 1
    before = whole_bits(units, _with_new(inventory, 0, [0, 0]), code)
    gains = {}
    for (left, right), count in sorted(count_pairs(units).items()):
        size, key = sizes[left] + sizes[right], left << 32 | right
        if left and count >= least and size <= longest and key not in set(refused):
            merged = merge_units(units, [key], new)
            after = _with_new(inventory, size, [left, right])
            gains[key] = before - whole_bits(merged, after, code)
    return gains


def split_gains(units, inventory, code):
    before, gains = whole_bits(units, inventory, code), {}
    for unit in sorted(set(units)):
        if inventory.sizes[unit] > 1:
            split = split_units(
                units,
                inventory.halves,
                [unit == k for k in range(unit + 1)] + [False] * (len(inventory.sizes) - unit - 1),
            )
            gains[unit] = before - whole_bits(split, inventory, code)
    return gains


class RowCoder:
    """Choices as whole numbers: the code of rows, one unit after another, decodable.

    Every probability is a fraction of small numbers, for a discount of few digits, so nothing is
    rounded before it comes to the coder.
    """

    def __init__(self, held, code):
        self.held = sorted(held)
        self.discount, self.strength = (Fraction(x).limit_denominator(1000) for x in code)
        self.one = self.discount.denominator * self.strength.denominator
        self.rows, self.firsts = defaultdict(Counter), Counter()

    def known(self, row):
        """(unit, frequency) of a row, the first time last, as None."""
        follows = self.rows[row]
        known = [(u, int(self.one * (n - self.discount))) for u, n in sorted(follows.items())]
        new = self.one * (self.strength + self.discount * len(follows))
        return [*known, (None, int(new))]

    def named(self):
        return [(unit, 2 * self.firsts[unit] + 1) for unit in self.held]

    def learn(self, row, unit):
        self.firsts[unit] += unit not in self.rows[row]
        self.rows[row][unit] += 1

    def choices(self, row, unit):
        """The tables that code a unit, each with the choice made in it."""
        if unit in self.rows[row]:
            yield self.known(row), unit
        else:
            yield self.known(row), None
            yield self.named(), unit
