"""Time and memory of the main job on one thread, beside tokenizers and sentencepiece.

python benchmarks/speed.py [--only PART ...] [--json]      with HVM_DATA naming the folder of data

Every part runs in a process of its own, one after the other; nothing else should be running.
How far the published algorithm agrees with the published tables: experiments/published/run.py.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvm import HVM, Symbols

TEXT = "text/childes.train.txt"
VOCABULARY = 8000  # of the rivals
ENTRIES_MIN = 7900  # what HVM must end with to be compared
FEW_ITERATIONS = 4  # atoms, pairs, without the pairs that do not pay, variables
GROWTH_ENTRIES = 2000  # what a tenth of the text can also fill
SNIPPET_CHARACTERS = 1000
LIBRARIES = ("NUMBA", "OMP", "OPENBLAS", "RAYON")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}

Facts = dict[str, Any]


def text_path() -> Path:
    folder = os.environ.get("HVM_DATA")
    if not folder:
        sys.exit("HVM_DATA names no folder of data: see experiments/README.md")
    return Path(folder) / TEXT


def read_text() -> str:
    with open(text_path(), encoding="utf-8", newline="") as file:
        return file.read()


def seconds_of(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


# -- parts: each runs in its own process and returns what it found --------------------------


def part_fit(runs: int) -> Facts:
    """HVM to about 8,000 entries against BPE: from text in memory to a model, in turn.

    A few iterations reach the entries; those after them, until nothing pays, are timed beside.
    """
    from hvm.learn.hvm import HVM

    text = read_text()
    HVM.compile_kernels()
    max_entries, model = enough_entries(text, FEW_ITERATIONS)
    lines = text.splitlines(keepends=True)
    rivals: dict[str, Callable[[], Any]] = {
        "hvm": lambda: fit(text, max_entries, FEW_ITERATIONS),
        "hvm_to_the_end": lambda: fit(text, max_entries),
        "tokenizers": lambda: bpe(lines),
        "sentencepiece": lambda: spm(lines),
    }
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(runs):
        for name, call in rivals.items():
            seconds[name].append(seconds_of(call))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        "bytes": len(text.encode()),
        "max_entries": max_entries,
        "iterations": FEW_ITERATIONS,
        **entries_of(model),
        **{f"{name}_s": median for name, median in medians.items()},
        "hvm_over_tokenizers": medians["hvm"] / medians["tokenizers"],
        "hvm_over_sentencepiece": medians["hvm"] / medians["sentencepiece"],
        "hvm_to_the_end_over_tokenizers": medians["hvm_to_the_end"] / medians["tokenizers"],
        "bits_per_symbol_to_the_end": fit(text, max_entries).bits_per_symbol_,
        "all_seconds": seconds,
    }


def part_growth(runs: int) -> Facts:
    """Fit time of a tenth of the lines and of all, to entries that both reach, and to more."""
    from hvm.learn.hvm import HVM

    lines = read_text().splitlines(keepends=True)
    texts = {"all": "".join(lines), "tenth": "".join(lines[: len(lines) // 10])}
    HVM.compile_kernels()
    size_ratio = len(texts["all"].encode()) / len(texts["tenth"].encode())
    facts: Facts = {"size_ratio": size_ratio}
    for limit in (GROWTH_ENTRIES, VOCABULARY):
        models = {name: fit(text, limit) for name, text in texts.items()}
        seconds = {
            name: [seconds_of(partial(fit, text, limit)) for _ in range(runs)]
            for name, text in texts.items()
        }
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        for name, model in models.items():
            facts[f"{name}_{limit}_entries"] = len(model.lexicon_)
            facts[f"{name}_{limit}_s"] = medians[name]
        facts[f"over_linear_{limit}"] = medians["all"] / medians["tenth"] / size_ratio
    return facts


def part_parse(runs: int) -> Facts:
    """Parse the text that a model with variables was learned from, greedily and by viterbi."""
    from hvm.learn.hvm import HVM

    text = read_text()
    HVM.compile_kernels()
    _, model = enough_entries(text)
    symbols = text_symbols(text)
    megabytes = len(text.encode()) / 1e6
    facts: Facts = {**entries_of(model)}
    for method in ("greedy", "viterbi"):
        parsed = model.parse(symbols, method)
        times = [seconds_of(partial(model.parse, symbols, method)) for _ in range(runs)]
        facts[f"{method}_mb_per_s"] = megabytes / statistics.median(times)
        facts[f"{method}_slots"] = len(parsed.slot_units)
    times = [seconds_of(lambda: model.parse(text, "greedy")) for _ in range(runs)]
    facts["greedy_from_str_mb_per_s"] = megabytes / statistics.median(times)
    return facts


def part_memory(runs: int) -> Facts:
    """Peak memory of the fit over an interpreter that has loaded numpy and numba."""
    peaks = {
        name: statistics.median(child(f"peak-{name}")["peak_mb"] for _ in range(min(runs, 3)))
        for name in ("loaded", "fit")
    }
    return {
        "loaded_mb": peaks["loaded"],
        "fit_mb": peaks["fit"],
        "fit_over_loaded_mb": peaks["fit"] - peaks["loaded"],
    }


def part_start(runs: int) -> Facts:
    """What `import hvm` adds to an empty program, and `hvm --help`."""
    runs = max(runs, 10)
    nothing, imported, help_ = (
        statistics.median(seconds_of(partial(run_python, *call)) for _ in range(runs))
        for call in (("-c", "pass"), ("-c", "import hvm"), ("-m", "hvm", "--help"))
    )
    return {"nothing_s": nothing, "import_over_nothing_s": imported - nothing, "help_s": help_}


def part_first(_: int) -> Facts:
    """The whole `hvm fit` of a small text when nothing is compiled yet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.txt")
        path.write_text("a dog barks . a cat meows . " * 100, encoding="utf-8")
        command = ("-m", "hvm", "fit", str(path), "--output", str(Path(folder, "small.hvm")))
        begin, cpu_begin = time.perf_counter(), children_cpu_s()
        first = run_python(*command, NUMBA_CACHE_DIR=folder)
        first_s, first_cpu_s = time.perf_counter() - begin, children_cpu_s() - cpu_begin
        second_s = seconds_of(lambda: run_python(*command, NUMBA_CACHE_DIR=folder))
    says_so = "compil" in (first.stdout + first.stderr).lower()
    return {
        "first_fit_s": first_s,
        "first_fit_cpu_s": first_cpu_s,
        "second_fit_s": second_s,
        "says_that_it_compiles": says_so,
    }


