"""A fit by the code of rows, as every learner hands it to its model."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import cache

from hvm.errors import HvmError, InputError, require_number
from hvm.learn.checkpoint import END, Standing
from hvm.learn.fit import Fit
from hvm.learn.history import history_row
from hvm.learn.options import SearchOptions
from hvm.learn.row_code import RowBits, RowSettings
from hvm.learn.row_lexicon import row_lexicon
from hvm.learn.row_search import RowSearch
from hvm.learn.row_state import RowState
from hvm.learn.row_steps import STEPS, RowPosition, begun, take_step
from hvm.learn.rows import learn_rows, row_model
from hvm.learn.settings import SMALL_SYMBOLS, SearchSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols

NUMBERS = (*RowPosition._fields[1:], "seconds")
"""Beside bits by part, what a checkpoint holds: the numbers of a position, and the time it took."""


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
        Pairs are to be ranked by count; or the checkpoint is of another search.
    ModelFileError
        The checkpoint is damaged, or is none.
    """
    if settings.criterion != "gain":
        raise InputError(f"criterion {settings.criterion} is of context unigram on long texts")
    fitting, limits = _Fitting(symbols, settings, options), options.limits
    while not limits.are_reached:
        if fitting.position.step == END or len(fitting.rows) == settings.iterations:
            break
        fitting.take_step()
    else:
        fitting.keep_if_shorter()
    code = fitting.code
    return Fit(fitting.lexicon, code.total - code.lexicon, fitting.rows, fitting.lexicons, code)


class _Fitting:
    """A search by rows, the best that it has come to, and the history behind it."""

    lexicon: Lexicon
    code: RowBits
    search: RowSearch
    position: RowPosition

    def __init__(self, symbols: Symbols, settings: SearchSettings, options: SearchOptions) -> None:
        self.symbols, self.settings, self.options = symbols, settings, options
        self.begin, self.alphabet_bits = time.perf_counter(), symbols.alphabet.definition_bits()
        self.rows, self.lexicons = list[dict[str, float]](), list[Lexicon]()
        standing = None if options.checkpoint is None else options.checkpoint.read(STEPS, True)
        if standing is not None:
            self._resume(standing)
            return
        self.search = self._search()
        self.position = begun(self.search)
        self._keep(*self._traced())
        self._write()

    def take_step(self) -> None:
        """Take the next step, keep what a round ends with, and write where that leads."""
        self.position = take_step(self.search, self.position)
        if self.position.ends_round:
            self._keep(*self._traced())
        elif self.options.trace:
            self._traced()
        self._write()

    def keep_if_shorter(self) -> None:
        """Keep what is there within a round: at the end, for no checkpoint knows of it."""
        if self.search.bits().total < self.code.total:
            self._keep(*self._now())

    def _search(self, state: RowState | None = None) -> RowSearch:
        symbols, settings = self.symbols, self.settings
        of_rows = row_settings(settings, len(symbols.alphabet))
        return RowSearch(symbols, settings.variables, of_rows, state)

    def _now(self) -> tuple[Lexicon, Parse]:
        return row_lexicon(row_model(self.search), self.symbols, self.settings.smoothing)

    def _traced(self) -> tuple[Lexicon, Parse]:
        lexicon, parse = self._now()
        if self.options.trace:
            self.lexicons.append(lexicon)
        return lexicon, parse

    def _keep(self, lexicon: Lexicon, parse: Parse) -> None:
        """Make this the best so far, and write its row of the history."""
        self.lexicon, self.code = lexicon, self.search.bits()
        bits = self.code.lexicon + self.alphabet_bits, self.code.total - self.code.lexicon
        self.rows.append(history_row(lexicon, parse, len(self.symbols), bits, self.begin))
        if self.options.report is not None:
            self.options.report(self.rows[-1])

    # -- the checkpoint ---------------------------------------------------------------------

    def _write(self) -> None:
        if self.options.checkpoint is not None:
            step, *of_position = self.position
            beside = *of_position, time.perf_counter() - self.begin
            numbers = asdict(self.code) | dict(zip(NUMBERS, beside, strict=True))
            standing = Standing(step, self.lexicon, numbers, self.rows, self.search.state)
            self.options.checkpoint.write(standing)

    def _resume(self, standing: Standing) -> None:
        """Be where a search was when it wrote this."""
        self.lexicon, self.rows = standing.lexicon, standing.rows
        numbers = dict(standing.numbers)
        try:
            *of_position, seconds = [
                require_number(name, numbers.pop(name, None), 0.0, finite=False) for name in NUMBERS
            ]
            self.begin -= seconds
            self.position = RowPosition(standing.step, *of_position)
            self.code = RowBits.of(numbers)
            self.search = self._search(standing.search)
        except HvmError as error:
            assert self.options.checkpoint is not None
            raise self.options.checkpoint.refusal(error) from None


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
