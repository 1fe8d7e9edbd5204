"""What is timed: each part is called in a process of its own and gives rows."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.processes import child_peak_mb, children_cpu_s, run_python
from benchmarks.rows import Row

if TYPE_CHECKING:
    from hvm import HVM, Symbols

TEXT = "text/childes.train.txt"
VOCABULARY = 8000  # entries of BPE, as its users choose for a text of this size
ENTRIES_MIN = 7900  # what HVM must end with to be compared with BPE
FEW_ITERATIONS = 4  # reach those entries: atoms, pairs, without those that do not pay, variables
GROWTH_ENTRIES = 2000  # what a tenth of the text can also fill
SNIPPET_SYMBOLS = 1000  # what the published algorithm was run on
WORLD_SYMBOLS = (10_000, 100_000)
GREEDY_BYTES_PER_S, VITERBI_BYTES_PER_S = 40e6, 15e6  # to be reached by the parses
SURPRISAL_SYMBOLS_PER_S = 4e6  # and by exact bits of independent units

Times = dict[str, list[float]]


class Part(NamedTuple):
    """Rows of one kind, by so many runs each; some need the folder of data."""

    rows: Callable[[int], Iterator[Row]]
    needs_data: bool = False


# -- the clock ----------------------------------------------------------------------------


def seconds_of(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


@cache
def _loop_input() -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in range(0, 2**32, 2**14))


def reference_loop() -> None:
    """Work that no change of hvm can touch: deflate one megabyte of counted numbers."""
    zlib.compress(_loop_input(), 6)


def in_turn(calls: dict[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """Least seconds of each call; they take turns, so that a busy machine slows all alike."""
    times: Times = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            times[name].append(seconds_of(call))
    return {name: min(values) for name, values in times.items()}


def over_loop(calls: dict[str, Callable[[], Any]], runs: int) -> Iterator[Row]:
    """Rows of calls, each already warm, over the reference loop."""
    seconds = in_turn({**calls, "loop": reference_loop}, runs)
    loop = seconds.pop("loop")
    yield from (Row(name, value, "s", "loop", value / loop) for name, value in seconds.items())


# -- generated text: no data needed -------------------------------------------------------


def world_rows(runs: int) -> Iterator[Row]:
    """Fit, parse, score and load on a generated world, whose shorter text begins the longer."""
    from hvm import HVM, as_symbols, generate

    for n_symbols in WORLD_SYMBOLS:
        world = generate.generate(20, 10, 0.5, n_symbols, seed=1, entropy_symbols=1_000)
        symbols = as_symbols(world.symbols)
        lexicon_alone = partial(HVM, restarts=1, context="unigram")
        model, whole = lexicon_alone().fit(symbols), HVM(restarts=1).fit(symbols)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.hvm")
            model.save(path)
            calls = {
                "fit, variables": partial(lexicon_alone().fit, symbols),
                "fit, chunks alone": partial(lexicon_alone(variables=False).fit, symbols),
                "fit, experts": partial(HVM(restarts=1).fit, symbols),
                "parse, viterbi": partial(model.parse, symbols, "viterbi"),
                "parse, greedy": partial(model.parse, symbols, "greedy"),
                "score": partial(model.bits_per_symbol, symbols, best_parse=True),
                "surprisal": partial(model.surprisal, symbols),
                "surprisal, experts": partial(whole.surprisal, symbols),
                "load": partial(HVM.load, path),
            }
            for call in calls.values():
                call()
            named = {f"{name}, {n_symbols:,} symbols": call for name, call in calls.items()}
            yield from over_loop(named, runs)


def snippet_rows(runs: int) -> Iterator[Row]:
    """The published algorithm on as many symbols as it was published with."""
    from hvm import HVM, as_symbols, generate

    world = generate.generate(20, 10, 0.5, SNIPPET_SYMBOLS, seed=1, entropy_symbols=1_000)
    fit = partial(HVM.paper().fit, as_symbols(world.symbols))
    fit()
    (row,) = over_loop({f"paper preset, {SNIPPET_SYMBOLS:,} symbols": fit}, max(runs, 20))
    yield row._replace(value_max=0.005)


def start_rows(runs: int) -> Iterator[Row]:
    """What ``import hvm`` adds to an empty program, and ``hvm --help``."""
    arguments = {
        "nothing": ("-c", "pass"),
        "import hvm": ("-c", "import hvm"),
        "hvm --help": ("-m", "hvm", "--help"),
    }
    calls = {name: partial(run_python, *call) for name, call in arguments.items()}
    seconds = in_turn(calls, max(runs, 10))
    nothing = seconds.pop("nothing")
    for name, value_max in (("import hvm", nothing + 0.05), ("hvm --help", 0.4)):
        value = seconds[name]
        yield Row(name, value, "s", "an empty program", value / nothing, value_max)


def first_rows(_: int) -> Iterator[Row]:
    """The whole ``hvm fit`` of a small text when nothing is compiled yet, and the next one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.txt")
        path.write_text("a dog barks . a cat meows . " * 100, encoding="utf-8")
        command = ("-m", "hvm", "fit", str(path), "--output", str(Path(folder, "small.hvm")))
        call = partial(run_python, *command, NUMBA_CACHE_DIR=folder)
        cpu_begin = children_cpu_s()
        first = seconds_of(call)
        first_cpu = children_cpu_s() - cpu_begin
        second = seconds_of(call)
    yield Row("first fit, compiling", first, "s", "the second", first / second, 20.0)
    yield Row("first fit, processor time", first_cpu, "s", "the second", first_cpu / second)


