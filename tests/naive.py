"""Slow twins of the kernels, by the same names: the plainest code that says what each does."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter

from hvm.lexicon import ATOM, CHUNK, VARIABLE, Definition, Lexicon


def lz78_parse(codes):
    phrases, pointers, starts, phrase, start = {(): 0}, [], [], (), 0
    for i, code in enumerate(codes.tolist()):
        longer = (*phrase, code)
        if longer in phrases:
            phrase = longer
            continue
        pointers.append(phrases[phrase])
        starts.append(start)
        phrases[longer] = len(phrases)
        phrase, start = (), i + 1
    if phrase:
        pointers.append(phrases[phrase])
        starts.append(start)
    return pointers, [*starts, len(codes)]


# -- lexicons as arrays, for the twins of the kernels that read them ------------------------


def parts_of(offsets, parts, entry):
    return [int(part) for part in parts[offsets[entry] : offsets[entry + 1]]]


def pattern_of(kinds, offsets, parts, entry):
    if kinds[entry] != CHUNK:
        return (entry,)
    below = parts_of(offsets, parts, entry)
    return tuple(x for part in below for x in pattern_of(kinds, offsets, parts, part))


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


# -- hvm.kernels.measures -----------------------------------------------------------------


def search_steps(kinds, offsets, parts, n_atoms):
    below = {e: parts_of(offsets, parts, e) for e in range(len(kinds)) if kinds[e] == CHUNK}

    def steps(entry):
        if kinds[entry] != CHUNK:
            return n_atoms
        left = below[entry][0]
        return steps(left) + sum(components[-1] == left for components in below.values())

    return [steps(entry) for entry in range(len(kinds))]


def variable_entropies(kinds, offsets, filler_counts):
    entropies = []
    for entry in range(len(kinds)):
        counts = filler_counts[offsets[entry] : offsets[entry + 1]]
        shares = [c / sum(counts) for c in counts if c] if kinds[entry] == VARIABLE else []
        entropies.append(-sum(share * math.log2(share) for share in shares))
    return entropies


def named_entropies(kinds, offsets, parts, n_atoms, unit_counts, entropies):
    sums = []
    for entry in range(len(kinds)):
        named = set(pattern_of(kinds, offsets, parts, entry)) if kinds[entry] == CHUNK else set()
        used = unit_counts[entry] > 0
        sums.append(sum(entropies[x] for x in named if kinds[x] == VARIABLE) if used else 0.0)
    return sums


def measure(kinds, offsets, parts, n_atoms, unit_counts, filler_counts, n_symbols, n_units):
    units = [entry for entry in range(len(kinds)) if kinds[entry] != VARIABLE]
    used = [entry for entry in units if unit_counts[entry] > 0]
    total = sum(unit_counts[entry] for entry in units)
    steps = search_steps(kinds, offsets, parts, n_atoms)
    entropies = variable_entropies(kinds, offsets, filler_counts)
    named = named_entropies(kinds, offsets, parts, n_atoms, unit_counts, entropies)
    representation_bits = 0.0
    for entry in range(len(kinds)):
        if kinds[entry] == VARIABLE:
            counts = [unit_counts[member] for member in parts_of(offsets, parts, entry)]
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


# -- hvm.kernels.paper --------------------------------------------------------------------


def descent(kinds, offsets, parts, n_atoms, codes, starts):
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
                found = []
                for child in range(n_atoms, len(kinds)):
                    if kinds[child] == CHUNK and parts[offsets[child]] == unit:
                        rest = [int(parts[place]) for place in places[child][1:]]
                        if (reached := match_all(rest, end)) is not None:
                            found.append((reached, -child))
                if not found:
                    break
                end, unit = max(found)[0], -max(found)[1]
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


def prune_chunks(kinds, offsets, parts, n_atoms, unit_counts, count_max):
    definitions = {
        e: (int(kinds[e]), parts_of(offsets, parts, e)) for e in range(n_atoms, len(kinds))
    }
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
        arrays = (lexicon.kinds, lexicon.offsets, lexicon.parts, n_atoms)
        units, unit_starts, sequence_starts, slots = descent(*arrays, codes, starts)
        counter, filled = Counter(units), Counter(place for _, place, *_ in slots)
        unit_counts = [counter[entry] for entry in range(len(lexicon))]
        filler_counts = [filled[place] for place in range(len(lexicon.parts))]
        history.append(measure(*arrays, unit_counts, filler_counts, len(codes), len(units)))
        if len(history) == iterations:
            return definitions, unit_counts, filler_counts, history

        definitions, ids = prune_chunks(*arrays, unit_counts, prune_count_max)
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


# -- hvm.kernels.forward ------------------------------------------------------------------


def longest_lengths(kinds, offsets, parts, n_atoms, limit):
    lengths = [1] * n_atoms
    for entry in range(n_atoms, len(kinds)):
        below = [lengths[part] for part in parts_of(offsets, parts, entry)]
        lengths.append(min(limit, sum(below) if kinds[entry] == CHUNK else max(below)))
    return lengths


def beginners(kinds, offsets, parts, n_atoms):
    def atoms(entry):
        below = parts_of(offsets, parts, entry)
        if kinds[entry] == ATOM:
            return {entry}
        return atoms(below[0]) if kinds[entry] == CHUNK else set().union(*map(atoms, below))

    begins = {entry: atoms(entry) for entry in range(n_atoms, len(kinds))}
    return [[e for e in begins if atom in begins[e]] for atom in range(n_atoms)]


def strings_of(kinds, offsets, parts, filler_probabilities, entry):
    """Every string that the entry can spell, with its probability, slots independent."""
    if kinds[entry] == ATOM:
        return {(entry,): 1.0}
    options = [
        strings_of(kinds, offsets, parts, filler_probabilities, part)
        for part in parts_of(offsets, parts, entry)
    ]
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


def forward_log2(kinds, offsets, parts, n_atoms, unit_log2, filler_log2, codes):
    fillers = [2.0**x for x in filler_log2]
    spelled = [strings_of(kinds, offsets, parts, fillers, e) for e in range(len(kinds))]

    @functools.cache
    def probability(rest):
        if not rest:
            return 1.0
        total = 0.0
        for entry, strings in enumerate(spelled):
            if kinds[entry] == VARIABLE:
                continue
            for string, p in strings.items():
                if string[: len(rest)] == rest[: len(string)]:
                    total += 2.0 ** unit_log2[entry] * p * probability(rest[len(string) :])
        return total

    whole = probability(tuple(int(code) for code in codes))
    return math.log2(whole) if whole else -math.inf
