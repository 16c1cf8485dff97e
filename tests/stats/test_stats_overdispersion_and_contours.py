"""Overdispersion and funnel contours against slow second implementations and the figures of statistics.md 4."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from kip.stats import funnel, intervals, overdispersion, tails

UNITS = st.lists(st.tuples(st.integers(1, 400), st.floats(5, 300)), min_size=6, max_size=50)


def naive(rows, scale, method, trim):
    """phi and tau2 of observed / expected with plain loops and R's type 7 quantile written out."""
    if scale == "sqrt":
        scored = [(2 * math.sqrt(e) * (math.sqrt(o / e) - 1), 1 / (4 * e)) for o, e in rows]
    else:
        scored = [(math.sqrt(e) * math.log(o / e), 1 / e) for o, e in rows]
    ordered = sorted(z for z, _ in scored)

    def quantile(share):
        place = share * (len(ordered) - 1)
        low = math.floor(place)
        return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])

    if method == "winsorise":
        kept = [(min(max(z, quantile(trim)), quantile(1 - trim)), v) for z, v in scored]
    else:
        ranks = oracle.rankdata([z for z, _ in scored])
        groups = [math.floor(rank * round(1 / trim) / (len(scored) + 1)) for rank in ranks]
        kept = [row for row, group in zip(scored, groups, strict=True) if 0 < group < round(1 / trim) - 1]
    k = len(kept)
    phi = sum(z * z for z, _ in kept) / k
    if k * phi < k - 1:
        return phi, 0.0
    w = [1 / v for _, v in kept]
    return phi, (k * phi - (k - 1)) / (sum(w) - sum(v * v for v in w) / sum(w))


@settings(max_examples=120)
@given(UNITS, st.sampled_from(["sqrt", "log"]), st.sampled_from(["winsorise", "truncate"]))
def test_phi_and_tau2_equal_the_loops(rows, scale, method):
    observed, expected = [o for o, _ in rows], [e for _, e in rows]
    found = overdispersion.overdispersion(observed, expected, "ratio", scale, method)
    assert (found.phi, found.tau2) == pytest.approx(naive(rows, scale, method, 0.1), rel=1e-9, abs=1e-12)
    assert found.z_adjusted.tolist() == pytest.approx((found.z / np.sqrt(1 + found.tau2 / found.s**2)).tolist())


def test_six_units_worked_by_hand():
    """z = 2 (sqrt O - sqrt E): -0.785, 3.329, 1.142, -1.605, 1.909, 0.335; 10 % and 90 % quantiles -1.195 and 2.619."""
    found = overdispersion.overdispersion([100, 150, 180, 80, 120, 225], [108, 112, 165, 95, 100, 220])
    assert found.z.round(3).tolist() == [-0.785, 3.329, 1.142, -1.605, 1.909, 0.335]
    assert found.trimmed.round(3).tolist() == [-0.785, 2.619, 1.142, -1.195, 1.909, 0.335]
    assert round(found.phi, 3) == 2.327
    weight = 4 * np.asarray([108, 112, 165, 95, 100, 220])
    assert found.tau2 == pytest.approx((6 * found.phi - 5) / (weight.sum() - (weight**2).sum() / weight.sum()))


def test_shmi_is_the_truncated_log_variant_with_rounded_expectations():
    observed, expected = (
        [120, 80, 95, 150, 60, 70, 110, 99, 45, 130, 88],
        [100.123, 90.456, 95.5, 120, 61, 64, 100, 99, 50, 118, 80],
    )
    found = overdispersion.shmi(observed, expected)
    rounded = [round(e, 2) for e in expected]
    assert (found.phi, found.tau2) == pytest.approx(naive(list(zip(observed, rounded, strict=True)), "log", "truncate", 0.1))
    assert int(np.isnan(found.trimmed).sum()) == 2


def test_proportions_and_counts_pool_their_target():
    found = overdispersion.overdispersion([30, 40, 55], [60, 90, 100], "proportion")
    assert found.target == 125 / 250
    assert float(found.z[0]) == pytest.approx((math.asin(math.sqrt(0.5)) - math.asin(math.sqrt(0.5))) * 2 * math.sqrt(60))
    counted = overdispersion.scores([30], [60], "counts", target=0.5)
    assert float(counted.s[0]) == pytest.approx(math.sqrt(30 / 30.5**2 + 60 / 60.5**2))
    assert float(counted.distance[0]) == pytest.approx(math.log(30.5 / 60.5) - math.log(0.5))


def test_what_cannot_be_scored_is_missing():
    log = overdispersion.scores([0, 5, None, 4], [4.0, 0.0, 3.0, 4.0], "ratio", "log")
    assert np.isfinite(log.z).tolist() == [False, False, False, True]
    root = overdispersion.scores([0, 5, None, 4], [4.0, 0.0, 3.0, 4.0])
    assert np.isfinite(root.z).tolist() == [True, False, False, True]
    assert math.isnan(overdispersion.overdispersion([None], [3]).phi)
    with pytest.raises(ValueError, match="does not fit"):
        overdispersion.overdispersion([1], [2], "proportion", "log")


@settings(max_examples=60)
@given(UNITS, st.integers(0, 2**31))
def test_row_order_does_not_matter(rows, seed):
    observed, expected = np.asarray([o for o, _ in rows]), np.asarray([e for _, e in rows])
    order = np.random.default_rng(seed).permutation(len(rows))
    for method in ("winsorise", "truncate"):
        kept = overdispersion.overdispersion(observed, expected, method=method)
        moved = overdispersion.overdispersion(observed[order], expected[order], method=method)
        assert (moved.phi, moved.tau2) == pytest.approx((kept.phi, kept.tau2))
        assert moved.z_adjusted.tolist() == pytest.approx(kept.z_adjusted[order].tolist())


