"""Takes what a device has gathered without network, in the order it was made, and says of every item what became of it.

Nothing is lost: an item is stored, was known already, waits beside another version as a conflict, or is refused with the reason,
and then the device keeps it. Items of one batch stand or fall alone.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from accreditation.actions.critical import CriticalEntry, raise_critical
from accreditation.actions.moving import own
from accreditation.actions.visiting import NoteEntry, RatingEntry, on_team, rate, take_note
from accreditation.faults import NotNow, fault
from accreditation.models import CriticalFinding, StandardIndicator, Survey, VisitNote
from accreditation.queries import ratings
from accreditation.queries.ratings import Rating
from practices.acting import Acting

STORED, KNOWN, CONFLICT, REFUSED = "stored", "known", "conflict", "refused"


@dataclass(frozen=True)
class Item:
    """One thing made on the device. kind: rating, note or critical; indicator: its number or ""; said: the rest of the fields.

    said of a rating: rating, reason, base, resolves; of a note: text, kind, severity, tags, evidence_id, replaces, removed; of a
    critical finding: text. Ids are UUIDs.
    """

    kind: str
    id: UUID
    made_at: dt.datetime
    indicator: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What became of an item; fault: why it was refused, in the active language."""

    id: UUID
    outcome: str
    fault: str = ""


@dataclass(frozen=True)
class Standing:
    """What the server holds of one indicator: the current rating, and versions that wait beside it for a choice."""

    number: str
    current: Rating | None
    waiting: Sequence[Rating]


@dataclass(frozen=True)
class SyncAnswer:
    """Answers in the order sent, and where every rated indicator stands now; state: where the survey stands."""

    state: str
    answers: Sequence[Answer]
    standing: Sequence[Standing]


def sync(*, by: Acting, survey: Survey, items: Sequence[Item]) -> SyncAnswer:
    """Raises PermissionDenied for a visit that is not one's own; a closed window refuses every item and reads nothing out."""
    found = own(by, survey)
    indicators = {row.number: row for row in StandardIndicator.objects.filter(edition=found.edition_id)}
    answers = [_one(by, found, item, indicators) for item in items]
    try:
        on_team(by, found)
    except NotNow:
        return SyncAnswer(found.state, answers, ())
    return SyncAnswer(found.state, answers, standing(found))


def standing(survey: Survey) -> list[Standing]:
    """Every indicator that has a rating in the round being rated, in the order of the edition."""
    rows = ratings.rows(survey, ratings.round_being_rated(survey))
    current, waiting = ratings.current_of(rows), ratings.waiting_of(rows)
    rated = StandardIndicator.objects.filter(pk__in={row.indicator_id for row in rows}).order_by("position")
    return [Standing(row.number, current.get(row.pk), waiting.get(row.pk, ())) for row in rated]


def _one(by: Acting, survey: Survey, item: Item, indicators: Mapping[str, StandardIndicator]) -> Answer:
    take = TAKES.get(item.kind)
    if take is None or (item.indicator and item.indicator not in indicators):
        return Answer(item.id, REFUSED, str(fault("not_asked")))
    try:
        with transaction.atomic():
            return Answer(item.id, take(by, survey, item, indicators.get(item.indicator)))
    except NotNow as refused:
        return Answer(item.id, REFUSED, str(refused))


def _rating(by: Acting, survey: Survey, item: Item, indicator: StandardIndicator | None) -> str:
    if indicator is None:
        raise NotNow(fault("not_asked"))
    round_number = ratings.round_being_rated(survey)
    known = ratings.KEPT_IN[round_number].objects.filter(survey=survey, pk=item.id).first()
    entry = RatingEntry(indicator, id=item.id, made_at=item.made_at, **item.said)
    try:
        row = rate(by=by, survey=survey, entry=entry)
    except NotNow as refused:
        if not entry.resolves or "changed_meanwhile" not in {one.code for one in refused.faults}:
            raise
        # The choice was made between versions that are not the ones to choose between any more: it becomes one of them.
        row = rate(by=by, survey=survey, entry=replace(entry, resolves=()))
    if row.conflicting and row.pk in {other.pk for other in ratings.waiting(survey, round_number).get(indicator.pk, ())}:
        return CONFLICT
    return KNOWN if known else STORED


def _note(by: Acting, survey: Survey, item: Item, indicator: StandardIndicator | None) -> str:
    known = VisitNote.objects.filter(survey=survey, pk=item.id).exists()
    take_note(by=by, survey=survey, entry=NoteEntry(indicator=indicator, id=item.id, made_at=item.made_at, **item.said))
    return KNOWN if known else STORED


def _critical(by: Acting, survey: Survey, item: Item, indicator: StandardIndicator | None) -> str:
    known = CriticalFinding.objects.filter(survey=survey, pk=item.id).exists()
    raise_critical(
        by=by, survey=survey, entry=CriticalEntry(indicator=indicator, id=item.id, made_at=item.made_at, **item.said)
    )  # fmt: skip
    return KNOWN if known else STORED


TAKES: Mapping[str, Callable[[Acting, Survey, Item, StandardIndicator | None], str]] = {
    "rating": _rating,
    "note": _note,
    "critical": _critical,
}
