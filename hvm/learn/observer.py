"""Learning sequence by sequence, from nothing or from what a fit found."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

import numpy as np

from hvm.errors import InputError, require_whole
from hvm.learn.model import Model
from hvm.learn.online import OnlineMemory
from hvm.learn.sampling import as_fitted
from hvm.learn.settings import OnlineSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.predict.following import go_on
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

Ob = TypeVar("Ob", bound="Observer")

_ONLINE = tuple(field.name for field in fields(OnlineSettings))
_OF_A_FIT = (
    *("graph_", "history_", "lexicons_", "_rows", "_predictor", "_contexts", "code_bits_"),
    *("lexicon_bits_", "data_bits_", "bits_per_symbol_", "seconds_", "compile_seconds_"),
    "stopped_",
)


class Observer(Model):
    """A model that learns from a text, and then from one sequence after the other.

    Its attributes are those of :class:`~hvm.learn.model.Model`.
    """

    smoothing: float

    _checked: tuple[dict[str, Any], OnlineSettings] = {}, OnlineSettings()
    _memory: OnlineMemory | None = None

    def begin(self: Ob, symbols: Any) -> Ob:
        """Know the alphabet of some symbols and nothing else, to :meth:`observe` from there."""
        self._check_params()
        first = require_symbols(as_symbols(symbols))
        self.alphabet_, self.mode_ = first.alphabet, first.mode
        atoms = Lexicon.of_atoms(len(self.alphabet_), self.smoothing)
        self._set_memory(OnlineMemory.of(atoms))
        self.n_symbols_ = self.n_iterations_ = 0
        return self

    def observe(self: Ob, symbols: Any) -> Ob:
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
        >>> from hvm import HVM
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

    def _online_settings(self) -> OnlineSettings:
        parameters = {name: getattr(self, name) for name in _ONLINE}
        # Trial by trial, checking again what did not change would take longer than learning.
        if parameters != self._checked[0]:
            self._checked = parameters, OnlineSettings(**parameters)
        return self._checked[1]
