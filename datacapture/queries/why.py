"""Why a patient is on a practice's list: each condition with its answer and the event that decided it."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from datacapture.actions.computing import last_quarter_end
from datacapture.engine.trace import TracedCase, TracedEvent
from datacapture.models import CaseState, Patient
from datacapture.queries.drafts import bin_words
from datacapture.queries.explaining import explain_case
from datacapture.queries.patients import ListedMeasure, local_number


@dataclass(frozen=True)
class WhyLine:
    """One condition. event: "NPU27300 61 mmol/mol", day: when; both empty where no event was looked at."""

    holds: bool
    text: str
    depth: int
    event: str
    day: date | None


@dataclass(frozen=True)
class WhyCase:
    """One case: how it was counted, in words, and its conditions. start: the event that began it, where there is one."""

    outcome: str
    start: str
    start_day: date | None
    lines: tuple[WhyLine, ...]


@dataclass(frozen=True)
class WhyPage:
    """number: the practice's own patient number, "" when the delivery held none."""

    number: str
    birth_year: str
    sex: str
    month_end: date
    cases: tuple[WhyCase, ...]


def why_page(practice_id: int, listed: ListedMeasure, patient_id: int) -> WhyPage | None:
    """The page, or None when the practice has no such patient."""
    patient = Patient.objects.filter(practice_id=practice_id, pk=patient_id).first()
    if patient is None:
        return None
    states = CaseState.objects.filter(practice_id=practice_id, patient_id=patient_id, version=listed.version)
    month_end = states.values_list("month_end", flat=True).first() or last_quarter_end(timezone.localdate())
    found = explain_case(listed.version, patient_id, month_end)
    return WhyPage(
        number=local_number(patient),
        birth_year=str(patient.birth.year),
        sex=str(Patient.Sex(patient.sex).label),
        month_end=month_end,
        cases=tuple(_case(case) for case in found),
    )


def _case(case: TracedCase) -> WhyCase:
    lines = tuple(WhyLine(line.holds, line.text, line.depth, *_event(line.event)) for line in case.lines)
    return WhyCase(bin_words()[case.bin], *_event(case.index), lines)


def _event(event: TracedEvent | None) -> tuple[str, date | None]:
    return (event.what, event.day) if event else ("", None)
