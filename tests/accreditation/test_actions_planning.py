"""Calendar, teams and conflicts of interest, dispensation, postponement, and the steps that clocks take."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from icalendar import Calendar

from accreditation.actions import dispensing, planning, self_assessing, team
from accreditation.actions.due import take_due_steps
from accreditation.actions.moving import SYSTEM, faults
from accreditation.actions.planning import VisitPlan
from accreditation.actions.team import Tie
from accreditation.faults import NotNow
from accreditation.jobs import due, tell
from accreditation.models import Applicability, Cycle, Deadline, SelfAssessment, SurveyEvent
from accreditation.queries.clocks import turns_of
from accreditation.queries.conflicts import conflicts
from accreditation.queries.guards import notice_is_long_enough
from accreditation.queries.ics import visit_calendar
from accreditation.queries.planning import draw
from kip.core.jobs import Progress
from kip.core.scope import WORKER, activate
from practices.enums import Role
from practices.models import Membership, Practice
from tests.accreditation.test_actions_visit import codes
from tests.accreditation.world import NOTICE, World, fresh

pytestmark = pytest.mark.django_db
NOON = dt.time(12, 0)


def at(day: dt.date, hour: dt.time = NOON) -> dt.datetime:
    return dt.datetime.combine(day, hour, tzinfo=timezone.get_default_timezone())


def test_the_lottery_can_be_drawn_again_and_spreads_over_working_days(world: World) -> None:
    programme = world.programme()
    practices = [world.places["north_1"], world.places["north_2"]]
    with world.as_(world.office) as by:
        cycle = planning.plan_cycle(by=by, programme=programme, first_day=dt.date(2027, 1, 1), practices=practices, seed="frø")
    with activate(WORKER):
        lined_up = [row.practice for row in cycle.surveys.order_by("place_in_cycle")]
        days = list(cycle.surveys.order_by("place_in_cycle").values_list("visit_on", flat=True))
        pinned = {(row.edition_id, row.rule_set_id) for row in cycle.surveys.all()}
    assert lined_up == draw(list(reversed(practices)), "frø")
    assert cycle.last_day == dt.date(2029, 12, 31)
    assert days == [dt.date(2027, 1, 4), dt.date(2028, 7, 3)]
    assert pinned == {(programme.edition_id, programme.rule_set_id)}


def test_a_region_plans_only_its_own_practices(world: World) -> None:
    programme = world.programme()
    with world.as_(world.office) as by, pytest.raises(PermissionDenied):
        planning.plan_cycle(by=by, programme=programme, first_day=dt.date(2027, 1, 1), practices=[world.places["south_1"]])
    consultant = world.person("konsulent", Role.QUALITY_CONSULTANT, "north")
    with world.as_(consultant) as by, pytest.raises(PermissionDenied):
        planning.plan_cycle(by=by, programme=programme, first_day=dt.date(2027, 1, 1), practices=[])


def test_a_surveyor_with_a_conflict_is_blocked_until_a_second_person_says_why_not(world: World) -> None:
    survey = world.planned()
    place = survey.practice
    tied = world.person("tidligere ansat", Role.SURVEYOR)
    with activate(WORKER):
        team.save_profile(by=SYSTEM, user_id=tied.scope.user_id, professions=[place.profession], languages=["da"])
    with world.as_(tied) as by:
        tie = Tie("works_at", practice=place, last_day=timezone.localdate() - dt.timedelta(days=30))
        team.declare_tie(by=by, user_id=by.scope.user_id, tie=tie)
    with world.as_(world.office) as by:
        made = team.assign(by=by, survey=survey, user_id=tied.scope.user_id, role="observer")
        assert (made.blocked, made.conflicts[0]["kind"]) == (True, "works_at")
        assert [fault.code for fault in faults(by, survey, "announce")] == ["conflict_of_interest"]
        with pytest.raises(NotNow) as refused:
            team.override_conflict(by=by, assignment=made, reason="Der er ikke andre")
        assert codes(refused) == ["own_conflict"]
    other = world.person("kollega i kontoret", Role.REGIONAL_ADMINISTRATOR, "north")
    with world.as_(other) as by:
        team.override_conflict(by=by, assignment=made, reason="Der er ikke andre")
        assert faults(by, survey, "announce") == ()


@pytest.mark.parametrize(
    ("kind", "ended_days_ago", "expected"),
    [
        ("owns", None, ["owns"]), ("works_at", 30, ["works_at"]), ("works_at", 365 * 4, []), ("relation", None, ["relation"]),
        ("relation", 1, []), ("municipality", 365, ["municipality"]), ("municipality", 365 * 4, []),
    ],
)  # fmt: skip
def test_what_counts_as_a_conflict_and_for_how_long(
    kind: str, ended_days_ago: int | None, expected: list[str], world: World
) -> None:
    place, today = world.places["north_1"], timezone.localdate()
    last = None if ended_days_ago is None else today - dt.timedelta(days=ended_days_ago)
    where = {"municipality": place.municipality} if kind == "municipality" else {"practice": place}
    with world.as_(world.lead) as by:
        team.declare_tie(by=by, user_id=by.scope.user_id, tie=Tie(kind, last_day=last, **where))
        assert [found.kind for found in conflicts(by.scope.user_id, place, today)] == expected


def test_working_in_the_same_municipality_and_a_membership_count_too(world: World) -> None:
    place, neighbour, today = world.places["north_1"], world.places["north_2"], timezone.localdate()
    user_id = world.lead.scope.user_id
    with world.as_(world.lead) as by:
        team.declare_tie(by=by, user_id=user_id, tie=Tie("works_at", practice=neighbour))
        assert [found.kind for found in conflicts(user_id, place, today)] == ["municipality"]
    with activate(WORKER):
        Membership.objects.create(user_id=user_id, role=Role.CLINICIAN, practice=place, valid_from=today)
        assert [found.kind for found in conflicts(user_id, place, today)] == ["municipality", "works_at"]
        assert conflicts(user_id, world.places["south_1"], today) == []


def test_a_team_needs_its_number_a_lead_the_own_profession_and_free_days(world: World) -> None:
    survey = world.planned()
    with activate(WORKER):
        mine = survey.assignment_set.get(role="lead")
    with world.as_(world.lead) as by:
        day = survey.visit_on
        team.add_unavailable(by=by, first_day=day - dt.timedelta(days=1), last_day=day)
    with world.as_(world.office) as by:
        assert [fault.code for fault in faults(by, survey, "announce")] == ["surveyor_unavailable"]
        team.end_assignment(by=by, assignment=mine, reason="Ikke fri")
        team.save_profile(by=by, user_id=world.second.scope.user_id, professions=["psychology"], languages=["da"])
        assert [fault.code for fault in faults(by, survey, "announce")] == [
            "team_too_small", "team_without_lead", "team_lacks_profession",
        ]  # fmt: skip


def test_the_notice_is_a_year_in_general_practice_and_longer_for_a_new_owner(world: World) -> None:
    survey = world.planned()
    today = dt.date(2027, 3, 1)
    with activate(WORKER):
        for day, expected in ((dt.date(2028, 2, 29), ["notice_too_short"]), (dt.date(2028, 3, 1), [])):
            survey.visit_on = day
            assert [fault.code for fault in notice_is_long_enough(survey, SYSTEM, at(today))] == expected
        Practice.objects.filter(pk=survey.practice_id).update(origin=world.places["north_2"], valid_from=dt.date(2026, 6, 1))
        survey.practice.refresh_from_db()
        survey.visit_on = dt.date(2030, 1, 1)
        for day, expected in ((dt.date(2027, 5, 31), ["owner_too_new"]), (dt.date(2027, 6, 1), [])):
            assert [fault.code for fault in notice_is_long_enough(survey, SYSTEM, at(day))] == expected


def test_announcing_starts_the_clocks_of_the_kind(world: World) -> None:
    day = dt.date(2027, 1, 4)
    with time_machine.travel(at(day), tick=False):
        survey = world.walked("announced")
    with activate(WORKER):
        due_on = {row.clock: timezone.localtime(row.due_at).date() for row in Deadline.objects.filter(survey=survey)}
        asked = Applicability.objects.filter(survey=survey, relevant=True).count()
    visit = day + NOTICE
    assert due_on == {
        "dispensation": dt.date(2027, 2, 4), "documents": visit - dt.timedelta(days=7), "call": visit - dt.timedelta(days=14),
    }  # fmt: skip
    assert fresh(survey).announced_on == day
    assert asked == 6  # neither the point for two people nor the one for three staff groups


def test_a_dispensation_is_asked_for_within_a_month_and_answered_once(world: World) -> None:
    day = dt.date(2027, 1, 4)
    with time_machine.travel(at(day), tick=False):
        survey = world.walked("announced")
    wish = {"reason": "age", "said": "Vi lukker", "closes_on": dt.date(2028, 1, 1)}
    with (
        time_machine.travel(at(dt.date(2027, 2, 5)), tick=False),
        world.as_(world.manager) as by,
        pytest.raises(NotNow) as refused,
    ):
        dispensing.request_dispensation(by=by, survey=survey, **wish)
    assert codes(refused) == ["dispensation_too_late"]
    with time_machine.travel(at(dt.date(2027, 2, 4), dt.time(23, 59)), tick=False), world.as_(world.manager) as by:
        asked = dispensing.request_dispensation(by=by, survey=survey, **wish)
    with time_machine.travel(at(dt.date(2027, 2, 8)), tick=False), world.as_(world.office) as by:
        dispensing.answer_dispensation(
            by=by, dispensation=asked, granted=True, answer="Ja", reconfirm_by=dt.date(2027, 12, 1)
        )  # fmt: skip
        with pytest.raises(NotNow) as refused:
            dispensing.answer_dispensation(by=by, dispensation=asked, granted=False, answer="Nej")
        assert codes(refused) == ["already_done"]
    assert fresh(survey).state == "dispensed"
    with activate(WORKER):
        assert not Deadline.objects.filter(survey=survey, met_at=None, cancelled_at=None).exists()
        with time_machine.travel(at(dt.date(2027, 12, 1)), tick=False):
            assert take_due_steps(timezone.now()) == 0
        with time_machine.travel(at(dt.date(2027, 12, 2)), tick=False):
            assert take_due_steps(timezone.now()) == 1
    assert fresh(survey).state == "planned"


def test_a_confirmed_closing_stays_out_of_the_plan_and_a_refused_one_goes_on(world: World) -> None:
    survey = world.walked("self_assessment")
    wish = {"reason": "illness", "said": "Sygdom", "closes_on": timezone.localdate() + dt.timedelta(days=300)}
    with world.as_(world.manager) as by:
        asked = dispensing.request_dispensation(by=by, survey=survey, **wish)
    with world.as_(world.office) as by:
        soon = timezone.localdate() + dt.timedelta(days=10)
        dispensing.answer_dispensation(by=by, dispensation=asked, granted=True, answer="Ja", reconfirm_by=soon)
    with world.as_(world.manager) as by:
        dispensing.reconfirm_closing(by=by, dispensation=asked)
    with activate(WORKER):
        assert take_due_steps(timezone.now() + dt.timedelta(days=20)) == 0
    other = world.walked("announced", "north_2")
    with world.as_(world.person("leder north_2", Role.PRACTICE_MANAGER, "north_2")) as by:
        asked = dispensing.request_dispensation(by=by, survey=other, **wish)
    with world.as_(world.office) as by:
        dispensing.answer_dispensation(by=by, dispensation=asked, granted=False, answer="Nej")
    with activate(WORKER):
        assert take_due_steps(timezone.now()) == 1
    assert [fresh(row).state for row in (survey, other)] == ["dispensed", "self_assessment"]


def test_a_postponed_visit_keeps_the_answers_and_starts_its_clocks_again(world: World) -> None:
    survey = world.walked("documents_shared")
    new_day = timezone.localdate() + NOTICE + dt.timedelta(days=60)
    with world.as_(world.office) as by:
        with pytest.raises(NotNow) as refused:
            planning.postpone(by=by, survey=survey, reason=" ")
        assert codes(refused) == ["reason_needed"]
        planning.postpone(by=by, survey=survey, reason="Sygdom")
        assert b"METHOD:CANCEL" in visit_calendar(survey)
        planning.reschedule(by=by, survey=survey, visit=VisitPlan(new_day, dt.time(9, 30), 120, "Storegade 1"))
    with activate(WORKER):
        survey = fresh(survey)
        assert survey.state == "announced"
        assert SelfAssessment.objects.filter(survey=survey, state="done").count() == 6
        running = Deadline.objects.filter(survey=survey, clock="documents", met_at=None, cancelled_at=None)
        assert timezone.localtime(running.get().due_at).date() == new_day - dt.timedelta(days=7)
        [event] = Calendar.from_ical(visit_calendar(survey)).walk("VEVENT")
    assert (event["SEQUENCE"], event["LOCATION"], event["STATUS"]) == (1, "Storegade 1", "CONFIRMED")
    assert event.decoded("dtstart").isoformat()[:16] == f"{new_day}T09:30"
    assert event.decoded("dtend") - event.decoded("dtstart") == dt.timedelta(minutes=120)


def test_documents_that_nobody_shares_are_closed_by_the_clock(world: World) -> None:
    survey, begun = world.walked("announced"), world.walked("self_assessment", "north_2")
    late = timezone.now() + NOTICE - dt.timedelta(days=6)
    with activate(WORKER), time_machine.travel(late, tick=False):
        assert take_due_steps(timezone.now()) == 3
        assert take_due_steps(timezone.now()) == 0
    assert [fresh(row).state for row in (survey, begun)] == ["documents_shared", "documents_shared"]


def test_a_follow_up_that_never_comes_goes_to_the_committee(world: World) -> None:
    survey = world.walked("follow_up_open", worst="partially_met")
    with activate(WORKER):
        last = Deadline.objects.get(survey=survey, clock="follow_up").due_at
        assert take_due_steps(last) == 0
        assert take_due_steps(last + dt.timedelta(seconds=1)) == 1
    assert fresh(survey).state == "committee_round_2"


def test_a_step_is_mailed_once_to_those_it_concerns_with_a_calendar_file(world: World, mailoutbox: list) -> None:
    survey = world.walked("announced")
    with activate(WORKER):
        event = SurveyEvent.objects.get(survey=survey, transition="announce")
    for _time in range(2):
        tell(WORKER, Progress("x"), event_id=event.pk)
    assert sorted(mail.to[0] for mail in mailoutbox) == ["kollega@akk.example", "surveyor@akk.example"]
    assert world.manager.role == Role.PRACTICE_MANAGER  # made just now
    tell(WORKER, Progress("x"), event_id=event.pk)
    assert mailoutbox[-1].to == ["leder@akk.example"]
    [(name, content, media_type)] = mailoutbox[-1].attachments
    assert (name, media_type, "BEGIN:VEVENT" in content) == ("besoeg.ics", "text/calendar", True)


def test_reminders_come_in_one_mail_and_once(world: World, mailoutbox: list) -> None:
    survey = world.walked("self_assessment")
    world.walked("self_assessment", "north_2")
    moment = at(survey.visit_on - dt.timedelta(days=15))
    with activate(WORKER):
        calls = [turn for turn in turns_of(fresh(survey), moment) if turn.deadline.clock == "call"]
        assert [(turn.whose, turn.state.state) for turn in calls] == [("team", "soon")]
    for hours in (0, 1, 25):
        with time_machine.travel(moment + dt.timedelta(hours=hours), tick=False):
            due(WORKER, Progress("x"))
    to_lead = [mail for mail in mailoutbox if mail.to == ["surveyor@akk.example"]]
    assert [mail.body.count("Lægehuset") for mail in to_lead[:1]] == [2]
    assert len([mail for mail in mailoutbox if mail.to == ["leder@akk.example"]]) == 1
    assert len(to_lead) <= 2


def test_last_cycles_answers_are_proposals_and_nothing_more(world: World) -> None:
    first = world.walked("accredited")
    with activate(WORKER):
        programme = first.programme
        cycle = Cycle.objects.create(
            region_id=first.practice.region_id, programme=programme, number=2, order="listed",
            first_day=first.cycle.last_day, last_day=first.cycle.last_day + dt.timedelta(days=1000),
        )  # fmt: skip
        second = planning.plan_next(by=SYSTEM, survey=first, cycle=cycle, visit_on=first.cycle.last_day)
        for who, role in ((world.lead, "lead"), (world.second, "second")):
            team.assign(by=SYSTEM, survey=second, user_id=who.scope.user_id, role=role)
    with world.as_(world.office) as by:
        planning.announce(by=by, survey=second)
    with world.as_(world.manager) as by:
        self_assessing.start(by=by, survey=second)
        rows = list(SelfAssessment.objects.filter(survey=second).select_related("proposed"))
        assert {(row.state, row.answer, row.proposed.answer) for row in rows} == {("open", "", "met")}
        with pytest.raises(NotNow) as refused:
            self_assessing.share_documents(by=by, survey=second)
        assert codes(refused) == ["not_answered"]


def test_a_renewal_is_planned_a_year_before_the_end(world: World) -> None:
    survey = world.walked("accredited")
    with activate(WORKER):
        decision = survey.decision_set.get()
        cycle = Cycle.objects.create(
            region_id=survey.practice.region_id, programme=survey.programme, number=2, order="listed",
            first_day=survey.cycle.first_day + dt.timedelta(days=1), last_day=decision.valid_to + dt.timedelta(days=400),
        )  # fmt: skip
        year_before = at(decision.valid_to) - dt.timedelta(days=366)
        assert take_due_steps(year_before - dt.timedelta(days=2)) == 0
        assert take_due_steps(year_before + dt.timedelta(days=2)) == 1
        assert take_due_steps(year_before + dt.timedelta(days=3)) == 0
        assert [row.previous_id for row in cycle.surveys.all()] == [survey.pk]
