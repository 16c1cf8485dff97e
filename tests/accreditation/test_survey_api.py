"""The interface tells of accreditation what the pages tell: standards and decisions to anybody, surveys by the same walls."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accreditation.models import Publication, StandardIndicator, StandardsEdition, Survey, SurveyReport
from datacapture.actions import api_keys
from datacapture.enums import KeyScope
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice
from tests.accreditation.report.test_survey_report import client_of
from tests.accreditation.world import World

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
STANDARDS, DECISIONS, SURVEYS = (f"/api/v1/{name}/" for name in ("standarder", "afgoerelser", "akkreditering"))


@pytest.fixture(autouse=True)
def fresh_throttles(settings: Any) -> None:
    settings.KIP_REQUIRE_MFA = False
    cache.clear()


def ask(token: str, path: str, **headers: str) -> HttpResponse:
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **headers})


def key(practice: Practice, *scopes: str) -> str:
    with activate(Scope(Persona.PRACTICE, practice_id=practice.pk)):
        return api_keys.create(practice.pk, "Eget system", None, scopes or (KeyScope.READ,)).token


def test_the_standards_are_told_in_both_languages_to_anybody(world: World) -> None:
    world.programme()
    with activate(WORKER):
        editions = list(StandardsEdition.objects.order_by("pk"))
        indicators = list(StandardIndicator.objects.filter(edition=editions[0]).order_by("position"))
    listed = Client().get(STANDARDS).json()["results"]
    assert [(row["id"], row["profession"], row["digest"]) for row in listed] == [
        (row.pk, row.profession, row.digest) for row in editions
    ]
    told = Client().get(f"{STANDARDS}{editions[0].pk}/").json()
    given = [one for standard in told["standards"] for one in standard["indicators"]]
    assert [(one["number"], one["summary"], one["critical"]) for one in given] == [
        (row.number, {"da": row.summary_da, "en": row.summary_en}, row.critical) for row in indicators
    ]
    assert Client().get(f"{STANDARDS}987654/").status_code == 404


def test_published_decisions_are_open_until_they_are_taken_back(world: World, django_assert_num_queries: Any) -> None:
    assert Client().get(DECISIONS).json()["results"] == []
    survey = world.walked("published", worst="partially_met", again="partially_met")
    (row,) = Client().get(DECISIONS).json()["results"]
    with activate(WORKER):
        stored = Publication.objects.get(survey=survey)
    assert (row["practice"], row["status"], row["digest"]) == (
        survey.practice.number, "accredited_with_remarks", stored.digest,
    )  # fmt: skip
    last = stored.content["status"]["decisions"][-1]
    assert (row["valid_from"], row["valid_to"]) == (last["valid_from"], last["valid_to"])
    assert Client().get(f"{DECISIONS}?profession=psychology").json()["results"] == []
    assert Client().get(f"{DECISIONS}?profession=nobody").status_code == 400
    with activate(WORKER):
        Publication.objects.filter(pk=stored.pk).update(taken_back_at=stored.published_at, taken_back_reason="Fejl")
    assert Client().get(DECISIONS).json()["results"] == []


def test_a_key_reads_the_own_practices_surveys_and_report(world: World) -> None:
    own, foreign = world.walked("accredited"), world.planned("south_1")
    token = key(own.practice)
    (row,) = ask(token, SURVEYS).json()["results"]
    assert (row["id"], row["state"], row["status"], row["kind"]) == (own.pk, "accredited", "accredited", "full_survey")
    report = ask(token, f"{SURVEYS}{own.pk}/rapport/1/").json()
    with activate(WORKER):
        stored = SurveyReport.objects.get(survey=own, final=True)
    assert (report["content"], report["digest"], report["final"]) == (stored.content, stored.digest, True)
    missing = ask(token, f"{SURVEYS}{foreign.pk}/rapport/1/")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
    assert ask(key(own.practice, KeyScope.DELIVER), SURVEYS).status_code == 403
    assert Client().get(SURVEYS).status_code == 401


def test_the_region_reads_its_own_and_each_look_is_kept(world: World) -> None:
    own = world.walked("in_hearing", worst="partially_met")
    world.planned("south_1")
    client = client_of("kontor")
    assert [row["id"] for row in client.get(SURVEYS).json()["results"]] == [own.pk]
    assert client.get(f"{SURVEYS}?state=planned").json()["results"] == []
    assert client.get(f"{SURVEYS}{own.pk}/rapport/1/").status_code == 404, "a draft is not the region's"
    with activate(WORKER):
        acts = AuditRecord.objects.filter(act="downloaded", kind="surveys").values_list("region_id", flat=True)
        assert set(acts) == {own.practice.region_id}


def test_an_answer_that_holds_is_not_sent_again(world: World) -> None:
    survey = world.walked("accredited")
    token = key(survey.practice)
    for path in (STANDARDS, DECISIONS, SURVEYS, f"{SURVEYS}{survey.pk}/rapport/1/"):
        first = ask(token, path)
        assert ask(token, path, **{"If-None-Match": first["ETag"]}).status_code == 304


def test_lists_come_page_by_page_with_as_many_queries_for_one_row_as_for_three(world: World) -> None:
    world.planned("north_1")
    client = client_of("surveyor")
    assert client.get(SURVEYS).status_code == 404, "surveyors have their own pages"
    assert world.office is not None
    office = client_of("kontor")
    office.get(SURVEYS)

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(SURVEYS).status_code == 200
        # Only what reads rows: the session is touched now and then.
        return sum("accreditation_" in query["sql"] for query in queries)

    one = counted()
    world.planned("north_2")
    world.planned("north_physio")
    assert counted() == one
    found, url = [], f"{SURVEYS}?per_page=1"
    while url:
        page = office.get(url).json()
        found, url = found + page["results"], page["next"]
    with activate(WORKER):
        assert [row["id"] for row in found] == list(Survey.objects.order_by("pk").values_list("pk", flat=True))
