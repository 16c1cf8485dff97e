"""The practice answers the same indicators that the surveyors will rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accreditation.actions.applying import apply, open_answers
from accreditation.actions.moving import move, own, record, require
from accreditation.enums import AnswerState, State
from accreditation.faults import not_now
from accreditation.models import Applicability, SelfAssessment, StandardIndicator, Survey
from accreditation.policies import may_answer, may_speak_for_practice, sees_every_survey
from accreditation.queries.pinned import rules_of
from practices.acting import Acting

WRITABLE = (State.ANNOUNCED, State.SELF_ASSESSMENT)
LONGEST_SITTING = 24 * 60


@dataclass(frozen=True)
class Answer:
    """What the practice says of one indicator. minutes: spent on it since the last save; version: what the page had loaded."""

    answer: str
    comment: str = ""
    minutes: int = 0
    done: bool = False
    version: int = 1


def _writable(by: Acting, survey: Survey) -> Survey:
    require(may_answer(by.role) or sees_every_survey(by.persona))
    found = own(by, survey)
    if found.state not in WRITABLE:
        raise not_now("locked")
    return found


@transaction.atomic
def start(*, by: Acting, survey: Survey) -> None:
    """Begin: what is asked is computed from what the practice says of itself, and last cycle's answers come as proposals."""
    found = _writable(by, survey)
    apply(found)
    open_answers(found)
    move(by=by, survey=survey, name="start_self_assessment")


@transaction.atomic
def describe_practice(
    *, by: Acting, survey: Survey, people: int, staff_groups: Sequence[str], shared_by: Mapping[str, int] | None = None
) -> int:
    """Say who works here; returns how many indicators are asked then. Answers that are written stay where they are."""
    found = _writable(by, survey)
    found.people, found.staff_groups, found.shared_by = people, sorted(set(staff_groups)), dict(shared_by or {})
    found.save(update_fields=["people", "staff_groups", "shared_by"])
    asked = apply(found)
    if found.state == State.SELF_ASSESSMENT:
        open_answers(found)
    record("described_practice", found, asked=asked)
    return asked


@transaction.atomic
def save_contact(*, by: Acting, survey: Survey, name: str, phone: str, address: str = "") -> None:
    """Whom the surveyors call, and where they go."""
    require(may_answer(by.role))
    found = own(by, survey)
    found.contact_name, found.contact_phone = name, phone
    found.address = address or found.address
    found.save(update_fields=["contact_name", "contact_phone", "address"])
    record("saved_contact", found)


@transaction.atomic
def answer(*, by: Acting, survey: Survey, indicator: StandardIndicator, given: Answer) -> SelfAssessment:
    """Save an answer, begun or finished. Raises NotNow("changed_meanwhile") when somebody else has saved since `version`."""
    found = _writable(by, survey)
    row = SelfAssessment.objects.select_for_update(of=("self",)).filter(survey=found, indicator=indicator).first()
    if row is None or not Applicability.objects.filter(survey=found, indicator=indicator, relevant=True).exists():
        raise not_now("not_asked")
    if row.version != given.version:
        raise not_now("changed_meanwhile")
    rules = rules_of(found)
    if given.answer and given.answer not in (*rules.ratings, rules.outside):
        raise not_now("unknown_rating", number=indicator.number)
    if (given.done and not given.answer) or (given.answer == rules.outside and not given.comment.strip()):
        raise not_now("reason_missing" if given.answer else "unrated", number=indicator.number)
    row.answer, row.comment, row.answered_by_id = given.answer, given.comment.strip(), by.scope.user_id
    row.minutes_used += max(0, min(given.minutes, LONGEST_SITTING))
    row.state = AnswerState.DONE if given.done else AnswerState.DRAFT
    row.version += 1
    row.save()
    record("answered_indicator", found, kind="indicator", object_id=indicator.number, state=row.state)
    return row


@transaction.atomic
def change_relevance(*, by: Acting, survey: Survey, indicator: StandardIndicator, relevant: bool, why: str = "") -> None:
    """Turn a proposal round: where the rule leaves a choice the practice decides, and says why when it leaves a point out."""
    found = _writable(by, survey)
    row = Applicability.objects.filter(survey=found, indicator=indicator).first()
    if row is None or not row.may_be_changed:
        raise not_now("relevance_fixed")
    if not relevant and not why.strip():
        raise not_now("reason_needed")
    row.relevant, row.changed_by_id = relevant, by.scope.user_id
    row.reason = {} if relevant else {"code": "practice_says", "da": why.strip(), "en": why.strip()}
    row.save(update_fields=["relevant", "reason", "changed_by"])
    open_answers(found)
    record("changed_relevance", found, kind="indicator", object_id=indicator.number, relevant=relevant)


def share_documents(*, by: Acting, survey: Survey) -> None:
    """Finish the self-assessment: from now on the surveyors see it, with what is shared and nothing else."""
    require(may_speak_for_practice(by.role))
    move(by=by, survey=survey, name="share_documents")
