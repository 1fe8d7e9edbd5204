"""Bits of symbols, put together by what a reader asks about: symbols, units, words, lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice
from hvm.predict.following import entropies
from hvm.symbols.sequences import Symbols

if TYPE_CHECKING:
    import pandas as pd

    from hvm.learn.model import Model

GROUPS = ("symbol", "unit", "word", "line")
"""By a symbol; a unit of the best parse; a word, between white space; a sequence."""


CONTEXT_CHARACTERS = 24
"""Of what stands before a row, at most: on a line, beside it."""


def bits_table(
    model: Model,
    symbols: Symbols,
    bits: NDArray[np.float64],
    by: str = "symbol",
    entropy: NDArray[np.float64] | None = None,
    context: bool = False,
) -> pd.DataFrame:
    """Return the bits of symbols, units, words or lines, in the order of the text.

    Parameters
    ----------
    model : Model
        Which symbols are of.
    symbols : Symbols
    bits : float64[n]
        Of each symbol, as :meth:`hvm.HVM.surprisal` gives them.
    by : {"symbol", "unit", "word", "line"}
        A word of characters or bytes has the white space that follows it.
    entropy : float64[n], optional
        Bits of entropy of what could stand at each place, as :func:`entropy_bits` gives them.
    context : bool
        Whether there is a column of what stands before each row in its sequence.

    Returns
    -------
    pandas.DataFrame
        Columns ``sequence`` and ``position`` (of the first symbol in it, both from 1), ``text``,
        ``symbols``, ``characters`` (missing for bytes and integers), ``bits``,
        ``bits_per_character``, and where they are asked for ``entropy_bits``, added up over the
        symbols of a row, and, after ``position``, ``context``: of the symbols before the first as
        many of the last as have 24 characters together. An empty sequence has a row by line alone.

    Raises
    ------
    InputError
        Words of integers.

    Examples
    --------
    >>> from hvm import HVM, as_symbols
    >>> model = HVM().fit("a cat sat. " * 20)
    >>> text = as_symbols("a cat", alphabet=model.alphabet_)
    >>> bits_table(model, text, model.surprisal(text), "word").text.tolist()
    ['a ', 'cat']
    """
    import pandas as pd

    require_choice("by", by, GROUPS)
    starts = _STARTS[by](model, symbols)
    ends = np.append(starts, len(symbols))[1:]
    sequences = np.searchsorted(symbols.starts, starts, "right")
    if by == "line":  # empty ones share their start with the next
        sequences = np.arange(1, symbols.n_sequences + 1)
    texts = [symbols.text(a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    told = bits if by == "symbol" else _added(bits, starts, ends)
    has_characters = symbols.alphabet.unit in ("char", "word")
    characters = np.array([len(text) for text in texts], float) if has_characters else np.nan
    origins = symbols.starts[sequences - 1]
    columns: dict[str, Any] = {"sequence": sequences, "position": starts - origins + 1}
    if context:
        columns["context"] = _before(symbols, starts, origins)
    columns |= {"text": texts, "symbols": ends - starts, "characters": characters, "bits": told}
    table = pd.DataFrame(columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = table["bits"] / table["characters"]
    table["bits_per_character"] = rate.where(table["characters"] > 0)
    if entropy is not None:
        table["entropy_bits"] = entropy if by == "symbol" else _added(entropy, starts, ends)
    return table


def entropy_bits(model: Model, symbols: Symbols) -> NDArray[np.float64]:
    """Return the entropy of what could stand at each place, given what stands before it there.

    By the frozen model, exactly; any unknown symbol is one outcome, whatever it is.

    Parameters
    ----------
    model : Model
    symbols : Symbols
        In the codes of the model's alphabet.

    Returns
    -------
    float64[n]
        Bits: what the symbol there is expected to cost.

    Raises
    ------
    InputError
        It would take too long: beginnings of sequences are read once for every symbol there is.

    Examples
    --------
    >>> from hvm import HVM, as_symbols
    >>> model = HVM(context="unigram").fit("abababab" * 20)
    >>> text = as_symbols("abab", alphabet=model.alphabet_)
    >>> bool(entropy_bits(model, text)[1] < 0.1)
    True
    """
    return entropies(model.escaped_bits, symbols.codes, symbols.starts, len(model.alphabet_))


def _added(
    bits: NDArray[np.float64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sums of rows, which stand one behind the other; each as if it stood alone."""
    added, filled = np.zeros(len(starts)), ends > starts
    if filled.any():
        added[filled] = np.add.reduceat(bits, starts[filled])
    return added


def _before(symbols: Symbols, starts: NDArray[np.int64], origins: NDArray[np.int64]) -> list[str]:
    """What stands before each row in its sequence, whole symbols of the last few characters."""
    alphabet, gap = symbols.alphabet, len(symbols.alphabet.separator)
    lengths = np.array([*map(len, alphabet.rendered), 0])[symbols.codes]
    lengths[symbols.codes < 0] = [len(alphabet.render(symbol)) for symbol in symbols.unknown]
    totals = np.append(0, np.cumsum(lengths + gap))
    firsts = np.searchsorted(totals, totals[starts] - gap - CONTEXT_CHARACTERS)
    firsts = np.minimum(np.maximum(firsts, origins), starts)
    return [symbols.text(a, b) for a, b in zip(firsts.tolist(), starts.tolist(), strict=True)]


def _by_symbol(model: Model, symbols: Symbols) -> NDArray[np.int64]:
    return np.arange(len(symbols))


def _by_line(model: Model, symbols: Symbols) -> NDArray[np.int64]:
    return symbols.starts


def _by_unit(model: Model, symbols: Symbols) -> NDArray[np.int64]:
    return model.parse(symbols).unit_starts[:-1]


def _by_word(model: Model, symbols: Symbols) -> NDArray[np.int64]:
    """Where a symbol that is no white space follows one that is, or begins a sequence."""
    unit = symbols.alphabet.unit
    if unit == "word":
        return _by_symbol(model, symbols)
    if unit == "int":
        raise InputError("integers make no words: ask by symbol, unit or line")
    is_space = np.array([_is_space(symbol) for symbol in symbols.alphabet.symbols] + [False])
    spaces = is_space[symbols.codes]  # unknown ones count as letters
    spaces[symbols.codes < 0] = [_is_space(symbol) for symbol in symbols.unknown]
    begins = np.append(True, spaces[:-1]) & ~spaces
    begins[symbols.starts[symbols.starts < len(symbols)]] = True
    found: NDArray[np.int64] = np.flatnonzero(begins[: len(symbols)])
    return found


def _is_space(symbol: str | int) -> bool:
    return (symbol if isinstance(symbol, str) else chr(symbol)).isspace()


_STARTS: dict[str, Callable[[Model, Symbols], NDArray[np.int64]]] = {
    "symbol": _by_symbol,
    "unit": _by_unit,
    "word": _by_word,
    "line": _by_line,
}
