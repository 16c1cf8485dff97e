"""The release: counts against a recount by hand, and every stored column against the formula it stands for."""

from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
import yaml

from datacapture.actions.computing import last_quarter_end, month_ends, release_label
from datacapture.actions.library import DEFINITIONS, load_library
from datacapture.models import AreaResult, CaseState, IndicatorCount, IndicatorVersion, Result
from datacapture.results.cube import Place, Spec, cube
from datacapture.results.judging import assemble
from kip.core.scope import WORKER, activate
from kip.stats.intervals import poisson_exact, wilson
from kip.stats.multiple import benjamini_hochberg
from kip.stats.tails import binomial_two_sided
from tests.datacapture.feedback_world import MONTH_END, World, build, compute, naive_hba1c

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def test_every_month_of_every_practice_equals_a_recount_by_hand(world: World) -> None:
    with activate(WORKER):
        rows = Result.objects.filter(version__indicator__code="DM-02").select_related("practice")
        stored = {(row.practice_id, row.month_end): (row.x, row.n, row.excluded, row.unknown) for row in rows}
    counted = {
        (practice.pk, month): naive_hba1c(world, place, month)
        for place, practice in world.places.items()
        for month in month_ends(MONTH_END)
    }
    assert stored == counted
    assert len(stored) == len(world.places) * 24


def test_each_latest_row_follows_from_its_counts(world: World) -> None:
    with activate(WORKER):
        rows = list(Result.objects.filter(latest=True, version__indicator__code="DM-02").order_by("practice_id"))
        every = list(Result.objects.filter(latest=True).select_related("version"))
    enough = [row.value for row in rows if row.n >= 20]
    for row in rows:
        low, high = wilson(row.x, row.n)
        assert (row.value, row.lower, row.upper) == (row.x / row.n, float(low[0]), float(high[0]))
        assert row.expected == pytest.approx(median(enough), abs=1e-12)
        assert (row.band_low, row.band_high) == pytest.approx(tuple(np.quantile(enough, (0.1, 0.9))), abs=1e-12)
        assert row.p == float(binomial_two_sided(row.x, row.n, row.expected)[0])
    judged = [row for row in every if row.q is not None]
    assert [row.q for row in judged] == pytest.approx(benjamini_hochberg([row.p for row in judged]).tolist(), abs=1e-12)


def test_the_practice_far_below_its_peers_is_a_signal_and_small_ones_are_not_judged(world: World) -> None:
    with activate(WORKER):
        rows = {row.practice_id: row for row in Result.objects.filter(latest=True, version__indicator__code="DM-02")}
    own, small = rows[world.places["north_1"].pk], rows[world.places["south_1"].pk]
    assert (own.tier, own.position, small.tier) == ("signal", "worse", "insufficient")
    assert 0 < own.gain < own.n * (own.expected - own.value)
    assert own.trend in ("improving", "worsening", "stable")


def test_counts_are_written_again_not_beside_themselves(world: World) -> None:
    def everything() -> tuple[list[Any], list[Any], int]:
        with activate(WORKER):
            counts = list(
                IndicatorCount.objects.order_by("version", "practice", "month_end", "sex", "age_band").values_list("numerator")
            )
            results = list(Result.objects.order_by("version", "practice", "month_end").values_list("x", "n", "q", "tier"))
            return counts, results, CaseState.objects.count()

    before = everything()
    again = compute("Prøve")
    counts, results, states = everything()
    assert (counts, states) == (before[0], before[2])
    assert [results[place] for place in (0, -1)] == [before[1][place] for place in (0, -1)]
    assert (len(results), again.label, again.revision) == (2 * len(before[1]), "2026-3", 2)
    assert set(again.seconds) == {"regions", "steps", "rows", "judging", "results", "areas", "pathways", "checks"}


