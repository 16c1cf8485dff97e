"""The pages on pathways and population: four kinds of empty, own numbers only, and constant query counts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from datacapture.models import PathwayOwn, PathwayResult, PopulationArea, PopulationResult, Purpose, Release, Result
from datacapture.queries.pathway_words import Share, probably
from datacapture.queries.pathways import flow_page, own_page
from datacapture.queries.population import area_page, population_page
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import MONTH_END, build, let_out
from tests.datacapture.pathways.pathway_world import purpose

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
EN = {"Accept-Language": "en"}
STEPS = ((400, 400, None), (400, 310, 240), (400, 180, 150), (400, 40, None))


@pytest.fixture
def release(country: dict[str, Any]) -> Release:
    """A published release with a diabetes pathway in the north, and north_1's own step of it."""
    with activate(WORKER):
        purpose()
        made = Release.objects.create(label="2026-3", month_end=MONTH_END, method="1")
        here = country["north_1"]
        for region in (here.region, None):
            for step, (n, x, timely) in enumerate(STEPS):
                PathwayResult.objects.create(
                    release=made, pathway="diabetes", step=step, region=region, n=n, x=x, timely=timely,
                    median=30 if step else None, p90=90 if step else None, wait_lower=28 if step else None,
                    wait_upper=33 if step else None, share=timely / n if timely else None,
                    lower=0.5 if timely else None,
                    upper=0.7 if timely else None,
                )  # fmt: skip
        PathwayResult.objects.create(release=made, pathway="low_back", step=0, region=here.region)
        PathwayOwn.objects.create(release=made, practice=here, pathway="diabetes", step=0, n=60, x=60)
        PathwayOwn.objects.create(
            release=made, practice=here, pathway="diabetes", step=0, after=1, n=60, x=41, timely=30, share=0.5, lower=0.4,
            upper=0.6, median=25, wait_lower=21, wait_upper=29,
        )  # fmt: skip
        PathwayOwn.objects.create(release=made, practice=here, pathway="diabetes", step=0, after=2, n=60)
        for sex in (1, 2):
            for band in range(10):
                PopulationResult.objects.create(
                    release=made, practice=here, section="people", key=f"{sex}-{band}", n=1000, x=50, value=0.05,
                    similar=None if band == 9 else 0.04,
                )  # fmt: skip
        for section, key in (("chronic", "diabetes"), ("many", "1"), ("many", "2"), ("avoidable", "admissions")):
            PopulationResult.objects.create(
                release=made, practice=here, section=section, key=key, n=1000, x=80, value=0.08, lower=0.06, upper=0.1,
                adjusted=0.08, similar=0.05, verdict="higher",
            )  # fmt: skip
        for level, area, region in (
            ("municipality", here.municipality_id, here.region), ("region", here.region_id, here.region), ("nation", 0, None),
        ):  # fmt: skip
            PopulationArea.objects.create(
                release=made, region=region, level=level, area_id=area, profession="general_practice", section="chronic",
                key="diabetes", practices=4, n=5000, x=300, value=0.06,
            )  # fmt: skip
        Release.objects.filter(pk=made.pk).update(state="prepared")
    let_out(made)
    return made


def test_the_region_reads_flow_loss_and_limits(release: Release, country: dict[str, Any], django_assert_num_queries: Any) -> None:
    scope = Scope(Persona.REGION, region_id=country["north"].pk)
    with activate(scope), override("en"):
        with django_assert_num_queries(2):
            page = flow_page(country["north"].pk, "diabetes")
        few = flow_page(country["north"].pk, "low_back")
        nobody = flow_page(country["north"].pk, "dental_recall")
    assert page.empty == ""
    assert page.begun == "400 people began with “blood sugar measured at the gp”."
    assert page.lost == (
        "Most are lost before “foot status at a podiatrist”: 220 of 400 (55%) did not come within 24 months, probably 50-60%."
        " In the whole country: 55%."
    )  # fmt: skip
    (eye, share), (foot, _other) = page.timely
    assert (eye, foot) == ("Examined by an eye specialist", "Foot status at a podiatrist")
    assert share == Share("within 12 months", "240 of 400 (60%)", "probably 55-65%", "60%")
    ((spared, admitted),) = page.spared
    assert (spared, admitted) == ("Acutely admitted", Share("within 24 months", "40 of 400 (10%)", "probably 7-13%", "10%"))
    assert page.chart is not None
    assert page.chart.rows[1] == (
        "Examined by an eye specialist", "400", "240", "70", "90", "30 days", "28-33", "90 days", "60%",
    )  # fmt: skip
    assert "Acutely admitted" not in page.chart.wide, "an admission is no step on the way"
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", page.chart.wide)
    eyes, feet = (shown.index(name) for name in (eye, foot))
    assert "From step 1 half waited up to 30 days (probably 28-33" in " ".join(shown[eyes:feet]), "under its own step"
    assert "240 within 12 months (60%)" in shown[eyes:feet]
    assert "90 did not come within 24 months (23%)" in shown[eyes:feet]
    assert (few.empty, nobody.empty) == ("too_few", "no_data")
    with activate(WORKER):
        Purpose.objects.update(allows_linking=False)
    with activate(scope):
        assert flow_page(country["north"].pk, "dental_recall").empty == "linking"


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (0.0, 0.0023, "probably below 1%"), (0.996, 1.0, "probably above 99%"), (0.0, 0.02, "probably 0-2%"),
        (0.54, 0.66, "probably 54-66%"), (0.312, 0.3149, "probably about 31%"),
    ],
)  # fmt: skip
def test_no_interval_has_two_ends_that_read_the_same(lower: float, upper: float, words: str) -> None:
    with override("en"):
        assert probably(lower, upper) == words


