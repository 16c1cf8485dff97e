"""What a practice writes on its own list and chart. Call in the practice's scope; every change is in its log."""

import json
from collections.abc import Collection
from datetime import date

from datacapture.models import CaseState, ChartNote, Indicator, PatientMark
from kip.core import audit

MOST_NOTES = 20  # on one chart; more cannot be read


def mark_patients(practice_id: int, indicator: Indicator, patients: Collection[int], reason: str, note: str, day: date) -> int:
    """Mark patients of the list with a reason, in place of an older mark; the number marked.

    Ids that are no case of this practice and indicator are left out.
    """
    cases = CaseState.objects.filter(practice_id=practice_id, version__indicator=indicator, patient_id__in=patients)
    known = set(cases.values_list("patient_id", flat=True))
    PatientMark.objects.bulk_create(
        [
            PatientMark(practice_id=practice_id, indicator=indicator, patient_id=patient, reason=reason, note=note, day=day)
            for patient in sorted(known)
        ],
        update_conflicts=True,
        unique_fields=["practice", "indicator", "patient"],
        update_fields=["reason", "note", "day"],
    )
    _record("marked_patients", practice_id, indicator, {"rows": len(known), "reason": reason})
    return len(known)


def unmark_patients(practice_id: int, indicator: Indicator, patients: Collection[int]) -> int:
    """Take marks away again; the number taken."""
    gone, _each = PatientMark.objects.filter(practice_id=practice_id, indicator=indicator, patient_id__in=patients).delete()
    _record("unmarked_patients", practice_id, indicator, {"rows": gone})
    return gone


def add_note(practice_id: int, indicator: Indicator, day: date, text: str) -> bool:
    """Write a note on the chart; False when the chart is full."""
    if ChartNote.objects.filter(practice_id=practice_id, indicator=indicator).count() >= MOST_NOTES:
        return False
    ChartNote.objects.create(practice_id=practice_id, indicator=indicator, day=day, text=text)
    _record("added_note", practice_id, indicator, {})
    return True


def remove_note(practice_id: int, indicator: Indicator, note_id: int) -> bool:
    """Take a note off the chart; False when the practice has no such note."""
    gone, _each = ChartNote.objects.filter(practice_id=practice_id, indicator=indicator, pk=note_id).delete()
    if gone:
        _record("removed_note", practice_id, indicator, {})
    return bool(gone)


def _record(act: str, practice_id: int, indicator: Indicator, detail: dict[str, object]) -> None:
    audit.record(act, practice_id=practice_id, kind="measure", object_id=indicator.code, detail=json.dumps(detail))
