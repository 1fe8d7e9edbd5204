"""Weights of experts, by what each knows of its context, and how they are learned.

The chance of a symbol is sum_e w_e p_e; w is the softmax of one number an expert, its own and one
by its feature. Numbers follow the gradient of the log chance, each with a step that shrinks with
what it has moved already (Duchi, Hazan & Singer 2011).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import inner, kernel

STEP = 0.3
LOG2_E = 1.4426950408889634
_LN_2 = 0.6931471805599453
_SERIES = np.array([1.0 / math.factorial(degree) for degree in range(13, -1, -1)])
_HALVES = 0.5 ** np.arange(1024)


@inner
def exponential(x: float) -> float:
    """Return e to the x, x <= 0, the same on every machine: no library computes it."""
    if x < -700.0:
        return 0.0
    halvings = np.floor(x * LOG2_E + 0.5)
    rest = x - halvings * _LN_2
    value = 0.0
    for coefficient in _SERIES:
        value = value * rest + coefficient
    return float(value * _HALVES[np.int64(-halvings)])


@inner
def weigh(
    numbers: NDArray[np.float64], features: NDArray[np.int32], weights: NDArray[np.float64]
) -> None:
    """Fill in the weights of the experts at one place.

    Parameters
    ----------
    numbers : float64[experts, 1 + features]
    features : int32[experts]
    weights : float64[experts]
        Changed.
    """
    most = -np.inf
    for expert in range(len(weights)):
        weights[expert] = numbers[expert, 0] + numbers[expert, 1 + features[expert]]
        most = max(most, weights[expert])
    total = 0.0
    for expert in range(len(weights)):
        weights[expert] = exponential(weights[expert] - most)
        total += weights[expert]
    for expert in range(len(weights)):
        weights[expert] /= total


@kernel
def mix(
    chances: NDArray[np.float64], features: NDArray[np.int32], numbers: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mix the chances of experts.

    Parameters
    ----------
    chances : float64[n, experts]
    features : int32[n, experts]
    numbers : float64[experts, 1 + features]
        What the weights follow from.

    Returns
    -------
    float64[n]
    """
    mixed, weights = np.zeros(len(chances)), np.empty(chances.shape[1])
    for at in range(len(chances)):
        weigh(numbers, features[at], weights)
        for expert in range(len(weights)):
            mixed[at] += weights[expert] * chances[at, expert]
    return mixed


@kernel
def learn_weights(
    chances: NDArray[np.float64],
    features: NDArray[np.int32],
    rows: NDArray[np.int32],
    numbers: NDArray[np.float64],
    moved: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Go once over places, from the first to the last: mix the chances, then learn from each.

    Parameters
    ----------
    chances : float64[k, experts]
        Of what stands at places that differ.
    features : int32[k, experts]
    rows : int32[n]
        Which of them each place is.
    numbers, moved : float64[experts, 1 + features]
        What the weights follow from, and sums of squared gradients. Changed.

    Returns
    -------
    float64[n]
        The chance at each place by the weights of those before.
    """
    mixed, weights = np.zeros(len(rows)), np.empty(chances.shape[1])
    for place in range(len(rows)):
        at = rows[place]
        weigh(numbers, features[at], weights)
        for expert in range(len(weights)):
            mixed[place] += weights[expert] * chances[at, expert]
        for expert in range(len(weights)):
            slope = weights[expert] * (chances[at, expert] / mixed[place] - 1.0)
            for cell in (0, 1 + features[at, expert]):
                moved[expert, cell] += slope * slope
                numbers[expert, cell] += STEP * slope / np.sqrt(1.0 + moved[expert, cell])
    return mixed
