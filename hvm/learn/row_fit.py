"""A fit by the code of rows, as every learner hands it to its model."""

from __future__ import annotations

import time
from functools import cache
from itertools import chain

from hvm.errors import InputError
from hvm.learn.fit import Fit
from hvm.learn.history import history_row
from hvm.learn.options import SearchOptions
from hvm.learn.row_code import RowSettings
from hvm.learn.row_lexicon import row_lexicon
from hvm.learn.row_search import RowSearch
from hvm.learn.rows import learn_rows, row_model
from hvm.learn.settings import SMALL_SYMBOLS, SearchSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols


def is_for_rows(symbols: Symbols) -> bool:
    """Whether the code of rows is what a lexicon is learned by: of long texts of words.

    Small texts are worth the thorough search. Chunks of characters are worth more than what is
    known from the one before says, and generated worlds have chunks within their variables.

    Parameters
    ----------
    symbols : Symbols

    Returns
    -------
    bool
    """
    return symbols.alphabet.unit == "word" and len(symbols) > SMALL_SYMBOLS


def fit_rows(symbols: Symbols, settings: SearchSettings, options: SearchOptions) -> Fit:
    """Learn a lexicon by the code of rows; an iteration is a round of its search.

    Parameters
    ----------
    symbols : Symbols
    settings : SearchSettings
        Of which variables, limits and smoothing matter.
    options : SearchOptions
        A limit ends it between two steps, and the shortest of all rounds and that step is kept.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        Pairs are to be ranked by count.
    """
    if settings.criterion != "gain":
        raise InputError(f"criterion {settings.criterion} is of context unigram on long texts")
    begin, rows, lexicons = time.perf_counter(), list[dict[str, float]](), list[Lexicon]()
    alphabet_bits = symbols.alphabet.definition_bits()
    search = RowSearch(symbols, settings.variables, row_settings(settings, len(symbols.alphabet)))
    code = search.bits()
    for ends_round in chain([True], search.steps()):
        is_over = options.limits.are_reached
        if not (ends_round or is_over or options.trace):
            continue
        lexicon, parse = row_lexicon(row_model(search), symbols, settings.smoothing)
        if options.trace:
            lexicons.append(lexicon)
        if ends_round or (is_over and search.bits().total < code.total):
            best, code = lexicon, search.bits()
            bits = code.lexicon + alphabet_bits, code.total - code.lexicon
            rows.append(history_row(lexicon, parse, len(symbols), bits, begin))
            if options.report is not None:
                options.report(rows[-1])
        if is_over or len(rows) == settings.iterations:
            break
    return Fit(best, code.total - code.lexicon, rows, lexicons, code)


def row_settings(settings: SearchSettings, n_atoms: int) -> RowSettings:
    """Settings of the code of rows that those of a search by independent units ask for.

    Parameters
    ----------
    settings : SearchSettings
    n_atoms : int
        Entries that there are anyway.

    Returns
    -------
    RowSettings
    """
    most = settings.max_entries
    return RowSettings(
        longest=min(RowSettings.longest, settings.max_chunk_symbols),
        max_entries=None if most is None else max(0, most - n_atoms),
    )


def compile_rows() -> float:
    """Compile the kernels of the search, or load them; return the seconds it took, then 0."""
    if _rehearse_rows.cache_info().currsize:
        return 0.0
    begin = time.perf_counter()
    _rehearse_rows()
    return time.perf_counter() - begin


@cache
def _rehearse_rows() -> None:
    words = as_symbols("a b\nb c\na c\nc b a\n" * 8, "word", "line")
    learn_rows(words, settings=RowSettings(least=2))
