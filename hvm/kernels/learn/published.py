"""The published algorithm: descent parsing, and the passes that `HVM.paper()` makes.

A pass is parse, measure, prune, count, propose, extend; each is a function here and `learn_pass`
their order. Nothing is random and every choice has a stated tie-break, so the same codes give
the same lexicon.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvm.kernels.jit import inner, kernel
from hvm.kernels.lexicon.measures import data_bits, lexicon_bits, measure

_ATOM, _CHUNK, _VARIABLE = 0, 1, 2
_MIX = -7046029254386353131  # 2**64 / golden ratio, odd: spreads keys over a power-of-two table
_BASE = 6364136223846793005
_MEMO_SIZE = 1 << 12


class Index(NamedTuple):
    """A lexicon compiled for descent."""

    kinds: np.ndarray  # uint8[K]
    offsets: np.ndarray  # int64[K + 1]
    parts: np.ndarray  # int32[P]
    child_offsets: np.ndarray  # int64[K + 1]
    children: np.ndarray  # int32[chunks]: chunks by their first part, ascending
    openings: np.ndarray  # int64[K]: bit a & 63 is set if the entry can begin with atom a


class Room(NamedTuple):
    """Scratch: a memo, and an explicit stack, so that deep lexicons cannot overflow another."""

    entries: np.ndarray  # int32[depth]
    nexts: np.ndarray  # int64[depth]: next part to match
    ends: np.ndarray  # int64[depth]: where it starts; of a variable, its own start
    bests: np.ndarray  # int64[depth]: longest filler so far
    pending: np.ndarray  # int32[width]: entries still to be spelled out
    pending_depths: np.ndarray  # int32[width]
    memo_keys: np.ndarray  # int64[2**k]: position * K + variable, direct mapped; good for one parse
    memo_ends: np.ndarray  # int64[2**k]


# -- compiling a lexicon ------------------------------------------------------------------


@kernel
def _compile_index(kinds, offsets, parts, n_atoms):
    """Children by first part, and the atoms that each entry can begin with."""
    n_entries = len(kinds)
    child_offsets = np.zeros(n_entries + 1, np.int64)
    openings = np.zeros(n_entries, np.int64)
    for entry in range(n_entries):
        if entry < n_atoms:
            openings[entry] = np.int64(1) << (entry & 63)
        elif kinds[entry] == _CHUNK:
            left = parts[offsets[entry]]
            openings[entry] = openings[left]
            child_offsets[left + 1] += 1
        else:
            for part in range(offsets[entry], offsets[entry + 1]):
                openings[entry] |= openings[parts[part]]
    for entry in range(n_entries):
        child_offsets[entry + 1] += child_offsets[entry]
    children = np.empty(child_offsets[n_entries], np.int32)
    fill = child_offsets.copy()
    for entry in range(n_atoms, n_entries):
        if kinds[entry] == _CHUNK:
            left = parts[offsets[entry]]
            children[fill[left]] = entry
            fill[left] += 1
    return Index(kinds, offsets, parts, child_offsets, children, openings)


@kernel
def _make_room(offsets, parts, n_atoms):
    """Scratch large enough for every entry: depth of nesting, and entries pending at once."""
    n_entries = len(offsets) - 1
    depths = np.ones(n_entries, np.int64)
    widths = np.ones(n_entries, np.int64)
    depth, width = 1, 1
    for entry in range(n_atoms, n_entries):
        for part in range(offsets[entry], offsets[entry + 1]):
            below = parts[part]
            depths[entry] = max(depths[entry], depths[below] + 1)
            widths[entry] = max(widths[entry], widths[below])
        widths[entry] += offsets[entry + 1] - offsets[entry]
        depth = max(depth, depths[entry])
        width = max(width, widths[entry])
    return Room(
        np.empty(depth, np.int32),
        np.empty(depth, np.int64),
        np.empty(depth, np.int64),
        np.empty(depth, np.int64),
        np.empty(width, np.int32),
        np.empty(width, np.int32),
        np.full(_MEMO_SIZE, -1, np.int64),
        np.empty(_MEMO_SIZE, np.int64),
    )


# -- descent parsing ----------------------------------------------------------------------

_NO_MATCH = -1
_UNDECIDED = -2


@inner
def _match(index, room, codes, stop, entry, start):
    """End of what ``entry`` covers from ``start``, or -1; slots take the longest filler.

    Parts are matched from the left and never reconsidered: no backtracking.
    """
    kinds, offsets, parts, openings = index.kinds, index.offsets, index.parts, index.openings
    entries, nexts, ends, bests = room.entries, room.nexts, room.ends, room.bests
    memo_keys, memo_ends = room.memo_keys, room.memo_ends
    memo_mask, n_entries = len(memo_keys) - 1, len(kinds)
    part, at, top = entry, start, -1
    while True:
        # What `part` covers from `at`: at once, from the memo, or by opening it.
        end = _UNDECIDED
        if at >= stop or not openings[part] >> (codes[at] & 63) & 1:
            end = _NO_MATCH
        elif kinds[part] == _ATOM:
            end = at + 1 if codes[at] == part else _NO_MATCH
        elif kinds[part] == _VARIABLE:
            key = at * n_entries + part
            place = key * _MIX >> 24 & memo_mask
            if memo_keys[place] == key:
                end = memo_ends[place]
        if end == _UNDECIDED:
            top += 1
            entries[top], nexts[top], ends[top], bests[top] = part, offsets[part], at, _NO_MATCH
        # Hand what is decided to the entry around it, until one needs another part.
        while top >= 0:
            current = entries[top]
            is_chunk = kinds[current] == _CHUNK
            if end != _UNDECIDED:
                nexts[top] += 1
                if is_chunk:
                    ends[top] = end
                elif end > bests[top]:
                    bests[top] = end
            finished = nexts[top] == offsets[current + 1]
            if is_chunk and (finished or ends[top] == _NO_MATCH):
                end = ends[top]
            elif finished:
                end = bests[top]
                key = ends[top] * n_entries + current
                place = key * _MIX >> 24 & memo_mask
                memo_keys[place], memo_ends[place] = key, end
            else:
                part, at = parts[nexts[top]], ends[top]
                break
            top -= 1
        if top < 0:
            return end


@kernel
def _grown(slots):
    larger = np.empty((2 * len(slots), 5), np.int64)
    for i in range(len(slots)):
        for j in range(5):
            larger[i, j] = slots[i, j]
    return larger


@kernel
def _record_slots(index, room, codes, stop, unit_number, unit, start, slots, n_slots):
    """Append the slots of a matched unit, rows as `descent` returns them."""
    room.pending[0], room.pending_depths[0] = unit, 0
    top, position = 1, start
    while top > 0:
        top -= 1
        entry, depth = room.pending[top], room.pending_depths[top]
        begin, after = index.offsets[entry], index.offsets[entry + 1]
        if index.kinds[entry] == _ATOM:
            position += 1
        elif index.kinds[entry] == _CHUNK:
            for part in range(after - 1, begin - 1, -1):
                room.pending[top], room.pending_depths[top] = index.parts[part], depth
                top += 1
        else:
            filler, longest = -1, -1
            for part in range(begin, after):
                end = _match(index, room, codes, stop, index.parts[part], position)
                if end > longest:  # ties: the member that is listed first
                    filler, longest = part, end
            if n_slots == len(slots):
                slots = _grown(slots)
            slots[n_slots, 0], slots[n_slots, 1] = unit_number, filler
            slots[n_slots, 2], slots[n_slots, 3] = position, longest
            slots[n_slots, 4] = depth
            n_slots += 1
            room.pending[top], room.pending_depths[top] = index.parts[filler], depth + 1
            top += 1
    return slots, n_slots


@kernel
def _parse(index, room, codes, starts):
    """What `descent` returns, as views.

    The descent itself is written out here: passing the two structures costs more than most
    children do.
    """
    kinds, offsets, parts, openings = index.kinds, index.offsets, index.parts, index.openings
    child_offsets, children = index.child_offsets, index.children
    n_symbols = len(codes)
    units = np.empty(n_symbols, np.int32)
    unit_starts = np.empty(n_symbols + 1, np.int64)
    sequence_starts = np.empty(len(starts), np.int64)
    slots = np.empty((64, 5), np.int64)
    n_units, n_slots = 0, 0
    any_variable = (kinds == _VARIABLE).any()
    for sequence in range(len(starts)):
        sequence_starts[sequence] = n_units
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else n_symbols
        end = starts[sequence]
        while end < stop:
            start, unit = end, codes[end]
            end += 1
            best = unit
            while best >= 0:  # from the atom, again and again the child that covers most
                unit, present = best, end
                best = -1
                for place in range(child_offsets[unit], child_offsets[unit + 1]):
                    child = children[place]
                    reached = present
                    for i in range(offsets[child] + 1, offsets[child + 1]):
                        part = parts[i]
                        if reached >= stop or not openings[part] >> (codes[reached] & 63) & 1:
                            reached = _NO_MATCH
                        elif kinds[part] != _ATOM:
                            reached = _match(index, room, codes, stop, part, reached)
                        else:
                            reached = reached + 1 if codes[reached] == part else _NO_MATCH
                        if reached == _NO_MATCH:
                            break
                    if reached > end:  # ties: the child with the lower id
                        best, end = child, reached
            units[n_units], unit_starts[n_units] = unit, start
            if any_variable and unit >= 0 and kinds[unit] == _CHUNK:
                slots, n_slots = _record_slots(
                    index, room, codes, stop, n_units, unit, start, slots, n_slots
                )
            n_units += 1
    unit_starts[n_units] = n_symbols
    return units[:n_units], unit_starts[: n_units + 1], sequence_starts, slots[:n_slots]


@kernel
def descent(kinds, offsets, parts, n_atoms, codes, starts):
    """Parse by descent.

    codes : int32[n], -1 where the symbol is outside the alphabet: a unit -1 of one symbol starts
    : int64[s], first index of each sequence, ascending returns units int32[m], unit starts
    int64[m + 1], first unit of each sequence int64[s], and slots int64[k, 5]: unit number, place
    of the filler in ``parts``, start, end, depth; from the left, depth first
    """
    index = _compile_index(kinds, offsets, parts, n_atoms)
    room = _make_room(offsets, parts, n_atoms)
    units, unit_starts, sequence_starts, slots = _parse(index, room, codes, starts)
    return units.copy(), unit_starts.copy(), sequence_starts, slots.copy()


# -- counting -----------------------------------------------------------------------------


@inner
def _place(keys, key):
    """Index of ``key`` in an open-addressing table, or of the empty place (-1) where it belongs."""
    mask = len(keys) - 1
    place = key * _MIX >> 24 & mask
    while keys[place] != -1 and keys[place] != key:
        place = place + 1 & mask
    return place


@inner
def _table_size(n_keys):
    size = 16
    while size < 2 * n_keys:
        size *= 2
    return size


@kernel
def count_neighbours(units, sequence_starts, n_entries):
    """Adjacent pairs inside sequences; a unit -1 has neighbours but is nobody's part.

    Returns keys int64[T] (left << 32 | right, -1 where empty), counts int64[T], and int64[K] how
    often each entry is the left and the right of a pair, and the number of pairs.
    """
    keys = np.full(_table_size(len(units)), -1, np.int64)
    counts = np.zeros(len(keys), np.int64)
    lefts = np.zeros(n_entries, np.int64)
    rights = np.zeros(n_entries, np.int64)
    n_pairs = 0
    for sequence in range(len(sequence_starts)):
        stop = sequence_starts[sequence + 1] if sequence + 1 < len(sequence_starts) else len(units)
        for i in range(sequence_starts[sequence], stop - 1):
            left, right = units[i], units[i + 1]
            n_pairs += 1
            if left >= 0:
                lefts[left] += 1
            if right >= 0:
                rights[right] += 1
            if left >= 0 and right >= 0:
                key = np.int64(left) << 32 | right
                place = _place(keys, key)
                keys[place] = key
                counts[place] += 1
    return keys, counts, lefts, rights, n_pairs


@kernel
def count_frames(units, sequence_starts, fillers_max):
    """Frames (l, _, r) of the parse with their distinct fillers.

    Returns keys int64[T] (l << 32 | r, -1 where empty), counts int64[T], fillers int32[T,
    fillers_max] in order of appearance, and their number int64[T], fillers_max + 1 meaning too
    many.
    """
    keys = np.full(_table_size(len(units)), -1, np.int64)
    counts = np.zeros(len(keys), np.int64)
    fillers = np.empty((len(keys), fillers_max), np.int32)
    sizes = np.zeros(len(keys), np.int64)
    for sequence in range(len(sequence_starts)):
        stop = sequence_starts[sequence + 1] if sequence + 1 < len(sequence_starts) else len(units)
        for i in range(sequence_starts[sequence], stop - 2):
            left, filler, right = units[i], units[i + 1], units[i + 2]
            if left < 0 or filler < 0 or right < 0:
                continue
            key = np.int64(left) << 32 | right
            place = _place(keys, key)
            keys[place] = key
            counts[place] += 1
            seen = min(sizes[place], fillers_max)
            j = 0
            while j < seen and fillers[place, j] != filler:
                j += 1
            if j == seen and sizes[place] <= fillers_max:
                if seen < fillers_max:
                    fillers[place, seen] = filler
                sizes[place] += 1
    return keys, counts, fillers, sizes


# -- pruning and proposing ----------------------------------------------------------------


@kernel
def prune_chunks(kinds, offsets, parts, n_atoms, unit_counts, count_max):
    """Drop chunks counted ``count_max`` times or fewer that no other entry needs.

    Variables stay, as in the published tables, and so do their members. Returns the kept entries'
    kinds, offsets and parts, and int32[K] new ids, -1 for the dropped.
    """
    n_entries = len(kinds)
    needed = np.zeros(n_entries, np.int64)
    for part in parts:
        needed[part] += 1
    ids = np.zeros(n_entries, np.int32)
    for entry in range(n_entries - 1, n_atoms - 1, -1):
        if kinds[entry] == _CHUNK and unit_counts[entry] <= count_max and needed[entry] == 0:
            ids[entry] = -1
            for part in range(offsets[entry], offsets[entry + 1]):
                needed[parts[part]] -= 1
    n_kept, n_parts = 0, 0
    for entry in range(n_entries):
        if ids[entry] == 0:
            ids[entry] = n_kept
            n_kept += 1
            n_parts += offsets[entry + 1] - offsets[entry]
    if n_kept == n_entries:
        return kinds, offsets, parts, ids
    kept_kinds = np.empty(n_kept, np.uint8)
    kept_offsets = np.zeros(n_kept + 1, np.int64)
    kept_parts = np.empty(n_parts, np.int32)
    for entry in range(n_entries):
        if ids[entry] >= 0:
            new = ids[entry]
            kept_kinds[new] = kinds[entry]
            fill = kept_offsets[new]
            for part in range(offsets[entry], offsets[entry + 1]):
                kept_parts[fill] = ids[parts[part]]
                fill += 1
            kept_offsets[new + 1] = fill
    return kept_kinds, kept_offsets, kept_parts, ids


@kernel
def propose_pairs(
    keys, counts, lefts, rights, n_pairs, n_units, lengths, count_min, chi2_min, bits_limit
):
    """Pairs to chunk, int32[k, 2], best first.

    A pair qualifies if it occurs more than ``count_min`` times and the chi-square of its 2x2
    table against independence exceeds ``chi2_min``. Rank: L / -ln(p), L the symbols it covers, p
    = count / units; ties by left id, then right. Accepted until their -log2 p add up to more than
    ``bits_limit``.
    """
    scores = np.empty(len(keys))
    chosen = np.empty(len(keys), np.int64)
    n_candidates = 0
    for place in range(len(keys)):
        joint = counts[place]
        if joint <= count_min:
            continue
        left, right = keys[place] >> 32, keys[place] & 0xFFFFFFFF
        row, column = float(lefts[left]), float(rights[right])
        spread = row * (n_pairs - row) * column * (n_pairs - column)
        excess = joint * n_pairs - row * column
        if spread > 0 and n_pairs * excess * excess / spread > chi2_min:
            chosen[n_candidates] = place
            scores[n_candidates] = (lengths[left] + lengths[right]) / -np.log(joint / n_units)
            n_candidates += 1
    accepted = np.empty((n_candidates, 2), np.int32)
    n_accepted, bits = 0, 0.0
    while n_accepted < n_candidates and bits <= bits_limit:
        best = 0
        for i in range(1, n_candidates):
            tie = scores[i] == scores[best] and keys[chosen[i]] < keys[chosen[best]]
            if scores[i] > scores[best] or tie:
                best = i
        key = keys[chosen[best]]
        bits -= np.log2(counts[chosen[best]] / n_units)
        scores[best] = -1.0
        accepted[n_accepted, 0], accepted[n_accepted, 1] = key >> 32, key & 0xFFFFFFFF
        n_accepted += 1
    return accepted[:n_accepted]


@kernel
def propose_frames(keys, counts, sizes, count_min, fillers_min, fillers_max):
    """Places of the frames that occur more than ``count_min`` times, by (left, right).

    They have between ``fillers_min`` and ``fillers_max`` distinct fillers.
    """
    n_frames = 0
    found = np.empty(len(keys), np.int64)
    for place in range(len(keys)):
        if counts[place] > count_min and fillers_min <= sizes[place] <= fillers_max:
            found[n_frames] = keys[place]
            n_frames += 1
    found = np.sort(found[:n_frames])
    for i in range(n_frames):
        found[i] = _place(keys, found[i])
    return found


# -- extending ----------------------------------------------------------------------------


@inner
def _pattern_hash(kinds, offsets, parts, entry, hashes, powers):
    """Fill in the hash of an entry's pattern: equal patterns, equal hashes, however nested."""
    if kinds[entry] != _CHUNK:
        hashes[entry], powers[entry] = (entry + 1) * _MIX, _BASE
        return
    pattern_hash, power = np.int64(0), np.int64(1)
    for part in range(offsets[entry], offsets[entry + 1]):
        below = parts[part]
        pattern_hash = pattern_hash * powers[below] + hashes[below]
        power *= powers[below]
    hashes[entry], powers[entry] = pattern_hash, power


