"""HVM: fit chunks and variables to sequences, then parse and score others with them."""

from __future__ import annotations

import inspect
import os
import time
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hvm.errors import InputError, require, require_number, require_whole
from hvm.learn import model_file as files
from hvm.learn.online import Memory
from hvm.learn.online import Settings as OnlineSettings
from hvm.learn.published import fit_paper
from hvm.learn.search import Search, Settings, State
from hvm.lexicon import measures
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import best_parse_bits, exact_bits
from hvm.lexicon.parsing import Parse, parse
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

TINY_SYMBOLS, SMALL_SYMBOLS = 30_000, 100_000
_OF_A_FIT = ("lexicon_bits_", "data_bits_", "bits_per_symbol_", "seconds_", "compile_seconds_")


class Model:
    """What every fitted model does, whichever algorithm learned it.

    Attributes
    ----------
    lexicon_ : Lexicon
        What was learned, with the counts of the last parse.
    alphabet_ : Alphabet
        The symbols that the atoms stand for.
    mode_ : {"file", "line"}
        How texts are cut into sequences.
    history_ : pandas.DataFrame
        One row for each iteration: the nine published measures, ``lexicon_bits``, ``data_bits``,
        ``bits_per_symbol`` and ``seconds`` since learning began. A loaded model has none.
    lexicons_ : list of Lexicon
        Lexicons on the way, after ``fit(..., trace=True)`` only: that of each iteration, and in
        between those over which merging pairs led, whenever there were a fifth more entries.
    n_symbols_, n_iterations_ : int
    lexicon_bits_, data_bits_, bits_per_symbol_ : float
        The lexicon written down, the training symbols by the parse that its counts come from (the
        best parse under the final counts, which ``score`` takes, may be a little shorter), and
        both by symbol.
    seconds_, compile_seconds_ : float
        Time spent learning, and before that compiling or loading kernels.
    """

    preset: ClassVar[str]
    lexicon_: Lexicon
    alphabet_: Alphabet
    mode_: str
    n_symbols_: int
    n_iterations_: int
    lexicon_bits_: float
    data_bits_: float
    bits_per_symbol_: float
    seconds_: float
    compile_seconds_: float

    # -- parameters -----------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Settings by name, as given."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Model:
        """Change settings; return the model."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise InputError(
                    f"{type(self).__name__} has no parameter {name!r}: {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        given = inspect.signature(type(self)).parameters
        changed = (f"{k}={v!r}" for k, v in self.get_params().items() if v != given[k].default)
        return f"{type(self).__name__}({', '.join(changed)})"

    # -- learning -------------------------------------------------------------------------

    def fit(self, symbols: Any, trace: bool = False) -> Model:
        """Learn from one sequence or several.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
            What :func:`hvm.as_symbols` takes.
        trace : bool
            Keep the lexicons on the way as ``lexicons_``.

        Raises
        ------
        InputError
            Nothing to learn from, symbols that cannot be used, or a parameter out of range.
        """
        self._check_params()
        training = require_symbols(as_symbols(symbols))
        if len(training.unknown):
            raise InputError(
                "symbols to learn from hold some outside their alphabet: leave the alphabet open"
            )
        self.compile_seconds_ = compile_kernels(self.preset)
        begin = time.perf_counter()
        lexicons: list[Lexicon] | None = [] if trace else None
        lexicon, self.data_bits_, rows = self._learn(training, lexicons)
        self.lexicon_, self.alphabet_, self.mode_ = lexicon, training.alphabet, training.mode
        self.n_symbols_, self.n_iterations_ = len(training), len(rows)
        self.lexicon_bits_ = measures.lexicon_bits(lexicon, training.alphabet.definition_bits())
        self.bits_per_symbol_ = (self.lexicon_bits_ + self.data_bits_) / len(training)
        self.seconds_ = time.perf_counter() - begin
        self.__dict__.pop("graph_", None)
        self._rows = rows
        for name in ("history_", "lexicons_"):
            self.__dict__.pop(name, None)
        if lexicons is not None:
            self.lexicons_ = lexicons
        return self

    def _check_params(self) -> None:
        raise NotImplementedError

    def _learn(
        self, symbols: Symbols, lexicons: list[Lexicon] | None
    ) -> tuple[Lexicon, float, list[dict[str, float]]]:
        """Lexicon, bits of its parse, and history; fills ``lexicons`` with those on the way."""
        raise NotImplementedError

    @cached_property
    def history_(self) -> pd.DataFrame:
        """One row for each iteration: see the attributes of the class."""
        import pandas as pd

        if not hasattr(self, "_rows"):
            raise AttributeError("history_ is known only after fit: a model file holds no history")
        return pd.DataFrame(self._rows).rename_axis("iteration").reset_index()

    # -- using ----------------------------------------------------------------------------

    def score(self, symbols: Any) -> float:
        """Bits per symbol of the best parse, the lexicon not included: lower is better.

        Symbols outside the alphabet pay the escape and their code space; the model does not change.
        """
        given = self._symbols(symbols)
        if not len(given):
            raise InputError("there is no symbol to score")
        return best_parse_bits(self.lexicon_, self.alphabet_, given) / len(given)

    def surprisal(self, symbols: Any) -> np.ndarray:
        """Bits of each symbol given those before it in its sequence, exactly, float64[n].

        All parses are summed, and the last unit may run past the end, so the sum is a little less
        than the best parse that ``score`` takes. See :func:`hvm.lexicon.likelihood.exact_bits`.
        """
        return exact_bits(self.lexicon_, self.alphabet_, self._symbols(symbols))

    def parse(self, symbols: Any, method: str = "viterbi") -> Parse:
        """Cut sequences into units and name the fillers of their slots; see :func:`hvm.parse`."""
        given = self._symbols(symbols)
        return parse(self.lexicon_, given.codes, given.starts, method)

    def _symbols(self, symbols: Any) -> Symbols:
        self._require_fit()
        return as_symbols(symbols, self.alphabet_.unit, self.mode_, self.alphabet_)

    def _require_fit(self) -> None:
        if not self._knows_something:
            raise InputError(f"this {type(self).__name__} has learned nothing yet: call fit first")

    @property
    def _knows_something(self) -> bool:
        return hasattr(self, "lexicon_")

    @cached_property
    def graph_(self) -> nx.DiGraph:
        """The lexicon as a graph: see :func:`hvm.lexicon.graph.to_networkx`."""
        from hvm.lexicon.graph import to_networkx

        self._require_fit()
        return to_networkx(self.lexicon_, self.alphabet_)

    # -- files ----------------------------------------------------------------------------

    def save(self, path: str | os.PathLike) -> None:
        """Write a model file, atomically; equal models give equal bytes."""
        self._require_fit()
        facts = {
            "n_symbols": self.n_symbols_,
            "n_iterations": self.n_iterations_,
            "lexicon_bits": getattr(self, "lexicon_bits_", None),
            "data_bits": getattr(self, "data_bits_", None),
        }
        params = {"preset": self.preset, **self.get_params()}
        files.save_model(path, self.lexicon_, self.alphabet_, self.mode_, params, facts)

    @staticmethod
    def load(path: str | os.PathLike) -> Model:
        """Read a model file; everything in it is checked.

        Raises
        ------
        ModelFileError
            The file is missing, damaged, from a newer version, or no model.
        """
        saved = files.load_model(path)
        params = dict(saved.params)
        kind = PaperHVM if params.pop("preset", None) == PaperHVM.preset else HVM
        model = kind()
        try:
            model.set_params(**params)
            facts = saved.metadata
            model.n_symbols_, model.n_iterations_ = (
                int(facts["n_symbols"]),
                int(facts["n_iterations"]),
            )
            if facts["data_bits"] is not None:  # else it was observed, not fitted
                model.lexicon_bits_ = float(facts["lexicon_bits"])
                model.data_bits_ = float(facts["data_bits"])
                both = model.lexicon_bits_ + model.data_bits_
                model.bits_per_symbol_ = both / max(model.n_symbols_, 1)
        except (InputError, KeyError, TypeError, ValueError) as error:
            raise files.ModelFileError(
                f"{os.fspath(path)}: its settings are not of an hvm model: {error}"
            ) from None
        model.lexicon_, model.alphabet_, model.mode_ = saved.lexicon, saved.alphabet, saved.mode
        return model


class HVM(Model):
    """The hierarchical variable model: chunks and variables of least description length.

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
        Least joint count of a pair (by default 2 up to 100,000 symbols, 6 above) and of a filler
        in a frame.
    batch : float, optional
        Share of the lexicon that one pass may add; by default one pair at a time up to 100,000
        symbols, .2 above.
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

    Attributes
    ----------
    lexicon_, alphabet_, graph_, history_ and more
        See :class:`Model`; after :meth:`observe` counts are rounded to whole ones.

    Examples
    --------
    >>> frames = ("where is the {} now ?", "I see the {} there .")
    >>> model = HVM().fit([f.format(pet) for pet in ("dog", "cat", "bird") for f in frames] * 8)
    >>> model.score("I see the bird there .") < 0.5
    True
    """

    preset = "default"

    def __init__(
        self,
        variables: bool = True,
        iterations: int | None = None,
        max_entries: int | None = None,
        criterion: str = "gain",
        restarts: int | None = None,
        seed: int = 0,
        smoothing: float = 0.1,
        p_value: float = 0.05,
        pair_count_min: int | None = None,
        filler_count_min: int = 2,
        batch: float | None = None,
        max_chunk_symbols: int = 400,
        theta: float = OnlineSettings.theta,
        chunk_min: float = OnlineSettings.chunk_min,
        frame_min: float = OnlineSettings.frame_min,
        fillers_min: int = OnlineSettings.fillers_min,
        context_strength: float | None = OnlineSettings.context_strength,
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

    @staticmethod
    def paper(**constants: Any) -> PaperHVM:
        """The published algorithm; see :class:`PaperHVM` for its constants."""
        return PaperHVM(**constants)

    def _check_params(self) -> None:
        require(isinstance(self.variables, bool), "variables", "True or False", self.variables)
        known = ("gain", "count")
        require(self.criterion in known, "criterion", "'gain' or 'count'", self.criterion)
        require_number("smoothing", self.smoothing, 0, above=True)
        require_number("p_value", self.p_value, 0, 1, above=True)
        require_whole("seed", self.seed, 0)
        require_whole("max_chunk_symbols", self.max_chunk_symbols, 2)
        require_whole("filler_count_min", self.filler_count_min, 1)
        require_whole("fillers_min", self.fillers_min, 2)
        require_number("chunk_min", self.chunk_min, 0)
        require_number("frame_min", self.frame_min, 0)
        require_number("theta", self.theta, 0, 1)
        require(self.theta > 0, "theta", "above 0 and at most 1", self.theta)
        if self.context_strength is not None:
            require_number("context_strength", self.context_strength, 0, above=True)
        if self.batch is not None:
            require_number("batch", self.batch, 0, 1)
        for name in ("iterations", "max_entries", "restarts", "pair_count_min"):
            if getattr(self, name) is not None:
                require_whole(name, getattr(self, name), 1)

    # -- online ---------------------------------------------------------------------------

    _memory: Memory | None = None

    def fit(self, symbols: Any, trace: bool = False) -> Model:
        """Learn from one sequence or several; see :meth:`Model.fit`. What was observed is gone."""
        self._memory = None
        return super().fit(symbols, trace)

    def begin(self, symbols: Any) -> HVM:
        """Know the alphabet of some symbols and nothing else, to :meth:`observe` from there."""
        self._check_params()
        given = require_symbols(as_symbols(symbols))
        self.alphabet_, self.mode_ = given.alphabet, given.mode
        self._set_memory(Memory.of(Lexicon.of_atoms(len(given.alphabet), self.smoothing)))
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
        given = self._symbols(symbols)
        memory = self._memory or Memory.of(self.lexicon_)
        if given.unknown:
            given = self._widen(memory, given)
        settings = self._online_settings()
        for first, last in given.bounds():
            memory.observe(given.codes[first:last].copy(), settings)
        self._set_memory(memory)
        self.n_symbols_ += len(given)
        self.n_iterations_ += given.n_sequences
        return self

    def surprisal(self, symbols: Any) -> np.ndarray:
        """Bits of each symbol given those before it in its sequence, exactly, float64[n].

        All parses are summed. After :meth:`observe` each unit depends on the one before; nothing
        is learned.
        """
        given = self._symbols(symbols)
        if self._memory is None:
            return exact_bits(self.lexicon_, self.alphabet_, given)
        bits = self._memory.bits(given.codes, given.starts, self._online_settings())
        unknown = np.flatnonzero(given.codes < 0)
        bits[unknown] += [self.alphabet_.code_space_bits(symbol) for symbol in given.unknown]
        return bits

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
        """
        require_whole("length", length, 0)
        self._require_fit()
        known = as_symbols(cue, self.alphabet_.unit, "file", self.alphabet_)
        if known.unknown:
            raise InputError(f"the cue holds {known.unknown[0]!r}, which the model does not know")
        memory = self._memory or Memory.of(self.lexicon_)
        drawn = memory.go_on(known.codes, length, self._online_settings(), rng)
        symbols = [self.alphabet_.symbols[code] for code in drawn.tolist()]
        unit = self.alphabet_.unit
        return "".join(symbols) if unit == "char" else bytes(symbols) if unit == "byte" else symbols

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

    def _set_memory(self, memory: Memory) -> None:
        """Hold what was observed; what only a fit knows is known no longer."""
        self._memory, self._lexicon = memory, None
        for name in ("graph_", "history_", "lexicons_", "_rows", *_OF_A_FIT):
            self.__dict__.pop(name, None)

    def _widen(self, memory: Memory, given: Symbols) -> Symbols:
        old, unit = self.alphabet_, self.alphabet_.unit
        self.alphabet_ = Alphabet(unit, tuple(sorted({*old.symbols, *given.unknown})))
        memory.widen(len(self.alphabet_), self.alphabet_.encode(old.symbols))
        return given.recoded(self.alphabet_)

    def _online_settings(self) -> OnlineSettings:
        return OnlineSettings(
            **{one.name: getattr(self, one.name) for one in fields(OnlineSettings)}
        )

    # -- offline --------------------------------------------------------------------------

    def _learn(
        self, symbols: Symbols, lexicons: list[Lexicon] | None
    ) -> tuple[Lexicon, float, list[dict[str, float]]]:
        best: Search | None = None
        for variant in range(self._n_restarts(symbols)):
            jitter = np.random.default_rng((self.seed, variant)) if variant else None
            search = Search(
                symbols.codes,
                symbols.starts,
                len(symbols.alphabet),
                self._settings(symbols),
                symbols.alphabet.definition_bits(),
                jitter,
                trace=lexicons is not None,
            )
            search.run()
            if best is None or search.best.description_bits < best.best.description_bits:
                best = search
        assert best is not None
        if lexicons is not None:
            lexicons[:] = best.lexicons
        return best.best.lexicon, best.best.data_bits, best.rows

    def _n_restarts(self, symbols: Symbols) -> int:
        if self.restarts is not None:
            return self.restarts
        return 4 if len(symbols) <= TINY_SYMBOLS else 2 if len(symbols) <= SMALL_SYMBOLS else 1

    def _settings(self, symbols: Symbols) -> Settings:
        small = len(symbols) <= SMALL_SYMBOLS
        return Settings(
            variables=self.variables,
            criterion=self.criterion,
            max_entries=self.max_entries,
            iterations=self.iterations,
            smoothing=self.smoothing,
            p_value=self.p_value,
            pair_count_min=self.pair_count_min or (2 if small else 6),
            filler_count_min=self.filler_count_min,
            batch=self.batch if self.batch is not None else (0.0 if small else 0.2),
            max_chunk_symbols=self.max_chunk_symbols,
        )