# -- real text ----------------------------------------------------------------------------


def data_path(name: str) -> Path:
    folder = os.environ.get("HVM_DATA")
    if not folder:
        sys.exit("HVM_DATA names no folder of data: see experiments/README.md")
    return Path(folder) / name


def text_of(name: str) -> str:
    return data_path(f"text/{name}.txt").read_text(encoding="utf-8")


def read_text() -> str:
    with open(data_path(TEXT), encoding="utf-8", newline="") as file:
        return file.read()


def text_symbols(text: str) -> Symbols:
    from hvm import as_symbols

    return as_symbols(text, "char", "line")


def fit(text: str, max_entries: int, iterations: int | None = None) -> HVM:
    from hvm import HVM

    model = HVM(max_entries=max_entries, iterations=iterations, context="unigram")
    return model.fit(text_symbols(text))


def limit_of_enough_entries(text: str, iterations: int | None = None) -> tuple[int, HVM]:
    """The least limit tried that leaves enough entries after pruning, and the model."""
    max_entries = VOCABULARY
    while True:
        model = fit(text, max_entries, iterations)
        missing = ENTRIES_MIN - len(model.lexicon_)
        if missing <= 0 or max_entries > 2 * VOCABULARY:
            return max_entries, model
        max_entries += missing + 100


def rival_rows(runs: int) -> Iterator[Row]:
    """HVM to about 8,000 entries against BPE of two libraries: from text in memory to a model.

    A few iterations reach the entries; those after them, until nothing pays, are timed beside.
    """
    text = read_text()
    max_entries, _ = limit_of_enough_entries(text, FEW_ITERATIONS)
    lines = text.splitlines(keepends=True)
    fits = {
        "fit, as many entries as BPE": partial(fit, text, max_entries, FEW_ITERATIONS),
        "fit, until nothing pays": partial(fit, text, max_entries),
    }
    rivals = {"tokenizers": partial(bpe, lines), "sentencepiece": partial(spm, lines)}
    seconds = in_turn({**fits, **rivals}, runs)
    for name, rival, ratio_max in (
        ("fit, as many entries as BPE", "tokenizers", 0.5),
        ("fit, as many entries as BPE", "sentencepiece", 1.0),
        ("fit, until nothing pays", "tokenizers", 0.5),
    ):
        value, ratio = seconds[name], seconds[name] / seconds[rival]
        yield Row(f"{name} ({rival})", value, "s", rival, ratio, ratio_max=ratio_max)