@kernel
def _flatten(kinds, offsets, parts, entry):
    """The entry's pattern: atoms and variables, int32[m]."""
    stack, pattern = np.empty(16, np.int32), np.empty(16, np.int32)
    stack[0] = entry
    top, size = 1, 0
    while top > 0:
        top -= 1
        current = stack[top]
        if kinds[current] != _CHUNK:
            if size == len(pattern):
                pattern = np.append(pattern, pattern)
            pattern[size] = current
            size += 1
            continue
        for part in range(offsets[current + 1] - 1, offsets[current] - 1, -1):
            if top == len(stack):
                stack = np.append(stack, stack)
            stack[top] = parts[part]
            top += 1
    return pattern[:size]


@kernel
def _claim_pattern(kinds, offsets, parts, entry, hashes, table):
    """Whether the chunk's pattern is new; if so, enter it in ``table`` (-1 where empty)."""
    mask = len(table) - 1
    place = hashes[entry] * _MIX >> 24 & mask
    while table[place] != -1:
        other = table[place]
        if hashes[other] == hashes[entry]:
            one = _flatten(kinds, offsets, parts, entry)
            two = _flatten(kinds, offsets, parts, other)
            if len(one) == len(two) and not (one != two).any():
                return False
        place = place + 1 & mask
    table[place] = entry
    return True


