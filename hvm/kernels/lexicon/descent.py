"""The published parse: from an atom, again and again the child that covers most.

Source: Wu et al., ICLR 2025 (arXiv 2410.21332). A chunk is a child of its first part. Parts are
matched from the left and never reconsidered; every choice has a stated tie-break.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import ATOM, CHUNK, VARIABLE, Entries
from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.lexicon.cut import ParsedUnits
from hvm.kernels.table import first_row

MEMO_ROWS = 1 << 12  # a power of two; what has lost its row is matched again
FIRST_SLOTS = 64  # rows, to begin with
_NO_MATCH, _UNDECIDED = -1, -2


class Index(NamedTuple):
    """A lexicon compiled for descent."""

    entries: Entries
    child_offsets: NDArray[np.int64]  # int64[K + 1]
    children: NDArray[np.int32]  # int32[chunks]: chunks by their first part, ascending
    openings: NDArray[np.int64]  # int64[K]: bit a & 63 is set if the entry can begin with atom a


class DescentScratch(NamedTuple):
    """A memo, and an explicit stack, so that deep lexicons cannot overflow another."""

    entries: NDArray[np.int32]  # int32[depth]
    nexts: NDArray[np.int64]  # int64[depth]: next part to match
    ends: NDArray[np.int64]  # int64[depth]: where it starts; of a variable, its own start
    bests: NDArray[np.int64]  # int64[depth]: longest filler so far
    pending: NDArray[np.int32]  # int32[width]: entries still to be spelled out
    pending_depths: NDArray[np.int32]  # int32[width]
    memo_keys: NDArray[np.int64]  # int64[2**k]: position * K + variable, direct mapped
    memo_ends: NDArray[np.int64]  # int64[2**k]; good for one parse


@kernel
def descent(entries: Entries, codes: NDArray[np.int32], starts: NDArray[np.int64]) -> ParsedUnits:
    """Parse by descent; slots are written from the left, depth first.

    Parameters
    ----------
    entries : Entries
    codes : int32[n]
        Symbols, -1 where unknown: a unit -1 of one symbol.
    starts : int64[s]
        First index of each sequence, ascending.

    Returns
    -------
    ParsedUnits

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> entries = entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (2, 0))])  # a, b, ab, aba
    >>> descent(entries, np.array([0, 1, 0], np.int32), np.zeros(1, np.int64))[0]
    array([3], dtype=int32)
    """
    index, scratch = _index_of(entries), _scratch_for(entries)
    units, unit_starts, sequence_starts, slots = _parse(index, scratch, codes, starts)
    return units.copy(), unit_starts.copy(), sequence_starts, slots.copy()


# -- compiling a lexicon ------------------------------------------------------------------


@helper
def _index_of(entries: Entries) -> Index:
    """Children by first part, and the atoms that each entry can begin with."""
    kinds, offsets, parts, n_atoms = entries
    n_entries = len(kinds)
    child_offsets = np.zeros(n_entries + 1, np.int64)
    openings = np.zeros(n_entries, np.int64)
    for entry in range(n_entries):
        if entry < n_atoms:
            openings[entry] = np.int64(1) << (entry & 63)
        elif kinds[entry] == CHUNK:
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
        if kinds[entry] == CHUNK:
            left = parts[offsets[entry]]
            children[fill[left]] = entry
            fill[left] += 1
    return Index(entries, child_offsets, children, openings)


@helper
def _scratch_for(entries: Entries) -> DescentScratch:
    """Scratch large enough for every entry: depth of nesting, and entries pending at once."""
    offsets, parts = entries.offsets, entries.parts
    n_entries = len(entries.kinds)
    depths = np.ones(n_entries, np.int64)
    widths = np.ones(n_entries, np.int64)
    depth, width = 1, 1
    for entry in range(entries.n_atoms, n_entries):
        for part in range(offsets[entry], offsets[entry + 1]):
            below = parts[part]
            depths[entry] = max(depths[entry], depths[below] + 1)
            widths[entry] = max(widths[entry], widths[below])
        widths[entry] += offsets[entry + 1] - offsets[entry]
        depth = max(depth, depths[entry])
        width = max(width, widths[entry])
    return DescentScratch(
        np.empty(depth, np.int32),
        np.empty(depth, np.int64),
        np.empty(depth, np.int64),
        np.empty(depth, np.int64),
        np.empty(width, np.int32),
        np.empty(width, np.int32),
        np.full(MEMO_ROWS, -1, np.int64),
        np.empty(MEMO_ROWS, np.int64),
    )


# -- matching -----------------------------------------------------------------------------


@inner
def _match(
    index: Index,
    scratch: DescentScratch,
    codes: NDArray[np.int32],
    stop: Int,
    entry: Int,
    start: Int,
) -> Int:
    """End of what ``entry`` covers from ``start``, or -1; slots take the longest filler.

    Parts are matched from the left and never reconsidered: no backtracking.
    """
    kinds, offsets, parts, _ = index.entries
    openings = index.openings
    entries, nexts, ends, bests = scratch.entries, scratch.nexts, scratch.ends, scratch.bests
    memo_keys, memo_ends = scratch.memo_keys, scratch.memo_ends
    mask, n_entries = len(memo_keys) - 1, len(kinds)
    part, at, top = entry, start, -1
    while True:
        # What `part` covers from `at`: at once, from the memo, or by opening it.
        end: Int = _UNDECIDED
        if at >= stop or not openings[part] >> (codes[at] & 63) & 1:
            end = _NO_MATCH
        elif kinds[part] == ATOM:
            end = at + 1 if codes[at] == part else _NO_MATCH
        elif kinds[part] == VARIABLE:
            key = at * n_entries + part
            row = first_row(key, mask)
            if memo_keys[row] == key:
                end = memo_ends[row]
        if end == _UNDECIDED:
            top += 1
            entries[top], nexts[top], ends[top], bests[top] = part, offsets[part], at, _NO_MATCH
        # Hand what is decided to the entry around it, until one needs another part.
        while top >= 0:
            current = entries[top]
            is_chunk = kinds[current] == CHUNK
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
                row = first_row(key, mask)
                memo_keys[row], memo_ends[row] = key, end
            else:
                part, at = parts[nexts[top]], ends[top]
                break
            top -= 1
        if top < 0:
            return end


@kernel
def _grown(slots: NDArray[np.int64]) -> NDArray[np.int64]:
    larger = np.empty((2 * len(slots), 5), np.int64)
    for i in range(len(slots)):
        for j in range(5):
            larger[i, j] = slots[i, j]
    return larger


@helper
def _record_slots(
    index: Index,
    scratch: DescentScratch,
    codes: NDArray[np.int32],
    stop: Int,
    unit_number: Int,
    unit: Int,
    start: Int,
    slots: NDArray[np.int64],
    n_slots: Int,
) -> tuple[NDArray[np.int64], Int]:
    """Append the slots of a matched unit; returns them and their number."""
    kinds, offsets, parts, _ = index.entries
    scratch.pending[0], scratch.pending_depths[0] = unit, 0
    top, position = 1, start
    while top > 0:
        top -= 1
        entry, depth = scratch.pending[top], scratch.pending_depths[top]
        begin, after = offsets[entry], offsets[entry + 1]
        if kinds[entry] == ATOM:
            position += 1
        elif kinds[entry] == CHUNK:
            for part in range(after - 1, begin - 1, -1):
                scratch.pending[top], scratch.pending_depths[top] = parts[part], depth
                top += 1
        else:
            filler = -1
            longest: Int = -1
            for part in range(begin, after):
                end = _match(index, scratch, codes, stop, parts[part], position)
                if end > longest:  # ties: the member that is listed first
                    filler, longest = part, end
            if n_slots == len(slots):
                slots = _grown(slots)
            slots[n_slots, 0], slots[n_slots, 1] = unit_number, filler
            slots[n_slots, 2], slots[n_slots, 3] = position, longest
            slots[n_slots, 4] = depth
            n_slots += 1
            scratch.pending[top], scratch.pending_depths[top] = parts[filler], depth + 1
            top += 1
    return slots, n_slots


@kernel
def _parse(
    index: Index, scratch: DescentScratch, codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """What `descent` returns, as views.

    The descent itself is written out here: passing the two structures costs more than most
    children do.
    """
    kinds, offsets, parts, _ = index.entries
    child_offsets, children, openings = index.child_offsets, index.children, index.openings
    n_symbols = len(codes)
    units = np.empty(n_symbols, np.int32)
    unit_starts = np.empty(n_symbols + 1, np.int64)
    sequence_starts = np.empty(len(starts), np.int64)
    slots = np.empty((FIRST_SLOTS, 5), np.int64)
    n_units = 0
    n_slots: Int = 0
    any_variable = (kinds == VARIABLE).any()
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
                        elif kinds[part] != ATOM:
                            reached = _match(index, scratch, codes, stop, part, reached)
                        else:
                            reached = reached + 1 if codes[reached] == part else _NO_MATCH
                        if reached == _NO_MATCH:
                            break
                    if reached > end:  # ties: the child with the lower id
                        best, end = child, reached
            units[n_units], unit_starts[n_units] = unit, start
            if any_variable and unit >= 0 and kinds[unit] == CHUNK:
                slots, n_slots = _record_slots(
                    index, scratch, codes, stop, n_units, unit, start, slots, n_slots
                )
            n_units += 1
    unit_starts[n_units] = n_symbols
    return units[:n_units], unit_starts[: n_units + 1], sequence_starts, slots[:n_slots]
