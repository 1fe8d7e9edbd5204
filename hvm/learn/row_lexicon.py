"""What the code of rows learned as a lexicon: chunks, chunks with slots, and their variables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.learn.rows import RowModel
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import Parse, as_parse
from hvm.symbols.sequences import Symbols

LITERAL_SHARE = 0.95
"""A part that one symbol fills so often is this symbol, for a reader and for a parse: beside a
frequent word the code puts rare ones whose own rows would cost more than to be told apart."""


class _Parts(NamedTuple):
    """Symbols of a corpus as parts of its units."""

    owners: NDArray[np.int64]  # of each symbol: its unit
    slots: NDArray[np.int64]  # of each symbol: the number of its part, over all kinds of units
    firsts: NDArray[np.int64]  # of each kind of unit: the number of its first part
    literals: NDArray[np.int64]  # of each part: the symbol that it is, or -1


def row_lexicon(model: RowModel, symbols: Symbols, smoothing: float) -> tuple[Lexicon, Parse]:
    """Return the lexicon of a model, with the counts of its parse of what it was learned from.

    Units of two or more parts are chunks, of symbols and of slots. A unit whose symbols are not
    those of its literal parts is its symbols again. Variables that fill no slot say what comes
    next, but are no entry.

    Parameters
    ----------
    model : RowModel
    symbols : Symbols
        What it was learned from.
    smoothing : float
        Of the lexicon.

    Returns
    -------
    Lexicon, Parse
    """
    parts = _parts(model, symbols.codes)
    n_atoms, definitions = len(symbols.alphabet), list[Definition]()
    of_variables = _define_variables(model, parts, n_atoms, definitions)
    of_units = _define_chunks(model, parts, of_variables, definitions)
    lexicon = Lexicon.from_definitions(n_atoms, definitions, smoothing)
    parse = _parse(model, symbols, parts, of_units, lexicon)
    counts = count_units(lexicon, parse), count_fillers(lexicon, parse)
    return lexicon.with_counts(*counts), parse


def _parts(model: RowModel, codes: NDArray[np.int32]) -> _Parts:
    lengths = np.array([len(pattern) for pattern in model.patterns])
    firsts, sizes = np.cumsum(lengths) - lengths, lengths[model.units]
    owners = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(codes)) - (np.cumsum(sizes) - sizes)[owners]
    slots = firsts[model.units[owners]] + within
    n_symbols, is_inside = len(model.variables), lengths[model.units[owners]] > 1
    inside = slots[is_inside] * n_symbols + codes[is_inside]
    kinds, counts = np.unique(inside, return_counts=True)
    order = np.lexsort((kinds, counts))  # the most frequent of each part is assigned last
    literals, most = np.full(lengths.sum(), -1), np.zeros(lengths.sum(), np.int64)
    literals[kinds[order] // n_symbols] = kinds[order] % n_symbols
    most[kinds[order] // n_symbols] = counts[order]
    totals = np.bincount(slots[is_inside], minlength=len(most))
    literals[most < LITERAL_SHARE * totals] = -1
    return _Parts(owners, slots, firsts, literals)


def _define_variables(
    model: RowModel, parts: _Parts, n_atoms: int, definitions: list[Definition]
) -> NDArray[np.int64]:
    """Add variables that fill slots; return the entry of each part there may be, or -1."""
    is_merged = np.array([len(pattern) > 1 for pattern in model.patterns])
    of_parts = np.concatenate([np.array(pattern) for pattern in model.patterns])
    lengths = np.diff(np.append(parts.firsts, len(of_parts)))
    is_slot = (parts.literals < 0) & np.repeat(is_merged, lengths)
    entries = np.full(model.n_variables + len(model.variables), -1, np.int64)
    for variable in np.unique(of_parts[is_slot]).tolist():
        entries[variable] = n_atoms + len(definitions)
        members = np.flatnonzero(model.variables == variable)
        definitions.append(Definition(VARIABLE, tuple(members.tolist())))
    return entries


def _define_chunks(
    model: RowModel,
    parts: _Parts,
    of_variables: NDArray[np.int64],
    definitions: list[Definition],
) -> NDArray[np.int64]:
    """Add units of two or more parts; return the entry of each unit, or -1."""
    entries = np.full(len(model.patterns), -1, np.int64)
    n_atoms, known = len(model.variables), dict[tuple[int, ...], int]()
    for unit, pattern in enumerate(model.patterns):
        if len(pattern) > 1:
            literals = parts.literals[parts.firsts[unit] :][: len(pattern)].tolist()
            named = zip(literals, of_variables[list(pattern)].tolist(), strict=True)
            chunk = tuple(variable if symbol < 0 else symbol for symbol, variable in named)
            if chunk not in known:  # two units may differ in rare fillers alone
                known[chunk] = n_atoms + len(definitions)
                definitions.append(Definition(CHUNK, chunk))
            entries[unit] = known[chunk]
    return entries


def _parse(
    model: RowModel,
    symbols: Symbols,
    parts: _Parts,
    of_units: NDArray[np.int64],
    lexicon: Lexicon,
) -> Parse:
    """The corpus unit by unit as a parse."""
    codes, (owners, slots, _, literals) = symbols.codes, parts
    own = literals[slots]
    entries = of_units[model.units]
    entries[owners[(own >= 0) & (own != codes)]] = -1
    is_first = np.append(True, owners[1:] != owners[:-1])
    begins = np.flatnonzero(is_first | (entries[owners] < 0))
    units = np.where(entries[owners] < 0, codes, entries[owners])[begins]
    places = np.full(len(model.variables), -1, np.int64)
    for variable in lexicon.variables.tolist():
        begin, end = lexicon.offsets[variable], lexicon.offsets[variable + 1]
        places[lexicon.parts[begin:end]] = np.arange(begin, end)
    at = np.flatnonzero((own < 0) & (entries[owners] >= 0))
    in_unit = np.searchsorted(begins, at, "right") - 1
    filled = np.column_stack([in_unit, places[codes[at]], at, at + 1, np.zeros_like(at)])
    starts = np.searchsorted(begins, symbols.starts)
    return as_parse(lexicon, units.astype(np.int32), np.append(begins, len(codes)), starts, filled)