@kernel
def _sorted(values, size):
    """The first ``size`` of a few values, ascending."""
    ordered = np.empty(size, np.int32)
    for i in range(size):
        j = i
        while j > 0 and ordered[j - 1] > values[i]:
            ordered[j] = ordered[j - 1]
            j -= 1
        ordered[j] = values[i]
    return ordered


@inner
def _superset(kinds, offsets, parts, n_entries, n_atoms, members):
    """The first variable that holds all ``members`` (ascending), or -1."""
    for entry in range(n_atoms, n_entries):
        if kinds[entry] != _VARIABLE:
            continue
        held = 0
        for part in range(offsets[entry], offsets[entry + 1]):
            if held < len(members) and parts[part] == members[held]:
                held += 1
        if held == len(members):
            return entry
    return -1


@kernel
def extend_entries(kinds, offsets, parts, n_atoms, pairs, frames, frame_keys, fillers, sizes):
    """Append the chunks of accepted pairs, then a variable and a chunk for every frame.

    A filler set that an existing variable holds uses that variable; a chunk whose pattern exists
    is left out. ``frames`` are places in the tables of `count_frames`. Returns kinds, offsets,
    parts; ids stay.
    """
    n_entries, n_parts = len(kinds), len(parts)
    room = n_entries + len(pairs) + 2 * len(frames)
    new_kinds = np.empty(room, np.uint8)
    new_offsets = np.zeros(room + 1, np.int64)
    new_parts = np.empty(n_parts + 2 * len(pairs) + (fillers.shape[1] + 3) * len(frames), np.int32)
    for part in range(n_parts):
        new_parts[part] = parts[part]
    for entry in range(n_entries):
        new_kinds[entry], new_offsets[entry + 1] = kinds[entry], offsets[entry + 1]
    hashes, powers = np.empty(room, np.int64), np.empty(room, np.int64)
    table = np.full(_table_size(room), -1, np.int32)
    for entry in range(n_entries):
        _pattern_hash(new_kinds, new_offsets, new_parts, entry, hashes, powers)
        if new_kinds[entry] == _CHUNK:
            _claim_pattern(new_kinds, new_offsets, new_parts, entry, hashes, table)
    for i in range(len(pairs) + len(frames)):
        fill = new_offsets[n_entries]
        if i < len(pairs):
            new_parts[fill], new_parts[fill + 1] = pairs[i, 0], pairs[i, 1]
            fill += 2
        else:
            frame = frames[i - len(pairs)]
            members = _sorted(fillers[frame], sizes[frame])
            variable = _superset(new_kinds, new_offsets, new_parts, n_entries, n_atoms, members)
            if variable < 0:
                variable = n_entries
                for member in members:
                    new_parts[fill] = member
                    fill += 1
                new_kinds[variable], new_offsets[variable + 1] = _VARIABLE, fill
                _pattern_hash(new_kinds, new_offsets, new_parts, variable, hashes, powers)
                n_entries += 1
            new_parts[fill] = frame_keys[frame] >> 32
            new_parts[fill + 1] = variable
            new_parts[fill + 2] = frame_keys[frame] & 0xFFFFFFFF
            fill += 3
        new_kinds[n_entries], new_offsets[n_entries + 1] = _CHUNK, fill
        _pattern_hash(new_kinds, new_offsets, new_parts, n_entries, hashes, powers)
        if _claim_pattern(new_kinds, new_offsets, new_parts, n_entries, hashes, table):
            n_entries += 1
    n_parts = new_offsets[n_entries]
    return (
        new_kinds[:n_entries].copy(),
        new_offsets[: n_entries + 1].copy(),
        new_parts[:n_parts].copy(),
    )


