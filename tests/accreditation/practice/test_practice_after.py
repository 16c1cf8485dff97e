"""After the visit: a critical finding, the draft and its hearing, the report, the follow-up, the decision, side by side."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accreditation.actions import deciding, hearing, publishing
from accreditation.actions.critical import CriticalEntry, raise_critical
from accreditation.actions.visiting import RatingEntry
from accreditation.enums import PointOutcome, State
from accreditation.models import CriticalFinding, Decision, EvidenceLink, FollowUp, Hearing, HearingPoint, Survey, SurveyReport
from accreditation.queries import ratings
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from tests.accreditation.practice.pages import at, english, queries_of
from tests.accreditation.visit.conftest import picture
from tests.accreditation.world import World, case_for, fresh, row_of

pytestmark = pytest.mark.django_db
FIRST = "G1.1.1"


def finding(world: World, survey: Survey, text: str = "Adrenalinen er for gammel.") -> CriticalFinding:
    with world.as_(world.lead) as by:
        return raise_critical(by=by, survey=survey, entry=CriticalEntry(text, asked(survey)[0]))


def test_a_critical_finding_stands_on_top_until_somebody_has_written_what_was_done(world: World, clinician: Client) -> None:
    survey = world.walked("on_site")
    row = finding(world, survey)
    url = at(survey, f"kritisk/{row.pk}/")
    assert f'href="{url}"' in english(clinician, at(survey))
    assert "Critical finding: act today" in english(clinician, at(survey))
    assert clinician.post(url, {"action": " "}).status_code == 422
    clinician.post(url, {"action": "Ny adrenalin er bestilt og lagt i kassen."})
    done = fresh(row)
    assert (done.action, done.acknowledged_at is not None) == ("Ny adrenalin er bestilt og lagt i kassen.", True)
    assert "Critical finding: act today" not in english(clinician, at(survey))
    again = clinician.post(url, {"action": "Igen."}, follow=True, headers={"accept-language": "en"})
    assert "This has been done already." in again.content.decode()
    assert fresh(row).action == done.action


def test_a_neighbours_finding_does_not_exist(world: World, neighbour: Client) -> None:
    survey, other = world.walked("on_site"), world.walked("on_site", "north_2")
    row = finding(world, survey)
    for place in (survey, other):
        assert neighbour.get(at(place, f"kritisk/{row.pk}/")).status_code == 404
        assert neighbour.post(at(place, f"kritisk/{row.pk}/"), {"action": "x"}).status_code == 404


def test_before_the_draft_is_sent_no_rating_is_shown_anywhere(world: World, manager: Client) -> None:
    survey = world.walked("report_draft", worst="partially_met")
    for rest in ("rapport/", "side-om-side/", "hoering/", f"punkt/{FIRST}/", ""):
        page = manager.get(at(survey, rest)).content.decode()
        assert ("Det så vi." in page, "nogen grad" in page) == (False, False), rest


def test_points_are_written_by_anybody_and_sent_once_by_the_manager(world: World, manager: Client, clinician: Client) -> None:
    survey = world.walked("in_hearing", worst="partially_met")
    url = at(survey, "hoering/punkt/")
    assert clinician.post(url, {"indicator": "G9.9.9", "text": "x"}).status_code == 422
    assert clinician.post(url, {"indicator": FIRST, "text": ""}).status_code == 422
    clinician.post(url, {"indicator": FIRST, "text": "Skabet er låst."})
    clinician.post(url, {"indicator": "", "text": "Vi er fire læger."})
    with activate(WORKER):
        written = list(HearingPoint.objects.filter(survey=survey).values_list("number", "indicator__number", "text"))
    assert written == [(1, FIRST, "Skabet er låst."), (2, None, "Vi er fire læger.")]
    send = at(survey, "hoering/send/")
    assert clinician.post(send).status_code == 403
    assert row_of(Hearing, survey=survey).replied_at is None
    manager.post(send, {"reply-text": "Venlig hilsen"})
    sent = row_of(Hearing, survey=survey)
    assert (sent.reply, sent.replied_at is not None) == ("Venlig hilsen", True)
    manager.post(url, {"indicator": "", "text": "En til."})
    manager.post(send, {"reply-text": "Igen"})
    assert (row_of(Hearing, survey=survey).reply, len(points_of(survey))) == ("Venlig hilsen", 2)
    assert "You have replied to the draft report." in english(manager, at(survey))


def points_of(survey: Survey) -> list[HearingPoint]:
    with activate(WORKER):
        return list(HearingPoint.objects.filter(survey=survey).select_related("survey", "indicator").order_by("number"))


def test_an_answer_shows_the_old_and_the_new_rating(world: World, manager: Client) -> None:
    survey = world.walked("in_hearing", worst="partially_met")
    manager.post(at(survey, "hoering/punkt/"), {"indicator": FIRST, "text": "Skabet er låst."})
    manager.post(at(survey, "hoering/send/"))
    with world.as_(world.lead) as by:
        [point] = points_of(survey)
        current = ratings.current(survey)[point.indicator_id]
        entry = RatingEntry(point.indicator, "met", reason="Det er set.", base=current.pk)
        hearing.answer_point(by=by, point=point, answer="I har ret.", outcome=PointOutcome.RATING_CHANGED, entry=entry)
    page = english(manager, at(survey, "hoering/"))
    old, new = page.index("Earlier rating"), page.index("Rating now")
    assert "I har ret." in page
    assert ("Partially met" in page[old:new], "Met" in page[new:], "Det er set." in page[new:]) == (True, True, True)
    point_page = english(manager, at(survey, f"punkt/{FIRST}/"))
    assert ("Earlier ratings" in point_page, "Partially met" in point_page) == (True, True)


def test_the_report_is_the_frozen_content_and_every_version_can_be_read(world: World, manager: Client) -> None:
    survey = world.walked("report_final", worst="partially_met")
    with activate(WORKER):
        draft, final = SurveyReport.objects.filter(survey=survey).order_by("signed_at")
    newest, wanted = english(manager, at(survey, "rapport/")), english(manager, at(survey, f"rapport/?udgave={draft.pk}"))
    assert ("<h1>Report</h1>" in newest, "<h1>Draft report</h1>" in wanted) == (True, True)
    for item in (one for standard in final.content["standards"] for one in standard["indicators"]):
        assert item["number"] in newest
    assert "There is no report yet" in english(manager, at(survey, "rapport/?udgave=987654321"))
    assert manager.get(at(survey, "rapport/?udgave=x")).status_code == 200


def test_three_records_stand_side_by_side(world: World, manager: Client) -> None:
    survey = world.walked("committee_round_2", worst="partially_met", again="largely_met")
    page = english(manager, at(survey, "side-om-side/"))
    row = page[page.index(f'punkt/{FIRST}/"') :].split("</tr>")[0]
    assert [words in row for words in ("Met", "Partially met", "Largely met", "seen otherwise")] == [True] * 4
    assert page.count("seen otherwise") == 1
    assert "At 1 point you and the surveyors saw it otherwise." in page


def test_the_follow_up_is_answered_with_evidence_and_sent(world: World, manager: Client, clinician: Client) -> None:
    survey = world.walked("follow_up_open", worst="partially_met")
    url = at(survey, f"punkt/{FIRST}/")
    assert clinician.post(f"{url}opfoelgning/", {"follow-text": ""}).status_code == 422
    manager.post(at(survey, "opfoelgning/send/"))
    assert fresh(survey).state == State.FOLLOW_UP_OPEN
    clinician.post(f"{url}opfoelgning/", {"follow-text": "Ny lås er sat på."})
    file = SimpleUploadedFile("laas.jpg", picture())
    clinician.post(f"{url}fil/", {"file-upload": file, "file-title": "Låsen"})
    link = row_of(EvidenceLink, survey=survey)
    clinician.post(at(survey, f"deling/{link.pk}/"), {"shared": "1"})
    assert (fresh(link).round, fresh(link).shared) == (2, True)
    assert row_of(FollowUp, survey=survey).answer == "Ny lås er sat på."
    assert clinician.post(at(survey, "opfoelgning/send/")).status_code == 403
    manager.post(at(survey, "opfoelgning/send/"))
    assert fresh(survey).state == State.FOLLOW_UP_RECEIVED
    assert clinician.post(at(survey, "punkt/G1.1.2/opfoelgning/"), {"follow-text": "x"}).status_code == 404


def decided(world: World, survey: Survey, status: str, reason: str) -> Decision:
    item = case_for(world, survey)
    with world.as_(world.member) as by:
        made = deciding.decide(by=by, item=item, status=status, reason=reason)
    with world.as_(world.office) as by:
        publishing.tell_practice(by=by, decision=made)
    return made


def test_a_decision_against_the_recommendation_says_why_and_can_be_appealed(
    world: World, manager: Client, clinician: Client
) -> None:
    survey = world.walked("committee_round_2", worst="partially_met", again="partially_met")
    made = decided(world, survey, "not_accredited", "Det er tredje gang.")
    page = english(manager, at(survey, "afgoerelse/"))
    assert ("Not accredited" in page, "Det er tredje gang." in page, "The rules recommended:" in page) == (True, True, True)
    assert page.index("Not accredited") < page.index("Earlier decision")
    url = at(survey, "afgoerelse/klage/")
    assert clinician.post(url, {"reason": "Nej"}).status_code == 403
    assert "Send the appeal" not in english(clinician, at(survey, "afgoerelse/"))
    assert manager.post(url, {"reason": ""}).status_code == 422
    manager.post(url, {"reason": "Vi har rettet det."})
    assert (fresh(survey).state, made.status) == (State.APPEALED, "not_accredited")


def test_a_publication_is_told_with_its_day(world: World, manager: Client) -> None:
    survey = world.walked("published")
    page = english(manager, at(survey, "afgoerelse/"))
    assert f"Published {timezone.localdate():%-d.%-m.%Y}." in page
    assert "decided by rule: no point is open" in page


def counted(client: Client, survey: Survey, *rests: str) -> list[int]:
    return [queries_of(client, at(survey, rest)) for rest in rests]


def test_the_hearing_asks_as_often_for_one_point_as_for_three(world: World, manager: Client) -> None:
    survey = world.walked("in_hearing", worst="partially_met")
    seen: list[Any] = []
    for number in range(3):
        manager.post(at(survey, "hoering/punkt/"), {"indicator": FIRST, "text": f"Punkt {number}"})
        seen.append(counted(manager, survey, "hoering/", "rapport/", "side-om-side/", "", f"punkt/{FIRST}/"))
    assert seen[0] == seen[1] == seen[2]


def test_the_front_page_asks_as_often_for_one_critical_finding_as_for_three(world: World, manager: Client) -> None:
    survey = world.walked("on_site")
    seen = []
    for number in range(3):
        finding(world, survey, f"Fund {number}")
        seen.append(counted(manager, survey, ""))
    assert seen[0] == seen[1] == seen[2]


def test_the_follow_up_asks_as_often_for_one_open_point_as_for_three(world: World, manager: Client) -> None:
    survey = world.walked("follow_up_open", worst="partially_met")
    one = counted(manager, survey, "opfoelgning/", "side-om-side/")
    with activate(WORKER):
        for indicator in asked(survey)[1:3]:
            FollowUp.objects.create(survey=survey, practice_id=survey.practice_id, indicator=indicator, kind="dialogue")
    assert counted(manager, survey, "opfoelgning/", "side-om-side/") == one
