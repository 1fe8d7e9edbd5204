"""Linear mixed models by maximum likelihood, from sums of squares of each participant.

    y_i = X_i b + Z_i u_i + e_i,   u_i ~ N(0, s2 L L'),   e_i ~ N(0, s2 I)

With ``Z`` a column of ones this is a random intercept of variance t2 = s2 L^2, and a participant's
outcomes are N(X_i b, s2 I + t2 11'). The coefficients and s2 have a closed form given ``L``, so
only ``L`` is searched (1 number, or 3 with a slope), by its exact gradient. A participant enters by
the cross-products of [Z X y] alone: a fit costs milliseconds whatever the number of trials (Bates
et al. 2015, doi 10.18637/jss.v067.i01, section 3, for the profile; maximum likelihood, not REML,
since models of different predictors are compared).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics.search import (
    MOST_STEPS,
    ROUNDING_NATS,
    STEEPNESS,
)

Floats = NDArray[np.float64]

COLLINEAR = 1e-10
"""A column adds nothing if less than this share of its square is outside the columns before it."""

SMALLEST_SPREAD, LONGEST_STEP = 1e-3, 0.5
"""Where a search for one spread begins at least (at 0 all slopes are 0); the part of itself that it
goes where the profile is not concave."""

DERIVATIVE_STEP = 1e-5
"""Either side of a point, for the second derivative from the first: the cube root of the rounding
error, in the unit of the factor."""

RESIDUAL, SMALLEST = 1e-12, 1e-300
"""A residual of less than this share of the squares is rounding, however small they are."""

UNBOUNDED = 1e3
"""Participants who differ this much more than their own trials do leave no residual to speak of."""


class Sums(NamedTuple):
    """What a fit needs of the rows: cross-products by participant.

    ``products`` float64[m, k, k] of the columns [Z X y]; ``n_rows`` float64[m]; ``n_random``
    columns of Z.
    """

    products: Floats
    n_rows: Floats
    n_random: int

    @property
    def n_people(self) -> int:
        """Participants."""
        return len(self.n_rows)

    def of(self, people: NDArray[np.bool_]) -> Sums:
        """The sums of some participants, by mask: bool[m]."""
        return Sums(self.products[people], self.n_rows[people], self.n_random)

    def keep(self, fixed: NDArray[np.bool_]) -> Sums:
        """The sums with some of the fixed columns only, by mask: bool[p]."""
        every = np.concatenate([np.ones(self.n_random, bool), fixed, [True]])
        return Sums(self.products[:, every][:, :, every], self.n_rows, self.n_random)

    def independent(self) -> NDArray[np.bool_]:
        """Which fixed columns are no linear combination of those before them: bool[p]."""
        return independent_columns(self.products[:, self.n_random : -1, self.n_random : -1].sum(0))


class MixedFit(NamedTuple):
    """Estimates: ``coefficients`` float64[p], ``factor`` float64[q, q] (L), ``variance`` (s2)."""

    coefficients: Floats
    factor: Floats
    variance: float
    log_likelihood: float


def sums_of(
    outcome: Floats,
    fixed: Floats,
    random: Floats,
    people: NDArray[np.int64],
) -> Sums:
    """Cross-products by participant.

    Parameters
    ----------
    outcome : float64[n]
    fixed, random : float64[n, p], float64[n, q]
        The columns of X and Z.
    people : int64[n]
        From 0 up to the number of participants, in any order.

    Returns
    -------
    Sums
    """
    columns = np.column_stack([random, fixed, outcome])[np.argsort(people, kind="stable")]
    n_rows = np.bincount(people)
    parts = np.split(columns, np.cumsum(n_rows)[:-1])
    products = np.stack([part.T @ part for part in parts])
    return Sums(products, n_rows.astype(float), random.shape[1])


def fit(sums: Sums, start: MixedFit | None = None) -> MixedFit:
    """Estimate by maximum likelihood.

    Parameters
    ----------
    sums : Sums
        Columns of similar size, such as standardised ones; a fixed column that adds nothing to
        those before it gets the coefficient 0.
    start : MixedFit, optional
        A similar fit, to search from.

    Returns
    -------
    MixedFit
        Of NaN if the likelihood has no maximum: the residual variance can be made 0.
    """
    columns = sums.independent()
    reduced = sums.keep(columns)
    factor = np.eye(sums.n_random) * 0.5 if start is None else start.factor
    if sums.n_rows.sum() <= columns.sum() or not np.isfinite(
        _profile(reduced, factor, _whole(reduced))[0]
    ):
        return _no_fit(sums)
    fitted = _estimates(reduced, _best_factor(reduced, factor), columns)
    return fitted if np.abs(fitted.factor).max() < UNBOUNDED else _no_fit(sums)


def log_densities(sums: Sums, fitted: MixedFit) -> Floats:
    """Log density of each participant's outcomes, nats, marginal over their random effects.

    The participants need not be those of the fit. Over those of the fit the sum is its
    log-likelihood.
    """
    reduced, log_determinants = _reduce(sums, fitted.factor)
    contrast = np.concatenate([-fitted.coefficients, [1.0]])
    squares = np.einsum("a,iab,b->i", contrast, reduced, contrast)
    log_scale = np.log(2 * np.pi * fitted.variance)
    terms = sums.n_rows * log_scale + log_determinants + squares / fitted.variance
    return np.asarray(-0.5 * terms, np.float64)


def standard_errors(sums: Sums, fitted: MixedFit) -> Floats:
    """Of the coefficients, float64[p]; robust: from how much participants differ, not the model.

    The sandwich of Liang & Zeger (1986, doi 10.1093/biomet/73.1.13); 0 for a column left out.
    """
    columns = sums.independent()
    reduced, _ = _reduce(sums.keep(columns), fitted.factor)
    contrast = np.concatenate([-fitted.coefficients[columns], [1.0]])
    scores = reduced[:, :-1] @ contrast
    bread = np.linalg.inv(reduced[:, :-1, :-1].sum(axis=0))
    errors = np.zeros(len(columns))
    errors[columns] = np.sqrt(((scores @ bread) ** 2).sum(axis=0))
    return errors


def independent_columns(gram: Floats) -> NDArray[np.bool_]:
    """Which columns are no linear combination of those before them, from their products: bool[p].

    Examples
    --------
    >>> columns = np.array([[1.0, 2, 1], [1, 2, 0], [1, 2, 5]])
    >>> independent_columns(columns.T @ columns)
    array([ True, False,  True])
    """
    rest = np.array(gram, float)
    independent = np.zeros(len(rest), bool)
    for k, size in enumerate(np.diag(gram)):
        independent[k] = rest[k, k] > COLLINEAR * size
        if independent[k]:
            rest -= np.outer(rest[:, k], rest[k]) / rest[k, k]
    return independent


def _best_factor(sums: Sums, start: Floats) -> Floats:
    """The lower triangle of highest profile likelihood; the signs of its columns mean nothing."""
    if sums.n_random == 1:
        return np.array([[_best_spread(sums, abs(float(start[0, 0])))]])
    from scipy.optimize import minimize

    triangle = np.tril_indices(sums.n_random)
    whole = _whole(sums)

    def factor_of(values: Floats) -> Floats:
        factor = np.zeros((sums.n_random,) * 2)
        factor[triangle] = values
        return factor

    def slopes(values: Floats) -> tuple[float, Floats]:
        value, gradient = _profile(sums, factor_of(values), whole)
        if not np.isfinite(value):
            return -np.inf, np.zeros(len(values))
        return value, gradient[triangle]

    def hessian(values: Floats) -> Floats:
        steps = np.eye(len(values)) * DERIVATIVE_STEP
        ends = [(slopes(values + each)[1], slopes(values - each)[1]) for each in steps]
        rows: Floats = np.array([after - before for after, before in ends])
        return np.asarray((rows + rows.T) / (4 * DERIVATIVE_STEP), np.float64)

    def falls(values: Floats) -> tuple[float, Floats]:
        value, gradient = slopes(values)
        return -value, -gradient

    options = {"gtol": STEEPNESS, "maxiter": MOST_STEPS}
    optimum = minimize(
        falls,
        start[triangle],
        jac=True,
        hess=lambda values: -hessian(values),
        method="trust-exact",
        options=options,
    )
    return factor_of(optimum.x)


def _best_spread(sums: Sums, start: float) -> float:
    """L of one random column: Newton's steps on the profile, halved where they do not climb."""
    profile = _profile_of_one(sums)
    at = max(start, SMALLEST_SPREAD)
    value, slope, curvature = profile(at)
    for _ in range(MOST_STEPS):
        if abs(slope) < STEEPNESS or at > UNBOUNDED:
            break
        climbs = curvature < 0
        step = -slope / curvature if climbs else np.copysign(LONGEST_STEP, slope) * at
        step = np.clip(step, -at / 2, max(1.0, at))
        while (now := profile(at + step))[0] < value - ROUNDING_NATS:
            step /= 2
        at, (value, slope, curvature) = at + step, now
    return at


