"""Starts and stops the clocks of a survey's kind. A clock names the states or events it runs between."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from accreditation.clocks import due
from accreditation.enums import State
from accreditation.models import Deadline, Survey
from accreditation.queries.pinned import kind_of

VISIT, DECIDED = "visit", "decided"
CRITICAL = ("critical_message", "critical_action")
CALLED_OFF = (State.POSTPONED, State.WITHDRAWN, State.DISPENSED)
# Of the clocks that a decision starts, which one a status starts.
AFTER_DECISION = {
    "follow_up": (State.PROVISIONAL,),
    "publication": (State.ACCREDITED, State.ACCREDITED_WITH_REMARKS, State.NOT_ACCREDITED),
}


def reached(survey: Survey, state: State, at: datetime) -> None:
    """The survey has come to a state: clocks that it stops are met, those that it starts begin."""
    if state in CALLED_OFF:
        left = Deadline.objects.filter(survey=survey, met_at=None, cancelled_at=None)
        left.exclude(clock__in=CRITICAL).update(cancelled_at=at)
        return
    happened(survey, state.value, at)
    if state is State.ANNOUNCED and survey.visit_on:
        happened(survey, VISIT, at)


def decided(survey: Survey, status: str, at: datetime) -> None:
    """A decision starts the clock of what comes after it."""
    names = {name for name, statuses in AFTER_DECISION.items() if status in statuses}
    happened(survey, DECIDED, at, only=names)


def happened(survey: Survey, moment: str, at: datetime, *, about: str = "", only: Collection[str] | None = None) -> None:
    """A state or event has come. A clock that counts before the visit starts from its day, known beforehand."""
    kind, profession = kind_of(survey), survey.practice.profession
    for name in kind.clocks:
        clock = kind.clock(name, profession)
        if clock.earliest or (only is not None and name not in only):
            continue
        if clock.stops == moment:
            running(survey, name, about).update(met_at=at)
        if clock.starts == moment:
            running(survey, name, about).update(cancelled_at=at)  # a later start takes its place, as after an appeal
            start = survey.visit_on if moment == VISIT and survey.visit_on else at
            Deadline.objects.create(
                survey=survey, practice_id=survey.practice_id, clock=name, about=about, started_at=at, due_at=due(clock, start)
            )


def running(survey: Survey, clock: str, about: str = "") -> QuerySet[Deadline]:
    """The clock's deadline that runs, if it does."""
    return Deadline.objects.filter(survey=survey, clock=clock, about=about, met_at=None, cancelled_at=None)
