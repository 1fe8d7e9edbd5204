"""Model files and compressed files under other hash seeds, threads and processors: equal bytes.

python -m benchmarks.same_bytes [--data FOLDER]

Each way makes the same files in a fresh interpreter; prints one row a way, the number of files
whose bytes differ from the first row's, and exits with 1 where there is one. The processor is
emulated downwards: numpy, the C library and numba are told not to use what later ones have. The
last way compiles everything anew, some minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import run_python

TEXT_BYTES = 60_000
NUMPY_FEATURES = (
    "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3 "
    "X86_V3 X86_V4"
)
GLIBC_FEATURES = "-AVX512F,-AVX512VL,-AVX2,-AVX,-FMA,-FMA4,-BMI2"
OLD_NUMPY = {"NPY_DISABLE_CPU_FEATURES": NUMPY_FEATURES, "PYTHONWARNINGS": "ignore"}
OLD_GLIBC = {"GLIBC_TUNABLES": f"glibc.cpu.hwcaps={GLIBC_FEATURES}"}
OLD_NUMBA = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}

WAYS: dict[str, dict[str, str]] = {
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "hash seed random": {"PYTHONHASHSEED": "random"},
    "two threads": {"NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "numpy without AVX2, FMA": OLD_NUMPY,
    "C library without AVX2, FMA": OLD_GLIBC,
    "numba for any processor": OLD_NUMBA,
    "all three": {**OLD_NUMPY, **OLD_GLIBC, **OLD_NUMBA},
}


def texts(data: Path | None) -> Iterator[tuple[str, bytes]]:
    """A generated text, and the beginnings of those in a folder."""
    import golden

    yield "generated", golden.text(1500, 1).encode()
    for path in sorted(data.glob("text/*.dev.txt")) if data else ():
        yield path.name, path.read_bytes()[:TEXT_BYTES].decode("utf-8", "ignore").encode()


def hashes(data: Path | None) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of every file."""
    from hvm import HVM, as_symbols
    from hvm.code.container import compress

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.hvm")
        for name, content in texts(data):
            for unit in ("char", "word"):
                HVM(restarts=1).fit(as_symbols(content, unit, "line")).save(path)
                yield f"{name}, model, {unit}", hashlib.sha256(path.read_bytes()).hexdigest()
            HVM.paper().fit(as_symbols(content[:5000], "char", "line")).save(path)
            yield f"{name}, model, paper", hashlib.sha256(path.read_bytes()).hexdigest()
            for method, mode in (("mixed", "prequential"), ("hvm", "prequential")):
                packed = compress(content, method, mode=mode)
                yield f"{name}, {method}", hashlib.sha256(packed).hexdigest()
            packed = compress(content[:20_000], "hvm", mode="two-part")
            yield f"{name}, hvm, two-part", hashlib.sha256(packed).hexdigest()


def hashes_in_child(data: Path | None, variables: dict[str, str]) -> dict[str, str]:
    """The hashes that a fresh interpreter finds."""
    given = [] if data is None else ["--data", str(data)]
    tests = str(Path(__file__).parents[1] / "tests")
    path = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    printed = run_python(
        "-m", "benchmarks.same_bytes", "--child", *given, **{"PYTHONPATH": path, **variables}
    )
    found: dict[str, str] = json.loads(printed.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="a folder with text/*.dev.txt")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(dict(hashes(options.data))))
        return
    first: dict[str, str] = {}
    n_differing = 0
    for name, variables in WAYS.items():
        found = hashes_in_child(options.data, variables)
        first = first or found
        differing = [each for each in first if found[each] != first[each]]
        n_differing += len(differing)
        print(f"{name:30}{len(found):4} files, {len(differing)} differ {' | '.join(differing)}")
    sys.exit(bool(n_differing))


if __name__ == "__main__":
    main()
