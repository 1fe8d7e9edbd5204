"""A slow twin of the online learner: dicts of patterns, every count forgotten at every unit."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

from naive.lexicon import chi_square

START = None


class Online:
    def __init__(self, n_atoms, settings, critical):
        self.settings, self.critical = settings, critical
        self.units = {(atom,): 0.0 for atom in range(n_atoms)}
        self.variables = {}
        self.pairs, self.triples = defaultdict(float), defaultdict(float)

    # -- order of entries, for ties ---------------------------------------------------------

    def level(self, pattern):
        below = (member for label in pattern if label < 0 for member in self.variables[label])
        return max((1 + self.level(member) for member in below), default=0)

    def rank(self, pattern):
        if len(pattern) == 1:
            return (-1, 0, pattern)
        return (self.level(pattern), len(pattern), pattern)

    # -- matching ---------------------------------------------------------------------------

    def matches(self, pattern, codes, begin):
        """Ends with their probabilities and fillers, and the probability to run past the end."""
        states, over = [(begin, 1.0, ())], 0.0
        for label in pattern:
            reached = []
            for at, p, fillers in states:
                if at == len(codes):
                    over += p
                elif label >= 0:
                    if codes[at] == label:
                        reached.append((at + 1, p, fillers))
                else:
                    for member, share in self.shares(label).items():
                        ends, beyond = self.matches(member, codes, at)
                        over += p * share * beyond
                        for end, q, inner in ends:
                            slots = (*fillers, (label, member), *inner)
                            reached.append((end, p * share * q, slots))
            states = reached
        return states, over

    def shares(self, variable):
        alpha, counts = self.settings.smoothing, self.variables[variable]
        total = sum(counts.values()) + alpha * len(counts)
        return {member: (count + alpha) / total for member, count in counts.items()}

    # -- bits -------------------------------------------------------------------------------

    def chance(self, unit, before, total):
        alone = (self.units.get(unit, 0.0)) + self.settings.smoothing
        strength = self.settings.context_strength
        if strength == math.inf:
            return alone / total
        behind = sum(count for (left, _), count in self.pairs.items() if left == before)
        joint = self.pairs.get((before, unit), 0.0)
        return (joint + strength * alone / total) / (behind + strength)

    def surprisal(self, codes):
        n, total = len(codes), sum(self.units.values())
        total += self.settings.smoothing * (len(self.units) + 1)
        ends = [defaultdict(float) for _ in range(n + 1)]
        ends[0][START] = 1.0
        prefix = [1.0] + [0.0] * n
        for i in range(n):
            if codes[i] < 0:
                escape = sum(w * self.chance("escape", b, total) for b, w in ends[i].items())
                ends[i + 1 :] = [defaultdict(float) for _ in range(n - i)]
                prefix[i + 1 :] = [0.0] * (n - i)
                ends[i + 1][START] = prefix[i + 1] = escape
                continue
            stop = next((k for k in range(i, n) if codes[k] < 0), n)
            for unit in self.units:
                weight = sum(w * self.chance(unit, b, total) for b, w in ends[i].items())
                for end in range(i + 1, stop + 1):
                    ways, over = self.matches(unit, codes[:end], i)
                    done = sum(p for at, p, _ in ways if at == end)
                    prefix[end] += weight * (over + done)
                    ends[end][unit] += weight * done
        return [math.log2(prefix[i] / prefix[i + 1]) for i in range(n)]

    # -- learning ---------------------------------------------------------------------------

    def greedy(self, codes):
        at, units = 0, []
        while at < len(codes):
            if codes[at] < 0:
                units.append((None, ()))
                at += 1
                continue
            stop = next((k for k in range(at, len(codes)) if codes[k] < 0), len(codes))
            ranked = []
            for unit, count in self.units.items():
                for end, p, fillers in self.matches(unit, codes[:stop], at)[0]:
                    order = [self.rank(member) for _, member in fillers]
                    ranked.append(
                        (-end, -round(count, 9), self.rank(unit), -p, order, unit, fillers)
                    )
            best = min(ranked, key=lambda match: match[:5])
            units.append(best[5:])
            at = -best[0]
        return units

    def observe(self, codes):
        parsed = self.greedy(codes)
        units = [unit for unit, _ in parsed]
        for k, (unit, fillers) in enumerate(parsed):
            if unit is not None:
                self.units[unit] += 1
                for variable, member in fillers:
                    self.variables[variable][member] += 1
                left = units[k - 1] if k else START
                self.pairs[left, unit] += 1
                if k > 1 and left is not None and units[k - 2] is not None:
                    self.triples[units[k - 2], left, unit] += 1
            for counts in (self.units, self.pairs, self.triples, *self.variables.values()):
                for key in counts:
                    counts[key] *= self.settings.theta
        chunks = self.new_chunks(run for run in itertools.pairwise(units) if None not in run)
        if self.settings.variables:
            chunks += self.new_slot_chunks(zip(units, units[1:], units[2:]))
        members = [member for counts in self.variables.values() for member in counts]
        for chunk in chunks + members:
            self.units.setdefault(chunk, 0.0)

    def new_chunks(self, runs):
        least, total, new = self.settings.chunk_min, sum(self.units.values()), []
        for left, right in runs:
            joint = self.pairs[left, right]
            if min(joint, self.units[left], self.units[right]) > least:
                if chi_square(joint, self.units[left], self.units[right], total) > self.critical:
                    new.append(left + right)
        return new

    def new_slot_chunks(self, runs):
        new = []
        frames = dict.fromkeys((a, c) for a, b, c in runs if None not in (a, b, c))
        for left, right in frames:
            around = {b: n for (a, b, c), n in self.triples.items() if (a, c) == (left, right)}
            fillers = {b: n for b, n in around.items() if n >= 0.5}
            if sum(fillers.values()) <= self.settings.frame_min:
                continue
            if len(fillers) < self.settings.fillers_min:
                continue
            variable = self.variable_for(set(fillers))
            if variable is not None:
                members = self.variables.setdefault(variable, {})
                for filler in fillers:
                    members.setdefault(filler, 0.0)
                new.append((*left, variable, *right))
        return new

    def variable_for(self, members):
        holder = min(self.variables, default=0) - 1
        for variable in self.variables:
            if members <= set(self.variables[variable]):
                holder = variable
                break
            if set(self.variables[variable]) <= members:
                holder = variable
        cyclic = any(self.mentions(label, holder) for m in members for label in m if label < 0)
        return None if cyclic else holder

    def mentions(self, label, variable):
        return label == variable or any(
            self.mentions(inner, variable)
            for member in self.variables[label]
            for inner in member
            if inner < 0
        )
