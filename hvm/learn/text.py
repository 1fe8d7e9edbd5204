"""A text as a search sees it, whether its symbols are here or spread over other machines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.learn.corpus import Corpus, sample
from hvm.learn.crew import Crew, LocalWorkers
from hvm.learn.settings import SearchSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse, parse
from hvm.plugins import Registry
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Codes, Symbols, require_symbols

Check = Callable[[], None]
"""Raises where learning is to end early."""


class SearchedText(Protocol):
    """What a search asks of a text.

    Attributes
    ----------
    n_atoms, n_symbols : int
        Sizes of the alphabet and of the text.
    alphabet_bits : float
        What the alphabet costs, a part of the lexicon bits.
    """

    @property
    def n_atoms(self) -> int: ...  # noqa: D102

    @property
    def n_symbols(self) -> int: ...  # noqa: D102

    @property
    def alphabet_bits(self) -> float: ...  # noqa: D102

    def crew(self, settings: SearchSettings, check: Check) -> Crew:
        """Return whoever parses the text, and asks ``check`` between two pieces of it."""
        ...

    def sample(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return what :func:`hvm.learn.corpus.sample` takes of the text."""
        ...

    def parse(self, lexicon: Lexicon) -> Parse:
        """Parse the text as one."""
        ...


@dataclass(frozen=True, eq=False)
class HeldText:
    """A text in the memory of this process.

    Attributes
    ----------
    codes : int32[n]
    starts : int64[s]
        First index of each sequence, ascending.
    n_atoms : int
    alphabet_bits : float
    """

    codes: Codes
    starts: NDArray[np.int64]
    n_atoms: int
    alphabet_bits: float = 0.0

    @property
    def n_symbols(self) -> int:
        """Symbols of the text."""
        return len(self.codes)

    def crew(self, settings: SearchSettings, check: Check) -> Crew:
        """Threads; on large inputs each distinct sequence is parsed once."""
        kept = Corpus.distinct if settings.batch else Corpus.of
        return Crew(LocalWorkers(kept(self.codes, self.starts), settings.n_jobs, check))

    def sample(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return some sequences at even distances."""
        return sample(self.codes, self.starts)

    def parse(self, lexicon: Lexicon) -> Parse:
        """Parse the text."""
        return parse(lexicon, self.codes, self.starts)


class SpreadText(ABC):
    """A text of which workers hold parts; beside what a search asks it knows what a model keeps.

    Parameters
    ----------
    alphabet : Alphabet
    mode : {"file", "line"}
        How it is cut into sequences.
    n_symbols : int
    """

    def __init__(self, alphabet: Alphabet, mode: str, n_symbols: int) -> None:
        self.alphabet, self.mode, self.n_symbols = alphabet, mode, n_symbols

    def __len__(self) -> int:
        return self.n_symbols

    @property
    def n_atoms(self) -> int:
        """Size of the alphabet."""
        return len(self.alphabet)

    @property
    def alphabet_bits(self) -> float:
        """What the alphabet costs."""
        return self.alphabet.definition_bits()

    @abstractmethod
    def crew(self, settings: SearchSettings, check: Check) -> Crew:
        """Return whoever parses the text; from then on it cannot be gathered."""

    @abstractmethod
    def sample(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return what :func:`hvm.learn.corpus.sample` takes of the whole text."""

    @abstractmethod
    def gathered(self) -> Symbols:
        """Return the symbols themselves, which must be few."""

    def parse(self, lexicon: Lexicon) -> Parse:
        """Refuse: a parse as one is as large as the text.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            "measures that were registered are of a parse as one, and an engine holds the text in "
            "parts: unregister them (hvm.lexicon.measures.MEASURES), or fit without an engine"
        )


def training_of(symbols: Any) -> Symbols:
    """Return what a model learns from, symbols that were checked.

    A text that is spread passes for symbols: it has the alphabet, the mode and the length that a
    model keeps, and :func:`text_of` takes it.

    Parameters
    ----------
    symbols : SpreadText, Symbols or what :func:`hvm.as_symbols` takes

    Returns
    -------
    Symbols

    Raises
    ------
    InputError
        There is nothing to learn from.
    """
    if isinstance(symbols, SpreadText):
        return cast("Symbols", symbols)
    return require_symbols(as_symbols(symbols))


def text_of(symbols: Symbols | SpreadText, settings: SearchSettings) -> SearchedText:
    """Return a text to search in; gathered here where edits are tried one by one.

    Parameters
    ----------
    symbols : Symbols or SpreadText
    settings : SearchSettings

    Returns
    -------
    SearchedText
    """
    if isinstance(symbols, SpreadText):
        if settings.batch:
            return symbols
        symbols = symbols.gathered()
    n_atoms, bits = len(symbols.alphabet), symbols.alphabet.definition_bits()
    return HeldText(symbols.held, symbols.starts, n_atoms, bits)


ENGINES: Registry[Callable[[Any, Any], AbstractContextManager[SpreadText]]] = Registry(
    "engine", "hvm.engines", {"dask": "hvm.cluster.spread:spread"}
)
"""Each spreads symbols or files over the machines that an address names, for as long as a context
lasts. They stand above the learner, which knows none."""


def spread(engine: Any, symbols: Any) -> AbstractContextManager[SpreadText]:
    """Spread a text over the machines of an engine.

    Parameters
    ----------
    engine : str or object
        Where the machines are, as Dask names them.
    symbols : TextFiles, Symbols or what :func:`hvm.as_symbols` takes
        Files are read by the machines themselves.

    Returns
    -------
    context manager of SpreadText
    """
    return ENGINES["dask"](engine, symbols)
