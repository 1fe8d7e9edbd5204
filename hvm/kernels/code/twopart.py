"""Counts, units and fillers written with a range coder whose chances do not change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.coder import Reader, Writer, past_end, take, target, with_capacity, write
from hvm.kernels.entries import ATOM, CHUNK, Entries
from hvm.kernels.jit import Int, kernel

CHOICE_BYTES = 9  # at most, of one choice
_BLOCK = 256  # choices between looks at the capacity that is left


@kernel
def write_choices(
    writer: Writer,
    below: NDArray[np.int64],
    frequency: NDArray[np.int64],
    total: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Write choices.

    Parameters
    ----------
    writer : Writer
        Changed.
    below, frequency, total : int64[n]
        Of each choice, as in `hvm.kernels.code.coder.write`.

    Returns
    -------
    uint8[...]
        The writer's data, with more capacity if need be.

    Examples
    --------
    >>> from hvm.kernels.code.coder import finish, make_writer
    >>> below, frequency, total = np.array([[1, 0, 2], [1, 1, 1], [2, 2, 4]])
    >>> writer = make_writer(16)
    >>> writer = writer._replace(data=write_choices(writer, below, frequency, total))
    >>> f"{finish(writer)[0]:08b}"
    '10100000'
    """
    for choice in range(len(below)):
        if choice % _BLOCK == 0:
            writer = Writer(with_capacity(writer, CHOICE_BYTES * _BLOCK), writer.state)
        write(writer, below[choice], frequency[choice], total[choice])
    return writer.data


@kernel
def write_counts(writer: Writer, counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Write counts whose sum is known, all ways to share it equally likely; return its data.

    A count is so many ones and a zero, but the last needs no zero; of the places left, each is
    as likely as any other to hold one of the zeros left.

    Examples
    --------
    One of 15 ways to share 4 among three.

    >>> from hvm.kernels.code.coder import finish, make_reader, make_writer
    >>> writer = make_writer(64)
    >>> code = finish(writer._replace(data=write_counts(writer, np.array([1, 0, 3]))))
    >>> len(code), read_counts(make_reader(code), 4, 3).tolist()
    (1, [1, 0, 3])
    """
    places, zeros = counts.sum() + len(counts) - 1, len(counts) - 1
    for entry in range(len(counts) - 1):
        for one in range(counts[entry] + 1):
            if one % _BLOCK == 0:
                writer = Writer(with_capacity(writer, CHOICE_BYTES * _BLOCK), writer.state)
            if one < counts[entry]:
                write(writer, zeros, places - zeros, places)
            else:
                write(writer, 0, zeros, places)
                zeros -= 1
            places -= 1
    return writer.data


@kernel
def read_counts(reader: Reader, total: Int, n_counts: Int) -> NDArray[np.int64]:
    """Read what `write_counts` wrote; see there for an example.

    Parameters
    ----------
    reader : Reader
        Changed.
    total : int
        Sum of the counts.
    n_counts : int
        How many there are, 1 or more.

    Returns
    -------
    int64[n_counts]
        Empty where the code ends too early.
    """
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
def read_units(
    reader: Reader,
    entries: Entries,
    unit_ends: NDArray[np.int64],
    filler_ends: NDArray[np.int64],
    n_units: Int,
    codes: NDArray[np.int32],
) -> Int:
    """Read units and fillers into symbol codes.

    Parameters
    ----------
    reader : Reader
        Changed.
    entries : Entries
        Of the lexicon.
    unit_ends : int64[K + 1]
        Frequencies of entries as units added up, last that of the escape.
    filler_ends : int64[P]
        Frequencies of members added up within each variable.
    n_units : int
        How many were written.
    codes : int32[n]
        Filled in.

    Returns
    -------
    int
        Symbols read; -1 where the code ends too early, or holds more than n.

    Examples
    --------
    The chunk of two symbols, and the third: entries 3 and 2, each one of four.

    >>> from hvm.kernels.code.coder import make_reader
    >>> from hvm.kernels.entries import entries_of
    >>> entries, codes = entries_of(3, [(CHUNK, (0, 1))]), np.empty(3, np.int32)
    >>> reader, unit_ends = make_reader(np.array([0b11100000], np.uint8)), np.array([1, 2, 3, 4, 4])
    >>> read_units(reader, entries, unit_ends, np.zeros(2, np.int64), 2, codes), codes.tolist()
    (3, [0, 1, 2])
    """
    kinds, offsets, parts = entries.kinds, entries.offsets, entries.parts
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
            if kinds[entry] == ATOM:
                if used == len(codes):
                    return -1
                codes[used] = entry
                used += 1
            elif kinds[entry] == CHUNK:
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
    return used
