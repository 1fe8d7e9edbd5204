"""The workers of a Dask cluster as those of a search: parts are placed, asked, and placed again."""

from __future__ import annotations

from asyncio import CancelledError, TimeoutError
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hvm.cluster.log import EditLog
from hvm.cluster.part import Facts, Line, Lost, Part, PartSource, new_key
from hvm.errors import HvmError, InputError
from hvm.learn.shard import Counts
from hvm.lexicon.lexicon import Lexicon
from hvm.version import __version__

if TYPE_CHECKING:
    from distributed import Client

WORKER_WAIT_S = 300
"""As long as there is no worker, one is waited for, as jobs wait in the queue of a cluster."""

LOOK_S = 5
"""Between two looks whether a worker that does not answer is still known to the cluster."""

LOST_MAX = 4
"""Times in a row that a part may be lost: then whatever takes it lacks the memory for it."""


class ClusterError(HvmError):
    """A cluster that cannot be reached, or has no worker that can do the work."""


class PlacedPart:
    """A part of a text, on whatever worker holds it now.

    Parameters
    ----------
    client : distributed.Client
    source : PartSource

    Attributes
    ----------
    worker : str
        Address of the worker; empty before there is one.
    facts : Facts or None
        What the part told when it was first read.
    """

    def __init__(self, client: Client, source: PartSource) -> None:
        self._client, self._source = client, source
        self.worker, self.facts = "", None

    facts: Facts | None
    _future: Any = None
    _line: Line | None = None

    def place(self, worker: str) -> None:
        """Send the source to a worker."""
        self.drop()
        self.worker, self._key = worker, new_key()
        self._future = self._client.submit(
            Part, self._source, self._key, actor=True, workers=[worker], pure=False
        )

    def drop(self) -> None:
        """Let go of what is lost or no longer needed."""
        if self._line is not None:
            self._line.close()
        if self._future is not None:
            self._future.release()
        self._line = self._future = None

    def send(self, *question: Any) -> None:
        """Ask; see :class:`hvm.cluster.part.Part`.

        Raises
        ------
        Lost
            The part is.
        """
        if self._line is None:
            self._line = self._connected()
        self._line.send(*question)

    def receive(self) -> Any:
        """Return the answer.

        Raises
        ------
        Lost
            The part is.
        Exception
            What the part raised.
        """
        if self._line is None:
            raise Lost(self.worker)
        while not self._line.has_answer(LOOK_S):
            self._require_known()
        answer = self._line.receive()
        if isinstance(answer, tuple) and isinstance(answer[0], Facts):
            self._check(answer[0])
        return answer

    def _connected(self) -> Line:
        """Wait until the worker has the part."""
        from distributed import Actor

        if self._future is None:
            raise Lost(self.worker)
        while True:
            try:
                self._future.result(timeout=LOOK_S)
                break
            except TimeoutError:
                self._require_known()
            except (CancelledError, OSError):
                raise Lost(self.worker) from None
            except Exception as error:
                raise ClusterError(
                    f"worker {self.worker} cannot take a part: {type(error).__name__}: {error}"
                ) from None
        try:
            with self._client.as_current():
                actor: Any = Actor(Part, self.worker, self._future.key)
            return Line(actor.listen().result(timeout=WORKER_WAIT_S), self._key)
        except (TimeoutError, OSError, RuntimeError):
            raise Lost(self.worker) from None

    def _require_known(self) -> None:
        if self.worker not in threads_of(self._client):
            raise Lost(self.worker)

    def _check(self, facts: Facts) -> None:
        """Refuse another hvm, which may count otherwise, and another text than before."""
        if facts.version != __version__:
            raise ClusterError(
                f"worker {self.worker} has hvm {facts.version}, here is {__version__}: "
                "install the same everywhere"
            )
        if self.facts not in (None, facts):
            raise InputError("a text was changed while it was learned from: start again")
        self.facts = facts


def threads_of(client: Client) -> dict[str, int]:
    """Addresses of the workers that the cluster knows, and the threads of each.

    Raises
    ------
    ClusterError
        The cluster does not answer.
    """
    try:
        return dict(client.nthreads())
    except (OSError, TimeoutError) as error:
        raise ClusterError(f"the cluster does not answer any more: {error}") from None


