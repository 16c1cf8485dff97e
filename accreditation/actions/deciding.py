"""Decisions: by rule when nothing is open, else by the committee, and appeals against it."""

import datetime as dt

from django.db import transaction

from accreditation import timeline
from accreditation.actions import deadlines
from accreditation.actions.concluding import concluded, write_decision
from accreditation.actions.moving import Ready, move, require, take
from accreditation.actions.moving import ready as look
from accreditation.actions.opening import open_rows
from accreditation.clocks import due_day
from accreditation.enums import AgendaKind, DecisionKind, State
from accreditation.faults import not_now
from accreditation.models import AgendaItem, Decision, FollowUp, Recusal, Survey
from accreditation.policies import may_sit
from accreditation.queries import visible
from accreditation.queries.cases import ruled
from accreditation.queries.pinned import kind_of
from accreditation.rules import Decision as Ruled
from accreditation.rules import RuleError, check_departure
from practices.acting import Acting

ROUND = {AgendaKind.ROUND_1: 1, AgendaKind.ROUND_2: 2, AgendaKind.APPEAL: 3}


@transaction.atomic
def decide_administratively(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> Decision:
    """Accredited by rule: nothing is open. No person weighs anything here."""
    ready, moment = look(by=by, survey=survey, name="decide_administratively", at=at), at or timeline.now()
    found = ruled(ready.survey)
    made = write_decision(by, ready, found, status=found.status, at=moment, kind=DecisionKind.ADMINISTRATIVE)
    take(by=by, ready=ready, at=moment, into=survey)
    deadlines.decided(ready.survey, made.status, moment)
    return made


@transaction.atomic
def refer_to_committee(*, by: Acting, survey: Survey) -> None:
    """Something is open: the case can be put on an agenda; where the kind has no committee the follow-up opens at once."""
    ready = look(by=by, survey=survey, name="refer_to_committee")
    if ready.step.target == State.FOLLOW_UP_OPEN:
        open_rows(ready.survey, ruled(ready.survey).follow_up)
    take(by=by, ready=ready, into=survey)


@transaction.atomic
def conclude(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> Decision | None:
    """End a survey whose kind gives no accreditation; what its rules say is kept as an administrative decision."""
    ready, moment = look(by=by, survey=survey, name="conclude", at=at), at or timeline.now()
    made = concluded(by, ready, moment)
    take(by=by, ready=ready, at=moment, into=survey)
    return made


@transaction.atomic
def decide(*, by: Acting, item: AgendaItem, status: str, reason: str = "", at: dt.datetime | None = None) -> Decision:
    """The committee's decision of a case, written by a member who takes part; members are those present who take part.

    In the first round only `provisional` can be decided; the follow-up's kind follows from the rules. A decision against the
    recommendation needs a reason. Raises PermissionDenied, NotNow.
    """
    require(may_sit(by.role) and visible.cases(by).filter(pk=item.pk).exists())
    first = item.kind == AgendaKind.ROUND_1
    if item.kind == AgendaKind.SAMPLE or (status == State.PROVISIONAL) != first:
        raise not_now("unknown_status")
    name = "decide_provisionally" if first else f"decide_{status}"
    if status not in State.values:
        raise not_now("unknown_status")
    ready, moment = look(by=by, survey=item.survey, name=name, at=at), at or timeline.now()
    found = ruled(ready.survey)
    if not first:
        try:
            check_departure(found, status, reason)
        except RuleError as error:
            raise not_now("departure_without_reason" if error.code == "reason_missing" else "unknown_status") from error
    more = _provisional(ready, found, moment) if first else {}
    made = write_decision(
        by, ready, found, status=status, at=moment, kind=DecisionKind.COMMITTEE, round=ROUND[AgendaKind(item.kind)], item=item,
        members=_members(item), reason=reason.strip(), **more,
    )  # fmt: skip
    take(by=by, ready=ready, reason=reason.strip(), at=moment)
    deadlines.decided(ready.survey, status, moment)
    return made


def _provisional(ready: Ready, found: Ruled, at: dt.datetime) -> dict[str, object]:
    """The follow-up that a provisional decision asks for; its rows are opened before the survey moves on."""
    survey = ready.survey
    if not FollowUp.objects.filter(survey=survey).exists():
        open_rows(survey, found.follow_up)
    clock = kind_of(survey).clock("follow_up", survey.practice.profession)
    return {"follow_up": found.follow_up, "follow_up_by": due_day(clock, at)}


def _members(item: AgendaItem) -> list[str]:
    out = set(Recusal.objects.filter(item=item).values_list("user_id", flat=True))
    return [seat.name for seat in item.meeting.seats.order_by("name") if seat.present and seat.user_id not in out]


def appeal(*, by: Acting, survey: Survey, reason: str) -> None:
    """The practice complains of the committee's decision, within its time."""
    if not reason.strip():
        raise not_now("reason_needed")
    move(by=by, survey=survey, name="appeal", reason=reason.strip())
