"""Binomial mixed models with a random intercept, by maximum likelihood.

    k_ij ~ Binomial(n_ij, logistic(X_ij b + t u_i)),   u_i ~ N(0, 1)

The integral over u has no closed form: it is taken by adaptive Gauss-Hermite quadrature, with nodes
around the mode of each participant and as wide as the curvature there (Pinheiro & Bates 1995, doi
10.1080/10618600.1995.10474663). The search has the gradient by Fisher's identity and the Hessian by
Louis' (1982, doi 10.1111/j.2517-6161.1982.tb01203.x), so a handful of steps do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics.mixed_models import Floats, independent_columns
from hvm.recall.statistics.search import Derivatives, highest

N_NODES = 9
FIRST_SPREAD = 0.5
"""Where the search for the spread of participants begins, logits."""

MODE_STEPS, MODE_PRECISION = 100, 1e-6
"""Newton's steps towards the modes, at most, and how small the last one is: in units of u, whose
spread is 1."""

UNBOUNDED = 30.0
"""An effect of this many logits means keys that are always right, or never: it has no end."""

_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(N_NODES)
_LOG_WEIGHTS = np.log(_WEIGHTS) + _NODES**2


class KeyCounts(NamedTuple):
    """Rows sorted by participant: keys right, keys shown, float64[n]; ``fixed`` float64[n, p].

    ``people`` int64[n], ascending from 0 without gaps; ``log_choose`` float64[n], of right keys of
    those shown.
    """

    right: Floats
    shown: Floats
    fixed: Floats
    people: NDArray[np.int64]
    log_choose: Floats

    @property
    def n_people(self) -> int:
        """Participants."""
        return int(self.people[-1]) + 1

    def of(self, people: NDArray[np.bool_]) -> KeyCounts:
        """The rows of some participants, by mask: bool[m]."""
        rows = people[self.people]
        relabelled = (np.cumsum(people) - 1)[self.people[rows]]
        right, shown, fixed = self.right[rows], self.shown[rows], self.fixed[rows]
        return KeyCounts(right, shown, fixed, relabelled, self.log_choose[rows])

    def keep(self, fixed: NDArray[np.bool_]) -> KeyCounts:
        """The rows with some of the fixed columns only, by mask: bool[p]."""
        return self._replace(fixed=self.fixed[:, fixed])

    def independent(self) -> NDArray[np.bool_]:
        """Which fixed columns are no linear combination of those before them: bool[p]."""
        return independent_columns(self.fixed.T @ self.fixed)


class BinomialFit(NamedTuple):
    """Estimates: ``coefficients`` float64[p], ``spread`` (t, logits)."""

    coefficients: Floats
    spread: float
    log_likelihood: float


def key_counts(
    right: Floats,
    shown: Floats,
    fixed: Floats,
    people: NDArray[np.int64],
) -> KeyCounts:
    """Rows in any order as :class:`KeyCounts`.

    Parameters
    ----------
    right, shown : float64[n]
        Keys right, of the keys shown.
    fixed : float64[n, p]
        Columns of X.
    people : int64[n]
        From 0 without gaps.

    Returns
    -------
    KeyCounts
    """
    order = np.argsort(people, kind="stable")
    log_choose = _log_choose(shown, right)[order]
    return KeyCounts(right[order], shown[order], fixed[order], people[order], log_choose)


def fit(counts: KeyCounts, start: BinomialFit | None = None) -> BinomialFit:
    """Estimate by maximum likelihood; of NaN if it has no maximum, as when all keys are right."""
    columns = counts.independent()
    reduced = counts.keep(columns)
    if not 0 < counts.right.sum() < counts.shown.sum():
        return _no_fit(counts)
    share = counts.right.sum() / counts.shown.sum()
    if start is None:
        first = np.zeros(columns.sum() + 1)
        first[0], first[-1] = np.log(share / (1 - share)), FIRST_SPREAD
    else:
        first = np.append(start.coefficients[columns], start.spread)
    modes = np.zeros(reduced.n_people)

    def at(point: Floats) -> Derivatives:
        values, scores, hessian = _integrate(reduced, point[:-1], point[-1], modes)
        return float(values.sum()), scores.sum(axis=0), lambda: hessian

    optimum = highest(at, first, UNBOUNDED)
    if not np.abs(optimum).max() < UNBOUNDED:
        return _no_fit(counts)
    coefficients = np.zeros(len(columns))
    coefficients[columns] = optimum[:-1]
    return BinomialFit(coefficients, abs(float(optimum[-1])), at(optimum)[0])


def standard_errors(counts: KeyCounts, fitted: BinomialFit) -> Floats:
    """Of the coefficients, float64[p]; robust, as in :func:`hvm.recall.statistics.mixed_models`."""
    columns = counts.independent()
    modes = np.zeros(counts.n_people)
    coefficients = fitted.coefficients[columns]
    *_, scores, hessian = _integrate(counts.keep(columns), coefficients, fitted.spread, modes)
    bread = np.linalg.pinv(hessian)
    errors = np.zeros(len(columns))
    errors[columns] = np.sqrt(((scores @ bread) ** 2).sum(axis=0))[:-1]
    return errors


def dispersion(counts: KeyCounts, fitted: BinomialFit) -> float:
    """Mean squared Pearson residual given each participant's mode: 1 if keys were independent.

    Above 1, likelihoods of this family (and their differences) are larger than the data warrant.
    """
    modes = np.zeros(counts.n_people)
    linear = counts.fixed @ fitted.coefficients
    _move_to_modes(counts, linear, fitted.spread, modes)
    chance = _logistic(linear + fitted.spread * modes[counts.people])
    squares = (counts.right - counts.shown * chance) ** 2
    return float((squares / (counts.shown * chance * (1 - chance))).mean())


def _no_fit(counts: KeyCounts) -> BinomialFit:
    return BinomialFit(np.full(counts.fixed.shape[1], np.nan), np.nan, np.nan)


def log_densities(counts: KeyCounts, fitted: BinomialFit) -> Floats:
    """Log probability of each participant's counts, nats, marginal over their intercept."""
    modes = np.zeros(counts.n_people)
    return _integrate(counts, fitted.coefficients, fitted.spread, modes)[0]


