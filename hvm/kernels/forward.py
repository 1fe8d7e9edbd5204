"""Exact probability of symbols under a lexicon: the sum over all parses and all fillers.

Positions are visited from the right. At each, every entry that matches leaves one *item* for each
end, with the log2 of its inner probability (its fillers summed out); a chunk is put together from
the items of its parts, so nothing is matched twice. An end of n + 1 means that the entry runs
past the last symbol. Sums are in log2 space, in an order that the ids fix.
"""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import inner, kernel

_CHUNK = 1
_NEVER = -np.inf


@inner
def _add(one, two):
    """log2(2**one + 2**two)."""
    if two > one:
        one, two = two, one
    if two == _NEVER:
        return one
    return one + np.log2(1.0 + np.exp2(two - one))


@kernel
def longest_lengths(kinds, offsets, parts, n_atoms, limit):
    """Most symbols that each entry can cover, no more than ``limit``, int64[K]."""
    lengths = np.ones(len(kinds), np.int64)
    for entry in range(n_atoms, len(kinds)):
        longest = 0
        for part in range(offsets[entry], offsets[entry + 1]):
            below = lengths[parts[part]]
            longest = min(limit, longest + below) if kinds[entry] == _CHUNK else max(longest, below)
        lengths[entry] = longest
    return lengths


@kernel
def beginners(kinds, offsets, parts, n_atoms):
    """Chunks and variables that can begin with each atom, by id.

    Returns offsets int64[A + 1] and entries int32: atom a's are entries[offsets[a]:offsets[a + 1]].
    """
    n_entries = len(kinds)
    sources = np.zeros(n_entries + 1, np.int64)  # entry e: atoms[sources[e] : sources[e + 1]]
    atoms = np.empty(max(16, n_atoms), np.int32)
    seen = np.full(n_atoms, -1, np.int64)
    size = 0
    for entry in range(n_entries):
        begin, after = offsets[entry], offsets[entry + 1]
        if entry >= n_atoms and kinds[entry] == _CHUNK:
            after = begin + 1
        if entry < n_atoms:
            if size == len(atoms):
                atoms = np.append(atoms, atoms)
            atoms[size] = entry
            size += 1
        for place in range(begin, after):
            for source in range(sources[parts[place]], sources[parts[place] + 1]):
                atom = atoms[source]
                if seen[atom] == entry:
                    continue
                seen[atom] = entry
                if size == len(atoms):
                    atoms = np.append(atoms, atoms)
                atoms[size] = atom
                size += 1
        sources[entry + 1] = size
    found_offsets = np.zeros(n_atoms + 1, np.int64)
    for source in range(sources[n_atoms], size):
        found_offsets[atoms[source] + 1] += 1
    found_offsets = np.cumsum(found_offsets)
    fill = found_offsets.copy()
    found = np.empty(size - sources[n_atoms], np.int32)
    for entry in range(n_atoms, n_entries):
        for source in range(sources[entry], sources[entry + 1]):
            found[fill[atoms[source]]] = entry
            fill[atoms[source]] += 1
    return found_offsets, found


@inner
def _note(sums, ends, n_ends, start, end, log2_probability):
    """Add a probability to the sum at ``end``; ``ends`` lists, once each, where a sum has begun."""
    if log2_probability == _NEVER:
        return n_ends
    if sums[end - start] == _NEVER:
        ends[n_ends] = end
        n_ends += 1
    sums[end - start] = _add(sums[end - start], log2_probability)
    return n_ends


