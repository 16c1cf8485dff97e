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
    lower, upper = intervals.newcombe(*first, *second)
    expected = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    assert (lower[0], upper[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("x", [-1, 0.5, math.inf, 11])
def test_what_is_not_a_count_is_refused(x):
    with pytest.raises(ValueError, match=r"x must"):
        intervals.wilson([x], [10])


PER_PAIR = (intervals.wilson, intervals.clopper_pearson, intervals.jeffreys)


@pytest.mark.parametrize("interval", PER_PAIR)
def test_missing_or_nobody_is_no_data(interval):
    lower, upper = interval([None, 3, 0, 3], [10, math.nan, 0, 10])
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, True, True, False]


@given(pairs)
def test_exact_and_bayesian_intervals_equal_statsmodels(pair):
    x, n = pair
    for interval, name in ((intervals.clopper_pearson, "beta"), (intervals.jeffreys, "jeffreys")):
        lower, upper = interval(x, n)
        expected = proportion_confint(x, n, method=name)
        assert (lower[0], upper[0]) == pytest.approx(expected, abs=1e-9)


@given(pairs)
def test_exact_limits_are_where_a_tail_has_its_share(pair):
    x, n = pair
    lower, upper = intervals.clopper_pearson(x, n)
    if x > 0:
        assert oracle.binom.sf(x - 1, n, float(lower[0])) == pytest.approx(0.025, rel=1e-6)
    if x < n:
        assert oracle.binom.cdf(x, n, float(upper[0])) == pytest.approx(0.025, rel=1e-6)


@given(pairs)
def test_every_interval_turns_with_the_outcome(pair):
    x, n = pair
    for interval in PER_PAIR:
        kept, flipped = interval(x, n), interval(n - x, n)
        assert float(flipped.lower[0]) == pytest.approx(1 - float(kept.upper[0]), abs=1e-9)


def test_byar_equals_the_published_numbers():
    """Breslow and Day 1987: 65 events give 50.2 to 82.8; PHE gives no lower limit for one event at 99.8 %."""
    lower, upper = intervals.byar(65)
    assert (round(float(lower[0]), 2), round(float(upper[0]), 2)) == (50.16, 82.85)
    assert np.isnan(intervals.byar(1, level=0.998).lower[0])
    assert float(intervals.byar(0).lower[0]) == 0.0
    few, exact = intervals.byar([3, 9, 10], 2.0, exact_below=10), intervals.poisson_exact([3, 9, 10], 2.0)
    assert few.lower[:2].tolist() == exact.lower[:2].tolist()
    assert float(few.lower[2]) != float(exact.lower[2])
    assert np.isnan(intervals.poisson_exact([None, 3], [1.0, 0.0]).lower).all()


@given(st.integers(10, 5000))
def test_byar_is_close_to_exact(events):
    close, exact = intervals.byar(events), intervals.poisson_exact(events)
    assert close.lower.tolist() == pytest.approx(exact.lower.tolist(), rel=0.01)
    assert close.upper.tolist() == pytest.approx(exact.upper.tolist(), rel=0.01)


def naive_median(values, level):
    known = sorted(v for v in values if not math.isnan(v))
    n = len(known)
    reach = [k for k in range(1, n // 2 + 1) if sum(math.comb(n, j) for j in range(k)) / 2**n <= (1 - level) / 2]
    if not n or not reach:
        return math.nan, math.nan
    return known[reach[-1] - 1], known[n - reach[-1]]


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90).map(float) | st.just(math.nan)), min_size=1, max_size=90),
    st.sampled_from([0.9, 0.95, 0.998]),
)
def test_median_interval_equals_the_loops(rows, level):
    found = intervals.median_interval([v for _, v in rows], [g for g, _ in rows], level)
    for i, group in enumerate(found.groups.tolist()):
        own = [v for g, v in rows if g == group]
        known = [v for v in own if not math.isnan(v)]
        assert int(found.n[i]) == len(known)
        assert float(found.median[i]) == pytest.approx(float(np.median(known)) if known else math.nan, nan_ok=True)
        got = float(found.lower[i]), float(found.upper[i])
        assert got == pytest.approx(naive_median(own, level), nan_ok=True)


def test_median_interval_keeps_its_promise():
    random = np.random.default_rng(4)
    samples = random.exponential(10.0, (4000, 25))
    found = intervals.median_interval(samples.ravel(), np.repeat(np.arange(4000), 25))
    true = 10 * math.log(2)
    assert float(((found.lower <= true) & (true <= found.upper)).mean()) >= 0.945
    assert np.isnan(intervals.median_interval([1, 2, 3, 4, 5]).lower[0])
    assert float(intervals.median_interval([1, 2, 3, 4, 5, 6]).lower[0]) == 1.0


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


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.99))
def test_mid_p_takes_half_of_what_was_seen(pair, p):
    x, n = pair
    below, above = oracle.binom.cdf(x, n, p), oracle.binom.sf(x - 1, n, p)
    expected = min(1.0, 2 * (min(below, above) - oracle.binom.pmf(x, n, p) / 2))
    assert float(tails.binomial_two_sided(x, n, p, mid_p=True)[0]) == pytest.approx(expected, abs=1e-12)
    mean = n * p
    below, above = oracle.poisson.cdf(x, mean), oracle.poisson.sf(x - 1, mean)
    expected = min(1.0, 2 * (min(below, above) - oracle.poisson.pmf(x, mean) / 2))
    assert float(tails.poisson_two_sided(x, mean, mid_p=True)[0]) == pytest.approx(expected, abs=1e-12)


def test_missing_numbers_have_no_tail():
    assert np.isnan(tails.binomial_two_sided([None, 3], [9, math.nan], 0.5)).all()
    assert np.isnan(tails.poisson_two_sided([None, 3], [4.0, math.nan])).all()