def _sum_by_person(values: Floats, counts: KeyCounts) -> Floats:
    begins = np.searchsorted(counts.people, np.arange(counts.n_people))
    return np.add.reduceat(values, begins, axis=0)


def _move_to_modes(counts: KeyCounts, linear: Floats, spread: float, modes: Floats) -> Floats:
    """Newton's steps on the concave log posterior, in place; returns the curvature, float64[m]."""
    for _ in range(MODE_STEPS):
        chance = _logistic(linear + spread * modes[counts.people])
        expected = counts.shown * chance
        slope = spread * _sum_by_person(counts.right - expected, counts) - modes
        curvature = 1 + spread**2 * _sum_by_person(expected * (1 - chance), counts)
        step = np.clip(slope / curvature, -1, 1)
        modes += step
        if np.abs(step).max() < MODE_PRECISION:
            break
    return curvature


def _integrate(
    counts: KeyCounts, coefficients: Floats, spread: float, modes: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log probability and its gradient in (b, t) by participant; Hessian of the sum."""
    linear = counts.fixed @ coefficients
    width = np.sqrt(2 / _move_to_modes(counts, linear, spread, modes))
    nodes = modes[:, None] + width[:, None] * _NODES
    values = linear[:, None] + spread * nodes[counts.people]
    softplus, chance = _softplus_and_logistic(values)
    by_person, shares = _quadrature(counts, values, softplus, nodes, width)
    misfit = counts.right[:, None] - counts.shown[:, None] * chance
    scores = np.stack(
        [_sum_by_person(misfit * column[:, None], counts) for column in counts.fixed.T]
        + [_sum_by_person(misfit, counts) * nodes],
        axis=2,
    )  # [m, nodes, p + 1]
    means = np.einsum("iq,iqk->ik", shares, scores)
    apart = scores - means[:, None]
    between = np.einsum("iqk,iq,iql->kl", apart, shares, apart)
    weights = counts.shown[:, None] * chance * (1 - chance) * shares[counts.people]
    return by_person, means, between - _information(counts, weights, nodes)


def _quadrature(
    counts: KeyCounts, values: Floats, softplus: Floats, nodes: Floats, width: Floats
) -> tuple[Floats, Floats]:
    """Log integral of each participant, and the share of each node in it, float64[m, nodes]."""
    logs = counts.right[:, None] * values - counts.shown[:, None] * softplus
    of_nodes = _sum_by_person(logs, counts) - nodes**2 / 2 + _LOG_WEIGHTS
    highest = of_nodes.max(axis=1)
    shares = np.exp(of_nodes - highest[:, None])
    totals = shares.sum(axis=1)
    constant = _sum_by_person(counts.log_choose, counts)
    by_person = np.log(totals * width / np.sqrt(2 * np.pi)) + highest + constant
    return by_person, shares / totals[:, None]


def _information(counts: KeyCounts, weights: Floats, nodes: Floats) -> Floats:
    """Expected curvature of the log probability given u: float64[p + 1, p + 1]."""
    of_row, of_nodes = weights.sum(axis=1), nodes[counts.people]
    p = counts.fixed.shape[1]
    information = np.empty((p + 1, p + 1))
    information[:p, :p] = counts.fixed.T @ (counts.fixed * of_row[:, None])
    information[:p, p] = counts.fixed.T @ (weights * of_nodes).sum(axis=1)
    information[p, :p] = information[:p, p]
    information[p, p] = (weights * of_nodes**2).sum()
    return information


def _softplus_and_logistic(values: Floats) -> tuple[Floats, Floats]:
    """log(1 + exp(v)) and its derivative, both from exp(-|v|), which cannot overflow."""
    small = np.exp(-np.abs(values))
    share = 1 / (1 + small)
    softplus = np.maximum(values, 0) + np.log(1 + small)
    return softplus, np.where(values >= 0, share, small * share)


def _logistic(values: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(values), np.float64)


def _log_choose(n: Floats, k: Floats) -> Floats:
    from scipy.special import gammaln

    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), np.float64)
