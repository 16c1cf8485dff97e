"""Ends and edges of the ways that were open: a supervision follow-up's decision, a conflict on an old base, a team that rates."""

import datetime as dt
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from accreditation.actions import deciding, following_up, planning, team, visiting
from accreditation.actions.due import take_due_steps
from accreditation.actions.moving import move
from accreditation.actions.visiting import RatingEntry
from accreditation.enums import ProgrammeKind, State
from accreditation.faults import NotNow
from accreditation.models import Deadline, Decision, FollowUp, Survey
from accreditation.programmes import kind
from accreditation.queries import ratings
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from tests.accreditation.test_actions_visit import codes
from tests.accreditation.world import World, fresh

pytestmark = pytest.mark.django_db


def supervised(world: World) -> Survey:
    """A supervision follow-up whose points wait for the practice; one of them was graded as a major problem."""
    survey = world.planned(kind="supervision_follow_up", focus=("G1.1.1", "G2.1.1"))
    with world.as_(world.office) as by:
        second = survey.assignment_set.get(role="second")
        team.end_assignment(by=by, assignment=second, reason="Én er nok")
        planning.announce(by=by, survey=survey)
    with activate(WORKER):
        assert fresh(survey).state in (State.ANNOUNCED, State.RATING_COMPLETE)
    if fresh(survey).state == State.ANNOUNCED:
        from_practice(world, survey)
    with world.as_(world.lead) as by:
        for place, indicator in enumerate(asked(survey)):
            visiting.rate(
                by=by,
                survey=survey,
                entry=RatingEntry(indicator, "major_problems" if place == 0 else "no_problems", reason="Set ved tilsynet"),
            )
        visiting.draft_report(by=by, survey=survey)
    with world.as_(world.office) as by:
        deciding.refer_to_committee(by=by, survey=survey)
    return fresh(survey)


def from_practice(world: World, survey: Survey) -> None:
    with world.as_(world.manager) as by:
        move(by=by, survey=survey, name="start_self_assessment")


def test_a_supervision_follow_up_ends_with_a_decision(world: World) -> None:
    survey = supervised(world)
    assert survey.state == "follow_up_open"
    with world.as_(world.manager) as by:
        for row in FollowUp.objects.filter(survey=survey):
            following_up.answer_follow_up(by=by, follow_up=row, text="Rettet")
        following_up.send_follow_up(by=by, survey=survey)
    with world.as_(world.lead) as by:
        for row in FollowUp.objects.filter(survey=survey).select_related("indicator"):
            following_up.rate_again(by=by, survey=survey, entry=RatingEntry(row.indicator, "no_problems", reason="Set nu"))
        following_up.complete_follow_up(by=by, survey=survey)
        visiting.send_hearing(by=by, survey=survey)
    with activate(WORKER):
        decision = Decision.objects.get(survey=survey)
    assert (fresh(survey).state, decision.status, decision.kind, decision.round) == (
        "reviewed",
        "no_problems",
        "administrative",
        2,
    )


def test_a_follow_up_that_never_came_ends_with_the_grade_it_had(world: World) -> None:
    survey = supervised(world)
    with activate(WORKER):
        due = Deadline.objects.get(survey=survey, clock="follow_up", met_at=None)
        assert take_due_steps(due.due_at + dt.timedelta(days=1)) == 1
        decision = Decision.objects.get(survey=survey)
    assert (fresh(survey).state, decision.status, decision.by_name) == ("reviewed", "major_problems", "KIP")


def test_the_team_writes_no_accreditation_by_hand(world: World) -> None:
    survey = world.walked("follow_up_rated", worst="partially_met")
    with world.as_(world.lead), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Decision.objects.create(
            survey=survey, practice_id=survey.practice_id, kind="administrative", status="accredited", basis={}, by_name="x"
        )


def test_settling_a_conflict_on_an_old_base_is_refused_in_a_sentence(world: World) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        indicator = asked(survey)[0]
        head = visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "met"))
        beside = visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "largely_met"))
        assert beside.conflicting
        newer = visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "met", base=head.pk))
        for entry in (
            RatingEntry(indicator, "met", base=head.pk, resolves=[beside.pk]),
            RatingEntry(indicator, "met", base=newer.pk, resolves=[uuid4()]),
        ):
            with pytest.raises(NotNow) as refused:
                visiting.rate(by=by, survey=survey, entry=entry)
            assert codes(refused) == ["changed_meanwhile"]
        visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "met", base=newer.pk, resolves=[beside.pk]))
        assert ratings.waiting(survey) == {}


@pytest.mark.parametrize("code", ProgrammeKind)
def test_every_kind_has_somebody_who_rates(code: str) -> None:
    assert kind(code).team_for("psychology").least >= 1
