"""A part of a text, held on a worker of a cluster, and the line on which it is asked.

Dask places a part as an actor. What is asked some thousands of times goes over a connection of its
own: a call of an actor takes milliseconds of both machines, a message on this line a tenth of one.
"""

from __future__ import annotations

import secrets
import socket
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from hvm.errors import HvmWarning
from hvm.learn.corpus import Corpus, pieces_of, sample_part
from hvm.learn.crew import LocalWorkers
from hvm.learn.shard import Counts
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.forms import Forms
from hvm.symbols.sequences import Symbols
from hvm.version import __version__

Address = tuple[str, int]


class PartSource(Protocol):
    """Where the text of a part comes from, again and again if need be."""

    def read(self) -> tuple[Symbols, Forms]:
        """Read the part, in whatever alphabet."""
        ...


class SymbolsSource(NamedTuple):
    """Symbols that the head has and sends.

    Attributes
    ----------
    symbols : Symbols
    """

    symbols: Symbols

    def read(self) -> tuple[Symbols, Forms]:
        """Return them."""
        return self.symbols, Forms()


class Facts(NamedTuple):
    """What a part tells of its text.

    Attributes
    ----------
    alphabet : Alphabet
        Of the part.
    n_symbols, n_pieces : int
        Symbols, and pieces of which a sample takes some.
    version : str
        Of hvm, there.
    """

    alphabet: Alphabet
    n_symbols: int
    n_pieces: int
    version: str = __version__


class Part:
    """A part of a text: read, brought to the alphabet of the whole, and asked as shards are.

    Parameters
    ----------
    source : PartSource
    key : bytes
        That the head shows to be heard.

    Notes
    -----
    ``read`` comes first, then ``sample`` and ``gather`` if they are asked, then ``settle``, which
    keeps no more than the distinct sequences; from then on ``ask`` and ``parse``.
    """

    def __init__(self, source: PartSource, key: bytes) -> None:
        self._source, self._key = source, key

    # -- the line -------------------------------------------------------------------------------

    def listen(self) -> Address:
        """Wait for the head, in a thread of its own; return where.

        Returns
        -------
        tuple of str and int
            The host by which the cluster knows this worker, and a port.
        """
        from distributed import get_worker

        worker = get_worker()
        self._n_jobs = worker.state.nthreads
        listener = Listener(
            (urlsplit(worker.address).hostname or "127.0.0.1", 0), authkey=self._key
        )
        threading.Thread(target=self._answer, args=(listener,), daemon=True).start()
        host, port = listener.address
        return host, port

    def _answer(self, listener: Listener) -> None:
        """Answer until the head is gone."""
        with suppress(EOFError, OSError), listener, listener.accept() as line:
            _send_at_once(line)
            while True:
                question, *arguments = line.recv()
                try:
                    answer = True, getattr(self, question)(*arguments)
                except Exception as error:
                    answer = False, error
                line.send(answer)
                del answer, arguments
        self._symbols = self._workers = None

    # -- before the search ----------------------------------------------------------------------

    _symbols: Symbols | None = None
    _workers: LocalWorkers | None = None

    def read(self) -> tuple[Facts, Forms, list[str]]:
        """Read the text.

        Returns
        -------
        facts : Facts
        forms : Forms
            Of its characters.
        messages : list of str
            Of warnings.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", HvmWarning)
            self._symbols, forms = self._source.read()
        messages = [str(each.message) for each in caught if issubclass(each.category, HvmWarning)]
        n_pieces = len(pieces_of(self._symbols.held, self._symbols.starts))
        facts = Facts(self._symbols.alphabet, len(self._symbols), n_pieces)
        return facts, forms, messages

    def sample(
        self, alphabet: Alphabet, n_before: int, step: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Take this part of the sample; see :func:`hvm.learn.corpus.sample_part`.

        Parameters
        ----------
        alphabet : Alphabet
            Of the whole.
        n_before, step : int

        Returns
        -------
        codes : int32[m]
        starts : int64[k]
        """
        symbols = self.gather(alphabet)
        return sample_part(symbols.held, symbols.starts, n_before, step)

    def gather(self, alphabet: Alphabet) -> Symbols:
        """Return the symbols, in the alphabet of the whole."""
        assert self._symbols is not None
        self._symbols = self._symbols.recoded(alphabet)
        return self._symbols

    def settle(self, alphabet: Alphabet) -> None:
        """Keep distinct sequences alone, divided among as many threads as the worker has."""
        symbols, self._symbols = self.gather(alphabet), None
        self._workers = LocalWorkers(Corpus.distinct(symbols.held, symbols.starts), self._n_jobs)

    # -- what a search asks ---------------------------------------------------------------------

    def ask(self, forgotten: Sequence[int], question: str, *arguments: Any) -> list[Any]:
        """Call a method of every shard.

        Parameters
        ----------
        forgotten : sequence of int
            Parses that are asked for no longer.
        question : str
        *arguments

        Returns
        -------
        list
        """
        self._forget(forgotten)
        assert self._workers is not None
        return self._workers.ask(question, *arguments)

    def parse(self, forgotten: Sequence[int], number: int, lexicon: Lexicon) -> list[Counts]:
        """Let every shard parse.

        Parameters
        ----------
        forgotten : sequence of int
            Parses that are asked for no longer.
        number : int
        lexicon : Lexicon

        Returns
        -------
        list of Counts
        """
        self._forget(forgotten)
        assert self._workers is not None
        return self._workers.parse(number, lexicon)

    def _forget(self, forgotten: Sequence[int]) -> None:
        assert self._workers is not None
        for number in forgotten:
            self._workers.ask("forget", number)


class Lost(Exception):
    """A part is no longer there, or does not answer."""


class Line:
    """The head's end of the line to a part.

    Parameters
    ----------
    address : tuple of str and int
    key : bytes

    Raises
    ------
    Lost
        Nobody answers.
    """

    def __init__(self, address: Address, key: bytes) -> None:
        try:
            self._line = Client(address, authkey=key)
        except (OSError, EOFError) as error:
            raise Lost(str(error)) from None
        _send_at_once(self._line)

    def send(self, question: str, *arguments: Any) -> None:
        """Ask; see :class:`Part` for the questions.

        Raises
        ------
        Lost
            The part is.
        """
        try:
            self._line.send((question, *arguments))
        except OSError as error:
            raise Lost(str(error)) from None

    def has_answer(self, within_s: float) -> bool:
        """Whether there is something to receive, the end of the line included."""
        return self._line.poll(within_s)

    def receive(self) -> Any:
        """Return the answer.

        Raises
        ------
        Lost
            The part is.
        Exception
            What the part raised.
        """
        try:
            is_answer, answer = self._line.recv()
        except (OSError, EOFError) as error:
            raise Lost(str(error)) from None
        if not is_answer:
            raise answer
        return answer

    def close(self) -> None:
        """Hang up; the part forgets everything."""
        self._line.close()


def new_key() -> bytes:
    """A key that nobody guesses."""
    return secrets.token_bytes(32)


def _send_at_once(line: Connection) -> None:
    """Let no short message wait until another one is acknowledged."""
    with socket.socket(fileno=line.fileno()) as held:
        try:
            held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        finally:
            held.detach()
