"""Slow twins of the kernels that mix experts, and of the model that they make."""

from __future__ import annotations

import math
from collections import Counter

from hvm.kernels.experts.chances import BOUNDS, N_FEATURES_LEVEL
from hvm.kernels.experts.gates import STEP


def saved_bits(pairs, variables):
    """Bits that a partition saves: pairs are (left, right) entries with counts."""
    both, left, right = Counter(), Counter(), Counter()
    for (one, other), count in pairs.items():
        both[variables[one], variables[other]] += count
        left[variables[one]] += count
        right[variables[other]] += count
    return sum(map(f, both.values())) - sum(map(f, left.values())) - sum(map(f, right.values()))


def f(count):
    return count * math.log2(count) if count else 0.0


def exchange(pairs, order, variables, n_sweeps):
    """Move each entry to where most bits are saved, its own variable unless another saves more."""
    variables, n_variables = list(variables), max(variables)
    for _ in range(n_sweeps):
        moves = 0
        for entry in order:
            own = variables[entry]
            saved = []
            for variable in range(n_variables):
                variables[entry] = variable
                saved.append(saved_bits(pairs, variables))
            best = max(range(n_variables), key=lambda each: (saved[each], -each))
            variables[entry] = best if saved[best] > saved[own] + 1e-6 else own
            moves += variables[entry] != own
        if moves * 500 < len(order):
            break
    return variables


def beginnings(codes, starts):
    """Return where each beginning of a sequence ends first, and which one ends at each symbol."""
    numbers, places, of_places = {}, [], []
    for begin, end in zip(starts, [*starts[1:], len(codes)], strict=True):
        for at in range(begin, end):
            beginning = tuple(codes[begin : at + 1])
            if beginning not in numbers:
                numbers[beginning] = len(places)
                places.append(at)
            of_places.append(numbers[beginning])
    return places, of_places


def count_followers(contexts, targets, times, places):
    """Return {(context, target): count} and the places of the level below; changes times."""
    counts = Counter()
    for place in places:
        if contexts[place] >= 0:
            key = contexts[place], targets[place]
            counts[key] += times[place]
            times[place] = int(counts[key] == times[place])
    return counts, [place for place in places if times[place]]


def known_beginnings(codes, starts, others, other_starts):
    """Return which beginning of some sequences ends at each symbol of others, or -1."""
    numbers, by_text = {}, []
    for text, begins in ((codes, starts), (others, other_starts)):
        by_text.append([])
        for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
            for at in range(begin, end):
                beginning = tuple(text[begin : at + 1])
                if text is codes:
                    numbers.setdefault(beginning, len(numbers))
                by_text[-1].append(numbers.get(beginning, -1))
    return by_text[1]


def more_beginnings(codes, starts, others, other_starts):
    """Return which beginning ends at each symbol of others: those of the first text, then new."""
    numbers, of_others = {}, []
    for text, begins in ((codes, starts), (others, other_starts)):
        for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
            for at in range(begin, end):
                number = numbers.setdefault(tuple(text[begin : at + 1]), len(numbers))
                if text is others:
                    of_others.append(number)
    return of_others


def more_contexts(below, items, known):
    """Return contexts of (below, item), as known says or in the order in which new ones come."""
    numbers = dict(known)
    return [
        numbers.setdefault(pair, len(numbers)) if min(pair) >= 0 else -1
        for pair in zip(below, items, strict=True)
    ]


def sums_of(contexts, is_rare, times):
    """Return of each context how often rare places come and how often all do."""
    sums = [[0, 0] for _ in range(max(0, *contexts) + 1)]
    for context, rare, count in zip(contexts, is_rare, times, strict=True):
        if context >= 0:
            sums[context][0] += count * rare
            sums[context][1] += count
    return sums


def units_before(codes, kinds, separator):
    """Return the units that stand before the next symbol of a sequence, the one under way last.

    kinds : of each code, last of an unknown one
    """
    runs = []
    for code in codes:
        if runs and kinds[code] == kinds[runs[-1][-1]]:
            runs[-1] += (code,)
        else:
            runs.append((code,))
    ended = [run for run in runs[:-1] if run != (separator,)]
    return [*ended, runs[-1] if runs else ()]