def test_a_practice_reads_its_own_step_and_what_came_back(
    release: Release, country: dict[str, Any], django_assert_num_queries: Any
) -> None:
    here = country["north_1"]
    with activate(Scope(Persona.PRACTICE, practice_id=here.pk)), override("en"):
        with django_assert_num_queries(4):
            page = own_page(here.pk, here.profession)
        assert own_page(here.pk, "psychology").empty == ""
    (step,) = page.steps
    assert (step.n, [after.few for after in step.after]) == ("60 of your patients", [False, True])
    assert step.after[0].timely == Share("within 12 months", "30 of 60 (50%)", "probably 38-62%", "60%")
    assert step.after[0].all is not None
    assert (step.after[0].all.fraction, step.after[0].all.country) == ("41 of 60 (68%)", "78%")
    assert step.chart is not None
    assert "(probably 21-29 days)" in " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", step.chart.wide))
    with activate(Scope(Persona.PRACTICE, practice_id=country["south_1"].pk)):
        other = own_page(country["south_1"].pk, "general_practice")
        assert (other.steps, other.empty) == ((), "no_data")
        assert own_page(country["south_1"].pk, "psychology").empty == "no_step"


def test_the_pages_open_in_both_languages(release: Release, country: dict[str, Any], signed_in: SignIn, settings: Any) -> None:
    settings.KIP_REQUIRE_MFA = False
    practice, region = signed_in("practice_manager", "north_1"), signed_in("quality_consultant", "north")
    for language in ("da", "en"):
        for client, path in (
            (practice, "/forloeb/"), (practice, "/patienter/"), (region, "/region/forloeb/"), (region, "/region/befolkning/"),
            (region, "/region/forloeb/?pathway=low_back"),
        ):  # fmt: skip
            shown = client.get(path, headers={"Accept-Language": language})
            assert shown.status_code == 200
            assert "Klinik south" not in shown.content.decode()
    own = practice.get("/patienter/", headers=EN).content.decode()
    assert "More than expected" in own
    assert "Open all measures" in own, "no measure is counted that a list could come from"
    assert "80 per 1,000" not in own
    assert "80 admissions among 1,000 patients" in own
    assert "Diabetes" in region.get("/region/befolkning/", headers=EN).content.decode()


def test_the_population_page_needs_as_many_queries_for_one_number_as_for_many(
    release: Release, country: dict[str, Any], django_assert_num_queries: Any
) -> None:
    scope = Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)
    with override("en"), activate(scope), django_assert_num_queries(3):
        full = population_page(country["north_1"])
    with activate(Scope(Persona.PRACTICE, practice_id=country["north_2"].pk)), django_assert_num_queries(3):
        empty = population_page(country["north_2"])
    assert (full.size, full.pyramid is None, empty.pyramid) == ("1,000", False, None)
    assert [row.verdict for row in full.chronic] == ["higher"]
    with activate(Scope(Persona.REGION, region_id=country["north"].pk)), django_assert_num_queries(3):
        areas = area_page(country["north"].pk)
    assert [line[1:] for line in areas.towns] == [("5.000", "300", "6,0\xa0%")] * 3
    assert areas.clusters == ()


def test_a_whole_release_holds_the_rows(country: dict[str, Any]) -> None:
    world = build(country, only=("DM-01", "DM-02"))
    with activate(WORKER):
        assert PopulationResult.objects.filter(release=world.release, section="people").exists()
        assert PopulationResult.objects.filter(release=world.release, section="same").exists()
        assert not PathwayResult.objects.filter(release=world.release).exists(), "the purpose does not allow linking"
        measured = Result.objects.filter(release=world.release, latest=True, version__indicator__code="DM-01").first()
    assert measured is not None
    with activate(Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)):
        page = population_page(country["north_1"])
    assert page.pyramid is not None
    assert page.same_looked > 3
