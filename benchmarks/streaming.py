"""Peak memory and time of score, surprisal and parse by the size of a text read by lines.

    python -m benchmarks.streaming TEXT [--megabytes 3 12]

The model is of the first 500 kB (``--context unigram``). MB are beyond an empty text, so beyond
what the interpreter, the packages and the model take; seconds are processor time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import child_peak_mb, children_cpu_s, run_python

FITTED_BYTES = 500_000


def measured(command: tuple[str, ...]) -> tuple[float, float]:
    """Peak MB and processor seconds of one command."""
    before = children_cpu_s()
    code = f"from hvm.cli.app import run\nassert run({list(command)!r}) == 0\n"
    return child_peak_mb(code), children_cpu_s() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[3, 12])
    options = parser.parse_args()
    content = options.text.read_bytes()
    with TemporaryDirectory() as folder:
        model, part = Path(folder, "model.hvm"), Path(folder, "part.txt")
        part.write_bytes(content[:FITTED_BYTES].rpartition(b"\n")[0])
        fit = ("fit", str(part), "-o", str(model), "--context", "unigram", "--sequences", "line")
        run_python("-m", "hvm", *fit)
        for name in ("score", "surprisal", "parse"):
            output = () if name == "score" else ("-o", str(Path(folder, "out")))
            command = (name, str(model), str(part), *output)
            part.write_bytes(b"")
            empty_mb, _ = measured(command)
            for megabytes in options.megabytes:
                part.write_bytes(content[: megabytes * 10**6].rpartition(b"\n")[0])
                peak_mb, seconds = measured(command)
                print(f"{name:9}  {megabytes:3} MB  {peak_mb - empty_mb:4.0f} MB  {seconds:5.1f} s")


if __name__ == "__main__":
    main()
