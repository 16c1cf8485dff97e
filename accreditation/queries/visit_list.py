"""The surveyor's own list: every visit with its day, its state, its nearest deadline and what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accreditation.enums import State
from accreditation.machine import WINDOW
from accreditation.models import Assignment, Deadline, Survey, VisitDevice
from accreditation.queries import visible
from accreditation.queries.clocks import TEAM, Turn, running, turn_of
from practices.acting import Acting

SOON = timedelta(days=14)
# What a surveyor does next in each state; elsewhere there is nothing to do.
NEXT: Mapping[str, Any] = {
    State.ANNOUNCED: _("The practice is preparing. You may call it before the visit."),
    State.SELF_ASSESSMENT: _("The practice is preparing. You may call it before the visit."),
    State.DOCUMENTS_SHARED: _("Read what the practice has shared, call it and confirm the visit."),
    State.VISIT_CONFIRMED: _("Download the visit and begin it on the day."),
    State.ON_SITE: _("Rate every indicator."),
    State.RATING_COMPLETE: _("Write the summary and begin the report."),
    State.REPORT_DRAFT: _("Check the report and send it to the practice."),
    State.IN_HEARING: _("Answer the practice's points."),
    State.FOLLOW_UP_RECEIVED: _("Rate again what stayed open."),
    State.FOLLOW_UP_RATED: _("Check the report and send it to the practice."),
    State.IN_HEARING_2: _("Answer the practice's points."),
}
WAITS = _("You need do nothing now.")


@dataclass(frozen=True)
class Mine:
    """A visit in the list. open: the surveyor may look into it now; devices: where it is downloaded."""

    survey: Survey
    role: Assignment
    team: Sequence[Assignment]
    next: str
    due: Turn | None
    open: bool
    devices: Sequence[VisitDevice]


@dataclass(frozen=True)
class MyVisits:
    """today: on this day or under way; soon: within two weeks; later; after: the visit has been made."""

    today: Sequence[Mine]
    soon: Sequence[Mine]
    later: Sequence[Mine]
    after: Sequence[Mine]

    @property
    def empty(self) -> bool:
        return not (self.today or self.soon or self.later or self.after)

    def item(self, survey_id: int) -> Mine | None:
        """The entry of one visit."""
        every = (*self.today, *self.soon, *self.later, *self.after)
        return next((item for item in every if item.survey.pk == survey_id), None)


def my_visits(by: Acting, day: date | None = None) -> MyVisits:
    """Only the visits that the person is on the team of."""
    today = day or timezone.localdate()
    found = [_mine(by, survey, rows) for survey, rows in _with_rows(by)]
    parts: dict[str, list[Mine]] = {"today": [], "soon": [], "later": [], "after": []}
    for item in found:
        parts[_part(item.survey, today)].append(item)
    return MyVisits(**{name: sorted(items, key=_order) for name, items in parts.items()})


@dataclass
class Rows:
    team: list[Assignment]
    deadlines: list[Deadline]
    devices: list[VisitDevice]


def _with_rows(by: Acting) -> list[tuple[Survey, Rows]]:
    surveys = list(visible.surveys(by))
    rows = {survey.pk: Rows([], [], []) for survey in surveys}
    for item in visible.live(Assignment.objects.filter(survey__in=rows)).select_related("user").order_by("role", "pk"):
        rows[item.survey_id].team.append(item)
    for due in running().filter(survey__in=rows).order_by("due_at"):
        rows[due.survey_id].deadlines.append(due)
    now = timezone.now()
    for device in VisitDevice.objects.filter(survey__in=rows, user_id=by.scope.user_id, wiped_at=None, expires_at__gt=now):
        rows[device.survey_id].devices.append(device)
    return [(survey, rows[survey.pk]) for survey in surveys]


def _mine(by: Acting, survey: Survey, rows: Rows) -> Mine:
    role = next(item for item in rows.team if item.user_id == by.scope.user_id)
    return Mine(
        survey, role, rows.team, str(NEXT.get(survey.state, WAITS)), due_of(rows.deadlines), survey.state in WINDOW,
        rows.devices,
    )  # fmt: skip


def due_of(deadlines: Sequence[Deadline]) -> Turn | None:
    """The nearest of the running deadlines that is the team's, else the nearest of all."""
    now = timezone.now()
    turns = [turn for row in deadlines if (turn := turn_of(row, now)) is not None]
    return next((turn for turn in turns if turn.whose == TEAM), turns[0] if turns else None)


def _part(survey: Survey, today: date) -> str:
    if survey.state == State.ON_SITE or (survey.visit_on == today and survey.state in BEFORE):
        return "today"
    if survey.state not in BEFORE:
        return "after"
    return "soon" if survey.visit_on and survey.visit_on <= today + SOON else "later"


BEFORE = (
    State.PLANNED, State.ANNOUNCED, State.SELF_ASSESSMENT, State.DOCUMENTS_SHARED, State.VISIT_CONFIRMED,
    State.DISPENSATION_REQUESTED, State.DISPENSATION_REFUSED, State.POSTPONED,
)  # fmt: skip


def _order(item: Mine) -> tuple[date, int]:
    return item.survey.visit_on or date.max, item.survey.pk
