"""What regions read of a release: held totals, groups of patients and funnel lines, each against a naive second way."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacapture.results.areas import Areas
from datacapture.results.cube import Cube, Ints, Spec
from datacapture.results.funnels import lines_around, sizes_to
from datacapture.results.gaps import of_areas
from datacapture.results.groups import GroupCell, Split, gradient, group_cells, hidden_cells
from datacapture.results.holding import Held, Steady, steady
from datacapture.results.judging import assemble, peer_groups
from datacapture.results.regions import RegionCells, region_cells
from kip.stats.disclosure import Rule, publish_parts, round_to
from tests.datacapture.results_world import block_of

RULE = Rule()
FEW = settings(max_examples=60, deadline=None)


def areas_of(block: Cube, former: Held | None = None) -> Areas:
    return Areas(block, assemble(block), peer_groups(block), RULE, former)


def moved(block: Cube, seed: int, most: int = 2) -> Cube:
    """The same practices after a correction that moves a few patients."""
    chance = np.random.default_rng(seed)
    bins = block.bins.copy()
    bins[:, :, :2] = np.maximum(bins[:, :, :2] + chance.integers(-most, most + 1, bins[:, :, :2].shape), 0)
    return Cube(block.specs, block.places, block.months, bins)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rate", [False, True])
def test_two_releases_of_a_total_differ_by_nothing_or_by_five_persons(seed: int, rate: bool) -> None:
    block = block_of(seed, practices=24, small=seed % 2 == 1, rate=rate)
    first = areas_of(block)
    before = {(row.level, row.area_id, row.month_end): row for row in first.rows()}
    later = moved(block, seed)
    second = areas_of(later, first.held)
    compared = held_still = 0
    truth, earlier = sums(later), sums(block)
    for row in second.rows():
        then = before.get((row.level, row.area_id, row.month_end))
        if then is None or row.x is None or then.x is None:
            continue
        parts = [(row.x, then.x), (row.n, then.n)] if rate else [(row.x, then.x), (row.n - row.x, then.n - then.x)]
        assert all(now == old or abs(now - old) >= RULE.threshold for now, old in parts), (row, then)
        compared += 1
        key = (row.level, row.area_id, row.month_end)
        held_still += truth[key] != earlier[key] and row.x == then.x
    assert compared > 5
    assert held_still


def sums(block: Cube) -> dict[tuple[Any, ...], tuple[int, int]]:
    """x and n of every area by plain addition."""
    names = {"region": "region_id", "municipality": "municipality_id", "cluster": "cluster_id", "similar": "size_class"}
    found: dict[tuple[Any, ...], tuple[int, int]] = {}
    for line, place in enumerate(block.places):
        for column, month in enumerate(block.months):
            for level, area in [("nation", 0), *((level, getattr(place, name)) for level, name in names.items())]:
                x, n = found.get((level, area, month), (0, 0))
                found[level, area, month] = x + int(block.x[line, column]), n + int(block.n[line, column])
    return found


def test_without_an_earlier_release_every_total_is_the_rounded_truth() -> None:
    block = block_of(3)
    truth = sums(block)
    shown = [row for row in areas_of(block).rows() if row.x is not None]
    assert shown
    for row in shown:
        x, n = truth[row.level, row.area_id, row.month_end]
        assert (row.x, row.n) == (int(round_to(x)[0]), int(round_to(n)[0]))


def test_a_new_month_is_held_against_the_newest_one_of_the_release_before() -> None:
    block = block_of(1)
    first = areas_of(Cube(block.specs, block.places, block.months[:1], block.bins[:, :1]))
    first.rows()
    again = np.concatenate((block.bins[:, :1], block.bins[:, :1]), axis=1)
    second = areas_of(Cube(block.specs, block.places, block.months, again), first.held)
    last = {(row.level, row.area_id): (row.x, row.n) for row in second.rows() if row.month_end == block.months[1]}
    assert {key: value for key, value in last.items() if key[0] == "region"} == {
        (row.level, row.area_id): (row.x, row.n) for row in first.rows() if row.level == "region"
    }


def test_held_counts_come_back_as_they_were_kept() -> None:
    areas = areas_of(block_of(2))
    areas.rows()
    again = Held()
    again.restore(1, "general_practice", areas.held.stored(1, "general_practice"))
    assert again == areas.held
    assert areas.held.stored(2, "general_practice") == []


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6)
)
@FEW
def test_held_counts_stay_within_the_threshold_of_the_truth(cells: list[tuple[int, int, int, int]]) -> None:
    x, rest, old_x, old_rest = (np.array(part, dtype=np.int64)[None, :] for part in zip(*cells, strict=True))
    before = old_x.astype(float), (old_x + old_rest).astype(float)
    kept = steady(x, x + rest, before, np.zeros(1, dtype=bool), RULE)
    for now, then, shown in ((x, old_x, kept.x), (rest, old_rest, kept.n - kept.x)):
        assert np.all(np.abs(shown - now) < RULE.threshold)
        assert np.all((shown == then) | (np.abs(shown - then) >= RULE.threshold))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rate", [False, True])
def test_a_regions_cells_are_those_of_the_gate_alone(seed: int, rate: bool) -> None:
    block = block_of(seed, small=True, rate=rate)
    judged = assemble(block)
    exact = [judged.monthly[name][:, -1] for name in ("value", "lower", "upper")]
    found = region_cells(block, peer_groups(block), exact, RULE)
    for region in (1, 2, 3):
        own = [line for line, place in enumerate(block.places) if place.region_id == region]
        parts = publish_parts(
            [[int(block.x[line, -1]) for line in own]], [[int(block.n[line, -1]) for line in own]],
            rule=RULE, kind="rate" if rate else "proportion",
        ).cells  # fmt: skip
        assert found.state[own].tolist() == parts.state[0].tolist()
        for name, scale in (("n", 1), ("x", 1), ("value", 1000 if rate else 1), ("upper", 1000 if rate else 1)):
            assert getattr(found, name)[own].tolist() == pytest.approx((getattr(parts, name)[0] * scale).tolist(), nan_ok=True)


def cells_of(block: Cube, former: Held, held: Held) -> RegionCells:
    judged = assemble(block)
    exact = [judged.monthly[name][:, -1] for name in ("value", "lower", "upper")]
    return region_cells(block, peer_groups(block), exact, RULE, former, held)


@pytest.mark.parametrize("rate", [False, True])
def test_a_practices_cell_stands_still_until_five_persons_have_moved(rate: bool) -> None:
    block = block_of(4, months=1, rate=rate)
    block.bins[:, 0, :2] = (28, 34)
    held = Held()
    first = cells_of(block, Held(), held)
    told = []
    for more in range(8):
        bins = block.bins.copy()
        bins[7, 0, 0] += more
        again = cells_of(replace(block, bins=bins), held, Held())
        assert set(again.state.tolist()) == {"shown"}
        same = [getattr(again, name)[7] == getattr(first, name)[7] for name in ("x", "n", "value", "lower", "upper")]
        told.append(all(same))
        assert all(np.array_equal(getattr(again, name)[:7], getattr(first, name)[:7]) for name in ("x", "n", "value"))
    assert told == [True] * 5 + [False] * 3


def test_a_practices_cell_is_hidden_by_its_true_count_and_by_the_one_it_is_held_at() -> None:
    block = block_of(4, months=1)
    block.bins[:, 0, :2] = (30, 30)
    small, before = block.bins.copy(), Held()
    small[7, 0, 0] = 4
    cells_of(replace(block, bins=small), Held(), before)
    grown, kept = block.bins.copy(), Held()
    grown[7, 0, 0] = 6
    assert cells_of(replace(block, bins=grown), before, kept).state[7] == "suppressed"  # 4 still stands behind it
    grown[7, 0, 0] = 9
    assert cells_of(replace(block, bins=grown), kept, Held()).state[7] == "shown"
    shown = Held()
    cells_of(replace(block, bins=grown), Held(), shown)
    grown[7, 0, 0] = 5
    assert cells_of(replace(block, bins=grown), shown, Held()).x[7] == 10
    grown[7, 0, 0] = 4
    assert cells_of(replace(block, bins=grown), shown, Held()).state[7] == "suppressed"


@given(st.integers(0, 60), st.lists(st.integers(-4, 4), min_size=4, max_size=4))
@FEW
def test_the_gap_of_an_area_stands_still_until_five_persons_have_moved(seed: int, moved: list[int]) -> None:
    chance = np.random.default_rng(seed)
    n = chance.integers(30, 80, (12, 2, 2))
    x = chance.binomial(n, 0.6)
    regions = [1 + place % 3 for place in range(12)]
    history: dict[str, Steady] = {}

    def hold(top: Ints, size: Ints) -> Steady:
        then = history.get("then")
        before = (top.astype(float), size.astype(float)) if then is None else (then.x.astype(float), then.n.astype(float))
        history["then"] = steady(top, size, before, np.zeros(len(top), dtype=bool), RULE)
        return history["then"]

    first = of_areas(x, n, regions, 20, RULE, hold)
    assert not first.hidden.any()
    later = x.copy()
    later[0, :, :] += np.array(moved).reshape(2, 2)
    second = of_areas(later, n, regions, 20, RULE, hold)
    for name in ("value", "lower", "upper", "n"):
        assert np.array_equal(getattr(first.regions, name), getattr(second.regions, name))
        assert np.array_equal(getattr(first.nation, name), getattr(second.nation, name))
    later[0, 1, 1] = x[0, 1, 1] + 5
    third = of_areas(later, n, regions, 20, RULE, hold)
    assert (third.regions.value != first.regions.value).sum() == 1


def split_of(seed: int, regions: int = 3, groups: int = 5, most: int = 30, **kind: bool) -> Split:
    chance = np.random.default_rng(seed)
    n = chance.integers(0, most, (regions, groups))
    x = chance.binomial(n, 0.5)
    units = np.where(n > 0, chance.integers(1, 6, n.shape), 0)
    return Split(
        list(range(1, regions + 1)), list(range(groups)), x, n, units, np.ceil(n / np.maximum(units, 1)).astype(int), **kind
    )


def kept_of(split: Split) -> Any:
    x, n = (np.vstack((part, part.sum(axis=0))) for part in (split.x, split.n))
    nothing = np.full(x.shape, np.nan)
    return steady(x, n, (nothing, nothing), np.full(len(x), split.kind == "rate"), RULE)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("most", [12, 60])
@pytest.mark.parametrize("rate", [False, True])
def test_no_hidden_group_follows_from_the_other_groups_or_the_other_regions(seed: int, most: int, rate: bool) -> None:
    split = split_of(seed, most=most, rate=rate)
    shut = np.zeros(len(split.regions) + 1, dtype=bool)
    mask, nation = hidden_cells(split, shut, kept_of(split).small, RULE)
    counted = [split.n, split.x] if rate else [split.n, split.x, split.n - split.x]
    for numbers in counted:
        assert not np.any(~mask & (numbers > 0) & (numbers < RULE.threshold))
        for row in range(len(split.regions)):  # the region's own total is known
            guessable(numbers[row], mask[row], whole=bool(mask[row].all()))
        for column in range(len(split.groups)):
            if not nation[column]:
                guessable(numbers[:, column], mask[:, column], whole=False)
        guessable(numbers.sum(axis=0), nation, whole=bool(nation.all()))
    units = split.practices
    assert not np.any(~mask & (units > 0) & (units < RULE.min_units))


def guessable(numbers: Any, hidden: Any, whole: bool) -> None:
    """Fails when the reader, who knows the sum and the shown numbers, can tell a hidden one within the threshold."""
    left = numbers[hidden]
    if len(left) == 0 or whole:
        return
    assert len(left) >= 2
    assert left.sum() - (len(left) - 1) >= RULE.threshold


def test_what_is_shown_of_the_groups_is_their_rounded_count_and_its_interval() -> None:
    split = split_of(4, most=200)
    shut = np.zeros(len(split.regions) + 1, dtype=bool)
    regions, nation = group_cells(split, kept_of(split), shut, RULE)
    shown = 0
    for row, cells in enumerate([*regions, nation]):
        for column, cell in enumerate(cells):
            n = int(split.n[row, column] if row < len(regions) else split.n[:, column].sum())
            x = int(split.x[row, column] if row < len(regions) else split.x[:, column].sum())
            if cell.value is None:
                continue
            shown += 1
            assert (cell.n, cell.x) == (5 * math.floor(n / 5 + 0.5), 5 * math.floor(x / 5 + 0.5))
            assert cell.value == pytest.approx(cell.x / cell.n)
            z, share = 1.959964, cell.x / cell.n
            half = z * math.sqrt(share * (1 - share) / cell.n + z * z / (4 * cell.n**2)) / (1 + z * z / cell.n)
            centre = (share + z * z / (2 * cell.n)) / (1 + z * z / cell.n)
            assert (cell.lower, cell.upper) == pytest.approx((centre - half, centre + half), abs=1e-6)
    assert shown > 5


def test_a_region_whose_total_is_hidden_has_no_groups_and_a_published_difference_hides_both() -> None:
    split = split_of(4, most=200)
    shut = np.array([True, False, False, False])
    mask, _nation = hidden_cells(split, shut, kept_of(split).small, RULE)
    assert mask[0].all()
    assert not mask[1:].all()
    paired = Split(**{**split.__dict__, "pair": (0, 4)})
    small = kept_of(paired).small.copy()
    small[1, 0] = True
    mask, _nation = hidden_cells(paired, np.zeros(4, dtype=bool), small, RULE)
    assert mask[1, 0]
    assert mask[1, 4]


def test_the_slope_is_the_weighted_line_through_the_five_groups() -> None:
    shares, sizes = [0.80, 0.74, 0.70, 0.68, 0.60], [100, 200, 150, 120, 80]  # least deprived first
    cells = [GroupCell(5, n, round(n * p), p, p - 0.05, p + 0.05, False) for p, n in zip(shares, sizes, strict=True)]
    found = gradient(cells, "proportion", False)
    assert found is not None
    weight = np.array(sizes[::-1], dtype=float)
    rank = (np.cumsum(weight) - weight / 2) / weight.sum()
    slope, level = np.polyfit(rank, shares[::-1], 1, w=np.sqrt(weight))
    assert found.sii == pytest.approx(slope)
    assert found.rii == pytest.approx((level + slope) / level)
    assert found.sii_lower < found.sii < found.sii_upper
    assert gradient(cells[:4], "proportion", False) is None
    assert gradient([*cells[:4], GroupCell(0, None, None, None, None, None, True)], "proportion", False) is None


def test_the_adjusted_lines_are_the_formula_of_the_arcsine_scale() -> None:
    spec = Spec(version_id=1, min_n=10, direction="higher", rate=False, counts_events=False, per=100, period=12)
    sizes, tau2 = sizes_to(400, 10), 0.004
    lines = lines_around(0.7, sizes, tau2, spec)
    assert (lines["centre"], lines["sizes"][0], lines["sizes"][-1]) == (0.7, 10, 420)
    for key, z in (("95", 1.959964), ("998", 3.090232)):
        for size, low, high in zip(lines["sizes"], *lines["adjusted"][key], strict=True):
            half = z * math.sqrt(1 / (4 * size) + tau2)
            middle = math.asin(math.sqrt(0.7))
            assert low == pytest.approx(math.sin(max(middle - half, 0)) ** 2, abs=1e-5)
            assert high == pytest.approx(math.sin(min(middle + half, math.pi / 2)) ** 2, abs=1e-5)
        inside = [low <= 0.7 <= high for low, high in zip(*lines["plain"][key], strict=True)]
        assert all(inside)
    assert lines_around(0.7, sizes, 0.0, spec)["adjusted"] == lines["plain"]


def test_there_are_no_lines_where_they_would_say_nothing() -> None:
    spec = Spec(version_id=1, min_n=10, direction="lower", rate=False, counts_events=False, per=100, period=12, days=True)
    assert lines_around(20.0, sizes_to(400, 10), 0.0, spec) == {}
    assert sizes_to(15, 10).size == 0
    share = Spec(version_id=1, min_n=10, direction="lower", rate=False, counts_events=False, per=100, period=12)
    assert [lines_around(centre, sizes_to(400, 10), 0.0, share) for centre in (0.0, 1.0, float("nan"))] == [{}, {}, {}]
    rate = Spec(version_id=1, min_n=10, direction="lower", rate=True, counts_events=True, per=1000, period=12)
    assert lines_around(0.35, sizes_to(400, 10), 0.0, rate)["centre"] == 350
