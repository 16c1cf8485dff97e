"""The pool of surveyors, what ties them to practices, and who goes on which visit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accreditation import timeline
from accreditation.actions.moving import own, person, record, require
from accreditation.enums import State, TeamRole
from accreditation.faults import not_now
from accreditation.models import Assignment, ConflictDeclaration, Survey, SurveyorProfile, Unavailable
from accreditation.policies import may_keep_own_ties, may_plan, may_survey, sees_every_survey
from accreditation.queries.conflicts import conflicts
from kip.core import audit
from practices.acting import Acting
from practices.models import Membership, Municipality, Practice

OPEN_TEAM = (
    State.PLANNED,
    State.POSTPONED,
    State.ANNOUNCED,
    State.SELF_ASSESSMENT,
    State.DOCUMENTS_SHARED,
    State.VISIT_CONFIRMED,
)


@dataclass(frozen=True)
class Tie:
    """What ties a person to a practice, or for TieKind.MUNICIPALITY to a municipality. Dates None: always, or still so."""

    kind: str
    practice: Practice | None = None
    municipality: Municipality | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    said: str = ""


def _office(by: Acting) -> bool:
    return may_plan(by.role) or sees_every_survey(by.persona)


@transaction.atomic
def save_profile(
    *, by: Acting, user_id: int, professions: Sequence[str], languages: Sequence[str], phone: str = "", active: bool = True
) -> SurveyorProfile:
    """A surveyor of the pool, kept by a region's administrator or by the surveyor."""
    require(_office(by) or (may_survey(by.role) and by.scope.user_id == user_id))
    require(Membership.objects.filter(user_id=user_id, role="surveyor").exists())
    said = {"professions": list(professions), "languages": list(languages), "phone": phone, "active": active}
    profile, _made = SurveyorProfile.objects.update_or_create(user_id=user_id, defaults=said)
    audit.record("saved_surveyor", kind="surveyor", object_id=user_id, region_id=by.scope.region_id)
    return profile


@transaction.atomic
def declare_tie(*, by: Acting, user_id: int, tie: Tie) -> ConflictDeclaration:
    """Write down a tie: a person's own, or one that the region knows of."""
    require(_office(by) or (may_keep_own_ties(by.role) and by.scope.user_id == user_id))
    made = ConflictDeclaration.objects.create(
        user_id=user_id, kind=tie.kind, practice=tie.practice, municipality=tie.municipality, first_day=tie.first_day,
        last_day=tie.last_day, said=tie.said, declared_by_id=by.scope.user_id or user_id,
    )  # fmt: skip
    audit.record("declared_tie", kind="surveyor", object_id=user_id, region_id=by.scope.region_id)
    return made


@transaction.atomic
def end_tie(*, by: Acting, declaration: ConflictDeclaration, last_day: dt.date) -> None:
    """The tie ended on a day; it goes on counting for the region's number of years."""
    require(may_keep_own_ties(by.role) and by.scope.user_id == declaration.user_id)
    ConflictDeclaration.objects.filter(pk=declaration.pk).update(last_day=last_day)
    audit.record("ended_tie", kind="surveyor", object_id=declaration.user_id)


@transaction.atomic
def add_unavailable(*, by: Acting, first_day: dt.date, last_day: dt.date) -> Unavailable:
    """Days on which the surveyor takes no visits."""
    require(may_survey(by.role))
    made = Unavailable.objects.create(user_id=person(by), first_day=first_day, last_day=last_day)
    audit.record("said_unavailable", kind="surveyor", object_id=by.scope.user_id)
    return made


@transaction.atomic
def remove_unavailable(*, by: Acting, unavailable: Unavailable) -> None:
    require(may_survey(by.role) and unavailable.user_id == by.scope.user_id)
    unavailable.delete()
    audit.record("said_available", kind="surveyor", object_id=by.scope.user_id)


@transaction.atomic
def assign(*, by: Acting, survey: Survey, user_id: int, role: str) -> Assignment:
    """Put a surveyor on the team; one with a conflict of interest is blocked until somebody else overrides it."""
    require(_office(by))
    found = own(by, survey)
    if found.state not in OPEN_TEAM:
        raise not_now("locked")
    require(SurveyorProfile.objects.filter(user_id=user_id, active=True).exists())
    taken = Assignment.objects.filter(survey=found, ended_at=None)
    if taken.filter(user_id=user_id).exists() or (role == TeamRole.LEAD and taken.filter(role=role).exists()):
        raise not_now("already_done")
    ties = conflicts(user_id, found.practice, found.visit_on or timeline.today())
    made = Assignment.objects.create(
        survey=found, practice_id=found.practice_id, user_id=user_id, role=role, conflicts=[tie.as_data() for tie in ties],
        blocked=bool(ties), proposed_by_id=by.scope.user_id,
    )  # fmt: skip
    record("assigned_surveyor", found, kind="assignment", object_id=made.pk, blocked=made.blocked)
    return made


@transaction.atomic
def override_conflict(*, by: Acting, assignment: Assignment, reason: str) -> None:
    """Let a blocked surveyor go all the same: by another person than the one who proposed, with a reason."""
    require(may_plan(by.role))
    survey = own(by, assignment.survey)
    if not reason.strip():
        raise not_now("reason_needed")
    if by.scope.user_id == assignment.proposed_by_id:
        raise not_now("own_conflict")
    waiting = Assignment.objects.filter(pk=assignment.pk, blocked=True, overridden_at=None, ended_at=None)
    if not waiting.update(overridden_by_id=by.scope.user_id, overridden_at=timeline.now(), override_reason=reason):
        raise not_now("not_blocked")
    record("overrode_conflict", survey, kind="assignment", object_id=assignment.pk)


@transaction.atomic
def accept(*, by: Acting, assignment: Assignment) -> None:
    """The surveyor takes the visit."""
    require(may_survey(by.role) and assignment.user_id == by.scope.user_id)
    survey = own(by, assignment.survey)
    if not Assignment.objects.filter(pk=assignment.pk, accepted_at=None, ended_at=None).update(accepted_at=timeline.now()):
        raise not_now("already_done")
    record("accepted_visit", survey, kind="assignment", object_id=assignment.pk)


@transaction.atomic
def end_assignment(*, by: Acting, assignment: Assignment, reason: str) -> None:
    """Take a surveyor off the team, or say no to a visit: from now on the surveyor sees nothing of it."""
    require(may_plan(by.role) or (may_survey(by.role) and assignment.user_id == by.scope.user_id))
    survey = own(by, assignment.survey)
    if not reason.strip():
        raise not_now("reason_needed")
    if not Assignment.objects.filter(pk=assignment.pk, ended_at=None).update(ended_at=timeline.now(), end_reason=reason):
        raise not_now("already_done")
    record("ended_assignment", survey, kind="assignment", object_id=assignment.pk)