def children_cpu_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


def part_snippet(_: int) -> Facts:
    """The published algorithm on 1000 characters, warm."""
    from hvm import HVM

    text = read_text()[:SNIPPET_CHARACTERS]
    model = HVM.paper()
    model.fit(text)
    times = [seconds_of(lambda: model.fit(text)) for _ in range(50)]
    learning = []
    for _ in range(50):
        learning.append(model.fit(text).seconds_)
    return {
        "fit_ms": 1e3 * statistics.median(times),
        "learning_ms": 1e3 * statistics.median(learning),
        "iterations": model.n_iterations_,
    }


PARTS: dict[str, Callable[[int], Facts]] = {
    "start": part_start,
    "first": part_first,
    "snippet": part_snippet,
    "memory": part_memory,
    "fit": part_fit,
    "growth": part_growth,
    "parse": part_parse,
}


# -- what the parts are made of -------------------------------------------------------------


def text_symbols(text: str) -> Symbols:
    from hvm import as_symbols

    return as_symbols(text, "char", "line")


def fit(text: str, max_entries: int, iterations: int | None = None) -> HVM:
    from hvm import HVM

    model = HVM(max_entries=max_entries, iterations=iterations)
    model.fit(text_symbols(text))
    return model


def enough_entries(text: str, iterations: int | None = None) -> tuple[int, HVM]:
    """The least limit tried that leaves enough entries after pruning, and the model."""
    max_entries = VOCABULARY
    while True:
        model = fit(text, max_entries, iterations)
        missing = ENTRIES_MIN - len(model.lexicon_)
        if missing <= 0 or max_entries > 2 * VOCABULARY:
            return max_entries, model
        max_entries += missing + 100


def entries_of(model: HVM) -> Facts:
    lexicon = model.lexicon_
    return {
        "entries": len(lexicon),
        "chunks": len(lexicon.chunks),
        "variables": len(lexicon.variables),
        "bits_per_symbol": model.bits_per_symbol_,
    }


def bpe(lines: list[str]) -> None:
    from tokenizers import Tokenizer, models, trainers

    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False)
    Tokenizer(models.BPE()).train_from_iterator(iter(lines), trainer)


