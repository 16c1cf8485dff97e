"""Six diabetes indicators for one patient with the ORM's queries, as an audit in a typical portal would have them."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from datacapture.engine.bounds import period_start
from datacapture.models import Event, Patient
from kip.core.workdays import add_months

CODES = ["DM-01", "DM-02", "DM-04", "DM-05", "DM-06", "DM-07"]
_CHECKS = {
    "DM-01": ("lab_hba1c", 12),
    "DM-04": ("obs_sbp", 12),
    "DM-05": ("lab_uacr", 24),
    "DM-06": ("obs_oeje", 24),
    "DM-07": ("obs_fod", 24),
}
MET, NOT_MET, EXCLUDED, UNKNOWN = 1, 2, 3, 4


def bins(patient: Patient, end: date) -> dict[str, int]:
    """Bin of the patient in each of CODES for the year that ends on a day, each found by itself; those that count the patient."""
    return {code: found for code in CODES if (found := _bin(code, patient, end))}


def bins_sharing(patient: Patient, end: date) -> dict[str, int]:
    """The same, by somebody who has seen that the six ask the same of a patient first."""
    counted = _counted(patient, end)
    if counted is None:
        return {}
    return {code: counted if counted == EXCLUDED else _met(code, patient, end) for code in CODES}


def _bin(code: str, patient: Patient, end: date) -> int | None:
    counted = _counted(patient, end)
    return _met(code, patient, end) if counted == MET else counted


def _counted(patient: Patient, end: date) -> int | None:
    """EXCLUDED, MET for a patient who is to be asked about, or None for one who is not counted."""
    start = period_start(end, 12)
    events = _events(patient)
    if not _listed(patient, end) or not _adult(patient, end) or not _overlaps(events, "dx_diabetes", start, end).exists():
        return None
    died = patient.death is not None and start <= patient.death <= end
    return EXCLUDED if died or _overlaps(events, "dx_palliativ", start, end).exists() else MET


def _met(code: str, patient: Patient, end: date) -> int:
    start, events = period_start(end, 12), _events(patient)
    if code in _CHECKS:
        name, months = _CHECKS[code]
        done = _of(events, "lab", name).filter(day__gte=period_start(end, months), day__lte=end).exists()
        return MET if done else NOT_MET
    readings = _of(events, "lab", "lab_hba1c").filter(day__gte=start, day__lte=end)
    if not readings.filter(Q(value__isnull=False) | Q(value_code__isnull=False)).exists():
        return UNKNOWN
    last = readings.order_by(Coalesce("ended", "day").desc(), F("value").asc(nulls_last=True)).first()
    return MET if last is not None and _below_59(last) else NOT_MET


def _events(patient: Patient) -> QuerySet[Event]:
    return Event.objects.filter(patient=patient).exclude(status="entered-in-error")


def _listed(patient: Patient, end: date) -> bool:
    begun = patient.listed_from is not None and patient.listed_from <= end
    return begun and (patient.listed_to is None or patient.listed_to >= end)


def _adult(patient: Patient, end: date) -> bool:
    return add_months(patient.birth, 18 * 12) <= end


def _of(events: QuerySet[Event], kind: str, name: str) -> QuerySet[Event]:
    return events.filter(code__kind=kind, code__codesetmember__set_name=name)


def _overlaps(events: QuerySet[Event], name: str, start: date, end: date) -> QuerySet[Event]:
    begun = Q(day__lte=end) | Q(day__isnull=True, ended__isnull=False)
    lasting = Q(ongoing=True) | Q(ended__gte=start) | Q(ended__isnull=True, day__gte=start)
    return _of(events, "dx", name).filter(begun, lasting)


def _below_59(event: Event) -> bool:
    if event.value is None or event.unit not in ("", "mmol/mol"):
        return False
    return (event.value < 59 and event.comparator in ("", "<", "<=")) or (event.value == 59 and event.comparator == "<")