class DaskWorkers:
    """Parts of a text on the workers of a cluster; see :class:`hvm.learn.crew.Workers`.

    A part that is lost is read again by another worker, which is then told what the others were
    told: the parses that are still asked for, with their lexicons, and the merges of a growth.

    Parameters
    ----------
    client : distributed.Client
    sources : list of PartSource
        Of the parts, in the order of the text.

    Attributes
    ----------
    n_lost : int
        Times that a part was lost.
    """

    def __init__(self, client: Client, sources: Sequence[PartSource]) -> None:
        self._client, self._log, self.n_lost = client, EditLog(), 0
        self._forgotten = deque[int]()
        self._parts = [PlacedPart(client, source) for source in sources]
        for part in self._parts:
            part.place(self._worker_for(part))

    # -- what a search asks ---------------------------------------------------------------------

    def ask(self, question: str, *arguments: Any) -> list[Any]:
        """Call a method of every shard."""
        if question == "forget":  # may come from the collector of garbage, in any thread
            self._forgotten.extend(arguments)
            return []
        return self._ask_shards("ask", question, *arguments)

    def parse(self, number: int, lexicon: Lexicon) -> list[Counts]:
        """Send the lexicon, and let every shard parse."""
        return self._ask_shards("parse", number, replace(lexicon))  # without what it has cached

    def _ask_shards(self, verb: str, *arguments: Any) -> list[Any]:
        forgotten = [self._forgotten.popleft() for _ in range(len(self._forgotten))]
        self._log.forget(forgotten)
        answers = self._answers([(verb, forgotten, *arguments)] * len(self._parts))
        self._log.note(verb, *arguments)
        return [one for part in answers for one in part]

    def close(self) -> None:
        """Let go of the parts; what is asked from now on nobody answers."""
        for part in self._parts:
            part.drop()
        self._parts = []

    # -- what goes before a search --------------------------------------------------------------

    def tell(self, verb: str, *arguments: Any) -> list[Any]:
        """Ask every part the same; what it does to it is done again where it is lost."""
        answers = self._answers([(verb, *arguments)] * len(self._parts))
        self._log.note(verb, *arguments)
        return answers

    def ask_each(self, verb: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Ask every part for something of its own, that leaves it as it is.

        Parameters
        ----------
        verb : str
        arguments : sequence of tuple
            By part.

        Returns
        -------
        list
            Answers by part.
        """
        return self._answers([(verb, *own) for own in arguments])

    # -- parts that are lost --------------------------------------------------------------------

    def _answers(self, questions: list[tuple[Any, ...]]) -> list[Any]:
        """Ask all parts, then wait for all."""
        asked = list(zip(self._parts, questions, strict=True))
        try:
            for part, question in asked:
                try:
                    part.send(*question)
                except Lost:
                    part.drop()
            return [self._answer(part, question) for part, question in asked]
        except BaseException:
            self.close()  # or answers that nobody has read would be taken for those to come
            raise

    def _answer(self, part: PlacedPart, question: tuple[Any, ...]) -> Any:
        for _ in range(LOST_MAX):
            try:
                return part.receive()
            except Lost:
                self.n_lost += 1
            try:
                part.place(self._worker_for(part))
                for earlier in self._log.replay():
                    part.send(*earlier)
                    part.receive()
                part.send(*question)
            except Lost:
                part.drop()
        raise ClusterError(
            f"a part was lost {LOST_MAX} times in a row, last on {part.worker}: have the workers "
            "memory for it? More workers make smaller parts"
        )

    def _worker_for(self, part: PlacedPart) -> str:
        """The worker with the fewest parts by threads, another one than before if there is one."""
        n_parts = Counter(each.worker for each in self._parts if each is not part)
        threads = self._threads()
        others = threads.keys() - {part.worker} or threads.keys()
        return min(others, key=lambda worker: ((n_parts[worker] + 1) / threads[worker], worker))

    def _threads(self) -> dict[str, int]:
        threads = threads_of(self._client)
        if not threads:
            wait_for_worker(self._client)
            threads = threads_of(self._client)
        return threads


def wait_for_worker(client: Client) -> None:
    """Wait until there is a worker.

    Raises
    ------
    ClusterError
        There is none for minutes.
    """
    try:
        client.wait_for_workers(1, timeout=WORKER_WAIT_S)
    except TimeoutError:
        raise ClusterError(
            f"the cluster has had no worker for {WORKER_WAIT_S} seconds: dask worker starts one"
        ) from None
