"""How kernels are compiled.

``kernel`` compiles a function that allocates, and holds no lock, so that Python's threads can run
kernels side by side. ``inner`` compiles one that only reads and writes
the arrays it is given: it runs without numba's reference counts, which are atomic and cost more
than the work of a small function that takes a dozen arrays (measured: 60 to 200 ns a call against
1). numba refuses to compile an allocation in such a function, so the two cannot be confused; nor
may one return an array (docs/decisions/no-reference-counts.md). A ``kernel`` that Python calls
returns arrays, numbers and plain tuples of these (docs/decisions/plain-returns.md). ``helper`` is a
``kernel`` that only kernels call, ``spliced`` an ``inner`` copied into its callers: a call passes
nine words for every matrix, which shows where a step takes nanoseconds. Only a ``kernel`` has
machine code of its own: ``hvm.kernels.parts``.

``fetch`` asks for a row that will be read soon: a processor that finds it in no cache waits as long
as some hundred steps take, but not for what was asked for before.

Compiled kernels are cached on disk. numba looks only at the file a kernel stands in, and would go
on using the old code of what it calls elsewhere: here a cached kernel is used only while no file
that its own imports, directly or not, has changed (docs/decisions/kernel-cache.md).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import config, njit, types, version_info
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from hvm.errors import HvmWarning
from hvm.kernels.cache import KernelFiles
from hvm.kernels.parts import KNOWN, kernel_of, part_of

F = TypeVar("F", bound=Callable[..., Any])
Scalar = TypeVar("Scalar", bound=np.generic)
Int = int | np.int64
"""A whole number inside a kernel: Python's, or numpy's where it was counted or read."""

FOLDER = Path(__file__).parent
_KERNELS_IMPORTED = re.compile(r"^from hvm\.kernels\.([\w.]+) import", re.MULTILINE)


@cache
def _sources(path: Path) -> frozenset[Path]:
    """A kernel's file and all that it imports, directly or not."""
    modules = _KERNELS_IMPORTED.findall(path.read_text("utf-8"))
    paths = [FOLDER.joinpath(*module.split(".")).with_suffix(".py") for module in modules]
    return frozenset([path]).union(*map(_sources, paths))


@cache
def _stamp(path: Path) -> str:
    digest = sha256()
    for source in sorted(_sources(path)):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def _say_that_nothing_is_kept() -> None:
    warnings.warn(
        "what is compiled cannot be kept and is compiled anew each time, up to a minute: no folder "
        "for it can be written; set NUMBA_CACHE_DIR to one that can",
        HvmWarning,
        stacklevel=2,
    )


IS_KNOWN = KNOWN[0] <= tuple(version_info[:2]) <= KNOWN[1]


def _kept(dispatcher: Any, kind: str = "") -> Any:
    """Keep on disk what is compiled, if there is a place for it; a kind of its own in each file."""
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # "no locator available": no folder can be written
        _say_that_nothing_is_kept()
        return dispatcher
    kept: Any = dispatcher._cache
    stamp = _stamp(Path(dispatcher.py_func.__code__.co_filename))
    name = kind + kept._impl.filename_base
    kept._cache_file = KernelFiles(Path(kept.cache_path), name, stamp)
    return dispatcher


def _compiler(**options: Any) -> Callable[[F], F]:
    """The decorator of what Python calls."""

    def compiled(function: F) -> F:
        if config.DISABLE_JIT:
            return function
        make = kernel_of if IS_KNOWN else njit
        return cast(F, _kept(make(function, **options)))

    return compiled


def _part_compiler(**options: Any) -> Callable[[F], F]:
    """The decorator of what kernels call."""
    compiled = _compiler(**options)

    def linked(function: F) -> F:
        if config.DISABLE_JIT or not IS_KNOWN:
            return compiled(function)
        return cast(F, _kept(part_of(function, compiled, **options), "part-"))

    return linked


def is_kept(kernel: Any) -> bool:
    """Whether something of a kernel is compiled on disk, or nothing can be."""
    files = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    return not isinstance(files, KernelFiles) or files.has_any()


kernel = _compiler(nogil=True)
helper = _part_compiler(nogil=True)
inner = _part_compiler(_nrt=False)
spliced = _part_compiler(_nrt=False, forceinline=True)


def _prefetch(typing_context: Any, array: Any, row: Any) -> tuple[Any, Any]:
    """LLVM's prefetch: to read (0), to be kept in all caches (3), data (1)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix = context.make_array(array)(context, builder, arguments[0])
        place = [arguments[1]] + [context.get_constant(types.intp, 0)] * (array.ndim - 1)
        pointer = cgutils.get_item_pointer(context, builder, array, matrix, place)
        number = cgutils.ir.IntType(32)
        kind = cgutils.ir.FunctionType(
            cgutils.ir.VoidType(), [cgutils.voidptr_t, number, number, number]
        )
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kind)
        how = [cgutils.ir.Constant(number, value) for value in (0, 3, 1)]
        builder.call(prefetch, [builder.bitcast(pointer, cgutils.voidptr_t), *how])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


def _ask_for_nothing(array: Any, row: Any) -> None:
    """With NUMBA_DISABLE_JIT."""


_fetch = _ask_for_nothing if config.DISABLE_JIT else intrinsic(_prefetch)


@spliced
def fetch(array: NDArray[Any], row: Int) -> None:
    """Ask for a row; it must be there."""
    _fetch(array, row)


LINE_BYTES = 64  # that a processor reads at once


def zeros_on_lines(size: int, dtype: type[Scalar]) -> NDArray[Scalar]:
    """Zeros, the first of them where a line of memory begins; untouched, they take none."""
    extra = LINE_BYTES // np.dtype(dtype).itemsize
    whole = np.zeros(size + extra, dtype)
    first = -whole.ctypes.data % LINE_BYTES // whole.itemsize
    return whole[first : first + size]
