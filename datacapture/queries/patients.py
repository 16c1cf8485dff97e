"""K4: the practice's own patients behind a measure. Read only in the practice's own scope."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datacapture.enums import Bin, MarkReason
from datacapture.keys import portal_ring
from datacapture.models import CaseState, IndicatorVersion, Patient, PatientMark
from datacapture.queries import wording
from kip.core.keyring import KeyRing, KeyRingError, SealError
from kip.core.workdays import add_months

PERIOD = 12  # months a definition looks back when it does not say
ORDERS = {
    "date": gettext_lazy("Longest since last event"),
    "lists": gettext_lazy("On most of your lists"),
    "age": gettext_lazy("Oldest first"),
}
OPEN, DONE, EVERYBODY = "open", "done", "all"
SHOWN = {
    OPEN: gettext_lazy("Not looked at yet"),
    DONE: gettext_lazy("Looked at"),
    EVERYBODY: gettext_lazy("All patients"),
}
LISTED = Q(version__indicator__direction="lower", bin=Bin.NUMERATOR) | (
    ~Q(version__indicator__direction="lower") & Q(bin=Bin.DENOMINATOR_ONLY)
)

PROGRESS = """
SELECT c.version_id, count(*), count(m.id)
FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::date[]) w(version_id, indicator_id, bin, start)
JOIN datacapture_casestate c ON c.version_id = w.version_id AND c.bin = w.bin AND c.practice_id = %s
LEFT JOIN datacapture_patientmark m ON m.indicator_id = w.indicator_id AND m.patient_id = c.patient_id
  AND m.practice_id = %s AND m.day >= w.start
GROUP BY c.version_id
"""


@dataclass(frozen=True)
class PatientRow:
    """number: the practice's own patient number, "" when the delivery held none. decided: day of the latest event looked at.

    lists: on how many of the practice's lists the patient stands. mark: what was found out, "" when nothing was;
    faded: the mark is older than the window that the measure looks at, so it no longer says anything.
    """

    patient_id: int
    number: str
    birth_year: str
    sex: str
    decided: date | None
    lists: int
    mark: str
    note: str
    marked_on: date | None
    faded: bool


@dataclass(frozen=True)
class ListedMeasure:
    """A measure that has a patient list, in words. since: marks from this day on still count as looked at."""

    code: str
    title: str
    reason: str
    version: IndicatorVersion
    since: date


@dataclass(frozen=True)
class Progress:
    """How many cases stand on a list and how many of them have been looked at within the window."""

    listed: int
    reviewed: int

    @property
    def words(self) -> str:
        if not self.reviewed:
            return ""
        return _("%(done)s of %(all)s have been looked at.") % {"done": self.reviewed, "all": self.listed}


def listed_measure(code: str, today: date) -> ListedMeasure | None:
    """The running version of a measure with a patient list; None when there is none."""
    version = IndicatorVersion.objects.filter(indicator__code=code, retired_at=None).select_related("indicator").first()
    if version is None or not version.texts.get("patient_list"):
        return None
    name, reason = wording.chosen(version.texts["name"]), wording.said(version.texts, "list_reason")
    return ListedMeasure(code, name, reason, version, window_start(version, today))


def window_start(version: IndicatorVersion, today: date) -> date:
    """The first day that the measure's window still covers: an older mark has faded."""
    return add_months(today, -int(version.definition["indicator"].get("period", PERIOD)))


def cases(practice_id: int, listed: ListedMeasure, shown: str = EVERYBODY, order: str = "date") -> QuerySet[CaseState]:
    """Cases to look at: those counted where lower is better, else those not met.

    shown: open, done or all. order: date (longest unseen first), lists (on most lists first) or age (oldest first).
    """
    mark = PatientMark.objects.filter(practice_id=practice_id, indicator=listed.version.indicator_id, patient=OuterRef("patient"))
    found = CaseState.objects.filter(LISTED, practice_id=practice_id, version=listed.version)
    found = found.annotate(fresh=Exists(mark.filter(day__gte=listed.since)), lists=_lists(practice_id))
    if shown in (OPEN, DONE):
        found = found.filter(fresh=shown == DONE)
    oldest_first = (F("deciding_day").asc(nulls_first=True), "patient__birth", "pk")
    orders = {"date": oldest_first, "lists": ("-lists", *oldest_first), "age": ("patient__birth", "pk")}
    return found.select_related("patient").order_by(*orders[order])


def _lists(practice_id: int) -> Coalesce:
    """On how many lists of the running measures a case's patient stands."""
    others = CaseState.objects.filter(
        LISTED,
        practice_id=practice_id,
        patient=OuterRef("patient"),
        version__retired_at=None,
        version__texts__patient_list=True,
    )
    counted = others.order_by().values("patient").annotate(number=Count("version", distinct=True)).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def patient_rows(found: Iterable[CaseState], practice_id: int, listed: ListedMeasure) -> list[PatientRow]:
    """Rows with the practice's own numbers opened; a number that cannot be opened is left out."""
    ring = _ring()
    found = list(found)
    marks = PatientMark.objects.filter(
        practice_id=practice_id, indicator=listed.version.indicator_id, patient__in=[case.patient_id for case in found]
    )
    known = {mark.patient_id: mark for mark in marks}
    return [_patient_row(case, ring, known, listed.since) for case in found]


def _patient_row(case: CaseState, ring: KeyRing | None, marks: Mapping[int, PatientMark], since: date) -> PatientRow:
    mark = marks.get(case.patient_id)
    return PatientRow(
        patient_id=case.patient_id,
        number=_number(ring, case.patient, case.practice_id),
        birth_year=str(case.patient.birth.year),
        sex=str(Patient.Sex(case.patient.sex).label),
        decided=case.deciding_day,
        lists=case.lists,  # type: ignore[attr-defined]  # annotated in `cases`
        mark=str(MarkReason(mark.reason).label) if mark else "",
        note=mark.note if mark else "",
        marked_on=mark.day if mark else None,
        faded=mark is not None and mark.day < since,
    )


def progress_of(practice_id: int, versions: Iterable[IndicatorVersion], today: date) -> dict[int, Progress]:
    """By version id: how far the practice is with its lists; one query for all versions."""
    wanted = [version for version in versions if version.texts.get("patient_list")]
    if not wanted:
        return {}
    listed = [Bin.NUMERATOR if version.indicator.direction == "lower" else Bin.DENOMINATOR_ONLY for version in wanted]
    columns = (
        [version.pk for version in wanted],
        [version.indicator_id for version in wanted],
        [int(bin) for bin in listed],
        [window_start(version, today) for version in wanted],
    )
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, [*columns, practice_id, practice_id])
        return {version_id: Progress(all_cases, reviewed) for version_id, all_cases, reviewed in cursor}


def local_number(patient: Patient) -> str:
    """The practice's own number of a patient, opened; "" when there is none."""
    return _number(_ring(), patient, patient.practice_id)


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
    head = (
        _("Local patient number"), _("Year of birth"), _("Sex"), _("Latest day"), _("Lists"),
        _("Looked at"), _("Reason"), _("Note"),
    )  # fmt: skip
    return [head, *(_cells(row) for row in rows)]


def _cells(row: PatientRow) -> tuple[str, ...]:
    day = row.decided.isoformat() if row.decided else ""
    marked = row.marked_on.isoformat() if row.marked_on else ""
    return (row.number, row.birth_year, row.sex, day, str(row.lists), marked, row.mark, row.note)
