"""Why a patient is on a practice's list: what is the case for each part of the definition, and the event that decided it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from datacapture.actions.computing import last_quarter_end
from datacapture.engine.trace import TracedCase, TracedEvent, TracedLine
from datacapture.models import CaseState, IndicatorVersion, Patient
from datacapture.queries.drafts import bin_words
from datacapture.queries.explaining import explain_case
from datacapture.queries.patients import ListedMeasure, local_number
from datacapture.queries.prose import Line, nested


@dataclass(frozen=True)
class WhyPart:
    """One part of the definition: its heading, what follows for the patient, and what is the case."""

    heading: str
    outcome: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class WhyCase:
    """One case: how it was counted, in words. start: the event that began it, where there is one."""

    outcome: str
    start: str
    start_day: date | None
    parts: tuple[WhyPart, ...]


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
        cases=tuple(_case(case, listed.version) for case in found),
    )


def _case(case: TracedCase, version: IndicatorVersion) -> WhyCase:
    words = part_words(version.indicator.direction)
    parts = tuple(_part(words[role], list(lines)) for role, lines in groupby(case.lines, lambda line: line.role))
    return WhyCase(bin_words()[case.bin], *_event(case.index), parts)


def _part(words: tuple[str, str, str], lines: list[TracedLine]) -> WhyPart:
    heading, yes, no = words
    return WhyPart(heading, yes if lines[0].holds else no, tree_of(lines))


def tree_of(lines: Iterable[TracedLine]) -> tuple[Line, ...]:
    """Traced conditions as lists in lists."""
    return nested((Line(line.text, *_event(line.event)), line.depth) for line in lines)


def part_words(direction: str) -> dict[str, tuple[str, str, str]]:
    """By part of a definition: its heading, and what follows when its conditions are met and when they are not."""
    counted = (_("What is counted"), _("Counts in the figure."), _("Does not count in the figure."))
    goal = (_("The goal"), _("The goal is met."), _("The goal is not met."))
    return {
        "population": (_("Who is included"), _("Is included."), _("Is not included.")),
        "denominator": (_("Further condition"), _("The condition is met."), _("The condition is not met.")),
        "exclusions": (_("Who is left out"), _("Is left out."), _("There is no reason to leave anybody out.")),
        "unknown": (_("Missing information"), _("Information is missing."), _("The information is there.")),
        "numerator": counted if direction == "lower" else goal,
        "numerator_clause": counted,
        "exceptions": (
            _("Valid reason for not meeting the goal"), _("Is left out when the goal is not met."), _("There is no such reason."),
        ),
    }  # fmt: skip


def _event(event: TracedEvent | None) -> tuple[str, date | None]:
    return (event.what, event.day) if event else ("", None)
