"""Why a patient is in or out of an indicator. Read only in the practice's own scope; the wall shows it nobody else's."""

from datetime import date

from django.db import connection
from django.utils.translation import get_language

from datacapture.engine.library import restore
from datacapture.engine.prose import Language
from datacapture.engine.trace import TracedCase, trace
from datacapture.models import IndicatorVersion, Patient, Purpose


class NoSuchPatient(LookupError):
    """The scope sees no patient of that number."""


def explain_case(
    version: IndicatorVersion,
    patient_id: int,
    month_end: date,
    *,
    purpose: Purpose | None = None,
    language: Language | None = None,
) -> list[TracedCase]:
    """The patient's cases of a version on a month end: every condition, whether it holds, and the event that decided it.

    One case for an indicator of patients, one per index event otherwise (none: there was no such event), one per
    component for those made of others. language: da or en, by default the reader's own. purpose: whose objections count.
    Raises NoSuchPatient.
    """
    patient = Patient.objects.select_related("practice").filter(pk=patient_id).first()
    if patient is None:
        raise NoSuchPatient(str(patient_id))
    purpose_id = purpose.pk if purpose else _purpose_of(patient)
    connection.ensure_connection()
    return trace(
        connection.connection,
        restore(version.definition),
        version.definition["indicator"]["id"],
        patient_id=patient_id,
        region_id=patient.practice.region_id,
        purpose_id=purpose_id,
        month_end=month_end,
        language=language or ("en" if get_language() == "en" else "da"),
    )


def _purpose_of(patient: Patient) -> int:
    """The purpose that the practice takes part in; 0, to which nobody can object, when there is none."""
    found = Purpose.objects.filter(enrolments__practice_id=patient.practice_id, enrolments__withdrawn_on=None).order_by("code")
    return found.values_list("pk", flat=True).first() or 0
