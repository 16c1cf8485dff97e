"""Every step of a survey goes through here: role, conditions, event, clocks, audit record and messages, in one transaction."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from accreditation import machine, timeline
from accreditation.actions import deadlines
from accreditation.faults import Fault, NotNow, fault, not_now
from accreditation.models import Survey, SurveyEvent
from accreditation.policies import may_step
from accreditation.queries import visible
from accreditation.queries.guards import faults as missing
from accreditation.queries.pinned import kind_of
from kip.core import audit, jobs
from kip.core.scope import WORKER
from practices.acting import Acting

SYSTEM = Acting(scope=WORKER, role=machine.SYSTEM, role_label="KIP", person_name="KIP", organisation_name="KIP", profession="")
TELL_JOB = "accreditation.tell"


def require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def person(by: Acting) -> int:
    """Who acts. Raises PermissionDenied for nobody."""
    if by.scope.user_id is None:
        raise PermissionDenied
    return by.scope.user_id


def place(by: Acting) -> int:
    """The acting region. Raises PermissionDenied for a role without one."""
    if by.scope.region_id is None:
        raise PermissionDenied
    return by.scope.region_id


def own(by: Acting, survey: Survey) -> Survey:
    """The survey as it stands now. Raises PermissionDenied when the person may not see it."""
    found = visible.again(by, survey)
    if found is None:
        raise PermissionDenied
    return found


def record(act: str, survey: Survey, *, kind: str = "survey", object_id: object = None, **facts: Any) -> None:
    """One record in the practice's chain; facts name no patient and quote no text."""
    detail = json.dumps({"survey": survey.pk, **facts}, default=str, sort_keys=True)
    audit.record(act, practice_id=survey.practice_id, kind=kind, object_id=object_id or survey.pk, detail=detail)


def faults(by: Acting, survey: Survey, name: str, at: datetime | None = None) -> tuple[Fault, ...]:
    """What keeps the person from this step now; empty when it may be taken. Raises PermissionDenied for a wrong role."""
    step = machine.step(name, survey.state, kind_of(survey).states)
    if step is None:
        return (fault("not_from_here"),)
    require(may_step(by.role, step.transition))
    return missing(survey, by, step.transition.guards, at)


@dataclass(frozen=True)
class Ready:
    """A step that may be taken, with the survey as it stands."""

    survey: Survey
    step: machine.Step


def ready(*, by: Acting, survey: Survey, name: str, at: datetime | None = None) -> Ready:
    """Look before writing what the step needs beside its event. Raises PermissionDenied, NotNow."""
    found = own(by, survey)
    step = machine.step(name, found.state, kind_of(found).states)
    if step is None:
        require(may_step(by.role, machine.TRANSITIONS[name]))
        raise not_now("not_from_here")
    lacking = faults(by, found, name, at)
    if lacking:
        raise NotNow(*lacking)
    return Ready(found, step)


@transaction.atomic
def move(*, by: Acting, survey: Survey, name: str, reason: str = "", at: datetime | None = None) -> SurveyEvent:
    """Take one step. `survey` is brought up to date in place. Raises PermissionDenied, NotNow."""
    return take(by=by, ready=ready(by=by, survey=survey, name=name, at=at), reason=reason, at=at, into=survey)


def take(*, by: Acting, ready: Ready, reason: str = "", at: datetime | None = None, into: Survey | None = None) -> SurveyEvent:
    """Write the event of a step that `ready` has let pass, in the same transaction."""
    survey, step, moment = ready.survey, ready.step, at or timeline.now()
    try:
        with transaction.atomic():
            event = SurveyEvent.objects.create(
                survey=survey, practice_id=survey.practice_id, transition=step.transition.name, from_state=step.source,
                to_state=step.target, at=moment, actor_id=by.scope.user_id, actor_name=by.person_name, actor_role=by.role,
                reason=reason,
            )  # fmt: skip
    except DatabaseError as error:
        if "by now" in str(error):
            raise not_now("not_from_here") from error
        raise
    for held in (survey, into):
        if held is not None:
            held.state = step.target.value
    deadlines.reached(survey, step.target, moment)
    record(f"survey_{step.transition.name}", survey, state=step.target)
    if timeline.is_now():
        jobs.enqueue(TELL_JOB, scope=by.scope, key=str(event.pk), event_id=event.pk)
    return event
