"""The surveyors' visit: call, ratings, notes, photos, summary, agreement, and the draft that goes to the practice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction

from accreditation import timeline
from accreditation.actions.concluding import concluded
from accreditation.actions.moving import move, own, person, record, require, take
from accreditation.actions.moving import ready as look
from accreditation.actions.reporting import sign
from accreditation.enums import FollowUpKind, NoteKind, State
from accreditation.evidence import delete, keep
from accreditation.faults import not_now
from accreditation.machine import WINDOW
from accreditation.models import (
    Agreement,
    ContactCall,
    FollowUp,
    Hearing,
    HearingPoint,
    StandardIndicator,
    Survey,
    TeamSummary,
    VisitDevice,
    VisitNote,
)
from accreditation.policies import may_survey, sees_every_survey
from accreditation.queries import ratings
from accreditation.queries.pinned import rules_of
from accreditation.queries.ratings import KEPT_IN, Rating
from kip.core import audit
from kip.core.workdays import end_of_day
from practices.acting import Acting

DEVICE_LASTS = dt.timedelta(days=3)
STRICTNESS = (FollowUpKind.MATERIAL, FollowUpKind.DIALOGUE, FollowUpKind.VISIT)
RATED_IN = {
    1: (State.ON_SITE, State.RATING_COMPLETE, State.REPORT_DRAFT, State.IN_HEARING),
    2: (State.FOLLOW_UP_RECEIVED, State.FOLLOW_UP_RATED, State.IN_HEARING_2),
}
IN_HEARING = (State.IN_HEARING, State.IN_HEARING_2)


@dataclass(frozen=True)
class RatingEntry:
    """A rating as it was made. id: the device's; base: id of the rating it was made on top of; resolves: those it settles."""

    indicator: StandardIndicator
    rating: str
    reason: str = ""
    base: UUID | None = None
    resolves: Sequence[UUID] = ()
    id: UUID = field(default_factory=uuid4)
    made_at: dt.datetime | None = None


@dataclass(frozen=True)
class NoteEntry:
    """A note, quote, strength or point. replaces: id of the note that this one takes the place of; removed: take it away."""

    text: str
    kind: str = NoteKind.NOTE
    indicator: StandardIndicator | None = None
    severity: str = ""
    tags: Sequence[str] = ()
    evidence_id: int | None = None
    replaces: UUID | None = None
    removed: bool = False
    id: UUID = field(default_factory=uuid4)
    made_at: dt.datetime | None = None


def on_team(by: Acting, survey: Survey) -> Survey:
    """The visit as it stands, while its window is open. Raises PermissionDenied, NotNow."""
    require(may_survey(by.role) or sees_every_survey(by.persona))
    found = own(by, survey)
    if found.state not in WINDOW:
        raise not_now("locked")
    return found


@transaction.atomic
def log_call(*, by: Acting, survey: Survey, spoke_with: str, note: str = "") -> ContactCall:
    """Note the call to the practice about two weeks before the visit; it may come before the documents are shared."""
    require(may_survey(by.role))
    found = own(by, survey)
    made = ContactCall.objects.create(
        survey=found, practice_id=found.practice_id, by_id=by.scope.user_id, spoke_with=spoke_with, note=note, at=timeline.now()
    )  # fmt: skip
    record("logged_call", found)
    return made


def confirm_visit(*, by: Acting, survey: Survey) -> None:
    move(by=by, survey=survey, name="confirm_visit")


