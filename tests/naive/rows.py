"""Slow twins of `hvm.kernels.rows` and of the code's bits, from their definitions."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from math import lgamma, log, log2


def rising(base, n):
    """lg G(base + n) / G(base)."""
    return (lgamma(base + n) - lgamma(base)) / log(2)


def count_pairs(corpus):
    """A pair stands as often as the sequence of its second unit comes."""
    units, times = corpus
    pairs = Counter()
    for row, unit, count in zip(units, units[1:], times[1:]):
        if unit != 0:
            pairs[row, unit] += count
    return pairs


def code_bits(corpus, n_units, n_held, code):
    """Rows and first times; only n_held tells how many units a row may hold."""
    discount, strength = code
    followers = defaultdict(dict)
    for (row, unit), count in count_pairs(corpus).items():
        followers[row][unit] = count
    bits, firsts = 0.0, Counter(unit for row in followers.values() for unit in row)
    for row in followers.values():
        bits += rising(strength, sum(row.values()))
        bits -= sum(log2(strength + discount * i) for i in range(len(row)))
        bits -= sum(rising(1 - discount, count - 1) for count in row.values())
    named = rising(0.5 * n_held, sum(firsts.values()))
    return bits, named - sum(rising(0.5, count) for count in firsts.values())


def merge_units(corpus, labels, keys, wholes):
    new = {(key >> 32, key & (2**32 - 1)): whole for key, whole in zip(keys, wholes)}
    (units, times), merged, at = corpus, [], 0
    lefts, rights = (each.tolist() for each in labels)
    while at < len(units):
        unit = new.get((lefts[at], *rights[at + 1 : at + 2]))
        merged.append((units[at] if unit is None else unit, times[at]))
        at += 1 if unit is None else 2
    return tuple(map(list, zip(*merged)))


def split_units(corpus, halves, is_split):
    split = [
        (half, count)
        for unit, count in zip(*corpus)
        for half in (halves[unit] if is_split[unit] else [unit])
    ]
    return tuple(map(list, zip(*split)))


def whole_bits(corpus, inventory, members, code):
    """Rows, first times, fillers, and the lexicon of the units that stand somewhere."""
    sizes = inventory.sizes
    merged = [unit for unit in set(corpus[0]) if sizes[unit] > 1]
    n_held = sum(size == 1 for size in sizes) - len(members.uses) + len(merged)
    paid = sum(inventory.size_bits[sizes[unit]] for unit in merged)
    paid += filler_bits(members.uses, members.variables[:-1], members.prior)
    return sum(code_bits(corpus, len(sizes), n_held, code)) + paid


def _with_new(inventory, size, halves):
    sizes, kept = list(inventory.sizes), list(map(list, inventory.halves))
    sizes[-1], kept[-1] = size, halves
    return inventory._replace(sizes=sizes, halves=kept)


def _unfilled(inventory, members, halves, n):
    """Members where symbols among the halves of units fill n slots fewer."""
    uses = list(members.uses)
    for half in halves:
        if inventory.alone[half] != half:
            uses[half - inventory.first_symbol] -= n
    return members._replace(uses=uses)


def _standing(corpus, unit):
    return sum(count for own, count in zip(*corpus) if own == unit)


def merge_gains(corpus, labels, inventory, members, code, least, refused):
    """By a recount of all units after each merge; the last unit is the new one."""
    longest, sizes, new = len(inventory.size_bits) - 1, inventory.sizes, len(inventory.sizes) - 1
    before = whole_bits(corpus, _with_new(inventory, 0, [0, 0]), members, code)
    known = {tuple(half): unit for unit, half in enumerate(inventory.halves) if sizes[unit] > 1}
    pairs, gains = Counter(), {}
    lefts, rights = (each.tolist() for each in labels)
    for left, right, count in zip(lefts, rights[1:], corpus[1]):
        pairs[left, right] += count if min(left, right) >= 0 else 0
    for (left, right), count in sorted(pairs.items()):
        size, key = sizes[left] + sizes[right], left << 32 | right
        if min(left, right) >= 0 and count >= least and size <= longest and key not in set(refused):
            whole = known.get((left, right), new)
            merged = merge_units(corpus, labels, [key], [whole])
            after = _with_new(inventory, size, [left, right]) if whole == new else inventory
            n = _standing(merged, whole) - _standing(corpus, whole)
            unfilled = _unfilled(inventory, members, (left, right), n)
            gains[key] = whole, before - whole_bits(merged, after, unfilled, code)
    return gains


def split_gains(corpus, inventory, members, code):
    before, gains = whole_bits(corpus, inventory, members, code), {}
    halves = [[inventory.alone[half] for half in pair] for pair in inventory.halves]
    for unit in sorted(set(corpus[0])):
        if inventory.sizes[unit] > 1:
            is_split = [unit == k for k in range(len(inventory.sizes))]
            split, n = split_units(corpus, halves, is_split), _standing(corpus, unit)
            filled = _unfilled(inventory, members, inventory.halves[unit], -n)
            gains[unit] = before - whole_bits(split, inventory, filled, code)
    return gains


def code_length(lines, variables, code):
    """All bits of lines of units, each a tuple of parts: rows, fillers and lexicon.

    A part is a symbol that fills a slot, or ~symbol where it is itself the part. Units are the same
    where their parts' symbols, or variables, are.
    """
    of, (discount, strength, prior) = variables, code
    lines = [
        [(unit, tuple(s if s < 0 else of[s] for s in unit)) for unit in line] for line in lines
    ]
    names = {(variable,): variable + 1 for variable in set(of)}
    units = [0]
    for line in lines:
        for _, parts in line:
            names.setdefault(parts, max(of) + len(names) + 2)
        units += [*(names[parts] for _, parts in line), 0]
    bits = sum(code_bits((units, [1] * len(units)), 0, len(names), (discount, strength)))
    fillers = Counter(s for line in lines for unit, _ in line for s in unit)
    bits += filler_bits([fillers[s] for s in range(len(of))], of, prior)
    n_parts = len(of) + len(set(of))
    for parts in names:
        if len(parts) > 1:
            bits += len(parts) * log2(n_parts) + elias_delta(len(parts))
    return bits + len(of) * log2(len(set(of)))


def filler_bits(uses, variables, prior):
    bits = 0.0
    for variable in set(variables):
        members = [s for s, own in enumerate(variables) if own == variable]
        if len(members) > 1:
            bits += rising(prior * len(members), sum(uses[s] for s in members))
            bits -= sum(rising(prior, uses[s]) for s in members)
    return bits


def elias_delta(number):
    length = number.bit_length()
    return length - 1 + 2 * (length.bit_length() - 1) + 1


class RowCoder:
    """The whole code of rows as choices from tables of whole numbers, one after another.

    ``pick(table, choice)`` writes a choice, or reads one where ``choice`` is None; tables are lists
    of (name, frequency). Every frequency follows from what came before, for a discount of few
    digits without rounding, so that a reader sees the same tables.
    """

    def __init__(self, pick, code):
        self.pick = pick
        self.discount, self.strength, self.prior = (
            Fraction(constant).limit_denominator(100) for constant in code
        )
        self.rows, self.firsts = defaultdict(Counter), Counter()
        self.fillers = defaultdict(Counter)

    def corpus(self, shape, known=None):
        """Symbols of each sequence; ``known`` has ``variables``, ``patterns`` and ``lines``.

        A line is a list of units, each with its symbols: (unit, (symbol, ...)).
        """
        n_symbols, n_variables, n_merged, lengths = shape
        members = defaultdict(list)
        for symbol in range(n_symbols):
            variable = self.uniform(n_variables, known and int(known.variables[symbol]))
            members[variable].append(symbol)
        patterns = [(variable,) for variable in range(n_variables)]
        for number in range(n_merged):
            pattern = known and known.patterns[n_variables + number]
            size = self.delta(known and len(pattern))
            parts = n_symbols + n_variables  # an entry, or a variable
            patterns.append(tuple(self.uniform(parts, known and pattern[i]) for i in range(size)))
        lines = []
        for number, length in enumerate(lengths):
            row, line = None, []
            for at in range(length):
                unit, symbols = known.lines[number][at] if known else (None, None)
                row = self.unit(row, unit, len(patterns))
                for part, own in enumerate(patterns[row]):
                    filler = own - n_variables
                    if filler < 0:
                        filler = self.filler(members[own], own, known and symbols[part])
                    line.append(filler)
            lines.append(line)
        return lines

    def uniform(self, size, choice):
        return self.pick([(number, 1) for number in range(size)], choice)

    def delta(self, number):
        """Elias delta: the length of the length, the length, the number."""
        length = self.gamma(number and number.bit_length())
        return self.low_bits(length, number)

    def gamma(self, number):
        n, at = number and number.bit_length(), 1
        while self.uniform(2, n and int(at < n)):
            at += 1
        return self.low_bits(at, number)

    def low_bits(self, length, number):
        """A number of so many bits, but the first."""
        read = 1
        for place in reversed(range(length - 1)):
            read = 2 * read + self.uniform(2, number and number >> place & 1)
        return read

    def unit(self, row, unit, n_units):
        follows = self.rows[row]
        one = self.discount.denominator * self.strength.denominator
        table = [(u, int(one * (n - self.discount))) for u, n in sorted(follows.items())]
        table.append((-1, int(one * (self.strength + self.discount * len(follows)))))
        picked = self.pick(table, None if unit is None else unit if unit in follows else -1)
        if picked < 0:
            picked = self.pick([(u, 2 * self.firsts[u] + 1) for u in range(n_units)], unit)
            self.firsts[picked] += picked not in follows
        follows[picked] += 1
        return picked

    def filler(self, members, variable, symbol):
        if len(members) == 1:
            return members[0]
        counts, (up, down) = self.fillers[variable], self.prior.as_integer_ratio()
        picked = self.pick([(s, down * counts[s] + up) for s in members], symbol)
        counts[picked] += 1
        return picked
