"""Differences of shares against a naive search and a reference, under chance, and the spread between areas by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from statsmodels.stats.proportion import test_proportions_2indep as reference

from kip.stats.differences import MIN_SPREAD_UNITS, judge_differences, score_difference, spread_interval


@pytest.mark.parametrize("expected", [0.0, 0.03, -0.1, 0.4])
@pytest.mark.parametrize("counts", [(3, 12, 9, 20), (50, 80, 20, 60), (12, 13, 5, 30), (1, 15, 4, 10), (200, 400, 210, 390)])
def test_the_sampling_error_is_that_of_the_likeliest_shares(counts: tuple[int, int, int, int], expected: float) -> None:
    """The cubic against a plain search for the greatest likelihood."""
    x1, n1, x2, n2 = counts

    def unlikely(share: float) -> float:
        other = share - expected
        return -float(x1 * np.log(share) + (n1 - x1) * np.log(1 - share) + x2 * np.log(other) + (n2 - x2) * np.log(1 - other))

    bounds = (max(0.0, expected) + 1e-9, min(1.0, 1 + expected) - 1e-9)
    share = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    other = share - expected
    variance = (share * (1 - share) / n1 + other * (1 - other) / n2) * (n1 + n2) / (n1 + n2 - 1)
    z = (x1 / n1 - x2 / n2 - expected) / np.sqrt(variance)
    found = score_difference(*counts, expected)
    assert found.z[0] == pytest.approx(z, abs=1e-5)
    assert found.p[0] == pytest.approx(2 * norm.sf(abs(z)), abs=1e-5)


@pytest.mark.parametrize("counts", [(3, 12, 9, 20), (50, 80, 20, 60), (0, 15, 4, 10), (11, 12, 5, 30)])
def test_without_an_expected_difference_it_is_the_pooled_test(counts: tuple[int, int, int, int]) -> None:
    """statsmodels takes another root of the cubic where a difference is expected, so it is asked here only."""
    found = score_difference(*counts)
    assert found.z[0] == pytest.approx(reference(*counts, compare="diff", method="score").statistic, abs=1e-9)


COUNT = st.integers(0, 40)


@given(COUNT, COUNT, COUNT, COUNT, st.floats(-0.9, 0.9))
def test_swapping_the_groups_turns_the_sign(x1: int, rest1: int, x2: int, rest2: int, expected: float) -> None:
    forth = score_difference(x1, x1 + rest1, x2, x2 + rest2, expected)
    back = score_difference(x2, x2 + rest2, x1, x1 + rest1, -expected)
    if x1 + rest1 and x2 + rest2:
        assert forth.z[0] == pytest.approx(-back.z[0], abs=1e-6)
        assert 0 <= forth.p[0] <= 1
    else:
        assert np.isnan([forth.z[0], back.z[0], forth.p[0]]).all()


def test_a_difference_just_as_expected_is_no_finding() -> None:
    found = score_difference([5, 0, 10], [10, 10, 10], [5, 0, 10], [10, 10, 10], 0.0)
    assert found.z.tolist() == [0, 0, 0]
    assert found.p.tolist() == [1, 1, 1]


def test_chance_alone_flags_as_often_as_it_should() -> None:
    chance = np.random.default_rng(20261122)
    n1, n2 = chance.integers(15, 60, 20_000), chance.integers(15, 60, 20_000)
    x1, x2 = chance.binomial(n1, 0.84), chance.binomial(n2, 0.80)
    score = score_difference(x1, n1, x2, n2, 0.04)
    judged = judge_differences(score, np.ones(20_000))
    for p in (judged.p, judged.p_adjusted):
        assert np.mean(p < 0.05) < 0.06
        assert np.mean(p < 0.002) < 0.004
    assert judged.tau2 < 1e-3


def test_units_that_differ_by_themselves_widen_the_limits() -> None:
    chance = np.random.default_rng(7)
    n = np.full(300, 80)
    top, low = np.clip(0.8 + chance.normal(0, 0.1, 300), 0, 1), np.full(300, 0.75)
    score = score_difference(chance.binomial(n, top), n, chance.binomial(n, low), n, 0.05)
    judged = judge_differences(score, np.ones(300))
    assert 0.003 < judged.tau2 < 0.01  # the outermost tenths are pulled in, so it is told too small rather than too large
    assert np.all(judged.p_adjusted >= judged.p)
    assert np.mean(judged.p_adjusted < 0.05) < np.mean(judged.p < 0.05) / 2
    assert np.all((judged.reliability > 0) & (judged.reliability < 1))
    frozen = judge_differences(score, np.zeros(300), judged.tau2)
    assert np.array_equal(frozen.p_adjusted, judged.p_adjusted)
    few = np.arange(300) < MIN_SPREAD_UNITS - 1
    assert judge_differences(score, few).tau2 == 0


def distance(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.9) - np.quantile(values, 0.1))


@pytest.mark.parametrize(("apart", "people"), [(0.0, 60), (0.04, 60), (0.08, 150), (0.08, 1500)])
def test_the_spread_between_areas_is_mostly_inside_its_limits(apart: float, people: int) -> None:
    chance = np.random.default_rng(20261122)
    inside = 0
    for seed in range(60):
        true = np.clip(0.7 + chance.normal(0, apart, 40), 0.01, 0.99)
        n = chance.integers(people // 2, 2 * people, 40)
        values = chance.binomial(n, true) / n
        found = spread_interval(values, n, seed=seed)
        assert found.lower[0] <= distance(values) <= found.upper[0]
        inside += bool(found.lower[0] <= distance(true) + 1e-12 and distance(true) <= found.upper[0] + 1e-12)
    assert inside >= 52  # 57 are expected; fewer than 52 come once in a hundred


def test_limits_do_not_change_from_call_to_call_and_need_two_areas() -> None:
    values, n = [0.6, 0.7, 0.75, 0.8], [40, 60, 30, 80]
    assert spread_interval(values, n) == spread_interval(values, n)
    assert np.isnan(spread_interval([0.6, np.nan], [40, 10]).lower[0])
