"""Kernels where what is compiled cannot be kept, and with a numba that is not known."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numba import config, int64, typeof
from numba.core.caching import FunctionCache
from numba.core.types import literal

from hvm.errors import HvmWarning
from hvm.kernels import jit

with_compiler = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="NUMBA_DISABLE_JIT")


@jit.inner
def add_to_each(numbers, more):
    for k in range(len(numbers)):
        numbers[k] += more


@jit.spliced
def first_of(numbers):
    return numbers[0] // numbers[1]


@jit.kernel
def two_more(numbers):
    numbers = numbers.copy()
    add_to_each(numbers, 1)
    add_to_each(numbers, numbers[0] - numbers[0] + 1)
    return numbers, first_of(numbers)


@with_compiler
def test_without_a_folder_kernels_compile_and_one_warning_says_what_helps(monkeypatch):
    def refuse(self, function):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(FunctionCache, "__init__", refuse)
    jit._say_that_nothing_is_kept.cache_clear()
    with pytest.warns(HvmWarning, match="NUMBA_CACHE_DIR"):
        twice = jit.kernel(lambda number: 2 * number)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        thrice = jit.inner(lambda number: 3 * number)
    assert (twice(4), thrice(4)) == (8, 12)
    jit._say_that_nothing_is_kept.cache_clear()


def test_parts_are_called_by_kernels_and_by_python_alike():
    numbers = np.array([7, 0])
    assert two_more(numbers)[0].tolist() == [9, 2] and two_more(numbers)[1] == 4
    add_to_each(numbers, more=5)
    assert numbers.tolist() == [12, 5] and first_of(numbers) == 2


def test_what_a_part_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        two_more(np.array([3, -2]))


@with_compiler
def test_a_part_is_compiled_once_for_all_numbers_of_a_type():
    for more in (literal(1), literal(2), int64):
        add_to_each.get_call_template((typeof(np.array([7])), more), {})
    assert len(add_to_each.overloads) == 1


@with_compiler
@pytest.mark.parametrize("thresholds", [(700, 10, 10), (0, 5, 5)])
def test_compiling_leaves_the_search_for_garbage_as_it_was(thresholds):
    before = gc.get_threshold()
    gc.set_threshold(*thresholds)
    try:
        jit.kernel(lambda number: number - 1)(2)
        assert gc.get_threshold() == thresholds
    finally:
        gc.set_threshold(*before)


PROGRAM = """
import numba, sys
numba.version_info = (9, 99)
from hvm.kernels import jit
from numba.core.registry import CPUDispatcher
import numpy as np
import kernels.test_jit as test
assert jit.IS_KNOWN is False and type(test.add_to_each) is CPUDispatcher
test.test_parts_are_called_by_kernels_and_by_python_alike()
test.test_what_a_part_raises_is_raised()
"""


@with_compiler
def test_numba_of_a_version_that_is_not_known_compiles_as_it_does(tmp_path):
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    variables["PYTHONPATH"] = str(Path(__file__).parents[1])
    subprocess.run([sys.executable, "-c", PROGRAM], env=variables, check=True, timeout=300)
