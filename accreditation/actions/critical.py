"""A critical finding waits for no report: the message leaves at once, and the practice's action is noted within two days."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import transaction

from accreditation import timeline
from accreditation.actions import deadlines
from accreditation.actions.moving import own, record, require
from accreditation.actions.visiting import on_team
from accreditation.faults import not_now
from accreditation.models import CriticalFinding, StandardIndicator, Survey
from accreditation.policies import may_answer
from kip.core import jobs
from practices.acting import Acting

CRITICAL_JOB = "accreditation.tell_critical"


@dataclass(frozen=True)
class CriticalEntry:
    """What was found, with the id that the device gave it."""

    text: str
    indicator: StandardIndicator | None = None
    id: UUID = field(default_factory=uuid4)
    made_at: dt.datetime | None = None


@transaction.atomic
def raise_critical(*, by: Acting, survey: Survey, entry: CriticalEntry) -> CriticalFinding:
    """Tell the practice and the named consultant today; independent of every rating. The same id again changes nothing."""
    found = on_team(by, survey)
    known = CriticalFinding.objects.filter(survey=found, pk=entry.id).first()
    if known is not None:
        return known
    if not entry.text.strip():
        raise not_now("reason_needed")
    made = CriticalFinding.objects.create(
        id=entry.id, survey=found, practice_id=found.practice_id, indicator=entry.indicator, text=entry.text.strip(),
        by_id=by.scope.user_id, by_name=by.person_name, made_at=entry.made_at or timeline.now(),
    )  # fmt: skip
    deadlines.happened(found, "critical_finding", timeline.now(), about=str(made.pk))
    record("raised_critical_finding", found, kind="critical_finding", object_id=made.pk)
    if timeline.is_now():
        jobs.enqueue(CRITICAL_JOB, scope=by.scope, key=str(made.pk), finding_id=str(made.pk))
    return made


@transaction.atomic
def acknowledge(*, by: Acting, finding: CriticalFinding, action: str) -> None:
    """The practice says what it has done."""
    require(may_answer(by.role))
    survey = own(by, finding.survey)
    if not action.strip():
        raise not_now("reason_needed")
    now = timeline.now()
    waiting = CriticalFinding.objects.filter(pk=finding.pk, acknowledged_at=None)
    if not waiting.update(acknowledged_at=now, acknowledged_by_id=by.scope.user_id, action=action.strip()):
        raise not_now("already_done")
    deadlines.happened(survey, "critical_acknowledged", now, about=str(finding.pk))
    record("acknowledged_critical_finding", survey, kind="critical_finding", object_id=finding.pk)
