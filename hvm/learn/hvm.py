"""HVM: fit chunks and variables to sequences, then parse and score others with them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice, require_positive
from hvm.learn.checkpoint import Checkpoint
from hvm.learn.fit import Fit
from hvm.learn.fitted_experts import FittedExperts, compile_experts, fit_beside
from hvm.learn.limits import Limits
from hvm.learn.model import Model, rehearsal_codes
from hvm.learn.model_file import ModelFields
from hvm.learn.observer import Observer
from hvm.learn.offline import hasty_lexicon, require_possible, searched
from hvm.learn.options import SearchOptions
from hvm.learn.paper import PaperHVM
from hvm.learn.parts import fit_part
from hvm.learn.presets import DEFAULT
from hvm.learn.row_fit import compile_rows, is_for_rows
from hvm.learn.search import Search
from hvm.learn.settings import OnlineSettings, SearchSettings
from hvm.learn.text import HeldText, spread, training_of
from hvm.learn.widening import in_one_alphabet
from hvm.lexicon.likelihood import with_code_space
from hvm.predict.experts import Experts
from hvm.predict.following import go_on
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

CONTEXTS = ("experts", "unigram")
"""What foretells symbols: mixed experts, or the lexicon alone, whose units are independent."""


class HVM(Observer):
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
    time_limit : float, optional
        Seconds of learning, as ``seconds_`` counts them, after which the search ends with the best
        so far; the experts are still counted. It is in no model file.

    Attributes
    ----------
    stopped_ : str or None
        After :meth:`fit`, ``"time limit"`` or ``"interrupt"`` if that ended learning.
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
    stopped_: str | None

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
        time_limit: float | None = None,
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
        self.time_limit = time_limit

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
        if self.time_limit is not None:
            require_positive("time_limit", self.time_limit)

    def _search_settings(self, n_symbols: int) -> SearchSettings:
        return SearchSettings.for_size(n_symbols, self.get_params())

    # -- using ----------------------------------------------------------------------------

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

    def _drawn(self, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
        if self._memory is None and self._predictor is None:
            return super()._drawn(n, rng)
        return go_on(self.escaped_bits, np.zeros(0, np.int32), n, len(self.alphabet_), rng)

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

    def fit(
        self,
        symbols: Any,
        y: Any = None,
        *,
        trace: bool = False,
        init: Model | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        stop: Callable[[], object] | None = None,
        report: Callable[[dict[str, float]], object] | None = None,
    ) -> HVM:
        """Learn from one sequence or several; what was fitted or observed before is gone.

        Ctrl-C raises ``KeyboardInterrupt`` as everywhere, and leaves the model as it was; with
        ``with hvm.learn.limits.Interrupts() as stop: model.fit(symbols, stop=stop)`` it ends
        learning, and the model is the best so far.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
            What :func:`hvm.as_symbols` takes.
        y : object
            Not used; scikit-learn hands it over.
        trace : bool
            Keep the lexicons on the way as ``lexicons_``.
        init : Model, optional
            Its lexicon, of a sample, say, is where the search begins, and not the symbols alone.
            Its symbols become part of the alphabet.
        checkpoint : path, optional
            File that says after each step where the search stands: if there is one, the search
            goes on from it, and finds what it had found without a break.
        stop : callable, optional
            Asked between two pieces of work; what is true ends learning. Several threads ask it.
        report : callable, optional
            Called with each row of ``history_``.

        Returns
        -------
        HVM
            The model; ``stopped_`` tells whether learning ended early.

        Raises
        ------
        InputError
            Nothing to learn from, symbols that cannot be used, a parameter out of range; or the
            checkpoint is of another text or other settings, or not for such a text.
        ModelFileError
            The checkpoint is damaged, or is none.
        """
        self._check_params()
        if self.engine is not None and (init is not None or checkpoint is not None):
            raise InputError("init and checkpoint are of a text held here, not by an engine")
        limits, first, saved = Limits(self.time_limit, stop), None, None
        with nullcontext(symbols) if self.engine is None else spread(self.engine, symbols) as text:
            training = training_of(text)
            if init is not None:
                init.require_fit()
                first, training = in_one_alphabet(init.lexicon_, init.alphabet_, training)
                first = replace(first, smoothing=float(self.smoothing))
            if checkpoint is not None:
                saved = Checkpoint(checkpoint, training, self._saved_params(), first)
            options = SearchOptions(trace, limits, first, saved, report)
            settings, by_rows = self._search_settings(len(training)), self._learns_rows(training)
            require_possible(len(training), settings, options, by_rows)
            settings.warn_without_room(len(training.alphabet))
            self._fit(training, lambda: self._learn(training, trace, options))
        self._memory, self.stopped_ = None, limits.reason
        return self

    def partial_fit(
        self, symbols: Any, y: Any = None, *, stop: Callable[[], object] | None = None
    ) -> HVM:
        """Go on learning from one part more of a text that comes in parts, of context unigram.

        The lexicon grows from the new part and is pruned by the counts of all; variables stay as
        they are, and new symbols widen the alphabet. The first call is :meth:`fit`. After each
        call the counts are those of a parse of all parts, so parsing them with the lexicon takes
        no more than ``data_bits_``; and the description of all parts is no longer than with the
        lexicon as it was before the call (the first row of ``history_``).

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
        y : object
            Not used; scikit-learn hands it over.
        stop : callable, optional
            As :meth:`fit` has it.

        Returns
        -------
        HVM
            The model; ``n_symbols_``, bits and counts are of all parts, ``history_`` is of the
            last one.

        Raises
        ------
        InputError
            Nothing to learn from, symbols of another unit, a parameter out of range, another
            context, or a model that observes: it forgets.
        """
        self._check_params()
        if self.context != "unigram":
            raise InputError("partial_fit is of context unigram: experts count all text at once")
        if self._memory is not None:
            raise InputError("this model observes, which forgets: fit it before partial_fit")
        if not self._knows_something:
            return self.fit(symbols, stop=stop)
        part = require_symbols(as_symbols(symbols, self.alphabet_.unit, self.mode_))
        lexicon, part = in_one_alphabet(self.lexicon_, self.alphabet_, part)
        earlier = replace(lexicon, smoothing=float(self.smoothing))
        settings, limits = self._search_settings(len(part)), Limits(self.time_limit, stop)
        settings.warn_without_room(len(part.alphabet))
        n_earlier, learn = self.n_symbols_, partial(fit_part, part, earlier, self.n_symbols_)
        self._fit(part, partial(learn, settings, limits), n_earlier)
        self._predictor, self.stopped_ = None, limits.reason
        return self

    def _learn(self, symbols: Symbols, trace: bool, options: SearchOptions | None = None) -> Fit:
        options = options or SearchOptions(trace)
        options.limits.begin()
        settings = self._search_settings(len(symbols))
        search = partial(searched, symbols, settings, options, self._learns_rows(symbols))
        if self.context == "unigram":
            fit, self._predictor = search(), None
            return fit
        fit, self._predictor = fit_beside(
            symbols,
            self.variables,
            self.seed,
            search,
            lambda part: hasty_lexicon(part, self._search_settings(len(part)), options.limits),
        )
        return fit

    @classmethod
    def _rehearse(cls) -> None:
        _rehearsal().rehearse()

    def _compile_for(self, symbols: Symbols) -> float:
        if self.context == "unigram":
            return 0.0
        return compile_experts() + (compile_rows() if self._learns_rows(symbols) else 0.0)

    def _learns_rows(self, symbols: Symbols) -> bool:
        return self.context == "experts" and is_for_rows(symbols)


def compile_growth() -> None:
    """Compile what a fit needs beside what parses."""
    _rehearsal().rehearse_growth()


def _rehearsal() -> Search:
    codes, starts = rehearsal_codes()
    return Search(HeldText(codes, starts, int(codes.max()) + 1), SearchSettings())
