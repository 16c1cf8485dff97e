"""The list of people and ending somebody's access."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kip.core.scope import WORKER, activate
from practices.models import Membership, User

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str = "/personer/") -> list[str]:
    return [str(membership.user) for membership, _may_end in client.get(address).context["rows"]]


def test_a_practice_sees_its_own_people_only(signed_in, person) -> None:
    person("clinician", "north_1")
    person("clinician", "north_2")
    person("regional_administrator", "north")
    assert shown(signed_in("practice_manager", "north_1")) == ["clinician north_1", "practice_manager north_1"]


def test_a_region_sees_its_people_and_the_managers_of_its_practices(signed_in, person) -> None:
    for role, place in (
        ("practice_manager", "north_1"),
        ("clinician", "north_1"),
        ("practice_manager", "south_1"),
        ("risk_manager", "north"),
    ):
        person(role, place)
    own = ["regional_administrator north", "risk_manager north"]
    assert shown(signed_in("regional_administrator", "north")) == ["practice_manager north_1", *own]
    assert shown(signed_in("quality_consultant", "north")) == ["quality_consultant north", *own]


def test_search_narrows(signed_in, person) -> None:
    person("clinician", "north_1")
    client = signed_in("practice_manager", "north_1")
    assert [shown(client, "/personer/?q=clin"), shown(client, "/personer/?q=intet")] == [["clinician north_1"], []]


def test_the_list_asks_the_database_as_often_for_three_people_as_for_one(signed_in, person) -> None:
    client = signed_in("practice_manager", "north_1")
    client.get("/personer/")
    one = queries_of(client)
    person("clinician", "north_1")
    person("practice_assistant", "north_1")
    assert (len(shown(client)), queries_of(client)) == (3, one)


def queries_of(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get("/personer/")
    return len(captured)


def test_access_that_ends_at_once_is_gone_on_the_next_request(signed_in, person, country) -> None:
    colleague = person("clinician", "north_1")
    client = Client()
    client.force_login(colleague, backend="practices.backends.PersonBackend")
    assert client.get("/personer/").status_code == 200
    member = Membership.objects.get(user=colleague)
    manager = signed_in("practice_manager", "north_1")
    assert manager.post(f"/personer/{member.pk}/afslut/", {"when": "now"}).status_code == 302
    assert client.get("/personer/").status_code == 404
    member.refresh_from_db()
    assert member.valid_to == timezone.localdate() - timedelta(days=1)


def test_access_that_began_today_can_end_at_once(signed_in, person) -> None:
    colleague = person("clinician", "north_1")
    with activate(WORKER):
        Membership.objects.filter(user=colleague).update(valid_from=timezone.localdate())
    member = Membership.objects.get(user=colleague)
    assert signed_in("practice_manager", "north_1").post(f"/personer/{member.pk}/afslut/", {"when": "now"}).status_code == 302
    member.refresh_from_db()
    assert member.valid_from == member.valid_to == timezone.localdate() - timedelta(days=1)


def test_access_can_end_on_a_later_day_but_not_an_earlier(signed_in, person) -> None:
    member = Membership.objects.get(user=person("clinician", "north_1"))
    manager = signed_in("practice_manager", "north_1")
    today = timezone.localdate()
    days = (today - timedelta(days=3), today + timedelta(days=3))
    answers = [
        manager.post(f"/personer/{member.pk}/afslut/", {"when": "day", "day": day.isoformat()}).status_code for day in days
    ]
    member.refresh_from_db()
    assert (answers, member.valid_to) == ([422, 302], days[1])


@pytest.mark.parametrize(
    ("role", "place", "whose"),
    [
        ("practice_manager", "north_2", "clinician north_1"),
        ("clinician", "north_1", "practice_assistant north_1"),
        ("regional_administrator", "north", "clinician north_1"),
        ("regional_administrator", "south", "practice_manager north_1"),
        ("quality_consultant", "north", "risk_manager north"),
        ("practice_manager", "north_1", "practice_manager north_1"),
    ],
)
def test_whose_access_one_cannot_end(role, place, whose, signed_in, person) -> None:
    client = signed_in(role, place)
    wanted_role, wanted_place = whose.split()
    found = User.objects.filter(name=whose).first() or person(wanted_role, wanted_place)
    member = Membership.objects.get(user=found)
    assert client.post(f"/personer/{member.pk}/afslut/", {"when": "now"}).status_code == 404
    member.refresh_from_db()
    assert member.valid_to is None


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        (timedelta(days=-9), None, 200),
        (timedelta(0), timedelta(0), 200),
        (timedelta(days=1), None, 404),
        (timedelta(days=-9), timedelta(days=-1), 404),
    ],
)
def test_a_membership_counts_between_its_dates_only(first, last, status, person) -> None:
    user, today = person("clinician", "north_1"), timezone.localdate()
    with activate(WORKER):
        Membership.objects.update(valid_from=today + first, valid_to=None if last is None else today + last)
    client = Client()
    client.force_login(user, backend="practices.backends.PersonBackend")
    assert client.get("/personer/").status_code == status


def test_one_person_with_two_roles_acts_in_the_chosen_one(person, country) -> None:
    user = person("practice_manager", "north_1")
    with activate(WORKER):
        there = {"practice": country["south_1"], "valid_from": date(2020, 1, 1)}
        other = Membership.objects.create(user=user, role="practice_manager", **there)
    client = Client()
    client.force_login(user, backend="practices.backends.PersonBackend")
    before = client.get("/personer/").context["portal"].acting.organisation_name
    client.post("/rolle/", {"membership": other.pk})
    after = client.get("/personer/").context["portal"].acting.organisation_name
    assert (before, after) == ("Lægehuset north 1 (demo)", "Lægehuset south 1 (demo)")
