"""Control charts, Making Data Count flags and CUSUM against slow second implementations and published numbers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kip.stats import control, cusum, datacount, spc

SERIES = st.lists(st.integers(0, 9).map(float) | st.just(math.nan), min_size=1, max_size=40)


def naive_xmr(values, screen):
    known = [v for v in values if not math.isnan(v)]
    ranges = [abs(b - a) for a, b in itertools.pairwise(values) if not math.isnan(a + b)]
    if not known or not ranges:
        return math.nan, math.nan
    mean_range = sum(ranges) / len(ranges)
    if screen:
        kept = [r for r in ranges if r <= 3.267 * mean_range]
        mean_range = sum(kept) / len(kept)
    return sum(known) / len(known), 2.66 * mean_range


@settings(max_examples=150)
@given(SERIES, st.booleans())
def test_xmr_equals_the_loops(values, screen):
    found = control.xmr(values, screen=screen)
    centre, half = naive_xmr(values, screen)
    assert float(found.upper[0]) == pytest.approx(centre + half, nan_ok=True)
    assert float(found.lower[0]) == pytest.approx(centre - half, nan_ok=True)
    assert found.provisional == (sum(not math.isnan(v) for v in values) < 20)


def test_montgomery_cost_per_loan_application():
    """Montgomery, example 6.5: 20 weeks of costs, centre 300.5, mean range 7.79, limits 321.22 and 279.78 (d2 = 1.128)."""
    costs = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
    found = control.xmr(costs, screen=False, factor=3 / 1.128)
    limits = float(found.centre[0]), float(found.upper[0]), float(found.lower[0])
    assert limits == pytest.approx((300.5, 321.22, 279.78), abs=0.005)


def test_freeze_rebase_and_exclude_shape_the_limits():
    calm, high = [5.0, 6.0, 5.0, 7.0, 6.0, 5.0], [15.0, 16.0, 15.0, 17.0, 16.0, 15.0]
    frozen = control.xmr(calm + high, freeze=6)
    assert float(frozen.centre[-1]) == float(control.xmr(calm).centre[0])
    rebased = control.xmr(calm + high, rebase=[6])
    assert rebased.centre.tolist() == pytest.approx([34 / 6] * 6 + [94 / 6] * 6)
    assert rebased.segment.tolist() == [0] * 6 + [1] * 6
    assert rebased.points.tolist() == [6] * 12
    out = control.xmr([*calm, 99.0], exclude=[6])
    assert float(out.upper[-1]) == pytest.approx(float(control.xmr(calm).upper[0]))
    assert out.included.tolist() == [True] * 6 + [False]
    for wrong in ({"rebase": [12]}, {"exclude": [-1]}, {"freeze": 1}):
        with pytest.raises(ValueError, match="outside the series"):
            control.xmr(calm, **wrong)


def test_few_points_and_none_have_no_limits():
    assert np.isnan(control.xmr([4.0]).upper).all()
    assert control.xmr([]).value.size == 0
    assert np.isnan(control.run_chart([math.nan, math.nan]).centre).all()
    assert np.isnan(control.p_chart([0, 0], [0, 0]).upper).all()


PAIRS = st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=30)


@settings(max_examples=100)
@given(PAIRS)
def test_attribute_charts_equal_the_formulas(rows):
    x, n = [a for a, _ in rows], [b for _, b in rows]
    p = sum(x) / sum(n)
    shares, rates, events = control.p_chart(x, n), control.u_chart(x, n), control.c_chart(x)
    for i, size in enumerate(n):
        half = 3 * math.sqrt(p * (1 - p) / size)
        assert (shares.lower[i], shares.upper[i]) == pytest.approx((max(0, p - half), min(1, p + half)))
        half = 3 * math.sqrt(p / size)
        assert (rates.lower[i], rates.upper[i]) == pytest.approx((max(0, p - half), p + half))
    mean = sum(x) / len(x)
    assert (events.lower[0], events.upper[0]) == pytest.approx((max(0, mean - 3 * mean**0.5), mean + 3 * mean**0.5))


@settings(max_examples=60)
@given(PAIRS)
def test_p_chart_turns_with_the_outcome(rows):
    x, n = np.asarray([a for a, _ in rows]), np.asarray([b for _, b in rows])
    kept, flipped = control.p_chart(x, n, laney=True), control.p_chart(n - x, n, laney=True)
    assert flipped.lower.tolist() == pytest.approx((1 - kept.upper).tolist(), abs=1e-9)


def test_laney_widens_what_varies_more_than_chance():
    random = np.random.default_rng(6)
    n = np.full(24, 20_000)
    x = random.binomial(n, random.normal(0.5, 0.02, 24))
    plain, prime = control.p_chart(x, n), control.p_chart(x, n, laney=True)
    z = (x / n - x.sum() / n.sum()) / np.sqrt(plain.centre * (1 - plain.centre) / n)
    factor = np.abs(np.diff(z)).mean() / 1.128
    assert float((prime.upper - prime.centre)[0]) == pytest.approx(float((plain.upper - plain.centre)[0]) * factor)
    assert float(factor) > 3
    events = control.u_chart(x, n, laney=True)
    assert bool(np.all(events.upper > control.u_chart(x, n).upper))


def test_waiting_times_are_charted_on_nelsons_root():
    gaps = [1, 4, 9, 3, 12, 7, 2, 30, 5, 6, 8, 4]
    inner = control.xmr(np.asarray(gaps) ** (1 / 3.6))
    found = control.t_chart(gaps)
    assert float(found.upper[0]) == pytest.approx(float(inner.upper[0]) ** 3.6)
    assert float(found.centre[0]) == pytest.approx(float(inner.centre[0]) ** 3.6)
    assert bool(np.all(found.lower >= 0))
    with pytest.raises(ValueError, match="above 0"):
        control.t_chart([1, 0])


def test_run_rules_are_anhoejs_on_each_segment():
    first, second = [1, 2, 1, 2, 1, 2, 1, 2, 1, 2], [9, 9, 9, 9, 8, 1, 1, 1, 1, 1, 1]
    found = control.run_rules(control.run_chart(first + second, rebase=[10]))
    for place, part in enumerate((first, second)):
        alone = spc.anhoej(part)
        for name in ("useful", "longest", "crossings", "signal"):
            assert getattr(found, name)[place] == getattr(alone, name)[0], name
    skipped = control.run_rules(control.run_chart([*first, 50], exclude=[10]))
    assert int(skipped.useful[0]) == 10


def naive_flags(values, mean, half):
    """The four rules read as sentences, one point at a time."""
    size, two = len(values), half * 2 / 3
    special = [abs(v - mean) > half for v in values]
    for start in range(size - 6):
        seven = values[start : start + 7]
        steps = [b - a for a, b in itertools.pairwise(seven)]
        if all(v > mean for v in seven) or all(v < mean for v in seven) or min(steps) > 0 or max(steps) < 0:
            for i in range(start, start + 7):
                special[i] = True
    for start in range(size - 2):
        three = range(start, start + 3)
        close = [i for i in three if two < abs(values[i] - mean) <= half]
        same = all(values[i] > mean for i in three) or all(values[i] < mean for i in three)
        if len(close) >= 2 and same:
            for i in close:
                special[i] = True
    return special


@settings(max_examples=300)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=40))
def test_flags_equal_the_loops(values):
    chart = control.xmr(values)
    half = float(chart.upper[0] - chart.centre[0])
    found = datacount.flags(chart)
    near = [abs(abs(v - float(chart.centre[0])) - edge) < 1e-9 for v in values for edge in (half, half * 2 / 3)]
    if not any(near):
        assert found.special.tolist() == naive_flags(values, float(chart.centre[0]), half)
    turned = datacount.flags(control.xmr([-v for v in values]), "lower")
    assert turned.variation.tolist() == found.variation.tolist()


@pytest.mark.parametrize(
    ("target", "direction", "word"),
    [
        (99, "higher", "consistently_missed"),
        (99, "lower", "consistently_met"),
        (-99, "higher", "consistently_met"),
        (-99, "lower", "consistently_missed"),
        (6, "higher", "hit_and_miss"),
        (6, "neutral", ""),
        (math.nan, "higher", ""),
    ],
)
def test_assurance_words(target, direction, word):
    assert datacount.assurance(control.xmr([5, 6, 5, 7, 6, 5, 6, 7]), target, direction) == word


def test_assurance_follows_the_last_segment_after_a_rebase():
    values = [5, 6, 5, 7, 6, 5, 6, 7, 20, 21, 20, 22, 21, 20, 21, 22]
    assert datacount.assurance(control.xmr(values), 17.0) == "consistently_missed"
    assert datacount.assurance(control.xmr(values, rebase=[8]), 17.0) == "consistently_met"


def test_icons_look_at_the_newest_point_only():
    calm = [5, 6, 5, 7, 6, 5, 6, 7, 5, 6, 6, 5]
    assert datacount.icons(control.xmr([*calm, 30]), target=6.0) == ("improvement", True, "hit_and_miss")
    assert datacount.icons(control.xmr([*calm, 30]), "lower")[:2] == ("concern", True)
    assert datacount.icons(control.xmr([*calm, 30]), "neutral")[0] == "neutral_high"
    assert datacount.icons(control.xmr([*calm, 30, 6, 5]))[0] == "common_cause"
    assert datacount.icons(control.xmr([*calm, 30, 6, math.nan]))[0] == "common_cause"
    assert datacount.icons(control.xmr([]))[0] == "common_cause"


def test_stable_series_seldom_show_an_icon():
    values = np.random.default_rng(9).normal(size=(1500, 24))
    last = [datacount.icons(control.xmr(row))[0] for row in values]
    assert sum(word != "common_cause" for word in last) / len(last) < 0.03


def naive_cusum(values, window=12):
    """The description of statistics.md 10 as a plain loop over a complete series."""
    mean, limit = np.mean(values[:window]), 5 * np.std(values[:window])
    up = down = 0.0
    rows = []
    for i, value in enumerate(values):
        if i and (up > limit or down < -limit):
            mean = np.mean(values[i - window : i])
            on = max(0, up + value - mean - limit / 10) > up if up > limit else min(0, down + value - mean + limit / 10) < down
            if not on:
                limit, up, down = 5 * np.std(values[i - window : i]), 0.0, 0.0
        up, down = max(0.0, up + value - mean - limit / 10), min(0.0, down + value - mean + limit / 10)
        rows.append((up, down, limit))
    return rows


@settings(max_examples=150)
@given(st.lists(st.integers(0, 20), min_size=13, max_size=14), st.lists(st.integers(0, 100), max_size=30))
def test_cusum_equals_the_loop(start, rest):
    values = [float(v) for v in start + rest]
    found = cusum.cusum(values, decimals=None)
    expected = naive_cusum(values)
    assert np.column_stack((found.upper, found.lower, found.threshold)).tolist() == pytest.approx(np.asarray(expected))


def test_cusum_alerts_on_a_jump_and_goes_quiet():
    values = [50, 52, 49, 51, 50, 48, 52, 50, 49, 51, 50, 50] + [75] * 5 + [74] * 10
    found = cusum.cusum(values)
    assert found.alerts[:1].tolist() == [12]
    assert int(found.direction[12]) == 1
    alert = cusum.last_alert(values, found)
    assert (alert.before, alert.after, alert.first) == (50.0, 74.0, 12)
    assert alert.word == "considerably"
    turned = cusum.cusum([100 - v for v in values])
    assert turned.direction.tolist() == (-found.direction).tolist()


def test_cusum_of_gaps_and_nothing():
    nothing = cusum.cusum([None] * 20)
    assert nothing.alerts.tolist() == []
    assert cusum.last_alert([None] * 20, nothing) is None
    assert cusum.cusum([]).upper.size == 0
    late = cusum.cusum([None] * 15 + [50, 51, 49])
    assert np.isnan(late.target).tolist() == [True] * 4 + [False] * 14  # the first window that reaches a value
    gap = cusum.cusum([50, 51, 49, 50, 52, 48, 50, 51, 49, 50, 51, 50, 90, None, 50])
    assert (float(gap.upper[12]) > 30, float(gap.upper[13])) == (True, 0.0)


def test_bernoulli_cusum_weights_by_the_odds_of_each_case():
    found = cusum.bernoulli_cusum([0, 1, 1, 0, None], [0.1, 0.1, 0.5, 0.5, 0.2])
    expected = [0.0, math.log(2 / 1.1)]
    expected.append(expected[-1] + math.log(2 / 1.5))
    expected.append(expected[-1] + math.log(1 / 1.5))
    assert found.total.tolist() == pytest.approx([*expected, expected[-1]])
    quick = cusum.bernoulli_cusum([1] * 20, [0.05] * 20, threshold=2.0)
    assert np.flatnonzero(quick.signal).tolist() == [3, 7, 11, 15, 19]
    with pytest.raises(ValueError, match="0 or 1"):
        cusum.bernoulli_cusum([2], [0.1])
