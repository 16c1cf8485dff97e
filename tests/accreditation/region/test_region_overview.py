"""The office's overview, list, calendar and one survey's page: what is counted, what waits, and who may not look."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accreditation.actions import dispensing, self_assessing
from accreditation.actions.self_assessing import Answer
from accreditation.clocks import ClockState, Stand
from accreditation.enums import State
from accreditation.models import Deadline, Publication
from accreditation.queries.clocks import Turn
from accreditation.queries.office import PHASES, Due, overview
from accreditation.queries.relevance import asked
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from tests.accreditation.region.conftest import tied_assignment
from tests.accreditation.world import World, fresh, row_of

pytestmark = pytest.mark.django_db
PLACE = "/region/akkreditering/"


def test_every_state_has_one_phase() -> None:
    assert sorted(state for _words, states in PHASES.values() for state in states) == sorted(State)


def test_phases_count_every_survey_once(world: World) -> None:
    for state, place in (("planned", "north_1"), ("self_assessment", "north_2")):
        world.walked(state, place)
    with world.as_(world.office) as by:
        page = overview(by)
    counts = {phase.code: phase.n for phase in page.phases if phase.n}
    assert (counts, page.total) == ({"planned": 1, "preparing": 1}, 2)


def test_what_waits_for_the_office(world: World, office: Client) -> None:
    first = world.walked("announced")
    with world.as_(world.manager) as by:
        dispensing.request_dispensation(
            by=by, survey=first, reason="age", said="Vi lukker", closes_on=timezone.localdate() + dt.timedelta(days=600)
        )
    second = world.walked("accredited", "north_2")
    blocked = tied_assignment(world, world.planned("north_physio"))
    with world.as_(world.office) as by:
        page = overview(by)
    assert [row.survey_id for row in page.dispensations] == [first.pk]
    assert [row.survey_id for row in page.untold] == [second.pk]
    assert [row.pk for row in page.conflicts] == [blocked.pk]
    assert (page.hearings, page.criticals, page.own_step, page.waiting) == ([], [], [], 3)
    body = office.get(PLACE).content.decode()
    for name in ("Lægehuset north 1 (demo)", "Lægehuset north 2 (demo)", "Fysioterapien north (demo)"):
        assert name in body


def test_a_deadline_at_risk_says_whose_turn_and_how_late(world: World, office: Client) -> None:
    survey = world.walked("in_hearing")
    due = row_of(Deadline, survey=survey, clock="hearing", met_at=None)
    for moved, expected in ((dt.timedelta(hours=3), (True, "team")), (dt.timedelta(hours=-3), (False, "practice"))):
        # A hearing that has run out is the team's to close.
        with time_machine.travel(due.due_at + moved), world.as_(world.office) as by:
            page = overview(by)
        risks = {risk.turn.deadline.pk: risk for risk in page.at_risk}
        hearings = [(one.row.survey_id, one.late) for one in page.hearings]
        found = risks[due.pk]
        assert (found.late, found.turn.whose) == expected
        assert hearings == [(survey.pk, expected[0])]


@pytest.mark.parametrize(
    ("late", "days", "words"),
    [(False, 3, "3"), (False, 1, "1"), (True, -2, "2"), (False, 0, "dag"), (True, 0, "overskredet")],
)
def test_days_left_in_words(late: bool, days: int, words: str) -> None:
    state = ClockState(Stand.SOON, timezone.now(), None, None, days)
    said = Due(Turn(Deadline(), state, "team"), "", "", late).left
    assert words in said or said.isascii()  # the Danish words come with the catalogue
    assert len({Due(Turn(Deadline(), state, "team"), "", "", flag).left for flag in (True, False)}) == (2 if days == 0 else 1)


def test_the_calendar_counts_the_visits_of_a_month(world: World, office: Client) -> None:
    survey = world.planned()
    with world.as_(world.office) as by:
        months = {month.first: month.n for month in overview(by).months}
    assert sum(months.values()) == int(survey.visit_on.replace(day=1) in months)
    body = office.get(f"{PLACE}kalender/?m={survey.visit_on:%Y-%m}").content.decode()
    assert survey.practice.name in body
    assert survey.practice.name not in office.get(f"{PLACE}kalender/?m=2031-01").content.decode()
    assert office.get(f"{PLACE}kalender/?m=rod").status_code == 200


def test_the_list_filters_by_words_phase_and_kind(world: World, office: Client) -> None:
    world.planned("north_1")
    world.walked("self_assessment", "north_2")

    def names(query: str) -> list[bool]:
        body = office.get(f"{PLACE}besoeg/?{query}").content.decode()
        return [f"Lægehuset north {n} (demo)" in body for n in (1, 2)]

    assert names("") == [True, True]
    assert names("phase=planned") == [True, False]
    assert names("q=D10812") == [False, True]
    assert names("kind=peer_visit") == [False, False]
    assert names("phase=findes-ikke") == [True, True]


def test_another_region_sees_nothing_and_a_survey_of_others_does_not_exist(world: World, abroad: Client, office: Client) -> None:
    survey = world.walked("announced")
    assert survey.practice.name not in abroad.get(PLACE).content.decode()
    for rest in ("", "besoeg.ics", "trin/withdraw/", "dag/", "hold/"):
        assert (rest, abroad.get(f"{PLACE}besoeg/{survey.pk}/{rest}").status_code) == (rest, 404)
    assert abroad.post(f"{PLACE}besoeg/{survey.pk}/trin/withdraw/", {"reason": "x"}).status_code == 404
    assert fresh(survey).state == "announced"
    assert office.get(f"{PLACE}besoeg/{survey.pk}/").status_code == 200


def test_rows_of_another_region_do_not_exist(world: World, abroad: Client) -> None:
    survey = world.walked("published")
    with activate(WORKER):
        decision, public = survey.decision_set.get(), survey.publication_set.get()
        assignment = survey.assignment_set.order_by("pk")[0]
    for rest in (f"offentliggoerelser/{public.pk}/tag-tilbage/", f"hold/{assignment.pk}/af/", f"hold/{assignment.pk}/godkend/"):
        assert [getattr(abroad, method)(PLACE + rest, {"reason": "x"}).status_code for method in ("get", "post")] == [404, 404]
    assert abroad.post(f"{PLACE}afgoerelser/{decision.pk}/fortael/").status_code == 404
    assert abroad.post(f"{PLACE}besoeg/{survey.pk}/offentlig-igen/").status_code == 404
    assert fresh(public).taken_back_at is None


def test_a_publication_is_taken_back_with_a_reason_and_put_right(world: World, office: Client) -> None:
    survey = world.walked("published")
    public = row_of(Publication, survey=survey)
    at = f"{PLACE}offentliggoerelser/{public.pk}/tag-tilbage/"
    assert office.post(at, {"reason": ""}).status_code == 422
    office.post(at, {"reason": "Forkert dato"})
    assert fresh(public).taken_back_reason == "Forkert dato"
    office.post(f"{PLACE}besoeg/{survey.pk}/offentlig-igen/")
    with activate(WORKER):
        assert Publication.objects.filter(survey=survey, taken_back_at=None).count() == 1


def test_every_look_at_a_survey_stands_in_the_practice_s_log(world: World, office: Client) -> None:
    survey = world.walked("announced")
    office.get(f"{PLACE}besoeg/{survey.pk}/")
    with activate(WORKER):
        looks = AuditRecord.objects.filter(act="viewed", practice_id=survey.practice_id).values_list("kind", "actor")
        assert list(looks) == [("survey", "kontor")]


def test_the_survey_s_page_never_shows_what_the_practice_answers(world: World, office: Client) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        first, *others = asked(survey)
        answer = Answer("partially_met", comment="Vi mangler en aftale", minutes=7, done=True)
        self_assessing.answer(by=by, survey=survey, indicator=first, given=answer)
    body = office.get(f"{PLACE}besoeg/{survey.pk}/").content.decode()
    assert f'max="{len(others) + 1}" value="1"' in body
    assert "Vi mangler en aftale" not in body


@pytest.mark.parametrize("page", ["", "besoeg/", "plan/", "surveyorer/", "naevn/"])
def test_a_list_asks_as_often_for_three_rows_as_for_one(
    world: World, office: Client, page: str, django_assert_max_num_queries: Any
) -> None:
    world.walked("announced")
    office.get(PLACE + page)
    with django_assert_max_num_queries(80) as one:
        office.get(PLACE + page)
    world.walked("announced", "north_2")
    world.walked("announced", "north_physio")
    world.person("tredje", "surveyor")
    office.get(PLACE + page)
    with django_assert_max_num_queries(80) as three:
        office.get(PLACE + page)
    assert len(three.captured_queries) == len(one.captured_queries)
