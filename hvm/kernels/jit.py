"""How kernels are compiled.

``kernel`` compiles a function that allocates. ``inner`` compiles one that only reads and writes
the arrays it is given: it runs without numba's reference counts, which are atomic and cost more
than the work of a small function that takes a dozen arrays (measured: 60 to 200 ns a call against
1). numba refuses to compile an allocation in such a function, so the two cannot be confused; nor
may one return an array. ``spliced`` is an ``inner`` copied into its callers: a call passes nine
words for every matrix, which shows where a step takes nanoseconds.

Compiled kernels are cached on disk. numba looks only at the file a kernel stands in, and would go
on using the old code of what it calls elsewhere: here a cached kernel is used only while no file
of this folder has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit


def _digest_of_kernels() -> str:
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_STAMP = _digest_of_kernels()


def _compiler(**options: Any) -> Callable[[Callable], Any]:
    def compile_with_stamp(function: Callable) -> Any:
        dispatcher = njit(cache=True, **options)(function)
        cache_file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
        # Absent with NUMBA_DISABLE_JIT, or where no folder can be written.
        if cache_file is not None:
            cache_file._source_stamp = _STAMP
        return dispatcher

    return compile_with_stamp


kernel = _compiler()
inner = _compiler(_nrt=False)
spliced = _compiler(_nrt=False, inline="always")
