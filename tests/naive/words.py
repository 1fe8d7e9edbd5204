"""Slow twins of `hvm.kernels.words`, from their definitions: everything is counted anew."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product
from math import lgamma, log, prod

ORDER = 3
ALONE, BEHIND = ORDER, ORDER + 1  # levels after those of letters behind 0, 1, 2
END = "end"


def words_of(sequence, cuts):
    """Words of a sequence of letters, where ``cuts`` is True at the first letter of each."""
    words = []
    for letter, begins in zip(sequence, cuts):
        words = [*words, (letter,)] if begins else [*words[:-1], (*words[-1], letter)]
    return words


def spelling(word):
    """Each letter of a word, the end last, and up to two before it, the nearest first."""
    letters = (END, *word, END)
    return [
        (letters[max(at - ORDER + 1, 0) : at][::-1], letters[at]) for at in range(1, len(letters))
    ]


class Restaurants:
    """Counts of a text that is cut, by level, row and what is counted."""

    def __init__(self, n_symbols, sequences):
        self.n_symbols = n_symbols
        behind = Counter()
        for words in sequences:
            if words:
                line = [(), *words, ()]
                behind.update(pairwise(line))
        alone = Counter(word for _, word in behind)
        letters = [Counter() for _ in range(ORDER)]
        for word in alone:
            for row, letter in spelling(word):
                self._add(letters, row, letter)
        self.levels = [*letters, Counter({((), word): n for word, n in alone.items()}), behind]

    @staticmethod
    def _add(letters, row, letter):
        letters[len(row)][row, letter] += 1
        if letters[len(row)][row, letter] == 1 and row:
            Restaurants._add(letters, row[:-1], letter)

    def _share(self, level, row, item, settings, otherwise):
        """Probability of an item in a row, ``otherwise`` where it is new."""
        counts = {key[1]: n for key, n in self.levels[level].items() if key[0] == row}
        discount, strength = settings[level]
        tokens, types = sum(counts.values()), len(counts)
        if not tokens:
            return otherwise
        own = counts[item] - discount if item in counts else 0.0
        return (own + (strength + discount * types) * otherwise) / (tokens + strength)

    def letter(self, row, letter, settings):
        otherwise = 1 / (self.n_symbols + 1)
        for length in range(len(row) + 1):
            otherwise = self._share(length, row[:length], letter, settings, otherwise)
        return otherwise

    def word(self, before, word, settings):
        spelled = prod(self.letter(*each, settings) for each in spelling(word))
        alone = self._share(ALONE, (), word, settings, spelled)
        return self._share(BEHIND, before, word, settings, alone)

    def sequence(self, words, settings):
        line = [(), *words, ()]
        return prod(self.word(*each, settings) for each in pairwise(line))

    def bits(self, settings):
        """Bits of each level; the letters named at first cost lg(A + 1) each."""
        bits = []
        for counts, (discount, strength) in zip(self.levels, settings):
            rows = {}
            for (row, _), count in counts.items():
                rows.setdefault(row, []).append(count)
            nats = 0.0
            for own in rows.values():
                nats += lgamma(sum(own) + strength) - lgamma(strength)
                nats -= sum(log(strength + discount * i) for i in range(len(own)))
                nats -= sum(lgamma(n - discount) - lgamma(1 - discount) for n in own)
            bits.append(nats / log(2))
        bits[0] += len(self.levels[0]) * log(self.n_symbols + 1) / log(2)
        return bits


def ways(sequence, longest):
    """All ways to cut a sequence into words of at most so many letters."""
    for rest in product([False, True], repeat=len(sequence) - 1):
        words = words_of(sequence, (True, *rest))
        if max(map(len, words)) <= longest:
            yield words
