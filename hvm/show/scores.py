"""What a text costs under a model: as a whole, and symbol by symbol."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.lexicon.likelihood import parse_costs
from hvm.lexicon.parsing import parse
from hvm.symbols.sequences import Symbols

if TYPE_CHECKING:
    from hvm.learn.model import Model


_TERMS = 1 << 16
"""Floats that stand as Python's at once."""


class ExactSum:
    """A sum of floats that no order and no division into blocks changes, as `math.fsum`.

    Examples
    --------
    >>> total = ExactSum()
    >>> for block in ([1e16, 1.0], [1.0, -1e16]):
    ...     total.add(np.array(block))
    >>> total.value
    2.0
    """

    def __init__(self) -> None:
        self._parts: list[float] = []  # which add up to it exactly

    def add(self, values: NDArray[np.float64]) -> None:
        """Add values, float64[n]; what is infinite stays."""
        for begin in range(0, len(values), _TERMS):
            self._add([*self._parts, *values[begin : begin + _TERMS].tolist()])

    def _add(self, terms: list[float]) -> None:
        self._parts = []
        while rest := math.fsum(terms):
            self._parts.append(rest)
            terms.append(-rest)
            if not math.isfinite(rest):
                return

    @property
    def value(self) -> float:
        """The sum, rounded once."""
        return math.fsum(self._parts)


class TextSize:
    """Counts what blocks of a text hold: sequences, symbols, characters."""

    def __init__(self) -> None:
        self.n_sequences = self.n_symbols = 0
        self.n_characters: int | None = 0

    def counted(self, blocks: Iterable[Symbols]) -> Iterator[Symbols]:
        """Yield blocks, each counted when the next is asked for."""
        for symbols in blocks:
            yield symbols
            self.n_sequences += symbols.n_sequences
            self.n_symbols += len(symbols)
            characters = n_characters(symbols)
            if self.n_characters is not None:
                self.n_characters = None if characters is None else self.n_characters + characters


def score_report(
    model: Model, blocks: Iterable[Symbols], best_parse: bool = False, adapt: bool = False
) -> dict[str, Any]:
    """Return the bits of a text, the lexicon not included, and what they paid for.

    Parameters
    ----------
    model : Model
    blocks : iterable of Symbols
        In the codes of the model's alphabet; the report does not depend on where they are cut.
    best_parse : bool
        By the best parse of independent units; else exactly, by what the model foretells.
    adapt : bool
        Whether what was read before in a block teaches.

    Returns
    -------
    dict
        ``symbols``, ``bits``, ``bits_per_symbol``, ``characters``, ``bits_per_character``, of
        which the rates are None where there is nothing; ``unknown_symbols``, ``unknown_bits``,
        which they paid to be named, beside the escape; ``sequences``; and ``units``, with
        ``best_parse`` only. Where the unit of the alphabet is byte or int, characters are None.

    Raises
    ------
    InputError
        The best parse is to adapt, or the model cannot.
    """
    if best_parse and adapt:
        raise InputError("the best parse is of a model that does not adapt: choose one")
    naming = model.alphabet_ if best_parse else model.spelling_
    size, bits, unknown_bits = TextSize(), ExactSum(), ExactSum()
    n_units = n_unknown = 0
    for symbols in size.counted(blocks):
        if best_parse:
            best = parse(model.lexicon_, symbols.codes, symbols.starts)
            costs = parse_costs(model.lexicon_, model.alphabet_, symbols, best)
            n_units += len(best)
        else:
            costs = model.surprisal(symbols, adapt)
        bits.add(costs)
        n_unknown += len(symbols.unknown)
        unknown_bits.add(naming.code_space_bits(symbols.unknown))
    report = {
        "symbols": size.n_symbols,
        "bits": bits.value,
        "bits_per_symbol": bits.value / size.n_symbols if size.n_symbols else None,
        "characters": size.n_characters,
        "bits_per_character": bits.value / size.n_characters if size.n_characters else None,
        "unknown_symbols": n_unknown,
        "unknown_bits": unknown_bits.value,
        "sequences": size.n_sequences,
    }
    return report | ({"units": n_units} if best_parse else {})


def n_characters(symbols: Symbols) -> int | None:
    r"""Return how long a text is, by which models of different units compare.

    Parameters
    ----------
    symbols : Symbols

    Returns
    -------
    int or None
        Characters, one between two words of a sequence and none between sequences included; None
        where symbols are bytes or integers.

    Examples
    --------
    >>> from hvm import as_symbols
    >>> n_characters(as_symbols("the cat\nsat", "word", "line"))
    10
    """
    unit = symbols.alphabet.unit
    if unit == "char":
        return len(symbols)
    if unit != "word":
        return None
    lengths = np.array([*map(len, symbols.alphabet.symbols), 0])  # the last: of unknown ones
    lasting = np.diff(np.append(symbols.starts, len(symbols)))
    between = np.maximum(lasting - 1, 0).sum()
    return int(lengths[symbols.codes].sum() + sum(map(len, symbols.unknown)) + between)


def sequence_bits(
    symbols: Symbols, bits: NDArray[np.float64]
) -> Iterator[tuple[list[str], list[float]]]:
    """Yield the symbols of each sequence, as a person reads them, and their bits.

    Parameters
    ----------
    symbols : Symbols
    bits : float64[n]

    Yields
    ------
    list of str, list of float
    """
    unknown = iter(symbols.unknown)
    alphabet = symbols.alphabet
    for begin, end in symbols.bounds():
        codes = symbols.codes[begin:end].tolist()
        names = [
            alphabet.rendered[code] if code >= 0 else alphabet.render(next(unknown))
            for code in codes
        ]
        yield names, bits[begin:end].tolist()