# -- the passes ---------------------------------------------------------------------------


@kernel
def _counts(units, slots, n_entries, n_parts):
    unit_counts = np.zeros(n_entries, np.int64)
    filler_counts = np.zeros(n_parts, np.int64)
    for unit in units:
        if unit >= 0:
            unit_counts[unit] += 1
    for slot in range(len(slots)):
        filler_counts[slots[slot, 1]] += 1
    return unit_counts, filler_counts


@kernel
def _renamed(units, unit_starts, ids, n_entries):
    """Units under their new ids (-1 if pruned), and the mean symbols that each entry covers."""
    renamed = np.empty(len(units), np.int32)
    lengths, counts = np.zeros(n_entries), np.zeros(n_entries)
    for i in range(len(units)):
        renamed[i] = ids[units[i]] if units[i] >= 0 else -1
        if renamed[i] >= 0:
            lengths[renamed[i]] += unit_starts[i + 1] - unit_starts[i]
            counts[renamed[i]] += 1
    for entry in range(n_entries):
        if counts[entry] > 0:
            lengths[entry] /= counts[entry]
    return renamed, lengths


@kernel
def learn_pass(
    kinds,
    offsets,
    parts,
    codes,
    starts,
    n_atoms,
    variables,
    pair_count_min,
    frame_count_min,
    fillers_min,
    fillers_max,
    chi2_min,
    bits_limit,
    prune_count_max,
    smoothing,
):
    """One pass of the published algorithm: parse, measure, prune, propose, extend.

    Returns the next pass's kinds, offsets and parts, whether they are this pass's, and of this
    pass the unit counts, the filler counts and float64[11]: the nine published measures, the
    lexicon bits without the alphabet's, and the data bits.
    """
    index = _compile_index(kinds, offsets, parts, n_atoms)
    room = _make_room(offsets, parts, n_atoms)
    units, unit_starts, sequence_starts, slots = _parse(index, room, codes, starts)
    unit_counts, filler_counts = _counts(units, slots, len(kinds), len(parts))
    measures = np.empty(11)
    measures[:9] = measure(
        kinds, offsets, parts, n_atoms, unit_counts, filler_counts, len(codes), len(units)
    )
    measures[9] = lexicon_bits(kinds, offsets, n_atoms, unit_counts, filler_counts)
    n_unknown = len(units) - unit_counts.sum()
    measures[10] = data_bits(kinds, offsets, unit_counts, filler_counts, n_unknown, smoothing)

    kept_kinds, kept_offsets, kept_parts, ids = prune_chunks(
        kinds, offsets, parts, n_atoms, unit_counts, prune_count_max
    )
    units, lengths = _renamed(units, unit_starts, ids, len(kept_kinds))
    keys, counts, lefts, rights, n_pairs = count_neighbours(units, sequence_starts, len(kept_kinds))
    pairs = propose_pairs(
        keys,
        counts,
        lefts,
        rights,
        n_pairs,
        len(units),
        lengths,
        pair_count_min,
        chi2_min,
        bits_limit,
    )
    frame_units = units if variables else units[:0]
    frame_starts = sequence_starts if variables else sequence_starts[:0]
    frame_keys, frame_counts, fillers, sizes = count_frames(frame_units, frame_starts, fillers_max)
    frames = propose_frames(
        frame_keys, frame_counts, sizes, frame_count_min, fillers_min, fillers_max
    )
    next_kinds, next_offsets, next_parts = extend_entries(
        kept_kinds, kept_offsets, kept_parts, n_atoms, pairs, frames, frame_keys, fillers, sizes
    )
    is_settled = len(kept_kinds) == len(kinds) and len(next_kinds) == len(kinds)
    return next_kinds, next_offsets, next_parts, is_settled, unit_counts, filler_counts, measures
