"""The front page of the accreditation in every state, the contact, the dispensation and the calendar files."""

import datetime as dt

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accreditation.actions.dispensing import answer_dispensation
from accreditation.actions.team import override_conflict
from accreditation.enums import State
from accreditation.models import Assignment, ConflictDeclaration, Cycle, Deadline, Decision, Dispensation, Survey
from accreditation.queries.clocks import NAMES, turns_of
from accreditation.queries.practice import survey_page
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from kip.core.workdays import local_day
from tests.accreditation.practice.pages import at, day_words, english, queries_of
from tests.accreditation.world import Walk, World, fresh, row_of

pytestmark = pytest.mark.django_db
PAGES = (
    "", "klinikken/", "selvvurdering/", "aflever/", "dokumentation/", "rapport/", "side-om-side/", "hoering/", "opfoelgning/",
    "afgoerelse/",
)  # fmt: skip
FIRST_ROUND = (
    "planned", "announced", "self_assessment", "documents_shared", "visit_confirmed", "on_site", "rating_complete",
    "report_draft", "in_hearing", "report_final", "accredited", "published",
)  # fmt: skip
SECOND_ROUND = (
    "decision", "provisional", "follow_up_open", "follow_up_received", "follow_up_rated", "in_hearing_2", "committee_round_2",
    "accredited_with_remarks",
)  # fmt: skip


def every_page(client: Client, survey: Survey) -> dict[str, int]:
    found = {rest: client.get(at(survey, rest)).status_code for rest in PAGES}
    return {**found, "/": client.get("/akkreditering/").status_code}


@pytest.mark.parametrize("state", FIRST_ROUND)
def test_every_page_opens_in_every_state_of_the_first_round(world: World, manager: Client, state: str) -> None:
    survey = world.walked(state)
    assert every_page(manager, survey) == dict.fromkeys((*PAGES, "/"), 200)


@pytest.mark.parametrize("state", SECOND_ROUND)
def test_every_page_opens_in_every_state_of_the_second_round(world: World, manager: Client, state: str) -> None:
    survey = world.walked(state, worst="partially_met", again="partially_met")
    assert every_page(manager, survey) == dict.fromkeys((*PAGES, "/"), 200)


def test_a_neighbours_survey_does_not_exist(world: World, neighbour: Client) -> None:
    survey = world.walked("self_assessment")
    rests = (*PAGES, "besoeg.ics", "frister.ics", "dispensation/", "punkt/G1.1.1/", "selvvurdering/naeste/")
    assert {rest: neighbour.get(at(survey, rest)).status_code for rest in rests} == dict.fromkeys(rests, 404)
    posts = ("kontakt/", "begynd/", "fortsaet/", "aflever/", "hoering/send/", "opfoelgning/send/", "afgoerelse/klage/")
    assert {rest: neighbour.post(at(survey, rest)).status_code for rest in posts} == dict.fromkeys(posts, 404)


def test_without_a_survey_the_page_says_what_will_happen(manager: Client) -> None:
    page = manager.get("/akkreditering/")
    assert page.status_code == 200
    assert "No survey of your practice is planned" in english(manager, "/akkreditering/")


def test_the_front_page_says_where_it_stands_and_what_is_next(world: World, manager: Client) -> None:
    survey = world.walked("self_assessment")
    with activate(WORKER):
        points = len(asked(survey))
        due = Deadline.objects.get(survey=survey, clock="documents").due_at
    page = english(manager, "/akkreditering/")
    assert f"0 of {points} points of your self-assessment are finished." in page
    assert day_words(local_day(due)) in page
    assert f'href="{at(survey, "selvvurdering/naeste/")}"' in page
    answer = manager.get(at(survey, "selvvurdering/naeste/"))
    assert answer.headers["Location"] == at(survey, "punkt/G1.1.1/")


def test_working_days_left_are_those_of_the_clock(world: World, manager: Client) -> None:
    survey = world.walked("in_hearing")
    with activate(WORKER):
        [turn] = turns_of(fresh(survey), timezone.now())
    assert turn.state.working_days_left > 1
    assert f"{turn.state.working_days_left} working days left." in english(manager, at(survey))
    with world.as_(world.manager):
        later = survey_page(fresh(survey), timezone.now() + dt.timedelta(days=60))
    assert ([one.state.state for one in later.turns], later.own) == (["escalate"], None)  # then it is the team's to close


def test_the_manager_begins_and_lands_where_the_practice_is_described(world: World, manager: Client) -> None:
    survey = world.walked("announced")
    answer = manager.post(at(survey, "begynd/"))
    assert (answer.headers["Location"], fresh(survey).state) == (at(survey, "klinikken/"), State.SELF_ASSESSMENT)
    again = manager.post(at(survey, "begynd/"), follow=True, headers={"accept-language": "en"})
    assert "The survey has moved on" in again.content.decode()


