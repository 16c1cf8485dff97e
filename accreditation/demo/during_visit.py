"""Plots of the visit, the report and the first hearing."""

from accreditation.actions import critical, team, visiting
from accreditation.actions.critical import CriticalEntry
from accreditation.actions.due import mark_told
from accreditation.actions.moving import SYSTEM
from accreditation.actions.team import Tie
from accreditation.actions.visiting import NoteEntry, RatingEntry
from accreditation.demo.cast import as_
from accreditation.demo.filling import may_be_open
from accreditation.demo.moments import at_hour, months, workdays
from accreditation.demo.stage import Stage, plot
from accreditation.demo.texts import texts
from accreditation.demo.walking import Walk
from accreditation.enums import TeamRole, TieKind
from accreditation.models import Assignment
from accreditation.queries.relevance import asked
from practices.models import Practice


def _notes(walk: Walk) -> None:
    with as_(walk.team[-1], at_hour(walk.visit_on, 10)) as by:
        points = may_be_open(walk.survey)
        for said, point in zip(texts()["notes"], points, strict=False):
            visiting.take_note(by=by, survey=walk.survey, entry=NoteEntry(indicator=point, **said))


def _critical(walk: Walk, name: str, acknowledged_after: int | None) -> None:
    """A finding of the visit's day, told at once; acknowledged so many working days later, or never."""
    said = texts()["critical"][name]
    with as_(walk.lead, at_hour(walk.visit_on, 12)) as by:
        point = {row.number: row for row in asked(walk.survey)}.get(said["indicator"])
        found = critical.raise_critical(by=by, survey=walk.survey, entry=CriticalEntry(said["text"], point))
    with as_(SYSTEM, at_hour(walk.visit_on, 12)):
        mark_told(found)
    if acknowledged_after is not None:
        with as_(walk.manager, at_hour(workdays(walk.visit_on, acknowledged_after), 10)) as by:
            critical.acknowledge(by=by, finding=found, action=said["action"])


@plot()
def on_site_with_conflict(stage: Stage, practice: Practice) -> None:
    """The visit is today: half is rated, and the two surveyors who sign in have rated the same point differently."""
    walk = stage.walk(practice, stage.day(0), own=True)
    walk.steps("announce", "start", "fill", "share", "confirm", "begin")
    _notes(walk)
    with as_(walk.lead, at_hour(walk.visit_on, 10)):
        point = may_be_open(walk.survey)[0]
    for who, said in zip(walk.team, texts()["conflict"], strict=True):
        with as_(who, at_hour(walk.visit_on, 11)) as by:
            visiting.rate(by=by, survey=walk.survey, entry=RatingEntry(point, said["rating"], said["reason"]))
    walk.rate(0.5)


@plot("specialist_practice")
def critical_waits(stage: Stage, practice: Practice) -> None:
    """A critical finding nobody in the practice has answered, and a report that was due yesterday."""
    walk = stage.walk(practice, stage.day(-7))
    walk.steps("announce", "start", "fill", "share", "confirm", "begin")
    _critical(walk, "waiting", None)
    walk.draw(2)
    walk.steps("rate", "complete")


@plot()
def rating_complete(stage: Stage, practice: Practice) -> None:
    """The lead who signs in writes; the second has not said yes or no."""
    walk = stage.visited(practice, 1, own=True, findings=1)
    _notes(walk)


@plot()
def dissent(stage: Stage, practice: Practice) -> None:
    """A draft with a dissent, a critical finding that was answered in time, ready to be sent."""
    walk = stage.walk(practice, stage.day(-4), own=True)
    walk.steps("announce", "start", "fill", "share", "confirm", "begin")
    _critical(walk, "in_time", 1)
    walk.draw(2)
    walk.steps("rate", "complete", "draft")
    walk.agree(dissent=texts()["dissent"])


@plot()
def report_late(stage: Stage, practice: Practice) -> None:
    """A draft that should have been sent a week ago; its critical finding was answered too late."""
    walk = stage.walk(practice, stage.day(-14))
    walk.steps("announce", "start", "fill", "share", "confirm", "begin")
    _critical(walk, "late", 5)
    walk.draw(1)
    walk.steps("rate", "complete", "draft")


@plot("physiotherapy")
def in_hearing(stage: Stage, practice: Practice) -> None:
    """The practice that signs in has one working day left to answer the draft."""
    walk = stage.visited(practice, 8, findings=2)
    walk.steps("draft", "agree")
    walk.send()


@plot()
def hearing_answered(stage: Stage, practice: Practice) -> None:
    """Three points came back; the surveyors who sign in have answered one of them."""
    walk = stage.walk(practice, stage.day(-10), own=True)
    walk.steps("announce", "start", "fill", "share", "confirm", "begin")
    walk.open_ones = {"G2.4.2": "partially_met", "G3.1.1": "partially_met"}
    walk.steps("rate", "complete", "draft", "agree", "send")
    walk.object(texts()["hearing"])
    walk.reply(workdays(walk.visit_on, 7))


@plot()
def hearing_over(stage: Stage, practice: Practice) -> None:
    """No answer came in time: the team is to close the hearing."""
    walk = stage.visited(practice, 16)
    walk.steps("draft", "agree", "send")


@plot()
def conflict_waits_for_override(stage: Stage, practice: Practice) -> None:
    """A planned survey whose second surveyor has worked in the municipality: the office has to decide.

    The last plot of all: the tie would block that surveyor from other visits in the municipality as well.
    """
    walk = stage.walk(practice, workdays(months(stage.today, 14), 0))
    second = stage.cast.second
    with as_(second, at_hour(stage.day(-40), 10)) as by:
        town = practice.municipality
        tie = Tie(TieKind.MUNICIPALITY, municipality=town, last_day=months(stage.today, -20), said=texts()["tie"])
        team.declare_tie(by=by, user_id=by.scope.user_id or 0, tie=tie)
    with as_(stage.cast.colleagues[practice.region_id], at_hour(stage.day(-5), 10)) as by:
        for row in Assignment.objects.filter(survey=walk.survey, role=TeamRole.SECOND).select_related("survey"):
            team.end_assignment(by=by, assignment=row, reason="Orlov")
        team.assign(by=by, survey=walk.survey, user_id=second.scope.user_id or 0, role=TeamRole.SECOND)
