"""The steps that a clock takes and no person. Call in the worker's scope; every one of them may be asked for again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from accreditation import timeline
from accreditation.actions import deadlines
from accreditation.actions.applying import open_answers
from accreditation.actions.following_up import miss_follow_up
from accreditation.actions.moving import SYSTEM, move
from accreditation.actions.planning import plan_next
from accreditation.enums import State
from accreditation.faults import NotNow
from accreditation.models import CriticalFinding, Cycle, Deadline, Decision, Survey
from accreditation.queries.pinned import kind_of
from kip.core.workdays import local_day, this_or_next_working_day

# State, what has to be overdue there (or nothing), and the step that is due then.
DUE = (
    (State.ANNOUNCED, "documents", "start_self_assessment"),
    (State.SELF_ASSESSMENT, "documents", "documents_due"),
    (State.FOLLOW_UP_OPEN, "follow_up", "follow_up_missed"),
    (State.DISPENSATION_REFUSED, "", "resume_after_refusal"),
    (State.DISPENSED, "", "dispensation_lapsed"),
    (State.PROVISIONAL, "", "open_follow_up"),
)


def take_due_steps(now: datetime) -> int:
    """How many steps were taken; what a condition stops waits for another night."""
    taken = 0
    for state, clock, name in DUE:
        for survey in _waiting(state, clock, now):
            if name == "start_self_assessment":
                open_answers(survey)
            try:
                if name == "follow_up_missed":
                    miss_follow_up(by=SYSTEM, survey=survey, at=now)
                else:
                    move(by=SYSTEM, survey=survey, name=name, at=now)
            except NotNow:
                continue
            taken += 1
    Deadline.objects.filter(clock="dispensation", due_at__lt=now, met_at=None, cancelled_at=None).update(cancelled_at=now)
    return taken + renew(now)


def _waiting(state: State, clock: str, now: datetime) -> Iterator[Survey]:
    found = Survey.objects.filter(state=state).select_related("practice", "programme", "edition", "rule_set")
    if clock:
        late = Deadline.objects.filter(clock=clock, due_at__lt=now, met_at=None, cancelled_at=None)
        found = found.filter(pk__in=late.values("survey_id"))
    yield from found.order_by("pk")


def renew(now: datetime) -> int:
    """Plan the next survey of practices whose accreditation runs out, in the region's next cycle where there is one."""
    planned = 0
    ending = Decision.objects.filter(valid_to__isnull=False, valid_to__gte=local_day(now)).select_related(
        "survey__practice", "survey__programme", "survey__cycle"
    )
    for decision in ending:
        survey = decision.survey
        kind = kind_of(survey)
        if "renewal" not in kind.clocks or decision.valid_to is None:
            continue
        first = kind.clock("renewal", survey.practice.profession).span.before(decision.valid_to)
        cycle = _next_cycle(survey) if local_day(now) >= first else None
        known = Survey.objects.filter(previous=survey, programme__kind=survey.programme.kind).exists()
        if cycle is not None and not known and survey.practice.valid_to is None:
            visit = this_or_next_working_day(decision.valid_to - timedelta(days=30))
            plan_next(by=SYSTEM, survey=survey, cycle=cycle, visit_on=max(visit, cycle.first_day))
            planned += 1
    return planned


def _next_cycle(survey: Survey) -> Cycle | None:
    later = Cycle.objects.filter(
        region_id=survey.practice.region_id, programme__kind=survey.programme.kind, programme__retired_at=None,
        programme__profession=survey.practice.profession, first_day__gt=survey.cycle.first_day,
    )  # fmt: skip
    return later.select_related("programme").order_by("first_day").first()


def mark_told(finding: CriticalFinding) -> None:
    """The message of a critical finding has left."""
    now = timeline.now()
    if CriticalFinding.objects.filter(pk=finding.pk, told_at=None).update(told_at=now):
        deadlines.happened(finding.survey, "critical_message_sent", now, about=str(finding.pk))
