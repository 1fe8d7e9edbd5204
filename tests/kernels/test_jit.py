"""Kernels where what is compiled cannot be kept."""

from __future__ import annotations

import warnings

import numba
import pytest

from hvm.errors import HvmWarning
from hvm.kernels import jit


def test_without_a_folder_kernels_compile_and_one_warning_says_what_helps(monkeypatch):
    def refuses(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return numba.njit(**options)

    monkeypatch.setattr(jit, "njit", refuses)
    jit._say_that_nothing_is_kept.cache_clear()
    with pytest.warns(HvmWarning, match="NUMBA_CACHE_DIR"):
        twice = jit._compiler()(lambda number: 2 * number)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        thrice = jit._compiler()(lambda number: 3 * number)
    assert (twice(4), thrice(4)) == (8, 12)
    jit._say_that_nothing_is_kept.cache_clear()
