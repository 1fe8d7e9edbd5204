"""Compiling in half the time: what numba does for every function is done only where it is of use.

numba makes of every function a library: optimised, turned into machine code, and wrapped for
Python and for C. What a kernel calls is linked into it and optimised there once more, so that its
own machine code and wrappers are never used. Here a :class:`KernelPart` has none: it is optimised,
or left as it is where every caller copies it, and linked. Called from Python, as tests do, it is
compiled anew, with a wrapper.

All of this extends classes that numba does not promise to keep: ``hvm.kernels.jit`` takes it for
the versions it is known to work with, and numba's own decorator for others, to the same results
(docs/decisions/parts-of-kernels.md).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary, ll
from numba.core.compiler import Compiler, CompileResult, Flags
from numba.core.registry import CPUDispatcher
from numba.core.types.misc import unliteral

KNOWN = (0, 61), (0, 68)
"""The first and the last version of numba whose classes are as they are extended here."""

_OPTIONS = {"nopython": True, "boundscheck": None, "no_cfunc_wrapper": True}
"""Those of numba's own decorator, without the wrapper that C would call."""


_SELDOM = 500_000, 20, 20
"""Objects, and searches of younger ones, between two searches for garbage while compiling."""


@contextmanager
def _garbage_collected_seldom() -> Iterator[None]:
    """Compiling makes millions of objects that stay: to look through them takes a tenth of it."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _FixedFlags(Flags):
    """Flags that no longer change, so that their values are listed once."""

    def values(self) -> Any:
        if "_fixed" not in self.__dict__:
            self._fixed = super().values()
        return self._fixed

    def __hash__(self) -> int:
        if "_hash" not in self.__dict__:
            self._hash = super().__hash__()
        return int(self._hash)

    def __eq__(self, other: object) -> bool:
        return self is other or bool(super().__eq__(other))


class _Flags(Flags):
    """Flags whose copies are one object where they are equal.

    What a function calls is looked up by such a copy, and compared option by option: what says
    nothing of code (wrappers, the lock) is as it is for numba's own functions, or each of these
    would be compiled for every kind of caller.
    """

    _known: ClassVar[dict[_FixedFlags, _FixedFlags]] = {}

    def copy(self) -> _FixedFlags:
        fixed = _FixedFlags(self)
        fixed.no_cpython_wrapper, fixed.no_cfunc_wrapper, fixed.release_gil = True, False, False
        return self._known.setdefault(fixed, fixed)


class _Linked(JITCodeLibrary):
    """Code of a part, and of all that it calls: to be linked, never run."""

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._optimize_linked()
        self._finalize_dynamic_globals()
        self._finalized = True

    def _optimize_linked(self) -> None:
        self._optimize_final_module()

    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> _Linked:
        """Who is told of an environment."""
        return self

    def set_env(self, name: str, environment: object) -> None:
        """Nothing here runs, and would look for it."""

    def packed(self) -> tuple[str, bytes]:
        """What ``unpacked`` takes."""
        return self.name, self._get_module_for_linking().as_bitcode()

    @classmethod
    def unpacked(cls, codegen: Any, name: str, code: bytes) -> _Linked:
        """What was packed."""
        library = cls(codegen, name)
        library._shared_module = library._final_module = ll.parse_bitcode(code)
        library._finalized = True
        return library


class _Copied(_Linked):
    """Code that every caller copies, and optimises as its own."""

    def _optimize_linked(self) -> None:
        """Not here."""


class _KernelCompiler(Compiler):
    """numba's, with few searches for garbage."""

    library: type[JITCodeLibrary] = JITCodeLibrary

    def compile_extra(self, function: Callable[..., Any]) -> Any:
        with _garbage_collected_seldom():
            return super().compile_extra(function)

    def _compile_bytecode(self) -> Any:
        state = self.state
        state.flags = _Flags(state.flags)
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super()._compile_bytecode()


class _PartCompiler(_KernelCompiler):
    library = _Linked


class _CopiedCompiler(_KernelCompiler):
    library = _Copied


class _PartFiles(CompileResultCacheImpl):
    """Parts on disk: code as it is linked."""

    def reduce(self, part: Any) -> Any:
        descriptor = part.fndesc
        descriptor.typemap = descriptor.calltypes = None  # as numba does: not to be pickled
        about = descriptor, part.environment, part.signature, part.reload_init
        return part.library.packed(), about

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        (name, code), (descriptor, environment, signature, reload_init) = payload
        for reload in reload_init:
            reload()
        library = _Linked.unpacked(target_context.codegen(), name, code)
        others = ("typing_error", "type_annotation", "call_helper", "metadata")
        return CompileResult(
            typing_context=target_context.typing_context,
            target_context=target_context,
            entry_point=target_context.get_executable(library, descriptor, environment),
            signature=signature,
            objectmode=False,
            lifted=(),
            fndesc=descriptor,
            library=library,
            environment=environment,
            reload_init=reload_init,
            referenced_envs=(),
            **dict.fromkeys(others),
        )


class _PartCache(FunctionCache):
    _impl_class = _PartFiles


class Kernel(CPUDispatcher):
    """A function that is compiled once for all numbers of a type; numba does for each literal."""

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """What a caller of such arguments calls."""
        named = {name: unliteral(kind) for name, kind in kws.items()}
        return super().get_call_template(tuple(map(unliteral, args)), named)


class KernelPart(Kernel):
    """A function that kernels call.

    Its own code has no entry for Python, so that Python calls another compiled function.
    """

    compile_outside: Callable[..., Any]
    outside: Any = None

    def enable_caching(self) -> None:
        """Keep on disk what is compiled."""
        self._cache = _PartCache(self.py_func)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call what is compiled for Python."""
        if self.outside is None:
            self.outside = self.compile_outside(self.py_func)
        return self.outside(*arguments, **named)


def kernel_of(function: Callable[..., Any], **options: Any) -> Kernel:
    """Make a kernel; options are those of numba's decorator."""
    options = {**_OPTIONS, **options}
    return Kernel(function, targetoptions=options, pipeline_class=_KernelCompiler)


def part_of(
    function: Callable[..., Any], compile_outside: Callable[..., Any], **options: Any
) -> KernelPart:
    """Make a part of kernels.

    Parameters
    ----------
    function : callable
    compile_outside : callable
        Makes of the function what Python calls.
    **options
        Of numba's decorator; with ``forceinline``, every caller copies it.

    Returns
    -------
    KernelPart
    """
    compiler = _CopiedCompiler if options.get("forceinline") else _PartCompiler
    options = {**_OPTIONS, "no_cpython_wrapper": True, **options}
    part = KernelPart(function, targetoptions=options, pipeline_class=compiler)
    part.compile_outside = compile_outside
    return part
