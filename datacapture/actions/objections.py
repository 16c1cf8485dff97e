"""A patient's objection to a purpose: honoured at intake, in what is stored, and in every later count.

The web process cannot make a pseudonym, so the identifier that somebody typed waits encrypted as an upload does, and the
worker turns it into a patient and deletes it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import transaction

from datacapture import keys
from datacapture.actions.purposes import forget_uncovered
from datacapture.actions.recount import recount
from datacapture.actions.storing import hold_purposes, lock
from datacapture.intake.cpr import read_patient
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.rows import PatientId, PatientKey
from datacapture.intake_queries import OBJECTION_JOB, purposes_of
from datacapture.models import Objection, Patient, PatientPseudonym, Purpose
from kip.core import audit, jobs
from kip.core.models import Job
from kip.core.scope import Scope
from kip.core.vault import VaultError

JOB = OBJECTION_JOB
LONGEST_ID = 64


class Outcome(StrEnum):
    """What became of a wish to register an objection."""

    REGISTERED = "registered"
    KNOWN = "known"
    UNREADABLE = "unreadable"
    UNKNOWN_PATIENT = "unknown_patient"


@dataclass(frozen=True)
class Wish:
    """An objection to register: the waiting identifier, the purpose and from when."""

    vault_name: str
    purpose_id: int
    since: date


def request(scope: Scope, identifier: str, purpose: Purpose, today: date) -> Job:
    """Queue an objection of the patient with this CPR or local number. Call in the practice's scope."""
    kept = keys.vault().store([identifier.strip().encode()[: 4 * LONGEST_ID]], limit=4 * LONGEST_ID)
    audit.record("objection_requested", practice_id=scope.practice_id, kind="purpose", object_id=purpose.code)
    return jobs.enqueue(JOB, scope=scope, key=kept.name, vault_name=kept.name, purpose_id=purpose.pk, since=today.isoformat())


def register(practice_id: int, wish: Wish) -> Outcome:
    """Find the patient, write the objection and delete what only this purpose allowed. Call in the worker's scope."""
    try:
        with keys.vault().open(wish.vault_name) as file:
            patient = read_patient(file.read().decode())
    except VaultError:
        return Outcome.UNREADABLE
    transaction.on_commit(lambda: keys.vault().delete(wish.vault_name))
    if patient is None:
        return Outcome.UNREADABLE
    hold_purposes([wish.purpose_id])
    lock(practice_id)
    purpose = Purpose.objects.get(pk=wish.purpose_id)
    known = _find(practice_id, patient, purpose)
    if known is None:
        return Outcome.UNKNOWN_PATIENT
    objection, fresh = Objection.objects.get_or_create(
        practice_id=practice_id, patient=known, purpose=purpose, defaults={"since": wish.since}
    )
    if not fresh:
        return Outcome.KNOWN
    forget_uncovered(purpose.pk, known.pk)
    audit.record("objection_registered", practice_id=practice_id, kind="objection", object_id=objection.pk)
    recount(practice_id)
    return Outcome.REGISTERED


def withdraw(objection: Objection) -> None:
    """Take an objection back; what was deleted comes again with the practice's next delivery."""
    objection.delete()
    audit.record("objection_withdrawn", practice_id=objection.practice_id, kind="purpose", object_id=objection.purpose.code)


def _find(practice_id: int, patient: PatientId, purpose: Purpose) -> Patient | None:
    """The known patient, or a new one from a CPR: only its pseudonym remains, so that a later file is recognised."""
    wanted = {item.pk: item for item in [*purposes_of(practice_id), purpose]}
    by_code = {item.code: item.pk for item in wanted.values()}
    ring = keys.worker_ring(wanted.values())
    key = Pseudonymiser(ring, purposes=sorted(by_code), practice_id=practice_id).key(patient)
    for digest in key.digests:
        found = PatientPseudonym.objects.filter(
            practice_id=practice_id, purpose_id=by_code[digest.purpose], key_id=digest.key_id, digest=digest.value
        ).select_related("patient")
        if match := found.first():
            return match.patient
    if patient.birth is None or patient.sex is None:
        return None
    made = Patient.objects.create(practice_id=practice_id, sex=patient.sex, birth=patient.birth)
    _remember(made, key, by_code)
    return made


def _remember(made: Patient, key: PatientKey, by_code: dict[str, int]) -> None:
    """Write the pseudonym that each purpose's current key gives; it comes first of the purpose's digests."""
    seen: set[str] = set()
    for digest in key.digests:
        if digest.purpose not in seen:
            seen.add(digest.purpose)
            PatientPseudonym.objects.create(
                practice_id=made.practice_id, patient=made, purpose_id=by_code[digest.purpose], key_id=digest.key_id,
                digest=digest.value,
            )  # fmt: skip
