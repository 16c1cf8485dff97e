"""Thin months, medians of days and gaps: each against a second, naive way of computing it."""

from dataclasses import replace
from math import comb
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacapture.results.amounts import means
from datacapture.results.areas import Areas
from datacapture.results.cube import Amounts, Cube, cube
from datacapture.results.gaps import between, compare, difference, of_areas
from datacapture.results.judging import assemble, peer_groups
from datacapture.results.standing import Frozen, assemble_against
from datacapture.results.thin import thin_months, windows
from kip.stats.differences import spread_interval
from kip.stats.disclosure import Rule, round_to
from kip.stats.intervals import newcombe
from tests.datacapture.results_world import block_of, days_block

RULE = Rule()


@given(st.lists(st.integers(0, 200), max_size=24))
def test_a_thin_month_holds_less_than_a_quarter_of_the_usual_one(events: list[int]) -> None:
    held = sorted(number for number in events if number)
    usual = (held[(len(held) - 1) // 2] + held[len(held) // 2]) / 2 if held else 0
    assert thin_months(events) == [usual >= 20 and 4 * number < usual for number in events]


@given(st.lists(st.booleans(), min_size=1, max_size=24), st.integers(1, 24))
def test_a_window_names_its_thin_months(thin: list[bool], period: int) -> None:
    found = windows(np.array([thin]), period)[0]
    for end, mask in enumerate(found.tolist()):
        inside = {back for back in range(period) if end - back >= 0 and thin[end - back]}
        assert {back for back in range(64) if mask >> back & 1} == inside


def without(block: Cube, lines: list[int]) -> Cube:
    keep = [line for line in range(len(block.places)) if line not in lines]
    new = {line: place for place, line in enumerate(keep)}
    mine = np.isin(block.amounts.line, keep)
    line = np.array([new[item] for item in block.amounts.line[mine].tolist()], dtype=np.int64)
    return Cube(
        [block.specs[line] for line in keep], [block.places[line] for line in keep], block.months, block.bins[keep],
        Amounts(line, block.amounts.month[mine], block.amounts.value[mine]),
    )  # fmt: skip


@pytest.mark.parametrize("block", [block_of(4, months=3), block_of(6, months=3, rate=True), days_block(1)])
def test_a_practice_with_a_hole_is_shown_and_nobody_is_compared_with_it(block: Cube) -> None:
    months = len(block.months)
    holes = {block.places[line].practice_id: [False] * (months - 1) + [True] for line in (0, 7)}
    judged, rest = assemble(replace(block, thin=holes)), assemble(without(block, [0, 7]))
    plain = assemble(block)
    others = [line for line in range(len(block.places)) if line not in (0, 7)]
    for name, column in judged.latest.items():
        np.testing.assert_array_equal(column[others], rest.latest[name], err_msg=name)
        nothing = {"tier": "", "position": "", "trend": "", "since": -1}.get(name)
        assert all(value == nothing if nothing is not None else np.isnan(value) for value in column[[0, 7]]), name
    for name in ("n", "x", "value", "lower", "upper"):
        np.testing.assert_array_equal(judged.monthly[name], plain.monthly[name], err_msg=name)
    for name in ("expected", "band_low", "band_high"):
        np.testing.assert_array_equal(judged.monthly[name][others, -1], rest.monthly[name][:, -1], err_msg=name)
    assert judged.monthly["thin"][[0, 7]].tolist() == [[0] * (months - 1) + [1]] * 2
    nation = [row for row in Areas(replace(block, thin=holes), judged, peer_groups(block), RULE).rows() if row.level == "nation"]
    whole = [row for row in Areas(block, plain, peer_groups(block), RULE).rows() if row.level == "nation"]
    assert [(row.n, row.value) for row in nation] == [(row.n, row.value) for row in whole]


def test_an_old_hole_stops_the_trend_and_not_the_verdict() -> None:
    block = days_block(2)
    plain = assemble(block)
    line = next(at for at, tier in enumerate(plain.latest["tier"]) if tier not in ("", "insufficient"))
    found = assemble(replace(block, thin={block.places[line].practice_id: [True] + [False] * 13}))
    assert plain.latest["trend"][line] != "too_short"
    assert (found.latest["trend"][line], found.latest["tier"][line]) == ("too_short", plain.latest["tier"][line])


def naive_sign(values: list[float], level: float) -> float:
    over, size = sum(value > level for value in values), sum(value != level for value in values)
    low = sum(comb(size, k) for k in range(over + 1)) / 2**size
    high = sum(comb(size, k) for k in range(over, size + 1)) / 2**size
    return min(1.0, 2 * min(low, high))


def test_days_are_medians_judged_by_an_exact_sign_test() -> None:
    block = days_block(3)
    judged, last = assemble(block), len(block.months) - 1
    values = {
        line: block.amounts.value[(block.amounts.line == line) & (block.amounts.month == last)].tolist() for line in range(30)
    }
    enough = [median(found) for found in values.values() if len(found) >= 10]
    middle = median(enough)
    for line, found in values.items():
        assert judged.monthly["n"][line, -1] == judged.monthly["x"][line, -1] == len(found)
        if found:
            assert judged.monthly["value"][line, -1] == median(found)
            assert judged.latest["p"][line] == pytest.approx(naive_sign(found, middle))
            side = "" if median(found) == middle else "worse" if median(found) > middle else "better"
            assert judged.latest["position"][line] == side
            within = sum(judged.monthly["lower"][line, -1] <= day <= judged.monthly["upper"][line, -1] for day in found)
            assert len(found) < 6 or within > 0
        else:
            assert np.isnan(judged.monthly["value"][line, -1])
        assert judged.monthly["expected"][line, -1] == middle
        assert (judged.latest["tier"][line] == "insufficient") == (len(found) < 10)
    assert set(judged.latest["gain"].tolist()) == {0.0}
    slow = [line for line in range(3) if len(values[line]) >= 20]
    assert slow
    assert all(judged.latest["position"][line] == "worse" for line in slow)


def test_an_areas_days_are_the_median_of_all_its_days() -> None:
    block = days_block(4)
    rows = Areas(block, assemble(block), peer_groups(block), RULE).rows()
    shown = [row for row in rows if row.value is not None and row.level in ("nation", "region")]
    assert {row.level for row in shown} == {"nation", "region"}
    for row in shown:
        month = block.months.index(row.month_end)
        lines = [line for line, place in enumerate(block.places) if row.level == "nation" or place.region_id == row.area_id]
        mine = np.isin(block.amounts.line, lines) & (block.amounts.month == month)
        assert (row.value, row.n) == (median(block.amounts.value[mine].tolist()), int(round_to(mine.sum())[0]))


def test_days_held_against_the_frozen_quarter_read_what_the_quarter_said() -> None:
    block = days_block(5)
    judged, line = assemble(block), 1
    frozen = Frozen(
        *(judged.monthly[name][line].tolist() for name in ("expected", "band_low", "band_high")),
        *(float(judged.group[name][line]) for name in ("theta", "tau2", "spread2")),
    )
    others = [p for at, p in enumerate(judged.latest["p"].tolist()) if at != line and np.isfinite(judged.latest["q"][at])]
    own = without(block, [at for at in range(30) if at != line])
    again = assemble_against(own, {1: frozen}, others)
    for name, column in again.monthly.items():
        assert column[0].tolist() == pytest.approx(judged.monthly[name][line].tolist(), nan_ok=True), name
    for name, column in again.latest.items():
        value = judged.latest[name][line]
        assert column[0] == (value if isinstance(value, str | np.str_) else pytest.approx(value, nan_ok=True)), name


def test_score_changes_keep_their_mean() -> None:
    spec = replace(days_block(1).specs[0], days=False)
    place, month = days_block(1).places[0], days_block(1).months[-1]
    block = cube([(1, 1, month, 2, 1, 0, 0, 0)], [spec], [place], [month], [(1, 1, month, [-6.0, -5.0, 2.0])])
    assert means(block).tolist() == [[-3.0]]
    assert assemble(block).monthly["value"].tolist() == [[2 / 3]]


def test_a_gap_is_the_difference_of_two_shares_where_both_groups_are_large_enough() -> None:
    x, n = np.array([[30, 45], [8, 9], [0, 0]]), np.array([[50, 60], [9, 40], [0, 0]])
    found = difference(x, n, 20)
    low, high = newcombe(45, 60, 30, 50)
    assert (found.value[0], found.lower[0], found.upper[0]) == (pytest.approx(45 / 60 - 30 / 50), low[0], high[0])
    assert np.isnan([*found.value[1:], *found.lower[1:], *found.upper[1:]]).all()
    assert found.n.tolist() == [50, 9, 0]


@pytest.mark.parametrize("seed", range(20))
def test_areas_gaps_come_from_rounded_counts_and_hide_what_totals_would_hide(seed: int) -> None:
    chance = np.random.default_rng(seed)
    n = chance.integers(0, 14, (24, 2, 2)) * (chance.random((24, 1, 1)) < 0.7)
    x = chance.binomial(n, 0.7)
    regions = chance.integers(1, 5, 24).tolist()
    found = of_areas(x, n, regions, 20, RULE)
    hidden_count = found.hidden.sum(axis=0)
    for place, region in enumerate(sorted(set(regions))):
        own = np.array(regions) == region
        top, size, some = x[own].sum(axis=0), n[own].sum(axis=0), (n[own] > 0).sum(axis=0)
        for month in range(2):
            small = [number for number in (*top[month], *(size - top)[month]) if 0 < number < RULE.threshold]
            few = (size[month] > 0) & (some[month] < RULE.min_units)
            if small or few.any():
                assert found.hidden[place, month]
            if np.isfinite(found.regions.value[place, month]):
                share = round_to(top[month]) / round_to(size[month])
                assert found.regions.value[place, month] == pytest.approx(share[1] - share[0])
                assert size[month].min() >= 18
    # One hidden region alone would follow from the nation less the others.
    assert not ((hidden_count == 1) & np.isfinite(found.nation.value)).any()


def test_municipalities_differ_by_the_distance_between_the_tenth_and_the_ninetieth() -> None:
    values = np.linspace(0.2, 0.9, 12)
    found = between([*values, 0.5], [200] * 13, [1] * 12 + [2])
    lower, upper = spread_interval(values, [200] * 12)
    apart = np.quantile(values, 0.9) - np.quantile(values, 0.1)
    assert found == {1: (pytest.approx(apart), pytest.approx(lower[0]), pytest.approx(upper[0]))}
    assert between([], [], []) == {}


def test_a_practice_with_a_hole_or_few_patients_is_neither_tested_nor_part_of_the_middle() -> None:
    x = np.repeat(np.array([[[60, 75]]]), 12, axis=0)
    n = np.full_like(x, 100)
    x[0, 0], n[1, 0], x[1, 0] = (10, 90), (9, 90), (1, 70)
    gap = difference(x, n, 20)
    whole = np.ones((12, 1), dtype=bool)
    assert compare(x, n, gap, whole).enough.tolist() == [True, False] + [True] * 10
    whole[0] = False
    found = compare(x, n, gap, whole)
    assert found.enough.tolist() == [False, False] + [True] * 10
    assert found.expected[:, 0].tolist() == pytest.approx([0.15] * 12)
    whole[2] = False
    nobody = compare(x, n, gap, whole)  # nine are too few to be compared with
    assert (bool(np.isnan(nobody.expected).all()), bool(nobody.enough.any()), bool(np.isnan(nobody.p).all())) == (
        True,
        False,
        True,
    )


def test_a_frozen_comparison_gives_the_same_verdict_as_the_quarter() -> None:
    chance = np.random.default_rng(5)
    n = chance.integers(40, 90, (30, 1, 2))
    x = chance.binomial(n, [[[0.7, 0.8]]])
    gap, whole = difference(x, n, 20), np.ones((30, 1), dtype=bool)
    quarter = compare(x, n, gap, whole)
    middle = [float(quarter.expected[0, 0])]
    for own in range(30):
        at = slice(own, own + 1)
        one = difference(x[at], n[at], 20)
        mark = Frozen(middle, [None], [None], theta=middle[0], tau2=quarter.tau2)
        found = compare(x[at], n[at], one, whole[at], mark)
        assert (found.p[0], found.p_adjusted[0]) == pytest.approx((quarter.p[own], quarter.p_adjusted[own]))
