"""What the practice shows: files and its own figures, at as many indicators as they say something about."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accreditation import timeline
from accreditation.actions.moving import own, record, require
from accreditation.enums import EvidenceKind, State
from accreditation.evidence import delete, keep, plain
from accreditation.faults import not_now
from accreditation.models import EvidenceFile, EvidenceLink, StandardIndicator, Survey, VisitNote
from accreditation.policies import may_answer
from kip.core import audit
from kip.core.forms import has_cpr
from practices.acting import Acting

ROUND_OF = {State.ANNOUNCED: 1, State.SELF_ASSESSMENT: 1, State.FOLLOW_UP_OPEN: 2}


def _writable(by: Acting, survey: Survey) -> tuple[Survey, int]:
    """The survey and the round that evidence is for now."""
    require(may_answer(by.role))
    found = own(by, survey)
    if found.state not in ROUND_OF:
        raise not_now("locked")
    return found, ROUND_OF[State(found.state)]


def add_file(
    *, by: Acting, survey: Survey, upload: UploadedFile, title: str, indicators: Sequence[StandardIndicator] = ()
) -> EvidenceFile:
    """Take a file in and put it at the indicators, private. Raises accreditation.evidence.Refused, NotNow."""
    found, _round = _writable(by, survey)
    named = (title.strip() or upload.name or "")[:200]
    if has_cpr(named):
        raise not_now("cpr_in_name")
    cleaned, stored = keep(upload)
    try:
        with transaction.atomic():
            made = EvidenceFile.objects.create(
                survey=found, practice_id=found.practice_id, title=named,
                added_by_id=by.scope.user_id, media_type=cleaned.media_type, size=stored.size, digest=stored.sha256,
                vault_name=stored.name,
            )  # fmt: skip
            link(by=by, evidence=made, indicators=indicators)
            record("added_evidence", found, kind="evidence", object_id=made.pk, media_type=cleaned.media_type)
    except BaseException:
        delete(stored.name)
        raise
    return made


@transaction.atomic
def add_own(
    *, by: Acting, survey: Survey, kind: str, facts: Mapping[str, Any], indicators: Sequence[StandardIndicator] = ()
) -> EvidenceFile:
    """What KIP already knows of the practice, as it was said that day: facts {title, sentence, at, source}."""
    found, _round = _writable(by, survey)
    if kind == EvidenceKind.FILE or not facts:
        raise ValueError("own evidence has a kind of its own and facts")
    made = EvidenceFile.objects.create(
        survey=found, practice_id=found.practice_id, kind=kind, title=str(facts["title"])[:200], facts=dict(facts),
        added_by_id=by.scope.user_id,
    )  # fmt: skip
    link(by=by, evidence=made, indicators=indicators)
    record("added_evidence", found, kind="evidence", object_id=made.pk)
    return made


@transaction.atomic
def link(*, by: Acting, evidence: EvidenceFile, indicators: Sequence[StandardIndicator]) -> list[EvidenceLink]:
    """Put the evidence at more indicators; at those where it is already nothing changes."""
    found, round_number = _writable(by, evidence.survey)
    if any(indicator.edition_id != found.edition_id for indicator in indicators):
        raise not_now("not_asked")
    made = [
        EvidenceLink.objects.get_or_create(
            survey=found, practice_id=found.practice_id, evidence=evidence, indicator=indicator, round=round_number
        )[0]
        for indicator in indicators
    ]
    if made:
        record("linked_evidence", found, kind="evidence", object_id=evidence.pk, indicators=len(made))
    return made


@transaction.atomic
def unlink(*, by: Acting, link: EvidenceLink) -> None:
    """Take the evidence away from one indicator."""
    found, round_number = _writable(by, link.survey)
    if link.round != round_number:
        raise not_now("locked")
    EvidenceLink.objects.filter(pk=link.pk).delete()
    record("unlinked_evidence", found, kind="evidence", object_id=link.evidence_id)


@transaction.atomic
def share(*, by: Acting, link: EvidenceLink, shared: bool) -> None:
    """Show the evidence to the surveyors at this indicator, or keep it private. Never a side effect of anything else."""
    found, round_number = _writable(by, link.survey)
    if link.round != round_number:
        raise not_now("locked")
    EvidenceLink.objects.filter(pk=link.pk).update(
        shared=shared, shared_by_id=by.scope.user_id if shared else None, shared_at=timeline.now() if shared else None
    )
    record("shared_evidence" if shared else "unshared_evidence", found, kind="evidence", object_id=link.evidence_id)


@transaction.atomic
def remove(*, by: Acting, evidence: EvidenceFile) -> None:
    """Delete evidence for good; what the surveyors may have seen in the first round stays."""
    found, round_number = _writable(by, evidence.survey)
    if evidence.links.exclude(round=round_number).exists():
        raise not_now("locked")
    name = evidence.vault_name
    record("removed_evidence", found, kind="evidence", object_id=evidence.pk)
    evidence.delete()
    if name:
        transaction.on_commit(lambda: delete(name))


def open_file(*, by: Acting, evidence: EvidenceFile) -> BinaryIO:
    """The file's plain bytes; the look is recorded. `evidence` was found under the walls. Raises VaultError."""
    survey = own(by, evidence.survey)
    audit.record("downloaded", practice_id=survey.practice_id, kind="evidence", object_id=evidence.pk, purpose="accreditation")
    return plain(evidence.vault_name)


def open_photo(*, by: Acting, note: VisitNote) -> BinaryIO:
    """As `open_file`, for a photo of the team."""
    survey = own(by, note.survey)
    audit.record("downloaded", practice_id=survey.practice_id, kind="visit_photo", object_id=note.pk, purpose="accreditation")
    return plain(note.vault_name)
