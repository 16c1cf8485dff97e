"""Planning on pages: the lot and its preview, single surveys, the visit's day, dispensation, team, and the region's rules."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accreditation.actions import dispensing, team
from accreditation.models import Assignment, ConflictDeclaration, Cycle, Dispensation, RegionRule, Survey, SurveyorProfile
from accreditation.queries.planning import draw, places
from kip.core.scope import WORKER, activate
from kip.core.workdays import add_months, is_working_day
from practices.acting import Acting
from practices.models import Practice
from tests.accreditation.region.conftest import tied_assignment
from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import World, fresh, row_of

pytestmark = pytest.mark.django_db
PLACE = "/region/akkreditering/"
FIRST = timezone.localdate() + dt.timedelta(days=400)


def cycle_said(world: World, **more: str) -> dict[str, str]:
    return {"programme": str(world.programme().pk), "first_day": FIRST.isoformat(), "order": "lottery", **more}


def planned_days() -> list[tuple[int, str, dt.date]]:
    with activate(WORKER):
        rows = Survey.objects.order_by("place_in_cycle").values_list("place_in_cycle", "practice__number", "visit_on")
        return list(rows)


def test_the_preview_writes_nothing_and_is_what_is_planned(world: World, office: Client) -> None:
    said = cycle_said(world)
    shown = office.post(f"{PLACE}plan/ny/", said)
    assert planned_days() == []
    again = office.post(f"{PLACE}plan/ny/", said)
    seed = shown.context["seed"]
    assert again.context["seed"] == seed
    expected = [(place.position, place.practice.number, place.visit_on) for place in shown.context["places"]]
    assert sorted(number for _place, number, _day in expected) == ["D10811", "D10812"]
    office.post(f"{PLACE}plan/ny/", {**said, "plan": "1"})
    assert planned_days() == expected
    assert row_of(Cycle).seed == seed
    assert office.post(f"{PLACE}plan/ny/", said).status_code == 422  # everybody has a survey under way


def test_the_order_written_is_kept_and_strange_numbers_are_named(world: World, office: Client) -> None:
    wrong = office.post(f"{PLACE}plan/ny/", cycle_said(world, order="listed", numbers="D10812 D10831 x"))
    assert (wrong.status_code, "D10831, X" in wrong.content.decode()) == (422, True)
    office.post(f"{PLACE}plan/ny/", cycle_said(world, order="listed", numbers="d10812\nD10811", plan="1"))
    assert [number for _place, number, _day in planned_days()] == ["D10812", "D10811"]


def test_a_new_owner_s_day_waits_for_the_year_and_the_notice(world: World) -> None:
    programme = world.programme()
    with activate(WORKER):
        old, new = (Practice.objects.get(number=number) for number in ("D10811", "D10812"))
        since = timezone.localdate() - dt.timedelta(days=30)
        Practice.objects.filter(pk=old.pk).update(successor=new, valid_to=since)
        Practice.objects.filter(pk=new.pk).update(valid_from=since)
        new.refresh_from_db()
        first = timezone.localdate() + dt.timedelta(days=10)
        (place,) = places(programme, [new], order="listed", seed="", first_day=first, last_day=first + dt.timedelta(days=900))
    assert place.owner_since == since
    assert place.visit_on >= add_months(add_months(since, 12), 12)
    assert is_working_day(place.visit_on)


def test_the_draw_follows_from_the_seed_alone(world: World) -> None:
    with activate(WORKER):
        practices = list(Practice.objects.order_by("pk"))
    assert draw(practices, "a") == draw(practices[::-1], "a")
    assert len({tuple(item.pk for item in draw(practices, str(seed))) for seed in range(30)}) > 5


def test_a_peer_visit_looks_at_the_standards_chosen(world: World, office: Client) -> None:
    peer = world.programme("peer_visit")
    said = {"practice": "d10811", "visit_on": FIRST.isoformat()}
    assert office.post(f"{PLACE}plan/enkelt/?programme={peer.pk}", said).status_code == 422
    office.post(f"{PLACE}plan/enkelt/?programme={peer.pk}", {**said, "focus": ["G2.1"]})
    survey = row_of(Survey)
    assert (survey.practice.number, survey.programme_id, survey.visit_on) == ("D10811", peer.pk, FIRST)
    assert [number.startswith("G2.1.") for number in survey.focus] == [True] * len(survey.focus)
    assert survey.focus


def test_a_cluster_s_review_takes_in_its_practices(world: World, office: Client) -> None:
    review = world.programme("cluster_review")
    with activate(WORKER):
        cluster = Practice.objects.get(number="D10811").cluster
    said = {"cluster": cluster.pk, "visit_on": FIRST.isoformat(), "focus": ["G1.1"]}
    office.post(f"{PLACE}plan/enkelt/?programme={review.pk}", said)
    assert [number for _place, number, _day in planned_days()] == ["D10811", "D10812"]
    assert row_of(Cycle).order == "single"


def test_a_focused_revisit_looks_at_what_was_left_open(world: World, office: Client) -> None:
    world.programme()
    again = world.programme("focused_revisit")
    said = {"practice": "D10811", "visit_on": FIRST.isoformat()}
    assert office.post(f"{PLACE}plan/enkelt/?programme={again.pk}", said).status_code == 422
    former = world.walked("accredited_with_remarks", worst="partially_met", again="partially_met")
    assert office.get(f"{PLACE}plan/enkelt/?after={former.pk}").context["chosen"] == again
    office.post(f"{PLACE}plan/enkelt/?programme={again.pk}", said)
    survey = row_of(Survey, programme=again)
    assert (survey.previous_id, survey.focus) == (former.pk, ["G1.1.1"])


def test_a_day_is_set_announced_postponed_and_set_again(world: World, office: Client) -> None:
    survey = world.planned()
    at = f"{PLACE}besoeg/{survey.pk}/"
    soon = timezone.localdate() + dt.timedelta(days=30)
    visit = {"visit_on": soon.isoformat(), "starts": "9.15", "minutes": "150", "address": "Torvet 1"}
    office.post(f"{at}dag/", visit)
    found = fresh(survey)
    assert (found.visit_on, found.visit_starts, found.visit_minutes, found.address) == (soon, dt.time(9, 15), 150, "Torvet 1")
    page = office.get(at).content.decode()
    assert 'disabled aria-describedby="why-announce"' in page
    told = office.post(f"{at}trin/announce/", follow=True)
    assert fresh(survey).state == "planned"
    assert any("tidligst" in str(message) or "earliest" in str(message) for message in told.context["messages"])
    office.post(f"{at}dag/", {**visit, "visit_on": FIRST.isoformat()})
    office.post(f"{at}trin/announce/")
    assert fresh(survey).state == "announced"
    assert office.post(f"{at}trin/postpone/", {"reason": ""}).status_code == 422
    office.post(f"{at}trin/postpone/", {"reason": "Sygdom i klinikken"})
    later = FIRST + dt.timedelta(days=14)
    office.post(f"{at}trin/reschedule/", {**visit, "visit_on": later.isoformat()})
    assert (fresh(survey).state, fresh(survey).visit_on) == ("announced", later)
    office.post(f"{at}trin/withdraw/", {"reason": "Klinikken lukker"})
    assert fresh(survey).state == "withdrawn"
    assert office.post(f"{at}trin/findes-ikke/").status_code == 404


def test_a_dispensation_is_answered_once_with_a_day(world: World, office: Client) -> None:
    survey = world.walked("announced")
    with world.as_(world.manager) as by:
        dispensing.request_dispensation(by=by, survey=survey, reason="age", said="Vi lukker", closes_on=FIRST)
    at = f"{PLACE}besoeg/{survey.pk}/trin/grant_dispensation/"
    assert office.post(at, {"granted": "yes", "answer": "Ja"}).status_code == 422
    office.post(at, {"granted": "yes", "answer": "Ja", "reconfirm_by": FIRST.isoformat()})
    row = row_of(Dispensation, survey=survey)
    assert (row.granted, row.answer, row.reconfirm_by, fresh(survey).state) == (True, "Ja", FIRST, "dispensed")


def test_a_conflict_is_shown_blocks_and_takes_a_second_person(world: World, office: Client, other_person: Acting) -> None:
    survey = world.planned()
    blocked = tied_assignment(world, survey)
    page = office.get(f"{PLACE}besoeg/{survey.pk}/").content.decode()
    assert f"{PLACE}hold/{blocked.pk}/godkend/" not in page
    office.post(f"{PLACE}hold/{blocked.pk}/godkend/", {"reason": "Jeg vil"})
    assert row_of(Assignment, pk=blocked.pk).overridden_at is None
    second = signed_in_as(other_person)
    assert second.post(f"{PLACE}hold/{blocked.pk}/godkend/", {"reason": " "}).status_code == 422
    second.post(f"{PLACE}hold/{blocked.pk}/godkend/", {"reason": "Ingen andre kan grønlandsk"})
    found = row_of(Assignment, pk=blocked.pk)
    assert (found.overridden_by_id, found.override_reason) == (other_person.scope.user_id, "Ingen andre kan grønlandsk")
    second.post(f"{PLACE}hold/{blocked.pk}/af/", {"reason": "Alligevel ikke"})
    assert row_of(Assignment, pk=blocked.pk).end_reason == "Alligevel ikke"


def test_the_pool_shows_fit_days_and_ties_and_assigns(world: World, office: Client) -> None:
    survey = world.planned()
    new = world.person("ny", "surveyor")
    with world.as_(new) as by:
        team.add_unavailable(by=by, first_day=survey.visit_on, last_day=survey.visit_on)
    page = f"{PLACE}surveyorer/{new.scope.user_id}/"
    assert office.post(page, {"languages": ["da"]}).status_code == 422
    office.post(page, {"professions": ["physiotherapy"], "languages": ["da", "kl"], "active": "on", "phone": "12345678"})
    profile = row_of(SurveyorProfile, user_id=new.scope.user_id)
    assert (profile.professions, profile.languages, profile.active) == (["physiotherapy"], ["da", "kl"], True)
    office.post(page, {"tie": "1", "tie-kind": "municipality", "tie-municipality": survey.practice.municipality_id})
    assert row_of(ConflictDeclaration).user_id == new.scope.user_id
    shown = {one.profile.user_id: one for one in office.get(f"{PLACE}besoeg/{survey.pk}/hold/").context["pool"]}
    one = shown[new.scope.user_id]
    assert (one.fits, one.away, len(one.ties), one.free, one.chosen) == (False, True, 1, False, False)
    assert shown[world.lead.scope.user_id].chosen
    office.post(f"{PLACE}besoeg/{survey.pk}/hold/tilfoej/", {"user_id": new.scope.user_id, "role": "observer"})
    assert row_of(Assignment, user_id=new.scope.user_id).blocked
    assert office.get(f"{PLACE}surveyorer/{world.office.scope.user_id}/").status_code == 404


def test_the_region_saves_its_own_rules(world: World, office: Client, abroad: Client) -> None:
    assert office.post(f"{PLACE}plan/", {"municipality_years": "3", "sample_percent": "101"}).status_code == 422
    office.post(f"{PLACE}plan/", {"publishes": "on", "municipality_years": "5", "sample_percent": "20"})
    rule = row_of(RegionRule, region=world.places["north"])
    assert (rule.publishes, rule.municipality_years, rule.sample_percent) == (True, 5, 20)
    with activate(WORKER):
        assert not RegionRule.objects.filter(region=world.places["south"]).exists()


@pytest.mark.parametrize("page", ["plan/", "plan/ny/", "plan/enkelt/", "surveyorer/", "naevn/"])
def test_planning_does_not_exist_for_the_consultant(world: World, consultant: Client, page: str) -> None:
    assert consultant.get(PLACE + page).status_code == 404


def test_a_consultant_follows_but_takes_no_step(world: World, consultant: Client) -> None:
    survey = world.walked("announced")
    at = f"{PLACE}besoeg/{survey.pk}/"
    page = consultant.get(at)
    assert (page.status_code, page.context["buttons"], "trin/" in page.content.decode()) == (200, [], False)
    assert consultant.post(f"{at}trin/withdraw/", {"reason": "x"}).status_code == 403
    assert fresh(survey).state == "announced"


def test_a_cycle_of_another_region_does_not_exist(world: World, office: Client, abroad: Client) -> None:
    world.planned()
    cycle = row_of(Cycle)
    assert (office.get(f"{PLACE}plan/{cycle.pk}/").status_code, abroad.get(f"{PLACE}plan/{cycle.pk}/").status_code) == (200, 404)


def test_a_step_from_a_state_left_behind_is_refused_in_a_sentence(world: World, office: Client) -> None:
    survey = world.walked("announced")
    with time_machine.travel(timezone.now()):
        answer = office.post(f"{PLACE}besoeg/{survey.pk}/trin/publish/", follow=True)
    assert (answer.status_code, fresh(survey).state) == (200, "announced")
    assert len(list(answer.context["messages"])) == 1
