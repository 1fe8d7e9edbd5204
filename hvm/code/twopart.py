"""The two-part code: a lexicon with its counts, then the units and fillers of a parse.

Both take the bits that :mod:`hvm.lexicon.measures` says, less than a byte more each: every choice
goes to a range coder with the chance that the measure gives it.
"""

from __future__ import annotations

import numpy as np

from hvm.kernels.code import coder
from hvm.kernels.code.twopart import (
    CHOICE_BYTES,
    read_counts,
    read_units,
    write_choices,
    write_counts,
)
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import Parse, parse

SCALE = 10  # a count weighs so much, and what smooths it 1: alpha is .1
MOST_UNITS = 1 << 32


def counted(lexicon: Lexicon, codes: np.ndarray) -> tuple[Lexicon, Parse]:
    """The best parse of one sequence, and the lexicon with the counts of that parse."""
    best = parse(lexicon, codes, np.zeros(1, np.int64), "viterbi")
    counts = count_units(lexicon, best), count_fillers(lexicon, best)
    return lexicon.with_counts(*counts), best


# -- the lexicon --------------------------------------------------------------------------


def pack_lexicon(lexicon: Lexicon) -> bytes:
    """Write a lexicon and its counts, of a parse; see :func:`hvm.lexicon.measures.lexicon_bits`.

    Examples
    --------
    >>> len(pack_lexicon(Lexicon.of_atoms(4)))
    1
    """
    writer = _Writer()
    writer.gamma(len(lexicon) - lexicon.n_atoms + 1)
    for entry in range(lexicon.n_atoms, len(lexicon)):
        parts = lexicon.parts_of(entry).tolist()
        writer.choose(int(lexicon.kinds[entry] == VARIABLE), 2)
        writer.gamma(len(parts) - 1)
        for part in parts:
            writer.choose(part, entry)
    units = lexicon.unit_counts[lexicon.kinds != VARIABLE]
    writer.delta(int(units.sum()) + 1)
    writer.counts(units)
    for variable in lexicon.variables[::-1]:
        writer.counts(lexicon.filler_counts_of(variable))
    return coder.finish(writer.writer).tobytes()


def unpack_lexicon(code: bytes, n_atoms: int) -> Lexicon:
    """Read what :func:`pack_lexicon` wrote.

    Raises
    ------
    ValueError, HvmError
        It wrote no such thing.
    """
    reader, definitions = _Reader(code), []
    for entry in range(n_atoms, n_atoms + reader.gamma() - 1):
        kind = VARIABLE if reader.choose(2) else CHUNK
        size = reader.gamma() + 1
        definitions.append(Definition(kind, tuple(reader.choose(entry) for _ in range(size))))
    lexicon = Lexicon.from_definitions(n_atoms, definitions)
    is_unit = lexicon.kinds != VARIABLE
    units, fillers = lexicon.unit_counts.copy(), lexicon.filler_counts.copy()
    units[is_unit] = reader.counts(reader.delta() - 1, int(is_unit.sum()))
    uses = units.copy()  # of each entry, alone and within others, which have higher numbers
    for entry in range(len(lexicon) - 1, n_atoms - 1, -1):
        begin, end = lexicon.offsets[entry], lexicon.offsets[entry + 1]
        if lexicon.kinds[entry] == VARIABLE:
            fillers[begin:end] = reader.counts(int(uses[entry]), int(end - begin))
            np.add.at(uses, lexicon.parts_of(entry), fillers[begin:end])
        else:
            np.add.at(uses, lexicon.parts_of(entry), uses[entry])
    return lexicon.with_counts(units, fillers)


# -- the data -----------------------------------------------------------------------------


