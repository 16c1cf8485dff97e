"""How the running deadlines stand, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accreditation.clocks import ClockState, Stand, state_at
from accreditation.models import Deadline, Survey
from accreditation.queries.pinned import kind_of

PRACTICE, TEAM, OFFICE = "practice", "team", "office"
NAMES: Mapping[str, Any] = {
    "dispensation": _("Ask for a dispensation"),
    "documents": _("Share documents with the surveyors"),
    "call": _("Call the practice"),
    "rating": _("Finish the ratings"),
    "report": _("Send the report to the practice"),
    "hearing": _("Answer the draft report"),
    "follow_up": _("Send the follow-up"),
    "hearing_2": _("Answer the draft report after the follow-up"),
    "critical_message": _("Tell the practice of a critical finding"),
    "critical_action": _("Say what has been done about a critical finding"),
    "publication": _("Publish the decision"),
}
# Whose turn it is while the clock runs. A hearing that has run out is the team's to close.
TURN: Mapping[str, str] = {
    "documents": PRACTICE, "call": TEAM, "rating": TEAM, "report": TEAM, "hearing": PRACTICE, "hearing_2": PRACTICE,
    "follow_up": PRACTICE, "critical_action": PRACTICE, "critical_message": OFFICE, "publication": OFFICE,
}  # fmt: skip
HEARINGS = ("hearing", "hearing_2")
LATE = (Stand.OVERDUE, Stand.ESCALATE)


@dataclass(frozen=True)
class Turn:
    """A deadline, how it stands, and who is to act: practice, team or office."""

    deadline: Deadline
    state: ClockState
    whose: str

    @property
    def name(self) -> str:
        return str(NAMES[self.deadline.clock])


def running() -> QuerySet[Deadline]:
    """Clocks that run for anybody's surveys; the walls narrow it."""
    found = Deadline.objects.filter(met_at=None, cancelled_at=None).select_related("survey__practice", "survey__programme")
    return found.defer("survey__programme__kind_content")


def turn_of(deadline: Deadline, now: datetime) -> Turn | None:
    """None for a clock that nobody has to act on, as the time for asking for a dispensation."""
    whose = TURN.get(deadline.clock)
    if whose is None:
        return None
    clock = kind_of(deadline.survey).clock(deadline.clock, deadline.survey.practice.profession)
    start = deadline.survey.visit_on if clock.starts == "visit" and deadline.survey.visit_on else deadline.started_at
    state = state_at(clock, start, now)
    return Turn(deadline, state, TEAM if deadline.clock in HEARINGS and state.state in LATE else whose)


def turns_of(survey: Survey, now: datetime) -> list[Turn]:
    """The survey's running deadlines, the nearest first."""
    found = (turn_of(row, now) for row in running().filter(survey=survey).order_by("due_at"))
    return [turn for turn in found if turn is not None]
