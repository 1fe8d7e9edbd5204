"""Spreading a text over the workers of a Dask cluster."""

from __future__ import annotations

import os
import warnings
from asyncio import TimeoutError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.cluster.part import PartSource, SymbolsSource
from hvm.cluster.workers import DaskWorkers, threads_of, wait_for_worker
from hvm.errors import HvmWarning, InputError
from hvm.learn.corpus import Corpus, sample_step
from hvm.learn.crew import Crew
from hvm.learn.settings import SearchSettings
from hvm.learn.text import Check, SpreadText
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from hvm.symbols.forms import Forms
from hvm.symbols.sequences import Symbols, require_symbols
from hvm.symbols.text_files import TextFiles

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 30
"""In which a scheduler must answer."""


@contextmanager
def spread(engine: Any, data: Any) -> Iterator[SpreadText]:
    """Spread a text over the workers of a cluster, as many parts as there are workers.

    Parameters
    ----------
    engine : str, path, distributed.Client or cluster
        The address of a scheduler (``tcp://host:8786``), the file that one has written, or what
        Dask made in this process.
    data : TextFiles, Symbols or what :func:`hvm.as_symbols` takes
        Files are read by the workers, and must have the same names there.

    Yields
    ------
    SpreadText

    Raises
    ------
    InputError
        Dask is not installed, nobody answers at the address, or the text cannot be used.
    ClusterError
        There is no worker, or none that can do the work.
    """
    with _connected(engine) as client:
        wait_for_worker(client)
        workers = DaskWorkers(client, _sources(data, len(threads_of(client))))
        try:
            yield _text_of(workers, data)
        finally:
            workers.close()


@contextmanager
def _connected(engine: Any) -> Iterator[Client]:
    """A client of our own, which speaks with the workers themselves unless Dask says otherwise."""
    try:
        import dask.config
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError:
        raise InputError("an engine needs Dask: pip install 'hvm-learn[cluster]'") from None
    scheduler = getattr(engine, "scheduler_address", None)  # of a cluster in this process
    if isinstance(engine, Client):
        scheduler = engine.scheduler_info()["address"]
    is_file = scheduler is None and os.path.isfile(engine)
    where = {"scheduler_file": os.fspath(engine)} if is_file else {"address": scheduler or engine}
    direct = dask.config.get("distributed.client.direct-to-workers", None)
    try:
        if isinstance(engine, str) and not is_file:
            get_address_host_port(engine)  # a client of what is no address takes a minute to end
        client = Client(
            **where,
            timeout=CONNECT_S,
            set_as_default=False,
            direct_to_workers=direct is not False,
            security=getattr(engine, "security", None),
        )
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise InputError(f"no Dask scheduler answers at {engine!s:.200}: {error}") from None
    with client:
        yield client


def _sources(data: Any, n_parts: int) -> Sequence[PartSource]:
    if isinstance(data, TextFiles):
        return data.in_parts(n_parts)
    symbols = require_symbols(as_symbols(data))
    parts = Corpus.of(symbols.held, symbols.starts).in_parts(n_parts)
    return [SymbolsSource(replace(symbols, held=part.codes, starts=part.starts)) for part in parts]


def _text_of(workers: DaskWorkers, data: Any) -> DaskText:
    """Let all parts be read, and agree on an alphabet."""
    every, forms_of_all, messages = zip(*workers.tell("read"), strict=True)
    for message in dict.fromkeys(one for part in messages for one in part):
        warnings.warn(message, HvmWarning, stacklevel=6)
    forms = Forms()
    for found in forms_of_all:
        forms.unite(found)
    if isinstance(data, TextFiles) and data.normalize == "none":
        forms.warn()
    unit = every[0].alphabet.unit
    alphabet = Alphabet(unit, tuple(sorted({s for facts in every for s in facts.alphabet.symbols})))
    n_symbols = sum(facts.n_symbols for facts in every)
    if n_symbols == 0:
        raise InputError("there is nothing to learn: the input holds no symbol")
    mode = data.reading.mode if isinstance(data, TextFiles) else as_symbols(data).mode
    return DaskText(alphabet, mode, n_symbols, workers, [facts.n_pieces for facts in every])


class DaskText(SpreadText):
    """A text on the workers of a cluster.

    Parameters
    ----------
    alphabet : Alphabet
    mode : {"file", "line"}
    n_symbols : int
    workers : DaskWorkers
    n_pieces : list of int
        Of which a sample takes some, by part.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        mode: str,
        n_symbols: int,
        workers: DaskWorkers,
        n_pieces: list[int],
    ) -> None:
        super().__init__(alphabet, mode, n_symbols)
        self._workers, self._n_pieces = workers, n_pieces

    def crew(self, settings: SearchSettings, check: Check) -> Crew:
        """Return the workers, the same for every search; they are asked whole questions."""
        return self._crew

    @cached_property
    def _crew(self) -> Crew:
        self.sample()
        self._workers.tell("settle", self.alphabet)
        return Crew(self._workers)

    def sample(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the sample of the whole text."""
        return self._sample

    @cached_property
    def _sample(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        n_before = np.cumsum([0, *self._n_pieces[:-1]]).tolist()
        step = sample_step(self.n_symbols)
        parts = self._workers.ask_each("sample", [(self.alphabet, n, step) for n in n_before])
        return _joined([codes for codes, _ in parts], [starts for _, starts in parts])

    def gathered(self) -> Symbols:
        """Return the symbols, which are few."""
        return self._gathered

    @cached_property
    def _gathered(self) -> Symbols:
        parts = self._workers.ask_each("gather", [(self.alphabet,)] * len(self._n_pieces))
        codes, starts = _joined([part.codes for part in parts], [part.starts for part in parts])
        return Symbols(codes, starts, self.alphabet, self.mode)


def _joined(
    codes: list[NDArray[np.int32]], starts: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Sequences of parts, one after another."""
    begins = np.cumsum([0, *map(len, codes)]).tolist()
    moved = [each + begin for each, begin in zip(starts, begins, strict=False)]
    return np.concatenate(codes), np.concatenate(moved)
