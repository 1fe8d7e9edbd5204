"""HVM: fit chunks and variables to sequences, then parse and score others with them."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice, require_whole
from hvm.learn.fit import Fit
from hvm.learn.fitted_experts import FittedExperts, fit_beside
from hvm.learn.model import Model, rehearsal_codes
from hvm.learn.model_file import ModelFields
from hvm.learn.online import OnlineMemory
from hvm.learn.paper import PaperHVM
from hvm.learn.presets import DEFAULT
from hvm.learn.row_fit import compile_rows, fit_rows, is_for_rows
from hvm.learn.sampling import as_fitted
from hvm.learn.search import Search, searched
from hvm.learn.settings import HASTY_BATCH, TINY_SYMBOLS, OnlineSettings, SearchSettings
from hvm.learn.text import HeldText, spread, text_of
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import with_code_space
from hvm.predict.experts import Experts
from hvm.predict.following import go_on
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

CONTEXTS = ("experts", "unigram")
"""What foretells symbols: mixed experts, or the lexicon alone, whose units are independent."""

_ONLINE = tuple(field.name for field in fields(OnlineSettings))
_OF_A_FIT = (
    *("graph_", "history_", "lexicons_", "_rows", "_predictor", "_contexts", "code_bits_"),
    *("lexicon_bits_", "data_bits_", "bits_per_symbol_", "seconds_", "compile_seconds_"),
)


class HVM(Model):
    """The hierarchical variable model: chunks and variables of least description length.

    Texts of more than 100,000 words are learned by the code of rows (:mod:`hvm.learn.rows`), which
    takes ``criterion``, ``restarts``, ``p_value``, counts at least and ``batch`` as they are.

    Parameters
    ----------
    variables : bool
        False learns chunks alone (HCM).
    iterations : int, optional
        Steps kept, at most; by default until nothing pays.
    max_entries : int, optional
        Entries of the lexicon, atoms included, at most; the atoms always stay.
    criterion : {"gain", "count"}
        Rank pairs by the bits they save, or by how often they occur.
    restarts : int, optional
        Variants of the search, each with gains jittered in its own way, of which the one of least
        description length is kept; by default 4 up to 30,000 symbols, 2 up to 100,000, 1 above.
    seed : int
        Of the jitter.
    smoothing : float
        Added to every count.
    p_value : float
        Level at which a pair must be associated.
    pair_count_min, filler_count_min : int, optional
        Least joint count of a pair, by default 2, and of a filler in a frame.
    batch : float, optional
        0: edits are tried one by one, where entries are few; else many together. By default 0
        up to 100,000 symbols.
    max_chunk_symbols : int
        Labels in a chunk, at most.
    theta : float
        What is left of every count after one more unit (:meth:`observe`, as are all below).
    chunk_min : float
        A pair and both of its parts must count for more than this to become a chunk.
    frame_min : float
        A frame must count for more than this to get a variable.
    fillers_min : int
        Fewest fillers of a frame that gets a variable.
    context_strength : float, optional
        Weight of a unit's probability among all against its counts behind the unit before; with
        None units do not depend on the one before, as in the paper.
    context : {"experts", "unigram"}
        What foretells symbols after :meth:`fit`: experts of symbols, of their variables and of
        the lexicon, mixed (:class:`hvm.predict.experts.Experts`); or the lexicon alone, as if
        units did not depend on the one before.
    n_jobs : int
        Threads of a search in a long text; what it finds is the same with any number.
    engine : str, path or Dask client, optional
        The Dask cluster that learns a text in parts (``context="unigram"``): the same model.

    Attributes
    ----------
    lexicon_, alphabet_, graph_, history_ and more
        See :class:`Model`; after :meth:`observe` counts are rounded to whole ones.
    experts_ : Experts
        What foretells symbols, unless that is the lexicon alone.

    Examples
    --------
    >>> frames = ("where is the {} now ?", "I see the {} there .")
    >>> model = HVM().fit([f.format(pet) for pet in ("dog", "cat", "bird") for f in frames] * 8)
    >>> model.bits_per_symbol("I see the bird there .") < 0.5
    True
    """

    preset = DEFAULT

    def __init__(
        self,
        variables: bool = SearchSettings.variables,
        iterations: int | None = SearchSettings.iterations,
        max_entries: int | None = SearchSettings.max_entries,
        criterion: str = SearchSettings.criterion,
        restarts: int | None = None,
        seed: int = SearchSettings.seed,
        smoothing: float = SearchSettings.smoothing,
        p_value: float = SearchSettings.p_value,
        pair_count_min: int | None = None,
        filler_count_min: int = SearchSettings.filler_count_min,
        batch: float | None = None,
        max_chunk_symbols: int = SearchSettings.max_chunk_symbols,
        theta: float = OnlineSettings.theta,
        chunk_min: float = OnlineSettings.chunk_min,
        frame_min: float = OnlineSettings.frame_min,
        fillers_min: int = OnlineSettings.fillers_min,
        context_strength: float | None = OnlineSettings.context_strength,
        context: str = "experts",
        n_jobs: int = SearchSettings.n_jobs,
        engine: Any = None,
    ) -> None:
        self.variables = variables
        self.iterations = iterations
        self.max_entries = max_entries
        self.criterion = criterion
        self.restarts = restarts
        self.seed = seed
        self.smoothing = smoothing
        self.p_value = p_value
        self.pair_count_min = pair_count_min
        self.filler_count_min = filler_count_min
        self.batch = batch
        self.max_chunk_symbols = max_chunk_symbols
        self.theta = theta
        self.chunk_min = chunk_min
        self.frame_min = frame_min
        self.fillers_min = fillers_min
        self.context_strength = context_strength
        self.context = context
        self.n_jobs = n_jobs
        self.engine = engine

    @staticmethod
    def paper(**constants: Any) -> PaperHVM:
        """The published algorithm; see :class:`PaperHVM` for its constants."""
        return PaperHVM(**constants)

    def _check_params(self) -> None:
        self._search_settings(n_symbols=0)
        self._online_settings()
        require_choice("context", self.context, CONTEXTS)
        if self.engine is not None and self.context == "experts":
            raise InputError("--cluster (engine) needs --context unigram: experts count all here")

    def _search_settings(self, n_symbols: int) -> SearchSettings:
        return SearchSettings.for_size(n_symbols, self.get_params())

    def _online_settings(self) -> OnlineSettings:
        parameters = {name: getattr(self, name) for name in _ONLINE}
        # Trial by trial, checking again what did not change would take longer than learning.
        if parameters != self._checked[0]:
            self._checked = parameters, OnlineSettings(**parameters)
        return self._checked[1]

    # -- online ---------------------------------------------------------------------------

    _checked: tuple[dict[str, Any], OnlineSettings] = {}, OnlineSettings()
    _memory: OnlineMemory | None = None

    def fit(self, symbols: Any, y: Any = None, *, trace: bool = False) -> HVM:
        """Learn from one sequence or several; see :meth:`Model.fit`."""
        if self.engine is None:
            return super().fit(symbols, trace=trace)
        self._check_params()
        with spread(self.engine, symbols) as text:
            return super().fit(text, trace=trace)

    def begin(self, symbols: Any) -> HVM:
        """Know the alphabet of some symbols and nothing else, to :meth:`observe` from there."""
        self._check_params()
        first = require_symbols(as_symbols(symbols))
        self.alphabet_, self.mode_ = first.alphabet, first.mode
        atoms = Lexicon.of_atoms(len(self.alphabet_), self.smoothing)
        self._set_memory(OnlineMemory.of(atoms))
        self.n_symbols_ = self.n_iterations_ = 0
        return self

    def observe(self, symbols: Any) -> HVM:
        """Learn from one sequence or several, one after the other, and forget a little.

        Goes on from what was fitted or observed before. Each sequence is parsed greedily and
        counted; pairs and frames that became frequent become chunks and variables; every count
        is multiplied by ``theta`` after each unit. Symbols that are new widen the alphabet.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
            What :func:`hvm.as_symbols` takes.

        Returns
        -------
        HVM
            The model; ``n_symbols_`` and ``n_iterations_`` count symbols and sequences.

        Examples
        --------
        >>> model = HVM().begin("abcd")
        >>> before = model.surprisal("abcd").sum()
        >>> for _ in range(40):
        ...     model = model.observe("abcd")
        >>> bool(before > 9), bool(model.surprisal("abcd").sum() < 3)
        (True, True)
        """
        if not self._knows_something:
            self.begin(symbols)
        known = self._symbols(symbols)
        memory = self._memory or OnlineMemory.of(self.lexicon_)
        if known.unknown:
            known = self._widen(memory, known)
        settings = self._online_settings()
        for first, last in known.bounds():
            memory.observe(known.codes[first:last].copy(), settings)
        self._set_memory(memory)
        self.n_symbols_ += len(known)
        self.n_iterations_ += known.n_sequences
        return self

    def surprisal(self, symbols: Any, adapt: bool = False) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, exactly, float64[n].

        By the experts; or summed over all parses, where after :meth:`observe` each unit depends on
        the one before. The model stays as it is.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
        adapt : bool
            Whether all that was read before, of other sequences too, teaches on the way: so bits
            depend on the order of sequences.
        """
        known = self._symbols(symbols)
        if self._predictor is not None:
            return self._predictor.surprisal(known, adapt)
        if self._memory is None or adapt:
            return super().surprisal(known, adapt)
        bits = self._memory.bits(known.codes, known.starts, self._online_settings())
        return with_code_space(bits, self.alphabet_, known)

    def segment(self, symbols: Any) -> NDArray[np.bool_]:
        """Where units begin, bool[n]: by the best parse; or words (:mod:`hvm.learn.words`).

        Words are sought where :meth:`fit` reads lines of characters without a space.
        """
        if self._predictor is None or self._predictor.words is None:
            return super().segment(symbols)
        return self._predictor.words.segment(self._symbols(symbols))

    def recall(self, cue: Any, length: int, rng: np.random.Generator | int = 0) -> Any:
        """Go on from the beginning of a sequence with what the model expects.

        Parameters
        ----------
        cue : str, bytes, array of int, or a list of words
            The beginning, of symbols that the model knows; may be empty.
        length : int
            Symbols of the whole, the cue included.
        rng : numpy.random.Generator or int

        Returns
        -------
        str, bytes, list of str or list of int
            The cue and what was drawn, each symbol with its probability given those before it.

        Raises
        ------
        InputError
            Nothing is learned yet, the cue holds a symbol that the model does not know, or the
            length is no whole number.
        """
        require_whole("length", length, 0)
        self.require_fit()
        begin = as_symbols(cue, self.alphabet_.unit, "file", self.alphabet_)
        if begin.unknown:
            raise InputError(f"the cue holds {begin.unknown[0]!r}, which the model does not know")
        memory = self._memory or OnlineMemory.of(self.lexicon_)
        bits_of = partial(memory.bits, settings=self._online_settings())
        drawn = go_on(bits_of, begin.codes, length, len(self.alphabet_), rng)
        return as_fitted(drawn, self.alphabet_)

    def _drawn(self, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
        if self._memory is None and self._predictor is None:
            return super()._drawn(n, rng)
        return go_on(self.escaped_bits, np.zeros(0, np.int32), n, len(self.alphabet_), rng)

    @property
    def _knows_something(self) -> bool:
        return self._memory is not None or self._lexicon is not None

    @property
    def lexicon_(self) -> Lexicon:
        """What was learned, with the counts of the last parse, or those not yet forgotten."""
        if self._memory is not None and self._lexicon is None:
            self._lexicon = self._memory.whole_counts()
        if self._lexicon is None:
            raise AttributeError("lexicon_ is known only after fit or observe")
        return self._lexicon

    @lexicon_.setter
    def lexicon_(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    _lexicon: Lexicon | None = None

    def _set_memory(self, memory: OnlineMemory) -> None:
        """Hold what was observed; what only a fit knows is known no longer."""
        self._memory, self._lexicon = memory, None
        for name in _OF_A_FIT:
            self.__dict__.pop(name, None)

    def _widen(self, memory: OnlineMemory, symbols: Symbols) -> Symbols:
        old, unit = self.alphabet_, self.alphabet_.unit
        self.alphabet_ = Alphabet(unit, tuple(sorted({*old.symbols, *symbols.unknown})))
        memory.widen(len(self.alphabet_), self.alphabet_.encode(old.symbols))
        return symbols.recoded(self.alphabet_)

    # -- what foretells -------------------------------------------------------------------

    @property
    def experts_(self) -> Experts:
        """What foretells symbols."""
        if self._predictor is None:
            raise AttributeError("experts_ is known only after fit, with context experts")
        return self._predictor.experts

    def _fields(self) -> ModelFields:
        """Fields of the file, which tells a context only where it holds the experts."""
        fields, predictor = super()._fields(), self._predictor
        if predictor is None:
            params = {name: value for name, value in fields.params.items() if name != "context"}
            return fields._replace(params=params)
        return fields._replace(experts=predictor.state)

    def _set_fields(self, fields: ModelFields) -> None:
        super()._set_fields(fields)
        if fields.experts is None and "context" in fields.params:
            raise InputError(f"context {self.context} without experts")
        self.context = "unigram" if fields.experts is None else "experts"
        if fields.experts is not None:
            self._predictor = FittedExperts(fields.lexicon, self.variables, fields.experts)

    # -- offline --------------------------------------------------------------------------

    @classmethod
    def _rehearse(cls) -> None:
        codes, starts = rehearsal_codes()
        Search(HeldText(codes, starts, int(codes.max()) + 1), SearchSettings()).rehearse()
        Experts.rehearse()

    def _learn(self, symbols: Symbols, trace: bool) -> Fit:
        self._memory = self._predictor = None  # what was observed is gone
        if self.context == "unigram":
            return self._searched(symbols, trace)
        searches = partial(self._searched, symbols, trace), self._lexicon_of
        fit, self._predictor = fit_beside(symbols, self.variables, self.seed, *searches)
        return fit

    def _compile_for(self, symbols: Symbols) -> float:
        return compile_rows() if self._learns_rows(symbols) else 0.0

    def _learns_rows(self, symbols: Symbols) -> bool:
        return self.context == "experts" and is_for_rows(symbols)

    def _searched(self, symbols: Symbols, trace: bool) -> Fit:
        settings = self._search_settings(len(symbols))
        settings.warn_without_room(len(symbols.alphabet))
        if self._learns_rows(symbols):
            return fit_rows(symbols, settings, trace)
        text = text_of(symbols, settings)
        searches = (searched(text, settings, k, trace) for k in range(settings.restarts))
        found = min(searches, key=lambda search: search.best.description_bits)  # ties: the first
        return Fit(found.best.lexicon, found.best.data_bits, found.rows, found.lexicons)

    def _lexicon_of(self, symbols: Symbols) -> Lexicon:
        """What one search finds, a hasty one unless the symbols are few."""
        settings = self._search_settings(len(symbols))
        settings = replace(settings, batch=HASTY_BATCH if len(symbols) > TINY_SYMBOLS else 0.0)
        return searched(text_of(symbols, settings), settings).best.lexicon
