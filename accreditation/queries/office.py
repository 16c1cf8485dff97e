"""The region's overview: how far its surveys are, which deadlines are at risk, and what waits for an answer."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accreditation.clocks import Stand
from accreditation.enums import State
from accreditation.models import Assignment, CriticalFinding, Decision, Dispensation, Hearing, Survey
from accreditation.queries import visible
from accreditation.queries.clocks import HEARINGS, OFFICE, PRACTICE, TEAM, Turn, running, turn_of
from kip.core.workdays import add_months
from practices.acting import Acting

S = State
# The states in the order of the way, put together to what a region plans by.
PHASES: Mapping[str, tuple[Any, tuple[State, ...]]] = {
    "planned": (_("Planned"), (S.PLANNED, S.POSTPONED)),
    "preparing": (
        _("The practice prepares"), (S.ANNOUNCED, S.SELF_ASSESSMENT, S.DISPENSATION_REQUESTED, S.DISPENSATION_REFUSED),
    ),
    "visit": (_("Around the visit"), (S.DOCUMENTS_SHARED, S.VISIT_CONFIRMED, S.ON_SITE)),
    "report": (_("Report and hearing"), (S.RATING_COMPLETE, S.REPORT_DRAFT, S.IN_HEARING, S.REPORT_FINAL)),
    "committee": (_("Before the committee"), (S.DECISION, S.COMMITTEE_ROUND_2, S.APPEALED)),
    "follow_up": (
        _("Follow-up"), (S.PROVISIONAL, S.FOLLOW_UP_OPEN, S.FOLLOW_UP_RECEIVED, S.FOLLOW_UP_RATED, S.IN_HEARING_2),
    ),
    "decided": (_("Decided"), (S.ACCREDITED, S.ACCREDITED_WITH_REMARKS, S.NOT_ACCREDITED, S.REVIEWED, S.PUBLISHED)),
    "stopped": (_("Left out or stopped"), (S.DISPENSED, S.WITHDRAWN)),
}  # fmt: skip
WHOSE: Mapping[str, Any] = {PRACTICE: _("the practice"), TEAM: _("the surveyors"), OFFICE: _("the region")}
AT_RISK: Mapping[str, Any] = {
    Stand.SOON: _("soon"), Stand.OVERDUE: _("overdue"), Stand.ESCALATE: _("long overdue"),
}  # fmt: skip
# States in which the next step is the office's own.
OWN_STEP = (S.REPORT_FINAL, S.PROVISIONAL, S.DISPENSATION_REFUSED)
MONTHS = 12


@dataclass(frozen=True)
class Phase:
    """code: as in PHASES; n: how many surveys stand there."""

    code: str
    words: str
    n: int


@dataclass(frozen=True)
class Due:
    """A running deadline in words. late: the day has passed; left: working days, in words."""

    turn: Turn
    whose: str
    stand: str
    late: bool

    @property
    def left(self) -> str:
        days = self.turn.state.working_days_left
        if days == 0:
            return gettext("the day has passed") if self.late else gettext("today is the last day")
        if days < 0:
            return ngettext("%(n)s working day late", "%(n)s working days late", -days) % {"n": -days}
        return ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": days}


@dataclass(frozen=True)
class Month:
    """A month of the calendar with its number of visits."""

    first: dt.date
    n: int


@dataclass(frozen=True)
class OpenHearing:
    """A hearing under way; late: the practice's time to reply has run out."""

    row: Hearing
    late: bool


@dataclass(frozen=True)
class Overview:
    """What the office sees first. own_step: surveys that go on by a step of the office; untold: decisions nobody was told of."""

    phases: Sequence[Phase]
    at_risk: Sequence[Due]
    months: Sequence[Month]
    conflicts: Sequence[Assignment]
    dispensations: Sequence[Dispensation]
    hearings: Sequence[OpenHearing]
    criticals: Sequence[CriticalFinding]
    own_step: Sequence[Survey]
    untold: Sequence[Decision]

    @property
    def total(self) -> int:
        return sum(phase.n for phase in self.phases)

    @property
    def waiting(self) -> int:
        """How much waits for the office itself."""
        return sum(len(part) for part in (self.conflicts, self.dispensations, self.criticals, self.own_step, self.untold))


