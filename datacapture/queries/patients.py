"""K4: the practice's own patients behind a measure. Read only in the practice's own scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from datacapture.enums import Bin
from datacapture.intake.pseudonym import KeyRing, KeyRingError, SealError
from datacapture.keys import portal_ring
from datacapture.models import CaseState, IndicatorVersion, Patient
from datacapture.queries import wording


@dataclass(frozen=True)
class PatientRow:
    """number: the practice's own patient number, "" when the delivery held none. decided: day of the latest event looked at."""

    number: str
    birth_year: str
    sex: str
    decided: date | None


@dataclass(frozen=True)
class ListedMeasure:
    """A measure that has a patient list, in words."""

    code: str
    title: str
    reason: str
    version: IndicatorVersion


def listed_measure(code: str) -> ListedMeasure | None:
    """The running version of a measure with a patient list; None when there is none."""
    version = IndicatorVersion.objects.filter(indicator__code=code, retired_at=None).select_related("indicator").first()
    if version is None or not version.texts.get("patient_list"):
        return None
    return ListedMeasure(code, wording.chosen(version.texts["name"]), wording.said(version.texts, "list_reason"), version)


def cases(practice_id: int, version: IndicatorVersion) -> QuerySet[CaseState]:
    """Cases to look at: those counted where lower is better, else those not met; longest unseen first."""
    wanted = Bin.NUMERATOR if version.indicator.direction == "lower" else Bin.DENOMINATOR_ONLY
    found = CaseState.objects.filter(practice_id=practice_id, version=version, bin=wanted)
    return found.select_related("patient").order_by(F("deciding_day").asc(nulls_first=True), "patient__birth", "pk")


def patient_rows(found: Iterable[CaseState], practice_id: int) -> list[PatientRow]:
    """Rows with the practice's own numbers opened; a number that cannot be opened is left out."""
    ring = _ring()
    return [
        PatientRow(
            number=_number(ring, case.patient, practice_id),
            birth_year=str(case.patient.birth.year),
            sex=str(Patient.Sex(case.patient.sex).label),
            decided=case.deciding_day,
        )
        for case in found
    ]


def _ring() -> KeyRing | None:
    try:
        return portal_ring()
    except KeyRingError:
        return None


def _number(ring: KeyRing | None, patient: Patient, practice_id: int) -> str:
    if ring is None or patient.local_id_sealed is None:
        return ""
    try:
        return ring.unseal(patient.local_id_sealed, practice_id)
    except SealError:
        return ""


def patient_table(rows: Iterable[PatientRow]) -> list[tuple[str, ...]]:
    """Head and cells of the file for the practice's own system."""
    head = (_("Local patient number"), _("Year of birth"), _("Sex"), _("Latest day"))
    return [head, *((row.number, row.birth_year, row.sex, row.decided.isoformat() if row.decided else "") for row in rows)]
