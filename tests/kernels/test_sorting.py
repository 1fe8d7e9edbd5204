"""Sorting inside kernels: as Python sorts."""

from __future__ import annotations

import numpy as np
import pytest

from hvm.kernels import sorting as kernels
from naive import sorting as naive

AWKWARD = {
    "nothing": [],
    "one": [3.0],
    "all alike": [1.0] * 50,
    "falling": np.arange(100.0)[::-1],
    "infinite": [np.inf, -np.inf, 0.0, np.inf, -0.0, 0.0, -np.inf] * 9,
    "a whole run": np.arange(float(kernels.RUN)) % 3,
    "one more": np.arange(kernels.RUN + 1.0) % 5,
    "two runs and one": -np.arange(2 * kernels.RUN + 1.0),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_keys_are_ordered_as_python_does(name):
    keys = np.array(AWKWARD[name], np.float64)
    for ties in (np.zeros(len(keys), np.int64), -np.arange(len(keys)), np.arange(len(keys)) % 2):
        assert kernels.order_by(keys, ties).tolist() == naive.order_by(keys, ties)


@pytest.mark.parametrize("seed", range(20))
def test_random_keys_are_ordered_as_python_does(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2000))
    keys, ties = rng.integers(n // 5 + 1, size=n) / 4, rng.integers(-3, 3, size=n)
    assert kernels.order_by(keys, ties).tolist() == naive.order_by(keys, ties)
