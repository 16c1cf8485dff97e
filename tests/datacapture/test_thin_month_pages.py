"""A practice that delivered next to nothing for a month is neither praised nor blamed, and every page says why."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Q
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from datacapture.actions.computing import month_ends, prepare
from datacapture.actions.own_releases import release_own
from datacapture.actions.purposes import withdraw
from datacapture.feedback_jobs import compute_practice
from datacapture.models import CaseTally, CountBasis, Enrolment, Event, EventCode, IndicatorCount, Patient, Release, Result
from datacapture.queries.charting import CSV_HEAD
from datacapture.queries.release_pages import SENTENCES
from datacapture.queries.report import practice_report
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice
from tests.datacapture.feedback_world import MONTH_END, World, build, compute
from tests.datacapture.test_feedback_pages import words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
APRIL = date(2026, 4, 1)
MISSING = "Der mangler data for april 2026"
VERDICT = ("p", "p_adjusted", "q", "tier", "position", "trend", "since", "gain", "reliability", "mdd")
BLANK: tuple[Any, ...] = (None, None, None, "", "", "", None, None, None, None)
FIGURES = ("n", "x", "excluded", "unknown", "exception", "value", "lower", "upper", "adjusted")


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def contacts(practice: Practice, months: list[date]) -> None:
    """A hundred contacts in each month: nothing that the measure counts, but what makes a usual month."""
    code, _new = EventCode.objects.get_or_create(kind="contact", system="KIP", code="KONTAKT")
    patient = Patient.objects.filter(practice=practice).first()
    shared = {"practice": practice, "patient": patient, "code": code, "received_at": datetime(2026, 10, 1, tzinfo=UTC)}
    start = 10**9 + Event.objects.count()
    days = [month - timedelta(days=day % 20) for month in months for day in range(100)]
    Event.objects.bulk_create(
        Event(day=day, source=UUID(int=start + at), status="final", **shared) for at, day in enumerate(days)
    )


def row_of(release: Release, practice: Practice, month_end: date = MONTH_END) -> Result:
    with activate(WORKER):
        return Result.objects.select_related("version__indicator").get(release=release, practice=practice, month_end=month_end)


def columns(release: Release) -> list[tuple[Any, ...]]:
    with activate(WORKER):
        rows = Result.objects.filter(release=release).order_by("practice", "month_end")
        return list(rows.values_list("practice_id", "month_end", *FIGURES, *VERDICT, "expected", "band_low"))


def said_wherever_the_figure_stands(own: Practice, signed_in: SignIn) -> None:
    """Pages, paper and file of the practice, and the pages of its region."""
    clinic = signed_in("clinician", "north_1")
    for path in ("/", "/maalinger/", "/maalinger/DM-02/"):
        page = words(clinic.get(path))
        assert MISSING in page
        assert "/data/kvalitet/" in clinic.get(path).content.decode()
        assert "styrke" not in page
        assert "reel" not in page
    assert "Intet kræver jer" not in words(clinic.get("/"))
    assert "Data mangler" in words(clinic.get("/maalinger/"))
    assert MISSING not in words(signed_in("clinician", "north_2").get("/"))
    with translation.override("da"), activate(Scope(Persona.PRACTICE, practice_id=own.pk)):
        paper = render_to_string("reports/practice.html", {"report": practice_report(own, MONTH_END + timedelta(days=20))})
    assert MISSING in paper
    assert "Data mangler" in paper
    region = signed_in("quality_consultant", "north")
    overview = words(region.get("/"))
    assert "1 practice lacks data for a month" in overview or "1 klinik mangler data for en måned" in overview
    cells = clinic.get("/maalinger/DM-02/tal.csv").content.decode("utf-8-sig").splitlines()
    assert dict(zip(CSV_HEAD, cells[-1].split(";"), strict=True))["thin_months"] == "2026-04"
    assert "Data mangler" in words(region.get("/region/klinikker/?measure=DM-02"))
    assert "Lægehuset north 1" not in words(region.get("/region/arbejdsliste/"))


def test_a_month_without_data_takes_the_verdict_and_leaves_the_figure(world: World, signed_in: SignIn) -> None:
    own = world.places["north_1"]
    whole = row_of(world.release, own)
    assert (whole.tier, whole.thin) == ("signal", 0)
    every = month_ends(MONTH_END)
    with activate(WORKER):
        Event.objects.filter(practice=own, day__gte=APRIL, day__lt=date(2026, 5, 1)).exclude(code__kind="lab").delete()
        contacts(own, [month for month in every if (month.year, month.month) != (2026, 4)])
    holed = compute("Prøve")
    row = row_of(holed, own)
    # Half a year of labs is still there: the figure stands as it was, without any verdict.
    assert tuple(getattr(row, name) for name in FIGURES) == tuple(getattr(whole, name) for name in FIGURES)
    assert tuple(getattr(row, name) for name in VERDICT) == BLANK
    assert (row.thin, row.thin_months) == (1 << 5, (APRIL,))
    for month in every:
        held = row_of(holed, own, month).thin
        assert held == (1 << (month.month - 4) if date(2026, 4, 30) <= month else 0)
    with activate(WORKER):
        peers = [item.value for item in Result.objects.filter(release=holed, latest=True, n__gte=20).exclude(practice=own)]
        other = Result.objects.filter(release=holed, latest=True, n__gte=20).exclude(practice=own).first()
        tested = Result.objects.filter(release=holed, latest=True).exclude(q=None).count()
        check = next(item for item in Release.objects.get(pk=holed.pk).checks if item["key"] == "thin")
    assert other.expected == pytest.approx(sorted(peers)[len(peers) // 2] / 2 + sorted(peers)[(len(peers) - 1) // 2] / 2)
    assert tested == len(peers)
    assert (check["state"], check["practices"], check["names"]) == ("notice", 1, [own.name])
    with translation.override("en"):
        assert own.name in SENTENCES["thin"](check)
    said_wherever_the_figure_stands(own, signed_in)

    with activate(WORKER):
        contacts(own, [date(2026, 4, 30)])
    assert columns(compute("Prøve igen")) == columns(world.release)


def test_a_practices_own_release_keeps_to_the_same_rule(world: World) -> None:
    own = world.places["north_1"]
    with activate(WORKER):
        contacts(own, [month for month in month_ends(MONTH_END) if month.month != 7])
    told: Any = lambda *_: None  # noqa: E731  (a progress that goes nowhere)
    compute_practice(WORKER, told, practice_id=own.pk)
    with activate(WORKER):
        release = Release.objects.filter(kind="own", practice=own).latest("pk")
    row = row_of(release, own)
    assert tuple(getattr(row, name) for name in VERDICT) == BLANK
    assert (row.thin_months, row.expected) == ((date(2026, 7, 1),), row_of(world.release, own).expected)
    with activate(WORKER):
        contacts(own, [month for month in month_ends(MONTH_END) if month.month == 7])
        again = release_own(prepare(MONTH_END), own, world.release)
    assert row_of(again, own).tier == "signal"


def test_what_may_no_longer_be_counted_keeps_no_tally(world: World) -> None:
    own, mine = world.places["north_1"], Q(practice=world.places["north_1"])
    kept = (IndicatorCount, CaseTally, CountBasis)
    with activate(WORKER):
        assert all(model.objects.filter(mine).exists() for model in kept)
        withdraw(Enrolment.objects.get(practice=own), date(2026, 10, 1))
    compute("Prøve")
    with activate(WORKER):
        assert not any(model.objects.filter(mine).exists() for model in kept)
        assert all(model.objects.exclude(practice=own).exists() for model in kept)
