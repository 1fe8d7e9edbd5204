"""Kill commands at random moments and run them again: nothing half-written, and the same bytes.

python -m benchmarks.killed [--moments 100] [--seed 0] [--only COMMAND ...]

Each command runs once undisturbed. Then, in a folder of its own, it is killed (SIGKILL) at a random
moment of that time; every file that is there must hold what the undisturbed one holds. It runs
again to its end, and the folder must hold the same files and bytes. Prints counts; exits with 1
where something differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.processes import CHECKOUT, ONE_THREAD

WORDS = ("where", "is", "the", "dog", "now", ".", "a", "cat", "meows", "there", "i", "see", "small")
TEMPORARY = ".hvm-"
"""Begins the name of a file that is being written; a killed program cannot remove it."""


class Command(NamedTuple):
    """A command line for a folder of inputs and one of outputs, and what of a file is compared."""

    arguments: Callable[[Path, Path], list[str]]
    content: Callable[[Path], bytes] = Path.read_bytes


def without_times(path: Path) -> bytes:
    """A table of ``compare`` without seconds and megabytes, which no two runs share."""
    if path.suffix != ".csv":
        return b""
    import pandas as pd

    table = pd.read_csv(path)
    return table.drop(columns=["seconds", "peak_mb"]).to_csv(index=False).encode()


COMMANDS = {
    "fit": Command(lambda given, out: ["fit", f"{given}/text.txt", "--output", f"{out}/model.hvm"]),
    "compress": Command(
        lambda given, out: ["compress", f"{given}/text.txt", "-o", f"{out}/text.hvz"]
    ),
    "curve": Command(
        lambda given, out: [
            *("curve", f"{given}/short.txt", "--held-out", f"{given}/text.txt"),
            *("--restarts", "1", "-o", str(out)),
        ]
    ),
    "compare": Command(
        lambda given, out: [
            *("compare", f"{given}/short.txt", "--methods", "hvm,lz78,zlib", "-o", str(out)),
        ],
        without_times,
    ),
    "recall": Command(
        lambda given, out: [
            *("recall", f"{given}/trials.csv", "--models", "hvm,bigram,lz78", "-o", str(out)),
            *("--draws", "20", "--folds", "2"),
        ]
    ),
}


def write_inputs(folder: Path) -> None:
    """Texts and a table of trials, the same every time."""
    from hvm.recall.task.simulate import synthetic_trials
    from hvm.recall.task.trials import as_trials, write_trials

    rng = np.random.default_rng(0)
    words = " ".join(rng.choice(WORDS, 12_000).tolist())
    (folder / "text.txt").write_text(words)
    (folder / "short.txt").write_text(words[:8_000])
    table = synthetic_trials(6)
    write_trials(folder / "trials.csv", as_trials(table[table["trial"] <= 64]))


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start hvm in a fresh interpreter."""
    return subprocess.Popen(
        [sys.executable, "-m", "hvm", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def run_to_end(arguments: list[str]) -> float:
    """Run hvm, which must succeed; seconds."""
    begin = time.monotonic()
    process = start(arguments)
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(f"hvm {' '.join(arguments)}: exit {process.returncode}: {errors.decode()}")
    return time.monotonic() - begin


def run_and_kill(arguments: list[str], seconds: float) -> bool:
    """Run hvm and kill it after a time; whether it had ended before."""
    process = start(arguments)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    return True


def contents(folder: Path, command: Command) -> dict[str, bytes]:
    """Files by name; those that were being written are left out."""
    return {
        path.relative_to(folder).as_posix(): command.content(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(TEMPORARY)
    }


class Result(NamedTuple):
    """What became of the kills of a command."""

    n_killed: int
    n_ended: int
    n_leftover: int
    faults: tuple[str, ...]


def tried(name: str, moments: int, rng: np.random.Generator, given: Path, folder: Path) -> Result:
    """Kill a command at some moments."""
    command, reference, out = COMMANDS[name], folder / "whole", folder / "killed"
    reference.mkdir()
    run_to_end(command.arguments(given, reference))  # compiles
    seconds = run_to_end(command.arguments(given, reference))
    shutil.rmtree(reference)
    reference.mkdir()
    seconds = run_to_end(command.arguments(given, reference))
    whole = contents(reference, command)
    n_ended, n_leftover, faults = 0, 0, list[str]()
    for number in range(moments):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        moment = float(rng.uniform(0, seconds))
        n_ended += run_and_kill(command.arguments(given, out), moment)
        found = contents(out, command)
        odd = [each for each in found if whole.get(each, found[each]) != found[each]]
        n_leftover += any(path.name.startswith(TEMPORARY) for path in out.rglob("*"))
        faults += [f"{name}, kill {number} after {moment:.3f} s: {each} differs" for each in odd]
        run_to_end(command.arguments(given, out))
        after = contents(out, command)
        odd = [each for each in {**whole, **after} if whole.get(each) != after.get(each)]
        faults += [f"{name}, kill {number}, run again: {each} differs" for each in odd]
    return Result(moments - n_ended, n_ended, n_leftover, tuple(faults))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moments", type=int, default=100, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    options = parser.parse_args()
    rng, faults = np.random.default_rng(options.seed), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "given")
        given.mkdir()
        write_inputs(given)
        for name in options.only:
            place = Path(folder, name)
            place.mkdir()
            result = tried(name, options.moments // len(options.only), rng, given, place)
            faults += result.faults
            print(
                f"{name:10}{result.n_killed:4} killed, {result.n_ended} had ended, "
                f"{result.n_leftover} left a temporary file, {len(result.faults)} faults"
            )
    print("\n".join(faults[:20]) or "nothing half-written; every next run gave the same bytes")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
