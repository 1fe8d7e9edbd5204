"""What ``benchmarks.fuzz`` tries: one module a kind of input.

A kind makes an input from a random generator, reads it, and compares what comes out with what is
known to be right; an error of hvm is right too, where nothing says what the input means.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Protocol

import numpy as np


class Wrong(Exception):
    """A result that is not what the input holds."""


class Kind(Protocol):
    """One kind of input."""

    def attempt(self, rng: np.random.Generator) -> None:
        """Make an input and read it.

        Raises
        ------
        Wrong
            The result is wrong.
        HvmError
            The input is refused.
        """
        ...


def _lazy(module: str) -> Callable[[], Kind]:
    @cache
    def make() -> Kind:
        kind: Kind = import_module(f"benchmarks.fuzzing.{module}").make()
        return kind

    return make


KINDS: Mapping[str, Callable[[], Kind]] = {
    name: _lazy(name) for name in ("models", "compressed", "trials", "texts", "archives")
}


def peak_memory_mb() -> float:
    """Most memory that this process has held, MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def require(holds: bool, what: str) -> None:
    """Raise :class:`Wrong` where something does not hold."""
    if not holds:
        raise Wrong(what)
