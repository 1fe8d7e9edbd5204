"""Learning by several jobs, on a cluster, and of a text of 100 MB: parts of ``benchmarks.scale``.

Here it is the time on the wall that counts, so nothing else should run on the machine.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.larger import larger
from benchmarks.lines import Line
from benchmarks.parts import seconds_of, text_of
from benchmarks.processes import child_peak_mb

if TYPE_CHECKING:
    from hvm.symbols.text_files import TextFiles

TEXT = "literature.train"
JOB_BYTES = (5_000_000, 25_000_000)
CLUSTER_BYTES = 5_000_000
LARGE_BYTES = 100_000_000
N_JOBS = 2


def fitted(text: Any, **settings: Any) -> bytes:
    """The model file of a lexicon that was learned from symbols or files."""
    from hvm import HVM

    return HVM(context="unigram", **settings).fit(text).file_bytes()


def job_rows(runs: int) -> Iterator[Line]:
    """One job over two, in turns."""
    from hvm import as_symbols

    text = text_of(TEXT)
    for size in JOB_BYTES:
        symbols = as_symbols(text[:size], "char", "line")
        ratios = []
        for _ in range(runs if size == JOB_BYTES[0] else 1):
            one = seconds_of(partial(fitted, symbols, n_jobs=1))
            ratios.append(one / seconds_of(partial(fitted, symbols, n_jobs=N_JOBS)))
        ratio = statistics.median(ratios)
        yield Line(f"{size:,} characters, one job over two", ratio, 1.7, "x", at_least=True)


def cluster_rows(runs: int) -> Iterator[Line]:
    """Two workers of Dask over two jobs in one process, and a worker killed on the way."""
    from distributed import Client, LocalCluster

    from hvm.symbols.text_files import TextFiles

    text = text_of(TEXT)[:CLUSTER_BYTES]
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=N_JOBS, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        path = Path(folder, "text.txt")
        for size in (100_000, len(text)):  # a small one first: all that is to be compiled
            path.write_text(text[:size], "utf-8")
            files = TextFiles(path, unit="char", sequences="line")
            expected = fitted(files, n_jobs=N_JOBS)
            same = fitted(files, engine=cluster) == expected
        times = [_in_turn(files, cluster) for _ in range(runs)]
        ratio = statistics.median(spread / here for here, spread in times)
        yield Line("Dask, two workers over two jobs", ratio, 1.3, "x")
        yield Line("the same model", float(same), 1.0, "", at_least=True)
        whole = statistics.median(spread for _, spread in times)
        pids = client.run(os.getpid)
        killing = threading.Timer(whole / 2, os.kill, (min(pids.values()), signal.SIGKILL))
        killing.start()
        begin = time.perf_counter()
        same = fitted(files, engine=cluster) == expected
        ratio = (time.perf_counter() - begin) / whole
        yield Line("a worker killed half-way, over none killed", ratio, 1.5, "x")
        yield Line("the same model", float(same), 1.0, "", at_least=True)


def _in_turn(files: TextFiles, cluster: object) -> tuple[float, float]:
    """Seconds of two jobs in this process, and on the cluster."""
    here = seconds_of(partial(fitted, files, n_jobs=N_JOBS))
    return here, seconds_of(partial(fitted, files, engine=cluster))


def large_rows(_: int) -> Iterator[Line]:
    """``hvm fit`` of 100 MB of made text, see ``benchmarks.larger``, with two jobs."""
    text = text_of(TEXT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.txt")
        with path.open("w", encoding="utf-8") as made:
            made.writelines(larger(text, LARGE_BYTES))
        command = ["fit", str(path), "--sequences", "line", "--context", "unigram"]
        command += ["--jobs", str(N_JOBS), "-o", str(Path(folder, "m.hvm"))]
        code = f"from hvm.cli.app import run\nassert run({command!r}) == 0\n"
        begin = time.perf_counter()
        peak_mb = child_peak_mb(code)
        minutes = (time.perf_counter() - begin) / 60
    yield Line(f"{LARGE_BYTES:,} bytes, two jobs", minutes, 10.0, "min")
    yield Line(f"{LARGE_BYTES:,} bytes, two jobs, memory", peak_mb / 1000, 4.0, "GB")
