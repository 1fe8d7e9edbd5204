"""Linear and binomial mixed models: by hand, against dense twins, on known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import binom, multivariate_normal, norm

from hvm.recall.statistics import binomial, mixed_models


def waves():
    """12 participants by 9 trials, a slope and an intercept of each, nothing random."""
    people = np.repeat(np.arange(12), 9)
    t = np.tile(np.arange(1.0, 10), 12)
    x = np.sin(7.0 * people + 3 * t) + 0.3 * np.cos(people)
    y = 1 + 0.5 * x - 0.2 * t + np.sin(5.0 * people + 1) + 0.15 * t * np.cos(3.0 * people)
    y += 0.4 * np.sin(11.0 * t * (people + 1))
    return y, np.column_stack([np.ones(108), x, t]), people


def intercepts(people):
    return np.ones((len(people), 1))


def dense_densities(y, fixed, random, people, fitted):
    """Twin of ``log_densities``: every participant's covariance written out."""
    spread = fitted.variance * fitted.factor @ fitted.factor.T
    return [
        multivariate_normal(
            fixed[people == i] @ fitted.coefficients,
            random[people == i] @ spread @ random[people == i].T
            + fitted.variance * np.eye((people == i).sum()),
        ).logpdf(y[people == i])
        for i in range(people.max() + 1)
    ]


# -- linear -------------------------------------------------------------------------------


def test_two_people_by_hand():
    """Within: 4 / (2 * 1) = 2. Between: 36 / 2 = 18 = 2 + 2 t2, so t2 = 8. |V| = 2 * 18."""
    people = np.array([0, 0, 1, 1])
    ones = np.ones((4, 1))
    sums = mixed_models.sums_of(np.array([1.0, 3, 7, 9]), ones, ones, people)
    fitted = mixed_models.fit(sums)
    assert fitted.coefficients == pytest.approx([5])
    assert fitted.variance == pytest.approx(2, rel=1e-4)
    assert fitted.variance * fitted.factor[0, 0] ** 2 == pytest.approx(8, rel=1e-4)
    expected = -0.5 * (4 * np.log(2 * np.pi) + 2 * np.log(36) + 4)
    assert fitted.log_likelihood == pytest.approx(expected)


@pytest.mark.parametrize(
    ("slope", "log_likelihood", "coefficients", "variance", "spread"),
    [
        (
            False,
            -68.754897648073,
            [1.0269944634, 0.4861551785, -0.1890266296],
            0.1345523919,
            [[0.777555456]],
        ),
        (
            True,
            -39.020109980572,
            [1.0269064502, 0.4846908582, -0.1890125807],
            0.0566320479,
            [[0.44321287, 0.00831926], [0.00831926, 0.01038971]],
        ),
    ],
)
def test_same_as_statsmodels(slope, log_likelihood, coefficients, variance, spread):
    """statsmodels 0.15.0, MixedLM("y ~ x + t", re_formula="~t").fit(reml=False, method="cg")."""
    y, fixed, people = waves()
    random = fixed[:, [0, 2]] if slope else fixed[:, :1]
    fitted = mixed_models.fit(mixed_models.sums_of(y, fixed, random, people))
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=1e-8)
    assert fitted.coefficients == pytest.approx(coefficients, abs=1e-6)
    assert fitted.variance == pytest.approx(variance, abs=1e-6)
    found = fitted.variance * fitted.factor @ fitted.factor.T
    assert found == pytest.approx(np.array(spread), abs=1e-5)


@pytest.mark.parametrize("columns", [[0], [0, 2]])
def test_densities_are_those_of_the_dense_covariance(columns):
    y, fixed, people = waves()
    order = np.random.default_rng(1).permutation(len(y))[:80]  # unequal numbers, any order
    y, fixed, people = y[order], fixed[order], people[order]
    sums = mixed_models.sums_of(y, fixed, fixed[:, columns], people)
    fitted = mixed_models.fit(sums.of(np.arange(12) < 8))
    found = mixed_models.log_densities(sums, fitted)
    assert found == pytest.approx(dense_densities(y, fixed, fixed[:, columns], people, fitted))
    assert found[:8].sum() == pytest.approx(fitted.log_likelihood)