def spm(lines: list[str]) -> None:
    import io

    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line.rstrip("\r\n") for line in lines]),
        model_writer=io.BytesIO(),
        model_type="bpe",
        vocab_size=VOCABULARY,
        split_by_whitespace=False,  # as hvm and the other rival: pieces may hold several words
        num_threads=1,
        minloglevel=2,
    )


def peak_loaded() -> Facts:
    import numba
    import numpy

    assert numba and numpy
    return {"peak_mb": peak_mb()}


def peak_fit() -> Facts:
    from hvm.symbols.readers import read_symbols

    symbols = read_symbols(text_path(), "char", "line")
    from hvm import HVM

    HVM(max_entries=VOCABULARY).fit(symbols)
    return {"peak_mb": peak_mb()}


def peak_mb() -> float:
    """Most memory that this process held, on Linux not less than its parent's when it began."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


CHILDREN: dict[str, Callable[[], Facts]] = {"peak-loaded": peak_loaded, "peak-fit": peak_fit}


# -- processes ------------------------------------------------------------------------------


def run_python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; what it says on stderr is shown only if it fails."""
    finished = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **ONE_THREAD, **variables},
        capture_output=True,
        text=True,
    )
    if finished.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {finished.returncode}\n{finished.stderr}")
    return finished


def child(part: str, runs: int = 1) -> Facts:
    """Run a part in a process of its own."""
    finished = run_python(__file__, "--child", part, "--runs", str(runs))
    return json.loads(finished.stdout.splitlines()[-1])


# -- the table ------------------------------------------------------------------------------


def goals(found: dict[str, Facts]) -> list[tuple[str, str, str, bool]]:
    """What, value, what to reach, and whether it is reached."""
    rows = [
        ("import hvm over an empty program", "start", "import_over_nothing_s", "s", 0.05),
        ("hvm --help", "start", "help_s", "s", 0.4),
        ("first fit, compilation included", "first", "first_fit_s", "s", 20.0),
        ("1000 characters, paper preset, warm", "snippet", "fit_ms", "ms", 5.0),
        ("peak memory of the fit over numpy, numba", "memory", "fit_over_loaded_mb", "MB", 300.0),
        ("fit time / tokenizers BPE", "fit", "hvm_over_tokenizers", "", 0.5),
        ("fit time / sentencepiece BPE (aim)", "fit", "hvm_over_sentencepiece", "", 1.0),
        ("until nothing pays / tokenizers", "fit", "hvm_to_the_end_over_tokenizers", "", 0.5),
        (
            f"growth of fit time / linear, {GROWTH_ENTRIES} entries",
            "growth",
            f"over_linear_{GROWTH_ENTRIES}",
            "",
            1.2,
        ),
    ]
    table = [
        (what, f"{found[part][key]:.3g} {unit}".strip(), f"<= {bound:g}", found[part][key] <= bound)
        for what, part, key, unit, bound in rows
        if part in found
    ]
    if "first" in found:
        says_so = found["first"]["says_that_it_compiles"]
        table.append(("first fit says that it compiles", str(says_so), "True", says_so))
    if "parse" in found:
        speed = found["parse"]["greedy_mb_per_s"]
        table.append(("greedy parse", f"{speed:.3g} MB/s", ">= 20", speed >= 20))
    if "fit" in found:
        entries = found["fit"]["entries"]
        table.append(
            ("entries of that fit", str(entries), f">= {ENTRIES_MIN}", entries >= ENTRIES_MIN)
        )
    return table


def print_table(found: dict[str, Facts]) -> None:
    for part, facts in found.items():
        print(f"{part}: {(PARTS[part].__doc__ or '').strip()}")
        for key, value in facts.items():
            if not isinstance(value, dict):
                print(
                    f"    {key:26} {value:.4g}"
                    if isinstance(value, float)
                    else f"    {key:26} {value}"
                )
    print()
    rows = [("what", "value", "to reach", "reached")]
    rows += [(what, value, goal, "yes" if met else "no") for what, value, goal, met in goals(found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--runs", type=int, default=3, help="of each timing, at least 3 to report")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--child", choices=[*PARTS, *CHILDREN], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        part = arguments.child
        facts = PARTS[part](arguments.runs) if part in PARTS else CHILDREN[part]()
        print(json.dumps(facts))
        return
    found = {}
    for part in arguments.only:
        print(f"{part} ...", file=sys.stderr)
        found[part] = child(part, arguments.runs)
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print_table(found)


if __name__ == "__main__":
    main()
