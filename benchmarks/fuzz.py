"""Read damaged, odd and hostile inputs: each is an error in one line or a right result.

python -m benchmarks.fuzz [--only KIND ...] [--inputs N] [--seconds S] [--seed 0] [--first I]

Every input follows from the seed, its kind and its number alone, so that ``--only models --first 81
--inputs 1`` tries one again. Each kind runs in a process of its own, which is stopped where one
input takes a minute. Prints counts by kind, the slowest input and the memory above the start;
exits with 1 where a result is wrong, a traceback escapes, or an input hangs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

import numpy as np

from benchmarks.fuzzing import KINDS, Wrong, peak_memory_mb
from hvm.errors import HvmError

HANGS_AFTER_S = 60.0
REPORT_EVERY = 256
WARM_UP_INPUTS = 400
"""Inputs before the start of memory is read: what is compiled and imported is not theirs."""


class Tally(NamedTuple):
    """What became of the inputs of a kind."""

    n_inputs: int = 0
    n_errors: int = 0
    n_right: int = 0
    slowest_s: float = 0.0
    slowest_input: int = -1
    memory_mb: float = 0.0
    faults: tuple[str, ...] = ()


class Plan(NamedTuple):
    """Which inputs to try: a number of them, or as many as a time allows."""

    first: int
    n_inputs: int
    seconds: float
    seed: int


def outcome(kind: str, number: int, seed: int) -> str:
    """Try one input: ``error`` or ``right``, or what is wrong about it."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind), number])
    try:
        KINDS[kind]().attempt(rng)
    except HvmError as error:
        message = str(error)
        return "error" if message and len(message.splitlines()) == 1 else f"message: {message!r}"
    except Wrong as wrong:
        return f"wrong: {wrong}"
    except MemoryError:
        return "MemoryError"
    except Exception as error:
        return f"traceback: {type(error).__name__}: {error}"
    return "right"


def try_all(kind: str, plan: Plan, pipe: Connection) -> None:
    """Try the inputs of a plan in this process, and say from time to time how far it is."""
    KINDS[kind]()  # makes what is to be damaged
    tally, begin, memory_begin = Tally(), time.monotonic(), peak_memory_mb()
    for number in range(plan.first, plan.first + plan.n_inputs):
        start = time.perf_counter()
        found = outcome(kind, number, plan.seed)
        seconds = time.perf_counter() - start
        warming = tally.n_inputs < WARM_UP_INPUTS and plan.n_inputs > WARM_UP_INPUTS
        memory_begin = peak_memory_mb() if warming else memory_begin
        tally = tally._replace(
            n_inputs=tally.n_inputs + 1,
            n_errors=tally.n_errors + (found == "error"),
            n_right=tally.n_right + (found == "right"),
            memory_mb=peak_memory_mb() - memory_begin,
        )
        if seconds > tally.slowest_s and not warming:
            tally = tally._replace(slowest_s=seconds, slowest_input=number)
        if found not in ("error", "right"):
            tally = tally._replace(faults=(*tally.faults, f"{kind} {number}: {found:.300}"))
        if tally.n_inputs % REPORT_EVERY == 0 or seconds > 1:
            pipe.send(tally)
            if time.monotonic() - begin > plan.seconds:
                break
    pipe.send(tally)
    pipe.close()


def watched(kind: str, plan: Plan) -> Tally:
    """Try the inputs of a kind in a process of its own, which is stopped if it hangs."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=try_all, args=(kind, plan, sender), daemon=True)
    child.start()
    sender.close()
    tally = Tally()
    try:
        while receiver.poll(HANGS_AFTER_S + (600 if not tally.n_inputs else 0)):
            tally = receiver.recv()
            _show(kind, tally)
        fault = f"hangs after input {plan.first + tally.n_inputs}"
        tally = tally._replace(faults=(*tally.faults, f"{kind}: {fault}"))
    except EOFError:
        child.join()
        if child.exitcode:
            fault = f"exit {child.exitcode} after input {plan.first + tally.n_inputs}"
            tally = tally._replace(faults=(*tally.faults, f"{kind}: {fault}"))
    child.kill()
    return tally


def _show(kind: str, tally: Tally) -> None:
    if sys.stderr.isatty():
        print(f"\r{kind}: {tally.n_inputs:,}", end="", file=sys.stderr)


def table(tallies: dict[str, Tally]) -> str:
    """Rows of text, one a kind."""
    lines = [f"{'kind':12}{'inputs':>10}{'errors':>10}{'right':>10}{'faults':>8}  slowest, memory"]
    for kind, tally in tallies.items():
        lines.append(
            f"{kind:12}{tally.n_inputs:10,}{tally.n_errors:10,}{tally.n_right:10,}"
            f"{len(tally.faults):8,}  {tally.slowest_s:.2f} s (input {tally.slowest_input}), "
            f"{tally.memory_mb:.0f} MB"
        )
    lines.append(f"{'all':12}{sum(tally.n_inputs for tally in tallies.values()):10,}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--inputs", type=int, default=1 << 30, help="of each kind, at most")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each kind, about")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    given = parser.parse_args()
    plan = Plan(given.first, given.inputs, given.seconds, given.seed)
    tallies = {kind: watched(kind, plan) for kind in given.only}
    print(table(tallies))
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    for fault in faults[:20]:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
