"""Memory that is free is given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give free memory back, where the allocator of C would keep it for later.

    glibc keeps what arrays of up to 32 MB leave behind, and what is laid out next seldom fits
    there: while 10 MB of text were learned, it kept 60 MB.
    """
    if _TRIM is not None:
        _TRIM(0)


def _trim_of_glibc() -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


_TRIM = _trim_of_glibc()
