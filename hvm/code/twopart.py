"""The two-part code: a lexicon with its counts, then the units and fillers of a parse.

Both take the bits that :mod:`hvm.lexicon.measures` says, less than a byte more each: every choice
goes to a range coder with the chance that the measure gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.code.numbers import NumberReader, NumberWriter
from hvm.code.prequential import MOST_OF_ONE
from hvm.code.stages import learn_lexicon
from hvm.code.symbols import (
    as_codes,
    blocks_of,
    empty_writer,
    pack_gaps,
    read_head,
    read_varint,
    reader_of,
    repeated,
    varint,
)
from hvm.code.units import BYTE, CHAR, STORED, TWO_PART
from hvm.kernels.code.coder import finish
from hvm.kernels.code.twopart import read_units, write_choices
from hvm.kernels.entries import CHUNK, VARIABLE
from hvm.lexicon.counts import recounted
from hvm.lexicon.lexicon import Definition, Lexicon
from hvm.lexicon.parsing import Parse

UNITS_AT_ONCE = 1 << 20  # read together; between them Ctrl-C is heard
SCALE = 10  # a count weighs so much, and what smooths it 1: alpha is .1


def lexicon_and_parse(lexicon: Lexicon, codes: NDArray[np.int32]) -> tuple[Lexicon, Parse]:
    """The best parse of one sequence, and the lexicon with the counts of that parse."""
    return recounted(lexicon, codes, np.zeros(1, np.int64))


# -- the lexicon --------------------------------------------------------------------------


def pack_lexicon(lexicon: Lexicon) -> bytes:
    """Write a lexicon and its counts, of a parse; see :func:`hvm.lexicon.measures.lexicon_bits`.

    Examples
    --------
    >>> len(pack_lexicon(Lexicon.of_atoms(4)))
    1
    """
    writer = NumberWriter()
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
    return writer.code()


def unpack_lexicon(code: bytes, n_atoms: int, n_symbols: int) -> Lexicon:
    """Read what :func:`pack_lexicon` wrote.

    Parameters
    ----------
    code : bytes
        What was written.
    n_atoms : int
        Symbols of the alphabet.
    n_symbols : int
        Symbols of the parse: no entry was used more often.

    Returns
    -------
    Lexicon

    Raises
    ------
    ValueError, HvmError
        It wrote no such thing.
    """
    reader, definitions = NumberReader(code), []
    for entry in range(n_atoms, n_atoms + reader.gamma() - 1):
        kind = VARIABLE if reader.choose(2) else CHUNK
        size = reader.gamma() + 1
        definitions.append(Definition(kind, tuple(reader.choose(entry) for _ in range(size))))
    lexicon = Lexicon.from_definitions(n_atoms, definitions)
    is_unit = lexicon.kinds != VARIABLE
    units, fillers = lexicon.unit_counts.copy(), lexicon.filler_counts.copy()
    n_units = reader.delta() - 1
    _require_at_most(n_units, n_symbols)
    units[is_unit] = reader.counts(n_units, int(is_unit.sum()))
    uses = units.copy()  # of each entry, alone and within others, which have higher numbers
    for entry in range(len(lexicon) - 1, n_atoms - 1, -1):
        begin, end = lexicon.offsets[entry], lexicon.offsets[entry + 1]
        _require_at_most(int(uses[entry]), n_symbols)
        if lexicon.kinds[entry] == VARIABLE:
            fillers[begin:end] = reader.counts(int(uses[entry]), int(end - begin))
            np.add.at(uses, lexicon.parts_of(entry), fillers[begin:end])
        else:
            np.add.at(uses, lexicon.parts_of(entry), uses[entry])
    if int(uses[:n_atoms].sum()) != n_symbols:
        raise ValueError("other than so many symbols")
    return lexicon.with_counts(units, fillers)


def _require_at_most(n_uses: int, n_symbols: int) -> None:
    if n_uses > n_symbols:
        raise ValueError("more units than symbols")


# -- the data -----------------------------------------------------------------------------


def pack_data(lexicon: Lexicon, best: Parse) -> bytes:
    """Write a parse under a lexicon that has its counts: the bits of ``measures.data_bits``."""
    unit_ends, filler_ends = _ends(lexicon)
    units = _choices(unit_ends, np.zeros(len(lexicon), np.int64), best.units.astype(np.int64))
    owners = np.repeat(np.arange(len(lexicon)), np.diff(lexicon.offsets))
    firsts = lexicon.offsets[owners]
    lasts = lexicon.offsets[owners + 1] - 1
    slots = _choices(filler_ends, firsts, best.slot_parts)
    # Each unit is followed by its slots, which come in order.
    before = np.searchsorted(best.slot_units, np.arange(len(best.units)))
    merged = np.empty((3, len(best.units) + len(best.slot_parts)), np.int64)
    is_unit = np.zeros(merged.shape[1], bool)
    is_unit[np.arange(len(best.units)) + before] = True
    merged[:2, is_unit], merged[2, is_unit] = units, unit_ends[-1]
    merged[:2, ~is_unit], merged[2, ~is_unit] = slots, filler_ends[lasts[best.slot_parts]]
    writer = empty_writer()
    writer = writer._replace(data=write_choices(writer, *merged))
    return finish(writer).tobytes()


def unpack_data(code: bytes, lexicon: Lexicon, n_symbols: int) -> NDArray[np.int32]:
    """Read what :func:`pack_data` wrote.

    Parameters
    ----------
    code : bytes
        What was written.
    lexicon : Lexicon
        The same.
    n_symbols : int
        How many symbols there were.

    Returns
    -------
    int32[n_symbols]
        Codes of the lexicon's atoms.

    Raises
    ------
    ValueError
        It wrote no such thing.
    """
    codes = np.empty(n_symbols, np.int32)
    reader = reader_of(code)
    n_units, used, ends = int(lexicon.unit_counts.sum()), 0, _ends(lexicon)
    for first in range(0, n_units, UNITS_AT_ONCE):
        n_read = min(UNITS_AT_ONCE, n_units - first)
        n_more = read_units(reader, lexicon.entries, *ends, n_read, codes[used:])
        if n_more < 0:
            raise ValueError("cut short, or more symbols than so many")
        used += int(n_more)
    if used != n_symbols:
        raise ValueError("other than so many symbols")
    return codes


def _ends(lexicon: Lexicon) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frequencies added up: of units, the escape's after them; of members in their variables."""
    frequency = np.where(lexicon.kinds == VARIABLE, 0, SCALE * lexicon.unit_counts + 1)
    ends = np.cumsum(np.append(frequency, 1))
    fillers = np.zeros(len(lexicon.parts), np.int64)
    for variable in lexicon.variables:
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        fillers[where] = np.cumsum(SCALE * lexicon.filler_counts[where] + 1)
    return ends, fillers


