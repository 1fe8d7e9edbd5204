"""A row of the history of a fit: what a lexicon and its parse measure."""

from __future__ import annotations

import time
from collections.abc import Callable

from hvm.lexicon import measures
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse


def history_row(
    lexicon: Lexicon,
    parsed: Callable[[], Parse] | Parse | None,
    n_symbols: int,
    bits: tuple[float, float],
    begin: float,
) -> dict[str, float]:
    """Return one row of ``history_``.

    Parameters
    ----------
    lexicon : Lexicon
        With the counts of the parse.
    parsed : Parse or callable, optional
        The parse, or what returns it where measures that were registered ask for it; without one
        these are left out.
    n_symbols : int
        Symbols parsed.
    bits : tuple of float
        Of the lexicon, and of the symbols by the parse.
    begin : float
        When learning began, by ``time.perf_counter``.

    Returns
    -------
    dict of str to float
    """
    row = measures.measures_by_counts(lexicon, n_symbols)
    row["lexicon_bits"], row["data_bits"] = bits
    row["bits_per_symbol"] = sum(bits) / max(n_symbols, 1)
    row["seconds"] = time.perf_counter() - begin
    registered = measures.registered_measures()
    if registered and parsed is not None:
        parse = parsed() if callable(parsed) else parsed
        row |= measures.values_of(registered, lexicon, parse, n_symbols)
    return row
