"""What a pass of the published algorithm appends: chunks of pairs, variables and their frames."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import CHUNK, VARIABLE, Entries, EntryArrays
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.lexicon.patterns import Patterns, flatten, longer_hash
from hvm.kernels.table import Table, find, is_free, make_table, place, value_at

KEY_MAX = np.int64(2**63 - 1)


class GrowingEntries(NamedTuple):
    """Entries with capacity for more, their patterns, and the chunk of each pattern."""

    kinds: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    parts: NDArray[np.int32]
    pattern_offsets: NDArray[np.int64]
    labels: NDArray[np.int32]
    table: Table  # hash of a pattern: its chunk; the next free hash where another has it
    used: NDArray[np.int64]  # int64[1]: entries there are


@kernel
def extend_entries(
    entries: Entries,
    pairs: NDArray[np.int32],
    rows: NDArray[np.int64],
    bounds: NDArray[np.int64],
) -> EntryArrays:
    """Append the chunks of accepted pairs, then a variable and a chunk for every frame.

    A filler set that an existing variable holds uses that variable; a chunk whose pattern exists
    is left out. Ids stay.

    Parameters
    ----------
    entries : Entries
    pairs : int32[p, 2]
    rows : int64[k, 3]
        Left, filler, right; the fillers of a frame ascend.
    bounds : int64[f, 2]
        Of each frame's rows.

    Returns
    -------
    kinds, offsets, parts
        Of the entries then.

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> pairs, rows = np.array([[0, 1]], np.int32), np.array([[0, 1, 0], [0, 2, 0]])
    >>> extend_entries(entries_of(3), pairs, rows, np.array([[0, 2]]))[2]  # ab; {b, c}; a V a
    array([0, 1, 1, 2, 0, 4, 0], dtype=int32)
    """
    growing = _growing(entries, pairs, rows, bounds)
    chunk = np.empty(3, np.int32)
    for k in range(len(pairs)):
        chunk[0], chunk[1] = pairs[k, 0], pairs[k, 1]
        _add_chunk(growing, chunk, 2)
    for frame in range(len(bounds)):
        first, last = bounds[frame, 0], bounds[frame, 1]
        variable = _superset(growing, entries.n_atoms, rows, first, last)
        if variable < 0:
            variable = _add_variable(growing, rows, first, last)
        chunk[0], chunk[1], chunk[2] = rows[first, 0], variable, rows[first, 2]
        _add_chunk(growing, chunk, 3)
    n_entries = growing.used[0]
    return (
        growing.kinds[:n_entries].copy(),
        growing.offsets[: n_entries + 1].copy(),
        growing.parts[: growing.offsets[n_entries]].copy(),
    )


@kernel
def _growing(
    entries: Entries,
    pairs: NDArray[np.int32],
    rows: NDArray[np.int64],
    bounds: NDArray[np.int64],
) -> GrowingEntries:
    """The entries with capacity for all that may be added."""
    offsets, labels, spans = flatten(entries)
    patterns = Patterns(offsets, labels, spans)
    n_entries, n_parts, n_labels = len(entries.kinds), len(entries.parts), len(patterns.labels)
    lengths = patterns.offsets[1:] - patterns.offsets[:-1]
    more_parts, more_labels = 2 * len(pairs), 0
    for k in range(len(pairs)):
        more_labels += lengths[pairs[k, 0]] + lengths[pairs[k, 1]]
    for frame in range(len(bounds)):
        first, last = bounds[frame, 0], bounds[frame, 1]
        more_parts += last - first + 3
        more_labels += lengths[rows[first, 0]] + lengths[rows[first, 2]] + 2
    capacity = n_entries + len(pairs) + 2 * len(bounds) + 1
    growing = GrowingEntries(
        np.empty(capacity, np.uint8),
        np.zeros(capacity + 1, np.int64),
        np.empty(n_parts + more_parts + 3, np.int32),
        np.zeros(capacity + 1, np.int64),
        np.empty(n_labels + more_labels, np.int32),
        make_table(capacity),
        np.full(1, n_entries, np.int64),
    )
    growing.kinds[:n_entries], growing.offsets[: n_entries + 1] = entries.kinds, entries.offsets
    growing.parts[:n_parts] = entries.parts
    growing.pattern_offsets[: n_entries + 1] = patterns.offsets
    growing.labels[:n_labels] = patterns.labels
    for entry in range(entries.n_atoms, n_entries):
        if entries.kinds[entry] == CHUNK:
            _claim_pattern(growing, entry)
    return growing


@inner
def _claim_pattern(growing: GrowingEntries, entry: Int) -> bool:
    """Whether the chunk's pattern is new; if so, it is the chunk of it from now on."""
    state = np.uint64(0)
    for k in range(growing.pattern_offsets[entry], growing.pattern_offsets[entry + 1]):
        state = longer_hash(state, growing.labels[k])
    key = np.int64(state >> np.uint64(1))
    row = find(growing.table, key)
    while not is_free(growing.table, row):
        if _same_pattern(growing, entry, value_at(growing.table, row)):
            return False
        key = (key + 1) & KEY_MAX
        row = find(growing.table, key)
    place(growing.table, row, key, entry)
    return True


@inner
def _same_pattern(growing: GrowingEntries, one: Int, other: Int) -> bool:
    first, second = growing.pattern_offsets[one], growing.pattern_offsets[other]
    length = growing.pattern_offsets[one + 1] - first
    if growing.pattern_offsets[other + 1] - second != length:
        return False
    k = 0
    while k < length and growing.labels[first + k] == growing.labels[second + k]:
        k += 1
    return bool(k == length)


@inner
def _add_chunk(growing: GrowingEntries, parts: NDArray[np.int32], size: Int) -> None:
    """Append a chunk of the first ``size`` of some parts, unless its pattern exists."""
    entry = np.int64(growing.used[0])
    fill, at = growing.offsets[entry], growing.pattern_offsets[entry]
    for k in range(size):
        growing.parts[fill + k] = parts[k]
        part = np.int64(parts[k])
        for j in range(growing.pattern_offsets[part], growing.pattern_offsets[part + 1]):
            growing.labels[at] = growing.labels[j]
            at += 1
    growing.kinds[entry] = CHUNK
    growing.offsets[entry + 1], growing.pattern_offsets[entry + 1] = fill + size, at
    if _claim_pattern(growing, entry):
        growing.used[0] += 1


@inner
def _add_variable(growing: GrowingEntries, rows: NDArray[np.int64], first: Int, last: Int) -> Int:
    """Append a variable of the fillers in some rows; returns its id."""
    entry = np.int64(growing.used[0])
    fill, at = growing.offsets[entry], growing.pattern_offsets[entry]
    for k in range(last - first):
        growing.parts[fill + k] = rows[first + k, 1]
    growing.kinds[entry], growing.labels[at] = VARIABLE, entry
    growing.offsets[entry + 1], growing.pattern_offsets[entry + 1] = fill + last - first, at + 1
    growing.used[0] += 1
    return entry


@inner
def _superset(
    growing: GrowingEntries, n_atoms: Int, rows: NDArray[np.int64], first: Int, last: Int
) -> Int:
    """The first variable that holds all fillers in some rows, or -1."""
    for entry in range(n_atoms, growing.used[0]):
        if growing.kinds[entry] != VARIABLE:
            continue
        held = first
        for part in range(growing.offsets[entry], growing.offsets[entry + 1]):
            if held < last and growing.parts[part] == rows[held, 1]:
                held += 1
        if held == last:
            return entry
    return -1
