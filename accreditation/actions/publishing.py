"""Telling the practice, publishing, and taking back. The public reads what was frozen, and every step leaves its row."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext

from accreditation import timeline
from accreditation.actions.moving import own, record, require, take
from accreditation.actions.moving import ready as look
from accreditation.actions.reporting import digest_of
from accreditation.faults import not_now
from accreditation.models import Decision, Publication, Survey
from accreditation.policies import may_plan, sees_every_survey
from accreditation.queries.cases import decisions
from accreditation.queries.guards import region_publishes
from accreditation.queries.report import public_content
from kip.core import jobs
from practices.acting import Acting

DECISION_JOB = "accreditation.tell_decision"


@transaction.atomic
def tell_practice(*, by: Acting, decision: Decision, at: dt.datetime | None = None) -> None:
    """The practice is told before anybody else can read it; the mail leaves with the commit."""
    require(may_plan(by.role) or sees_every_survey(by.persona))
    survey = own(by, decision.survey)
    if not Decision.objects.filter(pk=decision.pk, told_at=None).update(told_at=at or timeline.now()):
        raise not_now("already_done")
    record("told_decision", survey, kind="decision", object_id=decision.pk)
    if timeline.is_now():
        jobs.enqueue(DECISION_JOB, scope=by.scope, key=str(decision.pk), decision_id=decision.pk)


@transaction.atomic
def publish(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> Publication:
    """Make the report public as it stands, both rounds merged."""
    ready, moment = look(by=by, survey=survey, name="publish", at=at), at or timeline.now()
    # After an appeal what was decided first is still public; it gives way, with its trace.
    for former in Publication.objects.filter(survey=ready.survey, taken_back_at=None):
        take_back(by=by, publication=former, reason=gettext("A new decision has taken its place."))
    made = _write(by, ready.survey, moment)
    take(by=by, ready=ready, at=moment, into=survey)
    return made


@transaction.atomic
def publish_again(*, by: Acting, survey: Survey) -> Publication:
    """A corrected publication in place of one that was taken back."""
    require(may_plan(by.role))
    found = own(by, survey)
    lacking = tuple(region_publishes(found, by, timeline.now()))
    if lacking or not Publication.objects.filter(survey=found).exists():
        raise not_now("not_published_here")
    if Publication.objects.filter(survey=found, taken_back_at=None).exists():
        raise not_now("already_done")
    return _write(by, found, timeline.now())


def _write(by: Acting, survey: Survey, at: dt.datetime) -> Publication:
    content = public_content(survey)
    made = Publication.objects.create(
        survey=survey, practice_id=survey.practice_id, decision=decisions(survey)[0], content=content, digest=digest_of(content),
        published_by_id=by.scope.user_id, published_at=at,
    )  # fmt: skip
    record("published_survey", survey, kind="publication", object_id=made.pk)
    return made


@transaction.atomic
def take_back(*, by: Acting, publication: Publication, reason: str) -> None:
    """Nobody outside reads it any more; that it was public, and why it is not, stays."""
    require(may_plan(by.role))
    survey = own(by, publication.survey)
    if not reason.strip():
        raise not_now("reason_needed")
    public = Publication.objects.filter(pk=publication.pk, taken_back_at=None)
    now = timeline.now()
    if not public.update(taken_back_at=now, taken_back_by_id=by.scope.user_id, taken_back_reason=reason.strip()):
        raise not_now("already_done")
    record("took_back_publication", survey, kind="publication", object_id=publication.pk)
