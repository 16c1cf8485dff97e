"""The interface tells what the pages tell: who may ask for what, page by page, unchanged answers, refusals, description."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from datacapture.actions import api_keys
from datacapture.api.access import PerReader
from datacapture.enums import AreaLevel, KeyScope
from datacapture.feedback_jobs import compute_practice
from datacapture.models import ApiKey, AreaResult, IndicatorVersion, Release, Result
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import MONTH_END, World, build, corrected

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
NOBODY_LISTENS: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)
RESULTS, AREAS, RELEASES, MEASURES = (f"/api/v1/{name}/" for name in ("resultater", "omraader", "dataudgaver", "maalinger"))
EVERY = (RESULTS, AREAS, RELEASES, MEASURES)


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False
    cache.clear()


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02", "AB-02"))


def key(world: World, place: str = "north_1", *scopes: str) -> str:
    practice = world.places[place]
    with activate(Scope(Persona.PRACTICE, practice_id=practice.pk)):
        return api_keys.create(practice.pk, "Eget system", None, scopes or (KeyScope.READ,)).token


def ask(token: str, path: str, **headers: str) -> HttpResponse:
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **headers})


def every(token: str, path: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    rows, url = [], path
    while url:
        page = ask(token, url).json()
        rows, url = rows + page["results"], page["next"]
    return rows


def test_a_key_for_reading_gets_the_own_practices_rows_and_nobody_elses(world: World) -> None:
    own = world.places["north_1"]
    rows = every(key(world), f"{RESULTS}?per_page=7")
    with activate(WORKER):
        stored = list(Result.objects.filter(practice=own).select_related("version__indicator").order_by("pk"))
    assert len(rows) == len(stored) > 14
    assert [(row["indicator"], row["month_end"], row["numerator"], row["denominator"], row["value"], row["lower"], row["upper"],
             row["peers"]["median"], row["verdict"]["tier"]) for row in rows] == [
        (row.version.indicator.code, row.month_end.isoformat(), row.x, row.n, row.value, row.lower, row.upper, row.expected,
         row.tier) for row in stored
    ]  # fmt: skip


def test_the_session_reads_the_same_as_the_key(world: World, signed_in: SignIn) -> None:
    address = f"{RESULTS}?indicator=DM-02&latest=true"
    (row,) = signed_in("clinician", "north_1").get(address).json()["results"]
    assert ask(key(world), address).json()["results"] == [row]
    assert (row["indicator"], row["month_end"]) == ("DM-02", MONTH_END.isoformat())


def test_words_are_the_pages_words_in_the_readers_language(world: World) -> None:
    token = key(world)
    danish, english = (
        ask(token, f"{RESULTS}?indicator=DM-02&latest=true", **{"Accept-Language": language}).json()["results"][0]["words"]
        for language in ("da", "en")
    )
    assert danish["value"].endswith("\u00a0%")
    assert english["value"].endswith("%")
    assert danish["verdict"] != english["verdict"]


def test_a_key_opens_what_it_was_made_for(world: World) -> None:
    reader, sender = key(world, "north_1", KeyScope.READ), key(world, "north_1", KeyScope.DELIVER)
    assert [ask(sender, path).status_code for path in EVERY] == [403, 403, 403, 403]
    assert [ask(reader, path).status_code for path in EVERY] == [200, 404, 200, 200]
    sent = Client().post("/api/v1/leverancer/", data=b"x", content_type="text/csv", headers={"Authorization": f"Bearer {reader}"})
    assert (sent.status_code, sent.json()["title"]) == (403, "Forbidden")
    with activate(WORKER):
        ApiKey.objects.update(revoked_at=timezone.now())
    assert {ask(reader, path).status_code for path in EVERY} == {401}


ANSWERS = {
    None: (401, 401, 401, 401),
    ("practice_assistant", "north_1"): (200, 404, 200, 200),
    ("quality_consultant", "north"): (404, 200, 200, 200),
    ("risk_manager", "north"): (404, 404, 200, 200),
    ("national_analyst", None): (404, 404, 200, 200),
    ("platform_operator", None): (404, 404, 200, 200),
}


def test_each_persona_finds_its_own_addresses(world: World, signed_in: SignIn) -> None:
    clients = {who: signed_in(*who) if who else Client() for who in ANSWERS}
    assert {who: tuple(client.get(path).status_code for path in EVERY) for who, client in clients.items()} == ANSWERS


def test_an_own_release_is_told_to_its_practice_alone(world: World, signed_in: SignIn) -> None:
    own = world.places["north_1"]
    compute_practice(WORKER, NOBODY_LISTENS, practice_id=own.pk)
    with activate(WORKER):
        made = Release.objects.get(kind="own")
    mine, other = key(world), key(world, "north_2")
    assert [row["id"] for row in every(mine, RELEASES)] == [world.release.pk, made.pk]
    assert [row["id"] for row in every(other, RELEASES)] == [world.release.pk]
    assert ask(mine, f"{RELEASES}{made.pk}/").json()["basis"] == world.release.pk
    region = signed_in("quality_consultant", "north")
    assert [ask(other, f"{RELEASES}{made.pk}/").status_code, region.get(f"{RELEASES}{made.pk}/").status_code] == [404, 404]
    assert {row["release"] for row in every(mine, RESULTS)} == {made.pk}
    assert {row["release"] for row in every(mine, f"{RESULTS}?release={world.release.pk}")} == {world.release.pk}
    assert ask(other, f"{RESULTS}?release={made.pk}").status_code == 404


def test_a_release_on_its_way_is_not_told_of(world: World) -> None:
    with activate(WORKER):
        hidden = Release.objects.create(label="2026-4", month_end="2026-12-31", method="1")
    token = key(world)
    assert [row["id"] for row in every(token, RELEASES)] == [world.release.pk]
    assert [ask(token, path).status_code for path in (f"{RELEASES}{hidden.pk}/", f"{RESULTS}?release={hidden.pk}")] == [404, 404]


def test_a_region_reads_its_areas_and_the_country_and_no_others(world: World, signed_in: SignIn) -> None:
    north, south = world.regions["north"], world.regions["south"]
    client = signed_in("quality_consultant", "north")
    rows = client.get(f"{AREAS}?per_page=1000").json()["results"]
    own = {(level.value, pk) for level, pk in ((AreaLevel.NATION, 0), (AreaLevel.REGION, north.pk))}
    own |= {("cluster", item.pk) for item in north.clusters.all()} | {
        ("municipality", item.pk) for item in north.municipalities.all()
    }
    foreign = {("region", south.pk), *(("cluster", item.pk) for item in south.clusters.all())}
    seen = {(row["level"], row["area"]) for row in rows}
    assert seen <= own
    assert ("region", north.pk) in seen
    assert not seen & foreign
    with activate(WORKER):
        stored = {
            (item.version.indicator.code, item.level, item.area_id, item.profession, item.month_end.isoformat()): item
            for item in AreaResult.objects.filter(release=world.release).select_related("version__indicator")
        }
    for row in rows:
        item = stored[row["indicator"], row["level"], row["area"], row["profession"], row["month_end"]]
        assert (row["numerator"], row["denominator"], row["value"]) == (item.x, item.n, item.value)
        assert (row["state"] == "suppressed") == item.suppressed
        assert row["practices"] == (None if item.suppressed else item.practices)
    with activate(WORKER):
        record = AuditRecord.objects.get(act="downloaded", kind="area_figures")
    assert (record.region_id, record.practice_id) == (north.pk, None)


def test_a_hidden_area_is_empty_in_every_field(world: World, signed_in: SignIn) -> None:
    corrected(world.release, suppressed=True, n=None, x=None, value=None, median=None, p10=None, p90=None, lower=None, upper=None)
    rows = signed_in("quality_consultant", "north").get(f"{AREAS}?per_page=1000").json()["results"]
    assert rows
    for row in rows:
        numbers = [
            row[name] for name in ("practices", "numerator", "denominator", "value", "lower", "upper", "median", "p10", "p90")
        ]
        assert (row["state"], set(numbers)) == ("suppressed", {None})


def test_a_consultant_of_one_profession_reads_that_profession(world: World, signed_in: SignIn) -> None:
    client = signed_in("quality_consultant", "north")
    with activate(WORKER):
        client_user = client.session["_auth_user_id"]
        world.regions["north"].memberships.filter(user_id=client_user).update(profession="physiotherapy")
    assert client.get(AREAS).json()["results"] == []
    assert client.get(f"{AREAS}?profession=general_practice").json()["results"] == []


def test_a_measure_comes_with_every_definition_it_has_had(world: World) -> None:
    token = key(world)
    listed = {row["code"]: row for row in every(token, MEASURES)}
    told = ask(token, f"{MEASURES}DM-02/").json()
    with activate(WORKER):
        version = IndicatorVersion.objects.get(indicator__code="DM-02")
    assert listed["DM-02"]["version"] == version.number
    assert listed["DM-03"]["version"] is None  # retired in this little world
    assert [(item["number"], item["definition"]) for item in told["versions"]] == [(version.number, version.definition)]
    assert ask(token, f"{MEASURES}NIX-99/").status_code == 404


def test_an_unchanged_answer_is_not_sent_again(world: World) -> None:
    token = key(world)
    first = ask(token, RESULTS)
    again = ask(token, RESULTS, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    english = ask(token, RESULTS, **{"If-None-Match": first.headers["ETag"], "Accept-Language": "en"})
    assert english.status_code == 200


ODD = {
    "release=0": 400, "release=x": 400, "release=99999999999999": 400, "latest=perhaps": 400, "indicator=" + "x" * 13: 400,
    "release=2000000000": 404, "cursor=x": 404, "cursor=cD1hYmM%3D": 404, "cursor=cD0lMDA%3D": 404,
    "cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk%3D": 404, "indicator=NIX": 200, "per_page=-1": 200, "per_page=99999999": 200,
}  # fmt: skip


def test_odd_questions_get_a_problem_and_never_a_fault(world: World) -> None:
    token = key(world)
    answers = {query: ask(token, f"{RESULTS}?{query}") for query in ODD}
    assert {query: answer.status_code for query, answer in answers.items()} == ODD
    for query, answer in answers.items():
        if ODD[query] != 200:
            told = answer.json()
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert (told["type"], told["status"], bool(told["title"])) == ("about:blank", ODD[query], True)
            assert set(told) - {"type", "status", "title"} in ({"detail"}, {"errors"})


def test_other_methods_and_too_many_questions_are_problems_too(world: World, monkeypatch: Any) -> None:
    token = key(world)
    posted = Client().post(RESULTS, headers={"Authorization": f"Bearer {token}"})
    assert (posted.status_code, posted.headers["Content-Type"]) == (405, "application/problem+json")
    monkeypatch.setattr(PerReader, "rate", "2/hour")
    cache.clear()
    answers = [ask(token, RESULTS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["title"] == "Too Many Requests"


def test_every_reading_is_in_the_practices_log(world: World) -> None:
    ask(key(world), f"{RESULTS}?indicator=DM-02")
    with activate(WORKER):
        record = AuditRecord.objects.get(act="downloaded", kind="measure_figures")
    assert (record.actor, record.role, record.object_id) == ("Eget system", "api_key", "DM-02")
    assert record.practice_id == world.places["north_1"].pk


def test_as_many_queries_for_one_row_as_for_many(world: World, signed_in: SignIn) -> None:
    clients = {RESULTS: signed_in("clinician", "north_1"), AREAS: signed_in("quality_consultant", "north")}
    for path in (RESULTS, AREAS, RELEASES, MEASURES):
        client = clients.get(path, clients[RESULTS])
        counts = []
        for number in (1, 1, 3):
            with CaptureQueriesContext(connection) as found:
                client.get(f"{path}?per_page={number}")
            counts.append(len(found))
        assert counts[1] == counts[2], path


def test_answers_are_what_the_description_says(world: World, signed_in: SignIn, capfd: Any) -> None:
    client, consultant = signed_in("clinician", "north_1"), signed_in("quality_consultant", "north")
    schema = client.get("/api/v1/skema.json").json()
    validate_schema(schema)
    assert "arning" not in capfd.readouterr().err
    assert schema["openapi"].startswith("3.1")
    for path, reader in (
        (RESULTS, client),
        (AREAS, consultant),
        (RELEASES, client),
        (MEASURES, client),
        (f"{MEASURES}DM-02/", client),
    ):
        template = path.replace("DM-02", "{code}")
        said = schema["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        faults = list(Draft202012Validator({**said, "components": schema["components"]}).iter_errors(reader.get(path).json()))
        assert faults == [], json.dumps([fault.message for fault in faults])