def _profile_of_one(sums: Sums) -> Callable[[float], tuple[float, float, float]]:
    """Log-likelihood at the best coefficients and s2 given L, with two derivatives in L.

    With s = L^2, V^-1 takes w = s / (1 + s Z'Z) times the square of Z'[X y] off each participant's
    products, and the derivative of the residual sum of squares knows only the residual Z'e, since
    the coefficients are at their best.
    """
    of_random, cross = sums.products[:, 0, 0], sums.products[:, 0, 1:]
    total, n = sums.products[:, 1:, 1:].sum(axis=0), sums.n_rows.sum()

    def at(spread: float) -> tuple[float, float, float]:
        inner = 1 + of_random * spread**2
        gram = total - (cross * (spread**2 / inner)[:, None]).T @ cross
        coefficients = np.linalg.solve(gram[:-1, :-1], gram[:-1, -1])
        squares = gram[-1, -1] - coefficients @ gram[:-1, -1]
        if not squares > 0:
            return -np.inf, 0.0, 0.0
        residual = cross[:, -1] - cross[:, :-1] @ coefficients
        weighted = residual / inner**2
        pull = cross[:, :-1].T @ weighted
        fall = weighted @ residual
        bend = 2 * (of_random / inner**3) @ residual**2
        bend -= 2 * pull @ np.linalg.solve(gram[:-1, :-1], pull)
        share = of_random / inner
        value = -0.5 * (n * (np.log(2 * np.pi * squares / n) + 1) + np.log(inner).sum())
        first = 0.5 * (n * fall / squares - share.sum())
        second = 0.5 * (n * (fall**2 / squares - bend) / squares + (share**2).sum())
        return float(value), float(2 * spread * first), float(2 * first + 4 * spread**2 * second)

    return at