def _choices(
    ends: NDArray[np.int64], firsts: NDArray[np.int64], chosen: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What lies below each choice, and its frequency."""
    below = np.where(chosen > firsts[chosen], ends[chosen - 1], 0)
    return below, ends[chosen] - below


# -- files ----------------------------------------------------------------------------------------


def pack(data: bytes) -> tuple[int, bytes]:
    """Return the unit, and the body of a file: the head, the lexicon after its length, the data."""
    unit, alphabet, codes = as_codes(data)
    if len(codes) > MOST_OF_ONE:
        return STORED, data
    lexicon = learn_lexicon(codes, len(alphabet)) if len(codes) else Lexicon.of_atoms(0)
    lexicon, best = lexicon_and_parse(lexicon, codes)
    packed = pack_lexicon(lexicon)
    head = varint(len(codes)) + pack_gaps(alphabet) + varint(len(packed)) + packed
    return unit | TWO_PART, head + pack_data(lexicon, best)


def unpack(body: bytes, unit: int, most_bytes: int) -> Iterator[bytes]:
    """Give back what :func:`pack` was given, block by block.

    Parameters
    ----------
    body : bytes
        Of a file.
    unit : int
        What the file says that it holds.
    most_bytes : int
        That the reader allows.

    Yields
    ------
    bytes

    Raises
    ------
    ValueError, IndexError, HvmError
        The body is no such thing.
    TooManyBytes
        It says that it holds too many.
    """
    n_symbols, alphabet, packed, code = parts(body, unit, most_bytes)
    if n_symbols > MOST_OF_ONE:
        raise ValueError("more symbols than there can be")
    lexicon = unpack_lexicon(packed, len(alphabet), n_symbols)
    if len(alphabet) == 1:
        yield from repeated(alphabet, n_symbols, unit & (BYTE | CHAR))
        return
    codes = unpack_data(code, lexicon, n_symbols)
    yield from blocks_of(alphabet, codes, unit & (BYTE | CHAR))


def parts(body: bytes, unit: int, most_bytes: int) -> tuple[int, NDArray[np.int64], bytes, bytes]:
    """Cut a file's body into its parts.

    Parameters
    ----------
    body : bytes
        Of a file.
    unit : int
        What the file says that it holds.
    most_bytes : int
        That the reader allows.

    Returns
    -------
    n_symbols : int
    alphabet : int64[A]
    lexicon, data : bytes
        The code of each.

    Raises
    ------
    ValueError
        The body does not begin so.
    TooManyBytes
        It says that it holds too many.
    """
    n_symbols, alphabet, body = read_head(body, unit & (BYTE | CHAR), most_bytes)
    size, used = read_varint(body)
    return n_symbols, alphabet, body[used : used + size], body[used + size :]
