"""The self-assessment: who works here, the list, the answer with its version, the proposal, the relevance, the handing over."""

import pytest
from django.db.models import F
from django.test import Client

from accreditation.actions import self_assessing
from accreditation.actions.self_assessing import Answer
from accreditation.enums import State
from accreditation.library import PracticeFacts, applicability
from accreditation.models import Applicability, Cycle, FindingTally, SelfAssessment, StandardIndicator, Survey
from accreditation.queries.pinned import edition_of
from accreditation.queries.practice_self import tasks_of
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from tests.accreditation.practice.pages import at, english, queries_of
from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import World, fresh, row_of

pytestmark = pytest.mark.django_db
ANSWER = "punkt/G1.1.1/svar/"
CHECKED = 'value="largely_met" id="id_answer_1" checked'


@pytest.fixture
def survey(world: World) -> Survey:
    return world.walked("self_assessment")


def saved(survey: Survey, number: str = "G1.1.1") -> SelfAssessment:
    return row_of(SelfAssessment, survey=survey, indicator__number=number)


def said(row: SelfAssessment) -> tuple[str, str, str, int, int]:
    return row.state, row.answer, row.comment, row.minutes_used, row.version


def test_an_answer_is_saved_begun_or_finished_and_minutes_add_up(survey: Survey, clinician: Client) -> None:
    url = at(survey, ANSWER)
    answer = clinician.post(url, {"version": 1, "answer": "", "comment": "Vi ser på det.", "minutes": "10"})
    assert answer.headers["Location"] == at(survey, "punkt/G1.1.1/")
    assert said(saved(survey)) == ("draft", "", "Vi ser på det.", 10, 2)
    answer = clinician.post(url, {"version": 2, "answer": "met", "comment": "Alle kender dem.", "minutes": "5", "finish": "1"})
    assert answer.headers["Location"] == at(survey, "punkt/G1.1.2/")
    assert said(saved(survey)) == ("done", "met", "Alle kender dem.", 15, 3)


def test_a_finished_answer_needs_a_rating_and_outside_needs_a_reason(survey: Survey, clinician: Client) -> None:
    assert clinician.post(at(survey, ANSWER), {"version": 1, "answer": "", "finish": "1"}).status_code == 422
    assert clinician.post(at(survey, ANSWER), {"version": 1, "answer": "not_relevant"}).status_code == 422
    assert clinician.post(at(survey, ANSWER), {"version": 1, "answer": "fine"}).status_code == 422
    assert clinician.post(at(survey, ANSWER), {"version": 1, "answer": "met", "comment": "0101801234"}).status_code == 422
    assert said(saved(survey)) == ("open", "", "", 0, 1)


