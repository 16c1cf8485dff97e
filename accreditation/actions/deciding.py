"""Decisions: by rule when nothing is open, else by the committee, and appeals against it."""

import datetime as dt
from dataclasses import asdict

from django.db import transaction

from accreditation import timeline
from accreditation.actions import deadlines
from accreditation.actions.moving import Ready, move, record, require, take
from accreditation.actions.moving import ready as look
from accreditation.actions.opening import open_rows
from accreditation.clocks import due_day
from accreditation.enums import AgendaKind, DecisionKind, State
from accreditation.faults import not_now
from accreditation.models import AgendaItem, Decision, FollowUp, Recusal, Survey
from accreditation.policies import may_sit
from accreditation.queries import visible
from accreditation.queries.cases import latest_decision, ruled
from accreditation.queries.pinned import kind_of
from accreditation.queries.report import Data
from accreditation.rules import Decision as Ruled
from accreditation.rules import RuleError, check_departure
from kip.core.workdays import add_months, local_day
from practices.acting import Acting

ROUND = {AgendaKind.ROUND_1: 1, AgendaKind.ROUND_2: 2, AgendaKind.APPEAL: 3}
LASTING = (State.ACCREDITED, State.ACCREDITED_WITH_REMARKS)


def basis_of(found: Ruled) -> Data:
    """What the rules said, as it is stored with the decision; ratings stand in their own tables."""
    said = asdict(found)
    said.pop("rated")
    said["steps"] = [{"rule": step.rule, "code": step.code, "values": dict(step.values)} for step in found.steps]
    said["standards"] = dict(found.standards)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _validity(survey: Survey, status: str, at: dt.datetime) -> dict[str, dt.date | None]:
    months = kind_of(survey).cycle_months
    if status not in LASTING or months is None:
        return {"valid_from": None, "valid_to": None}
    first = local_day(at)
    return {"valid_from": first, "valid_to": add_months(first, months) - dt.timedelta(days=1)}


def _write(by: Acting, ready: Ready, found: Ruled, *, status: str, at: dt.datetime, **more: object) -> Decision:
    survey = ready.survey
    made = Decision.objects.create(
        survey=survey, practice_id=survey.practice_id, status=status, recommendation=found.recommendation or "",
        basis=basis_of(found), replaces=latest_decision(survey), by_id=by.scope.user_id, by_name=by.person_name, at=at,
        **_validity(survey, status, at), **more,
    )  # fmt: skip
    record("decided_survey", survey, kind="decision", object_id=made.pk, status=status)
    return made


@transaction.atomic
def decide_administratively(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> Decision:
    """Accredited by rule: nothing is open. No person weighs anything here."""
    ready, moment = look(by=by, survey=survey, name="decide_administratively", at=at), at or timeline.now()
    found = ruled(ready.survey)
    made = _write(by, ready, found, status=found.status, at=moment, kind=DecisionKind.ADMINISTRATIVE)
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
def conclude(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> Decision:
    """End a survey whose kind gives no accreditation; what its rules say is kept as an administrative decision."""
    ready, moment = look(by=by, survey=survey, name="conclude", at=at), at or timeline.now()
    found = ruled(ready.survey)
    made = _write(by, ready, found, status=found.status, at=moment, kind=DecisionKind.ADMINISTRATIVE)
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
    made = _write(
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
