"""The hearing: the practice's points, the team's answers one by one, and the closing. One a round, and only once."""

from django.db import transaction

from accreditation import timeline
from accreditation.actions.moving import own, record, require, take
from accreditation.actions.moving import ready as look
from accreditation.actions.reporting import sign
from accreditation.actions.visiting import RatingEntry, on_team, rate
from accreditation.enums import PointOutcome
from accreditation.faults import not_now
from accreditation.models import Hearing, HearingPoint, StandardIndicator, Survey
from accreditation.policies import may_answer, may_speak_for_practice
from accreditation.queries.guards import open_hearing
from practices.acting import Acting


def _unanswered(survey: Survey) -> Hearing:
    hearing = open_hearing(survey)
    if hearing is None:
        raise not_now("no_hearing")
    if hearing.replied_at is not None:
        raise not_now("reply_given")
    return hearing


@transaction.atomic
def add_point(*, by: Acting, survey: Survey, text: str, indicator: StandardIndicator | None = None) -> HearingPoint:
    """An objection or a factual error, about an indicator or the report as a whole. Everybody in the practice may write one."""
    require(may_answer(by.role))
    found = own(by, survey)
    hearing = _unanswered(found)
    if not text.strip():
        raise not_now("reason_needed")
    made = HearingPoint.objects.create(
        survey=found, practice_id=found.practice_id, hearing=hearing, number=hearing.points.count() + 1, indicator=indicator,
        text=text.strip(),
    )  # fmt: skip
    record("objected", found, kind="hearing_point", object_id=made.pk)
    return made


@transaction.atomic
def reply(*, by: Acting, survey: Survey, text: str = "") -> None:
    """Send the points: the practice's one reply of the round."""
    require(may_speak_for_practice(by.role))
    found = own(by, survey)
    hearing = _unanswered(found)
    written = Hearing.objects.filter(pk=hearing.pk, replied_at=None).update(
        reply=text.strip(), replied_by_id=by.scope.user_id, replied_at=timeline.now()
    )
    if not written:
        raise not_now("reply_given")
    record("replied_to_hearing", found, kind="hearing", object_id=hearing.pk)


@transaction.atomic
def answer_point(*, by: Acting, point: HearingPoint, answer: str, outcome: str, entry: RatingEntry | None = None) -> None:
    """The team's answer; with a changed rating the new one is added and the old value stays."""
    found = on_team(by, point.survey)
    if (outcome == PointOutcome.RATING_CHANGED) != (entry is not None) or not answer.strip():
        raise not_now("reason_needed")
    if entry is not None:
        rate(by=by, survey=found, entry=entry, point=point)
    written = HearingPoint.objects.filter(pk=point.pk, answered_at=None).update(
        answer=answer.strip(), outcome=outcome, answered_by_id=by.scope.user_id, answered_at=timeline.now()
    )
    if not written:
        raise not_now("already_done")
    record("answered_objection", found, kind="hearing_point", object_id=point.pk, outcome=outcome)


@transaction.atomic
def finish_hearing(*, by: Acting, survey: Survey) -> None:
    """Close the hearing after the reply or its last day, and sign the final report of the round."""
    hearing = open_hearing(survey)
    name = "finish_hearing_2" if hearing is not None and hearing.round == 2 else "finish_hearing"
    ready = look(by=by, survey=survey, name=name)
    if hearing is None:
        raise not_now("no_hearing")
    Hearing.objects.filter(pk=hearing.pk, closed_at=None).update(closed_by_id=by.scope.user_id, closed_at=timeline.now())
    sign(by=by, survey=ready.survey, round_number=hearing.round, final=True)
    take(by=by, ready=ready, into=survey)
