"""What a text costs under a model: as a whole, and symbol by symbol."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.lexicon.likelihood import parse_bits
from hvm.lexicon.parsing import parse
from hvm.symbols.sequences import Symbols

if TYPE_CHECKING:
    from hvm.learn.model import Model


def score_report(
    model: Model, symbols: Symbols, best_parse: bool = False, adapt: bool = False
) -> dict[str, Any]:
    """Return the bits of a text, the lexicon not included, and what they paid for.

    Parameters
    ----------
    model : Model
    symbols : Symbols
        In the codes of the model's alphabet.
    best_parse : bool
        By the best parse of independent units; else exactly, by what the model foretells.
    adapt : bool
        Whether what was read before teaches.

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
    report: dict[str, Any] = {"symbols": len(symbols)}
    if best_parse and adapt:
        raise InputError("the best parse is of a model that does not adapt: choose one")
    if best_parse:
        best = parse(model.lexicon_, symbols.codes, symbols.starts)
        bits, units = parse_bits(model.lexicon_, model.alphabet_, symbols, best), len(best.units)
    else:
        bits = math.fsum(model.surprisal(symbols, adapt))
    naming = model.alphabet_ if best_parse else model.spelling_
    characters = n_characters(symbols)
    report |= {
        "bits": bits,
        "bits_per_symbol": bits / len(symbols) if len(symbols) else None,
        "characters": characters,
        "bits_per_character": bits / characters if characters else None,
        "unknown_symbols": len(symbols.unknown),
        "unknown_bits": math.fsum(naming.code_space_bits(symbols.unknown)),
        "sequences": symbols.n_sequences,
    }
    return report | ({"units": units} if best_parse else {})


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
