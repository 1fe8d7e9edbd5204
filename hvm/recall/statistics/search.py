"""The highest point of a smooth function of a few numbers, from its derivatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Derivatives = tuple[float, Floats, Callable[[], Floats]]
"""Value, gradient, and what gives the Hessian where it is needed."""

STEEPNESS, MOST_STEPS, MOST_HALVINGS = 1e-4, 60, 30
"""A search ends where no slope is steeper, in nats, or after so many steps: a handful do."""

LONGEST = 1.0
"""No step is longer at first; twice as long after one that needed no shortening."""

FLATTEST = 1e-8
"""Curvatures below count as this: a direction in which nothing changes."""

ROUNDING_NATS = 1e-7
"""A fall of less is rounding."""


def highest(at: Callable[[Floats], Derivatives], start: Floats, farthest: float) -> Floats:
    """Climb by Newton's steps, uphill wherever the function is not concave.

    Parameters
    ----------
    at : callable
        Value (minus infinity where it is not defined), gradient and Hessian of a point.
    start : float64[p]
    farthest : float
        The search ends at a coordinate as large.

    Returns
    -------
    float64[p]

    Examples
    --------
    >>> def at(point):
    ...     return -float(point @ point), -2 * point, lambda: -2 * np.eye(2)
    >>> highest(at, np.array([3.0, 4.0]), 1e3).round(6).tolist()
    [0.0, 0.0]
    """
    point, longest = start, LONGEST
    value, gradient, hessian = at(point)
    for _ in range(MOST_STEPS):
        if np.abs(gradient).max(initial=0) < STEEPNESS or np.abs(point).max() >= farthest:
            break
        step = _uphill(gradient, hessian())
        length = float(np.sqrt(step @ step))
        step *= min(1.0, longest / length)
        halvings, now = 0, at(point + step)
        while not now[0] >= value - ROUNDING_NATS and halvings < MOST_HALVINGS:
            halvings, step = halvings + 1, step / 2
            now = at(point + step)
        if halvings == MOST_HALVINGS:
            break
        longest = longest / 2 if halvings else 2 * longest
        point, (value, gradient, hessian) = point + step, now
    return point


def _uphill(gradient: Floats, hessian: Floats) -> Floats:
    """Newton's step where all curvatures count as downward."""
    curvatures, directions = np.linalg.eigh(hessian)
    sizes = np.maximum(np.abs(curvatures), FLATTEST * np.abs(curvatures).max(initial=1.0))
    return np.asarray(directions @ (directions.T @ gradient / sizes), np.float64)
