"""Compiling before anyone waits for it: ``hvm warm``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from hvm.cli.options import AsJson
from hvm.cli.printing import print_report
from hvm.progress import bar

LINES = "a dog ran\na cat ran\na dog sat\na cat sat\n" * 8


def _search() -> None:
    from hvm.learn.hvm import HVM

    model = HVM(context="unigram").fit(LINES)
    model.surprisal(LINES)
    for method in ("viterbi", "greedy"):
        model.parse(LINES, method)


def _experts() -> None:
    from hvm.learn.fitted_experts import compile_experts

    compile_experts()


def _rows() -> None:
    from hvm.learn.row_fit import compile_rows

    compile_rows()


def _codes() -> None:
    from hvm.code.container import compress, decompress

    decompress(compress(LINES.encode()))


def _words() -> None:
    from hvm.learn.words import WordFinder
    from hvm.symbols.convert import as_symbols

    WordFinder().fit(as_symbols(LINES.replace(" ", ""), "char", "line"))


def _trials() -> None:
    import numpy as np

    from hvm.recall.models.registry import MODELS, make_model

    trial = np.array([0, 1, 2, 0, 1, 2], np.int32)
    for name in MODELS:
        model = make_model(name)
        model.begin(3)
        for _ in range(20):
            model.surprisal(trial)
            model.observe(trial)


def _adapting() -> None:
    from hvm.learn.hvm import HVM

    HVM().fit(LINES).surprisal(LINES, adapt=True)


ALONE: dict[str, Callable[[], None]] = {
    "search": _search,
    "experts": _experts,
    "compress": _codes,
    "rows": _rows,
    "recall": _trials,
    "segment": _words,
}
"""What shares few kernels, so that processes compile it side by side; what takes longest first."""
TOGETHER: dict[str, Callable[[], None]] = {"adapt": _adapting}
"""What needs most of the others' kernels, and compiles the rest."""


def warm(
    processes: Annotated[
        int | None, typer.Option(min=1, help="At a time; as many as processors by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compile for this machine what the commands need, so that none has to: once, some minutes.

    What is compiled already is only loaded.
    """
    begin, seconds = time.perf_counter(), dict[str, float]()
    processes = min(processes or os.cpu_count() or 1, len(ALONE))
    with bar("compiling for this machine") as show:
        for name, processor_seconds in _compiled(processes):
            seconds[name] = processor_seconds
            show(len(seconds), len(ALONE) + len(TOGETHER))
    print_report(
        {
            "processes": processes,
            "seconds": time.perf_counter() - begin,
            "processor_seconds": sum(seconds.values()),
            **{f"{name}_processor_seconds": seconds[name] for name in (*ALONE, *TOGETHER)},
        },
        as_json,
    )


def _compiled(processes: int) -> Iterator[tuple[str, float]]:
    """Each part when it is done, and the processor time that it took."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for parts in (ALONE, TOGETHER):
            for done in as_completed(pool.submit(_compile, name) for name in parts):
                yield done.result()


def _compile(name: str) -> tuple[str, float]:
    begin = time.process_time()
    (ALONE | TOGETHER)[name]()
    return name, time.process_time() - begin