@pytest.mark.parametrize("columns", [[0], [0, 2]])
def test_the_gradient_is_that_of_the_profile(columns):
    y, fixed, people = waves()
    sums = mixed_models.sums_of(y, fixed, fixed[:, columns], people)
    factor = np.tril(np.array([[0.7, 0], [-0.2, 0.3]])[: len(columns), : len(columns)])
    gradient = mixed_models._profile(sums, factor)[1]
    for place in zip(*np.tril_indices(len(columns))):
        step = np.zeros_like(factor)
        step[place] = 1e-6
        up, down = (mixed_models._profile(sums, factor + sign * step)[0] for sign in (1, -1))
        assert gradient[place] == pytest.approx((up - down) / 2e-6, rel=1e-5)


def test_people_who_do_not_differ_need_no_random_intercept():
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(30), 10)
    x, noise = rng.normal(size=300), rng.normal(size=300)
    noise -= np.bincount(people, noise)[people] / 10  # every participant's mean is 0
    fixed = np.column_stack([np.ones(300), x])
    y = fixed @ [1, 2] + noise
    fitted = mixed_models.fit(mixed_models.sums_of(y, fixed, intercepts(people), people))
    rest = y - fixed @ np.linalg.lstsq(fixed, y)[0]
    plain = norm(0, rest.std()).logpdf(rest).sum()
    assert abs(fitted.factor[0, 0]) < 0.02
    assert fitted.log_likelihood == pytest.approx(plain, abs=1e-6)


def test_known_truth_comes_back():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(400), 20)
    fixed = np.column_stack([np.ones(8000), rng.normal(size=8000)])
    y = fixed @ [3, -1] + 2 * rng.normal(size=400)[people] + 0.5 * rng.normal(size=8000)
    fitted = mixed_models.fit(mixed_models.sums_of(y, fixed, intercepts(people), people))
    assert fitted.coefficients == pytest.approx([3, -1], abs=0.25)
    assert fitted.variance == pytest.approx(0.25, rel=0.05)
    assert fitted.variance * fitted.factor[0, 0] ** 2 == pytest.approx(4, rel=0.15)


def test_a_column_that_adds_nothing_gets_zero_and_changes_nothing():
    y, fixed, people = waves()
    wider = np.column_stack([fixed, fixed[:, 1] * 2 - 3, np.zeros(108)])
    narrow, wide = (
        mixed_models.fit(mixed_models.sums_of(y, each, intercepts(people), people))
        for each in (fixed, wider)
    )
    assert wide.log_likelihood == pytest.approx(narrow.log_likelihood)
    assert wide.coefficients[3:].tolist() == [0, 0]


def test_equal_outcomes_have_no_maximum():
    people = np.array([0, 0, 1, 1])
    ones = np.ones((4, 1))
    fitted = mixed_models.fit(mixed_models.sums_of(np.full(4, 7.3), ones, ones, people))
    assert np.isnan(fitted.log_likelihood)


def test_robust_standard_errors_written_out():
    y, fixed, people = waves()
    sums = mixed_models.sums_of(y, fixed, intercepts(people), people)
    fitted = mixed_models.fit(sums)
    bread, meat = np.zeros((3, 3)), np.zeros((3, 3))
    for i in range(12):
        mine = people == i
        weight = np.linalg.inv(np.eye(9) + fitted.factor[0, 0] ** 2 * np.ones((9, 9)))
        score = fixed[mine].T @ weight @ (y[mine] - fixed[mine] @ fitted.coefficients)
        bread += fixed[mine].T @ weight @ fixed[mine]
        meat += np.outer(score, score)
    expected = np.sqrt(np.diag(np.linalg.inv(bread) @ meat @ np.linalg.inv(bread)))
    assert mixed_models.standard_errors(sums, fitted) == pytest.approx(expected)


# -- binomial -----------------------------------------------------------------------------


def some_counts(n_people=6, n_trials=5, seed=2):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n_people), n_trials)
    x = rng.normal(size=len(people))
    fixed = np.column_stack([np.ones(len(people)), x])
    chance = 1 / (1 + np.exp(-(fixed @ [0.4, 0.8] + 1.2 * rng.normal(size=n_people)[people])))
    shown = np.full(len(people), 12.0)
    return binomial.key_counts(rng.binomial(12, chance).astype(float), shown, fixed, people)


def quad_density(right, shown, linear, spread):
    """Twin of one participant's ``log_densities``: the integral by adaptive quadrature."""

    def integrand(u):
        chance = 1 / (1 + np.exp(-(linear + spread * u)))
        return np.prod(binom.pmf(right, shown, chance)) * norm.pdf(u)

    return np.log(quad(integrand, -9, 9, epsabs=0, epsrel=1e-10, limit=200)[0])


