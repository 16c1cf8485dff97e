"""Enrolling for a purpose, withdrawing, and what happens when a purpose ends or is deleted."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.core.signing import Signer
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.crypto import constant_time_compare

from datacapture import keys
from datacapture.actions.recount import recount
from datacapture.actions.storing import lock
from datacapture.models import Enrolment, Patient, PatientPseudonym, Purpose, PurposeTally
from datacapture.policies import AGREEMENT_VERSION, is_open
from kip.core import audit

SIGNER = Signer(salt="kip.purpose-tally")

# An event stays as long as another purpose, not objected to, let it in while the practice was enrolled there.
LEFT_BARE = """
WHERE (%(patient)s::int8 IS NULL OR e.patient_id = %(patient)s)
  AND e.practice_id IN (SELECT practice_id FROM datacapture_enrolment WHERE purpose_id = %(purpose)s)
  AND EXISTS (SELECT 1 FROM datacapture_codesetmember s JOIN datacapture_purpose q ON s.set_name = ANY (q.code_sets)
              WHERE s.code_id = e.code_id AND q.id = %(purpose)s)
  AND NOT EXISTS (
    SELECT 1 FROM datacapture_enrolment n
    JOIN datacapture_purpose q ON q.id = n.purpose_id
    JOIN datacapture_codesetmember s ON s.code_id = e.code_id AND s.set_name = ANY (q.code_sets)
    WHERE n.practice_id = e.practice_id AND q.id <> %(purpose)s AND e.day >= n.enrolled_from
      AND (n.withdrawn_on IS NULL OR e.day <= n.withdrawn_on)
      AND NOT EXISTS (SELECT 1 FROM datacapture_objection o WHERE o.patient_id = e.patient_id AND o.purpose_id = q.id))"""
UNCOVERED = f"""
CREATE TEMPORARY TABLE purpose_gone ON COMMIT DROP AS
SELECT e.id, e.practice_id, e.patient_id, e.source, c.system
FROM datacapture_event e JOIN datacapture_eventcode c ON c.id = e.code_id {LEFT_BARE}"""
# An event that its sender took back lives on in the history only, and is forgotten by the same rule.
WITHDRAWN = f"""
DELETE FROM datacapture_eventhistory h USING (
    SELECT o.id, o.practice_id, (o.before ->> 'patient_id')::int8 AS patient_id, (o.before ->> 'code_id')::int8 AS code_id,
           (o.before ->> 'day')::date AS day
    FROM datacapture_eventhistory o
    WHERE NOT EXISTS (SELECT 1 FROM datacapture_event t WHERE t.practice_id = o.practice_id AND t.source = o.source)) e
{LEFT_BARE} AND h.id = e.id"""
FORGET = (
    "DELETE FROM datacapture_eventhistory h USING purpose_gone g WHERE h.practice_id = g.practice_id AND h.source = g.source",
    "DELETE FROM datacapture_event e USING purpose_gone g WHERE e.id = g.id",
)


class PurposeClosed(Exception):
    """The purpose is not open on the day."""


class AlreadyEnrolled(Exception):
    """The practice has an open enrolment for the purpose."""


class PurposeExists(Exception):
    """A purpose of that code is written down already."""


def create_purpose(*, code: str, valid_from: date, **facts: Any) -> Purpose:
    """Write down an approved purpose with a pseudonym key of its own; `facts` are its other fields.

    Call in the worker's scope. Raises `PurposeExists`, and `KeyRingError` where the key file cannot be read.
    """
    if Purpose.objects.filter(code=code).exists():
        raise PurposeExists(code)
    purpose = Purpose(code=code, valid_from=valid_from, **facts)
    purpose.key_id = keys.next_key_id(purpose, valid_from)
    keys.add_key(code, purpose.key_id)
    purpose.save(force_insert=True)
    audit.record("purpose_created", kind="purpose", object_id=code)
    return purpose


def enrol(practice_id: int, purpose: Purpose, *, signer_name: str, signer_title: str, today: date) -> Enrolment:
    """Sign the agreement's present version from today. Raises `PurposeClosed`, `AlreadyEnrolled`."""
    if not is_open(purpose.valid_from, purpose.valid_until, today):
        raise PurposeClosed(purpose.code)
    try:
        with transaction.atomic():
            enrolment = Enrolment.objects.create(
                practice_id=practice_id,
                purpose=purpose,
                signer_name=signer_name,
                signer_title=signer_title,
                agreement_version=AGREEMENT_VERSION,
                enrolled_from=today,
            )
    except IntegrityError:
        raise AlreadyEnrolled(purpose.code) from None
    audit.record("enrolled", practice_id=practice_id, kind="purpose", object_id=purpose.code)
    return enrolment


