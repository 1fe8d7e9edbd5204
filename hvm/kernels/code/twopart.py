"""Counts, units and fillers written with a range coder whose chances do not change."""

from __future__ import annotations

import numpy as np

from hvm.kernels.code.coder import past_end, take, target, with_bytes, write
from hvm.kernels.jit import kernel

CHOICE_BYTES = 9  # at most, of one choice


@kernel
def write_choices(writer, below, frequency, total):
    """Write choices: each has ``frequency`` of ``total``, after ``below``. Returns the writer."""
    for choice in range(len(below)):
        if choice % 256 == 0:
            writer = with_bytes(writer, CHOICE_BYTES * 256)
        write(writer, below[choice], frequency[choice], total[choice])
    return writer


@kernel
def write_counts(writer, counts):
    """Write counts whose sum is known, all ways to share it equally likely; returns the writer.

    A count is so many ones and a zero, but the last needs no zero; of the places left, each is
    as likely as any other to hold one of the zeros left.
    """
    places, zeros = counts.sum() + len(counts) - 1, len(counts) - 1
    for entry in range(len(counts) - 1):
        for one in range(counts[entry] + 1):
            if one % 256 == 0:
                writer = with_bytes(writer, CHOICE_BYTES * 256)
            if one < counts[entry]:
                write(writer, zeros, places - zeros, places)
            else:
                write(writer, 0, zeros, places)
                zeros -= 1
            places -= 1
    return writer


@kernel
def read_counts(reader, total, n_counts):
    """Read what `write_counts` wrote, int64[n_counts]; none where the code ends too early."""
    counts = np.zeros(n_counts, np.int64)
    places, zeros, entry = total + n_counts - 1, n_counts - 1, 0
    while zeros > 0:
        if past_end(reader):
            return counts[:0]
        if target(reader, places) < zeros:
            take(reader, 0, zeros, places)
            zeros -= 1
            entry += 1
        else:
            take(reader, zeros, places - zeros, places)
            counts[entry] += 1
        places -= 1
    counts[entry] = total - counts.sum()
    return counts


@kernel
def read_units(reader, kinds, offsets, parts, unit_ends, filler_ends, n_units, codes):
    """Read units and fillers into symbol codes.

    unit_ends : int64[K + 1], frequencies of entries as units added up, last that of the escape
    filler_ends : int64[P], frequencies of members added up within each variable
    returns symbols read, or -1 where the code ends too early or holds other than ``codes`` has room
    """
    stack, used = np.empty(len(parts) + 2, np.int64), 0
    for _ in range(n_units):
        if past_end(reader):
            return -1
        wanted = target(reader, unit_ends[-1])
        unit = np.searchsorted(unit_ends, wanted, side="right")
        if unit == len(kinds):
            return -1
        below = unit_ends[unit - 1] if unit > 0 else 0
        take(reader, below, unit_ends[unit] - below, unit_ends[-1])
        stack[0], height = unit, 1
        while height > 0:
            height -= 1
            entry = stack[height]
            begin, end = offsets[entry], offsets[entry + 1]
            if kinds[entry] == 0:
                if used == len(codes):
                    return -1
                codes[used] = entry
                used += 1
            elif kinds[entry] == 1:
                for part in range(end - 1, begin - 1, -1):
                    stack[height] = parts[part]
                    height += 1
            else:
                wanted = target(reader, filler_ends[end - 1])
                part = begin + np.searchsorted(filler_ends[begin:end], wanted, side="right")
                below = filler_ends[part - 1] if part > begin else 0
                take(reader, below, filler_ends[part] - below, filler_ends[end - 1])
                stack[height] = parts[part]
                height += 1
    return used if used == len(codes) else -1
