"""Measures of one pass: the nine published ones, the honest ones in bits, and those registered.

A measure is a number that a lexicon and a parse under it have. Those of :data:`MEASURES` are
columns of ``history_``, also those that no learner writes by itself:

>>> def mean_parts(lexicon, parse, n_symbols):
...     return len(lexicon.parts) / max(len(lexicon) - lexicon.n_atoms, 1)
>>> measure = Measure("mean_size_parts", "parts", "Parts of an entry.", mean_parts)
>>> _ = MEASURES.register(measure.name, measure)
>>> [one.name for one in registered_measures()]
['mean_size_parts']
>>> MEASURES.unregister(measure.name)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require
from hvm.kernels.lexicon import measures as kernels
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse
from hvm.plugins import Registry

PUBLISHED_UNITS = {
    "sequence_length": ("symbols", "Symbols parsed."),
    "parsing_search_steps": ("steps", "Steps to find a unit, on average."),
    "representation_complexity_bits": ("bits", "Bits of the members of all variables."),
    "explanatory_volume": ("symbols per unit", "Symbols of a unit, on average."),
    "sequence_complexity_bits": ("bits", "Bits of the units, their fillers not paid."),
    "representation_entropy_bits": ("bits", "Entropy of the fillers of the slots named in units."),
    "n_chunks": ("chunks", "Atoms and chunks of the lexicon."),
    "n_variables": ("variables", "Variables of the lexicon."),
    "storage_cost_nats": ("nats", "Nats that store the lexicon, as published."),
}
"""Unit and meaning of the nine published measures, in the order of the kernel that counts them."""

PUBLISHED_MEASURES = tuple(PUBLISHED_UNITS)


@dataclass(frozen=True)
class Measure:
    """A number that a lexicon and a parse under it have; asking for it changes neither.

    Parameters
    ----------
    name : str
        Ends with the unit, as ``data_bits`` and ``n_chunks`` do; published ones are as published.
    unit : str
    doc : str
        One line for tables and help.
    value : callable
        ``value(lexicon, parse, n_symbols)``, a finite number.

    Raises
    ------
    InputError
        The name does not tell the unit.
    """

    name: str
    unit: str
    doc: str
    value: Callable[[Lexicon, Parse, int], float]

    def __post_init__(self) -> None:
        ending = self.unit.replace(" ", "_")
        tells = f"_{self.name}".endswith(f"_{ending}") or self.name in PUBLISHED_UNITS
        require(bool(ending) and tells, "measure", f"a name that ends with {ending!r}", self.name)


def published_measures(lexicon: Lexicon, parse: Parse, n_symbols: int) -> dict[str, float]:
    """Return the nine published measures of one pass, named as in the published tables.

    Counts are those of ``parse``, whatever counts ``lexicon`` holds. Units outside the alphabet
    lengthen the parse and are otherwise left out.

    Parameters
    ----------
    lexicon : Lexicon
    parse : Parse
        A parse under ``lexicon``.
    n_symbols : int
        Symbols parsed.

    Returns
    -------
    dict of str to float
        Keys are ``PUBLISHED_MEASURES``.
    """
    counted = lexicon.with_counts(count_units(lexicon, parse), count_fillers(lexicon, parse))
    return measures_by_counts(counted, n_symbols, len(parse))


def measures_by_counts(
    lexicon: Lexicon, n_symbols: int, n_units: int | None = None
) -> dict[str, float]:
    """Return the nine published measures of the pass whose counts a lexicon holds.

    Parameters
    ----------
    lexicon : Lexicon
    n_symbols : int
        Symbols parsed.
    n_units : int, optional
        Units of the parse, if there are more than are counted: those outside the alphabet.

    Returns
    -------
    dict of str to float
        Keys are ``PUBLISHED_MEASURES``.
    """
    units, fillers = lexicon.unit_counts, lexicon.filler_counts
    n_units = int(units.sum()) if n_units is None else n_units
    values = kernels.measure(lexicon.entries, units, fillers, n_symbols, n_units)
    return dict(zip(PUBLISHED_MEASURES, values.tolist(), strict=True))


def data_bits(lexicon: Lexicon, parse: Parse) -> float:
    """Return the bits that ``parse`` costs: its units, and the fillers of all its slots.

    A unit outside the alphabet pays the escape; the code space of its symbol is paid elsewhere.
    """
    known = parse.units >= 0
    bits = float(lexicon.unit_bits[parse.units[known]].sum())
    bits += float(lexicon.filler_bits[parse.slot_parts].sum())
    n_unknown = len(known) - int(known.sum())
    return bits + n_unknown * lexicon.escape_bits if n_unknown else bits


def counted_bits(lexicon: Lexicon) -> float:
    """Return the bits of the parse whose counts a lexicon holds, all of its units known."""
    units = _used_bits(lexicon.unit_counts, lexicon.unit_bits)
    return units + _used_bits(lexicon.filler_counts, lexicon.filler_bits)


def _used_bits(counts: NDArray[np.int64], bits: NDArray[np.float64]) -> float:
    """Bits of what is used so often; what is not may have infinitely many."""
    used = counts > 0
    return float((counts[used] * bits[used]).sum())


def lexicon_bits(lexicon: Lexicon, alphabet_bits: float = 0.0) -> float:
    """Return the bits that write ``lexicon`` and its counts down.

    The code, in order: the alphabet (``alphabet_bits``, its size included); Elias gamma of the
    number of chunks and variables + 1; for each, by id, one bit for the kind, Elias gamma of size
    - 1, and each part among all earlier entries; the number of units as Elias delta of N + 1 and
    their distribution over the U atoms and chunks, log2 C(N + U - 1, U - 1); for each variable,
    the youngest first, the distribution over its members: how often it is filled follows from what
    is known by then, the counts of the units and of the fillers that hold it.

    Examples
    --------
    >>> lexicon_bits(Lexicon.of_atoms(4)), round(lexicon_bits(Lexicon.of_atoms(4), 30.5), 1)
    (2.0, 32.5)
    """
    entries_bits = kernels.lexicon_bits(lexicon.entries, lexicon.unit_counts, lexicon.filler_counts)
    return alphabet_bits + entries_bits


# -- the registry -------------------------------------------------------------------------------


MEASURES: Registry[Measure] = Registry("measure", "hvm.measures")


def _published(name: str) -> Callable[[Lexicon, Parse, int], float]:
    return lambda lexicon, parse, n_symbols: published_measures(lexicon, parse, n_symbols)[name]


def _bits_per_symbol(lexicon: Lexicon, parse: Parse, n_symbols: int) -> float:
    return (lexicon_bits(lexicon) + data_bits(lexicon, parse)) / max(n_symbols, 1)


_IN_EVERY_ROW = (
    *(Measure(name, unit, doc, _published(name)) for name, (unit, doc) in PUBLISHED_UNITS.items()),
    Measure(
        "lexicon_bits",
        "bits",
        "The lexicon written down; in history_ with its alphabet.",
        lambda lexicon, parse, n_symbols: lexicon_bits(lexicon),
    ),
    Measure(
        "data_bits",
        "bits",
        "The symbols by the parse.",
        lambda lexicon, parse, n_symbols: data_bits(lexicon, parse),
    ),
    Measure(
        "bits_per_symbol",
        "bits per symbol",
        "Both by symbol; in history_ with the alphabet.",
        _bits_per_symbol,
    ),
)
"""What learners write into each row of their history while they go."""

_WRITTEN = frozenset(map(id, _IN_EVERY_ROW))
for _measure in _IN_EVERY_ROW:
    MEASURES.register(_measure.name, _measure)


def registered_measures() -> list[Measure]:
    """Measures that no learner writes by itself, in the order of the registry."""
    return [measure for measure in MEASURES.values() if id(measure) not in _WRITTEN]


def values_of(
    measures: Iterable[Measure], lexicon: Lexicon, parse: Parse, n_symbols: int
) -> dict[str, float]:
    """Return some measures of one pass by name.

    Parameters
    ----------
    measures : iterable of Measure
    lexicon : Lexicon
    parse : Parse
        A parse under ``lexicon``.
    n_symbols : int
        Symbols parsed.

    Returns
    -------
    dict of str to float
    """
    return {one.name: float(one.value(lexicon, parse, n_symbols)) for one in measures}