class PaperHVM(Model):
    """The published algorithm, its constants as arguments; nothing is random.

    Parameters
    ----------
    variables : bool
        False gives the published HCM.
    iterations : int
        Parses; the last is measured and counted, and proposes nothing.
    pair_count_min, frame_count_min : int
        A pair or a frame must occur more often than this.
    fillers_min, fillers_max : int
        Fewest and most distinct fillers of a frame.
    chi2_df, p_value : int, float
        Degrees of freedom and level of the test of a pair against independence.
    cumulative_p : float
        Pairs are accepted in rank order until the product of their probabilities falls below this.
    prune_count_max : int
        Chunks counted no more often than this go, unless another entry needs them.
    smoothing : float
        Of the lexicon that is learned; learning does not use it.

    Examples
    --------
    >>> model = HVM.paper().fit("abcc" * 20 + "d")
    >>> model.history_.n_chunks.tolist()[:3]
    [4.0, 7.0, 8.0]
    """

    preset = "paper"

    def __init__(
        self,
        variables: bool = True,
        iterations: int = 25,
        pair_count_min: int = 6,
        frame_count_min: int = 6,
        fillers_min: int = 2,
        fillers_max: int = 4,
        chi2_df: int = 2,
        p_value: float = 0.05,
        cumulative_p: float = 0.01,
        prune_count_max: int = 1,
        smoothing: float = 0.1,
    ) -> None:
        self.variables = variables
        self.iterations = iterations
        self.pair_count_min = pair_count_min
        self.frame_count_min = frame_count_min
        self.fillers_min = fillers_min
        self.fillers_max = fillers_max
        self.chi2_df = chi2_df
        self.p_value = p_value
        self.cumulative_p = cumulative_p
        self.prune_count_max = prune_count_max
        self.smoothing = smoothing

    def _check_params(self) -> None:
        require(isinstance(self.variables, bool), "variables", "True or False", self.variables)
        require_number("smoothing", self.smoothing, 0, above=True)
        for name in ("p_value", "cumulative_p"):
            require_number(name, getattr(self, name), 0, 1, above=True)
        for name in ("iterations", "chi2_df"):
            require_whole(name, getattr(self, name), 1)
        require_whole("fillers_min", self.fillers_min, 2)
        require_whole("fillers_max", self.fillers_max, self.fillers_min)
        for name in ("pair_count_min", "frame_count_min", "prune_count_max"):
            require_whole(name, getattr(self, name), 0)

    def _learn(
        self, symbols: Symbols, lexicons: list[Lexicon] | None
    ) -> tuple[Lexicon, float, list[dict[str, float]]]:
        lexicon, rows = fit_paper(
            symbols.codes,
            symbols.starts,
            len(symbols.alphabet),
            symbols.alphabet.definition_bits(),
            lexicons,
            **self.get_params(),
        )
        return lexicon, rows[-1]["data_bits"], rows


_compiled: set[str] = set()


def compile_kernels(preset: str = "default") -> float:
    """Compile, or load from numba's cache, what a preset needs; return the seconds it took."""
    if preset in _compiled:
        return 0.0
    begin = time.perf_counter()
    codes = np.array([0, 1, 2, 0, 3, 2, 4, 0, 2, 1, 1] * 40, np.int32)
    starts = np.zeros(1, np.int64)
    if preset == "paper":
        fit_paper(codes, starts, 5, **PaperHVM(iterations=3).get_params())
    else:
        Search(codes, starts, 5, Settings()).rehearse()
    _compiled.add(preset)
    return time.perf_counter() - begin


__all__ = ["HVM", "Model", "PaperHVM", "State", "compile_kernels"]
