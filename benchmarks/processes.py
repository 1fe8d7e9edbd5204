"""Fresh interpreters on one thread, and what they used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
LIBRARIES = ("NUMBA", "OMP", "OPENBLAS", "RAYON")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}
PEAK = """
import resource, sys
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak / (1e6 if sys.platform == "darwin" else 1e3))
"""
"""Most memory that a process held, MB; on Linux not less than its parent's when it began."""


def run_python(*arguments: str, **variables: str) -> str:
    """What a program prints; what it says on stderr is shown only if it fails."""
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **ONE_THREAD, **variables},
        capture_output=True,
        text=True,
    )
    if finished.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {finished.returncode}\n{finished.stderr}")
    return finished.stdout


def child_peak_mb(code: str) -> float:
    """Peak memory of a process that runs some code, MB."""
    return float(run_python("-c", code + PEAK).splitlines()[-1])


def children_cpu_s() -> float:
    """Processor time of all processes that have ended, s."""
    used = os.times()
    return used.children_user + used.children_system