def test_binomial_densities_are_the_integral():
    counts = some_counts()
    fitted = binomial.BinomialFit(np.array([0.3, -0.5]), 0.9, np.nan)
    linear = counts.fixed @ fitted.coefficients
    expected = [
        quad_density(counts.right[mine], counts.shown[mine], linear[mine], 0.9)
        for mine in (counts.people == i for i in range(6))
    ]
    assert binomial.log_densities(counts, fitted) == pytest.approx(expected, abs=1e-6)


def test_probabilities_of_all_outcomes_of_a_participant_add_up_to_one():
    every = [(a, b) for a in range(4) for b in range(3)]
    right = np.array(every, float).ravel()
    shown = np.tile([3.0, 2.0], len(every))
    fixed = np.column_stack([np.ones(len(right)), np.tile([0.5, -1], len(every))])
    counts = binomial.key_counts(right, shown, fixed, np.repeat(np.arange(len(every)), 2))
    fitted = binomial.BinomialFit(np.array([0.2, 0.7]), 1.3, np.nan)
    assert np.exp(binomial.log_densities(counts, fitted)).sum() == pytest.approx(1, abs=1e-5)


def test_binomial_derivatives_are_those_of_the_sum():
    counts = some_counts()
    point = np.array([0.2, 0.6, 0.8])

    def at(values):
        return binomial._integrate(counts, values[:-1], values[-1], np.zeros(6))

    _, scores, hessian = at(point)
    for k in range(3):
        step = np.eye(3)[k] * 1e-5
        up, down = at(point + step), at(point - step)
        assert scores.sum(axis=0)[k] == pytest.approx((up[0] - down[0]).sum() / 2e-5, abs=1e-3)
        slope = (up[1] - down[1]).sum(axis=0) / 2e-5
        assert hessian[k] == pytest.approx(slope, abs=1e-2)


def test_binomial_fit_is_the_highest_point_of_the_twin():
    counts = some_counts(n_people=4, n_trials=4)

    u = np.linspace(-7, 7, 281)

    def cost(values):
        chance = 1 / (1 + np.exp(-((counts.fixed @ values[:2])[:, None] + values[2] * u)))
        logs = binom.logpmf(counts.right[:, None], counts.shown[:, None], chance)
        of_nodes = [np.exp(logs[counts.people == i].sum(axis=0)) * norm.pdf(u) for i in range(4)]
        return -np.log(np.sum(of_nodes, axis=1) * 0.05).sum()

    found = minimize(cost, [0.0, 0.5, 0.7], method="Nelder-Mead", options={"xatol": 1e-4})
    fitted = binomial.fit(counts)
    assert fitted.log_likelihood == pytest.approx(-found.fun, abs=1e-4)
    assert fitted.coefficients == pytest.approx(found.x[:2], abs=5e-3)
    assert fitted.spread == pytest.approx(abs(found.x[2]), abs=5e-3)
    assert binomial.log_densities(counts, fitted).sum() == pytest.approx(fitted.log_likelihood)


def test_binomial_truth_comes_back_and_independent_keys_are_not_dispersed():
    counts = some_counts(n_people=300, n_trials=20, seed=5)
    fitted = binomial.fit(counts)
    assert fitted.coefficients == pytest.approx([0.4, 0.8], abs=0.2)
    assert fitted.spread == pytest.approx(1.2, abs=0.15)
    assert binomial.dispersion(counts, fitted) == pytest.approx(1, abs=0.1)
    assert binomial.standard_errors(counts, fitted)[1] == pytest.approx(0.012, abs=0.006)


def test_people_alike_are_a_plain_share():
    """9 of 12 keys in every trial: the estimate is log(9 / 3) and nobody differs."""
    people = np.repeat(np.arange(5), 4)
    shape = len(people)
    counts = binomial.key_counts(
        np.full(shape, 9.0), np.full(shape, 12.0), np.ones((shape, 1)), people
    )
    fitted = binomial.fit(counts)
    assert fitted.coefficients == pytest.approx([np.log(3)], abs=1e-4)
    assert fitted.spread < 0.02
    assert fitted.log_likelihood == pytest.approx(20 * binom.logpmf(9, 12, 0.75), abs=1e-5)


@pytest.mark.parametrize("right", [0.0, 12.0])
def test_all_right_or_all_wrong_has_no_maximum(right):
    people = np.repeat(np.arange(3), 4)
    counts = binomial.key_counts(np.full(12, right), np.full(12, 12.0), np.ones((12, 1)), people)
    assert np.isnan(binomial.fit(counts).log_likelihood)
