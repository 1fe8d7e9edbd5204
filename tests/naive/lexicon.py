"""Slow twins of the kernels, by the same names: the plainest code that says what each does."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter

from hvm.lexicon.lexicon import ATOM, CHUNK, VARIABLE, Definition, Lexicon

# -- lexicons as arrays, for the twins of the kernels that read them ------------------------


def parts_of(entries, entry):
    _, offsets, parts, _ = entries
    return [int(part) for part in parts[offsets[entry] : offsets[entry + 1]]]


def pattern_of(entries, entry):
    kinds = entries.kinds
    if kinds[entry] != CHUNK:
        return (entry,)
    below = parts_of(entries, entry)
    return tuple(x for part in below for x in pattern_of(entries, part))


def random_lexicon(rng, n_atoms, n_entries):
    """Entries of all kinds; chunks may begin and end with variables, patterns differ."""
    definitions, patterns = [], [(atom,) for atom in range(n_atoms)]
    kinds = [ATOM] * n_atoms
    while len(definitions) < n_entries:
        units = [entry for entry, kind in enumerate(kinds) if kind != VARIABLE]
        size = int(rng.integers(2, 5))
        if rng.random() < 0.4 and size <= len(units):
            members = sorted(rng.choice(units, size, replace=False).tolist())
            definition, pattern = Definition(VARIABLE, tuple(members)), (len(kinds),)
        else:
            below = rng.integers(len(kinds), size=size).tolist()
            pattern = tuple(x for part in below for x in patterns[part])
            definition = Definition(CHUNK, tuple(below))
            if pattern in patterns or len(pattern) > 30:
                continue
        definitions.append(definition)
        patterns.append(pattern)
        kinds.append(definition.kind)
    return Lexicon.from_definitions(n_atoms, definitions)


def labels_by_counts(lexicon):
    """How often each label stands in units and fillers, by their counts."""
    counts = [0] * len(lexicon)
    patterns = list(map(lexicon.pattern, range(len(lexicon))))
    for entry, count in [
        *enumerate(lexicon.unit_counts),
        *zip(lexicon.parts, lexicon.filler_counts),
    ]:
        for label in patterns[entry]:
            counts[label] += count
    return counts


# -- hvm.kernels.lexicon.measures -----------------------------------------------------------------


def search_steps(entries):
    kinds, n_atoms = entries.kinds, entries.n_atoms
    below = {e: parts_of(entries, e) for e in range(len(kinds)) if kinds[e] == CHUNK}

    def steps(entry):
        if kinds[entry] != CHUNK:
            return n_atoms
        left = below[entry][0]
        return steps(left) + sum(components[-1] == left for components in below.values())

    return [steps(entry) for entry in range(len(kinds))]


def variable_entropies(entries, filler_counts):
    kinds, offsets = entries.kinds, entries.offsets
    entropies = []
    for entry in range(len(kinds)):
        counts = filler_counts[offsets[entry] : offsets[entry + 1]]
        shares = [c / sum(counts) for c in counts if c] if kinds[entry] == VARIABLE else []
        entropies.append(-sum(share * math.log2(share) for share in shares))
    return entropies


def named_entropies(entries, unit_counts, entropies):
    kinds = entries.kinds
    sums = []
    for entry in range(len(kinds)):
        named = set(pattern_of(entries, entry)) if kinds[entry] == CHUNK else set()
        used = unit_counts[entry] > 0
        sums.append(sum(entropies[x] for x in named if kinds[x] == VARIABLE) if used else 0.0)
    return sums


def measure(entries, unit_counts, filler_counts, n_symbols, n_units):
    kinds = entries.kinds
    units = [entry for entry in range(len(kinds)) if kinds[entry] != VARIABLE]
    used = [entry for entry in units if unit_counts[entry] > 0]
    total = sum(unit_counts[entry] for entry in units)
    steps = search_steps(entries)
    entropies = variable_entropies(entries, filler_counts)
    named = named_entropies(entries, unit_counts, entropies)
    representation_bits = 0.0
    for entry in range(len(kinds)):
        if kinds[entry] == VARIABLE:
            counts = [unit_counts[member] for member in parts_of(entries, entry)]
            representation_bits -= sum(math.log2(c / sum(counts)) for c in counts if c)
    stream = [entry for entry in used for _ in range(unit_counts[entry])]
    weight = sum(unit_counts[entry] for entry in stream)
    return [
        n_symbols,
        sum(unit_counts[e] * steps[e] for e in stream) / weight if weight else 0,
        representation_bits,
        n_symbols / n_units if n_units else 0,
        -sum(math.log2(unit_counts[entry] / total) for entry in stream),
        sum(named[entry] for entry in stream),
        len(units),
        len(kinds) - len(units),
        -sum(math.log(unit_counts[entry] / total) for entry in used),
    ]


def composition_bits(totals, sizes):
    ways = [
        math.comb(int(n + k - 1), int(k - 1)) if k else 1
        for n, k in zip(totals, sizes, strict=True)
    ]
    return [math.log2(way) for way in ways]


# -- hvm.kernels.learn.published -------------------------------------------------------------------


def descent(entries, codes, starts):
    kinds, offsets, parts, n_atoms = entries
    units, unit_starts, sequence_starts, slots = [], [], [], []
    places = {e: range(offsets[e], offsets[e + 1]) for e in range(len(kinds))}
    for begin, stop in zip(starts, [*starts[1:], len(codes)], strict=True):
        sequence_starts.append(len(units))

        @functools.cache
        def match(entry, at, stop=stop):
            """End of what the entry covers, or None; slots take their longest filler."""
            if at >= stop:
                return None
            if kinds[entry] == ATOM:
                return at + 1 if codes[at] == entry else None
            if kinds[entry] == VARIABLE:
                ends = [match(int(parts[place]), at) for place in places[entry]]
                return max((end for end in ends if end is not None), default=None)
            return match_all([int(parts[place]) for place in places[entry]], at)

        def match_all(entries, at):
            for entry in entries:
                at = match(entry, at) if at is not None else None
            return at

        def fill(entry, at, depth):
            if kinds[entry] == ATOM:
                return at + 1
            if kinds[entry] == CHUNK:
                for place in places[entry]:
                    at = fill(int(parts[place]), at, depth)
                return at
            end = match(entry, at)
            place = next(p for p in places[entry] if match(int(parts[p]), at) == end)
            slots.append((len(units), place, at, end, depth))
            return fill(int(parts[place]), at, depth + 1)

        at = begin
        while at < stop:
            unit, end = int(codes[at]), at + 1
            while unit >= 0:
                reaches = []
                for child in range(n_atoms, len(kinds)):
                    if kinds[child] == CHUNK and parts[offsets[child]] == unit:
                        rest = [int(parts[place]) for place in places[child][1:]]
                        if (reached := match_all(rest, end)) is not None:
                            reaches.append((reached, -child))
                if not reaches:
                    break
                end, unit = max(reaches)[0], -max(reaches)[1]
            if unit >= 0:
                fill(unit, at, 0)
            units.append(unit)
            unit_starts.append(at)
            at = end
    return units, [*unit_starts, len(codes)], sequence_starts, slots


def count_neighbours(units, sequence_starts, n_entries):
    pairs, lefts, rights, n_pairs = Counter(), [0] * n_entries, [0] * n_entries, 0
    for begin, end in zip(sequence_starts, [*sequence_starts[1:], len(units)], strict=True):
        for left, right in itertools.pairwise(int(unit) for unit in units[begin:end]):
            n_pairs += 1
            if left >= 0:
                lefts[left] += 1
            if right >= 0:
                rights[right] += 1
            if left >= 0 and right >= 0:
                pairs[left, right] += 1
    return pairs, lefts, rights, n_pairs


def count_frames(units, sequence_starts):
    """Fillers of every frame (l, _, r), in order of appearance, with their counts."""
    frames = {}
    for begin, end in zip(sequence_starts, [*sequence_starts[1:], len(units)], strict=True):
        stretch = [int(unit) for unit in units[begin:end]]
        for left, filler, right in zip(stretch, stretch[1:], stretch[2:], strict=False):
            if min(left, filler, right) >= 0:
                frames.setdefault((left, right), Counter())[filler] += 1
    return frames


def prune_chunks(entries, unit_counts, count_max):
    kinds, n_atoms = entries.kinds, entries.n_atoms
    definitions = {e: (int(kinds[e]), parts_of(entries, e)) for e in range(n_atoms, len(kinds))}
    for entry in range(len(kinds) - 1, n_atoms - 1, -1):
        needed = any(entry in below for _, below in definitions.values())
        if kinds[entry] == CHUNK and unit_counts[entry] <= count_max and not needed:
            del definitions[entry]
    ids = {old: new for new, old in enumerate([*range(n_atoms), *definitions])}
    kept = [(kind, tuple(ids[part] for part in below)) for kind, below in definitions.values()]
    return kept, [ids.get(entry, -1) for entry in range(len(kinds))]


def propose_pairs(pairs, lefts, rights, n_pairs, n_units, lengths, count_min, chi2_min, bits_limit):
    ranked = []
    for (left, right), joint in pairs.items():
        table = [
            [joint, lefts[left] - joint],
            [rights[right] - joint, n_pairs - lefts[left] - rights[right] + joint],
        ]
        rows, columns = (
            [sum(row) for row in table],
            [sum(column) for column in zip(*table, strict=True)],
        )
        if joint <= count_min or 0 in rows + columns:
            continue
        expected = [[row * column / n_pairs for column in columns] for row in rows]
        cells = [(i, j) for i in (0, 1) for j in (0, 1)]
        chi2 = sum((table[i][j] - expected[i][j]) ** 2 / expected[i][j] for i, j in cells)
        if chi2 > chi2_min:
            score = (lengths[left] + lengths[right]) / -math.log(joint / n_units)
            ranked.append((-score, left, right))
    accepted, bits = [], 0.0
    for _, left, right in sorted(ranked):
        if bits > bits_limit:
            break
        bits -= math.log2(pairs[left, right] / n_units)
        accepted.append((left, right))
    return accepted


def propose_frames(frames, count_min, fillers_min, fillers_max):
    return sorted(
        frame
        for frame, fillers in frames.items()
        if sum(fillers.values()) > count_min and fillers_min <= len(fillers) <= fillers_max
    )


def extend_entries(definitions, n_atoms, pairs, frames):
    """``frames`` as (left, right, fillers); returns (kind, parts) of all entries but atoms."""
    definitions = list(definitions)

    def pattern(parts):
        flat = []
        for part in parts:
            kind, below = definitions[part - n_atoms] if part >= n_atoms else (ATOM, ())
            flat.extend(pattern(below) if kind == CHUNK else [part])
        return flat

    def add_chunk(*parts):
        known = [pattern(below) for kind, below in definitions if kind == CHUNK]
        if pattern(parts) not in known:
            definitions.append((CHUNK, parts))

    for left, right in pairs:
        add_chunk(left, right)
    for left, right, fillers in frames:
        holders = [
            n_atoms + number
            for number, (kind, members) in enumerate(definitions)
            if kind == VARIABLE and set(fillers) <= set(members)
        ]
        if not holders:
            holders = [n_atoms + len(definitions)]
            definitions.append((VARIABLE, tuple(sorted(fillers))))
        add_chunk(left, holders[0], right)
    return definitions


def fit_passes(
    codes,
    starts,
    n_atoms,
    variables,
    iterations,
    pair_count_min,
    frame_count_min,
    fillers_min,
    fillers_max,
    chi2_min,
    bits_limit,
    prune_count_max,
):
    definitions, history = [], []
    while True:
        named = [Definition(*definition) for definition in definitions]
        lexicon = Lexicon.from_definitions(n_atoms, named)
        entries = lexicon.entries
        units, unit_starts, sequence_starts, slots = descent(entries, codes, starts)
        counter, filled = Counter(units), Counter(place for _, place, *_ in slots)
        unit_counts = [counter[entry] for entry in range(len(lexicon))]
        filler_counts = [filled[place] for place in range(len(lexicon.parts))]
        history.append(measure(entries, unit_counts, filler_counts, len(codes), len(units)))
        if len(history) == iterations:
            return definitions, unit_counts, filler_counts, history

        definitions, ids = prune_chunks(entries, unit_counts, prune_count_max)
        covered = Counter()
        for unit, begin, end in zip(units, unit_starts, unit_starts[1:], strict=False):
            covered[ids[unit] if unit >= 0 else -1] += end - begin
        units = [ids[unit] if unit >= 0 else -1 for unit in units]
        counter = Counter(units)
        lengths = {entry: covered[entry] / counter[entry] for entry in counter}
        pairs = propose_pairs(
            *count_neighbours(units, sequence_starts, n_atoms + len(definitions)),
            len(units),
            lengths,
            pair_count_min,
            chi2_min,
            bits_limit,
        )
        frames = count_frames(units, sequence_starts) if variables else {}
        accepted = [
            (*frame, list(frames[frame]))
            for frame in propose_frames(frames, frame_count_min, fillers_min, fillers_max)
        ]
        definitions = extend_entries(definitions, n_atoms, pairs, accepted)


# -- hvm.kernels.lexicon.forward ------------------------------------------------------------------


def strings_of(entries, filler_probabilities, entry):
    """Every string that the entry can spell, with its probability, slots independent."""
    kinds, offsets = entries.kinds, entries.offsets
    if kinds[entry] == ATOM:
        return {(entry,): 1.0}
    options = [strings_of(entries, filler_probabilities, part) for part in parts_of(entries, entry)]
    strings = Counter()
    if kinds[entry] == VARIABLE:
        for probability, spelled in zip(
            filler_probabilities[offsets[entry] :], options, strict=False
        ):
            for string, p in spelled.items():
                strings[string] += probability * p
    else:
        for choice in itertools.product(*(spelled.items() for spelled in options)):
            string = tuple(x for text, _ in choice for x in text)
            strings[string] += math.prod(p for _, p in choice)
    return strings


def forward_log2(entries, unit_log2, filler_log2, codes, whole_units=False):
    kinds = entries.kinds
    fillers = [2.0**x for x in filler_log2]
    spelled = [strings_of(entries, fillers, e) for e in range(len(kinds))]

    @functools.cache
    def probability(rest):
        if not rest:
            return 1.0
        total = 0.0
        for entry, strings in enumerate(spelled):
            if kinds[entry] == VARIABLE:
                continue
            for string, p in strings.items():
                fits = len(string) <= len(rest) or not whole_units
                if fits and string[: len(rest)] == rest[: len(string)]:
                    total += 2.0 ** unit_log2[entry] * p * probability(rest[len(string) :])
        return total

    whole = probability(tuple(int(code) for code in codes))
    return math.log2(whole) if whole else -math.inf


def symbol_bits(entries, unit_p, member_p, codes, starts, escape_bits):
    logs = [[math.log2(p) if p else -math.inf for p in ps] for ps in (unit_p, member_p)]
    known = (entries, *logs)
    bits = []
    for begin, end in zip(starts, [*starts[1:], len(codes)]):
        first = begin  # of the run without unknown symbols
        for at in range(begin, end):
            before = forward_log2(*known, codes[first:at])
            if codes[at] >= 0:
                bits.append(before - forward_log2(*known, codes[first : at + 1]))
            else:
                # A unit must end before an unknown symbol.
                bits.append(before - forward_log2(*known, codes[first:at], True) + escape_bits)
                first = at + 1
    return bits


# -- hvm.kernels.lexicon: patterns, viterbi, greedy ------------------------------------------------
#
# A way to spell symbols is a tuple of slots (place, start, end, slots inside). Of ways that cost
# the same, the one with the lowest (filler, end) from the left wins, then the best in each slot.


def flatten(entries):
    kinds = entries.kinds
    spans = []
    for entry in range(len(kinds)):
        below = [spans[part] for part in parts_of(entries, entry)]
        spans.append((sum(below) if kinds[entry] == CHUNK else max(below)) if below else 1)
    return [pattern_of(entries, entry) for entry in range(len(kinds))], spans


def spellings(entries, codes, stop):
    """A function (pattern, at) that yields every (end, slots) there is: exponential."""
    kinds, offsets, parts, _ = entries

    def spell(pattern, at):
        if not pattern:
            yield at, ()
        elif kinds[pattern[0]] == ATOM:
            if at < stop and codes[at] == pattern[0]:
                yield from spell(pattern[1:], at + 1)
        else:
            for place in range(offsets[pattern[0]], offsets[pattern[0] + 1]):
                filler = pattern_of(entries, parts[place])
                for end, inside in spell(filler, at):
                    for last, slots in spell(pattern[1:], end):
                        yield last, ((place, at, end, inside), *slots)

    return spell


def place_nodes(above, labels, n_atoms):
    """Children by node and symbol, and the nodes that variable edges leave."""
    children = enumerate(zip(above, labels, strict=True))
    known = [(node, parent, label) for node, (parent, label) in children if parent >= 0]
    edges = {(parent, label): node for node, parent, label in known if label < n_atoms}
    return edges, {parent for _, parent, label in known if label >= n_atoms}


def may_fill(entries, codes, i, limit):
    """Whether some unit that holds a variable can stand at ``i`` and end by ``limit``."""
    spell, kinds = spellings(entries, codes, limit), entries.kinds
    units = [pattern_of(entries, entry) for entry in range(len(kinds)) if kinds[entry] != VARIABLE]
    slotted = [unit for unit in units if any(kinds[label] == VARIABLE for label in unit)]
    return any(True for unit in slotted for _ in spell(unit, i))


def slots_cost(filler_cost, slots):
    return sum(filler_cost[place] + slots_cost(filler_cost, below) for place, *_, below in slots)


def slots_rank(parts, slots):
    outer = [(int(parts[place]), end) for place, _, end, _ in slots]
    return outer, [slots_rank(parts, inside) for *_, inside in slots]


def least_spellings(entries, filler_cost, codes, stop):
    """The same, but {end: (cost, rank, slots)} with the best way for each end."""
    kinds, offsets, parts, _ = entries

    @functools.cache
    def fill(variable, at):
        best = {}
        for place in range(offsets[variable], offsets[variable + 1]):
            filler = int(parts[place])
            pattern = pattern_of(entries, filler)
            for end, (cost, _, inside) in spell(pattern, at).items():
                way = (cost + int(filler_cost[place]), filler, (place, at, end, inside))
                best[end] = min(best.get(end, way), way)
        return best

    @functools.cache
    def spell(pattern, at):
        if not pattern:
            return {at: (0, (), ())}
        if kinds[pattern[0]] == ATOM:
            fits = at < stop and codes[at] == pattern[0]
            return spell(pattern[1:], at + 1) if fits else {}
        best = {}
        for end, (first, filler, slot) in fill(pattern[0], at).items():
            for last, (rest, rank, slots) in spell(pattern[1:], end).items():
                way = (first + rest, ((filler, end), *rank), (slot, *slots))
                best[last] = min(best.get(last, way), way)
        return best

    return spell


def slot_rows(slots, unit, depth=0):
    for place, start, end, inside in slots:
        yield unit, place, start, end, depth
        yield from slot_rows(inside, unit, depth + 1)


def viterbi(entries, unit_cost, filler_cost, codes, starts, escape_cost):
    def choose(spell, patterns, at, stop):
        rests = {stop: (0, 0)}
        choices = {}
        for i in range(stop - 1, at - 1, -1):
            ways = [(escape_cost, -1, (), i + 1, ())] if codes[i] < 0 else []
            for unit, pattern in patterns:
                for end, (cost, rank, slots) in spell(pattern, i).items():
                    ways.append((int(unit_cost[unit]) + cost, unit, rank, end, slots))
            ranked = [
                (cost + rests[end][0], 1 + rests[end][1], unit, rank, end, slots)
                for cost, unit, rank, end, slots in ways
            ]
            cost, n_units, *_ = best = min(ranked)
            rests[i], choices[i] = (cost, n_units), (best[2], *best[4:])
        return choices, rests[at][0]

    return _cut(entries, filler_cost, codes, starts, choose)


def greedy(entries, unit_counts, filler_cost, codes, starts):
    def choose(spell, patterns, at, stop):
        choices = {}
        while at < stop:
            ways = [(-at - 1, 0, -1, (), ())] if codes[at] < 0 else []
            for unit, pattern in patterns:
                for end, (_, rank, slots) in spell(pattern, at).items():
                    ways.append((-end, -int(unit_counts[unit]), unit, rank, slots))
            end, _, unit, _, slots = min(ways)
            choices[at] = (unit, -end, slots)
            at = -end
        return choices, 0

    return _cut(entries, filler_cost, codes, starts, choose)


def _cut(entries, filler_cost, codes, starts, choose):
    kinds = entries.kinds
    patterns = [
        (entry, pattern_of(entries, entry))
        for entry in range(len(kinds))
        if kinds[entry] != VARIABLE
    ]
    units, unit_starts, sequence_starts, rows, total = [], [], [], [], 0
    codes = [int(code) for code in codes]
    for begin, stop in zip(starts, [*starts[1:], len(codes)], strict=True):
        spell = least_spellings(entries, filler_cost, codes, stop)
        choices, cost = choose(spell, patterns, int(begin), int(stop))
        sequence_starts.append(len(units))
        total += cost
        at = int(begin)
        while at < stop:
            unit, end, slots = choices[at]
            rows.extend(slot_rows(slots, len(units)))
            units.append(unit)
            unit_starts.append(at)
            at = end
    return units, [*unit_starts, len(codes)], sequence_starts, rows, total


def all_parses(entries, codes):
    """Every parse of one sequence, each a list of (unit, end, slots): exponential."""
    kinds = entries.kinds
    codes = [int(code) for code in codes]
    spell = spellings(entries, codes, len(codes))

    def cut(at):
        if at == len(codes):
            yield []
        elif codes[at] < 0:
            yield from ([(-1, at + 1, ()), *rest] for rest in cut(at + 1))
        else:
            for unit in range(len(kinds)):
                if kinds[unit] != VARIABLE:
                    for end, slots in spell(pattern_of(entries, unit), at):
                        yield from ([(unit, end, slots), *rest] for rest in cut(end))

    return cut(0)


# -- hvm.kernels.lexicon.count --------------------------------------------------------------------


def _stretches(units, starts):
    for begin, end in zip(starts, [*starts[1:], len(units)], strict=True):
        yield [int(unit) for unit in units[begin:end]]


def count_pairs(units, starts, count_min):
    pairs = Counter()
    for stretch in _stretches(units, starts):
        overlapping = False
        for before, left, right in zip([None, *stretch], stretch, stretch[1:]):
            overlapping = before == left == right and not overlapping
            if min(left, right) >= 0 and not overlapping:
                pairs[left, right] += 1
    return {pair: count for pair, count in pairs.items() if count >= count_min}


def merge_pairs(units, starts, wholes):
    """``wholes`` maps (left, right) to the chunk of the two."""
    merged, merged_starts = [], []
    for stretch in _stretches(units, starts):
        merged_starts.append(len(merged))
        while stretch:
            whole = wholes.get(tuple(stretch[:2]))
            merged.append(stretch[0] if whole is None else whole)
            del stretch[: 1 if whole is None else 2]
    return merged, merged_starts


def count_triples(units, starts, count_min):
    triples = Counter()
    for stretch in _stretches(units, starts):
        triples.update(zip(stretch, stretch[1:], stretch[2:]))
    return {t: count for t, count in triples.items() if count >= count_min and min(t) >= 0}


# -- hvm.kernels.learn.gain ---------------------------------------------------------------------


def gamma_bits(n):
    return 2 * (int(n).bit_length() - 1) + 1


def counts_bits(n, kinds):
    n = int(n)
    digits = (n + 1).bit_length() - 1
    return digits + gamma_bits(digits + 1) + math.log2(math.comb(n + kinds - 1, kinds - 1))


def coded_bits(counts, total):
    """Bits of ``total`` things coded by their counts."""
    return (total * math.log2(total) if total else 0.0) - math.fsum(
        count * math.log2(count) for count in counts if count
    )


def _description_bits(unit_counts, total, n_kinds, n_atoms):
    """What a new chunk changes: units, their counts, and the number of entries."""
    bits = coded_bits(unit_counts, total) + counts_bits(total, n_kinds)
    return bits + gamma_bits(len(unit_counts) - n_atoms + 1)


def _chunk_gain(uses, count, fillers, unit_counts, n_atoms, n_variables):
    """``uses``: how often a chunk that occurs ``count`` times takes the place of each unit.

    Uses that overlap may be more than there are; no count falls below zero.
    """
    size, count = len(unit_counts), int(count)
    before = [int(n) for n in unit_counts]
    after = [*before, count]
    for unit, n in uses.items():
        after[unit] = max(after[unit] - int(n), 0)
    n_parts = int(sum(uses.values())) // count
    left = max(sum(before) - (n_parts - 1) * count, 0)
    spent = 1 + gamma_bits(n_parts - 1) + n_parts * math.log2(size)
    spent += coded_bits(fillers, sum(fillers))
    spent += _description_bits(after, left, size + 1 - n_variables, n_atoms)
    return _description_bits(before, sum(before), size - n_variables, n_atoms) - spent


def chi_square(joint, left, right, total):
    table = [[joint, left - joint], [right - joint, total - left - right + joint]]
    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table)]
    if math.prod(rows + columns) <= 0:
        return 0.0
    terms = [
        (table[i][j] - rows[i] * columns[j] / total) ** 2 * total / (rows[i] * columns[j])
        for i in (0, 1)
        for j in (0, 1)
    ]
    return math.copysign(sum(terms), joint * total - left * right)


def pair_gains(lefts, rights, joints, unit_counts, n_atoms, n_variables):
    gains, chi_squares = [], []
    for left, right, joint in zip(lefts, rights, joints):
        uses = Counter({left: joint}) + Counter({right: joint})
        gains.append(_chunk_gain(uses, joint, [], unit_counts, n_atoms, n_variables))
        counts = [int(joint), int(unit_counts[left]), int(unit_counts[right])]
        chi_squares.append(chi_square(*counts, int(sum(unit_counts))))
    return gains, chi_squares


def triple_gains(lefts, middles, rights, counts, unit_counts, n_atoms, n_variables):
    gains = []
    for *units, count in zip(lefts, middles, rights, counts):
        uses = sum((Counter({unit: count}) for unit in units), Counter())
        gain = _chunk_gain(uses, count, [], unit_counts, n_atoms, n_variables)
        gains.append(gain if len(set(units)) > 1 else -math.inf)
    return gains


def frame_gains(triples, unit_counts, n_atoms, n_variables, filler_count_min):
    """``triples`` as `count_triples` gives them; returns {(left, right): (gain, fillers kept)}."""
    total, gains = sum(unit_counts), {}
    frames = {}
    for (left, middle, right), count in triples.items():
        frames.setdefault((left, right), {})[middle] = int(count)
    for (left, right), fillers in frames.items():
        kept = {}
        for middle, count in sorted(fillers.items()):
            chance = unit_counts[left] / total * unit_counts[right] / total * unit_counts[middle]
            if count >= filler_count_min and count > chance:
                kept[middle] = count
        if len(kept) >= 2:
            n = sum(kept.values())
            uses = Counter({left: n}) + Counter({right: n}) + Counter(kept)
            gain = _chunk_gain(uses, n, kept.values(), unit_counts, n_atoms, n_variables)
            gain = gain if total >= 2 * n else -math.inf
            gains[left, right] = gain, sorted(kept)
    return gains


# -- hvm.kernels.lexicon.segment and hvm.kernels.learn.align ---------------------------------------


def segment(is_chunk, patterns, weights):
    """``patterns`` by entry; returns the costs and parts of all entries."""

    def cuts(pattern, entry):
        if not pattern:
            yield 0.0, (), ()
        for size in range(1, len(pattern) + 1):
            parts = [pattern[0]] if size == 1 else []
            parts += [e for e, p in enumerate(patterns) if is_chunk[e] and p == pattern[:size]]
            for part in parts:
                if part != entry:
                    for cost, sizes, rest in cuts(pattern[size:], entry):
                        yield weights[part] + cost, (-size, *sizes), (part, *rest)

    best = [
        min(cuts(pattern, entry)) if is_chunk[entry] else (0.0, (), tuple(pattern))
        for entry, pattern in enumerate(patterns)
    ]
    return [cost for cost, *_ in best], [parts for *_, parts in best]


def aligned(entries, patterns, longest_middle, one_sided):
    """{(prefix, suffix): rows (entry, first of the middle, one past it)}, two rows or more."""
    groups = {}
    for entry in entries:
        pattern = patterns[entry]
        for a, b in itertools.combinations(range(len(pattern) + 1), 2):
            n_sides = (a > 0) + (b < len(pattern))
            if b - a <= longest_middle and n_sides == (1 if one_sided else 2):
                groups.setdefault((pattern[:a], pattern[b:]), []).append((int(entry), a, b))
    return {frame: rows for frame, rows in groups.items() if len(rows) > 1}
