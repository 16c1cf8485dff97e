"""The pure functions behind a release's rows: each against a second, naive way of computing it."""

import numpy as np
import pytest

from datacapture.results.adjusting import Strata, adjust, references
from datacapture.results.areas import Areas, size_class
from datacapture.results.cube import Spec
from datacapture.results.judging import assemble, peer_groups
from datacapture.results.standing import Frozen, assemble_against
from kip.stats.disclosure import Rule, publish_parts, round_to
from tests.datacapture.results_world import block_of

RULE = Rule()
KEYS = {"region": "region_id", "municipality": "municipality_id", "cluster": "cluster_id", "similar": "size_class"}


def rows_of(seed: int, **changes: bool) -> tuple[list, list]:
    block = block_of(seed, **changes)
    return Areas(block, assemble(block), peer_groups(block), RULE).rows(), list(zip(block.places, block.x, block.n, strict=True))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("small", [False, True])
def test_every_shown_total_is_the_rounded_sum_of_its_practices(seed: int, small: bool) -> None:
    rows, lines = rows_of(seed, small=small)
    assert {row.level for row in rows} == {"nation", *KEYS}
    for row in rows:
        column = -1 if row.month_end.month == 9 else 0
        own = [item for item in lines if row.level == "nation" or getattr(item[0], KEYS[row.level]) == row.area_id]
        n, x = (sum(int(item[part][column]) for item in own) for part in (2, 1))
        counted = [item for item in own if item[2][column]]
        assert row.practices == len(counted)
        if row.suppressed:
            assert (row.n, row.x, row.value) == (None, None, None)
            continue
        assert row.n == int(round_to(n)[0])
        assert len(counted) >= RULE.min_units
        if row.value is not None:
            assert (row.x, row.value) == (int(round_to(x)[0]), row.x / row.n)
            assert min(value for value in (x, n, n - x) if value) >= RULE.threshold


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rate", [False, True])
def test_no_hidden_part_follows_from_the_other_parts_and_their_parent(seed: int, rate: bool) -> None:
    """What is hidden at one level is never alone in its parent, nor so small that the rest of the parent gives it away."""
    rows, lines = rows_of(seed, small=True, rate=rate)
    last = [row for row in rows if row.month_end.month == 9]
    shown = {(row.level, row.area_id): row for row in last if row.value is not None}
    parents = [("nation", 0, "region", lambda place: 0), ("nation", 0, "similar", lambda place: 0)]
    parents += [
        ("region", region, level, lambda place: place.region_id) for region in (1, 2, 3) for level in ("municipality", "cluster")
    ]
    for level, area, part, of in parents:
        if (level, area) not in shown:
            continue
        inside = [item for item in lines if of(item[0]) == area]
        hidden: dict[int, list[int]] = {}
        for place, x, n in inside:
            key = getattr(place, KEYS[part])
            if n[-1] and (part, key) not in shown and (part != "cluster" or key):
                hidden.setdefault(key, [0, 0])
                hidden[key] = [hidden[key][0] + int(x[-1]), hidden[key][1] + int(n[-1])]
        open_rest = part == "cluster" and any(not item[0].cluster_id and item[2][-1] for item in inside)
        assert len(hidden) != 1 or open_rest, (level, area, part, hidden)


@pytest.mark.parametrize("seed", range(20))
def test_a_shown_area_leaves_the_practices_its_region_hides_hidden(seed: int) -> None:
    rows, lines = rows_of(seed, small=True)
    shown = {(row.level, row.area_id) for row in rows if row.month_end.month == 9 and row.value is not None}
    for region in (1, 2, 3):
        own = [item for item in lines if item[0].region_id == region]
        cells = publish_parts([[int(item[1][-1]) for item in own]], [[int(item[2][-1]) for item in own]], rule=RULE).cells
        for level in ("municipality", "cluster"):
            for area in {getattr(item[0], KEYS[level]) for item in own} - {0}:
                hidden = [
                    int(item[1][-1])
                    for item, x in zip(own, cells.x[0], strict=True)
                    if getattr(item[0], KEYS[level]) == area and np.isnan(x)
                ]
                if (level, area) in shown and hidden:
                    assert len(hidden) >= 2
                    assert sum(hidden) - (len(hidden) - 1) >= RULE.threshold


def test_the_nations_median_is_the_one_that_practices_are_compared_with() -> None:
    block = block_of(3)
    judged = assemble(block)
    nation = [row for row in Areas(block, judged, peer_groups(block), RULE).rows() if row.level == "nation"]
    assert [row.median for row in nation] == judged.monthly["expected"][0].tolist()
    assert [row.tau for row in nation] == [None, float(np.sqrt(judged.group["tau2"][0]))]


def test_three_size_classes() -> None:
    assert [size_class(clinicians) for clinicians in (1, 2, 4, 5, 30)] == [1, 2, 2, 3, 3]


@pytest.mark.parametrize("rate", [False, True])
def test_a_practice_held_against_the_frozen_quarter_reads_what_the_quarter_said(rate: bool) -> None:
    block = block_of(5, months=3, rate=rate)
    judged = assemble(block)
    line = 7
    frozen = Frozen(
        *(judged.monthly[name][line].tolist() for name in ("expected", "band_low", "band_high")),
        *(float(judged.group[name][line]) for name in ("theta", "tau2", "spread2")),
    )
    others = [
        p for place, p in enumerate(judged.latest["p"].tolist()) if place != line and np.isfinite(judged.latest["q"][place])
    ]
    own = type(block)([block.specs[line]], [block.places[line]], block.months, block.bins[line : line + 1])
    again = assemble_against(own, {1: frozen}, others)
    for name, column in again.monthly.items():
        assert column[0].tolist() == pytest.approx(judged.monthly[name][line].tolist(), nan_ok=True), name
    for name, column in again.latest.items():
        value = judged.latest[name][line]
        assert column[0] == (value if isinstance(value, str | np.str_) else pytest.approx(value, nan_ok=True)), name


@pytest.mark.parametrize("rate", [False, True])
def test_adjusting_for_age_and_sex_equals_the_sum_by_hand(rate: bool) -> None:
    chance = np.random.default_rng(11)
    spec = Spec(version_id=1, min_n=10, direction="higher", rate=rate, counts_events=False, per=1000, period=1)
    cells = [
        (line, sex, band, int(chance.integers(0, 9)), int(chance.integers(9, 40)))
        for line in range(6) for sex in (1, 2) for band in range(4)
    ]  # fmt: skip
    strata = Strata(*np.array(cells, dtype=np.int64).T)
    groups = np.array([0, 0, 0, 0, 1, 1])
    found = adjust(strata, [spec] * 6, groups, references(strata, groups))
    for line in range(6):
        peers = [cell for cell in cells if groups[cell[0]] == groups[line]]
        overall = sum(cell[3] for cell in peers) / sum(cell[4] for cell in peers)
        expected = 0.0
        for _line, sex, band, _x, n in (cell for cell in cells if cell[0] == line):
            same = [cell for cell in peers if cell[1:3] == (sex, band)]
            expected += n * sum(cell[3] for cell in same) / sum(cell[4] for cell in same)
        observed = sum(cell[3] for cell in cells if cell[0] == line)
        assert found.value[line] == pytest.approx(observed / expected * overall * spec.scale)
        assert found.lower[line] < found.value[line] < found.upper[line]