def begin_visit(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> None:
    move(by=by, survey=survey, name="begin_visit", at=at)


def complete_rating(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> None:
    """Every relevant indicator is rated, with reasons where they are needed, and no conflict waits."""
    move(by=by, survey=survey, name="complete_rating", at=at)


@transaction.atomic
def draft_report(*, by: Acting, survey: Survey) -> None:
    """Begin the report; where the kind has no hearing it is signed and final at once."""
    ready = look(by=by, survey=survey, name="draft_report")
    if ready.step.target != State.REPORT_DRAFT:
        sign(by=by, survey=ready.survey, round_number=1, final=True)
    take(by=by, ready=ready, into=survey)


def rate(*, by: Acting, survey: Survey, entry: RatingEntry, point: HearingPoint | None = None) -> Rating:
    """Add a revision in the round that is being rated. The same id again changes nothing.

    The database numbers it, and marks it as conflicting when its base is not the current rating any more. Raises NotNow.
    """
    found = on_team(by, survey)
    round_number = ratings.round_being_rated(found)
    kept_in = KEPT_IN[round_number]
    known = kept_in.objects.filter(survey=found, pk=entry.id).first()
    if known is not None:
        return known
    _may_be_rated(found, entry, round_number, point)
    with transaction.atomic():
        row = kept_in(
            id=entry.id, survey=found, practice_id=found.practice_id, indicator=entry.indicator, rating=entry.rating,
            reason=entry.reason.strip(), base=entry.base, resolves=list(entry.resolves), by_id=by.scope.user_id,
            by_name=by.person_name, made_at=entry.made_at or timeline.now(), point=point,
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except DatabaseError as error:
            if "resolved" in str(error):  # somebody has rated meanwhile, so there is something else to choose between
                raise not_now("changed_meanwhile") from error
            raise
        row.refresh_from_db(fields=["revision", "conflicting"])  # the database has set them
        record("rated", found, kind="indicator", object_id=entry.indicator.number, revision=row.revision)
    return row


def _may_be_rated(survey: Survey, entry: RatingEntry, round_number: int, point: HearingPoint | None) -> None:
    rules = rules_of(survey)
    if survey.state not in RATED_IN[round_number]:
        raise not_now("locked")
    if survey.state in IN_HEARING and point is None:
        raise not_now("needs_a_point")
    if entry.indicator.edition_id != survey.edition_id:
        raise not_now("not_asked")
    if entry.rating not in (*rules.ratings, rules.outside):
        raise not_now("unknown_rating", number=entry.indicator.number)
    if entry.rating == rules.outside and not entry.indicator.may_be_not_relevant:
        raise not_now("not_relevant_not_allowed", number=entry.indicator.number)
    if entry.rating == rules.outside and not entry.reason.strip():
        raise not_now("reason_missing", number=entry.indicator.number)
    if round_number == 2 and not FollowUp.objects.filter(survey=survey, indicator=entry.indicator).exists():
        raise not_now("only_open")


@transaction.atomic
def take_note(*, by: Acting, survey: Survey, entry: NoteEntry) -> VisitNote:
    """Write a note; the same id again changes nothing."""
    found = on_team(by, survey)
    return VisitNote.objects.filter(survey=found, pk=entry.id).first() or _write_note(by, found, entry)


def _write_note(by: Acting, survey: Survey, entry: NoteEntry, **photo: object) -> VisitNote:
    if entry.indicator is not None and entry.indicator.edition_id != survey.edition_id:
        raise not_now("not_asked")
    made = VisitNote.objects.create(
        id=entry.id, survey=survey, practice_id=survey.practice_id, indicator=entry.indicator, kind=entry.kind, text=entry.text,
        severity=entry.severity, tags=list(entry.tags), evidence_id=entry.evidence_id, replaces=entry.replaces,
        removed=entry.removed, by_id=by.scope.user_id, by_name=by.person_name, made_at=entry.made_at or timeline.now(), **photo,
    )  # fmt: skip
    record("wrote_visit_note", survey, kind="visit_note", object_id=made.pk, note=entry.kind)
    return made


def add_photo(*, by: Acting, survey: Survey, entry: NoteEntry, upload: UploadedFile) -> VisitNote:
    """Keep a photo of the visit, checked and freed of place and camera. Raises accreditation.evidence.Refused, NotNow."""
    found = on_team(by, survey)
    known = VisitNote.objects.filter(survey=found, pk=entry.id).first()
    if known is not None:
        return known
    cleaned, stored = keep(upload)
    try:
        with transaction.atomic():
            return _write_note(
                by, found, entry, vault_name=stored.name, media_type=cleaned.media_type, size=stored.size
            )  # fmt: skip
    except BaseException:
        delete(stored.name)
        raise


@transaction.atomic
def summarise(*, by: Acting, survey: Survey, strengths: str, summary: str, agreed: str, version: int = 0) -> TeamSummary:
    """The team's own words of the round; `version` is what the page had loaded, 0 for the first text."""
    found = on_team(by, survey)
    round_number = ratings.round_being_rated(found)
    row = TeamSummary.objects.select_for_update(of=("self",)).filter(survey=found, round=round_number).first()
    if (row.version if row else 0) != version:
        raise not_now("changed_meanwhile")
    row = row or TeamSummary(survey=found, practice_id=found.practice_id, round=round_number)
    row.strengths, row.summary, row.agreed, row.by_id = strengths.strip(), summary.strip(), agreed.strip(), by.scope.user_id
    row.version = version + 1
    row.save()
    record("summarised_visit", found, round=round_number)
    return row


@transaction.atomic
def agree(*, by: Acting, survey: Survey, dissent: str = "") -> Agreement:
    """Agree with the ratings as they stand now, or write why not; ratings that change later need a new word."""
    found = on_team(by, survey)
    if found.state not in (State.RATING_COMPLETE, State.REPORT_DRAFT, State.FOLLOW_UP_RATED):
        raise not_now("locked")
    round_number = ratings.round_being_rated(found)
    said = Agreement.objects.create(
        survey=found, practice_id=found.practice_id, round=round_number, by_id=person(by), by_name=by.person_name,
        agrees=not dissent.strip(), dissent=dissent.strip(), ratings=ratings.digest(found, round_number), at=timeline.now(),
    )  # fmt: skip
    record("agreed_with_ratings" if said.agrees else "dissented", found, round=round_number)
    return said


@transaction.atomic
def raise_follow_up(*, by: Acting, survey: Survey, kind: str) -> None:
    """Ask for a stricter follow-up than the rules give; never a milder one than was asked for."""
    found = on_team(by, survey)
    if found.state not in (State.RATING_COMPLETE, State.REPORT_DRAFT, State.IN_HEARING):
        raise not_now("locked")
    if found.raised_follow_up and STRICTNESS.index(FollowUpKind(kind)) < STRICTNESS.index(FollowUpKind(found.raised_follow_up)):
        raise not_now("follow_up_lowered")
    found.raised_follow_up = kind
    found.save(update_fields=["raised_follow_up"])
    record("raised_follow_up", found, follow_up=kind)


@transaction.atomic
def send_hearing(*, by: Acting, survey: Survey) -> None:
    """Sign the draft and send it to the practice: its one hearing of the round opens, and it sees the ratings."""
    name = "send_hearing_2" if ratings.round_being_rated(survey) == 2 else "send_hearing"
    ready = look(by=by, survey=survey, name=name)
    round_number = ratings.round_being_rated(ready.survey)
    heard = ready.step.target in IN_HEARING
    sign(by=by, survey=ready.survey, round_number=round_number, final=not heard)
    concluded(by, ready)
    if heard:
        Hearing.objects.create(
            survey=ready.survey, practice_id=ready.survey.practice_id, round=round_number, opened_at=timeline.now()
        )
    take(by=by, ready=ready, into=survey)


@transaction.atomic
def register_device(*, by: Acting, survey: Survey, device_id: UUID) -> VisitDevice:
    """The device holds the visit's data from now on, until three days after the visit or after now, whichever is later."""
    found = on_team(by, survey)
    now = timeline.now()
    known = VisitDevice.objects.filter(pk=device_id, survey=found, user_id=person(by), wiped_at=None).first()
    if known is not None:
        VisitDevice.objects.filter(pk=known.pk).update(seen_at=now)
        return known
    until = now + DEVICE_LASTS
    if found.visit_on is not None:
        until = max(until, end_of_day(found.visit_on + DEVICE_LASTS))
    made = VisitDevice.objects.create(
        id=device_id, survey=found, practice_id=found.practice_id, user_id=person(by), expires_at=until, seen_at=now
    )  # fmt: skip
    record("downloaded_visit", found, kind="device", object_id=device_id)
    return made


@transaction.atomic
def device_wiped(*, by: Acting, device: VisitDevice) -> None:
    """The device says that it has wiped itself, also when the visit is over."""
    require(may_survey(by.role) and device.user_id == by.scope.user_id)
    VisitDevice.objects.filter(pk=device.pk, wiped_at=None).update(wiped_at=timeline.now())
    audit.record("wiped_device", practice_id=device.practice_id, kind="device", object_id=device.pk)