@kernel
def forward_log2(kinds, offsets, parts, n_atoms, unit_log2, filler_log2, codes):
    """log2 of the prefix probability of ``codes``: the last unit may run past the end.

    unit_log2 : float64[K], log2 P(entry as a unit), -inf for variables
    filler_log2 : float64[P], log2 P(member | its variable); unused beside components
    codes : int32[n], a unit begins at the first
    returns float64, -inf where no parse exists
    """
    n_symbols, n_entries = len(codes), len(kinds)
    reach = longest_lengths(kinds, offsets, parts, n_atoms, n_symbols + 1).max() if n_entries else 1
    begin_offsets, begin_entries = beginners(kinds, offsets, parts, n_atoms)
    totals = np.zeros(n_symbols + 2)  # totals[i]: log2 P(codes[i:] | a unit begins at i)
    # Items of position i: [firsts[i], firsts[i - 1]) less `dropped`, by entry, as positions come.
    firsts = np.zeros(n_symbols + 1, np.int64)
    item_entries = np.empty(1024, np.int32)
    item_ends = np.empty(1024, np.int64)
    item_log2 = np.empty(1024)
    n_items, dropped = 0, 0
    sums, next_sums = np.full(reach + 2, _NEVER), np.full(reach + 2, _NEVER)
    ends, next_ends = np.empty(reach + 2, np.int64), np.empty(reach + 2, np.int64)
    for start in range(n_symbols - 1, -1, -1):
        firsts[start] = n_items + dropped
        atom = codes[start]
        if atom < 0 or atom >= n_atoms:
            totals[start] = _NEVER
            continue
        total = unit_log2[atom] + totals[start + 1]
        for beginner in range(begin_offsets[atom], begin_offsets[atom + 1]):
            entry, n_ends = begin_entries[beginner], 0
            begin, after = offsets[entry], offsets[entry + 1]
            # Parts of a chunk follow each other; members of a variable all begin at `start`.
            is_chunk = kinds[entry] == _CHUNK
            if is_chunk:
                ends[0], sums[0], n_ends = start, 0.0, 1
            for place in range(begin, after):
                part = parts[place]
                n_next = n_ends if not is_chunk else 0
                for i in range(n_ends if is_chunk else 1):
                    at = ends[i] if is_chunk else start
                    so_far = sums[at - start] if is_chunk else filler_log2[place]
                    if at >= n_symbols:
                        n_next = _note(next_sums, next_ends, n_next, start, n_symbols + 1, so_far)
                    elif part < n_atoms:
                        if codes[at] == part:
                            n_next = _note(next_sums, next_ends, n_next, start, at + 1, so_far)
                    else:
                        stop = n_items if at == start else firsts[at - 1] - dropped
                        for item in range(firsts[at] - dropped, stop):
                            if item_entries[item] == part:
                                n_next = _note(
                                    next_sums,
                                    next_ends,
                                    n_next,
                                    start,
                                    item_ends[item],
                                    so_far + item_log2[item],
                                )
                if is_chunk:
                    for i in range(n_ends):
                        sums[ends[i] - start] = _NEVER
                    sums, next_sums = next_sums, sums
                    ends, next_ends = next_ends, ends
                n_ends = n_next
                if is_chunk and n_ends == 0:
                    break
            found_sums = sums if is_chunk else next_sums
            found_ends = ends if is_chunk else next_ends
            if n_items + n_ends > len(item_ends):
                # Items further right than any entry reaches are spent.
                spent = firsts[min(start + reach, n_symbols - 1)] - dropped
                kept = n_items - spent
                size = len(item_ends)
                while 2 * (kept + n_ends) > size:
                    size *= 2
                old_entries, old_ends, old_log2 = item_entries, item_ends, item_log2
                item_entries = np.empty(size, np.int32)
                item_ends, item_log2 = np.empty(size, np.int64), np.empty(size)
                item_entries[:kept] = old_entries[spent:n_items]
                item_ends[:kept] = old_ends[spent:n_items]
                item_log2[:kept] = old_log2[spent:n_items]
                n_items, dropped = kept, dropped + spent
            for i in range(n_ends):
                end = found_ends[i]
                log2_probability = found_sums[end - start]
                found_sums[end - start] = _NEVER
                item_entries[n_items], item_ends[n_items] = entry, end
                item_log2[n_items] = log2_probability
                n_items += 1
                total = _add(total, unit_log2[entry] + log2_probability + totals[end])
        totals[start] = total
    return totals[0]
