"""Run charts against a slow second implementation, false-alarm rates by simulation, golden verdict tiers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from kip.stats import spc, tiers, verdicts

series = st.lists(st.integers(0, 6) | st.just(None), min_size=1, max_size=40)


def naive_runs(values):
    known = [v for v in values if v is not None]
    middle = float(np.median(known)) if known else math.nan
    sides = [v > middle for v in known if v != middle]
    lengths = [len(list(run)) for _, run in itertools.groupby(sides)]
    return len(sides), max(lengths, default=0), max(0, len(lengths) - 1)


@given(series)
def test_runs_equal_the_loops(values):
    found = spc.anhoej([np.nan if v is None else v for v in values])
    assert (int(found.useful[0]), int(found.longest[0]), int(found.crossings[0])) == naive_runs(values)


def test_run_limits_equal_the_published_formula():
    n = np.arange(1, 101)
    longest, fewest = spc.run_limits(n)
    assert longest.tolist() == [round(math.log2(k)) + 3 for k in n.tolist()]
    assert fewest.tolist() == [0.0, *oracle.binom.ppf(0.05, n[1:] - 1, 0.5).tolist()]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_a_turned_series_turns_the_trend(values):
    up, down = spc.trend(values, "higher"), spc.trend([-v for v in values], "lower")
    assert (up.state.tolist(), up.since.tolist()) == (down.state.tolist(), down.since.tolist())


@pytest.mark.parametrize(
    ("values", "direction", "state", "since"),
    [
        ([1, 2] * 4, "higher", "too_short", -1),
        ([5] * 12, "higher", "stable", -1),
        ([1, 3, 2, 1, 2, 3, 1, 2, 2, 1, 3, 2], "higher", "stable", -1),
        ([1, 2, 1, 2, 1, 2, 1, 2, 1, 7, 8, 7, 8, 7, 8, 7, 8, 7], "higher", "improving", 9),
        ([1, 2, 1, 2, 1, 2, 1, 2, 1, 7, 8, 7, 8, 7, 8, 7, 8, 7], "lower", "worsening", 9),
        ([1, 2, 1, 2, 1, 2, 1, 2, 1, 7, 8, 7, 8, 7, 8, 7, 8, 7], "neutral", "improving", 9),
        ([9, 8, 9, 8, 9, 8, 9, 8, 9, 2, 1, 2, 1, 2, 1, 2, 1, 2], "higher", "worsening", 9),
    ],
)
def test_golden_trends(values, direction, state, since):
    found = spc.trend(values, direction)
    assert (found.state.tolist(), found.since.tolist()) == ([state], [since])


def test_stable_series_seldom_alarm():
    values = np.random.default_rng(1).normal(size=(20_000, 24))
    # Wald-Wolfowitz: P(at most 8 runs | 12 above, 12 below) = 80126 / 2704156, longest run adds next to nothing
    assert float(spc.anhoej(values).signal.mean()) == pytest.approx(80126 / 2704156, abs=0.003)
    assert float((spc.trend(values).state != "stable").mean()) < 0.01


def test_rolling_windows_need_their_own_door():
    random = np.random.default_rng(2)
    n = np.full((3000, 47), 10)
    x = random.binomial(n, 0.7)
    kernel = np.ones(12)
    rolled_x = np.apply_along_axis(lambda row: np.convolve(row, kernel, "valid"), 1, x)
    rolled_n = np.apply_along_axis(lambda row: np.convolve(row, kernel, "valid"), 1, n)
    wrong = float(spc.anhoej(rolled_x / rolled_n).signal.mean())
    right = float((spc.trend_rolling(rolled_x, rolled_n).state != "stable").mean())
    assert wrong > 0.8
    assert right < 0.02


def test_rolling_trend_finds_the_start():
    x = [[40] * 14 + [44, 50, 56, 60, 62, 64, 66, 66, 66, 66], [40] * 24]
    found = spc.trend_rolling(x, [[80] * 24] * 2, "higher")
    assert found.state.tolist() == ["improving", "stable"]
    assert found.since.tolist() == [16, -1]
    assert spc.trend_rolling(x, [[80] * 24] * 2, "lower").state.tolist() == ["worsening", "stable"]
    assert spc.trend_rolling([[40] * 12], [[80] * 12]).state.tolist() == ["too_short"]


def test_rolling_trend_of_rates():
    found = spc.trend_rolling([[20] * 12 + [45] * 12], [[1000] * 24], "lower", kind="rate")
    assert (found.state.tolist(), found.since.tolist()) == (["worsening"], [12])


@pytest.mark.parametrize(
    ("n", "min_n", "p", "q", "p_adjusted", "word"),
    [
        (12, 30, 1e-9, 1e-9, 1e-9, "insufficient"),
        (30, 30, 1e-9, 1e-9, 1e-9, "signal"),
        (80, 30, 0.0001, 0.049, 0.0019, "signal"),
        (80, 30, 0.0001, 0.05, 0.0019, "attention"),
        (80, 30, 0.0001, 0.049, 0.002, "attention"),
        (80, 30, 0.0019, 0.2, 0.2, "attention"),
        (80, 30, 0.002, 0.2, 0.2, "information"),
        (80, 30, 0.049, 0.9, 0.9, "information"),
        (80, 30, 0.05, 0.9, 0.9, "as_expected"),
        (80, 30, math.nan, math.nan, math.nan, ""),
        (12, 30, math.nan, math.nan, math.nan, "insufficient"),
    ],
)
def test_golden_tiers(n, min_n, p, q, p_adjusted, word):
    assert tiers.tier(n, min_n, p, q, p_adjusted).tolist() == [word]


def test_position_and_gain_follow_the_direction():
    ways = np.asarray(["higher", "lower", "neutral", "higher"])
    assert tiers.position([0.6, 0.6, 0.6, 0.7], 0.7, ways).tolist() == ["worse", "better", "worse", ""]
    assert tiers.position([0.6, math.nan], [math.nan, 0.7], "higher").tolist() == ["", ""]
    assert tiers.gain(100, [0.6, 0.6, 0.6, 0.8], 0.7, ways).round(6).tolist() == [10.0, 0.0, 0.0, 0.0]
    assert tiers.gain(100, 0.6, math.nan, "higher").tolist() == [0.0]


def country(seed=8, practices=400):
    random = np.random.default_rng(seed)
    n = random.integers(5, 200, practices)
    group = random.integers(0, 4, practices)
    x = random.binomial(n, np.where(np.arange(practices) < 3, 0.2, 0.7))
    n[:3], group[:3] = 180, 0
    x[:3] = random.binomial(180, 0.2, 3)
    x[3] = 2
    n[3] = 6
    return x, n, group


def test_judge_finds_what_was_planted_and_nothing_else():
    x, n, group = country()
    found = verdicts.judge(x, n, group, min_n=20, direction="higher")
    assert found.tier[:4].tolist() == ["signal", "signal", "signal", "insufficient"]
    assert int((found.tier == "signal").sum()) == 3
    assert found.position[:3].tolist() == ["worse"] * 3
    assert bool(np.all(found.gain[:3] > 40))
    assert bool(np.all(found.tier[n < 20] == "insufficient"))


def test_judge_does_not_depend_on_row_order():
    x, n, group = country()
    order = np.random.default_rng(1).permutation(x.size)
    kept = verdicts.judge(x, n, group, min_n=20, direction="higher")
    moved = verdicts.judge(x[order], n[order], group[order], min_n=20, direction="higher")
    for name in verdicts.Verdicts._fields:
        before, after = getattr(kept, name)[order], getattr(moved, name)
        if before.dtype.kind == "f":
            assert after.tolist() == pytest.approx(before.tolist(), nan_ok=True), name
        else:
            assert after.tolist() == before.tolist(), name


def test_judge_turns_with_the_outcome():
    x, n, group = country()
    kept = verdicts.judge(x, n, group, min_n=20, direction="higher")
    turned = verdicts.judge(n - x, n, group, min_n=20, direction="lower")
    assert turned.tier.tolist() == kept.tier.tolist()
    assert turned.position.tolist() == kept.position.tolist()
    assert turned.gain.tolist() == pytest.approx(kept.gain.tolist(), abs=1e-9)


def test_judge_takes_rates_beside_proportions():
    x = [14] * 12 + [30] * 12
    n = [20] * 12 + [1000] * 12
    group, rate = [1] * 12 + [2] * 12, [False] * 12 + [True] * 12
    found = verdicts.judge(x, n, group, min_n=10, direction="higher", rate=rate)
    assert set(found.tier.tolist()) == {"as_expected"}
    assert found.expected.round(3).tolist() == [0.7] * 12 + [0.03] * 12
    small = verdicts.judge([5, 6], [20, 20], [1, 1], min_n=10, direction="higher")
    assert small.tier.tolist() == ["", ""]


def test_a_median_at_the_edge_does_not_condemn_everybody_else():
    found = verdicts.judge([50] * 15 + [49] * 5, [50] * 20, [1] * 20, min_n=10, direction="higher")
    assert set(found.tier.tolist()) == {"as_expected"}
    assert (float(found.expected[0]), round(float(found.pooled[0]), 3)) == (1.0, 0.995)
    assert found.gain[:15].tolist() == [0.0] * 15
    rare = verdicts.judge([0] * 15 + [1] * 5, [50] * 20, [1] * 20, min_n=10, direction="lower", rate=True)
    assert set(rare.tier.tolist()) == {"as_expected"}


def test_all_null_release_is_silent():
    random = np.random.default_rng(11)
    n = random.integers(20, 150, 20_000)
    group = np.repeat(np.arange(40), 500)
    found = verdicts.judge(random.binomial(n, 0.7), n, group, min_n=20, direction="higher")
    assert int((found.tier == "signal").sum()) == 0
    assert float((found.tier == "information").mean()) < 0.05