def test_a_regions_total_is_rounded_and_gone_when_it_would_tell(world: World) -> None:
    with activate(WORKER):
        areas = AreaResult.objects.filter(version__indicator__code="DM-02", month_end=MONTH_END)
        row = areas.get(level="region", area_id=world.regions["north"].pk)
        parts = Result.objects.filter(latest=True, region=world.regions["north"], version__indicator__code="DM-02")
        total = sum(part.n for part in parts)
        hidden = AreaResult.objects.filter(suppressed=True).values_list("n", "x", "value")
    assert (row.practices, row.n, row.n % 5) == (6, 5 * round(total / 5), 0)
    assert row.value == row.x / row.n
    assert set(hidden) <= {(None, None, None)}


def test_loading_the_library_twice_changes_nothing_and_a_changed_rule_makes_a_version(tmp_path: Path) -> None:
    with activate(WORKER):
        first, again = load_library(), load_library()
    assert (len(first.created), again.unchanged) == (68, 68)
    assert (again.created, again.changed, again.retired, again.members) == ([], [], [], 0)
    for name in ("codesets.yaml", "indicator_texts.yaml"):
        (tmp_path / name).write_text((DEFINITIONS / name).read_text("utf-8"), "utf-8")
    data = yaml.safe_load((DEFINITIONS / "indicators.yaml").read_text("utf-8"))
    changed = next(item for item in data["indicators"] if item["id"] == "DM-02")
    changed["numerator"]["event"]["value"]["num"] = 58
    changed_words = next(item for item in data["indicators"] if item["id"] == "DM-01")
    changed_words["da"] = "Nye ord"
    (tmp_path / "indicators.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with activate(WORKER):
        loaded = load_library(tmp_path)
        versions = IndicatorVersion.objects.filter(indicator__code="DM-02").order_by("number")
        words = IndicatorVersion.objects.get(indicator__code="DM-01").texts["name"]["da"]
    assert "DM-02" in loaded.changed
    assert "DM-01" not in loaded.changed
    assert [(item.number, item.retired_at is None) for item in versions] == [(1, False), (2, True)]
    assert words == "Nye ord"


def test_a_rate_is_events_per_thousand_with_the_exact_interval() -> None:
    spec = Spec(version_id=1, min_n=20, direction="lower", rate=True, counts_events=True, per=1000, period=12)
    places = [Place(number, 1, "general_practice") for number in range(12)]
    month = date(2026, 9, 30)
    block = cube([(1, number, month, 30 + number, 100, 0, 0, 0) for number in range(12)], [spec], places, [month])
    judged = assemble(block)
    low, high = poisson_exact(30, 100)
    assert (judged.monthly["value"][0, 0], judged.monthly["n"][0, 0]) == (300.0, 100)
    assert judged.monthly["lower"][0, 0] == pytest.approx(1000 * low[0])
    assert judged.monthly["upper"][0, 0] == pytest.approx(1000 * high[0])
    assert judged.monthly["expected"][0, 0] == pytest.approx(355.0)


def test_fewer_than_ten_peers_give_no_comparison() -> None:
    spec = Spec(version_id=1, min_n=20, direction="higher", rate=False, counts_events=False, per=100, period=12)
    places = [Place(number, 1, "general_practice") for number in range(9)]
    month = date(2026, 9, 30)
    judged = assemble(cube([(1, number, month, 30, 20, 0, 0, 0) for number in range(9)], [spec], places, [month]))
    assert np.isnan(judged.monthly["expected"]).all()
    assert judged.latest["tier"].tolist() == [""] * 9


@pytest.mark.parametrize(
    ("day", "end", "label"),
    [(date(2026, 11, 22), date(2026, 9, 30), "2026-3"), (date(2026, 1, 1), date(2025, 12, 31), "2025-4")],
)
def test_a_release_ends_with_the_last_whole_quarter(day: date, end: date, label: str) -> None:
    assert last_quarter_end(day) == end
    assert release_label(end) == label
    months = month_ends(end)
    assert (len(months), months[-1]) == (24, end)
    assert all((month + timedelta(days=1)).day == 1 for month in months)