def histories(codes, starts, chain, variables, units=None):
    """Yield each place's contexts, the lowest level's first, as tuples of what stood before.

    variables : [grains][symbols]
    units : kinds, separator and the variables of units at each grain, {unit: variable}
    """

    def named(grain, code):
        if code < 0:
            return "unknown"
        return int(code) if grain == 0 else int(variables[grain - 1][code])

    def unit_before(grain, steps, before):
        *ended, begun = units_before(before, *units[:2])
        if steps == -1:
            return begun
        if steps > len(ended):
            return "start" if steps == len(ended) + 1 else None
        return ended[-steps] if grain == 0 else units[2][grain - 1].get(ended[-steps], "unknown")

    for begin, end in zip(starts, [*starts[1:], len(codes)], strict=True):
        for at in range(begin, end):
            contexts = [(named(chain.within, codes[at]),) if chain.within else ()]
            for grain, steps, is_unit in chain.items:
                if is_unit:
                    item = unit_before(grain, steps, codes[begin:at])
                    if item is None:
                        break
                    contexts.append((*contexts[-1], item))
                    continue
                back = at - begin if steps == 0 else steps
                if (steps == 0 and at == begin) or back > at - begin + 1:
                    break
                item = "start" if back > at - begin else named(grain, codes[at - back])
                contexts.append((*contexts[-1], item))
            target = named(chain.target, codes[at])
            yield contexts, target


def count_chain(codes, starts, chain, variables, units=None):
    """Return the counts of each level, {(context, target): count}, and its discount."""
    levels = [Counter() for _ in range(len(chain.items) + 1)]
    for contexts, target in histories(codes, starts, chain, variables, units):
        for context in reversed(contexts):
            counts = levels[len(context) - bool(chain.within)]
            counts[context, target] += 1
            if counts[context, target] > 1:
                break
    return [(counts, discount(counts)) for counts in levels]


def discount(counts):
    ones, twos = (sum(count == n for count in counts.values()) for n in (1, 2))
    return min(0.98, (ones + 1) / (ones + 2 * twos + 2))


def chain_chance(levels, contexts, target, chance):
    """Return the chance of a target, first without context, and the feature of its context."""
    feature = 0
    for order, context in enumerate(contexts):
        counts, less = levels[order]
        followers = {key[1]: count for key, count in counts.items() if key[0] == context}
        if not followers:
            continue
        total, kinds = sum(followers.values()), len(followers)
        count = followers.get(target, 0)
        chance = (max(count - less, 0) + less * kinds * chance) / total
        shape = 0 if kinds == 1 else 1 if 3 * kinds < total else 2
        feature = N_FEATURES_LEVEL * order + 3 * sum(total >= bound for bound in BOUNDS) + shape
    return chance, feature


def read_level(contexts, counts, less, level, times, places):
    """Add what a level knows of each place and count there what the level above did not know.

    counts : {(context, target): count}, changed
    places : lists of targets, whether they count, chances, rests and features; changed
    """
    targets, to_count, chances, rests, features = places
    for at, (context, target) in enumerate(zip(contexts, targets, strict=True)):
        if context == -1:
            continue
        followers = {key[1]: n for key, n in counts.items() if key[0] == context and n}
        total, kinds, count = sum(followers.values()), len(followers), followers.get(target, 0)
        if total:
            chances[at] += rests[at] * max(count - less, 0) / total
            rests[at] *= less * kinds / total
            shape = 0 if kinds == 1 else 1 if 3 * kinds < total else 2
            if not features[at]:
                sizes = sum(total >= bound for bound in BOUNDS)
                features[at] = N_FEATURES_LEVEL * level + 3 * sizes + shape
        if to_count[at] and target >= 0:
            counts[context, target] += times
            to_count[at] = count == 0


def weights(numbers, features):
    logits = [row[0] + row[1 + feature] for row, feature in zip(numbers, features, strict=True)]
    powers = [math.exp(logit - max(logits)) for logit in logits]
    return [power / sum(powers) for power in powers]


def mix(chances, features, numbers):
    return [
        sum(w * p for w, p in zip(weights(numbers, row), ps, strict=True))
        for ps, row in zip(chances, features, strict=True)
    ]


def learn_weights(chances, features, rows, numbers, moved):
    """Mix and learn, once over places; changes both tables in place."""
    by_place = []
    for ps, row in ((chances[at], features[at]) for at in rows):
        of_experts = weights(numbers, row)
        mixed = sum(w * p for w, p in zip(of_experts, ps, strict=True))
        by_place.append(mixed)
        for expert, (w, p) in enumerate(zip(of_experts, ps, strict=True)):
            slope = w * (p / mixed - 1)
            for cell in (0, 1 + row[expert]):
                moved[expert][cell] += slope**2
                numbers[expert][cell] += STEP * slope / math.sqrt(1 + moved[expert][cell])
    return by_place