def pack_data(lexicon: Lexicon, given: Parse) -> bytes:
    """Write a parse under a lexicon that has its counts: the bits of ``measures.data_bits``."""
    unit_ends, filler_ends = _ends(lexicon)
    units = _choices(unit_ends, np.zeros(len(lexicon), np.int64), given.units)
    owners = np.repeat(np.arange(len(lexicon)), np.diff(lexicon.offsets))
    firsts = lexicon.offsets[owners]
    lasts = lexicon.offsets[owners + 1] - 1
    slots = _choices(filler_ends, firsts, given.slot_parts)
    # Each unit is followed by its slots, which come in order.
    before = np.searchsorted(given.slot_units, np.arange(len(given.units)))
    merged = np.empty((3, len(given.units) + len(given.slot_parts)), np.int64)
    is_unit = np.zeros(merged.shape[1], bool)
    is_unit[np.arange(len(given.units)) + before] = True
    merged[:2, is_unit], merged[2, is_unit] = units, unit_ends[-1]
    merged[:2, ~is_unit], merged[2, ~is_unit] = slots, filler_ends[lasts[given.slot_parts]]
    writer = write_choices(coder.make_writer(1024), *merged)
    return coder.finish(writer).tobytes()


def unpack_data(code: bytes, lexicon: Lexicon, n_symbols: int) -> np.ndarray:
    """Read what :func:`pack_data` wrote, codes int32[n_symbols].

    Raises
    ------
    ValueError
        It wrote no such thing.
    """
    codes = np.empty(n_symbols, np.int32)
    reader = reader_of(code)
    n_units = int(lexicon.unit_counts.sum())
    arrays = lexicon.kinds, lexicon.offsets, lexicon.parts
    if n_units > n_symbols:
        raise ValueError("more units than symbols")
    if read_units(reader, *arrays, *_ends(lexicon), n_units, codes) != n_symbols:
        raise ValueError("other than so many symbols")
    return codes


def _ends(lexicon: Lexicon) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies added up: of units, the escape's after them; of members in their variables."""
    frequency = np.where(lexicon.kinds == VARIABLE, 0, SCALE * lexicon.unit_counts + 1)
    ends = np.cumsum(np.append(frequency, 1))
    fillers = np.zeros(len(lexicon.parts), np.int64)
    for variable in lexicon.variables:
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        fillers[where] = np.cumsum(SCALE * lexicon.filler_counts[where] + 1)
    return ends, fillers


def _choices(
    ends: np.ndarray, firsts: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What lies below each choice, and its frequency."""
    chosen = chosen.astype(np.int64)
    below = np.where(chosen > firsts[chosen], ends[chosen - 1], 0)
    return below, ends[chosen] - below


def reader_of(code: bytes) -> coder.Reader:
    """Read a code from its first byte on."""
    return coder.make_reader(np.frombuffer(code, np.uint8).copy())


# -- single numbers -----------------------------------------------------------------------


class _Writer:
    def __init__(self) -> None:
        self.writer = coder.make_writer(1024)

    def choose(self, value: int, n_values: int) -> None:
        self.writer = coder.with_bytes(self.writer, CHOICE_BYTES)
        coder.write(self.writer, value, 1, n_values)

    def gamma(self, number: int) -> None:
        size = number.bit_length() - 1
        for _ in range(size):
            self.choose(0, 2)
        self.choose(1, 2)
        self._low(number, size)

    def delta(self, number: int) -> None:
        self.gamma(number.bit_length())
        self._low(number, number.bit_length() - 1)

    def _low(self, number: int, size: int) -> None:
        for place in range(size - 1, -1, -1):
            self.choose(number >> place & 1, 2)

    def counts(self, counts: np.ndarray) -> None:
        if len(counts):
            self.writer = write_counts(self.writer, counts)


class _Reader:
    def __init__(self, code: bytes) -> None:
        self.reader = reader_of(code)

    def choose(self, n_values: int) -> int:
        if n_values < 1:
            raise ValueError("a part where there is none")
        value = int(coder.target(self.reader, n_values))
        coder.take(self.reader, value, 1, n_values)
        if coder.past_end(self.reader):
            raise ValueError("cut short")
        return value

    def gamma(self) -> int:
        size = 0
        while not self.choose(2):
            size += 1
        return self._low(size)

    def delta(self) -> int:
        return self._low(self.gamma() - 1)

    def _low(self, size: int) -> int:
        if size > 40:
            raise ValueError("too large a number")
        number = 1
        for _ in range(size):
            number = number << 1 | self.choose(2)
        return number

    def counts(self, total: int, n_counts: int) -> np.ndarray:
        if total > MOST_UNITS:
            raise ValueError("too many units")
        counts = read_counts(self.reader, total, n_counts)
        if len(counts) < n_counts:
            raise ValueError("cut short")
        return counts