def word_rows(runs: int) -> Iterator[Row]:
    """All that a user gets by default, its parts alone, on words, against BPE by lines."""
    from hvm import HVM, as_symbols
    from hvm.learn.rows import learn_rows
    from hvm.predict.experts import Experts

    text = read_text()
    symbols, lines = as_symbols(text, "word", "line"), text.splitlines(keepends=True)
    HVM.compile_kernels()
    Experts.rehearse()
    calls = {
        "words: fit": partial(HVM().fit, symbols),
        "words: fit, experts alone": partial(Experts().fit, symbols),
        "words: fit, code of rows alone": partial(learn_rows, symbols),
        "characters: fit": partial(HVM().fit, text_symbols(text)),
        "tokenizers": partial(bpe, lines),
    }
    learn_rows(symbols)  # compiled
    seconds = in_turn(calls, runs)
    for name, ratio_max in zip(list(calls)[:4], (1.0, 1.0, 1.0, 2.0), strict=True):
        value, ratio = seconds[name], seconds[name] / seconds["tokenizers"]
        yield Row(name, value, "s", "tokenizers", ratio, ratio_max=ratio_max)


def bpe(lines: Sequence[str]) -> None:
    from tokenizers import Tokenizer, models, trainers

    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False)
    Tokenizer(models.BPE()).train_from_iterator(iter(lines), trainer)


def spm(lines: Sequence[str]) -> None:
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


def growth_rows(runs: int) -> Iterator[Row]:
    """All of a text against a tenth of its lines, over what linear growth would be."""
    lines = read_text().splitlines(keepends=True)
    texts = {"all": "".join(lines), "tenth": "".join(lines[: len(lines) // 10])}
    size_ratio = len(texts["all"].encode()) / len(texts["tenth"].encode())
    for limit, ratio_max in ((GROWTH_ENTRIES, 1.2), (VOCABULARY, None)):
        calls = {name: partial(fit, text, limit) for name, text in texts.items()}
        calls["tenth"]()
        seconds = in_turn(calls, runs)
        ratio = seconds["all"] / seconds["tenth"] / size_ratio
        name = f"fit, ten times the text, {limit:,} entries"
        yield Row(name, seconds["all"], "s", "linear growth", ratio, ratio_max=ratio_max)


def parse_rows(runs: int) -> Iterator[Row]:
    """Parse and weigh the text that a model with variables was learned from."""
    text = read_text()
    _, model = limit_of_enough_entries(text)
    symbols = text_symbols(text)
    calls = {
        "parse of real text, greedy": partial(model.parse, symbols, "greedy"),
        "parse of real text, viterbi": partial(model.parse, symbols, "viterbi"),
        "surprisal of real text": partial(model.surprisal, symbols),
        "parse of real text, greedy, from str": partial(model.parse, text, "greedy"),
    }
    n_bytes = len(text.encode())
    times_max = (
        n_bytes / GREEDY_BYTES_PER_S,
        n_bytes / VITERBI_BYTES_PER_S,
        len(symbols) / SURPRISAL_SYMBOLS_PER_S,
    )
    for call in calls.values():
        call()
    for row, value_max in zip(over_loop(calls, runs), (*times_max, None), strict=True):
        yield row._replace(value_max=value_max)


def memory_rows(runs: int) -> Iterator[Row]:
    """Peak memory of a fit over that of an interpreter that has loaded numpy and numba."""
    peaks = {
        name: min(child_peak_mb(code) for _ in range(min(runs, 3)))
        for name, code in (("loaded", "import numba, numpy"), ("fit", FIT_OF_THE_FILE))
    }
    loaded, whole = peaks["loaded"], peaks["fit"]
    yield Row("peak memory of a fit", whole, "MB", "numpy, numba", whole / loaded, loaded + 300.0)


FIT_OF_THE_FILE = f"""
from benchmarks.parts import TEXT, data_path
from hvm import HVM, read_symbols
HVM(max_entries={VOCABULARY}, context="unigram").fit(read_symbols(data_path(TEXT), "char", "line"))
"""

PARTS = {
    "world": Part(world_rows),
    "snippet": Part(snippet_rows),
    "start": Part(start_rows),
    "first": Part(first_rows),
    "memory": Part(memory_rows, needs_data=True),
    "rivals": Part(rival_rows, needs_data=True),
    "words": Part(word_rows, needs_data=True),
    "growth": Part(growth_rows, needs_data=True),
    "parse": Part(parse_rows, needs_data=True),
}
