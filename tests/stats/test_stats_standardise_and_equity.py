"""Standardisation, inequality and empirical-Bayes priors against loops, published figures and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from kip.stats import empirical_bayes, equity, standardise
from kip.stats.bands import percentiles

STRATA = st.lists(st.tuples(st.integers(0, 200), st.floats(0.001, 0.4)), min_size=2, max_size=12)


@settings(max_examples=100)
@given(STRATA, st.integers(0, 60))
def test_indirect_equals_the_sum_over_strata(strata, observed):
    population, rates = [float(n) for n, _ in strata], [r for _, r in strata]
    found = standardise.indirect([observed], [population], rates, 0.2)
    expected = sum(n * r for n, r in strata)
    if expected == 0:
        assert np.isnan(found.oe_ratio).all()
        return
    assert float(found.expected[0]) == pytest.approx(expected)
    assert float(found.value[0]) == pytest.approx(observed / expected * 0.2)
    upper = oracle.chi2.ppf(0.975, 2 * observed + 2) / 2 / expected
    assert float(found.oe_upper[0]) == pytest.approx(upper)
    assert float(found.oe_lower[0]) <= float(found.oe_ratio[0]) <= float(found.oe_upper[0])


def test_a_unit_that_is_the_reference_has_the_ratio_one():
    population, events = np.asarray([100, 200, 300]), np.asarray([10, 30, 90])
    rates = standardise.reference_rates(events, population)
    found = standardise.indirect(events, population, rates)
    assert float(found.oe_ratio[0]) == pytest.approx(1.0)
    assert float(found.value[0]) == pytest.approx(found.reference) == pytest.approx(130 / 600)
    both = standardise.indirect([events, events * 2], [population, population], rates, found.reference)
    assert both.oe_ratio.tolist() == pytest.approx([1.0, 2.0])


def test_adjusted_shares_stay_shares_and_unknown_strata_are_not_guessed():
    found = standardise.indirect([9, 0, 5], [[5, 5], [0, 0], [4, 4]], [0.2, 0.3], 0.25, proportion=True)
    assert float(found.value[0]) == 0.25 * 9 / 2.5
    assert bool(np.all(found.upper[[0, 2]] <= 1))
    assert np.isnan(found.value[1])
    missing = standardise.indirect([9, 9], [[5, 5], [10, 0]], [0.2, None], 0.25)
    assert np.isnan(missing.expected).tolist() == [True, False]
    english = standardise.indirect([9, 12], [[50.0], [60.0]], [0.2], 0.2, method="byar")
    exact = standardise.indirect([9, 12], [[50.0], [60.0]], [0.2], 0.2)
    assert english.lower[0] == exact.lower[0]
    assert english.lower[1] != exact.lower[1]


def naive_direct(events, population, standard):
    total, weight = sum(events), sum(standard)
    rate = sum(w * x / n for x, n, w in zip(events, population, standard, strict=True)) / weight
    variance = sum(w**2 * x / n**2 for x, n, w in zip(events, population, standard, strict=True)) / weight**2
    z = oracle.norm.ppf(0.975)
    low = total * (1 - 1 / (9 * total) - z / (3 * math.sqrt(total))) ** 3
    high = (total + 1) * (1 - 1 / (9 * (total + 1)) + z / (3 * math.sqrt(total + 1))) ** 3
    stretch = math.sqrt(variance / total)
    return rate, rate + stretch * (low - total), rate + stretch * (high - total)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(60, 900), st.integers(1, 90)), min_size=2, max_size=19))
def test_direct_equals_dobsons_formula(strata):
    events, population, standard = ([row[i] for row in strata] for i in range(3))
    found = standardise.direct(events, population, standard)
    if sum(events) < 10:
        assert np.isnan([found.value, found.lower, found.upper]).all()
    else:
        got = float(found.value[0]), float(found.lower[0]), float(found.upper[0])
        assert got == pytest.approx(naive_direct(events, population, standard))


def test_direct_with_equal_weights_is_the_crude_rate():
    found = standardise.direct([[10, 20, 30]], [[1000, 1000, 1000]], [5, 5, 5], multiplier=1000, method="exact")
    low, high = oracle.chi2.ppf(0.025, 120) / 2 / 3, oracle.chi2.ppf(0.975, 122) / 2 / 3
    assert (float(found.value[0]), float(found.lower[0]), float(found.upper[0])) == pytest.approx((20.0, low, high))
    assert np.isnan(standardise.direct([10, 20], [1000, 0], [5, 5]).value).all()
    assert not np.isnan(standardise.direct([10, 20, None], [1000, 500, 500], [5, 5, 5]).value).any()


PEOPLE = [7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534]
VALUES = [75.9, 78.3, 83.8, 83.6, 80.5, 81.1, 81.7, 84.2, 80.6, 86.3]
LOWER = [72.7, 75.3, 80.9, 80.2, 77.1, 78, 79, 81.4, 75.8, 83.2]
UPPER = [79.1, 81.4, 86.8, 87.1, 83.8, 84.2, 84.4, 86.9, 85.4, 89.4]


def test_slope_equals_weighted_least_squares():
    share = np.asarray(PEOPLE) / sum(PEOPLE)
    middle = np.cumsum(share) - share / 2
    slope, intercept = np.polyfit(middle, VALUES, 1, w=np.sqrt(share))
    found = equity.inequality(VALUES, PEOPLE, lower=LOWER, upper=UPPER)
    assert (found.sii, found.rii) == pytest.approx((slope, (intercept + slope) / intercept))
    assert found == equity.inequality(VALUES, PEOPLE, lower=LOWER, upper=UPPER)
    other = equity.inequality(VALUES, PEOPLE, lower=LOWER, upper=UPPER, seed=2)
    assert other.sii_lower == pytest.approx(found.sii_lower, abs=0.06)


def test_simulated_limits_equal_the_algebra_of_normal_errors():
    error = (np.asarray(UPPER) - np.asarray(LOWER)) / 2 / oracle.norm.ppf(0.975)
    share = np.asarray(PEOPLE) / sum(PEOPLE)
    middle = np.cumsum(share) - share / 2
    centre = (share * middle).sum()
    weight = share * (middle - centre) / (share * (middle - centre) ** 2).sum()
    half = oracle.norm.ppf(0.975) * math.sqrt(float((weight**2 * error**2).sum()))
    found = equity.inequality(VALUES, PEOPLE, error)
    assert (found.sii_lower, found.sii_upper) == pytest.approx((found.sii - half, found.sii + half), abs=0.06)


def test_turning_the_groups_turns_the_slope():
    kept, turned = equity.inequality(VALUES, PEOPLE), equity.inequality(VALUES[::-1], PEOPLE[::-1])
    assert (turned.sii, turned.rii) == pytest.approx((-kept.sii, 1 / kept.rii))
    assert math.isnan(kept.sii_lower)
    shares = equity.inequality([0.9, 0.92, 0.95, 0.97, 0.99], [10] * 5, [0.2] * 5, scale="logit")
    assert shares.sii_upper < 0.2
    rates = equity.inequality([9, 8, 7, 6, 5], [10] * 5, [0.1] * 5, scale="log")
    assert rates.sii == pytest.approx(-5.0)
    with pytest.raises(ValueError, match="five groups"):
        equity.inequality([1, 2, 3, 4], [1] * 4)
    with pytest.raises(ValueError, match="above 0"):
        equity.inequality([1, 2, 3, 4, None], [1] * 5)


ROWS = st.lists(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=3, max_size=30)


@settings(max_examples=100)
@given(ROWS)
def test_classical_estimates_equal_the_loops(rows):
    x, n = [a for a, _ in rows], [b for _, b in rows]
    mean, average = sum(x) / sum(n), sum(n) / len(n)
    spread = sum(b * (a / b - mean) ** 2 for a, b in rows) / sum(n)
    between = max(spread - mean / average, 0)
    poisson = [mean + between / (between + mean / b) * (a / b - mean) if mean else 0.0 for a, b in rows]
    assert empirical_bayes.marshall(x, n).value.tolist() == pytest.approx(poisson)
    found = empirical_bayes.martuzzi_elliott(x, n)
    inside = mean * (1 - mean)
    if spread > inside / average:
        rho = [(b * spread - b / average * inside) / ((b - 1) * spread + (average - b) / average * inside) for b in n]
        binomial = [r * a / b + (1 - r) * mean for r, (a, b) in zip(rho, rows, strict=True)]
        plausible = [0 <= r <= 1 for r in rho]
        assert [v for v, ok in zip(found.value.tolist(), plausible, strict=True) if ok] == pytest.approx(
            [v for v, ok in zip(binomial, plausible, strict=True) if ok]
        )
    assert bool(np.all((found.weight >= 0) & (found.weight <= 1)))
    low, high = np.minimum(np.divide(x, n), mean), np.maximum(np.divide(x, n), mean)
    assert bool(np.all((low - 1e-12 <= found.value) & (found.value <= high + 1e-12)))


def test_beta_prior_is_found_again():
    random = np.random.default_rng(12)
    n = random.integers(20, 300, 2000)
    x = random.binomial(n, random.beta(14, 6, n.size))
    alpha, beta = empirical_bayes.beta_prior(x, n)
    assert alpha / (alpha + beta) == pytest.approx(0.7, abs=0.01)
    assert alpha + beta == pytest.approx(20, rel=0.1)
    here = oracle.betabinom.logpmf(x, n, alpha, beta).sum()
    for a, b in ((alpha * 1.02, beta), (alpha * 0.98, beta), (alpha, beta * 1.02), (alpha, beta * 0.98)):
        assert oracle.betabinom.logpmf(x, n, a, b).sum() < here


def test_beta_binomial_values_are_the_posterior():
    found = empirical_bayes.beta_binomial([3, 0, 8], [10, 0, 8], prior=(7.0, 3.0))
    assert found.value.tolist() == [10 / 20, 0.7, 15 / 18]
    assert float(found.lower[0]) == pytest.approx(oracle.beta.ppf(0.025, 10, 10))
    moments = empirical_bayes.beta_binomial([3, 5, 8], [10, 10, 10], fit="moments")
    share = np.asarray([0.3, 0.5, 0.8])
    strength = share.mean() * (1 - share.mean()) / share.var(ddof=1) - 1
    assert moments.alpha + moments.beta == pytest.approx(strength)
    with pytest.raises(ValueError, match="differ"):
        empirical_bayes.beta_prior([5, 5], [10, 10])
    assert empirical_bayes.marshall([4, 0], [10, 0]).value.tolist() == [0.4, 0.4]
    assert empirical_bayes.martuzzi_elliott([4, 9], [10, 0 + 20]).value.size == 2


@settings(max_examples=60)
@given(st.integers(1, 4), st.lists(st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=60), st.integers(1, 12))
def test_percentiles_equal_numpy(periods, values, least):
    table = np.resize(np.asarray(values), (len(values), periods))
    found = percentiles(table, (0.1, 0.5, 0.9), least)
    for column in range(periods):
        known = table[np.isfinite(table[:, column]), column]
        expected = np.quantile(known, [0.1, 0.5, 0.9]).tolist() if known.size >= least else [math.nan] * 3
        assert found[:, column].tolist() == pytest.approx(expected, nan_ok=True)
