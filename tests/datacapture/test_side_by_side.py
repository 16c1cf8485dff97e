"""A changed definition and the one before it in the same release: equal to a recount, apart on the pages, and over in time."""

import shutil
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.test import Client
from django.utils import timezone, translation

from datacapture.actions import defining
from datacapture.actions.computing import Timing, count_region, prepare
from datacapture.actions.increments import bring_up_to_date, check_counts
from datacapture.actions.library import DEFINITIONS, load_library
from datacapture.actions.own_releases import release_own
from datacapture.actions.releasing import begin, count, prepare_rows
from datacapture.actions.side_by_side import former_versions, laid_beside, quarter_of
from datacapture.enums import AreaLevel
from datacapture.models import AreaResult, CodeSetMember, IndicatorCount, IndicatorVersion, Release, Result
from datacapture.queries.definitions import country_chart
from datacapture.queries.region_pictures import trend_picture
from datacapture.queries.versions import first_own_month, told_of
from kip.core.scope import WORKER, activate
from practices.models import User
from tests.datacapture.feedback_world import MONTH_END, World, build, compute, naive_hba1c
from tests.datacapture.test_definitions import acting, approved, drafted

SignIn = Callable[..., Client]
Person = Callable[..., User]
pytestmark = pytest.mark.django_db
LIMITS = {1: 59, 2: 53}


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any], person: Person) -> World:
    """DM-02 published with 59, then changed to 53 by two people, and a release that holds both."""
    made = build(country, only=("DM-02",))
    author, checker = acting(person("national_analyst", None)), acting(person("steering_group_member", None))
    approved(drafted(author), checker)
    with activate(WORKER):
        defining.apply_approved()
    made.release = compute("Ny definition")
    return made


def by_number() -> dict[int, IndicatorVersion]:
    found = IndicatorVersion.objects.filter(indicator__code="DM-02").select_related("indicator")
    return {version.number: version for version in found}


def test_both_versions_are_what_a_recount_finds_in_every_practice_and_month(world: World) -> None:
    with activate(WORKER):
        versions = by_number()
        months = prepare(MONTH_END).months
        for number, version in versions.items():
            for place, practice in world.places.items():
                stored = {
                    row.month_end: row for row in Result.objects.filter(release=world.release, version=version, practice=practice)
                }
                for month in months:
                    met, size, excluded, unknown = naive_hba1c(world, place, month, LIMITS[number])
                    row = stored.get(month)
                    found = (row.x, row.n, row.excluded, row.unknown) if row else (0, 0, 0, 0)
                    assert found == (met, size, excluded, unknown), (number, place, month)
                    if row and row.n:
                        assert row.value == pytest.approx(met / size)
                    assert row is None or row.latest == (number == 2 and month == MONTH_END)


def test_the_former_version_is_history_nobody_else_reads_and_nobody_is_judged_by(world: World) -> None:
    with activate(WORKER):
        former, running = (by_number()[number] for number in (1, 2))
        rows = Result.objects.filter(release=world.release, version=former)
        assert rows.exists()
        assert not rows.exclude(region=None, tier="", trend="", q=None, gain=None).exists()
        areas = AreaResult.objects.filter(release=world.release)
        assert set(areas.filter(version=former).values_list("level", flat=True)) == {AreaLevel.NATION.value}
        assert set(areas.filter(version=running).values_list("level", flat=True)) > {AreaLevel.NATION.value}
        assert [item["state"] for item in world.release.checks if item["key"] == "adds_up"] == ["passed"]
        assert not Result.objects.filter(release=world.release, version=former, latest=True).exists()


