"""Writes decisions down: with what the rules said, from when to when they hold, and which one they replace."""

import datetime as dt
from dataclasses import asdict

from accreditation import timeline
from accreditation.actions.moving import Ready, record
from accreditation.enums import DecisionKind, State
from accreditation.models import Decision, Survey
from accreditation.queries import ratings
from accreditation.queries.cases import latest_decision, ruled
from accreditation.queries.pinned import kind_of
from accreditation.queries.report import Data
from accreditation.rules import Decision as Ruled
from kip.core.workdays import add_months, local_day
from practices.acting import Acting

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


def write_decision(by: Acting, ready: Ready, found: Ruled, *, status: str, at: dt.datetime, **more: object) -> Decision:
    """Store a decision beside what the rules said. Call within the step that it belongs to."""
    survey = ready.survey
    made = Decision.objects.create(
        survey=survey, practice_id=survey.practice_id, status=status, recommendation=found.recommendation or "",
        basis=basis_of(found), replaces=latest_decision(survey), by_id=by.scope.user_id, by_name=by.person_name, at=at,
        **_validity(survey, status, at), **more,
    )  # fmt: skip
    record("decided_survey", survey, kind="decision", object_id=made.pk, status=status)
    return made


def concluded(by: Acting, ready: Ready, at: dt.datetime | None = None) -> Decision | None:
    """The decision of a step that ends a survey without an accreditation; None for a step that leads on."""
    if ready.step.target != State.REVIEWED:
        return None
    found = ruled(ready.survey)
    return write_decision(
        by, ready, found, status=found.status, at=at or timeline.now(), kind=DecisionKind.ADMINISTRATIVE,
        round=ratings.round_being_rated(ready.survey),
    )  # fmt: skip
