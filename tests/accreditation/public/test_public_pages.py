"""What anybody may read: nothing before the practice was told, nothing of a region that does not publish, and the history."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accreditation.actions import deciding, publishing
from accreditation.models import Publication, RegionRule
from accreditation.queries.public import history_of
from kip.core.scope import WORKER, activate
from practices.models import Practice
from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import Walk, World, case_for, fresh, row_of

pytestmark = pytest.mark.django_db
PLACE = "/offentligt/akkreditering/"


@pytest.fixture
def anybody(db: None) -> Client:
    return Client()


def listed(client: Client, query: str = "") -> list[str]:
    return [row.practice.number for row in client.get(f"{PLACE}?{query}").context["page"].object_list]


def test_the_pages_stand_without_anything_published(anybody: Client) -> None:
    assert [anybody.get(PLACE + rest).status_code for rest in ("", "ord/", "1/")] == [200, 200, 404]
    assert "kip-empty" in anybody.get(PLACE).content.decode()


def test_nothing_is_public_before_the_practice_is_told(world: World, anybody: Client) -> None:
    survey = world.walked("accredited")
    page = f"{PLACE}{survey.practice_id}/"
    assert (listed(anybody), anybody.get(page).status_code) == ([], 404)
    office = signed_in_as(world.office)
    office.post(f"/region/akkreditering/besoeg/{survey.pk}/trin/publish/")
    assert (fresh(survey).state, anybody.get(page).status_code) == ("accredited", 404)
    with activate(WORKER):
        decision = survey.decision_set.get()
    office.post(f"/region/akkreditering/afgoerelser/{decision.pk}/fortael/")
    assert anybody.get(page).status_code == 404
    office.post(f"/region/akkreditering/besoeg/{survey.pk}/trin/publish/")
    assert (fresh(survey).state, listed(anybody), anybody.get(page).status_code) == ("published", ["D10811"], 200)


def test_a_region_that_does_not_publish_shows_nothing(world: World, anybody: Client) -> None:
    survey = world.walked("published")
    assert listed(anybody) == ["D10811"]
    with activate(WORKER):
        RegionRule.objects.update(publishes=False)
    assert (listed(anybody), anybody.get(f"{PLACE}{survey.practice_id}/").status_code) == ([], 404)


@pytest.mark.parametrize("who", ["office", "manager", "lead", "member"])
def test_everybody_reads_the_same_also_of_the_own_practice(world: World, anybody: Client, who: str) -> None:
    survey = world.walked("published")
    client = signed_in_as(getattr(world, who))
    assert listed(client) == ["D10811"]
    with world.as_(world.office) as by:
        publishing.take_back(by=by, publication=Publication.objects.get(survey=survey), reason="Forkert dato")
    assert (listed(client), client.get(f"{PLACE}{survey.practice_id}/").status_code) == ([], 404)


def test_the_history_tells_both_rounds_and_keeps_the_hearing_inside(world: World, anybody: Client) -> None:
    survey = world.walked("published", worst="not_met")
    page = anybody.get(f"{PLACE}{survey.practice_id}/")
    now = page.context["now"]
    assert (now.second, [told.administrative for told in (now.now, *now.before)]) == (True, [False, False])
    with activate(WORKER):
        words = {code: part["da"] for code, part in row_of(Publication).content["words"].items()}
    assert [told.words for told in (now.now, *now.before)] == [words["accredited"], words["provisional"]]
    body = page.content.decode()
    assert ("Det så vi." in body, "Det så vi nu." in body, "surveyor@" in body) == (True, True, False)


def test_search_by_practice_profession_and_region(world: World, anybody: Client) -> None:
    world.walked("published")
    world.walked("published", "north_2")
    north, south = world.places["north"].pk, world.places["south"].pk
    assert listed(anybody) == ["D10811", "D10812"]
    assert listed(anybody, "q=north+2") == ["D10812"]
    assert listed(anybody, "q=By+north") == ["D10811", "D10812"]
    assert listed(anybody, "profession=physiotherapy") == []
    assert (listed(anybody, f"region={north}"), listed(anybody, f"region={south}")) == (["D10811", "D10812"],) * 2
    assert listed(anybody, "q=findes-ikke") == []


def test_after_an_appeal_the_new_decision_takes_the_old_one_s_place(world: World, anybody: Client) -> None:
    survey = world.planned()
    walk = Walk(world, survey, "partially_met", "partially_met")
    for step in walk.steps():
        step()
    with world.as_(world.manager) as by:
        deciding.appeal(by=by, survey=survey, reason="Vi er uenige")
    case = case_for(world, survey)
    with world.as_(world.member) as by:
        deciding.decide(by=by, item=case, status="accredited", reason="Klagen er rigtig")
    walk.survey = fresh(survey)
    walk.publish()
    with activate(WORKER):
        first, second = Publication.objects.filter(survey=survey).order_by("pk")
    assert (first.taken_back_at is None, bool(first.taken_back_reason), second.taken_back_at) == (False, True, None)
    now = anybody.get(f"{PLACE}{survey.practice_id}/").context["now"]
    assert (now.row.pk, len(now.before), now.now.departed) == (second.pk, 2, True)


def test_a_practice_s_older_publications_are_its_history(world: World) -> None:
    survey = world.walked("published")
    with activate(WORKER):
        practice = Practice.objects.get(pk=survey.practice_id)
        later = timezone.now()
        old = Publication.objects.get(survey=survey)
        assert [edition.row.pk for edition in history_of(practice.pk)] == [old.pk]
        assert old.published_at <= later
        assert "hearing" not in json.dumps(list(old.content))


def test_the_list_asks_as_often_for_two_practices_as_for_one(
    world: World, anybody: Client, django_assert_max_num_queries: Any
) -> None:
    world.walked("published")
    anybody.get(PLACE)
    with django_assert_max_num_queries(20) as one:
        anybody.get(PLACE)
    world.walked("published", "north_2")
    with django_assert_max_num_queries(20) as two:
        anybody.get(PLACE)
    assert len(two.captured_queries) == len(one.captured_queries)
