"""The committee's pages: what is on the agenda and nothing else, reasoning, stepping out, decisions, minutes and the sample."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from accreditation.actions import deciding, team
from accreditation.actions.moving import faults
from accreditation.actions.team import Tie
from accreditation.models import (
    AgendaItem,
    CommitteeMeeting,
    CommitteeMember,
    ConflictDeclaration,
    Decision,
    MeetingSeat,
    Recusal,
    RegionRule,
    SampledDecision,
)
from accreditation.queries.conflicts import conflicts, tied_members
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from kip.core.workdays import add_months
from practices.models import Membership, Municipality, Practice
from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import START, Walk, World, case_for, fresh, row_of

pytestmark = pytest.mark.django_db
OFFICE, PLACE = "/region/akkreditering/naevn/", "/naevn/"
TODAY = timezone.localdate()


def at(item: AgendaItem, rest: str = "") -> str:
    return f"{PLACE}sager/{item.pk}/{rest}"


def test_a_meeting_from_the_call_to_the_minutes(world: World, office: Client, member: Client) -> None:
    survey = world.walked("decision", worst="partially_met")
    user_id = world.member.scope.user_id
    assert office.post(f"{OFFICE}medlemmer/", {"member-user_id": user_id}).status_code == 422
    office.post(
        f"{OFFICE}medlemmer/", {"member-user_id": user_id, "member-professions": ["general_practice"], "member-chair": "on"}
    )
    sitting = row_of(CommitteeMember)
    assert (sitting.user_id, sitting.professions, sitting.chair) == (user_id, ["general_practice"], True)
    past = (TODAY - dt.timedelta(days=1)).isoformat()
    assert office.post(f"{OFFICE}moeder/", {"meeting-held_on": past, "meeting-members": [sitting.pk]}).status_code == 422
    office.post(f"{OFFICE}moeder/", {"meeting-held_on": TODAY.isoformat(), "meeting-members": [sitting.pk]})
    meeting = row_of(CommitteeMeeting)
    page = f"{OFFICE}moeder/{meeting.pk}/"
    assert "disabled" in office.get(page).content.decode()
    office.post(f"{page}sager/", {"survey": survey.pk})
    item = row_of(AgendaItem)
    assert member.get(at(item)).status_code == 404
    office.post(f"{page}send/")
    assert member.get(at(item)).status_code == 200
    member.post(at(item, "afgoer/"), {"status": "provisional", "reason": ""})
    assert fresh(survey).state == "decision"
    member.post(f"{PLACE}moeder/{meeting.pk}/til-stede/", {"present": "yes"})
    member.post(at(item, "afgoer/"), {"status": "provisional", "reason": ""})
    decision = row_of(Decision)
    assert (decision.status, decision.members, decision.item_id, fresh(survey).state) == (
        "provisional",
        ["medlem"],
        item.pk,
        "provisional",
    )
    assert office.post(f"{page}luk/", {"minutes": ""}).status_code == 422
    office.post(f"{page}luk/", {"minutes": "Sagen blev drøftet."})
    assert (fresh(meeting).state, fresh(meeting).minutes) == ("closed", "Sagen blev drøftet.")
    assert (member.get(at(item)).status_code, "Lægehuset" in member.get(PLACE).content.decode()) == (404, False)


def test_the_case_shows_both_rounds_and_the_reasoning(world: World, member: Client) -> None:
    survey = world.walked("committee_round_2", worst="not_met", again="partially_met")
    page = member.get(at(case_for(world, survey)))
    sheet, body = page.context["sheet"], page.content.decode()
    assert [rule for rule, _sentence in sheet.steps] == ["R0", "R4", "R5"]
    assert (sheet.recommendation, sheet.second) == ("accredited_with_remarks", True)
    assert [(one["number"], one["first"]["rating"], one["second"]["rating"]) for one in sheet.open] == [
        ("G1.1.1", "not_met", "partially_met")
    ]  # fmt: skip
    for sentence in ("Det så vi.", "Det så vi nu.", *(sentence for _rule, sentence in sheet.steps)):
        assert sentence in body.replace("&#x27;", "'")
    with activate(WORKER):
        looks = AuditRecord.objects.filter(act="viewed", kind="committee_case", practice_id=survey.practice_id)
        assert looks.count() == 1


def test_a_departure_needs_a_reason(world: World, member: Client) -> None:
    survey = world.walked("committee_round_2", worst="partially_met", again="partially_met")
    item = case_for(world, survey)
    assert member.post(at(item, "afgoer/"), {"status": "not_accredited", "reason": " "}).status_code == 422
    assert fresh(survey).state == "committee_round_2"
    member.post(at(item, "afgoer/"), {"status": "not_accredited", "reason": "Gentagne fejl"})
    with activate(WORKER):
        decision = Decision.objects.filter(survey=survey).order_by("-pk").first()
    assert (decision.status, decision.recommendation, decision.reason) == (
        "not_accredited", "accredited_with_remarks", "Gentagne fejl",
    )  # fmt: skip


def test_an_appeal_is_read_and_decided(world: World, member: Client) -> None:
    survey = world.walked("accredited_with_remarks", worst="partially_met", again="partially_met")
    with world.as_(world.manager) as by:
        deciding.appeal(by=by, survey=survey, reason="Vi har vist aftalen")
    item = case_for(world, survey)
    assert "Vi har vist aftalen" in member.get(at(item)).content.decode()
    member.post(at(item, "afgoer/"), {"status": "accredited", "reason": "Aftalen lå der"})
    assert fresh(survey).state == "accredited"


def test_stepping_out_closes_the_case(world: World, member: Client) -> None:
    item = case_for(world, world.walked("decision", worst="partially_met"))
    assert member.post(at(item, "traed-ud/"), {"reason": ""}).status_code == 422
    member.post(at(item, "traed-ud/"), {"reason": "Min nabo"})
    assert row_of(Recusal).reason == "Min nabo"
    for rest in ("", "traed-ud/"):
        assert member.get(at(item, rest)).status_code == 404
    assert member.post(at(item, "afgoer/"), {"status": "provisional"}).status_code == 404


def test_nobody_else_s_case_and_no_other_role(world: World, member: Client, office: Client) -> None:
    item = case_for(world, world.walked("decision", worst="partially_met"))
    other = signed_in_as(world.person("andet medlem", "committee_member"))
    for rest in ("", "traed-ud/", "afgoer/", "laest/"):
        assert other.get(at(item, rest)).status_code == 404
    assert other.post(f"{PLACE}moeder/{item.meeting_id}/til-stede/").status_code == 404
    assert other.get(f"{PLACE}moeder/{item.meeting_id}/luk/").status_code == 404
    assert (office.get(at(item)).status_code, signed_in_as(world.lead).get(PLACE).status_code) == (404, 404)
    assert member.get(OFFICE).status_code == 404


def test_another_region_s_meeting_does_not_exist(world: World) -> None:
    item = case_for(world, world.walked("decision", worst="partially_met"))
    south = signed_in_as(world.person("syd", "regional_administrator", "south"))
    page = f"{OFFICE}moeder/{item.meeting_id}/"
    assert south.get(page).status_code == 404
    for rest in ("sager/", "send/", "luk/"):
        assert south.post(page + rest, {"survey": item.survey_id, "minutes": "x"}).status_code == 404
    with activate(WORKER):
        seat = MeetingSeat.objects.get()
    assert south.post(f"{OFFICE}pladser/{seat.pk}/", {"present": "no"}).status_code == 404
    assert fresh(seat).present


def test_a_tie_is_shown_to_the_member_and_stops_the_decision(world: World, member: Client, office: Client) -> None:
    survey = world.walked("decision", worst="partially_met")
    item = case_for(world, survey)
    with world.as_(world.member) as by:
        town = survey.practice.municipality
        team.declare_tie(by=by, user_id=by.scope.user_id or 0, tie=Tie("municipality", municipality=town))
        assert [fault.code for fault in faults(by, survey, "decide_provisionally")] == ["member_tied"]
        with pytest.raises(DatabaseError, match="conflict of interest"), transaction.atomic():
            _insert(survey, item)
    page = member.get(at(item)).content.decode()
    assert "alert-warning" in page
    assert 'name="status"' not in page
    meeting = office.get(f"{OFFICE}moeder/{item.meeting_id}/")
    assert list(meeting.context["sheet"].cases[0].ties) == ["medlem"]
    member.post(f"{PLACE}tilknytning/{row_of(ConflictDeclaration).pk}/", {"last_day": add_months(TODAY, -37).isoformat()})
    with world.as_(world.member) as by:
        assert faults(by, survey, "decide_provisionally") == ()


def _insert(survey: Any, item: AgendaItem) -> Decision:
    return Decision.objects.create(
        survey=survey, practice_id=survey.practice_id, kind="committee", status="provisional", basis={}, item=item, by_name="x",
        by_id=item.meeting.seats.get().user_id, follow_up="visit", follow_up_by=TODAY,
    )  # fmt: skip


TIES = [
    ("works_at", "practice", None), ("works_at", "practice", 2), ("works_at", "practice", 4), ("owns", "neighbour", None),
    ("municipality", "town", None), ("municipality", "town", 2), ("municipality", "town", 4), ("relation", "practice", None),
    ("relation", "practice", 1), ("relation", "neighbour", None), ("owns", "abroad", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "place", "ended"), TIES)
def test_the_database_counts_the_same_ties_as_the_pages(world: World, kind: str, place: str, ended: int | None) -> None:
    """ended: years ago; the region counts three."""
    item = case_for(world, world.walked("decision", worst="partially_met"))
    with activate(WORKER):
        north = Practice.objects.select_related("municipality").get(number="D10811")
        places = {
            "practice": north,
            "neighbour": Practice.objects.get(number="D10812"),
            "abroad": Practice.objects.get(number="D10831"),
        }
        ConflictDeclaration.objects.create(
            user_id=world.member.scope.user_id, kind=kind, practice=places.get(place),
            municipality=north.municipality if place == "town" else None, declared_by_id=world.member.scope.user_id,
            last_day=add_months(TODAY, -12 * ended) if ended else None,
        )  # fmt: skip
    with world.as_(world.member) as by:
        said = bool(conflicts(by.scope.user_id or 0, north, TODAY))
        assert tied_members(item.pk) == (["medlem"] if said else [])


def test_a_membership_of_the_practice_is_a_tie(world: World) -> None:
    item = case_for(world, world.walked("decision", worst="partially_met"))
    with activate(WORKER):
        north, user_id = Practice.objects.get(number="D10811"), world.member.scope.user_id
        Membership.objects.create(user_id=user_id, role="clinician", practice=north, valid_from=START)
    with world.as_(world.member):
        assert tied_members(item.pk) == ["medlem"]
    with world.as_(world.person("andet medlem", "committee_member")):
        assert tied_members(item.pk) == []  # the function answers about own meetings alone


def test_the_sample_is_drawn_read_and_told_to_the_region(world: World, office: Client, member: Client) -> None:
    survey = world.walked("accredited")
    with activate(WORKER):
        RegionRule.objects.update(sample_percent=100)
    office.post(f"{OFFICE}stikproeve/", {"draw-year": str(TODAY.year)})
    assert office.post(f"{OFFICE}stikproeve/", {"draw-year": str(TODAY.year)}).status_code == 422
    item = case_for(world, survey, "sample")
    page = member.get(at(item)).content.decode()
    assert ('name="agrees"' in page, 'name="status"' in page) == (True, False)
    assert member.post(at(item, "laest/"), {"agrees": "no", "note": ""}).status_code == 422
    member.post(at(item, "laest/"), {"agrees": "no", "note": "Begrundelsen er tynd"})
    row = row_of(SampledDecision)
    assert (row.agrees, row.note, row.read_by_id, fresh(survey).state) == (
        False, "Begrundelsen er tynd", world.member.scope.user_id, "accredited",
    )  # fmt: skip
    assert "Begrundelsen er tynd" in office.get(OFFICE).content.decode()


def test_own_ties_are_declared_and_ended(world: World, member: Client) -> None:
    world.programme()
    with activate(WORKER):
        town = Municipality.objects.get(name="By north")
    assert member.post(f"{PLACE}tilknytning/", {"tie-kind": "municipality"}).status_code == 422
    member.post(f"{PLACE}tilknytning/", {"tie-kind": "municipality", "tie-municipality": town.pk, "tie-first_day": "1.1.2020"})
    tie = row_of(ConflictDeclaration)
    assert member.post(f"{PLACE}tilknytning/{tie.pk}/", {"last_day": "1.1.2019"}).status_code == 422
    other = signed_in_as(world.person("andet medlem", "committee_member"))
    assert other.post(f"{PLACE}tilknytning/{tie.pk}/", {"last_day": "1.1.2021"}).status_code == 404
    member.post(f"{PLACE}tilknytning/{tie.pk}/", {"last_day": "1.1.2021"})
    assert fresh(tie).last_day == dt.date(2021, 1, 1)


def test_lists_ask_as_often_for_three_cases_as_for_one(
    world: World, office: Client, member: Client, django_assert_max_num_queries: Any
) -> None:
    item = case_for(world, world.walked("decision", worst="partially_met"))
    pages = ((member, PLACE), (office, f"{OFFICE}moeder/{item.meeting_id}/"))
    counts: dict[str, list[int]] = {}
    for round_number in range(2):
        for client, page in pages:
            client.get(page)
            with django_assert_max_num_queries(80) as asked:
                client.get(page)
            counts.setdefault(page, []).append(len(asked.captured_queries))
        if round_number == 0:
            for place in ("north_2", "north_physio"):
                survey = world.walked("decision", place, worst="partially_met")
                office.post(f"{OFFICE}moeder/{item.meeting_id}/sager/", {"survey": survey.pk})
    assert [numbers[0] for numbers in counts.values()] == [numbers[1] for numbers in counts.values()]


def test_a_focused_revisit_stands_beside_what_was_left_open(world: World, member: Client) -> None:
    first = world.walked("accredited_with_remarks", worst="partially_met", again="partially_met")
    survey = world.planned(kind="focused_revisit", previous=first)
    walk = Walk(world, survey, "met", "met")
    for step in (walk.announce, walk.start, walk.confirm, walk.begin, walk.rate, walk.draft, walk.send, walk.finish, walk.refer):
        step()
    sheet = member.get(at(case_for(world, fresh(survey)))).context["sheet"]
    assert (sheet.recommendation, sheet.second) == ("accredited", True)
    assert [(one["number"], one["first"]["rating"], one["second"]["rating"]) for one in sheet.open] == [
        ("G1.1.1", "partially_met", "met")
    ]  # fmt: skip
