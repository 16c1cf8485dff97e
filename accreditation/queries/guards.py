"""The conditions of the machine's table (accreditation/machine.py). Each says what is missing; with nothing missing it passes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from accreditation import timeline
from accreditation.clocks import due_day
from accreditation.enums import AgendaKind, AnswerState, DecisionKind, State, TeamRole
from accreditation.faults import Fault, fault
from accreditation.models import (
    Agreement,
    Assignment,
    ContactCall,
    Deadline,
    Dispensation,
    FollowUp,
    Hearing,
    RegionRule,
    SelfAssessment,
    Survey,
    SurveyorProfile,
    Unavailable,
)
from accreditation.queries import ratings, visible
from accreditation.queries.cases import latest_decision, ruled
from accreditation.queries.conflicts import tied_members
from accreditation.queries.pinned import edition_of, kind_of, rules_of
from accreditation.queries.relevance import asked
from accreditation.rules import ADMINISTRATIVE, COMMITTEE, Rated, RuleError, rating_faults
from accreditation.rules import Decision as Ruled
from kip.core.numbers import long_date
from kip.core.workdays import local_day
from practices.acting import Acting
from practices.models import Practice

APPEAL_DAYS = 28  # KIP's choice, as the usual time to complain of a decision
SPOKEN = (TeamRole.LEAD, TeamRole.SECOND)
Guard = Callable[[Survey, Acting, datetime], Iterator[Fault]]


def team_is_ready(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    if survey.visit_on is None:
        yield fault("no_visit_day")
    for blocked in Assignment.objects.filter(survey=survey, ended_at=None, blocked=True, overridden_at=None).select_related(
        "user"
    ):
        yield fault("conflict_of_interest", name=blocked.user.name)
    members = [item for item in visible.team(survey) if item.role in SPOKEN]
    wanted = kind_of(survey).team_for(survey.practice.profession)
    if len(members) < wanted.least:
        yield fault("team_too_small", n=wanted.least)
    if len(members) > wanted.most:
        yield fault("team_too_large", n=wanted.most)
    if members:
        yield from _fitting(survey, members)


def _fitting(survey: Survey, members: list[Assignment]) -> Iterator[Fault]:
    if not any(item.role == TeamRole.LEAD for item in members):
        yield fault("team_without_lead")
    users = [item.user_id for item in members]
    if not SurveyorProfile.objects.filter(user__in=users, professions__contains=[survey.practice.profession]).exists():
        yield fault("team_lacks_profession")
    away = set(
        Unavailable.objects.filter(user__in=users, first_day__lte=survey.visit_on, last_day__gte=survey.visit_on).values_list(
            "user_id", flat=True
        )
    )
    yield from (fault("surveyor_unavailable", name=item.user.name) for item in members if item.user_id in away)


def notice_is_long_enough(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    kind, profession, today = kind_of(survey), survey.practice.profession, local_day(now)
    if "notice" in kind.clocks and survey.visit_on:
        earliest = due_day(kind.clock("notice", profession), today)
        if survey.visit_on < earliest:
            yield fault("notice_too_short", day=long_date(earliest))
    taken_over = taken_over_on(survey.practice)
    if "new_owner" in kind.clocks and taken_over:
        first = due_day(kind.clock("new_owner", profession), taken_over)
        if today < first:
            yield fault("owner_too_new", day=long_date(first))


def taken_over_on(practice: Practice) -> date | None:
    """When the practice began as the heir of another one; None for a practice that always was itself."""
    heir = practice.origin_id is not None or Practice.objects.filter(successor=practice).exists()
    return practice.valid_from if heir else None


def everything_answered(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    done = set(SelfAssessment.objects.filter(survey=survey, state=AnswerState.DONE).values_list("indicator_id", flat=True))
    missing = sum(indicator.pk not in done for indicator in asked(survey))
    if missing:
        yield fault("not_answered", n=missing)


def documents_are_due(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    running = deadline(survey, "documents")
    if running is None or running.due_at >= now:
        yield fault("documents_not_due")


def call_is_logged(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    if not ContactCall.objects.filter(survey=survey).exists():
        yield fault("no_call")


def visit_day_has_come(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    if survey.visit_on and local_day(now) < survey.visit_on:
        yield fault("too_early", day=long_date(survey.visit_on))


def everything_rated(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    rules, now_rated, indicators = rules_of(survey), ratings.current(survey), edition_of(survey).indicators
    for indicator in asked(survey):
        row = now_rated.get(indicator.pk)
        one = Rated(indicator.number, row.rating if row else None, reason=row.reason if row else "")
        allowed = indicators[indicator.number].may_be_not_relevant
        yield from (fault(code, number=indicator.number) for code in rating_faults(rules, one, may_be_not_relevant=allowed))


def no_conflict_waits(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    waiting = ratings.waiting(survey, ratings.round_being_rated(survey))
    for rows in waiting.values():
        yield fault("conflict_waits", number=rows[0].indicator.number)


def team_has_spoken(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    """The one who sends has spoken by sending; everybody else of the team says yes or writes a dissent to what stands now."""
    round_number = ratings.round_being_rated(survey)
    seen = ratings.digest(survey, round_number)
    spoken = set(Agreement.objects.filter(survey=survey, round=round_number, ratings=seen).values_list("by_id", flat=True)) | {
        by.scope.user_id
    }
    for item in visible.team(survey):
        if item.role in SPOKEN and item.user_id not in spoken:
            yield fault("team_silent", name=item.user.name)


def hearing_is_over(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    hearing = open_hearing(survey)
    if hearing is None:
        yield fault("no_hearing")
        return
    running = deadline(survey, "hearing" if hearing.round == 1 else "hearing_2")
    if hearing.replied_at is None and running is not None and running.due_at >= now:
        yield fault("hearing_runs", day=long_date(local_day(running.due_at)))


def every_point_answered(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    hearing = open_hearing(survey)
    if hearing is not None:
        for number in hearing.points.filter(answered_at=None).values_list("number", flat=True):
            yield fault("point_unanswered", number=number)


def nothing_is_open(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    yield from _by_rule(survey, lambda found: found.route == ADMINISTRATIVE, "something_open")


def something_is_open(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    """A second round always comes before the committee, also when nothing is open any more."""
    yield from _by_rule(survey, lambda found: found.route == COMMITTEE or bool(found.open), "nothing_open")


def _by_rule(survey: Survey, passes: Callable[[Ruled], bool], otherwise: str) -> Iterator[Fault]:
    try:
        found = ruled(survey)
    except RuleError as error:
        yield fault("no_status", reason=str(error))
        return
    if not passes(found):
        yield fault(otherwise)


KIND_BY_STATE = {
    State.DECISION: AgendaKind.ROUND_1,
    State.COMMITTEE_ROUND_2: AgendaKind.ROUND_2,
    State.APPEALED: AgendaKind.APPEAL,
}


def committee_may_decide(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    """The database asks the same of every decision; it also knows the ties that this member may not read."""
    cases = visible.cases(by).filter(survey=survey)
    item = cases.filter(kind=KIND_BY_STATE.get(State(survey.state), "")).order_by("-meeting__held_on", "-pk").first()
    if item is None:
        yield fault("wrong_case" if cases.exists() else "no_case")
        return
    out = set(item.recusals.values_list("user_id", flat=True))
    present = [seat for seat in item.meeting.seats.all() if seat.present and seat.user_id not in out]
    if by.scope.user_id not in {seat.user_id for seat in present}:
        yield fault("stepped_out")
    if not any(survey.practice.profession in seat.professions for seat in present):
        yield fault("no_own_profession")
    yield from (fault("member_tied", name=name) for name in tied_members(item.pk))


def every_follow_up_answered(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    for number in FollowUp.objects.filter(survey=survey, answered_at=None).values_list("indicator__number", flat=True):
        yield fault("follow_up_unanswered", number=number)


def follow_up_is_overdue(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    running = deadline(survey, "follow_up")
    if running is None or running.due_at >= now:
        yield fault("follow_up_not_due")


def every_follow_up_rated(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    rules, again, indicators = rules_of(survey), ratings.current(survey, 2), edition_of(survey).indicators
    for row in FollowUp.objects.filter(survey=survey).select_related("indicator"):
        number, found = row.indicator.number, again.get(row.indicator_id)
        one = Rated(number, found.rating if found else None, reason=found.reason if found else "")
        allowed = indicators[number].may_be_not_relevant
        yield from (fault(code, number=number) for code in rating_faults(rules, one, may_be_not_relevant=allowed))


def practice_has_been_told(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    decision = latest_decision(survey)
    if decision is None or decision.told_at is None:
        yield fault("not_told")


def region_publishes(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    chosen = RegionRule.objects.filter(region_id=survey.practice.region_id, publishes=True).exists()
    if not chosen or not kind_of(survey).public:
        yield fault("not_published_here")


def within_dispensation_time(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    running = Deadline.objects.filter(survey=survey, clock="dispensation").order_by("-started_at").first()
    if running is not None and running.due_at < now:
        yield fault("dispensation_too_late", day=long_date(local_day(running.due_at)))


def closing_is_not_confirmed(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    granted = Dispensation.objects.filter(survey=survey, granted=True).order_by("-answered_at").first()
    lapsed = granted and granted.reconfirmed_at is None and granted.reconfirm_by and granted.reconfirm_by < local_day(now)
    if not lapsed:
        yield fault("closing_confirmed")


def may_be_appealed(survey: Survey, by: Acting, now: datetime) -> Iterator[Fault]:
    decision = latest_decision(survey)
    if decision is None or decision.kind != DecisionKind.COMMITTEE or decision.status == State.ACCREDITED:
        yield fault("not_appealable")
        return
    last = local_day(decision.told_at or decision.at) + timedelta(days=APPEAL_DAYS)
    if local_day(now) > last:
        yield fault("appeal_too_late", day=long_date(last))


def deadline(survey: Survey, clock: str) -> Deadline | None:
    """The running deadline of a clock."""
    return Deadline.objects.filter(survey=survey, clock=clock, met_at=None, cancelled_at=None).first()


def open_hearing(survey: Survey) -> Hearing | None:
    return Hearing.objects.filter(survey=survey, closed_at=None).first()


GUARDS: Mapping[str, Guard] = {
    guard.__name__: guard
    for guard in (
        team_is_ready, notice_is_long_enough, everything_answered, documents_are_due, call_is_logged, visit_day_has_come,
        everything_rated, no_conflict_waits, team_has_spoken, hearing_is_over, every_point_answered, nothing_is_open,
        something_is_open, committee_may_decide, every_follow_up_answered, follow_up_is_overdue, every_follow_up_rated,
        practice_has_been_told, region_publishes, within_dispensation_time, closing_is_not_confirmed, may_be_appealed,
    )
}  # fmt: skip


def faults(survey: Survey, by: Acting, guards: tuple[str, ...], now: datetime | None = None) -> tuple[Fault, ...]:
    """What keeps the guards from passing, in their order."""
    moment = now or timeline.now()
    return tuple(found for name in guards for found in GUARDS[name](survey, by, moment))
