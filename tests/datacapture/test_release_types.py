"""Days, score changes and gaps on their way from the stored counts to rows and pages."""

import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from datacapture.actions.computing import prepare
from datacapture.actions.gap_rows import write_area_gaps
from datacapture.actions.releasing import begin, prepare_rows
from datacapture.enums import AreaLevel
from datacapture.models import AreaResult, Enrolment, IndicatorCount, Release, Result
from datacapture.queries import wording
from datacapture.queries.charting import CSV_HEAD
from datacapture.results.areas import AreaRow
from datacapture.results.holding import Held
from kip.core.numbers import NBSP
from kip.core.scope import WORKER, activate
from kip.stats.differences import score_difference
from kip.stats.disclosure import round_to
from kip.stats.intervals import newcombe
from practices.models import Practice
from tests.datacapture.feedback_world import FIRST_EVENT, MONTH_END, World, build, let_out
from tests.datacapture.test_feedback_pages import words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MEASURES = ("SPEC-02", "PSY-02", "X-04", "X-05", "TAND-03")
WAITED = [3.0, 9.0, 9.0, 11.0, 12.0, 13.0, 20.0, 21.0, 22.0, 30.0, 31.0, 33.0, 40.0, 41.0, 44.0, 45.0, 50.0, 51.0, 52.0, 60.0]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=MEASURES)


def cell(version_id: int, practice: Practice, x: int, rest: int, **more: Any) -> IndicatorCount:
    return IndicatorCount(
        version_id=version_id, practice=practice, region_id=practice.region_id, month_end=MONTH_END, sex=1, age_band=8,
        numerator=x, denominator_only=rest, excluded=0, unknown=0, exception=0, **more,
    )  # fmt: skip


def stored(code: str, practice: Practice) -> Result:
    with activate(WORKER):
        rows = Result.objects.select_related("version__indicator").filter(release=Release.objects.latest("pk"), latest=True)
        return rows.get(version__indicator__code=code, practice=practice)


