"""The committee as the region's office keeps it: members, meetings, cases that wait, and the yearly sample."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accreditation.enums import AgendaKind, MeetingState
from accreditation.models import (
    AgendaItem,
    CommitteeMeeting,
    CommitteeMember,
    Decision,
    DecisionSample,
    MeetingSeat,
    SampledDecision,
    Survey,
)
from accreditation.queries import visible
from accreditation.queries.conflicts import Conflict, conflicts_between
from accreditation.queries.guards import KIND_BY_STATE
from practices.acting import Acting
from practices.enums import Profession, Role
from practices.models import Membership, User


def members() -> QuerySet[CommitteeMember]:
    """Who sits on the committee now; it is one for the whole country."""
    today = timezone.localdate()
    sitting = CommitteeMember.objects.filter(Q(last_day=None) | Q(last_day__gte=today), first_day__lte=today)
    return sitting.select_related("user").order_by("user__name", "pk")


def holders() -> list[User]:
    """Everybody who holds the role today, with or without a seat."""
    today = timezone.localdate()
    held = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), role=Role.COMMITTEE_MEMBER, valid_from__lte=today)
    return list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("name", "pk"))


def meetings(by: Acting) -> QuerySet[CommitteeMeeting]:
    """The region's meetings, the newest first, with their number of cases (`cases`)."""
    found = CommitteeMeeting.objects.filter(region_id=by.scope.region_id)
    return found.annotate(cases=Count("items", distinct=True)).order_by("-held_on", "-pk")


def on_open_agendas(by: Acting) -> QuerySet[AgendaItem]:
    """Cases of the region's meetings that are not over."""
    return AgendaItem.objects.filter(meeting__region_id=by.scope.region_id).exclude(meeting__state=MeetingState.CLOSED)


def waiting(by: Acting) -> QuerySet[Survey]:
    """Cases that wait for the committee and stand on no agenda yet."""
    listed = on_open_agendas(by).exclude(kind=AgendaKind.SAMPLE)
    return (
        visible.surveys(by).filter(state__in=KIND_BY_STATE).exclude(pk__in=listed.values("survey_id")).order_by("practice__name")
    )


def unread(by: Acting) -> QuerySet[SampledDecision]:
    """Drawn decisions that nobody has read and that stand on no agenda yet."""
    rows = SampledDecision.objects.filter(survey__in=visible.surveys(by), read_at=None)
    return rows.exclude(survey__in=on_open_agendas(by).values("survey_id")).select_related("survey__practice").order_by("pk")


@dataclass(frozen=True)
class Sample:
    """A year's draw with its cases."""

    row: DecisionSample
    cases: Sequence[SampledDecision]

    @property
    def read(self) -> int:
        return sum(case.read_at is not None for case in self.cases)

    @property
    def disagreed(self) -> int:
        return sum(case.agrees is False for case in self.cases)


def samples(by: Acting) -> list[Sample]:
    """The region's draws, the newest first."""
    rows = list(DecisionSample.objects.filter(region_id=by.scope.region_id).order_by("-year"))
    cases: dict[int, list[SampledDecision]] = {row.pk: [] for row in rows}
    for case in (
        SampledDecision.objects.filter(sample__in=rows).select_related("survey__practice").order_by("survey__practice__name")
    ):
        cases[case.sample_id].append(case)
    return [Sample(row, cases[row.pk]) for row in rows]


@dataclass(frozen=True)
class Case:
    """A case of an agenda: ties by the name of a member called, who stepped out, and what was decided."""

    item: AgendaItem
    ties: Mapping[str, Sequence[Conflict]]
    out: Sequence[str]
    decision: Decision | None
    read: SampledDecision | None
    own_profession: bool


@dataclass(frozen=True)
class MeetingSheet:
    """A meeting with its members and cases."""

    meeting: CommitteeMeeting
    seats: Sequence[tuple[MeetingSeat, Sequence[str]]]
    cases: Sequence[Case]

    @property
    def done(self) -> int:
        return sum(bool(case.decision or (case.read and case.read.read_at)) for case in self.cases)


def meeting_sheet(meeting: CommitteeMeeting) -> MeetingSheet:
    """Ties are those on the day of the meeting. Call with a meeting of the acting region."""
    seats = list(meeting.seats.order_by("name", "pk"))
    items = list(
        meeting.items.select_related("survey__practice__municipality").prefetch_related("recusals").order_by("position", "pk")
    )
    users = [seat.user_id for seat in seats]
    practices = list({item.survey.practice_id: item.survey.practice for item in items}.values())
    ties = conflicts_between(users, practices, meeting.held_on) if practices else {}
    decided = {row.item_id: row for row in Decision.objects.filter(item__in=items)}
    surveys = [item.survey_id for item in items]
    read = {row.survey_id: row for row in SampledDecision.objects.filter(survey_id__in=surveys).order_by("pk")}
    return MeetingSheet(
        meeting,
        [(seat, [str(Profession(code).label) for code in seat.professions]) for seat in seats],
        [_case(item, seats, ties, decided.get(item.pk), read.get(item.survey_id)) for item in items],
    )


def _case(
    item: AgendaItem, seats: Sequence[MeetingSeat], ties: Mapping[int, Mapping[int, Sequence[Conflict]]],
    decision: Decision | None, read: SampledDecision | None,
) -> Case:  # fmt: skip
    out = {row.user_id for row in item.recusals.all()}
    practice = item.survey.practice
    return Case(
        item,
        {seat.name: found for seat in seats if seat.user_id not in out and (found := ties[seat.user_id][practice.pk])},
        [seat.name for seat in seats if seat.user_id in out],
        decision,
        read if item.kind == AgendaKind.SAMPLE else None,
        any(practice.profession in seat.professions for seat in seats if seat.user_id not in out),
    )


def year_to_draw(by: Acting, today: dt.date) -> Sequence[int]:
    """This year and the one before, without those drawn."""
    drawn = set(DecisionSample.objects.filter(region_id=by.scope.region_id).values_list("year", flat=True))
    return [year for year in (today.year - 1, today.year) if year not in drawn]
