"""Compiling for a first fit in several processes: the cache on disk is where they meet."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hvm.kernels.jit import is_kept
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.learn.fitted_experts import compile_experts
from hvm.learn.hvm import compile_growth

PARTS: dict[str, Callable[[], object]] = {"growth": compile_growth, "experts": compile_experts}
"""What a fit needs later than what parses, and what is compiled without that."""


@contextmanager
def compiled_beside(*parts: str) -> Iterator[None]:
    """Compile parts in other processes while something goes on; they end when that does.

    Nothing is done on one processor, or where the first kernels of a fit are compiled already.
    """
    n_others = (os.cpu_count() or 1) - 1
    if not n_others or is_kept(viterbi):
        yield
        return
    from multiprocessing import get_context

    context = get_context("spawn")
    shares = [parts[k::n_others] for k in range(min(n_others, len(parts)))]
    processes = [context.Process(target=_compile, args=(share,), daemon=True) for share in shares]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.terminate()  # files are written whole or not at all
            process.join()


def _compile(parts: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever waits
    for part in parts:
        PARTS[part]()
