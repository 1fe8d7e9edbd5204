"""The nine published measures of one pass, and the bits of a lexicon and of a parse."""

from __future__ import annotations

import numpy as np

from hvm.kernels.jit import inner, kernel
from hvm.kernels.learn.gain import delta_bits, entry_bits, gamma_bits

_CHUNK, _VARIABLE = 1, 2


@kernel
def search_steps(kinds, offsets, parts, n_atoms):
    """Search depth d of every entry, int64[K]: design section 9, parsing_search_steps.

    d(atom) = d(variable) = number of atoms; d(chunk) = d(l) + number of chunks whose last part
    is l, where l is the chunk's first part.
    """
    n_entries = len(kinds)
    rights = np.zeros(n_entries, np.int64)
    for entry in range(n_atoms, n_entries):
        if kinds[entry] == _CHUNK:
            rights[parts[offsets[entry + 1] - 1]] += 1
    steps = np.full(n_entries, n_atoms, np.int64)
    for entry in range(n_atoms, n_entries):
        if kinds[entry] == _CHUNK:
            left = parts[offsets[entry]]
            steps[entry] = steps[left] + rights[left]
    return steps


@kernel
def variable_entropies(kinds, offsets, filler_counts):
    """Entropy in bits of each variable's filler counts, float64[K]; 0 for the others."""
    entropies = np.zeros(len(kinds))
    for entry in range(len(kinds)):
        if kinds[entry] == _VARIABLE:
            total = 0
            for part in range(offsets[entry], offsets[entry + 1]):
                total += filler_counts[part]
            for part in range(offsets[entry], offsets[entry + 1]):
                if filler_counts[part] > 0:
                    share = filler_counts[part] / total
                    entropies[entry] -= share * np.log2(share)
    return entropies


@kernel
def named_entropies(kinds, offsets, parts, n_atoms, unit_counts, entropies):
    """Sum of ``entropies`` over the distinct variables named in each used chunk, float64[K].

    Variables inside fillers are not named in the chunk; entries that are not units get 0.
    """
    n_entries = len(kinds)
    holds = np.zeros(n_entries, np.bool_)
    stack = np.empty(len(parts) + 1, np.int32)
    seen = np.full(n_entries, -1, np.int64)
    sums = np.zeros(n_entries)
    for entry in range(n_atoms, n_entries):
        for part in range(offsets[entry], offsets[entry + 1]):
            below = parts[part]
            if kinds[entry] == _CHUNK and (kinds[below] == _VARIABLE or holds[below]):
                holds[entry] = True
        if not holds[entry] or unit_counts[entry] == 0:
            continue
        # Entries are marked when pushed, so a shared component is opened once.
        stack[0] = entry
        top = 1
        while top > 0:
            top -= 1
            opened = stack[top]
            for part in range(offsets[opened], offsets[opened + 1]):
                below = parts[part]
                if seen[below] == entry:
                    continue
                seen[below] = entry
                if kinds[below] == _VARIABLE:
                    sums[entry] += entropies[below]
                elif holds[below]:
                    stack[top] = below
                    top += 1
    return sums


@kernel
def measure(kinds, offsets, parts, n_atoms, unit_counts, filler_counts, n_symbols, n_units):
    """The nine published measures, float64[9], in the order of the published tables.

    unit_counts : int64[K], times each entry was a unit in this pass
    filler_counts : int64[P], times each member filled its variable in this pass
    n_units : int, units of the pass, unknown symbols included
    """
    n_entries = len(kinds)
    steps = search_steps(kinds, offsets, parts, n_atoms)
    entropies = variable_entropies(kinds, offsets, filler_counts)
    named = named_entropies(kinds, offsets, parts, n_atoms, unit_counts, entropies)
    total = unit_counts.sum()
    n_chunks, n_variables = 0, 0
    squares, weighted_steps, representation_bits = 0.0, 0.0, 0.0
    sequence_bits, entropy_bits, storage_nats = 0.0, 0.0, 0.0
    for entry in range(n_entries):
        if kinds[entry] == _VARIABLE:
            n_variables += 1
            begin, end = offsets[entry], offsets[entry + 1]
            member_total = 0
            for part in range(begin, end):
                member_total += unit_counts[parts[part]]
            for part in range(begin, end):
                count = unit_counts[parts[part]]
                if count > 0:
                    representation_bits -= np.log2(count / member_total)
            continue
        n_chunks += 1
        count = unit_counts[entry]
        if count > 0:
            squares += float(count) * count
            weighted_steps += float(count) * count * steps[entry]
            sequence_bits -= count * np.log2(count / total)
            storage_nats -= np.log(count / total)
            entropy_bits += count * named[entry]
    measures = np.zeros(9)
    measures[0] = n_symbols
    measures[1] = weighted_steps / squares if squares > 0 else 0.0
    measures[2] = representation_bits
    measures[3] = n_symbols / n_units if n_units > 0 else 0.0
    measures[4] = sequence_bits
    measures[5] = entropy_bits
    measures[6] = n_chunks
    measures[7] = n_variables
    measures[8] = storage_nats
    return measures


# -- bits ---------------------------------------------------------------------------------


@kernel
def lexicon_bits(kinds, offsets, n_atoms, unit_counts, filler_counts):
    """Bits of the code that `measures.lexicon_bits` describes, the alphabet's not included."""
    n_entries = len(kinds)
    bits = float(gamma_bits(n_entries - n_atoms + 1))
    n_units = unit_counts.sum()
    n_counted = n_atoms
    for entry in range(n_atoms, n_entries):
        size = offsets[entry + 1] - offsets[entry]
        bits += entry_bits(size, max(entry, 1))
        if kinds[entry] == _VARIABLE:
            total = filler_counts[offsets[entry] : offsets[entry + 1]].sum()
            bits += composition_bits(total, size)
        else:
            n_counted += 1
    return bits + delta_bits(n_units + 1) + composition_bits(n_units, n_counted)


@kernel
def data_bits(kinds, offsets, unit_counts, filler_counts, n_unknown, smoothing):
    """Bits of a parse under the counts that it left: units, escapes, and fillers."""
    n_entries, n_counted = len(kinds), 1
    for entry in range(n_entries):
        if kinds[entry] != _VARIABLE:
            n_counted += 1
    all_units = np.log2(unit_counts.sum() + smoothing * n_counted)
    bits = n_unknown * (all_units - np.log2(smoothing))
    for entry in range(n_entries):
        if unit_counts[entry] > 0:
            bits += unit_counts[entry] * (all_units - np.log2(unit_counts[entry] + smoothing))
        if kinds[entry] != _VARIABLE:
            continue
        counts = filler_counts[offsets[entry] : offsets[entry + 1]]
        all_fillers = np.log2(counts.sum() + smoothing * len(counts))
        for count in counts:
            if count > 0:
                bits += count * (all_fillers - np.log2(count + smoothing))
    return bits


@inner
def composition_bits(total, size):
    """log2 C(n + k - 1, k - 1): how a total of n is shared out over k counts.

    A product over the smaller of n and k - 1, so large counts lose no precision.
    """
    bits, others = 0.0, size - 1
    for j in range(1, min(total, others) + 1):
        bits += np.log2((max(total, others) + j) / j)
    return bits
