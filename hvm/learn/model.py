"""Model: what every fitted model does, whichever algorithm learned it."""

from __future__ import annotations

import math
import os
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from hvm.errors import (
    InputError,
    ModelFileError,
    one_line_path,
    require,
    require_whole,
    shown,
)
from hvm.learn.estimator import Scored
from hvm.learn.fit import Fit
from hvm.learn.model_file import ModelFields, fields_bytes, read_fields, write_fields
from hvm.learn.presets import DEFAULT, PRESETS
from hvm.learn.row_code import RowBits
from hvm.learn.sampling import Sampler, drawn_units
from hvm.learn.settings import OF_THE_RUN
from hvm.learn.views import ParsedText, Viewed
from hvm.lexicon import measures
from hvm.lexicon.lexicon import MAX_COUNT, Lexicon
from hvm.lexicon.likelihood import Naming, best_parse_bits, exact_bits, mean_bits
from hvm.lexicon.parsing import parse
from hvm.plugins import Registry
from hvm.predict.experts import ExpertsState
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from hvm.learn.fitted_experts import FittedExperts

M = TypeVar("M", bound="Model")


class Model(Scored, Sampler, Viewed):
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
        ``bits_per_symbol``, ``seconds`` since learning began, and what else is registered
        (:data:`hvm.lexicon.measures.MEASURES`). A loaded model has none.
    lexicons_ : list of Lexicon
        Lexicons on the way, after ``fit(..., trace=True)`` only: that of each iteration, and in
        between those over which merging pairs led, whenever there were a fifth more entries.
    n_symbols_, n_iterations_ : int
    lexicon_bits_, data_bits_, bits_per_symbol_ : float
        The lexicon written down, the training symbols by the parse that its counts come from (the
        best parse under the final counts may be a little shorter), and both by symbol; by the code
        of rows, if they were learned by that.
    code_bits_ : RowBits or None
        These by part, if learned by the code of rows, as long texts of words are.
    seconds_, compile_seconds_ : float
        Time spent learning, and before that compiling or loading kernels.
    """

    adapts: ClassVar = False
    """Whether what one sequence taught reaches the next."""
    preset: ClassVar[str]
    lexicon_: Lexicon
    alphabet_: Alphabet
    mode_: str
    n_symbols_: int
    n_iterations_: int
    lexicon_bits_: float
    data_bits_: float
    bits_per_symbol_: float
    code_bits_: RowBits | None = None
    seconds_: float
    compile_seconds_: float
    lexicons_: list[Lexicon]

    # -- what a learner has of its own ----------------------------------------------------

    @abstractmethod
    def _check_params(self) -> None:
        """Raise :class:`InputError` for a parameter out of range."""

    @abstractmethod
    def _learn(self, symbols: Symbols, trace: bool) -> Fit:
        """Learn from symbols that were checked; keep the lexicons on the way if ``trace``."""

    @classmethod
    @abstractmethod
    def _rehearse(cls) -> None:
        """Call every kernel that learning calls, on a few symbols, so that all are compiled."""

    # -- learning -------------------------------------------------------------------------

    def fit(self: M, symbols: Any, y: Any = None, *, trace: bool = False) -> M:
        """Learn from one sequence or several.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
            What :func:`hvm.as_symbols` takes.
        y : object
            Not used; scikit-learn hands it over.
        trace : bool
            Keep the lexicons on the way as ``lexicons_``.

        Returns
        -------
        Model
            The model itself.

        Raises
        ------
        InputError
            Nothing to learn from, symbols that cannot be used, or a parameter out of range.
        """
        self._check_params()
        training = require_symbols(as_symbols(symbols))
        return self._fit(training, lambda: self._learn(training, trace))

    def _fit(self: M, training: Symbols, learn: Callable[[], Fit], n_earlier: int = 0) -> M:
        """Be the model of what is learned, or what it was where that raises."""
        compile_seconds = self.compile_kernels() + self._compile_for(training)
        begin = time.perf_counter()
        fit = learn()
        self._hold(fit, training, n_earlier)
        self.compile_seconds_, self.seconds_ = compile_seconds, time.perf_counter() - begin
        if fit.lexicons:
            self.lexicons_ = fit.lexicons
        return self

    def _hold(self, fit: Fit, training: Symbols, n_earlier: int = 0) -> None:
        """Be the model of a fit, to symbols that were there earlier too; else these are gone."""
        for name in ("graph_", "history_", "lexicons_"):
            self.__dict__.pop(name, None)
        self.lexicon_, self.data_bits_, self._rows = fit.lexicon, fit.data_bits, fit.rows
        self.code_bits_ = fit.code_bits
        self.alphabet_, self.mode_ = training.alphabet, training.mode
        self.n_symbols_, self.n_iterations_ = n_earlier + len(training), len(fit.rows)
        alphabet_bits = training.alphabet.definition_bits()
        self.lexicon_bits_ = (
            fit.code_bits.lexicon + alphabet_bits
            if fit.code_bits is not None
            else measures.lexicon_bits(fit.lexicon, alphabet_bits)
        )
        self.bits_per_symbol_ = (self.lexicon_bits_ + self.data_bits_) / self.n_symbols_

    @classmethod
    def compile_kernels(cls) -> float:
        """Compile, or load from numba's cache, what learning needs; return the seconds it took."""
        if cls in _compiled:
            return 0.0
        begin = time.perf_counter()
        cls._rehearse()
        _compiled.add(cls)
        return time.perf_counter() - begin

    def _compile_for(self, symbols: Symbols) -> float:
        """Compile what only such symbols need; return the seconds it took."""
        return 0.0

    @cached_property
    def history_(self) -> pd.DataFrame:
        """One row for each iteration: see the attributes of the class."""
        import pandas as pd

        if not hasattr(self, "_rows"):
            raise AttributeError("history_ is known only after fit: a model file holds no history")
        return pd.DataFrame(self._rows).rename_axis("iteration").reset_index()

    # -- using ----------------------------------------------------------------------------

    def bits_per_symbol(self, symbols: Any, best_parse: bool = False, adapt: bool = False) -> float:
        """Bits a symbol, the lexicon not included: less is better.

        Symbols outside the alphabet pay the escape and their code space; the model does not change.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
        best_parse : bool
            By the best parse alone, of independent units; else exactly, as :meth:`surprisal`.
        adapt : bool
            Whether what was read before teaches, as in :meth:`surprisal`.

        Returns
        -------
        float

        Raises
        ------
        InputError
            Nothing is learned yet, there is no symbol, the best parse is to adapt, or the model
            cannot.

        Examples
        --------
        >>> from hvm import HVM
        >>> HVM().fit("abab" * 20).bits_per_symbol("abab" * 20) < 0.1
        True
        """
        known = self._symbols(symbols)
        if not best_parse:
            return mean_bits(self.surprisal(known, adapt))
        if adapt:
            raise InputError("the best parse is of a model that does not adapt: choose one")
        if not len(known):
            raise InputError("there is no symbol to score")
        return best_parse_bits(self.lexicon_, self.alphabet_, known) / len(known)

    def surprisal(self, symbols: Any, adapt: bool = False) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in its sequence, exactly, float64[n].

        All parses are summed, and the last unit may run past the end, so the sum is a little less
        than the bits of the best parse. See :func:`hvm.lexicon.likelihood.exact_bits`.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
        adapt : bool
            Whether what was read before teaches; not every model can.

        Raises
        ------
        InputError
            Nothing is learned yet, or the model cannot adapt.
        """
        known = self._symbols(symbols)
        if adapt:
            raise InputError("only a model that was fitted with context experts can adapt")
        return exact_bits(self.lexicon_, self.alphabet_, known)

    def _drawn(self, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
        return drawn_units(self.lexicon_, n, rng)

    def parse(self, symbols: Any, method: str = "viterbi") -> ParsedText:
        """Cut sequences into units and name the fillers of their slots; see :func:`hvm.parse`."""
        known = self._symbols(symbols)
        parsed = parse(self.lexicon_, known.codes, known.starts, method)
        return ParsedText.of(parsed, self.lexicon_, known)

    def segment(self, symbols: Any) -> NDArray[np.bool_]:
        """Where units begin, bool[n], True at the first symbol of each; by the best parse."""
        known = self._symbols(symbols)
        cuts = np.zeros(len(known), np.bool_)
        cuts[self.parse(known).unit_starts[:-1]] = True
        return cuts

    def _symbols(self, symbols: Any) -> Symbols:
        """Symbols in the alphabet of the model."""
        self.require_fit()
        if isinstance(symbols, Symbols) and symbols.alphabet is self.alphabet_:
            return symbols
        return as_symbols(symbols, self.alphabet_.unit, self.mode_, self.alphabet_)

    _predictor: FittedExperts | None = None

    @property
    def spelling_(self) -> Naming:
        """How symbols are named that the alphabet lacks: experts spell words by known ones."""
        return self._predictor.experts.spelling_ if self._predictor else self.alphabet_

    @property
    def experts_state(self) -> ExpertsState | None:
        """What the experts of a fit follow from, training symbols and variables; None without."""
        return self._predictor.state.experts if self._predictor else None

    def require_fit(self) -> None:
        """Raise :class:`InputError` if nothing was learned.

        Examples
        --------
        >>> from hvm import HVM
        >>> HVM().require_fit()
        Traceback (most recent call last):
        hvm.errors.InputError: this HVM has learned nothing yet: call fit first
        """
        if not self._knows_something:
            raise InputError(f"this {type(self).__name__} has learned nothing yet: call fit first")

    @property
    def _knows_something(self) -> bool:
        return hasattr(self, "lexicon_")

    @cached_property
    def graph_(self) -> nx.DiGraph:
        """The lexicon as a graph: see :func:`hvm.lexicon.graph.to_networkx`."""
        from hvm.lexicon.graph import to_networkx

        self.require_fit()
        return to_networkx(self.lexicon_, self.alphabet_)

    # -- files ----------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model file, atomically; equal models give equal bytes."""
        write_fields(path, self._fields())

    def file_bytes(self) -> bytes:
        """Return the content of the model's file.

        Raises
        ------
        InputError
            Nothing is learned yet.
        """
        return fields_bytes(self._fields())

    def _fields(self) -> ModelFields:
        self.require_fit()
        facts = {
            "n_symbols": self.n_symbols_,
            "n_iterations": self.n_iterations_,
            "lexicon_bits": getattr(self, "lexicon_bits_", None),
            "data_bits": getattr(self, "data_bits_", None),
        }
        if self.code_bits_ is not None:
            facts["code_bits"] = asdict(self.code_bits_)
        params = {"preset": self.preset, **self._saved_params()}
        return ModelFields(self.lexicon_, self.alphabet_, self.mode_, params, facts)

    def _saved_params(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params().items() if name not in OF_THE_RUN}

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Model:
        """Read a model file; everything in it is checked.

        Raises
        ------
        ModelFileError
            The file is missing, damaged, from a newer version, or no model.
        """
        fields = read_fields(path)
        params = dict(fields.params)
        try:
            model = LEARNERS.named(params.pop("preset", DEFAULT))().set_params(**params)
            model._check_params()
            model._set_fields(fields)
        except (InputError, KeyError, TypeError, ValueError) as error:
            raise ModelFileError(
                f"{one_line_path(path)}: its settings are not of an hvm model: {error}"
            ) from None
        return model

    def _set_fields(self, fields: ModelFields) -> None:
        """Be the model of a file."""
        require(fields.search is None, "the file", "a model", "a checkpoint")
        if fields.experts is not None and "context" not in self.get_params():
            raise InputError(f"{type(self).__name__} has no experts")
        self._set_facts(fields.metadata)
        self.lexicon_, self.alphabet_, self.mode_ = fields.lexicon, fields.alphabet, fields.mode

    def _set_facts(self, facts: dict[str, Any]) -> None:
        """Know about a fit what its file tells, which is what :meth:`save` writes again."""
        known = dict(facts)
        of_code = known.pop("code_bits", None)
        if known.keys() != {"n_symbols", "n_iterations", "lexicon_bits", "data_bits"}:
            raise InputError(f"its facts are {shown(sorted(facts))}")
        self.code_bits_ = None if of_code is None else RowBits.of(of_code)
        self.n_symbols_ = require_whole("n_symbols", facts["n_symbols"], 0, MAX_COUNT)
        self.n_iterations_ = require_whole("n_iterations", facts["n_iterations"], 0, MAX_COUNT)
        if facts["data_bits"] is not None or facts["lexicon_bits"] is not None:  # else: observed
            for name in ("lexicon_bits", "data_bits"):
                is_kept = isinstance(facts[name], float) and 0 <= facts[name] < math.inf
                require(is_kept, name, "a number of bits", facts[name])
            self.lexicon_bits_ = facts["lexicon_bits"]
            self.data_bits_ = facts["data_bits"]
            both = self.lexicon_bits_ + self.data_bits_
            self.bits_per_symbol_ = both / max(self.n_symbols_, 1)


LEARNERS: Registry[type[Model]] = Registry("learner", "hvm.learners", PRESETS)

_compiled: set[type[Model]] = set()


def rehearsal_codes() -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Codes of five symbols, with every kind of repetition, and the start of their one sequence."""
    codes = np.array([0, 1, 2, 0, 3, 2, 4, 0, 2, 1, 1] * 40, np.int32)
    return codes, np.zeros(1, np.int64)