def _inner(sums: Sums, factor: Floats) -> tuple[Floats, Floats, Floats]:
    """I + L'Z'Z L, L'Z'[X y], and the second solved by the first, of each participant."""
    q = sums.n_random
    inner: Floats = np.eye(q) + factor.T @ sums.products[:, :q, :q] @ factor
    cross = factor.T @ sums.products[:, :q, q:]
    return inner, cross, np.asarray(np.linalg.solve(inner, cross), np.float64)


def _reduce(sums: Sums, factor: Floats) -> tuple[Floats, Floats]:
    """Cross-products of [X y] weighted by V^-1 = I - Z L (I + L'Z'Z L)^-1 L'Z', and log |V|."""
    inner, cross, solved = _inner(sums, factor)
    q = sums.n_random
    reduced = sums.products[:, q:, q:] - cross.transpose(0, 2, 1) @ solved
    return reduced, np.asarray(np.log(np.linalg.det(inner)), np.float64)


def _whole(sums: Sums) -> Floats:
    """Cross-products of [X y] over everybody."""
    q = sums.n_random
    return np.asarray(sums.products[:, q:, q:].sum(axis=0), np.float64)


def _solve(sums: Sums, total: Floats) -> tuple[Floats, float]:
    """Coefficients and the residual sum of squares, of the weighted products of everybody."""
    coefficients = np.linalg.solve(total[:-1, :-1], total[:-1, -1])
    squares = total[-1, -1] - coefficients @ total[:-1, -1]
    equal = squares <= RESIDUAL * max(sums.products[:, -1, -1].sum(), SMALLEST)
    return np.asarray(coefficients, np.float64), np.nan if equal else float(squares)


def _profile(sums: Sums, factor: Floats, whole: Floats | None = None) -> tuple[float, Floats]:
    """Log-likelihood at the best coefficients and s2 given L, and its gradient in L."""
    n, q = sums.n_rows.sum(), sums.n_random
    of_random = sums.products[:, :q, :q]
    inner, cross, solved = _inner(sums, factor)
    k = cross.shape[2]
    total = _whole(sums) if whole is None else whole
    total = total - cross.reshape(-1, k).T @ solved.reshape(-1, k)
    coefficients, squares = _solve(sums, total)
    value = -0.5 * n * (np.log(2 * np.pi * squares / n) + 1)
    value -= 0.5 * np.log(np.linalg.det(inner)).sum()
    contrast = np.concatenate([-coefficients, [1.0]])
    residual = sums.products[:, :q, q:] @ contrast  # Z'e, of each participant
    effect = solved @ contrast
    spread = of_random @ factor
    misfit = np.einsum("iab,ib,ic->ac", spread, effect, effect) - residual.T @ effect
    trace = np.einsum("iab,ibc->ac", spread, np.linalg.inv(inner))
    return float(value), -n / squares * misfit - trace


def _estimates(sums: Sums, factor: Floats, columns: NDArray[np.bool_]) -> MixedFit:
    whole = _whole(sums)
    _, cross, solved = _inner(sums, factor)
    k = cross.shape[2]
    total = whole - cross.reshape(-1, k).T @ solved.reshape(-1, k)
    coefficients = np.zeros(len(columns))
    coefficients[columns], squares = _solve(sums, total)
    variance = squares / sums.n_rows.sum()
    return MixedFit(coefficients, factor, float(variance), _profile(sums, factor, whole)[0])


def _no_fit(sums: Sums) -> MixedFit:
    n_fixed = sums.products.shape[1] - sums.n_random - 1
    missing = np.full(n_fixed, np.nan)
    return MixedFit(missing, np.full((sums.n_random,) * 2, np.nan), np.nan, np.nan)
