"""Methods side by side: the bits that each needs for a text, its time and its memory.

Each measurement runs in a process of its own, so that its peak memory is its own; a first run on a
few bytes there is not timed, so that loading and compiling are not. Processes are spawned: a
script that calls :func:`measure` keeps what it does under ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hvm.errors import HvmError, InputError
from hvm.rivals.registry import Rival, rivals

WARM_UP = b"a few bytes, some of them twice: a few bytes. " * 120
_A_FILE = "everything: a file that decodes (its code alone after training)"


class Task(NamedTuple):
    """One measurement."""

    method: str
    file: str
    data: bytes
    before: bytes


def methods() -> dict[str, Rival]:
    """All methods by name: hvm's own, then its rivals.

    Examples
    --------
    >>> list(methods())[:4]
    ['mixed', 'mixed-symbols', 'hvm', 'lz78']
    """
    own = {
        "mixed": _A_FILE,
        "mixed-symbols": "every byte, as -log2 of a probability, not a file; mixed without chunks",
        "hvm": f"{_A_FILE}, by what chunks explain alone",
    }
    made = {name: Rival(name, pays_for, partial(_own, name)) for name, pays_for in own.items()}
    return made | rivals()


def _own(method: str, data: bytes, before: bytes = b"") -> float:
    from hvm.code.bits import primed_bits
    from hvm.code.container import METHODS, compress

    if before or method not in METHODS:
        return primed_bits(data, before, method)
    return 8.0 * len(compress(data, method))


def tasks(
    texts: Sequence[tuple[str, bytes]],
    names: Iterable[str],
    sizes: Sequence[int | None] = (None,),
    before: bytes = b"",
) -> list[Task]:
    """What is to be measured: of each text the first bytes by each size that it has, None for all.

    Raises
    ------
    InputError
        No such method, a size below 1 or none that fits, or a text without a byte.
    """
    known, names = methods(), list(dict.fromkeys(names))
    for name in names:
        if name not in known:
            raise InputError(f"there is no method {name!r}: take of {', '.join(known)}")
    for size in sizes:
        if size is not None and size < 1:
            raise InputError(f"a size must be 1 or more, not {size}")
    made = []
    for file, data in texts:
        if not data:
            raise InputError(f"{file}: holds no byte to compare with")
        lengths = {len(data) if size is None else size for size in sizes}
        for length in sorted(length for length in lengths if length <= len(data)):
            made += [Task(name, file, data[:length], before) for name in names]
    if not made:
        raise InputError("no size fits: every file is shorter than the smallest of --sizes")
    return made


def measure(task: Task) -> dict[str, Any]:
    """Measure in a new process.

    Returns
    -------
    dict
        ``method``, ``file``, ``symbols`` (bytes), ``bits``, ``bits_per_symbol``, ``seconds``,
        ``peak_mb`` (of the whole process, what it loads included), ``pays_for``.

    Raises
    ------
    InputError
        The method lacks its package, or cannot take the data.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure_there, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        found = ours.recv()
    except EOFError:
        found = HvmError(f"{task.method}: ended without a result: a defect, or no memory")
    finally:
        process.join()
    if isinstance(found, HvmError):
        raise found
    bits, seconds, peak_mb = found
    return {
        "method": task.method,
        "file": task.file,
        "symbols": len(task.data),
        "bits": bits,
        "bits_per_symbol": bits / len(task.data),
        "seconds": seconds,
        "peak_mb": peak_mb,
        "pays_for": methods()[task.method].pays_for + _primed(task.before),
    }


def _primed(before: bytes) -> str:
    return "; after the training text, which is not paid for" if before else ""


def _measure_there(task: Task, answer: Any) -> None:
    method: Callable[..., float] = methods()[task.method].measure
    try:
        method(WARM_UP, WARM_UP if task.before else b"")
        begin = time.perf_counter()
        bits = method(task.data, task.before)
        answer.send((float(bits), time.perf_counter() - begin, _peak_mb()))
    except HvmError as error:
        answer.send(type(error)(str(error)))


def _peak_mb() -> float | None:
    """Most memory of this process so far; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def write_comparison(folder: Path, rows: list[dict[str, Any]], config: dict[str, Any]) -> None:
    """Write ``compare.csv``, ``compare.png``, and the settings and version that made them."""
    import json

    import pandas as pd

    from hvm import __version__
    from hvm.data.files import write_atomic
    from hvm.show.drawing import figure_bytes
    from hvm.show.plots import compare_curves

    table = pd.DataFrame(rows)
    write_atomic(folder / "compare.csv", table.to_csv(index=False).encode())
    about = {"version": __version__, **config}
    write_atomic(folder / "config.json", (json.dumps(about, indent=1) + "\n").encode())
    write_atomic(folder / "compare.png", figure_bytes(compare_curves(table), ".png"))
