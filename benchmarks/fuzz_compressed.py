"""Decode damaged compressed files: each must be an error or the right bytes, and none may hang.

python -m benchmarks.fuzz_compressed [--files 100000] [--seed 0]

Every second file has its first check put right again, so that the decoder itself is tried.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib

import numpy as np

from hvm.code.container import CompressedFileError, compress, decompress

SOURCES = {
    "text": b"the cat sat on the mat . the dog sat on the log . " * 4,
    "chunks learned": " ".join(f"{x % 7}{x % 3}word{x % 5}" for x in range(800)).encode(),
    "bytes": bytes(range(200)) + b"\xff\x00" * 50,
    "one symbol": b"a" * 300,
}
WAYS = ({"method": "mixed"}, {"method": "hvm"}, {"method": "hvm", "mode": "two-part"})


def damaged(packed: bytes, rng: np.random.Generator, mend_check: bool) -> bytes:
    """A file with bytes changed, dropped or added."""
    data = bytearray(packed)
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(len(data)))
        kind = rng.integers(4)
        if kind == 0 and len(data) > 1:
            del data[place : place + int(rng.integers(1, 9))]
        elif kind == 1:
            data[place:place] = rng.bytes(int(rng.integers(1, 5)))
        else:
            data[place] ^= 1 << int(rng.integers(8))
        if not data:
            return b""
    if mend_check and len(data) > 10:
        data[-6:-4] = zlib.crc32(bytes(data[:-6])).to_bytes(4, "big")[:2]
    return bytes(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    cases = [(data, compress(data, **how)) for data in SOURCES.values() for how in WAYS]
    errors, right, slowest, begin = 0, 0, 0.0, time.perf_counter()
    for number in range(arguments.files):
        data, packed = cases[number % len(cases)]
        tried = damaged(packed, rng, mend_check=number // len(cases) % 2 == 1)
        start = time.perf_counter()
        try:
            if decompress(tried) != data:
                sys.exit(f"wrong bytes: {data[:20]!r}, file {number}, seed {arguments.seed}")
            right += 1
        except CompressedFileError:
            errors += 1
        slowest = max(slowest, time.perf_counter() - start)
    print(
        f"{arguments.files} files in {time.perf_counter() - begin:.0f} s: {errors} errors, "
        f"{right} right bytes, none wrong; the slowest took {slowest:.2f} s"
    )


if __name__ == "__main__":
    main()
