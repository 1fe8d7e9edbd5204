"""How learning goes with the size of a text, beside the BPE trainer: the table of docs/scale.md.

python -m benchmarks.scale [--runs 5] [--only PART ...]

Processor time on one thread, but time on the wall where there are several jobs; BPE and hvm take
turns, and each ratio is the median of its turns.
Bits are those of the two-part code by character, ``context="unigram"``, variables included.
Reads the folder that HVM_DATA names.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lines import Line
from benchmarks.many import cluster_rows, job_rows, large_rows
from benchmarks.parts import bpe, text_of
from benchmarks.processes import ONE_THREAD, child_peak_mb, children_cpu_s, run_python

if TYPE_CHECKING:
    from hvm import HVM, Symbols

SIZES_BYTES = (1_000_000, 5_000_000, 25_000_000)
MEMORY_BYTES, SMALL_BYTES = 10_000_000, 100_000


def cpu_seconds(call: Callable[[], object]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def over_bpe(fit: Callable[[], object], lines: list[str], runs: int) -> float:
    """The median, by turn, of one's time over that of BPE."""
    ratios = [cpu_seconds(fit) / cpu_seconds(partial(bpe, lines)) for _ in range(runs)]
    return statistics.median(ratios)


def learner(**settings: int) -> HVM:
    from hvm import HVM

    return HVM(context="unigram", **settings)


def bits_rows(name: str, symbols: Symbols, asked: float | None, **settings: int) -> Iterator[Line]:
    model = learner(**settings).fit(symbols)
    yield Line(f"{name}, training", model.bits_per_symbol_, asked, "bits a symbol")
    yield Line(f"{name}, entries", len(model.lexicon_), None, "")


def childes_rows(runs: int) -> Iterator[Line]:
    """8,000 entries, by lines and as one sequence."""
    from hvm import as_symbols

    text = text_of("childes.train")
    lines = text.splitlines(keepends=True)
    for mode in ("line", "file"):
        symbols = as_symbols(text, "char", mode)
        name = f"childes, 8,000 entries, by {mode}"
        ratio = over_bpe(partial(learner(max_entries=8000).fit, symbols), lines, runs)
        yield Line(name, ratio, 0.5, "x BPE")
        yield from bits_rows(name, symbols, 1.86, max_entries=8000)


def whole_rows(runs: int) -> Iterator[Line]:
    """To where nothing pays."""
    from hvm import as_symbols

    for name, asked, held_out in (
        ("childes", 1.80, 1.925),
        ("bnc_spoken", 2.03, 2.00),
        ("gutenberg", 2.29, 2.70),
    ):
        text = text_of(f"{name}.train")
        symbols = as_symbols(text, "char", "line")
        lines = text.splitlines(keepends=True)
        yield Line(name, over_bpe(partial(learner().fit, symbols), lines, runs), 1.0, "x BPE")
        yield from bits_rows(name, symbols, asked)
        dev = as_symbols(text_of(f"{name}.dev"), "char", "line")
        bits = learner().fit(symbols).bits_per_symbol(dev)
        yield Line(f"{name}, held out", bits, held_out, "bits a symbol")


def word_rows(runs: int) -> Iterator[Line]:
    """Words of childes."""
    from hvm import as_symbols

    text = text_of("childes.train")
    symbols = as_symbols(text, "word", "line")
    ratio = over_bpe(partial(learner().fit, symbols), text.splitlines(keepends=True), runs)
    yield Line("childes, words", ratio, 0.5, "x BPE")
    yield from bits_rows("childes, words", symbols, None)


def growth_rows(runs: int) -> Iterator[Line]:
    """Time over that of a fifth of the text, over the ratio of their sizes."""
    from hvm import as_symbols

    text, before = text_of("literature.train"), 0.0
    for size in SIZES_BYTES:
        symbols = as_symbols(text[:size], "char", "line")
        fit = learner().fit
        seconds = statistics.median(
            cpu_seconds(partial(fit, symbols)) for _ in range(1 if size > SIZES_BYTES[1] else runs)
        )
        yield Line(f"literature, {size:,} characters", seconds, None, "s")
        if before:
            yield Line(f"literature, {size:,}, growth", seconds / before / 5, 1.1, "x sizes")
        before = seconds