def withdraw(enrolment: Enrolment, today: date) -> None:
    """End an enrolment: intake for it stops at once. What is stored stays until the purpose's retention ends."""
    done = Enrolment.objects.filter(pk=enrolment.pk, withdrawn_on=None).update(withdrawn_on=max(today, enrolment.enrolled_from))
    if done:
        audit.record("withdrew_enrolment", practice_id=enrolment.practice_id, kind="purpose", object_id=enrolment.purpose.code)


def close_ended(today: date) -> list[str]:
    """Write the end into the enrolments of purposes past their last day; intake had closed already by the date itself."""
    ended = Enrolment.objects.filter(withdrawn_on=None, purpose__valid_until__lt=today).select_related("purpose")
    closed = set()
    for enrolment in ended:
        Enrolment.objects.filter(pk=enrolment.pk).update(withdrawn_on=enrolment.purpose.valid_until)
        audit.record("purpose_closed", practice_id=enrolment.practice_id, kind="purpose", object_id=enrolment.purpose.code)
        closed.add(enrolment.purpose.code)
    return sorted(closed)


def delete_expired(today: date, by: str) -> list[str]:
    """Delete the purposes whose retention has run out; returns their codes."""
    old = Purpose.objects.filter(valid_until__lt=today)
    codes = [purpose.code for purpose in old if purpose.valid_until + timedelta(days=purpose.retention_days) < today]
    for code in codes:
        delete_purpose(code, by=by)
    return codes


def delete_purpose(code: str, *, by: str) -> PurposeTally:
    """Remove a purpose and every event that no other purpose covers; leaves a signed tally of counts.

    Needs the worker's scope and a transaction. Raises `Purpose.DoesNotExist`.
    """
    purpose = Purpose.objects.select_for_update().get(code=code)
    practices = sorted(set(Enrolment.objects.filter(purpose=purpose).values_list("practice_id", flat=True)))
    for practice_id in practices:
        lock(practice_id)
    systems = forget_uncovered(purpose.pk)
    purpose.delete()
    orphans = Patient.objects.filter(~Exists(PatientPseudonym.objects.filter(patient=OuterRef("pk"))), practice_id__in=practices)
    patients = orphans.count()
    orphans.delete()
    counts = {
        "events": dict(sorted(systems.items())), "total": systems.total(), "patients": patients, "practices": len(practices),
    }  # fmt: skip
    tally = PurposeTally(purpose_code=code, deleted_by=by, counts=counts)
    tally.signature = SIGNER.signature(_signed_text(tally))
    tally.save()
    for practice_id in practices:
        audit.record("purpose_deleted", practice_id=practice_id, kind="purpose", object_id=code)
        recount(practice_id)
    return tally


def forget_uncovered(purpose_id: int, patient_id: int | None = None) -> Counter[str]:
    """Delete the events (of one patient) that only this purpose covers, with their history; counts by code system."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS purpose_gone")
        cursor.execute(UNCOVERED, {"purpose": purpose_id, "patient": patient_id})
        cursor.execute("SELECT system, count(*) FROM purpose_gone GROUP BY system")
        systems: Counter[str] = Counter(dict(cursor.fetchall()))
        for statement in FORGET:
            cursor.execute(statement)
        cursor.execute("DROP TABLE purpose_gone")
        cursor.execute(WITHDRAWN, {"purpose": purpose_id, "patient": patient_id})
    return systems


def is_genuine(tally: PurposeTally) -> bool:
    """True when the tally says what this server wrote."""
    return constant_time_compare(SIGNER.signature(_signed_text(tally)), tally.signature)


def _signed_text(tally: PurposeTally) -> str:
    said: dict[str, Any] = {"purpose": tally.purpose_code, "by": tally.deleted_by, "counts": tally.counts}
    return json.dumps(said, sort_keys=True)
