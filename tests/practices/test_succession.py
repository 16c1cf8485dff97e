"""1 January 2027: two regions become one. Frozen dates around that night."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from datacapture.models import IndicatorCount, PracticeCell, Result
from datacapture.upkeep_jobs import follow_regions
from kip.core.jobs import nightly_names
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.acting import current_acting
from practices.models import Cluster, Invitation, Membership, Municipality, Practice, Region, User
from practices.succession import follow_successors
from tests.datacapture.feedback_world import World, build, compute

pytestmark = pytest.mark.django_db
FIRST = date(2027, 1, 1)
NOBODY_LISTENS: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)
Person = Callable[..., User]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def east(country: dict[str, Any]) -> Region:
    """The region that north and south become; a third region goes on."""
    with activate(WORKER):
        new = Region.objects.create(code="OEST27", name_da="Region Øst", name_en="East Region", valid_from=FIRST)
        for key in ("north", "south"):
            Region.objects.filter(pk=country[key].pk).update(valid_to=date(2026, 12, 31), successor=new)
        stays = Region.objects.create(code="1082", name_da="Region Midt", name_en="Central Region", valid_from=date(2007, 1, 1))
        town = Municipality.objects.create(code="0751", name="By midt", region=stays)
        Practice.objects.create(
            number="D1082A", name="Lægehuset midt (demo)", profession="general_practice", region=stays, municipality=town,
            valid_from=date(2020, 1, 1),
        )  # fmt: skip
        Practice.objects.filter(pk=country["north_physio"].pk).update(valid_to=date(2026, 6, 30))
    return new


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-12-31T22:59:00+00:00", tick=False) as at:  # 23.59 in Copenhagen
        yield at


def regions(model: Any) -> dict[str, str]:
    with activate(WORKER):
        return {str(item): item.region.code for item in model.objects.select_related("region")}


def test_everything_open_moves_on_the_first_day_once(
    east: Region, clock: time_machine.Traveller, country: dict[str, Any]
) -> None:
    before = [regions(model) for model in (Practice, Municipality, Cluster)]
    assert follow_regions(WORKER, NOBODY_LISTENS) == {"practices": 0, "rows": 0}
    assert [regions(model) for model in (Practice, Municipality, Cluster)] == before
    clock.shift(60)  # midnight
    assert follow_regions(WORKER, NOBODY_LISTENS) == {"practices": 4, "rows": 0}
    practices, towns, clusters = (regions(model) for model in (Practice, Municipality, Cluster))
    closed, elsewhere = "Fysioterapien north (demo)", "Lægehuset midt (demo)"
    assert practices == {**dict.fromkeys(practices, "OEST27"), closed: "1081", elsewhere: "1082"}
    assert towns == {"By north": "OEST27", "By south": "OEST27", "By midt": "1082"}
    assert set(clusters.values()) == {"OEST27"}
    with activate(WORKER):
        acts = list(AuditRecord.objects.filter(act__in=("region_followed", "changed_region")).values_list("act", "practice_id"))
        assert follow_successors(FIRST) == []
        assert AuditRecord.objects.filter(act__in=("region_followed", "changed_region")).count() == len(acts)
    moved = {country[key].pk for key in ("north_1", "north_2", "south_1", "south_2")}
    assert sorted(acts, key=str) == sorted([*(("changed_region", pk) for pk in moved), *[("region_followed", None)] * 2], key=str)
    assert "datacapture.follow_regions" in nightly_names()


def test_a_missed_night_is_caught_up(east: Region, clock: time_machine.Traveller) -> None:
    clock.move_to("2027-02-10T12:00:00+00:00")
    assert follow_regions(WORKER, NOBODY_LISTENS)["practices"] == 4


def test_regional_people_go_on_in_the_new_region_and_look_back_for_a_year(
    east: Region, clock: time_machine.Traveller, person: Person, country: dict[str, Any]
) -> None:
    consultant, gone = person("quality_consultant", "north"), person("regional_administrator", "south")
    manager = person("practice_manager", "south_1")
    with activate(WORKER):
        Membership.objects.filter(user=consultant).update(profession="general_practice")
        Membership.objects.filter(user=gone).update(valid_to=date(2026, 11, 30))
        Invitation.objects.create(
            email="ny@kip.example", name="Ny", role="quality_consultant", region=country["south"], digest=b"1",
            expires_at="2027-01-03T00:00:00Z",
        )  # fmt: skip
    clock.shift(60)
    follow_regions(WORKER, NOBODY_LISTENS)
    follow_regions(WORKER, NOBODY_LISTENS)
    with activate(WORKER):
        roles = Membership.objects.filter(user=consultant).order_by("pk")
        found = [(item.region_id, item.profession, item.valid_from, item.valid_to) for item in roles]
        assert not Membership.objects.filter(user=gone, region=east).exists()
        assert Invitation.objects.get().region_id == east.pk
        acts, managing = current_acting(consultant, None), current_acting(manager, None)
        earlier = current_acting(consultant, roles[0].pk)
    assert found == [
        (country["north"].pk, "general_practice", date(2020, 1, 1), date(2028, 1, 1)),
        (east.pk, "general_practice", FIRST, None),
    ]
    assert acts is not None
    assert (acts.scope.region_id, acts.profession) == (east.pk, "general_practice")
    assert earlier is not None
    assert earlier.scope.region_id == country["north"].pk
    assert managing is not None
    assert managing.scope.practice_id == country["south_1"].pk
    clock.move_to("2028-01-02T12:00:00+00:00")
    with activate(WORKER):
        later = current_acting(consultant, roles[0].pk)
    assert later is not None
    assert later.scope.region_id == east.pk


def test_figures_stand_by_the_division_they_were_made_for(
    country: dict[str, Any], east: Region, clock: time_machine.Traveller, signed_in: Callable[..., Client]
) -> None:
    world: World = build(country, only=("DM-02",))
    client, north = signed_in("quality_consultant", "north"), country["north"].pk
    with activate(WORKER):
        told = set(Result.objects.values_list("region_id", flat=True))
    clock.shift(60)
    assert follow_regions(WORKER, NOBODY_LISTENS)["rows"] > 0
    with activate(WORKER):
        assert set(Result.objects.filter(release=world.release).values_list("region_id", flat=True)) == told
        assert set(IndicatorCount.objects.values_list("region_id", flat=True)) == {east.pk}
    with activate(Scope(Persona.REGION, region_id=east.pk)):
        assert not PracticeCell.objects.exists()  # the released figures are the former regions'
    areas = client.get("/api/v1/omraader/?indicator=DM-02&latest=true&level=region").json()["results"]
    assert {row["area_name"] for row in areas} == {"Region north", "Region south"}
    newer = compute("Ny regionsinddeling")
    with activate(Scope(Persona.REGION, region_id=east.pk)):
        assert set(PracticeCell.objects.values_list("release_id", "practice__region_id")) == {(newer.pk, east.pk)}
    areas = client.get("/api/v1/omraader/?indicator=DM-02&latest=true&level=region").json()["results"]
    assert {row["area_name"] for row in areas} == {"Region Øst"}
    with activate(Scope(Persona.REGION, region_id=north)):
        assert set(PracticeCell.objects.values_list("release_id", flat=True)) == {world.release.pk}
