"""Seconds of HVM over all people: with kernels compiled, and the first time they are."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from experiments.human_recall.series import trial_bits, trials

CHECKOUT = Path(__file__).parents[2]


def seconds_of_a_pass() -> tuple[float, float]:
    """Processor and wall seconds of one pass over everybody."""
    trials()
    begin = time.process_time(), time.perf_counter()
    trial_bits("hvm")
    return time.process_time() - begin[0], time.perf_counter() - begin[1]


def speed_part(n_runs: int) -> pd.DataFrame:
    """One row a pass: ``first`` with an empty cache of kernels, ``second`` after it, then warm."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        passes = subprocess.run(
            [sys.executable, "-m", __name__],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    first, second = json.loads(passes.stdout)
    seconds_of_a_pass()
    rows = [("first", *first), ("second", *second)]
    rows += [("warm", *seconds_of_a_pass()) for _ in range(n_runs)]
    table = pd.DataFrame(rows, columns=["run", "cpu_seconds", "wall_seconds"])
    about = {"n_trials": len(trials()), "machine": platform.machine(), "cores": os.cpu_count()}
    return table.assign(python=platform.python_version(), **about)


if __name__ == "__main__":
    print(json.dumps([seconds_of_a_pass() for _ in range(2)]))
