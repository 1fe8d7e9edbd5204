"""What ``HVM.fit`` searches: as often as settings say, and the shortest description is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hvm.errors import InputError
from hvm.learn.fit import Fit
from hvm.learn.limits import Limits
from hvm.learn.options import SearchOptions
from hvm.learn.row_fit import fit_rows
from hvm.learn.search import Search
from hvm.learn.settings import HASTY_BATCH, SMALL_SYMBOLS, TINY_SYMBOLS, SearchSettings
from hvm.learn.text import SearchedText, text_of
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.sequences import Symbols


def searched(
    symbols: Symbols, settings: SearchSettings, options: SearchOptions, by_rows: bool
) -> Fit:
    """Search, and search again in other ways where settings say so.

    Parameters
    ----------
    symbols : Symbols
    settings : SearchSettings
    options : SearchOptions
    by_rows : bool
        Whether by the code of rows.

    Returns
    -------
    Fit
    """
    if by_rows:
        return fit_rows(symbols, settings, options)
    # A variant's jitter tells edits one by one apart, and in arrays there are none.
    variants = range(1 if settings.batch else settings.restarts)
    text = text_of(symbols, settings)
    searches = (_search(text, settings, variant, options) for variant in variants)
    best = min(searches, key=lambda search: search.best.description_bits)  # ties: the first
    return Fit(best.best.lexicon, best.best.data_bits, best.rows, best.lexicons)


def hasty_lexicon(symbols: Symbols, settings: SearchSettings, limits: Limits) -> Lexicon:
    """Return what one search finds, a hasty one unless the symbols are few.

    Parameters
    ----------
    symbols : Symbols
    settings : SearchSettings
    limits : Limits

    Returns
    -------
    Lexicon
    """
    settings = replace(settings, batch=HASTY_BATCH if len(symbols) > TINY_SYMBOLS else 0.0)
    text = text_of(symbols, settings)
    return _search(text, settings, 0, SearchOptions(limits=limits)).best.lexicon


def require_possible(
    n_symbols: int, settings: SearchSettings, options: SearchOptions, by_rows: bool
) -> None:
    """Check that a search can do as it is asked.

    Parameters
    ----------
    n_symbols : int
    settings : SearchSettings
    options : SearchOptions
    by_rows : bool
        Whether by the code of rows.

    Raises
    ------
    InputError
        It writes no checkpoint, or cannot begin there.
    """
    first, has_checkpoint = options.first, options.checkpoint is not None
    if by_rows and first is not None:
        raise InputError(
            f"init is not of the code of rows, which learns more than {SMALL_SYMBOLS:,} words: "
            "use context unigram"
        )
    if has_checkpoint and not (by_rows or settings.batch):
        raise InputError(
            f"checkpoint is of long searches, of more than {SMALL_SYMBOLS:,} symbols, or with "
            f"batch above 0: this text has {n_symbols:,}"
        )
    if has_checkpoint and options.trace:
        raise InputError("checkpoint holds no lexicons on the way: leave out trace")
    if first is not None and not settings.variables and len(first.variables):
        raise InputError("init has variables, and variables is False")
    if first is not None and _longest(first) > settings.max_chunk_symbols:
        raise InputError(
            f"init has a chunk of {_longest(first)} labels, and max_chunk_symbols is "
            f"{settings.max_chunk_symbols}"
        )


def _longest(lexicon: Lexicon) -> int:
    return max(map(len, lexicon.patterns), default=0)


def _search(
    text: SearchedText, settings: SearchSettings, variant: int, options: SearchOptions
) -> Search:
    """One search to its end; the first variant is without jitter."""
    jitter = np.random.default_rng((settings.seed, variant)) if variant else None
    search = Search(text, settings, jitter, options)
    search.run()
    return search
