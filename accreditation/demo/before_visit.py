"""Plots up to the visit: planned, announced, dispensation, self-assessment, documents."""

import datetime as dt

from accreditation.actions import dispensing, planning, self_assessing, team
from accreditation.actions.planning import VisitPlan
from accreditation.actions.team import Tie
from accreditation.demo import evidence
from accreditation.demo.cast import as_
from accreditation.demo.moments import at_hour, months, workdays
from accreditation.demo.stage import Stage, plot
from accreditation.demo.texts import texts
from accreditation.demo.walking import Walk
from accreditation.enums import TeamRole, TieKind
from accreditation.models import Assignment, Dispensation
from practices.models import Practice


def _contact(walk: Walk, on: dt.date) -> None:
    with as_(walk.manager, at_hour(on, 12)) as by:
        place = f"Eksempelvej 7, {walk.survey.practice.municipality.name}"
        self_assessing.save_contact(by=by, survey=walk.survey, name="Sekretæren", phone="70000000", address=place)


@plot("general_practice")
def self_assessment_soon(stage: Stage, practice: Practice) -> None:
    """The manager who signs in is under way: two thirds answered, documents found, ten days left."""
    walk = stage.walk(practice, stage.day(13), own=True)
    walk.steps("announce", "start")
    with as_(stage.cast.offices[practice.region_id], at_hour(stage.day(-200), 9)):
        walk.survey.consultant_id = stage.cast.consultant_id
        walk.survey.save(update_fields=["consultant"])
    walk.fill(0.65, on=stage.day(-1))
    _contact(walk, stage.day(-30))
    with as_(walk.manager, at_hour(stage.day(-2), 13)) as by:
        evidence.show(walk, by)


@plot("psychology")
def announced(stage: Stage, practice: Practice) -> None:
    """Told a week ago: the time to ask for a dispensation runs."""
    stage.walk(practice, workdays(months(stage.today, 5), 5)).announce()


@plot("dental_hygiene")
def documents_shared(stage: Stage, practice: Practice) -> None:
    """The surveyors who sign in can read, and are to call."""
    walk = stage.walk(practice, stage.day(11), own=True)
    walk.steps("announce", "start")
    _contact(walk, stage.day(-20))
    walk.fill(on=stage.day(-4))
    with as_(walk.manager, at_hour(stage.day(-3), 13)) as by:
        evidence.show(walk, by, (0, 3))
    walk.share(on=stage.day(-2))


@plot()
def visit_tomorrow(stage: Stage, practice: Practice) -> None:
    walk = stage.walk(practice, stage.day(1), own=True)
    walk.steps("announce", "start")
    _contact(walk, stage.day(-20))
    walk.fill()
    with as_(walk.manager, at_hour(stage.day(-10), 13)) as by:
        evidence.show(walk, by, (0, 1, 2))
    walk.steps("share", "confirm")


@plot()
def conflict_overridden(stage: Stage, practice: Practice) -> None:
    """Announced, after a second person let a surveyor go in spite of a tie."""
    lead, second = stage.cast.surveyors[practice.profession]
    with as_(second, at_hour(stage.day(-330), 10)) as by:
        tie = Tie(TieKind.RELATION, practice=practice, first_day=months(stage.today, -36), said="Tidligere vikar")
        team.declare_tie(by=by, user_id=by.scope.user_id or 0, tie=tie)
    walk = stage.walk(practice, workdays(months(stage.today, 12), 5))
    with as_(stage.cast.offices[practice.region_id], at_hour(stage.day(-20), 10)) as by:
        for row in Assignment.objects.filter(survey=walk.survey, blocked=True).select_related("survey"):
            team.override_conflict(by=by, assignment=row, reason=texts()["override"])
    walk.announce()
    assert lead is walk.lead


@plot()
def invitation(stage: Stage, practice: Practice) -> None:
    """A planned visit that the surveyors who sign in have not answered yet."""
    walk = stage.walk(practice, workdays(months(stage.today, 14), 8))
    with as_(stage.cast.colleagues[practice.region_id], at_hour(stage.day(-3), 10)) as by:
        for row in Assignment.objects.filter(survey=walk.survey).select_related("survey"):
            team.end_assignment(by=by, assignment=row, reason="Byttet til en anden dag")
        for who, role in ((stage.cast.lead, TeamRole.LEAD), (stage.cast.second, TeamRole.SECOND)):
            team.assign(by=by, survey=walk.survey, user_id=who.scope.user_id or 0, role=role)


@plot()
def self_assessment_late(stage: Stage, practice: Practice) -> None:
    """Hardly begun, and the documents are due tomorrow."""
    walk = stage.walk(practice, stage.day(6))
    walk.steps("announce", "start")
    walk.fill(0.2, on=stage.day(-12))


def _asked(stage: Stage, practice: Practice, place: int) -> tuple[Walk, Dispensation]:
    said = texts()["dispensation"][place]
    walk = stage.walk(practice, workdays(months(stage.today, 12), 3))
    walk.announce()
    with as_(walk.manager, at_hour(stage.day(-4), 10)) as by:
        closes = months(stage.today, 20)
        asked = dispensing.request_dispensation(
            by=by, survey=walk.survey, reason=said["reason"], said=said["said"], closes_on=closes
        )
    return walk, asked


@plot()
def dispensation_requested(stage: Stage, practice: Practice) -> None:
    _asked(stage, practice, 1)


@plot()
def dispensed(stage: Stage, practice: Practice) -> None:
    walk, asked = _asked(stage, practice, 0)
    with as_(walk.office, at_hour(stage.day(-2), 10)) as by:
        dispensing.answer_dispensation(
            by=by, dispensation=asked, granted=True, answer=texts()["dispensation"][0]["answer"],
            reconfirm_by=months(stage.today, 8),
        )  # fmt: skip


@plot()
def dispensation_refused(stage: Stage, practice: Practice) -> None:
    walk, asked = _asked(stage, practice, 2)
    with as_(walk.office, at_hour(stage.day(-1), 10)) as by:
        dispensing.answer_dispensation(by=by, dispensation=asked, granted=False, answer=texts()["dispensation"][2]["answer"])


@plot()
def postponed(stage: Stage, practice: Practice) -> None:
    """Moved once and announced anew would be over; this one waits for its new day."""
    walk = stage.walk(practice, workdays(months(stage.today, 1), 0))
    walk.steps("announce", "start")
    walk.fill(0.4, on=stage.day(-20))
    with as_(walk.office, at_hour(stage.day(-6), 10)) as by:
        planning.postpone(by=by, survey=walk.survey, reason=texts()["postponed"])


@plot()
def withdrawn(stage: Stage, practice: Practice) -> None:
    walk = stage.walk(practice, workdays(months(stage.today, 3), 0))
    walk.announce()
    with as_(walk.office, at_hour(stage.day(-9), 10)) as by:
        planning.withdraw(by=by, survey=walk.survey, reason=texts()["withdrawn"])


def rescheduled(stage: Stage, walk: Walk, on: dt.date) -> None:
    """A postponed survey gets a new day and is announced again."""
    with as_(walk.office, at_hour(stage.day(-1), 10)) as by:
        planning.reschedule(by=by, survey=walk.survey, visit=VisitPlan(on))