def small_rows(runs: int) -> Iterator[Line]:
    """A small text must not take longer than a larger one."""
    text, seconds = text_of("childes.train"), {}
    for size in (8_000, 15_000, 100_000, 400_000):
        fit = partial(learner().fit, text[:size])
        seconds[size] = statistics.median(cpu_seconds(fit) for _ in range(runs))
    for size in (8_000, 15_000, 100_000):
        yield Line(f"{size:,} characters", seconds[size] / seconds[400_000], 1.0, "x 400,000")


def memory_rows(_: int) -> Iterator[Line]:
    """Peak over that of an interpreter that has fitted a small text.

    Of a text that is held beside, which takes two bytes a character, or of a file by the command.
    """
    for size, unit, mode in (
        (MEMORY_BYTES, "char", "line"),
        (MEMORY_BYTES, "char", "file"),
        (MEMORY_BYTES, "word", "line"),
        (SIZES_BYTES[-1], "char", "line"),
    ):
        for name, fit in (("", fit_text), ("from a file, ", fit_file)):
            small, large = (fit(n, unit, mode) for n in (SMALL_BYTES, size))
            value = (large - small) * 1e6 / (size - SMALL_BYTES)
            what = f"memory, {name}{size:,} characters, {unit}s by {mode}"
            yield Line(what, value, 12.0 if unit == "char" else None, "bytes a character")


READ = (
    "import os; from pathlib import Path\n"
    "path = Path(os.environ['HVM_DATA'], 'text/literature.train.txt')\n"
    "text = path.open(encoding='utf-8').read({})\n"
)
"""In a process of its own: one that measures must not have been larger than those it starts."""


def fit_text(n_characters: int, unit: str, mode: str) -> float:
    """Peak memory, MB, of fitting a text that stays in memory."""
    return child_peak_mb(
        READ.format(n_characters) + "from hvm import HVM, as_symbols\n"
        f"HVM(context='unigram').fit(as_symbols(text, '{unit}', '{mode}'))\n"
    )


def fit_file(n_characters: int, unit: str, mode: str) -> float:
    """Peak memory, MB, of ``hvm fit`` of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "text.txt"))
        write = f"Path({path!r}).write_text(text, encoding='utf-8')"
        run_python("-c", READ.format(n_characters) + write)
        options = ["--context", "unigram", "--unit", unit, "--sequences", mode]
        command = ["fit", path, *options, "--output", str(Path(folder, "m.hvm"))]
        return child_peak_mb(f"from hvm.cli.app import run; assert run({command!r}) == 0\n")


def first_rows(_: int) -> Iterator[Line]:
    """All of ``hvm fit`` where nothing is compiled yet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.txt")
        path.write_text("a dog barks . a cat meows . " * 100, encoding="utf-8")
        command = ("-m", "hvm", "fit", str(path), "--context", "unigram")
        begin, cpu = time.perf_counter(), children_cpu_s()
        run_python(*command, "--output", str(Path(folder, "m.hvm")), NUMBA_CACHE_DIR=folder)
        yield Line("first fit, compiling", time.perf_counter() - begin, 10.0, "s")
        yield Line("first fit, processor time", children_cpu_s() - cpu, None, "s")


PARTS = {
    "childes": childes_rows,
    "whole": whole_rows,
    "words": word_rows,
    "growth": growth_rows,
    "small": small_rows,
    "memory": memory_rows,
    "first": first_rows,
    "jobs": job_rows,
    "cluster": cluster_rows,
    "large": large_rows,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    os.environ.update(ONE_THREAD)
    learner().fit("a dog barks . a cat meows . " * 100)  # compiles
    learner(batch=1).fit("a dog barks . a cat meows . " * 100)
    for name in options.only:
        for line in PARTS[name](options.runs):
            print(line, flush=True)


if __name__ == "__main__":
    main()
