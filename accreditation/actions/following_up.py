"""The second round: the practice answers what stayed open, and only that is rated again."""

import datetime as dt

from django.db import transaction

from accreditation import timeline
from accreditation.actions.concluding import concluded
from accreditation.actions.moving import move, own, record, require, take
from accreditation.actions.moving import ready as look
from accreditation.actions.visiting import RatingEntry, rate
from accreditation.enums import State
from accreditation.faults import not_now
from accreditation.models import FollowUp, Survey
from accreditation.policies import may_answer, may_speak_for_practice
from accreditation.queries.ratings import Rating
from practices.acting import Acting


def open_follow_up(*, by: Acting, survey: Survey) -> None:
    """From here the practice can answer; the deadline runs from the decision."""
    move(by=by, survey=survey, name="open_follow_up")


@transaction.atomic
def answer_follow_up(*, by: Acting, follow_up: FollowUp, text: str) -> None:
    """Say what has been done about one open indicator, until it is sent; material is attached as evidence of the round."""
    require(may_answer(by.role))
    survey = own(by, follow_up.survey)
    if survey.state != State.FOLLOW_UP_OPEN:
        raise not_now("locked")
    if not text.strip():
        raise not_now("reason_needed")
    row = FollowUp.objects.filter(pk=follow_up.pk)
    row.update(answer=text.strip(), answered_by_id=by.scope.user_id, answered_at=timeline.now())
    record("answered_follow_up", survey, kind="follow_up", object_id=follow_up.pk)


def send_follow_up(*, by: Acting, survey: Survey) -> None:
    """Send the answers: the surveyors see them, with the evidence shared in this round."""
    require(may_speak_for_practice(by.role))
    move(by=by, survey=survey, name="send_follow_up")


def rate_again(*, by: Acting, survey: Survey, entry: RatingEntry) -> Rating:
    """Rate an open indicator again; the first round's rating stands beside it."""
    if own(by, survey).state not in (State.FOLLOW_UP_RECEIVED, State.FOLLOW_UP_RATED):
        raise not_now("locked")
    return rate(by=by, survey=survey, entry=entry)


@transaction.atomic
def miss_follow_up(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> None:
    """Nothing came in time: on to the committee with the ratings as they are, or to the end where the kind has none."""
    ready = look(by=by, survey=survey, name="follow_up_missed", at=at)
    concluded(by, ready, at)
    take(by=by, ready=ready, at=at, into=survey)


def complete_follow_up(*, by: Acting, survey: Survey) -> None:
    move(by=by, survey=survey, name="complete_follow_up")