def gap_counts(places: dict[str, Practice]) -> dict[str, tuple[int, int, int, int]]:
    """x and n of the least and of the most deprived fifth: one practice has a wide gap, the small one too few patients."""
    found = {place: (160 + at // 2, 200, 120 + at // 3, 200) for at, place in enumerate(places)}
    return found | {"south_1": (9, 11, 20, 40), "north_1": (180, 200, 90, 200)}


def released(world: World, physio: Practice) -> Release:
    with activate(WORKER):
        setup = prepare(MONTH_END)
        ids = {code: version.pk for code, version in setup.versions.items()}
        Enrolment.objects.create(
            practice=physio, purpose=world.purpose, signer_name="A", signer_title="B", agreement_version="1",
            enrolled_from=FIRST_EVENT,
        )  # fmt: skip
        IndicatorCount.objects.all().delete()
        rows = [
            cell(ids["SPEC-02"], physio, 12, 3, quintile=1, amounts=WAITED[:12]),
            cell(ids["SPEC-02"], physio, 8, 0, quintile=2, amounts=WAITED[12:]),
            cell(ids["PSY-02"], world.places["north_1"], 8, 17, quintile=0, amounts=[-8.0] * 8 + [2.0] * 17),
        ]
        for place, (x1, n1, x5, n5) in gap_counts(world.places).items():
            rows += [
                cell(ids["X-04"], world.places[place], x, n - x, quintile=group)
                for group, x, n in ((1, x1, n1), (5, x5, n5), (3, 7, 20))
            ]
        IndicatorCount.objects.bulk_create(rows)
        release = begin(MONTH_END, reason="Prøve")
        Release.objects.filter(pk=release.pk).update(seconds={"regions": {region.code: 1.0 for region in world.regions.values()}})
        prepare_rows(release, setup)
    let_out(release)
    return release


def test_days_changes_and_gaps_are_stored_as_what_they_are(world: World, country: dict[str, Any], signed_in: SignIn) -> None:
    physio = country["north_physio"]
    release = released(world, physio)
    days = stored("SPEC-02", physio)
    assert (days.value, days.n, days.x, days.adjusted) == (median(WAITED), 20, 20, None)
    assert days.open_cases == 3  # referrals without a first visit yet: told apart, in no other number
    assert (days.lower, days.upper) == (WAITED[5], WAITED[14])  # ranks 6 and 15 of 20: the textbook's 95 % interval
    change = stored("PSY-02", world.places["north_1"])
    assert (change.value, change.x, change.n, change.mean) == (8 / 25, 8, 25, pytest.approx((8 * -8 + 17 * 2) / 25))
    with translation.override("en"):
        assert wording.value_words(change.value, change.version, change.n) == "32%"
        assert wording.mean_words(change) == "On average the score changed by −1.2 points."
        assert wording.value_words(days.value, days.version, days.n) == "30.5 days"
        assert wording.fraction_words(days.x, days.n, days.version) == "20 courses with a first visit"
    physiotherapist = signed_in("clinician", "north_physio")
    page = words(physiotherapist.get("/maalinger/SPEC-02/"))
    assert "3 henvisninger har endnu intet første besøg og er ikke med i tallet." in page
    assert re.search(r"Uden første besøg endnu\s+indgår ikke i tallet\s+3 ", page)
    file = physiotherapist.get("/maalinger/SPEC-02/tal.csv").content.decode("utf-8-sig").splitlines()
    assert dict(zip(CSV_HEAD, file[-1].split(";"), strict=True))["open_cases"] == "3"
    assert physiotherapist.get("/api/v1/resultater/?indicator=SPEC-02").json()["results"][0]["open_cases"] == 3
    assert "30,5 " in page
    assert f"mellem {WAITED[5]:.0f} og {WAITED[14]:.0f} " in page

    counts = gap_counts(world.places)
    middle = median(x1 / n1 - x5 / n5 for x1, n1, x5, n5 in counts.values() if min(n1, n5) >= 20)
    own = gaps_are_judged(world, release, counts, middle)
    gaps_of_areas_are_stored(world, release, own, counts, middle)
    clinic = signed_in("clinician", "north_1")
    page = words(clinic.get("/maalinger/X-04/")).replace(NBSP, " ")
    assert " 45,0 p" in page  # percentage points, in either language
    assert "Tydeligt signal" in page
    assert "For få patienter" in words(signed_in("clinician", "south_1").get("/maalinger/X-04/"))
    consultant = signed_in("quality_consultant", "north")
    assert consultant.get("/region/klinikker/?measure=X-04").status_code == 404
    assert consultant.get("/region/maalinger/X-04/").status_code == 200
    assert "Gælder ikke jer" in words(clinic.get("/maalinger/X-05/"))


Counts = dict[str, tuple[int, int, int, int]]


def gaps_are_judged(world: World, release: Release, counts: Counts, middle: float) -> Result:
    """Each practice's gap against the middle practice's; gives the row of south_2."""
    found = {}
    for place, (x1, n1, x5, n5) in counts.items():
        row = found[place] = stored("X-04", world.places[place])
        assert (row.n, row.expected) == (min(n1, n5), pytest.approx(middle))
        if min(n1, n5) < row.version.min_n:
            assert (row.value, row.tier) == (None, "insufficient")
            continue
        low, high = newcombe(x1, n1, x5, n5)
        assert (row.value, row.lower, row.upper) == pytest.approx((x1 / n1 - x5 / n5, low[0], high[0]))
        assert row.p == pytest.approx(score_difference(x1, n1, x5, n5, middle).p[0])
        assert row.position == ("worse" if row.value > middle else "better" if row.value < middle else "")
    assert (found["north_1"].tier, found["north_1"].position) == ("signal", "worse")
    assert {row.tier for place, row in found.items() if place not in ("north_1", "south_1")} == {"as_expected"}
    with activate(WORKER):
        family = Result.objects.filter(release=release, practice__profession="general_practice", q__isnull=False)
        tests = dict(family.values_list("pk", "p"))
    for row in found.values():
        worse = sum(p <= row.p for p in tests.values()) if row.q is not None else 0
        assert row.q is None or row.q <= min(1, row.p * len(tests) / worse) + 1e-12
    assert found["north_1"].q == pytest.approx(found["north_1"].p * len(tests))  # the smallest of them
    own = found["south_2"]
    with translation.override("en"):
        assert wording.value_words(own.value, own.version, own.n).endswith(" percentage points")
        assert "too few" in wording.sentence(found["south_1"]).lower() or "only" in wording.sentence(found["south_1"]).lower()
    return own


def gaps_of_areas_are_stored(world: World, release: Release, own: Result, counts: Counts, middle: float) -> None:
    """Each region's gap from rounded counts, and the nation's middle practice."""
    with activate(WORKER):
        areas = {(row.level, row.area_id): row for row in AreaResult.objects.filter(release=release, version=own.version)}
    for key, region in world.regions.items():
        mine = [counts[place] for place, practice in world.places.items() if practice.region_id == region.pk]
        x1, n1, x5, n5 = (float(round_to(sum(part))[0]) for part in zip(*mine, strict=True))
        assert areas[AreaLevel.REGION, region.pk].value == pytest.approx(x1 / n1 - x5 / n5), key
        assert areas[AreaLevel.REGION, region.pk].n == n1 + n5
        assert areas[AreaLevel.REGION, region.pk].lower < x1 / n1 - x5 / n5 < areas[AreaLevel.REGION, region.pk].upper
    assert areas[AreaLevel.NATION, 0].value is not None
    assert areas[AreaLevel.NATION, 0].median == pytest.approx(middle)


def test_the_gap_between_municipalities_needs_ten_of_them(world: World) -> None:
    with activate(WORKER):
        setup = prepare(MONTH_END)
        release = begin(MONTH_END, reason="Prøve")
        region, few = (world.regions[key].pk for key in ("north", "south"))
        practices = [
            Practice(pk=town, municipality_id=town, region_id=region if town < 12 else few, profession="dentistry")
            for town in range(1, 16)
        ]
        version = setup.versions["TAND-03"].pk
        towns = [
            AreaRow("municipality", town, version, "dentistry", MONTH_END, 3, 100, 40 + town, (40 + town) / 100,
                    None, None, None, None, False)
            for town in range(1, 16)
        ]  # fmt: skip
        write_area_gaps(release, setup, practices, [], towns, Held(), Held())
        found = AreaResult.objects.filter(release=release, version=setup.versions["X-05"])
        rows = {(row.level, row.area_id): (row.value, row.n, row.practices) for row in found}
        assert all(0 <= row.lower < row.upper and row.lower <= row.value <= row.upper for row in found)
    assert rows == {
        ("region", region): (pytest.approx(0.08), 1100, 33),
        ("nation", 0): (pytest.approx(0.112), 1500, 45),
    }
