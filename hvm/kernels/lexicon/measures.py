"""The nine published measures of one pass, and the bits of a lexicon and of a parse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import CHUNK, VARIABLE, Entries
from hvm.kernels.jit import helper, kernel
from hvm.kernels.lexicon.costs import composition_bits, delta_bits, entry_bits, gamma_bits

N_PUBLISHED = 9


@helper
def search_steps(entries: Entries) -> NDArray[np.int64]:
    """Search depth d of every entry, int64[K]: design section 9, parsing_search_steps.

    d(atom) = d(variable) = number of atoms; d(chunk) = d(l) + number of chunks whose last part
    is l, where l is the chunk's first part.

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> search_steps(entries)
    array([2, 2, 2, 2])
    """
    kinds, offsets, parts, n_atoms = entries
    n_entries = len(kinds)
    rights = np.zeros(n_entries, np.int64)
    for entry in range(n_atoms, n_entries):
        if kinds[entry] == CHUNK:
            rights[parts[offsets[entry + 1] - 1]] += 1
    steps = np.full(n_entries, n_atoms, np.int64)
    for entry in range(n_atoms, n_entries):
        if kinds[entry] == CHUNK:
            left = parts[offsets[entry]]
            steps[entry] = steps[left] + rights[left]
    return steps


@kernel
def variable_entropies(entries: Entries, filler_counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Entropy in bits of each variable's filler counts, float64[K]; 0 for the others.

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> variable_entropies(entries, np.array([3, 3, 0, 0]))
    array([0., 0., 1., 0.])
    """
    kinds, offsets = entries.kinds, entries.offsets
    entropies = np.zeros(len(kinds))
    for entry in range(len(kinds)):
        if kinds[entry] == VARIABLE:
            total = 0
            for part in range(offsets[entry], offsets[entry + 1]):
                total += filler_counts[part]
            for part in range(offsets[entry], offsets[entry + 1]):
                if filler_counts[part] > 0:
                    share = filler_counts[part] / total
                    entropies[entry] -= share * np.log2(share)
    return entropies


@helper
def named_entropies(
    entries: Entries, unit_counts: NDArray[np.int64], entropies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum of ``entropies`` over the distinct variables named in each used chunk.

    Variables inside fillers are not named in the chunk; entries that are not units get 0.

    Parameters
    ----------
    entries : Entries
    unit_counts : int64[K]
    entropies : float64[K]
        Bits, by ``variable_entropies``.

    Returns
    -------
    float64[K]

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> named_entropies(entries, np.array([1, 0, 0, 1]), np.array([0.0, 0.0, 0.5, 0.0]))
    array([0. , 0. , 0. , 0.5])
    """
    kinds, offsets, parts, n_atoms = entries
    n_entries = len(kinds)
    holds = np.zeros(n_entries, np.bool_)
    stack = np.empty(len(parts) + 1, np.int32)
    seen = np.full(n_entries, -1, np.int64)
    sums = np.zeros(n_entries)
    for entry in range(n_atoms, n_entries):
        for part in range(offsets[entry], offsets[entry + 1]):
            below = parts[part]
            if kinds[entry] == CHUNK and (kinds[below] == VARIABLE or holds[below]):
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
                if kinds[below] == VARIABLE:
                    sums[entry] += entropies[below]
                elif holds[below]:
                    stack[top] = below
                    top += 1
    return sums


@kernel
def measure(
    entries: Entries,
    unit_counts: NDArray[np.int64],
    filler_counts: NDArray[np.int64],
    n_symbols: int,
    n_units: int,
) -> NDArray[np.float64]:
    """The nine published measures, in the order of the published tables.

    Parameters
    ----------
    entries : Entries
    unit_counts : int64[K]
        Times each entry was a unit in this pass.
    filler_counts : int64[P]
        Times each member filled its variable in this pass.
    n_symbols, n_units : int
        Of the pass, unknown symbols included.

    Returns
    -------
    float64[9]

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> measures = measure(entries, np.array([1, 0, 0, 1]), np.array([1, 0, 0, 0]), 3, 2)
    >>> float(measures[3]), float(measures[4])  # 3 / 2 symbols a unit; two units, 1 bit each
    (1.5, 2.0)
    """
    kinds, offsets, parts, _ = entries
    n_entries = len(kinds)
    steps = search_steps(entries)
    entropies = variable_entropies(entries, filler_counts)
    named = named_entropies(entries, unit_counts, entropies)
    total = unit_counts.sum()
    n_chunks, n_variables = 0, 0
    squares, weighted_steps, representation_bits = 0.0, 0.0, 0.0
    sequence_bits, entropy_bits, storage_nats = 0.0, 0.0, 0.0
    for entry in range(n_entries):
        if kinds[entry] == VARIABLE:
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
    measures = np.zeros(N_PUBLISHED)
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
def lexicon_bits(
    entries: Entries, unit_counts: NDArray[np.int64], filler_counts: NDArray[np.int64]
) -> float:
    """Bits of the code that `hvm.lexicon.measures.lexicon_bits` describes, the alphabet's left out.

    Parameters
    ----------
    entries : Entries
    unit_counts : int64[K]
    filler_counts : int64[P]

    Returns
    -------
    float

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> lexicon_bits(entries, np.zeros(4, np.int64), np.zeros(4, np.int64))  # 3 + 4 + 5.17 + 1
    13.169925001442312
    """
    kinds, offsets, _, n_atoms = entries
    n_entries = len(kinds)
    bits = float(gamma_bits(n_entries - n_atoms + 1))
    n_units = unit_counts.sum()
    n_counted = n_atoms
    for entry in range(n_atoms, n_entries):
        size = offsets[entry + 1] - offsets[entry]
        bits += entry_bits(size, max(entry, 1))
        if kinds[entry] == VARIABLE:
            total = filler_counts[offsets[entry] : offsets[entry + 1]].sum()
            bits += composition_bits(total, size)
        else:
            n_counted += 1
    return bits + delta_bits(n_units + 1) + composition_bits(n_units, n_counted)


@kernel
def data_bits(
    entries: Entries,
    unit_counts: NDArray[np.int64],
    filler_counts: NDArray[np.int64],
    n_unknown: int,
    smoothing: float,
) -> float:
    """Bits of a parse under the counts that it left: units, escapes, and fillers.

    Parameters
    ----------
    entries : Entries
    unit_counts : int64[K]
    filler_counts : int64[P]
    n_unknown : int
        Unknown symbols, which pay the escape.
    smoothing : float
        What each count begins with.

    Returns
    -------
    float

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])  # a, b, V, aV
    >>> data_bits(entries, np.array([2, 2, 0, 0]), np.zeros(4, np.int64), 0, 1.0)  # 3 of 8 each
    5.660149997115376
    """
    kinds, offsets = entries.kinds, entries.offsets
    n_entries, n_counted = len(kinds), 1
    for entry in range(n_entries):
        if kinds[entry] != VARIABLE:
            n_counted += 1
    all_units = np.log2(unit_counts.sum() + smoothing * n_counted)
    bits = n_unknown * (all_units - np.log2(smoothing))
    for entry in range(n_entries):
        if unit_counts[entry] > 0:
            bits += unit_counts[entry] * (all_units - np.log2(unit_counts[entry] + smoothing))
        if kinds[entry] != VARIABLE:
            continue
        counts = filler_counts[offsets[entry] : offsets[entry + 1]]
        all_fillers = np.log2(counts.sum() + smoothing * len(counts))
        for count in counts:
            if count > 0:
                bits += count * (all_fillers - np.log2(count + smoothing))
    return float(bits)
