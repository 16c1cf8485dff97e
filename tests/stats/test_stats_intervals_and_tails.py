"""Intervals, tails and q-values against statsmodels, scipy.stats and slow second implementations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from kip.stats import intervals, multiple, tails

pairs = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def naive_two_sided(x: int, n: int, p: float) -> float:
    chance = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    return min(1.0, 2 * min(math.fsum(chance[: x + 1]), math.fsum(chance[x:])))


@given(pairs)
def test_wilson_equals_statsmodels(pair):
    x, n = pair
    lower, upper = intervals.wilson(x, n)
    expected = proportion_confint(x, n, method="wilson")
    assert (lower[0], upper[0]) == pytest.approx(expected, abs=1e-12)


def test_wilson_ends_are_exact_and_nobody_is_no_data():
    lower, upper = intervals.wilson([0, 8, 0], [8, 8, 0])
    assert lower.tolist()[:1] == [0.0]
    assert upper.tolist()[1:2] == [1.0]
    assert round(float(upper[0]), 2) == 0.32
    assert np.isnan(lower[2]) == np.isnan(upper[2]) == np.True_


@given(pairs, st.integers(2, 20))
def test_more_patients_never_widen_an_interval(pair, factor):
    x, n = pair
    small, large = intervals.wilson(x, n), intervals.wilson(x * factor, n * factor)
    assert float(large.upper[0] - large.lower[0]) < float(small.upper[0] - small.lower[0])


@given(pairs)
def test_wilson_turns_with_the_outcome(pair):
    x, n = pair
    kept, flipped = intervals.wilson(x, n), intervals.wilson(n - x, n)
    assert float(flipped.lower[0]) == pytest.approx(1 - float(kept.upper[0]), abs=1e-12)


@given(pairs)
def test_wilson_contains_the_value(pair):
    x, n = pair
    lower, upper = intervals.wilson(x, n)
    assert lower[0] <= x / n <= upper[0]


@given(st.integers(0, 500), st.floats(0.1, 100))
def test_poisson_interval_is_the_chi_square_one(events, exposure):
    lower, upper = intervals.poisson_exact(events, exposure)
    low = oracle.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    high = oracle.chi2.ppf(0.975, 2 * events + 2) / 2
    assert (lower[0], upper[0]) == pytest.approx((low / exposure, high / exposure), rel=1e-9)


def test_mean_score_is_students_t():
    lower, upper = intervals.mean_score([4.2, 3.0], [0.8, 1.0], [25, 1])
    expected = oracle.t.interval(0.95, 24, loc=4.2, scale=0.8 / 5)
    assert (lower[0], upper[0]) == pytest.approx(expected)
    assert np.isnan(lower[1])


@given(pairs, pairs)
def test_difference_is_newcombes(first, second):
    lower, upper = intervals.difference(*first, *second)
    expected = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    assert (lower[0], upper[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("x", [-1, 0.5, math.nan, None, 11])
def test_what_is_not_a_count_is_refused(x):
    with pytest.raises(ValueError, match=r"x must"):
        intervals.wilson([x], [10])


@settings(max_examples=150)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.99))
def test_binomial_tail_equals_the_sum_of_all_outcomes(pair, p):
    assert float(tails.binomial_two_sided(*pair, p)[0]) == pytest.approx(naive_two_sided(*pair, p), rel=1e-9)


@given(pairs, st.floats(0.05, 0.95))
def test_binomial_tail_turns_with_the_outcome(pair, p):
    x, n = pair
    one, other = tails.binomial_two_sided(x, n, p), tails.binomial_two_sided(n - x, n, 1 - p)
    assert float(one[0]) == pytest.approx(float(other[0]), rel=1e-8)


@given(st.integers(0, 300), st.floats(0.1, 200))
def test_poisson_tail_equals_scipy(events, mean):
    below, above = oracle.poisson.cdf(events, mean), oracle.poisson.sf(events - 1, mean)
    assert float(tails.poisson_two_sided(events, mean)[0]) == pytest.approx(min(1, 2 * min(below, above)))


def test_tails_know_what_they_cannot_tell():
    assert np.isnan(tails.binomial_two_sided([0, 5], [0, 9], [0.5, np.nan])).tolist() == [True, True]
    assert np.isnan(tails.poisson_two_sided(3, 0)).tolist() == [True]
    assert tails.binomial_two_sided([0, 9, 9], 9, [0.0, 1.0, 0.0]).tolist() == [1.0, 1.0, 0.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_q_values_equal_statsmodels(p):
    assert multiple.benjamini_hochberg(p).tolist() == pytest.approx(multipletests(p, method="fdr_bh")[1].tolist())


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_q_values_do_not_depend_on_row_order(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    moved = multiple.benjamini_hochberg(np.asarray(p)[order])
    assert moved.tolist() == multiple.benjamini_hochberg(p)[order].tolist()


def test_missing_p_is_not_a_test():
    assert multiple.benjamini_hochberg([0.01, np.nan, 0.02]).tolist()[::2] == [0.02, 0.02]
    assert multiple.benjamini_hochberg([np.nan]).shape == (1,)