def test_the_pages_tell_them_apart(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    with translation.override("da"):
        answer = client.get("/maalinger/DM-02/")
        page = answer.context["page"]
    assert (page.version.number, page.card.row.version.number) == (2, 2)
    met, size, *_rest = naive_hba1c(world, "north_1", MONTH_END, 59)
    assert f"{round(100 * met / size)}" in page.chart.reading.rpartition("version 1")[2]
    assert page.chart.changed
    assert page.chart.reading.endswith(page.chart.changed)
    assert page.chart.changed in unescape(answer.content.decode())
    for picture in (page.chart.narrow, page.chart.wide):
        assert "version 2" in picture
        assert "chart__beside" in picture
    assert page.chart.columns[-1]["label"] in ("Version", "Udgave")
    assert [row[-1] for row in page.chart.rows[:7]] == ["2", "1", "2", "1", "2", "1", "1"]
    body = client.get("/maalinger/DM-02/tal.csv").content.decode("utf-8-sig").splitlines()
    written = {tuple(line.split(";")[1:4:2]): line.split(";")[4:6] for line in body[1:]}
    for number, limit in LIMITS.items():
        for month in (MONTH_END, date(2026, 3, 31)):
            met, size, *_rest = naive_hba1c(world, "north_1", month, limit)
            assert written[str(number), month.isoformat()] == [str(met), str(size)]
    assert client.get("/maalinger/").content.decode().count('href="/maalinger/DM-02/"') <= 2
    assert "chart__beside" in client.get("/definitioner/DM-02/").content.decode()


def test_the_regions_chart_marks_where_the_definition_changed(world: World, signed_in: SignIn) -> None:
    client = signed_in("quality_consultant", "north")
    with translation.override("da"):
        trend = client.get("/region/maalinger/DM-02/?tab=time").context["page"].trend
    for picture in (trend.narrow, trend.wide):
        assert ("version 2" in picture, "chart__beside" in picture) == (True, False)
    with activate(WORKER):
        rows = AreaResult.objects.filter(release=world.release, level=AreaLevel.REGION, area_id=world.regions["north"].pk)
        own = list(rows.filter(version=by_number()[2]).order_by("month_end"))
        alone = trend_picture(own, [], by_number()[2], False)
    assert alone is not None
    assert "version 2" not in alone.narrow + alone.wide
    assert trend.reading.startswith(alone.reading.partition(":")[0])
    assert "version 2" in trend.reading


def test_each_month_is_told_by_one_version_and_the_break_lies_at_the_first_release(world: World) -> None:
    with activate(WORKER):
        rows = Result.objects.filter(release=world.release, practice=world.places["north_1"]).select_related("version")
        told = told_of(rows)
        started = first_own_month(told.own[-1].version)
        running = told_of(rows.filter(version__number=2))
        former = told_of(rows.filter(version__number=1))
    assert started == quarter_of(MONTH_END)[0] == date(2026, 7, 1)
    assert told.at is not None
    assert [row.version.number for row in told.curve] == [1] * told.at + [2] * (len(told.curve) - told.at)
    assert told.curve[told.at].month_end == date(2026, 7, 31)
    assert [row.month_end for row in told.beside] == [date(2026, 7, 31), date(2026, 8, 31), MONTH_END]
    for alone in (running, former):
        assert (alone.curve, alone.beside, alone.breaks) == (alone.own, (), ())
        assert len(alone.own) == 24


def test_the_countrys_chart_holds_both_and_a_break(world: World) -> None:
    with activate(WORKER), translation.override("en"):
        versions = sorted(by_number().values(), key=lambda version: -version.number)
        chart = country_chart(versions)
        assert chart is not None
        assert [row[2] for row in chart.rows[:6]] == ["2", "1", "2", "1", "2", "1"]
        assert "By version 1, as before" in chart.wide


def test_the_overlap_is_two_releases_long(world: World) -> None:
    with activate(WORKER):
        former = by_number()[1]
        assert former.retired_at is not None
        retired = timezone.localdate(former.retired_at)
        last = quarter_of(retired)[1]
        running = {"DM-02": by_number()[2]}
        assert list(former_versions(running, MONTH_END)) == ["DM-02-V1"]
        assert list(former_versions(running, last)) == ["DM-02-V1"]
        assert former_versions(running, date(last.year + 1, 3, 31)) == {}
        setup = prepare(MONTH_END)
        assert (sorted(setup.versions), sorted(setup.former)) == (["DM-02"], ["DM-02-V1"])
        assert "DM-02-V1" in setup.plan.indicators
        assert setup.fingerprint != prepare(date(last.year + 1, 3, 31)).fingerprint


def test_a_version_that_no_release_has_shown_is_not_counted_on(country: dict[str, Any], person: Person) -> None:
    build(country, only=("DM-02",))
    with activate(WORKER):
        version = by_number()[1]
        IndicatorVersion.objects.create(
            indicator=version.indicator, number=0, definition=version.definition, definition_hash="x", texts=version.texts,
            source="x", trust="draft", min_n=30, controllable_by="practice", author="A", retired_at=timezone.now(),
        )  # fmt: skip
        assert former_versions({"DM-02": version}, MONTH_END) == {}


def test_counts_are_carried_on_for_both_and_an_own_release_holds_both(world: World) -> None:
    practice = world.places["north_1"]
    with activate(WORKER):
        setup = prepare(MONTH_END)
        bring_up_to_date(setup, practice.region_id, [practice.pk])
        assert check_counts(setup, practice.region_id, [practice.pk]) == 1
        own = release_own(setup, practice, Release.objects.get(pk=world.release.pk))
        for number, version in by_number().items():
            row = Result.objects.get(release=own, version=version, month_end=MONTH_END)
            assert (row.x, row.n) == naive_hba1c(world, "north_1", MONTH_END, LIMITS[number])[:2]
            assert (row.latest, row.expected is not None) == (number == 2, True)


def test_code_sets_of_the_former_time_go_with_it(country: dict[str, Any], tmp_path: Path) -> None:
    """A new edition of the files takes the test's code out of the set: the former version counts as before."""
    world = build(country, only=("DM-02",))
    folder = tmp_path / "definitions"
    shutil.copytree(DEFINITIONS, folder)
    sets = folder / "codesets.yaml"
    sets.write_text(sets.read_text("utf-8").replace("NPU: [NPU27300, AAB00092]", "NPU: [AAB00092]"), "utf-8")
    with activate(WORKER):
        load_library(folder)
        IndicatorVersion.objects.exclude(indicator__code="DM-02").filter(retired_at=None).update(retired_at=timezone.now())
        setup = prepare(MONTH_END, folder=folder)
        assert sorted(setup.former) == ["DM-02-V1"]
        assert CodeSetMember.objects.filter(set_name__startswith="lab_hba1c@").exists()
        for region in world.regions.values():
            count_region(setup, region, Timing())
        for number, seen in ((1, True), (2, False)):
            counts = IndicatorCount.objects.filter(
                version=by_number()[number], practice=world.places["north_1"], month_end=MONTH_END
            )
            total = counts.aggregate(x=Sum("numerator"), d=Sum("denominator_only"), u=Sum("unknown"))
            met, size, _excluded, unknown = naive_hba1c(world, "north_1", MONTH_END)
            assert (total["x"], total["x"] + total["d"], total["u"]) == ((met, size, unknown) if seen else (0, 0, size + unknown))
        load_library(folder)
        again = prepare(MONTH_END, folder=folder)
        assert CodeSetMember.objects.filter(set_name__startswith="lab_hba1c@").exists()
        assert again.former["DM-02-V1"] == setup.former["DM-02-V1"]


def test_composites_and_gaps_run_on_with_their_own_parts(country: dict[str, Any], tmp_path: Path) -> None:
    build(country, only=("DM-01", "DM-08", "X-04"))
    folder = tmp_path / "definitions"
    shutil.copytree(DEFINITIONS, folder)
    file = folder / "indicators.yaml"
    old = "{kind: lab, codes: [lab_hba1c], within: [end-12m+1d, end]}}, direction: higher, target: {op: ge, num: 95}"
    text = file.read_text("utf-8")
    assert text.count(old) == 1  # DM-01
    file.write_text(text.replace(old, old.replace("end-12m+1d", "end-3m+1d")), "utf-8")
    with activate(WORKER):
        load_library(folder)
        kept = ("DM-01", "DM-08", "X-04")
        IndicatorVersion.objects.exclude(indicator__code__in=kept).filter(retired_at=None).update(retired_at=timezone.now())
        setup = prepare(MONTH_END, folder=folder)
        assert sorted(setup.former) == ["DM-01-V1", "DM-08-V1"]  # nobody has an address: no gap was ever shown
        gap = IndicatorVersion.objects.get(indicator__code="X-04", number=1)
        library = laid_beside(setup.library, {"X-04-V1": gap})
        assert setup.library.indicators["DM-08-V1"].components == [
            f"DM-08-V1-{code}" for code in ("DM-01", "DM-04", "DM-05", "DM-06", "DM-07")
        ]
        assert library.indicators["X-04-V1"].of == "X-04-V1-DM-01"
        assert library.indicators["X-04-V1-DM-01"].numerator == library.indicators["DM-01-V1"].numerator
        assert library.indicators["DM-01-V1"].numerator != library.indicators["DM-01"].numerator
    release = compute_with(folder)
    with activate(WORKER):
        for code in ("DM-01", "DM-08"):
            rows = Result.objects.filter(release=release, version__indicator__code=code, month_end=MONTH_END)
            by = {(row.practice_id, row.version.number): row for row in rows.select_related("version")}
            assert {number for _practice, number in by} == {1, 2}
            if code == "DM-01":
                assert all(by[pk, 1].x >= by[pk, 2].x for pk, number in by if number == 1)
                assert sum(by[pk, 1].x - by[pk, 2].x for pk, number in by if number == 1) > 0


def compute_with(folder: Path) -> Release:
    with activate(WORKER):
        setup = prepare(MONTH_END, folder=folder)
        release = begin(MONTH_END, reason="Ny udgave")
    assert count(release, setup)
    with activate(WORKER):
        return prepare_rows(release, setup)


def test_the_command_reads_each_version(world: World, capsys: Any) -> None:
    call_command("indicator", "explain", "DM-02")
    call_command("indicator", "explain", "DM-02", "--version-number", "1")
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if "mmol/mol" in line] == [
        "Målet er opfyldt, når den seneste værdi for langtidsblodsukker (HbA1c) i de seneste 12 måneder er under"
        f" {limit} mmol/mol (den laveste, hvis der er flere samme dag)."
        for limit in (53, 59)
    ]