@pytest.mark.parametrize(
    ("kind", "scale", "target"),
    [
        ("ratio", "sqrt", 1.0),
        ("ratio", "log", 1.0),
        ("proportion", "arcsine", 0.7),
        ("rate", "sqrt", 0.3),
        ("counts", "log", 0.4),
    ],
)
@pytest.mark.parametrize("tau2", [0.0, 0.02])
def test_limits_hold_the_target_narrow_with_size_and_are_transformed_back(kind, scale, target, tau2):
    sizes = [5, 50, 500, 50_000]
    lower, upper = overdispersion.adjusted_limits(sizes, tau2, kind, scale, target)
    assert bool(np.all((lower < target) & (target < upper)))
    assert bool(np.all(np.diff(upper - lower) < 0))
    z = oracle.norm.ppf(0.999)
    if scale == "sqrt":
        variance = 1 / (4 * 50 * target) + tau2
        assert float(upper[1]) == pytest.approx(target * (1 + z * math.sqrt(variance)) ** 2)
    wide = overdispersion.adjusted_limits(sizes, tau2 + 0.01, kind, scale, target)
    assert bool(np.all((wide.lower <= lower) & (wide.upper >= upper)))
    assert np.isnan(overdispersion.adjusted_limits([0, None], tau2, kind, scale, target).upper).all()


def test_three_conventions_give_the_published_lines():
    """statistics.md 4.1: E = 20, upper line at 99.8 %: interpolated 1.736, FunnelPlotR 1.902."""
    upper = {
        name: float(funnel.contours(20, 1.0, kind="ratio", convention=name).upper[0]) for name in ("interpolated", "plugged_in")
    }
    assert {name: round(value, 3) for name, value in upper.items()} == {"interpolated": 1.736, "plugged_in": 1.902}
    assert round(float(funnel.contours(5, 0.7).upper[0]), 3) == 0.999  # so 5 of 5 would be flagged by the line


@pytest.mark.parametrize("target", [0.05, 0.7, 1.0, 2.5])
def test_poisson_contours_interpolate_the_exact_quantile(target):
    sizes = np.asarray([2.0, 7.5, 20, 140])
    drawn = funnel.contours(sizes, target, kind="rate")
    for i, size in enumerate(sizes.tolist()):
        for line, tail in ((drawn.lower, 0.001), (drawn.upper, 0.999)):
            r = oracle.poisson.ppf(tail, size * target)
            step = (oracle.poisson.cdf(r, size * target) - tail) / oracle.poisson.pmf(r, size * target)
            assert float(line[i]) == pytest.approx(max(0.0, r - step) / size, abs=1e-9)


@pytest.mark.parametrize("expected", [3.0, 10.0, 47.0])
def test_inverted_ratio_line_is_where_garwoods_interval_reaches_one(expected):
    drawn = funnel.contours(expected, 1.0, 0.95, kind="ratio", convention="inverted")
    edge = math.floor(float(drawn.upper[0]) * expected)
    lower = intervals.poisson_exact([edge, edge + 1], expected).lower
    assert float(lower[0]) <= 1.0 < float(lower[1])
    edge = math.ceil(float(drawn.lower[0]) * expected)
    upper = intervals.poisson_exact([edge, max(edge - 1, 0)], expected).upper
    assert float(upper[0]) >= 1.0
    assert edge == 0 or float(upper[1]) < 1.0


@settings(max_examples=80)
@given(st.integers(3, 300), st.floats(0.05, 0.95))
def test_inverted_proportion_line_is_where_wilsons_interval_reaches_the_target(n, p):
    drawn = funnel.contours(n, p, 0.95, convention="inverted")
    lower, upper = intervals.wilson(np.arange(n + 1), n)
    inside = (lower <= p) & (p <= upper)
    share = np.arange(n + 1) / n
    drawn_inside = (share >= float(drawn.lower[0])) & (share <= float(drawn.upper[0]))
    edge = np.minimum(abs(share - float(drawn.lower[0])), abs(share - float(drawn.upper[0]))) < 1e-9
    assert bool(np.all((inside == drawn_inside) | edge))


@pytest.mark.parametrize("convention", ["interpolated", "plugged_in", "inverted"])
def test_proportion_lines_turn_with_the_outcome_and_stay_within_0_and_1(convention):
    sizes = np.arange(1, 200)
    kept, flipped = funnel.contours(sizes, 0.7, convention=convention), funnel.contours(sizes, 0.3, convention=convention)
    assert bool(np.all((kept.lower >= 0) & (kept.upper <= 1)))
    assert bool(np.all(kept.lower[20:] <= 0.7) and np.all(kept.upper[20:] >= 0.7))
    if convention != "interpolated":  # the interpolated line steps from below on both sides
        assert flipped.lower.tolist() == pytest.approx((1 - kept.upper).tolist(), abs=1e-9)


def test_flags_come_from_tails_and_not_from_the_line():
    """statistics.md 4.1: the drawn line would flag 5 of 5 at a peer value of 0.7 (chance 16.8 %); the tail does not."""
    assert float(funnel.contours(5, 0.7).upper[0]) < 1.0
    assert float(tails.binomial_two_sided(5, 5, 0.7)[0]) > 0.05
    assert oracle.binom.pmf(5, 5, 0.7) == pytest.approx(0.168, abs=0.001)
    assert np.isnan(funnel.contours([0, None], 0.7).upper).all()
