"""The register: what a region sees, and closing, merging, splitting and moving practices."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from practices.actions import close_practice
from practices.models import Membership, Municipality, Practice
from tests.practices.conftest import PASSWORD, acting_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def listed(client: Client, query: str = "") -> list[str]:
    return [practice.name for practice in client.get(f"/register/{query}").context["page"]]


@pytest.fixture
def administrator(fresh) -> Client:
    return fresh("regional_administrator", "north")


def test_a_region_sees_its_own_practices(signed_in) -> None:
    own = ["Fysioterapien north (demo)", "Lægehuset north 1 (demo)", "Lægehuset north 2 (demo)"]
    assert listed(signed_in("quality_consultant", "north")) == own


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=D10811", ["Lægehuset north 1 (demo)"]),
        ("?q=fysio", ["Fysioterapien north (demo)"]),
        ("?profession=physiotherapy", ["Fysioterapien north (demo)"]),
        ("?q=south", []),
        ("?state=closed", []),
        ("?profession=findes-ikke", ["Fysioterapien north (demo)", "Lægehuset north 1 (demo)", "Lægehuset north 2 (demo)"]),
    ],
)
def test_search_and_filters(signed_in, query, found) -> None:
    assert listed(signed_in("regional_administrator", "north"), query) == found


def test_a_role_for_one_profession_sees_only_that(signed_in) -> None:
    client = signed_in("regional_administrator", "north")
    with activate(WORKER):
        Membership.objects.update(profession="physiotherapy")
    assert listed(client) == ["Fysioterapien north (demo)"]
    other = Practice.objects.get(number="D10811")
    assert client.get(f"/register/{other.pk}/").status_code == 404


def test_the_list_asks_the_database_as_often_for_three_practices_as_for_one(signed_in) -> None:
    client = signed_in("regional_administrator", "north")
    counts = []
    for query in ("?q=D10811", ""):
        client.get(f"/register/{query}")
        with CaptureQueriesContext(connection) as captured:
            rows = len(listed(client, query))
        counts.append((rows, len(captured)))
    assert counts == [(1, counts[0][1]), (3, counts[0][1])]


def test_twenty_five_practices_to_a_page(signed_in, country) -> None:
    with activate(WORKER):
        town = Municipality.objects.get(name="By north")
        like = {"profession": "podiatry", "region": country["north"], "municipality": town, "valid_from": date(2020, 1, 1)}
        Practice.objects.bulk_create(Practice(number=f"DF{n:03}", name=f"Fod {n:03}", **like) for n in range(30))
    client = signed_in("regional_administrator", "north")
    query = "?profession=podiatry"
    assert [len(listed(client, query + page)) for page in ("", "&page=2")] == [25, 5]


def test_a_foreign_practice_does_not_exist(administrator, country) -> None:
    pk = country["south_1"].pk
    paths = [f"/register/{pk}/{page}" for page in ("", "luk/", "sammenlaeg/", "del/", "flyt/")]
    assert [administrator.get(path).status_code for path in paths] == [404] * 5


@pytest.mark.parametrize("role", ["quality_consultant"])
def test_who_does_not_keep_the_register_changes_nothing(fresh, country, role) -> None:
    client = fresh(role, "north")
    pk = country["north_1"].pk
    assert client.get(f"/register/{pk}/").status_code == 200
    changes = [f"/register/{pk}/{page}" for page in ("luk/", "sammenlaeg/", "del/", "flyt/")]
    assert [client.post(path).status_code for path in [*changes, "/register/indlaes/"]] == [404] * 5


@pytest.mark.parametrize("page", ["luk", "sammenlaeg", "del"])
def test_what_cannot_be_undone_asks_for_the_password_first(signed_in, country, page) -> None:
    client, path = signed_in("regional_administrator", "north"), f"/register/{country['north_1'].pk}/{page}/"
    asked = f"/konto/reauthenticate/?next={path.replace('/', '%2F')}"
    assert client.get(path).headers["location"] == asked
    late = client.post(path, {"last_day": "2026-01-01", "end_access": "on"})
    assert (late.status_code, late.headers["location"]) == (302, path)
    assert client.post(asked, {"password": PASSWORD}).headers["location"] == path
    assert client.get(path).status_code == 200
    assert Practice.objects.exclude(valid_to=None).count() == 0


@pytest.mark.parametrize("page", ["luk", "sammenlaeg", "del"])
def test_a_stranger_is_not_asked_for_a_password_but_finds_nothing(signed_in, country, page) -> None:
    for role, place in (("quality_consultant", "north_1"), ("regional_administrator", "south_1")):
        path = f"/register/{country[place].pk}/{page}/"
        client = signed_in(role, "north")
        assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)


def test_closing_gives_a_last_day_a_successor_and_ends_access(administrator, person, country) -> None:
    person("clinician", "north_1")
    old, new = country["north_1"], country["north_2"]
    data = {"last_day": TODAY.isoformat(), "successor": new.number, "end_access": "on"}
    answer = administrator.post(f"/register/{old.pk}/luk/", data)
    assert answer.headers["location"] == f"/register/{old.pk}/"
    old.refresh_from_db()
    assert (old.valid_to, old.successor_id) == (TODAY, new.pk)
    assert Membership.objects.get(practice=old).valid_to == TODAY
    with activate(WORKER):
        record = AuditRecord.objects.get(act="closed_practice")
        assert (record.practice_id, record.region_id, record.detail) == (
            old.pk, country["north"].pk, {"last_day": TODAY.isoformat(), "successor": new.pk},
        )  # fmt: skip


def test_access_stays_when_one_says_so(administrator, person, country) -> None:
    person("clinician", "north_1")
    administrator.post(f"/register/{country['north_1'].pk}/luk/", {"last_day": TODAY.isoformat()})
    assert Membership.objects.get(practice=country["north_1"]).valid_to is None


@pytest.mark.parametrize(
    ("last_day", "successor"),
    [("2019-12-31", ""), ("2026-01-01", "D10811"), ("2026-01-01", "D1081F"), ("2026-01-01", "D10831"), ("i går", ""), ("", "")],
)
def test_closings_that_are_refused(administrator, country, last_day, successor) -> None:
    pk = country["north_1"].pk
    data = {"last_day": last_day, "successor": successor}
    assert administrator.post(f"/register/{pk}/luk/", data).status_code == 422
    assert Practice.objects.get(pk=pk).valid_to is None


def test_a_closed_practice_is_not_closed_again(administrator, country) -> None:
    path = f"/register/{country['north_1'].pk}/luk/"
    data = {"last_day": TODAY.isoformat()}
    assert [administrator.post(path, data).status_code for _ in range(2)] == [302, 404]


def test_merging_closes_one_the_day_before_the_first_together(administrator, country) -> None:
    gone, goes_on = country["north_1"], country["north_2"]
    first = TODAY + timedelta(days=5)
    data = {"into": goes_on.number.lower(), "first_day": first.isoformat(), "end_access": "on"}
    assert administrator.post(f"/register/{gone.pk}/sammenlaeg/", data).status_code == 302
    gone.refresh_from_db()
    goes_on.refresh_from_db()
    assert (gone.valid_to, gone.successor_id, goes_on.valid_to) == (first - timedelta(days=1), goes_on.pk, None)
    page = administrator.get(f"/register/{goes_on.pk}/")
    assert [item.pk for item in page.context["kin"]["merged"]] == [gone.pk]
    with activate(WORKER):
        assert AuditRecord.objects.get(act="merged_practices").detail == {"first_day": first.isoformat(), "merged": [gone.pk]}


def test_merging_into_another_profession_is_refused(administrator, country) -> None:
    data = {"into": "D1081F", "first_day": TODAY.isoformat()}
    assert administrator.post(f"/register/{country['north_1'].pk}/sammenlaeg/", data).status_code == 422


SPLIT = {"first_day": TODAY.isoformat(), "name_1": "Første", "clinicians_1": "2", "name_2": "Anden", "clinicians_2": "3"}


def test_splitting_makes_two_that_name_their_origin(administrator, country) -> None:
    old = country["north_1"]
    data = {**SPLIT, "number_1": old.number, "number_2": "D1081X"}
    assert administrator.post(f"/register/{old.pk}/del/", data).status_code == 302
    old.refresh_from_db()
    parts = list(Practice.objects.filter(origin=old).order_by("number"))
    assert [(part.number, part.name, part.clinicians, part.valid_from) for part in parts] == [
        (old.number, "Første", 2, TODAY), ("D1081X", "Anden", 3, TODAY),
    ]  # fmt: skip
    assert (old.valid_to, old.successor_id) == (TODAY - timedelta(days=1), parts[0].pk)
    assert {(part.region_id, part.municipality_id, part.cluster_id, part.profession) for part in parts} == {
        (old.region_id, old.municipality_id, old.cluster_id, old.profession)
    }


@pytest.mark.parametrize("numbers", [("D1081X", "D1081X"), ("D10812", "D1081X"), ("D10831", "D1081X"), ("12", "D1081X")])
def test_a_split_with_a_number_in_use_leaves_everything_as_it_was(administrator, country, numbers) -> None:
    pk = country["north_1"].pk
    data = {**SPLIT, "number_1": numbers[0], "number_2": numbers[1]}
    assert administrator.post(f"/register/{pk}/del/", data).status_code == 422
    assert (Practice.objects.get(pk=pk).valid_to, Practice.objects.count()) == (None, 5)


def test_moving_keeps_the_practice(administrator, country) -> None:
    with activate(WORKER):
        town = Municipality.objects.create(code="0999", name="Ny by", region=country["north"])
    practice = country["north_1"]
    data = {"municipality": town.pk, "cluster": "", "day": TODAY.isoformat()}
    assert administrator.post(f"/register/{practice.pk}/flyt/", data).status_code == 302
    practice.refresh_from_db()
    assert (practice.municipality_id, practice.cluster_id, practice.valid_to) == (town.pk, None, None)


def test_a_move_to_another_region_or_in_the_future_is_refused(administrator, country) -> None:
    practice, there = country["north_1"], country["south_1"].municipality_id
    tomorrow = TODAY + timedelta(days=1)
    moves = [(there, TODAY), (practice.municipality_id, tomorrow)]
    path = f"/register/{practice.pk}/flyt/"
    assert [administrator.post(path, {"municipality": town, "day": day.isoformat()}).status_code for town, day in moves] == [
        422,
        422,
    ]


@pytest.mark.parametrize("who", ["regional_administrator south", "quality_consultant north", "practice_manager north_1"])
def test_the_action_asks_the_policy_again(who, person, country) -> None:
    acts = acting_of(person(*who.split()))
    with pytest.raises(PermissionDenied), activate(acts.scope):
        close_practice(by=acts, practice=country["north_1"], last_day=TODAY)


def test_the_database_alone_keeps_a_region_out_of_another(person, country) -> None:
    with activate(acting_of(person("regional_administrator", "south")).scope):
        assert Practice.objects.filter(pk=country["north_1"].pk).update(name="Kapret") == 0


def test_the_csv_is_what_the_import_reads(administrator) -> None:
    answer = administrator.get("/register/csv?profession=physiotherapy")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "number;name;profession;municipality;cluster;sor;cvr;clinicians;valid_from;valid_to",
        "D1081F;Fysioterapien north (demo);physiotherapy;0081;;;;1;2020-01-01;",
    ]


def test_the_csv_runs_no_formula(administrator, country) -> None:
    with activate(WORKER):
        Practice.objects.filter(pk=country["north_1"].pk).update(name="=1+1")
    assert ";'=1+1;" in administrator.get("/register/csv").content.decode()