def test_two_at_once_lose_nothing_and_both_texts_stand_on_the_page(survey: Survey, clinician: Client, manager: Client) -> None:
    clinician.post(at(survey, ANSWER), {"version": 1, "answer": "met", "comment": "Klinikerens ord."})
    answer = manager.post(at(survey, ANSWER), {"version": 1, "answer": "largely_met", "comment": "Lederens ord."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert ("Klinikerens ord." in page, "Lederens ord." in page, 'name="version" value="2"' in page) == (True, True, True)
    assert said(saved(survey)) == ("draft", "met", "Klinikerens ord.", 0, 2)
    again = manager.post(at(survey, ANSWER), {"version": 2, "answer": "largely_met", "comment": "Begges ord."})
    assert again.status_code == 302
    assert said(saved(survey)) == ("draft", "largely_met", "Begges ord.", 0, 3)


def test_the_page_saves_by_itself_without_minutes_and_says_when_it_cannot(survey: Survey, clinician: Client) -> None:
    url = at(survey, "punkt/G1.1.1/gem/")
    kept = clinician.post(url, {"version": 1, "answer": "met", "comment": "Halvt", "minutes": "9"})
    assert kept.json()["version"] == 2
    assert said(saved(survey)) == ("draft", "met", "Halvt", 0, 2)
    assert clinician.post(url, {"version": 1, "answer": "met", "comment": "Gammelt"}).status_code == 409
    assert clinician.post(url, {"version": 2, "answer": "x"}).status_code == 422
    clinician.post(at(survey, ANSWER), {"version": 2, "answer": "met", "comment": "Helt", "finish": "1"})
    clinician.post(url, {"version": 3, "answer": "met", "comment": "Helt og lidt mere"})
    assert said(saved(survey)) == ("done", "met", "Helt og lidt mere", 0, 4)
    assert said(saved(survey, "G1.1.2")) == ("open", "", "", 0, 1)


def test_last_cycles_answer_is_a_proposal_until_somebody_saves_it(world: World, survey: Survey, manager: Client) -> None:
    manager.post(at(survey, ANSWER), {"version": 1, "answer": "largely_met", "comment": "Som sidst.", "finish": "1"})
    with activate(WORKER):
        Cycle.objects.update(number=F("number") + 10)
    now = world.walked("self_assessment", previous=survey)
    page = english(manager, at(now, "punkt/G1.1.1/"))
    assert ("Your answer last time, a proposal only" in page, "Som sidst." in page) == (True, True)
    assert CHECKED not in page
    filled = english(manager, at(now, "punkt/G1.1.1/?forslag=1"))
    assert ("Nothing is saved before you save it." in filled, CHECKED in filled) == (True, True)
    assert said(saved(now)) == ("open", "", "", 0, 1)


def test_who_works_here_decides_what_is_asked_and_can_be_tried_first(survey: Survey, manager: Client) -> None:
    url, facts = at(survey, "klinikken/"), {"people": "1", "staff_groups": ["doctor"]}
    tried = manager.post(url, {**facts, "preview": "1"})
    assert (tried.status_code, fresh(survey).staff_groups) == (200, [])
    assert manager.post(url, facts).status_code == 302
    row = fresh(survey)
    assert (row.people, row.staff_groups) == (1, ["doctor"])
    with activate(WORKER):
        stands = {
            item.indicator.number: item.relevant for item in Applicability.objects.filter(survey=row).select_related("indicator")
        }
        found = applicability(edition_of(row).standards, PracticeFacts("general_practice", 1, frozenset({"doctor"})))
    assert stands == {number: one.relevant for number, one in found.items()}
    assert manager.post(url, {"people": "0", "staff_groups": ["doctor"]}).status_code == 422
    assert manager.post(url, {"people": "3", "staff_groups": ["astronaut"]}).status_code == 422


def test_how_many_groups_share_a_workflow_is_kept_and_decides_what_is_written(survey: Survey, manager: Client) -> None:
    facts = {"people": "5", "staff_groups": ["doctor", "nurse", "secretary"], "shared_G1_1_1": "2"}
    assert manager.post(at(survey, "klinikken/"), facts).status_code == 302
    assert fresh(survey).shared_by == {"G1.1.1": 2}
    assert row_of(Applicability, survey=survey, indicator__number="G1.1.1").written == ""
    manager.post(at(survey, "klinikken/"), {**facts, "shared_G1_1_1": ""})
    assert row_of(Applicability, survey=survey, indicator__number="G1.1.1").written == "guideline"


def test_the_list_counts_time_and_is_narrowed_to_what_remains(world: World, survey: Survey, manager: Client) -> None:
    with world.as_(world.manager) as by:
        points = asked(survey)
        self_assessing.answer(by=by, survey=survey, indicator=points[0], given=Answer("met", minutes=7, done=True))
        tasks = tasks_of(survey)
    assert (tasks.done, len(tasks.left), tasks.minutes_used) == (1, len(points) - 1, 7)
    assert tasks.minutes == sum(one.minutes for one in points)
    assert tasks.minutes_left == sum(one.minutes for one in points[1:])
    everything, left = manager.get(at(survey, "selvvurdering/")), manager.get(at(survey, "selvvurdering/?vis=left"))
    link = f'href="{at(survey, "punkt/G1.1.1/")}"'
    assert (link in everything.content.decode(), link in left.content.decode()) == (True, False)
    assert manager.get(at(survey, "selvvurdering/?vis=ukendt")).content.decode().count("visit-row__link") == len(points)


def test_the_list_asks_as_often_for_one_answer_as_for_three(world: World, survey: Survey, manager: Client) -> None:
    counts = []
    for place in range(3):
        with world.as_(world.manager) as by:
            points = asked(survey)
            self_assessing.answer(by=by, survey=survey, indicator=points[place], given=Answer("met", done=True))
        counts.append((queries_of(manager, at(survey, "selvvurdering/")), queries_of(manager, at(survey, "aflever/"))))
    assert len(set(counts)) == 1, counts


def test_relevance_is_turned_round_only_where_the_rule_leaves_a_choice(survey: Survey, manager: Client) -> None:
    with activate(WORKER):
        rows = Applicability.objects.filter(survey=survey, relevant=True).select_related("indicator")
        row, fixed = rows.filter(may_be_changed=True)[0], rows.filter(may_be_changed=False)[0]
    url = at(survey, f"punkt/{row.indicator.number}/relevans/")
    assert manager.post(url, {"relevance-relevant": "no", "relevance-why": ""}).status_code == 422
    assert manager.post(url, {"relevance-relevant": "no", "relevance-why": "Vi har ingen laboratorium."}).status_code == 302
    changed = fresh(row)
    assert (changed.relevant, changed.reason["da"]) == (False, "Vi har ingen laboratorium.")
    assert "Vi har ingen laboratorium." in manager.get(at(survey, f"punkt/{row.indicator.number}/")).content.decode()
    refused = at(survey, f"punkt/{fixed.indicator.number}/relevans/")
    page = manager.post(refused, {"relevance-relevant": "no", "relevance-why": "Nej."}, follow=True)
    assert (page.status_code, fresh(fixed).relevant) == (200, True)


def test_the_manager_hands_over_when_everything_is_finished(world: World, survey: Survey, manager: Client) -> None:
    clinician = signed_in_as(world.person("kliniker", "clinician", "north_1"))
    url = at(survey, "aflever/")
    manager.post(url)
    assert fresh(survey).state == State.SELF_ASSESSMENT
    with world.as_(world.manager) as by:
        for one in asked(survey):
            self_assessing.answer(by=by, survey=survey, indicator=one, given=Answer("met", done=True))
    assert "All" in english(manager, at(survey))
    assert (clinician.post(url).status_code, fresh(survey).state) == (403, State.SELF_ASSESSMENT)
    manager.post(url)
    assert fresh(survey).state == State.DOCUMENTS_SHARED
    locked = manager.post(at(survey, ANSWER), {"version": 2, "answer": "not_met", "comment": "For sent"})
    assert (locked.status_code, saved(survey).answer) == (422, "met")
    assert "For sent" in locked.content.decode()  # nothing that was typed is lost
    assert 'data-keep="' not in manager.get(at(survey, "punkt/G1.1.1/")).content.decode()


def test_a_survey_without_a_self_assessment_is_handed_over_from_the_announcement(world: World, manager: Client) -> None:
    survey = world.walked("announced", kind="focused_revisit", focus=("G1.1.1",))
    assert "This survey has no self-assessment." in english(manager, at(survey))
    manager.post(at(survey, "klinikken/"), {"people": "2", "staff_groups": ["doctor"]})
    assert manager.get(at(survey, "selvvurdering/")).content.decode().count("visit-row__link") == 1
    assert manager.post(at(survey, "begynd/")).status_code == 404
    manager.post(at(survey, "aflever/"))
    assert fresh(survey).state == State.DOCUMENTS_SHARED


def test_other_practices_findings_are_told_or_hidden_as_counted(survey: Survey, manager: Client) -> None:
    with activate(WORKER):
        one = StandardIndicator.objects.get(edition=survey.edition_id, number="G1.1.1")
        FindingTally.objects.create(quarter="2026-07-01", indicator=one, surveys=20, findings=6)
        FindingTally.objects.create(quarter="2026-04-01", indicator=one, suppressed=True)
        FindingTally.objects.create(quarter="2026-01-01", indicator=one, surveys=10, findings=1)
        other = StandardIndicator.objects.get(edition=survey.edition_id, number="G1.1.2")
        FindingTally.objects.create(quarter="2026-07-01", indicator=other, suppressed=True)
    assert "In 7 of 30 finished surveys" in english(manager, at(survey, "punkt/G1.1.1/"))
    assert "There are too few finished surveys" in english(manager, at(survey, "punkt/G1.1.2/"))
    assert "In other practices" not in english(manager, at(survey, "punkt/G1.1.3/"))


def test_an_unknown_point_does_not_exist(survey: Survey, manager: Client) -> None:
    rests = ("punkt/G9.9.9/", "punkt/G9.9.9/svar/", "punkt/G9.9.9/relevans/")
    assert manager.get(at(survey, rests[0])).status_code == 404
    assert [manager.post(at(survey, rest)).status_code for rest in rests[1:]] == [404, 404]