def overview(by: Acting, now: dt.datetime | None = None) -> Overview:
    """The acting region's surveys, of one profession where the role has one."""
    moment = now or timezone.now()
    surveys = visible.surveys(by)
    at_risk = dues(surveys, moment)
    return Overview(
        phases_of(surveys),
        at_risk,
        months_of(surveys, timezone.localdate(moment)),
        blocked(surveys),
        list(
            Dispensation.objects.filter(survey__in=surveys, granted=None).select_related("survey__practice").order_by("asked_at")
        ),
        _hearings(surveys, at_risk),
        list(
            CriticalFinding.objects.filter(survey__in=surveys, acknowledged_at=None).select_related(
                "survey__practice", "indicator"
            )
        ),
        list(surveys.filter(state__in=OWN_STEP).order_by("pk")),
        untold(surveys),
    )


def phases_of(surveys: QuerySet[Survey]) -> list[Phase]:
    """Every phase with its count, also 0."""
    states = Counter(surveys.order_by().values_list("state", flat=True))
    return [Phase(code, str(words), sum(states[state] for state in within)) for code, (words, within) in PHASES.items()]


def dues(surveys: QuerySet[Survey], now: dt.datetime) -> list[Due]:
    """Deadlines that come soon or have passed, the oldest first."""
    rows = running().filter(survey__in=surveys).order_by("due_at", "pk")
    found = (due_of(row_turn) for row in rows if (row_turn := turn_of(row, now)) is not None)
    return [due for due in found if due.turn.state.state in AT_RISK]


def due_of(turn: Turn) -> Due:
    """The deadline in the reader's words."""
    late = turn.state.state in (Stand.OVERDUE, Stand.ESCALATE)
    return Due(turn, str(WHOSE[turn.whose]), str(AT_RISK.get(turn.state.state, "")), late)


def months_of(surveys: QuerySet[Survey], today: dt.date) -> list[Month]:
    """This month and the eleven after it, with the visits that have a day."""
    first = today.replace(day=1)
    days = (
        on_calendar(surveys)
        .filter(visit_on__gte=first, visit_on__lt=add_months(first, MONTHS))
        .values_list("visit_on", flat=True)
    )
    counts = Counter(day.replace(day=1) for day in days if day is not None)
    return [Month(month, counts[month]) for month in (add_months(first, place) for place in range(MONTHS))]


def on_calendar(surveys: QuerySet[Survey]) -> QuerySet[Survey]:
    """Surveys whose day holds."""
    return surveys.exclude(state__in=(S.WITHDRAWN, S.DISPENSED, S.POSTPONED)).exclude(visit_on=None)


def blocked(surveys: QuerySet[Survey]) -> list[Assignment]:
    """Surveyors with a conflict of interest that nobody has decided on."""
    waiting = Assignment.objects.filter(survey__in=surveys, blocked=True, overridden_at=None, ended_at=None)
    return list(waiting.select_related("survey__practice", "user", "proposed_by").order_by("proposed_at", "pk"))


def untold(surveys: QuerySet[Survey]) -> list[Decision]:
    """Decisions that stand and that the practice has not been told of."""
    rows = Decision.objects.filter(survey__in=surveys)
    former = rows.exclude(replaces=None).values("replaces_id")
    return list(rows.filter(told_at=None).exclude(pk__in=former).select_related("survey__practice").order_by("at", "pk"))


def _hearings(surveys: QuerySet[Survey], at_risk: Sequence[Due]) -> list[OpenHearing]:
    """Open hearings; the reply itself is the team's to read."""
    rows = Hearing.objects.filter(survey__in=surveys, closed_at=None).select_related("survey__practice")
    columns = ("id", "survey_id", "practice_id", "round", "opened_at", "replied_at", "closed_at", "survey__practice__name")
    late = {due.turn.deadline.survey_id for due in at_risk if due.late and due.turn.deadline.clock in HEARINGS}
    return [OpenHearing(row, row.survey_id in late) for row in rows.only(*columns).order_by("opened_at")]
