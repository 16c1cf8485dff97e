"""Dispensation: asked for within its time by a practice that closes, answered once, confirmed again before the closing."""

import datetime as dt

from django.db import transaction

from accreditation import timeline
from accreditation.actions.moving import move, own, record, require, take
from accreditation.actions.moving import ready as look
from accreditation.faults import not_now
from accreditation.models import Dispensation, Survey
from accreditation.policies import may_plan, may_speak_for_practice
from practices.acting import Acting


@transaction.atomic
def request_dispensation(*, by: Acting, survey: Survey, reason: str, said: str, closes_on: dt.date) -> Dispensation:
    """Ask to be left out; `reason` is a code of DispensationReason."""
    ready = look(by=by, survey=survey, name="request_dispensation")
    asked = Dispensation.objects.create(
        survey=ready.survey, practice_id=ready.survey.practice_id, reason=reason, said=said, closes_on=closes_on,
        asked_by_id=by.scope.user_id,
    )  # fmt: skip
    take(by=by, ready=ready, reason=said, into=survey)
    return asked


@transaction.atomic
def answer_dispensation(
    *, by: Acting, dispensation: Dispensation, granted: bool, answer: str, reconfirm_by: dt.date | None = None
) -> None:
    """Grant or refuse, once. A granted one is confirmed again by a day, else the practice comes back into the plan."""
    require(may_plan(by.role))
    survey = own(by, dispensation.survey)
    written = Dispensation.objects.filter(pk=dispensation.pk, granted=None).update(
        granted=granted, answer=answer, answered_by_id=by.scope.user_id, answered_at=timeline.now(),
        reconfirm_by=reconfirm_by if granted else None,
    )  # fmt: skip
    if not written:
        raise not_now("already_done")
    move(by=by, survey=survey, name="grant_dispensation" if granted else "refuse_dispensation", reason=answer)


@transaction.atomic
def reconfirm_closing(*, by: Acting, dispensation: Dispensation) -> None:
    """The practice says again that it closes."""
    require(may_speak_for_practice(by.role))
    survey = own(by, dispensation.survey)
    granted = Dispensation.objects.filter(pk=dispensation.pk, granted=True, reconfirmed_at=None)
    if not granted.update(reconfirmed_at=timeline.now()):
        raise not_now("already_done")
    record("reconfirmed_closing", survey)
