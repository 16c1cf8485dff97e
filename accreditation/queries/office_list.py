"""The region's surveys as a list with filters, and a month of its calendar."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone

from accreditation.models import Assignment, Deadline, Survey
from accreditation.queries import visible
from accreditation.queries.clocks import running, turn_of
from accreditation.queries.office import PHASES, Due, due_of, on_calendar
from kip.core.workdays import add_months
from practices.acting import Acting

PER_PAGE = 25


@dataclass(frozen=True)
class SurveyFilter:
    """Words search name and provider number; the others are codes, empty for all. cycle: its id."""

    words: str = ""
    phase: str = ""
    kind: str = ""
    profession: str = ""
    cycle: int | None = None


@dataclass(frozen=True)
class Row:
    """A survey with its team and its nearest deadline."""

    survey: Survey
    team: Sequence[Assignment]
    due: Due | None


def filtered(by: Acting, wanted: SurveyFilter) -> QuerySet[Survey]:
    """The acting region's surveys that match, by the day of the visit."""
    found = visible.surveys(by)
    for word in wanted.words.split():
        found = found.filter(Q(practice__name__icontains=word) | Q(practice__number__istartswith=word))
    if wanted.phase in PHASES:
        found = found.filter(state__in=PHASES[wanted.phase][1])
    if wanted.kind:
        found = found.filter(programme__kind=wanted.kind)
    if wanted.profession:
        found = found.filter(practice__profession=wanted.profession)
    if wanted.cycle is not None:
        found = found.filter(cycle_id=wanted.cycle)
    return found.order_by("visit_on", "practice__name", "pk")


def page_of(by: Acting, wanted: SurveyFilter, number: str | None) -> Page:
    """One page of rows."""
    page = Paginator(filtered(by, wanted), PER_PAGE).get_page(number)
    page.object_list = rows_of(list(page.object_list))
    return page


def rows_of(surveys: Sequence[Survey]) -> list[Row]:
    """Teams and deadlines of all of them in two reads."""
    teams: dict[int, list[Assignment]] = {survey.pk: [] for survey in surveys}
    for item in visible.live(Assignment.objects.filter(survey__in=teams)).select_related("user").order_by("role", "pk"):
        teams[item.survey_id].append(item)
    nearest: dict[int, Deadline] = {}
    for row in running().filter(survey__in=teams).order_by("-due_at", "-pk"):
        nearest[row.survey_id] = row
    return [Row(survey, teams[survey.pk], _due(nearest.get(survey.pk))) for survey in surveys]


def _due(row: Deadline | None) -> Due | None:
    turn = turn_of(row, timezone.now()) if row else None
    return due_of(turn) if turn else None


@dataclass(frozen=True)
class CalendarMonth:
    """The visits of one month by day; before and after: first days of the neighbouring months."""

    first: dt.date
    days: Sequence[tuple[dt.date, Sequence[Row]]]

    @property
    def before(self) -> dt.date:
        return add_months(self.first, -1)

    @property
    def after(self) -> dt.date:
        return add_months(self.first, 1)

    @property
    def visits(self) -> int:
        return sum(len(rows) for _day, rows in self.days)


def calendar_month(by: Acting, first: dt.date) -> CalendarMonth:
    """The acting region's visits in the month that begins on that day."""
    surveys = on_calendar(visible.surveys(by)).filter(visit_on__gte=first, visit_on__lt=add_months(first, 1))
    days: dict[dt.date, list[Row]] = {}
    for row in rows_of(list(surveys.order_by("visit_on", "visit_starts", "pk"))):
        days.setdefault(row.survey.visit_on or first, []).append(row)
    return CalendarMonth(first, list(days.items()))