def test_the_contact_is_saved_by_anybody_in_the_practice_and_errors_are_shown(world: World, clinician: Client) -> None:
    survey = world.walked("announced")
    assert clinician.post(at(survey, "kontakt/"), {"name": "Anne", "phone": "ring"}).status_code == 422
    said = {"name": "Anne Holm", "phone": "86 12 34 56", "address": "Havnegade 4"}
    assert clinician.post(at(survey, "kontakt/"), said).status_code == 302
    row = fresh(survey)
    assert (row.contact_name, row.contact_phone, row.address) == ("Anne Holm", "86 12 34 56", "Havnegade 4")


def test_the_manager_alone_asks_for_a_dispensation(world: World, manager: Client, clinician: Client) -> None:
    survey = world.walked("announced")
    said = {"reason": "age", "closes_on": "31.12.2028", "said": "Vi lukker begge to."}
    url = at(survey, "dispensation/")
    assert (clinician.get(url).status_code, clinician.post(url, said).status_code) == (403, 403)
    assert manager.post(url, {**said, "closes_on": "snart"}).status_code == 422
    assert manager.post(url, said).status_code == 302
    with activate(WORKER):
        row = Dispensation.objects.get()
    assert (row.reason, row.closes_on, row.said) == ("age", dt.date(2028, 12, 31), "Vi lukker begge to.")
    assert fresh(survey).state == State.DISPENSATION_REQUESTED
    page = english(manager, at(survey))
    assert "You have asked for a dispensation." in page
    assert manager.post(url, said, follow=True).status_code == 422  # once: the page says why not


def test_a_granted_dispensation_is_confirmed_and_a_refused_one_goes_on(world: World, manager: Client) -> None:
    survey = world.walked("announced")
    manager.post(at(survey, "dispensation/"), {"reason": "age", "closes_on": "31.12.2028", "said": "Vi lukker."})
    row = row_of(Dispensation, survey=survey)
    with world.as_(world.office) as by:
        answer_dispensation(by=by, dispensation=row, granted=True, answer="Ja.", reconfirm_by=dt.date(2027, 6, 1))
    assert "Confirm the closing" in english(manager, at(survey))
    manager.post(at(survey, f"dispensation/{row.pk}/"))
    assert fresh(row).reconfirmed_at is not None


def test_a_refused_dispensation_goes_on(world: World, manager: Client) -> None:
    survey = world.walked("announced")
    manager.post(at(survey, "dispensation/"), {"reason": "other", "closes_on": "31.12.2028", "said": "Vi flytter."})
    with world.as_(world.office) as by:
        answer_dispensation(by=by, dispensation=row_of(Dispensation, survey=survey), granted=False, answer="Nej.")
    manager.post(at(survey, "fortsaet/"))
    assert fresh(survey).state == State.SELF_ASSESSMENT


def test_calendar_files(world: World, manager: Client) -> None:
    survey = world.walked("announced")
    answer = manager.get(at(survey, "besoeg.ics"))
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (answer.headers["Content-Type"], event.decoded("dtstart")) == ("text/calendar; charset=utf-8", survey.visit_on)
    rows = Calendar.from_ical(manager.get(at(survey, "frister.ics")).content).walk("VEVENT")
    with activate(WORKER):
        due = Deadline.objects.filter(survey=survey, met_at=None, cancelled_at=None, clock__in=NAMES).order_by("due_at")
        assert [event.decoded("dtstart") for event in rows] == [local_day(row.due_at) for row in due]


def test_a_planned_survey_shows_neither_day_nor_team(world: World, manager: Client) -> None:
    survey = world.walked("planned")
    page = english(manager, at(survey))
    assert "The region is planning your accreditation." in page
    assert (day_words(survey.visit_on) in page, "surveyor@" in page, ">surveyor<" in page) == (False, False, False)
    assert manager.get(at(survey, "besoeg.ics")).headers["Location"] == at(survey)


def test_a_conflict_that_was_let_go_is_explained(world: World, manager: Client) -> None:
    with activate(WORKER):
        ConflictDeclaration.objects.create(
            user_id=world.second.scope.user_id, kind="municipality", municipality=world.places["north_1"].municipality,
            declared_by_id=world.second.scope.user_id,
        )  # fmt: skip
    survey = world.planned()
    with world.as_(world.office) as by:
        override_conflict(by=by, assignment=Assignment.objects.get(survey=survey, role="second"), reason="Ingen andre kan.")
    Walk(world, survey, "met", "met").announce()
    page = english(manager, at(survey))
    assert "kollega works or worked in the municipality of By north." in page
    assert "Ingen andre kan." in page


def test_former_surveys_stand_below_with_their_decision(world: World, manager: Client) -> None:
    world.walked("published")
    page = english(manager, "/akkreditering/")
    assert "The decision has been published" in page
    with activate(WORKER):
        row = Decision.objects.get()
    assert day_words(row.valid_to) in english(manager, f"/akkreditering/{row.survey_id}/afgoerelse/")


def test_the_front_page_asks_as_often_for_one_former_survey_as_for_three(world: World, manager: Client) -> None:
    world.walked("published")
    with activate(WORKER):
        Cycle.objects.update(number=F("number") + 10)
    world.walked("announced")
    one = queries_of(manager, "/akkreditering/")
    for _more in range(2):
        with activate(WORKER):
            Cycle.objects.update(number=F("number") + 10)
        world.walked("announced")
    assert queries_of(manager, "/akkreditering/") == one
