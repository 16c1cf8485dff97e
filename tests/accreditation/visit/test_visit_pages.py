"""The surveyor's pages with network and without JavaScript."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accreditation.actions import hearing, visiting
from accreditation.actions.visiting import RatingEntry
from accreditation.models import (
    Agreement,
    Assignment,
    ConflictDeclaration,
    ContactCall,
    CriticalFinding,
    EvidenceFile,
    HearingPoint,
    Survey,
    SurveyorRating,
    TeamSummary,
    Unavailable,
    VisitNote,
)
from accreditation.queries import ratings
from accreditation.queries.relevance import asked
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from tests.accreditation.visit.conftest import picture, with_evidence
from tests.accreditation.world import World, fresh

pytestmark = pytest.mark.django_db


def first_of(survey: Survey) -> str:
    with activate(WORKER):
        return asked(survey)[0].number


def rated(survey: Survey) -> list[tuple[str, str, str, bool]]:
    with activate(WORKER):
        rows = SurveyorRating.objects.filter(survey=survey).select_related("indicator").order_by("indicator", "revision")
        return [(row.indicator.number, row.rating, row.reason, row.conflicting) for row in rows]


def at(survey: Survey, rest: str = "") -> str:
    return f"/besoeg/{survey.pk}/{rest}"


def rate(client: Client, survey: Survey, base: object = "", **said: object) -> Any:
    return client.post(at(survey, f"indikator/{first_of(survey)}/vurder/"), {"id": uuid.uuid4(), "base": base or "", **said})


def test_every_page_of_a_visit_under_way_opens(lead: Client, visit: Survey) -> None:
    number = first_of(visit)
    inside = ("", "overblik/", "samtale/", "rapport/", f"indikator/{number}/", "besoeg.ics", "nej/")
    for path in (*(f"{visit.pk}/{rest}" for rest in inside), "", "mig/", "enhed/da/", "sw.js"):
        answer = lead.get(f"/besoeg/{path}")
        assert (path, answer.status_code) == (path, 200)


def test_shared_evidence_stands_at_its_indicator_and_private_evidence_nowhere(lead: Client, visit: Survey) -> None:
    page = lead.get(at(visit, f"indikator/{first_of(visit)}/")).content.decode()
    assert "Vagtplan" in page
    assert "83 % af patienterne." in page
    assert "Internt referat" not in page


def test_a_private_file_is_not_found_and_a_shared_one_is_shown_and_recorded(lead: Client, visit: Survey) -> None:
    with activate(WORKER):
        files = {row.title: row.pk for row in EvidenceFile.objects.filter(survey=visit)}
    assert lead.get(at(visit, f"dokumentation/{files['Internt referat']}/")).status_code == 404
    answer = lead.get(at(visit, f"dokumentation/{files['Vagtplan']}/"))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    with activate(WORKER):
        record = AuditRecord.objects.get(act="downloaded", kind="evidence")
    assert (record.object_id, record.practice_id) == (str(files["Vagtplan"]), visit.practice_id)


def test_other_surveyors_visits_do_not_exist(stranger: Client, visit: Survey) -> None:
    number, some = first_of(visit), uuid.uuid4()
    gets = ("", "overblik/", "samtale/", "rapport/", f"indikator/{number}/", "besoeg.ics", "nej/", "besoeg.json")
    at_indicator = (f"indikator/{number}/{act}/" for act in ("vurder", "vaelg", "note", "foto", "kritisk"))
    after = ("rapport/opsummering/", "rapport/enig/", "rapport/opfoelgning/", f"noter/{some}/fjern/")
    posts = ("ja/", "opkald/", "trin/begin_visit/", *at_indicator, *after, f"enheder/{some}/", "send.json", "foto.json")
    assert {path: stranger.get(at(visit, path)).status_code for path in gets} == dict.fromkeys(gets, 404)
    assert {path: stranger.post(at(visit, path)).status_code for path in posts} == dict.fromkeys(posts, 404)
    assert "north 1" not in stranger.get("/besoeg/").content.decode()


@pytest.mark.parametrize("state", ["self_assessment", "accredited"])
def test_outside_the_window_nothing_of_the_practice_is_shown(world: World, lead: Client, state: str) -> None:
    survey = world.walked(state)
    number = first_of(survey)
    rests = ("overblik/", "samtale/", "rapport/", f"indikator/{number}/", "besoeg.json")
    assert {rest: lead.get(at(survey, rest)).status_code for rest in rests} == dict.fromkeys(rests, 404)
    assert lead.get(at(survey)).status_code == (200 if state == "self_assessment" else 404)


def test_every_look_is_one_record_for_the_practice(lead: Client, visit: Survey) -> None:
    number = first_of(visit)
    for rest in ("", "overblik/", "samtale/", "rapport/", f"indikator/{number}/"):
        lead.get(at(visit, rest))
    with activate(WORKER):
        looked = AuditRecord.objects.filter(act="viewed", practice_id=visit.practice_id).order_by("seq")
        looks = list(looked.values_list("kind", flat=True))
    assert looks == ["visit_documents", "visit_ratings", "visit_ratings", "visit_report", "self_assessment"]


def test_the_call_is_noted_before_the_visit_is_confirmed(world: World, lead: Client) -> None:
    survey = with_evidence(world, "documents_shared")
    lead.post(at(survey, "trin/confirm_visit/"))
    assert fresh(survey).state == "documents_shared"
    assert lead.post(at(survey, "opkald/"), {"spoke_with": ""}).status_code == 422
    lead.post(at(survey, "opkald/"), {"spoke_with": "Sekretæren", "note": "Vi kommer kl. 9."})
    lead.post(at(survey, "trin/confirm_visit/"))
    assert fresh(survey).state == "visit_confirmed"
    with activate(WORKER):
        assert ContactCall.objects.get(survey=survey).note == "Vi kommer kl. 9."


def test_a_rating_needs_a_reason_below_the_passing_ones(lead: Client, visit: Survey) -> None:
    assert rate(lead, visit, rating="partially_met").status_code == 422
    assert rated(visit) == []
    assert rate(lead, visit, rating="partially_met", reason="To af tre.").status_code == 302
    assert rated(visit) == [(first_of(visit), "partially_met", "To af tre.", False)]


def test_a_civil_registration_number_is_refused_in_words(lead: Client, visit: Survey) -> None:
    answer = rate(lead, visit, rating="not_met", reason="Journalen for 010190-1234")
    assert answer.status_code == 422
    assert rated(visit) == []


def test_pressing_twice_stores_once(lead: Client, visit: Survey) -> None:
    said = {"id": uuid.uuid4(), "base": "", "rating": "met", "reason": ""}
    for _press in range(2):
        lead.post(at(visit, f"indikator/{first_of(visit)}/vurder/"), said)
    assert rated(visit) == [(first_of(visit), "met", "", False)]


def test_two_versions_are_kept_and_a_person_chooses(lead: Client, second: Client, visit: Survey) -> None:
    number = first_of(visit)
    rate(lead, visit, rating="met")
    rate(second, visit, rating="not_met", reason="Det så jeg ikke.")
    page = lead.get(at(visit, f"indikator/{number}/"))
    assert page.content.decode().count("visit-version__rating") == 2
    with activate(WORKER):
        head, beside = SurveyorRating.objects.filter(survey=visit).order_by("revision")
    lead.post(at(visit, f"indikator/{number}/vaelg/"), {"id": uuid.uuid4(), "base": head.pk, "version": beside.pk})
    assert rated(visit) == [
        (number, "met", "", False),
        (number, "not_met", "Det så jeg ikke.", True),
        (number, "not_met", "Det så jeg ikke.", False),
    ]
    with activate(WORKER):
        assert ratings.waiting(visit) == {}


def test_notes_photos_and_critical_findings_without_javascript(lead: Client, visit: Survey) -> None:
    base = f"indikator/{first_of(visit)}/"
    lead.post(
        at(visit, base + "note/"),
        {"id": uuid.uuid4(), "kind": "quote", "text": "Vi ringer altid tilbage.", "tags": "telefon, svar"},
    )
    upload = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    lead.post(at(visit, base + "foto/"), {"id": uuid.uuid4(), "photo": upload, "text": "Tavlen"})
    lead.post(at(visit, base + "kritisk/"), {"critical-id": uuid.uuid4(), "critical-text": "Adrenalin er udløbet."})
    bad = lead.post(at(visit, base + "foto/"), {"id": uuid.uuid4(), "photo": SimpleUploadedFile("a.jpg", b"nej", "image/jpeg")})
    assert bad.status_code == 422
    with activate(WORKER):
        notes = {row.kind: row for row in VisitNote.objects.filter(survey=visit)}
        assert CriticalFinding.objects.get(survey=visit).text == "Adrenalin er udløbet."
    assert notes["quote"].tags == ["telefon", "svar"]
    assert b"".join(lead.get(at(visit, f"noter/{notes['photo'].pk}/foto/")).streaming_content)[:2] == b"\xff\xd8"
    lead.post(at(visit, f"noter/{notes['quote'].pk}/fjern/"))
    assert "Vi ringer altid tilbage." not in lead.get(at(visit, base)).content.decode()


def test_summary_agreement_dissent_and_sending(world: World, lead: Client, second: Client) -> None:
    survey = with_evidence(world, "report_draft")
    lead.post(at(survey, "rapport/opsummering/"), {"version": 0, "strengths": "Godt hold.", "summary": "Fint.", "agreed": ""})
    late = second.post(at(survey, "rapport/opsummering/"), {"version": 0, "strengths": "Mit.", "summary": "", "agreed": ""})
    assert late.status_code == 422
    assert "Mit." in late.content.decode()
    assert second.post(at(survey, "rapport/enig/"), {"word-agrees": "no", "word-dissent": ""}).status_code == 422
    lead.post(at(survey, "trin/send_hearing/"))
    assert fresh(survey).state == "report_draft"
    second.post(at(survey, "rapport/enig/"), {"word-agrees": "no", "word-dissent": "Jeg ser det anderledes."})
    lead.post(at(survey, "trin/send_hearing/"))
    assert fresh(survey).state == "in_hearing"
    with activate(WORKER):
        assert TeamSummary.objects.get(survey=survey).strengths == "Godt hold."
        assert Agreement.objects.get(survey=survey).dissent == "Jeg ser det anderledes."


def test_points_are_answered_one_by_one_and_the_old_rating_stays_in_sight(world: World, lead: Client) -> None:
    survey = with_evidence(world, "in_hearing")
    with world.as_(world.manager) as by:
        indicator = asked(survey)[0]
        hearing.add_point(by=by, survey=survey, text="Planen lå i mappen.", indicator=indicator)
        hearing.add_point(by=by, survey=survey, text="Adressen er forkert.")
        hearing.reply(by=by, survey=survey)
    with activate(WORKER):
        first, other = HearingPoint.objects.filter(survey=survey).order_by("number")
        head = ratings.current(survey)[indicator.pk]
    name = f"p{first.pk}"
    said = {
        f"{name}-answer": "I har ret.",
        f"{name}-outcome": "rating_changed",
        f"{name}-id": uuid.uuid4(),
        f"{name}-base": head.pk,
    }
    assert lead.post(at(survey, f"hoering/{first.pk}/"), said).status_code == 422
    lead.post(at(survey, f"hoering/{first.pk}/"), {**said, f"{name}-rating": "largely_met", f"{name}-reason": "Set nu."})
    lead.post(at(survey, "trin/finish_hearing/"))
    assert fresh(survey).state == "in_hearing"
    lead.post(
        at(survey, f"hoering/{other.pk}/"),
        {f"p{other.pk}-answer": "Rettet.", f"p{other.pk}-outcome": "text_corrected", f"p{other.pk}-id": uuid.uuid4()},
    )
    page = lead.get(at(survey, "hoering/")).content.decode()
    assert ("Det så vi." in page, "Set nu." in page) == (True, True)
    lead.post(at(survey, "trin/finish_hearing/"))
    assert fresh(survey).state == "report_final"


def test_the_second_round_shows_the_first_and_rates_again(world: World, lead: Client) -> None:
    survey = world.walked("follow_up_received", worst="partially_met")
    page = lead.get(at(survey)).content.decode()
    assert page.count("visit-row__link") == 1
    assert "Det er rettet." in lead.get(at(survey, f"indikator/{first_of(survey)}/")).content.decode()
    rate(lead, survey, rating="met")
    lead.post(at(survey, "trin/complete_follow_up/"))
    assert fresh(survey).state == "follow_up_rated"


def test_yes_no_ties_and_days_off(world: World, lead: Client, second: Client) -> None:
    survey = world.walked("announced")
    lead.post(at(survey, "ja/"))
    assert second.post(at(survey, "nej/"), {"reason": ""}).status_code == 422
    second.post(at(survey, "nej/"), {"reason": "Jeg er rejst."})
    assert second.get(at(survey)).status_code == 404
    lead.post("/besoeg/mig/tilknytning/", {"tie-kind": "relation", "tie-practice": "d10812", "tie-said": "Min søster."})
    lead.post("/besoeg/mig/dage/", {"days-first_day": "1.12.2026", "days-last_day": "24.12.2026"})
    assert lead.post("/besoeg/mig/dage/", {"days-first_day": "2.12.2026", "days-last_day": "1.12.2026"}).status_code == 422
    assert lead.post("/besoeg/mig/tilknytning/", {"tie-kind": "relation", "tie-practice": "findes-ikke"}).status_code == 422
    with activate(WORKER):
        mine = Assignment.objects.get(survey=survey, user_id=world.lead.scope.user_id)
        assert mine.accepted_at is not None
        tie, days = ConflictDeclaration.objects.get(), Unavailable.objects.get()
    assert tie.practice.name == "Lægehuset north 2 (demo)"
    assert second.post(f"/besoeg/mig/dage/{days.pk}/").status_code == 404
    assert second.post(f"/besoeg/mig/tilknytning/{tie.pk}/", {"last_day": "1.12.2026"}).status_code == 404
    lead.post(f"/besoeg/mig/tilknytning/{tie.pk}/", {"last_day": "1.12.2026"})
    lead.post(f"/besoeg/mig/dage/{days.pk}/")
    with activate(WORKER):
        assert (str(ConflictDeclaration.objects.get().last_day), Unavailable.objects.count()) == ("2026-12-01", 0)


def test_the_list_asks_the_database_as_often_for_three_visits_as_for_one(
    world: World, lead: Client, django_assert_max_num_queries: Any
) -> None:
    world.walked("documents_shared")
    lead.get("/besoeg/")
    with django_assert_max_num_queries(60) as one:
        lead.get("/besoeg/")
    world.walked("documents_shared", "north_2")
    with django_assert_max_num_queries(60) as two:
        lead.get("/besoeg/")
    assert len(two.captured_queries) == len(one.captured_queries)


def test_the_visit_asks_the_database_as_often_with_ratings_and_notes_as_without(
    world: World, lead: Client, visit: Survey, django_assert_max_num_queries: Any
) -> None:
    lead.get(at(visit))
    with django_assert_max_num_queries(80) as bare:
        lead.get(at(visit))
    with world.as_(world.lead) as by:
        for indicator in asked(visit):
            visiting.rate(by=by, survey=visit, entry=RatingEntry(indicator, "met"))
    with django_assert_max_num_queries(80) as full:
        lead.get(at(visit))
    # With everything rated one condition fewer is looked up in words; never more.
    assert len(full.captured_queries) <= len(bare.captured_queries)
