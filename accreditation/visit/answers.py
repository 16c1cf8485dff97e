"""What the server answers a device: what became of each item, and where every rating and note stands now."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accreditation.actions.syncing import REFUSED, Answer, Item, SyncAnswer, sync
from accreditation.actions.visiting import begin_visit
from accreditation.enums import State
from accreditation.faults import NotNow
from accreditation.machine import WINDOW
from accreditation.models import CriticalFinding, Survey
from accreditation.queries.visit_bundle import CARRIED_IN, critical_data, note_data, rating_data
from accreditation.queries.visit_notes import standing_notes
from practices.acting import Acting

log = structlog.get_logger("kip.visit")


def answer_data(survey: Survey, answer: SyncAnswer, refused: Sequence[Answer]) -> dict[str, Any]:
    """carried: the device may keep its copy; with False it deletes it as soon as everything has been sent."""
    opened = answer.state in WINDOW
    return {
        "state": answer.state,
        "carried": answer.state in CARRIED_IN,
        "answers": [{"id": str(one.id), "outcome": one.outcome, "fault": one.fault} for one in (*answer.answers, *refused)],
        "standing": {
            one.number: {"current": rating_data(one.current), "waiting": [rating_data(row) for row in one.waiting]}
            for one in answer.standing
        },
        "notes": [note_data(row) for row in standing_notes(survey)] if opened else [],
        "criticals": [critical_data(row) for row in _criticals(survey)] if opened else [],
    }  # fmt: skip


def take_in(by: Acting, survey: Survey, items: Sequence[Item]) -> SyncAnswer:
    """Store a batch. One item that the database will not have must not hold up what was made after it."""
    try:
        with transaction.atomic():
            return sync(by=by, survey=survey, items=items)
    except DatabaseError:
        answers = [_alone(by, survey, item) for item in items]
    last = sync(by=by, survey=survey, items=())
    return SyncAnswer(last.state, answers, last.standing)


def _alone(by: Acting, survey: Survey, item: Item) -> Answer:
    """A choice between versions that came too late is kept as one more version, so that a person chooses anew."""
    for said in (item.said, {**item.said, "resolves": ()} if item.kind == "rating" else item.said):
        try:
            with transaction.atomic():
                return sync(by=by, survey=survey, items=[replace(item, said=said)]).answers[0]
        except DatabaseError:
            log.warning("visit item not stored", kind=item.kind, survey=survey.pk)
    return Answer(item.id, REFUSED, _("The server could not store this. Keep a copy, and tell the region."))


def _criticals(survey: Survey) -> QuerySet[CriticalFinding]:
    return CriticalFinding.objects.filter(survey=survey).select_related("indicator").order_by("made_at")


def begin_if_begun(by: Acting, survey: Survey, items: Sequence[Item]) -> None:
    """Ratings made without network say that the visit has begun; before its day they do not, and are refused."""
    made = [item.made_at for item in items if item.kind == "rating"]
    if made and survey.state == State.VISIT_CONFIRMED:
        with suppress(NotNow):
            begin_visit(by=by, survey=survey, at=min(made))
