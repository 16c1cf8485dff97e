"""Funnel, bands, shrinkage and detectable differences against slow second implementations and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from kip.stats import bands, funnel, shrink, special

sizes = st.lists(st.integers(5, 300), min_size=20, max_size=60)


def naive_funnel(x, n, theta):
    """The steps of statistics.md 4.2 written out with plain loops."""
    rows = [
        ((math.asin(math.sqrt(a / b)) - math.asin(math.sqrt(theta))), 1 / (2 * math.sqrt(b))) for a, b in zip(x, n, strict=True)
    ]
    z = [score / s for score, s in rows]
    low, high = np.quantile(z, [0.1, 0.9])
    phi = sum(min(max(v, low), high) ** 2 for v in z) / len(z)
    w = [1 / s**2 for _, s in rows]
    k = len(z)
    tau2 = 0.0
    if k * phi >= k - 1:
        tau2 = (k * phi - (k - 1)) / (sum(w) - sum(v * v for v in w) / sum(w))
    p = [2 * oracle.norm.sf(abs(score) / math.sqrt(s * s + tau2)) for score, s in rows]
    return phi, tau2, p


@settings(max_examples=60)
@given(sizes, st.floats(0.1, 0.9), st.integers(0, 2**31))
def test_funnel_equals_the_loops(n, theta, seed):
    x = np.random.default_rng(seed).binomial(n, theta)
    found = funnel.funnel(x, n, theta)
    phi, tau2, p = naive_funnel(x, n, theta)
    assert (found.phi, found.tau2) == pytest.approx((phi, tau2), abs=1e-12)
    assert found.p_adjusted.tolist() == pytest.approx(p)


@settings(max_examples=40)
@given(sizes, st.integers(0, 2**31))
def test_funnel_turns_with_the_outcome_and_ignores_row_order(n, seed):
    random = np.random.default_rng(seed)
    size = np.asarray(n)
    x = random.binomial(size, random.beta(8, 4, size.size))
    kept, flipped = funnel.funnel(x, size, 0.6), funnel.funnel(size - x, size, 0.4)
    assert flipped.p_adjusted.tolist() == pytest.approx(kept.p_adjusted.tolist())
    order = random.permutation(size.size)
    moved = funnel.funnel(x[order], size[order], 0.6)
    assert moved.p_adjusted.tolist() == pytest.approx(kept.p_adjusted[order].tolist())


def test_few_practices_borrow_the_variance():
    assert funnel.funnel([5, 9], [10, 10], 0.7).tau2 == 0.0
    assert funnel.funnel([5, 9], [10, 10], 0.7, fallback_tau2=0.01)[3:] != ()
    assert funnel.funnel([5, 9], [10, 10], 0.7, fallback_tau2=0.01).tau2 == 0.01
    assert funnel.funnel([5, 9], [10, 10], 0.7).estimated is False


def test_rates_use_the_square_root_scale():
    found = funnel.funnel([9, 30], [2.0, 5.0], 4.0, kind="rate")
    assert found.z.tolist() == pytest.approx([2 * (3 - math.sqrt(8)), 2 * (math.sqrt(30) - math.sqrt(20))])


def test_simulated_variance_is_found_again():
    random = np.random.default_rng(3)
    n = random.integers(150, 400, 1500)
    share = np.sin(np.arcsin(np.sqrt(0.7)) + random.normal(0, 0.08, n.size)) ** 2
    found = funnel.funnel(random.binomial(n, share), n, 0.7)
    assert 0.004 < found.tau2 < 0.0075  # true 0.0064, the winsorised estimate leans low
    assert int((found.p_adjusted < 0.002).sum()) <= 12


@pytest.mark.parametrize("theta", [0.05, 0.3, 0.7, 0.95])
def test_contours_interpolate_the_exact_quantile(theta):
    grid = np.arange(1, 200)
    drawn = funnel.contours(grid, theta)
    for i, n in enumerate(grid.tolist()):
        r = int(oracle.binom.ppf(0.999, n, theta))
        step = (oracle.binom.cdf(r, n, theta) - 0.999) / oracle.binom.pmf(r, n, theta)
        assert float(drawn.upper[i]) == pytest.approx(min(1.0, (r - step) / n), abs=1e-9)
    assert bool(np.all((drawn.lower <= theta) & (theta <= drawn.upper)))


def test_adjusted_contours_are_transformed_back_and_wider():
    plain, wide = funnel.contours([50, 500], 0.7), funnel.contours([50, 500], 0.7, tau2=0.005)
    assert bool(np.all(wide.upper > plain.upper) & np.all(wide.lower < plain.lower))
    assert bool(np.all(wide.upper <= 1))


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1) | st.just(math.nan)), min_size=1, max_size=120),
    st.integers(1, 12),
)
def test_bands_equal_numpy_per_group(rows, least):
    groups, values = [g for g, _ in rows], np.asarray([v for _, v in rows])
    found = bands.bands(values, groups, least)
    for i, group in enumerate(found.groups.tolist()):
        own = [v for g, v in rows if g == group and not math.isnan(v)]
        got = [float(found.median[i]), float(found.p10[i]), float(found.p90[i])]
        wanted = np.quantile(own, [0.5, 0.1, 0.9]).tolist() if len(own) >= least else [math.nan] * 3
        assert got == pytest.approx(wanted, nan_ok=True)
        assert int(found.units[i]) == len(own)


@settings(max_examples=60)
@given(sizes, st.integers(0, 2**31))
def test_shrunken_lies_between_own_and_expected(n, seed):
    random = np.random.default_rng(seed)
    size = np.asarray(n)
    x = random.binomial(size, random.beta(14, 6, size.size))
    kept = shrink.shrink(x, size, 0.7)
    low, high = np.minimum(x / size, 0.7), np.maximum(x / size, 0.7)
    assert bool(np.all((low - 1e-12 <= kept.value) & (kept.value <= high + 1e-12)))
    assert bool(np.all(np.diff(kept.reliability[np.argsort(size)]) >= -1e-12))
    flipped = shrink.shrink(size - x, size, 0.3)
    assert flipped.value.tolist() == pytest.approx((1 - kept.value).tolist())


def test_published_reliability_figures():
    for p, deviation, fair, high in [(0.7, 0.08, 77, 296), (0.9, 0.04, 132, 507), (0.3, 0.10, 49, 189)]:
        n = np.asarray([fair, high])
        kept = shrink.shrink(np.zeros(2, int), n, p, tau2=deviation**2)
        assert kept.reliability.round(2).tolist() == [0.7, 0.9]


def test_shrinking_beats_the_raw_value():
    random = np.random.default_rng(5)
    n = np.maximum(5, random.lognormal(np.log(29), 0.7, 1800).astype(int))
    true = np.clip(random.normal(0.7, 0.08, n.size), 0.01, 0.99)
    x = random.binomial(n, true)
    kept = shrink.shrink(x, n)
    raw, shrunken = np.sqrt(np.mean((x / n - true) ** 2)), np.sqrt(np.mean((kept.value - true) ** 2))
    assert bool(shrunken < 0.7 * raw)


def test_nobody_gets_the_expected_value():
    kept = shrink.shrink([0, 8], [0, 10], 0.7, tau2=0.01)
    assert (float(kept.value[0]), float(kept.reliability[0])) == (0.7, 0.0)
    assert shrink.reliability_word([0.7, 0.4, 0.39]).tolist() == ["good", "fair", "low"]


def power_at(n, p0, p1, alpha=0.05):
    x = np.arange(n + 1)
    tail = np.minimum(oracle.binom.cdf(x, n, p0), oracle.binom.sf(x - 1, n, p0))
    lower_side = x < n * p0 if p1 < p0 else x > n * p0
    return float(oracle.binom.pmf(x[(2 * tail <= alpha) & lower_side], n, p1).sum())


@pytest.mark.parametrize("n", [8, 20, 32, 50, 117, 400])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.7, 0.93])
def test_detectable_difference_has_eighty_per_cent_power(n, p):
    for side, sign in (("low", -1), ("high", 1)):
        step = float(shrink.detectable_difference(n, p, side=side)[0])
        if not math.isnan(step):
            assert power_at(n, p, p + sign * step) == pytest.approx(0.8, abs=1e-9)


def test_detectable_rate_has_eighty_per_cent_power():
    step = float(shrink.detectable_difference(20.0, 1.5, kind="rate", side="high")[0])
    critical = int(oracle.poisson.ppf(0.975, 30)) + 1
    assert float(oracle.poisson.sf(critical - 1, 20 * (1.5 + step))) == pytest.approx(0.8)


def test_larger_practices_see_smaller_differences():
    steps = shrink.detectable_difference(np.asarray([20, 80, 320, 1280]), 0.7)
    assert bool(np.all(np.diff(steps) < 0))
    assert np.isnan(shrink.detectable_difference([0, 3, 50], [0.7, 0.5, 1.0])).tolist() == [True, True, True]


def test_quantiles_equal_scipy():
    n = np.arange(1, 400)
    for p in (0.02, 0.5, 0.7, 0.99):
        for share in (0.001, 0.025, 0.4, 0.975, 0.999):
            got = special.binomial_quantile(share, n, np.full(n.shape, p))
            assert got.tolist() == oracle.binom.ppf(share, n, p).tolist()
            mean = n * p
            assert special.poisson_quantile(share, mean).tolist() == oracle.poisson.ppf(share, mean).tolist()
