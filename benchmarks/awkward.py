"""Inputs that could make time explode, against ordinary text of their size.

python -m benchmarks.awkward [--size 100000] [--only NAME ...] [--operations NAME ...] [--cap 120]

Each operation on each input runs in a process of its own, on one thread, after the same operation
on a small text; prints its processor time over that of ordinary text (childes of the folder that
HVM_DATA names, or a generated one) of as many bytes and in the same unit. What takes longer than
the cap is ended.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from benchmarks.processes import CHECKOUT, ONE_THREAD

if TYPE_CHECKING:
    from hvm import Symbols

TEXT = "text/childes.train.txt"
RATIO_MAX = 5.0
"""To be reached by every operation on every input."""
LEARNED_CHARACTERS, LEARNED_ITERATIONS = 20_000, 20
"""Of the same kind, that the model of score, parse and surprisal learned from, and how long."""
SMALL_BYTES = 3_000
SECONDS_MIN = 0.2
"""Of processor time that a call is repeated for."""
FIRST_DISTINCT = 0x10000  # above the surrogates


class Input(NamedTuple):
    """A text of about so many bytes, and the unit that it is learned in."""

    text: Callable[[int], str]
    unit: str = "char"


# -- inputs -------------------------------------------------------------------------------


def ordinary(size: int) -> str:
    """The beginning of real text, or words of a generated one."""
    path = Path(os.environ.get("HVM_DATA", ""), TEXT)
    if path.is_file():
        return path.read_bytes()[:size].decode("utf-8", "ignore")
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("aeioubdgklmnst"), rng.integers(1, 8))) for _ in range(4_000)]
    chances = 1 / np.arange(2, len(words) + 2)
    drawn = rng.choice(words, size // 3, p=chances / chances.sum()).tolist()
    lines = (" ".join(drawn[at : at + 7]) for at in range(0, len(drawn), 7))
    return "\n".join(lines)[:size]


def as_text(numbers: Sequence[int], symbols: str = "ab") -> str:
    return "".join(symbols[number] for number in numbers)


def text_twice(size: int) -> str:
    half = ordinary(size // 2)
    return f"{half}\n{half}"


def rare_twice(size: int) -> str:
    """Words of which most are rare, and once more."""
    rng = np.random.default_rng(1)
    rare = (f"w{number}" if number > 50 else f"the{number}" for number in rng.zipf(1.3, size // 8))
    half = " ".join(rare)[: size // 2]
    return f"{half} {half}"


def permutation_twice(size: int) -> str:
    half = " ".join(map(str, np.random.default_rng(1).permutation(size // 10).tolist()))
    return f"{half} {half}"


def fibonacci(size: int) -> str:
    before, word = "b", "a"
    while len(word) < size:
        before, word = word, word + before
    return word[:size]


def de_bruijn(size: int) -> str:
    """Every run of n bits once, n as large as needed: the greedy sequence, by a register."""
    n_bits = max(2, size.bit_length())
    word, seen, state = [0] * n_bits, {0}, 0
    while len(word) < size:
        nxt = (state << 1 | 1) & ((1 << n_bits) - 1)
        nxt = nxt if nxt not in seen else nxt ^ 1
        seen.add(nxt)
        word.append(nxt & 1)
        state = nxt
    return as_text(word)[:size]


def nested(size: int) -> str:
    return "(" * (size // 2) + ")" * (size // 2)


def brackets(size: int) -> str:
    """Balanced, of any depth."""
    rng, depth, text = np.random.default_rng(1), 0, list[str]()
    for chance in (rng.random(size) < 0.5).tolist():
        opens = chance or depth == 0
        depth += 1 if opens else -1
        text.append("(" if opens else ")")
    return "".join(text)


def distinct(size: int) -> str:
    return "".join(map(chr, range(FIRST_DISTINCT, FIRST_DISTINCT + size // 4)))


def random_bytes(size: int) -> str:
    return np.random.default_rng(1).integers(0, 256, size, np.uint8).tobytes().decode("latin-1")


def mutated_repeat(size: int) -> str:
    """One passage again and again, a symbol in a hundred another each time."""
    rng = np.random.default_rng(1)
    passage = rng.integers(0, 20, max(10, size // 20))
    copies = np.tile(passage, 20)
    odd = rng.random(len(copies)) < 0.01
    copies[odd] = rng.integers(0, 20, int(odd.sum()))
    return as_text(copies.tolist(), "abcdefghijklmnopqrst")[:size]


def long_period(size: int) -> str:
    passage = ordinary(max(10, size // 10))
    return (passage * 11)[:size]


INPUTS = {
    "text twice": Input(text_twice, "word"),
    "rare words twice": Input(rare_twice, "word"),
    "permutation twice": Input(permutation_twice, "int"),
    "Fibonacci": Input(fibonacci),
    "de Bruijn": Input(de_bruijn),
    "nested": Input(nested),
    "brackets": Input(brackets),
    "one symbol": Input(lambda size: "a" * size),
    "distinct": Input(distinct),
    "random bytes": Input(random_bytes),
    "mutated repeat": Input(mutated_repeat),
    "long period": Input(long_period),
}
ORDINARY = {"word": Input(ordinary, "word"), "char": Input(ordinary)}


# -- operations ---------------------------------------------------------------------------


def symbols_of(text: str, unit: str) -> Symbols:
    from hvm import as_symbols

    return as_symbols([int(word) for word in text.split()] if unit == "int" else text, unit)


Operation: TypeAlias = Callable[[Input, int], Callable[[], object]]
"""All that is not timed, and what is."""


def of_model(name: str) -> Operation:
    """What a model of a small text says of a large one of its kind."""

    def prepared(one: Input, size: int) -> Callable[[], object]:
        from hvm import HVM

        symbols = symbols_of(one.text(size), one.unit)
        known = symbols_of(one.text(min(size, LEARNED_CHARACTERS)), one.unit)
        model = HVM(restarts=1, iterations=LEARNED_ITERATIONS).fit(known)
        return lambda: getattr(model, name)(symbols)

    return prepared


def fit(one: Input, size: int) -> Callable[[], object]:
    from hvm import HVM

    symbols = symbols_of(one.text(size), one.unit)
    return lambda: HVM().fit(symbols)


def compression(method: str) -> Operation:
    def prepared(one: Input, size: int) -> Callable[[], object]:
        from hvm.code.container import compress

        text = one.text(size)
        data = text.encode("latin-1" if max(map(ord, text)) < 256 else "utf-8")
        return lambda: compress(data, method)

    return prepared


OPERATIONS: dict[str, Operation] = {
    "fit": fit,
    "bits_per_symbol": of_model("bits_per_symbol"),
    "parse": of_model("parse"),
    "surprisal": of_model("surprisal"),
    "mixed": compression("mixed"),
    "hvm": compression("hvm"),
}


# -- times --------------------------------------------------------------------------------


def child(operation: str, one: Input, size: int, cap: int) -> None:
    """Print the processor seconds of an operation, after a small text; end beyond the cap."""
    unit = "word" if one.unit == "int" else one.unit
    OPERATIONS[operation](Input(ordinary, unit), SMALL_BYTES)()
    call = OPERATIONS[operation](one, size)
    begin = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(begin) + cap, resource.RLIM_INFINITY))
    times = 0
    while time.process_time() - begin < SECONDS_MIN:
        call()
        times += 1
    print((time.process_time() - begin) / times)


def seconds_of(operation: str, name: str, size: int, cap: int) -> float:
    """Processor seconds in a process of its own; infinite beyond the cap."""
    arguments = ["--child", operation, name, "--size", str(size), "--cap", str(cap)]
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.awkward", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
    )
    if finished.returncode == -signal.SIGXCPU:
        return float("inf")
    if finished.returncode:
        sys.exit(f"{operation}, {name}: exit {finished.returncode}\n{finished.stderr}")
    return float(finished.stdout.splitlines()[-1])


def cell(seconds: float, reference: float) -> str:
    if seconds == float("inf"):
        return "> cap !"
    ratio = seconds / reference
    return f"{ratio:.2f}{' !' * (ratio > RATIO_MAX)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="bytes")
    parser.add_argument("--only", nargs="+", choices=INPUTS, default=list(INPUTS), metavar="NAME")
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=list(OPERATIONS))
    parser.add_argument("--cap", type=int, default=120, help="processor seconds of one operation")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        operation, name = options.child
        child(operation, {**INPUTS, **ORDINARY}[name], options.size, options.cap)
        return
    print(f"{'':20}" + "".join(f"{name:>12}" for name in options.operations), flush=True)
    references = dict[tuple[str, str], float]()
    for unit in dict.fromkeys("char" if INPUTS[n].unit == "char" else "word" for n in options.only):
        for operation in options.operations:
            references[unit, operation] = seconds_of(operation, unit, options.size, options.cap)
        row = (f"{references[unit, each]:10.4f} s" for each in options.operations)
        print(f"{'ordinary, ' + unit:20}" + "".join(row), flush=True)
    for name in options.only:
        unit = "char" if INPUTS[name].unit == "char" else "word"
        print(f"{name:20}", end="", flush=True)
        for operation in options.operations:
            seconds = seconds_of(operation, name, options.size, options.cap)
            print(f"{cell(seconds, references[unit, operation]):>12}", end="", flush=True)
        print(flush=True)


if __name__ == "__main__":
    main()
