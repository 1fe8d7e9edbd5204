"""Methods side by side: the bits that each needs for a text, its time and its memory.

Bits are the payload of :mod:`hvm.rivals.rival`, of every method; a file's frame stands beside it.

Each measurement runs in a process of its own, so that its peak memory is its own; a first run on a
few bytes there is not timed, so that loading and compiling are not. Processes are spawned: a
script that calls :func:`measure` keeps what it does under ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hvm.data.processes import how_it_ended, isolated_children
from hvm.errors import HvmError, InputError, require_whole
from hvm.rivals.registry import METHODS
from hvm.rivals.rival import Cost, Rival

if TYPE_CHECKING:
    import pandas as pd

WARM_UP = b"a few bytes, some of them twice: a few bytes. " * 120


class Task(NamedTuple):
    """One measurement: a method, by its name, of bytes of a file after others."""

    method: str
    file: str
    data: bytes
    before: bytes


class _Measured(NamedTuple):
    cost: Cost
    seconds: float
    peak_mb: float | None


def present() -> list[str]:
    """Names of the methods whose program, if they need one, is on this machine."""
    return [name for name, rival in METHODS.items() if rival.is_here]


def tasks(
    texts: Sequence[tuple[str, bytes]],
    names: Iterable[str],
    sizes: Sequence[int | None] = (None,),
    before: bytes = b"",
) -> list[Task]:
    """List what is to be measured: of each text the first bytes by each size that it has.

    Parameters
    ----------
    texts : sequence of (str, bytes)
        Name and content of each file.
    names : iterable of str
        Of methods; one that comes twice is measured once.
    sizes : sequence of int or None
        In bytes, 1 or more; None for all.
    before : bytes
        What every method has seen before, and does not pay for.

    Returns
    -------
    list of Task
        By text, then by size, then by method.

    Raises
    ------
    InputError
        No such method, a size below 1 or none that fits, or a text without a byte.
    """
    names = list(dict.fromkeys(names))
    for name in names:
        METHODS.named(name)
    for size in sizes:
        if size is not None:
            require_whole("a size", size, 1)
    listed = []
    for file, data in texts:
        if not data:
            raise InputError(f"{file}: holds no byte to compare with")
        lengths = {len(data) if size is None else size for size in sizes}
        for length in sorted(length for length in lengths if length <= len(data)):
            listed += [Task(name, file, data[:length], before) for name in names]
    if not listed:
        raise InputError("no size fits: every file is shorter than the smallest of --sizes")
    return listed


def measure(task: Task) -> dict[str, Any]:
    """Measure in a new process.

    Returns
    -------
    dict
        ``method``, ``file``, ``symbols`` (bytes), ``bits`` and ``bits_per_symbol`` of the payload,
        ``frame_bytes``, ``seconds``, ``peak_mb`` (of the whole process, what it loads included, or
        of the program that it runs), ``pays_for``.

    Raises
    ------
    InputError
        The method lacks its package, cannot take the data, or cannot be sent to a process.
    """
    rival = METHODS.named(task.method)
    cost, seconds, peak_mb = _measured(task, _pickled(task.method, rival))
    return {
        "method": task.method,
        "file": task.file,
        "symbols": len(task.data),
        "bits": cost.payload_bits,
        "bits_per_symbol": cost.payload_bits / len(task.data),
        "frame_bytes": cost.frame_bits / 8,
        "seconds": seconds,
        "peak_mb": peak_mb,
        "pays_for": rival.pays_for + _primed(task.before),
    }


def _primed(before: bytes) -> str:
    return "; after the training text, which is not paid for" if before else ""


def _pickled(method: str, rival: Rival) -> bytes:
    """The rival by reference: the process of its own may know of no registering call."""
    try:
        return pickle.dumps(rival)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"{method}: cannot be sent to a process of its own ({error}): its bits must be a "
            "function of a module"
        ) from None


def _measured(task: Task, rival: bytes) -> _Measured:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(task, rival, theirs), daemon=True)
    with isolated_children():
        process.start()
    theirs.close()
    answer: _Measured | HvmError | None = None
    try:
        answer = ours.recv()
    except EOFError:
        pass
    except KeyboardInterrupt:
        process.terminate()
        raise
    finally:
        process.join()
    if answer is None:
        raise HvmError(
            f"{task.method}: its process {how_it_ended(process.exitcode)}, without a result; what "
            "it printed stands above"
        )
    if isinstance(answer, HvmError):
        raise answer
    return answer


def _answer(task: Task, pickled: bytes, answers: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever waits
    try:
        rival = _unpickled(task.method, pickled)
        rival.measure(WARM_UP, WARM_UP if task.before else b"")
        begin = time.perf_counter()
        cost = rival.cost(task.data, task.before)
        answers.send(_Measured(cost, time.perf_counter() - begin, _peak_mb()))
    except HvmError as error:
        answers.send(type(error)(str(error)))


def _unpickled(method: str, pickled: bytes) -> Rival:
    try:
        rival: Rival = pickle.loads(pickled)
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"{method}: its module cannot be imported in a process of its own: {error}"
        ) from None
    return rival


def _peak_mb() -> float | None:
    """Most memory so far of this process, or of one that it ran; None where nobody says."""
    try:
        import resource
    except ImportError:
        return None
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whose)
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


COLUMNS_TEXT = (
    "Bits are the payload: what names these bytes and no others, dictionaries, alphabets and "
    "chosen settings included. The frame is what a file holds beside it, of the longest text: "
    "magic numbers, lengths, checks; a whole file is both."
)


def frame_text(n_bytes: float) -> str:
    """Bytes of a frame for people: whole, or a tenth where a length is no whole number of them."""
    return f"{n_bytes:.0f}" if n_bytes == round(n_bytes) else f"{n_bytes:.1f}"


def write_comparison(
    folder: Path,
    rows: list[dict[str, Any]],
    config: dict[str, Any],
    also: Iterable[str] = (),
) -> None:
    """Write ``compare.csv``, ``compare.png``, their page, and the settings and version.

    Parameters
    ----------
    folder : Path
        Is there.
    rows : list of dict
        Of :func:`measure`.
    config : dict
        What was asked for.
    also : iterable of str
        Suffixes of further formats of the figure.
    """
    import pandas as pd

    from hvm.data.files import write_atomic, write_settings, write_table
    from hvm.show.figures import write_figure
    from hvm.show.html import page
    from hvm.show.plots import compare_curves

    table = pd.DataFrame(rows)
    write_table(folder / "compare.csv", table)
    write_settings(folder / "config.json", config)
    write_figure(folder / "compare.png", compare_curves(table), also)
    write_atomic(folder / "report.html", page("hvm compare", _page_lines(folder, table)))


def _page_lines(folder: Path, rows: pd.DataFrame) -> Iterator[str]:
    """The page of a comparison: the fewest bits first, then a table a file, then what they pay."""
    from hvm.show.html import figure, table, verdict_paragraph

    yield "<h1>What methods need for the same bytes</h1>"
    parts = dict(iter(rows.groupby("file", sort=False)))
    best = {file: part[part.symbols == part.symbols.max()] for file, part in parts.items()}
    said = (
        f"{file}: {row.method} needs the fewest bits, {row.bits_per_symbol:.3f} a byte."
        for file, part in best.items()
        for row in part.nsmallest(1, "bits").itertuples()
    )
    yield verdict_paragraph("\n".join(said))
    for file, part in parts.items():
        yield f"<h2>{escape(file)}</h2>"
        sizes = sorted(part.symbols.unique())
        bits = part.pivot_table(index="method", columns="symbols", values="bits_per_symbol")
        bits = bits.sort_values(sizes[-1])
        frames = best[file].set_index("method")["frame_bytes"]
        cells = [
            [method, *(f"{bits.loc[method, n]:.3f}" for n in sizes), frame_text(frames[method])]
            for method in bits.index
        ]
        yield from table(["bits a byte", *(f"{n:,} bytes" for n in sizes), "frame, bytes"], cells)
        yield f"<p>{escape(COLUMNS_TEXT)}</p>"
    yield "<h2>By size</h2>"
    shown = "Bits a byte by number of bytes, the mean over files."
    yield from figure(folder / "compare.png", shown)
    yield "<h2>What the payload pays for</h2>"
    pays = [
        (row.method, escape(row.pays_for)) for row in rows.drop_duplicates("method").itertuples()
    ]
    yield from table(["method", "pays for"], pays, is_text=True)
