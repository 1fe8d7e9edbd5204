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
from series import trial_bits, trials

HERE = Path(__file__).parent
FIRST = f"""
import sys; sys.path[:0] = [{str(HERE)!r}]
import json, speed
print(json.dumps([speed.seconds_of_a_pass() for _ in range(2)]))
"""


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
        command = [sys.executable, "-c", FIRST]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        first, second = json.loads(ran.stdout)
    seconds_of_a_pass()
    passes = [("first", *first), ("second", *second)]
    passes += [("warm", *seconds_of_a_pass()) for _ in range(n_runs)]
    table = pd.DataFrame(passes, columns=["run", "cpu_seconds", "wall_seconds"])
    about = {"n_trials": len(trials()), "machine": platform.machine(), "cores": os.cpu_count()}
    return table.assign(python=platform.python_version(), **about)
